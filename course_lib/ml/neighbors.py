"""Learning from neighbours: a classifier that remembers its examples, and grouping by the nearest of a few centers.

Shapes throughout: n or m rows (examples), d columns (features), k neighbours or centers.

Sources: Cover and Hart, "Nearest Neighbor Pattern Classification", 1967; Lloyd, "Least Squares Quantization in PCM",
1982; Bishop, *Pattern Recognition and Machine Learning*, sections 2.5.2 and 9.1.
"""

from __future__ import annotations

import numpy as np

from course_lib.foundations.matrix import ShapeError
from course_lib.ml.validation import check_features, check_features_and_target, check_fitted


def majority_vote(labels):
    """The label that occurs most often in a list or an array of at least one label.

    ``majority_vote([1, 0, 1])`` is ``1``. If several are equally frequent, the smallest of them wins (of strings, the
    one that comes first in the alphabet): ``majority_vote([5, 3, 3, 5])`` is ``3``. Labels are whole numbers, negative
    ones too, or strings.
    """
    values, counts = np.unique(labels, return_counts=True)
    return values[np.argmax(counts)]


def pairwise_distances(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """The distance of every row of A from every row of B, as floats: (n, d) and (m, d) -> (n, m).

    Entry [i, j] is the straight-line distance of ``A[i]`` and ``B[j]``: the root of the sum of their squared
    differences. For A = [[0, 0], [3, 0]] and B = [[3, 4]] the result is ``array([[5.], [4.]])``.

    The entries of A and B may be floats or whole numbers, also the unsigned bytes (``uint8``) that images are made of;
    in those, 3 - 5 is 254, so turn both arrays into floats first. Subtract before you square, so that points which are
    close together but far from 0 keep their digits. Raises `ShapeError`, with both numbers of columns in its message,
    if A and B differ in their columns.
    """
    A, B = np.asarray(A, dtype=float), np.asarray(B, dtype=float)
    if A.shape[1] != B.shape[1]:
        raise ShapeError(f"rows of {A.shape[1]} and of {B.shape[1]} columns have no distance")
    differences = A[:, None, :] - B
    return np.sqrt((differences**2).sum(axis=2))


class KNeighborsClassifier:
    """Answers with the majority of the ``k`` nearest examples.

    After `fit`: ``X_``, the examples, shape (n, d); ``y_``, their labels, shape (n,); ``classes_``, the labels there
    are, sorted.
    """

    def __init__(self, k: int = 5):
        self.k = k

    def fit(self, X, y) -> KNeighborsClassifier:
        """Remember the examples X, shape (n, d), and their labels y, shape (n,); returns self.

        Raises `ValueError` if X and y are no such arrays, or if ``k`` is not between 1 and n.
        """
        X, y = check_features_and_target(X, y)
        if not 1 <= self.k <= len(X):
            raise ValueError(f"k must lie between 1 and the number of examples, {len(X)}, but it is {self.k}")
        self.X_, self.y_, self.classes_ = X.copy(), y.copy(), np.unique(y)
        return self

    def predict(self, X) -> np.ndarray:
        """For each row of X, shape (m, d), the majority of the labels of its ``k`` nearest examples: an array (m,).

        A vote that ends in a tie goes to the smallest label, as in `majority_vote`. Of examples at the same distance
        the one that comes first in ``X_`` counts as nearer. With ``k = 1``, X_ = [[1], [6]] and y_ = ["a", "b"],
        ``predict([[2], [9]])`` is ``array(["a", "b"])``. The labels come back as they are, strings as strings, and
        the examples stay as they are.

        Raises `NotFittedError` before `fit`, and `ValueError` if X is not an array of numbers with the columns of the
        examples; `check_fitted` and `check_features` do that.
        """
        check_fitted(self, "X_")
        X = check_features(X, columns=self.X_.shape[1])
        order = np.argsort(pairwise_distances(X, self.X_), axis=1, kind="stable")
        nearest = order[:, : self.k]
        return np.array([majority_vote(self.y_[row]) for row in nearest])

    def score(self, X, y) -> float:
        """The share of the rows of X whose predicted label is the one in y: 1.0 if all are right, 0.0 if none is.

        X has shape (m, d); y is a list or an array of m labels. With three right out of four it is ``0.75``. Raises
        `ValueError` if y is a column (m, 1), or has more or fewer labels than X has rows (`check_features_and_target`
        does that), and `NotFittedError` before `fit`, as `predict` does.
        """
        X, y = check_features_and_target(X, y)
        return float(np.mean(self.predict(X) == y))


def assign_to_nearest(X: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """For each row of X the number of the center that is nearest to it: (n, d) and (k, d) -> whole numbers, (n,).

    Centers are numbered from 0. If two are equally near, the one with the lower number is taken. For X = [[1], [2],
    [9]] and centers [[0], [8]] the result is ``array([0, 0, 1])``.
    """
    return np.argmin(pairwise_distances(X, centers), axis=1)


def move_centers(X: np.ndarray, labels: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """Each center moved to the mean of its own rows, as a new array of floats, shape (k, d).

    X has shape (n, d), ``centers`` shape (k, d), and ``labels[i]`` says to which center row i of X belongs. A center
    without any rows stays where it is. For X = [[1], [2], [9]], labels [0, 0, 2] and centers [[0], [7], [8]] the result
    is ``array([[1.5], [7.], [9.]])``: floats, although the centers were whole numbers. ``centers`` itself does not
    change.
    """
    moved = np.array(centers, dtype=float)
    for j in range(len(moved)):
        members = X[labels == j]
        if len(members) > 0:
            moved[j] = members.mean(axis=0)
    return moved
