"""What must hold of the pieces of ``ml.data``. Oracles: scikit-learn, counting, and what must hold of any split.

Counts of random outcomes may be off by 8 standard deviations: a right piece fails less than once in 10^9 checks.
"""

from collections import Counter

import numpy as np
from sklearn import preprocessing

from checks.language import Piece

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


def tables(rng):
    yield dict(X=np.array([[1.0, 5.0], [3.0, 5.0]]))
    yield dict(X=SONGS)
    yield dict(X=np.array([[4.0, -2.0]]))
    yield dict(X=np.array([[1, 2, 2], [2, 7, 2], [9, 1, 2]]))
    yield dict(X=[[1, 2], [4, 7]])
    yield dict(X=np.full((3, 2), 0.1))
    for n, d in ((2, 5), (7, 3), (5, 5)):
        yield dict(X=(rng.uniform(1, 9, (n, d)) * rng.choice([-1, 1], d) * 10.0 ** rng.integers(-3, 4, d)).round(5))


def fitted_and_new(rng):
    yield dict(A=SONGS, X=np.array([[98.0, 1.8]]))
    for case in tables(rng):
        yield dict(A=case["X"], X=rng.uniform(-20, 20, (4, np.shape(case["X"])[1])).round(2))
    yield dict(A=SONGS, X=[[100, 3], [120, 2]])
    yield dict(A=SONGS[:2], X=SONGS)


BAD = [dict(X=np.array([[1.0, np.nan], [2.0, 3.0]])), dict(X=np.array([1.0, 2.0])), dict(X=np.zeros((0, 2)))]


def measures(piece, scaler, first, second, answer):
    """The questions of a scaler's ``fit``, whose attributes are ``first`` and ``second``."""
    piece.asks(
        f"scaler = {scaler}()\nscaler.fit(X)\n[scaler.{first}, scaler.{second}]",
        "each column's measure, also that of tiny numbers",
        cases=lambda rng: [*tables(rng), dict(X=np.array([[1e-20, 2.0], [3e-20, 2.0]]))],
        answer=answer,
        atol=0,
    )
    piece.asks(
        f"scaler = {scaler}()\nscaler.fit(A)\n[scaler.fit(X) is scaler, scaler.{first}]",
        "fit returns the scaler itself, and a second fit forgets the first",
        cases=[dict(A=np.array([[1.0], [7.0]]), X=SONGS)],
        answer=lambda A, X: [True, answer(X)[0]],
    )
    piece.asks(
        f"{scaler}().fit(X)",
        "tables with NaN, without rows, or without two axes are refused",
        cases=BAD,
        raises="ValueError",
    )


def refuses(piece, scaler, method):
    """A method refuses to work before the fit, on other columns than the fit's, and on bad tables."""
    piece.asks(
        f"{scaler}().{method}(X)",
        "before the fit there is nothing to measure by",
        cases=[dict(X=SONGS[:1]), dict(X=SONGS)],
        raises="NotFittedError",
    )
    piece.asks(
        f"{scaler}().fit(A).{method}(X)",
        "another number of columns than in the fit is refused, and so are tables with NaN, no rows, or not two axes",
        cases=[dict(A=SONGS[:3], X=SONGS[:2, :1]), dict(A=SONGS[:2, :1], X=SONGS[:3])]
        + [dict(A=SONGS[:3], **case) for case in BAD],
        raises="ValueError",
    )


def standard(X):
    measured = preprocessing.StandardScaler().fit(X)
    return [measured.mean_, measured.scale_]


def ranges(X):
    X = np.array(X, float)
    return [X.min(axis=0), np.where(np.ptp(X, axis=0) == 0, 1, np.ptp(X, axis=0))]


fit = Piece("ml.data:StandardScaler.fit", forbid=SCRATCH)
measures(fit, "StandardScaler", "mean_", "scale_", standard)
MEASURE = "_, self.mean_, self.scale_ = standardise(X)"
fit.mistake("fit returns nothing: end with `return self`, so that calls can be chained.", "return self", "return None")
fit.mistake(
    "A constant column has deviation 0: its scale is to be 1.", MEASURE, "self.mean_, self.scale_ = X.mean(0), X.std(0)"
)
fit.mistake("X may be nested lists: check_features makes an array of them.", "X = check_features(X)\n    ", "")
fit.mistake("You keep the variance; the scale is its root.", MEASURE, f"{MEASURE}; self.scale_ = self.scale_**2")
fit.mistake("Tiny is not 0: compare the entries.", MEASURE, f"{MEASURE}; self.scale_[self.scale_ < 1e-8] = 1.0")
fit.hint("First `check_features`, which hands X back as floats. Then measure, then `return self`.")
fit.hint("`standardise(X)` returns three things, and two of them are what you need.")

