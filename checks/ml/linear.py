"""What must hold of the pieces of ``ml.linear``. Oracles: SciPy, scikit-learn, plain loops, finite differences."""

import math

import numpy as np
from scipy import special
from sklearn import linear_model as sk

from checks.language import Piece

SCRATCH = {"sklearn": "it is what you are building", "scipy": "NumPy is enough here"}
LOUD = 'with np.errstate(over="raise", invalid="raise", divide="raise"):\n    result = {}\nresult'


def array(rng, *shape):
    return rng.uniform(-3, 3, size=shape).round(2)


# ------------------------------------------------------------------ sigmoid


def some_scores(rng):
    yield dict(z=np.array([-2.0, 0.0, 2.0]))
    yield dict(z=0.0)
    yield dict(z=np.array([-100.0, -30.0, 30.0]))
    yield dict(z=np.array([-600.0, -500.5]))
    yield dict(z=np.array([[0, 1, 2], [-1, -2, -3]]))
    for shape in ((5,), (3, 2), (2, 3, 4)):
        yield dict(z=4 * array(rng, *shape))
    yield dict(z=round(float(rng.uniform(-5, 5)), 2))


curve = Piece("ml.linear:sigmoid", forbid=SCRATCH)
curve.asks(
    "sigmoid(z)",
    "1 / (1 + exp(-z)), entry by entry",
    cases=some_scores,
    answer=lambda z: np.asarray(special.expit(np.asarray(z, dtype=float))),
    rtol=1e-9,
    atol=0,
)
curve.asks(
    LOUD.format("sigmoid(z)"),
    "nothing overflows, at either end",
    cases=[
        dict(z=np.array([-1.0, 1.0])),
        dict(z=np.array([1000.0])),
        dict(z=np.array([-1000.0])),
        dict(z=-1000.0),
        dict(z=np.array([[-800, 1], [-1, 800]])),
    ],
    answer=lambda z: np.asarray(special.expit(np.asarray(z, dtype=float))),
)
curve.mistake(
    "exp(-z) overflows for scores far below 0: let exp see nothing but negative numbers.", "return 1 / (1 + np.exp(-z))"
)
curve.mistake(
    "exp(z) overflows for scores far above 0, and infinity over infinity is NaN: let exp see nothing above 0.",
    "return np.exp(z) / (1 + np.exp(z))",
)
curve.mistake(
    "`np.where` works out both of its branches everywhere, so the one that overflows still does: mend the exponent.",
    "return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))",
)
curve.mistake(
    "For scores below 0 this gives the chance of the other outcome, above one half.", "np.where(z >= 0, 1, small)", "1"
)
curve.mistake(
    "Small chances lose their digits: sigmoid(-100) is 3.72e-44. A tanh, 1 minus something, or clipped scores do that.",
    "return 0.5 * (1 + np.tanh(0.5 * np.asarray(z)))",
)
curve.hint("exp overflows for large positive arguments only. Which of z, -z and -|z| is never positive?")
curve.hint(
    "With small = exp(-|z|), the curve is 1 / (1 + small) where z is 0 or more. For z below 0, multiply both sides of "
    "the fraction 1 / (1 + exp(-z)) with exp(z), and look what is left."
)

# ------------------------------------------------------------------ losses


def surprises(y_true, p):
    given = [a if t == 1 else 1 - a for t, a in zip(y_true.tolist(), p.tolist())]
    return math.inf if 0 in given else -sum(map(math.log, given)) / len(given)


def outcomes(rng):
    yield dict(y_true=np.array([1, 0]), p=np.array([0.5, 0.75]))
    yield dict(y_true=np.array([0]), p=np.array([0.99]))
    yield dict(y_true=np.array([1.0, 1.0, 0.0]), p=np.array([0.9, 0.4, 0.2]))
    for n in (3, 5, 11):
        yield dict(y_true=rng.integers(0, 2, n), p=rng.uniform(0.02, 0.98, n).round(3))


