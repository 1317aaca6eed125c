"""What must hold of ``mse_gradient`` and ``train``. Oracles: finite differences, plain loops, NumPy."""

import numpy as np

from checks.foundations.regression.shared import SCRATCH, X3, Y3, array
from checks.language import Piece


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
