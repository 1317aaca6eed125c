"""Sums over everything that are added up by the kernel that computes an array from the same numbers."""

import numpy as np
import pytest

from course_lib import Tensor

from .checking import array, needs_c

pytestmark = [needs_c, pytest.mark.usefixtures("on_c")]


def both(x):
    y = ((x + 1) * 2).relu().sum()
    return [y, *y.gradient(x)]


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("shape", [(1000, 1000), (3, 5), (37,), (64, 1, 33), (2, 3, 4, 5), (100_003,)])
def test_a_sum_and_its_gradient_are_one_kernel(shape, threads, monkeypatch):
    monkeypatch.setenv("COURSE_THREADS", threads)
    plain = array(*shape)
    total, gradient = both(Tensor(plain).realize())
    assert len(total.schedule(gradient)) == 1
    total.realize(gradient)
    wanted = np.maximum((plain.astype(np.float64) + 1) * 2, 0)
    np.testing.assert_allclose(total.numpy(), wanted.sum(), rtol=1e-6)
    np.testing.assert_array_equal(gradient.numpy(), 2.0 * (wanted > 0))


@pytest.mark.parametrize("dtype", ["float64", "int32", "int64", "float16", "uint8", "bool"])
@pytest.mark.parametrize("op", ["sum", "max", "min", "prod"])
def test_other_dtypes_and_operations(dtype, op):
    plain = np.arange(1, 71).reshape(7, 10) % 3
    x = Tensor(plain).cast(dtype).realize()
    total, other = getattr(x, op)(), x.where(x, x) if dtype == "bool" else x * 2
    total.realize(other)
    kept = plain.astype(bool) if dtype == "bool" else plain
    wanted = getattr(np, op)(kept.astype(np.float16 if dtype == "float16" else kept.dtype))
    np.testing.assert_allclose(total.cast("float64").numpy(), np.float64(wanted), rtol=1e-3)
    np.testing.assert_array_equal(other.cast("float64").numpy(), kept if dtype == "bool" else plain * 2)


def test_numbers_seen_in_another_order(monkeypatch):
    """A transposed array beside the sum of the array as it lies, and the other way round."""
    plain = array(30, 40)
    x = Tensor(plain).realize()
    for total, other, wanted in (
        ((x * 2).sum(), x.T.contiguous(), plain.T),
        ((x.T * 2).sum(), x.exp(), np.exp(plain)),
        ((x.flip(0) * 2).sum(), x + 1, plain + 1),
    ):
        total.realize(other)
        np.testing.assert_allclose(total.numpy(), plain.sum(dtype=np.float64) * 2, rtol=1e-4)
        np.testing.assert_allclose(other.numpy(), wanted, rtol=1e-6)


def test_a_total_that_the_array_needs_is_computed_before():
    plain = array(50, 20)
    x = Tensor(plain).realize()
    share, total = x / (x * x).sum(), (x * x).sum()
    share.realize(total)
    np.testing.assert_allclose(total.numpy(), (plain * plain).sum(), rtol=1e-5)
    np.testing.assert_allclose(share.numpy(), plain / (plain * plain).sum(), rtol=1e-5)


def test_an_array_that_the_total_needs_is_computed_before():
    plain = array(40, 40)
    x = Tensor(plain).realize()
    product = (x @ x).realize()
    scaled = product * 2
    total = (scaled.contiguous() @ x).sum()
    total.realize(scaled)
    np.testing.assert_allclose(total.numpy(), (plain @ plain * 2 @ plain).sum(), rtol=1e-3)


def test_old_numbers_are_added_up_though_new_ones_are_written_over_them():
    plain = array(60, 60)
    x = Tensor(plain).realize()
    total = (x * 3).sum()
    x.assign(x + 1)
    total.realize(x)
    np.testing.assert_allclose(total.numpy(), plain.sum(dtype=np.float64) * 3, rtol=1e-4)
    np.testing.assert_array_equal(x.numpy(), plain + 1)


def test_several_pairs():
    plains = [array(20, 30, seed=i) for i in range(5)]
    xs = [Tensor(plain).realize() for plain in plains]
    results = [part for x in xs for part in both(x)]
    assert len(results[0].schedule(*results[1:])) <= 6
    results[0].realize(*results[1:])
    for plain, total, gradient in zip(plains, results[::2], results[1::2]):
        wanted = np.maximum((plain + 1) * 2, 0)
        np.testing.assert_allclose(total.numpy(), wanted.sum(), rtol=1e-5)
        np.testing.assert_array_equal(gradient.numpy(), 2.0 * (wanted > 0))


def test_the_same_to_the_last_bit_with_any_number_of_threads(monkeypatch):
    found = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("COURSE_THREADS", threads)
        total, gradient = both(Tensor(array(700, 900)).realize())
        total.realize(gradient)
        found.append((total.item(), gradient.numpy().tobytes()))
    assert found[0] == found[1] == found[2]


def test_pieces_of_a_join_beside_a_total():
    plain = array(2, 3)
    x = Tensor(plain).realize()
    joined = Tensor.cat([x * 2, (x * 2) @ Tensor(array(3, 3, seed=1))], dim=1).contiguous()
    results = [joined @ Tensor(array(6, 2, seed=2)), (x * 3).sum(), x * 2]
    results[0].realize(*results[1:])
    whole = np.concatenate([plain * 2, plain * 2 @ array(3, 3, seed=1)], 1)
    np.testing.assert_allclose(results[0].numpy(), whole @ array(6, 2, seed=2), rtol=1e-4)
    np.testing.assert_allclose(results[1].numpy(), plain.sum() * 3, rtol=1e-4)
    np.testing.assert_array_equal(results[2].numpy(), plain * 2)
