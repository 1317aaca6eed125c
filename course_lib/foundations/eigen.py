"""Norms, eigenvectors and singular values on nested lists.

Power iteration, Gram-Schmidt, QR iteration, the singular value decomposition and what it says about errors. All of it
from dot products and the `Matrix` of the first notebook.

Sources: Deisenroth, Faisal, Ong, *Mathematics for Machine Learning*, chapters 3 and 4; Trefethen and Bau, *Numerical
Linear Algebra*, lectures 4 to 12 and 27 to 29.
"""

from __future__ import annotations

import math

from course_lib.foundations.matrix import Matrix, Number, ShapeError, Vector, dot, norm

__all__ = [
    "NotConverged",
    "ShapeError",
    "condition_number",
    "eigen_symmetric",
    "frobenius_norm",
    "gram_schmidt",
    "low_rank",
    "orthogonal_part",
    "p_norm",
    "power_iteration",
    "qr",
    "qr_iteration",
    "rayleigh_quotient",
    "svd",
]


class NotConverged(ArithmeticError):
    """An iteration that has used up its rounds without settling."""


def p_norm(v: Vector, p: float) -> float:
    """Size of a vector: the p-norm, the p-th root of the sum of ``|entry| ** p``, for any ``p`` from 1 on.

    For ``p = math.inf`` it is the largest ``|entry|``. ``p_norm([3, -4], 1)`` is 7, ``p_norm([3, -4], 2)`` is 5, and
    ``p_norm([3, -4], math.inf)`` is 4. ``v`` has at least one entry.
    """
    if p == math.inf:
        return max(abs(x) for x in v)
    return sum(abs(x) ** p for x in v) ** (1 / p)


def frobenius_norm(A: Matrix) -> float:
    """Size of a matrix: the 2-norm of all its entries, taken as one long vector."""
    return norm([x for row in A.data for x in row])


def rayleigh_quotient(A: Matrix, v: Vector) -> float:
    """The number that ``A`` multiplies ``v`` by, as nearly as one number can say it: ``v . (A v)`` over ``v . v``.

    For an eigenvector it is the eigenvalue: ``rayleigh_quotient(Matrix([[2, 1], [1, 2]]), [5, 5])`` is 3.
    ``A`` is square, with as many columns as ``v`` has entries, else `ShapeError` is raised.
    Raises `ValueError` if every entry of ``v`` is 0 (where both hold, either will do).
    """
    size = dot(v, v)
    if size == 0:
        raise ValueError("the vector 0 is multiplied by every number alike")
    return dot(v, A.apply(v)) / size


def power_iteration(A: Matrix, start: Vector, steps: int = 1000, tolerance: float = 1e-10) -> tuple[float, Vector]:
    """An eigenvalue of a square matrix and its eigenvector of length 1: in general, the eigenvalue of largest size.

    Begins with ``v = start / ||start||``. In each of at most ``steps`` rounds it computes ``w = A v`` and the Rayleigh
    quotient ``value`` of ``v``; if ``||w - value * v||`` is at most ``tolerance * ||w||``, it returns ``(value, v)``,
    and otherwise goes on with ``v = w / ||w||``. So a ``v`` with ``A v = 0`` is returned with the value 0.

    Raises `NotConverged`, with ``steps`` in its message, when no round has returned; `ValueError` if every entry of
    ``start`` is 0; and `ShapeError` if ``A`` is not square or ``start`` does not fit it.
    """
    length = norm(start)
    if length == 0:
        raise ValueError("the start vector needs a direction, and 0 has none")
    v = [x / length for x in start]
    for _ in range(steps):
        w = A.apply(v)
        value = rayleigh_quotient(A, v)
        length = norm(w)
        if norm([a - value * b for a, b in zip(w, v)]) <= tolerance * length:
            return value, v
        v = [x / length for x in w]
    raise NotConverged(f"the direction has not settled after {steps} rounds")


