"""What must hold of ``eliminate``. Oracle: exact fractions."""

from checks.foundations.solving.shared import (
    FLOATS,
    FRACTIONS,
    PLAIN,
    SHOP,
    SMALL,
    clear_cut,
    echelon,
    exact_echelon,
    texts,
)
from checks.language import Piece


def to_eliminate(rng):
    yield dict(a=[[4, 1, 132], [2, 3, 96]])
    yield dict(a=[[2, 3, 96], [4, 1, 132]])
    yield dict(a=[[5]])
    yield dict(a=[[0]])
    yield dict(a=SHOP)
    yield dict(a=[[0, 2], [3, 4]])
    yield dict(a=[[1, 2, 3], [2, 4, 8]])
    yield dict(a=[[0, 0, 2], [0, 4, 1], [0, 2, 6]])
    yield dict(a=[[1, 2], [2, 4], [0.5, 1], [4, 8]])
    yield dict(a=[[3, 1, 4, 1], [0, 0, 0, 0], [3, 1, 4, 2]])
    yield dict(a=[[1e-20, 1], [1, 1]])
    yield dict(a=SMALL)
    for shape in ((3, 3), (3, 5), (5, 3), (4, 4), (1, 3), (5, 5)):
        yield dict(a=clear_cut(rng, *shape))


NEARLY = [
    dict(a=[[1, 2], [0.001, 5]], tolerance=0.01),
    dict(a=[[1, 2], [0.5, 1.001]], tolerance=0.01),
    dict(a=[[0.25, 8], [0.125, 2], [-0.5, 3]], tolerance=0.5),
    dict(a=[[0.25, 8, 1], [0.125, 2, 5], [-0.5, 3, 2]], tolerance=0.25),
    dict(a=[[0.25, 8], [0.125, 2]], tolerance=100),
]

