"""What must hold of the pieces of ``neural.network``. Oracles: SciPy, plain loops, finite differences."""

import math

import numpy as np
from scipy import special, stats

from checks.language import Piece

LOOSE = dict(rtol=1e-6, atol=1e-8)  # for slopes that the oracle measures
SCRATCH = {"sklearn": "it is what you are building", "scipy": "NumPy and your own pieces are enough here"}


def array(rng, *shape):
    return rng.uniform(-2, 2, size=shape).round(2)


# ------------------------------------------------------------------ activations

ramp = Piece("neural.network:relu", forbid=SCRATCH)


def some_scores(rng):
    yield dict(z=np.array([3.0, -1.0, 1.0]))
    yield dict(z=np.array([1.0, 0.0]))
    yield dict(z=np.array([0.0, 0.0]))
    yield dict(z=-2.5)
    yield dict(z=np.array([[4, -7], [0, 2], [-1, -1]]))
    for shape in ((5,), (3, 2), (2, 3, 4)):
        yield dict(z=array(rng, *shape))


ramp.asks(
    "relu(z)",
    "what is above 0 as it is, 0 in place of all else",
    cases=some_scores,
    answer=lambda z: np.where(np.asarray(z) > 0, z, 0),
)
for sentence, new in (
    ("This is the distance from 0: negative entries are to become 0.", "np.abs(z)"),
    ("You kept what is below 0 and cut off what is above.", "np.minimum(z, 0)"),
    ("A ReLU has no ceiling: 3 stays 3.", "np.clip(z, 0, 1)"),
    ("This says which entries are above 0; the entries themselves are wanted.", "(z > 0) * 1"),
):
    ramp.mistake(sentence, "np.maximum(z, 0)", new)
ramp.mistake(
    "You wrote the zeros into the array you were given, and whoever handed it over still needs it: make a new one.",
    """
    if isinstance(z, np.ndarray):
        z[z < 0] = 0
        return z
    return max(z, 0)
    """,
)
ramp.hint("For every entry, the larger of two numbers. NumPy compares entry by entry with `np.maximum`.")

leak = Piece("neural.network:leaky_relu_slope", forbid=SCRATCH)


def leaks(rng):
    yield dict(z=np.array([3.0, -1.0, 2.0]), alpha=0.1)
    yield dict(z=np.array([1.0]), alpha=2.0)
    yield dict(z=np.array([3, -1, 0]), alpha=0.1)
    yield dict(z=np.array([0.0, -0.5, 1e-9]), alpha=0.0)
    for shape in ((4,), (3, 2), (2, 1, 3)):
        yield dict(z=array(rng, *shape), alpha=round(float(rng.uniform(0.02, 0.5)), 2))


leak.asks(
    "leaky_relu_slope(z, alpha)",
    "1 where z is above 0, alpha elsewhere",
    cases=leaks,
    answer=lambda z, alpha: np.reshape([1.0 if x > 0 else alpha for x in z.ravel().tolist()], z.shape),
)
leak.asks(
    "leaky_relu_slope(z)",
    "alpha is 0.01 if nothing is said of it",
    cases=[dict(z=np.array([[2.0, -2.0]]))],
    answer=lambda z: np.array([[1.0, 0.01]]),
)
leak.mistake(
    "These are leaky ReLU's values; its slope is wanted, on each side one number.", "1.0, alpha", "z, alpha * z"
)
leak.mistake("Below 0 the slope is alpha, not 0: there it leaks.", "np.where(z > 0, 1.0, alpha)", "(z > 0) * 1.0")
leak.mistake("At exactly 0 the slope is alpha, by convention: compare with >.", "z > 0", "z >= 0")
leak.mistake("Whatever alpha is handed in, you take 0.01.", "1.0, alpha", "1.0, 0.01")
leak.mistake(
    "Where z holds ints, so does what `np.ones_like` or `z.copy()` makes of it, and a slope written into it is rounded "
    "to 0.",
    """
    slopes = np.ones_like(z)
    slopes[z <= 0] = alpha
    return slopes
    """,
)
leak.hint("Two cases, decided entry by entry: `np.where(condition, a, b)` takes a where the condition holds, else b.")

