"""Convolution: slide windows over the input, multiply with the weights, add up.

Inputs have the shape (N, C, ...) with one to three spatial axes behind the channels, or (C, ...) for a single example.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..strides import ShapeError
from ..uop import Ops, UOp
from .pooling import Pooling
from .precision import precise
from .resizing import Resizing
from .windows import Sizes, batched, margins_of, per_axis, windows

if TYPE_CHECKING:
    from ..tensor import Tensor


class Convolution(Pooling, Resizing):
    """Convolutions and their transposes in one, two and three dimensions."""

    __slots__ = ()

    def conv1d(
        self,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
    ) -> Tensor:
        """``conv2d`` with one spatial axis: input (N, C, L), weight (O, C/groups, k)."""
        return _convolve(self, weight, bias, stride, padding, dilation, groups, 1)

    def conv2d(
        self,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
    ) -> Tensor:
        """Multiply every window of the input with the weights and add up (no flip, so strictly a cross-correlation).

        Parameters
        ----------
        weight: shape (O, C/groups, kh, kw), for an input of shape (N, C, H, W) or (C, H, W).
        bias: shape (O,), added to every place of an output channel.
        stride: how far one window starts from the next.
        padding: zeros on both sides of each axis, or "valid" (none), or "same" (the output is as large as the input).
            Four numbers are (left, right, top, bottom).
        dilation: how far apart the places of a window lie.
        groups: channels fall into that many groups, and each output channel sees only the input channels of its group.

        Returns
        -------
        shape (N, O, oh, ow) with ``oh = (H + 2*padding - dilation*(kh - 1) - 1) // stride + 1``.

        Raises
        ------
        ShapeError: if the shapes do not fit, or a window is larger than the padded input.
        TypeError: if the dtypes differ.
        ValueError: for a stride, padding, dilation or number of groups that makes no sense.

        >>> Tensor.ones(1, 1, 3, 3).conv2d(Tensor.ones(1, 1, 2, 2)).tolist()
        [[[[4.0, 4.0], [4.0, 4.0]]]]
        """
        return _convolve(self, weight, bias, stride, padding, dilation, groups, 2)

    def conv3d(
        self,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
    ) -> Tensor:
        """``conv2d`` with three spatial axes: input (N, C, D, H, W), weight (O, C/groups, kd, kh, kw)."""
        return _convolve(self, weight, bias, stride, padding, dilation, groups, 3)

    def conv_transpose1d(
        self,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        dilation: Sizes = 1,
    ) -> Tensor:
        """``conv_transpose2d`` with one spatial axis: input (N, C, L), weight (C, O/groups, k)."""
        return _convolve_transposed(self, weight, bias, stride, padding, output_padding, groups, dilation, 1)

    def conv_transpose2d(
        self,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        dilation: Sizes = 1,
    ) -> Tensor:
        """The transpose of ``conv2d``: every input element spreads the weights over a window, and windows add up.

        It turns shapes around: what maps (N, O, H, W) to (N, C, h, w) as a convolution maps back here.

        Parameters
        ----------
        weight: shape (C, O/groups, kh, kw), for an input of shape (N, C, h, w) or (C, h, w).
        bias: shape (O,).
        padding: this many places are cut off on both sides of each axis of the output.
        output_padding: and this many are added at its end; less than the stride or the dilation.

        Returns
        -------
        shape (N, O, H, W) with ``H = (h - 1)*stride - 2*padding + dilation*(kh - 1) + output_padding + 1``.

        Raises
        ------
        ShapeError, TypeError, ValueError: as ``conv2d``.
        """
        return _convolve_transposed(self, weight, bias, stride, padding, output_padding, groups, dilation, 2)

    def conv_transpose3d(
        self,
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        dilation: Sizes = 1,
    ) -> Tensor:
        """``conv_transpose2d`` with three spatial axes: input (N, C, d, h, w), weight (C, O/groups, kd, kh, kw)."""
        return _convolve_transposed(self, weight, bias, stride, padding, output_padding, groups, dilation, 3)


def _convolve(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sizes,
    padding: Sizes | str,
    dilation: Sizes,
    groups: int,
    count: int,
) -> Tensor:
    name = f"conv{count}d"
    _check(name, x, weight, bias, groups, count, channels_axis=1)
    strides = per_axis(name, "stride", stride, count)
    dilations = per_axis(name, "dilation", dilation, count)
    kernel = weight.shape[2:]
    if padding == "same" and strides != (1,) * count:
        raise ValueError(f'{name} with padding="same" needs stride 1, not {stride}')
    spans = [d * (k - 1) for k, d in zip(kernel, dilations)]
    if padding == "same":
        margins = [(span // 2, span - span // 2) for span in spans]
    else:
        margins = margins_of(name, 0 if padding == "valid" else padding, count)

    source, work = batched(name, x, count), precise(x.dtype)
    n, channels, *lengths = source.shape
    if any(length + sum(margin) <= span for length, margin, span in zip(lengths, margins, spans)):
        raise ShapeError(
            f"{name}: windows of {kernel} places with dilation {dilation} do not fit into {tuple(lengths)} "
            f"with padding {padding}"
        )
    seen = windows(source.cast(work).pad(((0, 0), (0, 0), *margins)), kernel, strides, dilations)
    out = seen.shape[2 : 2 + count]
    outputs, inputs = weight.shape[:2]
    # axes: example, group, output channel, input channel, output places, window places
    shape = (n, groups, outputs // groups, inputs, *out, *kernel)
    seen = seen.reshape((n, groups, 1, inputs, *out, *kernel)).expand(shape)
    factors = weight.uop.cast(work).reshape((*shape[1:4], *(1,) * count, *kernel)).expand(shape)
    total = (seen * factors).reduce(Ops.ADD, (3, *range(4 + count, 4 + 2 * count))).reshape((n, outputs, *out))
    return _finish(x, total, bias)


def _convolve_transposed(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sizes,
    padding: Sizes,
    output_padding: Sizes,
    groups: int,
    dilation: Sizes,
    count: int,
) -> Tensor:
    name = f"conv_transpose{count}d"
    _check(name, x, weight, bias, groups, count, channels_axis=0)
    strides = per_axis(name, "stride", stride, count)
    dilations = per_axis(name, "dilation", dilation, count)
    paddings = per_axis(name, "padding", padding, count, smallest=0)
    extras = per_axis(name, "output_padding", output_padding, count, smallest=0)
    if any(extra >= max(s, d) for extra, s, d in zip(extras, strides, dilations)):
        raise ValueError(f"{name}: output_padding {output_padding} must be less than the stride or the dilation")

    source, work = batched(name, x, count), precise(x.dtype)
    (n, channels, *lengths), kernel = source.shape, weight.shape[2:]
    full = [(size - 1) * s + d * (k - 1) + 1 for size, s, d, k in zip(lengths, strides, dilations, kernel)]
    stops = [size - p + extra for size, p, extra in zip(full, paddings, extras)]
    if 0 in lengths or any(stop <= p for stop, p in zip(stops, paddings)):
        raise ShapeError(f"{name}: nothing is left of {tuple(full)} places after cutting {paddings} off both sides")
    outputs = weight.shape[1]
    # axes: example, group, input channel, output channel, input places, window places
    shape = (n, groups, channels // groups, outputs, *lengths, *kernel)
    seen = source.cast(work).reshape((*shape[:3], 1, *lengths, *(1,) * count)).expand(shape)
    factors = weight.uop.cast(work).reshape((*shape[1:4], *(1,) * count, *kernel)).expand(shape)
    total = (seen * factors).reduce(Ops.ADD, (2,)).reshape((n, groups * outputs, *lengths, *kernel))
    for axis in reversed(range(count)):
        total = total.fold(2 + axis, full[axis], strides[axis], dilations[axis])
    bounds = [(p, min(stop, size)) for p, stop, size in zip(paddings, stops, full)]
    total = total.shrink(((0, n), (0, groups * outputs), *bounds))
    return _finish(x, total.pad(((0, 0), (0, 0), *[(0, max(0, stop - size)) for stop, size in zip(stops, full)])), bias)


def _finish(x: Tensor, total: UOp, bias: Tensor | None) -> Tensor:
    """Add the bias, go back to the dtype of ``x``, and drop the axis of examples if ``x`` had none."""
    if bias is not None:
        column = bias.uop.cast(total.dtype).reshape((len(bias), *(1,) * (len(total.shape) - 2)))
        total = total + column.expand(total.shape)
    total = total.cast(x.dtype)
    return x._new(total if x.ndim == len(total.shape) else total.reshape(total.shape[1:]))


def _check(
    name: str, x: Tensor, weight: Tensor, bias: Tensor | None, groups: int, count: int, channels_axis: int
) -> None:
    """Refuse inputs, weights and biases that do not fit together; ``channels_axis`` is the input's in the weights."""
    tensors = [x, weight] if bias is None else [x, weight, bias]
    if len({tensor.dtype for tensor in tensors}) > 1:
        raise TypeError(f"{name} needs one dtype, not {', '.join(t.dtype.name for t in tensors)}: cast with .to(dtype)")
    if len({tensor.device for tensor in tensors}) > 1:
        raise ValueError(f"{name} needs one device, not {', '.join(t.device for t in tensors)}: move with .to(device)")
    if weight.ndim != count + 2 or 0 in weight.shape[2:]:
        raise ShapeError(f"{name} needs weights with {count + 2} axes, the last {count} not empty, not {weight.shape}")
    channels = batched(name, x, count).shape[1]
    if groups < 1 or weight.shape[0] % groups:
        raise ValueError(f"{name}: {weight.shape[0]} channels of the weights cannot form {groups} groups")
    expected = weight.shape[0] if channels_axis == 0 else weight.shape[1] * groups
    if channels != expected:
        raise ShapeError(
            f"{name}: weights of shape {weight.shape} in {groups} groups are for {expected} channels, "
            f"the input of shape {x.shape} has {channels}"
        )
    outputs = weight.shape[0] if channels_axis == 1 else weight.shape[1] * groups
    if bias is not None and bias.shape != (outputs,):
        raise ShapeError(f"{name}: the bias needs shape ({outputs},), one for each output channel, not {bias.shape}")
