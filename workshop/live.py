"""Putting a piece in place in a running kernel, and taking it out again.

A function keeps its identity and gets other code: every place that holds it (imports by name, aliases such as
``__rmul__ = __mul__``, registries) follows at once. What cannot be swapped that way is replaced wherever it is found.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from types import FunctionType, ModuleType

from workshop.planks import _FUTURE
from workshop.source import PieceError, Plank, split

_PARTS = ("__code__", "__defaults__", "__kwdefaults__", "__doc__", "__annotations__")


def _compile(plank: Plank, module: ModuleType) -> object:
    """Make the object that a plank defines, with the module's globals."""
    *outer, name = split(plank.piece)[1].split(".")
    node = plank.node
    for cls in reversed(outer):  # a method compiles inside a class of its name, for super() and __private
        node = ast.ClassDef(cls, [], [], [node], [], **({"type_params": []} if sys.version_info >= (3, 12) else {}))
    tree = ast.fix_missing_locations(ast.Module([*plank.support, node], []))
    scope: dict = {}
    exec(compile(tree, plank.filename, "exec", flags=_FUTURE, dont_inherit=True), module.__dict__, scope)
    made = scope.pop(outer[0] if outer else name)
    module.__dict__.update(scope)
    owner: object = module
    for cls in outer:
        owner = getattr(owner, cls)
    for cls in outer[1:]:
        made = made.__dict__[cls]
    if outer:
        made = made.__dict__[name]
        for function in _functions(made):
            if "__class__" in function.__code__.co_freevars:
                function.__closure__[function.__code__.co_freevars.index("__class__")].cell_contents = owner
    return made


def _functions(thing: object) -> list[FunctionType]:
    """The plain functions inside a function, property, class method or static method."""
    if isinstance(thing, property):
        return [f for f in (thing.fget, thing.fset, thing.fdel) if isinstance(f, FunctionType)]
    inner = thing.__func__ if isinstance(thing, classmethod | staticmethod) else thing
    return [inner] if isinstance(inner, FunctionType) else []


def _where(piece: str) -> tuple[ModuleType, object, str]:
    module_name, qualname = split(piece)
    module = importlib.import_module(f"course_lib.{module_name}")
    owner: object = module
    *outer, name = qualname.split(".")
    for cls in outer:
        owner = getattr(owner, cls)
    return module, owner, name


class Slot:
    """The place of one piece in the loaded library; remembers what stood there first."""

    def __init__(self, piece: str):
        self.module, self.owner, self.name = _where(piece)
        self.thing = vars(self.owner)[self.name]
        functions = _functions(self.thing)
        self.parts = [{part: getattr(f, part) for part in _PARTS} for f in functions]
        self.base = dict(vars(self.thing)) if isinstance(self.thing, type) else None

    def reset(self) -> None:
        """Put back what stood there first."""
        current = vars(self.owner)[self.name]
        if self.base is not None:
            _transplant(self.thing, self.base)
            return
        for function, parts in zip(_functions(self.thing), self.parts, strict=True):
            for part, value in parts.items():
                setattr(function, part, value)
        if current is not self.thing:
            _replace_everywhere(current, self.thing, self.owner, self.name)

    def attach(self, plank: Plank) -> None:
        """Put a learner's version in place; raises `PieceError` if it is another kind of thing than the reference."""
        self.reset()
        new = _compile(plank, self.module)
        check_kind(self.thing, new, split(plank.piece)[1])
        if self.base is not None:
            _transplant(self.thing, dict(vars(new)))
            return
        mine, theirs = _functions(new), _functions(self.thing)
        if [f.__code__.co_freevars for f in mine] == [f.__code__.co_freevars for f in theirs]:
            for function, source in zip(theirs, mine, strict=True):
                for part in _PARTS:
                    setattr(function, part, getattr(source, part))
        else:
            _replace_everywhere(self.thing, new, self.owner, self.name)


def check_kind(old: object, new: object, name: str) -> None:
    """Refuse a method in place of a property, or other parameters than the reference's."""

    def word(thing: object) -> str:
        known = {property: "a property", classmethod: "a class method", staticmethod: "a static method"}
        return known.get(type(thing), "a class" if isinstance(thing, type) else "a plain function or method")

    if word(old) != word(new):
        raise PieceError(f"{name} is to be {word(old)}; yours is {word(new)}")
    if isinstance(old, type):
        if old.__bases__ != new.__bases__ and new.__bases__ != (object,):
            raise PieceError(f"{name} is to have the bases {', '.join(b.__name__ for b in old.__bases__)}")
        return
    for mine, theirs in zip(_functions(new), _functions(old), strict=False):
        if inspect.isgeneratorfunction(mine) != inspect.isgeneratorfunction(theirs):
            want = "yields its results" if inspect.isgeneratorfunction(theirs) else "returns, and does not yield"
            raise PieceError(f"{name} {want}")
        ours, wanted = (inspect.signature(f).parameters for f in (mine, theirs))
        required = [p for p in ours.values() if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        if list(ours)[: len(wanted)] != list(wanted) or len(required) > len(wanted):
            raise PieceError(f"{name} takes ({', '.join(wanted)}); yours takes ({', '.join(ours)})")


def _transplant(cls: type, attributes: dict) -> None:
    """Give an existing class the attributes of another, so that subclasses and instances go on working."""
    skip = {"__dict__", "__weakref__", "__module__", "__qualname__", "__firstlineno__", "__static_attributes__"}
    for name in [n for n in vars(cls) if n not in attributes and n not in skip]:
        delattr(cls, name)
    for name, value in attributes.items():
        if name not in skip and vars(cls).get(name) is not value:
            setattr(cls, name, value)
            for function in _functions(value):
                if "__class__" in function.__code__.co_freevars:
                    function.__closure__[function.__code__.co_freevars.index("__class__")].cell_contents = cls


def _replace_everywhere(old: object, new: object, owner: object, name: str) -> None:
    """Replace an object by another in its owner and in every module of the library, aliases included."""
    setattr(owner, name, new)
    modules = [m for n, m in sys.modules.items() if n.partition(".")[0] in ("course_lib", "__main__")]
    classes = [c for m in modules for c in vars(m).values() if isinstance(c, type)]
    for place in [*modules, *classes]:
        for key in [k for k, v in list(vars(place).items()) if v is old]:
            setattr(place, key, new)
