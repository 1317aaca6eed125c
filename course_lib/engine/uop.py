"""The graph: every tensor expression is made of UOps, and every UOp is made only once.

A ``UOp`` says *what* is to be computed, never how. It has an operation, the UOps it works on (``src``), and an argument
that is plain data. Nothing is computed when one is made; only its shape and dtype are worked out.

UOps are interned: asking twice for the same operation on the same sources returns the same object. So equal
expressions are found by ``is``, dictionaries of UOps hash an address, and a common subexpression exists once.
The idea is old (Ershov, 1958; "hash consing") and tinygrad's graph works the same way.
"""

from __future__ import annotations

import weakref
from collections.abc import Container, Iterable, Iterator
from enum import StrEnum
from math import prod
from typing import Any

from .dtype import DType, dtypes
from .strides import Shape, ShapeError


class Ops(StrEnum):
    """All operations of a graph. Below them stands what each computes, in NumPy's words."""

    # leaves
    CONST = "CONST"  # arg: a Python number; shape ()
    IOTA = "IOTA"  # arg: n; the numbers 0 ... n-1
    BUFFER = "BUFFER"  # arg: (Buffer, shape); numbers in some device's memory
    # the value stays as it is
    LEAF = "LEAF"  # arg: (a serial number, its device); tells apart tensors that are made alike
    DETACH = "DETACH"  # no gradient passes
    CONTIGUOUS = "CONTIGUOUS"  # is given memory of its own
    COPY = "COPY"  # arg: a device's name; moves there
    ASSIGN = "ASSIGN"  # src: (BUFFER, value); the value, kept in the buffer's memory if nobody else needs that
    # movement: which element is looked at
    RESHAPE = "RESHAPE"  # arg: shape
    PERMUTE = "PERMUTE"  # arg: order of the axes
    EXPAND = "EXPAND"  # arg: shape; np.broadcast_to
    PAD = "PAD"  # arg: ((before, after), ...); with zeros
    SHRINK = "SHRINK"  # arg: ((start, stop), ...)
    FLIP = "FLIP"  # arg: axes
    WINDOW = "WINDOW"  # arg: (axis, size, stride, dilation); out[.., i, .., j] = x[.., i*stride + j*dilation, ..]
    FOLD = "FOLD"  # arg: (axis, length, stride, dilation); the transpose of WINDOW: overlapping windows add up
    SPREAD = "SPREAD"  # arg as FOLD's; FOLD before it adds up: out[.., i*stride + j*dilation, .., j] = x[.., i, .., j]
    # many elements to one
    REDUCE = "REDUCE"  # arg: (ADD, MUL, MAXIMUM or MINIMUM, axes); the axes stay, with size 1
    SCAN = "SCAN"  # arg: (operation, axis); running result along the axis
    # positions known only when it runs
    GATHER = "GATHER"  # src: (x, i, j, ...); x[i, j, ...]
    # np.add.at(x.copy(), (i, j), value), with ADD, MUL, MAXIMUM, MINIMUM or "SET" as arg
    SCATTER = "SCATTER"  # src: (x, value, i, j, ...)
    ARGSORT = "ARGSORT"  # arg: descending; stable, along the last axis, int64
    # element by element: one source
    CAST = "CAST"
    BITCAST = "BITCAST"
    NEG = "NEG"
    RECIPROCAL = "RECIPROCAL"
    ABS = "ABS"
    SIGN = "SIGN"
    NOT = "NOT"
    RELU = "RELU"
    SQRT = "SQRT"
    EXP = "EXP"
    EXP2 = "EXP2"
    EXPM1 = "EXPM1"
    LOG = "LOG"
    LOG2 = "LOG2"
    LOG1P = "LOG1P"
    SIN = "SIN"
    COS = "COS"
    TAN = "TAN"
    ASIN = "ASIN"
    ACOS = "ACOS"
    ATAN = "ATAN"
    SINH = "SINH"
    COSH = "COSH"
    TANH = "TANH"
    ASINH = "ASINH"
    ACOSH = "ACOSH"
    ATANH = "ATANH"
    ERF = "ERF"
    ERFC = "ERFC"
    SIGMOID = "SIGMOID"
    FLOOR = "FLOOR"
    CEIL = "CEIL"
    TRUNC = "TRUNC"
    ROUND = "ROUND"  # half to even
    # two sources
    ADD = "ADD"
    SUB = "SUB"
    MUL = "MUL"
    DIV = "DIV"  # of fractional numbers
    FLOORDIV = "FLOORDIV"  # rounds down; x // 0 is 0 for whole numbers
    MOD = "MOD"  # has the divisor's sign, as Python's %; x % 0 is 0 for whole numbers
    FMOD = "FMOD"  # has the dividend's sign, as C's %
    POW = "POW"
    ATAN2 = "ATAN2"
    MAXIMUM = "MAXIMUM"  # NaN wins, as in NumPy
    MINIMUM = "MINIMUM"
    AND = "AND"
    OR = "OR"
    XOR = "XOR"
    SHL = "SHL"
    SHR = "SHR"
    LT = "LT"
    LE = "LE"
    EQ = "EQ"
    NE = "NE"
    THREEFRY = "THREEFRY"  # uint64 counter and key to 64 random bits
    # three sources
    WHERE = "WHERE"
    # only in kernels, where every UOp stands for one number
    PARAM = "PARAM"  # arg: its place among the kernel's buffers
    SCALAR = "SCALAR"  # arg: its place among the kernel's numbers
    RANGE = "RANGE"  # arg: (number, size); a loop's variable
    LOAD = "LOAD"  # src: (PARAM, index) or (PARAM, index, condition); 0 where the condition is false
    CHECKED = "CHECKED"  # src: (position,) or (position, condition), arg: (size, axis); an error if it is out of range
    ACCUMULATE = "ACCUMULATE"  # src: (value, RANGE, ...), arg: operation; the result over whole loops
    RUNNING = "RUNNING"  # src: (value, RANGE), arg: operation; the result so far in a loop


