"""What must hold of the pieces of ``foundations.calculus``. Oracles: NumPy, and complex-step derivatives.

For smooth f, the imaginary part of f(x + ih) divided by h is the derivative, without cancellation even for h = 1e-30.
"""

from types import SimpleNamespace

import numpy as np

from checks.language import Piece

PLAIN = {"numpy": "the differences and sums are what you are building"}
COMPLEX_MATH = SimpleNamespace(sin=np.sin, cos=np.cos, exp=np.exp, log=np.log, sqrt=np.sqrt, tanh=np.tanh, pi=np.pi)


def function(text):
    """A function of a case, for the oracle: its ``math`` takes complex numbers."""
    return eval(text, {"math": COMPLEX_MATH})


def true_slope(f, x):
    return float(np.imag(function(f)(x + 1e-30j)) / 1e-30)


def true_gradient(f, x):
    nudges = np.eye(len(x)) * 1e-30j
    return [float(np.imag(function(f)(list(np.array(x) + nudge))) / 1e-30) for nudge in nudges]


def polynomial(rng, degree):
    """Coefficients from the constant up, with one decimal, and the text of their function."""
    c = rng.uniform(-3, 3, size=degree + 1).round(1).tolist()
    return "lambda x: " + " + ".join(f"{a} * x**{k}" if k else f"{a}" for k, a in enumerate(c)), c


def one(rng, low=-3, high=3):
    return round(float(rng.uniform(low, high)), 2)


def point(rng, n):
    return rng.uniform(-2, 2, size=n).round(2).tolist()


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

# ------------------------------------------------------------------ one variable

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


# ------------------------------------------------------------------ the chain rule

LINKS = (
    ("lambda x: x**2", "lambda x: 2 * x"),
    ("lambda x: math.sin(x)", "lambda x: math.cos(x)"),
    ("lambda x: 3 * x - 1", "lambda x: 3"),
    ("lambda x: math.tanh(x)", "lambda x: 1 - math.tanh(x)**2"),
    ("lambda x: math.exp(-x)", "lambda x: -math.exp(-x)"),
)


def chains(rng):
    yield dict(links=[LINKS[0]], x=3)
    yield dict(links=[LINKS[0], LINKS[0]], x=3)
    yield dict(links=[LINKS[2], LINKS[2]], x=2)
    yield dict(links=[("lambda x: 5", "lambda x: 0")], x=3)
    yield dict(links=[], x=7)
    yield dict(links=[LINKS[0], LINKS[2]], x=3)
    yield dict(links=[LINKS[2], LINKS[0]], x=3)
    for n in (2, 3, 4, 5):
        yield dict(links=[LINKS[int(k)] for k in rng.integers(len(LINKS), size=n)], x=one(rng, -1.5, 1.5))


def chain_answer(links, x):
    value = x + 1e-30j
    for f, _ in links:
        value = function(f)(value)
    return [float(np.real(value)), float(np.imag(value) / 1e-30)]


RAMPS = (  # two opinions on the slope of max(0, x) at its kink
    ("lambda x: max(0, x)", "lambda x: 1 if x > 0 else 0"),
    ("lambda x: max(0, x)", "lambda x: 1 if x >= 0 else 0"),
)


def product_of_slopes(links, x):
    value, factors = x, [1]
    for f, df in links:
        factors.append(function(df)(value))
        value = function(f)(value)
    return [value, int(np.prod(factors))]