bend = Piece("neural.network:gelu_slope", forbid=SCRATCH)


def smooth(rng):
    yield dict(z=np.array([-1.0, 0.0, 1.0]))
    yield dict(z=np.array([0.0]))
    yield dict(z=np.array([-40.0]))
    yield dict(z=np.array([40.0, 2.0]))
    for shape in ((4,), (3, 2), (2, 1, 3)):
        yield dict(z=2 * array(rng, *shape))


bend.asks(
    "gelu_slope(z)",
    "the slope of z times normal_cdf(z)",
    cases=smooth,
    answer=lambda z: special.ndtr(z) + z * stats.norm.pdf(z),
    rtol=1e-11,
)
bend.mistake("In a product both factors move: what the second one does is missing.", " + z * density", "")
bend.mistake("The density is to be multiplied with the other factor, which is z.", "z * density", "density")
bend.mistake("The density lacks its denominator, the root of 2 pi.", " / math.sqrt(2 * math.pi)", "")
bend.mistake("The density's exponent is -z²/2: the half is missing.", "-(z**2) / 2", "-(z**2)")
bend.mistake(
    "This is the slope of the approximation by tanh; the exact one is wanted.",
    """
    root = math.sqrt(2 / math.pi)
    t = np.tanh(root * (z + 0.044715 * z**3))
    return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * root * (1 + 3 * 0.044715 * z**2)
    """,
)
bend.hint("The slope of a product f times g is f' times g plus f times g'. Which two factors has `gelu`?")
bend.hint("The density is exp(-z²/2), divided by the root of the whole 2 pi: are the brackets where they should be?")

count = Piece("neural.network:count_parameters", forbid=SCRATCH)


def architectures(rng):
    yield dict(layer_sizes=[2, 3, 1])
    yield dict(layer_sizes=[3, 3])
    yield dict(layer_sizes=[5])
    yield dict(layer_sizes=[3, 4, 4, 2])
    yield dict(layer_sizes=[7, 2])
    for layers in (2, 3, 5):
        yield dict(layer_sizes=rng.integers(1, 20, layers + 1).tolist())


count.asks(
    "count_parameters(layer_sizes)",
    "all weights and all biases",
    cases=architectures,
    answer=lambda layer_sizes: sum((layer_sizes[i] + 1) * layer_sizes[i + 1] for i in range(len(layer_sizes) - 1)),
)
count.mistake("The biases are missing: one for each neuron.", "n * m + m", "n * m")
count.mistake("Biases belong to a layer's neurons, not to what goes into it.", "n * m + m", "n * m + n")
count.mistake(
    "Inputs are not neurons and have no bias: begin with the first layer after them.",
    "return sum(n * m for n, m in pairwise(layer_sizes)) + sum(layer_sizes) * (len(layer_sizes) > 1)",
)
count.mistake("Every neuron has one bias; you counted two.", "n * m + m", "(n + 2) * m")
count.mistake(
    "Only the inputs and the outputs were counted: each layer has weights to the one before it.",
    "return sum(layer_sizes[0] * m + m for m in layer_sizes[-1:] if len(layer_sizes) > 1)",
)
count.hint("First for one layer of m neurons with n inputs. Then for each pair of neighbours in the list.")
count.hint("`zip(layer_sizes, layer_sizes[1:])` gives the pairs of neighbours.")

# ------------------------------------------------------------------ a network by plain loops, for the oracles

CURVES = {
    "relu": lambda t: max(t, 0.0),
    "leaky_relu": lambda t: t if t > 0 else 0.01 * t,
    "gelu": lambda t: t * float(special.ndtr(t)),
    "tanh": math.tanh,
    "sigmoid": lambda t: 1 / (1 + math.exp(-t)),
    "identity": lambda t: t,
}


def followed(x, weights, biases, activation):
    """Inputs and scores of every layer for the rows x, one neuron at a time."""
    inputs, scores, rows = [], [], [list(row) for row in np.asarray(x, dtype=float)]
    for W, b in zip(weights, biases):
        inputs.append(np.array(rows))
        made = [[sum(p * q for p, q in zip(row, W[:, j])) + b[j] for j in range(len(b))] for row in rows]
        scores.append(np.array(made))
        rows = [[CURVES[activation](s) for s in row] for row in made]
    return inputs, scores


