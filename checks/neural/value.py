"""What must hold of Values, and the mistakes their builders make."""

import numpy as np

from checks.language import Piece


def rounded(rng, n, low=-3.0, high=3.0):
    return [round(float(x), 2) for x in rng.uniform(low, high, n)]


def operands(rng):
    yield dict(x=4.0, y=3.0, up=2.0)
    yield dict(x=-2.0, y=5.0, up=1.0)
    yield dict(x=1.0, y=1.0, up=-0.5)
    yield dict(x=0.0, y=7.0, up=3.0)
    yield dict(x=2.5e140, y=-4e-130, up=1.5)
    for _ in range(3):
        x, y, up = rounded(rng, 3)
        yield dict(x=x, y=y, up=up)


SINGLES = [dict(x=4.0, up=2.0), dict(x=-3.0, up=0.5), dict(x=1.7, up=-1.5)]
PLAIN_NUMBERS = [dict(x=4.0, y=3, up=2.0), dict(x=-2.5, y=0.5, up=-1.0), dict(x=2.0, y=-6, up=1.0)]


def arithmetic(piece, sign, operation, slopes):
    """The questions of an operation on two Values; ``slopes(x, y)`` are its two partial derivatives."""
    piece.asks(f"(Value(x) {sign} Value(y)).data", "the number itself", cases=operands, answer=operation)
    piece.asks(
        f"a, b = Value(x), Value(y)\nc = a {sign} b\nc.grad = up\nc._backward()\n[c.data, a.grad, b.grad]",
        "its data, and the gradients that it hands to a and to b when its own is up",
        cases=operands,
        answer=lambda x, y, up: [operation(x, y), *(up * slope for slope in slopes(x, y))],
    )
    piece.asks(
        f"a = Value(x)\nc = a {sign} a\nc.grad = up\nc._backward()\n[c.data, a.grad]",
        "the same Value on both sides gets both shares",
        cases=SINGLES,
        answer=lambda x, up: [operation(x, x), up * sum(slopes(x, x))],
    )
    piece.asks(
        f"a = Value(x)\nc, d = a {sign} y, y {sign} a\nc.grad = up\nc._backward()\n"
        "[c.data, d.data, a.grad, len(c._children)]",
        "a plain number on either side becomes a Value and a child like any other",
        cases=PLAIN_NUMBERS,
        answer=lambda x, y, up: [operation(x, y), operation(y, x), up * slopes(x, y)[0], 2],
    )
    piece.asks(
        "a, b = Value(4.0), Value(3.0)\na.grad, b.grad = 5.0, 6.0\n"
        f"c = a {sign} b\n[c._op, c._prev == {{a, b}}, a.data, b.data, a.grad, b.grad]",
        "it remembers its op and its children, and they stay as they are",
        cases=[{}],
        answer=lambda: [sign, True, 4.0, 3.0, 5.0, 6.0],
    )


CONVERT = "other = other if isinstance(other, Value) else Value(other)"
NO_NUMBERS = ("A plain number has no .data: make it a Value first.", CONVERT, "other = other")
ALONE = "A plain number becomes a Value too, and is a child like any other."
LOST = "other is missing among the children, so it will never get a gradient."

add = Piece("neural.value:Value.__add__")
arithmetic(add, "+", lambda x, y: x + y, lambda x, y: (1.0, 1.0))
for wrong in ("other.data, self.data", "self.data, other.data"):
    add.mistake("A sum's slopes don't depend on its numbers. How much does a + b grow with a?", "1.0, 1.0", wrong)
add.mistake(*NO_NUMBERS)
add.mistake(
    "You changed self instead of making a new Value.",
    """
    self.data += other.data if isinstance(other, Value) else other
    return self
    """,
)
add.mistake(LOST, '(self, other), "+", (1.0, 1.0)', '(self,), "+", (1.0,)')
add.mistake(
    ALONE, CONVERT, 'if not isinstance(other, Value):\n        return Value(self.data + other, (self,), "+", (1.0,))'
)
add.mistake(
    "The new Value has no children: it doesn't know where it came from.", ', (self, other), "+", (1.0, 1.0)', ""
)
add.hint("`Value(data, children, op, slopes)`: four things, of which the first is the sum of two `.data`.")
add.hint("`isinstance(other, Value)` tells a Value from a plain number, and `Value(other)` makes one of it.")

