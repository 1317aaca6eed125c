"""What must hold of the pieces of ``ml.evaluation``. Oracles: scikit-learn, counting, and models that keep records."""

import math

import numpy as np
from sklearn import metrics

from checks.language import Piece

MAKE_ARRAYS = "y_true, y_pred = check_labels(y_true, y_pred)"
IGNORED = MAKE_ARRAYS, MAKE_ARRAYS + "\n    pos_label = 1"
SCRATCH = {"sklearn": "it is what you are building"}
ILL = [1, 0, 1, 0, 1, 0, 0, 0, 0, 0]  # the ten people of the lesson
MARKS = [0.9, 0.8, 0.7, 0.6, 0.4, 0.4, 0.3, 0.2, 0.2, 0.1]


def measures(name):
    """Scikit-learn's measure of this name, which says 0 where a share has nothing to be a share of."""
    measure = getattr(metrics, name)

    def answer(y_true, y_pred, pos_label=1):
        ones = (np.array(labels) == pos_label for labels in (y_true, y_pred))
        return float(measure(*(labels.astype(int) for labels in ones), zero_division=0))

    return answer


def several(rng):
    """Labels of a few classes, as lists; some classes are never predicted, and some only predicted."""
    yield dict(y_true=[1, 0, 1, 0, 0], y_pred=[1, 1, 1, 0, 0])
    yield dict(y_true=[1], y_pred=[1])
    yield dict(y_true=[2], y_pred=[7])
    yield dict(y_true=ILL, y_pred=[1, 1, 1, 1, 0, 0, 0, 0, 0, 0])
    yield dict(y_true=["oak", "elm", "oak", "ash"], y_pred=["oak", "oak", "elm", "ash"])
    for classes, n in (([0, 1], 9), ([0, 1, 2], 13), ([-3, 5, 40], 11), (["b", "a", "d", "c"], 17)):
        chosen = rng.integers(len(classes), size=(2, n))
        yield dict(zip(("y_true", "y_pred"), ([classes[i] for i in row] for row in chosen)))


def yes_or_no(rng):
    yield dict(y_true=[1, 0, 1, 1], y_pred=[1, 1, 0, 1])
    yield dict(y_true=[1, 0, 1, 0], y_pred=[1, 1, 0, 1])
    yield dict(y_true=[1, 0, 1, 1], y_pred=[1, 0, 0, 0])
    yield dict(y_true=[1], y_pred=[1])
    yield dict(y_true=[0, 0, 1, 0], y_pred=[0, 0, 0, 0])
    yield dict(y_true=[0, 0, 0], y_pred=[0, 1, 0])
    yield dict(y_true=[0, 0], y_pred=[0, 0])
    yield dict(y_true=[1, 1, 0], y_pred=[0, 0, 1])
    for n in (5, 11, 23):
        yield dict(y_true=rng.integers(2, size=n).tolist(), y_pred=rng.integers(2, size=n).tolist())


def other_positives(rng):
    yield dict(y_true=[1, 0, 1, 0, 0], y_pred=[1, 1, 0, 1, 0], pos_label=0)
    yield dict(y_true=["ill", "well", "well"], y_pred=["ill", "ill", "well"], pos_label="ill")
    yield dict(y_true=[1, 0, 1], y_pred=[0, 1, 1], pos_label=1)
    for label in range(4):
        yield dict(zip(("y_true", "y_pred"), rng.integers(4, size=(2, 19)).tolist()), pos_label=label)


UNPAIRED = ([1, 0, 1], [1, 0]), ([1, 0, 1], [1]), ([], []), ([1, 0, 1], [[1], [0], [0]])


def refuses_pairs(piece, code):
    piece.asks(
        code,
        "labels that do not come in pairs are refused",
        cases=[dict(y_true=a, y_pred=b) for a, b in UNPAIRED],
        raises="ValueError",
    )


