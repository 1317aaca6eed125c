"""What must hold of powers and ``tanh`` of Values. Oracle: slopes by hand."""

import numpy as np

from checks.language import Piece
from checks.neural.value.shared import rounded


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
