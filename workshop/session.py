"""What a notebook's reader uses: ``start``, ``build``, ``check``, ``predict``, ``reveal`` and ``journal``.

Environment: ``COURSE_STRICT=1`` makes a piece that is not built an error (the tests and ``make test-phase`` set it);
``COURSE_ONLY_EARLIER=1`` takes the pieces of later notebooks out of the library, to prove that none is needed.
"""

from __future__ import annotations

import builtins
import difflib
import linecache
import os
import sys
import threading

from checks.verdict import Verdict
from workshop import curriculum, judging, live, planks, report, store
from workshop.report import CheckFailed, line, show
from workshop.source import (
    NotBuilt,
    PieceError,
    Plank,
    is_stub,
    piece_name,
    pieces_in,
    plural,
    read_plank,
    reference_text,
    split,
)

__all__ = ["NotBuilt", "build", "check", "journal", "predict", "reveal", "start"]


class _Session:
    """The state of one kernel."""

    def __init__(self):
        self.notebook = ""
        self.solution = False
        self.cells: dict[str, tuple[str, str]] = {}  # the last source that ran of each piece, and its file's name
        self.broken: dict[str, str] = {}  # pieces whose latest edit did not run, and why
        self.live: dict[str, Plank] = {}  # what stands in the loaded library in place of references
        self.attempts: dict[str, set[str]] = {}

    def put(self, piece: str, plank: Plank | None) -> None:
        """Put a plank in place in the loaded library, or (None) the reference."""
        others = {name: p for name, p in self.live.items() if name != piece}
        wanted = others | ({piece: plank} if plank else {})
        if wanted != self.live:
            module = split(piece)[0]
            live.put(piece, [p for name, p in wanted.items() if split(name)[0] == module])
            self.live = wanted

    def restore(self, piece: str) -> str:
        """Put the last good version of a piece back; says which it is."""
        saved = None if self.solution else store.load(piece)
        if saved is not None and not saved.stale:
            self.put(piece, read_plank(piece, saved.text, str(saved.path)))
            return f"your version of {saved.time}"
        self.put(piece, None)
        return "the reference"

    def save(self, piece: str, cell: str, passed: bool) -> str:
        """Keep a cell's source under ``mine/``; what to say if that cannot be done."""
        try:
            if not self.solution:
                store.save(piece, cell, passed)
        except OSError as error:
            return f" But {store.trouble(error)}."
        return ""


_session = _Session()


def start(notebook: str, solution: bool = False) -> None:
    """Begin a notebook: your own pieces take their places in ``course_lib``, the reference stands in for the rest."""
    book = curriculum.notebook(notebook)
    threading.Thread(target=judging.server.start, daemon=True).start()
    again = bool(_session.notebook)
    _session.notebook, _session.solution = notebook, solution
    if again:
        return show(line(book.title, "has already begun in this kernel; what you built stays in place."))
    later = curriculum.later_pieces(notebook) if os.environ.get("COURSE_ONLY_EARLIER") == "1" else []
    mine, refused = ([], []) if solution else saved_planks()
    planks.install([plank for plank in mine if plank.piece not in later], cut=later)
    _session.live = {plank.piece: plank for plank in mine}
    _watch_cells()
    if not solution:
        here = sum(piece in _session.live for piece in book.pieces)
        text = f"yours: {here} of {plural(len(book.pieces), 'piece')}; from other notebooks: {len(mine) - here}."
        show(line(book.title + ":", text))
    for piece, reason in refused:
        show(line("put aside", f"{piece} no longer passes its check ({reason}); the reference stands in.", report.RED))


def saved_planks() -> tuple[list, list[tuple[str, str]]]:
    """The learner's pieces that are fit for use, and those that are not, with a reason.

    A piece whose checks or library changed since it passed is judged again.
    """
    good, refused = [], []
    for saved in filter(None, map(store.load, curriculum.pieces())):
        verdict = judging.judge(saved.piece, saved.cell, explain=False) if saved.stale else None
        if verdict and not verdict.passed:
            refused.append((saved.piece, verdict.reason or verdict.failure.asked))
            continue
        if verdict and (unsaved := _session.save(saved.piece, saved.cell, True)):
            show(line(saved.piece, f"passes its new check.{unsaved}", report.RED))
        try:
            good.append(read_plank(saved.piece, saved.text, str(saved.path)))
        except PieceError as error:
            refused.append((saved.piece, str(error)))
    return good, refused


def _watch_cells() -> None:
    """Notice edits of a piece that never ran: the version before it must not pass in their name."""

    def after(result) -> None:
        error = result.error_before_exec or result.error_in_exec
        kind = "" if isinstance(error, PieceError) else f"{type(error).__name__}: "
        if error is not None and not isinstance(error, CheckFailed):
            _session.broken.update(dict.fromkeys(pieces_in(result.info.raw_cell or ""), f"{kind}{error}"))

    if (shell := report.ipython()) is not None:
        shell.events.register("post_run_cell", after)


