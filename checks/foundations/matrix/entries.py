"""What must hold of a matrix's shape and of looking up its entries. Oracle: NumPy."""

import numpy as np

from checks.foundations.matrix.shared import PLAIN, matrices, numbers
from checks.language import Piece

shape = Piece("foundations.matrix:Matrix.shape", forbid=PLAIN)
shape.asks("Matrix(a).shape", "rows, then columns", cases=matrices, answer=lambda a: np.shape(a))
shape.mistake(
    "Columns come second: rows first.", "len(self.data), len(self.data[0])", "len(self.data[0]), len(self.data)"
)
shape.mistake("The second number is how many columns there are, not rows again.", "len(self.data[0])", "len(self.data)")
shape.mistake(
    "The second number counts all entries: the length of one row is wanted.",
    "len(self.data[0])",
    "sum(map(len, self.data))",
)
shape.hint("self.data is a list of rows: how long is it, and how long is its first row?")


def indexed(rng):
    yield dict(a=[[1, 2, 3], [4, 5, 6]], i=0, j=2)
    yield dict(a=[[1, 2, 3], [4, 5, 6]], i=0, j=0)
    yield dict(a=[[1, 2, 3], [4, 5, 6]], i=-1, j=-3)
    for m, n in ((3, 4), (4, 2)):
        yield dict(a=numbers(rng, m, n), i=int(rng.integers(m)), j=int(rng.integers(n)))


getitem = Piece("foundations.matrix:Matrix.__getitem__", forbid=PLAIN)
getitem.asks("Matrix(a)[i, j]", "the entry in row i, column j", cases=indexed, answer=lambda a, i, j: a[i][j])
getitem.asks("Matrix(a)[i]", "row i, as a list", cases=indexed, answer=lambda a, i: a[i])
getitem.asks(
    """
    A = Matrix(a)
    row = A[0]
    row[0] = 99
    A.data
    """,
    "a row is a new list: changing it leaves the matrix alone",
    cases=[dict(a=[[1, 2], [3, 4]])],
    answer=lambda a: a,
)
getitem.asks(
    "Matrix(a)[i, j]",
    "an index outside is an IndexError",
    cases=[dict(a=[[1, 2, 3], [4, 5, 6]], i=i, j=j) for i, j in ((2, 0), (0, 3), (0, -4), (-3, 0))],
    raises="IndexError",
)
getitem.asks(
    "Matrix(a)[i]",
    "a row outside is an IndexError",
    cases=[dict(a=[[1, 2, 3], [4, 5, 6]], i=2), dict(a=[[1, 2, 3], [4, 5, 6]], i=-3)],
    raises="IndexError",
)
getitem.mistake("Row and column have changed places.", "i, j = index", "j, i = index")
getitem.mistake(
    "The row is the matrix's own list: whoever changes it changes the matrix.",
    "list(self.data[index])",
    "self.data[index]",
)
getitem.mistake(
    "A[i] came out as column i: it is row i.", "list(self.data[index])", "[row[index % len(row)] for row in self.data]"
)
getitem.mistake(
    "A tuple index was taken as a row number: test isinstance(index, tuple).", "return list(self.data[index])"
)
getitem.hint("`A[1, 2]` calls `A.__getitem__((1, 2))`: the index is a tuple. `A[1]` hands over a plain 1.")
getitem.hint("`list(row)` copies a row.")
