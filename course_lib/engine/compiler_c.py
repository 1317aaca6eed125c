"""From C text to functions that can be called: compile with ``cc``, load with ``dlopen``, keep the result on disk.

Kernels are compiled many at a time into shared objects, called units here. The cache folder holds

- units, each named by the SHA-256 of its bytes: ``<sum>.so``, and
- for each kernel a symbolic link to its unit, named by the SHA-256 of all that determines the kernel.

A link's name covers the compiler, its flags, the processor and the kernel's recipe, so no entry is ever out of date. A
recipe is the text itself, or whatever the text follows from: then a kernel is found before its text is written. A
unit's name is its checksum, so a damaged one is noticed before it is loaded. Both are made in a folder aside, tried and
then renamed, in one step for the system: processes that work side by side, or die half-way, leave nothing half-written.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .device import DeviceError

LIMIT = 512 << 20  # bytes that the units on disk may take
UNIT = 1_000  # characters of C that are worth starting one more compiler
ASIDE = "plank-by-plank-"  # how the names of folders begin in which a compiler is at work

_kernels: dict[str, ctypes.CDLL] = {}  # the units of the kernels that this process has, by key
_units: dict[str, ctypes.CDLL] = {}  # those that are loaded, by path
_failed: dict[Path, str] = {}  # folders in which kernels cannot be made, and why


class KernelCompileError(RuntimeError):
    """C text that the compiler refuses; the message shows the line at fault and the compiler's first errors."""


@dataclass
class Stats:
    """What this process has asked of the compiler and of the disk."""

    compiled: int = 0  # kernels
    units: int = 0  # shared objects that they were compiled into
    seconds: float = 0.0  # in the compiler
    loaded: int = 0  # kernels found on disk


stats = Stats()


def compile_kernels(
    sources: dict[str, str], preamble: str = "", recipes: dict[str, str] | None = None
) -> dict[str, int]:
    """The addresses of C functions: from this process, else from disk, else compiled now.

    Parameters
    ----------
    sources: for each key the text of one function, ``k_<key>``. A key is a hex digest of all that makes the function.
    preamble: C text that comes before the functions.
    recipes: for some keys a text that decides what the function is; for the others that is the text of the function.

    Raises
    ------
    KernelCompileError: if the compiler refuses a text; no new function is kept then.
    DeviceError: if no compiler works, or there is no folder to work in.
    """
    new = {key: text for key, text in sources.items() if key not in _kernels}
    if new:
        _obtain(new, preamble, {key: f"{preamble}\0{text}" for key, text in new.items()} | (recipes or {}), toolchain())
    return {key: address_of(key) for key in sources}


def find_kernels(recipes: dict[str, str]) -> set[str]:
    """The keys of those kernels that this process has or finds on disk, so that nobody need write their text."""
    new = {key: recipe for key, recipe in recipes.items() if key not in _kernels}
    if new:
        _find(new, toolchain())
    return recipes.keys() & _kernels.keys()


def address_of(key: str) -> int:
    """Where a kernel's function is."""
    return _address(_kernels[key], key)


def numbers_of(key: str, count: int) -> list[int]:
    """The array ``const int64_t n_<key>[count]`` that a kernel's text defines beside its function."""
    return list((ctypes.c_int64 * count).in_dll(_kernels[key], f"n_{key}"))


def _obtain(sources: dict[str, str], preamble: str, recipes: dict[str, str], chain: Toolchain) -> None:
    """Find kernels that this process does not have yet on disk, or make them."""
    _find({key: recipes[key] for key in sources}, chain)
    missing = {key: text for key, text in sources.items() if key not in _kernels}
    if missing:
        _kernels.update(_make(missing, {key: chain.link(recipes[key]) for key in missing}, preamble, chain.command))


def _find(recipes: dict[str, str], chain: Toolchain) -> None:
    """Load those kernels that are on disk."""
    folder = _cache_folder()
    for key, recipe in recipes.items():
        with contextlib.suppress(OSError, KernelCompileError):
            _kernels[key] = _unit_with(folder, chain.link(recipe), key)
            stats.loaded += 1


