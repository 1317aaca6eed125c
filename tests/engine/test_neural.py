"""Softmax, normalisation, attention and other layers against NumPy and SciPy."""

import numpy as np
import pytest
from scipy import special, stats

from course_lib import Tensor, dtypes
from course_lib.engine.gradcheck import gradcheck
from course_lib.engine.strides import ShapeError


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def operations(tensor):
    """The UOps that compute something: no leaves, no stretched numbers."""
    nodes = tensor.uop.toposort()
    stretched = {node for node in nodes if node.op.name in ("EXPAND", "RESHAPE") and node.src[0].op.name == "CONST"}
    return [node for node in nodes if node.src and node not in stretched]


def standard(x, axes, eps):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


# -- softmax


@pytest.mark.parametrize("shape, axis", [((3, 5), -1), ((3, 5), 0), ((2, 3, 4), 1), ((4,), 0), ((1,), 0), ((0, 3), 1)])
def test_softmax(shape, axis):
    x = draw(*shape) * 4
    np.testing.assert_allclose(Tensor(x).softmax(axis).numpy(), special.softmax(x, axis), atol=1e-14)
    np.testing.assert_allclose(Tensor(x).log_softmax(axis=axis).numpy(), special.log_softmax(x, axis), atol=1e-13)
    np.testing.assert_allclose(Tensor(x).softmin(dim=axis).numpy(), special.softmax(-x, axis), atol=1e-14)


def test_softmax_where_it_is_hard():
    x = Tensor([[1e4, 0.0, -1e4], [88.8, 89.0, -90.0], [-np.inf, 1.0, 1.0]])
    np.testing.assert_allclose(x.softmax().numpy(), special.softmax(x.numpy(), -1), atol=1e-6)
    np.testing.assert_allclose(x.log_softmax().numpy(), special.log_softmax(x.numpy(), -1), rtol=1e-6)
    assert np.isnan(Tensor([[-np.inf, -np.inf]]).softmax().numpy()).all()
    assert Tensor(3.0).softmax(0).item() == 1.0 and Tensor(3.0).log_softmax().item() == 0.0
    assert Tensor(np.zeros((2, 0))).softmax(1).shape == (2, 0)


def test_softmax_of_views_and_dtypes():
    x = draw(4, 6, 2)
    got = Tensor(x).transpose(0, 2).flip(1)[:, ::2].softmax(1)
    np.testing.assert_allclose(got.numpy(), special.softmax(np.flip(x.T, 1)[:, ::2], 1), atol=1e-14)
    half = Tensor(x, dtype=dtypes.half).softmax()
    assert half.dtype is dtypes.half
    np.testing.assert_allclose(half.numpy(), special.softmax(x.astype(np.float16).astype(float), -1), atol=1e-3)
    whole = Tensor([1, 2, 3])
    assert whole.softmax(dtype=dtypes.float64).dtype is dtypes.float64
    with pytest.raises(TypeError, match="softmax.*int64"):
        whole.softmax()
    with pytest.raises(IndexError, match="2"):
        Tensor(x[0]).softmax(2)


def test_graphs_are_small():
    x, w = Tensor(draw(4, 6)), Tensor(draw(6))
    assert len(operations(x.softmax())) <= 9
    assert len(operations(x.log_softmax())) <= 9
    assert len(operations(x.layer_norm(6))) <= 12
    assert len(operations(x.layer_norm(6, w, w))) <= 16
    assert len(operations(x.cross_entropy(Tensor([0, 1, 2, 3])))) <= 26


def test_gumbel_softmax():
    Tensor.manual_seed(3)
    x = np.array([0.0, 1.0, -1.0, 2.0])
    hard = Tensor(np.tile(x, (20_000, 1))).gumbel_softmax(hard=True)
    rows = hard.numpy()
    np.testing.assert_array_equal(np.sort(rows, 1), np.tile([0, 0, 0, 1], (20_000, 1)))
    probabilities = special.softmax(x)
    assert (np.abs(rows.mean(0) - probabilities) < 6.3 * np.sqrt(probabilities * (1 - probabilities) / 20_000)).all()
    soft = Tensor(draw(5, 3)).gumbel_softmax(tau=0.5, dim=0)
    np.testing.assert_allclose(soft.numpy().sum(0), 1, atol=1e-6)


# -- layers


