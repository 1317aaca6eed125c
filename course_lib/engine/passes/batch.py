"""Batch: many like products that are added up become one long sum of products.

A weight that a recurrent network uses at each of 64 steps has a gradient with 64 parts, each a product of small
matrices. Computed together as they stand, each element of the sum reads all 128 factors; one by one they would read and
write the sum 64 times. Side by side in memory the factors of all steps make two large matrices, with a single product.
Joining them costs nothing: each is written to its place (see ``joins.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from ..joins import could_join, pieces_of
from ..kernel import base_of
from ..methods.joining import join
from ..rewrite import value_of
from ..uop import Ops, UOp, toposort

ENOUGH = 8  # like terms to be worth it
MOVES = (Ops.RESHAPE, Ops.PERMUTE, Ops.EXPAND)


class Term:
    """A value, or the product of two, each perhaps moved.

    Attributes
    ----------
    node: the term.
    factors: for each factor its movements, outermost first, and what is moved.
    """

    def __init__(self, node: UOp) -> None:
        self.node = node
        self.factors = [moved(factor) for factor in (node.src if node.op is Ops.MUL else (node,))]

    def follow(self, model: Term) -> None:
        """Let factors that are plain numbers (a first state of zeros) be moved as those of another term are."""
        if len(self.factors) == len(model.factors):
            for place, (moves, source) in enumerate(model.factors):
                number = value_of(self.factors[place][1])
                if number is not None:
                    self.factors[place] = moves, UOp.const(source.dtype, number, source.shape)

    @property
    def form(self) -> tuple:
        """Equal for terms that do the same to values of the same shape."""
        return tuple(
            (tuple((move.op, move.arg) for move in moves), source.shape, source.dtype) for moves, source in self.factors
        )


@dataclass(frozen=True)
class Seat:
    """A value's place in a join: the join, its axis, and where along it."""

    whole: UOp
    axis: int
    start: int


def moved(node: UOp) -> tuple[list[UOp], UOp]:
    """The movements on top of a UOp, outermost first, and what is moved."""
    moves = []
    while node.op in MOVES:
        moves.append(node)
        node = node.src[0]
    return moves, node


def seats_in_joins(order: Sequence[UOp]) -> dict[UOp, Seat]:
    """Where values have a place of one row in something that is joined from many."""
    joins = could_join(order)
    inner = {source for node in joins for source in node.src[-2:]}
    seats: dict[UOp, Seat] = {}
    for node in order:
        found = pieces_of(node) if node in joins and node not in inner else None
        if found is not None and len(found[1]) >= ENOUGH:
            axis, pads = found
            for pad in pads:
                if pad.src[0].shape[axis] == 1:
                    seats.setdefault(base_of(pad.src[0]), Seat(node, axis, pad.arg[axis][0]))
    return seats


def terms_of(node: UOp, users: dict[UOp, list[UOp]]) -> list[Term]:
    """What a sum adds up in the end, through all sums that are used for it alone."""
    terms, stack = [], list(node.src)
    while stack:
        value = stack.pop()
        if value.op is Ops.ADD and len(users[value]) == 1:
            stack.extend(value.src)
        else:
            terms.append(Term(value))
    return terms


def sums_of_like_terms(order: Sequence[UOp], seats: dict[UOp, Seat]) -> dict[UOp, tuple[list[Term], list[UOp]]]:
    """The sums that are better computed together, each with the terms that are alike, and with the others.

    These are sums over products of something smaller, ``REDUCE(ADD(ADD(...)))``, and of values that are joined anyway.
    """
    users: dict[UOp, list[UOp]] = {}
    for node in order:
        for source in node.src:
            users.setdefault(source, []).append(node)
    found: dict[UOp, tuple[list[Term], list[UOp]]] = {}
    for node in order:
        by = users.get(node, [])
        if node.op is not Ops.ADD or not node.dtype.is_float or len(by) == 1 and by[0].op is Ops.ADD:
            continue
        terms = terms_of(node, users)
        if len(terms) < ENOUGH:
            continue
        ((form, count),) = Counter(term.form for term in terms).most_common(1)
        if count < ENOUGH:
            continue
        model = next(term for term in terms if term.form == form)
        for term in terms:
            term.follow(model)
        others = [term.node for term in terms if term.form != form]
        terms = [term for term in terms if term.form == form]
        summed = len(by) == 1 and by[0].op is Ops.REDUCE and by[0].arg[0] is Ops.ADD
        sources = [[term.factors[place][1] for term in terms] for place in range(len(terms[0].factors))]
        if len(sources) == 1 and all(source in seats for source in sources[0]):
            found[by[0] if summed else node] = terms, others
        elif (
            len(sources) == 2
            and summed
            and all(s.size < node.size and (s.src or value_of(s) is not None) for part in sources for s in part)
        ):
            found[by[0]] = terms, others
    return found


