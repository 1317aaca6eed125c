"""The learner's own pieces on disk: one file a piece under ``mine/``, written whole or not at all."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from workshop.paths import checks_files, mine, module_file
from workshop.source import split

_HEADER = re.compile(r"# (?P<state>passed|not yet right): (?P<piece>\S+)\n# (?P<time>[^,]*), (?P<print>\w+)\n")
_IMPORT = re.compile(r"^\s*(?:from|import) course_lib\.([\w.]+)", re.MULTILINE)
KEPT = 20  # older versions kept of each piece


@dataclass
class Saved:
    """A piece in ``mine/``: its cell's source below two header lines, as ``path`` holds it."""

    piece: str
    path: Path
    text: str
    cell: str
    time: str
    fingerprint: str

    @property
    def stale(self) -> bool:
        """Whether its checks or the library changed since it passed."""
        return self.fingerprint != fingerprint(self.piece)


def path_of(piece: str) -> Path:
    module, qualname = split(piece)
    return mine() / module / f"{qualname}.py"


def _attempt(piece: str) -> Path:
    return path_of(piece).with_suffix(".attempt")


@functools.cache
def _uses(module: str) -> frozenset[Path]:
    """The files of ``course_lib`` that a module is made from, itself included."""
    files = [module_file(module)]
    for file in files:  # which grows
        found = map(module_file, _IMPORT.findall(file.read_text(encoding="utf-8")))
        files += {path for path in found if path.exists() and path not in files}
    return frozenset(files)


def fingerprint(piece: str) -> str:
    """Short hash of what a verdict rests on: the piece's checks and the library under it."""
    module, _ = split(piece)
    digest = hashlib.sha256()
    for path in sorted(_uses(module).union(checks_files(module))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def save(piece: str, cell: str, passed: bool = True) -> Path:
    """Keep the source of a cell: a piece that passed, or an attempt that did not. Raises `OSError` if it can't."""
    state = "passed" if passed else "not yet right"
    text = f"# {state}: {piece}\n# {time.strftime('%Y-%m-%d %H:%M')}, {fingerprint(piece)}\n{cell}\n"
    path = path_of(piece) if passed else _attempt(piece)
    before = load(piece) if passed else None
    if before is not None and before.cell != cell:
        _write(_history(piece), before.text)
    _write(path, text)
    if passed:
        _attempt(piece).unlink(missing_ok=True)
    return path


def _cell(text: str) -> str:
    match = _HEADER.match(text)
    return text[match.end() :].removesuffix("\n") if match else text


def _history(piece: str) -> Path:
    """A name for an older version of a piece; makes room by letting the oldest go."""
    module, qualname = split(piece)
    folder = mine() / "history" / module
    for old in sorted(folder.glob(f"{qualname}.2*.py"))[: 1 - KEPT]:
        old.unlink(missing_ok=True)
    return folder / f"{qualname}.{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**9:09d}.py"


def retire(piece: str) -> Path | None:
    """Move a saved piece to the history; the library uses its reference again."""
    if (saved := load(piece)) is None:
        return None
    _write(kept := _history(piece), saved.text)
    saved.path.unlink(missing_ok=True)
    return kept


def load(piece: str) -> Saved | None:
    """The saved version of a piece, or None."""
    path = path_of(piece)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    match = _HEADER.match(text)
    if match is None or match["piece"] != piece:
        return None
    return Saved(piece, path, text, _cell(text), match["time"], match["print"])


def attempted(piece: str) -> str | None:
    """The source of the last attempt that did not pass, or None."""
    try:
        return _cell(_attempt(piece).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def trouble(error: OSError) -> str:
    """One line on why ``mine/`` cannot be written, and what to do."""
    where, why = os.environ.get("COURSE_MINE") or "mine", error.strerror or error
    return f"it could not be saved under {where}/ ({why}): make room or make it writable, and check again"


def keep_journal(notebook: str, text: str) -> None:
    """Put an entry in ``mine/journal.md``, in place of the notebook's earlier one."""
    path = mine() / "journal.md"
    old = path.read_text(encoding="utf-8") if path.exists() else "# Journal\n"
    heading = f"\n## {notebook}\n"
    before, found, after = old.partition(heading)
    following = after.find("\n## ") if found else -1
    rest = after[following:] if following >= 0 else ""
    _write(path, f"{before.rstrip()}\n{heading}\n{text.strip()}\n{rest}")
