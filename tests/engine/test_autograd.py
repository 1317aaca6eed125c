"""What ``backward``, ``gradient`` and ``grad`` promise: which tensors get a gradient, when, and how it adds up."""

import gc

import numpy as np
import pytest

from course_lib import Tensor, dtypes, no_grad
from course_lib.engine.gradcheck import gradcheck, gradgradcheck
from course_lib.engine.strides import ShapeError

RNG = np.random.default_rng(11)


def equal(found, wanted, **tolerance):
    np.testing.assert_allclose(found.numpy(), wanted, **{"rtol": 1e-5, "atol": 1e-6, **tolerance})


# -- first programs


def test_two_lines_of_arithmetic():
    x = Tensor([2.0])
    y = x * x
    z = y + x
    loss = z.sum()
    loss.backward()
    equal(x.grad, [5.0])
    assert y.grad is None and z.grad is None and loss.grad is None


def test_a_linear_model_in_closed_form():
    x, t = RNG.normal(size=(5, 3)).astype(np.float32), RNG.normal(size=(5, 2)).astype(np.float32)
    inputs, targets = Tensor(x), Tensor(t)
    w, b = Tensor.randn(3, 2), Tensor.zeros(2)
    loss = ((inputs @ w + b - targets) ** 2).mean()
    loss.backward()
    error = x @ w.numpy() + b.numpy() - t
    equal(w.grad, 2 * x.T @ error / error.size)
    equal(b.grad, 2 * error.sum(0) / error.size)
    equal(inputs.grad, 2 * error @ w.numpy().T / error.size)
    equal(targets.grad, -2 * error / error.size)


def test_a_matrix_product_as_in_a_well_known_readme():
    x = Tensor.eye(3, requires_grad=True)
    y = Tensor([[2.0, 0, -2.0]], requires_grad=True)
    z = y.matmul(x).sum()
    z.backward()
    equal(x.grad, [[2, 2, 2], [0, 0, 0], [-2, -2, -2]])
    equal(y.grad, [[1, 1, 1]])


def test_the_first_neural_network_of_pytorchs_tutorial():
    x = Tensor.ones(5)
    y = Tensor.zeros(3)
    w = Tensor.randn(5, 3, requires_grad=True)
    b = Tensor.randn(3, requires_grad=True)
    z = x.matmul(w) + b
    loss = z.binary_cross_entropy_with_logits(y)
    loss.backward()
    sigmoid = 1 / (1 + np.exp(-(w.numpy().sum(0) + b.numpy())))
    equal(b.grad, sigmoid / 3)
    equal(w.grad, np.tile(sigmoid / 3, (5, 1)))


# -- sums of several ways


def test_a_tensor_used_twice():
    x = Tensor([3.0, -2.0])
    (x * x + x).sum().backward()
    equal(x.grad, [7, -3])
    a = Tensor([3.0])
    (a + a).backward()
    equal(a.grad, [2])


def test_diamonds():
    x = Tensor([1.5])
    left, right = x * 2, x * x
    ((left + right) * (left - right)).sum().backward()
    equal(x.grad, [8 * 1.5 - 4 * 1.5**3])


def test_a_chain_of_diamonds_takes_no_exponential_time():
    x = y = Tensor([1.0])
    for _ in range(60):
        y = y * 0.5 + y * 0.5
    y.backward()
    equal(x.grad, [1])


def test_backward_adds_to_what_is_there():
    x = Tensor([1.0, 2.0])
    (x * 3).sum().backward()
    first = x.grad
    (x * x).sum().backward()
    equal(first, [3, 3])
    equal(x.grad, [5, 7])
    x.zero_grad()
    assert x.grad is None
    x.sum().backward()
    equal(x.grad, [1, 1])


def test_backward_twice_through_one_graph():
    x = Tensor([2.0])
    loss = (x * x).sum()
    loss.backward()
    loss.backward()
    equal(x.grad, [8])


