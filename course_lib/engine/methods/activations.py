"""The functions that networks put between their layers.

``x < 0`` and the like choose the side on which nothing overflows; at the borders the gradients are PyTorch's.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..strides import ShapeError
from ..uop import Ops
from .functions import rounded_once
from .operands import Operands

if TYPE_CHECKING:
    from ..tensor import Tensor


class Activations(Operands):
    """Half precision is rounded once, at the end; whole numbers become float32, but where the result is whole."""

    __slots__ = ()

    # -- sigmoid and its kin

    def sigmoid(self) -> Tensor:
        """``1 / (1 + exp(-x))``."""
        return self._float_unary(Ops.SIGMOID)

    @rounded_once
    def logsigmoid(self) -> Tensor:
        """``log(sigmoid(x))``; large negative x stays x."""
        negative = self < 0
        return negative.where(self, 0) - negative.where(self, -self).exp().log1p()

    @rounded_once
    def softplus(self, beta: float = 1, threshold: float = 20) -> Tensor:
        """``log(1 + exp(beta * x)) / beta``, a smooth relu; x itself where ``beta * x > threshold``."""
        scaled = self if beta == 1 else self * beta
        linear = scaled > threshold
        smooth = linear.where(0, scaled).exp().log1p()
        return linear.where(self, smooth if beta == 1 else smooth / beta)

    @rounded_once
    def silu(self) -> Tensor:
        """``x * sigmoid(x)``."""
        return self * self.sigmoid()

    swish = silu

    @rounded_once
    def mish(self) -> Tensor:
        """``x * tanh(softplus(x))``."""
        return self * self.softplus().tanh()

    @rounded_once
    def gelu(self, approximate: str = "none") -> Tensor:
        """x times the probability that a normal variable is below x; ``approximate="tanh"`` comes close to it.

        Raises
        ------
        ValueError: for another approximation.
        """
        if approximate == "none":
            return self * 0.5 * (1 + (self * math.sqrt(0.5)).erf())
        if approximate == "tanh":
            return self * 0.5 * (1 + (math.sqrt(2 / math.pi) * (self + 0.044715 * self * self * self)).tanh())
        raise ValueError(f"approximate must be 'none' or 'tanh', not {approximate!r}")

    @rounded_once
    def quick_gelu(self) -> Tensor:
        """``x * sigmoid(1.702 x)``, a coarser gelu."""
        return self * (self * 1.702).sigmoid()

    # -- straight above 0, curved below

    def relu(self) -> Tensor:
        """x above 0, 0 below."""
        if self.dtype.category == 0:
            raise TypeError("relu needs numbers, not bools: cast with .float()")
        return self._new(self.uop.alu(Ops.RELU))

    def relu6(self) -> Tensor:
        """relu up to 6."""
        return self.relu()._bounded_above(6)

    @rounded_once
    def leaky_relu(self, negative_slope: float = 0.01, *, neg_slope: float | None = None) -> Tensor:
        """x above 0, ``negative_slope * x`` (tinygrad's ``neg_slope``) below."""
        return (self > 0).where(self, self * (negative_slope if neg_slope is None else neg_slope))

    @rounded_once
    def elu(self, alpha: float = 1.0) -> Tensor:
        """x above 0, ``alpha * (exp(x) - 1)`` below."""
        positive = self > 0
        return positive.where(self, alpha * positive.where(0, self).expm1())

    @rounded_once
    def celu(self, alpha: float = 1.0) -> Tensor:
        """x above 0, ``alpha * (exp(x / alpha) - 1)`` below."""
        positive = self > 0
        return positive.where(self, alpha * (positive.where(0, self) / alpha).expm1())

    @rounded_once
    def selu(self) -> Tensor:
        """elu with the two constants that keep mean 0 and variance 1 (Klambauer et al., 2017)."""
        return 1.0507009873554804934193349852946 * self.elu(1.6732632423543772848170429916717)

    def prelu(self, weight: Tensor) -> Tensor:
        """x above 0, ``weight * x`` below; one weight for all, or one for each channel (axis 1).

        Raises
        ------
        ShapeError: if there are as many weights as neither.
        """
        channels = self.shape[min(1, self.ndim - 1)] if self.shape else 1
        if weight.ndim > 1 or weight.numel() not in (1, channels):
            raise ShapeError(f"prelu of shape {self.shape} takes 1 weight or {channels}, not shape {weight.shape}")
        weight = weight.reshape(()) if weight.numel() == 1 else weight.reshape(-1, *(1,) * (self.ndim - 2))
        return (self > 0).where(self, self * weight)

    # -- made of straight lines

    def hardshrink(self, lambd: float = 0.5) -> Tensor:
        """x, and 0 where ``|x| <= lambd``."""
        return (self.abs() <= lambd).where(0, self)

    def softshrink(self, lambd: float = 0.5) -> Tensor:
        """x drawn towards 0 by ``lambd``, and 0 where it would cross it.

        Raises
        ------
        ValueError: if ``lambd`` is negative.
        """
        if lambd < 0:
            raise ValueError(f"lambd must be 0 or more, not {lambd}")
        return (self > lambd).where(self - lambd, (self < -lambd).where(self + lambd, self * 0))

    def _bounded_above(self, bound: float) -> Tensor:
        """``clamp`` whose gradient is 0 at the bound itself."""
        return (self >= bound).where(bound, self)

    def hardtanh(self, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
        """x between the bounds, and the bounds beyond; the gradient is 0 at the bounds.

        Raises
        ------
        ValueError: if the bounds are the wrong way round.
        """
        if min_val > max_val:
            raise ValueError(f"min_val must not be above max_val: {min_val} and {max_val}")
        return (self <= min_val).where(min_val, self)._bounded_above(max_val)

    @rounded_once
    def hardsigmoid(self) -> Tensor:
        """From 0 at -3 to 1 at 3 in a straight line."""
        return (self + 3).relu6() / 6

    @rounded_once
    def hardswish(self) -> Tensor:
        """``x * hardsigmoid(x)``."""
        return self * (self + 3).relu6() / 6

    def threshold(self, threshold: float, value: float) -> Tensor:
        """x above the threshold, ``value`` elsewhere."""
        return (self <= threshold).where(value, self)

    @rounded_once
    def softsign(self) -> Tensor:
        """``x / (1 + |x|)``."""
        return self / (1 + self.abs())

    @rounded_once
    def tanhshrink(self) -> Tensor:
        """``x - tanh(x)``."""
        return self - self.tanh()
