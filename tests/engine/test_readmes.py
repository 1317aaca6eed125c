"""What the engine's README files show is what it makes: their examples are run, and what they print is compared."""

import re
from pathlib import Path

import pytest

from course_lib import Device
from course_lib.engine import passes
from course_lib.engine.passes import vectors

from .checking import needs_c, needs_cl

FOLDER = Path(passes.__file__).parent  # of the passes
OVERVIEW, PAGE = (folder.joinpath("README.md").read_text() for folder in (FOLDER.parent, FOLDER))
# a paragraph, and the block of code below it
BLOCK = re.compile(r"((?:[^\n]+\n)+)\n```(\w+)\n(.*?)```", re.DOTALL)
ON_CL = ("tiles", "wide")


def examples():
    """For each example its heading, its code and what it prints, each with the passes that are on."""
    name = None
    for section in re.split(r"^(?=##)", PAGE, flags=re.MULTILINE)[1:]:
        heading = section.split("\n")[0].strip("# ")
        name = name if section.startswith("###") else heading
        (_, _, code), *outputs = BLOCK.findall(section) or [("", "", "")]
        for above, _, text in outputs:
            named = re.search(r"COURSE_PASSES=([\w,]+)", above)
            before = "none" if above.startswith("Before") else name
            choice = named[1] if named else before
            marks = needs_cl if name in ON_CL else needs_c
            yield pytest.param(name, code, choice, text, id=f"{heading}-{choice}", marks=marks)


def fits(wanted, line):
    """Whether a line is the wanted one, in which "..." stands for anything."""
    return re.fullmatch(".*".join(re.escape(part) for part in wanted.strip().split("...")), line.strip())


def first_missing(text, printed):
    """The first lines of a text that do not follow, in one run, on those found before; a line "..." ends a run."""
    lines, start = printed.splitlines(), 0
    for run in re.split(r"^\s*\.\.\.\n", text, flags=re.MULTILINE):
        wanted = run.splitlines()
        places = range(start, len(lines) - len(wanted) + 1)
        found = next((i for i in places if all(map(fits, wanted, lines[i : i + len(wanted)]))), None)
        if found is None:
            return run
        start = found + len(wanted)
    return None


def check(code, text, capsys):
    """Run an example, and look for a text in what it prints."""
    exec(code, {})
    printed = capsys.readouterr().out
    missing = first_missing(text, printed)
    assert missing is None, f"not printed:\n{missing}\nbut:\n{printed}"


@pytest.mark.parametrize("name, code, choice, text", list(examples()))
def test_the_page_shows_what_is_made(name, code, choice, text, monkeypatch, capsys):
    device = "CL" if name in ON_CL else "C"
    if name == "contract" and choice != "none" and vectors.lanes() != 16:
        pytest.skip("the page shows vectors of 16")
    if device == "CL" and not Device["CL"].on_processor:
        pytest.skip("the page shows what is made for processors")
    monkeypatch.setattr(Device, "DEFAULT", device)
    monkeypatch.setenv("COURSE_PASSES", choice)
    debug = re.search(r"DEBUG=(\d)", code)
    monkeypatch.setenv("DEBUG", debug[1] if debug else "0")
    beginning = BLOCK.search(PAGE)[3]
    check(beginning + code, text, capsys)


@needs_c
def test_one_expression_on_its_way(monkeypatch, capsys):
    monkeypatch.setattr(Device, "DEFAULT", "C")
    monkeypatch.setenv("COURSE_PASSES", "none")
    (_, _, code), (_, _, text) = BLOCK.findall(OVERVIEW)
    check(code, text, capsys)


@pytest.mark.parametrize("folder, text", [(FOLDER.parent, OVERVIEW), (FOLDER, PAGE)], ids=["engine", "passes"])
def test_every_module_is_on_the_map(folder, text):
    named = set(re.findall(r"`(\w+\.py)`", text))
    assert named == {path.name for path in folder.glob("*.py")} - {"__init__.py"}


def test_every_pass_has_a_section_with_before_and_after():
    shown = {example.values[0]: set() for example in examples()}
    for example in examples():
        name, _, choice, _ = example.values
        shown[name].add(choice == "none")
    assert {name: {True, False} for name in passes.NAMES} == shown
