"""The engine beside NumPy, PyTorch, JAX and tinygrad: ``make bench``, or ``python -m bench.run mlp64 gpt --threads 1``.

See ``bench/README.md`` for what is measured and how.
"""

from __future__ import annotations

import argparse
import datetime
import math
import os
from typing import Any

from bench import bars, keep, roofline, starting
from bench.frameworks import FRAMEWORKS
from bench.turns import TOLERANCE, Measured, Runner, difference, measure, printed_by
from bench.work import Work, catalogue, flops, traffic
from workshop.paths import ROOT


def fraction_of(work: Work, limits: dict[str, float], seconds: float) -> float:
    """What part of the machine's arithmetic, or of its bandwidth for works without products, a time stands for."""
    if flops(work):
        return flops(work) / seconds / limits["flops"]
    reads, writes = traffic(work)
    return (reads + writes) / seconds / limits[f"{'copy' if writes else 'read'} {reads}"]


def show(work: Work, results: dict[str, Measured], limits: dict[str, float], threads: int) -> list[bars.Judged]:
    """Print all about one work; returns its bars."""
    ours = results["ours"]
    if ours.problem:
        print(f"{work.name}: {ours.problem}\n")
        return [bars.Judged("done at all", 1, 0, 0)]
    (median, least), amounts = ours.times, ours.counted
    print(
        f"{work.name}, {threads} thread(s): {fraction_of(work, limits, median):.0%} / "
        f"{fraction_of(work, limits, least):.0%} of the machine's {'arithmetic' if flops(work) else 'bandwidth'}; "
        f"{amounts['kernels']} kernels, {amounts['bytes'] / 1e6:.1f} MB, {amounts['flops'] / 1e6:.1f} MFLOP"
    )
    for name, result in results.items():
        print(f"  {FRAMEWORKS[name].title:20} {result.problem or row(result, ours, threads)}")
    done = {name: result for name, result in results.items() if not result.problem}
    seconds = {name: result.times for name, result in done.items()}
    if rivals := [times for name, times in seconds.items() if name != "ours"]:
        best = [min(times) / own for times, own in zip(zip(*rivals), ours.times)]
        print(f"  the best of them: {best[0]:.2f} / {best[1]:.2f} times ours")
    judged = bars.judge(work.group, threads, seconds, lambda _, own: fraction_of(work, limits, own))
    judged += disagreements(done)
    print(*(f"  {judgement}" for judgement in judged), "", sep="\n", flush=True)
    return judged


def row(result: Measured, ours: Measured, threads: int) -> str:
    """The times of one framework, and how often ours fit into them."""
    (median, least), own = result.times, ours.times
    text = f"{median * 1e3:10.3f} / {least * 1e3:.3f} ms   first {result.first:6.2f} s"
    if result is not ours:
        text += f"   {median / own[0]:6.2f} / {least / own[1]:.2f} times ours"
    return text + (f"   {result.processors:.1f} processors!" if result.processors > threads + 0.2 else "")


def disagreements(done: dict[str, Measured]) -> list[bars.Judged]:
    """Print by how much results differ; a bar that is missed for each framework that has others than we."""
    apart = {name: difference(done["ours"].digests, other.digests) for name, other in done.items() if name != "ours"}
    if apart:
        print(f"  results differ by at most {max(apart.values()):.0e} of their size")
    wrong = [name for name, amount in apart.items() if amount > TOLERANCE]
    return [bars.Judged(f"results like those of {FRAMEWORKS[name].title}", 1, 0, 0) for name in wrong]


def mean_of_squares(found: dict[str, list[bars.Judged]]) -> list[bars.Judged]:
    """The geometric mean of our ratios for all square products, as a bar of its own."""
    ratios = [
        (judged.median, judged.least)
        for name, all_ in found.items()
        for judged in all_
        if catalogue()[name].group == "square" and judged.bar == "NumPy or PyTorch"
    ]
    means = [math.exp(sum(map(math.log, kind)) / len(ratios)) for kind in zip(*ratios)]
    return [bars.Judged("mean over NumPy or PyTorch", bars.SQUARES, *means)] if ratios else []


