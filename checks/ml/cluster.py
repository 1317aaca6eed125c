"""What must hold of the pieces of ``ml.cluster``. Oracles: scikit-learn, SciPy, plain loops."""

import itertools

import numpy as np
from scipy.spatial.distance import cdist

from checks.compare import number
from checks.language import Piece

SCRATCH = {"sklearn": "it is what you are building", "scipy": "NumPy is enough here"}
HOUSES = np.array([[1.0], [2.0], [3.0], [7.0], [8.0], [12.0]])


def table(rng, *shape):
    return rng.uniform(-5, 5, size=shape).round(2)


def blobs(rng, k, each, d, spread=0.3):
    places = 10.0 * np.array(list(itertools.islice(itertools.product(range(3), repeat=d), k)))
    group = rng.permutation(np.repeat(np.arange(k), each))
    return (places[group] + rng.normal(0, spread, size=(k * each, d))).round(3), group


def with_centers(rng):
    yield dict(X=HOUSES, centers=np.array([[2.0], [9.0]]))
    yield dict(X=np.array([[3.0, 1.0]]), centers=np.array([[5.0, 1.0]]))
    yield dict(X=np.array([[0.0], [1.0]]), centers=np.array([[0.0]]))
    yield dict(X=np.array([[5.0], [5.0], [1.0]]), centers=np.array([[2.0]]))
    yield dict(X=HOUSES.astype(int), centers=np.array([[2], [3]]))
    for n, k, d in ((3, 3, 3), (5, 2, 3), (2, 7, 3), (11, 3, 2)):
        yield dict(X=table(rng, n, d), centers=table(rng, k, d))


# ------------------------------------------------------------------ Lloyd's algorithm

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

# ------------------------------------------------------------------ k-means++


def chances(values, k):
    """The probability of each sequence of ``k`` rows, from the definition."""
    result = {}
    for chosen in itertools.product(dict.fromkeys(values), repeat=k):
        p = values.count(chosen[0]) / len(values)
        for step in range(1, k):
            nearest = [min((v - c) ** 2 for c in chosen[:step]) for v in values]
            weights = nearest if any(nearest) else [1] * len(values)
            p *= sum(w for w, v in zip(weights, values) if v == chosen[step]) / sum(weights)
        result[chosen] = p
    return result


def drawn_as_promised(got, X, k, times):
    """Every sequence of rows comes up as often as its chance says; false alarms below 1e-9."""
    from scipy.stats import binom

    values = X[:, 0].tolist()
    if not isinstance(got, np.ndarray) or got.shape != (times, k):
        return f"draws of shape {(times, k)} are wanted"
    draws, expected = [tuple(draw) for draw in got.tolist()], chances(values, k)
    for draw in draws:
        if not expected.get(draw):
            return f"the centers {list(draw)} came up: that is no row of X, or a row that has no chance then"
    for draw, p in expected.items():
        count = draws.count(draw)
        if min(binom.cdf(count, times, p), binom.sf(count - 1, times, p)) < 3e-12:
            names = ", then ".join(f"{v:g}" for v in draw)
            return f"row {names} came up {count} times in {times}; {times * p:.0f} are to be expected"
    return None


def sampled(rng):
    for values, k, times in (
        ([0.0, 1.0, 10.0], 2, 600),
        ([0.0, 2e-9, 3e-9], 2, 300),
        ([0.0, 3.0, 7.0, 12.0], 3, 1000),
        ([0.0] * 5 + [3.0] * 5 + [-6.0], 2, 1200),
        ([0.0, 0.0, 0.0, 1.0], 3, 200),
    ):
        yield dict(X=np.array(values)[:, None], k=k, times=times, seed=int(rng.integers(10**9)))


def crowds(rng):
    yield dict(X=np.array([[2.0], [2.0], [2.0]]), k=2)
    yield dict(X=np.array([[5.0, 1.0]]), k=1)
    yield dict(X=np.array([[1, 7], [1, 7], [4, 7]]), k=3)
    yield dict(X=table(rng, 7, 2), k=4)
    yield dict(X=table(rng, 5, 3), k=5)


