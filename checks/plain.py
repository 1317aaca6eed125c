"""Plain data: what questions and answers are made of, and its safe way through a pipe.

Exact types only. What is not plain arrives as an `Opaque`, which equals nothing, so that no object made by the code
under test is ever asked whether it is right.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

import numpy as np

MAX_NODES, MAX_DEPTH, MAX_BYTES = 300_000, 60, 64 << 20
_KINDS = "biufcU"


@dataclass(frozen=True, eq=False)
class Opaque:
    """Something that is not plain data: the name of its type and how it prints."""

    type: str
    text: str

    def __repr__(self) -> str:
        return self.text


class NotPlain(ValueError):
    """Data too large, too deep or malformed."""


def _short_repr(value: object) -> str:
    try:
        return repr(value)[:200]
    except Exception as error:
        return f"<its repr raised {type(error).__name__}>"


class _Encoder:
    def __init__(self):
        self.nodes = 0

    def encode(self, value: object, depth: int = 0) -> object:
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise NotPlain("the result is too large or too deeply nested")
        kind = type(value)
        if value is None or kind in (bool, str, float) or (kind is int and value.bit_length() < 10_000):
            return value
        if kind in (list, tuple, set, frozenset):
            items = sorted(value, key=repr) if kind in (set, frozenset) else value
            return [kind.__name__, *(self.encode(item, depth + 1) for item in items)]
        if kind is dict:
            return ["dict", *([self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in value.items())]
        if kind is complex:
            return ["complex", value.real, value.imag]
        if kind is bytes:
            return ["bytes", base64.b64encode(value).decode()]
        if kind is np.ndarray and value.dtype.kind in _KINDS:
            if value.nbytes > MAX_BYTES:
                raise NotPlain(f"the result is too large: {value.nbytes} bytes")
            return ["array", value.dtype.str, list(value.shape), base64.b64encode(value.tobytes()).decode()]
        if isinstance(value, np.generic) and kind.__module__ == "numpy" and value.dtype.kind in _KINDS:
            return ["scalar", value.dtype.str, base64.b64encode(value.tobytes()).decode()]
        return ["opaque", kind.__name__[:80], _short_repr(value)]


def encode(value: object) -> object:
    """Turn a value into JSON that keeps its exact types; raises `NotPlain` beyond the limits."""
    return _Encoder().encode(value)


def decode(data: object) -> object:
    """The value that `encode` was given; raises `NotPlain` for anything it would not write."""
    try:
        return _decode(data)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise NotPlain(f"malformed data: {error}") from None


def _decode(data: object) -> object:
    if data is None or type(data) in (bool, str, int, float):
        return data
    tag, *rest = data
    match tag:
        case "list" | "tuple" | "set" | "frozenset":
            kinds = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
            return kinds[tag](_decode(item) for item in rest)
        case "dict":
            return {_decode(key): _decode(value) for key, value in rest}
        case "complex":
            return complex(*rest)
        case "bytes":
            return base64.b64decode(rest[0])
        case "array" | "scalar":
            dtype = np.dtype(str(rest[0]))
            if dtype.kind not in _KINDS:
                raise NotPlain(f"dtype {dtype}")
            flat = np.frombuffer(base64.b64decode(rest[-1]), dtype)
            return flat[0] if tag == "scalar" else flat.reshape([int(n) for n in rest[1]]).copy()
        case "opaque":
            return Opaque(str(rest[0]), str(rest[1]))
    raise NotPlain(f"unknown tag {tag!r}")


def dumps(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def loads(data: bytes) -> object:
    """Parse JSON from the other side; whatever is wrong with it is a `NotPlain`."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotPlain(f"malformed data: {error}") from None
