"""Tensors that a replayed function does not get but finds outside: read, changed, and shared with others."""

import numpy as np
import pytest

from course_lib import Tensor, nn, optim
from course_lib.engine.replay import replay

from .checking import array, tensor


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


@pytest.mark.parametrize("computed", [False, True])
def test_what_was_computed_in_the_same_way_before_is_computed_again(device, computed):
    """A prediction that somebody still holds is the same graph as that of the first step."""
    w, x = tensor(4, 2).realize(), tensor(5, 4, seed=1)
    prediction = (x @ w).tanh()
    if computed:
        prediction.sum().item()

    @replay
    def step():
        loss = (x @ w).tanh().square().sum()
        w.assign(w * 0.5)
        return loss

    for turn in range(3):
        wanted = np.square(np.tanh(array(5, 4, seed=1) @ array(4, 2) * 0.5**turn)).sum()
        assert step().item() == pytest.approx(wanted, rel=1e-5)
    np.testing.assert_allclose(prediction.numpy(), np.tanh(array(5, 4, seed=1) @ array(4, 2)), rtol=1e-5)


@pytest.mark.parametrize("make", [Tensor, lambda w: w.reshape(3), lambda w: w[:]])
def test_two_tensors_of_one_graph(device, make):
    """A second tensor with the same numbers stays as it is when the first one changes."""
    w = tensor(3).realize()
    start = make(w)

    @replay
    def step():
        moved = (w - start).sum()
        w.assign(w + 1)
        return moved

    for turn in range(3):
        assert step().item() == pytest.approx(3 * turn, abs=1e-5)
    np.testing.assert_array_equal(start.numpy(), array(3))


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
