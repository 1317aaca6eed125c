"""`make test-phase N`: what a learner is told of a whole phase."""

import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from tests.conftest import answer, filled
from workshop.paths import ROOT

NAME = "phase1_math/01_matrices"
TRACE = "foundations.matrix:Matrix.trace"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course that has one notebook, in a folder with a space and an accent."""
    home = tmp_path_factory.mktemp("the course à moi")
    for folder in ("course_lib", "workshop", "checks", "datasets"):
        shutil.copytree(ROOT / folder, home / folder, ignore=shutil.ignore_patterns("__pycache__", "cache"))
    (home / "lessons/phase1_math").mkdir(parents=True)
    shutil.copy(ROOT / f"lessons/{NAME}.md", home / f"lessons/{NAME}.md")
    (home / "phase1_math").mkdir()

    def run(notebook):
        path = home / f"{NAME}.ipynb"
        path.unlink(missing_ok=True)
        if notebook is not None:
            path.write_text(notebook if isinstance(notebook, str) else nbformat.writes(notebook), encoding="utf-8")
        env = {**os.environ, "PYTHONPATH": str(home), "COURSE_MINE": str(home / "mine")}
        command = [sys.executable, "-m", "workshop", "test-phase", "1"]
        return subprocess.run(command, cwd=home, env=env, capture_output=True, text=True)

    return run


def test_an_untouched_notebook_has_nothing_built(course):
    done = course(filled(NAME, solved=False))
    assert done.returncode == 1 and done.stdout.count("not built") == 13 and "0 of 13 pieces pass" in done.stdout


def test_a_solved_one_passes_with_edited_checks_restored(course):
    notebook = filled(NAME)
    for cell in notebook.cells:
        if cell.metadata.course.kind == "check":
            cell.source = 'print("ok")'
    done = course(notebook)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "13 of 13 pieces pass" in done.stdout and "FAILS" not in done.stdout


def test_one_wrong_piece_fails_alone_with_its_message(course):
    wrong = answer(TRACE, ("self.data[i][i] for", "self.data[i][rows - 1 - i] for"))
    notebook = filled(NAME, {TRACE: wrong})
    notebook.cells.append(nbformat.v4.new_code_cell("1 / 0"))
    done = course(notebook)
    assert done.returncode == 1 and "12 of 13 pieces pass" in done.stdout
    assert done.stdout.count("FAILS") == 1 and "the other diagonal" in done.stdout
    for part in ("input", "expected", "got", "a = [[1, 2], [4, 8]]"):
        assert part in done.stdout, done.stdout
    assert "a cell of your own or a demo failed" in done.stdout and "ZeroDivisionError" in done.stdout


def test_a_notebook_that_is_cut_off_is_named(course):
    done = course('{"cells": [')
    assert done.returncode == 1 and "missing or cannot be read: run make update" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
