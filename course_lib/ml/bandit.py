"""Learning from rewards: slot machines and the epsilon-greedy rule, a small grid to walk on, and tabular Q-learning.

Sources: Sutton and Barto, *Reinforcement Learning: An Introduction*, 2nd edition, chapters 2 and 6; Watkins and Dayan,
"Q-learning", 1992.
"""

from __future__ import annotations

import numpy as np


def epsilon_greedy(values: np.ndarray, epsilon: float, rng: np.random.Generator) -> int:
    """The number of an action, chosen by the epsilon-greedy rule from what the actions seem to be worth.

    ``values`` has shape (n,): one number for each of the actions 0 to n - 1. With probability ``epsilon`` the action
    is any of the n, all equally likely, the best one among them. Otherwise it is the one of largest value; if several
    share the largest value exactly, each of those is equally likely. ``epsilon_greedy(np.array([0.2, 0.7]), 0.0, rng)``
    is always ``1``; with 0.5 in place of 0.0 it is 1 three times in four.

    All chance comes from ``rng``, so that equal seeds give equal choices; how many numbers you draw from it is up to
    you.
    """
    if rng.random() < epsilon:
        return int(rng.integers(len(values)))
    best = np.flatnonzero(values == values.max())
    return int(rng.choice(best))


class EpsilonGreedy:
    """A player of ``n_arms`` slot machines, with a share ``epsilon`` of trials made at random.

    ``values[a]`` is the mean of the rewards that arm a gave so far (0.0 before the first), ``counts[a]`` how many they
    were. Both are arrays of shape (n_arms,).
    """

    def __init__(self, n_arms: int, epsilon: float, rng: np.random.Generator):
        """Raises `ValueError` if there is no arm, or if ``epsilon`` is not between 0 and 1."""
        if n_arms < 1:
            raise ValueError(f"there must be at least one arm, got {n_arms}")
        if not 0 <= epsilon <= 1:
            raise ValueError(f"epsilon is a probability, from 0 to 1, got {epsilon}")
        self.n_arms, self.epsilon, self.rng = n_arms, epsilon, rng
        self.counts = np.zeros(n_arms, dtype=int)
        self.values = np.zeros(n_arms)

    def choose(self) -> int:
        """The arm to pull next."""
        return epsilon_greedy(self.values, self.epsilon, self.rng)

    def update(self, arm: int, reward: float) -> None:
        """Take note of the ``reward`` that pulling ``arm`` gave: one more in ``counts``, and a new mean in ``values``.

        Nothing is remembered but these two arrays, which are changed in place; the other arms keep their entries. After
        rewards of 1, 0 and 0.5 from arm 2, ``counts[2]`` is 3 and ``values[2]`` is 0.5.
        """
        self.counts[arm] += 1
        self.values[arm] += (reward - self.values[arm]) / self.counts[arm]


class GridWorld:
    """Cells to walk on, from the start to a prize. The map is a list of strings of one length, one letter a cell.

    ``S`` is the start, ``.`` floor and ``#`` a wall. Three kinds of cell end the walk: ``G`` with a reward of 10, ``g``
    with 3, and the pit ``P`` with -10. Every other step has the reward 0. A cell is a state, numbered row by row from
    0; the actions are 0 up, 1 right, 2 down, 3 left. Who walks into a wall or off the map stays in place.
    """

    n_actions = 4
    moves = ((-1, 0), (0, 1), (1, 0), (0, -1))
    prizes = {"G": 10.0, "g": 3.0, "P": -10.0}

    def __init__(self, rows: list[str]):
        """Raises `ValueError` if the rows differ in length, or there is not exactly one ``S``."""
        if len({len(row) for row in rows}) != 1:
            raise ValueError(f"the rows of a map must have one length, got {[len(row) for row in rows]}")
        if "".join(rows).count("S") != 1:
            raise ValueError(f"a map has one start S, this one has {''.join(rows).count('S')}")
        self.rows = list(rows)
        self.shape = len(rows), len(rows[0])
        self.n_states = self.shape[0] * self.shape[1]
        self.start = "".join(rows).index("S")
        self.state = None

    def cell(self, state: int) -> str:
        """The letter of a state."""
        row, column = divmod(state, self.shape[1])
        return self.rows[row][column]

    def reset(self) -> int:
        """Go back to the start, and return its state."""
        self.state = self.start
        return self.state

    def step(self, action: int) -> tuple[int, float, bool]:
        """Take an action; returns the state it leads to, the reward, and whether the walk is over.

        Raises `ValueError` if the walk is over already, or has not begun: then `reset` comes first.
        """
        if self.state is None:
            raise ValueError("the walk is over: call reset() to begin another")
        (row, column), (down, right) = divmod(self.state, self.shape[1]), self.moves[action]
        row, column = row + down, column + right
        if 0 <= row < self.shape[0] and 0 <= column < self.shape[1] and self.rows[row][column] != "#":
            self.state = row * self.shape[1] + column
        state, done = self.state, self.cell(self.state) in self.prizes
        if done:
            self.state = None
        return state, self.prizes.get(self.cell(state), 0.0), done


def q_update(
    Q: np.ndarray,
    state: int,
    action: int,
    reward: float,
    next_state: int,
    done: bool,
    learning_rate: float = 0.5,
    discount: float = 0.9,
) -> None:
    """Move ``Q[state, action]`` towards what one step has shown, in place; every other entry of Q stays.

    Q is an array of floats, shape (states, actions). The step led from ``state`` by ``action`` to ``next_state`` and
    brought ``reward``. The entry moves by ``learning_rate`` times its distance from the target, and the target is the
    reward plus ``discount`` times the largest entry of row ``next_state``. If the step ended the walk (``done``),
    nothing comes after it, and the target is the reward alone.

    With Q = [[0., 2.], [3., 4.]], ``q_update(Q, 0, 1, 1.0, 1, False)`` has the target 1 + 0.9 * 4 = 4.6, and makes
    Q[0, 1] 3.3; with ``done = True`` the target is 1, and it becomes 1.5. Returns nothing.
    """
    target = reward if done else reward + discount * Q[next_state].max()
    Q[state, action] += learning_rate * (target - Q[state, action])


def q_learning(
    world,
    episodes: int,
    *,
    rng: np.random.Generator,
    epsilon: float = 0.1,
    learning_rate: float = 0.5,
    discount: float = 0.9,
) -> tuple[np.ndarray, np.ndarray]:
    """Learn what every action in every state of ``world`` is worth, by walking; returns ``(Q, lengths)``.

    ``world`` is a `GridWorld` or anything else with ``n_states``, ``n_actions``, ``reset()`` and ``step(action)``. Q
    has shape (n_states, n_actions) and begins with zeros everywhere. An episode is one walk: it begins in the state
    that ``reset()`` returns, and ends when ``step`` says so with its third result, however long that takes. Each action
    is chosen by `epsilon_greedy` from the current state's row of Q, and each step is followed at once by its own
    `q_update`, with the learning rate and the discount that were handed in. ``lengths`` is an array of shape
    (episodes,): the number of steps of each episode, in order.

    All chance comes from ``rng``, so that equal seeds give equal results.
    """
    Q = np.zeros((world.n_states, world.n_actions))
    lengths = np.zeros(episodes, dtype=int)
    for episode in range(episodes):
        state, done = world.reset(), False
        while not done:
            action = epsilon_greedy(Q[state], epsilon, rng)
            next_state, reward, done = world.step(action)
            q_update(Q, state, action, reward, next_state, done, learning_rate, discount)
            state = next_state
            lengths[episode] += 1
    return Q, lengths