mul = Piece("neural.value:Value.__mul__")
arithmetic(mul, "*", lambda x, y: x * y, lambda x, y: (y, x))
mul.mistake(
    "Slopes in the wrong places: with a, the product grows b times as fast.", "(other.data, self", "(self.data, other"
)
mul.mistake("Those are a sum's slopes. How much does a * b grow with a?", "other.data, self.data)", "1.0, 1.0)")
mul.mistake(*NO_NUMBERS)
mul.mistake(LOST, '(self, other), "*", (other.data, self.data)', '(self,), "*", (other.data,)')
mul.hint("The same as the sum, with another sign, another op and other slopes.")
mul.hint("(a + h) · b is a · b and h · b. So how fast does the product grow with a?")


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

# ------------------------------------------------------------------ the order


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

# ------------------------------------------------------------------ more operations


def powers(rng):
    fixed = [(2.0, 3, 1.0), (-3.0, 2, 0.5), (4.0, 0.5, 2.0), (2.0, -1, -3.0)]
    at_zero = [(0.0, 2, 1.0), (0.0, 1, 2.0), (0.0, 0, 2.0), (5.0, 0, 2.0)]
    for x, n, up in [*fixed, *at_zero, rounded(rng, 3, 0.5, 3.0)]:
        yield dict(x=x, n=n, up=up)


power = Piece("neural.value:Value.__pow__")
power.asks(
    "a = Value(3.0)\na.grad = 5.0\nc = a**2\n[c._op[:2], len(c._children), c._prev == {a}, a.data, a.grad]",
    "it remembers its op and its child, which stays as it is",
    cases=[{}],
    answer=lambda: ["**", 1, True, 3.0, 5.0],
)
power.asks(
    "a = Value(x)\nc = a**n\nc.grad = up\nc._backward()\n[c.data, a.grad]",
    "the power, and the gradient that it hands to its base",
    cases=powers,
    answer=lambda x, n, up: [x**n, up * n * x ** (n - 1) if n else 0.0],
)
power.asks(
    "a, b = Value(x), Value(y)\nL = up * a**b\nL.backward()\n[L.data, a.grad, b.grad]",
    "an exponent that is a Value has a gradient too",
    cases=[dict(x=2.0, y=3.0, up=1.0), dict(x=2.0, y=0.0, up=3.0), dict(x=0.5, y=-1.3, up=-1.5)],
    answer=lambda x, y, up: [up * x**y, up * y * x ** (y - 1), up * x**y * np.log(x).item()],
)
power.asks(
    "a = Value(x)\nL = up * a**a\nL.backward()\n[L.data, a.grad]",
    "base and exponent may be the same Value, which gets both shares",
    cases=[dict(x=2.0, up=1.0), dict(x=0.7, up=-2.0)],
    answer=lambda x, up: [up * x**x, up * x**x * (1 + np.log(x).item())],
)
power.mistake("One power too many: the slope of x³ is 3x².", "** (exponent - 1)", "** exponent")
ZERO = "To the power of 0 everything is 1, so the slope is 0; at base 0 your formula divides by 0."
power.mistake(ZERO, " if exponent != 0 else 0.0", "")
power.mistake(
    ZERO,
    'return Value(self.data**exponent, (self,), f"**{exponent}", (exponent * self.data ** (exponent - 1),))',
)
power.mistake(
    "With exponent 1 the slope is 1, even where the base is 0.", "if exponent !=", "if exponent and self.data !="
)
power.mistake("The slope of x³ is 3x²: the exponent comes down in front.", "slope = exponent * ", "slope = ")
power.mistake(
    "The exponent gets no gradient: if it is a Value, it is a child as well.",
    """
    n = exponent.data if isinstance(exponent, Value) else exponent
    slope = n * self.data ** (n - 1) if n != 0 else 0.0
    return Value(self.data**n, (self,), f"**{n}", (slope,))
    """,
)
power.hint("Two cases, told apart by `isinstance(exponent, Value)`.")
power.hint("For a Value as exponent, `exp` and `log` are there already: aᵇ = e to the power of b · log(a).")


