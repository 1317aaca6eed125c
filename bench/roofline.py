"""A picture of how near each work comes to what the machine can do: arithmetic for each byte, against speed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.keep import FOLDER
from bench.work import catalogue, flops


def draw(results: dict[str, Any]) -> Path:
    """One panel for each number of threads; every work is a point below the roof of bandwidth and arithmetic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7 * len(results["works"]), 6), layout="constrained")
    panels = figure.subplots(1, len(results["works"]), squeeze=False)[0]
    for panel, (threads, works) in zip(panels, results["works"].items()):
        limits = results["limits"][threads]
        reads = {int(name.split()[1]): value for name, value in limits.items() if name.startswith("read")}
        for size, style in ((min(reads), "--"), (max(reads), "-")):
            intensities = [1 / 16, limits["flops"] / reads[size], 512]
            roof = [min(limits["flops"], reads[size] * intensity) / 1e9 for intensity in intensities]
            panel.plot(intensities, roof, style, color="gray", label=f"read of {size / 1e6:.0f} MB, then multiply-add")
        for name, result in works.items():
            counted = result["ours"].get("counted")
            if counted and "times" in result["ours"]:
                amount = flops(catalogue()[name]) or counted["flops"]
                place = amount / counted["bytes"], amount / result["ours"]["times"][0] / 1e9
                panel.plot(*place, "o", color="tab:blue")
                panel.annotate(name, place, textcoords="offset points", xytext=(4, 3), fontsize=6)
        panel.set(xscale="log", yscale="log", xlabel="operations for each byte of buffers", ylabel="GFLOP/s")
        panel.set_title(f"{threads} thread(s)")
        panel.legend(loc="lower right", fontsize=7)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / "roofline.svg"
    figure.savefig(path)
    return path