_ORDER = list(Ops)


def _between(first: Ops, last: Ops) -> frozenset[Ops]:
    return frozenset(_ORDER[_ORDER.index(first) : _ORDER.index(last) + 1])


LEAVES = _between(Ops.CONST, Ops.BUFFER)
IDENTITIES = _between(Ops.LEAF, Ops.ASSIGN)
MOVEMENT = _between(Ops.RESHAPE, Ops.SPREAD)
UNARY = _between(Ops.CAST, Ops.ROUND)
BINARY = _between(Ops.ADD, Ops.THREEFRY)
ELEMENTWISE = UNARY | BINARY | {Ops.WHERE}
COMPARISONS = frozenset({Ops.LT, Ops.LE, Ops.EQ, Ops.NE})
REDUCIBLE = frozenset({Ops.ADD, Ops.MUL, Ops.MAXIMUM, Ops.MINIMUM})

_interned: dict[tuple, _Entry] = {}


class _Entry(weakref.ref):
    """A weak reference that knows its key, so that the table forgets a UOp when everybody else has."""

    __slots__ = ("key",)


def _forget(entry: _Entry) -> None:
    if _interned.get(entry.key) is entry:
        del _interned[entry.key]


class UOp:
    """One operation of the graph. The same arguments give the same object.

    Parameters
    ----------
    op: the operation.
    dtype: the kind of numbers it gives.
    src: the UOps it works on.
    arg: plain, hashable data; what it means depends on ``op`` (see ``Ops``).

    Attributes
    ----------
    shape: worked out from the sources.
    realized: the Buffer that holds the result once it has been computed, else None.

    Raises
    ------
    ShapeError: if the sources' shapes and ``arg`` do not fit.
    """

    __slots__ = ("op", "dtype", "src", "arg", "shape", "realized", "__weakref__")
    op: Ops
    dtype: DType
    src: tuple[UOp, ...]
    arg: Any
    shape: Shape
    realized: Any

    def __new__(cls, op: Ops, dtype: DType, src: tuple[UOp, ...] = (), arg: Any = None) -> UOp:
        # 0.0 == -0.0 and NaN != NaN, yet the first two are different constants and the third is one
        key = (op, dtype, src, repr(arg) if op is Ops.CONST and dtype.is_float else arg)
        entry = _interned.get(key)
        found = entry() if entry is not None else None
        if found is not None:
            return found
        self = object.__new__(cls)
        self.op, self.dtype, self.src, self.arg, self.realized = op, dtype, src, arg, None
        self.shape = src[0].shape if op in ELEMENTWISE else shape_of(op, src, arg)
        entry = _Entry(self, _forget)
        entry.key = key
        _interned[key] = entry
        return self

    # -- looking at it

    @property
    def size(self) -> int:
        """How many elements the result has."""
        return prod(self.shape)

    def toposort(self) -> list[UOp]:
        """All UOps that this one needs, itself last, every one after its sources."""
        return toposort([self])

    def forget_sources(self) -> None:
        """Let go of what a computed UOp was computed from; it stands for its ``realized`` numbers alone from now on."""
        _interned.pop((self.op, self.dtype, self.src, self.arg), None)
        self.src = ()

    def __repr__(self) -> str:
        arg = "" if self.arg is None else f", {self.arg}"
        return f"UOp({self.op.name}, {self.dtype.name}, {self.shape}{arg})"

    def __str__(self) -> str:
        """The graph as text: one numbered line for each UOp, sources first."""
        nodes = self.toposort()
        number = {node: i for i, node in enumerate(nodes)}
        lines = []
        for node in nodes:
            sources = ", ".join(f"%{number[s]}" for s in node.src)
            arg = "" if node.arg is None else f" {node.arg}"
            lines.append(f"%{number[node]} = {node.op.name}({sources}){arg} : {node.dtype.name}{list(node.shape)}")
        return "\n".join(lines)

    def _repr_svg_(self) -> str:
        """The graph as a drawing, for notebooks."""
        from .display import graph

        return graph(self).svg

    # -- making more

    @staticmethod
    def const(dtype: DType, value: bool | int | float, shape: Shape = ()) -> UOp:
        """A number of the given kind, stretched to a shape."""
        value = float(value) if dtype.is_float else bool(value) if dtype is dtypes.bool else int(value)
        number = UOp(Ops.CONST, dtype, (), value)
        return UOp(Ops.EXPAND, dtype, (number,), shape) if shape else number

    def const_like(self, value: bool | int | float) -> UOp:
        """A number with this one's dtype and shape."""
        return UOp.const(self.dtype, value, self.shape)

    def alu(self, op: Ops, *others: UOp) -> UOp:
        """An element-wise operation on this one and others of its shape."""
        dtype = dtypes.bool if op in COMPARISONS else others[0].dtype if op is Ops.WHERE else self.dtype
        for other in others:
            if other.shape != self.shape:
                raise ShapeError(f"{op.name} of shapes {self.shape} and {other.shape}: they must agree")
        return UOp(op, dtype, (self, *others))

    def cast(self, dtype: DType) -> UOp:
        return self if dtype is self.dtype else UOp(Ops.CAST, dtype, (self,))

    def reshape(self, shape: Shape) -> UOp:
        return self if shape == self.shape else UOp(Ops.RESHAPE, self.dtype, (self,), shape)

    def permute(self, order: Iterable[int]) -> UOp:
        order = tuple(order)
        return self if order == tuple(range(len(order))) else UOp(Ops.PERMUTE, self.dtype, (self,), order)

    def expand(self, shape: Shape) -> UOp:
        return self if shape == self.shape else UOp(Ops.EXPAND, self.dtype, (self,), shape)

    def pad(self, margins: tuple[tuple[int, int], ...]) -> UOp:
        return UOp(Ops.PAD, self.dtype, (self,), margins) if any(map(any, margins)) else self

    def shrink(self, bounds: tuple[tuple[int, int], ...]) -> UOp:
        whole = tuple((0, size) for size in self.shape)
        return self if bounds == whole else UOp(Ops.SHRINK, self.dtype, (self,), bounds)

    def flip(self, axes: tuple[int, ...]) -> UOp:
        return UOp(Ops.FLIP, self.dtype, (self,), axes) if axes else self

    def window(self, axis: int, size: int, stride: int = 1, dilation: int = 1) -> UOp:
        """Windows of ``size`` elements along an axis; the places in the window become a new last axis."""
        return UOp(Ops.WINDOW, self.dtype, (self,), (axis, size, stride, dilation))

    def fold(self, axis: int, length: int, stride: int = 1, dilation: int = 1) -> UOp:
        """Put windows (places on the last axis) back on an axis of ``length`` elements; where they overlap they add."""
        return UOp(Ops.FOLD, self.dtype, (self,), (axis, length, stride, dilation))

    def reduce(self, op: Ops, axes: Iterable[int]) -> UOp:
        """Add, multiply or compare along ``axes``, which stay with size 1."""
        axes = tuple(sorted(axes))
        return UOp(Ops.REDUCE, self.dtype, (self,), (op, axes)) if axes else self

    def detach(self) -> UOp:
        return UOp(Ops.DETACH, self.dtype, (self,))

    def _match(self, other: UOp | bool | int | float) -> UOp:
        return other if isinstance(other, UOp) else self.const_like(other)

    def __add__(self, other: UOp | float) -> UOp:
        return self.alu(Ops.ADD, self._match(other))

    def __sub__(self, other: UOp | float) -> UOp:
        return self.alu(Ops.SUB, self._match(other))

    def __rsub__(self, other: float) -> UOp:
        return self._match(other).alu(Ops.SUB, self)

    def __mul__(self, other: UOp | float) -> UOp:
        return self.alu(Ops.MUL, self._match(other))

    def __truediv__(self, other: UOp | float) -> UOp:
        return self.alu(Ops.DIV, self._match(other))

    def __rtruediv__(self, other: float) -> UOp:
        return self._match(other).alu(Ops.DIV, self)

    def __neg__(self) -> UOp:
        return self.alu(Ops.NEG)

    __radd__ = __add__
    __rmul__ = __mul__

    def where(self, yes: UOp, no: UOp) -> UOp:
        """``yes`` where this is true, ``no`` elsewhere."""
        return self.alu(Ops.WHERE, yes, no)


