"""What a learner waits for: importing the library, the first check of a notebook, each check after it.

    python -m bench [--repeats N]

Medians over repeats, the minimum beside them. Import is the time over NumPy's own, interleaved with it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

from workshop import curriculum, judging
from workshop.paths import ROOT
from workshop.source import reference_text


def seconds(code: str) -> float:
    """How long a fresh Python takes to run some code, start of the interpreter included."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def show(name: str, values: list[float]) -> None:
    print(f"{name:<52} {statistics.median(values):7.3f} s   (least {min(values):.3f}, most {max(values):.3f})")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    whole, numpy_alone = [], []
    modules = sorted({piece.partition(":")[0] for piece in curriculum.pieces()})
    imports = "import numpy, course_lib; " + "; ".join(f"import course_lib.{module}" for module in modules)
    for _ in range(repeats):
        numpy_alone.append(seconds("import numpy"))
        whole.append(seconds(imports))
    show("import of course_lib and all its modules, over NumPy", [a - b for a, b in zip(whole, numpy_alone)])

    piece = next(iter(curriculum.pieces()))
    first = (
        "from workshop import judging, session\nfrom workshop.source import reference_text\n"
        "session.start('phase1_math/01_matrices')\nimport course_lib.foundations.matrix\n"
        f"judging.judge({piece!r}, reference_text({piece!r}))"
    )
    show("a fresh process to the first verdict", [seconds(first) for _ in range(repeats)])

    judging.server.start()
    slowest: dict[str, float] = {}
    for name in curriculum.pieces():
        taken = []
        for _ in range(repeats):
            begun = time.perf_counter()
            judging.judge(name, reference_text(name))
            taken.append(time.perf_counter() - begun)
        slowest[name] = statistics.median(taken)
    show(f"a check that passes, over {len(slowest)} pieces", list(slowest.values()))
    print("slowest:", ", ".join(f"{n} {t:.3f} s" for n, t in sorted(slowest.items(), key=lambda i: -i[1])[:3]))


if __name__ == "__main__":
    main()
