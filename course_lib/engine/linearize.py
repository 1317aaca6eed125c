"""From expressions to statements in order: which loop each value is computed in, and what comes before what.

A value belongs into the innermost loop that it depends on, and no deeper: what does not change while a loop turns is
computed before it. So the maximum of a row lands between the loop over rows and the loop over the row's elements, just
because it depends on the one and not on the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .lower import Nest, Store
from .uop import Ops, UOp, toposort

LEAVES_OF_KERNELS = frozenset({Ops.CONST, Ops.PARAM, Ops.SCALAR, Ops.RANGE})
Loops = frozenset[UOp]
Contents = dict["Block", list["Item"]]


@dataclass(eq=False)
class Block:
    """A loop and what is done in each of its turns; ``loop`` is None for what stands outside all loops.

    Attributes
    ----------
    items: in order: UOps to compute, inner blocks, accumulators to update, and stores.
    starts: accumulators to set to their start value before the loop.
    """

    loop: UOp | None
    parent: Block | None = None
    items: list[Item] = field(default_factory=list)
    starts: list[UOp] = field(default_factory=list)
    needs: dict[UOp, None] = field(default_factory=dict)  # computed outside, used inside

    def around(self) -> Iterable[Block]:
        """This block and all that it stands in, innermost first."""
        block: Block | None = self
        while block is not None:
            yield block
            block = block.parent

    def __repr__(self) -> str:
        """The block and what is in it as indented text."""
        from .pseudocode import block_text

        return block_text(self)


@dataclass(frozen=True)
class Update:
    """One step of an accumulator, an ACCUMULATE or RUNNING."""

    accumulator: UOp


Item = UOp | Block | Update | Store  # what stands in a block


def dependencies(order: list[UOp]) -> dict[UOp, Loops]:
    """The loop variables that each value depends on. An accumulator does not depend on the loops that it runs over.

    Accumulators that share their loops stand in one place, so each of them depends on all that any of them does.
    """
    shared: dict[tuple[UOp, ...], Loops] = {}
    while True:
        before, depends = dict(shared), {}
        for node in order:
            below = frozenset().union(*[depends[source] for source in node.src])
            if node.op is Ops.RANGE:
                below = frozenset([node])
            elif node.op is Ops.ACCUMULATE:
                loops = node.src[1:]
                below = shared[loops] = shared.get(loops, frozenset()) | below.difference(loops)
            depends[node] = below
        if before == shared:
            return depends


class Linearizer:
    """Puts the values of one nest into blocks; see ``linearize``."""

    def __init__(self, nest: Nest) -> None:
        self.nest = nest
        self.order = toposort(nest.expressions)
        self.depends = dependencies(self.order)
        self.accumulators = [node for node in self.order if node.op is Ops.ACCUMULATE]
        self.running = [node for node in self.order if node.op is Ops.RUNNING]
        run_over = {loop for node in self.accumulators for loop in node.src[1:]}
        self.own = run_over.union(nest.loops, nest.beside)  # other loop variables are given from outside
        self.root = Block(None)
        self.blocks: dict[UOp, Block] = {}
        self.depth: dict[Block, int] = {self.root: 0}

    def urgency(self, loop: UOp) -> int:
        """How many values want this loop outside the others, since they are computed once for each of its turns."""
        if any(node.src[1] is loop for node in self.running):
            return -1
        wanted = [self.depends[node] for node in self.accumulators]
        wanted += [self.depends[store.index] for store in self.nest.stores]
        return sum(loop in loops for loops in wanted)

    def open(self, loops: Iterable[UOp], parent: Block) -> None:
        """Make blocks for loops that stand in each other."""
        for loop in sorted(loops, key=self.urgency, reverse=True):
            if loop not in self.blocks and loop.op is Ops.RANGE:
                self.blocks[loop] = Block(loop, parent)
                self.depth[self.blocks[loop]] = self.depth[parent] + 1
            parent = self.blocks.get(loop, parent)

    def innermost(self, loops: Iterable[UOp]) -> Block:
        """The innermost block among those of some loops."""
        blocks = [self.block_of_loop(loop) for loop in loops if loop in self.own]
        return max(blocks, key=self.depth.__getitem__, default=self.root)

    def block_of_loop(self, loop: UOp) -> Block:
        """The block of a loop; those of reductions are made when they are first asked for."""
        if loop not in self.blocks:  # it is run over by accumulators: they stand where all that they depend on is known
            sharing = [node for node in self.accumulators if loop in node.src[1:]]
            around = frozenset().union(*[self.depends[node] for node in sharing])
            self.open(sharing[0].src[1:], self.innermost(around))
        return self.blocks[loop]

    def place(self, node: UOp) -> Block:
        """The block in which a value is known."""
        return self.innermost(self.depends[node])

    def run(self) -> Block:
        """Make blocks for all loops, and fill them; returns the outermost one."""
        self.open(self.nest.loops, self.root)
        for loop in self.nest.beside:
            self.open([loop], self.innermost(self.nest.loops))
        known = {node: self.place(node) for node in self.order if node.op not in LEAVES_OF_KERNELS}
        contents, uses = self.contents(known)
        for node, user in uses:
            for block in user.around() if node in known else ():
                if block is known[node]:
                    break
                block.needs[node] = None
        for block in self.blocks.values():
            contents.setdefault(block.parent, []).append(block)
        for block, items in contents.items():
            block.items = self.sorted(items)
        return self.root

    def contents(self, known: dict[UOp, Block]) -> tuple[Contents, list[tuple[UOp, Block]]]:
        """What is done in each block, in no order yet, and which values are used in which.

        Parameters
        ----------
        known: for each value the block in which it is known.
        """
        contents: Contents = {}
        uses: list[tuple[UOp, Block]] = []
        for node, block in known.items():
            if node.op is Ops.ACCUMULATE:
                inner = self.innermost(node.src[1:])
                outermost = min(map(self.block_of_loop, node.src[1:]), key=self.depth.__getitem__)
                outermost.starts.append(node)
                contents.setdefault(inner, []).append(Update(node))
                uses.append((node.src[0], inner))
            else:
                if node.op is Ops.RUNNING:
                    self.blocks[node.src[1]].starts.append(node)
                contents.setdefault(block, []).append(Update(node) if node.op is Ops.RUNNING else node)
                uses.extend((source, block) for source in node.src)
        for store in self.nest.stores:
            loops = self.depends[store.index] | self.depends[store.value]
            block = self.innermost(loops if store.update is None else self.nest.loops)
            contents.setdefault(block, []).append(store)
            uses.extend((part, block) for part in (store.index, store.value))
        return contents, uses

    def sorted(self, items: list[Item]) -> list[Item]:
        """The items of a block, each after what it needs; stores last."""
        maker: dict[UOp, UOp | Block | Update] = {}
        for item in items:
            if isinstance(item, Block):
                maker.update({node: item for node in item.starts if node.op is Ops.ACCUMULATE})
            elif isinstance(item, Update):
                if item.accumulator.op is Ops.RUNNING:
                    maker[item.accumulator] = item
            elif isinstance(item, UOp):
                maker[item] = item
        order: list[Item] = []
        finished: set[int] = set()
        stores_last = sorted(items, key=lambda item: isinstance(item, Store), reverse=True)
        stack = [(item, False) for item in stores_last]
        while stack:
            item, ready = stack.pop()
            if ready:
                order.append(item)
            elif id(item) not in finished:
                finished.add(id(item))
                stack.append((item, True))
                stack.extend((maker[node], False) for node in needs_of(item) if node in maker)
        return order


def needs_of(item: Item) -> Iterable[UOp]:
    """The values that must be known before an item's turn."""
    if isinstance(item, Block):
        return item.needs
    if isinstance(item, Update):
        return item.accumulator.src[:1]
    if isinstance(item, Store):
        return (item.index, item.value)
    return item.src


def linearize(nest: Nest) -> Block:
    """The blocks of one nest, outermost first, with everything in an order in which it can run."""
    return Linearizer(nest).run()
