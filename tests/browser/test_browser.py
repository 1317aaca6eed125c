"""A learner's first quarter of an hour in a real browser: the start page, a wrong piece, a right one, a new kernel.

Pictures of what was seen are left in build/browser/.
"""

import re
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is missing: `make test-browser` installs it")
from playwright.sync_api import Locator, Page, expect  # noqa: E402

pytestmark = pytest.mark.timeout(120)
expect.set_options(timeout=30_000)
WRONG = "return sum(a + b for a, b in zip(u, v))"
RIGHT = "return sum(a * b for a, b in zip(u, v))"
KEYS = ("End", "Shift+Home", "Enter")


def opened(page: Page, name: str) -> Locator:
    """A notebook, opened by its link on the start page; its kernel is ready (JupyterLab may lose what runs before)."""
    page.get_by_role("link", name=name, exact=True).click()
    panel = page.locator(".jp-NotebookPanel:visible")
    expect(cell(panel, "start(")).to_be_visible()
    expect(panel.locator(".jp-KernelName")).to_have_text("Python 3 (ipykernel)")
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


def answered(page: Page) -> float:
    """The seconds between a cell's start by hand and the appearance of its output."""
    return page.evaluate("stopwatch.shown - stopwatch.run") / 1000


def retype(where: Locator, line: str, *words: str) -> None:
    """Type over a line of a cell; KEYS are pressed, the rest is typed."""
    where.locator(".cm-line", has_text=line).click()
    keyboard = where.page.keyboard
    for word in ("End", "Shift+Home", *words):
        keyboard.press(word) if word in KEYS else keyboard.type(word)


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
    page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').wait_for()
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0)  # or leaving would ask about changes
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
    seconds = [page.evaluate("performance.now() - asked()") / 1000]
    begun = run(cell(panel, "start("))
    expect(cell(panel, "start(").locator(".jp-InputPrompt")).to_have_text("[1]:")
    seconds.append(page.evaluate("performance.now() - stopwatch.run") / 1000)
    expect(begun).to_contain_text("yours: 0 of 13 pieces")
    retype(build, "raise NotBuilt", WRONG)
    run(build)
    failed = run(check)
    expect(failed.locator(".jp-RenderedHTML")).to_contain_text("dot is not right yet")
    seconds.append(answered(page))
    rows = {
        row.locator("td").first.inner_text(): row.locator("td").last.inner_text() for row in failed.locator("tr").all()
    }
    assert rows["input"].split("\n") == ["u = [1, 2, 3]", "v = [4, 5, 6]", "dot(u, v)"]
    assert rows["expected"].startswith("32") and rows["got"].startswith("21")
    assert rows["mistake"].startswith("You added matching entries") and "zip(u, v)" in rows["hint"]
    assert failed.locator(".jp-RenderedText").all_inner_texts() == ["CheckFailed: dot is not right yet"]
    picture(page, shots / "failed", begun, failed.locator(".jp-RenderedHTML"))

    refusal = 'if len(u) != len(v): raise ShapeError(f"{len(u)} entries, but {len(v)}")'
    retype(build, WRONG, refusal, "Enter", RIGHT)
    run(build)
    passed = run(check)
    expect(passed.locator(".jp-RenderedHTML")).to_contain_text("dot passes")
    again = answered(page)
    assert f"\n    {refusal}\n    {RIGHT}\n" in (folder / "mine/foundations.matrix/dot.py").read_text()
    picture(page, shots / "passed", passed)
    demo = cell(panel, "pancakes =")
    expect(run(demo)).to_contain_text("210")
    retype(demo, "dot(pancakes", "import course_lib, workshop; [course_lib.__file__, workshop.__file__]")
    expect(run(demo)).to_contain_text(f"'{folder}/workshop/__init__.py'")
    expect(demo.locator(".jp-OutputArea")).to_contain_text(f"'{folder}/course_lib/__init__.py'")

    pick(page, "Kernel", "Restart Kernel…")
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(run(cell(panel, "start("))).to_contain_text("yours: 1 of 13 pieces")
    with capsys.disabled():
        kernel, begin, check = seconds
        print(
            f"\n  first answer {sum(seconds):.2f} s: kernel {kernel:.2f}, first cell {begin:.2f}, check {check:.2f}",
            end="",
        )
        print(f"; the next check {again:.2f} s")


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
