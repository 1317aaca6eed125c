"""What must hold of ``Bernoulli.sample`` and ``Categorical.sample``. Oracle: what their samples look like."""

from checks.foundations.probability.shared import (
    OFTEN_HIGH,
    OFTEN_ZERO,
    SAMPLERS,
    margin,
    not_a_list_of,
    sampler_basics,
    shares,
)
from checks.language import Piece


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
