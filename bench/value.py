"""One training step of micrograd's demonstration: 100 moons, 2-16-16-1, max-margin loss and L2, garbage collector on.

    python -m bench.value [--repeats N] [--micrograd FOLDER]

Three programs take turns: our network; our `Value` under plain + and *, one node for each, as in micrograd's own
neurons; and micrograd, if it is installed or FOLDER holds it. Before each turn the garbage of the last one is cleared.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import math
import random
import statistics
import sys
import time
from collections.abc import Callable

from bench.__main__ import show
from course_lib.neural import value as ours


def moons(n: int, noise: float, seed: int) -> tuple[list[list[float]], list[int]]:
    """Points on two interlocking half-circles, and their classes, 1 and -1."""
    rng, points, classes = random.Random(seed), [], []
    for i in range(n):
        angle, sign = rng.uniform(0, math.pi), 1 if i % 2 == 0 else -1
        x, y = (math.cos(angle), math.sin(angle)) if sign == 1 else (1 - math.cos(angle), 0.5 - math.sin(angle))
        points.append([x + rng.gauss(0, noise), y + rng.gauss(0, noise)])
        classes.append(sign)
    return points, classes


def step(value: type, network, points: list[list[float]], classes: list[int], rate: float = 1.0) -> float:
    """Forward, backward and update, written as micrograd's demonstration writes them; returns the loss."""
    inputs = [list(map(value, point)) for point in points]
    scores = list(map(network, inputs))
    losses = [(1 + -y * score).relu() for y, score in zip(classes, scores)]
    loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in network.parameters())
    network.zero_grad()
    loss.backward()
    for p in network.parameters():
        p.data -= rate * p.grad
    return loss.data


class PlainNeuron(ours.Neuron):
    """A neuron written with + and * alone."""

    def __call__(self, x):
        total = sum((w * v for w, v in zip(self.w, x)), self.b)
        return total.relu() if self.nonlin else total


def programs(folder: str = "") -> dict[str, tuple[type, object]]:
    """The Value and the network of each program; all networks begin with the same weights."""
    found = {}
    for name in ("ours", "ours, + and * only"):
        random.seed(1337)
        found[name] = (ours.Value, ours.MLP(2, [16, 16, 1]))
    for layer in found["ours, + and * only"][1].layers:
        for neuron in layer.neurons:
            neuron.__class__ = PlainNeuron
    sys.path[:0] = [folder] if folder else []
    try:
        engine, nn = importlib.import_module("micrograd.engine"), importlib.import_module("micrograd.nn")
    except ImportError as error:
        print(f"micrograd: skipped ({error}); name its folder with --micrograd")
    else:
        random.seed(1337)
        found["micrograd"] = (engine.Value, nn.MLP(2, [16, 16, 1]))
    return found


def timed(program: Callable[[], float]) -> tuple[float, float]:
    """Seconds, and what the program returned."""
    gc.collect()
    begun = time.perf_counter()
    result = program()
    return time.perf_counter() - begun, result


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.value")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--micrograd", default="", metavar="FOLDER", help="the folder that holds the package micrograd")
    options = parser.parse_args()
    points, classes = moons(100, 0.1, seed=1)
    taken: dict[str, list[float]] = {}
    found = programs(options.micrograd)
    for _ in range(options.repeats):
        losses = {}
        for name, (value, network) in found.items():
            seconds, losses[name] = timed(lambda v=value, n=network: step(v, n, points, classes))
            taken.setdefault(name, []).append(seconds)
        if max(losses.values()) - min(losses.values()) > 1e-6:
            raise SystemExit(f"the programs differ: {losses}")
    for name, times in taken.items():
        show(f"a step of the moons, {name}", times)
    if "micrograd" in taken:
        theirs = statistics.median(taken.pop("micrograd"))
        for name, times in taken.items():
            print(f"{name}: {theirs / statistics.median(times):.1f} times as fast as micrograd")


if __name__ == "__main__":
    main()
