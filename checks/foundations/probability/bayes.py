"""What must hold of ``bayes``. Oracle: exact fractions."""

import math

from checks.foundations.probability.shared import READY_MADE, exact, shares
from checks.language import Piece


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
