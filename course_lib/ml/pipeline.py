"""A whole pipeline: from the text of a table to a model that was chosen honestly and judged once.

Read, clean, split, fill gaps, encode, scale, train, select, evaluate. n is the number of rows, d that of columns. A
step that learns from the data learns in `fit`, from the training rows alone. Names and manners are scikit-learn's.

Sources: Bishop, *Pattern Recognition and Machine Learning*, section 1.3; Hastie, Tibshirani, Friedman, *The Elements of
Statistical Learning*, sections 7.10 and 9.6; Géron, *Hands-On Machine Learning*, chapter 2; Kaufman, Rosset, Perlich,
"Leakage in data mining" (2011).
"""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from course_lib.ml.data import StandardScaler, k_fold, one_hot
from course_lib.ml.evaluation import accuracy_score, confusion_matrix, f1_score, precision_score, recall_score
from course_lib.ml.linear import cross_entropy, mean_slopes, softmax
from course_lib.ml.neighbors import majority_vote
from course_lib.ml.optimizers import Adam, train_in_batches
from course_lib.ml.validation import check_features, check_features_and_target, check_fitted

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null"})


class Table:
    """Columns of one length, each with a name: ``Table({"water": np.array([40.0, 60.0])})``.

    ``table["water"]`` is a column. ``table[rows]`` is a new table with some of the rows, where ``rows`` is whatever an
    array can be indexed with: a slice, an array of row numbers, an array of True and False.
    """

    def __init__(self, columns: dict[str, np.ndarray]):
        self.columns = {name: np.asarray(column) for name, column in columns.items()}
        lengths = {name: len(column) for name, column in self.columns.items()}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"the columns of a table have one length, but here are {lengths}")

    @property
    def names(self) -> list[str]:
        """The names of the columns, in their order."""
        return list(self.columns)

    def __len__(self) -> int:
        return len(self.columns[self.names[0]])

    def __getitem__(self, key):
        if isinstance(key, str):
            return self.columns[key]
        return Table({name: column[key] for name, column in self.columns.items()})

    def without(self, *names: str) -> Table:
        """A table without these columns."""
        return Table({name: column for name, column in self.columns.items() if name not in names})

    def replace(self, name: str, column: np.ndarray) -> Table:
        """A table in which another column has this name."""
        return Table({**self.columns, name: column})

    def __repr__(self) -> str:
        return f"<Table: {len(self)} rows of {', '.join(self.names)}>"


def is_missing(cell: str) -> bool:
    """Whether a cell says that nothing is known: without the blanks around it, in lower case, it is in `MISSING`."""
    return cell.strip().lower() in MISSING


def parse_number(cell: str) -> float:
    """The number in a cell of a text table, as a float; NaN, ``math.nan``, if `is_missing` says that there is none.

    ``parse_number(" 12.5")`` is ``12.5`` and ``parse_number("1e3")`` is ``1000.0``, as ``float`` has it, which doesn't
    mind blanks around a number; ``parse_number("NA")`` and ``parse_number("")`` are NaN. Anything else is not a number
    and raises `ValueError` with the cell in its message, as ``float`` does too: ``"south"``, ``"12,5"``.
    """
    return math.nan if is_missing(cell) else float(cell)


def parse_column(cells: Sequence[str]) -> np.ndarray:
    """Cells as an array: of floats if each is a number or missing, otherwise of words.

    Missing is NaN among numbers and the empty word, "", among words. The blanks around a word are taken away.
    """
    try:
        return np.array([parse_number(cell) for cell in cells], dtype=float)
    except ValueError:
        return np.array(["" if is_missing(cell) else cell.strip() for cell in cells])


def read_table(text: str) -> Table:
    """The columns of a text in the CSV format, as a `Table`.

    The first line has the names of the columns, which all differ; every later line is a row. Cells are separated by
    commas. A cell in double quotes may itself hold commas: ``"Bath, Kent"`` is one cell (`csv.reader` knows this). The
    blanks around a name are taken away. The columns keep their order. Each is what `parse_column` makes of its cells,
    given to it as strings, from top to bottom. Lines without any character are skipped, and no others: blanks or a
    comma are cells. There is always at least one row, and no cell goes over the end of a line.

    ``read_table("pot,water\\nA,40\\nB,?")`` has a column "pot" of the words A and B and a column "water" of 40.0, NaN.
    Raises `ValueError` for a line that has more or fewer cells than the first; its message has the number of that line
    in the text. The first line is number 1, and skipped lines count too.
    """
    lines = csv.reader(text.splitlines())
    names = [name.strip() for name in next(lines)]
    rows = []
    for number, cells in enumerate(lines, start=2):
        if not cells:
            continue
        if len(cells) != len(names):
            raise ValueError(f"line {number} has {len(cells)} cells, but the first has {len(names)}")
        rows.append(cells)
    return Table({name: parse_column(column) for name, column in zip(names, zip(*rows))})


