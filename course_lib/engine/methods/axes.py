"""Which axes are meant: negative ones count from the end, and PyTorch's ``dim`` and NumPy's ``axis`` are the same."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from operator import index
from typing import Any, TypeVar

T = TypeVar("T")
Function = TypeVar("Function", bound=Callable)


def axis_of(axis: int, ndim: int) -> int:
    """The number of an axis, counted from the front.

    As in PyTorch, 0 and -1 are axes even of a tensor without any (``ndim`` 0), which then counts as one of shape (1,);
    both give 0.

    Raises
    ------
    IndexError: if there is no such axis.

    >>> axis_of(-1, 3)
    2
    """
    number = index(axis)
    count = ndim or 1
    if -count <= number < count:
        return number % count
    raise IndexError(
        f"axis {number} is out of range for a tensor of {ndim} axes: it must be from {-count} to {count - 1}"
    )


def axes_of(axes: int | Sequence[int] | None, ndim: int) -> tuple[int, ...]:
    """The numbers of several axes, counted from the front, in the order given; None stands for all.

    For a tensor without axes the answer is (): it has none, even if 0 or -1 is asked for.

    Raises
    ------
    IndexError: if there is no such axis.
    ValueError: if an axis is named twice.

    >>> axes_of((-1, 0), 3)
    (2, 0)
    """
    if axes is None:
        return tuple(range(ndim))
    found = tuple([axis_of(axis, ndim) for axis in (axes if isinstance(axes, tuple | list) else (axes,))])
    if len(set(found)) != len(found):
        raise ValueError(f"axes {tuple(axes)} name an axis of a tensor of {ndim} axes twice")
    return found if ndim else ()


def either(first: T | None, second: T | None) -> T | None:
    """The first of two that is given: ``either(dim, axis)``, or ``either(axis, dim)`` where ``dim`` has a default."""
    return second if first is None else first


def numpy_names(function: Function) -> Function:
    """For methods with ``dim`` and ``keepdim``: NumPy's names for them, ``axis`` and ``keepdims``, serve as well."""

    @functools.wraps(function)
    def renamed(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            kwargs = {_TORCH_NAMES.get(name, name): value for name, value in kwargs.items()}
        return function(*args, **kwargs)

    return renamed  # type: ignore[return-value]


_TORCH_NAMES = {"axis": "dim", "keepdims": "keepdim"}
