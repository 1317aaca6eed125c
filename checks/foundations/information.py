"""What must hold of the pieces of ``foundations.information``. Oracles: SciPy, NumPy and exact fractions."""

import math
from fractions import Fraction

import numpy as np
from scipy.special import xlogy
from scipy.stats import entropy as scipy_entropy

from checks.language import Piece

PLAIN = dict.fromkeys(("numpy", "scipy"), "this notebook is built from plain Python and the module math")


def shares(rng, n):
    """A distribution with two decimals and no zeros, as a list."""
    return ((rng.multinomial(100 - n, rng.dirichlet(np.ones(n))) + 1) / 100).tolist()


def with_zero(rng, n):
    """The same, with one zero among its n numbers."""
    p = shares(rng, n - 1)
    p.insert(int(rng.integers(n)), 0.0)
    return p


NOT_DISTRIBUTIONS = [[3, 1], [0.5, 0.6], [0.5, 0.25], [1.5, -0.5], [-0.25, 0.5, 0.75]]

# ------------------------------------------------------------------ surprise


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

# ------------------------------------------------------------------ entropy


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

# ------------------------------------------------------------------ cross-entropy


def pairs(rng):
    yield dict(p=[1.0], q=[1.0])
    yield dict(p=[0.75, 0.25], q=[0.5, 0.5])
    yield dict(p=[0.5, 0.25, 0.25], q=[0.5, 0.25, 0.25])
    yield dict(p=[0.5, 0.25, 0.25], q=[0.25, 0.5, 0.25])
    yield dict(p=[1, 0], q=[0.125, 0.875])
    for n in (2, 3, 6):
        yield dict(p=shares(rng, n), q=shares(rng, n))


def pairs_and_bases(rng):
    yield dict(p=[1, 0], q=[0.5, 0.5], base=math.e)
    yield dict(p=shares(rng, 3), q=shares(rng, 3), base=math.e)
    yield dict(p=shares(rng, 4), q=shares(rng, 4), base=10)


def pairs_with_zeros(rng):
    yield dict(p=[0.5, 0.5, 0], q=[0.25, 0.75, 0])
    yield dict(p=[0, 1], q=[0, 1])
    p, q = with_zero(rng, 5), shares(rng, 5)
    yield dict(p=p, q=q)
    p, q = shares(rng, 4), shares(rng, 4)
    yield dict(p=[*p, 0.0], q=[*q, 0.0])


IMPOSSIBLE = [dict(p=[0.5, 0.5], q=[1, 0]), dict(p=[0, 1], q=[1, 0]), dict(p=[0.25, 0.5, 0.25], q=[0.5, 0, 0.5])]
UNEQUAL = [dict(p=[0.5, 0.5], q=[0.5, 0.25, 0.25]), dict(p=[0.5, 0.5, 0, 0, 0], q=[0.5, 0.5])]
REFUSED = [dict(p=p, q=[1 / len(p)] * len(p)) for p in NOT_DISTRIBUTIONS] + [
    dict(p=[1 / len(q)] * len(q), q=q) for q in NOT_DISTRIBUTIONS
]


def cross(p, q, base=2):
    return -float(xlogy(p, q).sum()) / math.log(base)


def relative(p, q, base=2):
    return float(scipy_entropy(p, q, base=base))


def two_distributions(piece, name, oracle):
    """The questions of a function of two distributions."""
    piece.asks(f"{name}(p, q)", "in bits, unless a base is given", cases=pairs, answer=lambda p, q: oracle(p, q))
    piece.asks(f"{name}(p, q, base)", "to another base", cases=pairs_and_bases, answer=oracle)
    piece.asks(
        f"{name}(p, q)", "what never happens adds nothing", cases=pairs_with_zeros, answer=lambda p, q: oracle(p, q)
    )
    piece.asks(
        f"math.isnan({name}(p, q))",
        "zeros never make it nan",
        cases=[dict(p=[1, 0], q=[1, 0]), dict(p=[0.5, 0, 0.5], q=[0.25, 0, 0.75]), dict(p=[1, 0], q=[0, 1])],
        answer=lambda: False,
    )
    piece.asks(f"{name}(p, q)", "infinite where q is 0 and p is not", cases=IMPOSSIBLE, answer=lambda: math.inf)
    piece.asks(
        f"{name}(p, q)", "what is not a distribution is refused, be it p or q", cases=REFUSED, raises="ValueError"
    )


