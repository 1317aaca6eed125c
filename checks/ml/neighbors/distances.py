"""What must hold of ``pairwise_distances``. Oracle: ``math.dist``."""

import math

import numpy as np

from checks.language import Piece
from checks.ml.neighbors.shared import OWN, array


def two_tables(rng):
    yield dict(A=np.array([[0.0, 0.0], [3.0, 0.0]]), B=np.array([[3.0, 4.0]]))
    yield dict(A=np.array([[2.0]]), B=np.array([[5.0]]))
    yield dict(A=np.array([[1.0, 1.0], [4.0, 5.0]]), B=np.array([[4.0, 5.0], [1.0, 1.0]]))
    yield dict(A=np.array([[1.0], [4.0], [-2.0]]), B=np.array([[0.0], [4.0]]))
    yield dict(A=np.array([[0.0, 0.0, 0.0]]), B=np.array([[0.0, 0.0, 0.0], [1.0, 2.0, -2.0]]))
    for n, m, d in ((2, 3, 5), (5, 3, 3), (3, 3, 2), (1, 7, 2)):
        yield dict(A=array(rng, n, d), B=array(rng, m, d))


def whole(rng):
    yield dict(A=np.array([[3, 0]]), B=np.array([[5, 0], [6, 4]]))
    yield dict(A=np.array([[3, 0]], np.uint8), B=np.array([[5, 0], [3, 2]], np.uint8))
    yield dict(A=np.array([[0, 255], [7, 9]], np.uint8), B=np.array([[200, 0]], np.uint8))
    yield dict(A=rng.integers(0, 256, (3, 4), np.uint8), B=rng.integers(0, 256, (2, 4), np.uint8))


def far(rng):
    yield dict(A=np.array([[1e8, 0.0]]), B=np.array([[1e8 + 3.0, 4.0], [1e8, 0.0]]))
    yield dict(A=1e9 + rng.integers(0, 50, (3, 2)).astype(float), B=1e9 + rng.integers(50, 99, (2, 2)).astype(float))


def one_by_one(A, B):
    return np.array([[math.dist(a, b) for b in B.tolist()] for a in A.tolist()])


pairs = Piece("ml.neighbors:pairwise_distances", forbid=OWN)
pairs.asks(
    "pairwise_distances(A, B)",
    "entry [i, j] is the distance of A[i] and B[j]",
    cases=two_tables,
    answer=one_by_one,
    atol=1e-7,
)
pairs.asks(
    "pairwise_distances(A, B)", "whole numbers and bytes count as the numbers they are", cases=whole, answer=one_by_one
)
pairs.asks("pairwise_distances(A, B)", "points close together but far from 0", cases=far, answer=one_by_one)
pairs.asks(
    "pairwise_distances(A, B)",
    "different numbers of columns are refused, and both named",
    cases=[
        dict(A=np.ones((2, 3)), B=np.ones((4, 1))),
        dict(A=np.ones((2, 1)), B=np.ones((5, 3))),
    ],
    raises="ShapeError",
    mentions=("3", "1"),
)
pairs.mistake("The axis of the columns is to vanish, and that is the last one.", "sum(axis=2)", "sum(axis=1)")
pairs.mistake(
    "These are the squared distances: take the root.",
    "np.sqrt((differences**2).sum(axis=2))",
    "(differences**2).sum(axis=2)",
)
pairs.mistake(
    "You added the differences without their sign, as one walks through city blocks; add their squares, and take the "
    "root.",
    "np.sqrt((differences**2).sum(axis=2))",
    "np.abs(differences).sum(axis=2)",
)
pairs.mistake(
    "Rows and columns have changed places: row i of the result belongs to A[i].",
    "A[:, None, :] - B",
    "B[:, None, :] - A",
)
pairs.mistake(
    "In unsigned bytes 3 - 5 is 254: make floats of both arrays before you subtract.",
    "A, B = np.asarray(A, dtype=float), np.asarray(B, dtype=float)",
    "A, B = np.asarray(A), np.asarray(B)",
)
pairs.mistake(
    "A table with a single column was stretched by broadcasting without a word: compare the numbers of columns first.",
    """
    A, B = np.asarray(A, dtype=float), np.asarray(B, dtype=float)
    return np.sqrt(((A[:, None, :] - B) ** 2).sum(axis=2))
    """,
)
pairs.mistake(
    "Right on paper, but huge squares that nearly cancel lose their digits: subtract the points before you square.",
    """
    A, B = np.asarray(A, dtype=float), np.asarray(B, dtype=float)
    if A.shape[1] != B.shape[1]:
        raise ShapeError(f"rows of {A.shape[1]} and of {B.shape[1]} columns have no distance")
    squares = (A**2).sum(axis=1)[:, None] - 2 * A @ B.T + (B**2).sum(axis=1)
    return np.sqrt(np.maximum(squares, 0))
    """,
)
pairs.hint("Give each index of the result an axis of its own: rows of A on axis 0, rows of B on axis 1, columns last.")
pairs.hint("`A[:, None, :]` has shape (n, 1, d). What shape has it minus B? Which axis must then vanish?")
