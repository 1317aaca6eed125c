"""Random programs on tensors, each with the same program in plain NumPy beside it.

There are two sorts. *Exact* programs work on small whole numbers (in whatever dtype) with operations whose results are
exact, so that comparisons, sorts and positions are decided alike everywhere; results must be equal. *Smooth* programs
work on fractions with continuous operations; results must agree to rounding.

``python -m tests.engine.random_graphs --graphs 20000`` runs many of them and compares the devices.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from course_lib import Device, Tensor
from course_lib.engine.dtype import to_dtype

Step = Callable[[list], object]  # the values so far to the next one; works on tensors and on arrays


@dataclass
class Program:
    """A random program.

    Attributes
    ----------
    leaves: the arrays that it starts from.
    steps: what is done, one value after the other; a pair of functions, on tensors and on arrays.
    shapes, kinds: of each value, leaves included.
    exact: whether results must be equal.
    """

    exact: bool
    leaves: list[np.ndarray] = field(default_factory=list)
    steps: list[tuple[str, Step, Step]] = field(default_factory=list)
    arrays: list[np.ndarray] = field(default_factory=list)

    def run(self, device: str) -> list[Tensor]:
        """The last few values as tensors of a device; nothing is computed yet."""
        values = [Tensor(leaf, device=device) for leaf in self.leaves]
        for _, step, _ in self.steps:
            values.append(step(values))
        return values

    def __str__(self) -> str:
        lines = [f"v{i} = {leaf.dtype} {leaf.shape}" for i, leaf in enumerate(self.leaves)]
        first = len(self.leaves)
        lines += [
            f"v{first + i} = {name} : {array.dtype} {array.shape}"
            for i, ((name, _, _), array) in enumerate(zip(self.steps, self.arrays[first:]))
        ]
        return "\n".join(lines)


class Writer:
    """Writes one program with the choices of a random generator."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.program = Program(exact=rng.random() < 0.5)
        self.values: list[np.ndarray] = []

    def write(self, length: int) -> Program:
        for _ in range(self.rng.randint(1, 3)):
            self.leaf()
        for _ in range(length):
            self.step()
        self.program.arrays = self.values
        return self.program

    def leaf(self) -> None:
        shape = tuple(
            self.rng.choice([0, 1, 1, 2, 3, 4, 5, 7]) if self.rng.random() < 0.9 else 1
            for _ in range(self.rng.randint(0, 4))
        )
        if 0 in shape and self.rng.random() < 0.8:
            shape = tuple(max(1, size) for size in shape)
        numbers = np.random.default_rng(self.rng.getrandbits(32))
        if self.program.exact:
            kind = self.rng.choice(["int32", "int64", "int8", "uint8", "float32", "float64", "bool"])
            array = numbers.integers(0 if kind == "uint8" else -4, 5, shape).astype(kind)
        else:
            array = numbers.standard_normal(shape).astype(self.rng.choice(["float32", "float32", "float64"]))
        self.program.leaves.append(array)
        self.values.append(array)

    def step(self) -> None:
        """Choose an operation that fits, and note it."""
        while True:
            kinds = MOVES + REDUCTIONS + PAIRS + (EXACT if self.program.exact else SMOOTH)
            made = self.rng.choice(kinds)(self)
            if made is None:
                continue
            name, on_tensors, on_arrays = made
            with np.errstate(all="ignore"):
                array = np.asarray(on_arrays(self.values))
            if array.size > 3000 or array.ndim > 6:
                continue
            if (
                array.dtype.kind == "f"
                and array.size
                and not np.all(np.abs(array) < (1 << 20 if self.program.exact else 50))
            ):
                continue
            if array.dtype.kind in "iu" and array.size and np.abs(array.astype(np.float64)).max() > 1 << 20:
                continue
            self.program.steps.append((name, on_tensors, on_arrays))
            self.values.append(array)
            return

    def pick(self, test: Callable[[np.ndarray], bool] = lambda array: True) -> int | None:
        """The place of a value, later ones more often."""
        places = [i for i, array in enumerate(self.values) if test(array)]
        return self.rng.choices(places, [1 + i for i in range(len(places))])[0] if places else None


Made = tuple[str, Step, Step] | None


def alike(name: str, function: Step) -> Made:
    return name, function, function


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
    order = w.rng.sample(range(w.values[i].ndim), w.values[i].ndim)
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
    i = w.pick(lambda a: a.ndim > 0)
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
    i = w.pick(lambda a: a.ndim > 0)
    if i is None:
        return None
    axis = w.rng.randrange(w.values[i].ndim)
    return f"v{i}.flip({axis})", lambda v: v[i].flip(axis), lambda v: np.flip(v[i], axis)


def windows(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0 and max(a.shape) > 1)
    if i is None:
        return None
    axis = w.rng.choice([axis for axis, size in enumerate(w.values[i].shape) if size > 1])
    size, step = w.rng.randint(1, w.values[i].shape[axis]), w.rng.randint(1, 3)

    def on_arrays(v: list) -> np.ndarray:
        seen = np.lib.stride_tricks.sliding_window_view(v[i], size, axis)
        return seen[(slice(None),) * axis + (slice(None, None, step),)]

    return f"v{i}.unfold({axis}, {size}, {step})", lambda v: v[i].unfold(axis, size, step), on_arrays


