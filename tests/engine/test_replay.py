"""Replayed functions against the same functions run plainly, and all that they must refuse."""

import gc
from collections import namedtuple

import numpy as np
import pytest

from course_lib import Tensor, nn, optim
from course_lib.engine.counters import GlobalCounters
from course_lib.engine.replay import replay

from .checking import array
from .random_graphs import with_gradients, write


def tensor(*shape, seed=0, **options):
    return Tensor(array(*shape, seed=seed), **options)


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


# -- what is outside


def test_tensors_from_outside_are_looked_up_anew(device):
    w, unused = tensor(3), tensor(2)

    @replay
    def step(x):
        return x * w

    x = tensor(3, seed=1)
    for seed in (5, 6, 7):
        np.testing.assert_array_equal(step(x).numpy(), x.numpy() * w.numpy())
        w.assign(array(3, seed=seed))  # not computed yet
    np.testing.assert_array_equal(step(x).numpy(), array(3, seed=1) * array(3, seed=7))
    w.assign(w + 1).realize()
    np.testing.assert_array_equal(step(x).numpy(), array(3, seed=1) * (array(3, seed=7) + 1))
    w.data = Tensor([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(step(x).numpy(), array(3, seed=1) * np.float32([1, 2, 3]))
    assert unused.numpy().shape == (2,)


def test_changed_tensors_may_be_changed_from_outside(device):
    w = Tensor([1.0, 2.0])

    @replay
    def step():
        w.assign(w * 2)

    step(), step()
    assert w.tolist() == [4.0, 8.0]
    w.assign(Tensor([10.0, 20.0]))
    step()
    assert w.tolist() == [20.0, 40.0]
    w.assign(w + 1)
    step(), step()
    assert w.tolist() == [84.0, 164.0]
    w += 1
    step()
    assert w.tolist() == [170.0, 330.0]


def test_other_ways_to_change(device):
    total, table = Tensor([0.0, 0.0]), Tensor(np.zeros((3, 2), np.float32))

    @replay
    def step(x, i):
        global kept
        total.data += x  # new numbers through a view without history
        table[i] = x
        return total * 10

    for value in (1.0, 2.0, 3.0):
        out = step(Tensor([value, 0.5]), Tensor([int(value) - 1]))
    assert total.tolist() == [6.0, 1.5] and out.tolist() == [60.0, 15.0]
    assert table.tolist() == [[1.0, 0.5], [2.0, 0.5], [3.0, 0.5]]


def test_a_given_tensor_may_be_changed(device):
    @replay
    def step(x, y):
        x.assign(x + y)
        y += 1
        return x * 1

    x, y = Tensor([1.0, 2.0]), Tensor([0.5, 0.5])
    out = [step(x, y).tolist() for _ in range(3)]
    assert out == [[1.5, 2.5], [3.0, 4.0], [5.5, 6.5]]
    assert x.tolist() == [5.5, 6.5] and y.tolist() == [3.5, 3.5]
    other = Tensor([0.0, 0.0])
    step(other, y)
    assert other.tolist() == [3.5, 3.5] and x.tolist() == [5.5, 6.5]


def test_a_changed_tensor_under_two_names_is_refused(compiled):
    w = tensor(4).realize()

    @replay
    def step(x):
        w.assign(w + 1)
        return x * 1

    @replay
    def both(x, y):
        x.assign(x + y)

    @replay
    def reads(x):
        x.assign(x + w)

    for call in (lambda: step(w), lambda: both(w, w), lambda: reads(w)):
        with pytest.raises(RuntimeError, match="knows under another name: give it a copy"):
            call()
        np.testing.assert_array_equal(w.numpy(), array(4))
    np.testing.assert_array_equal(step(w.clone()).numpy(), array(4))
    np.testing.assert_array_equal(step(w.detach()).numpy(), array(4) + 1)
    with pytest.raises(RuntimeError, match="under another name"):
        step(w)
    other = tensor(4, seed=1)
    both(w, other), reads(other)
    np.testing.assert_array_equal(w.numpy(), array(4) + 1 + 1 + array(4, seed=1))


@pytest.mark.parametrize(
    "make", [lambda w: w.detach(), lambda w: w.clone(), lambda w: w.reshape(2, 2), lambda w: w * 1]
)
@pytest.mark.parametrize("computed", [False, True])
def test_what_was_made_from_the_old_numbers_keeps_them(device, make, computed):
    w = tensor(4).realize()

    @replay
    def step():
        w.assign(w * 2)

    step()
    kept = []
    for _ in range(3):
        kept.append((make(w), w.numpy()))
        if computed:
            kept[-1][0].realize()
        step()
    for old, wanted in kept:
        np.testing.assert_array_equal(old.numpy().reshape(-1), wanted)
    np.testing.assert_array_equal(w.numpy(), array(4) * 16)


def test_what_was_made_before_the_capture_keeps_its_numbers(device):
    w = tensor(4).realize()
    lazy, view, copy, graph = w * 3, w.detach().realize(), w.clone(), (w * w).sum().realize()

    @replay
    def step():
        w.assign(w + 1)

    step(), step()
    old = array(4)
    np.testing.assert_array_equal(lazy.numpy(), old * 3)
    np.testing.assert_array_equal(view.numpy(), old)
    np.testing.assert_array_equal(copy.numpy(), old)
    np.testing.assert_array_equal(w.numpy(), old + 1 + 1)
    assert graph.item() == pytest.approx(float((old * old).sum()), rel=1e-6)


def test_a_target_network(device):
    """Two tensors that share their memory when the function is captured, and differ later."""
    w = tensor(3).realize()
    target = w.detach().realize()

    @replay
    def step(x):
        loss = ((w - target + 1) * x).sum()
        w.assign(w + x)
        return loss

    @replay
    def follow():
        target.assign(target * 0.5 + w * 0.5)

    plain_w, plain_target, x = array(3).astype(np.float64), array(3).astype(np.float64), array(3, seed=1)
    for _ in range(4):
        assert step(Tensor(x)).item() == pytest.approx(((plain_w - plain_target + 1) * x).sum(), rel=1e-5)
        plain_w = plain_w + x
        follow()
        plain_target = plain_target / 2 + plain_w / 2
    np.testing.assert_allclose(w.numpy(), plain_w, rtol=1e-5)
    np.testing.assert_allclose(target.numpy(), plain_target, rtol=1e-5)


def test_two_replays_share_parameters(device):
    class Net(nn.Module):
        def __init__(self):
            self.first, self.second = nn.Linear(4, 8), nn.Linear(8, 2)

        def forward(self, x):
            return self.second(self.first(x).relu())

    net, x, y = Net(), tensor(6, 4), Tensor(np.array([0, 1, 0, 1, 1, 0]))
    optimizer = optim.Adam(net.parameters(), lr=0.05)

    @replay
    def train(x, y):
        optimizer.zero_grad()
        loss = net(x).cross_entropy(y)
        loss.backward()
        optimizer.step()
        return loss

    @replay
    def evaluate(x, y):
        return net(x).cross_entropy(y)

    @replay
    def shrink():
        for parameter in net.parameters():
            parameter.assign(parameter * 0.99)

    first = evaluate(x, y).item()
    for _ in range(4):
        plain = net(x).cross_entropy(y).item()
        assert evaluate(x, y).item() == pytest.approx(plain, rel=1e-5)
        assert train(x, y).item() == pytest.approx(plain, rel=1e-5)
        shrink()
    assert evaluate(x, y).item() < first
    optimizer.lr = 0.0
    before = [p.numpy() for p in net.parameters()]
    train(x, y)
    for parameter, old in zip(net.parameters(), before):
        np.testing.assert_array_equal(parameter.numpy(), old)


def test_not_computed_tensors_from_outside(device):
    """They are what they are when the function is first called, not made anew in each call."""
    w = Tensor.randn(3)
    lazy = w * 2

    @replay
    def step():
        return w + 0, lazy + 0

    first, doubled = (t.numpy() for t in step())
    w.assign(w * 10)
    again, still = (t.numpy() for t in step())
    np.testing.assert_array_equal(first * 10, again)
    np.testing.assert_array_equal(doubled, still)


def test_two_tensors_given_equal_values(device):
    a, b = Tensor([1.0]), Tensor([5.0])

    @replay
    def step(x):
        a.assign(x + 1), b.assign(x + 1)

    for value in (1.0, 2.0, 3.0):
        step(Tensor([value]))
        assert a.item() == b.item() == value + 1
    a.assign([7.0])
    assert (a.item(), b.item()) == (7.0, 4.0)


def test_a_swap_and_shifted_writes(device):
    a, b, line = tensor(3).realize(), tensor(3, seed=1).realize(), Tensor([1.0, 2.0, 3.0, 4.0])

    @replay
    def step():
        old = a.clone()
        a.assign(b), b.assign(old)
        line.assign(line.roll(1, 0))
        return line.sum()

    for turn in range(5):
        assert step().item() == 10
        first, second = array(3, seed=(turn + 1) % 2), array(3, seed=turn % 2)
        np.testing.assert_array_equal(a.numpy(), first)
        np.testing.assert_array_equal(b.numpy(), second)
        assert line.tolist() == np.roll([1.0, 2.0, 3.0, 4.0], turn + 1).tolist()


def test_results_stay_as_they_are(device):
    w = tensor(3).realize()

    @replay
    def step(x):
        w.assign(w + 1)
        return x * 2, w * 1, w

    kept = [(step(Tensor([float(i)])), i) for i in range(5)]
    for (double, at_that_time, itself), i in kept:
        assert double.item() == 2 * i
        for found in (at_that_time, itself):
            np.testing.assert_allclose(found.numpy(), array(3) + i + 1, rtol=1e-6)


def test_results_go_on_in_other_graphs(device):
    w = tensor(3).realize()

    @replay
    def step(x):
        return x * w

    x = tensor(3, seed=1)
    out = step(x)
    z = (out * out).sum()
    z.backward()
    np.testing.assert_allclose(out.grad.numpy(), 2 * out.numpy(), rtol=1e-6)
    assert w.grad is None  # results have no history
    for _ in range(3):
        out = step(out)
    np.testing.assert_allclose(out.numpy(), array(3, seed=1) * array(3) ** 4, rtol=1e-5)


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


def test_gradients_that_are_all_there_is_are_refused(device):
    w = tensor(3, requires_grad=True).realize()

    @replay
    def step():
        (w * w).sum().backward()

    with pytest.raises(RuntimeError, match="must use the gradients itself"):
        step()
    assert w.grad is None


def test_gradients_from_outside_are_refused(compiled):
    w = tensor(3, requires_grad=True).realize()

    @replay
    def update():
        w.assign(w - w.grad)
        w.grad = None

    (w * w).sum().backward()
    grad = w.grad
    with pytest.raises(RuntimeError, match="gradient that was computed before it"):
        update()
    assert w.grad is grad
    np.testing.assert_array_equal(w.numpy(), array(3))


# -- what is refused


LOOKS = {
    "item": lambda x: x.sum().item(),
    "numpy": lambda x: x.numpy(),
    "tolist": lambda x: x.tolist(),
    "if": lambda x: 1 if (x > 0).all() else 2,
    "float": lambda x: float(x.sum()),
    "print": lambda x: repr(x),
    "an array": lambda x: np.asarray(x),
    "a mask": lambda x: x[x > 0],
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("outside", [False, True])
def test_nothing_is_looked_at(device, look, outside):
    w = tensor(3).realize()

    @replay
    def step(x):
        w.assign(w + 1)
        return look(w if outside else x)

    with pytest.raises(RuntimeError, match="cannot look at numbers") as error:
        step(tensor(3))
    assert "\n" not in str(error.value)
    np.testing.assert_array_equal(w.numpy(), array(3))  # and nothing has happened


@pytest.mark.parametrize(
    "args, kwargs, said",
    [
        (lambda: (tensor(3), 2), {}, "argument 0 was a float32 tensor of shape (2,) on"),
        (lambda: (Tensor([1, 2]), 2), {}, "is a int64 tensor of shape (2,) on"),
        (lambda: (tensor(2), 3), {}, "argument 1 was 2 when it was captured, and is 3 now"),
        (lambda: (tensor(2), 2.0), {}, "argument 1 was 2 when it was captured, and is 2.0 now"),
        (lambda: (tensor(2), True), {}, "argument 1 was 2 when it was captured, and is True now"),
        (lambda: (tensor(2),), {}, "argument 1 was 2 when it was captured, and is not there now"),
        (
            lambda: (tensor(2), 2),
            {"more": [1]},
            "argument 'more' was not there when it was captured, and is a list of 1 now",
        ),
        (lambda: ([tensor(2)], 2), {}, "and is a list of 1 now"),
        (lambda: (2.0, 2), {}, "argument 0 was a float32 tensor of shape (2,) on"),
        (lambda: (tensor(2),), {"n": 2}, "argument 1 was 2 when it was captured, and is not there now"),
    ],
)
def test_other_arguments_are_refused(device, args, kwargs, said):
    @replay
    def step(x, n=0, more=None):
        return x * n

    assert step(tensor(2), 2).shape == (2,)
    with pytest.raises(ValueError) as error:
        step(*args(), **kwargs)
    assert said in str(error.value) and "make another replay" in str(error.value) and "\n" not in str(error.value)
    np.testing.assert_array_equal(step(tensor(2, seed=4), 2).numpy(), array(2, seed=4) * 2)


def test_a_dict_in_another_order_is_refused(compiled):
    @replay
    def step(batch):
        return batch["x"] - batch["y"]

    x, y = Tensor([1.0]), Tensor([5.0])
    step({"x": x, "y": y})
    with pytest.raises(
        ValueError, match=r"was a dict of \('x', 'y'\) when it was captured, and is a dict of \('y', 'x'\)"
    ):
        step({"y": y, "x": x})


def test_another_device_is_refused(compiled):
    @replay
    def step(x):
        return x * 2

    step(tensor(2))
    with pytest.raises(ValueError, match=f"tensor of shape .2,. on {compiled} when it was captured"):
        step(tensor(2, device="NUMPY") if compiled == "C" else tensor(2, device="C"))


def test_arrays_are_refused(device):
    @replay
    def step(x, options):
        return x * 2

    with pytest.raises(TypeError, match=r"argument 1\['mean'\] is an array: give it Tensor\(array\)"):
        step(tensor(2), {"mean": np.zeros(2)})


def test_moves_between_devices_are_refused(compiled):
    @replay
    def step(x):
        return (x * 2).to("NUMPY")

    with pytest.raises(RuntimeError, match="stays on one device"):
        step(tensor(2))


def test_a_replay_within_a_replay_is_refused(device):
    @replay
    def inner(x):
        return x + 1

    @replay
    def outer(x):
        return inner(x) * 2

    for _ in range(2):
        with pytest.raises(RuntimeError, match="cannot call another"):
            outer(tensor(2))
        inner(tensor(2))  # whether it was captured before or not
    np.testing.assert_array_equal(inner(tensor(2)).numpy(), array(2) + 1)


def test_state_that_is_made_inside_is_refused(device):
    kept = []

    @replay
    def step(x):
        if not kept:
            kept.append(Tensor.zeros(2))
        kept[0].assign(kept[0] + x)
        return kept[0] * 2

    if device == "NUMPY":  # there it is simply run
        assert [step(Tensor([1.0, 2.0])).tolist() for _ in range(2)] == [[2.0, 4.0], [4.0, 8.0]]
        return
    with pytest.raises(RuntimeError, match=r"makes a tensor of shape \(2,\), changes it, and leaves it"):
        step(Tensor([1.0, 2.0]))
    kept[:] = [Tensor.zeros(2)]
    assert [step(Tensor([1.0, 2.0])).tolist() for _ in range(3)] == [[2.0, 4.0], [4.0, 8.0], [6.0, 12.0]]


# -- errors


def test_an_exception_leaves_nothing_broken(device):
    w, fail = tensor(3, requires_grad=True).realize(), [True]

    @replay
    def step(x):
        loss = (w * x).sum()
        loss.backward()
        w.assign(w - w.grad)
        if fail[0]:
            raise KeyError("enough")
        w.grad = None
        return loss

    for _ in range(2):
        with pytest.raises(KeyError, match="enough"):
            step(tensor(3, seed=1))
        np.testing.assert_array_equal(w.numpy(), array(3))
        assert w.grad is None
    fail[0] = False
    step(tensor(3, seed=1))
    step(tensor(3, seed=2))
    np.testing.assert_allclose(w.numpy(), array(3) - array(3, seed=1) - array(3, seed=2), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("first", [True, False])
def test_positions_out_of_range_leave_nothing_broken(device, first):
    w, table = tensor(3).realize(), tensor(4, 3, seed=1).realize()

    @replay
    def step(i):
        row = table[i]
        w.assign(w + row.sum(0))
        table.assign(table * 2)
        return row

    rows, plain = array(4, 3, seed=1), array(3)
    if not first:
        np.testing.assert_array_equal(step(Tensor([1])).numpy(), rows[[1]])
        rows, plain = rows * 2, plain + rows[1]
    for bad in (4, 17):
        with pytest.raises(IndexError, match=f"index {bad} is out of range"):
            step(Tensor([bad]))
        np.testing.assert_allclose(w.numpy(), plain, rtol=1e-6)
        np.testing.assert_array_equal(table.numpy(), rows)
    np.testing.assert_array_equal(step(Tensor([2])).numpy(), rows[[2]])
    np.testing.assert_allclose(w.numpy(), plain + rows[2], rtol=1e-6)
    np.testing.assert_array_equal(table.numpy(), rows * 2)


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
