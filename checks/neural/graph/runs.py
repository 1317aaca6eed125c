"""What must hold of ``backward`` and ``step`` of planned calculations. Oracles: sums over all roads, NumPy."""

import numpy as np

from checks.language import Piece
from checks.neural.graph.shared import PLAN, numbers, plans
from checks.neural.value.shared import all_roads


def networks(rng):
    yield dict(xs=np.array([1.0, 2.0]), ws=np.array([[3.0, -1.0], [0.5, 1.0]]), bs=np.array([0.0, -4.0]))
    for n in (2, 3, 5):
        yield dict(xs=numbers(rng, n), ws=numbers(rng, n, n), bs=numbers(rng, n))


def softmax(z):
    powers = np.exp(z - z.max())
    return powers / powers.sum()


def one_layer(xs, ws, bs):
    slopes = softmax(ws @ xs + bs) - np.eye(len(bs))[1]
    return slopes, np.outer(slopes, xs), slopes


LAYER = """
x, w, b, y = Constant(xs), Variable(ws), Variable(bs), Constant(np.eye(len(bs))[1])
z = dense(x, w, b)
loss = cross_entropy_loss(z, y)
graph = [x, w, b, y, z, loss]
forward(graph)
backward(graph)
"""

ZEROS = "node.grad = np.zeros(node.shape)"


def of_all(condition):
    """Zeros at the beginning for all nodes of which ``condition`` holds."""
    return "if node.inputs:\n            node.grad", f"if {condition}:\n            node.grad"


backward = Piece("neural.graph:backward")
backward.asks(
    LAYER + "[float(loss.grad), z.grad, w.grad, b.grad, x.grad, y.grad]",
    "the gradients of loss, z, w and b; the Constants x and y have none",
    cases=networks,
    answer=lambda **case: [1.0, *one_layer(**case), None, None],
)
backward.asks(
    PLAN + "forward(nodes)\nbackward(nodes)\n[float(node.grad) for node in nodes]",
    "for each node, the products of slopes along every road to the last one, added up",
    cases=plans,
    answer=lambda links, slopes: all_roads(links, slopes),
)
backward.asks(
    LAYER
    + "x.value = 2 * xs\nfor _ in range(2):\n    forward(graph)\n    backward(graph)\n"
    + "[float(loss.grad), z.grad, w.grad, b.grad, w.value]",
    "two more runs with another image: Variables collect all three gradients, the others only have the last",
    cases=networks,
    answer=lambda xs, ws, bs: [
        1.0,
        one_layer(2 * xs, ws, bs)[0],
        *(first + 2 * then for first, then in zip(one_layer(xs, ws, bs)[1:], one_layer(2 * xs, ws, bs)[1:])),
        ws,
    ],
)
backward.asks(
    LAYER + "x.value = 2 * xs\nbackward(graph)\n[z.value, w.grad]",
    "other data after the run, and backward once more: nothing is run again, so z keeps its value",
    cases=networks,
    answer=lambda xs, ws, bs: [ws @ xs + bs, 3 * one_layer(xs, ws, bs)[1]],
)
backward.asks(
    """
    p, q, y = Variable(xs), Variable(xs), Constant(np.eye(len(xs))[1])
    z = Operation("plus", p.shape, lambda p, q: p + q, lambda gradient, p, q: (gradient, gradient), p, q)
    graph = [p, q, y, z, cross_entropy_loss(z, y)]
    for _ in range(3):
        forward(graph)
        backward(graph)
    [p.grad, q.grad]
    """,
    "three runs in which p and q get one and the same array as their share, which must not be changed",
    cases=networks,
    answer=lambda xs: [3 * (softmax(2 * xs) - np.eye(len(xs))[1])] * 2,
)
for refused in ((2, 3), (1,)):
    backward.asks(
        "x = Constant(np.ones(shape))\ngraph = [x, relu(x)]\nforward(graph)\nbackward(graph)",
        "a last node that is not a single number is refused, and its shape is named",
        cases=[dict(shape=refused)],
        raises="ShapeError",
        mentions=(str(refused),),
    )
