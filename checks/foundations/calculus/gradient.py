"""What must hold of ``partial`` and ``gradient``. Oracles: NumPy, complex-step derivatives."""

from checks.foundations.calculus.shared import PLAIN, SMOOTH, one, partial_answer, point, surface, true_gradient
from checks.language import Piece


def slices(rng):
    yield dict(f="lambda p: p[0]**2", x=[3, 1], i=1, h=1)
    yield dict(f="lambda p: p[0]**2 + 5 * p[1]", x=[3, 1], i=0, h=1)
    yield dict(f="lambda p: p[0] * p[1]**3", x=[3, 1], i=1, h=1)
    yield dict(f="lambda p: p[0]**3", x=[0.1], i=0, h=0.5)
    yield dict(f="lambda p: 5 * p[0] + 7 * p[1]", x=[2, 2], i=1, h=1)
    yield dict(f="lambda p: sum(k * value for k, value in enumerate([10] + p))", x=[3, 1], i=1, h=1)
    for n in (2, 3, 5):
        yield dict(f=surface(rng, n), x=point(rng, n), i=int(rng.integers(n)), h=one(rng, 0.2, 1))
    yield dict(f=surface(rng, 3), x=point(rng, 3), i=2, h=0.1)


def smooth_slices(rng):
    yield dict(f="lambda p: p[0]**2 + 5 * p[1]", x=[3, 1], i=1)
    yield dict(f="lambda p: 2.0", x=[0.1, 0.2, 0.3], i=2)
    for f in SMOOTH:
        for i in (0, 1):
            yield dict(f=f, x=point(rng, 2), i=i)


def unspoilt(rng):
    """Points whose entries are spoilt by adding h, taking away 2h and adding h."""
    yield dict(f="lambda p: 2.0", x=[0.1, 0.7], i=0)
    for n in (2, 5):
        yield dict(f="lambda p: sum(p)", x=point(rng, n), i=1)


partial = Piece("foundations.calculus:partial", forbid=PLAIN)
partial.asks(
    "partial(eval(f), x, i, h)",
    "the rise from x[i] - h to x[i] + h, all other coordinates held still, divided by 2h",
    cases=slices,
    answer=partial_answer,
)
partial.asks(
    "partial(eval(f), x, i)",
    "close to the true partial derivative",
    cases=smooth_slices,
    answer=lambda f, x, i: true_gradient(f, x)[i],
    rtol=1e-7,
    atol=1e-7,
)
partial.asks(
    "partial(eval(f), x, i)\nx",
    "the point is exactly as it was, to the last digit",
    cases=unspoilt,
    answer=lambda x: x,
    rtol=0,
    atol=0,
    mutates=True,
)
partial.asks(
    "partial(eval(f), x, i)",
    "a coordinate that the point does not have is an IndexError",
    cases=[dict(f="lambda p: p[0] + p[1]", x=[3, 1], i=2), dict(f="lambda p: 4 * p[0]", x=[0.5], i=3)],
    raises="IndexError",
)
partial.mistake(
    "Written in this way, both names stand for one list, so both calls of f see the same point: make two copies.",
    "ahead, behind = list(x), list(x)",
    "ahead = behind = list(x)",
)
partial.mistake(
    "You nudged the caller's own list. Adding and taking away h rounds, so it comes back changed: work on a copy.",
    """
    x[i] += h
    up = f(x)
    x[i] -= 2 * h
    down = f(x)
    x[i] += h
    return (up - down) / (2 * h)
    """,
)
partial.mistake(
    "The caller's list stays nudged: without a copy, whoever handed the point in gets another one back.",
    "ahead, behind = list(x), list(x)",
    "ahead, behind = x, list(x)",
)
partial.mistake(
    "You moved all coordinates at once: only number i may move.",
    """
    x[i]
    ahead = [value + h for value in x]
    behind = [value - h for value in x]
    return (f(ahead) - f(behind)) / (2 * h)
    """,
)
partial.mistake("The two points are 2h apart, not h.", "/ (2 * h)", "/ h")
partial.mistake(
    "This looks to one side only: the second point has h taken away.",
    """
    ahead = list(x)
    ahead[i] += h
    return (f(ahead) - f(x)) / h
    """,
)
partial.mistake(
    "An i outside the point slips through and gives 0: look the coordinate up, so that Python raises IndexError.",
    """
    ahead = [value + h if k == i else value for k, value in enumerate(x)]
    behind = [value - h if k == i else value for k, value in enumerate(x)]
    return (f(ahead) - f(behind)) / (2 * h)
    """,
)
partial.mistake(
    "You handed f a number. It takes a whole point: a list in which only coordinate i differs from x.",
    "return (f(x[i] + h) - f(x[i] - h)) / (2 * h)",
)
partial.mistake(
    "Every coordinate that equals x[i] moved along: choose by position, not by value.",
    """
    ahead = [value + h if value == x[i] else value for value in x]
    behind = [value - h if value == x[i] else value for value in x]
    return (f(ahead) - f(behind)) / (2 * h)
    """,
)
partial.mistake(
    "The step you were handed is not used: it is 1e-5 only where nothing else is said.",
    "    ahead, behind = list(x)",
    "    h = 1e-5\n    ahead, behind = list(x)",
)
partial.mistake(
    "f was handed a tuple; it takes a list.", "return (f(ahead) - f(behind))", "return (f((*ahead,)) - f((*behind,)))"
)
partial.hint("`list(x)` is a copy. You need two points; how many copies is that?")
partial.hint("Once the two points are made, it is the central difference again, with f called on lists.")


