"""JAX: each work as one compiled function; training steps give their parameters back in the memory of the old ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from bench.work import Work, data, weights

Parameters = dict[str, jax.Array]


def prepare(work: Work, threads: int, variant: str = "") -> Callable[[], Any]:
    if work.is_network:
        return training_step(work)
    given = {name: jnp.asarray(array) for name, array in data(work).items()}
    function = jax.jit(products(work) if work.kind == "product" else OPERATIONS[work.kind])
    return lambda: jax.block_until_ready(function(**given))


def arrays(result: Any) -> list[np.ndarray]:
    return [np.asarray(array) for array in jax.tree.leaves(result)]


# -- single operations


def products(work: Work) -> Callable[..., list[jax.Array]]:
    left, right = work.layout

    def step(**given: jax.Array) -> list[jax.Array]:
        pairs = [(given[f"a{i}"], given[f"b{i}"]) for i in range(work.sizes["turns"])]
        return [(a if left == "n" else a.T) @ (b if right == "n" else b.T) for a, b in pairs]

    return step


def chain(x: jax.Array) -> jax.Array:
    return jax.nn.relu((x + 1) * 2).sum()


def softmax(x: jax.Array, gradient: jax.Array) -> list:
    y, back = jax.vjp(partial(jax.nn.softmax, axis=1), x)
    return [y, *back(gradient)]


def layer_norm(x: jax.Array, weight: jax.Array, bias: jax.Array) -> jax.Array:
    centred = x - x.mean(-1, keepdims=True)
    return centred * lax.rsqrt((centred * centred).mean(-1, keepdims=True) + 1e-5) * weight + bias


def norm(x: jax.Array, gradient: jax.Array, weight: jax.Array, bias: jax.Array) -> list:
    y, back = jax.vjp(layer_norm, x, weight, bias)
    return [y, *back(gradient)]


def chain_gradient(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jax.value_and_grad(chain)(x)


OPERATIONS = {"sum": chain, "sum_gradient": chain_gradient, "softmax": softmax, "norm": norm}


# -- networks: functions of their parameters


def linear(p: Parameters, name: str, x: jax.Array) -> jax.Array:
    return x @ p[f"{name}.weight"].T + p[f"{name}.bias"]


def mlp(p: Parameters, x: jax.Array, sizes: dict[str, int]) -> jax.Array:
    return linear(p, "fc3", jax.nn.relu(linear(p, "fc2", jax.nn.relu(linear(p, "fc1", x)))))


def cnn(p: Parameters, x: jax.Array, sizes: dict[str, int]) -> jax.Array:
    """Channels last, pooling by reshaping: several times as fast as channels first and ``reduce_window``."""
    x = x.transpose(0, 2, 3, 1)
    for name in ("conv1", "conv2"):
        kinds = ("NHWC", "OIHW", "NHWC")
        x = lax.conv_general_dilated(x, p[f"{name}.weight"], (1, 1), "VALID", dimension_numbers=kinds)
        x = jax.nn.relu(x + p[f"{name}.bias"])
        batch, height, width, channels = x.shape
        x = x[:, : height // 2 * 2, : width // 2 * 2].reshape(batch, height // 2, 2, width // 2, 2, channels)
        x = x.max((2, 4))
    x = x.transpose(0, 3, 1, 2).reshape(x.shape[0], -1)
    return linear(p, "fc2", jax.nn.relu(linear(p, "fc1", x)))


def gpt(p: Parameters, x: jax.Array, sizes: dict[str, int]) -> jax.Array:
    def normed(name: str, x: jax.Array) -> jax.Array:
        return layer_norm(x, p[f"{name}.weight"], p[f"{name}.bias"])

    batch, context, width, heads = (sizes[name] for name in ("batch", "context", "width", "heads"))
    x = p["token.weight"][x] + p["place.weight"]
    for name in (f"blocks.{i}" for i in range(sizes["blocks"])):
        parts = jnp.split(linear(p, f"{name}.qkv", normed(f"{name}.norm1", x)), 3, axis=2)
        q, k, v = (part.reshape(batch, context, heads, width // heads) for part in parts)
        seen = jax.nn.dot_product_attention(q, k, v, is_causal=True).reshape(batch, context, width)
        x = x + linear(p, f"{name}.out", seen)
        x = x + linear(p, f"{name}.down", jax.nn.gelu(linear(p, f"{name}.up", normed(f"{name}.norm2", x))))
    return (normed("norm", x) @ p["head.weight"].T).reshape(-1, sizes["letters"])


def lstm(p: Parameters, x: jax.Array, sizes: dict[str, int]) -> jax.Array:
    def turn(state: tuple, given: jax.Array) -> tuple[tuple, None]:
        h, c = state
        i, f, new, o = jnp.split(given + linear(p, "h", h), 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(new)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    start = jnp.zeros((sizes["batch"], sizes["hidden"]))
    (h, _), _ = lax.scan(turn, (start, start), linear(p, "x", x).swapaxes(0, 1))
    return linear(p, "head", h)


NETWORKS = {"mlp": mlp, "cnn": cnn, "gpt": gpt, "lstm": lstm}


def training_step(work: Work) -> Callable[[], jax.Array]:
    forward, sizes = NETWORKS[work.kind], work.sizes
    x, y = (jnp.asarray(array) for array in data(work).values())

    def loss_of(p: Parameters, x: jax.Array, y: jax.Array) -> jax.Array:
        scores = jax.nn.log_softmax(forward(p, x, sizes))
        return -jnp.take_along_axis(scores, y[:, None], 1).mean()

    @partial(jax.jit, donate_argnums=0)
    def step(state: tuple, x: jax.Array, y: jax.Array) -> tuple[tuple, jax.Array]:
        p, first, second, turn = state
        loss, slopes = jax.value_and_grad(loss_of)(p, x, y)
        turn = turn + 1
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slopes)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, slopes)

        def changed(value: jax.Array, m: jax.Array, v: jax.Array) -> jax.Array:
            return value - 1e-3 * (m / (1 - 0.9**turn)) / (jnp.sqrt(v / (1 - 0.999**turn)) + 1e-8)

        return (jax.tree.map(changed, p, first, second), first, second, turn), loss

    values = {name: jnp.asarray(array) for name, array in weights(work).items()}
    zeros = [{name: jnp.zeros_like(value) for name, value in values.items()} for _ in range(2)]
    state = (values, *zeros, jnp.zeros(()))

    def whole_step() -> jax.Array:
        nonlocal state
        state, loss = step(state, x, y)
        return jax.block_until_ready((state, loss))[1]

    return whole_step