def lifted(x: UOp, moves: Sequence[UOp]) -> UOp:
    """Movements with another axis in front of all others."""
    count = x.shape[0]
    for move in reversed(moves):
        if move.op is Ops.RESHAPE:
            x = x.reshape((count, *move.arg))
        elif move.op is Ops.PERMUTE:
            x = x.permute((0, *(axis + 1 for axis in move.arg)))
        else:
            missing = len(move.arg) + 1 - len(x.shape)
            x = x.reshape((count,) + (1,) * missing + x.shape[1:]).expand((count, *move.arg))
    return x


def stacked(values: Sequence[UOp], seats: dict[UOp, Seat], new: dict[UOp, UOp]) -> UOp:
    """Values side by side along a new first axis: as they are joined already, or joined now."""
    first, count = values[0], len(values)
    seat = seats.get(first)
    if seat and seat.whole in new:
        whole, axis, start = new[seat.whole], seat.axis, seat.start
        if [seats.get(value) for value in values] == [Seat(seat.whole, axis, start + i) for i in range(count)]:
            bounds = [(start, start + count) if a == axis else (0, size) for a, size in enumerate(whole.shape)]
            others = (a for a in range(len(bounds)) if a != axis)
            return whole.shrink(tuple(bounds)).permute((axis, *others)).reshape((count, *first.shape))
    return join([new.get(value, value).reshape((1, *first.shape)) for value in values], 0)


def together(node: UOp, terms: list[Term], seats: dict[UOp, Seat], new: dict[UOp, UOp]) -> UOp:
    """The sum of like terms, or what such a sum is reduced to."""
    for place in range(len(terms[0].factors)):
        found = [seats.get(term.factors[place][1]) for term in terms]
        if None not in found:  # the order in which these are joined
            terms = [terms[i] for i in sorted(range(len(terms)), key=lambda i: found[i].start)]
            break
    parts = [
        lifted(stacked([term.factors[place][1] for term in terms], seats, new), moves)
        for place, (moves, _) in enumerate(terms[0].factors)
    ]
    inside = parts[0] if len(parts) == 1 else parts[0] * parts[1]
    axes = [axis + 1 for axis in node.arg[1]] if node.op is Ops.REDUCE else []
    return inside.reduce(Ops.ADD, (0, *axes)).reshape(node.shape)


def batch(roots: Iterable[UOp]) -> dict[UOp, UOp]:
    """What each UOp of a graph becomes when like terms are added up together; empty if there are none."""
    roots = list(roots)
    order = toposort(roots)
    seats = seats_in_joins(order)
    alike = sums_of_like_terms(order, seats)
    if not alike:
        return {}
    new: dict[UOp, UOp] = {}
    for node in toposort([*{seat.whole: None for seat in seats.values()}, *roots]):
        if node in alike:
            terms, others = alike[node]
            new[node] = together(node, terms, seats, new)
            if others:
                rest = reduce(UOp.__add__, [new[other] for other in others])
                new[node] = new[node] + (rest.reduce(*node.arg) if node.op is Ops.REDUCE else rest)
        else:
            src = tuple([new[source] for source in node.src])
            new[node] = node if src == node.src else UOp(node.op, node.dtype, src, node.arg)
    return new
