"""Sums, means, extremes and running results: NumPy and SciPy say what the numbers must be."""

import math

import numpy as np
import pytest
from scipy import special

from course_lib import Tensor, dtypes

SHAPES = [(), (1,), (5,), (3, 4), (2, 3, 4), (7, 1, 3), (0,), (0, 3), (3, 0), (2, 0, 4)]
INTS = ("uint8", "int8", "int16", "int32", "int64")


def numbers(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def axes_to_try(ndim):
    single = [None, *range(-ndim, ndim)] if ndim else [None, 0, -1]
    return single + [(0, -1)] * (ndim > 1) + [(2, 0), (0, 1, 2)] * (ndim > 2)


def check(pairs, rtol=1e-5, atol=1e-6):
    """Tensors, all computed at once, against arrays: shape, dtype (unless the array is float64) and numbers."""
    results = [found for found, _ in pairs]
    results[0].realize(*results)
    for i, (found, expected) in enumerate(pairs):
        expected = np.asarray(expected)
        assert found.shape == expected.shape, i
        if expected.dtype != np.float64:
            assert found.dtype.name == expected.dtype.name, i
        if expected.dtype.kind == "f":
            np.testing.assert_allclose(found.numpy(), expected, rtol, atol, err_msg=str(i))
        else:
            np.testing.assert_array_equal(found.numpy(), expected, err_msg=str(i))


def everywhere(a, axis):
    """NumPy's axis for it: a tensor of 0 dims has an axis 0 and -1 in PyTorch."""
    return () if a.ndim == 0 and axis is not None else axis


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.filterwarnings("ignore")  # NumPy warns of means of nothing
def test_sums_and_means(shape):
    a = numbers(shape)
    x, pairs = Tensor(a), []
    for axis in axes_to_try(a.ndim):
        for keep in (False, True):
            for name in ("sum", "prod", "mean", "any", "all"):
                expected = getattr(np, name)(a, axis=everywhere(a, axis), keepdims=keep)
                pairs.append((getattr(x, name)(axis, keep), expected))
            expected = np.var(a, axis=everywhere(a, axis), keepdims=keep)
            pairs.append((x.var(axis, keepdim=keep, correction=0), expected))
            pairs.append((x.std(axis, keepdim=keep, correction=0), np.sqrt(expected)))
        pairs.append((x.count_nonzero(axis), np.asarray(np.count_nonzero(a, axis=everywhere(a, axis)), np.int64)))
    check(pairs)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if 0 not in shape], ids=str)
def test_extremes(shape):
    a = numbers(shape)
    x, pairs = Tensor(a), []
    for axis in axes_to_try(a.ndim):
        for keep in (False, True):
            where = everywhere(a, axis)
            largest, smallest = a.max(axis=where, keepdims=keep), a.min(axis=where, keepdims=keep)
            pairs += [(x.amax(axis, keep), largest), (x.amin(axis, keep), smallest)]
            pairs += [(x.max(axis=axis, keepdims=keep), largest), (x.min(axis=axis, keepdims=keep), smallest)]
            exponentials = np.log(np.exp(a.astype(np.float64)).sum(axis=where, keepdims=keep))
            pairs.append((x.logsumexp(axis, keep), exponentials))
            for name in ("argmax", "argmin") if not isinstance(axis, tuple) else ():
                single = None if a.ndim == 0 else axis
                expected = getattr(np, name)(a, axis=single, keepdims=keep)
                pairs.append((getattr(x, name)(axis, keep), np.asarray(expected, np.int64)))
    check(pairs)


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4), (1, 7), (4, 0), ()], ids=str)
def test_values_with_indices(shape):
    a = numbers(shape).round()  # many are equal
    x, pairs = Tensor(a), []
    for axis in range(-a.ndim, a.ndim) if a.ndim else (0, -1):
        if a.ndim and not a.shape[axis]:
            continue
        for keep in (False, True):
            for name, where in (("max", np.argmax), ("min", np.argmin)):
                found = getattr(x, name)(axis, keep)
                if a.ndim:
                    places = where(a, axis=axis, keepdims=True)
                    values = np.take_along_axis(a, places, axis)
                    places, values = (places, values) if keep else (places.squeeze(axis), values.squeeze(axis))
                else:
                    places, values = np.int64(0), a
                pairs += [(found.values, values), (found.indices, places), (found[0], values)]
    check(pairs)


