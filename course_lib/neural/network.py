"""A network of layers with backpropagation by hand: activations, their slopes, and `NeuralNetwork`.

Shapes throughout: n rows of data, and for each layer d inputs and m neurons. A layer computes its *scores*
``X @ W + b`` from X of shape (n, d), W of shape (d, m) and b of shape (m,); an activation then bends them, entry by
entry. "Slope" means derivative, of a function or of the mean loss.

Sources: Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors" (1986); Goodfellow, Bengio,
Courville, *Deep Learning*, chapter 6; Hendrycks, Gimpel, "Gaussian error linear units" (2016); He, Zhang, Ren, Sun,
"Delving deep into rectifiers" (2015).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from course_lib.foundations.matrix import ShapeError
from course_lib.foundations.regression import r_squared
from course_lib.ml.data import one_hot
from course_lib.ml.linear import log_softmax, sigmoid, softmax
from course_lib.ml.validation import check_features


def relu(z: np.ndarray) -> np.ndarray:
    """Each entry of ``z`` that is above 0 as it is, and 0 in place of all others.

    ``z`` is an array of any shape, of ints or floats, or a single number; the result has its shape, and ``z`` stays as
    it was. ``relu(np.array([3.0, -1.0, 1.0]))`` is ``[3, 0, 1]``.
    """
    return np.maximum(z, 0)


def leaky_relu(z: np.ndarray, alpha: float = 0.01) -> np.ndarray:
    """``z`` where it is above 0, ``alpha * z`` elsewhere, entry by entry."""
    return np.where(z > 0, z, alpha * z)


def leaky_relu_slope(z: np.ndarray, alpha: float = 0.01) -> np.ndarray:
    """The slope of `leaky_relu` at each entry of ``z``: 1 where z is above 0, ``alpha`` elsewhere.

    At 0 the curve has a kink, and by convention the slope there is ``alpha`` too; ``alpha`` may be any number. ``z`` is
    an array of any shape, of ints or floats; the result has its shape and holds floats, and ``z`` stays as it was.
    ``leaky_relu_slope(np.array([3, -1, 0]), alpha=0.1)`` is ``[1.0, 0.1, 0.1]``.
    """
    return np.where(z > 0, 1.0, alpha)


def relu_slope(z: np.ndarray) -> np.ndarray:
    """The slope of `relu`: 1 where z is above 0, 0 elsewhere. It is a leaky one that does not leak."""
    return leaky_relu_slope(z, alpha=0.0)


def sigmoid_slope(z: np.ndarray) -> np.ndarray:
    """The slope of `sigmoid`, entry by entry: s (1 - s), where s is the sigmoid of z."""
    s = sigmoid(z)
    return s * (1 - s)


def tanh_slope(z: np.ndarray) -> np.ndarray:
    """The slope of tanh, entry by entry: 1 - t², where t is tanh(z)."""
    return 1 - np.tanh(z) ** 2


def normal_cdf(z: np.ndarray) -> np.ndarray:
    """The probability that a draw from the standard normal distribution is at most z, entry by entry (by ``erfc``)."""
    return np.vectorize(lambda x: 0.5 * math.erfc(-x / math.sqrt(2)), otypes=[float])(z)


def gelu(z: np.ndarray) -> np.ndarray:
    """The Gaussian error linear unit: z times `normal_cdf` of z, entry by entry."""
    return z * normal_cdf(z)


def gelu_slope(z: np.ndarray) -> np.ndarray:
    """The slope of `gelu` at each entry of ``z``, exact up to rounding: from its formula, not measured by small steps.

    Nor is it the slope of an approximation. ``z`` is an array of floats of any shape; the result has its shape, and
    ``z`` stays as it was. The slope of `normal_cdf` is the density of the standard normal distribution: exp(-z²/2),
    divided by the root of 2 pi.
    ``gelu_slope(np.array([-1.0, 0.0, 1.0]))`` is about ``[-0.0833, 0.5, 1.0833]``.
    """
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return normal_cdf(z) + z * density


def identity(z: np.ndarray) -> np.ndarray:
    """``z`` as it is: no bend at all."""
    return z


Curve = Callable[[np.ndarray], np.ndarray]

ACTIVATIONS: dict[str, tuple[Curve, Curve]] = {  # each with its slope
    "relu": (relu, relu_slope),
    "leaky_relu": (leaky_relu, leaky_relu_slope),
    "gelu": (gelu, gelu_slope),
    "tanh": (np.tanh, tanh_slope),
    "sigmoid": (sigmoid, sigmoid_slope),
    "identity": (identity, np.ones_like),
}


def softmax_back(P: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """The way back through a softmax: slopes for the scores, from those for the probabilities ``P``; all (n, k).

    Score j moves every probability: p_i changes at the rate p_i (1 - p_i) if i = j, and -p_i p_j if not. Multiplied
    with the slopes and added up over i, that is p_j times (slope j, less the mean of the slopes weighted by P).
    """
    return P * (slopes - np.sum(P * slopes, axis=-1, keepdims=True))


def count_parameters(layer_sizes: Sequence[int]) -> int:
    """How many numbers a network of fully connected layers has to learn: all its weights and all its biases.

    ``layer_sizes`` is a list: the number of inputs, then of the neurons of each layer in turn. Every neuron has one
    weight for each number that comes out of the layer before it (or, in the first layer, for each input), and one bias.
    Inputs are not neurons. ``count_parameters([2, 3, 1])`` is (2·3 + 3) + (3·1 + 1) = 13, and a list of one size has
    no layers, so 0.
    """
    return sum(n * m + m for n, m in pairwise(layer_sizes))


def layer_slopes(
    inputs: np.ndarray, weights: np.ndarray, slopes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The way back through one layer, ``scores = inputs @ weights + bias``: ``(to_inputs, to_weights, to_bias)``.

    ``inputs`` has shape (n, d), ``weights`` (d, m). ``slopes`` says how fast a loss L grows with each of the scores,
    shape (n, m); L is one number for all n rows together. The result says how fast L grows with each input, (n, d),
    each weight, (d, m), and each entry of the bias, (m,). Nothing is averaged here, and nothing is changed: new arrays.

    With inputs [[1, 2], [2, -1]], weights [[1], [3]] and slopes [[10], [1]], the result is [[10, 30], [1, 3]],
    [[12], [19]] and [11].
    """
    return slopes @ weights.T, inputs.T @ slopes, slopes.sum(axis=0)


