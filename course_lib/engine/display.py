"""Looking at the engine: graphs, schedules, loops and kernels, as drawings and tables in notebooks and as text elsewhere.

Everything here takes a tensor, a UOp, an item of a schedule, or a list of these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .describe import graph_text, schedule_text, schedule_title
from .device import Device
from .drawing import draw_graphs
from .frames import draw_schedule
from .pseudocode import loops_text
from .realize import Schedule, leaves_on, schedule_of
from .rewrite import rewrite
from .simplify import RULES
from .uop import device_of

if TYPE_CHECKING:
    pass

Shown = "Tensor | UOp | ScheduleItem | Sequence[Tensor | UOp | ScheduleItem]"


class View:
    """What a terminal prints as text and a notebook shows as a drawing or as HTML."""

    def __init__(self, text: str, svg: str | None = None, html: str | None = None) -> None:
        self.text, self.svg, self.html = text, svg, html

    def __repr__(self) -> str:
        return self.text

    def _repr_svg_(self) -> str | None:
        return self.svg

    def _repr_html_(self) -> str | None:
        return self.html


def graph(x: Any) -> View:
    """The graph of a tensor or UOp, sources above; the numbers in the boxes are those in the text.

    Parameters
    ----------
    x: what to draw. Of an item of a schedule, the kernel with the memory that it reads and writes.
    """
    if items_among(x):
        return show_schedule(x)
    roots = roots_of(x)
    return View(graph_text(roots), svg=draw_graphs([("", roots)], graph_title(roots)))


def before_and_after(x: Any) -> View:
    """A graph as it was made, and beside it what is left when it has been simplified."""
    roots = roots_of(x)
    device = next(filter(None, map(device_of, roots)), Device.DEFAULT)
    became = rewrite(roots, RULES, leaves_on(device))
    graphs = []
    for word, ends in (("before", roots), ("after", list(dict.fromkeys(became[root] for root in roots)))):
        graphs.append((f"{word}: {len(all_of(ends))} UOps", ends))
    text = "\n\n".join(f"{heading}\n{graph_text(ends)}" for heading, ends in graphs)
    return View(text, svg=draw_graphs(graphs, "; ".join(heading for heading, _ in graphs)))


def schedule(x: Any) -> Schedule:
    """The kernels that would compute a tensor: a list that shows itself as a table."""
    items = items_among(x)
    return items if items else schedule_of(tensors_of(x))


def show_schedule(x: Any) -> View:
    """The kernels that would compute a tensor, each in a frame, and the memory between them."""
    items = schedule(x)
    return View(schedule_text(items), svg=draw_schedule(items, schedule_title(items)))


def loops(x: Any) -> View:
    """The loops of kernels in words, as they are before a language's rules are put on them."""
    return listing((item, loops_text(item)) for item in schedule(x))


def source(x: Any) -> View:
    """The text of kernels in their device's language, coloured in a notebook."""
    return listing(((item, item.source) for item in schedule(x)), coloured=True)
