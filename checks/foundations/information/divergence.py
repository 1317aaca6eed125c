"""What must hold of ``cross_entropy`` and ``kl_divergence``. Oracle: SciPy."""

import math

from scipy.special import xlogy
from scipy.stats import entropy as scipy_entropy

from checks.foundations.information.shared import NOT_DISTRIBUTIONS, PLAIN, shares, with_zero
from checks.language import Piece


def pairs(rng):
    yield dict(p=[1.0], q=[1.0])
    yield dict(p=[0.75, 0.25], q=[0.5, 0.5])
    yield dict(p=[0.5, 0.25, 0.25], q=[0.5, 0.25, 0.25])
    yield dict(p=[0.5, 0.25, 0.25], q=[0.25, 0.5, 0.25])
    yield dict(p=[1, 0], q=[0.125, 0.875])
    for n in (2, 3, 6):
        yield dict(p=shares(rng, n), q=shares(rng, n))


def pairs_and_bases(rng):
    yield dict(p=[1, 0], q=[0.5, 0.5], base=math.e)
    yield dict(p=shares(rng, 3), q=shares(rng, 3), base=math.e)
    yield dict(p=shares(rng, 4), q=shares(rng, 4), base=10)


def pairs_with_zeros(rng):
    yield dict(p=[0.5, 0.5, 0], q=[0.25, 0.75, 0])
    yield dict(p=[0, 1], q=[0, 1])
    p, q = with_zero(rng, 5), shares(rng, 5)
    yield dict(p=p, q=q)
    p, q = shares(rng, 4), shares(rng, 4)
    yield dict(p=[*p, 0.0], q=[*q, 0.0])


IMPOSSIBLE = [dict(p=[0.5, 0.5], q=[1, 0]), dict(p=[0, 1], q=[1, 0]), dict(p=[0.25, 0.5, 0.25], q=[0.5, 0, 0.5])]
UNEQUAL = [dict(p=[0.5, 0.5], q=[0.5, 0.25, 0.25]), dict(p=[0.5, 0.5, 0, 0, 0], q=[0.5, 0.5])]
REFUSED = [dict(p=p, q=[1 / len(p)] * len(p)) for p in NOT_DISTRIBUTIONS] + [
    dict(p=[1 / len(q)] * len(q), q=q) for q in NOT_DISTRIBUTIONS
]


def cross(p, q, base=2):
    return -float(xlogy(p, q).sum()) / math.log(base)


def relative(p, q, base=2):
    return float(scipy_entropy(p, q, base=base))


def two_distributions(piece, name, oracle):
    """The questions of a function of two distributions."""
    piece.asks(f"{name}(p, q)", "in bits, unless a base is given", cases=pairs, answer=lambda p, q: oracle(p, q))
    piece.asks(f"{name}(p, q, base)", "to another base", cases=pairs_and_bases, answer=oracle)
    piece.asks(
        f"{name}(p, q)", "what never happens adds nothing", cases=pairs_with_zeros, answer=lambda p, q: oracle(p, q)
    )
    piece.asks(
        f"math.isnan({name}(p, q))",
        "zeros never make it nan",
        cases=[dict(p=[1, 0], q=[1, 0]), dict(p=[0.5, 0, 0.5], q=[0.25, 0, 0.75]), dict(p=[1, 0], q=[0, 1])],
        answer=lambda: False,
    )
    piece.asks(f"{name}(p, q)", "infinite where q is 0 and p is not", cases=IMPOSSIBLE, answer=lambda: math.inf)
    piece.asks(
        f"{name}(p, q)", "what is not a distribution is refused, be it p or q", cases=REFUSED, raises="ValueError"
    )


