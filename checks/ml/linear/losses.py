"""What must hold of ``binary_cross_entropy`` and ``cross_entropy``. Oracle: plain loops."""

import math

import numpy as np

from checks.language import Piece
from checks.ml.linear.shared import SCRATCH


def surprises(y_true, p):
    given = [a if t == 1 else 1 - a for t, a in zip(y_true.tolist(), p.tolist())]
    return math.inf if 0 in given else -sum(map(math.log, given)) / len(given)


def outcomes(rng):
    yield dict(y_true=np.array([1, 0]), p=np.array([0.5, 0.75]))
    yield dict(y_true=np.array([0]), p=np.array([0.99]))
    yield dict(y_true=np.array([1.0, 1.0, 0.0]), p=np.array([0.9, 0.4, 0.2]))
    for n in (3, 5, 11):
        yield dict(y_true=rng.integers(0, 2, n), p=rng.uniform(0.02, 0.98, n).round(3))


binary = Piece("ml.linear:binary_cross_entropy", forbid=SCRATCH)
binary.asks("binary_cross_entropy(y_true, p)", "the mean surprise, in nats", cases=outcomes, answer=surprises)
binary.asks(
    "loss = binary_cross_entropy(y_true, p)\ndict(nan=bool(np.isnan(loss)), infinite=bool(np.isinf(loss)))",
    "a certainty that came true doesn't make it NaN, one that did not makes it infinite",
    cases=[
        dict(y_true=np.array([1, 0]), p=np.array([1.0, 0.25])),
        dict(y_true=np.array([0, 1]), p=np.array([0.0, 0.5])),
        dict(y_true=np.array([1, 0]), p=np.array([0.5, 1.0])),
        dict(y_true=np.array([1, 1]), p=np.array([0.0, 1.0])),
        dict(y_true=np.array([0.0]), p=np.array([1.0])),
    ],
    answer=lambda y_true, p: dict(nan=False, infinite=surprises(y_true, p) == math.inf),
)
binary.asks(
    "binary_cross_entropy(y_true, p)",
    "a certainty that came true adds 0, and a tiny chance its full surprise",
    cases=[
        dict(y_true=np.array([1, 0, 1]), p=np.array([1.0, 0.0, 0.5])),
        dict(y_true=np.array([1, 1]), p=np.array([1e-200, 1e-180])),
    ],
    answer=surprises,
)
binary.asks(
    "binary_cross_entropy(y_true, p)",
    "shapes that differ are refused, and both are named",
    cases=[
        dict(y_true=np.array([1, 0, 1]), p=np.array([[0.5], [0.2], [0.9]])),
        dict(y_true=np.array([[1, 0, 1]]).T, p=np.array([0.5, 0.2, 0.9])),
    ],
    raises="ShapeError",
    mentions=("(3,)", "(3, 1)"),
)
binary.mistake(
    "0 times the logarithm of 0 is NaN: where the probability is exactly 0 or 1, the other term spoils it.",
    "float(-np.mean(np.log(chance)))",
    "float(-np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p)))",
)
binary.mistake("The surprises are added up; their mean is wanted.", "-np.mean(", "-np.sum(")
binary.mistake("This is the surprise at what did not happen: p is the chance of a 1.", "1, p, 1 - p", "1, 1 - p, p")
binary.mistake(
    "Clipping the probabilities hides the impossible: what had probability 0 and happened is infinitely surprising.",
    "np.log(chance)",
    "np.log(np.clip(chance, 1e-12, 1))",
)
binary.mistake(
    "This is the logarithm of the mean probability: take the logarithms first.", "mean(np.log", "log(np.mean"
)
binary.mistake(
    "Nothing compares the shapes: NumPy broadcasts column and row to a table.", "require_same_shape(y_true, p)", ""
)
binary.hint("First the shapes. Then: what probability was given to the thing that happened, in each row?")
binary.hint("`np.where(y_true == 1, a, b)` takes from a where a 1 happened, and from b elsewhere.")