accuracy = Piece("ml.evaluation:accuracy_score", forbid=SCRATCH)
accuracy.asks(
    "accuracy_score(y_true, y_pred)",
    "the share of right answers",
    cases=several,
    answer=lambda y_true, y_pred: metrics.accuracy_score(y_true, y_pred),
)
refuses_pairs(accuracy, "accuracy_score(y_true, y_pred)")
accuracy.mistake("You counted the right answers; divide by the number of rows.", "np.mean(", "np.sum(")
accuracy.mistake("This is the share of wrong answers.", "y_true == y_pred", "y_true != y_pred")
for average in ("float(np.mean(y_true == y_pred))", "sum(y_true == y_pred) / len(y_true)"):
    accuracy.mistake(
        "Two lists compared with == give one True or False: keep the arrays that check_labels returns.",
        f"check_labels(y_true, y_pred)\nreturn {average}",
    )
accuracy.mistake(
    "Nothing refuses labels that do not come in pairs: call check_labels first.",
    MAKE_ARRAYS,
    "y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)",
)
accuracy.hint("`y_true, y_pred = check_labels(y_true, y_pred)` refuses what must be refused and makes arrays.")
accuracy.hint("`a == b` compares arrays entry by entry. In a mean, True counts as 1 and False as 0.")


def counted(y_true, y_pred):
    pairs, classes = list(zip(y_true, y_pred)), sorted({*y_true, *y_pred})
    return np.array([[pairs.count((i, j)) for j in classes] for i in classes])


HERE = "(y_true == i) & (y_pred == j)"
OCCURRING = "np.unique(np.concatenate([y_true, y_pred]))"
confusion = Piece("ml.evaluation:confusion_matrix", forbid=SCRATCH)
confusion.asks(
    "confusion_matrix(y_true, y_pred)", "row: the true class, column: the predicted one", cases=several, answer=counted
)
refuses_pairs(confusion, "confusion_matrix(y_true, y_pred)")
confusion.mistake(
    "Rows and columns have changed places: the true class is the row.", HERE, "(y_true == j) & (y_pred == i)"
)
confusion.mistake(
    "Some classes are only predicted, never true: they too need a row and a column.", OCCURRING, "np.unique(y_true)"
)
confusion.mistake("The classes stand in descending order.", OCCURRING, OCCURRING + "[::-1]")
confusion.mistake(
    "Labels need not be 0, 1, 2, …: take the labels that occur.", OCCURRING, "np.arange(np.max([y_true, y_pred]) + 1)"
)
confusion.mistake(
    "These are shares, and counts are wanted.", f"np.sum({HERE})", f"np.sum({HERE}) / max(1, sum(y_true == i))"
)
confusion.hint("`np.unique(a)` is the sorted array of the different entries of a. You need those of both arrays.")
confusion.hint("For one entry: `(y_true == i) & (y_pred == j)` is True where both hold, and `np.sum` counts the Trues.")
confusion.hint("Two loops, over the true class outside and the predicted one inside; `np.array` of nested lists.")

precision = Piece("ml.evaluation:precision_score", forbid=SCRATCH)
recall = Piece("ml.evaluation:recall_score", forbid=SCRATCH)
f1 = Piece("ml.evaluation:f1_score", forbid=SCRATCH)
for piece, name, words in (
    (precision, "precision_score", "the share of positives among those predicted positive"),
    (recall, "recall_score", "the share of the positives that was found"),
    (f1, "f1_score", "the harmonic mean of precision and recall"),
):
    piece.asks(f"{name}(y_true, y_pred)", words, cases=yes_or_no, answer=measures(name))
    piece.asks(
        f"{name}(y_true, y_pred, pos_label=pos_label)",
        "pos_label is the positive label, all others are negative",
        cases=other_positives,
        answer=measures(name),
    )
    refuses_pairs(piece, f"{name}(y_true, y_pred)")

