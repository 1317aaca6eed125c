"""Normalisation: subtract a mean, divide by a standard deviation, then scale and shift by what is learned.

The layers differ only in which elements share one mean: those of an example (layer norm), of a channel over the batch
(batch norm), of a group of an example's channels (group norm), or of one channel of one example (instance norm).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from ..strides import Shape, ShapeError
from ..uop import Ops, UOp
from .axes import axes_of, axis_of, either
from .precision import need_float, precise

if TYPE_CHECKING:
    from ..tensor import Tensor


def moments(x: UOp, axes: Shape) -> tuple[UOp, UOp, UOp]:
    """``x`` minus its mean, the mean, and the variance along ``axes``, which stay with size 1 in the last two."""
    count = prod(x.shape[axis] for axis in axes)
    mean = x.reduce(Ops.ADD, axes) / count
    centred = x - mean.expand(x.shape)
    return centred, mean, (centred * centred).reduce(Ops.ADD, axes) / count


def standardized(x: UOp, axes: Shape, eps: float) -> UOp:
    """``(x - mean) / sqrt(variance + eps)``."""
    centred, _, variance = moments(x, axes)
    return centred * (variance + eps).alu(Ops.SQRT).alu(Ops.RECIPROCAL).expand(x.shape)


class Normalization:
    """The normalising layers of ``torch.nn.functional``. Means of 16-bit numbers are computed in float32."""

    __slots__ = ()

    def layernorm(self, axis: int | Sequence[int] = -1, eps: float = 1e-5, dim: int | None = None) -> Tensor:
        """Mean 0 and variance 1 along an axis or several, with nothing learned."""
        need_float("layernorm", self.dtype)
        axes = axes_of(either(dim, axis), self.ndim)
        return self._new(standardized(self.uop.cast(precise(self.dtype)), axes, eps).cast(self.dtype))

    def layer_norm(
        self,
        normalized_shape: int | Sequence[int],
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        eps: float = 1e-5,
    ) -> Tensor:
        """Mean 0 and variance 1 over the last axes, then ``* weight + bias``.

        Parameters
        ----------
        normalized_shape: sizes of these axes.
        weight, bias: of shape ``normalized_shape``.

        Raises
        ------
        ShapeError: if the shape does not end in ``normalized_shape``, or weight or bias differ from it.
        TypeError: for whole numbers.
        """
        axes = _last_axes("layer_norm", self, normalized_shape, weight, bias)
        result = standardized(self.uop.cast(precise(self.dtype)), axes, eps)
        return _scaled(self, result, weight, bias, tuple(self.shape[axis] for axis in axes))

    def rms_norm(
        self, normalized_shape: int | Sequence[int], weight: Tensor | None = None, eps: float | None = None
    ) -> Tensor:
        """Divided by the root of the mean square over the last axes, then ``* weight``.

        ``eps`` is added to the mean square; left out, it is the distance from 1 to the next float32 (or float64).

        Raises
        ------
        ShapeError, TypeError: as ``layer_norm``.
        """
        axes = _last_axes("rms_norm", self, normalized_shape, weight, None)
        x = self.uop.cast(precise(self.dtype))
        square = (x * x).reduce(Ops.ADD, axes) / prod(x.shape[axis] for axis in axes)
        eps = np.finfo(x.dtype.compute).eps.item() if eps is None else eps
        root = (square + eps).alu(Ops.SQRT)
        result = x * root.alu(Ops.RECIPROCAL).expand(x.shape)
        return _scaled(self, result, weight, None, tuple(self.shape[axis] for axis in axes))

    def batchnorm(
        self, weight: Tensor | None, bias: Tensor | None, mean: Tensor, invstd: Tensor, axis: int = 1
    ) -> Tensor:
        """``(x - mean) * invstd * weight + bias``, where all four have one number for each place of ``axis``."""
        axis = axis_of(axis, self.ndim)
        column = (self.shape[axis], *(1,) * (self.ndim - axis - 1))
        scale = invstd if weight is None else invstd * weight
        result = (self - mean.reshape(column)) * scale.reshape(column)
        return result if bias is None else result + bias.reshape(column)

    def batch_norm(
        self,
        running_mean: Tensor | None,
        running_var: Tensor | None,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> Tensor:
        """Mean 0 and variance 1 of each channel (axis 1) over the batch, then ``* weight + bias``, each of shape (C,).

        In training the batch's own mean and variance count, and the running ones, if given, are moved towards them:
        ``running = (1 - momentum) * running + momentum * new`` (of the variance, with ``n - 1`` in the denominator).
        Otherwise the running ones count.

        Raises
        ------
        ShapeError: if there are fewer than 2 axes, or the others are not of shape (C,).
        TypeError: for whole numbers.
        ValueError: if a channel has a single element in training, or running ones are missing otherwise.
        """
        need_float("batch_norm", self.dtype)
        column = _column("batch_norm", self, running_mean, running_var, weight, bias)
        x = self.uop.cast(precise(self.dtype))
        if training:
            count = self.numel() // max(self.shape[1], 1)
            if count == 1:
                raise ValueError(f"batch_norm in training needs more than one element a channel, not {self.shape}")
            centred, mean, variance = moments(x, tuple(axis for axis in range(self.ndim) if axis != 1))
            if running_mean is not None:
                _follow(running_mean, self._new(mean), momentum)
            if running_var is not None:
                _follow(running_var, self._new(variance) * (count / (count - 1)), momentum)
        else:
            if running_mean is None or running_var is None:
                raise ValueError("batch_norm needs running_mean and running_var, or training=True")
            mean = running_mean.uop.cast(x.dtype).reshape(column)
            centred, variance = x - mean.expand(x.shape), running_var.uop.cast(x.dtype).reshape(column)
        deviation = (variance + eps).alu(Ops.SQRT).alu(Ops.RECIPROCAL)
        return _scaled(self, centred * deviation.expand(x.shape), weight, bias, column)

    def group_norm(
        self, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
    ) -> Tensor:
        """Mean 0 and variance 1 of each group of channels of each example, then ``* weight + bias``, of shape (C,).

        Raises
        ------
        ShapeError: as ``batch_norm``, or if the channels (axis 1) do not fall into ``num_groups`` equal groups.
        TypeError: for whole numbers.
        """
        need_float("group_norm", self.dtype)
        column = _column("group_norm", self, weight, bias)
        n, channels, *lengths = self.shape
        if num_groups < 1 or channels % num_groups:
            raise ShapeError(f"group_norm: {channels} channels do not fall into {num_groups} equal groups")
        size = channels // num_groups * prod(lengths)
        groups = self.uop.cast(precise(self.dtype)).reshape((n, num_groups, size))
        return _scaled(self, standardized(groups, (2,), eps).reshape(self.shape), weight, bias, column)

    def instance_norm(
        self,
        running_mean: Tensor | None = None,
        running_var: Tensor | None = None,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        use_input_stats: bool = True,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> Tensor:
        """Mean 0 and variance 1 of each channel of each example, then ``* weight + bias``, of shape (C,).

        The running ones follow the mean over the batch of what each example has; without ``use_input_stats`` they
        are used instead, as in ``batch_norm``.

        Raises
        ------
        ShapeError, TypeError, ValueError: as ``batch_norm``.
        """
        if not use_input_stats:
            return self.batch_norm(running_mean, running_var, weight, bias, False, momentum, eps)
        need_float("instance_norm", self.dtype)
        column = _column("instance_norm", self, running_mean, running_var, weight, bias)
        count = prod(self.shape[2:])
        if count == 1:
            raise ValueError(f"instance_norm needs more than one element a channel and example, not {self.shape}")
        x = self.uop.cast(precise(self.dtype))
        centred, mean, variance = moments(x, tuple(range(2, self.ndim)))
        if running_mean is not None:
            _follow(running_mean, self._new(mean).mean(0), momentum)
        if running_var is not None:
            _follow(running_var, self._new(variance).mean(0) * (count / (count - 1)), momentum)
        deviation = (variance + eps).alu(Ops.SQRT).alu(Ops.RECIPROCAL)
        return _scaled(self, centred * deviation.expand(x.shape), weight, bias, column)


def _scaled(x: Tensor, normalized: UOp, weight: Tensor | None, bias: Tensor | None, shape: Shape) -> Tensor:
    """``normalized * weight + bias``, both reshaped to ``shape``, in the dtype of ``x``."""
    result = x._new(normalized)
    if weight is not None:
        result = result * weight.reshape(shape)
    if bias is not None:
        result = result + bias.reshape(shape)
    return result.to(x.dtype)


def _follow(running: Tensor, new: Tensor, momentum: float) -> None:
    running.assign(running * (1 - momentum) + new.reshape(running.shape) * momentum)


def _last_axes(name: str, x: Tensor, shape: int | Sequence[int], *parameters: Tensor | None) -> Shape:
    """The axes that ``normalized_shape`` speaks of, once all shapes have been found to fit it."""
    need_float(name, x.dtype)
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if not shape or x.shape[-len(shape) :] != shape:
        raise ShapeError(f"{name} over {shape} needs an input that ends in these sizes, not shape {x.shape}")
    for parameter in parameters:
        if parameter is not None and parameter.shape != shape:
            raise ShapeError(f"{name} over {shape} needs weight and bias of that shape, not {parameter.shape}")
    return tuple(range(x.ndim - len(shape), x.ndim))


def _column(name: str, x: Tensor, *parameters: Tensor | None) -> Shape:
    """The shape in which one number for each channel meets ``x``, once all are found to have that many."""
    if x.ndim < 2:
        raise ShapeError(f"{name} needs an input of shape (N, C, ...), not {x.shape}")
    for parameter in parameters:
        if parameter is not None and parameter.shape != x.shape[1:2]:
            raise ShapeError(
                f"{name}: the input of shape {x.shape} has {x.shape[1]} channels, so means, variances, weights and "
                f"biases need shape ({x.shape[1]},), not {parameter.shape}"
            )
    return (1, x.shape[1], *(1,) * (x.ndim - 2))
