"""What must hold of sums, differences, multiples and transposes of matrices. Oracle: NumPy."""

import numpy as np

from checks.foundations.matrix.shared import PLAIN, matrices, numbers
from checks.language import Piece

SMALL = dict(a=[[1, 2, 3], [4, 5, 6]], b=[[10, 0, -1], [2, 7, 5]])


def same_shapes(rng):
    yield dict(a=[[1]], b=[[2]])
    yield SMALL
    yield dict(a=[[1, 1], [1, 1], [0, 1]], b=[[1, 2], [3, 4], [1, 2]])
    for shape in ((1, 3), (3, 1), (2, 4), (3, 2)):
        yield dict(a=numbers(rng, *shape), b=numbers(rng, *shape))


def other_shapes(rng):
    yield dict(a=[[1, 2, 3], [4, 5, 6]], b=[[1, 2], [3, 4]])
    yield dict(a=[[1, 2, 3], [4, 5, 6]], b=[[1, 2, 3]])
    yield dict(a=[[1, 2]], b=[[1], [2]])
    yield dict(a=[[1, 2], [3, 4]], b=[[5]])
    yield dict(a=[[5]], b=[[1, 2], [3, 4]])


def elementwise(piece, code, operation):
    """The questions of an operation on two matrices of one shape."""
    piece.asks(
        code, "entry by entry", cases=same_shapes, answer=lambda a, b: operation(np.array(a), np.array(b)).tolist()
    )
    piece.asks(
        code,
        "shapes that differ are refused, and both are named",
        cases=other_shapes,
        raises="ShapeError",
    )
    piece.asks(
        code,
        "the message of the refusal has both shapes in it",
        cases=[dict(a=[[1, 2, 3], [4, 5, 6]], b=[[1, 2], [3, 4]])],
        raises="ShapeError",
        mentions=("(2, 3)", "(2, 2)"),
    )
    piece.asks(
        f"A, B = Matrix(a), Matrix(b)\nC = {code.replace('Matrix(a)', 'A').replace('Matrix(b)', 'B')[:-5]}\n"
        "C.data[0][0] = 99\n[A.data, B.data]",
        "the operands stay as they were",
        cases=[SMALL],
        answer=lambda a, b: [a, b],
    )


add = Piece("foundations.matrix:Matrix.__add__", forbid=PLAIN)
elementwise(add, "(Matrix(a) + Matrix(b)).data", np.add)
add.mistake(
    "Added to lists, + glues them together: add the numbers one by one.",
    """
    if self.shape != other.shape:
        raise ShapeError(f"cannot add shapes {self.shape} and {other.shape}")
    return Matrix([r + s for r, s in zip(self.data, other.data)])
    """,
)
add.mistake(
    "Nothing compares the shapes: zip cuts the longer one off in silence.",
    """
    return Matrix([[a + b for a, b in zip(r, s)] for r, s in zip(self.data, other.data)])
    """,
)
add.mistake(
    "You changed self instead of making a new matrix.",
    """
    if self.shape != other.shape:
        raise ShapeError(f"cannot add shapes {self.shape} and {other.shape}")
    for i, row in enumerate(other.data):
        for j, x in enumerate(row):
            self.data[i][j] += x
    return self
    """,
)
add.mistake(
    "You compared the numbers of rows only: the columns must agree too.",
    "self.shape != other.shape",
    "self.shape[0] != other.shape[0]",
)
add.hint("zip over the rows of both, and inside over the entries of both.")

sub = Piece("foundations.matrix:Matrix.__sub__", forbid=PLAIN)
elementwise(sub, "(Matrix(a) - Matrix(b)).data", np.subtract)
sub.mistake("The operands have changed places: A - B takes B away from A.", "a - b", "b - a")
sub.mistake("This adds.", "a - b", "a + b")
sub.mistake(
    "You compared the numbers of columns only: the rows must agree too.",
    "self.shape != other.shape",
    "self.shape[1] != other.shape[1]",
)
sub.hint("The same as the sum, with one character changed; the message too.")


