"""What must hold of ``one_hot`` and ``polynomial_features``. Oracle: scikit-learn."""

import numpy as np
from sklearn import preprocessing

from checks.language import Piece
from checks.ml.data.shared import BAD, SCRATCH, SONGS


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
