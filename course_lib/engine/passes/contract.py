"""Sums of products as panels and tiles: matrix products, convolutions and their gradients at the speed of the processor.

``out[m, n] = sum over k of a[m, k] * b[k, n]`` reads each element of ``a`` N times and each of ``b`` M times. Written as
three loops it waits for memory. Here a *panel* of ``b``, all k for a few vectors of n, is copied together so that it can
be read in one run and stays in the cache. Against it go *tiles* of rows of ``a``: their sums stay in registers for all k,
each number loaded from the panel is used once for each row, each from ``a`` once for each column.

Nothing here knows of matrices: m, n and k each stand for any number of loops. What belongs to m is in the index of ``a``
alone, what belongs to n in that of ``b`` alone, k is what is summed over, and all else is repeated around it. Whatever is
done to the sum before it is stored (a bias, an activation) is done while the tile is at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from ..cstyle import C
from ..dtype import dtypes
from ..lower import Nest, Program, Store
from ..render import Renderer
from ..symbolic import add, floordiv, mod, take_apart, times, unflatten
from ..uop import Ops, UOp, toposort

ROWS = 8  # of a tile, at most
VECTORS = 2  # across a tile
DEPTH = 1024  # of a panel: k are worked on in blocks of about this many
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
    a, b: the two LOADs; ``b`` is the one that is copied into panels.
    around: loops of both operands, or of none.
    m, n, k: the loops of a alone, of b alone, and of the sum.
    """

    sum: UOp
    a: UOp
    b: UOp
    around: list[UOp]
    m: list[Axis]
    n: list[Axis]
    k: list[Axis]


def strides_in(load: UOp) -> dict[UOp, int] | None:
    """How far each loop moves in a LOAD's buffer, if that is all that its index depends on."""
    if load.op is not Ops.LOAD or len(load.src) != 2 or load.dtype is not dtypes.float32:
        return None
    terms, _ = take_apart(load.src[1])
    return terms if all(atom.op is Ops.RANGE for atom in terms) else None


def find(program: Program) -> Contraction | None:
    """The sum of products that a program consists of, if it does."""
    if len(program.nests) != 1:
        return None
    nest = program.nests[0]
    order = toposort([part for store in nest.stores for part in (store.index, store.value)])
    sums = [node for node in order if node.op in (Ops.ACCUMULATE, Ops.RUNNING)]
    if len(sums) != 1 or sums[0].op is not Ops.ACCUMULATE or sums[0].arg is not Ops.ADD or sums[0].src[0].op is not Ops.MUL:
        return None
    total = sums[0]
    a, b = total.src[0].src
    in_a, in_b = strides_in(a), strides_in(b)
    outer = [loop for loop in nest.loops if loop.op is Ops.RANGE]
    if in_a is None or in_b is None or any(not set(outer) <= set(take_apart(s.index)[0]) for s in nest.stores):
        return None
    written, _ = take_apart(nest.stores[0].index)
    fastest = min(outer, key=lambda loop: abs(written[loop]), default=None)
    if fastest in in_a and fastest not in in_b:  # what is stored in one run is computed in one vector
        a, b, in_a, in_b = b, a, in_b, in_a
    if fastest not in in_b or fastest in in_a:
        return None

    def axes(loops: Sequence[UOp]) -> list[Axis]:
        return [Axis(loop, loop.arg[1], in_a.get(loop, 0), in_b.get(loop, 0)) for loop in loops]

    m = axes([loop for loop in outer if loop in in_a and loop not in in_b])
    n = axes([loop for loop in outer if loop in in_b and loop not in in_a])
    around = [loop for loop in outer if (loop in in_a) == (loop in in_b)]
    k = axes(sorted(total.src[1:], key=lambda loop: (-abs(in_b.get(loop, 0)), -abs(in_a.get(loop, 0)))))
    if prod(axis.size for axis in m) * prod(axis.size for axis in k) < 16:
        return None
    return Contraction(total, a, b, around, m, n, k)


def flattened(axes: Sequence[Axis], flat: UOp) -> dict[UOp, UOp]:
    """Each of several loops in terms of one that stands for all of them."""
    return dict(zip([axis.loop for axis in axes], unflatten(flat, tuple(axis.size for axis in axes)), strict=True))


