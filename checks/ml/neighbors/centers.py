"""What must hold of ``assign_to_nearest`` and ``move_centers``. Oracles: exact fractions, plain loops."""

import math

import numpy as np

from checks.language import Piece
from checks.ml.neighbors.shared import OWN, array, nearest_vote


def customers(rng):
    yield dict(X=np.array([[1.0], [2.0], [9.0]]), centers=np.array([[0.0], [8.0]]))
    yield dict(X=np.array([[5.0]]), centers=np.array([[5.0]]))
    yield dict(X=np.array([[1.0, 0.0], [5.0, 0.0]]), centers=np.array([[4.0, 0.0], [0.0, 0.0], [9.0, 9.0]]))
    yield dict(X=np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 3.0]]), centers=np.array([[3.0, 4.0], [-6.0, 0.0]]))
    yield dict(X=np.array([[-1.0], [0.5], [2.0], [3.5]]), centers=np.array([[3.0], [0.0]]))
    for n, k, d in ((4, 3, 2), (9, 2, 3), (2, 6, 1), (3, 3, 2)):
        yield dict(X=array(rng, n, d), centers=array(rng, k, d))


assign = Piece("ml.neighbors:assign_to_nearest", forbid=OWN)
assign.asks(
    "assign_to_nearest(X, centers)",
    "the number of the nearest center, for each row",
    cases=customers,
    answer=lambda X, centers: nearest_vote(centers, range(len(centers)), 1, X),
)
assign.asks(
    "assign_to_nearest(X, centers)",
    "of two that are equally near, the one with the lower number",
    cases=[
        dict(X=np.array([[2.0], [3.0], [0.0]]), centers=np.array([[3.0], [1.0]])),
        dict(X=np.array([[0.0, 0.0], [1.0, 1.0]]), centers=np.array([[9.0, 9.0], [3.0, 4.0], [-5.0, 0.0], [3.0, 4.0]])),
    ],
    answer=lambda X, centers: nearest_vote(centers, range(len(centers)), 1, X),
)
assign.asks(
    "labels = assign_to_nearest(X, centers)\n[labels.dtype.kind in 'iu', labels.shape]",
    "whole numbers, of shape (n,)",
    cases=lambda rng: [dict(X=array(rng, 5, 2), centers=array(rng, 3, 2))],
    answer=lambda X: [True, (len(X),)],
)
assign.mistake("These are the farthest centers.", "np.argmin", "np.argmax")
assign.mistake(
    "These are the smallest distances; the number of the center is wanted.",
    "np.argmin(pairwise_distances(X, centers), axis=1)",
    "pairwise_distances(X, centers).min(axis=1)",
)
assign.mistake(
    "For each center you looked for its nearest row; for each row its nearest center is wanted.",
    "np.argmin(pairwise_distances(X, centers), axis=1)",
    "np.argmin(pairwise_distances(X, centers), axis=0)",
)
assign.mistake(
    "Where two centers are equally near you take the one with the higher number.",
    "np.argmin(pairwise_distances(X, centers), axis=1)",
    "len(centers) - 1 - np.argmin(pairwise_distances(X, centers)[:, ::-1], axis=1)",
)
assign.hint("All distances first. Then, along each row, the position of the smallest.")
assign.hint("Without `axis=1`, np.argmin looks for the one smallest entry of the whole table; each row has one.")


def groups(rng):
    yield dict(X=np.array([[1.0], [2.0], [9.0]]), labels=np.array([0, 0, 1]), centers=np.array([[0.0], [8.0]]))
    yield dict(X=np.array([[1.0, 5.0]]), labels=np.array([0]), centers=np.array([[1.0, 5.0]]))
    yield dict(
        X=np.array([[0.0, 0.0], [4.0, 2.0]]), labels=np.array([0, 1]), centers=np.array([[1.0, 1.0], [3.0, 3.0]])
    )
    for n, k, d in ((5, 2, 3), (8, 3, 2), (11, 4, 1)):
        labels = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
        yield dict(X=array(rng, n, d), labels=rng.permutation(labels), centers=array(rng, k, d))


