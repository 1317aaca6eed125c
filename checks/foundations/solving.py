"""What must hold of the pieces of ``foundations.solving``. Oracles: exact fractions, NumPy."""

import itertools
from fractions import Fraction

import numpy as np

from checks.language import Piece

PLAIN = {"numpy": "every operation is to be in sight", "scipy": "every operation is to be in sight"}
SHOP = [[2, 3, 1], [4, 1, 2], [2, 8, 4]]  # the lesson's receipts; eggs, milk and flour at 30, 12 and 10
NOT_SQUARE = [dict(a=[[1, 2, 3], [4, 5, 6]], b=[1, 2]), dict(a=[[1, 2], [3, 4], [5, 6]], b=[1, 2, 3])]
UNFIT = [dict(a=[[1, 2], [0, 4]], b=[1, 2, 3]), dict(a=[[3, 0], [2, 5]], b=[1])]
SMALL = [[2e-13, 3e-13], [4e-13, 1e-13]]  # as healthy as [[2, 3], [4, 1]]: small is no 0
FRACTIONS = "from fractions import Fraction\nA = Matrix([[Fraction(x) for x in entries] for entries in a])\n"
FLOATS = "Fractions come out as floats: take the numbers as they come, without float(...)"


def numbers(rng, *shape):
    """Unsymmetric numbers with two decimals, as nested lists."""
    return rng.uniform(-9, 9, size=shape).round(2).tolist()


def echelon(a, tolerance=0.0):
    """Elimination in fractions: echelon form, pivot columns, sign, and how clearly each pivot was the largest."""
    rows, pivots, sign, margin = [[Fraction(x) for x in row] for row in a], [], 1, 1.0
    for j in range(len(a[0])):
        r = len(pivots)
        below = sorted(range(r, len(rows)), key=lambda i: (-abs(rows[i][j]), i))
        if not below or abs(rows[below[0]][j]) <= tolerance:
            continue
        largest, others = abs(rows[below[0]][j]), [abs(rows[i][j]) for i in below[1:]]
        margin = min([margin, float(largest), *(float((largest - x) / largest) for x in others)])
        if below[0] != r:
            rows[r], rows[below[0]], sign = rows[below[0]], rows[r], -sign
        for i in range(r + 1, len(rows)):
            rows[i] = [x - rows[i][j] / rows[r][j] * y for x, y in zip(rows[i], rows[r])]
        pivots.append(j)
    return rows, pivots, sign, margin


def exact_echelon(a, tolerance=0.0):
    """The same, with the echelon form in floats."""
    rows, *others = echelon(a, tolerance)
    return [[float(x) for x in row] for row in rows], *others


def texts(rows):
    """Exact numbers as text."""
    return [[str(x) for x in row] for row in rows]


def clear_cut(rng, *shape):
    """A matrix whose pivots are beyond doubt, so that rounding cannot change which rows are swapped."""
    while True:
        a = numbers(rng, *shape)
        if exact_echelon(a)[3] > 1e-3 and np.linalg.cond(a) < 1e3:
            return a


def leibniz(a):
    """The determinant as a sum over all permutations, in fractions."""
    total = Fraction(0)
    for order in itertools.permutations(range(len(a))):
        swaps = sum(order[i] > order[j] for i in range(len(a)) for j in range(i + 1, len(a)))
        product = Fraction((-1) ** swaps)
        for i, j in enumerate(order):
            product *= Fraction(a[i][j])
        total += product
    return total


# ------------------------------------------------------------------ residual


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

# ------------------------------------------------------------------ triangular systems


def triangular(rng, n, upper):
    """Zeros on one side of the diagonal, and entries on it that are safely away from 0."""
    a = np.array(numbers(rng, n, n))
    a = np.triu(a, 1) if upper else np.tril(a, -1)
    return (a + np.diag(rng.uniform(2, 9, n).round(2) * rng.choice([-1, 1], n))).tolist()


def upper_systems(rng):
    yield dict(a=[[4]], b=[6])
    yield dict(a=[[2, 3], [0, -5]], b=[96, -60])
    yield dict(a=[[1, 0], [0, 1]], b=[3, 4])
    yield dict(a=[[2, 3, 1], [0, -5, 0], [0, 0, 3]], b=[106, -60, 30])
    for n in (2, 3, 5):
        yield dict(a=triangular(rng, n, upper=True), b=numbers(rng, n))


