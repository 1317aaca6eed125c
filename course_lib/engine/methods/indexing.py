"""``x[...]``: every kind of index, to look at elements and to set them.

An index has two layers. Ints, slices, None and Ellipsis choose a *region*, a smaller box that is found without
looking at any number. Lists, arrays and tensors of whole numbers then *pick* from axes of that region. Both layers
know how to take numbers out and how to put numbers back.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..device import Buffer
from ..dtype import dtypes
from ..interpret import check_positions
from ..strides import Shape, ShapeError, broadcast_shapes
from ..uop import Ops, UOp
from .operands import number_uop
from .selecting import Selecting
from .sorting import Sorting

if TYPE_CHECKING:
    from ..tensor import Tensor

_PLAIN = frozenset({int, slice, type(None), type(Ellipsis)})


class Region(NamedTuple):
    """What ints, slices, None and Ellipsis choose.

    Attributes
    ----------
    bounds: of every axis of the source, from where to where; steps backwards are counted forwards.
    flips: the axes with a step backwards.
    steps: (axis, step) where only every ``step``-th element is meant.
    shape: of the result, with the axes of ints gone and those of None added.
    """

    bounds: tuple[tuple[int, int], ...]
    flips: tuple[int, ...]
    steps: tuple[tuple[int, int], ...]
    shape: Shape

    def take(self, x: UOp) -> UOp:
        """The region of ``x``."""
        x = x.shrink(self.bounds).flip(self.flips)
        for axis, step in self.steps:
            x = x.window(axis, 1, step)  # windows of one element: each adds an axis of size 1
        return x.reshape(self.shape)

    def put(self, x: UOp, value: UOp) -> UOp:
        """``x`` with ``value`` in the region."""
        if not prod(self.shape):
            return x
        whole = not self.steps and all(bound == (0, size) for bound, size in zip(self.bounds, x.shape))
        if whole:
            return self._back(x.shape, value.expand(self.shape))
        inside = self._back(x.shape, UOp.const(dtypes.bool, True, self.shape))
        new = self._back(x.shape, value.expand(self.shape)) if value.shape else value.expand(x.shape)
        return inside.where(new, x)

    def _back(self, shape: Shape, value: UOp) -> UOp:
        """Numbers of the region in their places in the whole shape, with zeros around them."""
        sizes, steps = [stop - start for start, stop in self.bounds], dict(self.steps)
        value = value.reshape(tuple((size - 1) // steps.get(axis, 1) + 1 for axis, size in enumerate(sizes)))
        for axis, step in self.steps:
            spread = value.reshape((*value.shape, 1))
            spread = UOp(Ops.SPREAD, value.dtype, (spread,), (axis, sizes[axis], step, 1))
            value = spread.reshape(spread.shape[:-1])
        margins = tuple((start, size - stop) for (start, stop), size in zip(self.bounds, shape))
        return value.flip(self.flips).pad(margins)


class Picks(NamedTuple):
    """What positions choose from some axes of a region.

    Attributes
    ----------
    axes: the axes picked from.
    positions: for each of them int64 positions, all of one shape.
    place: before which of the other axes the positions' own axes stand in the result.
    """

    axes: tuple[int, ...]
    positions: tuple[UOp, ...]
    place: int

    def _orders(self, x: UOp) -> tuple[list[int], list[int]]:
        """How to get the picked axes to the front, and the positions' axes from the front to their place."""
        others = [axis for axis in range(len(x.shape)) if axis not in self.axes]
        added, before = len(self.positions[0].shape), range(len(others))
        behind = [added + i for i in before]
        return [*self.axes, *others], [*behind[: self.place], *range(added), *behind[self.place :]]

    def take(self, x: UOp) -> UOp:
        """What is picked from ``x``."""
        front, place = self._orders(x)
        return UOp(Ops.GATHER, x.dtype, (x.permute(front), *self.positions)).permute(place)

    def put(self, x: UOp, value: UOp) -> UOp:
        """``x`` with ``value`` where elements are picked; of several for one element the last one stays."""
        front, place = self._orders(x)
        moved = x.permute(front)
        shape = self.positions[0].shape + moved.shape[len(self.axes) :]
        value = value.expand(tuple(shape[axis] for axis in place)).permute(np.argsort(place).tolist())
        new = UOp(Ops.SCATTER, x.dtype, (moved, value, *self.positions), "SET")
        return new.permute(np.argsort(front).tolist())


