"""What must hold of the pieces of ``ml.pipeline``. Oracles: Python's csv, scikit-learn, and steps that keep records."""

import csv
import math

import numpy as np
from sklearn import metrics
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from checks.compare import difference
from checks.language import Piece

OWN = {"sklearn": "it is what you are building", "pandas": "it is what you are building"}
NAN = math.nan
MARKS = {"", "?", "na", "n/a", "nan", "null"}


def number_in(cell):
    return NAN if cell.strip().lower() in MARKS else float(cell)


cell = Piece("ml.pipeline:parse_number", forbid=OWN)
cell.asks(
    "parse_number(cell)",
    "a number, or NaN where it is missing",
    cases=[
        dict(cell=c) for c in ("12.5", "NA", "", " 12.5", "?", "-3", "0", "1e3", "  ", " n/a ", "NaN", "null", " 7 ")
    ],
    answer=number_in,
)
cell.asks(
    "parse_number(cell)",
    "a word is refused, and named",
    cases=[dict(cell="south"), dict(cell=" south ")],
    raises="ValueError",
    mentions=("south",),
)
cell.asks(
    "parse_number(cell)",
    "what only looks like a number is refused",
    cases=[dict(cell=c) for c in ("12,5", "4 5", "3 mm", "--")],
    raises="ValueError",
)
cell.mistake("A missing number became 0, and nobody can tell it from a measured 0.", "return math.nan", "return 0.0")
cell.mistake("Only the empty cell counts as missing: ask is_missing.", "is_missing(cell)", 'cell == ""')
cell.mistake("A comma was taken for a decimal point; refuse it.", "float(cell)", 'float(cell.replace(",", "."))')
cell.hint("Two cases: `is_missing(cell)` is true, or `float(cell)` knows: `... if is_missing(cell) else ...`.")


def column_in(cells):
    try:
        return [number_in(c) for c in cells]
    except ValueError:
        return ["" if c.strip().lower() in MARKS else c.strip() for c in cells]


def columns_in(text):
    first, *rows = [cells for cells in csv.reader(text.split("\n")) if cells]
    return [(name.strip(), column_in(cells)) for name, cells in zip(first, zip(*rows))]


def texts(rng):
    yield dict(text="pot,water\nA,40\nB,?")
    yield dict(text="water\n40\n \n7")
    yield dict(text=" pot , water\n A ,40\nNA, 7.5 \n,100\n A ,40\n , \n")
    yield dict(text='place,area\n"Bath, Kent",3\n"the ""old"" harbour",1e3\nLeeds,null')
    yield dict(text="a,b,c\n1,2,x\n\n3,4,5\n\n,n/a,\n")
    for n in (3, 7):
        words = rng.choice(["oak", "elm, old", "?", "12 mm"], n)
        numbers = [rng.choice(["", "NA", f"{x:.3f}"], p=[0.1, 0.2, 0.7]) for x in rng.normal(0, 30, n)]
        rows = [f'{i},"{word}",{x}' for i, (word, x) in enumerate(zip(words, numbers))]
        yield dict(text="\n".join(["row,tree,height", *rows]))


