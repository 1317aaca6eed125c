"""What must hold of ``jvp``, ``gradient`` and ``hvp``. Oracles: derivatives written out by hand, NumPy."""

import math

import numpy as np

from checks.language import Piece
from checks.neural.dual.shared import away_from_zero, rounded

MAPS = {  # results, and the rows of the Jacobian
    "p[0] * p[1]": ["p[1]", "p[0]"],
    "3 * p[0] + p[1] * p[1] * p[2]": ["3", "2 * p[1] * p[2]", "p[1]**2"],
    "p[0] / p[1] - sin(p[0])": ["1 / p[1] - cos(p[0])", "-p[0] / p[1]**2"],
    "p[0] ** 3": ["3 * p[0]**2"],
    "p[2] * exp(p[0])": ["p[2] * exp(p[0])", "0", "exp(p[0])", "0"],
}
LISTS = {
    "[p[0] * p[1], p[0]]": [["p[1]", "p[0]"], ["1", "0"]],
    "[p[0], 7, p[1] * p[1]]": [["1", "0"], ["0", "0"], ["0", "2 * p[1]"]],
    "[p[0] * p[2]]": [["p[2]", "0", "p[0]"]],
    "[sin(p[0]), p[0] ** 2, exp(p[0])]": [["cos(p[0])"], ["2 * p[0]"], ["exp(p[0])"]],
}


def at(expressions, p):
    return [float(eval(expression, vars(math), {"p": p})) for expression in expressions]


def moved(rng, table):
    for f, rows in table.items():
        n = len(rows[0]) if isinstance(rows[0], list) else len(rows)
        yield dict(f=f, x=[abs(away_from_zero(rng)) for _ in range(n)], v=rounded(rng, n))


def single(rng):
    yield dict(f="p[0] * p[1]", x=[3, 5], v=[1, 2])
    yield dict(f="p[0] * p[1]", x=[2, 2], v=[0, 1])
    yield from moved(rng, MAPS)


def several(rng):
    yield dict(f="[p[0] * p[1], p[0]]", x=[3, 5], v=[1, 2])
    yield from moved(rng, LISTS)


forward = Piece("neural.dual:jvp")
forward.asks(
    "jvp(lambda p: eval(f), x, v)",
    "how fast one result changes when x moves at v",
    cases=single,
    answer=lambda f, x, v: float(np.dot(at(MAPS[f], x), v)),
)
forward.asks(
    "jvp(lambda p: eval(f), x, v)",
    "how fast each of several results changes when x moves at v",
    cases=several,
    answer=lambda f, x, v: [float(np.dot(at(row, x), v)) for row in LISTS[f]],
)
forward.asks("jvp(lambda p: 7, [1.0, 2.0], [3.0, 4.0])", "a constant", cases=[{}], answer=lambda: 0.0)
forward.asks(
    """
    calls = []

    def f(p):
        calls.append(isinstance(p, list))
        return [p[0] * p[1] + p[2], p[0]]

    [jvp(f, [2.0, 3.0, 4.0], [1.0, 10.0, 100.0]), calls]
    """,
    "f is called once, with one list, however many inputs and results there are",
    cases=[{}],
    answer=lambda: [[123.0, 1.0], [True]],
)
forward.asks(
    "a, b = Value(3.0), Value(5.0)\ny = jvp(lambda p: p[0] * p[0] * p[1], [a, b], [1.0, 0.0])\n"
    "y.backward()\n[y.data, a.grad, b.grad]",
    "inputs that are Values: so is the speed",
    cases=[{}],
    answer=lambda: [30.0, 10.0, 6.0],
)
forward.asks(
    "jvp(lambda p: p[0], x, v)",
    "lengths that differ are refused, and both are named",
    cases=[dict(x=[1.0, 2.0], v=[1.0, 2.0, 3.0]), dict(x=[1.0, 2.0, 3.0], v=[4.0, 5.0])],
    raises="ValueError",
    mentions=("2", "3"),
)
forward.mistake("The speeds v are not used: every input moves at speed 1.", "(value, speed) for", "(value, 1.0) for")
forward.mistake("Value and speed have changed places.", "Dual(value, speed) for", "Dual(speed, value) for")
forward.mistake(
    "f can return a list: then each result has a slope of its own.",
    "[slope_of(result) for result in y] if isinstance(y, list) else slope_of(y)",
    "slope_of(y)",
)
NO_SLOPE = "A plain number among the results has no .derivative: `slope_of` knows what to do."
forward.mistake(NO_SLOPE, "[slope_of(result) for", "[result.derivative for")
forward.mistake("Compare the lengths: zip cuts the longer list off in silence.", "len(x) != len(v)", "False")
forward.mistake(
    "Moving one input at a time takes n calls: let all of them move at once.",
    """
    if len(x) != len(v):
        raise ValueError(f"{len(x)} inputs do not match {len(v)} speeds")
    rows = []
    for i in range(len(x)):
        y = f([Dual(value, v[i] if i == j else 0.0) for j, value in enumerate(x)])
        rows.append([slope_of(result) for result in y] if isinstance(y, list) else [slope_of(y)])
    sums = [sum(column) for column in zip(*rows)]
    return sums if isinstance(y, list) else sums[0]
    """,
)
forward.hint("Make a list of Duals: each value from x, its derivative from v at the same place. One call of f.")
forward.hint(
    "`isinstance(y, list)` tells a list of results from a single one; `slope_of` takes the slope of one result."
)

