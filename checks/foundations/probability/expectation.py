"""What must hold of ``expectation`` and ``variance``. Oracle: exact fractions."""

from checks.foundations.probability.shared import READY_MADE, exact, shares
from checks.language import Piece


def mean_of(values, probabilities):
    return sum(exact(x) * exact(p) for x, p in zip(values, probabilities))


def variance_of(values, probabilities):
    mean = mean_of(values, probabilities)
    return sum((exact(x) - mean) ** 2 * exact(p) for x, p in zip(values, probabilities))


def tables(rng):
    yield dict(values=[1, 2, 4, 8], probabilities=[0.2, 0.4, 0.3, 0.1])
    yield dict(values=[7], probabilities=[1.0])
    yield dict(values=[3, 5], probabilities=[0.5, 0.5])
    yield dict(values=[2, 2, 5], probabilities=[0.5, 0.25, 0.25])
    yield dict(values=[-1, 1], probabilities=[0.5, 0.5])
    yield dict(values=[-2, 0, 10], probabilities=[0.7, 0.1, 0.2])
    for k in (3, 5):
        yield dict(values=rng.uniform(-9, 9, k).round(2).tolist(), probabilities=shares(rng, k))


UNEQUAL = [
    dict(values=[1, 2, 4], probabilities=[0.5, 0.5]),
    dict(values=[5, 6], probabilities=[0.2, 0.3, 0.5]),
]

expectation = Piece("foundations.probability:expectation", forbid=READY_MADE)
expectation.asks(
    "expectation(values, probabilities)",
    "each value times its probability, added up",
    cases=tables,
    answer=lambda values, probabilities: float(mean_of(values, probabilities)),
)
expectation.asks(
    "expectation(values, probabilities, lambda x: x**2)",
    "with a function: its value at each x, times the probability of that x",
    cases=tables,
    answer=lambda values, probabilities: float(sum(exact(x) ** 2 * exact(p) for x, p in zip(values, probabilities))),
)
expectation.asks(
    "expectation(values, probabilities, lambda x: 1 if x > 3 else 0)",
    "with a function that is 1 or 0, the probability that it is 1",
    cases=tables,
    answer=lambda values, probabilities: float(sum(exact(p) for x, p in zip(values, probabilities) if x > 3)),
)
expectation.asks(
    "expectation(values, probabilities, len)",
    "values need not be numbers, if the function makes numbers of them",
    cases=[dict(values=["no", "perhaps", "yes"], probabilities=[0.5, 0.1, 0.4])],
    answer=lambda values, probabilities: float(mean_of([len(x) for x in values], probabilities)),
)
expectation.asks(
    "expectation(values, probabilities)",
    "lists of different lengths are refused, and both lengths named",
    cases=UNEQUAL[:1],
    raises="ShapeError",
    mentions=("3", "2"),
)
expectation.asks(
    "expectation(values, probabilities)",
    "lists of different lengths are refused, whichever is longer",
    cases=UNEQUAL,
    raises="ShapeError",
)
expectation.mistake(
    "You averaged the values as if all were equally probable: weigh each with its own probability.",
    """
    dot(range(len(values)), probabilities)
    return sum(f(x) for x in values) / len(values)
    """,
)
expectation.mistake("The function f is left out: take f(x), not x.", "f(x) for x", "x for x")
expectation.mistake(
    "You took f of the expected value; the expected value of f(X) is wanted.",
    "return f(dot(values, probabilities))",
)
expectation.mistake(
    "f was handed value times probability; it belongs to the value alone.",
    """
    dot(range(len(values)), probabilities)
    return sum(f(x * p) for x, p in zip(values, probabilities))
    """,
)
expectation.mistake(
    "Python's zip stops at the shorter list without a word: compare the lengths first, or leave it to dot.",
    "return sum(f(x) * p for x, p in zip(values, probabilities))",
)
expectation.mistake(
    "A value that stands in the list twice counts twice; as the key of a dict it keeps only its last probability.",
    """
    dot(range(len(values)), probabilities)
    return sum(f(x) * p for x, p in dict(zip(values, probabilities)).items())
    """,
)
expectation.hint("First make the list of all f(x). What do you do with that list and the list of probabilities?")
expectation.hint(
    "Multiply what matches and add: that is `dot`, from the first notebook, and it compares the lengths too."
)

variance = Piece("foundations.probability:variance", forbid=READY_MADE)


variance.asks(
    "variance(values, probabilities)",
    "the expected squared distance from the mean",
    cases=tables,
    answer=lambda values, probabilities: float(variance_of(values, probabilities)),
)
variance.asks(
    "variance(values, probabilities)",
    "large values close together keep their digits",
    cases=[
        dict(values=[1e9, 1e9 + 2], probabilities=[0.5, 0.5]),
        dict(values=[1e9 + 1, 1e9 + 2, 1e9 + 5], probabilities=[0.5, 0.25, 0.25]),
        dict(values=[0.0, 1e9, 1e9 + 2], probabilities=[0.0, 0.5, 0.5]),
    ],
    answer=lambda values, probabilities: float(variance_of(values, probabilities)),
    rtol=1e-6,
)
variance.asks(
    "variance(values, probabilities)",
    "lists of different lengths are refused",
    cases=UNEQUAL,
    raises="ShapeError",
)
variance.mistake(
    "The distances themselves average out to 0, those below against those above: square them.",
    "(x - mean) ** 2",
    "x - mean",
)
variance.mistake(
    "You averaged the distances without their sign; the variance averages their squares.",
    "(x - mean) ** 2",
    "abs(x - mean)",
)
variance.mistake(
    "This is the standard deviation: the variance is its square.",
    """
    mean = expectation(values, probabilities)
    return math.sqrt(expectation(values, probabilities, lambda x: (x - mean) ** 2))
    """,
)
variance.mistake(
    "Right on paper, but two huge numbers that nearly agree lose their digits when one is taken from the other: "
    "subtract the mean first, then square.",
    """
    return expectation(values, probabilities, lambda x: x**2) - expectation(values, probabilities) ** 2
    """,
)
variance.mistake(
    "The expected square of X is missing something: the mean has to be taken off first.", "(x - mean) ** 2", "x ** 2"
)
variance.mistake(
    "The plain average of the squared distances ignores the probabilities.",
    """
    mean = expectation(values, probabilities)
    return sum((x - mean) ** 2 for x in values) / len(values)
    """,
)
variance.mistake(
    "You squared the average of the distances: square each distance first, then average.",
    """
    mean = expectation(values, probabilities)
    return expectation(values, probabilities, lambda x: abs(x - mean)) ** 2
    """,
)
variance.mistake(
    "You measured the distances from the plain average of the values; the mean weighs them with their probabilities.",
    "mean = expectation(values, probabilities)",
    "mean = sum(values) / len(values)",
)
variance.hint("Two steps: the mean, then the expected value of a function of X. Which function?")
variance.hint("`expectation` takes a function as its third argument, a `lambda x: ...` for example.")
