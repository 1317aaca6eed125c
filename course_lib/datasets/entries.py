"""The registry of data sets, ``datasets/registry.toml``: what is known of each before it is loaded."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "datasets" / "registry.toml"


@dataclass(frozen=True)
class Entry:
    """One set's facts: its full ``title``, number of ``rows``, ``source``, ``licence``, ``citation`` and ``unit``."""

    title: str
    rows: int
    source: str
    licence: str
    citation: str
    unit: str = ""


@functools.cache
def registry() -> dict[str, Entry]:
    """All entries, by the name that a set goes by."""
    return {name: Entry(**facts) for name, facts in tomllib.loads(FILE.read_text(encoding="utf-8")).items()}
