"""Random programs on tensors, each with the same program in plain NumPy beside it.

There are two sorts. *Exact* programs work on small whole numbers (in whatever dtype) with operations whose results are
exact, so that comparisons, sorts and positions are decided alike everywhere; results must be equal. *Smooth* programs
work on fractions with continuous operations, and are differentiated, some twice; results must agree to rounding. Some
programs are large enough for the passes that work on many numbers at once, and with several threads.

``python -m tests.engine.random_graphs --graphs 20000`` runs many of them and compares the devices.

To have every kernel watched for reading and writing outside its buffers, and for undefined behaviour, let the compiler
add checks, and load their library before Python:

    COURSE_SANITIZE=address,undefined ASAN_OPTIONS=detect_leaks=0 PYTHONMALLOC=malloc \
        LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)" \
        python -m tests.engine.random_graphs --graphs 1000 --devices C --sanitize

``--sanitize`` gives every buffer memory of its own, without a pool, so that its end is where it seems to be.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from course_lib import Device, Tensor

from .random_operations import EXACT, MOVES, PAIRS, REDUCTIONS, SMOOTH, Step


@dataclass
class Program:
    """A random program.

    Attributes
    ----------
    exact: whether results must be equal.
    leaves: the arrays that it starts from.
    steps: what is done, one value after the other; a name and a pair of functions, on tensors and on arrays.
    arrays: all values at its end, leaves included.
    orders: how often its result is differentiated.
    """

    exact: bool
    leaves: list[np.ndarray] = field(default_factory=list)
    steps: list[tuple[str, Step, Step]] = field(default_factory=list)
    arrays: list[np.ndarray] = field(default_factory=list)
    orders: int = 0

    def run(self, device: str) -> list[Tensor]:
        """All values as tensors of a device; nothing is computed yet."""
        values = [Tensor(leaf, device=device) for leaf in self.leaves]
        for _, step, _ in self.steps:
            made = step(values)
            values.append(
                Tensor(made) if any(made is value for value in values) else made
            )  # to be assigned to by itself
        return values

    @property
    def tolerance(self) -> float:
        """How much results may differ, compared with the largest of them."""
        if any(array.dtype == np.float16 for array in self.arrays) or any(
            "float16" in name for name, _, _ in self.steps
        ):
            return 5e-2
        return 2e-3 if any(a.dtype == np.float32 for a in self.arrays) or "float32" in str(self) else 1e-9

    def __str__(self) -> str:
        lines = [f"v{i} = {leaf.dtype} {leaf.shape}" for i, leaf in enumerate(self.leaves)]
        first = len(self.leaves)
        lines += [
            f"v{first + i} = {name} : {array.dtype} {array.shape}"
            for i, ((name, _, _), array) in enumerate(zip(self.steps, self.arrays[first:]))
        ]
        return "\n".join(lines)


class RandomWriter:
    """Writes one program with the choices of a random generator."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.exact, self.large = rng.random() < 0.5, rng.random() < 0.15
        self.program = Program(self.exact)
        self.values: list[np.ndarray] = []

    def write(self, length: int) -> Program:
        for _ in range(self.rng.randint(1, 3)):
            self.leaf()
        for _ in range(length):
            self.step()
        self.program.arrays = self.values
        if not self.exact and self.values[-1].dtype.kind == "f" and self.values[-1].size:
            halves = any(array.dtype == np.float16 for array in self.values)
            self.program.orders = 2 if length <= 8 and not halves and self.rng.random() < 0.4 else 1
        return self.program

    def leaf(self) -> None:
        sizes, least, most = ([1, 5, 16, 17, 31, 33, 48, 65], 2, 3) if self.large else ([0, 1, 1, 2, 3, 4, 5, 7], 0, 4)
        while True:
            shape = tuple(self.rng.choice(sizes) for _ in range(self.rng.randint(least, most)))
            if 0 in shape and self.rng.random() < 0.8:
                shape = tuple(max(1, size) for size in shape)
            if np.prod(shape) <= 40_000:
                break
        numbers = np.random.default_rng(self.rng.getrandbits(32))
        if self.exact:
            kind = self.rng.choice(["int32", "int64", "int8", "uint8", "float16", "float32", "float64", "bool"])
            array = numbers.integers(0 if kind == "uint8" else -4, 5, shape).astype(kind)
        else:
            kind = self.rng.choice(["float32", "float32", "float32", "float64", "float64", "float16"])
            array = numbers.standard_normal(shape).astype(kind)
        self.program.leaves.append(array)
        self.values.append(array)

    def step(self) -> None:
        """Choose an operation that fits, and note it."""
        while True:
            made = self.rng.choice(MOVES + REDUCTIONS + PAIRS + (EXACT if self.exact else SMOOTH))(self)
            if made is None:
                continue
            name, on_tensors, on_arrays = made
            with np.errstate(all="ignore"):
                array = np.asarray(on_arrays(self.values))
            if self.is_moderate(array):
                self.program.steps.append((name, on_tensors, on_arrays))
                self.values.append(array)
                return

    def is_moderate(self, array: np.ndarray) -> bool:
        """Whether a result is small enough, in every sense, to go on with."""
        if array.size > (40_000 if self.large else 3000) or array.ndim > 6:
            return False
        if array.dtype.kind == "b" or not array.size:
            return True
        limit = 2048 if array.dtype == np.float16 else 1 << 20  # up to there all whole numbers are exact
        return bool(np.all(np.abs(array.astype(np.float64)) < (limit if self.exact or array.dtype.kind != "f" else 50)))

    def pick(self, test: Callable[[np.ndarray], bool] = lambda array: True) -> int | None:
        """The place of a value, later ones more often."""
        places = [i for i, array in enumerate(self.values) if test(array)]
        return self.rng.choices(places, [1 + i for i in range(len(places))])[0] if places else None


