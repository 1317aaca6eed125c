"""Linear models: linear, logistic and softmax regression, their losses, and what the penalties L1 and L2 do.

Shapes throughout: n rows, d columns of features, k classes. A *score* is what a linear model computes before anything
else, ``X @ weights + bias``: shape (n,) for one number a row, (n, k) for one number a row and class.

What the models minimise, with the mean taken over the rows and the bias left out of the penalties:

    mean loss  +  l1 * (sum of the absolute weights)  +  l2 * (sum of the squared weights)

In scikit-learn's terms, for n training rows:

    LinearRegression, l2 alone    Ridge(alpha=n * l2)
    LinearRegression, l1 alone    Lasso(alpha=l1 / 2)
    LinearRegression, both        ElasticNet(alpha=l1 / 2 + l2, l1_ratio=(l1 / 2) / (l1 / 2 + l2))
    the classifiers, l2 alone     LogisticRegression(C=1 / (2 * n * l2))
    LogisticRegression, l1 alone  LogisticRegression(C=1 / (n * l1), l1_ratio=1, solver="saga")

Sources: Bishop, *Pattern Recognition and Machine Learning*, chapters 3 and 4; Goodfellow, Bengio, Courville, *Deep
Learning*, sections 4.1, 5.5 and 7.1; Tibshirani, "Regression shrinkage and selection via the lasso" (1996); Beck and
Teboulle, "A fast iterative shrinkage-thresholding algorithm" (2009); O'Donoghue and Candès, "Adaptive restart for
accelerated gradient schemes" (2015).
"""

from __future__ import annotations

import warnings

import numpy as np

from course_lib.foundations.matrix import ShapeError
from course_lib.foundations.regression import mean_squared_error, r_squared
from course_lib.ml.data import one_hot
from course_lib.ml.validation import check_features, check_features_and_target, check_fitted


def sigmoid(z: np.ndarray) -> np.ndarray:
    """The logistic function, 1 / (1 + exp(-z)), entry by entry.

    ``z`` is an array of any shape, of ints or floats, or a single number; the result has its shape (for one number, it
    is a number or an array of shape ()). ``sigmoid(np.array([-2.0, 0.0, 2.0]))`` is about ``[0.119, 0.5, 0.881]``.

    Nothing overflows: ``sigmoid(-1000.0)`` is 0 and ``sigmoid(1000.0)`` is 1, without a warning from NumPy. Small
    results keep their digits: ``sigmoid(-100.0)`` is 3.72e-44, ``sigmoid(-600.0)`` 2.65e-261. ``z`` stays as it was.
    """
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, small) / (1 + small)


def require_same_shape(y_true: np.ndarray, predicted: np.ndarray) -> None:
    """Raise `ShapeError`, with both shapes in its message, unless the two arrays have one shape."""
    if y_true.shape != predicted.shape:
        raise ShapeError(f"targets of shape {y_true.shape} and predictions of shape {predicted.shape} do not match")