def told(scores, task):
    if task == "regression":
        return scores
    return special.expit(scores) if scores.shape[1] == 1 else special.softmax(scores, axis=1)


def loss_of(scores, targets, task):
    """The loss of scores for 0/1 or numeric targets of the same shape."""
    if task == "regression":
        return float(np.mean((scores - targets) ** 2))
    P = told(scores, task)
    surprise = -(special.xlogy(targets, P) + (special.xlogy(1 - targets, 1 - P) if P.shape[1] == 1 else 0))
    return float(surprise.sum() / len(P))


def table(y, k):
    """Targets as a table of k columns."""
    y = np.asarray(y)
    return np.eye(k)[y] if y.ndim == 1 and k > 1 else y.reshape(len(y), k).astype(float)


def measured(x, y, weights, biases, activation, task, h=1e-5):
    """The loss's slopes for all weights and biases, by central differences."""
    targets, params = table(y, len(biases[-1])), [p.astype(float).copy() for p in (*weights, *biases)]

    def loss():
        parts = params[: len(weights)], params[len(weights) :]
        return loss_of(followed(x, *parts, activation)[1][-1], targets, task)

    slopes = []
    for p in params:
        slopes.append(np.zeros(p.shape))
        for at in np.ndindex(p.shape):
            was = p[at]
            p[at] = was + h
            ahead = loss()
            p[at] = was - h
            slopes[-1][at] = (ahead - loss()) / (2 * h)
            p[at] = was
    slopes = [s.round(9) + 0.0 for s in slopes]  # without the last digits, which come from the measuring
    return [slopes[: len(weights)], slopes[len(weights) :]]


def parameters(rng, sizes):
    pairs = list(zip(sizes, sizes[1:]))
    return dict(weights=[array(rng, n, m) for n, m in pairs], biases=[array(rng, m) for _, m in pairs])


def network_case(x, weights, biases, activation="relu", task="regression"):
    parts = dict(weights=[np.array(W, dtype=float) for W in weights], biases=[np.array(b, dtype=float) for b in biases])
    return dict(x=np.array(x, dtype=float), **parts, activation=activation, task=task)


SMALL = network_case([[4], [1]], [[[1]], [[2]]], [[-3], [5]])
HAND = network_case([[1, 2], [2, -1]], [[[1, 0, -1], [1, -1, 1]], [[1], [2], [-1]]], [[0, 1, 0], [0]])
ONE_LAYER = network_case(
    [[1, -2, 0.5], [2, 1, -1]], [[[1, 0.5], [0.25, -1], [-2, 0.75]]], [[0.5, -0.25]], task="classification"
)
FRESH = dict(HAND, biases=[np.zeros(3), np.zeros(1)])


def networks(rng):
    """Networks with rows to run through them; no score lies near a kink."""
    yield SMALL
    yield HAND
    yield ONE_LAYER
    yield FRESH
    yield dict(HAND, activation="identity")
    for sizes, n, activation, task in (
        ([2, 3, 2], 3, "tanh", "classification"),
        ([3, 2, 3, 1], 4, "relu", "classification"),
        ([1, 2, 2], 1, "leaky_relu", "regression"),
        ([2, 2, 1, 2, 2], 2, "sigmoid", "regression"),
        ([2, 3, 3], 5, "gelu", "classification"),
    ):
        while True:
            case = dict(x=array(rng, n, sizes[0]), **parameters(rng, sizes), activation=activation, task=task)
            scores = followed(case["x"], case["weights"], case["biases"], activation)[1]
            if min(np.abs(s).min() for s in scores) > 1e-3:
                break
        yield case


def labelled(rng):
    for case in networks(rng):
        n, k = len(case["x"]), len(case["biases"][-1])
        if case is SMALL or case["weights"] is HAND["weights"]:
            y = np.array([6.0, 9.0] if case is SMALL else [1.0, 7.0])
        elif case["task"] == "regression":
            y = array(rng, n, k)
        else:
            y = rng.integers(0, max(k, 2), n)
        yield dict(case, y=y)


