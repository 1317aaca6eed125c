"""What must hold of ``PCA``. Oracle: scikit-learn."""

import numpy as np

from checks.language import Piece
from checks.ml.cluster.shared import SCRATCH, table

DIAMOND = np.array([[5.0, 4.0], [1.0, 0.0], [4.0, 1.0], [2.0, 3.0]])


def spreads(rng):
    yield dict(X=DIAMOND, k=2)
    yield dict(X=DIAMOND - [3.0, 2.0], k=2)
    yield dict(X=DIAMOND, k=1)
    yield dict(X=[[1], [2], [4]], k=1)
    yield dict(X=np.array([[1.0, 7.0], [1.0, 7.0], [4.0, 7.0], [1.0, 7.0]]), k=1)
    for n, d, k in ((7, 3, 2), (3, 5, 3), (11, 4, None), (2, 3, None)):
        yield dict(X=(table(rng, n, d) @ table(rng, d, d)).round(2), k=k)
    yield dict(X=1e6 + table(rng, 9, 3), k=2)


def scikit_pca(X, k):
    from sklearn.decomposition import PCA

    model = PCA(k, svd_solver="full").fit(X)
    return [model.mean_, model.explained_variance_, model.explained_variance_ratio_]


def right_directions(got, X, k):
    X, k = np.array(X, float), min(X.shape) if k is None else k
    if not isinstance(got, np.ndarray) or got.shape != (k, X.shape[1]):
        return f"components_ of shape {(k, X.shape[1])} are wanted"
    if not np.abs(got @ got.T - np.eye(k)).max() < 1e-7:
        return "the rows of components_ must have length 1 and be at right angles to each other"
    covariance = np.atleast_2d(np.cov(X.T))
    best = np.linalg.eigvalsh(covariance)[::-1][:k]
    along = np.diag(got @ covariance @ got.T)
    if np.abs(along - best).max() > 1e-7 * best[0]:
        return f"along components_ the variances are {along.round(4).tolist()}; they can be {best.round(4).tolist()}"
    return None


pca = Piece("ml.cluster:PCA.fit", forbid=SCRATCH)
pca.asks(
    "model = PCA(k).fit(X)\n[model.mean_, model.explained_variance_, model.explained_variance_ratio_]",
    "the means, the variances along the components and their shares are those of scikit-learn",
    cases=spreads,
    answer=scikit_pca,
    rtol=1e-7,
    atol=1e-10,
)
pca.asks(
    "PCA(k).fit(X).components_",
    "directions of length 1, at right angles, with the largest variance first",
    cases=lambda rng: [*spreads(rng), dict(X=1e-9 * table(rng, 9, 3), k=2)],
    accept=right_directions,
    expected="one direction a row (signs are free), the one with the largest variance first",
)
pca.asks(
    "model = PCA().fit(X[:2])\n[model.fit(X, y=[3, 1]) is model, len(model.components_), model.n_components]",
    "fit returns the model, leaves n_components as it is, forgets an earlier fit, and does not look at y",
    cases=[dict(X=np.vstack([DIAMOND.T, np.eye(2, 4), [[1.0, 2.0, 4.0, 8.0]]]))],
    answer=lambda X: [True, 4, None],
)
pca.asks(
    "PCA(k).fit(X).explained_variance_",
    "a number of components that X cannot have, rows that are all equal, and NaN are refused",
    cases=[
        dict(X=DIAMOND, k=3),
        dict(X=np.eye(2, 5), k=3),
        dict(X=DIAMOND, k=0),
        dict(X=DIAMOND, k=-1),
        dict(X=np.array([[0.1, 0.7]] * 3), k=1),
        dict(X=np.array([[0.1, 0.7]]), k=None),
        dict(X=np.array([[0.1, np.nan], [1.0, 2.0]]), k=1),
    ],
    raises="ValueError",
)
pca.mistake("The divisor of the variances is n - 1, not n.", "(len(X) - 1)", "len(X)")
pca.mistake("X was not centered: subtract mean_ before the SVD.", "svd(X - self.mean_,", "svd(X,")
pca.mistake("Singular values must be squared to become variances.", "stretches**2 /", "stretches /")
pca.mistake("Shares are of the variance along *all* components.", "variances.sum()", "variances[:k].sum()")
pca.mistake("The SVD's last result comes transposed: its rows are wanted.", "directions[:k]", "directions.T[:k]")
pca.mistake("The first k *rows* are the components; you took columns.", "directions[:k]", "directions[:, :k]")
pca.mistake("0 is to be refused; only None means all.", "self.n_components is None", "not self.n_components")
pca.mistake("n rows have no more than n components, however many columns.", "<= min(X.shape)", "<= X.shape[1]")
pca.mistake("Variances of equal rows may be 1e-34: compare rows.", "(X == X[0]).all()", "(X.var(axis=0) == 0).all()")
pca.mistake("n_components is the reader's setting: fit leaves it as it is.", "k = min(", "k = self.n_components = min(")
pca.hint("`self.mean_ = X.mean(axis=0)`, and broadcasting subtracts it from every row.")
pca.hint("`np.linalg.svd(A, full_matrices=False)` gives three results: U, the singular values, V transposed.")
pca.hint("A direction's variance is its singular value, squared, divided by n - 1.")

