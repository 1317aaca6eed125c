"""One neuron: the perceptron with its learning rule, and the sigmoid neuron with gradients worked out by hand.

Shapes throughout: n rows, d inputs. A *score* is the weighted sum before the activation, ``X @ weights + bias``, one
number for each row: shape (n,). Wherever it is said that a neuron fires, its score is greater than 0.

Sources: Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the brain"
(1958); Novikoff, "On convergence proofs on perceptrons" (1962); Minsky, Papert, *Perceptrons* (1969); Goodfellow,
Bengio, Courville, *Deep Learning*, section 6.1.
"""

from __future__ import annotations

import numpy as np

from course_lib.ml.linear import mse_loss, sigmoid
from course_lib.ml.validation import check_features, check_features_and_target, check_fitted


def step(z: np.ndarray) -> np.ndarray:
    """The step function, entry by entry: 1 where ``z`` is greater than 0, else 0.

    ``z`` is an array of any shape, or a single number; the result has its shape (for one number, it is a number or an
    array of shape ()). It holds numbers, not booleans: ``step(np.array([-2.0, 0.0, 0.5]))`` is ``[0, 0, 1]``.
    """
    return np.where(z > 0, 1, 0)


def perceptron_update(
    weights: np.ndarray, bias: float, x: np.ndarray, target: int, learning_rate: float = 1.0
) -> tuple[np.ndarray, float]:
    """Show one row to a perceptron; returns its weights (an array) and bias afterwards, a tuple ``(weights, bias)``.

    ``weights`` and ``x`` are arrays of d floats; ``target`` is 0 or 1. The prediction for the row is the `step` of its
    score, ``x @ weights + bias``. If it is right, nothing changes. If the target is 1 and the prediction 0, the row
    times ``learning_rate`` is added to the weights, and ``learning_rate`` to the bias; in the opposite case both are
    taken away. The arrays that were handed in stay as they were.

    With weights [1, -2] and bias 0, the row [3, 1] has the score 1, so the prediction 1. If the target is 0, the result
    is ``(array([-2., -3.]), -1.0)``; if it is 1, it is ``(array([1., -2.]), 0.0)``.
    """
    error = target - step(x @ weights + bias)
    return weights + learning_rate * error * x, float(bias + learning_rate * error)


