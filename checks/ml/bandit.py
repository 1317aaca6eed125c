"""What must hold of the pieces of ``ml.bandit``. Oracles: exact fractions, plain loops, value iteration.

Choices are judged by how often they fall, not by how the generator is used. A share of n independent choices may stray
from its probability as far as Hoeffding's inequality allows with a chance of 2e-11; fewer than 40 shares are looked at
in a piece, so a right one is refused with a probability below 1e-9.
"""

import math
from fractions import Fraction

import numpy as np

from checks.language import Piece

OWN = {"random": "all chance comes from the generator `rng` that is handed in"}
DRAWS = 2500


def margin(n):
    return math.sqrt(math.log(2 / 2e-11) / (2 * n))


def wrong_shares(got, right, n):
    """One sentence if choices don't fall as often as they should."""
    if abs(sum(got) - 1) > 1e-9:
        return f"only {sum(got):.3f} of the choices are whole numbers from 0 to {len(right) - 1}"
    for arm, (share, p) in enumerate(zip(got, right)):
        if p == 0 and share > 0:
            return f"action {arm} was chosen {share * n:.0f} times, and should never be"
        if abs(share - p) > margin(n):
            return (
                f"action {arm} was chosen in {share:.3f} of {n} cases; {p:.3f} is right, give or take {margin(n):.3f}"
            )
    return None


# ------------------------------------------------------------------ choosing


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

# ------------------------------------------------------------------ a mean that grows


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

# ------------------------------------------------------------------ one step's lesson

NUMBERS = dict(learning_rate=0.5, discount=0.9)
STEP = dict(Q=np.array([[0.0, 2.0], [3.0, 4.0]]), state=0, action=1, reward=1.0, next_state=1)


def steps(rng):
    yield dict(**STEP, done=False, **NUMBERS)
    yield dict(**STEP, done=True, **NUMBERS)
    yield dict(**{**STEP, "Q": np.array([[0.0, 2.0], [3.0, 4.0], [9.0, 7.0]]), "action": 0}, done=False, **NUMBERS)
    yield dict(**STEP, done=False, learning_rate=1.0, discount=0.0)
    yield dict(**{**STEP, "reward": -1.6}, done=False, **NUMBERS)
    yield dict(Q=np.array([[-2.0, -1.0]]), state=0, action=0, reward=-1.0, next_state=0, done=False, **NUMBERS)
    yield dict(Q=np.zeros((3, 2)), state=0, action=1, reward=10, next_state=2, done=True, **NUMBERS)
    for n_states, n_actions in ((4, 3), (3, 5)):
        state, next_state = rng.choice(n_states, 2, replace=False).tolist()
        yield dict(
            Q=rng.uniform(-9, 9, (n_states, n_actions)).round(2),
            state=state,
            action=int(rng.integers(n_actions)),
            reward=round(float(rng.uniform(-3, 3)), 2),
            next_state=next_state,
            done=bool(n_states == 3),
            learning_rate=round(float(rng.uniform(0.1, 0.9)), 2),
            discount=round(float(rng.uniform(0.2, 0.99)), 2),
        )


def learned(Q, state, action, reward, next_state, done, learning_rate=0.5, discount=0.9):
    after = [list(row) for row in Q.tolist()]
    target = reward + (0 if done else discount * max(after[next_state]))
    after[state][action] = (1 - learning_rate) * after[state][action] + learning_rate * target
    return np.array(after)


