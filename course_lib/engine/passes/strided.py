"""Strided sums: where every second turn of a loop adds nothing, those that do are a sum of their own.

The gradient of a convolution with stride 2 has products at a pixel only if ``(y - ky) % 2 == 0``: for the even y these
are the even ky, for the odd y the odd ones. So one nest of loops becomes two, and with a stride along each of two axes
four. In each of them all turns count, and the index, ``(y - ky) / 2`` before, moves at constant strides.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from ..dtype import dtypes
from ..lower import Nest
from ..symbolic import FALSE, TRUE, add, at_least, both, conditions, less, loop, number, put_together, take_apart, times
from ..uop import Ops, UOp, toposort
from .split import substitute


def demanded_by(total: UOp) -> set[UOp]:
    """The conditions without which a sum adds nothing at all."""
    found: set[UOp] = set()
    value = total
    while value.op is Ops.ACCUMULATE and value.arg is Ops.ADD or value.op is Ops.WHERE:
        if value.op is Ops.ACCUMULATE:
            value = value.src[0]
        elif value.src[2].op is Ops.CONST and value.src[2].arg == 0:
            found.update(conditions(value.src[0]))
            value = value.src[1]
        else:
            return found
    return found.union(conditions(value.src[2])) if value.op is Ops.LOAD and len(value.src) == 3 else found


def remainder_in(node: UOp) -> tuple[UOp, int] | None:
    """What must be divisible by a number, and that number, if a condition says so: ``whole % number < 1``."""
    if node.op is not Ops.LT:
        return None
    remainder, limit = node.src
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


def simpler(comparison: UOp) -> UOp:
    """``sum < number`` or ``number <= sum`` for a sum of loop variables, with its common factor divided out.

    ``0 <= 2i - 2j`` becomes ``0 <= i - j``. All other comparisons stay as they are.
    """
    below = comparison.op is Ops.LT
    whole, limit = comparison.src if below else comparison.src[::-1]
    if limit.op is not Ops.CONST:
        return comparison
    terms, rest = take_apart(whole)
    if not all(atom.op is Ops.RANGE for atom in terms):
        return comparison
    divisor = gcd(*terms.values()) or 1
    divided = put_together({atom: factor // divisor for atom, factor in terms.items()})
    return (less if below else at_least)(divided, -(-(limit.arg - rest) // divisor))


def decided(roots: Sequence[UOp]) -> list[UOp]:
    """Expressions with simpler conditions, and without those that are always or never true, or sums of one turn."""
    done: dict[UOp, UOp] = {}
    for node in toposort(roots):
        src = tuple(done[source] for source in node.src)
        new = node if src == node.src else UOp(node.op, node.dtype, src, node.arg)
        if node.op in (Ops.LT, Ops.LE):
            new = simpler(new)
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
    order = toposort(nest.expressions)
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
        stores = nest.stores_of(decided(substitute(nest.expressions, given, parts)))
        loops = [part for node in nest.loops for part in parts.get(node, (node,))]
        nests += by_stride(Nest(loops, stores, nest.in_any_order))
    return nests
