"""What must hold of ``Dropout``. Oracle: the chance of each entry."""

import math

import numpy as np

from checks.language import Piece
from checks.neural.layers.shared import array


def dropped(rng):
    yield dict(x=np.array([[1.0, 2.0], [3.0, 4.0]]), p=0.5, seed=1)
    yield dict(x=np.array([2.0, -3.0, 5.0]), p=0.0, seed=2)
    for p in (0.2, 0.5, 0.7):
        x = rng.uniform(1, 2, size=(90, 40)).round(2)
        yield dict(x=x, p=p, seed=int(rng.integers(1000)))
    yield dict(x=np.maximum(x - 1.5, 0), p=0.2, seed=int(rng.integers(1000)))  # zeros are entries too
    yield dict(x=rng.uniform(1, 2, size=(20, 5, 9)).round(2), p=0.4, seed=int(rng.integers(1000)))


def properly_dropped(got, x, p, seed):
    """Shares of entries and of equal neighbours may be 7 deviations off: a right answer fails below 1e-9."""
    if not isinstance(got, list) or any(not isinstance(a, np.ndarray) or a.shape != x.shape for a in got):
        return f"result and mask are to have the shape of x, {x.shape}"
    y, mask, after = got
    if not np.array_equal(after, x):
        return "x itself was changed"
    kept = mask != 0
    with np.errstate(invalid="ignore"):
        multiplied = x * mask
    if not np.allclose(y, multiplied, equal_nan=True):
        return "self.mask is not what the entries were multiplied by"
    if not np.allclose(y, np.where(kept, x / (1 - p), 0.0)):
        return f"entries that are kept are to be divided by 1 - p = {1 - p:.3g}, the others 0"
    if kept.size < 100 and p > 0:
        return None
    if abs(kept.mean() - (1 - p)) > 7 * math.sqrt(p * (1 - p) / kept.size):
        return f"{1 - kept.mean():.1%} of the entries were dropped, where {p:.0%} are expected"
    alike = p**2 + (1 - p) ** 2
    for axis in range(x.ndim):
        same = np.diff(kept.astype(int), axis=axis) == 0
        if abs(same.mean() - alike) > 10 * math.sqrt(alike * (1 - alike) / same.size):
            return f"neighbours along axis {axis} share their fate too often or too rarely: draw for each entry"
    return None


dropout = Piece("neural.layers:Dropout.forward")
dropout.asks(
    "layer = Dropout(p, rng=np.random.default_rng(seed))\ny = layer(x)\n[y, layer.mask, x]",
    "each entry is 0 with probability p, else divided by 1 - p; the mask says which; x is as it was",
    cases=dropped,
    accept=properly_dropped,
    expected="result, mask and x, each of x's shape; some entries 0, the others divided by 1 - p",
)
dropout.asks(
    "rng = np.random.default_rng(seed)\nlayer = Dropout(p, rng=rng).eval()\n[layer(x), rng.random()]",
    "in eval mode the entries pass through, and nothing is drawn",
    cases=dropped,
    answer=lambda x, seed: [x, float(np.random.default_rng(seed).random())],
)
dropout.asks(
    """
    layer = Dropout(0.5, rng=np.random.default_rng(seed))
    first, second = layer(np.ones(60)), layer(np.ones(60))
    again = Dropout(0.5, rng=np.random.default_rng(seed))(np.ones(60))
    dropped = [int((layer(np.ones(60)) == 0).sum()) for _ in range(40)]
    [bool((first == second).all()), bool((first == again).all()), len(set(dropped)) > 1]
    """,
    "two calls differ; the same seed gives the same; how many entries are dropped is chance as well",
    cases=[dict(seed=1), dict(seed=2)],
    answer=lambda seed: [False, True, True],
)
dropout.mistake("Entries that are kept make up for the rest: divide them by 1 - p.", " / (1 - self.p)", " / 1.0")
dropout.mistake("Divide by 1 - p, not by p: what is kept makes up for the rest.", "(1 - self.p)", "(self.p or 1.0)")
dropout.mistake("p is the probability of being dropped; you keep with probability p.", ">= self.p", "< self.p")
dropout.mistake("In eval mode nothing is dropped: test self.training.", "if not self.training:", "if False:")
dropout.mistake("Training made up for it: in eval mode nothing is scaled.", "return x\n", "return x * (1 - self.p)\n")
dropout.mistake("All rows lose the same entries: draw for every entry of x.", "random(x.shape)", "random(x.shape[-1])")
dropout.mistake("forward has to keep the factors in self.mask.", "self.mask = ", "mask = ")
fixed = "np.random.default_rng(0).random"
dropout.mistake("Each call drops the same entries: draw anew, from self.rng.", "self.rng.random", fixed)
dropout.hint("`self.rng.random(x.shape)` draws from 0 to 1 for every entry. How likely is such a number to be below p?")
dropout.hint("A comparison gives True and False, which count as 1 and 0 in arithmetic.")


def masked(rng):
    yield dict(mask=np.array([[0.0, 2.0]]), p=0.5, dy=np.array([[3.0, -5.0]]))
    yield dict(mask=np.array([[1.0, 1.0]]), p=0.0, dy=np.array([[1.0, 4.0]]))
    mask = (rng.random((4, 3)) < 0.75) / 0.75
    yield dict(mask=mask, p=0.25, dy=array(rng, 4, 3))


DROP = "layer = Dropout(p)\nlayer(np.ones(dy.shape))\nlayer.mask = mask\n"
undrop = Piece("neural.layers:Dropout.backward")
undrop.asks(
    DROP + "[layer.backward(dy), dy, layer.mask]",
    "in training the slopes go through the mask; dy and the mask are as they were",
    cases=masked,
    answer=lambda mask, p, dy: [mask * dy, dy, mask],
)
undrop.asks(
    DROP + "layer.eval()\nlayer.backward(dy)",
    "in eval mode they pass through, whatever an old mask says",
    cases=masked,
    answer=lambda mask, p, dy: dy,
)
undrop.asks(
    "Dropout(p).eval().backward(dy)",
    "in eval mode they pass through, even if there never was a mask",
    cases=masked,
    answer=lambda p, dy: dy,
)
undrop.asks(
    "layer = Dropout(p, rng=np.random.default_rng(seed))\ny = layer(x)\nnp.allclose(layer.backward(x), y)",
    "what was dropped on the way there is dropped on the way back",
    cases=lambda rng: list(dropped(rng))[:3],
    answer=lambda x: True,
)
MASKED = "dy * self.mask if"
redrawn = "dy * (self.rng.random(dy.shape) >= self.p) / (1 - self.p) if"
undrop.mistake("You drew a new mask: the slopes go through the entries that forward kept.", MASKED, redrawn)
undrop.mistake("What was dropped must not get a slope: the mask counts here too.", MASKED, "dy if")
undrop.mistake("The mask has the scaling in it already.", MASKED, "dy * self.mask / (1 - self.p) if")
undrop.mistake("The mask is a factor, 0 or 1 / (1 - p): multiply by it.", MASKED, "dy * (self.mask > 0) if")
undrop.mistake(
    "In eval mode forward changed nothing, and neither does backward: self.training decides, not the mask.",
    " if self.training else dy",
    "",
)
undrop.hint("y = x * mask, entry by entry. What is the slope of a * b for a?")
