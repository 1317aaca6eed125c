"""What must hold of ``forward`` and ``topological_sort`` of planned calculations."""

import numpy as np

from checks.language import Piece
from checks.neural.graph.shared import PLAN, plans
from checks.neural.value.shared import dags
from checks.neural.value.shared import in_order as values_in_order


def values_of(links, slopes, starts):
    values = []
    for sources, own, start in zip(links, slopes, starts):
        values.append(sum(f * values[j] for f, j in zip(own, sources)) if sources else start)
    return values


forward = Piece("neural.graph:forward")
forward.asks(
    """
    x, w, b = Constant(first), Variable([[3.0, -1.0], [0.5, 1.0]]), Variable([0.0, -4.0])
    z = dense(x, w, b)
    one = forward([x, w, b, z])
    x.value = second
    two = forward([x, w, b, z])
    [one, two, z.value, w.value]
    """,
    "what two runs with different data return, the value of z, and that of the leaf w, which keeps it",
    cases=[dict(first=[1.0, 2.0], second=[2.0, 1.0]), dict(first=[0.0, 0.0], second=[-1.0, 4.0])],
    answer=lambda first, second: [
        *(np.array([3 * p - q, 0.5 * p + q - 4]) for p, q in (first, second, second)),
        np.array([[3.0, -1.0], [0.5, 1.0]]),
    ],
)
forward.asks(
    PLAN + "forward(nodes)\n[float(node.value) for node in nodes]",
    "every node has its value",
    cases=plans,
    answer=values_of,
)
forward.asks("forward([Variable(x)])", "the last node may be a leaf", cases=[dict(x=0.7)], answer=lambda x: np.array(x))
forward.mistake("A value is worked out anew in each run.", "if node.inputs", "if node.inputs and node.value is None")
forward.mistake("You handed over one list of values: a star makes separate arguments of it.", "(*[source", "([source")
forward.mistake("The list is in order already, inputs before their users.", "node in graph:", "node in graph[::-1]:")
forward.mistake("The value of the first node is returned; the last is wanted.", "graph[-1].value", "graph[0].value")
forward.mistake("The last node is left out.", "node in graph:", "node in graph[:-1]:")
forward.mistake("Nothing is returned: the value of the last node is wanted.", "return graph[-1].value", "pass")
forward.mistake("All values are returned; the last is wanted.", "graph[-1].value", "[node.value for node in graph]")
forward.mistake("Your return ends the loop after the first node.", "    return graph[-1]", "        return node")
forward.mistake("compute wants the values of the inputs, not the nodes.", "[source.value for", "[source for")
forward.mistake("A node used twice counts twice: two values.", "in node.inputs]", "in dict.fromkeys(node.inputs)]")
forward.hint("Walk over the list. `if node.inputs:` tells the calculated ones; a leaf has no `compute`.")
forward.hint("`node.compute(*values)` hands over a list as separate arguments; the result becomes `node.value`.")


def in_order(got, links):
    wrong = values_in_order(got, links)
    return wrong and wrong.replace("a Value is", "a node is").replace("a child of", "an input of")


order = Piece("neural.graph:topological_sort")
order.asks(
    """
    nodes = []
    for sources in links:  # the inputs of each node, by their numbers
        nodes.append(Node((), *[nodes[j] for j in sources]))
    graph = topological_sort(nodes[-1])
    graph if type(graph) is not list else [nodes.index(node) for node in graph]
    """,
    "all nodes that the last one is calculated from, each once, inputs before users",
    cases=dags,
    accept=in_order,
    expected="an order in which no node comes before its inputs",
)
order.asks(
    "last = Node(())\nfor _ in range(n):\n    last = Node((), last)\n[len(topological_sort(last)) for run in (1, 2)]",
    "how many nodes are found in a chain of n operations, when it is sorted twice",
    cases=[dict(n=3), dict(n=100_000)],
    answer=lambda n: [n + 1, n + 1],
)
order.asks(
    "last = Node(())\nfor _ in range(n):\n    last = Node((), last, last)\nlen(topological_sort(last))",
    "n nodes that use the one before them twice: with 2 to the power of n roads, every link is to be walked but once",
    cases=[dict(n=2), dict(n=60)],
    answer=lambda n: n + 1,
)
MARKED = 'elif not vars(node).get("met") and not vars(node).update(met=True):'
order.mistake("Marks stay on the nodes for the next walk: keep a set.", "elif node not in seen:", MARKED)
order.mistake(
    "A function that calls itself for every input runs into Python's limit: keep a stack of your own.",
    """
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for source in node.inputs:
                visit(source)
            order.append(node)

    visit(loss)
    return order
    """,
)
order.mistake("Users come before their inputs: the wrong way round.", "return order", "return order[::-1]")
order.mistake(
    "Level by level is not enough: a node that is near on one road can be far on another.",
    """
    order, seen, level = [], {loss}, [loss]
    while level:
        order += level
        level = list(dict.fromkeys(source for node in level for source in node.inputs if source not in seen))
        seen.update(level)
    return order[::-1]
    """,
)
order.mistake(
    "Used several times is listed several times: keep a set of nodes.",
    "elif node not in seen:",
    "elif len(order) < 5e4:",
)
order.hint("The same walk as for Values: each node is met going down, and again coming up.")
order.hint("Put pairs on the stack: the node, and whether everything it needs is in the list already.")
