"""Comparison, choice, logic and bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..dtype import dtype_of_number, dtypes
from ..strides import broadcast_shapes
from ..uop import Ops, UOp
from .operands import NUMBER, Operands, number_uop

if TYPE_CHECKING:
    from ..tensor import Tensor
    from .operands import Operand


class Comparison(Operands):
    """Comparisons give tensors of bools; NaN is unequal to everything, itself included."""

    __slots__ = ()

    def _compare(self, op: Ops, other: Operand, reverse: bool = False) -> Tensor:
        """A comparison. A whole number that this dtype cannot hold is compared as it is, not wrapped around."""
        if self.dtype.is_int and isinstance(other, int) and not self.dtype.min <= other <= self.dtype.max:
            return self.cast(dtypes.int64)._binary(op, other, reverse)
        return self._binary(op, other, reverse)

    def __lt__(self, other: Operand) -> Tensor:
        return self._compare(Ops.LT, other)

    def __le__(self, other: Operand) -> Tensor:
        return self._compare(Ops.LE, other)

    def __gt__(self, other: Operand) -> Tensor:
        return self._compare(Ops.LT, other, reverse=True)

    def __ge__(self, other: Operand) -> Tensor:
        return self._compare(Ops.LE, other, reverse=True)

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        return NotImplemented if other is None or isinstance(other, str) else self._compare(Ops.EQ, other)

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return NotImplemented if other is None or isinstance(other, str) else self._compare(Ops.NE, other)

    lt, le, gt, ge, eq, ne = __lt__, __le__, __gt__, __ge__, __eq__, __ne__
    less, less_equal, greater, greater_equal, not_equal = lt, le, gt, ge, ne

    def equal(self, other: Tensor) -> bool:
        """Whether shapes and all elements agree (this computes them)."""
        return self.shape == other.shape and (self == other).all().item()

    def isclose(self, other: Operand, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
        """Where ``|self - other| <= atol + rtol * |other|``; infinities are close to themselves only.

        Raises
        ------
        ValueError: for a negative tolerance.
        """
        if rtol < 0 or atol < 0:
            raise ValueError(f"tolerances are 0 or more, not rtol={rtol} and atol={atol}")
        a, b, device = self._matched(other)
        x, y = self._of(a, device), self._of(b, device)
        if x.dtype is dtypes.bool:
            return x == y
        away = (x - y).abs()
        close = (x == y) | (away <= atol + (rtol * y).abs()) & away.isfinite()
        return close | x.isnan() & y.isnan() if equal_nan else close

    def allclose(self, other: Operand, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
        """Whether everything is close (this computes it)."""
        return self.isclose(other, rtol, atol, equal_nan).all().item()

    # -- choice

    def where(self, yes: Operand, no: Operand) -> Tensor:
        """``yes`` where this is true, ``no`` elsewhere; all three are broadcast. The side not taken gets no gradient.

        PyTorch's ``x.where(condition, no)``, with ``x`` as ``yes``, is understood too.

        Raises
        ------
        TypeError: if there is no condition made of bools.
        """
        if self.dtype is not dtypes.bool:
            if isinstance(yes, Operands) and yes.dtype is dtypes.bool:
                return yes.where(self, no)
            raise TypeError(f"a condition is made of bools, not of {self.dtype.name}: compare it with something")
        if isinstance(yes, Operands):
            a, b, device = yes._matched(no)
        elif isinstance(no, Operands):
            b, a, device = no._matched(yes)
        else:
            number = number_uop(dtype_of_number(yes), yes, ()) if isinstance(yes, NUMBER) else None
            single = self._new(number) if number else type(self)(yes, device=self.device)
            a, b, device = single._matched(no)
        if device != self.device:
            raise ValueError(f"the condition is on {self.device}, the choice on {device}: move one with .to(device)")
        shape = broadcast_shapes(self.shape, a.shape)
        return self._new(self.uop.expand(shape).where(a.expand(shape), b.expand(shape)))

    def maximum(self, other: Operand) -> Tensor:
        """The larger of the two; NaN if one is NaN."""
        return self._binary(Ops.MAXIMUM, other)

    def minimum(self, other: Operand) -> Tensor:
        """The smaller of the two; NaN if one is NaN."""
        return self._binary(Ops.MINIMUM, other)

    def clamp(self, min: Operand | None = None, max: Operand | None = None) -> Tensor:
        """What is below ``min`` becomes ``min``, then what is above ``max`` becomes ``max``; NaN stays,
        and a bound of NaN makes NaN of everything.

        The gradient passes where nothing was changed, at the bounds themselves too.

        Raises
        ------
        ValueError: if neither is given.
        """
        if min is None and max is None:
            raise ValueError("clamp needs min, max or both")
        result = self
        if min is not None:
            x, low, device = result._matched(min)
            result = self._of(_outside(x.alu(Ops.LT, low), low, min).where(low, x), device)
        if max is not None:
            x, high, device = result._matched(max)
            result = self._of(_outside(high.alu(Ops.LT, x), high, max).where(high, x), device)
        return result

    clip = clamp

    def clamp_min(self, min: Operand) -> Tensor:
        """``clamp`` from below only."""
        return self.clamp(min=min)

    def clamp_max(self, max: Operand) -> Tensor:
        """``clamp`` from above only."""
        return self.clamp(max=max)

    def fmax(self, other: Operand) -> Tensor:
        """The larger of the two; if one is NaN the other."""
        return self._ignoring_nan(Ops.LT, other)

    def fmin(self, other: Operand) -> Tensor:
        """The smaller of the two; if one is NaN the other."""
        return self._ignoring_nan(Ops.LT, other, reverse=True)

    def _ignoring_nan(self, op: Ops, other: Operand, reverse: bool = False) -> Tensor:
        a, b, device = self._matched(other)
        beaten = b.alu(op, a) if reverse else a.alu(op, b)
        return self._of(beaten.alu(Ops.OR, a.alu(Ops.NE, a)).where(b, a), device)

    # -- logic: every number but 0 is true

    def _truth(self) -> Tensor:
        return self if self.dtype is dtypes.bool else self != 0

    def logical_and(self, other: Operand) -> Tensor:
        """True where both are."""
        return self._truth() & _truth_of(other)

    def logical_or(self, other: Operand) -> Tensor:
        """True where one is or both are."""
        return self._truth() | _truth_of(other)

    def logical_xor(self, other: Operand) -> Tensor:
        """True where exactly one is."""
        return self._truth() ^ _truth_of(other)

    def logical_not(self) -> Tensor:
        """True where this is 0 or false."""
        return ~self if self.dtype is dtypes.bool else self == 0

    # -- bits

    def __invert__(self) -> Tensor:
        """All bits turned around; for bools not."""
        if self.dtype.is_float:
            raise TypeError(f"NOT needs whole numbers or bools, not {self.dtype.name}: cast with .int()")
        return self._new(self.uop.alu(Ops.NOT))

    def __and__(self, other: Operand) -> Tensor:
        return self._bit_binary(Ops.AND, other)

    def __or__(self, other: Operand) -> Tensor:
        return self._bit_binary(Ops.OR, other)

    def __xor__(self, other: Operand) -> Tensor:
        return self._bit_binary(Ops.XOR, other)

    def __lshift__(self, other: Operand) -> Tensor:
        """Bits moved up; what is moved by the dtype's width or more, or by less than 0, is 0."""
        return self._bit_binary(Ops.SHL, other)

    def __rlshift__(self, other: Operand) -> Tensor:
        return self._bit_binary(Ops.SHL, other, reverse=True)

    def __rshift__(self, other: Operand) -> Tensor:
        """Bits moved down; the sign stays."""
        return self._bit_binary(Ops.SHR, other)

    def __rrshift__(self, other: Operand) -> Tensor:
        return self._bit_binary(Ops.SHR, other, reverse=True)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__
    bitwise_not, bitwise_and, bitwise_or, bitwise_xor = __invert__, __and__, __or__, __xor__
    lshift = bitwise_left_shift = __lshift__
    rshift = bitwise_right_shift = __rshift__


def _outside(beyond: UOp, bound: UOp, given: Operand) -> UOp:
    """Where ``clamp`` takes the bound: for what lies beyond it, and for everything if the bound is NaN."""
    if isinstance(given, NUMBER) and given == given or not bound.dtype.is_float:
        return beyond
    return beyond.alu(Ops.OR, bound.alu(Ops.NE, bound))


def _truth_of(other: Operand) -> Tensor | bool:
    return other._truth() if isinstance(other, Comparison) else other != 0
