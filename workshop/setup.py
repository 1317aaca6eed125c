"""Make the environment of the course: `.venv`, with the packages of requirements.lock.

Run by `make setup` with whatever Python is at hand: standard library only, and no syntax newer than 3.6, so that an old
Python gets as far as the sentence below.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    have = "{}.{}".format(*sys.version_info)
    sys.exit("Python 3.11 or newer is needed and this is " + have + ": install one, or make setup PYTHON=python3.12")

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
LAYOUT = "1"  # raise it when this file begins to make something else out of the same lock
IDENTITY = "import sys, sysconfig; print('%d.%d' % sys.version_info[:2], sysconfig.get_platform())"

# Scripts find Python beside themselves, so that they go on working when the folder is moved.
COURSE = """#!/bin/sh
exec "$(dirname -- "$(readlink -f -- "$0")")/python" -P -m workshop "$@"
"""
SHEBANG = b"""#!/bin/sh
'''exec' "$(dirname -- "$0")/python" "$0" "$@"
' '''
"""


class SetupError(Exception):
    """What the user can mend; each line of its text names one thing and its remedy."""


def missing_tools() -> list[str]:
    """One line for each thing that has to be there before a set-up can begin."""
    lines, compiler = [], os.environ.get("CC", "")

    def remedy(packages: str) -> str:
        return "xcode-select --install" if sys.platform == "darwin" else "Debian, Ubuntu: sudo apt install " + packages

    if find_spec("venv") is None or find_spec("ensurepip") is None:
        lines.append("Python's venv module is missing: install it (Debian, Ubuntu: sudo apt install python3-venv)")
    if shutil.which("git") is None:
        lines.append(f"git is missing: install it ({remedy('git')})")
    if compiler != "none" and not any(map(shutil.which, compiler.split()[:1] or ("cc", "gcc", "clang"))):
        missing = f"A C compiler ({compiler or 'cc, gcc or clang'}) is missing: install one"
        lines.append(f"{missing} ({remedy('gcc libc6-dev')}), or go on without: make setup CC=none")
    return lines


def one_at_a_time(root: Path) -> TextIO:
    """Hold the folder's set-up lock, waiting for another set-up to let go of it."""
    handle = open(root / ".setup.lock", "w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another set-up of this folder is running; waiting for it to end.", flush=True)
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def identity(venv: Path) -> str:
    """Version and platform of an environment's Python; empty if it doesn't run."""
    try:
        run = subprocess.run([venv / "bin/python", "-I", "-c", IDENTITY], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""


def site_packages(venv: Path) -> Path:
    return next((venv / "lib").glob("python3*/site-packages"), venv / "missing")


def make_venv(venv: Path) -> None:
    print("Making .venv with Python {}.{}.{}".format(*sys.version_info), flush=True)
    if venv.is_symlink() or venv.is_file():
        venv.unlink()
    elif venv.exists():
        shutil.rmtree(venv)
    python = getattr(sys, "_base_executable", sys.executable)  # ours may be the one just removed
    run = subprocess.run([python, "-I", "-m", "venv", venv], capture_output=True, text=True)
    if run.returncode:
        reason = ((run.stderr or run.stdout).strip().splitlines() or ["no reason given"])[-1]
        raise SetupError(f"Python could not make .venv ({reason}); Debian, Ubuntu: sudo apt install python3-venv")


def install(venv: Path, lock: Path, guard: TextIO) -> None:
    """Let pip install the lock, showing how far it is; what pip says goes to .venv/setup.log."""
    packages, log = site_packages(venv), venv / "setup.log"
    for info in packages.glob("*.dist-info"):
        # pip writes INSTALLER once a package's files are all there; an interrupted install only looks complete.
        if not (info / "INSTALLER").exists():
            shutil.rmtree(info)
    command = [venv / "bin/python", "-I", "-m", "pip", "install", "--no-input", "--progress-bar=off", "-r", lock]
    # The lock is complete, so there is nothing to resolve.
    command += ["--require-hashes", "--only-binary=:all:", "--no-deps", "--disable-pip-version-check"]
    elsewhere = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_DRY_RUN")
    env = {k: v for k, v in os.environ.items() if k not in elsewhere} | {"PIP_USER": "0", "PYTHONUNBUFFERED": "1"}
    total = len(re.findall(r"^[\w.-]+(?:\[.*\])?==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    start, shown = time.monotonic(), 0.0
    with open(log, "wb") as out:
        # pip keeps the folder's lock as long as it lives, even if this process is killed.
        pip = subprocess.Popen(command, env=env, stdout=out, stderr=out, pass_fds=[guard.fileno()])
    try:
        while pip.poll() is None:
            time.sleep(0.1)
            seconds = time.monotonic() - start
            if seconds - shown < 5:
                continue
            shown, said = seconds, log.read_text(encoding="utf-8", errors="replace")
            fetched = f"Fetching packages: {said.count('Collecting ')} of {total}"
            what = "Installing packages" if "\nInstalling collected" in said else fetched
            print(f"{what} ({seconds:.0f} s)", flush=True)
    finally:
        if pip.poll() is None:
            pip.terminate()
            pip.wait()
    if pip.returncode:
        raise SetupError(explain(log.read_text(encoding="utf-8", errors="replace"), log))


def explain(said: str, log: Path) -> str:
    """One line that tells why pip failed."""
    if "No space left" in said:
        return "The disk is full: the course needs about 1 GB; make room, then run it again"
    if "DO NOT MATCH THE HASHES" not in said and any(w in said for w in ("Retrying (", "ConnectionError", "timed out")):
        return "The package index can't be reached: check the network or the proxy, then run it again; it resumes"
    lines = [line for line in said.splitlines() if line.startswith("ERROR")] or said.split("\n") or ["no reason given"]
    return f"The packages could not be installed ({lines[0][:200]}); pip's own words are in {log}"


def make_relocatable(venv: Path) -> None:
    """Let nothing in the environment depend on where the folder lies."""
    # site.py reads the path as relative to site-packages: four floors up is the folder of the course.
    (site_packages(venv) / "course.pth").write_text("../../../..\n", encoding="utf-8")
    for script in (path for path in (venv / "bin").iterdir() if path.is_file() and not path.is_symlink()):
        first, _, rest = script.read_bytes().partition(b"\n")
        if first.startswith(b"#!") and b"python" in first:
            script.write_bytes(SHEBANG + rest)
        elif first == b"#!/bin/sh" and rest.startswith(b"'''exec'"):  # pip's own way where the path has spaces
            script.write_bytes(SHEBANG + rest.partition(b"\n' '''\n")[2])
    (venv / "bin/course").write_text(COURSE, encoding="utf-8")
    (venv / "bin/course").chmod(0o755)


def setup(root: Path = ROOT) -> bool:
    """Bring `.venv` up to the lock. True if there was something to do."""
    venv, lock = root / ".venv", root / "requirements.lock"
    stamp, wanted = venv / "course-stamp", LAYOUT + " " + hashlib.sha256(lock.read_bytes()).hexdigest()

    def state() -> tuple[bool, bool, bool]:
        """Whether the environment's Python is sound, its packages are the lock's, and the folder is where it was."""
        lines = (stamp.read_text(encoding="utf-8") if stamp.exists() else "").splitlines() + ["", "", ""]
        asked = "{}.{} ".format(*sys.version_info) if os.environ.get("PYTHON") else ""  # a Python asked for by name
        sound = lines[0].startswith(asked) and lines[0] == identity(venv) != ""
        return sound and (site_packages(venv) / "pip").exists(), lines[1] == wanted, lines[2] == str(root)

    if all(state()):
        return False
    if missing_tools():
        raise SetupError("\n".join(missing_tools()))
    with one_at_a_time(root) as guard:
        sound, complete, in_place = state()  # again: another set-up may just have done it
        if not sound:
            make_venv(venv)
            # A stamp of one line says that the environment stands and its packages may not.
            stamp.write_text(identity(venv) + "\n", encoding="utf-8")
        if not (sound and complete):
            install(venv, lock, guard)
            make_relocatable(venv)
        elif not in_place:  # the activate scripts name the folder: have them written anew
            subprocess.run([venv / "bin/python", "-I", "-m", "venv", "--without-pip", venv], capture_output=True)
        fresh = venv / "course-stamp.new"
        fresh.write_text(f"{identity(venv)}\n{wanted}\n{root}\n", encoding="utf-8")
        os.replace(fresh, stamp)
    return True


def main(root: Path = ROOT) -> int:
    """Set up; exit status 0, or 1 after one clear line, or 130 when interrupted."""
    start = time.monotonic()
    try:
        if setup(root):
            print(f"The environment is ready ({time.monotonic() - start:.0f} s).")
        return 0
    except KeyboardInterrupt:
        print("\nInterrupted; run it again and it goes on from here.", file=sys.stderr)
        return 130
    except SetupError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"The set-up must be able to write in {root} ({error.strerror}: {error.filename})", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
