"""What must hold of the pieces of ``foundations.regression``. Oracles: plain loops, NumPy, finite differences."""

import numpy as np

from checks.language import Piece

SCRATCH = {
    "sklearn": "it is what you are building",
    "scipy": "NumPy is enough here",
}
DIRECT = SCRATCH | {
    name: "it solves the whole problem for you: set up the equations yourself"
    for name in ("numpy.linalg.lstsq", "numpy.linalg.pinv", "numpy.polyfit", "numpy.polynomial", "numpy.poly1d")
}

X3, Y3 = np.array([[1.0], [2.0], [3.0]]), np.array([2.0, 3.0, 7.0])


def array(rng, *shape):
    return rng.uniform(-5, 5, size=shape).round(2)


def tables(rng):
    yield dict(X=np.array([[1.0, 10.0], [3.0, 50.0], [5.0, 0.0]]))
    yield dict(X=np.array([[2.0]]))
    yield dict(X=np.array([[1.0, 10.0], [3.0, 50.0]]))
    yield dict(X=np.array([[4.0, 4.0], [4.0, 4.0]]))
    for shape in ((3, 2), (2, 5), (7, 3), (1, 4), (5, 5)):
        yield dict(X=array(rng, *shape))


means = Piece("foundations.regression:column_means", forbid=SCRATCH)
means.asks(
    "column_means(X)",
    "one mean for each column",
    cases=tables,
    answer=lambda X: np.array([np.mean(c) for c in zip(*X)]),
)
means.mistake("These are the means of the rows: axis 1 vanished, and axis 0 should.", "axis=0", "axis=1")
means.mistake(
    "This is the mean of the whole table: name the axis that is to vanish.", "X.mean(axis=0)", "np.array([X.mean()])"
)
means.mistake(
    "The sums of the columns are still to be divided by the number of rows.", "X.mean(axis=0)", "X.sum(axis=0)"
)
means.mistake(
    "You divided the columns' sums by the number of columns, not of rows.",
    "X.mean(axis=0)",
    "X.sum(axis=0) / X.shape[1]",
)
means.hint("Which axis is to vanish, the one along which the rows are counted (0) or the columns (1)?")
means.hint("NumPy's arrays have a method `mean`; its argument `axis` names the axis that vanishes.")

# ------------------------------------------------------------------ loss and model


def predictions(rng):
    yield dict(y=np.array([2.0, 7.0]), predicted=np.array([3.0, 4.0]))
    yield dict(y=np.array([3.0]), predicted=np.array([3.0]))
    yield dict(y=np.array([0.0]), predicted=np.array([1.0]))
    yield dict(y=Y3, predicted=np.array([2.0, 4.0, 6.0]))
    for n in (2, 5, 11):
        yield dict(y=array(rng, n), predicted=array(rng, n))


error = Piece("foundations.regression:mean_squared_error", forbid=SCRATCH)
error.asks(
    "mean_squared_error(y, predicted)",
    "the mean of the squared differences",
    cases=predictions,
    answer=lambda y, predicted: sum((p - t) ** 2 for t, p in zip(y.tolist(), predicted.tolist())) / len(y),
)
COLUMN = dict(y=Y3, predicted=np.array([[2.0], [4.0], [6.0]]))
error.asks(
    "mean_squared_error(y, predicted)",
    "a column of predictions is refused, and both shapes are named",
    cases=[COLUMN],
    raises="ShapeError",
    mentions=("(3,)", "(3, 1)"),
)
error.asks(
    "mean_squared_error(y, predicted)",
    "shapes that differ are refused, even where NumPy would broadcast",
    cases=[
        dict(y=np.array([[2.0], [3.0]]), predicted=np.array([2.0, 4.0])),
        dict(y=Y3, predicted=np.array([4.0])),
        dict(y=Y3, predicted=np.array([4.0, 2.0])),
    ],
    raises="ShapeError",
)
error.mistake(
    "Nothing compares the shapes: NumPy broadcasts a column against a row to a whole table.",
    """
    return float(np.mean((predicted - y) ** 2))
    """,
)
error.mistake(
    "You compared lengths: a vector (n,) and a column (n, 1) have the same. Compare shapes.",
    "y.shape != predicted.shape",
    "len(y) != len(predicted)",
)
error.mistake("The squares are added up, but not divided by how many there are.", "np.mean(", "np.sum(")
error.mistake(
    "These are the sizes of the differences, not their squares.", "(predicted - y) ** 2", "abs(predicted - y)"
)
error.mistake(
    "You squared the mean of the differences, so that errors of opposite sign cancel: square first.",
    "np.mean((predicted - y) ** 2)",
    "np.mean(predicted - y) ** 2",
)
error.mistake(
    "You took the root: the mean of the squares itself is wanted.",
    "np.mean((predicted - y) ** 2)",
    "np.sqrt(np.mean((predicted - y) ** 2))",
)
error.mistake(
    "This is an array without axes, of shape (): `.item()` or `float(...)` makes it a number.",
    "float(np.mean((predicted - y) ** 2))",
    "np.array(np.mean((predicted - y) ** 2))",
)
error.mistake(
    "These are the squares, one for each entry: their mean is still to be taken.",
    "float(np.mean((predicted - y) ** 2))",
    "(predicted - y) ** 2",
)
error.hint(
    "First the shapes: `a.shape` is a tuple, and tuples can be compared. Then the differences, their squares, the mean."
)
error.hint("`y - predicted` and `** 2` work entry by entry; `.mean()` or `np.mean` does the rest.")


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

