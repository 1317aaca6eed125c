"""Convolution, pooling and resizing against loops in NumPy."""

import itertools

import numpy as np
import pytest
from scipy import signal

from course_lib import Tensor, dtypes
from course_lib.engine.gradcheck import gradcheck
from course_lib.engine.strides import ShapeError


def draw(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def slow_windows(x, kernel, stride, dilation):
    """All windows over the last axes of an array, and where each stands: (position, window) one after the other."""
    count = len(kernel)
    lengths = x.shape[-count:]
    outs = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(lengths, kernel, stride, dilation)]
    for place in itertools.product(*map(range, outs)):
        cut = [slice(p * s, p * s + d * (k - 1) + 1, d) for p, s, d, k in zip(place, stride, dilation, kernel)]
        yield outs, place, x[(..., *cut)]


def slow_conv(x, w, bias, stride, padding, dilation, groups):
    count = w.ndim - 2
    x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)])
    out = None
    for outs, place, window in slow_windows(x, w.shape[2:], stride, dilation):
        if out is None:
            out = np.zeros((len(x), len(w), *outs))
        inputs, outputs = x.shape[1] // groups, len(w) // groups
        for group in range(groups):
            seen = window[:, group * inputs : (group + 1) * inputs].reshape(len(x), -1)
            factors = w[group * outputs : (group + 1) * outputs].reshape(outputs, -1)
            out[(slice(None), slice(group * outputs, (group + 1) * outputs), *place)] = seen @ factors.T
    return out + bias.reshape(-1, *(1,) * count)


CASES = [
    ((2, 3, 7), (4, 3, 3), (1,), (0,), (1,), 1),
    ((2, 4, 9), (6, 2, 3), (2,), (1,), (2,), 2),
    ((2, 3, 5, 6), (4, 3, 2, 3), (1, 1), (0, 0), (1, 1), 1),
    ((2, 4, 7, 6), (6, 2, 3, 2), (2, 3), (1, 2), (2, 1), 2),
    ((1, 3, 4, 4), (3, 1, 2, 2), (1, 1), (0, 0), (1, 1), 3),
    ((1, 1, 1, 1), (1, 1, 1, 1), (1, 1), (0, 0), (1, 1), 1),
    ((2, 2, 3, 4, 5), (3, 2, 2, 1, 3), (1, 2, 1), (1, 0, 1), (1, 1, 2), 1),
]


@pytest.mark.parametrize("shape, kernel, stride, padding, dilation, groups", CASES)
def test_convolution(shape, kernel, stride, padding, dilation, groups):
    x, w, b = draw(*shape), draw(*kernel, seed=1), draw(kernel[0], seed=2)
    method = f"conv{len(shape) - 2}d"
    got = getattr(Tensor(x), method)(Tensor(w), Tensor(b), stride, padding, dilation, groups)
    np.testing.assert_allclose(got.numpy(), slow_conv(x, w, b, stride, padding, dilation, groups), atol=1e-12)
    one = getattr(Tensor(x[0]), method)(Tensor(w), Tensor(b), stride, padding, dilation, groups)
    np.testing.assert_allclose(one.numpy(), got.numpy()[0], atol=1e-12)


@pytest.mark.parametrize("shape, kernel, stride, padding, dilation, groups", CASES)
def test_the_transpose_is_the_adjoint(shape, kernel, stride, padding, dilation, groups):
    """<conv(x), y> = <x, conv_transpose(y)>: that is what a transpose is."""
    count = len(shape) - 2
    x, w = draw(*shape), draw(*kernel, seed=1)
    there = getattr(Tensor(x), f"conv{count}d")(Tensor(w), None, stride, padding, dilation, groups).numpy()
    y = draw(*there.shape, seed=3)
    lost = [
        (n + 2 * p - d * (k - 1) - 1) % s for n, p, d, k, s in zip(shape[2:], padding, dilation, kernel[2:], stride)
    ]
    back = getattr(Tensor(y), f"conv_transpose{count}d")(Tensor(w), None, stride, padding, lost, groups, dilation)
    assert back.shape == x.shape
    np.testing.assert_allclose((there * y).sum(), (x * back.numpy()).sum(), rtol=1e-10)


