"""Finding structure without labels: k-means, the silhouette, and principal components.

Shapes are named throughout: n rows (points), d columns (features), k centers or components.

Sources: Lloyd, "Least squares quantization in PCM" (1982); Arthur, Vassilvitskii, "k-means++: the advantages of careful
seeding" (2007); Rousseeuw, "Silhouettes" (1987); Bishop, *Pattern Recognition and Machine Learning*, sections 9.1 and
12.1.
"""

from __future__ import annotations

import numpy as np

from course_lib.ml.neighbors import assign_to_nearest, move_centers, pairwise_distances
from course_lib.ml.validation import check_features, check_features_and_target, check_fitted


def inertia(X: np.ndarray, centers: np.ndarray) -> float:
    """How badly the centers serve the rows of X: each row's squared distance to its nearest center, added up.

    X has shape (n, d), ``centers`` has shape (k, d), and the result is one number. For the rows [1], [2], [3], [7],
    [8], [12] and the centers [2] and [9] it is 1 + 0 + 1 + 4 + 1 + 9 = 16.
    """
    return float((pairwise_distances(X, centers).min(axis=1) ** 2).sum())


def lloyd_step(X: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """One round of Lloyd's algorithm: the new centers, as a new array of floats, shape (k, d).

    Each row of X goes to its nearest center (`assign_to_nearest`), and each center to the mean of its rows
    (`move_centers`). A center without rows, which `move_centers` leaves where it is, is put on the row of X that is
    served worst, the one farthest from its nearest center. If several centers have no rows, the first of them takes
    the worst served row, the next one the second worst, and so on. Nearest and farthest always refer to the
    ``centers`` that are handed in, and the means are not changed by it. (Of rows that are equally far, any may come
    first. X has at least k rows.)

    For the rows [1], [2], [3], [7], [8], [12] and the centers [2], [8], [30] it is ``array([[2.], [9.], [12.]])``: no
    row is nearest to 30, and [12] lies 4 away from its nearest center, 8, farther than any other.
    """
    labels = assign_to_nearest(X, centers)
    moved = move_centers(X, labels, centers)
    worst_first = np.argsort(-pairwise_distances(X, centers).min(axis=1))
    empty = [j for j in range(len(centers)) if j not in labels]
    moved[empty] = X[worst_first[: len(empty)]]
    return moved


def lloyd(X: np.ndarray, centers: np.ndarray, max_iter: int = 300, tol: float = 0.0) -> tuple[np.ndarray, list[float]]:
    """Lloyd's algorithm: from the given centers, round after round, to better ones; returns ``(centers, inertias)``.

    Each round is one `lloyd_step`, and after it the inertia is taken. A round is the last one if in it the inertia fell
    by no more than ``tol`` times what it was before, or if it is round number ``max_iter``.

    The result is the centers after the last round, shape (k, d), and the list of inertias: that of the starting
    centers, then the one after each round, the last one included. With ``max_iter`` 0 no round is made.

    For the rows [1], [2], [3], [7], [8], [12] and the centers [1] and [2] it is ``([[2.], [9.]], [162, 39.28, 16,
    16])``, the first as an array: the third round changed nothing.
    """
    inertias = [inertia(X, centers)]
    for _ in range(max_iter):
        centers = lloyd_step(X, centers)
        inertias.append(inertia(X, centers))
        if inertias[-2] - inertias[-1] <= tol * inertias[-2]:
            break
    return centers, inertias


def kmeans_plus_plus(X: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Starting centers for k-means, shape (k, d): rows of X, drawn one after another so that they lie well apart.

    The first is any row, each with the same chance. Every further one is drawn with chances in proportion to the
    squared distance between a row and the nearest of the centers drawn so far. If all these distances are 0 (X has
    fewer than k different rows), every row has the same chance again.

    All chance comes from ``rng``; which of its methods you use is up to you. The result is a new array of floats. For
    the rows [0], [1], [3] and k = 2: if row [0] comes first, row [1] follows with chance 1/10 and row [3] with 9/10.
    """
    centers = [X[rng.integers(len(X))]]
    while len(centers) < k:
        squares = pairwise_distances(X, np.array(centers)).min(axis=1) ** 2
        total = squares.sum()
        chances = squares / total if total > 0 else None
        centers.append(X[rng.choice(len(X), p=chances)])
    return np.array(centers, dtype=float)


class KMeans:
    """Groups rows around ``n_clusters`` centers: the best of ``n_init`` runs of Lloyd's algorithm.

    After ``fit``: ``cluster_centers_`` of shape (n_clusters, d), ``labels_`` of shape (n,), and ``inertia_``.
    ``max_iter`` and ``tol`` go to `lloyd`. Without ``rng`` a generator with seed 0 is used.
    """

    def __init__(
        self,
        n_clusters: int = 8,
        n_init: int = 20,
        max_iter: int = 300,
        tol: float = 0.0,
        rng: np.random.Generator | None = None,
    ):
        for name, value in (("n_clusters", n_clusters), ("n_init", n_init)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        self.n_clusters, self.n_init, self.max_iter, self.tol = n_clusters, n_init, max_iter, tol
        self.rng = np.random.default_rng(0) if rng is None else rng

    def fit(self, X: np.ndarray, y: None = None) -> KMeans:
        """Find the centers of X, shape (n, d), and return ``self``. ``y`` is not looked at: no labels are learnt from.

        Makes ``n_init`` runs. Each begins with one call of ``kmeans_plus_plus(X, n_clusters, rng)``, all with the
        model's own ``self.rng``, and goes on with `lloyd`, which is given ``max_iter`` and ``tol``. The run that ends
        with the smallest inertia wins, and sets

        - ``cluster_centers_``: its centers, shape (n_clusters, d);
        - ``inertia_``: its last inertia;
        - ``labels_``: for each row of X the number of the nearest of these centers.

        X, which may be a list of rows, is first sent through ``check_features``: it makes an array of floats and raises
        ValueError for NaN, infinity or a wrong shape. What an earlier ``fit`` found does not count. Raises
        `ValueError`, with both numbers in its message, if X has fewer rows than there are to be clusters. (Some of the
        rows may be equal.)
        """
        X = check_features(X)
        if len(X) < self.n_clusters:
            raise ValueError(f"{len(X)} rows cannot make {self.n_clusters} clusters")
        starts = [kmeans_plus_plus(X, self.n_clusters, self.rng) for _ in range(self.n_init)]
        runs = [lloyd(X, start, self.max_iter, self.tol) for start in starts]
        self.cluster_centers_, inertias = min(runs, key=lambda run: run[1][-1])
        self.inertia_ = inertias[-1]
        self.labels_ = assign_to_nearest(X, self.cluster_centers_)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The number of the nearest center for each row of X, which may be new."""
        check_fitted(self, "cluster_centers_")
        return assign_to_nearest(check_features(X, self.cluster_centers_.shape[1]), self.cluster_centers_)

    def fit_predict(self, X: np.ndarray, y: None = None) -> np.ndarray:
        """Fit, and return ``labels_``."""
        return self.fit(X).labels_

    def score(self, X: np.ndarray, y: None = None) -> float:
        """Minus the inertia of X around the fitted centers, so that larger is better."""
        check_fitted(self, "cluster_centers_")
        return -inertia(check_features(X, self.cluster_centers_.shape[1]), self.cluster_centers_)


def silhouette_score(X: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette of the rows of X, from -1 to 1: how much nearer each is to its own cluster than to the others.

    For one row, a is its mean distance to the *other* rows of its own cluster, and b the smallest of its mean distances
    to the rows of each other cluster. Its silhouette is (b - a) / max(a, b). It is 0 for a row that is alone in its
    cluster, and where a and b are both 0. Distances are plain, not squared.

    X has shape (n, d); ``labels`` holds n labels, which may be any ints. For X = [[1], [2], [3], [7], [8], [12]] and
    labels = [0, 0, 0, 1, 1, 1], the row [7] has a = (1 + 5) / 2 = 3, b = (6 + 5 + 4) / 3 = 5 and the silhouette 0.4.

    Both inputs, which may be lists, first go through ``check_features_and_target(X, labels)``, which returns both as
    arrays and raises ValueError for bad ones. Raises `ValueError` unless there are at least 2 different labels and at
    most n - 1.
    """
    X, labels = check_features_and_target(X, labels)
    names = np.unique(labels)
    if not 2 <= len(names) < len(X):
        raise ValueError(f"{len(X)} rows need 2 to {len(X) - 1} different labels, got {len(names)}")
    distances = pairwise_distances(X, X)
    total = 0.0
    for i, own in enumerate(labels):
        mates = labels == own
        others = mates.sum() - 1
        a = distances[i, mates].sum() / max(others, 1)
        b = min(distances[i, labels == name].mean() for name in names if name != own)
        if others > 0 and max(a, b) > 0:
            total += (b - a) / max(a, b)
    return total / len(X)


class PCA:
    """Principal component analysis: the directions along which rows vary most.

    With ``n_components`` None all min(n, d) components are kept. ``fit`` sets ``mean_``, ``components_``,
    ``explained_variance_`` and ``explained_variance_ratio_``.
    """

    def __init__(self, n_components: int | None = None):
        self.n_components = n_components

    def fit(self, X: np.ndarray, y: None = None) -> PCA:
        """Find the principal components of X, shape (n, d), and return ``self``. ``y`` is not looked at.

        With k = ``n_components``, or min(n, d) if that is None, it sets

        - ``mean_``, shape (d,): the mean of each column of X;
        - ``components_``, shape (k, d): one direction a row, each of length 1, at right angles to each other, the one
          with the largest variance first (a direction and its opposite are equally right);
        - ``explained_variance_``, shape (k,): the variance of the centered rows along each, with the divisor n - 1;
        - ``explained_variance_ratio_``, shape (k,): the same as shares of the variance along *all* components.

        For X = [[5, 4], [1, 0], [4, 1], [2, 3]] the mean is [3, 2], the components are [1, 1] and [1, -1], each divided
        by √2, their variances 16/3 and 4/3, the shares 0.8 and 0.2.

        ``n_components`` stays as it is, and what an earlier ``fit`` found does not count. X is first sent through
        ``check_features``. Raises `ValueError` if k is not from 1 to min(n, d), and if all rows of X are equal (compare
        the rows: their computed variance may be 1e-34 instead of 0). ``np.linalg.svd`` is yours to use.
        """
        X = check_features(X)
        k = min(X.shape) if self.n_components is None else self.n_components
        if not 1 <= k <= min(X.shape):
            raise ValueError(f"X of shape {X.shape} has 1 to {min(X.shape)} components, not {k}")
        if (X == X[0]).all():
            raise ValueError("all rows of X are equal: nothing varies")
        self.mean_ = X.mean(axis=0)
        _, stretches, directions = np.linalg.svd(X - self.mean_, full_matrices=False)
        variances = stretches**2 / (len(X) - 1)
        self.components_ = directions[:k]
        self.explained_variance_ = variances[:k]
        self.explained_variance_ratio_ = variances[:k] / variances.sum()
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Coordinates of the rows of X along the components: shape (n, d) becomes (n, k).

        Entry [i, j] is row i, measured from ``mean_`` (that of the fit, also for new rows), dotted with component j.
        With mean_ = [3, 2] and components_ = [[0.6, 0.8]], the row [8, 2] becomes [3].

        ``check_fitted(self, "components_")`` raises NotFittedError before a fit, and ``check_features(X, d)`` raises
        ValueError for bad data or another number of columns than d; call both first.
        """
        check_fitted(self, "components_")
        X = check_features(X, self.components_.shape[1])
        return (X - self.mean_) @ self.components_.T

    def inverse_transform(self, Z: np.ndarray) -> np.ndarray:
        """Rows of d features from their coordinates along the components: shape (n, k) becomes (n, d).

        A row is ``mean_`` plus each coordinate times its component. With all components kept it undoes `transform`;
        with fewer it gives the nearest rows that they can make. With mean_ = [3, 2] and components_ = [[0.6, 0.8]],
        the coordinate [5] becomes the row [6, 6].

        ``check_fitted(self, "components_")`` and ``check_features(Z, k)`` come first, as in `transform`.
        """
        check_fitted(self, "components_")
        Z = check_features(Z, len(self.components_))
        return Z @ self.components_ + self.mean_

    def fit_transform(self, X: np.ndarray, y: None = None) -> np.ndarray:
        """Fit, and return the coordinates of the same rows."""
        return self.fit(X).transform(X)
