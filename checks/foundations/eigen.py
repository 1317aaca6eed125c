"""What must hold of the pieces of ``foundations.eigen``. Oracle: NumPy."""

import math

import numpy as np

from checks.language import Piece

PLAIN = {"numpy": "every multiplication is to be in sight"}
PONDS = [[2, 1], [1, 2]]


def numbers(rng, *shape):
    """Unsymmetric numbers with two decimals, as nested lists."""
    return rng.uniform(-9, 9, size=shape).round(2).tolist()


def rotated(rng, values):
    """A symmetric matrix with nearly these eigenvalues and slanted eigenvectors, to three decimals."""
    Q = np.linalg.qr(rng.normal(size=(len(values), len(values))))[0]
    a = ((Q * values) @ Q.T).round(3)
    return ((a + a.T) / 2).tolist()


def orthonormal_rows(rng, count, length):
    return np.linalg.qr(rng.normal(size=(length, length)))[0][:count].tolist()


def array(thing, shape):
    """Nested lists as an array of this shape, or None if they are something else."""
    try:
        made = np.array(thing, dtype=float)
    except (TypeError, ValueError):
        return None
    return made if made.shape == shape and np.isfinite(made).all() else None


def size(a):
    """The largest entry's size: what tolerances are measured by."""
    return max(np.abs(a).max(), 1e-300)


def shown(values, scale):
    """Numbers to show: six digits, and 0 for what only rounding has left."""
    return [float(f"{x:.6g}") if abs(x) > 1e-12 * scale else 0.0 for x in values]


def slanted(Q):
    """How far the columns of a matrix are from length 1 and right angles."""
    return np.abs(Q.T @ Q - np.eye(Q.shape[1])).max() if np.abs(Q).max() < 2 else math.inf


# ------------------------------------------------------------------ sizes


def sized(rng):
    for p in (1, 2, math.inf):
        yield dict(v=[3, -4], p=p)
    yield dict(v=[-5], p=2)
    yield dict(v=[1, -2, -2], p=3)
    yield dict(v=[1, 1], p=60)
    yield dict(v=[0, 0], p=1)
    yield dict(v=[0, -0.5, 0.25], p=math.inf)
    for n, p in ((3, 1), (4, 2), (5, math.inf), (3, 1.5), (5, 4)):
        yield dict(v=numbers(rng, n), p=p)


pnorm = Piece("foundations.eigen:p_norm", forbid=PLAIN)
pnorm.asks(
    "p_norm(v, p)",
    "the p-norm of a vector",
    cases=sized,
    answer=lambda v, p: float(np.linalg.norm(np.array(v, float), p)),
)
pnorm.mistake(
    "Negative entries cancel positive ones: take the size of each, abs(x), first.", "sum(abs(x) ** p", "sum(x ** p"
)
pnorm.mistake("The p-th root is missing: raise the sum to the power 1 / p.", " ** (1 / p)", "")
pnorm.mistake(
    "You took a square root whatever p is: the p-th root is the power 1 / p.",
    "** (1 / p)",
    "** (1 / 2)",
)
pnorm.mistake("The entries are to be raised to the power p before they are added, not after.", "abs(x) ** p", "abs(x)")
pnorm.mistake(
    "You took the largest size for a large p too: it is the norm for math.inf alone.", "if p == math.inf:", "if p > 50:"
)
pnorm.mistake("The infinity norm is the largest size alone, not the sum of all.", "return max(", "return sum(")
pnorm.mistake(
    "The infinity norm came out as the largest entry; it is the largest |entry|.",
    "max(abs(x) for x in v)",
    "max(v)",
)
pnorm.mistake(
    "The formula cannot handle infinity: 1 / math.inf is 0, so ask for it first.",
    """
    return sum(abs(x) ** p for x in v) ** (1 / p)
    """,
)
pnorm.hint("Two cases: `p == math.inf`, where there is nothing to add or root, and the formula.")
pnorm.hint("`max(...)` and `sum(...)` both take `abs(x) for x in v`. The p-th root of s is `s ** (1 / p)`.")


# ------------------------------------------------------------------ the largest eigenvalue


def quotients(rng):
    yield dict(a=PONDS, v=[5, 5])
    yield dict(a=PONDS, v=[1, 0])
    yield dict(a=PONDS, v=[1, -1])
    yield dict(a=PONDS, v=[1e-12, 0])
    yield dict(a=[[-4]], v=[3])
    yield dict(a=[[-2, 0], [0, -2]], v=[3, 4])
    yield dict(a=[[0, -1], [1, 0]], v=[2, 1])
    for n in (2, 3, 5):
        yield dict(a=numbers(rng, n, n), v=numbers(rng, n))


