"""What must hold of ``hessian``. Oracles: NumPy, complex-step derivatives."""

import numpy as np

from checks.foundations.calculus.shared import PLAIN, SMOOTH, function, one, point, surface, true_gradient
from checks.language import Piece


def quadratics(rng):
    """Polynomials of degree 3 at most, on which every central difference is exact."""
    yield dict(f="lambda p: 3 * p[0]**2", x=[2], h=0.5)
    yield dict(f="lambda p: p[0]**2 + 3 * p[1]**2", x=[3, 1], h=0.5)
    yield dict(f="lambda p: p[0]**2 + 5 * p[0] * p[1]", x=[3, 1], h=0.5)
    yield dict(f="lambda p: p[0]**3 + p[0]**2 * p[1]", x=[1, 2], h=0.5)
    yield dict(f="lambda p: p[0] * p[1] * p[2]", x=[2, 3, 5], h=0.5)
    for n in (2, 3):
        yield dict(f=surface(rng, n), x=point(rng, n), h=one(rng, 0.2, 1))


def quartics(rng):
    """Off the diagonal a step of h makes an error of h squared; on it, none."""
    yield dict(f="lambda p: p[0]**3 * p[1]", x=[1, 2], h=0.5)
    yield dict(f="lambda p: p[0]**3 * p[1] - 2 * p[0] * p[1]**3", x=point(rng, 2), h=one(rng, 0.3, 1))


def nested_answer(f, x, h):
    """Central differences of central differences, straight from the definition."""
    x, nudges = np.array(x, float), np.eye(len(x)) * h

    def at(p):
        return function(f)(p.tolist())

    def entry(a, b):
        return (at(x + a + b) - at(x + a - b) - at(x - a + b) + at(x - a - b)) / (4 * h * h)

    return [[float(entry(a, b)) for b in nudges] for a in nudges]


def curved(rng):
    yield dict(f="lambda p: 2.0", x=[3])
    yield dict(f="lambda p: 4 * p[0] - p[1]", x=[3, 1])
    for f in SMOOTH:
        yield dict(f=f, x=point(rng, 2))


def true_hessian(f, x):
    """Central differences (of a step that costs half the digits at most) of complex-step gradients."""
    x = np.array(x, float)
    steps = np.eye(len(x)) * 1e-5
    columns = [(np.array(true_gradient(f, x + s)) - np.array(true_gradient(f, x - s))) / 2e-5 for s in steps]
    return np.transpose(columns).tolist()


hessian = Piece("foundations.calculus:hessian", forbid=PLAIN)
hessian.asks(
    "[list(row) for row in hessian(eval(f), x, h)[:]]",
    "every second derivative; of a polynomial of degree 3, central differences make no error",
    cases=quadratics,
    answer=true_hessian,
    rtol=1e-6,
    atol=1e-6,
)
hessian.asks(
    "[list(row) for row in hessian(eval(f), x)[:]]",
    "close to the true second derivatives, and the point is left as it was",
    cases=curved,
    answer=true_hessian,
    rtol=1e-4,
    atol=1e-4,
)
hessian.asks(
    "[list(row) for row in hessian(eval(f), x, h)[:]]",
    "the slopes and their changes are both taken with the step h",
    cases=quartics,
    answer=nested_answer,
    rtol=1e-7,
    atol=1e-7,
)
hessian.mistake(
    "Only the diagonal is filled: also how the slope along one coordinate changes as another one moves.",
    """
    full = jacobian(lambda point: gradient(f, point, h), x, h)
    return [[full[i][j] if i == j else 0.0 for j in range(len(x))] for i in range(len(x))]
    """,
)
hessian.mistake(
    "These are first derivatives times each other; a second derivative is the slope of a slope.",
    """
    slopes = gradient(f, x, h)
    return [[a * b for b in slopes] for a in slopes]
    """,
)
hessian.mistake(
    "The slopes are compared on one side only: take them at x[j] + h and at x[j] - h.",
    """
    rows = []
    for j in range(len(x)):
        ahead = list(x)
        ahead[j] += h
        rows.append([(a - b) / h for a, b in zip(gradient(f, ahead, h), gradient(f, x, h))])
    return [list(row) for row in zip(*rows)]
    """,
)
hessian.mistake("The step you were handed is not used.", "gradient(f, point, h), x, h)", "gradient(f, point), x)")
hessian.mistake(
    "The step is always 1e-4 here: that is the value for those who say nothing; use the h you were handed.",
    "return jacobian(lambda",
    "h = 1e-4\n    return jacobian(lambda",
)
hessian.mistake(
    "The slopes inside are taken with gradient's own step: hand h on to them as well.",
    "gradient(f, point, h), x, h)",
    "gradient(f, point), x, h)",
)
hessian.mistake(
    "Below the diagonal nothing is filled in: entry [j][i] equals entry [i][j].",
    """
    full = jacobian(lambda point: gradient(f, point, h), x, h)
    return [[full[i][j] if i <= j else 0.0 for j in range(len(x))] for i in range(len(x))]
    """,
)
hessian.mistake(
    "Every entry is half of what it should be: no factor belongs before a second derivative.",
    """
    full = jacobian(lambda point: gradient(f, point, h), x, h)
    return [[entry / 2 for entry in row] for row in full]
    """,
)
hessian.hint("The gradient is a function from points to lists of numbers. What have you built for such functions?")
hessian.hint("Make a function of the point alone, with `lambda point: ...` or a def inside; f and h stay as they are.")