def bends(rng):
    for x, up in [(0.0, 1.0), (0.5, 2.0), (-1.0, -3.0), (1000.0, 1.0), (-1000.0, 1.0), (rounded(rng, 1)[0], 0.7)]:
        yield dict(x=x, up=up)


tanh = Piece("neural.value:Value.tanh")
tanh.asks(
    "a = Value(x)\nc = a.tanh()\nc.grad = up\nc._backward()\n[c.data, a.grad]",
    "its data, and the gradient that it hands back",
    cases=bends,
    answer=lambda x, up: [np.tanh(x).item(), up * (1 - np.tanh(x).item() ** 2)],
)
tanh.asks(
    "a = Value(0.5)\na.grad = 5.0\nc = a.tanh()\n[c._op, c._prev == {a}, a.data, a.grad]",
    "it remembers its op and its one child, which stays as it is",
    cases=[{}],
    answer=lambda: ["tanh", True, 0.5, 5.0],
)
tanh.mistake("The slope is 1 - t², with the result t squared.", "t * t", "t")
tanh.mistake("The slope is 1 - t², where t is the result, not what went in.", "t * t", "self.data * self.data")
tanh.mistake("That is the slope of a sigmoid.", "1 - t * t", "t * (1 - t)")
tanh.mistake("Make one Value, not several: its slope is 1 - t².", "return 1 - 2 / ((2 * self).exp() + 1)")
tanh.mistake(
    "e to the power of 2000 is more than a float can hold: use math.tanh.",
    "math.tanh(self.data)",
    "(math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)",
)
tanh.hint("One child and one slope still come in tuples: `(self,)` and `(slope,)`, each with its comma.")
tanh.hint("`math.tanh` gives t; the slope needs nothing but t.")

# ------------------------------------------------------------------ networks


def sums(rng):
    yield dict(weights=[2.0, 3.0], inputs=[10.0, 100.0], bias=1.0, up=1.0)
    yield dict(weights=[-1.5], inputs=[4.0], bias=0.0, up=2.0)
    yield dict(weights=[1.0, 1.0, 1.0], inputs=[5.0, 5.0, 5.0], bias=-2.0, up=-1.0)
    for n in (3, 7):
        yield dict(weights=rounded(rng, n), inputs=rounded(rng, n), bias=rounded(rng, 1)[0], up=rounded(rng, 1)[0])


dot = Piece("neural.value:weighted_sum")
dot.asks(
    """
    w, x, b = [Value(v) for v in weights], [Value(v) for v in inputs], Value(bias)
    s = weighted_sum(w, x, b)
    s.grad = up
    s._backward()
    [s.data, [v.grad for v in w], [v.grad for v in x], b.grad]
    """,
    "the sum, and the gradients that it hands to weights, inputs and bias",
    cases=sums,
    answer=lambda weights, inputs, bias, up: [
        *(np.dot(weights, inputs).item() + bias, [up * x for x in inputs], [up * w for w in weights], up)
    ],
)
dot.asks(
    "s = weighted_sum(weights, inputs, bias)\n[s.data, len(s._children), len(s.topological_order()), s._op]",
    "plain numbers; and one Value for the whole sum, whose children are all that went in",
    cases=sums,
    answer=lambda weights, inputs, bias: [
        *(np.dot(weights, inputs).item() + bias, 2 * len(weights) + 1, 2 * len(weights) + 2, "dot")
    ],
)
dot.asks(
    "a, b = Value(3.0), Value(2.0)\na.grad = 1.0\n"
    "s = weighted_sum(iter([a, b, a]), iter([b, a, 5]))\ns.backward()\n[s.data, a.grad, b.grad]",
    "Values that are there several times; lists that can be walked over once; no bias",
    cases=[{}],
    answer=lambda: [27.0, 10.0, 6.0],
)
dot.asks("weighted_sum([], [], 5).data", "nothing but a bias", cases=[{}], answer=lambda: 5.0)
dot.asks(
    "weighted_sum(weights, inputs, 1.0)",
    "lengths that differ are refused, and both are named",
    cases=[dict(weights=[1.0, 2.0], inputs=[1.0, 2.0, 3.0]), dict(weights=[1.0, 2.0, 3.0], inputs=[4.0, 5.0])],
    raises="ValueError",
    mentions=("2", "3"),
)
dot.mistake(
    "Slopes in the wrong places: a weight's slope is its input.", "(*by_weight, *by_input", "(*by_input, *by_weight"
)
dot.mistake("The bias is not added.", "bias.data + sum", "sum")
dot.mistake("The sum grows as fast as its bias: that slope is 1.", "*by_input, 1.0)", "*by_input, bias.data)")
MANY = """
    weights, inputs, total = list(weights), list(inputs), bias
    if len(weights) != len(inputs):
        raise ValueError(f"{len(weights)} weights do not match {len(inputs)} inputs")
    for w, x in zip(weights, inputs):
        total = total + w * x
    return total
    """
