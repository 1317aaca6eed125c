"""What must hold of ``column_means`` and ``standardise``. Oracle: NumPy."""

import numpy as np

from checks.foundations.regression.shared import SCRATCH, array
from checks.language import Piece


def tables(rng):
    yield dict(X=np.array([[1.0, 10.0], [3.0, 50.0], [5.0, 0.0]]))
    yield dict(X=np.array([[2.0]]))
    yield dict(X=np.array([[1.0, 10.0], [3.0, 50.0]]))
    yield dict(X=np.array([[4.0, 4.0], [4.0, 4.0]]))
    for shape in ((3, 2), (2, 5), (7, 3), (1, 4), (5, 5)):
        yield dict(X=array(rng, *shape))


means = Piece("foundations.regression:column_means", forbid=SCRATCH)
means.asks(
    "column_means(X)",
    "one mean for each column",
    cases=tables,
    answer=lambda X: np.array([np.mean(c) for c in zip(*X)]),
)
means.mistake("These are the means of the rows: axis 1 vanished, and axis 0 should.", "axis=0", "axis=1")
means.mistake(
    "This is the mean of the whole table: name the axis that is to vanish.", "X.mean(axis=0)", "np.array([X.mean()])"
)
means.mistake(
    "The sums of the columns are still to be divided by the number of rows.", "X.mean(axis=0)", "X.sum(axis=0)"
)
means.mistake(
    "You divided the columns' sums by the number of columns, not of rows.",
    "X.mean(axis=0)",
    "X.sum(axis=0) / X.shape[1]",
)
means.hint("Which axis is to vanish, the one along which the rows are counted (0) or the columns (1)?")
means.hint("NumPy's arrays have a method `mean`; its argument `axis` names the axis that vanishes.")


def scalable(rng):
    yield dict(X=np.array([[1.0, 5.0], [3.0, 5.0]]))
    yield dict(X=np.array([[1.0, 2.0], [3.0, 8.0]]))
    yield dict(X=np.array([[0.0, 2.0], [2.0, 0.0]]))
    yield dict(X=np.array([[0.0, 1.0], [2.0, -1.0]]))
    for shape in ((3, 2), (5, 5), (7, 3)):
        yield dict(X=array(rng, *shape) * 10.0 ** rng.integers(-2, 4, size=shape[1]))


def standardised(X):
    means = np.array([np.mean(c) for c in zip(*X)])
    scales = np.array(
        [np.sqrt(np.mean((np.array(c) - m) ** 2)) if len(set(c)) > 1 else 1.0 for c, m in zip(zip(*X), means)]
    )
    Z = np.array([[(x - m) / s for x, m, s in zip(row, means, scales)] for row in X])
    return dict(Z=Z, means=means, scales=scales)


standard = Piece("foundations.regression:standardise", forbid=SCRATCH)
WHOLE = "Z, means, scales = standardise(X)\ndict(Z=Z, means=means, scales=scales)"
standard.asks(WHOLE, "mean 0 and deviation 1 in each column", cases=scalable, answer=standardised, rtol=1e-7, atol=1e-9)
standard.asks(
    WHOLE,
    "a column of equal entries has scale 1",
    cases=[
        dict(X=np.array([[4.0, 1.0], [4.0, 2.0], [4.0, 6.0]])),
        dict(X=np.array([[1.0, 0.1], [5.0, 0.1], [3.0, 0.1]])),
        dict(X=np.array([[0.0, 7.0, -2.5]])),
    ],
    answer=standardised,
    rtol=1e-7,
    atol=1e-9,
)
standard.asks(
    WHOLE,
    "entries that differ, however little, are not constant",
    cases=[
        dict(X=np.array([[1.0], [4.0], [1.0]])),
        dict(X=np.array([[1e-12, 5.0], [3e-12, 8.0]])),
        dict(X=np.array([[1.0], [1.0 + 2**-32]])),
        dict(X=np.array([[3e-20], [1e-20]])),
    ],
    answer=standardised,
    rtol=1e-7,
    atol=1e-30,
)
standard.mistake(
    "Small is not constant: a column of tiny entries has a tiny deviation. Compare the entries, not the deviation.",
    "(X == X[0]).all(axis=0)",
    "deviations < 1e-9",
)
standard.mistake(
    "First and last entry can be equal in a column that changes between them: compare all entries with the first.",
    "(X == X[0]).all(axis=0)",
    "X[0] == X[-1]",
)
standard.mistake(
    "You returned the deviations as they are: the scale of a constant column is 1.",
    "/ scales, means, scales",
    "/ scales, means, deviations",
)
standard.mistake(
    "All columns have one deviation here, that of the whole table: each needs its own.",
    """
    means, scale = column_means(X), X.std()
    constant = (X == X[0]).all(axis=0)
    scales = np.where(constant, 1.0, scale)
    return (X - means) / scales, means, scales
    """,
)
standard.mistake(
    "You divided by the range, from smallest to largest: the scale is the standard deviation.",
    "X.std(axis=0)",
    "np.ptp(X, axis=0)",
)
standard.mistake(
    "A constant column is divided by 0: its scale is to be 1.", "np.where(constant, 1.0, deviations)", "deviations"
)
standard.mistake(
    "You compare the deviation with 0, but rounding leaves 1e-17 for three equal 0.1: compare the entries.",
    "(X == X[0]).all(axis=0)",
    "deviations == 0",
)
standard.mistake("You divided by the variance: its root is the scale.", "X.std(axis=0)", "X.var(axis=0)")
standard.mistake(
    "This brings rows to mean 0, not columns: the axis that vanishes is 0.",
    """
    means, deviations = X.mean(axis=1), X.std(axis=1)
    scales = np.where(deviations == 0, 1.0, deviations)
    return ((X.T - means) / scales).T, means, scales
    """,
)
standard.mistake(
    "The deviation divides by n - 1; here it is n.",
    """
    means, deviations = column_means(X), X.std(axis=0, ddof=min(1, len(X) - 1))
    constant = (X == X[0]).all(axis=0)
    scales = np.where(constant, 1.0, deviations)
    return (X - means) / scales, means, scales
    """,
)
standard.mistake(
    "The whole table has one mean and one scale here: each column needs its own.",
    """
    scale = X.std() if X.std() > 1e-12 else 1.0
    means, scales = np.full(X.shape[1], X.mean()), np.full(X.shape[1], scale)
    return (X - means) / scales, means, scales
    """,
)
standard.mistake(
    "Z is shifted only: what is left is to be divided by the scales.",
    "(X - means) / scales, means",
    "X - means, means",
)
standard.hint("`X.std(axis=0)` has the deviations of all columns. `X - means` broadcasts: (n, d) and (d,) fit.")
standard.hint(
    "`X == X[0]` compares every row with the first; `.all(axis=0)` asks of each column whether all of it is equal."
)
standard.hint("`np.where(condition, a, b)` takes from a where the condition holds, else from b.")