class NeuralNetwork:
    """Fully connected layers with an activation between them, trained by gradient descent.

    Parameters
    ----------
    layer_sizes: the number of inputs, then of neurons in each layer: ``[2, 8, 1]`` has 8 hidden neurons, 1 output.
    activation: what bends the scores of the hidden layers, a key of ``ACTIVATIONS``.
    task: "classification" or "regression". It decides what comes out, and which loss is made small.
    rng: where the first weights are drawn; None for a generator with seed 0.

    What comes out, and what the targets ``y`` may look like, for n rows:

    - classification, one output: the probability of class 1 (by `sigmoid`); y holds 0 or 1, shape (n,) or (n, 1).
    - classification, k outputs: the probabilities of k classes (by `softmax`); y holds ints from 0 to k - 1, shape
      (n,), or one-hot rows, shape (n, k).
    - regression, k outputs: the scores themselves; y has shape (n, k), or (n,) for a single output.

    Attributes
    ----------
    weights, biases: lists with an array for each layer, of shapes (inputs, neurons) and (neurons,). At first, weights
        are drawn from a normal distribution of mean 0 and variance g / inputs, and biases are 0; g is 2 for relu,
        leaky_relu and gelu, which let through about half, and 1 for the others.
    """

    def __init__(
        self,
        layer_sizes: Sequence[int],
        activation: str = "relu",
        task: str = "classification",
        *,
        rng: np.random.Generator | None = None,
    ):
        if len(layer_sizes) < 2 or min(layer_sizes) < 1:
            raise ValueError(f"a network needs two sizes or more, each at least 1; got {list(layer_sizes)}")
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation {activation!r} is none of {', '.join(ACTIVATIONS)}")
        if task not in ("classification", "regression"):
            raise ValueError(f'task is "classification" or "regression", got {task!r}')
        rng = np.random.default_rng(0) if rng is None else rng
        self.layer_sizes, self.activation, self.task = list(layer_sizes), activation, task
        gain = 2 if activation in ("relu", "leaky_relu", "gelu") else 1
        self.weights = [rng.normal(0, math.sqrt(gain / n), size=(n, m)) for n, m in pairwise(layer_sizes)]
        self.biases = [np.zeros(m) for m in layer_sizes[1:]]

    def activate(self, z: np.ndarray) -> np.ndarray:
        """The network's activation, entry by entry."""
        return ACTIVATIONS[self.activation][0](z)

    def activation_slope(self, z: np.ndarray) -> np.ndarray:
        """The slope of the network's activation at each entry of z."""
        return ACTIVATIONS[self.activation][1](z)

    def output(self, scores: np.ndarray) -> np.ndarray:
        """What the network says, from the scores of its last layer: probabilities, or in regression the scores."""
        if self.task == "regression":
            return scores
        return sigmoid(scores) if scores.shape[-1] == 1 else softmax(scores)

    def examples(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows and targets as two arrays of floats, (n, inputs) and (n, outputs); a single row becomes a table of one.

        Raises ValueError, saying why, for what the class's docstring does not allow.
        """
        x, y = np.asarray(x, dtype=float), np.asarray(y)
        if x.ndim == 1:
            x, y = x[None], y[None]
        X = check_features(x, columns=self.layer_sizes[0])
        n, k = len(X), self.layer_sizes[-1]
        if y.shape == (n,) and k > 1 and self.task == "classification":
            y = one_hot(y, k)
        elif y.shape == (n,) and k == 1:
            y = y[:, None]
        if y.shape != (n, k):
            raise ShapeError(f"y of shape {y.shape} does not fit {n} rows and {k} outputs")
        targets = y.astype(float)
        if not np.isfinite(targets).all():
            raise ValueError("y holds NaN or infinity")
        if self.task == "classification":
            whole = np.isin(targets, (0, 1)).all() and (k == 1 or (targets.sum(axis=1) == 1).all())
            if not whole:
                raise ValueError('y holds something other than classes; for numbers there is task="regression"')
        return X, targets

    def trace(self, X: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """What goes into each layer and what it makes of it: ``(inputs, scores)``, two lists with an entry a layer.

        ``X`` is an array of floats, shape (n, inputs). ``inputs[i]`` is what layer i receives: X itself for the first,
        ``self.activate`` of the scores of the layer before for the others. ``scores[i]`` is ``inputs[i]`` times that
        layer's weights, plus its bias, before any activation. The last scores are not activated, so for L layers both
        lists have L entries. Neither X nor the network is changed.

        For weights [[[1.0]], [[2.0]]], biases [[-3.0], [5.0]] and relu, ``trace(np.array([[4.0], [1.0]]))`` is
        ``([[[4], [1]], [[1], [0]]], [[[1], [-2]], [[7], [5]]])``, with arrays in the lists.
        """
        inputs, scores = [], []
        for W, b in zip(self.weights, self.biases):
            inputs.append(self.activate(scores[-1]) if scores else X)
            scores.append(inputs[-1] @ W + b)
        return inputs, scores

    def forward(self, x: np.ndarray) -> np.ndarray:
        """The network's outputs for rows ``x``, (n, inputs): an array (n, outputs). For a single row: (outputs,)."""
        X = check_features(np.atleast_2d(x), columns=self.layer_sizes[0])
        outputs = self.output(self.trace(X)[1][-1])
        return outputs[0] if np.ndim(x) == 1 else outputs

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The most probable class of each row, shape (n,); in regression `forward`, (n,) if there is one output."""
        outputs = self.forward(X)
        if self.task == "regression":
            return outputs[:, 0] if outputs.shape[1] == 1 else outputs
        return outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0.5).astype(int)

    def score(self, X: np.ndarray, y: np.ndarray) -> float:
        """The share of rows whose class is predicted; in regression R squared (over all outputs together)."""
        X, targets = self.examples(X, y)
        if self.task == "regression":
            return r_squared(targets.ravel(), self.forward(X).ravel())
        right = targets.argmax(axis=1) if targets.shape[1] > 1 else targets[:, 0]
        return float(np.mean(self.predict(X) == right))

    def loss(self, x: np.ndarray, y: np.ndarray) -> float:
        """What training makes small: the mean cross-entropy over the rows, in nats; in regression the mean squared
        error over all rows and outputs."""
        X, targets = self.examples(x, y)
        scores = self.trace(X)[1][-1]
        if self.task == "regression":
            return float(np.mean((scores - targets) ** 2))
        if scores.shape[1] == 1:
            return float(np.mean(np.logaddexp(0, scores) - targets * scores))
        return float(-np.mean(np.sum(targets * log_softmax(scores), axis=1)))

    def output_slopes(self, scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """How fast the loss grows with each score of the last layer: the slopes at which the way back begins.

        ``scores`` and ``targets`` have shape (n, k), and so has the result; the targets are 0 or 1, or numbers in
        regression. The loss is the one number that ``self.loss`` tells for all n rows together:

        - classification (``self.task`` is "classification"): the mean over the n rows of the cross-entropy. Its slope
          for a score of one row is (probability - target) / n, with the probabilities that ``self.output`` makes of the
          scores; that holds for one output (sigmoid) and for several (softmax).
        - regression: the mean over all n times k squares (score - target)².

        In regression, scores [[2], [5]] and targets [[1], [7]] give [[1], [-2]]. In classification, scores [[0], [0]]
        and targets [[1], [0]] give [[-0.25], [0.25]].
        """
        if self.task == "regression":
            return 2 * (scores - targets) / scores.size
        return (self.output(scores) - targets) / len(scores)

    def backward(self, x: np.ndarray, y: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """How fast the loss grows with every weight and every bias: ``(weight_slopes, bias_slopes)``, two lists.

        ``self.examples(x, y)``, which is given, turns whatever was handed in into two tables, X and the targets.
        Entry i of ``weight_slopes`` has the shape of ``self.weights[i]`` and belongs to it, and so for the biases: both
        lists are in the order of the layers, first to last. The network itself is not changed.

        For regression with weights [[[1.0]], [[2.0]]], biases [[0.0], [0.0]] and relu, ``backward([[3.0]], [5.0])`` is
        ``([[[12]], [[6]]], [[4], [2]])``, with arrays in the lists.
        """
        X, targets = self.examples(x, y)
        inputs, scores = self.trace(X)
        slopes = self.output_slopes(scores[-1], targets)
        weight_slopes, bias_slopes = [], []
        for layer in reversed(range(len(self.weights))):
            back, to_weights, to_bias = layer_slopes(inputs[layer], self.weights[layer], slopes)
            weight_slopes.append(to_weights)
            bias_slopes.append(to_bias)
            if layer > 0:
                slopes = back * self.activation_slope(scores[layer - 1])
        return weight_slopes[::-1], bias_slopes[::-1]

    def train(self, X: np.ndarray, y: np.ndarray, epochs: int = 1000, learning_rate: float = 0.1) -> list[float]:
        """Gradient descent on all rows at once; returns the losses: before the first step, and after each one.

        Each of the ``epochs`` is one step: every weight and every bias moves by minus ``learning_rate`` times its
        slope, and all slopes are those of `backward` before anything has moved. ``self.weights`` and ``self.biases``
        hold the result (the arrays may be changed in place or replaced). Training goes on from the weights as they are,
        so a second call continues the first. X and y are as for `backward`, and stay as they were.

        The result is a list of ``epochs + 1`` numbers. Raises `ValueError`, with the learning rate in its message, if
        the loss after a step is infinite or NaN: then the rate was too large. (Until it is found out, NumPy may warn. A
        loss that is finite is never refused, however large.)

        For regression with weights [[[1.0]]] and bias [[0.0]], ``train([[2.0]], [5.0], epochs=1, learning_rate=0.1)``
        returns ``[9.0, 0.0]``, with the weight at 2.2 and the bias at 0.6.
        """
        losses = [self.loss(X, y)]
        for _ in range(epochs):
            weight_slopes, bias_slopes = self.backward(X, y)
            for W, slope in zip(self.weights, weight_slopes):
                W -= learning_rate * slope
            for b, slope in zip(self.biases, bias_slopes):
                b -= learning_rate * slope
            losses.append(self.loss(X, y))
            if not np.isfinite(losses[-1]):
                raise ValueError(f"the loss grew to {losses[-1]}: learning_rate={learning_rate} is too large here")
        return losses
