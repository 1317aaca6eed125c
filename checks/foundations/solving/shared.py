"""What the checks of ``foundations.solving`` share: matrices to solve, and elimination in exact fractions."""

from fractions import Fraction

import numpy as np

PLAIN = {"numpy": "every operation is to be in sight", "scipy": "every operation is to be in sight"}
SHOP = [[2, 3, 1], [4, 1, 2], [2, 8, 4]]  # the lesson's receipts; eggs, milk and flour at 30, 12 and 10
NOT_SQUARE = [dict(a=[[1, 2, 3], [4, 5, 6]], b=[1, 2]), dict(a=[[1, 2], [3, 4], [5, 6]], b=[1, 2, 3])]
UNFIT = [dict(a=[[1, 2], [0, 4]], b=[1, 2, 3]), dict(a=[[3, 0], [2, 5]], b=[1])]
SMALL = [[2e-13, 3e-13], [4e-13, 1e-13]]  # as healthy as [[2, 3], [4, 1]]: small is no 0
FRACTIONS = "from fractions import Fraction\nA = Matrix([[Fraction(x) for x in entries] for entries in a])\n"
FLOATS = "Fractions come out as floats: take the numbers as they come, without float(...)"


def numbers(rng, *shape):
    """Unsymmetric numbers with two decimals, as nested lists."""
    return rng.uniform(-9, 9, size=shape).round(2).tolist()


def echelon(a, tolerance=0.0):
    """Elimination in fractions: echelon form, pivot columns, sign, and how clearly each pivot was the largest."""
    rows, pivots, sign, margin = [[Fraction(x) for x in row] for row in a], [], 1, 1.0
    for j in range(len(a[0])):
        r = len(pivots)
        below = sorted(range(r, len(rows)), key=lambda i: (-abs(rows[i][j]), i))
        if not below or abs(rows[below[0]][j]) <= tolerance:
            continue
        largest, others = abs(rows[below[0]][j]), [abs(rows[i][j]) for i in below[1:]]
        margin = min([margin, float(largest), *(float((largest - x) / largest) for x in others)])
        if below[0] != r:
            rows[r], rows[below[0]], sign = rows[below[0]], rows[r], -sign
        for i in range(r + 1, len(rows)):
            rows[i] = [x - rows[i][j] / rows[r][j] * y for x, y in zip(rows[i], rows[r])]
        pivots.append(j)
    return rows, pivots, sign, margin


def exact_echelon(a, tolerance=0.0):
    """The same, with the echelon form in floats."""
    rows, *others = echelon(a, tolerance)
    return [[float(x) for x in row] for row in rows], *others


def texts(rows):
    """Exact numbers as text."""
    return [[str(x) for x in row] for row in rows]


def clear_cut(rng, *shape):
    """A matrix whose pivots are beyond doubt, so that rounding cannot change which rows are swapped."""
    while True:
        a = numbers(rng, *shape)
        if exact_echelon(a)[3] > 1e-3 and np.linalg.cond(a) < 1e3:
            return a


SINGULAR = [
    dict(a=[[0]], b=[1]),
    dict(a=[[1, 2], [2, 4]], b=[3, 7]),
    dict(a=[[1, 2], [2, 4]], b=[3, 6]),
    dict(a=[[0, 0, 2], [0, 4, 1], [0, 2, 6]], b=[2, 5, 8]),
    dict(a=[[3, 1, 4], [6, 5, 1], [3, 1, 4]], b=[1, 2, 2]),
]
