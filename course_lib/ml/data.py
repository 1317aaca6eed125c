"""Between the raw table and the model: splits, folds, scaling, one-hot labels, polynomial features, mini-batches.

n is the number of rows throughout, d the number of columns. Chance comes from a generator that is handed in,
``rng = np.random.default_rng(seed)``.

Sources: Bishop, *Pattern Recognition and Machine Learning*, sections 1.1 and 1.3; Hastie, Tibshirani, Friedman, *The
Elements of Statistical Learning*, section 7.10. Names, argument order and the order of terms follow scikit-learn's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations_with_replacement

import numpy as np

from course_lib.foundations.regression import standardise
from course_lib.ml.validation import check_features, check_fitted

Split = tuple[np.ndarray, np.ndarray]


def shuffle_together(X: np.ndarray, y: np.ndarray, *, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """X and y with their rows in a random order, the same order for both, as two new arrays.

    X has shape (n, ...) with any number of axes (a table, or n images), y has shape (n,). Row i of the new X still
    belongs to entry i of the new y, and each row is there exactly once. Every order is equally likely. All chance comes
    from ``rng``: with a generator of the same seed the order is the same, and a second call with one generator gives
    another order. The inputs stay as they were.
    Raises `ValueError`, with both lengths in its message, if X and y differ in length.
    """
    if len(X) != len(y):
        raise ValueError(f"X has {len(X)} rows, but y has {len(y)} entries")
    order = rng.permutation(len(X))
    return X[order], y[order]


def train_test_split(
    X: np.ndarray, y: np.ndarray, test_size: float = 0.25, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Divide rows at random into a training set and a test set: ``(X_train, X_test, y_train, y_test)``, in this order.

    X has shape (n, ...), y shape (n,). ``test_size`` is the share of the rows that goes to the test set: of n rows,
    ``test_size * n`` rounded up by `math.ceil`. Of 10 rows, 0.25 makes 3 for the test and 7 for training. Each row
    lands in exactly one of the two sets, together with its entry of y; every choice of test rows is equally likely.
    Chance comes from ``rng`` alone, and a second call with one generator splits anew. X and y stay as they were.
    Raises `ValueError` if ``test_size`` is not above 0 and below 1, if no row would be left for training, or if X and
    y differ in length.
    """
    if not 0 < test_size < 1:
        raise ValueError(f"test_size is a share of the rows, above 0 and below 1; got {test_size}")
    held_out = math.ceil(test_size * len(X))
    if held_out >= len(X):
        raise ValueError(f"of {len(X)} rows, none would be left for training")
    X, y = shuffle_together(X, y, rng=rng)
    return X[held_out:], X[:held_out], y[held_out:], y[:held_out]


def leave_each_out(parts: list[np.ndarray]) -> list[Split]:
    """For each of several arrays of row numbers: ``(all the others in one array, this one)``.

    ``leave_each_out([np.array([0]), np.array([1]), np.array([2, 3])])`` begins with ``(array([1, 2, 3]), array([0]))``.
    """
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), part) for i, part in enumerate(parts)]


def k_fold(n: int, k: int, *, rng: np.random.Generator) -> list[Split]:
    """Deal the row numbers 0 .. n - 1 at random into k folds; k pairs ``(train_indices, validation_indices)``.

    Pair i has fold i for validation and all other rows for training. Each row is in exactly one fold, and the sizes of
    the folds differ by at most one: 10 rows make 4 folds of 3, 3, 2 and 2 rows, in whatever order. Every row is
    equally likely to be in any place. Both parts of a pair are arrays of whole numbers, in any order, with which a
    table can be indexed: ``X[train_indices]``. Chance comes from ``rng`` alone; a second call with it deals anew.
    Raises `ValueError`, with both numbers in its message, if k is less than 2 or more than n.
    """
    if not 2 <= k <= n:
        raise ValueError(f"{n} rows cannot make {k} folds: from 2 to {n} are possible")
    order = rng.permutation(n)
    return leave_each_out([order[i::k] for i in range(k)])