MADE = """
sizes = [len(weights[0])] + [len(b) for b in biases]
network = NeuralNetwork(sizes, activation, task)
network.weights, network.biases = list(weights), list(biases)
"""

# ------------------------------------------------------------------ forward

forward = Piece("neural.network:NeuralNetwork.trace", forbid=SCRATCH)
forward.asks(
    MADE + "inputs, scores = network.trace(x)\n[list(inputs), list(scores)]",
    "what each layer receives, and the scores it makes",
    cases=networks,
    answer=lambda x, weights, biases, activation: [*followed(x, weights, biases, activation)],
)
forward.asks(
    MADE + "network.forward(x)",
    "forward, which calls it, makes the network's outputs of the last scores",
    cases=networks,
    answer=lambda x, weights, biases, activation, task: told(followed(x, weights, biases, activation)[1][-1], task),
)
forward.mistake("The activation between the layers is missing.", "self.activate(scores[-1]) if", "scores[-1] if")
forward.mistake("The biases are missing.", "inputs[-1] @ W + b", "inputs[-1] @ W")
forward.mistake("You bend with `relu` whatever the activation is: `self.activate` knows.", "self.activate(", "relu(")
forward.mistake(
    "You kept the scores after the activation; the way back needs those before it.",
    """
    flows = [X]
    for W, b in zip(self.weights, self.biases):
        flows.append(self.activate(flows[-1] @ W + b))
    return flows[:-1], flows[1:]
    """,
)
forward.mistake(
    "The last scores are no layer's input: both lists have one entry for each layer.",
    """
    inputs, scores = [X], []
    for W, b in zip(self.weights, self.biases):
        scores.append(inputs[-1] @ W + b)
        inputs.append(self.activate(scores[-1]))
    return inputs, scores
    """,
)
forward.mistake(
    "The last layer is activated too; its scores are to stay as they are.",
    "    return inputs, scores",
    "    scores[-1] = self.activate(scores[-1])\n    return inputs, scores",
)
forward.hint("Two lists that grow as you walk over the layers. What does layer 0 receive? What does layer 1?")
forward.hint("`for W, b in zip(self.weights, self.biases)` walks over the layers; keep what flows in one variable.")

# ------------------------------------------------------------------ the way back

first = Piece("neural.network:NeuralNetwork.output_slopes", forbid=SCRATCH)


def verdicts(rng):
    yield dict(scores=np.array([[2.0], [5.0]]), targets=np.array([[1.0], [7.0]]), task="regression")
    yield dict(scores=np.array([[0.0], [0.0]]), targets=np.array([[1.0], [0.0]]), task="classification")
    yield dict(scores=np.array([[1.0, -2.0]]), targets=np.array([[1.0, -2.0]]), task="regression")
    yield dict(scores=np.array([[1.0, 0.0, -1.0]]), targets=np.array([[0.0, 0.0, 1.0]]), task="classification")
    yield dict(scores=np.array([[3.0, 1.0]]), targets=np.array([[1.0, -2.0]]), task="regression")
    for n, k in ((1, 1), (3, 1), (2, 3), (5, 2)):
        yield dict(scores=array(rng, n, k), targets=array(rng, n, k), task="regression")
        labels = rng.integers(0, max(k, 2), n)
        yield dict(scores=2 * array(rng, n, k), targets=table(labels, k), task="classification")


def nudged(scores, targets, task, h=1e-5):
    slopes = np.zeros(scores.shape)
    for at in np.ndindex(scores.shape):
        step = np.zeros(scores.shape)
        step[at] = h
        slopes[at] = (loss_of(scores + step, targets, task) - loss_of(scores - step, targets, task)) / (2 * h)
    return slopes.round(9) + 0.0


