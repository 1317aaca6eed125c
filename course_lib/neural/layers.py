"""Layers as objects, with gradients by hand, and what makes deep stacks of them trainable.

A layer takes a batch of rows, shape (n, size), and remembers in `forward` what its `backward` will need. `backward` is
handed the slopes of the loss with respect to the layer's output and returns those with respect to its input. On the
way it puts the slopes for the layer's own parameters into ``grads``, in the order of ``params``; each call overwrites
what the last one left. Training a model is then

    scores = model(x)
    value = loss(scores, labels)
    model.backward(loss.backward())
    optimizer.step(model.params, model.grads)

with any optimizer of `course_lib.ml.optimizers`. Arrays are float64, or float32 throughout after
``model.astype(np.float32)`` if the batches are float32 too.

Sources: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010); He, Zhang,
Ren, Sun, "Delving Deep into Rectifiers" (2015) and "Deep Residual Learning for Image Recognition" (2016); Ioffe,
Szegedy, "Batch Normalization" (2015); Srivastava et al., "Dropout" (2014); Pascanu, Mikolov, Bengio, "On the difficulty
of training recurrent neural networks" (2013), for clipping; Goodfellow, Bengio, Courville, *Deep Learning*, chapters 7
and 8.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from course_lib.foundations.matrix import ShapeError
from course_lib.ml.linear import log_softmax, sigmoid, softmax

Arrays = list[np.ndarray]

# ------------------------------------------------------------------ how weights begin


def xavier_normal(n_in: int, n_out: int, *, rng: np.random.Generator) -> np.ndarray:
    """Weights of shape (n_in, n_out) for a layer with tanh or no activation, drawn as Glorot and Bengio advise.

    The entries are independent and normally distributed, with mean 0 and variance 2 / (n_in + n_out). All chance comes
    from ``rng``: the same seed gives the same weights, and a second call with one generator gives others.
    """
    return rng.normal(0, math.sqrt(2 / (n_in + n_out)), size=(n_in, n_out))


def he_normal(n_in: int, n_out: int, *, rng: np.random.Generator) -> np.ndarray:
    """Weights of shape (n_in, n_out) for a layer that is followed by ReLU, drawn as He and others advise.

    The entries are independent and normally distributed, with mean 0 and variance 2 / n_in, whatever ``n_out`` is. All
    chance comes from ``rng``: the same seed gives the same weights, and a second call with one generator gives others.
    """
    return rng.normal(0, math.sqrt(2 / n_in), size=(n_in, n_out))


# ------------------------------------------------------------------ layers


class Layer:
    """What all layers share; each adds a `forward` and a `backward`.

    Attributes: ``training``, True at first, which some layers obey; ``params``, a list of the arrays that training
    changes; ``grads``, their slopes in the same order, from the last `backward`; ``buffers``, a list of arrays that are
    part of a trained layer but have no slopes.
    """

    def __init__(self):
        self.training = True
        self.grads: Arrays = [np.zeros_like(p) for p in self.params]

    @property
    def params(self) -> Arrays:
        return []

    @property
    def buffers(self) -> Arrays:
        return []

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self.forward(x)

    def train(self, mode: bool = True) -> Layer:
        """Switch to training, or with False away from it; returns the layer itself."""
        self.training = mode
        return self

    def eval(self) -> Layer:
        """Switch to use: nothing is learned or left to chance. Returns the layer itself."""
        return self.train(False)

    def astype(self, dtype: type) -> Layer:
        """Convert all arrays of the layer, to np.float32 for instance; returns the layer itself."""
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                setattr(self, name, value.astype(dtype))
        self.grads = [np.zeros_like(p) for p in self.params]
        return self


class Linear(Layer):
    """``x @ weight + bias``, from rows of n_in numbers to rows of n_out.

    ``init`` draws the weights, by default it is `he_normal`; the bias begins at 0. Without ``rng`` a generator with
    seed 0 is used, so that two such layers of one shape begin alike.
    """

    def __init__(self, n_in: int, n_out: int, rng: np.random.Generator | None = None, init: Callable | None = None):
        self.weight = (init or he_normal)(n_in, n_out, rng=np.random.default_rng(0) if rng is None else rng)
        self.bias = np.zeros(n_out)
        super().__init__()

    @property
    def params(self) -> Arrays:
        return [self.weight, self.bias]

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Rows of shape (n, n_in) to rows of shape (n, n_out)."""
        if x.ndim != 2 or x.shape[1] != len(self.weight):
            raise ShapeError(f"this layer takes rows of {len(self.weight)} numbers, got an array of shape {x.shape}")
        self.x = x
        return x @ self.weight + self.bias

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """From the slopes of the loss for the output, shape (n, n_out), to those for the input, shape (n, n_in).

        ``self.x``, shape (n, n_in), is the input of the last `forward`. Puts a new list of new arrays into
        ``self.grads``: the slopes for ``self.weight``, shape (n_in, n_out), and for ``self.bias``, shape (n_out,),
        added up over the rows and not averaged: if the loss is a mean, ``dy`` has been divided already. ``dy`` and the
        parameters stay as they were.

        With weight [[1, 2], [3, 4]], x = [[10, 20]] and dy = [[1, -1]] the result is [[-1, -1]], and ``grads`` holds
        [[10, -10], [20, -20]] and [1, -1].
        """
        self.grads = [self.x.T @ dy, dy.sum(axis=0)]
        return dy @ self.weight.T


