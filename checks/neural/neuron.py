"""What must hold of the pieces of ``neural.neuron``. Oracles: plain loops, SciPy, complex-step derivatives."""

import numpy as np
from scipy import special

from checks.language import Piece

SCRATCH = {"sklearn": "it is what you are building", "scipy": "NumPy is enough here"}
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
NAN = float("nan")


def array(rng, *shape):
    """Unsymmetric numbers with two decimals."""
    return rng.uniform(-2, 2, size=shape).round(2)


def eighths(rng, *shape):
    """Multiples of 1/8, which floats add and multiply without rounding."""
    return rng.integers(-24, 25, size=shape) / 8


# ------------------------------------------------------------------ step


def some_scores(rng):
    yield dict(z=np.array([-2.0, 0.0, 0.5]))
    yield dict(z=np.array([[3, 0, -1], [1, 2, -5]]))
    yield dict(z=0.5)
    yield dict(z=-3.0)
    yield dict(z=0.0)
    yield dict(z=np.array([1e-200, -1e-200, 0.99, 1.01, 1e200]))
    for shape in ((5,), (2, 3, 2)):
        yield dict(z=array(rng, *shape))


fires = Piece("neural.neuron:step", forbid=SCRATCH)
fires.asks(
    "step(z)",
    "1 where the score is greater than 0, else 0",
    cases=some_scores,
    answer=lambda z: np.asarray(np.asarray(z) > 0).astype(int),
)
fires.asks("np.shape(step(z))", "the result has the shape of z", cases=some_scores, answer=lambda z: np.shape(z))
fires.mistake("At a score of exactly 0 the neuron doesn't fire: greater than 0 is wanted.", "z > 0", "z >= 0")
fires.mistake("The results are True and False; numbers 1 and 0 are wanted.", "np.where(z > 0, 1, 0)", "z > 0")
fires.mistake("1 and 0 have changed places: 1 is for scores above 0.", "1, 0)", "0, 1)")
fires.mistake("Below 0 this gives -1; the step goes from 0 to 1.", "np.where(z > 0, 1, 0)", "np.sign(z)")
fires.mistake("The scores above 0 were let through unchanged: each of them becomes 1.", "1, 0)", "z, 0)")
fires.hint("A comparison such as z > 0 works entry by entry, and gives True or False for each.")
fires.hint("`np.where(condition, a, b)` takes a where the condition holds, and b elsewhere; numbers will do as well.")

# ------------------------------------------------------------------ the perceptron's rule


def shown_rows(rng):
    small = dict(weights=np.array([1.0, -2.0]), bias=0.0, x=np.array([3.0, 1.0]), learning_rate=1.0)
    yield dict(small, target=0)
    yield dict(small, target=1)
    yield dict(weights=np.zeros(2), bias=0.0, x=np.array([2.0, 1.0]), target=1, learning_rate=0.5)
    yield dict(weights=np.zeros(1), bias=0.0, x=np.array([2.0]), target=0, learning_rate=1.0)
    yield dict(weights=np.array([1.0]), bias=-2.5, x=np.array([2.0]), target=1, learning_rate=1.0)
    yield dict(weights=np.array([1.0, 2.0]), bias=-1.0, x=np.array([0.0, 0.0]), target=1, learning_rate=2.0)
    for d, target in ((2, 0), (2, 1), (3, 1), (5, 0), (5, 1)):
        weights, x, bias = eighths(rng, d), eighths(rng, d), float(eighths(rng))
        yield dict(weights=weights, bias=bias, x=x, target=target, learning_rate=0.5)


def after_one(weights, bias, x, target, learning_rate):
    fired = int(sum(a * b for a, b in zip(weights, x)) + bias > 0)
    way = learning_rate * (target - fired)
    return [np.array([a + way * b for a, b in zip(weights, x)]), np.asarray(bias + way)]


