"""A picture of a graph of Values, with matplotlib alone."""

from __future__ import annotations

import matplotlib.pyplot as plt

from course_lib.neural.value import Value


def draw_graph(root: Value, axes=None, **names: Value) -> None:
    """Draw everything ``root`` was made of with matplotlib, from the leaves on the left to ``root`` on the right.

    Every box shows data and gradient, every arrow the slope it multiplies with; ``draw_graph(L, a=a, b=b)`` puts names
    to boxes.
    """
    order = root.topological_order()
    level, parents = {}, {node: [] for node in order}
    for node in order:
        level[node] = 1 + max((level[child] for child in node._children), default=-1)
        for child in dict.fromkeys(node._children):
            parents[child].append(node)
    for leaf in (node for node in order if parents[node] and not node._children):  # close to what uses it
        level[leaf] = min(level[parent] for parent in parents[leaf]) - 1

    # An arrow over several columns passes through a place of its own in each: a place is a pair (node, column).
    columns, links = [[] for _ in range(level[root] + 1)], []
    for node in order:
        last = max((level[parent] - 1 for parent in parents[node]), default=level[node])
        route = [(node, column) for column in range(level[node], last + 1)]
        for place in route:
            columns[place[1]].append(place)
        links += zip(route, route[1:])
        links += [(route[level[parent] - 1 - level[node]], (parent, level[parent])) for parent in parents[node]]
    y = {place: index - (len(column) - 1) / 2 for column in columns for index, place in enumerate(column)}
    for sweep in range(8):  # each place moves beside its neighbours in the next column, then in the one before
        for column in columns if sweep % 2 else columns[::-1]:
            for place in column:
                near = [y[a if sweep % 2 else b] for a, b in links if (b if sweep % 2 else a) == place]
                y[place] = sum(near) / len(near) if near else y[place]
            for index, place in enumerate(sorted(column, key=y.__getitem__)):
                y[place] = index - (len(column) - 1) / 2

    rows, width, height = max(map(len, columns)), 0.29, 0.34
    if axes is None:
        size = (1.0 + 1.9 * len(columns), 0.5 + 1.05 * rows)
        axes = plt.subplots(figsize=size, layout="constrained")[1]
    centred = dict(ha="center", va="center", fontsize=9)
    tips: dict[tuple, float] = {}  # where each arrow arrives at its parent's box
    for end in dict.fromkeys(end for _, end in links):
        starts = sorted({a for a, b in links if b == end}, key=y.__getitem__)
        gap = 1.2 * height / len(starts)
        for index, start in enumerate(starts):
            through = start[0] is end[0]
            tips[start, end] = y[end] + (0 if through else (index - (len(starts) - 1) / 2) * gap)
    for start, end in links:
        child, parent = start[0], end[0]
        x0, x1 = start[1] + (start[1] == level[child]) * width, end[1] - (child is not parent) * width
        arrow = dict(arrowstyle="-" if child is parent else "-|>", color="#5b6270", shrinkA=0, shrinkB=0)
        axes.annotate("", (x1, tips[start, end]), (x0, y[start]), arrowprops=arrow)
        if child is not parent:
            slopes = [f"× {slope:.3g}" for c, slope in zip(parent._children, parent._slopes) if c is child]
            spot = (0.62 * x0 + 0.38 * x1, 0.62 * y[start] + 0.38 * tips[start, end])
            box = dict(facecolor="white", edgecolor="none", pad=1)
            axes.text(*spot, "\n".join(slopes), color="#b0520a", bbox=box, **centred)
    called = {node: name for name, node in names.items()}
    for node in order:
        x, middle = level[node], y[node, level[node]]
        colour = "#dfe3ea" if node._children else "#cfe6f1"
        axes.add_patch(
            plt.Rectangle((x - width, middle - height), 2 * width, 2 * height, fc=colour, ec="black", lw=0.8)
        )
        title = "  ".join(filter(None, [called.get(node), node._op and f"( {node._op} )"])) or "number"
        axes.text(x, middle + 0.2, title, weight="bold", **centred)
        axes.text(x, middle - 0.1, f"data {node.data:.4g}\ngrad {node.grad:.4g}", **centred)
    axes.set(xlim=(-0.45, level[root] + 0.45), ylim=(-rows / 2, rows / 2))
    axes.axis("off")
