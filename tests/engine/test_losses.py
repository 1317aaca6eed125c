"""Losses against NumPy and SciPy, written out."""

import numpy as np
import pytest
from scipy import special, stats

from course_lib import Tensor, dtypes
from course_lib.engine.gradcheck import gradcheck
from course_lib.engine.strides import ShapeError


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def positive(*shape, seed=0):
    return np.random.default_rng(seed).uniform(0.05, 0.95, shape)


def check(name, expected, x, *rest, **options):
    """All three reductions of a loss, given what each element should be."""
    tensors = [Tensor(a) if isinstance(a, np.ndarray) else a for a in (x, *rest)]
    for reduction, reduce in (("none", np.asarray), ("sum", np.sum), ("mean", np.mean)):
        got = getattr(tensors[0], name)(*tensors[1:], reduction=reduction, **options).numpy()
        np.testing.assert_allclose(got, reduce(expected), rtol=1e-10, atol=1e-10, err_msg=f"{name} {reduction}")


X, Y = draw(3, 4) * 2, draw(3, 4, seed=1)
D = np.abs(X - Y)


def test_regression():
    check("mse_loss", D**2, X, Y)
    check("l1_loss", D, X, Y)
    check("smooth_l1_loss", np.where(D < 0.7, D * D / 1.4, D - 0.35), X, Y, beta=0.7)
    check("smooth_l1_loss", D, X, Y, beta=0.0)
    check("huber_loss", special.huber(0.7, X - Y), X, Y, delta=0.7)
    for var in (positive(3, 4), positive(3, 1), positive(3)):
        spread = var[:, None] if var.ndim == 1 else var
        check("gaussian_nll_loss", -stats.norm(X, np.sqrt(spread)).logpdf(Y), X, Y, var, full=True)
    check("gaussian_nll_loss", (np.log(0.3) + D**2 / 0.3) / 2, X, Y, 0.3)


def test_counts():
    counts = np.array([[0.0, 1.0, 2.0, 9.0]] * 3)
    check("poisson_nll_loss", np.exp(X) - counts * X, X, counts)
    means = positive(3, 4)
    check("poisson_nll_loss", means - counts * np.log(means + 1e-8), means, counts, log_input=False)
    many = np.maximum(counts, 1)
    stirling = np.where(counts > 1, many * np.log(many) - many + np.log(2 * np.pi * many) / 2, 0)
    check("poisson_nll_loss", np.exp(X) - counts * X + stirling, X, counts, full=True)


def test_small_tensors():
    assert Tensor(2.0).mse_loss(Tensor(5.0)).item() == 9.0
    empty = Tensor(np.zeros((0, 3)))
    assert empty.mse_loss(empty, reduction="sum").item() == 0 and np.isnan(empty.mse_loss(empty).item())
    assert empty.cross_entropy(Tensor(np.zeros(0, int)), reduction="none").shape == (0,)


def test_broadcast_targets_are_suspicious():
    with pytest.warns(UserWarning, match=r"mse_loss.*\(3,\).*\(3, 1\)"):
        Tensor([1.0, 2.0, 3.0]).mse_loss(Tensor([[1.0], [2.0], [3.0]]))


SCORES = [((5, 4), (5,)), ((4,), ()), ((3, 4, 2), (3, 2)), ((2, 4, 3, 5), (2, 3, 5)), ((1, 1), (1,))]


@pytest.mark.parametrize("scores, targets", SCORES)
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_cross_entropy(scores, targets, smoothing):
    axis = min(1, len(scores) - 1)
    count = scores[axis]
    x, y = draw(*scores) * 4, np.random.default_rng(1).integers(0, count, targets)
    logs = special.log_softmax(x, axis)
    right = np.take_along_axis(logs, np.expand_dims(y, axis), axis).squeeze(axis)
    check("cross_entropy", -(1 - smoothing) * right - smoothing * logs.mean(axis), x, y, label_smoothing=smoothing)
    check("nll_loss", -right, logs, y)
    soft = special.softmax(draw(*scores, seed=2), axis)
    smooth = soft * (1 - smoothing) + smoothing / count
    check("cross_entropy", -(smooth * logs).sum(axis), x, soft, label_smoothing=smoothing)