update = Piece("neural.neuron:perceptron_update", forbid=SCRATCH)
update.asks(
    "new_weights, new_bias = perceptron_update(weights, bias, x, target, learning_rate)\n[new_weights, new_bias]",
    "towards the row, away from it, or no change",
    cases=shown_rows,
    answer=after_one,
)
update.asks(
    "new_weights, new_bias = perceptron_update(weights, bias, x, target)\n[new_weights, new_bias]",
    "the learning rate is 1 if none is given",
    cases=[dict(weights=np.array([1.0, -2.0]), bias=0.5, x=np.array([3.0, 1.0]), target=0)],
    answer=lambda **case: after_one(**case, learning_rate=1.0),
)
PREDICTED = "step(x @ weights + bias)"
update.mistake(
    "The weights move for every row; where the prediction is right, nothing is to change.",
    f"target - {PREDICTED}",
    "2 * target - 1",
)
update.mistake(
    "The way is the wrong one: the row is added if 1 was wanted and 0 predicted.",
    f"target - {PREDICTED}",
    f"{PREDICTED} - target",
)
update.mistake("The bias has to move as well.", "float(bias + learning_rate * error)", "float(bias)")
update.mistake("The learning rate is missing from the bias's step.", "bias + learning_rate * error", "bias + error")
update.mistake("The bias moves by plus or minus the learning rate, without the row.", "* error)", "* error * x.sum())")
update.mistake("You took the score for the prediction: the prediction is its step, 0 or 1.", PREDICTED, PREDICTED[4:])
update.mistake("The prediction was made without the bias.", "x @ weights + bias)", "x @ weights)")
update.mistake(
    "`+=` changes the array that was handed in: make a new one.",
    """
    error = target - step(x @ weights + bias)
    weights += learning_rate * error * x
    return weights, float(bias + learning_rate * error)
    """,
)
update.hint("Target minus prediction is 0, 1 or -1: just what the row has to be multiplied by.")
update.hint("The bias is the weight of an input that is always 1, so it gets the same step without the row.")

BUILT = "model = Perceptron()\nmodel.weights, model.bias = np.array(weights), bias\n"


def tables(rng):
    yield dict(weights=[1.0, -2.0], bias=0.0, X=[[3, 1], [2, 1]])
    yield dict(weights=[2.0], bias=-3.0, X=np.array([[1.0], [1.5], [2.0]]))
    yield dict(weights=[1.0, 1.0], bias=-1.5, X=CORNERS)
    for n, d in ((1, 3), (4, 2), (5, 5)):
        yield dict(weights=eighths(rng, d).tolist(), bias=float(eighths(rng)), X=eighths(rng, n, d))


predict = Piece("neural.neuron:Perceptron.predict", forbid=SCRATCH)
predict.asks(
    BUILT + "model.predict(X)",
    "1 for the rows whose score is greater than 0, else 0",
    cases=tables,
    answer=lambda weights, bias, X: np.array([int(np.dot(row, weights) + bias > 0) for row in X]),
)
predict.asks(
    "Perceptron().predict(X)",
    "a model that was never fitted says so",
    cases=[dict(X=np.array([[1.0, 2.0]]))],
    raises="NotFittedError",
)
predict.asks(
    BUILT + "model.predict(X)",
    "a table with the wrong number of columns is refused, and both numbers are named",
    cases=[dict(weights=[1.0, -2.0], bias=0.0, X=np.array([[1.0, 2.0, 3.0]]))],
    raises="ValueError",
    mentions=("3", "2"),
)
predict.asks(
    BUILT + "model.predict(X)",
    "NaN is refused, and so is a single row that is not a table",
    cases=[dict(weights=[1.0, -2.0], bias=0.0, X=X) for X in (np.array([[1.0, NAN]]), np.array([1.0, 2.0]))],
    raises="ValueError",
)
SCORES = "X @ self.weights + self.bias"
predict.mistake("The bias is missing from the score, or has the wrong sign.", SCORES, SCORES + " * 0")
predict.mistake("These are the scores; the prediction is their step.", f"step({SCORES})", SCORES)
predict.mistake(
    "At a score of exactly 0 the neuron is silent; the class is 0.", f"step({SCORES})", f"1 * ({SCORES} >= 0)"
)
predict.mistake(
    "The results are True and False; numbers 1 and 0 are wanted, as `step` makes them.",
    f"step({SCORES})",
    f"{SCORES} > 0",
)
predict.mistake(
    "Before fit the weights are None, and calculating with None gives an obscure error: begin with check_fitted.",
    '    check_fitted(self, "weights")\n    X = check_features(X, columns=len(self.weights))\n',
    "    X = check_features(X, columns=None if self.weights is None else len(self.weights))\n",
)
predict.mistake(
    "Nothing looks at X, so that NaN goes through as an answer: check_features refuses it.",
    "X = check_features(X, columns=len(self.weights))",
    "X = np.asarray(X, dtype=float)",
)
predict.hint('`check_fitted(self, "weights")` raises the right error by itself, or does nothing.')
predict.hint("`X = check_features(X, columns=...)`; then one step of one weighted sum for all rows.")


