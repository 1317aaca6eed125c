"""Loading ``course_lib`` with some of its pieces replaced, as the modules are imported."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
import re
import sys
from types import CodeType

from workshop.paths import module_file
from workshop.source import FUTURE, Plank, find, is_stub, split

_LATER = ast.parse("raise NotImplementedError('this piece is built in a later notebook')").body


def _place(tree: ast.Module, plank: Plank) -> None:
    """Put a plank where its reference stands."""
    old = find(tree, split(plank.piece)[1])
    for parent in ast.walk(tree):
        body = getattr(parent, "body", None)
        if isinstance(body, list) and old in body:
            at = body.index(old)
            body[at : at + 1] = plank.statements()
    ast.fix_missing_locations(tree)


def _cut(tree: ast.Module, qualname: str) -> None:
    """Leave of a piece its signature alone."""
    node = find(tree, qualname)
    methods = [n for n in node.body if isinstance(n, ast.FunctionDef)] if isinstance(node, ast.ClassDef) else [node]
    for method in methods:
        method.body = _LATER


def _own_files(code: CodeType, files: dict[str, str], inside: str = "") -> CodeType:
    """Let the code of each plank name its own file, so that tracebacks and breakpoints show its reader's text."""
    qualname = re.sub(r"_make_\w+\.<locals>\.", "", code.co_qualname)
    inside = inside or files.get(qualname, "")
    consts = [_own_files(const, files, inside) if isinstance(const, CodeType) else const for const in code.co_consts]
    own = {"co_filename": inside} if inside else {}
    return code.replace(co_consts=tuple(consts), co_qualname=qualname, **own)


def module_code(module: str, planks: list[Plank], cut: list[str] = ()) -> CodeType:
    """The code of a ``course_lib`` module with ``planks`` in place and the pieces named in ``cut`` emptied."""
    path = module_file(module)
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    for piece in cut:
        _cut(tree, split(piece)[1])
    files = {}
    for plank in planks:
        if is_stub(plank.node):
            raise ValueError(f"{plank.piece} is a stub and cannot be put in place")
        _place(tree, plank)
        qualname = split(plank.piece)[1]
        owner, _, name = qualname.rpartition(".")
        files |= {qualname: plank.filename, f"{owner}._make_{name}".lstrip("."): plank.filename}
    return _own_files(compile(tree, str(path), "exec", flags=FUTURE, dont_inherit=True), files)


class Replacer(importlib.abc.MetaPathFinder):
    """Import hook: the modules of ``codes`` load from the code given instead of from their files."""

    def __init__(self, codes: dict[str, CodeType]):
        self.codes = codes

    def find_spec(self, fullname, path=None, target=None):
        prefix, _, module = fullname.partition(".")
        if prefix != "course_lib" or module not in self.codes:
            return None
        spec = importlib.util.spec_from_file_location(fullname, module_file(module))
        spec.loader.get_code = lambda _: self.codes[module]
        return spec


def install(planks: list[Plank], cut: list[str] = ()) -> None:
    """From now on import ``course_lib`` with these planks in it, and without the pieces named in ``cut``."""
    codes = {}
    for module in {split(p.piece)[0] for p in planks} | {split(piece)[0] for piece in cut}:
        here = [p for p in planks if split(p.piece)[0] == module]
        codes[module] = module_code(module, here, [piece for piece in cut if split(piece)[0] == module])
    sys.meta_path[:] = [Replacer(codes), *(hook for hook in sys.meta_path if not isinstance(hook, Replacer))]