def hills(rng):
    yield dict(f="lambda p: 5 * p[0]", x=[3], h=1)
    yield dict(f="lambda p: p[0]**2 + 5 * p[1]", x=[3, 1], h=1)
    yield dict(f="lambda p: p[0]**2 + 5 * p[1]", x=[0, 1], h=1)
    yield dict(f="lambda p: p[0]**2 + 5 * p[1]", x=[2, 2], h=1)
    yield dict(f="lambda p: p[0]**3 * p[1]", x=[1, 2], h=0.5)
    for n in (1, 2, 3, 5):
        yield dict(f=surface(rng, n), x=point(rng, n), h=one(rng, 0.2, 1))


def smooth_hills(rng):
    yield dict(f="lambda p: p[0]**2 + 3 * p[1]**2", x=[3, 1])
    yield dict(f="lambda p: 2.0", x=[0.1, 0.2, 0.3])
    for f in SMOOTH:
        yield dict(f=f, x=point(rng, 2))
    yield dict(f=surface(rng, 4), x=point(rng, 4))


gradient = Piece("foundations.calculus:gradient", forbid=PLAIN)
gradient.asks(
    "gradient(eval(f), x, h)",
    "one central difference for each coordinate",
    cases=hills,
    answer=lambda f, x, h: [partial_answer(f, x, i, h) for i in range(len(x))],
)
gradient.asks(
    "gradient(eval(f), x)",
    "close to the true slopes, and the point is left as it was",
    cases=smooth_hills,
    answer=true_gradient,
    rtol=1e-7,
    atol=1e-7,
)
gradient.mistake("The step you were handed is not passed on.", "partial(f, x, i, h)", "partial(f, x, i)")
gradient.mistake(
    "Walking over x gives its entries; partial wants to know which coordinate, a position from range(len(x)).",
    "return [partial(f, x, i, h) for i in x]",
)
gradient.mistake(
    "x.index(value) finds the first entry of that value, so equal coordinates get one and the same slope.",
    "return [partial(f, x, x.index(value), h) for value in x]",
)
gradient.mistake(
    "A coordinate stays nudged while the next one moves: start each one from the original point.",
    """
    moved, slopes = list(x), []
    for i in range(len(x)):
        moved[i] = x[i] + h
        up = f(moved)
        moved[i] = x[i] - h
        slopes.append((up - f(moved)) / (2 * h))
    return slopes
    """,
)
gradient.mistake(
    "These slopes look to one side only: the difference of each coordinate is to be central.",
    """
    slopes = []
    for i in range(len(x)):
        ahead = list(x)
        ahead[i] += h
        slopes.append((f(ahead) - f(x)) / h)
    return slopes
    """,
)
gradient.mistake(
    "You nudged the caller's own list. Adding and taking away h rounds, so it comes back changed: work on a copy.",
    """
    slopes = []
    for i in range(len(x)):
        x[i] += h
        up = f(x)
        x[i] -= 2 * h
        down = f(x)
        x[i] += h
        slopes.append((up - down) / (2 * h))
    return slopes
    """,
)
gradient.mistake(
    "You added the slopes up; each one is to stand in a list, at its own place.",
    """
    return [sum(partial(f, x, i, h) for i in range(len(x)))]
    """,
)
gradient.hint("One partial derivative a coordinate; which numbers does `range(len(x))` give?")