def distinct_rows(table: Table) -> np.ndarray:
    """The numbers of the rows that are not an exact copy of an earlier row.

    Cells are compared as text. So two missing numbers agree, although NaN is not equal to itself.
    """
    first = {}
    for i, row in enumerate(zip(*table.columns.values())):
        first.setdefault(tuple(map(str, row)), i)
    return np.array(list(first.values()))


class MajorityClassifier:
    """A baseline: it answers every question with the label that was most frequent when it was fitted.

    Attribute, from `fit`: ``majority_``, that label. Of X only the number of rows counts; it may be a `Table`.
    """

    def fit(self, X, y) -> MajorityClassifier:
        """Find the most frequent label in y, shape (n,), and keep it; of equally frequent ones, the smallest.

        That is what `majority_vote` answers. Returns ``self``.
        """
        self.majority_ = majority_vote(y)
        return self

    def predict(self, X) -> np.ndarray:
        """An array with one label for each row of X, shape (len(X),), all of them ``majority_``.

        Raises `NotFittedError` before `fit`; ``check_fitted(self, "majority_")`` does that.
        """
        check_fitted(self, "majority_")
        return np.full(len(X), self.majority_)

    def score(self, X, y) -> float:
        """The share of the rows of X whose label in y is predicted."""
        return accuracy_score(y, self.predict(X))


class MedianImputer:
    """Fills the gaps in a table of numbers: NaN becomes the median of its column, as measured in `fit`.

    Attribute, from `fit`: ``medians_``, an array with one number for each column, shape (d,).
    """

    def fit(self, X) -> MedianImputer:
        """Keep in ``medians_`` the median of the known entries (those that are not NaN) of each column of X.

        X, shape (n, d), is an array or nested lists of floats or whole numbers. The median is the entry in the middle
        when they are sorted, or the mean of the two in the middle: 60 of 40, NaN, 100 and 60. A column without any
        known entry gets the median 0, and NumPy may not warn of it. A second fit forgets the first. Returns ``self``.
        """
        columns = np.asarray(X, dtype=float).T
        known = [column[~np.isnan(column)] for column in columns]
        self.medians_ = np.array([np.median(values) if len(values) else 0.0 for values in known])
        return self

    def transform(self, X) -> np.ndarray:
        """X, shape (m, d), as a new array of floats, with ``medians_`` in the place of NaN; X stays as it was.

        The medians are the fitted ones, whatever those of *these* rows are; there may be a single row. Raises
        `NotFittedError` before `fit` (`check_fitted` does that), and `ValueError`, with both numbers in its message, if
        X has not the number of columns that `fit` saw.
        """
        check_fitted(self, "medians_")
        X = np.asarray(X, dtype=float)
        if X.shape[1] != len(self.medians_):
            raise ValueError(f"X has {X.shape[1]} columns, but the medians are those of {len(self.medians_)}")
        return np.where(np.isnan(X), self.medians_, X)


class CategoryEncoder:
    """Turns a column of words into columns of numbers: one for each word that `fit` has seen.

    Attribute, from `fit`: ``categories_``, these words, each once, in alphabetical order (as `sorted` has it), in a
    list or an array. The empty word, "", stands for a missing one and is not a category; any other word is one.
    """

    def fit(self, words) -> CategoryEncoder:
        """Find the categories in ``words``, a list or an array of words, at least one of them not missing.

        A second fit forgets the first. Returns ``self``.
        """
        self.categories_ = sorted(set(np.asarray(words).tolist()) - {""})
        return self

    def transform(self, words) -> np.ndarray:
        """Floats, shape (len(words), number of categories): 1 in the column of a row's word, 0 elsewhere.

        A missing word, and one that `fit` has not seen, makes a row of zeros. Fitted on ["south", "east", "east"], the
        categories are east and south, and ``transform(["south", "north", ""])`` is ``[[0, 1], [0, 0], [0, 0]]``.
        Raises `NotFittedError` before `fit` (`check_fitted` does that).
        """
        check_fitted(self, "categories_")
        return (np.asarray(words)[:, None] == self.categories_).astype(float)


