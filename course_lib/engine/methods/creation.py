"""Tensors out of nothing: constants, sequences, and the same again in another tensor's likeness.

A constant takes no memory: it is one number of the graph, stretched to a shape. ``_leaf`` keeps two of them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from ..dtype import DType, dtype_of_number, dtypes, to_dtype
from ..uop import Ops, UOp
from .places import iota, sizes_of
from .random import Random

if TYPE_CHECKING:
    from ..tensor import Tensor


def _kind(dtype: DType | str | None, default: DType = dtypes.default_float) -> DType:
    return default if dtype is None else to_dtype(dtype)


def _check_fits(value: bool | int | float, dtype: DType) -> None:
    if dtype.is_int and not dtype.min <= value <= dtype.max:
        raise ValueError(f"{dtype.name} holds numbers from {dtype.min} to {dtype.max}, not {value}")


class Creation(Random):
    """What makes tensors without data. All take ``dtype``, ``device`` and ``requires_grad``."""

    __slots__ = ()

    @classmethod
    def tensor(cls, data: Any, dtype=None, device=None, requires_grad=None) -> Tensor:
        """``Tensor(data)`` under PyTorch's name."""
        return cls(data, dtype=dtype, device=device, requires_grad=requires_grad)

    as_tensor = tensor

    @classmethod
    def from_numpy(cls, array: np.ndarray) -> Tensor:
        """A tensor with a copy of an array's numbers, of the array's dtype."""
        return cls(np.asarray(array))

    @classmethod
    def full(
        cls, size: int | Sequence[int], fill_value: bool | int | float, dtype=None, device=None, requires_grad=None
    ) -> Tensor:
        """One number everywhere; its kind decides the dtype if none is named.

        Raises
        ------
        ShapeError: if a size is negative.
        ValueError: if the dtype does not hold the number.
        """
        value = fill_value.item() if isinstance(fill_value, np.generic) else fill_value
        dtype = _kind(dtype, dtype_of_number(value))
        _check_fits(value, dtype)
        return cls._leaf(UOp.const(dtype, value, sizes_of((size,))), device, requires_grad)

    @classmethod
    def zeros(cls, *size: int | Sequence[int], dtype=None, device=None, requires_grad=None) -> Tensor:
        """Zeros of a shape: ``zeros(2, 3)`` and ``zeros((2, 3))`` are the same."""
        return cls._leaf(UOp.const(_kind(dtype), 0, sizes_of(size)), device, requires_grad)

    @classmethod
    def ones(cls, *size: int | Sequence[int], dtype=None, device=None, requires_grad=None) -> Tensor:
        return cls._leaf(UOp.const(_kind(dtype), 1, sizes_of(size)), device, requires_grad)

    @classmethod
    def empty(cls, *size: int | Sequence[int], dtype=None, device=None, requires_grad=None) -> Tensor:
        """A tensor for numbers that are still to come: zeros, which cost nothing here."""
        return cls.zeros(*size, dtype=dtype, device=device, requires_grad=requires_grad)

    @classmethod
    def eye(cls, n: int, m: int | None = None, dtype=None, device=None, requires_grad=None) -> Tensor:
        """Ones on the diagonal of n rows and m columns (n if left out), zeros elsewhere."""
        shape = sizes_of((n, n if m is None else m))
        rows = iota(shape, 0)
        same = rows.alu(Ops.EQ, iota(shape, 1))
        return cls._leaf(same.cast(_kind(dtype)), device, requires_grad)

    @classmethod
    def arange(
        cls, start: float, end: float | None = None, step: float = 1, dtype=None, device=None, requires_grad=None
    ) -> Tensor:
        """Numbers from ``start`` up to but without ``end``; one number alone is the end. Whole ones give int64.

        For a whole dtype fractions are cut off from ``start`` and ``step``, and for int64 from ``end`` too.

        Raises
        ------
        ValueError: if ``step`` is 0 or leads away from ``end``.
        """
        if end is None:
            start, end = 0, start
        if dtype is not None and to_dtype(dtype) is dtypes.int64:
            start, end, step = int(start), int(end), int(step)
        if step == 0 or (end - start) * step < 0:
            raise ValueError(f"steps of {step} do not lead from {start} to {end}")
        whole = all(isinstance(number, int | np.integer) for number in (start, end, step))
        dtype = _kind(dtype, dtypes.default_int if whole else dtypes.default_float)
        count = len(range(start, end, step)) if whole else ceil((end - start) / step)
        if dtype.is_int:
            start, step = int(start), int(step)
        for number in (start, start + (count - 1) * step) if count else ():
            _check_fits(number, dtype)
        # counted in whole numbers where that is exact, else in fractions wide enough to count
        counted = dtypes.int64 if whole or dtype.is_int else dtype if dtype.itemsize > 2 else dtypes.float32
        numbers = iota((count,)).cast(counted)
        if step != 1:
            numbers = numbers * step
        if start != 0:
            numbers = numbers + start
        return cls._leaf(numbers.cast(dtype), device, requires_grad)

    @classmethod
    def linspace(cls, start: float, end: float, steps: int, dtype=None, device=None, requires_grad=None) -> Tensor:
        """``steps`` numbers at equal distances, the first ``start`` and the last ``end``.

        Raises
        ------
        TypeError: for bools.
        ValueError: if ``steps`` is negative.
        """
        if steps < 0:
            raise ValueError(f"linspace gives 0 or more numbers, not {steps}")
        dtype = _kind(dtype)
        if dtype is dtypes.bool:
            raise TypeError("linspace gives numbers, not bools: compare them, as in linspace(0, 1, 5) > 0.5")
        if dtype.is_int:
            start, end = int(start), int(end)
        counted = dtypes.float64 if dtype.is_int else dtype if dtype.itemsize > 2 else dtypes.float32
        step = (end - start) / max(steps - 1, 1)
        # counted from both ends, so that both are met exactly
        place = iota((steps,))
        up = place.cast(counted) * step + start
        down = (steps - 1 - place).cast(counted) * -step + end
        numbers = place.alu(Ops.LT, place.const_like(max(steps // 2, 1))).where(up, down)
        return cls._leaf(numbers.cast(dtype), device, requires_grad)

    # -- in another tensor's likeness: its shape, dtype and device

    def full_like(self, fill_value: bool | int | float, dtype=None, device=None, requires_grad=None) -> Tensor:
        return self.full(self.shape, fill_value, dtype or self.dtype, device or self.device, requires_grad)

    def zeros_like(self, dtype=None, device=None, requires_grad=None) -> Tensor:
        return self.full_like(0, dtype, device, requires_grad)

    def ones_like(self, dtype=None, device=None, requires_grad=None) -> Tensor:
        return self.full_like(1, dtype, device, requires_grad)

    def empty_like(self, dtype=None, device=None, requires_grad=None) -> Tensor:
        return self.full_like(0, dtype, device, requires_grad)

    # -- of another shape, but of this dtype and on this device

    def new_full(
        self, size: int | Sequence[int], fill_value: bool | int | float, dtype=None, device=None, requires_grad=None
    ) -> Tensor:
        return self.full(size, fill_value, dtype or self.dtype, device or self.device, requires_grad)

    def new_zeros(self, *size: int | Sequence[int], dtype=None, device=None, requires_grad=None) -> Tensor:
        return self.new_full(sizes_of(size), 0, dtype, device, requires_grad)

    def new_ones(self, *size: int | Sequence[int], dtype=None, device=None, requires_grad=None) -> Tensor:
        return self.new_full(sizes_of(size), 1, dtype, device, requires_grad)

    def new_empty(self, *size: int | Sequence[int], dtype=None, device=None, requires_grad=None) -> Tensor:
        return self.new_full(sizes_of(size), 0, dtype, device, requires_grad)

    def new_tensor(self, data: Any, dtype=None, device=None, requires_grad=None) -> Tensor:
        """A tensor of other data, of this dtype and on this device."""
        return self.tensor(data, dtype or self.dtype, device or self.device, requires_grad)
