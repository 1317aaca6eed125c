"""What the checks of ``neural.network`` share: a network by plain loops, for the oracles."""

import math

import numpy as np
from scipy import special

LOOSE = dict(rtol=1e-6, atol=1e-8)  # for slopes that the oracle measures
SCRATCH = {"sklearn": "it is what you are building", "scipy": "NumPy and your own pieces are enough here"}


def array(rng, *shape):
    return rng.uniform(-2, 2, size=shape).round(2)


CURVES = {
    "relu": lambda t: max(t, 0.0),
    "leaky_relu": lambda t: t if t > 0 else 0.01 * t,
    "gelu": lambda t: t * float(special.ndtr(t)),
    "tanh": math.tanh,
    "sigmoid": lambda t: 1 / (1 + math.exp(-t)),
    "identity": lambda t: t,
}


def followed(x, weights, biases, activation):
    """Inputs and scores of every layer for the rows x, one neuron at a time."""
    inputs, scores, rows = [], [], [list(row) for row in np.asarray(x, dtype=float)]
    for W, b in zip(weights, biases):
        inputs.append(np.array(rows))
        made = [[sum(p * q for p, q in zip(row, W[:, j])) + b[j] for j in range(len(b))] for row in rows]
        scores.append(np.array(made))
        rows = [[CURVES[activation](s) for s in row] for row in made]
    return inputs, scores


def told(scores, task):
    if task == "regression":
        return scores
    return special.expit(scores) if scores.shape[1] == 1 else special.softmax(scores, axis=1)


def loss_of(scores, targets, task):
    """The loss of scores for 0/1 or numeric targets of the same shape."""
    if task == "regression":
        return float(np.mean((scores - targets) ** 2))
    P = told(scores, task)
    surprise = -(special.xlogy(targets, P) + (special.xlogy(1 - targets, 1 - P) if P.shape[1] == 1 else 0))
    return float(surprise.sum() / len(P))


def table(y, k):
    """Targets as a table of k columns."""
    y = np.asarray(y)
    return np.eye(k)[y] if y.ndim == 1 and k > 1 else y.reshape(len(y), k).astype(float)


def measured(x, y, weights, biases, activation, task, h=1e-5):
    """The loss's slopes for all weights and biases, by central differences."""
    targets, params = table(y, len(biases[-1])), [p.astype(float).copy() for p in (*weights, *biases)]

    def loss():
        parts = params[: len(weights)], params[len(weights) :]
        return loss_of(followed(x, *parts, activation)[1][-1], targets, task)

    slopes = []
    for p in params:
        slopes.append(np.zeros(p.shape))
        for at in np.ndindex(p.shape):
            was = p[at]
            p[at] = was + h
            ahead = loss()
            p[at] = was - h
            slopes[-1][at] = (ahead - loss()) / (2 * h)
            p[at] = was
    slopes = [s.round(9) + 0.0 for s in slopes]  # without the last digits, which come from the measuring
    return [slopes[: len(weights)], slopes[len(weights) :]]


def parameters(rng, sizes):
    pairs = list(zip(sizes, sizes[1:]))
    return dict(weights=[array(rng, n, m) for n, m in pairs], biases=[array(rng, m) for _, m in pairs])


def network_case(x, weights, biases, activation="relu", task="regression"):
    parts = dict(weights=[np.array(W, dtype=float) for W in weights], biases=[np.array(b, dtype=float) for b in biases])
    return dict(x=np.array(x, dtype=float), **parts, activation=activation, task=task)


SMALL = network_case([[4], [1]], [[[1]], [[2]]], [[-3], [5]])
HAND = network_case([[1, 2], [2, -1]], [[[1, 0, -1], [1, -1, 1]], [[1], [2], [-1]]], [[0, 1, 0], [0]])
ONE_LAYER = network_case(
    [[1, -2, 0.5], [2, 1, -1]], [[[1, 0.5], [0.25, -1], [-2, 0.75]]], [[0.5, -0.25]], task="classification"
)
FRESH = dict(HAND, biases=[np.zeros(3), np.zeros(1)])


def networks(rng):
    """Networks with rows to run through them; no score lies near a kink."""
    yield SMALL
    yield HAND
    yield ONE_LAYER
    yield FRESH
    yield dict(HAND, activation="identity")
    for sizes, n, activation, task in (
        ([2, 3, 2], 3, "tanh", "classification"),
        ([3, 2, 3, 1], 4, "relu", "classification"),
        ([1, 2, 2], 1, "leaky_relu", "regression"),
        ([2, 2, 1, 2, 2], 2, "sigmoid", "regression"),
        ([2, 3, 3], 5, "gelu", "classification"),
    ):
        while True:
            case = dict(x=array(rng, n, sizes[0]), **parameters(rng, sizes), activation=activation, task=task)
            scores = followed(case["x"], case["weights"], case["biases"], activation)[1]
            if min(np.abs(s).min() for s in scores) > 1e-3:
                break
        yield case


MADE = """
sizes = [len(weights[0])] + [len(b) for b in biases]
network = NeuralNetwork(sizes, activation, task)
network.weights, network.biases = list(weights), list(biases)
"""
