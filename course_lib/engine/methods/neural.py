"""What layers of neural networks compute, as functions of tensors: softmax, linear, dropout, embedding and the like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from ..dtype import DType, dtypes
from ..strides import Shape, ShapeError, broadcast_shapes
from ..uop import Ops, UOp
from .attention import Attention
from .axes import axes_of, axis_of, either
from .convolution import Convolution
from .joining import iota
from .normalization import Normalization
from .precision import need_float, precise

if TYPE_CHECKING:
    from ..tensor import Tensor


def shifted(x: UOp, axes: Shape) -> UOp:
    """``x`` minus its largest along ``axes``: EXP of that never overflows, and softmax stays what it is."""
    return x - x.reduce(Ops.MAXIMUM, axes).detach().expand(x.shape)


class Neural(Convolution, Normalization, Attention):
    """Functions of ``torch.nn.functional`` as methods.

    Attributes
    ----------
    training: whether ``dropout`` drops. ``Tensor.training = True`` sets it, ``with Tensor.train():`` for a while.
    """

    __slots__ = ()
    training: ClassVar[bool] = False

    @classmethod
    @contextmanager
    def train(cls, mode: bool = True) -> Iterator[None]:
        """``with Tensor.train():`` (or ``@Tensor.train()``): ``Tensor.training`` is ``mode`` inside."""
        before, cls.training = cls.training, mode
        try:
            yield
        finally:
            cls.training = before

    # -- softmax

    def softmax(self, dim: int = -1, dtype: DType | str | None = None, axis: int | None = None) -> Tensor:
        """``exp(x)`` divided by its sum along an axis: positive numbers that add up to 1.

        A row of minus infinities gives NaN. ``dtype`` casts the input first.

        Raises
        ------
        TypeError: for whole numbers without a ``dtype``.
        """
        x = self._softmax_input("softmax", dtype)
        axes = axes_of(either(axis, dim), self.ndim)
        powers = shifted(x.uop.cast(precise(x.dtype)), axes).alu(Ops.EXP)
        total = powers.reduce(Ops.ADD, axes)
        return self._new((powers * total.alu(Ops.RECIPROCAL).expand(powers.shape)).cast(x.dtype))

    def log_softmax(self, dim: int = -1, dtype: DType | str | None = None, axis: int | None = None) -> Tensor:
        """The logarithm of ``softmax``, without its rounding to 0: ``x - log(sum(exp(x)))``.

        Raises
        ------
        TypeError: for whole numbers without a ``dtype``.
        """
        x = self._softmax_input("log_softmax", dtype)
        axes = axes_of(either(axis, dim), self.ndim)
        below = shifted(x.uop.cast(precise(x.dtype)), axes)
        total = below.alu(Ops.EXP).reduce(Ops.ADD, axes).alu(Ops.LOG)
        return self._new((below - total.expand(below.shape)).cast(x.dtype))

    def softmin(self, dim: int = -1, dtype: DType | str | None = None, axis: int | None = None) -> Tensor:
        """``softmax`` of ``-x``."""
        return (-self).softmax(dim, dtype, axis)

    def _softmax_input(self, name: str, dtype: DType | str | None) -> Tensor:
        x = self if dtype is None else self.cast(dtype)
        need_float(name, x.dtype)
        return x

    def gumbel_softmax(self, tau: float = 1.0, hard: bool = False, dim: int = -1, axis: int | None = None) -> Tensor:
        """Softmax of ``(x + noise) / tau``: for small ``tau`` nearly one-hot, 1 as often as ``softmax(x)`` says.

        The noise is Gumbel's (Jang, Gu and Poole, 2017). ``hard`` gives exactly one-hot vectors, with the gradient of
        the soft ones.
        """
        uniform = self.rand(self.shape, device=self.device).clamp(min=2**-25)  # never log(0)
        noise = -(-uniform.log()).log()
        soft = ((self + noise.to(self.dtype)) / tau).softmax(dim, axis=axis)
        if not hard:
            return soft
        axis = axis_of(either(axis, dim), self.ndim)
        winner = soft.argmax(axis, keepdim=True)
        places = self._new(iota(self.shape, axis)) if self.ndim else winner
        return (places == winner).to(self.dtype) + (soft - self._new(soft.uop.detach()))

    # -- layers

    def linear(self, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """``x @ weight.T + bias``: (..., in) with weights (out, in) and a bias (out,) gives (..., out).

        A weight (in,) gives (...,).

        Raises
        ------
        ShapeError: if the last axis does not have the size ``in``.
        """
        if weight.ndim not in (1, 2) or not self.ndim or self.shape[-1] != weight.shape[-1]:
            raise ShapeError(
                f"linear needs an input (..., in) and weights (out, in), not shapes {self.shape} and {weight.shape}"
            )
        result = self.matmul(weight.T)
        return result if bias is None else result + bias

    def sequential(self, layers: Iterable[Callable[[Tensor], Tensor]]) -> Tensor:
        """Each function applied to the result of the one before."""
        x = self
        for layer in layers:
            x = layer(x)
        return x

    def dropout(self, p: float = 0.5, training: bool | None = None) -> Tensor:
        """Each element is 0 with probability ``p``, else divided by ``1 - p``, so that the mean stays.

        Without ``training``, as told by the argument or else ``Tensor.training``, nothing happens.

        Raises
        ------
        TypeError: for whole numbers.
        ValueError: if ``p`` is not between 0 and 1.
        """
        need_float("dropout", self.dtype)
        if not 0 <= p <= 1:
            raise ValueError(f"dropout needs a probability between 0 and 1, not {p}")
        if p == 0 or not (self.training if training is None else training):
            return self
        if p == 1:
            return self * 0.0
        kept = self.rand(self.shape, device=self.device) >= p
        scale = UOp.const(self.dtype, 1 / (1 - p), self.shape)
        return self * self._new(kept.uop.where(scale, scale.const_like(0)))

    def one_hot(self, num_classes: int = -1) -> Tensor:
        """For each whole number a row of zeros with a 1 at that place: (...) to (..., num_classes), int64.

        Without ``num_classes`` it is the largest number plus 1, so the tensor is realized.

        Raises
        ------
        IndexError: when it is computed, if a number is negative or not less than ``num_classes``.
        TypeError: if the tensor does not hold whole numbers.
        ValueError: if it is empty and there is no ``num_classes``.
        """
        if not self.dtype.is_int:
            raise TypeError(f"one_hot needs whole numbers, not {self.dtype.name}: cast with .long()")
        if num_classes == -1:
            if not self.numel():
                raise ValueError("one_hot of an empty tensor needs num_classes")
            num_classes = self.amax().item() + 1
        return self._new(equals_place(self.uop, num_classes, self.ndim).cast(dtypes.int64))

    def embedding(self, weight: Tensor, padding_idx: int | None = None) -> Tensor:
        """Row ``i`` of ``weight`` for each whole number ``i`` of this tensor: (...) to (..., size).

        Parameters
        ----------
        weight: shape (rows, size).
        padding_idx: a row that receives no gradient.

        Raises
        ------
        IndexError: when it is computed, if there is no such row; at once for ``padding_idx``.
        ShapeError: if ``weight`` does not have two axes.
        TypeError: if this tensor does not hold whole numbers.
        """
        if not self.dtype.is_int:
            raise TypeError(f"embedding is a method of whole numbers, this tensor has {self.dtype.name}: use .long()")
        if weight.ndim != 2:
            raise ShapeError(f"embedding needs weights of shape (rows, size), not {weight.shape}")
        if weight.device != self.device:
            raise ValueError(f"embedding: numbers on {self.device}, weights on {weight.device}: move one with .to()")
        rows = UOp(Ops.GATHER, weight.dtype, (weight.uop, self.uop))
        if padding_idx is not None:
            if not -len(weight) <= padding_idx < len(weight):
                raise IndexError(f"embedding: padding_idx {padding_idx} is not among the {len(weight)} rows")
            padding = self == padding_idx % len(weight)
            rows = padding.uop.reshape((*self.shape, 1)).expand(rows.shape).where(rows.detach(), rows)
        return self._new(rows)

    def glu(self, dim: int = -1, axis: int | None = None) -> Tensor:
        """The first half of an axis times the sigmoid of the second half.

        Raises
        ------
        ShapeError: if the axis has an odd size.
        """
        axis = axis_of(either(axis, dim), self.ndim)
        if not self.ndim or self.shape[axis] % 2:
            raise ShapeError(f"glu halves axis {axis}, which needs an even size, not shape {self.shape}")
        half = self.shape[axis] // 2
        return self.narrow(axis, 0, half) * self.narrow(axis, half, half).sigmoid()

    # -- lengths and distances

    def normalize(self, p: float = 2.0, dim: int = 1, eps: float = 1e-12, axis: int | None = None) -> Tensor:
        """Divided by its p-norm along an axis, or by ``eps`` if that is larger."""
        return self / self.norm(p, either(axis, dim), keepdim=True).clamp(min=eps)

    def cosine_similarity(self, other: Tensor, dim: int = 1, eps: float = 1e-8, axis: int | None = None) -> Tensor:
        """The cosine of the angle between vectors along an axis; no length counts as less than ``eps``."""
        shape = broadcast_shapes(self.shape, other.shape)
        axis = axis_of(either(axis, dim), len(shape))
        a, b = self.expand(shape), other.expand(shape)
        return (a.normalize(2.0, axis, eps) * b.normalize(2.0, axis, eps)).sum(axis)

    def pairwise_distance(self, other: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
        """The p-norm of ``self - other + eps`` along the last axis."""
        return (self - other + eps).norm(p, -1, keepdim=keepdim)


def equals_place(numbers: UOp, count: int, axis: int) -> UOp:
    """One-hot vectors along a new axis, as bools: is this place of ``count`` the number's?

    The numbers are looked up in 0, 1, ..., count - 1, which changes none and finds those that are not there.
    """
    checked = UOp(Ops.GATHER, dtypes.int64, (iota((count,)), numbers))
    shape = (*numbers.shape[:axis], count, *numbers.shape[axis:])
    column = checked.reshape((*numbers.shape[:axis], 1, *numbers.shape[axis:])).expand(shape)
    return column.alu(Ops.EQ, iota(shape, axis))