binary = Piece("ml.linear:binary_cross_entropy", forbid=SCRATCH)
binary.asks("binary_cross_entropy(y_true, p)", "the mean surprise, in nats", cases=outcomes, answer=surprises)
binary.asks(
    "loss = binary_cross_entropy(y_true, p)\ndict(nan=bool(np.isnan(loss)), infinite=bool(np.isinf(loss)))",
    "a certainty that came true doesn't make it NaN, one that did not makes it infinite",
    cases=[
        dict(y_true=np.array([1, 0]), p=np.array([1.0, 0.25])),
        dict(y_true=np.array([0, 1]), p=np.array([0.0, 0.5])),
        dict(y_true=np.array([1, 0]), p=np.array([0.5, 1.0])),
        dict(y_true=np.array([1, 1]), p=np.array([0.0, 1.0])),
        dict(y_true=np.array([0.0]), p=np.array([1.0])),
    ],
    answer=lambda y_true, p: dict(nan=False, infinite=surprises(y_true, p) == math.inf),
)
binary.asks(
    "binary_cross_entropy(y_true, p)",
    "a certainty that came true adds 0, and a tiny chance its full surprise",
    cases=[
        dict(y_true=np.array([1, 0, 1]), p=np.array([1.0, 0.0, 0.5])),
        dict(y_true=np.array([1, 1]), p=np.array([1e-200, 1e-180])),
    ],
    answer=surprises,
)
binary.asks(
    "binary_cross_entropy(y_true, p)",
    "shapes that differ are refused, and both are named",
    cases=[
        dict(y_true=np.array([1, 0, 1]), p=np.array([[0.5], [0.2], [0.9]])),
        dict(y_true=np.array([[1, 0, 1]]).T, p=np.array([0.5, 0.2, 0.9])),
    ],
    raises="ShapeError",
    mentions=("(3,)", "(3, 1)"),
)
binary.mistake(
    "0 times the logarithm of 0 is NaN: where the probability is exactly 0 or 1, the other term spoils it.",
    "float(-np.mean(np.log(chance)))",
    "float(-np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p)))",
)
binary.mistake("The surprises are added up; their mean is wanted.", "-np.mean(", "-np.sum(")
binary.mistake("This is the surprise at what did not happen: p is the chance of a 1.", "1, p, 1 - p", "1, 1 - p, p")
binary.mistake(
    "Clipping the probabilities hides the impossible: what had probability 0 and happened is infinitely surprising.",
    "np.log(chance)",
    "np.log(np.clip(chance, 1e-12, 1))",
)
binary.mistake(
    "This is the logarithm of the mean probability: take the logarithms first.", "mean(np.log", "log(np.mean"
)
binary.mistake(
    "Nothing compares the shapes: NumPy broadcasts column and row to a table.", "require_same_shape(y_true, p)", ""
)
binary.hint("First the shapes. Then: what probability was given to the thing that happened, in each row?")
binary.hint("`np.where(y_true == 1, a, b)` takes from a where a 1 happened, and from b elsewhere.")


def labelled(rng):
    yield dict(y_true=np.array([0, 2]), P=np.array([[0.5, 0.25, 0.25], [0.0, 0.9, 0.1]]))
    yield dict(y_true=np.array([[1, 0, 0], [0, 0, 1]]), P=np.array([[0.5, 0.25, 0.25], [0.0, 0.9, 0.1]]))
    yield dict(y_true=np.array([1]), P=np.array([[0.8, 0.2]]))
    for n, k in ((3, 3), (5, 2), (2, 5), (7, 3)):
        P = rng.dirichlet(np.ones(k), n).round(3) + 0.01
        P /= P.sum(axis=1, keepdims=True)
        labels = rng.integers(0, k, n)
        yield dict(y_true=labels, P=P)
        yield dict(y_true=np.eye(k)[labels], P=P)


def class_surprises(y_true, P):
    rows = [row.index(max(row)) for row in y_true.tolist()] if y_true.ndim == 2 else y_true.tolist()
    given = [row[label] for label, row in zip(rows, P.tolist())]
    return math.inf if 0 in given else -sum(map(math.log, given)) / len(given)


