"""Shapes and strides: how many axes of numbers lie in one row of memory.

Everything here is plain arithmetic on tuples; no number of a tensor is touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

Shape = tuple[int, ...]


class ShapeError(ValueError):
    """Shapes that do not fit together, with the shapes in its message."""


def contiguous_strides(shape: Sequence[int]) -> Shape:
    """How far apart neighbours along each axis lie, in elements, if the last axis runs fastest.

    >>> contiguous_strides((2, 3, 4))
    (12, 4, 1)
    """
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def broadcast_shapes(*shapes: Shape) -> Shape:
    """The shape that all of ``shapes`` stretch to: aligned at the last axis, where sizes agree or one of them is 1.

    >>> broadcast_shapes((3, 1), (4,))
    (3, 4)

    Raises
    ------
    ShapeError: if two sizes of an axis differ and neither is 1.
    """
    result: list[int] = []
    for axis in range(1, max(map(len, shapes), default=0) + 1):
        sizes = {shape[-axis] for shape in shapes if len(shape) >= axis} - {1}
        if len(sizes) > 1:
            listed = " and ".join(map(str, shapes))
            raise ShapeError(f"shapes {listed} do not broadcast: axis {-axis} has the sizes {sorted(sizes)}")
        result.append(sizes.pop() if sizes else 1)
    return tuple(reversed(result))


def resolve_shape(shape: Sequence[int], size: int) -> Shape:
    """``shape`` with a single -1 replaced so that it holds ``size`` elements.

    Raises
    ------
    ShapeError: if it cannot hold them, or more than one size is -1.
    """
    shape = tuple(shape)
    known = prod(length for length in shape if length != -1)
    if shape.count(-1) > 1 or any(length < -1 for length in shape):
        raise ShapeError(f"shape {shape} needs sizes of 0 or more, with at most one -1")
    if -1 in shape:
        if known == 0 or size % known:
            raise ShapeError(f"{size} elements do not fill shape {shape}: {known} does not divide them")
        return tuple(size // known if length == -1 else length for length in shape)
    if known != size:
        raise ShapeError(f"{size} elements do not fit shape {shape}, which holds {known}")
    return shape


def view_strides(shape: Shape, strides: Shape, new_shape: Shape) -> Shape | None:
    """The strides that show the same memory in ``new_shape``, or None if the numbers would have to be copied.

    Axes can be merged only where stepping past the end of one lands on the next step of the axis before it:
    ``strides[i] == strides[i + 1] * shape[i + 1]``. Splitting an axis always works.

    >>> view_strides((2, 3), (3, 1), (6,))
    (1,)
    >>> view_strides((3, 2), (1, 3), (6,)) is None      # a transpose
    True
    """
    if prod(shape) != prod(new_shape):
        raise ShapeError(
            f"shape {shape} cannot be viewed as {new_shape}: {prod(shape)} against {prod(new_shape)} elements"
        )
    if 0 in shape:
        return contiguous_strides(new_shape)
    runs: list[tuple[int, int]] = []  # (size, stride) of maximal mergeable runs of axes
    for size, stride in zip(shape, strides):
        if size == 1:
            continue
        if runs and runs[-1][1] == stride * size:
            runs[-1] = (runs[-1][0] * size, stride)
        else:
            runs.append((size, stride))
    result: list[int] = []
    left, step = runs.pop() if runs else (1, 1)
    for size in reversed(new_shape):
        if left == 1 and size != 1:
            if not runs:
                return None
            left, step = runs.pop()
        if left % size:
            return None
        result.append(step)
        left, step = left // size, step * size
    return tuple(reversed(result))


def reshape_groups(old: Shape, new: Shape) -> list[tuple[list[int], list[int]]]:
    """Cut two shapes of equal size into the shortest runs of axes that hold equally many elements.

    Axes of size 1 are left out. Within a run, and only there, a reshape mixes axes.

    >>> reshape_groups((4, 6, 5), (2, 2, 6, 5))
    [([0], [0, 1]), ([1], [2]), ([2], [3])]
    """
    groups: list[tuple[list[int], list[int]]] = []
    i = j = 0
    while i < len(old) or j < len(new):
        if i < len(old) and old[i] == 1:
            i += 1
        elif j < len(new) and new[j] == 1:
            j += 1
        else:
            left, right = [i], [j]
            a, b = old[i], new[j]
            i, j = i + 1, j + 1
            while a != b:
                if a < b:
                    a, i = a * old[i], (left.append(i), i + 1)[1]
                else:
                    b, j = b * new[j], (right.append(j), j + 1)[1]
            groups.append((left, right))
    return groups
