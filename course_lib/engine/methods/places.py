"""Small pieces that many tensor methods share: sizes in a call, places along an axis, a piece of an axis."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index

from ..dtype import dtypes
from ..strides import Shape, ShapeError
from ..uop import Ops, UOp


def sizes_of(sizes: Sequence, least: int = 0) -> Shape:
    """The sizes in a call's arguments: ``zeros(2, 3)`` and ``zeros((2, 3))`` mean the same.

    Raises
    ------
    TypeError: if they are no whole numbers.
    ShapeError: if one is smaller than ``least``.
    """
    if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
        sizes = sizes[0]
    try:
        shape = tuple(map(index, sizes))
    except TypeError:
        raise TypeError(f"a shape is made of whole numbers, not of {sizes}") from None
    if shape and min(shape) < least:
        raise ShapeError(f"shape {shape} needs sizes of {least} or more")
    return shape


def iota(shape: Shape, axis: int = 0) -> UOp:
    """For every element of a shape its place along one axis.

    >>> iota((2, 3), 1)             # [[0, 1, 2], [0, 1, 2]]
    UOp(EXPAND, int64, (2, 3), (2, 3))
    """
    numbers = UOp(Ops.IOTA, dtypes.int64, (), shape[axis])
    return numbers.reshape((shape[axis],) + (1,) * (len(shape) - axis - 1)).expand(shape)


def narrow(x: UOp, axis: int, start: int, stop: int) -> UOp:
    """The places from ``start`` up to ``stop`` of one axis."""
    return x.shrink(tuple((start, stop) if i == axis else (0, size) for i, size in enumerate(x.shape)))
