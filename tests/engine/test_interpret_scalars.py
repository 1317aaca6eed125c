"""Single numbers in the interpreter, which judges all others: against Python's whole numbers and published ones."""

import math

import numpy as np
import pytest

from course_lib.engine.dtype import dtypes, encode
from course_lib.engine.interpret import evaluate
from course_lib.engine.uop import Ops, UOp


def result_of(op, dtype, source_dtypes, sources):
    places = tuple(UOp.const(kind, 0, sources[0].shape) for kind in source_dtypes)
    return encode(evaluate(UOp(op, dtype, places), *sources), dtype)


def test_whole_numbers_of_8_bits_as_python_has_them():
    a, b = (x.reshape(-1).astype(np.int8) for x in np.mgrid[-128:128, -128:128])
    wrapped = lambda x: (x + 128) % 256 - 128  # noqa: E731
    python = {
        Ops.FLOORDIV: lambda x, y: x // y if y else 0,
        Ops.MOD: lambda x, y: x % y if y else 0,
        Ops.FMOD: lambda x, y: int(math.fmod(x, y)) if y else 0,
        Ops.SHL: lambda x, y: x << y if 0 <= y < 8 else 0,
        Ops.SHR: lambda x, y: x >> (y if 0 <= y < 8 else 7),
        Ops.POW: lambda x, y: pow(x, y, 256) if y >= 0 else int(x**y) if abs(x) == 1 else 0,
    }
    for op, function in python.items():
        expected = [wrapped(function(x, y)) for x, y in zip(a.tolist(), b.tolist())]
        assert result_of(op, dtypes.int8, (dtypes.int8, dtypes.int8), (a, b)).tolist() == expected, op


@pytest.mark.parametrize(
    "source, dtype, numbers, expected",
    [
        (dtypes.float32, dtypes.uint8, [np.nan, np.inf, -np.inf, 300, 255.9, -0.9, -1], [0, 255, 0, 255, 255, 0, 0]),
        (dtypes.float32, dtypes.int8, [np.nan, np.inf, -np.inf, 128, -128.9, -129], [0, 127, -128, 127, -128, -128]),
        (dtypes.float32, dtypes.int16, [1.9, -1.9, 0.5, -0.0, 1e30], [1, -1, 0, 0, 32767]),
        (dtypes.float32, dtypes.int32, [2.0**31, -(2.0**31), 2.0**31 - 128], [2**31 - 1, -(2**31), 2**31 - 128]),
        (dtypes.float64, dtypes.int64, [2.0**63, -(2.0**63), 2.0**63 - 1024], [2**63 - 1, -(2**63), 2**63 - 1024]),
        (dtypes.float64, dtypes.uint64, [2.0**64, 2.0**64 - 2048, -1], [2**64 - 1, 2**64 - 2048, 0]),
        (dtypes.float32, dtypes.bool, [0.0, -0.0, 0.5, np.nan], [False, False, True, True]),
        (dtypes.int64, dtypes.int8, [300, -129, 127], [44, 127, 127]),
        (dtypes.float64, dtypes.float16, [1 + 2.0**-11 + 2.0**-40], [1.0]),  # by way of float32
    ],
)  # fmt: skip
def test_casts(source, dtype, numbers, expected):
    given = (np.array(numbers, source.compute),)
    assert result_of(Ops.CAST, dtype, (source,), given).tolist() == expected


def test_threefry_as_published():
    known = {
        (0x0, 0x0, 0x0, 0x0): (0x6B200159, 0x99BA4EFE),
        (0xFFFFFFFF,) * 4: (0x1CB996FC, 0xBB002BE7),
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344): (0xC4923A9C, 0x483DF7A0),
    }
    for (c0, c1, k0, k1), (x0, x1) in known.items():
        given = (np.array([c0 | c1 << 32], np.uint64), np.array([k0 | k1 << 32], np.uint64))
        assert result_of(Ops.THREEFRY, dtypes.uint64, (dtypes.uint64,) * 2, given).tolist() == [x0 | x1 << 32]
