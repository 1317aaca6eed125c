"""Functions of one number and of two: roots, exponentials, logarithms, angles, rounding, special functions.

Most are one UOp. Those that are made of several are written so that nothing on the way overflows, in the gradient
either: where a choice hides infinity or NaN, the hidden side is given a harmless argument, as 0 * infinity is NaN.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..dtype import DType, dtypes
from ..uop import Ops
from .operands import Operands

if TYPE_CHECKING:
    from ..tensor import Tensor
    from .operands import Operand


def rounded_once(function: Callable) -> Callable:
    """For methods made of several operations: half precision is computed in float32 and rounded once, at the end.

    Whole numbers become float32.
    """

    @functools.wraps(function)
    def rounded(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        dtype = self.dtype
        if dtype.is_float and dtype.itemsize >= 4:
            return function(self, *args, **kwargs)
        result = function(self.cast(dtypes.float32), *args, **kwargs)
        return result.cast(dtype) if dtype.is_float else result

    return rounded


class Functions(Operands):
    """Whole numbers become float32, but where the result is whole (``abs``, ``sign``, rounding)."""

    __slots__ = ()

    # -- roots and powers

    def sqrt(self) -> Tensor:
        """The square root; NaN below 0."""
        return self._float_unary(Ops.SQRT)

    def rsqrt(self) -> Tensor:
        """``1 / sqrt(self)``."""
        return self.sqrt().reciprocal()

    def reciprocal(self) -> Tensor:
        """``1 / self``."""
        return self._float_unary(Ops.RECIPROCAL)

    def exp(self) -> Tensor:
        """The exponential function."""
        return self._float_unary(Ops.EXP)

    def exp2(self) -> Tensor:
        """``2 ** self``."""
        return self._float_unary(Ops.EXP2)

    def expm1(self) -> Tensor:
        """``exp(self) - 1``, exact near 0 too."""
        return self._float_unary(Ops.EXPM1)

    def log(self) -> Tensor:
        """The natural logarithm; -inf at 0 and NaN below."""
        return self._float_unary(Ops.LOG)

    def log2(self) -> Tensor:
        """The logarithm to base 2."""
        return self._float_unary(Ops.LOG2)

    @rounded_once
    def log10(self) -> Tensor:
        """The logarithm to base 10."""
        return self.log2() * math.log10(2)

    def log1p(self) -> Tensor:
        """``log(1 + self)``, exact near 0 too."""
        return self._float_unary(Ops.LOG1P)

    def logit(self, eps: float | None = None) -> Tensor:
        """``log(x / (1 - x))``, which undoes ``sigmoid``; x is first clamped to ``eps`` and ``1 - eps``, if given."""
        x = self if eps is None else self.clamp(eps, 1 - eps)
        return (x / (1 - x)).log()

    # -- angles

    def sin(self) -> Tensor:
        """The sine."""
        return self._float_unary(Ops.SIN)

    def cos(self) -> Tensor:
        """The cosine."""
        return self._float_unary(Ops.COS)

    def tan(self) -> Tensor:
        """The tangent."""
        return self._float_unary(Ops.TAN)

    def asin(self) -> Tensor:
        """The inverse of the sine, from -π/2 to π/2; NaN outside [-1, 1]."""
        return self._float_unary(Ops.ASIN)

    def acos(self) -> Tensor:
        """The inverse of the cosine, from 0 to π; NaN outside [-1, 1]."""
        return self._float_unary(Ops.ACOS)

    def atan(self) -> Tensor:
        """The inverse of the tangent, from -π/2 to π/2."""
        return self._float_unary(Ops.ATAN)

    def atan2(self, other: Operand) -> Tensor:
        """The angle of the point with x ``other`` and y ``self``, from -π to π."""
        return self._float_binary(Ops.ATAN2, other)

    def sinh(self) -> Tensor:
        """The hyperbolic sine."""
        return self._float_unary(Ops.SINH)

    def cosh(self) -> Tensor:
        """The hyperbolic cosine."""
        return self._float_unary(Ops.COSH)

    def tanh(self) -> Tensor:
        """The hyperbolic tangent, from -1 to 1."""
        return self._float_unary(Ops.TANH)

    def asinh(self) -> Tensor:
        """The inverse of ``sinh``."""
        return self._float_unary(Ops.ASINH)

    def acosh(self) -> Tensor:
        """The inverse of ``cosh``; NaN below 1."""
        return self._float_unary(Ops.ACOSH)

    def atanh(self) -> Tensor:
        """The inverse of ``tanh``; NaN outside [-1, 1]."""
        return self._float_unary(Ops.ATANH)

    def rad2deg(self) -> Tensor:
        """Degrees instead of radians."""
        return self * (180 / math.pi)

    def deg2rad(self) -> Tensor:
        """Radians instead of degrees."""
        return self * (math.pi / 180)

    arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
    arcsinh, arccosh, arctanh = asinh, acosh, atanh

    @rounded_once
    def sinc(self) -> Tensor:
        """``sin(πx) / (πx)``, and 1 at 0."""
        zero = self == 0
        angle = zero.where(1, self * math.pi)
        return zero.where(1, angle.sin() / angle)

    def erf(self) -> Tensor:
        """The error function."""
        return self._float_unary(Ops.ERF)

    def erfc(self) -> Tensor:
        """``1 - erf(self)`` without the loss of digits."""
        return self._float_unary(Ops.ERFC)

    # -- sign and rounding

    def abs(self) -> Tensor:
        """The absolute value."""
        return self._new(self.uop.alu(Ops.ABS))

    __abs__ = absolute = abs

    def sign(self) -> Tensor:
        """-1, 0 or 1."""
        return self._new(self.uop if self.dtype is dtypes.bool else self.uop.alu(Ops.SIGN))

    sgn = sign

    def signbit(self) -> Tensor:
        """True where the number is negative, -0.0 and negative NaN included."""
        return self.bitcast(_WHOLE[self.dtype.itemsize]) < 0 if self.dtype.is_float else self < 0

    def copysign(self, other: Operand) -> Tensor:
        """The absolute value, with the sign of ``other``."""
        x, sign, dtype = self._wide_pair(other)
        size = x.abs()
        return sign.signbit().where(-size, size).cast(dtype)

    def heaviside(self, values: Operand) -> Tensor:
        """0 below 0, 1 above, and ``values`` at 0."""
        x, values, device = self._matched(values)
        x, values = self._of(x, device), self._of(values, device)
        return (x == 0).where(values, (x > 0).cast(x.dtype))

    def _rounded(self, op: Ops) -> Tensor:
        return self._new(self.uop.alu(op) if self.dtype.is_float else self.uop)

    def floor(self) -> Tensor:
        """The next whole number below."""
        return self._rounded(Ops.FLOOR)

    def ceil(self) -> Tensor:
        """The next whole number above."""
        return self._rounded(Ops.CEIL)

    def trunc(self) -> Tensor:
        """The next whole number towards 0."""
        return self._rounded(Ops.TRUNC)

    fix = trunc

    def round(self, decimals: int = 0) -> Tensor:
        """The nearest whole number, or multiple of ``10 ** -decimals``; of two equally near the even one.

        Raises
        ------
        TypeError: for whole numbers and other ``decimals`` than 0.
        """
        if decimals == 0:
            return self._rounded(Ops.ROUND)
        if not self.dtype.is_float:
            raise TypeError(f"whole numbers cannot be rounded to {decimals} decimals: cast with .float()")
        scale = 10.0 ** abs(decimals)
        return (self * scale).round() / scale if decimals > 0 else (self / scale).round() * scale

    def frac(self) -> Tensor:
        """What ``trunc`` takes away."""
        return self - self.trunc()

    # -- infinity and NaN

    def isnan(self) -> Tensor:
        """True where it is NaN, the only number that is unequal to itself."""
        return self != self

    def isinf(self) -> Tensor:
        """True where it is infinity or minus infinity."""
        return self.abs() == math.inf if self.dtype.is_float else self != self

    def isfinite(self) -> Tensor:
        """True where it is neither infinite nor NaN."""
        return self.abs() < math.inf if self.dtype.is_float else self == self

    def nan_to_num(self, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
        """NaN and the infinities replaced; the infinities, if nothing is given, by the dtype's largest numbers."""
        if not self.dtype.is_float:
            return self._new(self.uop)
        largest = _LARGEST[self.dtype]
        result = self.isnan().where(nan, self)
        result = (self == math.inf).where(largest if posinf is None else posinf, result)
        return (self == -math.inf).where(-largest if neginf is None else neginf, result)

    # -- two numbers

    def _wide_pair(self, other: Operand) -> tuple[Tensor, Tensor, DType]:
        """Both operands, in at least float32, and the dtype that the result is to be rounded to."""
        a, b, device = self._matched(float(other) if isinstance(other, int) else other)
        dtype = a.dtype if a.dtype.is_float else dtypes.float32
        wide = dtype if dtype.itemsize >= 4 else dtypes.float32
        return self._of(a.cast(wide), device), self._of(b.cast(wide), device), dtype

    def hypot(self, other: Operand) -> Tensor:
        """``sqrt(self**2 + other**2)``, also where the squares would be too large or too small."""
        x, y, dtype = self._wide_pair(other)
        x, y = x.abs(), y.abs()
        large, small = x.maximum(y), x.minimum(y)
        ratio = small / (large == 0).where(1, large)
        infinite = (x == math.inf) | (y == math.inf)  # infinite even beside NaN
        return infinite.where(math.inf, large * (1 + ratio * ratio).sqrt()).cast(dtype)

    def logaddexp(self, other: Operand) -> Tensor:
        """``log(exp(self) + exp(other))``, also where the exponentials would overflow."""
        x, y, dtype = self._wide_pair(other)
        less = x < y
        away = less.where(x - y, y - x)  # never above 0
        away = ((x == y) & x.isinf()).where(-math.inf, away)
        return (less.where(y, x) + away.exp().log1p()).cast(dtype)

    def xlogy(self, other: Operand) -> Tensor:
        """``self * log(other)``, and 0 where ``self`` is 0 unless ``other`` is NaN."""
        x, y, dtype = self._wide_pair(other)
        hidden = (x == 0) & ((y <= 0) | (y == math.inf))
        return (x * hidden.where(1, y).log()).cast(dtype)


_WHOLE = {2: dtypes.int16, 4: dtypes.int32, 8: dtypes.int64}
_LARGEST = {
    dtypes.float16: 65504.0,
    dtypes.bfloat16: (2 - 2**-7) * 2.0**127,
    dtypes.float32: (2 - 2**-23) * 2.0**127,
    dtypes.float64: math.nextafter(math.inf, 0),
}
