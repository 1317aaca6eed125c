"""Numbers that carry their own derivative along: forward-mode automatic differentiation.

A `Dual` is a + b ε, where ε is a quantity so small that its square is 0: a is a number, b how fast that number changes.
Whatever is calculated with Duals comes out with its exact derivative, in the same pass. The two components can be
floats, but also Duals (which gives second derivatives) or Values (which gives Hessian-vector products).

Source: Clifford, *Preliminary Sketch of Biquaternions* (1873); Wengert, *A Simple Automatic Derivative Evaluation
Program* (1964); Griewank and Walther, *Evaluating Derivatives* (2008), chapters 3 to 5; for `hvp`: Pearlmutter, *Fast
Exact Multiplication by the Hessian* (1994).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from course_lib.neural.value import Value, weighted_sum

Number = int | float


class Dual:
    """The number ``value`` + ``derivative`` ε.

    ``Dual(3, 1)`` is 3, and grows 1 for each unit of whatever moves it; ``Dual(3)`` is a constant. Both components may
    be numbers, Duals or Values. Operations make new Duals and leave their operands alone.
    """

    __slots__ = ("value", "derivative")

    def __init__(self, value: Number | Dual | Value, derivative: Number | Dual | Value = 0.0):
        self.value = value
        self.derivative = derivative

    def __repr__(self) -> str:
        return f"Dual({self.value}, {self.derivative})"

    # ------------------------------------------------------------------ arithmetic

    def __add__(self, other: Dual | Number) -> Dual:
        """Sum, as a new Dual: (a + b ε) + (c + d ε) = (a + c) + (b + d) ε.

        An ``other`` that is not a Dual is a constant: its derivative is 0. Both operands stay as they are. The
        components need not be numbers: use nothing but arithmetic on them.

        ``Dual(3, 1) + Dual(5, 2)`` is ``Dual(8, 3)``, and ``Dual(3, 1) + 10`` is ``Dual(13, 1)``.
        """
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.derivative + other.derivative)

    def __mul__(self, other: Dual | Number) -> Dual:
        """Product, as a new Dual: (a + b ε)(c + d ε), multiplied out, with ε² = 0.

        An ``other`` that is not a Dual is a constant: its derivative is 0. Both operands stay as they are. The
        components need not be numbers: use nothing but arithmetic on them.

        ``Dual(3, 1) * Dual(5, 2)`` is ``Dual(15, 11)``, and ``Dual(3, 1) * 10`` is ``Dual(30, 10)``.
        """
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value * other.value, self.derivative * other.value + self.value * other.derivative)

    def __truediv__(self, other: Dual | Number) -> Dual:
        """Quotient, as a new Dual: that number which, multiplied by ``other``, gives ``self``, derivative and all.

        An ``other`` that is not a Dual is a constant: its derivative is 0. Both operands stay as they are. Where the
        value of ``other`` is 0, the division raises `ZeroDivisionError`, as between numbers. The components need not
        be numbers: use nothing but arithmetic on them.

        ``Dual(15, 11) / Dual(5, 2)`` is ``Dual(3.0, 1.0)``.
        """
        other = other if isinstance(other, Dual) else Dual(other)
        quotient = self.value / other.value
        return Dual(quotient, (self.derivative - quotient * other.derivative) / other.value)

    def __pow__(self, exponent: Dual | Number) -> Dual:
        """Power, as a new Dual; ``self`` is the base.

        With a number n as ``exponent`` the value is raised to the power of n, and the derivative is that of ``self``
        times n times the value to the power of n - 1. Negative bases (with whole n) and bases of 0 are welcome. To the
        power of 0 the result is 1 with derivative 0, whatever the base. Where Python's own ``**`` fails (``0.0 ** -1``,
        or the slope of a square root at 0), its `ZeroDivisionError` comes through.

        With a Dual as ``exponent`` the result is exp(exponent · log(self)), and the base is positive. (``exp`` and
        ``log`` are the functions of this module.) The components need not be numbers: use nothing but arithmetic and
        this module's functions on them.

        ``Dual(2, 5) ** 3`` is ``Dual(8, 60)``, and ``Dual(2, 5) ** Dual(3, 0)`` is the same but for rounding.
        """
        if isinstance(exponent, Dual):
            return exp(exponent * log(self))
        slope = exponent * self.value ** (exponent - 1) if exponent != 0 else 0.0
        return Dual(self.value**exponent, slope * self.derivative)

    __radd__ = __add__  # 2 + x
    __rmul__ = __mul__  # 2 * x

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.derivative)

    def __sub__(self, other: Dual | Number) -> Dual:
        return self + -other

    def __rsub__(self, other: Number) -> Dual:
        return other + -self

    def __rtruediv__(self, other: Number) -> Dual:
        return Dual(other) / self

    def __rpow__(self, base: Number) -> Dual:
        power = base**self.value
        return Dual(power, power * log(base) * self.derivative)

    def __abs__(self) -> Dual:
        """The distance from 0. At 0 there is a kink; the derivative is taken to be 0 there."""
        return self * ((self > 0) - (self < 0))

    # ------------------------------------------------------------------ comparisons look at the value alone

    def __eq__(self, other: object) -> bool:
        return self.value == value_of(other)

    def __lt__(self, other: Dual | Number) -> bool:
        return self.value < value_of(other)

    def __gt__(self, other: Dual | Number) -> bool:
        return self.value > value_of(other)

    def __le__(self, other: Dual | Number) -> bool:
        return self.value <= value_of(other)

    def __ge__(self, other: Dual | Number) -> bool:
        return self.value >= value_of(other)

    __hash__ = None  # equal by value, but not the same: no members of a set


def value_of(x):
    """The value of a Dual, and anything else itself."""
    return x.value if isinstance(x, Dual) else x


def slope_of(y):
    """The derivative of a Dual; of anything else 0.0, because it is a constant."""
    return y.derivative if isinstance(y, Dual) else 0.0


# ------------------------------------------------------------------ functions of numbers, Values and Duals


def plainly(name: str, x: Number | Value) -> float | Value:
    """The function ``name`` of anything but a Dual: a Value has it as a method, for a number it is in `math`."""
    return getattr(x, name)() if isinstance(x, Value) else getattr(math, name)(x)


def exp(x):
    """e to the power of x. It is its own slope."""
    if isinstance(x, Dual):
        power = exp(x.value)
        return Dual(power, power * x.derivative)
    return plainly("exp", x)


def log(x):
    """Natural logarithm, of positive numbers only; its slope is 1/x."""
    if isinstance(x, Dual):
        return Dual(log(x.value), x.derivative / x.value)
    return plainly("log", x)


def sin(x):
    """Sine of an angle in radians: of a number a number, of a Value a Value, and of a Dual a new Dual.

    A Dual's derivative is multiplied by the cosine of its value. The value need not be a number: it may be another Dual
    (or a Value), so only this module's functions are fit for it, not those of ``math``. Anything but a Dual goes to
    ``plainly("sin", x)``. ``sin(Dual(0.0, 2.0))`` is ``Dual(0.0, 2.0)``, and ``sin(0.0)`` is ``0.0``.
    """
    if isinstance(x, Dual):
        return Dual(sin(x.value), cos(x.value) * x.derivative)
    return plainly("sin", x)


def cos(x):
    """Cosine of an angle in radians; its slope is minus the sine."""
    if isinstance(x, Dual):
        return Dual(cos(x.value), -sin(x.value) * x.derivative)
    return plainly("cos", x)


def tanh(x):
    """Hyperbolic tangent t; its slope is 1 - t²."""
    if isinstance(x, Dual):
        t = tanh(x.value)
        return Dual(t, (1 - t * t) * x.derivative)
    return plainly("tanh", x)


def sqrt(x):
    """Square root; its slope is 1 / (2 root), which at 0 is a division by zero."""
    if isinstance(x, Dual):
        root = sqrt(x.value)
        return Dual(root, x.derivative / (2 * root))
    return x**0.5 if isinstance(x, Value) else math.sqrt(x)


# ------------------------------------------------------------------ derivatives


def derivative(f: Callable) -> Callable:
    """The derivative of ``f``, as a new function: ``derivative(f)(x)`` is the slope of ``f`` at ``x``, without a step.

    ``f`` takes one number and returns one. Each call of the new function calls ``f`` once, with a Dual of value ``x``
    and derivative 1. What ``f`` returns is a Dual, or, where it doesn't depend on ``x``, perhaps a plain number; then
    the slope is 0 (`slope_of` sees to both). ``x`` may itself be a Dual, so that ``derivative(derivative(f))`` is the
    second derivative.

    ``derivative(lambda x: x * x)(3)`` is 6, and ``derivative(derivative(lambda x: x * x))(3)`` is 2.
    """

    def slope(x):
        return slope_of(f(Dual(x, 1.0)))

    return slope


def jvp(f: Callable, x: Sequence, v: Sequence) -> float | list:
    """How fast the results of ``f`` change if its inputs ``x`` move with the speeds ``v``: one call of ``f``.

    ``x`` and ``v`` are lists of n numbers each; ``f`` takes a list of n inputs (here: Duals), and returns one number or
    a list of m. Accordingly the result is one number or a list of m. A result of ``f`` that doesn't depend on the
    inputs can be a plain number; its speed is 0. ``x`` and ``v`` stay as they are. The entries of ``x`` may be Values;
    then speeds are Values too, unless they are constant.

    (The name is short for Jacobian-vector product.) Raises `ValueError`, with both lengths in its message, if the
    lengths of ``x`` and ``v`` differ.

    ``jvp(lambda p: p[0] * p[1], [3, 5], [1, 2])`` is 11; of ``lambda p: [p[0] * p[1], p[0]]`` it is ``[11, 1]``.
    """
    if len(x) != len(v):
        raise ValueError(f"{len(x)} inputs do not match {len(v)} speeds")
    y = f([Dual(value, speed) for value, speed in zip(x, v)])
    return [slope_of(result) for result in y] if isinstance(y, list) else slope_of(y)


def gradient(f: Callable, x: Sequence) -> list:
    """All slopes of ``f`` at the point ``x``, as a new list: entry ``i`` is the slope along coordinate ``i``.

    ``f`` takes a list of n inputs (here: Duals) and returns one number, possibly a constant one. It is called n times,
    once for each coordinate. ``x``, a list of n numbers, stays as it is.

    ``gradient(lambda p: p[0] * p[1], [3, 5])`` is ``[5, 3]``.
    """
    n = len(x)
    return [jvp(f, x, [1.0 if j == i else 0.0 for j in range(n)]) for i in range(n)]


def vjp(f: Callable, x: Sequence, u: float | Sequence) -> list:
    """The gradient, at ``x``, of the results of ``f`` weighted by ``u`` and added up: reverse mode, by way of Values.

    If ``f`` returns one number, ``u`` is one; if a list of m, a list of m. One call of ``f``, one ``backward``, and
    out come n numbers. (The name is short for vector-Jacobian product.)
    """
    inputs = [Value(number) for number in x]
    y = f(inputs)
    weights, results = (u, y) if isinstance(y, list) else ([u], [y])
    weighted_sum(weights, results).backward()
    return [value.grad for value in inputs]


def hvp(f: Callable, x: Sequence, v: Sequence) -> list:
    """How fast the gradient of ``f`` changes at the point ``x`` when that point moves with the velocity ``v``.

    That is the product of the Hessian, the n by n matrix of second derivatives, and the vector ``v``: a list of n
    numbers. ``x`` and ``v`` are lists of n numbers each and stay as they are; ``f`` takes a list of n inputs and
    returns one number. It is called once, whatever n is: forward mode gives the directional derivative (``jvp`` with
    Values as ``x``), reverse mode its gradient. Where the slope of ``f`` doesn't change at all, as for a linear or
    constant ``f``, that directional derivative may be a plain number, and the result is a list of zeros.

    ``hvp(lambda p: p[0] * p[0] * p[1], [3, 5], [1, 0])`` is ``[10, 6]``: the gradient is (2·p₀·p₁, p₀²).
    """
    inputs = [Value(number) for number in x]
    speed = jvp(f, inputs, v)
    if isinstance(speed, Value):
        speed.backward()
    return [value.grad for value in inputs]
