"""A learner's hour in a real kernel: stubs, right and wrong pieces, slips of every kind, two kernels, a full disk."""

import os
import stat

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.conftest import answer, filled
from workshop import store
from workshop.paths import ROOT

M = "foundations.matrix:"
START = (
    "from __future__ import annotations\n"
    "from workshop import NotBuilt, build, check, journal, predict, reveal, start\n"
    'start("phase1_math/01_matrices")\n'
    "import math\nfrom course_lib.foundations.matrix import Matrix, ShapeError, angle, dot, norm\n"
)
WRONG_DOT = '@build("foundations.matrix")\ndef dot(u, v):\n    return sum(a * b for a, b in zip(u, v))'
CHECK_DOT = f'check("{M}dot")'


def texts(cell) -> str:
    """All that a cell printed, showed or raised."""
    found = []
    for output in cell.get("outputs", []):
        found += [output.get("text", ""), output.get("data", {}).get("text/plain", ""), *output.get("traceback", [])]
        found.append(output.get("data", {}).get("text/html", ""))
    return "\n".join(found)


def run(*sources: str, strict: bool = False, where=ROOT) -> list[str]:
    """Run cells in a fresh kernel, going on after errors; what each one showed."""
    cells = [new_code_cell(source) for source in (START, *sources)]
    return run_notebook(new_notebook(cells=cells), strict)[1:]


def run_notebook(notebook, strict: bool = False) -> list[str]:
    old = os.environ.pop("COURSE_STRICT", None)
    if strict:
        os.environ["COURSE_STRICT"] = "1"
    try:
        resources = {"metadata": {"path": str(ROOT)}}
        NotebookClient(notebook, timeout=60, kernel_name="python3", allow_errors=True, resources=resources).execute()
    finally:
        os.environ.pop("COURSE_STRICT", None)
        if old is not None:
            os.environ["COURSE_STRICT"] = old
    return [texts(cell) for cell in notebook.cells if cell.cell_type == "code"]


def test_a_piece_is_live_at_once_then_checked_then_kept(mine):
    stub, right = '@build("foundations.matrix")\ndef dot(u, v):\n    raise NotBuilt', answer(M + "dot")
    out = run(
        "norm([3, 4])",
        stub,
        CHECK_DOT,
        WRONG_DOT.replace("a * b", "1000"),
        "norm([3, 4])",  # the learner's dot is what norm calls now
        CHECK_DOT,
        "norm([3, 4])",  # and the reference is back
        right,
        CHECK_DOT,
        "print(dot.__code__.co_filename != Matrix.apply.__code__.co_filename)",
    )
    assert "5.0" in out[0]
    assert "not built" in out[2] and "Error" not in out[2]
    assert "44.72" in out[4]
    assert "CheckFailed" in out[5] and "is not right yet" in out[5] and "Traceback" not in out[5]
    assert "5.0" in out[6]
    assert "passes" in out[8]
    assert "True" in out[9]
    assert store.load(M + "dot").cell == right


def test_a_failure_says_four_things(mine):
    (_, out) = run(WRONG_DOT, CHECK_DOT)
    for part in ("asked", "u = [1, 2]", "v = [3, 4, 5]", "ShapeError", "got", "11", "zip stops at the shorter", "hint"):
        assert part in out, part
    assert store.attempted(M + "dot") == WRONG_DOT
    assert store.load(M + "dot") is None


def test_a_failing_edit_never_evicts_a_good_piece(mine):
    good = answer(M + "dot") + "\n# mine"
    out = run(good, CHECK_DOT, WRONG_DOT.replace("a * b", "a"), CHECK_DOT, "dot([1, 2, 3], [4, 5, 6])")
    assert "passes" in out[1] and "your version of" in out[3] and "32" in out[4]
    assert store.load(M + "dot").cell == good
    # the failed source is kept, and checking again judges that, not the good one that is back in place
    assert "CheckFailed" in run(good, CHECK_DOT, WRONG_DOT, CHECK_DOT, CHECK_DOT)[4]


def test_a_later_kernel_begins_with_the_pieces_that_passed(mine):
    run(answer(M + "dot", ("sum(", "0.5 * 2 * sum(")), CHECK_DOT)
    notebook = new_notebook(
        cells=[new_code_cell(START), new_code_cell("dot([1, 2], [3, 4]), dot.__code__.co_filename")]
    )
    out = run_notebook(notebook)
    assert "yours: 1 of 13 pieces" in out[0]
    assert "11.0" in out[1] and "mine" in out[1]


def test_slips_are_one_clear_line():
    out = run(
        '@build("foundations.matrix")\ndef dto(u, v):\n    return 0',
        '@build("foundations.matrix")\ndef dot(u):\n    return 0',
        '@build("foundations.matrix:Matrix")\ndef shape(self):\n    return 0',
        "import itertools\nlimit = 3",
        '@build("foundations.matrix")\ndef dot(u, v):\n    return sum(itertools.chain(u, v))',
        "def helper():\n    return 0",
        '@build("foundations.matrix")\ndef norm(v):\n    return helper()',
        'check("foundations.matrix:nrom")',
        "%%time\n" + answer(M + "dot"),
        answer(M + "dot"),
        CHECK_DOT,
        '@build("foundations.matrix")\ndef dot(u, v):\n    return sum(a * b for a, b in zip(u, v)',
        CHECK_DOT,
    )
    assert "did you mean foundations.matrix:dot" in out[0]
    assert "takes (u, v); yours takes (u)" in out[1]
    assert "to be a property; yours is a plain function" in out[2]
    assert "uses 'itertools'" in out[4] and "same cell" in out[4]
    assert "uses 'helper'" in out[6]
    assert "did you mean foundations.matrix:norm" in out[7]
    assert "passes" in out[10]
    assert "did not run" in out[12] and "SyntaxError" in out[12]
    for text in (*out[:3], out[4], *out[6:8]):
        assert "Traceback" not in text and "workshop/" not in text


