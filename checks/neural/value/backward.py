"""What must hold of ``pass_back``, ``backward`` and ``gradient_gap``. Oracles: sums over all roads, complex steps."""

from checks.language import Piece
from checks.neural.value.shared import GRAPH, SINGLES, all_roads, rounded, weighted_dags


def families(rng):
    yield dict(slopes=[3.0, 4.0], grads=[0.0, 0.0], up=2.0)
    yield dict(slopes=[5.0], grads=[1.0], up=-1.0)
    yield dict(slopes=[], grads=[], up=2.0)
    for n in (2, 3, 7):
        yield dict(slopes=rounded(rng, n), grads=rounded(rng, n), up=rounded(rng, 1)[0])


pass_back = Piece("neural.value:Value.pass_back")
pass_back.asks(
    """
    children = [Value(i) for i in range(len(slopes))]
    for child, grad in zip(children, grads):
        child.grad = grad
    node = Value(7.0, children, "test", tuple(slopes))
    node.grad = up
    node.pass_back()
    [[child.grad for child in children], node.grad]
    """,
    "to each child's gradient is added its slope times the node's own",
    cases=families,
    answer=lambda slopes, grads, up: [[g + s * up for g, s in zip(grads, slopes)], up],
)
pass_back.asks(
    "a = Value(x)\nc = a * a\nc.grad = up\nc.pass_back()\n[a.grad, a.data, c.data]",
    "a child that is there twice gets both shares",
    cases=SINGLES,
    answer=lambda x, up: [2 * x * up, x, x * x],
)
pass_back.mistake("You replaced the child's gradient: add to it, as other roads may lead there.", "+=", "=")
pass_back.mistake("The slope alone is not enough: multiply it by this Value's own gradient.", " * self.grad", "")
pass_back.mistake(
    "A child that is there twice gets both shares.", "zip(self._children", "zip(dict.fromkeys(self._children)"
)
pass_back.mistake("Slope and gradient are multiplied, not added.", "slope * self", "slope + self")
pass_back.mistake("Multiply by the slope, not by the child's data.", "slope * self", "child.data * self")
pass_back.hint("Walk over `self._children` and `self._slopes` together, with `zip`.")


SMALL = "a, b = Value(x), Value(y)\nc = a * b\nd = c + b\nL = 2 * d\n"
GUESTS = [dict(x=4.0, y=3.0), dict(x=-1.5, y=0.5)]

backward = Piece("neural.value:Value.backward")
backward.asks(
    SMALL + "L.backward()\n[node.grad for node in (a, b, c, d, L)]",
    "the gradients of a, b, c, d and L",
    cases=GUESTS,
    answer=lambda x, y: [2 * y, 2 * (x + 1), 2.0, 2.0, 1.0],
)
backward.asks(
    GRAPH.replace("(1.0,) * len(children)", "tuple(slopes[number])")
    + "nodes[-1].backward()\n[node.grad for node in nodes]",
    "for each Value, the products of slopes along every road from the last one to it, added up",
    cases=weighted_dags,
    answer=all_roads,
)
backward.asks(
    SMALL + "L.backward()\nL.backward()\n[node.grad for node in (a, b, c, d, L)]",
    "a second call: the leaves' gradients add up, all others are made afresh",
    cases=GUESTS,
    answer=lambda x, y: [4 * y, 4 * (x + 1), 2.0, 2.0, 1.0],
)
backward.asks(
    "a = Value(5.0)\na.backward()\na.backward()\na.grad",
    "of a Value without children, its own gradient is 1",
    cases=[{}],
    answer=lambda: 1.0,
)
backward.asks(
    "x = y = Value(1.0)\nfor _ in range(n):\n    y = y + x\ny.backward()\nx.grad",
    "a chain of n sums, in which x is added n times",
    cases=[dict(n=2), dict(n=20_000)],
    answer=lambda n: n + 1.0,
)
backward.asks(
    """
    x = Value(3.0)
    y = Value(9.0, (x,), "square")
    def rule():
        x.grad += 6.0 * y.grad
    y._backward = rule
    L = 2 * y
    for _ in range(times):
        L.backward()
    x.grad
    """,
    "a Value with a rule of its own: its _backward is called, and its grad made afresh each time",
    cases=[dict(times=1), dict(times=2)],
    answer=lambda times: 12.0 * times,
)
backward.mistake("Wrong end: a gradient has to be whole before it is handed on.", "reversed(order)", "order")
backward.mistake(
    "Leftovers of an earlier call were handed on: first set inner gradients to 0.", "node.grad = 0.0", "pass"
)
backward.mistake("The leaves' gradients are to add up over several calls: leave them.", "if node._a:", "if True:")
backward.mistake("The gradient of self is 1, whatever it was before.", "self.grad = 1.0", "self.grad += 1.0")
backward.mistake(
    "Your own gradient was cleared again: set it to 1 after the clearing.", "= 1.0", "= 0.0 if self._children else 1.0"
)
backward.mistake("A Value can have a rule of its own: call its _backward().", "node._backward()", "node.pass_back()")
backward.hint("`self.topological_order()` has the children first. Which end do you begin at?")
backward.hint("Three things in turn: gradients of inner Values to 0, your own to 1, then `node._backward()` for each.")

