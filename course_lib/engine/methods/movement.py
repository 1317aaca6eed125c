"""Shapes: the same numbers with their axes merged, cut, swapped, stretched.

None of this computes anything. Each method says which element of its source stands at which place.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from math import prod
from typing import TYPE_CHECKING

from ..dtype import DType
from ..strides import ShapeError, resolve_shape
from .arranging import Arranging
from .axes import axes_of, axis_of, numpy_names
from .diagonals import Diagonals
from .joining import Joining
from .places import sizes_of

if TYPE_CHECKING:
    from ..tensor import Tensor


class Movement(Arranging, Joining, Diagonals):
    """Methods that change a tensor's shape. ``dim`` and ``axis`` are the same; negative axes count from the end."""

    __slots__ = ()

    # -- the same numbers in the same order

    def reshape(self, *shape: int | Sequence[int]) -> Tensor:
        """The numbers, read row by row, in another shape; one size may be -1 and is worked out.

        Raises
        ------
        ShapeError: if the shape holds another number of elements.
        """
        uop = self.uop
        return self._new(uop.reshape(resolve_shape(sizes_of(shape, -1), uop.size)))

    def view(self, *shape: int | Sequence[int] | DType) -> Tensor:
        """``reshape``; given a dtype, the same bits read as that dtype."""
        return self.bitcast(shape[0]) if isinstance(shape[0], DType) else self.reshape(*shape)

    def reshape_as(self, other: Tensor) -> Tensor:
        return self.reshape(other.shape)

    view_as = reshape_as

    @numpy_names
    def squeeze(self, dim: int | Sequence[int] | None = None) -> Tensor:
        """Without the axes of size 1, or without those of ``dim`` that have size 1."""
        axes = axes_of(dim, self.ndim)
        return self._new(self.uop.reshape(tuple(n for i, n in enumerate(self.shape) if n != 1 or i not in axes)))

    @numpy_names
    def unsqueeze(self, dim: int) -> Tensor:
        """With a new axis of size 1 at ``dim``."""
        dim = axis_of(dim, self.ndim + 1)
        return self._new(self.uop.reshape((*self.shape[:dim], 1, *self.shape[dim:])))

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Tensor:
        """With the axes from ``start_dim`` to ``end_dim`` merged into one.

        Raises
        ------
        ValueError: if they come in the wrong order.
        """
        first, last = axis_of(start_dim, self.ndim), axis_of(end_dim, self.ndim)
        if first > last:
            raise ValueError(f"flatten goes from start_dim to end_dim, but {start_dim} comes after {end_dim}")
        shape = self.shape or (1,)
        return self._new(self.uop.reshape((*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :])))

    def ravel(self) -> Tensor:
        """All numbers in one row."""
        return self.reshape(-1)

    @numpy_names
    def unflatten(self, dim: int, sizes: Sequence[int]) -> Tensor:
        """With one axis cut into several, of which one size may be -1."""
        dim = axis_of(dim, self.ndim)
        shape = self.shape or (1,)
        return self.reshape(*shape[:dim], *resolve_shape(sizes_of((sizes,), -1), shape[dim]), *shape[dim + 1 :])

    def atleast_1d(self) -> Tensor:
        return self if self.shape else self.reshape(1)

    def atleast_2d(self) -> Tensor:
        """With two axes or more; one axis becomes a row."""
        return self if self.ndim >= 2 else self.reshape(1, -1)

    def atleast_3d(self) -> Tensor:
        """With three axes or more; new ones come last, but one axis alone becomes the middle one."""
        return self.unsqueeze(-1) if self.ndim == 2 else self if self.ndim > 2 else self.reshape(1, -1, 1)

    # -- the axes in another order

    def permute(self, *dims: int | Sequence[int]) -> Tensor:
        """With the axes in the order given: axis i of the result is axis ``dims[i]`` of this tensor.

        Raises
        ------
        ShapeError: if ``dims`` does not name every axis once.
        """
        order = axes_of(sizes_of(dims, -self.ndim), self.ndim)
        if len(order) != self.ndim:
            raise ShapeError(f"permute({order}) of shape {self.shape}: name each of its {self.ndim} axes")
        return self._new(self.uop.permute(order))

    def transpose(self, dim0: int = 1, dim1: int = 0) -> Tensor:
        """With two axes swapped."""
        first, second = axis_of(dim0, self.ndim), axis_of(dim1, self.ndim)
        order = list(range(self.ndim))
        if order:
            order[first], order[second] = second, first
        return self._new(self.uop.permute(order))

    swapaxes = swapdims = transpose

    def movedim(self, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
        """With some axes moved to other places; the rest keep their order.

        Raises
        ------
        ValueError: if there are not as many places as axes.
        """
        taken, places = axes_of(source, self.ndim), axes_of(destination, self.ndim)
        if len(taken) != len(places):
            raise ValueError(f"movedim needs one destination for each axis, not {destination} for {source}")
        order = [axis for axis in range(self.ndim) if axis not in taken]
        for place, axis in sorted(zip(places, taken)):
            order.insert(place, axis)
        return self._new(self.uop.permute(order))

    moveaxis = movedim

    @property
    def T(self) -> Tensor:
        """With all axes in reverse order."""
        return self._new(self.uop.permute(range(self.ndim)[::-1]))

    @property
    def mT(self) -> Tensor:
        """Every matrix transposed: the last two axes swapped."""
        return self.transpose(-2, -1)

    def t(self) -> Tensor:
        """The transpose of a matrix; what has fewer than two axes stays as it is."""
        if self.ndim > 2:
            raise ShapeError(f"t() is for matrices, not for shape {self.shape}: use transpose(dim0, dim1)")
        return self.T

    # -- stretched

    def expand(self, *sizes: int | Sequence[int]) -> Tensor:
        """Stretched to a shape: axes of size 1 are repeated, new axes come first, and -1 keeps a size.

        Raises
        ------
        ShapeError: if another size would have to change.
        """
        shape, own = sizes_of(sizes, -1), self.shape
        if -1 in shape and len(shape) >= len(own):
            padded = (-1,) * (len(shape) - len(own)) + own
            shape = tuple(old if new == -1 else new for old, new in zip(padded, shape))
        if -1 not in shape:
            with suppress(ShapeError):
                return self._new(self.uop.expand(shape))
        raise ShapeError(f"shape {own} does not expand to {shape}: only sizes of 1 stretch, and new axes come first")

    broadcast_to = expand

    def expand_as(self, other: Tensor) -> Tensor:
        return self.expand(other.shape)
