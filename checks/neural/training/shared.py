"""What the checks of ``neural.training`` share.

Oracle of everything that trains: softmax regression and gradient descent, written again in NumPy, on the batches that
``rng.permutation`` deals. Models in the questions are one Linear layer, so that this is enough.
"""

import numpy as np


def array(rng, *shape, size=2.0):
    return rng.uniform(-size, size, size=shape).round(3)


def labels(rng, n, k):
    return rng.integers(0, k, size=n)


def mean_loss(scores, y):
    scores = scores - scores.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(y)), y]))


def slopes(W, b, X, y):
    """Slopes of the mean loss for the weights and the bias."""
    powers = np.exp(X @ W + b - (X @ W + b).max(axis=1, keepdims=True))
    errors = powers / powers.sum(axis=1, keepdims=True) - np.eye(W.shape[1])[y]
    return X.T @ errors / len(X), errors.mean(axis=0)


def one_epoch(W, b, X, y, batch_size, rate, rng):
    """The loss, weights and bias after one epoch of gradient descent."""
    order, total = rng.permutation(len(X)), 0.0
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        total += mean_loss(X[rows] @ W + b, y[rows]) * len(rows)
        dW, db = slopes(W, b, X[rows], y[rows])
        W, b = W - rate * dW, b - rate * db
    return total / len(X), W, b


SPY = """
    seen = []
    class Spy(Sequential):
        def forward(self, x):
            seen.append((len(x), self.training))
            return super().forward(x)
"""


def loss_and_accuracy(X, y):
    return mean_loss(X, y), float(np.mean(X.argmax(axis=1) == y))
