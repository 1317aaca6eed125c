"""Linear regression on NumPy arrays: a model, its loss, and two ways down to the smallest loss.

Shapes are named throughout: n rows (examples), d columns (features). Targets and predictions are vectors, shape (n,),
never columns (n, 1).

Sources: Deisenroth, Faisal, Ong, *Mathematics for Machine Learning*, chapter 9; Bishop, *Pattern Recognition and
Machine Learning*, sections 1.1, 1.2.5 and 3.1.
"""

from __future__ import annotations

import numpy as np

from course_lib.foundations.matrix import Matrix, ShapeError
from course_lib.foundations.solving import solve


def column_means(X: np.ndarray) -> np.ndarray:
    """The mean of each column of an (n, d) array, as an array of shape (d,).

    ``column_means(np.array([[1.0, 10.0], [3.0, 50.0], [5.0, 0.0]]))`` is ``array([3., 20.])``.
    """
    return X.mean(axis=0)


def mean_squared_error(y: np.ndarray, predicted: np.ndarray) -> float:
    """Mean of the squared differences between targets ``y`` and predictions, both of shape (n,), as one number.

    ``mean_squared_error(np.array([2.0, 7.0]), np.array([3.0, 4.0]))`` is ``(1 + 9) / 2 = 5.0``.
    Raises `ShapeError`, with both shapes in its message, if the shapes differ: NumPy would broadcast them. (The class
    comes from notebook 1; this module has it imported.)
    """
    if y.shape != predicted.shape:
        raise ShapeError(f"targets of shape {y.shape} and predictions of shape {predicted.shape} cannot be compared")
    return float(np.mean((predicted - y) ** 2))


def linear_model(X: np.ndarray, weights: np.ndarray, bias: float) -> np.ndarray:
    """Predictions of a linear model, shape (n,): each row of X dotted with the weights, plus the bias.

    X has shape (n, d), ``weights`` shape (d,), and ``bias`` is a number.
    ``linear_model(np.array([[1.0, 2.0], [0.0, 3.0]]), np.array([10.0, 1.0]), 0.5)`` is ``array([12.5, 3.5])``.
    Raises `ShapeError`, with both shapes in its message, if the shape of ``weights`` is anything but (d,). A column of
    shape (d, 1) is refused too, because its predictions would be a column; so are a row (1, d) and a shape ().
    """
    if weights.shape != (X.shape[1],):
        raise ShapeError(f"features of shape {X.shape} need weights of shape ({X.shape[1]},), got {weights.shape}")
    return X @ weights + bias


def loss_surface(x: np.ndarray, y: np.ndarray, slopes: np.ndarray, intercepts: np.ndarray) -> np.ndarray:
    """The mean squared error of many lines through the points ``(x, y)`` at once.

    x and y have shape (n,). Entry [i, j] of the result belongs to the line ``slopes[j] * x + intercepts[i]``, so its
    shape is ``(len(intercepts), len(slopes))``: along a row the slope changes, down a column the intercept.

    For the points (1, 2) and (3, 4), slopes 0 and 1 and the one intercept 1, the result is ``array([[5., 0.]])``.
    """
    lines = slopes[None, :, None] * x + intercepts[:, None, None]
    return np.mean((lines - y) ** 2, axis=2)


def mse_gradient(X: np.ndarray, y: np.ndarray, weights: np.ndarray, bias: float) -> tuple[np.ndarray, float]:
    """Slopes of the mean squared error of `linear_model`: an array (d,) for the weights, a number for the bias.

    With the errors e = predictions - y, shape (n,), the slope for weight k is the mean of ``2 * e * (column k of X)``,
    and the slope for the bias is the mean of ``2 * e``. X has shape (n, d), y (n,) and ``weights`` (d,).

    For X = [[1], [2], [3]], y = [2, 3, 7], weights = [2] and bias = 0, the errors are 0, 1 and -1, and the result is
    ``(array([-0.66666667]), 0.0)``.
    Raises `ShapeError` if the shapes of y and the predictions differ; what its message says is up to you.
    """
    predicted = linear_model(X, weights, bias)
    if predicted.shape != y.shape:
        raise ShapeError(f"targets of shape {y.shape} and predictions of shape {predicted.shape} cannot be compared")
    errors = predicted - y
    return 2 * (X.T @ errors) / len(y), float(2 * np.mean(errors))


