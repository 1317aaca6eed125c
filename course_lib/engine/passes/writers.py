"""The class that writes a kernel's loops, with the passes that are on."""

from __future__ import annotations

from functools import cache

from ..render import Renderer
from . import is_on
from .lanes import LaneRenderer
from .threads import ThreadRenderer


@cache
def _composed(lanes: bool, threads: bool) -> type[Renderer]:
    bases = (*([ThreadRenderer] if threads else []), *([LaneRenderer] if lanes else []), Renderer)
    return type("Writer", bases, {})


def chosen() -> type[Renderer]:
    """``Renderer`` with what the passes add to it."""
    return _composed(is_on("lanes"), is_on("threads"))
