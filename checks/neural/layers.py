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

    def accept(got, n_in, n_out, times=None):
        shape = (n_in, n_out) if times is None else (times, n_in, n_out)
        if not isinstance(got, np.ndarray) or got.shape != shape or got.dtype.kind != "f":
            return f"an array of floats of shape {shape} is expected"
        z, n = got / math.sqrt(variance(n_in, n_out)), got.size
        if abs(z.std() - 1) > 6.5 / math.sqrt(2 * n):
            return f"the variance of the entries is {got.var():.3g}, but {variance(n_in, n_out):.3g} is expected"
        if abs(z.mean()) > 6.5 / math.sqrt(n):
            return f"the mean of the entries is {got.mean():.3g}, too far from 0"
        if abs((abs(z) < 1).mean() - 0.6827) > 6.5 * math.sqrt(0.6827 * 0.3173 / n):
            return "the entries are not normally distributed: too few or too many are near 0"
        if len(np.unique(got)) < n:
            return "some entries are the same number: each is to be drawn anew"
        if abs((z.ravel()[1:] * z.ravel()[:-1]).mean()) > 8 / math.sqrt(n):
            return "neighbours have to do with each other: each entry is to be drawn by itself"
        return None

    return accept


def initialiser(name, variance, words):
    """The piece ``name``, with its questions and the mistake that both have in common."""
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
    piece.asks(
        f"rng = np.random.default_rng(seed)\nnp.array([{name}(n_in, n_out, rng=rng) for _ in range(times)])",
        f"thousands of small ones too have mean 0 and variance {words}, all entries together",
        cases=[dict(n_in=1, n_out=2, times=4000, seed=1), dict(n_in=2, n_out=1, times=4000, seed=2)],
        accept=drawn_from(variance),
    )
    forgotten = "rng.normal wants the standard deviation, and you gave it the variance: take the root."
    piece.mistake(forgotten, f"math.sqrt({words})", words)
    return piece


xavier = initialiser("xavier_normal", lambda n_in, n_out: 2 / (n_in + n_out), "2 / (n_in + n_out)")
xavier.mistake("The 2 is missing: the mean of the sizes is (n_in + n_out) / 2.", "(2 / (n_in", "(1 / (n_in")
xavier.mistake(
    "Every layer comes out alike: draw from the `rng` that was handed in.",
    "return rng.normal",
    "return np.random.default_rng(0).normal",
)
xavier.mistake("Only n_in counts in your variance; here both sizes do.", "(2 / (n_in + n_out))", "(1 / n_in)")
xavier.hint("`rng.normal(0, s, size=(a, b))` draws a table of numbers with standard deviation s.")
xavier.hint("The standard deviation is the root of the variance.")

he = initialiser("he_normal", lambda n_in, n_out: 2 / n_in, "2 / n_in")
he.mistake("This is right without ReLU, which halves the mean square: 2 / n_in.", "(2 / n_in)", "(1 / n_in)")
he.mistake("This is Xavier's variance; He's is 2 / n_in, whatever n_out is.", "(2 / n_in)", "(2 / (n_in + n_out))")
he.mistake("You divided by the outputs; one output is a sum of n_in products.", "(2 / n_in)", "(2 / n_out)")
he.hint("One thing differs from xavier_normal: what stands under the root.")

# ------------------------------------------------------------------ layers that pass slopes back

