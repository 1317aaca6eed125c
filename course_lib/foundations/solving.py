"""Systems of linear equations: elimination with pivoting, and what it tells of a matrix.

One elimination serves everything here: solving, determinant, rank, LU factors, inverse. No NumPy, as in `matrix`.

Source: Deisenroth, Faisal, Ong, *Mathematics for Machine Learning*, chapters 2 and 4; Trefethen, Bau, *Numerical Linear
Algebra*, lectures 20 to 22.
"""

from __future__ import annotations

import math

from course_lib.foundations.matrix import Matrix, Number, ShapeError, Vector, dot


class SingularMatrixError(ValueError):
    """A square matrix whose equations have no solution, or more than one."""


def square_size(A: Matrix, b: Vector | None = None) -> int:
    """The n of an (n, n) matrix; with ``b``, n is also how many entries it has to have. Else raises `ShapeError`."""
    rows, columns = A.shape
    if rows != columns:
        raise ShapeError(f"a square matrix is needed, this one has shape {A.shape}")
    if b is not None and len(b) != rows:
        raise ShapeError(f"a matrix of shape {A.shape} needs {rows} right-hand sides, got {len(b)}")
    return rows


def residual(A: Matrix, x: Vector, b: Vector) -> Vector:
    """What ``x`` misses in the equations A x = b: the list of differences b - A x, one for each row of A.

    ``residual(Matrix([[2, 3], [4, 1]]), [10, 10], [96, 132])`` is ``[46, 82]``: the first receipt should give 96, and
    prices of 10 make it 50. Nothing but zeros means that x is a solution. A need not be square.
    Raises `ShapeError` if ``x`` does not have an entry for each column of A, or ``b`` one for each row.
    """
    if len(b) != A.shape[0]:
        raise ShapeError(f"a matrix of shape {A.shape} needs {A.shape[0]} right-hand sides, got {len(b)}")
    return [wanted - got for wanted, got in zip(b, A.apply(x))]


def back_substitute(U: Matrix, b: Vector) -> Vector:
    """Solve U x = b for an upper triangular U, from the last unknown up to the first; returns the list x.

    Only the diagonal of U and what stands to the right of it count; what is below the diagonal is taken for 0,
    whatever it is. ``back_substitute(Matrix([[2, 3], [0, -5]]), [96, -60])`` is ``[30.0, 12.0]``. Take the numbers as
    they come: where U and ``b`` hold fractions, so does x. U and ``b`` stay as they are.
    Raises `ShapeError` if U is not square or ``b`` does not fit it (`square_size` does that), and
    `SingularMatrixError`, with the index of the row in its message (counted from 0; of several rows, any one), if a
    diagonal entry is 0. A small one is no 0.
    """
    n = square_size(U, b)
    x: Vector = [0] * n
    for i in reversed(range(n)):
        if U[i, i] == 0:
            raise SingularMatrixError(f"the diagonal entry of row {i} is 0: no unique solution")
        known = sum(U[i, j] * x[j] for j in range(i + 1, n))
        x[i] = (b[i] - known) / U[i, i]
    return x


def clear_below(A: Matrix, row: int, column: int) -> Matrix:
    """Make every entry below A[row, column] zero, by subtracting multiples of row ``row``; returns a new matrix.

    Each row ``i`` below row ``row`` becomes row i - factor * row ``row``, where factor = A[i, column] / A[row, column].
    Its entry in ``column`` is set to exactly 0, because rounding may leave a crumb such as 1e-17 there; all others stay
    what the subtraction makes them, however small. Row ``row`` and those above it stay as they are, and so does A. Take
    the numbers as they come: of fractions, the result holds fractions. You may rely on two things: A[row, column] is
    not 0, and to the left of it row ``row`` and the rows below hold nothing but zeros.

    ``clear_below(Matrix([[2, 3, 96], [4, 1, 132]]), 0, 0)`` is ``Matrix([[2, 3, 96], [0, -5.0, -60.0]])``.
    """
    rows = [list(entries) for entries in A.data]
    right = rows[row][column + 1 :]
    for i in range(row + 1, len(rows)):
        factor = rows[i][column] / rows[row][column]
        rows[i][column] = 0
        rows[i][column + 1 :] = [x - factor * y for x, y in zip(rows[i][column + 1 :], right)]
    return Matrix(rows)


def pivot_row(A: Matrix, row: int, column: int) -> int:
    """Which row, from ``row`` downwards, has the entry of largest absolute value in ``column``; the index of that row.

    It counts from the top of A. Of several equally large entries the topmost is taken.
    ``pivot_row(Matrix([[9, 9], [2, 3], [-4, 1]]), 1, 0)`` is ``2``.
    """
    return max(range(row, A.shape[0]), key=lambda i: abs(A[i, column]))


def eliminate(A: Matrix, tolerance: Number = 0) -> tuple[Matrix, list[int], int]:
    """Gaussian elimination with partial pivoting, of a matrix of any shape; returns ``(E, pivots, sign)``.

    Take the columns from left to right, and keep count of the rows that are finished, at first none. In each column,
    find the `pivot_row` from the first unfinished row downwards. If the absolute value of its entry is at most
    ``tolerance``, the column has no pivot: leave it as it is, and go on to the next. Otherwise that entry is the
    column's pivot: swap its row with the first unfinished one, `clear_below` it, and one more row is finished. Stop
    when all rows are finished, or all columns done.

    ``E`` is the resulting matrix, in row echelon form (but for entries that counted as 0 because of ``tolerance``). It
    is always a new matrix, even where nothing was to be done, and A stays as it is. Of fractions, it holds fractions.
    ``pivots`` is the list of the columns that have a pivot. ``sign`` is 1 after an even number of swaps and -1 after an
    odd one (a row that is in its place already is not swapped).

    ``eliminate(Matrix([[2, 3, 96], [4, 1, 132]]))`` is ``(Matrix([[4, 1, 132], [0, 2.5, 30.0]]), [0, 1], -1)``.
    """
    E, pivots, sign = Matrix(A.data), [], 1
    for column in range(A.shape[1]):
        row = len(pivots)
        if row == A.shape[0]:
            break
        best = pivot_row(E, row, column)
        if abs(E[best, column]) <= tolerance:
            continue
        if best != row:
            E.data[row], E.data[best] = E.data[best], E.data[row]
            sign = -sign
        E = clear_below(E, row, column)
        pivots.append(column)
    return E, pivots, sign


