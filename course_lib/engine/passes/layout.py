"""Layout: which axis of a value runs fastest in memory, when nobody outside can see it.

Images come as (batch, channels, height, width), and so do results. In between, a convolution computes many channels of
one pixel at a time, and whatever follows it works on rows of 13 or 26 pixels that fill no vector. If the channels of a
pixel lie side by side, all of them read and write whole vectors. So a product that has the axes of images on one side
(three or more) and a single one on the other gets that one last, and what is computed from it element by element keeps
it there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from itertools import count

from ..kernel import FIRST_INNER, OTHER, UNIT, Kernel, Labels, base_of, is_product, source_labels
from ..strides import reshape_groups
from ..uop import MOVEMENT, Ops, UOp


def depends_on(factor: UOp) -> set[int]:
    """The axes along which a factor changes."""
    labels = tuple(range(len(factor.shape)))
    axes: set[int] = set()
    inner = count(FIRST_INNER)
    while factor.op in MOVEMENT and factor.op is not Ops.SPREAD:
        (after,) = source_labels(factor, labels, inner)
        if factor.op is not Ops.EXPAND:  # what a window or a reshape mixes is still depended on
            axes.update(set(labels) - set(after))
        factor, labels = factor.src[0], after
    return {axis for axis in axes | set(labels) if axis >= 0}


def columns_of(product: UOp, labels: Labels) -> int | None:
    """The loop along the one axis that only one factor of a product has, if the other has at least three of its own.

    Axes that are added up afterwards, as in the gradient of a convolution, do not count.
    """
    (a, b), kept = map(depends_on, product.src[0].src), {n for n, label in enumerate(labels) if label < FIRST_INNER}
    kept = {axis for axis in kept if product.shape[axis] != 1}
    for columns, rows in ((a - b) & kept, (b - a) & kept), ((b - a) & kept, (a - b) & kept):
        if len(columns) == 1 and len(rows) >= 3:
            return labels[columns.pop()]
    return None


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
        loop = None if kernel.closed else fastest_loop(kernel, plain)
        if loop is None:
            continue
        kernel.last_loop = loop
        for node, labels in kernel.outputs:
            if loop in labels and node not in plain:
                fastest[node] = kernel.fastest[node] = labels.index(loop)


def fastest_loop(kernel: Kernel, plain: Container[UOp]) -> int | None:
    """The loop of a kernel that should run along memory, if it is not the last one.

    That is the columns of a product. Of other kernels it is the loop along which most is read, or written where that
    must not change.
    """
    if kernel.product_use is not None:
        loop = None if any(node in plain for node, _ in kernel.outputs) else columns_of(*kernel.product_use)
        return loop if loop is not None and loop >= 0 else None
    along: Counter[int] = Counter()
    for node in kernel.inputs if kernel.fastest else ():
        for labels in kernel.inputs[node]:
            along[runs_along(labels, kernel.fastest.get(node))] += node.size
    for node, labels in kernel.outputs:
        if node in plain:
            along[runs_along(labels, None)] += node.size
    ((loop, _),) = along.most_common(1) or ((OTHER, 0),)
    return loop if kernel.fastest and 0 <= loop < FIRST_INNER else None


def runs_along(labels: Labels, axis: int | None) -> int:
    """The loop that runs along the axis of a value that is fastest in memory: the given one, or the last."""
    if axis is not None:
        return labels[axis]
    return next((label for label in reversed(labels) if label != UNIT), UNIT)