def mse_loss(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Mean squared error of predictions, both of shape (n,): `mean_squared_error` of the last phase."""
    return mean_squared_error(y_true, y_pred)


def binary_cross_entropy(y_true: np.ndarray, p: np.ndarray) -> float:
    """Mean surprise, in nats, at outcomes that were predicted with probability ``p``; one number.

    ``y_true`` holds 0 or 1 for each of n rows, and ``p`` the predicted probability of a 1, both of shape (n,). A row
    adds -ln(p) where ``y_true`` is 1, and -ln(1 - p) where it is 0; the result is the mean.

    ``binary_cross_entropy(np.array([1, 0]), np.array([0.5, 0.75]))`` is (ln 2 + ln 4) / 2, about 1.04. A certainty that
    came true adds 0, so ``binary_cross_entropy(np.array([1, 0]), np.array([1.0, 0.0]))`` is 0, not NaN. If something
    happened that was given probability 0, the result is ``np.inf`` (NumPy may warn of it). The smallest probabilities
    count in full: 1e-200 adds 460.5. (Clipping hides that; so does a product over the rows, which is rounded to 0.)
    Raises `ShapeError` if the shapes differ: `require_same_shape`, which is given, does that.
    """
    require_same_shape(y_true, p)
    chance = np.where(y_true == 1, p, 1 - p)  # what was given to the thing that happened
    with np.errstate(divide="ignore"):
        return float(-np.mean(np.log(chance)))


def mean_slopes(X: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The slopes of a mean loss for the weights and for the bias, from each row's slope for its score.

    X has shape (n, d). ``errors`` holds the slope of each row's own loss with respect to that row's score: shape (n,)
    for one score a row, or (n, k) for k of them. The slope for a weight is the mean over the rows of (feature times
    error), the slope for a bias the mean over the rows of its errors. So the result is a tuple with an array of shape
    (d,) and a number, or with arrays of shape (d, k) and (k,).

    ``mean_slopes(np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([1.0, -2.0]))`` is ``(array([-2.5, 1.]), -0.5)``.
    """
    return X.T @ errors / len(X), np.mean(errors, axis=0)


def softmax(z: np.ndarray) -> np.ndarray:
    """Scores to probabilities along the last axis: exp of each score, over the sum of the exps.

    ``z`` is an array of one or more axes, of ints or floats. The result has its shape, and adds up to 1 along the last
    axis: ``softmax(np.array([[0.0, np.log(3)], [5.0, 5.0]]))`` is ``[[0.25, 0.75], [0.5, 0.5]]``.

    Nothing overflows, however large the scores or however far apart the rows: ``softmax(np.array([1000, 1000]))`` is
    ``[0.5, 0.5]``. ``z`` stays as it was.
    """
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def log_softmax(z: np.ndarray) -> np.ndarray:
    """The natural logarithm of `softmax` along the last axis, exact even where softmax itself rounds to 0.

    ``z`` is an array of one or more axes, of ints or floats, and the result has its shape.
    ``log_softmax(np.array([0.0, np.log(3)]))`` is ``[-1.386, -0.288]``, which are ln 0.25 and ln 0.75. And
    ``log_softmax(np.array([0, 1000]))`` is ``[-1000, 0]``: no infinity, no NaN, no warning; for ``[0, 1000, 1000]``
    the first is -1000 - ln 2, to the last digit. ``z`` stays as it was.
    """
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def cross_entropy(y_true: np.ndarray, P: np.ndarray) -> float:
    """Mean surprise, in nats, at classes that were predicted with the probabilities ``P``; one number.

    ``P`` has shape (n, k), a distribution in each row. ``y_true`` says which class each row has: either n ints from 0
    to k - 1, shape (n,), or one-hot rows of shape (n, k), 1 at the class and 0 elsewhere (ints or floats). A row adds
    minus the natural logarithm of the probability that it gives to its class; the result is the mean.

    ``cross_entropy(np.array([0, 2]), np.array([[0.5, 0.25, 0.25], [0.0, 0.9, 0.1]]))`` is (ln 2 + ln 10) / 2, about
    1.5, and the same with ``np.array([[1, 0, 0], [0, 0, 1]])`` for the labels. Probabilities of 0 for classes that did
    not happen add nothing; if one that happened had probability 0, the result is ``np.inf`` (NumPy may warn of it).
    Raises `ShapeError`, with both shapes in its message, if ``y_true`` and ``P`` differ in their number of rows.
    """
    if len(y_true) != len(P):
        raise ShapeError(f"labels of shape {y_true.shape} and probabilities of shape {P.shape} do not match")
    labels = y_true if y_true.ndim == 1 else y_true.argmax(axis=1)
    with np.errstate(divide="ignore"):
        return float(-np.mean(np.log(P[np.arange(len(P)), labels])))


def soft_threshold(w: np.ndarray, t: float) -> np.ndarray:
    """Move each entry towards 0 by ``t``, and stop at 0: entries between -t and t become 0.

    ``soft_threshold(np.array([3.0, -0.5, -2.0]), 1.0)`` is ``[2, 0, -1]``. ``w`` is an array of floats of any
    shape, and stays as it was; ``t`` is a number, 0 or more.
    """
    return np.sign(w) * np.maximum(np.abs(w) - t, 0)


def penalised_step(
    weights: np.ndarray,
    bias: np.ndarray,
    weight_slopes: np.ndarray,
    bias_slope: np.ndarray,
    rate: float,
    l1: float = 0.0,
    l2: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """One step of gradient descent on: loss + l1 * (sum of |w|) + l2 * (sum of w squared). Returns (weights, bias).

    ``weight_slopes`` and ``bias_slope`` are those of the loss alone. The weights move by minus ``rate`` times the
    slopes of the loss and of the l2 penalty together; the result goes through `soft_threshold` with ``rate * l1``. The
    bias moves by minus ``rate`` times its slope; no penalty touches it.

    With weights [1, -2], slopes [4, 0], rate 0.1, l1 = 1 and l2 = 0.5, the step leads to [0.5, -1.8], and from there
    the threshold to [0.4, -1.7]. Weights have shape (d,) with a bias that is a number, or (d, k) with a bias (k,). New
    arrays are returned; those handed in stay as they were.
    """
    slopes = weight_slopes + 2 * l2 * weights
    return soft_threshold(weights - rate * slopes, rate * l1), bias - rate * bias_slope


class LinearModel:
    """What the three models share: scores that are linear in the features, and the way to the lowest point.

    Parameters
    ----------
    learning_rate: the length of the steps of `fit`; None to have it chosen and to go on until the lowest point is
        reached (see `settle`). That is the setting to compare with scikit-learn's coefficients.
    l1, l2: the weights of the penalties, 0 or more. The module's docstring says what they are in scikit-learn's terms.

    Attributes
    ----------
    weights: array of shape (d,), or (d, k) for k classes; None before `fit`.
    bias: a number, or an array of shape (k,); None before `fit`.
    loss_history_: what was minimised, penalties included: before the first step and after each one.
    """

    curvature: float  # the most that a row's loss can bend, along its scores

    def __init__(self, learning_rate: float | None = 0.01, l1: float = 0.0, l2: float = 0.0):
        if learning_rate is not None and not learning_rate > 0:
            raise ValueError(f"learning_rate must be positive, or None, got {learning_rate}")
        if not (l1 >= 0 and l2 >= 0):
            raise ValueError(f"penalties cannot be negative, got l1={l1} and l2={l2}")
        self.learning_rate, self.l1, self.l2 = learning_rate, l1, l2
        self.weights = self.bias = None

    def targets_of(self, y: np.ndarray) -> np.ndarray:
        """What the scores are compared with: shape (n,), or (n, k) for k scores a row."""
        raise NotImplementedError

    def mean_loss(self, scores: np.ndarray, targets: np.ndarray) -> float:
        """The mean over the rows of the loss, without penalties."""
        raise NotImplementedError

    def row_errors(self, scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The slope of each row's loss with respect to its scores, an array of the scores' shape."""
        raise NotImplementedError

    def begin(self, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Refuse bad data, set weights and bias to zeros; returns X as floats and the targets."""
        X, y = check_features_and_target(X, y)
        targets = self.targets_of(y)
        self.weights = np.zeros((X.shape[1], *targets.shape[1:]))
        self.bias = np.zeros(targets.shape[1:])[()]  # [()] makes a number of an array without axes
        return X, targets

    def objective(self, scores: np.ndarray, targets: np.ndarray) -> float:
        """What is minimised: the mean loss of the scores plus the penalties on the weights as they are."""
        penalty = self.l1 * np.abs(self.weights).sum() + self.l2 * (self.weights**2).sum()
        return float(self.mean_loss(scores, targets) + penalty)

    def fit(self, X: np.ndarray, y: np.ndarray, epochs: int = 1000) -> LinearModel:
        """Fit to features X, shape (n, d), and targets y, shape (n,), by gradient descent; returns the model itself.

        The method `begin` comes first: it refuses bad data, sets ``weights`` and ``bias`` to zeros, so that every fit
        starts afresh, and returns the features and the targets to go on with. If ``learning_rate`` is None, the method
        `settle` takes these two, does all the rest, and returns the model (``epochs`` then does not count). Otherwise
        each epoch is one `penalised_step` with the model's ``learning_rate``, ``l1`` and ``l2``. Its slopes are those
        of `mean_slopes`, for the errors that ``self.row_errors(scores, targets)`` tells from the scores
        ``X @ weights + bias``.

        Afterwards ``weights`` and ``bias`` are those of the last step, and ``loss_history_`` is an array of
        ``epochs + 1`` numbers: ``self.objective(scores, targets)`` before the first step and after each one, always
        with the scores of that moment. (So ``epochs=0`` leaves zeros and one number.) Raises `ValueError`, with the
        value of the learning rate in its message, if one of them is infinite or NaN; mere growth is no error.

        For X = [[1], [2], [3]] and y = [2, 3, 7], ``LinearRegression(learning_rate=0.03).fit(X, y, epochs=1)`` has
        weights [0.58], bias 0.24 and a loss history close to [20.667, 9.718].
        """
        X, targets = self.begin(X, y)
        if self.learning_rate is None:
            return self.settle(X, targets)
        scores = X @ self.weights + self.bias
        losses = [self.objective(scores, targets)]
        for _ in range(epochs):
            weight_slopes, bias_slope = mean_slopes(X, self.row_errors(scores, targets))
            self.weights, self.bias = penalised_step(
                self.weights, self.bias, weight_slopes, bias_slope, self.learning_rate, self.l1, self.l2
            )
            scores = X @ self.weights + self.bias
            losses.append(self.objective(scores, targets))
            if not np.isfinite(losses[-1]):
                raise ValueError(f"the loss grew to {losses[-1]}: learning_rate={self.learning_rate} is too large here")
        self.loss_history_ = np.array(losses)
        return self

    def settle(self, X: np.ndarray, targets: np.ndarray, tolerance: float = 1e-9, most: int = 100_000) -> LinearModel:
        """Steps of `penalised_step` until the slopes have all but vanished: less than ``tolerance`` times the first.

        The rate is 1 over the largest curvature. Each step starts not from the last point but from a little further
        along, in the direction it was going; the lead grows from step to step, and is given up when it leads uphill
        (Beck and Teboulle 2009; O'Donoghue and Candès 2015). Warns after ``most`` steps.
        """
        A = np.column_stack([X, np.ones(len(X))])
        rate = 1 / (self.curvature * np.linalg.eigvalsh(A.T @ A / len(X))[-1] + 2 * self.l2)
        here = ahead = (self.weights, self.bias)
        scores = ahead_scores = X @ self.weights + self.bias
        lead, first, losses = 1.0, None, [self.objective(scores, targets)]
        for _ in range(most):
            slopes = mean_slopes(X, self.row_errors(ahead_scores, targets))
            there = penalised_step(*ahead, *slopes, rate, self.l1, self.l2)
            moved = [b - a for a, b in zip(ahead, there)]
            gained = [b - a for a, b in zip(here, there)]
            uphill = sum(np.sum(m * g) for m, g in zip(moved, gained)) < 0
            longer = (1 + np.sqrt(1 + 4 * lead**2)) / 2
            further, lead = (0.0, 1.0) if uphill else ((lead - 1) / longer, longer)
            new_scores = X @ there[0] + there[1]
            ahead = tuple(b + further * g for b, g in zip(there, gained))
            ahead_scores = new_scores + further * (new_scores - scores)
            here, scores = there, new_scores
            self.weights, self.bias = here
            losses.append(self.objective(scores, targets))
            size = max(np.abs(m).max() for m in moved)
            first = size if first is None else first
            if size <= tolerance * first:
                break
        else:
            warnings.warn(f"not settled after {most} steps: standardise, or penalise the weights", stacklevel=3)
        self.loss_history_ = np.array(losses)
        return self

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """The scores of the rows of X: shape (n,), or (n, k) for k classes."""
        check_fitted(self, "weights")
        return check_features(X, columns=len(self.weights)) @ self.weights + self.bias

    @property
    def coef_(self) -> np.ndarray:
        """The weights in scikit-learn's layout: one row for each score."""
        check_fitted(self, "weights")
        return self.weights.T

    @property
    def intercept_(self) -> np.ndarray:
        """The bias in scikit-learn's layout."""
        check_fitted(self, "bias")
        return self.bias


class LinearRegression(LinearModel):
    """Predicts a number: the score itself. The loss is the mean squared error."""

    curvature = 2.0

    def targets_of(self, y):
        return np.asarray(y, dtype=float)

    def mean_loss(self, scores, targets):
        return mse_loss(targets, scores)

    def row_errors(self, scores, targets):
        return 2 * (scores - targets)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predicted numbers, shape (n,)."""
        return self.decision_function(X)

    def score(self, X: np.ndarray, y: np.ndarray) -> float:
        """R squared of the predictions."""
        X, y = check_features_and_target(X, y)
        return r_squared(y, self.predict(X))


class Classifier(LinearModel):
    """What the two classifiers share: sorted ``classes_``, and a score that is the share of right answers."""

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The most probable class of each row, one of ``classes_``."""
        P = self.predict_proba(X)
        return self.classes_[P.argmax(axis=1)]

    def score(self, X: np.ndarray, y: np.ndarray) -> float:
        """Share of the rows whose class is predicted."""
        X, y = check_features_and_target(X, y)
        return float(np.mean(self.predict(X) == y))


class LogisticRegression(Classifier):
    """Two classes: the sigmoid of the score is the probability of the second. The loss is `binary_cross_entropy`."""

    curvature = 0.25

    def targets_of(self, y):
        self.classes_, which = np.unique(y, return_inverse=True)
        if len(self.classes_) != 2:
            raise ValueError(f"LogisticRegression needs two classes, but y has {len(self.classes_)}")
        return which.astype(float)

    def mean_loss(self, scores, targets):
        return np.mean(np.logaddexp(0, scores) - targets * scores)

    def row_errors(self, scores, targets):
        return sigmoid(scores) - targets

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities of the two classes, in the order of ``classes_``: shape (n, 2)."""
        scores = self.decision_function(X)
        return np.column_stack([sigmoid(-scores), sigmoid(scores)])

    @property
    def coef_(self) -> np.ndarray:
        """The weights in scikit-learn's layout, shape (1, d)."""
        return super().coef_[None, :]

    @property
    def intercept_(self) -> np.ndarray:
        """The bias in scikit-learn's layout, shape (1,)."""
        return np.array([super().intercept_])


class SoftmaxRegression(Classifier):
    """Two or more classes, a score for each: their softmax is the probabilities. The loss is `cross_entropy`.

    (Given two classes, scikit-learn fits one score, not two: then compare with `LogisticRegression`.)
    """

    curvature = 0.5

    def targets_of(self, y):
        self.classes_, which = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("SoftmaxRegression needs at least two classes, but y has 1")
        return one_hot(which, len(self.classes_))

    def mean_loss(self, scores, targets):
        return -np.mean(np.sum(targets * log_softmax(scores), axis=1))

    def row_errors(self, scores, targets):
        return softmax(scores) - targets

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities of the classes, in the order of ``classes_``: shape (n, k)."""
        return softmax(self.decision_function(X))