@pytest.mark.parametrize("shape", [(), (1,), (6,), (3, 5), (2, 3, 4), (0,), (2, 0), (0, 3)], ids=str)
def test_running_results(shape):
    a = numbers(shape).round(1)
    x, pairs = Tensor(a), []
    for axis in range(-a.ndim, a.ndim) if a.ndim else (0, -1):
        row = a if a.ndim else a.reshape(1)
        pairs.append((x.cumsum(axis), np.cumsum(row, axis).reshape(shape)))
        pairs.append((x.cumprod(dim=axis), np.cumprod(row, axis).reshape(shape)))
        pairs.append((x.logcumsumexp(axis), np.logaddexp.accumulate(row.astype(np.float64), axis).reshape(shape)))
        for name, extreme in (("cummax", np.maximum), ("cummin", np.minimum)):
            values = extreme.accumulate(row, axis)
            iota = np.moveaxis(np.broadcast_to(np.arange(row.shape[axis]), np.moveaxis(row, axis, -1).shape), -1, axis)
            places = np.maximum.accumulate(np.where(row == values, iota, 0), axis)
            found = getattr(x, name)(axis)
            pairs += [(found.values, values.reshape(shape)), (found.indices, places.reshape(shape))]
    check(pairs, atol=1e-5)


def test_names_of_numpy_and_pytorch():
    a = numbers((3, 4))
    x = Tensor(a)
    check(
        [
            (x.sum(dim=0, keepdim=True), a.sum(0, keepdims=True)),
            (x.sum(axis=0, keepdims=True), a.sum(0, keepdims=True)),
            (x.mean(axis=(0, 1)), a.mean()),
            (x.std(axis=1), a.std(1, ddof=1)),
            (x.argmax(axis=1, keepdims=True), a.argmax(1)[:, None]),
            (x.cumsum(axis=1), a.cumsum(1)),
            (x.sum([0, 1]), a.sum()),
            (x.sum(()), a.sum()),
            (x.amax([]), a.max()),
            (x.any(()), a != 0),
            (x.max(), a.max()),
            (x.max(axis=(0, 1)), a.max()),
            (x.max(Tensor(0.1)), np.maximum(a, np.float32(0.1))),
            (x.min(Tensor([0.0])), np.minimum(a, 0)),
            (x.aminmax().min, a.min()),
            (x.aminmax(dim=1).max, a.max(1)),
            (x.var_mean(0)[0], a.var(0, ddof=1)),
            (x.std_mean(0, keepdim=True)[1], a.mean(0, keepdims=True)),
        ]
    )
    values, indices = x.max(dim=1)
    assert (values.shape, indices.shape) == ((3,), (3,))


@pytest.mark.filterwarnings("ignore")
def test_spread_with_corrections():
    a = numbers((3, 4))
    x = Tensor(a)
    check(
        [
            (x.var(), a.var(ddof=1)),
            (x.var(False), a.var()),
            (x.var(1, False), a.var(1)),
            (x.var(1, True, True), a.var(1, ddof=1, keepdims=True)),
            (x.var(unbiased=False), a.var()),
            (x.var(0, correction=2), a.var(0, ddof=2)),
            (x.var(0, correction=3), np.full(4, np.inf)),
            (x.var(0, correction=5), np.full(4, np.inf)),
            (x.std(correction=0.5), a.std(ddof=0.5)),
            (Tensor([2.0]).var(), np.float32(np.nan)),
            (Tensor([2.0, 2.0]).std(), np.float32(0)),
            ((x + 1e4).var(), (a + np.float32(1e4)).astype(np.float64).var(ddof=1)),
        ]
    )


