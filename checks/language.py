"""The language of ``checks/``: what must hold of a piece, and the mistakes its readers make.

>>> dot = Piece("foundations.matrix:dot", forbid={"numpy": "you are building it"})
>>> dot.asks(
...     "dot(u, v)",
...     "the products of matching entries, added up",
...     cases=[dict(u=[1.0, 2.0], v=[3.0, 4.0])],
...     answer=lambda u, v: float(np.dot(u, v)),
... )
>>> dot.mistake("You added the entries instead of multiplying them.", "a * b", "a + b")
>>> dot.hint("Walk over both vectors at once with zip.")

A question is a snippet that the judge runs with the names of the piece's module, ``np``, ``math`` and the case's
values in scope; its last line is an expression, and its value is what is compared. It goes to the judge alone: answers
stay here and never call ``course_lib``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from workshop.paths import ROOT, checks_files
from workshop.source import PieceError, find, free_names, read_plank, reference_text, split

Case = dict[str, object]
Cases = Iterable[Case] | Callable[[np.random.Generator], Iterable[Case]]


@dataclass
class Raises:
    """The answer "an error of this type (or a subclass), whose message mentions these"."""

    error: str
    mentions: tuple[str, ...] = ()


@dataclass
class Question:
    code: str
    statement: str
    cases: Cases
    answer: Callable | None = None
    accept: Callable | None = None
    raises: Raises | None = None
    rtol: float = 1e-9
    atol: float = 1e-12
    mutates: bool = False
    expected: str = ""

    def drawn(self, seed: int) -> list[Case]:
        """The cases of one seed; those of a fixed list are the same for every seed."""
        if callable(self.cases):
            return [dict(case) for case in self.cases(np.random.default_rng(seed))]
        return [dict(case) for case in self.cases]


@dataclass
class Mistake:
    sentence: str
    text: str


@dataclass
class Piece:
    """A piece and its questions.

    ``forbid`` maps names (``"numpy"``, ``"sorted"``, ``".sort"``) to the reason they may not be used; ``allow`` lifts
    the standing bans of `ALWAYS_FORBIDDEN`; ``seconds`` bounds all questions together.
    """

    name: str
    forbid: dict[str, str] = field(default_factory=dict)
    allow: tuple[str, ...] = ()
    seconds: float = 5.0

    def __post_init__(self):
        self.questions: list[Question] = []
        self.mistakes: list[Mistake] = []
        self.hints: list[str] = []
        if self.name in _PIECES:
            raise ValueError(f"{self.name} is specified twice")
        _PIECES[self.name] = self

    def asks(
        self,
        code: str,
        statement: str,
        *,
        cases: Cases,
        answer: Callable | None = None,
        accept: Callable | None = None,
        raises: str = "",
        mentions: tuple[str, ...] = (),
        expected: str = "",
        rtol: float = 1e-9,
        atol: float = 1e-12,
        mutates: bool = False,
    ) -> None:
        """Add a question; exactly one of ``answer``, ``accept`` and ``raises`` says what is right.

        Parameters
        ----------
        code: the snippet that is run; its last line is an expression.
        statement: what must hold, as a phrase that completes "asked:".
        cases: dicts of plain values, smallest first, or a function of a seeded generator that yields them.
        answer: called with a case's values, returns the right result.
        accept: called as ``accept(got, **case)``; returns None if ``got`` is right, else one sentence why not.
        raises: name of the error that must be raised, with every text of ``mentions`` in its message.
        expected: with ``accept``, what a right result is, in words.
        rtol, atol: tolerances on numbers.
        mutates: whether the snippet may change the case's values.
        """
        if sum(map(bool, (answer, accept, raises))) != 1:
            raise ValueError(f"{self.name}: a question needs exactly one of answer, accept and raises")
        error = Raises(raises, tuple(mentions)) if raises else None
        code = textwrap.dedent(code).strip()
        self.questions.append(
            Question(code, statement, cases, answer, accept, error, rtol, atol, mutates, expected or statement)
        )

    def mistake(self, sentence: str, old: str, new: str | None = None) -> None:
        """Add a known mistake: the reference with ``old`` (found exactly once below its docstring) replaced by ``new``.

        With ``new`` left out, ``old`` is a whole body in place of the reference's.
        """
        text = reference_text(self.name)
        node = find(ast.parse(text), split(self.name)[1].rpartition(".")[2])
        first = node.body[1] if ast.get_docstring(node) is not None else node.body[0]
        rows = text.splitlines()
        head, body = "\n".join(rows[: first.lineno - 1]) + "\n", "\n".join(rows[first.lineno - 1 :])
        if new is None:
            mistaken = head + textwrap.indent(textwrap.dedent(old).strip("\n"), "    ")
        elif body.count(old) == 1:
            mistaken = head + body.replace(old, new)
        elif body.count(old) == 0 and text.count(old) == 1:  # in the signature
            mistaken = text.replace(old, new)
        else:
            raise ValueError(f"{self.name}: {old!r} occurs {body.count(old)} times in the reference, not once")
        self.mistakes.append(Mistake(sentence, mistaken))

    def hint(self, text: str) -> None:
        """Add a hint; they are given one at a time, an attempt each."""
        self.hints.append(text)


_PIECES: dict[str, Piece] = {}


def load(piece: str) -> Piece:
    """The specification of a piece, from the file or folder of ``checks/`` that matches its module."""
    module, _ = split(piece)
    files = checks_files(module)
    if not files:
        raise PieceError(f"there is no piece {piece!r}: no checks are written for {module}")
    for file in files:
        importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    if piece not in _PIECES:
        raise PieceError(f"there is no piece {piece!r} in {module}")
    return _PIECES[piece]


def call(function: Callable, case: Case, *first: object) -> object:
    """Call with those of a case's values that the function takes."""
    parameters = inspect.signature(function).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return function(*first, **case)
    return function(*first, **{name: value for name, value in case.items() if name in parameters})


