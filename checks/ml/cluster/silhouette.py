"""What must hold of ``silhouette_score``. Oracle: scikit-learn."""

import numpy as np
from scipy.spatial.distance import cdist

from checks.language import Piece
from checks.ml.cluster.shared import HOUSES, SCRATCH, blobs, table


def clusterings(rng):
    yield dict(X=HOUSES, labels=np.array([0, 0, 0, 1, 1, 1]))
    yield dict(X=HOUSES, labels=np.array([0, 0, 0, 1, 1, 2]))
    yield dict(X=np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 4.0]]), labels=np.array([0, 1, 1]))
    yield dict(X=np.array([[1.0], [1.0], [1.0], [2.0]]), labels=np.array([7, -2, 7, -2]))
    yield dict(X=[[1], [1], [4], [8], [9]], labels=[0, 0, 0, 1, 1])
    yield dict(X=np.array([[3, 1], [3, 1], [3, 1], [3, 1]]), labels=np.array([0, 1, 0, 1]))
    for n, d, k in ((8, 2, 2), (11, 3, 3), (13, 1, 5)):
        labels = rng.permutation(np.concatenate([np.arange(k), rng.integers(k, size=n - k)]))
        yield dict(X=table(rng, n, d), labels=3 * labels - 4)
    X, group = blobs(rng, 3, 4, 2, spread=2)
    yield dict(X=X, labels=group)
    yield dict(X=1e-9 * X, labels=group)


def scikit_silhouette(X, labels):
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(cdist(X, X), labels, metric="precomputed"))


silhouette = Piece("ml.cluster:silhouette_score", forbid=SCRATCH)
silhouette.asks(
    "silhouette_score(X, labels)",
    "the mean silhouette, as scikit-learn has it",
    cases=clusterings,
    answer=scikit_silhouette,
    rtol=1e-11,
)
silhouette.asks(
    "silhouette_score(X, labels)",
    "one cluster alone, as many as rows, and bad data are refused",
    cases=[
        dict(X=HOUSES[:3], labels=np.array([4, 4, 4])),
        dict(X=HOUSES[:3], labels=np.array([2, 0, 1])),
        dict(X=np.array([[1.0], [np.nan], [2.0]]), labels=np.array([0, 1, 1])),
        dict(X=HOUSES[:3], labels=np.array([0, 1])),
    ],
    raises="ValueError",
)
silhouette.mistake("Each row counted as its own mate in a: divide by the others.", "max(others, 1)", "(others + 1)")
FAR = "(mates & (distances[i] > 0)).sum()"
silhouette.mistake("Only the row itself is left out of a, not the rows equal to it.", "mates.sum() - 1", FAR)
silhouette.mistake("Distances are plain here, not squared.", "(X, X)", "(X, X) ** 2")
ALONE = "sum((labels == own).sum() > 1 for own in labels)"
silhouette.mistake("A row alone in its cluster counts with 0 in the mean; you left it out.", "/ len(X)", f"/ {ALONE}")
silhouette.mistake("b belongs to the nearest other cluster, not to the farthest.", "b = min(", "b = max(")
OTHERS = "min(distances[i, labels == name].mean() for name in names if name != own)"
silhouette.mistake("b is the mean for one cluster; you took all other rows.", OTHERS, "distances[i, ~mates].mean()")
silhouette.mistake("You divided by b: it is the larger of a and b.", "+= (b - a) / max(a, b)", "+= (b - a) / b")
silhouette.mistake("A row that is alone in its cluster counts with 0; yours came out as 1.", "others > 0 and ", "")
silhouette.hint("Print a and b of each row: on the street, with two clusters, the row [7] has 3 and 5.")
silhouette.hint("All distances at once are `pairwise_distances(X, X)`; its row i belongs to row i of X.")
silhouette.hint("`distances[i, labels == own]` picks columns by True and False, with the 0 of row i itself among them.")
silhouette.hint("`np.unique(labels)` are the different labels. For b, loop over those that are not the row's own.")
