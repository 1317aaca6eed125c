"""What must hold of ``linear_model`` and ``loss_surface``. Oracles: plain loops, NumPy."""

import numpy as np

from checks.foundations.regression.shared import SCRATCH, X3, Y3, array
from checks.language import Piece


def models(rng):
    yield dict(X=np.array([[1.0, 2.0], [0.0, 3.0]]), weights=np.array([10.0, 1.0]), bias=0.5)
    yield dict(X=np.array([[3.0]]), weights=np.array([2.0]), bias=0.0)
    yield dict(X=X3, weights=np.array([2.5]), bias=-1.0)
    yield dict(X=np.array([[1.0, 2.0], [2.0, 3.0]]), weights=np.array([1.0, 1.0]), bias=0.0)
    for n, d in ((3, 2), (2, 5), (7, 3), (4, 4)):
        yield dict(X=array(rng, n, d), weights=array(rng, d), bias=round(float(rng.uniform(-5, 5)), 2))


model = Piece("foundations.regression:linear_model", forbid=SCRATCH)
model.asks(
    "linear_model(X, weights, bias)",
    "each row dotted with the weights, plus the bias",
    cases=models,
    answer=lambda X, weights, bias: np.array([sum(a * w for a, w in zip(row, weights)) + bias for row in X]),
)
model.asks(
    "linear_model(X, weights, bias)",
    "a column of weights is refused, and both shapes are named",
    cases=[dict(X=np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), weights=np.array([[1.0], [2.0]]), bias=0.5)],
    raises="ShapeError",
    mentions=("(3, 2)", "(2, 1)"),
)
model.asks(
    "linear_model(X, weights, bias)",
    "a weight too few or too many is refused",
    cases=[
        dict(X=np.array([[1.0, 2.0], [3.0, 4.0]]), weights=np.array([3.0]), bias=0.5),
        dict(X=np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), weights=np.array([1.0, 2.0, 3.0]), bias=0.5),
    ],
    raises="ShapeError",
)
model.asks(
    "linear_model(X, weights, bias)",
    "weights of any shape but (d,) are refused: a row, or a number without axes",
    cases=[
        dict(X=np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), weights=np.array([[1.0, 2.0]]), bias=0.5),
        dict(X=X3, weights=np.array(2.0), bias=0.5),
        dict(X=np.array([[1.0, 2.0], [3.0, 4.0]]), weights=np.array([[1.0, 0.0], [0.0, 1.0]]), bias=0.5),
    ],
    raises="ShapeError",
)
model.mistake("The bias is missing.", "X @ weights + bias", "X @ weights")
model.mistake(
    "Nothing refuses a column of weights, and its predictions are a column.",
    """
    if X.shape[1] != weights.shape[0]:
        raise ShapeError(f"features of shape {X.shape} need {X.shape[1]} weights, got {weights.shape}")
    return X @ weights + bias
    """,
)
model.mistake(
    "`*` multiplies entry by entry and adds nothing up: the dot product of every row is wanted.",
    """
    if weights.shape != (X.shape[1],):
        raise ShapeError(f"features of shape {X.shape} need weights of shape ({X.shape[1]},), got {weights.shape}")
    products = X * weights + bias
    return products if products.shape[1] > 1 else products[:, 0]
    """,
)
model.mistake(
    "You dotted the columns of X with the weights: it is the rows.",
    """
    if weights.shape != (X.shape[1],):
        raise ShapeError(f"features of shape {X.shape} need weights of shape ({X.shape[1]},), got {weights.shape}")
    return X.T @ weights + bias
    """,
)
model.mistake(
    "The bias went into every product before adding; it is added once a row.",
    "X @ weights + bias",
    "(X * weights + bias).sum(axis=1)",
)
model.mistake(
    "The weights are compared with the number of rows: it is one weight a column.",
    """
    if weights.shape != (X.shape[0],):
        raise ShapeError(f"features of shape {X.shape} need weights of shape ({X.shape[1]},), got {weights.shape}")
    return X @ weights + bias
    """,
)
model.mistake(
    "The bias went into the weights, and so gets multiplied by the features: add it at the end, once a row.",
    "X @ weights + bias",
    "X @ (weights + bias)",
)
model.mistake(
    "Nothing compares the shapes: some that don't fit end in NumPy's own error, and others in a column.",
    """
    return X @ weights + bias
    """,
)
model.mistake(
    "You compared the number of entries only: a column or a row of d weights has as many. Compare shapes.",
    "weights.shape != (X.shape[1],)",
    "weights.size != X.shape[1]",
)
model.hint("`X @ weights` has one dot product a row. A number added to a vector is added to every entry.")
model.hint(
    "Two steps. Refuse first: the shape to ask for is the tuple `(X.shape[1],)`; mind the comma. Then the predictions: "
    "`X @ weights`, and the bias added to the result, not to what goes into it."
)