FUNCTIONS = [
    ("lambda a: a * a * a", [2.0], 0.1),
    ("lambda a: a * a * a", [2.0], 1e-5),
    ("lambda a, b: 2 * (a * b + b)", [4.0, 3.0], 0.5),
    ("lambda a, b: a * b * b * b", [3.0, 2.0], 0.01),
    ("lambda a, b: a * a * a + 2 * b * b * b", [3, 2], 0.2),
    ("lambda a, b, c: a * b * c + c * c * c", [1.5, -2.0, 0.5], 0.25),
]


def gap(f, numbers, h):
    """Central differences in floats against slopes by a complex step, which is exact for these functions."""
    function, gaps = eval(f), []
    for i, x in enumerate(numbers):
        up, down, aside = list(numbers), list(numbers), list(numbers)
        up[i], down[i], aside[i] = x + h, x - h, complex(x, 1e-30)
        gaps.append(abs((function(*up) - function(*down)) / (2 * h) - function(*aside).imag / 1e-30))
    return max(gaps)


gradient_gap = Piece("neural.value:gradient_gap")
gradient_gap.asks(
    "gradient_gap(eval(f), *numbers, h=h)",
    "the largest distance between backward's gradient and a central difference",
    cases=[dict(f=f, numbers=numbers, h=h) for f, numbers, h in FUNCTIONS],
    answer=gap,
    rtol=1e-6,
    atol=1e-7,
)
gradient_gap.asks(
    """
    def crooked(a, b):  # ab³, whose slope for b is 6 at (2, 1); here something else is claimed
        return Value(a.data * b.data**3, (a, b), "crooked", (b.data**3, claimed))

    gradient_gap(crooked, 2.0, 1.0)
    """,
    "an operation with a wrong slope is found out",
    cases=[dict(claimed=6.5), dict(claimed=6.0), dict(claimed=0.0)],
    answer=lambda claimed: abs(claimed - 6.0),
    rtol=1e-6,
    atol=1e-7,
)
gradient_gap.mistake("A distance has no sign: take abs().", "abs(value.grad - slope)", "value.grad - slope")
gradient_gap.mistake("The step h is not used: hand it on to gradient.", ", list(numbers), h)", ", list(numbers))")
gradient_gap.mistake("That is the smallest distance; one wrong gradient among many is to be seen.", "max(", "min(")
gradient_gap.mistake(
    "Take abs() of each distance first: the largest signed number need not be the largest distance.",
    "max(abs(value.grad - slope) for value, slope in zip(inputs, measured))",
    "abs(max(value.grad - slope for value, slope in zip(inputs, measured)))",
)
gradient_gap.mistake("The inputs' grad is still 0: call backward() on what f returns.", "s).backward()", "s)")
gradient_gap.mistake(
    "Your lambda hands plain numbers to f, which wants Values.", "f(*(Value(x) for x in point)).data", "f(*point)"
)
gradient_gap.mistake(
    "You measured from one side only: take the difference from x - h to x + h.",
    """
    inputs = [Value(x) for x in numbers]
    f(*inputs).backward()
    moved = [[x + h * (i == j) for j, x in enumerate(numbers)] for i in range(len(numbers))]
    slopes = [(f(*map(Value, point)).data - f(*map(Value, numbers)).data) / h for point in moved]
    return max(abs(value.grad - slope) for value, slope in zip(inputs, slopes))
    """,
)
gradient_gap.hint("`gradient` of phase 1 takes a function of a list of numbers that returns a number. Make one from f.")
gradient_gap.hint("Inside it: a Value of each number, f of them all (`f(*values)`), and of the result the `.data`.")
