"""Replayed functions beside the same functions run plainly: numbers, structures, gradients, and what is let go of."""

import gc
from collections import namedtuple

import numpy as np
import pytest

from course_lib import Tensor, optim
from course_lib.engine.counters import GlobalCounters
from course_lib.engine.replay import replay

from .checking import array, tensor
from .random_graphs import with_gradients, write

# -- numbers


def test_new_inputs(device):
    @replay
    def step(x, y):
        return (x * 2 + y).sum(0), x.max()

    for seed in range(4):
        x, y = array(3, 4, seed=seed), array(4, seed=seed + 10)
        total, largest = step(Tensor(x), Tensor(y))
        np.testing.assert_allclose(total.numpy(), (x * 2 + y).sum(0), rtol=1e-5)
        assert largest.item() == x.max()


def train(steps, wrap, optimizer, seed=3):
    """Parameters and losses of a small network after some steps."""
    w1, b1, w2 = tensor(6, 8, seed=seed), Tensor(np.zeros(8, np.float32)), tensor(8, 1, seed=seed + 1)
    made = optimizer([w1, b1, w2])

    @wrap
    def step(x, y):
        made.zero_grad()
        loss = ((x @ w1 + b1).tanh() @ w2 - y).square().mean()
        loss.backward()
        made.step()
        return loss

    losses = [step(tensor(5, 6, seed=i), tensor(5, 1, seed=-i % 97)).item() for i in range(steps)]
    return losses, [p.numpy() for p in (w1, b1, w2)]


