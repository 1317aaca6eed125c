"""Sums in lanes: many partial results side by side, so that vectors can be used, and less is lost to rounding.

``a = a + x[i]`` has to wait for the sum before. 32 sums of every 32nd element need not, and a compiler that must keep
the order of additions can still do them all at once: each lane has its order. At the end, and every few thousand
elements, the lanes are put together.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..dtype import DType, dtypes
from ..interpret import identity_of
from ..linearize import Block, Item, Update
from ..lower import Store
from ..render import Renderer, accumulator_dtype
from ..symbolic import take_apart
from ..uop import Ops, UOp

BYTES = 128  # of lanes: two of the widest vectors
FEW = 4  # lanes that are left at the end, and put together one by one
COLUMNS = 128  # sums that are computed side by side, or half as many if there are few
FLAT_STRIP = 128  # rows that are added up in the columns' own dtype before they go into sums of more digits
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


def chain_of(block: Block) -> list[Block] | None:
    """The loops of a sum, each in the one before, if there is nothing else in them."""
    chain = [block]
    while any(isinstance(item, Block) for item in chain[-1].items):
        further = [item for item in chain[-1].items if isinstance(item, Block)]
        if len(further) != 1 or further[0].starts:
            return None
        chain.append(further[0])
    updates = {item.accumulator for link in chain for item in link.items if isinstance(item, Update)}
    alike = updates == set(block.starts) and all(node.op is Ops.ACCUMULATE for node in updates)
    return chain if updates and alike else None


def columns(block: Block) -> list[list[Block]] | None:
    """The loops of the sums that a loop's turns each compute, if neighbouring turns read neighbouring elements."""
    if block.loop is None or block.loop.arg[1] < 8:
        return None
    chains = [chain_of(item) for item in block.items if isinstance(item, Block)]
    for chain in chains:
        items = [item for link in (block, *(chain or ())) for item in link.items]
        loads = [take_apart(item.src[1])[0] for item in items if isinstance(item, UOp) and item.op is Ops.LOAD]
        along = any(terms.get(block.loop) == 1 for terms in loads)
        if not along or chain is None or any(terms.get(chain[-1].loop) == 1 and block.loop in terms for terms in loads):
            return None
    return chains or None


def at_once(turns: int) -> int:
    """How many of so many columns are added up side by side."""
    return COLUMNS if turns >= 4 * COLUMNS else COLUMNS // 2


def is_extremum(node: UOp) -> bool:
    """Whether NaN is looked for separately: the larger of two numbers is one instruction, but it passes NaN over.

    Bits without the sign, as a whole number, are larger than those of infinity for NaN alone.
    """
    return node.arg in (Ops.MAXIMUM, Ops.MINIMUM) and node.dtype is dtypes.float32


def sign_of(node: UOp) -> str:
    """How a better number stands to a worse one, for a maximum or a minimum."""
    return ">" if node.arg is Ops.MAXIMUM else "<"


def larger(name: str, other: str) -> str:
    """C text that makes a variable the larger one of itself and another number."""
    return f"{name} = {name} > {other} ? {name} : {other}"


def without_blocks(items: Iterable[Item]) -> Block:
    """A block outside all loops with what is no loop among some items."""
    return Block(None, None, [item for item in items if not isinstance(item, Block)])


