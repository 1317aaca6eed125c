"""What must hold of ``shuffle_together`` and ``train_test_split``. Oracle: what must hold of any split."""

import numpy as np

from checks.language import Piece
from checks.ml.data.shared import KINDS, SCRATCH, SONGS, UNEQUAL, draws, labelled, seed_of, wrong_parts

shuffle = Piece("ml.data:shuffle_together", forbid=SCRATCH)
shuffle.asks(
    "shuffle_together(X, y, rng=np.random.default_rng(seed))",
    "each row is there once, and has kept its entry of y",
    cases=labelled,
    accept=lambda got, X, y: (
        wrong_parts([got], X, y) if isinstance(got, tuple | list) and len(got) == 2 else "two arrays are wanted"
    ),
)
draws(shuffle, "tuple(shuffle_together(X, y, rng=rng)[1].tolist())", 24, np.arange(4), np.arange(60))
shuffle.asks(
    "shuffle_together(X, y, rng=np.random.default_rng(0))",
    "X and y of different lengths are refused, and both lengths are named",
    cases=UNEQUAL,
    raises="ValueError",
    mentions=("3", "5"),
)
shuffle.mistake("X and y are shuffled separately: one order serves both.", "y[order]", "rng.permutation(y)")
shuffle.mistake("Only X is shuffled, so the rows lose their labels.", "y[order]", "y.copy()")
shuffle.mistake(
    "Row numbers drawn with replacement: some rows come twice, others never.",
    "permutation(len(X))",
    "integers(len(X), size=len(X))",
)
shuffle.mistake("Not a generator of your own: use rng.", "rng.permutation", "np.random.default_rng(0).permutation")
shuffle.hint("`rng.permutation(n)` is 0 .. n - 1 in a random order. Indexed with it, an array is reordered.")
shuffle.hint("One order, two uses: the same index array for X and for y.")


def shares(rng):
    yield dict(X=SONGS[:4], y=KINDS[:4], test_size=0.5, seed=seed_of(rng))
    for case, share in zip(list(labelled(rng))[1:], (0.25, 0.5, 0.2, 0.1, 0.9)):
        yield case | dict(test_size=share)
    yield dict(X=SONGS[:2], y=KINDS[:2], test_size=0.01, seed=seed_of(rng))


def wrong_split(got, X, y, test_size=0.25):
    if not isinstance(got, tuple | list) or len(got) != 4:
        return "four arrays are wanted"
    test = int(np.ceil(test_size * len(X)))
    ends = (X.shape[1:], X.shape[1:], y.shape[1:], y.shape[1:])
    for name, part, end, count in zip(("X_train", "X_test", "y_train", "y_test"), got, ends, (len(X) - test, test) * 2):
        if (shape := getattr(part, "shape", None)) != (count, *end):
            return f"the shape of {name} is {shape} instead of {(count, *end)}"
    return wrong_parts([(got[0], got[2]), (got[1], got[3])], X, y)


split = Piece("ml.data:train_test_split", forbid=SCRATCH)
split.asks(
    "train_test_split(X, y, test_size, rng=np.random.default_rng(seed))",
    "X_train, X_test, y_train, y_test, with test_size times n rows (rounded up) in the test",
    cases=shares,
    accept=wrong_split,
)
split.asks(
    "train_test_split(X, y, rng=np.random.default_rng(seed))",
    "a quarter of the rows is for the test, if nothing is said",
    cases=lambda rng: list(labelled(rng))[1:],
    accept=wrong_split,
)
draws(split, "tuple(sorted(train_test_split(X, y, 0.5, rng=rng)[3].tolist()))", 6, np.arange(4), np.arange(60))
split.asks(
    "train_test_split(X, y, test_size, rng=np.random.default_rng(0))",
    "a share not above 0 and below 1, a share that leaves nothing to train on, and unequal lengths are refused",
    cases=[dict(X=SONGS, y=KINDS, test_size=share) for share in (0, 1, -0.5, 25, 0.9)]
    + [dict(X=SONGS[:1], y=KINDS[:1], test_size=0.25)]
    + [dict(case, test_size=0.25) for case in UNEQUAL],
    raises="ValueError",
)
SLICES = "X[held_out:], X[:held_out], y[held_out:], y[:held_out]"
split.mistake(
    "Another order is wanted: X_train, X_test, y_train, y_test.",
    SLICES,
    "X[held_out:], y[held_out:], X[:held_out], y[:held_out]",
)
split.mistake(
    "The share test_size is for the test, not for training.",
    SLICES,
    "X[:held_out], X[held_out:], y[:held_out], y[held_out:]",
)
split.mistake(
    "Nothing is shuffled: of a sorted file, the test set gets one class.",
    "X, y = shuffle_together(X, y, rng=rng)",
    "shuffle_together(X, y, rng=rng)",
)
split.mistake("The number of test rows is rounded down; it is to be rounded up.", "math.ceil(", "math.floor(")
split.hint("Shuffle first, with the piece you have just built. Then a split is four slices.")
split.hint("`math.ceil` rounds up. Compute the number of test rows once, and test it before you slice.")
