"""Which loops a sum of products has: those of one factor alone, of the other alone, of the sum, and of both factors.

``out[m, n] = sum over k of a[m, k] * b[k, n]``, where m, n and k each stand for any number of loops. What belongs to m
is in the index of ``a`` alone, what belongs to n in that of ``b`` alone, k is what is summed over, and all else is
repeated around it.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from math import prod

from ..lower import Program
from ..symbolic import conditions, take_apart
from ..uop import Ops, UOp, toposort
from .factors import Operand, operand, product_in

TOO_LARGE = 1 << 17  # numbers, for the cache next to the processor


@dataclass(frozen=True)
class Axis:
    """A loop, and how far one turn of it moves in each operand, in elements."""

    loop: UOp
    size: int
    a: int
    b: int


@dataclass
class Contraction:
    """A sum of products.

    Attributes
    ----------
    sum: the ACCUMULATE.
    a, b: the two factors; ``b`` is the one that vectors run along.
    around: loops of both operands, or of none.
    m, n, k: the loops of a alone, of b alone, and of the sum.
    in_rows: whether what one row of m gives is stored in one run.
    edged: whether nothing is added where a is outside its limits, rather than zeros times numbers of b.
    """

    sum: UOp
    a: Operand
    b: Operand
    around: list[UOp]
    m: list[Axis]
    n: list[Axis]
    k: list[Axis]
    in_rows: bool
    edged: bool

    def as_turned(self) -> tuple[Axis, list[Axis]] | None:
        """The axes m and k of a, if it is worth being turned over, so that k runs along memory; k in the order of b.

        It is if a's m runs along memory and a is too large to be read down its columns: few numbers of each line of the
        cache would be used before it is gone. To turn it costs as much as some 8 columns of the result.
        """
        m, k = merged(self.m), merged(sorted(self.k, key=lambda axis: -abs(axis.b)))
        columns, depth = prod(axis.size for axis in self.n), prod(axis.size for axis in k)
        if self.around or self.a.copied or len(m) != 1 or m[0].a != 1 or m[0].size * depth < TOO_LARGE:
            return None
        worth = columns >= 64 and depth >= 256 and k[-1].size >= 16 and min(abs(axis.a) for axis in k) >= 64
        return (m[0], k) if worth else None

    @property
    def cycles(self) -> float:
        """Roughly how long it takes, with vectors of 16."""
        rows, columns, depth = (prod(axis.size for axis in axes) for axes in (self.m, self.n, self.k))
        turning = rows * depth if self.as_turned() else 0
        packing = columns * depth / (8 if min(abs(axis.b) for axis in (*self.n, *self.k) if axis.b) == 1 else 1)
        multiplying = -(-columns // 16) * rows * depth / 2
        storing = columns * rows / (8 if self.in_rows else 0.5)
        return turning + packing + multiplying + storing


def find(program: Program) -> Contraction | None:
    """The sum of products that a program consists of, if it does."""
    if len(program.nests) != 1:
        return None
    nest = program.nests[0]
    order = toposort(nest.expressions)
    sums = [node for node in order if node.op in (Ops.ACCUMULATE, Ops.RUNNING)]
    outer = [loop for loop in nest.loops if loop.op is Ops.RANGE]
    found = product_in(sums[-1]) if sums and sums[-1].op is Ops.ACCUMULATE else None
    if found is None or any(not set(outer) <= set(take_apart(store.index)[0]) for store in nest.stores):
        return None
    total, (loops, *factors, demanded) = sums[-1], found
    if set(sums) - set(total.toposort()) or sum(len(node.src) - 1 for node in sums) != len(loops):
        return None
    a, b = map(operand, factors)
    if a is None or b is None:
        return None
    # products are 0 wherever one factor is 0, so a condition may be left out if the other factor's copy has its zeros
    wanted = {c for factor in factors if len(factor.src) == 3 for c in conditions(factor.src[2])}
    if not wanted <= {c for x in (a, b) if x.copied for c in conditions(x.load.src[2])}:
        return None
    written, _ = take_apart(nest.stores[0].index)
    around = [loop for loop in outer if (loop in a.strides) == (loop in b.strides)]
    rows = [loop for loop in outer if loop not in around and loop in a.strides]
    columns = [loop for loop in outer if loop not in around and loop in b.strides]
    fastest = min(outer, key=lambda loop: abs(written[loop]), default=None)
    depth = size(loops)
    if fastest in around or not rows and not columns or depth * max(size(rows), size(columns)) < 64:
        return None

    def with_vectors_along(n: list[UOp], m: list[UOp], b: Operand, a: Operand) -> Contraction:
        def axes(loops: Sequence[UOp]) -> list[Axis]:
            return [Axis(loop, loop.arg[1], a.strides.get(loop, 0), b.strides.get(loop, 0)) for loop in loops]

        k = sorted(loops, key=lambda loop: (-abs(a.strides.get(loop, 0)), -abs(b.strides.get(loop, 0))))
        edged = bool(a.limits) and set(conditions(a.load.src[2])) <= demanded
        return Contraction(total, a, b, around, axes(m), axes(n), axes(k), fastest in n, edged)

    ways = [with_vectors_along(columns, rows, b, a)] if columns else []
    ways += [with_vectors_along(rows, columns, a, b)] if rows else []
    return min(ways, key=lambda way: way.cycles)


def size(loops: Sequence[UOp]) -> int:
    """How many turns loops within each other make."""
    return prod(loop.arg[1] for loop in loops)


def merged(axes: Sequence[Axis], apart: Container[UOp] = ()) -> list[Axis]:
    """Fewer loops: two that move in both operands as one would are one, but for those that must stay apart."""
    result: list[Axis] = []
    for axis in axes:
        last = result[-1] if result else None
        together = last is not None and last.loop not in apart and axis.loop not in apart
        if together and last.a == axis.a * axis.size and last.b == axis.b * axis.size:
            result[-1] = Axis(last.loop, last.size * axis.size, axis.a, axis.b)
        else:
            result.append(axis)
    return result
