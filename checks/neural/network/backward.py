"""What must hold of ``output_slopes``, ``layer_slopes`` and ``backward``. Oracles: finite differences, NumPy."""

import numpy as np

from checks.language import Piece
from checks.neural.network.shared import (
    HAND,
    LOOSE,
    MADE,
    ONE_LAYER,
    SCRATCH,
    SMALL,
    array,
    loss_of,
    measured,
    networks,
    table,
)


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