def lessons_to_learn(rng):
    tiny = dict(X=np.array([[0.0], [2.0]]), y=np.array([0, 1]), learning_rate=1.0)
    yield dict(tiny, epochs=10)
    yield dict(tiny, epochs=1)
    yield dict(tiny, epochs=2)
    yield dict(tiny, epochs=3)
    yield dict(X=CORNERS, y=np.array([0, 0, 0, 1]), learning_rate=1.0, epochs=20)
    yield dict(X=CORNERS, y=np.array([0, 1, 1, 0]), learning_rate=1.0, epochs=6)
    yield dict(X=[[1, 0], [0, 2], [1, 1]], y=[1, 0, 0], learning_rate=0.5, epochs=20)
    for n, d, rate in ((5, 3, 0.25), (7, 2, 1.0), (6, 6, 2.0)):
        y = rng.permutation(np.arange(n) % 2)
        yield dict(X=eighths(rng, n, d), y=y, learning_rate=rate, epochs=8)
    X, w = eighths(rng, 9, 2), np.array([1.0, -0.625])
    X = X[np.abs(X @ w) > 0.25]
    X = np.vstack([[[1.0, 0.0], [-1.0, 0.0]], X])
    yield dict(X=X, y=(X @ w > 0).astype(int), learning_rate=1.0, epochs=60)


def learnt(X, y, learning_rate, epochs):
    weights, bias, mistakes = [0.0] * len(X[0]), 0.0, []
    for _ in range(epochs):
        mistakes.append(0)
        for x, target in zip(np.asarray(X, float).tolist(), np.asarray(y).tolist()):
            way = target - int(sum(a * b for a, b in zip(weights, x)) + bias > 0)
            mistakes[-1] += abs(way)
            weights = [a + learning_rate * way * b for a, b in zip(weights, x)]
            bias += learning_rate * way
        if not mistakes[-1]:
            break
    return dict(mistakes=mistakes, weights=np.array(weights), bias=np.asarray(bias), converged=mistakes[-1] == 0)


fit = Piece("neural.neuron:Perceptron.fit", forbid=SCRATCH)
fit.asks(
    """
    model = Perceptron(learning_rate)
    model.fit(X, y, epochs)
    dict(mistakes=list(model.mistakes_), weights=model.weights, bias=model.bias, converged=model.converged_)
    """,
    "row after row, pass after pass, until a pass has no mistakes",
    cases=lessons_to_learn,
    answer=learnt,
)
fit.asks(
    """
    model = Perceptron()
    returned = model.fit([[0.0], [2.0]], [1, 0]).fit([[0.0], [2.0]], [0, 1])
    [returned is model, model.weights, list(model.mistakes_)]
    """,
    "fit returns the model, and a second fit starts afresh",
    cases=[{}],
    answer=lambda: [True, np.array([2.0]), [1, 1, 0]],
)
fit.asks(
    "len(Perceptron().fit(X, y).mistakes_)",
    "without a number of passes, the end comes after 1000",
    cases=[dict(X=CORNERS, y=np.array([0, 1, 1, 0]))],
    answer=lambda: 1000,
)
fit.asks(
    "Perceptron().fit(X, y)",
    "bad data is refused",
    cases=[
        dict(X=[[1.0], [2.0]], y=[1, 1]),
        dict(X=[[1.0], [2.0]], y=[-1, 1]),
        dict(X=[[1.0], [NAN]], y=[0, 1]),
        dict(X=[[1.0], [2.0]], y=[0, 1, 1]),
    ],
    raises="ValueError",
)
fit.mistake(
    "The fit goes on after a pass without mistakes; that pass is to be the last.",
    "        if wrong == 0:\n            break\n",
    "",
)
COUNT = "            wrong += int(step(x @ self.weights + self.bias) != target)\n"
LEARN = (
    "            self.weights, self.bias = perceptron_update(self.weights, self.bias, x, target, self.learning_rate)\n"
)
fit.mistake(
    "A pass's mistakes are counted after the row was learnt from: count with the weights that met it.",
    COUNT + LEARN,
    LEARN + COUNT,
)
LOOP = "        for x, target in zip(X, y):\n"
fit.mistake(
    "The mistakes of a pass were all counted with the weights of its beginning; they change from row to row.",
    "        wrong = 0\n" + LOOP + COUNT,
    "        wrong = int(np.sum(self.predict(X) != y))\n" + LOOP,
)
fit.mistake(
    "You counted the rows that moved the weights; at a row of zeros, a mistake moves only the bias.",
    "!= target)",
    "!= target and x.any())",
)
fit.mistake(
    "All rows of a pass were met by the same old weights: each row is met by those that the last one left behind.",
    """
    X, y = self.begin(X, y)
    self.mistakes_ = []
    for _ in range(epochs):
        errors = y - step(X @ self.weights + self.bias)
        self.mistakes_.append(int(np.abs(errors).sum()))
        self.weights = self.weights + self.learning_rate * errors @ X
        self.bias = self.bias + self.learning_rate * float(errors.sum())
        if not errors.any():
            break
    self.converged_ = not errors.any()
    return self
    """,
)
fit.mistake(
    "The model's learning rate was not handed to perceptron_update.", "x, target, self.learning_rate)", "x, target)"
)
fit.mistake(
    "The last pass, the one without mistakes, belongs in the list as well.",
    "        self.mistakes_.append(wrong)\n        if wrong == 0:\n            break\n",
    "        if wrong == 0:\n            break\n        self.mistakes_.append(wrong)\n",
)
fit.mistake(
    "converged_ is about the last pass: whether it was without mistakes.",
    "self.converged_ = wrong == 0",
    "self.converged_ = True",
)
fit.mistake("The fit ends after its first pass, mistakes or not.", "if wrong == 0:", "if True:")
fit.mistake("fit has to return the model itself.", "    return self", "    return None")
fit.hint("`X, y = self.begin(X, y)`; then passes over `zip(X, y)`, where for each row you first count, then update.")
fit.hint("perceptron_update returns a pair: `self.weights, self.bias = perceptron_update(...)`.")
fit.hint("After each pass: append the count, and `break` if it is 0. Whether it is 0 at the end is converged_.")

