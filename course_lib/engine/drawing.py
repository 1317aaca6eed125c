"""Graphs of UOps as SVG: boxes and lines that read well on light and on dark pages.

All boxes are opaque with dark text, so that the page's colour does not matter to them, and lines are of a grey that
stands out from white and from black. The colours are from Okabe and Ito (2008), who chose them for all kinds of eyes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from .describe import argument, kind_of, last_of
from .rewrite import value_of
from .sugiyama import Layout, Point, arrange, ports
from .uop import IDENTITIES, MOVEMENT, Ops, UOp, toposort

LETTER, LINE, MARGIN = 7.25, 16.0, 8.0  # a letter's width, a line's height, space around text
LONGEST = 30  # letters of an argument

LINES, INK, FAINT, MEMORY = "#7d8590", "#1b1f24", "#57606a", "#0072b2"
# kind of operation: its colour, a tint of that for the box, and its name in the legend
KINDS = {
    "memory": (MEMORY, "#d6e7f5", "numbers in memory"),
    "number": ("#8a8f98", "#eceef0", "numbers known before"),
    "same": ("#56b4e9", "#eef8fe", "the same numbers"),
    "movement": ("#d8c400", "#fdf9d6", "another arrangement"),
    "element": ("#009e73", "#d9f2e9", "element by element"),
    "reduce": ("#d55e00", "#fbe2d2", "many to one"),
    "position": ("#cc79a7", "#f8e6f0", "by position"),
}
OTHERS = {
    Ops.REDUCE: "reduce",
    Ops.SCAN: "reduce",
    Ops.ACCUMULATE: "reduce",
    Ops.RUNNING: "reduce",
    Ops.GATHER: "position",
    Ops.SCATTER: "position",
    Ops.ARGSORT: "position",
    Ops.CHECKED: "position",
    **dict.fromkeys((Ops.BUFFER, Ops.PARAM, Ops.LOAD), "memory"),
    **dict.fromkeys((Ops.CONST, Ops.IOTA, Ops.SCALAR, Ops.RANGE), "number"),
    **dict.fromkeys(IDENTITIES, "same"),
    **dict.fromkeys(MOVEMENT, "movement"),
}


def colour_kind(node: UOp) -> str:
    """Which of ``KINDS`` an operation belongs to."""
    return OTHERS.get(node.op, "element")


@dataclass
class Canvas:
    """SVG in the making.

    Attributes
    ----------
    parts: the drawing's elements; what comes later lies above.
    """

    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, colour: str = INK, weight: str = "") -> None:
        bold = f' font-weight="{weight}"' if weight else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}"{bold}>{escape(words, quote=False)}</text>')

    def rectangle(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        line: str = "",
        thick: float = 1,
        more: str = "",
    ) -> None:
        stroke = f' stroke="{line}" stroke-width="{thick:g}"' if line else ""
        place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
        self.parts.append(f'<rect {place} rx="4" fill="{fill}"{stroke}{more}/>')

    def line(self, points: Sequence[Point], arrow: bool = True, dashed: bool = False) -> None:
        """A line through points, upright at each of them."""
        (x, y), *rest = points
        path = [f"M{x:.1f} {y:.1f}"]
        for x2, y2 in rest:
            if abs(x2 - x) < 0.5:
                path.append(f"V{y2:.1f}")
            elif y2 - y > 0.5:
                middle = (y + y2) / 2
                path.append(f"C{x:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}")
            x, y = x2, y2
        more = ' stroke-dasharray="2 3"' if dashed else ""
        self.parts.append(f'<path d="{"".join(path)}" fill="none" stroke="{LINES}" stroke-width="1.3"{more}/>')
        if arrow:
            self.parts.append(f'<path d="M{x - 3.5:.1f} {y - 7:.1f}h7l-3.5 6.5z" fill="{LINES}"/>')

    def tab(self, x: float, y: float, words: str, colour: str) -> float:
        """White words on colour; gives the width."""
        width = len(words) * LETTER + 2 * MARGIN
        self.rectangle(x, y, width, 20, colour)
        self.text(x + MARGIN, y + 14, words, "#ffffff", "bold")
        return width

    def group(self, part: Part, x: float, y: float) -> None:
        """A piece that was drawn before, moved."""
        self.parts += [f'<g transform="translate({x:.1f} {y:.1f})">', *part.parts, "</g>"]

    def svg(self, width: float, height: float, title: str, margin: float = 8) -> str:
        box = f"{-margin:g} {-margin:g} {width + 2 * margin:.0f} {height + 2 * margin:.0f}"
        font = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"
        words = escape(title)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" width="{width + 2 * margin:.0f}" '
            f'height="{height + 2 * margin:.0f}" role="img" aria-label="{words}" font-family="{font}" font-size="12">'
            f"<title>{words}</title>{''.join(self.parts)}</svg>"
        )


# -- boxes


@dataclass(frozen=True)
class Box:
    """One operation: its number, its name with its argument, and what it gives."""

    number: int
    node: UOp

    @property
    def words(self) -> tuple[str, str, str]:
        extra = argument(self.node)
        extra = extra if len(extra) <= LONGEST else extra[: LONGEST - 3] + "..."
        return self.node.op.name, extra, kind_of(self.node)

    @property
    def size(self) -> tuple[float, float]:
        name, extra, kind = self.words
        first = len(str(self.number)) + 1 + len(name) + bool(extra) + len(extra)
        return max(first, len(kind)) * LETTER + 2 * MARGIN + 5, 2 * LINE + 8

    def draw(self, canvas: Canvas, centre: Point) -> None:
        """Draw the box; numbers that lie in memory make its outline thick and blue."""
        (width, height), (name, extra, kind) = self.size, self.words
        x, y = centre[0] - width / 2, centre[1] - height / 2
        strong, tint, _ = KINDS[colour_kind(self.node)]
        kept = self.node.op is Ops.BUFFER or (self.node.realized is not None and value_of(self.node) is None)
        canvas.parts.append(f'<g class="uop"><title>%{self.number} {escape(repr(self.node))}</title>')
        canvas.rectangle(x, y, width, height, tint, MEMORY if kept else strong, 2.5 if kept else 1)
        canvas.rectangle(x, y, 5, height, strong)
        x += 5 + MARGIN
        canvas.text(x, y + 16, str(self.number), FAINT)
        x_name = x + (len(str(self.number)) + 1) * LETTER
        canvas.text(x_name, y + 16, name, weight="bold")
        if extra:
            canvas.text(x_name + (len(name) + 1) * LETTER, y + 16, extra)
        canvas.text(x, y + 16 + LINE, kind, FAINT)
        canvas.parts.append("</g>")


def draw_legend(canvas: Canvas, kinds: Iterable[str], kept: bool, y: float, width: float) -> tuple[float, float]:
    """What the colours of some kinds mean, at the drawing's foot; gives the width and height needed."""
    kinds = set(kinds)
    entries = [(strong, tint, 1.0, words) for kind, (strong, tint, words) in KINDS.items() if kind in kinds]
    if kept:
        entries.append((MEMORY, "#ffffff", 2.5, "computed already"))
    x, widest, top = 0.0, 0.0, y
    for strong, tint, thick, words in entries:
        wide = len(words) * LETTER + 2 * MARGIN
        if x and x + wide > max(width, 400):
            x, y = 0.0, y + 28
        canvas.rectangle(x, y, wide, 20, tint, strong, thick)
        canvas.text(x + MARGIN, y + 14, words, FAINT)
        x += wide + 8
        widest = max(widest, x - 8)
    return widest, y + 22 - top


