"""What must hold of ``AdaGrad``, ``RMSProp`` and ``Adam``. Oracle: plain loops over single numbers."""

import math

import numpy as np

from checks.language import Piece
from checks.ml.optimizers.shared import HAND, rows, runs, several, single, slides


def by_hand(rule):
    """The answer for lists of parameters from a rule for one number: ``rule(w, its gradients, **case) -> w``."""

    def one(w, gradients, case):
        flat = [g.ravel().tolist() for g in gradients]
        moved = [rule(x, list(slopes), **case) for x, *slopes in zip(w.ravel().tolist(), *flat)]
        parts = [np.array(part).reshape(w.shape) for part in zip(*moved)]
        return parts if len(parts) > 1 else parts[0]

    def answer(gradients, w=None, weights=None, **case):
        if weights is None:
            return one(w, gradients, case)
        return [one(x, [g[i] for g in gradients], case)[0] for i, x in enumerate(weights)]

    return answer


def keeps(make, memory):
    """A snippet that calls ``update`` on one parameter and its memory."""
    return f"""
    optimizer = {make}
    w, {memory} = w.copy(), np.zeros_like(w)
    for g in gradients:
        optimizer.update(w, g, {memory})
    [w, {memory}]
    """


def adagrad_rule(w, slopes, rate, eps):
    for k, g in enumerate(slopes):
        w -= rate * g / (math.sqrt(math.fsum(s * s for s in slopes[: k + 1])) + eps)
    return (w, math.fsum(s * s for s in slopes))


adagrad = Piece("ml.optimizers:AdaGrad.update")
adagrad.asks(
    keeps("AdaGrad(learning_rate=rate, eps=eps)", "total"),
    "w and the sum of the squared gradients, after these steps",
    cases=single(eps=(0.1, 0.7)),
    answer=by_hand(adagrad_rule),
)
for row in rows("""
    total += g => total = total + g | `total = ...` makes a new array, and the sum is forgotten: change it in place.
    total += g**2 => total[...] = g**2 | Only the last gradient is in `total`: the squares of all steps are added up.
    g**2 => g | The gradients are added as they are: square them first.
    g**2 => np.sum(g**2) | All entries share one sum: each adds up the squares of its own slopes.
"""):
    adagrad.mistake(*row)
adagrad.hint("Two lines: one changes `total` in place, the other changes `w` in place. NumPy has `np.sqrt`.")


def rmsprop_rule(w, slopes, rate, decay, eps):
    for k, g in enumerate(slopes):
        average = math.fsum((1 - decay) * decay ** (k - i) * s * s for i, s in enumerate(slopes[: k + 1]))
        w -= rate * g / (math.sqrt(average) + eps)
    return (w, average)


rmsprop = Piece("ml.optimizers:RMSProp.update")
rmsprop.asks(
    keeps("RMSProp(learning_rate=rate, decay=decay, eps=eps)", "average"),
    "w and the running average of the squared gradients, after these steps",
    cases=single(decay=(0.3, 0.9), eps=(0.1, 0.7)),
    answer=by_hand(rmsprop_rule),
)
for row in rows("""
    average *= => average = average * | `average = ...` makes a new array, which is forgotten: change it in place.
    (1 - self.decay) * g**2 => g**2 | The new square is added whole: an average takes a share of it, 1 - decay.
    average *= self.decay => average *= 1.0 | The old average does not fade: it is multiplied by decay.
"""):
    rmsprop.mistake(*row)
rmsprop.hint("First `average`: scaled in place, then a share of g² added. Then w, as in AdaGrad.")

OLD = "The step divides by the old memory: first that changes, then w."
MOVE = "w -= self.learning_rate * g / (np.sqrt(%s) + self.eps)\n"
adagrad.mistake(OLD, MOVE % "total" + "total += g**2")
rmsprop.mistake(OLD, MOVE % "average" + "average *= self.decay\naverage += (1 - self.decay) * g**2")
SWAPPED = "The shares are swapped: the old average keeps decay, the new square enters with 1 - decay."
rmsprop.mistake(SWAPPED, "average *= 1 - self.decay\naverage += self.decay * g**2\n" + MOVE % "average")


def adam_rule(w, slopes, rate, beta1, beta2, eps):
    """Averages as weighted sums whose weights add up to 1: what the correction comes down to."""
    for k in range(len(slopes)):
        ages = range(k, -1, -1)
        m = math.fsum(beta1**a * s for a, s in zip(ages, slopes)) / math.fsum(beta1**a for a in ages)
        v = math.fsum(beta2**a * s * s for a, s in zip(ages, slopes)) / math.fsum(beta2**a for a in ages)
        w -= rate * m / (math.sqrt(v) + eps)
    return (w, 0.0)