# -- the compiler


@dataclass(frozen=True)
class Toolchain:
    """A compiler with its flags, and a text that is different for other versions and other processors."""

    command: tuple[str, ...]
    identity: str

    def link(self, recipe: str) -> str:
        """The name on disk of the kernel that this compiler makes by a recipe."""
        return hashlib.sha256(f"{self.identity}\0{recipe}".encode()).hexdigest()


# GCC 12 turns inner loops of up to 16 turns into straight text, works on several turns of the outer loop at once, and
# then takes the wrong conditions for loads: for (i..) for (j < 2) y[2*i + j] = i >= 7 ? x[2*i + j - 14] : 0.
NO_PEELING = "--param=max-completely-peel-times=1"

# Processors that fetch ahead by themselves stop at the end of a page, and do not look far enough for slow memory.
PREFETCH = ("-fprefetch-loop-arrays", "--param=prefetch-latency=1000")


def flags(target: str, threads: str, gcc: tuple[str, ...]) -> list[str]:
    """All flags of the compiler. Whole numbers wrap around; fractional arithmetic neither traps nor sets errno.

    Parameters
    ----------
    target: the flag that names the processor, or "".
    threads: the flag that turns OpenMP on, or "".
    gcc: the flags that are meant for GCC, or none if the compiler refuses them.
    """
    chosen = ["-shared", "-fPIC", "-O3", target, threads, *gcc, "-fwrapv", "-fno-math-errno", "-fno-trapping-math"]
    # a*b + c must be rounded alike in every kernel that computes it, or a maximum would not be found again
    chosen.append("-ffp-contract=off")
    chosen.append("-Werror=implicit-function-declaration")
    if sanitizers := os.environ.get("COURSE_SANITIZE"):
        chosen += [f"-fsanitize={sanitizers}", "-fno-omit-frame-pointer", "-g"]
    elif sys.platform != "darwin":
        chosen.append("-Wl,-z,defs")  # an undefined function is the linker's business, not that of dlopen
    return [flag for flag in chosen if flag]


_TRIAL = """
#include <math.h>
#include <stdint.h>
#ifdef _OPENMP
#include <omp.h>
#endif
void k_trial(void **buffers) {
    float *x = buffers[0];
    #pragma omp parallel for
    for (int i = 0; i < 1024; i++) x[i] = sqrtf(x[i]);
}
"""


@cache
def toolchain() -> Toolchain:
    """The compiler that ``COURSE_CC`` or ``CC`` names, else cc, gcc or clang, with the best flags that work.

    Raises
    ------
    DeviceError: if there is none or it does not work, with what to install.
    """
    named = os.environ.get("COURSE_CC") or os.environ.get("CC")
    choices = [shlex.split(named)] if named else [["cc"], ["gcc"], ["clang"]]
    compiler = next((words for words in choices if shutil.which(words[0])), [])
    problem = f"{named!r}, named by COURSE_CC or CC, is not there" if named else "there is no cc, gcc or clang"
    choices_of_flags = (("-march=native", "-mcpu=native", ""), ("-fopenmp", ""), ((NO_PEELING, *PREFETCH), ()))
    for target, threads, gcc in itertools.product(*choices_of_flags):
        if not compiler:
            break
        command = (*compiler, *flags(target, threads, gcc))
        try:
            # -### shows the version, and the processor that "native" stands for, at once: nothing is compiled.
            about = _finish(_start([*command, "-###", "-E", "-x", "c", "/dev/null"], "/"), {})
            about = re.sub(r"--param \S+", "", about)  # sizes of caches: the cores of one machine may differ in them
            chain = Toolchain(command, f"{command}\n{about}")
            _obtain({"trial": _TRIAL}, "", {"trial": _TRIAL}, chain)
            vars(stats).update(vars(Stats()))  # the trial is not counted
            return chain
        except (KernelCompileError, OSError) as error:
            problem = f"{shlex.join(compiler)} does not work: {'; '.join(str(error).splitlines())}"
    raise DeviceError(
        f"a C compiler is needed, and {problem}. Debian, Ubuntu: sudo apt install gcc libc6-dev; "
        "macOS: xcode-select --install; one at another place: name it in COURSE_CC"
    )


