"""Attention: every query looks at all keys, and gets the mean of the values, weighted by how well they match."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from ..dtype import dtypes
from ..strides import ShapeError
from ..uop import Ops, UOp
from .joining import iota
from .precision import need_float, precise

if TYPE_CHECKING:
    from ..tensor import Tensor


LONG = 128  # queries: with fewer, two parts would cost more than they save


class Attention:
    """Scaled dot-product attention (Vaswani et al., 2017)."""

    __slots__ = ()

    def scaled_dot_product_attention(
        self,
        key: Tensor,
        value: Tensor,
        attn_mask: Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> Tensor:
        """``softmax(query @ key.T * scale) @ value``, where this tensor is the query.

        Parameters
        ----------
        self, key, value: shapes (..., L, E), (..., S, E) and (..., S, V); the axes before are broadcast.
        attn_mask: broadcast to (..., L, S); bools say who may look where, numbers are added before the softmax.
            A query that may look nowhere gets zeros.
        dropout_p: the probability to drop a weight, in evaluation as well: pass 0.0 there.
        is_causal: query i may look at keys 0 to i only.
        scale: ``1 / sqrt(E)`` if left out.
        enable_gqa: axis -3 of the query may be a multiple of that of key and value, which are repeated to fit.

        Returns
        -------
        shape (..., L, V).

        Raises
        ------
        ShapeError: if the shapes do not fit.
        TypeError: for whole numbers, or a mask of them.
        ValueError: for a mask together with ``is_causal``.
        """
        need_float("scaled_dot_product_attention", self.dtype)
        shapes = f"{self.shape}, {key.shape} and {value.shape}"
        if (
            min(self.ndim, key.ndim, value.ndim) < 2
            or self.shape[-1] != key.shape[-1]
            or key.shape[-2] != value.shape[-2]
        ):
            raise ShapeError(f"attention needs shapes (..., L, E), (..., S, E) and (..., S, V), not {shapes}")
        if is_causal and attn_mask is not None:
            raise ValueError("attention takes attn_mask or is_causal, not both: combine the masks with &")
        if enable_gqa:
            heads = [x.shape[-3] if x.ndim > 2 else 1 for x in (self, key, value)]
            if 0 in heads or heads[0] % heads[1] or heads[0] % heads[2]:
                raise ShapeError(f"attention: axis -3 of the query must be a multiple of the others', not {shapes}")
            key, value = (x.repeat_interleave(heads[0] // n, -3) for x, n in zip((key, value), heads[1:]))
        work = precise(self.dtype)
        query, key, value = self.to(work), key.to(work), value.to(work)
        scale = 1 / sqrt(max(self.shape[-1], 1)) if scale is None else scale
        if is_causal:
            # if there are many, the first half of the queries by itself: it needs only half of the keys
            length, half = query.shape[-2], -(-query.shape[-2] // 2)
            runs = [(0, half), (half, length)] if length >= LONG else [(0, length)]
            parts = [_causal(query, key, value, scale, dropout_p, *run) for run in runs]
            return parts[0].cat(*parts[1:], dim=-2).to(self.dtype)
        scores = query.matmul(key.mT) * scale
        if attn_mask is not None:
            if attn_mask.dtype.is_int:
                raise TypeError(f"attn_mask needs bools or fractional numbers, not {attn_mask.dtype.name}")
            bools = attn_mask.dtype is dtypes.bool
            scores = attn_mask.where(scores, float("-inf")) if bools else scores + attn_mask
        return _weighted(scores, value, dropout_p).to(self.dtype)


def _causal(q: Tensor, k: Tensor, v: Tensor, scale: float, dropout_p: float, start: int, stop: int) -> Tensor:
    """Attention for the queries from ``start`` to ``stop``, each of which looks at no later keys."""
    scores = q[..., start:stop, :].matmul(k[..., :stop, :].mT) * scale
    rows, columns = (q._new(iota((stop, scores.shape[-1]), axis)) for axis in (0, 1))
    seen = (columns <= rows)[start:]
    return _weighted(seen.where(scores, float("-inf")), v[..., :stop, :], dropout_p)


def _weighted(scores: Tensor, value: Tensor, dropout_p: float) -> Tensor:
    """The mean of the values, weighted by the softmax of the scores.

    The sums of the softmax divide the results, which are fewer than the weights.
    """
    powers, totals = map(scores._new, _softmax_parts(scores.uop))
    return powers.dropout(dropout_p, training=True).matmul(value) / totals


def _softmax_parts(x: UOp) -> tuple[UOp, UOp]:
    """Numerators and denominators of softmax along the last axis; zeros and a one for rows of minus infinities."""
    axes = (len(x.shape) - 1,)
    largest = x.reduce(Ops.MAXIMUM, axes).detach()
    lowest = largest.const_like(float("-inf"))
    finite = largest.alu(Ops.EQ, lowest).where(largest.const_like(0), largest)
    powers = (x - finite.expand(x.shape)).alu(Ops.EXP)
    total = powers.reduce(Ops.ADD, axes)  # at least 1, or 0 where everything is masked
    return powers, total.alu(Ops.EQ, total.const_like(0)).where(total.const_like(1), total)