HAND = dict(W=np.array([[1.0, 2.0], [3.0, 4.0]]), b=np.zeros(2), x=np.array([[10.0, 20.0]]), dy=np.array([[1.0, -1.0]]))


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
    LINEAR + "layer.backward(dy)",
    "the slopes for the input are returned",
    cases=linear_cases,
    answer=lambda W, b, x, dy: slopes(affine, [x, W, b], dy)[0],
)
linear.asks(
    LINEAR + "layer.backward(dy)\nlayer.grads",
    "grads holds the slopes for the weights and for the bias, in this order",
    cases=linear_cases,
    answer=lambda W, b, x, dy: slopes(affine, [x, W, b], dy)[1:],
)
linear.asks(
    LINEAR + "layer.backward(dy)\nold = layer.grads\nlayer.backward(7 * dy)\nfor g in old:\n    g *= 0\n"
    "[*layer.grads, layer.weight, layer.bias, layer.x, dy]",
    "a second call makes a new list of new arrays, and everything else is as it was",
    cases=linear_cases,
    answer=lambda W, b, x, dy: [*(7 * g for g in slopes(affine, [x, W, b], dy)[1:]), W, b, x, dy],
)
GRADS = "[self.x.T @ dy, dy.sum(axis=0)]"
linear.mistake("You averaged over the rows: the slopes add up.", GRADS, f"[g / len(dy) for g in {GRADS}]")
linear.mistake("The weights are to be transposed on the way back.", "dy @ self.weight.T", "dy @ self.weight")
piled = f"[g + k for g, k in zip(self.grads, {GRADS})]"
linear.mistake("The slopes pile up from call to call: each call starts grads anew.", GRADS, piled)
linear.mistake("The weights' slopes came out transposed: look at their shape.", "self.x.T @ dy", "dy.T @ self.x")
linear.mistake("In grads the weights come before the bias, as in params.", GRADS, GRADS + "[::-1]")
linear.hint("Look at the shapes: which product of x (n, n_in) and dy (n, n_out) has shape (n_in, n_out)?")
linear.hint("The bias was added to every row, so its slope is the sum of dy down the rows: `axis=0`.")


def factors(rng):
    yield dict(factors=[2.0], dy=np.array([1.0, -2.0]))
    yield dict(factors=[2.0, 3.0, 5.0], dy=np.array([1.0, -2.0]))
    yield dict(factors=[], dy=np.array([1.0, -2.0]))
    yield dict(factors=array(rng, 7).tolist(), dy=array(rng, 3, 2))


sequential = Piece("neural.layers:Sequential.backward")
sequential.asks(
    """
    class Times(Layer):
        def __init__(self, factor):
            self.factor, self.handed = factor, []

        def backward(self, dy):
            self.handed.append(dy)
            return self.factor * dy

    layers = [Times(factor) for factor in factors]
    model = Sequential(*layers)
    dx = model.backward(dy)
    [dx, [layer.handed for layer in layers], model.layers == layers]
    """,
    "what comes back; what each layer was handed, if they multiply by these factors; the same layers afterwards",
    cases=factors,
    answer=lambda factors, dy: [
        math.prod(factors) * dy,
        [[math.prod(factors[i + 1 :]) * dy] for i in range(len(factors))],
        True,
    ],
)
sequential.mistake("The slopes go backwards: the last layer comes first.", "reversed(self.layers)", "self.layers")
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
sequential.mistake("On the way back it is each layer's backward that is called.", "layer.backward(dy)", "layer(dy)")
sequential.mistake("The return stands inside the loop.", "    return dy", "        return dy\n    return dy")
sequential.hint("`reversed(items)` walks over a list from its end and leaves the list alone.")
sequential.hint("The same loop as in forward, with what goes through it going the other way.")

# ------------------------------------------------------------------ BatchNorm


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

# ------------------------------------------------------------------ Dropout


def dropped(rng):
    yield dict(x=np.array([[1.0, 2.0], [3.0, 4.0]]), p=0.5, seed=1)
    yield dict(x=np.array([2.0, -3.0, 5.0]), p=0.0, seed=2)
    for p in (0.2, 0.5, 0.7):
        x = rng.uniform(1, 2, size=(90, 40)).round(2)
        yield dict(x=x, p=p, seed=int(rng.integers(1000)))
    yield dict(x=np.maximum(x - 1.5, 0), p=0.2, seed=int(rng.integers(1000)))  # zeros are entries too
    yield dict(x=rng.uniform(1, 2, size=(20, 5, 9)).round(2), p=0.4, seed=int(rng.integers(1000)))