def _start(command: list[str], folder: str | Path) -> subprocess.Popen:
    """Set the compiler to work in a folder, without waiting for it."""
    # Its own temporary files go there, too; its messages are English; and what is preloaded here is not loaded there.
    surroundings = {**os.environ, "TMPDIR": str(folder), "LC_ALL": "C", "LD_PRELOAD": ""}
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=folder, env=surroundings, encoding="utf-8", errors="replace", **pipes)


def _finish(process: subprocess.Popen, texts: dict[str, str]) -> str:
    """Wait for the compiler and return what it has said; ``texts`` are those that its messages may name.

    Raises
    ------
    OSError: if it had nowhere to write to.
    KernelCompileError: if it failed for another reason.
    """
    said = process.communicate()[1]
    if process.returncode == 0:
        return said
    for code in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        if os.strerror(code) in said:
            raise OSError(code, os.strerror(code))
    lines = said.splitlines() or [f"it ended with status {process.returncode}"]
    place = "these kernels"
    if where := re.search(r"^(preamble|k_\w+):(\d+):.*error", said, re.MULTILINE):
        name, number = where[1], int(where[2])
        place = f"line {number} of {name}: {''.join(texts[name].splitlines()[number - 1 : number]).strip()}"
        lines = [line for line in lines if "error" in line]
    raise KernelCompileError("\n".join([f"the C compiler refuses {place}", *lines[:5]]))


# -- compiling


def _make(
    sources: dict[str, str], links: dict[str, str], preamble: str, command: tuple[str, ...]
) -> dict[str, ctypes.CDLL]:
    """Compile for the cache folder, or where that cannot be, in a folder for the moment, on disk or in memory."""
    kept = _cache_folder()
    for folder in (kept, Path(os.environ.get("TMPDIR") or "/tmp").absolute(), Path("/dev/shm")):
        if folder in _failed:
            continue
        try:
            if folder == kept:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _refuse_foreign(folder.stat())
            with tempfile.TemporaryDirectory(prefix=ASIDE, dir=folder, ignore_cleanup_errors=True) as aside:
                names = _compile(sources, links, preamble, command, Path(aside))
                made = {key: _unit_with(aside, links[key], key) for key in sources}
                if folder == kept:  # nothing goes there that cannot be loaded
                    for name in names:
                        os.replace(f"{aside}/{name}", folder / name)
                    _trim(folder)
            return made
        except OSError as error:
            _failed[folder] = error.strerror or str(error)
            if folder == kept:
                warnings.warn(
                    f"compiled kernels cannot be kept in {folder} ({_failed[folder]}), so they are compiled again in "
                    "each process: make room there, or name another folder in COURSE_CACHE",
                    RuntimeWarning,
                    stacklevel=2,
                )
    reasons = ", ".join(f"{folder} ({reason})" for folder, reason in _failed.items())
    _failed.clear()  # there may be room the next time
    raise DeviceError(f"kernels can be compiled nowhere: {reasons}. Make room, or name a folder in COURSE_CACHE")