# ------------------------------------------------------------------ two layers

by_hand = Piece("neural.neuron:xor_by_hand", forbid=SCRATCH)
by_hand.asks(
    "W, b, w, c = xor_by_hand()\ntwo_layer_step(rows, W, b, w, c)",
    "1 where exactly one of the two inputs is 1",
    cases=[dict(rows=np.array([row])) for row in ([0, 0], [0, 1], [1, 0], [1, 1])] + [dict(rows=CORNERS)],
    answer=lambda rows: np.array([int(a != b) for a, b in rows]),
)
by_hand.asks(
    "W, b, w, c = xor_by_hand()\n[np.shape(part) for part in (W, b, w, c)]",
    "the shapes are (2, 2), (2,), (2,), and c is one number",
    cases=[{}],
    answer=lambda: [(2, 2), (2,), (2,), ()],
)
by_hand.mistake("This is OR: the row (1, 1) fires as well.", "[1.0, -1.0]", "[1.0, 0.0]")
by_hand.mistake(
    "Only (1, 1) fires: this is AND. The output neuron has to hold back where both hidden neurons fire.",
    "return W, b, w, -0.5",
    "return W, b, np.array([1.0, 1.0]), -1.5",
)
by_hand.mistake(
    "The output never fires: compare what the two hidden neurons say about each row, and what is left of it.",
    "[-0.5, -1.5]",
    "[-0.5, -0.5]",
)
by_hand.mistake(
    "Only one of the two rows (0, 1) and (1, 0) fires: are a hidden neuron's weights in a column of W?",
    "np.ones((2, 2))",
    "np.array([[1.0, 1.0], [0.0, 1.0]])",
)
by_hand.hint("Let one hidden neuron fire for OR. Which single row is then still wrong, and who could recognise it?")
by_hand.hint("A neuron with the weights (1, 1) adds up its inputs; the bias decides from which sum on it fires.")
by_hand.hint("Output: fire where the first hidden neuron fires and the second, for AND, doesn't. Which sign does that?")

# ------------------------------------------------------------------ the sigmoid neuron

NEURON = "neuron = Neuron(len(weights))\nneuron.weights, neuron.bias = np.array(weights), bias\n"


