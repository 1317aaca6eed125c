"""Sums of products on a graphics card: a group of work-items for each block of 64 rows and 64 columns.

The group copies 16 of k at a time, of all its rows and columns, into memory that its members share; each number read
from the card's slow memory is used 64 times. A member has 4 by 4 sums, 16 rows and columns apart from each other, so
that neighbours read and write neighbouring numbers.
"""

from __future__ import annotations

from math import prod

from ..linearize import Block
from ..lower import Program
from ..render_opencl import OpenCLKernel, Part, kernel_of
from .contract import FIRST_FLAT
from .contraction import Axis, find
from .opencl_tiles import PanelWriter, TileRenderer, TileWriter
from .packing import offset

SIDE = 16  # members of a group along each side of a block
SUMS = 4  # of a member, in each direction
BLOCK = SIDE * SUMS
DEPTH = 16  # of k that are copied together
MEMBERS = SIDE * SIDE


class BlockRenderer(TileRenderer):
    """Writes what a member does to its sums. The loops have fixed ends, so that compilers keep sums in registers."""

    def turns(self, block: Block, depth: int) -> None:
        """The loop over the member's own rows or columns."""
        name, (member, size) = self.name(block.loop), self.limits(block.loop)
        counter = f"{name}_turn"
        self.line("#pragma unroll", depth)
        self.line(f"for (int {counter} = 0; {counter} < {SUMS}; {counter}++) {{", depth)
        self.line(f"const int64_t {name} = {member} + {SIDE} * {counter};", depth + 1)
        self.line(f"if ({name} < {size}) {{", depth + 1)
        self.block(block, depth + 2)
        self.line("}", depth + 1)
        self.line("}", depth)


class BlockWriter(TileWriter):
    """Blocks for a graphics card."""

    def write(self) -> Part:
        """The function: a group for each block of sums."""
        row, column = ("member / 16", "member % 16") if self.found.in_rows else ("member % 16", "member / 16")
        depth = prod(axis.size for axis in self.k)
        counts = [("across", -(-self.columns // BLOCK)), ("down", -(-self.rows // BLOCK)), *self.around()]
        groups = self.number(counts)
        self.operands()
        for line in (
            f"const int64_t m0 = down * {BLOCK}, n0 = across * {BLOCK};",
            f"const int member = get_local_id(0), row = {row}, column = {column};",
            f"__local float of_a[{DEPTH}][{BLOCK + 1}], of_b[{DEPTH}][{BLOCK + 1}];",
            f"float sums[{SUMS}][{SUMS}];",
            f"for (int i = 0; i < {SUMS}; i++) for (int j = 0; j < {SUMS}; j++) sums[i][j] = 0.0f;",
            f"for (int64_t k0 = 0; k0 < {depth}; k0 += {DEPTH}) {{",
        ):
            self.line(1, line)
        self.share("a", self.m, "m0", self.rows, depth)
        self.share("b", self.n, "n0", self.columns, depth)
        for line in (
            "barrier(CLK_LOCAL_MEM_FENCE);",
            f"for (int k = 0; k < {DEPTH}; k++) {{",
            "    #pragma unroll",
            f"    for (int i = 0; i < {SUMS}; i++) {{",
            f"        const float x = of_a[k][row + {SIDE} * i];",
            "        #pragma unroll",
            f"        for (int j = 0; j < {SUMS}; j++) sums[i][j] += x * of_b[k][column + {SIDE} * j];",
            "    }",
            "}",
            "barrier(CLK_LOCAL_MEM_FENCE);",
        ):
            self.line(2, line)
        self.line(1, "}")
        ends = [("m0 + row", str(self.rows)), ("n0 + column", str(self.columns))]
        one_sum = f"sums[i{FIRST_FLAT}_turn][i{FIRST_FLAT + 1}_turn]"
        renderer = BlockRenderer(self.program, self.found, *ends, one_sum)
        self.lines += renderer.write([renderer.m, renderer.n], 1)
        return Part(self.lines, groups * MEMBERS, MEMBERS)

    def share(self, name: str, axes: list[Axis], first: str, size: int, depth: int) -> None:
        """Copy a part of an operand; neighbouring members read along memory where that is possible."""
        along_k = abs(getattr(self.k[-1], name)) == 1
        line, k = (f"e / {DEPTH}", f"e % {DEPTH}") if along_k else (f"e % {BLOCK}", f"e / {BLOCK}")
        place = f"{name}[{offset(axes, name, f'({first} + line)')} + {offset(self.k, name, '(k0 + k)')}]"
        inside = f"{first} + line < {size} && k0 + k < {depth}"
        self.line(2, f"for (int e = member; e < {DEPTH * BLOCK}; e += {MEMBERS}) {{")
        self.line(3, f"const int line = {line}, k = {k};")
        self.line(3, f"of_{name}[k][line] = {inside} ? {place} : 0.0f;")
        self.line(2, "}")


def render(program: Program, key: str, on_processor: bool) -> OpenCLKernel | None:
    """A program as tiles, if it is one sum of products."""
    found = find(program)
    if found is None:
        return None
    writer = (PanelWriter if on_processor else BlockWriter)(program, found)
    return kernel_of(program, key, writer.parts(on_processor))