class TablePreparer:
    """From a `Table` to an array of floats: numbers filled and standardised, then words, a column for each category.

    ``numbers`` and ``words`` are the names of the columns to use, ``numbers`` at least one; all others are left out.
    """

    def __init__(self, numbers: Sequence[str], words: Sequence[str] = ()):
        self.numbers, self.words = tuple(numbers), tuple(words)

    def fit(self, table: Table) -> TablePreparer:
        X = self.stack(table)
        self.imputer_ = MedianImputer().fit(X)
        self.scaler_ = StandardScaler().fit(self.imputer_.transform(X))
        self.encoders_ = [CategoryEncoder().fit(table[name]) for name in self.words]
        return self

    def transform(self, table: Table) -> np.ndarray:
        check_fitted(self, "encoders_")
        filled = self.scaler_.transform(self.imputer_.transform(self.stack(table)))
        encoded = [encoder.transform(table[name]) for name, encoder in zip(self.words, self.encoders_)]
        return np.hstack([filled, *encoded])

    def stack(self, table: Table) -> np.ndarray:
        """The columns of numbers side by side, gaps and all: shape (n, number of columns)."""
        return np.column_stack([table[name] for name in self.numbers])

    @property
    def feature_names_(self) -> list[str]:
        """What the columns of the result are: ``radius`` for a number, ``clinic=north`` for a category."""
        check_fitted(self, "encoders_")
        pairs = zip(self.words, self.encoders_)
        return [*self.numbers, *(f"{name}={word}" for name, encoder in pairs for word in encoder.categories_)]


class Pipeline:
    """Steps in a row that behave like one model: ``Pipeline([("scale", StandardScaler()), ("model", model)])``.

    All steps but the last prepare features: they have ``fit(X)``, which returns the step, and ``transform(X)``. The
    last is a classifier, with ``fit(X, y)`` and ``predict(X)``. ``pipeline["scale"]`` is the step of that name.
    """

    def __init__(self, steps: list[tuple[str, object]]):
        """Raises ValueError if there is no step, or if two have one name."""
        self.steps = list(steps)
        names = [name for name, _ in self.steps]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"a pipeline needs steps with different names, but here they are {names}")

    def __getitem__(self, name: str):
        return dict(self.steps)[name]

    def fit(self, X, y) -> Pipeline:
        """Fit each step, in turn, on what the steps before it make of the training rows; returns ``self``.

        ``self.steps`` is a list of pairs (name, step). Of every step but the last, ``fit(X)``, which returns the step,
        is called once, then ``transform(X)`` once, with the same X; what it returns is the X of the next step. The last
        step gets ``fit(X, y)``; a single step is the last. No other methods of the steps are used.
        """
        for _, step in self.steps[:-1]:
            step.fit(X)
            X = step.transform(X)
        self.steps[-1][1].fit(X, y)
        return self

    def transform(self, X):
        """What all steps but the last make of X, each with what it has learned in `fit`; nothing is fitted here.

        This is what the last step sees; its own transform, if it has one, is not used. If the last step is the only
        one, it is X itself. Before `fit`, the steps raise `NotFittedError` themselves, so there is nothing to test.
        """
        for _, step in self.steps[:-1]:
            X = step.transform(X)
        return X

    def predict(self, X) -> np.ndarray:
        """What the last step predicts for the rows of X."""
        return self.steps[-1][1].predict(self.transform(X))

    def predict_proba(self, X) -> np.ndarray:
        """The probabilities of the classes, if the last step has them."""
        return self.steps[-1][1].predict_proba(self.transform(X))

    def score(self, X, y) -> float:
        """The last step's own score: of a classifier, the share of the rows of X whose label in y is predicted."""
        return self.steps[-1][1].score(self.transform(X), y)