transform = Piece("ml.data:StandardScaler.transform", forbid=SCRATCH)
transform.asks(
    "StandardScaler().fit(A).transform(X)",
    "X by the measure of A",
    cases=fitted_and_new,
    answer=lambda A, X: preprocessing.StandardScaler().fit(A).transform(X),
)
refuses(transform, "StandardScaler", "transform")
SCALED = "(X - self.mean_) / self.scale_"
transform.mistake("These rows are measured by themselves; use what fit has kept.", SCALED, "standardise(X)[0]")
transform.mistake("Division comes before subtraction: set parentheses.", SCALED, "X - self.mean_ / self.scale_")
transform.mistake("X itself is changed: make another.", f"return {SCALED}", "X -= self.mean_; return X / self.scale_")
transform.mistake("One column would be stretched to d: say how many there are.", ", columns=len(self.mean_)", "")
transform.hint("Three steps: `check_fitted`, `check_features` with `columns=`, and one line of arithmetic.")
transform.hint("`mean_` has shape (d,), and X has shape (m, d): broadcasting uses the one row of means for all rows.")

minmax = Piece("ml.data:MinMaxScaler", forbid=SCRATCH)
measures(minmax, "MinMaxScaler", "data_min_", "data_range_", ranges)
for method in ("transform", "inverse_transform"):
    minmax.asks(
        f"MinMaxScaler().fit(A).{method}(X)",
        "X by the measure of A, also outside of its range" if method == "transform" else "the same way back",
        cases=fitted_and_new,
        answer=lambda A, X, method=method: getattr(preprocessing.MinMaxScaler().fit(A), method)(X),
    )
    refuses(minmax, "MinMaxScaler", method)
minmax.asks(
    "scaler = MinMaxScaler()\n[scaler.fit_transform(X), scaler.data_min_]",
    "fit_transform does both, and the fit remains",
    cases=[dict(X=SONGS)],
    answer=lambda X: [preprocessing.minmax_scale(X), X.min(axis=0)],
)
FROM_MIN = "(X - self.data_min_) / self.data_range_"
minmax.mistake(
    "Each column has its own smallest and largest entry (axis=0); these are the whole table's.",
    "X.min(axis=0)\n        spread = X.max(axis=0)",
    "X.min()\n        spread = X.max()",
)
minmax.mistake("You divided by the maximum, not by the range.", "X.max(axis=0) - self.data_min_", "X.max(axis=0)")
minmax.mistake("Values beyond the fitted range are to go below 0 or above 1.", FROM_MIN, f"np.clip({FROM_MIN}, 0, 1)")
minmax.mistake("The range of a constant column is 0: put 1 there.", "np.where(spread == 0, 1.0, spread)", "spread")
minmax.mistake("A small range is not a range of 0: ask whether the ends are equal.", "spread == 0", "spread < 1e-8")
minmax.mistake(
    "The way back: first multiply, then add.",
    "Z * self.data_range_ + self.data_min_",
    "(Z + self.data_min_) * self.data_range_",
)
minmax.hint("The same four methods as StandardScaler's, with other things to keep in `fit`.")
minmax.hint("`np.where(condition, a, b)` puts a 1 where the range is 0.")


def label_arrays(rng):
    yield dict(labels=[2, 0], num_classes=3)
    yield dict(labels=np.array([0]), num_classes=1)
    yield dict(labels=np.array([1, 1, 0]), num_classes=4)
    for n, classes in ((5, 3), (2, 7), (11, 4)):
        yield dict(labels=rng.integers(0, classes, n), num_classes=classes)


def eye(labels, num_classes=None):
    return np.eye(num_classes or max(labels) + 1)[np.array(labels)]


