"""What must hold of ``precision_score``, ``recall_score`` and ``f1_score``. Oracle: scikit-learn."""

import numpy as np
from sklearn import metrics

from checks.language import Piece
from checks.ml.evaluation.shared import MAKE_ARRAYS, SCRATCH, refuses_pairs

IGNORED = MAKE_ARRAYS, MAKE_ARRAYS + "\n    pos_label = 1"


def measures(name):
    """Scikit-learn's measure of this name, which says 0 where a share has nothing to be a share of."""
    measure = getattr(metrics, name)

    def answer(y_true, y_pred, pos_label=1):
        ones = (np.array(labels) == pos_label for labels in (y_true, y_pred))
        return float(measure(*(labels.astype(int) for labels in ones), zero_division=0))

    return answer


def yes_or_no(rng):
    yield dict(y_true=[1, 0, 1, 1], y_pred=[1, 1, 0, 1])
    yield dict(y_true=[1, 0, 1, 0], y_pred=[1, 1, 0, 1])
    yield dict(y_true=[1, 0, 1, 1], y_pred=[1, 0, 0, 0])
    yield dict(y_true=[1], y_pred=[1])
    yield dict(y_true=[0, 0, 1, 0], y_pred=[0, 0, 0, 0])
    yield dict(y_true=[0, 0, 0], y_pred=[0, 1, 0])
    yield dict(y_true=[0, 0], y_pred=[0, 0])
    yield dict(y_true=[1, 1, 0], y_pred=[0, 0, 1])
    for n in (5, 11, 23):
        yield dict(y_true=rng.integers(2, size=n).tolist(), y_pred=rng.integers(2, size=n).tolist())


def other_positives(rng):
    yield dict(y_true=[1, 0, 1, 0, 0], y_pred=[1, 1, 0, 1, 0], pos_label=0)
    yield dict(y_true=["ill", "well", "well"], y_pred=["ill", "ill", "well"], pos_label="ill")
    yield dict(y_true=[1, 0, 1], y_pred=[0, 1, 1], pos_label=1)
    for label in range(4):
        yield dict(zip(("y_true", "y_pred"), rng.integers(4, size=(2, 19)).tolist()), pos_label=label)


precision = Piece("ml.evaluation:precision_score", forbid=SCRATCH)
recall = Piece("ml.evaluation:recall_score", forbid=SCRATCH)
f1 = Piece("ml.evaluation:f1_score", forbid=SCRATCH)
for piece, name, words in (
    (precision, "precision_score", "the share of positives among those predicted positive"),
    (recall, "recall_score", "the share of the positives that was found"),
    (f1, "f1_score", "the harmonic mean of precision and recall"),
):
    piece.asks(f"{name}(y_true, y_pred)", words, cases=yes_or_no, answer=measures(name))
    piece.asks(
        f"{name}(y_true, y_pred, pos_label=pos_label)",
        "pos_label is the positive label, all others are negative",
        cases=other_positives,
        answer=measures(name),
    )
    refuses_pairs(piece, f"{name}(y_true, y_pred)")

FOUND = "np.sum((y_true == pos_label) & (y_pred == pos_label))"
FLAWS = f"{MAKE_ARRAYS}\nfound, rest = {FOUND}, np.sum(({{}} == 0) & ({{}} == pos_label))\n"
FLAWS += "return float(found / (found + rest)) if found + rest else 0.0"
for piece, base, sides in ((precision, "flagged", ("y_true", "y_pred")), (recall, "positive", ("y_pred", "y_true"))):
    whole = f"np.sum(hits) / np.sum({base})"
    piece.mistake("This is a share of all rows.", whole, "np.mean(hits)")
    piece.mistake("The positive label is taken to be 1, whatever pos_label says.", *IGNORED)
    piece.mistake("Negative is every label but pos_label, not the label 0 alone.", FLAWS.format(*sides))
    piece.mistake(
        "Yours counts true negatives as hits: both labels must be positive.", "np.sum(hits)", "np.sum(y_true == y_pred)"
    )
precision.mistake(
    "This is recall: precision is a share of rows predicted positive.", "np.sum(flagged)", "np.sum(y_true == pos_label)"
)
precision.mistake("Where nothing is predicted positive, 0.0 is wanted.", "else 0.0", "else 1.0")
precision.hint("Two arrays of True and False: which rows were predicted positive, and which of those are positive.")
precision.hint("Count both with np.sum, and see to the case of a count of 0 before you divide.")

recall.mistake(
    "This is precision: recall is a share of rows that are positive.", "np.sum(positive)", "sum(y_pred == pos_label)"
)
recall.mistake("Where no row is positive, 0.0 is wanted.", "else 0.0", "else 1.0")
recall.hint("Copy your precision, and ask of each line whether it is about the predicted or the true positives.")

HARMONIC = "return 2 * precision * recall / both if both else 0.0"
f1.mistake("This is the ordinary mean of the two.", HARMONIC, "return both / 2")
f1.mistake("The 2 is missing, so that two perfect values give a half.", HARMONIC, HARMONIC.replace("2 * ", ""))
f1.mistake("Where precision and recall are both 0, this divides by 0.", " if both else 0.0", "")
f1.mistake("This is the geometric mean, the root of the product.", HARMONIC, "return (precision * recall) ** 0.5")
f1.mistake("pos_label is not handed on.", "    precision =", "    pos_label = 1\n    precision =")
f1.hint("Your precision_score and recall_score do the counting; hand pos_label on to both.")
