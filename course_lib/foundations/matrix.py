"""Vectors and matrices on nested lists.

A vector is a list of numbers; a `Matrix` holds a list of rows. Nothing here uses NumPy, so that every multiplication is
in sight.

Source: Deisenroth, Faisal, Ong, *Mathematics for Machine Learning*, chapters 2 and 3.
"""

from __future__ import annotations

import math

Number = int | float
Vector = list[Number]


class ShapeError(ValueError):
    """Sizes that do not fit together."""


def dot(u: Vector, v: Vector) -> Number:
    """Dot product of two vectors: the sum of the products of matching entries.

    ``dot([1, 2, 3], [4, 5, 6])`` is ``1*4 + 2*5 + 3*6 = 32``; of two empty vectors it is 0.
    Raises `ShapeError`, with both lengths in its message, if the lengths differ.
    """
    if len(u) != len(v):
        raise ShapeError(f"dot needs two vectors of one length, got {len(u)} and {len(v)}")
    return sum(a * b for a, b in zip(u, v))


def norm(v: Vector) -> float:
    """Length of a vector: the square root of the sum of its squared entries.

    ``norm([3, 4])`` is ``5.0``; of the empty vector it is 0. ``math.hypot`` and ``math.dist`` would be the answer
    themselves and may not be used.
    """
    return math.sqrt(dot(v, v))


def angle(u: Vector, v: Vector) -> float:
    """Angle between two vectors, in radians, from 0 to pi.

    ``angle([1, 0], [0, 2])`` is ``pi / 2``. The cosine is clamped to [-1, 1] before ``math.acos``, because rounding
    may push it just outside. Raises `ShapeError` if the lengths differ and `ValueError` if a vector has norm 0 (where
    both hold, either will do).
    """
    product = dot(u, v)
    lengths = norm(u) * norm(v)
    if lengths == 0:
        raise ValueError("the angle to a vector of norm 0 is not defined")
    return math.acos(max(-1.0, min(1.0, product / lengths)))


class Matrix:
    """A matrix of numbers, ``Matrix([[1, 2, 3], [4, 5, 6]])`` having 2 rows and 3 columns.

    ``data`` is its list of rows. Operations return new matrices and leave their operands alone.
    """

    def __init__(self, data: list[Vector]):
        """Copy ``data``; raises `ShapeError` if it has no entries or its rows differ in length."""
        rows = [list(row) for row in data]
        if not rows or not rows[0]:
            raise ShapeError("a matrix needs at least one row and one column")
        for i, row in enumerate(rows):
            if len(row) != len(rows[0]):
                raise ShapeError(f"row {i} has {len(row)} entries, row 0 has {len(rows[0])}")
        self.data = rows

    def __repr__(self) -> str:
        return f"Matrix({self.data})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Matrix) and self.data == other.data

    __hash__ = None  # a matrix can be changed through its data

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows, then number of columns: ``Matrix([[1, 2, 3], [4, 5, 6]]).shape`` is ``(2, 3)``."""
        return len(self.data), len(self.data[0])

    def __getitem__(self, index: int | tuple[int, int]) -> Number | Vector:
        """``A[i, j]`` is the entry in row ``i`` and column ``j``; ``A[i]`` is row ``i``, as a new list.

        Both count from 0, and negative indices from the end, as in any list. An index outside raises `IndexError`.
        """
        if isinstance(index, tuple):
            i, j = index
            return self.data[i][j]
        return list(self.data[index])

    def __add__(self, other: Matrix) -> Matrix:
        """Sum of two matrices of one shape, entry by entry, as a new matrix.

        Raises `ShapeError`, with both shapes (as ``(2, 3)``) in its message, if the shapes differ.
        """
        if self.shape != other.shape:
            raise ShapeError(f"cannot add shapes {self.shape} and {other.shape}")
        return Matrix([[a + b for a, b in zip(r, s)] for r, s in zip(self.data, other.data)])

    def __sub__(self, other: Matrix) -> Matrix:
        """Difference of two matrices of one shape, entry by entry, as a new matrix.

        Raises `ShapeError`, with both shapes (as ``(2, 3)``) in its message, if the shapes differ.
        """
        if self.shape != other.shape:
            raise ShapeError(f"cannot subtract shapes {self.shape} and {other.shape}")
        return Matrix([[a - b for a, b in zip(r, s)] for r, s in zip(self.data, other.data)])

    def __mul__(self, factor: Number) -> Matrix:
        """A new matrix with every entry multiplied by the number ``factor``: ``(A * 2)[i, j]`` is ``2 * A[i, j]``.

        The product of two matrices is ``A @ B``; a ``Matrix`` as ``factor`` raises `TypeError`.
        """
        if isinstance(factor, Matrix):
            raise TypeError("A * B is not defined for two matrices; their product is A @ B")
        return Matrix([[a * factor for a in row] for row in self.data])

    __rmul__ = __mul__

    def transpose(self) -> Matrix:
        """A new matrix whose rows are this one's columns.

        Shape (m, n) becomes (n, m), and entry (i, j) of the result is entry (j, i) of this matrix."""
        rows, columns = self.shape
        return Matrix([[self.data[i][j] for i in range(rows)] for j in range(columns)])

    @property
    def T(self) -> Matrix:
        """The transpose."""
        return self.transpose()

    def apply(self, v: Vector) -> Vector:
        """Product of an (m, n) matrix and a vector of n numbers, as a list of m numbers.

        Entry ``i`` is the dot product of row ``i`` with ``v``: ``Matrix([[1, 2], [3, 4]]).apply([10, 1])`` is
        ``[12, 34]``. Raises `ShapeError` if ``v`` does not have n entries.
        """
        return [dot(row, v) for row in self.data]

    def __matmul__(self, other: Matrix) -> Matrix:
        """Matrix product, (m, k) @ (k, n) -> (m, n).

        Entry (i, j) is row ``i`` of self dotted with column ``j`` of other.
        Raises `ShapeError`, with both shapes (as ``(2, 3)``) in its message, if the inner sizes differ.
        """
        if self.shape[1] != other.shape[0]:
            raise ShapeError(f"cannot multiply shapes {self.shape} and {other.shape}: the inner sizes differ")
        columns = other.transpose().data
        return Matrix([[dot(row, column) for column in columns] for row in self.data])

    def multiply(self, other: Matrix) -> Matrix:
        """The matrix product under its long name."""
        return self @ other

    @classmethod
    def identity(cls, n: int) -> Matrix:
        """The n by n matrix with 1 on the diagonal (row i, column i) and 0 elsewhere.

        As a factor of a product it changes nothing. Make it with ``cls(...)``, so that a subclass makes its own kind.
        Raises `ShapeError` if ``n`` is less than 1.
        """
        return cls([[1 if i == j else 0 for j in range(n)] for i in range(n)])

    def trace(self) -> Number:
        """Sum of the diagonal entries (row i, column i) of a square matrix.

        Raises `ShapeError`, with the shape (as ``(2, 3)``) in its message, if the matrix is not square.
        """
        rows, columns = self.shape
        if rows != columns:
            raise ShapeError(f"only a square matrix has a trace, this one has shape {self.shape}")
        return sum(self.data[i][i] for i in range(rows))