class ReLU(Layer):
    """Negative entries become 0; the slope at 0 is taken to be 0."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.open = x > 0
        return np.maximum(x, 0)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy * self.open


class Tanh(Layer):
    """The hyperbolic tangent of every entry; its slope is 1 - tanh squared."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy * (1 - self.y**2)


class Sigmoid(Layer):
    """The logistic function s of every entry; its slope is s (1 - s), never more than 1/4."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.y = sigmoid(x)
        return self.y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy * self.y * (1 - self.y)


class Container(Layer):
    """A layer made of layers, in ``self.layers``: it has their parameters, and passes `train` and `eval` on to them."""

    def __init__(self, *layers: Layer):
        self.training = True
        self.layers = list(layers)

    @property
    def params(self) -> Arrays:
        return [p for layer in self.layers for p in layer.params]

    @property
    def grads(self) -> Arrays:
        return [g for layer in self.layers for g in layer.grads]

    @property
    def buffers(self) -> Arrays:
        return [b for layer in self.layers for b in layer.buffers]

    def train(self, mode: bool = True) -> Container:
        for layer in self.layers:
            layer.train(mode)
        return super().train(mode)

    def astype(self, dtype: type) -> Container:
        for layer in self.layers:
            layer.astype(dtype)
        return self


class Sequential(Container):
    """Layers one after the other: ``Sequential(Linear(64, 32), ReLU(), Linear(32, 10))``."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        for layer in self.layers:
            x = layer(x)
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """The slopes of the loss for the input of the first layer, from those for the output of the last one, ``dy``.

        Every layer in the list ``self.layers`` gets one call of its `backward`, no more. It is handed the slopes
        for its own output, which is the input of the layer after it. Without any layers ``dy`` itself is the result.
        """
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        return dy


