"""What must hold of ``predict_scores`` and ``evaluate``."""

import numpy as np

from checks.language import Piece
from checks.neural.training.shared import SPY, array, labels, loss_and_accuracy


def score_cases(rng):
    yield dict(W=np.array([[1.0, -1.0]]), X=np.array([[2.0], [3.0], [5.0]]), batch_size=2)
    yield dict(W=np.array([[1.0, -1.0]]), X=np.array([[2.0]]), batch_size=7)
    for n, d, k, size in ((4, 2, 3, 4), (5, 2, 3, 1), (7, 3, 2, 3)):
        yield dict(W=array(rng, d, k), X=array(rng, n, d), batch_size=size)


def modes(rng):
    for n, size, training in ((2, 5, True), (5, 2, True), (5, 2, False), (6, 3, False)):
        yield dict(X=array(rng, n, 2), batch_size=size, training=training, mean=array(rng, 2))


IN_USE = """
    model = Spy(BatchNorm(2), Dropout(0.5))
    model.layers[0].running_mean[...] = mean
    model.train(training)
"""


def in_eval_mode(X, mean):
    return (X - mean) / np.sqrt(1 + 1e-5)


predict = Piece("neural.training:predict_scores")
predict.asks(
    "model = Sequential(Linear(*W.shape))\nmodel.layers[0].weight[...] = W\npredict_scores(model, X, batch_size)",
    "a row of scores for every row of X, in the same order",
    cases=score_cases,
    answer=lambda W, X: X @ W,
)
predict.asks(
    SPY + IN_USE + "    predict_scores(model, X, batch_size)",
    "BatchNorm and Dropout in eval mode: nothing is left to chance or to the other rows",
    cases=modes,
    answer=in_eval_mode,
)
predict.asks(
    SPY + IN_USE + "    predict_scores(model, X, batch_size)\n"
    "    lengths, state = [n for n, _ in seen], [model.training, model.layers[0].training]\n"
    "    too_long = [n for n in lengths if n > batch_size]\n"
    "    dict(rows=sum(lengths), too_long=too_long, training=state, running_mean=model.layers[0].running_mean)",
    "all rows go through in parts of at most batch_size; mode and running averages are then as before",
    cases=modes,
    answer=lambda X, training, mean: dict(rows=len(X), too_long=[], training=[training] * 2, running_mean=mean),
)
predict.asks(
    SPY + "    scores = predict_scores(Spy(), np.zeros((n, 1)))\n    [scores.shape, max(n for n, _ in seen) <= 1000]",
    "without a batch_size: at most 1000 rows at a time",
    cases=[dict(n=3), dict(n=1001)],
    answer=lambda n: [(n, 1), True],
)
predict.mistake("The model is still in training mode: call eval first.", "model.eval()\n    ", "")
predict.mistake("The model is left in eval mode; it may have been training.", "model.train(before)\n    ", "")
predict.mistake("You always switch back to training; it may have been eval.", "model.train(before)", "model.train()")
predict.mistake("All rows go through at once: memory may run out.", "X[start : start + batch_size]", "X[:]")
predict.mistake("The last, smaller part is missing.", "range(0, len(X),", "range(0, max(1, len(X) - batch_size + 1),")
predict.hint("`X[start : start + batch_size]` for start = 0, batch_size, 2 * batch_size, ...; it may end beyond X.")
predict.hint("`np.concatenate(list_of_arrays)` puts tables on top of each other.")


def judged(rng):
    yield dict(X=np.array([[2.0, 1.0], [0.0, 3.0], [0.0, 1.0]]), y=np.array([0, 1, 0]))
    yield dict(X=np.array([[1.0, 1.0, 0.0]]), y=np.array([0]))
    yield dict(X=np.array([[0.0, 1.0, 1.0]] * 3), y=np.array([1, 2, 2]))  # of equal scores the first one counts
    yield dict(X=np.array([[1.0, 5.0]] * 3), y=np.array([1, 1, 1]))
    for n, k in ((5, 3), (7, 4), (4, 2)):
        yield dict(X=array(rng, n, k), y=labels(rng, n, k))


evaluation = Piece("neural.training:evaluate")
evaluation.asks(
    "model = Sequential()  # no layers: the scores of a row are the row itself\n"
    "evaluate(model, SoftmaxCrossEntropy(), X, y)",
    "mean loss and accuracy",
    cases=judged,
    answer=loss_and_accuracy,
)
evaluation.asks(
    SPY + IN_USE + "    y = np.arange(len(X)) % 2\n    found = evaluate(model, SoftmaxCrossEntropy(), X, y)\n"
    "    [found, model.training, model.layers[0].running_mean]",
    "with BatchNorm and Dropout they are those of eval mode; mode and running averages are then as before",
    cases=modes,
    answer=lambda X, training, mean: [loss_and_accuracy(in_eval_mode(X, mean), np.arange(len(X)) % 2), training, mean],
)
evaluation.asks(
    "evaluate(Sequential(), lambda scores, labels: float(np.mean(scores)), X, y)",
    "the loss is the one that was handed in",
    cases=judged,
    answer=lambda X, y: (float(np.mean(X)), loss_and_accuracy(X, y)[1]),
)
evaluation.mistake("These are scores of training mode.", "predict_scores(model, X)\n    return", "model(X)\n    return")
evaluation.mistake(
    "You took the lowest score of each row; the highest is the answer.", "scores.argmax", "scores.argmin"
)
ACCURACY = "accuracy_score(y, scores.argmax(axis=1))"
evaluation.mistake("You counted the right rows; give their share.", ACCURACY, "sum(y == scores.argmax(axis=1))")
evaluation.mistake("Use the loss that was handed in.", "return loss(", "return SoftmaxCrossEntropy()(")
evaluation.mistake(
    "Of equal scores only the first one counts.", ACCURACY, "np.mean(scores[range(len(y)), y] == scores.max(axis=1))"
)
evaluation.hint("A row of scores belongs to a row of X: the highest score of each row is at `scores.argmax(axis=1)`.")
evaluation.hint("`predict_scores` takes care of mode and memory; `accuracy_score(y_true, y_pred)` counts.")
