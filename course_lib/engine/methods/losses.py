"""Losses: how far predictions are from targets, as one number (``reduction`` "mean" or "sum") or one each ("none").

Each is a method of the prediction, with the name and the arguments that it has in ``torch.nn.functional``.
"""

from __future__ import annotations

import warnings
from math import log, pi
from typing import TYPE_CHECKING

from ..strides import ShapeError
from ..uop import Ops, UOp
from .neural import equals_place, shifted
from .precision import need_float, precise

if TYPE_CHECKING:
    from ..tensor import Tensor


class Losses:
    """Losses of regression, of classification, and of distances."""

    __slots__ = ()

    # -- regression

    def mse_loss(self, target: Tensor, reduction: str = "mean", weight: Tensor | None = None) -> Tensor:
        """``(self - target)**2``. With weights, "mean" divides by their sum."""
        _warn_unequal("mse_loss", self, target)
        return _reduced((self - target).square(), reduction, weight)

    def l1_loss(self, target: Tensor, reduction: str = "mean", weight: Tensor | None = None) -> Tensor:
        """``abs(self - target)``. With weights, "mean" divides by their sum."""
        _warn_unequal("l1_loss", self, target)
        return _reduced((self - target).abs(), reduction, weight)

    def smooth_l1_loss(self, target: Tensor, reduction: str = "mean", beta: float = 1.0) -> Tensor:
        """``abs(d) - beta/2`` for differences ``d`` of at least ``beta``, and ``d**2 / (2*beta)`` for smaller ones.

        Raises
        ------
        ValueError: if ``beta`` is negative.
        """
        if beta < 0:
            raise ValueError(f"smooth_l1_loss needs a beta of 0 or more, not {beta}")
        if beta == 0:
            return self.l1_loss(target, reduction)
        _warn_unequal("smooth_l1_loss", self, target)
        d = (self - target).abs()
        return _reduced((d < beta).where(d * d * (0.5 / beta), d - 0.5 * beta), reduction)

    def huber_loss(
        self, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
    ) -> Tensor:
        """``d**2 / 2`` for differences ``d`` of at most ``delta``, and ``delta * (abs(d) - delta/2)`` for larger ones.

        Raises
        ------
        ValueError: if ``delta`` is not positive.
        """
        if delta <= 0:
            raise ValueError(f"huber_loss needs a positive delta, not {delta}")
        _warn_unequal("huber_loss", self, target)
        d = (self - target).abs()
        loss = (d <= delta).where(d * d * 0.5, (d - 0.5 * delta) * delta)
        return _reduced(loss if weight is None else loss * weight, reduction)

    def poisson_nll_loss(
        self,
        target: Tensor,
        log_input: bool = True,
        full: bool = False,
        eps: float = 1e-8,
        reduction: str = "mean",
    ) -> Tensor:
        """Minus the log-likelihood of counts whose expectation is ``exp(self)``, or ``self`` without ``log_input``.

        ``full`` adds Stirling's approximation of ``log(target!)`` for targets above 1, which no gradient depends on.
        """
        loss = self.exp() - target * self if log_input else self - target * (self + eps).log()
        if full:
            many = target > 1
            t = many.where(target, 1.0)
            loss = loss + many.where(t * t.log() - t + 0.5 * (2 * pi * t).log(), 0.0)
        return _reduced(loss, reduction)

    def gaussian_nll_loss(
        self, target: Tensor, var: Tensor | float, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
    ) -> Tensor:
        """Minus the log-likelihood of normally distributed targets with this mean: ``(log(var) + d**2/var) / 2``.

        Parameters
        ----------
        var: the variance: a number, or a tensor of this shape, or with size 1 along the last axis or without it.
            Less than ``eps`` counts as ``eps``, though its gradient is computed as if it were not held there.
        full: adds ``log(2*pi) / 2``.

        Raises
        ------
        ShapeError: if ``var`` has another shape.
        """
        variance = self.full_like(var) if isinstance(var, int | float) else var
        if variance.shape != self.shape:
            if self.ndim and variance.shape == self.shape[:-1]:
                variance = variance.unsqueeze(-1)
            elif not self.ndim or variance.shape != (*self.shape[:-1], 1):
                raise ShapeError(f"gaussian_nll_loss: a variance of shape {var.shape} does not fit {self.shape}")
        variance = variance + self._new((variance.clamp(min=eps) - variance).uop.detach())
        loss = 0.5 * (variance.log() + (self - target).square() / variance)
        return _reduced(loss + 0.5 * log(2 * pi) if full else loss, reduction)

    # -- classification

    def cross_entropy(
        self,
        target: Tensor,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> Tensor:
        """Minus the logarithm of the probability that the softmax of these scores gives to the right class.

        Parameters
        ----------
        self: scores of shape (N, C), (N, C, ...) or (C,), not yet through a softmax.
        target: the classes, whole numbers of shape (N,), (N, ...) or (); or a probability for every class, of the
            scores' shape.
        weight: shape (C,), how much each class counts; "mean" divides by the weights of the targets.
        ignore_index: targets that do not count.
        label_smoothing: this share of the target is spread evenly over all classes.

        Raises
        ------
        IndexError: when it is computed, if a class is negative or not less than C.
        ShapeError, TypeError: if the target's shape or dtype does not fit.
        ValueError: for another reduction, or a ``label_smoothing`` not between 0 and 1.
        """
        need_float("cross_entropy", self.dtype)
        if not 0 <= label_smoothing <= 1:
            raise ValueError(f"label_smoothing must lie between 0 and 1, not {label_smoothing}")
        axis = _class_axis("cross_entropy", self, weight)
        x, classes = self.to(precise(self.dtype)), self.shape[axis]
        if target.shape == self.shape and target.dtype.is_float:
            wanted = target * (1 - label_smoothing) + label_smoothing / classes if label_smoothing else target
            loss = -_times_column(x.log_softmax(axis) * wanted, weight, axis).sum(axis)
            return _reduced(loss, reduction).to(self.dtype)
        counted, places = _classes("cross_entropy", self, target, ignore_index, axis)
        below = shifted(x.uop, (axis,))
        total = below.alu(Ops.EXP).reduce(Ops.ADD, (axis,)).alu(Ops.LOG)
        loss = self._new((total - _picked(below, places, axis)).reshape(target.shape))
        importance = None if weight is None else self._new(_looked_up(weight, places))
        loss = loss if importance is None else loss * importance
        if label_smoothing:
            each = _times_column(self._new(total.expand(x.shape) - below), weight, axis)
            loss = loss * (1 - label_smoothing) + each.sum(axis) * (label_smoothing / classes)
        return _over_counted(loss, counted, importance, reduction).to(self.dtype)

    def nll_loss(
        self, target: Tensor, weight: Tensor | None = None, ignore_index: int = -100, reduction: str = "mean"
    ) -> Tensor:
        """``cross_entropy`` of what are logarithms of probabilities already, and of classes only.

        Raises
        ------
        IndexError, ShapeError, TypeError, ValueError: as ``cross_entropy``.
        """
        need_float("nll_loss", self.dtype)
        axis = _class_axis("nll_loss", self, weight)
        counted, places = _classes("nll_loss", self, target, ignore_index, axis)
        loss = self._new(-_picked(self.uop.cast(precise(self.dtype)), places, axis).reshape(target.shape))
        importance = None if weight is None else self._new(_looked_up(weight, places))
        loss = loss if importance is None else loss * importance
        return _over_counted(loss, counted, importance, reduction).to(self.dtype)

    def binary_cross_entropy(self, target: Tensor, weight: Tensor | None = None, reduction: str = "mean") -> Tensor:
        """``-target*log(self) - (1 - target)*log(1 - self)``; no logarithm counts as less than -100.

        Predictions outside of 0 to 1 give NaN.

        Raises
        ------
        ShapeError: if the shapes differ.
        """
        _same_shape("binary_cross_entropy", self, target)
        loss = -(target * _bounded_log(self) + (1 - target) * _bounded_log(1 - self))
        return _reduced(loss if weight is None else loss * weight, reduction)

    def binary_cross_entropy_with_logits(
        self,
        target: Tensor,
        weight: Tensor | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> Tensor:
        """``binary_cross_entropy`` of the sigmoid of these scores, without overflow for large ones.

        ``pos_weight`` counts the positive targets that many times.

        Raises
        ------
        ShapeError: if the shapes differ.
        """
        _same_shape("binary_cross_entropy_with_logits", self, target)
        miss = -self.logsigmoid()
        loss = (1 - target) * self + (miss if pos_weight is None else ((pos_weight - 1) * target + 1) * miss)
        return _reduced(loss if weight is None else loss * weight, reduction)

    def kl_div(self, target: Tensor, reduction: str = "mean", log_target: bool = False) -> Tensor:
        """``target * (log(target) - self)``: the divergence of probabilities from ``exp(self)``, in parts.

        The reduction "batchmean" divides the sum by the size of axis 0, which is the divergence as it is defined.
        With ``log_target`` the targets are logarithms too.
        """
        _warn_unequal("kl_div", self, target)
        loss = target.exp() * (target - self) if log_target else target.xlogy(target) - target * self
        if reduction == "batchmean":
            return loss.sum() / (self.shape[0] if self.ndim else 1)
        return _reduced(loss, reduction)

    def hinge_embedding_loss(self, target: Tensor, margin: float = 1.0, reduction: str = "mean") -> Tensor:
        """The number itself for targets 1, and what it lacks to ``margin`` for targets -1."""
        lack = (target != 1).where((margin - self).clamp(min=0), 0.0)
        return _reduced(lack + (target != -1).where(self, 0.0), reduction)

    def soft_margin_loss(self, target: Tensor, reduction: str = "mean") -> Tensor:
        """``log(1 + exp(-target * self))`` for targets 1 and -1."""
        return _reduced(-(target * self).logsigmoid(), reduction)

    # -- distances

    def margin_ranking_loss(
        self, other: Tensor, target: Tensor, margin: float = 0.0, reduction: str = "mean"
    ) -> Tensor:
        """How much ``self`` lacks to exceed ``other`` by ``margin``; where the target is -1, the other way round."""
        return _reduced((margin - target * (self - other)).clamp(min=0), reduction)

    def triplet_margin_loss(
        self,
        positive: Tensor,
        negative: Tensor,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        reduction: str = "mean",
    ) -> Tensor:
        """How much the distance to ``negative`` lacks to exceed that to ``positive`` by ``margin``.

        ``swap`` takes the distance of positive and negative instead, if that is smaller.
        """
        far = self.pairwise_distance(negative, p, eps)
        if swap:
            far = far.minimum(positive.pairwise_distance(negative, p, eps))
        return _reduced((self.pairwise_distance(positive, p, eps) - far + margin).clamp(min=0), reduction)

    def cosine_embedding_loss(
        self, other: Tensor, target: Tensor, margin: float = 0.0, reduction: str = "mean"
    ) -> Tensor:
        """``1 - cosine`` of vectors (last axis) for targets 1, and ``max(0, cosine - margin)`` for targets -1."""
        lengths = (self.square().sum(-1) + 1e-12) * (other.square().sum(-1) + 1e-12)
        cosine = (self * other).sum(-1) / lengths.sqrt()
        loss = (target == 1).where(1 - cosine, 0.0) + (target == -1).where((cosine - margin).clamp(min=0), 0.0)
        return _reduced(loss, reduction)

    # -- tinygrad's names

    def sparse_categorical_crossentropy(
        self, Y: Tensor, ignore_index: int = -1, label_smoothing: float = 0.0, reduction: str = "mean"
    ) -> Tensor:
        """``cross_entropy`` with classes along the last axis."""
        scores = self if self.ndim < 2 else self.movedim(-1, 1)
        return scores.cross_entropy(Y, None, ignore_index, reduction, label_smoothing)

    def binary_crossentropy(self, Y: Tensor, reduction: str = "mean") -> Tensor:
        return self.binary_cross_entropy(Y, reduction=reduction)

    def binary_crossentropy_logits(
        self, Y: Tensor, reduction: str = "mean", pos_weight: Tensor | None = None
    ) -> Tensor:
        return self.binary_cross_entropy_with_logits(Y, None, reduction, pos_weight)


def _reduced(loss: Tensor, reduction: str, weight: Tensor | None = None) -> Tensor:
    """One number for each element ("none"), their sum, or their mean, weighted if there are weights."""
    _check_reduction(reduction)
    if weight is not None:
        loss = loss * weight
        if reduction == "mean":
            return loss.sum() / weight.expand(loss.shape).sum()
    return loss if reduction == "none" else loss.sum() if reduction == "sum" else loss.mean()


def _over_counted(loss: Tensor, counted: Tensor, importance: Tensor | None, reduction: str) -> Tensor:
    """``_reduced`` over those that count; their weights are in the loss already, and "mean" divides by the sum."""
    _check_reduction(reduction)
    loss = counted.where(loss, 0.0)
    if reduction != "mean":
        return loss if reduction == "none" else loss.sum()
    return loss.sum() / (counted if importance is None else counted.where(importance, 0.0)).sum()


def _check_reduction(reduction: str) -> None:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', not {reduction!r}")


def _same_shape(name: str, x: Tensor, target: Tensor) -> None:
    if x.shape != target.shape:
        raise ShapeError(f"{name} needs predictions and targets of one shape, not {x.shape} and {target.shape}")


def _warn_unequal(name: str, x: Tensor, target: Tensor) -> None:
    """Broadcasting is nearly always a mistake here: (N,) against (N, 1) compares everything with everything."""
    if x.shape != target.shape:
        text = f"{name} of shapes {x.shape} and {target.shape} broadcasts: are they meant to have one shape?"
        warnings.warn(text, stacklevel=3)


def _bounded_log(x: Tensor) -> Tensor:
    """The logarithm, but at least -100, with gradient 0 at 0 (where the slope is infinite)."""
    zero = x == 0
    return zero.where(-100.0, zero.where(1.0, x).log().clamp(min=-100))


# -- classes


def _class_axis(name: str, scores: Tensor, weight: Tensor | None) -> int:
    """Which axis of the scores runs over the classes."""
    if not scores.ndim:
        raise ShapeError(f"{name} needs scores of shape (N, C), (N, C, ...) or (C,), not ()")
    axis = min(1, scores.ndim - 1)
    if weight is not None and weight.shape != scores.shape[axis : axis + 1]:
        raise ShapeError(f"{name} of {scores.shape[axis]} classes needs a weight for each, not shape {weight.shape}")
    return axis


def _classes(name: str, scores: Tensor, target: Tensor, ignore_index: int, axis: int) -> tuple[Tensor, UOp]:
    """Which targets count, and the targets themselves, with class 0 in the place of those that do not."""
    if not target.dtype.is_int:
        raise TypeError(
            f"{name}: target holds classes (whole numbers) or is of the scores' shape {scores.shape} and holds "
            f"probabilities, not {target.dtype.name} of shape {target.shape}"
        )
    expected = (*scores.shape[:axis], *scores.shape[axis + 1 :])
    if target.shape != expected:
        raise ShapeError(f"{name} of scores {scores.shape} needs classes of shape {expected}, not {target.shape}")
    target = target.long()
    counted = target != ignore_index
    return counted, counted.where(target, 0).uop


def _picked(scores: UOp, places: UOp, axis: int) -> UOp:
    """The scores at the places along an axis, which stays with size 1.

    Picked by a comparison with every place, not by GATHER: so its gradient is a comparison too, not a SCATTER.
    """
    chosen = equals_place(places, scores.shape[axis], axis)
    return chosen.where(scores, scores.const_like(0)).reduce(Ops.ADD, (axis,))


def _looked_up(weight: Tensor, places: UOp) -> UOp:
    return UOp(Ops.GATHER, weight.dtype, (weight.uop, places))


def _times_column(x: Tensor, weight: Tensor | None, axis: int) -> Tensor:
    """Times one number for each place of an axis, if there are any."""
    return x if weight is None else x * weight.reshape(-1, *(1,) * (x.ndim - axis - 1))
