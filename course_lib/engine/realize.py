"""From graphs to numbers: plan, compile and run kernels, and remember the results."""

from __future__ import annotations

import time
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .capturing import Capture
from .collector import paused_collector
from .counters import GlobalCounters, debug_level, memory_behind
from .describe import graph_text
from .device import Buffer, Device
from .dtype import decode
from .interpret import interpret, stable_argsort
from .planning import Plan, Schedule, ScheduleItem, compiler_version, computed_on, leaves_on, make_plan
from .pseudocode import loops_text
from .reports import kernel_report, kernel_text, realize_report
from .rewrite import rewrite, value_of
from .uop import Ops, UOp, device_of

if TYPE_CHECKING:
    from .tensor import Tensor


def compile_items(items: Sequence[ScheduleItem], device_name: str) -> tuple[list[str], set[str]]:
    """Compile what is new, all at once. Returns the keys of all kernels, and those of the new ones."""
    device, version = Device[device_name], compiler_version()
    keys = [item.known.key + version for item in items]
    fresh = {key: item for key, item in zip(keys, items) if item.sorts is None and key not in device.kernels}
    if hasattr(device, "find"):  # what is on disk need not be lowered
        device.find(fresh)
    device.compile({key: item.program for key, item in fresh.items() if key not in device.kernels})
    return keys, set(fresh)


def run_items(items: Sequence[ScheduleItem], device_name: str) -> None:
    """Compile what is new, and run everything in order."""
    device, level = Device[device_name], debug_level()
    device.prepare()
    before = replace(GlobalCounters)
    memory_used = memory_behind(buffer for item in items for buffer, _ in item.buffers)
    GlobalCounters.peak_bytes = max(GlobalCounters.peak_bytes, memory_used)
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
        print(realize_report(device_name, before, GlobalCounters, memory_used))


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
