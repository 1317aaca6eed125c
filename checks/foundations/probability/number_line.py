"""What must hold of ``Uniform.cdf`` and ``quantile``. Oracle: SciPy."""

import math

from scipy import optimize, stats

from checks.foundations.probability.shared import READY_MADE
from checks.language import Piece


def ranges(rng):
    yield dict(low=2, high=6, x=3)
    yield dict(low=0, high=1, x=0.25)
    yield dict(low=0, high=1, x=0)
    yield dict(low=-3, high=5, x=5)
    yield dict(low=2, high=6, x=1)
    yield dict(low=2, high=6, x=-7.5)
    yield dict(low=2, high=6, x=6.5)
    yield dict(low=-3, high=-1, x=0)
    for _ in range(3):
        low, width, share = rng.uniform(-9, 9), rng.uniform(0.5, 9), rng.uniform(0.1, 0.9)
        yield dict(low=round(low, 2), high=round(low + width, 2), x=round(low + share * width, 2))


uniform_cdf = Piece("foundations.probability:Uniform.cdf", forbid=READY_MADE)
uniform_cdf.asks(
    "Uniform(low, high).cdf(x)",
    "the share of the range that lies below x; 0 before it, 1 behind it",
    cases=ranges,
    answer=lambda low, high, x: stats.uniform.cdf(x, loc=low, scale=high - low).item(),
)
uniform_cdf.mistake(
    "Outside the range the share leaves 0 to 1, and no probability does: clamp it.",
    "return (x - self.low) / (self.high - self.low)",
)
uniform_cdf.mistake(
    "For x below the range it comes out negative: there it is 0.",
    "max(0.0, (x - self.low) / (self.high - self.low))",
    "(x - self.low) / (self.high - self.low)",
)
uniform_cdf.mistake(
    "For x above the range it comes out greater than 1.",
    "min(1.0, max(0.0, (x - self.low) / (self.high - self.low)))",
    "max(0.0, (x - self.low) / (self.high - self.low))",
)
uniform_cdf.mistake("The way is counted from 0: it begins at low.", "(x - self.low)", "x")
uniform_cdf.mistake(
    "You divided by high; the range is as wide as from low to high.", "/ (self.high - self.low)", "/ self.high"
)
uniform_cdf.mistake(
    "This is the density: what is wanted is its area to the left of x.",
    """
    return 1 / (self.high - self.low) if self.low <= x <= self.high else float(x > self.high)
    """,
)
uniform_cdf.hint("How far is it from low to x, and how far from low to high?")
uniform_cdf.hint("`min(1.0, max(0.0, share))` keeps a share between 0 and 1.")

BELL = "0.5 * (1 + math.erf((x - 3) / math.sqrt(8)))"


def invertible(rng):
    yield dict(f="(x + 1000) / 2000", p=0.3, low=-1000, high=1000)
    yield dict(f="1 - math.exp(-x)", p=0.5, low=0, high=20)
    yield dict(f=BELL, p=0.975, low=-17, high=23)
    yield dict(f="(x + 7) / 4", p=round(float(rng.uniform(0.1, 0.9)), 3), low=-7, high=-3)
    yield dict(f="x / 1000", p=round(float(rng.uniform(0.1, 0.9)), 3), low=0, high=1000)
    yield dict(f="1 - math.exp(-x / 3)", p=round(float(rng.uniform(0.1, 0.9)), 3), low=0, high=60)
    yield dict(f=BELL, p=round(float(rng.uniform(0.02, 0.4)), 3), low=-17, high=23)


def root(f, p, low, high):
    cdf = eval("lambda x: " + f, {"math": math})
    return round(optimize.brentq(lambda x: cdf(x) - p, low, high, xtol=1e-13), 11)