many = Piece("ml.linear:cross_entropy", forbid=SCRATCH)
many.asks(
    "cross_entropy(y_true, P)", "the mean surprise at the classes that happened", cases=labelled, answer=class_surprises
)
many.asks(
    "loss = cross_entropy(y_true, P)\ndict(nan=bool(np.isnan(loss)), infinite=bool(np.isinf(loss)))",
    "a probability of 0 matters only for the class that happened, and then makes it infinite",
    cases=[
        dict(y_true=np.array([1, 0]), P=np.array([[0.0, 1.0], [0.5, 0.5]])),
        dict(y_true=np.array([[0.0, 1.0], [1.0, 0.0]]), P=np.array([[0.0, 1.0], [0.5, 0.5]])),
        dict(y_true=np.array([0, 0]), P=np.array([[0.0, 1.0], [0.5, 0.5]])),
        dict(y_true=np.array([[1, 0], [1, 0]]), P=np.array([[0.0, 1.0], [0.5, 0.5]])),
    ],
    answer=lambda y_true, P: dict(nan=False, infinite=class_surprises(y_true, P) == math.inf),
)
for labels in ([1], [[0, 1]], [1, 0, 1, 1], [[0, 1], [1, 0], [0, 1], [0, 1]]):
    many.asks(
        "cross_entropy(y_true, P)",
        "another number of labels than rows is refused, and both shapes are named",
        cases=[dict(y_true=np.array(labels), P=np.array([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]]))],
        raises="ShapeError",
        mentions=(str(np.shape(labels)), "(3, 2)"),
    )
many.mistake(
    "0 times the logarithm of 0 is NaN: don't let the classes that did not happen into the logarithm.",
    "float(-np.mean(np.log(P[np.arange(len(P)), labels])))",
    "float(-np.mean(np.sum(np.eye(P.shape[1])[labels] * np.log(P), axis=1)))",
)
many.mistake("`P[:, labels]` takes the columns from every row: pair label and row.", "np.arange(len(P)), l", ":, l")
many.mistake("The surprises are added up; their mean is wanted.", "np.mean(", "np.sum(")
many.mistake("The mean runs over n times k places; average n surprises.", "(-np.mean(", "(-np.mean(1 / P.shape[1] * ")
many.mistake(
    "One-hot rows (two axes) are misread: find the place of the 1 along each row, and only then use it as a label.",
    "y_true if y_true.ndim == 1 else y_true.argmax(axis=1)",
    "y_true.astype(int)",
)
many.mistake(
    "Shape (n,) is fine beside (n, k): compare the numbers of rows.", "len(y_true) != len(P)", "y_true.shape != P.shape"
)
many.mistake("Nothing compares the numbers of rows: one label would serve for all.", "len(y_true) != len(P)", "False")
many.hint("`y_true.ndim` is the number of axes: 1 for ints, 2 for one-hot rows. `argmax(axis=1)` finds the 1 in each.")
many.hint("`P[rows, columns]` with two arrays of n ints takes n entries, one for each pair.")

# ------------------------------------------------------------------ softmax


def score_tables(rng):
    yield dict(z=np.array([[0.0, np.log(3)], [5.0, 5.0]]))
    yield dict(z=np.array([7.0]))
    yield dict(z=np.array([0.0, -np.log(3)]))
    yield dict(z=np.array([2, 1, 0]))
    for shape in ((3,), (4, 3), (3, 3), (2, 3, 4), (1, 5)):
        yield dict(z=array(rng, *shape))


WILD = [
    dict(z=np.array([1000, 1000])),
    dict(z=np.array([0, 1000])),
    dict(z=np.array([0.0, 1000.0, 1000.0])),
    dict(z=np.array([0.0, 740.0])),
    dict(z=np.array([[-1000.0, -1000.0, -1000.0 + np.log(2)]])),
    dict(z=np.array([[1000.0, 999.0], [-1000.0, -1001.0]])),
    dict(z=np.array([[1000.0, -1000.0], [998.0, -1003.0]])),
    dict(z=np.array([[[0.0, 2000.0], [3.0, 1.0]]])),
]


