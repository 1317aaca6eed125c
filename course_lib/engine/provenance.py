"""Which version of the compiler made a kernel, and whether all of it is the library's own.

Parts of the compiler can be replaced while it runs. Kernels made by another version must not be used any more, and
kernels made by code that nobody has tested must not reach beyond their buffers.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from functools import cache
from types import CodeType

MODULES = ("strides", "symbolic", "lower", "linearize", "render", "cstyle")


def _function(value: object) -> Callable | None:
    """The plain function behind an attribute of a module or class, if there is one."""
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    elif isinstance(value, property):
        value = value.fget
    value = inspect.unwrap(value) if callable(value) else value
    return value if inspect.isfunction(value) else None


@cache
def _library() -> list[tuple[Mapping[str, object], str, object, Callable, CodeType]]:
    """The compiler's functions as they were first: the namespace and name, what stood there, and its code."""
    found = []
    for name in MODULES:
        module = importlib.import_module(f"{__package__}.{name}")
        classes = [c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == module.__name__]
        for owner in (module, *classes):
            for key, value in vars(owner).items():
                function = _function(value)
                if function is not None and function.__module__ == module.__name__:
                    found.append((vars(owner), key, value, function, function.__code__))
    return found


_versions: dict[tuple, int] = {}
_last = 0


def version() -> int:
    """0 while all functions of the compiler are the library's own; else a number for each set of others."""
    global _last
    now = 0
    if not all(
        space.get(name) is value and function.__code__ is code for space, name, value, function, code in _library()
    ):
        now = _versions.setdefault(_fingerprint(), len(_versions) + 1)
    if now != _last:  # what the library's functions remember may have come from others
        _last = now
        for _, _, value, _, _ in _library():
            if hasattr(value, "cache_clear"):
                value.cache_clear()
    return now


def _fingerprint() -> tuple:
    """What tells the functions that stand there now from others: their code, and what closures carry along."""
    functions = [_function(space.get(name)) for space, name, _, _, _ in _library()]
    return tuple((f.__code__, f if f.__closure__ else None) if f else None for f in functions)
