"""What must hold of ``KMeans.fit``. Oracle: scikit-learn."""

import numpy as np
from scipy.spatial.distance import cdist

from checks.compare import number
from checks.language import Piece
from checks.ml.cluster.shared import SCRATCH, blobs, table


def tables(rng):
    yield dict(X=[[1], [2], [3], [7], [8], [12]], k=2, best=16.0)
    yield dict(X=[[1, 5], [4, 5]], k=2, best=0.0)
    yield dict(X=[[1, 5], [4, 5], [10, 5]], k=1, best=42.0)
    yield dict(X=[[1, 5], [1, 5], [4, 5], [1, 5]], k=3, best=0.0)
    for k, each, d in ((3, 4, 2), (4, 5, 2)):
        X, group = blobs(rng, k, each, d)
        yield dict(X=X, k=k, best=sum(len(X[group == j]) * X[group == j].var(axis=0).sum() for j in range(k)))
    yield dict(X=table(rng, 23, 2), k=7, best=np.inf)


def fitted(got, X, k, best):
    same, centers, labels, cost = got
    X = np.array(X, float)
    if same is not True:
        return "fit is to return the model itself"
    if not isinstance(centers, np.ndarray) or centers.shape != (k, X.shape[1]):
        return f"cluster_centers_ of shape {(k, X.shape[1])} are wanted"
    squares = cdist(X, centers, "sqeuclidean")
    nearest = squares.min(axis=1)
    if not isinstance(labels, np.ndarray) or labels.shape != (len(X),) or labels.dtype.kind not in "iu":
        return f"labels_ is to be an array of {len(X)} ints"
    if not all(0 <= label < k and squares[i, label] < nearest[i] + 1e-9 for i, label in enumerate(labels)):
        return "labels_ do not name the nearest of cluster_centers_"
    if not number(cost) or abs(cost - nearest.sum()) > 1e-9 * (1 + abs(cost)):
        return f"inertia_ does not fit: around cluster_centers_ it is {nearest.sum():.6g}"
    return f"inertia_ can be as low as {best:.6g}" if cost > best * (1 + 1e-9) + 1e-9 else None


def settings(rng):
    for k, n_init, max_iter, tol in (
        (2, 1, 300, 0.0),
        (5, 6, 300, 0.0),
        (5, 5, 1, 0.0),
        (4, 4, 300, 0.3),
        (3, 23, 0, 0.0),
    ):
        yield dict(X=table(rng, 25, 2), k=k, n_init=n_init, max_iter=max_iter, tol=tol, seed=int(rng.integers(1000)))


def as_promised(got, n_init):
    mine, runs, drawn = got
    if not drawn:
        return f"rng was not used as by {n_init} calls of kmeans_plus_plus"
    if not number(mine) or abs(mine - min(runs)) > 1e-9 * (1 + min(runs)):
        return f"the runs end with {[round(r, 4) for r in runs]}, the smallest of which is wanted"
    return None


fit = Piece("ml.cluster:KMeans.fit", forbid=SCRATCH)
fit.asks(
    "model = KMeans(k)\n[model.fit(X) is model, model.cluster_centers_, model.labels_, model.inertia_]",
    "fit returns the model, with centers, labels and inertia that belong together",
    cases=tables,
    accept=fitted,
    expected="True, then the centers, each row's nearest center, and the inertia (`best` is the least there is)",
)
fit.asks(
    """
    model = KMeans(k).fit(X[:k])
    [model.fit(X, y=[3, 1]) is model, model.cluster_centers_, model.labels_, model.inertia_]
    """,
    "a second fit is as good as the first, whatever an earlier fit found and y holds",
    cases=lambda rng: list(tables(rng))[:4],
    accept=fitted,
    expected="True, then the centers, each row's nearest center, and the inertia (`best` is the least there is)",
)
fit.asks(
    """
    rng, again = np.random.default_rng(seed), np.random.default_rng(seed)
    model = KMeans(k, n_init, max_iter, tol, rng=rng).fit(X)
    runs = [lloyd(X, kmeans_plus_plus(X, k, again), max_iter, tol)[1][-1] for _ in range(n_init)]
    [model.inertia_, [float(r) for r in runs], rng.random() == again.random()]
    """,
    "n_init runs with n_init, max_iter, tol and rng as the model was given them; the best one counts",
    cases=settings,
    accept=as_promised,
    expected="the smallest of the runs' inertias, and a generator from which as many starts were drawn",
)
fit.asks(
    "KMeans(5).fit(X)",
    "fewer rows than clusters are refused, with both numbers in the message",
    cases=[dict(X=np.array([[1.0, 7.0], [2.0, 8.0], [0.0, 9.0]]))],
    raises="ValueError",
    mentions=("3", "5"),
)
fit.asks(
    "KMeans(2).fit(X)",
    "bad data are refused",
    cases=[
        dict(X=np.array([[1.0], [2.0], [np.nan]])),
        dict(X=np.array([1.0, 2.0, 3.0])),
        dict(X=[[1.0], [np.inf], [2]]),
    ],
    raises="ValueError",
)
fit.mistake("X is to go through `check_features` first: it may be a list.", "X = check_features(X)", "pass")
fit.mistake("As many rows as clusters are enough; fewer are not.", "len(X) < self", "len(X) <= self")
fit.mistake("The last run won, not the best one.", "min(runs, key=lambda run: run[1][-1])", "runs[-1]")
fit.mistake("Runs were compared by their first inertia, not their last.", "run[1][-1]", "run[1][0]")
fit.mistake("All starts had one seed, so all runs were one: use self.rng.", "self.rng)", "np.random.default_rng(0))")
fit.mistake("`lloyd` was not given max_iter and tol.", "lloyd(X, start, self.max_iter, self.tol)", "lloyd(X, start)")
fit.mistake("fit ends without returning the model.", "return self", "pass")
fit.hint("A run is `lloyd(X, kmeans_plus_plus(...), self.max_iter, self.tol)`: a pair of centers and inertias.")
fit.hint("Keep all runs in a list; `min(runs, key=...)` finds the best, if the key is a run's last inertia.")
