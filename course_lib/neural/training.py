"""The training loop: from raw images to a trained network, its curves, and its weights in a file.

A *model* is a layer of `course_lib.neural.layers`, a `Sequential` for instance: called with rows, shape (n, d), it
answers with scores, shape (n, k). A *loss* is an object like `SoftmaxCrossEntropy`: ``loss(scores, labels)`` is the
mean over the rows, a number, and ``loss.backward()`` then gives its slopes for these scores. An optimizer is one of
`course_lib.ml.optimizers`.

Sources: LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition" (1998); Goodfellow,
Bengio, Courville, *Deep Learning*, chapters 7, 8 and 11; Karpathy, "A Recipe for Training Neural Networks" (2019).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from course_lib.ml.data import minibatches
from course_lib.ml.evaluation import EarlyStopping, accuracy_score
from course_lib.ml.optimizers import Optimizer
from course_lib.neural.layers import (
    BatchNorm,
    Dropout,
    Layer,
    Linear,
    ReLU,
    Sequential,
    SoftmaxCrossEntropy,
    xavier_normal,
)

Arrays = list[np.ndarray]
History = dict[str, list[float]]


def normalise_images(images: np.ndarray, mean: float = 0.0, std: float = 255.0) -> np.ndarray:
    """Images as rows for a network: (pixel - mean) / std, a new array of float32.

    ``images`` has shape (n, height, width), n at least 1, and dtype uint8: whole numbers from 0 to 255, which stay as
    they were. The result has shape (n, height * width): each image line by line, from the top. ``mean`` and ``std`` are
    numbers, integers or floats of Python or NumPy, measured in the units of the pixels.

    ``normalise_images(np.array([[[0, 255], [51, 102]]], dtype=np.uint8))`` is ``[[0.0, 1.0, 0.2, 0.4]]``, with the
    rounding of float32. With mean 51 and std 51 the same image becomes ``[[-1.0, 4.0, 0.0, 1.0]]``.
    """
    rows = images.reshape(len(images), -1).astype(np.float32)
    return (rows - np.float32(mean)) / np.float32(std)


def mlp(sizes: Sequence[int], *, rng: np.random.Generator, normalise: bool = True, dropout: float = 0.0) -> Sequential:
    """A network of Linear layers: ``mlp((784, 256, 10), rng=rng)`` has one hidden layer of 256.

    Each hidden layer is a Linear with He's weights, a BatchNorm (if ``normalise``), a ReLU, and a Dropout (if
    ``dropout`` is above 0). The last one is a Linear alone, whose weights begin ten times smaller than Xavier's, so
    that a new network takes all classes to be about equally likely. Arrays are float64; ``.astype(np.float32)``
    converts them.
    """
    layers: list[Layer] = []
    for n_in, n_out in zip(sizes[:-2], sizes[1:-1]):
        layers += [Linear(n_in, n_out, rng)] + ([BatchNorm(n_out)] if normalise else []) + [ReLU()]
        layers += [Dropout(dropout, rng)] if dropout else []
    last = Linear(sizes[-2], sizes[-1], rng, xavier_normal)
    last.weight *= 0.1
    return Sequential(*layers, last)


# ------------------------------------------------------------------ before training


def measured_slope(
    model: Layer, loss: SoftmaxCrossEntropy, X: np.ndarray, y: np.ndarray, param: np.ndarray, place: int, h: float
) -> float:
    """The slope of the loss for one entry of a parameter array, by central differences: two forward passes.

    ``place`` counts the entries of ``param`` from 0, line by line. The entry is put back exactly as it was.
    """
    kept, sides = param.flat[place], []
    for moved in (kept + h, kept - h):
        param.flat[place] = moved
        sides.append(loss(model(X), y))
    param.flat[place] = kept
    return (sides[0] - sides[1]) / (2 * h)


def check_gradients(
    model: Layer,
    loss: SoftmaxCrossEntropy,
    X: np.ndarray,
    y: np.ndarray,
    *,
    samples: int = 10,
    h: float = 1e-5,
    rng: np.random.Generator,
) -> list[float]:
    """Compare the slopes that a model computes with measured ones; one number for each parameter array, a list.

    The slopes computed for the batch X, y come from one forward pass, one of the loss and their backward passes, and
    are then in ``model.grads``. They are compared at some entries of each array: at all of them if it has no more than
    ``samples``, else at ``samples`` different ones that ``rng`` chooses, each entry with the same chance. At each of
    them `measured_slope` is called once, with ``h``. The number for an array is then, over its chosen entries,

        largest |computed - measured|  /  (largest |measured| + 1e-6)

    It is near 0 if all is well, and 1 if for instance the computed slopes are twice as large as they should be. (The
    1e-6 is there for slopes that are 0, like those of a bias before a BatchNorm.)

    The mode stays the one that the model is in, training or eval. Afterwards its parameters and buffers are exactly as
    they were, even if they moved in the forward passes, as BatchNorm's running averages do. The model holds float64.
    With a Dropout in training mode no two passes agree, so such a model is to be in eval mode.
    """
    saved, gaps = snapshot(model), []
    loss(model(X), y)
    model.backward(loss.backward())
    for param, computed in zip(model.params, model.grads):
        places = rng.permutation(param.size)[:samples]
        measured = np.array([measured_slope(model, loss, X, y, param, place, h) for place in places])
        errors = np.abs(computed.flat[places] - measured)
        gaps.append(float(errors.max() / (np.abs(measured).max() + 1e-6)))
    restore(model, saved)
    return gaps


# ------------------------------------------------------------------ one epoch, and what it was worth


def train_epoch(
    model: Layer,
    loss: SoftmaxCrossEntropy,
    optimizer: Optimizer,
    X: np.ndarray,
    y: np.ndarray,
    batch_size: int,
    *,
    rng: np.random.Generator,
) -> float:
    """Train a model on all rows once, in mini-batches; returns the mean loss, a number.

    First the model is switched to training mode, and it is left in that. The batches are those of one call
    ``minibatches(X, y, batch_size, rng=rng)``. Each of them is one step: scores, loss, slopes backwards through loss
    and model, and then ``optimizer.step(model.params, model.grads)``, which changes the parameters in place.

    The result is the mean over all n rows (at least 1) of the losses, each as it was before the step of its batch. The
    last batch may be smaller than the others, and then counts for less: losses of 0.4 for a batch of 3 rows and 0.8 for
    one of a single row make (3 * 0.4 + 1 * 0.8) / 4 = 0.5.
    """
    model.train()
    total = 0.0
    for X_batch, y_batch in minibatches(X, y, batch_size, rng=rng):
        total += loss(model(X_batch), y_batch) * len(y_batch)
        model.backward(loss.backward())
        optimizer.step(model.params, model.grads)
    return total / len(y)


def predict_scores(model: Layer, X: np.ndarray, batch_size: int = 1000) -> np.ndarray:
    """The model's scores for all rows, in eval mode: shape (n, k), in the order of the rows of X, shape (n, d).

    n and ``batch_size`` are at least 1. The model is called with at most ``batch_size`` rows at a time, so that memory
    does not run out. Whether the model was in training mode or in eval mode before (``model.training``), it is so again
    afterwards.
    """
    before = model.training
    model.eval()
    scores = [model(X[start : start + batch_size]) for start in range(0, len(X), batch_size)]
    model.train(before)
    return np.concatenate(scores)


def classify(model: Layer, X: np.ndarray) -> np.ndarray:
    """The class with the highest score for each row of X, shape (n,)."""
    return np.argmax(predict_scores(model, X), axis=1)


def evaluate(model: Layer, loss: SoftmaxCrossEntropy, X: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Mean loss and accuracy of a model on n rows X with labels y, n at least 1: a tuple of two numbers.

    Both are taken from the scores that ``predict_scores(model, X)`` gives, so from eval mode. The loss is the mean over
    all rows that ``loss(scores, y)`` answers. The accuracy is the share of the rows whose label has the highest of the
    row's scores; of equal scores the first one counts, and no other. Nothing is learned: parameters, buffers and mode
    are then as before.

    If the scores of three rows are [[2, 1], [0, 3], [0, 1]] and their labels [0, 1, 0], the accuracy is 2/3, and the
    loss of `SoftmaxCrossEntropy` about (0.313 + 0.049 + 1.313) / 3 = 0.558.
    """
    scores = predict_scores(model, X)
    return loss(scores, y), accuracy_score(y, scores.argmax(axis=1))


