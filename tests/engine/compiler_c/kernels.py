"""Small kernels to compile, other processes that do the same, and what may happen to the files they leave."""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from course_lib.engine import compiler_c

CC = os.environ.get("COURSE_CC") or os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
needs_compiler = pytest.mark.skipif(not CC, reason="there is no C compiler")

PREAMBLE = "#include <math.h>\n#define TWO 2"
ROOT = Path(compiler_c.__file__).parents[2]


def scale(factor: float, body: str = "x[i] = TWO * {factor} * y[i]") -> tuple[str, str]:
    """A kernel that multiplies five numbers by twice the factor, and its key."""
    body = body.replace("{factor}", f"{float(factor)}f")
    text = f"""void k_KEY(void **b) {{
    float *x = b[0]; const float *y = b[1];
    for (int i = 0; i < 5; i++) {body};
}}"""
    key = hashlib.sha256(text.encode()).hexdigest()[:20]
    return key, text.replace("KEY", key)


def call(module, address: int) -> list[float]:
    x, y = np.full(5, -1, np.float32), np.arange(1, 6, dtype=np.float32)
    call_with(address, x, y)
    return x.tolist()


def call_with(address: int, *arrays: np.ndarray) -> None:
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)((ctypes.c_void_p * len(arrays))(*(x.ctypes.data for x in arrays)))


def check(module, *factors: float, preamble: str = PREAMBLE) -> None:
    """Compile one kernel a factor, together, and call them all."""
    kernels = {factor: scale(factor) for factor in factors}
    addresses = module.compile_kernels(dict(kernels.values()), preamble)
    assert list(addresses) == [key for key, _ in kernels.values()]
    for factor, (key, _) in kernels.items():
        assert call(module, addresses[key]) == [2 * factor * i for i in range(1, 6)]


def entries(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def units(folder: Path) -> list[Path]:
    """The units other than that of the trial."""
    trial = (folder / trial_link(folder)).resolve()
    return [path for path in folder.glob("*.so") if path.resolve() != trial]


def trial_link(folder: Path) -> str:
    links = [path for path in folder.iterdir() if path.is_symlink()]
    return min(links, key=lambda path: path.lstat().st_mtime_ns).name  # it was made first


def run_python(script: str, **more: str) -> subprocess.Popen:
    """Another Python that runs ``script`` with these helpers at hand."""
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom tests.engine.compiler_c.kernels import *\n"
    return subprocess.Popen(
        [sys.executable, "-c", start + script], env={**os.environ, **more}, stdout=-1, stderr=-1, text=True
    )


def finish(process: subprocess.Popen) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


# -- damage


def replace(path: Path, data: bytes) -> None:
    """New bytes under an old name; the old file itself, which this process runs, stays as it is."""
    path.with_suffix(".new").write_bytes(data)
    path.with_suffix(".new").chmod(0o700)
    os.replace(path.with_suffix(".new"), path)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(64, len(data), 97):
        data[place] ^= 0xFF
    replace(path, bytes(data))


def loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def elsewhere(path: Path) -> None:
    """A right file, but in a folder that is not looked after."""
    path.symlink_to(shutil.move(path, path.parents[2] / path.name))


DAMAGES = {
    "flipped": flip,
    "one bit": lambda path: replace(path, path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1])),
    "cut short": lambda path: replace(path, path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: replace(path, b""),
    "garbage": lambda path: replace(path, b"\x7fELF" + bytes(range(256)) * 9),
    "longer": lambda path: replace(path, path.read_bytes() + b"\0"),
    "gone": Path.unlink,
    "loop": loop,
    "pipe": pipe,
    "elsewhere": elsewhere,
}
