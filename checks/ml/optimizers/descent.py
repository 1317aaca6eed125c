"""What must hold of ``GradientDescent.slide`` and ``GradientDescent.roll``. Oracle: closed forms."""

import numpy as np

from checks.language import Piece
from checks.ml.optimizers.shared import array, rows, runs, settings, several, slides

slide = Piece("ml.optimizers:GradientDescent.slide")
slide.asks(
    "w = w.copy()\nGradientDescent(learning_rate=rate).slide(w, g)\nw",
    "w itself has gone down by rate times gradient, and the gradient is as before",
    cases=slides,
    answer=lambda w, g, rate: np.array([a - rate * b for a, b in zip(w.ravel(), g.ravel())]).reshape(w.shape),
)
slide.asks(
    "w = w.copy()\noptimizer = GradientDescent(learning_rate=9.0)\noptimizer.lr = rate\noptimizer.step(w, g)",
    "step on a single array, with a rate that was changed by its short name",
    cases=slides,
    answer=lambda w, g, rate: w - rate * g,
)
for row in rows("""
    w -= self => w = w - self | `w = w - ...` makes a new array; the caller's stays as it was. Change it in place.
    w -= => w += | This climbs: the gradient points uphill, so it is to be taken away.
    self.learning_rate * g => g | The learning rate is missing.
    w -= self.learning_rate * g => g *= self.learning_rate; w -= g | You scaled the caller's gradient; it has to stay.
"""):
    slide.mistake(*row)
slide.hint("Which operators change an array instead of making a new one? Those with an equals sign at the end.")
slide.hint("`w -= step` changes w itself. The step is `self.learning_rate` times something.")


def rolls(rng):
    first = dict(w=np.array([10.0]), rates=[0.1], gradients=[np.array([10.0])], momentum=0.5, classical=False)
    yield first
    yield first | dict(classical=True)
    yield first | dict(gradients=[np.zeros(1)])
    yield first | dict(rates=[0.1, 0.1], gradients=[np.array([10.0]), np.array([10.0])])
    for classical in (False, True):
        for shape, steps in (((2,), 2), ((2, 3), 3), ((1, 2), 6)):
            gradients = [array(rng, *shape) for _ in range(steps)]
            rates = rng.uniform(0.05, 0.5, steps).round(3).tolist()
            drawn = settings(rng, momentum=(0.2, 0.95))
            yield dict(w=array(rng, *shape), rates=rates, gradients=gradients, classical=classical, **drawn)


def rolled(w, gradients, rates, momentum, classical):
    """Closed forms: the default velocity adds up mu^age times gradient, the classical one each with its own rate."""
    w, v = w.copy(), np.zeros_like(w)
    for k, rate in enumerate(rates):
        pushes = [-r * g if classical else g for r, g in zip(rates, gradients[: k + 1])]
        v = sum(momentum ** (k - i) * push for i, push in enumerate(pushes))
        w = w + (v if classical else -rate * v)
    return [w, v]


roll = Piece("ml.optimizers:GradientDescent.roll")
roll.asks(
    """
    optimizer = GradientDescent(momentum=momentum, classical=classical)
    w, v = w.copy(), np.zeros_like(w)
    for rate, g in zip(rates, gradients):
        optimizer.learning_rate = rate
        optimizer.roll(w, g, v)
    [w, v]
    """,
    "w and v after steps with these rates, in this convention",
    cases=rolls,
    answer=rolled,
)
roll.asks(
    runs("GradientDescent(learning_rate=rate, momentum=momentum)"),
    "several parameters, each with a velocity of its own",
    cases=several(momentum=(0.2, 0.95)),
    answer=lambda weights, gradients, rate, momentum: [
        rolled(w, [g[i] for g in gradients], [rate] * len(gradients), momentum, False)[0] for i, w in enumerate(weights)
    ],
)
for row in rows("""
    v *= self => v = v * self | `v = ...` makes a new array, and the velocity is forgotten: change v in place.
    v *= self => w = w + 0; v *= self | `w = ...` makes a new array; the caller's stays as it was: change w in place.
    v *= self.momentum => v *= 1.0 | Nothing slows the ball: the old velocity is to be multiplied by the momentum.
    v += g => v += (1 - self.momentum) * g | You mixed in (1 - mu) g, as an average does: the whole g is added.
    if self.classical => if False | `classical` is ignored: v differs at once, and w when the rate changes.
    w -= self.learning_rate * v => w -= v | By default the rate is not in v: w goes down by alpha v.
    v -= self.learning_rate * g => v -= g | The classical v takes in alpha g, not the whole g.
    w += v => w -= v | The classical v points downhill already: w becomes w + v.
    w += v => w += self.learning_rate * v | The rate is in the classical v already: w becomes w + v.
"""):
    roll.mistake(*row)
roll.mistake(
    "w moves by the old velocity: first v changes, then w.",
    "w += v if self.classical else -self.learning_rate * v\nv *= self.momentum\n"
    "v -= self.learning_rate * g if self.classical else -g",
)
roll.hint("Two lines for each convention: one that changes v, one that changes w. Both are formulas of the docstring.")
roll.hint("`v *= ...` and then `v += ...` change v in place; `v[...] = formula` puts a whole new content into it.")