reading = Piece("ml.pipeline:read_table", forbid=OWN)
reading.asks(
    "table = read_table(text)\n[(name, column.tolist()) for name, column in table.columns.items()]",
    "the columns, in their order, with floats or words in them",
    cases=texts,
    answer=columns_in,
)
reading.asks(
    "read_table(text)",
    "a line of another length is refused, and its number in the text is named",
    cases=[
        dict(text="a,b\n1,2\n3,4\n5\n6,8"),
        dict(text="a,b\n1,2\n3,5\n6,8,9"),
        dict(text="a,b\n1,2\n\n3"),
        dict(text="a\n1\n2\n3,5"),
    ],
    raises="ValueError",
    mentions=("4",),
)
reading.mistake(
    "A comma inside quotes doesn't end a cell: let csv.reader take the lines apart.",
    "csv.reader(text.splitlines())",
    'iter([line.split(",") if line else [] for line in text.splitlines()])',
)
COUNTS = "len(cells) != len(names)"
reading.mistake("Nothing compares the number of cells: zip cuts the longer ones off.", COUNTS, "False")
reading.mistake("Only lines with too few cells are refused.", COUNTS, "len(cells) < len(names)")
reading.mistake("The blanks around the names are still there.", "name.strip() for name", "name for name")
reading.mistake("Numbers came out as words: use parse_column.", "parse_column(column)", "[c.strip() for c in column]")
reading.mistake("An empty line is no row: skip it.", "continue", "pass")
BLANK = "A line of blanks or commas is a row of missing cells; only lines without any character are skipped."
reading.mistake(BLANK, "not cells", "not any(cell.strip() for cell in cells)")
reading.mistake("Equal rows were thrown out: keep all.", "not cells", "not cells or cells in rows")
reading.hint("`lines = csv.reader(text.splitlines())` gives lists of cells, and `next(lines)` the first of them.")
reading.hint(
    "`enumerate(lines, start=2)` counts the later lines, the first being 1. An empty one is [], and counts too."
)
reading.hint("Collect the rows in a list of lists. `zip(*rows)` turns it round: it gives the columns.")


def voters(rng):
    yield dict(X=np.zeros((3, 1)), y=np.array([1, 0, 1]), new=np.zeros((2, 1)))
    yield dict(X=np.zeros((1, 2)), y=np.array([4]), new=np.ones((3, 2)))
    yield dict(X=np.ones((4, 1)), y=np.array([5, 3, 3, 5]), new=np.ones((1, 1)))
    yield dict(X=np.ones((5, 1)), y=["wilted", "fine", "fine", "wilted", "fine"], new=np.ones((2, 1)))
    for n in (7, 11):
        yield dict(X=rng.normal(size=(n, 2)), y=rng.integers(-1, 3, n), new=rng.normal(size=(n - 4, 2)))


def favourite(y):
    y = list(np.asarray(y).tolist())
    return min(set(y), key=lambda label: (-y.count(label), label))


majority = Piece("ml.pipeline:MajorityClassifier", forbid=OWN)
majority.asks(
    "MajorityClassifier().fit(X, np.array(y)).predict(new).tolist()",
    "the most frequent label, once for each row",
    cases=voters,
    answer=lambda X, y, new: [favourite(y)] * len(new),
)
majority.asks(
    "MajorityClassifier().fit(X, y).score(np.zeros((len(seen), 1)), seen)",
    "the share of right answers, by the label of the fit",
    cases=[
        dict(X=np.zeros((3, 1)), y=np.array([1, 0, 1]), seen=np.array([0, 1, 0, 0])),
        dict(X=np.zeros((3, 1)), y=np.array([2, 2, 7]), seen=np.array([2, 2])),
        dict(X=np.zeros((2, 1)), y=np.array([2, 2]), seen=np.array([3, 4, 4])),
    ],
    answer=lambda X, y, seen: float(np.mean(seen == favourite(y))),
)
majority.asks(
    'model = MajorityClassifier()\ntable = Table({"water": np.array(water)})\n'
    "[model.fit(table, y) is model, model.fit(table, again).predict(table).tolist()]",
    "a Table serves as X, fit returns the model, and a second fit forgets the first",
    cases=[dict(water=[40.0, 60.0, 90.0], y=np.array([1, 1, 1]), again=np.array([0, 0, 1]))],
    answer=lambda water, y, again: [True, [0, 0, 0]],
)
majority.asks(
    "MajorityClassifier().predict(X)", "not before fit", cases=[dict(X=np.zeros((2, 1)))], raises="NotFittedError"
)
majority.mistake(
    "One label came out: each row needs one.", "np.full(len(X), self.majority_)", "np.array([self.majority_])"
)
majority.mistake("This is the first label, not the most frequent one.", "majority_vote(y)", "y[0]")
TIE = "Of equally frequent labels the smallest is wanted; this is the one that comes first: use majority_vote."
majority.mistake(TIE, "majority_vote(y)", "max(list(y), key=list(y).count)")
majority.mistake("score learned from the answers.", "self.predict(X))", "self.fit(X, y).predict(X))")
majority.mistake("This is the share of wrong answers.", "return accuracy_score(", "return 1 - accuracy_score(")
majority.hint("Your `majority_vote` of the first notebook finds the label. `np.full(5, 7)` is an array of five sevens.")
majority.hint('predict: first `check_fitted(self, "majority_")`, then the array. score: your accuracy_score.')