def lower_systems(rng):
    yield dict(a=[[4]], b=[6])
    yield dict(a=[[2, 0], [4, 5]], b=[6, 22])
    yield dict(a=[[1, 0, 0], [2, 1, 0], [3, 4, 1]], b=[1, 3, 5])
    for n in (2, 3, 5):
        yield dict(a=triangular(rng, n, upper=False), b=numbers(rng, n))


def littered(cases):
    """The same systems with numbers on the side that is to be taken for zeros."""

    def drawn(rng):
        for case in cases(rng):
            a = np.array(case["a"], float)
            if len(a) > 1:
                yield dict(a=np.where(a == 0, 7.5, a).tolist(), b=case["b"])

    return drawn


def solved_side(side):
    def answer(a, b):
        return np.linalg.solve(side(np.array(a, float)), np.array(b, float)).tolist()

    return answer


def triangle(piece, code, cases, side, name):
    piece.asks(
        code,
        f"the solution of the {name} triangular equations",
        cases=cases,
        answer=solved_side(side),
        rtol=1e-7,
        atol=1e-9,
    )
    piece.asks(
        code,
        f"what is {'below' if name == 'upper' else 'above'} the diagonal is taken for 0, whatever it is",
        cases=littered(cases),
        answer=solved_side(side),
        rtol=1e-7,
        atol=1e-9,
    )
    tiny = [dict(a=[[3e-13]], b=[1e-13]), dict(a=[[3e-13, 2e-13], [5e-13, -7e-13]], b=[1e-13, 4e-13])]
    piece.asks(code, "a small diagonal entry is not a 0", cases=tiny, answer=solved_side(side))
    piece.asks(code, "a matrix that is not square is refused", cases=NOT_SQUARE, raises="ShapeError")
    piece.asks(code, "a right-hand side of another length is refused", cases=UNFIT, raises="ShapeError")
    piece.mistake(
        "Only a diagonal entry of exactly 0 is refused; a small one is a number like any other.",
        "[i, i] == 0",
        f"[i, i] == 0 or abs({'U' if name == 'upper' else 'L'}[i, i]) < 1e-9",
    )


back = Piece("foundations.solving:back_substitute", forbid=PLAIN)
triangle(back, "back_substitute(Matrix(a), b)", upper_systems, np.triu, "upper")
back.asks(
    "back_substitute(Matrix(a), b)",
    "a 0 on the diagonal is refused in the first row and in the last",
    cases=[dict(a=[[0]], b=[0]), dict(a=[[0, 2], [0, 3]], b=[4, 6]), dict(a=[[4, 2], [0, 0.0]], b=[4, 0])],
    raises="SingularMatrixError",
)
back.asks(
    "back_substitute(Matrix(a), b)",
    "a 0 on the diagonal is refused; the message names its row, counted from 0",
    cases=[dict(a=[[5, 3, 4], [0, 0, 4], [0, 0, 3]], b=[5, 4, 7])],
    raises="SingularMatrixError",
    mentions=("1",),
)
back.asks(
    FRACTIONS + "[str(x) for x in back_substitute(A, [Fraction(x) for x in b])]",
    "of fractions, the solution is made of fractions",
    cases=[dict(a=[[3]], b=[1]), dict(a=[[3, 1], [0, 7]], b=[1, 2])],
    answer=lambda a, b: {1: ["1/3"], 2: ["5/21", "2/7"]}[len(a)],
)
back.mistake(
    FLOATS + ", and start sums from 0, not from 0.0.",
    "(b[i] - known) / U[i, i]",
    "float(b[i] - known) / float(U[i, i])",
)
back.mistake(
    "What is below the diagonal is to be left out: only the columns from i + 1 on belong in the sum.",
    """
    n = square_size(U, b)
    x = [1] * n
    for i in reversed(range(n)):
        if U[i, i] == 0:
            raise SingularMatrixError(f"the diagonal entry of row {i} is 0: no unique solution")
        x[i] = (b[i] - sum(U[i, j] * x[j] for j in range(n) if j != i)) / U[i, i]
    return x
    """,
)
back.mistake(
    "What is known is to be taken away before the division: all of b[i] - known is divided.",
    "(b[i] - known) / U[i, i]",
    "b[i] / U[i, i] - known",
)
back.mistake(
    "You go from the top down; only the last equation has a single unknown, so begin there.",
    "in reversed(range(n))",
    "in range(n)",
)
back.mistake(
    "The unknown is still multiplied by its coefficient: divide by the diagonal entry.",
    "(b[i] - known) / U[i, i]",
    "b[i] - known",
)
back.mistake("What is known moves to the other side with a minus: b[i] - known.", "b[i] - known", "b[i] + known")
back.mistake("You put in the right-hand sides; put in the unknowns that you have found.", "* x[j]", "* b[j]")
back.mistake(
    "The fractions are lost: divide with /, not with //.", "(b[i] - known) / U[i, i]", "(b[i] - known) // U[i, i]"
)
back.mistake(
    "The last unknown is left out of the sum: it goes up to and with column n - 1.",
    "range(i + 1, n)",
    "range(i + 1, n - 1)",
)
back.mistake(
    "The division fails on a 0 in the diagonal: test for it first, and raise SingularMatrixError.",
    """
    n = square_size(U, b)
    x = [0] * n
    for i in reversed(range(n)):
        x[i] = (b[i] - sum(U[i, j] * x[j] for j in range(i + 1, n))) / U[i, i]
    return x
    """,
)
back.mistake(
    "A matrix or right-hand side that doesn't fit goes through: let square_size look at both.",
    "square_size(U, b)",
    "len(b)",
)
back.hint("Which equation can be solved with no other? Which one after it?")
back.hint("Begin with n = square_size(U, b) and x = [0] * n, and let i run through reversed(range(n)).")
back.hint("For row i: add up U[i, j] * x[j] for the j right of the diagonal, take it from b[i], divide by U[i, i].")