def write(seed: int, length: int | None = None) -> Program:
    """The program number ``seed``, of as many steps as asked for."""
    rng = random.Random(seed)
    return RandomWriter(rng).write(rng.choice([2, 4, 8, 12, 20]) if length is None else length)


def differ(program: Program, got: np.ndarray, want: np.ndarray) -> str | None:
    """In what two results differ, or None."""
    if got.shape != want.shape:
        return f"shape {got.shape} instead of {want.shape}"
    if got.dtype != want.dtype:
        return f"dtype {got.dtype} instead of {want.dtype}"
    if program.exact:
        same = np.array_equal(got, want)
    else:
        bound, largest = program.tolerance, float(np.abs(want).max(initial=0))
        same = np.allclose(got, want, rtol=bound, atol=bound * max(1.0, largest), equal_nan=True)
    return None if same else f"{got.ravel()[:8]} instead of {want.ravel()[:8]}"


def with_gradients(program: Program, values: list[Tensor]) -> list[Tensor]:
    """The last value, a few others, and the derivatives of the last one by the first leaf."""
    asked, x = [values[-1], *values[len(program.leaves) : -1][::3]], values[-1]
    weights = np.random.default_rng(1).uniform(0.5, 1.5, x.shape)
    for _ in range(program.orders):
        if weights.shape != x.shape:
            weights = np.random.default_rng(2).uniform(-0.1, 0.1, x.shape)
        (x,) = (x * Tensor(weights, device=x.device).cast(x.dtype)).sum().gradient(values[0])
        asked.append(x)
    return asked


def compare(programs: dict[int, Program], devices: list[str]) -> list[str]:
    """What goes wrong when programs run, computed together, on devices; NUMPY is compared with plain NumPy."""
    results: dict[str, list[list[np.ndarray]]] = {}
    problems = []
    for device in ["NUMPY", *devices]:
        tensors = [with_gradients(program, program.run(device)) for program in programs.values()]
        everything = [t for group in tensors for t in group]
        everything[0].realize(*everything[1:])
        results[device] = [[t.numpy() for t in group] for group in tensors]
    for place, (seed, program) in enumerate(programs.items()):
        plain = [program.arrays[-1], *program.arrays[len(program.leaves) : -1][::3]]
        oracle = results["NUMPY"][place]
        pairs = [("NUMPY", number, got, want) for number, (got, want) in enumerate(zip(oracle, plain))]
        for device in devices:
            pairs += [(device, n, got, want) for n, (got, want) in enumerate(zip(results[device][place], oracle))]
        for device, number, got, want in pairs:
            problem = differ(program, got, want)
            if problem:
                problems.append(f"program {seed}, result {number} on {device}: {problem}\n{program}")
    return problems


def without_a_pool() -> None:
    """Let memory go back to the system at once, and be as long as it was asked for."""
    from course_lib.engine import runtime_c

    runtime_c.ALIGNMENT, runtime_c.POOLED = 1, 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Run random programs and compare the devices.")
    parser.add_argument("--graphs", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="the first program's number")
    parser.add_argument("--together", type=int, default=50, help="programs computed in one go")
    parser.add_argument("--devices", default=",".join(n for n in ("C", "CL") if Device.why_not(n) is None))
    parser.add_argument("--sanitize", action="store_true", help="no pool of memory; see above for what else it takes")
    options = parser.parse_args()
    if options.sanitize:
        if "COURSE_SANITIZE" not in os.environ or "asan" not in os.environ.get("LD_PRELOAD", ""):
            parser.error("--sanitize needs COURSE_SANITIZE and LD_PRELOAD to be set, as this file's first lines say")
        without_a_pool()
    start, wrong = time.time(), 0
    numbers = range(options.first, options.first + options.graphs)
    for begin in tqdm(range(0, len(numbers), options.together), unit="batch"):
        programs = {seed: write(seed) for seed in numbers[begin : begin + options.together]}
        for problem in compare(programs, options.devices.split(",")):
            wrong += 1
            print(problem, file=sys.stderr)
    print(f"{options.graphs} programs on {options.devices}: {wrong} mismatches, {time.time() - start:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