FOUND = "np.sum((y_true == pos_label) & (y_pred == pos_label))"
FLAWS = f"{MAKE_ARRAYS}\nfound, rest = {FOUND}, np.sum(({{}} == 0) & ({{}} == pos_label))\n"
FLAWS += "return float(found / (found + rest)) if found + rest else 0.0"
for piece, base, sides in ((precision, "flagged", ("y_true", "y_pred")), (recall, "positive", ("y_pred", "y_true"))):
    whole = f"np.sum(hits) / np.sum({base})"
    piece.mistake("This is a share of all rows.", whole, "np.mean(hits)")
    piece.mistake("The positive label is taken to be 1, whatever pos_label says.", *IGNORED)
    piece.mistake("Negative is every label but pos_label, not the label 0 alone.", FLAWS.format(*sides))
    piece.mistake(
        "Yours counts true negatives as hits: both labels must be positive.", "np.sum(hits)", "np.sum(y_true == y_pred)"
    )
precision.mistake(
    "This is recall: precision is a share of rows predicted positive.", "np.sum(flagged)", "np.sum(y_true == pos_label)"
)
precision.mistake("Where nothing is predicted positive, 0.0 is wanted.", "else 0.0", "else 1.0")
precision.hint("Two arrays of True and False: which rows were predicted positive, and which of those are positive.")
precision.hint("Count both with np.sum, and see to the case of a count of 0 before you divide.")

recall.mistake(
    "This is precision: recall is a share of rows that are positive.", "np.sum(positive)", "sum(y_pred == pos_label)"
)
recall.mistake("Where no row is positive, 0.0 is wanted.", "else 0.0", "else 1.0")
recall.hint("Copy your precision, and ask of each line whether it is about the predicted or the true positives.")

HARMONIC = "return 2 * precision * recall / both if both else 0.0"
f1.mistake("This is the ordinary mean of the two.", HARMONIC, "return both / 2")
f1.mistake("The 2 is missing, so that two perfect values give a half.", HARMONIC, HARMONIC.replace("2 * ", ""))
f1.mistake("Where precision and recall are both 0, this divides by 0.", " if both else 0.0", "")
f1.mistake("This is the geometric mean, the root of the product.", HARMONIC, "return (precision * recall) ** 0.5")
f1.mistake("pos_label is not handed on.", "    precision =", "    pos_label = 1\n    precision =")
f1.hint("Your precision_score and recall_score do the counting; hand pos_label on to both.")

# ------------------------------------------------------------------ scores


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

# ------------------------------------------------------------------ models on trial

RECORDER = """
class Recorder:
    \"\"\"Learns nothing, but notes the rows it was fitted and scored on; its score tells of both.\"\"\"
    def __init__(self):
        made.append(self)
    def fit(self, X, y):
        assert not hasattr(self, "fitted"), "this model has been fitted before"
        self.fitted = X[:, 0].tolist(), y.tolist()
        return self
    def score(self, X, y):
        asked = X[:, 0].tolist(), y.tolist()
        assert len(X) == len(y) and len(self.fitted[0]) == len(self.fitted[1]), "X and y of different rows"
        notes.append([self.fitted, asked])
        return float(np.dot(*self.fitted) + 0.001 * np.dot(*asked))
made, notes = [], []
"""


def tables(rng):
    """Rows that can be told apart: the first column is a row's number, and the target its square."""
    for n, k in ((6, 3), (10, 5), (11, 4), (5, 5), (23, 2)):
        numbers = np.arange(1.0, n + 1)
        X = np.column_stack([numbers, rng.uniform(size=n).round(2)])
        yield dict(X=X, y=numbers**2, k=k, seed=int(rng.integers(1000)))


