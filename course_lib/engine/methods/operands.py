"""Making two operands alike: one dtype, one shape, one device. After that an operation is a single UOp."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..dtype import DType, dtypes, promote, promote_with_number
from ..strides import Shape, broadcast_shapes
from ..uop import Ops, UOp

if TYPE_CHECKING:
    from ..tensor import Tensor

    Operand = Tensor | np.ndarray | np.generic | bool | int | float

NUMBER = (int, float)  # bool is an int, and NumPy's float64 a float


def common_dtype(a: UOp, b: UOp) -> DType:
    """The dtype of ``a + b``: beside an array, a tensor of 0 dims counts as a number does, by its category alone."""
    if bool(a.shape) != bool(b.shape):
        array, single = (a, b) if a.shape else (b, a)
        if array.dtype.category >= single.dtype.category:
            return array.dtype
    return promote(a.dtype, b.dtype)


def number_uop(dtype: DType, value: bool | int | float, shape: Shape) -> UOp:
    """A Python number as ``dtype`` has it, stretched to a shape; whole numbers wrap around, as in PyTorch.

    Raises
    ------
    ValueError: for a whole number of more than 64 bits.
    """
    if dtype.is_int and not 0 <= value <= 127:
        if not -(2**63) <= value < 2**64:
            raise ValueError(f"{value} has more than 64 bits: use a tensor of floats, and write it as a float")
        value = (value - dtype.min) % 2 ** (8 * dtype.itemsize) + dtype.min
    return UOp.const(dtype, value, shape)


def _is_constant(uop: UOp) -> bool:
    return all(node.op not in (Ops.BUFFER, Ops.COPY) for node in uop.toposort())


class Operands:
    """Operands may be tensors, NumPy arrays or numbers; shapes are broadcast and dtypes promoted as in PyTorch."""

    __slots__ = ()
    __array_priority__ = 1000  # array + tensor is the tensor's business, not NumPy's

    def _matched(self, other: Operand) -> tuple[UOp, UOp, str]:
        """This tensor and another operand with the same dtype and shape, and the device that both are on.

        Raises
        ------
        ShapeError: if the shapes do not broadcast.
        TypeError: if ``other`` is no tensor, array or number.
        ValueError: if the two are on different devices.
        """
        a, device = self.uop, self.device
        if isinstance(other, Operands):
            b = other.uop
            if other.device != device:
                first, second = self._on_one_device(other)
                a, b, device = first.uop, second.uop, first.device
            if a.dtype is not b.dtype:
                dtype = common_dtype(a, b)
                a, b = a.cast(dtype), b.cast(dtype)
            if a.shape != b.shape:
                shape = broadcast_shapes(a.shape, b.shape)
                a, b = a.expand(shape), b.expand(shape)
            return a, b, device
        if isinstance(other, np.generic):
            other = other.item()
        if isinstance(other, NUMBER):
            dtype = promote_with_number(a.dtype, other)
            return a.cast(dtype), number_uop(dtype, other, a.shape), device
        if isinstance(other, np.ndarray):
            return self._matched(type(self)(other, device=device))
        raise TypeError(f"a tensor goes together with tensors, arrays and numbers, not with {type(other).__name__}")

    def _on_one_device(self, other: Tensor) -> tuple[Tensor, Tensor]:
        """Both on one device: a tensor of 0 dims that is made of constants joins the other one."""
        if not other.shape and _is_constant(other.uop):
            return self, other.to(self.device)
        if not self.shape and _is_constant(self.uop):
            return self.to(other.device), other
        raise ValueError(f"one tensor is on {self.device}, the other on {other.device}: move one with .to(device)")

    def _binary(self, op: Ops, other: Operand, reverse: bool = False) -> Tensor:
        """One operation on this tensor and another operand; ``reverse`` swaps the two."""
        a, b, device = self._matched(other)
        return self._of(b.alu(op, a) if reverse else a.alu(op, b), device)

    def _number_binary(self, op: Ops, other: Operand, reverse: bool = False) -> Tensor:
        """The same for what two bools do not have: ``-``, ``//``, ``%`` and ``**``."""
        result = self._binary(op, other, reverse)
        if result.dtype is dtypes.bool:
            raise TypeError(f"{op.name} of two bool tensors is not defined: use & | ^, or cast one with .int()")
        return result

    def _bit_binary(self, op: Ops, other: Operand, reverse: bool = False) -> Tensor:
        """The same for what only whole numbers and bools have: operations on bits."""
        result = self._binary(op, other, reverse)
        if result.dtype.is_float:
            raise TypeError(f"{op.name} needs whole numbers or bools, not {result.dtype.name}: cast with .int()")
        return result

    def _float_binary(self, op: Ops, other: Operand, reverse: bool = False) -> Tensor:
        """The same for what gives fractions: whole operands become float32."""
        a, b, device = self._matched(float(other) if isinstance(other, int) else other)
        if not a.dtype.is_float:
            a, b = a.cast(dtypes.float32), b.cast(dtypes.float32)
        return self._of(b.alu(op, a) if reverse else a.alu(op, b), device)

    def _float_unary(self, op: Ops) -> Tensor:
        """One operation on this tensor; whole numbers become float32."""
        x = self.uop if self.dtype.is_float else self.uop.cast(dtypes.float32)
        return self._new(x.alu(op))