chain = Piece("foundations.calculus:chain", forbid=PLAIN)
chain.asks(
    """
    functions = [(eval(f), eval(df)) for f, df in links]
    value, slope = chain(functions, x)
    [value, slope]
    """,
    "the value at the end of the chain, and its slope with respect to x",
    cases=chains,
    answer=chain_answer,
)
chain.asks(
    """
    functions = [(eval(f), eval(df)) for f, df in links]
    value, slope = chain(functions, x)
    [value, slope]
    """,
    "each slope is what its df returns, at a kink too",
    cases=[
        dict(links=[RAMPS[0]], x=0),
        dict(links=[RAMPS[1]], x=0),
        dict(links=[LINKS[2], RAMPS[0], RAMPS[1], LINKS[2]], x=2),
        dict(links=[RAMPS[1], LINKS[2], RAMPS[0]], x=0),
    ],
    answer=product_of_slopes,
)
chain.asks(
    """
    functions = [(eval(f), eval(df)) for f, df in links]
    before = list(functions)
    chain(functions, x)
    functions == before
    """,
    "the list of links is left as it was",
    cases=[dict(links=[LINKS[0], LINKS[2]], x=3)],
    answer=lambda **case: True,
)
chain.mistake(
    "You took each slope after its function had already moved the value: a link's slope belongs where the link begins.",
    "        slope = slope * df(value)\n        value = f(value)",
    "        value = f(value)\n        slope = slope * df(value)",
)
chain.mistake(
    "Every slope is taken at x. Only the first link starts there; each further one starts at what came out before it.",
    "df(value)",
    "df(x)",
)
chain.mistake("Slopes along a chain multiply; you added them.", "slope * df(value)", "slope + df(value)")
chain.mistake(
    "Slopes along a chain multiply; yours are added up, from 0.",
    """
    value, slope = x, 0
    for f, df in links:
        slope = slope + df(value)
        value = f(value)
    return value, slope
    """,
)
chain.mistake(
    "Each df was handed the slope so far. It wants the value at which its own link begins; the slopes are multiplied.",
    """
    value, slope = x, x
    for f, df in links:
        slope = df(slope)
        value = f(value)
    return value, slope
    """,
)
chain.mistake(
    "Your return stands inside the loop, so it ends after the first link: move it out, to the left.",
    "    return value, slope",
    "        return value, slope",
)
chain.mistake(
    "Value and slope have changed places: the value comes first.", "return value, slope", "return slope, value"
)
chain.mistake(
    "You measured the slope with small steps. The derivatives are in the pairs: each df gives its link's slope.",
    """
    def whole(t):
        for f, _ in links:
            t = f(t)
        return t

    return whole(x), (whole(x + 1e-5) - whole(x - 1e-5)) / 2e-5
    """,
)
chain.mistake(
    "Where there are no links, what comes out is what went in, and its slope is 1, not 0.",
    """
    value, slope = x, 0
    for k, (f, df) in enumerate(links):
        slope = slope * df(value) if k else df(value)
        value = f(value)
    return value, slope
    """,
)
chain.mistake(
    "With no links there is no first one: begin with x and the slope 1, before the loop.",
    """
    f, df = links[0]
    value, slope = f(x), df(x)
    for f, df in links[1:]:
        slope = slope * df(value)
        value = f(value)
    return value, slope
    """,
)
chain.mistake(
    "You took the links out of the caller's own list, and it comes back empty: walk over it with for.",
    """
    value, slope = x, 1
    while links:
        f, df = links.pop(0)
        slope = slope * df(value)
        value = f(value)
    return value, slope
    """,
)
chain.mistake(
    "Only the last link's slope is left: multiply it onto what came before.", "slope * df(value)", "df(value)"
)
chain.mistake(
    "You ran through the links backwards: the first pair is the one that is applied to x.", "in links", "in links[::-1]"
)
chain.mistake(
    "The product of the slopes starts at 0, so it stays 0: start at 1.", "value, slope = x, 1", "value, slope = x, 0"
)
chain.hint("Keep two variables, the value so far and the slope so far. What are they before the first link?")
chain.hint("In each round, use the value so far twice: the link's derivative needs it, and then so does the link.")

# ------------------------------------------------------------------ several variables


def surface(rng, n):
    """The text of a polynomial of degree 3 in n coordinates, with mixed terms."""
    terms = []
    for i in range(n):
        j = (i + 1) % n
        terms += [
            f"{one(rng)} * p[{i}]**3",
            f"{one(rng)} * p[{i}]**2",
            f"{one(rng)} * p[{i}] * p[{j}]",
            f"{one(rng)} * p[{i}]",
        ]
    return "lambda p: " + " + ".join(terms)


SMOOTH = (
    "lambda p: math.sin(p[0]) * p[1]",
    "lambda p: math.exp(-p[0]**2 - p[1])",
    "lambda p: p[0] / (2 + math.cos(p[1]))",
)


def slices(rng):
    yield dict(f="lambda p: p[0]**2", x=[3, 1], i=1, h=1)
    yield dict(f="lambda p: p[0]**2 + 5 * p[1]", x=[3, 1], i=0, h=1)
    yield dict(f="lambda p: p[0] * p[1]**3", x=[3, 1], i=1, h=1)
    yield dict(f="lambda p: p[0]**3", x=[0.1], i=0, h=0.5)
    yield dict(f="lambda p: 5 * p[0] + 7 * p[1]", x=[2, 2], i=1, h=1)
    yield dict(f="lambda p: sum(k * value for k, value in enumerate([10] + p))", x=[3, 1], i=1, h=1)
    for n in (2, 3, 5):
        yield dict(f=surface(rng, n), x=point(rng, n), i=int(rng.integers(n)), h=one(rng, 0.2, 1))
    yield dict(f=surface(rng, 3), x=point(rng, 3), i=2, h=0.1)


def partial_answer(f, x, i, h):
    nudge = np.eye(len(x))[i] * h
    up, down = (np.array(x) + nudge).tolist(), (np.array(x) - nudge).tolist()
    return float((function(f)(up) - function(f)(down)) / (2 * h))


def smooth_slices(rng):
    yield dict(f="lambda p: p[0]**2 + 5 * p[1]", x=[3, 1], i=1)
    yield dict(f="lambda p: 2.0", x=[0.1, 0.2, 0.3], i=2)
    for f in SMOOTH:
        for i in (0, 1):
            yield dict(f=f, x=point(rng, 2), i=i)