def quotient(a, v):
    a, v = np.array(a, float), np.array(v, float)
    return ((v @ a @ v) / (v @ v)).item()


rayleigh = Piece("foundations.eigen:rayleigh_quotient", forbid=PLAIN)
rayleigh.asks("rayleigh_quotient(Matrix(a), v)", "v . (A v) over v . v", cases=quotients, answer=quotient, atol=1e-10)
rayleigh.asks(
    "rayleigh_quotient(Matrix(a), v)",
    "the vector 0 is refused",
    cases=[dict(a=PONDS, v=[0, 0]), dict(a=[[3]], v=[0.0])],
    raises="ValueError",
)
rayleigh.asks(
    "rayleigh_quotient(Matrix(a), v)",
    "sizes that do not fit are refused",
    cases=[
        dict(a=PONDS, v=[1, 2, 3]),
        dict(a=[[1, 2, 3], [4, 5, 6]], v=[1, 2, 3]),
        dict(a=[[1, 2], [3, 4], [5, 6]], v=[1, 2]),
    ],
    raises="ShapeError",
)
rayleigh.mistake("Without the division the length of v gets into the result: divide by v . v.", "/ size", "")
rayleigh.mistake(
    "You divided by the length of v; it is to be the square of the length, v . v.", "/ size", "/ math.sqrt(size)"
)
rayleigh.mistake(
    "The ratio of two lengths is never negative: use the dot product of v and A v, which keeps the sign.",
    "dot(v, A.apply(v)) / size",
    "norm(A.apply(v)) / norm(v)",
)
rayleigh.mistake(
    "You compared the first entries only, which tells something about eigenvectors alone.",
    "dot(v, A.apply(v)) / size",
    "A.apply(v)[0] / v[0]",
)
rayleigh.mistake(
    "This is (A v) . (A v): one of the two is to be v itself.", "dot(v, A.apply(v))", "dot(A.apply(v), A.apply(v))"
)
rayleigh.mistake(
    "Nothing refuses the vector 0: raise ValueError before you divide.", "return dot(v, A.apply(v)) / dot(v, v)"
)
rayleigh.mistake(
    "You refuse a vector whose entries add up to 0; it is to be refused if every entry is 0, and then v . v is 0.",
    "if size == 0:",
    "if sum(v) == 0:",
)
rayleigh.mistake(
    "You refuse a short vector as if it were 0: only the vector 0 itself has no direction.",
    "if size == 0:",
    "if size < 1e-12:",
)
rayleigh.hint("`A.apply(v)` is A v, and `dot` does the rest. Your `dot` and `apply` refuse what does not fit.")


def starts(rng):
    yield dict(a=PONDS, start=[1, 0])
    yield dict(a=PONDS, start=[1e-12, 0])
    yield dict(a=[[5]], start=[2])
    yield dict(a=[[-3]], start=[0.5])
    yield dict(a=[[1, 0], [0, -3]], start=[1, 1])
    yield dict(a=[[1, 2], [3, 4]], start=[-1, 0])
    yield dict(a=[[1, 0], [0, 9]], start=[4, 3])
    yield dict(a=[[2e9, 1e9], [1e9, 3e9]], start=[1, 0])
    yield dict(a=[[2e-13, 1e-13], [1e-13, 3e-13]], start=[1, 0])
    for values in ((5, -3, 1), (-7, 4, 2, -1, 0)):
        yield dict(a=rotated(rng, values), start=numbers(rng, len(values)))
    for n in (2, 4):  # unsymmetric: one positive direction outgrows the rest
        yield dict(a=(rng.uniform(0, 1, (n, n)).round(2) + 2).tolist(), start=rng.uniform(1, 3, n).round(2).tolist())


def strongest(got, a, start):
    a = np.array(a, float)
    wanted = max(np.linalg.eigvals(a), key=abs).real
    if not isinstance(got, list) or len(got) != 2 or array(got[0], ()) is None:
        return "a number and a vector are wanted"
    value, v = got[0], array(got[1], (len(a),))
    if v is None:
        return f"the vector should be a list of {len(a)} numbers"
    if abs(np.linalg.norm(v) - 1) > 1e-9:
        return f"the vector has length {np.linalg.norm(v):.6g} instead of 1"
    if abs(value - wanted) > 1e-6 * abs(wanted):
        return f"the value is {value:.9g}, and the eigenvalue of largest size {wanted:.9g}"
    if np.linalg.norm(a @ v - wanted * v) > 1e-6 * abs(wanted):
        return "A does not take the vector to value times the vector"
    return None