def underflowing(z):
    """Softmax and its logarithm in steps that cannot overflow; what underflows is 0."""
    return special.softmax(z.astype(float), axis=-1)


shares = Piece("ml.linear:softmax", forbid=SCRATCH)
shares.asks("softmax(z)", "shares of the exps, along the last axis", cases=score_tables, answer=underflowing)
shares.asks(LOUD.format("softmax(z)"), "large scores, and rows that are far apart", cases=WILD, answer=underflowing)
NAIVE = "np.exp(z - z.max(axis=-1, keepdims=True))"
shares.mistake("exp overflows for large scores: take the row's largest score away first.", NAIVE, "np.exp(z)")
shares.mistake(
    "Each row has its own largest score; the whole table's makes low rows 0 over 0.", "x(axis=-1, keepdims=True)", "x()"
)
shares.mistake(
    "Scores compete along the last axis; yours do along the first.", "powers.sum(axis=-1", "powers.sum(axis=0"
)
shares.mistake("The whole table adds up to 1; each row is to.", "s.sum(axis=-1, keepdims=True)", "s.sum()")
shares.mistake(
    "axis=1 is the last axis of a table only; a vector has no such axis, and three axes have a further one.",
    """
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
    """,
)
shares.mistake(
    "Without keepdims the rows' maxima and sums lie along the wrong axis: they meet the columns.",
    """
    powers = np.exp(z - z.max(axis=-1))
    return powers / powers.sum(axis=-1)
    """,
)
shares.mistake(
    "Without keepdims the row sums lie along the wrong axis.", "s.sum(axis=-1, keepdims=True)", "s.sum(axis=-1)"
)
shares.hint(
    "The same number taken away from all scores of a row changes nothing. Which number makes overflow impossible?"
)
shares.hint("`z.max(axis=-1, keepdims=True)` has a 1 in place of the last axis, so that it broadcasts against z.")

logs = Piece("ml.linear:log_softmax", forbid=SCRATCH)


def log_shares(z):
    return special.log_softmax(z.astype(float), axis=-1)


logs.asks("log_softmax(z)", "the logarithm of softmax", cases=score_tables, answer=log_shares, atol=1e-7)
logs.asks(
    LOUD.format("log_softmax(z)"), "exact where softmax itself rounds to 0", cases=WILD, answer=log_shares, rtol=1e-12
)
logs.mistake(
    "Where softmax rounds to 0 its logarithm is minus infinity: take the logarithm on paper first.",
    """
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.log(powers / powers.sum(axis=-1, keepdims=True))
    """,
)
logs.mistake(
    "exp overflows for large scores: take the row's largest score away first.", "z.max(axis=-1, keepdims=True)", "0.0"
)
logs.mistake(
    "Each row has its own largest score; the whole table's makes low rows ln 0.", "x(axis=-1, keepdims=True)", "x()"
)
logs.mistake(
    "The largest score was taken away inside the exps only: both places need it.", "return shifted", "return z"
)
logs.mistake("Scores compete along the last axis; yours do along the first.", ".sum(axis=-1", ".sum(axis=0")
logs.hint("On paper: ln of (exp of s over the sum of the exps) is s minus the logarithm of that sum.")
logs.hint("Take the largest score away first; then use the shifted scores in both places.")

# ------------------------------------------------------------------ slopes


def errors_of_rows(rng):
    yield dict(X=np.array([[1.0, 2.0], [3.0, 0.0]]), errors=np.array([1.0, -2.0]))
    yield dict(X=np.array([[2.0]]), errors=np.array([3.0]))
    yield dict(X=np.array([[2.0, -1.0]]), errors=np.array([0.0]))
    yield dict(X=np.array([[1.0], [2.0]]), errors=np.array([[1.0, -1.0], [0.5, 0.0]]))
    for n, d, k in ((3, 2, None), (5, 5, None), (4, 2, 3), (3, 3, 3), (7, 2, 1)):
        yield dict(X=array(rng, n, d), errors=array(rng, n) if k is None else array(rng, n, k))