# ------------------------------------------------------------------ the way down


def problems(rng):
    yield dict(X=X3, y=Y3, weights=np.array([2.0]), bias=0.0)
    yield dict(X=np.array([[2.0]]), y=np.array([1.0]), weights=np.array([0.5]), bias=0.0)
    yield dict(X=np.array([[1.0], [3.0]]), y=np.array([1.0, 3.0]), weights=np.array([1.0]), bias=0.0)
    for n, d in ((3, 2), (7, 3), (2, 5), (4, 4)):
        yield dict(X=array(rng, n, d), y=array(rng, n), weights=array(rng, d), bias=round(float(rng.uniform(-5, 5)), 2))


def measured_slopes(X, y, weights, bias):
    """Central differences of the loss, rounded; exact but for that, since it is quadratic."""

    def loss(p):
        return np.mean((np.column_stack([X, np.ones(len(X))]) @ p - y) ** 2)

    point = np.append(weights, bias)
    steps = 1e-3 * np.eye(len(point))
    slopes = np.array([(loss(point + h) - loss(point - h)) / 2e-3 for h in steps]).round(9) + 0.0  # no -0.0
    return dict(weights=slopes[:-1], bias=float(slopes[-1]))


gradient = Piece("foundations.regression:mse_gradient", forbid=SCRATCH)
gradient.asks(
    """
    weight_slopes, bias_slope = mse_gradient(X, y, weights, bias)
    dict(weights=weight_slopes, bias=bias_slope)
    """,
    "the slopes are those that finite differences measure",
    cases=problems,
    answer=measured_slopes,
    rtol=1e-6,
    atol=1e-6,
)
gradient.asks(
    "mse_gradient(X, y, weights, bias)",
    "targets of another shape than the predictions are refused",
    cases=[
        dict(X=X3, y=np.array([[2.0], [3.0], [7.0]]), weights=np.array([2.0]), bias=0.0),
        dict(X=X3, y=np.array([2.0]), weights=np.array([2.0]), bias=0.0),
    ],
    raises="ShapeError",
)
gradient.mistake(
    "The signs are turned round: the errors are predictions minus targets.", "predicted - y", "y - predicted"
)
gradient.mistake(
    "The 2 that the square leaves behind is missing.",
    """
    predicted = linear_model(X, weights, bias)
    if predicted.shape != y.shape:
        raise ShapeError(f"targets of shape {y.shape} and predictions of shape {predicted.shape} cannot be compared")
    errors = predicted - y
    return X.T @ errors / len(y), float(np.mean(errors))
    """,
)
gradient.mistake(
    "The weights' slopes are sums over the rows; divide them by the number of rows.",
    "2 * (X.T @ errors) / len(y)",
    "2 * (X.T @ errors)",
)
gradient.mistake(
    "Both slopes are sums over the rows: divide them by the number of rows.",
    "2 * (X.T @ errors) / len(y), float(2 * np.mean(errors))",
    "2 * (X.T @ errors), float(2 * np.sum(errors))",
)
gradient.mistake(
    "The weights' slopes are divided by the number of columns: it is the number of rows.",
    "2 * (X.T @ errors) / len(y)",
    "2 * (X.T @ errors) / X.shape[1]",
)
gradient.mistake(
    "In X.T the rows of X lie along axis 1: that is the one the mean is to run over.",
    "2 * (X.T @ errors) / len(y)",
    "np.mean(2 * errors * X.T, axis=0)",
)
gradient.mistake("The bias's slope is a sum over the rows; its mean is wanted.", "np.mean(errors)", "np.sum(errors)")
gradient.mistake(
    "Multiply each error by its row's feature before the mean: a mean of products isn't the product of the means.",
    "2 * (X.T @ errors) / len(y)",
    "2 * X.mean(axis=0) * np.mean(errors)",
)
gradient.mistake(
    "The predictions inside leave the bias out.", "linear_model(X, weights, bias)", "linear_model(X, weights, 0.0)"
)
gradient.mistake(
    "Nothing compares the shapes of targets and predictions, and NumPy broadcasts.",
    """
    errors = linear_model(X, weights, bias) - y
    return 2 * (X.T @ errors) / len(y), float(2 * np.mean(errors))
    """,
)
gradient.hint("First the errors e, shape (n,). The bias's slope is then a single mean.")
gradient.hint(
    "For one weight: multiply e by that column of X, entry by entry, and take twice the mean. A loop is fine."
)
gradient.hint(
    "All columns at once: row k of `X.T` is column k of X, so `X.T @ e` holds the sums of all those products."
)


