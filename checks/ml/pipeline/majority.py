"""What must hold of ``MajorityClassifier``. Oracle: counting."""

import numpy as np

from checks.language import Piece
from checks.ml.pipeline.shared import OWN


def voters(rng):
    yield dict(X=np.zeros((3, 1)), y=np.array([1, 0, 1]), new=np.zeros((2, 1)))
    yield dict(X=np.zeros((1, 2)), y=np.array([4]), new=np.ones((3, 2)))
    yield dict(X=np.ones((4, 1)), y=np.array([5, 3, 3, 5]), new=np.ones((1, 1)))
    yield dict(X=np.ones((5, 1)), y=["wilted", "fine", "fine", "wilted", "fine"], new=np.ones((2, 1)))
    for n in (7, 11):
        yield dict(X=rng.normal(size=(n, 2)), y=rng.integers(-1, 3, n), new=rng.normal(size=(n - 4, 2)))


def favourite(y):
    y = list(np.asarray(y).tolist())
    return min(set(y), key=lambda label: (-y.count(label), label))


majority = Piece("ml.pipeline:MajorityClassifier", forbid=OWN)
majority.asks(
    "MajorityClassifier().fit(X, np.array(y)).predict(new).tolist()",
    "the most frequent label, once for each row",
    cases=voters,
    answer=lambda X, y, new: [favourite(y)] * len(new),
)
majority.asks(
    "MajorityClassifier().fit(X, y).score(np.zeros((len(seen), 1)), seen)",
    "the share of right answers, by the label of the fit",
    cases=[
        dict(X=np.zeros((3, 1)), y=np.array([1, 0, 1]), seen=np.array([0, 1, 0, 0])),
        dict(X=np.zeros((3, 1)), y=np.array([2, 2, 7]), seen=np.array([2, 2])),
        dict(X=np.zeros((2, 1)), y=np.array([2, 2]), seen=np.array([3, 4, 4])),
    ],
    answer=lambda X, y, seen: float(np.mean(seen == favourite(y))),
)
majority.asks(
    'model = MajorityClassifier()\ntable = Table({"water": np.array(water)})\n'
    "[model.fit(table, y) is model, model.fit(table, again).predict(table).tolist()]",
    "a Table serves as X, fit returns the model, and a second fit forgets the first",
    cases=[dict(water=[40.0, 60.0, 90.0], y=np.array([1, 1, 1]), again=np.array([0, 0, 1]))],
    answer=lambda water, y, again: [True, [0, 0, 0]],
)
majority.asks(
    "MajorityClassifier().predict(X)", "not before fit", cases=[dict(X=np.zeros((2, 1)))], raises="NotFittedError"
)
majority.mistake(
    "One label came out: each row needs one.", "np.full(len(X), self.majority_)", "np.array([self.majority_])"
)
majority.mistake("This is the first label, not the most frequent one.", "majority_vote(y)", "y[0]")
TIE = "Of equally frequent labels the smallest is wanted; this is the one that comes first: use majority_vote."
majority.mistake(TIE, "majority_vote(y)", "max(list(y), key=list(y).count)")
majority.mistake("score learned from the answers.", "self.predict(X))", "self.fit(X, y).predict(X))")
majority.mistake("This is the share of wrong answers.", "return accuracy_score(", "return 1 - accuracy_score(")
majority.hint("Your `majority_vote` of the first notebook finds the label. `np.full(5, 7)` is an array of five sevens.")
majority.hint('predict: first `check_fitted(self, "majority_")`, then the array. score: your accuracy_score.')
