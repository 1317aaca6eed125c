"""Sums of products as panels and tiles: matrix products, convolutions and their gradients, fast.

``out[m, n] = sum over k of a[m, k] * b[k, n]`` reads each element of ``a`` N times and each of ``b`` M times. Written
as three loops it waits for memory. Here a *panel* of ``b``, all k for a few vectors of n, is copied together so that
it can be read in one run and stays in the cache. Against it go *tiles* of rows of ``a``: their sums stay in registers
for all k, each number loaded from the panel is used once for each row, each from ``a`` once for each column.

Nothing here knows of matrices: m, n and k each stand for any number of loops. What belongs to m is in the index of
``a`` alone, what belongs to n in that of ``b`` alone, k is what is summed over, and all else is repeated around it.
Whatever is done to the sum before it is stored (a bias, an activation) is done while the tile is at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from ..cstyle import C
from ..dtype import dtypes
from ..lower import Nest, Program, Store
from ..render import Renderer
from ..symbolic import add, conditions, take_apart, times, unflatten
from ..uop import Ops, UOp, toposort
from . import is_on
from .factors import Operand, operand, product_in
from .split import substitute

ROWS = 8  # of a tile, at most
VECTORS = 2  # across a tile
DEPTH = 1024  # of a panel: k are worked on in blocks of about this many
TASKS = 16  # into which the work is cut, if it is large enough
FIRST_FLAT = 1 << 12  # numbers of the loops that stand for all of m and all of n

# 64 bytes are a vector where the processor has AVX-512; elsewhere the compiler would take it apart badly.
VECTOR_TYPES = """
#ifndef HAS_vectors
#define HAS_vectors
#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif
#ifdef _OPENMP
#include <omp.h>
#define THREAD_NUMBER omp_get_thread_num()
#else
#define THREAD_NUMBER 0
#endif
#if defined(__GNUC__) && !defined(__clang__)
#define WITH_FMA __attribute__((optimize("fp-contract=fast")))
#else
#define WITH_FMA
#endif
typedef float vector __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
#endif
"""


@dataclass(frozen=True)
class Axis:
    """A loop, and how far one turn of it moves in each operand, in elements."""

    loop: UOp
    size: int
    a: int
    b: int


@dataclass
class Contraction:
    """A sum of products.

    Attributes
    ----------
    sum: the ACCUMULATE.
    a, b: the two factors; ``b`` is the one that is copied into panels.
    around: loops of both operands, or of none.
    m, n, k: the loops of a alone, of b alone, and of the sum.
    in_rows: whether what one row of a tile gives is stored in one run.
    """

    sum: UOp
    a: Operand
    b: Operand
    around: list[UOp]
    m: list[Axis]
    n: list[Axis]
    k: list[Axis]
    in_rows: bool


def find(program: Program) -> Contraction | None:
    """The sum of products that a program consists of, if it does."""
    if len(program.nests) != 1:
        return None
    nest = program.nests[0]
    order = toposort([part for store in nest.stores for part in (store.index, store.value)])
    sums = [node for node in order if node.op in (Ops.ACCUMULATE, Ops.RUNNING)]
    outer = [loop for loop in nest.loops if loop.op is Ops.RANGE]
    found = product_in(sums[-1]) if sums and sums[-1].op is Ops.ACCUMULATE else None
    if found is None or any(not set(outer) <= set(take_apart(store.index)[0]) for store in nest.stores):
        return None
    total, (loops, *factors) = sums[-1], found
    if set(sums) - set(total.toposort()) or sum(len(node.src) - 1 for node in sums) != len(loops):
        return None
    a, b = map(operand, factors)
    if a is None or b is None:
        return None
    # 0 wherever one factor is 0: a condition that one operand needs not for its index must be kept by the other
    wanted = {c for factor in factors if len(factor.src) == 3 for c in conditions(factor.src[2])}
    if not wanted <= {c for x in (a, b) if x.copied for c in conditions(x.load.src[2])}:
        return None
    in_a, in_b = a.strides, b.strides
    written, _ = take_apart(nest.stores[0].index)
    around = [loop for loop in outer if (loop in in_a) == (loop in in_b)]
    rows = [loop for loop in outer if loop not in around and loop in in_a]
    columns = [loop for loop in outer if loop not in around and loop in in_b]
    fastest = min(outer, key=lambda loop: abs(written[loop]), default=None)
    depth = size(loops)
    if fastest in around or not rows and not columns or depth * max(size(rows), size(columns)) < 64:
        return None

    def effort(across: list[UOp], along: list[UOp], strides: dict[UOp, int]) -> float:
        """Roughly what it costs, in operations on vectors, to have ``across`` in the vectors."""
        packing = size(across) * depth / 4 * (1 if any(strides[loop] == 1 for loop in across) else 4)
        storing = size(across) * size(along) / (16 if fastest in across else 2)
        return packing + storing + -(-size(across) // 16) * size(along) * depth

    if not columns or rows and effort(rows, columns, in_a) < effort(columns, rows, in_b):
        a, b, in_a, in_b, rows, columns = b, a, in_b, in_a, columns, rows

    def axes(loops: Sequence[UOp]) -> list[Axis]:
        return [Axis(loop, loop.arg[1], in_a.get(loop, 0), in_b.get(loop, 0)) for loop in loops]

    k = sorted(loops, key=lambda loop: (-abs(in_a.get(loop, 0)), -abs(in_b.get(loop, 0))))
    return Contraction(total, a, b, around, axes(rows), axes(columns), axes(k), fastest in columns)


def size(loops: Sequence[UOp]) -> int:
    """How many turns loops within each other make."""
    return prod(loop.arg[1] for loop in loops)


def flattened(axes: Sequence[Axis], flat: UOp) -> dict[UOp, UOp]:
    """Each of several loops in terms of one that stands for all of them."""
    return dict(zip([axis.loop for axis in axes], unflatten(flat, tuple(axis.size for axis in axes)), strict=True))


def offset(axes: Sequence[Axis], operand: str, flat: str) -> str:
    """Where in an operand the flat number of several loops is, as C text."""
    parts, step = [], prod(axis.size for axis in axes)
    for place, axis in enumerate(axes):
        step //= axis.size
        turn = flat if step == 1 else f"{flat} / {step}"
        turn = turn if place == 0 else f"({turn}) % {axis.size}"
        stride = getattr(axis, operand)
        if stride:
            parts.append(f"({turn}) * {stride}L")
    return " + ".join(parts) or "0"


def merged(axes: Sequence[Axis]) -> list[Axis]:
    """Fewer loops: two that move in both operands as one would are one."""
    result: list[Axis] = []
    for axis in axes:
        last = result[-1] if result else None
        if last and last.a == axis.a * axis.size and last.b == axis.b * axis.size:
            result[-1] = Axis(last.loop, last.size * axis.size, axis.a, axis.b)
        else:
            result.append(axis)
    return result


class Writer:
    """Writes the C function for one contraction."""

    def __init__(self, program: Program, found: Contraction) -> None:
        self.program, self.found = program, found
        self.lines: list[str] = []
        self.m, self.n, self.k = merged(found.m), merged(found.n), merged(found.k)
        self.rows, self.columns = prod(x.size for x in self.m), prod(x.size for x in self.n)
        tiles = -(-self.rows // ROWS)
        self.tile = -(-self.rows // tiles)
        self.inner = prod(axis.size for axis in self.k[1:])
        self.chunk = max(1, min(self.k[0].size, DEPTH // self.inner))
        self.blocks = -(-self.k[0].size // self.chunk)
        # so many rows at a time go against one panel: enough to pay for it, few enough to give all threads work
        panels = -(-self.columns // 32) * size(found.around)
        pieces = max(1, min(TASKS // panels, self.rows // 128))
        self.band = -(-tiles // pieces) * self.tile
        self.floats = (self.chunk * self.inner + (self.band if self.blocks > 1 else 0)) * VECTORS * 16

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def write(self) -> list[str]:
        """The lines of the function's body."""
        width, loops = f"({VECTORS} * LANES)", self.found.around
        self.line(1, f"float *const scratch = buffers[{len(self.program.params) + 2}];")
        taken = 0
        for name, factor in (("a", self.found.a), ("b", self.found.b)):
            if factor.copied:
                self.line(1, f"float *const copy_{name} = scratch + {taken};")
                self.copy(1, name, factor)
                taken += -(-factor.floats // 16) * 16
        work = self.rows * self.columns * self.inner * self.k[0].size * size(loops)
        if is_on("threads") and work >= 1 << 18:
            together = f" collapse({len(loops) + 2})"
            self.line(1, f"#pragma omp parallel for num_threads(threads) schedule(static){together}")
        depth = 1
        for loop in loops:
            self.line(depth, f"for (int64_t i{loop.arg[0]} = 0; i{loop.arg[0]} < {loop.arg[1]}; i{loop.arg[0]}++) {{")
            depth += 1
        self.line(depth, f"for (int64_t n0 = 0; n0 < {self.columns}; n0 += {width}) {{")
        self.line(depth + 1, f"for (int64_t first = 0; first < {self.rows}; first += {self.band}) {{")
        inside = depth + 2
        self.line(inside, f"float *const panel = scratch + {taken} + THREAD_NUMBER * {self.floats}L;")
        if self.blocks > 1:
            self.line(inside, f"float *const sums = panel + {self.chunk * self.inner} * {width};")
        for name, factor in (("a", self.found.a), ("b", self.found.b)):
            strides = factor.strides
            fixed = [f"i{loop.arg[0]} * {strides[loop]}L" for loop in loops if loop in strides]
            where = " + ".join([*fixed, f"{factor.start}L"])
            memory = f"copy_{name}" if factor.copied else f"p{factor.load.src[0].arg[0]}"
            self.line(inside, f"const float *const {name} = {memory} + {where};")
        self.line(inside, f"const int64_t n1 = n0 + {width} < {self.columns} ? n0 + {width} : {self.columns};")
        if self.blocks > 1:
            stop = f"k0 + {self.chunk} < {self.k[0].size} ? k0 + {self.chunk} : {self.k[0].size}"
            self.line(inside, f"for (int64_t k0 = 0; k0 < {self.k[0].size}; k0 += {self.chunk}) {{")
            self.line(inside + 1, f"const int64_t k1 = {stop};")
            self.body(inside + 1, width)
            self.line(inside, "}")
        else:
            self.line(inside, f"const int64_t k0 = 0, k1 = {self.k[0].size};")
            self.body(inside, width)
        for outer in range(inside - 1, 0, -1):
            self.line(outer, "}")
        return self.lines

    def copy(self, depth: int, name: str, factor: Operand) -> None:
        """Copy an operand with zeros around its axes."""
        pragma = "#pragma omp parallel for num_threads(threads) schedule(static)"
        shared = is_on("threads") and factor.floats >= 1 << 15
        if shared:
            self.line(depth, pragma)
        self.line(depth, f"for (int64_t i = 0; i < {factor.floats}; i++) copy_{name}[i] = 0.0f;")
        if shared:
            self.line(depth, pragma)
        source, target = [f"{factor.first}L"], []
        for place, (length, stride, before, _, step) in enumerate(factor.copied):
            self.line(depth, f"for (int64_t u{place} = 0; u{place} < {length}; u{place}++)")
            source.append(f"u{place} * {stride}L")
            target.append(f"(u{place} + {before}) * {step}L")
        memory = f"p{factor.load.src[0].arg[0]}"
        self.line(depth + 1, f"copy_{name}[{' + '.join(target)}] = {memory}[{' + '.join(source)}];")

    def body(self, depth: int, width: str) -> None:
        self.pack(depth, width)
        narrow = f"{self.columns} - n0 <= LANES"
        for vectors, condition in ((1, f"if ({narrow}) {{"), (VECTORS, "} else {")):
            self.line(depth, condition)
            whole, left = self.rows // self.tile * self.tile, self.rows % self.tile
            self.line(depth + 1, f"const int64_t last = first + {self.band} < {whole} ? first + {self.band} : {whole};")
            self.line(depth + 1, f"for (int64_t m0 = first; m0 < last; m0 += {self.tile}) {{")
            self.one_tile(depth + 2, self.tile, vectors, width)
            self.line(depth + 1, "}")
            if left:
                self.line(depth + 1, f"if (first + {self.band} >= {self.rows}) {{")
                self.line(depth + 2, f"const int64_t m0 = {whole};")
                self.one_tile(depth + 2, left, vectors, width)
                self.line(depth + 1, "}")
        self.line(depth, "}")

    def open_k(self, depth: int) -> int:
        """The loops over k, from the outermost in."""
        for place, axis in enumerate(self.k):
            start, stop = ("k0", "k1") if place == 0 else ("0", str(axis.size))
            self.line(depth, f"for (int64_t q{place} = {start}; q{place} < {stop}; q{place}++) {{")
            depth += 1
        return depth

    def place_of(self, operand: str) -> str:
        parts = [f"q{i} * {getattr(axis, operand)}L" for i, axis in enumerate(self.k) if getattr(axis, operand)]
        return " + ".join(parts) or "0"

    def pack(self, depth: int, width: str) -> None:
        """Copy the panel; columns past the last one become zeros."""
        self.line(depth, "{")
        if self.k[-1].b == 1 and self.n[-1].b != 1:
            self.pack_turned(depth, width)
            self.line(depth, "}")
            return
        self.line(depth, "float *to = panel;")
        inside = self.open_k(depth)
        self.line(inside, f"const float *const from = b + {self.place_of('b')};")
        self.line(inside, f"for (int64_t n = n0; n < n1; n++) to[n - n0] = from[{offset(self.n, 'b', 'n')}];")
        self.line(inside, f"for (int64_t n = n1; n < n0 + {width}; n++) to[n - n0] = 0.0f;")
        self.line(inside, f"to += {width};")
        self.close_k(inside)
        self.line(depth, "}")

    def pack_turned(self, depth: int, width: str) -> None:
        """The same where k runs along memory: one column after the other, so that whole lines are read."""
        self.line(depth, f"for (int64_t n = n0; n < n0 + {width}; n++) {{")
        self.line(depth + 1, "float *to = panel + n - n0;")
        self.line(depth + 1, f"const float *const column = b + {offset(self.n, 'b', '(n < n1 ? n : n0)')};")
        inside = self.open_k(depth + 1)
        self.line(inside, f"*to = column[{self.place_of('b')}];")
        self.line(inside, f"to += {width};")
        self.close_k(inside)
        self.line(depth, "}")

    def close_k(self, depth: int) -> None:
        for place in range(len(self.k)):
            self.line(depth - 1 - place, "}")

    def one_tile(self, depth: int, rows: int, vectors: int, width: str) -> None:
        for r in range(rows):
            self.line(depth, f"const float *const a{r} = a + {offset(self.m, 'a', f'(m0 + {r})')};")
        sums = [[f"c{r}_{v}" for v in range(vectors)] for r in range(rows)]
        for r in range(rows):
            for v in range(vectors):
                start = "{0}"
                if self.blocks > 1:
                    start = f"k0 ? *(vector *)(sums + (m0 - first + {r}) * {width} + {v} * LANES) : (vector){{0}}"
                self.line(depth, f"vector {sums[r][v]} = {start};")
        self.line(depth, "const float *from = panel;")
        inside = self.open_k(depth)
        for v in range(vectors):
            self.line(inside, f"const vector b{v} = *(const vector *)(from + {v} * LANES);")
        place = self.place_of("a")
        self.line(inside, f"const int64_t at = {place};")
        for r in range(rows):
            products = " ".join(f"{sums[r][v]} += x{r} * b{v};" for v in range(vectors))
            self.line(inside, f"const float x{r} = a{r}[at]; {products}")
        self.line(inside, f"from += {width};")
        self.close_k(inside)
        if self.blocks > 1:
            self.line(depth, f"if (k1 < {self.k[0].size}) {{")
            for r in range(rows):
                for v in range(vectors):
                    self.line(
                        depth + 1, f"*(vector *)(sums + (m0 - first + {r}) * {width} + {v} * LANES) = {sums[r][v]};"
                    )
            self.line(depth, "} else {")
        else:
            self.line(depth, "{")
        self.line(depth + 1, f"float tile[{rows} * {vectors} * LANES] __attribute__((aligned(64)));")
        for r in range(rows):
            for v in range(vectors):
                self.line(depth + 1, f"*(vector *)(tile + {r * vectors + v} * LANES) = {sums[r][v]};")
        self.finish(depth + 1, rows, vectors)
        self.line(depth, "}")

    def finish(self, depth: int, rows: int, vectors: int) -> None:
        """Do what is done to the sums, and store them."""
        flat_m = UOp(Ops.RANGE, dtypes.int64, (), (FIRST_FLAT, max(self.rows, 2)))
        flat_n = UOp(Ops.RANGE, dtypes.int64, (), (FIRST_FLAT + 1, max(self.columns, 2)))
        total = self.found.sum
        tile = UOp(Ops.PARAM, total.dtype, (), (-1, 1))
        given = {
            **(flattened(self.found.m, flat_m) if self.found.m else {}),
            **flattened(self.found.n, flat_n),
            total: UOp(Ops.LOAD, total.dtype, (tile, add(times(flat_m, 1 << 20), flat_n))),
        }
        nest = self.program.nests[0]
        new = substitute([part for s in nest.stores for part in (s.index, s.value)], given)
        stores = [Store(s.param, index, value) for s, index, value in zip(nest.stores, new[::2], new[1::2])]
        renderer = TileRenderer(self.program, rows, vectors)
        renderer.nest(Nest([flat_m, flat_n] if self.found.in_rows else [flat_n, flat_m], stores), depth)
        self.lines += renderer.lines


class TileRenderer(Renderer):
    """Writes what is done to a tile: loops over its rows and columns only, with the sums in ``tile``."""

    def __init__(self, program: Program, rows: int, vectors: int) -> None:
        super().__init__(C, program, parallel=False)
        self.rows, self.vectors = rows, vectors

    def limits(self, loop: UOp) -> tuple[str, str]:
        if loop.arg[0] == FIRST_FLAT:
            return "m0", f"m0 + {self.rows}"
        return ("n0", "n1") if loop.arg[0] == FIRST_FLAT + 1 else super().limits(loop)

    def expression(self, node: UOp) -> str:
        if node.op is Ops.LOAD and node.src[0].arg[0] == -1:
            return f"tile[(i{FIRST_FLAT} - m0) * {self.vectors} * LANES + i{FIRST_FLAT + 1} - n0]"
        return super().expression(node)


def render(program: Program) -> tuple[list[str], int, int] | None:
    """The C lines for a program that is one sum of products, and the floats of scratch: in all, and for a thread."""
    found = find(program)
    if found is None:
        return None
    writer = Writer(program, found)
    lines = writer.write()
    copies = sum(-(-factor.floats // 16) * 16 for factor in (found.a, found.b))
    return lines, copies, writer.floats
