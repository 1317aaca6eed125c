"""Horizontal: kernels that do the same to different arrays become one.

An optimizer does the same to each parameter, and a network may have hundreds, most of them small. A kernel for each has
to be compiled for each size, is called for each, and a short array is not worth a second thread. Seen as parts of one
long row, the arrays need one loop: compiled once, called once, its turns shared out evenly.

The kernels that can be merged compute each element from the elements at the same place, and from single numbers. Of
these, two cannot need each other, however indirectly, if the longest way from each to the end of the schedule is
equally long; and all that are merged at one distance leave the others' distances as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod

from ..cstyle import C
from ..dtype import dtypes
from ..kernel import UNIT, Kernel, Labels, in_order
from ..lower import Nest, Program, Store
from ..render import Renderer
from ..signature import COMMON_NUMBERS, kernel_body
from ..symbolic import flat, loop, number
from ..uop import ELEMENTWISE, IDENTITIES, Ops, UOp, toposort
from .split import substitute
from .threads import ENOUGH

MOVES = (Ops.RESHAPE, Ops.EXPAND, Ops.PERMUTE)
PIECES = 64  # that the row of all arrays is shared out in


# -- which kernels


@dataclass(frozen=True)
class Form:
    """What a kernel does to each element.

    Attributes
    ----------
    text: its operations, without sizes.
    single: of the things it reads those that are single numbers.
    """

    text: str
    single: tuple[bool, ...]


def form_of(kernel: Kernel) -> Form | None:
    """The form of a kernel that treats all elements alike."""
    if kernel.closed or kernel.sums or kernel.fastest or kernel.places:
        return None
    every = tuple(range(len(kernel.loops)))

    def along(labels: Labels) -> tuple[int, ...]:
        return tuple(label for label in labels if label != UNIT)

    if any(along(labels) != every for _, labels in kernel.outputs):
        return None
    own, names, text, single = {node for node, _ in kernel.outputs}, {}, [], []
    for node in kernel_body(kernel):
        names[node] = len(text)
        if node in kernel.inputs and node not in own:
            kinds = {along(labels) for labels in kernel.inputs[node]}
            if len(kinds) != 1 or not kinds <= {every, ()}:
                return None
            single.append(kinds == {()})
            text.append(f"read {node.dtype.name}")
        elif node.op in MOVES:
            names[node] = names[node.src[0]]
        elif node.op is Ops.CONST:
            common = not node.dtype.is_float or node.arg in COMMON_NUMBERS
            text.append(f"{node.dtype.name} {node.arg if common else ''}")
        elif node.op in ELEMENTWISE or node.op in IDENTITIES:
            arg = node.arg if node.op in ELEMENTWISE else ""
            text.append(f"{node.op.name} {node.dtype.name} {arg} {[names[source] for source in node.src]}")
        else:
            return None
    text.append(str([names[node] for node, _ in kernel.outputs]))
    return Form("\n".join(text), tuple(single))


def heights(kernels: Sequence[Kernel]) -> dict[Kernel, int]:
    """For each kernel the longest way to a kernel that nobody waits for."""
    height = dict.fromkeys(kernels, 0)
    for kernel in reversed(in_order(kernels)):
        for before in kernel.needs:
            height[before] = max(height[before], height[kernel] + 1)
    return height


def merge(kernels: Sequence[Kernel], changed: Container[UOp]) -> list[Kernel]:
    """The kernels, with those of one form that do not need each other merged.

    Parameters
    ----------
    changed: values that are written over others; kernels that write no such value are left alone.
    """
    height = heights(kernels)
    groups: dict[tuple[int, str], dict[tuple[bool, ...], list[Kernel]]] = defaultdict(lambda: defaultdict(list))
    for kernel in sorted(kernels, key=lambda kernel: not kernel.loops):  # those of one number last: they fit anywhere
        form = form_of(kernel) if any(node in changed for node, _ in kernel.outputs) else None
        if form is None:
            continue
        group, single = (height[kernel], form.text), form.single
        if not kernel.loops:  # beside arrays in the same form, else beside other numbers in any form
            group = group if group in groups else (height[kernel], "")
            single = next(iter(groups[group]), ())
        groups[group][single].append(kernel)
    merged: dict[Kernel, Kernel] = {}
    for alike in groups.values():
        for parts in alike.values():
            if len(parts) > 1:
                merged.update(dict.fromkeys(parts, side_by_side(parts)))
    for kernel in dict.fromkeys([*kernels, *merged.values()]) if merged else ():
        kernel.needs = {merged.get(before, before): None for before in kernel.needs}
    last = {merged.get(kernel, kernel): place for place, kernel in enumerate(kernels)}
    return sorted(last, key=last.__getitem__)


def side_by_side(parts: list[Kernel]) -> Kernel:
    """One kernel that does what several do."""
    whole = Kernel([], [output for part in parts for output in part.outputs], members=parts)
    for part in parts:
        whole.ops += part.ops
        whole.needs.update(part.needs)
        for node, labels in part.inputs.items():
            whole.inputs.setdefault(node, set()).update(labels)
    return whole


# -- their text


@dataclass
class Part:
    """One array's turns, with its buffers and numbers named by their place among its own.

    Attributes
    ----------
    stores: for each result the place of its buffer, and its value.
    params, scalars: the places that its own have among those of the whole kernel.
    single: for each load whether it is of a single number.
    """

    size: int
    stores: list[tuple[int, UOp]]
    params: list[int]
    scalars: list[int]
    single: list[bool]


def part_of(nest: Nest, every: UOp, single: Sequence[bool] | None) -> Part | None:
    """A nest as a loop over one row, with the variable ``every``.

    Parameters
    ----------
    single: which loads are of single numbers, for arrays that are no longer than that.
    """
    sizes = tuple(node.arg[1] for node in nest.loops)
    place = flat(tuple(nest.loops), sizes)
    params: dict[int, int] = {}
    scalars: dict[int, int] = {}
    given: dict[UOp, UOp] = {}
    kinds: list[bool] = []

    def own(param: UOp) -> UOp:
        return UOp(Ops.PARAM, param.dtype, (), (params.setdefault(param.arg[0], len(params)), 0))

    if not nest.in_any_order or any(store.index is not place or store.update is not None for store in nest.stores):
        return None
    written = [own(store.param).arg[0] for store in nest.stores]
    for node in toposort([store.value for store in nest.stores]):
        if node.op is Ops.LOAD:
            known = len(node.src) == 2 and node.src[1] in (place, number(0))
            if not known or single is not None and len(kinds) == len(single):
                return None
            kinds.append(single[len(kinds)] if single else node.src[1] is not place)
            given[node] = UOp(Ops.LOAD, node.dtype, (own(node.src[0]), number(0) if kinds[-1] else every))
        elif node.op is Ops.SCALAR:
            given[node] = UOp(Ops.SCALAR, node.dtype, (), scalars.setdefault(node.arg, len(scalars)))
    values = substitute([store.value for store in nest.stores], given)
    return Part(prod(sizes), list(zip(written, values)), list(params), list(scalars), kinds)


class PieceRenderer(Renderer):
    """Writes a loop over the piece of an array that lies in a piece of the whole row."""

    def limits(self, loop: UOp) -> tuple[str, str]:
        """The piece's part of this array."""
        return "first", "last"


