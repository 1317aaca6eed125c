"""The rules that make a graph smaller before it is cut into kernels. None changes a result beyond rounding."""

from __future__ import annotations

import numpy as np

from .dtype import decode, dtypes, encode
from .interpret import evaluate, identity_of
from .rewrite import Pattern, Rules, X, Y, constant, value_of
from .uop import ELEMENTWISE, MOVEMENT, Ops, UOp


def fold_constants(node: UOp) -> UOp | None:
    """An operation on numbers alone is done now."""
    values = [value_of(source) for source in node.src]
    if None in values or node.op is Ops.BITCAST:
        return None
    arrays = [decode(encode(np.asarray(v), source.dtype), source.dtype) for v, source in zip(values, node.src)]
    result = decode(encode(evaluate(node, *arrays), node.dtype), node.dtype)
    return UOp.const(node.dtype, result.item(), node.shape)


def move_constant(node: UOp) -> UOp | None:
    """A stretched number looks the same from everywhere; zeros around it make a difference, unless it is 0."""
    value = value_of(node.src[0])
    if value is None or node.op is Ops.PAD and repr(value) not in ("0", "0.0", "False"):
        return None
    if node.op in (Ops.FOLD, Ops.SPREAD) or node.op is Ops.EXPAND and node.src[0].op is Ops.CONST:
        return None
    return UOp.const(node.dtype, value, node.shape)


def merge_moves(node: UOp) -> UOp | None:
    """Two movements of the same kind are one; a movement that moves nothing is none."""
    inner = node.src[0]
    if node.op is Ops.RESHAPE:
        if node.arg == inner.shape:
            return inner
        if inner.op is Ops.RESHAPE:
            return inner.src[0].reshape(node.arg)
    if node.op is Ops.EXPAND:
        if node.arg == inner.shape:
            return inner
        if inner.op is Ops.EXPAND:
            return inner.src[0].expand(node.arg)
    if node.op is Ops.PERMUTE:
        if node.arg == tuple(range(len(node.arg))):
            return inner
        if inner.op is Ops.PERMUTE:
            return inner.src[0].permute(inner.arg[axis] for axis in node.arg)
    if node.op is Ops.SHRINK and inner.op is Ops.SHRINK:
        return inner.src[0].shrink(tuple((a + start, a + stop) for (a, _), (start, stop) in zip(inner.arg, node.arg)))
    if node.op is Ops.FLIP and inner.op is Ops.FLIP:
        return inner.src[0].flip(tuple(sorted(set(node.arg) ^ set(inner.arg))))
    return None


def fold_is_spread_and_sum(node: UOp) -> UOp:
    """FOLD in terms of simpler operations: put every place of the windows where it belongs, then add.

    If the windows do not overlap, there is nothing to add: each row of places follows the one before.
    """
    axis, length, stride, dilation = node.arg
    x, places = node.src[0], node.src[0].shape[-1]
    if dilation == 1 and places <= stride:
        last = len(x.shape) - 1
        beside = x.pad(tuple((0, 0) for _ in range(last)) + ((0, stride - places),))
        beside = beside.permute([*range(axis + 1), last, *range(axis + 1, last)])
        long = x.shape[axis] * stride
        flat = beside.reshape((*x.shape[:axis], long, *x.shape[axis + 1 : last]))
        if long < length:
            return flat.pad(tuple((0, length - long if i == axis else 0) for i in range(last)))
        return flat.shrink(tuple((0, length if i == axis else size) for i, size in enumerate(flat.shape)))
    spread = UOp(Ops.SPREAD, node.dtype, node.src, node.arg)
    return spread.reduce(Ops.ADD, [len(spread.shape) - 1]).reshape(node.shape)


def reduce_less(node: UOp) -> UOp | None:
    """Reductions over nothing give their identity; over axes of size 1 they give their source."""
    (op, axes), source = node.arg, node.src[0]
    if source.size == 0:
        return UOp.const(node.dtype, identity_of(op, node.dtype), node.shape)
    long = tuple(axis for axis in axes if source.shape[axis] != 1)
    if long != axes:
        return source.reduce(op, long)
    value = value_of(source)
    if value is not None and op in (Ops.MAXIMUM, Ops.MINIMUM):
        return UOp.const(node.dtype, value, node.shape)
    return None


def sum_then_negate(node: UOp, x: UOp) -> UOp | None:
    """One sign for a sum instead of one for each of its terms."""
    return -x.reduce(*node.arg) if node.arg[0] is Ops.ADD else None


def without_cast(node: UOp) -> UOp | None:
    """A cast there and back again changes nothing if the kind between holds every number."""
    inner = node.src[0]
    if inner.op is Ops.CAST and inner.src[0].dtype is node.dtype:
        held = node.dtype is dtypes.bool or (
            node.dtype.is_float == inner.dtype.is_float
            and node.dtype.itemsize < inner.dtype.itemsize
            and (inner.dtype.signed or not node.dtype.signed)
        )
        return inner.src[0] if held else None
    return inner if inner.dtype is node.dtype else None


def _whole(x: UOp) -> bool:
    return not x.dtype.is_float


def _is_zero(x: UOp) -> bool:
    return value_of(x) == 0


IDENTITY = Pattern((Ops.LEAF, Ops.DETACH), X)
RULES = Rules(
    [
        (IDENTITY, lambda x: x),
        (Pattern(Ops.ASSIGN, Pattern(), X), lambda x: x),  # where it is kept is decided when it is computed
        (Pattern(Ops.FOLD, name="node"), fold_is_spread_and_sum),
        (Pattern(MOVEMENT, name="node"), merge_moves),
        (Pattern(MOVEMENT, name="node"), move_constant),
        (Pattern(Ops.REDUCE, name="node"), reduce_less),
        (Pattern(ELEMENTWISE, name="node", test=lambda n: n.src[-1].op in _CONSTANT), fold_constants),
        (Pattern(Ops.CAST, name="node"), without_cast),
        (Pattern(Ops.MUL, X, constant(1)), lambda x: x),
        (Pattern(Ops.DIV, X, constant(1)), lambda x: x),
        (Pattern(Ops.ADD, X, constant(0)), lambda x: x if _whole(x) else None),
        (Pattern(Ops.SUB, X, constant(0)), lambda x: x),
        (
            Pattern(Ops.MUL, X, Pattern(name="y", test=lambda n: value_of(n) == 0)),
            lambda x, y: y if _whole(x) else None,
        ),
        (Pattern((Ops.AND, Ops.MUL), X, constant(True)), lambda x: x if x.dtype is dtypes.bool else None),
        (Pattern(Ops.OR, X, constant(False)), lambda x: x),
        (Pattern(Ops.MAXIMUM, X, X), lambda x: x),
        (Pattern(Ops.NEG, Pattern(Ops.NEG, X)), lambda x: x),
        (Pattern(Ops.REDUCE, Pattern(Ops.NEG, X), name="node"), sum_then_negate),
        (Pattern(Ops.NOT, Pattern(Ops.NOT, X)), lambda x: x),
        (Pattern(Ops.ADD, X, Pattern(Ops.NEG, Y)), lambda x, y: x - y),
        (Pattern(Ops.WHERE, constant(True), X, Y), lambda x, y: x),
        (Pattern(Ops.WHERE, constant(False), X, Y), lambda x, y: y),
        (Pattern(Ops.WHERE, Pattern(), X, X), lambda x: x),
    ]
)
_CONSTANT = frozenset({Ops.CONST, Ops.EXPAND, Ops.RESHAPE})
