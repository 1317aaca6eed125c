"""NumPy by hand: results are written into arrays that are there already, where NumPy lets us choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.work import Work, data, weights


def prepare(work: Work, threads: int, variant: str = "") -> Callable[[], Any] | None:
    make = {
        "product": products,
        "sum": chain,
        "sum_gradient": chain_gradient,
        "softmax": softmax,
        "norm": norm,
        "mlp": mlp,
    }.get(work.kind)
    return make(work) if make else None


def arrays(result: Any) -> list[np.ndarray]:
    return [np.asarray(array) for array in (result if isinstance(result, list) else [result])]


def products(work: Work) -> Callable[[], list[np.ndarray]]:
    given, s = data(work), work.sizes
    a, b = ([given[f"{side}{i}"] for i in range(s["turns"])] for side in "ab")
    a = a if work.layout[0] == "n" else [array.T for array in a]
    b = b if work.layout[1] == "n" else [array.T for array in b]
    results = [np.empty((s["m"], s["n"]), np.float32) for _ in a]
    return lambda: [np.matmul(*pair, out=result) for *pair, result in zip(a, b, results)]


def chain(work: Work) -> Callable[[], np.float32]:
    x = data(work)["x"]
    y = np.empty_like(x)

    def step() -> np.float32:
        np.add(x, 1, out=y)
        np.multiply(y, 2, out=y)
        np.maximum(y, 0, out=y)
        return y.sum()

    return step


def chain_gradient(work: Work) -> Callable[[], list]:
    x = data(work)["x"]
    y, slope = np.empty_like(x), np.empty_like(x)

    def step() -> list:
        np.add(x, 1, out=y)
        np.multiply(y, 2, out=y)
        np.maximum(y, 0, out=y)
        np.multiply(y > 0, np.float32(2), out=slope)
        return [y.sum(), slope]

    return step


def softmax(work: Work) -> Callable[[], list[np.ndarray]]:
    x, gradient = data(work).values()
    y, slope = np.empty_like(x), np.empty_like(x)

    def step() -> list[np.ndarray]:
        np.subtract(x, x.max(1, keepdims=True), out=y)
        np.exp(y, out=y)
        np.divide(y, y.sum(1, keepdims=True), out=y)
        np.subtract(gradient, np.einsum("ij,ij->i", gradient, y)[:, None], out=slope)
        np.multiply(slope, y, out=slope)
        return [y, slope]

    return step


def norm(work: Work) -> Callable[[], list[np.ndarray]]:
    x, gradient, weight, bias = data(work).values()

    def step() -> list[np.ndarray]:
        centred = x - x.mean(1, keepdims=True)
        scale = 1 / np.sqrt(
            np.einsum("ij,ij->i", centred, centred)[:, None] / np.float32(x.shape[1]) + np.float32(1e-5)
        )
        standard = centred * scale
        arriving = gradient * weight
        along = np.einsum("ij,ij->i", arriving, standard)[:, None] / np.float32(x.shape[1])
        slope = (arriving - arriving.mean(1, keepdims=True) - standard * along) * scale
        return [standard * weight + bias, slope, np.einsum("ij,ij->j", gradient, standard), gradient.sum(0)]

    return step


def mlp(work: Work) -> Callable[[], np.float32]:
    p, (x, y) = weights(work), data(work).values()
    first, second = ({name: np.zeros_like(value) for name, value in p.items()} for _ in range(2))
    rows, layers, turn = np.arange(len(y)), ("fc1", "fc2", "fc3"), 0

    def step() -> np.float32:
        nonlocal turn
        turn += 1
        seen = [x]
        for layer in layers:
            z = seen[-1] @ p[f"{layer}.weight"].T
            z += p[f"{layer}.bias"]
            seen.append(z if layer == "fc3" else np.maximum(z, 0, out=z))
        scores = seen.pop()
        scores -= scores.max(1, keepdims=True)
        slope = np.exp(scores)
        total = slope.sum(1, keepdims=True)
        loss = (np.log(total[:, 0]) - scores[rows, y]).mean()
        slope /= total
        slope[rows, y] -= 1
        slope /= np.float32(len(y))
        for layer, given in zip(reversed(layers), reversed(seen)):
            matrix = p[f"{layer}.weight"]
            gradients = {f"{layer}.weight": slope.T @ given, f"{layer}.bias": slope.sum(0)}
            if layer != "fc1":
                slope = slope @ matrix
                slope *= given > 0
            for name, gradient in gradients.items():
                adam(p[name], gradient, first[name], second[name], turn)
        return loss

    return step


def adam(value: np.ndarray, gradient: np.ndarray, first: np.ndarray, second: np.ndarray, turn: int) -> None:
    """One step of Adam, in place; uses ``gradient`` up."""
    first *= np.float32(0.9)
    first += np.float32(0.1) * gradient
    second *= np.float32(0.999)
    gradient *= gradient
    gradient *= np.float32(0.001)
    second += gradient
    np.sqrt(second, out=gradient)
    gradient *= np.float32(1 / (1 - 0.999**turn) ** 0.5)
    gradient += np.float32(1e-8)
    np.divide(first, gradient, out=gradient)
    gradient *= np.float32(1e-3 / (1 - 0.9**turn))
    value -= gradient
