"""What must hold of the pieces of ``neural.layers``.

Oracle of every `backward`: the forward pass written again in NumPy, and its slopes by complex steps. For a function of
real numbers made of smooth parts, f(x + ih) = f(x) + ih f'(x) up to h squared; so with h = 1e-30 the imaginary part
over h is the slope, exact to the last digit.
"""

import math

import numpy as np

from checks.language import Piece


def array(rng, *shape):
    return rng.uniform(-3, 3, size=shape).round(3)


def slopes(forward, arrays, dy):
    """Slopes of ``(dy * forward(*arrays)).sum()`` for every entry of every array."""
    result = []
    for k, a in enumerate(arrays):
        found = np.zeros(a.shape)
        for index in np.ndindex(a.shape):
            moved = [b.astype(complex) for b in arrays]
            moved[k][index] += 1e-30j
            found[index] = (dy * forward(*moved)).sum().imag / 1e-30
        result.append(found)
    return result


# ------------------------------------------------------------------ how weights begin


def sizes(rng):
    yield dict(n_in=100, n_out=100, seed=1)
    yield dict(n_in=20, n_out=500, seed=2)
    yield dict(n_in=500, n_out=20, seed=3)
    yield dict(n_in=int(rng.integers(80, 120)), n_out=int(rng.integers(200, 300)), seed=int(rng.integers(1000)))


def drawn_from(variance):
    """Accepts a sample of the normal distribution; a right one fails with a chance below 1e-9 (6.5 deviations)."""

    def accept(got, n_in, n_out, seed):
        if not isinstance(got, np.ndarray) or got.shape != (n_in, n_out) or got.dtype.kind != "f":
            return f"an array of floats of shape {(n_in, n_out)} is expected"
        z, n = got / math.sqrt(variance(n_in, n_out)), got.size
        if abs(z.std() - 1) > 6.5 / math.sqrt(2 * n):
            return f"the variance of the entries is {got.var():.3g}, but {variance(n_in, n_out):.3g} is expected"
        if abs(z.mean()) > 6.5 / math.sqrt(n):
            return f"the mean of the entries is {got.mean():.3g}, too far from 0"
        if abs((abs(z) < 1).mean() - 0.6827) > 6.5 * math.sqrt(0.6827 * 0.3173 / n):
            return "the entries are not normally distributed: too few or too many are near 0"
        if len(np.unique(got)) < n:
            return "some entries are the same number: each is to be drawn anew"
        return None

    return accept


def initialiser(name, variance, words):
    piece = Piece(f"neural.layers:{name}")
    piece.asks(
        f"{name}(n_in, n_out, rng=np.random.default_rng(seed))",
        f"normal numbers with mean 0 and variance {words}, in the right shape",
        cases=sizes,
        accept=drawn_from(variance),
    )
    piece.asks(
        f"rng = np.random.default_rng(seed)\nA, B = {name}(3, 2, rng=rng), {name}(3, 2, rng=rng)\n"
        f"C = {name}(3, 2, rng=np.random.default_rng(seed))\n"
        "[A.shape, bool((A == B).any()), bool((A == C).all())]",
        "the shape; a second draw differs; the same seed gives the same weights",
        cases=[dict(seed=0), dict(seed=7)],
        answer=lambda seed: [(3, 2), False, True],
    )
    return piece


xavier = initialiser("xavier_normal", lambda n_in, n_out: 2 / (n_in + n_out), "2 / (n_in + n_out)")
xavier.mistake(
    "rng.normal wants the standard deviation, and you gave it the variance: take the root.",
    "math.sqrt(2 / (n_in + n_out))",
    "2 / (n_in + n_out)",
)
xavier.mistake(
    "Only n_in counts in your variance; Glorot and Bengio take the mean of n_in and n_out.",
    "2 / (n_in + n_out)",
    "1 / n_in",
)
xavier.mistake("The 2 is missing: the mean of the sizes is (n_in + n_out) / 2.", "2 / (n_in", "1 / (n_in")
xavier.mistake(
    "Your own generator with a fixed seed makes every layer alike: draw from the `rng` that was handed in.",
    "return rng.normal",
    "return np.random.default_rng(0).normal",
)
xavier.hint("`rng.normal(0, s, size=(a, b))` draws a table of numbers with standard deviation s.")
xavier.hint("The standard deviation is the root of the variance.")

he = initialiser("he_normal", lambda n_in, n_out: 2 / n_in, "2 / n_in")
he.mistake("With a gain of 1, each ReLU halves the signal's mean square: the variance is 2 / n_in.", "2 / n_in", "1 / n_in")
he.mistake(
    "You divided by the number of outputs: what adds up in one output are n_in products.", "2 / n_in)", "2 / n_out)"
)
he.mistake("This is Xavier's variance; here n_out does not count.", "2 / n_in)", "2 / (n_in + n_out))")
he.mistake(
    "rng.normal wants the standard deviation, and you gave it the variance: take the root.",
    "math.sqrt(2 / n_in)",
    "2 / n_in",
)
he.hint("One thing differs from xavier_normal: what stands under the root.")

