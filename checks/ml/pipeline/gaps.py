"""What must hold of ``MedianImputer``. Oracle: scikit-learn."""

import numpy as np
from sklearn.impute import SimpleImputer

from checks.language import Piece
from checks.ml.pipeline.shared import NAN, OWN, gappy


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