hot = Piece("ml.data:one_hot", forbid=SCRATCH)
hot.asks("one_hot(labels, num_classes)", "a 1 in the label's column", cases=label_arrays, answer=eye)
hot.asks(
    "table = one_hot(labels)\n[table, table.dtype.kind]",
    "floats (dtype of kind 'f'), and without num_classes as many columns as the largest label asks for",
    cases=lambda rng: [dict(labels=case["labels"]) for case in label_arrays(rng)] + [dict(labels=[3, 0, 3])],
    answer=lambda labels: [eye(labels), "f"],
)
hot.asks(
    "one_hot(labels, num_classes)",
    "a label without a column is refused, and named",
    cases=[
        dict(labels=np.array(labels), num_classes=classes)
        for labels, classes in (([0, 7, 1], 3), ([7], 7), ([-7, 1], 3), ([0, -7, 1], 9), ([1, -7], None), ([7], 0))
    ],
    raises="ValueError",
    mentions=("7",),
)
hot.asks(
    "one_hot(labels, num_classes)",
    "a label of -1 is refused too: it is no column",
    cases=[dict(labels=np.array([-1, 0]), num_classes=3), dict(labels=[1, -1], num_classes=None)],
    raises="ValueError",
)
LARGEST = "labels.max() + 1 if num_classes is None else num_classes"
hot.mistake("A class that is missing here needs its column too.", "labels.max() + 1", "len(np.unique(labels))")
hot.mistake(
    "Too few columns: the largest label needs one, so there is one more than that label, for 0 has a column.",
    "return np.eye(num_classes or len(set(labels)))[np.asarray(labels)]",
)
hot.mistake("num_classes=0 is not None: no label has a column.", LARGEST, "num_classes or labels.max() + 1")
hot.mistake("num_classes is ignored: the last class may be missing here.", LARGEST, "labels.max() + 1")
hot.mistake("A label below 0 is to be refused.", "in (labels.min(), labels.max()):", "in (labels.max(),):")
hot.mistake("The result holds whole numbers; floats are wanted.", ".astype(float)", ".astype(int)")
hot.hint("First count the columns: num_classes, or one more than the largest label. Then refuse, then fill.")
hot.hint("Begin with a table of zeros, and put a 1 into each row. Or look at what `np.eye(3)[np.array([2, 0])]` gives.")
hot.hint("Without a loop: compare a column of labels with a row of column numbers, and turn the result into floats.")


def degrees(rng):
    yield dict(X=np.array([[2.0, 3.0]]), degree=2)
    yield dict(X=np.array([[2.0, 3.0]]), degree=1)
    yield dict(X=np.array([[2.0], [-3.0]]), degree=4)
    yield dict(X=np.array([[2, 3, 5], [7, 1, -2]]), degree=2)
    yield dict(X=np.array([[1.0, 2.0, 2.0], [1.0, 3.0, 3.0]]), degree=2)
    for n, d, degree in ((3, 2, 3), (2, 3, 3), (4, 4, 2), (1, 3, 4)):
        yield dict(X=rng.uniform(-3, 3, (n, d)).round(2), degree=degree)


poly = Piece("ml.data:polynomial_features", forbid=SCRATCH)
poly.asks(
    "polynomial_features(X, degree)",
    "the columns and their products, by size and then in the dictionary's order",
    cases=degrees,
    answer=lambda X, degree: preprocessing.PolynomialFeatures(degree, include_bias=False).fit_transform(
        X.astype(float)
    ),
)
poly.asks(
    "Z = polynomial_features(X, 1)\nZ[0] = 99\n[X.tolist(), Z.dtype.kind]",
    "the result is a new array of floats, also for degree 1",
    cases=[dict(X=np.array([[2.0, 3.0], [1.0, 4.0]])), dict(X=np.array([[2, 3], [1, 4]]))],
    answer=lambda X: [X.tolist(), "f"],
    mutates=True,
)
poly.asks(
    "polynomial_features(X, degree)",
    "a degree below 1 is refused, and named",
    cases=[dict(X=SONGS, degree=0), dict(X=SONGS, degree=-10)],
    raises="ValueError",
    mentions=("0",),
)
poly.asks(
    "polynomial_features(X, degree)",
    "tables with NaN, without rows, or without two axes are refused",
    cases=[dict(case, degree=2) for case in BAD],
    raises="ValueError",
)
TERMS = "for term in combinations_with_replacement(columns, size)"
poly.mistake("A column of ones stands in front: leave it out.", "range(1, degree + 1)", "range(degree + 1)")
poly.mistake("ab and ba are one product, and one column.", TERMS, "for term in np.ndindex((len(columns),) * size)")
poly.mistake("Products of different columns are missing.", TERMS, f"{TERMS} if len(set(term)) == 1")
poly.mistake("A column may be multiplied with itself, too.", TERMS, f"{TERMS} if len(set(term)) == size")
poly.mistake("Products of fewer factors are missing.", "range(1, degree + 1)", "range(degree, degree + 1)")
poly.hint("For each size from 1 to degree, `combinations_with_replacement` gives the columns to multiply, in order.")
poly.hint("`X[:, [0, 0, 1]]` has column 0 twice and column 1 once; `.prod(axis=1)` multiplies along each row.")


