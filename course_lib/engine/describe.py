"""Graphs and kernels in words: what an operation's argument says, what a kernel computes, what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import TYPE_CHECKING

from .signature import kernel_body
from .strides import reshape_groups
from .sugiyama import depths
from .uop import ELEMENTWISE, MOVEMENT, Ops, UOp, toposort

if TYPE_CHECKING:
    from .counters import Counters
    from .planning import ScheduleItem

WORDS = {
    Ops.NEG: "negate",
    Ops.ADD: "add",
    Ops.SUB: "subtract",
    Ops.MUL: "multiply",
    Ops.DIV: "divide",
    Ops.FLOORDIV: "floor divide",
    Ops.MOD: "remainder",
    Ops.FMOD: "remainder",
    Ops.LT: "compare",
    Ops.LE: "compare",
    Ops.EQ: "compare",
    Ops.NE: "compare",
    Ops.SHL: "shift",
    Ops.SHR: "shift",
    Ops.GATHER: "look up",
    Ops.ARGSORT: "sort",
}
RESULTS = {Ops.ADD: "sum", Ops.MUL: "product", Ops.MAXIMUM: "max", Ops.MINIMUM: "min"}
MOST_SHOWN = 80  # UOps of a graph; "... n more" stands for those before them
MOST_WORDS = 6  # of what a kernel computes; "and 3 more" stands for the rest


# -- one operation


def argument(node: UOp) -> str:
    """What a UOp's argument adds to its name, its dtype and its shape, in a few characters."""
    arg = node.arg
    match node.op:
        case Ops.CONST:
            return f"{arg:g}" if isinstance(arg, float) else str(arg)
        case Ops.IOTA:
            return f"0..{arg - 1}" if arg else "of nothing"
        case Ops.BUFFER:
            return f"on {arg[0].device}"
        case Ops.COPY:
            return f"to {arg}"
        case Ops.PERMUTE:
            return str(arg)
        case Ops.PAD:
            return " ".join(f"axis {axis}: {a}+{b}" for axis, (a, b) in enumerate(arg) if a or b)
        case Ops.SHRINK:
            whole = [(0, size) for size in node.src[0].shape]
            return f"[{', '.join(':' if pair == all_ else f'{pair[0]}:{pair[1]}' for pair, all_ in zip(arg, whole))}]"
        case Ops.FLIP:
            return axes_text(arg)
        case Ops.WINDOW:
            axis, size, stride, dilation = arg
            return f"axis {axis}: size {size}{steps(stride, dilation)}"
        case Ops.FOLD | Ops.SPREAD:
            axis, length, stride, dilation = arg
            return f"axis {axis}: to {length}{steps(stride, dilation)}"
        case Ops.REDUCE:
            return f"{arg[0].name} {axes_text(arg[1])}"
        case Ops.SCAN:
            return f"{arg[0].name} axis {arg[1]}"
        case Ops.SCATTER | Ops.ACCUMULATE | Ops.RUNNING:
            return str(arg)
        case Ops.ARGSORT:
            return "descending" if arg else ""
        case Ops.PARAM:
            return f"p{arg[0]}"
        case Ops.SCALAR:
            return f"s{arg}"
        case Ops.RANGE:
            return f"{loop_name(node)} in 0..{arg[1] - 1}"
        case Ops.CHECKED:
            return f"axis {arg[1]}: size {arg[0]}"
        case _:
            return ""


def steps(stride: int, dilation: int) -> str:
    return f" step {stride}" * (stride > 1) + f" apart {dilation}" * (dilation > 1)


def axes_text(axes: Sequence[int]) -> str:
    return f"ax{'i' if len(axes) == 1 else 'e'}s {', '.join(map(str, axes))}"


def loop_name(node: UOp) -> str:
    """The name of a loop's variable: i0, i1, ... for those over results, r0, r1, ... for those of reductions."""
    return f"i{node.arg[0]}" if node.arg[0] < 1 << 16 else f"r{node.arg[0] - (1 << 16)}"


def kind_of(node: UOp) -> str:
    """Dtype and shape."""
    return f"{node.dtype.name} {node.shape}"


def numbered(nodes: Iterable[UOp], numbers: dict[UOp, int]) -> list[str]:
    """A graph as text: a line for each UOp, with its number and those of its sources."""
    lines = []
    for node in nodes:
        sources = ", ".join(f"%{numbers[source]}" for source in node.src if source in numbers)
        extra = argument(node)
        lines.append(f"%{numbers[node]} = {node.op.name}({sources}){extra and ' ' + extra} : {kind_of(node)}")
    return lines


# -- numbers


def short(number: float) -> str:
    """A number in three digits: 1234567 is 1.23M."""
    for unit in ("", "k", "M", "G"):
        if abs(number) < 999.5:
            return f"{number:.3g}{unit}"
        number /= 1000
    return f"{number:.3g}T"


