"""The slowest way to run a graph, and the clearest: one NumPy call for each UOp, in order.

Every other way to run a graph is judged by this one. It knows nothing of fusion, loops or kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from .dtype import DType, decode, dtypes, encode
from .uop import ELEMENTWISE, IDENTITIES, Ops, UOp, toposort

_M32 = np.uint64(0xFFFFFFFF)


def threefry(counter: np.ndarray, key: np.ndarray) -> np.ndarray:
    """64 random bits for each counter: Threefry-2x32 with 20 rounds (Salmon et al., 2011). All are uint64."""
    key0, key1 = key & _M32, key >> np.uint64(32)
    keys = (key0, key1, key0 ^ key1 ^ np.uint64(0x1BD11BDA))
    x0, x1 = ((counter & _M32) + keys[0]) & _M32, ((counter >> np.uint64(32)) + keys[1]) & _M32
    for step in range(5):
        for turn in ((13, 15, 26, 6), (17, 29, 16, 24))[step % 2]:
            x0 = (x0 + x1) & _M32
            x1 = (((x1 << np.uint64(turn)) | (x1 >> np.uint64(32 - turn))) & _M32) ^ x0
        x0 = (x0 + keys[(step + 1) % 3]) & _M32
        x1 = (x1 + keys[(step + 2) % 3] + np.uint64(step + 1)) & _M32
    return x0 | (x1 << np.uint64(32))


def _whole_or(whole: Callable, fractional: Callable) -> Callable:
    return lambda a, b: fractional(a, b) if a.dtype.kind == "f" else whole(a, b)


def _shift(shift: Callable) -> Callable:
    """Shifts by the width or more, or by less than nothing, push every bit out."""

    def shifted(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        width = a.dtype.itemsize * 8
        inside = (b >= 0) & (b < width)
        if shift is np.right_shift and a.dtype.kind == "i":
            return shift(a, np.where(inside, b, width - 1))  # the sign is left
        return np.where(inside, shift(a, b % width), 0)

    return shifted


def _whole_power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Whole powers; a negative exponent gives 1 / a rounded towards 0."""
    positive = np.power(a, np.maximum(b, 0))
    inverse = np.where(a == 1, 1, np.where(a == -1, np.where(b % 2 == 0, 1, -1), 0)).astype(a.dtype)
    return np.where(b >= 0, positive, inverse)


def _special(name: str) -> Callable:
    """A function of SciPy's, which is loaded when first needed: that takes longer than loading all of the engine."""

    def function(a: np.ndarray) -> np.ndarray:
        from scipy import special

        return getattr(special, name)(a)

    return function


NUMPY_OPS: dict[Ops, Callable[..., np.ndarray]] = {
    Ops.NEG: lambda a: 0 - a if a.dtype.kind == "u" else -a,
    Ops.RECIPROCAL: lambda a: 1 / a,
    Ops.ABS: np.abs,
    Ops.SIGN: np.sign,
    Ops.NOT: np.invert,
    Ops.RELU: lambda a: np.maximum(a, 0),
    Ops.SQRT: np.sqrt,
    Ops.EXP: np.exp,
    Ops.EXP2: np.exp2,
    Ops.EXPM1: np.expm1,
    Ops.LOG: np.log,
    Ops.LOG2: np.log2,
    Ops.LOG1P: np.log1p,
    Ops.SIN: np.sin,
    Ops.COS: np.cos,
    Ops.TAN: np.tan,
    Ops.ASIN: np.arcsin,
    Ops.ACOS: np.arccos,
    Ops.ATAN: np.arctan,
    Ops.SINH: np.sinh,
    Ops.COSH: np.cosh,
    Ops.TANH: np.tanh,
    Ops.ASINH: np.arcsinh,
    Ops.ACOSH: np.arccosh,
    Ops.ATANH: np.arctanh,
    Ops.ERF: _special("erf"),
    Ops.ERFC: _special("erfc"),
    Ops.SIGMOID: _special("expit"),
    Ops.FLOOR: np.floor,
    Ops.CEIL: np.ceil,
    Ops.TRUNC: np.trunc,
    Ops.ROUND: np.round,
    Ops.ADD: np.add,
    Ops.SUB: np.subtract,
    Ops.MUL: np.multiply,
    Ops.DIV: np.divide,
    Ops.FLOORDIV: _whole_or(np.floor_divide, np.floor_divide),
    Ops.MOD: np.mod,
    Ops.FMOD: np.fmod,
    Ops.POW: _whole_or(_whole_power, np.power),
    Ops.ATAN2: np.arctan2,
    Ops.MAXIMUM: np.maximum,
    Ops.MINIMUM: np.minimum,
    Ops.AND: np.bitwise_and,
    Ops.OR: np.bitwise_or,
    Ops.XOR: np.bitwise_xor,
    Ops.SHL: _shift(np.left_shift),
    Ops.SHR: _shift(np.right_shift),
    Ops.LT: np.less,
    Ops.LE: np.less_equal,
    Ops.EQ: np.equal,
    Ops.NE: np.not_equal,
    Ops.THREEFRY: threefry,
    Ops.WHERE: np.where,
}

