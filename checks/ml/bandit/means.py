"""What must hold of ``EpsilonGreedy.update``. Oracle: exact fractions."""

from fractions import Fraction

import numpy as np

from checks.language import Piece
from checks.ml.bandit.shared import OWN


def pulls(rng):
    yield dict(n_arms=3, pulled=[(2, 1.0), (2, 0.0), (2, 0.5)])
    yield dict(n_arms=2, pulled=[(0, 4)])
    yield dict(n_arms=2, pulled=[(0, 6), (1, -3), (0, 2)])
    yield dict(n_arms=3, pulled=[(1, 0.25)] * 4)
    for n_arms, n in ((2, 12), (4, 30)):
        arms, rewards = rng.integers(0, n_arms, n).tolist(), rng.normal(2, 5, n).round(2).tolist()
        yield dict(n_arms=n_arms, pulled=list(zip(arms, rewards)))


def tallied(n_arms, pulled):
    rewards = [[Fraction(r) for a, r in pulled if a == arm] for arm in range(n_arms)]
    return [np.array([float(sum(r) / len(r)) if r else 0.0 for r in rewards]), np.array([len(r) for r in rewards])]


update = Piece("ml.bandit:EpsilonGreedy.update", forbid=OWN)
update.asks(
    """
    player = EpsilonGreedy(n_arms, 0.1, np.random.default_rng(0))
    for arm, reward in pulled:
        player.update(arm, reward)
    [player.values, player.counts]
    """,
    "the mean of each arm's rewards so far, and how many they were",
    cases=pulls,
    answer=tallied,
)
update.asks(
    """
    player = EpsilonGreedy(2, 0.1, np.random.default_rng(0))
    values, counts = player.values, player.counts
    player.update(1, reward)
    [values, counts]
    """,
    "both arrays are changed in place",
    cases=[dict(reward=0.75)],
    answer=lambda reward: [np.array([0.0, reward]), np.array([0, 1])],
)
update.asks(
    """
    player = EpsilonGreedy(2, 0.1, np.random.default_rng(0))
    player.counts[:], player.values[:] = [count, 5], [mean, 3.0]
    player.update(0, reward)
    [player.values, player.counts]
    """,
    "the two arrays are all that is known of earlier rewards",
    cases=[
        dict(count=1, mean=0.5, reward=2.0),
        dict(count=4, mean=0.5, reward=-2.0),
        dict(count=3, mean=2.0, reward=2.0),
    ],
    answer=lambda count, mean, reward: [
        np.array([(count * mean + reward) / (count + 1), 3.0]),
        np.array([count + 1, 5]),
    ],
)
MEAN = "self.values[arm] += (reward - self.values[arm]) / self.counts[arm]"
update.mistake("You add the rewards up; their mean is wanted.", MEAN, "self.values[arm] += reward")
update.mistake(
    "You divided by the pulls of all arms; only those of this arm count.",
    "/ self.counts[arm]",
    "/ self.counts.sum()",
)
update.mistake("Only the last reward is kept; the mean of all is wanted.", MEAN, "self.values[arm] = reward")
update.mistake(
    "The average of the old mean and the new reward gives the newest reward half of the weight.",
    MEAN,
    "self.values[arm] = (self.values[arm] + reward) / 2",
)
update.mistake(
    "The mean moves away from the reward: the difference is the reward less the old mean.",
    "reward - self.values[arm]",
    "self.values[arm] - reward",
)
update.mistake(
    "You made new arrays; change the entries of the two that are there.",
    """
    self.counts, self.values = self.counts.copy(), self.values.copy()
    self.counts[arm] += 1
    self.values[arm] += (reward - self.values[arm]) / self.counts[arm]
    """,
)
update.mistake(
    "The count is 0 before the first reward, and you divide by it: first the count goes up, then the mean moves.",
    """
    self.values[arm] += (reward - self.values[arm]) / self.counts[arm]
    self.counts[arm] += 1
    """,
)
update.hint("The old mean of n - 1 rewards stands for their sum, divided by n - 1. What is the mean of one more?")
update.hint("The mean moves from the old one towards the reward, by one n-th of the way. n counts the new reward too.")
