"""What must hold of Duals, and the mistakes their builders make.

Oracles: rules of calculus written out by hand, NumPy, and exact fractions.
"""

import math
from fractions import Fraction

import numpy as np

from checks.language import Piece


def rounded(rng, n, low=-3.0, high=3.0):
    return [round(float(x), 2) for x in rng.uniform(low, high, n)]


def away_from_zero(rng):
    return float(rng.choice([-1.0, 1.0])) * rounded(rng, 1, 0.5, 4.0)[0]


def pairs(rng):
    """Two Duals, a + b ε and c + d ε, of which the second can be divided by."""
    yield dict(a=3, b=1, c=5, d=2)
    yield dict(a=3, b=1, c=5, d=0)
    yield dict(a=-2.5, b=0.0, c=0.5, d=-1.5)
    yield dict(a=0.0, b=4.0, c=-2.0, d=7.0)
    yield dict(a=1, b=1, c=1, d=1)
    for _ in range(4):
        a, b, d = rounded(rng, 3)
        yield dict(a=a, b=b, c=away_from_zero(rng), d=d)


NESTED = "\n[value_of(y.value), slope_of(y.value), value_of(y.derivative), slope_of(y.derivative)]"
CONVERT = "other = other if isinstance(other, Dual) else Dual(other)"


def exactly(right, *numbers):
    return [float(part) for part in right(*map(Fraction, numbers))]


def arithmetic(piece, sign, right, second, *first):
    """The questions of an operation on two Duals; ``right(a, b, c, d)`` is the pair of its value and derivative.

    ``second(a, b, p, c, d, q)`` is the second derivative, if p and q are those of the operands; ``first`` are cases.
    """
    piece.asks(
        f"x = Dual(a, b) {sign} Dual(c, d)\n[x.value, x.derivative]",
        "value and derivative of the result",
        cases=lambda rng: [*first, *pairs(rng)],
        answer=lambda a, b, c, d: exactly(right, a, b, c, d),
    )
    piece.asks(
        f"x = Dual(a, b)\ny, z = x {sign} c, c {sign} x\n[y.value, y.derivative, z.value, z.derivative]",
        "a plain number on the right, and on the left",
        cases=[dict(a=3, b=1, c=10), dict(a=-2.5, b=2, c=0.5), dict(a=4.0, b=-3.0, c=-8)],
        answer=lambda a, b, c: [*exactly(right, a, b, c, 0), *exactly(right, c, 0, a, b)],
    )
    piece.asks(
        f"x, y = Dual(3, 1), Dual(5, 2)\nz, w = x {sign} y, x {sign} n\n"
        "[x.value, x.derivative, y.value, y.derivative, z is x, w is x]",
        "the operands stay as they were, and the result is a new Dual",
        cases=[dict(n=0 if sign == "+" else 1)],
        answer=lambda n: [3, 1, 5, 2, False, False],
    )
    piece.asks(
        f"x = Dual(Dual(a, b), Dual(b, p))\nz = Dual(Dual(c, d), Dual(d, q))\ny = x {sign} z" + NESTED,
        "components that are Duals themselves: the second derivative, too",
        cases=[dict(a=3.0, b=1.0, p=-2.0, c=5.0, d=2.0, q=1.0), dict(a=2.0, b=-1.0, p=0.5, c=4.0, d=0.0, q=3.0)],
        answer=lambda a, b, p, c, d, q: [*right(a, b, c, d), right(a, b, c, d)[1], second(a, b, p, c, d, q)],
    )
    piece.asks(
        f"x = Dual(a, b)\ny = x {sign} x\n[y.value, y.derivative]",
        "the same Dual on both sides",
        cases=[dict(a=3, b=1), dict(a=-0.5, b=2.0)],
        answer=lambda a, b: exactly(right, a, b, a, b),
    )


NO_NUMBERS = ("A plain number has no .value: make it a Dual first, with derivative 0.", CONVERT, "other = other")
AS_IF_MOVING = (
    "A plain number is a constant, so its derivative is 0, not 1.",
    CONVERT,
    "other = other if isinstance(other, Dual) else Dual(other, 1.0)",
)

add = Piece("neural.dual:Dual.__add__")
arithmetic(add, "+", lambda a, b, c, d: (a + c, b + d), lambda a, b, p, c, d, q: p + q)
add.mistake(*NO_NUMBERS)
add.mistake(*AS_IF_MOVING)
ALSO = "You added the plain number to the derivative as well: a constant doesn't change, so it adds 0 there."
add.mistake(ALSO, CONVERT, "other = other if isinstance(other, Dual) else Dual(other, other)")
add.mistake("The derivatives are multiplied; they are to be added.", ".derivative + other", ".derivative * other")
add.mistake("The derivative of other is left out: a sum grows because of both.", " + other.derivative", "")
add.mistake(
    "You changed self instead of making a new Dual.",
    """
    other = other if isinstance(other, Dual) else Dual(other)
    self.value = self.value + other.value
    self.derivative = self.derivative + other.derivative
    return self
    """,
)
add.hint("`Dual(value, derivative)` makes the result: the two values added, the two derivatives added.")
add.hint("`isinstance(other, Dual)` tells a Dual from a plain number, and `Dual(other)` makes a constant of it.")

