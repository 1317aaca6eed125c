"""Index arithmetic: whole-number expressions over loop variables, kept in the simplest form that their bounds allow.

Movement operations turn into such expressions, so ``x.reshape(6).reshape(2, 3)[i, j]`` asks for
``((i*3 + j) // 3, (i*3 + j) % 3)``, which is just ``(i, j)`` because j lies between 0 and 2. An index is a UOp like
any other, of dtype int64 and shape (); here it is taken apart into a sum of multiples of *atoms* (loop variables, and
divisions and remainders that cannot be simplified) plus a number, worked on, and put together again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import gcd

from .dtype import dtypes
from .strides import contiguous_strides
from .uop import Ops, UOp

Terms = dict[UOp, int]  # atom -> factor


def number(value: int) -> UOp:
    """A whole number as an index."""
    return UOp(Ops.CONST, dtypes.int64, (), value)


def loop(identity: int, size: int) -> UOp:
    """A loop variable that runs from 0 to ``size - 1``. A loop of one turn is the number 0."""
    return UOp(Ops.RANGE, dtypes.int64, (), (identity, size)) if size != 1 else number(0)


TRUE = UOp(Ops.CONST, dtypes.bool, (), True)
FALSE = UOp(Ops.CONST, dtypes.bool, (), False)


@lru_cache(maxsize=1 << 15)
def bounds(index: UOp) -> tuple[int, int]:
    """The smallest and the largest value that an index can take (never too narrow, sometimes too wide)."""
    match index.op:
        case Ops.CONST:
            return index.arg, index.arg
        case Ops.RANGE:
            return 0, index.arg[1] - 1
        case Ops.CHECKED:
            return 0, index.arg[0] - 1
        case Ops.ADD:
            (a, b), (c, d) = bounds(index.src[0]), bounds(index.src[1])
            return a + c, b + d
        case Ops.MUL if index.src[1].op is Ops.CONST:
            (a, b), factor = bounds(index.src[0]), index.src[1].arg
            return min(a * factor, b * factor), max(a * factor, b * factor)
        case Ops.FLOORDIV if index.src[1].op is Ops.CONST and index.src[1].arg > 0:
            (a, b), divisor = bounds(index.src[0]), index.src[1].arg
            return a // divisor, b // divisor
        case Ops.MOD if index.src[1].op is Ops.CONST and index.src[1].arg > 0:
            (a, b), divisor = bounds(index.src[0]), index.src[1].arg
            return (a % divisor, b % divisor) if a // divisor == b // divisor else (0, divisor - 1)
        case _:
            return index.dtype.min, index.dtype.max


@lru_cache(maxsize=1 << 15)
def _taken_apart(index: UOp) -> tuple[tuple[tuple[UOp, int], ...], int]:
    if index.op is Ops.CONST:
        return (), index.arg
    if index.op is Ops.ADD:
        (first, a), (second, b) = _taken_apart(index.src[0]), _taken_apart(index.src[1])
        terms = dict(first)
        for atom, factor in second:
            terms[atom] = terms.get(atom, 0) + factor
        return tuple(terms.items()), a + b
    if index.op is Ops.MUL and index.src[1].op is Ops.CONST:
        terms, rest = _taken_apart(index.src[0])
        factor = index.src[1].arg
        return tuple((atom, k * factor) for atom, k in terms), rest * factor
    return ((index, 1),), 0


def take_apart(index: UOp) -> tuple[Terms, int]:
    """An index as multiples of atoms, and a number: ``i*3 + j + 5`` is ``{i: 3, j: 1}, 5``."""
    terms, rest = _taken_apart(index)
    return dict(terms), rest


@lru_cache(maxsize=1 << 14)
def _rank(atom: UOp) -> tuple:
    return (0, *atom.arg) if atom.op is Ops.RANGE else (1, str(atom))


def put_together(terms: Terms, rest: int = 0) -> UOp:
    """The index for a sum of multiples; largest factors first, so that equal sums become the same UOp."""
    terms = _undivided({atom: factor for atom, factor in terms.items() if factor})
    total: UOp | None = None
    for atom, factor in sorted(terms.items(), key=lambda term: (-abs(term[1]), _rank(term[0]))):
        part = atom if factor == 1 else UOp(Ops.MUL, dtypes.int64, (atom, number(factor)))
        total = part if total is None else UOp(Ops.ADD, dtypes.int64, (total, part))
    if total is None:
        return number(rest)
    return UOp(Ops.ADD, dtypes.int64, (total, number(rest))) if rest else total


def _undivided(terms: Terms) -> Terms:
    """(x // n)*n + x % n is x again, and ((y + x // n) % m)*n + x % n is (n*y + x) % (n*m)."""
    for atom in [a for a in terms if a.op is Ops.MOD]:
        factor, (inner, divisor) = terms.get(atom, 0), atom.src
        if not factor:
            continue
        for other in [a for a in terms if terms[a] == factor * divisor.arg]:
            if other is floordiv(inner, divisor.arg):
                whole = inner
            elif other.op is Ops.MOD:
                joined = add(times(other.src[0], divisor.arg), atom)
                if atom in take_apart(joined)[0]:
                    continue
                whole = mod(joined, divisor.arg * other.src[1].arg)
            else:
                continue
            parts, rest = take_apart(whole)
            if rest:  # there is no place for it here
                continue
            del terms[atom], terms[other]
            for part, k in parts.items():
                terms[part] = terms.get(part, 0) + k * factor
            break
    return {atom: factor for atom, factor in terms.items() if factor}


def add(a: UOp, b: UOp) -> UOp:
    """a + b"""
    if a.op is Ops.CONST and b.op is Ops.CONST:
        return number(a.arg + b.arg)
    if b.op is Ops.CONST and b.arg == 0:
        return a
    if a.op is Ops.CONST and a.arg == 0:
        return b
    terms, rest = take_apart(a)
    more, shift = take_apart(b)
    for atom, factor in more.items():
        terms[atom] = terms.get(atom, 0) + factor
    return put_together(terms, rest + shift)


def times(a: UOp, factor: int) -> UOp:
    """a * factor"""
    if factor == 1:
        return a
    if factor == 0 or a.op is Ops.CONST:
        return number(a.arg * factor if factor else 0)
    terms, rest = take_apart(a)
    return put_together({atom: k * factor for atom, k in terms.items()}, rest * factor)


def _steps(terms: Terms, rest: int, divisor: int) -> Iterator[tuple[int, UOp, UOp]]:
    """Ways to write a sum as ``step * quotient + remainder``, with 0 <= remainder < step, for steps in a divisor."""
    for step in sorted({divisor, *(gcd(divisor, factor) for factor in terms.values())} - {1}, reverse=True):
        small = put_together({atom: factor for atom, factor in terms.items() if factor % step}, rest)
        low, high = bounds(small)
        if low // step == high // step:
            large = {atom: factor // step for atom, factor in terms.items() if factor % step == 0}
            yield step, put_together(large, low // step), add(small, number(-(low // step) * step))


def _without_multiples(terms: Terms, rest: int, divisor: int) -> tuple[UOp, UOp]:
    """Split a sum into what ``divisor`` divides (already divided) and what is left."""
    whole = {atom: factor // divisor for atom, factor in terms.items() if factor % divisor == 0}
    left = {atom: factor for atom, factor in terms.items() if factor % divisor}
    return put_together(whole, rest // divisor), put_together(left, rest % divisor)


@lru_cache(maxsize=1 << 15)
def floordiv(a: UOp, divisor: int) -> UOp:
    """a // divisor, for a divisor of at least 1"""
    if divisor == 1:
        return a
    terms, rest = take_apart(a)
    for step, quotient, _ in _steps(terms, rest, divisor):  # (6i + j) // 4 is (3i) // 2 if j is 0 or 1
        return floordiv(quotient, divisor // step)
    whole, left = _without_multiples(terms, rest, divisor)
    if whole is not number(0):
        return add(whole, floordiv(left, divisor))
    if a.op is Ops.MOD and a.src[1].arg % divisor == 0:  # (x % 6) // 2 is (x // 2) % 3
        return mod(floordiv(a.src[0], divisor), a.src[1].arg // divisor)
    for atom, factor in terms.items():
        if atom.op is Ops.FLOORDIV and factor == 1:  # (x + y // 2) // 3 is (2x + y) // 6
            below = atom.src[1].arg
            return floordiv(add(times(add(a, times(atom, -1)), below), atom.src[0]), below * divisor)
    return UOp(Ops.FLOORDIV, dtypes.int64, (a, number(divisor)))


@lru_cache(maxsize=1 << 15)
def mod(a: UOp, divisor: int) -> UOp:
    """a % divisor, for a divisor of at least 1"""
    if divisor == 1:
        return number(0)
    terms, rest = take_apart(a)
    for step, quotient, remainder in _steps(terms, rest, divisor):  # (6i + 3) % 8 is 2*((3i + 1) % 4) + 1
        return add(times(mod(quotient, divisor // step), step), remainder)
    whole, left = _without_multiples(terms, rest, divisor)
    if whole is not number(0):
        return mod(left, divisor)
    if a.op is Ops.MOD and a.src[1].arg % divisor == 0:
        return mod(a.src[0], divisor)
    return UOp(Ops.MOD, dtypes.int64, (a, number(divisor)))


def less(a: UOp, limit: int) -> UOp:
    """a < limit"""
    low, high = bounds(a)
    if high < limit:
        return TRUE
    if low >= limit:
        return FALSE
    terms, rest = take_apart(a)  # i + 2 < 5 is i < 3
    return UOp(Ops.LT, dtypes.bool, (put_together(terms), number(limit - rest)))


def at_least(a: UOp, limit: int) -> UOp:
    """limit <= a"""
    low, high = bounds(a)
    if low >= limit:
        return TRUE
    if high < limit:
        return FALSE
    terms, rest = take_apart(a)
    return UOp(Ops.LE, dtypes.bool, (number(limit - rest), put_together(terms)))


def compared(op: Ops, a: UOp, b: UOp) -> UOp:
    """``a op b`` for LT or LE, with the variable of the innermost loop on a side of its own.

    The other side can then be computed before that loop. A comparison with a number stays as it is.
    """
    terms, rest = take_apart(add(a, times(b, -1)))
    inner = max((atom for atom in terms if atom.op is Ops.RANGE), key=lambda r: r.arg[0], default=None)
    if Ops.CONST not in (a.op, b.op) and inner is not None:
        factor = terms.pop(inner)
        if factor == 1:
            a, b = inner, put_together({atom: -f for atom, f in terms.items()}, -rest)
        elif factor == -1:
            a, b = put_together(terms, rest), inner
    return UOp(op, dtypes.bool, (a, b))


def both(a: UOp, b: UOp) -> UOp:
    """a and b"""
    if a is TRUE or b is FALSE or a is b:
        return b
    if b is TRUE or a is FALSE:
        return a
    if b in conditions(a):
        return a
    return UOp(Ops.AND, dtypes.bool, (a, b))


def conditions(a: UOp) -> tuple[UOp, ...]:
    """The parts of a condition that must all be true."""
    return conditions(a.src[0]) + conditions(a.src[1]) if a.op is Ops.AND else (a,)


def in_strides(indices: tuple[UOp, ...], strides: tuple[int, ...]) -> UOp:
    """How far an element is from the first, if neighbours along the axes are ``strides`` apart."""
    total = number(0)
    for index, step in zip(reversed(indices), reversed(strides)):
        total = add(total, times(index, step))
    return total


def flat(indices: tuple[UOp, ...], shape: tuple[int, ...]) -> UOp:
    """The position in a row of all elements, the last axis fastest."""
    return in_strides(indices, contiguous_strides(shape))


def unflatten(position: UOp, shape: tuple[int, ...]) -> tuple[UOp, ...]:
    """The index on each axis for a position in a row of all elements."""
    indices: list[UOp] = []
    for size in reversed(shape[1:]):
        indices.append(mod(position, size))
        position = floordiv(position, size)
    return (position, *reversed(indices)) if shape else ()
