"""What must hold of ``weighted_sum`` and ``Neuron``."""

import numpy as np

from checks.language import Piece
from checks.neural.value.shared import NO_NUMBERS, rounded


def sums(rng):
    yield dict(weights=[2.0, 3.0], inputs=[10.0, 100.0], bias=1.0, up=1.0)
    yield dict(weights=[-1.5], inputs=[4.0], bias=0.0, up=2.0)
    yield dict(weights=[1.0, 1.0, 1.0], inputs=[5.0, 5.0, 5.0], bias=-2.0, up=-1.0)
    for n in (3, 7):
        yield dict(weights=rounded(rng, n), inputs=rounded(rng, n), bias=rounded(rng, 1)[0], up=rounded(rng, 1)[0])


dot = Piece("neural.value:weighted_sum")
dot.asks(
    """
    w, x, b = [Value(v) for v in weights], [Value(v) for v in inputs], Value(bias)
    s = weighted_sum(w, x, b)
    s.grad = up
    s._backward()
    [s.data, [v.grad for v in w], [v.grad for v in x], b.grad]
    """,
    "the sum, and the gradients that it hands to weights, inputs and bias",
    cases=sums,
    answer=lambda weights, inputs, bias, up: [
        *(np.dot(weights, inputs).item() + bias, [up * x for x in inputs], [up * w for w in weights], up)
    ],
)
dot.asks(
    "s = weighted_sum(weights, inputs, bias)\n[s.data, len(s._children), len(s.topological_order()), s._op]",
    "plain numbers; and one Value for the whole sum, whose children are all that went in",
    cases=sums,
    answer=lambda weights, inputs, bias: [
        *(np.dot(weights, inputs).item() + bias, 2 * len(weights) + 1, 2 * len(weights) + 2, "dot")
    ],
)
dot.asks(
    "a, b = Value(3.0), Value(2.0)\na.grad = 1.0\n"
    "s = weighted_sum(iter([a, b, a]), iter([b, a, 5]))\ns.backward()\n[s.data, a.grad, b.grad]",
    "Values that are there several times; lists that can be walked over once; no bias",
    cases=[{}],
    answer=lambda: [27.0, 10.0, 6.0],
)
dot.asks("weighted_sum([], [], 5).data", "nothing but a bias", cases=[{}], answer=lambda: 5.0)
dot.asks(
    "weighted_sum(weights, inputs, 1.0)",
    "lengths that differ are refused, and both are named",
    cases=[dict(weights=[1.0, 2.0], inputs=[1.0, 2.0, 3.0]), dict(weights=[1.0, 2.0, 3.0], inputs=[4.0, 5.0])],
    raises="ValueError",
    mentions=("2", "3"),
)
dot.mistake(
    "Slopes in the wrong places: a weight's slope is its input.", "(*by_weight, *by_input", "(*by_input, *by_weight"
)
dot.mistake("The bias is not added.", "bias.data + sum", "sum")
dot.mistake("The sum grows as fast as its bias: that slope is 1.", "*by_input, 1.0)", "*by_input, bias.data)")
MANY = """
    weights, inputs, total = list(weights), list(inputs), bias
    if len(weights) != len(inputs):
        raise ValueError(f"{len(weights)} weights do not match {len(inputs)} inputs")
    for w, x in zip(weights, inputs):
        total = total + w * x
    return total
    """
for body in (MANY, MANY.replace("bias\n", "bias if isinstance(bias, Value) else Value(bias)\n", 1)):
    dot.mistake("Every product and every sum is a Value of its own here: build one for all.", body)
dot.mistake(NO_NUMBERS[0], "[w if isinstance(w, Value) else Value(w) for w in weights]", "list(weights)")
dot.mistake("Compare the lengths: zip cuts the longer list off in silence.", "len(weights) != len(inputs)", "False")
dot.hint("Make lists of Values first, so that you can take their lengths and walk over them twice.")
dot.hint("Children: all weights, all inputs, the bias. Slopes, in that order: inputs' data, weights' data, 1.")


def neurons(rng):
    yield dict(w=[2.0, -1.0], x=[3.0, 1.0], bias=0.5, nonlin=True)
    yield dict(w=[2.0, -1.0], x=[-3.0, 1.0], bias=0.5, nonlin=True)
    yield dict(w=[2.0, -1.0], x=[-3.0, 1.0], bias=0.5, nonlin=False)
    yield dict(w=[0.5], x=[-1.0], bias=2.0, nonlin=True)
    for n in (3, 4):
        for nonlin in (True, False):
            yield dict(w=rounded(rng, n), x=rounded(rng, n), bias=rounded(rng, 1)[0], nonlin=nonlin)


def neuron(w, x, bias, nonlin):
    total = np.dot(w, x).item() + bias
    out = max(total, 0.0) if nonlin else total
    slope = 0.0 if nonlin and total <= 0 else 1.0
    return [out, [slope * v for v in x], [slope * v for v in w], slope]


call = Piece("neural.value:Neuron.__call__")
call.asks(
    """
    neuron = Neuron(len(w), nonlin=nonlin)
    neuron.w, neuron.b = [Value(v) for v in w], Value(bias)
    inputs = [Value(v) for v in x]
    out = neuron(inputs)
    out.backward()
    [out.data, [v.grad for v in neuron.w], [v.grad for v in inputs], neuron.b.grad]
    """,
    "its answer, and the gradients of its weights, inputs and bias",
    cases=neurons,
    answer=neuron,
)
call.asks(
    "neuron = Neuron(2)\nneuron.w = [Value(2.0), Value(3.0)]\n[neuron([10, 100]).data, neuron(iter([10, 100])).data]",
    "inputs that are plain numbers; inputs that can be walked over once",
    cases=[{}],
    answer=lambda: [320.0, 320.0],
)
call.asks(
    "Neuron(2)(x)",
    "another number of inputs than weights is refused",
    cases=[dict(x=[1.0, 2.0, 3.0]), dict(x=[1.0])],
    raises="ValueError",
)
call.mistake("relu only if self.nonlin is true.", " if self.nonlin else total", "")
call.mistake("There is no relu where self.nonlin asks for it.", "total.relu() if self.nonlin else total", "total")
call.mistake("The bias is left out.", "x, self.b)", "x)")
call.mistake(
    "Your new Value doesn't know its children: use the method relu.", "total.relu()", "Value(max(total.data, 0.0))"
)
call.hint("`weighted_sum` does nearly everything: it takes Values, numbers and iterators, and compares the lengths.")
