"""Rows: kernels that work on the same rows take turns row by row.

A softmax and its gradient are three kernels, since each sum over a row must be known before the row can be divided by
it, and what one kernel writes for all rows is read by the next from far away. Row by row it is still in the nearest
cache: all three are done with one row before any begins with the next. How they share its loops says ``phases.py``.

That is right if a kernel needs, of what another one writes, nothing but the row that is just being worked on.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from math import prod

from ..kernel import UNIT, Kernel, Labels
from ..schedule import MAX_OPS
from ..signature import kernel_body
from ..uop import Ops, UOp
from .horizontal import side_by_side
from .phases import LONGEST

FEWEST = 64  # rows, so that all threads have some


def can_take_turns(kernel: Kernel, changed: Container[UOp]) -> bool:
    """Whether a kernel does nothing but compute elements one by one and add them up along rows."""
    if kernel.closed or kernel.product or kernel.members or kernel.places or kernel.fastest or not kernel.loops:
        return False
    return not any(node in changed for node, _ in kernel.outputs) and not any(
        node.op in (Ops.GATHER, Ops.SCATTER) for node in kernel_body(kernel) if node not in kernel.inputs
    )


def loops_over_rows(group: Sequence[Kernel]) -> int:
    """How many of the first loops of kernels run over their rows, which all sums stand in; 0 if they share no rows."""
    prefixes = {prefix for kernel in group for prefix in kernel.prefixes}
    count = min(map(len, prefixes), default=0)
    sizes = group[0].loops[:count]
    alike = all(kernel.loops[:count] == sizes and prod(kernel.loops[count:]) <= LONGEST for kernel in group)
    return count if prefixes == {frozenset(range(count))} and prod(sizes) >= FEWEST and alike else 0


def row_axes(kernel: Kernel, count: int) -> dict[UOp, list[int]] | None:
    """For each output of a kernel the axes along which its first loops run; None if one has not all of these."""
    if any(number not in labels for _, labels in kernel.outputs for number in range(count)):
        return None
    return {node: [labels.index(number) for number in range(count)] for node, labels in kernel.outputs}


def rows_read(kernel: Kernel, count: int) -> set[tuple[UOp, Labels]]:
    """What a kernel reads, each with the axes along which its first loops run."""
    return {
        (node, tuple(labels.index(number) if number in labels else UNIT for number in range(count)))
        for node, places in kernel.inputs.items()
        for labels in places
    }


def fits(kernel: Kernel, group: list[Kernel], groups: dict[Kernel, list[Kernel]]) -> bool:
    """Whether a kernel can take its turn after those of a group, and reads something that they read or write."""
    whole = [*group, kernel]
    count = loops_over_rows(whole)
    axes = [row_axes(member, count) for member in whole]
    if not count or None in axes:
        return False
    written = {node: places for member in axes[:-1] for node, places in member.items()}
    for node in written.keys() & kernel.inputs.keys():
        for labels in kernel.inputs[node]:
            if [labels[axis] for axis in written[node]] != list(range(count)):
                return False
            if sum(0 <= label < count for label in labels) != count:
                return False
    rows = prod(kernel.loops[:count])
    used = {read for member in group for read in rows_read(member, count) if read[0].size > rows}
    return (
        sum(member.ops for member in whole) < MAX_OPS
        and (any(node in written for node in kernel.inputs) or not used.isdisjoint(rows_read(kernel, count)))
        and not any(waits_for(before, group, groups) for before in kernel.needs if before not in group)
    )


def waits_for(kernel: Kernel, group: list[Kernel], groups: dict[Kernel, list[Kernel]], patience: int = 200) -> bool:
    """Whether a kernel, or one in a group with it, has to wait for ``group``; True if that takes long to find out."""
    seen, stack = set(), [kernel]
    while stack:
        kernel = stack.pop()
        if kernel in group or len(seen) > patience:
            return True
        if kernel not in seen:
            seen.add(kernel)
            stack.extend(before for member in groups.get(kernel, [kernel]) for before in member.needs)
    return False


def merge(kernels: Sequence[Kernel], changed: Container[UOp]) -> list[Kernel]:
    """The kernels, with those that can take turns row by row merged.

    Parameters
    ----------
    kernels: in an order in which they can run.
    changed: values that are written over others; kernels that write such values are left alone.
    """
    groups: dict[Kernel, list[Kernel]] = {}
    recent: list[list[Kernel]] = []
    for kernel in kernels:
        if can_take_turns(kernel, changed):
            group = next((group for group in recent[-4:] if fits(kernel, group, groups)), None)
            if group is None:
                group = []
                recent.append(group)
            group.append(kernel)
            groups[kernel] = group
    merged: dict[Kernel, Kernel] = {}
    for group in recent:
        if len(group) > 1:
            merged.update(dict.fromkeys(group, side_by_side(group)))
    wholes = dict.fromkeys(merged.get(kernel, kernel) for kernel in kernels)
    for whole in wholes if merged else ():
        whole.needs = {merged.get(before, before): None for before in whole.needs}
        whole.needs.pop(whole, None)
    return list(wholes)
