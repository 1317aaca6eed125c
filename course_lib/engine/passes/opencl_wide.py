"""Wide work-items: on a processor, each does a long run of turns, in loops that its compiler can make vectors of.

A processor runs as many work-items at once as it has cores, so a work-item for each number only costs time. Here there
are some sixty, whatever the number of threads, and in each are loops as in C, with sums in lanes.
"""

from __future__ import annotations

from ..linearize import Block
from ..lower import Nest
from ..render_opencl import ItemRenderer, outermost, turns_of
from .lanes import COLUMNS, LaneRenderer, at_once, columns, fits
from .threads import work_in

ITEMS = 64  # work-items, at most
ENOUGH = 1 << 12  # operations that are worth a work-item
SHORT = 5  # statements in a loop whose lanes are written out


class WideRenderer(LaneRenderer, ItemRenderer):
    """Writes what one of a few work-items does."""

    unrolls = False  # whether loops over lanes are to be written out

    def outside(self, root: Block, nest: Nest, depth: int) -> Block:
        """Which turns of the outermost loops this work-item does: one of the outer ones, a part of the next."""
        wanted = min(ITEMS, work_in(root) // ENOUGH)
        loops = outermost(root)
        if not nest.in_any_order or wanted < 2 or not loops:
            return root
        whole: list[Block] = []  # of these each work-item does one turn
        for block in loops:
            if columns(block) or turns_of([*whole, block]) > wanted:
                break
            whole.append(block)
        self.items = turns_of(whole)
        block = self.enter(root, whole, f"{self.unit} % {self.items}", depth) if whole else root
        if len(whole) < len(loops):
            cut = loops[len(whole)]
            turns = cut.loop.arg[1]
            length = -(-turns * self.items // wanted)
            if columns(cut) or not any(isinstance(item, Block) for item in cut.items):  # it runs along memory
                length = -(-length // COLUMNS) * COLUMNS
            self.part(cut.loop, f"{self.unit} / {self.items}", length, depth)
            self.items *= -(-turns // length)
        return block

    def turns(self, block: Block, depth: int) -> None:
        """A loop; lanes are written out where their number is known and little is done in each."""
        chains, turns = columns(block), block.loop.arg[1]
        width = at_once(turns)
        known = fits(block) if chains is None else turns < width or turns % width == 0  # how many lanes there are
        self.unrolls = known and sum(len(link.items) for chain in chains or [[block]] for link in chain) <= SHORT
        super().turns(block, depth)
        self.unrolls = False

    def line(self, text: str, depth: int) -> None:
        """Add a line; above a loop over lanes the request to write it out."""
        if self.unrolls and text.startswith("for (int l = 0;"):
            super().line("#pragma unroll", depth)  # otherwise lanes stay in memory and not in registers
        super().line(text, depth)