def test_linear():
    x, w, b = draw(2, 3, 5), draw(4, 5, seed=1), draw(4, seed=2)
    np.testing.assert_allclose(Tensor(x).linear(Tensor(w), Tensor(b)).numpy(), x @ w.T + b, atol=1e-13)
    np.testing.assert_allclose(Tensor(x).linear(Tensor(w[0])).numpy(), x @ w[0], atol=1e-13)
    assert Tensor(x[:0]).linear(Tensor(w), Tensor(b)).shape == (0, 3, 4)
    with pytest.raises(ShapeError, match=r"\(2, 3, 5\).*\(5, 4\)"):
        Tensor(x).linear(Tensor(w.T))


def test_sequential():
    assert Tensor([1.0, -2.0]).sequential([lambda x: x * 3, Tensor.relu, lambda x: x.sum()]).item() == 3.0


def test_dropout_is_for_training():
    x = Tensor.ones(4, 5)
    assert not Tensor.training and x.dropout(0.9) is x
    with Tensor.train():
        assert Tensor.training and x.dropout(0.0) is x
        with Tensor.train(False):
            assert x.dropout(0.9) is x
        assert Tensor.training
    assert not Tensor.training
    assert (x.dropout(1.0, training=True).numpy() == 0).all()

    @Tensor.train()
    def step():
        return Tensor.training

    assert step() and not Tensor.training
    for p in (-0.1, 1.5):
        with pytest.raises(ValueError, match=str(p)):
            x.dropout(p)
    with pytest.raises(RuntimeError), Tensor.train():
        raise RuntimeError
    assert not Tensor.training


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_dropout_drops_that_share(p):
    Tensor.manual_seed(5)
    x = Tensor.full((100, 1000), 3.0)
    got = x.dropout(p, training=True)
    numbers = got.numpy()
    kept = numbers != 0
    assert abs(kept.mean() - (1 - p)) < 6.3 * np.sqrt(p * (1 - p) / kept.size)
    np.testing.assert_allclose(numbers[kept], 3 / (1 - p), rtol=1e-6)
    (slope,) = got.gradient(x, gradient=Tensor.full((100, 1000), 2.0))
    np.testing.assert_allclose(slope.numpy(), numbers * 2 / 3, rtol=1e-6)  # the same elements
    assert (x.dropout(p, training=True).numpy() != numbers).any()


def test_one_hot():
    got = Tensor([[0, 2], [1, 1]]).one_hot(4)
    assert got.dtype is dtypes.int64
    np.testing.assert_array_equal(got.numpy(), np.eye(4)[[[0, 2], [1, 1]]])
    assert Tensor([0, 2]).one_hot().shape == (2, 3)
    assert Tensor(np.zeros((0,), int)).one_hot(3).numpy().shape == (0, 3)
    assert Tensor(1).one_hot(2).tolist() == [0, 1]
    for wrong in ([0, 4], [-1, 0]):
        with pytest.raises(IndexError, match=str(wrong[0] or wrong[1])):
            Tensor(wrong).one_hot(4).numpy()
    with pytest.raises(ValueError, match="num_classes"):
        Tensor(np.zeros((0,), int)).one_hot()
    with pytest.raises(TypeError, match="float32"):
        Tensor([1.0]).one_hot(2)


def test_embedding():
    w, indices = draw(5, 3), np.array([[0, 4, 4], [2, 0, 1]])
    weight = Tensor(w)
    got = Tensor(indices).embedding(weight)
    np.testing.assert_array_equal(got.numpy(), w[indices])
    upstream = draw(2, 3, 3, seed=1)
    expected = np.zeros((5, 3))
    np.add.at(expected, indices, upstream)
    (slope,) = got.gradient(weight, gradient=Tensor(upstream))
    np.testing.assert_allclose(slope.numpy(), expected, atol=1e-14)
    (slope,) = Tensor(indices).embedding(weight, padding_idx=-1).gradient(weight, gradient=Tensor(upstream))
    expected[4] = 0
    np.testing.assert_allclose(slope.numpy(), expected, atol=1e-14)
    assert Tensor(3).embedding(weight).tolist() == w[3].tolist()
    assert Tensor(np.zeros((2, 0), np.int32)).embedding(weight).shape == (2, 0, 3)
    for wrong in (5, -1):
        with pytest.raises(IndexError, match=str(wrong)):
            Tensor([0, wrong]).embedding(weight).numpy()
    with pytest.raises(IndexError, match="padding_idx 5"):
        Tensor([0]).embedding(weight, padding_idx=5)
    with pytest.raises(TypeError, match="float32"):
        Tensor([0.0]).embedding(weight)
    with pytest.raises(ShapeError, match=r"\(5,\)"):
        Tensor([0]).embedding(weight[:, 0])


