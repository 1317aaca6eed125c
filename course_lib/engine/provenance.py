"""Which version of the compiler made a kernel, and whether all of it is the library's own.

Parts of the compiler can be replaced while it runs. Kernels made by another version must not be used any more, and
kernels made by code that nobody has tested must not reach beyond their buffers. And as long as nothing is replaced a
kernel can be found on disk without being written first: by what it computes and a checksum of the compiler's files.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from types import CodeType, ModuleType

MODULES = ("strides", "symbolic", "signature", "lower", "linearize", "render", "cstyle")
BEGUN = time.time()  # before any of them is read


def _function(value: object) -> Callable | None:
    """The plain function behind an attribute of a module or class, if there is one."""
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    elif isinstance(value, property):
        value = value.fget
    value = inspect.unwrap(value) if callable(value) else value
    return value if inspect.isfunction(value) else None


def _namespaces(module: ModuleType) -> Iterator[Mapping[str, object]]:
    """What a module calls by name, and what its classes do."""
    yield vars(module)
    for value in vars(module).values():
        if inspect.isclass(value) and value.__module__ == module.__name__:
            yield vars(value)


@cache
def _library() -> list[tuple[Mapping[str, object], str, object, Callable, CodeType]]:
    """The compiler's functions as they were first: the namespace and name, what stood there, and its code."""
    found, own = [], {f"{__package__}.{name}" for name in MODULES}
    for name in MODULES:
        for space in _namespaces(importlib.import_module(f"{__package__}.{name}")):
            for key, value in space.items():
                function = _function(value)
                if function is not None and function.__module__ in own:
                    found.append((space, key, value, function, function.__code__))
    return found


@cache
def _modules() -> list[ModuleType]:
    """The modules that decide what a kernel's text is: all that are loaded with the one that writes it."""
    importlib.import_module(f"{__package__}.passes.writers")
    return [module for name, module in sys.modules.items() if name.startswith(f"{__package__}.")]


@cache
def _parts() -> list[tuple[Mapping[str, object], str, object, Callable | None, object]]:
    """All that kernels depend on as it was first: namespace, name and value, and a function's code or a dict's copy."""
    found = []
    for module in _modules():
        for space in _namespaces(module):
            for key, value in space.items():
                function = _function(value)
                if function is not None:
                    found.append((space, key, value, function, function.__code__))
                elif not key.startswith("_"):
                    found.append((space, key, value, None, dict(value) if isinstance(value, dict) else value))
    return found


def watch() -> None:
    """Load all that makes kernels, and note what it is, before anybody can replace a part of it."""
    _library(), _parts()


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


def origin() -> str:
    """A checksum of the library's files, if all that makes kernels is what they say; else nothing."""
    for space, key, value, function, content in _parts():
        if space.get(key) is not value or (value if function is None else function.__code__) != content:
            return ""
    return _checksum()


@cache
def _checksum() -> str:
    """Of the text of the modules; nothing if one has been changed since this process began to read them."""
    files = sorted(Path(module.__file__) for module in _modules())
    if any(file.stat().st_ctime > BEGUN for file in files):
        return ""
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
