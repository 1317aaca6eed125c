"""What must hold of ``fit``."""

import numpy as np

from checks.language import Piece
from checks.neural.training.shared import array, labels, loss_and_accuracy, one_epoch


def trial(rng, n, n_val, shift=0):
    X, X_val = array(rng, n, 2) + shift, array(rng, n_val, 2) + shift
    return dict(X=X, y=labels(rng, n, 3), X_val=X_val, y_val=labels(rng, n_val, 3), seed=int(rng.integers(1, 1000)))


def courses(rng):
    X, y = np.array([[1.0], [-1.0]]), np.array([0, 1])
    first = dict(W=np.zeros((1, 2)), X=X, y=y, X_val=X, y_val=1 - y, batch_size=2, seed=5)
    yield first | dict(y_val=y, rates=[1.0, 1.0], patience=3)
    yield first | dict(rates=[1.0] * 6, patience=2)  # every epoch is worse than the one before
    yield first | dict(rates=[0.0] * 5, patience=3)  # every epoch is the same
    yield first | dict(rates=[1.0] * 3, patience=5)  # and there are too few of them to stop early
    yield first | dict(rates=[1.0] * 2, patience=5, X_val=np.zeros((2, 1)))  # other weights, the same validation loss
    yield first | dict(rates=[], patience=1)
    yield first | dict(rates=[1.0] * 3, patience=5, X_val=np.full((2, 1), np.nan))
    for n, size, patience in ((6, 6, 2), (7, 3, 1), (7, 3, 3), (5, 2, 9)):
        rates = rng.uniform(0.5, 12, size=12).round(2).tolist()
        yield trial(rng, n, 4) | dict(W=array(rng, 2, 3), rates=rates, batch_size=size, patience=patience)


def course(W, X, y, X_val, y_val, batch_size, rates, patience, seed):
    """The history, and the best weights and bias."""
    b, rng, best, waited = np.zeros(W.shape[1]), np.random.default_rng(seed), None, 0
    history = {"train_loss": [], "val_loss": [], "val_accuracy": []}
    kept = [W, b]
    for rate in rates:
        loss, W, b = one_epoch(W, b, X, y, batch_size, rate, rng)
        val_loss, accuracy = loss_and_accuracy(X_val @ W + b, y_val)
        for values, value in zip(history.values(), (loss, val_loss, accuracy)):
            values.append(value)
        waited += 1
        if best is None:
            kept = [W, b]
        if val_loss < (np.inf if best is None else best):
            best, kept, waited = val_loss, [W, b], 0
        if waited == patience:
            break
    return [history, *kept]


FIT = """
    from course_lib.ml.optimizers import GradientDescent
    model, loss = Sequential(Linear(*W.shape)), SoftmaxCrossEntropy()
    model.layers[0].weight[...] = W
    rng = np.random.default_rng(seed)
    options = dict(epochs=len(rates), batch_size=batch_size, patience=patience, rng=rng)
"""
fit = Piece("neural.training:fit")
fit.asks(
    FIT + "    optimizer, schedule = GradientDescent(0.1), lambda epoch: (rates + [0.0])[epoch]\n"
    "    history = fit(model, loss, optimizer, X, y, X_val, y_val, schedule=schedule, **options)\n"
    "    [history, *model.params]",
    "the history, and at the end the weights and the bias of the best epoch",
    cases=courses,
    answer=course,
    rtol=1e-7,
)
fit.asks(
    FIT + "    lengths = []\n    watch = lambda history: lengths.append([len(values) for values in history.values()])\n"
    "    optimizer = GradientDescent(2.0)\n"
    "    history = fit(model, loss, optimizer, X, y, X_val, y_val, after_epoch=watch, **options)\n"
    "    [history, lengths, optimizer.learning_rate]",
    "without a schedule the rate stays; after_epoch sees the history after each epoch, also after the last one",
    cases=courses,
    answer=lambda rates, **case: [
        history := course(rates=[2.0] * len(rates), **case)[0],
        [[i + 1] * 3 for i in range(len(history["val_loss"]))],
        2.0,
    ],
    rtol=1e-7,
)
fit.asks(
    """
    from course_lib.ml.optimizers import GradientDescent
    model, loss, rng = Sequential(BatchNorm(2), Linear(2, 3)), SoftmaxCrossEntropy(), np.random.default_rng(seed)
    optimizer = GradientDescent(5.0)
    history = fit(model, loss, optimizer, X, y, X_val, y_val, epochs=8, batch_size=4, patience=4, rng=rng)
    abs(evaluate(model, loss, X_val, y_val)[0] - min(history["val_loss"])) < 1e-9
    """,
    "with BatchNorm: at the end the model's validation loss is the lowest of the history",
    cases=lambda rng: [trial(rng, 8, 5, shift=4) for _ in range(2)],
    answer=lambda: True,
)
BEST = "stopping.best_epoch_ == epoch:"
fit.mistake("The model has the weights of the last epoch: put the best ones back.", "restore(model, best)", "pass")
fit.mistake(
    "You watch the training loss: the validation loss counts.", "update(val_loss)", 'update(history["train_loss"][-1])'
)
fit.mistake("It never stops early: `update` says when to.", "if stop:\n            break", "pass")
fit.mistake(
    "You kept the epoch with the best accuracy; the lowest validation loss is asked for.",
    BEST,
    'val_accuracy > max(history["val_accuracy"][:-1], default=-1):',
)
fit.mistake(
    "The epoch in which training stops is not shown to `after_epoch`: call it before you leave the loop.",
    "        if after_epoch is not None:\n            after_epoch(history)\n        if stop:\n            break\n",
    "        if stop:\n            break\n        if after_epoch is not None:\n            after_epoch(history)\n",
)
fit.hint("`EarlyStopping(patience)` has `update(loss)`, True when it is time to stop, and `best_epoch_`.")
fit.mistake(
    "The best weights are to be put back even if training has not stopped early.",
    "            break\n    if best is not None:\n        restore(model, best)\n",
    "            restore(model, best)\n            break\n",
)
fit.mistake("Of equal lowest losses the first one is to be kept.", BEST, 'val_loss == min(history["val_loss"]):')
fit.mistake("Epochs are counted from 0, in the schedule as well.", "= schedule(epoch)", "= schedule(epoch + 1)")
fit.mistake("You kept every epoch but the last: keep one only if it is the best so far.", BEST, "not stop:")
fit.hint("In the loop: rate, train_epoch, evaluate, three appends, update, snapshot if it is the best, watch, stop.")
fit.hint("`best = None` before the loop, and `if best is not None: restore(model, best)` behind it.")