def slopes_by_loops(X, errors):
    columns = errors.reshape(len(X), -1).T.tolist()
    table = [[sum(x * e for x, e in zip(f, es)) / len(X) for es in columns] for f in X.T.tolist()]
    bias = np.array([sum(es) / len(X) for es in columns])
    shape = errors.shape[1:]
    return dict(weights=np.array(table).reshape(X.shape[1], *shape), bias=bias.reshape(shape))


slopes = Piece("ml.linear:mean_slopes", forbid=SCRATCH)
slopes.asks(
    "weight_slopes, bias_slope = mean_slopes(X, errors)\ndict(weights=weight_slopes, bias=bias_slope)",
    "means over the rows of feature times error, and of the errors",
    cases=errors_of_rows,
    answer=slopes_by_loops,
)
slopes.mistake("These are sums over the rows; the means are wanted.", "errors / len(X), np.mean(", "errors, np.sum(")
slopes.mistake("The mean is over the rows: divide by their number, not that of the features.", "len(X)", "X.shape[1]")
slopes.mistake("The weights' slopes are sums over the rows: divide by their number.", "errors / len(X)", "errors")
slopes.mistake("The bias's slope is a sum over the rows; its mean is wanted.", "np.mean", "np.sum")
slopes.mistake(
    "The mean runs over all errors: each of several scores has a bias of its own.", "errors, axis=0)", "errors)"
)
slopes.mistake(
    "The errors are slopes already: no further 2 is wanted.", "return X", "errors = 2 * errors\n    return X"
)
slopes.hint("Row j of X.T is feature j in all the rows; dotted with the errors it is the sum of the products.")
slopes.hint("A mean over the rows is a mean over axis 0. It leaves (k,) of (n, k), and one number of (n,).")

# ------------------------------------------------------------------ penalties


def thresholds(rng):
    yield dict(w=np.array([3.0, -0.5, -2.0]), t=1.0)
    yield dict(w=np.array([3.0, -0.5, 0.0]), t=0.0)
    yield dict(w=np.array([1.0, -1.0, 1.5, -1.5]), t=1.0)
    yield dict(w=np.array([4e-9, -1e-9]), t=3e-9)
    for shape in ((6,), (3, 4)):
        yield dict(w=array(rng, *shape), t=round(float(rng.uniform(0.2, 2)), 2))


threshold = Piece("ml.linear:soft_threshold", forbid=SCRATCH)
threshold.asks(
    "soft_threshold(w, t)",
    "towards 0 by t, and no further",
    cases=thresholds,
    answer=lambda w, t: np.array([x - t if x > t else x + t if x < -t else 0.0 for x in w.flat]).reshape(w.shape),
    atol=1e-20,
)
threshold.mistake(
    "The small entries are cut off and the others stay: those move by t as well.", "return w * (np.abs(w) > t)"
)
threshold.mistake("The negative entries have become 0: they move up by t, towards 0.", "return np.maximum(w - t, 0)")
threshold.mistake("The small entries have jumped over 0: they are to stop there.", "return w - np.sign(w) * t")
threshold.mistake("The signs are lost.", "np.sign(w) * ", "")
threshold.hint("The size of an entry becomes |w| - t, but never less than 0. The sign stays.")
threshold.hint("`np.sign(w)` is -1, 0 or 1; `np.maximum(a, 0)` replaces what is negative by 0.")