def test_the_gradient_that_arrives_can_be_given():
    x, g = Tensor([[1.0, 2.0, 3.0]]), RNG.normal(size=(1, 3)).astype(np.float32)
    (x * x).backward(gradient=Tensor(g))
    equal(x.grad, 2 * x.numpy() * g)
    y = Tensor([1.0, 2.0])
    (y * y).backward(Tensor([1, 3]))  # whole numbers are converted
    equal(y.grad, [2, 12])


def test_a_leaf_can_be_the_root():
    x = Tensor(2.0)
    x.backward()
    assert x.grad.shape == () and x.grad.item() == 1


# -- who gets one


def test_requires_grad():
    a, b, c = Tensor([1.0]), Tensor([2.0], requires_grad=True), Tensor([3.0], requires_grad=False)
    assert (a.requires_grad, b.requires_grad, c.requires_grad) == (None, True, False)
    (a * c).backward()  # nobody asked: all take part but those that must not
    assert a.grad is not None and c.grad is None
    a.zero_grad()
    (a * b * c).backward()  # one asked: only those that did
    assert a.grad is None and b.grad is not None and c.grad is None
    equal(b.grad, [3])


def test_requires_grad_can_be_switched():
    x = Tensor([1.0]).requires_grad_(False)
    (x * 2).backward()
    assert x.grad is None
    x.requires_grad_()
    (x * 2).backward()
    equal(x.grad, [2])


def test_gradients_themselves_want_none():
    x = Tensor([3.0])
    (x * x).backward()
    assert x.grad.requires_grad is False
    (x.grad * x).backward()
    assert x.grad.grad is None


def test_parameters_made_alike_are_two():
    a, b = Tensor.zeros(3), Tensor.zeros(3)
    (a * Tensor([1.0, 2.0, 3.0]) + b * 5).sum().backward()
    equal(a.grad, [1, 2, 3])
    equal(b.grad, [5, 5, 5])
    one, two = Tensor(1.0), Tensor(1.0)
    (one * 2 + two * 3).backward()
    assert (one.grad.item(), two.grad.item()) == (2, 3)
    start = Tensor([1.0, -1.0])
    one, two = (Tensor(start, requires_grad=True) for _ in range(2))
    (one * 2 + two * 3).sum().backward()
    equal(one.grad, [2, 2])
    equal(two.grad, [3, 3])
    assert start.grad is None and one.is_leaf and two.is_leaf
    one, two = a.clone(), a.clone()
    one.retain_grad()
    two.retain_grad()
    (one * 2 + two * 3).sum().backward()
    equal(one.grad, [2, 2, 2])
    equal(two.grad, [3, 3, 3])


def test_a_scaled_random_tensor_is_a_parameter():
    w = Tensor.randn(3, 1) * 0.01
    x = Tensor([[1.0, 2.0, 3.0]])
    (x @ w).sum().backward()
    equal(w.grad, [[1], [2], [3]])
    before = w.numpy()
    w.assign(w - w.grad)
    equal(w, before - [[1], [2], [3]])


def test_interior_tensors_get_none_unless_asked_for():
    x = Tensor([2.0], requires_grad=True)
    kept, asked, other = x * 3, x * 4, x * 5
    kept.retain_grad()
    asked.requires_grad = True
    (kept * asked * other).sum().backward()
    equal(kept.grad, [80])
    equal(asked.grad, [60])
    assert other.grad is None
    equal(x.grad, [3 * 60 * 4])


def test_leaves():
    x = Tensor([1.0])
    y = x * 2
    assert x.is_leaf and not y.is_leaf and y.detach().is_leaf
    w = Tensor.randn(2) * 3
    assert w.is_leaf  # nobody holds what went into it
    p = Tensor([1.0])
    copy = Tensor(p)
    p.assign(p * 2)
    assert p.is_leaf and copy.is_leaf
    (p * copy).sum().backward()
    equal(p.grad, [1])
    equal(copy.grad, [2])


def test_whole_numbers_and_conditions_get_none():
    x, n, mask = Tensor([1.0, 2.0]), Tensor([3, 4]), Tensor([True, False])
    mask.where(x * n, x).sum().backward()
    equal(x.grad, [3, 1])
    assert n.grad is None and mask.grad is None