REDUCERS = {Ops.ADD: np.add, Ops.MUL: np.multiply, Ops.MAXIMUM: np.maximum, Ops.MINIMUM: np.minimum}


def identity_of(op: Ops, dtype: DType) -> bool | int | float:
    """What a reduction starts from: the number that changes nothing."""
    return {Ops.ADD: 0, Ops.MUL: 1, Ops.MAXIMUM: dtype.min, Ops.MINIMUM: dtype.max}[op]


def cast(x: np.ndarray, dtype: DType) -> np.ndarray:
    """Numbers as another dtype computes them.

    Fractions become whole numbers towards 0; what does not fit becomes the nearest number that does, and NaN 0. C, and
    NumPy with it, leaves that open. Whole numbers wrap around. Anything but 0 is true.
    """
    if dtype is dtypes.bool:
        return x != 0
    if x.dtype.kind == "f" and dtype.is_int:
        large, small = x >= float(dtype.max + 1), x <= float(dtype.min - 1)
        whole = np.where(large | small | np.isnan(x), 0, x).astype(dtype.compute)
        return np.where(large, dtype.compute.type(dtype.max), np.where(small, dtype.compute.type(dtype.min), whole))
    return x.astype(dtype.compute)


def check_positions(positions: np.ndarray, size: int, axis: int) -> np.ndarray:
    """Positions on an axis of ``size`` elements as they are, if all of them lie on it.

    Raises
    ------
    IndexError: naming the first position that does not.
    """
    wrong = (positions < 0) | (positions >= size)
    if wrong.any():
        raise IndexError(f"index {int(positions[wrong][0])} is out of range for axis {axis} with size {size}")
    return positions


def _windows(x: np.ndarray, axis: int, size: int, stride: int, dilation: int) -> np.ndarray:
    count = (x.shape[axis] - (size - 1) * dilation - 1) // stride + 1
    shape = (*x.shape[:axis], count, *x.shape[axis + 1 :], size)
    strides = (*x.strides[:axis], x.strides[axis] * stride, *x.strides[axis + 1 :], x.strides[axis] * dilation)
    return np.lib.stride_tricks.as_strided(x, shape, strides)


def _spread(node: UOp, x: np.ndarray) -> np.ndarray:
    axis, _, stride, dilation = node.arg
    out = np.zeros(node.shape, x.dtype)
    for place in range(x.shape[-1]):
        stop = place * dilation + (x.shape[axis] - 1) * stride + 1
        where = (slice(None),) * axis + (slice(place * dilation, stop, stride),)
        if x.shape[axis]:
            out[..., place][where] = x[..., place]
    return out


def _scatter(node: UOp, x: np.ndarray, value: np.ndarray, *positions: np.ndarray) -> np.ndarray:
    out = x.copy()
    places = tuple(check_positions(p, x.shape[axis], axis) for axis, p in enumerate(positions))
    if node.arg == "SET":
        count = len(positions[0].reshape(-1))
        flat, rows = [p.reshape(-1) for p in places], value.reshape(count, *x.shape[len(places) :])
        for i in range(count):  # in order, so that the last of several values for one place stays
            out[tuple(p[i] for p in flat)] = rows[i]
    else:
        REDUCERS[node.arg].at(out, places, value)
    return out


