"""Which dtypes sums and means are computed in."""

from __future__ import annotations

from ..dtype import DType, dtypes


def precise(dtype: DType) -> DType:
    """The dtype in which numbers are added up: 16 bits would lose too much."""
    return dtypes.float32 if dtype.is_float and dtype.itemsize == 2 else dtype


def need_float(name: str, dtype: DType) -> None:
    """Refuse bool and whole numbers.

    Raises
    ------
    TypeError: saying what to do.
    """
    if not dtype.is_float:
        raise TypeError(f"{name} needs a fractional dtype, not {dtype.name}: call .float() on the tensor first")
