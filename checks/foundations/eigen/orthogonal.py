"""What must hold of ``orthogonal_part``, ``gram_schmidt`` and ``qr``. Oracle: NumPy."""

import numpy as np

from checks.foundations.eigen.shared import PLAIN, array, numbers, size, slanted
from checks.language import Piece


def orthonormal_rows(rng, count, length):
    return np.linalg.qr(rng.normal(size=(length, length)))[0][:count].tolist()


def parts(rng):
    yield dict(v=[3, 4], basis=[[1, 0]])
    yield dict(v=[3, 4], basis=[])
    yield dict(v=[2, -1], basis=[[0.6, 0.8]])
    yield dict(v=[5, 5, 5], basis=[[0, 1, 0], [0, 0, -1]])
    yield dict(v=[7], basis=[[-1]])
    for count, n in ((1, 3), (2, 4), (4, 5)):
        yield dict(v=numbers(rng, n), basis=orthonormal_rows(rng, count, n))


def rest(v, basis):
    Q, v = np.array(basis, float).reshape(len(basis), len(v)), np.array(v, float)
    return (v - Q.T @ (Q @ v)).tolist()


part = Piece("foundations.eigen:orthogonal_part", forbid=PLAIN)
part.asks(
    "orthogonal_part(v, basis)",
    "what is left without the components along the basis",
    cases=parts,
    answer=rest,
    atol=1e-10,
)
part.asks(
    "[1e14 * x for x in orthogonal_part(v, basis)]",
    "what is left of a short vector is kept, however small",
    cases=[dict(v=[3e-14, 4e-14], basis=[[1, 0]])],
    answer=lambda v, basis: [0.0, 4.0],
    atol=1e-10,
)
part.asks(
    "left = orthogonal_part(v, basis)\nleft[0] = 99\nv",
    "it is a new list, even where nothing is taken away",
    cases=[dict(v=[3, 4], basis=[]), dict(v=[3, 4], basis=[[0, 1]])],
    answer=lambda v, basis: v,
)
part.asks(
    "orthogonal_part(v, basis)",
    "lengths that differ are refused",
    cases=[dict(v=[1, 2], basis=[[1, 0, 0]]), dict(v=[1, 2, 3], basis=[[0, 1]])],
    raises="ShapeError",
)
part.mistake(
    "These are the components themselves; what is left without them is wanted.",
    """
    left = [0] * len(v)
    for q in basis:
        share = dot(v, q)
        left = [a + share * b for a, b in zip(left, q)]
    return left
    """,
)
part.mistake("The component is added where it is to be taken away.", "a - share * b", "a + share * b")
part.mistake("You took q away once; its component is (v . q) times q.", "a - share * b", "a - b")
part.mistake(
    "Only the last vector of the basis was used: each one goes on with what the others left.",
    """
    left = list(v)
    for q in basis:
        left = [a - dot(v, q) * b for a, b in zip(v, q)]
    return left
    """,
)
part.mistake(
    "The loop ends after the first vector of the basis: look where the return stands.",
    """
    left = list(v)
    for q in basis:
        share = dot(left, q)
        return [a - share * b for a, b in zip(left, q)]
    return left
    """,
)
part.mistake(
    "You put 0 for small entries: short vectors have small entries too.",
    "    return left",
    "    return [x if abs(x) > 1e-12 else 0.0 for x in left]",
)
part.mistake("With an empty basis you hand back v itself: make a new list.", "left = list(v)", "left = v")
part.hint("Begin with a copy, `left = list(v)`, and let a loop over the basis make it smaller.")
part.hint("How much of q is in it? `dot(left, q)`. Take that many q's away, entry by entry.")


def sets(rng):
    yield dict(vectors=[[3, 4]])
    yield dict(vectors=[[1, 0], [0, 1]])
    yield dict(vectors=[[3, 4], [0, 5]])
    yield dict(vectors=[[0, -2], [1, 1]])
    for count, n in ((2, 3), (3, 3), (4, 6)):
        yield dict(vectors=numbers(rng, count, n))
    yield dict(vectors=[[3e-14, 4e-14], [0, 5e-14]])


def dependent(rng):
    yield dict(vectors=[[3, 4], [6, 8], [0, 5]])
    yield dict(vectors=[[0, 0], [3, 4]])
    yield dict(vectors=[[1, 2], [3, -1], [4, 4]])
    a = numbers(rng, 3, 4)
    yield dict(vectors=[a[0], a[1], (0.3 * np.array(a[0]) - 1.7 * np.array(a[1])).tolist(), a[2]])


