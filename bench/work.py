"""What is measured: each work with its sizes, its numbers, and how much of it cannot be avoided.

Every framework gets the same arrays from here, so that all of them must come to the same results.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

SKINNY_TURNS = 8  # products of one shape in a row, as within a step: one alone would measure how long a call takes


@dataclass(frozen=True, eq=False)
class Work:
    """One thing to measure.

    Attributes
    ----------
    name: as it is asked for and printed.
    group: the works that are held to the same bars.
    kind: what is to be done: "product", "sum", "sum_gradient", "softmax", "norm", "mlp", "cnn", "gpt" or "lstm".
    sizes: its numbers by name.
    layout: for products, how both factors lie in memory: "n" as they are used, "t" transposed.
    """

    name: str
    group: str
    kind: str
    sizes: dict[str, int]
    layout: str = "nn"

    @property
    def is_network(self) -> bool:
        return self.kind in ("mlp", "cnn", "gpt", "lstm")


def product(group: str, m: int, k: int, n: int, layout: str, turns: int = 1) -> Work:
    name = f"gemm{m}-{layout}" if group == "square" else f"gemm{m}x{k}x{n}-{layout}"
    return Work(name, group, "product", {"m": m, "k": k, "n": n, "turns": turns}, layout)


def catalogue() -> dict[str, Work]:
    """All works, by name, in the order in which they are measured."""
    works = [product("square", n, n, n, layout) for n in (512, 1024, 2048) for layout in ("nn", "nt", "tn", "tt")]
    skinny = [
        (32, 128, 512, "nt"),  # the LSTM's hidden state by its weights
        (64, 784, 256, "nt"),  # the MLP forward, batch 64
        (512, 784, 256, "nt"),
        (64, 128, 10, "nt"),
        (512, 128, 10, "nt"),
        (64, 10, 128, "nn"),  # the gradient of its last layer's input
        (256, 64, 784, "tn"),  # the gradient of its first layer's weights
        (256, 512, 784, "tn"),
        (2048, 128, 65, "nt"),  # the GPT's scores of letters
        (2048, 128, 512, "nt"),
        (512, 2048, 128, "tn"),
    ]
    works += [product("skinny", *shape, turns=SKINNY_TURNS) for shape in skinny]
    for n in (1000, 4096):
        works.append(Work(f"relusum{n}", "elementwise", "sum", {"n": n}))
        works.append(Work(f"relusum{n}-gradient", "elementwise", "sum_gradient", {"n": n}))
    works.append(Work("softmax", "softmax", "softmax", {"n": 1024}))
    works.append(Work("layernorm", "norm", "norm", {"n": 1024}))
    for batch in (64, 512):
        sizes = {"batch": batch, "inputs": 784, "first": 256, "second": 128, "classes": 10}
        works.append(Work(f"mlp{batch}", f"mlp{batch}", "mlp", sizes))
    sizes = {"batch": 64, "image": 28, "first": 32, "second": 64, "hidden": 128, "classes": 10}
    works.append(Work("cnn", "cnn", "cnn", sizes))
    sizes = {"batch": 16, "blocks": 4, "width": 128, "heads": 4, "context": 128, "letters": 65}
    works.append(Work("gpt", "gpt", "gpt", sizes))
    sizes = {"batch": 32, "steps": 64, "inputs": 128, "hidden": 128, "classes": 10}
    works.append(Work("lstm", "lstm", "lstm", sizes))
    return {work.name: work for work in works}


def small_catalogue() -> dict[str, Work]:
    """Each kind of work in a size that takes no time, for tests."""
    sizes = {
        "mlp": {"batch": 6, "inputs": 9, "first": 8, "second": 7, "classes": 4},
        "cnn": {"batch": 3, "image": 14, "first": 3, "second": 4, "hidden": 6, "classes": 4},
        "gpt": {"batch": 2, "blocks": 2, "width": 8, "heads": 2, "context": 6, "letters": 5},
        "lstm": {"batch": 3, "steps": 4, "inputs": 5, "hidden": 6, "classes": 4},
        **{kind: {"n": 9} for kind in ("sum", "sum_gradient", "softmax", "norm")},
    }
    works = [Work(f"small-{kind}", "", kind, numbers) for kind, numbers in sizes.items()]
    works += [product("square", 24, 24, 24, layout) for layout in ("nn", "nt", "tn", "tt")]
    works.append(product("skinny", 5, 7, 3, "nt", turns=2))
    return {work.name: work for work in works}


# -- numbers


def data(work: Work) -> dict[str, np.ndarray]:
    """The arrays that a work is given, by name: for networks ``x`` and the class numbers ``y``."""
    rng, s = np.random.default_rng(0), work.sizes

    def normal(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, np.float32)

    if work.kind == "product":
        left = (s["m"], s["k"]) if work.layout[0] == "n" else (s["k"], s["m"])
        right = (s["k"], s["n"]) if work.layout[1] == "n" else (s["n"], s["k"])
        return {f"{side}{i}": normal(*shape) for i in range(s["turns"]) for side, shape in (("a", left), ("b", right))}
    if work.kind == "gpt":
        letters = rng.integers(0, s["letters"], (2, s["batch"], s["context"]))
        return {"x": letters[0], "y": letters[1].reshape(-1)}
    if work.is_network:
        shape = {"mlp": ("inputs",), "cnn": ("image", "image"), "lstm": ("steps", "inputs")}[work.kind]
        sizes = [s["batch"], *([1] if work.kind == "cnn" else []), *(s[name] for name in shape)]
        return {"x": normal(*sizes), "y": rng.integers(0, s["classes"], s["batch"])}
    given = {"x": normal(s["n"], s["n"])}
    if work.kind in ("softmax", "norm"):
        given["gradient"] = normal(s["n"], s["n"])
    if work.kind == "norm":
        given |= {"weight": normal(s["n"]), "bias": normal(s["n"])}
    return given


def weights(work: Work) -> dict[str, np.ndarray]:
    """The parameters that a network begins with, in the order in which its parts are used."""
    rng, given = np.random.default_rng(1), {}
    for name, shape in shapes(work).items():
        scale = 1 / math.sqrt(math.prod(shape[1:])) if len(shape) > 1 else 0.1
        start = 1 if "norm" in name and name.endswith("weight") else 0
        given[name] = start + scale * rng.standard_normal(shape, np.float32)
    return given


def shapes(work: Work) -> dict[str, tuple[int, ...]]:
    """The shapes of a network's parameters, by name."""
    s = work.sizes

    def linear(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
        return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}

    if work.kind == "mlp":
        return (
            linear("fc1", s["inputs"], s["first"])
            | linear("fc2", s["first"], s["second"])
            | linear("fc3", s["second"], s["classes"])
        )
    if work.kind == "cnn":
        convolutions = {
            "conv1.weight": (s["first"], 1, 3, 3),
            "conv1.bias": (s["first"],),
            "conv2.weight": (s["second"], s["first"], 3, 3),
            "conv2.bias": (s["second"],),
        }
        flat = s["second"] * cnn_sides(work)[3] ** 2
        return convolutions | linear("fc1", flat, s["hidden"]) | linear("fc2", s["hidden"], s["classes"])
    if work.kind == "lstm":
        gates = 4 * s["hidden"]
        parts = linear("x", s["inputs"], gates) | linear("h", s["hidden"], gates)
        return parts | linear("head", s["hidden"], s["classes"])
    width = s["width"]
    found = {"token.weight": (s["letters"], width), "place.weight": (s["context"], width)}
    for block in (f"blocks.{i}" for i in range(s["blocks"])):
        found |= {f"{block}.norm{i}.{part}": (width,) for i in (1, 2) for part in ("weight", "bias")}
        found |= linear(f"{block}.qkv", width, 3 * width) | linear(f"{block}.out", width, width)
        found |= linear(f"{block}.up", width, 4 * width) | linear(f"{block}.down", 4 * width, width)
    return found | {"norm.weight": (width,), "norm.bias": (width,), "head.weight": (s["letters"], width)}


