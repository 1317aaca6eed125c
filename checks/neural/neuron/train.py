"""What must hold of ``Neuron.gradients`` and ``Neuron.train``. Oracle: complex-step derivatives."""

import numpy as np

from checks.language import Piece
from checks.neural.neuron.shared import CORNERS, NAN, NEURON, SCRATCH, array, complex_slopes, output, stays


def examples(rng):
    yield dict(weights=[0.0, 0.0], bias=0.0, X=np.array([[2.0, 3.0]]), y=np.array([1]))
    yield dict(weights=[0.0, 0.0], bias=0.0, X=CORNERS, y=np.array([0, 1, 1, 1]))
    yield dict(weights=[2.0], bias=-1.0, X=np.array([[0.5], [1.0], [3.0]]), y=np.array([1.0, 0.0, 1.0]))
    for n, d in ((4, 2), (2, 3), (3, 3)):
        y = rng.integers(0, 2, n)
        yield dict(weights=array(rng, d), bias=float(array(rng)), X=array(rng, n, d), y=y)
    yield dict(weights=array(rng, 2), bias=0.5, X=array(rng, 5, 2), y=rng.uniform(0, 1, 5).round(2))


def mean_square(X, y, weights, bias):
    return ((output(X, weights, bias) - y) ** 2).sum() / len(y)


def slopes_of_loss(weights, bias, X, y):
    weights = np.array(weights)
    return dict(
        weights=complex_slopes(lambda w: mean_square(X, y, w, bias), weights),
        bias=complex_slopes(lambda b: mean_square(X, y, weights, b), bias),
    )


gradients = Piece("neural.neuron:Neuron.gradients", forbid=SCRATCH)
gradients.asks(
    NEURON + "w, b = neuron.gradients(X, y)\ndict(weights=w, bias=b)",
    "how fast the loss changes with each weight and with the bias",
    cases=examples,
    answer=slopes_of_loss,
)
stays(gradients, "neuron.gradients(X, y)")
UPSTREAM = "2 * (self.forward(X) - y) / len(y)"
gradients.mistake("A square has the slope 2 times what is squared: the 2 is missing.", UPSTREAM, UPSTREAM[4:])
gradients.mistake("The loss is a mean: each row's slope is divided by their number.", " / len(y)", "")
gradients.mistake("The mean is over the rows; you divided by the number of columns.", "len(y)", "X.shape[1]")
gradients.mistake("The sign is the wrong one: output minus target.", "self.forward(X) - y", "y - self.forward(X)")
gradients.mistake(
    "upstream is the slope of the loss; you handed on the squares themselves.",
    UPSTREAM,
    "(self.forward(X) - y) ** 2 / len(y)",
)
gradients.mistake(
    "The slope for the outputs was taken for the slope for the scores: the sigmoid lies between them.",
    "self.backward(X, upstream)",
    "X.T @ upstream, upstream.sum(), None",
)
gradients.mistake(
    "The sigmoid's slope is in it twice: upstream is the slope for the outputs, and backward goes on from there.",
    UPSTREAM,
    UPSTREAM + " * self.forward(X) * (1 - self.forward(X))",
)
gradients.mistake(
    "Output minus target is the slope for the score with cross-entropy; the loss is the squared error here.",
    "self.backward(X, upstream)",
    "X.T @ upstream / 2, upstream.sum() / 2, None",
)
gradients.hint("What is the slope of (a - y)² for a? And of a mean of n such squares for one of the a?")
gradients.hint("`self.backward(X, upstream)` returns three things; two of them are wanted.")


def trainings(rng):
    yield dict(weights=[0.0, 0.0], bias=0.0, X=[[2.0, 3.0]], y=[1], epochs=1, rate=1.0)
    yield dict(weights=[0.0, 0.0], bias=0.0, X=CORNERS, y=np.array([0, 1, 1, 1]), epochs=2, rate=1.0)
    yield dict(weights=[1.0], bias=-0.5, X=np.array([[0.5], [2.0]]), y=np.array([1, 0]), epochs=0, rate=1.0)
    for n, d, epochs, rate in ((4, 2, 1, 0.5), (3, 3, 4, 2.0), (5, 1, 3, 0.25)):
        weights, bias, y = array(rng, d), float(array(rng)), rng.integers(0, 2, n)
        yield dict(weights=weights, bias=bias, X=array(rng, n, d), y=y, epochs=epochs, rate=rate)


def trained(weights, bias, X, y, epochs, rate):
    X, y, weights = np.array(X, dtype=float), np.array(y), np.array(weights)
    losses = [mean_square(X, y, weights, bias)]
    for _ in range(epochs):
        slopes = slopes_of_loss(weights, bias, X, y)
        weights, bias = weights - rate * slopes["weights"], bias - rate * slopes["bias"]
        losses.append(mean_square(X, y, weights, bias))
    return dict(weights=weights, bias=np.asarray(bias), losses=np.array(losses))


train = Piece("neural.neuron:Neuron.train", forbid=SCRATCH)
train.asks(
    NEURON + "neuron.train(X, y, epochs, rate)\n"
    "dict(weights=neuron.weights, bias=neuron.bias, losses=neuron.loss_history_)",
    "downhill, step by step, and the losses on the way",
    cases=trainings,
    answer=trained,
)
train.asks(
    NEURON + "[neuron.train(X, y, 2).train(X, y, 1) is neuron, neuron.weights, len(neuron.loss_history_)]",
    "train returns the neuron, and goes on from where it is, at rate 1 if none is given",
    cases=[dict(weights=[0.5, -1.0], bias=0.0, X=CORNERS, y=np.array([0, 1, 1, 1]))],
    answer=lambda **case: [True, trained(**case, epochs=3, rate=1.0)["weights"], 2],
)
train.asks(
    "len(Neuron(1).train([[1.0], [2.0]], [0, 1]).loss_history_)",
    "without a number of epochs, there are 1000",
    cases=[{}],
    answer=lambda: 1001,
)
train.asks(
    "Neuron(1).train(X, y)",
    "bad data is refused",
    cases=[
        dict(X=[[1.0], [NAN]], y=[0, 1]),
        dict(X=[[1.0], [2.0]], y=[0, 1, 1]),
        dict(X=[1.0, 2.0], y=[0, 1]),
    ],
    raises="ValueError",
)
train.mistake(
    "These steps lead uphill: the slopes are to be taken away.",
    "self.gradients(X, y)",
    "(-slope for slope in self.gradients(X, y))",
)
train.mistake(
    "The bias's slope was taken after the weights had moved: take all slopes first.",
    "self.bias = self.bias - learning_rate * bias_slope",
    "self.bias = self.bias - learning_rate * self.gradients(X, y)[1]",
)
train.mistake("The loss before the first step is missing.", "losses = [self.loss(X, y)]", "losses = []")
train.mistake("The loss after the last step is missing.", "np.array(losses)", "np.array(losses[:-1])")
train.mistake(
    "Each epoch's loss was noted before its step, so the last one is missing and the first is there twice.",
    "np.array(losses)",
    "np.array(losses[:1] + losses[:-1])",
)
train.mistake(
    "Every call of train begins at zero again; it is to go on from the weights that are there.",
    "losses = [self.loss(X, y)]",
    "self.weights, self.bias = np.zeros(X.shape[1]), 0.0\n    losses = [self.loss(X, y)]",
)
train.mistake("The bias stayed where it was.", "self.bias - learning_rate * bias_slope", "self.bias")
train.hint("The loop is that of phase 1: slopes, a step, the loss. Here the slopes are `self.gradients(X, y)`.")
train.hint("One loss goes into the list before the loop, and one at the end of each round.")
