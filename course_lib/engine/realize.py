"""From graphs to numbers: simplify, cut into kernels, decide who writes where, run, and remember the results."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from . import passes, provenance
from .capturing import Capture
from .collector import paused_collector
from .counters import Cost, GlobalCounters, cost_of, debug_level
from .describe import graph_text
from .device import Buffer, Device
from .dtype import decode
from .interpret import interpret, stable_argsort
from .lower import Program, Signature, kernel_body, lower, signature
from .passes import layout
from .pseudocode import loops_text
from .render import render_c
from .reports import item_line, kernel_report, kernel_text, realize_report, schedule_text
from .rewrite import rewrite, value_of
from .schedule import Kernel, base_of, in_order, loops_of, make_kernels, needs_any, view_of
from .simplify import RULES
from .uop import Ops, UOp, device_of, toposort

if TYPE_CHECKING:
    from .tensor import Tensor


@dataclass(eq=False)
class ScheduleItem:
    """One kernel to run: what it computes, and the buffers and numbers with which it does.

    Attributes
    ----------
    kernel: the fused operations.
    device: where it runs.
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


def make_plan(roots: Sequence[UOp], device: str, pinned: Iterable[Buffer] | None = None) -> Plan:
    """Plan the computation of UOps on one device.

    Parameters
    ----------
    roots: the UOps; none is realized.
    pinned: buffers that must keep their numbers; None forbids all overwriting.
    """
    targets: dict[UOp, UOp] = {}  # what an assignment would like to overwrite
    became = rewrite(roots, RULES, leaves_on(device))
    kept = None if pinned is None else set(pinned)
    results: dict[UOp, None] = {}
    for root in roots:
        new = became[root]
        base = base_of(new)
        if root.op is Ops.LEAF and base.op is not Ops.BUFFER:
            base = became[root] = UOp(Ops.LEAF, new.dtype, (new,), root.arg)  # not shared with one that is made alike
        elif root.op is Ops.ASSIGN:
            base = became[root] = UOp(Ops.LEAF, new.dtype, (new,), root.src[0].arg)  # nor are two with equal new values
            targets[base] = root.src[0]
        elif base.op is Ops.BUFFER and root.op is Ops.CONTIGUOUS:
            base = became[root] = UOp(Ops.CONTIGUOUS, new.dtype, (new,))
        if base.op is not Ops.BUFFER:
            results[base] = None
        elif kept is not None:
            kept.add(base.arg[0])  # a result as it is
    kernels, home = make_kernels(results)
    if device == "C" and passes.is_on("layout") and any(kernel.product for kernel in kernels):
        layout.choose(kernels, home, set(results), toposort(results))
    arranged = {node for kernel in kernels for node, _ in kernel.outputs if node in kernel.fastest}
    buffers: dict[UOp, Buffer] = {}
    overwritten: list[tuple[Buffer, UOp]] = []
    shared: dict[UOp, UOp] = {}
    checking = [kernel for kernel in kernels if targets and checks_positions(kernel)]
    for node, target in targets.items():
        old = target.arg[0]
        if kept is not None and old not in kept and may_overwrite(home.get(node), node, target, kernels, checking):
            kept.add(old)  # another tensor may have begun with the same numbers
            buffers[node] = Buffer(device, old.dtype, old.size, old.memory)
            overwritten.append((old, node))
            shared[node] = target
    for node in home:
        if node not in buffers:
            buffers[node] = Buffer(device, node.dtype, node.size)
    for root in results:
        if root.size == 0:
            buffers[root] = Buffer(device, root.dtype, 0)
    items = [make_item(kernel, device, buffers, shared) for kernel in in_order(kernels)]
    for item in items if checking else ():
        item.waits = any(node in shared for node, _ in item.kernel.outputs)
    GlobalCounters.scheduled += len(items)
    return Plan(items, became, buffers, overwritten, arranged)


def checks_positions(kernel: Kernel) -> bool:
    """Whether a kernel may end in an IndexError."""
    return any(node.op in (Ops.GATHER, Ops.SCATTER) for node in kernel_body(kernel))


