"""What must hold of ``q_update``. Oracle: plain arithmetic."""

import numpy as np

from checks.language import Piece
from checks.ml.bandit.shared import NUMBERS, OWN

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
