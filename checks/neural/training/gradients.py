"""What must hold of ``check_gradients``. Oracle: finite differences."""

import numpy as np

from checks.language import Piece
from checks.neural.training.shared import SPY, array, labels, mean_loss, slopes


def gradient_cases(rng):
    first = dict(W=np.array([[1.0, -1.0]]), X=np.array([[1.0]]), y=np.array([0]), h=1e-5, samples=100)
    yield first | dict(factor=2.0, shift=0.0)
    yield first | dict(factor=1.0, shift=0.0)
    yield first | dict(factor=1.0, shift=3e-6, X=np.array([[0.0]]))
    shift = float(rng.uniform(0.1, 1))
    for n, d, k, wrong in (
        (3, 2, 3, dict(factor=0.0, shift=0.0, h=1e-5, samples=100)),
        (4, 2, 3, dict(factor=1.0, shift=shift, h=1e-5, samples=6)),
        (4, 2, 3, dict(factor=1.0, shift=-shift, h=1e-5, samples=7)),
        (5, 3, 2, dict(factor=-1.0, shift=0.0, h=0.5, samples=9)),
    ):
        yield dict(W=array(rng, d, k), X=array(rng, n, d), y=labels(rng, n, k)) | wrong


def measured(W, b, X, y, h):
    found = [np.zeros(W.shape), np.zeros(b.shape)]
    for own, result in zip((W, b), found):
        for index in np.ndindex(own.shape):
            kept, sides = own[index], []
            for moved in (kept + h, kept - h):
                own[index] = moved
                sides.append(mean_loss(X @ W + b, y))
            own[index] = kept
            result[index] = (sides[0] - sides[1]) / (2 * h)
    return found


def gradient_gaps(W, X, y, factor, shift, h):
    b = np.zeros(W.shape[1])
    computed = slopes(W, b, X, y)
    computed = [computed[0] * factor, computed[1].copy()]
    computed[0][-1, -1] += shift
    return [float(abs(c - m).max() / (abs(m).max() + 1e-6)) for c, m in zip(computed, measured(W, b, X, y, h))]


WRONG = """
    class Wrong(Linear):
        def backward(self, dy):
            dx = super().backward(dy)
            self.grads[0] *= factor
            self.grads[0][-1, -1] += shift
            return dx
    model = Sequential(Wrong(*W.shape))
    model.layers[0].weight[...] = W
"""
gradients = Piece("neural.training:check_gradients")
gradients.asks(
    WRONG + "    rng = np.random.default_rng(0)\n"
    "    check_gradients(model, SoftmaxCrossEntropy(), X, y, samples=samples, h=h, rng=rng)",
    "a number near 0 for right slopes, and the size of the error for wrong ones, looking at all entries",
    cases=gradient_cases,
    answer=gradient_gaps,
    rtol=1e-4,
    atol=1e-4,
)


gradients.asks(
    """
    class HalfWrong(Linear):
        def forward(self, x):
            moved.update(np.flatnonzero(self.weight != W).tolist())
            return super().forward(x)
        def backward(self, dy):
            dx = super().backward(dy)
            halves = dict(first=slice(0, 20), last=slice(20, 40), even=slice(0, 40, 2))
            self.grads[0].flat[halves[half]] += 1.0
            return dx
    layer, X, y, moved = HalfWrong(10, 4), np.ones((2, 10)), np.array([0, 3]), set()
    W, rng = layer.weight.copy(), np.random.default_rng(seed)
    gaps = check_gradients(Sequential(layer), SoftmaxCrossEntropy(), X, y, samples=20, rng=rng)
    {"gap above 0.1": [gap > 0.1 for gap in gaps], "different entries of the weight": len(moved)}
    """,
    "20 different entries of 40, chosen by chance, find an array of which half is wrong",
    cases=lambda rng: [dict(half=h, seed=int(rng.integers(1000))) for h in ("first", "last", "even")],
    answer=lambda: {"gap above 0.1": [True, False], "different entries of the weight": 20},
)
STILL = """
    model = Spy(Linear(3, 5), BatchNorm(5))
    model(X)
    model.train(training)
    before, loss, seen[:] = snapshot(model), SoftmaxCrossEntropy(), []
    gaps = check_gradients(model, loss, X, y, rng=np.random.default_rng(7))
    same = [bool((a == b).all()) for a, b in zip(before, snapshot(model))]
    modes = [sorted({mode for _, mode in seen}), model.training]
    dict(small=max(gaps) < 1e-3, as_before=same, modes=modes, passes=len(seen) in (51, 52))
"""
gradients.asks(
    SPY + STILL,
    "slopes agree; parameters, buffers and mode are as before; 1 + 2 * (10 + 5 + 5 + 5) forward passes are enough",
    cases=lambda rng: [dict(X=array(rng, 4, 3), y=np.array([0, 4, 1, 1]), training=mode) for mode in (True, False)],
    answer=lambda training: dict(small=True, as_before=[True] * 6, modes=[[training], training], passes=True),
)
gradients.mistake("BatchNorm's running averages moved in the passes: put all back.", "    restore(model, saved)\n", "")
gradients.mistake("Errors below 0 count, too: take absolute values before the largest.", "np.abs(computed", "(computed")
gradients.mistake("You always look at the first entries: let `rng` choose.", "rng.permutation(", "np.arange(")
gradients.mistake("Divide by the size of the measured slopes.", " / (np.abs(measured).max() + 1e-6)", "")
gradients.mistake("Divide by the largest *measured* slope.", "(np.abs(measured)", "(np.abs(computed.flat[places])")
gradients.mistake(
    "You took the largest of the quotients: divide the largest error by the largest slope.",
    "errors.max() / (np.abs(measured).max() + 1e-6)",
    "(errors / (np.abs(measured) + 1e-6)).max()",
)
gradients.mistake("Some entries were chosen twice.", "permutation(param.size)[:samples]", "choice(param.size, samples)")
gradients.mistake("Leave the model in the mode that it is in.", "    loss(", "    model.eval()\n    loss(")
gradients.mistake("You look at every entry: for a real network that takes hours.", ")[:samples]", ")")
gradients.hint("First one ordinary forward and backward pass. Then a loop over `zip(model.params, model.grads)`.")
gradients.hint("`rng.permutation(n)[:samples]` are up to `samples` different whole numbers from 0 to n - 1.")
gradients.hint("`array.flat[places]` takes the entries with these numbers; `snapshot` and `restore` frame it all.")