def of_folds(got, X, y, k, seed):
    everything = X[:, 0].tolist()
    if len(got["notes"]) != k:
        return f"{len(got['notes'])} scores were asked for, one for each of {k} folds is wanted"
    for i, (fitted, scored_on) in enumerate(got["notes"]):
        for part in (fitted, scored_on):
            if [a * a for a in part[0]] != part[1]:
                return f"in round {i} features and targets of different rows were put together"
        if set(fitted[0]) & set(scored_on[0]):
            return f"in round {i} rows {sorted(set(fitted[0]) & set(scored_on[0]))} were both learned and asked"
        if sorted(fitted[0] + scored_on[0]) != everything:
            return f"in round {i} the model was fitted on {len(fitted[0])} rows and asked about {len(scored_on[0])}"
    asked = [row for _, scored_on in got["notes"] for row in scored_on[0]]
    if sorted(asked) != everything:
        return "over all rounds each row has to be asked about exactly once"
    sizes = {len(scored_on[0]) for _, scored_on in got["notes"]}
    if max(sizes) - min(sizes) > 1:
        return f"the folds have sizes {sorted(sizes)}: use k_fold"
    if got["made"] != k:
        return f"make_model() was called {got['made']} times, once for each of {k} folds is wanted"
    wanted = [np.dot(*f) + 0.001 * np.dot(*s) for f, s in got["notes"]]
    if not isinstance(got["scores"], np.ndarray) or got["scores"].shape != (k,):
        return f"the answer is to be an array of shape ({k},)"
    return None if np.allclose(got["scores"], wanted, rtol=1e-12) else "the scores are not those that the models gave"


cross = Piece("ml.evaluation:cross_val_score", forbid=SCRATCH)
cross.asks(
    RECORDER + "scores = cross_val_score(Recorder, X, y, k, rng=np.random.default_rng(seed))\n"
    "dict(notes=notes, scores=scores, made=len(made))",
    "each fold is scored by a new model that was fitted on all the others",
    cases=tables,
    accept=of_folds,
    expected="in each round the model is fitted on all rows but one fold, and scored on that fold",
)
cross.asks(
    RECORDER + "X, y = np.arange(60.0)[:, None], np.arange(60.0)\n"
    "scores = [cross_val_score(Recorder, X, y, k, rng=np.random.default_rng(seed)) for seed in seeds]\n"
    "[np.shape(scores[0]), np.array_equal(scores[0], scores[1]), np.array_equal(scores[0], scores[2])]",
    "the folds are drawn by rng: one seed, one result; another seed, another",
    cases=[dict(k=5, seeds=[1, 1, 2]), dict(k=3, seeds=[0, 0, 5])],
    answer=lambda k, seeds: [(k,), True, False],
)
cross.asks(
    RECORDER + "np.shape(cross_val_score(Recorder, X, y, rng=np.random.default_rng(0)))",
    "X and y may be lists, and k is 5 unless something else is asked for",
    cases=[dict(X=[[1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0]], y=[1, 4, 9, 16, 25, 36, 49])],
    answer=lambda X, y: (5,),
)
cross.asks(
    RECORDER + "cross_val_score(Recorder, X, y, k=2, rng=np.random.default_rng(0))",
    "bad tables are refused",
    cases=[dict(X=[[1.0], [2.0], [math.nan], [4.0]], y=[1, 4, 9, 16]), dict(X=[[1.0], [2.0], [3.0]], y=[1, 4])],
    raises="ValueError",
)
cross.mistake(
    "All rounds use one model: make a new one in the loop.", "= make_model()", "= model if scores else make_model()"
)
cross.mistake(
    "The models were fitted on all rows, their own fold included.", "model.fit(X[train], y[train])", "model.fit(X, y)"
)
cross.mistake(
    "The models were scored on the rows that they learned from.", "scores.append(", "validation = train; scores.append("
)
cross.mistake(
    "The parts of a fold changed places: the large one is for fitting.", "train, validation in", "validation, train in"
)
cross.mistake("This is the mean; all k scores are wanted.", "np.array(scores)", "float(np.mean(scores))")
cross.mistake("The generator is not used: hand rng on to k_fold.", "k, rng=rng):", "k, rng=np.random.default_rng(0)):")
cross.mistake("The number of folds is 5, whatever k says.", "k, rng=rng):", "5, rng=rng):")
CHECKED = "X, y = check_features_and_target(X, y)\n"
cross.mistake(
    "X and y may be lists, and no list takes an array in its brackets: make arrays of them first.", CHECKED, "\n"
)
cross.mistake(
    "What check_features_and_target refuses went through: begin with it.", CHECKED, "X, y = np.array(X), np.array(y)\n"
)
cross.hint("`for train, validation in k_fold(len(X), k, rng=rng):` gives the row numbers of both parts.")
cross.hint("`X[train]` takes the rows whose numbers stand in the array train. The same with y.")


