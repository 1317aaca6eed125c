"""Rows that are gone over as few times as they can be."""

import numpy as np
import pytest

from course_lib import Tensor, replay
from course_lib.engine.dtype import dtypes
from course_lib.engine.kernel import FIRST_INNER
from course_lib.engine.lower import Nest, Program, Store
from course_lib.engine.passes import phases
from course_lib.engine.symbolic import add, loop, times
from course_lib.engine.uop import Ops, UOp

from .checking import array, needs_c
from .random_graphs import compare, write
from .test_rows import by_numpy, norm, softmax

pytestmark = [needs_c, pytest.mark.usefixtures("on_c")]


def made_by(tensors):
    """The nests that the kernels of some tensors' schedule become, each with its loops over a row."""
    items = tensors[0].schedule(*tensors[1:])
    return [phases.in_phases(item.program) for item in items if len(item.program.nests) > 1]


@pytest.mark.parametrize(("function", "loops"), [(softmax, 3), (norm, 4)])
def test_loops_over_a_row(function, loops):
    """Largest; powers and both sums; quotient and gradient. And for a norm: sum; squares; result; gradient."""
    results = function(Tensor(array(200, 50)).realize(), Tensor(array(200, 50, seed=1)).realize())
    (nest,) = made_by(results)
    assert len(nest.beside) == loops


def test_several_loops_over_rows():
    x = Tensor(array(8, 3, 20, 40)).realize()
    results = softmax(x, Tensor(array(8, 3, 20, 40, seed=1)).realize())
    (nest,) = made_by(results)
    assert [loop.arg[1] for loop in nest.loops] == [8, 3, 20]
    results[0].realize(*results[1:])
    for found, wanted in zip(results, by_numpy(softmax, x.numpy(), array(8, 3, 20, 40, seed=1))):
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-4, atol=1e-5)


def sources_of(function, *arrays):
    """A function's results when replayed, and the texts of its kernels."""
    from course_lib.engine import captured

    found, make = [], captured.CapturedStep.__init__

    def init(step, *args, **kwargs):
        make(step, *args, **kwargs)
        found.append(step)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(captured.CapturedStep, "__init__", init)
        again = replay(function)
        for _ in range(3):
            results = [result.numpy().copy() for result in again(*(Tensor(x).realize() for x in arrays))]
    return results, [item.source for item in found[0].items]


@pytest.mark.parametrize("threads", ["1", "3"])
def test_what_only_the_same_row_needs_stays_in_a_short_array(threads, monkeypatch):
    monkeypatch.setenv("COURSE_THREADS", threads)
    given = array(90, 70), array(90, 70, seed=1)
    results, (source,) = sources_of(softmax, *given)
    assert source.count("__attribute__") == 1  # the powers; and their sum needs no memory at all
    assert "[140] __attribute__" in source  # two rows at once
    for found, wanted in zip(results, by_numpy(softmax, *given)):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_what_is_asked_for_is_written():
    def function(x):
        powers = (x - x.amax(1, keepdim=True)).exp()
        return [powers / powers.sum(1, keepdim=True), powers]

    results, sources = sources_of(function, array(90, 70))
    assert len(sources) == 1
    for found, wanted in zip(results, by_numpy(function, array(90, 70))):
        np.testing.assert_allclose(found, wanted, rtol=1e-5)


@pytest.mark.parametrize(
    "further",
    [
        lambda y: y.flip(1) + y.sum(1, keepdim=True),
        lambda y: y[:, 1:].sum(1, keepdim=True) * y,
        lambda y: y.roll(1, 1) * y,
        lambda y: (y.reshape(90, 35, 2) * 2).sum(2).exp(),
        lambda y: y.reshape(90, 7, 10).softmax(2),
        lambda y: y.pad((1, 1)) * 2,
        lambda y: y.cumsum(1) + y,
        lambda y: y @ y.T,
        lambda y: y.sum(1).softmax(0),
        lambda y: y.half().softmax(1),
        lambda y: y.double().softmax(1),
    ],
)
def test_a_row_read_in_another_order_or_length(further):
    def function(x):
        y = x.softmax(1)
        return [further(y), y]

    results, _ = sources_of(function, array(90, 70))
    for found, wanted in zip(results, by_numpy(function, array(90, 70))):
        np.testing.assert_allclose(found, wanted, rtol=2e-3 if wanted.dtype == np.float16 else 1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "further",
    [
        lambda y: (y[:, :-1].pad((0, 1)) + y).exp(),
        lambda y: y.flip(1).exp(),
        *(lambda y, size=size: y[:, :size] * 2 for size in (35, 50, 69)),
    ],
)
def test_what_reads_fewer_or_other_elements_has_loops_of_its_own(further):
    def function(x):
        y = x.softmax(1)
        return [further(y), y]

    results = function(Tensor(array(90, 70)).realize())
    assert made_by(results) == [None]
    results[0].realize(*results[1:])
    for found, wanted in zip(results, by_numpy(function, array(90, 70))):
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-4, atol=1e-5)