def unspoilt(rng):
    """Points whose entries are spoilt by adding h, taking away 2h and adding h."""
    yield dict(f="lambda p: 2.0", x=[0.1, 0.7], i=0)
    for n in (2, 5):
        yield dict(f="lambda p: sum(p)", x=point(rng, n), i=1)


partial = Piece("foundations.calculus:partial", forbid=PLAIN)
partial.asks(
    "partial(eval(f), x, i, h)",
    "the rise from x[i] - h to x[i] + h, all other coordinates held still, divided by 2h",
    cases=slices,
    answer=partial_answer,
)
partial.asks(
    "partial(eval(f), x, i)",
    "close to the true partial derivative",
    cases=smooth_slices,
    answer=lambda f, x, i: true_gradient(f, x)[i],
    rtol=1e-7,
    atol=1e-7,
)
partial.asks(
    "partial(eval(f), x, i)\nx",
    "the point is exactly as it was, to the last digit",
    cases=unspoilt,
    answer=lambda x: x,
    rtol=0,
    atol=0,
    mutates=True,
)
partial.asks(
    "partial(eval(f), x, i)",
    "a coordinate that the point does not have is an IndexError",
    cases=[dict(f="lambda p: p[0] + p[1]", x=[3, 1], i=2), dict(f="lambda p: 4 * p[0]", x=[0.5], i=3)],
    raises="IndexError",
)
partial.mistake(
    "Written in this way, both names stand for one list, so both calls of f see the same point: make two copies.",
    "ahead, behind = list(x), list(x)",
    "ahead = behind = list(x)",
)
partial.mistake(
    "You nudged the caller's own list. Adding and taking away h rounds, so it comes back changed: work on a copy.",
    """
    x[i] += h
    up = f(x)
    x[i] -= 2 * h
    down = f(x)
    x[i] += h
    return (up - down) / (2 * h)
    """,
)
partial.mistake(
    "The caller's list stays nudged: without a copy, whoever handed the point in gets another one back.",
    "ahead, behind = list(x), list(x)",
    "ahead, behind = x, list(x)",
)
partial.mistake(
    "You moved all coordinates at once: only number i may move.",
    """
    x[i]
    ahead = [value + h for value in x]
    behind = [value - h for value in x]
    return (f(ahead) - f(behind)) / (2 * h)
    """,
)
partial.mistake("The two points are 2h apart, not h.", "/ (2 * h)", "/ h")
partial.mistake(
    "This looks to one side only: the second point has h taken away.",
    """
    ahead = list(x)
    ahead[i] += h
    return (f(ahead) - f(x)) / h
    """,
)
partial.mistake(
    "An i outside the point slips through and gives 0: look the coordinate up, so that Python raises IndexError.",
    """
    ahead = [value + h if k == i else value for k, value in enumerate(x)]
    behind = [value - h if k == i else value for k, value in enumerate(x)]
    return (f(ahead) - f(behind)) / (2 * h)
    """,
)
partial.mistake(
    "You handed f a number. It takes a whole point: a list in which only coordinate i differs from x.",
    "return (f(x[i] + h) - f(x[i] - h)) / (2 * h)",
)
partial.mistake(
    "Every coordinate that equals x[i] moved along: choose by position, not by value.",
    """
    ahead = [value + h if value == x[i] else value for value in x]
    behind = [value - h if value == x[i] else value for value in x]
    return (f(ahead) - f(behind)) / (2 * h)
    """,
)
partial.mistake(
    "The step you were handed is not used: it is 1e-5 only where nothing else is said.",
    "    ahead, behind = list(x)",
    "    h = 1e-5\n    ahead, behind = list(x)",
)
partial.mistake(
    "f was handed a tuple; it takes a list.", "return (f(ahead) - f(behind))", "return (f((*ahead,)) - f((*behind,)))"
)
partial.hint("`list(x)` is a copy. You need two points; how many copies is that?")
partial.hint("Once the two points are made, it is the central difference again, with f called on lists.")


def hills(rng):
    yield dict(f="lambda p: 5 * p[0]", x=[3], h=1)
    yield dict(f="lambda p: p[0]**2 + 5 * p[1]", x=[3, 1], h=1)
    yield dict(f="lambda p: p[0]**2 + 5 * p[1]", x=[0, 1], h=1)
    yield dict(f="lambda p: p[0]**2 + 5 * p[1]", x=[2, 2], h=1)
    yield dict(f="lambda p: p[0]**3 * p[1]", x=[1, 2], h=0.5)
    for n in (1, 2, 3, 5):
        yield dict(f=surface(rng, n), x=point(rng, n), h=one(rng, 0.2, 1))


def smooth_hills(rng):
    yield dict(f="lambda p: p[0]**2 + 3 * p[1]**2", x=[3, 1])
    yield dict(f="lambda p: 2.0", x=[0.1, 0.2, 0.3])
    for f in SMOOTH:
        yield dict(f=f, x=point(rng, 2))
    yield dict(f=surface(rng, 4), x=point(rng, 4))