def concatenate(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0)
    if i is None:
        return None
    j = w.pick(lambda a: a.shape == w.values[i].shape and a.dtype == w.values[i].dtype)
    axis = w.rng.randrange(w.values[i].ndim)
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
        out = np.zeros((size, *v[i].shape[1:]), v[i].dtype)
        np.add.at(out, rows, v[i])
        return out

    def on_tensors(v: list) -> Tensor:
        base = Tensor.zeros(size, *v[i].shape[1:], dtype=v[i].dtype, device=v[i].device)
        return base.index_add(0, Tensor(rows, device=v[i].device), v[i])

    return f"zeros({size}).index_add({rows.tolist()}, v{i})", on_tensors, on_arrays


MOVES = [reshape, permute, expand, pad, index, index, flip, windows, concatenate, gather_rows, scatter_rows]


def reduction(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0)
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
        lambda v: on_arrays(v[i], axis=axes, keepdims=keep).astype(wide),
    )


def running_sum(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0 and a.dtype.kind in "if" and a.dtype.itemsize == 8)
    if i is None:
        return None
    axis = w.rng.randrange(w.values[i].ndim)
    return f"v{i}.cumsum({axis})", lambda v: v[i].cumsum(axis), lambda v: np.cumsum(v[i], axis)


def product(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim == 2 and a.dtype.kind == "f")
    if i is None:
        return None
    j = w.pick(lambda a: a.ndim == 2 and a.dtype == w.values[i].dtype and a.shape[0] == w.values[i].shape[1])
    if j is None:
        return f"v{i} @ v{i}.T", lambda v: v[i] @ v[i].T, lambda v: v[i] @ v[i].T
    return alike(f"v{i} @ v{j}", lambda v: v[i] @ v[j])


REDUCTIONS = [reduction, reduction, reduction, running_sum, product]


def pair(w: Writer) -> Made:
    i = w.pick(lambda a: a.dtype.kind != "b")
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
    i = w.pick(lambda a: a.dtype.kind != "b")
    if i is None:
        return None
    number = w.rng.choice([0, 1, 2, 3]) if w.program.exact else w.rng.choice([0.5, 1.0, 2.0, 0.3, 1.7])
    number = float(number) if w.values[i].dtype.kind == "f" else int(number)
    kind = w.values[i].dtype.type
    if w.rng.random() < 0.5:
        return f"v{i} * {number}", lambda v: v[i] * number, lambda v: v[i] * kind(number)
    return f"{number} - v{i}", lambda v: number - v[i], lambda v: kind(number) - v[i]


PAIRS = [pair, pair, pair, with_number]


def comparison(w: Writer) -> Made:
    i = w.pick(lambda a: a.dtype.kind != "b")
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


def cast(w: Writer) -> Made:
    i = w.pick()
    kinds = ["int32", "int64", "float32", "float64"]
    kind = w.rng.choice(kinds)
    dtype = to_dtype(kind)
    return f"v{i}.cast({kind})", lambda v: v[i].cast(dtype), lambda v: v[i].astype(kind)


def sorting(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0 and a.shape[-1] > 0 and a.dtype.kind != "b")
    if i is None:
        return None
    if w.rng.random() < 0.5:
        return (
            f"v{i}.argsort()",
            lambda v: v[i].argsort(dim=-1, stable=True),
            lambda v: np.argsort(v[i], -1, kind="stable"),
        )
    return f"v{i}.argmax(-1)", lambda v: v[i].argmax(-1), lambda v: np.argmax(v[i], -1)


EXACT = [comparison, choice, whole, whole, cast, sorting]


def smooth(w: Writer) -> Made:
    i = w.pick(lambda a: a.dtype.kind == "f")
    name = w.rng.choice(["tanh", "sin", "exp", "sqrt", "log", "relu", "sigmoid", "square", "reciprocal", "erf"])

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x))

    from scipy.special import erf

    return {
        "tanh": (f"v{i}.tanh()", lambda v: v[i].tanh(), lambda v: np.tanh(v[i])),
        "sin": (f"v{i}.sin()", lambda v: v[i].sin(), lambda v: np.sin(v[i])),
        "exp": (f"(-v{i}.abs()).exp()", lambda v: (-v[i].abs()).exp(), lambda v: np.exp(-np.abs(v[i]))),
        "sqrt": (f"(v{i}**2 + 1).sqrt()", lambda v: (v[i] * v[i] + 1).sqrt(), lambda v: np.sqrt(v[i] * v[i] + 1)),
        "log": (f"(v{i}**2 + 1).log()", lambda v: (v[i] * v[i] + 1).log(), lambda v: np.log(v[i] * v[i] + 1)),
        "relu": (f"v{i}.relu()", lambda v: v[i].relu(), lambda v: np.maximum(v[i], 0)),
        "sigmoid": (f"v{i}.sigmoid()", lambda v: v[i].sigmoid(), lambda v: sigmoid(v[i])),
        "square": (f"v{i}.square()", lambda v: v[i].square(), lambda v: np.square(v[i])),
        "reciprocal": (f"1 / (v{i}**2 + 1)", lambda v: 1 / (v[i] * v[i] + 1), lambda v: 1 / (v[i] * v[i] + 1)),
        "erf": (f"v{i}.erf()", lambda v: v[i].erf(), lambda v: erf(v[i])),
    }[name]


