"""How the engine's own work grows with the size of a graph: microseconds for each operation.

    python -m bench.engine_scale [--largest N]

Five kinds of graphs of 10^3, 10^4, ... operations are built, simplified, cut into kernels and differentiated. Nothing
is computed. What grows in step with the graph has the same number in all rows of a kind.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable

import numpy as np

from course_lib import Device, Tensor
from course_lib.engine.planning import leaves_on
from course_lib.engine.rewrite import rewrite
from course_lib.engine.schedule import make_kernels
from course_lib.engine.simplify import RULES


def leaf(seed: int = 0) -> Tensor:
    return Tensor(np.random.default_rng(seed).standard_normal((4, 6)).astype(np.float32))


def chain(size: int) -> list[Tensor]:
    """Each operation on the result of the one before."""
    x = y = leaf()
    for turn in range(size):
        y = y * 0.5 if turn % 2 else y + x
    return [y]


def wide(size: int) -> list[Tensor]:
    """Many products of one tensor, added up in a tree."""
    x = leaf()
    parts = [x * float(turn) for turn in range(size // 2)]
    while len(parts) > 1:
        parts = [a + b for a, b in zip(parts[::2], parts[1::2])] + parts[len(parts) // 2 * 2 :]
    return parts


def diamond(size: int) -> list[Tensor]:
    """Each result is used twice: 2^n paths lead through n of them."""
    x = leaf()
    for _ in range(size // 2):
        x = x * x + x
    return [x]


def moves(size: int) -> list[Tensor]:
    """Movements that do not simply cancel, with an addition now and then."""
    x = leaf()
    for turn in range(size // 4):
        x = x.T.reshape(4, 6).flip(0)
        x = x + 1 if turn % 4 == 0 else x.pad((1, 0))[:, 1:]
    return [x]


def leaves(size: int) -> list[Tensor]:
    """Many small tensors, each updated by itself, as parameters are."""
    return [x - x * 0.1 for x in (leaf(seed) for seed in range(size // 2))]


KINDS: dict[str, Callable[[int], list[Tensor]]] = {
    function.__name__: function for function in (chain, wide, diamond, moves, leaves)
}


def measure(build: Callable[[int], list[Tensor]], size: int) -> dict[str, float]:
    """Microseconds an operation for each stage of one kind of graph."""
    gc.collect()
    taken: dict[str, float] = {}
    start = time.process_time()
    tensors = build(size)
    taken["build"] = time.process_time() - start
    total = tensors[0] if len(tensors) == 1 else Tensor.stack(tensors[:100])
    sources = [node for node in total.uop.toposort() if not node.src and node.dtype.is_float]
    leaf = next(Tensor._of(node, total.device) for node in sources if node.shape)
    start = time.process_time()
    total.sum().gradient(leaf)
    taken["gradient"] = time.process_time() - start
    roots = [tensor.uop for tensor in tensors]
    start = time.process_time()
    became = rewrite(roots, RULES, leaves_on(tensors[0].device))
    taken["simplify"] = time.process_time() - start
    start = time.process_time()
    make_kernels([became[root] for root in roots])
    taken["schedule"] = time.process_time() - start
    start = time.process_time()
    del tensors, total, sources, leaf, roots, became
    taken["forget"] = time.process_time() - start
    return {stage: seconds / size * 1e6 for stage, seconds in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.engine_scale")
    parser.add_argument("--largest", type=int, default=100_000)
    largest = parser.parse_args().largest
    Device.DEFAULT = "NUMPY"
    print(
        f"{'µs an operation':20}"
        + "".join(f"{stage:>11}" for stage in ("build", "gradient", "simplify", "schedule", "forget"))
    )
    for name, build in KINDS.items():
        size = 1000
        while size <= largest:
            taken = measure(build, size)
            row = "".join(f"{taken[stage]:11.2f}" for stage in ("build", "gradient", "simplify", "schedule", "forget"))
            print(f"{name:10}{size:10,}{row}", flush=True)
            size *= 10


if __name__ == "__main__":
    main()
