"""A copy of the course, served as `course lab` serves it, and a real Chromium that looks at it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SHOTS = ROOT / "build" / "browser"
FLAGS = "--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """A copy of the course, so that nobody's pieces and notebooks are touched; its environment is this one."""
    copy = tmp_path_factory.mktemp("browser") / "course"
    listing = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    # .venv finds the course beside itself, so behind this link it finds the copy.
    (copy / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return copy


@pytest.fixture(scope="session")
def lab(folder) -> Iterator[str]:
    """The address that a running `course lab` prints."""
    own = {name: str(folder.parent / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    env = {name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "JUPYTER", "PYTHON"))}
    env |= own | {"JUPYTER_RUNTIME_DIR": str(folder.parent / "runtime"), "SSH_CONNECTION": "a b c 22"}
    command = [str(folder / ".venv" / "bin" / "python"), "-P", "-m", "workshop", "lab", "--port", "9600"]
    with open(folder.parent / "lab.log", "w") as log:
        server = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=log, text=True)
        said = ""
        for line in server.stdout:
            said += line
            if "Ctrl-C ends it" in line:
                break
        try:
            address = re.search(r"http\S+", said)
            assert address, said + (folder.parent / "lab.log").read_text()
            yield address.group()
        finally:
            server.send_signal(signal.SIGINT)
            ended = server.wait(30)
        assert ended == 0


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; without one (or without Playwright) the tests are skipped."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is missing: make test-browser installs it")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("Chromium is missing (Debian, Ubuntu: sudo apt install chromium)")
    flags = FLAGS.split() + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, lab, request):
    """The start page in a fresh window, with a stopwatch; a test that fails leaves a picture of what it saw."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(30_000)
    page.add_init_script(path=Path(__file__).with_name("stopwatch.js"))
    page.goto(lab + "&reset")
    SHOTS.mkdir(parents=True, exist_ok=True)
    yield page
    page.screenshot(path=SHOTS / f"{request.node.name}-end.png")
    page.close()
