"""What must hold of ``Linear.backward`` and ``Sequential.backward``. Oracle: complex steps."""

import math

import numpy as np

from checks.language import Piece
from checks.neural.layers.shared import array, slopes

HAND = dict(W=np.array([[1.0, 2.0], [3.0, 4.0]]), b=np.zeros(2), x=np.array([[10.0, 20.0]]), dy=np.array([[1.0, -1.0]]))


def linear_cases(rng):
    yield HAND
    yield dict(W=np.array([[2.0]]), b=np.array([1.0]), x=np.array([[3.0]]), dy=np.array([[5.0]]))
    yield HAND | dict(x=np.array([[10.0, 20.0]] * 2), dy=np.array([[1.0, -1.0]] * 2))
    for n, n_in, n_out in ((3, 2, 2), (5, 3, 2), (2, 1, 4), (1, 4, 3)):
        yield dict(W=array(rng, n_in, n_out), b=array(rng, n_out), x=array(rng, n, n_in), dy=array(rng, n, n_out))


def affine(x, W, b):
    return x @ W + b


LINEAR = "layer = Linear(*W.shape)\nlayer.weight[...], layer.bias[...] = W, b\nlayer(x)\n"
linear = Piece("neural.layers:Linear.backward")
linear.asks(
    LINEAR + "layer.backward(dy)",
    "the slopes for the input are returned",
    cases=linear_cases,
    answer=lambda W, b, x, dy: slopes(affine, [x, W, b], dy)[0],
)
linear.asks(
    LINEAR + "layer.backward(dy)\nlayer.grads",
    "grads holds the slopes for the weights and for the bias, in this order",
    cases=linear_cases,
    answer=lambda W, b, x, dy: slopes(affine, [x, W, b], dy)[1:],
)
linear.asks(
    LINEAR + "layer.backward(dy)\nold = layer.grads\nlayer.backward(7 * dy)\nfor g in old:\n    g *= 0\n"
    "[*layer.grads, layer.weight, layer.bias, layer.x, dy]",
    "a second call makes a new list of new arrays, and everything else is as it was",
    cases=linear_cases,
    answer=lambda W, b, x, dy: [*(7 * g for g in slopes(affine, [x, W, b], dy)[1:]), W, b, x, dy],
)
GRADS = "[self.x.T @ dy, dy.sum(axis=0)]"
linear.mistake("You averaged over the rows: the slopes add up.", GRADS, f"[g / len(dy) for g in {GRADS}]")
linear.mistake("The weights are to be transposed on the way back.", "dy @ self.weight.T", "dy @ self.weight")
piled = f"[g + k for g, k in zip(self.grads, {GRADS})]"
linear.mistake("The slopes pile up from call to call: each call starts grads anew.", GRADS, piled)
linear.mistake("The weights' slopes came out transposed: look at their shape.", "self.x.T @ dy", "dy.T @ self.x")
linear.mistake("In grads the weights come before the bias, as in params.", GRADS, GRADS + "[::-1]")
linear.hint("Look at the shapes: which product of x (n, n_in) and dy (n, n_out) has shape (n_in, n_out)?")
linear.hint("The bias was added to every row, so its slope is the sum of dy down the rows: `axis=0`.")


def factors(rng):
    yield dict(factors=[2.0], dy=np.array([1.0, -2.0]))
    yield dict(factors=[2.0, 3.0, 5.0], dy=np.array([1.0, -2.0]))
    yield dict(factors=[], dy=np.array([1.0, -2.0]))
    yield dict(factors=array(rng, 7).tolist(), dy=array(rng, 3, 2))


sequential = Piece("neural.layers:Sequential.backward")
sequential.asks(
    """
    class Times(Layer):
        def __init__(self, factor):
            self.factor, self.handed = factor, []

        def backward(self, dy):
            self.handed.append(dy)
            return self.factor * dy

    layers = [Times(factor) for factor in factors]
    model = Sequential(*layers)
    dx = model.backward(dy)
    [dx, [layer.handed for layer in layers], model.layers == layers]
    """,
    "what comes back; what each layer was handed, if they multiply by these factors; the same layers afterwards",
    cases=factors,
    answer=lambda factors, dy: [
        math.prod(factors) * dy,
        [[math.prod(factors[i + 1 :]) * dy] for i in range(len(factors))],
        True,
    ],
)
sequential.mistake("The slopes go backwards: the last layer comes first.", "reversed(self.layers)", "self.layers")
sequential.mistake(
    "Every layer got the slopes of the model's output; hand on what the layer after it returned.",
    "for layer in reversed(self.layers):\n        dy = layer.backward(dy)\n    return dy",
    "given = dy\n    for layer in reversed(self.layers):\n        dy = layer.backward(given)\n    return dy",
)
sequential.mistake(
    "`.reverse()` turns the model's own list round, and its next forward pass runs backwards.",
    "for layer in reversed(self.layers):",
    "self.layers.reverse()\n    for layer in self.layers:",
)
sequential.mistake("On the way back it is each layer's backward that is called.", "layer.backward(dy)", "layer(dy)")
sequential.mistake("The return stands inside the loop.", "    return dy", "        return dy\n    return dy")
sequential.hint("`reversed(items)` walks over a list from its end and leaves the list alone.")
sequential.hint("The same loop as in forward, with what goes through it going the other way.")
