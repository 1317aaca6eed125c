"""What a kernel is: values computed in one nest of loops, and which loop runs along which axis.

A UOp has axes, a kernel has loops. *Labels* say for each axis of a UOp which loop of a kernel runs along it. They
follow from the labels of what the UOp is used for: if a transpose is wanted along the loops (0, 1), then what it is the
transpose of is wanted along (1, 0).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from .joins import Place
from .strides import Shape, contiguous_strides, reshape_groups
from .uop import ELEMENTWISE, MOVEMENT, Ops, UOp

Labels = tuple[int, ...]  # for each axis of a UOp the loop that runs along it
UNIT, OTHER = -1, -2  # labels of an axis of size 1, and of one indexed in some more complicated way
FIRST_INNER = 1 << 16  # loops of reductions are numbered from here, a kernel's outer loops from 0


@dataclass(eq=False)
class Kernel:
    """A set of values computed in one nest of loops.

    Attributes
    ----------
    loops: sizes of the outer loops.
    outputs: each value written to memory, with the loops along its axes.
    inputs: the UOps read from memory, with the loops along their axes at each place that reads them.

    What else there is says why the scheduler cut the graph like this, or how a pass wants it done.
    """

    loops: list[int]
    outputs: list[tuple[UOp, Labels]]
    inputs: dict[UOp, set[Labels]] = field(default_factory=dict)
    ops: int = 0  # UOps that it computes
    sums: int = 0  # reductions among them
    product: UOp | None = None  # the matrix product, or the like, among the sums
    closed: bool = False  # a scatter or scan: takes no other outputs
    needs: dict[Kernel, None] = field(default_factory=dict)  # kernels that must run before
    prefixes: list[frozenset[int]] = field(default_factory=list)  # sets of loops that must stand outside the others
    product_use: tuple[UOp, Labels] | None = None  # the product itself, where `product` adds it up, and its loops
    fastest: dict[UOp, int] = field(default_factory=dict)  # values of which another axis than the last runs fastest
    last_loop: int | None = None  # the loop that should run along memory, if it is not the last one
    places: dict[UOp, Place] = field(default_factory=dict)  # values that lie inside others' memory
    parts: dict[UOp, None] = field(default_factory=dict)  # small cuts out of something large, perhaps out of memory
    members: list[Kernel] = field(default_factory=list)  # kernels that it runs one after the other, if it was merged
    local: dict[UOp, None] = field(default_factory=dict)  # outputs that only its own members read

    def takes(self, labels: Labels) -> bool:
        """Whether something can be computed once for each turn of just the loops in ``labels``."""
        wanted = frozenset(labels) - {UNIT}
        return OTHER not in wanted and all(p <= wanted or wanted <= p for p in self.prefixes)

    def __repr__(self) -> str:
        written = ", ".join(f"{node.op.name}{list(node.shape)}" for node, _ in self.outputs)
        return f"Kernel({self.ops} operations, reads {len(self.inputs)}, writes {written})"


def loops_of(shape: Shape) -> tuple[list[int], Labels]:
    """A loop for each axis that is longer than 1, and the labels that go with them."""
    sizes = [size for size in shape if size != 1]
    numbers = count()
    return sizes, tuple(next(numbers) if size != 1 else UNIT for size in shape)


def source_labels(node: UOp, labels: Labels, inner: count) -> list[Labels]:
    """The loops along the axes of each source, given those along the axes of ``node``."""
    source = node.src[0].shape if node.src else ()
    match node.op:
        case Ops.RESHAPE:
            result = [UNIT if size == 1 else OTHER for size in source]
            for old, new in reshape_groups(source, node.shape):
                if len(old) == len(new) == 1:
                    result[old[0]] = labels[new[0]]
        case Ops.PERMUTE:
            result = [UNIT] * len(source)
            for place, axis in enumerate(node.arg):
                result[axis] = labels[place]
        case Ops.EXPAND:
            last = labels[len(labels) - len(source) :]
            result = [UNIT if size == 1 else label for size, label in zip(source, last)]
        case Ops.PAD | Ops.SHRINK:
            result = [
                UNIT if old == 1 and label == UNIT else label if old == new else OTHER
                for old, new, label in zip(source, node.shape, labels)
            ]
        case Ops.FLIP:
            turned = {axis for axis in node.arg if source[axis] != 1}
            result = [OTHER if axis in turned else label for axis, label in enumerate(labels)]
        case Ops.WINDOW | Ops.SPREAD:
            result = [*labels[: len(source) - 1], labels[-1]] if node.op is Ops.SPREAD else list(labels[:-1])
            result[node.arg[0]] = OTHER
        case Ops.REDUCE:
            result = [
                (next(inner) if size != 1 else UNIT) if axis in node.arg[1] else label
                for axis, (size, label) in enumerate(zip(source, labels))
            ]
        case Ops.GATHER:
            axes, positions = len(node.src) - 1, len(node.src[1].shape)
            moved = tuple([OTHER] * axes) + labels[positions:]
            return [moved, *[labels[:positions]] * axes]
        case Ops.SCATTER:
            return [labels, *[(OTHER,) * len(s.shape) for s in node.src[1:]]]
        case _:
            return [labels] * len(node.src)
    return [tuple(result)]


def view_of(node: UOp) -> tuple[UOp, int] | None:
    """The BUFFER that holds this UOp's numbers in one run, and where the run starts; None if none does."""
    offset = 0
    while node.op in (Ops.RESHAPE, Ops.SHRINK):
        if node.op is Ops.SHRINK:
            shape, bounds = node.src[0].shape, node.arg
            sizes = [stop - start for start, stop in bounds]
            cut = next((axis for axis, size in enumerate(sizes) if size != 1), len(sizes))
            if any(sizes[axis] != shape[axis] for axis in range(cut + 1, len(sizes))):
                return None
            offset += sum(start * step for (start, _), step in zip(bounds, contiguous_strides(shape)))
        node = node.src[0]
    return (node, offset) if node.op is Ops.BUFFER else None


