"""What must hold of sums and products of Values. Oracle: arithmetic and slopes by hand."""

from checks.language import Piece
from checks.neural.value.shared import CONVERT, NO_NUMBERS, SINGLES, rounded


def operands(rng):
    yield dict(x=4.0, y=3.0, up=2.0)
    yield dict(x=-2.0, y=5.0, up=1.0)
    yield dict(x=1.0, y=1.0, up=-0.5)
    yield dict(x=0.0, y=7.0, up=3.0)
    yield dict(x=2.5e140, y=-4e-130, up=1.5)
    for _ in range(3):
        x, y, up = rounded(rng, 3)
        yield dict(x=x, y=y, up=up)


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