mul = Piece("neural.dual:Dual.__mul__")
arithmetic(mul, "*", lambda a, b, c, d: (a * c, b * c + a * d), lambda a, b, p, c, d, q: p * c + 2 * b * d + a * q)
mul.mistake(*NO_NUMBERS)
STRIPS = "self.derivative * other.value + self.value * other.derivative"
CORNER = "self.derivative * other.derivative"
mul.mistake("You multiplied the derivatives; that is the corner, whose ε² is 0.", STRIPS, CORNER)
mul.mistake("The corner, derivative times derivative, is still in it: its ε² is 0.", STRIPS, f"{STRIPS} + {CORNER}")
mul.mistake(
    "A plain number multiplies the derivative as well: ten times as large also grows ten times as fast.",
    CONVERT,
    "if not isinstance(other, Dual):\n        return Dual(self.value * other, self.derivative)",
)
mul.mistake("One strip is missing: other may be growing too.", STRIPS, "self.derivative * other.value")
OWN = "self.derivative * self.value + other.value * other.derivative"
mul.mistake("Each derivative goes with the other one's value.", STRIPS, OWN)
mul.hint("Multiply out (a + b ε)(c + d ε): four products. One of them has ε² in it.")
mul.hint("Two products have exactly one ε: their sum is the derivative.")

truediv = Piece("neural.dual:Dual.__truediv__")
arithmetic(
    truediv,
    "/",
    lambda a, b, c, d: (a / c, (b * c - a * d) / (c * c)),
    lambda a, b, p, c, d, q: (p - 2 * d * (b * c - a * d) / c**2 - q * a / c) / c,
    dict(a=15, b=11, c=5, d=2),
)
truediv.asks(
    "Dual(a, 1.0) / c", "division by 0", cases=[dict(a=3.0, c=0.0), dict(a=3.0, c=0)], raises="ZeroDivisionError"
)
truediv.mistake(*NO_NUMBERS)
TOP = "(self.derivative - quotient * other.derivative)"
truediv.mistake(
    "The sign between the two products is a minus: a growing divisor makes the quotient shrink.",
    "self.derivative - quotient",
    "self.derivative + quotient",
)
truediv.mistake(
    "The two products have changed places: it is bc - ad, so the dividend's derivative b counts with a plus.",
    TOP,
    "(quotient * other.derivative - self.derivative)",
)
truediv.mistake(
    "You divided the derivatives by each other; solve for the unknown derivative instead.",
    """
    other = other if isinstance(other, Dual) else Dual(other, 1.0)
    return Dual(self.value / other.value, self.derivative / other.derivative if other.derivative else 0.0)
    """,
)
truediv.mistake(
    "The divisor has to be squared under bc - ad.",
    """
    other = other if isinstance(other, Dual) else Dual(other)
    top = self.derivative * other.value - self.value * other.derivative
    return Dual(self.value / other.value, top / other.value)
    """,
)
truediv.mistake("The derivative of the divisor is left out.", TOP, "self.derivative")
truediv.hint("Call the result p + q ε, write down (p + q ε)(c + d ε) = a + b ε, and compare both sides.")
truediv.hint("p = a/c; and qc + pd = b, which you can solve for q.")


def powers(rng):
    yield dict(a=2, b=5, n=3)
    yield dict(a=3.0, b=1.0, n=2)
    yield dict(a=-3.0, b=2.0, n=3)
    yield dict(a=4.0, b=-1.0, n=0.5)
    yield dict(a=2.0, b=3.0, n=-2)
    yield dict(a=5.0, b=0.0, n=3)
    yield dict(a=-1.5, b=0.5, n=1)
    for n in (2, 3, -1, 1.5):
        yield dict(a=abs(away_from_zero(rng)), b=rounded(rng, 1)[0], n=n)


