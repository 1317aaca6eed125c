"""What must hold of ``LinearModel.fit``. Oracles: scikit-learn, plain loops."""

import numpy as np
from scipy import special
from sklearn import linear_model as sk

from checks.language import Piece
from checks.ml.linear.shared import SCRATCH, array

LINK = {
    "LinearRegression": lambda z: z,
    "LogisticRegression": special.expit,
    "SoftmaxRegression": lambda z: special.softmax(z, axis=1),
}
DATA_LOSS = {
    "LinearRegression": lambda z, t: np.mean((z - t) ** 2),
    "LogisticRegression": lambda z, t: -np.mean(special.log_expit(np.where(t == 1, z, -z))),
    "SoftmaxRegression": lambda z, t: -np.mean(special.log_softmax(z, axis=1)[t == 1]),
}


def walked(X, y, rate, epochs, l1=0.0, l2=0.0, kind="LinearRegression"):
    """The same walk with the ones in a column of their own, and every model written out."""
    A = np.column_stack([X, np.ones(len(X))])
    targets = y if kind == "LinearRegression" else np.searchsorted(np.unique(y), y)
    if kind == "SoftmaxRegression":
        targets = np.eye(len(np.unique(y)))[targets]
    s, losses = np.zeros((A.shape[1], *targets.shape[1:])), []
    for epoch in range(epochs + 1):
        losses.append(DATA_LOSS[kind](A @ s, targets) + l1 * np.sum(abs(s[:-1])) + l2 * np.sum(s[:-1] ** 2))
        if epoch < epochs:
            factor = 2 if kind == "LinearRegression" else 1
            slope = factor * A.T @ (LINK[kind](A @ s) - targets) / len(X)
            slope[:-1] += 2 * l2 * s[:-1]
            s = s - rate * slope
            s[:-1] -= np.clip(s[:-1], -rate * l1, rate * l1)
    return dict(weights=s[:-1], bias=s[-1], losses=np.array(losses))


X3, Y3 = np.array([[1.0], [2.0], [3.0]]), np.array([2.0, 3.0, 7.0])


def lines(rng):
    yield dict(X=X3, y=Y3, rate=0.03, epochs=1)
    yield dict(X=X3, y=Y3, rate=0.03, epochs=4)
    yield dict(X=X3, y=Y3, rate=0.03, epochs=0)
    yield dict(X=X3, y=Y3, rate=0.3, epochs=3)
    yield dict(X=np.array([[1, 0], [2, 1], [4, 1]]), y=np.array([1, 0, 3]), rate=0.02, epochs=3)
    for n, d in ((5, 2), (4, 4)):
        yield dict(X=array(rng, n, d), y=array(rng, n), rate=0.05, epochs=5)


def classes(kind, k):
    def cases(rng):
        shared = dict(kind=kind, rate=0.5)
        for n, d, l1, l2, epochs in (
            (6, 1, 0.0, 0.0, 1),
            (6, 2, 0.0, 0.1, 4),
            (7, 3, 0.05, 0.0, 5),
            (7, 2, 0.05, 0.1, 5),
        ):
            y = 3 * (rng.permutation(n) % k) + 2
            yield shared | dict(X=array(rng, n, d), y=y, l1=l1, l2=l2, epochs=epochs)

    return cases


fit = Piece("ml.linear:LinearModel.fit", forbid=SCRATCH)
READ = "\ndict(weights=model.weights, bias=model.bias, losses=model.loss_history_)"
fit.asks(
    "model = LinearRegression(learning_rate=rate)\nmodel.fit(X, y, epochs=epochs)" + READ,
    "so many steps from zero, and the loss before the first and after each",
    cases=lines,
    answer=walked,
)
for name, count in (("LogisticRegression", 2), ("SoftmaxRegression", 3)):
    fit.asks(
        f"model = {name}(learning_rate=rate, l1=l1, l2=l2)\nmodel.fit(X, y, epochs=epochs)" + READ,
        f"the same loop fits a {name}, with penalties",
        cases=classes(name, count),
        answer=walked,
    )