class BatchNorm(Layer):
    """Brings each of ``num_features`` columns to mean 0 and variance 1 over the batch, then scales and shifts it.

    ``gamma`` and ``beta`` are learned. ``running_mean`` and ``running_var`` are averages over the batches seen in
    training, for use when training is over. ``eps`` keeps the root away from 0; ``momentum`` is the share of a new
    batch in the running averages, as in PyTorch.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1):
        self.eps, self.momentum = eps, momentum
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        super().__init__()

    @property
    def params(self) -> Arrays:
        return [self.gamma, self.beta]

    @property
    def buffers(self) -> Arrays:
        return [self.running_mean, self.running_var]

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Normalise each column of x, shape (n, num_features), as a new array.

        While ``self.training`` is true, the ruler is this batch: for each column its mean, and its variance, which is
        the mean of the squared distances from the mean (divide by n). The running averages move: with m for
        ``self.momentum``, ``self.running_mean`` becomes (1 - m) times itself plus m times the batch's mean, and
        ``self.running_var`` (1 - m) times itself plus m times the batch's *unbiased* variance, the one divided by
        n - 1. Raises `ValueError` for a batch of one row, which has no spread, before anything moves. If
        ``self.training`` is false, the running averages are the ruler, they stay as they are, and one row will do.

        In both cases ``self.std`` is kept for `backward`, the root of (variance + ``self.eps``), shape (num_features,),
        and ``self.x_hat``, which is (x - mean) / ``self.std``, shape (n, num_features). The result is ``self.gamma``
        times x_hat plus ``self.beta``.

        A new ``BatchNorm(1, eps=0.0)`` turns [[1], [3], [5]], with mean 3 and variance 8/3, into about
        [[-1.22], [0], [1.22]]; afterwards its running mean is 0.3 and its running variance 0.9 * 1 + 0.1 * 4 = 1.3.
        """
        mean, var = self.running_mean, self.running_var
        if self.training:
            n = len(x)
            if n < 2:
                raise ValueError(f"a batch of {n} has no spread: BatchNorm needs 2 rows or more in training")
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var * n / (n - 1)
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        return self.gamma * self.x_hat + self.beta

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """From the slopes for the output to those for the input, both of shape (n, num_features).

        ``self.x_hat`` and ``self.std`` are those of the last `forward`. Puts a new list into ``self.grads``: the slopes
        for ``self.gamma`` and for ``self.beta``, each of shape (num_features,) and added up over the rows. If
        ``self.training`` is true, mean and variance depend on every row of x, and the result takes that into account.
        If it is false, they are constants. ``dy`` and what is kept of `forward` stay as they were.

        After ``BatchNorm(1, eps=0.0)`` was trained on [[1], [3], [5]], dy = [[1], [0], [0]] gives about
        [[0.102], [-0.204], [0.102]]; in eval mode, with std 1, it would give [[1], [0], [0]].
        """
        self.grads = [(dy * self.x_hat).sum(axis=0), dy.sum(axis=0)]
        s = dy * self.gamma
        if self.training:
            s = s - s.mean(axis=0) - self.x_hat * (s * self.x_hat).mean(axis=0)
        return s / self.std


