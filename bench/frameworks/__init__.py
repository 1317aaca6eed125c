"""How each framework does each work.

Every module here has

- ``prepare(work, threads, variant)``: a function that does the work once and returns when it is done, or None if the
  framework has no way of its own to do it, and
- ``arrays(result)``: what such a function returned, as NumPy arrays, the same ones for all frameworks.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Framework:
    """One of the rows of the table.

    Attributes
    ----------
    name: as it is asked for.
    title: as it is printed.
    module: the module of this package that drives it.
    package: what has to be installed.
    variant: which of its ways it is told to go.
    """

    name: str
    title: str
    module: str
    package: str
    variant: str = ""

    def folder(self, folders: list[str]) -> str | None:
        """Where it is: one of ``folders``, "" for the environment's own packages, None if it is nowhere."""
        for folder in folders:  # JAX's holds a NumPy, too, but the one to measure is our own
            if Path(folder, self.package).is_dir() and self.package != "numpy":
                return folder
        return "" if importlib.util.find_spec(self.package) else None

    def surroundings(self, threads: int, folders: list[str]) -> dict[str, str]:
        """Its process's environment variables: where its package is, the limit on threads under all names, no GPU."""
        count, folder = str(threads), self.folder(folders)
        names = ("COURSE_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUM_CPU_THREADS")
        limits = dict.fromkeys([*names, "NPROC"], count) | {"DEV": "CPU", "JAX_PLATFORMS": "cpu"}
        if threads == 1:
            limits["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
        found = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return found | limits | ({"PYTHONPATH": str(Path(folder).absolute())} if folder else {})


FRAMEWORKS = {
    framework.name: framework
    for framework in (
        Framework("ours", "ours", "ours", "course_lib"),
        Framework("numpy", "NumPy", "numpy", "numpy"),
        Framework("torch", "PyTorch", "torch", "torch", "eager"),
        Framework("torch-tuned", "PyTorch, tuned", "torch", "torch", "tuned"),
        Framework("torch-compile", "torch.compile", "torch", "torch", "compile"),
        Framework("jax", "JAX", "jax", "jax"),
        Framework("tinygrad", "tinygrad", "tinygrad", "tinygrad"),
    )
}
