"""Plans: a graph simplified, cut into kernels, and for each kernel the memory that it reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from . import passes, provenance
from .counters import Cost, GlobalCounters, cost_of
from .device import Buffer, Device
from .dtype import dtypes
from .kernel import Kernel, base_of, in_order, loops_of, needs_any, read_parts_in_place, view_of
from .lower import Program, lower
from .passes import batch, horizontal, layout, memory, rows, totals
from .render import render_c
from .reports import item_line, schedule_text
from .rewrite import rewrite, value_of
from .schedule import make_kernels
from .signature import Signature, kernel_body, signature
from .simplify import RULES
from .uop import ELEMENTWISE, Ops, UOp, toposort


@dataclass(eq=False)
class ScheduleItem:
    """One kernel to run: what it computes, and the buffers and numbers with which it does.

    Attributes
    ----------
    kernel: the fused operations.
    device: where it runs.
    known: what the kernel computes, whatever its buffers and numbers.
    buffers: a function's buffers in order, outputs first, each with the element at which it starts.
    scalars: the uncommon numbers among its operations.
    waits: whether it overwrites a buffer, and must not if a kernel before it was given a position out of range.
    """

    kernel: Kernel
    device: str
    known: Signature
    buffers: list[tuple[Buffer, int]]
    scalars: np.ndarray
    waits: bool = False
    _cost: Cost | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """The name of the compiled kernel: equal where code can be shared."""
        return self.known.key + compiler_version()

    @property
    def program(self) -> Program:
        """The kernel as loops over single elements."""
        provenance.version()  # so that nothing is remembered of other versions of the compiler
        return lower(self.kernel, self.known)

    @property
    def source(self) -> str:
        """The text of the kernel in its device's language."""
        if self.sorts is not None:
            return "(a stable sort, done by NumPy)"
        write = getattr(Device[self.device], "source", render_c)  # C is read even where nothing compiles it
        return write(self.program, self.key)

    @property
    def cost(self) -> Cost:
        """How much it reads, writes and computes."""
        if self._cost is None:
            self._cost = Cost() if self.sorts is not None else cost_of(self.program)
        return self._cost

    @property
    def sorts(self) -> UOp | None:
        """The ARGSORT, if that is what it does: sorting is left to a library."""
        node = self.kernel.outputs[0][0]
        return node if node.op is Ops.ARGSORT else None

    def __repr__(self) -> str:
        return item_line(self)

    def _repr_html_(self) -> str:
        return Schedule([self])._repr_html_()


class Schedule(list[ScheduleItem]):
    """Kernels in the order in which they run: a list that shows itself as a table."""

    def __repr__(self) -> str:
        return schedule_text(self)

    def _repr_html_(self) -> str:
        from .display import schedule_html

        return schedule_html(self)


def compiler_version() -> str:
    """What tells apart the kernels that different versions of the compiler make of one graph."""
    return f"{provenance.version():04x}{passes.choice()}"


@dataclass
class Plan:
    """What has to be done for some results.

    Attributes
    ----------
    items: kernels in order.
    became: what each UOp of the graph was simplified to.
    buffers: for each UOp with memory of its own, that memory.
    overwritten: buffers whose memory a new buffer takes over, with that buffer's place in ``buffers``.
    arranged: the UOps whose axes lie in another order in memory, for the kernels alone.
    """

    items: list[ScheduleItem]
    became: dict[UOp, UOp]
    buffers: dict[UOp, Buffer]
    overwritten: list[tuple[Buffer, UOp]]
    arranged: set[UOp]

    def buffer_of(self, node: UOp) -> Buffer | None:
        """The memory with the numbers of a UOp of the original graph, if there is any."""
        base = base_of(self.became[node])
        if base.op is Ops.BUFFER:
            return base.arg[0]
        return None if base in self.arranged else self.buffers.get(base)


def computed_on(node: UOp, device: str) -> bool:
    """Whether a UOp's numbers lie in a device's memory. Graphs of constants alone may be computed on several."""
    return node.realized is not None and node.realized.device == device


def settled(node: UOp, device: str) -> UOp:
    """The same numbers without their history, if they lie in a device's memory."""
    if node.op is Ops.BUFFER or not computed_on(node, device):
        return node
    return UOp(Ops.BUFFER, node.dtype, (), (node.realized, node.shape))


def leaves_on(device: str) -> Callable[[UOp], UOp | None]:
    """For ``rewrite``: what has been computed before is read from memory."""

    def leaf(node: UOp) -> UOp | None:
        if node.op is Ops.BUFFER:
            node.arg[0].check()
            return node
        if not computed_on(node, device) or value_of(node) is not None:  # a number is written into the kernel
            return None
        node.realized.check()
        return settled(node, device)

    return leaf