cross_entropy = Piece("foundations.information:cross_entropy", forbid=PLAIN)
two_distributions(cross_entropy, "cross_entropy", cross)
cross_entropy.asks(
    "cross_entropy(p, q)",
    "different lengths are refused, and both are named",
    cases=UNEQUAL[:1],
    raises="ValueError",
    mentions=("2", "3"),
)
cross_entropy.asks(
    "cross_entropy(p, q)", "a longer p is refused too", cases=UNEQUAL[1:], raises="ValueError", mentions=("5", "2")
)
cross_entropy.mistake(
    "p and q have changed places: p says how often, q how surprising.",
    """
    if len(p) != len(q):
        raise ValueError(f"p has {len(p)} outcomes and q has {len(q)}")
    require_distribution(p)
    require_distribution(q)
    return sum(y * surprise(x, base) for x, y in zip(p, q) if y > 0)
    """,
)
cross_entropy.mistake("This is the entropy of p: the surprise is that of q.", "surprise(y, base)", "surprise(x, base)")
cross_entropy.mistake(
    "This is the entropy of q: how often things happen, p says.",
    "x * surprise(y, base)",
    "(y * surprise(y, base) if y else 0)",
)
cross_entropy.mistake("0 times infinity is nan in Python: leave out what p says never happens.", " if x > 0", "")
cross_entropy.mistake(
    "Where q is 0, you leave the outcome out. If p is not 0 there, it happens, and the surprise is infinite.",
    "if x > 0",
    "if y > 0",
)
cross_entropy.mistake("The base is not handed on to surprise.", "surprise(y, base)", "surprise(y)")
cross_entropy.mistake(
    "zip stops at the shorter list without a word: compare the lengths first.",
    """
    require_distribution(p)
    require_distribution(q)
    return sum(x * surprise(y, base) for x, y in zip(p, q) if x > 0)
    """,
)
cross_entropy.hint("First refuse what does not fit (three reasons), then add up.")
cross_entropy.hint("Your entropy, with one letter changed: walk over `zip(p, q)`.")
cross_entropy.hint("Which of the two must be more than 0 for an outcome to count?")

kl_divergence = Piece("foundations.information:kl_divergence", forbid=PLAIN)
two_distributions(kl_divergence, "kl_divergence", relative)
kl_divergence.asks(
    "kl_divergence(p, q)",
    "a small difference has its price too",
    cases=[dict(p=[0.5, 0.5], q=[0.501, 0.499]), dict(p=[0.5, 0.5], q=[0.50001, 0.49999])],
    answer=relative,
)
kl_divergence.asks("kl_divergence(p, q)", "different lengths are refused", cases=UNEQUAL, raises="ValueError")
kl_divergence.asks(
    "kl_divergence(p, q)",
    "rounding never makes it negative",
    cases=[
        dict(p=p, q=q)
        for p, q in (
            ([0.3, 0.7], [0.1 + 0.2, 1 - 0.3]),
            ([0.1, 0.2, 0.7], [0.3 - 0.2, 0.2, 0.7]),
            ([0.1, 0.3, 0.6], [0.1, 0.1 + 0.2, 0.6]),
            ([0.2, 0.2, 0.6], [0.2, 0.2, 0.1 + 0.2 + 0.3]),
            ([0.1, 0.9], [1 - 0.9, 0.9]),
            ([0.4, 0.6], [1 - 0.6, 0.6]),
            ([0.1, 0.1, 0.8], [0.1, 0.9 - 0.8, 0.8]),
            ([0.06, 0.14, 0.24, 0.56], [0.2 * 0.3, 0.2 * 0.7, 0.8 * 0.3, 0.8 * 0.7]),
        )
    ],
    accept=lambda got: (
        None if type(got) in (int, float) and 0 <= got < 1e-9 else f"{got} instead of 0 or a trifle more"
    ),
    expected="0, or a trifle more",
)
kl_divergence.mistake(
    "The arguments have changed places: the first is the truth.",
    """
    return max(0.0, cross_entropy(q, p, base) - entropy(q, base))
    """,
)
kl_divergence.mistake(
    "This is the cross-entropy: take off what is unavoidable, the entropy of p.",
    """
    return cross_entropy(p, q, base)
    """,
)
kl_divergence.mistake(
    "You took off the entropy of q: the unavoidable part is that of p.", "entropy(p, base)", "entropy(q, base)"
)
kl_divergence.mistake(
    "The base is not handed on.",
    """
    return max(0.0, cross_entropy(p, q) - entropy(p))
    """,
)
kl_divergence.mistake("The base is handed to one part only: both need it.", "entropy(p, base)", "entropy(p)")
kl_divergence.mistake(
    "The base is handed to one part only, the entropy: the cross-entropy needs it too.",
    "cross_entropy(p, q, base)",
    "cross_entropy(p, q)",
)
kl_divergence.mistake(
    "A small difference is not nothing: only what is below 0 becomes 0.",
    """
    difference = cross_entropy(p, q, base) - entropy(p, base)
    return difference if difference > 1e-3 else 0.0
    """,
)
kl_divergence.mistake(
    "Rounding can push the difference to -2e-16: clamp it at 0.",
    """
    return cross_entropy(p, q, base) - entropy(p, base)
    """,
)
kl_divergence.hint("Both parts are built already, with their errors. Which is taken from which?")
kl_divergence.hint("`max(0.0, x)` is x, but never less than 0.")