def cnn_sides(work: Work) -> tuple[int, int, int, int]:
    """The sides of the CNN's images after each convolution and each pooling."""
    first = work.sizes["image"] - 2
    second = first // 2 - 2
    return first, first // 2, second, second // 2


# -- what cannot be avoided


def flops(work: Work) -> int:
    """Multiplications and additions of a work's products; 0 for works that have none.

    A training step has each product three times: forward, and for the gradients of both factors, but for the input
    of the network, which needs none. Attention is counted in full, though half of its scores are masked.
    """
    s = work.sizes
    if work.kind == "product":
        return 2 * s["m"] * s["k"] * s["n"] * s["turns"]
    if not work.is_network:
        return 0
    sides = cnn_sides(work) if work.kind == "cnn" else ()
    rows = {"mlp": 1, "cnn": 1, "gpt": s.get("context"), "lstm": s.get("steps")}[work.kind] * s["batch"]
    forward, of_input = 0, 0
    for name, shape in shapes(work).items():
        if len(shape) == 1 or name in ("token.weight", "place.weight"):
            continue
        turns = {"conv1.weight": sides[:1], "conv2.weight": sides[2:3]}.get(name, ())
        used = s["batch"] if work.kind == "lstm" and name.startswith("head") else rows
        amount = 2 * used * math.prod(shape) * (turns[0] ** 2 if turns else 1)
        forward += amount
        of_input += amount * (name in ("conv1.weight", "x.weight") or (work.kind, name) == ("mlp", "fc1.weight"))
    if work.kind == "gpt":
        forward += s["blocks"] * 4 * s["batch"] * s["context"] ** 2 * s["width"]
    return 3 * forward - of_input


def traffic(work: Work) -> tuple[int, int]:
    """Bytes that a work without products must at least read and write."""
    size = 4 * work.sizes.get("n", 0) ** 2
    return {"sum": (size, 0), "sum_gradient": (size, size)}.get(work.kind, (2 * size, 2 * size))
