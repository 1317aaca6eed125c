"""What must hold of ``svd``, ``low_rank`` and ``condition_number``. Oracle: NumPy."""

import math

import numpy as np

from checks.foundations.eigen.shared import PLAIN, array, numbers, shown, size, slanted
from checks.language import Piece


def any_matrix(rng):
    yield dict(a=[[3, 0], [0, -2]])
    yield dict(a=[[-5]])
    yield dict(a=[[1, 1], [0, 1]])
    yield dict(a=[[1, 2], [2, 4]])
    yield dict(a=[[0, -1], [1, 0]])
    yield dict(a=[[0, 0], [0, 0]])
    yield dict(a=[[3, 4]])
    yield dict(a=[[1], [-2], [2]])
    yield dict(a=[[2e-7, 1e-7], [0, -3e-7]])
    yield dict(a=[[2e7, 1e7], [0, -3e7]])
    for shape in ((3, 3), (4, 2), (2, 5), (5, 4)):
        yield dict(a=numbers(rng, *shape))
    b = np.array(numbers(rng, 4, 2))
    yield dict(a=(b @ np.array(numbers(rng, 2, 3))).tolist())
    yield dict(a=[[1, 2, 3], [2, 4, 6], [1, 0, 1e-5]])


def decomposed(got, a):
    a = np.array(a, float)
    if not isinstance(got, list) or len(got) != 3:
        return "U, the values and V are wanted"
    m, n = a.shape
    r, scale = min(m, n), size(a)
    U, values, V = array(got[0], (m, r)), array(got[1], (r,)), array(got[2], (n, r))
    for name, made, shape in (("U", U, (m, r)), ("V", V, (n, r))):
        if made is None:
            return f"{name} should have shape {shape}"
    if values is None:
        return f"there should be {r} values"
    wanted = np.linalg.svd(a, compute_uv=False)
    if np.abs(values - wanted).max() > 1e-7 * scale:
        return f"the values should be {shown(wanted, scale)}"
    if (values < 0).any() or (np.diff(values) > 1e-7 * scale).any():
        return "the values should not be negative, and go from large to small"
    for name, made in (("U", U), ("V", V)):
        if slanted(made) > 1e-8:
            return f"the columns of {name} are not of length 1, or not at right angles"
    if np.abs((U * values) @ V.T - a).max() > 1e-6 * scale:
        return "U times the values times the transpose of V is not A"
    return None


singular = Piece("foundations.eigen:svd", forbid=PLAIN)
singular.asks(
    "U, values, V = svd(Matrix(a))\n[U.data, values, V.data]",
    "what A does is: turn (or mirror), stretch along the axes, turn (or mirror)",
    cases=any_matrix,
    accept=decomposed,
    expected="U (m, r) and V (n, r) with columns of length 1 at right angles, and the values from large to small",
)
SVD = """
    rows, columns = A.shape
    squares, V = eigen_symmetric(A.transpose() @ A)
    right = V.transpose().data[: min(rows, columns)]
    images = [A.apply(v) for v in right]
    values = [norm(image) for image in images]
    left = {left}
    return Matrix(left).transpose(), {values}, Matrix(right).transpose()
"""
LEFT = "gram_schmidt(images + Matrix.identity(rows).data)[: len(right)]"
singular.mistake(
    "These are the eigenvalues of A.T @ A: the singular values are their square roots.",
    SVD.format(left=LEFT, values="[max(s, 0.0) for s in squares[: len(right)]]"),
)
singular.mistake(
    "You used A @ A.T: its eigenvectors are the columns of U. Those of V belong to A.T @ A.",
    "A.transpose() @ A",
    "A @ A.transpose()",
)
singular.mistake(
    "All eigenvectors of A.T @ A are kept: there are only min(m, n) singular values.",
    "V.transpose().data[: min(rows, columns)]",
    "V.transpose().data",
)
singular.mistake(
    "You kept as many columns as there are, n in V and m in U: both are to have min(m, n) of them.",
    """
    _, V = eigen_symmetric(A.transpose() @ A)
    images = [A.apply(v) for v in V.transpose().data]
    left = gram_schmidt(images + Matrix.identity(A.shape[0]).data)
    return Matrix(left).transpose(), [norm(image) for image in images], V
    """,
)
singular.mistake(
    "U comes from an eigenproblem of its own: the signs of its columns, and their order where values are equal, need "
    "not agree with those of V. Take U from the images of V's columns.",
    """
    rows, columns = A.shape
    r = min(rows, columns)
    V, U = eigen_symmetric(A.transpose() @ A)[1], eigen_symmetric(A @ A.transpose())[1]
    right = V.transpose().data[:r]
    return Matrix([row[:r] for row in U.data]), [norm(A.apply(v)) for v in right], Matrix(right).transpose()
    """,
)
singular.mistake(
    "Rounding can make an eigenvalue of A.T @ A slightly less than 0, and that has no root: take the length of A v.",
    SVD.format(
        left="[[x / math.sqrt(s) for x in image] for image, s in zip(images, squares)]",
        values="[math.sqrt(s) for s in squares[: len(right)]]",
    ),
)
singular.mistake(
    "Where a value is 0 you leave a column of zeros in U: it is to be a vector of length 1 at right angles to the "
    "others.",
    SVD.format(
        left="[[x / s if s > 1e-12 else 0.0 for x in image] for image, s in zip(images, values)]", values="values"
    ),
)
singular.mistake(
    "Where a value is 0 a column of U is missing: let the identity's columns supply it.",
    SVD.format(left="gram_schmidt(images)", values="values"),
)
singular.mistake(
    "You drop images that are short, whatever A is: all images of a matrix of small numbers are short.",
    SVD.format(
        left="gram_schmidt([w for w in images if norm(w) > 1e-6] + Matrix.identity(rows).data)[: len(right)]",
        values="values",
    ),
)
singular.mistake(
    "The rows of what you return as V are the vectors; they are to be its columns.",
    "Matrix(right).transpose()",
    "Matrix(right)",
)
singular.mistake(
    "You divided by every value, and some are 0 or nearly so: Gram-Schmidt with the identity supplies "
    "their columns of U.",
    SVD.format(left="[[x / s for x in image] for image, s in zip(images, values)]", values="values"),
)
singular.mistake(
    "The images of the columns of V have lengths: in U they are to have length 1.",
    SVD.format(left="images", values="values"),
)
singular.mistake(
    "U and V have changed places: A takes the columns of V to multiples of the columns of U.",
    "return Matrix(left).transpose(), [norm(image) for image in images], Matrix(right).transpose()",
    "return Matrix(right).transpose(), [norm(image) for image in images], Matrix(left).transpose()",
)
singular.hint(
    "First V: `eigen_symmetric(A.T @ A)` gives it sorted. Its columns are the rows of its transpose; "
    "keep min(m, n) of them.",
)
singular.hint("A v for each of them: the length is the singular value, the direction is the column of U.")
singular.hint(
    "`gram_schmidt(images + Matrix.identity(rows).data)` brings images to length 1 and supplies what is missing."
)


