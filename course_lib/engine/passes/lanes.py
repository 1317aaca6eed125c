"""Sums in lanes: many partial results side by side, so that vectors can be used, and less is lost to rounding.

``a = a + x[i]`` has to wait for the sum before. 32 sums of every 32nd element need not, and a compiler that must keep
the order of additions can still do them all at once: each lane has its order. At the end, and every few thousand
elements, the lanes are put together.
"""

from __future__ import annotations

from ..interpret import identity_of
from ..linearize import Block, Update
from ..render import Renderer
from ..uop import Ops, UOp

BYTES = 128  # of lanes: two of the widest vectors
STRIP = 4096  # elements that go into the lanes before they are put together


def fits(block: Block) -> bool:
    """Whether a loop does nothing but compute values and add them up."""
    updates = [item.accumulator for item in block.items if isinstance(item, Update)]
    return (
        bool(updates)
        and all(isinstance(item, UOp | Update) for item in block.items)
        and all(node.op is Ops.ACCUMULATE and node.dtype.itemsize >= 4 for node in updates)
        and block.loop.arg[1] >= 32
    )


class LaneRenderer(Renderer):
    """Writes innermost sums in lanes."""

    in_lanes: dict[UOp, str] = {}

    def turns(self, block: Block, depth: int) -> None:
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
            kind, first = self.dialect.type_of(node.dtype), self.dialect.literal(node.dtype, identity_of(node.arg, node.dtype))
            self.line(f"{kind} {array}[{lanes}];", depth + 1)
            self.line(f"for (int l = 0; l < {lanes}; l++) {array}[l] = {first};", depth + 1)
        self.line(f"int64_t {name}_at = {begin};", depth + 1)
        self.line(f"for (; {name}_at + {lanes} <= {end}; {name}_at += {lanes})", depth + 1)
        self.line(f"for (int l = 0; l < {lanes}; l++) {{", depth + 2)
        self.line(f"const int64_t {name} = {name}_at + l;", depth + 3)
        self.body(block, depth + 3, {node: f"{array}[l]" for node, array in arrays.items()})
        self.line("}", depth + 2)
        self.line(f"for (int64_t {name} = {name}_at; {name} < {end}; {name}++) {{", depth + 1)
        self.body(block, depth + 2, {node: f"{array}[0]" for node, array in arrays.items()})
        self.line("}", depth + 1)
        for node, array in arrays.items():
            self.line(f"for (int l = 0; l < {lanes}; l++) {{", depth + 1)
            self.add(node, f"{array}[l]", depth + 2)
            self.line("}", depth + 1)
        self.line("}", depth)
        return None

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
