# ruff: noqa: E402, B023
import pytest

torch = pytest.importorskip("torch")

import numpy as np
import torch.nn.functional as F

from course_lib import Tensor

from .agreement import agree, same

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's, about reductions
REDUCTIONS = ("mean", "sum", "none")


def draw(*shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def positive(*shape, seed=0):
    return np.random.default_rng(seed).uniform(0.05, 0.95, shape)


def both(name, *arrays, fixed=(), **options):
    """The loss of that name in both libraries."""
    agree(
        lambda x, *rest: getattr(x, name)(*rest, **options),
        lambda x, *rest: getattr(F, name)(x, *rest, **options),
        *arrays,
        fixed=fixed,
    )


ELEMENTWISE = [
    ("mse_loss", {}),
    ("l1_loss", {}),
    ("smooth_l1_loss", {}),
    ("smooth_l1_loss", {"beta": 0.3}),
    ("smooth_l1_loss", {"beta": 0.0}),
    ("huber_loss", {"delta": 0.7}),
    ("poisson_nll_loss", {}),
    ("soft_margin_loss", {}),
]


@pytest.mark.parametrize("name, options", ELEMENTWISE)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_elementwise(name, options, reduction):
    options = {**options, "reduction": reduction, "fixed": (1,) if name == "soft_margin_loss" else ()}
    for shape in ((3, 5), (2, 3, 4), (), (1,), (0, 3)):
        both(name, draw(*shape) * 2, draw(*shape, seed=1), **options)
    both(name, draw(3, 5, dtype=np.float32), draw(3, 5, dtype=np.float32, seed=1), **options)


def test_equal_numbers_have_no_slope():
    for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"):
        both(name, np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 4.0]), reduction="none")


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_weights_of_elements(reduction):
    for name in ("mse_loss", "l1_loss", "huber_loss"):
        agree(
            lambda x, y, w: getattr(x, name)(y, weight=w, reduction=reduction),
            lambda x, y, w: getattr(F, name)(x, y, weight=w, reduction=reduction),
            *(draw(3, 5), draw(3, 5, seed=1), positive(3, 5)),
        )


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_poisson(reduction):
    targets = np.array([[0.0, 1.0, 2.0], [3.0, 7.0, 0.5]])
    for options in ({"full": True}, {"log_input": False}, {"log_input": False, "full": True, "eps": 1e-3}):
        both("poisson_nll_loss", positive(2, 3) * 4, targets, fixed=(1,), reduction=reduction, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("full", [True, False])
def test_gaussian(reduction, full):
    for shape in ((3, 5), (3, 1), (3,)):
        both("gaussian_nll_loss", draw(3, 5), draw(3, 5, seed=1), positive(*shape), reduction=reduction, full=full)
    both("gaussian_nll_loss", draw(3), draw(3, seed=1), np.array([0.0, 1e-9, 2.0]), reduction=reduction, full=full)
    same(
        Tensor(draw(3)).gaussian_nll_loss(Tensor(draw(3)), 0.4), F.gaussian_nll_loss(*[torch.tensor(draw(3))] * 2, 0.4)
    )


SCORES = [((5, 4), (5,)), ((4,), ()), ((3, 4, 2), (3, 2)), ((2, 4, 3, 5), (2, 3, 5)), ((1, 1), (1,)), ((0, 4), (0,))]


def classes(shape, count, seed=1):
    return np.random.default_rng(seed).integers(0, count, shape)


@pytest.mark.parametrize("scores, targets", SCORES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_cross_entropy(scores, targets, reduction, smoothing):
    count = scores[min(1, len(scores) - 1)]
    x, y, w = draw(*scores) * 4, classes(targets, count), positive(count)
    options = {"reduction": reduction, "label_smoothing": smoothing}
    both("cross_entropy", x, y, **options)
    both("cross_entropy", x, y, w, fixed=(2,), **options)
    if not smoothing:
        both("nll_loss", x, y, reduction=reduction)
        both("nll_loss", x, y, w, fixed=(2,), reduction=reduction)
    soft = positive(*scores)
    both("cross_entropy", x, soft, **options)
    both("cross_entropy", x, soft, w, fixed=(2,), **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_ignored_classes(reduction, smoothing):
    x, w = draw(6, 3), positive(3)
    options = {"reduction": reduction, "label_smoothing": smoothing}
    both("cross_entropy", x, np.array([0, -100, 2, 1, -100, 1]), **options)
    both("cross_entropy", x, np.array([0, -100, 2, 1, -100, 1]), w, fixed=(2,), **options)
    both("cross_entropy", x, np.array([0, 1, 2, 1, 1, 0]), w, fixed=(2,), ignore_index=1, **options)
    both("cross_entropy", x[:2], np.array([-100, -100]), **options)
    both("nll_loss", x, np.array([0, 7, 2, 1, 7, 1]), ignore_index=7, reduction=reduction)


def test_cross_entropy_of_large_scores():
    x = np.array([[1000.0, 0.0, -1000.0], [88.0, -90.0, 90.0], [-np.inf, 0.0, 1.0]])
    for target in ([0, 2, 1], [2, 1, 2]):
        both("cross_entropy", x, np.array(target), reduction="none")
    both("cross_entropy", draw(4, 3, dtype=np.float32), np.array([2, 0, 0, 1]))
    x, y = draw(6, 3, dtype=np.float16), np.array([2, 0, 0, 1, 1, 2])
    agree(lambda x, y: x.cross_entropy(y), F.cross_entropy, x, y)


def test_cross_entropy_of_views():
    agree(
        lambda x, y: x.transpose(0, 1).flip(0).cross_entropy(y[::2]),
        lambda x, y: F.cross_entropy(x.transpose(0, 1).flip(0), y[::2]),
        *(draw(4, 3), classes((6,), 4)),
    )


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_binary_cross_entropy(reduction):
    for shape in ((3, 4), (), (0,)):
        both("binary_cross_entropy", positive(*shape), positive(*shape, seed=1), reduction=reduction)
    agree(
        lambda x, y, w: x.binary_cross_entropy(y, w, reduction),
        lambda x, y, w: F.binary_cross_entropy(x, y, w, reduction=reduction),
        *(positive(3, 4), positive(3, 4, seed=1), positive(4, seed=2)),
        fixed=(2,),
    )
    x, y = np.array([0.0, 0.0, 1.0, 1.0, 1e-45]), np.array([0.0, 1.0, 0.0, 1.0, 0.5])
    same(
        Tensor(x).binary_cross_entropy(Tensor(y), reduction=reduction),
        F.binary_cross_entropy(torch.tensor(x), torch.tensor(y), reduction=reduction),
    )


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_binary_cross_entropy_with_logits(reduction):
    name = "binary_cross_entropy_with_logits"
    x, y = draw(3, 4) * 3, positive(3, 4)
    both(name, x, y, reduction=reduction)
    both(name, np.zeros(3), np.array([0.0, 0.5, 1.0]), reduction=reduction)
    both(name, np.array([1e4, -1e4, 100.0, -100.0]), np.array([0.0, 1.0, 1.0, 0.25]), reduction=reduction)
    agree(
        lambda x, y, w, p: x.binary_cross_entropy_with_logits(y, w, reduction, p),
        lambda x, y, w, p: F.binary_cross_entropy_with_logits(x, y, w, reduction=reduction, pos_weight=p),
        *(x, y, positive(3, 4, seed=2), positive(4, seed=3) * 3),
        fixed=(2, 3),
    )


@pytest.mark.parametrize("reduction", [*REDUCTIONS, "batchmean"])
def test_kl_div(reduction):
    for shape in ((3, 4), (), (2, 3, 4)):
        both("kl_div", draw(*shape), positive(*shape), reduction=reduction)
        both("kl_div", draw(*shape), draw(*shape, seed=1), reduction=reduction, log_target=True)
    same(
        Tensor(draw(3)).kl_div(Tensor(np.array([0.0, 0.5, 0.5])), reduction=reduction),
        F.kl_div(torch.tensor(draw(3)), torch.tensor([0.0, 0.5, 0.5]).double(), reduction=reduction),
    )


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_distances(reduction):
    a, b, c = (draw(4, 5, seed=seed) for seed in range(3))
    signs = np.array([1, -1, -1, 1])
    for margin in (0.0, 0.4):
        both("margin_ranking_loss", a, b, signs[:, None], margin=margin, reduction=reduction)
        both("cosine_embedding_loss", a, b, signs, margin=margin, reduction=reduction)
        both("hinge_embedding_loss", a, signs[:, None] * np.ones((4, 5), int), margin=margin, reduction=reduction)
    both("cosine_embedding_loss", a[0], b[0], np.array(-1), margin=-0.9, reduction=reduction)
    for options in ({}, {"p": 1, "margin": 0.2}, {"swap": True}):
        both("triplet_margin_loss", a, b, c, reduction=reduction, **options)
