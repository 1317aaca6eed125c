"""From a kernel's graph of arrays to expressions for single elements: loops, and what is stored where.

Movement operations compute nothing. They only say which element of their source is meant, so each turns the index on
its way from a result to the leaves: ``x.T[i, j]`` asks for ``x[j, i]``. At the leaves an index becomes a LOAD. What is
left has no shapes any more: every UOp stands for one number, and depends on the variables of some loops.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

from .dtype import dtypes
from .kernel import FIRST_INNER, UNIT, Kernel, Labels, is_product
from .signature import Signature, kernel_body
from .strides import reshape_groups
from .symbolic import (
    FALSE,
    TRUE,
    add,
    at_least,
    both,
    bounds,
    flat,
    floordiv,
    in_strides,
    less,
    loop,
    mod,
    number,
    times,
    unflatten,
)
from .uop import ELEMENTWISE, IDENTITIES, Ops, UOp

Index = tuple[UOp, ...]
FEW = 9  # elements that are reduced without a loop


@dataclass
class Store:
    """``param[index] = value``, or ``param[index] = operation(param[index], value)``."""

    param: UOp
    index: UOp
    value: UOp
    update: Ops | None = None


@dataclass
class Nest:
    """Loops in each other, and what is stored in them. The order of the loops is not decided yet.

    Attributes
    ----------
    in_any_order: whether the turns of a loop do not need each other, so that they could also run side by side.
    beside: loops that run one after the other inside the others.
    """

    loops: list[UOp]
    stores: list[Store]
    in_any_order: bool = True
    beside: list[UOp] = field(default_factory=list)

    @property
    def expressions(self) -> list[UOp]:
        """The index and the value of each store, one store after the other."""
        return [part for store in self.stores for part in (store.index, store.value)]

    def stores_of(self, expressions: Sequence[UOp]) -> list[Store]:
        """The stores with new expressions, in the order of ``expressions``."""
        pairs = zip(expressions[::2], expressions[1::2])
        return [Store(store.param, *pair, store.update) for store, pair in zip(self.stores, pairs)]


@dataclass
class Program:
    """A kernel as loops over single elements.

    Attributes
    ----------
    params, scalars: the buffers and numbers that it is given, as PARAM and SCALAR.
    local: those of the buffers that no other kernel reads or writes.
    """

    nests: list[Nest]
    params: list[UOp] = field(default_factory=list)
    scalars: list[UOp] = field(default_factory=list)
    local: set[UOp] = field(default_factory=set)


class Lowering:
    """Turns one kernel into a program; see ``lower``."""

    def __init__(self, kernel: Kernel, params: Sequence[Sequence[UOp]], scalars: Sequence[UOp]) -> None:
        self.kernel = kernel
        self.own = {node for node, _ in kernel.outputs}
        self.param = {
            node: UOp(Ops.PARAM, node.dtype, (), (i, self.extent(node)))
            for i, nodes in enumerate(params)
            for node in nodes
        }
        self.scalar = {node: UOp(Ops.SCALAR, node.dtype, (), i) for i, node in enumerate(scalars)}
        self.done: dict[tuple[UOp, Index, UOp], UOp] = {}  # what ``value`` has answered
        self.generations: dict[UOp, int] = {}  # how many reductions one after the other lead to each value
        self.inner: dict[tuple, list[UOp]] = {}  # the loops of reductions, by what lets several share them
        for node in kernel_body(kernel):
            below = max((self.generations.get(s, 0) for s in node.src), default=0)
            self.generations[node] = 0 if self.loads(node) else below + (node.op is Ops.REDUCE)

    def extent(self, node: UOp) -> int:
        """How many elements of memory there are from a value's first to its last."""
        if node not in self.kernel.places or node.size == 0:
            return node.size
        return 1 + sum((size - 1) * step for size, step in zip(node.shape, self.kernel.places[node].strides))

    def loads(self, node: UOp) -> bool:
        """Whether ``node`` is read from memory, and not computed here (it may be both read and written over)."""
        return node not in self.own and node in self.kernel.inputs

    def value(self, node: UOp, index: Index, valid: UOp = TRUE) -> UOp:
        """One element of ``node``; where ``valid`` is false it may be anything, but nothing is read."""
        key = (node, index, valid)
        found = self.done.get(key)
        if found is None:
            found = self.done[key] = self._value(node, index, valid)
        return found

    def _value(self, node: UOp, index: Index, valid: UOp) -> UOp:
        """What ``value`` remembers: each operation in terms of its sources, at the index that it asks them for."""
        if node.size == 0 or valid is FALSE:
            return UOp.const(node.dtype, 0)
        if self.loads(node):
            return self.load(node, index, valid)
        if node.op is Ops.CONST:
            return self.scalar.get(node, node)
        if node.op is Ops.IOTA:
            return index[0]
        if node.op in ELEMENTWISE:
            return UOp(node.op, node.dtype, tuple([self.value(source, index, valid) for source in node.src]))
        if node.op in IDENTITIES:
            return self.value(node.src[-1], index, valid)
        if node.op is Ops.REDUCE:
            return self.reduction(node, index, valid)
        if node.op is Ops.GATHER:
            axes, ndim = node.src[0].shape, len(node.src[1].shape)
            positions = [
                self.position(source, index[:ndim], axes[axis], axis, valid) for axis, source in enumerate(node.src[1:])
            ]
            value = self.value(node.src[0], (*positions, *index[ndim:]), valid)
            return self.with_checks(value, positions)
        moved, condition = move_index(node, index)
        if condition is FALSE:
            return UOp.const(node.dtype, 0)
        inside = both(valid, condition)
        value = self.value(node.src[0], moved, inside)
        if condition is TRUE or value.op is Ops.LOAD and len(value.src) == 3 and value.src[2] is inside:
            return value
        return UOp(Ops.WHERE, node.dtype, (condition, value, UOp.const(node.dtype, 0)))

    def load(self, node: UOp, index: Index, valid: UOp) -> UOp:
        """One element read from memory, if ``valid``."""
        source = (self.param[node], self.in_memory(node, index))
        return UOp(Ops.LOAD, node.dtype, source if valid is TRUE else (*source, valid))

    def in_memory(self, node: UOp, index: Index) -> UOp:
        """Where an element stands in memory: as the axes come, with one of them last, or inside another value."""
        if node in self.kernel.places:
            return in_strides(index, self.kernel.places[node].strides)
        order = list(range(len(index)))
        if node in self.kernel.fastest:
            order.append(order.pop(self.kernel.fastest[node]))
        return flat(tuple(index[axis] for axis in order), tuple(node.shape[axis] for axis in order))

    def position(self, node: UOp, index: Index, size: int, axis: int, valid: UOp) -> UOp:
        """A position computed by the graph, checked unless it is certainly on its axis."""
        value = self.value(node, index, valid)
        known = as_index(value)
        if known is not None and 0 <= bounds(known)[0] and bounds(known)[1] < size:
            return known
        value = value if value.dtype is dtypes.int64 else UOp(Ops.CAST, dtypes.int64, (value,))
        return UOp(Ops.CHECKED, dtypes.int64, (value,) if valid is TRUE else (value, valid), (size, axis))

    def with_checks(self, value: UOp, positions: Sequence[UOp]) -> UOp:
        """A value that needs all positions to be checked: one that is the same everywhere would not mention them."""
        mentioned = set(value.toposort())
        for position in positions:
            if position.op is Ops.CHECKED and position not in mentioned:
                inside = UOp(Ops.LE, dtypes.bool, (number(0), position))
                value = UOp(Ops.WHERE, value.dtype, (inside, value, UOp.const(value.dtype, 0)))
        return value

    def reduction(self, node: UOp, index: Index, valid: UOp) -> UOp:
        """A reduction has loops of its own. Those that neither wait for each other nor differ in size share them."""
        operation, axes = node.arg
        shape = node.src[0].shape
        written_out = self.written_out(node, index, valid)
        if written_out is not None:
            return written_out
        long = [axis for axis in axes if shape[axis] != 1]
        sizes = tuple(shape[axis] for axis in long)
        outside = frozenset(r for i in (*index, valid) for r in ranges_of(i))
        key = (self.generations[node], sizes, outside)
        if key not in self.inner:
            first = FIRST_INNER + sum(map(len, self.inner.values()))
            self.inner[key] = [loop(first + i, size) for i, size in enumerate(sizes)]
        inner = {**dict.fromkeys(axes, number(0)), **dict(zip(long, self.inner[key]))}
        inside = tuple(inner.get(axis, i) for axis, i in enumerate(index))
        value = self.value(node.src[0], inside, valid)
        loops = [r for r in inner.values() if r.op is Ops.RANGE]
        return UOp(Ops.ACCUMULATE, node.dtype, (value, *loops), operation) if loops else value

    def written_out(self, node: UOp, index: Index, valid: UOp) -> UOp | None:
        """A reduction of a few elements without a loop; not where conditions decide what is read."""
        operation, axes = node.arg
        shape = node.src[0].shape
        if prod(shape[axis] for axis in axes) > FEW or node.src[0].op is Ops.SPREAD or is_product(node):
            return None
        total: UOp | None = None
        for places in itertools.product(*(range(shape[axis]) for axis in axes)):
            inner = dict(zip(axes, map(number, places)))
            value = self.value(node.src[0], tuple(inner.get(axis, i) for axis, i in enumerate(index)), valid)
            total = value if total is None else UOp(operation, node.dtype, (total, value))
        return None if any(part.op is Ops.LOAD and len(part.src) == 3 for part in total.toposort()) else total

    def nests(self) -> list[Nest]:
        """The kernel's loops, and what they store: a single nest, but for a scatter."""
        first, labels = self.kernel.outputs[0]
        outer = [loop(number_, size) for number_, size in enumerate(self.kernel.loops)]
        if first.op is Ops.SCATTER:
            return self.scatter(first, labels, outer)
        stores = []
        for node, labels in self.kernel.outputs:
            index = tuple(number(0) if label == UNIT else outer[label] for label in labels)
            if node.op is Ops.SCAN:
                operation, axis = node.arg
                running = (self.value(node.src[0], index), index[axis])
                value = UOp(Ops.RUNNING, node.dtype, running, operation) if node.shape[axis] != 1 else running[0]
            else:
                value = self.value(node, index)
            stores.append(Store(self.param[node], self.in_memory(node, index), value))
        if self.kernel.last_loop is not None:
            outer.append(outer.pop(self.kernel.last_loop))
        return [Nest(outer, stores)]

    def scatter(self, node: UOp, labels: Labels, outer: list[UOp]) -> list[Nest]:
        """First the base is copied, then the values go to their places, in order."""
        base, values, *positions = node.src
        index = tuple(number(0) if label == UNIT else outer[label] for label in labels)
        param = self.param[node]
        copy = Nest(outer, [Store(param, flat(index, node.shape), self.value(base, index))])
        if values.size == 0:
            return [copy]
        ndim = len(positions[0].shape)
        steps = tuple(loop(len(outer) + axis, size) for axis, size in enumerate(values.shape))
        places = [self.position(p, steps[:ndim], base.shape[axis], axis, TRUE) for axis, p in enumerate(positions)]
        target = flat((*places, *steps[ndim:]), node.shape)
        update = None if node.arg == "SET" else node.arg
        store = Store(param, target, self.value(values, steps), update)
        return [copy, Nest([step for step in steps if step.op is Ops.RANGE], [store], in_any_order=False)]