def bundles(rng):
    yield dict(x=np.array([1.0, 3.0]), y=np.array([2.0, 4.0]), slopes=np.array([0.0, 1.0]), intercepts=np.array([1.0]))
    yield dict(x=np.array([2.0]), y=np.array([3.0]), slopes=np.array([1.0]), intercepts=np.array([1.0]))
    yield dict(x=np.array([1.0, 3.0]), y=np.array([2.0, 4.0]), slopes=np.array([0.5]), intercepts=np.array([1.0]))
    yield dict(x=X3[:, 0], y=Y3, slopes=np.array([2.0, 2.5]), intercepts=np.array([-1.0, 0.0, 1.0]))
    yield dict(x=np.array([1.0, 2.0]), y=np.zeros(2), slopes=np.array([1.0, 3.0]), intercepts=np.array([0.0]))
    for n, s, b in ((3, 3, 3), (5, 2, 4), (2, 5, 3), (4, 1, 3)):
        yield dict(x=array(rng, n), y=array(rng, n), slopes=array(rng, s), intercepts=array(rng, b))


surface = Piece("foundations.regression:loss_surface", forbid=SCRATCH)
surface.asks(
    "loss_surface(x, y, slopes, intercepts)",
    "entry [i, j] is the loss of the line slopes[j] * x + intercepts[i]",
    cases=bundles,
    answer=lambda x, y, slopes, intercepts: np.array(
        [[sum((s * a + b - t) ** 2 for a, t in zip(x, y)) / len(x) for s in slopes] for b in intercepts]
    ),
)
surface.mistake(
    "Rows and columns have changed places: an intercept belongs to a row, a slope to a column.",
    """
    lines = slopes[:, None, None] * x + intercepts[None, :, None]
    return np.mean((lines - y) ** 2, axis=2)
    """,
)
surface.mistake(
    "You added up over the points; the mean is wanted.",
    "np.mean((lines - y) ** 2, axis=2)",
    "np.sum((lines - y) ** 2, axis=2)",
)
surface.mistake("The mean runs over the slopes: the axis of the points is the one to vanish.", "axis=2", "axis=1")
surface.mistake("The mean runs over the intercepts: the axis of the points is the one to vanish.", "axis=2", "axis=0")
surface.mistake("The targets are not taken away: this is the mean of the squared predictions.", "lines - y", "lines")
surface.mistake(
    "The squares come after the mean: opposite errors cancel. Square first.",
    "np.mean((lines - y) ** 2, axis=2)",
    "np.mean(lines - y, axis=2) ** 2",
)
surface.hint("Two loops are a right answer too: over the intercepts, and inside over the slopes, a loss for each line.")
surface.hint(
    "Without loops: give the intercepts axis 0, the slopes axis 1 and the points axis 2. `a[:, None, None]` has shape "
    "(len(a), 1, 1), and `a[None, :, None]` has shape (1, len(a), 1)."
)
surface.hint(
    "The lines then have shape (intercepts, slopes, points), and the mean of the squares is taken over axis 2."
)