gradient = Piece("foundations.calculus:gradient", forbid=PLAIN)
gradient.asks(
    "gradient(eval(f), x, h)",
    "one central difference for each coordinate",
    cases=hills,
    answer=lambda f, x, h: [partial_answer(f, x, i, h) for i in range(len(x))],
)
gradient.asks(
    "gradient(eval(f), x)",
    "close to the true slopes, and the point is left as it was",
    cases=smooth_hills,
    answer=true_gradient,
    rtol=1e-7,
    atol=1e-7,
)
gradient.mistake("The step you were handed is not passed on.", "partial(f, x, i, h)", "partial(f, x, i)")
gradient.mistake(
    "Walking over x gives its entries; partial wants to know which coordinate, a position from range(len(x)).",
    "return [partial(f, x, i, h) for i in x]",
)
gradient.mistake(
    "x.index(value) finds the first entry of that value, so equal coordinates get one and the same slope.",
    "return [partial(f, x, x.index(value), h) for value in x]",
)
gradient.mistake(
    "A coordinate stays nudged while the next one moves: start each one from the original point.",
    """
    moved, slopes = list(x), []
    for i in range(len(x)):
        moved[i] = x[i] + h
        up = f(moved)
        moved[i] = x[i] - h
        slopes.append((up - f(moved)) / (2 * h))
    return slopes
    """,
)
gradient.mistake(
    "These slopes look to one side only: the difference of each coordinate is to be central.",
    """
    slopes = []
    for i in range(len(x)):
        ahead = list(x)
        ahead[i] += h
        slopes.append((f(ahead) - f(x)) / h)
    return slopes
    """,
)
gradient.mistake(
    "You nudged the caller's own list. Adding and taking away h rounds, so it comes back changed: work on a copy.",
    """
    slopes = []
    for i in range(len(x)):
        x[i] += h
        up = f(x)
        x[i] -= 2 * h
        down = f(x)
        x[i] += h
        slopes.append((up - down) / (2 * h))
    return slopes
    """,
)
gradient.mistake(
    "You added the slopes up; each one is to stand in a list, at its own place.",
    """
    return [sum(partial(f, x, i, h) for i in range(len(x)))]
    """,
)
gradient.hint("One partial derivative a coordinate; which numbers does `range(len(x))` give?")


MAPS = (
    "lambda p: [p[0] * math.cos(p[1]), p[0] * math.sin(p[1])]",
    "lambda p: [math.exp(-p[0]) + p[1], p[0] * p[1], math.sin(p[1])]",
    "lambda p: [math.tanh(p[0] - 2 * p[1])]",
)


def maps(rng):
    yield dict(f="lambda p: [7.0, 2.0]", x=[3], h=1)
    yield dict(f="lambda p: [7 * p[0]]", x=[2], h=1)
    yield dict(f="lambda p: [p[0] * p[1], p[0], 7 * p[1]]", x=[3, 2], h=1)
    yield dict(f="lambda p: [p[0] + 2 * p[1] + 3 * p[2]]", x=[1, 1, 1], h=1)
    yield dict(f="lambda p: [5 * p[0] + 7 * p[1], p[1]]", x=[2, 2], h=1)
    yield dict(f="lambda p: [p[0]**3, 4 * p[0]]", x=[1], h=0.5)
    yield dict(f="lambda p: [p[0]**3 * p[1], p[1]**2 - p[0]]", x=[1, 2], h=0.5)
    for n, m in ((2, 3), (3, 2)):
        outputs = ", ".join(surface(rng, n).removeprefix("lambda p: ") for _ in range(m))
        yield dict(f=f"lambda p: [{outputs}]", x=point(rng, n), h=one(rng, 0.2, 1))


def output(f, k):
    return f"lambda p: ({f})(p)[{k}]"


def jacobian_answer(f, x, h):
    m = len(function(f)(x))
    return [[partial_answer(output(f, k), x, i, h) for i in range(len(x))] for k in range(m)]


def smooth_maps(rng):
    yield dict(f="lambda p: [p[0] * p[1], p[0], 7 * p[1]]", x=[3, 2])
    for f in MAPS:
        yield dict(f=f, x=point(rng, 2))