def build(target: str):
    """Mark a definition as the reader's version of a piece of ``course_lib``.

    ``target`` is the module (``"foundations.matrix"``) or, for a method, module and class
    (``"foundations.matrix:Matrix"``). A stub leaves the library as it is; anything else takes its place at once.
    """
    frame = sys._getframe(1)
    cell = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals)).removesuffix("\n")
    filename, scope = frame.f_code.co_filename, frame.f_globals

    def attach(thing):
        name = getattr(thing, "__name__", None) or getattr(getattr(thing, "fget", None), "__name__", "")
        piece = _known(piece_name(target, name))
        before = scope.get(name, getattr(builtins, name, None))
        if not cell.strip():
            raise PieceError(f"the source of {name} cannot be seen: define it in a cell of its own, without %%magic")
        _session.broken.pop(piece, None)
        plank = read_plank(piece, cell, filename)
        if is_stub(plank.node):
            _session.cells.pop(piece, None)
            _session.restore(piece)
        else:
            _session.cells[piece] = cell, filename
            _session.put(piece, plank)
        if ":" in target:
            return before  # a method leaves no name of its own in the notebook
        return getattr(sys.modules[f"course_lib.{target}"], name) if f"course_lib.{target}" in sys.modules else thing

    return attach


def _known(piece: str) -> str:
    known = list(curriculum.pieces())
    if piece not in known:
        close = difflib.get_close_matches(piece, known, 1)
        raise PieceError(f"there is no piece {piece}" + (f"; did you mean {close[0]}?" if close else ""))
    return piece


def check(piece: str) -> None:
    """Check your version of a piece: a line if it is right, else what is wrong and where.

    A piece that passes is kept under ``mine/``. When one fails, the last version that passed (or the reference) takes
    its place again, so that the notebook goes on working.
    """
    name = split(_known(piece))[1]
    if piece in _session.broken:
        why = f"your last edit did not run: {_session.broken[piece]}"
        _fail(Verdict(piece, "refused", reason=why), f"In use: {_session.restore(piece)}.")
    if piece not in _session.cells:
        text = f"not built in this notebook: the library uses {_session.restore(piece)}."
        show(line(name, text))
        if os.environ.get("COURSE_STRICT") == "1":
            raise CheckFailed(line(name, text), f"{name}: not built")
        return
    cell, filename = _session.cells[piece]
    verdict = judging.judge(piece, cell)
    unsaved = _session.save(piece, cell, verdict.passed)
    if verdict.passed:
        _session.put(piece, read_plank(piece, cell, filename))
        kept = "" if _session.solution else " Yours is in the library from now on."
        return show(line(f"{name} passes", f"({verdict.cases} cases).{kept}{unsaved}", report.GREEN))
    _session.attempts.setdefault(piece, set()).add(cell)
    kept = _session.restore(piece)
    _fail(verdict, f"In use until yours is right: {kept}. Mend the cell above, run it, and check again.{unsaved}")


def _fail(verdict: Verdict, note: str) -> None:
    hints = judging.load(verdict.piece).hints
    tried = len(_session.attempts.get(verdict.piece, []))
    hint = hints[min(tried, len(hints)) - 1] if hints and tried else ""
    message = report.failed(verdict, hint, note)
    if report.in_notebook():
        show(message)
    name = split(verdict.piece)[1]
    raise CheckFailed(message, f"{name} {'is not right yet' if verdict.failure else 'cannot be used'}") from None


def predict(question: str, guess: object, answer) -> None:
    """Commit to a guess, then see: ``answer()`` is not called while ``guess`` is still ``...``.

    A number within 1 % of the answer counts as right.
    """
    if guess is ...:
        return show(line("predict:", f"{question} Put your guess in place of the ... and run this cell."))
    actual = answer() if callable(answer) else answer
    try:
        right = bool(guess == actual) or abs(guess - actual) <= 0.01 * abs(actual)
    except (TypeError, ValueError):
        right = False
    text = f"you said {guess!r}, it is {report.show_value(actual)}."
    show(line("as you said:" if right else "a surprise:", text, report.GREEN if right else report.RED))


def reveal(piece: str) -> None:
    """Show the reference beside your own version, once you have tried."""
    saved = store.load(_known(piece))
    own = _session.cells.get(piece, [None])[0] or store.attempted(piece) or (saved.cell if saved else None)
    if own is None:
        return show(line("reveal:", f"try {split(piece)[1]} first: run a version of your own, then come back."))
    pages = [("yours", own), ("the reference", reference_text(piece))]
    text = "\n\n".join(f"# {title}\n{source}" for title, source in pages)
    style = f"flex:1;min-width:20em;{report.WRAP}"
    boxes = "".join(f'<pre style="{style}"><b>{t}</b>\n{report.html.escape(s)}</pre>' for t, s in pages)
    show(report.Message(text, f'<div style="display:flex;gap:1em;flex-wrap:wrap">{boxes}</div>'))


def journal(text: str) -> None:
    """Keep what you learnt in ``mine/journal.md``, under this notebook's name; a later run replaces the entry."""
    if not text.strip(" .…\n"):
        return show(line("journal:", "write between the quotes, then run this cell."))
    if _session.solution:
        return show(line("journal:", "a solved notebook keeps none."))
    try:
        store.keep_journal(_session.notebook, text)
    except OSError as error:
        return show(line("journal:", store.trouble(error), report.RED))
    show(line("journal:", f"kept under {_session.notebook}.", report.GREEN))