# What no piece needs unless its specification allows it: ways to other people's answers.
_REACH = "a piece may not reach outside itself"
ALWAYS_FORBIDDEN = dict.fromkeys(
    "exec eval compile open __import__ importlib inspect os sys gc ctypes subprocess socket builtins workshop checks "
    "__globals__ __code__ __builtins__ __loader__ __spec__ globals input breakpoint".split(),
    _REACH,
)


def forbidden_use(spec: Piece, text: str) -> str | None:
    """One sentence on the first name in a learner's text that its piece may not use, or None.

    ``"numpy"`` forbids the module and ``"numpy.linalg"`` a part of it, under whatever name they are imported;
    ``".sort"`` forbids a method; any other name, its use as a name or an attribute's owner.
    """
    banned = {**{k: v for k, v in ALWAYS_FORBIDDEN.items() if k not in spec.allow}, **spec.forbid}
    plank = read_plank(spec.name, text)
    aliases = {"np": "numpy", "plt": "matplotlib.pyplot"}
    statements = [*plank.support, plank.node]
    globals_used = free_names(*statements)
    for node in (n for s in statements for n in ast.walk(s)):
        if isinstance(node, ast.Import):
            aliases |= {a.asname or a.name.partition(".")[0]: a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            aliases |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    used = [*aliases.values()][2:]
    for node in (n for s in statements for n in ast.walk(s)):
        if isinstance(node, ast.Name) and node.id in globals_used:
            used.append(aliases.get(node.id, node.id))
        elif isinstance(node, ast.Attribute):
            used += ["." + node.attr, node.attr if node.attr.startswith("__") else "." + node.attr]
            owner = ast.unparse(node)
            head, _, rest = owner.partition(".")
            used.append(f"{aliases.get(head, head)}.{rest}")
    for name in used:
        for ban, why in banned.items():
            if name == ban or name.startswith(ban + "."):
                return f"this piece may not use {ban.lstrip('.')!r}: {why}"
    return None
