"""What must hold of planned calculations: the graph, its three runs, and the operations of a convolutional network."""

import numpy as np

from checks.language import Piece
from checks.neural.value import all_roads, dags, weighted_dags
from checks.neural.value import in_order as values_in_order


def numbers(rng, *shape):
    """Unsymmetric numbers with two decimals, as an array."""
    return rng.uniform(-3, 3, shape).round(2)


# ------------------------------------------------------------------ plans of single numbers


def plans(rng):
    """links[i] lists the inputs of node i, slopes[i] the factor of each, starts[i] its value if it is a leaf."""
    for case in weighted_dags(rng):
        yield dict(case, starts=numbers(rng, len(case["links"])).tolist())


def values_of(links, slopes, starts):
    values = []
    for sources, own, start in zip(links, slopes, starts):
        values.append(sum(f * values[j] for f, j in zip(own, sources)) if sources else start)
    return values


# A plan in which each node is a leaf, or its inputs times slopes, added up.
PLAN = """
def mix(own, *inputs):
    return Operation("mix", (), lambda *v: np.dot(own, v), lambda g, *v: tuple(g * f for f in own), *inputs)


nodes = []
for sources, own, start in zip(links, slopes, starts):
    nodes.append(mix(own, *[nodes[j] for j in sources]) if sources else Variable(start))
"""

forward = Piece("neural.graph:forward")
forward.asks(
    """
    x, w, b = Constant(first), Variable([[3.0, -1.0], [0.5, 1.0]]), Variable([0.0, -4.0])
    z = dense(x, w, b)
    one = forward([x, w, b, z])
    x.value = second
    two = forward([x, w, b, z])
    [one, two, z.value, w.value]
    """,
    "what two runs with different data return, the value of z, and that of the leaf w, which keeps it",
    cases=[dict(first=[1.0, 2.0], second=[2.0, 1.0]), dict(first=[0.0, 0.0], second=[-1.0, 4.0])],
    answer=lambda first, second: [
        *(np.array([3 * p - q, 0.5 * p + q - 4]) for p, q in (first, second, second)),
        np.array([[3.0, -1.0], [0.5, 1.0]]),
    ],
)
forward.asks(
    PLAN + "forward(nodes)\n[float(node.value) for node in nodes]",
    "every node has its value",
    cases=plans,
    answer=values_of,
)
forward.asks("forward([Variable(x)])", "the last node may be a leaf", cases=[dict(x=0.7)], answer=lambda x: np.array(x))
forward.mistake("A value is worked out anew in each run.", "if node.inputs", "if node.inputs and node.value is None")
forward.mistake("You handed over one list of values: a star makes separate arguments of it.", "(*[source", "([source")
forward.mistake("The list is in order already, inputs before their users.", "node in graph:", "node in graph[::-1]:")
forward.mistake("The value of the first node is returned; the last is wanted.", "graph[-1].value", "graph[0].value")
forward.mistake("The last node is left out.", "node in graph:", "node in graph[:-1]:")
forward.mistake("Nothing is returned: the value of the last node is wanted.", "return graph[-1].value", "pass")
forward.mistake("All values are returned; the last is wanted.", "graph[-1].value", "[node.value for node in graph]")
forward.mistake("Your return ends the loop after the first node.", "    return graph[-1]", "        return node")
forward.mistake("compute wants the values of the inputs, not the nodes.", "[source.value for", "[source for")
forward.mistake("A node used twice counts twice: two values.", "in node.inputs]", "in dict.fromkeys(node.inputs)]")
forward.hint("Walk over the list. `if node.inputs:` tells the calculated ones; a leaf has no `compute`.")
forward.hint("`node.compute(*values)` hands over a list as separate arguments; the result becomes `node.value`.")


def in_order(got, links):
    wrong = values_in_order(got, links)
    return wrong and wrong.replace("a Value is", "a node is").replace("a child of", "an input of")


