"""What must hold of ``derivative``. Oracle: derivatives written out by hand."""

import math

from checks.language import Piece
from checks.neural.dual.shared import rounded

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