def fits(rng):
    yield dict(predictions=[[1.0, 5.0], [3.0, 5.0]], truth=[0.0, 4.0])
    yield dict(predictions=[[2.0]], truth=[5.0])
    yield dict(predictions=[[1, 2, 3], [1, 2, 3]], truth=[1, 2, 3])
    yield dict(predictions=[[1.0, -1.0], [1.0, -1.0]], truth=[0.0, 0.0])
    yield dict(predictions=[[1e9 + 1, 1e9 + 5], [1e9 + 3, 1e9 + 5]], truth=[1e9, 1e9 + 4])
    for shape in ((3, 3), (4, 2), (2, 7), (30, 5)):
        yield dict(predictions=rng.uniform(-4, 4, size=shape), truth=rng.uniform(-2, 2, size=shape[1]))


def parts(predictions, truth):
    columns = list(zip(*np.asarray(predictions).tolist()))
    squared = [(math.fsum(c) / len(c) - t) ** 2 for c, t in zip(columns, truth)]
    spread = [math.fsum((p - math.fsum(c) / len(c)) ** 2 for p in c) / len(c) for c in columns]
    return dict(bias_squared=math.fsum(squared) / len(squared), variance=math.fsum(spread) / len(spread))


MISFITS = ((3, 3), (3, 1)), ((4, 3), 2), (3, 3), ((2, 4, 3), (4, 3)), ((4, 3), (4, 3))  # shapes
decompose = Piece("ml.evaluation:bias_variance", forbid=SCRATCH)
decompose.asks(
    """
    bias_squared, variance = bias_variance(predictions, truth)
    dict(bias_squared=bias_squared, variance=variance)
    """,
    "squared bias and variance at each point, then the means over the points",
    cases=fits,
    answer=parts,
)
decompose.asks(
    "bias_variance(predictions, truth)",
    "shapes that do not fit are refused, and both are named",
    cases=[dict(predictions=np.ones((4, 3)), truth=np.ones(1))],
    raises="ValueError",
    mentions=("(4, 3)", "(1,)"),
)
decompose.asks(
    "bias_variance(predictions, truth)",
    "shapes that do not fit are refused, even where NumPy would broadcast",
    cases=[dict(predictions=np.ones(a), truth=np.ones(b)) for a, b in MISFITS],
    raises="ValueError",
)
decompose.mistake(
    "Biases of opposite sign cancel here: square before you average.", "((mean - truth) ** 2)", "(mean - truth) ** 2"
)
decompose.mistake(
    "A variance is measured from the mean prediction, not the truth.", "(predictions - mean)", "(predictions - truth)"
)
for mean in ("predictions.mean()", "predictions.mean(axis=1)", "(predictions := predictions.T).mean(axis=0)"):
    decompose.mistake(
        "A point's mean prediction is a mean over the training sets: axis 0 vanishes.", "predictions.mean(axis=0)", mean
    )
for sentence, spread in (
    ("The variance is that of all predictions at once: at each point, measure from its own mean.", "predictions.var()"),
    ("Squares minus a squared mean lose digits: square the differences.", "np.mean(predictions**2 - mean**2)"),
):
    decompose.mistake(sentence, "np.mean((predictions - mean) ** 2)", spread)
