"""The derivative of each operation: from the gradient of its result the gradients of its sources.

A rule is handed the UOp and the gradient ``g`` that arrives there, of the UOp's shape. It gives one gradient for each
source, of the source's shape, or None for those that have no slope: positions, conditions, whole numbers. It is made of
UOps that have rules themselves, so that gradients can be differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log, pi, prod, sqrt

from .methods.places import iota
from .uop import Ops, UOp, device_of

Rule = Callable[[UOp, UOp], tuple[UOp | None, ...]]

# -- small graphs that several rules need


def _inverse(order: Sequence[int]) -> tuple[int, ...]:
    """The permutation that undoes ``order``."""
    return tuple(sorted(range(len(order)), key=order.__getitem__))


def _shift(x: UOp, axis: int, step: int) -> UOp:
    """``x`` moved ``step`` places along an axis (towards the start if negative); zeros come in."""
    size = x.shape[axis]
    lost = min(abs(step), size)
    bounds, margins = [(0, length) for length in x.shape], [(0, 0)] * len(x.shape)
    bounds[axis] = (0, size - lost) if step > 0 else (lost, size)
    margins[axis] = (lost, 0) if step > 0 else (0, lost)
    return x.shrink(tuple(bounds)).pad(tuple(margins))


def _scan(x: UOp, op: Ops, axis: int) -> UOp:
    return UOp(Ops.SCAN, x.dtype, (x,), (op, axis))


def _gather(x: UOp, positions: tuple[UOp, ...]) -> UOp:
    return UOp(Ops.GATHER, x.dtype, (x, *positions))


def _scatter(x: UOp, value: UOp, positions: tuple[UOp, ...], op: Ops | str = Ops.ADD) -> UOp:
    return UOp(Ops.SCATTER, x.dtype, (x, value, *positions), op)


def _product_before(x: UOp, axis: int) -> UOp:
    """For each element the product of those before it; 1 for the first."""
    place = iota(x.shape, axis)
    first = place.alu(Ops.EQ, place.const_like(0))
    return first.where(x.const_like(1), _shift(_scan(x, Ops.MUL, axis), axis, 1))


def _product_after(x: UOp, axis: int) -> UOp:
    """For each element the product of those after it; 1 for the last."""
    return _product_before(x.flip((axis,)), axis).flip((axis,))


def _number(x: UOp) -> float | None:
    """The number that ``x`` is filled with, if it is a stretched constant."""
    x = x.src[0] if x.op is Ops.EXPAND else x
    return x.arg if x.op is Ops.CONST else None


# -- rules: for one source element by element, from x, the result y and the upstream gradient g

UNARY_RULES: dict[Ops, Callable[[UOp, UOp, UOp], UOp]] = {
    Ops.CAST: lambda x, y, g: g.cast(x.dtype),
    Ops.NEG: lambda x, y, g: -g,
    Ops.RECIPROCAL: lambda x, y, g: -(g * y * y),
    Ops.ABS: lambda x, y, g: g * x.alu(Ops.SIGN),
    Ops.RELU: lambda x, y, g: y.alu(Ops.LE, y.const_like(0)).where(g.const_like(0), g),  # NaN lets g through
    Ops.SQRT: lambda x, y, g: g / (y + y),
    Ops.EXP: lambda x, y, g: g * y,
    Ops.EXP2: lambda x, y, g: g * y * log(2),
    Ops.EXPM1: lambda x, y, g: g * (y + 1),
    Ops.LOG: lambda x, y, g: g / x,
    Ops.LOG2: lambda x, y, g: g / (x * log(2)),
    Ops.LOG1P: lambda x, y, g: g / (x + 1),
    Ops.SIN: lambda x, y, g: g * x.alu(Ops.COS),
    Ops.COS: lambda x, y, g: -(g * x.alu(Ops.SIN)),
    Ops.TAN: lambda x, y, g: g * (y * y + 1),
    Ops.ASIN: lambda x, y, g: g / (1 - x * x).alu(Ops.SQRT),
    Ops.ACOS: lambda x, y, g: -(g / (1 - x * x).alu(Ops.SQRT)),
    Ops.ATAN: lambda x, y, g: g / (x * x + 1),
    Ops.SINH: lambda x, y, g: g * x.alu(Ops.COSH),
    Ops.COSH: lambda x, y, g: g * x.alu(Ops.SINH),
    Ops.TANH: lambda x, y, g: g * (1 - y * y),
    Ops.ASINH: lambda x, y, g: g / (x * x + 1).alu(Ops.SQRT),
    Ops.ACOSH: lambda x, y, g: g / (x * x - 1).alu(Ops.SQRT),
    Ops.ATANH: lambda x, y, g: g / (1 - x * x),
    Ops.SIGMOID: lambda x, y, g: g * (y * (1 - y)),
    Ops.ERF: lambda x, y, g: g * (-(x * x)).alu(Ops.EXP) * (2 / sqrt(pi)),
    Ops.ERFC: lambda x, y, g: g * (-(x * x)).alu(Ops.EXP) * (-2 / sqrt(pi)),
}
STEPS = (Ops.SIGN, Ops.FLOOR, Ops.CEIL, Ops.TRUNC, Ops.ROUND)  # flat wherever they have a slope


def _unary(node: UOp, g: UOp) -> tuple[UOp]:
    return (UNARY_RULES[node.op](node.src[0], node, g),)


def _flat(node: UOp, g: UOp) -> tuple[UOp, ...]:
    return tuple(source.const_like(0) for source in node.src)


# -- rules: two and three sources


def _mul(node: UOp, g: UOp) -> tuple[UOp, UOp | None]:
    a, b = node.src
    return ((g + g) * a, None) if a is b else (g * b, g * a)


def _div(node: UOp, g: UOp) -> tuple[UOp, UOp]:
    by_a = g / node.src[1]
    return by_a, -(by_a * node)


def _mod(node: UOp, g: UOp) -> tuple[UOp, UOp]:
    """a % b is a - floor(a / b) * b."""
    a, b = node.src
    return g, -(g * a.alu(Ops.FLOORDIV, b))


def _fmod(node: UOp, g: UOp) -> tuple[UOp, UOp]:
    a, b = node.src
    return g, -(g * (a / b).alu(Ops.TRUNC))


def _pow(node: UOp, g: UOp) -> tuple[UOp, UOp | None]:
    """x**0 is 1 everywhere, and 0**y is 0 (or 1) for all y from 0 on: there the slope is 0, not 0 * infinity or NaN."""
    x, y = node.src
    number = _number(y)
    if number is not None:
        return g * (y * x.alu(Ops.POW, y.const_like(number - 1 if number else 0))), None
    zero = y.const_like(0)
    by_x = g * (y * x.alu(Ops.POW, y.alu(Ops.EQ, zero).where(zero, y - 1)))
    flat = x.alu(Ops.EQ, zero).alu(Ops.AND, zero.alu(Ops.LE, y))
    return by_x, g * (node * flat.where(y.const_like(1), x).alu(Ops.LOG))


def _atan2(node: UOp, g: UOp) -> tuple[UOp, UOp]:
    """At the origin, where there is no slope, 0."""
    a, b = node.src
    square = a * a + b * b
    part = g / square.alu(Ops.EQ, square.const_like(0)).where(square.const_like(1), square)
    return part * b, -(part * a)


def _extremum(node: UOp, g: UOp) -> tuple[UOp, UOp]:
    """The larger (or smaller) of two numbers; where they are equal each takes half."""
    a, b = node.src
    lower, upper = (a, b) if node.op is Ops.MAXIMUM else (b, a)
    zero, shared = g.const_like(0), a.alu(Ops.EQ, b).where(g * 0.5, g)
    return lower.alu(Ops.LT, upper).where(zero, shared), upper.alu(Ops.LT, lower).where(zero, shared)


def _where(node: UOp, g: UOp) -> tuple[None, UOp, UOp]:
    condition, zero = node.src[0], g.const_like(0)
    return None, condition.where(g, zero), condition.where(zero, g)


# -- rules: movement; where an element is looked at several times its gradients add up


def _expand(node: UOp, g: UOp) -> tuple[UOp]:
    old, new = node.src[0].shape, node.shape
    added = len(new) - len(old)
    stretched = [axis for axis, size in enumerate(new) if axis < added or old[axis - added] != size]
    return (g.reduce(Ops.ADD, stretched).reshape(old),)


def _pad(node: UOp, g: UOp) -> tuple[UOp]:
    return (g.shrink(tuple((before, before + size) for size, (before, _) in zip(node.src[0].shape, node.arg))),)


def _shrink(node: UOp, g: UOp) -> tuple[UOp]:
    return (g.pad(tuple((start, size - stop) for size, (start, stop) in zip(node.src[0].shape, node.arg))),)


def _window(node: UOp, g: UOp) -> tuple[UOp]:
    axis, _, stride, dilation = node.arg
    return (g.fold(axis, node.src[0].shape[axis], stride, dilation),)


def _fold(node: UOp, g: UOp) -> tuple[UOp]:
    axis, _, stride, dilation = node.arg
    (windows,) = node.src
    return (g.window(axis, windows.shape[-1], stride, dilation) if windows.size else windows.const_like(0),)


def _spread(node: UOp, g: UOp) -> tuple[UOp]:
    """Place j of a window was put into row j alone: windows of all rows, of which only row j is kept for place j."""
    axis, _, stride, dilation = node.arg
    (windows,) = node.src
    if not windows.size:
        return (windows.const_like(0),)
    every = g.window(axis, windows.shape[-1], stride, dilation)  # (..., row, place)
    last = len(every.shape) - 1
    own = iota(every.shape, last - 1).alu(Ops.EQ, iota(every.shape, last))
    return (own.where(every, every.const_like(0)).reduce(Ops.ADD, (last - 1,)).reshape(windows.shape),)


# -- rules: many elements to one


def _reduce(node: UOp, g: UOp) -> tuple[UOp]:
    (x,), (op, axes) = node.src, node.arg
    if op is Ops.ADD:
        return (g.expand(x.shape),)
    if op is Ops.MUL:
        return (g.expand(x.shape) * _product_of_others(x, axes),)
    winners = x.alu(Ops.EQ, node.expand(x.shape)).cast(x.dtype)  # all that equal the extremum share evenly
    return (winners * (g / winners.reduce(Ops.ADD, axes)).expand(x.shape),)


def _product_of_others(x: UOp, axes: Sequence[int]) -> UOp:
    """For each element the product of all others along ``axes``; with no division, zeros are no special case."""
    kept = [axis for axis in range(len(x.shape)) if axis not in axes]
    order = (*kept, *axes)
    moved = x.permute(order)
    rows = moved.reshape((*(x.shape[axis] for axis in kept), prod(x.shape[axis] for axis in axes)))
    others = _product_before(rows, len(kept)) * _product_after(rows, len(kept))
    return others.reshape(moved.shape).permute(_inverse(order))


def _running(node: UOp, g: UOp) -> tuple[UOp]:
    """Running sums, products and extrema."""
    (x,), (op, axis) = node.src, node.arg
    if op is Ops.ADD:
        return (_scan(g.flip((axis,)), op, axis).flip((axis,)),)
    if op is Ops.MUL:
        # y[i] is a product with x[k] for i >= k only: the factors before k, times x[k], times those from k + 1 to i
        return (_product_before(x, axis) * _weighted_sum_after(g, _shift(x, axis, -1), axis),)
    return (_running_extremum(node, g),)


def _weighted_sum_after(g: UOp, x: UOp, axis: int) -> UOp:
    """``h`` with ``h[k] = g[k] + x[k] * h[k + 1]``, in as many steps as doubling 1 takes to reach the axis' length.

    After a step of width d, ``h[k]`` counts 2d terms, and ``x[k]`` is the product of the 2d weights that lead on.
    Each step is stored: fused, it would write out the steps before it twice, and all of them the whole axis.
    """
    step = 1
    while step < g.shape[axis]:
        g, x = g + x * _shift(g, axis, -step), x * _shift(x, axis, -step)
        g, x = (UOp(Ops.CONTIGUOUS, part.dtype, (part,)) for part in (g, x))
        step *= 2
    return g


def _running_extremum(node: UOp, g: UOp) -> UOp:
    """The gradient goes to the last position that the extremum was attained at, as ``torch.cummax`` has it."""
    (x,), (_, axis) = node.src, node.arg
    attained = x.alu(Ops.EQ, node).alu(Ops.OR, x.alu(Ops.NE, x))  # a number, or NaN
    places = iota(x.shape, axis)
    places = _scan(attained.where(places, places.const_like(0)), Ops.MAXIMUM, axis)
    order = (*(i for i in range(len(x.shape)) if i != axis), axis)
    moved = g.permute(order)
    rows = (prod(moved.shape[:-1]), moved.shape[-1])
    summed = _scatter(
        UOp.const(g.dtype, 0, rows), moved.reshape(rows), (iota(rows, 0), places.permute(order).reshape(rows))
    )
    return summed.reshape(moved.shape).permute(_inverse(order))


# -- rules: positions known only when it runs


def _gather_rule(node: UOp, g: UOp) -> tuple[UOp | None, ...]:
    x, *positions = node.src
    return _scatter(x.const_like(0), g, tuple(positions)), *(None for _ in positions)


def _scatter_rule(node: UOp, g: UOp) -> tuple[UOp | None, ...]:
    base, value, *rest = node.src
    positions = tuple(rest)
    if node.arg is Ops.ADD:
        by_base, by_value = g, _gather(g, positions)
    elif node.arg == "SET":  # where several values go to one place each gets its gradient, as in PyTorch
        by_base, by_value = _scatter(g, value.const_like(0), positions, "SET"), _gather(g, positions)
    elif node.arg is Ops.MUL:
        by_base, by_value = _scattered_products(base, value, positions, g)
    else:
        won_base = base.alu(Ops.EQ, node).cast(g.dtype)  # all that equal the extremum share evenly
        won_value = value.alu(Ops.EQ, _gather(node, positions)).cast(g.dtype)
        share = g / _scatter(won_base, won_value, positions)
        by_base, by_value = won_base * share, won_value * _gather(share, positions)
    return by_base, by_value, *(None for _ in positions)


def _scattered_products(base: UOp, value: UOp, positions: tuple[UOp, ...], g: UOp) -> tuple[UOp, UOp]:
    """For each factor of a place the product of the others there. (Differentiated again, it is right without zeros.)

    That product is 0 if another factor is; else it is the product of all that are not 0, divided by this one if it
    is one of them.
    """
    zeros, factors = [], []
    for factor in (base, value):
        is_zero = factor.alu(Ops.EQ, factor.const_like(0))
        zeros.append(is_zero.cast(g.dtype))
        factors.append(is_zero.where(factor.const_like(1), factor))
    count, product = _scatter(*zeros, positions), g * _scatter(*factors, positions, Ops.MUL)

    def of_others(zero: UOp, factor: UOp, count: UOp, product: UOp) -> UOp:
        return zero.alu(Ops.EQ, count).where(product / factor, factor.const_like(0))

    by_value = of_others(zeros[1], factors[1], _gather(count, positions), _gather(product, positions))
    return of_others(zeros[0], factors[0], count, product), by_value


# -- rules: the value stays


def _same(node: UOp, g: UOp) -> tuple[UOp]:
    return (g,)


def _copy(node: UOp, g: UOp) -> tuple[UOp]:
    """Back to the device that the source lives on."""
    device = device_of(node.src[0])
    return (UOp(Ops.COPY, g.dtype, (g,), device) if device else g,)


RULES: dict[Ops, Rule] = {
    **dict.fromkeys(UNARY_RULES, _unary),
    **dict.fromkeys((*STEPS, Ops.FLOORDIV), _flat),
    Ops.LEAF: _same,
    Ops.CONTIGUOUS: _same,
    Ops.COPY: _copy,
    Ops.ASSIGN: lambda node, g: (None, g),
    Ops.RESHAPE: lambda node, g: (g.reshape(node.src[0].shape),),
    Ops.PERMUTE: lambda node, g: (g.permute(_inverse(node.arg)),),
    Ops.EXPAND: _expand,
    Ops.PAD: _pad,
    Ops.SHRINK: _shrink,
    Ops.FLIP: lambda node, g: (g.flip(node.arg),),
    Ops.WINDOW: _window,
    Ops.FOLD: _fold,
    Ops.SPREAD: _spread,
    Ops.REDUCE: _reduce,
    Ops.SCAN: _running,
    Ops.GATHER: _gather_rule,
    Ops.SCATTER: _scatter_rule,
    Ops.ADD: lambda node, g: (g, g),
    Ops.SUB: lambda node, g: (g, -g),
    Ops.MUL: _mul,
    Ops.DIV: _div,
    Ops.MOD: _mod,
    Ops.FMOD: _fmod,
    Ops.POW: _pow,
    Ops.ATAN2: _atan2,
    Ops.MAXIMUM: _extremum,
    Ops.MINIMUM: _extremum,
    Ops.WHERE: _where,
}
