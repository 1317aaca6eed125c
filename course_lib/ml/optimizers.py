"""Optimizers on lists of NumPy arrays, from plain descent to Adam; schedules, robust losses, and a valley to race in.

An optimizer is handed parameters and the gradient of a loss with respect to each, and changes the parameters in place.
It never sees the loss itself.

Sources: Goodfellow, Bengio, Courville, *Deep Learning*, chapter 8; Duchi, Hazan, Singer, "Adaptive Subgradient Methods"
(2011); Kingma, Ba, "Adam: A Method for Stochastic Optimization" (2015); Huber, "Robust Estimation of a Location
Parameter" (1964).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from course_lib.ml.data import minibatches

Arrays = list[np.ndarray]


def matched(params: Arrays | np.ndarray, gradients: Arrays | np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each parameter with its gradient as an array of floats; a single array counts as a list of one.

    Raises TypeError for a parameter that cannot be changed in place (a plain number, an array of integers), and
    ValueError if the numbers of parameters and gradients differ, or the shapes of a parameter and its gradient.
    """
    params = [params] if isinstance(params, np.ndarray) else list(params)
    gradients = [gradients] if isinstance(gradients, np.ndarray) else list(gradients)
    if len(params) != len(gradients):
        raise ValueError(f"{len(params)} parameters cannot be matched with {len(gradients)} gradients")
    for i, (w, g) in enumerate(zip(params, gradients)):
        if not isinstance(w, np.ndarray) or not np.issubdtype(w.dtype, np.floating):
            kind = f"array of {w.dtype}" if isinstance(w, np.ndarray) else type(w).__name__
            raise TypeError(f"parameter {i} must be an array of floats, to be changed in place; it is: {kind}")
        if w.shape != np.shape(g):
            raise ValueError(f"parameter {i} has shape {w.shape}, but its gradient has shape {np.shape(g)}")
    return [(w, np.asarray(g, dtype=float)) for w, g in zip(params, gradients)]