def properly_dropped(got, x, p, seed):
    """Shares of entries and of equal neighbours may be 7 deviations off: a right answer fails below 1e-9."""
    if not isinstance(got, list) or any(not isinstance(a, np.ndarray) or a.shape != x.shape for a in got):
        return f"result and mask are to have the shape of x, {x.shape}"
    y, mask, after = got
    if not np.array_equal(after, x):
        return "x itself was changed"
    kept = mask != 0
    with np.errstate(invalid="ignore"):
        multiplied = x * mask
    if not np.allclose(y, multiplied, equal_nan=True):
        return "self.mask is not what the entries were multiplied by"
    if not np.allclose(y, np.where(kept, x / (1 - p), 0.0)):
        return f"entries that are kept are to be divided by 1 - p = {1 - p:.3g}, the others 0"
    if kept.size < 100 and p > 0:
        return None
    if abs(kept.mean() - (1 - p)) > 7 * math.sqrt(p * (1 - p) / kept.size):
        return f"{1 - kept.mean():.1%} of the entries were dropped, where {p:.0%} are expected"
    alike = p**2 + (1 - p) ** 2
    for axis in range(x.ndim):
        same = np.diff(kept.astype(int), axis=axis) == 0
        if abs(same.mean() - alike) > 10 * math.sqrt(alike * (1 - alike) / same.size):
            return f"neighbours along axis {axis} share their fate too often or too rarely: draw for each entry"
    return None


dropout = Piece("neural.layers:Dropout.forward")
dropout.asks(
    "layer = Dropout(p, rng=np.random.default_rng(seed))\ny = layer(x)\n[y, layer.mask, x]",
    "each entry is 0 with probability p, else divided by 1 - p; the mask says which; x is as it was",
    cases=dropped,
    accept=properly_dropped,
    expected="result, mask and x, each of x's shape; some entries 0, the others divided by 1 - p",
)
dropout.asks(
    "rng = np.random.default_rng(seed)\nlayer = Dropout(p, rng=rng).eval()\n[layer(x), rng.random()]",
    "in eval mode the entries pass through, and nothing is drawn",
    cases=dropped,
    answer=lambda x, seed: [x, float(np.random.default_rng(seed).random())],
)
dropout.asks(
    """
    layer = Dropout(0.5, rng=np.random.default_rng(seed))
    first, second = layer(np.ones(60)), layer(np.ones(60))
    again = Dropout(0.5, rng=np.random.default_rng(seed))(np.ones(60))
    dropped = [int((layer(np.ones(60)) == 0).sum()) for _ in range(40)]
    [bool((first == second).all()), bool((first == again).all()), len(set(dropped)) > 1]
    """,
    "two calls differ; the same seed gives the same; how many entries are dropped is chance as well",
    cases=[dict(seed=1), dict(seed=2)],
    answer=lambda seed: [False, True, True],
)
dropout.mistake("Entries that are kept make up for the rest: divide them by 1 - p.", " / (1 - self.p)", " / 1.0")
dropout.mistake("Divide by 1 - p, not by p: what is kept makes up for the rest.", "(1 - self.p)", "(self.p or 1.0)")
dropout.mistake("p is the probability of being dropped; you keep with probability p.", ">= self.p", "< self.p")
dropout.mistake("In eval mode nothing is dropped: test self.training.", "if not self.training:", "if False:")
dropout.mistake("Training made up for it: in eval mode nothing is scaled.", "return x\n", "return x * (1 - self.p)\n")
dropout.mistake("All rows lose the same entries: draw for every entry of x.", "random(x.shape)", "random(x.shape[-1])")
dropout.mistake("forward has to keep the factors in self.mask.", "self.mask = ", "mask = ")
fixed = "np.random.default_rng(0).random"
dropout.mistake("Each call drops the same entries: draw anew, from self.rng.", "self.rng.random", fixed)
dropout.hint("`self.rng.random(x.shape)` draws from 0 to 1 for every entry. How likely is such a number to be below p?")
dropout.hint("A comparison gives True and False, which count as 1 and 0 in arithmetic.")


def masked(rng):
    yield dict(mask=np.array([[0.0, 2.0]]), p=0.5, dy=np.array([[3.0, -5.0]]))
    yield dict(mask=np.array([[1.0, 1.0]]), p=0.0, dy=np.array([[1.0, 4.0]]))
    mask = (rng.random((4, 3)) < 0.75) / 0.75
    yield dict(mask=mask, p=0.25, dy=array(rng, 4, 3))


