"""The same numbers repeated, turned round, cut out, or with margins around them."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import TYPE_CHECKING

import numpy as np

from ..dtype import dtypes
from ..strides import ShapeError
from ..uop import UOp
from .axes import axes_of, axis_of, either, numpy_names
from .joining import join
from .places import narrow, sizes_of

if TYPE_CHECKING:
    from ..tensor import Tensor


def _margins(padding: Sequence, ndim: int) -> list[tuple[int, int]]:
    """Margins (before, after) of every axis, from PyTorch's flat list, which starts at the last axis, or from pairs."""
    padding = list(padding)
    if padding and all(pair is None or isinstance(pair, tuple | list) for pair in padding):
        if len(padding) != ndim:
            raise ShapeError(
                f"{len(padding)} pairs do not pad a tensor of {ndim} axes: give one (before, after) for each"
            )
        pairs = [(0, 0) if pair is None else pair for pair in padding]
    else:
        if len(padding) % 2 or len(padding) > 2 * ndim:
            raise ShapeError(
                f"{len(padding)} margins do not pad a tensor of {ndim} axes: give two for each, last axis first"
            )
        pairs = [(0, 0)] * (ndim - len(padding) // 2) + list(zip(padding[::2], padding[1::2]))[::-1]
    return [(index(before), index(after)) for before, after in pairs]


def _beside(x: UOp, axis: int, before: int, after: int, mode: str) -> UOp:
    """Continue an axis at both ends with its own numbers: mirrored, the outermost repeated, or starting over.

    Raises
    ------
    ShapeError: if the axis is too short for that.
    """
    size = x.shape[axis]
    most = {"reflect": size - 1, "replicate": size and max(before, after), "circular": size}[mode]
    if max(before, after) > most:
        raise ShapeError(f"axis {axis} with size {size} is too short for margins of {(before, after)} in mode {mode!r}")
    if mode == "reflect":
        ends = narrow(x, axis, 1, before + 1).flip((axis,)), narrow(x, axis, size - 1 - after, size - 1).flip((axis,))
    elif mode == "circular":
        ends = narrow(x, axis, size - before, size), narrow(x, axis, 0, after)
    else:
        around = [(*x.shape[:axis], margin, *x.shape[axis + 1 :]) for margin in (before, after)]
        ends = narrow(x, axis, 0, 1).expand(around[0]), narrow(x, axis, size - 1, size).expand(around[1])
    return join([part for part in (ends[0], x, ends[1]) if part.shape[axis]], axis)


class Arranging:
    """Methods that arrange a tensor's numbers anew. ``dim`` and ``axis`` mean the same."""

    __slots__ = ()

    def repeat(self, *repeats: int | Sequence[int]) -> Tensor:
        """The whole tensor ``repeats[i]`` times along axis i; additional repeats make new axes in front.

        Raises
        ------
        ShapeError: if there are fewer repeats than axes.
        """
        times = sizes_of(repeats)
        if len(times) < self.ndim:
            raise ShapeError(f"repeat{times} of shape {self.shape}: give a number for each of its {self.ndim} axes")
        shape = (1,) * (len(times) - self.ndim) + self.shape
        apart = self.uop.reshape(tuple(n for size in shape for n in (1, size)))
        apart = apart.expand(tuple(n for pair in zip(times, shape) for n in pair))
        return self._new(apart.reshape(tuple(count * size for count, size in zip(times, shape))))

    def tile(self, *repeats: int | Sequence[int]) -> Tensor:
        """As ``repeat``, but fewer repeats than axes belong to the last ones."""
        times = sizes_of(repeats)
        return self.repeat((1,) * (self.ndim - len(times)) + times)

    @numpy_names
    def repeat_interleave(
        self, repeats: int | Sequence[int] | Tensor, dim: int | None = None, *, output_size: int | None = None
    ) -> Tensor:
        """Every slice of an axis (of the flattened tensor, if none is named) several times, next to each other.

        ``output_size``, the sum of ``repeats``, is not needed here.

        Different ``repeats`` for the slices decide the shape, so a tensor of them is realized.

        Raises
        ------
        ValueError: if a repeat is negative, or there are not as many as slices.
        """
        if dim is None:
            return self.reshape(-1).repeat_interleave(repeats, 0)
        dim = axis_of(dim, self.ndim)
        shape = self.shape or (1,)
        counts = np.asarray(repeats)
        if counts.size and counts.min() < 0:
            raise ValueError(f"a slice is repeated 0 or more times, not {counts.min()}")
        if counts.size == 1:
            times = int(counts.reshape(()))
            new = (*shape[: dim + 1], times, *shape[dim + 1 :])
            apart = self.reshape(*shape[: dim + 1], 1, *shape[dim + 1 :]).expand(new)
            return apart.reshape(*shape[:dim], shape[dim] * times, *shape[dim + 1 :])
        if counts.shape != shape[dim : dim + 1]:
            raise ValueError(f"repeats of shape {counts.shape} do not fit axis {dim} with size {shape[dim]}")
        return self.index_select(dim, np.repeat(np.arange(len(counts)), counts))

    # -- turned round

    def flip(
        self,
        *axes: int | Sequence[int],
        dims: int | Sequence[int] | None = None,
        axis: int | Sequence[int] | None = None,
    ) -> Tensor:
        """With the order along some axes reversed."""
        if axes:
            named = axes[0] if len(axes) == 1 else axes
        else:
            named = either(dims, axis)
        return self._new(self.uop.flip(tuple(sorted(axes_of(() if named is None else named, self.ndim)))))

    def flipud(self) -> Tensor:
        """With the rows in reverse order."""
        return self.flip(0)

    def fliplr(self) -> Tensor:
        """With the columns in reverse order."""
        return self.flip(1)

    def roll(self, shifts: int | Sequence[int], dims: int | Sequence[int] | None = None) -> Tensor:
        """Moved along some axes, where what leaves at the end returns at the start; without axes, as one flat row.

        Raises
        ------
        ValueError: if there are not as many shifts as axes.
        """
        if dims is None:
            return self.reshape(-1).roll(shifts, 0).reshape(self.shape)
        shifts, axes = sizes_of((shifts,), -(2**63)), axes_of(dims, self.ndim)
        if len(shifts) != len(axes) and self.shape:
            raise ValueError(f"roll needs one shift for each axis, not {shifts} for {dims}")
        uop = self.uop
        for shift, dim in zip(shifts, axes):
            size = uop.shape[dim]
            if size and shift % size:
                # the axis twice in a row, and of that a piece of its own length
                twice = uop.reshape((*uop.shape[:dim], 1, *uop.shape[dim:]))
                twice = twice.expand((*uop.shape[:dim], 2, *uop.shape[dim:]))
                twice = twice.reshape((*uop.shape[:dim], 2 * size, *uop.shape[dim + 1 :]))
                uop = narrow(twice, dim, size - shift % size, 2 * size - shift % size)
        return self._new(uop)

    def rot90(self, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
        """Turned ``k`` times by 90 degrees in the plane of two axes, from the first towards the second.

        Raises
        ------
        ValueError: if ``dims`` does not name two different axes.
        """
        axes = axes_of(dims, self.ndim)
        if len(axes) != 2:
            raise ValueError(f"rot90 turns in the plane of two axes, not of {dims}")
        match k % 4:
            case 0:
                return self
            case 1:
                return self.flip(axes[1]).transpose(*axes)
            case 2:
                return self.flip(axes)
            case _:
                return self.transpose(*axes).flip(axes[1])

    # -- a part, or more than all

    def shrink(self, bounds: Sequence[tuple[int, int] | None]) -> Tensor:
        """From every axis the places from ``start`` up to ``stop``; None leaves an axis as it is."""
        if len(bounds) != self.ndim:
            raise ShapeError(f"shrink of shape {self.shape} needs a pair or None for each axis, not {len(bounds)}")
        pairs = tuple((0, n) if pair is None else (pair[0], pair[1]) for pair, n in zip(bounds, self.shape))
        return self._new(self.uop.shrink(pairs))

    @numpy_names
    def narrow(self, dim: int, start: int, length: int) -> Tensor:
        """``length`` places of one axis, from ``start`` on.

        Raises
        ------
        IndexError: if they are not all there.
        """
        dim, start, length = axis_of(dim, self.ndim), index(start), index(length)
        size = self.shape[dim] if self.shape else 0
        first = start + size if start < 0 else start
        if not 0 <= first <= first + length <= size:
            raise IndexError(f"places {start} to {start + length} are not on axis {dim} with size {size}")
        return self._new(narrow(self.uop, dim, first, first + length))

    @numpy_names
    def diff(self, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None) -> Tensor:
        """Every element but the first less the one before it, ``n`` times over; what is put before and behind counts.

        Raises
        ------
        ShapeError: for a tensor without axes.
        ValueError: if ``n`` is negative.
        """
        if n < 0:
            raise ValueError(f"differences are taken 0 or more times, not {n}")
        dim = axis_of(dim, self.ndim)
        if not self.shape:
            raise ShapeError("a tensor of shape () has no differences")
        if n == 0:
            return self._new(self.uop)
        parts = [part for part in (prepend, self, append) if part is not None]
        x = parts[0].cat(*parts[1:], dim=dim) if len(parts) > 1 else self
        for _ in range(min(n, x.shape[dim])):
            size = x.shape[dim]
            later, earlier = x.narrow(dim, 1, size - 1), x.narrow(dim, 0, size - 1)
            x = later ^ earlier if x.dtype is dtypes.bool else later - earlier
        return x

    def pad(
        self,
        pad: Sequence | None = None,
        mode: str = "constant",
        value: float | None = None,
        *,
        padding: Sequence | None = None,
    ) -> Tensor:
        """With margins around it.

        Parameters
        ----------
        pad: margins in PyTorch's order (left, right, top, bottom, ...), from the last axis on, or a pair
            (before, after), or None, for every axis. Negative ones cut off. ``padding`` is another name.
        mode: "constant", "reflect" (mirrored without its outermost element), "replicate" or "circular".
        value: what a constant margin holds; 0 if left out.

        Raises
        ------
        ShapeError: if there are too many or an odd number of margins, or an axis is too short for them.
        ValueError: for another mode.
        """
        if mode not in ("constant", "reflect", "replicate", "circular"):
            raise ValueError(f"mode is constant, reflect, replicate or circular, not {mode!r}")
        margins = _margins(either(pad, padding), self.ndim)
        kept = tuple((max(-before, 0), n - max(-after, 0)) for (before, after), n in zip(margins, self.shape))
        if any(start > stop for start, stop in kept):
            raise ShapeError(f"margins {margins} cut off more than shape {self.shape} has")
        late = mode in ("replicate", "reflect")  # what is cut off shows at the other end nevertheless
        uop = self.uop if late else self.uop.shrink(kept)
        added = tuple((max(before, 0), max(after, 0)) for before, after in margins)
        if mode == "constant":
            padded = uop.pad(added)
            if value and padded is not uop:
                inside = UOp.const(dtypes.bool, True, uop.shape).pad(added)
                padded = inside.where(padded, padded.const_like(value))
            return self._new(padded)
        for axis, (before, after) in enumerate(added):
            if before or after:
                uop = _beside(uop, axis, before, after, mode)
        if late:
            uop = uop.shrink(tuple((max(-first, 0), n - max(-last, 0)) for (first, last), n in zip(margins, uop.shape)))
        return self._new(uop)

    def unfold(self, dimension: int, size: int, step: int = 1) -> Tensor:
        """All windows of ``size`` neighbours along an axis, ``step`` apart; the places in them become a new last axis.

        Raises
        ------
        ShapeError: if the axis is shorter than a window.
        """
        axis = axis_of(dimension, self.ndim)
        uop = self.uop if self.shape else self.uop.reshape((1,))
        if not 1 <= size <= uop.shape[axis] or step < 1:
            raise ShapeError(f"windows of {size}, {step} apart, do not fit axis {axis} of shape {self.shape}")
        windows = uop.window(axis, size, step)
        return self._new(windows if self.shape else windows.reshape((1,)))