def softmax(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0 and a.dtype.kind == "f" and a.size > 0)
    if i is None:
        return None
    axis = w.rng.randrange(w.values[i].ndim)

    def on_arrays(v: list) -> np.ndarray:
        e = np.exp(v[i] - v[i].max(axis, keepdims=True))
        return e / e.sum(axis, keepdims=True)

    return f"v{i}.softmax({axis})", lambda v: v[i].softmax(axis), on_arrays


def mean(w: Writer) -> Made:
    i = w.pick(lambda a: a.ndim > 0 and a.dtype.kind == "f" and a.size > 0)
    if i is None:
        return None
    axis = w.rng.randrange(w.values[i].ndim)
    return (
        f"v{i} - v{i}.mean({axis}, True)",
        lambda v: v[i] - v[i].mean(axis, keepdim=True),
        lambda v: v[i] - v[i].mean(axis, keepdims=True),
    )


SMOOTH = [smooth, smooth, smooth, softmax, mean]


def write(seed: int) -> Program:
    """The program number ``seed``."""
    rng = random.Random(seed)
    return Writer(rng).write(rng.choice([2, 4, 8, 12, 20]))


def differ(program: Program, got: np.ndarray, want: np.ndarray) -> str | None:
    """In what two results differ, or None."""
    if got.shape != want.shape:
        return f"shape {got.shape} instead of {want.shape}"
    if got.dtype != want.dtype:
        return f"dtype {got.dtype} instead of {want.dtype}"
    if program.exact:
        same = np.array_equal(got, want)
    else:
        bound = 2e-3 if want.dtype == np.float32 else 1e-9
        same = np.allclose(got, want, rtol=bound, atol=bound * max(1.0, float(np.abs(want).max(initial=0))))
    return None if same else f"{got.ravel()[:8]} instead of {want.ravel()[:8]}"


def with_gradient(program: Program, values: list[Tensor]) -> list[Tensor]:
    """The last value, a few others, and the gradient of the last one by the first leaf where that makes sense."""
    asked = [values[-1], *values[len(program.leaves) : -1][::3]]
    if not program.exact and values[-1].dtype.is_float and values[-1].numel():
        weights = np.random.default_rng(1).uniform(0.5, 1.5, values[-1].shape)
        weighted = values[-1] * Tensor(weights, device=values[-1].device).cast(values[-1].dtype)
        asked += weighted.sum().gradient(values[0])
    return asked


def compare(seeds: list[int], devices: list[str]) -> list[str]:
    """What goes wrong when programs run, computed together, on devices; NUMPY is compared with plain NumPy."""
    programs = [write(seed) for seed in seeds]
    results: dict[str, list[list[np.ndarray]]] = {}
    problems = []
    for device in ["NUMPY", *devices]:
        tensors = [with_gradient(program, program.run(device)) for program in programs]
        everything = [t for group in tensors for t in group]
        everything[0].realize(*everything[1:])
        results[device] = [[t.numpy() for t in group] for group in tensors]
    for place, (seed, program) in enumerate(zip(seeds, programs)):
        plain = [program.arrays[-1], *program.arrays[len(program.leaves) : -1][::3]]
        oracle = results["NUMPY"][place]
        for number, (got, want) in enumerate(zip(oracle, plain)):
            problem = differ(program, got, want)
            if problem:
                problems.append(f"program {seed}, result {number} on NUMPY: {problem}\n{program}")
        for device in devices:
            for number, (got, want) in enumerate(zip(results[device][place], oracle)):
                problem = differ(program, got, want)
                if problem:
                    problems.append(f"program {seed}, result {number} on {device}: {problem}\n{program}")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description="Run random programs and compare the devices.")
    parser.add_argument("--graphs", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="the first program's number")
    parser.add_argument("--together", type=int, default=50, help="programs computed in one go")
    parser.add_argument("--devices", default=",".join(n for n in ("C", "CL") if Device.why_not(n) is None))
    options = parser.parse_args()
    start, wrong = time.time(), 0
    numbers = range(options.first, options.first + options.graphs)
    for begin in tqdm(range(0, len(numbers), options.together), unit="batch"):
        for problem in compare(list(numbers[begin : begin + options.together]), options.devices.split(",")):
            wrong += 1
            print(problem, file=sys.stderr)
    print(f"{options.graphs} programs on {options.devices}: {wrong} mismatches, {time.time() - start:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
