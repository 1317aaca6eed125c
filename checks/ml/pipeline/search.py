"""What must hold of ``grid_search``. Oracle: nearest neighbours in NumPy."""

import numpy as np

from checks.compare import difference
from checks.language import Piece
from checks.ml.pipeline.shared import OWN


def searches(rng):
    for n, ks, k in ((8, [1, 3, 4], 2), (11, [5, 1, 2], 3), (17, [1, 4, 9], 5)):
        X = rng.normal(size=(n, 2))
        y = (X[:, 0] + rng.normal(0, 0.8, n) > 0).astype(int)
        yield dict(X=X, y=y, ks=ks, k=k, seed=int(rng.integers(1000)))


def share_right(X, y, new, y_new, k):
    """The score of the k nearest neighbours for labels 0 and 1; a tie goes to 0."""
    nearest = np.argsort(np.linalg.norm(new[:, None] - X, axis=2), axis=1)[:, :k]
    return np.mean((y[nearest].mean(axis=1) > 0.5) == y_new)


def wrong_search(got, X, y, ks):
    best, candidates, scores, folds = got
    wrong = difference([{"k": k} for k in ks], candidates)
    if wrong:
        return f"candidates: {wrong}"
    right = np.array([[share_right(X[a], y[a], X[b], y[b], k) for a, b in folds] for k in ks])
    wrong = difference(right, scores)
    if wrong:
        return f"scores: {wrong}"
    means = right.mean(axis=1)
    highest = [k for k, mean in zip(ks, means) if mean > means.max() - 1e-9]
    return None if any(difference({"k": k}, best) is None for k in highest) else f"{best} has not the highest mean"


search = Piece("ml.pipeline:grid_search", forbid=OWN)
search.asks(
    """
from course_lib.ml.neighbors import KNeighborsClassifier
best, candidates, scores = grid_search(KNeighborsClassifier, {"k": ks}, X, y, k, rng=np.random.default_rng(seed))
[best, candidates, scores, k_fold(len(X), k, rng=np.random.default_rng(seed))]
""",
    "scores of nearest neighbours on the folds of one call of k_fold",
    cases=searches,
    accept=wrong_search,
    expected="the scores that the nearest neighbours have on these folds",
)


def best_of(known, extra):
    candidates = [dict(known=pair, extra=more) for pair in known for more in extra]
    scores = np.array([sorted(score + c["extra"] for score in c["known"]) for c in candidates], float)
    means = scores.mean(axis=1).tolist()
    return [candidates[means.index(max(means))], candidates, scores]


search.asks(
    """
class Model:  # its scores are known in advance: one for each row, and each row is a fold
    def __init__(self, known, extra):
        self.known, self.extra = known, extra
    def fit(self, X, y):
        pass
    def score(self, X, y):
        return self.known[X[0, 0]] + self.extra

k = len(known[0])
grid = {"known": known, "extra": extra}
best, candidates, scores = grid_search(Model, grid, np.arange(k)[:, None], np.zeros(k), k, rng=np.random.default_rng(0))
[best, candidates, np.sort(scores, axis=1)]
""",
    "every combination is tried, and the first with the highest mean is the best",
    cases=[
        dict(known=[[1, 1], [2, 2]], extra=[0]),
        dict(known=[[1, 7], [5, 4], [4, 5], [2, 2]], extra=[0, 1]),
        dict(known=[[-9, -4, -3], [-5, -5, -5], [0, -9, -9]], extra=[-1, -2, 0]),
    ],
    answer=best_of,
)
search.asks(
    """
made = []
class Model:  # writes down which rows it is fitted on and which it is asked about
    def __init__(self, c):
        self.rows = []
        made.append(self)
    def fit(self, X, y):
        self.rows += [X["row"].tolist(), (y - X["row"]).tolist()]
    def score(self, X, y):
        self.rows += [X["row"].tolist(), (y - X["row"]).tolist()]
        return 0.5

grid_search(Model, {"c": [1, 2]}, Table({"row": np.arange(n)}), np.arange(n), k, rng=np.random.default_rng(seed))
[model.rows for model in made]
""",
    "a new model for each candidate and fold learns from the rows outside of the fold, and is asked about those in it",
    cases=[dict(n=4, k=2, seed=3), dict(n=7, k=3, seed=1), dict(n=5, k=5, seed=0)],
    accept=lambda got, **case: wrong_rows(got, case["n"], case["k"]),
    expected="2 k models, each fitted once on the rows outside of a fold and asked once about those in it",
)


def wrong_rows(got, n, k):
    if len(got) != 2 * k:
        return f"{len(got)} models were made; two candidates and {k} folds need {2 * k}"
    for rows in got:
        if len(rows) != 4:
            return f"a model was fitted or asked {len(rows) // 2} times in all; once each is wanted"
        if any(rows[1] + rows[3]):
            return "rows of X and entries of y do not belong together"
        if sorted(rows[0] + rows[2]) != list(range(n)):
            return f"a model learned from rows {sorted(rows[0])} and was asked about {sorted(rows[2])}, out of {n}"
    asked = sorted(str(sorted(rows[2])) for rows in got)
    if asked[::2] != asked[1::2]:
        return "the second candidate has other folds than the first: deal them once"
    return None


MEANS = "scores.mean(axis=1)"
search.mistake("The models learned from all rows, also from those of the fold.", "X[train], y[train]", "X, y")
SEEN = "The models were asked about rows they learned from."
search.mistake(SEEN, "X[validation], y[validation]", "X[train], y[train]")
search.mistake("The best has the highest mean, not the highest single score.", MEANS, "scores.max(axis=1)")
STARS = "make_model got the dict itself: two stars hand its entries over as named arguments."
search.mistake(STARS, "= make_model(**candidate)", "= make_model(candidate)")
search.mistake("Of equals the first is the best.", f"np.argmax({MEANS})", f"-1 - np.argmax({MEANS}[::-1])")
search.mistake(
    "Each candidate got folds of its own, so that luck with the folds decides: deal them once, before the loop.",
    "for j, (train, validation) in enumerate(folds)",
    "for j, (train, validation) in enumerate(folds if i == 0 else k_fold(len(X), k, rng=rng))",
)
REUSED = "One model served all folds of a candidate: make a new one for each."
search.mistake(REUSED, "= make_model(**candidate)", "= model if j else make_model(**candidate)")
search.hint("Deal the folds once: `folds = k_fold(len(X), k, rng=rng)`. An array of zeros takes up the scores.")
search.hint("Two loops with enumerate: over the candidates, and inside over the pairs (train, validation) of folds.")
search.hint("`make_model(**candidate)` hands a dict over as named arguments. `np.argmax` finds the first largest.")