# ------------------------------------------------------------------ layers that pass slopes back

HAND = dict(
    W=np.array([[1.0, 2.0], [3.0, 4.0]]), b=np.zeros(2), x=np.array([[10.0, 20.0]]), dy=np.array([[1.0, -1.0]])
)


def linear_cases(rng):
    yield HAND
    yield dict(W=np.array([[2.0]]), b=np.array([1.0]), x=np.array([[3.0]]), dy=np.array([[5.0]]))
    yield HAND | dict(x=np.array([[10.0, 20.0]] * 2), dy=np.array([[1.0, -1.0]] * 2))
    for n, n_in, n_out in ((3, 2, 2), (5, 3, 2), (2, 1, 4), (1, 4, 3)):
        yield dict(W=array(rng, n_in, n_out), b=array(rng, n_out), x=array(rng, n, n_in), dy=array(rng, n, n_out))


def affine(x, W, b):
    return x @ W + b


LINEAR = "layer = Linear(*W.shape)\nlayer.weight[...], layer.bias[...] = W, b\nlayer(x)\n"
linear = Piece("neural.layers:Linear.backward")
linear.asks(
    LINEAR + "dx = layer.backward(dy)\n[dx, *layer.grads]",
    "the slopes for the input, the weights and the bias",
    cases=linear_cases,
    answer=lambda W, b, x, dy: slopes(affine, [x, W, b], dy),
)
linear.asks(
    LINEAR + "layer.backward(7 * dy)\nlayer.backward(dy)\n[*layer.grads, layer.weight, layer.bias, layer.x, dy]",
    "a second call overwrites grads, and everything else is as it was",
    cases=linear_cases,
    answer=lambda W, b, x, dy: [*slopes(affine, [x, W, b], dy)[1:], W, b, x, dy],
)
linear.mistake(
    "You averaged over the rows: the loss did that already, the slopes add up.",
    "[self.x.T @ dy, dy.sum(axis=0)]",
    "[self.x.T @ dy / len(dy), dy.mean(axis=0)]",
)
linear.mistake("The weights are to be transposed on the way back.", "dy @ self.weight.T", "dy @ self.weight")
linear.mistake(
    "The slopes pile up from call to call: each call starts grads anew.",
    "self.grads = [self.x.T @ dy, dy.sum(axis=0)]",
    "self.grads = [self.grads[0] + self.x.T @ dy, self.grads[1] + dy.sum(axis=0)]",
)
linear.mistake(
    "The slopes for the weights came out transposed: their shape is that of the weights.", "self.x.T @ dy", "dy.T @ self.x"
)
linear.mistake("grads has the bias first: its order is that of params.", "[self.x.T @ dy, dy.sum(axis=0)]", "[dy.sum(axis=0), self.x.T @ dy]")
linear.hint("Look at the shapes: which product of x (n, n_in) and dy (n, n_out) has shape (n_in, n_out)?")
linear.hint("The bias was added to every row, so its slope is the sum of dy down the rows: `axis=0`.")


def stacks(rng):
    for shapes in (((1, 1),), ((2, 3),), ((2, 2), (2, 2)), ((3, 2), (2, 4), (4, 2))):
        values = [v for n_in, n_out in shapes for v in (array(rng, n_in, n_out), array(rng, n_out))]
        yield dict(values=values, x=array(rng, 2, shapes[0][0]), dy=array(rng, 2, shapes[-1][1]))


def tanh_stack(x, *values):
    for W, b in zip(values[::2], values[1::2]):
        x = np.tanh(x @ W + b)
    return x


