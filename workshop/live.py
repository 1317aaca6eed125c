"""Putting pieces in place in a running kernel, and taking them out again.

A function keeps its identity and gets other code: every place that holds it (imports by name, aliases such as
``__rmul__ = __mul__``, registries) follows at once. What cannot be swapped that way is replaced wherever it is found.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from types import FunctionType

from workshop.planks import module_code
from workshop.source import PieceError, Plank, split

_PARTS = ("__code__", "__defaults__", "__kwdefaults__", "__doc__", "__annotations__")
_OWN = {"__dict__", "__weakref__", "__module__", "__qualname__", "__firstlineno__", "__static_attributes__"}


def put(piece: str, planks: list[Plank]) -> None:
    """Make the loaded module of ``piece`` the one that these planks of it give; with none, the reference.

    Raises `PieceError` if the piece is another kind of thing than its reference, and then changes nothing.
    """
    name, qualname = split(piece)
    module, scratch = importlib.import_module(f"course_lib.{name}"), {}
    exec(module_code(name, planks), vars(module), scratch)  # new objects, with the loaded module's globals
    old, new = vars(module), scratch
    *outer, last = qualname.split(".")
    owner = module
    for cls in outer:
        owner, new = vars(owner)[cls], vars(new[cls])
        old = vars(owner)
    _check_kind(old[last], new[last], qualname)
    _take(owner, last, new[last])


def _functions(thing: object) -> list[FunctionType]:
    """The plain functions inside a function, property, class method or static method."""
    parts = (thing.fget, thing.fset, thing.fdel) if isinstance(thing, property) else [getattr(thing, "__func__", thing)]
    return [function for function in parts if isinstance(function, FunctionType)]


def _take(owner: object, name: str, new: object) -> None:
    """Let ``owner.name`` become ``new``, in place where that can be."""
    old = vars(owner).get(name)
    if isinstance(old, type) and isinstance(new, type):
        for gone in set(vars(old)) - set(vars(new)) - _OWN:
            delattr(old, gone)
        for attribute in set(vars(new)) - _OWN:
            _take(old, attribute, vars(new)[attribute])
        return
    mine, theirs = _functions(new), _functions(old)
    for function in mine:
        if "__class__" in function.__code__.co_freevars:
            function.__closure__[function.__code__.co_freevars.index("__class__")].cell_contents = owner
    simple = not any(f.__code__.co_freevars for f in [*mine, *theirs])
    if mine and simple and type(old) is type(new) and len(mine) == len(theirs):
        for part in _PARTS:
            for function, source in zip(theirs, mine):
                setattr(function, part, getattr(source, part))
        return
    setattr(owner, name, new)
    if theirs:
        _replace_everywhere(old, new)


def _replace_everywhere(old: object, new: object) -> None:
    """Replace an object by another in every module of the library and the notebook, and in their classes."""
    modules = [m for n, m in list(sys.modules.items()) if n.partition(".")[0] in ("course_lib", "__main__")]
    classes = [c for m in modules for c in list(vars(m).values()) if isinstance(c, type)]
    for place in [*modules, *classes]:
        for key in [k for k, v in list(vars(place).items()) if v is old]:
            setattr(place, key, new)


def _check_kind(old: object, new: object, name: str) -> None:
    """Refuse a method in place of a property, or other parameters than the reference's."""

    def word(thing: object) -> str:
        known = {property: "a property", classmethod: "a class method", staticmethod: "a static method"}
        return known.get(type(thing), "a class" if isinstance(thing, type) else "a plain function or method")

    if word(old) != word(new):
        raise PieceError(f"{name} is to be {word(old)}; yours is {word(new)}")
    if isinstance(old, type) and old.__bases__ != new.__bases__:
        raise PieceError(f"{name} is to have the bases {', '.join(b.__name__ for b in old.__bases__)}")
    for mine, theirs in zip(_functions(new), _functions(old)):
        if inspect.isgeneratorfunction(mine) != inspect.isgeneratorfunction(theirs):
            want = "yields its results" if inspect.isgeneratorfunction(theirs) else "returns, and does not yield"
            raise PieceError(f"{name} {want}")
        ours, wanted = (inspect.signature(f).parameters for f in (mine, theirs))
        needed = [p for p in ours.values() if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        if list(ours)[: len(wanted)] != list(wanted) or len(needed) > len(wanted):
            raise PieceError(f"{name} takes ({', '.join(wanted)}); yours takes ({', '.join(ours)})")