DROP = "layer = Dropout(p)\nlayer(np.ones(dy.shape))\nlayer.mask = mask\n"
undrop = Piece("neural.layers:Dropout.backward")
undrop.asks(
    DROP + "[layer.backward(dy), dy, layer.mask]",
    "in training the slopes go through the mask; dy and the mask are as they were",
    cases=masked,
    answer=lambda mask, p, dy: [mask * dy, dy, mask],
)
undrop.asks(
    DROP + "layer.eval()\nlayer.backward(dy)",
    "in eval mode they pass through, whatever an old mask says",
    cases=masked,
    answer=lambda mask, p, dy: dy,
)
undrop.asks(
    "Dropout(p).eval().backward(dy)",
    "in eval mode they pass through, even if there never was a mask",
    cases=masked,
    answer=lambda p, dy: dy,
)
undrop.asks(
    "layer = Dropout(p, rng=np.random.default_rng(seed))\ny = layer(x)\nnp.allclose(layer.backward(x), y)",
    "what was dropped on the way there is dropped on the way back",
    cases=lambda rng: list(dropped(rng))[:3],
    answer=lambda x: True,
)
MASKED = "dy * self.mask if"
redrawn = "dy * (self.rng.random(dy.shape) >= self.p) / (1 - self.p) if"
undrop.mistake("You drew a new mask: the slopes go through the entries that forward kept.", MASKED, redrawn)
undrop.mistake("What was dropped must not get a slope: the mask counts here too.", MASKED, "dy if")
undrop.mistake("The mask has the scaling in it already.", MASKED, "dy * self.mask / (1 - self.p) if")
undrop.mistake("The mask is a factor, 0 or 1 / (1 - p): multiply by it.", MASKED, "dy * (self.mask > 0) if")
undrop.mistake(
    "In eval mode forward changed nothing, and neither does backward: self.training decides, not the mask.",
    " if self.training else dy",
    "",
)
undrop.hint("y = x * mask, entry by entry. What is the slope of a * b for a?")

# ------------------------------------------------------------------ ResidualBlock


def blocks(rng):
    one = [np.array([[1.0]]), np.zeros(1), np.array([[3.0]]), np.zeros(1)]
    yield dict(values=one, x=np.array([[2.0]]), dy=np.array([[10.0]]))
    yield dict(values=[*one[:2], np.zeros((1, 1)), one[3]], x=np.array([[2.0]]), dy=np.array([[10.0]]))
    for n, n_in, n_out in ((2, 3, 3), (3, 2, 4), (4, 3, 1)):
        shapes = [(n_in, n_out), (n_out,), (n_out, n_out), (n_out,)] + [(n_in, n_out), (n_out,)] * (n_in != n_out)
        yield dict(values=[array(rng, *s) for s in shapes], x=rng.normal(size=(n, n_in)), dy=array(rng, n, n_out))


def block_output(x, W, b, V, c, *skip):
    inner = x @ W + b
    branch = inner * (inner.real > 0) @ V + c
    return branch + (x @ skip[0] + skip[1] if skip else x)


