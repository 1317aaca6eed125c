"""Sums of products in OpenCL: the panels and tiles of ``contract.py``, for a processor or for a graphics card.

What they have in common is here: padded operands are copied with zeros around them by a function of their own, and
what is done to a sum is done while it is at hand. On a processor a work-item copies a panel of one operand, and lets
tiles of the other go against it with their sums in vectors. ``opencl_tiles_gpu.py`` has the other form.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from ..cstyle import OPENCL
from ..dtype import dtypes
from ..lower import Nest, Program
from ..render import Renderer
from ..render_opencl import GROUP, Part
from ..symbolic import add
from ..uop import Ops, UOp
from .contract import FIRST_FLAT, flattened
from .contraction import Contraction, merged
from .factors import Operand
from .packing import offset, place_in
from .split import substitute

LANES = 8  # of a vector: PoCL cannot compile wider ones on many processors
ROWS = 6  # of a tile, at most, with two vectors for each, which fill the 16 registers of most processors
DEPTH = 384  # of a panel, at most: it is to stay in the first cache
BAND = 120  # rows that go against one panel, or a few more: whole tiles


class TileRenderer(Renderer):
    """Writes what is done to the sums of a tile, in loops over its rows and columns.

    Parameters
    ----------
    found: the sum of products.
    rows, columns: for the loops over a tile's rows and columns, where they begin and end.
    sum_text: where the sum of row ``i4096`` and column ``i4097`` is.
    """

    def __init__(
        self, program: Program, found: Contraction, rows: tuple[str, str], columns: tuple[str, str], sum_text: str
    ) -> None:
        super().__init__(OPENCL, program)
        self.sum_text = sum_text
        self.m = UOp(Ops.RANGE, dtypes.int64, (), (FIRST_FLAT, max(prod(x.size for x in found.m), 2)))
        self.n = UOp(Ops.RANGE, dtypes.int64, (), (FIRST_FLAT + 1, max(prod(x.size for x in found.n), 2)))
        self.ends = {self.m: rows, self.n: columns}
        self.tile = UOp(Ops.PARAM, found.sum.dtype, (), (-1, 1))
        one_sum = UOp(Ops.LOAD, found.sum.dtype, (self.tile, add(self.m, self.n)))
        given = {**flattened(found.n, self.n), found.sum: one_sum}
        given |= flattened(found.m, self.m) if found.m else {}
        nest = program.nests[0]
        self.stores = nest.stores_of(substitute(nest.expressions, given))

    def write(self, loops: list[UOp], depth: int) -> list[str]:
        """The lines, with the loops over rows and columns in this order."""
        self.nest(Nest(loops, self.stores), depth)
        return self.lines

    def limits(self, loop: UOp) -> tuple[str, str]:
        """Of the loops over rows and columns, those of the tile."""
        return self.ends[loop] if loop in self.ends else super().limits(loop)

    def expression(self, node: UOp) -> str:
        """The text of an operation; the sum of products is read from the tile."""
        return self.sum_text if node.op is Ops.LOAD and node.src[0] is self.tile else super().expression(node)


class TileWriter:
    """What the functions for both kinds of devices have in common."""

    def __init__(self, program: Program, found: Contraction) -> None:
        self.program, self.found = program, found
        self.lines: list[str] = []
        self.m, self.n, self.k = merged(found.m), merged(found.n), merged(found.k)
        self.rows, self.columns = prod(x.size for x in self.m), prod(x.size for x in self.n)
        self.copies, self.scratch = {}, 0  # where in the scratch memory the copy of an operand begins, in floats
        for name, factor in (("a", found.a), ("b", found.b)):
            if factor.copied:
                self.copies[name] = self.scratch
                self.scratch += -(-factor.floats // 16) * 16

    def line(self, depth: int, text: str) -> None:
        """Add a line."""
        self.lines.append("    " * depth + text)

    def number(self, counts: Sequence[tuple[str, int]]) -> int:
        """From a group's number to several numbers, the first fastest; how many groups there are."""
        step = 1
        for name, count in counts:
            left = "get_group_id(0)" if step == 1 else f"get_group_id(0) / {step}"
            self.line(1, f"const int64_t {name} = {left} % {count};")
            step *= count
        return step

    def around(self) -> list[tuple[str, int]]:
        """The loops around the product, by name, each with its number of turns."""
        return [(f"i{loop.arg[0]}", loop.arg[1]) for loop in self.found.around]

    def operands(self) -> None:
        """Where both operands begin."""
        for name, factor in (("a", self.found.a), ("b", self.found.b)):
            memory = f"p{factor.load.src[0].arg[0]}"
            if name in self.copies:
                memory = f"(__global const float *)scratch + {self.copies[name]}"
            strides = factor.strides
            fixed = [f"i{loop.arg[0]} * {strides[loop]}L" for loop in self.found.around if loop in strides]
            self.line(1, f"__global const float *const {name} = {' + '.join([memory, *fixed, f'{factor.start}L'])};")

    def parts(self, on_processor: bool) -> list[Part]:
        """The functions: copies of padded operands, then the tiles."""
        factors = {"a": self.found.a, "b": self.found.b}
        copies = [copy_of(factors[name], start, on_processor) for name, start in self.copies.items()]
        return [*copies, self.write()]

    def write(self) -> Part:
        """The function that multiplies and adds."""
        raise NotImplementedError


