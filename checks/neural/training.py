"""What must hold of the pieces of ``neural.training``.

Oracle of everything that trains: softmax regression and gradient descent, written again in NumPy, on the batches that
``rng.permutation`` deals. Models in the questions are one Linear layer, so that this is enough.
"""

import numpy as np

from checks.language import Piece


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

# ------------------------------------------------------------------ images


def pictures(rng):
    yield dict(images=np.array([[[0, 255], [51, 102]]], dtype=np.uint8), mean=0.0, std=255.0)
    yield dict(images=np.array([[[0, 255], [51, 102]]], dtype=np.uint8), mean=51, std=51)
    yield dict(images=np.array([[[7, 9, 8]], [[1, 2, 3]]], dtype=np.uint8), mean=np.float64(2.5), std=np.int64(4))
    for shape in ((1, 3, 2), (5, 2, 3), (3, 4, 4)):
        images = rng.integers(0, 256, size=shape).astype(np.uint8)
        yield dict(images=images, mean=float(rng.uniform(20, 200)), std=float(rng.uniform(10, 90)))


def image_rows(images, mean, std):
    rows = [[(int(p) - float(mean)) / float(std) for line in image for p in line] for image in images]
    return np.array(rows, dtype=np.float32)


normal = Piece("neural.training:normalise_images")
normal.asks(
    "normalise_images(images, mean, std)",
    "each image as a row, (pixel - mean) / std",
    cases=pictures,
    answer=image_rows,
    rtol=1e-4,
    atol=1e-5,
)
normal.asks(
    "[normalise_images(images), normalise_images(images, mean, std).dtype.name]",
    "without mean and std from 0 to 1; always float32",
    cases=pictures,
    answer=lambda images: [image_rows(images, 0, 255), "float32"],
    rtol=1e-5,
)
FLOATS = ".astype(np.float32)\n    return (rows - np.float32(mean)) / np.float32(std)"
normal.mistake(
    "Convert first: in uint8 0 - 51 is 205.", FLOATS, "\n    return ((rows - np.uint8(mean)) / std).astype('f4')"
)
normal.mistake(
    "Pixels still are uint8, so 0 - 51 is 205: make float32 of them.", FLOATS, "\n    return (rows - mean) / std"
)
normal.mistake("A row mixes several images: the first axis is to stay.", "(len(images), -1)", "(-1, len(images)).T")
normal.mistake("A NumPy float64 in the formula makes float64 of everything.", "np.float32(mean)", "mean")
normal.mistake("The columns follow one another; the lines are to.", "images.re", "images.transpose(0, 2, 1).re")
normal.mistake("You divided before taking the mean away.", "(rows - np.float32(mean)) /", "-np.float32(mean) + rows /")
normal.hint("`images.reshape(len(images), -1)`: the -1 stands for what is left.")
normal.hint("`.astype(np.float32)` converts an array. A NumPy float64 in the formula makes float64 of it again.")

# ------------------------------------------------------------------ slopes, measured


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

# ------------------------------------------------------------------ one epoch


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

# ------------------------------------------------------------------ in use


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


def loss_and_accuracy(X, y):
    return mean_loss(X, y), float(np.mean(X.argmax(axis=1) == y))


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

# ------------------------------------------------------------------ keeping


def kept_cases(rng):
    yield dict(values=[np.array([[1.0, 2.0]])] + [np.array([10.0 * i, 1.0 + i]) for i in range(1, 6)])
    for n_in, n_out in ((2, 1), (3, 2)):
        yield dict(values=[array(rng, n_in, n_out)] + [array(rng, n_out) for _ in range(5)])