def solve(A: Matrix, b: Vector) -> Vector:
    """Solve A x = b for a square A; returns the list x.

    Eliminates on the augmented matrix, which is A with ``b`` as one more column, and substitutes back.
    ``solve(Matrix([[2, 3], [4, 1]]), [96, 132])`` is ``[30.0, 12.0]``.
    Raises `ShapeError` if A is not square or ``b`` does not fit it, and `SingularMatrixError` if a column of A gets no
    pivot (whether there is no solution or more than one). Only 0 is no pivot, however small the others are. A and ``b``
    stay as they are.
    """
    n = square_size(A, b)
    augmented = Matrix([[*row, right] for row, right in zip(A.data, b)])
    E, _, _ = eliminate(augmented)
    return back_substitute(Matrix([row[:n] for row in E.data]), [row[n] for row in E.data])


def determinant(A: Matrix) -> Number:
    """Determinant of a square matrix: the product of its pivots, times -1 for each swap of rows in the elimination.

    ``determinant(Matrix([[2, 3], [4, 1]]))`` is ``-10.0``. A column without a pivot makes it 0; only 0 is no pivot,
    however small the others are. Of a matrix of fractions it is a fraction.
    Raises `ShapeError` if A is not square.
    """
    n = square_size(A)
    E, _, sign = eliminate(A)
    return sign * math.prod(E[i, i] for i in range(n))


def rank(A: Matrix, tolerance: float = 1e-9) -> int:
    """Rank of a matrix of any shape: how many pivots elimination finds.

    Whatever is at most ``tolerance`` times the largest absolute value among A's entries counts as 0 all through the
    elimination.
    ``rank(Matrix([[1, 2], [2, 4], [3, 6]]))`` is ``1``; of a matrix of zeros it is 0.
    """
    largest = max(abs(entry) for row in A.data for entry in row)
    _, pivots, _ = eliminate(A, tolerance * largest)
    return len(pivots)


def forward_substitute(L: Matrix, b: Vector) -> Vector:
    """Solve L y = b for a lower triangular L, from the first unknown down to the last; returns the list y.

    Only the diagonal of L and what stands to the left of it count; what is above the diagonal is taken for 0, whatever
    it is. The diagonal need not be ones. ``forward_substitute(Matrix([[2, 0], [4, 5]]), [6, 22])`` is ``[3.0, 2.0]``.
    Raises `ShapeError` if L is not square or ``b`` does not fit it, and `SingularMatrixError`, with the index of the
    row in its message (counted from 0; of several rows, any one), if a diagonal entry is 0. A small one is no 0.
    """
    n = square_size(L, b)
    y: Vector = []
    for i in range(n):
        if L[i, i] == 0:
            raise SingularMatrixError(f"the diagonal entry of row {i} is 0: no unique solution")
        y.append((b[i] - dot(L[i][:i], y)) / L[i, i])
    return y


def lu(A: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    """Factors ``(P, L, U)`` of a square A with P A = L U, by elimination with partial pivoting.

    P is a permutation matrix: the identity with its rows in another order. L is lower triangular with ones on the
    diagonal; below it stand the factors of the elimination, none of them larger than 1 in absolute value. U is upper
    triangular with the pivots on its diagonal: column k looks for its pivot from row k downwards, whatever the columns
    before it had. Where it finds nothing but zeros (a small number is no 0), its factors are 0 and so is its entry on
    U's diagonal; no rows are swapped. So a singular matrix has LU factors too.

    ``lu(Matrix([[2, 3], [4, 1]]))`` is
    ``(Matrix([[0, 1], [1, 0]]), Matrix([[1, 0], [0.5, 1]]), Matrix([[4, 1], [0, 2.5]]))``.
    Raises `ShapeError` if A is not square. A stays as it is.
    """
    n = square_size(A)
    P, L, U = Matrix.identity(n), Matrix.identity(n) * 0, Matrix(A.data)
    for k in range(n):
        best = pivot_row(U, k, k)
        for M in (P, L, U):
            M.data[k], M.data[best] = M.data[best], M.data[k]
        if U[k, k] == 0:
            continue
        for i in range(k + 1, n):
            L.data[i][k] = U[i, k] / U[k, k]
        U = clear_below(U, k, k)
    return P, L + Matrix.identity(n), U


def inverse(A: Matrix) -> Matrix:
    """The matrix X with A X = I = X A, for a square A.

    Column j of X solves A x = (column j of the identity). Factor A once with `lu`; then each column takes one
    `forward_substitute` and one `back_substitute`. ``inverse(Matrix([[1, 1], [1, 2]]))`` is
    ``Matrix([[2.0, -1.0], [-1.0, 1.0]])``.
    Raises `ShapeError` if A is not square, and `SingularMatrixError` if A has no inverse: a pivot is 0, not just small.
    """
    P, L, U = lu(A)
    columns = [back_substitute(U, forward_substitute(L, column)) for column in P.transpose().data]
    return Matrix(columns).transpose()