def stratified_k_fold(y: np.ndarray, k: int, *, rng: np.random.Generator) -> list[Split]:
    """Like `k_fold`, for the rows of the labels ``y``, and with the classes spread evenly over the folds.

    y has shape (n,) and holds whole numbers, not necessarily 0, 1, 2 and so on. For every class, the numbers of its
    rows in any two folds differ by at most one: with 50 rows of a class and 4 folds, each fold has 12 or 13 of them.
    The sizes of whole folds may differ by more than one. Which rows of a class go together is left to chance, and
    chance comes from ``rng`` alone, anew in each call. The result has the form of `k_fold`'s.
    Raises `ValueError` if k is less than 2, or if some class has fewer than k rows; then k and the number of rows of
    such a class are in the message.
    """
    if k < 2:
        raise ValueError(f"k must be at least 2, got {k}")
    smallest = min(np.unique(y, return_counts=True)[1])
    if smallest < k:
        raise ValueError(f"a class has only {smallest} rows, too few for {k} folds")
    order = rng.permutation(len(y))
    by_class = order[np.argsort(y[order])]
    return leave_each_out([by_class[i::k] for i in range(k)])


class StandardScaler:
    """Brings each column to mean 0 and standard deviation 1, by the measure of the rows that it was fitted on.

    Attributes, from `fit`: ``mean_`` and ``scale_``, one number for each column, shape (d,).
    """

    def fit(self, X: np.ndarray) -> StandardScaler:
        """Measure X, shape (n, d): keep each column's mean in ``self.mean_`` and its deviation in ``self.scale_``.

        Both are arrays of shape (d,). The deviation is what `standardise` of the previous phase calls a column's scale:
        the root of the mean of the squared differences from the mean (divide by n), and 1 for a column whose entries
        are all equal. X may be an array or nested lists, of floats or whole numbers. A second fit forgets the first.
        Returns ``self``, so that ``StandardScaler().fit(X).transform(X)`` can be written in one line.
        Raises `ValueError` where `check_features` does: NaN or infinity, not two axes, no rows.
        """
        X = check_features(X)
        _, self.mean_, self.scale_ = standardise(X)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """X, shape (m, d), as a new array: minus ``mean_``, divided by ``scale_``, column by column.

        The ruler is the fitted one, whatever the mean and the deviation of *these* rows are; there may be a single row.
        Raises `NotFittedError` (by way of `check_fitted`) before `fit`, and `ValueError` where `check_features` does,
        among others for a number of columns that is not that of the fit.
        """
        check_fitted(self, "mean_")
        X = check_features(X, columns=len(self.mean_))
        return (X - self.mean_) / self.scale_

    def fit_transform(self, X: np.ndarray) -> np.ndarray:
        """`fit` and `transform` on the same rows."""
        return self.fit(X).transform(X)

    def inverse_transform(self, Z: np.ndarray) -> np.ndarray:
        """What `transform` made into Z, back in the original units."""
        check_fitted(self, "mean_")
        return check_features(Z, columns=len(self.mean_)) * self.scale_ + self.mean_


class MinMaxScaler:
    """Brings each column to the range from 0 to 1, by the measure of the rows that it was fitted on.

    Attributes, from `fit`, both of shape (d,): ``data_min_``, the smallest entry of each column, and ``data_range_``,
    its largest minus its smallest entry, or 1 where the two are equal.

    Before `fit`, the other methods raise `NotFittedError`. All methods raise `ValueError` where `check_features` does,
    the others also for a number of columns that is not that of the fit. Each returns a new array and leaves its input
    as it was.
    """

    def fit(self, X: np.ndarray) -> MinMaxScaler:
        """Measure X, shape (n, d), an array or nested lists of numbers. Returns ``self``."""
        X = check_features(X)
        self.data_min_ = X.min(axis=0)
        spread = X.max(axis=0) - self.data_min_
        self.data_range_ = np.where(spread == 0, 1.0, spread)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """X, shape (m, d), minus ``data_min_``, divided by ``data_range_``, column by column.

        A column that was fitted on 2, 3 and 6 takes 2 to 0, 3 to 0.25 and 6 to 1, and a later 10 to 2: what lies
        outside of the fitted range comes out below 0 or above 1.
        """
        check_fitted(self, "data_min_")
        X = check_features(X, columns=len(self.data_min_))
        return (X - self.data_min_) / self.data_range_

    def fit_transform(self, X: np.ndarray) -> np.ndarray:
        """`fit` and `transform` on the same rows."""
        return self.fit(X).transform(X)

    def inverse_transform(self, Z: np.ndarray) -> np.ndarray:
        """What `transform` made into Z, shape (m, d), back in the original units."""
        check_fitted(self, "data_min_")
        Z = check_features(Z, columns=len(self.data_min_))
        return Z * self.data_range_ + self.data_min_


