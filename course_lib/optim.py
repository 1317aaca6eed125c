"""Optimizers: they change parameters by their gradients. Names and defaults are PyTorch's."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .engine.tensor import Tensor, no_grad


class Optimizer:
    """What all optimizers share.

    Parameters
    ----------
    params: the tensors to change. They get ``requires_grad=True`` unless it is False already, and memory of their own.
    lr: the learning rate; ``optimizer.lr = 0.01`` changes it at any time.

    Raises
    ------
    ValueError: if there are no parameters, or the learning rate is negative.
    """

    def __init__(self, params: Iterable[Tensor], lr: float) -> None:
        self.params = list({id(p): p for p in params if p.requires_grad is not False}.values())
        if not self.params:
            raise ValueError("an optimizer needs at least one parameter that takes part in gradients")
        if lr < 0:
            raise ValueError(f"a learning rate is 0 or more, not {lr}")
        for param in self.params:
            param.requires_grad = True
        self._lr = self.number(lr)
        self.params[0].realize(*self.params[1:])

    @property
    def lr(self) -> float:
        return self._lr.item()

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr.assign(float(lr)).realize()

    def number(self, value: float) -> Tensor:
        """A number that may change from step to step, kept as a tensor so that the same kernels serve every step."""
        return Tensor([value], device=self.params[0].device, requires_grad=False)

    def like_params(self) -> list[Tensor]:
        """Zeros of each parameter's shape."""
        zeros = [Tensor.zeros(*p.shape, dtype=p.dtype, device=p.device, requires_grad=False) for p in self.params]
        zeros[0].realize(*zeros[1:])
        return zeros

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, before those of the next batch are computed."""
        for param in self.params:
            param.grad = None

    def changes(self) -> list[Tensor]:
        """Assign to parameters and to the optimizer's own state; returns all tensors that were assigned to."""
        raise NotImplementedError

    @no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """Change the parameters that have a gradient, once."""
        loss = closure() if closure is not None else None
        changed = self.changes()
        if changed:
            changed[0].realize(*changed[1:])
        return loss


class SGD(Optimizer):
    """Stochastic gradient descent, with PyTorch's momentum: ``v = momentum * v + grad``, ``w = w - lr * v``.

    Parameters
    ----------
    params, lr: as for every optimizer.
    momentum: how much of the last step is kept.
    weight_decay: times the parameter, added to its gradient.
    nesterov: look ahead: step by ``grad + momentum * v``.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(params, lr)
        if momentum < 0 or weight_decay < 0:
            raise ValueError(f"momentum and weight_decay are 0 or more, not {momentum} and {weight_decay}")
        self.momentum, self.weight_decay, self.nesterov = momentum, weight_decay, nesterov
        self.velocity = self.like_params() if momentum else []

    def changes(self) -> list[Tensor]:
        changed, lr = [], self._lr.reshape(())  # () goes with parameters of any shape
        for place, param in enumerate(self.params):
            if param.grad is None:
                continue
            grad = param.grad + param * self.weight_decay if self.weight_decay else param.grad
            if self.momentum:
                velocity = self.velocity[place]
                changed.append(velocity.assign(velocity * self.momentum + grad))
                grad = grad + velocity * self.momentum if self.nesterov else velocity
            changed.append(param.assign(param - lr * grad))
        return changed


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015): steps by running means of the gradient and of its square.

    Parameters
    ----------
    params, lr: as for every optimizer.
    betas: how much of the two running means is kept each step.
    eps: keeps the division from blowing up.
    weight_decay: times the parameter, added to its gradient.
    """

    decoupled = False

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr)
        if not all(0 <= beta < 1 for beta in betas) or weight_decay < 0:
            raise ValueError(
                f"betas are from 0 up to but without 1 and weight_decay is 0 or more, not {betas} and {weight_decay}"
            )
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay
        self.means, self.squares = self.like_params(), self.like_params()
        self.kept = [self.number(1.0), self.number(1.0)]  # each beta to the power of the steps so far

    def changes(self) -> list[Tensor]:
        changed = [kept.assign(kept * beta) for kept, beta in zip(self.kept, self.betas)]
        lr, kept1, kept2 = (number.reshape(()) for number in (self._lr, *self.kept))
        rate = lr / (1 - kept1)
        scale = 1 / (1 - kept2).sqrt()
        beta1, beta2 = self.betas
        for param, mean, square in zip(self.params, self.means, self.squares):
            if param.grad is None:
                continue
            grad, old = param.grad, param
            if self.weight_decay and self.decoupled:
                old = param * (1 - lr * self.weight_decay)
            elif self.weight_decay:
                grad = grad + param * self.weight_decay
            mean.assign(mean * beta1 + grad * (1 - beta1))
            square.assign(square * beta2 + grad * grad * (1 - beta2))
            changed += [mean, square, param.assign(old - rate * mean / (square.sqrt() * scale + self.eps))]
        return changed if len(changed) > 2 else []


class AdamW(Adam):
    """Adam with weight decay that is not divided by the running means (Loshchilov and Hutter, 2019)."""

    decoupled = True

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)