def upright(vectors):
    """The same vectors by NumPy: each one's distance from the span of those before it, as a least-squares residual."""
    kept, found = [], []
    for v in np.array(vectors, float):
        left = v
        if kept:
            span = np.linalg.qr(np.array(kept).T)[0]
            left = v - span @ np.linalg.lstsq(span, v, rcond=None)[0]
        if np.linalg.norm(left) > 1e-12 * np.linalg.norm(v):
            kept.append(v)
            found.append((left / np.linalg.norm(left)).round(12).tolist())
    return found


def parallel(rng):
    yield dict(vectors=[[1, 1e-8, 0, 0], [1, 0, 1e-8, 0], [1, 0, 0, 1e-8]])
    v = rng.uniform(1, 9, 5)
    yield dict(vectors=(v + 1e-9 * rng.uniform(-9, 9, (4, 5))).tolist())


schmidt = Piece("foundations.eigen:gram_schmidt", forbid=PLAIN)
schmidt.asks(
    "gram_schmidt(vectors)", "vectors of length 1 at right angles", cases=sets, answer=upright, rtol=1e-8, atol=1e-8
)
schmidt.asks(
    "gram_schmidt(vectors)",
    "vectors that bring no new direction are skipped",
    cases=dependent,
    answer=upright,
    rtol=1e-8,
    atol=1e-8,
)
schmidt.asks(
    "basis = gram_schmidt(vectors)\n[[dot(p, q) for q in basis] for p in basis]",
    "nearly parallel vectors too come out at right angles: dot products of 1 with themselves, of 0 with one another",
    cases=parallel,
    answer=lambda vectors: np.eye(len(vectors)).tolist(),
    atol=1e-10,
)
schmidt.mistake(
    "The vectors are at right angles, but not of length 1: divide what is left by its length.",
    "x / length for x in left",
    "x for x in left",
)
schmidt.mistake(
    "You divided by the length of v; it is the length of what is left that counts.",
    "x / length for x in left",
    "x / norm(v) for x in left",
)
schmidt.mistake(
    "Once is not enough: for nearly parallel vectors rounding leaves an error, which a second "
    "orthogonal_part takes away.",
    "orthogonal_part(orthogonal_part(v, basis), basis)",
    "orthogonal_part(v, basis)",
)
schmidt.mistake(
    "You took every component from the original vector, and once: take them from what is left (orthogonal_part does "
    "it), and then a second time.",
    """
    basis = []
    for v in vectors:
        left = list(v)
        for q in basis:
            left = [a - dot(v, q) * b for a, b in zip(left, q)]
        length = norm(left)
        if length > 1e-12 * norm(v):
            basis.append([x / length for x in left])
    return basis
    """,
)
schmidt.mistake(
    "Your comparison lets the vector 0 through, and then you divide by 0: a vector is kept if *more* than the limit "
    "is left.",
    "length > 1e-12",
    "length >= 1e-12",
)
schmidt.mistake(
    "You test whether exactly nothing is left; rounding leaves something like 1e-16 of the vector's length.",
    "length > 1e-12 * norm(v)",
    "length > 0",
)
schmidt.mistake(
    "You compare with 1e-12 itself: it is to be 1e-12 times the vector's own length, so that short vectors count too.",
    "1e-12 * norm(v)",
    "1e-12",
)
schmidt.mistake(
    "You took away the components along the vectors given, which are neither of length 1 nor at right "
    "angles; use those found.",
    """
    basis = []
    for i, v in enumerate(vectors):
        left = orthogonal_part(orthogonal_part(v, vectors[:i]), vectors[:i])
        length = norm(left)
        if length > 1e-12 * norm(v):
            basis.append([x / length for x in left])
    return basis
    """,
)
schmidt.mistake(
    "Nothing is skipped: a vector that brings no new direction leaves rounding errors, or a division by zero.",
    """
    basis = []
    for v in vectors:
        left = orthogonal_part(orthogonal_part(v, basis), basis)
        basis.append([x / norm(left) for x in left])
    return basis
    """,
)
schmidt.mistake(
    "You stop at the first vector that brings nothing new: skip it and go on.",
    """
    basis = []
    for v in vectors:
        left = orthogonal_part(orthogonal_part(v, basis), basis)
        length = norm(left)
        if length <= 1e-12 * norm(v):
            break
        basis.append([x / length for x in left])
    return basis
    """,
)
schmidt.hint("The list `basis` starts empty and grows; `orthogonal_part(v, basis)` is what is left of the next v.")
schmidt.hint("Put one `orthogonal_part` inside another for the second time. Then the length, the test, the division.")