def time_text(seconds: float) -> str:
    """A time in the unit that suits it."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} us"
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


def counter_rows(counters: Counters) -> list[tuple[str, str]]:
    """The counters in words, and their values."""
    return [
        ("kernels run", f"{counters.kernels:,}"),
        ("kernels planned", f"{counters.scheduled:,}"),
        ("operations", short(counters.flops)),
        ("read and written", f"{short(counters.bytes)}B"),
        ("memory at most", f"{short(counters.peak_bytes)}B"),
        ("time in kernels", time_text(counters.seconds)),
        ("time to make kernels", time_text(counters.compile_seconds)),
    ]


def last_of(order: Sequence[UOp]) -> list[UOp]:
    """Those UOps of a graph that are shown: all, or the ``MOST_SHOWN`` nearest to its results.

    Every UOp that uses one of these is shown, too.
    """
    if len(order) <= MOST_SHOWN:
        return list(order)
    depth = depths({node: node.src for node in order})
    nearest = set(sorted(order, key=depth.__getitem__)[:MOST_SHOWN])
    return [node for node in order if node in nearest]


def graph_text(roots: Sequence[UOp]) -> str:
    """The UOps of a graph as text, sources first; of a large one the last."""
    order = toposort(roots)
    shown = last_of(order)
    note = [f"... {len(order) - len(shown):,} more"] if len(shown) < len(order) else []
    return "\n".join([*note, *numbered(shown, {node: number for number, node in enumerate(order)})])


# -- what a kernel computes


def summary(item: ScheduleItem) -> str:
    """What a kernel computes, in words.

    >>> summary((Tensor.rand(64, 128).realize() @ Tensor.rand(128, 10).realize()).relu().schedule()[0])
    'matmul 64x10x128, relu'
    """
    return described(kernel_body(item.kernel), item.kernel.inputs)


def described(body: Sequence[UOp], inputs: Iterable[UOp]) -> str:
    """What UOps compute, sources first, in words; each word is said once."""
    inputs = set(inputs)
    own = [node for node in body if node not in inputs]
    inside = {node.src[0] for node in own if is_matmul(node)}  # multiplications that are part of a matmul
    known = constants(body)
    words: dict[str, None] = dict.fromkeys(["random numbers"] if any(node.op is Ops.THREEFRY for node in own) else [])
    for node in own:
        if node not in inside and node not in known:
            words.update(dict.fromkeys(words_for(node)))
    if not words:
        return only_moved(own, inputs)
    said = list(words)
    return ", ".join(said[:MOST_WORDS]) + (f", and {len(said) - MOST_WORDS} more" if len(said) > MOST_WORDS else "")


def constants(body: Iterable[UOp]) -> set[UOp]:
    """The UOps that are numbers, however stretched."""
    found: set[UOp] = set()
    for node in body:
        if node.op is Ops.CONST or node.op in MOVEMENT and node.src and node.src[0] in found:
            found.add(node)
    return found


def only_moved(own: Sequence[UOp], inputs: set[UOp]) -> str:
    """Words for what computes nothing: numbers are copied, or written down."""
    moves = ", ".join(dict.fromkeys(node.op.name.lower() for node in own if node.op in MOVEMENT))
    if inputs:
        return f"copy ({moves})" if moves else "copy"
    if any(node.op is Ops.IOTA for node in own):
        return "count"
    return f"fill with {', '.join(argument(node) for node in own if node.op is Ops.CONST)}"


def words_for(node: UOp) -> list[str]:
    """The words for one UOp; none for what only moves numbers."""
    match node.op:
        case Ops.REDUCE if is_matmul(node):
            return [product_words(node)]
        case Ops.REDUCE:
            sizes = [node.src[0].shape[axis] for axis in node.arg[1]]
            return [f"{RESULTS[node.arg[0]]} over {'x'.join(map(str, sizes))}"]
        case Ops.SCAN:
            return [f"cumulative {RESULTS[node.arg[0]]}"]
        case Ops.SCATTER:
            return ["scatter" if node.arg == "SET" else f"scatter {RESULTS[node.arg]}"]
        case op if op in ELEMENTWISE - {Ops.THREEFRY} or op in (Ops.GATHER, Ops.ARGSORT):
            return [WORDS.get(op, op.name.lower())]
        case _:
            return []


def is_matmul(node: UOp) -> bool:
    """Whether it is a sum of products of two different things: a matmul or one of its kin."""
    if node.op is not Ops.REDUCE or node.arg[0] is not Ops.ADD or node.src[0].op is not Ops.MUL:
        return False
    a, b = map(varies, node.src[0].src)
    return a != b and bool(a & b & set(node.arg[1]))


def product_words(node: UOp) -> str:
    """How a sum of products is called, with its sizes: batch, rows, columns, and terms of each sum."""
    factors, shape = node.src[0].src, node.src[0].shape
    if any(passes(factor, (Ops.WINDOW, Ops.SPREAD)) for factor in factors):
        return f"convolution over {'x'.join(str(shape[axis]) for axis in node.arg[1])}"
    a, b = map(varies, factors)
    rows, columns, both = a - b, b - a, (a & b) - set(node.arg[1])
    sizes = [prod(shape[axis] for axis in axes) for axes in (both, rows, columns, node.arg[1])]
    name = "matmul" if rows and columns else "matrix-vector"
    return f"{name} {'x'.join(str(size) for size, axes in zip(sizes, (both, rows, columns, True)) if axes)}"


def varies(node: UOp) -> set[int]:
    """The axes along which a UOp's numbers can differ: it has not just been stretched along them."""
    shape = node.shape
    long = {axis for axis, size in enumerate(shape) if size != 1}
    if node.op is Ops.CONST:
        return set()
    if node.op is Ops.EXPAND:
        new = len(shape) - len(node.src[0].shape)
        return {axis + new for axis in varies(node.src[0])} & long
    if node.op is Ops.PERMUTE:
        source = varies(node.src[0])
        return {place for place, axis in enumerate(node.arg) if axis in source}
    if node.op is Ops.RESHAPE:
        source = varies(node.src[0])
        groups = reshape_groups(node.src[0].shape, shape)
        return {axis for old, new in groups if source & set(old) for axis in new} & long
    if node.op in ELEMENTWISE:
        return set().union(*map(varies, node.src))
    return long


def passes(node: UOp, ops: Sequence[Ops]) -> bool:
    """Whether, on its way through movements to this UOp, something went through one of ``ops``."""
    while node.op in MOVEMENT:
        if node.op in ops:
            return True
        node = node.src[0]
    return False