decompose.mistake(
    "The first number holds the variance too: take the mean, then square.", "(mean - truth)", "(predictions - truth)"
)
decompose.mistake(
    "The variance is divided by one less than the number of sets: then the parts do not add up to the whole.",
    "float(np.mean((predictions - mean) ** 2))",
    "float(np.sum((predictions - mean) ** 2) / max(1, len(predictions) - 1) / len(truth))",
)
decompose.mistake(
    "Misfits go through, and NumPy broadcasts: compare both shapes.", "if predictions.ndim != 2 or", "if False and"
)
decompose.hint("`predictions` has one row for each training set. Its mean over the rows has shape (points,).")
decompose.hint("Square `mean - truth`, one for each point, and `predictions - mean`, a whole table; then np.mean.")


def growing(rng):
    for n, m, sizes in ((5, 2, [2, 4]), (5, 2, [5]), (7, 3, [6, 1, 7, 3, 6]), (3, 4, [1, 2, 3])):
        X = np.column_stack([np.arange(1.0, n + m + 1), rng.uniform(size=n + m).round(2)])
        y = X[:, 0] ** 2
        yield dict(X_train=X[:n], y_train=y[:n], X_val=X[n:], y_val=y[n:], sizes=sizes)


def curve_answer(X_train, y_train, X_val, y_val, sizes):
    fitted = [np.dot(X_train[:size, 0], y_train[:size]) for size in sizes]
    asked = [0.001 * fit for fit in fitted], 0.001 * np.dot(X_val[:, 0], y_val)
    return [np.add(fitted, part) for part in asked]


THREE_ROWS = RECORDER + "X, y = np.array([[1.0], [2.0], [3.0]]), np.array([1.0, 4.0, 9.0])\n"
THREE_ROWS += "learning_curve(Recorder, X, y, X, y, sizes)"
curve = Piece("ml.evaluation:learning_curve", forbid=SCRATCH)
curve.asks(
    RECORDER + "train_scores, val_scores = learning_curve(Recorder, X_train, y_train, X_val, y_val, sizes)\n"
    "[train_scores, val_scores]",
    "the scores of new models, each fitted on the first rows (Recorder's score tells on which)",
    cases=growing,
    answer=curve_answer,
)
curve.asks(
    THREE_ROWS,
    "a size that the training set doesn't have is refused",
    cases=[dict(sizes=[4]), dict(sizes=[0]), dict(sizes=[2, 9]), dict(sizes=[-1])],
    raises="ValueError",
)
curve.asks(THREE_ROWS, "the refusal names the size", cases=[dict(sizes=[57])], raises="ValueError", mentions=("57",))
curve.mistake(
    "The training score is that of the whole training set: ask about the rows that this model was fitted on.",
    "model.score(X_train[:size], y_train[:size])",
    "model.score(X_train, y_train)",
)
RANGE = "not 1 <= size <= len(X_train)"
curve.mistake(
    "A slice is as long as there are rows, and says nothing: refuse sizes that are too large.", RANGE, "size < 1"
)
curve.mistake(
    "Sizes below 1 go through: a slice [:-1] leaves out the last row and says nothing.", RANGE, "size > len(X_train)"
)
curve.mistake(
    "All sizes use one model: make a new one for each.", "= make_model()", "= model if train_scores else make_model()"
)
curve.mistake(
    "The validation score is to be that of all validation rows.", "(X_val, y_val)", "(X_val[:size], y_val[:size])"
)
curve.mistake("The sizes were sorted; the order given is wanted.", "for size in sizes", "for size in sorted(sizes)")
curve.mistake("A size that is given twice gets two entries.", "in sizes", "in dict.fromkeys(sizes)")
curve.mistake(
    "The score on the fitted rows comes first.", "return", "train_scores, val_scores = val_scores, train_scores; return"
)
curve.hint("A loop over the sizes. In it: refuse, make, fit, and two scores.")
curve.hint("`X_train[:size]` has the first size rows. Two lists collect the scores, and become arrays at the end.")

# ------------------------------------------------------------------ early stopping