def test_glu():
    x = draw(3, 8)
    np.testing.assert_allclose(Tensor(x).glu().numpy(), x[:, :4] * special.expit(x[:, 4:]), atol=1e-14)
    with pytest.raises(ShapeError, match=r"\(3, 8\)"):
        Tensor(x).glu(0)


# -- normalisation


@pytest.mark.parametrize("shape, last", [((3, 5), (5,)), ((2, 3, 4), (3, 4)), ((4,), (4,)), ((3, 1), (1,))])
def test_layer_norm(shape, last):
    x, w, b = draw(*shape) * 3 + 2, draw(*last, seed=1), draw(*last, seed=2)
    axes = tuple(range(-len(last), 0))
    np.testing.assert_allclose(Tensor(x).layer_norm(last).numpy(), standard(x, axes, 1e-5), atol=1e-12)
    np.testing.assert_allclose(Tensor(x).layernorm(axes).numpy(), standard(x, axes, 1e-5), atol=1e-12)
    got = Tensor(x).layer_norm(last, Tensor(w), Tensor(b), 0.1)
    np.testing.assert_allclose(got.numpy(), standard(x, axes, 0.1) * w + b, atol=1e-12)
    root = np.sqrt((x * x).mean(axes, keepdims=True) + 0.1)
    np.testing.assert_allclose(Tensor(x).rms_norm(last, Tensor(w), 0.1).numpy(), x / root * w, atol=1e-12)


def test_normalisation_far_from_zero():
    """The mean is subtracted before squares are taken, so nothing cancels."""
    x = (1e4 + draw(4, 100)).astype(np.float32)
    np.testing.assert_allclose(Tensor(x).layer_norm(100).numpy(), standard(x.astype(float), (1,), 1e-5), atol=5e-3)
    half = Tensor(draw(4, 100) * 100, dtype=dtypes.half)  # squares overflow 16 bits
    assert half.layer_norm(100).dtype is dtypes.half
    np.testing.assert_allclose(
        half.layer_norm(100).numpy(), standard(half.numpy().astype(float), (1,), 1e-5), atol=2e-3
    )


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 5), (2, 3, 4, 5)])
def test_batch_norm(shape):
    x, w, b = draw(*shape) * 3 + 2, draw(3, seed=1), draw(3, seed=2)
    axes, column = (0, *range(2, x.ndim)), (1, 3, *(1,) * (x.ndim - 2))
    mean, var = Tensor(np.zeros(3)), Tensor(np.ones(3))
    got = Tensor(x).batch_norm(mean, var, Tensor(w), Tensor(b), training=True, momentum=0.25, eps=0.1)
    expected = standard(x, axes, 0.1) * w.reshape(column) + b.reshape(column)
    np.testing.assert_allclose(got.numpy(), expected, atol=1e-12)
    np.testing.assert_allclose(mean.numpy(), 0.25 * x.mean(axes), atol=1e-12)
    np.testing.assert_allclose(var.numpy(), 0.75 + 0.25 * x.var(axes, ddof=1), atol=1e-12)
    got = Tensor(x).batch_norm(mean, var, Tensor(w), Tensor(b), eps=0.1)
    scale = w / np.sqrt(var.numpy() + 0.1)
    expected = (x - mean.numpy().reshape(column)) * scale.reshape(column) + b.reshape(column)
    np.testing.assert_allclose(got.numpy(), expected, atol=1e-12)
    invstd = (var + 0.1).rsqrt()
    np.testing.assert_allclose(Tensor(x).batchnorm(Tensor(w), Tensor(b), mean, invstd).numpy(), expected, atol=1e-12)


