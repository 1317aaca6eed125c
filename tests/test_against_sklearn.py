"""Phase 2 beside scikit-learn, on the same splits of real data."""

import numpy as np
import pytest
import sklearn.cluster
import sklearn.decomposition
import sklearn.linear_model
import sklearn.metrics

from course_lib.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from course_lib.ml import evaluation
from course_lib.ml.cluster import PCA, KMeans, silhouette_score
from course_lib.ml.data import StandardScaler, train_test_split
from course_lib.ml.linear import LinearRegression, LogisticRegression, SoftmaxRegression


def split(load):
    """Standardised training rows of a set and their targets."""
    data = load()
    X_train, X_test, y_train, _ = train_test_split(data.features, data.target, rng=np.random.default_rng(0))
    scaler = StandardScaler().fit(X_train)
    return scaler.transform(X_train), y_train, scaler.transform(X_test)


def agree(ours, theirs, atol=1e-3):
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=atol)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=0, atol=atol)


@pytest.mark.parametrize(("l1", "l2"), [(0, 0), (0, 0.05), (2.0, 0), (1.0, 0.02)])
def test_linear_regression(l1, l2):
    X, y, _ = split(load_diabetes)
    if l1:
        whole = l1 / 2 + l2
        peer = sklearn.linear_model.ElasticNet(whole, l1_ratio=l1 / 2 / whole, tol=1e-10, max_iter=100_000)
    else:
        peer = sklearn.linear_model.Ridge(alpha=len(X) * l2)
    agree(LinearRegression(learning_rate=None, l1=l1, l2=l2).fit(X, y), peer.fit(X, y))


@pytest.mark.parametrize("C", [0.1, 1.0])
def test_logistic_regression(C):
    X, y, X_test = split(load_breast_cancer)
    ours = LogisticRegression(learning_rate=None, l2=1 / (2 * len(X) * C)).fit(X, y)
    peer = sklearn.linear_model.LogisticRegression(C=C, tol=1e-10, max_iter=10_000).fit(X, y)
    agree(ours, peer)
    np.testing.assert_allclose(ours.predict_proba(X_test), peer.predict_proba(X_test), atol=1e-4)


@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_softmax_regression(load):
    X, y, X_test = split(load)
    ours = SoftmaxRegression(learning_rate=None, l2=1 / (2 * len(X))).fit(X, y)
    peer = sklearn.linear_model.LogisticRegression(tol=1e-10, max_iter=10_000).fit(X, y)
    agree(ours, peer)
    assert (ours.predict(X_test) == peer.predict(X_test)).all()


def test_plain_descent_comes_close_too():
    X, y, _ = split(load_diabetes)
    ours = LinearRegression(learning_rate=0.1).fit(X, y, epochs=20_000)
    agree(ours, sklearn.linear_model.LinearRegression().fit(X, y))


def test_k_means():
    X = load_iris().features
    peer = sklearn.cluster.KMeans(3, n_init=20, tol=0, random_state=0).fit(X)
    ours = KMeans(3).fit(X)
    assert ours.inertia_ == pytest.approx(peer.inertia_, rel=1e-12)
    assert silhouette_score(X, ours.labels_) == pytest.approx(sklearn.metrics.silhouette_score(X, peer.labels_))


@pytest.mark.parametrize("load", [load_iris, load_wine, load_digits])
def test_principal_components(load):
    X = load().features
    peer = sklearn.decomposition.PCA(4).fit(X)
    ours = PCA(4).fit(X)
    np.testing.assert_allclose(ours.explained_variance_, peer.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(ours.explained_variance_ratio_, peer.explained_variance_ratio_, rtol=1e-9)
    np.testing.assert_allclose(np.abs(ours.transform(X)), np.abs(peer.transform(X)), atol=1e-8)


def test_measures():
    rng = np.random.default_rng(0)
    for _ in range(20):
        truth, guess = rng.integers(0, 2, (2, 200))
        scores = np.round(rng.normal(size=200) + truth, 1)  # with ties
        for name in ("accuracy_score", "precision_score", "recall_score", "f1_score"):
            ours, theirs = (getattr(module, name)(truth, guess) for module in (evaluation, sklearn.metrics))
            assert ours == pytest.approx(theirs, abs=1e-12), name
        assert evaluation.roc_auc_score(truth, scores) == pytest.approx(
            sklearn.metrics.roc_auc_score(truth, scores), abs=1e-12
        )
        classes, said = rng.integers(0, 5, (2, 200))
        np.testing.assert_array_equal(
            evaluation.confusion_matrix(classes, said), sklearn.metrics.confusion_matrix(classes, said)
        )