def tables(rng):
    yield dict(a=[[3, 0], [4, 5]])
    yield dict(a=[[-2]])
    yield dict(a=[[0, 1], [1, 0]])
    yield dict(a=[[1, 2], [2, 4]])
    yield dict(a=[[0, 1], [0, 1]])
    yield dict(a=[[0, 0, 0], [0, 0, 0]])
    yield dict(a=[[3e-11, 0], [4e-11, 5e-11]])
    for shape in ((3, 3), (4, 2), (2, 3), (1, 3), (3, 1), (5, 4)):
        yield dict(a=numbers(rng, *shape))
    yield dict(a=[[1e8, 2e8, 0], [3e8, 1e8, 1e8], [2e8, 7e8, 3e8]])
    b = np.array(numbers(rng, 4, 3))
    yield dict(a=np.column_stack([b[:, 0], 2 * b[:, 0], b[:, 1:]]).tolist())


def factors(got, a):
    a = np.array(a, float)
    if not isinstance(got, list) or len(got) != 2:
        return "two matrices are wanted"
    m, n = a.shape
    Q, R = array(got[0], (m, m)), array(got[1], (m, n))
    if Q is None:
        return f"Q should have shape ({m}, {m})"
    if R is None:
        return f"R should have shape ({m}, {n})"
    if slanted(Q) > 1e-9:
        return "the columns of Q are not of length 1, or not at right angles"
    if np.tril(R, -1).any():
        return f"below the diagonal of R stands {np.abs(np.tril(R, -1)).max():.3g} instead of exactly 0"
    if np.abs(Q @ R - a).max() > 1e-9 * size(a):
        return f"Q @ R differs from A by {np.abs(Q @ R - a).max():.3g}"
    return None


factor = Piece("foundations.eigen:qr", forbid=PLAIN)
factor.asks(
    "Q, R = qr(Matrix(a))\n[Q.data, R.data]",
    "columns at right angles, times an upper triangle, is A",
    cases=tables,
    accept=factors,
    expected="Q (m, m) with columns of length 1 at right angles, R (m, n) upper triangular, and Q @ R equal to A",
)
factor.asks(
    "Q, R = qr(Matrix(a))\nQ.data",
    "the columns of Q are those that Gram-Schmidt makes, in order",
    cases=[
        dict(a=[[3, 0], [4, 5]]),
        dict(a=[[0, 2], [-1, 0]]),
        dict(a=[[0], [3]]),
        dict(a=[[0], [3], [4]]),
        dict(a=[[1, 2], [2, 4], [2, 4]]),
    ],
    rtol=1e-8,
    atol=1e-8,
    answer=lambda a: np.array(upright([*np.transpose(a).tolist(), *np.eye(len(a)).tolist()])).T.tolist(),
)
factor.mistake(
    "The vectors at right angles are the columns of Q; yours are its rows.",
    "Matrix(basis).transpose()",
    "Matrix(basis)",
)
factor.mistake(
    "You worked on the rows of A; Gram-Schmidt is to get its columns, the rows of the transpose.",
    """
    rows = A.data
    basis = gram_schmidt(rows + Matrix.identity(A.shape[1]).data)
    R = [[dot(q, row) if i <= j else 0.0 for j, row in enumerate(rows)] for i, q in enumerate(basis)]
    return Matrix(basis).transpose(), Matrix(R)
    """,
)
factor.mistake(
    "Gram-Schmidt got the rows of A; it is to get its columns, which are the rows of the transpose.",
    "columns + Matrix.identity",
    "A.data + Matrix.identity",
)
factor.mistake(
    "Without the identity's columns Q is too narrow when A has few columns, or dependent ones.",
    "gram_schmidt(columns + Matrix.identity(A.shape[0]).data)",
    "gram_schmidt(columns)",
)
factor.mistake(
    "The identity's columns stand in front, so Q is the identity, and R is A: they come behind the columns of A.",
    "columns + Matrix.identity(A.shape[0]).data",
    "Matrix.identity(A.shape[0]).data + columns",
)
factor.mistake(
    "Below the diagonal rounding leaves numbers like 1e-17: write 0.0 there instead of a dot product.",
    "dot(q, column) if i <= j else 0.0",
    "dot(q, column)",
)
factor.mistake(
    "You put 0 for entries that are small, wherever they stand: it is the place that counts, below the diagonal.",
    "dot(q, column) if i <= j else 0.0",
    "round(dot(q, column), 10)",
)
factor.mistake("R is a lower triangle: keep the entries with i <= j.", "if i <= j", "if i >= j")
factor.mistake("The diagonal of R belongs to it: keep i <= j, not only i < j.", "if i <= j", "if i < j")
factor.hint(
    "`A.transpose().data` is the list of A's columns, and `Matrix(basis).transpose()` puts vectors into columns."
)
factor.hint(
    "Since the columns of Q stand at right angles, entry (i, j) of R is column i of Q dotted with column j of A."
)
