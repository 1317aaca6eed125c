"""``+ - * / // % **`` and what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..dtype import dtypes, promote_with_number
from ..uop import Ops
from .operands import NUMBER, Operands

if TYPE_CHECKING:
    from ..tensor import Tensor
    from .operands import Operand


class Arithmetic(Operands):
    """Two whole operands give whole numbers, but for ``/``, which gives float32."""

    __slots__ = ()

    def __add__(self, other: Operand) -> Tensor:
        return self._binary(Ops.ADD, other)

    def __sub__(self, other: Operand) -> Tensor:
        return self._number_binary(Ops.SUB, other)

    def __rsub__(self, other: Operand) -> Tensor:
        return self._number_binary(Ops.SUB, other, reverse=True)

    def __mul__(self, other: Operand) -> Tensor:
        return self._binary(Ops.MUL, other)

    def __truediv__(self, other: Operand) -> Tensor:
        return self._float_binary(Ops.DIV, other)

    def __rtruediv__(self, other: Operand) -> Tensor:
        return self._float_binary(Ops.DIV, other, reverse=True)

    def __floordiv__(self, other: Operand) -> Tensor:
        """The quotient rounded down; for whole numbers ``x // 0`` is 0."""
        return self._number_binary(Ops.FLOORDIV, other)

    def __rfloordiv__(self, other: Operand) -> Tensor:
        return self._number_binary(Ops.FLOORDIV, other, reverse=True)

    def __mod__(self, other: Operand) -> Tensor:
        """What ``//`` leaves over, with the divisor's sign; for whole numbers ``x % 0`` is 0."""
        return self._number_binary(Ops.MOD, other)

    def __rmod__(self, other: Operand) -> Tensor:
        return self._number_binary(Ops.MOD, other, reverse=True)

    def __pow__(self, exponent: Operand) -> Tensor:
        """Powers. Small whole exponents are multiplications and 0.5 a square root; whole numbers stay whole.

        Raises
        ------
        ValueError: for whole numbers and a negative number as exponent.
        """
        if not isinstance(exponent, NUMBER):
            return self._number_binary(Ops.POW, exponent)
        base = self.cast(promote_with_number(self.dtype, exponent))
        if not base.dtype.is_float and exponent < 0:
            raise ValueError(f"whole numbers have no whole power {exponent}: cast with .float() first")
        if exponent in (0.5, -0.5):
            return base.sqrt() if exponent > 0 else base.rsqrt()
        if exponent in (1, 2, 3):
            return base * base * base if exponent == 3 else base * base if exponent == 2 else self._new(base.uop)
        if exponent in (-1, -2):
            return (base if exponent == -1 else base * base).reciprocal()
        return base._number_binary(Ops.POW, exponent)

    def __rpow__(self, base: Operand) -> Tensor:
        if isinstance(base, NUMBER) and base == 2 and (self.dtype.is_float or isinstance(base, float)):
            return self.exp2()
        return self._number_binary(Ops.POW, base, reverse=True)

    def __neg__(self) -> Tensor:
        if self.dtype is dtypes.bool:
            raise TypeError("a bool tensor has no negative: ~x turns true and false around")
        return self._new(self.uop.alu(Ops.NEG))

    def __pos__(self) -> Tensor:
        return self

    positive = __pos__
    __radd__, __rmul__ = __add__, __mul__
    floor_divide, remainder, mod, pow = __floordiv__, __mod__, __mod__, __pow__
    neg = negative = __neg__

    def add(self, other: Operand, *, alpha: float = 1) -> Tensor:
        """``self + alpha * other``."""
        return self + (other if alpha == 1 else other * alpha)

    def sub(self, other: Operand, *, alpha: float = 1) -> Tensor:
        """``self - alpha * other``."""
        return self - (other if alpha == 1 else other * alpha)

    def mul(self, other: Operand) -> Tensor:
        """``self * other``."""
        return self * other

    def div(self, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
        """``self / other``, rounded down (``"floor"``) or towards 0 (``"trunc"``) if asked for.

        Raises
        ------
        ValueError: for another rounding mode.
        """
        if rounding_mode is None:
            return self / other
        if rounding_mode == "floor":
            return self // other
        if rounding_mode != "trunc":
            raise ValueError(f"rounding_mode must be None, 'floor' or 'trunc', not {rounding_mode!r}")
        rest = self.fmod(other)
        return (self / other).trunc() if rest.dtype.is_float else (self - rest) // other

    subtract, multiply, divide, true_divide = sub, mul, div, div

    def fmod(self, other: Operand) -> Tensor:
        """What a division rounded towards 0 leaves over: it has this tensor's sign."""
        return self._number_binary(Ops.FMOD, other)

    def square(self) -> Tensor:
        """``self * self``."""
        return self**2

    def lerp(self, end: Operand, weight: Operand) -> Tensor:
        """On the straight line from this tensor (weight 0) to ``end`` (weight 1); exact at both ends."""
        way = end - self
        if isinstance(weight, NUMBER):
            return self + way * weight if weight < 0.5 else end - way * (1 - weight)
        return (weight < 0.5).where(self + way * weight, end - way * (1 - weight))

    def addcmul(self, tensor1: Tensor, tensor2: Operand, *, value: float = 1) -> Tensor:
        """``self + value * tensor1 * tensor2``."""
        return self.add(tensor1 * tensor2, alpha=value)

    def addcdiv(self, tensor1: Tensor, tensor2: Operand, *, value: float = 1) -> Tensor:
        """``self + value * tensor1 / tensor2``."""
        return self.add(tensor1 / tensor2, alpha=value)