STACK = """
    layers = []
    for W, b in zip(values[::2], values[1::2]):
        linear = Linear(*W.shape)
        linear.weight[...], linear.bias[...] = W, b
        layers += [linear, Tanh()]
    model = Sequential(*layers)
    before = model(x)
"""
sequential = Piece("neural.layers:Sequential.backward")
sequential.asks(
    STACK + "    dx = model.backward(dy)\n    [dx, *model.grads]",
    "the slopes for the input and all parameters, of linear layers with tanh after each",
    cases=stacks,
    answer=lambda values, x, dy: slopes(tanh_stack, [x, *values], dy),
    rtol=1e-8,
)
sequential.asks(
    STACK + "    model.backward(dy)\n    [bool((model(x) == before).all()), dy]",
    "afterwards the model still computes what it did, and dy is as it was",
    cases=stacks,
    answer=lambda values, x, dy: [True, dy],
)
sequential.asks(
    "Sequential().backward(dy)",
    "without any layers, dy itself comes back",
    cases=[dict(dy=np.array([[1.0, -2.0]]))],
    answer=lambda dy: dy,
)
sequential.mistake(
    "The slopes go backwards: the last layer comes first.", "reversed(self.layers)", "self.layers"
)
sequential.mistake(
    "Every layer got the slopes of the model's output; hand on what the layer after it returned.",
    "for layer in reversed(self.layers):\n        dy = layer.backward(dy)\n    return dy",
    "given = dy\n    for layer in reversed(self.layers):\n        dy = layer.backward(given)\n    return dy",
)
sequential.mistake(
    "`.reverse()` turns the model's own list round, and its next forward pass runs backwards.",
    "for layer in reversed(self.layers):",
    "self.layers.reverse()\n    for layer in self.layers:",
)
sequential.mistake("The first layer is left out.", "reversed(self.layers)", "reversed(self.layers[1:])")
sequential.hint("`reversed(items)` walks over a list from its end and leaves the list alone.")
sequential.hint("The same loop as in forward, with what goes through it going the other way.")

# ------------------------------------------------------------------ BatchNorm


def norm_case(rng, n, size, batches=1):
    scale, shift = rng.uniform(0.1, 9, size), rng.uniform(-9, 9, size)
    return dict(
        batches=[(rng.normal(size=(n, size)) * scale + shift).round(3) for _ in range(batches)],
        gamma=array(rng, size),
        beta=array(rng, size),
        eps=round(float(rng.uniform(0.01, 2)), 3),
        momentum=round(float(rng.uniform(0.05, 0.4)), 3),
        row=array(rng, 1, size),
        dy=array(rng, n, size),
    )


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


def normed(batches, gamma, beta, eps, momentum):
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
    answer=lambda batches, gamma, beta, eps, momentum: normed(batches, gamma, beta, eps, momentum)[0],
)
norm.asks(
    NORM + "    [bn.running_mean, bn.running_var]",
    "the running averages after these batches",
    cases=norm_cases,
    answer=lambda batches, gamma, beta, eps, momentum: normed(batches, gamma, beta, eps, momentum)[1:3],
)
norm.asks(
    NORM + "    [bn.x_hat, bn.std, x]",
    "what is kept for backward, and the batch as it was",
    cases=norm_cases,
    answer=lambda batches, gamma, beta, eps, momentum: [*normed(batches, gamma, beta, eps, momentum)[3:], batches[-1]],
)


def in_use(batches, gamma, beta, eps, momentum, row):
    _, mean, var, _, _ = normed(batches, gamma, beta, eps, momentum)
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
    mentions=("1",),
)
norm.mistake(
    "You normalised with the variance divided by n - 1: that one is for the running average only.",
    "self.std = np.sqrt(var + self.eps)",
    "self.std = np.sqrt((x.var(axis=0, ddof=1) if self.training else var) + self.eps)",
)
norm.mistake(
    "In training the ruler is the batch itself, not the running averages.",
    "self.std = np.sqrt(var + self.eps)",
    "mean, var = self.running_mean, self.running_var\n    self.std = np.sqrt(var + self.eps)",
)
norm.mistake(
    "The momentum is the wrong way round: it is the share of the new batch.",
    "self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean\n"
    "        self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var",
    "self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean\n"
    "        self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var",
)
norm.mistake(
    "The running variance takes in the unbiased variance: squares divided by n - 1.", " * var * n / (n - 1)", " * var"
)
norm.mistake("eps belongs under the root.", "np.sqrt(var + self.eps)", "np.sqrt(var) + self.eps")
norm.mistake(
    "The running averages move in eval mode too: using a layer must not change it.",
    "self.std = np.sqrt(var + self.eps)",
    "if not self.training:\n"
    "        self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * x.mean(axis=0)\n"
    "    self.std = np.sqrt(var + self.eps)",
)
norm.mistake(
    "You took one mean for the whole table: every column has its own, `axis=0`.", "x.mean(axis=0), x", "x.mean(), x"
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
    answer=lambda batches, gamma, beta, eps, momentum, row, dy: slopes(
        lambda x, g, b: in_use(batches, g, b, eps, momentum, x)[0] if False else _used(batches, g, b, eps, momentum, x),
        [row, gamma, beta],
        dy[:1],
    ),
)
back.asks(
    NORM + "    kept = [bn.x_hat.copy(), bn.std.copy(), bn.gamma.copy(), dy.copy()]\n    bn.backward(dy)\n"
    "    [bool((a == b).all()) for a, b in zip(kept, [bn.x_hat, bn.std, bn.gamma, dy])]",
    "x_hat, std, gamma and dy are as they were",
    cases=norm_cases,
    answer=lambda: [True] * 4,
)