def positions_of(index: Tensor | np.ndarray, size: int, axis: int, device: str) -> UOp:
    """Positions on an axis as int64, where negative ones count from the end.

    Those in an array are checked here and now, those in a tensor when they are used.

    Raises
    ------
    IndexError: naming the first position that is not on the axis.
    """
    if isinstance(index, np.ndarray):
        index = index.astype(np.int64)
        if ((index < -size) | (index >= size)).any():
            check_positions(np.where(index < -size, index, np.maximum(index, 0)), size, axis)
        buffer = Buffer.of(np.where(index < 0, index + size, index), dtypes.int64, device)
        return UOp(Ops.BUFFER, dtypes.int64, (), (buffer, index.shape))
    position = index.to(device).uop.cast(dtypes.int64)
    if not index.dtype.signed:
        return position
    return position.alu(Ops.LT, position.const_like(0)).where(position + size, position)


def _known(item: Any) -> Any:
    """One part of an index as an int, a slice, None, Ellipsis, a tensor or array of ints, or an array of bools.

    Raises
    ------
    IndexError: if it is none of these.
    """
    if type(item) in _PLAIN:
        return item
    if isinstance(item, Indexing):
        if item.dtype is dtypes.bool:
            return item.numpy()  # how many elements it chooses decides the shape
        if item.dtype.is_int and item.dtype is not dtypes.uint8:
            return item
        kind = item.dtype.name
    else:
        try:
            array = np.asarray(item)
        except ValueError:
            raise IndexError(f"the rows of an index need equal lengths: {str(item)[:80]}") from None
        if not array.size and isinstance(item, list | tuple):
            array = array.astype(np.int64)
        if array.dtype.kind in "bi" or (array.dtype.kind == "u" and (array.ndim == 0 or array.dtype != np.uint8)):
            return array if array.ndim or array.dtype.kind == "b" else int(array)
        kind = array.dtype.name if array.size and array.dtype.kind != "O" else type(item).__name__
    if kind == "uint8":
        raise IndexError("an index of uint8 is ambiguous: use .long() for positions, .bool() for a mask")
    raise IndexError(
        f"an index is made of ints, slices, None, ..., and lists or tensors of ints or bools, not of {kind}"
    )


def _is_mask(item: Any) -> bool:
    return isinstance(item, np.ndarray) and item.dtype.kind == "b"


def _axes_used(item: Any) -> int:
    """How many axes of the tensor one part of an index speaks of."""
    return 0 if item is None or item is Ellipsis else item.ndim if _is_mask(item) else 1


def _stretch(part: slice, size: int) -> tuple[tuple[int, int], int, int]:
    """A slice of an axis: its bounds, counted forwards, the step between its elements, and how many there are.

    The bounds of steps over 1 take in the gap behind the last element: often they are the whole axis then.
    """
    places = range(*part.indices(size))
    if not places:
        return (0, 0), 1, 0
    step = places.step if len(places) > 1 else 1
    if step > 0:
        return (places[0], min(places[-1] + step, size)), step, len(places)
    return (max(places[-1] + step + 1, 0), places[0] + 1), step, len(places)


def parse(index: Any, shape: Shape, device: str) -> tuple[Region, Picks | None]:
    """The two layers of an index.

    Raises
    ------
    IndexError: if the tensor does not have what the index asks for.
    """
    items = [_known(item) for item in (index if type(index) is tuple else (index,))]
    used = sum(map(_axes_used, items))
    dots = sum(item is Ellipsis for item in items)
    if dots > 1:
        raise IndexError("an index with more than one ... is ambiguous: write : for the others")
    if used > len(shape):
        raise IndexError(f"an index for {used} axes does not fit a tensor of shape {shape}; item() gives one number")
    if not dots:
        items.append(Ellipsis)
    bounds: list[tuple[int, int]] = []
    flips: list[int] = []
    steps: list[tuple[int, int]] = []
    result: list[int] = []
    picked: list[tuple[int, UOp]] = []
    for item in items:
        axis = len(bounds)
        if item is None:
            result.append(1)
        elif item is Ellipsis:
            rest = shape[axis : axis + len(shape) - used]
            bounds += [(0, size) for size in rest]
            result += rest
        elif isinstance(item, int):
            size = shape[axis]
            if not -size <= item < size:
                raise IndexError(f"index {item} is out of range for axis {axis} with size {size}")
            bounds.append((item % size, item % size + 1))
        elif isinstance(item, slice):
            bound, step, count = _stretch(item, shape[axis])
            bounds.append(bound)
            result.append(count)
            if step < 0:
                flips.append(axis)
            if abs(step) > 1:
                steps.append((axis, abs(step)))
        elif _axes_used(item) == 0:  # one bool: a new axis of size 1 or 0
            picked.append((len(result), positions_of(np.zeros(int(item)), 1, axis, device)))
            result.append(1)
        else:
            if _is_mask(item) and item.shape != shape[axis : axis + item.ndim]:
                raise IndexError(f"a mask of shape {item.shape} does not fit shape {shape} from axis {axis} on")
            for array in item.nonzero() if _is_mask(item) else (item,):
                size = shape[len(bounds)]
                picked.append((len(result), positions_of(array, size, len(bounds), device)))
                bounds.append((0, size))
                result.append(size)
    region = Region(tuple(bounds), tuple(flips), tuple(steps), tuple(result))
    return region, _picks(picked, len(result)) if picked else None