def activations(rng):
    yield dict(weights=[0.8, 0.3], bias=-2.0, X=np.array([[3.5, 45.0], [1.0, 1.0]]))
    yield dict(weights=[0.8, 0.3], bias=-2.0, X=np.array([2.0, 3.0]))
    yield dict(weights=[2.0], bias=0.5, X=np.array([[1.0], [-1.0], [0.0]]))
    for shape in ((4, 3), (1, 2), (3, 3), (5,)):
        yield dict(weights=array(rng, shape[-1]).tolist(), bias=float(array(rng)), X=array(rng, *shape))


forward = Piece("neural.neuron:Neuron.forward", forbid=SCRATCH)
forward.asks(
    NEURON + "neuron.forward(X)",
    "the sigmoid of the weighted sum, for each row",
    cases=activations,
    answer=lambda weights, bias, X: np.asarray(special.expit(np.inner(X, weights) + bias)),
)
forward.asks(
    NEURON + "np.shape(neuron.forward(X))",
    "one number for each row",
    cases=activations,
    answer=lambda X: np.shape(X)[:-1],
)
forward.mistake("The bias is missing from the score, or has the wrong sign.", SCORES, "X @ self.weights")
forward.mistake("This is the score; the sigmoid of it is the output.", f"sigmoid({SCORES})", SCORES)
forward.mistake("This neuron steps from 0 to 1; the sigmoid is what makes it smooth.", "sigmoid(", "step(")
forward.mistake("The bias belongs to the score, inside the sigmoid.", f"{SCORES})", "X @ self.weights) + self.bias")
forward.mistake("You summed over the columns of X: its rows meet the weights.", "X @ self.weights", "self.weights @ X")
forward.hint("`@` makes the weighted sums of all rows at once; add the bias, and hand the result to sigmoid.")


def upstreams(rng):
    yield dict(weights=[1.0, -3.0], bias=0.0, X=np.array([[3.0, 1.0]]), upstream=np.array([-1.0]))
    yield dict(weights=[2.0], bias=-1.0, X=np.array([[0.5], [1.0]]), upstream=np.array([2.0, -0.5]))
    yield dict(weights=[1.0, 0.0], bias=0.5, X=np.array([[1.0, 2.0], [1.0, 2.0]]), upstream=np.array([1.0, 1.0]))
    for n, d in ((3, 2), (2, 3), (3, 3), (5, 1)):
        yield dict(weights=array(rng, d), bias=float(array(rng)), X=array(rng, n, d), upstream=array(rng, n))


def complex_slopes(loss, values):
    """Exact slopes of a smooth function of an array: each entry in turn gets a tiny imaginary part."""
    values = np.asarray(values, dtype=float)
    slopes = np.zeros(values.shape)
    for place in np.ndindex(values.shape):
        moved = values.astype(complex)
        moved[place] += 1e-30j
        slopes[place] = loss(moved).imag / 1e-30
    return slopes


def output(X, weights, bias):
    return 1 / (1 + np.exp(-(X @ weights + bias)))


def slopes_of_sum(weights, bias, X, upstream):
    weights, total = np.array(weights), lambda X, w, b: (upstream * output(X, w, b)).sum()
    return dict(
        weights=complex_slopes(lambda w: total(X, w, bias), weights),
        bias=complex_slopes(lambda b: total(X, weights, b), bias),
        inputs=complex_slopes(lambda x: total(x, weights, bias), X),
    )


def stays(piece, call):
    piece.asks(
        f"{NEURON}{call}\n[neuron.weights, neuron.bias]",
        "the neuron stays as it was",
        cases=[dict(weights=[1.0, -3.0], bias=0.5, X=np.array([[3.0, 1.0]]), y=np.array([1.0]))],
        answer=lambda weights, bias: [np.array(weights), np.asarray(bias)],
    )


