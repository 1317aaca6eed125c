"""What has been done so far: kernels, bytes, operations, and the time it took."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .describe import counter_rows
from .linearize import Block, Store, Update, linearize
from .lower import Program
from .uop import ELEMENTWISE, Ops, UOp

if TYPE_CHECKING:
    from .device import Buffer


def debug_level() -> int:
    """``DEBUG`` in the environment, looked up anew each time.

    1 reports each time that something is computed, 2 each kernel, 3 also its graph and loops, 4 also its source.
    """
    level = os.environ.get("DEBUG", "0")
    return int(level) if level.isdigit() else 0


@dataclass
class Counters:
    """Sums over everything computed since ``reset()``.

    Attributes
    ----------
    kernels: how many were run.
    bytes: read and written by them, each buffer counted once a kernel.
    flops: operations on fractional numbers.
    seconds, compile_seconds: time spent in kernels, and on making them.
    scheduled: how many kernels were planned (a replayed function plans none).
    peak_bytes: the most memory that kernels computed together have worked with.
    """

    kernels: int = 0
    bytes: int = 0
    flops: int = 0
    seconds: float = 0.0
    compile_seconds: float = 0.0
    scheduled: int = 0
    peak_bytes: int = 0

    def reset(self) -> None:
        self.__init__()

    # tinygrad's names

    @property
    def kernel_count(self) -> int:
        return self.kernels

    @property
    def global_ops(self) -> int:
        return self.flops

    @property
    def global_mem(self) -> int:
        return self.bytes

    @property
    def time_sum_s(self) -> float:
        return self.seconds

    def __repr__(self) -> str:
        return "GlobalCounters: " + ", ".join(f"{value} {name}" for name, value in counter_rows(self))

    def _repr_html_(self) -> str:
        from .display import counters_html

        return counters_html(self)


GlobalCounters = Counters()


def memory_behind(buffers: Iterable[Buffer]) -> int:
    """Bytes of memory that buffers have together; what several share is counted once."""
    sizes: dict[Buffer | int, int] = {}
    for buffer in buffers:
        memory = buffer if buffer.memory is None else id(buffer.memory)
        sizes[memory] = max(sizes.get(memory, 0), buffer.nbytes)
    return sum(sizes.values())


@dataclass
class Cost:
    """What one run of a kernel costs.

    Attributes
    ----------
    reads, writes: elements loaded and stored, each time counted.
    flops: operations on fractional numbers.
    bytes: size of what is touched in memory, each element counted once.
    """

    reads: int = 0
    writes: int = 0
    flops: int = 0
    bytes: int = 0
    touched: dict[UOp, int] = field(default_factory=dict, repr=False)

    def touch(self, param: UOp, turns: int) -> None:
        self.touched[param] = min(self.touched.get(param, 0) + turns, param.arg[1])


def cost_of(program: Program) -> Cost:
    """Count what a program does, from its loops alone."""
    cost = Cost()
    for nest in program.nests:
        stack: list[tuple[Block, int]] = [(linearize(nest), 1)]
        while stack:
            block, turns = stack.pop()
            for item in block.items:
                if isinstance(item, Block):
                    stack.append((item, turns * item.loop.arg[1]))
                elif isinstance(item, Store):
                    cost.writes += turns
                    cost.touch(item.param, turns)
                elif isinstance(item, Update):
                    cost.flops += turns * item.accumulator.dtype.is_float
                elif item.op is Ops.LOAD:
                    cost.reads += turns
                    cost.touch(item.src[0], turns)
                elif item.op in ELEMENTWISE and item.dtype.is_float and item.op not in (Ops.CAST, Ops.WHERE):
                    cost.flops += turns
    cost.bytes = sum(count * param.dtype.itemsize for param, count in cost.touched.items())
    return cost
