"""A learner's first quarter of an hour in a real browser: the start page, a wrong piece, a right one, a new kernel.

Pictures of what was seen are left in build/browser/.
"""

import re
from pathlib import Path

import nbformat
import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is missing: `make test-browser` installs it")
from playwright.sync_api import Locator, Page, expect  # noqa: E402

pytestmark = pytest.mark.timeout(120)
expect.set_options(timeout=30_000)
WRONG = "return sum(a + b for a, b in zip(u, v))"
RIGHT = "return sum(a * b for a, b in zip(u, v))"


def opened(page: Page, name: str) -> Locator:
    """A notebook, opened by its link on the start page, with its kernel ready (JupyterLab forgets what is run before)."""
    page.get_by_role("link", name=name, exact=True).click()
    panel = page.locator(".jp-NotebookPanel:visible")
    expect(cell(panel, "start(")).to_be_visible()
    panel.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for()
    return panel


def cell(panel: Locator, text: str) -> Locator:
    """The code cell whose source holds `text`."""
    return panel.locator(".jp-CodeCell", has=panel.page.locator(".jp-InputArea", has_text=text))


def run(where: Locator) -> Locator:
    """Run a cell as one does by hand; its output."""
    where.locator(".cm-line").last.click()
    where.page.keyboard.press("Shift+Enter")
    return where.locator(".jp-OutputArea")


def retype(where: Locator, line: str, *words: str) -> None:
    """Type over a line of a cell; "Enter" and "Backspace" are keys."""
    where.locator(".cm-line", has_text=line).click()
    for word in ("End", "Shift+Home", *words):
        press = where.page.keyboard.press if word in ("End", "Shift+Home", "Enter", "Backspace") else None
        (press or where.page.keyboard.type)(word)


def pick(page: Page, menu: str, *path: str) -> None:
    """Choose from the menus."""
    page.locator(".lm-MenuBar-itemLabel", has_text=menu).click()
    for name in path:
        page.locator(".lm-Menu-itemLabel").get_by_text(name, exact=True).click()


def picture(page: Page, path: Path, *outputs: Locator) -> None:
    """Take a picture in both themes; in both, all text of the outputs must stand out from its ground."""
    faint = {}
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        pick(page, "Settings", "Theme", theme)
        page.locator(f'body[data-jp-theme-name="{theme}"]').wait_for(state="attached")
        page.screenshot(path=f"{path}-{theme.split()[1].lower()}.png")
        faint[theme] = [text for output in outputs for text in output.evaluate("element => faint(element)")]
    assert not any(faint.values()), faint


def test_the_start_page(page: Page, shots):
    progress = page.locator(".jp-OutputArea-output", has_text="phase1_math/01_matrices")
    expect(progress).to_contain_text("0 of 13")
    expect(progress.locator("span[title='dot: reference']")).to_be_visible()
    expect(page.get_by_role("link", name="01_matrices", exact=True)).to_be_attached()
    expect(page.get_by_role("heading", name=re.compile("^Phase 7"))).to_be_attached()
    picture(page, shots / "start", progress)
    pick(page, "File")
    expect(page.locator(".lm-Menu-itemLabel", has_text="Save Notebook").first).to_be_visible()
    assert page.locator(".lm-Menu-itemLabel", has_text="Jupytext").count() == 0


def test_a_first_piece(page: Page, folder, shots, capsys):
    panel = opened(page, "01_matrices")
    build, check, demo = (
        cell(panel, "def dot("),
        cell(panel, 'check("foundations.matrix:dot")'),
        cell(panel, "pancakes ="),
    )
    begun = run(cell(panel, "start("))
    retype(build, "raise NotBuilt", WRONG)
    run(build)
    failed = run(check)
    expect(failed.locator(".jp-RenderedHTML")).to_contain_text("dot is not right yet")
    opening, first = page.evaluate("[stopwatch.shown - asked(), stopwatch.shown - stopwatch.run]")
    rows = {
        row.locator("td").first.inner_text(): row.locator("td").last.inner_text() for row in failed.locator("tr").all()
    }
    assert rows["input"].split("\n") == ["u = [1, 2, 3]", "v = [4, 5, 6]", "dot(u, v)"]
    assert rows["expected"].startswith("32") and rows["got"].startswith("21")
    assert rows["mistake"].startswith("You added matching entries") and "zip(u, v)" in rows["hint"]
    assert failed.locator(".jp-RenderedText").all_inner_texts() == ["CheckFailed: dot is not right yet"]
    picture(page, shots / "failed", begun, failed.locator(".jp-RenderedHTML"))

    test = 'raise ShapeError(f"{len(u)} entries, but {len(v)}")'
    retype(build, WRONG, "if len(u) != len(v):", "Enter", test, "Enter", "Backspace", RIGHT)
    run(build)
    passed = run(check)
    expect(passed.locator(".jp-RenderedHTML")).to_contain_text("dot passes")
    second = page.evaluate("stopwatch.shown - stopwatch.run")
    assert f"\n        {test}\n    {RIGHT}\n" in (folder / "mine/foundations.matrix/dot.py").read_text()
    picture(page, shots / "passed", passed)
    demo = cell(panel, "pancakes =")
    expect(run(demo)).to_contain_text("210")
    retype(demo, "dot(pancakes", "import course_lib, workshop; [course_lib.__file__, workshop.__file__]")
    expect(run(demo)).to_contain_text(f"'{folder}/workshop/__init__.py'")
    expect(demo.locator(".jp-OutputArea")).to_contain_text(f"'{folder}/course_lib/__init__.py'")

    pick(page, "Kernel", "Restart Kernel…")
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(run(cell(panel, "start("))).to_contain_text(re.compile("1 of 13 pieces (is|are) yours"))
    with capsys.disabled():
        print(f"\n  from asking for a kernel to the first check's answer: {opening / 1000:.2f} s")
        print(f"  a check's answer: {first / 1000:.2f} s the first time, {second / 1000:.2f} s the second")


def test_run_all_goes_to_the_end(page: Page, folder):
    path = folder / "phase1_math" / "02_solving.ipynb"
    panel = opened(page, path.stem)
    pick(page, "Run", "Run All Cells")
    page.keyboard.press("ArrowUp")  # and back: JupyterLab draws cells that are far away when they are gone to
    page.keyboard.press("ArrowDown")
    end = panel.get_by_text("write between the quotes")
    expect(end).to_be_visible()
    end.scroll_into_view_if_needed()
    page.keyboard.press("Control+s")
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty", has_text=path.name)).to_have_count(0)
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    assert [output for cell in cells for output in cell.outputs if output.output_type == "error"] == []
    assert all(cell.execution_count for cell in cells)
    answers = [cell.outputs[0].data["text/plain"] for cell in cells if cell.metadata.course.kind == "check"]
    assert len(answers) >= 10 and all("not built" in answer for answer in answers), answers