# ------------------------------------------------------------------ data


def labelled(rng):
    yield dict(labels=[0], k=1)
    yield dict(labels=[2, 0, 2, 2], k=3)
    yield dict(labels=[1, 0, 1], k=3)
    yield dict(labels=[1, 1, 2, 0], k=4)
    for n, k in ((7, 3), (13, 5)):
        yield dict(labels=rng.integers(k, size=n).tolist(), k=k)


empirical = Piece("foundations.information:empirical", forbid=PLAIN)
empirical.asks(
    "empirical(labels, k)",
    "the share of each label, 0 for one that does not occur",
    cases=labelled,
    answer=lambda labels, k: (np.bincount(labels, minlength=k) / len(labels)).tolist(),
)
empirical.asks(
    "empirical(labels, k)",
    "a label that is too large is refused, and named",
    cases=[dict(labels=[0, 7, 1], k=3)],
    raises="ValueError",
    mentions=("7",),
)
empirical.asks(
    "empirical(labels, k)",
    "labels go from 0 to k - 1, and no further",
    cases=[dict(labels=[0, 1, 2], k=2), dict(labels=[0], k=0)],
    raises="ValueError",
)
empirical.asks(
    "empirical(labels, k)",
    "a negative label is refused, and named",
    cases=[dict(labels=[0, -1, 1], k=3)],
    raises="ValueError",
    mentions=("-1",),
)
empirical.asks("empirical(labels, k)", "no labels are refused", cases=[dict(labels=[], k=3)], raises="ValueError")
empirical.mistake("These are counts: divide them by how many labels there are.", "count / len(labels)", "count")
empirical.mistake(
    "You divided by the number of kinds: divide by how many labels there are.", "count / len(labels)", "count / k"
)
empirical.mistake(
    "A label that does not occur is left out, and all behind it move up: it has a share too, 0.",
    """
    if not labels:
        raise ValueError("no labels, no shares")
    for label in labels:
        if not 0 <= label < k:
            raise ValueError(f"labels go from 0 to {k - 1}, got {label}")
    return [labels.count(label) / len(labels) for label in sorted(set(labels))]
    """,
)
empirical.mistake(
    "A negative label counts from the end of a Python list, in silence: refuse it.", "0 <= label < k", "label < k"
)
empirical.mistake(
    "The label k is let through: the last one is k - 1.",
    """
    if not labels:
        raise ValueError("no labels, no shares")
    for label in labels:
        if not 0 <= label <= k:
            raise ValueError(f"labels go from 0 to {k - 1}, got {label}")
    return [labels.count(label) / len(labels) for label in range(k)]
    """,
)
empirical.hint("In this order: refuse, count, divide.")
empirical.hint("Begin with `k` counts of 0, and go through the labels.")
empirical.hint("A label is also the place of its count in the list.")


def predictions(rng):
    yield dict(labels=[0], probabilities=[[1.0, 0.0]])
    yield dict(labels=[1], probabilities=[[0.5, 0.25, 0.25]])
    yield dict(labels=[0, 2], probabilities=[[0.5, 0.25, 0.25], [0, 0.9, 0.1]])
    yield dict(labels=[0, 1], probabilities=[[0.9, 0.1], [0.3, 0.7]])
    for n, k in ((3, 4), (7, 3)):
        yield dict(labels=rng.integers(k, size=n).tolist(), probabilities=[shares(rng, k) for _ in range(n)])


def loss(labels, probabilities):
    hot = np.eye(len(probabilities[0]))[labels]
    return -float(xlogy(hot, np.array(probabilities, float)).sum()) / len(labels)