class Perceptron:
    """A neuron with the step function, for two classes 0 and 1.

    Parameters
    ----------
    learning_rate: what `perceptron_update` multiplies the rows by.

    Attributes
    ----------
    weights: array of shape (d,); None before `fit`.
    bias: a number; None before `fit`.
    mistakes_: how many rows were predicted wrongly in each pass of `fit`, a list.
    converged_: whether the last pass of `fit` was without mistakes.
    """

    def __init__(self, learning_rate: float = 1.0):
        if not learning_rate > 0:
            raise ValueError(f"learning_rate must be positive, got {learning_rate}")
        self.learning_rate = learning_rate
        self.weights = self.bias = None

    def begin(self, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Refuse bad data, set the weights and the bias to zeros; returns X as floats, and y."""
        X, y = check_features_and_target(X, y)
        if set(np.unique(y).tolist()) != {0, 1}:
            raise ValueError(f"y must hold the two classes 0 and 1, but holds {np.unique(y).tolist()}")
        self.weights, self.bias = np.zeros(X.shape[1]), 0.0
        return X, y.astype(int)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The class of each row, an array of n numbers, 0 or 1: the `step` of the row's score.

        Bad input is refused by the two functions that this module has imported for it: `check_fitted` for a model whose
        ``weights`` are still None, then `check_features` (told how many columns there have to be) for a table that
        isn't one. The latter also makes an array of X, should it come as a list of rows.

        With weights [1, -2] and bias 0, ``predict([[3, 1], [2, 1]])`` is ``[1, 0]``.
        """
        check_fitted(self, "weights")
        X = check_features(X, columns=len(self.weights))
        return step(X @ self.weights + self.bias)

    def fit(self, X: np.ndarray, y: np.ndarray, epochs: int = 1000) -> Perceptron:
        """Learn from features X, shape (n, d), and classes y, shape (n,), each 0 or 1; returns the model itself.

        The method `begin` comes first: it refuses bad data, sets ``weights`` and ``bias`` to zeros, so that every fit
        starts afresh, and returns the features and the classes to go on with. Then follow passes over the data. A pass
        shows each row once, in the given order, with `perceptron_update` and the model's ``learning_rate``; each row
        is met by the weights that the row before it left behind. A pass in which no row was predicted wrongly is the
        last one; if there is none, the fit ends after ``epochs`` passes (one or more).

        Afterwards ``weights`` and ``bias`` are those of the end; ``mistakes_`` is a list with the number of wrong
        predictions of each pass, the last one included (what counts is the prediction at the moment when the row was
        shown); ``converged_`` is True if the last pass was without mistakes, else False.

        For X = [[0], [2]] and y = [0, 1], the weights are [2], the bias is 0, and ``mistakes_`` is [1, 1, 0].
        """
        X, y = self.begin(X, y)
        self.mistakes_ = []
        for _ in range(epochs):
            wrong = 0
            for x, target in zip(X, y):
                wrong += int(step(x @ self.weights + self.bias) != target)
                self.weights, self.bias = perceptron_update(self.weights, self.bias, x, target, self.learning_rate)
            self.mistakes_.append(wrong)
            if wrong == 0:
                break
        self.converged_ = wrong == 0
        return self

    def score(self, X: np.ndarray, y: np.ndarray) -> float:
        """Share of the rows whose class is predicted."""
        X, y = check_features_and_target(X, y)
        return float(np.mean(self.predict(X) == y))


def two_layer_step(X: np.ndarray, W: np.ndarray, b: np.ndarray, w: np.ndarray, c: float) -> np.ndarray:
    """What two layers of step neurons say about the rows of X: shape (n, d) in, (n,) out.

    Column j of W, shape (d, h), holds the weights of hidden neuron j, and entry j of b, shape (h,), its bias; the
    output neuron has the weights w, shape (h,), and the bias c.
    """
    hidden = step(np.asarray(X) @ np.asarray(W) + np.asarray(b))  # shape (n, h)
    return step(hidden @ np.asarray(w) + c)


def xor_by_hand() -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Weights and biases, chosen by hand, with which two hidden neurons and an output neuron compute XOR.

    The result is a tuple ``(W, b, w, c)`` as `two_layer_step` takes it, of arrays (or lists) and one number: W of shape
    (2, 2), whose column j holds the weights of hidden neuron j; b of shape (2,); w of shape (2,); c. With them the
    rows (0, 0), (0, 1), (1, 0), (1, 1) give 0, 1, 1, 0. There are many such choices; any of them is right.
    """
    W = np.ones((2, 2))  # both hidden neurons add up the inputs
    b = np.array([-0.5, -1.5])  # or: one of them is enough; and: it takes both
    w = np.array([1.0, -1.0])  # or, but not and
    return W, b, w, -0.5


class Neuron:
    """A neuron with a sigmoid: its output is a number between 0 and 1. The loss is the mean squared error.

    Parameters
    ----------
    n_inputs: the number of inputs, d.
    rng: the generator that draws the first weights from the standard normal distribution; left out, they are zeros.

    Attributes
    ----------
    weights, bias: an array of d floats, and a number; also called ``w`` and ``b``.
    loss_history_: the losses of the last `train`; None before.
    """

    def __init__(self, n_inputs: int, rng: np.random.Generator | None = None):
        self.weights = np.zeros(n_inputs) if rng is None else rng.normal(size=n_inputs)
        self.bias = 0.0
        self.loss_history_ = None

    @property
    def w(self) -> np.ndarray:
        return self.weights

    @property
    def b(self) -> float:
        return self.bias

    def parameters(self) -> list:
        """The weights and the bias."""
        return [self.weights, self.bias]

    def __call__(self, X: np.ndarray) -> np.ndarray:
        return self.forward(X)

    def forward(self, X: np.ndarray) -> np.ndarray:
        """The neuron's output for each row: the `sigmoid` of its score.

        X has shape (n, d), and the result shape (n,); or X is a single row of shape (d,), and the result is a number
        (or an array of shape ()). With weights [0.8, 0.3] and bias -2, the row [3.5, 45] gives about 0.9999994.
        """
        return sigmoid(X @ self.weights + self.bias)

    def backward(self, X: np.ndarray, upstream: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
        """The slopes of a loss, from its slopes for the outputs: ``(weight_slopes, bias_slope, input_slopes)``.

        X has shape (n, d). ``upstream``, shape (n,), says for each row how fast the loss changes with the neuron's
        output for that row. The result says how fast the loss changes with each weight, an array of shape (d,); with
        the bias, a number; and with each entry of X, an array of shape (n, d). Whatever the loss is, a mean or a
        sum, is in ``upstream`` already: nothing is divided by n here. The neuron and the arrays stay as they were.

        With weights [1, -3] and bias 0, the row [3, 1] has the score 0 and the output 1/2. For X = [[3, 1]] and
        ``upstream`` = [-1] the slopes are ``([-0.75, -0.25], -0.25, [[-0.25, 0.75]])``.
        """
        outputs = self.forward(X)
        score_slopes = upstream * outputs * (1 - outputs)
        return X.T @ score_slopes, score_slopes.sum(), np.outer(score_slopes, self.weights)

    def loss(self, X: np.ndarray, y: np.ndarray) -> float:
        """The mean squared error of the outputs for X, shape (n, d), given the targets y, shape (n,)."""
        return mse_loss(y, self.forward(X))

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
        """How fast the `loss` on X, shape (n, d), and y, shape (n,), changes with each weight and with the bias.

        The result is a tuple of an array of shape (d,) and a number, and the neuron stays as it was. The loss is the
        mean over the rows of (output - target) squared; what its slope for each output is has to be worked out, and
        `backward` does the rest.

        With zeros for weights and bias, X = [[2, 3]] and y = [1], the result is ``([-0.5, -0.75], -0.25)``.
        """
        upstream = 2 * (self.forward(X) - y) / len(y)
        weight_slopes, bias_slope, _ = self.backward(X, upstream)
        return weight_slopes, bias_slope

    def train(self, X: np.ndarray, y: np.ndarray, epochs: int = 1000, learning_rate: float = 1.0) -> Neuron:
        """Gradient descent on the `loss`; returns the neuron itself.

        First `check_features_and_target` refuses bad data; it returns X, shape (n, d), and y, shape (n,), as arrays to
        go on with. Each epoch is one step: weights and bias move by minus ``learning_rate`` times their slopes from
        `gradients`, which are all taken before anything moves. Training goes on from the weights and bias that the
        neuron has. Afterwards ``loss_history_`` is an array of ``epochs + 1`` numbers: the loss before the first step,
        and after each one.

        With zeros for weights and bias, X = [[2, 3]], y = [1], one epoch and learning rate 1, the weights become
        [0.5, 0.75] and the bias 0.25; the losses are 0.25 and about 0.00086.
        """
        X, y = check_features_and_target(X, y)
        losses = [self.loss(X, y)]
        for _ in range(epochs):
            weight_slopes, bias_slope = self.gradients(X, y)
            self.weights = self.weights - learning_rate * weight_slopes
            self.bias = self.bias - learning_rate * bias_slope
            losses.append(self.loss(X, y))
        self.loss_history_ = np.array(losses)
        return self
