"""Running results along an axis: each place holds the sum (product, extreme) of everything up to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from ..dtype import DType, dtypes, to_dtype
from ..uop import Ops, UOp
from .axes import axis_of, numpy_names
from .functions import rounded_once
from .joining import iota

if TYPE_CHECKING:
    from ..tensor import Tensor


class ValuesIndices(NamedTuple):
    """Numbers, and where along an axis they stand."""

    values: Tensor
    indices: Tensor


def accumulator(dtype: DType) -> DType:
    """The dtype in which numbers of ``dtype`` are added up: itself, but float32 for half precision, int64 for bools."""
    if dtype.is_float and dtype.itemsize < 4:
        return dtypes.float32
    return dtypes.int64 if dtype is dtypes.bool else dtype


class Scans:
    """A tensor of 0 dims counts as one of shape (1,)."""

    __slots__ = ()

    def _scan(self, op: Ops, dim: int) -> Tensor:
        axis = axis_of(dim, self.ndim)
        x = self.uop.reshape(self.shape or (1,))
        return self._new(UOp(Ops.SCAN, x.dtype, (x,), (op, axis)).reshape(self.shape))

    def _running_total(self, op: Ops, dim: int, dtype: DType | str | None) -> Tensor:
        result = to_dtype(dtype) if dtype is not None else self.dtype if self.dtype.is_float else dtypes.int64
        return self.cast(result).cast(accumulator(result))._scan(op, dim).cast(result)

    @numpy_names
    def cumsum(self, dim: int = 0, dtype: DType | str | None = None) -> Tensor:
        """The running sum. Whole numbers and bools give int64.

        >>> Tensor([1.0, 2.0, 3.0]).cumsum(0).tolist()
        [1.0, 3.0, 6.0]
        """
        return self._running_total(Ops.ADD, dim, dtype)

    @numpy_names
    def cumprod(self, dim: int = 0, dtype: DType | str | None = None) -> Tensor:
        """The running product. Whole numbers and bools give int64."""
        return self._running_total(Ops.MUL, dim, dtype)

    @numpy_names
    def cummax(self, dim: int = 0) -> ValuesIndices:
        """The largest number so far and where it stands, of equal ones the last; NaN counts as the largest."""
        return self._running_extreme(Ops.MAXIMUM, dim)

    @numpy_names
    def cummin(self, dim: int = 0) -> ValuesIndices:
        """The smallest number so far and where it stands, of equal ones the last; NaN counts as the smallest."""
        return self._running_extreme(Ops.MINIMUM, dim)

    def _running_extreme(self, op: Ops, dim: int) -> ValuesIndices:
        values = self._scan(op, dim)
        reached = (self == values) | self.isnan()
        position = self._new(iota(self.shape or (1,), axis_of(dim, self.ndim)).reshape(self.shape))
        return ValuesIndices(values, reached.where(position, 0)._scan(Ops.MAXIMUM, dim))

    @numpy_names
    @rounded_once
    def logcumsumexp(self, dim: int = 0) -> Tensor:
        """The logarithm of the running sum of the exponentials, none of which overflows.

        Every place is compared with its own largest number so far, so the work grows with the square of the length.
        """
        if not self.shape:
            return self._new(self.uop)
        x = self.movedim(dim, -1)
        largest = x._scan(Ops.MAXIMUM, -1)._finite_or_0()
        pairs = (*x.shape, x.shape[-1])
        before = self._new(iota(pairs, x.ndim).alu(Ops.LE, iota(pairs, x.ndim - 1)))
        exponents = before.where(x.unsqueeze(-2) - largest.unsqueeze(-1), -math.inf)
        return (exponents.exp().sum(-1).log() + largest).movedim(-1, dim)

    def _finite_or_0(self) -> Tensor:
        """What exponents are compared with: no gradient passes, and infinity, which would give NaN, becomes 0."""
        return self._new((self.isinf().where(0, self)).uop.detach())
