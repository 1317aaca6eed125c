"""Pieces as text: find a definition, show it, make a stub of it, read a learner's version from its cell.

A piece is named ``"foundations.matrix:dot"`` or ``"foundations.matrix:Matrix.__matmul__"``: a module of ``course_lib``,
then a qualified name in it.
"""

from __future__ import annotations

import ast
import builtins
import dis
import re
import textwrap
from dataclasses import dataclass, field
from types import CodeType

from workshop.paths import module_file

FUTURE = __import__("__future__").annotations.compiler_flag
Definition = ast.FunctionDef | ast.ClassDef


class NotBuilt(NotImplementedError):
    """Raised by a piece that its reader has not written yet."""


class PieceError(Exception):
    """A piece that cannot be used as it stands; the message is one line that names the remedy."""

    def _render_traceback_(self) -> list[str]:  # what IPython shows in place of a traceback
        return [f"refused: {self}"]


@dataclass
class Plank:
    """A learner's version of a piece, cut from its cell: the definition and what the cell defines for it."""

    piece: str
    text: str
    node: Definition
    support: list[ast.stmt] = field(default_factory=list)
    filename: str = "<cell>"

    def statements(self) -> list[ast.stmt]:
        """What stands in place of the reference: the definition, inside a function of its own if it has helpers."""
        if not self.support:
            return [self.node]
        maker, name = f"_make_{self.node.name}", self.node.name
        made = ast.parse(f"def {maker}():\n    return {name}\n{name} = {maker}()\ndel {maker}").body
        made[0].body[:0] = [*self.support, self.node]
        return made


def split(piece: str) -> tuple[str, str]:
    module, colon, qualname = piece.partition(":")
    if not colon or not qualname:
        raise PieceError(f"{piece!r} does not name a piece; one looks like 'foundations.matrix:dot'")
    return module, qualname


def find(tree: ast.AST, qualname: str) -> Definition:
    """The definition ``qualname`` in a module's tree (of a property, its getter)."""
    node = tree
    for name in qualname.split("."):
        inside = (n for n in node.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == name)
        if (node := next(inside, None)) is None:
            raise PieceError(f"there is no definition of {qualname!r}")
    return node


def first_line(node: Definition) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def text_of(text: str, node: Definition, last: int | None = None) -> str:
    """The source of a definition, decorators and all, moved to the left margin."""
    return textwrap.dedent("\n".join(text.splitlines()[first_line(node) - 1 : last or node.end_lineno]))


def reference_text(piece: str) -> str:
    """The reference's own source of a piece, at the left margin."""
    module, qualname = split(piece)
    text = module_file(module).read_text(encoding="utf-8")
    return text_of(text, find(ast.parse(text), qualname))


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
        head = text_of(text, node, last=body[0].lineno - 1 if body else None)
        head = re.sub(r"(\n\s*(#.*)?)+$", "", head)  # comments above the first line of the body
        ending = given.strip("\n") or f"raise NotBuilt  # roughly {plural(code_lines(text, node), 'line')}"
        return head + "\n" + textwrap.indent(ending, margin)
    rows, start = text_of(text, node).splitlines(), first_line(node)
    for method in reversed([n for n in node.body if isinstance(n, ast.FunctionDef)]):
        stub = textwrap.indent(stub_text(text, method), margin).splitlines()
        rows[first_line(method) - start : method.end_lineno - start + 1] = stub
    return "\n".join(rows)


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("s" if count != 1 else "")


def is_stub(node: ast.AST) -> bool:
    """Whether a definition still raises ``NotBuilt`` somewhere."""
    raised = [inner.exc for inner in ast.walk(node) if isinstance(inner, ast.Raise)]
    return any(getattr(getattr(error, "func", error), "id", "") == "NotBuilt" for error in raised)


_BUILT = re.compile(r'^@build\(\s*["\']([\w.]+(?::\w+)*)["\']\s*\).*\n(?:[@#].*\n)*(?:def|class)\s+(\w+)', re.MULTILINE)


def without_magics(cell: str) -> str:
    """The cell with IPython's ``%`` and ``!`` lines commented out, so that line numbers stay."""
    return re.sub(r"^(?=[%!])", "# ", cell, flags=re.MULTILINE)


def read_tree(cell: str) -> ast.Module | None:
    """The tree of a cell, or None if it does not parse."""
    try:
        return ast.parse(without_magics(cell))
    except (SyntaxError, ValueError):
        return None


def pieces_in(cell: str) -> list[str]:
    """The pieces that a cell's ``@build`` lines name."""
    return [piece_name(target, name) for target, name in _BUILT.findall(cell)]


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


def free_names(*statements: ast.stmt) -> set[str]:
    """The global names that statements use when they run."""
    tree = ast.fix_missing_locations(ast.Module(list(statements), []))
    names, codes = set(), [compile(tree, "<piece>", "exec", flags=FUTURE, dont_inherit=True)]
    while codes:
        code = codes.pop()
        own = {i.argval for i in dis.get_instructions(code) if i.opname == "STORE_NAME"}
        names |= {i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")} - own
        codes += [const for const in code.co_consts if isinstance(const, CodeType)]
    return names


def read_plank(piece: str, text: str, filename: str = "<cell>", check: bool = True) -> Plank:
    """Cut a piece from the source of its cell.

    Statements of the cell that the definition needs (imports, helpers, constants) come along; the rest of the cell
    (prints, experiments) is left out. Raises `PieceError` for what can't be a piece; with ``check``, for unknown names.
    """
    module, qualname = split(piece)
    name = qualname.rpartition(".")[2]
    try:
        tree = ast.parse(without_magics(text), filename)
    except (SyntaxError, ValueError) as error:
        where = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else error
        raise PieceError(f"{qualname} does not parse: {where}") from None
    matching = [n for n in tree.body if getattr(n, "name", None) == name]
    if not matching or isinstance(matching[-1], ast.AsyncFunctionDef):
        raise PieceError(f"its cell has no plain top-level definition of {name!r}")
    node = matching[-1]
    node.decorator_list = [d for d in node.decorator_list if not ast.unparse(d).startswith("build(")]

    others = {bound: s for s in tree.body if s not in matching for bound in _bound(s)}
    needed, queue = [], [node]
    while queue:
        for used in sorted(free_names(queue.pop())):
            if used in others and others[used] not in needed:
                needed.append(others[used])
                queue.append(others[used])
    support = [statement for statement in tree.body if statement in needed]

    plank = Plank(piece, text, node, support, filename)
    if check:
        _check_names(plank, module)
    return plank


def _check_names(plank: Plank, module: str) -> None:
    library = ast.parse(module_file(module).read_text(encoding="utf-8"))
    known = {name for statement in [*library.body, *plank.support] for name in _bound(statement)}
    known |= {plank.node.name, "__class__", "__name__", "__file__", "__doc__", "NotBuilt"}
    for name in sorted(free_names(plank.node, *plank.support) - known - set(dir(builtins))):
        raise PieceError(
            f"{split(plank.piece)[1]} uses {name!r}, which neither its own cell nor {module} defines: "
            "define or import it in the same cell"
        )
