"""What must hold of sums, products and quotients of Duals. Oracle: exact fractions."""

from fractions import Fraction

from checks.language import Piece
from checks.neural.dual.shared import NESTED, away_from_zero, rounded


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
