"""What must hold of ``derivative`` and ``central_difference``. Oracles: NumPy, complex-step derivatives."""

from checks.foundations.calculus.shared import PLAIN, function, one, polynomial, true_slope
from checks.language import Piece

CURVES = (
    "lambda x: math.sin(x)",
    "lambda x: math.exp(-x) + x",
    "lambda x: x**3 - 2 * x",
    "lambda x: math.tanh(3 * x)",
    "lambda x: 1 / (1 + x**2)",
)


def wide_steps(rng):
    yield dict(f="lambda x: 4", x=2, h=1)
    yield dict(f="lambda x: x**2", x=3, h=1)
    yield dict(f="lambda x: x / 4", x=2, h=1)
    yield dict(f="lambda x: x**2", x=3, h=0.5)
    yield dict(f="lambda x: 5 * x", x=0, h=1e-12)
    yield dict(f="lambda x: x**3", x=0, h=2)
    yield dict(f="lambda x: 2**x", x=1, h=3)
    for degree in (2, 3, 4):
        yield dict(f=polynomial(rng, degree)[0], x=one(rng), h=one(rng, 0.2, 2))


def to_the_left(rng):
    yield dict(f="lambda x: x**2", x=3, h=-1)
    yield dict(f="abs", x=0, h=-0.25)
    for _ in range(2):
        yield dict(f=polynomial(rng, 3)[0], x=one(rng), h=-one(rng, 0.2, 2))


def curves(rng):
    yield dict(f="lambda x: 4.0", x=2)
    yield dict(f="lambda x: 5 * x - 1", x=2)
    yield dict(f="lambda x: x**2", x=3)
    for f in CURVES:
        yield dict(f=f, x=one(rng))


no_step = [dict(f="lambda x: x**2", x=3)]

derivative = Piece("foundations.calculus:derivative", forbid=PLAIN)
derivative.asks(
    "derivative(eval(f), x, h)",
    "the rise from x to x + h, divided by h",
    cases=wide_steps,
    answer=lambda f, x, h: float((function(f)(x + h) - function(f)(x)) / h),
)
derivative.asks(
    "derivative(eval(f), x, h)",
    "a negative h looks to the left of x",
    cases=to_the_left,
    answer=lambda f, x, h: float((function(f)(x + h) - function(f)(x)) / h),
)
derivative.asks(
    "derivative(eval(f), x)", "close to the true slope", cases=curves, answer=true_slope, rtol=2e-6, atol=2e-6
)
derivative.asks(
    "derivative(eval(f), x)",
    "where no step is given, it is 1e-7, for large x too",
    cases=[dict(f="lambda x: x**2", x=0), dict(f="lambda x: max(x - 1000.000001, 0)", x=1000)],
    answer=lambda f, x: float((function(f)(x + 1e-7) - function(f)(x)) / 1e-7),
)
derivative.asks("derivative(eval(f), x, 0)", "a step of 0 is refused", cases=no_step, raises="ValueError")
derivative.mistake(
    "The division reached only f(x): put the whole difference in parentheses, or give it a name first.",
    "return rise / h",
    "return f(x + h) - f(x) / h",
)
derivative.mistake("That is the rise; the slope divides it by h.", "return rise / h", "return rise")
derivative.mistake(
    "You looked from x - h to x: with a positive h, look to the right of x, from x to x + h.",
    "f(x + h) - f(x)",
    "f(x) - f(x - h)",
)
derivative.mistake(
    "You looked to both sides of x; here one side is wanted, from x to x + h.",
    "rise = f(x + h) - f(x)",
    "rise = (f(x + h) - f(x - h)) / 2",
)
derivative.mistake(
    "A step is to be divided by with its sign: abs turns slopes from the left around.", "rise / h", "rise / abs(h)"
)
derivative.mistake("A negative h is no error: it looks to the left of x. Only 0 is refused.", "if h == 0", "if h <= 0")
derivative.mistake(
    "The h you were handed is not used: it is a parameter for a reason.",
    "rise = f(x + h)",
    "h = 1e-7\n    rise = f(x + h)",
)
derivative.mistake(
    "Nothing looks at h before the division: raise a ValueError yourself if it is 0.",
    "return (f(x + h) - f(x)) / h",
)
derivative.hint("Two calls of f, one subtraction, one division. Which two points does the slope stand between?")
derivative.hint("A slope is rise over run: the run is h, the rise is what f gained on the way.")


def central_answer(f, x, h):
    return float((function(f)(x + h) - function(f)(x - h)) / (2 * h))


def central_steps(rng):
    yield dict(f="lambda x: 4", x=2, h=1)
    yield dict(f="lambda x: x**2", x=3, h=1)
    yield dict(f="lambda x: x**3", x=0, h=0.5)
    yield dict(f="lambda x: 2**x", x=1, h=3)
    yield dict(f="abs", x=0, h=0.25)
    yield dict(f="lambda x: x**3 + x**2", x=1, h=-0.5)
    for degree in (2, 3, 4):
        yield dict(f=polynomial(rng, degree)[0], x=one(rng), h=one(rng, 0.2, 2))


central = Piece("foundations.calculus:central_difference", forbid=PLAIN)
central.asks(
    "central_difference(eval(f), x, h)",
    "the rise from x - h to x + h, divided by the way between them",
    cases=central_steps,
    answer=central_answer,
)
central.asks(
    "central_difference(eval(f), x)",
    "closer to the true slope than one side comes",
    cases=curves,
    answer=true_slope,
    rtol=1e-8,
    atol=1e-8,
)
central.asks("central_difference(eval(f), x, 0)", "a step of 0 is refused", cases=no_step, raises="ValueError")
central.mistake(
    "From x - h to x + h is a way of 2h: every slope comes out twice too large.",
    "rise / (2 * h)",
    "rise / h",
)
central.mistake(
    "Python reads a / 2 * h from left to right, so h multiplies: put the whole way, 2 * h, in parentheses.",
    "rise / (2 * h)",
    "rise / 2 * h",
)
central.mistake(
    "You added the two values; the rise is their difference, f(x + h) take away f(x - h).",
    "f(x + h) - f(x - h)",
    "f(x + h) + f(x - h)",
)
central.mistake("A negative h is no error: the points change places. Only 0 is refused.", "if h == 0", "if h <= 0")
central.mistake(
    "That is the one-sided slope again: the second point is to lie to the left of x.",
    """
    if h == 0:
        raise ValueError("h must not be 0")
    return (f(x + h) - f(x)) / h
    """,
)
central.mistake(
    "You went half a step to each side; go a whole h to the left and a whole h to the right.",
    """
    if h == 0:
        raise ValueError("h must not be 0")
    return (f(x + h / 2) - f(x - h / 2)) / h
    """,
)
central.mistake(
    "Nothing looks at h before the division: raise a ValueError yourself if it is 0.",
    "return (f(x + h) - f(x - h)) / (2 * h)",
)
central.hint("Draw the two points on paper. How far apart are they?")
central.hint("Compare with your derivative: the second call of f moves to x - h. What must the divisor be now?")