def may_overwrite(
    kernel: Kernel | None, node: UOp, target: UOp, kernels: Sequence[Kernel], checking: Sequence[Kernel]
) -> bool:
    """Whether a kernel can write a result over a buffer: others must have read it before, itself element by element.

    If so, those others are made to run first, and so are ``checking``, those that may end in an error: after an error
    everything is as it was.
    """
    if kernel is None or kernel in checking or target.arg[0].size != node.size:
        return False
    labels = next(labels for output, labels in kernel.outputs if output is node)
    wanted = loops_of(target.shape)
    readers: list[Kernel] = list(checking)
    for other in kernels:
        for leaf, places in other.inputs.items():
            view = view_of(leaf)
            if view is None or view[0].arg[0] is not target.arg[0]:
                continue
            if other is not kernel:
                readers.append(other)
            elif leaf.shape != node.shape or places != {labels} or len(kernel.loops) != len(wanted[0]):
                return False
    if any(needs_any(other, {kernel}) for other in readers):
        return False
    kernel.needs.update(dict.fromkeys(readers))
    return True


def make_item(kernel: Kernel, device: str, buffers: dict[UOp, Buffer], shared: dict[UOp, UOp]) -> ScheduleItem:
    known = signature(kernel, shared)
    bound: list[tuple[Buffer, int]] = []
    for nodes in known.params:
        node = nodes[0]
        view = None if node in buffers else view_of(node)
        bound.append((view[0].arg[0], view[1]) if view else (buffers[node], 0))
    return ScheduleItem(kernel, device, known, bound, np.array([node.arg for node in known.scalars], np.float64))


def compile_items(items: Sequence[ScheduleItem], device_name: str) -> tuple[list[str], set[str]]:
    """Compile what is new, all at once. Returns the keys of all kernels, and those of the new ones."""
    device, version = Device[device_name], compiler_version()
    keys = [item.known.key + version for item in items]
    fresh = {key: item for key, item in zip(keys, items) if item.sorts is None and key not in device.kernels}
    device.compile({key: item.program for key, item in fresh.items()})
    return keys, set(fresh)


def run_items(items: Sequence[ScheduleItem], device_name: str) -> None:
    """Compile what is new, and run everything in order."""
    device, level = Device[device_name], debug_level()
    device.prepare()
    before = replace(GlobalCounters)
    keys, fresh = compile_items(items, device_name)
    checked = False
    for key, item in zip(keys, items):
        start = time.perf_counter()
        if item.waits and not checked:
            checked = True
            device.synchronize()
        if item.sorts is not None:
            sort(item)
        else:
            device.launch(key, item.buffers, item.scalars)
        GlobalCounters.kernels += 1
        if level >= 2:
            device.synchronize()
        elapsed = time.perf_counter() - start
        GlobalCounters.seconds += elapsed
        cost = device.costs.get(key)
        if cost is None:
            cost = device.costs[key] = item.cost
        GlobalCounters.bytes += cost.bytes
        GlobalCounters.flops += cost.flops
        if level >= 2:
            report(item, elapsed, key in fresh, level)
    start = time.perf_counter()
    device.synchronize()
    GlobalCounters.seconds += time.perf_counter() - start
    if level:
        print(realize_report(device_name, before, GlobalCounters))


def report(item: ScheduleItem, seconds: float, new: bool, level: int) -> None:
    """Say what a kernel did: with ``DEBUG=2`` in a line, with 3 also its graph and loops, with 4 also its source."""
    print(kernel_report(GlobalCounters.kernels, item, seconds, new))
    if level >= 3:
        print(f"{kernel_text(item)}\n{loops_text(item)}")
    if level >= 4:
        print(item.source)


def sort(item: ScheduleItem) -> None:
    """An ARGSORT, through NumPy's memory."""
    node = item.sorts
    (target, _), (source, start) = item.buffers
    shape = node.src[0].shape
    numbers = decode(source.array[start : start + node.size].reshape(shape), source.dtype)
    order = np.ascontiguousarray(stable_argsort(numbers, node.arg))
    Device[item.device].write(target.memory, order.reshape(-1))


def copy_between_devices(nodes: Iterable[UOp]) -> None:
    """Compute what each COPY takes from another device, and take it."""
    for node in nodes:
        if node.op is Ops.COPY and node.realized is None:
            source = node.src[0]
            compute([source], device_of(source) or node.arg)
            node.realized = Buffer(node.arg, node.dtype, node.size)
            copy_into(node.realized, source.realized)


def copy_into(target: Buffer, source: Buffer) -> None:
    """Copy numbers between buffers of one size and dtype, whatever devices they are on."""
    Device[target.device].write(target.memory, source.array)


def not_yet_computed(roots: Iterable[UOp]) -> list[UOp]:
    """The UOps that the roots need and whose numbers are not in memory, sources first."""
    order: dict[UOp, None] = {}
    stack = [(root, False) for root in roots]
    while stack:
        node, ready = stack.pop()
        if ready:
            order[node] = None
        elif node not in order and node.realized is None:
            stack.append((node, True))
            stack.extend((source, False) for source in node.src if source not in order)
    return list(order)


