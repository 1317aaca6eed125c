"""What must hold of ``learning_curve``. Oracle: models that keep records."""

import numpy as np

from checks.language import Piece
from checks.ml.evaluation.shared import RECORDER, SCRATCH


def growing(rng):
    for n, m, sizes in ((5, 2, [2, 4]), (5, 2, [5]), (7, 3, [6, 1, 7, 3, 6]), (3, 4, [1, 2, 3])):
        X = np.column_stack([np.arange(1.0, n + m + 1), rng.uniform(size=n + m).round(2)])
        y = X[:, 0] ** 2
        yield dict(X_train=X[:n], y_train=y[:n], X_val=X[n:], y_val=y[n:], sizes=sizes)


def curve_answer(X_train, y_train, X_val, y_val, sizes):
    fitted = [np.dot(X_train[:size, 0], y_train[:size]) for size in sizes]
    asked = [0.001 * fit for fit in fitted], 0.001 * np.dot(X_val[:, 0], y_val)
    return [np.add(fitted, part) for part in asked]


THREE_ROWS = RECORDER + "X, y = np.array([[1.0], [2.0], [3.0]]), np.array([1.0, 4.0, 9.0])\n"
THREE_ROWS += "learning_curve(Recorder, X, y, X, y, sizes)"
curve = Piece("ml.evaluation:learning_curve", forbid=SCRATCH)
curve.asks(
    RECORDER + "train_scores, val_scores = learning_curve(Recorder, X_train, y_train, X_val, y_val, sizes)\n"
    "[train_scores, val_scores]",
    "the scores of new models, each fitted on the first rows (Recorder's score tells on which)",
    cases=growing,
    answer=curve_answer,
)
curve.asks(
    THREE_ROWS,
    "a size that the training set doesn't have is refused",
    cases=[dict(sizes=[4]), dict(sizes=[0]), dict(sizes=[2, 9]), dict(sizes=[-1])],
    raises="ValueError",
)
curve.asks(THREE_ROWS, "the refusal names the size", cases=[dict(sizes=[57])], raises="ValueError", mentions=("57",))
curve.mistake(
    "The training score is that of the whole training set: ask about the rows that this model was fitted on.",
    "model.score(X_train[:size], y_train[:size])",
    "model.score(X_train, y_train)",
)
RANGE = "not 1 <= size <= len(X_train)"
curve.mistake(
    "A slice is as long as there are rows, and says nothing: refuse sizes that are too large.", RANGE, "size < 1"
)
curve.mistake(
    "Sizes below 1 go through: a slice [:-1] leaves out the last row and says nothing.", RANGE, "size > len(X_train)"
)
curve.mistake(
    "All sizes use one model: make a new one for each.", "= make_model()", "= model if train_scores else make_model()"
)
curve.mistake(
    "The validation score is to be that of all validation rows.", "(X_val, y_val)", "(X_val[:size], y_val[:size])"
)
curve.mistake("The sizes were sorted; the order given is wanted.", "for size in sizes", "for size in sorted(sizes)")
curve.mistake("A size that is given twice gets two entries.", "in sizes", "in dict.fromkeys(sizes)")
curve.mistake(
    "The score on the fitted rows comes first.", "return", "train_scores, val_scores = val_scores, train_scores; return"
)
curve.hint("A loop over the sizes. In it: refuse, make, fit, and two scores.")
curve.hint("`X_train[:size]` has the first size rows. Two lists collect the scores, and become arrays at the end.")