def rows_of(got, X, k):
    if not isinstance(got, np.ndarray) or got.shape != (k, X.shape[1]) or got.dtype.kind != "f":
        return f"an array of floats of shape {(k, X.shape[1])} is wanted"
    rows, found = set(map(tuple, X.tolist())), set(map(tuple, got.tolist()))
    if found - rows:
        return f"{list((found - rows).pop())} is not a row of X"
    if len(found) != min(k, len(rows)):
        return f"{len(found)} different rows were drawn; {min(k, len(rows))} are wanted"
    return None


plusplus = Piece("ml.cluster:kmeans_plus_plus", forbid=SCRATCH)
plusplus.asks(
    "kmeans_plus_plus(X, k, np.random.default_rng(5))",
    "the centers are rows of X, and different ones as long as there are any",
    cases=crowds,
    accept=rows_of,
    expected="k rows of X, all different if X has k different ones",
)
plusplus.asks(
    "rng = np.random.default_rng(seed)\nnp.array([kmeans_plus_plus(X, k, rng)[:, 0] for _ in range(times)])",
    "rows come up as often as their squared distances say, or all alike where these are 0",
    cases=sampled,
    accept=drawn_as_promised,
    expected="each sequence of rows about as often as its chance says",
)
plusplus.asks(
    "[kmeans_plus_plus(X, k, np.random.default_rng(7)) for _ in range(2)]",
    "all chance comes from rng",
    cases=[dict(X=np.arange(40.0).reshape(20, 2) ** 2, k=5)],
    accept=lambda got: None if np.array_equal(*got) else "two generators with one seed gave different centers",
    expected="the same centers twice: both generators have the same seed",
)
DRAW = "rng.choice(len(X), p=chances)"
plusplus.mistake("You took the farthest row: draw one.", DRAW, f"squares.argmax() if total > 0 else {DRAW}")
plusplus.mistake("The chances go with the distances, not with their squares.", ".min(axis=1) ** 2", ".min(axis=1)")
plusplus.mistake("The nearest of all centers so far counts, not the last one.", "(centers))", "(centers[-1:]))")
plusplus.mistake("If all distances are 0, 0/0 is NaN: then all rows have one chance.", " if total > 0 else None", "")
plusplus.mistake("Only the nearest center counts; you multiplied all distances.", ".min(axis=1)", ".prod(axis=1)")
plusplus.mistake("If all distances are 0, a row is still drawn.", DRAW, f"{DRAW} if total > 0 else 0")
plusplus.mistake("The result is to hold floats, also where X holds ints.", "(centers, dtype=float)", "(centers)")
plusplus.mistake("A small sum is not 0: rows may lie millimetres apart, in kilometres.", "total > 0", "total > 1e-12")
plusplus.hint("`rng.integers(n)` draws a row number; `rng.choice(n, p=chances)` draws one with the given chances.")
plusplus.hint("The nearest of the centers so far: `pairwise_distances(X, np.array(centers)).min(axis=1)`.")
plusplus.hint("Chances must add up to 1, so divide by the sum, unless that is 0.")

# ------------------------------------------------------------------ KMeans


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

# ------------------------------------------------------------------ silhouette


def clusterings(rng):
    yield dict(X=HOUSES, labels=np.array([0, 0, 0, 1, 1, 1]))
    yield dict(X=HOUSES, labels=np.array([0, 0, 0, 1, 1, 2]))
    yield dict(X=np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 4.0]]), labels=np.array([0, 1, 1]))
    yield dict(X=np.array([[1.0], [1.0], [1.0], [2.0]]), labels=np.array([7, -2, 7, -2]))
    yield dict(X=[[1], [1], [4], [8], [9]], labels=[0, 0, 0, 1, 1])
    yield dict(X=np.array([[3, 1], [3, 1], [3, 1], [3, 1]]), labels=np.array([0, 1, 0, 1]))
    for n, d, k in ((8, 2, 2), (11, 3, 3), (13, 1, 5)):
        labels = rng.permutation(np.concatenate([np.arange(k), rng.integers(k, size=n - k)]))
        yield dict(X=table(rng, n, d), labels=3 * labels - 4)
    X, group = blobs(rng, 3, 4, 2, spread=2)
    yield dict(X=X, labels=group)
    yield dict(X=1e-9 * X, labels=group)


