"""What must hold of ``softmax`` and ``log_softmax``. Oracle: SciPy."""

import numpy as np
from scipy import special

from checks.language import Piece
from checks.ml.linear.shared import LOUD, SCRATCH, array


def score_tables(rng):
    yield dict(z=np.array([[0.0, np.log(3)], [5.0, 5.0]]))
    yield dict(z=np.array([7.0]))
    yield dict(z=np.array([0.0, -np.log(3)]))
    yield dict(z=np.array([2, 1, 0]))
    for shape in ((3,), (4, 3), (3, 3), (2, 3, 4), (1, 5)):
        yield dict(z=array(rng, *shape))


WILD = [
    dict(z=np.array([1000, 1000])),
    dict(z=np.array([0, 1000])),
    dict(z=np.array([0.0, 1000.0, 1000.0])),
    dict(z=np.array([0.0, 740.0])),
    dict(z=np.array([[-1000.0, -1000.0, -1000.0 + np.log(2)]])),
    dict(z=np.array([[1000.0, 999.0], [-1000.0, -1001.0]])),
    dict(z=np.array([[1000.0, -1000.0], [998.0, -1003.0]])),
    dict(z=np.array([[[0.0, 2000.0], [3.0, 1.0]]])),
]


def underflowing(z):
    """Softmax and its logarithm in steps that cannot overflow; what underflows is 0."""
    return special.softmax(z.astype(float), axis=-1)


shares = Piece("ml.linear:softmax", forbid=SCRATCH)
shares.asks("softmax(z)", "shares of the exps, along the last axis", cases=score_tables, answer=underflowing)
shares.asks(LOUD.format("softmax(z)"), "large scores, and rows that are far apart", cases=WILD, answer=underflowing)
NAIVE = "np.exp(z - z.max(axis=-1, keepdims=True))"
shares.mistake("exp overflows for large scores: take the row's largest score away first.", NAIVE, "np.exp(z)")
shares.mistake(
    "Each row has its own largest score; the whole table's makes low rows 0 over 0.", "x(axis=-1, keepdims=True)", "x()"
)
shares.mistake(
    "Scores compete along the last axis; yours do along the first.", "powers.sum(axis=-1", "powers.sum(axis=0"
)
shares.mistake("The whole table adds up to 1; each row is to.", "s.sum(axis=-1, keepdims=True)", "s.sum()")
shares.mistake(
    "axis=1 is the last axis of a table only; a vector has no such axis, and three axes have a further one.",
    """
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
    """,
)
shares.mistake(
    "Without keepdims the rows' maxima and sums lie along the wrong axis: they meet the columns.",
    """
    powers = np.exp(z - z.max(axis=-1))
    return powers / powers.sum(axis=-1)
    """,
)
shares.mistake(
    "Without keepdims the row sums lie along the wrong axis.", "s.sum(axis=-1, keepdims=True)", "s.sum(axis=-1)"
)
shares.hint(
    "The same number taken away from all scores of a row changes nothing. Which number makes overflow impossible?"
)
shares.hint("`z.max(axis=-1, keepdims=True)` has a 1 in place of the last axis, so that it broadcasts against z.")

logs = Piece("ml.linear:log_softmax", forbid=SCRATCH)


def log_shares(z):
    return special.log_softmax(z.astype(float), axis=-1)


logs.asks("log_softmax(z)", "the logarithm of softmax", cases=score_tables, answer=log_shares, atol=1e-7)
logs.asks(
    LOUD.format("log_softmax(z)"), "exact where softmax itself rounds to 0", cases=WILD, answer=log_shares, rtol=1e-12
)
logs.mistake(
    "Where softmax rounds to 0 its logarithm is minus infinity: take the logarithm on paper first.",
    """
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.log(powers / powers.sum(axis=-1, keepdims=True))
    """,
)
logs.mistake(
    "exp overflows for large scores: take the row's largest score away first.", "z.max(axis=-1, keepdims=True)", "0.0"
)
logs.mistake(
    "Each row has its own largest score; the whole table's makes low rows ln 0.", "x(axis=-1, keepdims=True)", "x()"
)
logs.mistake(
    "The largest score was taken away inside the exps only: both places need it.", "return shifted", "return z"
)
logs.mistake("Scores compete along the last axis; yours do along the first.", ".sum(axis=-1", ".sum(axis=0")
logs.hint("On paper: ln of (exp of s over the sum of the exps) is s minus the logarithm of that sum.")
logs.hint("Take the largest score away first; then use the shifted scores in both places.")
