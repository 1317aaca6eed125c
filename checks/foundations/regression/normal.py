"""What must hold of ``normal_equations``. Oracle: NumPy."""

import numpy as np

from checks.foundations.regression.shared import SCRATCH, X3, Y3
from checks.language import Piece

DIRECT = SCRATCH | {
    name: "it solves the whole problem for you: set up the equations yourself"
    for name in ("numpy.linalg.lstsq", "numpy.linalg.pinv", "numpy.polyfit", "numpy.polynomial", "numpy.poly1d")
}


def solvable(rng):
    yield dict(X=X3, y=Y3)
    yield dict(X=np.array([[0.0], [1.0]]), y=np.array([0.0, 2.0]))
    yield dict(X=np.array([[-1.0], [0.0], [1.0]]), y=np.array([1.0, 2.0, 6.0]))
    for n, d in ((5, 1), (6, 2), (11, 3), (13, 5)):
        X = rng.uniform(-3, 3, size=(n, d)).round(2)
        yield dict(X=X, y=(X @ rng.uniform(-2, 2, size=d) + rng.normal(size=n) + 3).round(2))


def least_squares(X, y):
    """By NumPy's own, on features moved to mean 0; rounded, so that an exact -1 is shown as one."""
    centre = X.mean(axis=0)
    weights = np.linalg.lstsq(X - centre, y - y.mean(), rcond=None)[0].round(11) + 0.0  # no -0.0
    return dict(weights=weights, bias=round(float(y.mean() - centre @ weights), 11) + 0.0)


A5, B5, Y5 = (
    np.array([0.1, 0.7, 0.4, 0.9, 0.3]),
    np.array([0.2, 0.1, 0.6, 0.3, 0.8]),
    np.array([1.0, 0.0, 2.0, 5.0, 3.0]),
)


def few_rows(rng):
    yield dict(X=np.array([[3.0]]), y=np.array([1.0]))
    yield dict(X=np.array([[1.0, 2.0], [4.0, 3.0]]), y=np.array([1.0, 0.0]))
    for d in (2, 3, 3):
        yield dict(X=rng.uniform(-3, 3, size=(d, d)).round(1), y=rng.uniform(-3, 3, size=d).round(1))


def constant_column(rng):
    yield dict(X=np.array([[1.0, 4.0], [2.0, 4.0], [5.0, 4.0]]), y=np.array([1.0, 0.0, 2.0]))
    yield dict(X=np.full((4, 1), 0.1), y=Y5[:4])
    yield dict(X=np.column_stack([[2.0, 5.0, 3.0, 7.0], np.full(4, 0.1)]), y=Y5[:4])


def made_up(rng):
    yield dict(X=np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [5.0, 10.0]]), y=np.array([1.0, 0.0, 2.0, 5.0]))
    yield dict(X=np.column_stack([A5, B5, A5 + 2 * B5]).round(1), y=Y5)
    yield dict(X=np.column_stack([A5[:4], 1 - A5[:4]]).round(1), y=Y5[:4])
    a, b = rng.uniform(-3, 3, size=(2, 6)).round(1)
    yield dict(X=np.column_stack([a, b, a + b]).round(1), y=(a * b).round(1))
    yield dict(X=np.column_stack([a, 1 - a]).round(1), y=b)


normal = Piece("foundations.regression:normal_equations", forbid=DIRECT)
normal.asks(
    """
    weights, bias = normal_equations(X, y)
    dict(weights=weights, bias=bias)
    """,
    "the weights and the bias of the smallest loss",
    cases=solvable,
    answer=least_squares,
    rtol=1e-6,
    atol=1e-8,
)
normal.asks(
    """
    weights, bias = normal_equations(X, y)
    dict(weights=weights, bias=bias)
    """,
    "tiny features, and those that change little beside their size, have an answer: the rank of A is d + 1",
    cases=[
        dict(X=np.array([[1e-6], [2e-6], [4e-6]]), y=np.array([2.0, 3.0, 7.0])),
        dict(X=np.array([[10000.0], [10001.0], [10002.0], [10003.0]]), y=np.array([1.0, 0.0, 4.0, 3.0])),
        dict(X=np.array([[-20000.0], [-20003.0], [-20001.0]]), y=np.array([2.0, 9.0, 1.0])),
    ],
    answer=least_squares,
    rtol=1e-5,
)
for statement, dependent in (
    ("too few rows are refused: d + 1 numbers need as many", few_rows),
    ("a constant column is refused: it is a multiple of the ones", constant_column),
    ("a column that the others (the ones included) make up is refused, also where rounding hides it", made_up),
):
    normal.asks("normal_equations(X, y)", statement, cases=dependent, raises="ValueError")