def measure_all(options: argparse.Namespace, threads: int) -> tuple[dict[str, Any], dict[str, list[bars.Judged]]]:
    """All works on so many threads: their numbers, to be kept, and their bars."""
    limits = printed_by("limits", threads, threads=threads)
    print(f"limits on {threads} thread(s): {limits['flops'] / 1e9:.0f} GFLOP/s; " + bandwidths(limits) + "\n")
    there = [FRAMEWORKS[name] for name in options.frameworks if FRAMEWORKS[name].folder(options.peers) is not None]
    runners = [Runner(framework, threads, options.peers, patience=options.patience) for framework in there]
    kept: dict[str, Any] = {}
    found: dict[str, list[bars.Judged]] = {}
    try:
        for name in options.works:
            work = catalogue()[name]
            results = measure(work, runners, options.rounds, options.seconds)
            found[name] = show(work, results, limits, threads)
            kept[name] = {
                name: vars(result) | ({"times": result.times} if not result.problem else {})
                for name, result in results.items()
            }
    finally:
        for runner in runners:
            runner.stop()
    return {"limits": limits, "works": kept}, found


def bandwidths(limits: dict[str, float]) -> str:
    return ", ".join(
        f"{name.split()[0]} of {int(name.split()[1]) / 1e6:.0f} MB {value / 1e9:.0f} GB/s"
        for name, value in limits.items()
        if name != "flops"
    )


def start_up(options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """First steps, imports and memory of the networks that were asked for."""
    networks = [name for name in options.works if catalogue()[name].is_network]
    found = {name: starting.first_steps(name, options.threads[-1], options.peers) for name in networks}
    for name, about in found.items():
        parts = [f"{what} {v / 1e6:.0f} MB" if "memory" in what else f"{what} {v:.2f} s" for what, v in about.items()]
        print(f"{name}, beginning: {', '.join(parts)}")
    imported = starting.imports()
    return {"first steps": found, "import": imported}, starting.judged(found, imported)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.run", description=__doc__)
    parser.add_argument("works", nargs="*", help=f"of {', '.join(catalogue())}; or how their names begin; else all")
    parser.add_argument("--threads", type=int, nargs="+", default=sorted({1, os.cpu_count() or 1}))
    parser.add_argument("--rounds", type=int, default=7, help="turns that each framework has")
    parser.add_argument("--seconds", type=float, default=0.1, help="a turn's length")
    parser.add_argument("--patience", type=float, default=120, help="seconds for a framework to be ready for a work")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter turns, less patience, no first steps")
    parser.add_argument("--peers", action="append", default=[], help="a folder of packages; can be given several times")
    parser.add_argument("--frameworks", nargs="+", choices=FRAMEWORKS, default=list(FRAMEWORKS), metavar="NAME")
    options = parser.parse_args()
    names = list(catalogue())
    unknown = [word for word in options.works if not any(name.startswith(word) for name in names)]
    if unknown:
        parser.error(f"there is no work {unknown[0]!r}")
    options.works = [name for name in names if any(map(name.startswith, options.works or [""]))]
    options.frameworks = list(dict.fromkeys(["ours", *options.frameworks]))
    options.peers = options.peers or [str(ROOT / ".peers"), *map(str, (ROOT / "build" / "peers").glob("*"))]
    if options.quick:
        options.rounds, options.seconds, options.patience = 3, 0.05, 30
    return options


def main() -> None:
    options = parsed()
    for name in options.frameworks:
        if FRAMEWORKS[name].folder(options.peers) is None:
            print(f"{FRAMEWORKS[name].title}: not installed (see bench/README.md)")
    results: dict[str, Any] = {
        "date": f"{datetime.datetime.now():%Y-%m-%d %H:%M}",
        "machine": keep.machine(),
        "versions": keep.versions(options.peers),
        "limits": {},
        "works": {},
    }
    print(*(f"{what}: {value}" for part in ("machine", "versions") for what, value in results[part].items()), sep="; ")
    print("times are median / least; a ratio above 1 means that we are faster\n")
    judged: list[str] = []
    for threads in options.threads:
        about, found = measure_all(options, threads)
        results["limits"][str(threads)], results["works"][str(threads)] = about["limits"], about["works"]
        found["squares"] = mean_of_squares(found)
        judged += [f"{name}, {threads} thread(s), {bar}" for name, all_ in found.items() for bar in all_]
    if not options.quick:
        results["starting"], lines = start_up(options)
        judged += lines
    for line in sorted((line for line in judged if not line.endswith("reached")), key=lambda line: line.split()[-1]):
        print(line)
    counts = {verdict: sum(line.endswith(verdict) for line in judged) for verdict in ("reached", "unclear", "BELOW")}
    print("bars:", ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    print(f"kept in {keep.keep(results)}; picture in {roofline.draw(results)}")


if __name__ == "__main__":
    main()