def test_against_scipy():
    x, w = draw(9, 8), draw(3, 2, seed=1)
    got = Tensor(x[None, None]).conv2d(Tensor(w[None, None])).numpy()[0, 0]
    np.testing.assert_allclose(got, signal.correlate2d(x, w, "valid"), atol=1e-12)
    back = Tensor(x[None, None]).conv_transpose2d(Tensor(w[None, None])).numpy()[0, 0]
    np.testing.assert_allclose(back, signal.convolve2d(x, w, "full"), atol=1e-12)
    same = Tensor(x[None, None]).conv2d(Tensor(w[None, None]), padding="same")
    assert same.shape == (1, 1, 9, 8)


def test_convolution_is_a_small_graph():
    uop = Tensor(draw(2, 4, 9, 9)).conv2d(Tensor(draw(6, 4, 3, 3)), Tensor(draw(6)), padding=1).uop
    nodes = [node for node in uop.toposort() if node.op.name not in ("BUFFER", "CONST")]
    assert len(nodes) <= 13, uop


def test_convolution_of_other_dtypes():
    x, w = np.arange(12).reshape(1, 1, 3, 4), np.array([[[[1, 2], [-3, 4]]]])
    whole = Tensor(x).conv2d(Tensor(w))
    assert whole.dtype is dtypes.int64
    np.testing.assert_array_equal(whole.numpy()[0, 0], signal.correlate2d(x[0, 0], w[0, 0], "valid"))
    half = Tensor(draw(2, 3, 5, 5), dtype=dtypes.half), Tensor(draw(4, 3, 3, 3), dtype=dtypes.half)
    got, exact = half[0].conv2d(half[1]), half[0].double().conv2d(half[1].double())
    assert got.dtype is dtypes.half
    np.testing.assert_allclose(got.numpy(), exact.numpy(), rtol=1e-3, atol=1e-3)