def gappy(rng, n, d, share=0.3):
    X = np.round(rng.gamma(2, 10, size=(n, d)), 2)
    X[rng.random((n, d)) < share] = NAN
    return X


def gaps(rng):
    yield dict(X=np.array([[40.0], [NAN], [100.0], [60.0]]), new=np.array([[NAN], [120.0]]))
    yield dict(X=np.array([[1.0, 10.0], [2.0, NAN], [NAN, 30.0]]), new=np.array([[NAN, NAN]]))
    yield dict(X=np.array([[1.0, NAN], [5.0, NAN]]), new=np.array([[NAN, NAN], [0.0, 2.0]]))
    yield dict(X=[[1, 2, 3], [4, 5, 6], [30, 2, 9]], new=[[1, 2, 3]])
    for n, d, m in ((5, 3, 4), (8, 2, 11), (11, 4, 2)):
        yield dict(X=gappy(rng, n, d), new=gappy(rng, m, d, 0.5))


def sklearn_fills(X, new):
    imputer = SimpleImputer(strategy="median", keep_empty_features=True).fit(np.array(X, float))
    return imputer.transform(np.array(new, float))


filling = Piece("ml.pipeline:MedianImputer", forbid=OWN)
filling.asks(
    "MedianImputer().fit(X).transform(new)",
    "the gaps of other rows, filled with the fitted medians",
    cases=gaps,
    answer=sklearn_fills,
)
filling.asks(
    """
import warnings
with warnings.catch_warnings():
    warnings.simplefilter("error")
    medians = MedianImputer().fit(X).medians_
medians
""",
    "one median for each column, without a warning",
    cases=gaps,
    answer=lambda X: sklearn_fills(X, np.full((1, np.shape(X)[1]), NAN))[0],
)
filling.asks(
    "imputer = MedianImputer()\nsame = imputer.fit(X) is imputer\nimputer.fit(X).transform(X)\n[same, X]",
    "fit returns the imputer, and X stays as it was",
    cases=[dict(X=np.array([[1.0, NAN], [NAN, 3.0]])), dict(X=np.array([[1.0, 2.0]]))],
    answer=lambda X: [True, X],
)
filling.asks(
    "MedianImputer().fit(X).transform(new)",
    "another number of columns is refused, and both are named",
    cases=[dict(X=np.ones((4, 3)), new=np.ones((5, 1))), dict(X=np.ones((5, 1)), new=np.ones((4, 3)))],
    raises="ValueError",
    mentions=("3", "1"),
)
filling.asks(
    "MedianImputer().transform(X)", "not before fit", cases=[dict(X=np.zeros((2, 1)))], raises="NotFittedError"
)
filling.mistake("This is the mean: one absurd entry is enough to shift it.", "np.median(values)", "np.mean(values)")
EMPTY = "A column without any known entry gets the median 0: look how many are known before NumPy is asked."
MEDIAN = "np.median(values) if len(values) else 0.0"
filling.mistake(EMPTY, MEDIAN, "np.median(values)")
WARNS = "np.nanmedian warns of a column without any known entry: give it the median 0 before you ask."
filling.mistake(WARNS, MEDIAN, "np.nan_to_num(np.nanmedian([*values, np.nan]))")
FILL = "np.where(np.isnan(X), self.medians_, X)"
OTHERS = "The medians are those of the rows to be filled; they were learned in fit, and have to be kept."
filling.mistake(OTHERS, FILL, FILL.replace("self", "MedianImputer().fit(X)"))
filling.mistake("The gaps became 0.", FILL, FILL.replace("self.medians_", "0.0"))
filling.mistake("You wrote into X itself: make a new array.", "return " + FILL, f"X[:] = {FILL}\n        return X")
filling.mistake("A single column was stretched by broadcasting.", "X.shape[1] != len(self.medians_)", "False")
filling.hint("`np.isnan(column)` is True at the gaps, and `column[~np.isnan(column)]` are the known entries.")
filling.hint("np.median of nothing is NaN, with a warning: look at the number of known entries first.")
filling.hint("`np.where(condition, a, b)` takes a where the condition is True and b elsewhere; medians_ is stretched.")


