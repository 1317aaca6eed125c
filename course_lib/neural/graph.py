"""A calculation on arrays as a plan: the graph is built once, and run as often as one likes.

Images have the shape (height, width, channels), kernels (height, width, channels in, channels out). One image goes
through the graph at a time; gradients of several are collected before a step.

Source: tiniergrad.jl (github.com/Maciejeg/tiniergrad.jl), whose program runs here with Python's names; for convolution
and pooling, Goodfellow, Bengio and Courville, *Deep Learning*, chapter 9.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from course_lib.foundations.matrix import ShapeError
from course_lib.ml.linear import log_softmax, softmax

Shape = tuple[int, ...]

# ------------------------------------------------------------------ nodes


class Node:
    """A place in a plan. Its ``shape`` is known from the start; its ``value`` may come later.

    ``inputs`` are the nodes that it is calculated from, a tuple. ``grad`` is the gradient of the plan's last node with
    respect to this one, once it has been worked out. Two nodes are equal only if they are the same object.
    """

    value = None
    grad = None

    def __init__(self, shape: Shape, *inputs: Node):
        self.shape = shape
        self.inputs = inputs

    def __or__(self, make: Callable[[Node], Node]) -> Node:
        """``x | relu`` is ``relu(x)``."""
        return make(self)

    def __repr__(self) -> str:
        return f"{getattr(self, 'name', type(self).__name__)} {self.shape}"


class Leaf(Node):
    """A node whose value comes from outside. It may be replaced at any time by another of the same shape."""

    def __init__(self, value):
        super().__init__(np.shape(value))
        self.value = value

    @property
    def value(self) -> np.ndarray:
        return self._value

    @value.setter
    def value(self, new) -> None:
        new = np.array(new, dtype=float)  # a copy: whoever handed it over may go on using theirs
        if new.shape != self.shape:
            raise ShapeError(f"this {type(self).__name__} has shape {self.shape}, the new value {new.shape}")
        self._value = new


class Constant(Leaf):
    """Data: an image, a label. It has no gradient."""


class Variable(Leaf):
    """Something to be learnt. Its ``grad`` begins with zeros, and gradients are collected in it."""

    def __init__(self, value):
        super().__init__(value)
        self.grad = np.zeros(self.shape)


class Operation(Node):
    """A node that is calculated from others, by two functions.

    ``compute(*values)`` takes the values of the inputs and returns the node's own. ``shares(gradient, *values)`` takes
    the gradient of the node as well, and returns a tuple: the share of it that each input gets, in the inputs' shapes.
    """

    def __init__(self, name: str, shape: Shape, compute: Callable, shares: Callable, *inputs: Node):
        super().__init__(shape, *inputs)
        self.name = name
        self.compute = compute
        self.shares = shares


def require(fits: bool, name: str, *inputs: Node) -> None:
    """Refuse to plan an operation on inputs whose shapes do not fit, before anything is calculated."""
    if not fits:
        raise ShapeError(f"{name} cannot work on shapes {', '.join(str(node.shape) for node in inputs)}")


def require_nodes(name: str, *inputs: Node) -> None:
    for node in inputs:
        if not isinstance(node, Node):
            raise TypeError(f"{name} works on nodes: put the {type(node).__name__} into a Constant or a Variable")


# ------------------------------------------------------------------ a plan and its three runs


def topological_sort(loss: Node) -> list[Node]:
    """Every node that ``loss`` is calculated from, itself included, as a list: each once, and inputs before users.

    So ``loss`` comes last. Of several such orders any is right. A node may be used by several others, or twice by the
    same one. Chains of 100,000 nodes are no trouble (so no function that calls itself), and the time is proportional
    to the number of links. Nothing is calculated, and the nodes stay as they are: no marks are left on them.
    """
    order, seen, stack = [], set(), [(loss, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((source, False) for source in node.inputs)
    return order


def forward(graph: list[Node]) -> np.ndarray:
    """Run the plan: give every node of the list that has inputs its value, and return the value of the last node.

    ``graph`` is a list of nodes in which inputs stand before what uses them. The value of a node with inputs is what
    its function ``compute`` returns for the values of ``node.inputs``, handed over in their order as separate
    arguments. It is worked out anew in each run. Nodes without inputs keep the value they have.
    """
    for node in graph:
        if node.inputs:
            node.value = node.compute(*[source.value for source in node.inputs])
    return graph[-1].value


def backward(graph: list[Node]) -> None:
    """Work out the gradient of the plan's last node with respect to all others, after a `forward` of the same list.

    A node is an Operation if it has inputs; the others are Constants and Variables. First the ``grad`` of every
    Operation becomes zeros of its shape, and that of the last node 1. Then, from the last to the first, each
    Operation's ``shares(gradient, *values)`` is called once, with the ``grad`` of the node and the values of its
    inputs. It returns one share for each input, in their order, and each share is added to the ``grad`` of that input.
    The share itself is not changed: two inputs may have been given one and the same array.

    Variables are never set to zero here, so their gradients add up over several calls. Constants are passed over:
    their ``grad`` stays None. No value changes, and nothing is run again: the values are those that stand in the nodes.
    Raises `ShapeError`, with the shape (as ``(2, 3)``) in its message, if the last node is not a single number, that
    is, if its shape is not ``()``.
    """
    if graph[-1].shape != ():
        raise ShapeError(f"backward starts from a single number, but the last node has shape {graph[-1].shape}")
    for node in graph:
        if node.inputs:
            node.grad = np.zeros(node.shape)
    graph[-1].grad = np.ones(())
    for node in reversed(graph):
        if node.inputs:
            shares = node.shares(node.grad, *[source.value for source in node.inputs])
            for source, share in zip(node.inputs, shares):
                if not isinstance(source, Constant):
                    source.grad = source.grad + share


def step(graph: list[Node], learning_rate: float, batch_size: int = 1) -> None:
    """One step of gradient descent for every Variable in the list; all other nodes stay as they are.

    A Variable's gradients have been collected over ``batch_size`` examples, so their mean is ``grad / batch_size``.
    Its value goes down by ``learning_rate`` times that mean. Then its ``grad`` becomes zeros of its shape, ready for
    the next batch.

    With ``grad`` 6.0, a learning rate of 0.1 and a batch size of 3, a value of 5.0 becomes 4.8.
    """
    for node in graph:
        if isinstance(node, Variable):
            node.value = node.value - learning_rate * node.grad / batch_size
            node.grad = np.zeros(node.shape)


# ------------------------------------------------------------------ operations on vectors


def relu_forward(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0.0)


def relu_backward(gradient: np.ndarray, x: np.ndarray) -> tuple[np.ndarray]:
    return (gradient * (x > 0),)


def relu(x: Node) -> Node:
    """Every entry, or 0 where it is negative."""
    require_nodes("relu", x)
    return Operation("relu", x.shape, relu_forward, relu_backward, x)


def dense_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
    return w @ x + b


def dense_backward(
    gradient: np.ndarray, x: np.ndarray, w: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The shares of x, w and b when ``gradient`` is the gradient of z = w x + b: a tuple of three float arrays.

    ``x`` has shape (n,), ``w`` (m, n), ``b`` and ``gradient`` (m,). Each share has the shape of what it belongs to.

    For gradient (10, 1), x = (1, 2) and w = ((3, -1), (0.5, 1)), the share of x is (30.5, -9), that of w is
    ((10, 20), (1, 2)) and that of b (10, 1).
    """
    return w.T @ gradient, np.outer(gradient, x), gradient