order = Piece("neural.graph:topological_sort")
order.asks(
    """
    nodes = []
    for sources in links:  # the inputs of each node, by their numbers
        nodes.append(Node((), *[nodes[j] for j in sources]))
    graph = topological_sort(nodes[-1])
    graph if type(graph) is not list else [nodes.index(node) for node in graph]
    """,
    "all nodes that the last one is calculated from, each once, inputs before users",
    cases=dags,
    accept=in_order,
    expected="an order in which no node comes before its inputs",
)
order.asks(
    "last = Node(())\nfor _ in range(n):\n    last = Node((), last)\n[len(topological_sort(last)) for run in (1, 2)]",
    "how many nodes are found in a chain of n operations, when it is sorted twice",
    cases=[dict(n=3), dict(n=100_000)],
    answer=lambda n: [n + 1, n + 1],
)
order.asks(
    "last = Node(())\nfor _ in range(n):\n    last = Node((), last, last)\nlen(topological_sort(last))",
    "n nodes that use the one before them twice: with 2 to the power of n roads, every link is to be walked but once",
    cases=[dict(n=2), dict(n=60)],
    answer=lambda n: n + 1,
)
MARKED = 'elif not vars(node).get("met") and not vars(node).update(met=True):'
order.mistake("Marks stay on the nodes for the next walk: keep a set.", "elif node not in seen:", MARKED)
order.mistake(
    "A function that calls itself for every input runs into Python's limit: keep a stack of your own.",
    """
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for source in node.inputs:
                visit(source)
            order.append(node)

    visit(loss)
    return order
    """,
)
order.mistake("Users come before their inputs: the wrong way round.", "return order", "return order[::-1]")
order.mistake(
    "Level by level is not enough: a node that is near on one road can be far on another.",
    """
    order, seen, level = [], {loss}, [loss]
    while level:
        order += level
        level = list(dict.fromkeys(source for node in level for source in node.inputs if source not in seen))
        seen.update(level)
    return order[::-1]
    """,
)
order.mistake(
    "Used several times is listed several times: keep a set of nodes.",
    "elif node not in seen:",
    "elif len(order) < 5e4:",
)
order.hint("The same walk as for Values: each node is met going down, and again coming up.")
order.hint("Put pairs on the stack: the node, and whether everything it needs is in the list already.")

# ------------------------------------------------------------------ gradients of a plan


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

# ------------------------------------------------------------------ vectors


def layers(rng):
    w = np.array([[3.0, -1.0], [0.5, 1.0]])
    yield dict(gradient=np.array([10.0, 1.0]), x=np.array([1.0, 2.0]), w=w, b=np.zeros(2))
    yield dict(gradient=np.array([1.0]), x=np.array([3.0]), w=np.array([[2.0]]), b=np.array([5.0]))
    yield dict(gradient=np.ones(2), x=np.ones(2), w=np.array([[1.0, 4.0], [4.0, 2.0]]), b=np.ones(2))
    for m, n in ((2, 3), (4, 2), (1, 5), (3, 1)):
        yield dict(gradient=numbers(rng, m), x=numbers(rng, n), w=numbers(rng, m, n), b=numbers(rng, m))


def by_unit_steps(function, gradient, *inputs):
    """The shares of all inputs: what a step of 1 in each entry does, exact where the function is linear in it."""
    shares = []
    for place in range(len(inputs)):
        share = np.zeros(inputs[place].shape)
        for index in np.ndindex(share.shape):
            up, down = [a.copy() for a in inputs], [a.copy() for a in inputs]
            up[place][index] += 1
            down[place][index] -= 1
            share[index] = np.sum(gradient * (function(*up) - function(*down))) / 2
        shares.append(share)
    return shares


dense = Piece("neural.graph:dense_backward")
dense.asks(
    "to_x, to_w, to_b = dense_backward(gradient, x, w, b)\n[to_x, to_w, to_b]",
    "the shares of x, w and b",
    cases=layers,
    answer=lambda gradient, x, w, b: by_unit_steps(lambda x, w, b: (w * x[None, :]).sum(axis=1) + b, gradient, x, w, b),
)
dense.mistake("w goes from x to z. The way back takes its columns, not its rows.", "w.T @ gradient", "w @ gradient")
dense.mistake("The share of w is transposed.", "np.outer(gradient, x)", "np.outer(x, gradient)")
dense.mistake("Slopes alone don't do for b: multiply by the gradient of z.", "x), gradient", "x), np.ones(len(b))")
dense.mistake("Slopes alone don't do for w: multiply by the gradient of z.", "(gradient, x", "(np.ones(len(b)), x")
dense.mistake("Slopes alone don't do for x: weigh w's rows by the gradient.", "w.T @ gradient", "w.sum(axis=0)")
dense.hint("Each share has the shape of what it belongs to. Only one way of putting the arrays together gives it.")
dense.hint("Every entry of w's share is a product of one entry of gradient and one of x: `np.outer`.")


