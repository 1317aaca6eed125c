"""The C device: kernels as C functions, called with a table of addresses."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import cffi
import numpy as np

from . import passes, provenance
from .compiler_c import compile_kernels, toolchain
from .counters import Cost, GlobalCounters
from .device import Buffer, raise_position_error
from .lower import Program
from .passes import contract, writers
from .passes.split import split
from .render import C_PREAMBLE, c_function, render_c, with_helpers

ffi = cffi.FFI()
ffi.cdef("typedef void (*kernel)(void **);")

ALIGNMENT = 64  # bytes; a cache line


class Memory:
    """A block of the process's memory; it goes back to the pool when nobody holds it any more."""

    __slots__ = ("array", "address", "pool")

    def __init__(self, array: np.ndarray, pool: Pool) -> None:
        self.array, self.address, self.pool = array, array.ctypes.data, pool

    def __del__(self) -> None:
        self.pool.give_back(self.array)


class Pool:
    """Blocks for reuse, by size: memory fresh from the system costs a page fault for every 4096 bytes."""

    def __init__(self) -> None:
        self.free: dict[int, list[np.ndarray]] = {}
        self.nbytes, self.most = 0, 1 << 29  # bytes kept for the next tensors

    def take(self, nbytes: int) -> Memory:
        size = -(-max(nbytes, 1) // ALIGNMENT) * ALIGNMENT
        kept = self.free.get(size)
        if kept:
            self.nbytes -= size
            return Memory(kept.pop(), self)
        raw = np.empty(size + ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % ALIGNMENT
        return Memory(raw[start : start + size], self)

    def give_back(self, array: np.ndarray) -> None:
        if self.nbytes + array.nbytes <= self.most:
            self.nbytes += array.nbytes
            self.free.setdefault(array.nbytes, []).append(array)


PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

RUN_ALL = """
void k_0a11(void **call) {
    const int64_t count = *(int64_t *)call[0];
    void (**kernels)(void **) = call[1];
    void ***tables = call[2];
    for (int64_t i = 0; i < count; i++) kernels[i](tables[i]);
}
"""


class Bound:
    """Kernels with their buffers, run one after the other by a single call into C.

    Parameters
    ----------
    device: the C device.
    keys: of the kernels, in order.
    arguments: of each kernel the buffers, each with the element at which it starts, and the numbers.
    """

    def __init__(
        self,
        device: CDevice,
        keys: Sequence[str],
        arguments: Sequence[tuple[Sequence[tuple[Buffer, int]], np.ndarray]],
    ) -> None:
        self.tables = [device.table(buffers, scalars) for buffers, scalars in arguments]
        self.places: dict[Buffer, list[tuple[Any, int, int]]] = {}
        for table, (buffers, _) in zip(self.tables, arguments):
            for place, (buffer, start) in enumerate(buffers):
                self.places.setdefault(buffer, []).append((table, place, start * buffer.dtype.itemsize))
        self.run_all = ffi.cast("kernel", compile_kernels({"0a11": RUN_ALL}, C_PREAMBLE)["0a11"])
        count = ffi.new("int64_t *", len(keys))
        kernels = ffi.new("kernel[]", [device.kernels[key] for key in keys])
        tables = ffi.new("void **[]", self.tables)
        self.call = ffi.new("void *[]", [count, kernels, tables])
        self.kept = (count, kernels, tables, arguments, device.scratch)  # what the call has the addresses of

    def put(self, buffer: Buffer, memory: Memory) -> None:
        """Use other memory in the place of a buffer from now on."""
        for table, place, offset in self.places.get(buffer, ()):
            table[place] = ffi.cast("void *", memory.address + offset)

    def run(self) -> None:
        self.run_all(self.call)


class CDevice:
    """Compiles kernels with the system's C compiler and calls them."""

    name = "C"

    def __init__(self) -> None:
        toolchain()  # a DeviceError now, if there is none
        self.pool = Pool()
        self.kernels: dict[str, Callable] = {}
        self.costs: dict[str, Cost] = {}
        self.error = np.zeros(4, np.int64)
        self.scratch = np.empty(1 << 16, np.float32)
        self.threads = np.ones(1, np.int64)

    def allocate(self, nbytes: int) -> Memory:
        return self.pool.take(nbytes)

    def write(self, memory: Memory, array: np.ndarray) -> None:
        memory.array[: array.nbytes] = array.view(np.uint8)

    def read(self, memory: Memory, nbytes: int) -> np.ndarray:
        return memory.array[:nbytes]

    def source(self, program: Program, key: str) -> str:
        """The text of a kernel, as fast as the passes can make it."""
        if passes.is_on("split") and provenance.version() == 0:
            program = split(program)
        if passes.is_on("contract") and provenance.version() == 0:
            made = contract.render(program)
            if made is not None:
                lines, shared, own = made
                floats = shared + own * max(int(self.threads[0]), os.cpu_count() or 1) + 16
                if floats > self.scratch.size:
                    self.scratch = np.empty(floats, np.float32)
                return f"{contract.VECTOR_TYPES}\nWITH_FMA {c_function(program, key, lines)}"
        return render_c(program, key, writers.chosen())

    def compile(self, programs: dict[str, Program]) -> None:
        """Make kernels callable, all in one go."""
        new = {key: with_helpers(self.source(program, key)) for key, program in programs.items()}
        if new:
            start = time.perf_counter()
            addresses = compile_kernels(new, C_PREAMBLE)
            self.kernels.update({key: ffi.cast("kernel", addresses[key]) for key in new})
            GlobalCounters.compile_seconds += time.perf_counter() - start

    def prepare(self) -> None:
        """Before kernels are run: use as many threads as ``COURSE_THREADS`` says, or as there are processors."""
        wanted = os.environ.get("COURSE_THREADS", "")
        self.threads[0] = int(wanted) if wanted.isdigit() and int(wanted) else PROCESSORS

    def launch(self, key: str, buffers: Sequence[tuple[Buffer, int]], scalars: np.ndarray) -> None:
        """Run a kernel on buffers, each from the given element on."""
        self.kernels[key](self.table(buffers, scalars))

    def table(self, buffers: Sequence[tuple[Buffer, int]], scalars: np.ndarray) -> Any:
        """What a kernel is called with: the addresses of its buffers, its numbers and what all kernels share."""
        addresses = [buffer.memory.address + start * buffer.dtype.itemsize for buffer, start in buffers]
        addresses += [scalars.ctypes.data, self.error.ctypes.data, -(-self.scratch.ctypes.data // 64) * 64]
        return ffi.new("void *[]", [ffi.cast("void *", a) for a in (*addresses, self.threads.ctypes.data)])

    def bind(self, keys: Sequence[str], arguments: Sequence[tuple[Sequence[tuple[Buffer, int]], np.ndarray]]) -> Bound:
        """Kernels that are run again and again, always with the same buffers."""
        return Bound(self, keys, arguments)

    def synchronize(self) -> None:
        """Wait until all kernels are done, and report positions out of range."""
        if self.error[0]:
            noted = self.error.copy()
            self.error[:] = 0
            raise_position_error(noted)


def open_device() -> CDevice:
    return CDevice()
