"""What must hold of ``kmeans_plus_plus``. Oracle: the chance of each sequence of rows."""

import itertools

import numpy as np

from checks.language import Piece
from checks.ml.cluster.shared import SCRATCH, table


def chances(values, k):
    """The probability of each sequence of ``k`` rows, from the definition."""
    result = {}
    for chosen in itertools.product(dict.fromkeys(values), repeat=k):
        p = values.count(chosen[0]) / len(values)
        for step in range(1, k):
            nearest = [min((v - c) ** 2 for c in chosen[:step]) for v in values]
            weights = nearest if any(nearest) else [1] * len(values)
            p *= sum(w for w, v in zip(weights, values) if v == chosen[step]) / sum(weights)
        result[chosen] = p
    return result


def drawn_as_promised(got, X, k, times):
    """Every sequence of rows comes up as often as its chance says; false alarms below 1e-9."""
    from scipy.stats import binom

    values = X[:, 0].tolist()
    if not isinstance(got, np.ndarray) or got.shape != (times, k):
        return f"draws of shape {(times, k)} are wanted"
    draws, expected = [tuple(draw) for draw in got.tolist()], chances(values, k)
    for draw in draws:
        if not expected.get(draw):
            return f"the centers {list(draw)} came up: that is no row of X, or a row that has no chance then"
    for draw, p in expected.items():
        count = draws.count(draw)
        if min(binom.cdf(count, times, p), binom.sf(count - 1, times, p)) < 3e-12:
            names = ", then ".join(f"{v:g}" for v in draw)
            return f"row {names} came up {count} times in {times}; {times * p:.0f} are to be expected"
    return None


def sampled(rng):
    for values, k, times in (
        ([0.0, 1.0, 10.0], 2, 600),
        ([0.0, 2e-9, 3e-9], 2, 300),
        ([0.0, 3.0, 7.0, 12.0], 3, 1000),
        ([0.0] * 5 + [3.0] * 5 + [-6.0], 2, 1200),
        ([0.0, 0.0, 0.0, 1.0], 3, 200),
    ):
        yield dict(X=np.array(values)[:, None], k=k, times=times, seed=int(rng.integers(10**9)))


def crowds(rng):
    yield dict(X=np.array([[2.0], [2.0], [2.0]]), k=2)
    yield dict(X=np.array([[5.0, 1.0]]), k=1)
    yield dict(X=np.array([[1, 7], [1, 7], [4, 7]]), k=3)
    yield dict(X=table(rng, 7, 2), k=4)
    yield dict(X=table(rng, 5, 3), k=5)


def rows_of(got, X, k):
    if not isinstance(got, np.ndarray) or got.shape != (k, X.shape[1]) or got.dtype.kind != "f":
        return f"an array of floats of shape {(k, X.shape[1])} is wanted"
    rows, found = set(map(tuple, X.tolist())), set(map(tuple, got.tolist()))
    if found - rows:
        return f"{list((found - rows).pop())} is not a row of X"
    if len(found) != min(k, len(rows)):
        return f"{len(found)} different rows were drawn; {min(k, len(rows))} are wanted"
    return None


plusplus = Piece("ml.cluster:kmeans_plus_plus", forbid=SCRATCH)
plusplus.asks(
    "kmeans_plus_plus(X, k, np.random.default_rng(5))",
    "the centers are rows of X, and different ones as long as there are any",
    cases=crowds,
    accept=rows_of,
    expected="k rows of X, all different if X has k different ones",
)
plusplus.asks(
    "rng = np.random.default_rng(seed)\nnp.array([kmeans_plus_plus(X, k, rng)[:, 0] for _ in range(times)])",
    "rows come up as often as their squared distances say, or all alike where these are 0",
    cases=sampled,
    accept=drawn_as_promised,
    expected="each sequence of rows about as often as its chance says",
)
plusplus.asks(
    "[kmeans_plus_plus(X, k, np.random.default_rng(7)) for _ in range(2)]",
    "all chance comes from rng",
    cases=[dict(X=np.arange(40.0).reshape(20, 2) ** 2, k=5)],
    accept=lambda got: None if np.array_equal(*got) else "two generators with one seed gave different centers",
    expected="the same centers twice: both generators have the same seed",
)
DRAW = "rng.choice(len(X), p=chances)"
plusplus.mistake("You took the farthest row: draw one.", DRAW, f"squares.argmax() if total > 0 else {DRAW}")
plusplus.mistake("The chances go with the distances, not with their squares.", ".min(axis=1) ** 2", ".min(axis=1)")
plusplus.mistake("The nearest of all centers so far counts, not the last one.", "(centers))", "(centers[-1:]))")
plusplus.mistake("If all distances are 0, 0/0 is NaN: then all rows have one chance.", " if total > 0 else None", "")
plusplus.mistake("Only the nearest center counts; you multiplied all distances.", ".min(axis=1)", ".prod(axis=1)")
plusplus.mistake("If all distances are 0, a row is still drawn.", DRAW, f"{DRAW} if total > 0 else 0")
plusplus.mistake("The result is to hold floats, also where X holds ints.", "(centers, dtype=float)", "(centers)")
plusplus.mistake("A small sum is not 0: rows may lie millimetres apart, in kilometres.", "total > 0", "total > 1e-12")
plusplus.hint("`rng.integers(n)` draws a row number; `rng.choice(n, p=chances)` draws one with the given chances.")
plusplus.hint("The nearest of the centers so far: `pairwise_distances(X, np.array(centers)).min(axis=1)`.")
plusplus.hint("Chances must add up to 1, so divide by the sum, unless that is 0.")
