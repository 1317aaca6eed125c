"""What must hold of ``mean_slopes``, ``soft_threshold`` and ``penalised_step``. Oracle: plain loops."""

import numpy as np

from checks.language import Piece
from checks.ml.linear.shared import SCRATCH, array


def errors_of_rows(rng):
    yield dict(X=np.array([[1.0, 2.0], [3.0, 0.0]]), errors=np.array([1.0, -2.0]))
    yield dict(X=np.array([[2.0]]), errors=np.array([3.0]))
    yield dict(X=np.array([[2.0, -1.0]]), errors=np.array([0.0]))
    yield dict(X=np.array([[1.0], [2.0]]), errors=np.array([[1.0, -1.0], [0.5, 0.0]]))
    for n, d, k in ((3, 2, None), (5, 5, None), (4, 2, 3), (3, 3, 3), (7, 2, 1)):
        yield dict(X=array(rng, n, d), errors=array(rng, n) if k is None else array(rng, n, k))


def slopes_by_loops(X, errors):
    columns = errors.reshape(len(X), -1).T.tolist()
    table = [[sum(x * e for x, e in zip(f, es)) / len(X) for es in columns] for f in X.T.tolist()]
    bias = np.array([sum(es) / len(X) for es in columns])
    shape = errors.shape[1:]
    return dict(weights=np.array(table).reshape(X.shape[1], *shape), bias=bias.reshape(shape))


slopes = Piece("ml.linear:mean_slopes", forbid=SCRATCH)
slopes.asks(
    "weight_slopes, bias_slope = mean_slopes(X, errors)\ndict(weights=weight_slopes, bias=bias_slope)",
    "means over the rows of feature times error, and of the errors",
    cases=errors_of_rows,
    answer=slopes_by_loops,
)
slopes.mistake("These are sums over the rows; the means are wanted.", "errors / len(X), np.mean(", "errors, np.sum(")
slopes.mistake("The mean is over the rows: divide by their number, not that of the features.", "len(X)", "X.shape[1]")
slopes.mistake("The weights' slopes are sums over the rows: divide by their number.", "errors / len(X)", "errors")
slopes.mistake("The bias's slope is a sum over the rows; its mean is wanted.", "np.mean", "np.sum")
slopes.mistake(
    "The mean runs over all errors: each of several scores has a bias of its own.", "errors, axis=0)", "errors)"
)
slopes.mistake(
    "The errors are slopes already: no further 2 is wanted.", "return X", "errors = 2 * errors\n    return X"
)
slopes.hint("Row j of X.T is feature j in all the rows; dotted with the errors it is the sum of the products.")
slopes.hint("A mean over the rows is a mean over axis 0. It leaves (k,) of (n, k), and one number of (n,).")


def thresholds(rng):
    yield dict(w=np.array([3.0, -0.5, -2.0]), t=1.0)
    yield dict(w=np.array([3.0, -0.5, 0.0]), t=0.0)
    yield dict(w=np.array([1.0, -1.0, 1.5, -1.5]), t=1.0)
    yield dict(w=np.array([4e-9, -1e-9]), t=3e-9)
    for shape in ((6,), (3, 4)):
        yield dict(w=array(rng, *shape), t=round(float(rng.uniform(0.2, 2)), 2))


threshold = Piece("ml.linear:soft_threshold", forbid=SCRATCH)
threshold.asks(
    "soft_threshold(w, t)",
    "towards 0 by t, and no further",
    cases=thresholds,
    answer=lambda w, t: np.array([x - t if x > t else x + t if x < -t else 0.0 for x in w.flat]).reshape(w.shape),
    atol=1e-20,
)
threshold.mistake(
    "The small entries are cut off and the others stay: those move by t as well.", "return w * (np.abs(w) > t)"
)
threshold.mistake("The negative entries have become 0: they move up by t, towards 0.", "return np.maximum(w - t, 0)")
threshold.mistake("The small entries have jumped over 0: they are to stop there.", "return w - np.sign(w) * t")
threshold.mistake("The signs are lost.", "np.sign(w) * ", "")
threshold.hint("The size of an entry becomes |w| - t, but never less than 0. The sign stays.")
threshold.hint("`np.sign(w)` is -1, 0 or 1; `np.maximum(a, 0)` replaces what is negative by 0.")


