"""What must hold of ``dot``, ``norm`` and ``angle``. Oracle: NumPy."""

import numpy as np

from checks.foundations.matrix.shared import PLAIN, numbers
from checks.language import Piece


def vectors(rng):
    yield dict(v=[3, 4])
    yield dict(v=[])
    yield dict(v=[-2])
    yield dict(v=[1, -2, 2])
    for n in (2, 5, 8):
        yield dict(v=numbers(rng, n))


def vector_pairs(rng):
    yield dict(u=[1, 2, 3], v=[4, 5, 6])
    yield dict(u=[], v=[])
    yield dict(u=[2], v=[2])
    yield dict(u=[1, 0], v=[0, 1])
    yield dict(u=[2, 2, 5], v=[3, 4, 3])
    for n in (2, 3, 7):
        yield dict(u=numbers(rng, n), v=numbers(rng, n))


def unequal(rng):
    yield dict(u=[1, 2], v=[3, 4, 5])
    yield dict(u=[1, 2, 3, 4, 5], v=[3, 4])
    yield dict(u=[], v=[1])
    yield dict(u=[1], v=[])


dot = Piece("foundations.matrix:dot", forbid=PLAIN)
dot.asks(
    "dot(u, v)",
    "the products of matching entries, added up",
    cases=vector_pairs,
    answer=lambda u, v: np.dot(u, v).item(),
)
dot.asks(
    "dot(u, v)",
    "vectors of different lengths are refused",
    cases=unequal,
    raises="ShapeError",
)
dot.asks(
    "dot(u, v)",
    "the message of the refusal has both lengths in it",
    cases=[dict(u=[1, 2], v=[3, 4, 5]), dict(u=[1, 2, 3], v=[4, 5])],
    raises="ShapeError",
    mentions=("2", "3"),
)
dot.mistake("You added matching entries; they are to be multiplied, and only the products added.", "a * b", "a + b")
dot.mistake("The last entries are left out: the loop stops one early.", "zip(u, v)", "zip(u[:-1], v[:-1])")
dot.mistake(
    "Python's zip stops at the shorter vector without a word: compare the lengths first.",
    "return sum(a * b for a, b in zip(u, v))",
)
dot.mistake(
    "`return` stands inside the loop, so it ends in the first round.",
    """
    if len(u) != len(v):
        raise ShapeError(f"lengths {len(u)} and {len(v)}")
    for a, b in zip(u, v):
        return a * b
    return 0
    """,
)
dot.mistake(
    "The total is overwritten in each round: add to it with +=.",
    """
    if len(u) != len(v):
        raise ShapeError(f"lengths {len(u)} and {len(v)}")
    total = 0
    for a, b in zip(u, v):
        total = a * b
    return total
    """,
)
dot.mistake(
    "list.index finds the first entry that is equal, so repeated entries go wrong: walk by position.",
    """
    if len(u) != len(v):
        raise ShapeError(f"lengths {len(u)} and {len(v)}")
    return sum(a * v[u.index(a)] for a in u)
    """,
)
dot.hint("Walk over both vectors at once: `for a, b in zip(u, v)`.")
dot.hint("Begin with the test `if len(u) != len(v): raise ShapeError(...)` and put both lengths in the message.")

norm = Piece(
    "foundations.matrix:norm", forbid={**PLAIN, "math.hypot": "it is the answer", "math.dist": "it is the answer"}
)
norm.asks("norm(v)", "the length of a vector", cases=vectors, answer=lambda v: float(np.linalg.norm(v)))
norm.mistake("This is the squared length: take its square root.", "math.sqrt(dot(v, v))", "float(dot(v, v))")
norm.mistake(
    "You added absolute values (the 1-norm); the length squares the entries first.", "return float(sum(map(abs, v)))"
)
norm.mistake("You added the entries before squaring, so opposite signs cancel.", "return abs(float(sum(v)))")
norm.mistake(
    "You averaged the squares; a length adds them.", "math.sqrt(dot(v, v))", "math.sqrt(dot(v, v) / max(len(v), 1))"
)
norm.hint("What is dot(v, v)?")


def directions(rng):
    yield dict(u=[1, 0], v=[0, 2])
    yield dict(u=[1, 0], v=[1, 1])
    yield dict(u=[1, 0], v=[-3, 0])
    yield dict(u=[3], v=[5])
    yield dict(u=[-1, 1], v=[-1, -1])
    yield dict(u=[1e-9, 0], v=[1, 1])
    for n in (2, 3, 6):
        yield dict(u=numbers(rng, n), v=numbers(rng, n))


def rounded(rng):
    yield dict(u=[0.3, 0.5], v=[0.3, 0.5])
    yield dict(u=[0.3, 0.5], v=[-0.3, -0.5])
    for n in (2, 3, 5, 9, 11):
        u = numbers(rng, n)
        yield dict(u=u, v=[3.3 * x for x in u])
        yield dict(u=u, v=[-0.7 * x for x in u])


def radians(u, v):
    u, v = np.array(u, float), np.array(v, float)
    u, v = u / np.linalg.norm(u), v / np.linalg.norm(v)
    return float(2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v)))


angle = Piece("foundations.matrix:angle", forbid=PLAIN)
angle.asks("angle(u, v)", "the angle between two vectors, in radians", cases=directions, answer=radians)
angle.asks(
    "angle(u, v)",
    "vectors along one line: the cosine may round to just outside [-1, 1]",
    cases=rounded,
    answer=radians,
    atol=1e-6,
)
angle.asks(
    "angle(u, v)",
    "a vector of norm 0 has no direction",
    cases=[dict(u=[0, 0], v=[1, 2]), dict(u=[1, 2], v=[0.0, 0.0])],
    raises="ValueError",
)
angle.asks("angle(u, v)", "vectors of different lengths are refused", cases=unequal, raises="ShapeError")
angle.mistake("The result is in degrees; radians are wanted.", "return math.acos(", "return 180 / math.pi * math.acos(")
angle.mistake(
    "You return the cosine: math.acos turns it into the angle.",
    "math.acos(max(-1.0, min(1.0, product / lengths)))",
    "max(-1.0, min(1.0, product / lengths))",
)
angle.mistake(
    "Rounding can make the cosine 1.0000000000000002, and math.acos refuses that: clamp it to [-1, 1].",
    "max(-1.0, min(1.0, product / lengths))",
    "product / lengths",
)
angle.mistake("The dot product has to be divided by both norms.", "norm(u) * norm(v)", "norm(u) * norm(u)")
angle.mistake(
    "The clamp cuts at 0, so that obtuse angles become right angles: cosines go down to -1.", "max(-1.0,", "max(0.0,"
)
angle.mistake(
    "min and max have changed places, so every cosine comes out as 1 or -1.",
    "max(-1.0, min(1.0, product / lengths))",
    "min(-1.0, max(1.0, product / lengths))",
)
angle.mistake(
    "Division and multiplication go from left to right: a / b * c is not a / (b * c).",
    """
    product = dot(u, v)
    if norm(u) * norm(v) == 0:
        raise ValueError("the angle to a vector of norm 0 is not defined")
    return math.acos(max(-1.0, min(1.0, product / norm(u) * norm(v))))
    """,
)
angle.hint("Solve dot(u, v) = norm(u) * norm(v) * cos(angle) for the cosine.")
angle.hint("`max(-1.0, min(1.0, x))` clamps x to [-1, 1].")
