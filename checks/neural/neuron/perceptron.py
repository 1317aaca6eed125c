"""What must hold of ``Perceptron``. Oracle: plain loops."""

import numpy as np

from checks.language import Piece
from checks.neural.neuron.shared import CORNERS, NAN, SCORES, SCRATCH, eighths

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
