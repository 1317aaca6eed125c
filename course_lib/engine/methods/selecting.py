"""Elements by position and by mask: gather, scatter and their relatives.

``x.gather(dim, index)`` looks up one element of ``x`` for each element of ``index``: position ``index[i, j]`` on axis
``dim``, the same place ``i`` or ``j`` on all others. ``scatter`` is the way back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..dtype import dtypes
from ..strides import Shape, ShapeError, broadcast_shapes
from ..uop import Ops, UOp
from .axes import axis_of, either, numpy_names
from .places import iota

if TYPE_CHECKING:
    from ..tensor import Tensor

_SCATTERS = {None: "SET", "add": Ops.ADD, "multiply": Ops.MUL}
_REDUCTIONS = {"sum": Ops.ADD, "mean": Ops.ADD, "prod": Ops.MUL, "amax": Ops.MAXIMUM, "amin": Ops.MINIMUM}


def _along(index: UOp, dim: int) -> list[UOp]:
    """Positions on every axis: ``index`` itself on one, each element's own place on the others."""
    return [index if axis == dim else iota(index.shape, axis) for axis in range(len(index.shape))]


def _scatter(x: UOp, value: UOp, positions: list[UOp], op: Ops | str) -> UOp:
    return UOp(Ops.SCATTER, x.dtype, (x, value, *positions), op)


def _check_inside(index: Shape, shape: Shape, dim: int) -> None:
    if len(index) != len(shape) or any(i > n for axis, (i, n) in enumerate(zip(index, shape)) if axis != dim):
        raise ShapeError(
            f"an index of shape {index} must have the axes of {shape}, and but for axis {dim} no longer ones"
        )


