"""Where the boxes of a drawn graph go: layers from the top down, few crossings, short lines.

The steps are Sugiyama's (1981). A box stands one layer above the highest of those that use it. A line that passes
layers goes through a point in each. The order within the layers is improved by sweeps up and down, and then every
box moves as near as it can to those it is connected with.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float]
Size = tuple[float, float]

GAP_X, GAP_Y = 16.0, 30.0  # between boxes, and between layers
BEND = 10.0  # the width that a passing line takes in a layer
LONG = 6  # layers
SWEEPS = 12


@dataclass
class Layout:
    """A graph in the plane, with y growing downwards.

    Attributes
    ----------
    centres: the middle of each box.
    routes: for each line, named by its source, its target and its place among the target's sources, the points it
        passes; between them it runs straight down and sideways by turns.
    """

    centres: dict[Hashable, Point]
    routes: dict[tuple[Hashable, Hashable, int], list[Point]]
    width: float
    height: float


@dataclass(eq=False)
class _Spot:
    """A box, or a point where a line passes a layer."""

    width: float
    height: float
    above: list[tuple[_Spot, float]] = field(default_factory=list)  # neighbours, and how far to the right they wish it
    below: list[tuple[_Spot, float]] = field(default_factory=list)
    x: float = 0.0
    tall: int = 1  # how many layers the longest chain has that ends here


def depths(sources: Mapping[Hashable, Sequence[Hashable]]) -> dict[Hashable, int]:
    """For each node how many steps lie on the longest way from it to a result; a node comes after its sources."""
    depth = dict.fromkeys(sources, 0)
    for node in reversed(sources):
        for source in sources[node]:
            depth[source] = max(depth[source], depth[node] + 1)
    return depth


def ports(width: float, count: int) -> list[float]:
    """Where lines arrive at the top of a box, from its middle."""
    step = min(width / (count + 1), 26.0)
    return [(place - (count - 1) / 2) * step for place in range(count)]


def arrange(
    sources: Mapping[Hashable, Sequence[Hashable]],
    sizes: Mapping[Hashable, Size],
    top: Collection[Hashable] = (),
    arrive: Mapping[Hashable, Sequence[float]] | None = None,
    leave: Mapping[tuple[Hashable, Hashable], float] | None = None,
) -> Layout:
    """Place the boxes of a graph.

    Parameters
    ----------
    sources: for each node those it is made from, in an order in which sources come first.
    sizes: width and height of each box.
    top: nodes without sources that are to stand above all others.
    arrive: for some nodes where their lines arrive, from the middle of the box.
    leave: for some (source, target) where the line leaves the source, from the middle of its box.
    """
    depth = depths(sources)
    depth.update(dict.fromkeys(top, max((depth[n] for n in sources if n not in top), default=-1) + 1))
    layers: list[list[_Spot]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    spots = {node: _Spot(*sizes[node]) for node in sources}
    passing: dict[tuple[Hashable, int], _Spot] = {}  # lines from one source share their points
    lines: list[tuple[Hashable, Hashable, int, float, float]] = []
    for node in reversed(sources):
        layers[depth[node]].append(spots[node])
        given = (arrive or {}).get(node)
        offsets = given if given is not None else ports(sizes[node][0], len(sources[node]))
        for place, (source, offset) in enumerate(zip(sources[node], offsets)):
            start = (leave or {}).get((source, node), 0.0)
            lines.append((source, node, place, start, offset))
            lower, wish = spots[node], offset
            for layer in range(depth[node] + 1, depth[source]):
                upper = passing.get((source, layer))
                new = upper is None
                if upper is None:
                    upper = passing[source, layer] = _Spot(BEND, 0.0)
                    layers[layer].append(upper)
                _connect(upper, lower, wish)
                lower, wish = upper, 0.0
                if not new:
                    break
            else:
                _connect(spots[source], lower, wish - start)
    layers.reverse()
    layers = _ordered(layers)
    _spread(layers)
    return _measured(layers, depth, spots, passing, lines)


def _connect(upper: _Spot, lower: _Spot, wish: float) -> None:
    upper.below.append((lower, wish))
    lower.above.append((upper, -wish))


def _crossings(layers: list[list[_Spot]]) -> int:
    """How many pairs of lines cross."""
    total = 0
    for upper, lower in pairwise(layers):
        place = {spot: number for number, spot in enumerate(lower)}
        seen: list[float] = []
        for spot in upper:
            ends = sorted(place[other] + wish / 1e5 for other, wish in spot.below)
            total += sum(len(seen) - bisect_left(seen, end + 1e-9) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _ordered(layers: list[list[_Spot]]) -> list[list[_Spot]]:
    """The layers, each in the order that made the fewest crossings: by where neighbours are, sweeping up and down."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers)
    place = {spot: float(number) for layer in layers for number, spot in enumerate(layer)}

    def mean(spot: _Spot, neighbours: list[tuple[_Spot, float]]) -> float:
        if not neighbours:
            return place[spot]
        return sum(place[other] + wish / 1e4 for other, wish in neighbours) / len(neighbours)

    for sweep in range(SWEEPS):
        upwards = sweep % 2 == 0
        for layer in reversed(layers) if upwards else layers:
            layer.sort(key=lambda spot: mean(spot, spot.below if upwards else spot.above))
            place.update((spot, float(number)) for number, spot in enumerate(layer))
        crossings = _crossings(layers)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    return best


