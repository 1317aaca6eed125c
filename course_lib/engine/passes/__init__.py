"""Passes: each makes kernels faster in one way, and can be left out without changing a result beyond rounding.

``COURSE_PASSES`` in the environment says which are on: ``all`` (also if it is not set), ``none``, or names separated by
commas.
"""

from __future__ import annotations

import os

NAMES = (
    "batch",
    "contract",
    "flatten",
    "horizontal",
    "join",
    "lanes",
    "layout",
    "memory",
    "rows",
    "split",
    "threads",
    "tiles",
    "totals",
    "wide",
)


def is_on(name: str) -> bool:
    """Whether a pass is to be used now."""
    wanted = os.environ.get("COURSE_PASSES", "all")
    return wanted == "all" or name in wanted.split(",")


def choice() -> str:
    """The passes that are on, as text: kernels made with other passes are other kernels."""
    return "".join("1" if is_on(name) else "0" for name in NAMES)