def scikit_silhouette(X, labels):
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(cdist(X, X), labels, metric="precomputed"))


silhouette = Piece("ml.cluster:silhouette_score", forbid=SCRATCH)
silhouette.asks(
    "silhouette_score(X, labels)",
    "the mean silhouette, as scikit-learn has it",
    cases=clusterings,
    answer=scikit_silhouette,
    rtol=1e-11,
)
silhouette.asks(
    "silhouette_score(X, labels)",
    "one cluster alone, as many as rows, and bad data are refused",
    cases=[
        dict(X=HOUSES[:3], labels=np.array([4, 4, 4])),
        dict(X=HOUSES[:3], labels=np.array([2, 0, 1])),
        dict(X=np.array([[1.0], [np.nan], [2.0]]), labels=np.array([0, 1, 1])),
        dict(X=HOUSES[:3], labels=np.array([0, 1])),
    ],
    raises="ValueError",
)
silhouette.mistake("Each row counted as its own mate in a: divide by the others.", "max(others, 1)", "(others + 1)")
FAR = "(mates & (distances[i] > 0)).sum()"
silhouette.mistake("Only the row itself is left out of a, not the rows equal to it.", "mates.sum() - 1", FAR)
silhouette.mistake("Distances are plain here, not squared.", "(X, X)", "(X, X) ** 2")
ALONE = "sum((labels == own).sum() > 1 for own in labels)"
silhouette.mistake("A row alone in its cluster counts with 0 in the mean; you left it out.", "/ len(X)", f"/ {ALONE}")
silhouette.mistake("b belongs to the nearest other cluster, not to the farthest.", "b = min(", "b = max(")
OTHERS = "min(distances[i, labels == name].mean() for name in names if name != own)"
silhouette.mistake("b is the mean for one cluster; you took all other rows.", OTHERS, "distances[i, ~mates].mean()")
silhouette.mistake("You divided by b: it is the larger of a and b.", "+= (b - a) / max(a, b)", "+= (b - a) / b")
silhouette.mistake("A row that is alone in its cluster counts with 0; yours came out as 1.", "others > 0 and ", "")
silhouette.hint("Print a and b of each row: on the street, with two clusters, the row [7] has 3 and 5.")
silhouette.hint("All distances at once are `pairwise_distances(X, X)`; its row i belongs to row i of X.")
silhouette.hint("`distances[i, labels == own]` picks columns by True and False, with the 0 of row i itself among them.")
silhouette.hint("`np.unique(labels)` are the different labels. For b, loop over those that are not the row's own.")

# ------------------------------------------------------------------ principal components

DIAMOND = np.array([[5.0, 4.0], [1.0, 0.0], [4.0, 1.0], [2.0, 3.0]])


def spreads(rng):
    yield dict(X=DIAMOND, k=2)
    yield dict(X=DIAMOND - [3.0, 2.0], k=2)
    yield dict(X=DIAMOND, k=1)
    yield dict(X=[[1], [2], [4]], k=1)
    yield dict(X=np.array([[1.0, 7.0], [1.0, 7.0], [4.0, 7.0], [1.0, 7.0]]), k=1)
    for n, d, k in ((7, 3, 2), (3, 5, 3), (11, 4, None), (2, 3, None)):
        yield dict(X=(table(rng, n, d) @ table(rng, d, d)).round(2), k=k)
    yield dict(X=1e6 + table(rng, 9, 3), k=2)


