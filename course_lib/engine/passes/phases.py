"""Phases: kernels that take turns row by row go over each row as few times as they can.

A loop over a row's elements can do all that needs no more than what earlier loops have added up: here, all of one
*phase*. A softmax looks for the largest number in phase 0; in phase 1 it computes the powers and adds them up, for its
gradient also times what has arrived; in phase 2 both results are known.

What one phase computes and the same phase needs stays in a register. What only later phases need, and no other kernel,
stays in a short array for a single row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..cstyle import C
from ..kernel import FIRST_INNER
from ..linearize import dependencies
from ..lower import Nest, Program, Store
from ..render import Renderer
from ..symbolic import add, bounds, loop, number, take_apart, times
from ..uop import Ops, UOp, toposort
from .split import substitute

LONGEST = 1 << 13  # elements of a row: several of them should fit into the nearest cache
# These need so many registers that two rows at once are worth it only where they are short.
FUNCTIONS = frozenset({Ops.EXP, Ops.EXPM1, Ops.LOG, Ops.LOG1P, Ops.TANH, Ops.SIGMOID, Ops.ERF})


class NotInPhasesError(Exception):
    """Some of the kernels' loops are of other lengths, or in each other, or read a row in another order."""


@dataclass
class Made:
    """What has been stored: from which phase on it is known, and at which index, in terms of the first phase's loop."""

    phase: int
    index: UOp
    value: UOp
    is_element: bool


class Phases:
    """Gathers what the nests of a program do into phases; see ``in_phases``."""

    def __init__(self, rows: Sequence[UOp], size: int) -> None:
        self.rows, self.size = rows, size
        self.made: dict[UOp, Made] = {}
        self.sums: dict[UOp, UOp] = {}
        self.stores: list[Store] = []

    def loop(self, phase: int) -> UOp:
        """The loop over a row's elements that belongs to a phase."""
        return loop(FIRST_INNER + phase, self.size)

    def take(self, nest: Nest) -> None:
        """Put what a nest computes into the phases in which it can be computed."""
        inner = [node for node in nest.loops if node not in self.rows]
        order = toposort(nest.expressions)
        known: dict[UOp, int] = {}  # the phase from which on each value is known
        self.sums = {}
        for node in order:
            known[node] = max((known[source] for source in node.src), default=0)
            if node.op is Ops.LOAD and node.src[0] in self.made:
                known[node] = max(known[node], self.made[node.src[0]].phase)
            if node.op is Ops.ACCUMULATE:
                if len(node.src) != 2 or node.src[1].arg[1] != self.size:
                    raise NotInPhasesError
                (value,) = self.renamed([node.src[0]], node.src[1], known[node])
                self.sums[node] = UOp(node.op, node.dtype, (value, self.loop(known[node])), node.arg)
                known[node] += 1
        made: dict[UOp, Made] = {}
        for store in nest.stores:
            phase, variable = known[store.value], inner[0] if inner else None
            index, value = self.renamed([store.index, store.value], variable, phase)
            (first,) = self.renamed([store.index], variable, 0)
            self.stores.append(Store(store.param, index, value))
            made[store.param] = Made(phase, first, value, variable in toposort([store.index]))
        last = max(known[store.value] for store in nest.stores)
        for node in order:
            over = made.get(node.src[0]) if node.op is Ops.LOAD else None
            if over is not None and over.is_element and over.phase < last:
                raise NotInPhasesError  # what is written over may be read in a later phase
        self.made.update(made)  # only now: a nest that reads what it writes over wants the numbers from before

    def renamed(self, roots: Sequence[UOp], variable: UOp | None, phase: int) -> list[UOp]:
        """Expressions in terms of a phase's loop, without loads of what that phase has in a register."""
        given, parts = dict(self.sums), {}
        if variable is not None:
            given[variable] = self.loop(phase)
            parts[variable] = (self.loop(phase),)
        for node in toposort(roots, frozenset({Ops.ACCUMULATE})):
            made = self.made.get(node.src[0]) if node.op is Ops.LOAD else None
            if made is None:
                continue
            first = substitute(node.src[1:2], {variable: self.loop(0)} if variable is not None else {})
            if len(node.src) == 3 or first != [made.index]:
                raise NotInPhasesError
            if made.phase == phase or not made.is_element:
                given[node] = made.value
        return substitute(roots, given, parts)


