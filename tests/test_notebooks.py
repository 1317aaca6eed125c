"""Committed notebooks are what their lessons make, give nothing away, and lean on nothing later."""

import ast
import json
import re
import subprocess

import nbformat
import pytest

from workshop import curriculum, lessons
from workshop.paths import LESSONS, ROOT, module_file
from workshop.source import PieceError, find, reference_text, split

NAMES = [book.name for book in curriculum.notebooks()]


def committed(path: str) -> str:
    """A file as git has it staged (a learner's working copy is their own), or as it lies there without git."""
    shown = subprocess.run(["git", "-C", str(ROOT), "show", f":{path}"], capture_output=True, text=True)
    return shown.stdout if shown.returncode == 0 else (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_the_learners_notebook_is_what_its_lesson_makes(name):
    assert committed(f"{name}.ipynb") == lessons.dump(lessons.make(name)), "run make notebooks, and commit"


@pytest.mark.parametrize("name", NAMES)
def test_the_solved_notebook_is_what_its_lesson_makes_and_was_run(name):
    solved, made = nbformat.reads(committed(f"solutions/{name}.ipynb"), 4), lessons.make(name, solved=True)
    assert [(c.id, c.cell_type, c.source, c.metadata) for c in solved.cells] == [
        (c.id, c.cell_type, c.source, c.metadata) for c in made.cells
    ], "run make solutions, and commit"
    assert solved.metadata.course.fingerprint == lessons.fingerprint(made), "run make solutions, and commit"
    for cell in solved.cells:
        if cell.cell_type == "code":
            assert cell.execution_count
            kinds = {output.output_type for output in cell.outputs} | {o.get("name") for o in cell.outputs}
            assert not kinds & {"error", "stderr"}, cell.source


def test_no_notebook_is_left_over():
    for folder in ("", "solutions/"):
        there = {p.relative_to(ROOT).as_posix() for p in ROOT.glob(f"{folder}phase*_*/*.ipynb")}
        assert there == {f"{folder}{name}.ipynb" for name in NAMES}


def flat(text: str) -> str:
    return re.sub(r"\s+", "", text)


FOLDED = re.compile("<details>.*?</details>", re.DOTALL)


def telling_lines(piece: str) -> list[str]:
    """The statements of a reference's body that would give it away."""
    node = find(ast.parse(reference_text(piece)), split(piece)[1].rpartition(".")[2])
    functions = [n for n in node.body if isinstance(n, ast.FunctionDef)] if isinstance(node, ast.ClassDef) else [node]
    found = []
    for function in functions:
        for statement in function.body[1:]:
            for inner in ast.walk(statement):
                if isinstance(inner, ast.Return | ast.Assign | ast.AugAssign) and len(flat(ast.unparse(inner))) >= 30:
                    found.append(flat(ast.unparse(inner)))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_no_learners_notebook_gives_a_solution_away(name):
    """Folded help may give up to half of a piece; given definitions are others."""
    notebook = nbformat.reads(committed(f"{name}.ipynb"), 4)
    texts = [cell.source for cell in notebook.cells if cell.metadata.course.kind != "given"]
    folded = flat("".join(part for text in texts for part in FOLDED.findall(text)))
    plain = flat("".join(FOLDED.sub("", text) for text in texts))
    pieces = {*curriculum.notebook(name).pieces, *curriculum.later_pieces(name)}
    for piece in curriculum.notebook(name).pieces:
        lines = [line for line in telling_lines(piece) if "=check_features" not in line]
        assert not [line for line in lines if line in plain], piece
        assert 2 * sum(line in folded for line in lines) <= len(lines), piece
    given = re.findall(r"^:given: (.+)$", (LESSONS / f"{name}.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert not pieces & {part.strip() for names in given for part in names.split(",")}
    assert not [cell for cell in notebook.cells if cell.get("outputs")]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_leans_on_a_later_notebook(name):
    book = curriculum.notebook(name)
    order = list(dict.fromkeys(split(piece)[0] for piece in curriculum.pieces()))
    own = [split(piece)[0] for piece in book.pieces]
    later = order[max(map(order.index, own)) + 1 :]
    lesson = (LESSONS / f"{name}.md").read_text(encoding="utf-8")
    modules = "".join(module_file(module).read_text(encoding="utf-8") for module in own)
    for module in later:
        dotted = rf"course_lib[.\s]+(?:import\s+)?{re.escape(module)}\b|{re.escape(module)}:"
        assert not re.search(dotted, lesson + modules), f"{name} speaks of {module}"


@pytest.mark.parametrize("name", NAMES)
def test_every_build_cell_is_checked_and_ids_are_sound(name):
    notebook = lessons.make(name)
    kinds = [(cell.metadata.course.kind, cell.metadata.course.get("piece")) for cell in notebook.cells]
    built = [piece for kind, piece in kinds if kind == "build"]
    checked = [piece for kind, piece in kinds if kind == "check"]
    assert built == checked == list(curriculum.notebook(name).pieces)
    assert [k for k, _ in kinds].count("start") == 1 and kinds[-1][0] == "journal"
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", ident) for ident in ids)
    grades = [cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert len(set(grades)) == len(grades) == 2 * len(built)
    nbformat.validate(notebook)


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_whole(name):
    text = (LESSONS / f"{name}.md").read_text(encoding="utf-8")
    assert ":predict:" in text and "Read next" in text and "## Journal" in text and "<details>" in text
    notebook = nbformat.reads(committed(f"solutions/{name}.ipynb"), 4)
    pictures = [o for c in notebook.cells for o in c.get("outputs", []) if "image/png" in o.get("data", {})]
    captions = [part for part in re.split(r"\n\s*\n", text) if re.fullmatch(r"\*[^*].*\*", part.strip(), re.DOTALL)]
    assert len(captions) >= len(pictures) >= 1, "every picture has a caption in italics that says what is to be seen"
    shown = json.dumps([c.get("outputs", []) for c in notebook.cells])
    assert "a surprise:" not in shown, "the guess of a predict cell in the solution is the right one"


def test_the_course_map_names_every_lesson():
    planned = {f"{phase['name']}/{book['name']}" for phase in curriculum.course() for book in phase["notebook"]}
    assert set(NAMES) <= planned
    assert {phase["name"] for phase in curriculum.course()} == {p.name for p in ROOT.glob("phase[1-7]_*") if p.is_dir()}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (":build: foundations.matrix:dot", "built but never checked"),
        (":predict: 1\npredict('?', 1, lambda: 1)", "needs guess=..."),
        (
            ':build: foundations.matrix:nothing\n```\n\n```{code-cell}\ncheck("foundations.matrix:nothing")',
            "no definition of 'nothing'",
        ),
    ],
)
def test_a_lesson_with_a_slip_is_one_clear_line(cells, said, tmp_path, monkeypatch):
    front = (LESSONS / f"{NAMES[0]}.md").read_text(encoding="utf-8").partition("# ")[0]
    (tmp_path / "slip.md").write_text(f"{front}# Title\n\n```{{code-cell}}\n{cells}\n```\n", encoding="utf-8")
    monkeypatch.setattr(lessons, "LESSONS", tmp_path)
    monkeypatch.setattr(lessons, "ROOT", tmp_path)
    with pytest.raises((lessons.LessonError, PieceError), match=said):
        lessons.make("slip")