def scalings(rng):
    yield dict(a=[[7]], factor=1)
    yield dict(a=[[1, 2, 3], [4, 5, 6]], factor=2)
    yield dict(a=[[1, -2], [0, 4]], factor=0)
    for shape in ((3, 2), (1, 4)):
        yield dict(a=numbers(rng, *shape), factor=round(float(rng.uniform(-3, 3)), 2))


mul = Piece("foundations.matrix:Matrix.__mul__", forbid=PLAIN)
mul.asks(
    "(Matrix(a) * factor).data",
    "every entry times the number",
    cases=scalings,
    answer=lambda a, factor: (np.array(a) * factor).tolist(),
)
mul.asks(
    "(factor * Matrix(a)).data",
    "the same with the number on the left",
    cases=scalings,
    answer=lambda a, factor: (np.array(a) * factor).tolist(),
)
mul.asks(
    "A = Matrix(a)\nB, C = A * 3, A * 1\nC.data[0][0] = 99\n[A.data, B is A]",
    "the matrix stays as it was",
    cases=[dict(a=[[1, 2], [3, 4]])],
    answer=lambda a: [a, False],
)
mul.asks("Matrix(a) * Matrix(b)", "a matrix is not a number", cases=[SMALL, dict(a=[[1]], b=[[1]])], raises="TypeError")
mul.mistake(
    "A list times 2 is that list twice over: multiply the numbers inside.",
    """
    if isinstance(factor, Matrix):
        raise TypeError("A * B is not defined for two matrices; their product is A @ B")
    return Matrix([row * factor for row in self.data])
    """,
)
mul.mistake("You added the factor to every entry.", "a * factor", "a + factor")
mul.mistake(
    "You changed self instead of making a new matrix.",
    """
    if isinstance(factor, Matrix):
        raise TypeError("A * B is not defined for two matrices; their product is A @ B")
    self.data = [[a * factor for a in row] for row in self.data]
    return self
    """,
)
mul.mistake(
    "Entry-by-entry products of two matrices are not what * means here: raise TypeError.",
    """
    if isinstance(factor, Matrix):
        return Matrix([[a * b for a, b in zip(r, s)] for r, s in zip(self.data, factor.data)])
    return Matrix([[a * factor for a in row] for row in self.data])
    """,
)
mul.hint("A list inside a list: one comprehension for the rows, one for the entries of a row.")
mul.hint("`isinstance(factor, Matrix)` tells the case to refuse.")

transpose = Piece("foundations.matrix:Matrix.transpose", forbid=PLAIN)
transpose.asks(
    "Matrix(a).transpose().data", "columns become rows", cases=matrices, answer=lambda a: np.transpose(a).tolist()
)
transpose.asks(
    "A = Matrix(a)\nB = A.transpose()\nB.data[0][0] = 99\nA.data",
    "the matrix stays as it was",
    cases=[dict(a=[[1, 2], [3, 4]]), dict(a=[[5]])],
    answer=lambda a: a,
)
transpose.mistake(
    "The rows come out in reverse order: a transpose mirrors on the diagonal.",
    """
    return Matrix(self.data[::-1])
    """,
)
transpose.mistake(
    "Each row is reversed: a transpose mirrors on the diagonal.",
    """
    return Matrix([row[::-1] for row in self.data])
    """,
)
transpose.mistake(
    "You filled the new shape in reading order; the entries have to change places too.",
    """
    rows, columns = self.shape
    flat = [x for row in self.data for x in row]
    return Matrix([flat[j * rows : (j + 1) * rows] for j in range(columns)])
    """,
)
transpose.mistake(
    "This mirrors on the other diagonal: the first column becomes the first row, read from the top.",
    """
    rows, columns = self.shape
    return Matrix([[self.data[i][j] for i in reversed(range(rows))] for j in reversed(range(columns))])
    """,
)
transpose.mistake(
    "`[[0] * m] * n` holds one row n times over, so every row shows what was written last.",
    """
    rows, columns = self.shape
    result = [[0] * rows] * columns
    for i in range(rows):
        for j in range(columns):
            result[j][i] = self.data[i][j]
    return Matrix([list(row) for row in result])
    """,
)
transpose.hint("Row j of the result is column j of self: `[self.data[i][j] for i in range(rows)]`.")