def test_nothing_to_convolve():
    w = Tensor(draw(2, 3, 2, 2))
    assert Tensor(np.zeros((0, 3, 4, 5))).conv2d(w, Tensor(draw(2))).numpy().shape == (0, 2, 3, 4)
    np.testing.assert_array_equal(Tensor(np.zeros((1, 0, 2, 2))).conv2d(Tensor(np.zeros((2, 0, 1, 1)))).numpy(), 0)


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda x, w: x.conv2d(w[:, :2]), ShapeError, "2 channels.*has 3"),
        (lambda x, w: x[0, 0].conv2d(w), ShapeError, r"\(5, 6\)"),
        (lambda x, w: x.conv2d(w[0]), ShapeError, r"\(3, 2, 2\)"),
        (lambda x, w: x.conv2d(w, groups=3), ValueError, "3 groups"),
        (lambda x, w: x.conv2d(w, groups=2), ShapeError, "6 channels"),
        (lambda x, w: x.conv2d(w, stride=0), ValueError, "stride.*0"),
        (lambda x, w: x.conv2d(w, stride=(1, 2, 3)), ValueError, r"stride.*\(1, 2, 3\)"),
        (lambda x, w: x.conv2d(w, padding=-1), ValueError, "padding.*-1"),
        (lambda x, w: x.conv2d(w, padding=(1, 0, -1, 0)), ValueError, "padding.*-1"),
        (lambda x, w: x.conv2d(w, padding=(1, 0, 1)), ValueError, r"padding.*\(1, 0, 1\)"),
        (lambda x, w: x.conv2d(w, padding="same", stride=2), ValueError, "stride 1, not 2"),
        (lambda x, w: x.conv2d(w, padding="full"), ValueError, "full"),
        (lambda x, w: x.conv2d(w, dilation=5), ShapeError, r"\(2, 2\).*\(5, 6\)"),
        (lambda x, w: x.conv2d(w.half()), TypeError, "float64, float16"),
        (lambda x, w: x.conv2d(w, w[0, 0, 0]), ShapeError, r"\(4,\).*\(2,\)"),
        (lambda x, w: x.conv_transpose2d(w), ShapeError, "4 channels.*has 3"),
        (lambda x, w: x.conv_transpose2d(w[:3], output_padding=1), ValueError, "output_padding 1"),
        (lambda x, w: x.conv_transpose2d(w[:3], padding=4), ShapeError, "nothing is left"),
        (lambda x, w: x.max_pool2d(0), ValueError, "kernel_size.*0"),
        (lambda x, w: x.max_pool2d(2, padding=2), ValueError, "half"),
        (lambda x, w: x.max_pool2d(2, padding=(0, 2, 0, 0)), ValueError, "half"),
        (lambda x, w: x.max_pool2d(7), ShapeError, r"\(7, 7\).*\(5, 6\)"),
        (lambda x, w: x[0, 0].max_pool2d(2), ShapeError, r"\(5, 6\)"),
        (lambda x, w: x.long().avg_pool2d(2), TypeError, "int64"),
        (lambda x, w: x.long().adaptive_avg_pool2d(4), TypeError, "int64"),
        (lambda x, w: x.avg_pool2d(2, divisor_override=0), ValueError, "0"),
        (lambda x, w: x.adaptive_avg_pool2d((2, 3, 4)), ValueError, r"\(2, 3, 4\)|\[2, 3, 4\]"),
        (lambda x, w: x.interpolate(), ValueError, "size or scale_factor"),
        (lambda x, w: x.interpolate(size=3, scale_factor=2), ValueError, "size or scale_factor"),
        (lambda x, w: x.interpolate(size=3, mode="cubic"), ValueError, "cubic"),
        (lambda x, w: x.interpolate(size=3, mode="trilinear"), ShapeError, "3 spatial"),
        (lambda x, w: x.interpolate(size=3, mode="nearest", align_corners=True), ValueError, "align_corners"),
        (lambda x, w: x.interpolate(scale_factor=0.1), ValueError, "size"),
        (lambda x, w: x.interpolate(scale_factor=(1.0, 2.0, 3.0)), ValueError, r"scale_factor.*\(1.0, 2.0, 3.0\)"),
        (lambda x, w: x.conv2d(w, padding=1.5), ValueError, "padding.*1.5"),
        (lambda x, w: x.long().interpolate(size=3, mode="bilinear"), TypeError, "int64"),
        (lambda x, w: x.pixel_shuffle(2), ShapeError, r"\(2, 3, 5, 6\)"),
        (lambda x, w: x.pixel_unshuffle(2), ShapeError, r"\(2, 3, 5, 6\)"),
    ],
)
def test_refused_at_the_call(call, error, words):
    with pytest.raises(error, match=words):
        call(Tensor(draw(2, 3, 5, 6)), Tensor(draw(4, 3, 2, 2)))


@pytest.mark.parametrize("padding", [(1, 0, 2, 3), (0, 2, 0, 0), [0, 0, 1, 0]])
def test_different_padding_on_each_side(padding):
    left, right, top, bottom = padding
    x, w = draw(2, 3, 5, 6), draw(4, 3, 2, 2)
    around = np.pad(x, [(0, 0), (0, 0), (top, bottom), (left, right)])
    expected = slow_conv(around, w, np.zeros(4), (2, 1), (0, 0), (1, 1), 1)
    np.testing.assert_allclose(Tensor(x).conv2d(Tensor(w), None, (2, 1), padding).numpy(), expected, atol=1e-12)
    line = Tensor(x[:, :, 0]).conv1d(Tensor(w[:, :, 0]), padding=(left, right))
    ends = Tensor(np.pad(x[:, :, 0], [(0, 0), (0, 0), (left, right)])).conv1d(Tensor(w[:, :, 0]))
    np.testing.assert_allclose(line.numpy(), ends.numpy(), atol=1e-12)
    gradcheck(lambda a, b: a.conv2d(b, padding=padding), [Tensor(x[:1]), Tensor(w[:2])])


# -- pooling


