"""What must hold of ``xavier_normal`` and ``he_normal``. Oracle: the normal distribution."""

import math

import numpy as np

from checks.language import Piece


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
