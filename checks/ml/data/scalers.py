"""What must hold of ``StandardScaler`` and ``MinMaxScaler``. Oracle: scikit-learn."""

import numpy as np
from sklearn import preprocessing

from checks.language import Piece
from checks.ml.data.shared import BAD, SCRATCH, SONGS


def tables(rng):
    yield dict(X=np.array([[1.0, 5.0], [3.0, 5.0]]))
    yield dict(X=SONGS)
    yield dict(X=np.array([[4.0, -2.0]]))
    yield dict(X=np.array([[1, 2, 2], [2, 7, 2], [9, 1, 2]]))
    yield dict(X=[[1, 2], [4, 7]])
    yield dict(X=np.full((3, 2), 0.1))
    for n, d in ((2, 5), (7, 3), (5, 5)):
        yield dict(X=(rng.uniform(1, 9, (n, d)) * rng.choice([-1, 1], d) * 10.0 ** rng.integers(-3, 4, d)).round(5))


def fitted_and_new(rng):
    yield dict(A=SONGS, X=np.array([[98.0, 1.8]]))
    for case in tables(rng):
        yield dict(A=case["X"], X=rng.uniform(-20, 20, (4, np.shape(case["X"])[1])).round(2))
    yield dict(A=SONGS, X=[[100, 3], [120, 2]])
    yield dict(A=SONGS[:2], X=SONGS)


def measures(piece, scaler, first, second, answer):
    """The questions of a scaler's ``fit``, whose attributes are ``first`` and ``second``."""
    piece.asks(
        f"scaler = {scaler}()\nscaler.fit(X)\n[scaler.{first}, scaler.{second}]",
        "each column's measure, also that of tiny numbers",
        cases=lambda rng: [*tables(rng), dict(X=np.array([[1e-20, 2.0], [3e-20, 2.0]]))],
        answer=answer,
        atol=0,
    )
    piece.asks(
        f"scaler = {scaler}()\nscaler.fit(A)\n[scaler.fit(X) is scaler, scaler.{first}]",
        "fit returns the scaler itself, and a second fit forgets the first",
        cases=[dict(A=np.array([[1.0], [7.0]]), X=SONGS)],
        answer=lambda A, X: [True, answer(X)[0]],
    )
    piece.asks(
        f"{scaler}().fit(X)",
        "tables with NaN, without rows, or without two axes are refused",
        cases=BAD,
        raises="ValueError",
    )


def refuses(piece, scaler, method):
    """A method refuses to work before the fit, on other columns than the fit's, and on bad tables."""
    piece.asks(
        f"{scaler}().{method}(X)",
        "before the fit there is nothing to measure by",
        cases=[dict(X=SONGS[:1]), dict(X=SONGS)],
        raises="NotFittedError",
    )
    piece.asks(
        f"{scaler}().fit(A).{method}(X)",
        "another number of columns than in the fit is refused, and so are tables with NaN, no rows, or not two axes",
        cases=[dict(A=SONGS[:3], X=SONGS[:2, :1]), dict(A=SONGS[:2, :1], X=SONGS[:3])]
        + [dict(A=SONGS[:3], **case) for case in BAD],
        raises="ValueError",
    )


def standard(X):
    measured = preprocessing.StandardScaler().fit(X)
    return [measured.mean_, measured.scale_]


def ranges(X):
    X = np.array(X, float)
    return [X.min(axis=0), np.where(np.ptp(X, axis=0) == 0, 1, np.ptp(X, axis=0))]


