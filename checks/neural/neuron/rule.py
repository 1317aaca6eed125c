"""What must hold of ``step`` and ``perceptron_update``. Oracle: plain arithmetic."""

import numpy as np

from checks.language import Piece
from checks.neural.neuron.shared import SCRATCH, array, eighths


def some_scores(rng):
    yield dict(z=np.array([-2.0, 0.0, 0.5]))
    yield dict(z=np.array([[3, 0, -1], [1, 2, -5]]))
    yield dict(z=0.5)
    yield dict(z=-3.0)
    yield dict(z=0.0)
    yield dict(z=np.array([1e-200, -1e-200, 0.99, 1.01, 1e200]))
    for shape in ((5,), (2, 3, 2)):
        yield dict(z=array(rng, *shape))


fires = Piece("neural.neuron:step", forbid=SCRATCH)
fires.asks(
    "step(z)",
    "1 where the score is greater than 0, else 0",
    cases=some_scores,
    answer=lambda z: np.asarray(np.asarray(z) > 0).astype(int),
)
fires.asks("np.shape(step(z))", "the result has the shape of z", cases=some_scores, answer=lambda z: np.shape(z))
fires.mistake("At a score of exactly 0 the neuron doesn't fire: greater than 0 is wanted.", "z > 0", "z >= 0")
fires.mistake("The results are True and False; numbers 1 and 0 are wanted.", "np.where(z > 0, 1, 0)", "z > 0")
fires.mistake("1 and 0 have changed places: 1 is for scores above 0.", "1, 0)", "0, 1)")
fires.mistake("Below 0 this gives -1; the step goes from 0 to 1.", "np.where(z > 0, 1, 0)", "np.sign(z)")
fires.mistake("The scores above 0 were let through unchanged: each of them becomes 1.", "1, 0)", "z, 0)")
fires.hint("A comparison such as z > 0 works entry by entry, and gives True or False for each.")
fires.hint("`np.where(condition, a, b)` takes a where the condition holds, and b elsewhere; numbers will do as well.")


def shown_rows(rng):
    small = dict(weights=np.array([1.0, -2.0]), bias=0.0, x=np.array([3.0, 1.0]), learning_rate=1.0)
    yield dict(small, target=0)
    yield dict(small, target=1)
    yield dict(weights=np.zeros(2), bias=0.0, x=np.array([2.0, 1.0]), target=1, learning_rate=0.5)
    yield dict(weights=np.zeros(1), bias=0.0, x=np.array([2.0]), target=0, learning_rate=1.0)
    yield dict(weights=np.array([1.0]), bias=-2.5, x=np.array([2.0]), target=1, learning_rate=1.0)
    yield dict(weights=np.array([1.0, 2.0]), bias=-1.0, x=np.array([0.0, 0.0]), target=1, learning_rate=2.0)
    for d, target in ((2, 0), (2, 1), (3, 1), (5, 0), (5, 1)):
        weights, x, bias = eighths(rng, d), eighths(rng, d), float(eighths(rng))
        yield dict(weights=weights, bias=bias, x=x, target=target, learning_rate=0.5)


def after_one(weights, bias, x, target, learning_rate):
    fired = int(sum(a * b for a, b in zip(weights, x)) + bias > 0)
    way = learning_rate * (target - fired)
    return [np.array([a + way * b for a, b in zip(weights, x)]), np.asarray(bias + way)]


update = Piece("neural.neuron:perceptron_update", forbid=SCRATCH)
update.asks(
    "new_weights, new_bias = perceptron_update(weights, bias, x, target, learning_rate)\n[new_weights, new_bias]",
    "towards the row, away from it, or no change",
    cases=shown_rows,
    answer=after_one,
)
update.asks(
    "new_weights, new_bias = perceptron_update(weights, bias, x, target)\n[new_weights, new_bias]",
    "the learning rate is 1 if none is given",
    cases=[dict(weights=np.array([1.0, -2.0]), bias=0.5, x=np.array([3.0, 1.0]), target=0)],
    answer=lambda **case: after_one(**case, learning_rate=1.0),
)
PREDICTED = "step(x @ weights + bias)"
update.mistake(
    "The weights move for every row; where the prediction is right, nothing is to change.",
    f"target - {PREDICTED}",
    "2 * target - 1",
)
update.mistake(
    "The way is the wrong one: the row is added if 1 was wanted and 0 predicted.",
    f"target - {PREDICTED}",
    f"{PREDICTED} - target",
)
update.mistake("The bias has to move as well.", "float(bias + learning_rate * error)", "float(bias)")
update.mistake("The learning rate is missing from the bias's step.", "bias + learning_rate * error", "bias + error")
update.mistake("The bias moves by plus or minus the learning rate, without the row.", "* error)", "* error * x.sum())")
update.mistake("You took the score for the prediction: the prediction is its step, 0 or 1.", PREDICTED, PREDICTED[4:])
update.mistake("The prediction was made without the bias.", "x @ weights + bias)", "x @ weights)")
update.mistake(
    "`+=` changes the array that was handed in: make a new one.",
    """
    error = target - step(x @ weights + bias)
    weights += learning_rate * error * x
    return weights, float(bias + learning_rate * error)
    """,
)
update.hint("Target minus prediction is 0, 1 or -1: just what the row has to be multiplied by.")
update.hint("The bias is the weight of an input that is always 1, so it gets the same step without the row.")
