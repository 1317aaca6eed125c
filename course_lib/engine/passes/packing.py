"""Copies for sums of products: panels, operands with zeros around them, and operands turned over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod

from . import is_on
from .contraction import Axis, merged
from .factors import Operand

ENOUGH = 1 << 15  # numbers to copy that are worth the start of other threads


def offset(axes: Sequence[Axis], operand: str, flat: str) -> str:
    """Where in an operand the flat number of several loops is, as C text."""
    parts, step = [], prod(axis.size for axis in axes)
    for place, axis in enumerate(axes):
        step //= axis.size
        turn = flat if step == 1 else f"{flat} / {step}"
        turn = turn if place == 0 else f"({turn}) % {axis.size}"
        stride = getattr(axis, operand)
        if stride:
            parts.append(f"({turn}) * {stride}L")
    return " + ".join(parts) or "0"


def place_in(axes: Sequence[Axis], operand: str) -> str:
    """Where in an operand the loops ``q0``, ``q1`` and so on are, as C text."""
    parts = [f"q{i} * {getattr(axis, operand)}L" for i, axis in enumerate(axes) if getattr(axis, operand)]
    return " + ".join(parts) or "0"


def ends(axes: Sequence[Axis]) -> list[tuple[str, str]]:
    """Where loops ``q0``, ``q1`` and so on begin and end; the first goes from ``k0`` to ``k1``."""
    return [("k0", "k1") if place == 0 else ("0", str(axis.size)) for place, axis in enumerate(axes)]


def loops_over(limits: Sequence[tuple[str, str]], inside: Sequence[str]) -> list[str]:
    """Loops ``q0``, ``q1`` and so on around lines."""
    heads = [f"for (int64_t q{i} = {first}; q{i} < {stop}; q{i}++) {{" for i, (first, stop) in enumerate(limits)]
    return [*heads, *inside, *["}"] * len(heads)]


def in_one_run(n: Sequence[Axis], width: int) -> bool:
    """Whether the columns of each panel are at one distance from each other."""
    return len(n) == 1 or n[-1].size % width == 0


def pack(n: Sequence[Axis], k: Sequence[Axis], vectors: int, lanes: int, columns: int, ahead: int) -> list[str]:
    """Lines that copy a panel of b: for all k so many columns from ``n0`` on, and zeros up to whole vectors.

    ``ahead`` is how far the panel after this is, if memory is to be asked for it.
    """
    width, step = vectors * lanes, n[-1].b
    run = in_one_run(n, width)
    if run and k[-1].b == 1 and step != 1:
        return pack_turned(n, k, vectors, lanes, columns, ahead)
    where = offset(n, "b", "n0" if run else "(n0 + j)")
    if run and step == 1 and columns == width:
        lines = [f"const float *const from = b + {place_in(k, 'b')} + {where};"]
        type_ = f"vector{lanes}"
        lines += [f"__builtin_prefetch(from + {v * lanes + ahead}L);" for v in range(vectors) if ahead]
        lines += [f"*({type_} *)(to + {v * lanes}) = *(const {type_} *)(from + {v * lanes});" for v in range(vectors)]
    else:
        lines = [f"const float *const from = b + {place_in(k, 'b')}{f' + {where}' if run else ''};"]
        copied = f"j * {step}L" if run else where
        lines.append(f"for (int64_t j = 0; j < {columns}; j++) to[j] = from[{copied}];")
        if columns < width:
            lines.append(f"for (int64_t j = {columns}; j < {width}; j++) to[j] = 0.0f;")
    return ["float *to = panel;", *loops_over(ends(k), [*lines, f"to += {width};"])]


def pack_turned(n: Sequence[Axis], k: Sequence[Axis], vectors: int, lanes: int, columns: int, ahead: int) -> list[str]:
    """The same where k runs along memory: squares are turned over, and what is left over of k is copied one by one."""
    width, row = vectors * lanes, n[-1].b
    first, stop = ("k0", "k1") if len(k) == 1 else ("0", str(k[-1].size))
    squares = [
        f"turn{lanes}(from + q + {j * row}L, {row}, {min(lanes, columns - j)}, to + {j}, {width});"
        for j in range(0, width, lanes)
    ]
    if ahead:
        squares.append(f"for (int j = 0; j < {columns}; j++) __builtin_prefetch(from + q + j * {row}L + {ahead}L);")
    inside = [
        f"const float *const from = b + {place_in(k[:-1], 'b')} + {offset(n, 'b', 'n0')};",
        f"int64_t q = {first};",
        f"for (; q + {lanes} <= {stop}; q += {lanes}, to += {lanes * width}) {{",
        *squares,
        "}",
        f"for (; q < {stop}; q++, to += {width}) {{",
        f"for (int64_t j = 0; j < {columns}; j++) to[j] = from[q + j * {row}L];",
        "}",
    ]
    return ["float *to = panel;", *loops_over(ends(k[:-1]), inside)]


def shared(worth: bool) -> list[str]:
    """The line that shares a loop out among threads, if it is worth it."""
    pragma = "#pragma omp parallel for num_threads(threads) schedule(static)"
    return [pragma] if worth and is_on("threads") else []


def copy_padded(name: str, factor: Operand) -> Iterator[str]:
    """Lines that copy an operand with zeros around its axes."""
    pragma = shared(factor.floats >= ENOUGH)
    yield from pragma
    yield f"for (int64_t i = 0; i < {factor.floats}; i++) copy_{name}[i] = 0.0f;"
    yield from pragma
    source, target = [f"{factor.first}L"], []
    for place, (length, stride, before, _, step) in enumerate(factor.copied):
        yield f"for (int64_t u{place} = 0; u{place} < {length}; u{place}++)"
        source.append(f"u{place} * {stride}L")
        target.append(f"(u{place} + {before}) * {step}L")
    memory = f"p{factor.load.src[0].arg[0]}"
    yield f"    copy_{name}[{' + '.join(target)}] = {memory}[{' + '.join(source)}];"


def turned(m: Axis, k: Sequence[Axis]) -> tuple[list[Axis], list[Axis]]:
    """The axes of a copy whose k runs along memory. Its rows have room for whole vectors, and no even distances."""
    sizes = [axis.size for axis in k]
    row = -(-prod(sizes) // 16) * 16 + 16
    return [replace(m, a=row)], merged([replace(axis, a=prod(sizes[i + 1 :])) for i, axis in enumerate(k)])


def copy_turned(a: str, m: Axis, k: Sequence[Axis], lanes: int) -> list[str]:
    """Lines that copy an operand whose m runs along memory, so that k does."""
    row, length, step = turned(m, k)[0][0].a, k[-1].size, k[-1].a
    places = [f" + q{i} * {prod(axis.size for axis in k[i + 1 :])}L" for i in range(len(k) - 1)]
    outer = [f"for (int64_t q{i} = 0; q{i} < {axis.size}; q{i}++) {{" for i, axis in enumerate(k[:-1])]
    return [
        *shared(True),
        f"for (int64_t m = 0; m < {m.size}; m += {lanes}) {{",
        *outer,
        f"for (int64_t q = 0; q < {length}; q += {lanes}) {{",  # what is written too far is overwritten later
        f"const float *const from = {a} + m + {place_in(k[:-1], 'a')} + q * {step}L;",
        f"float *const to = copy_a + m * {row}L{''.join(places)} + q;",
        f"const int64_t rows = q + {lanes} < {length} ? {lanes} : {length} - q;",
        f"if (m + {lanes} <= {m.size}) turn{lanes}(from, {step}, rows, to, {row});",
        f"else for (int64_t i = 0; i < {m.size} - m; i++)",
        f"    for (int64_t j = 0; j < rows; j++) to[i * {row}L + j] = from[j * {step}L + i];",
        *["}"] * (len(outer) + 2),
    ]
