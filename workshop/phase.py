"""Running a learner's notebooks of a phase through nbval, piece by piece."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from pathlib import Path

import pytest

from workshop import curriculum
from workshop.carry import carry_over
from workshop.lessons import dump, make
from workshop.paths import ROOT
from workshop.update import read_notebook

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_FLAGS = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout", "120", "-c", os.devnull]
_FLAGS += ["-q", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider"]
_FLAGS += ["--no-header", "--no-summary", "--tb=short", "--show-capture=no"]


class _Outcomes:
    """A pytest plugin: what became of each code cell."""

    def __init__(self):
        self.cells: dict[tuple[str, int], tuple[bool, str]] = {}

    def pytest_runtest_logreport(self, report) -> None:
        match = re.search(r"([^/]+)\.ipynb::Cell (\d+)$", report.nodeid)
        if match and (report.when == "call" or report.failed):
            self.cells[match[1], int(match[2])] = (report.passed, _ANSI.sub("", report.longreprtext))


def test_phase(number: int) -> int:
    """Run the learner's notebooks of a phase and print each piece; 0 if all pieces pass, else 1.

    The learner's cells run in a fresh copy of each notebook, so that an edited check costs nothing.
    """
    books = [book for book in curriculum.notebooks() if book.phase == number]
    if not books:
        print(f"Phase {number} has no notebooks yet; the start page shows which phases have.")
        return 2
    folder = ROOT / ".cache" / "phase"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = {}
    for book in books:
        notebook, path = make(book.name), ROOT / f"{book.name}.ipynb"
        old = read_notebook(path) if path.exists() else None
        if old is None:
            print(f"{book.name}.ipynb is missing or cannot be read: run make update to have it back.")
        else:
            notebook, _ = carry_over(old, notebook)
        (folder / Path(f"{book.name}.ipynb").name).write_text(dump(notebook), encoding="utf-8")
        made[book] = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outcomes = _Outcomes()
    os.environ["COURSE_STRICT"] = "1"
    print(f"Running {len(books)} notebooks ...", flush=True)
    with open(os.devnull, "w") as null, contextlib.redirect_stdout(null):
        pytest.main([*_FLAGS, "--rootdir", str(folder), str(folder)], [outcomes])
    return _print(made, outcomes)


def _print(made: dict, outcomes: _Outcomes) -> int:
    passing, total, other = 0, 0, []
    for book, cells in made.items():
        print(f"\n{book.name}: {book.title}")
        results = {}
        for index, cell in enumerate(cells):
            course = cell.metadata.get("course", {})
            passed, text = outcomes.cells.get((Path(book.name).name, index), (False, "its notebook stopped before it"))
            if course.get("kind") == "check":
                results[course["piece"]] = passed, text
            elif not passed:
                other.append(f"{book.name}: {cell.source.partition(chr(10))[0][:60] or 'a cell'}: {_last(text)}")
        for piece in book.pieces:
            passed, text = results.get(piece, (False, "its check did not run"))
            total, passing = total + 1, passing + passed
            found = re.search(r"CheckFailed: (.*)", text, re.DOTALL)
            head, *more = (found[1] if found else _last(text)).strip().splitlines() or ["failed"]
            word = "passes" if passed else "not built" if "not built" in head else "FAILS"
            print(f"  {word:<10}{piece.partition(':')[2]}")
            if word == "FAILS":
                print("\n".join(f"            {row}" for row in ([*more] if more else [head])))
    for row in other:
        print(f"  a cell of your own or a demo failed: {row}")
    print(f"\n{passing} of {total} pieces pass.")
    return 0 if passing == total and not other else 1


def _last(text: str) -> str:
    rows = [row for row in text.splitlines() if row.strip()]
    return rows[-1].strip() if rows else "failed"
