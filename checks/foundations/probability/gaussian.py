"""What must hold of a ``Gaussian``: its density, its likelihood and its fit. Oracles: SciPy, exact fractions."""

import math

from scipy import stats

from checks.foundations.probability.shared import READY_MADE, exact
from checks.language import Piece


def bells(rng):
    yield dict(mean=3, variance=4, x=3)
    yield dict(mean=3, variance=4, x=5)
    yield dict(mean=0, variance=1, x=0)
    yield dict(mean=0, variance=1, x=-1.5)
    yield dict(mean=0, variance=9, x=2)
    yield dict(mean=5, variance=1, x=4)
    yield dict(mean=-2, variance=0.25, x=-1.8)
    yield dict(mean=0.5, variance=0.0001, x=0.5)
    for _ in range(3):
        mean, variance = round(float(rng.uniform(-9, 9)), 2), round(float(rng.uniform(0.3, 12)), 2)
        yield dict(mean=mean, variance=variance, x=round(mean + float(rng.uniform(-2, 2)), 2))


pdf = Piece("foundations.probability:Gaussian.pdf", forbid=READY_MADE)
pdf.asks(
    "Gaussian(mean, variance).pdf(x)",
    "the bell's height at x",
    cases=bells,
    answer=lambda mean, variance, x: stats.norm.pdf(x, mean, math.sqrt(variance)).item(),
)
pdf.asks(
    "Gaussian(mean, variance).pdf(x) * big",
    "far from the mean it is small, but not 0, as is seen when it is multiplied by a big number",
    cases=[dict(mean=0, variance=1, x=8, big=1e40), dict(mean=3, variance=4, x=-37, big=1e200)],
    answer=lambda mean, variance, x, big: stats.norm.pdf(x, mean, math.sqrt(variance)).item() * big,
)
pdf.asks(
    "Gaussian(mean, variance).pdf(x)",
    "very far from the mean it is 0.0",
    cases=[dict(mean=0, variance=1, x=100), dict(mean=3, variance=4, x=-1e6), dict(mean=0, variance=4, x=1e150)],
    answer=lambda: 0.0,
)
pdf.asks(
    "g = GaussianDistribution(mean, variance)\n[g.mean, g.variance, g.pdf(x)]",
    "under its long name it is the same distribution",
    cases=lambda rng: list(bells(rng))[:3],
    answer=lambda mean, variance, x: [mean, variance, stats.norm.pdf(x, mean, math.sqrt(variance)).item()],
)
pdf.mistake(
    "You used the variance as if it were the standard deviation: in the formula the variance is not squared again.",
    """
    z = (x - self.mean) / self.variance
    return math.exp(-(z**2) / 2) / (self.variance * math.sqrt(2 * math.pi))
    """,
)
pdf.mistake("The 2 under the squared distance is missing.", "/ (2 * self.variance)", "/ self.variance")
pdf.mistake(
    "The variance is missing in front: a wide bell must be lower, for its area is 1.",
    "2 * math.pi * self.variance",
    "2 * math.pi",
)
pdf.mistake("The distance is measured from 0: it has to be from the mean.", "x - self.mean", "x")
pdf.mistake(
    "`/ 2 * v` divides by 2 and then multiplies by v: put 2v in parentheses.",
    "/ (2 * self.variance)",
    "/ 2 * self.variance",
)
pdf.mistake(
    "The square root around 2πv is missing.", "math.sqrt(2 * math.pi * self.variance)", "(2 * math.pi * self.variance)"
)
pdf.mistake(
    "The variance stands outside the square root; it belongs inside, beside 2π.",
    "math.sqrt(2 * math.pi * self.variance)",
    "(math.sqrt(2 * math.pi) * self.variance)",
)
pdf.mistake(
    "Far from the mean you return 0; the density there is small but not 0, and the formula gives it.",
    """
    if abs(x - self.mean) > 6 * self.std:
        return 0.0
    return math.exp(-((x - self.mean) ** 2) / (2 * self.variance)) / math.sqrt(2 * math.pi * self.variance)
    """,
)
pdf.mistake(
    "`-a ** 2` and `(-a) ** 2` differ: the exponent must be negative, so that the bell falls.",
    """
    exponent = min((-(x - self.mean)) ** 2 / (2 * self.variance), 700)
    return math.exp(exponent) / math.sqrt(2 * math.pi * self.variance)
    """,
)
pdf.hint("Two factors: the exponential of minus the squared distance over 2v, and one over the square root of 2πv.")
pdf.hint("At the mean itself the exponential is 1. Is your value there right? Then look at the exponent.")