def orthogonal_part(v: Vector, basis: list[Vector]) -> Vector:
    """What is left of ``v`` when its components along the vectors of ``basis`` are taken away, as a new list.

    The vectors of ``basis`` have length 1 and stand at right angles to one another; the component of ``v`` along such
    a ``q`` is ``(v . q) q``. ``orthogonal_part([3, 4], [[1, 0]])`` is ``[0, 4]``. With an empty basis all of ``v`` is
    left. Raises `ShapeError` if a vector of the basis differs in length from ``v``.
    """
    left = list(v)
    for q in basis:
        share = dot(left, q)
        left = [a - share * b for a, b in zip(left, q)]
    return left


def gram_schmidt(vectors: list[Vector]) -> list[Vector]:
    """Vectors of length 1, at right angles to one another, with the same sums of multiples as the given ones.

    Takes the vectors in their order. From each it takes away the components along those already found (twice, since
    the first time leaves rounding errors), divides what is left by its length, and appends that to the result.
    A vector of which at most ``1e-12`` times its own length is left brings no new direction (it is a sum of multiples
    of those before it) and is skipped: so the result may be shorter than the input, and the vector 0 is always skipped.

    ``gram_schmidt([[3, 4], [6, 8], [0, 5]])`` is ``[[0.6, 0.8], [-0.8, 0.6]]``. The dot product of any two results is
    less than ``1e-10``, even for nearly parallel vectors.
    """
    basis: list[Vector] = []
    for v in vectors:
        left = orthogonal_part(orthogonal_part(v, basis), basis)
        length = norm(left)
        if length > 1e-12 * norm(v):
            basis.append([x / length for x in left])
    return basis


def qr(A: Matrix) -> tuple[Matrix, Matrix]:
    """Factors ``(Q, R)`` with ``A = Q @ R``, for an (m, n) matrix of any shape.

    ``Q`` is (m, m); its columns have length 1 and stand at right angles to one another. ``R`` is (m, n) and **upper
    triangular**: every entry below the diagonal, where the row's number is larger than the column's, is exactly 0.

    The columns of ``Q`` are those that Gram-Schmidt makes of the columns of ``A``, in order; if they are fewer than m,
    the columns of the identity, put behind those of ``A``, supply the rest.
    """
    columns = A.transpose().data
    basis = gram_schmidt(columns + Matrix.identity(A.shape[0]).data)
    R = [[dot(q, column) if i <= j else 0.0 for j, column in enumerate(columns)] for i, q in enumerate(basis)]
    return Matrix(basis).transpose(), Matrix(R)


def _sorted_pairs(values: Vector, V: Matrix) -> tuple[Vector, Matrix]:
    """Eigenvalues from large to small, and the columns of ``V`` in the same order."""
    order = sorted(range(len(values)), key=lambda i: -values[i])
    return [values[i] for i in order], Matrix([[row[i] for i in order] for row in V.data])


def qr_iteration(A: Matrix, steps: int = 1000, tolerance: float = 1e-10) -> tuple[Vector, Matrix]:
    """All eigenvalues of a symmetric matrix, from large to small, and a matrix ``V`` of eigenvectors.

    Column ``i`` of ``V`` is an eigenvector of length 1 to eigenvalue ``i``, at right angles to the others.

    In each of at most ``steps`` rounds: if the 2-norm of all entries below the diagonal is at most ``tolerance`` times
    ``frobenius_norm(A)``, the diagonal is returned, sorted, with the columns of ``V`` in the same order. Otherwise the
    matrix ``Q @ R`` is followed by ``R @ Q``, and ``V``, which begins as the identity, by ``V @ Q``.

    Raises `NotConverged`, with ``steps`` in its message, when no round has returned (as it happens with eigenvalues
    of equal size and opposite sign), and `ValueError` if ``A`` differs from its transpose.
    """
    if A != A.transpose():
        raise ValueError("QR iteration is meant for symmetric matrices, and this one differs from its transpose")
    small = tolerance * frobenius_norm(A)
    V = Matrix.identity(A.shape[0])
    for _ in range(steps):
        below = [x for i, row in enumerate(A.data) for x in row[:i]]
        if norm(below) <= small:
            return _sorted_pairs([row[i] for i, row in enumerate(A.data)], V)
        Q, R = qr(A)
        A, V = R @ Q, V @ Q
    raise NotConverged(f"entries below the diagonal are left after {steps} rounds")


