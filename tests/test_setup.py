"""The set-up: what it makes, what it says where it can't, and that it goes on where it was interrupted.

The packages it installs here are two small wheels made on the spot, so no test needs a network.
"""

import base64
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import pytest

from workshop import setup as course_setup

ROOT = Path(__file__).resolve().parent.parent


def wheel(folder: Path, name: str, version: str = "1.0") -> str:
    """Write a wheel with a module and a script; its line in a lock."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = {version!r}\ndef main(): print('hello from', VERSION)\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    record = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record.append(f"{path},sha256={digest},{len(text)}")
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""])
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for entry, text in files.items():
            archive.writestr(entry, text)
    return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def make_course(folder: Path) -> Path:
    """A course with a lock of two packages, in a folder with spaces and letters beyond ASCII."""
    wheels, root = folder / "wheels", folder / "my cöurse dir"
    wheels.mkdir()
    (root / "workshop").mkdir(parents=True)
    shutil.copy(ROOT / "workshop" / "setup.py", root / "workshop")
    shutil.copy(ROOT / "Makefile", root)
    (root / "workshop" / "__init__.py").touch()
    (root / "workshop" / "__main__.py").write_text("import sys; print('course', *sys.argv[1:])")
    (root / "requirements.lock").write_text("# made here\n" + wheel(wheels, "plank_a") + wheel(wheels, "plank_b"))
    return root


def wheels_only(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let pip find nothing but the wheels made here."""
    for name in [n for n in os.environ if n.startswith("PIP_")] + ["PYTHON", "CC", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"]:
        patch.delenv(name, raising=False)
    patch.setenv("PIP_CONFIG_FILE", os.devnull)
    patch.setenv("PIP_NO_INDEX", "1")
    patch.setenv("PIP_FIND_LINKS", (folder / "wheels").as_uri())


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """A course that has been set up; made once, as it takes seconds."""
    folder = tmp_path_factory.mktemp("template")
    root = make_course(folder)
    with pytest.MonkeyPatch.context() as patch:
        wheels_only(patch, folder)
        run = run_setup(root)
    assert run.returncode == 0 and "The environment is ready" in run.stdout, run.stdout + run.stderr
    return folder


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A course that is not set up."""
    wheels_only(monkeypatch, tmp_path)
    return make_course(tmp_path)


@pytest.fixture
def ready(tmp_path, monkeypatch, template) -> Path:
    """A course that is set up."""
    shutil.copytree(template, tmp_path, symlinks=True, dirs_exist_ok=True)
    wheels_only(monkeypatch, tmp_path)
    root = tmp_path / "my cöurse dir"
    assert run_setup(root).returncode == 0
    return root


def run_setup(root: Path, *, code: str = "", **env: str) -> subprocess.CompletedProcess:
    """Run the set-up as make does; `code` runs first, in the same Python."""
    script = str(root / "workshop" / "setup.py")
    command = [sys._base_executable, "-I", script]
    if code:
        command[2:] = ["-c", f"{code}\nimport runpy; runpy.run_path({script!r}, run_name='__main__')"]
    return subprocess.run(command, env=os.environ | env, capture_output=True, text=True, timeout=100)


def make(root: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess:
    command = ["make", "--no-print-directory", *arguments]
    outer = {k: v for k, v in os.environ.items() if k not in ("ARGS", "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES")}
    return subprocess.run(command, cwd=root, env=outer | env, capture_output=True, text=True, timeout=100)


def says_one_line(run: subprocess.CompletedProcess, *words: str) -> None:
    """The run failed with one line that has these words, and without a traceback."""
    assert run.returncode == 1, run.stdout + run.stderr
    lines = run.stderr.strip().splitlines()
    assert len(lines) == 1, run.stderr
    for word in words:
        assert word in lines[0]


def test_makes_a_working_environment_that_can_be_moved(ready, tmp_path):
    start = time.monotonic()
    again = run_setup(ready)
    assert (again.returncode, again.stdout) == (0, "") and time.monotonic() - start < 5

    moved = tmp_path / "another plåce"
    ready.rename(moved)
    link = tmp_path / "course-link"
    link.symlink_to(moved / ".venv" / "bin" / "course")
    for command in ([moved / ".venv/bin/course", "status", "a b"], [link, "status", "a b"]):
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert run.stdout == "course status a b\n", run.stderr
    script = subprocess.run([moved / ".venv/bin/plank_a"], capture_output=True, text=True)
    assert script.stdout == "hello from 1.0\n"
    assert (course_setup.site_packages(moved / ".venv") / "course.pth").read_text() == "../../../..\n"
    assert str(ready) in (moved / ".venv/bin/activate").read_text()
    after = run_setup(moved)
    assert after.returncode == 0 and "Fetching" not in after.stdout
    assert str(ready) not in (moved / ".venv/bin/activate").read_text()


def test_a_new_lock_is_installed_into_the_same_environment(ready, tmp_path):
    kept = ready / ".venv" / "kept"
    kept.touch()
    (ready / "requirements.lock").write_text(wheel(tmp_path / "wheels", "plank_a", "2.0"))
    assert run_setup(ready).returncode == 0
    script = subprocess.run([ready / ".venv/bin/plank_a"], capture_output=True, text=True)
    assert script.stdout == "hello from 2.0\n" and kept.exists()


def test_an_interrupted_install_is_resumed(ready):
    venv = ready / ".venv"
    packages = course_setup.site_packages(venv)
    # What a kill leaves: a package whose files aren't all there though its metadata is, and a stamp of one line.
    (packages / "plank_a.py").unlink()
    (packages / "plank_a-1.0.dist-info" / "INSTALLER").unlink()
    stamp = venv / "course-stamp"
    stamp.write_text(stamp.read_text().splitlines()[0] + "\n")
    (venv / "kept").touch()
    assert run_setup(ready).returncode == 0
    assert (packages / "plank_a.py").exists() and (venv / "kept").exists()
    assert len(stamp.read_text().splitlines()) == 3


@pytest.mark.parametrize("damage", ["no stamp", "no python", "other machine", "no packages", "a file"])
def test_a_broken_environment_is_made_anew(ready, damage):
    venv = ready / ".venv"
    if damage == "no stamp":
        (venv / "course-stamp").unlink()
    elif damage == "no python":
        for python in (venv / "bin").glob("python*"):
            python.unlink()
            python.symlink_to("/nowhere/python3")
    elif damage == "other machine":
        (venv / "course-stamp").write_text(
            "3.11 plan9-vax\n" + "\n".join((venv / "course-stamp").read_text().splitlines()[1:])
        )
    elif damage == "no packages":
        shutil.rmtree(venv / "lib")
    else:
        shutil.rmtree(venv)
        venv.touch()
    run = run_setup(ready)
    assert run.returncode == 0 and "Making .venv" in run.stdout, run.stderr
    assert subprocess.run([venv / "bin/plank_b"], capture_output=True, text=True).stdout == "hello from 1.0\n"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_ended_while_pip_runs_it_resumes(ready, tmp_path, ending):
    lock = (ready / "requirements.lock").read_text()
    (ready / "requirements.lock").write_text(lock + "# changed\n")
    mark = tmp_path / "pip-runs"
    slow = course_setup.site_packages(ready / ".venv") / "slow.pth"  # holds pip up where it starts
    slow.write_text(f"import os, sys, time; 'pip' in sys.orig_argv and (open({str(mark)!r}, 'w'), time.sleep(3))\n")
    command = [sys._base_executable, "-I", ready / "workshop/setup.py"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(ending)
    _, errors = process.communicate(timeout=30)
    if ending == signal.SIGINT:
        assert process.returncode == 130 and errors.strip().splitlines() == [
            "Interrupted; run it again and it goes on from here."
        ]
    slow.unlink()
    run = run_setup(ready)
    assert run.returncode == 0 and "Making .venv" not in run.stdout, run.stderr
    # Killed, it leaves a pip that still writes: the next set-up has to wait for that one.
    assert ("Another set-up" in run.stdout) == (ending == signal.SIGKILL)


def test_a_second_setup_waits_and_says_so(course):
    with open(course / ".setup.lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        command = [sys._base_executable, "-I", course / "workshop/setup.py"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline().startswith("Another set-up of this folder is running")
        assert process.poll() is None
    assert process.communicate(timeout=60) and process.returncode == 0


def test_an_old_python_is_told_so():
    code = "import sys; sys.version_info = (3, 8, 18, 'final', 0)"
    says_one_line(run_setup(ROOT, code=code), "Python 3.11 or newer", "this is 3.8", "PYTHON=")


def test_the_setup_parses_on_old_pythons():
    import ast

    ast.parse((ROOT / "workshop" / "setup.py").read_text(encoding="utf-8"), feature_version=(3, 7))


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("venv", ["venv module", "python3-venv"]),
        ("git", ["git is missing", "install"]),
        ("cc", ["C compiler", "cc, gcc or clang", "CC=none"]),
    ],
)
def test_a_missing_tool_is_named_with_its_remedy(course, tmp_path, tool, words):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in {"git", "cc"} - {tool}:
        (tools / name).write_text("#!/bin/sh\n")
        (tools / name).chmod(0o755)
    # A name that is None in sys.modules counts as not installed.
    code = "import importlib.util as u; f = u.find_spec; u.find_spec = lambda n: None if n == 'ensurepip' else f(n)"
    says_one_line(run_setup(course, code=code if tool == "venv" else "", PATH=str(tools)), *words)
    assert not (course / ".venv").exists()


def test_a_venv_that_cannot_be_made_is_explained(course, monkeypatch, capsys):
    failed = subprocess.CompletedProcess([], 1, "", "trace\nensurepip is not available\n")
    monkeypatch.setattr(course_setup.subprocess, "run", lambda *a, **k: failed)
    assert course_setup.main(course) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_without_a_compiler_one_can_go_on(monkeypatch):
    monkeypatch.setenv("CC", "none")
    monkeypatch.setattr(course_setup.shutil, "which", lambda name: name if name == "git" else None)
    assert course_setup.missing_tools() == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "WARNING: Retrying (Retry(total=4)) ...\nERROR: No matching distribution",
            "can't be reached",
        ),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES from the requirements file. timed out", "DO NOT MATCH"),
    ],
)
def test_pips_failures_are_one_line(said, words):
    line = course_setup.explain(said, Path("setup.log"))
    assert words in line and "\n" not in line


def test_a_package_that_is_not_to_be_had(course, tmp_path):
    (tmp_path / "wheels" / "plank_b-1.0-py3-none-any.whl").unlink()
    says_one_line(run_setup(course), "could not be installed", "plank_b", "setup.log")


def test_a_wrong_hash_is_refused(course):
    lock = course / "requirements.lock"
    lock.write_text(lock.read_text().replace("sha256:", "sha256:0000", 1)[:-5] + "\n")
    run = run_setup(course)
    assert run.returncode == 1 and "Traceback" not in run.stderr
    assert not (course_setup.site_packages(course / ".venv") / "plank_a.py").exists()


def test_a_read_only_folder_is_named():
    # Outside of tmp_path, whose parents an ordinary user may not enter when the tests are run by root.
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "workshop").mkdir()
        shutil.copy(ROOT / "workshop" / "setup.py", root / "workshop")
        (root / "requirements.lock").touch()
        for path in (root, root / "workshop"):
            path.chmod(0o555)
        user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        python = shutil.which("python3", path="/usr/bin:/usr/local/bin") if user else sys._base_executable
        probe = "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))"
        if not python or subprocess.run([python, "-c", probe], capture_output=True, **user).returncode:
            pytest.skip("no Python 3.11 that an ordinary user may run")
        run = subprocess.run([python, "-I", root / "workshop/setup.py"], capture_output=True, text=True, **user)
        root.chmod(0o755)
        (root / "workshop").chmod(0o755)
    says_one_line(run, "must be able to write", folder)


def test_make_gives_a_phase_either_way(ready):
    for arguments in (["test-phase", "3"], ["test-phase", "N=3"]):
        run = make(ready, *arguments)
        assert run.returncode == 0 and run.stdout.splitlines()[-1] == "course test-phase 3", run.stderr
    for arguments in (["test-phase"], ["test-phase", "9"], ["test-phase", "N=x"]):
        run = make(ready, *arguments)
        assert run.returncode == 2 and "Name a phase from 1 to 7" in run.stderr
    assert "No rule to make target" in make(ready, "3").stderr


def test_make_keeps_spaces_in_paths(ready):
    assert make(ready, "grade", "SUBMISSIONS=my class/of 2026").stdout.endswith("course grade my class/of 2026\n")
    assert "Name the folder" in make(ready, "grade").stderr


def test_make_looks_for_a_python_that_is_new_enough(course, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")  # an old one
    (tools / "python3.12").write_text(f'#!/bin/sh\nexec "{sys._base_executable}" "$@"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    run = make(course, "setup", PATH=f"{tools}:{os.environ['PATH']}")
    assert run.returncode == 0 and "The environment is ready" in run.stdout, run.stderr
    run = make(course, "setup", "PYTHON=/nowhere/python3")
    assert run.returncode == 2 and run.stderr.startswith("Python 3.11 or newer is missing")


def test_make_alone_lists_every_target():
    text = make(ROOT).stdout
    for target in ("lab", "setup", "test", "test-phase", "grade", "status", "update", "notebooks", "solutions", "lock"):
        assert f"make {target} " in text