nll = Piece("foundations.information:negative_log_likelihood", forbid=PLAIN)
nll.asks(
    "negative_log_likelihood(labels, probabilities)",
    "the mean surprise, in nats, at what happened",
    cases=predictions,
    answer=loss,
)
nll.asks(
    "negative_log_likelihood(labels, probabilities)",
    "predictions may differ in how many outcomes they have",
    cases=[dict(labels=[0, 2, 1], probabilities=[[0.5, 0.5], [0.25, 0.5, 0.125, 0.125], [0.25, 0.5, 0.25]])],
    answer=lambda: math.log(2) * 5 / 3,
)
nll.asks(
    "loss = negative_log_likelihood(labels, probabilities)\n'infinite' if loss == math.inf else 'finite'",
    "infinite, if what was given probability 0 happened",
    cases=[
        dict(labels=[1], probabilities=[[1, 0]]),
        dict(labels=[0, 2], probabilities=[[0.5, 0.25, 0.25], [0.5, 0.5, 0]]),
    ],
    answer=lambda: "infinite",
)
nll.asks(
    "negative_log_likelihood(labels, probabilities)",
    "finite, however little was given to what happened",
    cases=[
        dict(labels=[0], probabilities=[[1e-12, 1 - 1e-12]]),
        dict(labels=[1, 0], probabilities=[[0.5, 0.5], [1e-300, 1]]),
    ],
    answer=loss,
)
nll.asks(
    "loss = negative_log_likelihood(labels * 1000, probabilities * 1000)\n'infinite' if loss == math.inf else loss",
    "the loss stays the same when all examples come a thousand times",
    cases=[
        dict(labels=[0, 1], probabilities=[[0.5, 0.25, 0.25], [0.125, 0.125, 0.75]]),
        dict(labels=[2, 0, 1], probabilities=[[0.2, 0.3, 0.5], [0.1, 0.9], [0.25, 0.75]]),
    ],
    answer=lambda labels, probabilities: -sum(math.log(q[y]) for y, q in zip(labels, probabilities)) / len(labels),
)
nll.asks(
    "negative_log_likelihood(labels, probabilities)",
    "more or fewer predictions than labels are refused, and both numbers named",
    cases=[dict(labels=[0, 1], probabilities=[[0.5, 0.5]] * 3), dict(labels=[0, 1, 0], probabilities=[[0.5, 0.5]] * 2)],
    raises="ValueError",
    mentions=("2", "3"),
)
nll.asks(
    "negative_log_likelihood(labels, probabilities)",
    "an average of nothing is refused",
    cases=[dict(labels=[], probabilities=[])],
    raises="ValueError",
)
nll.asks(
    "negative_log_likelihood(labels, probabilities)",
    "a prediction that is not a distribution is refused",
    cases=[
        dict(labels=[0], probabilities=[[2.0, 0.5]]),
        dict(labels=[1, 0], probabilities=[[0.5, 0.5], [0.5, 0.25]]),
        dict(labels=[0, 0], probabilities=[[1.5, -0.5], [0.5, 0.5]]),
    ],
    raises="ValueError",
)
nll.asks(
    "negative_log_likelihood(labels, probabilities)",
    "what comes after an impossible outcome is tested too: whether it is a distribution, and has such a label",
    cases=[
        dict(labels=[1, 0], probabilities=[[1, 0], [0.5, 0.25]]),
        dict(labels=[1, 2], probabilities=[[1, 0], [0.5, 0.5]]),
    ],
    raises="ValueError",
)
nll.asks(
    "negative_log_likelihood(labels, probabilities)",
    "a label that is too large is refused, and named",
    cases=[dict(labels=[0, 7], probabilities=[[0.5, 0.5], [0.25, 0.75]])],
    raises="ValueError",
    mentions=("7",),
)
nll.asks(
    "negative_log_likelihood(labels, probabilities)",
    "a label of 2 is too large for two outcomes",
    cases=[dict(labels=[2], probabilities=[[0.5, 0.5]])],
    raises="ValueError",
)
nll.asks(
    "negative_log_likelihood(labels, probabilities)",
    "a negative label is refused, and named",
    cases=[dict(labels=[0, -1], probabilities=[[0.5, 0.5], [0.25, 0.75]])],
    raises="ValueError",
    mentions=("-1",),
)
nll.mistake("The surprises are added up; their mean is wanted.", "total / len(labels)", "total")
nll.mistake(
    "This is in bits; the loss is in nats, to the base math.e.", "surprise(row[label], math.e)", "surprise(row[label])"
)
nll.mistake(
    "You averaged the probabilities and took one logarithm: take a logarithm each, and average those.",
    """
    if len(labels) != len(probabilities):
        raise ValueError(f"{len(labels)} labels and {len(probabilities)} predictions")
    if not labels:
        raise ValueError("an average of nothing is not defined")
    total = 0.0
    for label, row in zip(labels, probabilities):
        require_distribution(row)
        if not 0 <= label < len(row):
            raise ValueError(f"label {label} is not one of {len(row)} outcomes")
        total += row[label]
    return surprise(total / len(labels), math.e)
    """,
)
nll.mistake("You took each prediction's likeliest outcome: take the one that happened.", "row[label]", "max(row)")
nll.mistake(
    "This is the mean share of wrong answers expected, 1 - p: confident mistakes must cost more, -ln p.",
    "surprise(row[label], math.e)",
    "1 - row[label]",
)
nll.mistake(
    "A label of -1 reads the last probability of a Python list, in silence: refuse it.",
    "0 <= label < len(row)",
    "label < len(row)",
)
nll.mistake(
    "zip stops at the shorter list without a word: compare the lengths first.",
    """
    if not labels:
        raise ValueError("an average of nothing is not defined")
    total = 0.0
    for label, row in zip(labels, probabilities):
        require_distribution(row)
        if not 0 <= label < len(row):
            raise ValueError(f"label {label} is not one of {len(row)} outcomes")
        total += surprise(row[label], math.e)
    return total / len(labels)
    """,
)
nll.mistake(
    "The product of many probabilities underflows to 0: add up the surprises instead.",
    """
    if len(labels) != len(probabilities):
        raise ValueError(f"{len(labels)} labels and {len(probabilities)} predictions")
    if not labels:
        raise ValueError("an average of nothing is not defined")
    likelihood = 1.0
    for label, row in zip(labels, probabilities):
        require_distribution(row)
        if not 0 <= label < len(row):
            raise ValueError(f"label {label} is not one of {len(row)} outcomes")
        likelihood *= row[label]
    return surprise(likelihood, math.e) / len(labels)
    """,
)
nll.mistake(
    "What was given probability 0 happened, and the loss is finite: neither clip such a probability nor leave it out.",
    "surprise(row[label], math.e)",
    "surprise(max(row[label], 1e-15), math.e)",
)
nll.mistake(
    "math.log refuses 0: where it happens, the answer is math.inf, and your surprise knows that.",
    "surprise(row[label], math.e)",
    "-math.log(row[label])",
)
nll.mistake(
    "You return inside the loop, after the first example: the return belongs behind it.",
    "        total += surprise(row[label], math.e)\n    return",
    "        total += surprise(row[label], math.e)\n        return",
)
nll.mistake("Nothing refuses predictions that are no distributions.", "require_distribution(row)", "pass")
nll.hint("First refuse what does not fit, then average the surprises at what happened.")
nll.hint("Go through `zip(labels, probabilities)`: a label, and the distribution predicted for it.")
nll.hint("`row[label]` is the probability that was given to what happened. How surprising is it, to the base math.e?")

