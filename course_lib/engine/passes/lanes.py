"""Sums in lanes: many partial results side by side, so that vectors can be used, and less is lost to rounding.

``a = a + x[i]`` has to wait for the sum before. 32 sums of every 32nd element need not, and a compiler that must keep
the order of additions can still do them all at once: each lane has its order. At the end, and every few thousand
elements, the lanes are put together.
"""

from __future__ import annotations

from ..interpret import identity_of
from ..linearize import Block, Update
from ..lower import Store
from ..render import Renderer, accumulator_dtype
from ..symbolic import take_apart
from ..uop import Ops, UOp

BYTES = 128  # of lanes: two of the widest vectors
FEW = 8  # lanes that are left after the first steps of putting them together
COLUMNS = 64  # sums that are computed side by side
STRIP = 4096  # elements that go into the lanes before they are put together


def fits(block: Block) -> bool:
    """Whether a loop does nothing but compute values, store them and add them up."""
    updates = [item.accumulator for item in block.items if isinstance(item, Update)]
    return (
        bool(updates)
        and all(isinstance(item, UOp | Update | Store) for item in block.items)
        and all(node.op is Ops.ACCUMULATE and node.dtype.itemsize >= 4 for node in updates)
        and block.loop.arg[1] >= 32
    )


def columns(block: Block) -> list[Block] | None:
    """The loops of the sum that a loop's turns each compute, if neighbouring turns read neighbouring elements."""
    inner = [item for item in block.items if isinstance(item, Block)]
    if len(inner) != 1 or not inner[0].starts or block.loop is None or block.loop.arg[1] < 8:
        return None
    chain = inner
    while any(isinstance(item, Block) for item in chain[-1].items):
        further = [item for item in chain[-1].items if isinstance(item, Block)]
        if len(further) != 1 or further[0].starts:
            return None
        chain.append(further[0])
    items = [item for link in (block, *chain) for item in link.items]
    updates = {item.accumulator for item in items if isinstance(item, Update)}
    if updates != set(chain[0].starts) or any(node.op is not Ops.ACCUMULATE for node in updates):
        return None
    loads = [take_apart(item.src[1])[0] for item in items if isinstance(item, UOp) and item.op is Ops.LOAD]
    along_sum = any(terms.get(chain[-1].loop) == 1 and block.loop in terms for terms in loads)
    return chain if any(terms.get(block.loop) == 1 for terms in loads) and not along_sum else None