def _picks(picked: list[tuple[int, UOp]], ndim: int) -> Picks:
    """Positions broadcast together, and the place of their axes: where they were if they are neighbours, else in front.

    A position without axes counts like an int: it does not separate others.
    """
    shape = broadcast_shapes(*(position.shape for _, position in picked))
    axes = tuple(axis for axis, _ in picked)
    wide = [axis for axis, position in picked if position.shape]
    others = [axis for axis in range(ndim) if axis not in axes]
    before = sum(axis < wide[0] for axis in others) if wide else 0
    together = not any(wide[0] < axis < wide[-1] for axis in others) if wide else True
    return Picks(axes, tuple(position.expand(shape) for _, position in picked), before if together else 0)


class Indexing(Selecting, Sorting):
    """Looking at elements and setting them."""

    __slots__ = ()

    def __getitem__(self, index: Any) -> Tensor:
        """Elements, as in NumPy and PyTorch: ints, slices (also backwards), None, ..., lists, arrays, tensors, masks.

        Where an int stands beside lists, the rule is PyTorch's: the int is applied first. The shape that a mask gives
        depends on its values, so the mask is realized.

        Raises
        ------
        IndexError: if the tensor does not have what the index asks for. Positions in a tensor are checked when used.
        """
        region, picks = parse(index, self.shape, self.device)
        uop = region.take(self.uop)
        return self._new(uop if picks is None else picks.take(uop))

    def __setitem__(self, index: Any, value: Any) -> None:
        """Give elements new values, broadcast to their shape and converted to this dtype.

        Tensors made from this one before keep the old values; so ``x[0][1] = 5`` cannot change ``x``: write
        ``x[0, 1] = 5``.

        Raises
        ------
        IndexError: if the tensor does not have what the index asks for.
        ShapeError: if the value does not broadcast to the shape of what it replaces.
        RuntimeError: if this is only a view of another tensor, which would not change with it.
        """
        new = self._own(value)
        if isinstance(index, Indexing) and index.dtype is dtypes.bool:
            inner = self.ndim - index.ndim
            if index.shape == self.shape[: index.ndim] and len(new.shape) <= inner:  # no need to know the mask
                mask = index.to(self.device).uop.reshape(index.shape + (1,) * inner).expand(self.shape)
                self._update(self._new(mask.where(_fitted(new, self.shape[index.ndim :]).expand(self.shape), self.uop)))
                return
        region, picks = parse(index, self.shape, self.device)
        if picks is None:
            changed = region.put(self.uop, _fitted(new, region.shape))
        else:
            inside = region.take(self.uop)
            changed = region.put(self.uop, picks.put(inside, _fitted(new, picks.take(inside).shape)))
        # a new leaf: `a[:] = 0` and `b[:] = 0` stay two tensors
        self._update(self._leaf(changed, self.device))

    def _own(self, value: Any) -> UOp:
        """A value of this tensor's dtype, on its device."""
        if isinstance(value, bool | int | float):
            return number_uop(self.dtype, int(value) if self.dtype.is_int else value, ())
        other = value if isinstance(value, Indexing) else type(self)(value, device=self.device)
        if other.device != self.device:
            _, other = self._on_one_device(other)
        return other.uop.cast(self.dtype)


def _fitted(value: UOp, shape: Shape) -> UOp:
    """A value that broadcasts to a shape, without superfluous axes of size 1 in front."""
    extra = len(value.shape) - len(shape)
    if extra > 0 and prod(value.shape[:extra]) == 1:
        value = value.reshape(value.shape[extra:])
    if len(value.shape) > len(shape) or any(old not in (1, new) for old, new in zip(value.shape[::-1], shape[::-1])):
        raise ShapeError(f"a value of shape {value.shape} cannot be set where shape {shape} is: it does not broadcast")
    return value