def _compile(
    sources: dict[str, str], links: dict[str, str], preamble: str, command: tuple[str, ...], folder: Path
) -> list[str]:
    """Compile into ``folder``, several units at a time. Returns the names of the units and, after them, the links."""
    begun = time.perf_counter()
    texts = {"preamble": preamble} | {f"k_{key}": text for key, text in sources.items()}
    units = _split(sources)
    with contextlib.ExitStack() as stack:  # whatever happens, no compiler outlives its folder
        running = []
        for number, keys in enumerate(units):
            parts = ["preamble", *(f"k_{key}" for key in keys)]
            text = "\n".join(f'#line 1 "{part}"\n{texts[part]}' for part in parts)
            (folder / f"{number}.c").write_text(text, encoding="utf-8")
            process = _start([*command, f"{number}.c", "-o", f"{number}.so", "-lm"], folder)
            running.append(stack.enter_context(process))
        for process in running:
            _finish(process, texts)
    names = []
    for number, keys in enumerate(units):
        unit = folder / f"{number}.so"
        unit.chmod(0o700)
        names.append(f"{hashlib.sha256(unit.read_bytes()).hexdigest()}.so")
        unit.rename(folder / names[-1])
        for key in keys:
            os.symlink(names[-1], folder / links[key])
    stats.compiled, stats.units = stats.compiled + len(sources), stats.units + len(units)
    stats.seconds += time.perf_counter() - begun
    return names + [links[key] for key in sources]


def _split(sources: dict[str, str]) -> list[list[str]]:
    """The keys in as many units as are worth compiling side by side, with about as much text in each."""
    keys = sorted(sources, key=lambda key: len(sources[key]))
    worth = sum(map(len, sources.values())) // UNIT
    count = max(1, min(os.cpu_count() or 1, len(keys), worth))
    return [keys[i::count] for i in range(count)]


# -- the disk


def _cache_folder() -> Path:
    """Where kernels are kept: below ``COURSE_CACHE``, else where the system has such things."""
    system = "~/Library/Caches" if sys.platform == "darwin" else os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get("COURSE_CACHE") or f"{system}/plank-by-plank", "kernels").expanduser().absolute()


def _refuse_foreign(status: os.stat_result) -> None:
    """Loading a file runs it, so nobody else may have written it."""
    if status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise PermissionError(errno.EACCES, "other users can write there")


def _unit_with(folder: str | Path, link: str, key: str) -> ctypes.CDLL:
    """The unit with the kernel that a link stands for; it is loaded if it was not.

    Raises
    ------
    OSError: if it is not there, or is not as it was written.
    KernelCompileError: if the unit has no such function.
    """
    unit = os.readlink(f"{folder}/{link}")
    path = f"{folder}/{unit}"
    if path not in _units:
        _units[path] = _load(path, unit)
    _address(_units[path], key)
    return _units[path]


def _address(unit: ctypes.CDLL, key: str) -> int:
    try:
        return ctypes.cast(unit[f"k_{key}"], ctypes.c_void_p).value
    except AttributeError:
        message = f"the text for the key {key} defines no function k_{key} that others can call"
        raise KernelCompileError(message) from None


def _load(path: str, name: str) -> ctypes.CDLL:
    """Load a unit, if it is ours and its bytes have the sum that its name says."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        _refuse_foreign(os.stat(os.path.dirname(path)))
        _refuse_foreign(os.fstat(file.fileno()))
        found = f"{hashlib.sha256(file.read()).hexdigest()}.so"
    if found != name:  # loading a damaged file can kill the process
        raise OSError(errno.EIO, "a damaged file")
    with contextlib.suppress(OSError):
        os.utime(path)  # for _trim
    return ctypes.CDLL(path)


@cache
def _trim(folder: Path) -> None:
    """Once a process: remove what dead processes left, and if units take too much, those not used for longest."""
    with contextlib.suppress(OSError):  # others may be at it, too
        units = []
        for entry in os.scandir(folder):
            status = entry.stat(follow_symlinks=False)
            if entry.name.endswith(".so") and entry.is_file(follow_symlinks=False):
                units.append((status.st_mtime, status.st_size, entry.path))
            elif entry.name.startswith(ASIDE) and status.st_mtime < time.time() - 3600:
                shutil.rmtree(entry.path, ignore_errors=True)
        total = sum(size for _, size, _ in units)
        if total <= LIMIT:
            return
        for _, size, path in sorted(units):
            os.unlink(path)
            total -= size
            if total <= LIMIT * 3 // 4:  # so that the next process need not begin again
                break
        for entry in os.scandir(folder):
            if entry.is_symlink() and not os.path.exists(entry.path):
                os.unlink(entry.path)