def copy_of(factor: Operand, start: int, on_processor: bool) -> Part:
    """Copy an operand with zeros around its axes: a work-item or group for each run along the last axis."""
    *outer, (length, stride, before, run, _) = factor.copied
    lines, inside, source = [], [], [f"{factor.first}L"]
    for place, (count, step, first, padded, distance) in enumerate(outer):
        lines.append(f"const int64_t u{place} = (int64_t)(get_group_id(0) / {distance // run} % {padded}) - {first};")
        inside += [f"0 <= u{place} && u{place} < {count}"] if padded > count else []
        source.append(f"u{place} * {step}L")
    memory, first, step = f"p{factor.load.src[0].arg[0]}", "get_local_id(0)", GROUP
    if on_processor:
        first, step = "0", 1
    inside += [f"{before} <= u && u < {before + length}"] if run > length else []
    value = f"{memory}[{' + '.join(source)} + (u - {before}) * {stride}L]"
    lines += [
        f"__global float *const to = (__global float *)scratch + {start} + get_group_id(0) * {run}L;",
        f"for (int64_t u = {first}; u < {run}; u += {step})",
        f"    to[u] = {' && '.join(inside)} ? {value} : 0.0f;",
    ]
    return Part(["    " + line for line in lines], factor.floats // run * step, step, factor.floats * 4 + 64)


class PanelWriter(TileWriter):
    """Panels and tiles for a processor."""

    def __init__(self, program: Program, found: Contraction) -> None:
        super().__init__(program, found)
        self.vectors = 1 if self.columns <= LANES else 2
        self.width = self.vectors * LANES
        tiles = -(-self.rows * self.vectors // (2 * ROWS))
        self.tile = -(-self.rows // tiles)
        self.band = min(-(-BAND // self.tile), tiles) * self.tile
        sizes = [axis.size for axis in self.k]
        self.cut = next(place for place in range(len(sizes)) if prod(sizes[place + 1 :]) <= DEPTH)  # a loop over k
        self.whole, self.inner = sizes[self.cut], prod(sizes[self.cut + 1 :])
        self.chunk = min(self.whole, DEPTH // self.inner)  # turns of it for which there is place in a panel
        self.in_blocks = self.chunk < self.whole or self.cut > 0  # whether sums are put aside between panels

    def write(self) -> Part:
        """The function: a work-item for each band of rows and panel of columns."""
        bands, panels = -(-self.rows // self.band), -(-self.columns // self.width)
        items = self.number([("band", bands), ("place", panels), *self.around()])
        self.operands()
        self.line(1, f"const int64_t first = band * {self.band}, n0 = place * {self.width};")
        self.line(1, f"const int64_t last = {smaller(f'first + {self.band}', self.rows)};")
        self.line(1, f"const int64_t n1 = {smaller(f'n0 + {self.width}', self.columns)};")
        self.line(1, f"__local float{LANES} panel_memory[{self.chunk * self.inner * self.vectors}];")
        self.line(1, "__local float *const panel = (__local float *)panel_memory;")
        if self.in_blocks:
            self.line(1, f"__local float{LANES} sums[{self.band * self.vectors}];")
        for place, axis in enumerate(self.k[: self.cut]):
            self.line(1, f"for (int64_t q{place} = 0; q{place} < {axis.size}; q{place}++)")
        self.line(1, f"for (int64_t k0 = 0; k0 < {self.whole}; k0 += {self.chunk}) {{")
        self.line(2, f"const int64_t k1 = {smaller(f'k0 + {self.chunk}', self.whole)};")
        if self.in_blocks:
            outer = list(enumerate(self.k[: self.cut]))
            ends = [f"k1 == {self.whole}", *(f"q{place} == {axis.size - 1}" for place, axis in outer)]
            starts = ["k0 == 0", *(f"q{place} == 0" for place, _ in outer)]
            self.line(2, f"const bool begins = {' && '.join(starts)}, ends = {' && '.join(ends)};")
        self.pack(2)
        self.line(2, f"for (int64_t m0 = first; m0 < last; m0 += {self.tile}) {{")
        self.one_tile(3)
        self.line(2, "}")
        self.line(1, "}")
        return Part(self.lines, items)

    def over_k(self, depth: int, body: Sequence[str]) -> None:
        """Loops over the k of a panel around some lines."""
        inside = depth
        for place, axis in list(enumerate(self.k))[self.cut :]:
            start, stop = ("k0", "k1") if place == self.cut else ("0", str(axis.size))
            self.line(inside, f"for (int64_t q{place} = {start}; q{place} < {stop}; q{place}++) {{")
            inside += 1
        for text in body:
            self.line(inside, text)
        for level in range(inside - 1, depth - 1, -1):
            self.line(level, "}")

    def pack(self, depth: int) -> None:
        """Copy the panel, with zeros past the last column: row by row, or column by column if k runs along memory."""
        self.line(depth, "__local float *to = panel;")
        if self.k[-1].b == 1 and self.n[-1].b != 1:
            self.line(depth, f"for (int64_t n = n0; n < n0 + {self.width}; n++) {{")
            self.line(depth + 1, f"__global const float *const column = b + {offset(self.n, 'b', 'n')};")
            self.line(depth + 1, "to = panel + (n - n0);")
            copied, zero = f"*to = column[{place_in(self.k, 'b')}];", "*to = 0.0f;"
            self.line(depth + 1, "if (n < n1)")
            self.over_k(depth + 2, [copied, f"to += {self.width};"])
            self.line(depth + 1, "else")
            self.over_k(depth + 2, [zero, f"to += {self.width};"])
            self.line(depth, "}")
            return
        row = f"const __global float *const row = b + {place_in(self.k, 'b')};"
        copied = f"to[n - n0] = row[{offset(self.n, 'b', 'n')}];"
        whole = [f"for (int64_t n = n0; n < n0 + {self.width}; n++) {copied}"]
        cut = [f"for (int64_t n = n0; n < n0 + {self.width}; n++) to[n - n0] = 0.0f;"]
        cut.append(f"for (int64_t n = n0; n < n1; n++) {copied}")
        if self.columns % self.width:
            whole = [f"if (n1 - n0 == {self.width}) {{", *whole, "} else {", *cut, "}"]
        self.over_k(depth, [row, *whole, f"to += {self.width};"])

    def one_tile(self, depth: int) -> None:
        """The rows from ``m0`` on against the panel: their sums in vectors, and what becomes of them."""
        whole = self.rows % self.tile == 0
        for r in range(self.tile):
            row = f"m0 + {r}" if whole else f"(m0 + {r} < {self.rows} ? m0 + {r} : {self.rows - 1})"
            self.line(depth, f"__global const float *const a{r} = a + {offset(self.m, 'a', f'({row})')};")
        sums = [(r, v) for r in range(self.tile) for v in range(self.vectors)]
        kept = f"sums[(m0 - first) * {self.vectors} + {{}}]"
        for r, v in sums:
            start = f"(float{LANES})0.0f"
            if self.in_blocks:
                start = f"begins ? {start} : {kept.format(r * self.vectors + v)}"
            self.line(depth, f"float{LANES} c{r}_{v} = {start};")
        self.line(depth, "__local const float *from = panel;")
        body = [
            f"const float{LANES} b{v} = *(__local const float{LANES} *)(from + {v * LANES});"
            for v in range(self.vectors)
        ]
        body.append(f"const int64_t at = {place_in(self.k, 'a')};")
        for r in range(self.tile):
            products = " ".join(f"c{r}_{v} = c{r}_{v} + x{r} * b{v};" for v in range(self.vectors))
            body.append(f"const float x{r} = a{r}[at]; {products}")
        self.over_k(depth, [*body, f"from += {self.width};"])
        if self.in_blocks:
            self.line(depth, "if (!ends) {")
            for r, v in sums:
                self.line(depth + 1, f"{kept.format(r * self.vectors + v)} = c{r}_{v};")
            self.line(depth + 1, "continue;")
            self.line(depth, "}")
        self.line(depth, f"float{LANES} tile_memory[{len(sums)}];")
        for r, v in sums:
            self.line(depth, f"tile_memory[{r * self.vectors + v}] = c{r}_{v};")
        self.line(depth, "const float *const tile = (const float *)tile_memory;")
        stop = f"m0 + {self.tile}"
        if not whole:
            self.line(depth, f"const int64_t m1 = {smaller(stop, self.rows)};")
            stop = "m1"
        right = "n1" if self.columns % self.width else f"n0 + {self.width}"
        one_sum = f"tile[(i{FIRST_FLAT} - m0) * {self.width} + i{FIRST_FLAT + 1} - n0]"
        renderer = TileRenderer(self.program, self.found, ("m0", stop), ("n0", right), one_sum)
        order = [renderer.m, renderer.n] if self.found.in_rows else [renderer.n, renderer.m]
        self.lines += renderer.write(order, depth)


def smaller(text: str, limit: int) -> str:
    """The smaller of an expression and a number. OpenCL's ``min`` would be a call."""
    return f"{text} < {limit} ? {text} : {limit}"
