"""The process of one framework: does works as it is told on standard input, and answers with numbers.

    python -m bench.worker FRAMEWORK THREADS

An order and its answer are a line of JSON each: ``{"prepare": name}`` makes a work ready and does it for the first
times; ``{"turn": seconds}`` does it again and again for about so long.
"""

from __future__ import annotations

import gc
import importlib
import json
import math
import os
import re
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from bench.frameworks import FRAMEWORKS, Framework
from bench.work import Work, catalogue, small_catalogue

CHECKED = 3  # steps of a network whose losses must be everybody's
MOST = 500  # times that a turn does the work


def digest(array: np.ndarray) -> list[float]:
    """The root of the mean square, and an average with weights that tell the elements apart."""
    flat = array.astype(np.float64).reshape(-1)
    size = math.sqrt(flat @ flat / flat.size)
    return [size, float(flat @ np.cos(np.arange(flat.size))) / math.sqrt(flat.size)]


def peak_memory() -> int:
    """Bytes that this process has had in memory at most."""
    status = Path("/proc/self/status")
    if status.exists():  # there ru_maxrss is at least what the process had that started this one
        return int(re.search(r"VmHWM:\s*(\d+) kB", status.read_text())[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # in bytes on macOS


def prepared(
    module: ModuleType, framework: Framework, work: Work, threads: int
) -> tuple[Callable[[], Any] | None, dict[str, Any]]:
    """A work that is ready to be done, and an answer: what its first times have shown."""
    before, begun = peak_memory(), time.perf_counter()
    step = module.prepare(work, threads, framework.variant)
    if step is None:
        return None, {"skipped": True}
    built = time.perf_counter()
    result = step()
    first = time.perf_counter()
    digests = [digest(array) for array in module.arrays(result)]
    for _ in range(CHECKED - 1 if work.is_network else 0):
        digests += [digest(array) for array in module.arrays(step())]
    answer = {"built": built - begun, "first": first - built, "digests": digests, "memory": peak_memory() - before}
    return step, answer | (counted(step) if framework.name == "ours" else {})


def counted(step: Callable[[], Any]) -> dict[str, int]:
    """What one step costs, as the engine counts it."""
    from course_lib import GlobalCounters

    GlobalCounters.reset()
    step()
    return {"kernels": GlobalCounters.kernels, "bytes": GlobalCounters.bytes, "flops": GlobalCounters.flops}


def turn(step: Callable[[], Any], seconds: float) -> dict[str, Any]:
    """Times of a work, done for ``seconds``: at least twice, after once that does not count."""
    step()  # meanwhile another framework has used the caches
    times: list[float] = []
    begun, cpu = time.perf_counter(), time.process_time()
    while len(times) < 2 or (len(times) < MOST and time.perf_counter() - begun < seconds):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    used = (time.process_time() - cpu) / (time.perf_counter() - begun)
    return {"times": times, "processors": used}


def main() -> None:
    framework, threads = FRAMEWORKS[sys.argv[1]], int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what frameworks print is no answer
    works, step = catalogue() | small_catalogue(), None
    for line in sys.stdin:
        order = json.loads(line)
        try:
            module = importlib.import_module(f"bench.frameworks.{framework.module}")
            if "prepare" in order:
                step = None  # the last one goes before the next comes
                gc.collect()
                step, answer = prepared(module, framework, works[order["prepare"]], threads)
            else:
                answer = turn(step, order["turn"])
        except Exception as error:  # a framework that cannot do one work may do the next
            answer = {"failed": f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0][:200]}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