class Dropout(Layer):
    """Sets entries to 0 by chance while training, and does nothing otherwise; without ``rng`` the seed is 0."""

    def __init__(self, p: float = 0.5, rng: np.random.Generator | None = None):
        if not 0 <= p < 1:
            raise ValueError(f"p must be at least 0 and below 1, got {p}")
        self.p = p
        self.rng = np.random.default_rng(0) if rng is None else rng
        super().__init__()

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Drop entries of x, floats in an array of any shape with one axis or more; x itself stays as it was.

        While ``self.training`` is true, every entry is set to 0 with probability ``self.p``, independently of all
        others and anew in each call, and the entries that are kept are divided by 1 - p. All chance comes from
        ``self.rng``. By what each entry was multiplied, 0 or 1 / (1 - p), is kept in ``self.mask`` for `backward`, an
        array of x's shape. If ``self.training`` is false, the result has the entries of x, no number is drawn, and the
        mask does not count.
        """
        if not self.training:
            return x
        self.mask = (self.rng.random(x.shape) >= self.p).astype(x.dtype) / (1 - self.p)
        return x * self.mask

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """From the slopes for the output to those for the input, of the same shape; ``dy`` stays as it was.

        ``self.mask`` says by what `forward` multiplied each entry. If ``self.training`` is false, `forward` changed
        nothing: the result has the entries of ``dy``, whether there is a mask of earlier calls or none at all.
        """
        return dy * self.mask if self.training else dy


class ResidualBlock(Container):
    """The input plus what two layers make of it: ``skip(x) + branch(x)``, rows of in_channels to out_channels numbers.

    The branch is Linear, ReLU, Linear; its last weights begin at 0, so that a new block adds nothing. If the sizes are
    equal, ``skip`` is None and the input itself is added, else ``skip`` is a Linear that brings it to out_channels.
    """

    def __init__(self, in_channels: int, out_channels: int, rng: np.random.Generator | None = None):
        rng = np.random.default_rng(0) if rng is None else rng
        last = Linear(out_channels, out_channels, rng)
        last.weight[...] = 0
        self.branch = Sequential(Linear(in_channels, out_channels, rng), ReLU(), last)
        self.skip = Linear(in_channels, out_channels, rng, xavier_normal) if in_channels != out_channels else None
        super().__init__(self.branch, *([self.skip] if self.skip else []))

    def forward(self, x: np.ndarray) -> np.ndarray:
        return self.branch(x) + (self.skip(x) if self.skip else x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        """From the slopes for the output, shape (n, out_channels), to those for the input, shape (n, in_channels).

        The output was ``self.branch(x) + self.skip(x)``, or ``self.branch(x) + x`` where ``self.skip`` is None. Both
        are layers, and the `backward` of each is to be called once, so that their ``grads`` are set. ``dy`` stays as it
        was. If the branch turns dy = [[10]] into [[30]] and ``self.skip`` is None, the result is [[40]].
        """
        through = self.branch.backward(dy)
        return through + (self.skip.backward(dy) if self.skip else dy)


class SoftmaxCrossEntropy:
    """Softmax and cross-entropy in one: the mean surprise, in nats, of scores (n, k) at labels (n,) from 0 to k - 1."""

    def forward(self, scores: np.ndarray, labels: np.ndarray) -> float:
        if scores.ndim != 2 or labels.shape != scores.shape[:1]:
            raise ShapeError(f"scores of shape {scores.shape} do not match labels of shape {labels.shape}")
        if labels.min() < 0 or labels.max() >= scores.shape[1]:
            raise ValueError(f"labels from {labels.min()} to {labels.max()} do not fit {scores.shape[1]} classes")
        self.scores, self.labels = scores, labels
        return float(-np.mean(log_softmax(scores)[np.arange(len(labels)), labels]))

    def backward(self) -> np.ndarray:
        """The slopes of the loss for the scores: probabilities minus one-hot labels, over the number of rows."""
        slopes = softmax(self.scores)
        slopes[np.arange(len(slopes)), self.labels] -= 1
        return slopes / len(slopes)

    def __call__(self, scores: np.ndarray, labels: np.ndarray) -> float:
        return self.forward(scores, labels)


# ------------------------------------------------------------------ gradients, before the step


def add_weight_decay(params: Arrays, grads: Arrays, strength: float = 1e-4) -> float:
    """Add the slopes of ``strength`` times the sum of all squared weights to ``grads``, in place; returns that penalty.

    Only arrays with two axes are weights: biases, and BatchNorm's gamma and beta, are left alone.
    """
    weights = [(w, g) for w, g in zip(params, grads) if w.ndim == 2]
    for w, g in weights:
        g += 2 * strength * w
    return float(strength * sum((w**2).sum() for w, _ in weights))


def clip_gradients(grads: Arrays, max_norm: float) -> float:
    """Shorten the gradient to length ``max_norm`` if it is longer; returns its length before that, a number.

    ``grads`` is a list of float arrays of any shapes, which together are *one* long vector, the gradient. Its length is
    the root of the sum of all squared entries of all arrays. If that is more than ``max_norm``, every array is
    multiplied, in place, by ``max_norm`` / length; otherwise all stay as they were. Of no arrays the length is 0.

    With [3, 0] and [[4]], ``max_norm`` 1 returns 5 and leaves [0.6, 0] and [[0.8]].
    """
    length = math.sqrt(sum((g**2).sum() for g in grads))
    if length > max_norm:
        for g in grads:
            g *= max_norm / length
    return length
