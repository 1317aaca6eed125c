"""How good is a model on data that it has not seen, and why is it not better?

Measures for classifiers, cross-validation, the decomposition of an error into bias, variance and noise, learning curves
and early stopping. The measures have scikit-learn's names, and the same values.

Sources: Hastie, Tibshirani, Friedman, *The Elements of Statistical Learning*, chapter 7; Fawcett, "An introduction to
ROC analysis" (2006); Bishop, *Pattern Recognition and Machine Learning*, section 3.2.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.foundations.regression import r_squared
from course_lib.ml.data import k_fold, polynomial_features
from course_lib.ml.validation import check_features, check_features_and_target, check_fitted

# ------------------------------------------------------------------ yes-or-no answers


def check_labels(y_true, y_pred) -> tuple[np.ndarray, np.ndarray]:
    """True and predicted labels as two arrays of one shape, (rows,), with at least one row.

    Raises ValueError, naming both shapes, if the shapes differ or are not of this form, and if a label is NaN.
    """
    y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
    if y_true.ndim != 1 or y_true.shape != y_pred.shape or y_true.size == 0:
        raise ValueError(f"labels come in pairs, shape (rows,) twice, but here are {y_true.shape} and {y_pred.shape}")
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        if labels.dtype.kind == "f" and np.isnan(labels).any():
            raise ValueError(f"{name} holds nan at index {np.argmax(np.isnan(labels))}")
    return y_true, y_pred


def accuracy_score(y_true, y_pred) -> float:
    """Share of the rows whose predicted label is the true one.

    ``y_true`` and ``y_pred`` are arrays or lists of labels (ints or strings), one for each row.
    ``accuracy_score([1, 0, 1, 0], [1, 1, 1, 0])`` is ``0.75``. Pairs that `check_labels` refuses are refused.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    return float(np.mean(y_true == y_pred))


def confusion_matrix(y_true, y_pred) -> np.ndarray:
    """Table of counts: entry (i, j) is how many rows of class i were predicted to be of class j.

    The classes are all labels that occur in ``y_true`` or in ``y_pred``, in ascending order (strings: alphabetical), so
    the shape is (classes, classes). ``confusion_matrix([1, 0, 1, 0, 0], [1, 1, 1, 0, 0])`` is ``[[2, 1], [0, 2]]``.
    Pairs that `check_labels` refuses are refused.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    classes = np.unique(np.concatenate([y_true, y_pred]))
    return np.array([[np.sum((y_true == i) & (y_pred == j)) for j in classes] for i in classes])


def precision_score(y_true, y_pred, *, pos_label=1) -> float:
    """Of the rows that were predicted positive, the share that is positive: TP / (TP + FP).

    The label ``pos_label`` is the positive one, and any other is negative. Where nothing was predicted positive, the
    answer is 0.0. ``precision_score([1, 0, 1, 0], [1, 1, 0, 1])`` is ``1 / 3``; with ``pos_label=0`` it is 0.0.
    Pairs that `check_labels` refuses are refused.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    flagged = y_pred == pos_label
    hits = (y_true == pos_label) & flagged
    return float(np.sum(hits) / np.sum(flagged)) if np.any(flagged) else 0.0


