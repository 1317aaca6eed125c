"""Chance in plain Python: distributions and their samples, Bayes' rule, and fitting by maximum likelihood.

All randomness comes from numbers spread evenly over [0, 1), as ``rng.random()`` gives them. A sampler takes its
generator as ``rng``, for instance ``random.Random(7)``; without one it uses the module ``random``, whose numbers
differ from run to run.

Source: Deisenroth, Faisal, Ong, *Mathematics for Machine Learning*, chapter 6; Bishop, *Pattern Recognition and
Machine Learning*, sections 1.2, 2.1 and 2.3; Box and Muller, "A Note on the Generation of Random Normal Deviates",
1958.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from course_lib.foundations.matrix import ShapeError, dot  # noqa: F401 (for those who test lengths themselves)

# ------------------------------------------------------------------ expectation


def expectation(values: list, probabilities: list[float], f: Callable = lambda x: x) -> float:
    """Expected value of ``f(X)``, where X is ``values[i]`` with probability ``probabilities[i]``.

    Each ``f(values[i])`` times its probability, added up. Without ``f`` it is the expected value of X itself:
    ``expectation([1, 2, 4, 8], [0.2, 0.4, 0.3, 0.1])`` is ``3.0``, and with ``lambda x: x**2`` as ``f`` it is
    ``13.0``. A value may stand in the list twice, each time with its own probability. Raises `ShapeError`, with both
    lengths in its message, if the two lists differ in length.
    """
    return dot([f(x) for x in values], probabilities)


def variance(values: list[float], probabilities: list[float]) -> float:
    """Expected squared distance of X from its mean, where X is ``values[i]`` with probability ``probabilities[i]``.

    ``variance([1, 2, 4, 8], [0.2, 0.4, 0.3, 0.1])`` is ``4.0``, and the variance of a single sure value is 0.
    The mean is taken off before anything is squared, so that large values close together keep their digits:
    ``variance([1e9, 1e9 + 2], [0.5, 0.5])`` is ``1.0``. Raises `ShapeError` if the two lists differ in length.
    """
    mean = expectation(values, probabilities)
    return expectation(values, probabilities, lambda x: (x - mean) ** 2)


# ------------------------------------------------------------------ distributions of countable things


class Bernoulli:
    """A single yes or no: 1 with probability ``p``, else 0."""

    def __init__(self, p: float):
        """Raises `ValueError` if ``p`` is not between 0 and 1."""
        if not 0 <= p <= 1:
            raise ValueError(f"a probability lies between 0 and 1, got {p}")
        self.p = p

    @property
    def mean(self) -> float:
        return self.p

    @property
    def variance(self) -> float:
        return self.p * (1 - self.p)

    def pmf(self, k: int) -> float:
        """Probability of the outcome ``k``."""
        return {1: self.p, 0: 1 - self.p}.get(k, 0.0)

    def sample(self, n: int, rng: random.Random | None = None) -> list[int]:
        """A list of ``n`` independent draws, each 1 with probability ``p`` and else 0.

        Uses the generator ``rng``, or the module ``random`` if none is given: the same seed gives the same list.
        ``rng.random()`` is at least 0 and less than 1, and can be exactly 0; still ``Bernoulli(0)`` never gives a 1,
        and ``Bernoulli(1)`` always does. For ``n = 0`` the list is empty.
        """
        rng = rng or random
        return [1 if rng.random() < self.p else 0 for _ in range(n)]


class Categorical:
    """One of k outcomes, numbered 0 to k - 1: outcome ``i`` with probability ``probabilities[i]``."""

    def __init__(self, probabilities: list[float]):
        """Raises `ValueError` if a probability is negative or they do not add up to 1 (within 1e-9)."""
        if any(p < 0 for p in probabilities) or abs(sum(probabilities) - 1) > 1e-9:
            raise ValueError(f"probabilities are at least 0 and add up to 1, got {probabilities}")
        self.probabilities = list(probabilities)

    def pmf(self, k: int) -> float:
        """Probability of the outcome ``k``."""
        return self.probabilities[k] if 0 <= k < len(self.probabilities) else 0.0

    def sample(self, n: int, rng: random.Random | None = None) -> list[int]:
        """A list of ``n`` independent draws, each the number ``i`` of an outcome; ``i`` has its own probability.

        Uses the generator ``rng``, or the module ``random`` if none is given: the same seed gives the same list.
        However small a probability is, it counts. Every draw is one of the outcomes, although rounding can leave the
        sum of the probabilities a hair below 1 and ``rng.random()`` not below that sum: ten times 0.1, added one by
        one, is 0.9999999999999999. An outcome of probability 0 is never drawn: not when ``rng.random()`` is exactly 0,
        and not as the last one in ``[0.1] * 10 + [0.0]`` either. For ``n = 0`` the list is empty.
        """
        rng = rng or random
        ends = [sum(self.probabilities[: k + 1]) for k in range(len(self.probabilities))]
        drawn = []
        for _ in range(n):
            u = rng.random() * ends[-1]
            drawn.append(next(k for k, end in enumerate(ends) if u < end))
        return drawn


# ------------------------------------------------------------------ distributions on the number line


class Uniform:
    """A number anywhere from ``low`` to ``high``, no part of the way more likely than another."""

    def __init__(self, low: float, high: float):
        """Raises `ValueError` if ``low`` is not less than ``high``."""
        if not low < high:
            raise ValueError(f"low must be less than high, got {low} and {high}")
        self.low = low
        self.high = high

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2

    @property
    def variance(self) -> float:
        return (self.high - self.low) ** 2 / 12

    def pdf(self, x: float) -> float:
        """Density at ``x``: one over the width between ``low`` and ``high``, 0 outside."""
        return 1 / (self.high - self.low) if self.low <= x <= self.high else 0.0

    def cdf(self, x: float) -> float:
        """Probability that a draw is at most ``x``: the share of the range that lies below ``x``.

        0 for any ``x`` below ``low``, 1 for any above ``high``. ``Uniform(2, 6).cdf(3)`` is ``0.25``.
        """
        return min(1.0, max(0.0, (x - self.low) / (self.high - self.low)))

    def sample(self, n: int, rng: random.Random | None = None) -> list[float]:
        """A list of ``n`` independent draws."""
        rng = rng or random
        return [self.low + (self.high - self.low) * rng.random() for _ in range(n)]


def quantile(cdf: Callable[[float], float], p: float, low: float, high: float) -> float:
    """The ``x`` between ``low`` and ``high`` with ``cdf(x) = p``, found by halving the interval, to within 1e-9.

    ``low`` and ``high`` are somewhere between -1000 and 1000. ``cdf`` is continuous and rises all the way from ``low``
    to ``high``, in places very slowly; it is ``x`` that is wanted to within 1e-9, not ``p``. ``p`` may lie anywhere
    from ``cdf(low)`` to ``cdf(high)``, both included. ``quantile(lambda x: x**2, 0.49, 0, 1)`` is ``0.7``.
    Raises `ValueError`, with ``p`` in its message, if ``p`` is below ``cdf(low)`` or above ``cdf(high)``.
    """
    if p < cdf(low) or p > cdf(high):
        raise ValueError(f"no x between {low} and {high} has cdf {p}: there it is from {cdf(low)} to {cdf(high)}")
    while high - low > 1e-10:
        middle = (low + high) / 2
        if cdf(middle) < p:
            low = middle
        else:
            high = middle
    return high


class Gaussian:
    """The normal distribution: a bell around ``mean`` with the given ``variance`` (not the standard deviation).

    ``Gaussian(3, 4)`` has mean 3, variance 4 and standard deviation 2.
    """

    def __init__(self, mean: float, variance: float):
        """Raises `ValueError` if ``variance`` is not positive."""
        if not variance > 0:
            raise ValueError(f"the variance must be positive, got {variance}")
        self.mean = mean
        self.variance = variance

    @property
    def std(self) -> float:
        """The standard deviation, the square root of the variance."""
        return math.sqrt(self.variance)

    def __repr__(self) -> str:
        return f"Gaussian(mean={self.mean:.6g}, variance={self.variance:.6g})"

    def pdf(self, x: float) -> float:
        """Density at ``x``: highest at the mean, the same to both sides of it.

        ``Gaussian(3, 4).pdf(3)`` is about 0.199471, ``Gaussian(3, 4).pdf(5)`` about 0.120985. Far from the mean it
        is small but not 0; only where it is too small for a float does it come out as 0.0, and not as an error
        (``x`` is at most 1e150 from the mean).
        """
        return math.exp(-((x - self.mean) ** 2) / (2 * self.variance)) / math.sqrt(2 * math.pi * self.variance)

    def cdf(self, x: float) -> float:
        """Probability that a draw is at most ``x``, by way of the error function ``math.erf``."""
        return 0.5 * (1 + math.erf((x - self.mean) / math.sqrt(2 * self.variance)))

    def sample(self, n: int, rng: random.Random | None = None) -> list[float]:
        """A list of ``n`` independent draws, by Box and Muller's method: two draws from each two uniform numbers.

        Of two results of ``rng.random()``, ``u`` makes a radius ``sqrt(-2 * log(u))`` and ``w`` an angle ``2 * pi * w``
        in radians; cosine and sine of this one angle, times the radius, are two draws of mean 0 and variance 1.
        (``1 - u`` and ``1 - w`` serve as well.) So ``n`` draws take ``n`` calls of ``rng.random()``; one or two more
        are allowed.

        Uses the generator ``rng``, or the module ``random`` if none is given: the same seed gives the same list. The
        list has exactly ``n`` numbers, also where ``n`` is odd or 0. ``rng.random()`` can be exactly 0, which has no
        logarithm; the draws are finite numbers all the same.
        """
        rng = rng or random
        drawn = []
        while len(drawn) < n:
            radius = self.std * math.sqrt(-2 * math.log(1 - rng.random()))
            angle = 2 * math.pi * rng.random()
            drawn.append(self.mean + radius * math.cos(angle))
            drawn.append(self.mean + radius * math.sin(angle))
        return drawn[:n]

    def log_likelihood(self, data: list[float]) -> float:
        """How well the distribution explains ``data``: the natural logarithms of the densities there, added up.

        Exact where the densities themselves are too small for a float, so it works from the formula of the logarithm
        and forms no density: ``Gaussian(0, 1).log_likelihood([100])`` is about -5000.918939. Of no data it is 0.
        """
        squares = sum((x - self.mean) ** 2 for x in data)
        return -0.5 * (len(data) * math.log(2 * math.pi * self.variance) + squares / self.variance)

    @classmethod
    def fit(cls, data: list[float]) -> Gaussian:
        """The Gaussian of highest likelihood: with the mean of ``data``, and the mean squared distance from that mean.

        ``Gaussian.fit([1, 2, 6])`` has mean 3 and variance 14/3. The mean is taken off before anything is squared, so
        that large values close together keep their digits: the variance of ``[1e9, 1e9 + 2]`` is 1.
        It is made of ``cls``. Raises `ValueError` if ``data`` is empty, or if the variance comes out as 0, as that of
        ``[5]`` or ``[2, 2, 2]`` does, for no Gaussian has variance 0.
        """
        if not data:
            raise ValueError("no Gaussian can be fitted to no data")
        mean = sum(data) / len(data)
        return cls(mean, sum((x - mean) ** 2 for x in data) / len(data))


GaussianDistribution = Gaussian  # the long name

# ------------------------------------------------------------------ Bayes


def bayes(prior: list[float], likelihood: list[float]) -> list[float]:
    """Probabilities of several hypotheses after an observation.

    ``prior[i]`` is how probable hypothesis ``i`` was before, ``likelihood[i]`` how probable it makes what was observed
    (or any numbers in the same ratio, such as densities). The result is prior times likelihood, hypothesis by
    hypothesis, scaled so that it adds up to 1: ``bayes([0.25, 0.75], [0.6, 0.2])`` is ``[0.5, 0.5]``. Small products
    are as good as large ones: ``bayes([0.5, 0.5], [1e-200, 3e-200])`` is ``[0.25, 0.75]``. Raises `ShapeError` if the
    lists differ in length, and `ValueError` if every product is exactly 0, which says that no hypothesis allows the
    observation.
    """
    evidence = dot(prior, likelihood)
    if evidence == 0:
        raise ValueError("no hypothesis gives the observation a probability above 0")
    return [p * l / evidence for p, l in zip(prior, likelihood)]