def test_what_the_loss_does_not_depend_on_stays_none():
    x, unused = Tensor([1.0]), Tensor([2.0])
    (x + unused.detach()).sum().backward()
    assert unused.grad is None
    (x + (unused > 0) * 2).sum().backward()
    assert unused.grad is None


def test_gradients_have_shape_and_dtype_of_their_tensor():
    for shape in ((), (1,), (0,), (2, 0, 3), (2, 3)):
        for dtype in (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64):
            x = Tensor.ones(*shape, dtype=dtype)
            (x * 3).sum().backward()
            assert x.grad.shape == shape and x.grad.dtype is dtype
            np.testing.assert_array_equal(x.grad.numpy(), np.full(shape, 3))


def test_half_precision_against_double():
    numbers = RNG.normal(size=(4, 5))
    x = Tensor(numbers, dtype=dtypes.float16)
    (x.tanh() * x).sum().backward()
    rounded = x.numpy().astype(np.float64)
    assert x.grad.dtype is dtypes.float16
    equal(x.grad, np.tanh(rounded) + rounded * (1 - np.tanh(rounded) ** 2), rtol=1e-2, atol=1e-2)


def test_mixed_dtypes():
    x, y = Tensor([1.5], dtype=dtypes.float16), Tensor([2.0], dtype=dtypes.float64)
    (x * y).sum().backward()
    assert x.grad.dtype is dtypes.float16 and y.grad.dtype is dtypes.float64
    equal(x.grad, [2])
    equal(y.grad, [1.5])


# -- what cuts off


def test_detach():
    x = Tensor([3.0])
    (x.detach() * x).backward()
    equal(x.grad, [3])
    cut = x.detach()
    (cut * x).backward()
    assert cut.grad is None and cut.requires_grad is False


def test_no_grad():
    x = Tensor([3.0])
    with no_grad():
        y = x * x
        with no_grad():
            pass
        y = y * x
    (y * x).backward()
    equal(x.grad, [27])

    @no_grad()
    def square(a):
        """A square."""
        return a * a

    x.grad = None
    (square(x) * x).backward()
    equal(x.grad, [9])
    assert square.__name__ == "square" and square.__doc__ == "A square."
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    x.grad = None
    (x * x).backward()
    equal(x.grad, [6])


# -- computing before, between and after


def test_item_before_backward():
    x = Tensor([2.0, 3.0])
    h = x * x
    loss = h.sum()
    assert loss.item() == 13
    h.realize()
    loss.backward()
    equal(x.grad, [4, 6])


def test_realizing_parameters_first():
    w = (Tensor.randn(3) * 0.1).realize()
    b = Tensor.zeros(3).realize()
    assert repr(w) and repr(b)
    (w * 2 + b * 3).sum().backward()
    equal(w.grad, [2, 2, 2])
    equal(b.grad, [3, 3, 3])


def test_gradients_realized_in_between_go_on_adding_up():
    x = Tensor([1.0, 2.0])
    for step in range(1, 4):
        (x * x).sum().backward()
        equal(x.grad, 2 * step * x.numpy())


def regression():
    x = RNG.normal(size=(20, 3)).astype(np.float32)
    return x, x @ np.array([[1.0], [-2.0], [0.5]], np.float32) + 0.3


def test_gradient_descent_by_assignment():
    x, y = regression()
    inputs, targets = Tensor(x), Tensor(y)
    w, b = Tensor.randn(3, 1) * 0.01, Tensor.zeros(1)
    first = None
    for _ in range(40):
        w.grad = b.grad = None
        loss = ((inputs @ w + b - targets) ** 2).mean()
        first = first or loss.item()
        loss.backward()
        w.assign(w - 0.2 * w.grad)
        b.assign(b - 0.2 * b.grad)
        w.realize(b)
    assert loss.item() < 1e-3 * first
    equal(w, [[1], [-2], [0.5]], atol=0.05)


