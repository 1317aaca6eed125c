"""What must hold of ``residual`` and ``solve``. Oracle: NumPy."""

import numpy as np

from checks.foundations.solving.shared import NOT_SQUARE, PLAIN, SHOP, SINGULAR, SMALL, UNFIT, clear_cut, numbers
from checks.language import Piece


def trials(rng):
    yield dict(a=[[2, 3], [4, 1]], x=[10, 10], b=[96, 132])
    yield dict(a=[[2, 3], [4, 1]], x=[30, 12], b=[96, 132])
    yield dict(a=[[5]], x=[2], b=[7])
    for m, n in ((2, 3), (4, 2), (3, 3), (1, 5)):
        yield dict(a=numbers(rng, m, n), x=numbers(rng, n), b=numbers(rng, m))


residual = Piece("foundations.solving:residual", forbid=PLAIN)
residual.asks(
    "residual(Matrix(a), x, b)",
    "b - A x, one number a row",
    cases=trials,
    answer=lambda a, x, b: (np.array(b) - np.array(a) @ np.array(x)).tolist(),
    atol=1e-9,
)
residual.asks(
    "residual(Matrix(a), x, b)",
    "b has as many entries as A has rows, neither more nor fewer",
    cases=[
        dict(a=[[1, 2], [3, 4]], x=[1, 1], b=[3]),
        dict(a=[[1, 2], [3, 4]], x=[1, 1], b=[3, 7, 9]),
        dict(a=[[1, 2, 3], [3, 4, 5]], x=[1, 1, 1], b=[3, 7, 9]),
    ],
    raises="ShapeError",
)
residual.asks(
    "residual(Matrix(a), x, b)",
    "x has as many entries as A has columns",
    cases=[dict(a=[[1, 2], [3, 4]], x=[1], b=[3, 7]), dict(a=[[1, 2, 3], [4, 5, 6]], x=[1, 2], b=[3, 7])],
    raises="ShapeError",
)
residual.mistake("Every sign is turned round: what is missing is b - A x, not A x - b.", "wanted - got", "got - wanted")
residual.mistake(
    "The signs are lost: a residual says too little or too much.", "wanted - got for", "abs(wanted - got) for"
)
residual.mistake("This is A x alone: take it away from b.", "wanted - got for", "got for")
residual.mistake(
    "A b of another length goes through: zip stops at the shorter one. Compare the lengths first.",
    "return [wanted - got for wanted, got in zip(b, A.apply(x))]",
)
residual.mistake(
    "A need not be square: b has an entry for each row of A, and x one for each column.",
    """
    square_size(A, b)
    return [wanted - got for wanted, got in zip(b, A.apply(x))]
    """,
)
residual.mistake(
    "b has an entry for each row of A, not for each column, as x has: A.shape[0] counts the rows.",
    "len(b) != A.shape[0]",
    "len(b) != A.shape[1]",
)
residual.hint("A.apply(x) is what x really gives; b is what it should give.")
residual.hint("zip(b, A.apply(x)) pairs them off; before that, compare len(b) with the number of rows.")


def systems(rng):
    yield dict(a=[[5]], b=[15])
    yield dict(a=[[4, 0], [0, 2]], b=[8, 2])
    yield dict(a=[[2, 3], [4, 1]], b=[96, 132])
    yield dict(a=[[4, 1], [2, 3]], b=[132, 96])
    yield dict(a=[[0, 1], [1, 0]], b=[3, 4])
    yield dict(a=[[1e-20, 1], [1, 1]], b=[1, 2])
    yield dict(a=SMALL, b=[8e-13, 6e-13])
    yield dict(a=[[4, 0], [0, 1e-12]], b=[8, 3e-12])
    yield dict(a=SHOP, b=[106, 152, 196])
    for n in (2, 3, 5, 7):
        yield dict(a=clear_cut(rng, n, n), b=numbers(rng, n))