for body in (MANY, MANY.replace("bias\n", "bias if isinstance(bias, Value) else Value(bias)\n", 1)):
    dot.mistake("Every product and every sum is a Value of its own here: build one for all.", body)
dot.mistake(NO_NUMBERS[0], "[w if isinstance(w, Value) else Value(w) for w in weights]", "list(weights)")
dot.mistake("Compare the lengths: zip cuts the longer list off in silence.", "len(weights) != len(inputs)", "False")
dot.hint("Make lists of Values first, so that you can take their lengths and walk over them twice.")
dot.hint("Children: all weights, all inputs, the bias. Slopes, in that order: inputs' data, weights' data, 1.")


def neurons(rng):
    yield dict(w=[2.0, -1.0], x=[3.0, 1.0], bias=0.5, nonlin=True)
    yield dict(w=[2.0, -1.0], x=[-3.0, 1.0], bias=0.5, nonlin=True)
    yield dict(w=[2.0, -1.0], x=[-3.0, 1.0], bias=0.5, nonlin=False)
    yield dict(w=[0.5], x=[-1.0], bias=2.0, nonlin=True)
    for n in (3, 4):
        for nonlin in (True, False):
            yield dict(w=rounded(rng, n), x=rounded(rng, n), bias=rounded(rng, 1)[0], nonlin=nonlin)


def neuron(w, x, bias, nonlin):
    total = np.dot(w, x).item() + bias
    out = max(total, 0.0) if nonlin else total
    slope = 0.0 if nonlin and total <= 0 else 1.0
    return [out, [slope * v for v in x], [slope * v for v in w], slope]


call = Piece("neural.value:Neuron.__call__")
call.asks(
    """
    neuron = Neuron(len(w), nonlin=nonlin)
    neuron.w, neuron.b = [Value(v) for v in w], Value(bias)
    inputs = [Value(v) for v in x]
    out = neuron(inputs)
    out.backward()
    [out.data, [v.grad for v in neuron.w], [v.grad for v in inputs], neuron.b.grad]
    """,
    "its answer, and the gradients of its weights, inputs and bias",
    cases=neurons,
    answer=neuron,
)
call.asks(
    "neuron = Neuron(2)\nneuron.w = [Value(2.0), Value(3.0)]\n[neuron([10, 100]).data, neuron(iter([10, 100])).data]",
    "inputs that are plain numbers; inputs that can be walked over once",
    cases=[{}],
    answer=lambda: [320.0, 320.0],
)
call.asks(
    "Neuron(2)(x)",
    "another number of inputs than weights is refused",
    cases=[dict(x=[1.0, 2.0, 3.0]), dict(x=[1.0])],
    raises="ValueError",
)
call.mistake("relu only if self.nonlin is true.", " if self.nonlin else total", "")
call.mistake("There is no relu where self.nonlin asks for it.", "total.relu() if self.nonlin else total", "total")
call.mistake("The bias is left out.", "x, self.b)", "x)")
call.mistake(
    "Your new Value doesn't know its children: use the method relu.", "total.relu()", "Value(max(total.data, 0.0))"
)
call.hint("`weighted_sum` does nearly everything: it takes Values, numbers and iterators, and compares the lengths.")
