"""What must hold of one step of elimination: ``clear_below`` and ``pivot_row``. Oracles: NumPy, exact fractions."""

from fractions import Fraction

import numpy as np

from checks.foundations.solving.shared import FLOATS, FRACTIONS, PLAIN, SMALL, numbers, texts
from checks.language import Piece


def steps(rng):
    yield dict(a=[[2, 3, 96], [4, 1, 132]], row=0, column=0)
    yield dict(a=[[1, 2], [0, 5]], row=0, column=0)
    yield dict(a=[[2, 3, 1], [0, -5, 0], [0, 5, 3]], row=1, column=1)
    yield dict(a=[[2, 3, 1], [0, -5, 0], [0, 5, 3]], row=2, column=2)
    yield dict(a=[[7, 1, 2, 3], [0, 0, 4, 5], [0, 0, 6, 7], [0, 0, -2, 9]], row=1, column=2)
    for m, n, row, column in ((3, 3, 0, 0), (4, 5, 1, 1), (5, 4, 1, 2)):
        a = np.array(numbers(rng, m, n))
        a[row:, :column] = 0
        a[row, column] = 3.7
        yield dict(a=a.tolist(), row=row, column=column)


def cleared(a, row, column):
    a = np.array(a, float)
    a[row + 1 :] -= np.outer(a[row + 1 :, column] / a[row, column], a[row])
    return a.tolist()


CRUMBS = [
    dict(a=[[49, 5], [1, 3], [98, 2]], row=0, column=0),
    dict(a=[[2, 3, 4], [0, 49, 6], [0, 1, 8]], row=1, column=1),
    dict(a=[[0.3, 1], [0.1, 2], [0.7, 3]], row=0, column=0),
]

clear = Piece("foundations.solving:clear_below", forbid=PLAIN)
clear.asks(
    "clear_below(Matrix(a), row, column).data",
    "below the pivot, rows less a multiple of its row",
    cases=steps,
    answer=cleared,
    atol=1e-9,
)
clear.asks(
    "[entries[column] == 0 for entries in clear_below(Matrix(a), row, column).data[row + 1:]]",
    "the entries below the pivot are exactly 0, without crumbs",
    cases=CRUMBS,
    answer=lambda a, row: [True] * (len(a) - row - 1),
)
clear.asks(
    "clear_below(Matrix(a), 0, 0).data",
    "small numbers are numbers too",
    cases=[dict(a=SMALL)],
    answer=lambda a: cleared(a, 0, 0),
    atol=0.0,
)
clear.asks(
    FRACTIONS + "[[str(x or 0) for x in entries] for entries in clear_below(A, 0, 0).data]",
    "of fractions, the result is made of fractions",
    cases=[dict(a=[[3, 1], [1, 2]]), dict(a=[[7, 2, "1/3"], [1, "1/2", 2], [4, 2, 7]])],
    answer=lambda a: texts(
        [[Fraction(x) for x in a[0]]]
        + [[Fraction(x) - Fraction(row[0]) / a[0][0] * Fraction(y) for x, y in zip(row, a[0])] for row in a[1:]]
    ),
)
clear.asks(
    """
    A = Matrix(a)
    B = clear_below(A, 0, 0)
    B.data[0][0] = 99
    A.data
    """,
    "the matrix that is handed in stays as it was, and the result is another",
    cases=[dict(a=[[2, 3, 96], [4, 1, 132]]), dict(a=[[5, 6]])],
    answer=lambda a: a,
)
clear.mistake(
    "The factor is upside down: it is the entry to be cleared, divided by the pivot.",
    "rows[i][column] / rows[row][column]",
    "rows[row][column] / (rows[i][column] or 1)",
)
clear.mistake("You added the multiple; subtract it.", "x - factor * y", "x + factor * y")
clear.mistake(
    "The pivot stands in column `column`; you divided by the entry on the diagonal.",
    "/ rows[row][column]",
    "/ (rows[row][row] or 1)",
)
clear.mistake(
    "The entries to be cleared stand in column `column`; you took column `row`.",
    """
    rows = [list(entries) for entries in A.data]
    for i in range(row + 1, len(rows)):
        factor = rows[i][row] / rows[row][row]
        rows[i] = [x - factor * y for x, y in zip(rows[i], rows[row])]
        rows[i][row] = 0
    return Matrix(rows)
    """,
)
clear.mistake(
    "The rows to be cleared are those below row `row`, not those below `column`.",
    "range(row + 1, len(rows))",
    "range(column + 1, len(rows))",
)
clear.mistake(FLOATS + ".", "list(entries) for", "[float(entry) for entry in entries] for")
clear.mistake(
    "Small numbers were set to 0; only the entries in `column` are, all others stay what the subtraction makes them.",
    "    return Matrix(rows)",
    "    return Matrix([[x if abs(x) > 1e-9 else 0 for x in entries] for entries in rows])",
)
clear.mistake(
    "Only the next row is cleared; all rows below have to be.",
    "range(row + 1, len(rows))",
    "range(row + 1, min(row + 2, len(rows)))",
)
clear.mistake(
    "Rounding left crumbs below the pivot: store the 0 yourself.",
    """
    rows = [list(entries) for entries in A.data]
    for i in range(row + 1, len(rows)):
        factor = rows[i][column] / rows[row][column]
        rows[i] = [x - factor * y for x, y in zip(rows[i], rows[row])]
    return Matrix(rows)
    """,
)
clear.mistake(
    "You change A itself and hand it back: copy its rows first.",
    """
    for i in range(row + 1, A.shape[0]):
        factor = A[i, column] / A[row, column]
        A.data[i] = [x - factor * y for x, y in zip(A[i], A[row])]
        A.data[i][column] = 0
    return A
    """,
)
clear.mistake("You work on A's own rows: copy them first.", "[list(entries) for entries in A.data]", "A.data")
clear.mistake(
    "The factor changes on the way: once the entry in `column` is 0, so is the factor. Compute it first.",
    """
    rows = [list(entries) for entries in A.data]
    for i in range(row + 1, len(rows)):
        rows[i][column] = 0
        factor = rows[i][column] / rows[row][column]
        rows[i] = [x - factor * y for x, y in zip(rows[i], rows[row])]
    return Matrix(rows)
    """,
)
clear.mistake(
    "You cleared the rows above as well; only those below change.",
    """
    rows = [list(entries) for entries in A.data]
    for i in range(len(rows)):
        if i != row:
            factor = rows[i][column] / rows[row][column]
            rows[i] = [x - factor * y for x, y in zip(rows[i], rows[row])]
            rows[i][column] = 0
    return Matrix(rows)
    """,
)
clear.hint("Copy the rows, then walk over those below: `for i in range(row + 1, len(rows))`.")
clear.hint("One factor a row, computed before anything in that row changes.")
clear.hint("The new row is [x - factor * y for x, y in zip(rows[i], rows[row])]; then put the 0 in its place.")


