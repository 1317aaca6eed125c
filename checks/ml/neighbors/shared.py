"""What the checks of ``ml.neighbors`` share: the vote of the nearest, by exact fractions."""

from collections import Counter
from fractions import Fraction

import numpy as np

OWN = {"sklearn": "it is what you are building", "scipy": "it would be the answer itself"}


def array(rng, *shape):
    return rng.uniform(-5, 5, size=shape).round(2)


def voted(labels):
    """The smallest of the most frequent labels."""
    counted = Counter(labels)
    return min(label for label in counted if counted[label] == max(counted.values()))


def nearest_vote(X, y, k, new):
    """Exact: sorted by the squared distance as a fraction, then by row."""
    answers = []
    for row in np.asarray(new).tolist():
        squares = [sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(row, known)) for known in np.array(X).tolist()]
        nearest = sorted(range(len(squares)), key=lambda i: (squares[i], i))[:k]
        answers.append(voted([list(y)[i] for i in nearest]))
    return np.array(answers)
