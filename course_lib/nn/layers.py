"""The layers that most networks are made of."""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt

from ..engine.tensor import Tensor
from .module import Module

Size = int | tuple[int, ...]


def _pair(size: Size) -> tuple[int, ...]:
    return (size, size) if isinstance(size, int) else tuple(size)


class Linear(Module):
    """``x @ weight.T + bias``, from (..., in_features) to (..., out_features); initialised as in PyTorch."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        bound = 1 / sqrt(in_features)
        self.in_features, self.out_features = in_features, out_features
        self.weight = Tensor.uniform(out_features, in_features, low=-bound, high=bound, requires_grad=True)
        self.bias = Tensor.uniform(out_features, low=-bound, high=bound, requires_grad=True) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        return x.linear(self.weight, self.bias)


class Conv2d(Module):
    """Convolution of images, (N, in_channels, H, W) to (N, out_channels, H', W'); initialised as in PyTorch."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Size,
        stride: Size = 1,
        padding: Size | str = 0,
        dilation: Size = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        shape = (out_channels, in_channels // groups, *_pair(kernel_size))
        bound = 1 / sqrt(prod(shape[1:]))
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups
        self.weight = Tensor.uniform(*shape, low=-bound, high=bound, requires_grad=True)
        self.bias = Tensor.uniform(out_channels, low=-bound, high=bound, requires_grad=True) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        return x.conv2d(
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )


class MaxPool2d(Module):
    """The largest number of each window of an image."""

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0) -> None:
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def forward(self, x: Tensor) -> Tensor:
        return x.max_pool2d(self.kernel_size, stride=self.stride, padding=self.padding)


class BatchNorm2d(Module):
    """Each channel of a batch of images with mean 0 and variance 1, then scaled and shifted."""

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True) -> None:
        self.eps, self.momentum = eps, momentum
        self.weight = Tensor.ones(num_features, requires_grad=True) if affine else None
        self.bias = Tensor.zeros(num_features, requires_grad=True) if affine else None
        self.running_mean = Tensor.zeros(num_features, requires_grad=False)
        self.running_var = Tensor.ones(num_features, requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        return x.batch_norm(
            self.running_mean, self.running_var, self.weight, self.bias, self.training, self.momentum, self.eps
        )


class LayerNorm(Module):
    """The last axes with mean 0 and variance 1, then scaled and shifted."""

    def __init__(self, normalized_shape: Size, eps: float = 1e-5) -> None:
        self.shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps = eps
        self.weight = Tensor.ones(*self.shape, requires_grad=True)
        self.bias = Tensor.zeros(*self.shape, requires_grad=True)

    def forward(self, x: Tensor) -> Tensor:
        return x.layer_norm(self.shape, self.weight, self.bias, self.eps)


class Embedding(Module):
    """A table of vectors: whole numbers of any shape to that shape and (embedding_dim,)."""

    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        self.weight = Tensor.randn(num_embeddings, embedding_dim, requires_grad=True)

    def forward(self, x: Tensor) -> Tensor:
        return x.embedding(self.weight)


class Dropout(Module):
    """While training, each number becomes 0 with probability ``p``, and the others grow by 1 / (1 - p)."""

    def __init__(self, p: float = 0.5) -> None:
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        return x.dropout(self.p, training=self.training)


class ReLU(Module):
    """Negative numbers become 0."""

    def forward(self, x: Tensor) -> Tensor:
        return x.relu()


class Flatten(Module):
    """All axes but the first become one."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)


class Sequential(Module):
    """Layers (or plain functions) one after the other."""

    def __init__(self, *layers: Callable[[Tensor], Tensor]) -> None:
        self.layers = list(layers)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x)
        return x

    def __getitem__(self, place: int) -> Callable[[Tensor], Tensor]:
        return self.layers[place]

    def __len__(self) -> int:
        return len(self.layers)


class CrossEntropyLoss(Module):
    """The loss of a classifier: scores (N, C, ...) against class numbers (N, ...)."""

    def forward(self, scores: Tensor, target: Tensor) -> Tensor:
        return scores.cross_entropy(target)


class MSELoss(Module):
    """The mean of the squared differences."""

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        return prediction.mse_loss(target)