def recall_score(y_true, y_pred, *, pos_label=1) -> float:
    """Of the rows that are positive, the share that was predicted positive: TP / (TP + FN).

    The label ``pos_label`` is the positive one, and any other is negative. Where no row is positive, the answer is
    0.0. ``recall_score([1, 0, 1, 1], [1, 1, 0, 1])`` is ``2 / 3``. Pairs that `check_labels` refuses are refused.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    positive = y_true == pos_label
    hits = positive & (y_pred == pos_label)
    return float(np.sum(hits) / np.sum(positive)) if np.any(positive) else 0.0


def f1_score(y_true, y_pred, *, pos_label=1) -> float:
    """Harmonic mean of precision and recall, 2 * precision * recall / (precision + recall).

    ``pos_label`` is the positive label. Where precision and recall are both 0, the answer is 0.0.
    ``f1_score([1, 0, 1, 1], [1, 0, 0, 0])`` is ``0.5``: precision 1, recall 1/3. Pairs that `check_labels` refuses are
    refused.
    """
    precision = precision_score(y_true, y_pred, pos_label=pos_label)
    recall = recall_score(y_true, y_pred, pos_label=pos_label)
    both = precision + recall
    return 2 * precision * recall / both if both else 0.0


# ------------------------------------------------------------------ scores


def check_scores(y_true, y_score) -> tuple[np.ndarray, np.ndarray]:
    """Labels 0 and 1, both of them present, and a finite score for each, as two arrays of shape (rows,).

    The scores come out as floats. Raises ValueError for anything else, with one line that says what is wrong.
    """
    y_true, y_score = check_labels(y_true, np.asarray(y_score, dtype=float))
    if not np.isfinite(y_score).all():
        place = int(np.argmin(np.isfinite(y_score)))
        raise ValueError(f"y_score holds {y_score[place]} at index {place}")
    if np.unique(y_true).tolist() != [0, 1]:
        raise ValueError(f"y_true must hold both 0 and 1 and nothing else, but it holds {np.unique(y_true).tolist()}")
    return y_true, y_score


def roc_curve(y_true, y_score) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """False positive rates, true positive rates and thresholds, from the strictest threshold to the laxest.

    ``y_true`` holds labels 0 and 1, ``y_score`` a number for each row: the higher, the likelier a 1. A row counts as
    predicted positive if its score is at least the threshold. The true positive rate is the share of the 1s that are
    predicted positive, the false positive rate the share of the 0s.

    The thresholds are infinity and then each *different* score once, descending; all three arrays have that length.
    So the first point is (0, 0), the last (1, 1), and rows with equal scores pass together:
    ``roc_curve([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1])`` is ``[0, 0, 0.5, 1]``, ``[0, 0.5, 1, 1]``,
    ``[inf, 0.9, 0.5, 0.1]``. Input that `check_scores` refuses is refused.
    """
    y_true, y_score = check_scores(y_true, y_score)
    order = np.argsort(-y_score)
    labels, scores = y_true[order], y_score[order]
    last = np.append(scores[1:] != scores[:-1], True)  # the last of those with one score
    tpr = np.cumsum(labels == 1)[last] / np.sum(labels == 1)
    fpr = np.cumsum(labels == 0)[last] / np.sum(labels == 0)
    return np.append(0.0, fpr), np.append(0.0, tpr), np.append(np.inf, scores[last])


def roc_auc_score(y_true, y_score) -> float:
    """Area under the ROC curve, whose points are joined by straight lines.

    It is the share of all pairs of a 1 and a 0 in which the 1 has the higher score, where a pair with equal scores
    counts one half: ``roc_auc_score([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1])`` is ``3.5 / 4``.
    Input that `check_scores` refuses is refused.
    """
    fpr, tpr, _ = roc_curve(y_true, y_score)
    return float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2))


# ------------------------------------------------------------------ models on trial


class PolynomialRegression:
    """Least squares on the powers of the features up to ``degree``, found exactly by NumPy.

    Minimises the mean of the squared errors plus ``l2`` times the sum of the squared weights; the bias is free.
    """

    def __init__(self, degree: int, l2: float = 0.0):
        self.degree, self.l2 = degree, l2

    def fit(self, X, y) -> PolynomialRegression:
        X, y = check_features_and_target(X, y)
        self.columns = X.shape[1]
        powers = polynomial_features(X, self.degree)
        mean, columns = powers.mean(axis=0), powers.shape[1]
        rows = np.vstack([powers - mean, np.sqrt(self.l2 * len(X)) * np.eye(columns)])
        targets = np.concatenate([y - y.mean(), np.zeros(columns)])
        self.weights = np.linalg.lstsq(rows, targets)[0]
        self.bias = y.mean() - mean @ self.weights
        return self

    def predict(self, X) -> np.ndarray:
        check_fitted(self, "weights")
        return polynomial_features(check_features(X, self.columns), self.degree) @ self.weights + self.bias

    def score(self, X, y) -> float:
        """R squared, as in the milestone of phase 1."""
        X, y = check_features_and_target(X, y)
        return r_squared(y, self.predict(X))


def cross_val_score(make_model: Callable, X, y, k: int = 5, *, rng: np.random.Generator) -> np.ndarray:
    """The scores of k models, each fitted without one of k folds and scored on that fold.

    The folds are those of one call ``k_fold(len(X), k, rng=rng)``, and the scores come in their order, as an array of
    shape (k,). ``make_model()`` gives a new, unfitted model with ``fit(X, y)`` and ``score(X, y)``; call it
    exactly once for each fold. ``X`` and ``y`` may be lists: `check_features_and_target(X, y)` returns them as arrays,
    and what it refuses is refused.
    """
    X, y = check_features_and_target(X, y)
    scores = []
    for train, validation in k_fold(len(X), k, rng=rng):
        model = make_model()
        model.fit(X[train], y[train])
        scores.append(model.score(X[validation], y[validation]))
    return np.array(scores)


def resampled_predictions(
    make_model: Callable, f: Callable, noise: float, rows: int, x_new, repeats: int, *, rng: np.random.Generator
) -> np.ndarray:
    """What ``repeats`` models say at the points ``x_new``, each fitted on a training set of its own; (repeats, points).

    A training set has ``rows`` points x, evenly spaced from -1 to 1, and targets f(x) plus Gaussian noise with standard
    deviation ``noise``. From set to set only the noise is new.
    """
    x, predictions = np.linspace(-1, 1, rows), []
    for _ in range(repeats):
        y = f(x) + rng.normal(0, noise, size=rows)
        predictions.append(make_model().fit(x[:, None], y).predict(np.asarray(x_new)[:, None]))
    return np.array(predictions)


def bias_variance(predictions, truth) -> tuple[float, float]:
    """Squared bias and variance of models that were fitted on different training sets.

    ``predictions[r, i]`` is what the model of training set r says at point i, and ``truth[i]`` is what is true there,
    without noise. At each point, the bias is the mean prediction minus the truth, and the variance is the mean of the
    squared differences between the predictions and their mean. Returned are the mean over all points of the squared
    bias, and that of the variance: ``bias_variance([[1, 5], [3, 5]], [0, 4])`` is ``(2.5, 0.5)``.

    Raises ValueError, naming both shapes, unless ``predictions`` has shape (sets, points) and ``truth`` (points,).
    """
    predictions, truth = np.asarray(predictions), np.asarray(truth)
    if predictions.ndim != 2 or truth.shape != predictions.shape[1:]:
        raise ValueError(f"predictions of shape {predictions.shape} do not fit a truth of shape {truth.shape}")
    mean = predictions.mean(axis=0)
    return float(np.mean((mean - truth) ** 2)), float(np.mean((predictions - mean) ** 2))


def learning_curve(make_model: Callable, X_train, y_train, X_val, y_val, sizes) -> tuple[np.ndarray, np.ndarray]:
    """Scores of models that were fitted on the first rows of a training set, on more and more of them.

    For each number in ``sizes``, in the order given, a new model from ``make_model()`` is fitted on that many first
    rows of ``X_train`` and ``y_train``. Returns two arrays with one entry for each number in ``sizes`` (which may be
    given twice): the score on the rows that the model was fitted on, and the score on all of ``X_val`` and ``y_val``.
    All tables are arrays. A model has ``fit(X, y)`` and ``score(X, y)``.

    Raises ValueError, naming the size, if a size is less than 1 or more than the rows there are.
    """
    train_scores, val_scores = [], []
    for size in sizes:
        if not 1 <= size <= len(X_train):
            raise ValueError(f"a size must be from 1 to {len(X_train)}, the rows there are; got {size}")
        model = make_model()
        model.fit(X_train[:size], y_train[:size])
        train_scores.append(model.score(X_train[:size], y_train[:size]))
        val_scores.append(model.score(X_val, y_val))
    return np.array(train_scores), np.array(val_scores)


class EarlyStopping:
    """Watches a validation loss and says when to stop.

    ``best_loss_`` is the lowest loss that counted as an improvement (infinity before the first), ``best_epoch_`` the
    epoch it belongs to, counted from 0 (None before the first), ``epochs_`` how many losses were seen and ``waited_``
    how many of them came since the last improvement.
    """

    def __init__(self, patience: int, min_delta: float = 0.0):
        """Stop after ``patience`` (1 or more) losses in a row, none better than the best by more than ``min_delta``."""
        if patience < 1 or min_delta < 0:
            raise ValueError(f"patience must be 1 or more and min_delta not negative, got {patience} and {min_delta}")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss_, self.best_epoch_ = np.inf, None
        self.epochs_ = self.waited_ = 0

    def update(self, loss: float) -> bool:
        """Take in the validation loss of one more epoch; True if it is time to stop.

        A loss is an improvement if it is lower than ``best_loss_ - min_delta``. Then ``best_loss_`` becomes this loss,
        ``best_epoch_`` the epoch (0 for the first call), and ``waited_`` 0. Any other loss, NaN among them, adds 1 to
        ``waited_``. ``epochs_`` grows by 1 in either case. The answer is whether ``waited_`` has come to ``patience``
        (or beyond, if somebody goes on).
        """
        if loss < self.best_loss_ - self.min_delta:
            self.best_loss_, self.best_epoch_, self.waited_ = loss, self.epochs_, 0
        else:
            self.waited_ += 1
        self.epochs_ += 1
        return self.waited_ >= self.patience