# ------------------------------------------------------------------ keeping the best


def snapshot(model: Layer) -> Arrays:
    """All that a model has learned, as a new list: first copies of ``model.params``, then copies of ``model.buffers``.

    Both are lists of arrays, and the order within them is kept. The copies have the dtypes of their originals, and are
    the caller's: they stay as they are while the model trains on.
    """
    return [array.copy() for array in [*model.params, *model.buffers]]


def restore(model: Layer, saved: Arrays) -> None:
    """Put the numbers of a `snapshot` back into the model's own arrays, in place.

    ``saved`` is a list of arrays: first one for each of ``model.params``, then one for each of ``model.buffers``. It
    stays as it was, whatever the model does later, and can be restored again. Nothing is returned.
    Raises `ValueError` if ``saved`` has another number of arrays than the model, or an array of another shape than its
    counterpart; then the model is left exactly as it was.
    """
    own = [*model.params, *model.buffers]
    if [array.shape for array in own] != [array.shape for array in saved]:
        raise ValueError(f"{len(saved)} arrays do not fit the {len(own)} of this model, or their shapes differ")
    for array, kept in zip(own, saved):
        array[...] = kept


def save_weights(model: Layer, path: str | Path) -> None:
    """Write a model's `snapshot` to a file in NumPy's format for several arrays; its name usually ends in .npz."""
    with open(path, "wb") as file:
        np.savez(file, *snapshot(model))