quantile = Piece("foundations.probability:quantile", forbid=READY_MADE, seconds=5)
quantile.asks(
    "quantile(lambda x: eval(f), p, low, high)",
    "the x where the function f is p",
    cases=[dict(f="x / 10", p=0.25, low=0, high=10), dict(f="x**2", p=0.49, low=0, high=1)],
    answer=root,
    rtol=0,
    atol=2e-9,
)
quantile.asks(
    "quantile(lambda x: eval(f), p, low, high)",
    "to within 1e-9 also where the function rises so slowly that any number there gives nearly p",
    cases=[dict(f="x**40", p=p, low=0, high=1) for p in (1e-20, 1e-17, 1e-15, 1e-14, 1e-13)],
    answer=lambda p: p ** (1 / 40),
    rtol=0,
    atol=2e-9,
)
quantile.asks(
    "quantile(lambda x: eval(f), p, low, high)",
    "the x where the function f is p, to within 1e-9",
    cases=invertible,
    answer=root,
    rtol=0,
    atol=2e-9,
)
quantile.asks(
    "quantile(lambda x: eval(f), p, low, high)",
    "p may be what the function is at low or at high",
    cases=[dict(f="x / 10", p=0, low=0, high=10), dict(f="(x + 7) / 4", p=1, low=-7, high=-3)],
    answer=lambda p, low, high: [low, high][p],
    rtol=0,
    atol=2e-9,
)
quantile.asks(
    "quantile(lambda x: eval(f), p, low, high)",
    "a p above the function's values, or below them, is refused and named",
    cases=[dict(f="x / 10", p=1.5, low=0, high=10), dict(f="x**2", p=-1.5, low=0, high=1)],
    raises="ValueError",
    mentions=("1.5",),
)
quantile.asks(
    "quantile(lambda x: eval(f), p, low, high)",
    "a p that the function only takes outside the interval is refused",
    cases=[
        dict(f="x / 10", p=0.2, low=3, high=10),
        dict(f="x / 10", p=0.8, low=0, high=7),
        dict(f="(x + 7) / 4", p=0.1, low=-6, high=-3),
    ],
    raises="ValueError",
)
quantile.mistake(
    "You kept the wrong half: where the cdf is still below p, x lies further up.", "cdf(middle) < p", "cdf(middle) > p"
)
quantile.mistake("You stop too early: x is wanted to within 1e-9.", "1e-10", "1e-4")
quantile.mistake(
    "You stop when the cdf is close to p; where the cdf is flat, x can still be far off: stop by the interval's width.",
    """
    if p < cdf(low) or p > cdf(high):
        raise ValueError(f"p = {p} is out of reach")
    for _ in range(200):
        middle = (low + high) / 2
        if abs(cdf(middle) - p) < 1e-10:
            break
        if cdf(middle) < p:
            low = middle
        else:
            high = middle
    return middle
    """,
)
quantile.mistake(
    "Not close enough: stop by the width of the interval. A fixed count of steps, say 37, suits one width only.",
    """
    if p < cdf(low) or p > cdf(high):
        raise ValueError(f"p = {p} is out of reach")
    for _ in range(37):
        middle = (low + high) / 2
        if cdf(middle) < p:
            low = middle
        else:
            high = middle
    return (low + high) / 2
    """,
)
quantile.mistake(
    "Nothing tests whether p can be reached between low and high at all.",
    """
    while high - low > 1e-10:
        middle = (low + high) / 2
        if cdf(middle) < p:
            low = middle
        else:
            high = middle
    return (low + high) / 2
    """,
)
quantile.mistake(
    "The two ends belong to the interval: p may equal cdf(low) or cdf(high).",
    "p < cdf(low) or p > cdf(high)",
    "p <= cdf(low) or p >= cdf(high)",
)
quantile.mistake(
    "You drew a straight line from one end to the other; the cdf is curved: look in the middle, and keep halving.",
    """
    if p < cdf(low) or p > cdf(high):
        raise ValueError(f"p = {p} is out of reach")
    return low + (high - low) * (p - cdf(low)) / (cdf(high) - cdf(low))
    """,
)
quantile.hint("Look at the cdf in the middle of the interval. Is the x you seek to the left or to the right of it?")
quantile.hint("Move `low` or `high` to the middle, and do it again while the interval is wider than, say, 1e-10.")
