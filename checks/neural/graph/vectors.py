"""What must hold of ``dense_backward`` and ``cross_entropy_backward``. Oracles: unit steps, NumPy."""

import numpy as np

from checks.language import Piece
from checks.neural.graph.shared import by_unit_steps, numbers


def layers(rng):
    w = np.array([[3.0, -1.0], [0.5, 1.0]])
    yield dict(gradient=np.array([10.0, 1.0]), x=np.array([1.0, 2.0]), w=w, b=np.zeros(2))
    yield dict(gradient=np.array([1.0]), x=np.array([3.0]), w=np.array([[2.0]]), b=np.array([5.0]))
    yield dict(gradient=np.ones(2), x=np.ones(2), w=np.array([[1.0, 4.0], [4.0, 2.0]]), b=np.ones(2))
    for m, n in ((2, 3), (4, 2), (1, 5), (3, 1)):
        yield dict(gradient=numbers(rng, m), x=numbers(rng, n), w=numbers(rng, m, n), b=numbers(rng, m))


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
