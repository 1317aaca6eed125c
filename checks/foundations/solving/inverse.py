"""What must hold of ``inverse``. Oracle: NumPy."""

import numpy as np

from checks.foundations.solving.shared import NOT_SQUARE, PLAIN, SHOP, SINGULAR, SMALL, clear_cut
from checks.language import Piece


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