# ------------------------------------------------------------------ two things at once


def tables(rng):
    yield dict(table=[[1.0]])
    yield dict(table=[[0.5, 0], [0, 0.5]])
    yield dict(table=[[0.5, 0.25, 0], [0.125, 0, 0.125]])
    yield dict(table=[[0.25, 0.5, 0.25]])
    yield dict(table=[[0.25], [0.75]])
    for m, n in ((2, 3), (3, 2), (4, 3)):
        yield dict(table=np.reshape(shares(rng, m * n), (m, n)).tolist())


RAGGED = [
    dict(table=[[0.5, 0.25], [0.25]]),
    dict(table=[[0.25], [0.5, 0.25]]),
    dict(table=[[0.5, 0], [0.25, 0], [0.25]]),
    dict(table=[[0.25, 0.25], [0.25], [0.125, 0.125]]),
    dict(table=[[0.25, 0.25], [0.25], [0, 0.125, 0.125]]),
]

marginals = Piece("foundations.information:marginals", forbid=PLAIN)
marginals.asks(
    "marginals(table)",
    "the sums of the rows, then of the columns",
    cases=tables,
    answer=lambda table: (np.sum(table, axis=1).tolist(), np.sum(table, axis=0).tolist()),
)
marginals.asks(
    "marginals(table)",
    "a table of counts is added up in the same way",
    cases=[dict(table=[[3, 1]]), dict(table=[[3, 1, 0], [2, 0, 5]])],
    answer=lambda table: (np.sum(table, axis=1).tolist(), np.sum(table, axis=0).tolist()),
)
marginals.asks("marginals(table)", "rows of different lengths are refused", cases=RAGGED, raises="ValueError")
marginals.mistake(
    "Rows and columns have changed places: the sums of the rows come first.",
    "[sum(row) for row in table], [sum(column) for column in zip(*table)]",
    "[sum(column) for column in zip(*table)], [sum(row) for row in table]",
)
marginals.mistake(
    "zip cuts all rows down to the shortest without a word: compare their lengths first.",
    """
    return [sum(row) for row in table], [sum(column) for column in zip(*table)]
    """,
)
marginals.mistake(
    "You averaged; a marginal probability is a sum.",
    """
    for row in table:
        if len(row) != len(table[0]):
            raise ValueError(f"a row of {len(row)} entries among rows of {len(table[0])}")
    return [sum(row) / len(row) for row in table], [sum(column) / len(column) for column in zip(*table)]
    """,
)
marginals.mistake(
    "The sums are right, but they are to stand in two lists, not in two tuples.",
    "return [sum(row) for row in table], [sum(column) for column in zip(*table)]",
    "return tuple(sum(row) for row in table), tuple(sum(column) for column in zip(*table))",
)
marginals.mistake(
    "You divided by the total: the sums are wanted as they are, in a table of counts too.",
    "return [sum(row) for row in table], [sum(column) for column in zip(*table)]",
    "total = sum(map(sum, table))\n"
    "    return [sum(row) / total for row in table], [sum(column) / total for column in zip(*table)]",
)
marginals.mistake(
    "Only the last row's length is compared with the first one's: a row between them may differ too.",
    """
    if len(table[-1]) != len(table[0]):
        raise ValueError(f"a row of {len(table[-1])} entries among rows of {len(table[0])}")
    return [sum(row) for row in table], [sum(column) for column in zip(*table)]
    """,
)
marginals.mistake("The second list sums the rows again: the columns are wanted.", "zip(*table)", "table")
marginals.hint("First compare the lengths of the rows; then add up along the rows, and along the columns.")
marginals.hint("`zip(*table)` walks over the columns.")
marginals.hint("Two comprehensions with a comma between them make a tuple of two lists.")