def columns(rng):
    yield dict(a=[[9, 9], [2, 3], [-4, 1]], row=1, column=0)
    yield dict(a=[[2, 3, 96], [4, 1, 132]], row=0, column=0)
    yield dict(a=[[5]], row=0, column=0)
    yield dict(a=[[1e-20, 1], [1, 1]], row=0, column=0)
    yield dict(a=[[8, 1], [0, 7], [0, 5], [3, -6]], row=1, column=1)
    yield dict(a=[[8, 1], [3, 7], [6, 9]], row=2, column=1)
    yield dict(a=[[8, 0, 7], [3, 0, 5], [6, 0, 9]], row=1, column=1)
    for m, n in ((4, 3), (6, 2), (3, 7)):
        for _ in range(2):
            yield dict(a=numbers(rng, m, n), row=int(rng.integers(m - 1)), column=int(rng.integers(n)))


pivot = Piece("foundations.solving:pivot_row", forbid=PLAIN)
pivot.asks(
    "pivot_row(Matrix(a), row, column)",
    "the row of the largest absolute value in the column, from `row` downwards",
    cases=columns,
    answer=lambda a, row, column: row + int(np.argmax(np.abs(np.array(a)[row:, column]))),
)
pivot.asks(
    "pivot_row(Matrix(a), row, column)",
    "of equally large entries the topmost",
    cases=[
        dict(a=[[3], [3]], row=0, column=0),
        dict(a=[[5, 1], [5, -4], [5, 2], [5, 4], [5, -4]], row=0, column=1),
        dict(a=[[5, 1], [5, -4], [5, 2], [5, 4], [5, -4]], row=2, column=1),
    ],
    answer=lambda a, row, column: row + int(np.argmax(np.abs(np.array(a)[row:, column]))),
)
pivot.mistake("-4 is larger than 3 in size: compare absolute values.", "abs(A[i, column])", "A[i, column]")
pivot.mistake(
    "The index counts from `row`; it is to count from the top of the matrix.",
    "return max(range(row, A.shape[0]), key=lambda i: abs(A[i, column]))",
    "return max(range(row, A.shape[0]), key=lambda i: abs(A[i, column])) - row",
)
pivot.mistake(
    "Rows above `row` are finished: they are not to be chosen.", "range(row, A.shape[0])", "range(A.shape[0])"
)
pivot.mistake(
    "The topmost of several equally large entries is wanted.",
    "range(row, A.shape[0])",
    "reversed(range(row, A.shape[0]))",
)
pivot.mistake(
    "You took the first entry that is not 0; the largest is wanted.", "abs(A[i, column])", "A[i, column] != 0"
)
pivot.mistake("The last row is never looked at.", "range(row, A.shape[0])", "range(row, max(row + 1, A.shape[0] - 1))")
pivot.mistake(
    "That is the entry itself; the index of its row is wanted.",
    "return max(abs(A[i, column]) for i in range(row, A.shape[0]))",
)
pivot.mistake("A.shape[0] counts the rows; you went as far as there are columns.", "A.shape[0]", "A.shape[1]")
pivot.mistake(
    "You looked along the row; look down the column.",
    """
    return max(range(row, min(A.shape)), key=lambda j: abs(A[row, j]), default=row)
    """,
)
pivot.hint("max(..., key=...) finds the element for which the key is largest. Of which indices, and with which key?")
pivot.hint("The candidates are range(row, A.shape[0]).")