class Optimizer:
    """What all optimizers share: the learning rate, a count of the steps, and a memory for each parameter."""

    def __init__(self, learning_rate: float):
        if not learning_rate > 0:
            raise ValueError(f"learning_rate must be positive, got {learning_rate}")
        self.learning_rate = learning_rate
        self.steps = 0
        self._shapes: list[tuple[int, ...]] | None = None
        self._memories: Arrays = []

    @property
    def lr(self) -> float:
        """The learning rate under its short name."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: float) -> None:
        self.learning_rate = value

    def begin_step(self, params: Arrays | np.ndarray, gradients: Arrays | np.ndarray):
        """Count the step in ``self.steps`` (1 in the first), and return a list of pairs (parameter, gradient).

        A single array counts as a list of one. Refused are lists of different lengths, a gradient of another shape than
        its parameter, parameters that are not arrays of floats, and other shapes than in the first step.
        """
        pairs = matched(params, gradients)
        shapes = [w.shape for w, _ in pairs]
        if self._shapes is not None and self._shapes != shapes:
            raise ValueError(f"this optimizer has begun with shapes {self._shapes}; it cannot go on with {shapes}")
        self._shapes = shapes
        self.steps += 1
        return pairs

    def step(self, params: Arrays | np.ndarray, gradients: Arrays | np.ndarray):
        """Change every parameter in place by one step; returns ``params`` itself. The gradients stay as they are."""
        matches = self.begin_step(params, gradients)
        if self.steps == 1:
            self._memories = [np.zeros_like(w) for w, _ in matches]
        for (w, g), memory in zip(matches, self._memories):
            self.update(w, g, memory)
        return params

    def update(self, w: np.ndarray, g: np.ndarray, memory: np.ndarray) -> None:
        """Change one parameter ``w``, with gradient ``g``, in place; ``memory`` is kept for ``w`` between steps."""
        raise NotImplementedError(f"{type(self).__name__} has no update")


class GradientDescent(Optimizer):
    """Gradient descent, plain or with momentum; ``classical`` chooses between two conventions for the latter."""

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.0, classical: bool = False):
        super().__init__(learning_rate)
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be at least 0 and below 1, got {momentum}")
        self.momentum = momentum
        self.classical = classical

    def update(self, w: np.ndarray, g: np.ndarray, memory: np.ndarray) -> None:
        """Slide without momentum, roll with it."""
        if self.momentum == 0:
            self.slide(w, g)
        else:
            self.roll(w, g, memory)

    def slide(self, w: np.ndarray, g: np.ndarray) -> None:
        """Take one step of plain gradient descent: change the array ``w`` in place, and leave ``g`` as it is.

        ``w`` and its gradient ``g`` are float arrays of one shape, with at least one axis. From every entry of ``w``,
        ``self.learning_rate`` times the matching entry of ``g`` is taken away. Nothing needs to be returned.

        With a learning rate of 0.1 and ``g = np.array([10.0, 10.0])``, ``w = np.array([10.0, 1.0])`` becomes
        ``[9.0, 0.0]``.
        """
        w -= self.learning_rate * g

    def roll(self, w: np.ndarray, g: np.ndarray, v: np.ndarray) -> None:
        """Take one step with momentum: change the arrays ``w`` and ``v`` in place, and leave ``g`` as it is.

        All three are float arrays of one shape, with at least one axis. ``v`` is the velocity: zeros before the first
        step, and afterwards what the previous step left in it. With mu for ``self.momentum`` and alpha for
        ``self.learning_rate``, first v changes and then w, which uses the new v:

        - by default: v becomes mu v + g, and then w becomes w - alpha v;
        - if ``self.classical`` is true: v becomes mu v - alpha g, and then w becomes w + v.

        Nothing needs to be returned. With a rate of 0.1, a momentum of 0.5 and gradients that are ``[10.0]`` twice,
        ``w = np.array([10.0])`` becomes ``[9.0]`` and then ``[7.5]``, by either convention. After the two steps ``v``
        is ``[15.0]`` by default, and ``[-1.5]`` classically.
        """
        v *= self.momentum
        if self.classical:
            v -= self.learning_rate * g
            w += v
        else:
            v += g
            w -= self.learning_rate * v


class Nesterov(GradientDescent):
    """Momentum that corrects itself early: the step uses the velocity as it will be after one more push by ``g``."""

    def __init__(self, learning_rate: float = 0.01, momentum: float = 0.9):
        super().__init__(learning_rate, momentum)

    def roll(self, w: np.ndarray, g: np.ndarray, v: np.ndarray) -> None:
        """v becomes mu v + g, and w becomes w - alpha (g + mu v), both in place."""
        v *= self.momentum
        v += g
        w -= self.learning_rate * (g + self.momentum * v)


class AdaGrad(Optimizer):
    """Each entry has a step of its own: the rate is divided by the root of all its squared gradients so far."""

    def __init__(self, learning_rate: float = 0.01, eps: float = 1e-10):
        super().__init__(learning_rate)
        self.eps = eps

    def update(self, w: np.ndarray, g: np.ndarray, total: np.ndarray) -> None:
        """Take one step: change the arrays ``w`` and ``total`` in place, and leave ``g`` as it is.

        All three are float arrays of one shape, with at least one axis. ``total`` is kept between steps: zeros before
        the first one. First the square of every entry of ``g`` is added to ``total``. Then every entry of ``w`` goes
        down by learning rate times g, divided by (root of the new total, plus ``self.eps``); eps stands outside the
        root. Nothing needs to be returned.

        With a rate of 0.1 and gradients ``[3.0, -300.0]`` and then ``[4.0, -400.0]``, ``w = np.array([10.0, 1.0])``
        becomes close to ``[9.9, 1.1]`` and then ``[9.82, 1.18]``, and ``total`` ends as ``[25.0, 250000.0]``.
        """
        total += g**2
        w -= self.learning_rate * g / (np.sqrt(total) + self.eps)


class RMSProp(Optimizer):
    """AdaGrad that forgets: in place of the sum, a running average of the squared gradients."""

    def __init__(self, learning_rate: float = 0.01, decay: float = 0.9, eps: float = 1e-8):
        super().__init__(learning_rate)
        if not 0 <= decay < 1:
            raise ValueError(f"decay must be at least 0 and below 1, got {decay}")
        self.decay = decay
        self.eps = eps

    def update(self, w: np.ndarray, g: np.ndarray, average: np.ndarray) -> None:
        """Take one step: change the arrays ``w`` and ``average`` in place, and leave ``g`` as it is.

        All three are float arrays of one shape, with at least one axis. ``average`` is kept between steps: zeros before
        the first one. With rho for ``self.decay``, first every entry of ``average`` becomes rho times itself, plus
        (1 - rho) times the square of g. Then every entry of ``w`` goes down by learning rate times g, divided by
        (root of the new average, plus ``self.eps``); eps stands outside the root. Nothing needs to be returned.

        With a rate of 0.1, a decay of 0.75 and gradients ``[8.0]`` and then ``[0.0]``, ``w = np.array([1.0])`` becomes
        close to ``[0.8]`` and stays there, and ``average`` is ``[16.0]`` and then ``[12.0]``.
        """
        average *= self.decay
        average += (1 - self.decay) * g**2
        w -= self.learning_rate * g / (np.sqrt(average) + self.eps)


class Adam(Optimizer):
    """Momentum and a step for each entry, both from averages that are corrected for having begun at zero."""

    def __init__(self, learning_rate: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8):
        super().__init__(learning_rate)
        if not (0 <= beta1 < 1 and 0 <= beta2 < 1):
            raise ValueError(f"beta1 and beta2 must be at least 0 and below 1, got {beta1} and {beta2}")
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps
        self.m: Arrays = []
        self.v: Arrays = []

    def step(self, params: Arrays | np.ndarray, gradients: Arrays | np.ndarray):
        """Change every parameter in place by one step of Adam; returns ``params`` itself. The gradients stay unchanged.

        ``self.begin_step(params, gradients)`` checks both and counts the step: it returns a list of pairs
        (parameter, gradient), float arrays of one shape each, and afterwards ``self.steps`` is t, which is 1 in the
        first step. A single array may stand in place of each list; the list of pairs then holds one pair.

        ``self.m`` and ``self.v`` are empty lists until the first step; from then on each holds an array for every
        parameter, of that parameter's shape. They start as zeros, and step t does for every entry

        - m becomes beta1 m + (1 - beta1) g, and v becomes beta2 v + (1 - beta2) g²;
        - m^ is m / (1 - beta1^t), and v^ is v / (1 - beta2^t), with t as an exponent; what is kept are m and v;
        - w becomes w - learning_rate m^ / (root of v^, plus eps), with eps outside the root.

        With ``Adam(learning_rate=0.1)`` and a first gradient ``[1000.0, -0.5]``, ``[10.0, 1.0]`` becomes close to
        ``[9.9, 1.1]``.
        """
        pairs = self.begin_step(params, gradients)
        if self.steps == 1:
            self.m = [np.zeros_like(w) for w, _ in pairs]
            self.v = [np.zeros_like(w) for w, _ in pairs]
        for (w, g), m, v in zip(pairs, self.m, self.v):
            m *= self.beta1
            m += (1 - self.beta1) * g
            v *= self.beta2
            v += (1 - self.beta2) * g**2
            m_hat, v_hat = m / (1 - self.beta1**self.steps), v / (1 - self.beta2**self.steps)
            w -= self.learning_rate * m_hat / (np.sqrt(v_hat) + self.eps)
        return params


def train_in_batches(
    optimizer: Optimizer,
    params: Arrays,
    loss_and_gradients: Callable[[Arrays, np.ndarray, np.ndarray], tuple[float, Arrays]],
    X: np.ndarray,
    y: np.ndarray,
    epochs: int,
    batch_size: int,
    *,
    rng: np.random.Generator,
    schedule: Callable[[int], float] | None = None,
) -> list[float]:
    """Train on mini-batches; ``params`` change in place. Returns the losses, one for each step, as a new list.

    Each epoch goes once through all rows, in the batches of ``minibatches(X, y, batch_size, rng=rng)``, called anew for
    each epoch: they come as pairs ``(X_batch, y_batch)``, shuffled afresh. Each batch is one step:
    ``loss_and_gradients(params, X_batch, y_batch)``, called once, answers with a pair, the loss of this batch and a
    list of gradients, and then the optimizer steps. So each loss is from before its step.

    If ``schedule`` is given, ``optimizer.learning_rate`` is set to ``schedule(k)`` before step k, where k counts the
    steps of this call from 0 (whatever the optimizer has done before) and goes on counting through all epochs. No
    epochs give an empty list.
    """
    losses = []
    for _ in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, rng=rng):
            if schedule is not None:
                optimizer.learning_rate = schedule(len(losses))
            loss, gradients = loss_and_gradients(params, X_batch, y_batch)
            optimizer.step(params, gradients)
            losses.append(loss)
    return losses


def step_decay(step: int, learning_rate: float, drop: float = 0.1, every: int = 10) -> float:
    """The learning rate at ``step`` (counted from 0), multiplied by ``drop`` after each ``every`` steps.

    Steps 0 to every - 1 have ``learning_rate`` itself, the next ``every`` steps that times ``drop``, the next ones that
    times ``drop`` squared, and so on. ``step_decay(25, 0.5)`` is ``0.5 * 0.1 * 0.1``, close to 0.005.
    """
    return learning_rate * drop ** (step // every)


def warmup_cosine(step: int, learning_rate: float, warmup_steps: int, total_steps: int, lowest: float = 0.0) -> float:
    """The learning rate at ``step`` (counted from 0): a straight climb, then half a cosine wave down.

    - Warm-up, steps 0 to warmup_steps - 1: ``learning_rate`` times (step + 1) / warmup_steps. So the first rate is
      not 0, and the last one of the climb is ``learning_rate``. With ``warmup_steps`` 0 there is no climb.
    - Cosine, from step warmup_steps on: with p = (step - warmup_steps) / (total_steps - warmup_steps), the share that
      is over, the rate is lowest + (learning_rate - lowest) (1 + cos(pi p)) / 2. It begins at ``learning_rate``.
    - From step total_steps on it stays at ``lowest``.

    ``total_steps`` is larger than ``warmup_steps``. ``[warmup_cosine(k, 0.4, 2, 6) for k in range(7)]`` is close to
    ``[0.2, 0.4, 0.4, 0.3414, 0.2, 0.0586, 0.0]``.
    """
    if step < warmup_steps:
        return learning_rate * (step + 1) / warmup_steps
    share = min(1.0, (step - warmup_steps) / (total_steps - warmup_steps))
    return lowest + (learning_rate - lowest) * (1 + math.cos(math.pi * share)) / 2


def prediction_errors(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Predictions minus targets, as floats; ValueError, with both shapes, if these differ (nothing is broadcast)."""
    y_true, y_pred = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
    if y_true.shape != y_pred.shape:
        raise ValueError(f"targets of shape {y_true.shape} and predictions of shape {y_pred.shape} do not match")
    return y_pred - y_true