def joint(table, base=2):
    """Mutual information as H(rows) + H(columns) - H(both), by SciPy."""
    p = np.array(table, float)
    h = [scipy_entropy(x, base=base) for x in (p.sum(axis=1), p.sum(axis=0), p.ravel())]
    return float(h[0] + h[1] - h[2])


def independent(rng):
    yield dict(rows=[0.5, 0.5], columns=[0.5, 0.25, 0.25])
    yield dict(rows=[1.0], columns=[0.25, 0.75])
    for m, n in ((2, 2), (3, 2)):
        yield dict(rows=shares(rng, m), columns=shares(rng, n))


mutual_information = Piece("foundations.information:mutual_information", forbid=PLAIN)
mutual_information.asks(
    "mutual_information(table)", "in bits, unless a base is given", cases=tables, answer=lambda table: joint(table)
)
mutual_information.asks(
    "mutual_information(table, base)",
    "to another base",
    cases=lambda rng: [
        dict(table=[[0.5, 0], [0, 0.5]], base=math.e),
        dict(table=np.reshape(shares(rng, 6), (3, 2)).tolist(), base=10),
    ],
    answer=joint,
)
mutual_information.asks(
    "table = [[r * c for c in columns] for r in rows]\nmutual_information(table)",
    "things that are independent tell nothing about each other",
    cases=independent,
    answer=lambda: 0.0,
)
mutual_information.asks(
    "mutual_information(table)",
    "entries that are no distribution together are refused",
    cases=[
        dict(table=[[3, 1], [1, 3]]),
        dict(table=[[0.5, 0.5], [0.5, 0.5]]),
        dict(table=[[0.75, -0.25], [0.25, 0.25]]),
    ],
    raises="ValueError",
)
mutual_information.asks(
    "mutual_information(table)", "rows of different lengths are refused", cases=RAGGED, raises="ValueError"
)
mutual_information.mistake(
    "The arguments of the divergence have changed places: the truth, the table, comes first.",
    "together, apart, base",
    "apart, together, base",
)
mutual_information.mistake("The base is not handed on.", "together, apart, base", "together, apart")
mutual_information.mistake(
    "This is the entropy of both together, not what they share.",
    "kl_divergence(together, apart, base)",
    "entropy(together, base)",
)
mutual_information.mistake(
    "The products stand in another order than the table's entries: row by row, and in a row column by column.",
    "for r in rows for c in columns",
    "for c in columns for r in rows",
)
mutual_information.mistake(
    "This is the cross-entropy of the table and the product: take off the table's entropy, as the divergence does.",
    "kl_divergence(together, apart, base)",
    "cross_entropy(together, apart, base)",
)
mutual_information.mistake(
    "This is what stays unknown of the columns, H(both) - H(rows); wanted is how much less than H(columns) that is.",
    "kl_divergence(together, apart, base)",
    "entropy(together, base) - entropy(rows, base)",
)
mutual_information.mistake(
    "You compared the two marginals with each other: compare the table with their products.",
    "kl_divergence(together, apart, base)",
    "kl_divergence(rows, columns, base)",
)
mutual_information.mistake(
    "You compared the table with an even spread: compare it with the products of its marginals.",
    "[r * c for r in rows for c in columns]",
    "[1 / len(together)] * len(together)",
)
mutual_information.mistake(
    "math.log refuses 0: an entry of 0 adds nothing, and is to be left out.",
    """
    rows, columns = marginals(table)
    require_distribution([x for row in table for x in row])
    return sum(
        x * math.log(x / (r * c), base) for row, r in zip(table, rows) for x, c in zip(row, columns)
    )
    """,
)
mutual_information.mistake(
    "One size is used for rows and columns: a table need not be square.",
    """
    rows, columns = marginals(table)
    size = range(len(table))
    together = [table[i][j] for i in size for j in size]
    apart = [rows[i] * columns[j] for i in size for j in size]
    return kl_divergence(together, apart, base)
    """,
)
mutual_information.hint("Your `marginals` and your `kl_divergence` do the work, and the refusing.")
mutual_information.hint("`kl_divergence` wants two plain lists: lay the rows of the table end to end.")
mutual_information.hint("The list of products must be in the same order: for each row's sum, each column's.")

