"""What must hold of ``count_parameters`` and ``NeuralNetwork.trace``. Oracle: plain loops."""

from checks.language import Piece
from checks.neural.network.shared import MADE, SCRATCH, followed, networks, told

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
