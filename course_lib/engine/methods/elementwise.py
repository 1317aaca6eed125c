"""Everything that is done element by element, put together; with casts, and changes in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..dtype import DType, dtypes, to_dtype
from ..uop import Ops, UOp
from .activations import Activations
from .arithmetic import Arithmetic
from .comparison import Comparison
from .functions import Functions
from .operands import NUMBER, number_uop

if TYPE_CHECKING:
    from ..tensor import Tensor
    from .operands import Operand


class Elementwise(Arithmetic, Comparison, Functions, Activations):
    """The parts put together, with the casts and the methods that change a tensor in place."""

    __slots__ = ()

    # -- other kinds of numbers

    def cast(self, dtype: DType | str) -> Tensor:
        """The same numbers as another dtype; fractions lose what is behind the point, and bool is ``x != 0``."""
        dtype = to_dtype(dtype)
        return self if dtype is self.dtype else self._new(self.uop.cast(dtype))

    type = astype = cast

    def bitcast(self, dtype: DType | str) -> Tensor:
        """The same bits read as another dtype of the same size.

        Raises
        ------
        TypeError: if the sizes differ.
        """
        dtype = to_dtype(dtype)
        if dtype.itemsize != self.dtype.itemsize:
            raise TypeError(f"the bits of {self.dtype.name} cannot be read as {dtype.name}: the sizes differ")
        return self._new(UOp(Ops.BITCAST, dtype, (self.uop,)))

    def bool(self) -> Tensor:
        return self.cast(dtypes.bool)

    def short(self) -> Tensor:
        return self.cast(dtypes.int16)

    def int(self) -> Tensor:
        return self.cast(dtypes.int32)

    def long(self) -> Tensor:
        return self.cast(dtypes.int64)

    def byte(self) -> Tensor:
        return self.cast(dtypes.uint8)

    def char(self) -> Tensor:
        return self.cast(dtypes.int8)

    def type_as(self, other: Tensor) -> Tensor:
        return self.cast(other.dtype)

    def half(self) -> Tensor:
        return self.cast(dtypes.float16)

    def bfloat16(self) -> Tensor:
        return self.cast(dtypes.bfloat16)

    def float(self) -> Tensor:
        return self.cast(dtypes.float32)

    def double(self) -> Tensor:
        return self.cast(dtypes.float64)

    # -- in place

    def zero_(self) -> Tensor:
        """All elements become 0."""
        return self.fill_(0)

    def fill_(self, value: Operand) -> Tensor:
        """All elements become ``value``, a number or a tensor of 0 dims."""
        return self.copy_(value)

    def copy_(self, src: Operand) -> Tensor:
        """The elements become those of ``src``, which is broadcast, converted and moved to this tensor's device."""
        if isinstance(src, NUMBER):
            # a leaf: two tensors filled with the same number stay two tensors
            return self._update(self._leaf(number_uop(self.dtype, src, self.shape), self.device))
        source = src.to(self.device) if isinstance(src, Elementwise) else type(self)(src, device=self.device)
        return self._update(self._new(source.uop.cast(self.dtype).expand(self.shape)))


def _in_place(name: str) -> Callable:
    """The method that keeps what method ``name`` gives in the tensor itself."""

    def change(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        new = getattr(self, name)(*args, **kwargs)
        return self._replace(new) if name.startswith("__") else self._update(new)  # x[i] += 1 writes x[i] back itself

    change.__name__ = change.__qualname__ = f"{name}_"
    change.__doc__ = f"``{name}`` in place."
    return change


for _name in (
    *("add", "sub", "mul", "div", "floor_divide", "remainder", "pow", "square", "lerp", "addcmul", "addcdiv"),
    *("neg", "abs", "sqrt", "rsqrt", "reciprocal", "exp", "log", "sin", "cos", "floor", "ceil", "round", "trunc"),
    *("clamp", "clip", "relu", "sigmoid", "tanh", "bitwise_and", "bitwise_or", "bitwise_xor", "logical_not"),
):
    setattr(Elementwise, f"{_name}_", _in_place(_name))
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift"):
    setattr(Elementwise, f"__i{_name}__", _in_place(f"__{_name}__"))
