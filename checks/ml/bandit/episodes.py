"""What must hold of ``q_learning``. Oracles: plain loops, value iteration."""

import numpy as np

from checks.language import Piece
from checks.ml.bandit.shared import DRAWS, NUMBERS, OWN, wrong_shares

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