@pytest.mark.parametrize("counted", [True, False])
def test_pools_with_different_padding_on_each_side(counted):
    x = draw(2, 3, 5, 6)
    around = np.pad(x, [(0, 0), (0, 0), (0, 1), (2, 1)], constant_values=-np.inf)
    highest = Tensor(x).max_pool2d((2, 4), 1, (2, 1, 0, 1)).numpy()
    np.testing.assert_array_equal(highest, Tensor(around).max_pool2d((2, 4), 1).numpy())
    zeros, ones = np.where(np.isinf(around), 0, around), np.where(np.isinf(around), float(counted), 1)
    mean = Tensor(x).avg_pool2d((2, 4), 1, (2, 1, 0, 1), count_include_pad=counted).numpy()
    share = Tensor(zeros).avg_pool2d((2, 4), 1).numpy() / Tensor(ones).avg_pool2d((2, 4), 1).numpy()
    np.testing.assert_allclose(mean, share, atol=1e-12)
    over = Tensor(x).avg_pool2d((2, 4), 3, (2, 1, 0, 1), ceil_mode=True, count_include_pad=counted)
    assert over.shape == (2, 3, 2, 3)  # a third row would begin in the padding


@pytest.mark.parametrize(
    "kernel, stride, padding, dilation",
    [((2, 2), (2, 2), (0, 0), (1, 1)), ((3, 2), (1, 3), (1, 1), (1, 2)), ((1, 4), (2, 1), (0, 2), (1, 1))],
)
def test_pools(kernel, stride, padding, dilation):
    x = draw(2, 3, 7, 8)
    for value, call, reduce in [
        (-np.inf, lambda t: t.max_pool2d(kernel, stride, padding, dilation), np.max),
        (0.0, lambda t: t.avg_pool2d(kernel, stride, padding), np.mean),
    ]:
        padded = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)], constant_values=value)
        gaps = dilation if reduce is np.max else (1, 1)
        got = call(Tensor(x)).numpy()
        for outs, place, window in slow_windows(padded, kernel, stride, gaps):
            assert got.shape[2:] == tuple(outs)
            np.testing.assert_allclose(got[(..., *place)], reduce(window, axis=(2, 3)), atol=1e-12)


def test_pools_default_to_pairs_and_take_other_ranks():
    x = np.arange(16.0).reshape(1, 4, 4)
    assert Tensor(x).max_pool2d().tolist() == [[[5.0, 7.0], [13.0, 15.0]]]
    assert Tensor(x).avg_pool2d().tolist() == [[[2.5, 4.5], [10.5, 12.5]]]
    assert Tensor(x).max_pool1d().shape == (1, 4, 2)
    assert Tensor(x.reshape(1, 2, 2, 4)).max_pool3d().tolist() == [[[[13.0, 15.0]]]]


def test_indices_count_over_the_plane():
    x = draw(2, 3, 5, 7)
    values, indices = Tensor(x).max_pool2d((2, 3), stride=(1, 2), padding=(1, 1), return_indices=True)
    assert indices.dtype is dtypes.int64
    flat = x.reshape(2, 3, -1)
    picked = np.take_along_axis(flat, indices.numpy().reshape(2, 3, -1), 2)
    np.testing.assert_array_equal(picked, values.numpy().reshape(2, 3, -1))
    x = np.array([[[-np.inf, -np.inf, np.nan, 1.0, 5.0, 5.0]]])
    values, indices = Tensor(x).max_pool1d(2, return_indices=True)
    np.testing.assert_array_equal(values.numpy(), [[[-np.inf, np.nan, 5.0]]])
    assert indices.tolist() == [[[0, 2, 4]]]


def test_what_avg_pool_counts():
    x = Tensor([[1.0, 2.0, 3.0, 4.0, 5.0]])
    assert x.avg_pool1d(2, ceil_mode=True).tolist() == [[1.5, 3.5, 5.0]]
    assert x.avg_pool1d(3, padding=1, count_include_pad=True).tolist() == [[1.0, 4.0]]
    assert x.avg_pool1d(3, padding=1, count_include_pad=False).tolist() == [[1.5, 4.0]]
    assert x.unsqueeze(0).avg_pool2d((1, 2), divisor_override=4).tolist() == [[[0.75, 1.75]]]


