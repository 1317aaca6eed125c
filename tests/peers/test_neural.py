# ruff: noqa: E402, B023
import pytest

torch = pytest.importorskip("torch")

import numpy as np
import torch.nn.functional as F

from course_lib import Tensor

from .agreement import agree, same


def draw(*shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


SHAPES = [
    ((3, 5), -1),
    ((3, 5), 0),
    ((2, 3, 4), 1),
    ((4,), 0),
    ((), -1),
    ((1,), 0),
    ((0, 3), 1),
    ((3, 0), 1),
    ((3, 0), 0),
]


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
@pytest.mark.parametrize("shape, dim", SHAPES)
def test_softmax(name, shape, dim):
    for dtype in (np.float64, np.float32, np.float16):
        x = draw(*shape, dtype=dtype) * dtype(3)
        agree(lambda x: getattr(x, name)(dim), lambda x: getattr(F, name)(x, dim), np.asarray(x, dtype))


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_of_special_numbers(name):
    inf, nan = np.inf, np.nan
    x = np.array([[1, -inf, 2], [-inf] * 3, [inf, 0, 1], [nan, 0, 1], [1e30, -1e30, 0], [88, 89, 90]], np.float32)
    with np.errstate(all="ignore"):
        same(getattr(Tensor(x), name)(), getattr(F, name)(torch.tensor(x), -1))
    agree(lambda x: getattr(x, name)(), lambda x: getattr(F, name)(x, -1), x[:1])


def test_softmax_casts():
    x = np.arange(6).reshape(2, 3)
    same(Tensor(x).softmax(1, dtype="float32"), torch.tensor(x).softmax(1, dtype=torch.float32))
    same(Tensor(x).log_softmax(0, dtype="float64"), torch.tensor(x).log_softmax(0, dtype=torch.float64))
    agree(lambda x: x.transpose(0, 2).flip(0).softmax(1), lambda x: x.transpose(0, 2).flip(0).softmax(1), draw(2, 3, 4))


@pytest.mark.parametrize(
    "shape, weight",
    [((3, 5), (4, 5)), ((2, 3, 5), (4, 5)), ((5,), (4, 5)), ((0, 5), (4, 5)), ((3, 1), (1, 1)), ((3, 0), (2, 0))],
)
def test_linear(shape, weight):
    for dtype in (np.float64, np.float32):
        arrays = draw(*shape, dtype=dtype), draw(*weight, dtype=dtype, seed=1), draw(weight[0], dtype=dtype, seed=2)
        agree(lambda x, w, b: x.linear(w, b), F.linear, *arrays)
        agree(lambda x, w: x.linear(w), F.linear, *arrays[:2])
    agree(lambda x, w: x.linear(w), F.linear, draw(3, 5), draw(5, seed=1))


@pytest.mark.parametrize("shape, last", [((3, 5), (5,)), ((2, 3, 4), (3, 4)), ((4,), 4), ((0, 3), (3,)), ((2, 1), 1)])
def test_layer_norm(shape, last):
    sizes = (last,) if isinstance(last, int) else last
    for dtype in (np.float64, np.float32, np.float16):
        x = (draw(*shape) * 3 + 2).astype(dtype)
        w, b = draw(*sizes, dtype=dtype, seed=1), draw(*sizes, dtype=dtype, seed=2)
        tolerance = 1e-2 if dtype is np.float16 else None
        agree(lambda x: x.layer_norm(last), lambda x: F.layer_norm(x, sizes), x, tolerance=tolerance)
        agree(
            lambda x, w, b: x.layer_norm(last, w, b, 1e-3),
            lambda x, w, b: F.layer_norm(x, sizes, w, b, 1e-3),
            *(x, w, b),
            tolerance=tolerance,
        )
        agree(lambda x, w: x.rms_norm(last, w), lambda x, w: F.rms_norm(x, sizes, w), x, w, tolerance=tolerance)
        agree(lambda x: x.rms_norm(last, eps=0.1), lambda x: F.rms_norm(x, sizes, eps=0.1), x, tolerance=tolerance)


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 5), (2, 3, 4, 5), (1, 3, 2)])
@pytest.mark.parametrize("training", [True, False])
def test_batch_norm(shape, training):
    x, w, b = draw(*shape) * 3 + 2, draw(3, seed=1), draw(3, seed=2)
    mean, var = draw(3, seed=3), np.abs(draw(3, seed=4)) + 0.1
    ours, theirs = (Tensor(mean), Tensor(var)), (torch.tensor(mean), torch.tensor(var))
    for _ in range(2):
        agree(
            lambda x, w, b: x.batch_norm(*ours, w, b, training, 0.2, 1e-3),
            lambda x, w, b: F.batch_norm(x, *theirs, w, b, training, 0.2, 1e-3),
            *(x, w, b),
        )
    same(ours[0], theirs[0], "running mean")
    same(ours[1], theirs[1], "running variance")
    if training:
        agree(
            lambda x: x.batch_norm(None, None, training=True), lambda x: F.batch_norm(x, None, None, training=True), x
        )


@pytest.mark.parametrize(
    "shape, groups", [((2, 6, 5), 3), ((2, 6, 3, 4), 2), ((3, 4), 1), ((1, 4, 3), 4), ((0, 4, 3), 2)]
)
def test_group_norm(shape, groups):
    x, w, b = draw(*shape) * 3 + 2, draw(shape[1], seed=1), draw(shape[1], seed=2)
    agree(lambda x: x.group_norm(groups), lambda x: F.group_norm(x, groups), x)
    agree(lambda x, w, b: x.group_norm(groups, w, b, 0.1), lambda x, w, b: F.group_norm(x, groups, w, b, 0.1), x, w, b)