def scores(rng):
    yield dict(z=np.array([0.0, np.log(3)]), y=np.array([1.0, 0.0]), gradient=2.0)
    yield dict(z=np.zeros(2), y=np.array([0.5, 0.5]), gradient=1.0)
    yield dict(z=np.array([1.0, 2.0]), y=np.array([0.0, 1.0]), gradient=0.0)
    for n in (2, 3, 10):
        yield dict(z=numbers(rng, n), y=np.eye(n)[int(rng.integers(n))], gradient=1.0)
        y = rng.uniform(0, 1, n)
        yield dict(z=numbers(rng, n), y=y / y.sum(), gradient=round(float(rng.uniform(-3, 3)), 2))
    yield dict(z=np.array([1000.0, 0.0, 998.0]), y=np.array([0.0, 1.0, 0.0]), gradient=0.5)
    yield dict(z=np.array([-1000.0, -2000.0]), y=np.array([0.0, 1.0]), gradient=1.0)


def entropy_shares(z, y, gradient):
    shifted = z - z.max()
    total = np.logaddexp.reduce(shifted)
    return [gradient * (np.exp(shifted - total) - y), gradient * (total - shifted)]


entropy = Piece("neural.graph:cross_entropy_backward")
entropy.asks(
    "to_z, to_y = cross_entropy_backward(gradient, z, y)\n[to_z, to_y]",
    "the shares of z and y",
    cases=scores,
    answer=entropy_shares,
)
entropy.mistake("Multiply the share of z by gradient, too.", "gradient * (softmax(z) - y)", "softmax(z) - y")
entropy.mistake("Wrong sign for z: a higher right score lowers the loss.", "softmax(z) - y", "y - softmax(z)")
entropy.mistake("Multiply the share of y by gradient, too.", "gradient * -log_softmax(z)", "-log_softmax(z)")
entropy.mistake("Multiply both shares by gradient.", "return softmax(z) - y, -log_softmax(z)")
entropy.mistake("The share of y is -ln p_j; -z_j is only a part of that.", "-log_softmax(z)", "-z")
entropy.mistake("The slope of y_j times -ln p_j, for y_j: no y_j is left.", "-log_softmax(z)", "-log_softmax(z) * y")
entropy.mistake("Take y away from the probabilities.", "(softmax(z) - y)", "softmax(z)")
entropy.mistake("The share of y has the wrong sign: surprises are positive.", "-log_soft", "log_soft")
entropy.mistake("A p that rounds to 0 has no logarithm: use log_softmax.", "-log_softmax(z)", "-np.log(softmax(z))")
entropy.hint("`softmax` and `log_softmax` of phase 2 are imported in the module.")
entropy.hint("For y: the loss is the sum of y_j times a surprise, so its slope for y_j is that surprise.")

# ------------------------------------------------------------------ images

ROW = dict(x=np.array([1.0, 2.0, 0.0, 3.0, 3.0]).reshape(1, 5, 1), k=np.array([-1.0, 1.0]).reshape(1, 2, 1, 1))
SIZES = [
    ((3, 3, 1), (2, 2, 1, 1)),
    ((3, 4, 2), (1, 1, 2, 3)),
    ((4, 5, 2), (2, 3, 2, 3)),
    ((5, 4, 3), (3, 1, 3, 2)),
    ((3, 5, 1), (3, 3, 1, 2)),
    ((2, 3, 2), (2, 3, 2, 1)),
]


def slid(x, k):
    """The definition, window by window."""
    n, m, _, depth = k.shape
    result = np.zeros((x.shape[0] - n + 1, x.shape[1] - m + 1, depth))
    for i, j, d in np.ndindex(result.shape):
        result[i, j, d] = (x[i : i + n, j : j + m] * k[..., d]).sum()
    return result


PIXELS = [
    dict(x=np.array([[[1.0, 2.0], [3.0, 4.0]]]), k=np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 2, 2, 1)),
    dict(x=np.array([[[1.0, 2.0]]]), k=np.arange(1.0, 7.0).reshape(1, 1, 2, 3)),
]


def images_and_kernels(rng):
    yield from (ROW, *PIXELS)
    for x, k in SIZES:
        yield dict(x=numbers(rng, *x), k=numbers(rng, *k))


def with_gradients(rng):
    yield dict(gradient=np.array([2.0, 1.0, -1.0, 4.0]).reshape(1, 4, 1), **ROW)
    yield dict(gradient=np.ones((1, 1, 1)), x=np.full((1, 1, 1), 3.0), k=np.full((1, 1, 1, 1), 2.0))
    yield dict(gradient=np.array([[[2.0]]]), **PIXELS[0])
    yield dict(gradient=np.array([[[1.0, 0.0, 2.0]]]), **PIXELS[1])
    yield dict(gradient=np.ones((2, 2, 1)), x=np.arange(9.0).reshape(3, 3, 1), k=np.ones((2, 2, 1, 1)))
    for (height, width, c), k in SIZES:
        shape = (height - k[0] + 1, width - k[1] + 1, k[3])
        yield dict(gradient=numbers(rng, *shape), x=numbers(rng, height, width, c), k=numbers(rng, *k))