power = Piece("neural.dual:Dual.__pow__")
power.asks(
    "x = Dual(a, b) ** n\n[x.value, x.derivative]",
    "a number as exponent",
    cases=powers,
    answer=lambda a, b, n: [float(a) ** n, n * float(a) ** (n - 1) * b],
)
power.asks(
    "base = Dual(a, 2.0)\nx = base**n\n[x.value, x.derivative, x is base]",
    "small exponents, and bases of 0 among others; the result is a new Dual",
    cases=[dict(a=a, n=n) for a, n in ((0.0, 2), (0.0, 1), (0.0, 0), (3.0, 0), (-3.0, 0), (0, 0), (0, 3))],
    answer=lambda a, n: [float(n == 0) if a == 0 else 1.0, 2.0 if n == 1 else 0.0, False],
)
power.asks("Dual(0.0, 1.0) ** n", "where ** fails", cases=[dict(n=-1), dict(n=0.5)], raises="ZeroDivisionError")
power.asks(
    "x = Dual(a, b) ** Dual(c, d)\n[x.value, x.derivative]",
    "a Dual as exponent",
    cases=lambda rng: [
        dict(a=2.0, b=5.0, c=3.0, d=0.0),
        dict(a=2.0, b=0.0, c=3.0, d=1.0),
        dict(a=2, b=1, c=2, d=1),
        dict(a=0.5, b=-1.0, c=-2.0, d=3.0),
        dict(a=1.7, b=rounded(rng, 1)[0], c=rounded(rng, 1)[0], d=rounded(rng, 1)[0]),
        dict(a=1.7, b=0.6, c=0.0, d=2.0),
    ],
    answer=lambda a, b, c, d: [a**c, a**c * (d * math.log(a) + c * b / a)],
)
power.asks(
    "x = Dual(a, 1.0)\ny = Dual(x, 1.0) ** n" + NESTED,
    "components that are Duals themselves: x**n with its second derivative",
    cases=[dict(a=2.0, n=3), dict(a=-2.0, n=3), dict(a=0.0, n=2), dict(a=2.0, n=-1), dict(a=4.0, n=0.5)],
    answer=lambda a, n: [a**n, n * a ** (n - 1), n * a ** (n - 1), n * (n - 1) * (a ** (n - 2) if n != 2 else 1)],
)
power.asks(
    "x, n = Dual(Dual(a, 1.0), Dual(1.0, 0.0)), Dual(Dual(3.0, 0.0), Dual(0.0, d))\ny = x**n" + NESTED,
    "base and exponent with components that are Duals: the second derivative, too",
    cases=[dict(a=2.0, d=0.0), dict(a=0.5, d=1.0)],
    answer=lambda a, d: [a**3, 3 * a * a, 3 * a * a, 6 * a + d * a**3 * math.log(a)],
)
power.mistake(
    "The base's own derivative is missing: the chain rule multiplies by it.", "slope * self.derivative", "slope"
)
power.mistake(
    "`value ** exponent - 1` is (value ** exponent) - 1: the smaller exponent needs parentheses.",
    "self.value ** (exponent - 1)",
    "(self.value ** exponent - 1)",
)
power.mistake(
    "To the power of 0 the formula would need 0 ** -1, which fails at 0: the slope is 0 there.",
    "exponent * self.value ** (exponent - 1) if exponent != 0 else 0.0",
    "exponent * self.value ** (exponent - 1)",
)
power.mistake(
    "exp(n log x) is for positive bases only: with a number as exponent, negative ones and 0 are welcome.",
    "return exp(log(self) * exponent)",
)
EXP = "exp(exponent * log(self))"
power.mistake("A Dual as exponent changes too: it is no constant.", EXP, "self**exponent.value")
BASE = "exp(exponent * log(self.value))"
power.mistake("The base moves as well: take the logarithm of the Dual, not of its value.", EXP, BASE)
power.mistake("Base and exponent have changed places: the logarithm is the base's.", EXP, "exp(self * log(exponent))")
MATHS = "math.exp(exponent * math.log(self))"
power.mistake("math.exp and math.log want plain numbers: the module's own exp and log take Duals.", EXP, MATHS)
power.hint("First the case of a Dual exponent: the docstring has the formula, written with this module's functions.")
power.hint("For a number n: `self.value**n`, and the slope n · value^(n-1) times `self.derivative`.")
power.hint("`... if exponent != 0 else 0.0` takes care of the power of 0.")

# ------------------------------------------------------------------ functions


def angles(rng):
    yield dict(a=0.0, b=2.0)
    yield dict(a=1, b=1)
    yield dict(a=math.pi, b=-0.5)
    yield dict(a=2.5, b=0.0)
    for a, b in (rounded(rng, 2), rounded(rng, 2, -20.0, 20.0)):
        yield dict(a=a, b=b)


