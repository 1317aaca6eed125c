"""`make lab` as a learner meets it, in a real browser."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def address():
    """The printed address of a running course."""
    env = os.environ | {"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22", "JUPYTER_TOKEN": "only-for-tests"}
    command = [sys.executable, "-P", "-m", "workshop.lab", "--port", "9321"]
    lab = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True)
    said = []
    for line in lab.stdout:
        said.append(line)
        if "Ctrl-C ends it" in line:
            break
    found = re.search(r"http\S+", "".join(said))
    assert found, "".join(said)
    assert "ssh -L " in "".join(said)
    yield found.group()
    lab.send_signal(signal.SIGINT)
    assert lab.wait(30) == 0


@pytest.fixture
def page(address):
    if CHROMIUM is None:
        pytest.fail("Chromium is missing: install it (Debian, Ubuntu: sudo apt install chromium)")
    with sync_api.sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.requested = []
        page.on("request", lambda request: page.requested.append(request.url))
        page.goto(address)
        yield page
        browser.close()


def test_the_start_page_opens_and_nothing_asks_or_phones_out(page, address):
    sync_api.expect(page.get_by_role("tab", name="start.ipynb")).to_be_visible(timeout=60_000)
    sync_api.expect(page.get_by_role("heading", name="Plank by Plank").first).to_be_visible(timeout=60_000)
    page.wait_for_timeout(3_000)  # the question about news came after the page stood
    assert page.locator(".Toastify__toast").count() == 0
    assert page.locator(".jp-Dialog").count() == 0
    host = address.split("/lab")[0]
    assert [
        url for url in page.requested if not url.startswith((host, "data:", "blob:", host.replace("http", "ws")))
    ] == []


def test_notebooks_are_not_paired(page):
    sync_api.expect(page.get_by_role("tab", name="start.ipynb")).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="File").click()
    sync_api.expect(page.get_by_text("Save Notebook").first).to_be_visible()
    assert page.get_by_text("Jupytext").count() == 0
