"""What must hold of ``rayleigh_quotient`` and ``power_iteration``. Oracle: NumPy."""

import math

import numpy as np

from checks.foundations.eigen.shared import PLAIN, PONDS, array, numbers, rotated
from checks.language import Piece


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