def runs(rng):
    yield dict(X=X3, y=Y3, rate=0.03, epochs=1)
    yield dict(X=X3, y=Y3, rate=0.03, epochs=0)
    yield dict(X=X3, y=Y3, rate=0.05, epochs=4)
    for n, d, epochs in ((4, 2, 3), (3, 4, 2), (7, 3, 20)):
        yield dict(X=array(rng, n, d), y=array(rng, n), rate=round(float(rng.uniform(0.005, 0.02)), 4), epochs=epochs)


def stubborn(rng):
    """Too high a rate, with losses and slopes that grow; slopes that are large from the start; a long run."""
    yield dict(X=X3, y=Y3, rate=0.25, epochs=3)
    yield dict(X=np.array([[100.0], [300.0]]), y=np.array([200.0, -400.0]), rate=1e-5, epochs=2)
    X = array(rng, 5, 2)
    yield dict(X=X, y=array(rng, 5), rate=1.0, epochs=5)
    yield dict(X=X3, y=Y3, rate=0.1, epochs=500)


def descent(X, y, rate, epochs):
    """The same recurrence on the features with a column of ones."""
    A = np.column_stack([X, np.ones(len(X))])
    p, losses = np.zeros(A.shape[1]), []
    for k in range(epochs + 1):
        losses.append(np.mean((A @ p - y) ** 2))
        if k < epochs:
            p = p - rate * 2 / len(y) * A.T @ (A @ p - y)
    return dict(weights=p[:-1], bias=float(p[-1])), np.array(losses)


def stubborn_answer(**case):
    point, losses = descent(**case)
    return point | dict(first=losses[0], last=losses[-1], largest=losses.max())


