"""Which operations share a kernel.

A kernel reads from memory, computes, and writes to memory; the less it reads and writes, the faster it is. So a value
gets memory of its own only where it must (a result asked for, the input of a sort) or where that is cheaper than
computing it again at each place that needs it. All others live only inside a kernel.

The graph is walked from its results back to its leaves. Each UOp arrives with its *uses*: the kernel that wants it, and
for each axis of the UOp the loop of that kernel that runs along it. Uses are all there is to decide on:

- one use: compute it there, on the fly;
- a reduction can be computed on the fly only if it is wanted once for each turn of some outer loops. That is how the
  row sums of a softmax come to stand inside the kernel that divides by them;
- several uses: count reads and writes, with memory and without, and take the cheaper.

Gradients want much of what was computed before. Most of that takes but a few operations from what is in memory anyway:
of a layer with gelu only its sums and the tanh are kept for the gradient, of a layer norm two numbers for each row.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from math import prod

from .costs import MEMORY, work_of
from .joins import MANY, SHOWN_IN_PLACE, SMALL, Place, could_join, pieces_of
from .kernel import (
    FIRST_INNER,
    OTHER,
    UNIT,
    Kernel,
    Labels,
    base_of,
    in_order,
    is_product,
    loops_of,
    needs_any,
    padded_in,
    source_labels,
    unstretched,
    view_of,
)
from .strides import contiguous_strides
from .uop import MOVEMENT, Ops, UOp, toposort

MAX_OPS = 256  # in one kernel; more would only make the C compiler slow
FEW = 9  # elements that are added up without a loop
ELSEWHERE = frozenset({Ops.BUFFER, Ops.CONST, Ops.IOTA, Ops.SCATTER, Ops.ARGSORT})  # never written inside others


@dataclass(frozen=True)
class Use:
    """One place that wants a UOp: a kernel, the loops along its axes, and how often that place is reached."""

    kernel: Kernel
    labels: Labels
    turns: int


def products_in(order: Sequence[UOp]) -> dict[UOp, UOp]:
    """For each product the outermost sum that only adds it up again (as gradients of convolutions do), or itself."""
    outermost: dict[UOp, UOp] = {}
    for node in order:
        if node.op is Ops.REDUCE and is_product(node):
            outermost[node] = node
        elif node.op is Ops.REDUCE and node.arg[0] is Ops.ADD:
            inner = unstretched(node.src[0])
            if inner in outermost and node.src[0].op is Ops.SPREAD:
                outermost.update({part: node for part, top in outermost.items() if top is inner})
                outermost[node] = node
    return outermost


class Scheduler:
    """Cuts one graph into kernels; see ``make_kernels``."""

    def __init__(self, roots: Iterable[UOp], joins: bool, updates: Container[UOp]) -> None:
        self.roots, self.updates = {base_of(root): None for root in roots}, updates
        self.order = toposort(self.roots)
        self.work = work_of(self.order)
        self.products = products_in(self.order)
        self.padded = padded_in(self.order)
        self.inner = count(FIRST_INNER)
        self.ends_in: dict[Kernel, Sequence[int]] = {}  # the loops of the reduction that a kernel ends in
        self.inner_sizes: dict[int, int] = {}
        self.uses: dict[UOp, dict[tuple[Kernel, Labels], int]] = {node: {} for node in self.order}
        self.home: dict[UOp, Kernel] = {}  # the kernel that writes it, for every UOp with memory of its own
        self.kernels: list[Kernel] = []
        self.needs_memory = set(self.roots)
        self.joinable = could_join(self.order) if joins else set()
        self.places: dict[UOp, Place] = {}  # of pieces of what is joined in memory
        self.readers: dict[UOp, list[Kernel]] = {}  # for such a piece the kernels that read the whole
        self.beside: dict[UOp, list[Kernel]] = {}  # ... and those that write other pieces, if these are few
        for node in self.order:
            if node.op is Ops.ARGSORT:
                self.needs_memory.add(base_of(node.src[0]))

    def run(self) -> None:
        for node in reversed(self.order):
            uses = [Use(kernel, labels, turns) for (kernel, labels), turns in self.uses[node].items()]
            if node.size == 0 or not uses and node not in self.needs_memory:
                continue  # nothing to compute, or only nothing is computed from it
            if node.op is Ops.BUFFER or self.is_view(node):
                for use in uses:
                    use.kernel.inputs.setdefault(node, set()).add(use.labels)
            elif node.op in (Ops.CONST, Ops.IOTA) and node not in self.needs_memory:
                pass
            elif node in self.joinable and (join := pieces_of(node)) and self.joins(node, uses, *join):
                pass
            elif self.gets_memory(node, uses):
                self.store(node, uses)
            else:
                for use in uses:
                    self.compute(node, use)

    def is_view(self, node: UOp) -> bool:
        """Whether it is a run of numbers within a buffer, to be read as they are."""
        return node.op is Ops.SHRINK and node not in self.needs_memory and view_of(node) is not None

    # -- the decision

    def gets_memory(self, node: UOp, uses: list[Use]) -> bool:
        if node in self.needs_memory or node.op in (Ops.LEAF, Ops.CONTIGUOUS, Ops.SCATTER, Ops.SCAN, Ops.ARGSORT):
            return True
        if node.op is Ops.REDUCE:
            kernel = uses[0].kernel
            if len(uses) > 1 or self.is_step(kernel):
                return True
            top = self.products.get(node)
            if top is not node and kernel.product is top is not None:
                return False  # a sum of such sums, all of one product
            inside = any(label >= FIRST_INNER or label == OTHER for label in uses[0].labels)
            beside = kernel.sums or kernel.prefixes or inside or prod(kernel.loops) > node.size
            if kernel.product or top and beside:
                return True  # a product is quicker by itself than beside or inside other sums or more loops
            seldom = self.turns(node, uses[0]) <= 1.5 * node.size and uses[0].kernel.ops < MAX_OPS
            return not (seldom or self.can_reduce_in(uses[0]) or self.is_cheap_again(node, uses[0]))
        if node.op in MOVEMENT:
            return uses[0].kernel.ops >= 2 * MAX_OPS
        if len(uses) == 1 and self.turns(node, uses[0]) <= node.size:
            return uses[0].kernel.ops >= MAX_OPS
        work, reads = self.work[node]
        kernels = len({use.kernel for use in uses})
        again = sum(self.turns(node, use) for use in uses) / node.size
        if kernels == 1 and again <= 4:  # a row that is still in the cache
            return uses[0].kernel.ops >= MAX_OPS
        if len(uses) > 24 or any(use.kernel.ops >= MAX_OPS for use in uses):
            return True
        on_the_spot = again * (work + reads) + kernels * reads * MEMORY
        return on_the_spot > work + again + (reads + 1 + kernels) * MEMORY  # reading takes an instruction, too

    def is_step(self, kernel: Kernel) -> bool:
        """Whether it is an optimizer's step: several tensors updated at once, quicker without a sum in it."""
        return sum(node in self.updates for node, _ in kernel.outputs) > 1

    def can_reduce_in(self, use: Use) -> bool:
        """Whether a reduction with this use is done just once for each of its results."""
        kernel, wanted = use.kernel, [label for label in use.labels if label != UNIT]
        return (
            kernel.ops < MAX_OPS
            and bool(wanted)
            and len(set(wanted)) == len(wanted)
            and kernel.takes(use.labels)
            and all(label < len(kernel.loops) or label in self.ends_in.get(kernel, ()) for label in wanted)
        )

    def is_cheap_again(self, node: UOp, use: Use) -> bool:
        """Whether a sum of a few elements is better computed on the spot, though each is wanted some times.

        How many pixels of a window are the largest is such a sum. Where edges are padded it would need a loop.
        """
        again, (work, _) = self.turns(node, use) / node.size, self.work[node.src[0]]
        few = again in (1, 2, 3, 4) and node.src[0].size <= FEW * node.size and work <= MEMORY
        inside = use.kernel.sums or use.kernel.ops >= MAX_OPS
        return few and not (inside or node in self.products or node.src[0] in self.padded)

    def turns(self, node: UOp, use: Use) -> int:
        """How often one element would be computed in all: loops that it does not depend on but stands in count."""
        loops, wanted = use.kernel.loops, frozenset(use.labels) - {UNIT}
        if any(label >= FIRST_INNER or label == OTHER for label in wanted):
            return use.turns
        if wanted in use.kernel.prefixes:
            return prod(loops[label] for label in wanted)
        return prod(loops[: max(wanted, default=UNIT) + 1])

    # -- what follows from it

    def compute(self, node: UOp, use: Use) -> None:
        """Compute ``node`` on the fly: its sources get a use each."""
        kernel = use.kernel
        kernel.ops += 1
        turns = use.turns
        if node.op is Ops.REDUCE:
            kernel.sums += 1
            kernel.product = kernel.product or self.products.get(node)
            if is_product(node):
                kernel.product_use = (node, use.labels)
            turns = node.src[0].size
            self.order_loops(kernel, use.labels)
        elif node.op is Ops.SCATTER:
            turns = node.src[1].size
        elif node.op is Ops.SHRINK and node.size * SMALL <= node.src[0].size:
            kernel.parts[node] = None
        for source, labels in zip(node.src, source_labels(node, use.labels, self.inner)):
            self.uses[source].setdefault((kernel, labels), turns)

    def order_loops(self, kernel: Kernel, labels: Labels) -> None:
        wanted = frozenset(labels) - {UNIT}
        if wanted not in kernel.prefixes:
            kernel.prefixes.append(wanted)

    def joins(self, node: UOp, uses: list[Use], axis: int, pads: list[UOp]) -> bool:
        """If ``node`` is to have memory, give its pieces theirs inside it; then no kernel has to compute it."""
        if len(pads) < MANY and not self.gets_memory(node, uses):
            return False
        own = self.places.get(node, Place(node, 0, contiguous_strides(node.shape)))
        readers = [use.kernel for use in uses] + self.readers.get(node, [])
        for use in uses:
            self.reads(use, node)
        beside: list[Kernel] = []
        for pad in pads:
            piece = pad.src[0]
            place = Place(own.whole, own.offset + pad.arg[axis][0] * own.strides[axis], own.strides)
            base, inner = place.behind(piece)
            if base in self.needs_memory or base.op in (*SHOWN_IN_PLACE, *ELSEWHERE) or self.is_view(base):
                base, inner = UOp(Ops.LEAF, piece.dtype, (piece,), (place, None)), place  # a copy
            self.places[base], self.readers[base] = inner, readers
            if len(pads) < MANY:
                self.beside[base] = beside
            if base in self.uses:
                self.needs_memory.add(base)
            else:
                self.store(base, [])
        return True

    def reads(self, use: Use, node: UOp) -> None:
        """Note that a kernel reads ``node`` from memory."""
        use.kernel.inputs.setdefault(node, set()).add(use.labels)
        if node in self.places:
            use.kernel.places[node] = self.places[node]

    def store(self, node: UOp, uses: list[Use]) -> None:
        """Give ``node`` memory: it is written by a kernel that it fits into, or by one of its own."""
        home = self.find_home(node, uses)
        if home is None:
            sizes, labels = loops_of(node.shape)
            home = Use(Kernel(sizes, []), labels, node.size)
            self.kernels.append(home.kernel)
            self.beside.get(node, []).append(home.kernel)
            if node.op in (Ops.SCATTER, Ops.ARGSORT):
                home.kernel.closed = True
            elif node.op is Ops.SCAN:
                home.kernel.closed = True
                home.kernel.prefixes.append(frozenset(labels) - {UNIT, labels[node.arg[1]]})
        kernel = home.kernel
        kernel.outputs.append((node, home.labels))
        if node in self.places:
            kernel.places[node] = self.places[node]
        self.home[node] = kernel
        for use in uses:
            if use.kernel is not kernel:
                self.reads(use, node)
                use.kernel.needs[kernel] = None
        for reader in self.readers.get(node, ()):
            reader.needs[kernel] = None
        if node.op is Ops.REDUCE and len(kernel.outputs) == 1:
            kernel.prefixes.append(frozenset(home.labels) - {UNIT})
            before = next(self.inner)
            self.compute(node, home)
            self.ends_in[kernel] = range(before + 1, next(self.inner))
            long = [node.src[0].shape[axis] for axis in node.arg[1] if node.src[0].shape[axis] != 1]
            self.inner_sizes.update(zip(self.ends_in[kernel], long))
        else:
            if len(frozenset(home.labels) - {UNIT}) < len(kernel.loops):
                self.order_loops(kernel, home.labels)
            self.compute(node, home)

    def find_home(self, node: UOp, uses: list[Use]) -> Use | None:
        """A kernel that already wants ``node``, runs over its elements in order, and can run before all other users.

        Or one that writes other pieces of the same whole.
        """
        alone = node.op is Ops.REDUCE and any(self.is_step(use.kernel) for use in uses[-1:])
        if alone or node.op in (Ops.SCATTER, Ops.SCAN, Ops.ARGSORT):
            return None
        sizes, labels = loops_of(node.shape)
        kernels = () if node in self.products else self.beside.get(node, ())
        beside = [Use(k, labels, node.size) for k in kernels if k.loops == sizes and not k.product]
        for use in (*uses[-1:], *beside):  # the last use is of the earliest user
            kernel, wanted = use.kernel, [label for label in use.labels if label != UNIT]
            others = {*(other.kernel for other in uses), *self.readers.get(node, ())} - {kernel}
            if (
                not kernel.closed
                and kernel.ops < MAX_OPS
                and kernel not in self.readers.get(node, ())
                and all(other.labels == use.labels for other in uses if other.kernel is kernel)
                and all(0 <= a < b for a, b in zip(wanted, [*wanted[1:], len(kernel.loops)]))
                and (bool(wanted) or not kernel.loops)
                and not (kernel.product and (node.op is Ops.REDUCE or len(wanted) < len(kernel.loops)))
                and not (node in self.products and len(wanted) < len(kernel.loops))
                and (wanted == list(range(len(wanted))) or frozenset(wanted) in kernel.prefixes)  # no loop moves out
                and kernel.takes(use.labels)
                and not needs_any(kernel, others)
            ):
                return use
        return None