jacobian = Piece("foundations.calculus:jacobian", forbid=PLAIN)
jacobian.asks(
    "[list(row) for row in jacobian(eval(f), x, h)[:]]",
    "row k, column i: how output k changes with input i",
    cases=maps,
    answer=jacobian_answer,
)
jacobian.asks(
    "[list(row) for row in jacobian(eval(f), x)[:]]",
    "close to the true slopes, and the point is left as it was",
    cases=smooth_maps,
    answer=lambda f, x: [true_gradient(output(f, k), x) for k in range(len(function(f)(x)))],
    rtol=1e-7,
    atol=1e-7,
)
jacobian.mistake(
    "Rows and columns have changed places: a row belongs to an output, a column to an input.",
    "return [list(row) for row in zip(*columns)]",
    "return columns",
)
jacobian.mistake("The outputs come after the first are left out.", "in zip(*columns)]", "in list(zip(*columns))[:1]]")
jacobian.mistake("The two points are 2h apart, not h.", "/ (2 * h)", "/ h")
jacobian.mistake(
    "Written in this way, both names stand for one list, so both calls of f see the same point: make two copies.",
    "ahead, behind = list(x), list(x)",
    "ahead = behind = list(x)",
)
jacobian.mistake(
    "This looks to one side only: nudge each input to both sides, by h added and by h taken away.",
    """
    columns = []
    for i in range(len(x)):
        ahead = list(x)
        ahead[i] += h
        columns.append([(up - now) / h for up, now in zip(f(ahead), f(x))])
    return [list(row) for row in zip(*columns)]
    """,
)
jacobian.mistake(
    "The step you were handed is not used: it is 1e-5 only where nothing else is said.",
    "    columns = []",
    "    h = 1e-5\n    columns = []",
)
jacobian.mistake(
    "All rows are the last output's: [[0.0] * n] * m repeats one single row, and functions made in a loop all see its "
    "last k. Make a new list for each row, and use k while the loop is there.",
    """
    m, n = len(f(x)), len(x)
    rows = [[0.0] * n] * m
    for i in range(n):
        ahead, behind = list(x), list(x)
        ahead[i] += h
        behind[i] -= h
        for k, (up, down) in enumerate(zip(f(ahead), f(behind))):
            rows[k][i] = (up - down) / (2 * h)
    return rows
    """,
)
jacobian.mistake(
    "A coordinate stays nudged while the next one moves: start each one from the original point.",
    """
    columns, moved = [], list(x)
    for i in range(len(x)):
        moved[i] = x[i] + h
        up = f(moved)
        moved[i] = x[i] - h
        columns.append([(u - d) / (2 * h) for u, d in zip(up, f(moved))])
    return [list(row) for row in zip(*columns)]
    """,
)
jacobian.hint("Nudge one input, and all outputs move: one pair of calls of f fills a whole column.")
jacobian.hint("Collect the columns in a list; `zip(*columns)` then goes through the rows.")


def quadratics(rng):
    """Polynomials of degree 3 at most, on which every central difference is exact."""
    yield dict(f="lambda p: 3 * p[0]**2", x=[2], h=0.5)
    yield dict(f="lambda p: p[0]**2 + 3 * p[1]**2", x=[3, 1], h=0.5)
    yield dict(f="lambda p: p[0]**2 + 5 * p[0] * p[1]", x=[3, 1], h=0.5)
    yield dict(f="lambda p: p[0]**3 + p[0]**2 * p[1]", x=[1, 2], h=0.5)
    yield dict(f="lambda p: p[0] * p[1] * p[2]", x=[2, 3, 5], h=0.5)
    for n in (2, 3):
        yield dict(f=surface(rng, n), x=point(rng, n), h=one(rng, 0.2, 1))


def quartics(rng):
    """Off the diagonal a step of h makes an error of h squared; on it, none."""
    yield dict(f="lambda p: p[0]**3 * p[1]", x=[1, 2], h=0.5)
    yield dict(f="lambda p: p[0]**3 * p[1] - 2 * p[0] * p[1]**3", x=point(rng, 2), h=one(rng, 0.3, 1))


def nested_answer(f, x, h):
    """Central differences of central differences, straight from the definition."""
    x, nudges = np.array(x, float), np.eye(len(x)) * h

    def at(p):
        return function(f)(p.tolist())

    def entry(a, b):
        return (at(x + a + b) - at(x + a - b) - at(x - a + b) + at(x - a - b)) / (4 * h * h)

    return [[float(entry(a, b)) for b in nudges] for a in nudges]


def curved(rng):
    yield dict(f="lambda p: 2.0", x=[3])
    yield dict(f="lambda p: 4 * p[0] - p[1]", x=[3, 1])
    for f in SMOOTH:
        yield dict(f=f, x=point(rng, 2))


def true_hessian(f, x):
    """Central differences (of a step that costs half the digits at most) of complex-step gradients."""
    x = np.array(x, float)
    steps = np.eye(len(x)) * 1e-5
    columns = [(np.array(true_gradient(f, x + s)) - np.array(true_gradient(f, x - s))) / 2e-5 for s in steps]
    return np.transpose(columns).tolist()


