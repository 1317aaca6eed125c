"""Comparing a result with the right answer, and saying where they part."""

from __future__ import annotations

import math

import numpy as np

from checks.plain import Opaque


def kind(value: object) -> str:
    """What a value is, for a reader: ``"list of 3"``, ``"array (2, 3) float64"``."""
    if isinstance(value, Opaque):
        return value.type
    if isinstance(value, np.ndarray):
        return f"array {value.shape} {value.dtype}"
    if isinstance(value, list | tuple | dict | set | frozenset):
        shape = shape_of(value)
        inside = f" of shape {shape}" if shape and len(shape) > 1 else f" of {len(value)}"
        return type(value).__name__ + inside
    return "None" if value is None else type(value).__name__


def shape_of(value: object) -> tuple[int, ...] | None:
    """The shape of nested lists or tuples of equal lengths, or None."""
    if not isinstance(value, list | tuple):
        return ()
    shapes = {shape_of(item) for item in value}
    if len(shapes) > 1 or None in shapes:
        return None
    return (len(value), *(shapes.pop() if shapes else ()))


def number(value: object) -> bool:
    return isinstance(value, int | float | complex | np.number) and not isinstance(value, bool | np.bool_)


def close(expected, got, rtol: float, atol: float) -> bool:
    """Whether two numbers agree; NaN agrees with NaN, infinities only with themselves."""
    if expected == got:
        return True
    if isinstance(expected, complex | np.complexfloating) or isinstance(got, complex | np.complexfloating):
        e, g = complex(expected), complex(got)
        return close(e.real, g.real, rtol, atol + rtol * abs(e)) and close(e.imag, g.imag, rtol, atol + rtol * abs(e))
    try:
        expected, got = float(expected), float(got)
    except OverflowError:
        return False
    if math.isnan(expected) or math.isnan(got):
        return math.isnan(expected) and math.isnan(got)
    if math.isinf(expected) or math.isinf(got):
        return False
    return abs(expected - got) <= atol + rtol * abs(expected)


def difference(expected: object, got: object, rtol: float = 1e-9, atol: float = 1e-12, at: str = "") -> str | None:
    """None if ``got`` is the right answer, else one phrase on the first place where it is not."""
    where = f"at {at}: " if at else ""
    expected, got = (str(value) if type(value) is np.str_ else value for value in (expected, got))
    if isinstance(got, Opaque):
        return f"{where}a {got.type} object instead of {kind(expected)}"
    if isinstance(expected, bool | np.bool_) or isinstance(got, bool | np.bool_):
        same = isinstance(expected, bool | np.bool_) and isinstance(got, bool | np.bool_) and expected == got
        return None if same else f"{where}{got!r} instead of {expected!r}"
    if number(expected) and number(got):
        if close(expected, got, rtol, atol):
            return None
        return f"{where}{_text(got)} instead of {_text(expected)}" + _off(expected, got)
    if isinstance(expected, np.ndarray):
        return _arrays(expected, got, rtol, atol, where)
    if type(expected) is not type(got):
        return f"{where}{kind(got)} instead of {kind(expected)}"
    if isinstance(expected, list | tuple):
        return _sequences(expected, got, rtol, atol, at, where)
    if isinstance(expected, dict):
        if expected.keys() != got.keys():
            return f"{where}keys {sorted(map(repr, got))} instead of {sorted(map(repr, expected))}"
        parts = (difference(expected[k], got[k], rtol, atol, f"{at}[{k!r}]") for k in expected)
        return next((part for part in parts if part), None)
    return None if expected == got else f"{where}{got!r} instead of {expected!r}"


def _text(value: object) -> str:
    return repr(value.item() if isinstance(value, np.generic) else value)


def _off(expected, got) -> str:
    try:
        error = abs(expected - got)
    except OverflowError:
        return ""
    return f" (off by {error:.3g})" if np.isfinite(error) else ""


def _sequences(expected, got, rtol, atol, at, where) -> str | None:
    if len(expected) != len(got):
        return f"{where}length {len(got)} instead of {len(expected)}"
    for i, (e, g) in enumerate(zip(expected, got, strict=True)):
        part = difference(e, g, rtol, atol, f"{at}[{i}]")
        if part:
            return part + (_largest(expected, got) if not at else "")
    return None


def _largest(expected, got) -> str:
    """For nested lists of numbers with several entries: the largest error."""
    errors = list(_errors(expected, got))
    return f"; largest error {max(errors):.3g}" if len(errors) > 1 and np.isfinite(errors).all() else ""


def _errors(expected, got):
    if isinstance(expected, list | tuple) and isinstance(got, list | tuple) and len(expected) == len(got):
        for e, g in zip(expected, got):
            yield from _errors(e, g)
    else:
        yield float(abs(expected - got)) if number(expected) and number(got) else math.nan


def _arrays(expected: np.ndarray, got: object, rtol: float, atol: float, where: str) -> str | None:
    if not isinstance(got, np.ndarray):
        if expected.ndim == 0 and number(got):
            wrong = difference(expected.item(), got, rtol, atol)
            return wrong and where + wrong
        return f"{where}{kind(got)} instead of {kind(expected)}"
    if expected.shape != got.shape:
        return f"{where}shape {got.shape} instead of {expected.shape}"
    if any((expected.dtype.kind == k) != (got.dtype.kind == k) for k in "bU") or (got.dtype.kind == "c") > (
        expected.dtype.kind == "c"
    ):
        return f"{where}dtype {got.dtype} instead of {expected.dtype}"
    words = "U" in (expected.dtype.kind, got.dtype.kind)
    right = got == expected if words else np.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)
    if right.all():
        return None
    first = tuple(int(i) for i in np.argwhere(~right)[0])
    index = "[" + ", ".join(map(str, first)) + "]" if first else ""
    text = f"{where}{index} is {_text(got[first])} instead of {_text(expected[first])}"
    if expected.dtype.kind not in "bU" and right.size > 1:
        with np.errstate(invalid="ignore"):  # infinity less infinity
            errors = np.abs(expected - got)[~right]
        if np.isfinite(errors).all():
            text += f"; {(~right).sum()} of {right.size} entries differ, largest error {errors.max():.3g}"
    return text