eliminate = Piece("foundations.solving:eliminate", forbid=PLAIN)
eliminate.asks(
    """
    E, pivots, sign = eliminate(Matrix(a))
    E.data
    """,
    "the echelon form",
    cases=to_eliminate,
    answer=lambda a: exact_echelon(a)[0],
    atol=1e-9,
    rtol=1e-7,
)
eliminate.asks(
    """
    E, pivots, sign = eliminate(Matrix(a))
    list(pivots)
    """,
    "the columns that have a pivot",
    cases=to_eliminate,
    answer=lambda a: exact_echelon(a)[1],
)
eliminate.asks(
    """
    E, pivots, sign = eliminate(Matrix(a))
    sign
    """,
    "1 after an even number of swaps, -1 after an odd one",
    cases=to_eliminate,
    answer=lambda a: exact_echelon(a)[2],
)
eliminate.asks(
    """
    E, pivots, sign = eliminate(Matrix(a), tolerance=tolerance)
    list(pivots)
    """,
    "a column whose entries are at most `tolerance` has no pivot",
    cases=NEARLY,
    answer=lambda a, tolerance: exact_echelon(a, tolerance)[1],
)
eliminate.asks(
    """
    E, pivots, sign = eliminate(Matrix(a), tolerance=tolerance)
    E.data
    """,
    "a column without a pivot is left as it is",
    cases=[
        dict(a=[[1, 2], [0.5, 1.001]], tolerance=0.01),
        dict(a=[[0.25, 8], [0.125, 2]], tolerance=100),
        dict(a=[[4, 2, 3], [2, 1.25, 1.75], [-1, -0.75, 1]], tolerance=2),
    ],
    answer=lambda a, tolerance: exact_echelon(a, tolerance)[0],
)
eliminate.asks(
    FRACTIONS + "E, pivots, sign = eliminate(A)\n[[str(x or 0) for x in entries] for entries in E.data]",
    "of fractions, the echelon form is made of fractions",
    cases=[dict(a=[[3, 1], [1, 2]]), dict(a=[[1, 2, 3], [4, 5, 6], [7, 8, 9]])],
    answer=lambda a: texts(echelon(a)[0]),
)
eliminate.asks(
    "A = Matrix(a)\nE, pivots, sign = eliminate(A)\nA.data",
    "the matrix that is handed in stays as it was",
    cases=[dict(a=[[4, 1], [2, 3]]), dict(a=[[2, 3], [4, 1]])],
    answer=lambda a: a,
)
eliminate.asks(
    "A = Matrix(a)\nE, pivots, sign = eliminate(A)\nE.data[0][0] = 99\nA.data",
    "E is a new matrix, so that changing it leaves A alone",
    cases=[dict(a=[[4, 1], [2, 3]]), dict(a=[[0, 0], [0, 0]])],
    answer=lambda a: a,
)
eliminate.mistake(
    "You took the row that happens to be next; take the one with the largest entry, which is what pivot_row is for.",
    "best = pivot_row(E, row, column)",
    "best = row",
)
eliminate.mistake(
    "A swap turns the sign round: each time two rows change places, sign = -sign.", "sign = -sign", "pass"
)
eliminate.mistake("You count a swap even where the row was in its place already.", "if best != row:", "if True:")
eliminate.mistake(
    "That is the number of swaps; only whether it is even (1) or odd (-1) is wanted.", "sign = -sign", "sign += 1"
)
eliminate.mistake(
    "A column without a pivot uses up no row: the next column looks at the same row again.",
    """
    E, pivots, sign = Matrix(A.data), [], 1
    for row in range(min(A.shape)):
        best = pivot_row(E, row, row)
        if abs(E[best, row]) <= tolerance:
            continue
        if best != row:
            E.data[row], E.data[best] = E.data[best], E.data[row]
            sign = -sign
        E = clear_below(E, row, row)
        pivots.append(row)
    return E, pivots, sign
    """,
)
eliminate.mistake(
    "pivots lists the columns of the pivots, not their rows.", "pivots.append(column)", "pivots.append(row)"
)
eliminate.mistake(
    "You swap rows of the matrix you were given: start from Matrix(A.data), a copy.",
    "E, pivots, sign = Matrix(A.data), [], 1",
    "E, pivots, sign = A, [], 1",
)
eliminate.mistake(
    "Where nothing is done you hand back A itself; E is always a new matrix, so return a copy.",
    """
    pivots, sign = [], 1
    for column in range(A.shape[1]):
        row = len(pivots)
        if row == A.shape[0]:
            break
        best = pivot_row(A, row, column)
        if abs(A[best, column]) <= tolerance:
            continue
        rows = [list(entries) for entries in A.data]
        if best != row:
            rows[row], rows[best] = rows[best], rows[row]
            sign = -sign
        A = clear_below(Matrix(rows), row, column)
        pivots.append(column)
    return A, pivots, sign
    """,
)
eliminate.mistake(
    "pivots lists the columns of the pivots, not the rows that they were found in.",
    "pivots.append(column)",
    "pivots.append(best)",
)
eliminate.mistake(
    "pivots lists the columns of the pivots, not their values.",
    "pivots.append(column)",
    "pivots.append(E[row, column])",
)
eliminate.mistake(
    "The row with the pivot was moved up and the others down; swap two rows, and those in between keep their places.",
    "E.data[row], E.data[best] = E.data[best], E.data[row]",
    "E.data.insert(row, E.data.pop(best))",
)
eliminate.mistake(
    "That is the number of swaps; only whether it is even (1) or odd (-1) is wanted.",
    """
    E, pivots, swaps = Matrix(A.data), [], 0
    for column in range(A.shape[1]):
        row = len(pivots)
        if row == A.shape[0]:
            break
        best = pivot_row(E, row, column)
        if abs(E[best, column]) <= tolerance:
            continue
        if best != row:
            E.data[row], E.data[best] = E.data[best], E.data[row]
            swaps += 1
        E = clear_below(E, row, column)
        pivots.append(column)
    return E, pivots, swaps
    """,
)
eliminate.mistake(
    "You stop at the first column without a pivot; go on, there may be pivots to the right of it.", "continue", "break"
)
eliminate.mistake(
    "You stop before the last column: where a column has no pivot, those further right still have their turn.",
    "range(A.shape[1])",
    "range(min(A.shape))",
)
eliminate.mistake("The last column is never looked at.", "range(A.shape[1])", "range(A.shape[1] - 1)")
eliminate.mistake(
    "`tolerance` is compared as it is: nothing here multiplies it by the size of A's entries.",
    "<= tolerance",
    "<= tolerance * max(abs(entry) for entries in A.data for entry in entries)",
)
eliminate.mistake(
    "A small entry makes a pivot like any other: only `tolerance` says what counts as 0.",
    "<= tolerance",
    "<= max(tolerance, 1e-12)",
)
eliminate.mistake(
    "You set the entries of a column without a pivot to 0; leave it as it is.",
    "            continue",
    "            for i in range(row, A.shape[0]):\n                E.data[i][column] = 0\n            continue",
)
eliminate.mistake(FLOATS + ".", "Matrix(A.data), [], 1", "A * 1.0, [], 1")
eliminate.mistake(
    "An entry of just `tolerance` counts as zero too, and so does 0 itself: at most, not less than.",
    "<= tolerance",
    "< tolerance",
)
eliminate.mistake(
    "When all rows are finished there is none left to look for a pivot in: stop, even if there are more columns.",
    "if row == A.shape[0]:",
    "if False:",
)
eliminate.mistake(
    "You test the entry of the first unfinished row; test that of the row which pivot_row has found.",
    "abs(E[best, column])",
    "abs(E[row, column])",
)
eliminate.mistake("tolerance is not used: an entry that small counts as no pivot.", "<= tolerance", "== 0")
eliminate.mistake(
    "An entry is a pivot if its absolute value is large enough: -4 is a fine pivot.",
    "abs(E[best, column]) <= tolerance",
    "E[best, column] <= tolerance",
)
eliminate.mistake(
    "An entry of just `tolerance` counts as zero too: at most, not less than.",
    "<= tolerance",
    "< tolerance or E[best, column] == 0",
)
eliminate.hint("The first unfinished row has the index len(pivots): each pivot finishes one row.")
eliminate.hint("Two rows change places with E.data[row], E.data[best] = E.data[best], E.data[row].")
eliminate.hint(
    "Per column: stop if no row is left; best = pivot_row(...); go on to the next column if the entry is too small; "
    "swap if needed; E = clear_below(...); note the column."
)
