"""What must hold of ``gradient_descent``. Oracle: complex-step derivatives."""

import numpy as np

from checks.foundations.calculus.shared import PLAIN, SMOOTH, point, true_gradient
from checks.language import Piece


def walks(rng):
    yield dict(f="lambda p: p[0]**2", start=[3], rate=0.25, steps=2)
    yield dict(f="lambda p: 4.0", start=[3, 1], rate=0.25, steps=2)
    yield dict(f="lambda p: p[0]**2 + 3 * p[1]**2", start=[3, 1], rate=0.25, steps=3)
    yield dict(f="lambda p: p[0]**2 + p[0] * p[1] + p[1]**2", start=[3, 1], rate=0.2, steps=3)
    yield dict(f="lambda p: -p[0]**2", start=[1], rate=0.5, steps=3)
    yield dict(f="lambda p: p[0]**2", start=[3], rate=1.5, steps=3)
    yield dict(f="lambda p: 100 * p[0]**2 + p[1]", start=[3, 1], rate=0.001, steps=2)
    for f, rate in zip(SMOOTH, (0.5, 0.1, 0.3)):
        yield dict(f=f, start=rng.uniform(-1, 1, size=2).round(2).tolist(), rate=rate, steps=4)
    yield dict(f="lambda p: p[0]**2 + 2 * p[1]**2 + p[2]**2 + p[0] * p[2]", start=point(rng, 3), rate=0.15, steps=5)


def walk(f, start, rate=0.1, steps=100):
    path = [np.array(start, float)]
    for _ in range(steps):
        path.append(path[-1] - rate * np.array(true_gradient(f, path[-1])))
    return [p.tolist() for p in path]


descent = Piece("foundations.calculus:gradient_descent", forbid=PLAIN)
descent.asks(
    "gradient_descent(eval(f), start, rate, steps)",
    "every point of the walk, the start among them",
    cases=walks,
    answer=walk,
    rtol=1e-6,
    atol=1e-6,
)
descent.asks(
    "gradient_descent(eval(f), start, rate, 0)",
    "after no steps the path is the start alone",
    cases=[dict(f="lambda p: p[0]**2", start=[3], rate=0.25), dict(f="lambda p: p[0] * p[1]", start=[2, 5], rate=1)],
    answer=lambda start: [start],
)
descent.asks(
    "path = gradient_descent(eval(f), start)\n[len(path), list(path[1]), list(path[-1])]",
    "100 steps at rate 0.1 unless told otherwise",
    cases=[dict(f="lambda p: 0.1 * p[0]**2 + p[1]**2 / 20 - p[1]", start=[3, 1])],
    answer=lambda f, start: [101, walk(f, start)[1], walk(f, start)[-1]],
    rtol=1e-6,
    atol=1e-6,
)
descent.asks(
    "path = gradient_descent(eval(f), start, 0.001, 3000)\n[len(path), list(path[1]), list(path[-1])]",
    "thousands of steps are no trouble",
    cases=[dict(f="lambda p: p[0]**2", start=[3])],
    answer=lambda start: [3001, [start[0] * 0.998], [start[0] * 0.998**3000]],
    rtol=1e-6,
    atol=1e-6,
)
descent.asks(
    "gradient_descent(eval(f), start, 0.25, 2)\nstart",
    "the start is left as it was",
    cases=[dict(f="lambda p: p[0]**2", start=[3])],
    answer=lambda start: start,
    mutates=True,
)
descent.asks(
    "path = gradient_descent(eval(f), start, 0.25, 2)\npath[0][0] = 99\nstart",
    "the path's first point is a copy: changing it leaves the start alone",
    cases=[dict(f="lambda p: p[0]**2", start=[3])],
    answer=lambda start: start,
    mutates=True,
)
descent.mistake(
    "You walked uphill: the gradient points to where f grows, so take it away.",
    "value - rate * slope",
    "value + rate * slope",
)
descent.mistake(
    "All points of your path are one and the same list, so they all show its last state: append a new list each time.",
    """
    point, path = list(start), []
    path.append(point)
    for _ in range(steps):
        slopes = gradient(f, point)
        for i in range(len(point)):
            point[i] -= rate * slopes[i]
        path.append(point)
    return path
    """,
)
descent.mistake(
    "That is one point, the last; the whole path is wanted, a list of all the points from the start on.",
    """
    point = list(start)
    for _ in range(steps):
        point = [value - rate * slope for value, slope in zip(point, gradient(f, point))]
    return point
    """,
)
descent.mistake(
    "You moved the caller's own list: `point = start` is a second name for it. Make a copy, and a new list each step.",
    """
    point = start
    path = [point]
    for _ in range(steps):
        slopes = gradient(f, point)
        for i in range(len(point)):
            point[i] -= rate * slopes[i]
        path.append(point)
    return path
    """,
)
descent.mistake(
    "Your points are tuples; each point of the path is to be a list.",
    """
    path = [tuple(start)]
    for _ in range(steps):
        path.append(tuple(value - rate * slope for value, slope in zip(path[-1], gradient(f, path[-1]))))
    return path
    """,
)
descent.mistake(
    "You refuse steps that lead uphill. If the rate is too large the walk may diverge; take every step as it comes.",
    """
    path = [list(start)]
    for _ in range(steps):
        point = path[-1]
        moved = [value - rate * slope for value, slope in zip(point, gradient(f, point))]
        path.append(moved if f(moved) <= f(point) else point)
    return path
    """,
)
descent.mistake(
    "The function calls itself for each step, and Python stops at about a thousand calls deep: use a loop.",
    """
    if steps == 0:
        return [list(start)]
    moved = [value - rate * slope for value, slope in zip(start, gradient(f, start))]
    return [list(start)] + gradient_descent(f, moved, rate, steps - 1)
    """,
)
descent.mistake(
    "The start is missing: it is the first point of the path.",
    """
    point, path = list(start), []
    for _ in range(steps):
        point = [value - rate * slope for value, slope in zip(point, gradient(f, point))]
        path.append(point)
    return path or [point]
    """,
)
descent.mistake(
    "The coordinates moved one after the other, with slopes from half-moved points: take one gradient, then move all.",
    """
    path = [list(start)]
    for _ in range(steps):
        point = list(path[-1])
        for i in range(len(point)):
            point[i] -= rate * gradient(f, point)[i]
        path.append(point)
    return path
    """,
)
descent.mistake(
    "Every step uses the gradient at the start: ask for it again wherever you stand.",
    "gradient(f, point)",
    "gradient(f, path[0])",
)
descent.mistake("One step too few: range(steps) already counts them all.", "range(steps)", "range(steps - 1)")
descent.mistake(
    "The list you were handed is the path's first point itself: put a copy there.",
    "path = [list(start)]",
    "path = [start]",
)
descent.hint("The path begins as `[list(start)]`; its last entry, `path[-1]`, is where you stand.")
descent.hint("In each round: one call of gradient, then a new point from `zip(point, slopes)`, appended to the path.")