def mae_loss(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Mean absolute error: the mean size of the errors."""
    return float(np.mean(np.abs(prediction_errors(y_true, y_pred))))


def mae_gradient(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Slopes of `mae_loss` with respect to each prediction: the error's sign (0 for 0) over the number of errors."""
    e = prediction_errors(y_true, y_pred)
    return np.sign(e) / e.size


def huber_loss(y_true: np.ndarray, y_pred: np.ndarray, delta: float = 1.0) -> float:
    """Huber loss, a float: the mean over all entries of a penalty that bends from a square into a straight line.

    With e for prediction minus target, the penalty of one entry is e² / 2 where |e| is at most ``delta``, and
    delta (|e| - delta / 2) where it is more. ``prediction_errors(y_true, y_pred)`` gives all e, and refuses shapes
    that differ with a ValueError.

    ``huber_loss(np.array([0.0, 0.0]), np.array([0.5, -3.0]))`` is ``(0.125 + 2.5) / 2 = 1.3125``.
    """
    errors = prediction_errors(y_true, y_pred)
    sizes = np.abs(errors)
    penalties = np.where(sizes <= delta, errors**2 / 2, delta * (sizes - delta / 2))
    return float(np.mean(penalties))


def huber_gradient(y_true: np.ndarray, y_pred: np.ndarray, delta: float = 1.0) -> np.ndarray:
    """Slopes of `huber_loss` with respect to each prediction, as a new array of the predictions' shape.

    Shapes that differ raise ValueError, as in `huber_loss`. For ``np.array([0.0, 0.0])``, ``np.array([0.5, -3.0])`` and
    the default delta the result is ``[0.25, -0.5]``.
    """
    errors = prediction_errors(y_true, y_pred)
    return np.clip(errors, -delta, delta) / errors.size


def rosenbrock(point: np.ndarray):
    """(1 - x)² + 100 (y - x²)², a curved valley; its lowest point is (1, 1), where it is 0."""
    x, y = point
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def rosenbrock_gradient(point: np.ndarray) -> np.ndarray:
    """Gradient of `rosenbrock` at a point of shape (2,), as a new array."""
    x, y = point
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])
