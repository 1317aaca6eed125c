"""Carrying a learner's cells into a new version of a notebook never loses a line."""

import copy

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from workshop.carry import carry_over
from workshop.lessons import digest, make

NAME = "phase1_math/01_matrices"


def cell_of(notebook, kind, piece=""):
    return next(
        c for c in notebook.cells if c.metadata.get("course", {}).get("kind") == kind and piece in str(c.metadata)
    )


def newer(**sources):
    """The notebook of a later lesson: cells by id with other sources; None takes the cell away."""
    notebook = make(NAME)
    for ident, source in sources.items():
        cell = next(c for c in notebook.cells if c.id == ident.replace("_", "-"))
        if source is None:
            notebook.cells.remove(cell)
        else:
            cell.source = source
            cell.metadata.course.hash = digest(source)
    return notebook


def all_text(notebook):
    return "\n".join(cell.source for cell in notebook.cells)


def test_nothing_edited_gives_the_new_notebook():
    merged, reports = carry_over(make(NAME), newer())
    assert merged == make(NAME) and reports == []


def test_answers_go_to_their_exercise_whatever_moved():
    old = make(NAME)
    cell_of(old, "build", "dot").source = "@build('x')\ndef dot(u, v):\n    return 7"
    cell_of(old, "journal").source = 'journal("mine")'
    old.cells.reverse()
    merged, reports = carry_over(old, newer(build_foundations_matrix_dot="another stub"))
    assert cell_of(merged, "build", "dot").source.endswith("return 7")
    assert cell_of(merged, "journal").source == 'journal("mine")'
    assert [c.id for c in merged.cells] == [c.id for c in make(NAME).cells]
    assert len(reports) == 1 and "lesson's version changed" in reports[0]


def test_an_edited_demo_stays_unless_the_lesson_changed_it():
    old = make(NAME)
    demo = cell_of(old, "demo")
    demo.source = "dot([9], [9])  # my own try"
    merged, reports = carry_over(copy.deepcopy(old), newer())
    assert cell_of(merged, "demo").source == demo.source and not reports
    merged, reports = carry_over(copy.deepcopy(old), newer(**{demo.id.replace("-", "_"): "something = 'new'"}))
    assert cell_of(merged, "demo").source == "something = 'new'"
    assert demo.source in all_text(merged) and len(reports) == 1


def test_an_edited_check_is_restored_and_kept_as_text():
    old = make(NAME)
    cell_of(old, "check", "dot").source = 'print("ok")'
    merged, reports = carry_over(old, newer())
    assert cell_of(merged, "check", "dot").source == 'check("foundations.matrix:dot")'
    kept = [c for c in merged.cells if 'print("ok")' in c.source]
    assert [c.cell_type for c in kept] == ["raw"] and len(reports) == 1


def test_own_cells_stay_behind_the_cell_they_followed():
    old = make(NAME)
    at = old.cells.index(cell_of(old, "check", "norm"))
    old.cells[at + 1 : at + 1] = [new_code_cell("mine = 1"), new_markdown_cell("my note")]
    old.cells.insert(0, new_markdown_cell("before all"))
    merged, reports = carry_over(old, newer())
    sources = [c.source for c in merged.cells]
    where = sources.index('check("foundations.matrix:norm")')
    assert sources[where + 1 : where + 3] == ["mine = 1", "my note"] and sources[0] == "before all" and not reports


def test_a_cell_whose_exercise_is_gone_is_kept_as_text():
    old = make(NAME)
    cell_of(old, "build", "trace").source = "def trace(self):\n    return 'my trace'"
    new = newer(build_foundations_matrix_Matrix_trace=None)
    merged, reports = carry_over(old, new)
    kept = [c for c in merged.cells if "my trace" in c.source]
    assert [c.cell_type for c in kept] == ["raw"] and "no longer in the lesson" in reports[0]


def test_of_copies_the_last_edited_is_in_place_and_none_is_lost():
    old = make(NAME)
    first = cell_of(old, "build", "dot")
    second = copy.deepcopy(first)
    first.source, second.source, second.id = "first version", "second version", "copied"
    old.cells.insert(old.cells.index(first) + 1, second)
    merged, _ = carry_over(old, newer())
    assert cell_of(merged, "build", "dot").source == "second version" and "first version" in all_text(merged)
    assert len({c.id for c in merged.cells}) == len(merged.cells)


@pytest.mark.parametrize("times", [2, 3])
def test_carrying_over_again_changes_nothing(times):
    old = make(NAME)
    cell_of(old, "check", "dot").source = 'print("ok")'
    cell_of(old, "build", "dot").source = "def dot(u, v):\n    return 7"
    once, _ = carry_over(old, newer())
    again = copy.deepcopy(once)
    for _ in range(times):
        again, reports = carry_over(again, newer())
        assert reports == [] and [c.source for c in again.cells] == [c.source for c in once.cells]
