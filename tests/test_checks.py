"""The proofs of the checks: every one can pass, can fail, runs the learner's own object, and names the mistake."""

import ast
import functools
import importlib
import textwrap

import pytest

from checks import language, verdict
from workshop import curriculum, judging
from workshop.paths import ROOT, module_file
from workshop.source import PieceError, find, is_stub, read_plank, reference_text, split, stub_text

BROKEN = {}  # files of checks that cannot be imported; the others can be tested all the same
PATHS = [path.relative_to(ROOT) for path in sorted((ROOT / "checks").glob("*/**/*.py")) if path.stem != "__init__"]
FILES = [".".join(path.with_suffix("").parts) for path in PATHS]
for module in FILES:
    try:
        importlib.import_module(module)
    except Exception as error:
        BROKEN[module] = error

SPECS = dict(language._PIECES)


def together(*values):
    """A case that runs in one process with all others of its piece, which has what they share at hand."""
    return pytest.param(*values, marks=pytest.mark.xdist_group(values[0]))


NAMES = [together(name) for name in SPECS]
MISTAKES = [together(name, i) for name, piece in SPECS.items() for i in range(len(piece.mistakes))]


def definition(piece):
    text = reference_text(piece)
    return text, find(ast.parse(text), split(piece)[1].rpartition(".")[2])


def with_body(piece, body):
    """The piece's signature (or each method's) with another body."""
    text, node = definition(piece)
    functions = [n for n in node.body if isinstance(n, ast.FunctionDef)] if isinstance(node, ast.ClassDef) else [node]
    for function in functions:
        function.body = ast.parse(body).body
    return ast.unparse(node)


def cases_of(piece):
    questions = verdict.drawn(piece, verdict.VISIBLE)
    return questions, [(q, c) for q, cases in questions for c in cases]


def test_every_piece_of_a_lesson_is_specified_and_the_other_way_round():
    assert set(SPECS) == set(curriculum.pieces())


def test_names_of_pieces_differ_in_more_than_case():
    assert len({name.lower() for name in SPECS}) == len(SPECS)


def test_there_are_three_known_mistakes_a_piece_on_average():
    assert len(MISTAKES) >= 3 * len(SPECS)


@pytest.mark.parametrize("module", FILES)
def test_a_file_of_checks_loads(module):
    if module in BROKEN:
        raise BROKEN[module]


@pytest.mark.parametrize("name", NAMES)
def test_the_text_of_a_reference_means_what_the_library_does(name):
    """Moved to the left margin, it must keep every string (docstrings aside): none may span lines at another margin."""
    module, qualname = split(name)
    there = find(ast.parse(module_file(module).read_text(encoding="utf-8")), qualname)
    here = find(ast.parse(reference_text(name)), qualname.rpartition(".")[2])
    for node in (n for tree in (there, here) for n in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body[0].value.value = ast.get_docstring(node)
    assert ast.dump(there) == ast.dump(here)


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_specifies_the_piece(name):
    _, node = definition(name)
    assert len(ast.get_docstring(node) or "") >= 40


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_passes_for_several_seeds(name):
    verdict = judging.verdict_on(SPECS[name], reference_text(name), seeds=(0, 1, 2, 12345))
    assert verdict.passed, verdict
    assert language.forbidden_use(SPECS[name], reference_text(name)) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_stub_is_not_built(name):
    text, node = definition(name)
    stub = stub_text(text, node)
    assert is_stub(ast.parse(stub))
    assert judging.judge(name, stub).outcome == "not built"


@pytest.mark.parametrize("name", NAMES)
def test_every_question_runs_the_learners_own_object(name):
    canary = with_body(name, "raise RuntimeError('canary')")
    questions, flat = cases_of(SPECS[name])
    answers = judging.run(name, canary, questions)
    sung = {q.code for (q, _), a in zip(flat, answers, strict=True) if a.get("message") == "canary"}
    assert sung == {q.code for q in SPECS[name].questions}


@pytest.mark.parametrize(("name", "index"), MISTAKES)
def test_a_known_mistake_is_plausible_and_caught_and_named(name, index):
    piece = SPECS[name]
    mistake = piece.mistakes[index]
    try:
        assert language.forbidden_use(piece, mistake.text) is None
    except PieceError as error:
        pytest.fail(str(error))
    _, flat = cases_of(piece)
    answers = judging.mistaken(name, verdict.VISIBLE, index)
    right = sum(verdict.examine(q, c, a) is None for (q, c), a in zip(flat, answers, strict=False))
    assert right >= 1, "the mistake is right for no visible question: too obvious to be one"
    found = verdict.weigh(piece, answers, mistaken=functools.partial(judging.mistaken, name, verdict.VISIBLE))
    assert found.outcome == "failed"
    assert found.failure.mistake == mistake.sentence


@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_process_needs_nothing_of_the_notebook(name):
    helper = "shift = 0\n"
    text, node = definition(name)
    if isinstance(node, ast.ClassDef):
        pytest.skip("a class is tried method by method")
    body = with_body(name, "return undefined_in_the_module")
    with pytest.raises(PieceError, match="undefined_in_the_module"):
        read_plank(name, textwrap.dedent(helper) + body)