def render(program: Program, key: str) -> str | None:
    """The C function of merged kernels: a loop over pieces of one long row, in it a loop over the arrays in a piece."""
    if len(program.nests) < 2:
        return None
    longest = max(program.nests, key=lambda nest: prod(node.arg[1] for node in nest.loops))
    every = loop(0, max(prod(node.arg[1] for node in longest.loops), 2))
    model = part_of(longest, every, None)
    if model is None or any(
        node.op is Ops.RANGE and node is not every for node in toposort(v for _, v in model.stores)
    ):
        return None
    parts = [part_of(nest, every, None if nest.loops else model.single) for nest in program.nests]
    if any(part is None or part.stores != model.stores for part in parts):
        return None
    starts = [0, *accumulate(part.size for part in parts)]
    pieces = PIECES if starts[-1] * len(toposort(v for _, v in model.stores)) >= ENOUGH else 1
    piece = -(-starts[-1] // (64 * pieces)) * 64
    return "\n".join(
        [
            f"void k_{key}(void **buffers) {{",
            f"    static const int64_t starts[] = {{{', '.join(map(str, starts))}}};",
            table("places", [part.params for part in parts]),
            *([table("numbers", [part.scalars for part in parts])] if model.scalars else []),
            *([f"    const double *scalars = buffers[{len(program.params)}];"] if model.scalars else []),
            f"    const int threads = *(int64_t *)buffers[{len(program.params) + 3}];" if pieces > 1 else "",
            "    #pragma omp parallel for num_threads(threads) schedule(static)" if pieces > 1 else "",
            f"    for (int64_t begin = 0; begin < {pieces * piece}; begin += {piece}) {{",
            f"        for (int part = 0; part < {len(parts)}; part++) {{",
            "            const int64_t before = starts[part], after = starts[part + 1];",
            "            const int64_t first = begin > before ? begin - before : 0;",
            f"            const int64_t last = (begin + {piece} < after ? begin + {piece} : after) - before;",
            "            if (first >= last) continue;",
            *loop_over_part(program, model, every),
            "        }",
            "    }",
            "}",
            "",
        ]
    )


def table(name: str, rows: list[list[int]]) -> str:
    """A constant table in C."""
    text = ", ".join(f"{{{', '.join(map(str, row))}}}" for row in rows)
    return f"    static const int {name}[][{len(rows[0])}] = {{{text}}};"


def loop_over_part(program: Program, model: Part, every: UOp) -> list[str]:
    """The loop over one array's elements; which buffers and numbers it works with is looked up."""
    lines, written = [], {place for place, _ in model.stores}
    kinds = [program.params[place].dtype for place in model.params]
    for place, dtype in enumerate(kinds):
        constant = "" if place in written else "const "
        lines.append(
            f"            {constant}{C.storage_of(dtype)} *restrict p{place} = buffers[places[part][{place}]];"
        )
    for place, scalar in enumerate(model.scalars):
        dtype = program.scalars[scalar].dtype
        value = C.expression(Ops.CAST, dtype, [dtypes.float64], [f"scalars[numbers[part][{place}]]"])
        lines.append(f"            const {C.type_of(dtype)} s{place} = {value};")
    params = [UOp(Ops.PARAM, dtype, (), (place, 0)) for place, dtype in enumerate(kinds)]
    renderer = PieceRenderer(C, program)
    renderer.nest(Nest([every], [Store(params[place], every, value) for place, value in model.stores]), depth=3)
    return [*lines, *renderer.lines]