hessian = Piece("foundations.calculus:hessian", forbid=PLAIN)
hessian.asks(
    "[list(row) for row in hessian(eval(f), x, h)[:]]",
    "every second derivative; of a polynomial of degree 3, central differences make no error",
    cases=quadratics,
    answer=true_hessian,
    rtol=1e-6,
    atol=1e-6,
)
hessian.asks(
    "[list(row) for row in hessian(eval(f), x)[:]]",
    "close to the true second derivatives, and the point is left as it was",
    cases=curved,
    answer=true_hessian,
    rtol=1e-4,
    atol=1e-4,
)
hessian.asks(
    "[list(row) for row in hessian(eval(f), x, h)[:]]",
    "the slopes and their changes are both taken with the step h",
    cases=quartics,
    answer=nested_answer,
    rtol=1e-7,
    atol=1e-7,
)
hessian.mistake(
    "Only the diagonal is filled: also how the slope along one coordinate changes as another one moves.",
    """
    full = jacobian(lambda point: gradient(f, point, h), x, h)
    return [[full[i][j] if i == j else 0.0 for j in range(len(x))] for i in range(len(x))]
    """,
)
hessian.mistake(
    "These are first derivatives times each other; a second derivative is the slope of a slope.",
    """
    slopes = gradient(f, x, h)
    return [[a * b for b in slopes] for a in slopes]
    """,
)
hessian.mistake(
    "The slopes are compared on one side only: take them at x[j] + h and at x[j] - h.",
    """
    rows = []
    for j in range(len(x)):
        ahead = list(x)
        ahead[j] += h
        rows.append([(a - b) / h for a, b in zip(gradient(f, ahead, h), gradient(f, x, h))])
    return [list(row) for row in zip(*rows)]
    """,
)
hessian.mistake("The step you were handed is not used.", "gradient(f, point, h), x, h)", "gradient(f, point), x)")
hessian.mistake(
    "The step is always 1e-4 here: that is the value for those who say nothing; use the h you were handed.",
    "return jacobian(lambda",
    "h = 1e-4\n    return jacobian(lambda",
)
hessian.mistake(
    "The slopes inside are taken with gradient's own step: hand h on to them as well.",
    "gradient(f, point, h), x, h)",
    "gradient(f, point), x, h)",
)
hessian.mistake(
    "Below the diagonal nothing is filled in: entry [j][i] equals entry [i][j].",
    """
    full = jacobian(lambda point: gradient(f, point, h), x, h)
    return [[full[i][j] if i <= j else 0.0 for j in range(len(x))] for i in range(len(x))]
    """,
)
hessian.mistake(
    "Every entry is half of what it should be: no factor belongs before a second derivative.",
    """
    full = jacobian(lambda point: gradient(f, point, h), x, h)
    return [[entry / 2 for entry in row] for row in full]
    """,
)
hessian.hint("The gradient is a function from points to lists of numbers. What have you built for such functions?")
hessian.hint("Make a function of the point alone, with `lambda point: ...` or a def inside; f and h stay as they are.")

# ------------------------------------------------------------------ areas


def areas(rng):
    yield dict(f="lambda x: 3", a=0, b=2, n=1)
    yield dict(f="lambda x: 2 * x", a=0, b=3, n=1)
    yield dict(f="lambda x: -x", a=0, b=2, n=1)
    yield dict(f="lambda x: x**2", a=0, b=2, n=2)
    yield dict(f="lambda x: x", a=1, b=3, n=2)
    yield dict(f="lambda x: x**2", a=-1, b=2, n=3)
    for n in (1, 2, 5, 8):
        a = one(rng)
        yield dict(f=polynomial(rng, 3)[0], a=a, b=round(a + one(rng, 0.5, 3), 2), n=n)
    yield dict(f="lambda x: math.sin(3 * x)", a=one(rng), b=4, n=7)


def reversed_areas(rng):
    yield dict(f="lambda x: 2 * x", a=3, b=0, n=1)
    yield dict(f="lambda x: x**2", a=2, b=2, n=4)
    yield dict(f=polynomial(rng, 3)[0], a=2.5, b=one(rng, -2, 1), n=6)


def trapezoids(f, a, b, n=1000):
    x = np.linspace(a, b, n + 1)
    return float(np.trapezoid([function(f)(value) for value in x], x))


def cubic_areas(rng):
    for _ in range(3):
        f, c = polynomial(rng, 3)
        yield dict(f=f, a=one(rng, -2, 0), b=one(rng, 0.5, 2), n=int(rng.integers(1, 5)))


def exact_area(f, a, b):
    """Of a polynomial of degree 3 at most: by Gauss and Legendre, with more points than it needs."""
    nodes, weights = np.polynomial.legendre.leggauss(5)
    return float(weights @ function(f)((b - a) / 2 * nodes + (a + b) / 2) * (b - a) / 2)