step = Piece("ml.bandit:q_update", forbid=OWN)
step.asks(
    "q_update(Q, state, action, reward, next_state, done, learning_rate, discount)\nQ",
    "the one entry has moved towards its target, in place",
    cases=steps,
    answer=learned,
    mutates=True,
)
step.asks(
    "q_update(Q, state, action, reward, next_state, done)\nQ",
    "with the learning rate and the discount that it has by default",
    cases=[dict(**STEP, done=False), dict(**STEP, done=True)],
    answer=learned,
    mutates=True,
)
step.asks(
    "q_update(Q, state, action, reward, next_state, done) is None",
    "nothing is returned: the table that was handed in is what changes",
    cases=[dict(**STEP, done=False)],
    answer=lambda: True,
    mutates=True,
)
step.mistake(
    "Nothing comes after the end of a walk: with `done` the target is the reward alone.",
    "reward if done else reward",
    "reward",
)
step.mistake("The discount is missing: what comes later counts for less.", "discount * Q", "Q")
step.mistake(
    "You took the value of the same action in the next state; the largest entry of its row is wanted.",
    "Q[next_state].max()",
    "Q[next_state, action]",
)
step.mistake(
    "The entry jumps to the target; it is to go a part of the way, the learning rate.",
    "Q[state, action] += learning_rate * (target - Q[state, action])",
    "Q[state, action] = target",
)
step.mistake(
    "You added a part of the target without taking the old value off: the entry moves by a part of the difference.",
    "learning_rate * (target - Q[state, action])",
    "learning_rate * target",
)
step.mistake(
    "You looked for the largest value in the row of the state that was left; it is the next state's row that counts.",
    "Q[next_state].max()",
    "Q[state].max()",
)
step.mistake(
    "You looked for the largest value in the whole table; only the next state's row counts.",
    "Q[next_state].max()",
    "Q.max()",
)
step.mistake(
    "You looked in a column: the rows of Q are the states, so the next state's row is Q[next_state].",
    "Q[next_state].max()",
    "Q[:, next_state].max()",
)
step.mistake(
    "argmax is the position of the largest entry; its value is wanted.", "Q[next_state].max()", "Q[next_state].argmax()"
)
step.mistake(
    "You changed a copy: the table that was handed in is to change.",
    "target = reward if",
    "Q = Q.copy()\n    target = reward if",
)
step.mistake(
    "0.5 and 0.9 are only what the learning rate and the discount are by default: use those that are handed in.",
    """
    target = reward if done else reward + 0.9 * Q[next_state].max()
    Q[state, action] += 0.5 * (target - Q[state, action])
    """,
)
step.mistake(
    "The discount belongs to what comes later, not to the reward.",
    "reward + discount * Q[next_state].max()",
    "discount * (reward + Q[next_state].max())",
)
step.hint("First the target: the reward, and unless the walk is over the discounted best entry of the next row.")
step.hint("Then move: new = old + learning_rate * (target - old).")

# ------------------------------------------------------------------ the whole of it

ROUND = '''
class RoundWalk:
    """Nothing to choose: the one action leads from cell to cell, each step has its reward, the last leads home."""

    n_actions = 1

    def __init__(self, rewards):
        self.rewards, self.n_states, self.cell = rewards, len(rewards), None

    def reset(self):
        self.cell = 0
        return 0

    def step(self, action):
        reward = self.rewards[self.cell]
        self.cell = (self.cell + 1) % self.n_states
        return self.cell, reward, self.cell == 0


'''
DOORS = '''
class Doors:
    """A single room with two doors. Behind each waits the same penalty every time, and the walk is over."""

    n_states, n_actions = 1, 2

    def __init__(self):
        self.opened = []

    def reset(self):
        return 0

    def step(self, action):
        self.opened.append(action)
        return 0, (-2.0, -1.0)[action], True


'''
ROOM = '''
class Room:
    """One room: action 0 costs 1 and leads nowhere, action 1 leads out."""

    n_states, n_actions = 1, 2

    def reset(self):
        return 0

    def step(self, action):
        return 0, float(action - 1), action == 1


'''


def round_walks(rng):
    yield dict(rewards=[0.0, 10.0], episodes=1, epsilon=0.0, **NUMBERS)
    yield dict(rewards=[0.0, 10.0], episodes=2, epsilon=0.0, **NUMBERS)
    yield dict(rewards=[5.0], episodes=3, epsilon=0.5, learning_rate=0.25, discount=0.5)
    rewards = rng.uniform(-5, 5, 4).round(1).tolist()
    yield dict(rewards=rewards, episodes=7, epsilon=1.0, learning_rate=0.3, discount=0.8)


def walked(rewards, episodes, learning_rate, discount):
    values = [0.0] * len(rewards)
    for _ in range(episodes):
        for cell, reward in enumerate(rewards):
            later = values[cell + 1] if cell + 1 < len(rewards) else 0.0
            values[cell] += learning_rate * (reward + discount * later - values[cell])
    return [np.array(values)[:, None], np.full(episodes, len(rewards))]


