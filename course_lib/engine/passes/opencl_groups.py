"""Groups: on a graphics card, the sums of a row are added up by a whole group of work-items.

Neighbouring work-items read neighbouring numbers, which such a card fetches in one go. Each adds up every 128th; then
half of the group adds the results of the other half to its own, half of these do so again, until one number is left.
The rest of what is done to a row is shared out in the same way.
"""

from __future__ import annotations

from ..linearize import Block
from ..lower import Nest, Store
from ..render import accumulator_dtype
from ..render_opencl import GROUP, ItemRenderer, outermost, turns_of
from ..symbolic import take_apart
from ..uop import Ops, UOp

LEAST = 64  # numbers in a row that are worth a group


def within(block: Block) -> list[Block]:
    """A loop and those that it holds, as long as there is one in each."""
    chain = [block]
    while len(inner := [item for item in chain[-1].items if isinstance(item, Block)]) == 1 and not inner[0].starts:
        chain.append(inner[0])
    return chain


def longest(block: Block) -> Block:
    """Which of a loop and those in it is shared out: the longest, of equal ones the innermost."""
    return max(reversed(within(block)), key=lambda link: link.loop.arg[1])


def rows_of(root: Block) -> Block | None:
    """The block for one row, if what it adds up is worth a group, and runs along memory."""
    loops = outermost(root)
    row = loops[-1] if loops else root
    blocks = [item for item in row.items if isinstance(item, Block)]
    sums = [block for block in blocks if block.starts]
    if not sums or any(node.op is not Ops.ACCUMULATE for node in all_starts(row)):
        return None
    worth = all(longest(block).loop.arg[1] >= LEAST for block in sums)
    return row if worth and all(along_memory(block) for block in sums) else None


def all_starts(block: Block) -> list[UOp]:
    """What is added up anywhere within a block."""
    inner = [node for item in block.items if isinstance(item, Block) for node in all_starts(item)]
    return [*block.starts, *inner]


def along_memory(block: Block) -> bool:
    """Whether neighbouring turns of the loop that is shared out read neighbouring numbers."""
    shared = longest(block).loop
    items = [item for link in within(block) for item in link.items]
    loads = [take_apart(item.src[1])[0] for item in items if isinstance(item, UOp) and item.op is Ops.LOAD]
    return not loads or any(abs(terms.get(shared, 0)) == 1 for terms in loads)


class GroupRenderer(ItemRenderer):
    """Writes what a work-item does as one of the group that works on a row."""

    unit = "get_group_id(0)"
    row: Block | None = None  # what a group works on
    shared: frozenset[UOp] = frozenset()  # the loops of which each member of a group does some turns

    def outside(self, root: Block, nest: Nest, depth: int) -> Block:
        """Which row a group works on, if rows are worth one; else which turn a work-item does."""
        row = rows_of(root) if nest.in_any_order else None
        if row is None:
            return super().outside(root, nest, depth)
        loops = outermost(root)
        self.share_out(row, turns_of(loops))
        return self.enter(root, loops, self.unit, depth)

    def share_out(self, row: Block, rows: int) -> None:
        """Let a group work on each of some rows."""
        self.row, self.items, self.group = row, rows * GROUP, GROUP
        self.shared = frozenset(longest(item).loop for item in row.items if isinstance(item, Block))
        self.line("const int64_t member = get_local_id(0);", 1)

    def turns(self, block: Block, depth: int) -> None:
        """A loop; of one that is shared out each member does every 128th turn."""
        if block.loop not in self.shared:
            return super().turns(block, depth)
        name, (start, stop) = self.name(block.loop), self.limits(block.loop)
        first = "member" if start == "0" else f"{start} + member"
        self.line(f"for (int64_t {name} = {first}; {name} < {stop}; {name} += {GROUP}) {{", depth)
        self.block(block, depth + 1)
        self.line("}", depth)
        return None

    def finish(self, block: Block) -> None:
        """After a loop over a row the members put together what each has added up."""
        if self.row is not None and block in self.row.items:
            for node in block.starts:
                self.add_up(node)
        super().finish(block)

    def add_up(self, node: UOp) -> None:
        """Put together what the members of a group have."""
        dtype, total = accumulator_dtype(node), self.text[node]
        values = f"{total}_of"
        value = self.dialect.expression(
            node.arg, dtype, [dtype, dtype], [f"{values}[member]", f"{values}[member + half_of_them]"]
        )
        for line in (
            f"__local {self.dialect.type_of(dtype)} {values}[{GROUP}];",
            f"{values}[member] = {total};",
            "barrier(CLK_LOCAL_MEM_FENCE);",
            f"for (int half_of_them = {GROUP // 2}; half_of_them > 0; half_of_them /= 2) {{",
            f"    if (member < half_of_them) {values}[member] = {value};",
            "    barrier(CLK_LOCAL_MEM_FENCE);",
            "}",
            f"{total} = {values}[0];",
        ):
            self.line(line, 1)

    def store(self, store: Store, depth: int) -> None:
        """Write a value to memory; of what is the same for all members only the first one's."""
        if self.row is not None and depth == 1:  # outside all loops
            self.line("if (member == 0)", depth)
            depth += 1
        super().store(store, depth)