def steps(rng):
    def case(*values):
        return dict(zip(("weights", "bias", "weight_slopes", "bias_slope", "rate", "l1", "l2"), values))

    start, slopes = np.array([1.0, -2.0]), np.array([4.0, 0.0])
    yield case(start, 0.5, slopes, 1.0, 0.1, 0.0, 0.0)
    yield case(start, 0.5, slopes, 1.0, 0.1, 1.0, 0.5)
    yield case(start, 0.5, slopes, 1.0, 0.1, 0.0, 0.5)
    yield case(np.array([0.3, -0.1, 0.0, 2.0]), -0.1, np.array([1.0, 1.0, -3.0, 0.0]), 0.0, 0.2, 1.0, 0.0)
    rate, l1, l2 = rng.uniform((0.1, 0.5, 0.2), (0.4, 3.0, 1.0)).round(2).tolist()
    yield case(array(rng, 4), 0.7, array(rng, 4), -0.4, rate, l1, l2)
    yield case(array(rng, 3, 2), array(rng, 2), array(rng, 3, 2), array(rng, 2), rate, l1, l2)


def stepped(weights, bias, weight_slopes, bias_slope, rate, l1, l2):
    """The new weights as the lowest point of: (w - moved)^2 / 2 + rate * l1 * |w|, which has three candidates."""

    def lowest(moved):
        candidates = (0.0, moved - rate * l1, moved + rate * l1)
        return min(candidates, key=lambda w: (w - moved) ** 2 / 2 + rate * l1 * abs(w))

    moved = weights * (1 - 2 * rate * l2) - rate * weight_slopes
    return dict(weights=np.vectorize(lowest)(moved), bias=np.asarray(bias - rate * bias_slope))


step = Piece("ml.linear:penalised_step", forbid=SCRATCH)
step.asks(
    """
    new_weights, new_bias = penalised_step(weights, bias, weight_slopes, bias_slope, rate, l1, l2)
    dict(weights=new_weights, bias=new_bias)
    """,
    "a step against all slopes, then the threshold",
    cases=steps,
    answer=stepped,
)
step.asks(
    "new_weights, new_bias = penalised_step(weights, bias, slopes, 0.5, 0.1)\ndict(weights=new_weights, bias=new_bias)",
    "without l1 and l2 there is no penalty",
    cases=[dict(weights=np.array([1.0, -2.0]), bias=1.0, slopes=np.array([4.0, 0.0]))],
    answer=lambda weights, bias, slopes: dict(weights=weights - 0.1 * slopes, bias=np.asarray(bias - 0.05)),
)
step.mistake("The square leaves a 2 behind: the slope of l2 * w squared is 2 * l2 * w.", "2 * l2", "l2")
step.mistake("The threshold is part of the step: it shrinks with the rate.", "slopes, rate * l1)", "slopes, l1)")
step.mistake(
    "The slope of the squares needs the rate as well.", "rate * slopes", "rate * weight_slopes - 2 * l2 * weights"
)
step.mistake(
    "l2 has moved the bias too: no penalty touches it.", "rate * bias_slope", "rate * (bias_slope + 2 * l2 * bias)"
)
step.mistake(
    "The bias has been thresholded too: no penalty touches it.",
    "bias - rate * bias_slope",
    "soft_threshold(bias - rate * bias_slope, l1 * rate)",
)
step.mistake(
    "The threshold came before the step: first move, then threshold.",
    "soft_threshold(weights - rate * slopes, rate * l1)",
    "soft_threshold(weights, rate * l1) - rate * slopes",
)
step.mistake(
    "A slope of plus or minus l1 makes the weights hop over 0 and never rest on it: use the threshold.",
    "soft_threshold(weights - rate * slopes, rate * l1)",
    "weights - rate * (slopes + l1 * np.sign(weights))",
)
step.hint("Weights: add the slope of the squares, 2 * l2 * weights, to theirs; then step. Bias: rate * bias_slope.")
step.hint("`soft_threshold` takes the weights after the step, and rate * l1. No penalty touches the bias.")
