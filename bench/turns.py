"""Processes that take turns: each framework in one of its own, a tenth of a second at a time.

Two pools of threads in one process spoil each other, and a noisy machine must be noisy for all.
"""

from __future__ import annotations

import json
import math
import os
import select
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from bench.frameworks import Framework
from bench.work import Work

TOLERANCE = 1e-3  # by which results may differ, as a part of their size
SLOW = 3.0  # seconds of a turn, after which a framework takes part in no more than two
PAUSE = 0.01  # seconds in which the threads of the last framework go to sleep


class Runner:
    """The process of a framework, started when first asked.

    Parameters
    ----------
    extra: environment variables on top of its own.
    patience: seconds after which an answer is no longer waited for.
    """

    def __init__(
        self,
        framework: Framework,
        threads: int,
        folders: list[str],
        extra: dict[str, str] | None = None,
        patience: float = 120,
    ) -> None:
        self.framework, self.threads, self.patience = framework, threads, patience
        self.surroundings = framework.surroundings(threads, folders) | (extra or {})
        self.process: subprocess.Popen | None = None

    def ask(self, **order: Any) -> dict[str, Any]:
        """The answer to an order; ``{"failed": why}`` if there is none."""
        if self.process is None:
            command = [sys.executable, "-m", "bench.worker", self.framework.name, str(self.threads)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            self.process = subprocess.Popen(command, env=self.surroundings, text=True, **pipes)
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], self.patience)[0]:
            self.process.kill()
            self.stop()
            return {"failed": f"gave up after {self.patience:.0f} s"}
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait()
            self.stop()
            return {"failed": f"its process ended with status {status}"}
        return json.loads(line)

    def stop(self) -> None:
        if self.process is not None:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait()
            self.process = None


@dataclass
class Measured:
    """What one framework did with one work; all times are in seconds.

    Attributes
    ----------
    medians, least: of each turn.
    first: the first time, with what was built for it.
    digests: of the results, to be compared with others'.
    processors: how many it kept busy.
    counted: for ours: kernels, bytes and flops.
    problem: why it did not do it, if so.
    """

    medians: list[float] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    first: float = 0.0
    digests: list[list[float]] = field(default_factory=list)
    processors: float = 0.0
    counted: dict[str, int] = field(default_factory=dict)
    problem: str = ""

    @property
    def times(self) -> tuple[float, float]:
        """The median of the turns' medians, and the least time of all."""
        return statistics.median(self.medians), min(self.least)


def measure(work: Work, runners: list[Runner], rounds: int, seconds: float) -> dict[str, Measured]:
    """All frameworks that can do a work, by name, taking turns of ``seconds``."""
    found: dict[str, Measured] = {}
    able = []
    for runner in runners:
        answer = runner.ask(prepare=work.name)
        if "skipped" in answer:
            continue
        measured = found[runner.framework.name] = Measured(problem=answer.get("failed", ""))
        if not measured.problem:
            able.append(runner)
            measured.first, measured.digests = answer["built"] + answer["first"], answer["digests"]
            measured.counted = {name: answer[name] for name in ("kernels", "bytes", "flops") if name in answer}
    for _ in range(rounds):
        for runner in list(able):
            time.sleep(PAUSE)
            answer, measured = runner.ask(turn=seconds), found[runner.framework.name]
            if "failed" in answer:
                measured.problem = answer["failed"]
                able.remove(runner)
                continue
            measured.medians.append(statistics.median(answer["times"]))
            measured.least.append(min(answer["times"]))
            measured.processors = max(measured.processors, answer["processors"])
            if sum(answer["times"]) > SLOW and len(measured.medians) > 1:
                able.remove(runner)
    return found


def difference(one: list[list[float]], other: list[list[float]]) -> float:
    """The largest difference of two frameworks' results, as a part of their size; infinite if they are no numbers."""
    if len(one) != len(other):
        return math.inf
    gaps = [abs(p - q) / max(a[0], 1e-30) for a, b in zip(one, other) for p, q in zip(a, b)]
    return max(math.inf if math.isnan(gap) else gap for gap in gaps)


def printed_by(name: str, *arguments: object, threads: int) -> dict[str, Any]:
    """The JSON that a module of this package prints, run in a fresh process."""
    limits = {"COURSE_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", f"bench.{name}", *map(str, arguments)]
    return json.loads(subprocess.run(command, env=os.environ | limits, check=True, capture_output=True).stdout)