def one_hot(labels: np.ndarray, num_classes: int | None = None) -> np.ndarray:
    """One row for each label: 1.0 in the label's column, 0.0 elsewhere; floats, shape (n, num_classes).

    ``labels`` is an array or a list of n whole numbers, n at least 1, each from 0 to ``num_classes - 1``. Without
    ``num_classes`` (None) there are as many columns as the largest label asks for. ``one_hot([2, 0])`` is
    ``array([[0., 0., 1.], [1., 0., 0.]])``, and ``one_hot([1, 0], num_classes=4)`` has four columns.
    Raises `ValueError`, with the label in its message, for a label below 0 or without a column.
    """
    labels = np.asarray(labels)
    columns = labels.max() + 1 if num_classes is None else num_classes
    for label in (labels.min(), labels.max()):
        if not 0 <= label < columns:
            raise ValueError(f"label {label} is not from 0 to {columns - 1}")
    return (labels[:, None] == np.arange(columns)).astype(float)


def polynomial_features(X: np.ndarray, degree: int) -> np.ndarray:
    """All products of up to ``degree`` columns of X, shape (n, d), side by side as the columns of a new float array.

    A column may be multiplied with itself; the order of the factors does not count. First come the columns themselves,
    then all products of two, and so on. Within one size they are in the order of the dictionary: columns a, b, c give
    for degree 2: a, b, c, aa, ab, ac, bb, bc, cc; for degree 3 then aaa, aab, aac, abb, ... There is no column of ones,
    because models bring their own bias. (In scikit-learn: ``PolynomialFeatures(degree, include_bias=False)``.)

    ``polynomial_features(np.array([[2.0, 3.0]]), 2)`` is ``array([[2., 3., 4., 6., 9.]])``.
    Raises `ValueError` if ``degree`` is less than 1, with the degree in its message, and where `check_features` does.
    """
    X = check_features(X)
    if degree < 1:
        raise ValueError(f"the degree must be at least 1, got {degree}")
    columns = range(X.shape[1])
    terms = [term for size in range(1, degree + 1) for term in combinations_with_replacement(columns, size)]
    return np.column_stack([X[:, term].prod(axis=1) for term in terms])


def minibatches(
    X: np.ndarray, y: np.ndarray, batch_size: int, *, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the rows in a random order, ``batch_size`` at a time, as pairs ``(X_batch, y_batch)``: a generator.

    X has shape (n, ...) and y (n,) or (n, ...), with n at least 1. Each row comes exactly once, with its entry of y; if
    ``batch_size`` does not divide n, the last batch has what is left over. All orders are equally likely; chance comes
    from ``rng`` alone, and a second call with one generator gives another order. X and y stay as they were.
    Nothing is done before the first batch is asked for.
    Raises `ValueError` then, if ``batch_size`` is less than 1 or X and y differ in length.
    """
    if batch_size < 1:
        raise ValueError(f"a batch has at least one row, got {batch_size}")
    if len(X) != len(y):
        raise ValueError(f"X has {len(X)} rows, but y has {len(y)} entries")
    order = rng.permutation(len(X))
    for first in range(0, len(X), batch_size):
        rows = order[first : first + batch_size]
        yield X[rows], y[rows]
