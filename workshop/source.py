"""Pieces as text: find a definition, show it, make a stub of it, read a learner's version from its cell.

A piece is named ``"foundations.matrix:dot"`` or ``"foundations.matrix:Matrix.__matmul__"``: a module of ``course_lib``,
then a qualified name in it.
"""

from __future__ import annotations

import ast
import builtins
import io
import re
import symtable
import tokenize
from dataclasses import dataclass, field

from workshop.paths import module_file

Definition = ast.FunctionDef | ast.ClassDef


class NotBuilt(NotImplementedError):
    """Raised by a piece that its reader has not written yet."""


class PieceError(Exception):
    """A piece that cannot be used as it stands; the message is one line that names the remedy."""


@dataclass
class Plank:
    """A learner's version of a piece, cut from its cell: the definition and what the cell defines for it."""

    piece: str
    text: str
    node: Definition
    support: list[ast.stmt] = field(default_factory=list)
    filename: str = "<cell>"

    @property
    def names(self) -> set[str]:
        """The names under which the supporting definitions stand in the module."""
        return {name for statement in self.support for name in _bound(statement)}


def split(piece: str) -> tuple[str, str]:
    module, colon, qualname = piece.partition(":")
    if not colon or not qualname:
        raise PieceError(f"{piece!r} does not name a piece; one looks like 'foundations.matrix:dot'")
    return module, qualname


def find(tree: ast.AST, qualname: str) -> Definition:
    """The definition ``qualname`` in a module's tree (of a property, its getter)."""
    node = tree
    for name in qualname.split("."):
        for child in node.body:
            if isinstance(child, ast.FunctionDef | ast.ClassDef) and child.name == name:
                node = child
                break
        else:
            raise PieceError(f"there is no definition of {qualname!r}")
    return node


def first_line(node: Definition) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _string_lines(text: str, docstrings: set[int]) -> set[int]:
    """Lines that begin inside a string (but not inside a docstring): their leading spaces are data."""
    inside, opened = set(), []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        if kind in ("FSTRING_START", "TSTRING_START"):
            opened.append(token.start[0])
        elif kind in ("FSTRING_END", "TSTRING_END"):
            inside.update(range(opened.pop() + 1, token.end[0] + 1))
        elif kind == "STRING" and token.start[0] not in docstrings:
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
    return inside


def lines_of(text: str, node: Definition, last: int | None = None) -> list[str]:
    """The lines of a definition, decorators and all, moved to the left margin."""
    docstrings = {
        n.body[0].lineno
        for n in ast.walk(node)
        if isinstance(n, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(n, clean=False) is not None
    }
    keep = _string_lines(text, docstrings) if node.col_offset else set()
    rows = text.splitlines()
    result = []
    for number in range(first_line(node), (last or node.end_lineno) + 1):
        row = rows[number - 1]
        result.append(row if number in keep else row[min(node.col_offset, len(row) - len(row.lstrip())) :])
    return result


def reference_text(piece: str) -> str:
    """The reference's own source of a piece, at the left margin."""
    module, qualname = split(piece)
    text = module_file(module).read_text(encoding="utf-8")
    return "\n".join(lines_of(text, find(ast.parse(text), qualname)))


def _after_docstring(node: Definition) -> list[ast.stmt]:
    return node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


def code_lines(text: str, node: Definition) -> int:
    """How many lines of code a body has, without docstring, comments and blank lines."""
    body = _after_docstring(node)
    rows = text.splitlines()[body[0].lineno - 1 : node.end_lineno] if body else []
    return sum(1 for row in rows if row.strip() and not row.strip().startswith("#"))


def stub_text(text: str, node: Definition, given: str = "") -> str:
    """Signature and docstring of a definition, and in place of its body ``given`` or ``raise NotBuilt``.

    Of a class, each method is made a stub and what is not a method stands as it is.
    """
    margin = " " * 4
    if isinstance(node, ast.FunctionDef):
        body = _after_docstring(node)
        head = lines_of(text, node, last=body[0].lineno - 1 if body else None)
        while head and (not head[-1].strip() or head[-1].strip().startswith("#")):
            head.pop()
        count = code_lines(text, node)
        ending = given or f"raise NotBuilt  # roughly {count} line{'s' if count != 1 else ''}"
        return "\n".join(head + [(margin + row).rstrip() for row in ending.strip("\n").splitlines()])
    rows = lines_of(text, node)
    start = first_line(node)
    for method in reversed([n for n in node.body if isinstance(n, ast.FunctionDef)]):
        stub = stub_text(text, method).splitlines()
        rows[first_line(method) - start : method.end_lineno - start + 1] = [(margin + row).rstrip() for row in stub]
    return "\n".join(rows)


def is_stub(node: ast.AST) -> bool:
    """Whether a definition still raises ``NotBuilt`` somewhere."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Raise):
            raised = inner.exc.func if isinstance(inner.exc, ast.Call) else inner.exc
            if isinstance(raised, ast.Name) and raised.id == "NotBuilt":
                return True
    return False


# ------------------------------------------------------------------ a learner's cell


BUILD = re.compile(r'^@build\(\s*["\']([\w.]+(?::\w+)*)["\']\s*\)', re.MULTILINE)


def without_magics(cell: str) -> str:
    """The cell with IPython's ``%`` and ``!`` lines commented out, so that line numbers stay."""
    return re.sub(r"^(?=[%!])", "# ", cell, flags=re.MULTILINE)


def _is_build(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "build"


def pieces_in(cell: str) -> list[str]:
    """The pieces that a cell's ``@build`` lines name; of a cell that does not parse, none."""
    try:
        tree = ast.parse(without_magics(cell))
    except (SyntaxError, ValueError):
        return []
    found = []
    for node in tree.body:
        for decorator in getattr(node, "decorator_list", []):
            if _is_build(decorator) and decorator.args and isinstance(decorator.args[0], ast.Constant):
                found.append(piece_name(str(decorator.args[0].value), node.name))
    return found


def piece_name(target: str, name: str) -> str:
    """``("a.b", "f") -> "a.b:f"`` and ``("a.b:C", "f") -> "a.b:C.f"``."""
    return f"{target}.{name}" if ":" in target else f"{target}:{name}"


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a top-level statement binds."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


class _Plain(ast.NodeTransformer):
    """Drops annotations, which are never evaluated, before names are looked for."""

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_FunctionDef(self, node):
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node):
        return ast.copy_location(ast.Assign([node.target], node.value), node) if node.value else ast.Pass()


def free_names(*nodes: ast.stmt) -> set[str]:
    """The global names that statements use when they run."""
    copies = [_Plain().visit(ast.parse(ast.unparse(node))) for node in nodes]
    table = symtable.symtable("\n".join(ast.unparse(copy) for copy in copies), "<piece>", "exec")
    names, tables = set(), [table]
    while tables:
        current = tables.pop()
        tables.extend(current.get_children())
        for symbol in current.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() or current.get_type() == "module"):
                names.add(symbol.get_name())
    return names


