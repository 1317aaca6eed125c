"""A kernel's loops as indented text, before any language's rules are put on them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .describe import argument, kind_of, loop_name
from .dtype import dtypes
from .interpret import identity_of
from .linearize import Block, Update, linearize, needs_of
from .lower import Store
from .uop import Ops, UOp

if TYPE_CHECKING:
    from .planning import ScheduleItem

# How operations of two sources are written, and how tightly they bind. All others are written as calls.
SIGNS = {
    Ops.MUL: ("*", 6),
    Ops.DIV: (" / ", 6),
    Ops.FLOORDIV: (" // ", 6),
    Ops.MOD: (" % ", 6),
    Ops.ADD: (" + ", 5),
    Ops.SUB: (" - ", 5),
    Ops.SHL: (" << ", 4),
    Ops.SHR: (" >> ", 4),
    Ops.AND: (" and ", 1),
    Ops.OR: (" or ", 0),
    Ops.XOR: (" != ", 2),
    Ops.LT: (" < ", 2),
    Ops.LE: (" <= ", 2),
    Ops.EQ: (" == ", 2),
    Ops.NE: (" != ", 2),
}
WHOLE = {Ops.AND: (" & ", 3), Ops.OR: (" | ", 3), Ops.XOR: (" ^ ", 3)}  # bit by bit
NAMES = {Ops.MAXIMUM: "max", Ops.MINIMUM: "min"}
TIGHTEST, LOOSEST = 9, 0
LONGEST = 70  # characters that are written in the place of a name
INDEX = frozenset({Ops.ADD, Ops.MUL, Ops.FLOORDIV, Ops.MOD, Ops.LT, Ops.LE, Ops.AND})


class Pseudocode:
    """Writes blocks; see ``block_text``."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.text: dict[UOp, tuple[str, int]] = {}  # what is written for a value, and how tightly that binds
        self.used: Counter[UOp] = Counter()
        self.user: dict[UOp, Block] = {}  # the block that a value was last used in
        self.written: set[UOp] = set()
        self.index: set[UOp] = set()  # values made of loop variables and numbers alone
        self.named: Counter[str] = Counter()

    def count(self, block: Block) -> None:
        """Count how often each value is used, and note where."""
        for item in block.items:
            if isinstance(item, Block):
                self.count(item)
                continue
            if isinstance(item, Store):
                self.written.add(item.param)
            needed = list(needs_of(item))
            self.used.update(needed)
            self.user.update(dict.fromkeys(needed, block))

    def block(self, block: Block, depth: int) -> None:
        for item in block.items:
            if isinstance(item, Block):
                self.loop(item, depth)
            elif isinstance(item, Store):
                target = f"p{item.param.arg[0]}[{self.write(item.index)}]"
                self.line(f"{target} {self.step(target, item.update, self.write(item.value))}", depth)
            elif isinstance(item, Update):
                name = self.write(item.accumulator)
                self.line(f"{name} {self.step(name, item.accumulator.arg, self.write(item.accumulator.src[0]))}", depth)
            else:
                self.value(item, block, depth)

    def loop(self, block: Block, depth: int) -> None:
        for node in block.starts:
            self.line(f"{self.name(node, 'a')} = {identity_of(node.arg, node.dtype)}", depth)
        self.line(f"for {loop_name(block.loop)} in 0..{block.loop.arg[1] - 1}:", depth)
        self.block(block, depth + 1)

    def value(self, node: UOp, block: Block, depth: int) -> None:
        """Give a value a line of its own, unless it is short and used just once in its block, or part of an index."""
        written = self.expression(node)
        alone = self.used[node] == 1 and self.user[node] is block and len(written[0]) <= LONGEST
        if node.op in INDEX and all(s in self.index or s.op in (Ops.RANGE, Ops.CONST) for s in node.src):
            self.index.add(node)
            alone = True
        if node.op is Ops.LOAD and node.src[0] in self.written:  # a later store may change it
            alone = False
        if alone:
            self.text[node] = written
        else:
            self.line(f"{self.name(node, 'v')} = {written[0]}", depth)

    def name(self, node: UOp, letter: str) -> str:
        name = f"{letter}{self.named[letter]}"
        self.named[letter] += 1
        self.text[node] = (name, TIGHTEST)
        return name

    def step(self, target: str, operation: Ops | None, value: str) -> str:
        """What follows the target of an assignment."""
        if operation is None:
            return f"= {value}"
        if operation in (Ops.ADD, Ops.MUL):
            return f"{SIGNS[operation][0].strip()}= {value}"
        return f"= {NAMES[operation]}({target}, {value})"

    def write(self, node: UOp, around: int = LOOSEST) -> str:
        """The text of a value, in parentheses if it stands in something that binds more tightly."""
        if node not in self.text:
            self.text[node] = self.expression(node)
        text, binds = self.text[node]
        return text if binds >= around else f"({text})"

    def expression(self, node: UOp) -> tuple[str, int]:
        """The text of one operation on values that have theirs."""
        match node.op:
            case Ops.RANGE:
                return loop_name(node), TIGHTEST
            case Ops.CONST | Ops.SCALAR:
                return argument(node), TIGHTEST
            case Ops.LOAD:
                element = f"p{node.src[0].arg[0]}[{self.write(node.src[1])}]"
                if len(node.src) == 2:
                    return element, TIGHTEST
                return f"{element} if {self.write(node.src[2], 1)} else 0", LOOSEST
            case Ops.WHERE:
                condition, yes, no = (self.write(source, 1) for source in node.src)
                return f"{yes} if {condition} else {no}", LOOSEST
            case Ops.ADD if node.src[1].op is Ops.CONST and node.src[1].arg < 0:
                return f"{self.write(node.src[0], 5)} - {argument(node.src[1])[1:]}", 5
            case Ops.AND if node.dtype is dtypes.bool:
                return self.conditions(node), 1
            case Ops.CAST | Ops.BITCAST:
                return f"{node.dtype.name}({self.write(node.src[0])})", TIGHTEST
            case op if op in SIGNS or op in WHOLE:
                sign, binds = WHOLE[op] if op in WHOLE and node.dtype is not dtypes.bool else SIGNS[op]
                return f"{self.write(node.src[0], binds)}{sign}{self.write(node.src[1], binds + 1)}", binds
            case op:
                sources = ", ".join(map(self.write, node.src))
                return f"{NAMES.get(op, op.name.lower())}({sources})", TIGHTEST

    def conditions(self, node: UOp) -> str:
        """Several conditions; those that hold a value between two numbers, as in ``1 <= i < 9``, together."""
        first, last = node.src
        before = first.src[1] if first.op is Ops.AND else first
        follows = last.op is Ops.LT and before.op is Ops.LE and before.src[1] is last.src[0]
        if follows and self.text[first][1] != TIGHTEST:  # it is written out, not named
            return f"{self.write(first, 1)} < {self.write(last.src[1], 3)}"
        return f"{self.write(first, 1)} and {self.write(last, 2)}"

    def line(self, text: str, depth: int) -> None:
        self.lines.append("    " * depth + text)


def block_text(block: Block) -> str:
    """A block, and all blocks in it, in words."""
    code = Pseudocode()
    code.count(block)
    (code.block if block.loop is None else code.loop)(block, 0)
    return "\n".join(code.lines)


def loops_text(item: ScheduleItem) -> str:
    """A kernel in words: its buffers and numbers, then its loops.

    >>> print(loops_text(Tensor.rand(4, 3).realize().sum().schedule()[0]))
    p0: float32 (1, 1), written
    p1: float32 (4, 3)
    a0 = 0
    for r0 in 0..3:
        for r1 in 0..2:
            a0 += p1[r0*3 + r1]
    p0[0] = a0
    """
    if item.sorts is not None:
        return item.source
    written = len(item.kernel.outputs)
    lines = [
        f"p{place}: {kind_of(nodes[0])}" + ", read" * (len(nodes) > 1) + ", written" * (place < written)
        for place, nodes in enumerate(item.known.params)
    ]
    lines += [f"s{place} = {argument(node)}" for place, node in enumerate(item.known.scalars)]
    return "\n".join([*lines, *(block_text(linearize(nest)) for nest in item.program.nests)])