def is_product(node: UOp) -> bool:
    """Whether a REDUCE is something like a matrix product: each factor is used for many results."""
    source = node.src[0]
    return source.op is Ops.MUL and all(unstretched(factor).size < source.size for factor in source.src)


def unstretched(node: UOp) -> UOp:
    """What is below all movements."""
    while node.op in MOVEMENT:
        node = node.src[0]
    return node


def padded_in(order: Sequence[UOp]) -> set[UOp]:
    """The UOps that are zero at some places, or not read there, as long as nothing below them has memory."""
    found: set[UOp] = set()
    for node in order:
        inherits = (node.op in ELEMENTWISE or node.op in MOVEMENT) and not found.isdisjoint(node.src)
        if inherits or node.op in (Ops.PAD, Ops.SPREAD):
            found.add(node)
    return found


def base_of(node: UOp) -> UOp:
    """The UOp whose memory also serves this one: a reshape needs none of its own."""
    while node.op is Ops.RESHAPE or node.op is Ops.CONTIGUOUS and node.src[0].op is Ops.CONTIGUOUS:
        node = node.src[0]
    return node


def needs_any(kernel: Kernel, others: set[Kernel], patience: int = 200) -> bool:
    """Whether ``kernel`` has to wait for one of ``others``; True as well if that takes too long to find out."""
    seen, stack = {kernel}, [kernel]
    while stack and others:
        for before in stack.pop().needs:
            if before in others or len(seen) > patience:
                return True
            if before not in seen:
                seen.add(before)
                stack.append(before)
    return False


def in_order(kernels: Sequence[Kernel]) -> list[Kernel]:
    """The kernels, each after those that it needs."""
    done: dict[Kernel, None] = {}
    for kernel in kernels:
        stack = [kernel]
        while stack:
            waiting = [before for before in stack[-1].needs if before not in done]
            if waiting:
                stack.extend(waiting)
            else:
                done[stack.pop()] = None
    return list(done)


def read_parts_in_place(kernel: Kernel) -> None:
    """Small parts of what a kernel reads become inputs of their own: the same code then serves for other parts."""
    own_results = {node for node, _ in kernel.outputs}
    for node in kernel.parts:
        source = node.src[0]
        if source in kernel.inputs and source not in kernel.fastest and not own_results.intersection((node, source)):
            own = kernel.places.get(source, Place(source, 0, contiguous_strides(source.shape)))
            offset = own.offset + sum(start * step for (start, _), step in zip(node.arg, own.strides))
            kernel.inputs[node] = set()
            kernel.places[node] = Place(own.whole, offset, own.strides)