class LaneRenderer(Renderer):
    """Writes innermost sums in lanes."""

    in_lanes: dict[UOp, str] = {}  # the text of the lane that each sum is added to now
    with_sizes = False  # whether extrema look for NaN separately

    def turns(self, block: Block, depth: int) -> None:
        """A loop: in lanes if it adds up, with many sums side by side if its turns do, else as it is."""
        chains = columns(block)
        if chains is not None:
            self.beside_each_other(block, chains, depth)
        elif fits(block):
            self.in_strips(block, depth)
        else:
            super().turns(block, depth)

    def in_strips(self, block: Block, depth: int) -> None:
        """A sum in lanes, which are put together after each strip of elements."""
        sums = [item.accumulator for item in block.items if isinstance(item, Update)]
        lanes = BYTES // max(node.dtype.itemsize for node in sums)
        name, (start, stop) = self.name(block.loop), self.limits(block.loop)
        begin, end = f"{name}_begin", f"{name}_end"
        self.line(f"for (int64_t {begin} = {start}; {begin} < {stop}; {begin} += {STRIP}) {{", depth)
        self.line(f"const int64_t {end} = {begin} + {STRIP} < {stop} ? {begin} + {STRIP} : {stop};", depth + 1)
        arrays = {node: f"lane{next(self.numbers)}" for node in sums}
        for node, array in arrays.items():
            self.define(array, node.dtype, node.arg, lanes, depth + 1)
            if is_extremum(node):
                self.define(f"{array}_size", dtypes.uint32, Ops.ADD, lanes, depth + 1)
        self.line(f"int64_t {name}_at = {begin};", depth + 1)
        self.line(f"for (; {name}_at + {lanes} <= {end}; {name}_at += {lanes})", depth + 1)
        if any(isinstance(item, Store) for item in block.items):
            self.line("#pragma GCC ivdep", depth + 2)  # what is stored is not what is read
        self.line(f"for (int l = 0; l < {lanes}; l++) {{", depth + 2)
        self.line(f"const int64_t {name} = {name}_at + l;", depth + 3)
        self.body(block, depth + 3, {node: f"{array}[l]" for node, array in arrays.items()}, with_sizes=True)
        self.line("}", depth + 2)
        if (start, stop) != ("0", str(block.loop.arg[1])) or block.loop.arg[1] % lanes:  # some may be left
            self.line(f"for (int64_t {name} = {name}_at; {name} < {end}; {name}++) {{", depth + 1)
            self.body(block, depth + 2, {node: f"{array}[0]" for node, array in arrays.items()}, with_sizes=True)
            self.line("}", depth + 1)
        for node, array in arrays.items():
            self.put_together(node, array, lanes, depth + 1)
        self.line("}", depth)

    def put_together(self, node: UOp, array: str, lanes: int, depth: int) -> None:
        """Add up lanes: each of the first half takes one of the second half, again and again."""
        dtype, halves, every = accumulator_dtype(node), array, lanes

        def taken(a: str, b: str) -> str:
            if is_extremum(node):
                return f"{a} {sign_of(node)} {b} ? {a} : {b}"
            return self.dialect.expression(node.arg, dtype, [dtype] * 2, [a, b])

        if dtype is not node.dtype:
            halves = f"{array}_wide"
            self.line(f"{self.dialect.type_of(dtype)} {halves}[{lanes}];", depth)
            wide = self.dialect.expression(Ops.CAST, dtype, [node.dtype], [f"{array}[l]"])
            self.line(f"for (int l = 0; l < {lanes}; l++) {halves}[l] = {wide};", depth)
        while lanes > (1 if is_extremum(node) else FEW):
            lanes //= 2
            value = taken(f"{halves}[l]", f"{halves}[l + {lanes}]")
            self.line(f"for (int l = 0; l < {lanes}; l++) {halves}[l] = {value};", depth)
        for lane in range(lanes):
            both = [self.text[node], f"{halves}[{lane}]"]  # the first may be NaN
            self.line(f"{both[0]} = {self.dialect.expression(node.arg, dtype, [dtype] * 2, both)};", depth)
        if is_extremum(node):
            self.line(f"uint32_t {array}_largest = 0;", depth)
            self.line(f"for (int l = 0; l < {every}; l++)", depth)
            self.line(f"{larger(f'{array}_largest', f'{array}_size[l]')};", depth + 1)
            self.line(f"if ({array}_largest > 0x7f800000u) {self.text[node]} = NAN;", depth)

    def beside_each_other(self, block: Block, chains: list[list[Block]], depth: int) -> None:
        """Many sums side by side: all elements of a row are added, each to its own sum, before the next row is read."""
        name, (start, stop) = self.name(block.loop), self.limits(block.loop)
        at, width = f"{name}_at", f"{name}_width"
        beside = at_once(block.loop.arg[1])
        self.line(f"for (int64_t {at} = {start}; {at} < {stop}; {at} += {beside}) {{", depth)
        left, turns = f"{stop} - {at} < {beside} ? {stop} - {at} : {beside}", block.loop.arg[1]
        if (start, stop) == ("0", str(turns)) and (turns < beside or turns % beside == 0):
            left = str(min(turns, beside))  # always the same: compilers make more of that
        self.line(f"const int64_t {width} = {left};", depth + 1)
        for number, chain in enumerate(chains):
            self.sums_of(block, chain, chains[:number], beside, depth + 1)
        self.each_column(block, depth + 1)
        self.finish(chains[-1][0])
        self.block(without_blocks(block.items), depth + 2)
        self.line("}", depth + 1)
        self.line("}", depth)

    def each_column(self, block: Block, depth: int) -> None:
        """The beginning of a loop over the columns that are side by side."""
        name = self.name(block.loop)
        self.line(f"for (int l = 0; l < {name}_width; l++) {{", depth)
        self.line(f"const int64_t {name} = {name}_at + l;", depth + 1)

    def sums_of(self, block: Block, chain: list[Block], known: list[list[Block]], beside: int, depth: int) -> None:
        """The sums of one chain of loops for so many columns; what is known of a column before is computed again."""
        arrays = {node: f"lane{next(self.numbers)}" for node in chain[0].starts}
        for node, array in arrays.items():
            self.define(array, accumulator_dtype(node), node.arg, beside, depth)
        for link in chain[:-1]:
            loop, (first, last) = self.name(link.loop), self.limits(link.loop)
            self.line(f"for (int64_t {loop} = {first}; {loop} < {last}; {loop}++) {{", depth)
        loop, (first, last) = self.name(chain[-1].loop), self.limits(chain[-1].loop)
        self.line(
            f"for (int64_t {loop}_begin = {first}; {loop}_begin < {last}; {loop}_begin += {FLAT_STRIP}) {{", depth
        )
        end = f"{loop}_begin + {FLAT_STRIP}"
        self.line(f"const int64_t {loop}_end = {end} < {last} ? {end} : {last};", depth + 1)
        for node, array in arrays.items():
            self.define(f"{array}_part", node.dtype, node.arg, beside, depth + 1)
        self.line(f"for (int64_t {loop} = {loop}_begin; {loop} < {loop}_end; {loop}++)", depth + 1)
        self.each_column(block, depth + 2)
        for earlier in known[-1:]:
            self.finish(earlier[0])
        before = block.items[: block.items.index(chain[0])]
        inside = without_blocks([*before, *(item for link in chain for item in link.items)])
        self.body(inside, depth + 3, {node: f"{array}_part[l]" for node, array in arrays.items()})
        self.line("}", depth + 2)
        self.line(f"for (int l = 0; l < {self.name(block.loop)}_width; l++) {{", depth + 1)
        for node, array in arrays.items():
            self.text[node] = f"{array}[l]"
            self.add(node, f"{array}_part[l]", depth + 2)
        self.line("}", depth + 1)
        for _ in chain:
            self.line("}", depth)

    def define(self, array: str, dtype: DType, operation: Ops, length: int, depth: int) -> None:
        """An array of sums that have not begun."""
        self.line(f"{self.dialect.type_of(dtype)} {array}[{length}];", depth)
        start = self.dialect.literal(dtype, identity_of(operation, dtype))
        self.line(f"for (int l = 0; l < {length}; l++) {array}[l] = {start};", depth)

    def body(self, block: Block, depth: int, places: dict[UOp, str], with_sizes: bool = False) -> None:
        """Write what is done in a turn, with sums added to the lanes in ``places``."""
        before, self.in_lanes, self.with_sizes = self.in_lanes, places, with_sizes
        self.block(block, depth)
        self.in_lanes = before

    def update(self, node: UOp, depth: int) -> None:
        """One step of a sum, in its lane if it has one."""
        place = self.in_lanes.get(node)
        if place is None:
            return super().update(node, depth)
        value = self.name(node.src[0])
        if self.with_sizes and is_extremum(node):
            size = place.replace("[", "_size[")
            self.line(f"{place} = {value} {sign_of(node)} {place} ? {value} : {place};", depth)
            self.line(f"{larger(size, f'(pack_float32({value}) & 0x7fffffffu)')};", depth)
        else:
            self.line(
                f"{place} = {self.dialect.expression(node.arg, node.dtype, [node.dtype] * 2, [place, value])};", depth
            )
        return None
