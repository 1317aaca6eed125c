"""What is probably wrong when no known mistake explains a failure: signs that hold for any piece."""

from __future__ import annotations

import re

import numpy as np

from checks import plain
from checks.compare import number, shape_of
from checks.plain import Opaque


def not_finite(answer: dict) -> bool:
    """Whether an answer is NaN or infinite somewhere (two such answers say little about each other)."""
    if "value" not in answer:
        return False
    value = _numbers(plain.decode(answer["value"]))
    return value is not None and not np.isfinite(value).all()


def _numbers(value: object) -> np.ndarray | None:
    """A number, array, or nested lists of numbers as one array of floats; None for anything else."""
    if number(value) or isinstance(value, np.ndarray):
        array = np.asarray(value)
    elif isinstance(value, list | tuple) and shape_of(value) is not None:
        inside = [value]
        for item in inside:
            inside += item if isinstance(item, list | tuple) else []
        if not all(number(item) or isinstance(item, list | tuple) for item in inside):
            return None
        array = np.asarray(value, dtype=object)
    else:
        return None
    try:
        return array.astype(complex if array.dtype.kind == "c" else float)
    except (TypeError, ValueError, OverflowError):
        return None


def guess(question, failure, pairs: list[tuple[object, object]]) -> str:
    """One sentence on the probable mistake, or an empty string.

    ``pairs`` are the expected and the given results wherever the question was answered wrongly.
    """
    got = failure.got if isinstance(failure.got, str) else ""
    for sign, sentence in _SIGNS.items():
        if sign in got:
            return sentence
    if got.startswith("AttributeError: '") and "NoneType" not in got:
        kind = got.split("'")[1]
        article = "An" if kind[0] in "aeiou" else "A"
        return f"{article} {kind} stands where another kind of object is wanted: is another name meant before the dot?"
    if question.raises:
        return _about_errors(question, failure)
    if ": raise " in failure.where:
        return (
            f"Your own {got.partition(':')[0]} was raised for an input that is fine: look at the condition before it."
        )
    if failure.got is None:
        return "It returns None: a return is missing, returns nothing, or is reached only in some cases."
    if failure.difference.startswith("your piece changed its input"):
        return "It works on the very object it was given: make a new one and leave the input alone."
    if question.accept:
        return ""
    containers = re.search(r"\b(list|tuple|array)\b.* instead of (list|tuple|array)\b", failure.difference)
    if containers and containers[1] != containers[2]:
        return "It returns another kind of container than is wanted; inside as well as outside, the kind matters."
    arrays = [(_numbers(e), _numbers(g)) for e, g in pairs]
    if not arrays or any(e is None or g is None for e, g in arrays):
        return ""
    return _about_shapes(*arrays[0]) if arrays[0][0].shape != arrays[0][1].shape else _about_numbers(arrays)


_SIGNS = {
    "it ran out of time": "A loop does not end, or the work grows much faster than the input: what makes it stop?",
    "its process died": "It used up memory or recursed without end.",
    "RecursionError": "The piece calls itself, directly or through an operator, and nothing makes it stop.",
    "non-iterable NoneType": "It returns None where several values are expected: look at its return.",
    "UnboundLocalError": "A name is used before it has a value: is another name meant, or is its first value missing?",
    "Error: 'NoneType' object": "Something returned None where an object was expected: a return is missing.",
}


def _about_errors(question, failure) -> str:
    wanted, got = question.raises.error, failure.got if isinstance(failure.got, str) else ""
    if isinstance(failure.got, Opaque) and failure.got.type.endswith("Error"):
        return f"The error is returned: raise it instead, as in `raise {wanted}(...)`."
    if ": raise " in failure.where and got.partition(":")[0] != wanted:
        return f"Another kind of error is wanted: {wanted}."
    if got.partition(":")[0] == wanted:
        return "The right error, but its message should say more about what was given."
    if got.partition(":")[0].endswith(("Error", "Exception")):
        return f"This error comes from further down: test the input first, and raise {wanted} yourself."
    return f"No error was raised for this input: test for it before the work begins, and raise {wanted}."


def _about_shapes(expected: np.ndarray, got: np.ndarray) -> str:
    if expected.shape == got.shape[::-1]:
        return "Rows and columns have changed places: the result's shape is transposed."
    if expected.size == got.size:
        return "The numbers may be right; the shape is not."
    if expected.ndim == got.ndim == 1 and abs(expected.size - got.size) == 1:
        return "One entry too many or too few: look at where the loop starts and stops."
    return ""


def _about_numbers(arrays: list[tuple[np.ndarray, np.ndarray]]) -> str:
    """The first sign that all wrong results of one question show."""
    if any(e.shape != g.shape for e, g in arrays):
        return ""
    if not np.isfinite(arrays[0][1]).all():
        return "A result that is not finite: a division by zero, a logarithm of 0, or the wrong branch for this input?"
    arrays = [(e, g) for e, g in arrays if np.isfinite(g).all()]

    def same(change) -> bool:
        with np.errstate(all="ignore"):
            return all(np.allclose(g, change(e), rtol=1e-7, atol=1e-9) for e, g in arrays)

    square = all(e.ndim == 2 and e.shape[0] == e.shape[1] for e, _ in arrays)
    several = any(e.size > 1 for e, _ in arrays)
    real = all(not np.iscomplexobj(x) for pair in arrays for x in pair)
    whole = real and all((g == np.floor(g)).all() and (abs(e - g) > 1e-3).any() for e, g in arrays)
    positive = real and all((e >= 0).all() for e, _ in arrays)
    signs = [
        (True, lambda e: -e, "Every sign is turned around."),
        (square and several, lambda e: e.T, "The result is transposed: two indices have changed places."),
        (several and all(e.ndim == 1 for e, _ in arrays), lambda e: e[::-1], "The right numbers in reverse order."),
        (several, lambda e: np.sort(e, axis=None).reshape(e.shape), "The right numbers in another order."),
        (True, lambda e: 1 / e, "The result is turned upside down: one divided by what it should be."),
        (positive, lambda e: e**2, "The result is squared: is a square root missing?"),
        (positive, np.sqrt, "A square root too many."),
        (whole, np.floor, "The fraction is lost: is there a // or an int() where a / belongs?"),
        (several, lambda e: 0 * e, "The result is all zeros: does what you computed ever reach it?"),
    ]
    for possible, change, sentence in signs:
        if possible and same(change):
            return sentence
    with np.errstate(all="ignore"):
        ratios = np.concatenate([(g[abs(e) > 1e-12] / e[abs(e) > 1e-12]).ravel() for e, g in arrays])
    zeros = np.concatenate([g[abs(e) <= 1e-12].ravel() for e, g in arrays])
    if ratios.size > 1 and np.allclose(ratios, ratios[0], rtol=1e-6) and abs(ratios[0] - 1) > 1e-6 and not zeros.any():
        return f"Every number is {ratios[0]:.6g} times what it should be: a factor is missing or extra."
    shifts = np.concatenate([(g - e).ravel() for e, g in arrays])
    if shifts.size > 1 and np.isfinite(shifts).all() and np.allclose(shifts, shifts[0], rtol=1e-6) and shifts[0]:
        return f"Every number is off by the same {shifts[0]:.6g}: is something added that should not be, or left out?"
    if all(np.allclose(g, e, rtol=1e-4, atol=1e-6) for e, g in arrays):
        return "Close, but not exact enough: something is approximated or rounded on the way."
    return ""
