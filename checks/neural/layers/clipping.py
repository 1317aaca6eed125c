"""What must hold of ``clip_gradients``. Oracle: ``math.hypot``."""

import math

import numpy as np

from checks.language import Piece
from checks.neural.layers.shared import array


def gradients(rng):
    yield dict(grads=[np.array([3.0, 0.0]), np.array([[4.0]])], max_norm=1.0)
    yield dict(grads=[np.array([3.0, 0.0]), np.array([[4.0]])], max_norm=4.5)
    yield dict(grads=[np.array([3.0, 0.0]), np.array([[4.0]])], max_norm=9.0)
    yield dict(grads=[np.array([-8.0])], max_norm=2.0)
    yield dict(grads=[], max_norm=1.0)
    yield dict(grads=[np.zeros((2, 2)), np.zeros(3)], max_norm=1.0)
    yield dict(grads=[np.array([[-1.0, 2.0]]), np.array([2.0])], max_norm=3.0)
    for factor, max_norm in ((1.0, 2.5), (1e-9, 1e-12), (1e100, 5.0), (0.01, 7.0)):
        yield dict(grads=[factor * array(rng, *s) for s in ((2, 3), (3,), (1, 4))], max_norm=max_norm)


def clipped(grads, max_norm):
    length = math.hypot(*(v for g in grads for v in g.ravel().tolist()))
    return [length, *(g * min(1.0, max_norm / length) if length else g for g in grads)]


clip = Piece("neural.layers:clip_gradients")
clip.asks(
    "arrays = [g.copy() for g in grads]\nlength = clip_gradients(list(arrays), max_norm)\n[length, *arrays]",
    "the length before, and the arrays themselves, together no longer than max_norm",
    cases=gradients,
    answer=clipped,
    atol=0.0,
)
EACH = "g *= max_norm / length"
clip.mistake(
    "Every array was clipped by itself, which bends the gradient: all are multiplied by one number.",
    f"if length > max_norm:\n        for g in grads:\n            {EACH}",
    "for g in grads:\n        g *= max_norm / max(max_norm, math.sqrt((g**2).sum()))",
)
entries = "np.clip(g, -max_norm, max_norm, out=g)"
clip.mistake("Every entry was clipped, which bends the gradient: all are multiplied by one number.", EACH, entries)
clip.mistake("`g = ...` makes a new array and leaves the caller's alone: use `*=`.", EACH, EACH.replace("*=", "= g *"))
clip.mistake("A gradient shorter than max_norm stays as it is.", "if length > max_norm:", "if length > 0:")
clip.mistake(
    "Lengths do not add up, their squares do: one root, over everything.",
    "math.sqrt(sum((g**2).sum() for g in grads))",
    "sum(math.sqrt((g**2).sum()) for g in grads)",
)
clip.mistake("The root is missing: this is the length squared.", "math.sqrt(", "float(")
clip.mistake("The length that is wanted is max_norm, and you made it 1.", EACH, "g /= length")
clip.mistake("The length before the clipping is to be returned.", "return length", "return min(length, max_norm)")
clip.hint("First the length: `(g**2).sum()` for each array, all added up, then one root.")
clip.hint("One factor for all arrays. `g *= factor` changes the array that the layer holds.")
