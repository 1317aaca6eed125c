"""What must hold of ``train_epoch``."""

import numpy as np

from checks.language import Piece
from checks.neural.training.shared import SPY, array, labels, one_epoch


def epochs(rng):
    first = dict(W=np.array([[1.0, -1.0]]), X=np.array([[2.0]]), y=np.array([1]), batch_size=1, rate=1.0, seed=3)
    yield first
    yield first | dict(X=np.zeros((2, 1)), y=np.array([0, 1]), batch_size=2)  # all slopes are 0
    yield first | dict(X=np.array([[2.0], [1.0], [-1.0], [0.5]]), y=np.array([1, 0, 1, 1]), batch_size=3)
    for n, d, k, size in ((5, 2, 3, 5), (7, 2, 3, 2), (6, 3, 2, 4), (8, 2, 4, 50)):
        drawn = dict(W=array(rng, d, k), X=array(rng, n, d), y=labels(rng, n, k), seed=int(rng.integers(1, 1000)))
        yield drawn | dict(batch_size=size, rate=round(float(rng.uniform(0.1, 1)), 2))


TRAIN = """
    from course_lib.ml.optimizers import GradientDescent
    model, loss, optimizer = Sequential(Linear(*W.shape)), SoftmaxCrossEntropy(), GradientDescent(rate)
    model.layers[0].weight[...] = W
    rng = np.random.default_rng(seed)
"""
epoch = Piece("neural.training:train_epoch")
epoch.asks(
    TRAIN + "    value = train_epoch(model, loss, optimizer, X, y, batch_size, rng=rng)\n    [value, *model.params]",
    "the mean loss, the weights and the bias after one epoch of softmax regression",
    cases=epochs,
    answer=lambda W, X, y, batch_size, rate, seed: list(
        one_epoch(W, np.zeros(W.shape[1]), X, y, batch_size, rate, np.random.default_rng(seed))
    ),
)
epoch.asks(
    SPY + "    from course_lib.ml.optimizers import GradientDescent\n"
    "    model, rng = Spy(Linear(2, 2)), np.random.default_rng(0)\n"
    "    model.eval()\n"
    "    train_epoch(model, SoftmaxCrossEntropy(), GradientDescent(0.1), X, y, batch_size, rng=rng)\n"
    "    [seen, model.training, model.layers[0].training]",
    "the batches are all there, in training mode, and the model is left in it",
    cases=[dict(X=np.ones((n, 2)), y=np.arange(n) % 2, batch_size=size) for n, size in ((2, 2), (7, 3), (3, 1))],
    answer=lambda X, batch_size: [
        [(len(X[i : i + batch_size]), True) for i in range(0, len(X), batch_size)],
        True,
        True,
    ],
)
epoch.mistake(
    "You averaged batches: a smaller one counts for less.", "* len(y_batch)", "* len(y) / -(-len(y) // batch_size)"
)
epoch.mistake("The last batch may be smaller than `batch_size`: count its rows.", "* len(y_batch)", "* batch_size")
TOTAL = "total += loss(model(X_batch), y_batch) * len(y_batch)"
REST = "        model.backward(loss.backward())\n        optimizer.step(model.params, model.grads)"
epoch.mistake(
    "You took the loss after the step, not before it.", f"{TOTAL}\n{REST}", f"{TOTAL[9:]}\n{REST}\n        {TOTAL}"
)
epoch.mistake("You returned the sum over the rows; divide by their number.", "total / len(y)", "total")
epoch.mistake("The model stayed in the mode it was in: switch it to training first.", "model.train()\n    ", "")
epoch.mistake(
    "The optimizer steps before the new slopes are there: backwards first.", REST, "\n".join(REST.split("\n")[::-1])
)
epoch.mistake("Hand on the given `rng`, not a generator of your own.", "rng=rng):", "rng=np.random.default_rng(0)):")
epoch.hint("`for X_batch, y_batch in minibatches(X, y, batch_size, rng=rng):` and four things inside.")
epoch.hint("`loss(model(X_batch), y_batch)` is a mean over the batch; times its rows it is a sum, and sums add up.")