def steps(rng):
    def case(*values):
        return dict(zip(("weights", "bias", "weight_slopes", "bias_slope", "rate", "l1", "l2"), values))

    start, slopes = np.array([1.0, -2.0]), np.array([4.0, 0.0])
    yield case(start, 0.5, slopes, 1.0, 0.1, 0.0, 0.0)
    yield case(start, 0.5, slopes, 1.0, 0.1, 1.0, 0.5)
    yield case(start, 0.5, slopes, 1.0, 0.1, 0.0, 0.5)
    yield case(np.array([0.3, -0.1, 0.0, 2.0]), -0.1, np.array([1.0, 1.0, -3.0, 0.0]), 0.0, 0.2, 1.0, 0.0)
    rate, l1, l2 = rng.uniform((0.1, 0.5, 0.2), (0.4, 3.0, 1.0)).round(2).tolist()
    yield case(array(rng, 4), 0.7, array(rng, 4), -0.4, rate, l1, l2)
    yield case(array(rng, 3, 2), array(rng, 2), array(rng, 3, 2), array(rng, 2), rate, l1, l2)


def stepped(weights, bias, weight_slopes, bias_slope, rate, l1, l2):
    """The new weights as the lowest point of: (w - moved)^2 / 2 + rate * l1 * |w|, which has three candidates."""

    def lowest(moved):
        candidates = (0.0, moved - rate * l1, moved + rate * l1)
        return min(candidates, key=lambda w: (w - moved) ** 2 / 2 + rate * l1 * abs(w))

    moved = weights * (1 - 2 * rate * l2) - rate * weight_slopes
    return dict(weights=np.vectorize(lowest)(moved), bias=np.asarray(bias - rate * bias_slope))


step = Piece("ml.linear:penalised_step", forbid=SCRATCH)
step.asks(
    """
    new_weights, new_bias = penalised_step(weights, bias, weight_slopes, bias_slope, rate, l1, l2)
    dict(weights=new_weights, bias=new_bias)
    """,
    "a step against all slopes, then the threshold",
    cases=steps,
    answer=stepped,
)
step.asks(
    "new_weights, new_bias = penalised_step(weights, bias, slopes, 0.5, 0.1)\ndict(weights=new_weights, bias=new_bias)",
    "without l1 and l2 there is no penalty",
    cases=[dict(weights=np.array([1.0, -2.0]), bias=1.0, slopes=np.array([4.0, 0.0]))],
    answer=lambda weights, bias, slopes: dict(weights=weights - 0.1 * slopes, bias=np.asarray(bias - 0.05)),
)
step.mistake("The square leaves a 2 behind: the slope of l2 * w squared is 2 * l2 * w.", "2 * l2", "l2")
step.mistake("The threshold is part of the step: it shrinks with the rate.", "slopes, rate * l1)", "slopes, l1)")
step.mistake(
    "The slope of the squares needs the rate as well.", "rate * slopes", "rate * weight_slopes - 2 * l2 * weights"
)
step.mistake(
    "l2 has moved the bias too: no penalty touches it.", "rate * bias_slope", "rate * (bias_slope + 2 * l2 * bias)"
)
step.mistake(
    "The bias has been thresholded too: no penalty touches it.",
    "bias - rate * bias_slope",
    "soft_threshold(bias - rate * bias_slope, l1 * rate)",
)
step.mistake(
    "The threshold came before the step: first move, then threshold.",
    "soft_threshold(weights - rate * slopes, rate * l1)",
    "soft_threshold(weights, rate * l1) - rate * slopes",
)
step.mistake(
    "A slope of plus or minus l1 makes the weights hop over 0 and never rest on it: use the threshold.",
    "soft_threshold(weights - rate * slopes, rate * l1)",
    "weights - rate * (slopes + l1 * np.sign(weights))",
)
step.hint("Weights: add the slope of the squares, 2 * l2 * weights, to theirs; then step. Bias: rate * bias_slope.")
step.hint("`soft_threshold` takes the weights after the step, and rate * l1. No penalty touches the bias.")

# ------------------------------------------------------------------ fit

LINK = {
    "LinearRegression": lambda z: z,
    "LogisticRegression": special.expit,
    "SoftmaxRegression": lambda z: special.softmax(z, axis=1),
}
DATA_LOSS = {
    "LinearRegression": lambda z, t: np.mean((z - t) ** 2),
    "LogisticRegression": lambda z, t: -np.mean(special.log_expit(np.where(t == 1, z, -z))),
    "SoftmaxRegression": lambda z, t: -np.mean(special.log_softmax(z, axis=1)[t == 1]),
}


