"""OpenCL C around a kernel's loops: a function for each nest, many work-items that run it, and who does what.

A work-item is told its number and does its share. How loops become work-items is what the writers of parts decide:
the plain one here gives each turn of the outermost loops to one, which suits graphics processors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .cstyle import OPENCL
from .dtype import dtypes
from .linearize import Block
from .lower import Nest, Program
from .render import CHECK, FIRST_IN_OPENCL, Renderer
from .uop import Ops, UOp

GROUP = 128  # work-items that are started together


@dataclass
class Part:
    """What one OpenCL function does.

    Attributes
    ----------
    lines: of its body.
    items: how many work-items there are.
    group: how many of them form a group, which can share memory; it divides ``items``.
    scratch: how many bytes of memory it needs, together with the other parts of its kernel.
    """

    lines: list[str]
    items: int = 1
    group: int = 1
    scratch: int = 0


@dataclass
class OpenCLKernel:
    """The text of a kernel's functions, and the name, work-items and group of each in order."""

    text: str
    functions: list[tuple[str, int, int]]
    scratch: int


def outermost(root: Block) -> list[Block]:
    """The loops that hold nothing but each other, and values that the inner ones need, from the outside in."""
    loops, block = [], root
    while True:
        inner = [item for item in block.items if isinstance(item, Block)]
        if len(inner) != 1 or inner[0].starts or not all(isinstance(item, Block | UOp) for item in block.items):
            return loops
        block = inner[0]
        loops.append(block)


def turns_of(loops: Sequence[Block]) -> int:
    """How many turns loops in each other make."""
    turns = 1
    for block in loops:
        turns *= block.loop.arg[1]
    return turns


class ItemRenderer(Renderer):
    """Writes what one work-item does: one turn of the outermost loops. Neighbours do neighbouring turns."""

    unit = "get_global_id(0)"  # the number of whoever works on a row
    cut: UOp | None = None  # the loop of which each does only a part

    def __init__(self, program: Program) -> None:
        super().__init__(OPENCL, program)
        self.items = self.group = 1

    def outside(self, root: Block, nest: Nest, depth: int) -> Block:
        """Which turn of the outermost loops this work-item does."""
        loops = outermost(root)
        turns = turns_of(loops)
        if not nest.in_any_order or turns == 1:
            return root
        self.items, self.group = -(-turns // GROUP) * GROUP, GROUP
        return self.enter(root, loops, "get_global_id(0)", depth, spare=self.items > turns)

    def part(self, loop: UOp, number: str, length: int, depth: int) -> None:
        """Do only some turns of a loop: those of its part with that number."""
        self.cut, name, turns = loop, self.name(loop), loop.arg[1]
        self.line(f"const int64_t {name}_first = ({number}) * {length};", depth)
        stop = f"{name}_first + {length} < {turns} ? {name}_first + {length} : {turns}"
        self.line(f"const int64_t {name}_last = {stop};", depth)

    def limits(self, loop: UOp) -> tuple[str, str]:
        """Of a loop that is cut into parts, the turns of the part."""
        if loop is self.cut:
            return f"{self.name(loop)}_first", f"{self.name(loop)}_last"
        return super().limits(loop)

    def enter(self, root: Block, loops: Sequence[Block], number: str, depth: int, spare: bool = False) -> Block:
        """Write which turn of each loop has a number, and what is computed outside the last loop; returns that one.

        Parameters
        ----------
        spare: whether there are more work-items than turns.
        """
        turns = turns_of(loops)
        kind = "uint32_t" if turns < 1 << 31 else "uint64_t"  # dividing 64 bits is slow on graphics processors
        self.line(f"const {kind} row = {number};", depth)
        if spare:
            self.line(f"if (row >= {turns}) return;", depth)
        step = turns
        for block in loops:
            step //= block.loop.arg[1]
            turn = "row" if step == 1 else f"row / {step}"
            rest = "" if block is loops[0] else f" % {block.loop.arg[1]}"
            self.line(f"const int64_t {self.name(block.loop)} = {turn}{rest};", depth)
        around = [root, *loops]
        for block in around[:-1]:
            self.block(Block(None, None, [item for item in block.items if not isinstance(item, Block)]), depth)
        return around[-1]


def plain(program: Program, nest: Nest) -> list[Part]:
    """A nest without any pass."""
    renderer = ItemRenderer(program)
    renderer.nest(nest)
    return [Part(renderer.lines, renderer.items, renderer.group)]


def render_opencl(program: Program, key: str, write: Callable[[Program, Nest], list[Part]] = plain) -> OpenCLKernel:
    """One OpenCL function for each nest or part of it: each is done before the next begins."""
    return kernel_of(program, key, [part for nest in program.nests for part in write(program, nest)])


def kernel_of(program: Program, key: str, parts: Sequence[Part]) -> OpenCLKernel:
    """Functions around the lines of parts."""
    names = [f"k_{key}_{place}" for place in range(len(parts))]
    texts = [opencl_function(program, name, part.lines) for name, part in zip(names, parts)]
    functions = [(name, part.items, part.group) for name, part in zip(names, parts)]
    return OpenCLKernel("\n".join(texts), functions, sum(part.scratch for part in parts))


def opencl_function(program: Program, name: str, body: Sequence[str]) -> str:
    """A function whose buffers are ``p0``, ``p1`` and so on, and its numbers ``s0``, ``s1``. No two buffers overlap."""
    written = {store.param for nest in program.nests for store in nest.stores}
    arguments, head = [], []
    for param in program.params:
        constant, pointer, start = "" if param in written else "const ", f"p{param.arg[0]}", f"start{param.arg[0]}"
        arguments.append(f"__global {constant}{OPENCL.storage_of(param.dtype)} *restrict {pointer}")
        head.append(f"    {pointer} += {start};")
    arguments += [f"int64_t start{param.arg[0]}" for param in program.params]
    arguments += ["__global const double *scalars", "__global int64_t *error", "__global void *scratch"]
    for scalar in program.scalars:
        value = OPENCL.expression(Ops.CAST, scalar.dtype, [dtypes.float64], [f"scalars[{scalar.arg}]"])
        head.append(f"    const {OPENCL.type_of(scalar.dtype)} s{scalar.arg} = {value};")
    return "\n".join([f"__kernel void {name}({', '.join(arguments)}) {{", *head, *body, "}", ""])


def opencl_source(texts: Sequence[str]) -> str:
    """A whole source file with the functions of several kernels."""
    text = "\n".join(texts)
    check = CHECK.format(space="__global ", first=FIRST_IN_OPENCL) if "check_index(" in text else ""
    return f"{OPENCL.preamble}\n{OPENCL.helpers(text)}\n{check}\n{text}"