def eigen_symmetric(A: Matrix) -> tuple[Vector, Matrix]:
    """All eigenvalues of any symmetric matrix, from large to small, and their eigenvectors as columns.

    QR iteration with two additions. Each round first takes a **shift** away from the diagonal, a number near an
    eigenvalue, so that the last row is done after a few rounds; and a row that is done is left out of the others.
    Raises `ValueError` if ``A`` differs from its transpose.
    """
    if A != A.transpose():
        raise ValueError("the matrix differs from its transpose")
    n = size = A.shape[0]
    small = 1e-14 * frobenius_norm(A)
    identity = V = Matrix.identity(n)
    for turn in range(60 * n):
        while size > 1 and norm(A.data[size - 1][: size - 1]) <= small:
            size -= 1
        if size == 1:
            return _sorted_pairs([A[i, i] for i in range(A.shape[0])], V)
        # turn % 3 varies the shift, so that the rounds cannot go in a circle
        shift = A[size - 1, size - 1] + norm(A.data[size - 1][: size - 1]) / (1 + turn % 3)
        corner = Matrix([row[:size] for row in A.data[:size]]) - Matrix.identity(size) * shift
        Q = Matrix([q + [0] * (n - size) for q in qr(corner)[0].data] + identity.data[size:])
        A, V = Q.transpose() @ A @ Q, V @ Q
    raise NotConverged(f"{size} rows are left after {60 * n} rounds")


def svd(A: Matrix) -> tuple[Matrix, Vector, Matrix]:
    """Singular value decomposition of an (m, n) matrix: ``(U, values, V)``, with r = min(m, n) singular values.

    ``values`` are r numbers >= 0, from large to small. ``V`` is (n, r), ``U`` is (m, r); the columns of each have
    length 1 and stand at right angles to one another. ``A`` takes column ``i`` of ``V`` to ``values[i]`` times column
    ``i`` of ``U``, so that ``A`` is ``U`` times the diagonal matrix of ``values`` times the transpose of ``V``.

    The columns of ``V`` are eigenvectors of ``A.T @ A``, those of the r largest eigenvalues (if there are more, ``A``
    takes the others to 0), and the values are the lengths of what ``A`` makes of them.
    Where a value is 0, the column of ``U`` is any vector that fits, supplied by the identity as in `qr`. A value below
    ``1e-6`` times the largest may be mostly rounding error, since ``A.T @ A`` holds its square.
    """
    rows, columns = A.shape
    _, V = eigen_symmetric(A.transpose() @ A)
    right = V.transpose().data[: min(rows, columns)]
    images = [A.apply(v) for v in right]
    left = gram_schmidt(images + Matrix.identity(rows).data)[: len(right)]
    return Matrix(left).transpose(), [norm(image) for image in images], Matrix(right).transpose()


def low_rank(A: Matrix, k: int) -> Matrix:
    """The sum of the first ``k`` layers of a matrix: layer ``i`` is ``values[i] * u * v`` in every place.

    Its entry in row ``a`` and column ``b`` is ``values[i] * U[a, i] * V[b, i]``, with ``U, values, V = svd(A)``.
    The result has the shape of ``A``; with all min(m, n) layers it is ``A`` again, and with none it is all zeros.
    Raises `ValueError`, with ``k`` in its message, if ``k`` is less than 0 or more than min(m, n).
    """
    if not 0 <= k <= min(A.shape):
        raise ValueError(f"a matrix of shape {A.shape} has {min(A.shape)} layers, not {k}")
    U, values, V = svd(A)
    return Matrix([[sum(s * a * b for s, a, b in zip(values[:k], u, v)) for v in V.data] for u in U.data])


def condition_number(A: Matrix) -> Number:
    """How many times larger the largest singular value of a matrix is than the smallest: never less than 1.

    The matrix may have any shape. The result is `math.inf` if the smallest is at most ``1e-6`` times the largest, which
    `svd` cannot tell from 0.
    ``condition_number(Matrix([[3, 0], [0, -2]]))`` is 1.5.
    """
    _, values, _ = svd(A)
    if values[-1] <= 1e-6 * values[0]:
        return math.inf
    return values[0] / values[-1]