slopes = Piece("neural.dual:gradient")
slopes.asks(
    "gradient(lambda p: eval(f), x)",
    "all slopes of f at x",
    cases=lambda rng: [dict(f=case["f"], x=case["x"]) for case in single(rng)],
    answer=lambda f, x: at(MAPS[f], x),
)
slopes.asks("gradient(lambda p: 7, x)", "a constant", cases=[dict(x=[1.0, 2.0])], answer=lambda x: [0.0] * len(x))
slopes.asks(
    """
    calls = []

    def f(p):
        calls.append(len(p))
        return sum((k + 1) * part for k, part in enumerate(p))

    [gradient(f, x), calls]
    """,
    "f is called once for each coordinate, with a list of all n inputs",
    cases=[dict(x=[5.0]), dict(x=[4.0, 4.0, 4.0, 1.0])],
    answer=lambda x: [[k + 1.0 for k in range(len(x))], [len(x)] * len(x)],
)
slopes.mistake(
    "All inputs move at once, so you get the sum of all slopes: move one at a time.", "1.0 if j == i else 0.0", "1.0"
)
slopes.mistake("Those before are still moving: only one at a time may.", "1.0 if j == i", "1.0 if j <= i")
slopes.mistake(
    "f wants the whole list: make all inputs Duals, one of them with speed 1, and hand over the list.",
    "return [derivative(f)(value) for value in x]",
)
slopes.mistake("The speed of the one that moves is 1, not its value.", "1.0 if j == i", "x[i] if j == i")
slopes.mistake(
    "list.index finds the first entry that is equal: walk by position.",
    "return [jvp(f, x, [1.0 if j == x.index(value) else 0.0 for j in range(len(x))]) for value in x]",
)
slopes.hint("With v = [1, 0, 0], jvp is the slope along coordinate 0. What v gives the next one?")
slopes.hint("A list for each i: `[1.0 if j == i else 0.0 for j in range(n)]`.")

HESSIANS = {
    "p[0] * p[0] * p[1]": [["2 * p[1]", "2 * p[0]"], ["2 * p[0]", "0"]],
    "p[0] ** 2 / 2 + 5 * p[1] ** 2": [["1", "0"], ["0", "10"]],
    "p[0] ** 4": [["12 * p[0]**2"]],
    "sin(p[0]) * p[1] + p[2] ** 3": [
        ["-p[1] * sin(p[0])", "cos(p[0])", "0"],
        ["cos(p[0])", "0", "0"],
        ["0", "0", "6 * p[2]"],
    ],
    "exp(p[0]) / p[1]": [
        ["exp(p[0]) / p[1]", "-exp(p[0]) / p[1]**2"],
        ["-exp(p[0]) / p[1]**2", "2 * exp(p[0]) / p[1]**3"],
    ],
}


def curved(rng):
    yield dict(f="p[0] * p[0] * p[1]", x=[3, 5], v=[1, 0])
    yield dict(f="p[0] * p[0] * p[1]", x=[2.0, 2.0], v=[1, 3])
    yield dict(f="p[0] * p[0] * p[1]", x=[1.0, 4.0], v=[0.0, 1.0])
    yield from moved(rng, HESSIANS)


product = Piece("neural.dual:hvp")
product.asks(
    "hvp(lambda p: eval(f), x, v)",
    "the Hessian times v",
    cases=curved,
    answer=lambda f, x, v: [float(np.dot(at(row, x), v)) for row in HESSIANS[f]],
)
product.asks(
    "hvp(lambda p: eval(f), [3.0, 5.0], v)",
    "a slope that never changes",
    cases=[dict(f=f, v=v) for f in ("p[0] + p[1]", "4 * p[0] - p[1] + 1", "7") for v in ([1.0, 2.0], [1, 2])],
    answer=lambda f, v: [0.0, 0.0],
)
product.asks(
    """
    calls = []

    def f(p):
        calls.append(len(p))
        return sum(p) * sum(p) * sum(p)

    [hvp(f, x, v), len(calls)]
    """,
    "f is called once, however many inputs there are",
    cases=[dict(x=[2.0], v=[1.0]), dict(x=[1.0, 2.0, 3.0, 4.0], v=[1.0, -1.0, 0.5, 2.0])],
    answer=lambda x, v: [[6 * sum(x) * sum(v)] * len(x), 1],
)
product.mistake(
    "This is the gradient. Differentiate along v first, and take the gradient of that.",
    """
    inputs = [Value(number) for number in x]
    y = f(inputs)
    if isinstance(y, Value):
        y.backward()
    return [value.grad for value in inputs]
    """,
)
product.mistake(
    "The speed can be a plain number, if the slope never changes; then there is nothing to go back through.",
    "if isinstance(speed, Value):\n        speed.backward()",
    "speed.backward()",
)
product.mistake(
    "This is the gradient times v, entry by entry. Differentiate along v first, and take the gradient of that.",
    "return [a * b for a, b in zip(vjp(f, x, 1.0), v)]",
)
product.mistake("The velocity is v, not the point x.", "jvp(f, inputs, v)", "jvp(f, inputs, x)")
product.mistake(
    "You multiplied only the diagonal of the Hessian with v: its other entries count too.",
    """
    return [b * slope_of(slope_of(f([Dual(Dual(c, float(i == j)), float(i == j)) for j, c in enumerate(x)])))
            for i, b in enumerate(v)]
    """,
)
product.hint("A list of Values, one for each number of x: hand them to `jvp` as the point.")
product.hint("The speed that comes back is a Value that knows where it came from. What does `backward` do for it?")
