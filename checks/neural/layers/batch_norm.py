"""What must hold of ``BatchNorm``. Oracles: NumPy, complex steps."""

import math

import numpy as np

from checks.language import Piece
from checks.neural.layers.shared import array, slopes


def norm_case(rng, n, size, batches=1):
    scale, shift = rng.uniform(0.1, 9, size), rng.uniform(-9, 9, size)
    batches = [(rng.normal(size=(n, size)) * scale + shift).round(3) for _ in range(batches)]
    eps, momentum = (round(float(rng.uniform(*ends)), 3) for ends in ((0.01, 2), (0.05, 0.4)))
    arrays = dict(gamma=array(rng, size), beta=array(rng, size), row=array(rng, 1, size), dy=array(rng, n, size))
    return dict(batches=batches, eps=eps, momentum=momentum, **arrays)


def norm_cases(rng):
    x = np.array([[1.0], [3.0], [5.0]])
    plain = dict(gamma=np.ones(1), beta=np.zeros(1), eps=0.0, momentum=0.1)
    first = dict(batches=[x], row=np.array([[2.0]]), dy=np.array([[1.0], [0.0], [0.0]]), **plain)
    yield first
    yield first | dict(momentum=0.5)
    yield first | dict(batches=[x, x])
    yield first | dict(batches=[x * 0 + 4.0], eps=0.25)  # no spread at all: eps keeps the division alive
    yield first | dict(batches=[x * 1e6], dy=np.ones((3, 1)))
    for n, size, batches in ((2, 1, 1), (4, 2, 2), (5, 3, 3), (3, 3, 1)):
        yield norm_case(rng, n, size, batches)


def normed(batches, gamma, beta, eps, momentum, **_):
    """Column by column: output, running mean, running variance, x_hat and std after all batches."""
    columns = []
    for j, (g, b) in enumerate(zip(gamma, beta)):
        mean, var = 0.0, 1.0
        for x in batches:
            x = x[:, j].tolist()
            mu = math.fsum(x) / len(x)
            squares = math.fsum((v - mu) ** 2 for v in x)
            mean += momentum * (mu - mean)
            var += momentum * (squares / (len(x) - 1) - var)
        std = math.sqrt(squares / len(x) + eps)
        hats = [(v - mu) / std for v in x]
        columns.append(([g * h + b for h in hats], mean, var, hats, std))
    return [np.array(part).T for part in zip(*columns)]


NORM = """
    bn = BatchNorm(len(gamma), eps, momentum)
    bn.gamma[...], bn.beta[...] = gamma, beta
    for x in batches:
        y = bn(x)
"""
norm = Piece("neural.layers:BatchNorm.forward")
norm.asks(
    NORM + "    y",
    "the normalised batch (the last one, if there are several)",
    cases=norm_cases,
    answer=lambda **case: normed(**case)[0],
)
norm.asks(
    NORM + "    [bn.running_mean, bn.running_var, bn.x_hat, bn.std, x]",
    "running mean and variance after these batches, x_hat and std of the last one, and that batch as it was",
    cases=norm_cases,
    answer=lambda **case: [*normed(**case)[1:], case["batches"][-1]],
)


def in_use(row, gamma, beta, eps, **case):
    _, mean, var, _, _ = normed(gamma=gamma, beta=beta, eps=eps, **case)
    hat = (row - mean) / np.sqrt(var + eps)
    return [gamma * hat + beta, hat, np.sqrt(var + eps), mean, var]


