"""What must hold of ``back_substitute`` and ``forward_substitute``. Oracle: NumPy."""

import numpy as np

from checks.foundations.solving.shared import FLOATS, FRACTIONS, NOT_SQUARE, PLAIN, UNFIT, numbers
from checks.language import Piece


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
