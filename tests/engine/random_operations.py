"""The operations of random programs: each chooses values that it fits, and comes twice, on tensors and on arrays."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol

import numpy as np
from scipy.special import erf, logsumexp

from course_lib import Tensor
from course_lib.engine.dtype import to_dtype

Step = Callable[[list], object]  # the values so far to the next one
Made = tuple[str, Step, Step] | None  # what it is called, on tensors, on arrays; None if it fits nothing


class Writer(Protocol):
    """What operations see of the program that they become part of."""

    rng: random.Random
    exact: bool
    values: list[np.ndarray]

    def pick(self, test: Callable[[np.ndarray], bool] = ...) -> int | None:
        """The place of a value, later ones more often."""


def alike(name: str, function: Step) -> Made:
    return name, function, function


def number_like(w: Writer, i: int) -> bool | int | float:
    """A number for arithmetic with a value, of its own kind."""
    kind = w.values[i].dtype.kind
    number = w.rng.choice([0, 1, 2, 3]) if w.exact else w.rng.choice([0.5, 1.0, 2.0, 0.3, 1.7])
    return float(number) if kind == "f" else int(number)


def accumulated(array: np.ndarray) -> np.ndarray:
    """float16 is added up in float32."""
    return array.astype(np.float32) if array.dtype == np.float16 else array


def not_bool(array: np.ndarray) -> bool:
    return array.dtype.kind != "b"


def not_flat(array: np.ndarray) -> bool:
    return array.ndim > 0


# -- movements


def reshape(w: Writer) -> Made:
    i = w.pick()
    shape, left = [], w.values[i].size
    for _ in range(w.rng.randint(0, 3)):
        if left == 0:
            break
        size = w.rng.choice([d for d in range(1, left + 1) if left % d == 0])
        shape.append(size)
        left //= size
    shape = tuple([*shape, left])
    return alike(f"v{i}.reshape{shape}", lambda v: v[i].reshape(shape))


def permute(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 1)
    if i is None:
        return None
    order = tuple(w.rng.sample(range(w.values[i].ndim), w.values[i].ndim))
    return f"v{i}.permute{order}", lambda v: v[i].permute(*order), lambda v: v[i].transpose(order)


def expand(w: Writer) -> Made:
    i = w.pick(lambda a: 1 in a.shape or a.ndim < 3)
    if i is None:
        return None
    shape = tuple(w.rng.randint(1, 4) if size == 1 else size for size in w.values[i].shape)
    if w.rng.random() < 0.3:
        shape = (w.rng.randint(1, 3), *shape)
    return f"v{i}.expand{shape}", lambda v: v[i].expand(*shape), lambda v: np.broadcast_to(v[i], shape)


def pad(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0 and a.dtype.kind != "b")
    if i is None:
        return None
    margins = [(w.rng.randint(0, 2), w.rng.randint(0, 2)) for _ in w.values[i].shape]
    flat = [n for pair in reversed(margins) for n in pair]
    return f"v{i}.pad{margins}", lambda v: v[i].pad(flat), lambda v: np.pad(v[i], margins)


def index(w: Writer) -> Made:
    i = w.pick(not_flat)
    if i is None:
        return None
    parts = []
    for size in w.values[i].shape:
        choice = w.rng.random()
        if choice < 0.2 and size:
            parts.append(w.rng.randrange(-size, size))
        elif choice < 0.3:
            parts.append(None)
            parts.append(slice(None))
        else:
            start, stop = sorted((w.rng.randint(0, size), w.rng.randint(0, size)))
            step = w.rng.choice([1, 1, 1, 2, 3, -1, -2])
            parts.append(slice(start, stop, step) if step > 0 else slice(None, None, step))
    where = tuple(parts)
    return alike(f"v{i}[{where}]", lambda v: v[i][where])


def flip(w: Writer) -> Made:
    i = w.pick(not_flat)
    if i is None:
        return None
    axis = w.rng.randrange(w.values[i].ndim)
    return f"v{i}.flip({axis})", lambda v: v[i].flip(axis), lambda v: np.flip(v[i], axis)


def roll(w: Writer) -> Made:
    i = w.pick(not_flat)
    if i is None:
        return None
    axis, step = w.rng.randrange(w.values[i].ndim), w.rng.randint(-3, 3)
    return f"v{i}.roll({step}, {axis})", lambda v: v[i].roll(step, axis), lambda v: np.roll(v[i], step, axis)


def windows(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0 and max(a.shape) > 1)
    if i is None:
        return None
    axis = w.rng.choice([axis for axis, size in enumerate(w.values[i].shape) if size > 1])
    size, step = w.rng.randint(1, min(5, w.values[i].shape[axis])), w.rng.randint(1, 3)

    def on_arrays(v: list) -> np.ndarray:
        seen = np.lib.stride_tricks.sliding_window_view(v[i], size, axis)
        return seen[(slice(None),) * axis + (slice(None, None, step),)]

    return f"v{i}.unfold({axis}, {size}, {step})", lambda v: v[i].unfold(axis, size, step), on_arrays


def concatenate(w: Writer) -> Made:
    i = w.pick(not_flat)
    if i is None:
        return None
    j = w.pick(lambda a: a.shape == w.values[i].shape and a.dtype == w.values[i].dtype)
    axis = w.rng.randrange(w.values[i].ndim)
    if w.rng.random() < 0.3:
        return (
            f"stack(v{i}, v{j}, {axis})",
            lambda v: Tensor.stack([v[i], v[j]], dim=axis),
            lambda v: np.stack((v[i], v[j]), axis),
        )
    return (
        f"cat(v{i}, v{j}, {axis})",
        lambda v: Tensor.cat(v[i], v[j], dim=axis),
        lambda v: np.concatenate((v[i], v[j]), axis),
    )


def gather_rows(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0 and a.shape[0] > 0)
    if i is None:
        return None
    rows = np.array([[w.rng.randrange(w.values[i].shape[0]) for _ in range(w.rng.randint(1, 4))] for _ in range(1)])
    return f"v{i}[{rows.tolist()}]", lambda v: v[i][Tensor(rows, device=v[i].device)], lambda v: v[i][rows]


def scatter_rows(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0 and a.shape[0] > 0 and a.dtype.kind != "b")
    if i is None:
        return None
    size = w.rng.randint(1, 5)
    rows = np.array([w.rng.randrange(size) for _ in range(w.values[i].shape[0])])

    def on_arrays(v: list) -> np.ndarray:
        out = accumulated(np.zeros((size, *v[i].shape[1:]), v[i].dtype))
        np.add.at(out, rows, v[i])
        return out.astype(v[i].dtype)

    def on_tensors(v: list) -> Tensor:
        base = Tensor.zeros(size, *v[i].shape[1:], dtype=v[i].dtype, device=v[i].device)
        return base.index_add(0, Tensor(rows, device=v[i].device), v[i])

    return f"zeros({size}).index_add({rows.tolist()}, v{i})", on_tensors, on_arrays


def triangle(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 1 and a.dtype.kind != "b")
    if i is None:
        return None
    which, diagonal = w.rng.choice(["tril", "triu"]), w.rng.randint(-2, 2)
    on_arrays = np.tril if which == "tril" else np.triu
    name = f"v{i}.{which}({diagonal})"
    return name, lambda v: getattr(v[i], which)(diagonal), lambda v: on_arrays(v[i], diagonal)


def assign(w: Writer) -> Made:
    """A value gets the numbers of another; what was made from it before keeps the old ones."""
    i = w.pick()
    j = w.pick(lambda a: a.shape == w.values[i].shape and a.dtype == w.values[i].dtype)

    def on_tensors(v: list) -> Tensor:
        try:
            return v[i].assign(v[j])
        except RuntimeError:  # it is a view
            v[i] = v[j].clone()
            return v[i]

    def on_arrays(v: list) -> np.ndarray:
        v[i] = v[j]
        return v[i]

    return f"v{i}.assign(v{j})", on_tensors, on_arrays


def set_slice(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0 and a.shape[0] > 0 and a.dtype.kind != "b")
    if i is None:
        return None
    size = w.values[i].shape[0]
    start, number = w.rng.randrange(size), number_like(w, i)

    def on_tensors(v: list) -> Tensor:
        changed = v[i] * 1
        changed[start:] = number
        return changed

    def on_arrays(v: list) -> np.ndarray:
        changed = v[i].copy()
        changed[start:] = number
        return changed

    return f"v{i}[{start}:] = {number}", on_tensors, on_arrays


MOVES = [reshape, permute, expand, pad, index, index, flip, roll, windows, concatenate, gather_rows, scatter_rows]
MOVES += [triangle, assign, set_slice]

# -- reductions and scans


def reduction(w: Writer) -> Made:
    i = w.pick(not_flat)
    if i is None:
        return None
    array = w.values[i]
    axes = tuple(sorted(w.rng.sample(range(array.ndim), w.rng.randint(1, array.ndim))))
    names = ["sum"] + (["amax", "amin"] if all(array.shape[axis] for axis in axes) else [])
    name, keep = w.rng.choice(names), w.rng.random() < 0.5
    if name != "sum" and array.dtype.kind == "b":
        return None
    on_arrays = {"sum": np.sum, "amax": np.max, "amin": np.min}[name]
    wide = np.int64 if name == "sum" and array.dtype.kind in "biu" else array.dtype
    return (
        f"v{i}.{name}({axes}, {keep})",
        lambda v: getattr(v[i], name)(axes, keepdim=keep),
        lambda v: on_arrays(accumulated(v[i]), axis=axes, keepdims=keep).astype(wide),
    )


def of_bools(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0 and a.dtype.kind == "b")
    if i is None:
        return None
    axis, name = w.rng.randrange(w.values[i].ndim), w.rng.choice(["any", "all"])
    on_arrays = np.any if name == "any" else np.all
    return f"v{i}.{name}({axis})", lambda v: getattr(v[i], name)(axis), lambda v: on_arrays(v[i], axis)


def running(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0 and a.size > 0 and a.dtype.kind in "if" and a.dtype.itemsize >= 4)
    if i is None:
        return None
    axis, wide = w.rng.randrange(w.values[i].ndim), np.int64 if w.values[i].dtype.kind == "i" else None
    if w.rng.random() < 0.3:
        return (
            f"v{i}.cummax({axis})[0]",
            lambda v: v[i].cummax(axis)[0],
            lambda v: np.maximum.accumulate(v[i], axis),
        )
    return f"v{i}.cumsum({axis})", lambda v: v[i].cumsum(axis), lambda v: np.cumsum(v[i], axis, wide)


def product(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim == 2 and a.dtype.kind == "f")
    if i is None:
        return None
    kind = w.values[i].dtype
    j = w.pick(lambda a: a.ndim == 2 and a.dtype == kind and a.shape[0] == w.values[i].shape[1])
    second = (lambda v: v[i].T) if j is None else (lambda v: v[j])

    def on_arrays(v: list) -> np.ndarray:
        return (accumulated(v[i]) @ accumulated(second(v))).astype(kind)

    return f"v{i} @ {f'v{i}.T' if j is None else f'v{j}'}", lambda v: v[i] @ second(v), on_arrays


def convolution(w: Writer) -> Made:
    """Filters moved over pictures of one or more channels."""
    i = w.pick(lambda a: a.ndim >= 2 and min(a.shape[-2:]) > 1 and a.dtype.kind == "f" and 0 < a.size)
    if i is None:
        return None
    array = w.values[i]
    channels = array.shape[-3] if array.ndim > 2 and array.shape[-3] <= 8 else 1
    height, width = (w.rng.randint(1, min(3, size)) for size in array.shape[-2:])
    step, margin, count = (w.rng.randint(1, 2), w.rng.randint(1, 3)), w.rng.randint(0, 1), w.rng.randint(1, 3)
    shape = (count, channels, height, width)
    numbers = np.random.default_rng(w.rng.getrandbits(32)).integers(-2, 3, shape)
    kernel = (numbers / (1 if w.exact else channels * height * width)).astype(array.dtype)

    def on_arrays(v: list) -> np.ndarray:
        pictures = accumulated(v[i].reshape(-1, channels, *v[i].shape[-2:]))
        padded = np.pad(pictures, ((0, 0), (0, 0), (margin, margin), (margin, margin)))
        seen = np.lib.stride_tricks.sliding_window_view(padded, (height, width), (2, 3))[:, :, :: step[0], :: step[1]]
        return np.einsum("ncyxij,ocij->noyx", seen, accumulated(kernel)).astype(v[i].dtype)

    def on_tensors(v: list) -> Tensor:
        pictures = v[i].reshape(-1, channels, *v[i].shape[-2:])
        return pictures.conv2d(Tensor(kernel, device=v[i].device), stride=step, padding=margin)

    return f"v{i}.conv2d({shape}, stride={step}, padding={margin})", on_tensors, on_arrays


def pooling(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim >= 2 and min(a.shape[-2:]) > 1 and a.dtype.kind == "f" and 0 < a.size)
    if i is None:
        return None
    array = w.values[i]
    size = tuple(w.rng.randint(1, min(3, size)) for size in array.shape[-2:])
    steps, largest = (w.rng.randint(1, 2), w.rng.randint(1, 3)), w.exact or w.rng.random() < 0.5

    def on_arrays(v: list) -> np.ndarray:
        pictures = v[i].reshape(-1, 1, *v[i].shape[-2:])
        seen = np.lib.stride_tricks.sliding_window_view(pictures, size, (2, 3))[:, :, :: steps[0], :: steps[1]]
        return seen.max((-2, -1)) if largest else accumulated(seen).mean((-2, -1)).astype(v[i].dtype)

    def on_tensors(v: list) -> Tensor:
        pictures = v[i].reshape(-1, 1, *v[i].shape[-2:])
        return pictures.max_pool2d(size, steps) if largest else pictures.avg_pool2d(size, steps)

    return f"v{i}.{'max' if largest else 'avg'}_pool2d({size}, {steps})", on_tensors, on_arrays


REDUCTIONS = [reduction, reduction, reduction, of_bools, running, product, product, convolution, pooling]

# -- pairs


def pair(w: Writer) -> Made:
    i = w.pick(not_bool)
    if i is None:
        return None

    def fits(array: np.ndarray) -> bool:
        try:
            np.broadcast_shapes(array.shape, w.values[i].shape)
        except ValueError:
            return False
        return array.dtype == w.values[i].dtype

    j = w.pick(fits)
    name, on_tensors, on_arrays = w.rng.choice(
        [
            ("+", lambda a, b: a + b, np.add),
            ("-", lambda a, b: a - b, np.subtract),
            ("*", lambda a, b: a * b, np.multiply),
            ("maximum", lambda a, b: a.maximum(b), np.maximum),
            ("minimum", lambda a, b: a.minimum(b), np.minimum),
        ]
    )
    return f"v{i} {name} v{j}", lambda v: on_tensors(v[i], v[j]), lambda v: on_arrays(v[i], v[j])


def with_number(w: Writer) -> Made:
    i = w.pick(not_bool)
    if i is None:
        return None
    number, kind = number_like(w, i), w.values[i].dtype.type
    if w.rng.random() < 0.5:
        return f"v{i} * {number}", lambda v: v[i] * number, lambda v: v[i] * kind(number)
    return f"{number} - v{i}", lambda v: number - v[i], lambda v: kind(number) - v[i]


def masked(w: Writer) -> Made:
    """A mask laid over a value: worked out from another one, or, as that may differ by rounding, a fixed one."""
    i = w.pick(not_bool)
    if i is None:
        return None
    j = w.pick(lambda a: a.shape == w.values[i].shape and a.dtype.kind != "b")
    limit, number, kind = w.rng.randint(0, 2), number_like(w, j), w.values[j].dtype.type
    every = (np.arange(w.values[j].size) % 3 == limit).reshape(w.values[j].shape)
    if w.exact:
        return (
            f"v{j}.masked_fill(v{i} < {limit}, {number})",
            lambda v: v[j].masked_fill(v[i] < limit, number),
            lambda v: np.where(v[i] < limit, kind(number), v[j]),
        )
    return (
        f"v{j}.masked_fill(every third, {number})",
        lambda v: v[j].masked_fill(Tensor(every, device=v[j].device), number),
        lambda v: np.where(every, kind(number), v[j]),
    )


PAIRS = [pair, pair, pair, with_number, masked]

# -- whole numbers, positions and decisions


def comparison(w: Writer) -> Made:
    i = w.pick(not_bool)
    if i is None:
        return None
    number = w.rng.randint(-2, 2) if w.values[i].dtype.kind != "u" else 1
    if w.rng.random() < 0.5:
        return alike(f"v{i} < {number}", lambda v: v[i] < number)
    return alike(f"v{i} == {number}", lambda v: v[i] == number)


def choice(w: Writer) -> Made:
    i = w.pick(lambda a: a.dtype.kind == "b")
    if i is None:
        return None
    j = w.pick(lambda a: a.shape == w.values[i].shape)
    other = w.values[j].dtype.type(1)
    number = other.item()
    return f"v{i}.where(v{j}, 1)", lambda v: v[i].where(v[j], number), lambda v: np.where(v[i], v[j], other)


def selection(w: Writer) -> Made:
    """Only the elements where a mask is true: how many is found out when the program is built."""
    i = w.pick(lambda a: a.dtype.kind == "b" and a.ndim > 0)
    if i is None or w.rng.random() < 0.7:
        return None
    j = w.pick(lambda a: a.shape == w.values[i].shape)
    return alike(f"v{j}[v{i}]", lambda v: v[j][v[i]])


def whole(w: Writer) -> Made:
    i = w.pick(lambda a: a.dtype.kind in "if")
    if i is None:
        return None
    number = w.rng.choice([2, 3, -3])
    name = w.rng.choice(["//", "%", "abs", "relu", "neg"])
    kind = w.values[i].dtype
    number = float(number) if kind.kind == "f" else number
    return {
        "//": (f"v{i} // {number}", lambda v: v[i] // number, lambda v: v[i] // kind.type(number)),
        "%": (f"v{i} % {number}", lambda v: v[i] % number, lambda v: v[i] % kind.type(number)),
        "abs": (f"abs(v{i})", lambda v: v[i].abs(), lambda v: np.abs(v[i])),
        "relu": (f"v{i}.relu()", lambda v: v[i].relu(), lambda v: np.maximum(v[i], 0)),
        "neg": (f"-v{i}", lambda v: -v[i], lambda v: -v[i]),
    }[name]


def bits(w: Writer) -> Made:
    i = w.pick(lambda a: a.dtype.kind in "biu")
    if i is None:
        return None
    j = w.pick(lambda a: a.shape == w.values[i].shape and a.dtype == w.values[i].dtype)
    name = w.rng.choice(["&", "|", "^", "~"])
    return {
        "&": alike(f"v{i} & v{j}", lambda v: v[i] & v[j]),
        "|": alike(f"v{i} | v{j}", lambda v: v[i] | v[j]),
        "^": alike(f"v{i} ^ v{j}", lambda v: v[i] ^ v[j]),
        "~": alike(f"~v{i}", lambda v: ~v[i]),
    }[name]


def cast(w: Writer) -> Made:
    i = w.pick()
    kind = w.rng.choice(["int32", "int64", "float32", "float64"])
    dtype = to_dtype(kind)
    return f"v{i}.cast({kind})", lambda v: v[i].cast(dtype), lambda v: v[i].astype(kind)


def sorting(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0 and a.shape[-1] > 0 and a.dtype.kind != "b")
    if i is None:
        return None
    count = w.rng.randint(1, w.values[i].shape[-1])
    name = w.rng.choice(["argsort", "argmax", "topk", "sort"])
    return {
        "argsort": (
            f"v{i}.argsort()",
            lambda v: v[i].argsort(dim=-1, stable=True),
            lambda v: np.argsort(v[i], -1, kind="stable"),
        ),
        "argmax": (f"v{i}.argmax(-1)", lambda v: v[i].argmax(-1), lambda v: np.argmax(v[i], -1)),
        "topk": (
            f"v{i}.topk({count})[0]",
            lambda v: v[i].topk(count)[0],
            lambda v: np.sort(v[i], -1)[..., ::-1][..., :count],
        ),
        "sort": (f"v{i}.sort()[0]", lambda v: v[i].sort()[0], lambda v: np.sort(v[i], -1)),
    }[name]


EXACT = [comparison, choice, selection, whole, whole, bits, cast, sorting]

# -- what is only continuous


def smooth(w: Writer) -> Made:
    i = w.pick(lambda a: a.dtype.kind == "f")
    name = w.rng.choice(
        ["tanh", "sin", "exp", "sqrt", "log", "relu", "sigmoid", "square", "reciprocal", "erf", "gelu", "softplus"]
    )

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x))

    def gelu(x: np.ndarray) -> np.ndarray:
        return x * 0.5 * (1 + erf(x / x.dtype.type(2**0.5)))

    on_tensors, on_arrays = {
        "tanh": (lambda x: x.tanh(), np.tanh),
        "sin": (lambda x: x.sin(), np.sin),
        "exp": (lambda x: (-x.abs()).exp(), lambda x: np.exp(-np.abs(x))),
        "sqrt": (lambda x: (x * x + 1).sqrt(), lambda x: np.sqrt(x * x + 1)),
        "log": (lambda x: (x * x + 1).log(), lambda x: np.log(x * x + 1)),
        "relu": (lambda x: x.relu(), lambda x: np.maximum(x, 0)),
        "sigmoid": (lambda x: x.sigmoid(), sigmoid),
        "square": (lambda x: x.square(), np.square),
        "reciprocal": (lambda x: 1 / (x * x + 1), lambda x: 1 / (x * x + 1)),
        "erf": (lambda x: x.erf(), erf),
        "gelu": (lambda x: x.gelu(), gelu),
        "softplus": (lambda x: x.softplus(), lambda x: np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)),
    }[name]
    kind = w.values[i].dtype
    return f"v{i}.{name}()", lambda v: on_tensors(v[i]), lambda v: on_arrays(accumulated(v[i])).astype(kind)


def rounded(w: Writer) -> Made:
    """Fewer digits for a while."""
    i = w.pick(lambda a: a.dtype.kind == "f")
    kind, back = w.rng.choice(["float16", "float32", "float64"]), w.values[i].dtype
    dtype, other = to_dtype(kind), to_dtype(back)
    return (
        f"v{i}.cast({kind}).cast({back})",
        lambda v: v[i].cast(dtype).cast(other),
        lambda v: v[i].astype(kind).astype(back),
    )


def along(w: Writer) -> Made:
    """Reductions over an axis whose results go back to all its elements: softmax and its kin."""
    i = w.pick(lambda a: a.ndim > 0 and a.dtype.kind == "f" and a.size > 0)
    if i is None:
        return None
    axis, kind = w.rng.randrange(w.values[i].ndim), w.values[i].dtype
    options = {"axis": axis, "keepdims": True}
    name, on_tensors, on_arrays = w.rng.choice(
        [
            ("softmax", lambda x: x.softmax(axis), lambda x: np.exp(x - logsumexp(x, **options))),
            ("log_softmax", lambda x: x.log_softmax(axis), lambda x: x - logsumexp(x, **options)),
            ("logsumexp", lambda x: x.logsumexp(axis), lambda x: logsumexp(x, axis=axis)),
            ("less its mean", lambda x: x - x.mean(axis, keepdim=True), lambda x: x - x.mean(**options)),
            (
                "standardized",
                lambda x: (x - x.mean(axis, keepdim=True)) / (x.var(axis, correction=0, keepdim=True) + 0.5).sqrt(),
                lambda x: (x - x.mean(**options)) / np.sqrt(x.var(**options) + 0.5),
            ),
            (
                "over its norm",
                lambda x: x / (x.square().sum(axis, keepdim=True) + 1).sqrt(),
                lambda x: x / np.sqrt((x * x).sum(**options) + 1),
            ),
            ("less its largest", lambda x: x - x.amax(axis, keepdim=True), lambda x: x - x.max(**options)),
        ]
    )
    return (
        f"v{i}.{name}({axis})",
        lambda v: on_tensors(v[i]),
        lambda v: on_arrays(accumulated(v[i])).astype(kind),
    )


SMOOTH = [smooth, smooth, smooth, rounded, along, along, along]