def test_weighted_classes():
    x, w, y = draw(6, 3), np.array([0.5, 2.0, 0.0]), np.array([0, 1, 2, 1, 0, 1])
    logs = special.log_softmax(x, 1)
    each = -logs[range(6), y] * w[y]
    args = Tensor(y), Tensor(w)
    np.testing.assert_allclose(Tensor(x).cross_entropy(*args, reduction="none").numpy(), each, atol=1e-12)
    assert Tensor(x).cross_entropy(*args).item() == pytest.approx(each.sum() / w[y].sum())
    assert Tensor(logs).nll_loss(*args).item() == pytest.approx(each.sum() / w[y].sum())
    mixed = (0.8 * each - 0.2 / 3 * (logs * w).sum(1)).sum() / w[y].sum()
    assert Tensor(x).cross_entropy(*args, label_smoothing=0.2).item() == pytest.approx(mixed)


@pytest.mark.parametrize("ignored", [-100, 1, 9])
def test_ignored_classes(ignored):
    x, y = draw(5, 3), np.array([0, ignored, 2, ignored, 0])
    counted = y != ignored
    each = np.zeros(5)
    each[counted] = -special.log_softmax(x, 1)[counted, y[counted]]
    got = Tensor(x).cross_entropy(Tensor(y), ignore_index=ignored, reduction="none")
    np.testing.assert_allclose(got.numpy(), each, atol=1e-12)
    scores = Tensor(x)
    mean = scores.cross_entropy(Tensor(y), ignore_index=ignored)
    assert mean.item() == pytest.approx(each.sum() / 3)
    (slope,) = mean.gradient(scores)
    assert (slope.numpy()[~counted] == 0).all() and (slope.numpy()[counted] != 0).all()
    nobody = Tensor(x).cross_entropy(Tensor([ignored] * 5), ignore_index=ignored)
    assert np.isnan(nobody.item())


def test_the_slope_of_cross_entropy():
    x, y = draw(4, 3), np.array([2, 0, 0, 1])
    scores = Tensor(x)
    (slope,) = scores.cross_entropy(Tensor(y)).gradient(scores)
    np.testing.assert_allclose(slope.numpy(), (special.softmax(x, 1) - np.eye(3)[y]) / 4, atol=1e-12)
    assert not any(node.op.name == "SCATTER" for node in slope.uop.toposort())


def test_cross_entropy_of_large_scores():
    x = Tensor([[1e4, 0.0], [-np.inf, 0.0], [0.0, -np.inf]])
    assert x.cross_entropy(Tensor([1, 1, 0]), reduction="none").tolist() == [1e4, 0.0, 0.0]
    assert x[1:].cross_entropy(Tensor([0, 0]), reduction="none").tolist() == [np.inf, 0.0]
    half = Tensor(draw(50, 4) * 3, dtype=dtypes.half)
    got = half.cross_entropy(Tensor(np.arange(50) % 4))
    assert got.dtype is dtypes.half
    logs = special.log_softmax(half.numpy().astype(float), 1)
    assert got.item() == pytest.approx(-logs[range(50), np.arange(50) % 4].mean(), rel=2e-3)


def test_targets_of_small_dtypes():
    x = draw(3, 4)
    expected = Tensor(x).cross_entropy(Tensor([0, 3, 1])).item()
    for kind in (np.uint8, np.int32, np.int8):
        assert Tensor(x).cross_entropy(Tensor(np.array([0, 3, 1], kind))).item() == expected


