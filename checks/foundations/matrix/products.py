"""What must hold of products with vectors and matrices, of ``identity`` and ``trace``. Oracle: NumPy."""

import numpy as np

from checks.foundations.matrix.shared import PLAIN, numbers
from checks.language import Piece


def untouched(piece, code, cases):
    """A question of any method: the matrices it works on are the same afterwards."""
    names = "A, B = Matrix(a), Matrix(b)" if "B" in code else "A = Matrix(a)"
    after = "[A.data, B.data]" if "B" in code else "A.data"
    piece.asks(
        f"{names}\n{code}\n{after}",
        "the matrix itself stays as it was",
        cases=cases,
        answer=lambda a, b=None, **_: [a, b] if b is not None else a,
    )


def applied(rng):
    yield dict(a=[[1, 2], [3, 4]], v=[10, 1])
    yield dict(a=[[5]], v=[3])
    yield dict(a=[[1, 0], [0, 1]], v=[10, 1])
    yield dict(a=[[1, 1], [1, 1], [2, 1]], v=[3, 5])
    for m, n in ((2, 3), (3, 2), (1, 4), (4, 1)):
        yield dict(a=numbers(rng, m, n), v=numbers(rng, n))


apply = Piece("foundations.matrix:Matrix.apply", forbid=PLAIN)
apply.asks(
    "Matrix(a).apply(v)",
    "each row dotted with the vector",
    cases=applied,
    answer=lambda a, v: (np.array(a) @ np.array(v)).tolist(),
)
apply.asks(
    "Matrix(a).apply(v)",
    "a vector of another length than the rows is refused",
    cases=[dict(a=[[1, 2, 3], [4, 5, 6]], v=v) for v in ([1, 2], [1, 2, 3, 4], [1], [])],
    raises="ShapeError",
)
untouched(apply, "A.apply(v)", [dict(a=[[1, 2], [3, 4]], v=[10, 1])])
apply.mistake(
    "You dotted the columns with the vector: take the rows.",
    "return [dot(column, v) for column in self.transpose().data]",
)
apply.mistake(
    "You multiplied entries without adding them up along the row.",
    """
    if len(v) != self.shape[1]:
        raise ShapeError("the sizes do not fit")
    return [row[i % len(v)] * v[i % len(v)] for i, row in enumerate(self.data)]
    """,
)
apply.mistake(
    "Only the first row is used for every entry.",
    "dot(row, v) for row in self.data",
    "dot(self.data[0], v) for row in self.data",
)
apply.hint("A comprehension over the rows, with your `dot`.")
apply.hint("`dot` refuses vectors of different lengths too: with it, is a test of your own still needed?")


def products(rng):
    yield dict(a=[[1, 2], [3, 4]], b=[[0, 1], [1, 0]])
    yield dict(a=[[3]], b=[[5]])
    yield dict(a=[[1, 2], [3, 4]], b=[[5, 6], [7, 9]])
    yield dict(a=[[1, 1], [1, 1], [3, 1]], b=[[1, 2], [1, 3]])
    yield dict(a=[[1, 0], [0, 1]], b=[[2, 0], [0, 2]])
    for m, k, n in ((2, 3, 4), (1, 3, 1), (3, 1, 2), (4, 2, 3)):
        yield dict(a=numbers(rng, m, k), b=numbers(rng, k, n))


def numpy_product(a, b):
    return (np.array(a) @ np.array(b)).tolist()


