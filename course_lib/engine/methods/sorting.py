"""Order: sort, the largest few, the middle one, and where a number belongs in a sorted row.

All of it rests on one primitive, ARGSORT: the positions that put the last axis in order. Values are then gathered, so
that gradients find their way back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..dtype import dtypes
from ..strides import ShapeError
from ..uop import Ops, UOp
from .axes import axis_of, numpy_names
from .scans import ValuesIndices

if TYPE_CHECKING:
    from ..tensor import Tensor


class Sorting:
    """Methods that compare the elements of an axis. NaN counts as the largest number, as in PyTorch."""

    __slots__ = ()

    @numpy_names
    def argsort(self, dim: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
        """The positions that put an axis in order; int64. Equal elements always keep their order."""
        dim = axis_of(dim, self.ndim)
        uop = self.uop if self.shape else self.uop.reshape((1,))
        swap = list(range(len(uop.shape)))
        swap[dim], swap[-1] = swap[-1], swap[dim]
        positions = UOp(Ops.ARGSORT, dtypes.int64, (uop.permute(swap),), bool(descending)).permute(swap)
        return self._new(positions.reshape(self.shape))

    @numpy_names
    def sort(self, dim: int = -1, descending: bool = False, stable: bool = True) -> ValuesIndices:
        """An axis in order: the values, and the positions where they were."""
        indices = self.argsort(dim, descending)
        return ValuesIndices(self.gather(dim, indices), indices)

    @numpy_names
    def topk(self, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> ValuesIndices:
        """The ``k`` largest (or smallest) elements of an axis, in order, and their positions.

        Raises
        ------
        ValueError: if the axis has fewer elements.
        """
        if not self.shape:
            return ValuesIndices(*(part.reshape(()) for part in self.reshape(1).topk(k)))
        dim = axis_of(dim, self.ndim)
        if not 0 <= k <= self.shape[dim]:
            raise ValueError(f"there are no {k} elements on axis {dim} with size {self.shape[dim]}")
        indices = self.argsort(dim, largest).narrow(dim, 0, k)
        return ValuesIndices(self.gather(dim, indices), indices)

    def _ranked(self, dim: int, place: int | Tensor, keepdim: bool) -> ValuesIndices:
        """The elements that stand at a place once the axis is sorted."""
        order = self.argsort(dim)
        indices = order.narrow(dim, place, 1) if isinstance(place, int) else order.gather(dim, place)
        values = self.gather(dim, indices)
        return ValuesIndices(values, indices) if keepdim else ValuesIndices(values.squeeze(dim), indices.squeeze(dim))

    @numpy_names
    def kthvalue(self, k: int, dim: int = -1, keepdim: bool = False) -> ValuesIndices:
        """The ``k``-th smallest element of an axis, counted from 1, and its position.

        Raises
        ------
        ValueError: if there is none.
        """
        if not self.shape:
            return ValuesIndices(*(part.reshape(()) for part in self.reshape(1).kthvalue(k)))
        dim = axis_of(dim, self.ndim)
        if not 1 <= k <= self.shape[dim]:
            raise ValueError(f"there is no element number {k} on axis {dim} with size {self.shape[dim]}")
        return self._ranked(dim, k - 1, keepdim)

    @numpy_names
    def median(self, dim: int | None = None, keepdim: bool = False) -> Tensor | ValuesIndices:
        """The middle element, the lower one of two: of all elements, or of an axis and with its position.

        NaN anywhere gives NaN.

        Raises
        ------
        IndexError: if the axis is empty.
        """
        if dim is None:
            return self.reshape(-1).median(0).values if self.numel() else self.new_full((), float("nan"))
        if not self.shape:
            return ValuesIndices(*(part.reshape(()) for part in self.reshape(1).median(dim)))
        dim = axis_of(dim, self.ndim)
        size = self.shape[dim]
        if not size:
            raise IndexError(f"axis {dim} with size 0 has no middle")
        middle: Any = (size - 1) // 2
        if self.dtype.is_float:  # NaN is sorted to the end: the first one there, if there is any
            numbers = self.isnan().logical_not().sum(dim, keepdim=True)
            middle = (numbers < size).where(numbers, middle)
        return self._ranked(dim, middle, keepdim)

    def msort(self) -> Tensor:
        """Sorted along the first axis."""
        return self.sort(0).values if self.shape else self._new(self.uop)

    def unique(
        self, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
    ) -> Any:
        """Every number once, or every slice along an axis, in order. Realizes this tensor, to know how many there are.

        With ``return_inverse`` also the position of each element among them, with ``return_counts`` also how often each
        occurs.
        """
        axis = None if dim is None else axis_of(dim, self.ndim)
        array = self.numpy()
        kinds, inverse, counts = np.unique(array, return_inverse=True, return_counts=True, axis=axis, equal_nan=False)
        inverse = inverse.reshape(self.shape if axis is None else -1)
        wanted = [(kinds, True), (inverse, return_inverse), (counts, return_counts)]
        found = [type(self)(array, device=self.device) for array, chosen in wanted if chosen]
        found[0] = found[0].cast(self.dtype)
        return tuple(found) if len(found) > 1 else found[0]

    def bincount(self, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
        """How often 0, 1, 2 ... occur in a row, or the sum of their weights. Realizes the largest of them.

        Raises
        ------
        ShapeError: if it is no row.
        TypeError: if it does not hold whole numbers.
        """
        if self.ndim != 1:
            raise ShapeError(f"bincount takes a row, not shape {self.shape}")
        if not self.dtype.is_int:
            raise TypeError(f"bincount counts whole numbers, not {self.dtype.name}: cast with .long()")
        count = max(minlength, int(self.max()) + 1 if self.numel() else 0)
        if weights is None:
            weights = self.ones_like(dtype=dtypes.int64)
        elif weights.dtype is not dtypes.float32:
            weights = weights.double()
        return weights.new_zeros(count).scatter_add(0, self.long(), weights)

    def searchsorted(
        self,
        values: Tensor | float,
        *,
        out_int32: bool = False,
        right: bool = False,
        side: str | None = None,
        sorter: Tensor | None = None,
    ) -> Tensor:
        """Where values belong in this sorted row: before elements equal to them, or after (``right=True``).

        The axes before the last are those of ``values``, unless this is one row. Each value is compared with all
        elements, so this is for rows of moderate length. ``sorter`` holds the positions that sort the row, if it is
        not sorted itself.

        Raises
        ------
        ShapeError: if the other axes differ.
        ValueError: if ``side`` is neither left nor right, or contradicts ``right``.
        """
        if side not in (None, "left", "right") or (right and side == "left"):
            raise ValueError(f"side is left or right, and right=True means right: not {side!r} with right={right}")
        if not isinstance(values, Sorting):
            values = type(self)(values, device=self.device)
        if self.ndim != 1 and self.shape[:-1] != values.shape[:-1]:
            raise ShapeError(
                f"rows of shape {self.shape} and values of {values.shape} must agree but for the last axis"
            )
        sorted_row = self if sorter is None else self.gather(-1, sorter)
        row, values = (sorted_row if self.ndim == 1 else sorted_row.unsqueeze(-2)), values.unsqueeze(-1)
        before = row <= values if right or side == "right" else row < values
        if values.dtype.is_float:
            before = before | values.isnan()  # NaN comes after all numbers
        return before.sum(-1, dtype=dtypes.int32 if out_int32 else dtypes.int64)

    def bucketize(self, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
        """For each element the number of the interval between sorted ``boundaries`` in which it lies."""
        return boundaries.searchsorted(self, out_int32=out_int32, right=right)
