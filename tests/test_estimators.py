"""The manners of phase 2's estimators: fit returns the model, bad input is one clear line, hyperparameters are kept."""

import numpy as np
import pytest

from course_lib.ml.bandit import EpsilonGreedy
from course_lib.ml.cluster import PCA, KMeans
from course_lib.ml.data import MinMaxScaler, StandardScaler
from course_lib.ml.linear import LinearRegression, LogisticRegression, SoftmaxRegression
from course_lib.ml.neighbors import KNeighborsClassifier
from course_lib.ml.pipeline import AdamClassifier, MajorityClassifier, Pipeline
from course_lib.ml.validation import NotFittedError
from course_lib.neural.network import NeuralNetwork
from course_lib.neural.neuron import Perceptron

RNG = np.random.default_rng(0)
X, y = RNG.normal(size=(30, 3)), np.arange(30) % 2

CLASSIFIERS = {
    "KNeighborsClassifier": lambda: KNeighborsClassifier(3),
    "LogisticRegression": LogisticRegression,
    "SoftmaxRegression": SoftmaxRegression,
    "Perceptron": Perceptron,
    "AdamClassifier": AdamClassifier,
    "MajorityClassifier": MajorityClassifier,
}
PREDICTORS = CLASSIFIERS | {"LinearRegression": LinearRegression, "KMeans": lambda: KMeans(2)}
TRANSFORMERS = {"StandardScaler": StandardScaler, "MinMaxScaler": MinMaxScaler, "PCA": lambda: PCA(2)}
ALL = PREDICTORS | TRANSFORMERS


def use(name, model, rows):
    return model.predict(rows) if name in PREDICTORS else model.transform(rows)


@pytest.mark.parametrize("name", ALL)
def test_fit_returns_the_model_and_a_result_has_a_row_for_each_row(name):
    model = ALL[name]()
    assert model.fit(X, y) is model if name in PREDICTORS else model.fit(X) is model
    assert len(use(name, model, X[:7])) == 7


@pytest.mark.parametrize("name", ALL)
def test_unfitted(name):
    with pytest.raises(NotFittedError, match="fit"):
        use(name, ALL[name](), X)


@pytest.mark.parametrize("name", [name for name in ALL if name != "MajorityClassifier"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_named_with_its_place(name, bad):
    spoilt = X.copy()
    spoilt[4, 1] = bad
    with pytest.raises(ValueError, match=r"4, 1"):
        ALL[name]().fit(spoilt, y) if name in PREDICTORS else ALL[name]().fit(spoilt)
    model = ALL[name]()
    model.fit(X, y) if name in PREDICTORS else model.fit(X)
    with pytest.raises(ValueError, match=r"4, 1"):
        use(name, model, spoilt)


@pytest.mark.parametrize("name", [name for name in ALL if name != "MajorityClassifier"])
def test_wrong_shapes(name):
    model = ALL[name]()
    with pytest.raises(ValueError, match=r"\(30,\)"):
        model.fit(X[:, 0], y) if name in PREDICTORS else model.fit(X[:, 0])
    model.fit(X, y) if name in PREDICTORS else model.fit(X)
    with pytest.raises(ValueError, match="2"):
        use(name, model, X[:, :2])


@pytest.mark.parametrize("name", [name for name in CLASSIFIERS if name != "MajorityClassifier"] + ["LinearRegression"])
def test_rows_and_targets_of_different_lengths(name):
    with pytest.raises(ValueError, match="29"):
        PREDICTORS[name]().fit(X, y[:29])


@pytest.mark.parametrize("name", ["LogisticRegression", "SoftmaxRegression"])
def test_one_class(name):
    with pytest.raises(ValueError, match="1"):
        CLASSIFIERS[name]().fit(X, np.ones(30, dtype=int))


def test_hyperparameters_that_make_no_sense():
    for make in (
        lambda: LinearRegression(learning_rate=0),
        lambda: LogisticRegression(l2=-1),
        lambda: KMeans(0),
        lambda: KNeighborsClassifier(0).fit(X, y),
        lambda: EpsilonGreedy(3, 1.5, RNG),
        lambda: NeuralNetwork([3]),
    ):
        with pytest.raises(ValueError):
            make()


def test_a_pipeline_scores_as_its_last_step_does():
    target = X @ [1.0, -2.0, 0.5]
    pipeline = Pipeline([("scale", StandardScaler()), ("model", LinearRegression(learning_rate=None))])
    assert pipeline.fit(X, target).score(X, target) == pytest.approx(1)