backward = Piece("neural.neuron:Neuron.backward", forbid=SCRATCH)
backward.asks(
    NEURON + "w, b, inputs = neuron.backward(X, upstream)\ndict(weights=w, bias=b, inputs=inputs)",
    "the slopes for the weights, for the bias and for the inputs",
    cases=upstreams,
    answer=slopes_of_sum,
)
stays(backward, "neuron.backward(X, y)")
CURVED = "upstream * outputs * (1 - outputs)"
backward.mistake(
    "The sigmoid's own slope is missing: from outputs to scores the slope is output times (1 - output).",
    CURVED,
    "upstream",
)
backward.mistake("upstream was left out: the chain begins with it.", CURVED, "outputs * (1 - outputs)")
backward.mistake(
    "The sigmoid's slope is written in terms of the output, not of the score.",
    "outputs = self.forward(X)",
    "outputs = X @ self.weights + self.bias",
)
backward.mistake(
    "The rows' shares are to be added up, for the weights and for the bias; you took their mean.",
    "X.T @ score_slopes, score_slopes.sum()",
    "X.T @ score_slopes / len(X), score_slopes.mean()",
)
backward.mistake(
    "Everything was divided by the number of rows; a mean, where there is one, is in upstream already.",
    CURVED,
    CURVED + " / len(X)",
)
backward.mistake(
    "The sigmoid was taken twice: forward's result is the sigmoid of the score already.",
    "self.forward(X)",
    "sigmoid(self.forward(X))",
)
backward.mistake(
    "A score changes with an input as fast as that input's weight says; you took the input itself.",
    "np.outer(score_slopes, self.weights)",
    "score_slopes[:, None] * X",
)
backward.mistake(
    "The bias has the slope 1 in each score, so its slope is the sum of the score slopes; you used upstream.",
    "score_slopes.sum()",
    "upstream.sum()",
)
backward.mistake("The bias's slope is a sum over the rows, not a mean.", "score_slopes.sum()", "score_slopes.mean()")
backward.hint("First the slopes for the scores, shape (n,): upstream times the sigmoid's slope.")
backward.hint("Weight k: column k of X times the score slopes, added up (`X.T @ ...`). For the bias, just their sum.")
backward.hint("For the inputs, each row is its score slope times the weights: a column (n, 1) times (d,), or np.outer.")


def examples(rng):
    yield dict(weights=[0.0, 0.0], bias=0.0, X=np.array([[2.0, 3.0]]), y=np.array([1]))
    yield dict(weights=[0.0, 0.0], bias=0.0, X=CORNERS, y=np.array([0, 1, 1, 1]))
    yield dict(weights=[2.0], bias=-1.0, X=np.array([[0.5], [1.0], [3.0]]), y=np.array([1.0, 0.0, 1.0]))
    for n, d in ((4, 2), (2, 3), (3, 3)):
        y = rng.integers(0, 2, n)
        yield dict(weights=array(rng, d), bias=float(array(rng)), X=array(rng, n, d), y=y)
    yield dict(weights=array(rng, 2), bias=0.5, X=array(rng, 5, 2), y=rng.uniform(0, 1, 5).round(2))


def mean_square(X, y, weights, bias):
    return ((output(X, weights, bias) - y) ** 2).sum() / len(y)


def slopes_of_loss(weights, bias, X, y):
    weights = np.array(weights)
    return dict(
        weights=complex_slopes(lambda w: mean_square(X, y, w, bias), weights),
        bias=complex_slopes(lambda b: mean_square(X, y, weights, b), bias),
    )


gradients = Piece("neural.neuron:Neuron.gradients", forbid=SCRATCH)
gradients.asks(
    NEURON + "w, b = neuron.gradients(X, y)\ndict(weights=w, bias=b)",
    "how fast the loss changes with each weight and with the bias",
    cases=examples,
    answer=slopes_of_loss,
)
stays(gradients, "neuron.gradients(X, y)")
UPSTREAM = "2 * (self.forward(X) - y) / len(y)"
gradients.mistake("A square has the slope 2 times what is squared: the 2 is missing.", UPSTREAM, UPSTREAM[4:])
gradients.mistake("The loss is a mean: each row's slope is divided by their number.", " / len(y)", "")
gradients.mistake("The mean is over the rows; you divided by the number of columns.", "len(y)", "X.shape[1]")
gradients.mistake("The sign is the wrong one: output minus target.", "self.forward(X) - y", "y - self.forward(X)")
gradients.mistake(
    "upstream is the slope of the loss; you handed on the squares themselves.",
    UPSTREAM,
    "(self.forward(X) - y) ** 2 / len(y)",
)
gradients.mistake(
    "The slope for the outputs was taken for the slope for the scores: the sigmoid lies between them.",
    "self.backward(X, upstream)",
    "X.T @ upstream, upstream.sum(), None",
)
gradients.mistake(
    "The sigmoid's slope is in it twice: upstream is the slope for the outputs, and backward goes on from there.",
    UPSTREAM,
    UPSTREAM + " * self.forward(X) * (1 - self.forward(X))",
)
gradients.mistake(
    "Output minus target is the slope for the score with cross-entropy; the loss is the squared error here.",
    "self.backward(X, upstream)",
    "X.T @ upstream / 2, upstream.sum() / 2, None",
)
gradients.hint("What is the slope of (a - y)² for a? And of a mean of n such squares for one of the a?")
gradients.hint("`self.backward(X, upstream)` returns three things; two of them are wanted.")