train = Piece("foundations.regression:train", forbid=SCRATCH)
train.asks(
    """
    weights, bias, losses = train(X, y, rate, epochs)
    dict(weights=weights, bias=bias)
    """,
    "weights and bias after all epochs",
    cases=runs,
    answer=lambda **case: descent(**case)[0],
    rtol=1e-7,
    atol=1e-9,
)
train.asks(
    """
    weights, bias, losses = train(X, y, rate, epochs)
    losses
    """,
    "a loss before the first epoch, and one after each",
    cases=runs,
    answer=lambda **case: descent(**case)[1],
    rtol=1e-7,
    atol=1e-9,
)
train.asks(
    """
    weights, bias, losses = train(X, y, rate, epochs)
    dict(weights=weights, bias=bias, first=losses[0], last=losses[-1], largest=losses.max())
    """,
    "every epoch takes its step at the given rate, also if the loss grows, and however small or large the slopes are",
    cases=stubborn,
    answer=stubborn_answer,
    rtol=1e-7,
    atol=1e-9,
)
train.mistake(
    "You walk uphill: take rate times slope away.",
    """
    weights, bias = np.zeros(X.shape[1]), 0.0
    losses = [mean_squared_error(y, linear_model(X, weights, bias))]
    for _ in range(epochs):
        weight_slopes, bias_slope = mse_gradient(X, y, weights, bias)
        weights = weights + rate * weight_slopes
        bias = bias + rate * bias_slope
        losses.append(mean_squared_error(y, linear_model(X, weights, bias)))
    return weights, bias, np.array(losses)
    """,
)
train.mistake(
    "The bias's slope is taken after the weights have moved: take all slopes first, then move.",
    """
    weights, bias = np.zeros(X.shape[1]), 0.0
    losses = [mean_squared_error(y, linear_model(X, weights, bias))]
    for _ in range(epochs):
        weights = weights - rate * mse_gradient(X, y, weights, bias)[0]
        bias = bias - rate * mse_gradient(X, y, weights, bias)[1]
        losses.append(mean_squared_error(y, linear_model(X, weights, bias)))
    return weights, bias, np.array(losses)
    """,
)
train.mistake("The bias never moves.", "        bias = bias - rate * bias_slope\n", "")
train.mistake(
    "The loss before the first epoch is missing: losses has epochs + 1 entries.",
    """
    weights, bias, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        weight_slopes, bias_slope = mse_gradient(X, y, weights, bias)
        weights = weights - rate * weight_slopes
        bias = bias - rate * bias_slope
        losses.append(mean_squared_error(y, linear_model(X, weights, bias)))
    return weights, bias, np.array(losses)
    """,
)
train.mistake(
    "Each loss is taken before the move: losses[k] is the one after k epochs, so the last is missing.",
    """
    weights, bias, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(epochs):
        weight_slopes, bias_slope = mse_gradient(X, y, weights, bias)
        losses.append(mean_squared_error(y, linear_model(X, weights, bias)))
        weights = weights - rate * weight_slopes
        bias = bias - rate * bias_slope
    return weights, bias, np.array(losses)
    """,
)
train.mistake(
    "Each epoch's loss is appended before the move, so the first stands there twice: append it after moving.",
    """
    weights, bias = np.zeros(X.shape[1]), 0.0
    losses = [mean_squared_error(y, linear_model(X, weights, bias))]
    for _ in range(epochs):
        weight_slopes, bias_slope = mse_gradient(X, y, weights, bias)
        losses.append(mean_squared_error(y, linear_model(X, weights, bias)))
        weights = weights - rate * weight_slopes
        bias = bias - rate * bias_slope
    return weights, bias, np.array(losses)
    """,
)
train.mistake(
    "The slopes are taken once, before the loop: each epoch is to take them anew, where it stands.",
    """
    weights, bias = np.zeros(X.shape[1]), 0.0
    losses = [mean_squared_error(y, linear_model(X, weights, bias))]
    weight_slopes, bias_slope = mse_gradient(X, y, weights, bias)
    for _ in range(epochs):
        weights = weights - rate * weight_slopes
        bias = bias - rate * bias_slope
        losses.append(mean_squared_error(y, linear_model(X, weights, bias)))
    return weights, bias, np.array(losses)
    """,
)
train.mistake("The last step is missing: range(1, epochs) makes one step too few.", "range(epochs)", "range(1, epochs)")
train.mistake(
    "The weights begin at 1; they are to begin at 0.", "np.zeros(X.shape[1])", "np.ones(X.shape[1]) * min(epochs, 1)"
)
train.hint("Before the loop: weights of zeros, `np.zeros(X.shape[1])`, bias 0, and a list with the first loss in it.")
train.hint("In the loop: ask `mse_gradient` once and keep both results, move weights and bias, append the new loss.")

# ------------------------------------------------------------------ in one step


def solvable(rng):
    yield dict(X=X3, y=Y3)
    yield dict(X=np.array([[0.0], [1.0]]), y=np.array([0.0, 2.0]))
    yield dict(X=np.array([[-1.0], [0.0], [1.0]]), y=np.array([1.0, 2.0, 6.0]))
    for n, d in ((5, 1), (6, 2), (11, 3), (13, 5)):
        X = rng.uniform(-3, 3, size=(n, d)).round(2)
        yield dict(X=X, y=(X @ rng.uniform(-2, 2, size=d) + rng.normal(size=n) + 3).round(2))


