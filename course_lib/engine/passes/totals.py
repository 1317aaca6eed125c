"""Totals: what is added up over everything is added up in passing.

A loss is often a sum over an array, and its gradient an array of the same shape, computed from the same numbers. As two
kernels they read these twice. A kernel that computes the array element by element has all of them at hand: it can add
up the total on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..kernel import UNIT, Kernel, needs_any
from ..lower import Nest, Program, Store
from ..schedule import MAX_OPS
from ..signature import kernel_body
from ..uop import Ops, toposort
from .horizontal import side_by_side
from .split import substitute


def size_of_total(kernel: Kernel) -> tuple[int, ...] | None:
    """The sizes of what a kernel adds up into a single number, if that is all it does."""
    if kernel.loops or kernel.closed or kernel.members or kernel.places or kernel.sums != 1 or kernel.product:
        return None
    sums = [node for node in kernel_body(kernel) if node.op is Ops.REDUCE and node not in kernel.inputs]
    if len(sums) != 1:
        return None
    (total,) = sums
    return tuple(size for axis, size in enumerate(total.src[0].shape) if axis in total.arg[1] and size != 1)


def is_element_by_element(kernel: Kernel) -> bool:
    """Whether a kernel computes arrays of one shape, each element from its own place, and adds up nothing."""
    every = len(kernel.loops)
    return (
        not (kernel.closed or kernel.members or kernel.places or kernel.sums or kernel.fastest)
        and every > 0
        and all(sum(label != UNIT for label in labels) == every for _, labels in kernel.outputs)
    )


def merge(kernels: Sequence[Kernel]) -> list[Kernel]:
    """The kernels, with totals beside what is computed from the same numbers element by element.

    Parameters
    ----------
    kernels: in an order in which they can run.
    """
    arrays: dict[tuple[int, ...], list[Kernel]] = {}
    for kernel in kernels:
        if is_element_by_element(kernel):
            arrays.setdefault(tuple(kernel.loops), []).append(kernel)
    merged: dict[Kernel, Kernel] = {}
    for kernel in kernels if arrays else ():
        size = size_of_total(kernel)
        for other in arrays.get(size, ())[-8:] if size else ():
            if (
                other not in merged
                and kernel.ops + other.ops < MAX_OPS
                and any(node in other.inputs and node.size > 1 for node in kernel.inputs)
                and not needs_any(kernel, {other})
                and not needs_any(other, {kernel})
            ):
                merged[kernel] = merged[other] = side_by_side([other, kernel])
                for user in (*kernels, *merged.values()):
                    user.needs = {merged.get(before, before): None for before in user.needs}
                break
    last = {merged.get(kernel, kernel): place for place, kernel in enumerate(kernels)}
    return sorted(last, key=last.__getitem__)


def in_passing(program: Program) -> Program:
    """A program of an array and a total with one nest for both."""
    if len(program.nests) != 2:
        return program
    array, total = program.nests
    order = toposort([store.value for store in total.stores])
    sums = [node for node in order if node.op is Ops.ACCUMULATE]
    plain = all(node.op is not Ops.ACCUMULATE for node in toposort([store.value for store in array.stores]))
    if total.loops or not (plain and array.in_any_order and sums and all(s.src[1:] == sums[0].src[1:] for s in sums)):
        return program
    loops = sums[0].src[1:]
    if [loop.arg[1] for loop in loops] != [loop.arg[1] for loop in array.loops]:
        return program
    given = dict(zip(loops, array.loops))
    values = substitute([store.value for store in total.stores], given, {old: (new,) for old, new in given.items()})
    stores = [Store(store.param, store.index, value) for store, value in zip(total.stores, values)]
    return replace(program, nests=[Nest(array.loops, [*array.stores, *stores])])