# ------------------------------------------------------------------ Huffman


def least_average(p):
    """The average length of an optimal code: all the sums that Huffman's method makes, added up (exactly)."""
    groups, total = sorted(Fraction(x) for x in p), Fraction(0)
    while len(groups) > 1:
        merged = groups[0] + groups[1]
        total += merged
        groups = sorted([*groups[2:], merged])
    return float(total)


def good_code(got, p):
    if type(got) is not list or len(got) != len(p) or not all(type(word) is str for word in got):
        return f"a list of {len(p)} strings is wanted"
    for word in got:
        if not word or set(word) - {"0", "1"}:
            return f"the word {word!r} is not made of zeros and ones"
    words = sorted(got)
    for a, b in zip(words, words[1:]):
        if b.startswith(a):
            return f"{a!r} is the beginning of {b!r}: sent without gaps, they cannot be told apart"
    average = math.fsum(x * len(word) for x, word in zip(p, got))
    least = least_average(p) if len(p) > 1 else 1.0
    if average > least + 1e-9:
        return f"its average length is {average:.6g}; {least:.6g} is possible"
    return None


def sources(rng):
    yield dict(p=[0.5, 0.5])
    yield dict(p=[0.5, 0.2, 0.3])
    yield dict(p=[0.25, 0.25, 0.25, 0.25])
    yield dict(p=[0.1, 0.2, 0.3, 0.4])
    yield dict(p=[0.5, 0.25, 0.125, 0.125])
    yield dict(p=[0.3, 0.3, 0.2, 0.2])
    yield dict(p=[0.2] * 5)
    for n in (4, 6, 9, 13):
        yield dict(p=shares(rng, n))


PREFIX_FREE = "a word for each outcome, none the beginning of another, as short as can be on average"

