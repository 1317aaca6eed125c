"""What must hold of ``inertia``, ``lloyd_step`` and ``lloyd``. Oracles: SciPy, scikit-learn, plain loops."""

import numpy as np
from scipy.spatial.distance import cdist

from checks.language import Piece
from checks.ml.cluster.shared import HOUSES, SCRATCH, table


def with_centers(rng):
    yield dict(X=HOUSES, centers=np.array([[2.0], [9.0]]))
    yield dict(X=np.array([[3.0, 1.0]]), centers=np.array([[5.0, 1.0]]))
    yield dict(X=np.array([[0.0], [1.0]]), centers=np.array([[0.0]]))
    yield dict(X=np.array([[5.0], [5.0], [1.0]]), centers=np.array([[2.0]]))
    yield dict(X=HOUSES.astype(int), centers=np.array([[2], [3]]))
    for n, k, d in ((3, 3, 3), (5, 2, 3), (2, 7, 3), (11, 3, 2)):
        yield dict(X=table(rng, n, d), centers=table(rng, k, d))


total = Piece("ml.cluster:inertia", forbid=SCRATCH)
total.asks(
    "inertia(X, centers)",
    "each row's squared distance to its nearest center, added up",
    cases=with_centers,
    answer=lambda X, centers: float(sum(min(row) for row in cdist(X, centers, "sqeuclidean"))),
)
total.mistake("Every row is counted with all centers; only its nearest counts.", ".min(axis=1) ** 2", " ** 2")
total.mistake("This is the mean over the rows; inertia is the sum.", " ** 2).sum()", " ** 2).mean()")
total.mistake("You added distances; inertia adds their squares.", "(axis=1) ** 2", "(axis=1)")
total.mistake("Wanted is each row's nearest center, not each center's nearest row.", "min(axis=1)", "min(axis=0)")
total.hint("In a row of `pairwise_distances(X, centers)`, which entry belongs to the nearest center?")
total.hint("`.min(axis=...)`, with the axis that is to vanish, then `.sum()`.")


def step_by_loops(X, centers):
    """What `lloyd_step` should give, one center at a time."""
    squares = cdist(X, centers, "sqeuclidean")
    order = sorted(range(len(X)), key=lambda i: -squares[i].min())
    mine = [[X[i] for i in range(len(X)) if squares[i].argmin() == j] for j in range(len(centers))]
    return np.array([sum(rows) / len(rows) if rows else X[order.pop(0)] for rows in mine], float)


def without_empty(rng):
    for case in with_centers(rng):
        if len(set(cdist(case["X"], case["centers"]).argmin(axis=1))) == len(case["centers"]):
            yield case
    for n, k, d in ((7, 3, 2), (11, 2, 3)):
        X = table(rng, n, d)
        yield dict(X=X, centers=X[:k] + 0.01)


def with_empty(rng):
    yield dict(X=HOUSES, centers=np.array([[2.0], [8.0], [30.0]]))
    yield dict(X=HOUSES, centers=np.array([[50.0], [6.2]]))
    yield dict(X=HOUSES.astype(int), centers=np.array([[-90], [4], [80], [8], [70]]))
    for n, k in ((6, 4), (9, 5)):
        centers = np.concatenate([table(rng, 2, 2), 100 + table(rng, k - 2, 2)])
        yield dict(X=table(rng, n, 2), centers=rng.permutation(centers))


step = Piece("ml.cluster:lloyd_step", forbid=SCRATCH)
step.asks(
    "lloyd_step(X, centers)",
    "each center goes to the mean of the rows that are nearest to it",
    cases=without_empty,
    answer=step_by_loops,
)
step.asks(
    "lloyd_step(X, centers)",
    "a center without rows goes to the row that is served worst",
    cases=with_empty,
    answer=step_by_loops,
)
step.mistake("A center without rows stayed put; it goes to the row that is served worst.", "moved[empty] = ", "_ = ")
step.mistake("A center without rows went to the row that is served best.", "np.argsort(-", "np.argsort(")
step.mistake("All centers without rows took the same row; the next takes the second worst.", "[: len(empty)]", "[:1]")
step.mistake(
    "How rows are served is measured before the move, not after.", "distances(X, centers)", "distances(X, moved)"
)
step.mistake("The worst served row is farthest from its *nearest* center.", ".min(axis=1)", ".max(axis=1)")
step.hint("Without empty centers it is two calls: `assign_to_nearest`, then `move_centers`.")
step.hint("Center j has no rows if `j not in labels`. `np.argsort(-distances)` gives row numbers, farthest row first.")
step.hint("Walk over the centers without rows and over the rows, worst served first, at once: `zip` pairs them up.")


