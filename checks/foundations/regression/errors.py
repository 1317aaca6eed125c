"""What must hold of ``mean_squared_error`` and ``r_squared``. Oracles: plain loops, NumPy."""

import numpy as np

from checks.foundations.regression.shared import SCRATCH, Y3, array
from checks.language import Piece


def predictions(rng):
    yield dict(y=np.array([2.0, 7.0]), predicted=np.array([3.0, 4.0]))
    yield dict(y=np.array([3.0]), predicted=np.array([3.0]))
    yield dict(y=np.array([0.0]), predicted=np.array([1.0]))
    yield dict(y=Y3, predicted=np.array([2.0, 4.0, 6.0]))
    for n in (2, 5, 11):
        yield dict(y=array(rng, n), predicted=array(rng, n))


error = Piece("foundations.regression:mean_squared_error", forbid=SCRATCH)
error.asks(
    "mean_squared_error(y, predicted)",
    "the mean of the squared differences",
    cases=predictions,
    answer=lambda y, predicted: sum((p - t) ** 2 for t, p in zip(y.tolist(), predicted.tolist())) / len(y),
)
COLUMN = dict(y=Y3, predicted=np.array([[2.0], [4.0], [6.0]]))
error.asks(
    "mean_squared_error(y, predicted)",
    "a column of predictions is refused, and both shapes are named",
    cases=[COLUMN],
    raises="ShapeError",
    mentions=("(3,)", "(3, 1)"),
)
error.asks(
    "mean_squared_error(y, predicted)",
    "shapes that differ are refused, even where NumPy would broadcast",
    cases=[
        dict(y=np.array([[2.0], [3.0]]), predicted=np.array([2.0, 4.0])),
        dict(y=Y3, predicted=np.array([4.0])),
        dict(y=Y3, predicted=np.array([4.0, 2.0])),
    ],
    raises="ShapeError",
)
error.mistake(
    "Nothing compares the shapes: NumPy broadcasts a column against a row to a whole table.",
    """
    return float(np.mean((predicted - y) ** 2))
    """,
)
error.mistake(
    "You compared lengths: a vector (n,) and a column (n, 1) have the same. Compare shapes.",
    "y.shape != predicted.shape",
    "len(y) != len(predicted)",
)
error.mistake("The squares are added up, but not divided by how many there are.", "np.mean(", "np.sum(")
error.mistake(
    "These are the sizes of the differences, not their squares.", "(predicted - y) ** 2", "abs(predicted - y)"
)
error.mistake(
    "You squared the mean of the differences, so that errors of opposite sign cancel: square first.",
    "np.mean((predicted - y) ** 2)",
    "np.mean(predicted - y) ** 2",
)
error.mistake(
    "You took the root: the mean of the squares itself is wanted.",
    "np.mean((predicted - y) ** 2)",
    "np.sqrt(np.mean((predicted - y) ** 2))",
)
error.mistake(
    "This is an array without axes, of shape (): `.item()` or `float(...)` makes it a number.",
    "float(np.mean((predicted - y) ** 2))",
    "np.array(np.mean((predicted - y) ** 2))",
)
error.mistake(
    "These are the squares, one for each entry: their mean is still to be taken.",
    "float(np.mean((predicted - y) ** 2))",
    "(predicted - y) ** 2",
)
error.hint(
    "First the shapes: `a.shape` is a tuple, and tuples can be compared. Then the differences, their squares, the mean."
)
error.hint("`y - predicted` and `** 2` work entry by entry; `.mean()` or `np.mean` does the rest.")


def judged(rng):
    yield dict(y=Y3, predicted=np.array([2.0, 4.0, 6.0]))
    yield dict(y=np.array([1.0, 2.0]), predicted=np.array([1.0, 2.0]))
    yield dict(y=np.array([1.0, 3.0]), predicted=np.array([2.0, 2.0]))
    yield dict(y=Y3, predicted=np.array([1.5, 4.0, 6.5]))
    yield dict(y=Y3, predicted=np.array([20.0, 30.0, 70.0]))
    for n in (2, 5, 11):
        yield dict(y=array(rng, n), predicted=array(rng, n))


