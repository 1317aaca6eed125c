"""Windows over the spatial axes of an input: what convolution and pooling have in common."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING

from ..strides import Shape, ShapeError
from ..uop import UOp

if TYPE_CHECKING:
    from ..tensor import Tensor

Sizes = int | Sequence[int]  # one number for every spatial axis, or one for each


def per_axis(name: str, what: str, value: Sizes, count: int, smallest: int = 1) -> Shape:
    """One whole number for each of ``count`` spatial axes; a single one counts for all.

    Raises
    ------
    ValueError: if there are more or fewer, or one is less than ``smallest``.
    """
    sizes = tuple(value) if isinstance(value, tuple | list) else (value,)
    sizes = sizes * count if len(sizes) == 1 else sizes
    if len(sizes) != count or not all(isinstance(size, Integral) and size >= smallest for size in sizes):
        raise ValueError(f"{name}: {what} must be one whole number, or {count}, of {smallest} or more, not {value!r}")
    return sizes


def margins_of(name: str, padding: Sizes, count: int) -> list[tuple[int, int]]:
    """Places before and after each of ``count`` spatial axes: one number for all, one for each, or two for each.

    Two for each come in the order of ``pad``: (left, right, top, bottom, ...), from the last axis on.
    """
    befores = afters = padding
    if isinstance(padding, tuple | list) and len(padding) == 2 * count:
        befores, afters = padding[-2::-2], padding[::-2]
    sides = [per_axis(name, "padding", side, count, smallest=0) for side in (befores, afters)]
    return list(zip(*sides))


def batched(name: str, x: Tensor, count: int) -> UOp:
    """The input as (N, C, ...) with ``count`` spatial axes; a single example (C, ...) becomes a batch of one.

    Raises
    ------
    ShapeError: if it has more or fewer axes.
    """
    if x.ndim == count + 2:
        return x.uop
    if x.ndim == count + 1:
        return x.uop.reshape((1, *x.shape))
    axes = ", ".join("DHW"[3 - count :])
    raise ShapeError(f"{name} needs an input of shape (N, C, {axes}) or (C, {axes}), not {x.shape}")


def windows(x: UOp, kernel: Shape, stride: Shape, dilation: Shape) -> UOp:
    """Windows along the last axes, one for each size in ``kernel``; the places in them become new last axes."""
    first = len(x.shape) - len(kernel)
    for axis, sizes in enumerate(zip(kernel, stride, dilation), first):
        x = x.window(axis, *sizes)
    return x
