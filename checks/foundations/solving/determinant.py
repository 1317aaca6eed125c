"""What must hold of ``determinant``. Oracle: the sum over all permutations, in fractions."""

import itertools
from fractions import Fraction

from checks.foundations.solving.shared import FLOATS, FRACTIONS, NOT_SQUARE, PLAIN, SHOP, SINGULAR, SMALL, clear_cut
from checks.language import Piece


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