def explained(rng):
    yield dict(mean=0, variance=1, data=[0])
    yield dict(mean=3, variance=4, data=[5])
    yield dict(mean=3, variance=4, data=[])
    yield dict(mean=3, variance=4, data=[1, 3, 8])
    yield dict(mean=-1, variance=0.01, data=[-1.1, -0.9])
    for n in (1, 2, 5):
        mean, variance = round(float(rng.uniform(-9, 9)), 2), round(float(rng.uniform(0.3, 12)), 2)
        yield dict(mean=mean, variance=variance, data=(mean + rng.normal(0, 3, n)).round(2).tolist())


def log_density(mean, variance, data):
    return float(stats.norm.logpdf(data, mean, math.sqrt(variance)).sum())


log_likelihood = Piece("foundations.probability:Gaussian.log_likelihood", forbid=READY_MADE)
log_likelihood.asks(
    "Gaussian(mean, variance).log_likelihood(data)",
    "the logarithms of the densities, added up",
    cases=explained,
    answer=log_density,
)
log_likelihood.asks(
    "Gaussian(mean, variance).log_likelihood(data)",
    "a lot of data is no trouble, although the product of its densities underflows",
    cases=lambda rng: [dict(mean=3, variance=4, data=rng.normal(3, 2, 800).round(2).tolist())],
    answer=log_density,
)
log_likelihood.asks(
    "Gaussian(mean, variance).log_likelihood(data)",
    "data far from the mean is no trouble, although its density underflows",
    cases=[
        dict(mean=0, variance=1, data=[100]),
        dict(mean=0, variance=1, data=[38.4]),
        dict(mean=3, variance=0.5, data=[2, -70, 2000]),
    ],
    answer=log_density,
)
log_likelihood.mistake(
    "The density underflows to 0 far from the mean, before its logarithm is taken: use the logarithm of the formula.",
    "return sum(math.log(self.pdf(x)) for x in data)",
)
log_likelihood.mistake(
    "The product of the densities underflows to 0: add logarithms, and never form the product.",
    "return math.log(math.prod(self.pdf(x) for x in data))",
)
log_likelihood.mistake(
    "You averaged over the data: the logarithms are to be added.",
    """
    squares = sum((x - self.mean) ** 2 for x in data)
    return -0.5 * (math.log(2 * math.pi * self.variance) + squares / self.variance / len(data)) if data else 0
    """,
)
log_likelihood.mistake(
    "The term with 2πv belongs to every number of the data, so it counts as often as there are numbers.",
    "len(data) * math.log(2 * math.pi * self.variance)",
    "math.log(2 * math.pi * self.variance)",
)
log_likelihood.mistake(
    "You squared the sum of the distances: square each distance, then add.",
    "sum((x - self.mean) ** 2 for x in data)",
    "sum(x - self.mean for x in data) ** 2",
)
log_likelihood.mistake("The term with 2πv is left out.", "len(data) * math.log(2 * math.pi * self.variance)", "0")
log_likelihood.mistake(
    "A density has a square root of 2πv under it, whose logarithm is half that of 2πv; the half is missing there.",
    "(len(data) * math.log(2 * math.pi * self.variance)",
    "(2 * len(data) * math.log(2 * math.pi * self.variance)",
)
log_likelihood.mistake(
    "The squared distances are divided by 2v, not by v.", "squares / self.variance", "2 * squares / self.variance"
)
log_likelihood.mistake(
    "You used the variance as if it were the standard deviation and squared it.",
    "squares / self.variance",
    "squares / self.variance**2",
)
log_likelihood.hint(
    "The logarithm of a product is the sum of the logarithms, and ln(exp(z)) is z. Do it on paper for one x."
)
log_likelihood.hint("For one x it is -½ ln(2πv) - (x - mean)² / (2v). Now add that up over the data.")


