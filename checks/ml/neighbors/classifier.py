"""What must hold of ``KNeighborsClassifier``. Oracle: exact fractions."""

import numpy as np

from checks.language import Piece
from checks.ml.neighbors.shared import OWN, array, nearest_vote

FRUITS = dict(X=np.array([[5.0, 8.0], [6.0, 9.0], [8.0, 8.0], [9.0, 8.0], [7.0, 7.0]]), y=np.array([0, 0, 1, 1, 1]))


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