def walked(X, y, rate, epochs, l1=0.0, l2=0.0, kind="LinearRegression"):
    """The same walk with the ones in a column of their own, and every model written out."""
    A = np.column_stack([X, np.ones(len(X))])
    targets = y if kind == "LinearRegression" else np.searchsorted(np.unique(y), y)
    if kind == "SoftmaxRegression":
        targets = np.eye(len(np.unique(y)))[targets]
    s, losses = np.zeros((A.shape[1], *targets.shape[1:])), []
    for epoch in range(epochs + 1):
        losses.append(DATA_LOSS[kind](A @ s, targets) + l1 * np.sum(abs(s[:-1])) + l2 * np.sum(s[:-1] ** 2))
        if epoch < epochs:
            factor = 2 if kind == "LinearRegression" else 1
            slope = factor * A.T @ (LINK[kind](A @ s) - targets) / len(X)
            slope[:-1] += 2 * l2 * s[:-1]
            s = s - rate * slope
            s[:-1] -= np.clip(s[:-1], -rate * l1, rate * l1)
    return dict(weights=s[:-1], bias=s[-1], losses=np.array(losses))


X3, Y3 = np.array([[1.0], [2.0], [3.0]]), np.array([2.0, 3.0, 7.0])


def lines(rng):
    yield dict(X=X3, y=Y3, rate=0.03, epochs=1)
    yield dict(X=X3, y=Y3, rate=0.03, epochs=4)
    yield dict(X=X3, y=Y3, rate=0.03, epochs=0)
    yield dict(X=X3, y=Y3, rate=0.3, epochs=3)
    yield dict(X=np.array([[1, 0], [2, 1], [4, 1]]), y=np.array([1, 0, 3]), rate=0.02, epochs=3)
    for n, d in ((5, 2), (4, 4)):
        yield dict(X=array(rng, n, d), y=array(rng, n), rate=0.05, epochs=5)


def classes(kind, k):
    def cases(rng):
        shared = dict(kind=kind, rate=0.5)
        for n, d, l1, l2, epochs in (
            (6, 1, 0.0, 0.0, 1),
            (6, 2, 0.0, 0.1, 4),
            (7, 3, 0.05, 0.0, 5),
            (7, 2, 0.05, 0.1, 5),
        ):
            y = 3 * (rng.permutation(n) % k) + 2
            yield shared | dict(X=array(rng, n, d), y=y, l1=l1, l2=l2, epochs=epochs)

    return cases


fit = Piece("ml.linear:LinearModel.fit", forbid=SCRATCH)
READ = "\ndict(weights=model.weights, bias=model.bias, losses=model.loss_history_)"
fit.asks(
    "model = LinearRegression(learning_rate=rate)\nmodel.fit(X, y, epochs=epochs)" + READ,
    "so many steps from zero, and the loss before the first and after each",
    cases=lines,
    answer=walked,
)
for name, count in (("LogisticRegression", 2), ("SoftmaxRegression", 3)):
    fit.asks(
        f"model = {name}(learning_rate=rate, l1=l1, l2=l2)\nmodel.fit(X, y, epochs=epochs)" + READ,
        f"the same loop fits a {name}, with penalties",
        cases=classes(name, count),
        answer=walked,
    )
