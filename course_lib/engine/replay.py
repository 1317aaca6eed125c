"""Capture what a function computes once, then replay just the kernels.

A training step builds the same graph, and cuts it into the same kernels, every time; only the numbers differ.
``@replay`` lets Python run the function once, keeps the list of kernels with their buffers, and from the second call on
runs that list alone: no graph, no schedule, none of the function's Python.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .capturing import Capture
from .collector import paused_collector
from .counters import GlobalCounters, debug_level
from .device import Buffer, Device
from .methods.random import generator
from .realize import ScheduleItem, copy_into, make_plan, not_yet_computed, pinned_by, realize, remember, run_items
from .strides import ShapeError
from .tensor import Tensor, live_tensors
from .uop import Ops, UOp


def tensors_in(value: Any) -> list[Tensor]:
    """The tensors in nested lists, tuples and dicts, in order."""
    if isinstance(value, Tensor):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [tensor for part in parts for tensor in tensors_in(part)]


def with_tensors(value: Any, tensors: list[Tensor]) -> Any:
    """The same nested structure with other tensors, taken from the front of a list."""
    if isinstance(value, Tensor):
        return tensors.pop(0)
    if isinstance(value, dict):
        return {key: with_tensors(part, tensors) for key, part in value.items()}
    if isinstance(value, list | tuple):
        parts = [with_tensors(part, tensors) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value


def fixed_part(value: Any) -> Any:
    """What of a function's arguments may not change: all but the numbers in its tensors."""
    if isinstance(value, Tensor):
        return (value.shape, value.dtype, value.device)
    if isinstance(value, dict):
        return {key: fixed_part(part) for key, part in value.items()}
    return [fixed_part(part) for part in value] if isinstance(value, list | tuple) else value


