"""What must hold of ``majority_vote``. Oracle: counting."""

import numpy as np

from checks.language import Piece
from checks.ml.neighbors.shared import OWN, voted


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