def set_apart(kept: Container[UOp]) -> None:
    """Let the arguments of what has been computed, and of ``kept``, give new objects from now on."""
    for entry in list(_interned.values()):
        node = entry()
        if node is not None and node.src and (node.realized is not None or node in kept):
            del _interned[entry.key]


def toposort(roots: Iterable[UOp], stop: frozenset[Ops] = frozenset()) -> list[UOp]:
    """All UOps that the roots need, every one after its sources; it looks no further than operations in ``stop``.

    Written without recursion: a graph may be deeper than Python's stack.
    """
    order: dict[UOp, None] = {}
    stack: list[tuple[UOp, Iterator[UOp]]] = []
    entered: set[UOp] = set()
    for root in roots:
        if root in entered:
            continue
        entered.add(root)
        stack.append((root, iter(() if root.op in stop else root.src)))
        while stack:
            node, sources = stack[-1]
            for source in sources:
                if source not in entered:
                    entered.add(source)
                    stack.append((source, iter(() if source.op in stop else source.src)))
                    break
            else:
                stack.pop()
                order[node] = None
    return list(order)


def device_of(x: UOp) -> str | None:
    """The device that a graph is computed on; None for plain constants, which can be had on any."""
    stack, seen = [x], set()
    while stack:
        node = stack.pop()
        if node.op is Ops.COPY:
            return node.arg
        if node.op is Ops.BUFFER:
            return node.arg[0].device
        if node.realized is not None and not node.src and node.op not in LEAVES:  # its sources are forgotten
            return node.realized.device
        if node.op is Ops.LEAF:
            return node.arg[1]
        if node not in seen:
            seen.add(node)
            stack.extend(node.src)
    return None


