"""What the checks of ``foundations.eigen`` share: matrices to take apart, and measures of what came out."""

import math

import numpy as np

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