share = Piece("foundations.regression:r_squared", forbid=SCRATCH)
share.asks(
    "r_squared(y, predicted)",
    "1 - (MSE of the predictions) / (MSE of the mean)",
    cases=judged,
    answer=lambda y, predicted: float(1 - ((y - predicted) ** 2).sum() / ((y - y.sum() / len(y)) ** 2).sum()),
)
share.asks(
    "r_squared(y, predicted)",
    "shapes that differ are refused",
    cases=[dict(y=Y3, predicted=np.array([[2.0], [4.0], [6.0]])), dict(y=Y3, predicted=np.array([4.0]))],
    raises="ShapeError",
)
share.asks(
    "r_squared(y, predicted)",
    "targets that are all equal are refused",
    cases=[
        dict(y=np.array([4.0, 4.0]), predicted=np.array([3.0, 5.0])),
        dict(y=np.array([0.1, 0.1, 0.1]), predicted=np.array([0.1, 0.2, 0.1])),
        dict(y=np.array([3.0]), predicted=np.array([2.0])),
    ],
    raises="ValueError",
)
share.asks(
    "r_squared(y, predicted)",
    "targets that differ, however little, are judged",
    cases=[
        dict(y=np.array([2.0, 3.0, 2.0]), predicted=np.array([2.0, 2.5, 2.5])),
        dict(y=np.array([1e-16, 3e-16]), predicted=np.array([2e-16, 3e-16])),
        dict(y=np.array([1.0, 1.0 + 2**-30]), predicted=np.array([1.0, 1.0])),
    ],
    answer=lambda y, predicted: float(1 - ((y - predicted) ** 2).sum() / ((y - y.sum() / len(y)) ** 2).sum()),
)
EQUAL = """
    if (y == y[0]).all():
        raise ValueError("there is no variance to explain")
    """
share.mistake(
    "First and last target can be equal where those between them are not: compare all entries with the first.",
    "(y == y[0]).all()",
    "y[0] == y[-1]",
)
share.mistake(
    "Nothing refuses equal targets: compare the entries, before you divide.",
    """
    return 1 - mean_squared_error(y, predicted) / mean_squared_error(y, np.full(y.shape, y.mean()))
    """,
)
share.mistake(
    "This is the share that is left over: take it away from 1.",
    "1 - mean_squared_error(y, predicted) / ",
    "mean_squared_error(y, predicted) / ",
)
share.mistake(
    "You compare with always saying 0; the yardstick is the mean of y.",
    "np.full(y.shape, y.mean())",
    "np.zeros(y.shape)",
)
share.mistake(
    "The yardstick is the mean of the targets, not of the predictions.",
    "np.full(y.shape, y.mean())",
    "np.full(y.shape, predicted.mean())",
)
share.mistake(
    "Below 0 is allowed: it says that the predictions are worse than the mean. Don't cut it off.",
    "1 - mean_squared_error(y, predicted) / mean_squared_error(y, baseline)",
    "max(0.0, 1 - mean_squared_error(y, predicted) / mean_squared_error(y, baseline))",
)
share.mistake(
    "The yardstick is a mean, too: its squares are divided by n, not n - 1.",
    EQUAL
    + """
    return 1 - mean_squared_error(y, predicted) / float(np.var(y, ddof=1))
    """,
)
share.mistake(
    "Small is not equal: tiny targets have a tiny variance. Compare the entries, not the variance.",
    "(y == y[0]).all()",
    "np.var(y) < 1e-9",
)
share.mistake(
    "This is the squared correlation: it forgives predictions that are all too high or too large.",
    EQUAL
    + """
    mean_squared_error(y, predicted)
    spread = np.sqrt(np.var(y) * np.var(predicted))
    return float((np.mean((y - y.mean()) * (predicted - predicted.mean())) / spread) ** 2) if spread else 0.0
    """,
)
share.mistake(
    "The fraction is upside down: the MSE of the predictions stands on top.",
    EQUAL
    + """
    baseline = mean_squared_error(y, np.full(y.shape, y.mean()))
    own = mean_squared_error(y, predicted)
    return 1 - baseline / own if own else 1.0
    """,
)
share.mistake(
    "You compare the variance with 0, but rounding leaves 1e-34 for three equal 0.1: compare the entries.",
    "(y == y[0]).all()",
    "np.var(y) == 0",
)
share.hint(
    "You have the loss already: call it twice, once with the predictions and once with the mean of y in every place."
)
share.hint("`np.full(y.shape, value)` is an array of one value. For the refusal, compare all entries with the first.")