huffman_code = Piece("foundations.information:huffman_code", forbid=PLAIN)
huffman_code.asks(
    "huffman_code(p)", PREFIX_FREE, cases=sources, accept=good_code, expected="a code of least average length"
)
huffman_code.asks(
    "huffman_code(p)",
    "outcomes of probability 0 have their word too",
    cases=lambda rng: [dict(p=[0.5, 0, 0.5]), dict(p=[0, 0, 1]), dict(p=with_zero(rng, 6))],
    accept=good_code,
    expected="a code of least average length",
)
huffman_code.asks(
    "huffman_code(p)", "a single outcome gets the word 0", cases=[dict(p=[1]), dict(p=[1.0])], answer=lambda: ["0"]
)
huffman_code.asks(
    "huffman_code(p)",
    "what is not a distribution is refused",
    cases=[dict(p=p) for p in [[0.5], *NOT_DISTRIBUTIONS]],
    raises="ValueError",
)
huffman_code.mistake(
    "New digits go in front of a word: the last groups to be joined are told apart by the first digit.",
    """
    require_distribution(p)
    if len(p) == 1:
        return ["0"]
    words = [""] * len(p)
    groups = [(x, [i]) for i, x in enumerate(p)]
    heapq.heapify(groups)
    while len(groups) > 1:
        (x, zeros), (y, ones) = heapq.heappop(groups), heapq.heappop(groups)
        for i in zeros:
            words[i] += "0"
        for i in ones:
            words[i] += "1"
        heapq.heappush(groups, (x + y, zeros + ones))
    return words
    """,
)
huffman_code.mistake(
    "You join the likeliest groups: the least likely come first, and end up with the longest words.",
    """
    require_distribution(p)
    if len(p) == 1:
        return ["0"]
    words = [""] * len(p)
    groups = [(x, [i]) for i, x in enumerate(p)]
    while len(groups) > 1:
        groups.sort()
        (x, zeros), (y, ones) = groups.pop(), groups.pop()
        for i in zeros:
            words[i] = "0" + words[i]
        for i in ones:
            words[i] = "1" + words[i]
        groups.append((x + y, zeros + ones))
    return words
    """,
)
huffman_code.mistake(
    "Joined groups are not put back in order: look for the two least probable anew each time.",
    """
    require_distribution(p)
    if len(p) == 1:
        return ["0"]
    words = [""] * len(p)
    groups = sorted((x, [i]) for i, x in enumerate(p))
    while len(groups) > 1:
        (x, zeros), (y, ones), *groups = groups
        for i in zeros:
            words[i] = "0" + words[i]
        for i in ones:
            words[i] = "1" + words[i]
        groups.append((x + y, zeros + ones))
    return words
    """,
)
huffman_code.mistake(
    "A joined group is put back in front of all others, as if it were the least: sort again in each round.",
    """
    require_distribution(p)
    if len(p) == 1:
        return ["0"]
    words = [""] * len(p)
    groups = sorted((x, [i]) for i, x in enumerate(p))
    while len(groups) > 1:
        (x, zeros), (y, ones), *groups = groups
        for i in zeros:
            words[i] = "0" + words[i]
        for i in ones:
            words[i] = "1" + words[i]
        groups.insert(0, (x + y, zeros + ones))
    return words
    """,
)
huffman_code.mistake(
    "Only the first outcome of a group gets its digit: all of them need it.",
    """
    require_distribution(p)
    if len(p) == 1:
        return ["0"]
    words = [""] * len(p)
    groups = [(x, [i]) for i, x in enumerate(p)]
    while len(groups) > 1:
        groups.sort()
        (x, zeros), (y, ones), *groups = groups
        words[zeros[0]] = "0" + words[zeros[0]]
        words[ones[0]] = "1" + words[ones[0]]
        groups.append((x + y, zeros + ones))
    return words
    """,
)
huffman_code.mistake(
    "A joined group's probability is the sum of both, not the larger one.", "x + y, zeros", "max(x, y), zeros"
)
huffman_code.mistake(
    "A single outcome gets an empty word, which cannot be sent: it is to be 0.",
    """
    require_distribution(p)
    words = [""] * len(p)
    groups = [(x, [i]) for i, x in enumerate(p)]
    heapq.heapify(groups)
    while len(groups) > 1:
        (x, zeros), (y, ones) = heapq.heappop(groups), heapq.heappop(groups)
        for i in zeros:
            words[i] = "0" + words[i]
        for i in ones:
            words[i] = "1" + words[i]
        heapq.heappush(groups, (x + y, zeros + ones))
    return words
    """,
)
huffman_code.mistake("Nothing refuses numbers that are no distribution.", "require_distribution(p)", "pass")
huffman_code.hint("Do the lesson's example on paper again, and write down what you keep from one round to the next.")
huffman_code.hint("Keep a list of groups, each a pair of a probability and a list of outcomes: `(0.2, [1])`.")
huffman_code.hint(
    "In each round: sort, take the two first groups off, lengthen the words of their outcomes, append the joined group."
)
huffman_code.hint('`words[i] = "0" + words[i]` puts a digit in front. `zeros + ones` joins two lists of outcomes.')