fit = Piece("ml.data:StandardScaler.fit", forbid=SCRATCH)
measures(fit, "StandardScaler", "mean_", "scale_", standard)
MEASURE = "_, self.mean_, self.scale_ = standardise(X)"
fit.mistake("fit returns nothing: end with `return self`, so that calls can be chained.", "return self", "return None")
fit.mistake(
    "A constant column has deviation 0: its scale is to be 1.", MEASURE, "self.mean_, self.scale_ = X.mean(0), X.std(0)"
)
fit.mistake("X may be nested lists: check_features makes an array of them.", "X = check_features(X)\n    ", "")
fit.mistake("You keep the variance; the scale is its root.", MEASURE, f"{MEASURE}; self.scale_ = self.scale_**2")
fit.mistake("Tiny is not 0: compare the entries.", MEASURE, f"{MEASURE}; self.scale_[self.scale_ < 1e-8] = 1.0")
fit.hint("First `check_features`, which hands X back as floats. Then measure, then `return self`.")
fit.hint("`standardise(X)` returns three things, and two of them are what you need.")

transform = Piece("ml.data:StandardScaler.transform", forbid=SCRATCH)
transform.asks(
    "StandardScaler().fit(A).transform(X)",
    "X by the measure of A",
    cases=fitted_and_new,
    answer=lambda A, X: preprocessing.StandardScaler().fit(A).transform(X),
)
refuses(transform, "StandardScaler", "transform")
SCALED = "(X - self.mean_) / self.scale_"
transform.mistake("These rows are measured by themselves; use what fit has kept.", SCALED, "standardise(X)[0]")
transform.mistake("Division comes before subtraction: set parentheses.", SCALED, "X - self.mean_ / self.scale_")
transform.mistake("X itself is changed: make another.", f"return {SCALED}", "X -= self.mean_; return X / self.scale_")
transform.mistake("One column would be stretched to d: say how many there are.", ", columns=len(self.mean_)", "")
transform.hint("Three steps: `check_fitted`, `check_features` with `columns=`, and one line of arithmetic.")
transform.hint("`mean_` has shape (d,), and X has shape (m, d): broadcasting uses the one row of means for all rows.")

minmax = Piece("ml.data:MinMaxScaler", forbid=SCRATCH)
measures(minmax, "MinMaxScaler", "data_min_", "data_range_", ranges)
for method in ("transform", "inverse_transform"):
    minmax.asks(
        f"MinMaxScaler().fit(A).{method}(X)",
        "X by the measure of A, also outside of its range" if method == "transform" else "the same way back",
        cases=fitted_and_new,
        answer=lambda A, X, method=method: getattr(preprocessing.MinMaxScaler().fit(A), method)(X),
    )
    refuses(minmax, "MinMaxScaler", method)
minmax.asks(
    "scaler = MinMaxScaler()\n[scaler.fit_transform(X), scaler.data_min_]",
    "fit_transform does both, and the fit remains",
    cases=[dict(X=SONGS)],
    answer=lambda X: [preprocessing.minmax_scale(X), X.min(axis=0)],
)
FROM_MIN = "(X - self.data_min_) / self.data_range_"
minmax.mistake(
    "Each column has its own smallest and largest entry (axis=0); these are the whole table's.",
    "X.min(axis=0)\n        spread = X.max(axis=0)",
    "X.min()\n        spread = X.max()",
)
minmax.mistake("You divided by the maximum, not by the range.", "X.max(axis=0) - self.data_min_", "X.max(axis=0)")
minmax.mistake("Values beyond the fitted range are to go below 0 or above 1.", FROM_MIN, f"np.clip({FROM_MIN}, 0, 1)")
minmax.mistake("The range of a constant column is 0: put 1 there.", "np.where(spread == 0, 1.0, spread)", "spread")
minmax.mistake("A small range is not a range of 0: ask whether the ends are equal.", "spread == 0", "spread < 1e-8")
minmax.mistake(
    "The way back: first multiply, then add.",
    "Z * self.data_range_ + self.data_min_",
    "(Z + self.data_min_) * self.data_range_",
)
minmax.hint("The same four methods as StandardScaler's, with other things to keep in `fit`.")
minmax.hint("`np.where(condition, a, b)` puts a 1 where the range is 0.")
