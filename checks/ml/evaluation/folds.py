"""What must hold of ``cross_val_score``. Oracle: models that keep records."""

import math

import numpy as np

from checks.language import Piece
from checks.ml.evaluation.shared import RECORDER, SCRATCH


def tables(rng):
    """Rows that can be told apart: the first column is a row's number, and the target its square."""
    for n, k in ((6, 3), (10, 5), (11, 4), (5, 5), (23, 2)):
        numbers = np.arange(1.0, n + 1)
        X = np.column_stack([numbers, rng.uniform(size=n).round(2)])
        yield dict(X=X, y=numbers**2, k=k, seed=int(rng.integers(1000)))


def of_folds(got, X, y, k, seed):
    everything = X[:, 0].tolist()
    if len(got["notes"]) != k:
        return f"{len(got['notes'])} scores were asked for, one for each of {k} folds is wanted"
    for i, (fitted, scored_on) in enumerate(got["notes"]):
        for part in (fitted, scored_on):
            if [a * a for a in part[0]] != part[1]:
                return f"in round {i} features and targets of different rows were put together"
        if set(fitted[0]) & set(scored_on[0]):
            return f"in round {i} rows {sorted(set(fitted[0]) & set(scored_on[0]))} were both learned and asked"
        if sorted(fitted[0] + scored_on[0]) != everything:
            return f"in round {i} the model was fitted on {len(fitted[0])} rows and asked about {len(scored_on[0])}"
    asked = [row for _, scored_on in got["notes"] for row in scored_on[0]]
    if sorted(asked) != everything:
        return "over all rounds each row has to be asked about exactly once"
    sizes = {len(scored_on[0]) for _, scored_on in got["notes"]}
    if max(sizes) - min(sizes) > 1:
        return f"the folds have sizes {sorted(sizes)}: use k_fold"
    if got["made"] != k:
        return f"make_model() was called {got['made']} times, once for each of {k} folds is wanted"
    wanted = [np.dot(*f) + 0.001 * np.dot(*s) for f, s in got["notes"]]
    if not isinstance(got["scores"], np.ndarray) or got["scores"].shape != (k,):
        return f"the answer is to be an array of shape ({k},)"
    return None if np.allclose(got["scores"], wanted, rtol=1e-12) else "the scores are not those that the models gave"


cross = Piece("ml.evaluation:cross_val_score", forbid=SCRATCH)
cross.asks(
    RECORDER + "scores = cross_val_score(Recorder, X, y, k, rng=np.random.default_rng(seed))\n"
    "dict(notes=notes, scores=scores, made=len(made))",
    "each fold is scored by a new model that was fitted on all the others",
    cases=tables,
    accept=of_folds,
    expected="in each round the model is fitted on all rows but one fold, and scored on that fold",
)
cross.asks(
    RECORDER + "X, y = np.arange(60.0)[:, None], np.arange(60.0)\n"
    "scores = [cross_val_score(Recorder, X, y, k, rng=np.random.default_rng(seed)) for seed in seeds]\n"
    "[np.shape(scores[0]), np.array_equal(scores[0], scores[1]), np.array_equal(scores[0], scores[2])]",
    "the folds are drawn by rng: one seed, one result; another seed, another",
    cases=[dict(k=5, seeds=[1, 1, 2]), dict(k=3, seeds=[0, 0, 5])],
    answer=lambda k, seeds: [(k,), True, False],
)
cross.asks(
    RECORDER + "np.shape(cross_val_score(Recorder, X, y, rng=np.random.default_rng(0)))",
    "X and y may be lists, and k is 5 unless something else is asked for",
    cases=[dict(X=[[1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0]], y=[1, 4, 9, 16, 25, 36, 49])],
    answer=lambda X, y: (5,),
)
cross.asks(
    RECORDER + "cross_val_score(Recorder, X, y, k=2, rng=np.random.default_rng(0))",
    "bad tables are refused",
    cases=[dict(X=[[1.0], [2.0], [math.nan], [4.0]], y=[1, 4, 9, 16]), dict(X=[[1.0], [2.0], [3.0]], y=[1, 4])],
    raises="ValueError",
)
cross.mistake(
    "All rounds use one model: make a new one in the loop.", "= make_model()", "= model if scores else make_model()"
)
cross.mistake(
    "The models were fitted on all rows, their own fold included.", "model.fit(X[train], y[train])", "model.fit(X, y)"
)
cross.mistake(
    "The models were scored on the rows that they learned from.", "scores.append(", "validation = train; scores.append("
)
cross.mistake(
    "The parts of a fold changed places: the large one is for fitting.", "train, validation in", "validation, train in"
)
cross.mistake("This is the mean; all k scores are wanted.", "np.array(scores)", "float(np.mean(scores))")
cross.mistake("The generator is not used: hand rng on to k_fold.", "k, rng=rng):", "k, rng=np.random.default_rng(0)):")
cross.mistake("The number of folds is 5, whatever k says.", "k, rng=rng):", "5, rng=rng):")
CHECKED = "X, y = check_features_and_target(X, y)\n"
cross.mistake(
    "X and y may be lists, and no list takes an array in its brackets: make arrays of them first.", CHECKED, "\n"
)
cross.mistake(
    "What check_features_and_target refuses went through: begin with it.", CHECKED, "X, y = np.array(X), np.array(y)\n"
)
cross.hint("`for train, validation in k_fold(len(X), k, rng=rng):` gives the row numbers of both parts.")
cross.hint("`X[train]` takes the rows whose numbers stand in the array train. The same with y.")
