"""What the checks of ``ml.data`` share: tables with labels, and questions about what is drawn.

Counts of random outcomes may be off by 8 standard deviations: a right piece fails less than once in 10^9 checks.
"""

from collections import Counter

import numpy as np

SCRATCH = {"sklearn": "it is what you are building"}
SONGS = np.array([[104, 1.6], [72, 2.0], [128, 2.8], [80, 3.2], [120, 4.0], [96, 4.4]])
KINDS = np.array([0, 0, 0, 1, 1, 1])


def seed_of(rng):
    return int(rng.integers(10**6))


def labelled(rng):
    """Tables (and a few images) with labels; the first of a single row."""
    yield dict(X=np.array([[5.0, 6.0]]), y=np.array([3]), seed=seed_of(rng))
    yield dict(X=SONGS, y=KINDS, seed=seed_of(rng))
    yield dict(X=np.array([[1.0], [1.0], [1.0], [2.0]]), y=np.array([4, 4, 9, 9]), seed=seed_of(rng))
    yield dict(X=rng.integers(0, 256, (7, 2, 3)).astype(np.uint8), y=rng.integers(0, 3, 7), seed=seed_of(rng))
    for n in (13, 20):
        yield dict(X=rng.uniform(-9, 9, (n, 3)).round(2), y=rng.uniform(-9, 9, n).round(2), seed=seed_of(rng))


def rows_of(X, y):
    """How often each row stands in X together with its entry of y."""
    return Counter((tuple(np.ravel(a).tolist()), tuple(np.ravel(b).tolist())) for a, b in zip(X, y))


def wrong_parts(parts, X, y):
    """What is wrong with pairs (part of X, part of y) that are to hold each row exactly once; None if nothing is."""
    found = Counter()
    for a, b in parts:
        if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
            return f"arrays are wanted, there is a {type(a).__name__} and a {type(b).__name__}"
        if a.shape[1:] != X.shape[1:] or b.shape[1:] != y.shape[1:] or len(a) != len(b):
            return f"parts of X and y that belong together have shapes {a.shape} and {b.shape}"
        found += rows_of(a, b)
    wanted = rows_of(X, y)
    if found == wanted:
        return None
    row, label = next(iter((found - wanted) or (wanted - found)))
    times = f"is there {found[row, label]} times instead of {wanted[row, label]}"
    return f"the row {list(row)} with {list(label)} beside it {times}"


def uneven(got, ways, total):
    """None if ``got`` counts the outcomes of ``total`` fair draws among ``ways`` possible ones."""
    if not isinstance(got, dict) or sum(got.values()) != total:
        return f"{got} does not count {total} outcomes"
    share = total / ways
    counts = [*got.values(), *[0] * (ways - len(got))]
    if len(got) <= ways and all(abs(count - share) <= 8 * np.sqrt(share * (1 - 1 / ways)) for count in counts):
        return None
    return f"{len(got)} different outcomes of {ways}, with counts {min(counts)} to {max(counts)}, not about {share:.0f}"


def draws(piece, outcome, ways, small, large):
    """Two questions: all outcomes are equally likely (``small``), and ``rng`` alone decides among many (``large``)."""

    def case(rng, y):
        table = dict(X=np.arange(float(len(y)))[:, None]) if "X" in outcome else {}
        return [dict(**table, y=y, seed=seed_of(rng))]

    piece.asks(
        f"""
        rng = np.random.default_rng(seed)
        outcomes = [{outcome} for _ in range(2000)]
        {{outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}}
        """,
        f"each of the {ways} possible outcomes is equally likely, so it comes about {2000 // ways} times",
        cases=lambda rng: case(rng, small),
        accept=lambda got: uneven(got, ways, 2000),
    )
    piece.asks(
        f"""
        def outcome(rng):
            return {outcome}

        rng = np.random.default_rng(seed)
        first, second = outcome(rng), outcome(rng)
        [outcome(np.random.default_rng(seed)) == first, second == first]
        """,
        "the same seed gives the same result, and one generator another one each time",
        cases=lambda rng: case(rng, large),
        answer=lambda: [True, False],
    )


UNEQUAL = [dict(X=np.zeros((3, 2)), y=np.zeros(5)), dict(X=np.zeros((5, 2)), y=np.zeros(3))]

BAD = [dict(X=np.array([[1.0, np.nan], [2.0, 3.0]])), dict(X=np.array([1.0, 2.0])), dict(X=np.zeros((0, 2)))]
