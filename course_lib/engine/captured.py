"""One call of a function as a list of kernels that can be run again with other numbers.

The kernels reach memory through *slots*, buffers of which each stands for something: a tensor that the function is
given, one that it uses from outside, one of its results. Before the kernels run, each slot is pointed at the right
memory.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from .capturing import Capture
from .collector import paused_collector
from .counters import GlobalCounters, debug_level, memory_behind
from .device import Buffer, Device
from .dtype import dtypes
from .methods.random import generator
from .planning import Plan, computed_on, make_plan
from .realize import compile_items, copy_into, not_yet_computed, pinned_by, realize, run_items
from .strides import Shape
from .tensor import Tensor, live_tensors, outdated
from .uop import Ops, UOp, set_apart


def leaf_of(buffer: Buffer, shape: Shape) -> UOp:
    """The numbers in a buffer as a graph."""
    uop = UOp(Ops.BUFFER, buffer.dtype, (), (buffer, shape))
    uop.realized = buffer
    return uop


def tensor_around(uop: UOp, device: str, requires_grad: bool | None = None) -> Tensor:
    tensor = Tensor.__new__(Tensor)
    tensor._become(uop, device, requires_grad)
    return tensor


def copy_of(buffer: Buffer) -> Buffer:
    copy = Buffer(buffer.device, buffer.dtype, buffer.size)
    copy_into(copy, buffer)
    return copy


class Snapshot:
    """All tensors that somebody holds, with their graphs and gradients, before a function runs."""

    def __init__(self) -> None:
        self.before = [(tensor, tensor.uop, tensor.grad) for tensor in live_tensors()]

    def changed(self) -> list[tuple[Tensor, UOp]]:
        """The tensors that were given new numbers since, each with what it was before."""
        return [(tensor, uop) for tensor, uop, _ in self.before if tensor.uop is not uop]

    def drop_gradients(self) -> None:
        """Forget the gradients that the function has left.

        Raises
        ------
        RuntimeError: if they are all that it is for.
        """
        changed = {id(tensor) for tensor, _ in self.changed()}
        left = [tensor for tensor, _, grad in self.before if tensor.grad is not None and tensor.grad is not grad]
        for tensor, _, grad in self.before:
            tensor.grad = None if id(tensor) in changed else grad
        if not changed and any(tensor.requires_grad for tensor in left):
            raise RuntimeError(
                "a replayed function that calls backward() must use the gradients itself: change the parameters in it, "
                "or return their gradients"
            )

    def owners(self) -> dict[UOp, Tensor]:
        """For each graph the tensor whose numbers it gives, for leaves also that of the buffer."""
        found: dict[UOp | Buffer, Tensor] = {}
        for tensor, uop in [*self.changed(), *((tensor, uop) for tensor, uop, _ in self.before)]:
            found.setdefault(uop, tensor)
            found.setdefault(uop.arg[0] if uop.op is Ops.BUFFER else uop.realized, tensor)
        return found

    def restore(self) -> None:
        """Make all as it was."""
        for tensor, uop, grad in self.before:
            tensor.uop, tensor.grad = uop, grad
            outdated.discard(uop)


@contextmanager
def apart() -> Iterator[None]:
    """Let each tensor be known by a graph of its own, which nothing made from now on equals by chance."""
    held: dict[UOp, Tensor] = {}
    shared: list[tuple[Tensor, UOp, UOp]] = []
    for tensor in live_tensors():
        if held.setdefault(tensor.uop, tensor) is not tensor:
            own = Tensor._leaf(tensor.uop, tensor.device).uop
            shared.append((tensor, tensor.uop, own))
            tensor.uop = own
    set_apart(held)
    try:
        yield
    finally:
        for tensor, uop, own in shared:
            if tensor.uop is own and own.realized is None:  # it is not used
                tensor.uop = uop


class CapturedStep:
    """The kernels of one call of a function.

    Parameters
    ----------
    function: takes tensors that stand for the inputs, and returns the tensors that it gives.
    inputs: the tensors of the first call; of these only shapes, dtypes and devices matter.

    Attributes
    ----------
    items: the kernels in order.
    inputs: for each tensor given, its slot.
    outside: tensors that the function reads though it is not given them, each with its slot.
    state: those that it changes.
    given_back: for inputs that it changes, their number and the slot of what they become.
    outputs: for each result its slot and shape.
    nbytes: of all memory that the kernels work with.

    Raises
    ------
    RuntimeError: if the function does what a list of kernels cannot.
    """

    def __init__(self, function: Callable[[list[Tensor]], list[Tensor]], inputs: list[Tensor]) -> None:
        self.inputs = [Buffer(tensor.device, tensor.dtype, tensor.numel()) for tensor in inputs]
        stand_ins = [
            tensor_around(leaf_of(slot, tensor.shape), tensor.device, tensor.requires_grad)
            for slot, tensor in zip(self.inputs, inputs)
        ]
        with apart():
            snapshot = Snapshot()
            try:
                with Capture() as capture:
                    results = function(stand_ins)
                generator.counter -= capture.drawn  # they are drawn when the kernels are run
                snapshot.drop_gradients()
                capture.check_kept([*results, *(tensor for tensor, _, _ in snapshot.before)])
                with paused_collector():
                    self.plan(results, stand_ins, snapshot, capture)
            except BaseException:
                snapshot.restore()
                raise

    def plan(self, results: list[Tensor], stand_ins: list[Tensor], snapshot: Snapshot, capture: Capture) -> None:
        """Cut what the function has built into kernels, and find out what their buffers stand for."""
        changed = snapshot.changed()
        wanted = [UOp(Ops.CONTIGUOUS, tensor.dtype, (tensor.uop,)) for tensor in results]
        graphs = [*wanted, *(tensor.uop for tensor, _ in changed)]
        outside = find_outside(graphs, snapshot, stand_ins)
        devices = {tensor.device for tensor in (*results, *(tensor for tensor, _ in changed))}
        if len(devices) > 1 or any(node.op is Ops.COPY for node in not_yet_computed(graphs)):
            raise RuntimeError("a replayed function stays on one device: move tensors before or after it")
        self.device = devices.pop() if devices else Device.DEFAULT
        assigned = [assignment(tensor, old) for tensor, old in changed]
        plan = make_plan(list(dict.fromkeys([*wanted, *assigned])), self.device, self.inputs, remembers=False)
        self.items = plan.items
        self.outputs = [(plan.buffer_of(node), node.shape) for node in wanted]

        slots = self.keep_state(plan, assigned, changed, [*results, *stand_ins])
        self.outside: list[tuple[Tensor, Buffer]] = []
        for uop, tensor in outside.items():
            if uop.realized not in slots:
                slots[uop.realized] = slot = slot_on(uop.realized)
                self.outside.append((tensor, slot))
        self.given_back = [
            (number, plan.buffer_of(node))
            for number, stand_in in enumerate(stand_ins)
            for (tensor, _), node in zip(changed, assigned)
            if tensor is stand_in
        ]
        self.fresh = list(dict.fromkeys(slot for slot, _ in (*self.outputs, *((s, n) for n, s in self.given_back))))
        self.swapping = [changed for changed in self.state if changed.spare is not None]
        self.state_ids = {id(changed.tensor) for changed in self.state}
        self.outside_ids = {id(tensor) for tensor, _ in self.outside}
        self.left: tuple | None = None  # what `holders` was after the last step
        self.draws = [(Buffer(self.device, dtypes.uint64, 1), offset) for _, offset in capture.draws]
        slots.update((start, slot) for (start, _), (slot, _) in zip(capture.draws, self.draws))
        self.drawn, self.key, self.seed = capture.drawn, Buffer(self.device, dtypes.uint64, 1), None
        slots[generator.key(self.device)] = self.key
        for item in self.items:
            item.buffers = [(slots.get(buffer, buffer), start) for buffer, start in item.buffers]
        self.bind()

    def keep_state(
        self, plan: Plan, assigned: list[UOp], changed: list[tuple[Tensor, UOp]], inner: list[Tensor]
    ) -> dict[Buffer, Buffer]:
        """Memory for the tensors that are changed from step to step; returns what slots take the place of buffers.

        Parameters
        ----------
        assigned: for each of ``changed`` the UOp that its new numbers are.
        inner: tensors that are there only as long as the function is captured.
        """
        self.state: list[Changed] = []
        slots: dict[Buffer, Buffer] = {}
        written_over = {old: plan.buffers[node] for old, node in plan.overwritten}
        not_others = {id(tensor) for tensor in (*inner, *(tensor for tensor, _ in changed))}
        needed = pinned_by(tensor.uop for tensor in live_tensors() if id(tensor) not in not_others)
        for (tensor, _), node in zip(changed, assigned):
            old, new = node.src[0].arg[0], plan.buffer_of(node)
            if old in self.inputs:
                continue
            slots[old] = slot = copy_of(old) if old in needed else slot_on(old)
            if old not in needed:
                old.memory = None  # it is the slot's now
            in_place = written_over.get(old) is new
            if in_place:
                slots[new] = slot
            self.state.append(Changed(tensor, slot, None if in_place else new))
        return slots

    def bind(self) -> None:
        """Prepare kernels that will be run again and again, as far as the device can."""
        self.keys, _ = compile_items(self.items, self.device)
        self.bound, self.costs = [], [0, 0]
        self.nbytes = memory_behind(buffer for item in self.items for buffer, _ in item.buffers)
        if hasattr(Device[self.device], "bind") and not any(item.sorts for item in self.items):
            first = next((place for place, item in enumerate(self.items) if item.waits), len(self.items))
            for part in (slice(None, first), slice(first, None)):  # between them positions are checked
                arguments = [(item.buffers, item.scalars) for item in self.items[part]]
                if not arguments and self.bound:
                    continue
                self.bound.append(Device[self.device].bind(self.keys[part], arguments))
            costs = [Device[self.device].costs[key] for key in self.keys]
            self.costs = [sum(cost.bytes for cost in costs), sum(cost.flops for cost in costs)]

    def use(self, slot: Buffer, memory: Any) -> None:
        """Let the kernels look for a slot's numbers in other memory from now on."""
        if slot.memory is not memory:
            slot.memory = memory
            for part in self.bound:
                part.put(slot, memory)

    def run(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """One step with these inputs; returns its results."""
        if self.state or self.given_back:
            self.check_names(inputs)
        realize(inputs)
        as_left = not self.state or self.holders() == self.left
        for changed in () if as_left else self.state:
            changed.before_step(self.use)
        for slot, tensor in zip(self.inputs, inputs):
            self.use(slot, tensor.uop.realized.memory)
        for tensor, slot in self.outside:
            if not computed_on(tensor.uop, self.device):
                tensor.realize()
            self.use(slot, tensor.uop.realized.memory)
        fresh = {}
        for slot in self.fresh:
            fresh[slot] = Buffer(self.device, slot.dtype, slot.size)
            self.use(slot, fresh[slot].memory)
        if self.drawn:
            self.draw()
        self.run_at_once() if self.bound and debug_level() == 0 else run_items(self.items, self.device)
        for changed in self.swapping:
            changed.after_step(self.use)
        if self.swapping or not as_left:
            self.left = self.holders()
        for number, slot in self.given_back:
            inputs[number].uop = leaf_of(fresh[slot], inputs[number].shape)
        for slot in (*self.inputs, *fresh):
            slot.memory = None  # whoever has the tensor keeps it
        return [tensor_around(leaf_of(fresh[slot], shape), self.device) for slot, shape in self.outputs]

    def holders(self) -> tuple[list[int], list[int], list[int]]:
        """Which buffers the changed tensors have, and how many hold their leaves and these, all told at once."""
        leaves = [changed.tensor.uop for changed in self.state]
        buffers = [leaf.realized for leaf in leaves]
        return list(map(id, buffers)), list(map(sys.getrefcount, leaves)), list(map(sys.getrefcount, buffers))

    def check_names(self, inputs: Sequence[Tensor]) -> None:
        """Refuse a tensor that is changed, and that the function knows under two names: kernels take them for two."""
        ids = [id(tensor) for tensor in inputs]
        wrong = self.state_ids.intersection(ids)
        wrong.update(ids[n] for n, _ in self.given_back if ids.count(ids[n]) > 1 or ids[n] in self.outside_ids)
        for tensor in inputs if wrong else ():
            if id(tensor) in wrong:
                raise RuntimeError(
                    f"a replayed function changes a tensor of shape {tensor.shape} that it is given and that it also "
                    "knows under another name: give it a copy, .clone()"
                )

    def draw(self) -> None:
        """Random numbers go on where they are."""
        device = Device[self.device]
        for slot, offset in self.draws:
            device.write(slot.memory, np.array([generator.counter + offset], np.uint64))
        if self.draws and self.seed != generator.seed:
            self.seed = generator.seed
            device.write(self.key.memory, np.array([self.seed], np.uint64))
        generator.counter += self.drawn

    def run_at_once(self) -> None:
        """All kernels by one or two calls into C."""
        device, start = Device[self.device], time.perf_counter()
        device.prepare()
        for part in self.bound:
            part.run()
            device.synchronize()
        GlobalCounters.kernels += len(self.keys)
        GlobalCounters.bytes += self.costs[0]
        GlobalCounters.flops += self.costs[1]
        GlobalCounters.peak_bytes = max(GlobalCounters.peak_bytes, self.nbytes)
        GlobalCounters.seconds += time.perf_counter() - start


def slot_on(buffer: Buffer) -> Buffer:
    return Buffer(buffer.device, buffer.dtype, buffer.size, buffer.memory)


def assignment(tensor: Tensor, old: UOp) -> UOp:
    """What a changed tensor becomes, as a UOp of its own that would like to overwrite the old numbers."""
    value = tensor.uop.src[1] if tensor.uop.op is Ops.ASSIGN else tensor.uop
    return UOp(Ops.ASSIGN, tensor.dtype, (leaf_of(old.realized, tensor.shape), value))


def find_outside(graphs: Sequence[UOp], snapshot: Snapshot, stand_ins: Sequence[Tensor]) -> dict[UOp, Tensor]:
    """The tensors that graphs need and that were there before, by what they were: computed, in memory of their own.

    Raises
    ------
    RuntimeError: if one of them is a gradient, as gradients are new tensors every time.
    """
    owners, inner = snapshot.owners(), {id(tensor) for tensor in stand_ins}
    found = {uop: tensor for tensor, uop in snapshot.changed() if id(tensor) not in inner}
    seen, stack = set(graphs), list(graphs)
    while stack:
        node = stack.pop()
        owner = owners.get(node, owners.get(node.arg[0]) if node.op is Ops.BUFFER else None)
        if owner is not None:
            if id(owner) not in inner:
                found[node] = owner
        elif node.realized is None:
            stack.extend(source for source in dict.fromkeys(node.src) if source not in seen)
            seen.update(node.src)
    gradients = {id(grad) for _, _, grad in snapshot.before if grad is not None}
    if any(id(tensor) in gradients for tensor in found.values()):
        raise RuntimeError(
            "a replayed function uses a gradient that was computed before it: call backward() in it as well"
        )
    realize([tensor_around(uop, tensor.device) for uop, tensor in found.items()])
    owned: dict[Buffer, Tensor] = {}
    for uop in sorted(found, key=lambda uop: uop.op is not Ops.BUFFER):
        if owned.setdefault(uop.realized, found[uop]) is not found[uop]:  # it may come to differ from the other's
            uop.realized = copy_of(uop.realized)
    return found


class Changed:
    """A tensor that a step changes.

    Parameters
    ----------
    tensor: the tensor.
    slot: where the kernels read its numbers, and also write the new ones, if ``spare`` is None.
    spare: where they write the new numbers otherwise. The two change places after each step.
    """

    def __init__(self, tensor: Tensor, slot: Buffer, spare: Buffer | None) -> None:
        self.tensor, self.slot, self.spare = tensor, slot, spare
        self.show()

    def show(self) -> None:
        """Give the tensor a new leaf: what was computed from the old numbers is not what the new ones give."""
        self.shown = slot_on(self.slot)
        self.tensor.uop = leaf_of(self.shown, self.tensor.shape)
        self.holders = self.count_holders()

    def count_holders(self) -> tuple[int, int]:
        """How many hold the tensor's leaf and its buffer: more than at first means that others need the numbers."""
        return sys.getrefcount(self.tensor.uop), sys.getrefcount(self.shown)

    def before_step(self, use: Callable[[Buffer, Any], None]) -> None:
        """Move to other memory if others need what is in this, or if the tensor was given other numbers meanwhile."""
        if self.tensor.uop.realized is not self.shown or self.count_holders() != self.holders:
            self.tensor.realize()
            use(self.slot, copy_of(self.tensor.uop.realized).memory)
            self.show()

    def after_step(self, use: Callable[[Buffer, Any], None]) -> None:
        if self.spare is not None:
            old, new = self.slot.memory, self.spare.memory
            use(self.slot, new)
            use(self.spare, old)
            self.show()
