"""Gradients: a graph goes in, and the graph of its derivatives comes out.

Reverse mode. From the root towards the leaves each UOp is handed the derivative of the final number by itself (its
*upstream* gradient), and the rule of its operation says from that what its sources are handed. A rule computes no
number, it builds graph; so gradients can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Sequence

from .collector import paused_collector
from .derivatives import RULES
from .uop import Ops, UOp, toposort

_CUT = frozenset({Ops.DETACH})


def gradients(root: UOp, targets: Sequence[UOp], upstream: UOp) -> list[UOp | None]:
    """The derivatives of ``sum(root * upstream)`` with respect to each of ``targets``.

    Parameters
    ----------
    root: any shape.
    targets: UOps of any shapes; one may have been computed from another.
    upstream: the shape of ``root``.

    Returns
    -------
    One UOp of each target's shape and dtype; None where no derivative flows from the root to the target.
    """
    with paused_collector():
        depends = {target for target in targets if target.dtype.is_float}
        passing = []  # the UOps between targets and root, sources first
        for node in toposort([root], _CUT):
            if node.op in RULES and node.dtype.is_float and not depends.isdisjoint(node.src):
                depends.add(node)
                passing.append(node)
        found = {root: upstream}
        for node in reversed(passing):
            arriving = found.get(node)
            if arriving is None:  # the root needs it only for positions or conditions
                continue
            for source, part in zip(node.src, RULES[node.op](node, arriving)):
                if part is not None and source in depends:
                    so_far = found.get(source)
                    found[source] = part if so_far is None else so_far + part
        return [found.get(target) if target in depends else None for target in targets]
