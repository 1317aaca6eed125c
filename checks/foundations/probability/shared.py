"""What the checks of ``foundations.probability`` share: exact sums, and tests of samples.

Samples are judged by what they look like, not by how they use their generator. Each test of a sample refuses a right
sampler with a probability of at most `TAIL` (Hoeffding's inequality for shares, that of Dvoretzky, Kiefer, Wolfowitz
and Massart for a whole distribution, exact quantiles for mean and variance), and there are fewer than 40 such tests a
piece: below 1e-9 together.
"""

import math
from fractions import Fraction

import numpy as np

TAIL = 2e-11
READY_MADE = {
    "numpy": "plain Python and random numbers between 0 and 1 are enough, and hide nothing",
    "scipy": "plain Python and random numbers between 0 and 1 are enough, and hide nothing",
    "statistics": "you are building what is in there",
}
SAMPLERS = READY_MADE | {
    f".{name}": "a ready-made sampler: build your own from rng.random()"
    for name in "gauss normalvariate lognormvariate choice choices binomialvariate NormalDist".split()
}

# In questions: a generator that often hands out one of the two extremes. `random()` is in [0, 1), so 0 can come up.
OFTEN_ZERO = """
class OftenZero(random.Random):
    def random(self):
        u = super().random()
        return u if u > 0.5 else 0.0

"""
OFTEN_HIGH = """
class OftenHighest(random.Random):
    def random(self):
        u = super().random()
        return u if u < 0.5 else 1 - 2**-53

"""


def exact(x):
    """A number as it is written: 0.1 is a tenth."""
    return Fraction(repr(x))


def shares(rng, k):
    """k unequal probabilities with two decimals."""
    cuts = np.sort(rng.choice(np.arange(1, 100), k - 1, replace=False))
    return (np.diff([0, *cuts, 100]) / 100).tolist()


def margin(n):
    """How far a share of n independent draws may stray from its probability."""
    return math.sqrt(math.log(2 / TAIL) / (2 * n))


def not_a_list_of(n, got):
    if not isinstance(got, list):
        return f"a list is wanted, this is a {type(got).__name__}"
    if len(got) != n:
        return f"it has {len(got)} draws, {n} are wanted"
    return None


def sampler_basics(piece, make, cases):
    """What holds of every sampler: its length, its generator, no generator. ``make`` is the distribution's code."""
    piece.asks(
        f"draws = {make}.sample(n, random.Random(seed))\n[type(draws).__name__, len(draws)]",
        "a list of n draws, even if n is 0",
        cases=cases,
        answer=lambda n: ["list", n],
    )
    piece.asks(
        f"{make}.sample(100, random.Random(seed)) == {make}.sample(100, random.Random(seed))",
        "generators with the same seed give the same list",
        cases=lambda rng: [dict(seed=int(rng.integers(1e6))) for _ in range(2)],
        answer=lambda: True,
    )
    piece.asks(
        f"random.seed(seed)\na = {make}.sample(200)\nb = {make}.sample(200)\n[len(a), len(b), a == b]",
        "without a generator it draws anew each time",
        cases=lambda rng: [dict(seed=int(rng.integers(1e6)))],
        answer=lambda: [200, 200, False],
    )
