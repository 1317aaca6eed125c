"""What the checks of ``neural.neuron`` share: numbers, and slopes by complex steps."""

import numpy as np

SCRATCH = {"sklearn": "it is what you are building", "scipy": "NumPy is enough here"}
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
NAN = float("nan")


def array(rng, *shape):
    """Unsymmetric numbers with two decimals."""
    return rng.uniform(-2, 2, size=shape).round(2)


def eighths(rng, *shape):
    """Multiples of 1/8, which floats add and multiply without rounding."""
    return rng.integers(-24, 25, size=shape) / 8


SCORES = "X @ self.weights + self.bias"

NEURON = "neuron = Neuron(len(weights))\nneuron.weights, neuron.bias = np.array(weights), bias\n"


def complex_slopes(loss, values):
    """Exact slopes of a smooth function of an array: each entry in turn gets a tiny imaginary part."""
    values = np.asarray(values, dtype=float)
    slopes = np.zeros(values.shape)
    for place in np.ndindex(values.shape):
        moved = values.astype(complex)
        moved[place] += 1e-30j
        slopes[place] = loss(moved).imag / 1e-30
    return slopes


def output(X, weights, bias):
    return 1 / (1 + np.exp(-(X @ weights + bias)))


def stays(piece, call):
    piece.asks(
        f"{NEURON}{call}\n[neuron.weights, neuron.bias]",
        "the neuron stays as it was",
        cases=[dict(weights=[1.0, -3.0], bias=0.5, X=np.array([[3.0, 1.0]]), y=np.array([1.0]))],
        answer=lambda weights, bias: [np.array(weights), np.asarray(bias)],
    )
