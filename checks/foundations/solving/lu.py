"""What must hold of ``lu``. Oracle: NumPy."""

import numpy as np

from checks.foundations.solving.shared import NOT_SQUARE, PLAIN, SHOP, SMALL, clear_cut
from checks.language import Piece


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
