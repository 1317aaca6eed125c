"""Short loops: up to four turns are written out, where they need something in common.

The gradient of pooling gives each of the 2 by 2 pixels of a window the gradient of the window, if it was the largest.
In loops within loops every pixel would find out anew how many were as large. With all four written one after the other
that is done once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..lower import Nest, Program, Store
from ..symbolic import number, take_apart
from ..uop import Ops, UOp, toposort
from .split import substitute

LONGEST = 4  # turns that are written out
MOST = 16  # stores that there may be


def is_worth_it(short: UOp, order: Sequence[UOp], stores: Sequence[Store]) -> bool:
    """Whether the turns of a short loop have something from memory in common, and another loop runs along memory."""
    steps = [take_apart(store.index)[0] for store in stores]
    if len(stores) * short.arg[1] > MOST or any(1 not in terms.values() or terms.get(short) == 1 for terms in steps):
        return False
    fastest = {atom for terms in steps for atom, factor in terms.items() if factor == 1}
    loads = [node.toposort() for node in order if node.op is Ops.LOAD]
    return any(short not in load and not fastest.isdisjoint(load) for load in loads)


def write_out_nest(nest: Nest) -> Nest:
    """A nest without those of its short loops that are better written out."""
    order = toposort(nest.expressions)
    if not nest.in_any_order or any(node.op in (Ops.ACCUMULATE, Ops.RUNNING) for node in order):
        return nest
    for short in nest.loops:
        if short.op is Ops.RANGE and short.arg[1] <= LONGEST and is_worth_it(short, order, nest.stores):
            turns = [substitute(nest.expressions, {short: number(turn)}) for turn in range(short.arg[1])]
            stores = [store for turn in turns for store in nest.stores_of(turn)]
            return write_out_nest(Nest([loop for loop in nest.loops if loop is not short], stores))
    return nest


def write_out(program: Program) -> Program:
    """A program without short loops, where these do something in common."""
    return replace(program, nests=[write_out_nest(nest) for nest in program.nests])