def merge_siblings(
    kernels: list[Kernel], home: dict[UOp, Kernel], sizes: dict[Kernel, tuple[int, ...]]
) -> list[Kernel]:
    """Make one kernel of two that run over the same loops and read something in common, if neither waits for the other.

    ``sizes`` are those of the loops that a kernel's final reduction runs over.
    """
    open_kernels: dict[tuple, list[Kernel]] = {}
    merged: list[Kernel] = []
    for kernel in kernels:
        shape = (tuple(kernel.loops), sizes.get(kernel))
        for other in open_kernels.get(shape, ())[-8:]:
            if (
                not (kernel.closed or kernel.product or other.product)
                and kernel.ops + other.ops < MAX_OPS
                and any(node in other.inputs and (node.size > 1 or not kernel.loops) for node in kernel.inputs)
                and all(a <= b or b <= a for a in kernel.prefixes for b in other.prefixes)
                and not needs_any(kernel, {other})
                and not needs_any(other, {kernel})
            ):
                absorb(other, kernel, kernels, home)
                break
        else:
            merged.append(kernel)
            if not kernel.closed:
                open_kernels.setdefault(shape, []).append(kernel)
    return merged


def absorb(kernel: Kernel, other: Kernel, kernels: Iterable[Kernel], home: dict[UOp, Kernel]) -> None:
    """Let ``kernel`` do what ``other`` does, too."""
    kernel.outputs += other.outputs
    kernel.ops += other.ops
    kernel.prefixes += [prefix for prefix in other.prefixes if prefix not in kernel.prefixes]
    kernel.needs.update(other.needs)
    kernel.places.update(other.places)
    kernel.parts.update(other.parts)
    for node, labels in other.inputs.items():
        kernel.inputs.setdefault(node, set()).update(labels)
    for node, _ in other.outputs:
        home[node] = kernel
    for user in kernels:
        if other in user.needs:
            del user.needs[other]
            user.needs[kernel] = None


def make_kernels(
    roots: Iterable[UOp], joins: bool = False, updates: Container[UOp] = ()
) -> tuple[list[Kernel], dict[UOp, Kernel]]:
    """Cut a graph into kernels.

    Parameters
    ----------
    roots: the UOps whose values are asked for; simplified, on one device.
    joins: whether values may be joined in memory, see ``joins.py``.
    updates: those of the roots that are new numbers for tensors that have some.

    Returns
    -------
    list: the kernels in an order in which they can run.
    dict: for each UOp that gets memory the kernel that writes it; a root's memory is that of ``base_of(root)``.
    """
    scheduler = Scheduler(roots, joins, updates)
    scheduler.run()
    ends = {
        kernel: tuple(scheduler.inner_sizes[label] for label in loops) for kernel, loops in scheduler.ends_in.items()
    }
    kernels = merge_siblings(in_order(scheduler.kernels[::-1]), scheduler.home, ends)
    return in_order(kernels), scheduler.home