def courses(rng):
    """Losses in eighths, which computers hold exactly, so that no rounding decides."""
    yield dict(losses=[2.5, 1.25, 0.75, 1.125, 1.375], patience=2, min_delta=0.0)
    yield dict(losses=[1.0], patience=1, min_delta=0.0)
    yield dict(losses=[math.nan, math.nan], patience=2, min_delta=0.0)
    yield dict(losses=[1.0, 1.0], patience=1, min_delta=0.0)
    yield dict(losses=[3.0, 4.0, 2.0, 3.0, 2.5, 1.0], patience=3, min_delta=0.0)
    yield dict(losses=[3.0, 2.75, 2.5, 2.25, 2.0], patience=3, min_delta=0.25)
    yield dict(losses=[3.0, 2.875, 2.75, 2.625, 2.5, 2.375], patience=2, min_delta=0.25)
    yield dict(losses=[4.0, 5.0, 4.5, 4.25], patience=2, min_delta=0.0)
    yield dict(losses=[math.nan, 2.0, math.nan, math.nan], patience=2, min_delta=0.0)
    for n, patience, delta in ((6, 1, 0.0), (12, 3, 0.5), (20, 2, 0.125)):
        yield dict(losses=(rng.integers(1, 40, size=n) / 8).tolist(), patience=patience, min_delta=delta)


def watched(losses, patience, min_delta):
    best, when, answers = math.inf, None, []
    for epoch, loss in enumerate(losses):
        if best - loss > min_delta:
            best, when = loss, epoch
        answers.append((epoch - when if when is not None else epoch + 1) >= patience)
    waited = len(losses) - 1 - when if when is not None else len(losses)
    return dict(answers=answers, best_loss=best, best_epoch=when, waited=waited, epochs=len(losses))


update = Piece("ml.evaluation:EarlyStopping.update", forbid=SCRATCH)
update.asks(
    """
    stopping = EarlyStopping(patience, min_delta)
    answers = [stopping.update(loss) for loss in losses]
    dict(answers=answers, best_loss=stopping.best_loss_, best_epoch=stopping.best_epoch_,
         waited=stopping.waited_, epochs=stopping.epochs_)
    """,
    "the answers to a course of losses, and what is remembered at its end",
    cases=courses,
    answer=watched,
)
BETTER = "loss < self.best_loss_ - self.min_delta"
for sentence, test in (
    ("An equal loss counts as an improvement: it has to be lower.", BETTER.replace("<", "<=")),
    ("min_delta is not used.", "loss < self.best_loss_"),
    ("min_delta is added: a loss has to be lower than the best by more than it.", BETTER.replace("-", "+")),
    ("Even a first loss of NaN is an improvement here: compare it, too.", f"self.best_epoch_ is None or {BETTER}"),
    ("NaN is neither less nor greater: it ended up among the improvements.", "not " + BETTER.replace("<", ">=")),
):
    update.mistake(sentence, BETTER, test)
update.mistake(
    "Waiting goes on after an improvement: only losses in a row count.", "self.epochs_, 0", "self.epochs_, self.waited_"
)
update.mistake(
    "The answer is True only once: whoever goes on must be told again.", ">= self.patience", "== self.patience"
)
update.mistake(
    "epochs_ grows with every loss, not in one branch only.", "    self.epochs_ += 1", "        self.epochs_ += 1"
)
update.mistake("This stops one epoch late.", "self.waited_ >= self.patience", "self.waited_ > self.patience")
update.mistake(
    "Each loss is compared with the last: compare with the best.", "else:", "else:\n        self.best_loss_ = loss"
)
update.mistake(
    "Epochs are counted from 0, so the first has number 0.", "loss, self.epochs_, 0", "loss, self.epochs_ + 1, 0"
)
update.mistake(
    "Too small a gain set a new best loss.", "else:", "else:\n        self.best_loss_ = min(loss, self.best_loss_)"
)
update.hint("Two branches: an improvement sets three attributes, anything else adds 1 to one of them.")
update.hint("`epochs_` grows in both branches. Is it to grow before or after `best_epoch_` is set?")