def vocabularies(rng):
    yield dict(words=["south", "east", "east"], new=["south", "north", ""])
    yield dict(words=["no"], new=["no", "north"])
    yield dict(words=["wavy", "", "jagged", "smooth", ""], new=["smooth", "", "jagged", "wavy", "torn", "wavy or so"])
    yield dict(words=["b", "B", "NA", "a"], new=["a", "NA", "na"])
    stock = np.array(["oak", "elm", "ash", "yew", "fir", ""])
    for n, m in ((4, 5), (9, 3)):
        yield dict(words=["fig", *rng.choice(stock, n).tolist()], new=rng.choice(stock, m).tolist())


def sklearn_codes(words, new):
    known = np.array([[word] for word in words if word], object)
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(known)
    return encoder.transform(np.array(new, object)[:, None])


encoding = Piece("ml.pipeline:CategoryEncoder", forbid=OWN)
encoding.asks(
    "CategoryEncoder().fit(np.array(words)).transform(np.array(new))",
    "1 in the column of the word, and nothing but 0 for a word that is new or missing",
    cases=vocabularies,
    answer=sklearn_codes,
)
encoding.asks(
    "[str(word) for word in CategoryEncoder().fit(words).categories_]",
    "the words of a list, each once, in alphabetical order, without the missing one",
    cases=vocabularies,
    answer=lambda words: sorted(set(words) - {""}),
)
encoding.asks(
    "encoder = CategoryEncoder()\nsame = encoder.fit(words) is encoder\n"
    "[same, encoder.fit(again).transform(new).dtype.kind, encoder.transform(new)]",
    "fit returns the encoder, a second fit forgets the first, and the numbers are floats",
    cases=[dict(words=["south", "east"], again=["west", "south"], new=["east", "west"])],
    answer=lambda words, again, new: [True, "f", sklearn_codes(again, new)],
)
encoding.asks(
    "CategoryEncoder().transform(new)", "not before fit", cases=[dict(new=["south"])], raises="NotFittedError"
)
CODES = "(np.asarray(words)[:, None] == self.categories_).astype(float)"
AT_HAND = "The categories are those of the rows at hand; they were learned in fit, and have to be kept."
encoding.mistake(AT_HAND, CODES, CODES.replace("self", "CategoryEncoder().fit(words)"))
encoding.mistake("A missing word became a category of its own.", ' - {""}', "")
UNSEEN = "A word that fit has not seen has no place among the categories; its row is all zeros."
encoding.mistake(UNSEEN, CODES, "np.eye(len(self.categories_))[[self.categories_.index(w) for w in words if w]]")
SIGN = "A sign like NA is a word like any other here; only the empty word is no category."
encoding.mistake(SIGN, ' - {""}', " - {word for word in words if is_missing(word)}")
SORTED = 'sorted(set(np.asarray(words).tolist()) - {""})'
CAPITALS = "The order is that of `sorted`, in which all capital letters come before the small ones."
encoding.mistake(CAPITALS, SORTED, SORTED[:-1] + ", key=lambda word: (word.lower(), word))")
OCCURRED = "The categories stand in the order in which they occurred; the order of the alphabet is wanted."
encoding.mistake(OCCURRED, SORTED, "[word for word in dict.fromkeys(map(str, words)) if word]")
NEAR = "An unknown word was given to its neighbour in the alphabet: searchsorted finds a place for every word."
encoding.mistake(NEAR, CODES, "np.eye(len(self.categories_))[np.searchsorted(self.categories_[1:], words)]")
encoding.mistake(
    "These are the numbers of the categories; each needs a column of its own.",
    CODES,
    "np.array([[float(self.categories_.index(w)) if w in self.categories_ else 0.0] for w in map(str, words)])",
)
encoding.hint("A set holds each word once: `set(words) - {''}`. `sorted` makes a list of it.")
encoding.hint("One row for each word, in it one comparison for each category: two loops, or one outer comparison.")
encoding.hint("`words[:, None] == categories` compares a column of words with a row of categories, as arrays.")