matmul = Piece("foundations.matrix:Matrix.__matmul__", forbid=PLAIN)
matmul.asks(
    "(Matrix(a) @ Matrix(b)).data", "row i of A dotted with column j of B", cases=products, answer=numpy_product
)
matmul.asks("Matrix(a).multiply(Matrix(b)).data", "multiply is the same product", cases=products, answer=numpy_product)
matmul.asks(
    "Matrix(a) @ Matrix(b)",
    "inner sizes that differ are refused, and both shapes are named",
    cases=[dict(a=[[1, 2, 3], [4, 5, 6]], b=[[1, 2], [3, 4]])],
    raises="ShapeError",
    mentions=("(2, 3)", "(2, 2)"),
)
matmul.asks(
    "Matrix(a) @ Matrix(b)",
    "inner sizes that differ are refused, whichever is larger",
    cases=[
        dict(a=[[1, 2], [3, 4]], b=[[1, 2], [3, 4], [5, 6]]),
        dict(a=[[1], [2]], b=[[1], [2]]),
        dict(a=[[2]], b=[[1, 2], [3, 4]]),
        dict(a=[[1, 2], [3, 4]], b=[[2]]),
    ],
    raises="ShapeError",
)
untouched(
    matmul,
    "C = A @ B\nC.data[0][0] = 99",
    [dict(a=[[1, 2], [3, 4]], b=[[5, 6], [7, 9]]), dict(a=[[1, 0], [0, 1]], b=[[5, 6], [7, 9]])],
)
matmul.mistake(
    "Entry by entry is not the matrix product: each entry is a row dotted with a column.",
    """
    if self.shape[1] != other.shape[0]:
        raise ShapeError(f"cannot multiply shapes {self.shape} and {other.shape}: the inner sizes differ")
    return Matrix([[a * b for a, b in zip(r, s)] for r, s in zip(self.data, other.data)])
    """,
)
matmul.mistake(
    "You dotted rows with rows: the second matrix gives its columns.",
    """
    if self.shape[1] != other.shape[0]:
        raise ShapeError(f"cannot multiply shapes {self.shape} and {other.shape}: the inner sizes differ")
    return Matrix([[sum(a * b for a, b in zip(row, column)) for column in other.data] for row in self.data])
    """,
)
matmul.mistake(
    "You dotted rows with rows: the second matrix gives its columns.",
    """
    if self.shape[1] != other.shape[0]:
        raise ShapeError(f"cannot multiply shapes {self.shape} and {other.shape}: the inner sizes differ")
    return Matrix([[dot(row, column) for column in other.data] for row in self.data])
    """,
)
matmul.mistake(
    "This is B @ A: the order matters.",
    """
    if self.shape[1] != other.shape[0]:
        raise ShapeError(f"cannot multiply shapes {self.shape} and {other.shape}: the inner sizes differ")
    rows = self.transpose().data
    return Matrix([[sum(a * b for a, b in zip(row, column)) for column in rows] for row in other.data])
    """,
)
matmul.mistake(
    "The result is transposed: entry (i, j) belongs in row i.",
    """
    if self.shape[1] != other.shape[0]:
        raise ShapeError(f"cannot multiply shapes {self.shape} and {other.shape}: the inner sizes differ")
    columns = other.transpose().data
    return Matrix([[dot(row, column) for row in self.data] for column in columns])
    """,
)
matmul.mistake(
    "You asked for equal shapes; only the inner sizes have to agree.",
    "self.shape[1] != other.shape[0]",
    "self.shape != other.shape",
)
matmul.hint("`other.transpose().data` is the list of other's columns.")
matmul.hint("Two comprehensions, one inside the other: for each row of self, for each column of other, one dot.")

identity = Piece("foundations.matrix:Matrix.identity", forbid=PLAIN)
identity.asks(
    "Matrix.identity(n).data",
    "1 on the diagonal, 0 elsewhere",
    cases=[dict(n=1), dict(n=2), dict(n=5), dict(n=8)],
    answer=lambda n: np.eye(n, dtype=int).tolist(),
)
identity.asks(
    "class Square(Matrix):\n    pass\ntype(Square.identity(n)).__name__",
    "it is made of cls, so that a subclass makes its own kind",
    cases=[dict(n=2)],
    answer=lambda n: "Square",
)
identity.asks("Matrix.identity(n)", "a size below 1 is refused", cases=[dict(n=0), dict(n=-2)], raises="ShapeError")
identity.mistake("Every entry is 1: only where row and column agree.", "1 if i == j else 0", "1")
identity.mistake("The ones run down the other diagonal.", "i == j", "i + j == n - 1")
identity.mistake("The ones go on below the diagonal.", "i == j", "i >= j")
identity.mistake(
    "The class method has cls for a reason: with Matrix written out, a subclass gets a plain Matrix.",
    "return cls(",
    "return Matrix(",
)
identity.hint("`[[... for j in range(n)] for i in range(n)]`, with a conditional expression inside.")

trace = Piece("foundations.matrix:Matrix.trace", forbid=PLAIN)


def squares(rng):
    yield dict(a=[[7]])
    yield dict(a=[[1, 2], [4, 8]])
    yield dict(a=[[1, 2, 3], [0, 0, 0], [5, 1, -1]])
    yield dict(a=[[1, 5, 4], [1, 5, 4], [1, 5, 4]])
    for n in (3, 5):
        yield dict(a=numbers(rng, n, n))


trace.asks("Matrix(a).trace()", "the sum of the diagonal", cases=squares, answer=lambda a: np.trace(a).item())
trace.asks(
    "Matrix(a).trace()",
    "a matrix that is not square is refused, and its shape is named",
    cases=[dict(a=[[1, 2, 3], [4, 5, 6]])],
    raises="ShapeError",
    mentions=("(2, 3)",),
)
trace.asks(
    "Matrix(a).trace()", "more rows than columns are refused too", cases=[dict(a=[[1], [2]])], raises="ShapeError"
)
untouched(trace, "A.trace()", [dict(a=[[1, 2], [4, 8]])])
trace.mistake(
    "You added all entries: only those on the diagonal.",
    "sum(self.data[i][i] for i in range(rows))",
    "sum(map(sum, self.data))",
)
trace.mistake("This runs down the other diagonal.", "self.data[i][i]", "self.data[i][rows - 1 - i]")
trace.mistake("You multiplied the diagonal: a trace adds.", "sum(self.data[i][i]", "math.prod(self.data[i][i]")
trace.mistake(
    "Only matrices with more columns than rows are refused: compare with !=.", "rows != columns", "rows < columns"
)
trace.hint("The diagonal is self.data[0][0], self.data[1][1], …")