BLOCK = """
    block = ResidualBlock(x.shape[1], dy.shape[1])
    for array, value in zip(block.params, values):
        array[...] = value
    block(x)
"""
residual = Piece("neural.layers:ResidualBlock.backward")
residual.asks(
    BLOCK + "    block.backward(dy)",
    "the slopes for the input",
    cases=blocks,
    answer=lambda values, x, dy: slopes(block_output, [x, *values], dy)[0],
)
residual.asks(
    BLOCK + "    block.backward(dy)\n    [*block.grads, dy]",
    "the slopes for the parameters of branch and skip; dy is as it was",
    cases=blocks,
    answer=lambda values, x, dy: [*slopes(block_output, [x, *values], dy)[1:], dy],
)
SKIP = "(self.skip.backward(dy) if self.skip else dy)"
residual.mistake(
    "The skip's slopes are missing: x reaches the output on two ways, and the slopes of both add up.",
    f"return through + {SKIP}",
    "if self.skip:\n        self.skip.backward(dy)\n    return through",
)
residual.mistake("With a skip that is a layer, dy has to go back through that layer.", SKIP, "dy")
shortcut = "(dy @ self.skip.weight.T if self.skip else dy)"
residual.mistake("The skip's own grads are not set: call its backward.", SKIP, shortcut)
residual.mistake("self.skip is None where the sizes are equal: dy itself is added.", SKIP, "self.skip.backward(dy)")
residual.mistake("Branch and skip both get dy, not one what the other returned.", SKIP, SKIP.replace("dy", "through"))
one_line = f"return self.branch.backward(dy) + {SKIP[1:-1]}"
residual.mistake("Python reads `(a + b) if c else d`: put parentheses around the choice.", one_line)
residual.hint("In a sum, every part gets the slopes of the sum.")
residual.hint("x is used twice, by branch and by skip: what comes back from both is added.")

# ------------------------------------------------------------------ clipping


def gradients(rng):
    yield dict(grads=[np.array([3.0, 0.0]), np.array([[4.0]])], max_norm=1.0)
    yield dict(grads=[np.array([3.0, 0.0]), np.array([[4.0]])], max_norm=4.5)
    yield dict(grads=[np.array([3.0, 0.0]), np.array([[4.0]])], max_norm=9.0)
    yield dict(grads=[np.array([-8.0])], max_norm=2.0)
    yield dict(grads=[], max_norm=1.0)
    yield dict(grads=[np.zeros((2, 2)), np.zeros(3)], max_norm=1.0)
    yield dict(grads=[np.array([[-1.0, 2.0]]), np.array([2.0])], max_norm=3.0)
    for factor, max_norm in ((1.0, 2.5), (1e-9, 1e-12), (1e100, 5.0), (0.01, 7.0)):
        yield dict(grads=[factor * array(rng, *s) for s in ((2, 3), (3,), (1, 4))], max_norm=max_norm)


def clipped(grads, max_norm):
    length = math.hypot(*(v for g in grads for v in g.ravel().tolist()))
    return [length, *(g * min(1.0, max_norm / length) if length else g for g in grads)]


clip = Piece("neural.layers:clip_gradients")
clip.asks(
    "arrays = [g.copy() for g in grads]\nlength = clip_gradients(list(arrays), max_norm)\n[length, *arrays]",
    "the length before, and the arrays themselves, together no longer than max_norm",
    cases=gradients,
    answer=clipped,
    atol=0.0,
)
EACH = "g *= max_norm / length"
clip.mistake(
    "Every array was clipped by itself, which bends the gradient: all are multiplied by one number.",
    f"if length > max_norm:\n        for g in grads:\n            {EACH}",
    "for g in grads:\n        g *= max_norm / max(max_norm, math.sqrt((g**2).sum()))",
)
entries = "np.clip(g, -max_norm, max_norm, out=g)"
clip.mistake("Every entry was clipped, which bends the gradient: all are multiplied by one number.", EACH, entries)
clip.mistake("`g = ...` makes a new array and leaves the caller's alone: use `*=`.", EACH, EACH.replace("*=", "= g *"))
clip.mistake("A gradient shorter than max_norm stays as it is.", "if length > max_norm:", "if length > 0:")
clip.mistake(
    "Lengths do not add up, their squares do: one root, over everything.",
    "math.sqrt(sum((g**2).sum() for g in grads))",
    "sum(math.sqrt((g**2).sum()) for g in grads)",
)
clip.mistake("The root is missing: this is the length squared.", "math.sqrt(", "float(")
clip.mistake("The length that is wanted is max_norm, and you made it 1.", EACH, "g /= length")
clip.mistake("The length before the clipping is to be returned.", "return length", "return min(length, max_norm)")
clip.hint("First the length: `(g**2).sum()` for each array, all added up, then one root.")
clip.hint("One factor for all arrays. `g *= factor` changes the array that the layer holds.")