def evaluate(node: UOp, *values: np.ndarray) -> np.ndarray:
    """The numbers that one UOp gives for its sources' numbers (as computed with, so bfloat16 comes as float32).

    Raises
    ------
    IndexError: if a GATHER or SCATTER is asked for a position outside its source.
    """
    arg, x = node.arg, values[0] if values else None
    with np.errstate(all="ignore"):  # 1 / 0 is infinity here, as it is in C
        if node.op in NUMPY_OPS:
            return NUMPY_OPS[node.op](*values)
        if node.op in IDENTITIES:
            return values[-1]
        match node.op:
            case Ops.CONST:
                return np.asarray(arg)
            case Ops.IOTA:
                return np.arange(arg)
            case Ops.CAST:
                return cast(x, node.dtype)
            case Ops.BITCAST:
                return decode(encode(x, node.src[0].dtype).view(node.dtype.storage), node.dtype)
            case Ops.RESHAPE:
                return x.reshape(arg)
            case Ops.PERMUTE:
                return x.transpose(arg)
            case Ops.EXPAND:
                return np.broadcast_to(x, arg)
            case Ops.PAD:
                return np.pad(x, arg)
            case Ops.SHRINK:
                return x[tuple(slice(start, stop) for start, stop in arg)]
            case Ops.FLIP:
                return np.flip(x, arg)
            case Ops.WINDOW:
                return _windows(x, *arg)
            case Ops.SPREAD:
                return _spread(node, x)
            case Ops.FOLD:
                spread = UOp(Ops.SPREAD, node.dtype, node.src, arg)
                return _spread(spread, x).sum(-1)
            case Ops.REDUCE:
                start = identity_of(arg[0], node.dtype)
                return REDUCERS[arg[0]].reduce(x, axis=arg[1], dtype=x.dtype, keepdims=True, initial=start)
            case Ops.SCAN:
                return REDUCERS[arg[0]].accumulate(x, axis=arg[1], dtype=x.dtype)
            case Ops.GATHER:
                return x[tuple(check_positions(p, x.shape[axis], axis) for axis, p in enumerate(values[1:]))]
            case Ops.SCATTER:
                return _scatter(node, *values)
            case Ops.ARGSORT:
                return stable_argsort(x, arg)
    raise NotImplementedError(f"the interpreter does not know {node.op.name}")


def stable_argsort(x: np.ndarray, descending: bool) -> np.ndarray:
    """Positions that sort the last axis; equal numbers keep their order, and NaN counts as the largest."""
    if not descending:
        return np.argsort(x, axis=-1, kind="stable")
    flipped = np.argsort(x[..., ::-1], axis=-1, kind="stable")
    return (x.shape[-1] - 1 - flipped)[..., ::-1]


def interpret(roots: Iterable[UOp]) -> list[np.ndarray]:
    """The stored numbers of each root: the graph is walked once, and every UOp is one NumPy call.

    BUFFERs must lie in NumPy's memory. Results are let go of as soon as nothing further needs them.
    """
    roots = list(roots)
    order = toposort(roots)
    waiting: dict[UOp, int] = {}
    for node in [*roots, *(source for user in order for source in user.src)]:
        waiting[node] = waiting.get(node, 0) + 1
    values: dict[UOp, np.ndarray] = {}
    for node in order:
        if node.op is Ops.BUFFER:
            value = decode(node.arg[0].array.reshape(node.shape), node.dtype)
        else:
            result = evaluate(node, *(values[source] for source in node.src))
            value = decode(encode(result, node.dtype), node.dtype)  # rounded to what the dtype can hold
        values[node] = value
        for source in node.src:
            waiting[source] -= 1
            if not waiting[source]:
                del values[source]
    return [encode(values[root], root.dtype) for root in roots]


assert set(NUMPY_OPS) | {Ops.CAST, Ops.BITCAST} == ELEMENTWISE