def lower(kernel: Kernel, known: Signature) -> Program:
    """The program of a kernel, whose buffers and numbers are numbered as in its signature."""
    nests: list[Nest] = []
    param: dict[UOp, UOp] = {}
    for member in kernel.members or [kernel]:
        own = {*member.inputs, *(node for node, _ in member.outputs)}
        params = (
            known.params if member is kernel else [[] if own.isdisjoint(nodes) else nodes for nodes in known.params]
        )
        lowering = Lowering(member, params, known.scalars)
        nests += lowering.nests()
        param.update(lowering.param)
    scalars = [lowering.scalar[node] for node in known.scalars]
    local = {param[node] for node in kernel.local}
    return Program(nests, [param[nodes[0]] for nodes in known.params], scalars, local)


def move_index(node: UOp, index: Index) -> tuple[Index, UOp]:
    """Which element of its source a movement looks at, and under which condition it looks at any."""
    shape, condition = node.src[0].shape, TRUE
    match node.op:
        case Ops.RESHAPE:
            return reshape_index(shape, node.shape, index), TRUE
        case Ops.PERMUTE:
            moved = [index[0]] * len(shape)
            for place, axis in enumerate(node.arg):
                moved[axis] = index[place]
        case Ops.EXPAND:
            last = index[len(index) - len(shape) :]
            moved = [number(0) if size == 1 else i for size, i in zip(shape, last)]
        case Ops.PAD:
            moved = []
            for size, i, (before, after) in zip(shape, index, node.arg):
                i = add(i, number(-before))
                if before or after:
                    condition = both(both(condition, at_least(i, 0)), less(i, size))
                moved.append(i)
        case Ops.SHRINK:
            moved = [add(i, number(start)) for i, (start, _) in zip(index, node.arg)]
        case Ops.FLIP:
            moved = [
                add(times(i, -1), number(size - 1)) if axis in node.arg else i
                for axis, (size, i) in enumerate(zip(shape, index))
            ]
        case Ops.WINDOW:
            axis, _, stride, dilation = node.arg
            moved = list(index[:-1])
            moved[axis] = add(times(index[axis], stride), times(index[-1], dilation))
        case Ops.SPREAD:
            axis, _, stride, dilation = node.arg
            offset = add(index[axis], times(index[-1], -dilation))
            place = floordiv(offset, stride)
            condition = both(at_least(offset, 0), less(place, shape[axis]))
            if stride > 1:
                remainder = mod(offset, stride)
                condition = both(condition, less(remainder, 1))
            moved = list(index)
            moved[axis] = place
        case _:
            raise NotImplementedError(f"no kernel can compute {node.op.name} on the fly")
    return tuple(moved), condition


