"""What values cost: the operations and reads that it takes to compute one element on the spot.

If several kernels want a value, that is what the scheduler weighs against memory for it: one write, and one read for
each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .uop import ELEMENTWISE, MOVEMENT, Ops, UOp

MEMORY = 6  # what reading or writing an element costs, in additions
COSTLY = {Ops.DIV: 4, Ops.SQRT: 4, Ops.FLOORDIV: 4, Ops.MOD: 4, Ops.POW: 16, Ops.THREEFRY: 64}
CHEAP = frozenset(
    {Ops.NEG, Ops.ABS, Ops.NOT, Ops.RELU, Ops.CAST, Ops.BITCAST, Ops.FLOOR, Ops.CEIL, Ops.TRUNC, Ops.ROUND, Ops.SIGN}
)


def work_of(order: Sequence[UOp]) -> dict[UOp, tuple[int, int]]:
    """For each UOp roughly how many additions, and how many reads, one element costs if it is computed on the spot.

    What several others are computed from, and takes more reads and work than its own memory would, will have some:
    for those others it is a single read.
    """
    users = Counter(source for node in order for source in dict.fromkeys(node.src))
    cost: dict[UOp, tuple[int, int]] = {}
    at_hand: dict[UOp, tuple[int, int]] = {}  # the same as a source of others
    for node in order:
        if node.op in (Ops.CONST, Ops.IOTA):
            cost[node] = (0, 0)
        elif node.op in ELEMENTWISE:
            own = COSTLY.get(node.op, 1 if len(node.src) > 1 or node.op in CHEAP else 10)
            parts = [at_hand[source] for source in dict.fromkeys(node.src)]
            # limited, as it may double from each value to the next
            cost[node] = (min(own + sum(p[0] for p in parts), 1000), min(sum(p[1] for p in parts), 100))
        elif node.op in MOVEMENT:
            work, reads = at_hand[node.src[0]]
            cost[node] = (work, reads) if node.size <= 2 * node.src[0].size else (0, 0)  # once for many
        else:
            cost[node] = (0, 1)
        work, reads = cost[node]
        at_hand[node] = (0, 1) if users[node] > 1 and work + reads * MEMORY > 2 * MEMORY else cost[node]
    return cost
