"""What is measured is right: in small sizes every work gives the same results in the engine and in NumPy."""

import numpy as np
import pytest

from bench import work
from bench.frameworks import FRAMEWORKS, ours
from bench.frameworks import numpy as by_hand
from bench.turns import TOLERANCE, difference
from bench.worker import digest
from course_lib import Device

SMALL = work.small_catalogue()
STEPS = 3


def results(step, module, times):
    return [np.array(array) for _ in range(times) for array in module.arrays(step())]


@pytest.fixture
def interpreted():
    """Graphs are run by NumPy, operation by operation."""
    device = Device.DEFAULT
    yield
    Device.DEFAULT = device


@pytest.mark.parametrize("name", SMALL)
def test_ours_against_numpy(name, interpreted):
    times = STEPS if SMALL[name].is_network else 1
    found = results(ours.prepare(SMALL[name], 1), ours, times)
    step = by_hand.prepare(SMALL[name], 1)
    if step is not None:
        expected = results(step, by_hand, times)
    else:
        Device.DEFAULT = "NUMPY"
        expected = results(ours.prepare(SMALL[name], 1), ours, times)
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    assert difference(list(map(digest, found)), list(map(digest, expected))) < TOLERANCE


@pytest.mark.parametrize("kind", ["mlp", "cnn", "gpt", "lstm"])
def test_networks_learn(kind):
    losses = results(ours.prepare(SMALL[f"small-{kind}"], 1), ours, 20)
    assert losses[-1] < 0.95 * losses[0]


def test_other_results_are_noticed():
    x = np.arange(12, dtype=np.float32).reshape(3, 4)
    for wrong in (x.T, x + 1, x * 1.01, x[::-1]):
        assert difference([digest(x)], [digest(wrong)]) > TOLERANCE
    assert difference([digest(x)], [digest(x * 1.0001)]) < TOLERANCE
    assert difference([digest(x)], []) == float("inf")


def test_operations_that_are_counted():
    works = work.catalogue()
    assert work.flops(works["gemm512-nn"]) == 2 * 512**3
    matrices = 784 * 256 + 256 * 128 + 128 * 10
    assert work.flops(works["mlp64"]) == 2 * 64 * (3 * matrices - 784 * 256)
    cells = 32 * 64 * (128 + 128) * 512
    assert work.flops(works["lstm"]) == 2 * (3 * (cells + 32 * 128 * 10) - cells // 2)
    assert work.flops(works["softmax"]) == 0
    assert work.traffic(works["relusum1000"]) == (4_000_000, 0)


def test_names_are_unique():
    assert not work.catalogue().keys() & SMALL.keys()


def test_every_group_has_bars():
    from bench.bars import BARS, RIVALS

    assert {entry.group for entry in work.catalogue().values()} == BARS.keys()
    assert all(bar.against in {*RIVALS, "flops", "bandwidth"} for bars in BARS.values() for bar in bars)
    assert set(RIVALS["the best"]) == FRAMEWORKS.keys() - {"ours"}
