"""What it costs to begin: the first training step, with kernels to compile or on disk; imports; memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from bench import bars
from bench.frameworks import FRAMEWORKS
from bench.turns import Runner

REPEATS = 5


def first_steps(name: str, threads: int, folders: list[str]) -> dict[str, float]:
    """What a network's first loss costs in a fresh process, from imported modules on.

    Returns
    -------
    ``cold``: seconds with no kernel on disk, of which ``cold, building`` passed before the step began: parameters.
    ``warm``, ``warm, building``: the same with what an earlier process left on disk, the quicker of two.
    ``memory``: bytes over those of the import, also ``memory of PyTorch``.
    """
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        turns = [begin("ours", name, threads, folders, {"XDG_CACHE_HOME": folder, "COURSE_CACHE": ""}) for _ in "123"]
    for state, answers in (("cold", turns[:1]), ("warm", turns[1:])):
        quickest = min(answers, key=lambda answer: answer["built"] + answer["first"])
        found[state], found[f"{state}, building"] = quickest["built"] + quickest["first"], quickest["built"]
    found["memory"] = max(answer["memory"] for answer in turns)
    if FRAMEWORKS["torch"].folder(folders) is not None:
        answer = begin("torch", name, threads, folders, {})
        found["PyTorch"], found["memory of PyTorch"] = answer["built"] + answer["first"], answer["memory"]
    return found


def begin(framework: str, work: str, threads: int, folders: list[str], extra: dict[str, str]) -> dict[str, Any]:
    """A fresh process's answer when it has done a work for the first times."""
    runner = Runner(FRAMEWORKS[framework], threads, folders, extra)
    try:
        answer = runner.ask(prepare=work)
    finally:
        runner.stop()
    if "failed" in answer:
        raise RuntimeError(f"{framework}, {work}: {answer['failed']}")
    return answer


def imports() -> float:
    """Seconds that the library takes to import, over NumPy alone; both taking turns."""

    def seconds(code: str) -> float:
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], env=os.environ, check=True)
        return time.perf_counter() - begun

    ours, numpy = "import numpy; from course_lib import Tensor, nn, optim", "import numpy"
    return statistics.median(seconds(ours) - seconds(numpy) for _ in range(REPEATS))


def judged(found: dict[str, dict[str, float]], imported: float) -> list[str]:
    """A line for each thing that has a bar: ``BELOW`` where it is missed."""

    def line(what: str, value: float, most: float, unit: str) -> str:
        return f"{what}: {value:.2f} {unit} of at most {most:.2f} {'reached' if value <= most else 'BELOW'}"

    lines = [line("import over NumPy's", imported, bars.IMPORT, "s")]
    for name, about in found.items():
        memory, theirs = about["memory"] / 1e6, about.get("memory of PyTorch", float("inf")) / 1e6
        if name == "gpt":
            lines += [line(f"first step of gpt, {state}", about[state], most, "s") for state, most in bars.GPT.items()]
            lines.append(line("memory of gpt, beside PyTorch's", memory, theirs, "MB"))
        elif name.startswith("mlp"):
            lines.append(line(f"memory of {name}", memory, bars.MLP_MEMORY / 1e6, "MB"))
    return lines