solve = Piece("foundations.solving:solve", forbid=PLAIN)
solve.asks(
    "solve(Matrix(a), b)",
    "the x with A x = b",
    cases=systems,
    answer=lambda a, b: np.linalg.solve(np.array(a, float), np.array(b, float)).tolist(),
    rtol=1e-7,
    atol=1e-9,
)
solve.asks(
    "solve(Matrix(a), b)",
    "equations without a solution, or with more than one, are refused",
    cases=SINGULAR,
    raises="SingularMatrixError",
)
solve.asks("solve(Matrix(a), b)", "a matrix that is not square is refused", cases=NOT_SQUARE, raises="ShapeError")
solve.asks("solve(Matrix(a), b)", "a right-hand side of another length is refused", cases=UNFIT, raises="ShapeError")
solve.asks(
    "A = Matrix(a)\nsolve(A, b)\n[A.data, b]",
    "A and b stay as they were",
    cases=[dict(a=[[2, 3], [4, 1]], b=[96, 132])],
    answer=lambda a, b: [a, b],
)
solve.mistake(
    "The right-hand side has to go through the elimination with A: make it one more column.",
    """
    n = square_size(A, b)
    E, _, _ = eliminate(A)
    return back_substitute(E, b)
    """,
)
solve.mistake(
    "The last column divided by the pivots is not enough: what stands right of the pivots counts too. Substitute back.",
    """
    n = square_size(A, b)
    E, _, _ = eliminate(Matrix([[*row, right] for row, right in zip(A.data, b)]))
    if any(E[i, i] == 0 for i in range(n)):
        raise SingularMatrixError("no unique solution")
    return [E[i, n] / E[i, i] for i in range(n)]
    """,
)
solve.mistake(
    "You refuse a matrix that is only small, or nearly singular; a pivot that is not 0 is a pivot.",
    "n = square_size(A, b)",
    "n = square_size(A, b)\n    if abs(determinant(A)) < 1e-9:\n        raise SingularMatrixError('nearly 0')",
)
solve.mistake(
    "You refuse a matrix that is only small, or nearly singular; a pivot that is not 0 is a pivot.",
    "n = square_size(A, b)",
    "n = square_size(A, b)\n    if rank(A) < n:\n        raise SingularMatrixError('nearly 0')",
)
solve.mistake(
    "You substituted in the equations as they were given: take those that elimination leaves.",
    """
    n = square_size(A, b)
    E, _, _ = eliminate(Matrix([[*row, right] for row, right in zip(A.data, b)]))
    return back_substitute(A, [row[n] for row in E.data])
    """,
)
solve.mistake(
    "Where a pivot is missing you set the unknown to 0. There is no solution or more than one: refuse.",
    """
    n = square_size(A, b)
    E, _, _ = eliminate(Matrix([[*row, right] for row, right in zip(A.data, b)]))
    x = [0] * n
    for i in reversed(range(n)):
        if E[i, i] != 0:
            x[i] = (E[i, n] - sum(E[i, j] * x[j] for j in range(i + 1, n))) / E[i, i]
    return x
    """,
)
solve.mistake(
    "Without swapping rows, a pivot of 0 or next to 0 spoils everything: use eliminate, which pivots.",
    """
    n = square_size(A, b)
    E = Matrix([[*row, right] for row, right in zip(A.data, b)])
    for k in range(n):
        if E[k, k] == 0:
            raise SingularMatrixError("a pivot is 0")
        E = clear_below(E, k, k)
    return back_substitute(Matrix([row[:n] for row in E.data]), [row[n] for row in E.data])
    """,
)
solve.mistake(
    "Nothing looks at the shapes: call square_size(A, b) first.",
    "n = square_size(A, b)",
    "n = min(A.shape[0], len(b))\n    A, b = Matrix([row[:n] for row in A.data[:n]]), b[:n]",
)
solve.mistake(
    "You lengthen A's own rows: make new ones, [*row, right], for the augmented matrix.",
    """
    n = square_size(A, b)
    for row, right in zip(A.data, b):
        row.append(right)
    E, _, _ = eliminate(A)
    return back_substitute(Matrix([row[:n] for row in E.data]), [row[n] for row in E.data])
    """,
)
solve.hint("[*row, right] is a row with one more entry at its end.")
solve.hint("After elimination, take the result apart again: row[:n] belongs to U, row[n] to the right-hand side.")