norm.asks(
    NORM + "    bn.eval()\n    y = bn(row)\n    [y, bn.x_hat, bn.std, bn.running_mean, bn.running_var]",
    "in eval mode one row is measured by the running averages, and they stay as they are",
    cases=norm_cases,
    answer=in_use,
)
norm.asks(
    "BatchNorm(2)(x)",
    "a batch of one row is refused in training",
    cases=[dict(x=np.array([[1.0, 2.0]]))],
    raises="ValueError",
)
norm.asks(
    "bn = BatchNorm(2)\ntry:\n    bn(x)\nexcept ValueError:\n    pass\n[bn.running_mean, bn.running_var]",
    "a batch that is refused leaves the running averages alone",
    cases=[dict(x=np.array([[1.0, 2.0]]))],
    answer=lambda x: [np.zeros(2), np.ones(2)],
)
STD = "self.std = np.sqrt(var + self.eps)"
BATCH = "x.mean(axis=0), x.var(axis=0)"
RESULT = "self.gamma * self.x_hat + self.beta"
norm.mistake("gamma and beta are missing in the result.", RESULT, "+self.x_hat")
norm.mistake(
    "x_hat is kept as it is before gamma and beta.", "return " + RESULT, f"self.x_hat = {RESULT}\n    return self.x_hat"
)
norm.mistake("Every column has its own mean and variance: `axis=0`.", BATCH, "x.mean(), x.var()")
norm.mistake("std is the root of (variance + eps).", STD, "self.std = var + self.eps")
norm.mistake(
    "You normalised with the variance divided by n - 1: that one is for the running average only.",
    STD,
    "self.std = np.sqrt((x.var(axis=0, ddof=1) if self.training else var) + self.eps)",
)
averages = "mean, var = self.running_mean, self.running_var\n    "
norm.mistake("In training the ruler is the batch itself, not the running averages.", STD, averages + STD)
norm.mistake(
    "The momentum is the wrong way round: it is the share of the new batch.",
    "self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean\n"
    "        self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var",
    "self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean\n"
    "        self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var",
)
norm.mistake("The running variance takes in the unbiased one, with n - 1.", " * var * n / (n - 1)", " * var")
norm.mistake("eps belongs under the root.", "np.sqrt(var + self.eps)", "np.sqrt(var) + self.eps")
norm.mistake(
    "The running averages move in eval mode too: using a layer must not change it.",
    STD,
    "if not self.training:\n"
    "        self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * x.mean(axis=0)\n    " + STD,
)
norm.hint("Two cases decide on `mean` and `var`; what follows, from `self.std` on, is the same for both.")
norm.hint("`x.var(axis=0)` divides by n. Times n / (n - 1), it is the unbiased one.")
norm.hint("In training: n, refusal, mean and var of x, running averages. Then std, x_hat, result.")


def batch_normed(eps):
    def forward(x, gamma, beta):
        centred = x - x.mean(axis=0)
        return gamma * centred / np.sqrt((centred**2).mean(axis=0) + eps) + beta

    return forward


back = Piece("neural.layers:BatchNorm.backward")
back.asks(
    NORM + "    dx = bn.backward(dy)\n    [dx, *bn.grads]",
    "in training: the slopes for the input, gamma and beta",
    cases=norm_cases,
    answer=lambda batches, gamma, beta, eps, dy: slopes(batch_normed(eps), [batches[-1], gamma, beta], dy),
    rtol=1e-7,
    atol=1e-9,
)
back.asks(
    NORM + "    bn.eval()\n    bn(row)\n    dx = bn.backward(dy[:1])\n    [dx, *bn.grads]",
    "in eval mode mean and variance are constants",
    cases=norm_cases,
    answer=lambda row, gamma, beta, dy, **case: slopes(
        lambda x, g, b: in_use(x, g, b, **case)[0], [row, gamma, beta], dy[:1]
    ),
)
back.asks(
    NORM + "    kept = [bn.x_hat.copy(), bn.std.copy(), bn.gamma.copy(), dy.copy()]\n    bn.backward(dy)\n"
    "    [bool((a == b).all()) for a, b in zip(kept, [bn.x_hat, bn.std, bn.gamma, dy])]",
    "x_hat, std, gamma and dy are as they were",
    cases=norm_cases,
    answer=lambda: [True] * 4,
)
MEANS = "s.mean(axis=0) - self.x_hat * (s * self.x_hat).mean(axis=0)"
SUMS = "[(dy * self.x_hat).sum(axis=0), dy.sum(axis=0)]"
back.mistake("Mean and variance are not constants in training: they move with every row.", "self.training:", "False:")
back.mistake("In eval mode mean and variance are constants: test self.training.", "self.training:", "True:")
back.mistake("The way through the mean is missing, the term mean(s).", "s - s.mean(axis=0) - self", "s - self")
back.mistake("The way through sigma is missing, the term with x_hat.", MEANS, "s.mean(axis=0)")
back.mistake("The way through gamma is missing: x_hat gets gamma times dy.", "s = dy * self.gamma", "s = dy + 0")
back.mistake("Each mean goes down one column: `axis=0`.", MEANS, MEANS.replace("axis=0", ""))
back.mistake("Means are to be taken away, and you took sums.", MEANS, MEANS.replace("mean", "sum"))
back.mistake("In grads gamma comes before beta, as in params.", SUMS, SUMS + "[::-1]")
back.mistake("The slopes for gamma and beta add up over the rows: no means.", SUMS, SUMS.replace("sum", "mean"))
back.mistake("In eval mode too the slopes are divided by std.", "/ self.std", "/ (self.std if self.training else 1)")
back.hint("Begin with grads: y = gamma * x_hat + beta, and each column's gamma and beta serve all rows.")
back.hint("Then s = dy * gamma, the slopes for x_hat. In eval mode only the division by std is left.")
back.hint("In training, take from s its mean over the rows, and x_hat times the mean of s * x_hat; then divide by std.")