def layers(rng):
    yield dict(a=[[3, 0], [0, -2]], k=1)
    yield dict(a=[[3, 0], [0, -2]], k=0)
    yield dict(a=[[3, 0], [0, -2]], k=2)
    yield dict(a=[[4, 1, 0]], k=1)
    for (m, n), k in (((3, 3), 1), ((3, 3), 2), ((4, 2), 1), ((2, 5), 2), ((5, 4), 3)):
        U = np.linalg.qr(rng.normal(size=(m, m)))[0][:, : min(m, n)]
        V = np.linalg.qr(rng.normal(size=(n, n)))[0][:, : min(m, n)]
        yield dict(a=((U * [9, 5, 2, 1][: min(m, n)]) @ V.T).round(3).tolist(), k=k)


def truncated(a, k):
    U, s, Vt = np.linalg.svd(np.array(a, float), full_matrices=False)
    return ((U[:, :k] * s[:k]) @ Vt[:k]).round(10).tolist()


low = Piece("foundations.eigen:low_rank", forbid=PLAIN)
low.asks(
    "low_rank(Matrix(a), k).data", "the first k layers, added up", cases=layers, answer=truncated, rtol=1e-7, atol=1e-7
)
low.asks(
    "low_rank(Matrix(a), k)",
    "a number of layers that there is not is refused, and named",
    cases=[
        dict(a=[[1, 2], [3, 4]], k=3),
        dict(a=[[1, 2, 4], [5, 6, 7]], k=3),
        dict(a=[[1, 2], [3, 4], [5, 7]], k=3),
        dict(a=[[1, 2], [3, 4]], k=-3),
    ],
    raises="ValueError",
    mentions=("3",),
)
low.asks(
    "low_rank(Matrix(a), -1)", "less than none there cannot be", cases=[dict(a=[[1, 2], [3, 4]])], raises="ValueError"
)
low.mistake(
    "This is the last layer of the k alone: they are to be added.",
    """
    if not 0 <= k <= min(A.shape):
        raise ValueError(f"not {k}")
    U, values, V = svd(A)
    return Matrix([[(values[k - 1] * u[k - 1] * v[k - 1] if k else 0) for v in V.data] for u in U.data])
    """,
)
low.mistake(
    "You read V in the wrong order: its columns are the vectors, so layer i has V[b, i] in column b.",
    """
    if not 0 <= k <= min(A.shape):
        raise ValueError(f"not {k}")
    U, values, V = svd(A)
    m, n = A.shape
    return Matrix([[sum(values[i] * U[a, i] * V[i, b] for i in range(k)) for b in range(n)] for a in range(m)])
    """,
)
low.mistake(
    "With k = 0 nothing is left of U and V when they are cut to k columns; the answer is a matrix of zeros.",
    """
    if not 0 <= k <= min(A.shape):
        raise ValueError(f"not {k}")
    U, values, V = svd(A)
    U, V = Matrix([row[:k] for row in U.data]), Matrix([row[:k] for row in V.data])
    return U @ Matrix([[s if i == j else 0 for j in range(k)] for i, s in enumerate(values[:k])]) @ V.transpose()
    """,
)
low.mistake(
    "The limit is the smaller of the two sizes, not the number of rows.",
    "0 <= k <= min(A.shape)",
    "0 <= k <= A.shape[0]",
)
low.mistake(
    "The limit is the smaller of the two sizes, not the number of columns.",
    "0 <= k <= min(A.shape)",
    "0 <= k <= A.shape[1]",
)
low.mistake("The singular value is missing from each product.", "sum(s * a * b for", "sum(a * b for")
low.mistake("All layers are added, whatever k is.", "values[:k]", "values")
low.mistake(
    "You added the smallest layers; the first are the large ones.",
    """
    if not 0 <= k <= min(A.shape):
        raise ValueError(f"not {k}")
    U, values, V = svd(A)
    r = len(values)
    return Matrix([[sum(values[i] * u[i] * v[i] for i in range(r - k, r)) for v in V.data] for u in U.data])
    """,
)
low.mistake("Too many layers are not refused: min(m, n) is the most.", "if not 0 <= k <= min(A.shape):", "if k < 0:")
low.mistake(
    "A negative k is not refused, and a slice [:-3] means something else.",
    "if not 0 <= k <= min(A.shape):",
    "if k > min(A.shape):",
)
low.mistake(
    "The limit is the smaller of the two sizes, not the larger.", "0 <= k <= min(A.shape)", "0 <= k <= max(A.shape)"
)
low.hint("Row a of U, row b of V and the values, walked over together with zip, give the k products of one entry.")
low.hint("`values[:k]` is shorter than the rows, and zip stops at the shortest.")


