"""What must hold of ``huber_loss`` and ``huber_gradient``. Oracles: plain loops, finite differences."""

import math

import numpy as np

from checks.language import Piece
from checks.ml.optimizers.shared import array, rows, settings


def predictions(rng):
    yield dict(y_true=np.array([0.0, 0.0]), y_pred=np.array([0.5, -3.0]), delta=1.0)
    yield dict(y_true=np.array([2.0]), y_pred=np.array([2.0]), delta=1.0)
    yield dict(y_true=np.array([2.0, 5.0]), y_pred=np.array([3.0, 4.5]), delta=1.0)
    yield dict(y_true=np.array([2, 5, 0]), y_pred=np.array([4, 4, 7]), delta=2.0)
    for shape in ((3,), (7,), (2, 3), (5, 2)):
        y_true = array(rng, *shape)
        yield dict(y_true=y_true, y_pred=y_true + array(rng, *shape) / 2, **settings(rng, delta=(0.3, 2)))


def penalties(y_true, y_pred, delta):
    """The mean penalty, each one the area under its own slope."""
    areas = []
    for e in (y_pred - y_true).ravel().tolist():
        bend = min(abs(e), delta)
        areas.append(bend * bend / 2 + delta * (abs(e) - bend))
    return math.fsum(areas) / len(areas)


DEFAULT = [dict(y_true=np.array([0.0, 0.0]), y_pred=np.array([0.5, -3.0]))]
COLUMN = dict(y_true=np.array([2.0, 3.0, 7.0]), y_pred=np.array([[2.0], [4.0], [6.0]]))

huber = Piece("ml.optimizers:huber_loss")
huber.asks("huber_loss(y_true, y_pred, delta)", "the mean penalty", cases=predictions, answer=penalties)
huber.asks("huber_loss(y_true, y_pred)", "a column against a vector is refused", cases=[COLUMN], raises="ValueError")
huber.asks(
    "huber_loss(y_true, y_pred)",
    "delta is 1 by default",
    cases=DEFAULT,
    answer=lambda **case: penalties(**case, delta=1),
)
for row in rows("""
    errors**2 / 2 => errors**2 | The half is missing in the squares.
    sizes - delta / 2 => sizes | The line starts too high: take delta / 2 away, so that it meets the square.
    sizes - delta / 2 => sizes - 0.5 | You take 1/2 away whatever delta is: it is delta / 2.
    delta * (sizes => (sizes | The line always has slope 1: it is as steep as the square where it ends, delta.
    sizes <= delta => errors <= delta | Errors below -delta count as small: compare their size, not their sign.
    np.mean( => np.sum( | The penalties are added up; their mean is wanted.
"""):
    huber.mistake(*row)
huber.hint("`if` decides for a whole array at once; here each entry has its own branch.")
huber.hint("The piece needs the errors, their sizes (`np.abs`), and one `np.where` that chooses between two formulas.")


def measured(y_true, y_pred, delta):
    """Central differences of the mean penalty, away from its bends exact."""
    slopes = np.zeros(y_pred.shape)
    for place in np.ndindex(y_pred.shape):
        nudge = np.zeros(y_pred.shape)
        nudge[place] = 1e-5
        up, down = (penalties(y_true, y_pred + s * nudge, delta) for s in (1, -1))
        slopes[place] = round((up - down) / 2e-5, 6)
    return slopes


bend = Piece("ml.optimizers:huber_gradient")
bend.asks(
    "huber_gradient(y_true, y_pred, delta)",
    "the slopes that finite differences measure",
    cases=predictions,
    answer=measured,
    atol=1e-5,
)
bend.asks("huber_gradient(y_true, y_pred)", "a column against a vector is refused", cases=[COLUMN], raises="ValueError")
bend.asks(
    "huber_gradient(y_true, y_pred)", "delta is 1 by default", cases=DEFAULT, answer=lambda **_: np.array([0.25, -0.5])
)
for row in rows("""
    / errors.size => | The slopes are those of the sum: the loss is a mean, so divide by the number of entries.
    errors.size => len(errors) | You divided by the number of rows: the mean is over all entries.
    -delta, delta => None, delta | Very negative errors keep their full slope: clip on both sides.
    -delta, delta => -1.0, 1.0 | The slopes are clipped at 1 whatever delta is.
    np.clip(errors, => np.clip(-errors, | The signs are turned round: errors are predictions minus targets.
"""):
    bend.mistake(*row)
for sentence, small, large in (
    ("The line on the left goes down: its slope is -delta.", "e", "delta"),
    ("The line has slope 1 whatever delta is: it is delta, up or down.", "e", "np.sign(e)"),
    ("e² / 2 has slope e, without a factor 2.", "2 * e", "delta * np.sign(e)"),
):
    each = f"np.where(abs(e) <= delta, {small}, {large})"
    bend.mistake(sentence, f"e = prediction_errors(y_true, y_pred)\nreturn {each} / e.size")
bend.hint("Differentiate the two formulas: e²/2 has slope e. And the line, on the right, and on the left?")
bend.hint(
    "Up to delta the slope is e, beyond it stays at delta or -delta: `np.clip(values, low, high)` does just that."
)