def rounds_by_loops(X, centers, max_iter=300, tol=0.0):
    """Lloyd's algorithm, spelled out."""
    cost = [cdist(X, centers, "sqeuclidean").min(axis=1).sum()]
    while len(cost) <= max_iter:
        centers = step_by_loops(X, centers)
        cost.append(cdist(X, centers, "sqeuclidean").min(axis=1).sum())
        if cost[-2] - cost[-1] <= tol * cost[-2]:
            break
    return [[float(c) for c in cost], centers]


def starts(rng):
    yield dict(X=HOUSES, centers=np.array([[1.0], [2.0]]))
    yield dict(X=HOUSES, centers=np.array([[1.0], [2.0], [3.0]]))
    for n, d, k in ((8, 1, 2), (13, 2, 3), (19, 3, 2)):
        X = table(rng, n, d)
        yield dict(X=X, centers=X[:k].copy())


def limits(rng):
    for case in starts(rng):
        yield case | dict(max_iter=300, tol=0.0)
    yield dict(X=HOUSES, centers=np.array([[1.0], [2.0]]), max_iter=1, tol=0.0)
    yield dict(X=HOUSES, centers=np.array([[1.0], [2.0]]), max_iter=0, tol=0.0)
    yield dict(X=HOUSES, centers=np.array([[1.0], [2.0]]), max_iter=300, tol=0.7)
    yield dict(X=0.01 * HOUSES, centers=0.01 * np.array([[1.0], [2.0]]), max_iter=300, tol=0.7)
    yield dict(X=HOUSES, centers=np.array([[1.0], [2.0]]), max_iter=300, tol=0.5)
    yield dict(X=np.array([[-1.0], [1.0]]), centers=np.array([[1.0]]), max_iter=300, tol=0.5)
    yield dict(X=np.array([[3.0], [5.0]]), centers=np.array([[3.0], [5.0]]), max_iter=300, tol=0.0)
    yield dict(X=HOUSES, centers=np.array([[2.0], [9.0], [30.0]]), max_iter=300, tol=0.0)
    X = table(rng, 29, 2)
    yield dict(X=X, centers=X[:3].copy(), max_iter=2, tol=0.0)
    yield dict(X=X, centers=X[:3].copy(), max_iter=300, tol=0.1)


def scikit_centers(X, centers):
    from sklearn.cluster import KMeans

    return KMeans(len(centers), init=centers, n_init=1, tol=0.0).fit(X).cluster_centers_


rounds = Piece("ml.cluster:lloyd", forbid=SCRATCH)
rounds.asks(
    "centers, inertias = lloyd(X, centers)\ncenters",
    "the centers end where scikit-learn's do from the same start",
    cases=starts,
    answer=scikit_centers,
)
rounds.asks(
    "centers, inertias = lloyd(X, centers, max_iter, tol)\n[[float(i) for i in inertias], centers]",
    "the inertias at the start and after each round, the last one included, and the centers after it",
    cases=limits,
    answer=lambda **case: rounds_by_loops(**case),
)
LIST, FALL, SHARE = "return centers, inertias", "inertias[-2] - inertias[-1] <= ", "tol * inertias[-2]"
rounds.mistake("The inertia before any round is missing.", LIST, LIST + "[1:]")
rounds.mistake("The last round is missing: append before you decide to stop.", LIST, LIST + "[:-1] or inertias")
rounds.mistake("`tol` is a share of the inertia before the round, not an amount.", SHARE, "tol")
rounds.mistake("`tol` is not used.", SHARE, "0")
rounds.mistake("`tol` is a share of the inertia just before the round, not of the first.", SHARE, "tol * inertias[0]")
rounds.mistake("`tol` is a share of the inertia before the round, not after it.", SHARE, "tol * inertias[-1]")
rounds.mistake(
    "Of 0 there are no shares: multiply, don't divide.", FALL + SHARE, "1 - inertias[-1] / inertias[-2] <= tol"
)
rounds.mistake(
    "The rows were assigned once and for all: in each round they go to the nearest of the centers as they are then.",
    """
    inertias, labels = [inertia(X, centers)], assign_to_nearest(X, centers)
    for _ in range(max_iter):
        centers = move_centers(X, labels, centers)
        inertias.append(inertia(X, centers))
        if inertias[-2] - inertias[-1] <= tol * inertias[-2]:
            break
    return centers, inertias
    """,
)
rounds.mistake("A fall of exactly `tol` times the inertia ends the rounds, also one of 0.", "<= tol * ", "< tol * ")
rounds.hint("One round is one call of `lloyd_step`, whose result takes the place of `centers`.")
rounds.hint("Keep the list from the start: first the inertia of the given centers, then `append` after each round.")
rounds.hint("`inertias[-1]` is the newest, `inertias[-2]` the one before: compare the fall with `tol * inertias[-2]`.")
