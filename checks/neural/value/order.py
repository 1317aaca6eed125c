"""What must hold of ``Value.topological_order``."""

from checks.language import Piece
from checks.neural.value.shared import GRAPH, dags, in_order

order = Piece("neural.value:Value.topological_order")
order.asks(
    GRAPH + "[int(node.data) for node in nodes[-1].topological_order()]",
    "all Values that the last one was made of, each once, children before parents",
    cases=dags,
    accept=in_order,
    expected="an order in which no Value comes before its children",
)
order.asks(
    "x = y = Value(1.0)\nfor _ in range(n):\n    y = y * 0.5 + x\nlen(y.topological_order())",
    "n products and n sums in a chain, in which x has n parents",
    cases=[dict(n=3), dict(n=10_000)],
    answer=lambda n: 3 * n + 1,
)
order.asks(
    "y = Value(1.0)\nfor _ in range(n):\n    y = y + y\n[node.data for node in y.topological_order()]",
    "n doublings: with 2 to the power of n roads, every arrow is to be walked but once",
    cases=[dict(n=2), dict(n=60)],
    answer=lambda n: [2.0**i for i in range(n + 1)],
)
order.mistake(
    "A function that calls itself for every child runs into Python's limit: keep a stack of your own.",
    """
    order, seen = [], set()
    def visit(node):
        if node not in seen:
            seen.add(node)
            for child in node._children:
                visit(child)
            order.append(node)
    visit(self)
    return order
    """,
)
order.mistake("Parents come before their children: the wrong way round.", "return order", "return order[::-1]")
order.mistake(
    "Level by level is not enough: a node that is near on one road can be far on another.",
    """
    order, seen = [self], {self}
    for node in order:
        order += (new := dict.fromkeys(child for child in node._children if child not in seen))
        seen.update(new)
    return order[::-1]
    """,
)
order.mistake(
    "A Value with several parents comes several times: keep a set of those met.", "node not in seen", "len(order) < 9e4"
)
order.mistake(
    "A Value is met when it is taken from the stack, not when it is put there: another road may need it sooner.",
    """
    order, seen, stack = [], {self}, [self]
    while stack:
        if (node := stack.pop()) is None:
            order.append(stack.pop())
        else:
            new = dict.fromkeys(child for child in node._children if child not in seen)
            seen.update(new)
            stack += (node, None, *new)
    return order
    """,
)
order.hint("Each node is met twice: going down, when its children are put on the stack, and coming up again.")
order.hint("When a node is met first, put on the stack the node, then a marker (`None`, say), then its children.")
order.hint("What is popped after a marker has all its children in the list: it can go in too.")
