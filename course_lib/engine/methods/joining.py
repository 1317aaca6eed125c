"""Several tensors to one, and one to several: cat and stack, split and chunk.

Joined tensors are never copied one after the other. Each is padded to the full length, and at every place a comparison
with the place's number says whose turn it is. So a join is element-wise, like an addition, and fuses with what comes
before and after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import accumulate
from operator import index
from typing import TYPE_CHECKING

from ..dtype import promote
from ..strides import ShapeError, broadcast_shapes
from ..uop import Ops, UOp
from .axes import axis_of, numpy_names
from .places import iota, narrow

if TYPE_CHECKING:
    from ..tensor import Tensor


def join(parts: Sequence[UOp], axis: int) -> UOp:
    """Parts of one dtype, which agree in all other axes, one after the other along an axis.

    Choosing between zero-padded parts, unlike adding them, keeps -0.0, and keeps NaN and infinities where they are. The
    choices form a tree, so that each element takes log2(parts) comparisons.
    """
    ends = list(accumulate(part.shape[axis] for part in parts))
    shape = (*parts[0].shape[:axis], ends[-1], *parts[0].shape[axis + 1 :])
    place = iota(shape, axis)

    def choose(first: int, last: int) -> UOp:
        if last - first == 1:
            before, after = ends[first] - parts[first].shape[axis], ends[-1] - ends[first]
            return parts[first].pad(tuple((before, after) if i == axis else (0, 0) for i in range(len(shape))))
        middle = (first + last) // 2
        left = place.alu(Ops.LT, place.const_like(ends[middle - 1]))
        return left.where(choose(first, middle), choose(middle, last))

    return choose(0, len(parts))


def _together(first: Tensor | Sequence[Tensor], others: tuple, dim: int) -> tuple[list[Tensor], int]:
    """The tensors and the axis of ``cat([a, b], 1)``, ``cat(a, b, dim=1)`` and ``a.cat(b, dim=1)``.

    Raises
    ------
    TypeError: if something else is among them.
    ValueError: if there is none, or they are on different devices.
    """
    if isinstance(first, list | tuple):
        parts, dim = list(first), index(others[0]) if others else dim
    else:
        parts = [first, *others]
    if not parts:
        raise ValueError("nothing to join: the list of tensors is empty")
    for part in parts:
        if not isinstance(part, Joining):
            raise TypeError(f"only tensors are joined, not {type(part).__name__}: make a Tensor of it first")
        if part.device != parts[0].device:
            raise ValueError(f"tensors on {parts[0].device} and {part.device} cannot be joined: use .to() first")
    dtype = reduce(promote, (part.dtype for part in parts))
    return [part.cast(dtype) for part in parts], dim


class Joining:
    """Methods that join and part tensors. Those that join also serve as ``Tensor.cat([a, b])``."""

    __slots__ = ()

    @numpy_names
    def cat(self, *others: Tensor, dim: int = 0) -> Tensor:
        """Tensors one after the other along an axis that they have; sizes of the other axes must agree.

        ``Tensor.cat([a, b], dim)`` and ``a.cat(b, dim=dim)`` are the same. Dtypes are promoted.

        Raises
        ------
        ShapeError: if the shapes do not fit.
        """
        parts, dim = _together(self, others, dim)
        parts = [part for part in parts if part.shape != (0,)] or parts[:1]  # what has nothing goes with everything
        shape = parts[0].shape
        if not shape:
            raise ShapeError("tensors of shape () cannot be joined end to end: stack makes a new axis")
        dim = axis_of(dim, len(shape))
        for part in parts:
            if part.ndim != len(shape) or part.shape[:dim] + part.shape[dim + 1 :] != shape[:dim] + shape[dim + 1 :]:
                raise ShapeError(f"shapes {shape} and {part.shape} do not join along axis {dim}: the others must agree")
        return parts[0]._new(join([part.uop for part in parts], dim))

    concat = concatenate = cat

    @numpy_names
    def stack(self, *others: Tensor, dim: int = 0) -> Tensor:
        """Tensors of one shape side by side along a new axis.

        Raises
        ------
        ShapeError: if the shapes differ.
        """
        parts, dim = _together(self, others, dim)
        dim = axis_of(dim, parts[0].ndim + 1)
        for part in parts:
            if part.shape != parts[0].shape:
                raise ShapeError(f"stack needs tensors of one shape, not {parts[0].shape} and {part.shape}")
        return parts[0]._new(join([part.unsqueeze(dim).uop for part in parts], dim))

    def hstack(self, *others: Tensor) -> Tensor:
        """Tensors side by side: along axis 1, or 0 if they have only one."""
        parts = [part.atleast_1d() for part in _together(self, others, 0)[0]]
        return parts[0].cat(*parts[1:], dim=min(parts[0].ndim - 1, 1))

    def vstack(self, *others: Tensor) -> Tensor:
        """Tensors on top of each other; those of one axis are rows."""
        parts = [part.atleast_2d() for part in _together(self, others, 0)[0]]
        return parts[0].cat(*parts[1:])

    def dstack(self, *others: Tensor) -> Tensor:
        """Tensors behind each other, along a third axis."""
        parts = [part.atleast_3d() for part in _together(self, others, 0)[0]]
        return parts[0].cat(*parts[1:], dim=2)

    def meshgrid(self, *others: Tensor, indexing: str = "ij") -> tuple[Tensor, ...]:
        """Each of n tensors of one axis, repeated along the axes of all others: the coordinates of a grid.

        ``indexing="xy"`` has the first two axes swapped, as pictures have them.

        Raises
        ------
        ShapeError: if one has more than one axis.
        ValueError: if ``indexing`` is neither.
        """
        if indexing not in ("ij", "xy"):
            raise ValueError(f'indexing is "ij" or "xy", not {indexing!r}')
        parts = list(self) if isinstance(self, list | tuple) else [self, *others]
        order = list(range(len(parts)))
        if indexing == "xy":
            order[:2] = reversed(order[:2])
        if any(part.ndim > 1 for part in parts):
            raise ShapeError(
                f"meshgrid takes rows of numbers, not shapes {', '.join(str(part.shape) for part in parts)}"
            )
        grid = tuple(parts[i].numel() for i in order)
        rows = ((1,) * axis + (-1,) + (1,) * (len(parts) - axis - 1) for axis in map(order.index, range(len(parts))))
        return tuple(part.reshape(row).expand(grid) for part, row in zip(parts, rows))

    def broadcast_tensors(self, *others: Tensor) -> tuple[Tensor, ...]:
        """All tensors, stretched to a common shape."""
        parts = list(self) if isinstance(self, list | tuple) else [self, *others]
        shape = broadcast_shapes(*(part.shape for part in parts))
        return tuple(part.expand(shape) for part in parts)

    # -- one to several

    @numpy_names
    def split(self, split_size: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
        """Cut along an axis: into pieces of one size (the last may be smaller), or of the sizes in a list.

        Raises
        ------
        ValueError: if the sizes do not add up to the axis.
        """
        if not self.shape:
            raise ShapeError("a tensor of shape () cannot be split")
        dim = axis_of(dim, self.ndim)
        length = self.shape[dim]
        if isinstance(split_size, tuple | list):
            sizes = [index(size) for size in split_size]
        elif split_size < 0 or (split_size == 0 and length):
            raise ValueError(f"an axis of {length} cannot be split into pieces of {split_size}")
        else:
            starts = range(0, length, split_size or 1) or (0,)
            sizes = [min(split_size, length - start) for start in starts]
        if sum(sizes) != length or min(sizes, default=0) < 0:
            raise ValueError(
                f"pieces of {sizes} do not make up axis {dim} with size {length}: they add to {sum(sizes)}"
            )
        return tuple(
            self._new(narrow(self.uop, dim, stop - size, stop)) for size, stop in zip(sizes, accumulate(sizes))
        )

    @numpy_names
    def chunk(self, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
        """Cut along an axis into at most ``chunks`` pieces of one size; the last may be smaller."""
        if not self.shape:
            raise ShapeError("a tensor of shape () cannot be cut into chunks")
        if chunks < 1:
            raise ValueError(f"an axis is cut into 1 or more chunks, not {chunks}")
        dim = axis_of(dim, self.ndim)
        length = self.shape[dim]
        return self.split(-(-length // chunks), dim) if length else self.split([0] * chunks, dim)

    @numpy_names
    def tensor_split(self, indices_or_sections: int | Sequence[int] | Tensor, dim: int = 0) -> tuple[Tensor, ...]:
        """Cut along an axis at the given places, or into that many pieces whose sizes differ by at most 1."""
        dim = axis_of(dim, self.ndim)
        if isinstance(indices_or_sections, Joining):
            indices_or_sections = indices_or_sections.tolist()
        if isinstance(indices_or_sections, tuple | list):
            whole = (slice(None),) * dim
            edges = [None, *indices_or_sections, None]
            return tuple(self[(*whole, slice(start, stop))] for start, stop in zip(edges, edges[1:]))
        if indices_or_sections < 1:
            raise ValueError(f"an axis is cut into 1 or more pieces, not {indices_or_sections}")
        size, longer = divmod(self.shape[dim], indices_or_sections)
        return self.split([size + (i < longer) for i in range(indices_or_sections)], dim)

    def hsplit(self, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
        """``tensor_split`` along the columns (of a row, along its only axis)."""
        return self.tensor_split(indices_or_sections, 0 if self.ndim == 1 else 1)

    def vsplit(self, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
        """``tensor_split`` along the rows."""
        return self.tensor_split(indices_or_sections, 0)

    @numpy_names
    def unbind(self, dim: int = 0) -> tuple[Tensor, ...]:
        """The slices along an axis, which they no longer have."""
        if not self.shape:
            raise ShapeError("a tensor of shape () has no axis to take apart")
        dim = axis_of(dim, self.ndim)
        return tuple(self.select(dim, i) for i in range(self.shape[dim]))