def test_gradient_descent_as_in_pytorchs_tutorial():
    x, y = regression()
    inputs, targets = Tensor(x), Tensor(y)
    w, b = Tensor.randn(3, 1, requires_grad=True), Tensor.zeros(1, requires_grad=True)
    for _ in range(40):
        loss = (inputs @ w + b - targets).pow(2).mean()
        loss.backward()
        with no_grad():
            w -= w.grad * 0.2
            b -= b.grad * 0.2
            w.grad.zero_()
            b.grad.zero_()
    assert loss.item() < 1e-3


def test_assignment_keeps_identity_and_passes_no_gradient():
    w, v = Tensor([1.0]), Tensor([5.0])
    assert w.assign(v * 2) is w
    (w * 3).backward()
    equal(w.grad, [3])
    assert v.grad is None
    w.grad = None
    w.assign(w * w)
    (w * 2).backward()
    equal(w.grad, [2])
    equal(w, [100])


# -- higher orders


def test_gradient_returns_graphs():
    x, unused = Tensor([1.0, -2.0, 0.5]), Tensor([1.0])
    y = (x**3).sum()
    (first,) = y.gradient(x)
    (second,) = first.sum().gradient(x)
    (third, zero) = second.sum().gradient(x, unused)
    equal(first, 3 * x.numpy() ** 2)
    equal(second, 6 * x.numpy())
    equal(third, [6, 6, 6])
    equal(zero, [0])
    assert x.grad is None


def test_gradient_of_interior_tensors():
    x = Tensor([2.0])
    y = x * x
    z = y * x
    by_z, by_y, by_x = z.gradient(z, y, x)
    assert (by_z.item(), by_y.item(), by_x.item()) == (1, 2, 12)


def test_a_penalty_on_the_gradient():
    x, w = Tensor([1.0, 2.0]), Tensor([0.5, -1.0])
    (g,) = (w * x * x).sum().gradient(x)
    (g * g).sum().backward()
    equal(w.grad, 8 * w.numpy() * x.numpy() ** 2)


def test_a_hessian():
    a = RNG.normal(size=(3, 3))
    x = Tensor(RNG.normal(size=3))
    (g,) = (x @ Tensor(a) @ x).gradient(x)
    rows = [g[i].gradient(x)[0].numpy() for i in range(3)]
    np.testing.assert_allclose(rows, a + a.T)


# -- layers, by the check


CHECKS = {
    "matmul": lambda x, w: x @ w,
    "softmax": lambda x, w: (x @ w).softmax(-1),
    "log_softmax": lambda x, w: (x @ w).log_softmax(0),
    "layer norm": lambda x, w: (x @ w).layernorm(),
    "gelu": lambda x, w: (x @ w).gelu(),
    "silu": lambda x, w: (x @ w).silu(),
    "mean, var": lambda x, w: x.mean(0) + (x * x).var(0) * w.sum(),
    "norm": lambda x, w: (x @ w).norm(dim=1),
    "logsumexp": lambda x, w: (x @ w).logsumexp(0),
    "indexing": lambda x, w: x[1:, ::-1] @ w[[0, 2, 2, 1]] * x[0, 0],
    "max": lambda x, w: (x @ w).max(1)[0],
    "prod": lambda x, w: x.prod(1) * w.prod(),
    "cumsum, cumprod": lambda x, w: x.cumsum(1).cumprod(0) @ w,
    "transpose, cat": lambda x, w: Tensor.cat(x.T, w, dim=1).transpose(0, 1),
    "convolution": lambda x, w: x.reshape(1, 1, 3, 4).conv2d(w.reshape(2, 1, 2, 2), padding=1),
    "pooling": lambda x, w: x.reshape(1, 1, 3, 4).max_pool2d(2).sum() * w,
    "attention": lambda x, w: (x @ w).scaled_dot_product_attention(x @ w, x @ w * 2),
}


@pytest.mark.parametrize("name", CHECKS)
def test_layers(name):
    x, w = Tensor(RNG.normal(size=(3, 4))), Tensor(RNG.normal(size=(4, 2)))
    assert gradcheck(CHECKS[name], [x, w])
    assert gradgradcheck(CHECKS[name], [x, w], atol=1e-4)