forward = Piece("foundations.solving:forward_substitute", forbid=PLAIN)
triangle(forward, "forward_substitute(Matrix(a), b)", lower_systems, np.tril, "lower")
forward.asks(
    "forward_substitute(Matrix(a), b)",
    "a 0 on the diagonal is refused in the first row and in the last",
    cases=[dict(a=[[0]], b=[0]), dict(a=[[0, 0], [2, 3]], b=[0, 6]), dict(a=[[4, 0], [2, 0.0]], b=[4, 2])],
    raises="SingularMatrixError",
)
forward.asks(
    "forward_substitute(Matrix(a), b)",
    "a 0 on the diagonal is refused; the message names its row, counted from 0",
    cases=[dict(a=[[5, 0, 0], [3, 0, 0], [4, 4, 3]], b=[5, 3, 7])],
    raises="SingularMatrixError",
    mentions=("1",),
)
forward.mistake(
    "You took the diagonal for ones: divide by the diagonal entry.",
    "(b[i] - dot(L[i][:i], y)) / L[i, i]",
    "b[i] - dot(L[i][:i], y)",
)
forward.mistake("What is known moves to the other side with a minus.", "b[i] - dot", "b[i] + dot")
forward.mistake(
    "You put in the right-hand sides; put in the unknowns that you have found.",
    "dot(L[i][:i], y)",
    "dot(L[i][:i], b[:i])",
)
forward.mistake("The first unknown is left out of the sums.", "dot(L[i][:i], y)", "dot(L[i][1:i], y[1:])")
forward.mistake(
    "The division fails on a 0 in the diagonal: test for it first, and raise SingularMatrixError.",
    """
    y = []
    for i in range(square_size(L, b)):
        y.append((b[i] - dot(L[i][:i], y)) / L[i, i])
    return y
    """,
)
forward.mistake(
    "This is back substitution: in a lower triangular matrix the first equation is the easy one.",
    """
    n = square_size(L, b)
    y = [0] * n
    for i in reversed(range(n)):
        if L[i, i] == 0:
            raise SingularMatrixError(f"the diagonal entry of row {i} is 0: no unique solution")
        y[i] = (b[i] - sum(L[i, j] * y[j] for j in range(i + 1, n))) / L[i, i]
    return y
    """,
)
forward.mistake(
    "You took the entries right of the diagonal; the unknowns that are known already belong to those left of it.",
    """
    n = square_size(L, b)
    y = [0] * n
    for i in range(n):
        if L[i, i] == 0:
            raise SingularMatrixError(f"the diagonal entry of row {i} is 0: no unique solution")
        y[i] = (b[i] - sum(L[i, j] * y[j] for j in range(i + 1, n))) / L[i, i]
    return y
    """,
)
forward.hint("Your back_substitute with the other direction: which unknowns are known when row i is reached?")
forward.hint("Row i needs y[0] to y[i - 1]: `L[i][:i]` are their coefficients.")