@pytest.mark.parametrize("wrong", [4, -1, 1000])
def test_no_such_class(wrong):
    for call in (Tensor.cross_entropy, Tensor.nll_loss):
        loss = call(Tensor(draw(3, 4)), Tensor([0, wrong, 1]))
        with pytest.raises(IndexError, match=str(wrong)):
            loss.numpy()


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda x: x.cross_entropy(Tensor([0, 1])), ShapeError, r"\(3, 4\).*\(3,\).*\(2,\)"),
        (lambda x: x.cross_entropy(Tensor([0.0, 1.0, 2.0])), TypeError, "float32"),
        (lambda x: x.cross_entropy(Tensor(np.zeros((3, 4), int))), ShapeError, r"\(3,\).*\(3, 4\)"),
        (lambda x: x.cross_entropy(Tensor([0, 1, 2]), Tensor([1.0, 2.0])), ShapeError, r"4 classes.*\(2,\)"),
        (lambda x: x.cross_entropy(Tensor([0, 1, 2]), reduction="average"), ValueError, "average"),
        (lambda x: x.cross_entropy(Tensor([0, 1, 2]), label_smoothing=1.5), ValueError, "1.5"),
        (lambda x: x.sum().cross_entropy(Tensor(0)), ShapeError, r"\(\)"),
        (lambda x: x.long().cross_entropy(Tensor([0, 1, 2])), TypeError, "int64"),
        (lambda x: x.nll_loss(x), TypeError, "float64"),
        (lambda x: x.binary_cross_entropy(x[0]), ShapeError, r"\(3, 4\) and \(4,\)"),
        (lambda x: x.binary_cross_entropy_with_logits(x[0]), ShapeError, r"\(3, 4\) and \(4,\)"),
        (lambda x: x.mse_loss(x, reduction="median"), ValueError, "median"),
        (lambda x: x.mse_loss(x, reduction="batchmean"), ValueError, "batchmean"),
        (lambda x: x.huber_loss(x, delta=0), ValueError, "0"),
        (lambda x: x.smooth_l1_loss(x, beta=-1), ValueError, "-1"),
        (lambda x: x.gaussian_nll_loss(x, x[0]), ShapeError, r"\(4,\).*\(3, 4\)"),
    ],
)
def test_refused_at_the_call(call, error, words):
    with pytest.raises(error, match=words):
        call(Tensor(draw(3, 4)))


def test_binary_cross_entropy():
    p, t = positive(3, 4), positive(3, 4, seed=1)
    expected = -t * np.log(p) - (1 - t) * np.log1p(-p)
    check("binary_cross_entropy", expected, p, t)
    check("binary_crossentropy", expected, p, t)
    w = positive(4, seed=2)
    check("binary_cross_entropy", expected * w, p, t, w)
    ends = Tensor([0.0, 1.0, 0.0, 1.0])
    loss = ends.binary_cross_entropy(Tensor([0.0, 1.0, 1.0, 0.0]), reduction="none")
    assert loss.tolist() == [0.0, 0.0, 100.0, 100.0]
    assert np.isfinite(loss.sum().gradient(ends)[0].numpy()).all()
    outside = Tensor([1.5, -0.5]).binary_cross_entropy(Tensor([0.5, 0.5]), reduction="none")
    assert np.isnan(outside.numpy()).all()


def test_binary_cross_entropy_with_logits():
    x, t = X, positive(3, 4)
    expected = -t * special.log_expit(x) - (1 - t) * special.log_expit(-x)
    check("binary_cross_entropy_with_logits", expected, x, t)
    check("binary_crossentropy_logits", expected, x, t)
    w, p = positive(3, 4, seed=2), positive(4, seed=3) * 5
    weighted = -p * t * special.log_expit(x) - (1 - t) * special.log_expit(-x)
    check("binary_cross_entropy_with_logits", weighted * w, x, t, Tensor(w), pos_weight=Tensor(p))
    far = Tensor([1e4, -1e4, 0.0])
    loss = far.binary_cross_entropy_with_logits(Tensor([0.0, 1.0, 1.0]), reduction="none")
    np.testing.assert_allclose(loss.numpy(), [1e4, 1e4, np.log(2)], rtol=1e-6)
    np.testing.assert_allclose(loss.sum().gradient(far)[0].numpy(), [1.0, -1.0, -0.5], rtol=1e-6)


