"""What must hold of ``jacobian``. Oracles: NumPy, complex-step derivatives."""

from checks.foundations.calculus.shared import PLAIN, function, one, partial_answer, point, surface, true_gradient
from checks.language import Piece

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
