"""What must hold of ``k_fold`` and ``stratified_k_fold``. Oracle: what must hold of any split."""

import numpy as np

from checks.language import Piece
from checks.ml.data.shared import KINDS, SCRATCH, draws, seed_of


def wrong_folds(got, n, k):
    """What is wrong with k pairs of row numbers; None if each row is in one validation part and the rest trains."""
    if not isinstance(got, tuple | list) or len(got) != k:
        return f"{len(got) if isinstance(got, tuple | list) else type(got).__name__} instead of {k} pairs"
    for i, pair in enumerate(got):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            return f"entry {i} is not a pair (training rows, validation rows)"
        for part in pair:
            if not isinstance(part, np.ndarray) or part.ndim != 1 or part.dtype.kind not in "iu":
                return f"pair {i} does not consist of two arrays of whole numbers with one axis each"
        if (rows := sorted(np.concatenate(pair).tolist())) != list(range(n)):
            return f"pair {i} does not have every row exactly once, in one of its two parts, but the rows {rows}"
    if (rows := sorted(np.concatenate([validation for _, validation in got]).tolist())) != list(range(n)):
        return f"the validation parts together do not have every row exactly once, but the rows {rows}"
    return None


def wrong_k_fold(got, n, k):
    if wrong := wrong_folds(got, n, k):
        return wrong
    sizes = [len(validation) for _, validation in got]
    return None if max(sizes) - min(sizes) <= 1 else f"folds of {sizes} rows differ by more than one"


def fold_numbers(rng):
    for n, k in ((6, 3), (2, 2), (10, 4), (7, 7), (11, 3), (5, 2)):
        yield dict(n=n, k=k, seed=seed_of(rng))
    n = int(rng.integers(20, 40))
    yield dict(n=n, k=int(rng.integers(2, n)), seed=seed_of(rng))


folds = Piece("ml.data:k_fold", forbid=SCRATCH)
folds.asks(
    "k_fold(n, k, rng=np.random.default_rng(seed))",
    "each row in one fold, the folds of nearly equal size, and each fold beside the rows that it leaves",
    cases=fold_numbers,
    accept=wrong_k_fold,
)
WITH_ROW_0 = "next(tuple(sorted(v.tolist())) for t, v in {} if 0 in v)"
draws(folds, WITH_ROW_0.format("k_fold(len(y), 2, rng=rng)"), 3, np.arange(4), np.arange(60))
folds.asks(
    "k_fold(n, k, rng=np.random.default_rng(0))",
    "fewer than two folds are refused, and more folds than rows, with both numbers in the message",
    cases=[dict(n=n, k=k) for n, k in ((4, 1), (40, 41), (1, 4), (41, -14), (14, 140))],
    raises="ValueError",
    mentions=("4", "1"),
)
folds.mistake("The rows are not shuffled before they are dealt out.", "rng.permutation(n)", "np.arange(n)")
folds.mistake("With an order of its own, a fold overlaps others: draw one.", "order[i::k]", "rng.permutation(n)[i::k]")
folds.mistake("Rows are left out: k need not divide n.", "order[i::k]", "order[i * (n // k) : (i + 1) * (n // k)]")
folds.mistake(
    "The last fold has all that was left over: sizes may differ by one at most.",
    "order[i::k]",
    "np.split(order, range(n // k, k * (n // k), n // k))[i]",
)
folds.hint("Shuffle 0 .. n - 1 once and cut that into k parts; `leave_each_out` makes the pairs.")
folds.hint("Deal it out like cards: fold i gets the positions i, i + k, i + 2k, and so on. A slice can do that.")


def wrong_stratified(got, y, k):
    if wrong := wrong_folds(got, len(y), k):
        return wrong
    for label in np.unique(y):
        counts = [int((y[validation] == label).sum()) for _, validation in got]
        if max(counts) - min(counts) > 1:
            return f"of class {label} the folds have {counts} rows, which differ by more than one"
    return None


def label_lists(rng):
    yield dict(y=np.array([0, 0, 0, 0, 1, 1, 1, 1]), k=2, seed=seed_of(rng))
    yield dict(y=np.array([5, 5, 5]), k=3, seed=seed_of(rng))
    yield dict(y=np.array([1, -1, -1, 1, -1, -1, -1]), k=2, seed=seed_of(rng))
    yield dict(y=np.repeat([0, 1, 2], [7, 4, 11]), k=4, seed=seed_of(rng))
    for n, k in ((30, 5), (41, 3)):
        yield dict(y=rng.permutation(np.repeat([9, 2, 4], [n - 2 * k - 1, k, k + 1])), k=k, seed=seed_of(rng))


stratified = Piece("ml.data:stratified_k_fold", forbid=SCRATCH)
stratified.asks(
    "stratified_k_fold(y, k, rng=np.random.default_rng(seed))",
    "the rows of each class are spread evenly over the folds",
    cases=label_lists,
    accept=wrong_stratified,
)
TWO_CLASSES = np.array([3, 8, 3, 8, 3, 3, 8, 8])
draws(stratified, WITH_ROW_0.format("stratified_k_fold(y, 2, rng=rng)"), 18, TWO_CLASSES, np.arange(60) % 2)
stratified.asks(
    "stratified_k_fold(y, k, rng=np.random.default_rng(0))",
    "fewer than two folds are refused",
    cases=[dict(y=KINDS, k=k) for k in (1, 0, -3)],
    raises="ValueError",
)
stratified.asks(
    "stratified_k_fold(y, k, rng=np.random.default_rng(0))",
    "a class with fewer rows than folds is refused, and both numbers are named",
    cases=[dict(y=np.array([0, 0, 0, 0, 0, 1, 1]), k=5), dict(y=np.repeat([4, 8, 7], [2, 8, 9]), k=5)],
    raises="ValueError",
    mentions=("2", "5"),
)
BY_CLASS = "order[np.argsort(y[order])]"
stratified.mistake("The classes are not looked at.", BY_CLASS, "order")
stratified.mistake("The rows of a class are never shuffled.", BY_CLASS, "np.argsort(y, kind='stable')")
stratified.mistake(
    "Cut into blocks, each fold is nearly a class of its own: deal the rows out in turn.",
    "[by_class[i::k] for i in range(k)]",
    "np.array_split(by_class, k)",
)
stratified.mistake("bincount counts absent labels, too.", "np.unique(y, return_counts=True)[1]", "np.bincount(y)")
stratified.mistake("argsort of y[order] gives positions in `order`, not row numbers.", BY_CLASS, "np.argsort(y[order])")
stratified.hint("Shuffle all rows. Then put them in the order of their class, and deal them out in turn.")
stratified.hint("`np.argsort(v)` says which positions to read so that v comes out sorted; use it on y[order].")
stratified.hint("Another way: for each label of np.unique(y), shuffle its rows and deal them to k lists.")
