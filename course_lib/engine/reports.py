"""Kernels and schedules as text: what they read and write, tables, and what ``DEBUG`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import TYPE_CHECKING

from .describe import kind_of, numbered, short, summary, time_text
from .signature import kernel_body
from .strides import Shape
from .uop import Ops, UOp

if TYPE_CHECKING:
    from .counters import Counters
    from .device import Buffer
    from .planning import ScheduleItem


def read_nodes(item: ScheduleItem) -> list[tuple[UOp, Buffer]]:
    """What a kernel reads from memory, and from which buffers; what it writes over comes last."""
    written = len(item.kernel.outputs)
    bound = zip(item.known.params[written:], item.buffers[written:])
    over = [(node, own) for nodes, (own, _) in zip(item.known.params[:written], item.buffers) for node in nodes[1:]]
    read = [(node, node.arg[0] if node.op is Ops.BUFFER else own) for node, own in over]
    return [(nodes[0], buffer) for nodes, (buffer, _) in bound] + read


def reads_of(item: ScheduleItem) -> list[tuple[Buffer, Shape]]:
    """The buffers that a kernel reads, with the shapes that it sees in them."""
    return [(buffer, node.shape) for node, buffer in read_nodes(item)]


def writes_of(item: ScheduleItem) -> list[tuple[Buffer, Shape]]:
    """The buffers that a kernel writes, with the shapes of what it writes there."""
    return [(buffer, node.shape) for (buffer, _), (node, _) in zip(item.buffers, item.kernel.outputs)]


def memory_names(items: Iterable[ScheduleItem]) -> dict[Buffer, str]:
    """A name for each buffer of a schedule, m0, m1, ..., in the order in which they are met."""
    number = count()
    names: dict[Buffer, str] = {}
    for item in items:
        for buffer, _ in (*reads_of(item), *writes_of(item)):
            if buffer not in names:
                names[buffer] = f"m{next(number)}"
    return names


def memory_text(memory: Sequence[tuple[Buffer, Shape]], names: dict[Buffer, str] | None = None) -> str:
    """Buffers in a line, by name and shape; dtypes only where they are not float32."""
    parts = []
    for buffer, shape in memory:
        name = f"{names[buffer]} " if names else ""
        parts.append(f"{name}{'' if buffer.dtype.name == 'float32' else f'{buffer.dtype.name} '}{shape}")
    return ", ".join(parts) or "nothing"


# -- lines for terminals


def item_line(item: ScheduleItem) -> str:
    """A kernel in one line."""
    return f"{item.device}: {summary(item)}; reads {memory_text(reads_of(item))}; writes {memory_text(writes_of(item))}"


HEAD = ("", "computes", "reads", "writes", "bytes", "operations")


def schedule_rows(items: Sequence[ScheduleItem]) -> list[tuple[str, ...]]:
    """A schedule as a table, a row for each kernel; the columns are those of ``HEAD``."""
    names = memory_names(items)
    return [
        (
            str(number),
            summary(item),
            memory_text(reads_of(item), names),
            memory_text(writes_of(item), names),
            f"{short(item.cost.bytes)}B",
            short(item.cost.flops),
        )
        for number, item in enumerate(items)
    ]


def schedule_title(items: Sequence[ScheduleItem]) -> str:
    """How many kernels, where, and what they cost together."""
    if not items:
        return "Nothing to compute"
    devices = " and ".join(dict.fromkeys(item.device for item in items))
    title = (
        f"{kernels_text(len(items))} on {devices}, {short(sum(item.cost.bytes for item in items))}B read and written, "
        f"{short(sum(item.cost.flops for item in items))} operations"
    )
    return title + (" (NUMPY interprets the graph instead, UOp by UOp)" if devices == "NUMPY" else "")


def schedule_text(items: Sequence[ScheduleItem]) -> str:
    """A schedule as a table of text."""
    rows = [HEAD, *schedule_rows(items)] if items else []
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return "\n".join([schedule_title(items), *lines])


def kernels_text(count: int) -> str:
    return "1 kernel" if count == 1 else f"{count} kernels"


def kernel_report(number: int, item: ScheduleItem, seconds: float, new: bool) -> str:
    """What ``DEBUG=2`` prints of a kernel that has just run: what it did, how fast, and whether it was there before."""
    fast = max(seconds, 1e-9)
    return (
        f"{item.device:5} kernel {number:4} {time_text(seconds):>10} {item.cost.flops / fast / 1e9:7.2f} GFLOP/s "
        f"{item.cost.bytes / fast / 1e9:7.2f} GB/s  {'new   ' if new else 'cached'}  {summary(item)}  "
        f"{memory_text(writes_of(item))} <- {memory_text(reads_of(item))}"
    )


def realize_report(device: str, before: Counters, after: Counters, memory: int = 0) -> str:
    """What ``DEBUG=1`` prints when something was computed: totals, between two states of the counters.

    Parameters
    ----------
    memory: the bytes of all memory that kernels worked with, if they are known.
    """
    compiling = after.compile_seconds - before.compile_seconds
    line = (
        f"{device:5} {kernels_text(after.kernels - before.kernels)} in {time_text(after.seconds - before.seconds)}, "
        f"{short(after.flops - before.flops)} operations, {short(after.bytes - before.bytes)}B read and written"
    )
    line += f", {short(memory)}B of memory" if memory else ""
    return line + (f"; {time_text(compiling)} to make new kernels" if compiling else "")


def kernel_text(item: ScheduleItem) -> str:
    """The UOps of one kernel as text, with memory where it reads some."""
    body, own = kernel_body(item.kernel), {node for node, _ in item.kernel.outputs}
    numbers = {node: number for number, node in enumerate(body)}
    lines = numbered(body, numbers)
    for node in body:
        if node not in own and node in item.kernel.inputs:
            lines[numbers[node]] = f"%{numbers[node]} = memory : {kind_of(node)}"
    return "\n".join(lines)
