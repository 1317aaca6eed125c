"""Kernels are found on disk by what they compute, but only while all that makes kernels is what its files say."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from course_lib import Tensor
from course_lib.engine import compiler_c, cstyle, lower, provenance, render
from course_lib.engine.passes import lanes, writers
from course_lib.engine.uop import Ops

from .checking import needs_c

pytestmark = needs_c

ROOT = Path(provenance.__file__).parents[2]
SHARES = "from course_lib import Tensor; from course_lib.engine import provenance, runtime_c, compiler_c\n"
STEP = "x = Tensor([1.0, 2.0, 3.0], device='C'); print((x * 3.5 + x.exp().sum()).tolist()); print(compiler_c.stats)"


@pytest.fixture(autouse=True)
def unchanged():
    """These tests are about what is replaced on purpose: the files may have been edited while others ran."""
    if not provenance.origin():
        pytest.skip("the engine's files were changed after these tests began")


def run(script: str, folder: Path, root: Path = ROOT) -> list[str]:
    """What a new process prints whose kernels lie in a folder."""
    surroundings = {**os.environ, "COURSE_CACHE": str(folder), "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", SHARES + script]
    done = subprocess.run(command, env=surroundings, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def copy_of_the_engine(folder: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "course_lib", folder / "course_lib", ignore=ignored)
    return folder


def test_a_warm_start_neither_lowers_nor_writes(tmp_path):
    first = run(STEP, tmp_path)
    nothing = "from course_lib.engine import realize\nrealize.lower = runtime_c.C_PREAMBLE = None\n"
    again = run(nothing + STEP, tmp_path)
    assert again[0] == first[0] and "compiled=0" in again[1] and "loaded=0" not in again[1]


def test_costs_are_kept_with_the_kernels(tmp_path):
    count = "from course_lib import GlobalCounters; print(GlobalCounters.flops, GlobalCounters.bytes)\n"
    first, again = (run(f"{STEP}\n{count}", tmp_path)[2] for _ in range(2))
    assert first == again != "0 0"


@pytest.mark.parametrize("file", ["lower.py", "uop.py", "passes/lanes.py"])
def test_a_changed_file_makes_other_kernels(tmp_path, file):
    root = copy_of_the_engine(tmp_path / "library")
    first = run(STEP, tmp_path, root)
    path = root / "course_lib" / "engine" / file
    path.write_text(path.read_text() + "\n# another line\n")
    again = run(STEP, tmp_path, root)
    assert first[0] == again[0] and "compiled=0" not in again[1]
    assert "compiled=0" in run(STEP, tmp_path, root)[1]


def test_a_file_that_is_changed_while_the_engine_runs(tmp_path):
    """What runs is not what the file says any more: its kernels must not be taken for those of the new file."""
    root = copy_of_the_engine(tmp_path / "library")
    path = root / "course_lib" / "engine" / "cstyle.py"
    edit = f"from pathlib import Path; p = Path({str(path)!r})\n"
    edit += "p.write_text(p.read_text().replace('{0} * {1}', '{0} - {1}')); print(repr(provenance.origin()))\n"
    old = run(edit + STEP, tmp_path, root)
    new = run(STEP, tmp_path, root)
    assert old[0] == "''" and old[1] != new[0]


REPLACED = {
    "a function": (lower, "flat", lambda *args: None),
    "an imported function": (lower, "add", lambda a, b: a),
    "a method": (render.Renderer, "store", lambda *args: None),
    "a number": (lower, "FEW", 3),
    "a set": (render, "SIMPLE", frozenset()),
    "a table": (cstyle, "NUMERIC", {}),
    "a pass": (writers, "split", lambda program: program),
    "a pass's number": (lanes, "BYTES", 64),
    "a pass's method": (lanes.LaneRenderer, "turns", lambda *args: None),
}


@pytest.mark.parametrize("space, name, new", REPLACED.values(), ids=REPLACED)
def test_whatever_is_replaced_is_noticed(monkeypatch, space, name, new):
    with monkeypatch.context() as patch:
        patch.setattr(space, name, new)
        assert provenance.origin() == ""
    assert provenance.origin()


def test_an_entry_of_a_table_is_noticed(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setitem(cstyle.C_SINGLE, Ops.ADD, "{0} - {1}")
        assert provenance.origin() == ""
    assert provenance.origin()


def test_the_code_of_a_function_is_noticed():
    before = writers.chosen.__code__
    try:
        writers.chosen.__code__ = (lambda: None).__code__
        assert provenance.origin() == ""
    finally:
        writers.chosen.__code__ = before
    assert provenance.origin()


def test_what_a_replaced_part_makes_is_not_found_by_others(tmp_path):
    """A wrong table, replaced before anything is computed: neither its kernels nor the right ones are mixed up."""
    wrong = "from course_lib.engine import cstyle, uop; cstyle.C_SINGLE[uop.Ops.MUL] = '{0} - {1}'\n"
    results = [run(script, tmp_path)[0] for script in (wrong + STEP, STEP, wrong + STEP, STEP)]
    assert results[0] == results[2] != results[1] == results[3]


def test_using_the_engine_changes_nothing_that_is_watched():
    before = provenance.origin()
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True, device="C")
    (x @ x.T).softmax(0).sum().backward()
    assert x.grad.numpy().shape == (2, 3) and provenance.origin() == before
    assert compiler_c.stats.compiled + compiler_c.stats.loaded
