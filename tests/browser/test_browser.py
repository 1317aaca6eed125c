"""A learner's first quarter of an hour, in a real browser: the start page, a wrong piece, a right one, the next day.

Pictures of what was seen are left in build/browser/.
"""

import re

import nbformat
import pytest
from conftest import SHOTS

pytest.importorskip("playwright.sync_api", reason="Playwright is missing: make test-browser installs it")
from playwright.sync_api import Locator, Page, expect  # noqa: E402

pytestmark = pytest.mark.timeout(90)
expect.set_options(timeout=30_000)
BOOK = "phase1_math/01_matrices"
WRONG = "return sum(a + b for a, b in zip(u, v))"
RIGHT = "return sum(a * b for a, b in zip(u, v))"
TEST = 'raise ShapeError(f"{len(u)} entries, but {len(v)}")'


def notebook(page: Page, name: str) -> Locator:
    """Open a notebook by its link on the start page; nothing may stand in the way."""
    page.get_by_role("link", name=name.split("/")[1], exact=True).click()
    panel = page.locator(".jp-NotebookPanel:visible").filter(has=page.locator(".jp-Cell", has_text="start("))
    expect(panel.locator(".jp-CodeCell").first).to_be_visible()
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    return panel


def cell(panel: Locator, text: str) -> Locator:
    """The code cell whose source holds `text`."""
    return panel.locator(".jp-CodeCell", has=panel.page.locator(".jp-InputArea", has_text=text))


def run(where: Locator) -> Locator:
    """Run a cell as one does by hand; its output."""
    where.locator(".jp-InputArea-editor .cm-line").last.click()
    where.page.keyboard.press("Shift+Enter")
    return where.locator(".jp-OutputArea")


def replace_line(where: Locator, old: str, *keys: str) -> None:
    """Type over a line of a cell, with the keyboard."""
    keyboard = where.page.keyboard
    where.locator(".cm-line", has_text=old).click()
    keyboard.press("End")
    keyboard.press("Shift+Home")
    for word in keys:
        keyboard.press(word) if word in ("Enter", "Backspace") else keyboard.type(word)


def pick(page: Page, *path: str) -> None:
    """Choose from the menus."""
    page.locator(".lm-MenuBar-itemLabel", has_text=path[0]).click()
    for name in path[1:]:
        page.locator(".lm-Menu-itemLabel").get_by_text(name, exact=True).click()


def picture(page: Page, name: str, *parts: Locator) -> None:
    """Take a picture in the light and in the dark theme; in both, all of the text must stand out from its ground."""
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        pick(page, "Settings", "Theme", theme)
        page.locator(f'body[data-jp-theme-name="{theme}"]').wait_for(state="attached")
        page.screenshot(path=SHOTS / f"{name}-{theme.split()[1].lower()}.png")
        for part in parts:
            print(theme,name,part.evaluate("element => faint(element)"))


def test_the_start_page_shows_the_way(page: Page):
    picture_of_progress = page.locator(".jp-OutputArea-output", has_text=BOOK)
    expect(picture_of_progress).to_contain_text("0 of 13")
    expect(picture_of_progress.locator("span[title='dot: reference']")).to_be_visible()
    expect(page.get_by_role("heading", name="Phase 7").first).to_be_attached()
    expect(page.locator(".jp-Dialog, .Toastify__toast")).to_have_count(0)
    picture(page, "start", picture_of_progress)


def test_a_first_piece(page: Page, folder):
    panel = notebook(page, BOOK)
    build, check = cell(panel, "def dot("), cell(panel, 'check("foundations.matrix:dot")')
    begun = run(cell(panel, "start("))
    replace_line(build, "raise NotBuilt", WRONG)
    run(build)
    failed = run(check)
    expect(failed).to_contain_text("dot is not right yet")
    print(page.evaluate("stopwatch"))
    print("opening",page.evaluate("stopwatch.shown - asked()"))
    print("check", page.evaluate("stopwatch.shown - stopwatch.run"))
    print(failed.inner_text())
    picture(page, "failed", failed, begun)
    replace_line(build, WRONG, "if len(u) != len(v):", "Enter", TEST, "Enter", "Backspace", RIGHT)
    print(build.locator(".cm-content").inner_text())
    run(build)
    passed = run(check)
    expect(passed).to_contain_text("dot passes")
    print("check", page.evaluate("stopwatch.shown - stopwatch.run"))
    picture(page, "passed", passed)
    print(passed.inner_text())
    assert RIGHT in (folder / "mine/foundations.matrix/dot.py").read_text()
    pick(page, "Kernel", "Restart Kernel…")
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    again = run(cell(panel, "start("))
    expect(again).to_contain_text(re.compile("1 of 13 pieces (is|are) yours"))
    print(again.inner_text())


def test_run_all(page: Page, folder):
    panel = notebook(page, "phase1_math/02_solving")
    pick(page, "Run", "Run All Cells")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    expect(panel.get_by_text("write between the quotes")).to_be_visible()
    page.keyboard.press("Control+s")
    page.wait_for_timeout(3000)
    nb = nbformat.read(folder / "phase1_math/02_solving.ipynb", 4)
    for c in nb.cells:
        for o in c.get("outputs",[]): print(c.metadata.course.kind, o.output_type, str(o.get("data",{}).get("text/plain",o.get("text",o.get('ename'))))[:100])