# -- size


def test_a_very_deep_graph():
    x = y = Tensor([1.0])
    for _ in range(100_000):
        y = y + x
    y.backward()
    assert x.grad.shape == (1,)
    (g,) = y.gradient(x)
    assert g.shape == (1,)
    del x, y, g  # and it can be taken down again
    gc.collect()


def test_a_deep_graph_in_numbers():
    x = y = Tensor([0.5])
    for _ in range(1500):
        y = y * x + 1
    y.backward()
    value, slope = 0.5, 1.0
    for _ in range(1500):
        value, slope = value * 0.5 + 1, slope * 0.5 + value
    equal(x.grad, [slope])


def test_dead_tensors_leave_nothing_behind():
    from course_lib.engine.tensor import live_tensors
    from course_lib.engine.uop import _interned

    def step():
        x = Tensor([1.0, 2.0])
        loss = (x * x).tanh().sum()
        loss.backward()
        return x.grad.numpy()

    step()
    gc.collect()
    before = len(live_tensors()), len(_interned)
    for _ in range(5):
        step()
    gc.collect()
    assert (len(live_tensors()), len(_interned)) == before


# -- errors


def test_backward_needs_one_number():
    with pytest.raises(
        RuntimeError, match=r"starts from one number, this has shape \(2,\): take .sum\(\) or .mean\(\)"
    ):
        Tensor([1.0, 2.0]).backward()
    with pytest.raises(RuntimeError, match=r"shape \(0,\)"):
        Tensor.ones(0).backward()
    with pytest.raises(RuntimeError, match=r"shape \(2,\)"):
        Tensor([1.0, 2.0]).gradient(Tensor([1.0]))
    x = Tensor([[2.0]])
    (x * 3).backward()  # one number, whatever its shape
    equal(x.grad, [[3]])


def test_backward_needs_a_fractional_dtype():
    for root in (Tensor([1]), Tensor([True]), Tensor([1.0]) > 0):
        with pytest.raises(RuntimeError, match="fractional dtype.*this one is (int64|bool)"):
            root.backward()


def test_a_gradient_of_another_shape():
    with pytest.raises(ShapeError, match=r"shape \(3,\) does not belong to a tensor of shape \(2,\)"):
        Tensor([1.0, 2.0]).backward(Tensor([1.0, 2.0, 3.0]))


def test_whole_numbers_cannot_require_gradients():
    with pytest.raises(TypeError, match="int64"):
        Tensor([1, 2], requires_grad=True)
    with pytest.raises(TypeError, match="bool"):
        Tensor([True]).requires_grad_()
    assert Tensor([1]).requires_grad_(False).requires_grad is False


def test_the_place_of_a_maximum_is_found_again_in_another_kernel():
    """Rounding must not depend on the kernel: the gradient compares values with their maximum, computed elsewhere."""
    rng = np.random.default_rng(0)
    for shape in [(50,), (30, 7), (4, 5, 6)]:
        x, y = (Tensor(rng.standard_normal(shape).astype(np.float32)).realize() for _ in range(2))
        largest = (x * 1.7 + y * 0.3).amax(-1)
        (gradient,) = largest.sum().gradient(x)
        largest.realize()
        np.testing.assert_allclose(gradient.sum(-1).numpy(), np.full(shape[:-1], 1.7), rtol=1e-6)


def test_a_view_is_not_assigned_to():
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(RuntimeError, match=r"x\[i, j\] = value"):
        x[0].assign(Tensor([5.0, 6.0]))
    x[0] += 1
    assert x.tolist() == [[2.0, 3.0], [3.0, 4.0]]
    own = x.T.clone()
    assert own.assign(Tensor.zeros(2, 2)).tolist() == [[0.0, 0.0], [0.0, 0.0]] and x.tolist()[1] == [3.0, 4.0]


def test_backward_of_what_was_computed_without_gradients_is_refused():
    w = Tensor([1.0, 2.0])
    with no_grad():
        loss = (w * 2).sum()
    with pytest.raises(RuntimeError, match="no_grad"):
        loss.backward()