def conditions(rng):
    yield dict(a=[[3, 0], [0, -2]])
    yield dict(a=[[-7]])
    yield dict(a=[[0, -1], [1, 0]])
    yield dict(a=[[1, 1], [1, 1.01]])
    yield dict(a=[[1, 1], [1, 1.0001]])
    yield dict(a=[[1, 1], [0, 1]])
    yield dict(a=[[5, 0, 0], [0, 1, 0], [0, 0, 2]])
    yield dict(a=[[3, 0, 4]])
    yield dict(a=[[1e-8, 0], [0, 2e-8]])
    for shape in ((3, 3), (4, 2), (2, 3)):
        yield dict(a=numbers(rng, *shape))


def flat(rng):
    yield dict(a=[[1, 2], [2, 4]])
    yield dict(a=[[0, 0], [0, 0]])
    yield dict(a=[[0.1, 0.3], [0.2, 0.6]])
    yield dict(a=[[1e8, 0], [0, 10]])
    yield dict(a=[[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    u, v = numbers(rng, 3), numbers(rng, 2)
    yield dict(a=np.outer(u, v).tolist())


condition = Piece("foundations.eigen:condition_number", forbid=PLAIN)
condition.asks(
    "condition_number(Matrix(a))",
    "the largest singular value over the smallest",
    cases=conditions,
    answer=lambda a: float(f"{np.linalg.cond(np.array(a, float)):.12g}"),
    rtol=1e-6,
)
condition.asks(
    "condition_number(Matrix(a))",
    "infinity where the smallest cannot be told from 0",
    cases=flat,
    answer=lambda a: math.inf,
)
condition.mistake("Upside down: the largest goes on top.", "values[0] / values[-1]", "values[-1] / values[0]")
condition.mistake(
    "You divided the first value by the second; the smallest is the last.",
    "values[0] / values[-1]",
    "values[0] / values[min(1, len(values) - 1)]",
)
condition.mistake(
    "The difference of the two is not wanted, but their ratio.", "values[0] / values[-1]", "values[0] - values[-1] + 1"
)
condition.mistake(
    "The values are already singular values: their ratio is not to be squared.",
    "values[0] / values[-1]",
    "(values[0] / values[-1]) ** 2",
)
condition.mistake(
    "Only an exact 0 counts as 0 for you: rounding leaves something like 1e-17 of the largest value.",
    "values[-1] <= 1e-6 * values[0]",
    "values[-1] == 0",
)
condition.mistake(
    "Where every value is 0 you divide 0 by 0: the comparison has to hold for equality too.", "<= 1e-6", "< 1e-6"
)
condition.mistake(
    "These are the eigenvalues of A; the singular values are wanted, which every matrix has: `svd` gives them.",
    """
    values = sorted((abs(x) for x in eigen_symmetric(A)[0]), reverse=True)
    return math.inf if values[-1] <= 1e-6 * values[0] else values[0] / values[-1]
    """,
)
condition.mistake(
    "You compare the smallest with 1e-6 itself: it is to be 1e-6 times the largest, so that a matrix of small numbers "
    "is judged as one of large numbers.",
    "<= 1e-6 * values[0]",
    "<= 1e-6",
)
condition.hint("`_, values, _ = svd(A)`, and the values are sorted.")