def least_squares(X, y):
    """By NumPy's own, on features moved to mean 0; rounded, so that an exact -1 is shown as one."""
    centre = X.mean(axis=0)
    weights = np.linalg.lstsq(X - centre, y - y.mean(), rcond=None)[0].round(11) + 0.0  # no -0.0
    return dict(weights=weights, bias=round(float(y.mean() - centre @ weights), 11) + 0.0)


A5, B5, Y5 = (
    np.array([0.1, 0.7, 0.4, 0.9, 0.3]),
    np.array([0.2, 0.1, 0.6, 0.3, 0.8]),
    np.array([1.0, 0.0, 2.0, 5.0, 3.0]),
)


def few_rows(rng):
    yield dict(X=np.array([[3.0]]), y=np.array([1.0]))
    yield dict(X=np.array([[1.0, 2.0], [4.0, 3.0]]), y=np.array([1.0, 0.0]))
    for d in (2, 3, 3):
        yield dict(X=rng.uniform(-3, 3, size=(d, d)).round(1), y=rng.uniform(-3, 3, size=d).round(1))


def constant_column(rng):
    yield dict(X=np.array([[1.0, 4.0], [2.0, 4.0], [5.0, 4.0]]), y=np.array([1.0, 0.0, 2.0]))
    yield dict(X=np.full((4, 1), 0.1), y=Y5[:4])
    yield dict(X=np.column_stack([[2.0, 5.0, 3.0, 7.0], np.full(4, 0.1)]), y=Y5[:4])


def made_up(rng):
    yield dict(X=np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [5.0, 10.0]]), y=np.array([1.0, 0.0, 2.0, 5.0]))
    yield dict(X=np.column_stack([A5, B5, A5 + 2 * B5]).round(1), y=Y5)
    yield dict(X=np.column_stack([A5[:4], 1 - A5[:4]]).round(1), y=Y5[:4])
    a, b = rng.uniform(-3, 3, size=(2, 6)).round(1)
    yield dict(X=np.column_stack([a, b, a + b]).round(1), y=(a * b).round(1))
    yield dict(X=np.column_stack([a, 1 - a]).round(1), y=b)


normal = Piece("foundations.regression:normal_equations", forbid=DIRECT)
normal.asks(
    """
    weights, bias = normal_equations(X, y)
    dict(weights=weights, bias=bias)
    """,
    "the weights and the bias of the smallest loss",
    cases=solvable,
    answer=least_squares,
    rtol=1e-6,
    atol=1e-8,
)
normal.asks(
    """
    weights, bias = normal_equations(X, y)
    dict(weights=weights, bias=bias)
    """,
    "tiny features, and those that change little beside their size, have an answer: the rank of A is d + 1",
    cases=[
        dict(X=np.array([[1e-6], [2e-6], [4e-6]]), y=np.array([2.0, 3.0, 7.0])),
        dict(X=np.array([[10000.0], [10001.0], [10002.0], [10003.0]]), y=np.array([1.0, 0.0, 4.0, 3.0])),
        dict(X=np.array([[-20000.0], [-20003.0], [-20001.0]]), y=np.array([2.0, 9.0, 1.0])),
    ],
    answer=least_squares,
    rtol=1e-5,
)
for statement, dependent in (
    ("too few rows are refused: d + 1 numbers need as many", few_rows),
    ("a constant column is refused: it is a multiple of the ones", constant_column),
    ("a column that the others (the ones included) make up is refused, also where rounding hides it", made_up),
):
    normal.asks("normal_equations(X, y)", statement, cases=dependent, raises="ValueError")
BEST = """
    A = np.column_stack([X, np.ones(len(X))])
    independent = np.linalg.matrix_rank(A)
    if independent < A.shape[1]:
        raise ValueError(f"only {independent} of {A.shape[1]} columns (the ones included) are independent")
    """