def substitute(roots: Sequence[UOp], given: dict[UOp, UOp]) -> list[UOp]:
    """Expressions with UOps replaced, and their index arithmetic simplified anew."""
    done = dict(given)
    for node in toposort(roots):
        if node in done:
            continue
        src = tuple(done[source] for source in node.src)
        constant = len(src) == 2 and src[1].op is Ops.CONST
        if src == node.src:
            done[node] = node
        elif node.dtype is dtypes.int64 and node.op is Ops.ADD:
            done[node] = add(*src)
        elif node.dtype is dtypes.int64 and node.op is Ops.MUL and constant:
            done[node] = times(src[0], src[1].arg)
        elif node.dtype is dtypes.int64 and node.op in (Ops.FLOORDIV, Ops.MOD) and constant and src[1].arg > 0:
            done[node] = (floordiv if node.op is Ops.FLOORDIV else mod)(src[0], src[1].arg)
        else:
            done[node] = UOp(node.op, node.dtype, src, node.arg)
    return [done[root] for root in roots]


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
        self.chunk = max(1, min(self.k[0].size, DEPTH // self.inner)) if self.k else 1
        self.blocks = -(-self.k[0].size // self.chunk)

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def write(self) -> list[str]:
        depth = 1
        width = f"({VECTORS} * LANES)"
        panel = self.chunk * self.inner
        self.line(depth, f"float *const panel = buffers[{len(self.program.params) + 2}];")
        if self.blocks > 1:
            self.line(depth, f"float *const sums = panel + {panel} * {width};")
        for loop in self.found.around:
            self.line(depth, f"for (int64_t i{loop.arg[0]} = 0; i{loop.arg[0]} < {loop.arg[1]}; i{loop.arg[0]}++) {{")
            depth += 1
        for name, load in (("a", self.found.a), ("b", self.found.b)):
            terms, rest = take_apart(load.src[1])
            fixed = [f"i{loop.arg[0]} * {terms[loop]}L" for loop in self.found.around if loop in terms]
            where = " + ".join([*fixed, f"{rest}L"])
            self.line(depth, f"const float *const {name} = p{load.src[0].arg[0]} + {where};")
        self.line(depth, f"for (int64_t n0 = 0; n0 < {self.columns}; n0 += {width}) {{")
        self.line(depth + 1, f"const int64_t n1 = n0 + {width} < {self.columns} ? n0 + {width} : {self.columns};")
        if self.blocks > 1:
            self.line(depth + 1, f"for (int64_t k0 = 0; k0 < {self.k[0].size}; k0 += {self.chunk}) {{")
            stop = f"k0 + {self.chunk} < {self.k[0].size} ? k0 + {self.chunk} : {self.k[0].size}"
            self.line(depth + 2, f"const int64_t k1 = {stop};")
            self.body(depth + 2, width)
            self.line(depth + 1, "}")
        else:
            self.line(depth + 1, f"const int64_t k0 = 0, k1 = {self.k[0].size};")
            self.body(depth + 1, width)
        self.line(depth, "}")
        for place in range(len(self.found.around)):
            self.line(depth - 1 - place, "}")
        return self.lines

    def body(self, depth: int, width: str) -> None:
        self.pack(depth, width)
        narrow = f"{self.columns} - n0 <= LANES"
        for vectors, condition in ((1, f"if ({narrow}) {{"), (VECTORS, "} else {")):
            self.line(depth, condition)
            full, left = divmod(self.rows, self.tile)
            self.line(depth + 1, f"for (int64_t m0 = 0; m0 < {full * self.tile}; m0 += {self.tile}) {{")
            self.one_tile(depth + 2, self.tile, vectors, width)
            self.line(depth + 1, "}")
            if left:
                self.line(depth + 1, f"{{ const int64_t m0 = {full * self.tile};")
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
        self.line(depth, "float *to = panel;")
        inside = self.open_k(depth)
        self.line(inside, f"const float *const from = b + {self.place_of('b')};")
        self.line(inside, f"for (int64_t n = n0; n < n1; n++) to[n - n0] = from[{offset(self.n, 'b', 'n')}];")
        self.line(inside, f"for (int64_t n = n1; n < n0 + {width}; n++) to[n - n0] = 0.0f;")
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
                    start = f"k0 ? *(vector *)(sums + (m0 + {r}) * {width} + {v} * LANES) : (vector){{0}}"
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
                    self.line(depth + 1, f"*(vector *)(sums + (m0 + {r}) * {width} + {v} * LANES) = {sums[r][v]};")
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
        renderer.nest(Nest([flat_m, flat_n], stores), depth)
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


def render(program: Program) -> tuple[list[str], int] | None:
    """The body of the C function for a program that is one sum of products, and how many floats of scratch it wants."""
    found = find(program)
    if found is None:
        return None
    writer = Writer(program, found)
    lines = writer.write()
    sums = writer.rows if writer.blocks > 1 else 0
    return lines, (writer.chunk * writer.inner + sums) * VECTORS * 16