conv = Piece("neural.graph:conv2d_forward")
conv.asks("conv2d_forward(x, k)", "the kernel's answer in every window", cases=images_and_kernels, answer=slid)
conv.mistake("The kernel is turned by half a turn.", "rows @ k", "rows @ k[::-1, ::-1]")
conv.mistake("Rows and columns of the kernel have changed places.", "(2, 0, 1, 3)", "(2, 1, 0, 3)")
conv.mistake(
    "A window's numbers and a kernel's are in different orders: put the kernel's channels first, as in the windows.",
    "k.transpose(2, 0, 1, 3)",
    "k",
)
conv.mistake("Add up over all channels, not the first alone.", "rows @ k", "rows[..., : n * m] @ k[:, :, :1]")
conv.mistake("Output channel d has a kernel of its own, k[..., d].", "rows @ k", "rows @ (0 * k + k[..., :1])")
conv.hint("The sum runs over the three axes of a window and the same three of the kernel.")
conv.hint("Make every window a row of numbers and every kernel a column, in one order: the rest is a matrix product.")

conv_back = Piece("neural.graph:conv2d_backward")
conv_back.asks(
    "to_x, to_k = conv2d_backward(gradient, x, k)\n[to_x, to_k]",
    "the shares of the image and of the kernel",
    cases=with_gradients,
    answer=lambda gradient, x, k: by_unit_steps(slid, gradient, x, k),
)
WINDOWS = """
to_x, to_k = np.zeros(x.shape), np.zeros(k.shape)
for i, j in np.ndindex(gradient.shape[:2]):
    seen = np.s_[i : i + k.shape[0], j : j + k.shape[1]]
    to_x[seen] {} k @ gradient[i, j]
    to_k[:] {} x[seen][..., None] * gradient[i, j]
return to_x, to_k
"""
conv_back.mistake("Windows overlap: to a pixel, each adds its share, with +=.", WINDOWS.format("=", "+="))
conv_back.mistake("Every window adds to the share of the kernel: +=, not =.", WINDOWS.format("+=", "="))
conv_back.mistake("Windows overlap: a pixel gets a share from each that it lies in.", "to_x[seen] +=", "to_x[seen] =")
conv_back.mistake("A reshape doesn't swap axes as .T does.", "k[a, b].T", "k[a, b].reshape(k.shape[:1:-1])")
conv_back.mistake(
    "What went out through k[a, b] comes back through it: don't turn the kernel.", "[a, b].T", "[-1 - a, -1 - b].T"
)
conv_back.mistake("The kernel's share is turned by half a turn.", "to_k[a, b]", "to_k[-1 - a, -1 - b]")
conv_back.mistake("To the image, hand on kernels times gradients.", "gradient @", "np.ones_like(gradient) @")
conv_back.mistake("To the kernel, weigh windows by gradients.", "x[seen], gradient", "x[seen], np.ones_like(gradient)")
conv_back.hint("Take forward's sum, and ask of every product in it: which entry of the result did it go into?")
conv_back.hint("For each window (i, j): to_x in that window grows by kernels times gradient[i, j], and so does to_k.")
conv_back.hint("Faster: loop over a and b alone. k[a, b] meets all pixels x[a : a + height, b : b + width].")


def to_be_pooled(rng):
    yield dict(x=np.array([[1.0, 5.0], [4.0, 2.0]])[:, :, None])
    yield dict(x=np.full((2, 4, 1), 3.0))
    yield dict(x=np.array([[-1.0, -5.0, 9.0], [-4.0, -2.0, 9.0], [9.0, 9.0, 9.0]])[:, :, None])
    for shape in ((2, 6, 1), (6, 4, 2), (5, 4, 3), (4, 7, 2), (3, 3, 5)):
        yield dict(x=numbers(rng, *shape))


