"""What must hold of ``accuracy_score`` and ``confusion_matrix``. Oracle: scikit-learn."""

import numpy as np
from sklearn import metrics

from checks.language import Piece
from checks.ml.evaluation.shared import ILL, MAKE_ARRAYS, SCRATCH, refuses_pairs


def several(rng):
    """Labels of a few classes, as lists; some classes are never predicted, and some only predicted."""
    yield dict(y_true=[1, 0, 1, 0, 0], y_pred=[1, 1, 1, 0, 0])
    yield dict(y_true=[1], y_pred=[1])
    yield dict(y_true=[2], y_pred=[7])
    yield dict(y_true=ILL, y_pred=[1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    yield dict(y_true=["oak", "elm", "oak", "ash"], y_pred=["oak", "oak", "elm", "ash"])
    for classes, n in (([0, 1], 9), ([0, 1, 2], 13), ([-3, 5, 40], 11), (["b", "a", "d", "c"], 17)):
        chosen = rng.integers(len(classes), size=(2, n))
        yield dict(zip(("y_true", "y_pred"), ([classes[i] for i in row] for row in chosen)))


accuracy = Piece("ml.evaluation:accuracy_score", forbid=SCRATCH)
accuracy.asks(
    "accuracy_score(y_true, y_pred)",
    "the share of right answers",
    cases=several,
    answer=lambda y_true, y_pred: metrics.accuracy_score(y_true, y_pred),
)
refuses_pairs(accuracy, "accuracy_score(y_true, y_pred)")
accuracy.mistake("You counted the right answers; divide by the number of rows.", "np.mean(", "np.sum(")
accuracy.mistake("This is the share of wrong answers.", "y_true == y_pred", "y_true != y_pred")
for average in ("float(np.mean(y_true == y_pred))", "sum(y_true == y_pred) / len(y_true)"):
    accuracy.mistake(
        "Two lists compared with == give one True or False: keep the arrays that check_labels returns.",
        f"check_labels(y_true, y_pred)\nreturn {average}",
    )
accuracy.mistake(
    "Nothing refuses labels that do not come in pairs: call check_labels first.",
    MAKE_ARRAYS,
    "y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)",
)
accuracy.hint("`y_true, y_pred = check_labels(y_true, y_pred)` refuses what must be refused and makes arrays.")
accuracy.hint("`a == b` compares arrays entry by entry. In a mean, True counts as 1 and False as 0.")


def counted(y_true, y_pred):
    pairs, classes = list(zip(y_true, y_pred)), sorted({*y_true, *y_pred})
    return np.array([[pairs.count((i, j)) for j in classes] for i in classes])


HERE = "(y_true == i) & (y_pred == j)"
OCCURRING = "np.unique(np.concatenate([y_true, y_pred]))"
confusion = Piece("ml.evaluation:confusion_matrix", forbid=SCRATCH)
confusion.asks(
    "confusion_matrix(y_true, y_pred)", "row: the true class, column: the predicted one", cases=several, answer=counted
)
refuses_pairs(confusion, "confusion_matrix(y_true, y_pred)")
confusion.mistake(
    "Rows and columns have changed places: the true class is the row.", HERE, "(y_true == j) & (y_pred == i)"
)
confusion.mistake(
    "Some classes are only predicted, never true: they too need a row and a column.", OCCURRING, "np.unique(y_true)"
)
confusion.mistake("The classes stand in descending order.", OCCURRING, OCCURRING + "[::-1]")
confusion.mistake(
    "Labels need not be 0, 1, 2, …: take the labels that occur.", OCCURRING, "np.arange(np.max([y_true, y_pred]) + 1)"
)
confusion.mistake(
    "These are shares, and counts are wanted.", f"np.sum({HERE})", f"np.sum({HERE}) / max(1, sum(y_true == i))"
)
confusion.hint("`np.unique(a)` is the sorted array of the different entries of a. You need those of both arrays.")
confusion.hint("For one entry: `(y_true == i) & (y_pred == j)` is True where both hold, and `np.sum` counts the Trues.")
confusion.hint("Two loops, over the true class outside and the predicted one inside; `np.array` of nested lists.")
