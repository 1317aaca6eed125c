"""What must hold of ``Gaussian.sample``. Oracle: what its samples look like."""

import math

import numpy as np
from scipy import stats

from checks.foundations.probability.shared import OFTEN_ZERO, SAMPLERS, TAIL, margin, not_a_list_of, sampler_basics
from checks.language import Piece

ALWAYS_HALF = """
class AlwaysHalf(random.Random):
    def random(self):
        return 0.5

"""
COUNTING = """
class Counting(random.Random):
    calls = 0

    def random(self):
        self.calls += 1
        return super().random()

"""


def wanted_bells(rng):
    yield dict(mean=0, variance=1, n=10_000, seed=int(rng.integers(1e6)))
    yield dict(mean=3, variance=4, n=10_000, seed=int(rng.integers(1e6)))
    yield dict(mean=-5, variance=0.25, n=10_001, seed=int(rng.integers(1e6)))
    mean, variance = round(float(rng.uniform(-9, 9)), 2), round(float(rng.uniform(2, 12)), 2)
    yield dict(mean=mean, variance=variance, n=10_000, seed=int(rng.integers(1e6)))


def wrong_mean(got, mean, variance, n):
    stray = stats.norm.isf(TAIL / 2) * math.sqrt(variance / n)
    if not abs(got - mean) <= stray:
        return f"the draws' average is {got:.3f}, and should be {mean}, give or take {stray:.3f}"
    return None


def wrong_variance(got, variance, n):
    low, high = (f(TAIL / 2, n) / n * variance for f in (stats.chi2.ppf, stats.chi2.isf))
    if not low <= got <= high:
        return f"the draws' variance is {got:.3f}, and should be from {low:.3f} to {high:.3f}"
    return None


def wrong_shape(got, n):
    for k, share in zip(range(-4, 5), got):
        right = stats.norm.cdf(k / 2).item()
        if not abs(share - right) <= margin(n):
            return f"{share:.3f} of the draws lie below the mean {k / 2:+} standard deviations, and {right:.3f} should"
    return None