BEST = """
    A = np.column_stack([X, np.ones(len(X))])
    independent = np.linalg.matrix_rank(A)
    if independent < A.shape[1]:
        raise ValueError(f"only {independent} of {A.shape[1]} columns (the ones included) are independent")
    """
normal.mistake(
    "There is no column of ones: the line is forced through the origin.",
    """
    if np.linalg.matrix_rank(np.column_stack([X, np.ones(len(X))])) < X.shape[1] + 1:
        raise ValueError("dependent columns")
    return np.array(solve(Matrix((X.T @ X).tolist()), (X.T @ y).tolist())), 0.0
    """,
)
SURVIVE = "Dependent columns often survive `solve`, by rounding: ask first if `np.linalg.matrix_rank(A)` is d + 1."
normal.mistake(
    SURVIVE,
    """
    A = np.column_stack([X, np.ones(len(X))])
    solution = np.linalg.solve(A.T @ A, A.T @ y)
    return solution[:-1], solution[-1]
    """,
)
normal.mistake(
    SURVIVE,
    """
    A = np.column_stack([X, np.ones(len(X))])
    solution = solve(Matrix((A.T @ A).tolist()), (A.T @ y).tolist())
    return np.array(solution[:-1]), solution[-1]
    """,
)
normal.mistake(
    "Enough rows are not enough: in a tall table columns can depend on each other, too. Ask for the rank of A.",
    """
    if len(X) < X.shape[1] + 1:
        raise ValueError("too few rows")
    A = np.column_stack([X, np.ones(len(X))])
    solution = np.linalg.solve(A.T @ A, A.T @ y)
    return solution[:-1], solution[-1]
    """,
)
normal.mistake(
    "This is the rank of AᵀA, in which rounding counts twice: ask for the rank of A itself.",
    "independent = np.linalg.matrix_rank(A)",
    "independent = np.linalg.matrix_rank(A.T @ A)",
)
normal.mistake(
    "The ones stand on the left, but the last entry is taken for the bias.",
    BEST
    + """
    A = np.column_stack([np.ones(len(X)), X])
    solution = np.linalg.solve(A.T @ A, A.T @ y)
    return solution[:-1], solution[-1]
    """,
)
normal.mistake(
    "The bias is among the weights, too: they are all entries but the last.",
    "solution[:-1]), solution[-1]",
    "solution), solution[-1]",
)
normal.mistake(
    "You counted the independent columns of X alone: a constant column says the same as the ones.",
    """
    if np.linalg.matrix_rank(X) < X.shape[1]:
        raise ValueError("dependent columns")
    A = np.column_stack([X, np.ones(len(X))])
    solution = np.linalg.solve(A.T @ A, A.T @ y)
    return solution[:-1], solution[-1]
    """,
)
normal.mistake(
    "The weights come from data moved to mean 0, but the bias was not moved back.",
    BEST
    + """
    C = X - X.mean(axis=0)
    return np.linalg.solve(C.T @ C, C.T @ (y - y.mean())), float(y.mean())
    """,
)
normal.hint(
    "`np.column_stack([X, np.ones(len(X))])` is A. Then two products: `A.T @ A`, square, and `A.T @ y`, a vector."
)
normal.hint("Your own `solve` wants lists: `array.tolist()` makes them. Its answer is a list again.")
normal.hint("`[:-1]` is all but the last entry, `[-1]` the last.")