backward.mistake("Wrong end: a gradient has to be whole before it is handed on.", "reversed(graph)", "graph")
backward.mistake(
    "Leftovers of the run before: zeros for operations first.", ZEROS, f"{ZEROS} if node.grad is None else node.grad"
)
backward.mistake("Variables' gradients add up over the runs: leave them.", *of_all("not isinstance(node, Constant)"))
backward.mistake("Zeros are for Operations: the grad of a Constant stays None, a Variable's is kept.", *of_all("True"))
backward.mistake(
    "You replaced an input's gradient: add to it, as other roads lead there.", "source.grad + share", "share"
)
backward.mistake("Constants have no gradient to add to: pass them over.", "not isinstance(source, Constant)", "True")
backward.mistake(
    "Constants have no gradient: pass them over, and their grad stays None.",
    "if not isinstance(source, Constant):\n                    source.grad = source.grad + share",
    "source.grad = share if source.grad is None else source.grad + share",
)
backward.mistake(
    "Operations get shares too, to hand them on.", "not isinstance(source, Constant)", "isinstance(source, Variable)"
)
backward.mistake("The last node's gradient is 1: from 0 nothing is handed on.", "graph[-1].grad = np.ones(())", "pass")
backward.mistake(
    "Use the values in the nodes: run nothing again.", "for node in rev", "forward(graph)\n    for node in rev"
)
backward.mistake(
    "One number in an array has the shape (1,), not ().", "graph[-1].shape != ()", "graph[-1].value.size != 1"
)
backward.mistake("Nothing looks at the shape of the last node.", "graph[-1].shape != ()", "False")
backward.hint("Three things in turn: zeros for the operations, 1 for the last node, then a walk from the end.")
backward.hint("`node.shares(node.grad, *values)` returns as many shares as `node.inputs` has nodes: walk over both.")
backward.hint("`isinstance(source, Constant)` tells the nodes that get nothing.")


def updates(rng):
    yield dict(value=5.0, grad=6.0, learning_rate=0.1, batch_size=3)
    yield dict(value=[1.0, 2.0], grad=[10.0, -4.0], learning_rate=1.0, batch_size=1)
    yield dict(value=[[1.5]], grad=[[0.0]], learning_rate=0.5, batch_size=2)
    for shape in ((3,), (2, 4), (3, 3, 1, 2)):
        size = int(rng.integers(2, 40))
        yield dict(value=numbers(rng, *shape), grad=numbers(rng, *shape), learning_rate=0.3, batch_size=size)


def stepped(value, grad, learning_rate, batch_size):
    return np.array(np.asarray(value) - learning_rate * np.asarray(grad) / batch_size)


step = Piece("neural.graph:step")
step.asks(
    "w = Variable(value)\nw.grad = np.array(grad)\nstep([w], learning_rate, batch_size)\n[w.value, w.grad]",
    "the Variable's new value, and its gradient cleared",
    cases=updates,
    answer=lambda value, grad, **case: [stepped(value, grad, **case), np.zeros(np.shape(value))],
)
step.asks(
    "w = Variable(value)\nw.grad = np.array(grad)\nstep([w], learning_rate)\nw.value",
    "without a batch size, it is 1",
    cases=updates,
    answer=lambda value, grad, learning_rate: stepped(value, grad, learning_rate, 1),
)
step.asks(
    """
    x, v, w = Constant(value), Variable(grad), Variable(value)
    z = relu(w)
    z.value, z.grad = np.array(value), np.array(grad)
    v.grad, w.grad = np.array(value), np.array(grad)
    step([x, v, w, z], learning_rate, batch_size)
    [v.value, w.value, x.value, z.value, z.grad, x.grad]
    """,
    "all Variables of the list take a step, and nothing else changes",
    cases=updates,
    answer=lambda value, grad, **case: [
        stepped(grad, value, **case),
        stepped(value, grad, **case),
        *(np.array(a, float) for a in (value, value, grad)),
        None,
    ],
)
step.mistake("The gradients are a sum over the batch: divide by batch_size.", "node.grad / batch_size", "node.grad")
step.mistake("Uphill: the step goes against the gradient.", "node.value - learning_rate", "node.value + learning_rate")
step.mistake("The gradients are still there, and would count again in the next batch.", ZEROS, "pass")
step.mistake("The gradient becomes zeros, not None.", ZEROS, "node.grad = None")
step.mistake("Divide by batch_size, don't multiply.", "node.grad / batch_size", "node.grad * batch_size")
step.mistake("Take the step before you clear the gradient.", "node.value =", f"{ZEROS}\n            node.value =")
step.mistake("Only Variables take a step.", "isinstance(node, Variable)", "node.grad is not None")
step.mistake("The learning rate is left out.", "learning_rate * node.grad", "node.grad")
step.hint("Walk over the list, and pick out what `isinstance(node, Variable)` says is one.")
step.hint("A Variable's value may be set: `node.value = ...`. Then its gradient becomes `np.zeros(node.shape)`.")