integrate = Piece("foundations.calculus:integrate", forbid=PLAIN)
integrate.asks(
    "integrate(eval(f), a, b, n)",
    "the sum of n trapezoids of equal width",
    cases=areas,
    answer=trapezoids,
)
integrate.asks(
    "integrate(eval(f), a, b, n)",
    "from right to left the sign turns around",
    cases=reversed_areas,
    answer=trapezoids,
)
integrate.asks(
    "integrate(eval(f), a, b)",
    "1000 strips unless told otherwise",
    cases=[dict(f="lambda x: 2 * x", a=0, b=3), dict(f="lambda x: math.exp(20 * x)", a=0, b=1)],
    answer=trapezoids,
)
integrate.asks(
    "simpson(eval(f), a, b, n)",
    "Simpson's rule, mixed from two of your results, makes no error for a cubic",
    cases=cubic_areas,
    answer=exact_area,
)
integrate.asks(
    "integrate(eval(f), a, b, n)",
    "fewer than one strip is refused, and the number is named",
    cases=[dict(f="lambda x: x", a=0, b=1, n=-3)],
    raises="ValueError",
    mentions=("-3",),
)
integrate.asks(
    "integrate(eval(f), a, b, n)",
    "no strips are refused",
    cases=[dict(f="lambda x: x", a=0, b=1, n=0)],
    raises="ValueError",
)
integrate.mistake(
    "You added rectangles with the height at each left edge: a strip's height is the average of both edges.",
    "edges = (f(a) + f(b)) / 2",
    "edges = f(a)",
)
integrate.mistake(
    "You added rectangles with the height at each right edge: a strip's height is the average of both edges.",
    "edges = (f(a) + f(b)) / 2",
    "edges = f(b)",
)
integrate.mistake(
    "The two ends count in full; each of them borders on one strip only, so it counts half.",
    "edges = (f(a) + f(b)) / 2",
    "edges = f(a) + f(b)",
)
integrate.mistake(
    "You took the height in the middle of each strip; the average of the heights at its edges is wanted.",
    """
    if n < 1:
        raise ValueError(f"n is {n}")
    width = (b - a) / n
    return width * sum(f(a + (i + 0.5) * width) for i in range(n))
    """,
)
integrate.mistake(
    "The last inner edge is left out: n strips have n - 1 edges between them.", "range(1, n)", "range(1, n - 1)"
)
integrate.mistake(
    "n strips, not n edges: the width is (b - a) / n.", "width = (b - a) / n", "width = (b - a) / (n - 1 or 1)"
)
integrate.mistake(
    "From right to left an area counts as negative: keep the sign of the width.", "(b - a) / n", "abs(b - a) / n"
)
integrate.mistake(
    "Your inner edges lie at i * width, which is right from 0 only: they start at a.",
    "f(a + i * width)",
    "f(i * width)",
)
integrate.mistake(
    "Where f is negative, the area is to count as negative: leave the heights their signs.",
    """
    if n < 1:
        raise ValueError(f"n is {n}")
    width = (b - a) / n
    return width * ((abs(f(a)) + abs(f(b))) / 2 + sum(abs(f(a + i * width)) for i in range(1, n)))
    """,
)
integrate.mistake(
    "Nothing tests n: with fewer than one strip, raise ValueError.",
    """
    width = (b - a) / n if n else 0
    return width * ((f(a) + f(b)) / 2 + sum(f(a + i * width) for i in range(1, n)))
    """,
)
integrate.hint("How wide is one strip? How many strips does an edge inside border on, and how many does an end?")
integrate.hint("The edges between the strips are at a + i * width, for i from 1 to n - 1.")

# ------------------------------------------------------------------ downhill


def walks(rng):
    yield dict(f="lambda p: p[0]**2", start=[3], rate=0.25, steps=2)
    yield dict(f="lambda p: 4.0", start=[3, 1], rate=0.25, steps=2)
    yield dict(f="lambda p: p[0]**2 + 3 * p[1]**2", start=[3, 1], rate=0.25, steps=3)
    yield dict(f="lambda p: p[0]**2 + p[0] * p[1] + p[1]**2", start=[3, 1], rate=0.2, steps=3)
    yield dict(f="lambda p: -p[0]**2", start=[1], rate=0.5, steps=3)
    yield dict(f="lambda p: p[0]**2", start=[3], rate=1.5, steps=3)
    yield dict(f="lambda p: 100 * p[0]**2 + p[1]", start=[3, 1], rate=0.001, steps=2)
    for f, rate in zip(SMOOTH, (0.5, 0.1, 0.3)):
        yield dict(f=f, start=rng.uniform(-1, 1, size=2).round(2).tolist(), rate=rate, steps=4)
    yield dict(f="lambda p: p[0]**2 + 2 * p[1]**2 + p[2]**2 + p[0] * p[2]", start=point(rng, 3), rate=0.15, steps=5)


def walk(f, start, rate=0.1, steps=100):
    path = [np.array(start, float)]
    for _ in range(steps):
        path.append(path[-1] - rate * np.array(true_gradient(f, path[-1])))
    return [p.tolist() for p in path]


