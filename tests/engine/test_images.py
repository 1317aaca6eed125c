"""What makes networks that see images fast, and that it changes no number: edges, pooling, channels last."""

from dataclasses import replace
from math import prod

import numpy as np
import pytest

from course_lib import Device, Tensor
from course_lib.engine.passes import contract, edges, strided, vectors

from .checking import needs_c, numbers

pytestmark = needs_c


def gradients(function, arrays, device):
    """The gradients of a function, each result weighed differently."""
    tensors = [Tensor(array, device=device, requires_grad=True) for array in arrays]
    result = function(*tensors)
    weights = Tensor(numbers(*result.shape, seed=9), device=device)
    found = (result * weights).sum().gradient(*tensors)
    found[0].realize(*found[1:])
    return found


def check(function, arrays, tolerance=2e-5):
    """The C device against NumPy."""
    for found, wanted in zip(*(gradients(function, arrays, device) for device in ("C", "NUMPY"))):
        wanted = wanted.numpy()
        np.testing.assert_allclose(found.numpy(), wanted, tolerance, tolerance * np.abs(wanted).max())


CONVOLUTIONS = [
    ((8, 16, 6, 5), (20, 16, 3, 3), {}),
    ((9, 20, 5, 7), (16, 20, 2, 4), {}),
    ((17, 32, 6, 6), (33, 32, 3, 3), {"padding": 1}),
    ((8, 16, 7, 6), (16, 16, 3, 2), {"padding": 2}),
    ((10, 32, 9, 8), (18, 32, 3, 3), {"dilation": 2}),
    ((8, 16, 4, 4), (24, 16, 4, 4), {}),
    ((8, 16, 9), (16, 16, 5), {}),
    ((8, 16, 9, 8), (16, 16, 3, 3), {"stride": 2}),
    ((8, 16, 9, 8), (17, 16, 3, 4), {"stride": (2, 3), "padding": 1}),
    ((3, 16, 11, 9), (16, 16, 3, 3), {"stride": 2, "dilation": 3}),
    ((8, 16, 9, 9), (16, 16, 3, 3), {"stride": 2, "dilation": 2}),
    ((8, 16, 7, 8), (16, 16, 1, 2), {"stride": 3}),
    ((8, 32, 5, 5), (300, 32, 3, 3), {}),  # too much for one panel
]


def two_convolutions(options):
    """The second one's gradient goes on to the first: in between, nobody sees how it lies in memory."""

    def network(x, v, w):
        method = f"conv{len(x.shape) - 2}d"
        return getattr(getattr(x, method)(v), method)(w, **options).square()

    return network


def arrays_for(shape, kernel):
    images, channels, *sizes = shape
    return [numbers(images, 2, *sizes), numbers(channels, 2, *[1] * len(sizes), seed=1), numbers(*kernel, seed=2)]


@pytest.mark.parametrize("lanes", [4, 8, 16])
@pytest.mark.parametrize("shape, kernel, options", CONVOLUTIONS)
def test_gradients_at_edges(shape, kernel, options, lanes, monkeypatch):
    monkeypatch.setattr(vectors, "lanes", lambda: lanes)
    check(two_convolutions(options), arrays_for(shape, kernel))


@pytest.mark.parametrize("images, limits", [(16, 2), (4, 0)])
def test_only_what_is_inside_is_added_up(images, limits):
    """For many images tiles are made of one pixel of several, and no zeros are copied around any; for few they are."""
    x, v, w = map(Tensor, arrays_for((images, 16, 6, 6), (20, 16, 3, 3)))
    v.requires_grad = True
    (gradient,) = two_convolutions({})(x, v, w).sum().gradient(v)
    programs = [item.program for item in gradient.schedule()]
    found = [sum for sum in map(contract.find, programs) if sum is not None]
    assert max(len(edges.limits_of_k(sum)) for sum in found) == limits
    assert any("copy_" in Device["C"].source(program, "0") for program in programs) == (limits == 0)


def test_strides_leave_no_gaps_in_sums():
    """A gradient with a stride along two axes is four sums of products, in none of which there is a remainder."""
    x, v, w = map(Tensor, arrays_for((8, 16, 9, 8), (16, 16, 3, 3)))
    v.requires_grad = True
    (gradient,) = two_convolutions({"stride": 2})(x, v, w).sum().gradient(v)
    (item,) = [item for item in gradient.schedule() if item.kernel.outputs[0][0].shape == (8, 16, 9, 8, 1)]
    nests = strided.by_stride(item.program.nests[0])
    products = [contract.find(replace(item.program, nests=[nest])) for nest in nests]
    assert [[axis.size for axis in found.k] for found in products] == [[2, 2, 16], [2, 16], [2, 16], [16]]
    assert sum(prod(loop.arg[1] for loop in nest.loops) for nest in nests) == 8 * 16 * 9 * 8


