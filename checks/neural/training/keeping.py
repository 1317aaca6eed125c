"""What must hold of ``snapshot`` and ``restore``."""

import numpy as np

from checks.language import Piece
from checks.neural.training.shared import array


def kept_cases(rng):
    yield dict(values=[np.array([[1.0, 2.0]])] + [np.array([10.0 * i, 1.0 + i]) for i in range(1, 6)])
    for n_in, n_out in ((2, 1), (3, 2)):
        yield dict(values=[array(rng, n_in, n_out)] + [array(rng, n_out) for _ in range(5)])


KEPT = """
    model = Sequential(Linear(*values[0].shape), BatchNorm(len(values[1])))
    for own, value in zip([*model.params, *model.buffers], values):
        own[...] = value
"""
snap = Piece("neural.training:snapshot")
snap.asks(
    KEPT + "    snapshot(model)",
    "weight, bias, gamma and beta, then running mean and variance",
    cases=kept_cases,
    answer=lambda values: values,
)
snap.asks(
    KEPT + "    saved = snapshot(model)\n    for own in [*model.params, *model.buffers]:\n        own += 1\n    saved",
    "the copies stay as they are while the model changes in place",
    cases=kept_cases,
    answer=lambda values: values,
)
snap.asks(
    "models = [Sequential(*layers).astype(np.float32) for layers in ([], [ReLU()], [Linear(2, 3)])]\n"
    "[[array.dtype.name for array in snapshot(model)] for model in models]",
    "models without buffers, without anything; float32 stays float32",
    cases=[dict()],
    answer=lambda: [[], [], ["float32"] * 2],
)
snap.mistake("These are the model's own arrays, which change when it trains on: copy each.", "array.copy()", "array")
snap.mistake("The buffers are missing: BatchNorm's running averages were learned, too.", ", *model.buffers]", "]")
snap.mistake("Parameters come first, then buffers.", "*model.params, *model.buffers", "*model.buffers, *model.params")
snap.hint("A new list of the same arrays is not enough: the optimizer writes into the arrays. Each has a `.copy()`.")


def restored_cases(rng):
    for case in kept_cases(rng):
        yield case | dict(saved=[value * 2 - 7 for value in case["values"]])


def misfits(rng):
    values = next(kept_cases(rng))["values"]
    yield dict(values=values, saved=values[:5])
    yield dict(values=values, saved=[*values, np.ones(2)])
    yield dict(values=values, saved=[])
    yield dict(values=values, saved=[v + 1 for v in values[:5]] + [np.ones(1)])
    yield dict(values=values, saved=[v + 1 for v in values[:3]] + [np.ones(3)] + values[4:])
    yield dict(values=values, saved=[values[0].T + 1] + values[1:])


back = Piece("neural.training:restore")
back.asks(
    KEPT + "    restore(model, saved)\n    [*model.params, *model.buffers]",
    "the model holds the saved numbers, buffers included",
    cases=restored_cases,
    answer=lambda saved: saved,
)
back.asks(
    KEPT + "    own = [*model.params, *model.buffers]\n    restore(model, saved)\n"
    "    same = [a is b for a, b in zip(own, [*model.params, *model.buffers])]\n"
    "    for array in own:\n        array += 1\n"
    "    [same, own]",
    "they are written into the model's own arrays; when those change later, what was saved does not",
    cases=restored_cases,
    answer=lambda saved: [[True] * 6, [value + 1 for value in saved]],
)
back.asks(
    KEPT + "    restore(model, saved)",
    "too few arrays, too many, or one of another shape are refused",
    cases=misfits,
    raises="ValueError",
)
back.asks(
    KEPT + "    try:\n        restore(model, saved)\n    except ValueError:\n        pass\n"
    "    [*model.params, *model.buffers]",
    "after a refusal the model is as it was",
    cases=misfits,
    answer=lambda values: values,
)
back.mistake(
    "`array = kept` only names the kept array; it does not write into the model's.",
    "array[...] = kept",
    "array = kept",
)
back.mistake("BatchNorm's running averages are to be put back, too.", "zip(own, saved)", "zip(model.params, saved)")
back.mistake(
    "You compared the numbers of arrays, not their shapes: a smaller array is stretched in silence.",
    "[array.shape for array in own] != [array.shape for array in saved]",
    "len(own) != len(saved)",
)
back.mistake(
    "Half of the model was changed before the refusal: look at all shapes first.",
    """
    for array, kept in zip([*model.params, *model.buffers], saved, strict=True):
        if array.shape != kept.shape: raise ValueError(f"{kept.shape} instead of {array.shape}")
        array[...] = kept
    """,
)
back.hint("Gather the model's arrays in one list, compare the shapes, and only then write.")
back.hint("`array[...] = kept` fills an array in place.")