RECORDER = """class Keep:  # a last step that keeps what it is given
    def fit(self, X, y):
        self.X, self.y = X, y
        return self
    def predict(self, X):
        return X

"""
STEP = """class Step:  # writes down what is called
    def __init__(self, name):
        self.name = name
    def fit(self, X, *y):
        log.append(f"{self.name}.fit {X} {y}")
        return self
    def transform(self, X):
        log.append(f"{self.name}.transform {X}")
        return X + self.name

log = []
pipeline = Pipeline([(name, Step(name)) for name in names])
"""
STEPS = '[("fill", MedianImputer()), ("scale", StandardScaler()), ("last", Keep())]'


def trains(rng):
    yield dict(X=np.array([[1.0], [NAN], [5.0]]), y=np.array([0, 1, 1]), new=np.array([[NAN], [9.0]]))
    yield dict(X=np.array([[2.0, 1.0], [8.0, 1.0]]), y=np.array([1, 0]), new=np.array([[NAN, 4.0]]))
    for n, d in ((5, 3), (9, 2)):
        yield dict(X=gappy(rng, n, d, 0.2), y=rng.integers(0, 2, n), new=gappy(rng, 4, d, 0.2))


def prepared(X, new):
    steps = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    return steps.fit(X).transform(new)


fitting = Piece("ml.pipeline:Pipeline.fit", forbid=OWN)
fitting.asks(
    RECORDER + f"pipeline = Pipeline({STEPS})\npipeline.fit(X, y)\n[pipeline['last'].X, pipeline['last'].y]",
    "the last step is fitted on what the others made of X, and on y",
    cases=trains,
    answer=lambda X, y: [prepared(X, X), y],
)
fitting.asks(
    STEP + '[pipeline.fit("X", "labels") is pipeline, log]',
    "each step in turn: fit, transform, and the next; fit returns the pipeline",
    cases=[dict(names=["a", "b"]), dict(names=["a"]), dict(names=["b", "a", "c", "d"])],
    answer=lambda names: [True, calls(names)],
)


def calls(names):
    X, log = "X", []
    for name in names[:-1]:
        log += [f"{name}.fit {X} ()", f"{name}.transform {X}"]
        X += name
    return [*log, f"{names[-1]}.fit {X} ('labels',)"]


EACH = "X = step.transform(X)"
fitting.mistake("What transform returned is lost: it is the X of the next step.", EACH, "step.transform(X)")
fitting.mistake("The steps are fitted, but nothing is transformed before the next one.", EACH, "pass")
ALONE = "The last step alone was fitted; those before it have to be fitted too."
fitting.mistake(ALONE, "self.steps[-1][1].fit(X, y)\nreturn self")
fitting.mistake("fit returns the pipeline itself.", "return self", "return self.steps[-1][1]")
FIRST_X = "Each step got the X of the beginning; it has to see what the steps before it made of it."
fitting.mistake(
    FIRST_X,
    """
    made = X
    for _, step in self.steps[:-1]:
        step.fit(X)
        made = step.transform(made)
    self.steps[-1][1].fit(made, y)
    return self
    """,
)
fitting.hint("`for _, step in self.steps[:-1]:` walks over all steps but the last; `self.steps[-1][1]` is the last.")
fitting.hint("In the loop: fit the step on X, and give the name X to what its transform returns.")