def dense(x: Node, w: Node, b: Node) -> Node:
    """The fully connected layer w x + b: x has shape (n,), w (m, n) and b (m,)."""
    require_nodes("dense", x, w, b)
    require(len(w.shape) == 2 and w.shape[1:] == x.shape and w.shape[:1] == b.shape, "dense", x, w, b)
    return Operation("dense", b.shape, dense_forward, dense_backward, x, w, b)


def cross_entropy_forward(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return -np.sum(y * log_softmax(z))


def cross_entropy_backward(gradient: np.ndarray, z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The shares of z and y when ``gradient`` is the gradient of the loss: a tuple of two arrays of shape (n,).

    The loss is minus the sum of y_j ln p_j, with p the softmax of the scores ``z``. ``z`` and ``y`` have shape (n,),
    and y is a distribution: nowhere negative, with a sum of 1. ``gradient`` is a single number. Scores as far apart as
    1000 and 0 are no trouble: the share of y is then (0, 1000) times the gradient.

    For z = (0, ln 3), y = (1, 0) and gradient 2, the share of z is (-1.5, 1.5) and that of y
    (2 ln 4, 2 ln (4/3)).
    """
    return gradient * (softmax(z) - y), gradient * -log_softmax(z)


def cross_entropy_loss(z: Node, y: Node) -> Node:
    """How surprised the softmax of the scores z is by the true distribution y, in nats: a single number."""
    require_nodes("cross_entropy_loss", z, y)
    require(len(z.shape) == 1 and z.shape == y.shape, "cross_entropy_loss", z, y)
    return Operation("cross_entropy_loss", (), cross_entropy_forward, cross_entropy_backward, z, y)


# ------------------------------------------------------------------ operations on images


def conv2d_forward(x: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Slide a kernel over an image, and return the image of its answers.

    ``x`` has shape (H, W, C) and ``k`` (n, m, C, D), where n is at most H and m at most W. The result has shape
    (H - n + 1, W - m + 1, D). Its entry (i, j, d) is the sum over all a < n, b < m and c < C of
    ``x[i + a, j + b, c] * k[a, b, c, d]``. Neither the image nor the kernel changes.

    For an image of one row and one channel, 1 2 0 3 3, and a kernel of shape (1, 2, 1, 1), -1 1, the result is the
    row 1 -2 3 0.
    """
    n, m, _, depth = k.shape
    windows = sliding_window_view(x, (n, m), axis=(0, 1))  # (H - n + 1, W - m + 1, C, n, m)
    rows = windows.reshape(*windows.shape[:2], -1)
    return rows @ k.transpose(2, 0, 1, 3).reshape(-1, depth)


def conv2d_backward(gradient: np.ndarray, x: np.ndarray, k: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The shares of x and k when ``gradient`` is the gradient of the result of `conv2d_forward`: a tuple of two arrays.

    ``x`` has shape (H, W, C), ``k`` (n, m, C, D) and ``gradient`` (H - n + 1, W - m + 1, D). Each share has the shape
    of what it belongs to. None of the three arrays changes.

    For an image of one row, 1 2 0 3 3, a kernel -1 1 and a gradient 2 1 -1 4, the share of the image is the row
    -2 1 2 -5 4, and that of the kernel 16 13.
    """
    to_x, to_k = np.zeros(x.shape), np.zeros(k.shape)
    height, width, _ = gradient.shape
    for a, b in np.ndindex(k.shape[:2]):
        seen = np.s_[a : a + height, b : b + width]  # the pixels that k[a, b] meets
        to_x[seen] += gradient @ k[a, b].T
        to_k[a, b] = np.tensordot(x[seen], gradient, axes=([0, 1], [0, 1]))
    return to_x, to_k


def conv2d(x: Node, k: Node) -> Node:
    """Slide the kernel k, of shape (n, m, C, D), over an image x of shape (H, W, C), wherever all of it fits."""
    require_nodes("conv2d", x, k)
    fits = len(x.shape) == 3 and len(k.shape) == 4 and x.shape[2] == k.shape[2]
    require(fits and k.shape[0] <= x.shape[0] and k.shape[1] <= x.shape[1], "conv2d", x, k)
    shape = (x.shape[0] - k.shape[0] + 1, x.shape[1] - k.shape[1] + 1, k.shape[3])
    return Operation("conv2d", shape, conv2d_forward, conv2d_backward, x, k)


def maxpool2d_forward(x: np.ndarray) -> np.ndarray:
    """Keep the largest number of each 2 by 2 block of an image, in each channel by itself.

    ``x`` has shape (H, W, C), with H and W at least 2. Entry (i, j, c) of the result is the largest of the four numbers
    in rows 2i and 2i + 1 and columns 2j and 2j + 1 of channel c. If H or W is odd, the last row or column belongs to no
    block and is left out, so the result has shape (H // 2, W // 2, C). ``x`` stays as it was.
    """
    height, width, channels = x.shape[0] // 2, x.shape[1] // 2, x.shape[2]
    blocks = x[: 2 * height, : 2 * width].reshape(height, 2, width, 2, channels)
    return blocks.max(axis=(1, 3))


def maxpool2d_backward(gradient: np.ndarray, x: np.ndarray) -> tuple[np.ndarray]:
    """The share of x when ``gradient`` is the gradient of the result of `maxpool2d_forward`: a tuple of one array.

    ``x`` has shape (H, W, C), and so has its share; ``gradient`` has shape (H // 2, W // 2, C). In every block and
    channel the largest number gets the whole gradient of that block, and the other three get 0. If several are equally
    large, the first of them gets it, in reading order: upper left, upper right, lower left, lower right. Pixels that
    belong to no block get 0. Neither array changes. Note the comma: a tuple of one is written ``(to_x,)``.

    For the 2 by 2 image with rows 1 5 and 5 2 and the gradient 7, the rows of the share are 0 7 and 0 0.
    """
    height, width, channels = gradient.shape
    blocks = x[: 2 * height, : 2 * width].reshape(height, 2, width, 2, channels)
    winner = blocks.transpose(0, 2, 4, 1, 3).reshape(height, width, channels, 4).argmax(axis=3)
    i, j, c = np.indices(gradient.shape)
    to_x = np.zeros(x.shape)
    to_x[2 * i + winner // 2, 2 * j + winner % 2, c] = gradient
    return (to_x,)


def maxpool2d(x: Node) -> Node:
    """Halve an image: the largest number of each 2 by 2 block."""
    require_nodes("maxpool2d", x)
    require(len(x.shape) == 3 and min(x.shape[:2]) >= 2, "maxpool2d", x)
    return Operation(
        "maxpool2d", (x.shape[0] // 2, x.shape[1] // 2, x.shape[2]), maxpool2d_forward, maxpool2d_backward, x
    )


def flatten_forward(x: np.ndarray) -> np.ndarray:
    return x.reshape(-1)


def flatten_backward(gradient: np.ndarray, x: np.ndarray) -> tuple[np.ndarray]:
    return (gradient.reshape(x.shape),)


def flatten(x: Node) -> Node:
    """All numbers of an image in one vector, row by row, the channels of a pixel together."""
    require_nodes("flatten", x)
    return Operation("flatten", (int(np.prod(x.shape)),), flatten_forward, flatten_backward, x)


# ------------------------------------------------------------------ where learning begins


def create_kernel(in_channels: int, out_channels: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """Random 3 by 3 kernels, shape (3, 3, in_channels, out_channels); normal, with variance 2 / (9 in_channels)."""
    rng = rng or np.random.default_rng()
    return rng.normal(0.0, np.sqrt(2 / (9 * in_channels)), (3, 3, in_channels, out_channels))


def kaiming_normal_weights(out_features: int, in_features: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """Random weights of shape (out_features, in_features); normal, with variance 2 / in_features (He et al., 2015)."""
    rng = rng or np.random.default_rng()
    return rng.normal(0.0, np.sqrt(2 / in_features), (out_features, in_features))


def initialize_uniform_bias(in_features: int, out_features: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """Random biases of shape (out_features,), uniform between -1 and 1 over the root of in_features."""
    rng = rng or np.random.default_rng()
    bound = 1 / np.sqrt(in_features)
    return rng.uniform(-bound, bound, out_features)
