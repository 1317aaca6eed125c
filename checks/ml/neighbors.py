"""What must hold of the pieces of ``ml.neighbors``. Oracles: ``math.dist``, exact fractions, plain loops."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np

from checks.language import Piece

OWN = {"sklearn": "it is what you are building", "scipy": "it would be the answer itself"}


def array(rng, *shape):
    return rng.uniform(-5, 5, size=shape).round(2)


def voted(labels):
    """The smallest of the most frequent labels."""
    counted = Counter(labels)
    return min(label for label in counted if counted[label] == max(counted.values()))


# ------------------------------------------------------------------ a vote


def ballots(rng):
    yield dict(labels=[1, 0, 1])
    yield dict(labels=[1])
    yield dict(labels=[7, 7, 4])
    yield dict(labels=[0, 2, 2, 0, 2])
    yield dict(labels=[-1, 1, -1])
    yield dict(labels=[100, 7, 7, 100, 7])
    for n in (5, 11):
        most = rng.permutation([3, 3, 3, 3, 3, *rng.integers(4, 9, n - 5)])
        yield dict(labels=most.tolist())


vote = Piece("ml.neighbors:majority_vote", forbid=OWN)
vote.asks("majority_vote(labels)", "the most frequent label", cases=ballots, answer=voted)
vote.asks(
    "majority_vote(np.array(labels))",
    "of equally frequent labels the smallest",
    cases=[dict(labels=c) for c in ([5, 3, 3, 5], [2, 2, 1, 1, 0], [9, 8], [7, -4, 3], [6, 2, 2, 6, 1], [9, 10, 100])],
    answer=lambda labels: voted(labels.tolist() if isinstance(labels, np.ndarray) else labels),
)
vote.asks(
    "str(majority_vote(labels))",
    "labels may be strings",
    cases=[dict(labels=["b", "a", "b"]), dict(labels=["pear", "fig"]), dict(labels=["x"])],
    answer=voted,
)
vote.mistake(
    "That is how often the label occurs; the label itself is wanted.",
    "values[np.argmax(counts)]",
    "counts.max()",
)
vote.mistake(
    "np.argmax gives the position of the largest count: look up which label stands there.",
    "values[np.argmax(counts)]",
    "np.argmax(counts)",
)
vote.mistake(
    "In a tie you take the largest label; the smallest is to win.",
    "values[np.argmax(counts)]",
    "values[::-1][np.argmax(counts[::-1])]",
)
vote.mistake(
    "In a tie you take whichever label stands first; the smallest is to win.",
    """
    labels = list(labels)
    return max(labels, key=labels.count)
    """,
)
vote.mistake(
    "This counts the labels 0, 1, 2, ... only: they may be negative, or strings.",
    "return np.argmax(np.bincount(labels))",
)
vote.mistake("This is the largest label, however often it occurs.", "values[np.argmax(counts)]", "values.max()")
vote.hint("`np.unique(labels, return_counts=True)` gives two arrays: the labels there are, sorted, and their counts.")
vote.hint(
    "`np.argmax` is the position of the largest entry, and of the first such entry in a tie. Which label is there?"
)

# ------------------------------------------------------------------ distances


def two_tables(rng):
    yield dict(A=np.array([[0.0, 0.0], [3.0, 0.0]]), B=np.array([[3.0, 4.0]]))
    yield dict(A=np.array([[2.0]]), B=np.array([[5.0]]))
    yield dict(A=np.array([[1.0, 1.0], [4.0, 5.0]]), B=np.array([[4.0, 5.0], [1.0, 1.0]]))
    yield dict(A=np.array([[1.0], [4.0], [-2.0]]), B=np.array([[0.0], [4.0]]))
    yield dict(A=np.array([[0.0, 0.0, 0.0]]), B=np.array([[0.0, 0.0, 0.0], [1.0, 2.0, -2.0]]))
    for n, m, d in ((2, 3, 5), (5, 3, 3), (3, 3, 2), (1, 7, 2)):
        yield dict(A=array(rng, n, d), B=array(rng, m, d))


def whole(rng):
    yield dict(A=np.array([[3, 0]]), B=np.array([[5, 0], [6, 4]]))
    yield dict(A=np.array([[3, 0]], np.uint8), B=np.array([[5, 0], [3, 2]], np.uint8))
    yield dict(A=np.array([[0, 255], [7, 9]], np.uint8), B=np.array([[200, 0]], np.uint8))
    yield dict(A=rng.integers(0, 256, (3, 4), np.uint8), B=rng.integers(0, 256, (2, 4), np.uint8))


def far(rng):
    yield dict(A=np.array([[1e8, 0.0]]), B=np.array([[1e8 + 3.0, 4.0], [1e8, 0.0]]))
    yield dict(A=1e9 + rng.integers(0, 50, (3, 2)).astype(float), B=1e9 + rng.integers(50, 99, (2, 2)).astype(float))


def one_by_one(A, B):
    return np.array([[math.dist(a, b) for b in B.tolist()] for a in A.tolist()])


pairs = Piece("ml.neighbors:pairwise_distances", forbid=OWN)
pairs.asks(
    "pairwise_distances(A, B)",
    "entry [i, j] is the distance of A[i] and B[j]",
    cases=two_tables,
    answer=one_by_one,
    atol=1e-7,
)
pairs.asks(
    "pairwise_distances(A, B)", "whole numbers and bytes count as the numbers they are", cases=whole, answer=one_by_one
)
pairs.asks("pairwise_distances(A, B)", "points close together but far from 0", cases=far, answer=one_by_one)
pairs.asks(
    "pairwise_distances(A, B)",
    "different numbers of columns are refused, and both named",
    cases=[
        dict(A=np.ones((2, 3)), B=np.ones((4, 1))),
        dict(A=np.ones((2, 1)), B=np.ones((5, 3))),
    ],
    raises="ShapeError",
    mentions=("3", "1"),
)
pairs.mistake("The axis of the columns is to vanish, and that is the last one.", "sum(axis=2)", "sum(axis=1)")
pairs.mistake(
    "These are the squared distances: take the root.",
    "np.sqrt((differences**2).sum(axis=2))",
    "(differences**2).sum(axis=2)",
)
pairs.mistake(
    "You added the differences without their sign, as one walks through city blocks; add their squares, and take the "
    "root.",
    "np.sqrt((differences**2).sum(axis=2))",
    "np.abs(differences).sum(axis=2)",
)
pairs.mistake(
    "Rows and columns have changed places: row i of the result belongs to A[i].",
    "A[:, None, :] - B",
    "B[:, None, :] - A",
)
pairs.mistake(
    "In unsigned bytes 3 - 5 is 254: make floats of both arrays before you subtract.",
    "A, B = np.asarray(A, dtype=float), np.asarray(B, dtype=float)",
    "A, B = np.asarray(A), np.asarray(B)",
)
pairs.mistake(
    "A table with a single column was stretched by broadcasting without a word: compare the numbers of columns first.",
    """
    A, B = np.asarray(A, dtype=float), np.asarray(B, dtype=float)
    return np.sqrt(((A[:, None, :] - B) ** 2).sum(axis=2))
    """,
)
pairs.mistake(
    "Right on paper, but huge squares that nearly cancel lose their digits: subtract the points before you square.",
    """
    A, B = np.asarray(A, dtype=float), np.asarray(B, dtype=float)
    if A.shape[1] != B.shape[1]:
        raise ShapeError(f"rows of {A.shape[1]} and of {B.shape[1]} columns have no distance")
    squares = (A**2).sum(axis=1)[:, None] - 2 * A @ B.T + (B**2).sum(axis=1)
    return np.sqrt(np.maximum(squares, 0))
    """,
)
pairs.hint("Give each index of the result an axis of its own: rows of A on axis 0, rows of B on axis 1, columns last.")
pairs.hint("`A[:, None, :]` has shape (n, 1, d). What shape has it minus B? Which axis must then vanish?")

# ------------------------------------------------------------------ the classifier

FRUITS = dict(X=np.array([[5.0, 8.0], [6.0, 9.0], [8.0, 8.0], [9.0, 8.0], [7.0, 7.0]]), y=np.array([0, 0, 1, 1, 1]))


def nearest_vote(X, y, k, new):
    """Exact: sorted by the squared distance as a fraction, then by row."""
    answers = []
    for row in np.asarray(new).tolist():
        squares = [sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(row, known)) for known in np.array(X).tolist()]
        nearest = sorted(range(len(squares)), key=lambda i: (squares[i], i))[:k]
        answers.append(voted([list(y)[i] for i in nearest]))
    return np.array(answers)


def neighbourhoods(rng):
    yield dict(X=np.array([[1.0], [6.0]]), y=np.array([3, 4]), k=1, new=np.array([[2.0], [9.0]]))
    for k in (1, 3, 5):
        yield dict(**FRUITS, k=k, new=np.array([[6.0, 8.0], [9.0, 9.0]]))
    yield dict(X=np.array([[0.0], [1.0], [2.0], [10.0]]), y=np.array([2, 2, 2, 2]), k=3, new=np.array([[4.0]]))
    for n, d, k in ((7, 1, 3), (11, 2, 1), (12, 3, 5), (9, 2, 4), (30, 4, 7)):
        yield dict(X=array(rng, n, d), y=rng.integers(0, 3, n), k=k, new=array(rng, 5, d))


def draws_between(rng):
    yield dict(X=np.array([[1.0], [3.0], [9.0], [7.0]]), y=np.array([8, 5, 6, 2]), k=1, new=np.array([[2.0]]))
    yield dict(X=np.array([[1.0], [3.0]]), y=np.array([8, 5]), k=2, new=np.array([[1.0]]))
    yield dict(X=np.array([[3.0], [1.0], [9.0], [1.0]]), y=np.array([1, 2, 0, 2]), k=2, new=np.array([[2.0], [8.0]]))
    X = np.array([[3.0, 4.0], [-5.0, 0.0], [4.0, -3.0], [0.0, 5.0]] * 10)
    yield dict(X=X, y=rng.integers(0, 9, 40), k=3, new=np.array([[0.0, 0.0]]))
    yield dict(X=rng.integers(-2, 3, (45, 2)), y=rng.integers(0, 9, 45), k=4, new=rng.integers(-2, 3, (6, 2)))


predict = Piece("ml.neighbors:KNeighborsClassifier.predict", forbid=OWN)
predict.asks(
    "KNeighborsClassifier(k).fit(X, y).predict(new)",
    "the majority among the k nearest examples",
    cases=neighbourhoods,
    answer=nearest_vote,
)
predict.asks(
    "KNeighborsClassifier(k).fit(X, y).predict(new)",
    "equal distances: the earlier example is nearer; equal votes: the smaller label wins",
    cases=draws_between,
    answer=nearest_vote,
)
predict.asks(
    """
    names = np.array(["fig", "pear", "plum"])
    model = KNeighborsClassifier(k).fit(X, names[y])
    [model.predict(new).tolist(), model.predict(new[:1]).tolist(), np.array_equal(model.X_, X)]
    """,
    "labels may be strings, and the examples stay as they are",
    cases=lambda rng: [
        dict(**FRUITS, k=3, new=np.array([[6.0, 8.0], [9.0, 9.0]])),
        dict(X=array(rng, 7, 2), y=rng.integers(0, 3, 7), k=1, new=array(rng, 4, 2)),
    ],
    answer=lambda X, y, k, new: [
        named := [["fig", "pear", "plum"][label] for label in nearest_vote(X, y, k, new)],
        named[:1],
        True,
    ],
)
predict.asks(
    "KNeighborsClassifier(3).predict(new)",
    "before fit there is nothing to answer from",
    cases=[dict(new=np.array([[1.0, 2.0]]))],
    raises="NotFittedError",
)
predict.asks(
    "KNeighborsClassifier(1).fit([[1, 2], [3, 4]], [0, 1]).predict(new)",
    "columns other than those of the examples, a single row without its axis, and NaN are refused",
    cases=[
        dict(new=np.ones((2, 3))),
        dict(new=np.ones((2, 1))),
        dict(new=np.ones(2)),
        dict(new=np.array([[1, np.nan]])),
    ],
    raises="ValueError",
)
predict.mistake(
    "These are the farthest examples: argsort puts the smallest distances first.",
    "order[:, : self.k]",
    "order[:, -self.k :]",
)
predict.mistake(
    "You kept the first k rows of the order; of every row the first k positions are wanted.",
    "order[:, : self.k]",
    "order[: self.k]",
)
predict.mistake("Only the nearest example votes; k of them are to.", "order[:, : self.k]", "order[:, :1]")
predict.mistake(
    "The nearest example was left out, as if it were the new row itself.",
    "order[:, : self.k]",
    "order[:, 1 : self.k + 1]",
)
predict.mistake("All examples vote: cut the order off after the k nearest.", "order[:, : self.k]", "order")
predict.mistake(
    "The mean of the labels is not their majority: labels 0 and 2 don't average to a vote for 1.",
    "np.array([majority_vote(self.y_[row]) for row in nearest])",
    "np.array([round(np.mean(self.y_[row])) for row in nearest])",
)
predict.mistake(
    "You sort the distances along the wrong axis: the examples are counted along axis 1.",
    'axis=1, kind="stable"',
    'axis=0, kind="stable"',
)
predict.mistake("The numbers of the examples voted; look up their labels in y_ first.", "self.y_[row]", "row")
predict.mistake(
    "The first k labels of y_ vote, whatever is asked; look up those at the positions of the nearest.",
    "self.y_[row]",
    "self.y_[: self.k]",
)
predict.mistake(
    "The table of distances is on its side: the new rows are to be its rows, the examples its columns.",
    "pairwise_distances(X, self.X_)",
    "pairwise_distances(self.X_, X)",
)
predict.mistake(
    "Of examples at the same distance you take the later ones; the earlier count as nearer.",
    'order = np.argsort(pairwise_distances(X, self.X_), axis=1, kind="stable")',
    'order = len(self.X_) - 1 - np.argsort(pairwise_distances(X, self.X_)[:, ::-1], axis=1, kind="stable")',
)
predict.mistake(
    "Every example as near as the k-th votes; exactly k of them are to.",
    """
    check_fitted(self, "X_")
    D = pairwise_distances(check_features(X, columns=self.X_.shape[1]), self.X_)
    return np.array([majority_vote(self.y_[row <= np.sort(row)[self.k - 1]]) for row in D])
    """,
)
predict.mistake(
    "Before `fit` there is no X_ to look at: `check_fitted` comes first.", 'check_fitted(self, "X_")', "pass"
)
predict.mistake(
    "X is taken as it comes; `check_features` refuses the tables that have no answer.",
    "X = check_features(X, columns=self.X_.shape[1])",
    "X = np.asarray(X, dtype=float)",
)
predict.hint("Three steps: all distances, the k nearest of each row, a vote of their labels.")
predict.hint('`np.argsort(..., axis=1, kind="stable")` gives each row\'s positions from small to large.')
predict.hint("`self.y_[row]` are the labels of the examples whose numbers stand in `row`.")


def judged(rng):
    yield dict(**FRUITS, k=1, new=np.array([[6.0, 8.0], [9.0, 9.0], [5.0, 9.0], [8.0, 7.0]]), truth=[0, 1, 1, 1])
    yield dict(**FRUITS, k=3, new=np.array([[5.0, 9.0], [9.0, 9.0]]), truth=[0, 1])
    yield dict(**FRUITS, k=5, new=np.array([[5.0, 9.0], [6.0, 9.0]]), truth=[0, 0])
    yield dict(**FRUITS, k=5, new=np.array([[5.0, 9.0]]), truth=[1])
    yield dict(X=array(rng, 9, 2), y=rng.integers(0, 3, 9), k=3, new=array(rng, 7, 2), truth=rng.integers(0, 3, 7))


score = Piece("ml.neighbors:KNeighborsClassifier.score", forbid=OWN)
score.asks(
    "KNeighborsClassifier(k).fit(X, y).score(new, truth)",
    "the share of right answers",
    cases=judged,
    answer=lambda X, y, k, new, truth: float(np.mean([a == b for a, b in zip(nearest_vote(X, y, k, new), truth)])),
)
score.asks(
    "KNeighborsClassifier(1).fit([[1], [2], [6]], ['b', 'a', 'b']).score([[1], [5], [2]], truth)",
    "labels may be strings",
    cases=[dict(truth=["b", "b", "b"]), dict(truth=["a", "a", "b"])],
    answer=lambda truth: float(np.mean([a == b for a, b in zip("bba", truth)])),
)
score.asks(
    "KNeighborsClassifier(1).fit([[1], [2], [6]], [0, 1, 0]).score([[1], [2], [5]], truth)",
    "labels in a column, or too few or too many of them, are refused",
    cases=[dict(truth=np.array([[0], [1], [0]])), dict(truth=[0]), dict(truth=[0, 1, 0, 1])],
    raises="ValueError",
)
score.mistake(
    "This is the number of right answers; divide it by how many there are.",
    "float(np.mean(self.predict(X) == y))",
    "float(np.sum(self.predict(X) == y))",
)
score.asks(
    "KNeighborsClassifier(2).score(X, y)",
    "before fit there is nothing to judge",
    cases=[dict(X=np.array([[1.0], [2.0]]), y=[0, 1])],
    raises="NotFittedError",
)
score.mistake("This is the share of wrong answers.", "self.predict(X) == y", "self.predict(X) != y")
score.mistake(
    "You divided by the number of remembered examples; divide by the number of rows that are judged.",
    "float(np.mean(self.predict(X) == y))",
    "float(np.sum(self.predict(X) == y) / len(self.X_))",
)
score.mistake(
    "A column of labels was compared with every answer, by broadcasting: `check_features_and_target` refuses it.",
    "return float(np.mean(self.predict(X) == np.asarray(y)))",
)
score.mistake(
    "The model was judged on the examples that it remembers; X and y are to be the judges.",
    "self.predict(X) == y",
    "self.predict(self.X_) == self.y_",
)
score.mistake(
    "The model was fitted anew, on the very rows that are to judge it: only predict.",
    "self.predict(X)",
    "self.fit(X, y).predict(X)",
)
score.mistake(
    "It says only whether all answers are right: a share is wanted.",
    "float(np.mean(self.predict(X) == y))",
    "float(np.all(self.predict(X) == y))",
)
score.hint("`==` on two arrays of one shape gives an array of True and False. What is the mean of those?")

# ------------------------------------------------------------------ centers


def customers(rng):
    yield dict(X=np.array([[1.0], [2.0], [9.0]]), centers=np.array([[0.0], [8.0]]))
    yield dict(X=np.array([[5.0]]), centers=np.array([[5.0]]))
    yield dict(X=np.array([[1.0, 0.0], [5.0, 0.0]]), centers=np.array([[4.0, 0.0], [0.0, 0.0], [9.0, 9.0]]))
    yield dict(X=np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 3.0]]), centers=np.array([[3.0, 4.0], [-6.0, 0.0]]))
    yield dict(X=np.array([[-1.0], [0.5], [2.0], [3.5]]), centers=np.array([[3.0], [0.0]]))
    for n, k, d in ((4, 3, 2), (9, 2, 3), (2, 6, 1), (3, 3, 2)):
        yield dict(X=array(rng, n, d), centers=array(rng, k, d))


assign = Piece("ml.neighbors:assign_to_nearest", forbid=OWN)
assign.asks(
    "assign_to_nearest(X, centers)",
    "the number of the nearest center, for each row",
    cases=customers,
    answer=lambda X, centers: nearest_vote(centers, range(len(centers)), 1, X),
)
assign.asks(
    "assign_to_nearest(X, centers)",
    "of two that are equally near, the one with the lower number",
    cases=[
        dict(X=np.array([[2.0], [3.0], [0.0]]), centers=np.array([[3.0], [1.0]])),
        dict(X=np.array([[0.0, 0.0], [1.0, 1.0]]), centers=np.array([[9.0, 9.0], [3.0, 4.0], [-5.0, 0.0], [3.0, 4.0]])),
    ],
    answer=lambda X, centers: nearest_vote(centers, range(len(centers)), 1, X),
)
assign.asks(
    "labels = assign_to_nearest(X, centers)\n[labels.dtype.kind in 'iu', labels.shape]",
    "whole numbers, of shape (n,)",
    cases=lambda rng: [dict(X=array(rng, 5, 2), centers=array(rng, 3, 2))],
    answer=lambda X: [True, (len(X),)],
)
assign.mistake("These are the farthest centers.", "np.argmin", "np.argmax")
assign.mistake(
    "These are the smallest distances; the number of the center is wanted.",
    "np.argmin(pairwise_distances(X, centers), axis=1)",
    "pairwise_distances(X, centers).min(axis=1)",
)
assign.mistake(
    "For each center you looked for its nearest row; for each row its nearest center is wanted.",
    "np.argmin(pairwise_distances(X, centers), axis=1)",
    "np.argmin(pairwise_distances(X, centers), axis=0)",
)
assign.mistake(
    "Where two centers are equally near you take the one with the higher number.",
    "np.argmin(pairwise_distances(X, centers), axis=1)",
    "len(centers) - 1 - np.argmin(pairwise_distances(X, centers)[:, ::-1], axis=1)",
)
assign.hint("All distances first. Then, along each row, the position of the smallest.")
assign.hint("Without `axis=1`, np.argmin looks for the one smallest entry of the whole table; each row has one.")


def groups(rng):
    yield dict(X=np.array([[1.0], [2.0], [9.0]]), labels=np.array([0, 0, 1]), centers=np.array([[0.0], [8.0]]))
    yield dict(X=np.array([[1.0, 5.0]]), labels=np.array([0]), centers=np.array([[1.0, 5.0]]))
    yield dict(
        X=np.array([[0.0, 0.0], [4.0, 2.0]]), labels=np.array([0, 1]), centers=np.array([[1.0, 1.0], [3.0, 3.0]])
    )
    for n, k, d in ((5, 2, 3), (8, 3, 2), (11, 4, 1)):
        labels = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
        yield dict(X=array(rng, n, d), labels=rng.permutation(labels), centers=array(rng, k, d))


def left_alone(rng):
    yield dict(X=np.array([[1.0], [2.0], [9.0]]), labels=np.array([0, 0, 2]), centers=np.array([[0.0], [7.0], [8.0]]))
    yield dict(X=array(rng, 4, 2), labels=np.array([1, 1, 1, 1]), centers=array(rng, 3, 2))
    yield dict(X=array(rng, 3, 2), labels=np.array([3, 0, 3]), centers=array(rng, 4, 2))


def means_of_groups(X, labels, centers):
    result = [list(map(float, center)) for center in centers]
    for j in set(labels.tolist()):
        rows = [row for row, label in zip(X.tolist(), labels.tolist()) if label == j]
        result[j] = [math.fsum(column) / len(rows) for column in zip(*rows)]
    return np.array(result)


move = Piece("ml.neighbors:move_centers", forbid=OWN)
move.asks(
    "move_centers(X, labels, centers)", "each center at the mean of its rows", cases=groups, answer=means_of_groups
)
move.asks("move_centers(X, labels, centers)", "a center without rows stays", cases=left_alone, answer=means_of_groups)
move.asks(
    "move_centers(X, labels, centers)",
    "centers of whole numbers move to where the means are, not to whole numbers",
    cases=[
        dict(X=np.array([[1], [2], [9]]), labels=np.array([0, 0, 2]), centers=np.array([[0], [7], [8]])),
        dict(X=np.array([[1.5, 0.0], [2.0, 1.0]]), labels=np.array([1, 1]), centers=np.array([[0, 0], [7, 7]])),
    ],
    answer=means_of_groups,
)
move.asks(
    "(move_centers(X, labels, centers) != centers).any(axis=1)",
    "which of the centers have moved: those with rows",
    cases=left_alone,
    answer=lambda X, labels, centers: np.array([j in labels for j in range(len(centers))]),
)
move.asks(
    "moved = move_centers(X, labels, centers)\nmoved += 1000\ncenters",
    "the result is a new array: changing it leaves the centers alone",
    cases=left_alone,
    answer=lambda centers: centers,
)
MOVE = "moved[j] = members.mean(axis=0)"
COPY = "moved = np.array(centers, dtype=float)"
move.mistake(
    "The mean of no rows is NaN: a center without rows stays where it is.",
    "if len(members) > 0:",
    "with np.errstate(all='ignore'):",
)
move.mistake("A center without rows went to 0; it is to stay.", COPY, "moved = np.zeros(np.shape(centers))")
move.mistake("You changed the centers that were handed in: work on a copy.", COPY, "moved = centers")
move.mistake(
    "Numbers written into an array of whole numbers lose their fractions: make the copy one of floats.",
    COPY,
    "moved = np.array(centers)",
)
move.mistake(
    "Each center moved halfway; it goes all the way to the mean.",
    MOVE,
    "moved[j] = (moved[j] + members.mean(axis=0)) / 2",
)
move.mistake("One mean for all columns together: the mean of each column is wanted.", MOVE, "moved[j] = members.mean()")
move.mistake(
    "You took the mean of each row; the mean of each column is wanted.", MOVE, "moved[j] = members.mean(axis=1)"
)
move.mistake("This is the mean of all rows; only the center's own rows count.", MOVE, "moved[j] = X.mean(axis=0)")
move.mistake(
    "Rows of zeros are rows too: ask how many members there are, not whether one of them has an entry other than 0.",
    "len(members) > 0",
    "members.any()",
)
move.mistake(
    "Centers without rows are missing from the result: it has a row for each center.",
    """
    labels = np.asarray(labels)
    return np.array([X[labels == j].mean(axis=0) for j in np.unique(labels)])
    """,
)
move.mistake(
    "The last center is never moved: they are numbered from 0 to k - 1.", "range(len(moved))", "range(len(moved) - 1)"
)
move.hint("`labels == j` is an array of True and False, and `X[labels == j]` takes the rows where it is True.")
move.hint("Begin with a copy of the centers as floats, and overwrite the rows of those that have members.")