def labelled(rng):
    yield dict(y_true=np.array([0, 2]), P=np.array([[0.5, 0.25, 0.25], [0.0, 0.9, 0.1]]))
    yield dict(y_true=np.array([[1, 0, 0], [0, 0, 1]]), P=np.array([[0.5, 0.25, 0.25], [0.0, 0.9, 0.1]]))
    yield dict(y_true=np.array([1]), P=np.array([[0.8, 0.2]]))
    for n, k in ((3, 3), (5, 2), (2, 5), (7, 3)):
        P = rng.dirichlet(np.ones(k), n).round(3) + 0.01
        P /= P.sum(axis=1, keepdims=True)
        labels = rng.integers(0, k, n)
        yield dict(y_true=labels, P=P)
        yield dict(y_true=np.eye(k)[labels], P=P)


def class_surprises(y_true, P):
    rows = [row.index(max(row)) for row in y_true.tolist()] if y_true.ndim == 2 else y_true.tolist()
    given = [row[label] for label, row in zip(rows, P.tolist())]
    return math.inf if 0 in given else -sum(map(math.log, given)) / len(given)


many = Piece("ml.linear:cross_entropy", forbid=SCRATCH)
many.asks(
    "cross_entropy(y_true, P)", "the mean surprise at the classes that happened", cases=labelled, answer=class_surprises
)
many.asks(
    "loss = cross_entropy(y_true, P)\ndict(nan=bool(np.isnan(loss)), infinite=bool(np.isinf(loss)))",
    "a probability of 0 matters only for the class that happened, and then makes it infinite",
    cases=[
        dict(y_true=np.array([1, 0]), P=np.array([[0.0, 1.0], [0.5, 0.5]])),
        dict(y_true=np.array([[0.0, 1.0], [1.0, 0.0]]), P=np.array([[0.0, 1.0], [0.5, 0.5]])),
        dict(y_true=np.array([0, 0]), P=np.array([[0.0, 1.0], [0.5, 0.5]])),
        dict(y_true=np.array([[1, 0], [1, 0]]), P=np.array([[0.0, 1.0], [0.5, 0.5]])),
    ],
    answer=lambda y_true, P: dict(nan=False, infinite=class_surprises(y_true, P) == math.inf),
)
for labels in ([1], [[0, 1]], [1, 0, 1, 1], [[0, 1], [1, 0], [0, 1], [0, 1]]):
    many.asks(
        "cross_entropy(y_true, P)",
        "another number of labels than rows is refused, and both shapes are named",
        cases=[dict(y_true=np.array(labels), P=np.array([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]]))],
        raises="ShapeError",
        mentions=(str(np.shape(labels)), "(3, 2)"),
    )
many.mistake(
    "0 times the logarithm of 0 is NaN: don't let the classes that did not happen into the logarithm.",
    "float(-np.mean(np.log(P[np.arange(len(P)), labels])))",
    "float(-np.mean(np.sum(np.eye(P.shape[1])[labels] * np.log(P), axis=1)))",
)
many.mistake("`P[:, labels]` takes the columns from every row: pair label and row.", "np.arange(len(P)), l", ":, l")
many.mistake("The surprises are added up; their mean is wanted.", "np.mean(", "np.sum(")
many.mistake("The mean runs over n times k places; average n surprises.", "(-np.mean(", "(-np.mean(1 / P.shape[1] * ")
many.mistake(
    "One-hot rows (two axes) are misread: find the place of the 1 along each row, and only then use it as a label.",
    "y_true if y_true.ndim == 1 else y_true.argmax(axis=1)",
    "y_true.astype(int)",
)
many.mistake(
    "Shape (n,) is fine beside (n, k): compare the numbers of rows.", "len(y_true) != len(P)", "y_true.shape != P.shape"
)
many.mistake("Nothing compares the numbers of rows: one label would serve for all.", "len(y_true) != len(P)", "False")
many.hint("`y_true.ndim` is the number of axes: 1 for ints, 2 for one-hot rows. `argmax(axis=1)` finds the 1 in each.")
many.hint("`P[rows, columns]` with two arrays of n ints takes n entries, one for each pair.")
