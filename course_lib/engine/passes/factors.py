"""The factors of a product: what can be read at constant strides, from memory or from a copy with zeros around it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from ..dtype import dtypes
from ..symbolic import bounds, conditions, put_together, take_apart
from ..uop import Ops, UOp


@dataclass(frozen=True)
class Limit:
    """``first <= e < stop`` for a sum e of loop variables, each times a factor."""

    loops: dict[UOp, int]
    first: int
    stop: int


@dataclass
class Operand:
    """A LOAD that is read at constant strides, from its buffer or from a copy with zeros around it.

    Attributes
    ----------
    load: the LOAD.
    strides: how far each loop moves.
    start: where it is read with all loops at 0.
    copied: the axes of a copy, each with its size and stride in the buffer, the zeros before it, and its size and
        stride in the copy; none if there is no copy.
    first: where the copy is taken from.
    limits: where it may be read without a copy.
    bare: the same without a copy.
    """

    load: UOp
    strides: dict[UOp, int]
    start: int
    copied: list[tuple[int, int, int, int, int]]
    first: int = 0
    limits: tuple[Limit, ...] = ()
    bare: Operand | None = None

    @property
    def floats(self) -> int:
        """How large the copy is."""
        return prod(axis[3] for axis in self.copied) if self.copied else 0


def operand(load: UOp) -> Operand | None:
    """A LOAD as an operand, if it moves at constant strides, and its condition only keeps it inside its buffer."""
    if load.op is not Ops.LOAD or load.dtype is not dtypes.float32:
        return None
    terms, rest = take_apart(load.src[1])
    if not all(atom.op is Ops.RANGE for atom in terms):
        return None
    low, high = bounds(load.src[1])
    if len(load.src) == 2 or 0 <= low and high < load.src[0].arg[1]:
        return Operand(load, terms, rest, [])
    return padded(load, terms, rest)


def padded(load: UOp, terms: dict[UOp, int], rest: int) -> Operand | None:
    """An operand whose condition says, for some sums e of loop variables, that ``first <= e < stop``.

    Each such e runs along an axis of the buffer, whose stride follows from the index. In a copy with enough zeros
    before and behind every such axis no condition is needed any more. In a convolution of rows of 13 with a margin of
    1, ``x[i*13 + (j + q - 1)]`` if ``1 <= j + q < 14``, e is ``j + q``, from 0 to 14: a row of the copy has 15 numbers.

    Parameters
    ----------
    terms, rest: the index, taken apart.
    """
    limits: dict[tuple, list[int | None]] = {}  # by the loops and factors of e
    for condition in conditions(load.src[2]):
        below = condition.op is Ops.LT
        inner, limit = condition.src if below else condition.src[::-1]
        if condition.op not in (Ops.LT, Ops.LE) or limit.op is not Ops.CONST:
            return None
        known = limits.setdefault(tuple(take_apart(inner)[0].items()), [None, None])
        known[below] = limit.arg if known[below] is None else (min if below else max)(known[below], limit.arg)
    # axes of the buffer: one for each e, and one for each loop that is in none; `left` are the loops that are left
    bare, left, axes = Operand(load, terms, rest, []), dict(terms), []
    for key, (first, stop) in limits.items():
        stride = left.get(key[0][0], 0) // key[0][1] if key else 0
        if stride <= 0 or any(left.pop(loop, 0) != stride * factor for loop, factor in key):
            return None
        low, high = bounds(put_together(dict(key)))
        first = low if first is None else max(first, low)
        stop = high + 1 if stop is None else min(stop, high + 1)
        axes.append((stride, first, stop, low, high, dict(key)))
    axes += [(stride, 0, loop.arg[1], 0, loop.arg[1] - 1, {loop: 1}) for loop, stride in left.items()]
    axes.sort(key=lambda axis: axis[0])
    # the copy has the same axes, from the fastest on, each as long as e has values; `rest` is where its source begins
    strides, copied, start, step = {}, [], 0, 1
    for stride, first, stop, low, high, inner in axes:
        copied.append((stop - first, stride, first - low, high - low + 1, step))
        strides.update({loop: factor * step for loop, factor in inner.items()})
        start -= low * step
        rest += stride * first
        step *= high - low + 1
    if any(stride <= 0 or stop <= first for stride, first, stop, *_ in axes) or rest < 0:
        return None
    edges = tuple(Limit(inner, first, stop) for _, first, stop, _, _, inner in axes if tuple(inner.items()) in limits)
    return Operand(load, strides, start, copied[::-1], rest, edges, bare)


def product_in(total: UOp) -> tuple[list[UOp], UOp, UOp, set[UOp]] | None:
    """The loops and the two factors of a sum of products; sums of sums are one sum over all their loops.

    At the end the conditions without which nothing is added at all.
    """
    loops: list[UOp] = []
    value, demanded = total, set()
    while value.op is Ops.ACCUMULATE and value.arg is Ops.ADD or value.op is Ops.WHERE:
        if value.op is Ops.ACCUMULATE:
            loops += value.src[1:]
            value = value.src[0]
        elif value.src[2].op is Ops.CONST and value.src[2].arg == 0:
            demanded.update(conditions(value.src[0]))
            value = value.src[1]
        else:
            return None
    if value.op is not Ops.MUL or any(factor.op is not Ops.LOAD for factor in value.src):
        return None
    known = {c for factor in value.src if len(factor.src) == 3 for c in conditions(factor.src[2])}
    return (loops, *value.src, demanded) if demanded <= known else None