@pytest.mark.parametrize("dtype", ["bool", *INTS])
def test_whole_numbers_add_up_to_int64(dtype):
    a = np.array([[0, 1, 100], [100, 100, 1]]).astype(dtype)
    x = Tensor(a)
    check(
        [
            (x.sum(), a.sum(dtype=np.int64)),
            (x.sum(0), a.sum(0, dtype=np.int64)),
            (x.prod(1), a.prod(1, dtype=np.int64)),
            (x.cumsum(1), a.cumsum(1, dtype=np.int64)),
            (x.cumprod(0), a.cumprod(0, dtype=np.int64)),
            (x.nansum(), a.sum(dtype=np.int64)),
            (x.amax(1), a.max(1)),
            (x.amin(), a.min()),
            (x.argmax(1), a.argmax(1)),
            (x.any(1), a.any(1)),
            (x.all(1), a.all(1)),
            (x.cummax(1).values, np.maximum.accumulate(a, 1)),
            (x.sum(dtype="float32"), a.sum(dtype=np.float32)),
            (x.mean(dtype=dtypes.float64), a.mean()),
            (x.sum(dtype="int32"), a.sum(dtype=np.int32)),
            (x.logsumexp(1), special.logsumexp(a.astype(np.float64), axis=1)),
        ]
    )
    for name in ("mean", "var", "std", "norm", "nanmean"):
        with pytest.raises(TypeError, match=dtype):
            getattr(x, name)()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_adds_up_in_float32(dtype):
    x = Tensor(np.full(5000, 0.1), dtype=dtype)
    exact = x.numpy().astype(np.float64)[0] * 5000
    for found, expected in ((x.sum(), exact), (x.mean(), exact / 5000), (x.cumsum(0)[-1], exact)):
        assert found.dtype.name == dtype
        assert found.item() == pytest.approx(expected, rel=4e-3)
    spread = Tensor(np.arange(1000) % 7, dtype=dtype)
    assert spread.var().item() == pytest.approx(np.var(np.arange(1000) % 7, ddof=1), rel=4e-3)
    assert spread.norm().dtype.name == dtype
    assert spread.logsumexp(0).item() == pytest.approx(special.logsumexp(np.arange(1000) % 7), rel=4e-3)


@pytest.mark.filterwarnings("ignore")
def test_nan_counts_as_the_extreme():
    a = np.float32([[1, math.nan, 3, math.nan], [4, 5, 5, 2], [math.inf, -math.inf, math.inf, 0], [-math.inf] * 4])
    x = Tensor(a)
    check(
        [
            (x.amax(1), a.max(1)),
            (x.argmax(1), np.array([1, 1, 0, 0])),
            (x.argmin(1), np.array([1, 3, 1, 0])),
            (x.max(1).values, a.max(1)),
            (x.min(1).indices, np.array([1, 3, 1, 0])),
            (x.cummax(1).values, np.maximum.accumulate(a, 1)),
            (x.cummax(1).indices, np.array([[0, 1, 1, 3], [0, 1, 2, 2], [0, 0, 2, 2], [0, 1, 2, 3]])),
            (x.nansum(1), np.nansum(a, 1)),
            (x.nanmean(1), np.nanmean(a, 1)),
            (x.any(1), np.array([True] * 4)),
            (x.logsumexp(1), np.float32([math.nan, special.logsumexp([4, 5, 5, 2]), math.inf, -math.inf])),
            (x.count_nonzero(1), np.array([4, 4, 3, 4])),
        ]
    )


def test_exponentials_that_would_overflow():
    a = np.float64([[1000, 999, -1000], [-1000, -1001, -1002], [-200, 0, 200]])
    x = Tensor(a)
    check(
        [
            (x.logsumexp(1), special.logsumexp(a, axis=1)),
            (x.logcumsumexp(1), np.logaddexp.accumulate(a, 1)),
            (x.float().logsumexp(0), special.logsumexp(a, axis=0)),
        ]
    )


