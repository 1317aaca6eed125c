"""What must hold of ``qr_iteration``. Oracle: NumPy."""

import numpy as np

from checks.foundations.eigen.shared import PLAIN, PONDS, array, rotated, shown, size, slanted
from checks.language import Piece


def symmetric(rng):
    yield dict(a=PONDS)
    yield dict(a=[[-4]])
    yield dict(a=[[1, 0], [0, 3]])
    yield dict(a=[[2, 0, 0], [0, 2, 0], [0, 0, 2]])
    yield dict(a=[[1, 0, 1], [0, 2, 0], [1, 0, 3]])
    yield dict(a=[[1, 2], [2, 4]])
    yield dict(a=[[0, 0], [0, 0]])
    yield dict(a=[[-5, 2], [2, -2]])
    yield dict(a=[[2e9, 1e9], [1e9, 3e9]])
    yield dict(a=[[2e-13, 1e-13], [1e-13, 3e-13]])
    for values in ((6, 3, 1), (-9, 5, 2, 1), (8, -4, 2, 0), (7, 3, -1.5, 0.6, 0.2)):
        yield dict(a=rotated(rng, values))


def eigenpairs(got, a):
    a = np.array(a, float)
    if not isinstance(got, list) or len(got) != 2:
        return "a list of values and a matrix are wanted"
    n, scale = len(a), size(a)
    values, V = array(got[0], (n,)), array(got[1], (n, n))
    if values is None:
        return f"the values should be a list of {n} numbers"
    if V is None:
        return f"V should have shape ({n}, {n})"
    wanted = np.linalg.eigvalsh(a)[::-1]
    if np.abs(values - wanted).max() > 1e-7 * scale:
        return f"the values should be {shown(wanted, scale)}"
    if slanted(V) > 1e-8:
        return "the columns of V are not of length 1, or not at right angles"
    if np.abs(a @ V - V * values).max() > 1e-7 * scale:
        return "A does not take column i of V to value i times that column"
    return None