first.asks(
    "network = NeuralNetwork([2, scores.shape[1]], task=task)\nnetwork.output_slopes(scores, targets)",
    "how fast the loss grows with each score of the last layer",
    cases=verdicts,
    answer=nudged,
    **LOOSE,
)
first.mistake(
    "The loss is a mean over the rows, so each row's slope is divided by their number.",
    "(self.output(scores) - targets) / len(scores)",
    "self.output(scores) - targets",
)
first.mistake(
    "The loss is a mean, so a slope is divided by the count that the mean was taken over; you divide nowhere.",
    "return (2 if self.task == 'regression' else 1) * (self.output(scores) - targets)",
)
first.mistake("In classification the mean is over rows, not rows times outputs.", "/ len(scores)", "/ scores.size")
first.mistake("In regression, the slope of a square brings a factor 2.", "2 * (scores", "1 * (scores")
first.mistake(
    "In regression the mean is over all entries, rows times outputs; you divided by the rows alone.",
    "/ scores.size",
    "/ len(scores)",
)
first.mistake(
    "In classification the scores are not yet probabilities: `self.output` makes them.",
    "self.output(scores) - targets",
    "scores - targets",
)
first.mistake(
    "The slope of the sigmoid or softmax is in (probability - target) already; with p (1 - p) it counts twice.",
    "return (self.output(scores) - targets) / len(scores)",
    "P = self.output(scores)\n    return P * (1 - P) * (P - targets) / len(scores)",
)
first.hint("Two cases, by `self.task`. In both it is something minus the targets, divided by a count.")
first.hint("Classification: divided by the number of rows. Regression: twice that, by the number of all entries.")

layer = Piece("neural.network:layer_slopes", forbid=SCRATCH)


def layers(rng):
    yield dict(inputs=np.array([[1.0, 2], [2, -1]]), weights=np.array([[1.0], [3]]), slopes=np.array([[10.0], [1]]))
    yield dict(inputs=np.array([[3.0]]), weights=np.array([[3.0]]), slopes=np.array([[5.0]]))
    yield dict(inputs=np.array([[1.0], [2.0]]), weights=np.array([[4.0]]), slopes=np.array([[1.0], [-3.0]]))
    yield dict(inputs=np.eye(2), weights=np.array([[1.0, 2.0], [2.0, 5.0]]), slopes=np.array([[1.0, 3.0], [3.0, 2.0]]))
    for n, d, m in ((2, 3, 4), (1, 3, 2), (5, 2, 3), (3, 1, 2)):
        yield dict(inputs=array(rng, n, d), weights=array(rng, d, m), slopes=array(rng, n, m))


layer.asks(
    "to_inputs, to_weights, to_bias = layer_slopes(inputs, weights, slopes)\n[to_inputs, to_weights, to_bias]",
    "slopes for the inputs, the weights and the bias",
    cases=layers,
    answer=lambda inputs, weights, slopes: [
        np.einsum("ij,kj->ik", slopes, weights),
        np.einsum("ik,ij->kj", inputs, slopes),
        np.einsum("ij->j", slopes),
    ],
)
layer.mistake(
    "The slopes for weights and bias are averaged over the rows; add them up (the mean is in the slopes already).",
    "inputs.T @ slopes, slopes.sum(axis=0)",
    "inputs.T @ slopes / len(inputs), slopes.mean(axis=0)",
)
layer.mistake(
    "The three results are in another order: first for the inputs, then for the weights, then for the bias.",
    "return inputs.T @ slopes, slopes @ weights.T, slopes.sum(axis=0)",
)
layer.mistake(
    "You averaged the bias's slopes over the rows; they are to be added up (the mean is in the slopes already).",
    "slopes.sum(axis=0)",
    "slopes.mean(axis=0)",
)
layer.mistake("The slopes for the weights came out transposed.", "inputs.T @ slopes", "slopes.T @ inputs")
layer.mistake(
    "The slopes go back through the weights transposed: in the wrong order the sizes fit only by accident.",
    "slopes @ weights.T",
    "(weights @ slopes.T if weights.shape[1] == slopes.shape[1] else slopes)",
)
layer.mistake(
    "For the bias, the rows are to be added up (axis 0), not the neurons.", "slopes.sum(axis=0)", "slopes.sum(axis=1)"
)
layer.hint("Write the three shapes down, (n, d), (d, m), (n, m). Which product of two of them has the shape you want?")
layer.hint("A product over the rows adds the rows up by itself. Only for the bias you ask for the sum, of `slopes`.")