def test_what_is_not_added_may_be_infinite():
    x, v, w = arrays_for((8, 20, 5, 5), (20, 16, 3, 3))
    w[:, :, 0, 0] = np.inf
    tensors = ([Tensor(array, device=device) for array in (x, v, w)] for device in ("C", "NUMPY"))
    found, wanted = (x.conv2d(v).conv_transpose2d(w).max_pool2d(2, stride=1).isfinite() for x, v, w in tensors)
    assert any((sum := contract.find(item.program)) and edges.limits_of_k(sum) for item in found.schedule())
    np.testing.assert_array_equal(found.numpy(), wanted.numpy())
    assert wanted.numpy().any()


@pytest.mark.parametrize("size", [(12, 12), (11, 9), (5, 6)])
@pytest.mark.parametrize("options", [{}, {"kernel_size": (1, 3)}, {"stride": 1}, {"kernel_size": 3, "padding": 1}])
def test_pooling_between_convolutions(size, options):
    pooling = {"kernel_size": 2, **options}

    def network(x, v, b, w):
        return x.conv2d(v, b).relu().max_pool2d(**pooling).conv2d(w).relu()

    arrays = [numbers(8, 2, *size), numbers(16, 2, 1, 2, seed=1), numbers(16, seed=2), numbers(17, 16, 1, 1, seed=3)]
    check(network, arrays)


def test_equal_numbers_share_a_gradient():
    x = np.repeat(np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4) // 3, 8, 0)
    check(lambda x: x.max_pool2d(2), [x])


def test_the_four_pixels_of_a_window_are_written_together():
    """How many are the largest is counted where the gradient is shared out, once for all four."""
    x, w = Tensor(numbers(8, 3, 10, 10)), Tensor(numbers(32, 3, 3, 3, seed=1), requires_grad=True)
    (gradient,) = x.conv2d(w).relu().max_pool2d(2).sum().gradient(w)
    items = [item for item in gradient.schedule() if item.kernel.outputs[0][0].shape == (8, 32, 8, 8)]
    text = Device["C"].source(items[-1].program, "0")
    assert text.count("p0[") == 4 and text.count(" / ") == 1


def test_what_leaves_channels_last_is_written_channel_by_channel():
    """A result keeps its layout, but the loops follow that of what is read."""
    x, w = Tensor(numbers(8, 3, 12, 12)), Tensor(numbers(32, 3, 3, 3, seed=1))
    pooled = x.conv2d(w).relu().max_pool2d(2)
    *_, item = pooled.schedule()
    assert item.kernel.last_loop == 1 and not any(node in item.kernel.fastest for node, _ in item.kernel.outputs)
    wanted = Tensor(x.numpy(), device="NUMPY").conv2d(Tensor(w.numpy(), device="NUMPY")).relu().max_pool2d(2)
    np.testing.assert_allclose(pooled.numpy(), wanted.numpy(), rtol=1e-4, atol=1e-5)


def test_sums_over_what_other_kernels_have_added_up_share_their_loops():
    """As in the gradient of batch norm: one loop reads everything once for both sums."""
    x, v, y = (Tensor(numbers(*shape)) for shape in [(4, 2, 5, 5), (8, 2, 2, 2), (4, 8, 4, 4)])
    y = y.contiguous().realize()
    first, second = (x.conv2d(v) * y).sum((0, 2, 3)), y.sum((0, 2, 3))
    *_, item = first.schedule(second)
    assert len(item.kernel.outputs) == 2
    assert item.cost.reads == 2 * y.numel()


# -- what looks like a stride but is none, and bounds of which there are two


def agree(function, *arrays, tolerance=1e-4):
    results = []
    for name in ("C", "NUMPY"):
        results.append(function(*(Tensor(a, device=name, requires_grad=True) for a in arrays)).numpy())
    size = np.abs(results[1][np.isfinite(results[1])]).max()
    np.testing.assert_allclose(*results, rtol=tolerance, atol=tolerance * size)


