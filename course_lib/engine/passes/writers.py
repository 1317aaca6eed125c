"""A kernel's program becomes C, with the passes that are on."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from .. import provenance
from ..counters import cost_of
from ..lower import Program
from ..render import Renderer, c_function, render_c, with_helpers
from . import contract, horizontal, is_on, phases, vectors
from .flatten import flatten
from .lanes import LaneRenderer
from .short import write_out
from .split import split
from .threads import ThreadRenderer
from .totals import in_passing

NUMBERS = 6  # that are kept with a kernel: its cost, and how much scratch memory it needs


@cache
def _composed(lanes: bool, threads: bool) -> type[Renderer]:
    """One class with the methods of several: what is shared out among threads may be summed up in lanes inside."""
    bases = (*([ThreadRenderer] if threads else []), *([LaneRenderer] if lanes else []), Renderer)
    return type("Writer", bases, {})


def chosen() -> type[Renderer]:
    """``Renderer`` with what the passes add to it."""
    return _composed(is_on("lanes"), is_on("threads"))


class Written(NamedTuple):
    """The text of a kernel, and how many floats of scratch memory it needs: in all, and besides for each thread."""

    text: str
    shared: int = 0
    own: int = 0


def write(program: Program, key: str) -> Written:
    """The C function ``k_<key>``, as fast as the passes can make it.

    Where somebody has replaced a part of the compiler (``provenance.py``) only *lanes* and *threads* are used.
    """
    if provenance.version() == 0:
        if is_on("horizontal") and (text := horizontal.render(program, key)) is not None:
            return Written(text)
        if is_on("split"):
            program = split(program)
        if is_on("contract") and (made := contract.render(program, chosen())) is not None:
            lines, shared, own = made
            definitions = vectors.definitions(vectors.lanes())
            return Written(f"{definitions}\nWITH_FMA {c_function(program, key, lines)}", shared, own)
        if is_on("split"):
            program = write_out(program)
        if is_on("rows") and (lines := phases.render(program, chosen())) is not None:
            return Written(c_function(program, key, lines))
        if is_on("flatten"):
            program = flatten(program)
        if is_on("totals"):
            program = in_passing(program)
    return Written(render_c(program, key, chosen()))


def text_of(program: Program, key: str) -> str:
    """What is compiled for a kernel: its function, those that it calls, and the numbers that are kept with it."""
    written, cost = write(program, key), cost_of(program)
    numbers = (cost.reads, cost.writes, cost.flops, cost.bytes, written.shared, written.own)
    kept = f"const int64_t n_{key}[{NUMBERS}] = {{{', '.join(map(str, numbers))}}};"
    return with_helpers(f"{written.text}\n{kept}\n")
