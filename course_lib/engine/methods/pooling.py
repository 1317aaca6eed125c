"""Pooling: one number for each window of the input, its largest or its mean.

Inputs have the shape (N, C, ...) with one to three spatial axes behind the channels, or (C, ...) for a single example.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from ..strides import Shape, ShapeError
from ..uop import Ops, UOp
from .joining import iota
from .precision import need_float, precise
from .windows import Sizes, batched, margins_of, per_axis, windows

if TYPE_CHECKING:
    from ..tensor import Tensor


class Pooling:
    """Max pooling and average pooling, with windows of a given size or for a given size of the output."""

    __slots__ = ()

    def max_pool1d(
        self,
        kernel_size: Sizes = 2,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """``max_pool2d`` with one spatial axis: input (N, C, L) or (C, L)."""
        return _max_pool(self, kernel_size, stride, padding, dilation, ceil_mode, return_indices, 1)

    def max_pool2d(
        self,
        kernel_size: Sizes = 2,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """The largest number in each window; NaN counts as the largest.

        Parameters
        ----------
        kernel_size: places in a window.
        stride: how far one window starts from the next, ``kernel_size`` if left out.
        padding: places on both sides of each axis that never win; at most half of a window.
        dilation: how far apart the places of a window lie.
        ceil_mode: whether a last window may hang over the end.
        return_indices: return the positions of the largest as well, as int64, counted over the flattened plane.

        Returns
        -------
        shape (N, C, oh, ow) with ``oh = (H + 2*padding - dilation*(kh - 1) - 1) // stride + 1``, rounded up instead
        with ``ceil_mode``. If several are the largest of a window, they share its gradient evenly, and the first gives
        the index.

        Raises
        ------
        ShapeError: if the input does not have 3 or 4 axes, or a window is larger than the padded input.
        ValueError: for sizes that make no sense.
        """
        return _max_pool(self, kernel_size, stride, padding, dilation, ceil_mode, return_indices, 2)

    def max_pool3d(
        self,
        kernel_size: Sizes = 2,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """``max_pool2d`` with three spatial axes: input (N, C, D, H, W) or (C, D, H, W)."""
        return _max_pool(self, kernel_size, stride, padding, dilation, ceil_mode, return_indices, 3)

    def avg_pool1d(
        self,
        kernel_size: Sizes = 2,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> Tensor:
        """``avg_pool2d`` with one spatial axis: input (N, C, L) or (C, L)."""
        return _avg_pool(self, kernel_size, stride, padding, ceil_mode, count_include_pad, None, 1)

    def avg_pool2d(
        self,
        kernel_size: Sizes = 2,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Tensor:
        """The mean of each window. Sizes and shapes are as in ``max_pool2d``.

        Parameters
        ----------
        count_include_pad: whether zeros of the padding count as elements. What ``ceil_mode`` adds never counts.
        divisor_override: divide the sum by this instead.

        Raises
        ------
        ShapeError, ValueError: as ``max_pool2d``.
        TypeError: for whole numbers.
        """
        return _avg_pool(self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override, 2)

    def avg_pool3d(
        self,
        kernel_size: Sizes = 2,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Tensor:
        """``avg_pool2d`` with three spatial axes: input (N, C, D, H, W) or (C, D, H, W)."""
        return _avg_pool(self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override, 3)

    def adaptive_avg_pool1d(self, output_size: Sizes) -> Tensor:
        """``adaptive_avg_pool2d`` with one spatial axis: input (N, C, L) or (C, L)."""
        return _adaptive_avg_pool(self, output_size, 1)

    def adaptive_avg_pool2d(self, output_size: Sizes) -> Tensor:
        """Means of ``output_size`` stretches that together cover each axis.

        Stretch i of an axis goes from ``floor(i * length / out)`` to ``ceil((i + 1) * length / out)``, so stretches
        overlap where ``out`` does not divide the length. A size of None leaves an axis as it is.
        """
        return _adaptive_avg_pool(self, output_size, 2)

    def adaptive_avg_pool3d(self, output_size: Sizes) -> Tensor:
        """``adaptive_avg_pool2d`` with three spatial axes: input (N, C, D, H, W) or (C, D, H, W)."""
        return _adaptive_avg_pool(self, output_size, 3)

    def adaptive_max_pool1d(self, output_size: Sizes, return_indices: bool = False) -> Tensor | tuple[Tensor, Tensor]:
        """``adaptive_max_pool2d`` with one spatial axis: input (N, C, L) or (C, L)."""
        return _adaptive_max_pool(self, output_size, return_indices, 1)

    def adaptive_max_pool2d(self, output_size: Sizes, return_indices: bool = False) -> Tensor | tuple[Tensor, Tensor]:
        """The largest number of each of the stretches of ``adaptive_avg_pool2d``.

        With ``return_indices`` also the place of each in its flattened plane.
        """
        return _adaptive_max_pool(self, output_size, return_indices, 2)

    def adaptive_max_pool3d(self, output_size: Sizes, return_indices: bool = False) -> Tensor | tuple[Tensor, Tensor]:
        """``adaptive_max_pool2d`` with three spatial axes: input (N, C, D, H, W) or (C, D, H, W)."""
        return _adaptive_max_pool(self, output_size, return_indices, 3)


def _grid(
    name: str,
    lengths: Shape,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    dilation: Sizes,
    ceil_mode: bool,
) -> tuple[tuple[Shape, Shape, Shape], list[tuple[int, int]]]:
    """The sizes, strides and dilations of the windows, and the margins that the spatial axes need around them.

    With ``ceil_mode`` a last window may hang over the padding, as long as it starts before it.

    Raises
    ------
    ShapeError: if not even one window fits.
    ValueError: if sizes make no sense, or the padding is more than half of a window.
    """
    kernel = per_axis(name, "kernel_size", kernel_size, len(lengths))
    steps = kernel if stride is None else per_axis(name, "stride", stride, len(lengths))
    wanted = margins_of(name, padding, len(lengths))
    gaps = per_axis(name, "dilation", dilation, len(lengths))
    margins = []
    for length, size, step, (before, after), gap in zip(lengths, kernel, steps, wanted, gaps):
        span = gap * (size - 1) + 1
        if 2 * max(before, after) > span:
            raise ValueError(f"{name}: padding {padding} must be at most half of the window {kernel_size}")
        count = (length + before + after - span + (step - 1 if ceil_mode else 0)) // step + 1
        if ceil_mode and (count - 1) * step >= length + before:
            count -= 1
        if count < 1 or length == 0:
            raise ShapeError(
                f"{name}: windows of {kernel} places with dilation {dilation} do not fit into {lengths} "
                f"with padding {padding}"
            )
        margins.append((before, max(0, (count - 1) * step + span - length - before)))
    return (kernel, steps, gaps), margins


def _max_pool(
    x: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    dilation: Sizes,
    ceil_mode: bool,
    return_indices: bool,
    count: int,
) -> Tensor | tuple[Tensor, Tensor]:
    name = f"max_pool{count}d"
    source = batched(name, x, count)
    lengths = source.shape[2:]
    grid, margins = _grid(name, lengths, kernel_size, stride, padding, dilation, ceil_mode)
    seen = windows(x._new(source).pad([(0, 0), (0, 0), *margins], value=x.dtype.min).uop, *grid)
    places = range(2 + count, 2 + 2 * count)
    largest = seen.reduce(Ops.MAXIMUM, places)
    shape = (*x.shape[: x.ndim - count], *seen.shape[2 : 2 + count])
    values = x._new(largest.reshape(shape))
    if not return_indices:
        return values
    nowhere = prod(lengths)
    plane = x._new(iota((nowhere,)).reshape(lengths)).pad(margins, value=nowhere)
    numbers = windows(plane.uop, *grid).expand(seen.shape)
    wins = seen.alu(Ops.EQ, largest.expand(seen.shape)).alu(Ops.OR, seen.alu(Ops.NE, seen))  # the largest, or NaN
    first = wins.where(numbers, numbers.const_like(nowhere)).reduce(Ops.MINIMUM, places)
    return values, x._new(first.reshape(shape))


def _avg_pool(
    x: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor: int | None,
    count: int,
) -> Tensor:
    name = f"avg_pool{count}d"
    need_float(name, x.dtype)
    if divisor == 0:
        raise ValueError(f"{name}: divisor_override must not be 0")
    source = batched(name, x, count)
    lengths = source.shape[2:]
    grid, margins = _grid(name, lengths, kernel_size, stride, padding, 1, ceil_mode)
    places = range(2 + count, 2 + 2 * count)
    sums = windows(source.cast(precise(x.dtype)).pad(((0, 0), (0, 0), *margins)), *grid).reduce(Ops.ADD, places)
    if count_include_pad:  # what counts: the input and its padding, but not what ceil_mode adds behind that
        behind = [min(after, wanted) for (_, after), (_, wanted) in zip(margins, margins_of(name, padding, count))]
        counted = tuple(n + before + after for n, (before, _), after in zip(lengths, margins, behind))
        around = tuple((0, after - padded) for (_, after), padded in zip(margins, behind))
    else:
        counted, around = lengths, tuple(margins)
    if divisor or not any(map(any, around)):
        means = sums / (divisor or prod(grid[0]))
    else:
        ones = UOp.const(sums.dtype, 1, counted).pad(around)
        places = range(count, 2 * count)
        means = sums / windows(ones, *grid).reduce(Ops.ADD, places).expand(sums.shape)
    return x._new(means.cast(x.dtype).reshape((*x.shape[: x.ndim - count], *sums.shape[2 : 2 + count])))


def _kernel_of(name: str, x: Tensor, output_size: Sizes | None, count: int) -> tuple[Shape, Shape | None]:
    """The sizes of the output, and of the windows for it if they divide every axis evenly."""
    lengths = batched(name, x, count).shape[2:]
    if 0 in lengths:
        raise ShapeError(f"{name} needs at least one element along each axis, not {x.shape}")
    if isinstance(output_size, tuple | list) and len(output_size) == count:
        output_size = [length if size is None else size for size, length in zip(output_size, lengths)]
    sizes = lengths if output_size is None else per_axis(name, "output_size", output_size, count)
    even = all(length % size == 0 for length, size in zip(lengths, sizes))
    return sizes, tuple(length // size for length, size in zip(lengths, sizes)) if even else None


def _stretches(x: Tensor, axis: int, size: int) -> tuple[Tensor, Tensor]:
    """Which elements of an axis lie in each of ``size`` stretches, (size, length), and the axis as (..., 1, length).

    Let each element be ``size`` long and each stretch ``length``: those that overlap belong together.
    """
    length = x.shape[axis]
    place = x.arange(length, device=x.device)
    stretch = x.arange(size, device=x.device).reshape(size, 1)
    inside = (place * size < (stretch + 1) * length) & ((place + 1) * size > stretch * length)
    return inside, x.movedim(axis, -1).unsqueeze(-2)


def _adaptive_avg_pool(x: Tensor, output_size: Sizes | None, count: int) -> Tensor:
    sizes, kernel = _kernel_of(f"adaptive_avg_pool{count}d", x, output_size, count)
    if kernel is not None:
        return _avg_pool(x, kernel, None, 0, False, True, None, count)
    need_float(f"adaptive_avg_pool{count}d", x.dtype)
    means = x.cast(precise(x.dtype))
    for axis, size in enumerate(sizes, x.ndim - count):
        inside, elements = _stretches(means, axis, size)
        means = (inside.where(elements, 0).sum(-1) / inside.sum(-1)).movedim(-1, axis)
    return means.cast(x.dtype)


def _adaptive_max_pool(
    x: Tensor, output_size: Sizes | None, return_indices: bool, count: int
) -> Tensor | tuple[Tensor, Tensor]:
    sizes, kernel = _kernel_of(f"adaptive_max_pool{count}d", x, output_size, count)
    if kernel is not None:
        return _max_pool(x, kernel, None, 0, 1, False, return_indices, count)
    first = x.ndim - count
    places = x._new(iota((prod(x.shape[first:]),)).reshape(x.shape[first:]).expand(x.shape))
    for axis in range(x.ndim - 1, first - 1, -1):  # last axis first: of equal numbers the first one in the plane wins
        inside, elements = _stretches(x, axis, sizes[axis - first])
        elements = inside.where(elements, x.dtype.min)
        if return_indices:
            rows = places.movedim(axis, -1).unsqueeze(-2).expand(elements.shape)
            places = rows.gather(-1, elements.argmax(-1, keepdim=True)).squeeze(-1).movedim(-1, axis)
        x = elements.amax(-1).movedim(-1, axis)
    return (x, places) if return_indices else x
