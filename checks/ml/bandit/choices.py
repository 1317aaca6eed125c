"""What must hold of ``epsilon_greedy``. Oracle: exact fractions."""

import numpy as np

from checks.language import Piece
from checks.ml.bandit.shared import DRAWS, OWN, wrong_shares


def situations(rng):
    yield dict(values=np.array([0.2, 0.7]), epsilon=0.0)
    yield dict(values=np.array([0.2, 0.7]), epsilon=0.5)
    yield dict(values=np.array([5.0]), epsilon=0.3)
    yield dict(values=np.array([0.700001, 0.7, 0.1]), epsilon=0.0)
    yield dict(values=np.array([-1.0, -3.0, -2.0]), epsilon=0.75)
    yield dict(values=rng.permutation([3.0, 1.0, 2.0, -5.0]), epsilon=1.0)


def ties(rng):
    yield dict(values=np.array([0.0, 0.0]), epsilon=0.0)
    yield dict(values=np.array([1.0, 4.0, 4.0]), epsilon=0.0)
    yield dict(values=np.array([2.0, -2.0, 2.0]), epsilon=0.6)
    yield dict(values=np.array([3.0, 3.0, -1.0, 3.0]), epsilon=0.0)


def shares_of(values, epsilon):
    best = values == values.max()
    return (epsilon / len(values) + (1 - epsilon) * best / best.sum()).tolist()


CHOICES = f"""
rng = np.random.default_rng(7)
choices = [epsilon_greedy(values, epsilon, rng) for _ in range({DRAWS})]
[choices.count(action) / {DRAWS} for action in range(len(values))]
"""

choose = Piece("ml.bandit:epsilon_greedy", forbid=OWN)
for statement, cases in (
    ("how often each action is chosen", situations),
    ("how often each is chosen if several are the best", ties),
):
    choose.asks(
        CHOICES,
        statement,
        cases=cases,
        accept=lambda got, values, epsilon: wrong_shares(got, shares_of(values, epsilon), DRAWS),
        expected="a share 1 - epsilon for the best (shared equally if there are several), and epsilon spread over all",
        atol=0.03,
    )
choose.asks(
    "epsilon_greedy(np.array(values), 0.0, np.random.default_rng(seed))",
    "the answer is one whole number",
    cases=[dict(values=[0.2, 0.7], seed=1), dict(values=[-3.0, -1.0, -2.0], seed=2), dict(values=[9.0, 0.0], seed=3)],
    answer=lambda values: int(np.argmax(values)),
)
choose.asks(
    """
    one, other = np.random.default_rng(seed), np.random.default_rng(seed)
    values = np.zeros(9)
    [epsilon_greedy(values, 0.5, one) for _ in range(30)] == [epsilon_greedy(values, 0.5, other) for _ in range(30)]
    """,
    "generators with equal seeds give equal choices",
    cases=[dict(seed=3)],
    answer=lambda: True,
)
BEST = "np.flatnonzero(values == values.max())"
choose.mistake(
    "In a tie you always take the first of the best: each of them is to be equally likely.",
    BEST,
    "np.flatnonzero(values == values.max())[:1]",
)
choose.mistake(
    "You explore with probability 1 - epsilon: the two branches have changed places.",
    "rng.random() < epsilon",
    "rng.random() >= epsilon",
)
choose.mistake(
    "A random trial leaves out the best action: it may fall on any of the n.",
    """
    best = np.flatnonzero(values == values.max())
    others = np.flatnonzero(values < values.max())
    if len(others) and rng.random() < epsilon:
        return int(rng.choice(others))
    return int(rng.choice(best))
    """,
)
choose.mistake(
    "The last action is never tried: the upper end of rng.integers is left out already.",
    "rng.integers(len(values))",
    "rng.integers(max(len(values) - 1, 1))",
)
choose.mistake(
    "rng.choice(values) is one of the values; the number of an action is wanted.",
    "int(rng.integers(len(values)))",
    "rng.choice(values)",
)
choose.mistake(
    "These are the numbers of all the best actions: pick one of them at random.",
    "return int(rng.choice(best))",
    "return best",
)
choose.mistake(
    "The choices don't come from `rng`: draw from the generator that is handed in, and from no other.",
    "if rng.random() < epsilon:",
    "rng = np.random.default_rng()\n    if rng.random() < epsilon:",
)
choose.mistake("epsilon is never looked at: nothing is tried at random.", "rng.random() < epsilon", "False")
choose.mistake("This takes the action of smallest value.", "values.max()", "values.min()")
choose.hint("`rng.random() < epsilon` is true with probability epsilon. `rng.integers(n)` is one of 0, ..., n - 1.")
choose.hint(
    "`np.flatnonzero(values == values.max())` are the numbers of all best actions, `rng.choice(...)` picks one."
)
