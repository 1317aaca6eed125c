"""Flatten: two loops that run over memory as one would become one.

The elements of a (1000, 1000) array stand in one row of a million, and where all that a kernel reads and writes is like
that, so may its loop be: ``x[i * 1000 + j]`` becomes ``x[i]``. Long loops are worked on in vectors with nothing left
over at the end of each row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..lower import Nest, Program, Store
from ..symbolic import floordiv, loop, mod, take_apart
from ..uop import Ops, UOp, toposort
from .split import DIVISIONS, substitute


def neighbours(nest: Nest, order: Sequence[UOp]) -> Iterable[tuple[UOp, UOp]]:
    """Loops that stand directly in each other: a nest's own, and those of each sum."""
    run_over = {node.src[1] for node in order if node.op is Ops.RUNNING}
    chains = [nest.loops, *(node.src[1:] for node in order if node.op is Ops.ACCUMULATE)]
    for outer, inner in (pair for chain in chains for pair in zip(chain, chain[1:])):
        if outer.op is inner.op is Ops.RANGE and run_over.isdisjoint((outer, inner)):
            yield outer, inner


def run_on(order: Sequence[UOp], stores: Sequence[Store], outer: UOp, inner: UOp) -> bool:
    """Whether one turn of the outer loop moves everywhere as far as all turns of the inner one."""
    indices = [node.src[1] for node in order if node.op is Ops.LOAD] + [store.index for store in stores]
    found = [take_apart(index)[0] for index in indices]
    return all(terms.get(outer, 0) == terms.get(inner, 0) * inner.arg[1] for terms in found)


def flatten_nest(nest: Nest) -> Nest:
    """A nest with as few loops as its indices allow."""
    while True:
        order = toposort(nest.expressions)
        for outer, inner in neighbours(nest, order):
            if not run_on(order, nest.stores, outer, inner):
                continue
            size = inner.arg[1]
            whole = loop(inner.arg[0], outer.arg[1] * size)
            parts = {outer: (whole,), inner: ()}
            new = substitute(nest.expressions, {outer: floordiv(whole, size), inner: mod(whole, size)}, parts)
            if sum(node.op in DIVISIONS for node in toposort(new)) > sum(node.op in DIVISIONS for node in order):
                continue  # something else needs them apart
            loops = [part for node in nest.loops for part in parts.get(node, (node,))]
            nest = Nest(loops, nest.stores_of(new), nest.in_any_order)
            break
        else:
            return nest


def flatten(program: Program) -> Program:
    """A program with loops merged wherever they run over memory as one."""
    return replace(program, nests=[flatten_nest(nest) for nest in program.nests])
