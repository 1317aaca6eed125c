"""Looking at the engine: graphs, schedules, loops and kernels, as drawings and tables in notebooks, elsewhere as text.

Everything here takes a tensor, a UOp or an item of a schedule, or a list of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from .counters import Counters
from .describe import counter_rows, graph_text, kind_of, summary
from .device import Device
from .drawing import draw_graphs
from .frames import draw_schedule
from .planning import Schedule, ScheduleItem, leaves_on
from .pseudocode import loops_text
from .realize import schedule_of
from .reports import HEAD, schedule_rows, schedule_text, schedule_title
from .rewrite import rewrite
from .simplify import RULES
from .uop import UOp, device_of, toposort

if TYPE_CHECKING:
    from .tensor import Tensor

# Colours of program text, all about as far from white as from black. What they colour is named as pygments does.
CODE_COLOURS = {
    "Keyword": "#1f7fc4",
    "Keyword.Type": "#1f7fc4",
    "Name.Function": "bold #0a8a66",
    "Literal.Number": "#c75300",
    "Literal.String": "#0a8a66",
    "Comment": "italic #808080",
    "Comment.Preproc": "noitalic #9a7000",
}


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


# -- for lessons


def graph(x: Any) -> View:
    """The graph of a tensor or UOp, sources above; of an item of a schedule, its kernel and the memory around it.

    The numbers in the boxes are those in the text. Of a large graph only the end is shown.
    """
    each = listed(x)
    if any(isinstance(one, ScheduleItem) for one in each):
        return show_schedule(x)
    roots = [uop_of(one) for one in each]
    return View(graph_text(roots), svg=draw_graphs([("", roots)], graph_title(roots)))


def before_and_after(x: Any) -> View:
    """A graph as it was made, and beside it what is left of it once it is simplified."""
    roots = [uop_of(one) for one in listed(x)]
    device = next(filter(None, map(device_of, roots)), Device.DEFAULT)
    became = rewrite(roots, RULES, leaves_on(device))
    graphs = []
    for word, ends in (("before", roots), ("after", [became[root] for root in roots])):
        graphs.append((f"{word}: {len(toposort(ends))} UOps", ends))
    text = "\n\n".join(f"{heading}\n{graph_text(ends)}" for heading, ends in graphs)
    return View(text, svg=draw_graphs(graphs, ", ".join(heading for heading, _ in graphs)))


def schedule(x: Any) -> Schedule:
    """The kernels that would compute a tensor: a list that shows itself as a table."""
    each = listed(x)
    items = [one for one in each if isinstance(one, ScheduleItem)]
    return Schedule([*items, *schedule_of([tensor_of(one) for one in each if not isinstance(one, ScheduleItem)])])


def show_schedule(x: Any) -> View:
    """The kernels that would compute a tensor, each in a frame, and the memory that they write and read."""
    items = schedule(x)
    return View(schedule_text(items), svg=draw_schedule(items, schedule_title(items)))


def loops(x: Any) -> View:
    """The loops of kernels in words, before a language's rules and any tricks are put on them."""
    return listing([(item, loops_text(item)) for item in schedule(x)])


def source(x: Any) -> View:
    """The text of kernels in their device's language."""
    return listing([(item, item.source) for item in schedule(x)], code=True)


# -- what they are given


def listed(x: Any) -> list:
    return list(x) if isinstance(x, list | tuple) else [x]


def uop_of(x: Tensor | UOp) -> UOp:
    return x if isinstance(x, UOp) else x.uop


def tensor_of(x: Tensor | UOp) -> Tensor:
    from .tensor import Tensor

    return Tensor._of(x, device_of(x) or Device.DEFAULT) if isinstance(x, UOp) else x


def graph_title(roots: Sequence[UOp]) -> str:
    """A graph in one sentence, for those who cannot see it."""
    ends = " and ".join(f"{root.op.name}, {kind_of(root)}" for root in roots)
    return f"A graph of {len(toposort(roots))} UOps that ends in {ends}"


# -- HTML


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in HTML; the page decides on its colours."""
    style = 'style="text-align: left; vertical-align: top; padding: 2px 12px 2px 0"'
    lines = ["".join(f"<td {style}>{escape(cell)}</td>" for cell in row) for row in rows]
    top = "".join(f"<th {style}>{escape(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    caption = f"<caption {style}>{escape(title)}</caption>"
    return f"<table>{caption}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def schedule_html(items: Sequence[ScheduleItem]) -> str:
    """A schedule as a table, a row for each kernel."""
    return table(schedule_title(items), HEAD if items else (), schedule_rows(items))


def counters_html(counters: Counters) -> str:
    return table("Since the last reset", (), counter_rows(counters))


def listing(texts: Sequence[tuple[ScheduleItem, str]], code: bool = False) -> View:
    """Texts of kernels, under headings if there are several; ``code`` if they are in C or OpenCL C."""
    plain, html = [], []
    for number, (item, text) in enumerate(texts):
        heading = f"kernel {number}: {summary(item)}"
        if len(texts) > 1:
            plain.append(f"{'//' if code else '#'} {heading}")
            html.append(f"<b>{escape(heading)}</b>")
        plain.append(text.rstrip())
        html.append(code_html(text) if code else f"<pre>{escape(text)}</pre>")
    return View("\n".join(plain) or "nothing to compute", html="".join(html) or "nothing to compute")


def code_html(text: str) -> str:
    """Text in C or OpenCL C as HTML, in colours if pygments is there."""
    try:
        from pygments import highlight, token
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import CLexer
        from pygments.style import Style
    except ImportError:
        return f"<pre>{escape(text)}</pre>"
    styles = {token.string_to_tokentype(name): colour for name, colour in CODE_COLOURS.items()}
    style = type("CodeStyle", (Style,), {"styles": styles})
    return highlight(text, CLexer(), HtmlFormatter(style=style, noclasses=True, nobackground=True))
