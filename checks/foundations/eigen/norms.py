"""What must hold of ``p_norm``. Oracle: NumPy."""

import math

import numpy as np

from checks.foundations.eigen.shared import PLAIN, numbers
from checks.language import Piece


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
