"""Schedules as SVG: a frame for each kernel, and between the frames the memory that they write and read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .describe import short, summary
from .drawing import (
    FAINT,
    KINDS,
    LETTER,
    LINE,
    MARGIN,
    MEMORY,
    Box,
    Canvas,
    Part,
    colour_kind,
    draw_legend,
    draw_note,
    draw_plan,
)
from .reports import memory_names, read_nodes, reads_of, writes_of
from .signature import kernel_body
from .strides import Shape
from .sugiyama import Point, arrange, ports
from .uop import UOp

if TYPE_CHECKING:
    from .device import Buffer
    from .planning import ScheduleItem

MOST_KERNELS = 40  # of a schedule; "... n more" stands for those before them
MOST_OPEN = 120  # boxes inside all kernels; of a larger schedule only the kernels are drawn
COLOURS = ("#0072b2", "#00805c", "#c75300", "#a8527f", "#946600")  # of the frames, in turn; white reads well on them


@dataclass
class Frame:
    """A kernel: what is computed inside, and where lines arrive from memory and leave for it, from its middle."""

    colour: str
    words: str
    inside: Part
    arrive: list[float]
    leave: list[float]

    @property
    def size(self) -> tuple[float, float]:
        title = len(self.words) * LETTER + 2 * MARGIN
        return max(self.inside.width + 28, title), self.inside.height + 20 + 2 * 14

    def draw(self, canvas: Canvas, centre: Point) -> None:
        (width, height) = self.size
        x, y = centre[0] - width / 2, centre[1] - height / 2
        canvas.parts.append('<g class="kernel">')
        canvas.rectangle(x, y, width, height, self.colour, self.colour, 2, ' fill-opacity="0.12"')
        canvas.group(self.inside, centre[0] - self.inside.width / 2, y + 34)
        canvas.tab(x, y, self.words, self.colour)
        canvas.parts.append("</g>")


def open_frame(item: ScheduleItem, words: str, colour: str, numbers: dict[UOp, int]) -> Frame:
    """A kernel with its operations; the first layer holds the places where lines come in, the last where they leave."""
    read = [node for node, _ in read_nodes(item)]
    entries = {node: ("in", place) for place, node in enumerate(read)}
    body = [node for node in kernel_body(item.kernel) if node not in entries]
    sources: dict = {entry: [] for entry in entries.values()}
    for node in body:
        numbers.setdefault(node, len(numbers))
        inside = [source for source in node.src if source in entries or source in sources]
        sources[node] = [entries.get(source, source) for source in inside]
    exits = {("out", place): node for place, (node, _) in enumerate(item.kernel.outputs)}
    sources.update({end: [node] for end, node in exits.items()})
    boxes = {node: Box(numbers[node], node) for node in body}
    sizes = dict.fromkeys((*entries.values(), *exits), (10.0, 0.0)) | {node: box.size for node, box in boxes.items()}
    plan = arrange(sources, sizes, top=list(entries.values()))
    canvas = Canvas()
    arrive, leave = ([plan.centres[end][0] - plan.width / 2 for end in ends] for ends in (entries.values(), exits))
    for x in arrive:
        canvas.line([(x + plan.width / 2, -34), (x + plan.width / 2, 0)], arrow=False)
    for x in leave:
        canvas.line([(x + plan.width / 2, plan.height), (x + plan.width / 2, plan.height + 14)], arrow=False)
    draw_plan(canvas, plan, boxes)
    return Frame(colour, words, Part(canvas.parts, plan.width, plan.height), arrive, leave)


def closed_frame(item: ScheduleItem, words: str, colour: str) -> Frame:
    """A kernel without what is inside it."""
    canvas = Canvas()
    loops = "x".join(map(str, item.kernel.loops)) or "1"
    text = f"{item.kernel.ops} operations, outer loops {loops}"
    width = len(text) * LETTER + 2 * MARGIN
    canvas.rectangle(0, 0, width, 22, "#ffffff", colour)
    canvas.text(MARGIN, 15, text, FAINT)
    arrive = ports(width, len(read_nodes(item)))
    return Frame(colour, words, Part(canvas.parts, width, 22), arrive, ports(width, len(item.kernel.outputs)))


@dataclass(frozen=True)
class Memory:
    """A buffer between kernels."""

    name: str
    buffer: Buffer
    shape: Shape

    @property
    def lines(self) -> tuple[str, str]:
        return str(self.shape), f"{self.buffer.dtype.name}, {short(self.buffer.nbytes)}B"

    @property
    def size(self) -> tuple[float, float]:
        first, second = self.lines
        return max(len(self.name) + 1 + len(first), len(second)) * LETTER + 2 * MARGIN, 2 * LINE + 8

    def draw(self, canvas: Canvas, centre: Point) -> None:
        (width, height), (first, second) = self.size, self.lines
        x, y = centre[0] - width / 2, centre[1] - height / 2
        canvas.parts.append('<g class="memory">')
        canvas.rectangle(x, y, width, height, KINDS["memory"][1], MEMORY, 2.5)
        canvas.text(x + MARGIN, y + 16, self.name, weight="bold")
        canvas.text(x + MARGIN + (len(self.name) + 1) * LETTER, y + 16, first)
        canvas.text(x + MARGIN, y + 16 + LINE, second, FAINT)
        canvas.parts.append("</g>")


def draw_schedule(items: Sequence[ScheduleItem], title: str) -> str:
    """A schedule as SVG: a frame for each kernel, and between them the memory that they write and read.

    What stands in a frame is computed without going through memory. A UOp in two frames is computed twice.
    """
    names = memory_names(items)
    hidden = max(len(items) - MOST_KERNELS, 0)
    roomy = sum(len(kernel_body(item.kernel)) for item in items[hidden:]) <= MOST_OPEN
    numbers: dict[UOp, int] = {}
    sources: dict = {}
    pieces: dict = {}
    arrive: dict = {}
    leave: dict = {}
    for place, item in list(enumerate(items))[hidden:]:
        colour, words = COLOURS[place % len(COLOURS)], f"kernel {place}: {summary(item)}"
        frame = open_frame(item, words, colour, numbers) if roomy else closed_frame(item, words, colour)
        pieces[place], arrive[place] = frame, frame.arrive
        for buffer, shape in reads_of(item):
            sources.setdefault(buffer, [])
            pieces.setdefault(buffer, Memory(names[buffer], buffer, shape))
        sources[place] = [buffer for buffer, _ in reads_of(item)]
        for (buffer, shape), x in zip(writes_of(item), frame.leave):
            sources[buffer], leave[place, buffer] = [place], x
            pieces[buffer] = Memory(names[buffer], buffer, shape)
    plan = arrange(sources, {name: piece.size for name, piece in pieces.items()}, arrive=arrive, leave=leave)
    canvas = Canvas()
    for (_, target, _), points in plan.routes.items():
        canvas.line(points, arrow=target not in arrive)
    for name, piece in pieces.items():
        piece.draw(canvas, plan.centres[name])
    whole, width = Part(canvas.parts, plan.width, plan.height), plan.width
    canvas = Canvas()
    y = 0.0
    if hidden:
        width = max(width, draw_note(canvas, 0, 0, f"... {hidden:,} more kernels above"))
        y = 36.0
    canvas.group(whole, 0, y)
    kinds = {"memory", *map(colour_kind, numbers)}
    wide, high = draw_legend(canvas, kinds, False, y + plan.height + 24, width)
    return canvas.svg(max(width, wide), y + plan.height + 24 + high, title)