# ------------------------------------------------------------------ elimination


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

# ------------------------------------------------------------------ what elimination is for


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


SINGULAR = [
    dict(a=[[0]], b=[1]),
    dict(a=[[1, 2], [2, 4]], b=[3, 7]),
    dict(a=[[1, 2], [2, 4]], b=[3, 6]),
    dict(a=[[0, 0, 2], [0, 4, 1], [0, 2, 6]], b=[2, 5, 8]),
    dict(a=[[3, 1, 4], [6, 5, 1], [3, 1, 4]], b=[1, 2, 2]),
]

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


def square_matrices(rng):
    yield dict(a=[[7]])
    yield dict(a=[[1, 0], [0, 1]])
    yield dict(a=[[4, 1], [2, 3]])
    yield dict(a=[[2, 3], [4, 1]])
    yield dict(a=[[0, 1], [1, 0]])
    yield dict(a=SHOP)
    yield dict(a=[[0, 2, 0], [0, 0, -3], [5, 0, 0]])
    yield dict(a=[[1e-20, 1], [1, 1]])
    yield dict(a=[[0.001, 0], [0, -0.001]])
    yield dict(a=SMALL)
    for n in (2, 3, 4, 5):
        yield dict(a=clear_cut(rng, n, n))


determinant = Piece("foundations.solving:determinant", forbid=PLAIN)
determinant.asks(
    "determinant(Matrix(a))",
    "the product of the pivots, with the sign of the swaps",
    cases=square_matrices,
    answer=lambda a: float(leibniz(a)),
    rtol=1e-8,
    atol=0.0,
)
determinant.asks(
    "determinant(Matrix(a))",
    "a column without a pivot makes it 0",
    cases=[{"a": case["a"]} for case in SINGULAR],
    answer=lambda a: 0.0,
)
determinant.asks(
    "determinant(Matrix(a))", "a matrix that is not square is refused", cases=NOT_SQUARE, raises="ShapeError"
)
determinant.mistake(
    "Each swap of two rows turns the sign of the determinant: multiply by sign.", "sign * math.prod", "math.prod"
)
determinant.mistake(
    "A determinant can be negative; you return its size only.",
    "return sign * math.prod(E[i, i] for i in range(n))",
    "return abs(math.prod(E[i, i] for i in range(n)))",
)
determinant.mistake(
    "You multiplied A's own diagonal; multiply that of the matrix which elimination leaves.",
    "E[i, i] for",
    "A[i, i] for",
)
determinant.asks(
    FRACTIONS + "str(determinant(A) or 0)",
    "of fractions, it is a fraction",
    cases=[dict(a=[["1/3"]]), dict(a=[["1/3", "1/2"], ["1/5", "1/7"]]), dict(a=[[1, 2, 3], [4, 5, 6], [7, 8, 9]])],
    answer=lambda a: str(leibniz(a)),
)
determinant.mistake(
    FLOATS + ", and start products from 1, not from 1.0.",
    "sign * math.prod(E[i, i]",
    "sign * math.prod(float(E[i, i])",
)
determinant.mistake(
    "A product that starts from 0 stays 0: start it from 1.", "for i in range(n))", "for i in range(n)) * 0"
)
determinant.mistake(
    "A small pivot is a pivot: eliminate with tolerance 0, and don't round.", "eliminate(A)", "eliminate(A, 1e-9)"
)
determinant.mistake(
    "A small determinant is not 0: don't round it.",
    "return sign * math.prod(E[i, i] for i in range(n))",
    "return round(sign * math.prod(E[i, i] for i in range(n)), 6)",
)
determinant.mistake("You added the pivots; multiply them.", "math.prod(", "sum(")
determinant.mistake("The last pivot is left out.", "for i in range(n)", "for i in range(max(1, n - 1))")
determinant.mistake(
    "Only the pivots that exist are multiplied; a missing one makes the whole product 0.",
    "math.prod(E[i, i] for i in range(n))",
    "math.prod(E[i, i] for i in range(n) if E[i, i] != 0)",
)
determinant.mistake(
    "Nothing looks at the shape: only a square matrix has a determinant.", "n = square_size(A)", "n = min(A.shape)"
)
determinant.hint("E, pivots, sign = eliminate(A): which of the three do you need?")
determinant.hint("math.prod multiplies whatever a generator gives it.")


