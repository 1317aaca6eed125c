"""Sums of products as panels and tiles: matrix products, convolutions and their gradients, fast.

``out[m, n] = sum over k of a[m, k] * b[k, n]`` reads each element of ``a`` N times and each of ``b`` M times. Written
as three loops it waits for memory. Here a *panel* of ``b``, all k for two vectors of n, is copied together so that it
can be read in one run and stays in the cache. Against it go *tiles* of rows of ``a``: their sums stay in registers for
all k, each number loaded from the panel is used once for each row, each from ``a`` once for each column.

Nothing here knows of matrices: m, n and k each stand for any number of loops (``contraction.py``). Whatever is done to
the sum before it is stored (a bias, an activation) is done while the tile is at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from ..cstyle import C
from ..dtype import dtypes
from ..linearize import Block
from ..lower import Nest, Program, Store
from ..render import Renderer
from ..symbolic import add, loop, number, take_apart, times, unflatten
from ..uop import Ops, UOp, toposort
from . import is_on, vectors
from .contraction import Axis, Contraction, find, merged, size
from .edges import limits_of_k, turns_inside
from .factors import Operand
from .packing import (
    copy_padded,
    copy_turned,
    ends,
    in_one_run,
    loops_over,
    offset,
    pack,
    place_in,
    turned,
)
from .split import substitute
from .strided import by_stride

VECTORS = 2  # across a tile
DEPTH = 1024  # of a panel: k are worked on in blocks of at most about this many
TASKS = 32  # into which the work is cut, if it is large enough
AHEAD = 64  # rows of a panel that memory is asked for while another is packed
SHORT = 128  # products in a sum, too few for processors to foresee what memory is needed next
LEAST_ROWS = 48, 128  # of a task, where a panel is packed once for several of them, and where it is for each
ENOUGH = 1 << 18  # products that are worth the start of other threads
FIRST_FLAT = 1 << 12  # numbers of the loops that stand for all of m and all of n


class Writer:
    """Writes the C function for one contraction.

    Attributes
    ----------
    lines: of the function's body.
    shared: how many floats of scratch memory it needs.
    own: how many each thread needs besides.
    """

    def __init__(self, program: Program, found: Contraction, lanes: int) -> None:
        self.program, self.found, self.lanes, self.width = program, found, lanes, VECTORS * lanes
        self.lines: list[str] = []
        self.depth, self.shared = 1, 0
        self.around = found.around
        self.limits = limits_of_k(found)
        bound = {loop for limit in self.limits.values() for loop in limit.loops}
        self.a = found.a.bare if self.limits else found.a
        m, k = ([replace(x, a=self.a.strides.get(x.loop, 0)) for x in axes] for axes in (found.m, found.k))
        # rows at different edges need different k: they are in no tile together
        self.edges, self.free = [x for x in m if x.loop in bound], [x for x in m if x.loop not in bound]
        self.m, self.n, self.k = merged(self.free), merged(found.n), merged(k, bound)
        self.rows, self.columns = prod(x.size for x in self.m), prod(x.size for x in self.n)
        self.places = prod(x.size for x in self.edges)
        self.original = found.as_turned()
        if self.original:
            self.m, self.k = turned(*self.original)
        # AVX2 has 16 registers, most others 32: the sums, VECTORS of b and a number of a must fit
        self.tiles = -(-self.rows // (6 if lanes == 8 else 8))
        # tiles of two heights, so that none is much lower than the others: a low one waits for its own sums
        self.tall = -(-self.rows // self.tiles)
        self.talls = (self.rows - self.tiles * (self.tall - 1)) * self.places
        self.tiles *= self.places
        self.inner = prod(axis.size for axis in self.k[1:])
        self.blocks = -(-self.k[0].size // max(1, DEPTH // self.inner))
        self.chunk = -(-self.k[0].size // self.blocks)
        # a band of so many tiles goes against one panel: enough to pay for it, few enough to give all threads work
        panels, bands = -(-self.columns // self.width) * size(self.around), 1
        while panels * bands < TASKS and self.rows * self.places // (2 * bands) >= LEAST_ROWS[self.blocks > 1]:
            bands *= 2
        self.band = -(-self.tiles // bands)
        kept = self.band * self.tall if self.blocks > 1 else 0
        self.own = -(-(self.chunk * self.inner + kept) * self.width // 16) * 16
        # how far the next turn of the loops around is: memory is asked for it during this one
        self.next_a, self.next_b = (
            next((x.strides[r] for r in self.around[::-1] if r in x.strides), 0) for x in (self.a, found.b)
        )

    def put(self, *lines: str) -> None:
        """Add lines, indented by the braces around them."""
        for line in lines:
            self.depth -= line.startswith("}")
            self.lines.append("    " * self.depth + line)
            self.depth += line.endswith("{")

    def write(self) -> None:
        """The lines of the function's body."""
        self.end = self.ending()
        self.put(f"float *const scratch = buffers[{len(self.program.params) + 2}];")
        starts = [self.start("a", self.a), self.start("b", self.found.b)]
        if self.original:
            self.put(f"float *const copy_a = scratch + {self.shared};")
            self.put(*copy_turned(f"({starts[0]})", *self.original, self.lanes))
            self.shared, starts[0] = self.shared + self.rows * self.m[0].a, "copy_a"
        once = self.blocks == 1 and self.band < self.tiles  # a thread packs a panel once for all its bands
        if once:
            self.put("int64_t packed = -1;")
        results = self.rows * self.places * self.columns * size(self.around)
        if is_on("threads") and results * self.inner * self.k[0].size >= ENOUGH:
            kept = " firstprivate(packed)" if once else ""
            together = f"collapse({len(self.around) + 2})"
            self.put(f"#pragma omp parallel for num_threads(threads) schedule(static) {together}{kept}")
        depth, here = self.depth, "n0"
        for r in self.around:
            name = f"i{r.arg[0]}"
            self.put(f"for (int64_t {name} = 0; {name} < {r.arg[1]}; {name}++) {{")
            here = f"({here}) * {r.arg[1]} + {name}"
        self.put(f"for (int64_t n0 = 0; n0 < {self.columns}; n0 += {self.width}) {{")
        self.put(f"for (int64_t first = 0; first < {self.tiles}; first += {self.band}) {{")
        self.put(f"const int64_t last = {least(f'first + {self.band}', self.tiles)};")
        self.put(f"float *const panel = scratch + {self.shared} + THREAD_NUMBER * {self.own}L;")
        self.put(*(f"const float *const {name} = {start};" for name, start in zip("ab", starts)))
        if self.blocks > 1:
            self.put(f"float *const sums = panel + {self.chunk * self.inner * self.width};")
            self.put(f"for (int64_t k0 = 0; k0 < {self.k[0].size}; k0 += {self.chunk}) {{")
            self.put(f"const int64_t k1 = {least(f'k0 + {self.chunk}', self.k[0].size)};")
        else:
            self.put(f"const int64_t k0 = 0, k1 = {self.k[0].size};")
        tail = self.columns % self.width
        if self.columns >= self.width:
            self.put(f"if (n0 + {self.width} <= {self.columns}) {{")
            self.against_panel(VECTORS, self.width, here if once else "")
            self.put("}")
        if tail:
            self.put(f"if (n0 + {self.width} > {self.columns}) {{")
            self.against_panel(-(-tail // self.lanes), tail, here if once else "")
            self.put("}")
        while self.depth > depth:
            self.put("}")

    def start(self, name: str, factor: Operand) -> str:
        """Where an operand begins for the loops around, as C text; before that, the lines that copy it if need be."""
        memory = f"p{factor.load.src[0].arg[0]}"
        if factor.copied:
            memory = f"copy_{name}"
            self.put(f"float *const {memory} = scratch + {self.shared};")
            self.put(*copy_padded(name, factor))
            self.shared += -(-factor.floats // 16) * 16
        fixed = [f"i{r.arg[0]} * {factor.strides[r]}L" for r in self.around if r in factor.strides]
        return " + ".join([memory, *fixed, f"{factor.start}L"])

    def against_panel(self, vectors: int, columns: int, here: str) -> None:
        """Pack a panel, unless it still is there, and let all tiles of a band go against it."""
        runs_on = columns == self.width and in_one_run(self.n, columns) and self.n[-1].b == 1
        alike = self.talls == self.tiles or self.band >= self.tiles  # the first tiles of all bands
        if packs := runs_on and alike and not (here or self.limits):
            self.put("{", "const int64_t t = first;")  # it packs as it goes: loads and stores while sums are waited for
            self.tile(self.tall, 0, vectors, columns, packs=True)
        else:
            self.put(f"if (packed != {here}) {{" if here else "{")
            self.put(
                *pack(self.n, self.k, vectors, self.lanes, columns, self.next_b),
                *([f"packed = {here};"] if here else []),
            )
        self.put("}")
        if self.talls > packs:
            self.put(f"for (int64_t t = first{' + 1' * packs}; t < {least('last', self.talls)}; t++) {{")
            self.tile(self.tall, 0, vectors, columns)
            self.put("}")
        if self.talls < self.tiles:
            self.put(f"for (int64_t t = first > {self.talls} ? first : {self.talls}; t < last; t++) {{")
            self.tile(self.tall - 1, self.talls // self.places, vectors, columns)
            self.put("}")

    def tile(self, rows: int, before: int, vectors: int, columns: int, packs: bool = False) -> None:
        """One tile: its sums over k, and what becomes of them. ``before`` it are so many rows more than such tiles."""
        vector, width = f"vector{self.lanes}", vectors * self.lanes
        self.put(f"const int64_t m0 = t / {self.places} * {rows} + {before};")
        step, turns = self.places, ends(self.k)
        for axis in self.edges:
            step //= axis.size
            self.put(f"const int64_t i{axis.loop.arg[0]} = t / {step} % {axis.size};")
        for place, axis in enumerate(self.k):
            if axis.loop in self.limits:
                limited = turns_inside(axis.loop, self.limits[axis.loop], *turns[place])
                turns[place] = f"begin{place}", f"end{place}"
                self.put(*(f"const int64_t {name} = {text};" for name, text in zip(turns[place], limited)))
        inside, source = [f"const int64_t at = {place_in(self.k, 'a')};"], "from"
        if packs:
            inside.append(f"const float *const column = b + {place_in(self.k, 'b')} + {offset(self.n, 'b', 'n0')};")
            source = "column"
            if self.next_b or self.k[-1].b > width:  # rows apart, which processors do not foresee
                ahead = self.next_b or AHEAD * self.k[-1].b
                inside += [f"__builtin_prefetch(column + {ahead + v * self.lanes}L);" for v in range(vectors)]
        for v in range(vectors):
            inside.append(f"const {vector} b{v} = *(const {vector} *)({source} + {v * self.lanes});")
            inside += [f"*({vector} *)(from + {v * self.lanes}) = b{v};"] if packs else []
        edges = "".join(f" + i{axis.loop.arg[0]} * {axis.a}L" for axis in self.edges)
        kept = {}
        for r in range(rows):
            self.put(f"const float *const a{r} = a + {offset(self.m, 'a', f'(m0 + {r})')}{edges};")
            for v in range(vectors):
                place = f"((t - first) * {self.tall} + {r}) * {width} + {v * self.lanes}"
                kept[f"c{r}_{v}"] = f"*({vector} *)(sums + {place})"
            products = " ".join(f"c{r}_{v} += x{r} * b{v};" for v in range(vectors))
            inside.append(f"const float x{r} = a{r}[at]; {products}")
        if self.next_a and self.m and self.m[-1].a == 1:
            inside.append(f"__builtin_prefetch(a0 + at + {self.next_a}L);")
        elif self.next_a and len(self.k) == 1 and self.k[0].size <= SHORT:
            places = [f"a{r} + {self.next_a + k}L" for r in range(rows) for k in range(0, self.k[0].size, self.lanes)]
            self.put("if (n0 == 0) {", *(f"__builtin_prefetch({place});" for place in places), "}")
        for name, place in kept.items():
            self.put(f"{vector} {name} = {f'k0 ? {place} : ({vector}){{0}}' if self.blocks > 1 else '{0}'};")
        self.fetch(rows, vectors)
        self.put(*loops_over(turns, [f"float *const from = panel + ({self.row_of_panel()}) * {width};", *inside]))
        if self.blocks > 1:
            self.put(
                f"if (k1 < {self.k[0].size}) {{", *(f"{place} = {name};" for name, place in kept.items()), "} else {"
            )
        else:
            self.put("{")
        self.put(f"float tile[{rows * width}] __attribute__((aligned(64)));")
        self.put(*(f"*({vector} *)(tile + {i * self.lanes}) = {name};" for i, name in enumerate(kept)))
        self.finish(rows, width, columns)
        self.put("}")

    def row_of_panel(self) -> str:
        """Which row of the panel the loops ``q0``, ``q1`` and so on are at, as C text."""
        steps = [prod(axis.size for axis in self.k[i + 1 :]) for i in range(len(self.k))]
        return " + ".join(f"{f'q{i}' if i else '(q0 - k0)'} * {step}L" for i, step in enumerate(steps))

    def ending(self) -> Nest:
        """What is done to the sums, and where it is stored, for the rows and columns of a panel."""
        m = UOp(Ops.RANGE, dtypes.int64, (), (FIRST_FLAT, max(self.rows, 2)))
        # the panel and the column in it: where the columns of a panel lie side by side, no division is left
        panel = loop(FIRST_FLAT + 1, -(-self.columns // self.width))
        column = UOp(Ops.RANGE, dtypes.int64, (), (FIRST_FLAT + 2, self.width))
        n = add(times(panel, self.width), column)
        total = self.found.sum
        tile = UOp(Ops.PARAM, total.dtype, (), (-1, 1))
        in_tile = UOp(Ops.LOAD, total.dtype, (tile, add(times(m, 1 << 20), n)))
        given = {**flattened(self.free, m), **flattened(self.found.n, n), total: in_tile}
        nest = self.program.nests[0]
        stores = nest.stores_of(substitute(nest.expressions, given))
        outer = [panel] if panel.op is Ops.RANGE else []
        loops = [*outer, m, column] if self.found.in_rows else [*outer, column, m]
        return Nest(loops, stores)

    def fetch(self, rows: int, vectors: int) -> None:
        """Ask memory for what the sums will be put together with: it comes while they are added up.

        If they are short, also for where they will be stored: after long ones there is time for that.
        """
        if not self.found.in_rows:
            return
        *outer, m, column = self.end.loops
        loads = [node for node in toposort([s.value for s in self.end.stores]) if node.op is Ops.LOAD]
        places = [node.src for node in loads if len(node.src) == 2 and node.src[0].arg[0] >= 0]
        if self.inner * self.k[0].size <= SHORT:
            places += [(store.param, store.index) for store in self.end.stores]
        lines: list[Store] = []
        for param, index in places:
            steps, _ = take_apart(index)
            if m in steps and steps.get(column) == 1:
                starts = [substitute([index], {column: number(v * self.lanes)}) for v in range(vectors)]
                lines += [Store(param, start, number(0)) for (start,) in starts]
        if lines:
            renderer = Fetching(self.program, self.width, rows, 0, 0)
            renderer.nest(Nest([*outer, m], lines), self.depth)
            self.lines += renderer.lines

    def finish(self, rows: int, width: int, columns: int) -> None:
        """Do what is done to the sums, and store them."""
        renderer = TileRenderer(self.program, self.width, rows, width, columns)
        renderer.nest(self.end, self.depth)
        self.lines += renderer.lines


class TileRenderer(Renderer):
    """Writes what is done to a tile: loops over its rows and columns only, with the sums in ``tile``."""

    def __init__(self, program: Program, panel: int, rows: int, width: int, columns: int) -> None:
        super().__init__(C, program)
        self.panel, self.row = panel, width
        self.loops = {FIRST_FLAT: ("m0 + ", rows), FIRST_FLAT + 2: ("", columns)}

    def turns(self, block: Block, depth: int) -> None:
        """A loop of a constant number of turns: compilers make the most of those."""
        number = block.loop.arg[0]
        if number == FIRST_FLAT + 1:
            self.line(f"const int64_t i{number} = n0 / {self.panel};", depth)
            return self.block(block, depth)
        if number not in self.loops:
            return super().turns(block, depth)
        start, count = self.loops[number]
        if self.is_only_stores(block):
            self.line("#pragma GCC ivdep", depth)
        self.line(f"for (int64_t j{number} = 0; j{number} < {count}; j{number}++) {{", depth)
        self.line(f"const int64_t i{number} = {start}j{number};", depth + 1)
        self.block(block, depth + 1)
        return self.line("}", depth)

    def expression(self, node: UOp) -> str:
        if node.op is Ops.LOAD and node.src[0].arg[0] == -1:
            return f"tile[j{FIRST_FLAT} * {self.row} + j{FIRST_FLAT + 2}]"
        return super().expression(node)


class Fetching(TileRenderer):
    """Writes which numbers will be needed soon, in the place of stores."""

    def store(self, store: Store, depth: int) -> None:
        self.line(f"__builtin_prefetch(p{store.param.arg[0]} + {self.bare(store.index)});", depth)


def least(value: str, most: int) -> str:
    """The smaller of two whole numbers, as C text."""
    return f"({value} < {most} ? {value} : {most})"


def flattened(axes: Sequence[Axis], flat: UOp) -> dict[UOp, UOp]:
    """Each of several loops in terms of one number that stands for all of them."""
    indices = unflatten(flat, tuple(axis.size for axis in axes))
    return {axis.loop: index for axis, index in zip(axes, indices)}


def render(program: Program, plain: type[Renderer]) -> tuple[list[str], int, int] | None:
    """The C lines for a program that is one sum of products, and the floats of scratch: in all, and for a thread.

    Parameters
    ----------
    plain: writes what strides leave without any product.
    """
    parts = [replace(program, nests=[nest]) for nest in by_stride(program.nests[0])]
    found = [find(part) for part in parts]
    if len(program.nests) > 1 or not any(found):
        return None
    lines, shared, own = [], 0, 0
    for part, product in zip(parts, found):
        if product is None:
            writer = plain(C, part)
            writer.nest(part.nests[0])
        else:
            writer = Writer(part, product, vectors.lanes())
            writer.write()
            shared, own = max(shared, writer.shared), max(own, writer.own)
        lines += writer.lines if len(parts) == 1 else ["    {", *writer.lines, "    }"]
    return lines, shared, own