def train(X: np.ndarray, y: np.ndarray, rate: float, epochs: int) -> tuple[np.ndarray, float, np.ndarray]:
    """Fit a linear model by gradient descent; returns ``(weights, bias, losses)``.

    All weights and the bias begin at 0. In each epoch every one of them moves by minus ``rate`` times its own slope;
    all slopes are taken at the same point, before anything moves. ``losses`` is an array of ``epochs + 1`` mean squared
    errors: ``losses[k]`` is the one after k epochs, so ``losses[0]`` belongs to a model that always says 0. The
    rate stays what it is: if it is too high, the losses grow, and they are returned as they are.

    For X = [[1], [2], [3]] and y = [2, 3, 7] the first slopes are -58/3 and -8. With rate 0.03, one epoch gives
    ``(array([0.58]), 0.24, losses)`` with losses close to ``[20.667, 9.718]``.
    """
    weights, bias = np.zeros(X.shape[1]), 0.0
    losses = [mean_squared_error(y, linear_model(X, weights, bias))]
    for _ in range(epochs):
        weight_slopes, bias_slope = mse_gradient(X, y, weights, bias)
        weights = weights - rate * weight_slopes
        bias = bias - rate * bias_slope
        losses.append(mean_squared_error(y, linear_model(X, weights, bias)))
    return weights, bias, np.array(losses)


def normal_equations(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """The weights, shape (d,), and the bias with the smallest mean squared error, in one step.

    Let A be X with a column of ones put to its right, shape (n, d + 1). The answer is the solution of (AᵀA) s = Aᵀy:
    its first d entries are the weights, the last is the bias. Solve with your own `solve`, which takes a `Matrix` and a
    list, or with ``np.linalg.solve``. What does the whole job for you (``np.linalg.lstsq``, ``np.linalg.pinv``,
    ``np.polyfit``) is not to be used here.

    For X = [[1], [2], [3]] and y = [2, 3, 7] it is ``(array([2.5]), -1.0)``, up to rounding.
    Raises `ValueError` if the columns of A are not independent (``np.linalg.matrix_rank(A)`` is less than d + 1): too
    few rows, a constant column, or a column that others make up. Then many answers would be equally good. It is the
    rank of A that counts, not that of X or of AᵀA, which may come out too high or too low.
    """
    A = np.column_stack([X, np.ones(len(X))])
    independent = np.linalg.matrix_rank(A)
    if independent < A.shape[1]:
        raise ValueError(f"only {independent} of {A.shape[1]} columns (the ones included) are independent")
    gram, moments = A.T @ A, A.T @ y
    solution = solve(Matrix(gram.tolist()), moments.tolist())
    return np.array(solution[:-1]), solution[-1]


def standardise(X: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bring each column of an (n, d) array to mean 0 and standard deviation 1; returns ``(Z, means, scales)``.

    ``Z`` is ``(X - means) / scales``, a new array of shape (n, d). ``means`` and ``scales`` have shape (d,). A column's
    scale is its standard deviation: the root of the mean of its squared differences from its mean (divide by n, not
    n - 1). If all entries of a column are equal, its scale is 1, so that nothing is divided by 0. Mind that rounding
    can give such a column a standard deviation of 1e-17, while [1e-20, 3e-20] has an honest one of 1e-20: don't compare
    deviations with 0, compare the entries themselves.

    ``standardise(np.array([[1.0, 5.0], [3.0, 5.0]]))`` is ``([[-1, 0], [1, 0]], [2, 5], [1, 1])``, as arrays.
    """
    means, deviations = column_means(X), X.std(axis=0)
    constant = (X == X[0]).all(axis=0)
    scales = np.where(constant, 1.0, deviations)
    return (X - means) / scales, means, scales


def r_squared(y: np.ndarray, predicted: np.ndarray) -> float:
    """How much better predictions are than the mean of y: 1 - (their MSE) / (MSE of always saying the mean of y).

    1 is perfect, 0 is no better than the mean, and below 0 is worse. y and ``predicted`` have shape (n,).
    ``r_squared(np.array([2.0, 3.0, 7.0]), np.array([2.0, 4.0, 6.0]))`` is ``1 - (2/3) / (14/3)``, which is 6/7.
    Raises `ShapeError` if the shapes differ, and `ValueError` if all entries of y are equal. Compare the entries: equal
    ones may have a computed variance of 1e-34 instead of 0, and tiny ones that differ have a true one as small.
    """
    if (y == y[0]).all():
        raise ValueError(f"all targets are {y[0]}: there is no variance to explain")
    baseline = np.full(y.shape, y.mean())
    return 1 - mean_squared_error(y, predicted) / mean_squared_error(y, baseline)
