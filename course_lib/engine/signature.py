"""What a kernel computes, on whatever buffers and with whatever numbers: kernels that agree in that share their code.

Two layers of a network, or two steps of a recurrent one, often do the same with other memory. So a kernel's buffers are
numbered in the order in which it meets them, and numbers like a learning rate are handed to it. All else that its code
depends on is written down as text, operation by operation. The text's checksum, its *key*, is what code is kept under.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from .kernel import Kernel
from .uop import Ops, UOp

# Numbers that are written into the code, where compilers make the most of them.
COMMON_NUMBERS = frozenset({0.0, 1.0, -1.0, 2.0, 0.5, float("inf"), float("-inf")})


@dataclass
class Signature:
    """What a kernel computes, whatever buffers and numbers it does so with.

    Attributes
    ----------
    key: equal for kernels that can share their code.
    params: for each buffer that the code is given, the UOps that stand for it; outputs first.
    scalars: the numbers that the code is given.
    """

    key: str
    params: list[list[UOp]]
    scalars: list[UOp]


def kernel_body(kernel: Kernel) -> list[UOp]:
    """The UOps that a kernel computes or reads, sources first."""
    order: dict[UOp, None] = {}
    stack = [(node, False) for node, _ in reversed(kernel.outputs)]
    own = {node for node, _ in kernel.outputs}
    while stack:
        node, ready = stack.pop()
        if ready:
            order[node] = None
        elif node not in order:
            stack.append((node, True))
            if (node in own or node not in kernel.inputs) and node.size:
                stack.extend((source, False) for source in node.src if source not in order)
    return list(order)


def signature(kernel: Kernel, shared: dict[UOp, UOp]) -> Signature:
    """Number a kernel's buffers and uncommon numbers, and write down everything else that its code depends on.

    Parameters
    ----------
    shared: for outputs that are written over an input, that input.
    """
    if kernel.members:
        return joint_signature(kernel, shared)
    body, own = kernel_body(kernel), {node for node, _ in kernel.outputs}
    params = [[node] for node, _ in kernel.outputs]
    place = {shared[node]: i for i, (node, _) in enumerate(kernel.outputs) if node in shared}
    for node, i in place.items():
        params[i].append(node)
    scalars: list[UOp] = []
    names: dict[UOp, int] = {}
    text = [f"{kernel.loops} {kernel.last_loop}"]
    for node in body:
        names[node] = len(names)
        if node not in own and node in kernel.inputs:
            if node not in place:
                place[node] = len(params)
                params.append([node])
            text.append(f"{place[node]}:{node.dtype.name}{node.shape}{arrangement(kernel, node)}")
        elif node.op is Ops.CONST and node.dtype.is_float and node.arg not in COMMON_NUMBERS:
            text.append(f"scalar {node.dtype.name}")
            scalars.append(node)
        else:
            sources = ",".join(str(names[s]) for s in node.src if s in names)
            arg = "" if node.op is Ops.LEAF else repr(node.arg)
            text.append(f"{node.op.name} {node.dtype.name} {arg} {sources}")
    text.extend(f"{names[node]}{labels}{arrangement(kernel, node)}" for node, labels in kernel.outputs)
    return Signature(hashlib.sha256("\n".join(text).encode()).hexdigest()[:32], params, scalars)


def joint_signature(kernel: Kernel, shared: dict[UOp, UOp]) -> Signature:
    """The signature of a merged kernel: what several read alike is one buffer."""
    params: list[list[UOp]] = [[] for _ in kernel.outputs]
    first, place, text = 0, {}, []
    scalars: dict[UOp, int] = {}
    for member in kernel.members:
        known = signature(member, shared)
        for nodes in known.params[: len(member.outputs)]:
            params[first] = nodes
            place.update(dict.fromkeys(nodes, first))
            first += 1
        for nodes in known.params[len(member.outputs) :]:
            if nodes[0] not in place:
                place[nodes[0]] = len(params)
                params.append(nodes)
        numbers = [scalars.setdefault(node, len(scalars)) for node in known.scalars]
        text.append(f"{known.key} {[place[nodes[0]] for nodes in known.params]} {numbers}")
    text.append(str([place[node] for node in kernel.local]))
    return Signature(hashlib.sha256("\n".join(text).encode()).hexdigest()[:32], params, list(scalars))


def arrangement(kernel: Kernel, node: UOp) -> str:
    """How a value's elements lie in memory, if not one after the other."""
    return str(kernel.places[node].strides if node in kernel.places else kernel.fastest.get(node, ""))