def compute(roots: Sequence[UOp], device: str, pinned: Iterable[Buffer] | None = None) -> None:
    """Compute UOps on one device; each has ``realized`` afterwards."""
    waiting: dict[UOp, None] = {}
    for root in roots:
        if root.op is Ops.BUFFER:
            root.realized = root.arg[0]
        elif not computed_on(root, device):
            waiting[root] = None
    if not waiting:
        return
    if not hasattr(Device[device], "compile"):
        return interpret_on(list(waiting), device)
    plan = make_plan(list(waiting), device, pinned)
    run_items(plan.items, device)
    remember(plan, device, waiting)


def remember(plan: Plan, device: str, roots: Container[UOp]) -> None:
    """Note at each UOp of the original graph where its numbers are now."""
    for node in plan.became:
        if not computed_on(node, device) and (node in roots or value_of(node) is None):  # a number needs no memory
            node.realized = plan.buffer_of(node) or node.realized
    for old, _ in plan.overwritten:
        old.memory = None


def interpret_on(roots: list[UOp], device: str) -> None:
    """Let NumPy compute UOps one by one, on a device whose memory it can reach."""
    begun, before = time.perf_counter(), replace(GlobalCounters)
    replaced = rewrite(roots, lambda node: None, leaves_on(device))
    kept = roots + [node for node in replaced if node.op is Ops.CONTIGUOUS and not computed_on(node, device)]
    for node, array in zip(kept, interpret([replaced[node] for node in kept])):
        node.realized = Buffer.of(decode(array, node.dtype), node.dtype, device)
    GlobalCounters.kernels += len(replaced)
    GlobalCounters.seconds += time.perf_counter() - begun
    if debug_level() >= 2:
        print(graph_text([replaced[node] for node in roots]))
    if debug_level():
        print(realize_report(device, before, GlobalCounters))


def realize(tensors: Sequence[Tensor]) -> None:
    """Compute tensors; afterwards ``tensor.uop.realized`` holds the numbers of each.

    While a function is captured for replay this does nothing: all is computed at its end.
    """
    if Capture.active is not None:
        return
    pending = [tensor for tensor in tensors if not computed_on(tensor.uop, tensor.device)]
    if not pending:
        return
    with paused_collector():
        asked: dict[str, list[UOp]] = {}
        for tensor in pending:
            asked.setdefault(tensor.device, []).append(tensor.uop)
        everything = not_yet_computed([tensor.uop for tensor in pending])
        copy_between_devices(everything)
        # what has been assigned on the way is computed, too: it would be needed again and again
        assigned = [node for node in everything if node.op is Ops.ASSIGN]
        for node in assigned:
            asked.setdefault(node.src[0].arg[0].device, []).append(node)
        pinned = None
        if assigned:
            from .tensor import live_tensors

            computed_now = {root for roots in asked.values() for root in roots if root.op is not Ops.BUFFER}
            pinned = pinned_by({t.uop for t in live_tensors()} - computed_now)
        for device, roots in asked.items():
            compute(roots, device, pinned)
        forget_history([*assigned, *(tensor.uop for tensor in pending)])


def pinned_by(uops: Iterable[UOp]) -> set[Buffer]:
    """The buffers that hold the values of UOps, or from which those that are not computed yet will be."""
    uops = list(uops)
    waiting = not_yet_computed(uops)
    pinned = {node.realized for node in uops if node.realized is not None}
    pinned.update(source.realized for node in waiting for source in node.src if source.realized is not None)
    pinned.update(node.arg[0] for node in waiting if node.op is Ops.BUFFER)
    return pinned


def forget_history(uops: Iterable[UOp]) -> None:
    """Cut computed UOps off from what they were computed from, unless somebody could ask for its gradient."""
    from .tensor import without_history

    computed = dict.fromkeys(uop for uop in uops if uop.src)
    for uop in [uop for uop in computed if uop.op is Ops.ASSIGN]:
        uop.forget_sources()
    for uop in without_history(uop for uop in computed if uop.src):
        uop.forget_sources()


def schedule_of(tensors: Sequence[Tensor]) -> Schedule:
    """The kernels that would compute tensors, none of which is run."""
    schedule = Schedule()
    for device in {tensor.device: None for tensor in tensors}:
        roots = [t.uop for t in tensors if t.device == device and not computed_on(t.uop, device)]
        copy_between_devices(not_yet_computed(roots))
        if roots:
            schedule += make_plan(roots, device).items
    return schedule