# -- graphs


@dataclass
class Part:
    """A drawn piece of a larger drawing."""

    parts: list[str]
    width: float
    height: float


def draw_boxes(roots: Sequence[UOp]) -> tuple[Part, list[UOp], int]:
    """The boxes of a graph and the lines between them, the nodes drawn, and how many are left out."""
    order = toposort(roots)
    numbers = {node: number for number, node in enumerate(order)}
    shown = last_of(order)
    inside = set(shown)
    boxes = {node: Box(numbers[node], node) for node in shown}
    sources = {node: [source for source in node.src if source in inside] for node in shown}
    places = {node: list(zip(node.src, ports(box.size[0], len(node.src)))) for node, box in boxes.items()}
    arrive = {node: [x for source, x in places[node] if source in inside] for node in shown}
    plan = arrange(sources, {node: box.size for node, box in boxes.items()}, arrive=arrive)
    canvas = Canvas()
    for node, box in boxes.items():
        x, y = plan.centres[node][0], plan.centres[node][1] - box.size[1] / 2
        for source, port in places[node]:
            if source not in inside:
                canvas.line([(x + port, y - 22), (x + port, y)], dashed=True)
    draw_plan(canvas, plan, boxes)
    return Part(canvas.parts, plan.width, plan.height), shown, len(order) - len(shown)


def draw_plan(canvas: Canvas, plan: Layout, boxes: dict[UOp, Box]) -> None:
    """Lines, then boxes above them."""
    for (_, target, _), points in plan.routes.items():
        canvas.line(points, arrow=target in boxes)
    for node, box in boxes.items():
        box.draw(canvas, plan.centres[node])


def draw_note(canvas: Canvas, x: float, y: float, words: str) -> float:
    """What is left out, in a dashed box; gives the width."""
    width = len(words) * LETTER + 2 * MARGIN
    canvas.rectangle(x, y, width, 22, "#eceef0", LINES, 1, ' stroke-dasharray="3 3"')
    canvas.text(x + MARGIN, y + 15, words, FAINT)
    return width


def draw_graphs(graphs: Sequence[tuple[str, Sequence[UOp]]], title: str) -> str:
    """Graphs side by side as SVG, each under its heading if it has one."""
    canvas = Canvas()
    x, height = 0.0, 0.0
    drawn: list[UOp] = []
    for heading, roots in graphs:
        part, shown, hidden = draw_boxes(roots)
        y, width = 0.0, part.width
        if heading:
            width = max(width, canvas.tab(x, y, heading, FAINT))
            y += 32
        if hidden:
            width = max(width, draw_note(canvas, x, y, f"... {hidden:,} more above"))
            y += 48
        canvas.group(part, x, y)
        drawn += shown
        height = max(height, y + part.height)
        x += width + 48
    width = max(x - 48, 0.0)
    kept = any(node.realized is not None and value_of(node) is None and node.op is not Ops.BUFFER for node in drawn)
    wide, high = draw_legend(canvas, map(colour_kind, drawn), kept, height + 24, width)
    return canvas.svg(max(width, wide), height + 24 + high, title)