def adam_lists(rng):
    yield from several(beta1=(0.3, 0.9), beta2=(0.6, 0.99), eps=(0.01, 0.5))(rng)
    yield HAND | dict(gradients=[[np.zeros(2)]], beta1=0.9, beta2=0.999, eps=1e-8)


adam = Piece("ml.optimizers:Adam.step")
adam.asks(
    runs("Adam(learning_rate=rate, beta1=beta1, beta2=beta2, eps=eps)"),
    "the parameters after these steps",
    cases=adam_lists,
    answer=by_hand(adam_rule),
    rtol=1e-8,
)


def kept(weights, gradients, **_):
    m = [math.fsum(0.25 * 0.75 ** (len(gradients) - 1 - t) * g[0].ravel()[0] for t, g in enumerate(gradients))]
    v = [math.fsum(0.5 ** (len(gradients) - t) * g[0].ravel()[0] ** 2 for t, g in enumerate(gradients))]
    return [True, len(weights), len(weights), m, v]


adam.asks(
    """
    optimizer = Adam(learning_rate=rate, beta1=0.75, beta2=0.5)
    params = [w.copy() for w in weights]
    returned = [optimizer.step(params, slopes) for slopes in gradients]
    m, v = optimizer.m, optimizer.v
    [returned[-1] is params, len(m), len(v), [float(m[0].flat[0])], [float(v[0].flat[0])]]
    """,
    "params themselves are returned; m and v hold an array a parameter (shown: how many, and their first entries)",
    cases=several(),
    answer=kept,
)
adam.asks(
    "w = w.copy()\nreturned = Adam(learning_rate=rate).step(w, g)\n[returned is w, w]",
    "a single array in place of the list, and a single gradient: it is changed, and returned itself",
    cases=slides,
    answer=lambda w, g, rate: [True, w - rate * g / (np.abs(g) + 1e-8)],
)
AS_A_ROOT = """
    w -= self => w = w - self | `w = w - ...` makes a new array; the caller's stays as it was. Change it in place.
    MEMORY) + self.eps => MEMORY + self.eps) | eps is inside your root: it stands outside, beside it.
    + self.eps => | eps is missing: add it to the root that divides the step.
    np.sqrt(MEMORY) => MEMORY | The root is missing: the step is divided by the root of the squares.
"""
for piece, memory in ((adagrad, "total"), (rmsprop, "average"), (adam, "v_hat")):
    for row in rows(AS_A_ROOT.replace("MEMORY", memory)):
        piece.mistake(*row)
for row in rows("""
    zip(pairs, => zip(zip(params, gradients), | Go through the pairs of begin_step: it makes a list of a single array.
    self.steps == 1 => True | The averages are made anew in each step: only in the first.
    m *= => m, v = m + 0, v + 0; m *= | `m = ...` makes a new array; self.m keeps its zeros. Change m and v in place.
    return params => return None | What comes back is not what was handed in: return `params` itself.
    self.v = [np.zeros_like(w) for w, _ in pairs] => self.v = self.m | m and v share their arrays: both need zeros.
"""):
    adam.mistake(*row)
CORRECTED = "m_hat, v_hat = m / (1 - self.beta1**self.steps), v / (1 - self.beta2**self.steps)"
KEPT = "m /= 1 - self.beta1**self.steps; v /= 1 - self.beta2**self.steps; m_hat, v_hat = m, v"
adam.mistake("The averages are not corrected: they are too small in the first steps.", CORRECTED, "m_hat, v_hat = m, v")
adam.mistake("The corrected averages are kept, and corrected again: keep m and v as they are.", CORRECTED, KEPT)
LATE = CORRECTED.replace("self.steps", "(self.steps + 1)")
adam.mistake("t is one too large: begin_step has counted this step in `self.steps` already.", CORRECTED, LATE)
ZEROS = "[np.zeros_like(w) for w, _ in pairs]\n        self.v"
for sentence, new in (
    ("All parameters share one memory: `[array] * n` holds one array n times.", "[pairs[0][0] * 0.0] * len(pairs)"),
    ("Each memory needs the shape of its parameter: `np.zeros_like(w)`.", "[np.zeros(len(w)) for w, _ in pairs]"),
):
    adam.mistake(sentence, ZEROS, f"{new}\n        self.v")
adam.hint("Begin with `pairs = self.begin_step(params, gradients)`. If `self.steps` is 1, make the zeros.")
adam.hint("`for (w, g), m, v in zip(pairs, self.m, self.v)` goes through parameters and memories together.")
adam.hint("In the loop: m and v in place; the corrected ones, each by its own beta, under new names; w in place.")