def samples(rng):
    yield dict(data=[1, 2, 6])
    yield dict(data=[0, 2])
    yield dict(data=[-3, 5])
    yield dict(data=[4, -1, -1, 3, 0])
    for n in (3, 8):
        yield dict(data=rng.normal(4, 3, n).round(2).tolist())


def fitted(data):
    mean = sum(map(exact, data)) / len(data)
    return [float(mean), float(sum((exact(x) - mean) ** 2 for x in data) / len(data))]


fit = Piece("foundations.probability:Gaussian.fit", forbid=READY_MADE)
fit.asks(
    "g = Gaussian.fit(data)\n[g.mean, g.variance]",
    "mean and variance of highest likelihood",
    cases=samples,
    answer=fitted,
)
fit.asks(
    "Gaussian.fit(data).variance",
    "large values close together keep their digits",
    cases=[dict(data=[1e9, 1e9 + 2]), dict(data=[1e9 + 1, 1e9 + 2, 1e9 + 6])],
    answer=lambda data: fitted(data)[1],
    rtol=1e-6,
)
fit.asks("Gaussian.fit(data)", "no data at all is refused", cases=[dict(data=[])], raises="ValueError")
fit.asks(
    "Gaussian.fit(data)",
    "data that is all one number is refused",
    cases=[dict(data=[5]), dict(data=[2, 2, 2])],
    raises="ValueError",
)
fit.asks(
    "class Bell(Gaussian):\n    pass\ntype(Bell.fit(data)).__name__",
    "it is made of cls, so that a subclass makes its own kind",
    cases=[dict(data=[1, 2, 6])],
    answer=lambda: "Bell",
)
fit.mistake(
    "You divided by n - 1. That has its uses, but the likelihood is highest with n.",
    "for x in data) / len(data))",
    "for x in data) / max(1, len(data) - 1))",
)
fit.mistake(
    "A Gaussian is made of its mean and variance; you handed it the standard deviation.",
    "sum((x - mean) ** 2 for x in data) / len(data)",
    "math.sqrt(sum((x - mean) ** 2 for x in data) / len(data))",
)
fit.mistake(
    "Right on paper, but two huge numbers that nearly agree lose their digits when one is taken from the other: "
    "subtract the mean first, then square.",
    "sum((x - mean) ** 2 for x in data) / len(data)",
    "sum(x**2 for x in data) / len(data) - mean**2",
)
fit.mistake(
    "With no data you divide by 0: refuse it first.",
    """
    mean = sum(data) / len(data)
    return cls(mean, sum((x - mean) ** 2 for x in data) / len(data))
    """,
)
fit.mistake(
    "The squared distances are to be averaged, not only added.", "for x in data) / len(data))", "for x in data))"
)
fit.mistake(
    "The mean of the data is wanted; this is the middle one of the sorted data.",
    "sum(data) / len(data)\n",
    "sorted(data)[len(data) // 2]\n",
)
fit.mistake(
    "The class method has cls for a reason: with Gaussian written out, a subclass gets a plain Gaussian.",
    "return cls(",
    "return Gaussian(",
)
fit.hint("The formulas of the two best parameters stand above: an average, and an average of squared distances.")
fit.hint("Divide by `len(data)` in both. Refuse an empty list before that; the constructor refuses a variance of 0.")