class AdamClassifier:
    """Softmax regression, trained in mini-batches by Adam.

    After `fit`: ``classes_``, sorted; ``weights``, shape (d, k); ``bias``, shape (k,); ``loss_history_``, the loss of
    each batch before its step. ``seed`` fixes the order of the rows.
    """

    def __init__(self, learning_rate: float = 0.01, epochs: int = 20, batch_size: int = 32, seed: int = 0):
        self.learning_rate, self.epochs, self.batch_size, self.seed = learning_rate, epochs, batch_size, seed

    def fit(self, X, y) -> AdamClassifier:
        X, y = check_features_and_target(X, y)
        self.classes_, which = np.unique(y, return_inverse=True)
        params = [np.zeros((X.shape[1], len(self.classes_))), np.zeros(len(self.classes_))]
        optimizer, rng = Adam(self.learning_rate), np.random.default_rng(self.seed)
        self.loss_history_ = train_in_batches(
            optimizer, params, self.loss_and_slopes, X, which, self.epochs, self.batch_size, rng=rng
        )
        self.weights, self.bias = params
        return self

    def loss_and_slopes(self, params, X, which):
        weights, bias = params
        P = softmax(X @ weights + bias)
        return cross_entropy(which, P), mean_slopes(X, P - one_hot(which, len(self.classes_)))

    def predict_proba(self, X) -> np.ndarray:
        check_fitted(self, "weights")
        return softmax(check_features(X, columns=len(self.weights)) @ self.weights + self.bias)

    def predict(self, X) -> np.ndarray:
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def score(self, X, y) -> float:
        return accuracy_score(y, self.predict(X))


def combinations(grid: dict[str, Sequence]) -> list[dict]:
    """Every choice of one value for each name, as dicts; the value of the last name changes fastest.

    ``combinations({"k": [1, 5], "scale": [True]})`` is ``[{"k": 1, "scale": True}, {"k": 5, "scale": True}]``.
    """
    return [dict(zip(grid, values)) for values in itertools.product(*grid.values())]


def grid_search(
    make_model: Callable, grid: dict[str, Sequence], X, y, k: int = 5, *, rng: np.random.Generator
) -> tuple[dict, list[dict], np.ndarray]:
    """Try all combinations of hyperparameters by k-fold cross-validation: ``(best, candidates, scores)``.

    ``candidates`` is ``combinations(grid)``. ``scores`` is an array of shape (len(candidates), k): row i belongs to
    candidate i, column j to fold j, for all candidates the same folds: those of one call
    ``k_fold(len(X), k, rng=rng)``, a list of pairs (training rows, validation rows), in their order. ``best`` is the
    candidate whose row has the highest mean; of equals, the first.

    For each candidate and fold there is a new model, ``make_model(**candidate)``. It is fitted once, by ``fit(X, y)``
    on the training rows of the fold alone, and its score is ``score(X, y)`` on the validation rows. X and y are arrays,
    or X is a `Table`; both can be indexed with an array of row numbers, and stay as they were.
    """
    candidates = combinations(grid)
    folds = k_fold(len(X), k, rng=rng)
    scores = np.zeros((len(candidates), k))
    for i, candidate in enumerate(candidates):
        for j, (train, validation) in enumerate(folds):
            model = make_model(**candidate)
            model.fit(X[train], y[train])
            scores[i, j] = model.score(X[validation], y[validation])
    best = candidates[np.argmax(scores.mean(axis=1))]
    return best, candidates, scores


def evaluate(y_true, y_pred) -> dict:
    """A report on predicted labels, as a dict with three entries.

    - "accuracy": the share of the rows that are right, as from `accuracy_score`;
    - "confusion": the array that `confusion_matrix` makes;
    - "classes": a dict with an entry for each label that occurs in ``y_true`` or in ``y_pred``. The key is the label,
      and the entry is a dict with the keys "precision", "recall" and "f1", where this label counts as the positive one
      and all others as negative, and "support", the number of rows whose true label it is.

    ``y_true`` and ``y_pred`` are arrays or lists of labels, words or whole numbers, one for each row. A share of
    nothing is 0, as in `precision_score` and its neighbours. ``evaluate([1, 0, 1], [1, 1, 1])["classes"][1]`` has
    precision 2/3, recall 1, F1 4/5 and support 2.
    """
    classes = {}
    for label in np.unique(np.concatenate([y_true, y_pred])).tolist():
        classes[label] = {
            "precision": precision_score(y_true, y_pred, pos_label=label),
            "recall": recall_score(y_true, y_pred, pos_label=label),
            "f1": f1_score(y_true, y_pred, pos_label=label),
            "support": int(np.sum(np.asarray(y_true) == label)),
        }
    return {
        "accuracy": accuracy_score(y_true, y_pred),
        "confusion": confusion_matrix(y_true, y_pred),
        "classes": classes,
    }