cross_entropy = Piece("foundations.information:cross_entropy", forbid=PLAIN)
two_distributions(cross_entropy, "cross_entropy", cross)
cross_entropy.asks(
    "cross_entropy(p, q)",
    "different lengths are refused, and both are named",
    cases=UNEQUAL[:1],
    raises="ValueError",
    mentions=("2", "3"),
)
cross_entropy.asks(
    "cross_entropy(p, q)", "a longer p is refused too", cases=UNEQUAL[1:], raises="ValueError", mentions=("5", "2")
)
cross_entropy.mistake(
    "p and q have changed places: p says how often, q how surprising.",
    """
    if len(p) != len(q):
        raise ValueError(f"p has {len(p)} outcomes and q has {len(q)}")
    require_distribution(p)
    require_distribution(q)
    return sum(y * surprise(x, base) for x, y in zip(p, q) if y > 0)
    """,
)
cross_entropy.mistake("This is the entropy of p: the surprise is that of q.", "surprise(y, base)", "surprise(x, base)")
cross_entropy.mistake(
    "This is the entropy of q: how often things happen, p says.",
    "x * surprise(y, base)",
    "(y * surprise(y, base) if y else 0)",
)
cross_entropy.mistake("0 times infinity is nan in Python: leave out what p says never happens.", " if x > 0", "")
cross_entropy.mistake(
    "Where q is 0, you leave the outcome out. If p is not 0 there, it happens, and the surprise is infinite.",
    "if x > 0",
    "if y > 0",
)
cross_entropy.mistake("The base is not handed on to surprise.", "surprise(y, base)", "surprise(y)")
cross_entropy.mistake(
    "zip stops at the shorter list without a word: compare the lengths first.",
    """
    require_distribution(p)
    require_distribution(q)
    return sum(x * surprise(y, base) for x, y in zip(p, q) if x > 0)
    """,
)
cross_entropy.hint("First refuse what does not fit (three reasons), then add up.")
cross_entropy.hint("Your entropy, with one letter changed: walk over `zip(p, q)`.")
cross_entropy.hint("Which of the two must be more than 0 for an outcome to count?")

kl_divergence = Piece("foundations.information:kl_divergence", forbid=PLAIN)
two_distributions(kl_divergence, "kl_divergence", relative)
kl_divergence.asks(
    "kl_divergence(p, q)",
    "a small difference has its price too",
    cases=[dict(p=[0.5, 0.5], q=[0.501, 0.499]), dict(p=[0.5, 0.5], q=[0.50001, 0.49999])],
    answer=relative,
)
kl_divergence.asks("kl_divergence(p, q)", "different lengths are refused", cases=UNEQUAL, raises="ValueError")
kl_divergence.asks(
    "kl_divergence(p, q)",
    "rounding never makes it negative",
    cases=[
        dict(p=p, q=q)
        for p, q in (
            ([0.3, 0.7], [0.1 + 0.2, 1 - 0.3]),
            ([0.1, 0.2, 0.7], [0.3 - 0.2, 0.2, 0.7]),
            ([0.1, 0.3, 0.6], [0.1, 0.1 + 0.2, 0.6]),
            ([0.2, 0.2, 0.6], [0.2, 0.2, 0.1 + 0.2 + 0.3]),
            ([0.1, 0.9], [1 - 0.9, 0.9]),
            ([0.4, 0.6], [1 - 0.6, 0.6]),
            ([0.1, 0.1, 0.8], [0.1, 0.9 - 0.8, 0.8]),
            ([0.06, 0.14, 0.24, 0.56], [0.2 * 0.3, 0.2 * 0.7, 0.8 * 0.3, 0.8 * 0.7]),
        )
    ],
    accept=lambda got: (
        None if type(got) in (int, float) and 0 <= got < 1e-9 else f"{got} instead of 0 or a trifle more"
    ),
    expected="0, or a trifle more",
)
kl_divergence.mistake(
    "The arguments have changed places: the first is the truth.",
    """
    return max(0.0, cross_entropy(q, p, base) - entropy(q, base))
    """,
)
kl_divergence.mistake(
    "This is the cross-entropy: take off what is unavoidable, the entropy of p.",
    """
    return cross_entropy(p, q, base)
    """,
)
kl_divergence.mistake(
    "You took off the entropy of q: the unavoidable part is that of p.", "entropy(p, base)", "entropy(q, base)"
)
kl_divergence.mistake(
    "The base is not handed on.",
    """
    return max(0.0, cross_entropy(p, q) - entropy(p))
    """,
)
kl_divergence.mistake("The base is handed to one part only: both need it.", "entropy(p, base)", "entropy(p)")
kl_divergence.mistake(
    "The base is handed to one part only, the entropy: the cross-entropy needs it too.",
    "cross_entropy(p, q, base)",
    "cross_entropy(p, q)",
)
kl_divergence.mistake(
    "A small difference is not nothing: only what is below 0 becomes 0.",
    """
    difference = cross_entropy(p, q, base) - entropy(p, base)
    return difference if difference > 1e-3 else 0.0
    """,
)
kl_divergence.mistake(
    "Rounding can push the difference to -2e-16: clamp it at 0.",
    """
    return cross_entropy(p, q, base) - entropy(p, base)
    """,
)
kl_divergence.hint("Both parts are built already, with their errors. Which is taken from which?")
kl_divergence.hint("`max(0.0, x)` is x, but never less than 0.")
