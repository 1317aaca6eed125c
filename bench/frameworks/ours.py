"""The course's own engine: each work as a replayed function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bench.work import Work, data, weights
from course_lib import Tensor, nn, optim, replay


def prepare(work: Work, threads: int, variant: str = "") -> Callable[[], Any]:
    if work.is_network:
        return training_step(work)
    given = {name: Tensor(array).realize() for name, array in data(work).items()}
    if work.kind == "product":
        return products(work, given)
    function = replay(FUNCTIONS[work.kind])
    return lambda: function(**given)


def arrays(result: Any) -> list[np.ndarray]:
    return [tensor.numpy() for tensor in (result if isinstance(result, list) else [result])]


# -- single operations


def products(work: Work, given: dict[str, Tensor]) -> Callable[[], list[Tensor]]:
    """Products whose results are written over the last ones, as with NumPy's and PyTorch's ``out=``."""
    left, right = work.layout
    pairs = [(given[f"a{i}"], given[f"b{i}"]) for i in range(work.sizes["turns"])]
    results = [Tensor.zeros(work.sizes["m"], work.sizes["n"]).contiguous().realize() for _ in pairs]

    @replay
    def step() -> None:
        for (a, b), result in zip(pairs, results):
            result.assign((a if left == "n" else a.T) @ (b if right == "n" else b.T))

    def whole_step() -> list[Tensor]:
        step()
        return results

    return whole_step


def chain(x: Tensor) -> Tensor:
    return ((x + 1) * 2).relu().sum()


def chain_gradient(x: Tensor) -> list[Tensor]:
    total = chain(x)
    return [total, *total.gradient(x)]


def softmax(x: Tensor, gradient: Tensor) -> list[Tensor]:
    y = x.softmax(1)
    return [y, *y.gradient(x, gradient=gradient)]


def norm(x: Tensor, gradient: Tensor, weight: Tensor, bias: Tensor) -> list[Tensor]:
    y = x.layer_norm(x.shape[1:], weight, bias)
    return [y, *y.gradient(x, weight, bias, gradient=gradient)]


FUNCTIONS = {"sum": chain, "sum_gradient": chain_gradient, "softmax": softmax, "norm": norm}


# -- networks


class MLP(nn.Module):
    def __init__(self, sizes: dict[str, int]) -> None:
        self.fc1 = nn.Linear(sizes["inputs"], sizes["first"])
        self.fc2 = nn.Linear(sizes["first"], sizes["second"])
        self.fc3 = nn.Linear(sizes["second"], sizes["classes"])

    def forward(self, x: Tensor) -> Tensor:
        return self.fc3(self.fc2(self.fc1(x).relu()).relu())


class CNN(nn.Module):
    def __init__(self, sizes: dict[str, int]) -> None:
        side = ((sizes["image"] - 2) // 2 - 2) // 2
        self.conv1, self.conv2 = nn.Conv2d(1, sizes["first"], 3), nn.Conv2d(sizes["first"], sizes["second"], 3)
        self.fc1 = nn.Linear(sizes["second"] * side * side, sizes["hidden"])
        self.fc2 = nn.Linear(sizes["hidden"], sizes["classes"])

    def forward(self, x: Tensor) -> Tensor:
        for convolution in (self.conv1, self.conv2):
            x = convolution(x).relu().max_pool2d(2)
        return self.fc2(self.fc1(x.flatten(1)).relu())


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, context, width = x.shape
        parts = self.qkv(self.norm1(x)).split(width, dim=2)
        q, k, v = (part.reshape(batch, context, self.heads, -1).transpose(1, 2) for part in parts)
        seen = q.scaled_dot_product_attention(k, v, is_causal=True).transpose(1, 2)
        x = x + self.out(seen.reshape(batch, context, width))
        return x + self.down(self.up(self.norm2(x)).gelu(approximate="tanh"))


class GPT(nn.Module):
    def __init__(self, sizes: dict[str, int]) -> None:
        width, self.letters = sizes["width"], sizes["letters"]
        self.token, self.place = nn.Embedding(self.letters, width), nn.Embedding(sizes["context"], width)
        self.blocks = [Block(width, sizes["heads"]) for _ in range(sizes["blocks"])]
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, self.letters, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.token(x) + self.place.weight
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)).reshape(-1, self.letters)


class LSTM(nn.Module):
    def __init__(self, sizes: dict[str, int]) -> None:
        self.hidden = sizes["hidden"]
        self.x, self.h = nn.Linear(sizes["inputs"], 4 * self.hidden), nn.Linear(self.hidden, 4 * self.hidden)
        self.head = nn.Linear(self.hidden, sizes["classes"])

    def forward(self, x: Tensor) -> Tensor:
        given = self.x(x)
        h = c = Tensor.zeros(x.shape[0], self.hidden, requires_grad=False)
        for t in range(x.shape[1]):
            i, f, new, o = (given[:, t] + self.h(h)).chunk(4, dim=1)
            c = f.sigmoid() * c + i.sigmoid() * new.tanh()
            h = o.sigmoid() * c.tanh()
        return self.head(h)


NETWORKS = {"mlp": MLP, "cnn": CNN, "gpt": GPT, "lstm": LSTM}


def training_step(work: Work) -> Callable[[], Tensor]:
    model = NETWORKS[work.kind](work.sizes)
    begin_with(dict(model.named_parameters()), weights(work))
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    x, y = (Tensor(array).realize() for array in data(work).values())

    @replay
    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = model(x).cross_entropy(y)
        loss.backward()
        optimizer.step()
        return loss

    return lambda: step(x, y)


def begin_with(parameters: dict[str, Tensor], values: dict[str, np.ndarray]) -> None:
    """Give a network's parameters their first numbers."""
    assert parameters.keys() == values.keys()
    tensors: Sequence[Tensor] = [parameters[name].assign(Tensor(value)) for name, value in values.items()]
    tensors[0].realize(*tensors[1:])
