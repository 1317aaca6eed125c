"""Many numbers to one: sums, means, extremes and what is made of them.

Axes are one number, several, or None for all; as in PyTorch, an empty tuple stands for all too (not for ``any`` and
``all``). NumPy's names ``axis`` and ``keepdims`` serve for ``dim`` and ``keepdim``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from ..dtype import DType, dtypes, to_dtype
from ..strides import Shape
from ..uop import Ops, UOp
from .axes import axes_of, axis_of, numpy_names
from .functions import rounded_once
from .joining import iota
from .scans import Scans, ValuesIndices, accumulator

if TYPE_CHECKING:
    from ..tensor import Tensor

    Axes = int | Sequence[int] | None


class MinMax(NamedTuple):
    """The smallest and the largest numbers."""

    min: Tensor
    max: Tensor


def drop(x: UOp, axes: Shape) -> UOp:
    """Without axes, which have size 1."""
    return x.reshape(tuple(size for axis, size in enumerate(x.shape) if axis not in axes))


def reduced(x: UOp, op: Ops, axes: Shape, keepdim: bool) -> UOp:
    """One REDUCE. It leaves its axes with size 1; without ``keepdim`` they are dropped."""
    result = x.reduce(op, axes)
    return result if keepdim else drop(result, axes)


def check_not_empty(op: Ops, shape: Shape, axes: Shape) -> None:
    """IndexError if one of the axes has no element: nothing there is the largest or smallest."""
    for axis in axes:
        if not shape[axis]:
            raise IndexError(f"{op.name} along axis {axis} of shape {shape}: there is nothing to choose from")


class Reduction(Scans):
    """Sums of half precision are added up in float32 and rounded once."""

    __slots__ = ()

    def _axes(self, dim: Axes) -> Shape:
        return axes_of(None if dim in ((), []) else dim, self.ndim)

    def _total(self, op: Ops, dim: Axes, keepdim: bool, dtype: DType | str | None) -> Tensor:
        result = to_dtype(dtype) if dtype is not None else self.dtype if self.dtype.is_float else dtypes.int64
        x = self.uop.cast(result).cast(accumulator(result))
        return self._new(reduced(x, op, self._axes(dim), keepdim).cast(result))

    @numpy_names
    def sum(self, dim: Axes = None, keepdim: bool = False, dtype: DType | str | None = None) -> Tensor:
        """The sum, 0 where there is nothing to add. Whole numbers and bools give int64.

        >>> Tensor([[1.0, 2.0], [3.0, 4.0]]).sum(dim=1).tolist()
        [3.0, 7.0]
        """
        return self._total(Ops.ADD, dim, keepdim, dtype)

    @numpy_names
    def prod(self, dim: Axes = None, keepdim: bool = False, dtype: DType | str | None = None) -> Tensor:
        """The product, 1 where there is nothing to multiply. Whole numbers and bools give int64."""
        return self._total(Ops.MUL, dim, keepdim, dtype)

    @numpy_names
    def nansum(self, dim: Axes = None, keepdim: bool = False, dtype: DType | str | None = None) -> Tensor:
        """The sum of what is not NaN."""
        return self.isnan().where(0, self).sum(dim, keepdim, dtype)

    @numpy_names
    def count_nonzero(self, dim: Axes = None) -> Tensor:
        """How many elements are not 0, as int64."""
        return (self != 0).sum(dim)

    # -- mean and spread

    def _fractions(self, what: str, dtype: DType | str | None = None) -> tuple[Tensor, DType]:
        """The tensor in the dtype that it is added up in, and the dtype of the result.

        Raises
        ------
        TypeError: for whole numbers and bools.
        """
        result = self.dtype if dtype is None else to_dtype(dtype)
        if not result.is_float:
            raise TypeError(f"{what} needs a fractional dtype, this is {result.name}: cast with .float()")
        return self.cast(result).cast(accumulator(result)), result

    @numpy_names
    def mean(self, dim: Axes = None, keepdim: bool = False, dtype: DType | str | None = None) -> Tensor:
        """The sum divided by how many there are; NaN if there is none.

        Raises
        ------
        TypeError: for whole numbers and bools, unless a fractional ``dtype`` is given.
        """
        x, result = self._fractions("mean", dtype)
        return (x.sum(dim, keepdim) / prod(self.shape[axis] for axis in self._axes(dim))).cast(result)

    @numpy_names
    def nanmean(self, dim: Axes = None, keepdim: bool = False, dtype: DType | str | None = None) -> Tensor:
        """The mean of what is not NaN."""
        x, result = self._fractions("nanmean", dtype)
        return (x.nansum(dim, keepdim) / (~x.isnan()).sum(dim, keepdim)).cast(result)

    def _variance(self, what: str, dim: Axes, unbiased: bool, keepdim: bool, correction: float | None) -> tuple:
        """Variance and mean, not yet rounded, and the dtype that they are to be rounded to."""
        if isinstance(dim, bool):  # x.var(False): all axes
            dim, unbiased = None, dim
        x, result = self._fractions(what)
        axes = self._axes(dim)
        mean = x.mean(axes, keepdim=True)
        away = x - mean
        count = prod(self.shape[axis] for axis in axes)
        divisor = max(count - (unbiased if correction is None else correction), 0)
        variance = (away * away).sum(axes, keepdim) / divisor
        return variance, mean if keepdim else self._new(drop(mean.uop, axes)), result

    @numpy_names
    def var(
        self, dim: Axes = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
    ) -> Tensor:
        """The variance: the mean of the squared distances from the mean, with n - ``correction`` in place of n.

        Parameters
        ----------
        dim: the axes. ``x.var(False)`` is understood as ``x.var(unbiased=False)``.
        unbiased: whether the correction, if none is given, is 1 or 0.
        """
        variance, _, dtype = self._variance("var", dim, unbiased, keepdim, correction)
        return variance.cast(dtype)

    @numpy_names
    def std(
        self, dim: Axes = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
    ) -> Tensor:
        """The square root of ``var``; where that is 0 the gradient is 0."""
        variance, _, dtype = self._variance("std", dim, unbiased, keepdim, correction)
        return variance._length().cast(dtype)

    @numpy_names
    def var_mean(
        self, dim: Axes = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
    ) -> tuple[Tensor, Tensor]:
        """``var`` and ``mean`` together."""
        variance, mean, dtype = self._variance("var_mean", dim, unbiased, keepdim, correction)
        return variance.cast(dtype), mean.cast(dtype)

    @numpy_names
    def std_mean(
        self, dim: Axes = None, unbiased: bool = True, keepdim: bool = False, *, correction: float | None = None
    ) -> tuple[Tensor, Tensor]:
        """``std`` and ``mean`` together."""
        variance, mean, dtype = self._variance("std_mean", dim, unbiased, keepdim, correction)
        return variance._length().cast(dtype), mean.cast(dtype)

    # -- lengths

    def _length(self) -> Tensor:
        """The square root, with gradient 0 at 0, where the slope is infinite."""
        zero = self == 0
        return zero.where(0, zero.where(1, self).sqrt())

    @numpy_names
    def norm(
        self, p: float | str | None = "fro", dim: Axes = None, keepdim: bool = False, dtype: DType | str | None = None
    ) -> Tensor:
        """``(|x|**p).sum() ** (1 / p)``: how long a vector is. The gradient of length 0 is 0.

        Parameters
        ----------
        p: the power. 2 (``"fro"``) is the usual length, 1 the sum of the absolute values, ``inf`` the largest of them,
            ``-inf`` the smallest; 0 counts what is not 0.

        Raises
        ------
        TypeError: for whole numbers and bools.
        ValueError: for a name other than ``"fro"``.
        """
        x, result = self._fractions("norm", dtype)
        if isinstance(p, str) and p != "fro":
            raise ValueError(f"norm takes a number or 'fro' as p, not {p!r}")
        if p in (None, "fro", 2):
            length = (x * x).sum(dim, keepdim)._length()
        elif p == math.inf:
            length = x.abs().amax(dim, keepdim)
        elif p == -math.inf:
            length = x.abs().amin(dim, keepdim)
        elif p == 0:
            length = (x != 0).sum(dim, keepdim)
        elif p == 1:
            length = x.abs().sum(dim, keepdim)
        else:
            total = (x.abs() ** p).sum(dim, keepdim)
            zero = total == 0
            length = zero.where(0 if p > 0 else math.inf, zero.where(1, total) ** (1 / p))
        return length.cast(result)

    @numpy_names
    @rounded_once
    def logsumexp(self, dim: Axes = None, keepdim: bool = False) -> Tensor:
        """``log(exp(x).sum())``, where no exponential overflows; -inf where there is nothing to add."""
        axes = self._axes(dim)
        largest = self._new(self.uop.reduce(Ops.MAXIMUM, axes))._finite_or_0()
        result = (self - largest).exp().sum(axes, keepdim=True).log() + largest
        return result if keepdim else self._new(drop(result.uop, axes))

    # -- extremes

    def _extreme(self, op: Ops, dim: Axes, keepdim: bool) -> Tensor:
        axes = self._axes(dim)
        check_not_empty(op, self.shape, axes)
        return self._new(reduced(self.uop, op, axes, keepdim))

    def _position(self, op: Ops, dim: int | None, keepdim: bool) -> Tensor:
        """Where the extreme stands: the least position among the elements that equal it, as int64."""
        x = self.uop.reshape((prod(self.shape),)) if dim is None or not self.shape else self.uop
        axis = 0 if dim is None else axis_of(dim, self.ndim)
        check_not_empty(op, x.shape, (axis,))
        found = x.alu(Ops.EQ, x.reduce(op, (axis,)).expand(x.shape))
        if x.dtype.is_float:
            found = found.alu(Ops.OR, x.alu(Ops.NE, x))  # NaN is the extreme, though it equals nothing
        place = iota(x.shape, axis)
        first = found.where(place, place.const_like(x.shape[axis])).reduce(Ops.MINIMUM, (axis,))
        if not keepdim:
            return self._new(drop(first, (axis,)))
        return self._new(first.reshape((1,) * self.ndim) if dim is None or not self.shape else first)

    def _values_and_positions(self, op: Ops, dim: int, keepdim: bool) -> ValuesIndices:
        """Each extreme is taken from where it stands, so its gradient goes to that one place."""
        indices = self._position(op, dim, keepdim=True)
        values = self.gather(dim, indices)
        if keepdim:
            return ValuesIndices(values, indices)
        axes = self._axes(dim)
        return ValuesIndices(self._new(drop(values.uop, axes)), self._new(drop(indices.uop, axes)))

    def max(
        self, dim: int | Tensor | None = None, keepdim: bool = False, *, axis: Axes = None, keepdims: bool = False
    ) -> Tensor | ValuesIndices:
        """The largest number; NaN if there is one.

        Parameters
        ----------
        dim: as in PyTorch: None gives one number, an axis the pair (values, indices), another tensor the larger of each
            two elements. Of equal numbers the first is taken.
        axis: as in NumPy and tinygrad: one axis or several, and values only.

        Raises
        ------
        IndexError: if there is nothing to choose from.
        """
        if isinstance(dim, Reduction):
            return self.maximum(dim)
        if dim is None:
            return self.amax(axis, keepdim or keepdims)
        return self._values_and_positions(Ops.MAXIMUM, dim, keepdim or keepdims)

    def min(
        self, dim: int | Tensor | None = None, keepdim: bool = False, *, axis: Axes = None, keepdims: bool = False
    ) -> Tensor | ValuesIndices:
        """The smallest number; NaN if there is one. ``dim`` and ``axis`` are those of ``max``."""
        if isinstance(dim, Reduction):
            return self.minimum(dim)
        if dim is None:
            return self.amin(axis, keepdim or keepdims)
        return self._values_and_positions(Ops.MINIMUM, dim, keepdim or keepdims)

    @numpy_names
    def amax(self, dim: Axes = None, keepdim: bool = False) -> Tensor:
        """The largest number along axes; its gradient is shared evenly by equal ones."""
        return self._extreme(Ops.MAXIMUM, dim, keepdim)

    @numpy_names
    def amin(self, dim: Axes = None, keepdim: bool = False) -> Tensor:
        """The smallest number along axes; its gradient is shared evenly by equal ones."""
        return self._extreme(Ops.MINIMUM, dim, keepdim)

    @numpy_names
    def aminmax(self, dim: int | None = None, keepdim: bool = False) -> MinMax:
        """The smallest and the largest number."""
        return MinMax(self.amin(dim, keepdim), self.amax(dim, keepdim))

    @numpy_names
    def argmax(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """Where the largest number stands, of equal ones the first; without ``dim`` in the flattened tensor."""
        return self._position(Ops.MAXIMUM, dim, keepdim)

    @numpy_names
    def argmin(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """Where the smallest number stands, of equal ones the first; without ``dim`` in the flattened tensor."""
        return self._position(Ops.MINIMUM, dim, keepdim)

    # -- truth

    @numpy_names
    def any(self, dim: Axes = None, keepdim: bool = False) -> Tensor:
        """Whether at least one is true (not 0); of none, False."""
        return self._new(reduced(self._truth().uop, Ops.MAXIMUM, axes_of(dim, self.ndim), keepdim))

    @numpy_names
    def all(self, dim: Axes = None, keepdim: bool = False) -> Tensor:
        """Whether all are true (not 0); of none, True."""
        return self._new(reduced(self._truth().uop, Ops.MINIMUM, axes_of(dim, self.ndim), keepdim))
