"""Sums over everything in OpenCL: one function adds up pieces, a second one what the pieces gave.

Work-items cannot wait for all others, only functions wait for each other. The pieces are the same on all devices of a
kind, and are added up in order, so that results do not depend on who was first.
"""

from __future__ import annotations

from ..cstyle import OPENCL
from ..linearize import Block, linearize
from ..lower import Nest, Program
from ..render import accumulator_dtype
from ..render_opencl import ItemRenderer, Part, outermost, turns_of
from ..uop import Ops, UOp
from .lanes import columns
from .opencl_groups import GroupRenderer, within
from .opencl_wide import WideRenderer
from .threads import work_in

PIECES = 64
FEW, MANY = 8, 512  # sums that are cut into pieces, as rows and as columns; more of them are shared out as they are
ENOUGH = 1 << 16  # operations that are worth it


def to_cut(root: Block) -> tuple[list[Block], Block, UOp] | None:
    """The loops around sums that should be cut into pieces, the loop that the sums begin with, and which one to cut."""
    loops = outermost(root)
    block = loops[-1] if loops else root
    inner = [item for item in block.items if isinstance(item, Block)]
    if len(inner) != 1 or work_in(root) < ENOUGH or turns_of(loops) > (MANY if columns(block) else FEW):
        return None
    if not inner[0].starts or any(node.op is not Ops.ACCUMULATE for node in inner[0].starts):
        return None
    cut = next((link.loop for link in within(inner[0]) if link.loop.arg[1] >= PIECES), None)
    return None if cut is None else (loops, inner[0], cut)


def slot(node: UOp, place: int, rows: int, row: str) -> str:
    """Where the result of the piece that is being worked on is kept, 8 bytes for each."""
    dtype = accumulator_dtype(node)
    first = place * rows * PIECES * 8 // dtype.itemsize
    return f"((__global {OPENCL.type_of(dtype)} *)scratch)[{first} + {row} * {PIECES} + piece]"


class PieceRenderer(ItemRenderer):
    """Adds up one piece; what comes of it goes to scratch memory."""

    beside = False  # whether sums of neighbouring columns are added up together, and not each by itself

    def outside(self, root: Block, nest: Nest, depth: int) -> Block:
        """Which row, and which piece of it; nothing is written that comes after the sum."""
        loops, self.sum, cut = to_cut(root)
        block = loops[-1] if loops else root
        block.items = block.items[: block.items.index(self.sum) + 1]
        self.rows, self.row_text = turns_of(loops), "row"
        if self.beside and columns(block):
            loops = loops[:-1]
            self.row_text = f"(row * {block.loop.arg[1]} + {self.name(block.loop)})"
        rows = turns_of(loops)
        self.share_out(block, rows * PIECES)
        block = self.enter(root, loops, f"{self.unit} % {rows}", depth)
        self.line(f"const int64_t piece = {self.unit} / {rows};", depth)
        self.part(cut, "piece", -(-cut.arg[1] // PIECES), depth)
        return block

    def share_out(self, row: Block, rows: int) -> None:
        """Let one or more work-items add up each of so many pieces."""
        self.items, self.group = rows, PIECES

    def finish(self, block: Block) -> None:
        """After the sum its result is put into scratch memory, not yet rounded."""
        totals = [self.text[node] for node in block.starts]
        super().finish(block)
        if block is self.sum:
            for place, (node, total) in enumerate(zip(block.starts, totals)):
                self.line(f"{slot(node, place, self.rows, self.row_text)} = {total};", 1)


class WidePieceRenderer(PieceRenderer, WideRenderer):
    """Pieces for wide work-items."""

    beside = True

    def share_out(self, row: Block, rows: int) -> None:
        """Let a single work-item add up each piece."""
        self.items = rows


class GroupPieceRenderer(PieceRenderer, GroupRenderer):
    """Pieces for groups."""

    share_out = GroupRenderer.share_out


class TotalRenderer(ItemRenderer):
    """Adds up what the pieces gave, and does what is done to the sums."""

    def outside(self, root: Block, nest: Nest, depth: int) -> Block:
        """Which row this work-item does."""
        loops, self.sum, _ = to_cut(root)
        self.items = turns_of(loops)
        return self.enter(root, loops, self.unit, depth)

    def turns(self, block: Block, depth: int) -> None:
        """In the place of the sum's loop one over the pieces."""
        if block is not self.sum:
            return super().turns(block, depth)
        self.line(f"for (int piece = 0; piece < {PIECES}; piece++) {{", depth)
        for place, node in enumerate(block.starts):
            dtype, total = accumulator_dtype(node), self.text[node]
            sources = [total, slot(node, place, self.items, "row")]
            self.line(f"{total} = {self.dialect.expression(node.arg, dtype, [dtype, dtype], sources)};", depth + 1)
        self.line("}", depth)
        return None


def write(program: Program, nest: Nest, on_processor: bool) -> list[Part]:
    """A nest for wide work-items if it is for a processor, else for groups."""
    cut = to_cut(linearize(nest)) if nest.in_any_order else None
    kinds: list[type[ItemRenderer]] = [WideRenderer if on_processor else GroupRenderer]
    if cut is not None:
        in_columns = bool(cut[0]) and columns(cut[0][-1])
        kinds = [WidePieceRenderer if on_processor else PieceRenderer if in_columns else GroupPieceRenderer]
        kinds.append(TotalRenderer)
    parts = []
    for renderer in [kind(program) for kind in kinds]:
        renderer.nest(nest)
        scratch = renderer.rows * PIECES * len(renderer.sum.starts) * 8 if isinstance(renderer, PieceRenderer) else 0
        parts.append(Part(renderer.lines, renderer.items, renderer.group, scratch))
    return parts
