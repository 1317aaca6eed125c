"""Each pass alone, and all but one: networks learn the same, up to rounding."""

import functools

import numpy as np
import pytest

from course_lib import Device, Tensor, nn, optim, replay
from course_lib.engine import passes

from .checking import all_but, array, needs_c, needs_cl
from .random_graphs import compare, write

CHOICES = ["none", "all", *passes.NAMES, *(f"no {name}" for name in passes.NAMES)]


def chosen(choice):
    """What a choice is in the environment: a pass alone or, after "no", all others."""
    left_out = choice.removeprefix("no ")
    return choice if left_out == choice else all_but(left_out)


class Convolutional(nn.Module):
    def __init__(self):
        self.first, self.second = nn.Conv2d(1, 8, 3), nn.Conv2d(8, 12, 3, padding=1)
        self.last = nn.Linear(12 * 9, 5)

    def forward(self, x):
        x = self.first(x.reshape(-1, 1, 14, 14)).relu().max_pool2d(2)
        return self.last(self.second(x).relu().max_pool2d(2).flatten(1))


class Recurrent(nn.Module):
    def __init__(self):
        self.x, self.h, self.last = nn.Linear(14, 32), nn.Linear(8, 32), nn.Linear(8, 5)

    def forward(self, x):
        given, h, c = self.x(x), Tensor.zeros(len(x), 8), Tensor.zeros(len(x), 8)
        for t in range(14):
            i, f, new, o = (given[:, t] + self.h(h)).chunk(4, dim=1)
            c = f.sigmoid() * c + i.sigmoid() * new.tanh()
            h = o.sigmoid() * c.tanh()
        return self.last(h)


class Attending(nn.Module):
    def __init__(self):
        self.norm, self.qkv, self.last = nn.LayerNorm(14), nn.Linear(14, 48), nn.Linear(16, 5)

    def forward(self, x):
        q, k, v = (p.reshape(len(x), 14, 2, 8).transpose(1, 2) for p in self.qkv(self.norm(x)).split(16, dim=2))
        seen = q.scaled_dot_product_attention(k, v, is_causal=True).transpose(1, 2).reshape(len(x), 14, 16)
        return self.last(seen.gelu()).mean(1)


NETWORKS = {network.__name__: network for network in (Convolutional, Recurrent, Attending)}


def learned(network, device, replayed):
    """The losses of three steps, and the parameters after them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Device, "DEFAULT", device)
        model = NETWORKS[network]()
        for seed, param in enumerate(model.parameters()):
            param.assign(Tensor(array(*param.shape, seed=seed) * 0.3)).realize()
        optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.5)

        def step(x, y):
            optimizer.zero_grad()
            loss = model(x).cross_entropy(y)
            loss.backward()
            optimizer.step()
            return loss

        step = replay(step) if replayed else step
        x, y = Tensor(array(6, 14, 14, seed=50)), Tensor(np.arange(6) % 5)
        losses = [step(x, y).item() for _ in range(3)]
        return losses, [param.numpy() for param in model.parameters()]


@functools.cache
def by_numpy(network):
    return learned(network, "NUMPY", False)


def check(network, device):
    losses, params = learned(network, device, True)
    wanted_losses, wanted_params = by_numpy(network)
    np.testing.assert_allclose(losses, wanted_losses, rtol=1e-4)
    for found, wanted in zip(params, wanted_params):
        np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-4)
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("choice", CHOICES)
@needs_c
def test_networks_learn_the_same(network, choice, monkeypatch):
    monkeypatch.setenv("COURSE_PASSES", chosen(choice))
    check(network, "C")


@pytest.mark.parametrize("choice", ["none", "all"])
@pytest.mark.parametrize("network", NETWORKS)
@needs_cl
def test_networks_learn_the_same_on_opencl(network, choice, monkeypatch):
    monkeypatch.setenv("COURSE_PASSES", choice)
    check(network, "CL")


@pytest.mark.parametrize("choice", CHOICES)
@needs_c
def test_random_programs(choice, monkeypatch):
    monkeypatch.setenv("COURSE_PASSES", chosen(choice))
    problems = compare({seed: write(seed) for seed in range(300, 306)}, ["C"])
    assert not problems, "\n\n".join(problems)


@needs_c
def test_two_runs_are_the_same_to_the_last_bit():
    for network in NETWORKS:
        (losses, params), (again, params_again) = (learned(network, "C", True) for _ in range(2))
        assert losses == again
        for one, other in zip(params, params_again):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("network", NETWORKS)
@needs_c
def test_the_number_of_threads_makes_no_difference_beyond_rounding(network, monkeypatch):
    monkeypatch.setenv("COURSE_THREADS", "3")
    check(network, "C")


@pytest.mark.parametrize("columns", [31, 64, 128, 200])
@needs_c
def test_sums_side_by_side_within_a_sum_in_pieces(columns):
    """*lanes* cuts the columns that *threads* cuts as well; each is added up once."""
    x = array(129, columns)
    largest = (Tensor(x, device="C") == Tensor(x, device="C").amax(0, keepdim=True)).sum(0)
    assert largest.sum().item() == columns


@pytest.mark.parametrize("shape", [(7, 9), (63,), (3, 5, 6)])
@needs_c
def test_whole_numbers_are_not_taken_for_indices(shape, monkeypatch):
    """They wrap around, and products of two are none of an index's business."""
    monkeypatch.setattr(Device, "DEFAULT", "C")
    rng = np.random.default_rng(0)
    a, b, c = (rng.integers(-(2**62), 2**62, shape) for _ in range(3))
    i = np.arange(a.size).reshape(shape)
    with np.errstate(over="ignore"):
        for function in (
            lambda a, b, c, i: a + b * c,
            lambda a, b, c, i: (a * 4 + 1) // 4,
            lambda a, b, c, i: (a * 6 + b) % 3 + c * 2 * 4,
            lambda a, b, c, i: a * 3 + a * 5 - (b * 7) // 7,
            lambda a, b, c, i: i * 2**62 + i * 2**62 * 3 + a,
            lambda a, b, c, i: (i * 2**61 * 8 + i) // 4 + a * 0,
            lambda a, b, c, i: (a + i) * i,
        ):
            found = function(Tensor(a), Tensor(b), Tensor(c), Tensor.arange(a.size).reshape(shape))
            np.testing.assert_array_equal(found.numpy(), function(a, b, c, i))
