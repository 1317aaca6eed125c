"""Updating: new lessons in, nothing of the learner's lost, whenever it is stopped."""

import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from workshop.paths import ROOT

MINE = "def dot(u, v):\n    return 'my own dot'"
BOOK = "phase1_math/01_matrices.ipynb"
GIT = ["git", "-c", "user.name=T", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]


def sh(*command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def upstream(tmp_path_factory):
    """A course that has moved on by one commit: another docstring, another text, a new demo."""
    home = tmp_path_factory.mktemp("a course, with ünïcode") / "upstream"
    listed = sh("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).splitlines()
    wanted = ("course_lib/", "workshop/", "checks/", "datasets/", "lessons/phase1_math/01_", "lessons/phase1_math/02_")
    for name in listed:
        if name.startswith(wanted) and (ROOT / name).is_file():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, home / name)
    env = {**os.environ, "PYTHONPATH": str(home)}
    subprocess.run([sys.executable, "-m", "workshop", "notebooks"], cwd=home, env=env, check=True, capture_output=True)
    sh(*GIT, "init", "-qb", "main", cwd=home)
    sh(*GIT, "add", "-A", cwd=home)
    sh(*GIT, "commit", "-qm", "first", cwd=home)
    return home


def course(clone, *arguments, code=None):
    env = {**os.environ, "PYTHONPATH": str(clone), "COURSE_MINE": str(clone / "mine")}
    command = [sys.executable, "-c", code] if code else [sys.executable, "-m", "workshop", *arguments]
    return subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True)


@pytest.fixture
def clone(upstream, tmp_path):
    home = tmp_path / "a learner"
    sh(*GIT, "clone", "-q", str(upstream), str(home), cwd=tmp_path)
    return home


def write_dot(clone):
    notebook = nbformat.read(clone / BOOK, 4)
    for cell in notebook.cells:
        if cell.metadata.course.kind == "build" and cell.metadata.course.piece.endswith(":dot"):
            cell.source = MINE
    nbformat.write(notebook, clone / BOOK)


def sources(clone):
    return [cell.source for cell in nbformat.read(clone / BOOK, 4).cells]


@pytest.fixture
def moved_on(upstream):
    before = sh("git", "rev-parse", "HEAD", cwd=upstream).strip()
    lesson, module = upstream / "lessons/phase1_math/01_matrices.md", upstream / "course_lib/foundations/matrix.py"
    lesson.write_text(
        lesson.read_text().replace("## A shopping list is a vector", "## A list is a vector\n\nNew words.")
    )
    module.write_text(module.read_text().replace("Dot product of two vectors:", "The dot product of two vectors:"))
    env = {**os.environ, "PYTHONPATH": str(upstream)}
    subprocess.run(
        [sys.executable, "-m", "workshop", "notebooks"], cwd=upstream, env=env, check=True, capture_output=True
    )
    sh(*GIT, "commit", "-qam", "second", cwd=upstream)
    yield
    sh(*GIT, "reset", "-q", "--hard", before, cwd=upstream)


def test_new_lessons_come_in_and_the_learners_cells_stay(clone, moved_on):
    write_dot(clone)
    assert subprocess.run(["git", "pull", "-q", "--ff-only"], cwd=clone, capture_output=True).returncode != 0
    assert MINE in sources(clone), "a bare pull refuses and loses nothing"
    done = course(clone, "update")
    assert done.returncode == 0, done.stderr
    now = sources(clone)
    assert MINE in now and any("New words." in source for source in now)
    assert "lesson's version changed; yours is in place" in done.stdout
    assert not (clone / "mine" / "updating").exists()
    again = course(clone, "update")
    assert again.returncode == 0 and sources(clone) == now