def test_helpers_imports_and_constants_of_the_cell_come_along(mine):
    dot = '@build("foundations.matrix")\ndef dot(u, v):\n    _same(u, v)\n'
    dot += "    return math.fsum(starmap(operator.mul, zip(u, v))) * ONE\n"
    help_dot = "import operator\nfrom itertools import starmap\nONE = 1\n"
    help_dot += 'def _same(u, v):\n    if len(u) != len(v):\n        raise ShapeError(f"{len(u)} {len(v)}")\n'
    norm = "def _same(v):\n    return v\n"
    norm += '@build("foundations.matrix")\ndef norm(v):\n    return math.sqrt(dot(_same(v), v))\n'
    out = run(
        help_dot + dot + "print(dot([1, 2], [3, 4]))",
        CHECK_DOT,
        norm,
        f'check("{M}norm")',
        "norm([3, 4]), dot([1, 2], [3, 4])",
    )
    assert "11.0" in out[0] and "passes" in out[1] and "passes" in out[3] and "(5.0, 11.0)" in out[4]
    again = run_notebook(new_notebook(cells=[new_code_cell(START), new_code_cell("norm([3, 4]), dot([1, 2], [3, 4])")]))
    assert "2 of 13" in again[0] and "(5.0, 11.0)" in again[1]


def test_methods_aliases_super_and_builtins_names():
    total = '@build("foundations.matrix:Matrix")\ndef __mul__(self, factor):\n    if isinstance(factor, Matrix):\n'
    total += "        raise TypeError('no')\n    assert super().__repr__\n"
    total += "    return type(self)([[factor * a for a in row] for row in self.data])"
    out = run(
        total,
        f'check("{M}Matrix.__mul__")',
        "(2 * Matrix([[1, 2]])).data, (Matrix([[1, 2]]) * 2).data",
        answer(M + "Matrix.shape"),
        f'check("{M}Matrix.shape")',
        answer(M + "Matrix.identity"),
        f'check("{M}Matrix.identity")',
        "isinstance(Matrix.identity(2), Matrix) and Matrix.identity(2) == Matrix([[1, 0], [0, 1]])",
    )
    assert "passes" in out[1] and "([[2, 4]], [[2, 4]])" in out[2]
    assert "passes" in out[4] and "passes" in out[6] and "True" in out[7]


def test_predict_reveal_and_journal(mine):
    out = run(
        'predict("?", guess=..., answer=lambda: 1 / 0)',
        'predict("?", guess=3.0, answer=lambda: 3.001)',
        'predict("?", guess=True, answer=lambda: False)',
        f'reveal("{M}dot")',
        WRONG_DOT,
        f'reveal("{M}dot")',
        'journal("""\n...\n""")',
        'journal("Order matters.")',
        'journal("Order matters!")',
    )
    assert "in place of the ..." in out[0] and "as you said" in out[1] and "a surprise" in out[2]
    assert "try dot first" in out[3] and "len(u)" in out[5] and "the reference" in out[5]
    assert "write between the quotes" in out[6] and "kept" in out[8]
    text = (mine / "journal.md").read_text()
    assert "Order matters!" in text and "Order matters." not in text


def test_one_wrong_piece_fails_alone_and_the_rest_runs():
    wrong = answer(M + "Matrix.transpose", ("self.data[i][j]", "self.data[i][-1 - j]"))
    notebook = filled("phase1_math/01_matrices", {M + "Matrix.transpose": wrong})
    outs = run_notebook(notebook, strict=True)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    failed = [
        c.source
        for c, text in zip(cells, outs)
        if "CheckFailed" in text or "Error:" in text and "math.acos" not in c.source
    ]
    assert failed == [f'check("{M}Matrix.transpose")']


def test_an_untouched_notebook_runs_to_its_end():
    notebook = filled("phase1_math/01_matrices", solved=False)
    outs = run_notebook(notebook)
    assert not [text for text in outs if "CheckFailed" in text or "Traceback" in text]
    assert sum("not built" in text for text in outs) == 13


@pytest.mark.skipif(os.geteuid() == 0 and not os.path.exists("/proc"), reason="root writes anywhere")
def test_a_folder_that_cannot_be_written_is_said_and_the_piece_is_still_in_use(mine):
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("a file where the folder should be")
    out = run(answer(M + "dot"), CHECK_DOT, WRONG_DOT, CHECK_DOT, "journal('x')")
    assert "passes" in out[1] and "could not be saved" in out[1]
    assert "CheckFailed" in out[3] and "Traceback" not in out[3] + out[4] and "could not be saved" in out[4]
    assert stat.S_ISREG(mine.stat().st_mode)


def test_a_solved_notebook_writes_nothing(mine):
    path = ROOT / "solutions" / "phase1_math" / "01_matrices.ipynb"
    outs = run_notebook(nbformat.read(path, 4), strict=True)
    assert not [text for text in outs if "CheckFailed" in text]
    assert not mine.exists()
