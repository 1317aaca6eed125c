"""What must hold of ``Neuron.forward`` and ``Neuron.backward``. Oracles: SciPy, complex-step derivatives."""

import numpy as np
from scipy import special

from checks.language import Piece
from checks.neural.neuron.shared import NEURON, SCORES, SCRATCH, array, complex_slopes, output, stays


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


def slopes_of_sum(weights, bias, X, upstream):
    weights, total = np.array(weights), lambda X, w, b: (upstream * output(X, w, b)).sum()
    return dict(
        weights=complex_slopes(lambda w: total(X, w, bias), weights),
        bias=complex_slopes(lambda b: total(X, weights, b), bias),
        inputs=complex_slopes(lambda x: total(x, weights, bias), X),
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