normal.mistake(
    "There is no column of ones: the line is forced through the origin.",
    """
    if np.linalg.matrix_rank(np.column_stack([X, np.ones(len(X))])) < X.shape[1] + 1:
        raise ValueError("dependent columns")
    return np.array(solve(Matrix((X.T @ X).tolist()), (X.T @ y).tolist())), 0.0
    """,
)
SURVIVE = "Dependent columns often survive `solve`, by rounding: ask first if `np.linalg.matrix_rank(A)` is d + 1."
normal.mistake(
    SURVIVE,
    """
    A = np.column_stack([X, np.ones(len(X))])
    solution = np.linalg.solve(A.T @ A, A.T @ y)
    return solution[:-1], solution[-1]
    """,
)
normal.mistake(
    SURVIVE,
    """
    A = np.column_stack([X, np.ones(len(X))])
    solution = solve(Matrix((A.T @ A).tolist()), (A.T @ y).tolist())
    return np.array(solution[:-1]), solution[-1]
    """,
)
normal.mistake(
    "Enough rows are not enough: in a tall table columns can depend on each other, too. Ask for the rank of A.",
    """
    if len(X) < X.shape[1] + 1:
        raise ValueError("too few rows")
    A = np.column_stack([X, np.ones(len(X))])
    solution = np.linalg.solve(A.T @ A, A.T @ y)
    return solution[:-1], solution[-1]
    """,
)
normal.mistake(
    "This is the rank of AᵀA, in which rounding counts twice: ask for the rank of A itself.",
    "independent = np.linalg.matrix_rank(A)",
    "independent = np.linalg.matrix_rank(A.T @ A)",
)
normal.mistake(
    "The ones stand on the left, but the last entry is taken for the bias.",
    BEST
    + """
    A = np.column_stack([np.ones(len(X)), X])
    solution = np.linalg.solve(A.T @ A, A.T @ y)
    return solution[:-1], solution[-1]
    """,
)
normal.mistake(
    "The bias is among the weights, too: they are all entries but the last.",
    "solution[:-1]), solution[-1]",
    "solution), solution[-1]",
)
normal.mistake(
    "You counted the independent columns of X alone: a constant column says the same as the ones.",
    """
    if np.linalg.matrix_rank(X) < X.shape[1]:
        raise ValueError("dependent columns")
    A = np.column_stack([X, np.ones(len(X))])
    solution = np.linalg.solve(A.T @ A, A.T @ y)
    return solution[:-1], solution[-1]
    """,
)
normal.mistake(
    "The weights come from data moved to mean 0, but the bias was not moved back.",
    BEST
    + """
    C = X - X.mean(axis=0)
    return np.linalg.solve(C.T @ C, C.T @ (y - y.mean())), float(y.mean())
    """,
)
normal.hint(
    "`np.column_stack([X, np.ones(len(X))])` is A. Then two products: `A.T @ A`, square, and `A.T @ y`, a vector."
)
normal.hint("Your own `solve` wants lists: `array.tolist()` makes them. Its answer is a list again.")
normal.hint("`[:-1]` is all but the last entry, `[-1]` the last.")

# ------------------------------------------------------------------ scaling and judging


def scalable(rng):
    yield dict(X=np.array([[1.0, 5.0], [3.0, 5.0]]))
    yield dict(X=np.array([[1.0, 2.0], [3.0, 8.0]]))
    yield dict(X=np.array([[0.0, 2.0], [2.0, 0.0]]))
    yield dict(X=np.array([[0.0, 1.0], [2.0, -1.0]]))
    for shape in ((3, 2), (5, 5), (7, 3)):
        yield dict(X=array(rng, *shape) * 10.0 ** rng.integers(-2, 4, size=shape[1]))


def standardised(X):
    means = np.array([np.mean(c) for c in zip(*X)])
    scales = np.array(
        [np.sqrt(np.mean((np.array(c) - m) ** 2)) if len(set(c)) > 1 else 1.0 for c, m in zip(zip(*X), means)]
    )
    Z = np.array([[(x - m) / s for x, m, s in zip(row, means, scales)] for row in X])
    return dict(Z=Z, means=means, scales=scales)


