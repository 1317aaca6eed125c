"""What must hold of powers and sines of Duals. Oracle: rules of calculus written out by hand."""

import math

from checks.language import Piece
from checks.neural.dual.shared import NESTED, away_from_zero, rounded


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