def test_group_and_instance_norm():
    x, w, b = draw(2, 6, 4, 3) * 3 + 2, draw(6, seed=1), draw(6, seed=2)
    groups = standard(x.reshape(2, 3, -1), (2,), 1e-5).reshape(x.shape)
    column = (1, 6, 1, 1)
    got = Tensor(x).group_norm(3, Tensor(w), Tensor(b))
    np.testing.assert_allclose(got.numpy(), groups * w.reshape(column) + b.reshape(column), atol=1e-12)
    got = Tensor(x).instance_norm(weight=Tensor(w), bias=Tensor(b))
    expected = standard(x, (2, 3), 1e-5) * w.reshape(column) + b.reshape(column)
    np.testing.assert_allclose(got.numpy(), expected, atol=1e-12)


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda x: x.layer_norm(3), ShapeError, r"\(3,\).*\(2, 4, 5\)"),
        (lambda x: x.layer_norm(()), ShapeError, r"\(\)"),
        (lambda x: x.layer_norm(5, x[0, 0, :3]), ShapeError, r"\(5,\).*\(3,\)"),
        (lambda x: x.long().layer_norm(5), TypeError, "int64"),
        (lambda x: x[0, 0].batch_norm(None, None, training=True), ShapeError, r"\(5,\)"),
        (lambda x: x.batch_norm(None, None), ValueError, "training=True"),
        (lambda x: x.batch_norm(x[0, 0], x[0, 0]), ShapeError, r"\(4,\).*\(5,\)"),
        (lambda x: x[:1, :, 0].batch_norm(None, None, training=True), ValueError, r"\(1, 4\)"),
        (lambda x: x[:, :, :1].instance_norm(), ValueError, r"\(2, 4, 1\)"),
        (lambda x: x.group_norm(3), ShapeError, "4 channels.*3"),
        (lambda x: x.scaled_dot_product_attention(x[..., :2], x), ShapeError, r"\(2, 4, 2\)"),
        (lambda x: x.scaled_dot_product_attention(x[:, :2], x), ShapeError, r"\(2, 2, 5\)"),
        (lambda x: x.scaled_dot_product_attention(x, x, x, is_causal=True), ValueError, "not both"),
        (lambda x: x.scaled_dot_product_attention(x, x, Tensor([1, 0, 1, 1])), TypeError, "int64"),
        (
            lambda x: x.scaled_dot_product_attention(*[x.repeat(2, 1, 1)[:3]] * 2, enable_gqa=True),
            ShapeError,
            "multiple",
        ),
    ],
)
def test_refused_at_the_call(call, error, words):
    with pytest.raises(error, match=words):
        call(Tensor(draw(2, 4, 5)))


# -- attention


def slow_attention(q, k, v, scale, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) * scale
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    largest = np.where(np.isfinite(scores.max(-1, keepdims=True)), scores.max(-1, keepdims=True), 0)
    powers = np.exp(scores - largest)
    return powers / np.maximum(powers.sum(-1, keepdims=True), 1e-300) @ v


def test_attention():
    q, k, v = draw(2, 3, 4, 5), draw(2, 3, 6, 5, seed=1), draw(2, 3, 6, 7, seed=2)
    tensors = [Tensor(x) for x in (k, v)]
    attend = Tensor(q).scaled_dot_product_attention
    np.testing.assert_allclose(attend(*tensors).numpy(), slow_attention(q, k, v, 5**-0.5), atol=1e-12)
    np.testing.assert_allclose(attend(*tensors, scale=2.0).numpy(), slow_attention(q, k, v, 2), atol=1e-12)
    mask = np.random.default_rng(3).random((3, 4, 6)) < 0.5
    mask[1, 2] = False
    expected = slow_attention(q, k, v, 5**-0.5, mask)
    assert (expected[:, 1, 2] == 0).all()
    np.testing.assert_allclose(attend(*tensors, Tensor(mask)).numpy(), expected, atol=1e-12)
    added = Tensor(np.where(mask, 0.0, -np.inf))
    np.testing.assert_allclose(attend(*tensors, attn_mask=added).numpy(), expected, atol=1e-12)
    causal = np.tril(np.ones((4, 6), bool))
    expected = slow_attention(q, k, v, 5**-0.5, causal)
    np.testing.assert_allclose(attend(*tensors, is_causal=True).numpy(), expected, atol=1e-12)
    shared = Tensor(k[:, :1]), Tensor(v[:, :1])
    expected = slow_attention(q, k[:, :1], v[:, :1], 5**-0.5)
    np.testing.assert_allclose(attend(*shared, enable_gqa=True).numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("length, keys", [(127, 127), (128, 128), (131, 131), (140, 50), (130, 200)])
def test_long_causal_attention(length, keys):
    """It is computed in two parts."""
    arrays = draw(2, length, 4), draw(2, keys, 4, seed=1), draw(2, keys, 3, seed=2)
    q, k, v = (Tensor(array, requires_grad=True) for array in arrays)
    seen = q.scaled_dot_product_attention(k, v, is_causal=True)
    mask = np.tril(np.ones((length, keys), bool))
    np.testing.assert_allclose(seen.numpy(), slow_attention(*arrays, 0.5, mask), atol=1e-12)
    seen.square().sum().backward()
    shown = Tensor(mask).where(q @ k.mT * 0.5, float("-inf")).softmax(-1) @ v  # no part of it in two
    for found, wanted in zip((q.grad, k.grad, v.grad), shown.square().sum().gradient(q, k, v)):
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), atol=1e-10)