passing = Piece("ml.pipeline:Pipeline.transform", forbid=OWN)
passing.asks(
    STEP + '[pipeline.transform("X"), log]',
    "X goes through all steps but the last, in their order, and nothing else is called",
    cases=[dict(names=["a", "b", "c"]), dict(names=["a"]), dict(names=["b", "a", "c", "d"])],
    answer=lambda names: ["X" + "".join(names[:-1]), [call for call in calls(names) if "transform" in call]],
)
passing.asks(
    RECORDER
    + f"pipeline = Pipeline({STEPS}).fit(X, y)\n"
    + "[pipeline.transform(new), pipeline.predict(new[:1]), pipeline.transform(X)]",
    "other rows go through the steps as they were fitted, and change nothing in them",
    cases=trains,
    answer=lambda X, new: [prepared(X, rows) for rows in (new, new[:1], X)],
)
passing.asks(
    RECORDER + f"Pipeline({STEPS}).transform(X)",
    "not before fit",
    cases=[dict(X=np.array([[1.0], [2.0]]))],
    raises="NotFittedError",
)
passing.mistake("The steps were fitted again, on the new rows.", EACH, "X = step.fit(X).transform(X)")
passing.mistake("What transform returned is lost: it is the X of the next step.", EACH, "step.transform(X)")
passing.mistake(
    "Only the first step was used: is the loop left early?",
    EACH,
    "return step.transform(X)",
)
passing.mistake("Steps go in their order, the first one first.", "self.steps[:-1]", "self.steps[-2::-1]")
passing.mistake("The last step has to be left out: what it is given is wanted.", "self.steps[:-1]", "self.steps")
passing.mistake(FIRST_X, "made = X\nfor _, step in self.steps[:-1]:\n    made = step.transform(X)\nreturn made")
passing.hint("The loop of fit, without fit.")


def searches(rng):
    for n, ks, k in ((8, [1, 3, 4], 2), (11, [5, 1, 2], 3), (17, [1, 4, 9], 5)):
        X = rng.normal(size=(n, 2))
        y = (X[:, 0] + rng.normal(0, 0.8, n) > 0).astype(int)
        yield dict(X=X, y=y, ks=ks, k=k, seed=int(rng.integers(1000)))


def share_right(X, y, new, y_new, k):
    """The score of the k nearest neighbours for labels 0 and 1; a tie goes to 0."""
    nearest = np.argsort(np.linalg.norm(new[:, None] - X, axis=2), axis=1)[:, :k]
    return np.mean((y[nearest].mean(axis=1) > 0.5) == y_new)


def wrong_search(got, X, y, ks):
    best, candidates, scores, folds = got
    wrong = difference([{"k": k} for k in ks], candidates)
    if wrong:
        return f"candidates: {wrong}"
    right = np.array([[share_right(X[a], y[a], X[b], y[b], k) for a, b in folds] for k in ks])
    wrong = difference(right, scores)
    if wrong:
        return f"scores: {wrong}"
    means = right.mean(axis=1)
    highest = [k for k, mean in zip(ks, means) if mean > means.max() - 1e-9]
    return None if any(difference({"k": k}, best) is None for k in highest) else f"{best} has not the highest mean"


search = Piece("ml.pipeline:grid_search", forbid=OWN)
search.asks(
    """
from course_lib.ml.neighbors import KNeighborsClassifier
best, candidates, scores = grid_search(KNeighborsClassifier, {"k": ks}, X, y, k, rng=np.random.default_rng(seed))
[best, candidates, scores, k_fold(len(X), k, rng=np.random.default_rng(seed))]
""",
    "scores of nearest neighbours on the folds of one call of k_fold",
    cases=searches,
    accept=wrong_search,
    expected="the scores that the nearest neighbours have on these folds",
)


