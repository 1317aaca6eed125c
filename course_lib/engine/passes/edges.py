"""Edges: at some places a sum of products needs only some of its k.

The gradient of a convolution's input adds up, at each pixel, what the kernel's pixels give that lie inside the image.
At a corner of the image these are few. Padded with zeros each pixel would take as many products as any other; for 64
images of 13 by 13 pixels and kernels of 3 by 3 two fifths more than are needed.

Places that differ in which k they need are worked on one after the other, each for all rows that need the same.
"""

from __future__ import annotations

from ..uop import UOp
from .contraction import Contraction, size
from .factors import Limit

FEWEST = 8  # rows that need the same: a tile of fewer would wait for its own sums
SHORTEST = 16  # turns of the innermost loop: where k begins and ends has to be found out around it


def limits_of_k(found: Contraction) -> dict[UOp, Limit]:
    """For loops of k the limit that says which of their turns are needed; none if a copy with zeros is better."""
    rows, k = {axis.loop for axis in found.m}, [axis.loop for axis in found.k]
    limits = {loop: limit for limit in found.a.limits for loop in limit.loops if loop in k}
    bound = {loop for limit in found.a.limits for loop in limit.loops}
    if not found.edged or len(limits) != len(found.a.limits) or len(bound - rows) != len(limits):
        return {}
    return limits if size(rows - bound) >= FEWEST and k[-1].arg[1] >= SHORTEST else {}


def turns_inside(loop: UOp, limit: Limit, first: str, stop: str) -> tuple[str, str]:
    """Of the turns of a loop from ``first`` to ``stop``, those inside a limit, as C text."""
    step = limit.loops[loop]
    rest = "".join(f" - i{other.arg[0]} * {factor}L" for other, factor in limit.loops.items() if other is not loop)
    least, end = f"{limit.first}L{rest}", f"{limit.stop}L{rest}"
    if step < 0:  # first <= e - q < stop is e - stop < q <= e - first
        least, end = f"1 - ({end})", f"1 - ({least})"
    return f"turn_at({least}, {abs(step)}, {first}, {stop})", f"turn_at({end}, {abs(step)}, {first}, {stop})"
