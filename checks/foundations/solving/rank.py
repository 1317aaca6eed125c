"""What must hold of ``rank``. Oracles: NumPy, exact fractions."""

import numpy as np

from checks.foundations.solving.shared import PLAIN, echelon
from checks.language import Piece


def ranked(rng):
    yield dict(a=[[3]])
    yield dict(a=[[0, 0], [0, 0]])
    yield dict(a=[[1, 2], [2, 4], [3, 6]])
    yield dict(a=[[0, 1, 0], [0, 0, 1]])
    yield dict(a=[[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    yield dict(a=[[1e-12, 2e-12], [3e-12, 5e-12]])
    yield dict(a=[[1e12, 3e12], [0.1e12, 0.3e12], [0.7e12, 2.1e12]])
    yield dict(a=[[-5, 0], [0, 1e-8]])
    for m, n, r in ((3, 4, 2), (5, 3, 1), (4, 4, 3), (2, 5, 2)):
        while True:
            a = rng.uniform(-9, 9, (m, r)).round(1) @ rng.uniform(-9, 9, (r, n)).round(1)
            sizes = np.linalg.svd(a)[1]
            if sizes[r - 1] > 0.05 * sizes[0]:
                break
        yield dict(a=a.tolist())


rank = Piece("foundations.solving:rank", forbid=PLAIN)
rank.asks(
    "rank(Matrix(a))",
    "the number of pivots, crumbs of rounding not counted",
    cases=ranked,
    answer=lambda a: int(np.linalg.matrix_rank(np.array(a), rtol=1e-9)),
)
rank.asks(
    "rank(Matrix(a), tolerance=tolerance)",
    "entries up to tolerance times the largest entry count as 0",
    cases=[
        dict(a=[[1, 0], [0, 0.01]], tolerance=0.1),
        dict(a=[[1, 0], [0, 0.01]], tolerance=0.001),
        dict(a=[[0.25, 0], [0, 64]], tolerance=1 / 256),
        dict(a=[[0.5, 0, 0], [0, -64, 0], [0, 0, 1]], tolerance=1 / 128),
        dict(a=[[-100, 0], [0, 1]], tolerance=0.02),
        dict(a=[[1, 0], [0, 2]], tolerance=0),
        dict(a=[[3, 2, 3], [2, 3, 3], [3, 3, 2]], tolerance=0.2),
        dict(a=[[0.01, 1], [0.02, 1]], tolerance=0.1),
    ],
    answer=lambda a, tolerance: len(echelon(a, tolerance * np.abs(a).max())[1]),
)
rank.mistake(
    "Crumbs of rounding are taken for pivots: hand eliminate a tolerance.",
    "eliminate(A, tolerance * largest)",
    "eliminate(A)",
)
rank.mistake(
    "The tolerance is relative: multiply it by the largest absolute value in A.", "tolerance * largest", "tolerance"
)
rank.mistake(
    "The largest entry is meant in absolute value: -100 is larger than 1.", "max(abs(entry) for", "max(entry for"
)
rank.mistake(
    "You counted the entries on the diagonal; after a column without a pivot, pivots stand to the right of it.",
    """
    largest = max(abs(entry) for row in A.data for entry in row)
    E, _, _ = eliminate(A, tolerance * largest)
    return sum(abs(E[i, i]) > tolerance * largest for i in range(min(A.shape)))
    """,
)
rank.mistake(
    "You counted the entries on the diagonal; after a column without a pivot, pivots stand to the right of it.",
    """
    largest = max(abs(entry) for row in A.data for entry in row)
    E, _, _ = eliminate(A, tolerance * largest)
    return sum(E[i, i] != 0 for i in range(min(A.shape)))
    """,
)
rank.mistake(
    "The tolerance is multiplied by the largest absolute value, not by the sum of them all.",
    "max(abs(entry) for",
    "sum(abs(entry) for",
)
rank.mistake(
    "What counts as 0 must not become a pivot in the first place: hand the tolerance to eliminate.",
    """
    largest = max(abs(entry) for row in A.data for entry in row)
    E, _, _ = eliminate(A)
    return sum(any(abs(entry) > tolerance * largest for entry in row) for row in E.data)
    """,
)
rank.mistake(
    "That is the sign of the swaps; the rank is the number of pivots.",
    """
    largest = max(abs(entry) for row in A.data for entry in row)
    return eliminate(A, tolerance * largest)[2]
    """,
)
rank.mistake(
    "`tolerance` is not used: 1e-9 is only what it is when nothing else is asked for.",
    "tolerance * largest",
    "1e-9 * largest",
)
rank.mistake("That is the largest rank its shape allows; count the pivots.", "len(pivots)", "min(A.shape)")
rank.mistake(
    "You counted the rows of A that are not zero; a row can be a multiple of another.",
    """
    largest = max(abs(entry) for row in A.data for entry in row)
    return sum(any(abs(entry) > tolerance * largest for entry in row) for row in A.data)
    """,
)
rank.hint("eliminate hands back the list of pivots; give it a tolerance that fits A's own size.")
rank.hint("max(abs(entry) for row in A.data for entry in row) is the largest absolute value.")