@pytest.mark.parametrize("p", ["fro", None, 0, 1, 2, 3, 1.5, 0.5, -1, -2, math.inf, -math.inf])
def test_lengths(p):
    a = numbers((3, 4))
    x = Tensor(a)
    order = 2 if p in ("fro", None) else p
    check(
        [
            (x.norm(p), np.linalg.norm(a.reshape(-1), order)),
            (x.norm(p, dim=1), np.linalg.norm(a, order, axis=1)),
            (x.norm(p, 0, True), np.linalg.norm(a, order, axis=0, keepdims=True)),
            (Tensor([0.0, 0.0]).norm(p), np.float32(0)),
        ]
    )


def test_nothing_at_all():
    empty = Tensor(np.zeros((0, 3), np.float32))
    check(
        [
            (empty.sum(), np.float32(0)),
            (empty.prod(0), np.ones(3, np.float32)),
            (empty.mean(0), np.full(3, np.nan)),
            (empty.std(), np.float32(np.nan)),
            (empty.logsumexp(0), np.full(3, -np.inf)),
            (empty.norm(), np.float32(0)),
            (empty.any(), np.bool_(False)),
            (empty.all(0), np.ones(3, bool)),
            (empty.amax(1), np.zeros(0, np.float32)),
            (empty.argmax(1), np.zeros(0, np.int64)),
            (empty.max(1).indices, np.zeros(0, np.int64)),
            (empty.sum(1, dtype="int64"), np.zeros(0, np.int64)),
        ]
    )


def test_what_does_not_lie_in_order():
    a = numbers((5, 6, 4))
    x = Tensor(a)
    check(
        [
            (x.permute(2, 0, 1).sum(1), a.transpose(2, 0, 1).sum(1)),
            (x.flip(1).cumsum(1), a[:, ::-1].cumsum(1)),
            (x[::2, 1:].amax((0, 2)), a[::2, 1:].max((0, 2))),
            (x[..., :1].expand(5, 6, 4).mean(2), np.broadcast_to(a[..., :1], a.shape).mean(2)),
            (x.transpose(0, 2).argmax(1), a.T.transpose(0, 1, 2).argmax(1)),
        ]
    )


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda x: x.sum(2), IndexError, "2"),
        (lambda x: x.amax(-3), IndexError, "-3"),
        (lambda x: x.sum((0, -2)), ValueError, "twice"),
        (lambda x: x.cumsum(5), IndexError, "5"),
        (lambda x: Tensor(1.0).sum(1), IndexError, "1"),
        (lambda x: x.mean(dtype="int64"), TypeError, "int64"),
        (lambda x: x.max((0, 1)), TypeError, "tuple"),
        (lambda x: x.argmax(1.5), TypeError, "float"),
        (lambda x: x[:0].max(), IndexError, r"\(0, 4\)"),
        (lambda x: x[:0].amin(0), IndexError, r"\(0, 4\)"),
        (lambda x: x[:0].argmax(0), IndexError, r"\(0,"),
        (lambda x: x[:0].min(0), IndexError, r"\(0,"),
        (lambda x: x.norm("nuc"), ValueError, "nuc"),
    ],
)
def test_errors_come_at_the_call(wrong, error, words):
    with pytest.raises(error, match=words):
        wrong(Tensor(numbers((3, 4))))


def test_a_long_sum_is_accurate():
    a = np.random.default_rng(5).uniform(size=200_000).astype(np.float32)
    assert Tensor(a).sum().item() == pytest.approx(a.astype(np.float64).sum(), rel=1e-5)
    assert Tensor(a).mean().item() == pytest.approx(a.astype(np.float64).mean(), rel=1e-5)


def test_the_gradient_of_a_long_running_product():
    """One kernel for all doublings would write out the whole axis: compilers take minutes over it."""
    row = np.random.default_rng(5).uniform(0.9, 1.1, 700)
    weights = np.random.default_rng(6).standard_normal(700)
    x = Tensor(row)
    (found,) = (x.cumprod(0) * Tensor(weights)).sum().gradient(x)
    later = (row.cumprod() * weights)[::-1].cumsum()[::-1]
    np.testing.assert_allclose(found.numpy(), later / row, rtol=1e-9)
