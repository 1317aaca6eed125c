"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..strides import ShapeError
from ..uop import Ops
from .axes import axis_of
from .places import iota

if TYPE_CHECKING:
    from ..tensor import Tensor


class Diagonals:
    """Methods on the matrices that two axes make up. Diagonal ``k`` lies k places right of the main one."""

    __slots__ = ()

    def tril(self, diagonal: int = 0) -> Tensor:
        """The lower triangle of every matrix, up to a diagonal, with zeros above it."""
        return self._triangle("tril", diagonal, lower=True)

    def triu(self, diagonal: int = 0) -> Tensor:
        """The upper triangle of every matrix, from a diagonal on, with zeros below it."""
        return self._triangle("triu", diagonal, lower=False)

    def _triangle(self, name: str, diagonal: int, lower: bool) -> Tensor:
        if self.ndim < 2:
            raise ShapeError(f"{name} needs a matrix, or several, not shape {self.shape}")
        rows, columns = iota(self.shape[-2:], 0), iota(self.shape[-2:], 1)
        rows = rows + diagonal if diagonal else rows
        kept = columns.alu(Ops.LE, rows) if lower else rows.alu(Ops.LE, columns)
        return self._new(kept.expand(self.shape).where(self.uop, self.uop.const_like(0)))

    def diagonal(self, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
        """The diagonal ``offset`` of every matrix in the plane of two axes; it becomes the last axis.

        Raises
        ------
        ValueError: if the two axes are one.
        """
        first, second = axis_of(dim1, self.ndim), axis_of(dim2, self.ndim)
        if first == second:
            raise ValueError(f"a diagonal needs two different axes, not {dim1} and {dim2}")
        others = [axis for axis in range(self.ndim) if axis not in (first, second)]
        uop = self.uop.permute([*others, first, second])
        outer, (rows, columns) = uop.shape[:-2], uop.shape[-2:]
        down, right = min(max(-offset, 0), rows), min(max(offset, 0), columns)
        length = min(rows - down, columns - right)
        square = uop.shrink((*((0, n) for n in outer), (down, down + length), (right, right + length)))
        row = square.reshape((*outer, length * length))
        if length:  # read row by row, the next element of the diagonal comes a row and a place later
            row = row.window(len(outer), 1, length + 1)
        return self._new(row.reshape((*outer, length)))

    def diag_embed(self, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
        """Square matrices, zero but for the diagonal ``offset``, which holds the last axis; ``diagonal`` undoes it.

        Raises
        ------
        ValueError: if the two axes are one.
        """
        ndim = self.ndim + 1
        first, second = axis_of(dim1, ndim), axis_of(dim2, ndim)
        if first == second:
            raise ValueError(f"a diagonal needs two different axes, not {dim1} and {dim2}")
        *outer, length = self.shape
        outside = ((0, 0),) * len(outer)
        # each element, followed by a row of zeros: read in rows, that is the diagonal
        uop = self.uop.reshape((*self.shape, 1)).pad((*outside, (0, 0), (0, length)))
        uop = uop.reshape((*outer, length * (length + 1))).shrink((*((0, n) for n in outer), (0, length * length)))
        uop = uop.reshape((*outer, length, length))
        uop = uop.pad((*outside, (max(-offset, 0), max(offset, 0)), (max(offset, 0), max(-offset, 0))))
        order = list(range(ndim - 2))
        for place, axis in sorted(((first, ndim - 2), (second, ndim - 1))):
            order.insert(place, axis)
        return self._new(uop.permute(order))

    def diag(self, diagonal: int = 0) -> Tensor:
        """The matrix with this row on a diagonal; of a matrix, the diagonal.

        Raises
        ------
        ShapeError: if it has neither one nor two axes.
        """
        if self.ndim == 1:
            return self.diag_embed(diagonal)
        if self.ndim == 2:
            return self.diagonal(diagonal)
        raise ShapeError(f"diag takes a row or a matrix, not shape {self.shape}: see diagonal and diag_embed")

    def trace(self) -> Tensor:
        """The sum of a matrix's diagonal.

        Raises
        ------
        ShapeError: if it is no matrix.
        """
        if self.ndim != 2:
            raise ShapeError(f"trace takes a matrix, not shape {self.shape}")
        return self.diagonal().sum()
