"""What has changed between two runs that were kept: ``python -m bench.compare last-1 last``."""

from __future__ import annotations

import argparse
from typing import Any

from bench.keep import kept

CHANGED = 0.05  # the part of a time by which medians and least times must both differ


def ours_and_best(result: dict[str, Any]) -> tuple[float, float, float]:
    """Our median and least time, and the median of the fastest peer over ours (0 without one)."""
    median, least = result["ours"]["times"]
    peers = [other["times"][0] for name, other in result.items() if name != "ours" and "times" in other]
    return median, least, min(peers) / median if peers else 0.0


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """A line for each work that both runs have."""
    lines = []
    for threads, works in after["works"].items():
        for name, result in works.items():
            old = before["works"].get(threads, {}).get(name)
            if old is None or "times" not in old.get("ours", {}) or "times" not in result.get("ours", {}):
                continue
            (m0, l0, r0), (m1, l1, r1) = ours_and_best(old), ours_and_best(result)
            slower = m1 > m0 * (1 + CHANGED) and l1 > l0 * (1 + CHANGED)
            faster = m0 > m1 * (1 + CHANGED) and l0 > l1 * (1 + CHANGED)
            mark = "SLOWER" if slower else "faster" if faster else ""
            lines.append(
                f"{name:22} {threads:>2} thread(s)  {m0 * 1e3:9.3f} → {m1 * 1e3:9.3f} ms  "
                f"least {l0 * 1e3:9.3f} → {l1 * 1e3:9.3f}  best peer {r0:5.2f} → {r1:5.2f}  {mark}"
            )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.compare", description=__doc__)
    parser.add_argument("before", help="a kept file, how its name begins, or last-1")
    parser.add_argument("after", nargs="?", default="last")
    options = parser.parse_args()
    before, after = kept(options.before), kept(options.after)
    for what in ("date", "machine", "versions"):
        if before[what] != after[what]:
            print(f"{what}: {before[what]}\n   → {after[what]}")
    print("\n".join(compare(before, after)) or "the runs have no work in common")


if __name__ == "__main__":
    main()