# A turn in which a condition makes one factor zero may be left out as long as the other is finite: nothing is added
# either way. So the next two fail only if remainders count that are in no condition of a sum or of a factor at all.
def test_a_remainder_in_an_index_leaves_no_turn_out():
    x, w = numbers(4, 16, 3), numbers(32, 16, 5, seed=1)
    agree(lambda x, w: x.repeat(1, 1, 10).conv1d(w).permute(0, 2, 1).contiguous(), x, w)


def test_a_remainder_that_only_part_of_a_sum_depends_on():
    """The gradient of pooling with stride 3 is an addend beside others of the products' factors."""
    x, w, v = numbers(5, 16, 12), numbers(32, 16, 4, seed=1), numbers(1, 32, 5, seed=2)

    def gradient(x, w, v):
        y = x.conv1d(w, padding=1).conv1d(v, padding=1).avg_pool1d(2, 3, 1)
        return y.square().sum().gradient(x)[0]

    agree(gradient, x, w, v)


def test_a_stride_within_padding():
    """Places have to lie inside both what the stride and what the padding leaves."""
    x, w, v, u = numbers(8, 32, 12), numbers(16, 16, 3, seed=1), numbers(16, 1, 1, seed=2), numbers(16, 1, 4, seed=3)

    def gradient(x, w, v, u):
        y = x.conv1d(w, stride=2, dilation=3, groups=2).conv1d(v, padding=1, dilation=2, groups=16)
        return y.conv1d(u, groups=16).square().sum().gradient(x)[0]

    agree(gradient, x, w, v, u)


def test_infinite_weights_meet_no_zeros_between_strides():
    x, w = numbers(3, 32, 6, 7), numbers(32, 2, 2, 3, seed=1)
    w[3, 1, 0, 2] = np.inf
    weights = numbers(3, 2, 4, 15, seed=2)
    agree(lambda x, w: (x.conv_transpose2d(w, stride=2)[:, :, ::3] * weights).sum().gradient(x)[0], x, w)


def test_two_arrays_that_take_turns():
    """Where one of them leaves a gap the other does not."""
    x, y, w = numbers(8, 16, 6), numbers(8, 16, 6, seed=1), numbers(4, 16, 3, seed=2)
    agree(lambda x, y, w: Tensor.stack(x, y, dim=-1).flatten(2).conv1d(w, stride=3, dilation=3, padding=1), x, y, w)


def windows_of_products(step, size, value):
    """Products, so many in a row and then numbers up to the next step, seen through windows of three."""

    def function(x, w):
        products = (x.unsqueeze(1) * w.unsqueeze(-1)).unflatten(-1, (-1, size))
        return products.pad(((0, 0),) * 4 + ((0, step - size),), value=value).flatten(3).unfold(3, 3, 1)

    return function


@pytest.mark.parametrize("step, size, value", [(2, 1, 1.0), (3, 2, 0.0)])
def test_gaps_that_hold_numbers_and_steps_that_have_several(step, size, value):
    windows = windows_of_products(step, size, value)
    agree(lambda x, w: windows(x, w).sum((2, 4)), numbers(8, 16, 12), numbers(9, 16, seed=1))


def test_zeros_in_gaps_may_be_the_largest():
    windows = windows_of_products(3, 1, 0.0)
    agree(lambda x, w: windows(x, w).amax(-1).sum(2), numbers(8, 16, 12), numbers(9, 16, seed=1))


def test_of_two_bounds_the_tighter_counts():
    """Here the looser comes first, in the test of a stride within padding the tighter."""
    x, w = numbers(8, 4, 11), numbers(8, 4, 3, seed=1)
    agree(lambda x, w: x.conv1d(w, stride=3, dilation=2)[..., ::3].square().sum().gradient(x)[0], x, w)


def test_what_only_one_factor_needs_not_lie_inside_of():
    x, w, u = numbers(8, 16, 7), numbers(8, 8, 3, seed=1), numbers(8, 8, 7, seed=2)

    def gradient(x, w, u):
        return (x.conv1d(w, stride=2, groups=2).pad(((0, 0), (0, 0), (1, 3))) * u).sum().gradient(x)[0]

    agree(gradient, x, w, u)


def test_infinite_weights_meet_the_zeros_of_padding():
    x, v, w = arrays_for((16, 16, 6, 6), (9, 16, 3, 3))
    w[3, 1, 0, 0] = np.inf
    with np.errstate(invalid="ignore"):
        agree(lambda x, v, w: x.conv2d(v).conv2d(w, padding=1).max_pool2d(2, stride=1), x, v, w)