def _spread(layers: list[list[_Spot]]) -> None:
    """Move spots sideways, without changing their order, to where their neighbours wish them."""
    for layer in layers:
        for spot in layer:
            spot.tall = 1 + max((upper.tall for upper, _ in spot.above), default=0)
        _settle(layer, {})
    for sweep in range(4 * SWEEPS):
        upwards = sweep % 2 == 0
        for layer in reversed(layers) if upwards else layers:
            wishes = {}
            for spot in layer:
                near = spot.above + spot.below
                if sweep < SWEEPS:  # at first from one side only: whole branches move
                    near = (spot.below if upwards else spot.above) or near
                if near:
                    heavy = [_stiffness(spot, other) for other, _ in near]
                    total = sum(weight * (other.x + wish) for weight, (other, wish) in zip(heavy, near))
                    wishes[spot] = (total / sum(heavy), sum(heavy))
            _settle(layer, wishes)


def _stiffness(spot: _Spot, other: _Spot) -> float:
    """How much it matters that a line is straight: more for a long chain, and most where it passes layers."""
    length = min(spot.tall, other.tall, LONG) / LONG
    return length * (1.0 if spot.height else 3.0) * (1.0 if other.height else 3.0)


def _settle(layer: list[_Spot], wishes: Mapping[_Spot, tuple[float, float]]) -> None:
    """Put the spots of a layer as near as possible to where they are wanted (with that weight), side by side.

    Spots that would overlap form a block, which stands where its members wish on average.
    """
    blocks: list[tuple[float, float, list[_Spot]]] = []  # sum of wishes for the first spot, weight, members
    shift: dict[_Spot, float] = {}  # from the middle of the layer's first spot, packed
    at, before = 0.0, None
    for spot in layer:
        if before is not None:
            at += (before.width + spot.width) / 2 + GAP_X
        shift[spot], before = at, spot
        wanted, weight = wishes.get(spot, (spot.x, 1.0))
        block = ((wanted - at) * weight, weight, [spot])
        while blocks and blocks[-1][0] / blocks[-1][1] > block[0] / block[1]:
            total, heavy, members = blocks.pop()
            block = (total + block[0], heavy + block[1], members + block[2])
        blocks.append(block)
    for total, weight, members in blocks:
        for spot in members:
            spot.x = total / weight + shift[spot]


def _measured(
    layers: list[list[_Spot]],
    depth: dict[Hashable, int],
    spots: dict[Hashable, _Spot],
    passing: dict[tuple[Hashable, int], _Spot],
    lines: list[tuple[Hashable, Hashable, int, float, float]],
) -> Layout:
    """The drawing's measures: everything moved so that its top left corner is (0, 0)."""
    left = min((spot.x - spot.width / 2 for layer in layers for spot in layer), default=0.0)
    right = max((spot.x + spot.width / 2 for layer in layers for spot in layer), default=0.0)
    bands: list[tuple[float, float]] = []  # top and bottom of each layer, by depth
    y = 0.0
    for layer in layers:
        height = max(spot.height for spot in layer)
        bands.append((y, y + height))
        y += height + GAP_Y
    bands.reverse()
    centres = {node: (spots[node].x - left, sum(bands[depth[node]]) / 2) for node in spots}
    routes = {}
    for source, node, place, start, offset in lines:
        x, y_source = centres[source]
        points = [(x + start, y_source + spots[source].height / 2), (x + start, bands[depth[source]][1])]
        for layer in range(depth[source] - 1, depth[node], -1):
            x = passing[source, layer].x - left
            points += [(x, bands[layer][0]), (x, bands[layer][1])]
        x, y_node = centres[node]
        points += [(x + offset, bands[depth[node]][0]), (x + offset, y_node - spots[node].height / 2)]
        routes[source, node, place] = points
    return Layout(centres, routes, right - left, y - GAP_Y if layers else 0.0)