def scikit_pca(X, k):
    from sklearn.decomposition import PCA

    model = PCA(k, svd_solver="full").fit(X)
    return [model.mean_, model.explained_variance_, model.explained_variance_ratio_]


def right_directions(got, X, k):
    X, k = np.array(X, float), min(X.shape) if k is None else k
    if not isinstance(got, np.ndarray) or got.shape != (k, X.shape[1]):
        return f"components_ of shape {(k, X.shape[1])} are wanted"
    if not np.abs(got @ got.T - np.eye(k)).max() < 1e-7:
        return "the rows of components_ must have length 1 and be at right angles to each other"
    covariance = np.atleast_2d(np.cov(X.T))
    best = np.linalg.eigvalsh(covariance)[::-1][:k]
    along = np.diag(got @ covariance @ got.T)
    if np.abs(along - best).max() > 1e-7 * best[0]:
        return f"along components_ the variances are {along.round(4).tolist()}; they can be {best.round(4).tolist()}"
    return None


pca = Piece("ml.cluster:PCA.fit", forbid=SCRATCH)
pca.asks(
    "model = PCA(k).fit(X)\n[model.mean_, model.explained_variance_, model.explained_variance_ratio_]",
    "the means, the variances along the components and their shares are those of scikit-learn",
    cases=spreads,
    answer=scikit_pca,
    rtol=1e-7,
    atol=1e-10,
)
pca.asks(
    "PCA(k).fit(X).components_",
    "directions of length 1, at right angles, with the largest variance first",
    cases=lambda rng: [*spreads(rng), dict(X=1e-9 * table(rng, 9, 3), k=2)],
    accept=right_directions,
    expected="one direction a row (signs are free), the one with the largest variance first",
)
pca.asks(
    "model = PCA().fit(X[:2])\n[model.fit(X, y=[3, 1]) is model, len(model.components_), model.n_components]",
    "fit returns the model, leaves n_components as it is, forgets an earlier fit, and does not look at y",
    cases=[dict(X=np.vstack([DIAMOND.T, np.eye(2, 4), [[1.0, 2.0, 4.0, 8.0]]]))],
    answer=lambda X: [True, 4, None],
)
pca.asks(
    "PCA(k).fit(X).explained_variance_",
    "a number of components that X cannot have, rows that are all equal, and NaN are refused",
    cases=[
        dict(X=DIAMOND, k=3),
        dict(X=np.eye(2, 5), k=3),
        dict(X=DIAMOND, k=0),
        dict(X=DIAMOND, k=-1),
        dict(X=np.array([[0.1, 0.7]] * 3), k=1),
        dict(X=np.array([[0.1, 0.7]]), k=None),
        dict(X=np.array([[0.1, np.nan], [1.0, 2.0]]), k=1),
    ],
    raises="ValueError",
)
pca.mistake("The divisor of the variances is n - 1, not n.", "(len(X) - 1)", "len(X)")
pca.mistake("X was not centered: subtract mean_ before the SVD.", "svd(X - self.mean_,", "svd(X,")
pca.mistake("Singular values must be squared to become variances.", "stretches**2 /", "stretches /")
pca.mistake("Shares are of the variance along *all* components.", "variances.sum()", "variances[:k].sum()")
pca.mistake("The SVD's last result comes transposed: its rows are wanted.", "directions[:k]", "directions.T[:k]")
pca.mistake("The first k *rows* are the components; you took columns.", "directions[:k]", "directions[:, :k]")
pca.mistake("0 is to be refused; only None means all.", "self.n_components is None", "not self.n_components")
pca.mistake("n rows have no more than n components, however many columns.", "<= min(X.shape)", "<= X.shape[1]")
pca.mistake("Variances of equal rows may be 1e-34: compare rows.", "(X == X[0]).all()", "(X.var(axis=0) == 0).all()")
pca.mistake("n_components is the reader's setting: fit leaves it as it is.", "k = min(", "k = self.n_components = min(")
pca.hint("`self.mean_ = X.mean(axis=0)`, and broadcasting subtracts it from every row.")
pca.hint("`np.linalg.svd(A, full_matrices=False)` gives three results: U, the singular values, V transposed.")
pca.hint("A direction's variance is its singular value, squared, divided by n - 1.")