back = Piece("neural.network:NeuralNetwork.backward", forbid=SCRATCH)
SLOPES = MADE + "weight_slopes, bias_slopes = network.backward(x, y)\n[list(weight_slopes), list(bias_slopes)]"
back.asks(SLOPES, "the loss's slope for every weight and bias", cases=labelled, answer=measured, **LOOSE)
back.asks(
    SLOPES.replace("(x, y)", "(x.tolist(), y.tolist())"),
    "labels and rows may be plain lists: self.examples makes tables of them",
    cases=[dict(ONE_LAYER, y=np.array([1, 0])), dict(HAND, y=np.array([1, 7]))],
    answer=measured,
    **LOOSE,
)
back.mistake(
    "On the way back through a hidden layer its activation's slope is missing: a neuron that was off passes nothing.",
    "back * self.activation_slope(scores[layer - 1])",
    "back",
)
back.mistake(
    "The activation's slope is taken at what came out of it; it belongs at the scores that went in.",
    "self.activation_slope(scores[layer - 1])",
    "self.activation_slope(inputs[layer])",
)
back.mistake(
    "The lists are in the order of the way back: turn them round.",
    "weight_slopes[::-1], bias_slopes[::-1]",
    "weight_slopes, bias_slopes",
)
back.mistake("The biases' list is still in the order of the way back.", "bias_slopes[::-1]", "bias_slopes")
back.mistake(
    "You take ReLU's slope whatever the network's activation is: `self.activation_slope` knows.",
    "self.activation_slope",
    "relu_slope",
)
back.mistake("That is what the activation makes of the scores; its slope is wanted.", "activation_slope", "activate")
back.mistake(
    "Each layer's weights were changed before the slopes went back through them. `backward` changes nothing: first all "
    "slopes, then all steps.",
    "back, to_weights, to_bias = layer_slopes(inputs[layer], self.weights[layer], slopes)",
    "_, to_weights, to_bias = layer_slopes(inputs[layer], self.weights[layer], slopes)\n"
    "        self.weights[layer] = self.weights[layer] - 0.01 * to_weights\n"
    "        back = slopes @ self.weights[layer].T",
)
back.hint("Forward first (`trace`), then the slopes for the last scores, then from the last layer to the first.")
back.hint(
    "`layer_slopes` gives a layer's results, and the slopes for its inputs. Its inputs are the activated scores of the "
    "layer before: one factor turns slopes for those into slopes for the scores."
)
back.hint("Compare from the end: if the last entries are right and others not, look at the step between two layers.")

# ------------------------------------------------------------------ training

train = Piece("neural.network:NeuralNetwork.train", forbid=SCRATCH)


def lessons(rng):
    tiny = dict(x=np.array([[2.0]]), weights=[np.array([[1.0]])], biases=[np.array([0.0])], activation="relu")
    yield dict(tiny, y=np.array([5.0]), task="regression", epochs=1, learning_rate=0.1)
    yield dict(tiny, y=np.array([5000.0]), task="regression", epochs=2, learning_rate=0.3)
    yield dict(HAND, y=np.array([1.0, 7.0]), epochs=0, learning_rate=0.1)
    yield dict(HAND, y=np.array([1.0, 7.0]), epochs=1, learning_rate=0.01)
    yield dict(ONE_LAYER, y=np.array([1, 0]), epochs=2, learning_rate=0.25)
    for sizes, n, activation, task in (
        ([2, 3, 2], 3, "tanh", "classification"),
        ([3, 2, 1], 4, "sigmoid", "classification"),
        ([1, 2, 2], 2, "gelu", "regression"),
    ):
        k, epochs = sizes[-1], int(rng.integers(2, 4))
        y = array(rng, n, k) if task == "regression" else rng.integers(0, max(k, 2), n)
        case = dict(x=array(rng, n, sizes[0]), y=y, **parameters(rng, sizes), activation=activation, task=task)
        yield dict(case, epochs=epochs, learning_rate=round(float(rng.uniform(0.05, 0.3)), 2))