def left_alone(rng):
    yield dict(X=np.array([[1.0], [2.0], [9.0]]), labels=np.array([0, 0, 2]), centers=np.array([[0.0], [7.0], [8.0]]))
    yield dict(X=array(rng, 4, 2), labels=np.array([1, 1, 1, 1]), centers=array(rng, 3, 2))
    yield dict(X=array(rng, 3, 2), labels=np.array([3, 0, 3]), centers=array(rng, 4, 2))


def means_of_groups(X, labels, centers):
    result = [list(map(float, center)) for center in centers]
    for j in set(labels.tolist()):
        rows = [row for row, label in zip(X.tolist(), labels.tolist()) if label == j]
        result[j] = [math.fsum(column) / len(rows) for column in zip(*rows)]
    return np.array(result)


move = Piece("ml.neighbors:move_centers", forbid=OWN)
move.asks(
    "move_centers(X, labels, centers)", "each center at the mean of its rows", cases=groups, answer=means_of_groups
)
move.asks("move_centers(X, labels, centers)", "a center without rows stays", cases=left_alone, answer=means_of_groups)
move.asks(
    "move_centers(X, labels, centers)",
    "centers of whole numbers move to where the means are, not to whole numbers",
    cases=[
        dict(X=np.array([[1], [2], [9]]), labels=np.array([0, 0, 2]), centers=np.array([[0], [7], [8]])),
        dict(X=np.array([[1.5, 0.0], [2.0, 1.0]]), labels=np.array([1, 1]), centers=np.array([[0, 0], [7, 7]])),
    ],
    answer=means_of_groups,
)
move.asks(
    "(move_centers(X, labels, centers) != centers).any(axis=1)",
    "which of the centers have moved: those with rows",
    cases=left_alone,
    answer=lambda X, labels, centers: np.array([j in labels for j in range(len(centers))]),
)
move.asks(
    "moved = move_centers(X, labels, centers)\nmoved += 1000\ncenters",
    "the result is a new array: changing it leaves the centers alone",
    cases=left_alone,
    answer=lambda centers: centers,
)
MOVE = "moved[j] = members.mean(axis=0)"
COPY = "moved = np.array(centers, dtype=float)"
move.mistake(
    "The mean of no rows is NaN: a center without rows stays where it is.",
    "if len(members) > 0:",
    "with np.errstate(all='ignore'):",
)
move.mistake("A center without rows went to 0; it is to stay.", COPY, "moved = np.zeros(np.shape(centers))")
move.mistake("You changed the centers that were handed in: work on a copy.", COPY, "moved = centers")
move.mistake(
    "Numbers written into an array of whole numbers lose their fractions: make the copy one of floats.",
    COPY,
    "moved = np.array(centers)",
)
move.mistake(
    "Each center moved halfway; it goes all the way to the mean.",
    MOVE,
    "moved[j] = (moved[j] + members.mean(axis=0)) / 2",
)
move.mistake("One mean for all columns together: the mean of each column is wanted.", MOVE, "moved[j] = members.mean()")
move.mistake(
    "You took the mean of each row; the mean of each column is wanted.", MOVE, "moved[j] = members.mean(axis=1)"
)
move.mistake("This is the mean of all rows; only the center's own rows count.", MOVE, "moved[j] = X.mean(axis=0)")
move.mistake(
    "Rows of zeros are rows too: ask how many members there are, not whether one of them has an entry other than 0.",
    "len(members) > 0",
    "members.any()",
)
move.mistake(
    "Centers without rows are missing from the result: it has a row for each center.",
    """
    labels = np.asarray(labels)
    return np.array([X[labels == j].mean(axis=0) for j in np.unique(labels)])
    """,
)
move.mistake(
    "The last center is never moved: they are numbered from 0 to k - 1.", "range(len(moved))", "range(len(moved) - 1)"
)
move.hint("`labels == j` is an array of True and False, and `X[labels == j]` takes the rows where it is True.")
move.hint("Begin with a copy of the centers as floats, and overwrite the rows of those that have members.")
