"""What replayed functions must refuse, and that errors leave nothing broken."""

import numpy as np
import pytest

from course_lib import Tensor
from course_lib.engine.replay import replay

from .checking import array, tensor

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


def test_setting_the_seed_is_refused(device):
    @replay
    def step(x):
        noise = Tensor.rand(3)
        Tensor.manual_seed(0)
        return x + noise

    Tensor.manual_seed(5)
    first = Tensor.rand(3).numpy()
    with pytest.raises(RuntimeError, match="cannot set the seed"):
        step(tensor(3))
    Tensor.manual_seed(5)
    np.testing.assert_array_equal(Tensor.rand(3).numpy(), first)


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