OPTIMIZERS = {
    "SGD": lambda params: optim.SGD(params, lr=0.05),
    "momentum": lambda params: optim.SGD(params, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
    "AdamW": lambda params: optim.AdamW(params, lr=0.01),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_training_gives_the_same_as_without(device, optimizer):
    plain_losses, plain = train(6, lambda f: f, optimizer)
    losses, params = train(6, replay, optimizer)
    np.testing.assert_allclose(losses, plain_losses, rtol=1e-6)
    for found, wanted in zip(params, plain):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)


def test_the_same_kernels_give_the_same_to_the_last_bit(device):
    def chain(x, w):
        h = (x @ w).relu()
        return h.softmax(-1), h.std(0), h.cumsum(1), h.argsort(-1)

    again = replay(chain)
    for seed in range(3):
        given = tensor(7, 5, seed=seed), tensor(5, 6, seed=seed + 1)
        for found, wanted in zip(again(*given), chain(*given)):
            np.testing.assert_array_equal(found.numpy(), wanted.numpy())


def test_random_programs_replayed(compiled):
    """A program as a replayed function of its leaves gives what it gives without, also for other leaves."""
    programs = [p for p in map(write, range(3000, 3040)) if "[v" not in str(p)][: 24 if compiled == "C" else 6]
    for program in programs:

        def run(*leaves, program=program):
            values = list(leaves)
            for _, step, _ in program.steps:
                made = step(values)
                values.append(Tensor(made) if any(made is value for value in values) else made)
            return with_gradients(program, values)

        again = replay(run)
        for turn in range(3):
            leaves = [np.roll(leaf, turn, 0) if leaf.ndim else leaf for leaf in program.leaves]
            plain = run(*map(Tensor, leaves))
            plain[0].realize(*plain[1:])
            for found, wanted in zip(again(*map(Tensor, leaves)), plain):
                np.testing.assert_array_equal(found.numpy(), wanted.numpy(), err_msg=str(program))


def test_nothing_is_scheduled_from_the_second_call_on(compiled):
    w = tensor(4, 4).realize()

    @replay
    def step(x):
        w.assign(w * 0.9)
        return (x @ w).sum()

    step(tensor(2, 4)).item()
    x = tensor(2, 4, seed=1).realize()
    GlobalCounters.reset()
    step(x).item()
    assert GlobalCounters.scheduled == 0 and GlobalCounters.kernels == len(step.step.items) > 0
    assert GlobalCounters.bytes > 0 and GlobalCounters.flops > 0


def test_random_numbers_are_new_each_time_and_those_of_a_plain_run(device):
    def noise(x):
        return x + Tensor.randn(3, 4), Tensor.rand(2), x.dropout(0.5, training=True)

    x, again = tensor(3, 4), replay(noise)
    Tensor.manual_seed(7)
    plain = [[t.numpy() for t in noise(x)] for _ in range(4)]
    Tensor.manual_seed(7)
    found = [[t.numpy() for t in again(x)] for _ in range(2)]
    between = Tensor.rand(5).numpy()  # numbers drawn between the calls are not drawn again in them
    found += [[t.numpy() for t in again(x)]]
    for one, other in zip(plain[:2], found):
        for a, b in zip(one, other):
            np.testing.assert_array_equal(a, b)
    assert not np.array_equal(found[0][0], found[1][0]) and not np.array_equal(found[2][1], between[:2])
    Tensor.manual_seed(7)  # a new seed counts, too
    for a, b in zip(again(x), plain[0]):
        np.testing.assert_array_equal(a.numpy(), b)
    Tensor.manual_seed(8)
    assert not np.array_equal(again(x)[1].numpy(), plain[0][1])


def test_an_optimizer_updates_in_place(compiled):
    w = tensor(6, 5).realize()
    optimizer = optim.Adam([w], lr=0.1)

    @replay
    def step(x):
        optimizer.zero_grad()
        (x @ w).square().sum().backward()
        optimizer.step()

    step(tensor(4, 6, seed=1))
    assert len(step.step.state) >= 3 and not step.step.swapping


# -- structures


Pair = namedtuple("Pair", "first second")


def test_nested_structures(device):
    @replay
    def step(batch, scale, *, options):
        x, y = batch["x"], batch["y"][0]
        return {"sum": x + y, "list": [x * scale, (y, "text", None)], "pair": Pair(x - y, options["z"] * 2), "n": 3}

    for seed in range(3):
        x, y, z = (array(2, 3, seed=seed + i) for i in range(3))
        out = step({"x": Tensor(x), "y": [Tensor(y)]}, 2.5, options={"z": Tensor(z)})
        assert list(out) == ["sum", "list", "pair", "n"] and out["n"] == 3 and out["list"][1][1:] == ("text", None)
        assert isinstance(out["pair"], Pair) and isinstance(out["list"], list)
        np.testing.assert_array_equal(out["sum"].numpy(), x + y)
        np.testing.assert_array_equal(out["list"][0].numpy(), x * np.float32(2.5))
        np.testing.assert_array_equal(out["list"][1][0].numpy(), y)
        np.testing.assert_array_equal(out["pair"].first.numpy(), x - y)
        np.testing.assert_array_equal(out["pair"].second.numpy(), z * 2)


def test_one_tensor_twice_and_inputs_given_back(device):
    @replay
    def step(x, y):
        z = x * y
        return z, z, x, z.reshape(4), x * 1

    for seed in range(3):
        x = array(2, 2, seed=seed)
        t = Tensor(x)
        a, b, c, d, e = (r.numpy() for r in step(t, t))
        for found, wanted in ((a, x * x), (b, x * x), (c, x), (d, (x * x).reshape(4)), (e, x)):
            np.testing.assert_array_equal(found, wanted)


def test_named_arguments_in_any_order(device):
    @replay
    def step(x, y):
        return x - y

    x, y = Tensor([1.0]), Tensor([5.0])
    assert step(x=x, y=y).item() == step(y=y, x=x).item() == -4.0


def test_nothing_given_nothing_returned(device):
    count = Tensor([0.0])

    @replay
    def step():
        count.assign(count + 1)

    assert [step() for _ in range(5)] == [None] * 5
    assert count.item() == 5

    @replay
    def plain(x):
        return "text", [1, x]

    assert plain(3) == ("text", [1, 3]) == plain(3)


def test_methods_are_captured_for_each_object(device):
    class Scaled:
        def __init__(self, factor):
            self.factor = Tensor([factor])

        @replay
        def __call__(self, x):
            return x * self.factor

        @replay
        def grow(self):
            self.factor.assign(self.factor * 2)

    two, three = Scaled(2.0), Scaled(3.0)
    for value in (1.0, 5.0):
        x = Tensor([value])
        assert two(x).item() == 2 * value and three(x).item() == 3 * value
    two.grow(), two.grow()
    assert two(x).item() == 40.0 and three(x).item() == 15.0
    assert isinstance(Scaled.grow, replay)


def test_empty_and_single_tensors(device):
    @replay
    def step(x, y):
        return x.sum(), x * 2, y + 1

    for value in (1.0, 2.0):
        total, nothing, one = step(Tensor(np.zeros((0, 3), np.float32)), Tensor(value))
        assert total.item() == 0 and nothing.shape == (0, 3) and one.item() == value + 1


def test_reset_captures_anew(device):
    factor = [2]

    @replay
    def step(x):
        return x * factor[0]

    x = Tensor([1.0])
    assert step(x).item() == 2
    factor[0] = 3
    assert device == "NUMPY" or step(x).item() == 2  # what is no tensor stays as it was
    step.reset()
    assert step(x).item() == 3
    assert step(Tensor([2.0])).item() == 6


# -- gradients


def test_gradients_within(device):
    w = tensor(3, requires_grad=True).realize()

    @replay
    def slope(x):
        return (w * w * x).sum().gradient(w)[0]

    for seed in range(3):
        x = array(3, seed=seed)
        np.testing.assert_allclose(slope(Tensor(x)).numpy(), 2 * array(3) * x, rtol=1e-6)


def test_gradients_left_behind_are_dropped(device):
    w, data = tensor(3, requires_grad=True).realize(), tensor(3, seed=2)

    @replay
    def step():
        w.grad = None
        loss = (w * w * data).sum()
        loss.backward()
        w.assign(w - w.grad * 0.1)
        return loss

    for _ in range(3):
        step()
        assert w.grad is None and data.grad is None


# -- what is let go of


def test_what_is_let_go_of_is_freed(compiled):
    """A dropped replay keeps nothing, and steps do not pile up."""
    from course_lib.engine.uop import _interned

    w = tensor(50, 50).realize()

    def made():
        @replay
        def step(x):
            w.assign(w * 0.5 + x)
            return (w @ x).sum()

        return step

    step, x = made(), tensor(50, 50, seed=1).realize()
    step(x).item(), step(x).item()
    gc.collect()
    many = len(_interned)
    for _ in range(20):
        step(x).item()
    gc.collect()
    assert len(_interned) == many
    sizes = []
    for _ in range(5):
        again = made()
        again(x).item()
        del again
        gc.collect()
        sizes.append(len(_interned))
    assert len(set(sizes)) == 1