class Selecting:
    """Methods that take elements out, or put elements in, by their positions.

    Positions are whole numbers of any dtype, in a tensor, an array or a list. They are checked when they are used;
    one outside its axis is an IndexError then. Here negative ones are outside, except for ``take``.
    """

    __slots__ = ()

    def _positions(self, index: Any) -> UOp:
        index = index if isinstance(index, Selecting) else type(self)(np.asarray(index), device=self.device)
        if not index.dtype.is_int and index.numel():
            raise TypeError(f"positions are whole numbers, not {index.dtype.name}: cast with .long()")
        return index.to(self.device).uop.cast(dtypes.int64)

    def _part(self, src: Tensor, like: str) -> UOp:
        if src.dtype is not self.dtype:
            raise TypeError(f"{like} needs one dtype, not {self.dtype.name} and {src.dtype.name}: cast with .cast()")
        return (src if src.device == self.device else self._on_one_device(src)[1]).uop

    # -- one position for each element

    @numpy_names
    def gather(self, dim: int, index: Tensor) -> Tensor:
        """For each element of ``index`` the element at that position of axis ``dim``; has the index's shape.

        Raises
        ------
        ShapeError: if the index has other axes, or another axis of it is longer than this tensor's.
        """
        dim, positions = axis_of(dim, self.ndim), self._positions(index)
        if not self.shape:
            row = self._new(positions.reshape((positions.size,)))
            return self.reshape(1).gather(0, row).reshape(positions.shape)
        if 0 in positions.shape:
            return self._new(UOp.const(self.dtype, 0, positions.shape))
        _check_inside(positions.shape, self.shape, dim)
        return self._new(UOp(Ops.GATHER, self.dtype, (self.uop, *_along(positions, dim))))

    def _scattered(self, dim: int, index: Tensor, src: Any, op: Ops | str, include_self: bool = True) -> Tensor:
        """``self`` with values set at, or combined with what is at, the positions of ``index`` on axis ``dim``."""
        dim, positions = axis_of(dim, self.ndim), self._positions(index)
        if not self.shape:
            row = self._new(positions.reshape((positions.size,)))
            src = src.reshape(-1) if isinstance(src, Selecting) else src
            return self.reshape(1)._scattered(0, row, src, op, include_self).reshape(())
        if 0 in positions.shape:
            return self
        _check_inside(positions.shape, self.shape, dim)
        if isinstance(src, Selecting):
            value = self._part(src, "scatter")
            if len(value.shape) != self.ndim or any(i > n for i, n in zip(positions.shape, value.shape)):
                raise ShapeError(
                    f"an index of shape {positions.shape} asks for more than a source of {value.shape} has"
                )
            value = value.shrink(tuple((0, size) for size in positions.shape))
        else:
            value = self._own(src).expand(positions.shape)
        places, base = _along(positions, dim), self.uop
        if not include_self:  # start from the number that changes nothing
            neutral = {Ops.ADD: 0, Ops.MUL: 1, Ops.MAXIMUM: self.dtype.min, Ops.MINIMUM: self.dtype.max}[op]
            base = _scatter(base, UOp.const(self.dtype, neutral, positions.shape), places, "SET")
        return self._new(_scatter(base, value, places, op))

    @numpy_names
    def scatter(
        self,
        dim: int,
        index: Tensor,
        src: Tensor | float | None = None,
        *,
        value: float | None = None,
        reduce: str | None = None,
    ) -> Tensor:
        """With the elements of ``src`` (or one number) at the positions of ``index`` on axis ``dim``.

        Element i, j of ``src`` goes to ``index[i, j], j`` for ``dim=0``. Of several for one place the last one stays;
        with ``reduce="add"`` or ``"multiply"`` all of them and what is there are combined.

        Raises
        ------
        ShapeError: if the index has other axes than this tensor, or longer ones than ``src``.
        TypeError: if ``src`` has another dtype.
        ValueError: for another ``reduce``.
        """
        if reduce not in _SCATTERS:
            raise ValueError(f"reduce is add, multiply or left out, not {reduce!r}")
        return self._scattered(dim, index, either(src, value), _SCATTERS[reduce])

    @numpy_names
    def scatter_add(self, dim: int, index: Tensor, src: Tensor) -> Tensor:
        """With the elements of ``src`` added at the positions of ``index`` on axis ``dim``."""
        return self._scattered(dim, index, src, Ops.ADD)

    @numpy_names
    def scatter_reduce(self, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True) -> Tensor:
        """As ``scatter``, where all elements for one place are combined: "sum", "prod", "mean", "amax" or "amin".

        ``include_self`` says whether what was at the place counts as well. Whole means are rounded down.

        Raises
        ------
        ValueError: for another ``reduce``.
        """
        if reduce not in _REDUCTIONS:
            raise ValueError(f"reduce is one of {', '.join(_REDUCTIONS)}, not {reduce!r}")
        total = self._scattered(dim, index, src, _REDUCTIONS[reduce], include_self)
        if reduce != "mean":
            return total
        one = self.full_like(1)
        count = (one if include_self else one - 1).scatter(dim, index, 1, reduce="add")
        if not include_self:
            count = count.maximum(one)
        return total / count if self.dtype.is_float else total // count

    @numpy_names
    def take_along_dim(self, indices: Tensor, dim: int | None = None) -> Tensor:
        """``gather`` with all other axes broadcast: what belongs to the indices that ``argsort`` and the like give.

        Negative positions count from the end.
        """
        if dim is None:
            return self.reshape(-1).take_along_dim(indices.reshape(-1), 0)
        dim = axis_of(dim, self.ndim)
        if indices.ndim != self.ndim:
            raise ShapeError(f"indices of shape {indices.shape} must have as many axes as {self.shape}")
        shape = broadcast_shapes(*((*s[:dim], 1, *s[dim + 1 :]) for s in (self.shape, indices.shape)))
        wide = (self.expand(*shape[:dim], -1, *shape[dim + 1 :]), indices.expand(*shape[:dim], -1, *shape[dim + 1 :]))
        counted = (wide[1] < 0).where(wide[1] + self.shape[dim], wide[1])
        return wide[0].gather(dim, counted)

    def take(self, index: Tensor) -> Tensor:
        """Elements of the flattened tensor; negative positions count from the end."""
        if not index.dtype.is_int:
            raise TypeError(f"positions are whole numbers, not {index.dtype.name}: cast with .long()")
        return self.reshape(-1)[index.long()]

    # -- whole slices of an axis

    def _sliced(self, dim: int, index: Any) -> tuple[int, UOp, list[int]]:
        """The axis, the positions on it, and an order of the axes that starts with it."""
        dim, positions = axis_of(dim, self.ndim), self._positions(index)
        if len(positions.shape) > 1:
            raise ShapeError(f"slices are chosen by a row of positions, not by an index of shape {positions.shape}")
        return dim, positions.reshape((positions.size,)), [dim, *(i for i in range(self.ndim) if i != dim)]

    @numpy_names
    def select(self, dim: int, index: int) -> Tensor:
        """The slice at one position of an axis, which the result no longer has."""
        return self[(slice(None),) * axis_of(dim, self.ndim) + (index,)]

    @numpy_names
    def index_select(self, dim: int, index: Tensor) -> Tensor:
        """The slices of an axis at a row of positions.

        Raises
        ------
        ShapeError: if the index has more than one axis.
        """
        dim, positions, order = self._sliced(dim, index)
        if not self.shape:
            return self.reshape(1).index_select(0, index).reshape(())
        picked = UOp(Ops.GATHER, self.dtype, (self.uop.permute(order), positions))
        return self._new(picked.permute(np.argsort(order).tolist()))

    def _slices_set(self, dim: int, index: Any, value: UOp, op: Ops | str) -> Tensor:
        dim, positions, order = self._sliced(dim, index)
        shape = (*self.shape[:dim], positions.size, *self.shape[dim + 1 :])
        if not self.shape:
            row = self._new(self.uop.reshape((1,)))
            return row._slices_set(0, index, value.expand((positions.size,)), op).reshape(())
        if value.shape not in ((), shape):
            raise ShapeError(f"a source of shape {value.shape} does not fill the slices, of shape {shape}")
        value = value.expand(shape).permute(order)
        new = _scatter(self.uop.permute(order), value, [positions], op)
        return self._new(new.permute(np.argsort(order).tolist()))

    @numpy_names
    def index_add(self, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
        """With ``alpha`` times the slices of ``source`` added to those at a row of positions.

        Raises
        ------
        ShapeError: if ``source`` does not have the shape of those slices.
        TypeError: if it has another dtype.
        """
        scaled = source if alpha == 1 else source * alpha
        return self._slices_set(dim, index, self._part(scaled, "index_add"), Ops.ADD)

    @numpy_names
    def index_copy(self, dim: int, index: Tensor, source: Tensor) -> Tensor:
        """With the slices of ``source`` in place of those at a row of positions."""
        return self._slices_set(dim, index, self._part(source, "index_copy"), "SET")

    @numpy_names
    def index_fill(self, dim: int, index: Tensor, value: float) -> Tensor:
        """With one number in all slices at a row of positions."""
        dim, positions, _ = self._sliced(dim, index)
        size = self.shape[dim] if self.shape else 1
        nowhere, yes = (UOp.const(dtypes.bool, *filled) for filled in ((False, (size,)), (True, positions.shape)))
        chosen = _scatter(nowhere, yes, [positions], "SET")
        if self.shape:
            chosen = chosen.reshape((1,) * dim + (size,) + (1,) * (self.ndim - dim - 1))
        return self.masked_fill(
            self._new(chosen.reshape(()) if not self.shape else chosen), self._new(self._own(value))
        )

    # -- masks

    def _mask(self, mask: Any) -> Tensor:
        mask = mask if isinstance(mask, Selecting) else type(self)(mask, device=self.device)
        if mask.dtype is not dtypes.bool:
            raise TypeError(f"a mask is made of bools, not of {mask.dtype.name}: compare, or cast with .bool()")
        return mask.to(self.device)

    def masked_fill(self, mask: Tensor, value: float | Tensor) -> Tensor:
        """With one number wherever the mask is true; the two shapes are broadcast.

        Raises
        ------
        ShapeError: if the value is more than one number.
        """
        mask, new = self._mask(mask), self._own(value)
        if new.shape:
            raise ShapeError(f"masked_fill takes one number, not shape {new.shape}: where(mask, value, x) takes more")
        shape = broadcast_shapes(self.shape, mask.shape)
        return self._new(mask.uop.expand(shape).where(new.expand(shape), self.uop.expand(shape)))

    def masked_select(self, mask: Tensor) -> Tensor:
        """The elements for which the mask is true, in one row; the two shapes are broadcast. Realizes the mask."""
        mask = self._mask(mask)
        shape = broadcast_shapes(self.shape, mask.shape)
        return self.expand(shape)[mask.expand(shape)]

    def masked_scatter(self, mask: Tensor, source: Tensor) -> Tensor:
        """With the elements of ``source``, in their order, wherever the mask is true. Realizes the mask.

        Raises
        ------
        ValueError: if the source has fewer elements than the mask has places.
        """
        mask = self._mask(mask)
        shape = broadcast_shapes(self.shape, mask.shape)
        places = mask.expand(shape).numpy().reshape(-1).nonzero()[0]
        value = self._part(source, "masked_scatter").reshape((source.numel(),))
        if len(places) > source.numel():
            raise ValueError(f"the mask has {len(places)} places, but the source only {source.numel()} elements")
        flat = self.expand(shape).reshape(-1)
        return flat.index_copy(0, places, source._new(value.shrink(((0, len(places)),)))).reshape(shape)

    def nonzero(self, as_tuple: bool = False) -> Tensor | tuple[Tensor, ...]:
        """The positions of all elements that are not 0: one row of int64 for each. Realizes this tensor.

        ``as_tuple=True`` gives one row for each axis instead, which serves as an index.
        """
        found = np.nonzero(np.atleast_1d(self.numpy()))
        if as_tuple:
            return tuple(type(self)(places, device=self.device) for places in found)
        rows = np.stack(found, 1) if self.shape else np.zeros((len(found[0]), 0), np.int64)
        return type(self)(rows, device=self.device)

    argwhere = nonzero

    # -- in place

    def scatter_(self, *args: Any, **kwargs: Any) -> Tensor:
        return self._update(self.scatter(*args, **kwargs))

    def scatter_add_(self, dim: int, index: Tensor, src: Tensor) -> Tensor:
        return self._update(self.scatter_add(dim, index, src))

    def index_add_(self, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
        return self._update(self.index_add(dim, index, source, alpha=alpha))

    def index_copy_(self, dim: int, index: Tensor, source: Tensor) -> Tensor:
        return self._update(self.index_copy(dim, index, source))

    def index_fill_(self, dim: int, index: Tensor, value: float) -> Tensor:
        return self._update(self.index_fill(dim, index, value))

    def masked_fill_(self, mask: Tensor, value: float | Tensor) -> Tensor:
        return self._update(self.masked_fill(mask, value))

    def masked_scatter_(self, mask: Tensor, source: Tensor) -> Tensor:
        return self._update(self.masked_scatter(mask, source))