def pooled(x):
    result = np.zeros((x.shape[0] // 2, x.shape[1] // 2, x.shape[2]))
    for i, j, c in np.ndindex(result.shape):
        result[i, j, c] = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c].max()
    return result


pool = Piece("neural.graph:maxpool2d_forward")
pool.asks(
    "maxpool2d_forward(x)", "the largest number of each 2 by 2 block, by channel", cases=to_be_pooled, answer=pooled
)
pool.mistake("This is the mean of a block.", "blocks.max(", "blocks.mean(")
pool.mistake(
    "These are other groups of four than the blocks: reshape to (rows, 2, columns, 2, channels).",
    """
    height, width, channels = x.shape[0] // 2, x.shape[1] // 2, x.shape[2]
    return x[: 2 * height, : 2 * width].reshape(height, width, 4, channels).max(axis=2)
    """,
)
pool.mistake(
    "Your windows overlap: the next block begins two pixels further on.",
    """
    pairs = np.maximum(x[:-1], x[1:])
    return np.maximum(pairs[:, :-1], pairs[:, 1:])[: x.shape[0] // 2, : x.shape[1] // 2]
    """,
)
pool.mistake("An odd row or column at the end belongs to no block: leave it out.", "x[: 2 * height, : 2 * width]", "x")
pool.mistake("Each channel is pooled by itself.", "max(axis=(1, 3))", "max(axis=(1, 3, 4))[..., None] + 0 * x[0, 0]")
pool.hint("`x[::2]` takes every second row. The largest of four arrays is what is wanted, if they have equal shapes.")
pool.hint("Or reshape to (rows of blocks, 2, columns of blocks, 2, channels), and let max make two axes vanish.")


def pooled_with_gradients(rng):
    yield dict(gradient=np.full((1, 1, 1), 7.0), x=np.array([[1.0, 5.0], [5.0, 2.0]])[:, :, None])
    yield dict(gradient=np.full((1, 1, 1), 7.0), x=np.array([[1.0, 2.0], [5.0, 4.0]])[:, :, None])
    yield dict(gradient=np.array([[3.0, -2.0]])[:, :, None], x=np.zeros((2, 4, 1)))
    yield dict(gradient=np.full((1, 1, 1), 7.0), x=np.arange(9.0).reshape(3, 3, 1))
    for shape in ((2, 6, 1), (6, 4, 2), (5, 4, 3), (4, 7, 2), (3, 3, 5)):
        gradient = numbers(rng, shape[0] // 2, shape[1] // 2, shape[2])
        yield dict(gradient=gradient, x=numbers(rng, *shape))
        yield dict(gradient=gradient, x=rng.integers(-2, 1, shape).astype(float))


def first_of_the_largest(gradient, x):
    to_x = np.zeros(x.shape)
    for i, j, c in np.ndindex(gradient.shape):
        block = [(2 * i + a, 2 * j + b, c) for a in (0, 1) for b in (0, 1)]
        to_x[max(block, key=lambda place: x[place])] = gradient[i, j, c]  # max returns the first of equals
    return to_x


pool_back = Piece("neural.graph:maxpool2d_backward")
pool_back.asks(
    "len(maxpool2d_backward(gradient, x))",
    "how many shares the tuple holds: one, for the one input",
    cases=pooled_with_gradients,
    answer=lambda: 1,
)
pool_back.asks(
    "maxpool2d_backward(gradient, x)[0]",
    "the gradient of each block at its first largest number, 0 elsewhere",
    cases=pooled_with_gradients,
    answer=first_of_the_largest,
)
pool_back.mistake(
    "If several numbers of a block are equally large, only the first of them gets the gradient.",
    """
    to_x = np.zeros(x.shape)
    for i, j, c in np.ndindex(gradient.shape):
        block = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c]
        to_x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c] = gradient[i, j, c] * (block == block.max())
    return (to_x,)
    """,
)
pool_back.mistake(
    "Of equals the first is meant, not the last.", ".argmax(axis=3)", "[..., ::-1].argmax(axis=3) * -1 + 3"
)
pool_back.mistake(
    "Row and column have changed places inside the block.",
    "i + winner // 2, 2 * j + winner %",
    "i + winner % 2, 2 * j + winner //",
)
pool_back.mistake(
    "Of equals, the upper right comes before the lower left: reading order goes along the rows.",
    ".argmax(axis=3)",
    "[..., [0, 2, 1, 3]].argmax(axis=3)\n    winner = np.array([0, 2, 1, 3])[winner]",
)
pool_back.mistake(
    "An odd row of x has a share, too: 0.", "np.zeros(x.shape)", "np.zeros((2 * height, 2 * width, channels))"
)
pool_back.mistake(
    "Only the largest of four gets the gradient, not all.",
    "to_x[2 * i + winner // 2, 2 * j + winner % 2, c] = gradient",
    "to_x[: 2 * height, : 2 * width] = gradient.repeat(2, axis=0).repeat(2, axis=1)",
)
pool_back.mistake("The largest number gets the gradient of its block, not 1.", "c] = gradient", "c] = 1.0")
pool_back.hint("Which of the four is the largest? `argmax` says where, and of equals it names the first.")
pool_back.hint("Put the four numbers of every block side by side on a last axis, and take the argmax over that.")
pool_back.hint("Numbered 0 to 3 in reading order, `winner // 2` is the row in the block, `winner % 2` the column.")
