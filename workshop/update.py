"""New versions of the notebooks, with the learner's own cells in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import nbformat

from workshop import carry, curriculum, store
from workshop.lessons import dump, exercise_id, make, write
from workshop.paths import ROOT, mine


class UpdateError(Exception):
    """What kept an update from running; one line with the remedy."""


def read_notebook(path: Path) -> nbformat.NotebookNode | None:
    """A notebook file, or None if it is not one (cut off, emptied, not JSON)."""
    try:
        notebook = nbformat.read(path, as_version=4)
        return notebook if isinstance(notebook.cells, list) else None
    except (ValueError, AttributeError, KeyError, TypeError, OSError, nbformat.ValidationError):
        return None


def _aside(path: Path) -> Path:
    """Keep a file that something else takes the place of, under ``mine/aside``."""
    kept = mine() / "aside" / f"{path.stem}.{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 1000:03d}{path.suffix}"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, kept)
    return kept


def refresh(name: str, old: Path | None = None, refill: bool = False) -> list[str]:
    """Write the newest version of a notebook, with the cells of ``old`` (its file as it stands) carried over.

    With ``refill``, pieces kept under ``mine/`` go into build cells that are still stubs where the old file was lost.
    """
    path = ROOT / f"{name}.ipynb"
    source, reports, new = old or path, [], make(name)
    before = read_notebook(source) if source.exists() else None
    if before is not None:
        new, reports = carry.carry_over(before, new)
    elif source.exists():
        reports.append(f"it could not be read as a notebook; the file is kept as {_aside(source)}")
    if before is None and refill:
        for cell in new.cells:
            course = cell.metadata.course
            if course.kind == "build" and (saved := store.load(course.piece)) is not None:
                cell.source = saved.cell
                reports.append(f"{course.piece}: put back from mine/")
    write(path, dump(new))
    return [f"{name}: {report}" for report in reports]


def _git(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, errors="replace")


def _changed() -> list[Path]:
    """The learner's notebooks that differ from the committed ones."""
    names = _git("diff", "--name-only", "-z", "HEAD", "--", "phase*_*/*.ipynb").stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).exists()]


def update(pull: bool = True) -> list[str]:
    """Fetch the course's newest version and carry the learner's cells into it; returns lines to print.

    The notebooks are copied to ``mine/updating`` first, and that folder goes away last: an update that is interrupted
    anywhere is finished by the next.
    """
    lines: list[str] = []
    copies, part = mine() / "updating", mine() / "updating.part"
    in_git = shutil.which("git") is not None and _git("rev-parse", "HEAD").returncode == 0
    try:
        interrupted = copies.exists()
        if interrupted:
            lines.append("An earlier update was interrupted; it is finished now.")
        else:
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
        for path in _changed() if in_git else []:
            copy = (copies if interrupted else part) / path.relative_to(ROOT)
            if copy.exists():
                _aside(copy)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, copy)
        if not interrupted:
            os.replace(part, copies)
        if pull and in_git and _git("rev-parse", "@{upstream}").returncode == 0:
            lines += _pull(copies)
        elif pull:
            lines.append("No git branch to fetch from; the notebooks are made anew from the lessons here.")
        curriculum.notebooks.cache_clear()
        for book in curriculum.notebooks():
            copy = copies / f"{book.name}.ipynb"
            lines += refresh(book.name, copy if copy.exists() else None, refill=True)
        shutil.rmtree(copies)
    except OSError as error:
        raise UpdateError(f"the update stopped: {store.trouble(error)}; nothing is lost") from None
    return lines


def _pull(copies: Path) -> list[str]:
    restored = [str(p.relative_to(copies)) for p in copies.rglob("*.ipynb")]
    if restored:
        _git("checkout", "HEAD", "--", *restored)
    result = _git("pull", "--ff-only")
    if result.returncode == 0:
        return [result.stdout.strip().splitlines()[-1] if result.stdout.strip() else "Up to date."]
    reason = next((row for row in reversed(result.stderr.strip().splitlines()) if row.strip()), "git pull failed")
    kept = "Your notebooks are as they were; mend it with git and try again."
    return [f"Nothing new was fetched ({reason.strip()}). {kept}"]


def finish_interrupted() -> list[str]:
    """Finish an update that was interrupted, if there is one."""
    return update(pull=False) if (mine() / "updating").exists() else []


def reset(piece: str) -> str:
    """Give a piece back to the reference: its file goes to the history, its cell becomes the stub again."""
    kept = store.retire(piece)
    book = curriculum.pieces()[piece]
    path = ROOT / f"{book.name}.ipynb"
    notebook = read_notebook(path) if path.exists() else None
    if notebook is not None:
        stub = next(c.source for c in make(book.name).cells if c.id == f"build-{exercise_id(piece)}")
        for cell in notebook.cells:
            course = cell.metadata.get("course", {})
            if course.get("piece") == piece and course.get("kind") == "build" and cell.source != stub:
                kept = store.save(piece, cell.source, passed=False)
                cell.source, cell.outputs, cell.execution_count = stub, [], None
        write(path, dump(notebook))
    return f"{piece} is the reference's again" + (f"; your version is kept as {kept}" if kept else "")