def in_phases(program: Program) -> Nest | None:
    """One nest that does what several do that take turns row by row; None if their loops are too different."""
    order = toposort([part for nest in program.nests for part in nest.expressions])
    depends = dependencies(order)
    sums = [node for node in order if node.op is Ops.ACCUMULATE]
    rows = [node for node in program.nests[0].loops if any(node in depends[total] for total in sums)]
    inner = [[node for node in nest.loops if node not in rows] for nest in program.nests]
    every = {node for nodes in inner for node in nodes}.union(*(total.src[1:] for total in sums))
    if (
        not rows
        or len({node.arg[1] for node in every}) != 1
        or max(map(len, inner)) > 1
        or not all(nest.in_any_order and nest.loops[: len(rows)] == rows for nest in program.nests)
        or any(node.op is Ops.RUNNING for node in order)
        or any(not depends[total].isdisjoint(every) for total in sums)  # a sum within another one's loop
    ):
        return None
    phases = Phases(rows, next(iter(every)).arg[1])
    try:
        for nest in program.nests:
            phases.take(nest)
    except NotInPhasesError:
        return None
    order = toposort([part for store in phases.stores for part in (store.index, store.value)])
    beside = sorted((node for node in order if node.op is Ops.RANGE and node not in rows), key=lambda node: node.arg)
    if any(node.arg[0] - FIRST_INNER not in range(len(beside)) for node in beside):
        return None
    read = {node.src[0] for node in order if node.op is Ops.LOAD}
    stores = [store for store in phases.stores if store.param in read or store.param not in program.local]
    nest = Nest(rows, stores, beside=beside)
    return nest if has_all_sums_in_rows(nest) else None


def has_all_sums_in_rows(nest: Nest) -> bool:
    """Whether all sums depend on the row: one that is the same for several rows would stand outside of their loop."""
    depends = dependencies(toposort(nest.expressions))
    return all(loops.issuperset(nest.loops) for node, loops in depends.items() if node.op is Ops.ACCUMULATE)


def two_at_once(nest: Nest) -> Nest:
    """A nest that does two rows in each turn: while the end of one's sum is waited for, the other's is computed."""
    *outer, row = nest.loops
    order = toposort([store.value for store in nest.stores])
    strides = [take_apart(node.src[1])[0] for node in order if node.op is Ops.LOAD]
    down_columns = any(terms.get(row) == 1 and not terms.keys().isdisjoint(nest.beside) for terms in strides)
    longest = LONGEST // 16 if any(node.op in FUNCTIONS for node in order) else LONGEST // 4
    if row.arg[1] % 2 or row.arg[1] == 2 or 2 * nest.beside[0].arg[1] > longest or down_columns:
        return nest
    pair = loop(row.arg[0], row.arg[1] // 2)
    stores = []
    for place in range(2):
        stores += nest.stores_of(substitute(nest.expressions, {row: add(times(pair, 2), number(place))}))
    double = replace(nest, loops=[*outer, pair], stores=stores)
    return double if has_all_sums_in_rows(double) else nest  # of every second row little may be left


def with_short_arrays(nest: Nest, local: set[UOp]) -> tuple[Nest, dict[UOp, int]]:
    """A nest in which arrays for a single row are enough for local values, and how long each of these is."""
    first = dict.fromkeys(nest.loops, number(0))
    lengths: dict[UOp, int] = {}
    given: dict[UOp, UOp] = {}
    for store in nest.stores:
        highest = bounds(substitute([store.index], first)[0])[1]
        if store.param in local and highest < LONGEST:
            lengths[store.param] = max(highest + 1, lengths.get(store.param, 0))
    for node in toposort([store.value for store in nest.stores]):
        if node.op is Ops.LOAD and node.src[0] in lengths:
            given[node] = UOp(Ops.LOAD, node.dtype, (node.src[0], *substitute(node.src[1:], first)))
    values = substitute([store.value for store in nest.stores], given)
    indices = [substitute([s.index], first)[0] if s.param in lengths else s.index for s in nest.stores]
    return replace(nest, stores=[Store(s.param, i, v) for s, i, v in zip(nest.stores, indices, values)]), lengths


def render(program: Program, writer: type[Renderer]) -> list[str] | None:
    """The C lines for nests that take turns, if those of a program can."""
    nest = in_phases(program)
    if nest is None:
        return None
    nest, lengths = with_short_arrays(two_at_once(nest), program.local)
    renderer = writer(C, program)
    renderer.arrays[nest.loops[-1]] = [
        f"{C.storage_of(param.dtype)} p{param.arg[0]}[{length}] __attribute__((aligned(64)));  // only for this row"
        for param, length in lengths.items()
    ]
    renderer.nest(nest)
    return renderer.lines
