"""Rows: kernels that work on the same rows take turns row by row.

A softmax and its gradient are three kernels, since each sum over a row must be known before the row can be divided by
it, and what one kernel writes for all rows is read by the next from far away. Row by row it is still in the nearest
cache: all three are done with one row before any begins with the next.

That is right if a kernel needs, of what another one writes, nothing but the row that is just being worked on.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from math import prod

from ..cstyle import C
from ..kernel import Kernel
from ..linearize import Block, linearize
from ..lower import Nest, Program, kernel_body
from ..render import Renderer
from ..schedule import MAX_OPS
from ..uop import Ops, UOp
from .horizontal import side_by_side

FEWEST = 64  # rows, so that all threads have some
LONGEST = 1 << 13  # elements of a row: several of them should fit into the nearest cache


def works_on_rows(kernel: Kernel, changed: Container[UOp]) -> bool:
    """Whether the first loop of a kernel runs over rows of moderate length, none of which needs another."""
    if kernel.closed or kernel.product or kernel.members or kernel.places or kernel.fastest or not kernel.loops:
        return False
    if kernel.loops[0] < FEWEST or prod(kernel.loops[1:]) > LONGEST:
        return False
    if any(0 not in labels or node in changed for node, labels in kernel.outputs):
        return False
    return all(0 in prefix for prefix in kernel.prefixes) and not any(
        node.op in (Ops.GATHER, Ops.SCATTER) for node in kernel_body(kernel) if node not in kernel.inputs
    )


def row_axes(kernel: Kernel) -> dict[UOp, int]:
    """For each output of a kernel the axis along which its first loop runs."""
    return {node: labels.index(0) for node, labels in kernel.outputs}


def fits(kernel: Kernel, group: list[Kernel], groups: dict[Kernel, list[Kernel]]) -> bool:
    """Whether a kernel can take its turn after those of a group, and reads something that they read or write."""
    written = {node: axis for member in group for node, axis in row_axes(member).items()}
    used = {node for member in group for node in member.inputs if node.size > kernel.loops[0]}
    for node in written.keys() & kernel.inputs.keys():
        if any(labels[written[node]] != 0 or labels.count(0) != 1 for labels in kernel.inputs[node]):
            return False
    return (
        kernel.loops[0] == group[0].loops[0]
        and sum(member.ops for member in group) + kernel.ops < MAX_OPS
        and any(node in used or node in written for node in kernel.inputs)
        and any(member.sums for member in (*group, kernel))
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
        if works_on_rows(kernel, changed):
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


def render(program: Program, writer: type[Renderer]) -> list[str] | None:
    """The C lines for nests that take turns, if those of a program can."""
    nests = program.nests
    first = nests[0].loops[:1]
    if len(nests) == 1 or not all(nest.in_any_order and nest.loops[:1] == first != [] for nest in nests):
        return None
    block = in_turns([linearize(nest) for nest in nests])
    if block is None:
        return None
    renderer = writer(C, program)
    renderer.count(block, Nest(first, [store for nest in nests for store in nest.stores]))
    renderer.block(block, 1)
    return renderer.lines


def in_turns(roots: Sequence[Block]) -> Block | None:
    """One block for several nests that take turns within their outermost loop; None if one has another outermost."""
    inner = [[item for item in root.items if isinstance(item, Block)] for root in roots]
    before = [item for root in roots for item in root.items if isinstance(item, UOp)]
    if sum(len(root.items) for root in roots) != len(before) + len(roots) or any(len(blocks) != 1 for blocks in inner):
        return None
    (first,), *others = inner
    if any(block.loop is not first.loop or block.starts for (block,) in inner):
        return None
    first.items += [item for (block,) in others for item in block.items]
    return Block(None, None, [*before, first])
