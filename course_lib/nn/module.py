"""``Module``: a part of a network that finds its own parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..engine.tensor import Tensor


class Module:
    """Something with parameters that is called like a function. Subclasses define ``forward``."""

    training: bool = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no forward method")

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly inside this one, also those in lists, with their names."""
        for name, value in vars(self).items():
            parts = enumerate(value) if isinstance(value, list | tuple) else [(None, value)]
            for place, part in parts:
                if isinstance(part, Module):
                    yield name if place is None else f"{name}.{place}", part

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """All tensors of this module and of those inside that take part in gradients, with their names."""
        for name, value in vars(self).items():
            if isinstance(value, Tensor) and value.requires_grad is not False:
                yield prefix + name, value
        for name, child in self.named_children():
            yield from child.named_parameters(f"{prefix}{name}.")

    def parameters(self) -> list[Tensor]:
        """All parameters, each once."""
        return list({id(tensor): tensor for _, tensor in self.named_parameters()}.values())

    def modules(self) -> Iterator[Module]:
        """This module and all inside it."""
        yield self
        for _, child in self.named_children():
            yield from child.modules()

    def train(self, mode: bool = True) -> Module:
        """Tell all parts that they are trained (dropout drops, batch norm uses the batch)."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Tell all parts that they are used."""
        return self.train(False)

    def zero_grad(self) -> None:
        for parameter in self.parameters():
            parameter.grad = None
