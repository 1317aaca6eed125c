"""What must hold of ``train_in_batches``. Oracle: plain loops."""

import math

import numpy as np

from checks.language import Piece
from checks.ml.optimizers.shared import array, rows


def equal_rows(rng):
    """All rows alike, so that every batch is the same whatever the order. One rate is left over at the end."""
    first = dict(row=np.array([1.0, 2.0]), target=3.0, n=2, batch_size=2, epochs=1, rates=None, momentum=0.0)
    yield first
    yield first | dict(epochs=0)
    yield first | dict(rates=[0.05, 0.1])
    yield first | dict(n=3, batch_size=1, epochs=2)
    yield first | dict(n=3, batch_size=1, epochs=2, rates=[0.01, 0.03, 0.02, 0.05, 0.04, 0.06, 0.01])
    for n, batch_size, epochs in ((5, 2, 2), (7, 3, 1), (4, 9, 3)):
        rates = rng.uniform(0.001, 0.02, epochs * math.ceil(n / batch_size) + 1).round(4).tolist()
        row, target = array(rng, 2), round(float(rng.uniform(-5, 5)), 2)
        yield dict(row=row, target=target, n=n, batch_size=batch_size, epochs=epochs, rates=rates, momentum=0.5)


def steps_on_equal_rows(row, target, n, batch_size, epochs, rates, momentum):
    w, v, losses = np.zeros(2), np.zeros(2), []
    for k in range(epochs * -(-n // batch_size)):
        e = w @ row - target
        losses.append(float(e * e))
        v = momentum * v + 2 * e * row
        w = w - (0.01 if rates is None else rates[k]) * v
    return [losses, w]


def numbered_rows(rng):
    yield dict(n=3, batch_size=3, epochs=1, seed=1)
    yield dict(n=3, batch_size=2, epochs=1, seed=2)
    for n, batch_size, epochs in ((15, 4, 3), (16, 16, 2), (17, 1, 2)):
        yield dict(n=n, batch_size=batch_size, epochs=epochs, seed=int(rng.integers(1000)))


def every_row_once(got, n, batch_size, epochs, seed):
    """In a right answer two epochs of 15 rows or more agree in order with a chance below 1e-12."""
    if any(ten != [10 * row for row in rows] for rows, ten in got):
        return "rows and targets of a batch do not belong together"
    if len(got) != epochs * -(-n // batch_size) or max(len(rows) for rows, _ in got) > batch_size:
        return f"{epochs * -(-n // batch_size)} batches of at most {batch_size} rows are expected"
    order = [row for rows, _ in got for row in rows]
    passes = [order[i : i + n] for i in range(0, len(order), n)]
    if len(passes) != epochs or any(sorted(p) != list(range(n)) for p in passes):
        return "an epoch does not see every row exactly once"
    if n > 10 and epochs > 1 and any(p == passes[0] for p in passes[1:]):
        return "the epochs see the rows in the same order; each is to be shuffled afresh"
    return None


train = Piece("ml.optimizers:train_in_batches")
train.asks(
    """
    def squared_error(params, X_batch, y_batch):
        errors = X_batch @ params[0] - y_batch
        return float(np.mean(errors**2)), [2 * X_batch.T @ errors / len(errors)]

    w, optimizer = np.zeros(2), GradientDescent(0.01, momentum)
    optimizer.step([w], [np.zeros(2)])  # an optimizer in use: it has counted a step, and w is still 0
    X, y = np.tile(row, (n, 1)), np.full(n, target)  # n equal rows
    schedule = None if rates is None else lambda k: rates[k]
    rng = np.random.default_rng(0)
    losses = train_in_batches(optimizer, [w], squared_error, X, y, epochs, batch_size, rng=rng, schedule=schedule)
    [losses, w]
    """,
    "the loss before each step, and the weights after the last",
    cases=equal_rows,
    answer=steps_on_equal_rows,
)
train.asks(
    """
    seen = []

    def look(params, X_batch, y_batch):
        seen.append([X_batch[:, 0].tolist(), y_batch.tolist()])
        return 0.0, [np.zeros(1)]

    rows = np.arange(float(n))
    rng = np.random.default_rng(seed)
    train_in_batches(GradientDescent(), [np.zeros(1)], look, rows[:, None], 10 * rows, epochs, batch_size, rng=rng)
    seen
    """,
    "every epoch sees every row once, in batches, and in an order of its own",
    cases=numbered_rows,
    accept=every_row_once,
    expected="in each epoch every row once, with its target, in batches of at most batch_size rows",
)
for row in rows("""
    range(epochs) => range(min(epochs, 1)) | Are the batches made before the epochs? They are used up after the first.
    len(losses)) => _) | The schedule is asked with the epoch's number: it counts steps.
    len(losses)) => len(losses) % -(-len(X) // batch_size)) | The schedule starts anew in each epoch: k counts on.
    len(losses)) => len(losses) + 1) | Your count of the steps is one ahead: this call's steps count from 0.
    losses.append(loss) => losses[_:] = [loss] | You keep one loss for each epoch: one for each step is wanted.
    append(loss) => append(loss_and_gradients(params, X_batch, y_batch)[0]) | The loss is to be from before the step.
    =rng): => =np.random.default_rng(0)): | A fixed seed gives every epoch the same order: pass on the `rng` itself.
"""):
    train.mistake(*row)
train.hint("Two loops: over the epochs, inside over `minibatches(...)`. Without a schedule, `schedule` is None.")
train.hint("Inside, in this order: the rate, if there is a schedule; loss and gradients; the step; the loss is noted.")
train.hint("How many steps have been taken? As many as there are losses so far: that is the schedule's k.")
