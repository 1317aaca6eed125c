"""A copy of the course as `course lab` serves it, and a real Chromium that looks at it."""

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
FLAGS = "--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"


@pytest.fixture(scope="session")
def shots() -> Path:
    """The folder of the pictures that are left to be looked at."""
    (ROOT / "build" / "browser").mkdir(parents=True, exist_ok=True)
    return ROOT / "build" / "browser"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A copy of the course, so that nobody's pieces and notebooks are touched; its environment is this one."""
    copy = tmp_path_factory.mktemp("browser") / "course"
    listing = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    # The environment imports the course from beside itself: through this link, from the copy.
    (copy / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return copy


@pytest.fixture(scope="module")
def lab(folder) -> Iterator[str]:
    """The address that a running `course lab` prints."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "JUPYTER", "PYTHON"))}
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        env[name] = str(folder.parent / name)
    env["SSH_CONNECTION"] = "10.0.0.1 50000 10.0.0.2 22"  # as on a remote machine, where no browser is opened
    command = [str(folder / ".venv" / "bin" / "python"), "-P", "-m", "workshop", "lab", "--port", "9600"]
    log = folder.parent / "lab.log"
    with open(log, "w") as errors:
        server = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        said = ""
        for line in server.stdout:
            said += line
            if "Ctrl-C ends it" in line:
                break
        address = re.search(r"http\S+", said)
        assert address and "ssh -L " in said, said + log.read_text()
        yield address.group()
    finally:
        server.send_signal(signal.SIGINT)
        ended = server.wait(30)
    assert ended == 0


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium; where there is none, the tests are skipped."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("Chromium is missing: install it (Debian, Ubuntu: sudo apt install chromium)")
    flags = FLAGS.split() + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, lab, shots, request):
    """The start page in a fresh window. In no test may JupyterLab ask or announce anything, or turn to another host."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(30_000)
    page.add_init_script(path=Path(__file__).with_name("stopwatch.js"))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(lab + "&reset")
    yield page
    page.screenshot(path=shots / f"{request.node.name}.png")
    noise = page.locator(".jp-Dialog, .Toastify__toast").all_inner_texts()
    page.close()
    host = lab.split("/lab")[0]
    assert noise == []
    assert [url for url in asked if not url.startswith((host, "data:", "blob:"))] == []
