"""Einstein's notation: a letter for every axis, and what the result does not have is added up.

``"ij,jk->ik"`` is the matrix product, ``"ii"`` the trace, ``"bij->bji"`` a transpose, ``"...i,...i->..."`` a dot
product along the last axis. Without an arrow the result has the letters that stand once, in alphabetical order.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ..strides import Shape, ShapeError, broadcast_shapes
from ..uop import Ops, UOp
from .scans import accumulator

if TYPE_CHECKING:
    from ..tensor import Tensor

Names = list[str]  # one for every axis: a letter, or "...k" for the axis k places before the end of the ellipsis


def add_products(a: UOp, b: UOp, count: int = 1) -> UOp:
    """Broadcast, multiply, add up along the last ``count`` axes and drop them; half precision is summed in float32."""
    shape = broadcast_shapes(a.shape, b.shape)
    wide = accumulator(a.dtype)
    product = a.cast(wide).expand(shape) * b.cast(wide).expand(shape)
    kept = len(shape) - count
    return product.reduce(Ops.ADD, range(kept, len(shape))).reshape(shape[:kept]).cast(a.dtype)


def names_of(term: str, rank: int) -> Names:
    """The names of a tensor's axes.

    Raises
    ------
    ShapeError: if ``term`` names another number of axes.
    ValueError: if it holds anything but letters and one ellipsis.

    >>> names_of("b...i", 4)
    ['b', '...1', '...0', 'i']
    """
    before, dots, after = term.partition("...")
    letters = before + after
    if letters and not (letters.isascii() and letters.isalpha()):
        raise ValueError(f"einsum takes letters and '...' for the axes, not {term!r}")
    rest = rank - len(letters)
    if rest < 0 or (rest and not dots):
        raise ShapeError(f"einsum's {term!r} names {len(letters)} axes, the tensor has {rank}")
    return [*before, *(f"...{k}" for k in reversed(range(rest))), *after]


def parse(formula: str, shapes: Sequence[Shape]) -> tuple[list[Names], Names]:
    """The names of the operands' axes and of the result's.

    Raises
    ------
    ShapeError: if the shapes do not fit the formula or each other.
    ValueError: if the formula is wrong in itself.
    """
    left, arrow, right = formula.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise ValueError(f"einsum's {formula!r} is made for {len(terms)} tensors, {len(shapes)} were given")
    operands = [names_of(term, len(shape)) for term, shape in zip(terms, shapes)]
    sizes: dict[str, int] = {}
    for names, shape in zip(operands, shapes):
        for name, size in zip(names, shape):
            known = sizes.get(name, 1)
            if known != size and (1 not in (known, size) or names.count(name) > 1 and name in sizes):
                raise ShapeError(f"einsum's {formula!r}: axis {name} has sizes {known} and {size}")
            sizes[name] = size if known == 1 else known
    ellipsis = sorted((name for name in sizes if len(name) > 1), key=lambda name: -int(name[3:]))
    if arrow:
        rank = len(right.replace("...", "")) + (len(ellipsis) if "..." in right else 0)
        result = names_of(right, rank)
    else:
        result = ellipsis + sorted(name for name in sizes if len(name) == 1 and left.count(name) == 1)
    for name in result:
        if name not in sizes or result.count(name) > 1:
            raise ValueError(f"einsum's {formula!r}: the result's {name} must stand there once, and in an operand")
    return operands, result


def take_diagonals(x: Tensor, names: Names) -> tuple[UOp, Names]:
    """Of axes with the same name only the elements where their places agree; one axis of each name is left."""
    for name in dict.fromkeys(names):
        while names.count(name) > 1:
            first, second = [axis for axis, other in enumerate(names) if other == name][:2]
            x = x.diagonal(0, first, second)
            names = [other for axis, other in enumerate(names) if axis not in (first, second)] + [name]
    return x.uop, names


def add_up(x: UOp, names: Names, needed: Collection[str]) -> tuple[UOp, Names]:
    """Add up along the axes that nobody needs."""
    total = x.cast(accumulator(x.dtype)).reduce(Ops.ADD, [i for i, name in enumerate(names) if name not in needed])
    kept = [(name, size) for name, size in zip(names, x.shape) if name in needed]
    return total.cast(x.dtype).reshape(tuple(size for _, size in kept)), [name for name, _ in kept]


def arrange(x: UOp, names: Names, order: Names) -> UOp:
    """The axes in a new order, with axes of size 1 where a name is missing."""
    sizes = dict(zip(names, x.shape))
    x = x.permute(names.index(name) for name in order if name in sizes)
    return x.reshape(tuple(sizes.get(name, 1) for name in order))


def einsum(formula: str, operands: Sequence[Tensor]) -> UOp:
    """The graph of a formula. Operands are multiplied from left to right, axes added up as soon as they can be."""
    all_names, result = parse(formula, [operand.shape for operand in operands])
    terms = [take_diagonals(operand, names) for operand, names in zip(operands, all_names)]
    needed = [{*result}]  # by the result and the terms after each one
    for _, names in reversed(terms[1:]):
        needed.append(needed[-1] | {*names})
    x, names = add_up(*terms[0], needed.pop())
    for term in terms[1:]:
        later = needed.pop()
        y, others = add_up(*term, later | {*names})
        both = list(dict.fromkeys([*result, *names, *others]))
        kept = [name for name in both if name in later and name in names + others]
        gone = [name for name in both if name not in later]
        x = add_products(arrange(x, names, kept + gone), arrange(y, others, kept + gone), len(gone))
        names = kept
    return arrange(x, names, result)
