"""``course data``: which sets are there, and fetching others ahead of time."""

from __future__ import annotations

import sys

from course_lib.datasets import files
from course_lib.datasets.download import Unreachable
from course_lib.datasets.entries import DataError, Entry, registry


def main(names: list[str]) -> int:
    """List all sets, or fetch those named (``all``: every one); the exit status is 0 if all went well."""
    known = registry()
    if unknown := [name for name in names if name not in known and name != "all"]:
        print(f"course: there is no data set {unknown[0]!r}: choose from {', '.join(known)}, or all", file=sys.stderr)
        return 2
    if not names:
        print(table())
        return 0
    chosen = known if "all" in names else dict.fromkeys(names)
    return max([_fetch(known[name]) for name in chosen])


def table() -> str:
    """A line for each set: its name, how large its files are, where they lie, and its licence."""
    rows = [("name", "size", "where", "licence")]
    rows += [(name, _size(entry), _where(entry), entry.licence) for name, entry in registry().items()]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = ["  ".join([*(cell.ljust(w) for cell, w in zip(row, widths)), row[3]]).rstrip() for row in rows]
    lines.append(
        '\nWhat is not here is fetched when it is first loaded, or ahead of time: make data ARGS="mnist names"'
    )
    return "\n".join(lines)


def _size(entry: Entry) -> str:
    if not entry.files:
        return "-"
    if entry.any_of:
        return _megabytes(max(file.bytes for file in entry.files))
    return _megabytes(sum(file.bytes for file in entry.files)) if all(file.bytes for file in entry.files) else "?"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def _where(entry: Entry) -> str:
    if not entry.files:
        return "always there"
    folder = files.lies(entry)
    if folder is None:
        return "not here"
    return "the cache" if folder.is_relative_to(files.CACHE) else "COURSE_DATA"


def _fetch(entry: Entry) -> int:
    if not entry.files:
        print(f"{entry.name}: always there, nothing to fetch")
        return 0
    try:
        found = files.gather(entry)
    except (DataError, Unreachable) as error:
        print(f"course: {entry.name} could not be had: {error}", file=sys.stderr)
        return 1
    print(f"{entry.name}: {found.source(entry)} ({found.path})")
    return 0