def trainings(rng):
    yield dict(weights=[0.0, 0.0], bias=0.0, X=[[2.0, 3.0]], y=[1], epochs=1, rate=1.0)
    yield dict(weights=[0.0, 0.0], bias=0.0, X=CORNERS, y=np.array([0, 1, 1, 1]), epochs=2, rate=1.0)
    yield dict(weights=[1.0], bias=-0.5, X=np.array([[0.5], [2.0]]), y=np.array([1, 0]), epochs=0, rate=1.0)
    for n, d, epochs, rate in ((4, 2, 1, 0.5), (3, 3, 4, 2.0), (5, 1, 3, 0.25)):
        weights, bias, y = array(rng, d), float(array(rng)), rng.integers(0, 2, n)
        yield dict(weights=weights, bias=bias, X=array(rng, n, d), y=y, epochs=epochs, rate=rate)


def trained(weights, bias, X, y, epochs, rate):
    X, y, weights = np.array(X, dtype=float), np.array(y), np.array(weights)
    losses = [mean_square(X, y, weights, bias)]
    for _ in range(epochs):
        slopes = slopes_of_loss(weights, bias, X, y)
        weights, bias = weights - rate * slopes["weights"], bias - rate * slopes["bias"]
        losses.append(mean_square(X, y, weights, bias))
    return dict(weights=weights, bias=np.asarray(bias), losses=np.array(losses))


train = Piece("neural.neuron:Neuron.train", forbid=SCRATCH)
train.asks(
    NEURON + "neuron.train(X, y, epochs, rate)\n"
    "dict(weights=neuron.weights, bias=neuron.bias, losses=neuron.loss_history_)",
    "downhill, step by step, and the losses on the way",
    cases=trainings,
    answer=trained,
)
train.asks(
    NEURON + "[neuron.train(X, y, 2).train(X, y, 1) is neuron, neuron.weights, len(neuron.loss_history_)]",
    "train returns the neuron, and goes on from where it is, at rate 1 if none is given",
    cases=[dict(weights=[0.5, -1.0], bias=0.0, X=CORNERS, y=np.array([0, 1, 1, 1]))],
    answer=lambda **case: [True, trained(**case, epochs=3, rate=1.0)["weights"], 2],
)
train.asks(
    "len(Neuron(1).train([[1.0], [2.0]], [0, 1]).loss_history_)",
    "without a number of epochs, there are 1000",
    cases=[{}],
    answer=lambda: 1001,
)
train.asks(
    "Neuron(1).train(X, y)",
    "bad data is refused",
    cases=[
        dict(X=[[1.0], [NAN]], y=[0, 1]),
        dict(X=[[1.0], [2.0]], y=[0, 1, 1]),
        dict(X=[1.0, 2.0], y=[0, 1]),
    ],
    raises="ValueError",
)
train.mistake(
    "These steps lead uphill: the slopes are to be taken away.",
    "self.gradients(X, y)",
    "(-slope for slope in self.gradients(X, y))",
)
train.mistake(
    "The bias's slope was taken after the weights had moved: take all slopes first.",
    "self.bias = self.bias - learning_rate * bias_slope",
    "self.bias = self.bias - learning_rate * self.gradients(X, y)[1]",
)
train.mistake("The loss before the first step is missing.", "losses = [self.loss(X, y)]", "losses = []")
train.mistake("The loss after the last step is missing.", "np.array(losses)", "np.array(losses[:-1])")
train.mistake(
    "Each epoch's loss was noted before its step, so the last one is missing and the first is there twice.",
    "np.array(losses)",
    "np.array(losses[:1] + losses[:-1])",
)
train.mistake(
    "Every call of train begins at zero again; it is to go on from the weights that are there.",
    "losses = [self.loss(X, y)]",
    "self.weights, self.bias = np.zeros(X.shape[1]), 0.0\n    losses = [self.loss(X, y)]",
)
train.mistake("The bias stayed where it was.", "self.bias - learning_rate * bias_slope", "self.bias")
train.hint("The loop is that of phase 1: slopes, a step, the loss. Here the slopes are `self.gradients(X, y)`.")
train.hint("One loss goes into the list before the loop, and one at the end of each round.")
