"""Strided sums: where every second turn of a loop adds nothing, those that do are a sum of their own.

The gradient of a convolution with stride 2 has products at a pixel only if ``(y - ky) % 2 == 0``: for the even y these
are the even ky, for the odd y the odd ones. So one nest of loops becomes two, and with a stride along each of two axes
four. In each of them all turns count, and the index, ``(y - ky) / 2`` before, moves at constant strides.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from ..dtype import dtypes
from ..lower import Nest, Store
from ..symbolic import FALSE, TRUE, add, at_least, both, conditions, less, loop, number, put_together, take_apart, times
from ..uop import Ops, UOp, toposort
from .split import substitute


def demanded_by(total: UOp) -> set[UOp]:
    """The conditions without which a sum adds nothing at all."""
    found: set[UOp] = set()
    while total.op is Ops.ACCUMULATE and total.arg is Ops.ADD or total.op is Ops.WHERE:
        if total.op is Ops.WHERE:
            if total.src[2].op is not Ops.CONST or total.src[2].arg != 0:
                return found
            found.update(conditions(total.src[0]))
        total = total.src[total.op is Ops.WHERE]
    return found.union(conditions(total.src[2])) if total.op is Ops.LOAD and len(total.src) == 3 else found


def remainder_in(node: UOp) -> tuple[UOp, int] | None:
    """What must be divisible by a number, and that number, if this is what a condition says."""
    remainder, limit = node.src if node.op is Ops.LT else (node, node)
    if remainder.op is not Ops.MOD or limit.op is not Ops.CONST or limit.arg != 1:
        return None
    whole, divisor = remainder.src
    return (whole, divisor.arg) if divisor.op is Ops.CONST else None


def strided(nest: Nest, order: Sequence[UOp]) -> tuple[UOp, int, UOp, UOp] | None:
    """What must be divisible by a number for a turn to count, that number, the loop of the nest and that of the sum."""
    sums = [node for node in order if node.op is Ops.ACCUMULATE]
    inner = {whole for node in sums for whole in node.src[1:]}
    for node in order:
        if (found := remainder_in(node)) is None:
            continue
        (whole, step), terms = found, take_apart(found[0])[0]
        summed, outer = [atom for atom in terms if atom in inner], [atom for atom in terms if atom in nest.loops]
        if len(summed) == len(outer) == 1 and len(terms) == 2 and gcd(terms[summed[0]], step) == 1:
            if all(node in demanded_by(total) for total in sums if summed[0] in total.src[1:]):
                return whole, step, outer[0], summed[0]
    return None


def every(whole: UOp, step: int, first: int) -> tuple[tuple[UOp, ...], UOp]:
    """A loop over every so many turns of another, if there are several, and what stands for that one's variable."""
    part = loop(whole.arg[0], -(-(whole.arg[1] - first) // step))
    return (part,) if part.op is Ops.RANGE else (), add(times(part, step), number(first))


def condition(node: UOp, a: UOp, b: UOp) -> UOp:
    """``a < b`` or ``a <= b`` for sums of loop variables of which one is a number: 0 <= 2i - 2j is 0 <= i - j."""
    small = node.op is Ops.LT
    terms, rest = take_apart(a if small else b)
    limit, divisor = (b if small else a).arg - rest, gcd(*terms.values()) or 1
    whole = put_together({atom: factor // divisor for atom, factor in terms.items()})
    return (less if small else at_least)(whole, -(-limit // divisor))


def decided(roots: Sequence[UOp]) -> list[UOp]:
    """Expressions with simpler conditions, and without those that are always or never true, or sums of one turn."""
    done: dict[UOp, UOp] = {}
    for node in toposort(roots):
        src = tuple(done[source] for source in node.src)
        new = node if src == node.src else UOp(node.op, node.dtype, src, node.arg)
        if node.op in (Ops.LT, Ops.LE) and src[node.op is Ops.LT].op is Ops.CONST:
            variable = src[node.op is Ops.LE]
            new = condition(node, *src) if all(a.op is Ops.RANGE for a in take_apart(variable)[0]) else new
        elif node.op is Ops.AND and node.dtype is dtypes.bool:
            new = both(*src)
        elif node.op is Ops.WHERE and src[0] in (TRUE, FALSE):
            new = src[1] if src[0] is TRUE else src[2]
        elif node.op is Ops.ACCUMULATE and len(src) == 1:
            new = src[0]
        elif node.op is Ops.LOAD and src[-1] in (TRUE, FALSE):
            new = UOp(Ops.LOAD, node.dtype, src[:2]) if src[-1] is TRUE else UOp.const(node.dtype, 0)
        done[node] = new
    return [done[root] for root in roots]


def by_stride(nest: Nest) -> list[Nest]:
    """Nests in whose sums every turn counts, as far as strides are concerned."""
    texts = [part for store in nest.stores for part in (store.index, store.value)]
    order = toposort(texts)
    found = strided(nest, order)
    if found is None:
        return [nest]
    whole, step, outer, summed = found
    (terms, rest), nests = take_apart(whole), []
    for first in range(min(step, outer.arg[1])):
        start = next(k for k in range(step) if (terms[outer] * first + terms[summed] * k + rest) % step == 0)
        given, parts = {}, {}
        parts[outer], given[outer] = every(outer, step, first)
        if start < summed.arg[1]:
            parts[summed], given[summed] = every(summed, step, start)
        else:  # nothing is added
            sums = [node for node in order if node.op is Ops.ACCUMULATE and summed in node.src[1:]]
            given.update((node, UOp.const(node.dtype, 0)) for node in sums)
        new = decided(substitute(texts, given, parts))
        stores = [Store(s.param, index, value) for s, index, value in zip(nest.stores, new[::2], new[1::2])]
        loops = [part for whole in nest.loops for part in parts.get(whole, (whole,))]
        nests += by_stride(Nest(loops, stores, nest.in_any_order))
    return nests
