"""What the tests share: a `mine/` of their own, and notebooks filled in as learners would."""

import nbformat
import pytest

from workshop.lessons import make
from workshop.source import reference_text


@pytest.fixture(autouse=True)
def mine(tmp_path, monkeypatch):
    """No test touches the learner's own pieces."""
    folder = tmp_path / "mine"
    monkeypatch.setenv("COURSE_MINE", str(folder))
    return folder


def build_line(piece: str) -> str:
    module, _, qualname = piece.partition(":")
    owner = qualname.rpartition(".")[0]
    return f'@build("{module}:{owner}")\n' if owner else f'@build("{module}")\n'


def answer(piece: str, *edits: tuple[str, str]) -> str:
    """A build cell that holds the reference, with edits that each must apply."""
    text = reference_text(piece)
    for old, new in edits:
        assert text.count(old) == 1, (old, text)
        text = text.replace(old, new)
    return build_line(piece) + text


def filled(name: str, cells: dict[str, str] | None = None, solved: bool = True) -> nbformat.NotebookNode:
    """A learner's notebook: solved, or all stubs, with some build cells replaced."""
    notebook = make(name)
    for cell in notebook.cells:
        course = cell.metadata.course
        if course.kind == "build":
            if solved:
                cell.source = answer(course.piece)
            cell.source = (cells or {}).get(course.piece, cell.source)
    return notebook