def best_of(known, extra):
    candidates = [dict(known=pair, extra=more) for pair in known for more in extra]
    scores = np.array([sorted(score + c["extra"] for score in c["known"]) for c in candidates], float)
    means = scores.mean(axis=1).tolist()
    return [candidates[means.index(max(means))], candidates, scores]


search.asks(
    """
class Model:  # its scores are known in advance: one for each row, and each row is a fold
    def __init__(self, known, extra):
        self.known, self.extra = known, extra
    def fit(self, X, y):
        pass
    def score(self, X, y):
        return self.known[X[0, 0]] + self.extra

k = len(known[0])
grid = {"known": known, "extra": extra}
best, candidates, scores = grid_search(Model, grid, np.arange(k)[:, None], np.zeros(k), k, rng=np.random.default_rng(0))
[best, candidates, np.sort(scores, axis=1)]
""",
    "every combination is tried, and the first with the highest mean is the best",
    cases=[
        dict(known=[[1, 1], [2, 2]], extra=[0]),
        dict(known=[[1, 7], [5, 4], [4, 5], [2, 2]], extra=[0, 1]),
        dict(known=[[-9, -4, -3], [-5, -5, -5], [0, -9, -9]], extra=[-1, -2, 0]),
    ],
    answer=best_of,
)
search.asks(
    """
made = []
class Model:  # writes down which rows it is fitted on and which it is asked about
    def __init__(self, c):
        self.rows = []
        made.append(self)
    def fit(self, X, y):
        self.rows += [X["row"].tolist(), (y - X["row"]).tolist()]
    def score(self, X, y):
        self.rows += [X["row"].tolist(), (y - X["row"]).tolist()]
        return 0.5

grid_search(Model, {"c": [1, 2]}, Table({"row": np.arange(n)}), np.arange(n), k, rng=np.random.default_rng(seed))
[model.rows for model in made]
""",
    "a new model for each candidate and fold learns from the rows outside of the fold, and is asked about those in it",
    cases=[dict(n=4, k=2, seed=3), dict(n=7, k=3, seed=1), dict(n=5, k=5, seed=0)],
    accept=lambda got, **case: wrong_rows(got, case["n"], case["k"]),
    expected="2 k models, each fitted once on the rows outside of a fold and asked once about those in it",
)


def wrong_rows(got, n, k):
    if len(got) != 2 * k:
        return f"{len(got)} models were made; two candidates and {k} folds need {2 * k}"
    for rows in got:
        if len(rows) != 4:
            return f"a model was fitted or asked {len(rows) // 2} times in all; once each is wanted"
        if any(rows[1] + rows[3]):
            return "rows of X and entries of y do not belong together"
        if sorted(rows[0] + rows[2]) != list(range(n)):
            return f"a model learned from rows {sorted(rows[0])} and was asked about {sorted(rows[2])}, out of {n}"
    asked = sorted(str(sorted(rows[2])) for rows in got)
    if asked[::2] != asked[1::2]:
        return "the second candidate has other folds than the first: deal them once"
    return None


MEANS = "scores.mean(axis=1)"
search.mistake("The models learned from all rows, also from those of the fold.", "X[train], y[train]", "X, y")
SEEN = "The models were asked about rows they learned from."
search.mistake(SEEN, "X[validation], y[validation]", "X[train], y[train]")
search.mistake("The best has the highest mean, not the highest single score.", MEANS, "scores.max(axis=1)")
STARS = "make_model got the dict itself: two stars hand its entries over as named arguments."
search.mistake(STARS, "= make_model(**candidate)", "= make_model(candidate)")
search.mistake("Of equals the first is the best.", f"np.argmax({MEANS})", f"-1 - np.argmax({MEANS}[::-1])")
search.mistake(
    "Each candidate got folds of its own, so that luck with the folds decides: deal them once, before the loop.",
    "for j, (train, validation) in enumerate(folds)",
    "for j, (train, validation) in enumerate(folds if i == 0 else k_fold(len(X), k, rng=rng))",
)
REUSED = "One model served all folds of a candidate: make a new one for each."
search.mistake(REUSED, "= make_model(**candidate)", "= model if j else make_model(**candidate)")
search.hint("Deal the folds once: `folds = k_fold(len(X), k, rng=rng)`. An array of zeros takes up the scores.")
search.hint("Two loops with enumerate: over the candidates, and inside over the pairs (train, validation) of folds.")
search.hint("`make_model(**candidate)` hands a dict over as named arguments. `np.argmax` finds the first largest.")


