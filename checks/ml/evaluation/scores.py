"""What must hold of ``roc_curve`` and ``roc_auc_score``. Oracles: scikit-learn, counting."""

from sklearn import metrics

from checks.language import Piece
from checks.ml.evaluation.shared import ILL, SCRATCH

MARKS = [0.9, 0.8, 0.7, 0.6, 0.4, 0.4, 0.3, 0.2, 0.2, 0.1]


def scored(rng):
    yield dict(y_true=[1, 0, 1, 0], y_score=[0.9, 0.5, 0.5, 0.1])
    yield dict(y_true=[0, 1], y_score=[1, 2])
    yield dict(y_true=[1, 0], y_score=[0.25, 0.75])
    yield dict(y_true=[1, 0, 0], y_score=[3.0, 3.0, 3.0])
    yield dict(y_true=ILL, y_score=MARKS)
    yield dict(y_true=[0, 1, 1, 0, 1], y_score=[-1e9, -2.5, 1e-9, 2e-9, 1e9])
    for n, levels in ((6, 50), (13, 4), (31, 9), (40, 1000)):
        y_true = rng.permutation([0, 1, *rng.integers(2, size=n - 2)])
        yield dict(y_true=y_true, y_score=rng.integers(-levels, levels, size=n) / 8)


def points(y_true, y_score):
    fpr, tpr, thresholds = metrics.roc_curve(y_true, y_score, drop_intermediate=False)
    return dict(thresholds=thresholds.tolist(), tpr=tpr, fpr=fpr)


BAD_SCORES = [
    dict(y_true=[1, 0, 1], y_score=[0.9, float("nan"), 0.5]),
    dict(y_true=[1, 1, 1], y_score=[0.9, 0.3, 0.5]),
    dict(y_true=[0, 0], y_score=[0.9, 0.3]),
    dict(y_true=[1, 2, 1], y_score=[0.9, 0.3, 0.5]),
    dict(y_true=[1, 0, 1], y_score=[0.9, 0.3]),
]

roc = Piece("ml.evaluation:roc_curve", forbid=SCRATCH)
auc = Piece("ml.evaluation:roc_auc_score", forbid=SCRATCH)
roc.asks(
    """
    fpr, tpr, thresholds = roc_curve(y_true, y_score)
    dict(thresholds=thresholds.tolist(), tpr=tpr, fpr=fpr)
    """,
    "one point for each different score, after the point (0, 0) of an infinite threshold",
    cases=scored,
    answer=points,
)
auc.asks(
    "roc_auc_score(y_true, y_score)",
    "the share of pairs in which the 1 outranks the 0, ties counted half",
    cases=scored,
    answer=lambda y_true, y_score: float(metrics.roc_auc_score(y_true, y_score)),
)
for piece, name in ((roc, "roc_curve"), (auc, "roc_auc_score")):
    piece.asks(
        f"{name}(y_true, y_score)",
        "NaN, a missing class, other labels and unequal lengths are refused",
        cases=BAD_SCORES,
        raises="ValueError",
    )

KEPT = "np.append(scores[1:] != scores[:-1], True)"
roc.mistake(
    "Equal scores pass one after the other: no threshold can part them, they are one point.", KEPT, "scores == scores"
)
roc.mistake(
    "Of equal scores you took the first: all of them have passed.", KEPT, "np.append(True, scores[1:] != scores[:-1])"
)
roc.mistake("The two rates have changed places: false positives come first.", "return", "fpr, tpr = tpr, fpr; return")
roc.mistake("The scores run upwards: begin with the strictest threshold.", "argsort(-y_score)", "argsort(y_score)")
roc.mistake("The scores were sorted without their labels: take both in the same order.", "y_true[order]", "y_true")
roc.mistake("The false positives are a share of the 0s, not of all rows.", "/ np.sum(labels == 0)", "/ len(labels)")
roc.mistake(
    "The start is missing: at an infinite threshold nobody is predicted positive.",
    "np.append(0.0, fpr), np.append(0.0, tpr), np.append(np.inf, scores[last])",
    "fpr, tpr, scores[last]",
)
BY_HAND = """
y_true, y_score = check_scores(y_true, y_score)
thresholds = np.append(np.inf, np.unique(y_score)[::-1])
fpr, tpr = ([np.sum((y_true == i) & (y_score {0} t)) / {1} for t in thresholds] for i in (0, 1))
return np.array(fpr), np.array(tpr), thresholds
"""
for sentence, passes, base in (
    ("A score that equals the threshold passes too: at least as high, not higher.", ">", "np.sum(y_true == i)"),
    ("These are shares of all rows: divide by the number of 1s, or of 0s.", ">=", "len(y_true)"),
    ("These are shares of those who pass: divide by all the 1s, or all the 0s.", ">=", "max(1, sum(y_score >= t))"),
):
    roc.mistake(sentence, BY_HAND.format(passes, base))
roc.hint("For one threshold t, `y_score >= t` says who is predicted positive. A loop over the thresholds is right.")
roc.hint("`np.unique(y_score)[::-1]` has each score once, descending. What are the two shares at each of them?")
roc.hint(
    "Without a loop over thresholds: sort by score, descending; `np.cumsum` of the 1s so far and of the 0s so far; "
    "keep the entries where the next score is different."
)

WON = """
y_true, y_score = check_scores(y_true, y_score)
ones, zeros = y_score[y_true == 1][:, None], y_score[y_true == 0]
return float({})
"""
for sentence, share in (
    ("Pairs with equal scores count nothing here, and should count one half", "np.mean(ones > zeros)"),
    ("Pairs with equal scores count as won here, and should count one half", "np.mean(ones >= zeros)"),
):
    auc.mistake(sentence + " (in strips: take the mean height).", WON.format(share))
auc.mistake("Divide the pairs won by the number of all pairs.", WON.format("np.sum(0.5 + np.sign(ones - zeros) / 2)"))
auc.mistake(
    "Equal scores are parted by their order in the list: a pair of them counts one half, whoever stands first.",
    WON.format("np.mean((r := np.argsort(np.argsort(y_score)))[y_true == 1][:, None] > r[y_true == 0])"),
)
auc.mistake(
    "This is the area to the left of the curve: widths come from the false positive rate.", "fpr, tpr, _", "tpr, fpr, _"
)
auc.mistake(
    "An area below a half was turned round: a ranking can be worse than chance, and the number has to say so.",
    "float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2))",
    "float(0.5 + abs(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2) - 0.5))",
)
auc.mistake("A strip is its width times its *mean* height: the sum is to be halved.", " / 2", "")
auc.hint("In pairs: each 1 against each 0 counts 1, one half or nothing. What is the most that they could count?")
auc.hint("In strips: `np.diff(fpr)` has the widths; the heights at the two ends are `tpr[:-1]` and `tpr[1:]`.")