def reshape_index(old: tuple[int, ...], new: tuple[int, ...], index: Index) -> Index:
    """The index before a reshape for the index after it: only axes that are split or merged need arithmetic."""
    moved = [number(0)] * len(old)
    for before, after in reshape_groups(old, new):
        position = flat(tuple(index[axis] for axis in after), tuple(new[axis] for axis in after))
        for axis, i in zip(before, unflatten(position, tuple(old[axis] for axis in before))):
            moved[axis] = i
    return tuple(moved)


def ranges_of(index: UOp) -> list[UOp]:
    """The loop variables in an expression."""
    return [node for node in index.toposort() if node.op is Ops.RANGE]


def as_index(value: UOp) -> UOp | None:
    """A computed whole number as index arithmetic, if it is made of loop variables and numbers alone; else None."""
    index: UOp | None = None
    match value.op:
        case Ops.CONST if value.dtype.is_int:
            index = number(value.arg)
        case Ops.RANGE:
            index = value
        case Ops.CAST if value.src[0].dtype.is_int:
            index = as_index(value.src[0])
        case Ops.ADD | Ops.SUB | Ops.MUL if value.dtype.is_int:
            a, b = as_index(value.src[0]), as_index(value.src[1])
            if a is not None and b is not None and (value.op is not Ops.MUL or b.op is Ops.CONST):
                index = times(a, b.arg) if value.op is Ops.MUL else add(a, b if value.op is Ops.ADD else times(b, -1))
    if index is None:
        return None
    low, high = bounds(index)
    return index if value.dtype.min <= low and high <= value.dtype.max else None  # else it wraps around