fit.asks(
    "model = LinearRegression(learning_rate=rate)\nsame = model.fit(X, y)\n[same is model, len(model.loss_history_)]",
    "fit returns the model itself, after 1000 epochs unless told otherwise",
    cases=[dict(X=X3, y=Y3, rate=0.03)],
    answer=lambda: [True, 1001],
)
fit.asks(
    "model = LinearRegression(learning_rate=0.03)\nmodel.fit(X, y, epochs=50)\nmodel.fit(X, y, epochs=epochs)" + READ,
    "a second fit starts afresh",
    cases=[dict(X=X3, y=Y3, epochs=1)],
    answer=lambda X, y, epochs: walked(X, y, 0.03, epochs),
)
fit.asks(
    """
    model = LinearRegression(learning_rate=None, l2=l2).fit(X, y)
    dict(weights=model.weights, bias=model.bias, rate=model.learning_rate)
    """,
    "without a learning rate it settles at the lowest point, and the rate stays None",
    cases=[dict(X=X3, y=Y3, l2=0.0), dict(X=X3, y=Y3, l2=0.5), dict(X=10 * X3, y=Y3, l2=0.0)],
    answer=lambda X, y, l2: (lambda m: dict(weights=m.coef_, bias=np.asarray(m.intercept_), rate=None))(
        sk.Ridge(alpha=len(X) * l2).fit(X, y)
    ),
    rtol=1e-5,
    atol=1e-5,
)
fit.asks(
    "LinearRegression(learning_rate=rate).fit(X, y, epochs=5)",
    "bad data is refused",
    cases=[
        dict(X=np.array([[1.0], [np.nan]]), y=np.array([1.0, 2.0]), rate=0.1),
        dict(X=X3, y=np.array([1.0, 2.0]), rate=0.1),
    ],
    raises="ValueError",
)
fit.asks(
    'LinearRegression(learning_rate=rate).fit(X, y, epochs=epochs)\n"fitted"',
    "a rate that is too large is refused, and named, when a loss is no longer finite",
    cases=[
        dict(X=X3, y=Y3, rate=7.5, epochs=600),
        dict(X=X3, y=Y3, rate=7.5e200, epochs=1),
        dict(X=1e100 * X3, y=Y3, rate=7.5, epochs=1),
    ],
    raises="ValueError",
    mentions=("7.5",),
)
fit.mistake("The loss before the first step is missing: return epochs + 1.", "np.array(losses)", "np.array(losses[1:])")
fit.mistake("The loss after the last step is missing: return epochs + 1.", "np.array(losses)", "np.array(losses[:-1])")
fit.mistake(
    "The errors are the model's own: `self.row_errors` knows the 2 of the squares, the sigmoid and the softmax.",
    "X, self.row_errors(scores, targets)",
    "X, scores - targets",
)
fit.mistake(
    "The steps are made without the penalties: hand on the model's l1 and l2.", "rate, self.l1, self.l2", "rate"
)
fit.mistake(
    "The losses leave the penalties out: see `self.objective`.", "append(self.objective(", "append(self.mean_loss("
)
fit.mistake(
    "`settle` does everything: return what it returns, without the loop.", "return self.settle(", "self.settle("
)
fit.mistake("fit returns the model itself; this returns nothing.", "\n    return self", "")
fit.mistake(
    "The losses are those of the scores before the step: take the scores again after it.",
    "scores = X @ self.weights + self.bias\n        losses.append(self.objective(scores, targets))",
    "losses.append(self.objective(scores, targets))\n        scores = X @ self.weights + self.bias",
)
fit.mistake(
    "The weights of the last fit are still there: begin anew every time.",
    "X, targets = self.begin(X, y)",
    """before = self.weights, self.bias
    X, targets = self.begin(X, y)
    if before[0] is not None:
        self.weights, self.bias = before""",
)
fit.mistake(
    "Labels are no targets: `begin` makes zeros and ones of them.", "= self.begin(X, y)", "= self.begin(X, y)[0], y"
)
fit.mistake(
    "A loss is infinite or NaN and nothing stops: raise ValueError with the rate.", "np.isfinite(losses[-1])", "True"
)
fit.hint("begin; the case without a rate; scores and loss; then the loop: errors, slopes, step, scores, loss.")
fit.hint("`mean_slopes` takes X and `self.row_errors(scores, targets)`. `penalised_step` wants rate, l1 and l2 last.")
fit.hint("The scores are needed twice: for the loss of this moment, and for the errors of the next step.")
