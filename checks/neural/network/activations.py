"""What must hold of ``relu``, ``leaky_relu_slope`` and ``gelu_slope``. Oracles: NumPy, SciPy."""

import numpy as np
from scipy import special, stats

from checks.language import Piece
from checks.neural.network.shared import SCRATCH, array

ramp = Piece("neural.network:relu", forbid=SCRATCH)


def some_scores(rng):
    yield dict(z=np.array([3.0, -1.0, 1.0]))
    yield dict(z=np.array([1.0, 0.0]))
    yield dict(z=np.array([0.0, 0.0]))
    yield dict(z=-2.5)
    yield dict(z=np.array([[4, -7], [0, 2], [-1, -1]]))
    for shape in ((5,), (3, 2), (2, 3, 4)):
        yield dict(z=array(rng, *shape))


ramp.asks(
    "relu(z)",
    "what is above 0 as it is, 0 in place of all else",
    cases=some_scores,
    answer=lambda z: np.where(np.asarray(z) > 0, z, 0),
)
for sentence, new in (
    ("This is the distance from 0: negative entries are to become 0.", "np.abs(z)"),
    ("You kept what is below 0 and cut off what is above.", "np.minimum(z, 0)"),
    ("A ReLU has no ceiling: 3 stays 3.", "np.clip(z, 0, 1)"),
    ("This says which entries are above 0; the entries themselves are wanted.", "(z > 0) * 1"),
):
    ramp.mistake(sentence, "np.maximum(z, 0)", new)
ramp.mistake(
    "You wrote the zeros into the array you were given, and whoever handed it over still needs it: make a new one.",
    """
    if isinstance(z, np.ndarray):
        z[z < 0] = 0
        return z
    return max(z, 0)
    """,
)
ramp.hint("For every entry, the larger of two numbers. NumPy compares entry by entry with `np.maximum`.")

leak = Piece("neural.network:leaky_relu_slope", forbid=SCRATCH)


def leaks(rng):
    yield dict(z=np.array([3.0, -1.0, 2.0]), alpha=0.1)
    yield dict(z=np.array([1.0]), alpha=2.0)
    yield dict(z=np.array([3, -1, 0]), alpha=0.1)
    yield dict(z=np.array([0.0, -0.5, 1e-9]), alpha=0.0)
    for shape in ((4,), (3, 2), (2, 1, 3)):
        yield dict(z=array(rng, *shape), alpha=round(float(rng.uniform(0.02, 0.5)), 2))


leak.asks(
    "leaky_relu_slope(z, alpha)",
    "1 where z is above 0, alpha elsewhere",
    cases=leaks,
    answer=lambda z, alpha: np.reshape([1.0 if x > 0 else alpha for x in z.ravel().tolist()], z.shape),
)
leak.asks(
    "leaky_relu_slope(z)",
    "alpha is 0.01 if nothing is said of it",
    cases=[dict(z=np.array([[2.0, -2.0]]))],
    answer=lambda z: np.array([[1.0, 0.01]]),
)
leak.mistake(
    "These are leaky ReLU's values; its slope is wanted, on each side one number.", "1.0, alpha", "z, alpha * z"
)
leak.mistake("Below 0 the slope is alpha, not 0: there it leaks.", "np.where(z > 0, 1.0, alpha)", "(z > 0) * 1.0")
leak.mistake("At exactly 0 the slope is alpha, by convention: compare with >.", "z > 0", "z >= 0")
leak.mistake("Whatever alpha is handed in, you take 0.01.", "1.0, alpha", "1.0, 0.01")
leak.mistake(
    "Where z holds ints, so does what `np.ones_like` or `z.copy()` makes of it, and a slope written into it is rounded "
    "to 0.",
    """
    slopes = np.ones_like(z)
    slopes[z <= 0] = alpha
    return slopes
    """,
)
leak.hint("Two cases, decided entry by entry: `np.where(condition, a, b)` takes a where the condition holds, else b.")

bend = Piece("neural.network:gelu_slope", forbid=SCRATCH)


def smooth(rng):
    yield dict(z=np.array([-1.0, 0.0, 1.0]))
    yield dict(z=np.array([0.0]))
    yield dict(z=np.array([-40.0]))
    yield dict(z=np.array([40.0, 2.0]))
    for shape in ((4,), (3, 2), (2, 1, 3)):
        yield dict(z=2 * array(rng, *shape))


bend.asks(
    "gelu_slope(z)",
    "the slope of z times normal_cdf(z)",
    cases=smooth,
    answer=lambda z: special.ndtr(z) + z * stats.norm.pdf(z),
    rtol=1e-11,
)
bend.mistake("In a product both factors move: what the second one does is missing.", " + z * density", "")
bend.mistake("The density is to be multiplied with the other factor, which is z.", "z * density", "density")
bend.mistake("The density lacks its denominator, the root of 2 pi.", " / math.sqrt(2 * math.pi)", "")
bend.mistake("The density's exponent is -z²/2: the half is missing.", "-(z**2) / 2", "-(z**2)")
bend.mistake(
    "This is the slope of the approximation by tanh; the exact one is wanted.",
    """
    root = math.sqrt(2 / math.pi)
    t = np.tanh(root * (z + 0.044715 * z**3))
    return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * root * (1 + 3 * 0.044715 * z**2)
    """,
)
bend.hint("The slope of a product f times g is f' times g plus f times g'. Which two factors has `gelu`?")
bend.hint("The density is exp(-z²/2), divided by the root of the whole 2 pi: are the brackets where they should be?")