standard = Piece("foundations.regression:standardise", forbid=SCRATCH)
WHOLE = "Z, means, scales = standardise(X)\ndict(Z=Z, means=means, scales=scales)"
standard.asks(WHOLE, "mean 0 and deviation 1 in each column", cases=scalable, answer=standardised, rtol=1e-7, atol=1e-9)
standard.asks(
    WHOLE,
    "a column of equal entries has scale 1",
    cases=[
        dict(X=np.array([[4.0, 1.0], [4.0, 2.0], [4.0, 6.0]])),
        dict(X=np.array([[1.0, 0.1], [5.0, 0.1], [3.0, 0.1]])),
        dict(X=np.array([[0.0, 7.0, -2.5]])),
    ],
    answer=standardised,
    rtol=1e-7,
    atol=1e-9,
)
standard.asks(
    WHOLE,
    "entries that differ, however little, are not constant",
    cases=[
        dict(X=np.array([[1.0], [4.0], [1.0]])),
        dict(X=np.array([[1e-12, 5.0], [3e-12, 8.0]])),
        dict(X=np.array([[1.0], [1.0 + 2**-32]])),
        dict(X=np.array([[3e-20], [1e-20]])),
    ],
    answer=standardised,
    rtol=1e-7,
    atol=1e-30,
)
standard.mistake(
    "Small is not constant: a column of tiny entries has a tiny deviation. Compare the entries, not the deviation.",
    "(X == X[0]).all(axis=0)",
    "deviations < 1e-9",
)
standard.mistake(
    "First and last entry can be equal in a column that changes between them: compare all entries with the first.",
    "(X == X[0]).all(axis=0)",
    "X[0] == X[-1]",
)
standard.mistake(
    "You returned the deviations as they are: the scale of a constant column is 1.",
    "/ scales, means, scales",
    "/ scales, means, deviations",
)
standard.mistake(
    "All columns have one deviation here, that of the whole table: each needs its own.",
    """
    means, scale = column_means(X), X.std()
    constant = (X == X[0]).all(axis=0)
    scales = np.where(constant, 1.0, scale)
    return (X - means) / scales, means, scales
    """,
)
standard.mistake(
    "You divided by the range, from smallest to largest: the scale is the standard deviation.",
    "X.std(axis=0)",
    "np.ptp(X, axis=0)",
)
standard.mistake(
    "A constant column is divided by 0: its scale is to be 1.", "np.where(constant, 1.0, deviations)", "deviations"
)
standard.mistake(
    "You compare the deviation with 0, but rounding leaves 1e-17 for three equal 0.1: compare the entries.",
    "(X == X[0]).all(axis=0)",
    "deviations == 0",
)
standard.mistake("You divided by the variance: its root is the scale.", "X.std(axis=0)", "X.var(axis=0)")
standard.mistake(
    "This brings rows to mean 0, not columns: the axis that vanishes is 0.",
    """
    means, deviations = X.mean(axis=1), X.std(axis=1)
    scales = np.where(deviations == 0, 1.0, deviations)
    return ((X.T - means) / scales).T, means, scales
    """,
)
standard.mistake(
    "The deviation divides by n - 1; here it is n.",
    """
    means, deviations = column_means(X), X.std(axis=0, ddof=min(1, len(X) - 1))
    constant = (X == X[0]).all(axis=0)
    scales = np.where(constant, 1.0, deviations)
    return (X - means) / scales, means, scales
    """,
)
standard.mistake(
    "The whole table has one mean and one scale here: each column needs its own.",
    """
    scale = X.std() if X.std() > 1e-12 else 1.0
    means, scales = np.full(X.shape[1], X.mean()), np.full(X.shape[1], scale)
    return (X - means) / scales, means, scales
    """,
)
standard.mistake(
    "Z is shifted only: what is left is to be divided by the scales.",
    "(X - means) / scales, means",
    "X - means, means",
)
standard.hint("`X.std(axis=0)` has the deviations of all columns. `X - means` broadcasts: (n, d) and (d,) fit.")
standard.hint(
    "`X == X[0]` compares every row with the first; `.all(axis=0)` asks of each column whether all of it is equal."
)
standard.hint("`np.where(condition, a, b)` takes from a where the condition holds, else from b.")


def judged(rng):
    yield dict(y=Y3, predicted=np.array([2.0, 4.0, 6.0]))
    yield dict(y=np.array([1.0, 2.0]), predicted=np.array([1.0, 2.0]))
    yield dict(y=np.array([1.0, 3.0]), predicted=np.array([2.0, 2.0]))
    yield dict(y=Y3, predicted=np.array([1.5, 4.0, 6.5]))
    yield dict(y=Y3, predicted=np.array([20.0, 30.0, 70.0]))
    for n in (2, 5, 11):
        yield dict(y=array(rng, n), predicted=array(rng, n))