@pytest.mark.parametrize("shape", [(2, 3, 5), (4, 3, 2, 5), (1, 3, 2)])
def test_instance_norm(shape):
    x, w, b = draw(*shape) * 3 + 2, draw(3, seed=1), draw(3, seed=2)
    agree(
        lambda x, w, b: x.instance_norm(None, None, w, b), lambda x, w, b: F.instance_norm(x, None, None, w, b), x, w, b
    )
    for own in (True, False):
        ours, theirs = (Tensor(np.zeros(3)), Tensor(np.ones(3))), (torch.zeros(3).double(), torch.ones(3).double())
        agree(
            lambda x: x.instance_norm(*ours, use_input_stats=own),
            lambda x: F.instance_norm(x, *theirs, use_input_stats=own),
            x,
        )
        same(ours[0], theirs[0])
        same(ours[1], theirs[1])


def test_one_hot():
    for x in (np.array([0, 3, 1]), np.array([[2], [0]]), np.array(2), np.zeros((0, 2), np.int64)):
        same(Tensor(x).one_hot(4), F.one_hot(torch.tensor(x), 4))
        if x.size:
            same(Tensor(x).one_hot(), F.one_hot(torch.tensor(x)))


@pytest.mark.parametrize("padding", [None, 0, 2, -1])
def test_embedding(padding):
    for indices in (np.array([[0, 3, 1], [2, 2, 3]]), np.array(3), np.zeros((2, 0), np.int64), np.array([1], np.int32)):
        w = draw(4, 5)
        agree(
            lambda w: Tensor(indices).embedding(w, padding),
            lambda w: F.embedding(torch.tensor(indices), w, padding),
            w,
        )


ATTENTIONS = [
    ((2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 7), {}),
    ((5, 4), (6, 4), (6, 4), {"scale": 0.3}),
    ((2, 5, 4), (2, 5, 4), (2, 5, 4), {"is_causal": True}),
    ((2, 1, 3, 4), (2, 1, 5, 4), (2, 1, 5, 4), {"is_causal": True}),
    ((2, 1, 5, 4), (2, 1, 3, 4), (2, 1, 3, 4), {"is_causal": True}),
    ((2, 6, 3, 4), (2, 2, 5, 4), (2, 2, 5, 4), {"enable_gqa": True}),
    ((0, 2, 3, 4), (0, 2, 5, 4), (0, 2, 5, 4), {}),
    ((1, 1, 1), (1, 1, 1), (1, 1, 1), {}),
]


@pytest.mark.parametrize("q, k, v, options", ATTENTIONS)
def test_attention(q, k, v, options):
    for dtype in (np.float64, np.float32):
        agree(
            lambda q, k, v: q.scaled_dot_product_attention(k, v, **options),
            lambda q, k, v: F.scaled_dot_product_attention(q, k, v, **options),
            *(draw(*q, dtype=dtype), draw(*k, dtype=dtype, seed=1), draw(*v, dtype=dtype, seed=2)),
        )


@pytest.mark.parametrize("shape", [(3, 5), (2, 1, 3, 5), (1, 5), (2, 4, 3, 5)])
def test_attention_with_a_mask(shape):
    arrays = draw(2, 4, 3, 6), draw(2, 4, 5, 6, seed=1), draw(2, 4, 5, 2, seed=2)
    bools = np.random.default_rng(3).random(shape) < 0.6
    bools[..., 0, :] = shape[-2] == 1  # nobody to look at
    numbers = draw(*shape, seed=4)
    for mask in (bools, numbers, np.where(bools, 0.0, -np.inf)):
        agree(
            lambda q, k, v, m: q.scaled_dot_product_attention(k, v, m),
            lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, m),
            *(*arrays, mask),
        )


def test_dropout_at_the_ends():
    x = np.array([1.0, -2.0, np.inf, np.nan], np.float32)
    for p, training in ((0.0, True), (1.0, True), (0.7, False)):
        same(Tensor(x).dropout(p, training=training), F.dropout(torch.tensor(x), p, training=training))


def test_glu():
    for shape, dim in (((3, 4), -1), ((4, 3), 0), ((2, 6, 0), 1)):
        agree(lambda x: x.glu(dim), lambda x: F.glu(x, dim), draw(*shape))


@pytest.mark.parametrize("p", [1, 2.0, 3.5, float("inf")])
@pytest.mark.parametrize("shape, dim", [((3, 5), 1), ((3, 5, 2), -2), ((0, 3), 1), ((4,), 0)])
def test_normalize(p, shape, dim):
    agree(lambda x: x.normalize(p, dim), lambda x: F.normalize(x, p, dim), draw(*shape))


def test_normalize_zeros():
    agree(lambda x: x.normalize(), F.normalize, np.array([[0.0, 0.0], [3.0, -4.0]]))


def test_similarities():
    x, y = draw(3, 5), draw(3, 5, seed=1)
    agree(lambda x, y: x.cosine_similarity(y), F.cosine_similarity, x, y)
    agree(lambda x, y: x.cosine_similarity(y, dim=-1), lambda x, y: F.cosine_similarity(x, y, dim=-1), draw(2, 1, 5), y)
    agree(lambda x, y: x.cosine_similarity(y, 0), lambda x, y: F.cosine_similarity(x, y, 0), x, y)
    for p in (1, 2, 3):
        agree(lambda x, y: x.pairwise_distance(y, p), lambda x, y: F.pairwise_distance(x, y, p), x, y)
    agree(
        lambda x, y: x.pairwise_distance(y, keepdim=True),
        lambda x, y: F.pairwise_distance(x, y, keepdim=True),
        *(x, draw(5, seed=1)),
    )
