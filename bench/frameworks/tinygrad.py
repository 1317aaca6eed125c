"""tinygrad on the processor: each work captured by TinyJit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tinygrad import Context, Device, Tensor, TinyJit, nn

from bench.work import Work, data, weights

Parameters = dict[str, Tensor]


def prepare(work: Work, threads: int, variant: str = "") -> Callable[[], Any]:
    step = training_step(work) if work.is_network else operation(work)

    def finished() -> Any:
        result = step()
        Device[Device.DEFAULT].synchronize()
        return result

    return finished


def arrays(result: Any) -> list[np.ndarray]:
    return [tensor.numpy() for tensor in (result if isinstance(result, list) else [result])]


# -- single operations


def operation(work: Work) -> Callable[[], Any]:
    given = {name: Tensor(array).realize() for name, array in data(work).items()}
    function = {
        "product": products,
        "sum": lambda work, x: [total(x)],
        "sum_gradient": lambda work, x: [total(x), *total(x).gradient(x)],
        "softmax": softmax,
        "norm": norm,
    }[work.kind]

    @TinyJit
    def step(**given: Tensor) -> list[Tensor]:
        results = function(work, **given)
        Tensor.realize(*results)
        return results

    return lambda: step(**given)


def products(work: Work, **given: Tensor) -> list[Tensor]:
    left, right = work.layout
    pairs = [(given[f"a{i}"], given[f"b{i}"]) for i in range(work.sizes["turns"])]
    return [(a if left == "n" else a.T) @ (b if right == "n" else b.T) for a, b in pairs]


def total(x: Tensor) -> Tensor:
    return ((x + 1) * 2).relu().sum()


def softmax(work: Work, x: Tensor, gradient: Tensor) -> list[Tensor]:
    y = x.softmax(1)
    return [y, *y.gradient(x, gradient=gradient)]


def norm(work: Work, x: Tensor, gradient: Tensor, weight: Tensor, bias: Tensor) -> list[Tensor]:
    y = x.layernorm() * weight + bias
    return [y, *y.gradient(x, weight, bias, gradient=gradient)]


# -- networks: functions of their parameters


def linear(p: Parameters, name: str, x: Tensor) -> Tensor:
    return x.linear(p[f"{name}.weight"].T, p[f"{name}.bias"])


def mlp(p: Parameters, x: Tensor, sizes: dict[str, int]) -> Tensor:
    return linear(p, "fc3", linear(p, "fc2", linear(p, "fc1", x).relu()).relu())


def cnn(p: Parameters, x: Tensor, sizes: dict[str, int]) -> Tensor:
    for name in ("conv1", "conv2"):
        x = x.conv2d(p[f"{name}.weight"], p[f"{name}.bias"]).relu().max_pool2d(2)
    return linear(p, "fc2", linear(p, "fc1", x.flatten(1)).relu())


def gpt(p: Parameters, x: Tensor, sizes: dict[str, int]) -> Tensor:
    def normed(name: str, x: Tensor) -> Tensor:
        return x.layernorm() * p[f"{name}.weight"] + p[f"{name}.bias"]

    batch, context, width, heads = (sizes[name] for name in ("batch", "context", "width", "heads"))
    x = p["token.weight"][x] + p["place.weight"]
    for name in (f"blocks.{i}" for i in range(sizes["blocks"])):
        parts = linear(p, f"{name}.qkv", normed(f"{name}.norm1", x)).chunk(3, dim=2)
        q, k, v = (part.reshape(batch, context, heads, -1).transpose(1, 2) for part in parts)
        seen = q.scaled_dot_product_attention(k, v, is_causal=True).transpose(1, 2)
        x = x + linear(p, f"{name}.out", seen.reshape(batch, context, width))
        x = x + linear(p, f"{name}.down", linear(p, f"{name}.up", normed(f"{name}.norm2", x)).gelu())
    return (normed("norm", x) @ p["head.weight"].T).reshape(-1, sizes["letters"])


def lstm(p: Parameters, x: Tensor, sizes: dict[str, int]) -> Tensor:
    given = linear(p, "x", x)
    h = c = Tensor.zeros(sizes["batch"], sizes["hidden"])
    for t in range(sizes["steps"]):
        i, f, new, o = (given[:, t] + linear(p, "h", h)).chunk(4, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * new.tanh()
        h = o.sigmoid() * c.tanh()
    return linear(p, "head", h)


NETWORKS = {"mlp": mlp, "cnn": cnn, "gpt": gpt, "lstm": lstm}


def training_step(work: Work) -> Callable[[], Tensor]:
    forward = NETWORKS[work.kind]
    p = {name: Tensor(value).realize() for name, value in weights(work).items()}
    optimizer = nn.optim.Adam(list(p.values()), lr=1e-3)
    x, y = (Tensor(array).realize() for array in data(work).values())

    @TinyJit
    @Context(TRAINING=1)
    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = forward(p, x, work.sizes).sparse_categorical_crossentropy(y).backward()
        return loss.realize(*optimizer.schedule_step())

    return lambda: step(x, y)
