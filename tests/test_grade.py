"""Grading gives exactly the deserved marks, whatever is handed in."""

import csv
import json

import nbformat
import pytest

from tests.conftest import answer, filled
from workshop import curriculum
from workshop.grade import collect, grade_folder

NAME = "phase1_math/01_matrices"
M = "foundations.matrix:"
ALL = curriculum.notebook(NAME).pieces


def norm(*lines: str) -> str:
    return "\n".join(['@build("foundations.matrix")', "def norm(v):", *(f"    {line}" for line in lines)])


ENDLESS = norm("while True:", "    pass")
PATCHER = """
class Same(float):
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
    def __sub__(self, other):
        return 0.0
    __rsub__ = __sub__

@build("foundations.matrix")
def dot(u, v):
    import numpy.testing
    numpy.testing.assert_allclose = lambda *args, **kwargs: None
    return Same(0)
"""
HOARDERS = {
    "memory": norm("return len([0] * 10**10)"),
    "exit": norm("raise SystemExit(0)"),
    "deep": norm("return norm(v)"),
}
THIEVES = {
    "own module": norm("from course_lib.foundations.matrix import norm as theirs", "return theirs(v)"),
    "module by import": norm("import course_lib.foundations.matrix as lib", "return lib.norm(v)"),
    "by name": norm("import importlib", "return importlib.import_module('x')"),
    "open": norm("return open('course_lib/foundations/matrix.py')"),
    "pathlib": norm(
        "import pathlib, course_lib",
        "path = pathlib.Path(course_lib.__file__).parent / 'foundations' / 'matrix.py'",
        "return float(len(path.read_text()))",
    ),
    "the loader": norm("return __loader__"),
    "forbidden": norm("import numpy as fast", "return float(fast.linalg.norm(v))"),
    "forbidden from": norm("from numpy.linalg import norm as n", "return float(n(v))"),
    "forbidden attribute": norm("return math.hypot(*v)"),
}


@pytest.fixture
def graded(tmp_path):
    """Grade a class; returns the marks by learner, and the folder they were written to."""

    def run(submissions: dict[str, nbformat.NotebookNode | str]):
        folder, out = tmp_path / "class", tmp_path / "marks"
        for learner, notebook in submissions.items():
            (folder / learner).mkdir(parents=True)
            path = folder / learner / "01_matrices.ipynb"
            path.write_text(notebook if isinstance(notebook, str) else nbformat.writes(notebook), encoding="utf-8")
        assert grade_folder(folder, out, seed=7) == 0
        with open(out / "marks.csv", newline="", encoding="utf-8") as file:
            rows = {row["learner"]: row for row in csv.DictReader(file)}
        return {name: {p for p in ALL if rows[name][p] == "1"} for name in submissions}, out

    return run


def test_right_wrong_blank_and_edited_checks(graded, capsys):
    wrong = answer(M + "Matrix.__matmul__", ("other.transpose().data", "other.data"))
    edited = filled(NAME, {M + "Matrix.__matmul__": wrong})
    for cell in edited.cells:
        if cell.metadata.course.kind == "check":
            cell.source = 'print("ok")'
    unlabelled = filled(NAME)
    for cell in unlabelled.cells:
        cell.metadata = {}
    marks, out = graded(
        {
            "right": filled(NAME),
            "one wrong": filled(NAME, {M + "Matrix.__matmul__": wrong}),
            "blank": filled(NAME, solved=False),
            "edited check": edited,
            "no metadata": unlabelled,
            "truncated": nbformat.writes(filled(NAME))[:3000],
        }
    )
    assert marks == {
        "right": set(ALL),
        "one wrong": set(ALL) - {M + "Matrix.__matmul__"},
        "blank": set(),
        "edited check": set(ALL) - {M + "Matrix.__matmul__"},
        "no metadata": set(ALL),
        "truncated": set(),
    }
    assert "You dotted rows with rows" in capsys.readouterr().out
    details = {s["learner"]: s for s in json.loads((out / "marks.json").read_text())["submissions"]}
    assert "expected" in details["one wrong"]["pieces"][M + "Matrix.__matmul__"]["why"]
    assert "not a readable notebook" in details["truncated"]["notes"][0]
    assert (out / "right" / f"{NAME}.ipynb").exists()


def test_endless_hostile_and_forbidden_pieces_cost_themselves_only(graded):
    marks, _ = graded(
        {
            "endless": filled(NAME, {M + "norm": ENDLESS}),
            "patcher": filled(NAME, {M + "dot": PATCHER}),
        }
        | {name: filled(NAME, {M + "norm": code}, solved=False) for name, code in (HOARDERS | THIEVES).items()}
    )
    assert marks.pop("endless") == set(ALL) - {M + "norm"}
    assert marks.pop("patcher") == set(ALL) - {M + "dot"}
    assert marks == dict.fromkeys(marks, set())


def test_hard_coded_answers_to_the_visible_questions_earn_nothing(graded):
    from checks import language
    from checks.verdict import plain_answer
    from workshop import judging

    piece = language.load(M + "norm")
    table = {repr(case["v"]): float(plain_answer(q, case)) for q in piece.questions for case in q.drawn(0)}
    code = norm(f"return {table!r}.get(repr(v), 0.0)")
    assert judging.judge(M + "norm", code).passed, "the table answers every visible question"
    marks, _ = graded({"table": filled(NAME, {M + "norm": code})})
    assert marks["table"] == set(ALL) - {M + "norm"}


def test_of_copies_of_a_cell_the_last_that_is_no_stub_counts(tmp_path):
    notebook = filled(NAME)
    first = next(c for c in notebook.cells if c.metadata.course.get("piece") == M + "dot")
    stub = next(c for c in filled(NAME, solved=False).cells if c.metadata.course.get("piece") == M + "dot")
    notebook.cells.append(stub)
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "n.ipynb").write_text(nbformat.writes(notebook))
    (submission,) = collect(tmp_path)
    assert submission.cells[M + "dot"] == first.source
    assert "more than once" in submission.notes[0]


def test_a_folder_without_submissions_is_one_clear_line(tmp_path, capsys):
    assert grade_folder(tmp_path, tmp_path / "out") == 2
    assert "holds no submissions" in capsys.readouterr().out
