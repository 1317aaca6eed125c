"""What must hold of ``step_decay`` and ``warmup_cosine``. Oracles: products of drops, NumPy."""

import math

import numpy as np

from checks.language import Piece
from checks.ml.optimizers.shared import rows, settings

decay = Piece("ml.optimizers:step_decay")


def stairs(rng):
    yield dict(step=0, learning_rate=0.5, drop=0.1, every=10)
    yield dict(step=25, learning_rate=0.5, drop=0.1, every=10)
    for step in (1, 2, 3, 8, 9):
        yield dict(step=step, learning_rate=0.8, drop=0.5, every=3)
    drawn = settings(rng, learning_rate=(0.1, 1), drop=(0.2, 0.9))
    yield dict(step=int(rng.integers(5, 60)), every=int(rng.integers(2, 9)), **drawn)


decay.asks(
    "step_decay(step, learning_rate, drop, every)",
    "the rate on the stair of this step",
    cases=stairs,
    answer=lambda step, learning_rate, drop, every: math.prod(
        [learning_rate] + [drop for k in range(1, step + 1) if k % every == 0]
    ),
)
decay.asks(
    "step_decay(step, 0.5)",
    "without further arguments a tenth is left after each ten steps",
    cases=[dict(step=9), dict(step=10), dict(step=20), dict(step=75)],
    answer=lambda step: {9: 0.5, 10: 0.05, 20: 0.005, 75: 0.5e-7}[step],
)
for row in rows("""
    step // every => (step / every) | The exponent grows smoothly: count whole stairs, with //.
    step // every => ((step + 1) // every) | The stairs come one step early: step counts from 0.
    ** (step // every) => ** (step >= every) | There is one drop only: each further stair drops again.
    ** (step // every) => * (step // every) | The drop is multiplied by the number of the stair: it is a power.
"""):
    decay.mistake(*row)
decay.hint("How many whole times does `every` go into `step`? That many factors `drop`.")


def climbs(rng):
    for step in (0, 1, 2, 4, 6, 7):
        yield dict(step=step, learning_rate=0.4, warmup_steps=2, total_steps=6, lowest=0.0)
    for step in (0, 3, 8):
        yield dict(step=step, learning_rate=0.4, warmup_steps=0, total_steps=8, lowest=0.0)
    for warmup, total in ((3, 10), (5, 6), (0, 7)):
        rates = settings(rng, learning_rate=(0.2, 0.9), lowest=(0.01, 0.1))
        for step in (0, 1, 4, 6, 9, total, total + 3):
            yield dict(step=step, warmup_steps=warmup, total_steps=total, **rates)


def climb(step, learning_rate, warmup_steps, total_steps, lowest):
    if step >= total_steps:
        return lowest
    if step < warmup_steps:
        return float(np.linspace(0, learning_rate, warmup_steps + 1)[step + 1])
    angle = np.linspace(0, np.pi, total_steps - warmup_steps + 1)[step - warmup_steps]
    return float(learning_rate * np.cos(angle / 2) ** 2 + lowest * np.sin(angle / 2) ** 2)


cosine = Piece("ml.optimizers:warmup_cosine")
cosine.asks(
    "warmup_cosine(step, learning_rate, warmup_steps, total_steps, lowest)",
    "the rate at this step",
    cases=climbs,
    answer=climb,
)
cosine.asks("warmup_cosine(4, 0.4, 2, 6)", "by default the lowest rate is 0", cases=[{}], answer=lambda: 0.2)
for row in rows("""
    * (step + 1) => * step | The climb begins at 0, so that the first step does nothing.
    step < warmup_steps => step <= warmup_steps | The climb goes on for one step too many, above learning_rate.
    return learning_rate => return lowest + (learning_rate - lowest) | The climb has nothing to do with `lowest`.
    (step - warmup_steps) / (total_steps - warmup_steps)) => step / total_steps) | The warm-up is no part of p.
    math.pi * share => share | Half a wave is pi long: it is the cosine of pi times p.
    (total_steps - warmup_steps)) => total_steps) | The cosine lasts total_steps - warmup_steps: divide by that.
    min(1.0, (step => max(0.0, (step | After total_steps the cosine rises again: stay at the lowest rate.
    (learning_rate - lowest) * => learning_rate * | The cosine begins above learning_rate: scale the way to lowest.
    return lowest => return 0.0 if step >= total_steps else lowest | In the end the rate is 0: it is to be `lowest`.
"""):
    cosine.mistake(*row)
cosine.hint("Three parts of the docstring, three cases: climb, cosine, after the end. The climb is an early `return`.")
cosine.hint("`min(1.0, p)` keeps the share at 1 after the end, where the cosine's formula gives just `lowest`.")