def test_attention_in_half_precision():
    q, k, v = (Tensor(draw(2, 4, 8, seed=i) * 100, dtype=dtypes.half) for i in range(3))
    got = q.scaled_dot_product_attention(k, v)
    assert got.dtype is dtypes.half
    expected = slow_attention(*(x.numpy().astype(float) for x in (q, k, v)), 8**-0.5)
    np.testing.assert_allclose(got.numpy(), expected, rtol=2e-3, atol=0.2)


def test_attention_drops_weights():
    Tensor.manual_seed(1)
    zeros, ones = Tensor.zeros(50, 100, 4), Tensor.ones(50, 100, 1)
    got = zeros.scaled_dot_product_attention(zeros, ones, dropout_p=0.3).numpy()
    assert got.std() > 0
    error = np.sqrt(0.3 / 0.7 / (50 * 100 * 100))
    assert abs(got.mean() - 1) < 6.3 * error


# -- lengths


def test_lengths_and_angles():
    x, y = draw(3, 5), draw(3, 5, seed=1)
    for p in (1, 2, 3, np.inf):
        expected = x / np.linalg.norm(x, p, axis=1, keepdims=True)
        np.testing.assert_allclose(Tensor(x).normalize(p).numpy(), expected, atol=1e-12)
    cosine = (x * y).sum(1) / np.linalg.norm(x, axis=1) / np.linalg.norm(y, axis=1)
    np.testing.assert_allclose(Tensor(x).cosine_similarity(Tensor(y)).numpy(), cosine, atol=1e-12)
    distance = np.linalg.norm(x - y + 1e-6, axis=1)
    np.testing.assert_allclose(Tensor(x).pairwise_distance(Tensor(y)).numpy(), distance, atol=1e-12)
    zero = Tensor([[0.0, 0.0]])
    assert zero.normalize().tolist() == [[0.0, 0.0]]
    (slope,) = zero.normalize(eps=0.5).gradient(zero, gradient=Tensor([[1.0, 3.0]]))
    assert slope.tolist() == [[2.0, 6.0]]


@pytest.mark.parametrize(
    "function, shapes",
    [
        (lambda x: x.softmax(0), [(3, 4)]),
        (lambda x: x.log_softmax(), [(3, 4)]),
        (lambda x, w, b: x.layer_norm((3, 2), w, b), [(4, 3, 2), (3, 2), (3, 2)]),
        (lambda x, w: x.rms_norm(4, w, 1e-3), [(3, 4), (4,)]),
        (lambda x, w, b: x.batch_norm(None, None, w, b, training=True), [(3, 2, 4), (2,), (2,)]),
        (lambda x, w, b: x.group_norm(2, w, b), [(2, 4, 3), (4,), (4,)]),
        (lambda x: x.instance_norm(), [(2, 3, 4)]),
        (lambda q, k, v: q.scaled_dot_product_attention(k, v, is_causal=True), [(2, 3, 4), (2, 3, 4), (2, 3, 2)]),
        (
            lambda q, k, v: q.scaled_dot_product_attention(k, v, Tensor([[False] * 3, [True, False, True]])),
            [(2, 4), (3, 4), (3, 2)],
        ),
        (lambda x, y: x.cosine_similarity(y), [(3, 4), (3, 4)]),
    ],
)
def test_gradients(function, shapes):
    gradcheck(function, [Tensor(draw(*shape, seed=i)) for i, shape in enumerate(shapes)])


def test_dropout_is_independent_between_elements():
    """Neighbouring elements are kept as if by separate coins."""
    Tensor.manual_seed(9)
    kept = Tensor.ones(200_000).dropout(0.5, training=True).numpy() != 0
    pairs = kept[:-1:2] * 2 + kept[1::2]
    assert stats.chisquare(np.bincount(pairs, minlength=4)).pvalue > 1e-9
