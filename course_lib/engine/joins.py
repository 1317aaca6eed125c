"""Values side by side in one block of memory: what is joined later is written to its place at once.

``stack``, ``cat`` and the gradients of slices make a large value of many small ones. Computed like any other value it
would ask at each element whose turn it is, and read all of them. Instead the pieces can be given memory inside that of
the whole, so that nothing is left to be done for the whole itself. In the same way a small part of a large value is
read where it lies: the kernel is only told where it begins, and so serves for all parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .methods.joining import join
from .strides import view_strides
from .uop import Ops, UOp

MANY = 8  # pieces that are better joined in memory than on the fly
SHOWN_IN_PLACE = (Ops.RESHAPE, Ops.PERMUTE)  # movements that may leave every element where it is
SMALL = 8  # a part is read as a block of its own if the whole is at least so many times as large


@dataclass(frozen=True)
class Place:
    """Where a value lies in the memory of another: element [i, j] at ``offset + i * strides[0] + j * strides[1]``."""

    whole: UOp
    offset: int
    strides: tuple[int, ...]

    def behind(self, node: UOp) -> tuple[UOp, Place]:
        """The value that ``node`` only shows in another shape or order, and where that one lies.

        It is a RESHAPE itself if what is below that could not lie here without gaps in another order.
        """
        strides = self.strides
        while node.op in SHOWN_IN_PLACE:
            (source,) = node.src
            if node.op is Ops.PERMUTE:
                strides = tuple(strides[node.arg.index(axis)] for axis in range(len(strides)))
            else:
                shown = view_strides(node.shape, strides, source.shape)
                if shown is None:
                    break
                strides = shown
            node = source
        return node, Place(self.whole, self.offset, strides)


def padded_axis(node: UOp) -> int | None:
    """The one axis along which a PAD pads."""
    padded = [axis for axis, widths in enumerate(node.arg) if widths != (0, 0)]
    return padded[0] if len(padded) == 1 else None


def could_join(order: Sequence[UOp]) -> set[UOp]:
    """The sums (of a gradient) and the choices (of ``cat``) between padded values and nothing else."""
    found: set[UOp] = set()
    for node in order:
        if node.op is Ops.ADD or node.op is Ops.WHERE:
            if all(part.op is Ops.PAD or part.op is node.op and part in found for part in node.src[-2:]):
                found.add(node)
    return found


def pieces_of(node: UOp) -> tuple[int, list[UOp]] | None:
    """The axis along which a value is joined from pieces, and the PADs of these in order; None if it is not.

    Parameters
    ----------
    node: one of those that ``could_join`` has found.
    """
    pads: list[UOp] = []
    stack = [node]
    while stack:
        part = stack.pop()
        if part.op is Ops.PAD:
            pads.append(part)
        else:
            stack.extend(part.src[-2:])
    axes = {padded_axis(pad) for pad in pads}
    axis = axes.pop()
    if axes or axis is None:
        return None
    pads.sort(key=lambda pad: pad.arg[axis])
    end = 0
    for pad in pads:
        if pad.arg[axis][0] != end:
            return None
        end += pad.src[0].shape[axis]
    if end != node.shape[axis] or node.op is Ops.WHERE and join([pad.src[0] for pad in pads], axis) is not node:
        return None
    return axis, pads