def wrong_pairs(got, n):
    for product, m in zip(got, (n // 2, n // 4)):
        if not abs(product) * m <= (stats.chi2.isf(TAIL / 4, m) - stats.chi2.ppf(TAIL / 4, m)) / 2:
            return f"the average is {product:.3f}: each draw must be independent of those before"
    return None


def wrong_circles(got, n):
    for k, share in zip((1, 2), got):
        right = 1 - math.exp(-k * k / 2)
        if not abs(share - right) <= margin(n // 2):
            return f"{share:.3f} of the darts lie within {k} standard deviations of the middle, and {right:.3f} should"
    return None


def wrong_half(got, mean, variance):
    radius = math.sqrt(2 * math.log(2) * variance)
    if wrong := not_a_list_of(2, got):
        return wrong
    if strange := [x for x in got if not isinstance(x, float)]:
        return f"{strange[0]!r} is not a float"
    if not np.allclose(sorted(abs(x - mean) for x in got), [0, radius], rtol=0, atol=1e-9):
        return f"one draw should be the mean, {mean}, and the other {radius:.6f} away from it"
    return None


gaussian_sample = Piece("foundations.probability:Gaussian.sample", forbid=SAMPLERS)
sampler_basics(
    gaussian_sample, "Gaussian(3, 4)", lambda rng: [dict(n=n, seed=int(rng.integers(1e6))) for n in (0, 1, 2, 5)]
)
gaussian_sample.asks(
    ALWAYS_HALF + "Gaussian(mean, variance).sample(2, AlwaysHalf())",
    "where every random number is 0.5, the radius is √(2 ln 2) standard deviations, the angle half a turn",
    cases=[dict(mean=0, variance=1), dict(mean=3, variance=4), dict(mean=-5, variance=0.25)],
    accept=wrong_half,
    expected="two draws: the mean, and √(2 ln 2) = 1.177410 standard deviations beside it",
)
DRAWS = "draws = Gaussian(mean, variance).sample(n, random.Random(seed))\n"
gaussian_sample.asks(
    DRAWS + "sum(draws) / n",
    "the average of many draws is near the mean",
    cases=wanted_bells,
    accept=wrong_mean,
    expected="about the mean",
    atol=0.02,  # here and below, so that a known mistake is known whatever numbers it draws
)
gaussian_sample.asks(
    DRAWS + "sum((x - mean) ** 2 for x in draws) / n",
    "the average squared distance of many draws from the mean is near the variance",
    cases=wanted_bells,
    accept=wrong_variance,
    expected="about the variance",
    rtol=0.05,
)
gaussian_sample.asks(
    DRAWS + "[sum(x < mean + k / 2 * math.sqrt(variance) for x in draws) / n for k in range(-4, 5)]",
    "the shares of the draws below the mean - 2 standard deviations, - 1.5, and so on up to + 2, are those of the bell",
    cases=wanted_bells,
    accept=wrong_shape,
    expected="about 0.023, 0.067, 0.159, 0.309, 0.5, 0.691, 0.841, 0.933, 0.977",
    atol=0.015,
)
PAIRS = DRAWS + "pairs = list(zip(draws[::2], draws[1::2]))\n"
gaussian_sample.asks(
    PAIRS
    + "again = list(zip(draws[1::4], draws[3::4]))\n"
    + "[sum((x - mean) * (y - mean) for x, y in some) / variance / len(some) for some in (pairs, again)]",
    "draws have nothing to do with each other, neighbours or not: distances from the mean, multiplied, average to 0",
    cases=wanted_bells,
    accept=wrong_pairs,
    expected="about 0 for neighbours, and for each second draw and the second after it",
    atol=0.05,
)
gaussian_sample.asks(
    PAIRS
    + "[sum((x - mean) ** 2 + (y - mean) ** 2 < k * k * variance for x, y in pairs) / len(pairs) for k in (1, 2)]",
    "two draws are a dart: how many darts lie within 1 and within 2 standard deviations of the middle",
    cases=wanted_bells,
    accept=wrong_circles,
    expected="about 0.393 and 0.865",
    atol=0.02,
)
gaussian_sample.asks(
    COUNTING + "generator = Counting(seed)\nGaussian(0, 1).sample(n, generator)\ngenerator.calls",
    "each two random numbers make two draws: how often is rng.random() called for n draws",
    cases=lambda rng: [dict(n=n, seed=int(rng.integers(1e6))) for n in (10, 7)],
    accept=lambda got, n: None if n <= got <= n + 2 else f"{got} random numbers went into {n} draws",
    expected="n times, or one or two more",
)
gaussian_sample.asks(
    OFTEN_ZERO + "Gaussian(0, 1).sample(20, OftenZero(seed))",
    "finite numbers, even when the generator gives exactly 0",
    cases=lambda rng: [dict(seed=int(rng.integers(1e6)))],
    accept=lambda got: (
        not_a_list_of(20, got)
        or (None if all(isinstance(x, float) and math.isfinite(x) for x in got) else "not all are finite")
    ),
    expected="twenty finite numbers",
)
gaussian_sample.asks(
    "len(GaussianDistribution(mean, variance).sample(n))",
    "under the long name, and without a generator, it works as well",
    cases=[dict(mean=3, variance=4, n=3)],
    answer=lambda n: n,
)
gaussian_sample.mistake(
    "You stretched by the variance: a standard draw is to be multiplied by the standard deviation.",
    "self.std *",
    "self.variance *",
)
gaussian_sample.mistake(
    "The draws have variance 1, whatever was asked for: multiply by the standard deviation.",
    "self.std * math.sqrt",
    "math.sqrt",
)
gaussian_sample.mistake(
    "The mean is left out of the draws.",
    """
    rng = rng or random
    drawn = []
    while len(drawn) < n:
        radius = self.std * math.sqrt(-2 * math.log(1 - rng.random()))
        angle = 2 * math.pi * rng.random()
        drawn.append(radius * math.cos(angle))
        drawn.append(radius * math.sin(angle))
    return drawn[:n]
    """,
)
gaussian_sample.mistake(
    "Radius and angle come from the same random number, so they depend on each other: draw one for each.",
    """
    rng = rng or random
    drawn = []
    while len(drawn) < n:
        u = rng.random()
        radius = self.std * math.sqrt(-2 * math.log(1 - u))
        drawn.append(self.mean + radius * math.cos(2 * math.pi * u))
        drawn.append(self.mean + radius * math.sin(2 * math.pi * u))
    return drawn[:n]
    """,
)
gaussian_sample.mistake(
    "`rng.random()` can be exactly 0, and 0 has no logarithm; 1 minus it is never 0.",
    "1 - rng.random()",
    "rng.random()",
)
gaussian_sample.mistake("Draws come in pairs, so an odd n gets one too many: cut the list.", "drawn[:n]", "drawn")
gaussian_sample.mistake(
    "The angle covers only 1 radian: a whole turn is 2π.", "2 * math.pi * rng.random()", "rng.random()"
)
gaussian_sample.mistake(
    "Half a turn is not enough: sines of such angles are never negative.",
    "2 * math.pi * rng.random()",
    "math.pi * rng.random()",
)
gaussian_sample.mistake(
    "The angle is in degrees; cosine and sine want radians, and a whole turn is 2π of them.",
    "2 * math.pi * rng.random()",
    "360 * rng.random()",
)
gaussian_sample.mistake(
    "The mean was stretched too. Stretch first, then shift: mean + std · z.",
    """
    rng = rng or random
    drawn = []
    while len(drawn) < n:
        radius = math.sqrt(-2 * math.log(1 - rng.random()))
        angle = 2 * math.pi * rng.random()
        drawn.append(self.std * (self.mean + radius * math.cos(angle)))
        drawn.append(self.std * (self.mean + radius * math.sin(angle)))
    return drawn[:n]
    """,
)
gaussian_sample.mistake(
    "For an odd n one draw is missing: half of n, rounded down, is one pair too few.",
    """
    rng = rng or random
    drawn = []
    for _ in range(n // 2):
        radius = self.std * math.sqrt(-2 * math.log(1 - rng.random()))
        angle = 2 * math.pi * rng.random()
        drawn += [self.mean + radius * math.cos(angle), self.mean + radius * math.sin(angle)]
    return drawn
    """,
)
gaussian_sample.mistake(
    "The sine has a new angle; the two draws of a pair are independent only if radius and angle are the same for both.",
    "math.sin(angle)",
    "math.sin(2 * math.pi * rng.random())",
)
gaussian_sample.mistake(
    "Only the cosine is used; the sine of the same angle is a second draw, for which no new numbers are needed.",
    "        drawn.append(self.mean + radius * math.sin(angle))\n",
    "",
)
gaussian_sample.mistake("The 2 in the radius is missing.", "-2 * math.log", "-1 * math.log")
gaussian_sample.mistake(
    "Both numbers of a pair are the same one: the second is the sine.", "math.sin(angle)", "math.cos(angle)"
)
gaussian_sample.mistake(
    "Each call makes itself a generator with the same seed, so every sample without a generator is the same one.",
    "rng or random",
    "rng or random.Random(0)",
)
gaussian_sample.hint("A radius from one random number, an angle from another, then cosine and sine for two draws.")
gaussian_sample.hint(
    "That makes draws of mean 0 and variance 1: stretch them by the standard deviation, then shift them by the mean."
)
gaussian_sample.hint("`while len(drawn) < n:` append two draws; at the end `drawn[:n]` is exactly n of them.")