def answers(rng):
    yield dict(y_true=[1, 0, 1], y_pred=[1, 1, 1])
    yield dict(y_true=["ill", "well", "well", "ill", "well"], y_pred=["ill", "well", "ill", "well", "well"])
    yield dict(y_true=[3], y_pred=[8])
    yield dict(y_true=np.array([0, 0, 1, 2]), y_pred=np.array([0, 1, 1, 1]))
    for n in (9, 20):
        y_true, y_pred = rng.integers(3, size=(2, n))
        yield dict(y_true=y_true, y_pred=y_pred)
        yield dict(zip(("y_true", "y_pred"), rng.choice(["ash", "elm", "oak", "yew"], size=(2, n)).tolist()))


NAMES = ("precision", "recall", "f1", "support")


def sklearn_report(y_true, y_pred):
    labels = sorted({*np.asarray(y_true).tolist(), *np.asarray(y_pred).tolist()})
    table = np.array(metrics.precision_recall_fscore_support(y_true, y_pred, labels=labels, zero_division=0))
    classes = [(label, dict(zip(NAMES, row))) for label, row in zip(labels, table.T.tolist())]
    return [metrics.accuracy_score(y_true, y_pred), metrics.confusion_matrix(y_true, y_pred), classes]


report = Piece("ml.pipeline:evaluate", forbid=OWN)
report.asks(
    """
report = evaluate(y_true, y_pred)
[report["accuracy"], report["confusion"], sorted(report["classes"].items())]
""",
    "accuracy, confusion matrix, and four numbers for each class",
    cases=answers,
    answer=sklearn_report,
)
LABELS = "np.unique(np.concatenate([y_true, y_pred])).tolist()"
report.mistake("A class that is only predicted needs an entry as well.", LABELS, "np.unique(y_true).tolist()")
report.mistake("This precision is the recall.", "precision_score(y_true, y_pred", "precision_score(y_pred, y_true")
SWAPPED = "True and predicted labels have changed places in the confusion matrix."
report.mistake(SWAPPED, "confusion_matrix(y_true, y_pred)", "confusion_matrix(y_pred, y_true)")
report.mistake(
    "pos_label is missing: the numbers of all classes are those of label 1.",
    """
    scores = dict(precision=precision_score(y_true, y_pred), recall=recall_score(y_true, y_pred))
    scores["f1"] = f1_score(y_true, y_pred)
    labels = np.unique(np.concatenate([y_true, y_pred])).tolist()
    classes = {label: scores | {"support": int(np.sum(np.asarray(y_true) == label))} for label in labels}
    return dict(accuracy=accuracy_score(y_true, y_pred), confusion=confusion_matrix(y_true, y_pred), classes=classes)
    """,
)
NAMED = "The key of an entry is the label itself, not its text."
report.mistake(NAMED, "classes[label] =", "classes[str(label)] =")
RECALL = "recall_score(y_true, y_pred, pos_label=label)"
report.mistake("pos_label is not handed on to the recall.", RECALL, RECALL.replace(", pos_label=label", ""))
OF_LABEL = "np.asarray(y_true) == label"
report.mistake("Support counts the true labels, not the predicted ones.", OF_LABEL, "np.asarray(y_pred) == label")
report.mistake("A list == a label is False as a whole: make an array of it.", OF_LABEL, "y_true == label")
report.hint("All labels: `np.unique(np.concatenate([y_true, y_pred]))`. A loop over them fills the inner dict.")
report.hint("The three scores take `pos_label=label`. `np.asarray(y_true) == label` can be counted.")