class replay:
    """Decorator: run a function of tensors once, then replay its kernels.

    The function may take and return tensors, also in lists, tuples and dicts, and may change tensors by ``assign``, as
    optimizers do. It must not look at numbers (``item``, ``numpy``, ``if x > 0``): they would be those of the first
    call for ever. Everything in it that is no tensor stays as it was at the first call; random numbers are new each
    time.

    >>> @replay
    ... def double(x):
    ...     return x * 2
    >>> double(Tensor([1.0, 2.0])).tolist(), double(Tensor([3.0, 4.0])).tolist()
    ([2.0, 4.0], [6.0, 8.0])
    """

    def __init__(self, function: Callable) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.captured: CapturedStep | None = None
        self.fixed: Any = None

    def __get__(self, instance: Any, owner: type) -> Any:
        """A method is captured for each object on its own."""
        if instance is None:
            return self
        name = f"_replay_{self.function.__name__}"
        if name not in vars(instance):
            vars(instance)[name] = replay(functools.partial(self.function, instance))
        return vars(instance)[name]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the function.

        Raises
        ------
        ShapeError: if shapes, dtypes or other arguments differ from those of the first call.
        RuntimeError: if the function looks at a tensor's numbers.
        """
        given = (list(args), kwargs)
        inputs = tensors_in(given)
        if self.captured is None:
            self.captured = CapturedStep(self.function, args, kwargs)
            self.fixed = fixed_part(given)
            return self.captured.first_result
        fixed = fixed_part(given)
        if fixed != self.fixed:
            raise ShapeError(
                f"a replayed function takes the same shapes and arguments every time: it was captured with {self.fixed}, "
                f"and is now given {fixed}; make another replay of the function for those"
            )
        return self.captured.run(inputs)

    def reset(self) -> None:
        """Forget what was captured; the next call captures anew."""
        self.captured = None


class CapturedStep:
    """The kernels of one call of a function, and where its inputs, results and changed tensors are.

    Attributes
    ----------
    items: the kernels in order.
    inputs: for each tensor given, the buffer that stood for it.
    outputs: for each tensor returned, its buffer and shape.
    state: the changed tensors.
    moved: buffers to copy at the end of a step, for changed tensors that are not written in place.
    """

    def __init__(self, function: Callable, args: tuple, kwargs: dict) -> None:
        before = live_tensors()
        realize([tensor for tensor in before if tensor.uop.realized is None and tensor.is_leaf])
        given = tensors_in([list(args), kwargs])
        copies = [self.private(tensor) for tensor in given]
        self.inputs = [tensor.uop.realized for tensor in copies]
        new_args, new_kwargs = with_tensors((args, kwargs), list(copies))
        with Capture() as capture:
            self.result = function(*new_args, **new_kwargs)
        returned = tensors_in(self.result)
        changed = list({id(tensor): tensor for tensor in capture.assigned}.values())
        everything = [*returned, *changed, *given]
        self.device = everything[0].device if everything else Device.DEFAULT
        self.draws, self.total_draws = capture.draws, capture.total_draws
        with paused_collector():
            self.plan(returned, changed, before, copies)
        self.result = self.first_result = with_tensors(self.result, self.results(self.outputs))

    def private(self, tensor: Tensor) -> Tensor:
        """A tensor with the same numbers in memory of its own, which stands for an input while Python runs."""
        tensor.realize()
        copy = Buffer(tensor.device, tensor.dtype, tensor.numel())
        copy_into(copy, tensor.uop.realized)
        inside = Tensor._of(UOp(Ops.BUFFER, tensor.dtype, (), (copy, tensor.shape)), tensor.device)
        inside.uop.realized, inside.requires_grad = copy, tensor.requires_grad
        return inside

    def plan(self, returned: list[Tensor], changed: list[Tensor], before: list[Tensor], copies: list[Tensor]) -> None:
        results = [UOp(Ops.CONTIGUOUS, t.dtype, (t.uop,)) for t in returned]
        assigned = [t.uop for t in changed]
        roots = list(dict.fromkeys([*results, *assigned]))
        if any(node.op is Ops.COPY for node in not_yet_computed(roots)):
            raise RuntimeError("a replayed function stays on one device: move tensors before or after it")
        inside = {id(tensor) for tensor in (*changed, *copies)}
        kept = [tensor for tensor in before if id(tensor) not in inside]
        plan = make_plan(roots, self.device, pinned_by([tensor.uop for tensor in kept]))
        run_items(plan.items, self.device)
        self.items: list[ScheduleItem] = plan.items
        self.outputs = [(plan.buffer_of(node), node.shape) for node in results]
        in_place = {id(plan.buffers[node]) for _, node in plan.overwritten}
        targets = [node.src[0].arg[0] if node.op is Ops.ASSIGN else None for node in assigned]
        written = [plan.buffer_of(node) for node in assigned]
        remember(plan, self.device)
        self.state: list[Changed] = []
        self.moved: list[tuple[Buffer, Buffer]] = []
        stands_for: dict[Buffer, Buffer] = {}
        for tensor, target, new in zip(changed, targets, written):
            if target in stands_for:
                raise RuntimeError(
                    f"a replayed function changes two tensors of shape {tensor.shape} that share their memory: "
                    "make one of them with .clone() and .realize() it before"
                )
            if id(new) in in_place:
                stands_for[target] = new
            elif target is not None:  # the old numbers are still needed elsewhere: from now on others are read and kept
                stands_for[target] = home = Buffer(self.device, new.dtype, new.size)
                copy_into(home, new)
                self.moved.append((home, new))
                new = home
            else:
                raise RuntimeError(
                    f"a replayed function changes a tensor of shape {tensor.shape} that had no memory of its own yet: "
                    "call .realize() on it before"
                )
            self.state.append(Changed(tensor, new))
        for item in self.items:
            item.buffers = [(stands_for.get(buffer, buffer), start) for buffer, start in item.buffers]

        self.keys = [item.key for item in self.items]
        self.bound = None
        if hasattr(Device[self.device], "bind") and not any(item.sorts for item in self.items):
            self.bound = Device[self.device].bind(self.keys, [(item.buffers, item.scalars) for item in self.items])
            self.costs = [sum(getattr(item.cost, name) for item in self.items) for name in ("bytes", "flops")]

    def results(self, buffers: list[tuple[Buffer, tuple[int, ...]]]) -> list[Tensor]:
        made = []
        for buffer, shape in buffers:
            tensor = Tensor._of(UOp(Ops.BUFFER, buffer.dtype, (), (buffer, shape)), self.device)
            tensor.uop.realized = buffer
            made.append(tensor)
        return made

    def run(self, inputs: list[Tensor]) -> Any:
        """One more step with other inputs."""
        for changed in self.state:
            changed.before_step()
        fresh = {old: Buffer(self.device, old.dtype, old.size) for old, _ in self.outputs}
        for place, tensor in zip(self.inputs, inputs):
            tensor.realize()
            fresh[place] = tensor.uop.realized
        start = generator.counter
        generator.counter += self.total_draws
        for buffer, offset in self.draws:
            Device[self.device].write(buffer.memory, np.array([start + offset], np.uint64))
        if self.bound is not None and debug_level() == 0:
            self.run_at_once(fresh)
        else:
            self.run_one_by_one(fresh)
        for home, new in self.moved:
            copy_into(home, new)
        for changed in self.state:
            changed.after_step()
        results = self.results([(fresh[old], shape) for old, shape in self.outputs])
        return with_tensors(self.result, results) if results else self.result

    def run_at_once(self, fresh: dict[Buffer, Buffer]) -> None:
        """All kernels by a single call."""
        device, start = Device[self.device], time.perf_counter()
        device.prepare()
        for old, new in fresh.items():
            self.bound.put(old, new.memory)
        self.bound.run()
        device.synchronize()
        GlobalCounters.kernels += len(self.keys)
        GlobalCounters.bytes += self.costs[0]
        GlobalCounters.flops += self.costs[1]
        GlobalCounters.seconds += time.perf_counter() - start

    def run_one_by_one(self, fresh: dict[Buffer, Buffer]) -> None:
        captured = [item.buffers for item in self.items]
        for item in self.items:
            item.buffers = [(fresh.get(buffer, buffer), begin) for buffer, begin in item.buffers]
        try:
            run_items(self.items, self.device)
        finally:
            for item, buffers in zip(self.items, captured):
                item.buffers = buffers


class Changed:
    """A tensor that a replayed function changes.

    Parameters
    ----------
    tensor: the tensor.
    home: the buffer through which the kernels reach its memory.
    """

    def __init__(self, tensor: Tensor, home: Buffer) -> None:
        self.tensor, self.home = tensor, home
        self.show()

    def show(self) -> None:
        """Give the tensor a new leaf: what was computed from the old numbers is not what the new ones give."""
        home = self.home
        self.shown = Buffer(home.device, home.dtype, home.size, home.memory)
        self.tensor.uop = UOp(Ops.BUFFER, home.dtype, (), (self.shown, self.tensor.shape))
        self.tensor.uop.realized = self.shown
        self.holders = self.count_holders()

    def count_holders(self) -> tuple[int, int]:
        """How many hold the tensor's leaf and its buffer: more than at first means that something was made from them."""
        return sys.getrefcount(self.tensor.uop), sys.getrefcount(self.shown)

    def before_step(self) -> None:
        """Take over what was assigned to the tensor since the last step."""
        if self.tensor.uop.realized is not self.shown:
            self.tensor.realize()
            if self.tensor.uop.realized.memory is not self.home.memory:
                copy_into(self.home, self.tensor.uop.realized)

    def after_step(self) -> None:
        if self.tensor.uop.realized is not self.shown or self.count_holders() != self.holders:
            self.shown.memory = None
            self.show()