def make_plan(
    roots: Sequence[UOp], device: str, pinned: Iterable[Buffer] | None = None, remembers: bool = True
) -> Plan:
    """Plan the computation of UOps on one device.

    Parameters
    ----------
    roots: the UOps; none is realized.
    pinned: buffers that must keep their numbers; None forbids all overwriting.
    remembers: whether somebody may ask for what has been computed on the way.
    """
    became = rewrite(roots, RULES, leaves_on(device))
    results, targets, kept = results_of(roots, became, remembers)
    better = batch.batch(results) if passes.is_on("batch") else {}
    if better:
        results = {base_of(better[result]): None for result in results}
        became = {node: better.get(new, new) for node, new in became.items()}
        targets = {better[node]: target for node, target in targets.items()}
    kernels, home = cut(results, targets, device)
    arranged = {node for kernel in kernels for node, _ in kernel.outputs if node in kernel.fastest}
    buffers = {root: Buffer(device, root.dtype, 0) for root in results if root.size == 0}
    checking = [kernel for kernel in kernels if targets and checks_positions(kernel)]
    shared: dict[UOp, UOp] = {}
    if pinned is not None:
        shared = overwritten_by(targets, kept.union(pinned), kernels, home, checking)
    overwritten = [(target.arg[0], node) for node, target in shared.items()]
    buffers.update((node, Buffer(device, old.dtype, old.size, old.memory)) for old, node in overwritten)
    new = [node for node in with_memory(kernels, home) if node not in buffers]
    kernels = merged(kernels, shared) if device == "C" and provenance.version() == 0 else in_order(kernels)
    hidden: set[UOp] = set()
    if passes.is_on("memory"):
        asked = {base_of(node) for node in became.values()} if remembers else results.keys()
        hidden = {node for node in new if node not in asked and node.op is not Ops.ARGSORT}
        kernels = memory.in_thrifty_order(kernels, hidden) if hidden else kernels
    for node, (number, last) in memory.lifetimes(kernels, hidden).items():
        if number == last and kernels[number].members:
            kernels[number].local[node] = None
    places = memory.arrange(kernels, hidden)
    buffers.update(memory_for(new, places, device))
    items = [make_item(kernel, device, buffers, shared | places.over, places.starts) for kernel in kernels]
    for item in items if checking else ():
        item.waits = any(node in shared for node, _ in item.kernel.outputs)
    GlobalCounters.scheduled += len(items)
    return Plan(items, became, buffers, overwritten, arranged)


def cut(results: dict[UOp, None], targets: dict[UOp, UOp], device: str) -> tuple[list[Kernel], dict[UOp, Kernel]]:
    """The kernels that compute results, and which of them writes each value; where values lie in others is decided."""
    kernels, home = make_kernels(results, passes.is_on("join"), targets)
    if device in ("C", "CL") and passes.is_on("layout") and any(kernel.product for kernel in kernels):
        layout.choose(kernels, home, set(results), toposort(results))
    for kernel in kernels:
        read_parts_in_place(kernel)
    return kernels, home


def merged(kernels: Sequence[Kernel], shared: dict[UOp, UOp]) -> list[Kernel]:
    """The kernels in order, with those merged that passes make one of; ``shared`` are values written over others."""
    if passes.is_on("horizontal"):
        kernels = horizontal.merge(kernels, shared)
    if passes.is_on("totals"):
        kernels = totals.merge(in_order(kernels))
    if passes.is_on("rows"):
        kernels = rows.merge(in_order(kernels), shared)
    return in_order(kernels)


def results_of(
    roots: Sequence[UOp], became: dict[UOp, UOp], remembers: bool
) -> tuple[dict[UOp, None], dict[UOp, UOp], set[Buffer]]:
    """What has to be computed for roots, what of it would like to overwrite which BUFFER, and roots that are there.

    ``became`` is changed where a root needs a UOp of its own.
    """
    results: dict[UOp, None] = {}
    targets: dict[UOp, UOp] = {}
    there: set[Buffer] = set()
    for root in roots:
        new = became[root]
        base = base_of(new)
        if root.op is Ops.LEAF and base.op is not Ops.BUFFER:
            base = became[root] = UOp(Ops.LEAF, new.dtype, (new,), root.arg)  # not shared with one that is made alike
        elif root.op is Ops.ASSIGN:
            if remembers or base in results or new.op not in ELEMENTWISE:  # nor with what somebody may ask for
                base = became[root] = UOp(Ops.LEAF, new.dtype, (new,), root.src[0].arg)
            targets[base] = root.src[0]
        elif base.op is Ops.BUFFER and root.op is Ops.CONTIGUOUS:
            base = became[root] = UOp(Ops.CONTIGUOUS, new.dtype, (new,))
        if base.op is Ops.BUFFER:
            there.add(base.arg[0])
        else:
            results[base] = None
    return results, targets, there