def best_values(rows, discount):
    """The worth of every action in every cell, by repeating the rule for all of them until it holds."""
    high, wide, prizes = len(rows), len(rows[0]), {"G": 10.0, "g": 3.0, "P": -10.0}
    cells = [(r, c) for r in range(high) for c in range(wide) if rows[r][c] in "S."]
    Q = np.zeros((high * wide, 4))
    for _ in range(300):
        for r, c in cells:
            for action, (down, right) in enumerate(((-1, 0), (0, 1), (1, 0), (0, -1))):
                to = r + down, c + right
                if not (0 <= to[0] < high and 0 <= to[1] < wide) or rows[to[0]][to[1]] == "#":
                    to = r, c
                letter, after = rows[to[0]][to[1]], to[0] * wide + to[1]
                Q[r * wide + c, action] = prizes.get(letter, discount * Q[after].max())
    return Q


learn = Piece("ml.bandit:q_learning", forbid=OWN)
learn.asks(
    ROUND
    + "Q, lengths = q_learning(RoundWalk(rewards), episodes, rng=np.random.default_rng(0), epsilon=epsilon,"
    + " learning_rate=learning_rate, discount=discount)\n[Q, lengths]",
    "where there is nothing to choose, what every step is worth after so many episodes, and their lengths",
    cases=round_walks,
    answer=walked,
)
learn.asks(
    ROUND + "q_learning(RoundWalk(rewards), 2, rng=np.random.default_rng(0))[0]",
    "with the learning rate and the discount that it has by default",
    cases=[dict(rewards=[1.0, 10.0])],
    answer=lambda rewards: walked(rewards, 2, **NUMBERS)[0],
)
learn.asks(
    DOORS
    + "doors = Doors()\nq_learning(doors, 2500, rng=np.random.default_rng(5), epsilon=epsilon, learning_rate=1.0)\n"
    + "[doors.opened.count(0) / 2500, doors.opened.count(1) / 2500]",
    "how often each door is opened, when the second is known to be the better one",
    cases=[dict(epsilon=1.0), dict(epsilon=0.5), dict(epsilon=0.2)],
    accept=lambda got, epsilon: wrong_shares(got, [epsilon / 2, 1 - epsilon / 2], DRAWS),
    expected="the better door in all but a share epsilon / 2 of the episodes",
    atol=0.03,
)
learn.asks(
    DOORS
    + "doors = Doors()\nq_learning(doors, 2500, rng=np.random.default_rng(6))\n"
    + "[doors.opened.count(0) / 2500, doors.opened.count(1) / 2500]",
    "how often each door is opened with the epsilon that it has by default",
    cases=[{}],
    accept=lambda got: wrong_shares(got, [0.05, 0.95], DRAWS),
    expected="the better door in 95 of 100 episodes",
    atol=0.03,
)
learn.asks(
    ROOM + "max(q_learning(Room(), 1, rng=np.random.default_rng(s), epsilon=0.0)[1][0] for s in range(40)) <= most",
    "each step is learnt from at once: what has just cost something is not tried again on the same walk",
    cases=[dict(most=2)],
    answer=lambda: True,
)
learn.asks(
    ROUND + "q_learning(RoundWalk([0.0] * n), 1, rng=np.random.default_rng(0))[1]",
    "a walk goes on until step says that it is over",
    cases=[dict(n=1), dict(n=2000)],
    answer=lambda n: np.array([n]),
)
learn.asks(
    "q_learning(GridWorld([row]), 12, rng=np.random.default_rng(seed), epsilon=0.0)[1][-3:]",
    "without random trials: the steps of the last three episodes, straight to the prize",
    cases=[dict(row="S.G", seed=1), dict(row="S...G", seed=2), dict(row="G...S#g", seed=3)],
    answer=lambda row: np.full(3, abs(row.index("G") - row.index("S"))),
)
learn.asks(
    "q_learning(GridWorld(rows), 400, rng=np.random.default_rng(seed), epsilon=1.0, learning_rate=1.0,"
    " discount=discount)[0]",
    "after long wandering in a small world: what every action in every cell is worth, if one goes on in the best way",
    cases=[
        dict(rows=["S.G"], seed=1, discount=0.9),
        dict(rows=["G..S"], seed=4, discount=0.9),
        dict(rows=["S.", "#G"], seed=2, discount=0.5),
        dict(rows=["S.g", ".#G"], seed=3, discount=0.8),
    ],
    answer=lambda rows, discount: best_values(rows, discount),
    atol=1e-6,
)
learn.asks(
    """
    rows = ["S..", ".#.", "..G"]
    one, again, other = [q_learning(GridWorld(rows), 20, rng=np.random.default_rng(s)) for s in (seed, seed, seed + 1)]
    [np.array_equal(one[0], again[0]), np.array_equal(one[0], other[0])]
    """,
    "all chance comes from rng: equal seeds give equal results, another seed another",
    cases=[dict(seed=1), dict(seed=11)],
    answer=lambda: [True, False],
)
GO = "q_update(Q, state, action, reward, next_state, done, learning_rate, discount)"
learn.mistake(
    "The learning rate and the discount that were handed in are not passed on.",
    GO,
    "q_update(Q, state, action, reward, next_state, done)",
)
learn.mistake(
    "The learning rate and the discount have changed places.", "learning_rate, discount)", "discount, learning_rate)"
)
learn.mistake(
    "The rule got the whole table; it chooses from one row, that of the current state.",
    "epsilon_greedy(Q[state],",
    "epsilon_greedy(Q,",
)
learn.mistake(
    "Every walk begins in state 0 for you; world.reset() returns where it really begins.",
    "state, done = world.reset(), False",
    "state, done = world.reset() * 0, False",
)
learn.mistake(
    "You learn only when the walk is over; each step is to be learnt from before the next is chosen.",
    """
    Q, lengths = np.zeros((world.n_states, world.n_actions)), []
    for _ in range(episodes):
        state, done, walk = world.reset(), False, []
        while not done:
            action = epsilon_greedy(Q[state], epsilon, rng)
            next_state, reward, done = world.step(action)
            walk.append((state, action, reward, next_state, done))
            state = next_state
        for step in walk:
            q_update(Q, *step, learning_rate, discount)
        lengths.append(len(walk))
    return Q, np.array(lengths)
    """,
)
learn.mistake(
    "Only the last step of a walk is learnt from; every step is to have its own update.",
    GO,
    f"if done:\n                {GO}",
)
learn.mistake(
    "Long walks are cut off: a walk ends when step says so, and not before.",
    "while not done:",
    "while not done and lengths[episode] < 1000:",
)
learn.mistake("epsilon is not used: the rule always explores by its own share.", "epsilon, rng)", "0.1, rng)")
learn.mistake(
    "Q begins anew in each episode: it has to outlive them all.",
    "state, done = world.reset(), False",
    "state, done, Q[:] = world.reset(), False, 0.0",
)
learn.mistake(
    "All chance is to come from the generator that is handed in, not from one of your own.",
    "Q = np.zeros((world.n_states, world.n_actions))",
    "Q, rng = np.zeros((world.n_states, world.n_actions)), np.random.default_rng(0)",
)
learn.mistake(
    "Each length comes out one too small: the last step counts too.",
    "lengths[episode] += 1",
    "lengths[episode] += not done",
)
learn.mistake(
    "Every update is told that the walk goes on: hand `done` over, so that nothing is expected after the end.",
    GO,
    "q_update(Q, state, action, reward, next_state, False, learning_rate, discount)",
)
learn.mistake(
    "The state is never moved on: after each step the next state becomes the current one.",
    "state = next_state",
    "pass",
)
learn.mistake(
    "The state was moved on before the update: what is learnt belongs to the state that was left.",
    GO,
    GO.replace("Q, state", "Q, next_state"),
)
learn.hint("Two loops: one over the episodes, and inside it one that goes on while the walk is not over.")
learn.hint("One round: choose an action, `world.step(action)`, `q_update(...)`, then the next state is the state.")
