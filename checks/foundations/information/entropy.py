"""What must hold of ``surprise`` and ``entropy``. Oracles: SciPy, NumPy."""

import math

import numpy as np
from scipy.stats import entropy as scipy_entropy

from checks.foundations.information.shared import NOT_DISTRIBUTIONS, PLAIN, shares, with_zero
from checks.language import Piece


def chances(rng):
    yield dict(p=0.5)
    yield dict(p=1)
    yield dict(p=0.125)
    yield dict(p=1e-300)
    for _ in range(3):
        yield dict(p=round(float(rng.uniform(0.01, 0.99)), 3))


surprise = Piece("foundations.information:surprise", forbid=PLAIN)
surprise.asks("surprise(p)", "in bits, unless a base is given", cases=chances, answer=lambda p: 0.0 - float(np.log2(p)))
surprise.asks(
    "surprise(p, base)",
    "to another base",
    cases=[dict(p=0.5, base=math.e), dict(p=0.01, base=10), dict(p=1, base=math.e), dict(p=0.3, base=3)],
    answer=lambda p, base: 0.0 - float(np.log(p) / np.log(base)),
)
surprise.asks(
    "surprise(p, base)",
    "what is impossible surprises without limit",
    cases=[dict(p=0, base=2), dict(p=0.0, base=math.e)],
    answer=lambda: math.inf,
)
surprise.mistake(
    "This is in nats: math.log alone takes base e, and the default is 2.", "math.log(p, base)", "math.log(p)"
)
surprise.mistake("The base is ignored: 2 is only its default.", "math.log(p, base)", "math.log2(p)")
surprise.mistake(
    "The minus is missing: the logarithm of a probability is negative, a surprise is not.", "-math.log", "math.log"
)
surprise.mistake("math.log refuses 0: answer math.inf there yourself.", "return -math.log(p, base)")
surprise.mistake(
    "At probability 0 you answer 0: that is for what is certain. What cannot happen surprises without limit.",
    "else math.inf",
    "else 0.0",
)
surprise.hint("Two sentences of the docstring say it all: one for every `p` above 0, and its last one for 0.")
surprise.hint("`math.log(x, base)` is the logarithm of x to any base.")
surprise.hint("There are two cases: `p` is 0, or it is more.")


def distributions(rng):
    yield dict(p=[1.0])
    yield dict(p=[0.5, 0.5])
    yield dict(p=[0.5, 0.25, 0.25])
    yield dict(p=[0.5, 0.25, 0.125, 0.125])
    yield dict(p=[0.29, 0.04, 0.57, 0.1])  # its sum, rounded, is not 1
    yield dict(p=[0.999, 0.001])
    yield dict(p=[1e-6, 1 - 1e-6])
    for n in (2, 3, 7):
        yield dict(p=shares(rng, n))


def other_bases(rng):
    yield dict(p=[0.5, 0.5], base=math.e)
    yield dict(p=[0.2] * 5, base=5)
    yield dict(p=shares(rng, 3), base=math.e)
    yield dict(p=shares(rng, 4), base=10)


entropy = Piece("foundations.information:entropy", forbid=PLAIN)
entropy.asks(
    "entropy(p)", "the average surprise, in bits", cases=distributions, answer=lambda p: float(scipy_entropy(p, base=2))
)
entropy.asks(
    "entropy(p, base)", "to another base", cases=other_bases, answer=lambda p, base: float(scipy_entropy(p, base=base))
)
entropy.asks(
    "entropy(p)",
    "an outcome of probability 0 adds nothing",
    cases=lambda rng: [dict(p=[1, 0]), dict(p=[0.0, 0.5, 0.5]), dict(p=with_zero(rng, 5))],
    answer=lambda p: float(scipy_entropy(p, base=2)),
)
entropy.asks(
    "entropy(p)",
    "what is not a distribution is refused",
    cases=[dict(p=p) for p in NOT_DISTRIBUTIONS],
    raises="ValueError",
)
entropy.asks(
    "math.isnan(entropy(p))",
    "zeros never make it nan",
    cases=[dict(p=[1, 0]), dict(p=[0.5, 0, 0.5])],
    answer=lambda: False,
)
entropy.mistake(
    "You took the plain mean of the surprises: weight each with its probability.",
    """
    require_distribution(p)
    return sum(surprise(x, base) for x in p if x > 0) / sum(x > 0 for x in p)
    """,
)
entropy.mistake(
    "The surprises are added unweighted: multiply each with its probability.",
    "x * surprise(x, base)",
    "surprise(x, base)",
)
entropy.mistake("0 times infinity is nan in Python: leave out what has probability 0.", " if x > 0", "")
entropy.mistake("The base is not handed on to surprise.", "surprise(x, base)", "surprise(x)")
entropy.mistake("This is in nats: the base is 2 unless another is given.", "surprise(x, base)", "surprise(x, math.e)")
entropy.mistake(
    "A sum of rounded numbers is seldom exactly 1: allow for 1e-6, as require_distribution does.",
    """
    if sum(p) != 1 or min(p) < 0:
        raise ValueError(f"not a distribution: {p}")
    return sum(x * surprise(x, base) for x in p if x > 0)
    """,
)
entropy.mistake("Nothing refuses numbers that are no distribution.", "require_distribution(p)", "pass")
entropy.hint("Two jobs: refuse what is not a distribution, then average; the docstring's example shows how.")
entropy.hint("A weighted average: add up probability times surprise, over all outcomes.")
entropy.hint("`require_distribution(p)`, on a line of its own, does the refusing.")
