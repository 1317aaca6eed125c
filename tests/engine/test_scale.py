"""Graphs of 100,000 operations: no recursion, and work in step with their size. See ``bench.engine_scale``, too."""

import sys

import numpy as np
import pytest

from bench.engine_scale import KINDS, chain, diamond, leaf, measure, moves, wide
from course_lib import Tensor
from course_lib.engine.counters import GlobalCounters
from course_lib.engine.planning import leaves_on
from course_lib.engine.rewrite import rewrite
from course_lib.engine.schedule import make_kernels
from course_lib.engine.simplify import RULES

SMALL, LARGE = 1000, 10_000


def calls(function, *args):
    """How many Python functions are called meanwhile: time, measured where no other process can disturb it."""
    count = 0

    def profile(frame, event, arg):
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        function(*args)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("kind", KINDS)
def test_work_is_in_step_with_the_size_of_a_graph(kind):
    """Built, differentiated, simplified and cut into kernels."""
    measure(KINDS[kind], SMALL)  # the first time fills tables
    small, large = (calls(measure, KINDS[kind], size) for size in (SMALL, LARGE))
    assert large / LARGE < 1.3 * small / SMALL


@pytest.mark.parametrize("kind", KINDS)
def test_graphs_of_100_000_operations(kind):
    """No recursion, and all is measured."""
    taken = measure(KINDS[kind], 100_000 if kind != "leaves" else 20_000)
    assert set(taken) == {"build", "gradient", "simplify", "schedule", "forget"}


def test_kernels_of_a_long_chain_are_of_moderate_size():
    x = chain(10_000)[0].uop
    kernels, _ = make_kernels([rewrite([x], RULES, leaves_on("NUMPY"))[x]])
    assert 20 <= len(kernels) <= 200 and max(kernel.ops for kernel in kernels) < 1000


@pytest.mark.parametrize("size", [2000])
def test_long_graphs_run(size):
    """The numbers of a chain, a tree and a diamond, and their derivatives."""
    x = leaf()
    plain = x.numpy().astype(np.float64)
    y, wanted = x * 0.001, plain * 0.001
    slope = np.full_like(plain, 0.001)
    for _ in range(size // 4):
        y, wanted, slope = y * 0.5 + x, wanted * 0.5 + plain, slope * 0.5 + 1
        y, wanted, slope = y / 2 - y * 0.1, wanted * 0.4, slope * 0.4
    y.sum().realize(gradient := y.sum().gradient(x)[0])
    np.testing.assert_allclose(y.numpy(), wanted, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(gradient.numpy(), slope, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("build", [wide, moves, diamond], ids=lambda build: build.__name__)
def test_other_kinds_run(build):
    (y,) = build(800)
    on_numpy = Tensor._of(y.to("NUMPY").uop, "NUMPY").numpy()
    np.testing.assert_allclose(y.numpy(), on_numpy, rtol=1e-4)


def test_many_small_tensors_are_computed_together():
    tensors = [leaf(seed) for seed in range(2000)]
    doubled = [x * 2 for x in tensors]
    before = GlobalCounters.kernels
    doubled[0].realize(*doubled[1:])
    assert GlobalCounters.kernels - before <= len(tensors)
    np.testing.assert_array_equal(doubled[-1].numpy(), tensors[-1].numpy() * 2)


def test_ten_thousand_live_tensors_are_no_burden():
    """What looks at all live tensors does so once, not for each of them."""
    tensors = [Tensor.zeros(2) for _ in range(10_000)]
    tensors[0].realize(*tensors[1:])
    x = leaf()

    def step():
        x.assign(x + 1)
        x.realize()
        (x * 2).sum().backward()
        x.grad = None

    step()
    assert calls(step) < 5 * len(tensors)
    assert tensors[-1].numpy().tolist() == [0.0, 0.0]


def test_deep_graphs_are_forgotten_without_recursion():
    x = leaf()
    y = x
    for _ in range(200_000):
        y = y + x
    del y


def test_a_deep_graph_can_be_looked_at():
    y = chain(3000)[0]
    assert str(y.uop).count("\n") >= 3000
    assert len(y.uop.toposort()) >= 3000 and len(repr(y.uop)) < 100
