"""Where results are kept, with all that is needed to know later what they are results of."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from bench.frameworks import FRAMEWORKS
from workshop.paths import ROOT

FOLDER = ROOT / "build" / "bench"


def machine() -> dict[str, Any]:
    """The processor, the system, and how busy it is already."""
    model = platform.processor()
    if Path("/proc/cpuinfo").exists():
        rows = (line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines())
        model = next((value.strip() for name, _, value in rows if name.strip() == "model name"), model)
    return {
        "processor": model,
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
    }


def versions(folders: list[str]) -> dict[str, str]:
    """The versions of all frameworks that are there, and of this repository and its compiler."""
    found = {}
    for package in dict.fromkeys(framework.package for framework in FRAMEWORKS.values()):
        places = [folder for folder in folders if Path(folder, package).is_dir()] if package != "numpy" else []
        distributions = list(metadata.distributions(name=package, **({"path": places} if places else {})))
        if distributions:
            found[package] = distributions[0].version
    compiler = os.environ.get("COURSE_CC") or os.environ.get("CC") or "cc"
    for name, command in (("revision", ["git", "describe", "--always", "--dirty"]), ("cc", [compiler, "--version"])):
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()
        found[name] = said[0] if said else "unknown"
    return found


def keep(results: dict[str, Any]) -> Path:
    """Write a run's numbers into a file named by the time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{datetime.datetime.now():%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    return path


def kept(name: str) -> dict[str, Any]:
    """A run's numbers, by path, or by how its file's name begins; ``last`` is the newest, ``last-1`` that before."""
    if Path(name).is_file():
        return json.loads(Path(name).read_text())
    files = sorted(FOLDER.glob("*.json"))
    if name.startswith("last"):
        found = files[-1 - int(name.removeprefix("last").removeprefix("-") or 0) :][:1]
    else:
        found = [file for file in files if file.name.startswith(name)]
    if len(found) != 1:
        raise SystemExit(f"{name!r} names {len(found)} of the {len(files)} runs in {FOLDER}")
    return json.loads(found[0].read_text())