def window_count(length: int, size: int, stride: int, dilation: int) -> int:
    """How many windows of ``size`` places, ``dilation`` apart, fit into ``length``, starting every ``stride``."""
    return (length - (size - 1) * dilation - 1) // stride + 1


def shape_of(op: Ops, src: tuple[UOp, ...], arg: Any) -> Shape:
    """The shape that an operation gives. What it demands of its sources is checked here.

    Raises
    ------
    ShapeError: naming the operation, the shapes and the argument.
    """
    shape = src[0].shape if src else ()
    match op:
        case Ops.BUFFER:
            return arg[1]
        case Ops.CONST:
            return ()
        case Ops.IOTA:
            return (arg,)
        case Ops.RESHAPE:
            if prod(arg) == prod(shape):
                return arg
        case Ops.PERMUTE:
            if sorted(arg) == list(range(len(shape))):
                return tuple(shape[axis] for axis in arg)
        case Ops.EXPAND:
            if len(arg) >= len(shape) and all(
                old in (1, new) for old, new in zip(shape[::-1], arg[::-1], strict=False)
            ):
                return arg
        case Ops.PAD:
            if len(arg) == len(shape) and all(min(pair) >= 0 for pair in arg):
                return tuple(size + before + after for size, (before, after) in zip(shape, arg))
        case Ops.SHRINK:
            if len(arg) == len(shape) and all(0 <= a <= b <= n for n, (a, b) in zip(shape, arg)):
                return tuple(stop - start for start, stop in arg)
        case Ops.FLIP:
            if all(0 <= axis < len(shape) for axis in arg):
                return shape
        case Ops.WINDOW:
            axis, size, stride, dilation = arg
            if min(size, stride, dilation) >= 1 and (size - 1) * dilation < shape[axis]:
                return (*shape[:axis], window_count(shape[axis], size, stride, dilation), *shape[axis + 1 :], size)
        case Ops.FOLD | Ops.SPREAD:
            axis, length, stride, dilation = arg
            if window_count(length, shape[-1], stride, dilation) == shape[axis]:
                spread = (*shape[:axis], length, *shape[axis + 1 :])
                return spread if op is Ops.SPREAD else spread[:-1]
        case Ops.REDUCE:
            if arg[0] in REDUCIBLE and all(0 <= axis < len(shape) for axis in arg[1]):
                return tuple(1 if axis in arg[1] else size for axis, size in enumerate(shape))
        case Ops.SCAN:
            if arg[0] in REDUCIBLE and 0 <= arg[1] < len(shape):
                return shape
        case Ops.GATHER:
            positions = src[1:]
            if 1 <= len(positions) <= len(shape) and len({p.shape for p in positions}) == 1:
                return positions[0].shape + shape[len(positions) :]
        case Ops.SCATTER:
            positions = src[2:]
            if len(positions) <= len(shape) and {p.shape + shape[len(positions) :] for p in positions} == {
                src[1].shape
            }:
                return shape
        case Ops.ARGSORT:
            if shape:
                return shape
        case Ops.ASSIGN:
            if shape == src[1].shape:
                return shape
        case _:
            return shape
    shapes = ", ".join(str(s.shape) for s in src)
    raise ShapeError(f"{op.name} with {arg} does not fit {shapes}")
