"""Vectors in C: how long they are on this processor, and a function that turns a square of numbers over."""

from __future__ import annotations

import re
from functools import cache

from ..compiler_c import toolchain

BEFORE = """
#ifndef HAS_vectors
#define HAS_vectors
#ifdef _OPENMP
#include <omp.h>
#define THREAD_NUMBER omp_get_thread_num()
#else
#define THREAD_NUMBER 0
#endif
#if defined(__GNUC__) && !defined(__clang__)
#define WITH_FMA __attribute__((optimize("fp-contract=fast")))
#define INTERLEAVE(type, x, y, ...) __builtin_shuffle(x, y, (type){__VA_ARGS__})
#else
#define WITH_FMA
#define INTERLEAVE(type, x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#endif
/* The first turn of a loop from first to stop at which so many steps reach what is wanted. */
static inline int64_t turn_at(int64_t wanted, int64_t step, int64_t first, int64_t stop) {
    const int64_t turn = wanted > 0 ? (wanted + step - 1) / step : 0;
    return turn < first ? first : turn < stop ? turn : stop;
}
#endif
"""

# Each round puts the first half of the rows between the second: that moves one bit of a row's number to its columns'.
VECTORS = """
#ifndef HAS_vector@
#define HAS_vector@
typedef float vector@ __attribute__((vector_size(4 * @), aligned(4), may_alias));
typedef int32_t places@ __attribute__((vector_size(4 * @)));
/* Turns a square over. Only so many of its rows are there; the last of them is read again for the others. */
WITH_FMA static void turn@(const float *from, int64_t from_row, int64_t rows, float *to, int64_t to_row) {
    vector@ x[@], y[@];
    #pragma GCC unroll 16
    for (int i = 0; i < @; i++) x[i] = *(const vector@ *)(from + (i < rows ? i : rows - 1) * from_row);
    #pragma GCC unroll 4
    for (int bit = 1; bit < @; bit *= 2) {
        #pragma GCC unroll 8
        for (int i = 0; i < @ / 2; i++) {
            y[2 * i] = INTERLEAVE(places@, x[i], x[i + @ / 2], FIRST_HALF);
            y[2 * i + 1] = INTERLEAVE(places@, x[i], x[i + @ / 2], SECOND_HALF);
        }
        #pragma GCC unroll 16
        for (int i = 0; i < @; i++) x[i] = y[i];
    }
    #pragma GCC unroll 16
    for (int i = 0; i < @; i++) *(vector@ *)(to + i * to_row) = x[i];
}
#endif
"""


@cache
def lanes() -> int:
    """How many float32 a vector holds. Longer vectors than the processor has would be taken apart, and badly."""
    flags = toolchain().identity
    return 16 if re.search(r"[m+]avx512f\b", flags) else 8 if re.search(r"[m+]avx2?\b", flags) else 4


@cache
def definitions(lanes: int) -> str:
    """C text that must stand before functions with vectors of so many lanes."""
    text = VECTORS.replace("@", str(lanes))
    for name, first in (("FIRST_HALF", 0), ("SECOND_HALF", lanes // 2)):
        pairs = (f"{first + i}, {lanes + first + i}" for i in range(lanes // 2))
        text = text.replace(name, ", ".join(pairs))
    return BEFORE + text
