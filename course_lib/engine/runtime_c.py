"""The C device: kernels as C functions, called with a table of addresses."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from . import provenance
from .compiler_c import address_of, compile_kernels, find_kernels, numbers_of, toolchain
from .counters import Cost, GlobalCounters
from .device import Buffer, raise_position_error
from .lower import Program
from .passes import writers
from .render import C_PREAMBLE

KERNEL = ctypes.CFUNCTYPE(None, ctypes.c_void_p)

ALIGNMENT = 64  # bytes; a cache line
POOLED = 1 << 29  # bytes of memory kept for the next tensors


class Memory:
    """A block of the process's memory; it goes back to the pool when nobody holds it any more."""

    __slots__ = ("array", "address", "pool")

    def __init__(self, array: np.ndarray, address: int, pool: Pool) -> None:
        self.array, self.address, self.pool = array, address, pool

    def __del__(self) -> None:
        self.pool.give_back(self.array, self.address)


class Pool:
    """Blocks for reuse, by size: memory fresh from the system costs a page fault for every 4096 bytes.

    With each its address, as NumPy takes longer to tell it than all else that is done here.
    """

    def __init__(self) -> None:
        self.free: dict[int, list[tuple[np.ndarray, int]]] = {}
        self.nbytes, self.most = 0, POOLED  # Python's exit may take this module's names before the last block

    def take(self, nbytes: int) -> Memory:
        size = -(-max(nbytes, 1) // ALIGNMENT) * ALIGNMENT
        kept = self.free.get(size)
        if kept:
            self.nbytes -= size
            return Memory(*kept.pop(), self)
        raw = np.empty(size + ALIGNMENT, np.uint8)
        address = raw.ctypes.data
        start = -address % ALIGNMENT
        return Memory(raw[start : start + size], address + start, self)

    def give_back(self, array: np.ndarray, address: int) -> None:
        size = array.nbytes
        if self.nbytes + size <= self.most:
            self.nbytes += size
            self.free.setdefault(size, []).append((array, address))


PROCESSORS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
MOST_THREADS = max(16, PROCESSORS)  # there is scratch memory for no more

RUN_ALL_KEY = "0a11"
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
        self.places: dict[Buffer, list[tuple[ctypes.Array, int, int]]] = {}
        for table, (buffers, _) in zip(self.tables, arguments):
            for place, (buffer, start) in enumerate(buffers):
                self.places.setdefault(buffer, []).append((table, place, start * buffer.dtype.itemsize))
        self.run_all = KERNEL(compile_kernels({RUN_ALL_KEY: RUN_ALL}, C_PREAMBLE)[RUN_ALL_KEY])
        count = ctypes.c_int64(len(keys))
        kernels = (ctypes.c_void_p * len(keys))(*map(address_of, keys))
        tables = (ctypes.c_void_p * len(keys))(*map(ctypes.addressof, self.tables))
        self.call = (ctypes.c_void_p * 3)(*map(ctypes.addressof, (count, kernels, tables)))
        self.kept = (count, kernels, tables, arguments, device.scratch)  # what the call has the addresses of

    def put(self, buffer: Buffer, memory: Memory) -> None:
        """Use other memory in the place of a buffer from now on."""
        for table, place, offset in self.places.get(buffer, ()):
            table[place] = memory.address + offset

    def run(self) -> None:
        self.run_all(self.call)


def recipes_of(keys: Iterable[str]) -> dict[str, str]:
    """For each key of a kernel what decides its text; nothing while parts of the compiler are replaced."""
    origin = provenance.origin()
    return {key: f"{origin}\0{key}" for key in keys} if origin else {}


class CDevice:
    """Compiles kernels with the system's C compiler and calls them."""

    name = "C"

    def __init__(self) -> None:
        toolchain()  # a DeviceError now, if there is none
        self.pool = Pool()
        self.kernels: dict[str, Callable] = {}
        self.costs: dict[str, Cost] = {}
        self.error = (ctypes.c_int64 * 4)()
        self.scratch = np.empty(1 << 16, np.float32)
        self.threads, self.wanted = np.full(1, PROCESSORS, np.int64), ""

    def allocate(self, nbytes: int) -> Memory:
        return self.pool.take(nbytes)

    def write(self, memory: Memory, array: np.ndarray) -> None:
        memory.array[: array.nbytes] = array.view(np.uint8)

    def read(self, memory: Memory, nbytes: int) -> np.ndarray:
        return memory.array[:nbytes]

    def source(self, program: Program, key: str) -> str:
        """The text of a kernel."""
        return writers.write(program, key).text

    def find(self, keys: Iterable[str]) -> None:
        """Make those kernels callable that are on disk. They need be neither lowered nor written."""
        start = time.perf_counter()
        self.keep(find_kernels(recipes_of(keys)))
        GlobalCounters.compile_seconds += time.perf_counter() - start

    def compile(self, programs: Mapping[str, Program]) -> None:
        """Make kernels callable, all in one go."""
        if programs:
            start = time.perf_counter()
            texts = {key: writers.text_of(program, key) for key, program in programs.items()}
            compile_kernels(texts | {RUN_ALL_KEY: RUN_ALL}, C_PREAMBLE, recipes_of(programs))
            self.keep(programs)
            GlobalCounters.compile_seconds += time.perf_counter() - start

    def keep(self, keys: Iterable[str]) -> None:
        """Note what is known of kernels, and have enough scratch memory for each."""
        for key in keys:
            *cost, shared, own = numbers_of(key, writers.NUMBERS)
            self.kernels[key], self.costs[key] = KERNEL(address_of(key)), Cost(*cost)
            floats = shared + own * MOST_THREADS + 16
            if floats > self.scratch.size:
                self.scratch = np.empty(floats, np.float32)

    def prepare(self) -> None:
        """Before kernels are run: use as many threads as ``COURSE_THREADS`` says, or as there are processors."""
        wanted = os.environ.get("COURSE_THREADS", "")
        if wanted != self.wanted:
            self.wanted = wanted
            self.threads[0] = min(int(wanted), MOST_THREADS) if wanted.isdigit() and int(wanted) else PROCESSORS

    def launch(self, key: str, buffers: Sequence[tuple[Buffer, int]], scalars: np.ndarray) -> None:
        """Run a kernel on buffers, each from the given element on."""
        self.kernels[key](self.table(buffers, scalars))

    def table(self, buffers: Sequence[tuple[Buffer, int]], scalars: np.ndarray) -> ctypes.Array:
        """What a kernel is called with: the addresses of its buffers, its numbers and what all kernels share."""
        addresses = [buffer.memory.address + start * buffer.dtype.itemsize for buffer, start in buffers]
        addresses += [scalars.ctypes.data, ctypes.addressof(self.error), -(-self.scratch.ctypes.data // 64) * 64]
        addresses.append(self.threads.ctypes.data)
        return (ctypes.c_void_p * len(addresses))(*addresses)

    def bind(self, keys: Sequence[str], arguments: Sequence[tuple[Sequence[tuple[Buffer, int]], np.ndarray]]) -> Bound:
        """Kernels that are run again and again, always with the same buffers."""
        return Bound(self, keys, arguments)

    def synchronize(self) -> None:
        """Wait until all kernels are done, and report positions out of range."""
        if self.error[0]:
            noted = self.error[:]
            self.error[0] = 0
            raise_position_error(noted)


def open_device() -> CDevice:
    return CDevice()