sine = Piece("neural.dual:sin")
sine.asks(
    "y = sin(Dual(a, b))\n[y.value, y.derivative]",
    "the sine of a Dual",
    cases=angles,
    answer=lambda a, b: [math.sin(a), math.cos(a) * b],
)
sine.asks("sin(a)", "the sine of a plain number", cases=angles, answer=lambda a: math.sin(a))
sine.asks(
    "v = Value(a)\ny = sin(v)\ny.backward()\n[y.data, v.grad]",
    "the sine of a Value, which keeps its children",
    cases=angles,
    answer=lambda a: [math.sin(a), math.cos(a)],
)
sine.asks(
    "x = Dual(a, 1.0)\ny = sin(Dual(x, b))" + NESTED,
    "the sine of a Dual whose value is a Dual",
    cases=[dict(a=0.5, b=1.0), dict(a=2.0, b=-3.0)],
    answer=lambda a, b: [math.sin(a), math.cos(a), b * math.cos(a), -b * math.sin(a)],
)
sine.mistake("The Dual's own derivative is missing: the chain rule multiplies by it.", " * x.derivative", "")
sine.mistake("You took the cosine of the derivative; take it of the value.", "cos(x.value)", "cos(x.derivative)")
sine.mistake("The slope of the sine is plus the cosine, not minus.", "cos(x.value)", "-cos(x.value)")
sine.mistake(
    "math.sin wants plain numbers, but the value can be a Dual: use sin and cos of this module.",
    "sin(x.value), cos(x.value)",
    "math.sin(x.value), math.cos(x.value)",
)
sine.mistake(
    "math.sin makes a plain number of a Value, which forgets its children: hand it to `plainly`.",
    'return plainly("sin", x)',
    "return math.sin(x)",
)
sine.hint("`exp` above has the same shape: what changes is the value and the slope.")
sine.hint(
    "Inside, call `sin(x.value)` and `cos(x.value)`: functions may call themselves, and each call is one level down."
)

# ------------------------------------------------------------------ derivatives

CURVES = {  # f, f', f''
    "x * x": ("2 * x", "2"),
    "3 * x + 4": ("3", "0"),
    "x * x * x - 5 * x": ("3 * x * x - 5", "6 * x"),
    "(x * x + 1) / (x + 4)": ("(x * x + 8 * x - 1) / (x + 4)**2", "34 / (x + 4)**3"),
    "sin(x * x)": ("2 * x * cos(x * x)", "2 * cos(x * x) - 4 * x * x * sin(x * x)"),
    "exp(-x) * x**3": ("exp(-x) * (3 * x**2 - x**3)", "exp(-x) * (6 * x - 6 * x**2 + x**3)"),
}


def curves(rng):
    yield dict(f="x * x", at=3)
    for f in CURVES:
        yield dict(f=f, at=rounded(rng, 1)[0])
    yield dict(f="x * x * x - 5 * x", at=1e8)
    yield dict(f="x * x", at=0.0)


def worked_out(f, at, order):
    return float(eval(CURVES[f][order - 1], vars(math), {"x": at}))


slope = Piece("neural.dual:derivative")
slope.asks(
    "derivative(lambda x: eval(f))(at)",
    "the slope of f, exactly",
    cases=curves,
    answer=lambda f, at: worked_out(f, at, 1),
    atol=1e-11,
)
slope.asks(
    "derivative(lambda x: 7)(at)",
    "a function that returns a plain number",
    cases=[dict(at=3.0), dict(at=-1)],
    answer=lambda at: 0.0,
)
slope.asks(
    "derivative(derivative(lambda x: eval(f)))(at)",
    "the derivative of the derivative",
    cases=curves,
    answer=lambda f, at: worked_out(f, at, 2),
    atol=1e-10,
)
slope.asks(
    """
    calls = []

    def f(x):
        calls.append(type(x).__name__)
        return x * x

    df = derivative(f)
    slopes = [df(3.0), df(5.0)]
    [slopes, calls]
    """,
    "f is called once for each slope, with a Dual",
    cases=[{}],
    answer=lambda: [[6.0, 10.0], ["Dual", "Dual"]],
)
RUN = "slope_of(f(Dual(x, 1.0)))"
slope.mistake("You return the value; the slope is wanted.", RUN, "f(Dual(x, 1.0)).value")
STILL = "With derivative 0 the input is a constant, and nothing moves: it has to grow at speed 1."
slope.mistake(STILL, "Dual(x, 1.0)", "Dual(x)")
slope.mistake("x may be a Dual itself: take it as it comes, without float().", "Dual(x, 1.0)", "Dual(float(x), 1.0)")
slope.mistake("The input grows at speed 1, wherever it is.", "Dual(x, 1.0)", "Dual(x, x)")
slope.mistake(
    "A function may return a plain number, which has no .derivative: `slope_of` knows what to do.",
    RUN,
    "f(Dual(x, 1.0)).derivative",
)
STEP = "(f(x + 1e-5) - f(x - 1e-5)) / 2e-5"
slope.mistake("With a small step the slope is not exact; let f have a Dual.", RUN, STEP)
slope.hint("Define a function inside, which takes x, and return it (the function itself, without calling it).")
slope.hint("Call f with `Dual(x, 1.0)`. What comes back is a Dual, or a plain number.")

# ------------------------------------------------------------------ several inputs

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
