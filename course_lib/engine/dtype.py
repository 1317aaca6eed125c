"""The kinds of numbers that tensors hold, and which kind a mixture becomes.

Names and rules are PyTorch's (``torch.result_type``). ``float16`` and ``bfloat16`` are computed in float32 and rounded
after every operation; NumPy has no bfloat16, so its 16 bits are kept as uint16.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class DType:
    """One kind of number. There is one object of each kind, so ``is`` compares them.

    Attributes
    ----------
    name: as in ``dtypes.float32``.
    category: 0 for bool, 1 for whole numbers, 2 for fractional ones; in a mixture the highest category wins.
    itemsize: bytes that one number takes.
    signed: whether it can be negative.
    storage: the NumPy dtype of its bytes in memory.
    compute: the NumPy dtype in which it is computed.
    """

    name: str
    category: int
    itemsize: int
    signed: bool
    storage: np.dtype
    compute: np.dtype

    def __repr__(self) -> str:
        return f"dtypes.{self.name}"

    def __reduce__(self) -> tuple:
        return (getattr, (dtypes, self.name))

    @property
    def is_float(self) -> bool:
        return self.category == 2

    is_floating_point = is_float

    @property
    def is_int(self) -> bool:
        """Whether it is a whole number; bool is not."""
        return self.category == 1

    @property
    def min(self) -> bool | int | float:
        """The smallest number of this kind; for fractional kinds minus infinity."""
        if self.is_float:
            return float("-inf")
        return int(np.iinfo(self.storage).min) if self.is_int else False

    @property
    def max(self) -> bool | int | float:
        """The largest number of this kind; for fractional kinds infinity."""
        if self.is_float:
            return float("inf")
        return int(np.iinfo(self.storage).max) if self.is_int else True


def _make(name: str, category: int, signed: bool, storage: str, compute: str | None = None) -> DType:
    stored = np.dtype(storage)
    return DType(name, category, stored.itemsize, signed, stored, np.dtype(compute or storage))


class dtypes:
    """The kinds by name, as in ``dtypes.float32``; also PyTorch's ``half``, ``float``, ``double`` and so on."""

    bool = _make("bool", 0, False, "bool")
    uint8 = _make("uint8", 1, False, "uint8")
    int8 = _make("int8", 1, True, "int8")
    int16 = _make("int16", 1, True, "int16")
    int32 = _make("int32", 1, True, "int32")
    int64 = _make("int64", 1, True, "int64")
    uint32 = _make("uint32", 1, False, "uint32")  # this and the next serve the random numbers
    uint64 = _make("uint64", 1, False, "uint64")
    float16 = _make("float16", 2, True, "float16", "float32")
    bfloat16 = _make("bfloat16", 2, True, "uint16", "float32")
    float32 = _make("float32", 2, True, "float32")
    float64 = _make("float64", 2, True, "float64")

    half, float, double = float16, float32, float64
    short, int, long = int16, int32, int64
    default_float, default_int = float32, int64


ALL_DTYPES = tuple(
    getattr(dtypes, name)
    for name in "bool uint8 int8 int16 int32 int64 uint32 uint64 float16 bfloat16 float32 float64".split()
)
_BY_STORAGE = {dtype.storage: dtype for dtype in ALL_DTYPES if dtype is not dtypes.bfloat16} | {
    np.dtype("uint16"): dtypes.int32
}
_BY_NAME = {dtype.name: dtype for dtype in ALL_DTYPES} | {
    name: getattr(dtypes, name) for name in ("half", "float", "double", "short", "int", "long")
}


def to_dtype(kind: object) -> DType:
    """The dtype that a name, a Python type, a NumPy dtype or a dtype stands for.

    Raises
    ------
    TypeError: if no dtype here can hold such numbers.
    """
    if isinstance(kind, DType):
        return kind
    if isinstance(kind, type) and kind in (bool, int, float):
        return {bool: dtypes.bool, int: dtypes.default_int, float: dtypes.default_float}[kind]
    if isinstance(kind, str) and kind.removeprefix("torch.") in _BY_NAME:
        return _BY_NAME[kind.removeprefix("torch.")]
    try:
        return _BY_STORAGE[np.dtype(kind).newbyteorder("=")]
    except (TypeError, KeyError):
        names = ", ".join(dtype.name for dtype in ALL_DTYPES)
        raise TypeError(f"there is no dtype {kind!r} here; there are {names}") from None


def dtype_of_number(value: bool | int | float) -> DType:
    """The dtype of a Python number on its own: bool, int64 or float32."""
    return dtypes.bool if isinstance(value, bool) else dtypes.int64 if isinstance(value, int) else dtypes.float32


@cache
def promote(a: DType, b: DType) -> DType:
    """The dtype of ``a + b``.

    The higher category wins; within it the wider. Unsigned with signed of the same or a smaller width takes the next
    wider signed kind (uint8 with int8 gives int16), and float16 with bfloat16 gives float32, as neither holds the
    other.

    Raises
    ------
    TypeError: for uint64 with a signed kind: no whole kind holds both.
    """
    if a is b:
        return a
    if a.category != b.category:
        return a if a.category > b.category else b
    if a.is_float and a.itemsize == b.itemsize:
        return dtypes.float32
    narrow, wide = sorted((a, b), key=lambda dtype: dtype.itemsize)
    if a.is_int and a.signed != b.signed:
        signed, unsigned = (a, b) if a.signed else (b, a)
        if unsigned.itemsize < signed.itemsize:
            return signed
        for candidate in (dtypes.int16, dtypes.int32, dtypes.int64):
            if candidate.itemsize > unsigned.itemsize:
                return candidate
        raise TypeError(f"no whole dtype holds both {a.name} and {b.name}: cast one of the two")
    return wide


def promote_with_number(dtype: DType, value: bool | int | float) -> DType:
    """The dtype of ``tensor + number``: a Python number counts by its category alone, so 2.5 leaves float16 as it is.

    >>> promote_with_number(dtypes.int8, 1000)
    dtypes.int8
    >>> promote_with_number(dtypes.int8, 0.5)
    dtypes.float32
    """
    number = dtype_of_number(value)
    return dtype if dtype.category >= number.category else number


def encode(array: np.ndarray, dtype: DType) -> np.ndarray:
    """Numbers as ``dtype`` stores them: the same array, but for bfloat16, which rounds to nearest, ties to even."""
    with np.errstate(all="ignore"):  # what does not fit overflows as C has it
        if dtype is not dtypes.bfloat16:
            return np.asarray(array).astype(dtype.storage, copy=False)
        bits = np.ascontiguousarray(array, np.float32).reshape(np.shape(array)).view(np.uint32)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return np.where(np.isnan(array), np.uint16(0x7FC0), rounded)


def decode(array: np.ndarray, dtype: DType) -> np.ndarray:
    """Stored numbers as they are computed with: float16 and bfloat16 become float32, all others stay as they are."""
    if dtype is dtypes.bfloat16:
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array.astype(dtype.compute, copy=False)
