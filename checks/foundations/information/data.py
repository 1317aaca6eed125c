"""What must hold of ``empirical`` and ``negative_log_likelihood``. Oracles: NumPy, SciPy."""

import math

import numpy as np
from scipy.special import xlogy

from checks.foundations.information.shared import PLAIN, shares
from checks.language import Piece


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
