"""What must hold of ``sigmoid``. Oracle: SciPy."""

import numpy as np
from scipy import special

from checks.language import Piece
from checks.ml.linear.shared import LOUD, SCRATCH, array


def some_scores(rng):
    yield dict(z=np.array([-2.0, 0.0, 2.0]))
    yield dict(z=0.0)
    yield dict(z=np.array([-100.0, -30.0, 30.0]))
    yield dict(z=np.array([-600.0, -500.5]))
    yield dict(z=np.array([[0, 1, 2], [-1, -2, -3]]))
    for shape in ((5,), (3, 2), (2, 3, 4)):
        yield dict(z=4 * array(rng, *shape))
    yield dict(z=round(float(rng.uniform(-5, 5)), 2))


curve = Piece("ml.linear:sigmoid", forbid=SCRATCH)
curve.asks(
    "sigmoid(z)",
    "1 / (1 + exp(-z)), entry by entry",
    cases=some_scores,
    answer=lambda z: np.asarray(special.expit(np.asarray(z, dtype=float))),
    rtol=1e-9,
    atol=0,
)
curve.asks(
    LOUD.format("sigmoid(z)"),
    "nothing overflows, at either end",
    cases=[
        dict(z=np.array([-1.0, 1.0])),
        dict(z=np.array([1000.0])),
        dict(z=np.array([-1000.0])),
        dict(z=-1000.0),
        dict(z=np.array([[-800, 1], [-1, 800]])),
    ],
    answer=lambda z: np.asarray(special.expit(np.asarray(z, dtype=float))),
)
curve.mistake(
    "exp(-z) overflows for scores far below 0: let exp see nothing but negative numbers.", "return 1 / (1 + np.exp(-z))"
)
curve.mistake(
    "exp(z) overflows for scores far above 0, and infinity over infinity is NaN: let exp see nothing above 0.",
    "return np.exp(z) / (1 + np.exp(z))",
)
curve.mistake(
    "`np.where` works out both of its branches everywhere, so the one that overflows still does: mend the exponent.",
    "return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))",
)
curve.mistake(
    "For scores below 0 this gives the chance of the other outcome, above one half.", "np.where(z >= 0, 1, small)", "1"
)
curve.mistake(
    "Small chances lose their digits: sigmoid(-100) is 3.72e-44. A tanh, 1 minus something, or clipped scores do that.",
    "return 0.5 * (1 + np.tanh(0.5 * np.asarray(z)))",
)
curve.hint("exp overflows for large positive arguments only. Which of z, -z and -|z| is never positive?")
curve.hint(
    "With small = exp(-|z|), the curve is 1 / (1 + small) where z is 0 or more. For z below 0, multiply both sides of "
    "the fraction 1 / (1 + exp(-z)) with exp(z), and look what is left."
)