class _Rename(ast.NodeTransformer):
    """Gives a cell's helpers names of their own in the module, wherever no local name hides them."""

    def __init__(self, names: dict[str, str]):
        self.names = names

    def visit_Name(self, node):
        node.id = self.names.get(node.id, node.id)
        return node

    def visit_Global(self, node):
        node.names = [self.names.get(name, name) for name in node.names]
        return node

    def _function(self, node):
        arguments = node.args
        own = {a.arg for a in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]}
        own |= {a.arg for a in (arguments.vararg, arguments.kwarg) if a}
        node.decorator_list = [self.visit(d) for d in getattr(node, "decorator_list", [])]
        arguments.defaults = [self.visit(d) for d in arguments.defaults]
        arguments.kw_defaults = [d and self.visit(d) for d in arguments.kw_defaults]
        body = node.body if isinstance(node.body, list) else [node.body]
        if isinstance(node, ast.FunctionDef):
            declared = {name for n in ast.walk(node) if isinstance(n, ast.Global) for name in n.names}
            own |= {name for statement in body for name in _stored(statement)} - declared
        inner = _Rename({old: new for old, new in self.names.items() if old not in own})
        renamed = [inner.visit(statement) for statement in body]
        node.body = renamed if isinstance(node.body, list) else renamed[0]
        return node

    visit_FunctionDef = visit_Lambda = _function


def _stored(statement: ast.stmt) -> set[str]:
    """Names that a statement of a function's body binds in that function's own scope."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    names, nodes = set(), [statement]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
            continue
        elif isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            continue
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= _bound(node)
        nodes.extend(ast.iter_child_nodes(node))
    return names


def read_plank(piece: str, text: str, filename: str = "<cell>") -> Plank:
    """Cut a piece from the source of its cell.

    Statements of the cell that the definition needs (imports, helpers, constants) come along under names of their
    own; the rest of the cell (prints, experiments) is left out. Raises `PieceError` for what can't be a piece.
    """
    module, qualname = split(piece)
    name = qualname.rpartition(".")[2]
    try:
        tree = ast.parse(without_magics(text), filename)
    except SyntaxError as error:
        raise PieceError(f"{qualname} does not parse: line {error.lineno}: {error.msg}") from None
    except ValueError as error:
        raise PieceError(f"{qualname} does not parse: {error}") from None
    matching = [n for n in tree.body if getattr(n, "name", None) == name]
    if not matching or isinstance(matching[-1], ast.AsyncFunctionDef):
        raise PieceError(f"its cell has no plain top-level definition of {name!r}")
    node = matching[-1]
    node.decorator_list = [d for d in node.decorator_list if not _is_build(d)]

    others = {bound: s for s in tree.body if s not in matching for bound in _bound(s)}
    needed, queue = [], [node]
    while queue:
        for used in sorted(free_names(queue.pop())):
            if used in others and others[used] not in needed:
                needed.append(others[used])
                queue.append(others[used])
    support = [statement for statement in tree.body if statement in needed]

    prefix = "_" + re.sub(r"\W+", "_", qualname).strip("_") + "__"
    renames = {
        bound: prefix + bound
        for statement in support
        for bound in _bound(statement)
        if not (isinstance(statement, ast.Import) and any("." in a.name and not a.asname for a in statement.names))
    }
    rename = _Rename(renames)
    for statement in support:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            statement.name = renames[statement.name]
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                alias.asname = renames.get(alias.asname or alias.name, alias.asname)
    support = [rename.visit(statement) for statement in support]
    plank = Plank(piece, text, rename.visit(node), support, filename)
    _check_names(plank, module)
    return plank


def _check_names(plank: Plank, module: str) -> None:
    library = ast.parse(module_file(module).read_text(encoding="utf-8"))
    known = {name for statement in library.body for name in _bound(statement)}
    known |= plank.names | {plank.node.name, "__class__", "__name__", "__file__", "__doc__", "NotBuilt"}
    for name in sorted(free_names(plank.node, *plank.support) - known - set(dir(builtins))):
        raise PieceError(
            f"{split(plank.piece)[1]} uses {name!r}, which neither its own cell nor {module} defines: "
            "define or import it in the same cell"
        )