def test_kl_div():
    logs, probabilities = special.log_softmax(X, 1), special.softmax(Y, 1)
    expected = special.rel_entr(probabilities, np.exp(logs))
    check("kl_div", expected, logs, probabilities)
    check("kl_div", expected, logs, np.log(probabilities), log_target=True)
    got = Tensor(logs).kl_div(Tensor(probabilities), reduction="batchmean")
    assert got.item() == pytest.approx(expected.sum() / 3)
    assert Tensor([0.0]).kl_div(Tensor([0.0])).item() == 0.0


def test_margins_and_distances():
    a, b, c = (draw(4, 5, seed=seed) for seed in range(3))
    signs = np.array([1, -1, -1, 1])
    check("margin_ranking_loss", np.maximum(0, 0.3 - signs[:, None] * (a - b)), a, b, signs[:, None], margin=0.3)
    cosine = (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))
    expected = np.where(signs == 1, 1 - cosine, np.maximum(0, cosine + 0.2))
    check("cosine_embedding_loss", expected, a, b, signs, margin=-0.2)
    near, far, across = (np.linalg.norm(d + 1e-6, axis=1) for d in (a - b, a - c, b - c))
    check("triplet_margin_loss", np.maximum(0, near - far + 0.5), a, b, c, margin=0.5)
    check("triplet_margin_loss", np.maximum(0, near - np.minimum(far, across) + 1), a, b, c, swap=True)
    column = np.tile(signs[:, None], (1, 5))
    check("hinge_embedding_loss", np.where(column == 1, a, np.maximum(0, 0.7 - a)), a, column, margin=0.7)
    check("soft_margin_loss", np.log1p(np.exp(-column * a)), a, column)


def test_tinygrads_names():
    x, y = draw(2, 3, 4), np.array([[0, 3, 1], [2, 2, -1]])
    each = -np.take_along_axis(special.log_softmax(x, -1), np.maximum(y, 0)[..., None], -1)[..., 0]
    each = np.where(y == -1, 0, each)
    got = Tensor(x).sparse_categorical_crossentropy(Tensor(y))
    assert got.item() == pytest.approx(each.sum() / 5)
    got = Tensor(x[0]).sparse_categorical_crossentropy(Tensor(y[0]), reduction="none")
    np.testing.assert_allclose(got.numpy(), each[0], atol=1e-12)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, y: x.mse_loss(y),
        lambda x, y: x.huber_loss(y, delta=0.7),
        lambda x, y: x.cross_entropy(Tensor([0, 3, -100])),
        lambda x, y: x.cross_entropy(Tensor([0, 3, 1]), Tensor(positive(4)), label_smoothing=0.2),
        lambda x, y: x.cross_entropy(y.softmax(1)),
        lambda x, y: x.sigmoid().binary_cross_entropy(y.sigmoid()),
        lambda x, y: x.binary_cross_entropy_with_logits(y.sigmoid(), pos_weight=Tensor(positive(4))),
        lambda x, y: x.log_softmax().kl_div(y.softmax(), reduction="batchmean"),
        lambda x, y: x.gaussian_nll_loss(y, y.exp()),
        lambda x, y: x.triplet_margin_loss(y, y.flip(0), margin=3.0),
        lambda x, y: x.cosine_embedding_loss(y, Tensor([1, -1, 1]), margin=-0.9),
    ],
)
def test_gradients(function):
    gradcheck(function, [Tensor(draw(3, 4)), Tensor(draw(3, 4, seed=1))])