class LaneRenderer(Renderer):
    """Writes innermost sums in lanes."""

    in_lanes: dict[UOp, str] = {}

    def turns(self, block: Block, depth: int) -> None:
        chain = columns(block)
        if chain is not None:
            return self.beside_each_other(block, chain, depth)
        if not fits(block):
            return super().turns(block, depth)
        sums = [item.accumulator for item in block.items if isinstance(item, Update)]
        lanes = BYTES // max(node.dtype.itemsize for node in sums)
        name, (start, stop) = self.name(block.loop), self.limits(block.loop)
        begin, end = f"{name}_begin", f"{name}_end"
        self.line(f"for (int64_t {begin} = {start}; {begin} < {stop}; {begin} += {STRIP}) {{", depth)
        self.line(f"const int64_t {end} = {begin} + {STRIP} < {stop} ? {begin} + {STRIP} : {stop};", depth + 1)
        arrays = {node: f"lane{next(self.numbers)}" for node in sums}
        for node, array in arrays.items():
            kind, first = (
                self.dialect.type_of(node.dtype),
                self.dialect.literal(node.dtype, identity_of(node.arg, node.dtype)),
            )
            self.line(f"{kind} {array}[{lanes}];", depth + 1)
            self.line(f"for (int l = 0; l < {lanes}; l++) {array}[l] = {first};", depth + 1)
        self.line(f"int64_t {name}_at = {begin};", depth + 1)
        self.line(f"for (; {name}_at + {lanes} <= {end}; {name}_at += {lanes})", depth + 1)
        if any(isinstance(item, Store) for item in block.items):
            self.line("#pragma GCC ivdep", depth + 2)  # what is stored is not what is read
        self.line(f"for (int l = 0; l < {lanes}; l++) {{", depth + 2)
        self.line(f"const int64_t {name} = {name}_at + l;", depth + 3)
        self.body(block, depth + 3, {node: f"{array}[l]" for node, array in arrays.items()})
        self.line("}", depth + 2)
        self.line(f"for (int64_t {name} = {name}_at; {name} < {end}; {name}++) {{", depth + 1)
        self.body(block, depth + 2, {node: f"{array}[0]" for node, array in arrays.items()})
        self.line("}", depth + 1)
        for node, array in arrays.items():
            self.put_together(node, array, lanes, depth + 1)
        self.line("}", depth)
        return None

    def put_together(self, node: UOp, array: str, lanes: int, depth: int) -> None:
        """Add up lanes: in pairs, of which none waits for another, and the first steps in vectors."""
        dtype, few = accumulator_dtype(node), f"{array}_{FEW}"

        def total(parts: list[str]) -> str:
            if len(parts) == 1:
                return parts[0]
            halves = [total(parts[: len(parts) // 2]), total(parts[len(parts) // 2 :])]
            return self.dialect.expression(node.arg, dtype, [dtype] * 2, halves)

        read = [f"{array}[l + {first}]" for first in range(0, lanes, FEW)]
        if dtype is not node.dtype:
            read = [self.dialect.expression(Ops.CAST, dtype, [node.dtype], [part]) for part in read]
        self.line(f"{self.dialect.type_of(dtype)} {few}[{FEW}];", depth)
        self.line(f"for (int l = 0; l < {FEW}; l++) {few}[l] = {total(read)};", depth)
        name = self.text[node]
        self.line(f"{name} = {total([name, total([f'{few}[{l}]' for l in range(FEW)])])};", depth)

    def beside_each_other(self, block: Block, chain: list[Block], depth: int) -> None:
        """Many sums side by side: all elements of a row are added, each to its own sum, before the next row is read."""
        sums, name, (start, stop) = chain[0].starts, self.name(block.loop), self.limits(block.loop)
        before = block.items[: block.items.index(chain[0])]
        after = block.items[block.items.index(chain[0]) + 1 :]
        at, width = f"{name}_at", f"{name}_width"
        self.line(f"for (int64_t {at} = {start}; {at} < {stop}; {at} += {COLUMNS}) {{", depth)
        left, turns = f"{stop} - {at} < {COLUMNS} ? {stop} - {at} : {COLUMNS}", block.loop.arg[1]
        if turns < COLUMNS or turns % COLUMNS == 0:
            left = str(min(turns, COLUMNS))  # always the same: compilers make more of that
        self.line(f"const int64_t {width} = {left};", depth + 1)
        arrays = {node: f"lane{next(self.numbers)}" for node in sums}
        for node, array in arrays.items():
            dtype = accumulator_dtype(node)
            first = self.dialect.literal(dtype, identity_of(node.arg, dtype))
            self.line(f"{self.dialect.type_of(dtype)} {array}[{COLUMNS}];", depth + 1)
            self.line(f"for (int l = 0; l < {COLUMNS}; l++) {array}[l] = {first};", depth + 1)
        inner = depth + 1
        for link in chain:
            loop = self.name(link.loop)
            first, last = self.limits(link.loop)
            self.line(f"for (int64_t {loop} = {first}; {loop} < {last}; {loop}++) {{", inner)
            inner += 1
        each = [f"for (int l = 0; l < {width}; l++) {{", f"    const int64_t {name} = {at} + l;"]
        for line in each:
            self.line(line, inner)
        for node, array in arrays.items():
            self.text[node] = f"{array}[l]"
        inside = [item for link in (block, *chain) for item in (before if link is block else link.items)]
        self.block(Block(block.loop, None, [item for item in inside if not isinstance(item, Block)]), inner + 1)
        for level in range(inner, depth, -1):
            self.line("}", level)
        for line in each:
            self.line(line, depth + 1)
        self.finish(chain[0])
        self.block(Block(block.loop, None, [*before, *after]), depth + 2)
        self.line("}", depth + 1)
        self.line("}", depth)

    def body(self, block: Block, depth: int, places: dict[UOp, str]) -> None:
        before, self.in_lanes = self.in_lanes, places
        self.block(block, depth)
        self.in_lanes = before

    def update(self, node: UOp, depth: int) -> None:
        place = self.in_lanes.get(node)
        if place is None:
            return super().update(node, depth)
        value = self.dialect.expression(node.arg, node.dtype, [node.dtype] * 2, [place, self.name(node.src[0])])
        self.line(f"{place} = {value};", depth)
        return None