FLAT = dict(mean=np.array([3.0, 2.0]), components=np.array([[0.6, 0.8]]))
BY_HAND = "model = PCA(len(components))\nmodel.mean_, model.components_ = mean, components\n"


def projections(rng):
    yield dict(X=np.array([[8.0, 2.0]]), Z=np.array([[5.0]])) | FLAT
    yield dict(X=[[5], [6]], Z=[[5], [6]], mean=np.array([0.0]), components=np.array([[1.0]]))
    yield dict(
        X=[[4, 1], [3, 2]],
        Z=[[1, 2], [3, 5]],
        mean=np.array([0.0, 0.0]),
        components=np.array([[0.6, 0.8], [0.8, -0.6]]),
    )
    for n, d, k in ((4, 3, 2), (2, 5, 1), (3, 3, 3)):
        turn = np.linalg.qr(table(rng, d, d))[0]
        yield dict(X=table(rng, n, d), Z=table(rng, n, k), mean=table(rng, d), components=turn[:k])


FITTED = '\n    check_fitted(self, "components_")'


def refusals(piece, name, bad):
    piece.asks(f"PCA(1).{name}(X)", "before a fit it is refused", cases=[dict(X=[[1.0, 2.0]])], raises="NotFittedError")
    piece.asks(
        f"{BY_HAND}model.{name}(X)",
        "another number of columns, and NaN, are refused",
        cases=[FLAT | dict(X=np.array([row])) for row in bad],
        raises="ValueError",
    )
    piece.mistake("An unfitted model must say so: call `check_fitted` first.", FITTED, "\n    pass")


into = Piece("ml.cluster:PCA.transform", forbid=SCRATCH)
into.asks(
    BY_HAND + "model.transform(X)",
    "each row, measured from mean_, dotted with each component",
    cases=projections,
    answer=lambda X, mean, components: np.array([[sum((x - mean) * c) for c in components] for x in X]),
)
refusals(into, "transform", [[1.0, 2.0, 3.0], [1.0], [1.0, np.nan]])
into.mistake("Rows are measured from mean_: subtract it first.", "(X - self.mean_)", "X")
into.mistake("You subtracted the mean of the rows that came in, not mean_.", "self.mean_)", "X.mean(axis=0))")
into.mistake("Components are rows: transpose them.", "components_.T", "components_[:, : len(self.components_)]")
into.mistake("Tell `check_features` d, the columns of X, not k.", "self.components_.shape[1]", "len(self.components_)")
into.hint("Components are rows, so their transpose has one a column: (n, d) @ (d, k) gives (n, k).")

back = Piece("ml.cluster:PCA.inverse_transform", forbid=SCRATCH)
back.asks(
    BY_HAND + "model.inverse_transform(Z)",
    "mean_ plus each coordinate times its component",
    cases=projections,
    answer=lambda Z, mean, components: np.array([mean + sum(a * c for a, c in zip(z, components)) for z in Z]),
)
refusals(back, "inverse_transform", [[1.0, 2.0], [np.nan]])
back.mistake("The mean is missing: what transform subtracted comes back here.", " + self.mean_", "")
back.mistake("The mean is to be added, not subtracted.", " + self.mean_", " - self.mean_")
back.mistake("Components are rows already: don't transpose them here.", "components_ + ", "components_.T + ")
back.mistake("Tell `check_features` k, the columns of Z, not d.", "len(self.components_)", "len(self.mean_)")
WAY = "Z @ self.components_ + self.mean_"
back.mistake("mean_ has d entries: add it after the product.", WAY, "(Z + self.mean_) @ self.components_")
back.hint("Shapes decide: (n, k) @ (k, d) gives (n, d). Then the mean.")