def overwritten_by(
    targets: dict[UOp, UOp],
    kept: set[Buffer],
    kernels: Sequence[Kernel],
    home: dict[UOp, Kernel],
    checking: Sequence[Kernel],
) -> dict[UOp, UOp]:
    """Those of ``targets`` whose BUFFER can really be written over, as nothing needs its old numbers any more."""
    readers = readers_of(kernels) if targets else {}
    waited_for = {before for kernel in kernels for before in kernel.needs}
    found: dict[UOp, UOp] = {}
    for node, target in targets.items():
        old = target.arg[0]
        if old not in kept and may_overwrite(home.get(node), node, target, readers, checking, waited_for):
            kept.add(old)  # another tensor may have begun with the same numbers
            found[node] = target
    return found


def with_memory(kernels: Sequence[Kernel], home: dict[UOp, Kernel]) -> list[UOp]:
    """The values that need memory of their own: all that kernels write, but pieces of what is joined, and the joins."""
    pieces = {node for kernel in kernels for node, _ in kernel.outputs if node in kernel.places}
    wholes = {place.whole: None for kernel in kernels for place in kernel.places.values()}
    return [
        node
        for node in dict.fromkeys((*home, *wholes))
        if node not in pieces and (node in home or view_of(node) is None)
    ]


def checks_positions(kernel: Kernel) -> bool:
    """Whether a kernel may end in an IndexError."""
    return any(node.op in (Ops.GATHER, Ops.SCATTER) for node in kernel_body(kernel))


def readers_of(kernels: Iterable[Kernel]) -> dict[Buffer, list[tuple[Kernel, UOp]]]:
    """For each buffer the kernels that read it, and as what."""
    readers: dict[Buffer, list[tuple[Kernel, UOp]]] = {}
    for kernel in kernels:
        for leaf in kernel.inputs:
            if view := view_of(leaf):
                readers.setdefault(view[0].arg[0], []).append((kernel, leaf))
    return readers


def may_overwrite(
    kernel: Kernel | None,
    node: UOp,
    target: UOp,
    readers: dict[Buffer, list[tuple[Kernel, UOp]]],
    checking: Sequence[Kernel],
    waited_for: set[Kernel],
) -> bool:
    """Whether a kernel can write a result over a buffer: others must have read it before, itself element by element.

    If so, those others are made to run first, and so are ``checking``, those that may end in an error: after an error
    everything is as it was. ``waited_for`` are the kernels that any others need.
    """
    if kernel is None or kernel in checking or target.arg[0].size != node.size:
        return False
    labels = next(labels for output, labels in kernel.outputs if output is node)
    wanted = loops_of(target.shape)
    before = dict.fromkeys(checking)
    for other, leaf in readers.get(target.arg[0], ()):
        if other is not kernel:
            before[other] = None
        elif leaf.shape != node.shape or kernel.inputs[leaf] != {labels} or len(kernel.loops) != len(wanted[0]):
            return False
    if kernel in waited_for and any(needs_any(other, {kernel}) for other in before):
        return False
    kernel.needs.update(before)
    waited_for.update(before)
    return True


def memory_for(nodes: Iterable[UOp], places: memory.Arrangement, device: str) -> dict[UOp, Buffer]:
    """New memory for values: of its own, or at its place in an arena."""
    arena = Buffer(device, dtypes.uint8, places.nbytes).memory if places.starts else None
    return {
        node: Buffer(device, node.dtype, places.starts[node] + node.size, arena)
        if node in places.starts
        else Buffer(device, node.dtype, node.size)
        for node in nodes
    }


def make_item(
    kernel: Kernel, device: str, buffers: dict[UOp, Buffer], shared: dict[UOp, UOp], starts: dict[UOp, int]
) -> ScheduleItem:
    """Find the memory that a kernel works with; ``starts`` says where in a buffer values begin if not at its start."""
    known = signature(kernel, shared)
    bound: list[tuple[Buffer, int]] = []
    for nodes in known.params:
        node, start = nodes[0], 0
        if node in kernel.places:
            node, start = kernel.places[node].whole, kernel.places[node].offset
        view = None if node in buffers else view_of(node)
        bound.append((view[0].arg[0], view[1] + start) if view else (buffers[node], starts.get(node, 0) + start))
    return ScheduleItem(kernel, device, known, bound, np.array([node.arg for node in known.scalars], np.float64))
