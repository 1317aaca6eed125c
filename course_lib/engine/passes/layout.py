"""Layout: which axis of a value runs fastest in memory, when nobody outside can see it.

Images come as (batch, channels, height, width), and so do results. In between, a convolution computes many channels of
one pixel at a time, and whatever follows it works on rows of 13 or 26 pixels that fill no vector. If the channels of a
pixel lie side by side, all of them read and write whole vectors. So the result of a product of many rows with few
columns gets its columns last, and what is computed from it element by element keeps them there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from ..kernel import FIRST_INNER, OTHER, Kernel, base_of, is_product, source_labels
from ..strides import reshape_groups
from ..uop import MOVEMENT, Ops, UOp


def depends_on(factor: UOp) -> tuple[set[int], UOp]:
    """The axes along which a factor changes, and the UOp behind its movements."""
    labels = tuple(range(len(factor.shape)))
    axes: set[int] = set()
    inner = count(FIRST_INNER)
    while factor.op in MOVEMENT and factor.op is not Ops.SPREAD:
        (after,) = source_labels(factor, labels, inner)
        if factor.op is not Ops.EXPAND:  # what a window or a reshape mixes is still depended on
            axes.update(set(labels) - set(after))
        factor, labels = factor.src[0], after
    return {axis for axis in axes | set(labels) if axis >= 0}, factor


def columns_of(product: UOp) -> int | None:
    """The axis of a product that only its smaller factor has, if the other has at least three that this has not."""
    factors = [depends_on(factor) for factor in product.src[0].src]
    (few, small), (many, large) = sorted(factors, key=lambda factor: factor[1].size)
    long = {axis for axis, size in enumerate(product.shape) if size != 1}
    columns, rows = (few - many) & long, (many - few) & long
    return columns.pop() if len(columns) == 1 and len(rows) >= 3 else None


def is_mixed(node: UOp) -> bool:
    """Whether a RESHAPE merges or splits axes longer than 1."""
    return any(len(old) > 1 or len(new) > 1 for old, new in reshape_groups(node.src[0].shape, node.shape))


def needed_in_order(order: Sequence[UOp], home: dict[UOp, Kernel]) -> set[UOp]:
    """The values that a product reads through a RESHAPE which merges their axes, or that a sort reads: they stay."""
    plain = {base_of(node.src[0]) for node in order if node.op is Ops.ARGSORT}
    for node in order:
        if node.op is Ops.REDUCE and is_product(node):
            for factor in node.src[0].src:
                merged = False
                while factor.op in MOVEMENT and factor not in home:
                    merged = merged or factor.op is Ops.RESHAPE and is_mixed(factor)
                    factor = factor.src[0]
                if merged:
                    plain.add(factor)
    return plain


def choose(kernels: Sequence[Kernel], home: dict[UOp, Kernel], results: set[UOp], order: Sequence[UOp]) -> None:
    """Note in each kernel which of the values that it reads and writes have another axis than the last run fastest.

    Parameters
    ----------
    kernels: in the order in which they run.
    home: the kernel that writes each value.
    results: what is asked for from outside, and stays as it is.
    order: all UOps.
    """
    plain = needed_in_order(order, home) | results
    for kernel in kernels:
        plain.update(kernel.places, (place.whole for place in kernel.places.values()))
    fastest: dict[UOp, int] = {}
    for kernel in kernels:
        kernel.fastest = {node: fastest[node] for node in kernel.inputs if node in fastest}
        if kernel.closed or any(node in plain for node, _ in kernel.outputs):
            continue
        loop = fastest_loop(kernel)
        if loop is None:
            continue
        kernel.last_loop = loop
        for node, labels in kernel.outputs:
            if loop in labels:
                fastest[node] = kernel.fastest[node] = labels.index(loop)


def fastest_loop(kernel: Kernel) -> int | None:
    """The loop of a kernel that should run along memory, if it is not the last one."""
    if kernel.product_use is not None:
        product, labels = kernel.product_use
        axis = columns_of(product)
        return labels[axis] if axis is not None and 0 <= labels[axis] < FIRST_INNER else None
    read = [(node.size, labels[kernel.fastest[node]]) for node in kernel.fastest for labels in kernel.inputs[node]]
    size, loop = max(read, default=(0, OTHER))
    return loop if 0 <= loop < FIRST_INNER and size > 0 else None
