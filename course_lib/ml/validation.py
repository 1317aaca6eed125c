"""What every estimator asks of the data it is handed; one clear line if it is not so."""

from __future__ import annotations

import numpy as np


class NotFittedError(ValueError, AttributeError):
    """An estimator was asked to predict or transform before it was fitted."""


def check_features(X, columns: int | None = None) -> np.ndarray:
    """``X`` as an array of floats of shape (rows, columns), with at least one row and one column.

    Raises ValueError, naming the shape or the place, if ``X`` is not two-dimensional, is empty, holds NaN or infinity,
    or has a number of columns other than ``columns`` (where that is given).
    """
    X = np.asarray(X, dtype=float)
    if X.ndim != 2:
        raise ValueError(f"X must have two dimensions, (rows, columns), but its shape is {X.shape}")
    if X.size == 0:
        raise ValueError(f"X is empty: its shape is {X.shape}")
    _check_finite("X", X)
    if columns is not None and X.shape[1] != columns:
        raise ValueError(f"X has {X.shape[1]} columns, but the model was fitted on {columns}")
    return X


def check_features_and_target(X, y) -> tuple[np.ndarray, np.ndarray]:
    """``X`` as from `check_features`, and ``y`` as an array of shape (rows,), one entry for each row of ``X``.

    Raises ValueError as `check_features` does, and if ``y`` is not one-dimensional, differs from ``X`` in length, or
    holds NaN or infinity.
    """
    X, y = check_features(X), np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"y must have one dimension, (rows,), but its shape is {y.shape}")
    if len(y) != len(X):
        raise ValueError(f"X has {len(X)} rows, but y has {len(y)} entries")
    if np.issubdtype(y.dtype, np.floating):
        _check_finite("y", y)
    return X, y


def check_fitted(model, attribute: str) -> None:
    """Raise NotFittedError unless ``model`` has ``attribute``, and it is not None."""
    if getattr(model, attribute, None) is None:
        raise NotFittedError(f"this {type(model).__name__} is not fitted yet: call fit first")


def _check_finite(name: str, values: np.ndarray) -> None:
    if not np.isfinite(values).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise ValueError(f"{name} holds {values[place]} at index {place if len(place) > 1 else place[0]}")