def walked(x, y, weights, biases, activation, task, epochs, learning_rate):
    """Weights, biases and losses of a descent whose slopes are measured."""
    weights, biases, losses = list(weights), list(biases), []
    for epoch in range(epochs + 1):
        loss = loss_of(followed(x, weights, biases, activation)[1][-1], table(y, len(biases[-1])), task)
        losses.append(round(loss, 12))
        if epoch < epochs:
            to_weights, to_biases = measured(x, y, weights, biases, activation, task)
            weights = [w - learning_rate * s for w, s in zip(weights, to_weights)]
            biases = [b - learning_rate * s for b, s in zip(biases, to_biases)]
    return [weights, biases, losses]


COPIED = MADE.replace("list(weights), list(biases)", "[w.copy() for w in weights], [b.copy() for b in biases]")
train.asks(
    COPIED + "network.train(x, y, epochs, learning_rate)\n[list(network.weights), list(network.biases)]",
    "weights and biases after the last step",
    cases=lessons,
    answer=lambda **case: walked(**case)[:2],
    **LOOSE,
)
train.asks(
    COPIED + "[float(loss) for loss in network.train(x, y, epochs, learning_rate)]",
    "the losses before the first step and after each one",
    cases=lessons,
    answer=lambda **case: walked(**case)[2],
    **LOOSE,
)
train.asks(
    COPIED + "network.train(x, y, epochs, learning_rate)\n"
    "[float(loss) for loss in network.train(x, y, epochs, learning_rate)]",
    "a second call goes on from where the first one ended",
    cases=[dict(HAND, y=np.array([1.0, 7.0]), epochs=1, learning_rate=0.01)],
    answer=lambda epochs, **case: walked(epochs=2 * epochs, **case)[2][epochs:],
    **LOOSE,
)
train.asks(
    COPIED + "[float(loss) for loss in network.train(x, y, epochs=2)]",
    "the learning rate is 0.1 if nothing is said of it",
    cases=[dict(HAND, y=np.array([1.0, 7.0]))],
    answer=lambda **case: walked(**case, epochs=2, learning_rate=0.1)[2],
    **LOOSE,
)
train.asks(
    'network = NeuralNetwork([1, 1], "identity", "regression")\nlen(network.train(x, y, epochs, learning_rate))',
    "a loss that becomes infinite or NaN is refused, with the learning rate named",
    cases=[
        dict(x=[[1.0], [2.0]], y=[2.0, 3.0], epochs=200, learning_rate=1000.0),
        dict(x=[[1e76]], y=[2.0], epochs=1, learning_rate=1000.0),
        dict(x=[[2e153], [0.0]], y=[2.0, 3.0], epochs=1, learning_rate=1000.0),  # at once NaN, without infinity before
    ],
    raises="ValueError",
    mentions=("1000",),
)
BIASES = "        for b, slope in zip(self.biases, bias_slopes):\n            b "
train.mistake(
    "`W = W - ...` gives the result a name and leaves the list as it was: nothing is learnt. Change the array in place "
    "(`W -= ...`) or write into the list.",
    "W -= learning_rate * slope\n" + BIASES + "-= learning_rate * slope",
    "W = W - learning_rate * slope\n" + BIASES + "= b - learning_rate * slope",
)
train.mistake(
    "That is uphill: each parameter moves by *minus* the rate times its slope.",
    "W -= learning_rate * slope\n" + BIASES + "-= learning_rate * slope",
    "W += learning_rate * slope\n" + BIASES + "+= learning_rate * slope",
)
train.mistake("The biases never move.", "b -= learning_rate * slope", "pass")
train.mistake(
    "The weights moved before the biases' slopes were asked for: take all slopes at one point, then step.",
    "for b, slope in zip(self.biases, bias_slopes):",
    "for b, slope in zip(self.biases, self.backward(X, y)[1]):",
)
train.mistake(
    "The first loss is missing: the list begins with the loss before any step.",
    "losses = [self.loss(X, y)]",
    "losses = []",
)
train.mistake(
    "The training went on with a loss that is infinite or NaN; either of the two is to end it with an error.",
    "if not np.isfinite(losses[-1]):",
    "if False:",
)
train.hint("In each epoch: one call of `backward`, then a step for every array of both lists, then the loss.")
train.hint("Print the losses: do they stay (nothing moves), grow (wrong way), or begin after the first step?")