def ranked(rng):
    yield dict(a=[[3]])
    yield dict(a=[[0, 0], [0, 0]])
    yield dict(a=[[1, 2], [2, 4], [3, 6]])
    yield dict(a=[[0, 1, 0], [0, 0, 1]])
    yield dict(a=[[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    yield dict(a=[[1e-12, 2e-12], [3e-12, 5e-12]])
    yield dict(a=[[1e12, 3e12], [0.1e12, 0.3e12], [0.7e12, 2.1e12]])
    yield dict(a=[[-5, 0], [0, 1e-8]])
    for m, n, r in ((3, 4, 2), (5, 3, 1), (4, 4, 3), (2, 5, 2)):
        while True:
            a = rng.uniform(-9, 9, (m, r)).round(1) @ rng.uniform(-9, 9, (r, n)).round(1)
            sizes = np.linalg.svd(a)[1]
            if sizes[r - 1] > 0.05 * sizes[0]:
                break
        yield dict(a=a.tolist())


rank = Piece("foundations.solving:rank", forbid=PLAIN)
rank.asks(
    "rank(Matrix(a))",
    "the number of pivots, crumbs of rounding not counted",
    cases=ranked,
    answer=lambda a: int(np.linalg.matrix_rank(np.array(a), rtol=1e-9)),
)
rank.asks(
    "rank(Matrix(a), tolerance=tolerance)",
    "entries up to tolerance times the largest entry count as 0",
    cases=[
        dict(a=[[1, 0], [0, 0.01]], tolerance=0.1),
        dict(a=[[1, 0], [0, 0.01]], tolerance=0.001),
        dict(a=[[0.25, 0], [0, 64]], tolerance=1 / 256),
        dict(a=[[0.5, 0, 0], [0, -64, 0], [0, 0, 1]], tolerance=1 / 128),
        dict(a=[[-100, 0], [0, 1]], tolerance=0.02),
        dict(a=[[1, 0], [0, 2]], tolerance=0),
        dict(a=[[3, 2, 3], [2, 3, 3], [3, 3, 2]], tolerance=0.2),
        dict(a=[[0.01, 1], [0.02, 1]], tolerance=0.1),
    ],
    answer=lambda a, tolerance: len(echelon(a, tolerance * np.abs(a).max())[1]),
)
rank.mistake(
    "Crumbs of rounding are taken for pivots: hand eliminate a tolerance.",
    "eliminate(A, tolerance * largest)",
    "eliminate(A)",
)
rank.mistake(
    "The tolerance is relative: multiply it by the largest absolute value in A.", "tolerance * largest", "tolerance"
)
rank.mistake(
    "The largest entry is meant in absolute value: -100 is larger than 1.", "max(abs(entry) for", "max(entry for"
)
rank.mistake(
    "You counted the entries on the diagonal; after a column without a pivot, pivots stand to the right of it.",
    """
    largest = max(abs(entry) for row in A.data for entry in row)
    E, _, _ = eliminate(A, tolerance * largest)
    return sum(abs(E[i, i]) > tolerance * largest for i in range(min(A.shape)))
    """,
)
rank.mistake(
    "You counted the entries on the diagonal; after a column without a pivot, pivots stand to the right of it.",
    """
    largest = max(abs(entry) for row in A.data for entry in row)
    E, _, _ = eliminate(A, tolerance * largest)
    return sum(E[i, i] != 0 for i in range(min(A.shape)))
    """,
)
rank.mistake(
    "The tolerance is multiplied by the largest absolute value, not by the sum of them all.",
    "max(abs(entry) for",
    "sum(abs(entry) for",
)
rank.mistake(
    "What counts as 0 must not become a pivot in the first place: hand the tolerance to eliminate.",
    """
    largest = max(abs(entry) for row in A.data for entry in row)
    E, _, _ = eliminate(A)
    return sum(any(abs(entry) > tolerance * largest for entry in row) for row in E.data)
    """,
)
rank.mistake(
    "That is the sign of the swaps; the rank is the number of pivots.",
    """
    largest = max(abs(entry) for row in A.data for entry in row)
    return eliminate(A, tolerance * largest)[2]
    """,
)
rank.mistake(
    "`tolerance` is not used: 1e-9 is only what it is when nothing else is asked for.",
    "tolerance * largest",
    "1e-9 * largest",
)
rank.mistake("That is the largest rank its shape allows; count the pivots.", "len(pivots)", "min(A.shape)")
rank.mistake(
    "You counted the rows of A that are not zero; a row can be a multiple of another.",
    """
    largest = max(abs(entry) for row in A.data for entry in row)
    return sum(any(abs(entry) > tolerance * largest for entry in row) for row in A.data)
    """,
)
rank.hint("eliminate hands back the list of pivots; give it a tolerance that fits A's own size.")
rank.hint("max(abs(entry) for row in A.data for entry in row) is the largest absolute value.")

# ------------------------------------------------------------------ LU and the inverse


def factored(rng):
    yield dict(a=[[5]])
    yield dict(a=[[4, 1], [2, 3]])
    yield dict(a=[[2, 3], [4, 1]])
    yield dict(a=[[0, 1], [1, 0]])
    yield dict(a=[[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    yield dict(a=SHOP)
    yield dict(a=[[1e-20, 1], [1, 1]])
    yield dict(a=[[1, 2, 3], [2, 4, 7], [4, 8, 1]])
    yield dict(a=[[0, 0], [0, 0]])
    yield dict(a=[[0, 2, 3], [0, 1, 5], [0, 4, 7]])
    yield dict(a=SMALL)
    for n in (2, 3, 4, 5):
        yield dict(a=clear_cut(rng, n, n))


def factors_fit(got, a):
    a = np.array(a, float)
    n, names = len(a), "PLU"
    if not isinstance(got, list) or len(got) != 3:
        return "three matrices are wanted"
    for name, factor in zip(names, got):
        if not isinstance(factor, list) or np.shape(factor) != (n, n):
            return f"{name} does not have the shape {(n, n)}"
    try:
        P, L, U = (np.array(factor, float) for factor in got)
    except (TypeError, ValueError):
        return "the entries have to be numbers"
    if not (np.isin(P, (0, 1)).all() and (P.sum(0) == 1).all() and (P.sum(1) == 1).all()):
        return "P is not the identity with its rows in another order"
    if not (np.triu(L, 1) == 0).all():
        return "L is not lower triangular: above its diagonal there is something other than 0"
    if not (np.diag(L) == 1).all():
        return "L does not have ones on its diagonal"
    if not (np.tril(U, -1) == 0).all():
        return "U is not upper triangular: below its diagonal there is something other than 0"
    if not np.allclose(L @ U, P @ a, rtol=1e-9, atol=1e-9 * np.abs(a).max()):
        return f"L U is {(L @ U).tolist()}, and P A is {(P @ a).tolist()}"
    if not (np.abs(L) <= 1 + 1e-9).all():
        return f"L has an entry of size {np.abs(L).max():.6g}: with the largest entry as pivot, no factor exceeds 1"
    return None


lu = Piece("foundations.solving:lu", forbid=PLAIN)
lu.asks(
    "[factor.data for factor in lu(Matrix(a))]",
    "P A = L U, P a permutation, L unit lower and U upper triangular",
    cases=factored,
    accept=factors_fit,
    expected="the data of P, L and U, with P A = L U",
)
lu.asks(
    "P, L, U = lu(Matrix(a))\n[P.data, L.data, U.data]",
    "where no two entries tie for pivot, the factors are these",
    cases=[dict(a=[[2, 3], [4, 1]]), dict(a=[[1, 2, 0], [4, 4, 4], [2, 6, 1]])],
    answer=lambda a: {
        2: [[[0, 1], [1, 0]], [[1, 0], [0.5, 1]], [[4, 1], [0, 2.5]]],
        3: [
            [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
            [[1, 0, 0], [0.5, 1, 0], [0.25, 0.25, 1]],
            [[4, 4, 4], [0, 4, -1], [0, 0, -0.75]],
        ],
    }[len(a)],
    atol=1e-9,
)
lu.asks(
    "P, L, U = lu(Matrix(a))\n[P.data, L.data, U.data]",
    "after a column without a pivot come the next column and the next row, down the diagonal",
    cases=[dict(a=[[0, 2], [0, 3]]), dict(a=[[0, 2, 3], [0, 1, 5], [0, 4, 7]])],
    answer=lambda a: {
        2: [[[1, 0], [0, 1]], [[1, 0], [0, 1]], [[0, 2], [0, 3]]],
        3: [
            [[1, 0, 0], [0, 0, 1], [0, 1, 0]],
            [[1, 0, 0], [0, 1, 0], [0, 0.25, 1]],
            [[0, 2, 3], [0, 4, 7], [0, 0, 3.25]],
        ],
    }[len(a)],
    atol=1e-9,
)
lu.asks("lu(Matrix(a))", "a matrix that is not square is refused", cases=NOT_SQUARE, raises="ShapeError")
lu.asks(
    "A = Matrix(a)\nP, L, U = lu(A)\nU.data[0][0] = 99\nA.data",
    "A stays as it was",
    cases=[dict(a=[[2, 3], [4, 1]]), dict(a=[[5]])],
    answer=lambda a: a,
)
lu.mistake(
    "When two rows change places, the factors already found for them have to move along.",
    "for M in (P, L, U):",
    "for M in (P, U):",
)
lu.mistake("This P gives A = P L U: P A = L U needs its transpose.", "return P, L +", "return P.transpose(), L +")
lu.mistake("The factors enter L as they are; their signs are turned here.", "U[i, k] / U[k, k]", "-U[i, k] / U[k, k]")
lu.mistake(
    "The factors are all 0: you cleared the column first. Store them while the entries are still there.",
    """
    n = square_size(A)
    P, L, U = Matrix.identity(n), Matrix.identity(n) * 0, Matrix(A.data)
    for k in range(n):
        best = pivot_row(U, k, k)
        for M in (P, L, U):
            M.data[k], M.data[best] = M.data[best], M.data[k]
        if U[k, k] == 0:
            continue
        U = clear_below(U, k, k)
        for i in range(k + 1, n):
            L.data[i][k] = U[i, k] / U[k, k]
    return P, L + Matrix.identity(n), U
    """,
)
lu.mistake(
    "The ones on L's diagonal were swapped along with the factors: put them in at the end.",
    """
    n = square_size(A)
    P, L, U = Matrix.identity(n), Matrix.identity(n), Matrix(A.data)
    for k in range(n):
        best = pivot_row(U, k, k)
        for M in (P, L, U):
            M.data[k], M.data[best] = M.data[best], M.data[k]
        if U[k, k] == 0:
            continue
        for i in range(k + 1, n):
            L.data[i][k] = U[i, k] / U[k, k]
        U = clear_below(U, k, k)
    return P, L, U
    """,
)
lu.mistake(
    "After a column of zeros you stay in the row, as eliminate does; here each column has its own row.",
    """
    n = square_size(A)
    P, L, U, r = Matrix.identity(n), Matrix.identity(n) * 0, Matrix(A.data), 0
    for k in range(n):
        best = pivot_row(U, r, k)
        if U[best, k] == 0:
            continue
        for M in (P, L, U):
            M.data[r], M.data[best] = M.data[best], M.data[r]
        for i in range(r + 1, n):
            L.data[i][r] = U[i, k] / U[r, k]
        U = clear_below(U, r, k)
        r += 1
    return P, L + Matrix.identity(n), U
    """,
)
lu.mistake("You swap rows of the matrix you were given: let U start as a copy, Matrix(A.data).", "Matrix(A.data)", "A")
lu.mistake(
    "The three are handed back in the order P, L, U.",
    "return P, L + Matrix.identity(n), U",
    "return L + Matrix.identity(n), U, P",
)
lu.mistake("A small pivot is a pivot; skip a column only if it is 0.", "if U[k, k] == 0:", "if abs(U[k, k]) < 1e-9:")
lu.mistake("L's diagonal has to be ones.", "L + Matrix.identity(n), U", "L, U")
lu.mistake(
    "Without swapping rows this fails on a pivot of 0, and is wildly inexact on a tiny one: use pivot_row.",
    "best = pivot_row(U, k, k)",
    "best = k",
)
lu.mistake(
    "A pivot of 0 means that nothing is left to clear in its column: skip it, instead of dividing by it.",
    "if U[k, k] == 0:",
    "if False:",
)
lu.mistake("The swaps are not recorded in P.", "for M in (P, L, U):", "for M in (L, U):")
lu.mistake(
    "A column of zeros ends the elimination too early: the columns to the right of it still have to be cleared.",
    "continue",
    "break",
)
lu.hint(
    "Start from P the identity, L all zeros, U a copy of A. A swap is the same for all three: "
    "M.data[k], M.data[best] = M.data[best], M.data[k]."
)
lu.hint(
    "Before clear_below(U, k, k) wipes out the entries below the pivot, store each one divided by the pivot "
    "in L.data[i][k]."
)
lu.hint("The ones on L's diagonal go in at the very end: L + Matrix.identity(n). They must not be swapped around.")


def inverse_of(a):
    return np.linalg.inv(np.array(a, float)).tolist()


def invertible(rng):
    yield dict(a=[[4]])
    yield dict(a=[[1, 0], [0, 1]])
    yield dict(a=[[1, 1], [1, 2]])
    yield dict(a=[[2, 3], [4, 1]])
    yield dict(a=[[1, 1], [0, 1]])
    yield dict(a=[[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    yield dict(a=SHOP)
    yield dict(a=[[1e-20, 1], [1, 1]])
    yield dict(a=SMALL)
    for n in (2, 3, 4, 6):
        yield dict(a=clear_cut(rng, n, n))


inverse = Piece("foundations.solving:inverse", forbid=PLAIN)
inverse.asks(
    "inverse(Matrix(a)).data", "the matrix X with A X = I", cases=invertible, answer=inverse_of, rtol=1e-7, atol=1e-9
)
inverse.asks(
    "(inverse(Matrix(a)) @ Matrix(a)).data",
    "times A it is the identity, from the left as well",
    cases=invertible,
    answer=lambda a: np.eye(len(a)).tolist(),
    atol=1e-7,
)
inverse.asks(
    "inverse(Matrix(a))",
    "a singular matrix has none",
    cases=[{"a": c["a"]} for c in SINGULAR],
    raises="SingularMatrixError",
)
inverse.asks("inverse(Matrix(a))", "a matrix that is not square is refused", cases=NOT_SQUARE, raises="ShapeError")
inverse.mistake(
    "The solutions are the columns of the inverse; you made them its rows.",
    "Matrix(columns).transpose()",
    "Matrix(columns)",
)
inverse.mistake(
    "The rows were swapped on the way: solve for the columns of P, not for those of the identity.",
    "P.transpose().data",
    "Matrix.identity(A.shape[0]).data",
)
inverse.mistake(
    "You refuse a matrix whose determinant is only small; that alone does not make it singular.",
    "P, L, U = lu(A)",
    "if abs(determinant(A)) < 1e-9:\n        raise SingularMatrixError('nearly 0')\n    P, L, U = lu(A)",
)
inverse.mistake("You took the rows of P; its columns are wanted.", "P.transpose().data", "P.data")
inverse.mistake(
    "One divided by each entry is not the inverse: the product with A has to be the identity.",
    """
    n = square_size(A)
    if determinant(A) == 0:
        raise SingularMatrixError("no inverse")
    return Matrix([[1 / x if x else 0 for x in row] for row in A.data])
    """,
)
inverse.mistake(
    "The order is turned round: first L, by forward substitution, then U, by back substitution.",
    "back_substitute(U, forward_substitute(L, column))",
    "forward_substitute(L, back_substitute(U, column))",
)
inverse.hint("A X = I, multiplied by P from the left: L U X = P. Column by column, L (U x) = column of P.")
inverse.hint("P.transpose().data is a list of P's columns; each gives one column of the inverse.")
