"""Kernels that take turns row by row."""

import numpy as np
import pytest

from course_lib import Device, Tensor
from course_lib.engine.passes import rows

from .checking import array, needs_c
from .random_graphs import compare, write

pytestmark = [needs_c, pytest.mark.usefixtures("on_c")]


def softmax(x, gradient):
    y = x.softmax(-1)
    return [y, *y.gradient(x, gradient=gradient)]


def norm(x, gradient):
    y = x.layer_norm(x.shape[-1:], eps=1e-5)
    return [y, *y.gradient(x, gradient=gradient)]


def log_softmax(x, gradient):
    y = x.log_softmax(-1)
    return [y, *y.gradient(x, gradient=gradient)]


def by_numpy(function, *arrays):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Device, "DEFAULT", "NUMPY")
        return [result.numpy() for result in function(*map(Tensor, arrays))]


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("shape", [(64, 10), (101, 33), (9, 11, 7), (70, 5, 7), (300, 1000), (65, 1)])
@pytest.mark.parametrize("function", [softmax, norm, log_softmax])
def test_forward_and_backward(function, shape, threads, monkeypatch):
    monkeypatch.setenv("COURSE_THREADS", threads)
    x, gradient = array(*shape), array(*shape, seed=1)
    results = function(Tensor(x).realize(), Tensor(gradient).realize())
    results[0].realize(*results[1:])
    for found, wanted in zip(results, by_numpy(function, x, gradient)):
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-4, atol=1e-5)


def test_a_softmax_and_its_gradient_are_one_kernel():
    x, gradient = Tensor(array(200, 50)).realize(), Tensor(array(200, 50, seed=1)).realize()
    results = softmax(x, gradient)
    assert len(results[0].schedule(*results[1:])) == 1


def test_few_or_long_rows_take_no_turns(monkeypatch):
    for shape in ((rows.FEWEST - 1, 50), (rows.FEWEST, rows.LONGEST + 1)):
        results = softmax(Tensor(array(*shape)).realize(), Tensor(array(*shape, seed=1)).realize())
        assert len(results[0].schedule(*results[1:])) > 1


def test_what_needs_other_rows_waits_for_all():
    """The transpose, the sum of columns, the rows in another order: none of these may take turns."""
    x = array(80, 80)
    for further in (
        lambda y: (y.T * 2).sum(1),
        lambda y: y - y.mean(0),
        lambda y: y.flip(0) + y.max(1, keepdim=True)[0],
        lambda y: y[1:] - y[:-1],
        lambda y: y.T.softmax(1),
        lambda y: (y + y.T).sum(1),
        lambda y: y.cumsum(0).sum(1),
        lambda y: y.roll(1, 0) * y.sum(1, keepdim=True),
    ):

        def function(x, further=further):
            y = x.softmax(1)
            return [y, further(y), (y * 2).exp().sum(1)]

        results = function(Tensor(x).realize())
        results[0].realize(*results[1:])
        for found, wanted in zip(results, by_numpy(function, x)):
            np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-4, atol=1e-5)


def test_one_between_that_cannot_take_turns():
    """Rows, then columns, then rows that need both: the last must not run with the first."""

    def function(x):
        y = x.softmax(1)
        columns = y.sum(0)
        return [y, columns, (y / columns).softmax(1), (y * 3).exp() + (columns * y).sum(1, keepdim=True)]

    x = array(90, 70)
    results = function(Tensor(x).realize())
    results[0].realize(*results[1:])
    for found, wanted in zip(results, by_numpy(function, x)):
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-4, atol=1e-5)


def test_two_groups_that_would_wait_for_each_other():
    def function(x, z):
        a, d = x.softmax(1), z.softmax(1)
        b = (z + a.sum(0)).softmax(1)  # needs all of a
        c = (x + d.sum(0)).softmax(1)  # needs all of d
        return [a, b, c, d, a * c, b * d]

    x, z = array(80, 60), array(80, 60, seed=1)
    results = function(Tensor(x).realize(), Tensor(z).realize())
    results[0].realize(*results[1:])
    for found, wanted in zip(results, by_numpy(function, x, z)):
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-4, atol=1e-5)


def test_old_numbers_are_read_before_they_are_written_over():
    x = array(80, 60)
    t = Tensor(x).realize()
    y = t.softmax(1)
    t.assign(t - y)
    z = t.softmax(1)
    z.realize(y, t)
    e = np.exp(x - x.max(1, keepdims=True))
    first = e / e.sum(1, keepdims=True)
    np.testing.assert_allclose(y.numpy(), first, rtol=1e-5)
    np.testing.assert_allclose(t.numpy(), x - first, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("first", range(5000, 5120, 30))
def test_random_programs_with_rows_of_any_number(first, monkeypatch):
    monkeypatch.setattr(rows, "FEWEST", 2)
    problems = compare({seed: write(seed) for seed in range(first, first + 30)}, ["C"])
    assert not problems, "\n\n".join(problems)


def test_the_same_to_the_last_bit_with_any_number_of_threads(monkeypatch):
    found = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("COURSE_THREADS", threads)
        results = norm(Tensor(array(200, 300)).realize(), Tensor(array(200, 300, seed=1)).realize())
        results[0].realize(*results[1:])
        found.append([result.numpy().tobytes() for result in results])
    assert found[0] == found[1] == found[2]