share = Piece("foundations.regression:r_squared", forbid=SCRATCH)
share.asks(
    "r_squared(y, predicted)",
    "1 - (MSE of the predictions) / (MSE of the mean)",
    cases=judged,
    answer=lambda y, predicted: float(1 - ((y - predicted) ** 2).sum() / ((y - y.sum() / len(y)) ** 2).sum()),
)
share.asks(
    "r_squared(y, predicted)",
    "shapes that differ are refused",
    cases=[dict(y=Y3, predicted=np.array([[2.0], [4.0], [6.0]])), dict(y=Y3, predicted=np.array([4.0]))],
    raises="ShapeError",
)
share.asks(
    "r_squared(y, predicted)",
    "targets that are all equal are refused",
    cases=[
        dict(y=np.array([4.0, 4.0]), predicted=np.array([3.0, 5.0])),
        dict(y=np.array([0.1, 0.1, 0.1]), predicted=np.array([0.1, 0.2, 0.1])),
        dict(y=np.array([3.0]), predicted=np.array([2.0])),
    ],
    raises="ValueError",
)
share.asks(
    "r_squared(y, predicted)",
    "targets that differ, however little, are judged",
    cases=[
        dict(y=np.array([2.0, 3.0, 2.0]), predicted=np.array([2.0, 2.5, 2.5])),
        dict(y=np.array([1e-16, 3e-16]), predicted=np.array([2e-16, 3e-16])),
        dict(y=np.array([1.0, 1.0 + 2**-30]), predicted=np.array([1.0, 1.0])),
    ],
    answer=lambda y, predicted: float(1 - ((y - predicted) ** 2).sum() / ((y - y.sum() / len(y)) ** 2).sum()),
)
EQUAL = """
    if (y == y[0]).all():
        raise ValueError("there is no variance to explain")
    """
share.mistake(
    "First and last target can be equal where those between them are not: compare all entries with the first.",
    "(y == y[0]).all()",
    "y[0] == y[-1]",
)
share.mistake(
    "Nothing refuses equal targets: compare the entries, before you divide.",
    """
    return 1 - mean_squared_error(y, predicted) / mean_squared_error(y, np.full(y.shape, y.mean()))
    """,
)
share.mistake(
    "This is the share that is left over: take it away from 1.",
    "1 - mean_squared_error(y, predicted) / ",
    "mean_squared_error(y, predicted) / ",
)
share.mistake(
    "You compare with always saying 0; the yardstick is the mean of y.",
    "np.full(y.shape, y.mean())",
    "np.zeros(y.shape)",
)
share.mistake(
    "The yardstick is the mean of the targets, not of the predictions.",
    "np.full(y.shape, y.mean())",
    "np.full(y.shape, predicted.mean())",
)
share.mistake(
    "Below 0 is allowed: it says that the predictions are worse than the mean. Don't cut it off.",
    "1 - mean_squared_error(y, predicted) / mean_squared_error(y, baseline)",
    "max(0.0, 1 - mean_squared_error(y, predicted) / mean_squared_error(y, baseline))",
)
share.mistake(
    "The yardstick is a mean, too: its squares are divided by n, not n - 1.",
    EQUAL
    + """
    return 1 - mean_squared_error(y, predicted) / float(np.var(y, ddof=1))
    """,
)
share.mistake(
    "Small is not equal: tiny targets have a tiny variance. Compare the entries, not the variance.",
    "(y == y[0]).all()",
    "np.var(y) < 1e-9",
)
share.mistake(
    "This is the squared correlation: it forgives predictions that are all too high or too large.",
    EQUAL
    + """
    mean_squared_error(y, predicted)
    spread = np.sqrt(np.var(y) * np.var(predicted))
    return float((np.mean((y - y.mean()) * (predicted - predicted.mean())) / spread) ** 2) if spread else 0.0
    """,
)
share.mistake(
    "The fraction is upside down: the MSE of the predictions stands on top.",
    EQUAL
    + """
    baseline = mean_squared_error(y, np.full(y.shape, y.mean()))
    own = mean_squared_error(y, predicted)
    return 1 - baseline / own if own else 1.0
    """,
)
share.mistake(
    "You compare the variance with 0, but rounding leaves 1e-34 for three equal 0.1: compare the entries.",
    "(y == y[0]).all()",
    "np.var(y) == 0",
)
share.hint(
    "You have the loss already: call it twice, once with the predictions and once with the mean of y in every place."
)
share.hint("`np.full(y.shape, value)` is an array of one value. For the refusal, compare all entries with the first.")