descent = Piece("foundations.calculus:gradient_descent", forbid=PLAIN)
descent.asks(
    "gradient_descent(eval(f), start, rate, steps)",
    "every point of the walk, the start among them",
    cases=walks,
    answer=walk,
    rtol=1e-6,
    atol=1e-6,
)
descent.asks(
    "gradient_descent(eval(f), start, rate, 0)",
    "after no steps the path is the start alone",
    cases=[dict(f="lambda p: p[0]**2", start=[3], rate=0.25), dict(f="lambda p: p[0] * p[1]", start=[2, 5], rate=1)],
    answer=lambda start: [start],
)
descent.asks(
    "path = gradient_descent(eval(f), start)\n[len(path), list(path[1]), list(path[-1])]",
    "100 steps at rate 0.1 unless told otherwise",
    cases=[dict(f="lambda p: 0.1 * p[0]**2 + p[1]**2 / 20 - p[1]", start=[3, 1])],
    answer=lambda f, start: [101, walk(f, start)[1], walk(f, start)[-1]],
    rtol=1e-6,
    atol=1e-6,
)
descent.asks(
    "path = gradient_descent(eval(f), start, 0.001, 3000)\n[len(path), list(path[1]), list(path[-1])]",
    "thousands of steps are no trouble",
    cases=[dict(f="lambda p: p[0]**2", start=[3])],
    answer=lambda start: [3001, [start[0] * 0.998], [start[0] * 0.998**3000]],
    rtol=1e-6,
    atol=1e-6,
)
descent.asks(
    "gradient_descent(eval(f), start, 0.25, 2)\nstart",
    "the start is left as it was",
    cases=[dict(f="lambda p: p[0]**2", start=[3])],
    answer=lambda start: start,
    mutates=True,
)
descent.asks(
    "path = gradient_descent(eval(f), start, 0.25, 2)\npath[0][0] = 99\nstart",
    "the path's first point is a copy: changing it leaves the start alone",
    cases=[dict(f="lambda p: p[0]**2", start=[3])],
    answer=lambda start: start,
    mutates=True,
)
descent.mistake(
    "You walked uphill: the gradient points to where f grows, so take it away.",
    "value - rate * slope",
    "value + rate * slope",
)
descent.mistake(
    "All points of your path are one and the same list, so they all show its last state: append a new list each time.",
    """
    point, path = list(start), []
    path.append(point)
    for _ in range(steps):
        slopes = gradient(f, point)
        for i in range(len(point)):
            point[i] -= rate * slopes[i]
        path.append(point)
    return path
    """,
)
descent.mistake(
    "That is one point, the last; the whole path is wanted, a list of all the points from the start on.",
    """
    point = list(start)
    for _ in range(steps):
        point = [value - rate * slope for value, slope in zip(point, gradient(f, point))]
    return point
    """,
)
descent.mistake(
    "You moved the caller's own list: `point = start` is a second name for it. Make a copy, and a new list each step.",
    """
    point = start
    path = [point]
    for _ in range(steps):
        slopes = gradient(f, point)
        for i in range(len(point)):
            point[i] -= rate * slopes[i]
        path.append(point)
    return path
    """,
)
descent.mistake(
    "Your points are tuples; each point of the path is to be a list.",
    """
    path = [tuple(start)]
    for _ in range(steps):
        path.append(tuple(value - rate * slope for value, slope in zip(path[-1], gradient(f, path[-1]))))
    return path
    """,
)
descent.mistake(
    "You refuse steps that lead uphill. If the rate is too large the walk may diverge; take every step as it comes.",
    """
    path = [list(start)]
    for _ in range(steps):
        point = path[-1]
        moved = [value - rate * slope for value, slope in zip(point, gradient(f, point))]
        path.append(moved if f(moved) <= f(point) else point)
    return path
    """,
)
descent.mistake(
    "The function calls itself for each step, and Python stops at about a thousand calls deep: use a loop.",
    """
    if steps == 0:
        return [list(start)]
    moved = [value - rate * slope for value, slope in zip(start, gradient(f, start))]
    return [list(start)] + gradient_descent(f, moved, rate, steps - 1)
    """,
)
descent.mistake(
    "The start is missing: it is the first point of the path.",
    """
    point, path = list(start), []
    for _ in range(steps):
        point = [value - rate * slope for value, slope in zip(point, gradient(f, point))]
        path.append(point)
    return path or [point]
    """,
)
descent.mistake(
    "The coordinates moved one after the other, with slopes from half-moved points: take one gradient, then move all.",
    """
    path = [list(start)]
    for _ in range(steps):
        point = list(path[-1])
        for i in range(len(point)):
            point[i] -= rate * gradient(f, point)[i]
        path.append(point)
    return path
    """,
)
descent.mistake(
    "Every step uses the gradient at the start: ask for it again wherever you stand.",
    "gradient(f, point)",
    "gradient(f, path[0])",
)
descent.mistake("One step too few: range(steps) already counts them all.", "range(steps)", "range(steps - 1)")
descent.mistake(
    "The list you were handed is the path's first point itself: put a copy there.",
    "path = [list(start)]",
    "path = [start]",
)
descent.hint("The path begins as `[list(start)]`; its last entry, `path[-1]`, is where you stand.")
descent.hint("In each round: one call of gradient, then a new point from `zip(point, slopes)`, appended to the path.")