def batch_sizes(rng):
    for case, size in zip(labelled(rng), (1, 4, 2, 3, 20, 20)):
        yield case | dict(batch_size=size)
    yield dict(X=SONGS, y=np.eye(2)[KINDS], batch_size=1, seed=seed_of(rng))


def wrong_batches(got, X, y, batch_size):
    if any(not isinstance(pair, tuple | list) or len(pair) != 2 for pair in got):
        return "each batch is to be a pair (X_batch, y_batch)"
    sizes = [len(pair[0]) for pair in got]
    full, rest = divmod(len(X), batch_size)
    if sizes != [batch_size] * full + [rest] * (rest > 0):
        return f"the batches have {sizes} rows"
    return wrong_parts(got, X, y)


batches = Piece("ml.data:minibatches", forbid=SCRATCH)
batches.asks(
    "list(minibatches(X, y, batch_size, rng=np.random.default_rng(seed)))",
    "batches of batch_size rows (the last may be smaller) that have each row once",
    cases=batch_sizes,
    accept=wrong_batches,
)
ONE_BY_ONE = "tuple(int(i) for _, part in minibatches(X, y, 2, rng=rng) for i in part)"
draws(batches, ONE_BY_ONE, 24, np.arange(4), np.arange(60))
batches.asks(
    "next(minibatches(X, y, batch_size, rng=np.random.default_rng(0)))",
    "batches without rows are refused, and so are X and y of different lengths",
    cases=[dict(X=SONGS, y=KINDS, batch_size=size) for size in (0, -2)] + [dict(c, batch_size=8) for c in UNEQUAL],
    raises="ValueError",
)
batches.asks(
    """
    refused = minibatches(X, y, 0, rng=np.random.default_rng(0))
    batches = minibatches(X, y, 4, rng=np.random.default_rng(0))
    [len(next(batches)[1]), [len(part) for _, part in batches]]
    """,
    "one batch at a time, and nothing is done (or refused) before the first one is asked for",
    cases=[dict(X=SONGS, y=KINDS)],
    answer=lambda X, y: [4, [2]],
)
LOOP = "for first in range(0, len(X), batch_size):\n        rows = order[first : first + batch_size]"
batches.mistake("return ends the function with the first batch; yield hands it out and goes on.", "yield", "return")
batches.mistake(
    "All batches are made in the call; with yield, each is made when it is asked for.",
    f"{LOOP}\n        yield X[rows], y[rows]",
    "parts = np.split(order, range(batch_size, len(X), batch_size))\n    return [(X[rows], y[rows]) for rows in parts]",
)
batches.mistake("The rows come in the table's order: shuffle first.", "rng.permutation(len(X))", "np.arange(len(X))")
batches.mistake(
    "The rows left over at the end never come.", "(0, len(X), batch_size)", "(0, len(X) - batch_size + 1, batch_size)"
)
batches.mistake("The rows are shuffled and the labels are not.", "y[rows]", "y[first : first + batch_size]")
batches.mistake(
    "batch_size counts the rows of a batch, not the batches.",
    LOOP,
    "for rows in np.array_split(order, batch_size):",
)
batches.hint("Shuffle the row numbers once. Then walk over them in steps of batch_size: `range(0, n, batch_size)`.")
batches.hint("Inside the loop, `yield` a pair: it hands the batch out, and the loop goes on when the next is wanted.")
batches.hint("A slice that runs past the end is simply shorter, so the last batch takes care of itself.")
