"""Threads: turns of the outermost loop that do not need each other are shared out among the processors.

A sum over everything has no such loop. It is cut into pieces, always the same ones however many threads there are, so
that the result does not depend on their number.
"""

from __future__ import annotations

from ..interpret import identity_of
from ..linearize import Block
from ..lower import Nest
from ..render import Renderer, accumulator_dtype
from ..uop import Ops, UOp

ENOUGH = 1 << 15  # operations that are worth the start of other threads
PIECES = 16  # of a sum


def work_in(block: Block) -> int:
    """Roughly how many operations one turn of a block takes."""
    own = sum(not isinstance(item, Block) for item in block.items)
    return own + sum(work_in(item) * item.loop.arg[1] for item in block.items if isinstance(item, Block))


class ThreadRenderer(Renderer):
    """Writes outermost loops for several threads."""

    shared = False  # whether the loop being written runs in one of several threads
    alone = False  # whether the nest must not be shared out
    piece_of: UOp | None = None  # the loop of which the piece being written does some turns

    def nest(self, nest: Nest, depth: int = 1) -> None:
        """Write a nest; only one whose turns need not come in order is shared out."""
        self.alone = not nest.in_any_order
        super().nest(nest, depth)

    def turns(self, block: Block, depth: int) -> None:
        """The loop itself, shared out if it is the outermost one and worth it."""
        turns = block.loop.arg[1]
        worth = not (self.alone or self.shared) and turns > 1 and work_in(block) * turns >= ENOUGH
        if not worth or any(node.op is Ops.RUNNING for node in block.starts):
            return super().turns(block, depth)
        self.shared = True
        if updates_of(block):
            self.pieces(block, depth)
        else:
            together = " simd" if self.is_only_stores(block) else ""
            self.line(f"#pragma omp parallel for{together} num_threads(threads) schedule(static)", depth)
            super().turns(block, depth)
        self.shared = False
        return None

    def pieces(self, block: Block, depth: int) -> None:
        """A sum in pieces; they are added up in order."""
        sums, turns, name = updates_of(block), block.loop.arg[1], self.name(block.loop)
        totals = {node: self.text[node] for node in sums}
        parts = {node: f"part{next(self.numbers)}" for node in sums}
        for node, part in parts.items():
            self.line(f"{self.dialect.type_of(accumulator_dtype(node))} {part}[{PIECES}];", depth)
        self.line("#pragma omp parallel for num_threads(threads) schedule(static)", depth)
        self.line(f"for (int64_t piece = 0; piece < {PIECES}; piece++) {{", depth)
        self.line(f"const int64_t {name}_first = {turns} * piece / {PIECES};", depth + 1)
        self.line(f"const int64_t {name}_last = {turns} * (piece + 1) / {PIECES};", depth + 1)
        for node in sums:
            dtype = accumulator_dtype(node)
            self.text[node] = f"a{next(self.numbers)}"
            first = self.dialect.literal(dtype, identity_of(node.arg, dtype))
            self.line(f"{self.dialect.type_of(dtype)} {self.text[node]} = {first};", depth + 1)
        self.piece_of = block.loop
        super().turns(block, depth + 1)
        self.piece_of = None
        for node, part in parts.items():
            self.line(f"{part}[piece] = {self.text[node]};", depth + 1)
            self.text[node] = totals[node]
        self.line("}", depth)
        self.line(f"for (int piece = 0; piece < {PIECES}; piece++) {{", depth)
        for node, part in parts.items():
            dtype = accumulator_dtype(node)
            value = self.dialect.expression(node.arg, dtype, [dtype, dtype], [totals[node], f"{part}[piece]"])
            self.line(f"{totals[node]} = {value};", depth + 1)
        self.line("}", depth)

    def limits(self, loop: UOp) -> tuple[str, str]:
        """Of a loop cut into pieces, the turns of the piece."""
        if loop is self.piece_of:
            return f"{self.name(loop)}_first", f"{self.name(loop)}_last"
        return super().limits(loop)


def updates_of(block: Block) -> list[UOp]:
    """The accumulators that are started before a loop, and added to in it or in loops within it."""
    return [node for node in block.starts if node.op is Ops.ACCUMULATE]