def test_an_update_that_is_stopped_anywhere_is_finished_by_the_next(clone, moved_on):
    write_dot(clone)
    code = f"""
import json, shutil, subprocess, sys
from pathlib import Path
from workshop import update
import nbformat

real = {{name: getattr(module, name) for module, name in ((update, "_git"), (update, "write"))}}
copy2, replace, rmtree = shutil.copy2, update.os.replace, shutil.rmtree
steps = {{"left": -1}}

def counted(function):
    def wrapped(*args, **kwargs):
        steps["left"] -= 1
        if steps["left"] == 0:
            raise KeyboardInterrupt
        return function(*args, **kwargs)
    return wrapped

learners = Path({BOOK!r}).read_bytes()
first = subprocess.check_output(["git", "rev-parse", "HEAD"], text=True).strip()
stopped = 0
for stop in range(1, 100):
    subprocess.run(["git", "reset", "-q", "--hard", first], check=True)
    rmtree("mine", ignore_errors=True)
    Path({BOOK!r}).write_bytes(learners)
    steps["left"] = stop
    update._git, update.write = counted(real["_git"]), counted(real["write"])
    update.shutil.copy2, update.shutil.rmtree = counted(copy2), counted(rmtree)
    update.os.replace = counted(replace)
    try:
        update.update()
        finished = True
    except KeyboardInterrupt:
        finished, stopped = False, stopped + 1
    update._git, update.write, update.shutil.copy2, update.shutil.rmtree = real["_git"], real["write"], copy2, rmtree
    update.os.replace = replace
    if not finished:
        update.update()
    cells = [cell.source for cell in nbformat.read({BOOK!r}, 4).cells]
    assert {MINE!r} in cells, stop
    assert any("New words." in cell for cell in cells), stop
    assert not Path("mine/updating").exists(), stop
    if finished:
        break
print(stopped)
"""
    done = course(clone, code=code)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) >= 6


def test_a_lost_or_truncated_notebook_comes_back_with_the_pieces_kept(clone):
    from tests.conftest import answer

    cell = answer("foundations.matrix:norm")
    keep = f"from workshop import store; store.save('foundations.matrix:norm', {cell!r})"
    assert course(clone, code=keep).returncode == 0
    (clone / BOOK).unlink()
    done = course(clone, "update")
    assert "put back from mine/" in done.stdout and cell in sources(clone)
    text = (clone / BOOK).read_text()
    (clone / BOOK).write_text(text[: len(text) // 2])
    done = course(clone, "update")
    assert "could not be read as a notebook" in done.stdout and cell in sources(clone)
    (kept,) = (clone / "mine" / "aside").iterdir()
    assert kept.read_text() == text[: len(text) // 2]


def test_a_history_of_ones_own_is_one_clear_line(clone, moved_on):
    write_dot(clone)
    sh(*GIT, "commit", "-qam", "my work", cwd=clone)
    done = course(clone, "update")
    assert done.returncode == 0 and "Nothing new was fetched" in done.stdout and "Traceback" not in done.stderr
    assert MINE in sources(clone)


def test_a_folder_that_cannot_be_written_stops_the_update_before_anything_else(clone, moved_on):
    write_dot(clone)
    (clone / "mine").write_text("in the way")
    done = course(clone, "update")
    assert done.returncode == 2 and "nothing is lost" in done.stdout and "Traceback" not in done.stderr
    assert MINE in sources(clone)


def test_reset_gives_a_piece_back_and_keeps_it(clone):
    write_dot(clone)
    done = course(clone, "reset", "foundations.matrix:dot")
    assert done.returncode == 0 and MINE not in sources(clone)
    assert MINE in (clone / "mine/foundations.matrix/dot.attempt").read_text()
    done = course(clone, "reset", "foundations.matrix:dto")
    assert done.returncode == 2 and "there is no piece" in done.stdout


def test_the_authors_loop_touches_one_notebook(clone):
    books = {p: p.stat().st_mtime_ns for p in clone.glob("phase1_math/*.ipynb")}
    module = clone / "course_lib/foundations/matrix.py"
    module.write_text(module.read_text().replace("Length of a vector:", "The length of a vector:"))
    done = course(clone, "notebooks")
    assert done.returncode == 0, done.stderr
    changed = [p.name for p, stamp in books.items() if p.stat().st_mtime_ns != stamp]
    assert changed == ["01_matrices.ipynb"]
    lesson = clone / "lessons/phase1_math/02_solving.md"
    lesson.write_text(lesson.read_text() + "\nOne more line.\n")
    books = {p: p.stat().st_mtime_ns for p in books}
    course(clone, "notebooks")
    assert [p.name for p, stamp in books.items() if p.stat().st_mtime_ns != stamp] == ["02_solving.ipynb"]
    assert json.loads((clone / BOOK).read_text())["nbformat"] == 4
