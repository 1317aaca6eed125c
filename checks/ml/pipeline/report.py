"""What must hold of ``evaluate``. Oracle: scikit-learn."""

import numpy as np
from sklearn import metrics

from checks.language import Piece
from checks.ml.pipeline.shared import OWN


def answers(rng):
    yield dict(y_true=[1, 0, 1], y_pred=[1, 1, 1])
    yield dict(y_true=["ill", "well", "well", "ill", "well"], y_pred=["ill", "well", "ill", "well", "well"])
    yield dict(y_true=[3], y_pred=[8])
    yield dict(y_true=np.array([0, 0, 1, 2]), y_pred=np.array([0, 1, 1, 1]))
    for n in (9, 20):
        y_true, y_pred = rng.integers(3, size=(2, n))
        yield dict(y_true=y_true, y_pred=y_pred)
        yield dict(zip(("y_true", "y_pred"), rng.choice(["ash", "elm", "oak", "yew"], size=(2, n)).tolist()))


NAMES = ("precision", "recall", "f1", "support")


def sklearn_report(y_true, y_pred):
    labels = sorted({*np.asarray(y_true).tolist(), *np.asarray(y_pred).tolist()})
    table = np.array(metrics.precision_recall_fscore_support(y_true, y_pred, labels=labels, zero_division=0))
    classes = [(label, dict(zip(NAMES, row))) for label, row in zip(labels, table.T.tolist())]
    return [metrics.accuracy_score(y_true, y_pred), metrics.confusion_matrix(y_true, y_pred), classes]


report = Piece("ml.pipeline:evaluate", forbid=OWN)
report.asks(
    """
report = evaluate(y_true, y_pred)
[report["accuracy"], report["confusion"], sorted(report["classes"].items())]
""",
    "accuracy, confusion matrix, and four numbers for each class",
    cases=answers,
    answer=sklearn_report,
)
LABELS = "np.unique(np.concatenate([y_true, y_pred])).tolist()"
report.mistake("A class that is only predicted needs an entry as well.", LABELS, "np.unique(y_true).tolist()")
report.mistake("This precision is the recall.", "precision_score(y_true, y_pred", "precision_score(y_pred, y_true")
SWAPPED = "True and predicted labels have changed places in the confusion matrix."
report.mistake(SWAPPED, "confusion_matrix(y_true, y_pred)", "confusion_matrix(y_pred, y_true)")
report.mistake(
    "pos_label is missing: the numbers of all classes are those of label 1.",
    """
    scores = dict(precision=precision_score(y_true, y_pred), recall=recall_score(y_true, y_pred))
    scores["f1"] = f1_score(y_true, y_pred)
    labels = np.unique(np.concatenate([y_true, y_pred])).tolist()
    classes = {label: scores | {"support": int(np.sum(np.asarray(y_true) == label))} for label in labels}
    return dict(accuracy=accuracy_score(y_true, y_pred), confusion=confusion_matrix(y_true, y_pred), classes=classes)
    """,
)
NAMED = "The key of an entry is the label itself, not its text."
report.mistake(NAMED, "classes[label] =", "classes[str(label)] =")
RECALL = "recall_score(y_true, y_pred, pos_label=label)"
report.mistake("pos_label is not handed on to the recall.", RECALL, RECALL.replace(", pos_label=label", ""))
OF_LABEL = "np.asarray(y_true) == label"
report.mistake("Support counts the true labels, not the predicted ones.", OF_LABEL, "np.asarray(y_pred) == label")
report.mistake("A list == a label is False as a whole: make an array of it.", OF_LABEL, "y_true == label")
report.hint("All labels: `np.unique(np.concatenate([y_true, y_pred]))`. A loop over them fills the inner dict.")
report.hint("The three scores take `pos_label=label`. `np.asarray(y_true) == label` can be counted.")