iteration = Piece("foundations.eigen:qr_iteration", forbid=PLAIN)
iteration.asks(
    "values, V = qr_iteration(Matrix(a))\n[values, V.data]",
    "all eigenvalues from large to small, and their eigenvectors as columns",
    cases=symmetric,
    accept=eigenpairs,
    expected="the eigenvalues, sorted, and eigenvectors of length 1 at right angles, as columns in the same order",
)
iteration.asks(
    "values, V = qr_iteration(Matrix(a), steps, tolerance=0.1)\nvalues",
    "with a tolerance of 0.1 the third round is the first that returns",
    cases=[dict(a=PONDS, steps=3), dict(a=PONDS, steps=40)],
    answer=lambda a, steps: [122 / 41, 42 / 41],
)
iteration.asks(
    "values, V = qr_iteration(Matrix(a), 1, tolerance=0.4)\nvalues",
    "a tolerance of 0.4 is met at once: the 2-norm below the diagonal is 1.732, and the Frobenius norm 5.745",
    cases=[dict(a=[[3, 1, 1], [1, 3, 1], [1, 1, 3]])],
    answer=lambda a: [3.0, 3.0, 3.0],
)
iteration.asks(
    "qr_iteration(Matrix(a), 1, tolerance=0.2)",
    "a tolerance of 0.2 is not met by the first round: the 2-norm below the diagonal is 1.732, not 1",
    cases=[dict(a=[[3, 1, 1], [1, 3, 1], [1, 1, 3]])],
    raises="NotConverged",
)
iteration.asks(
    "qr_iteration(Matrix(a), steps, tolerance=0.1)",
    "two rounds are not enough for that",
    cases=[dict(a=PONDS, steps=2), dict(a=PONDS, steps=0)],
    raises="NotConverged",
)
iteration.asks(
    "qr_iteration(Matrix(a), steps)",
    "eigenvalues of opposite sign and equal size are given up after the last round",
    cases=[dict(a=[[0, 1], [1, 0]], steps=30), dict(a=[[0, 2, 0], [2, 0, 0], [0, 0, 1]], steps=30)],
    raises="NotConverged",
    mentions=("30",),
)
iteration.asks(
    "qr_iteration(Matrix(a))",
    "the number of rounds is 1000 unless it is given",
    cases=[dict(a=[[0, 1], [1, 0]])],
    raises="NotConverged",
    mentions=("1000",),
)
iteration.asks(
    "qr_iteration(Matrix(a))",
    "a matrix that differs from its transpose is refused",
    cases=[dict(a=[[1, 2], [3, 4]]), dict(a=[[1, 2, 3], [4, 5, 6]])],
    raises="ValueError",
)
iteration.mistake(
    "Q @ R is the matrix you began with, so nothing ever changes: go on with R @ Q.", "A, V = R @ Q,", "A, V = Q @ R,"
)
iteration.mistake("V holds only the last Q: it gathers the product of them all.", "R @ Q, V @ Q", "R @ Q, Q")
iteration.mistake(
    "The new Q belongs on the right of V: the order of a product matters.", "R @ Q, V @ Q", "R @ Q, Q @ V"
)
iteration.mistake(
    "The values come in the order they have on the diagonal; they are wanted from large to small.",
    "_sorted_pairs([row[i] for i, row in enumerate(A.data)], V)",
    "[row[i] for i, row in enumerate(A.data)], V",
)
iteration.mistake(
    "You sorted the values and left V alone: its columns have to move with them.",
    "_sorted_pairs([row[i] for i, row in enumerate(A.data)], V)",
    "sorted([row[i] for i, row in enumerate(A.data)], reverse=True), V",
)
iteration.mistake(
    "You sorted by size; a negative value comes after every positive one, however large it is.",
    "_sorted_pairs([row[i] for i, row in enumerate(A.data)], V)",
    """(
        lambda d: (
            sorted(d, key=abs, reverse=True),
            Matrix([[r[i] for i in sorted(range(len(d)), key=lambda i: -abs(d[i]))] for r in V.data]),
        )
    )([row[i] for i, row in enumerate(A.data)])""",
)
iteration.mistake(
    "After the last round you return what there is: raise NotConverged instead.",
    'raise NotConverged(f"entries below the diagonal are left after {steps} rounds")',
    "return _sorted_pairs([row[i] for i, row in enumerate(A.data)], V)",
)
iteration.mistake(
    "Nothing refuses a matrix that differs from its transpose.",
    """
    small = tolerance * frobenius_norm(A)
    V = Matrix.identity(A.shape[0])
    for _ in range(steps):
        below = [x for i, row in enumerate(A.data) for x in row[:i]]
        if norm(below) <= small:
            return _sorted_pairs([row[i] for i, row in enumerate(A.data)], V)
        Q, R = qr(A)
        A, V = R @ Q, V @ Q
    raise NotConverged(f"after {steps} rounds")
    """,
)
iteration.mistake("Your loop goes one round too many: `steps` rounds are the most.", "range(steps)", "range(steps + 1)")
iteration.mistake(
    "You compare with the tolerance itself: the limit is tolerance times the Frobenius norm, so that it fits large and "
    "small matrices alike.",
    "tolerance * frobenius_norm(A)",
    "tolerance",
)
iteration.mistake(
    "You look only at the entries next to the diagonal: all that stand below it have to fade.",
    "for x in row[:i]]",
    "for x in row[max(i - 1, 0) : i]]",
)
iteration.mistake(
    "You compare the largest entry below the diagonal; it is the 2-norm of them all that counts.",
    "norm(below)",
    "max(map(abs, below), default=0.0)",
)
iteration.mistake(
    "You measured the entries on both sides of the diagonal; those below it are meant.",
    "for i, row in enumerate(A.data) for x in row[:i]]",
    "for i, row in enumerate(A.data) for x in row[:i] + row[i + 1 :]]",
)
iteration.hint("`row[:i]` is what stands left of the diagonal in row i. Gather it from all rows, and take the norm.")
iteration.hint("A round: the test; `Q, R = qr(A)`; then A and V change. Behind the loop stands the raise.")
iteration.hint("`_sorted_pairs(diagonal, V)`, given above, sorts both.")