@pytest.mark.parametrize("sizes", [(1, 1), (7, 4), (3, 5), (9, 2), (14, 8)])
def test_adaptive_pools(sizes):
    x = draw(2, 3, 7, 4)
    averages, largest = np.zeros((2, 3, *sizes)), np.zeros((2, 3, *sizes))
    for i, j in itertools.product(*map(range, sizes)):
        rows = slice(i * 7 // sizes[0], -(-(i + 1) * 7 // sizes[0]))
        columns = slice(j * 4 // sizes[1], -(-(j + 1) * 4 // sizes[1]))
        averages[..., i, j] = x[..., rows, columns].mean((2, 3))
        largest[..., i, j] = x[..., rows, columns].max((2, 3))
    np.testing.assert_allclose(Tensor(x).adaptive_avg_pool2d(sizes).numpy(), averages, atol=1e-12)
    np.testing.assert_allclose(Tensor(x).adaptive_max_pool2d(sizes).numpy(), largest, atol=1e-12)


def test_infinity_stays_in_its_stretch():
    x = np.array([[1.0, np.inf, 2.0, 3.0, 4.0]])
    np.testing.assert_array_equal(Tensor(x).adaptive_avg_pool1d(2).numpy(), [[np.inf, 3.0]])


# -- resizing


@pytest.mark.parametrize("new", [1, 3, 5, 7, 10])
def test_linear_interpolation_is_numpys(new):
    x = draw(2, 3, 5)
    centres = np.clip((np.arange(new) + 0.5) * 5 / new - 0.5, 0, 4)
    corners = np.linspace(0, 4, new)
    for places, align in ((centres, False), (corners, True)):
        expected = np.array([[np.interp(places, np.arange(5), row) for row in image] for image in x])
        got = Tensor(x).interpolate(new, mode="linear", align_corners=align).numpy()
        np.testing.assert_allclose(got, expected, atol=1e-12)


def test_nearest_takes_elements():
    x = draw(1, 2, 3, 4)
    twice = Tensor(x).interpolate(scale_factor=2).numpy()
    np.testing.assert_array_equal(twice, x.repeat(2, 2).repeat(2, 3))
    less = Tensor(x).interpolate((2, 3)).numpy()
    np.testing.assert_array_equal(less, x[:, :, [0, 1]][:, :, :, [0, 1, 2]])
    exact = Tensor(x).interpolate((2, 3), mode="nearest-exact").numpy()
    np.testing.assert_array_equal(exact, x[:, :, [0, 2]][:, :, :, [0, 2, 3]])
    whole = Tensor(np.arange(4).reshape(1, 1, 4)).interpolate(6)
    assert whole.dtype is dtypes.int64 and whole.tolist() == [[[0, 0, 1, 2, 2, 3]]]


def test_bicubic_weighs_four_neighbours():
    def weight(d, a=-0.75):
        d = abs(d)
        near = (a + 2) * d**3 - (a + 3) * d**2 + 1
        return near if d <= 1 else a * (d**3 - 5 * d**2 + 8 * d - 4) if d < 2 else 0.0

    x = draw(1, 1, 5, 4)
    matrices = []
    for old, new in ((5, 7), (4, 3)):
        matrix = np.zeros((new, old))
        for i in range(new):
            place = (i + 0.5) * old / new - 0.5
            for j in range(int(np.floor(place)) - 1, int(np.floor(place)) + 3):
                matrix[i, min(max(j, 0), old - 1)] += weight(place - j)
        matrices.append(matrix)
    got = Tensor(x).interpolate((7, 3), mode="bicubic").numpy()[0, 0]
    np.testing.assert_allclose(got, matrices[0] @ x[0, 0] @ matrices[1].T, atol=1e-12)
    np.testing.assert_allclose(Tensor(np.ones((1, 1, 3, 3))).interpolate(7, mode="bicubic").numpy(), 1, atol=1e-12)


def test_pixel_shuffle():
    x = np.arange(2 * 8 * 3 * 5).reshape(2, 8, 3, 5)
    got = Tensor(x).pixel_shuffle(2).numpy()
    for c, h, w in itertools.product(range(2), range(6), range(10)):
        np.testing.assert_array_equal(got[:, c, h, w], x[:, c * 4 + h % 2 * 2 + w % 2, h // 2, w // 2])
    np.testing.assert_array_equal(Tensor(got).pixel_unshuffle(2).numpy(), x)
    assert Tensor(x[:0]).pixel_shuffle(2).pixel_unshuffle(2).shape == (0, 8, 3, 5)


@pytest.mark.parametrize(
    "function, shapes",
    [
        (lambda x, w, b: x.conv2d(w, b, stride=2, padding=1, groups=2), [(2, 4, 5, 4), (4, 2, 3, 2), (4,)]),
        (lambda x, w: x.conv_transpose1d(w, stride=2, padding=1, output_padding=1), [(2, 3, 3), (3, 2, 3)]),
        (lambda x: x.max_pool2d(2, 1, 1), [(2, 1, 4, 3)]),
        (lambda x: x.avg_pool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), [(1, 2, 5, 4)]),
        (lambda x: x.adaptive_avg_pool1d(3), [(2, 5)]),
        (lambda x: x.adaptive_max_pool1d(3), [(2, 5)]),
        (lambda x: x.interpolate((3, 5), mode="bicubic"), [(1, 1, 4, 3)]),
        (lambda x: x.interpolate(7), [(1, 2, 5)]),
    ],
)
def test_gradients(function, shapes):
    gradcheck(function, [Tensor(draw(*shape, seed=i)) for i, shape in enumerate(shapes)])


# -- positions of the largest, and windows as large as their input


@pytest.mark.parametrize("size", [(2, 3), (3, 4), (5, 7)])
def test_adaptive_max_pool_knows_where(size):
    x = np.random.default_rng(3).permutation(2 * 3 * 5 * 7).reshape(2, 3, 5, 7).astype(np.float32)
    values, places = Tensor(x).adaptive_max_pool2d(size, return_indices=True)
    flat = np.take_along_axis(x.reshape(2, 3, -1), places.numpy().reshape(2, 3, -1), -1)
    np.testing.assert_array_equal(flat.reshape(2, 3, *size), values.numpy())
    np.testing.assert_array_equal(Tensor(x).adaptive_max_pool2d(size).numpy(), values.numpy())


def test_of_equal_numbers_the_first_in_the_plane():
    x = Tensor.zeros(1, 5, 5)
    _, places = x.adaptive_max_pool2d(2, return_indices=True)
    assert places.tolist() == [[[0, 2], [10, 12]]]


@pytest.mark.parametrize("stride", [1, 2])
def test_a_window_as_large_as_its_input(stride):
    """Its gradient is the weight, moved nowhere: a sum of products in which almost every term is outside."""
    x, weight = draw(1, 1, 4, 4, 4).astype(np.float32), draw(1, 1, 4, 4, 4, seed=1).astype(np.float32)
    image, factor = Tensor(x), Tensor(np.full((1, 1, 1, 1, 1), 2.0, np.float32))
    (found,) = image.conv3d(Tensor(weight), stride=stride).gradient(image, gradient=factor)
    np.testing.assert_allclose(found.numpy(), 2 * weight, rtol=1e-5)


def test_a_gradient_that_is_needed_twice_and_added_up_over_windows(compiled):
    """Sums of a convolution's gradient, which has memory of its own, are no part of that product."""
    table, kernel = draw(5, 65).astype(np.float32), draw(3, 1, 2, 3, seed=1).astype(np.float32)

    def gradient(device):
        x = Tensor(table, device=device, requires_grad=True)
        both = x.sum(1) + x.amin(0).unfold(0, 5, 1)
        y = both.reshape(1, 1, 61, 5).conv2d(Tensor(kernel, device=device), stride=(1, 2), padding=1)
        return y.square().sum().gradient(x)[0].numpy()

    np.testing.assert_allclose(gradient(compiled), gradient("NUMPY"), 1e-4, 1e-3)
