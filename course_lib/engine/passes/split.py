"""Split loops: one loop over two axes that were merged becomes two again, where something still needs them apart.

``x.reshape(6)`` of a (2, 3) array that lies transposed in memory is read at ``(i % 3) * 2 + i // 3``. With ``i`` split
into ``3*a + b`` that is ``2*b + a``: no division is left, and the index moves at constant strides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

from ..dtype import dtypes
from ..kernel import FIRST_INNER
from ..lower import Nest, Program
from ..symbolic import add, compared, floordiv, loop, mod, times
from ..uop import Ops, UOp, toposort

DIVISIONS = (Ops.FLOORDIV, Ops.MOD)
ARITHMETIC = (Ops.ADD, Ops.MUL, *DIVISIONS)  # that indices are made of
Parts = dict[UOp, tuple[UOp, ...]]  # a loop and those that take its place


def substitute(roots: Sequence[UOp], given: dict[UOp, UOp], parts: Parts | None = None) -> list[UOp]:
    """Expressions with UOps replaced, and their index arithmetic simplified anew.

    What is computed with numbers from memory is left as it is, even if they are whole: that wraps around.

    Parameters
    ----------
    roots: the expressions.
    given: UOps, and what takes the place of each.
    parts: loops of sums, and the loops that take the place of each; there may be none.
    """
    done, parts = dict(given), parts or {}
    indices = set(given.values())
    for node in toposort(roots):
        if node in done:
            continue
        src = tuple(done[source] for source in node.src)
        is_index = node.dtype is dtypes.int64 and (
            node.op in (Ops.RANGE, Ops.CONST, Ops.CHECKED) or node.op in ARITHMETIC and indices.issuperset(src)
        )
        constant = is_index and len(src) == 2 and src[1].op is Ops.CONST
        if node.op is Ops.ACCUMULATE and not parts.keys().isdisjoint(node.src):
            loops = [part for old in node.src[1:] for part in parts.get(old, (old,))]
            done[node] = UOp(node.op, node.dtype, (src[0], *loops), node.arg)
        elif src == node.src:
            done[node] = node
        elif is_index and node.op is Ops.ADD:
            done[node] = add(*src)
        elif node.op is Ops.MUL and constant:
            done[node] = times(src[0], src[1].arg)
        elif node.op in DIVISIONS and constant and src[1].arg > 0:
            done[node] = (floordiv if node.op is Ops.FLOORDIV else mod)(src[0], src[1].arg)
        elif node.op in (Ops.LT, Ops.LE) and src[0].dtype is dtypes.int64 and indices.issuperset(src):
            done[node] = compared(node.op, *src)
        else:
            done[node] = UOp(node.op, node.dtype, src, node.arg)
        if is_index:
            indices.add(done[node])
    return [done[root] for root in roots]


def to_split(order: Sequence[UOp], loops: set[UOp]) -> tuple[UOp, int] | None:
    """A loop whose variable is divided by a number that divides its size, and that number."""
    for node in order:
        if node.op in (Ops.FLOORDIV, Ops.MOD) and node.src[0] in loops and node.src[1].op is Ops.CONST:
            divisor = node.src[1].arg
            if divisor > 1 and node.src[0].arg[1] % divisor == 0:
                return node.src[0], divisor
    return None


def split_nest(nest: Nest) -> Nest:
    """A nest without divisions of loop variables, as far as splitting loops can avoid them."""
    while True:
        order = toposort(nest.expressions)
        ranges = [node for node in order if node.op is Ops.RANGE]
        run_over = {source for node in order if node.op is Ops.RUNNING for source in node.src[1:]}
        found = to_split(order, set(ranges) - run_over)
        if found is None:
            return nest
        old, divisor = found
        inner = old.arg[0] >= FIRST_INNER
        taken = [node.arg[0] for node in (*ranges, *nest.loops) if node.op is Ops.RANGE]
        free = count(max(number for number in taken if (number >= FIRST_INNER) == inner) + 1)
        outer_part, inner_part = loop(next(free), old.arg[1] // divisor), loop(next(free), divisor)
        whole = add(times(outer_part, divisor), inner_part)
        parts = {old: (outer_part, inner_part)}
        stores = nest.stores_of(substitute(nest.expressions, {old: whole}, parts))
        nest = Nest([part for node in nest.loops for part in parts.get(node, (node,))], stores, nest.in_any_order)


def split(program: Program) -> Program:
    """A program with loops split wherever that saves a division."""
    return replace(program, nests=[split_nest(nest) for nest in program.nests])
