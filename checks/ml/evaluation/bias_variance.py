"""What must hold of ``bias_variance``. Oracle: plain loops."""

import math

import numpy as np

from checks.language import Piece
from checks.ml.evaluation.shared import SCRATCH


def fits(rng):
    yield dict(predictions=[[1.0, 5.0], [3.0, 5.0]], truth=[0.0, 4.0])
    yield dict(predictions=[[2.0]], truth=[5.0])
    yield dict(predictions=[[1, 2, 3], [1, 2, 3]], truth=[1, 2, 3])
    yield dict(predictions=[[1.0, -1.0], [1.0, -1.0]], truth=[0.0, 0.0])
    yield dict(predictions=[[1e9 + 1, 1e9 + 5], [1e9 + 3, 1e9 + 5]], truth=[1e9, 1e9 + 4])
    for shape in ((3, 3), (4, 2), (2, 7), (30, 5)):
        yield dict(predictions=rng.uniform(-4, 4, size=shape), truth=rng.uniform(-2, 2, size=shape[1]))


def parts(predictions, truth):
    columns = list(zip(*np.asarray(predictions).tolist()))
    squared = [(math.fsum(c) / len(c) - t) ** 2 for c, t in zip(columns, truth)]
    spread = [math.fsum((p - math.fsum(c) / len(c)) ** 2 for p in c) / len(c) for c in columns]
    return dict(bias_squared=math.fsum(squared) / len(squared), variance=math.fsum(spread) / len(spread))


MISFITS = ((3, 3), (3, 1)), ((4, 3), 2), (3, 3), ((2, 4, 3), (4, 3)), ((4, 3), (4, 3))  # shapes
decompose = Piece("ml.evaluation:bias_variance", forbid=SCRATCH)
decompose.asks(
    """
    bias_squared, variance = bias_variance(predictions, truth)
    dict(bias_squared=bias_squared, variance=variance)
    """,
    "squared bias and variance at each point, then the means over the points",
    cases=fits,
    answer=parts,
)
decompose.asks(
    "bias_variance(predictions, truth)",
    "shapes that do not fit are refused, and both are named",
    cases=[dict(predictions=np.ones((4, 3)), truth=np.ones(1))],
    raises="ValueError",
    mentions=("(4, 3)", "(1,)"),
)
decompose.asks(
    "bias_variance(predictions, truth)",
    "shapes that do not fit are refused, even where NumPy would broadcast",
    cases=[dict(predictions=np.ones(a), truth=np.ones(b)) for a, b in MISFITS],
    raises="ValueError",
)
decompose.mistake(
    "Biases of opposite sign cancel here: square before you average.", "((mean - truth) ** 2)", "(mean - truth) ** 2"
)
decompose.mistake(
    "A variance is measured from the mean prediction, not the truth.", "(predictions - mean)", "(predictions - truth)"
)
for mean in ("predictions.mean()", "predictions.mean(axis=1)", "(predictions := predictions.T).mean(axis=0)"):
    decompose.mistake(
        "A point's mean prediction is a mean over the training sets: axis 0 vanishes.", "predictions.mean(axis=0)", mean
    )
for sentence, spread in (
    ("The variance is that of all predictions at once: at each point, measure from its own mean.", "predictions.var()"),
    ("Squares minus a squared mean lose digits: square the differences.", "np.mean(predictions**2 - mean**2)"),
):
    decompose.mistake(sentence, "np.mean((predictions - mean) ** 2)", spread)
decompose.mistake(
    "The first number holds the variance too: take the mean, then square.", "(mean - truth)", "(predictions - truth)"
)
decompose.mistake(
    "The variance is divided by one less than the number of sets: then the parts do not add up to the whole.",
    "float(np.mean((predictions - mean) ** 2))",
    "float(np.sum((predictions - mean) ** 2) / max(1, len(predictions) - 1) / len(truth))",
)
decompose.mistake(
    "Misfits go through, and NumPy broadcasts: compare both shapes.", "if predictions.ndim != 2 or", "if False and"
)
decompose.hint("`predictions` has one row for each training set. Its mean over the rows has shape (points,).")
decompose.hint("Square `mean - truth`, one for each point, and `predictions - mean`, a whole table; then np.mean.")
