"""PyTorch in three ways: eager as it comes, eager at its best, and compiled.

The last two have the fused Adam, and images with channels last, which suits its convolutions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.work import Work, cnn_sides, data, weights


def prepare(work: Work, threads: int, variant: str = "eager") -> Callable[[], Any] | None:
    torch.set_num_threads(threads)
    if work.is_network:
        return training_step(work, variant)
    if variant == "tuned" or (variant == "compile" and work.kind == "product"):
        return None  # nothing to fuse
    given = {name: torch.from_numpy(array) for name, array in data(work).items()}
    if work.kind == "product":
        return products(work, given)
    return operation(work, given, torch.compile if variant == "compile" else lambda function: function)


def arrays(result: Any) -> list[np.ndarray]:
    return [tensor.detach().numpy() for tensor in (result if isinstance(result, list) else [result])]


# -- single operations


def products(work: Work, given: dict[str, Tensor]) -> Callable[[], list[Tensor]]:
    s = work.sizes
    a, b = ([given[f"{side}{i}"] for i in range(s["turns"])] for side in "ab")
    a = a if work.layout[0] == "n" else [tensor.T for tensor in a]
    b = b if work.layout[1] == "n" else [tensor.T for tensor in b]
    results = [torch.empty(s["m"], s["n"]) for _ in a]
    return lambda: [torch.mm(*pair, out=result) for *pair, result in zip(a, b, results)]


def operation(work: Work, given: dict[str, Tensor], around: Callable) -> Callable[[], Any]:
    """Forward, and backward if the work has it; ``around`` may compile the forward function."""
    upstream = given.pop("gradient", None)
    inputs = list(given.values())
    forward = around(
        {
            "sum": lambda x: torch.relu((x + 1) * 2).sum(),
            "sum_gradient": lambda x: torch.relu((x + 1) * 2).sum(),
            "softmax": lambda x: functional.softmax(x, 1),
            "norm": lambda x, weight, bias: functional.layer_norm(x, x.shape[1:], weight, bias),
        }[work.kind]
    )
    if work.kind == "sum":
        return lambda: forward(*inputs)
    for tensor in inputs:
        tensor.requires_grad_()

    def step() -> list[Tensor]:
        y = forward(*inputs)
        return [y, *torch.autograd.grad(y, inputs, upstream)]

    return step


# -- networks


class MLP(nn.Module):
    def __init__(self, work: Work) -> None:
        super().__init__()
        s = work.sizes
        self.fc1, self.fc2 = nn.Linear(s["inputs"], s["first"]), nn.Linear(s["first"], s["second"])
        self.fc3 = nn.Linear(s["second"], s["classes"])

    def forward(self, x: Tensor) -> Tensor:
        return self.fc3(torch.relu(self.fc2(torch.relu(self.fc1(x)))))


class CNN(nn.Module):
    def __init__(self, work: Work) -> None:
        super().__init__()
        s = work.sizes
        self.conv1, self.conv2 = nn.Conv2d(1, s["first"], 3), nn.Conv2d(s["first"], s["second"], 3)
        self.fc1 = nn.Linear(s["second"] * cnn_sides(work)[3] ** 2, s["hidden"])
        self.fc2 = nn.Linear(s["hidden"], s["classes"])

    def forward(self, x: Tensor) -> Tensor:
        for convolution in (self.conv1, self.conv2):
            x = functional.max_pool2d(torch.relu(convolution(x)), 2)
        return self.fc2(torch.relu(self.fc1(x.flatten(1))))


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, context, width = x.shape
        parts = self.qkv(self.norm1(x)).split(width, dim=2)
        q, k, v = (part.reshape(batch, context, self.heads, -1).transpose(1, 2) for part in parts)
        seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2)
        x = x + self.out(seen.reshape(batch, context, width))
        return x + self.down(functional.gelu(self.up(self.norm2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self, work: Work) -> None:
        super().__init__()
        s = work.sizes
        self.token, self.place = nn.Embedding(s["letters"], s["width"]), nn.Embedding(s["context"], s["width"])
        self.blocks = nn.Sequential(*(Block(s["width"], s["heads"]) for _ in range(s["blocks"])))
        self.norm, self.head = nn.LayerNorm(s["width"]), nn.Linear(s["width"], s["letters"], bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.blocks(self.token(x) + self.place.weight))).flatten(0, 1)


class LSTM(nn.Module):
    def __init__(self, work: Work) -> None:
        super().__init__()
        s = work.sizes
        self.cell = nn.LSTM(s["inputs"], s["hidden"], batch_first=True)
        self.head = nn.Linear(s["hidden"], s["classes"])

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.cell(x)[0][:, -1])


NETWORKS = {"mlp": MLP, "cnn": CNN, "gpt": GPT, "lstm": LSTM}
CELL = {"x.weight": "weight_ih_l0", "h.weight": "weight_hh_l0", "x.bias": "bias_ih_l0", "h.bias": "bias_hh_l0"}


def training_step(work: Work, variant: str) -> Callable[[], Tensor]:
    model = NETWORKS[work.kind](work)
    names = {name: f"cell.{place}" for name, place in CELL.items()}
    model.load_state_dict({names.get(name, name): torch.from_numpy(value) for name, value in weights(work).items()})
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=None if variant == "eager" else True)
    x, y = map(torch.from_numpy, data(work).values())
    if work.kind == "cnn" and variant != "eager":
        model, x = (thing.to(memory_format=torch.channels_last) for thing in (model, x))

    def loss_of(x: Tensor, y: Tensor) -> Tensor:
        return functional.cross_entropy(model(x), y)

    forward = torch.compile(loss_of) if variant == "compile" else loss_of

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = forward(x, y)
        loss.backward()
        optimizer.step()
        return loss

    return step
