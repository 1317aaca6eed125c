"""What must hold of ``integrate``. Oracle: NumPy."""

import numpy as np

from checks.foundations.calculus.shared import PLAIN, function, one, polynomial
from checks.language import Piece


def areas(rng):
    yield dict(f="lambda x: 3", a=0, b=2, n=1)
    yield dict(f="lambda x: 2 * x", a=0, b=3, n=1)
    yield dict(f="lambda x: -x", a=0, b=2, n=1)
    yield dict(f="lambda x: x**2", a=0, b=2, n=2)
    yield dict(f="lambda x: x", a=1, b=3, n=2)
    yield dict(f="lambda x: x**2", a=-1, b=2, n=3)
    for n in (1, 2, 5, 8):
        a = one(rng)
        yield dict(f=polynomial(rng, 3)[0], a=a, b=round(a + one(rng, 0.5, 3), 2), n=n)
    yield dict(f="lambda x: math.sin(3 * x)", a=one(rng), b=4, n=7)


def reversed_areas(rng):
    yield dict(f="lambda x: 2 * x", a=3, b=0, n=1)
    yield dict(f="lambda x: x**2", a=2, b=2, n=4)
    yield dict(f=polynomial(rng, 3)[0], a=2.5, b=one(rng, -2, 1), n=6)


def trapezoids(f, a, b, n=1000):
    x = np.linspace(a, b, n + 1)
    return float(np.trapezoid([function(f)(value) for value in x], x))


def cubic_areas(rng):
    for _ in range(3):
        f, c = polynomial(rng, 3)
        yield dict(f=f, a=one(rng, -2, 0), b=one(rng, 0.5, 2), n=int(rng.integers(1, 5)))


def exact_area(f, a, b):
    """Of a polynomial of degree 3 at most: by Gauss and Legendre, with more points than it needs."""
    nodes, weights = np.polynomial.legendre.leggauss(5)
    return float(weights @ function(f)((b - a) / 2 * nodes + (a + b) / 2) * (b - a) / 2)


integrate = Piece("foundations.calculus:integrate", forbid=PLAIN)
integrate.asks(
    "integrate(eval(f), a, b, n)",
    "the sum of n trapezoids of equal width",
    cases=areas,
    answer=trapezoids,
)
integrate.asks(
    "integrate(eval(f), a, b, n)",
    "from right to left the sign turns around",
    cases=reversed_areas,
    answer=trapezoids,
)
integrate.asks(
    "integrate(eval(f), a, b)",
    "1000 strips unless told otherwise",
    cases=[dict(f="lambda x: 2 * x", a=0, b=3), dict(f="lambda x: math.exp(20 * x)", a=0, b=1)],
    answer=trapezoids,
)
integrate.asks(
    "simpson(eval(f), a, b, n)",
    "Simpson's rule, mixed from two of your results, makes no error for a cubic",
    cases=cubic_areas,
    answer=exact_area,
)
integrate.asks(
    "integrate(eval(f), a, b, n)",
    "fewer than one strip is refused, and the number is named",
    cases=[dict(f="lambda x: x", a=0, b=1, n=-3)],
    raises="ValueError",
    mentions=("-3",),
)
integrate.asks(
    "integrate(eval(f), a, b, n)",
    "no strips are refused",
    cases=[dict(f="lambda x: x", a=0, b=1, n=0)],
    raises="ValueError",
)
integrate.mistake(
    "You added rectangles with the height at each left edge: a strip's height is the average of both edges.",
    "edges = (f(a) + f(b)) / 2",
    "edges = f(a)",
)
integrate.mistake(
    "You added rectangles with the height at each right edge: a strip's height is the average of both edges.",
    "edges = (f(a) + f(b)) / 2",
    "edges = f(b)",
)
integrate.mistake(
    "The two ends count in full; each of them borders on one strip only, so it counts half.",
    "edges = (f(a) + f(b)) / 2",
    "edges = f(a) + f(b)",
)
integrate.mistake(
    "You took the height in the middle of each strip; the average of the heights at its edges is wanted.",
    """
    if n < 1:
        raise ValueError(f"n is {n}")
    width = (b - a) / n
    return width * sum(f(a + (i + 0.5) * width) for i in range(n))
    """,
)
integrate.mistake(
    "The last inner edge is left out: n strips have n - 1 edges between them.", "range(1, n)", "range(1, n - 1)"
)
integrate.mistake(
    "n strips, not n edges: the width is (b - a) / n.", "width = (b - a) / n", "width = (b - a) / (n - 1 or 1)"
)
integrate.mistake(
    "From right to left an area counts as negative: keep the sign of the width.", "(b - a) / n", "abs(b - a) / n"
)
integrate.mistake(
    "Your inner edges lie at i * width, which is right from 0 only: they start at a.",
    "f(a + i * width)",
    "f(i * width)",
)
integrate.mistake(
    "Where f is negative, the area is to count as negative: leave the heights their signs.",
    """
    if n < 1:
        raise ValueError(f"n is {n}")
    width = (b - a) / n
    return width * ((abs(f(a)) + abs(f(b))) / 2 + sum(abs(f(a + i * width)) for i in range(1, n)))
    """,
)
integrate.mistake(
    "Nothing tests n: with fewer than one strip, raise ValueError.",
    """
    width = (b - a) / n if n else 0
    return width * ((f(a) + f(b)) / 2 + sum(f(a + i * width) for i in range(1, n)))
    """,
)
integrate.hint("How wide is one strip? How many strips does an edge inside border on, and how many does an end?")
integrate.hint("The edges between the strips are at a + i * width, for i from 1 to n - 1.")
