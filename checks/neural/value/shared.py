"""What the checks of Values share: numbers, and graphs of single numbers."""

import numpy as np


def rounded(rng, n, low=-3.0, high=3.0):
    return [round(float(x), 2) for x in rng.uniform(low, high, n)]


SINGLES = [dict(x=4.0, up=2.0), dict(x=-3.0, up=0.5), dict(x=1.7, up=-1.5)]

CONVERT = "other = other if isinstance(other, Value) else Value(other)"
NO_NUMBERS = ("A plain number has no .data: make it a Value first.", CONVERT, "other = other")


def dags(rng):
    yield dict(links=[[], [0], [0, 1]])
    yield dict(links=[[], [0], [1, 0]])
    yield dict(links=[[], [], [0, 1], [2, 1], [], [4, 3]])
    yield dict(links=[[]])
    yield dict(links=[[], [0, 0]])
    yield dict(links=[[], [0], [], [1, 0], [3, 1, 0], [4, 3]])
    yield dict(links=[[], [0], [1], [2, 0], [3, 1]])
    yield dict(links=[[], [0], [0], [2, 1], [3, 2], [4, 1]])
    for n in (6, 9, 14):
        links = [[]]
        for i in range(1, n):
            links.append([int(j) for j in rng.integers(0, i, rng.integers(0, 4))])
        links.append([n - 1, int(rng.integers(0, n)), n // 2])
        yield dict(links=links)


def reachable(links):
    found = [len(links) - 1]
    for node in found:
        found += [child for child in sorted(set(links[node])) if child not in found]
    return set(found)


def in_order(got, links):
    if not isinstance(got, list):
        return "the result is to be a list"
    if len(set(got)) != len(got):
        return "a Value is in the list more than once"
    missing, extra = reachable(links) - set(got), set(got) - reachable(links)
    if missing or extra:
        return f"missing: {sorted(missing)}" if missing else f"not part of the graph: {sorted(extra)}"
    place = {node: i for i, node in enumerate(got)}
    late = [(child, node) for node in got for child in links[node] if place[child] > place[node]]
    return "{} is a child of {}, and stands after it".format(*late[0]) if late else None


GRAPH = """
nodes = []
for number, children in enumerate(links):  # links[number] lists the children of Value(number)
    nodes.append(Value(number, [nodes[i] for i in children], "test", (1.0,) * len(children)))
"""


def weighted_dags(rng):
    for case in dags(rng):
        yield dict(case, slopes=[rounded(rng, len(children)) for children in case["links"]])


def all_roads(links, slopes):
    """d(last)/d(node), from the matrix of all direct slopes W: the sum over roads of every length is (1 - W)^-1."""
    W = np.zeros((len(links), len(links)))
    for node, (children, row) in enumerate(zip(links, slopes)):
        for child, slope in zip(children, row):
            W[node, child] += slope
    return np.linalg.inv(np.eye(len(links)) - W)[-1].tolist()
