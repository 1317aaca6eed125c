"""What is probably wrong when no known mistake explains a failure: signs that hold for any piece."""

from __future__ import annotations

import numpy as np

from workshop import plain
from workshop.compare import number, shape_of


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
        array = np.asarray(value, dtype=object)
        if not all(number(x) for x in array.flat):
            return None
    else:
        return None
    try:
        return array.astype(complex if array.dtype.kind == "c" else float)
    except (TypeError, ValueError, OverflowError):
        return None


def guess(question, failure, answers: list[dict]) -> str:
    """One sentence on the probable mistake, or an empty string."""
    expected, got = failure.expected, failure.got
    if "ran out of time" in str(got):
        return "A loop does not end, or the work grows much faster than the input: what makes it stop?"
    if "its process died" in str(got):
        return "It used up memory or recursed without end."
    if isinstance(got, str) and got.startswith("RecursionError"):
        return "The piece calls itself, directly or through an operator, and nothing makes it stop."
    if isinstance(got, str) and got.startswith("AttributeError: 'NoneType'"):
        return "Something returned None where an object was expected: a return statement is missing."
    if question.raises:
        return _about_errors(question, got)
    if got is None:
        return "It returns None: is a return statement missing, or reached only in some cases?"
    if failure.difference.startswith("your piece changed its input"):
        return "It works on the very object it was given: make a new one and leave the input alone."
    if question.accept:
        return ""
    if isinstance(got, np.ndarray | list | tuple) and isinstance(expected, np.ndarray | list | tuple):
        if type(got) is not type(expected):
            wanted = "an array" if isinstance(expected, np.ndarray) else f"a {type(expected).__name__}"
            return f"It returns another kind of container: {wanted} is wanted."
    return _about_numbers(_numbers(expected), _numbers(got))


def _about_errors(question, got: object) -> str:
    wanted = question.raises.error
    if isinstance(got, str) and ": " in got and got.partition(":")[0].endswith(("Error", "Exception")):
        if got.partition(":")[0] == wanted:
            return "The right error, but its message should say more about what was given."
        return f"This error comes from further down: test the input first, and raise {wanted} yourself."
    return f"Nothing tests the input before the work begins: raise {wanted} when it does not fit."


def _about_numbers(expected: np.ndarray | None, got: np.ndarray | None) -> str:
    if expected is None or got is None:
        return ""
    if expected.shape != got.shape:
        if expected.shape == got.shape[::-1]:
            return "Rows and columns have changed places: the result's shape is transposed."
        if expected.size == got.size:
            return "The numbers may be right; the shape is not."
        if expected.ndim == got.ndim == 1 and abs(expected.size - got.size) == 1:
            return "One entry too many or too few: look at where the loop starts and stops."
        return ""
    if not np.isfinite(got).all():
        return "A result that is not finite: is there a division by zero, or a logarithm or power of something too far?"

    def same(other: np.ndarray) -> bool:
        return bool(np.allclose(got, other, rtol=1e-7, atol=1e-9))

    if same(-expected):
        return "Every sign is turned around."
    if expected.ndim == 2 and expected.shape[0] == expected.shape[1] and same(expected.T):
        return "The result is transposed: two indices have changed places."
    if expected.ndim == 1 and expected.size > 1 and same(expected[::-1]):
        return "The right numbers in reverse order."
    if expected.size > 1 and same(np.sort(expected.ravel()).reshape(expected.shape)):
        return "The right numbers in another order."
    nonzero = np.abs(expected) > 1e-12
    if nonzero.any() and np.iscomplexobj(expected) == np.iscomplexobj(got):
        ratios = got[nonzero] / expected[nonzero]
        steady = np.allclose(ratios, ratios.flat[0], rtol=1e-6) and np.allclose(got[~nonzero], 0, atol=1e-9)
        if steady and (nonzero.sum() > 1 or _telling(ratios.flat[0])) and abs(ratios.flat[0]) > 1e-12:
            return f"Every number is {ratios.flat[0]:.6g} times what it should be: a factor is missing or extra."
        if same(1 / np.where(nonzero, expected, 1)):
            return "The result is turned upside down: one divided by what it should be."
        if not np.iscomplexobj(expected):
            if (expected >= 0).all() and same(expected**2):
                return "The result is squared: is a square root missing?"
            if (expected >= 0).all() and same(np.sqrt(np.abs(expected))):
                return "A square root too many."
    shifts = got - expected
    if expected.size > 1 and np.allclose(shifts, shifts.flat[0], rtol=1e-6):
        return f"Every number is off by the same {shifts.flat[0]:.6g}: look at the start value."
    if same(np.floor(expected)) or same(np.trunc(expected)):
        return "The fraction is lost: is there a // or an int() where a / belongs?"
    if np.allclose(got, expected, rtol=1e-4, atol=1e-6):
        return "Close, but not exact enough: something is approximated or rounded on the way."
    if not got.any():
        return "The result is all zeros: is what you computed ever stored?"
    return ""


def _telling(ratio: complex) -> bool:
    """Whether one lone ratio is one that a forgotten factor makes."""
    return any(abs(ratio - r) < 1e-9 for r in (2, 0.5, 3, 1 / 3, 4, 0.25, np.pi, 1 / np.pi, 100, 0.01, np.log(2)))