def test_what_is_written_over_is_read_before():
    """In a captured step the variance is written over the mean's memory, and both are needed."""

    def gradient(x, d):
        q = Tensor.cat([x, x], dim=0)
        q = q - q.mean(0, keepdim=True)
        q = q * ((q * q).mean(0, keepdim=True) + 0.1).rsqrt()
        return [q.softmax(-1).gradient(x, gradient=d)[0]]

    given = array(64, 16), array(128, 16, seed=1)
    for found, wanted in zip(sources_of(gradient, *given)[0], by_numpy(gradient, *given)):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)


def test_elements_that_a_later_phase_reads_are_not_written_over():
    rows, columns = loop(0, 64), loop(1, 16)
    first, second = (loop(FIRST_INNER + number, 16) for number in range(2))
    params = [UOp(Ops.PARAM, dtypes.float32, (), (number, 64 * 16)) for number in range(3)]

    def load(param, column):
        return UOp(Ops.LOAD, dtypes.float32, (param, add(times(rows, 16), column)))

    def total(value, column):
        return UOp(Ops.ACCUMULATE, dtypes.float32, (value, column), Ops.ADD)

    sums = total(load(params[2], first), first)
    later = total(load(params[2], second) * sums, second)  # known a phase after the first sum
    place = add(times(rows, 16), columns)
    stores = [Store(params[0], place, load(params[0], columns) * s) for s in (sums, later)]
    stores[1].param = params[1]
    assert phases.in_phases(Program([Nest([rows, columns], stores)], params)) is None
    stores = stores[1:]
    assert phases.in_phases(Program([Nest([rows, columns], stores)], params)) is not None


@pytest.mark.parametrize("bits", [0x7FC00000, 0xFFC00000])  # NaN has a sign, too
@pytest.mark.parametrize(("shape", "axis"), [((70, 33), 1), ((70, 5000), 1), ((66, 9000), 1), ((3000, 70), 0)])
@pytest.mark.parametrize("name", ["amax", "amin"])
def test_extrema_of_rows_with_nan(name, shape, axis, bits):
    x, rng = array(*shape), np.random.default_rng(0)
    x[rng.random(shape) < 0.001] = np.array([bits], np.uint32).view(np.float32)[0]
    x[0], x[1] = np.inf, -np.inf
    wanted = getattr(np, name)(x, axis)
    assert np.isnan(wanted).any()
    np.testing.assert_array_equal(getattr(Tensor(x), name)(axis).numpy(), wanted)


@pytest.mark.parametrize("first", range(6000, 6120, 30))
def test_random_programs(first, monkeypatch):
    from course_lib.engine.passes import rows

    monkeypatch.setattr(rows, "FEWEST", 1)
    problems = compare({seed: write(seed) for seed in range(first, first + 30)}, ["C"])
    assert not problems, "\n\n".join(problems)


@pytest.mark.parametrize("shape", [(50, 8), (300, 33), (1000, 64), (129, 200), (130, 1030)])
def test_sums_down_columns_one_after_the_other(shape):
    """The second sum needs the first; both run side by side for many columns."""

    def function(x, w):
        mean = x.mean(0)
        below = x - mean
        spread = (below * below * w).sum(0).sqrt()
        return [spread, mean, (below / (spread + 1)).amax(0)]

    x, w = array(*shape), abs(array(shape[1], seed=1))
    results = function(Tensor(x).realize(), Tensor(w).realize())
    sources = [item.source for item in results[0].schedule(*results[1:])]
    assert any(source.count("_part[l]") >= 4 for source in sources)
    results[0].realize(*results[1:])
    for found, wanted in zip(results, by_numpy(function, x, w)):
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("stretched", "shape"), [((1, 50), (80, 50)), ((1, 20, 50), (8, 20, 50)), ((8, 1, 50), (8, 20, 50))]
)
def test_a_sum_that_is_the_same_for_several_rows(stretched, shape):
    def function(x, w):
        a = w.expand(*shape).softmax(-1)
        return [(a * x).softmax(-1), (x + w.expand(*shape).log_softmax(-1)).softmax(-1)]

    x, w = array(*shape), array(*stretched, seed=1)
    for found, wanted in zip(sources_of(function, x, w)[0], by_numpy(function, x, w)):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    for result, wanted in zip(function(Tensor(x).realize(), Tensor(w).realize()), by_numpy(function, x, w)):
        np.testing.assert_allclose(result.numpy(), wanted, rtol=1e-4, atol=1e-5)


def test_every_second_row_is_empty():
    """Every second row is zeros from between strides: two rows at once would have a sum that depends on no row."""

    def gradient(x, w):
        y = x.flip(2).avg_pool2d((1, 2), (2, 2), (0, 1)).tanh().tanh().max_pool2d((2, 1), (2, 1))
        return [(y.square().square() * w).sum().gradient(x)[0]]

    given = array(8, 20, 4, 1), array(8, 20, 1, 1, seed=1)
    for found, wanted in zip(gradient(*(Tensor(a).realize() for a in given)), by_numpy(gradient, *given)):
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-4, atol=1e-6)