def load_weights(model: Layer, path: str | Path) -> None:
    """Read what `save_weights` wrote into a model of the same shapes."""
    with np.load(path) as file:
        restore(model, [file[name] for name in file.files])


def fit(
    model: Layer,
    loss: SoftmaxCrossEntropy,
    optimizer: Optimizer,
    X: np.ndarray,
    y: np.ndarray,
    X_val: np.ndarray,
    y_val: np.ndarray,
    *,
    epochs: int,
    batch_size: int,
    patience: int,
    rng: np.random.Generator,
    schedule: Callable[[int], float] | None = None,
    after_epoch: Callable[[History], None] | None = None,
) -> History:
    """Train for ``epochs`` epochs or until the validation loss stops falling; the model keeps its best weights.

    Returns a history: a dict with the keys "train_loss", "val_loss" and "val_accuracy", and for each a list with one
    number an epoch. Each epoch, counted from 0,

    - sets ``optimizer.learning_rate`` to ``schedule(epoch)``, if a schedule is given;
    - is one call of `train_epoch`, with ``batch_size`` and ``rng``, and one of `evaluate` on X_val, y_val; what they
      return goes into the history;
    - then calls ``after_epoch(history)``, if it is given, for whoever wants to watch.

    Stops after the epoch in which the validation loss has not been lower than its lowest value so far for ``patience``
    epochs in a row (at least 1); `EarlyStopping` keeps the count. At the end, whether stopped or not, parameters and
    buffers are those after the epoch with the lowest validation loss, the first of them if there are several. If no
    validation loss was a number (all NaN), or there were no epochs, they are left as they are.
    """
    history: History = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    stopping, best = EarlyStopping(patience), None
    for epoch in range(epochs):
        if schedule is not None:
            optimizer.learning_rate = schedule(epoch)
        history["train_loss"].append(train_epoch(model, loss, optimizer, X, y, batch_size, rng=rng))
        val_loss, val_accuracy = evaluate(model, loss, X_val, y_val)
        history["val_loss"].append(val_loss)
        history["val_accuracy"].append(val_accuracy)
        stop = stopping.update(val_loss)
        if stopping.best_epoch_ == epoch:
            best = snapshot(model)
        if after_epoch is not None:
            after_epoch(history)
        if stop:
            break
    if best is not None:
        restore(model, best)
    return history
