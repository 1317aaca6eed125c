"""What must hold of ``NeuralNetwork.train``. Oracle: finite differences."""

import numpy as np

from checks.language import Piece
from checks.neural.network.shared import (
    HAND,
    LOOSE,
    MADE,
    ONE_LAYER,
    SCRATCH,
    array,
    followed,
    loss_of,
    measured,
    parameters,
    table,
)

train = Piece("neural.network:NeuralNetwork.train", forbid=SCRATCH)


def lessons(rng):
    tiny = dict(x=np.array([[2.0]]), weights=[np.array([[1.0]])], biases=[np.array([0.0])], activation="relu")
    yield dict(tiny, y=np.array([5.0]), task="regression", epochs=1, learning_rate=0.1)
    yield dict(tiny, y=np.array([5000.0]), task="regression", epochs=2, learning_rate=0.3)
    yield dict(HAND, y=np.array([1.0, 7.0]), epochs=0, learning_rate=0.1)
    yield dict(HAND, y=np.array([1.0, 7.0]), epochs=1, learning_rate=0.01)
    yield dict(ONE_LAYER, y=np.array([1, 0]), epochs=2, learning_rate=0.25)
    for sizes, n, activation, task in (
        ([2, 3, 2], 3, "tanh", "classification"),
        ([3, 2, 1], 4, "sigmoid", "classification"),
        ([1, 2, 2], 2, "gelu", "regression"),
    ):
        k, epochs = sizes[-1], int(rng.integers(2, 4))
        y = array(rng, n, k) if task == "regression" else rng.integers(0, max(k, 2), n)
        case = dict(x=array(rng, n, sizes[0]), y=y, **parameters(rng, sizes), activation=activation, task=task)
        yield dict(case, epochs=epochs, learning_rate=round(float(rng.uniform(0.05, 0.3)), 2))


def walked(x, y, weights, biases, activation, task, epochs, learning_rate):
    """Weights, biases and losses of a descent whose slopes are measured."""
    weights, biases, losses = list(weights), list(biases), []
    for epoch in range(epochs + 1):
        loss = loss_of(followed(x, weights, biases, activation)[1][-1], table(y, len(biases[-1])), task)
        losses.append(round(loss, 12))
        if epoch < epochs:
            to_weights, to_biases = measured(x, y, weights, biases, activation, task)
            weights = [w - learning_rate * s for w, s in zip(weights, to_weights)]
            biases = [b - learning_rate * s for b, s in zip(biases, to_biases)]
    return [weights, biases, losses]


COPIED = MADE.replace("list(weights), list(biases)", "[w.copy() for w in weights], [b.copy() for b in biases]")
train.asks(
    COPIED + "network.train(x, y, epochs, learning_rate)\n[list(network.weights), list(network.biases)]",
    "weights and biases after the last step",
    cases=lessons,
    answer=lambda **case: walked(**case)[:2],
    **LOOSE,
)
train.asks(
    COPIED + "[float(loss) for loss in network.train(x, y, epochs, learning_rate)]",
    "the losses before the first step and after each one",
    cases=lessons,
    answer=lambda **case: walked(**case)[2],
    **LOOSE,
)
train.asks(
    COPIED + "network.train(x, y, epochs, learning_rate)\n"
    "[float(loss) for loss in network.train(x, y, epochs, learning_rate)]",
    "a second call goes on from where the first one ended",
    cases=[dict(HAND, y=np.array([1.0, 7.0]), epochs=1, learning_rate=0.01)],
    answer=lambda epochs, **case: walked(epochs=2 * epochs, **case)[2][epochs:],
    **LOOSE,
)
train.asks(
    COPIED + "[float(loss) for loss in network.train(x, y, epochs=2)]",
    "the learning rate is 0.1 if nothing is said of it",
    cases=[dict(HAND, y=np.array([1.0, 7.0]))],
    answer=lambda **case: walked(**case, epochs=2, learning_rate=0.1)[2],
    **LOOSE,
)
train.asks(
    'network = NeuralNetwork([1, 1], "identity", "regression")\nlen(network.train(x, y, epochs, learning_rate))',
    "a loss that becomes infinite or NaN is refused, with the learning rate named",
    cases=[
        dict(x=[[1.0], [2.0]], y=[2.0, 3.0], epochs=200, learning_rate=1000.0),
        dict(x=[[1e76]], y=[2.0], epochs=1, learning_rate=1000.0),
        dict(x=[[2e153], [0.0]], y=[2.0, 3.0], epochs=1, learning_rate=1000.0),  # at once NaN, without infinity before
    ],
    raises="ValueError",
    mentions=("1000",),
)
BIASES = "        for b, slope in zip(self.biases, bias_slopes):\n            b "
train.mistake(
    "`W = W - ...` gives the result a name and leaves the list as it was: nothing is learnt. Change the array in place "
    "(`W -= ...`) or write into the list.",
    "W -= learning_rate * slope\n" + BIASES + "-= learning_rate * slope",
    "W = W - learning_rate * slope\n" + BIASES + "= b - learning_rate * slope",
)
train.mistake(
    "That is uphill: each parameter moves by *minus* the rate times its slope.",
    "W -= learning_rate * slope\n" + BIASES + "-= learning_rate * slope",
    "W += learning_rate * slope\n" + BIASES + "+= learning_rate * slope",
)
train.mistake("The biases never move.", "b -= learning_rate * slope", "pass")
train.mistake(
    "The weights moved before the biases' slopes were asked for: take all slopes at one point, then step.",
    "for b, slope in zip(self.biases, bias_slopes):",
    "for b, slope in zip(self.biases, self.backward(X, y)[1]):",
)
train.mistake(
    "The first loss is missing: the list begins with the loss before any step.",
    "losses = [self.loss(X, y)]",
    "losses = []",
)
train.mistake(
    "The training went on with a loss that is infinite or NaN; either of the two is to end it with an error.",
    "if not np.isfinite(losses[-1]):",
    "if False:",
)
train.hint("In each epoch: one call of `backward`, then a step for every array of both lists, then the loss.")
train.hint("Print the losses: do they stay (nothing moves), grow (wrong way), or begin after the first step?")
