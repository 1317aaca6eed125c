"""What must hold of ``chain``. Oracles: NumPy, complex-step derivatives."""

import numpy as np

from checks.foundations.calculus.shared import PLAIN, function, one
from checks.language import Piece

LINKS = (
    ("lambda x: x**2", "lambda x: 2 * x"),
    ("lambda x: math.sin(x)", "lambda x: math.cos(x)"),
    ("lambda x: 3 * x - 1", "lambda x: 3"),
    ("lambda x: math.tanh(x)", "lambda x: 1 - math.tanh(x)**2"),
    ("lambda x: math.exp(-x)", "lambda x: -math.exp(-x)"),
)


def chains(rng):
    yield dict(links=[LINKS[0]], x=3)
    yield dict(links=[LINKS[0], LINKS[0]], x=3)
    yield dict(links=[LINKS[2], LINKS[2]], x=2)
    yield dict(links=[("lambda x: 5", "lambda x: 0")], x=3)
    yield dict(links=[], x=7)
    yield dict(links=[LINKS[0], LINKS[2]], x=3)
    yield dict(links=[LINKS[2], LINKS[0]], x=3)
    for n in (2, 3, 4, 5):
        yield dict(links=[LINKS[int(k)] for k in rng.integers(len(LINKS), size=n)], x=one(rng, -1.5, 1.5))


def chain_answer(links, x):
    value = x + 1e-30j
    for f, _ in links:
        value = function(f)(value)
    return [float(np.real(value)), float(np.imag(value) / 1e-30)]


RAMPS = (  # two opinions on the slope of max(0, x) at its kink
    ("lambda x: max(0, x)", "lambda x: 1 if x > 0 else 0"),
    ("lambda x: max(0, x)", "lambda x: 1 if x >= 0 else 0"),
)


def product_of_slopes(links, x):
    value, factors = x, [1]
    for f, df in links:
        factors.append(function(df)(value))
        value = function(f)(value)
    return [value, int(np.prod(factors))]


chain = Piece("foundations.calculus:chain", forbid=PLAIN)
chain.asks(
    """
    functions = [(eval(f), eval(df)) for f, df in links]
    value, slope = chain(functions, x)
    [value, slope]
    """,
    "the value at the end of the chain, and its slope with respect to x",
    cases=chains,
    answer=chain_answer,
)
chain.asks(
    """
    functions = [(eval(f), eval(df)) for f, df in links]
    value, slope = chain(functions, x)
    [value, slope]
    """,
    "each slope is what its df returns, at a kink too",
    cases=[
        dict(links=[RAMPS[0]], x=0),
        dict(links=[RAMPS[1]], x=0),
        dict(links=[LINKS[2], RAMPS[0], RAMPS[1], LINKS[2]], x=2),
        dict(links=[RAMPS[1], LINKS[2], RAMPS[0]], x=0),
    ],
    answer=product_of_slopes,
)
chain.asks(
    """
    functions = [(eval(f), eval(df)) for f, df in links]
    before = list(functions)
    chain(functions, x)
    functions == before
    """,
    "the list of links is left as it was",
    cases=[dict(links=[LINKS[0], LINKS[2]], x=3)],
    answer=lambda **case: True,
)
chain.mistake(
    "You took each slope after its function had already moved the value: a link's slope belongs where the link begins.",
    "        slope = slope * df(value)\n        value = f(value)",
    "        value = f(value)\n        slope = slope * df(value)",
)
chain.mistake(
    "Every slope is taken at x. Only the first link starts there; each further one starts at what came out before it.",
    "df(value)",
    "df(x)",
)
chain.mistake("Slopes along a chain multiply; you added them.", "slope * df(value)", "slope + df(value)")
chain.mistake(
    "Slopes along a chain multiply; yours are added up, from 0.",
    """
    value, slope = x, 0
    for f, df in links:
        slope = slope + df(value)
        value = f(value)
    return value, slope
    """,
)
chain.mistake(
    "Each df was handed the slope so far. It wants the value at which its own link begins; the slopes are multiplied.",
    """
    value, slope = x, x
    for f, df in links:
        slope = df(slope)
        value = f(value)
    return value, slope
    """,
)
chain.mistake(
    "Your return stands inside the loop, so it ends after the first link: move it out, to the left.",
    "    return value, slope",
    "        return value, slope",
)
chain.mistake(
    "Value and slope have changed places: the value comes first.", "return value, slope", "return slope, value"
)
chain.mistake(
    "You measured the slope with small steps. The derivatives are in the pairs: each df gives its link's slope.",
    """
    def whole(t):
        for f, _ in links:
            t = f(t)
        return t

    return whole(x), (whole(x + 1e-5) - whole(x - 1e-5)) / 2e-5
    """,
)
chain.mistake(
    "Where there are no links, what comes out is what went in, and its slope is 1, not 0.",
    """
    value, slope = x, 0
    for k, (f, df) in enumerate(links):
        slope = slope * df(value) if k else df(value)
        value = f(value)
    return value, slope
    """,
)
chain.mistake(
    "With no links there is no first one: begin with x and the slope 1, before the loop.",
    """
    f, df = links[0]
    value, slope = f(x), df(x)
    for f, df in links[1:]:
        slope = slope * df(value)
        value = f(value)
    return value, slope
    """,
)
chain.mistake(
    "You took the links out of the caller's own list, and it comes back empty: walk over it with for.",
    """
    value, slope = x, 1
    while links:
        f, df = links.pop(0)
        slope = slope * df(value)
        value = f(value)
    return value, slope
    """,
)
chain.mistake(
    "Only the last link's slope is left: multiply it onto what came before.", "slope * df(value)", "df(value)"
)
chain.mistake(
    "You ran through the links backwards: the first pair is the one that is applied to x.", "in links", "in links[::-1]"
)
chain.mistake(
    "The product of the slopes starts at 0, so it stays 0: start at 1.", "value, slope = x, 1", "value, slope = x, 0"
)
chain.hint("Keep two variables, the value so far and the slope so far. What are they before the first link?")
chain.hint("In each round, use the value so far twice: the link's derivative needs it, and then so does the link.")