FLAT = dict(mean=np.array([3.0, 2.0]), components=np.array([[0.6, 0.8]]))
BY_HAND = "model = PCA(len(components))\nmodel.mean_, model.components_ = mean, components\n"


def projections(rng):
    yield dict(X=np.array([[8.0, 2.0]]), Z=np.array([[5.0]])) | FLAT
    yield dict(X=[[5], [6]], Z=[[5], [6]], mean=np.array([0.0]), components=np.array([[1.0]]))
    yield dict(
        X=[[4, 1], [3, 2]],
        Z=[[1, 2], [3, 5]],
        mean=np.array([0.0, 0.0]),
        components=np.array([[0.6, 0.8], [0.8, -0.6]]),
    )
    for n, d, k in ((4, 3, 2), (2, 5, 1), (3, 3, 3)):
        turn = np.linalg.qr(table(rng, d, d))[0]
        yield dict(X=table(rng, n, d), Z=table(rng, n, k), mean=table(rng, d), components=turn[:k])


FITTED = '\n    check_fitted(self, "components_")'


def refusals(piece, name, bad):
    piece.asks(f"PCA(1).{name}(X)", "before a fit it is refused", cases=[dict(X=[[1.0, 2.0]])], raises="NotFittedError")
    piece.asks(
        f"{BY_HAND}model.{name}(X)",
        "another number of columns, and NaN, are refused",
        cases=[FLAT | dict(X=np.array([row])) for row in bad],
        raises="ValueError",
    )
    piece.mistake("An unfitted model must say so: call `check_fitted` first.", FITTED, "\n    pass")


into = Piece("ml.cluster:PCA.transform", forbid=SCRATCH)
into.asks(
    BY_HAND + "model.transform(X)",
    "each row, measured from mean_, dotted with each component",
    cases=projections,
    answer=lambda X, mean, components: np.array([[sum((x - mean) * c) for c in components] for x in X]),
)
refusals(into, "transform", [[1.0, 2.0, 3.0], [1.0], [1.0, np.nan]])
into.mistake("Rows are measured from mean_: subtract it first.", "(X - self.mean_)", "X")
into.mistake("You subtracted the mean of the rows that came in, not mean_.", "self.mean_)", "X.mean(axis=0))")
into.mistake("Components are rows: transpose them.", "components_.T", "components_[:, : len(self.components_)]")
into.mistake("Tell `check_features` d, the columns of X, not k.", "self.components_.shape[1]", "len(self.components_)")
into.hint("Components are rows, so their transpose has one a column: (n, d) @ (d, k) gives (n, k).")

back = Piece("ml.cluster:PCA.inverse_transform", forbid=SCRATCH)
back.asks(
    BY_HAND + "model.inverse_transform(Z)",
    "mean_ plus each coordinate times its component",
    cases=projections,
    answer=lambda Z, mean, components: np.array([mean + sum(a * c for a, c in zip(z, components)) for z in Z]),
)
refusals(back, "inverse_transform", [[1.0, 2.0], [np.nan]])
back.mistake("The mean is missing: what transform subtracted comes back here.", " + self.mean_", "")
back.mistake("The mean is to be added, not subtracted.", " + self.mean_", " - self.mean_")
back.mistake("Components are rows already: don't transpose them here.", "components_ + ", "components_.T + ")
back.mistake("Tell `check_features` k, the columns of Z, not d.", "len(self.components_)", "len(self.mean_)")
WAY = "Z @ self.components_ + self.mean_"
back.mistake("mean_ has d entries: add it after the product.", WAY, "(Z + self.mean_) @ self.components_")
back.hint("Shapes decide: (n, k) @ (k, d) gives (n, d). Then the mean.")