KEPT = """
    model = Sequential(Linear(*values[0].shape), BatchNorm(len(values[1])))
    for own, value in zip([*model.params, *model.buffers], values):
        own[...] = value
"""
snap = Piece("neural.training:snapshot")
snap.asks(
    KEPT + "    snapshot(model)",
    "weight, bias, gamma and beta, then running mean and variance",
    cases=kept_cases,
    answer=lambda values: values,
)
snap.asks(
    KEPT + "    saved = snapshot(model)\n    for own in [*model.params, *model.buffers]:\n        own += 1\n    saved",
    "the copies stay as they are while the model changes in place",
    cases=kept_cases,
    answer=lambda values: values,
)
snap.asks(
    "models = [Sequential(*layers).astype(np.float32) for layers in ([], [ReLU()], [Linear(2, 3)])]\n"
    "[[array.dtype.name for array in snapshot(model)] for model in models]",
    "models without buffers, without anything; float32 stays float32",
    cases=[dict()],
    answer=lambda: [[], [], ["float32"] * 2],
)
snap.mistake("These are the model's own arrays, which change when it trains on: copy each.", "array.copy()", "array")
snap.mistake("The buffers are missing: BatchNorm's running averages were learned, too.", ", *model.buffers]", "]")
snap.mistake("Parameters come first, then buffers.", "*model.params, *model.buffers", "*model.buffers, *model.params")
snap.hint("A new list of the same arrays is not enough: the optimizer writes into the arrays. Each has a `.copy()`.")


def restored_cases(rng):
    for case in kept_cases(rng):
        yield case | dict(saved=[value * 2 - 7 for value in case["values"]])


def misfits(rng):
    values = next(kept_cases(rng))["values"]
    yield dict(values=values, saved=values[:5])
    yield dict(values=values, saved=[*values, np.ones(2)])
    yield dict(values=values, saved=[])
    yield dict(values=values, saved=[v + 1 for v in values[:5]] + [np.ones(1)])
    yield dict(values=values, saved=[v + 1 for v in values[:3]] + [np.ones(3)] + values[4:])
    yield dict(values=values, saved=[values[0].T + 1] + values[1:])


back = Piece("neural.training:restore")
back.asks(
    KEPT + "    restore(model, saved)\n    [*model.params, *model.buffers]",
    "the model holds the saved numbers, buffers included",
    cases=restored_cases,
    answer=lambda saved: saved,
)
back.asks(
    KEPT + "    own = [*model.params, *model.buffers]\n    restore(model, saved)\n"
    "    same = [a is b for a, b in zip(own, [*model.params, *model.buffers])]\n"
    "    for array in own:\n        array += 1\n"
    "    [same, own]",
    "they are written into the model's own arrays; when those change later, what was saved does not",
    cases=restored_cases,
    answer=lambda saved: [[True] * 6, [value + 1 for value in saved]],
)
back.asks(
    KEPT + "    restore(model, saved)",
    "too few arrays, too many, or one of another shape are refused",
    cases=misfits,
    raises="ValueError",
)
back.asks(
    KEPT + "    try:\n        restore(model, saved)\n    except ValueError:\n        pass\n"
    "    [*model.params, *model.buffers]",
    "after a refusal the model is as it was",
    cases=misfits,
    answer=lambda values: values,
)
back.mistake(
    "`array = kept` only names the kept array; it does not write into the model's.",
    "array[...] = kept",
    "array = kept",
)
back.mistake("BatchNorm's running averages are to be put back, too.", "zip(own, saved)", "zip(model.params, saved)")
back.mistake(
    "You compared the numbers of arrays, not their shapes: a smaller array is stretched in silence.",
    "[array.shape for array in own] != [array.shape for array in saved]",
    "len(own) != len(saved)",
)
back.mistake(
    "Half of the model was changed before the refusal: look at all shapes first.",
    """
    for array, kept in zip([*model.params, *model.buffers], saved, strict=True):
        if array.shape != kept.shape: raise ValueError(f"{kept.shape} instead of {array.shape}")
        array[...] = kept
    """,
)
back.hint("Gather the model's arrays in one list, compare the shapes, and only then write.")
back.hint("`array[...] = kept` fills an array in place.")

# ------------------------------------------------------------------ all together


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