PAIR = "value, v = power_iteration(Matrix(a), start)\n[value, v]"
power = Piece("foundations.eigen:power_iteration", forbid=PLAIN)
power.asks(
    PAIR,
    "the eigenvalue of largest size, and a vector of length 1 that A only multiplies by it",
    cases=starts,
    accept=strongest,
    expected="the eigenvalue of largest size and its eigenvector, which may point either way",
)
power.asks(
    PAIR,
    "a start that A does not turn is returned, with its own eigenvalue",
    cases=[
        dict(a=PONDS, start=[2, -2]),
        dict(a=[[0, 0], [0, 0]], start=[0, 5]),
        dict(a=[[3, 1], [0, -2]], start=[4, 0]),
    ],
    answer=lambda a, start: [quotient(a, start), (np.array(start) / np.linalg.norm(start)).tolist()],
)
power.asks(
    PAIR,
    "a vector that A takes to 0 is an eigenvector to the value 0",
    cases=[dict(a=[[0, 1], [0, 0]], start=[0, 3])],
    answer=lambda a, start: [0.0, [1.0, 0.0]],
)
power.asks(
    "value, v = power_iteration(Matrix(a), [1, 0], steps, tolerance=0.1)\n[value, v]",
    "with a tolerance of 0.1 the third round is the first that returns",
    cases=[dict(a=PONDS, steps=3), dict(a=PONDS, steps=40)],
    answer=lambda a, steps: [122 / 41, [5 / math.sqrt(41), 4 / math.sqrt(41)]],
)
power.asks(
    "value, v = power_iteration(Matrix(a), [1, 0], tolerance=0.48)\n[value, v]",
    "with a tolerance of 0.48 the first round returns: ||w - value * v|| is 1, and ||w|| is the root of 5",
    cases=[dict(a=PONDS)],
    answer=lambda a: [2.0, [1.0, 0.0]],
)
power.asks(
    "value, v = power_iteration(Matrix(a), start, 5, tolerance=0)\n[value, v]",
    "a tolerance of 0 is met where nothing is left of w - value * v",
    cases=[dict(a=[[2, 0], [0, 3]], start=[0, 5])],
    answer=lambda a, start: [3.0, [0.0, 1.0]],
)
power.asks(
    "power_iteration(Matrix(a), [1, 0], steps, tolerance=0.1)",
    "two rounds are not enough for that",
    cases=[dict(a=PONDS, steps=2), dict(a=PONDS, steps=0)],
    raises="NotConverged",
)
power.asks(
    "power_iteration(Matrix(a), [1, 0])",
    "the number of rounds is 1000 unless it is given",
    cases=[dict(a=[[0, -1], [1, 0]])],
    raises="NotConverged",
    mentions=("1000",),
)
power.asks(
    "power_iteration(Matrix(a), [1, 0], steps)",
    "a matrix that turns every vector is given up after the last round",
    cases=[dict(a=[[0, -1], [1, 0]], steps=17)],
    raises="NotConverged",
    mentions=("17",),
)
power.asks(
    "power_iteration(Matrix(a), start)",
    "a start of 0 is refused",
    cases=[dict(a=PONDS, start=[0, 0]), dict(a=[[2]], start=[0.0])],
    raises="ValueError",
)
power.asks(
    "power_iteration(Matrix(a), start)",
    "sizes that do not fit are refused",
    cases=[
        dict(a=PONDS, start=[1, 2, 3]),
        dict(a=[[1, 2, 3], [4, 5, 6]], start=[1, 2, 3]),
        dict(a=[[1], [2]], start=[1]),
    ],
    raises="ShapeError",
)
LOOP = """
    length = norm(start)
    if length == 0:
        raise ValueError("no direction")
    v = [x / length for x in start]
    for _ in range(steps):
        w = A.apply(v)
        value = rayleigh_quotient(A, v)
        length = norm(w)
        if {test}:
            return value, v
        v = {new}
    {end}
"""
SETTLED = "norm([a - value * b for a, b in zip(w, v)]) <= tolerance * length"
power.mistake(
    "You compare v with w / ||w||: for a negative eigenvalue these two point in opposite directions for ever.",
    LOOP.format(
        test="length and norm([a / length - b for a, b in zip(w, v)]) <= tolerance or not length",
        new="[x / length for x in w]",
        end='raise NotConverged(f"after {steps} rounds")',
    ),
)
power.mistake(
    "The eigenvalue lost its sign: the length of w is never negative; the Rayleigh quotient is.",
    "value = rayleigh_quotient(A, v)",
    "value = norm(w) if norm([a + norm(w) * b for a, b in zip(w, v)]) > tolerance * norm(w) else "
    "-rayleigh_quotient(A, v)",
)
power.mistake(
    "After the last round you return what there is. A direction that has not settled is no eigenvector: "
    "raise NotConverged.",
    LOOP.format(test=SETTLED, new="[x / length for x in w]", end="return value, v"),
)
power.mistake(
    "The vector is not brought back to length 1: it grows until it overflows, and is returned too long.",
    LOOP.format(
        test="norm([a - value * b for a, b in zip(w, v)]) <= tolerance * length",
        new="w",
        end='raise NotConverged(f"after {steps} rounds")',
    ),
)
power.mistake(
    "You compare with the tolerance itself: the limit is tolerance * ||w||, so that it fits large and "
    "small matrices alike.",
    "<= tolerance * length",
    "<= tolerance",
)
power.mistake(
    "The start is not brought to length 1, so a start that A does not turn is returned too long.",
    "x / length for x in start",
    "x for x in start",
)
power.mistake(
    "You divide by ||w|| before testing it: a vector that A takes to 0 has an answer, the value 0.",
    """
    v = [x / norm(start) for x in start] if norm(start) else []
    if not v:
        raise ValueError("no direction")
    for _ in range(steps):
        w = A.apply(v)
        value = rayleigh_quotient(A, v)
        new = [x / norm(w) for x in w]
        if norm([a - value * b for a, b in zip(w, v)]) <= tolerance * norm(w):
            return value, v
        v = new
    raise NotConverged(f"after {steps} rounds")
    """,
)
power.mistake(
    "Your comparison leaves out equality: with A v = 0 both sides are 0, and v is to be returned.",
    "<= tolerance * length",
    "< tolerance * length",
)
power.mistake(
    "The limit is tolerance times the length of w, not times the value, which is smaller as long as v is turned.",
    "<= tolerance * length",
    "<= tolerance * abs(value)",
)
power.mistake(
    "You refuse a short start as if it were 0: only the vector 0 itself has no direction.",
    "if length == 0:",
    "if length < 1e-9:",
)
power.mistake(
    "You return the vector of the next round, w / ||w||; the v that passed the test is wanted, and for A v = 0 there "
    "is no other.",
    "            return value, v",
    "            return value, [x / length for x in w]",
)
power.mistake("Your loop goes one round too many: `steps` rounds are the most.", "range(steps)", "range(steps + 1)")
power.mistake(
    "The raise stands inside the loop: it is reached in the first round, and the others never come.",
    """
    length = norm(start)
    if length == 0:
        raise ValueError("no direction")
    v = [x / length for x in start]
    for _ in range(steps):
        w = A.apply(v)
        value = rayleigh_quotient(A, v)
        length = norm(w)
        if norm([a - value * b for a, b in zip(w, v)]) <= tolerance * length:
            return value, v
        v = [x / length for x in w]
        raise NotConverged(f"after {steps} rounds")
    raise NotConverged(f"after {steps} rounds")
    """,
)
power.mistake(
    "You stop when the value has settled; it does so long before the direction. Ask whether w is close to value * v.",
    """
    length = norm(start)
    if length == 0:
        raise ValueError("no direction")
    v, before = [x / length for x in start], math.inf
    for _ in range(steps):
        w = A.apply(v)
        value = rayleigh_quotient(A, v)
        length = norm(w)
        if length == 0 or abs(value - before) <= tolerance * length:
            return value, v
        v, before = [x / length for x in w], value
    raise NotConverged(f"after {steps} rounds")
    """,
)
power.hint(
    "Three lines begin each round: w, the Rayleigh quotient, and the length of w. Then the test, then the new v."
)
power.hint(
    "`[a - value * b for a, b in zip(w, v)]` is w - value * v; its `norm` says how far A v is from a multiple of v."
)
power.hint("The `raise NotConverged(...)` stands behind the loop, not in it: it is reached when no round returned.")


# ------------------------------------------------------------------ right angles


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


# ------------------------------------------------------------------ all eigenvalues


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


# ------------------------------------------------------------------ singular values


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