fit.asks(
    "model = LinearRegression(learning_rate=rate)\nsame = model.fit(X, y)\n[same is model, len(model.loss_history_)]",
    "fit returns the model itself, after 1000 epochs unless told otherwise",
    cases=[dict(X=X3, y=Y3, rate=0.03)],
    answer=lambda: [True, 1001],
)
fit.asks(
    "model = LinearRegression(learning_rate=0.03)\nmodel.fit(X, y, epochs=50)\nmodel.fit(X, y, epochs=epochs)" + READ,
    "a second fit starts afresh",
    cases=[dict(X=X3, y=Y3, epochs=1)],
    answer=lambda X, y, epochs: walked(X, y, 0.03, epochs),
)
fit.asks(
    """
    model = LinearRegression(learning_rate=None, l2=l2).fit(X, y)
    dict(weights=model.weights, bias=model.bias, rate=model.learning_rate)
    """,
    "without a learning rate it settles at the lowest point, and the rate stays None",
    cases=[dict(X=X3, y=Y3, l2=0.0), dict(X=X3, y=Y3, l2=0.5), dict(X=10 * X3, y=Y3, l2=0.0)],
    answer=lambda X, y, l2: (lambda m: dict(weights=m.coef_, bias=np.asarray(m.intercept_), rate=None))(
        sk.Ridge(alpha=len(X) * l2).fit(X, y)
    ),
    rtol=1e-5,
    atol=1e-5,
)
fit.asks(
    "LinearRegression(learning_rate=rate).fit(X, y, epochs=5)",
    "bad data is refused",
    cases=[
        dict(X=np.array([[1.0], [np.nan]]), y=np.array([1.0, 2.0]), rate=0.1),
        dict(X=X3, y=np.array([1.0, 2.0]), rate=0.1),
    ],
    raises="ValueError",
)
fit.asks(
    'LinearRegression(learning_rate=rate).fit(X, y, epochs=epochs)\n"fitted"',
    "a rate that is too large is refused, and named, when a loss is no longer finite",
    cases=[
        dict(X=X3, y=Y3, rate=7.5, epochs=600),
        dict(X=X3, y=Y3, rate=7.5e200, epochs=1),
        dict(X=1e100 * X3, y=Y3, rate=7.5, epochs=1),
    ],
    raises="ValueError",
    mentions=("7.5",),
)
fit.mistake("The loss before the first step is missing: return epochs + 1.", "np.array(losses)", "np.array(losses[1:])")
fit.mistake("The loss after the last step is missing: return epochs + 1.", "np.array(losses)", "np.array(losses[:-1])")
fit.mistake(
    "The errors are the model's own: `self.row_errors` knows the 2 of the squares, the sigmoid and the softmax.",
    "X, self.row_errors(scores, targets)",
    "X, scores - targets",
)
fit.mistake(
    "The steps are made without the penalties: hand on the model's l1 and l2.", "rate, self.l1, self.l2", "rate"
)
fit.mistake(
    "The losses leave the penalties out: see `self.objective`.", "append(self.objective(", "append(self.mean_loss("
)
fit.mistake(
    "`settle` does everything: return what it returns, without the loop.", "return self.settle(", "self.settle("
)
fit.mistake("fit returns the model itself; this returns nothing.", "\n    return self", "")
fit.mistake(
    "The losses are those of the scores before the step: take the scores again after it.",
    "scores = X @ self.weights + self.bias\n        losses.append(self.objective(scores, targets))",
    "losses.append(self.objective(scores, targets))\n        scores = X @ self.weights + self.bias",
)
fit.mistake(
    "The weights of the last fit are still there: begin anew every time.",
    "X, targets = self.begin(X, y)",
    """before = self.weights, self.bias
    X, targets = self.begin(X, y)
    if before[0] is not None:
        self.weights, self.bias = before""",
)
fit.mistake(
    "Labels are no targets: `begin` makes zeros and ones of them.", "= self.begin(X, y)", "= self.begin(X, y)[0], y"
)
fit.mistake(
    "A loss is infinite or NaN and nothing stops: raise ValueError with the rate.", "np.isfinite(losses[-1])", "True"
)
fit.hint("begin; the case without a rate; scores and loss; then the loop: errors, slopes, step, scores, loss.")
fit.hint("`mean_slopes` takes X and `self.row_errors(scores, targets)`. `penalised_step` wants rate, l1 and l2 last.")
fit.hint("The scores are needed twice: for the loss of this moment, and for the errors of the next step.")
