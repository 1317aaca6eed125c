"""What must hold of the pieces of ``foundations.probability``. Oracles: exact fractions, NumPy, SciPy.

Samples are judged by what they look like, not by how they use their generator. Each test of a sample refuses a right
sampler with a probability of at most `TAIL` (Hoeffding's inequality for shares, that of Dvoretzky, Kiefer, Wolfowitz
and Massart for a whole distribution, exact quantiles for mean and variance), and there are fewer than 40 such tests a
piece: below 1e-9 together.
"""

import math
from fractions import Fraction

import numpy as np
from scipy import optimize, stats

from checks.language import Piece

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
WHEEL = dict(values=[1, 2, 4, 8], probabilities=[0.2, 0.4, 0.3, 0.1])

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


def exact(x):
    """A number as it is written: 0.1 is a tenth."""
    return Fraction(repr(x))


def mean_of(values, probabilities):
    return sum(exact(x) * exact(p) for x, p in zip(values, probabilities))


def variance_of(values, probabilities):
    mean = mean_of(values, probabilities)
    return sum((exact(x) - mean) ** 2 * exact(p) for x, p in zip(values, probabilities))


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


def wrong_shares(got, probabilities, n):
    """One sentence if draws numbered from 0 don't come up as often as they should, or come in clumps."""
    counted, again = got
    for k, p in enumerate(probabilities):
        share = counted.get(k, 0)
        if abs(share - p) > margin(n):
            return f"{k} came up in {share:.3f} of {n} draws; {p:.3f} is right, give or take {margin(n):.3f}"
    if abs(again - sum(p * p for p in probabilities)) > margin(n // 2):
        return f"neighbours are equal in {again:.3f} of the pairs: each draw must be independent of the one before"
    return None


# What many draws look like: the share of each outcome, and that of equal neighbours.
SUMMARY = """
equal = sum(a == b for a, b in zip(draws[::2], draws[1::2]))
[{k: draws.count(k) / n for k in set(draws)}, equal / (n // 2)]
"""


# ------------------------------------------------------------------ expectation


def tables(rng):
    yield dict(values=[1, 2, 4, 8], probabilities=[0.2, 0.4, 0.3, 0.1])
    yield dict(values=[7], probabilities=[1.0])
    yield dict(values=[3, 5], probabilities=[0.5, 0.5])
    yield dict(values=[2, 2, 5], probabilities=[0.5, 0.25, 0.25])
    yield dict(values=[-1, 1], probabilities=[0.5, 0.5])
    yield dict(values=[-2, 0, 10], probabilities=[0.7, 0.1, 0.2])
    for k in (3, 5):
        yield dict(values=rng.uniform(-9, 9, k).round(2).tolist(), probabilities=shares(rng, k))


UNEQUAL = [
    dict(values=[1, 2, 4], probabilities=[0.5, 0.5]),
    dict(values=[5, 6], probabilities=[0.2, 0.3, 0.5]),
]

expectation = Piece("foundations.probability:expectation", forbid=READY_MADE)
expectation.asks(
    "expectation(values, probabilities)",
    "each value times its probability, added up",
    cases=tables,
    answer=lambda values, probabilities: float(mean_of(values, probabilities)),
)
expectation.asks(
    "expectation(values, probabilities, lambda x: x**2)",
    "with a function: its value at each x, times the probability of that x",
    cases=tables,
    answer=lambda values, probabilities: float(sum(exact(x) ** 2 * exact(p) for x, p in zip(values, probabilities))),
)
expectation.asks(
    "expectation(values, probabilities, lambda x: 1 if x > 3 else 0)",
    "with a function that is 1 or 0, the probability that it is 1",
    cases=tables,
    answer=lambda values, probabilities: float(sum(exact(p) for x, p in zip(values, probabilities) if x > 3)),
)
expectation.asks(
    "expectation(values, probabilities, len)",
    "values need not be numbers, if the function makes numbers of them",
    cases=[dict(values=["no", "perhaps", "yes"], probabilities=[0.5, 0.1, 0.4])],
    answer=lambda values, probabilities: float(mean_of([len(x) for x in values], probabilities)),
)
expectation.asks(
    "expectation(values, probabilities)",
    "lists of different lengths are refused, and both lengths named",
    cases=UNEQUAL[:1],
    raises="ShapeError",
    mentions=("3", "2"),
)
expectation.asks(
    "expectation(values, probabilities)",
    "lists of different lengths are refused, whichever is longer",
    cases=UNEQUAL,
    raises="ShapeError",
)
expectation.mistake(
    "You averaged the values as if all were equally probable: weigh each with its own probability.",
    """
    dot(range(len(values)), probabilities)
    return sum(f(x) for x in values) / len(values)
    """,
)
expectation.mistake("The function f is left out: take f(x), not x.", "f(x) for x", "x for x")
expectation.mistake(
    "You took f of the expected value; the expected value of f(X) is wanted.",
    "return f(dot(values, probabilities))",
)
expectation.mistake(
    "f was handed value times probability; it belongs to the value alone.",
    """
    dot(range(len(values)), probabilities)
    return sum(f(x * p) for x, p in zip(values, probabilities))
    """,
)
expectation.mistake(
    "Python's zip stops at the shorter list without a word: compare the lengths first, or leave it to dot.",
    "return sum(f(x) * p for x, p in zip(values, probabilities))",
)
expectation.mistake(
    "A value that stands in the list twice counts twice; as the key of a dict it keeps only its last probability.",
    """
    dot(range(len(values)), probabilities)
    return sum(f(x) * p for x, p in dict(zip(values, probabilities)).items())
    """,
)
expectation.hint("First make the list of all f(x). What do you do with that list and the list of probabilities?")
expectation.hint(
    "Multiply what matches and add: that is `dot`, from the first notebook, and it compares the lengths too."
)

variance = Piece("foundations.probability:variance", forbid=READY_MADE)


variance.asks(
    "variance(values, probabilities)",
    "the expected squared distance from the mean",
    cases=tables,
    answer=lambda values, probabilities: float(variance_of(values, probabilities)),
)
variance.asks(
    "variance(values, probabilities)",
    "large values close together keep their digits",
    cases=[
        dict(values=[1e9, 1e9 + 2], probabilities=[0.5, 0.5]),
        dict(values=[1e9 + 1, 1e9 + 2, 1e9 + 5], probabilities=[0.5, 0.25, 0.25]),
        dict(values=[0.0, 1e9, 1e9 + 2], probabilities=[0.0, 0.5, 0.5]),
    ],
    answer=lambda values, probabilities: float(variance_of(values, probabilities)),
    rtol=1e-6,
)
variance.asks(
    "variance(values, probabilities)",
    "lists of different lengths are refused",
    cases=UNEQUAL,
    raises="ShapeError",
)
variance.mistake(
    "The distances themselves average out to 0, those below against those above: square them.",
    "(x - mean) ** 2",
    "x - mean",
)
variance.mistake(
    "You averaged the distances without their sign; the variance averages their squares.",
    "(x - mean) ** 2",
    "abs(x - mean)",
)
variance.mistake(
    "This is the standard deviation: the variance is its square.",
    """
    mean = expectation(values, probabilities)
    return math.sqrt(expectation(values, probabilities, lambda x: (x - mean) ** 2))
    """,
)
variance.mistake(
    "Right on paper, but two huge numbers that nearly agree lose their digits when one is taken from the other: "
    "subtract the mean first, then square.",
    """
    return expectation(values, probabilities, lambda x: x**2) - expectation(values, probabilities) ** 2
    """,
)
variance.mistake(
    "The expected square of X is missing something: the mean has to be taken off first.", "(x - mean) ** 2", "x ** 2"
)
variance.mistake(
    "The plain average of the squared distances ignores the probabilities.",
    """
    mean = expectation(values, probabilities)
    return sum((x - mean) ** 2 for x in values) / len(values)
    """,
)
variance.mistake(
    "You squared the average of the distances: square each distance first, then average.",
    """
    mean = expectation(values, probabilities)
    return expectation(values, probabilities, lambda x: abs(x - mean)) ** 2
    """,
)
variance.mistake(
    "You measured the distances from the plain average of the values; the mean weighs them with their probabilities.",
    "mean = expectation(values, probabilities)",
    "mean = sum(values) / len(values)",
)
variance.hint("Two steps: the mean, then the expected value of a function of X. Which function?")
variance.hint("`expectation` takes a function as its third argument, a `lambda x: ...` for example.")

# ------------------------------------------------------------------ samplers of countable things


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


def coins(rng):
    yield dict(p=0.5, n=10_000, seed=int(rng.integers(1e6)))
    for p in (0.2, 0.9, round(float(rng.uniform(0.05, 0.95)), 2)):
        yield dict(p=p, n=10_000, seed=int(rng.integers(1e6)))


def zeros_and_ones(got, p, n):
    if strange := [x for x in got[0] if x not in (0, 1)]:
        return f"{strange[0]!r} is neither 0 nor 1"
    return wrong_shares(got, [1 - p, p], n)


bernoulli = Piece("foundations.probability:Bernoulli.sample", forbid=SAMPLERS)
sampler_basics(bernoulli, "Bernoulli(0.5)", lambda rng: [dict(n=n, seed=int(rng.integers(1e6))) for n in (0, 1, 5)])
bernoulli.asks(
    "draws = Bernoulli(p).sample(n, random.Random(seed))" + SUMMARY,
    "independent draws that are 1 with probability p: what share is 0, what share is 1, how often are neighbours equal",
    cases=coins,
    accept=zeros_and_ones,
    expected="a share p of ones, else zeros, and no clumps",
    atol=0.02,  # so that a known mistake is known whatever numbers it draws
)
bernoulli.asks(
    OFTEN_ZERO + "Bernoulli(0).sample(8, OftenZero(seed))",
    "with p = 0 there is never a 1, even when the generator gives exactly 0",
    cases=lambda rng: [dict(seed=int(rng.integers(1e6)))],
    accept=lambda got: not_a_list_of(8, got) or (f"{got} should be all 0" if any(got) else None),
    expected="eight zeros",
)
bernoulli.asks(
    OFTEN_ZERO + "Bernoulli(1).sample(8, OftenZero(seed))",
    "with p = 1 there is always a 1, whatever the generator gives",
    cases=lambda rng: [dict(seed=int(rng.integers(1e6)))],
    accept=lambda got: not_a_list_of(8, got) or (f"{got} should be all 1" if not all(got) else None),
    expected="eight ones",
)
bernoulli.mistake(
    "The comparison is the wrong way round: the stretch of length p at the bottom is what makes a 1.",
    "rng.random() < self.p",
    "rng.random() >= self.p",
)
bernoulli.mistake(
    "One random number decides all draws: each draw needs its own.",
    """
    rng = rng or random
    u = rng.random()
    return [1 if u < self.p else 0 for _ in range(n)]
    """,
)
bernoulli.mistake(
    "A random number of exactly 0 makes a 1 even where p is 0: the stretch from 0 to p doesn't include its end.",
    "rng.random() < self.p",
    "rng.random() <= self.p",
)
bernoulli.mistake(
    "Each call makes itself a generator with the same seed, so every sample without a generator is the same one.",
    "rng or random",
    "rng or random.Random(0)",
)
bernoulli.mistake(
    "The generator that was handed in is never used: draw from rng.",
    "rng.random() < self.p",
    "random.random() < self.p",
)
bernoulli.mistake(
    "Rounding a random number gives 0 and 1 equally often, whatever p is.",
    "1 if rng.random() < self.p else 0",
    "round(rng.random())",
)
bernoulli.hint("`rng.random()` lies anywhere in [0, 1). How probable is it that it lies below p?")
bernoulli.hint("Compare a new random number with p for each draw. On which side of p is the 1, and is it `<` or `<=`?")
bernoulli.hint("`rng or random` is `rng`, unless that is None; then it is the module, which has a `random()` too.")


def wheels(rng):
    yield dict(probabilities=[0.25, 0.25, 0.25, 0.25], n=10_000, seed=int(rng.integers(1e6)))
    yield dict(probabilities=[0.2, 0.4, 0.3, 0.1], n=10_000, seed=int(rng.integers(1e6)))
    yield dict(probabilities=[0.7, 0.3], n=10_000, seed=int(rng.integers(1e6)))
    for k in (3, 7):
        yield dict(probabilities=shares(rng, k), n=10_000, seed=int(rng.integers(1e6)))


def not_outcomes(got, probabilities):
    for k in got:
        if not isinstance(k, int):
            return f"{k!r} is not the number of an outcome"
        if not 0 <= k < len(probabilities):
            return f"{k} came up, but the outcomes are numbered from 0 to {len(probabilities) - 1}"
        if probabilities[k] == 0:
            return f"{k} came up, whose probability is 0"
    return None


categorical = Piece("foundations.probability:Categorical.sample", forbid=SAMPLERS)
sampler_basics(
    categorical, "Categorical([0.3, 0.7])", lambda rng: [dict(n=n, seed=int(rng.integers(1e6))) for n in (0, 1, 5)]
)
categorical.asks(
    "Categorical(probabilities).sample(8, random.Random(seed))",
    "an outcome that is certain comes up every time, wherever it stands",
    cases=lambda rng: [dict(probabilities=p, seed=int(rng.integers(1e6))) for p in ([1.0], [0, 1.0], [0, 0, 1.0, 0])],
    answer=lambda probabilities: [probabilities.index(1)] * 8,
)
categorical.asks(
    "draws = Categorical(probabilities).sample(n, random.Random(seed))" + SUMMARY,
    "independent draws, each outcome with its own probability: the share of each, and that of equal neighbours",
    cases=wheels,
    accept=lambda got, probabilities, n: not_outcomes(got[0], probabilities) or wrong_shares(got, probabilities, n),
    expected="numbers of outcomes, each as often as its probability says, and no clumps",
    atol=0.02,  # so that a known mistake is known whatever numbers it draws
)
categorical.asks(
    "Categorical([0.5] + [0.00025] * 2000).sample(40, random.Random(seed)).count(0)",
    "outcome 0 in half of the draws, in the others one of 2000 small outcomes",
    cases=lambda rng: [dict(seed=int(rng.integers(1e6)))],
    accept=lambda got: None if 0 < got < 40 else f"{got} of 40 draws are 0: the small probabilities count too",
    expected="about 20",
    atol=12,
)
categorical.asks(
    OFTEN_ZERO + "Categorical(probabilities).sample(20, OftenZero(seed))",
    "an outcome of probability 0 is never drawn, even when the generator gives exactly 0",
    cases=lambda rng: [dict(probabilities=p, seed=int(rng.integers(1e6))) for p in ([0, 0.5, 0.5], [0.5, 0, 0.5])],
    accept=lambda got, probabilities: not_a_list_of(20, got) or not_outcomes(got, probabilities),
    expected="numbers of outcomes whose probability is above 0",
)
categorical.asks(
    OFTEN_HIGH + "Categorical(probabilities).sample(20, OftenHighest(seed))",
    "the highest number a generator can give still is one of the outcomes, although the sum is rounded to just below 1",
    cases=lambda rng: [dict(probabilities=[0.1] * 10, seed=int(rng.integers(1e6)))],
    accept=lambda got, probabilities: not_a_list_of(20, got) or not_outcomes(got, probabilities),
    expected="numbers from 0 to 9",
)
categorical.asks(
    OFTEN_HIGH + "Categorical(probabilities).sample(20, OftenHighest(seed))",
    "and where the last outcome has probability 0, it isn't drawn then either",
    cases=lambda rng: [dict(probabilities=[0.1] * 10 + [0.0], seed=int(rng.integers(1e6)))],
    accept=lambda got, probabilities: not_a_list_of(20, got) or not_outcomes(got, probabilities),
    expected="numbers from 0 to 9",
)
categorical.mistake(
    "A random number of exactly 0 falls into an outcome of probability 0: a stretch includes its start, not its end.",
    "u < end",
    "u <= end",
)
categorical.mistake(
    "You compared the random number with each probability by itself; compare it with the running total up to there.",
    """
    rng = rng or random
    drawn = []
    for _ in range(n):
        u = rng.random()
        drawn.append(next((k for k, p in enumerate(self.probabilities) if u < p), len(self.probabilities) - 1))
    return drawn
    """,
)
categorical.mistake(
    "A new random number for every outcome spoils the odds: draw one, then walk along the outcomes with it.",
    """
    rng = rng or random
    drawn = []
    for _ in range(n):
        total = 0
        for k, p in enumerate(self.probabilities):
            total += p
            if rng.random() < total:
                break
        drawn.append(k)
    return drawn
    """,
)
categorical.mistake(
    "One random number decides all draws: each draw needs its own.",
    """
    rng = rng or random
    u = rng.random()
    ends = [sum(self.probabilities[: k + 1]) for k in range(len(self.probabilities))]
    return [next(k for k, end in enumerate(ends) if u < end)] * n
    """,
)
categorical.mistake(
    "The probabilities may add up to a hair less than 1, and then a random number can lie past the last outcome.",
    "rng.random() * ends[-1]",
    "rng.random()",
)
categorical.mistake(
    "Where the walk ends without an outcome you take the last one, even if its probability is 0.",
    """
    rng = rng or random
    ends = [sum(self.probabilities[: k + 1]) for k in range(len(self.probabilities))]
    last = len(ends) - 1
    drawn = []
    for _ in range(n):
        u = rng.random()
        drawn.append(next((k for k, end in enumerate(ends) if u < end), last))
    return drawn
    """,
)
categorical.mistake(
    "A table of a thousand places has none for an outcome less probable than that: compare with running totals.",
    """
    rng = rng or random
    table = [k for k, p in enumerate(self.probabilities) for _ in range(round(1000 * p))]
    return [table[int(rng.random() * len(table))] for _ in range(n)]
    """,
)
categorical.mistake(
    "Every outcome is equally probable here: the probabilities are never used.",
    """
    rng = rng or random
    return [int(rng.random() * len(self.probabilities)) for _ in range(n)]
    """,
)
categorical.mistake("Outcomes are numbered from 0, as Python's lists are.", "enumerate(ends)", "enumerate(ends, 1)")
categorical.mistake(
    "Each call makes itself a generator with the same seed, so every sample without a generator is the same one.",
    "rng or random",
    "rng or random.Random(0)",
)
categorical.hint("Lay the probabilities end to end from 0 to 1. In whose stretch does the random number lie?")
categorical.hint(
    "Keep a running total of the probabilities; the outcome is the first one whose total is above the random number."
)
categorical.hint(
    "What if, because of rounding, the random number lies above every total? And does `<` or `<=` belong there?"
)

# ------------------------------------------------------------------ the number line


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

# ------------------------------------------------------------------ Gaussian


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

# ------------------------------------------------------------------ likelihood


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

# ------------------------------------------------------------------ Bayes


def beliefs(rng):
    yield dict(prior=[0.25, 0.75], likelihood=[0.6, 0.2])
    yield dict(prior=[1.0], likelihood=[1.0])
    yield dict(prior=[0.5, 0.5], likelihood=[0.9, 0.3])
    yield dict(prior=[0.01, 0.99], likelihood=[0.9, 0.1])
    yield dict(prior=[0.2, 0.3, 0.5], likelihood=[0.7, 0.0, 0.1])
    yield dict(prior=[0.0, 0.4, 0.6], likelihood=[3.5, 2.0, 0.25])
    for k in (2, 3, 5):
        yield dict(prior=shares(rng, k), likelihood=rng.uniform(0.05, 1, k).round(2).tolist())


def posterior(prior, *likelihoods):
    products = [math.prod(map(exact, numbers)) for numbers in zip(prior, *likelihoods)]
    return [float(product / sum(products)) for product in products]


bayes = Piece("foundations.probability:bayes", forbid=READY_MADE)
bayes.asks(
    "bayes(prior, likelihood)",
    "prior times likelihood, scaled to add up to 1",
    cases=beliefs,
    answer=lambda prior, likelihood: posterior(prior, likelihood),
)
bayes.asks(
    "bayes(bayes(prior, first), second)",
    "a second observation goes on from where the first has led",
    cases=[
        dict(prior=[0.01, 0.99], first=[0.9, 0.1], second=[0.9, 0.1]),
        dict(prior=[0.2, 0.8], first=[0.5, 0.1], second=[0.3, 0.7]),
    ],
    answer=lambda prior, first, second: posterior(prior, first, second),
)
bayes.asks(
    "bayes(prior, likelihood)",
    "tiny likelihoods are as good as others: only their ratio counts",
    cases=[
        dict(prior=[0.5, 0.5], likelihood=[1e-9, 4e-9]),
        dict(prior=[0.5, 0.5], likelihood=[1e-200, 3e-200]),
        dict(prior=[0.2, 0.8], likelihood=[0.0, 1e-300]),
    ],
    answer=lambda prior, likelihood: posterior(prior, likelihood),
)
bayes.asks(
    "bayes(prior, likelihood)",
    "an observation that no hypothesis allows is refused",
    cases=[dict(prior=[0.5, 0.5], likelihood=[0.0, 0.0]), dict(prior=[1.0, 0.0], likelihood=[0.0, 0.8])],
    raises="ValueError",
)
bayes.asks(
    "bayes(prior, likelihood)",
    "lists of different lengths are refused",
    cases=[dict(prior=[0.5, 0.5], likelihood=[0.1, 0.2, 0.3]), dict(prior=[0.2, 0.3, 0.5], likelihood=[0.1, 0.2])],
    raises="ShapeError",
)
bayes.mistake(
    "The prior is forgotten: how probable a hypothesis was before counts as much as how well it explains.",
    "p * l / evidence for",
    "l / sum(likelihood) for",
)
bayes.mistake(
    "The products are right, but they have to be scaled so that they add up to 1.", "p * l / evidence", "p * l"
)
bayes.mistake(
    "You divided by the sum of the likelihoods; divide by the sum of the products.",
    "p * l / evidence",
    "p * l / sum(likelihood)",
)
bayes.mistake(
    "You divided by the largest product: the sum of all is wanted.",
    "p * l / evidence for",
    "p * l / max(a * b for a, b in zip(prior, likelihood)) for",
)
bayes.mistake(
    "A small product is not an impossible one: refuse the observation only when the sum is exactly 0.",
    "evidence == 0",
    "evidence < 1e-12",
)
bayes.mistake(
    "If every product is 0, this divides by 0: refuse such an observation.",
    """
    evidence = dot(prior, likelihood)
    return [p * l / evidence for p, l in zip(prior, likelihood)]
    """,
)
bayes.mistake(
    "Python's zip stops at the shorter list without a word: compare the lengths first, or leave it to dot.",
    """
    products = [p * l for p, l in zip(prior, likelihood)]
    if not sum(products):
        raise ValueError("impossible")
    return [product / sum(products) for product in products]
    """,
)
bayes.hint("First the products, hypothesis by hypothesis. What is their sum, and what do you divide them by?")
bayes.hint("The sum of all the products is `dot(prior, likelihood)`. When it is 0, raise ValueError.")
