"""What this machine can do at most, measured: multiplications with additions a second, bytes read and copied a second.

    python -m bench.limits THREADS

The loops are compiled with the engine's own compiler and flags. Prints one line of JSON.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable

import cffi
import numpy as np

from bench.work import catalogue, traffic
from course_lib.engine.compiler_c import compile_kernels

ffi = cffi.FFI()
SUMS = 12  # vectors at once: more than a multiply-add's time in cycles, times how many can begin in one
TURNS = 200_000
ROUNDS = 4
MEMORY = 128 << 20  # bytes that fit into no cache
LINE = 64  # bytes of a cache line

PREAMBLE = """
#include <stdint.h>
#include <string.h>
#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif
#if defined(__clang__)
#define FUSED _Pragma("clang fp contract(fast)")
#define WITH_FMA
#else
#define FUSED
#define WITH_FMA __attribute__((optimize("fp-contract=fast")))
#endif
typedef float vector __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
"""

# Each is called with two arrays, their length in vectors, and the number of threads.
KERNEL = """
{inner}
void k_{key}(void **call) {{
    float *x = call[0], *y = call[1];
    const int64_t n = *(int64_t *)call[2], threads = *(int64_t *)call[3];
    #pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t t = 0; t < threads; t++) part(x, y, n * t / threads, n * (t + 1) / threads, t);
}}
"""
HEAD = "WITH_FMA static __attribute__((noinline)) void part(float *x, float *y, int64_t from, int64_t to, int64_t t) {"


def lines(template: str) -> str:
    """A line for each of the sums: loops over so few turns might not be written out by the compiler."""
    return "\n".join("    " + template.replace("#", str(i)) for i in range(SUMS))


def multiply_add() -> str:
    return f"""{HEAD}
    FUSED
    const vector a = *(vector *)x, b = *(vector *)(x + LANES);
{lines("vector s# = a + #;")}
    for (int64_t i = 0; i < {TURNS}; i++) {{
{lines("s# = s# * a + b;")}
    }}
    *(vector *)(y + t * LANES) = {" + ".join(f"s{i}" for i in range(SUMS))};
}}"""


def read() -> str:
    return f"""{HEAD}
    const vector *from_x = (vector *)x;
{lines("vector s# = {0};")}
    int64_t i = from;
    for (; i + {SUMS} <= to; i += {SUMS}) {{
{lines("s# += from_x[i + #];")}
    }}
    for (; i < to; i++) s0 += from_x[i];
    *(vector *)(y + t * LANES) = {" + ".join(f"s{i}" for i in range(SUMS))};
}}"""


def copy() -> str:
    return f"{HEAD}\n    memcpy(y + from * LANES, x + from * LANES, (to - from) * LANES * sizeof(float));\n}}"


def compiled(inner: str) -> Callable[[np.ndarray, np.ndarray, int, int], Callable[[], None]]:
    """A loop, to be given its arrays, their length in vectors and the number of threads, and then to be called."""
    key = hashlib.sha256(inner.encode()).hexdigest()
    address = compile_kernels({key: KERNEL.format(inner=inner, key=key)}, PREAMBLE)[key]
    function = ffi.cast("void (*)(void **)", address)

    def prepare(x: np.ndarray, y: np.ndarray, n: int, threads: int) -> Callable[[], None]:
        numbers = np.array([n, threads], np.int64)
        places = [x.ctypes.data, y.ctypes.data, numbers.ctypes.data, numbers.ctypes.data + 8]
        given = ffi.new("void *[]", [ffi.cast("void *", place) for place in places])

        def call(kept: tuple = (x, y, numbers)) -> None:  # what the addresses in ``given`` are of
            function(given)

        return call

    return prepare


def least(function: Callable[[], None], seconds: float) -> float:
    """The least time that a function takes, of as many times as fit into ``seconds``."""
    best, end = float("inf"), time.perf_counter() + seconds
    while best == float("inf") or time.perf_counter() < end:
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


def limits(threads: int, seconds: float = 0.5) -> dict[str, float]:
    """``flops`` and, for each size that a work needs, ``read SIZE`` and ``copy SIZE``, all a second.

    Each is measured several times, with the others in between, so that a neighbour's short burst of work does not
    count.
    """
    add, load, move, lanes = compiled(multiply_add()), compiled(read()), compiled(copy()), lanes_of_vectors()
    x, y = aligned(0.5), aligned(0.0)
    amounts = {"flops": threads * TURNS * SUMS * lanes * 2}
    calls = {"flops": add(x, y, threads, threads)}
    needs = {traffic(work) for work in catalogue().values() if not work.is_network and work.kind != "product"}
    for reads, writes in sorted(needs | {(MEMORY, 0), (MEMORY, MEMORY)}):
        count, name = reads // 4 // lanes, f"{'copy' if writes else 'read'} {reads}"
        amounts[name] = count * lanes * 4 * (2 if writes else 1)
        calls[name] = (move if writes else load)(x, y, count, threads)
    rounds = [{name: least(call, seconds / ROUNDS) for name, call in calls.items()} for _ in range(ROUNDS)]
    return {name: amounts[name] / min(taken[name] for taken in rounds) for name in amounts}


def aligned(value: float) -> np.ndarray:
    """An array that begins with a cache line, as tensors do: no vector lies across two of them."""
    raw = np.full((MEMORY + LINE) // 4, value, np.float32)
    start = -raw.ctypes.data % LINE // 4
    return raw[start : start + MEMORY // 4]


def lanes_of_vectors() -> int:
    """How many numbers the preamble's vectors hold."""
    key = hashlib.sha256(b"lanes").hexdigest()
    text = f"void k_{key}(void **call) {{ *(int64_t *)call[0] = LANES; }}"
    number = np.zeros(1, np.int64)
    address = compile_kernels({key: text}, PREAMBLE)[key]
    ffi.cast("void (*)(void **)", address)(ffi.new("void *[]", [ffi.cast("void *", number.ctypes.data)]))
    return int(number[0])


if __name__ == "__main__":
    print(json.dumps(limits(int(sys.argv[1]))))
