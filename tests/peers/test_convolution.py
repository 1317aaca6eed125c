# ruff: noqa: E402, B023
import pytest

torch = pytest.importorskip("torch")

import itertools

import numpy as np
import torch.nn.functional as F

from course_lib import Tensor

from .agreement import agree, same

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's, about padding and about memory formats


def draw(*shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


CONVOLUTIONS = [
    ("conv1d", (2, 3, 7), (4, 3, 3), {}),
    ("conv1d", (3, 7), (4, 3, 3), {"stride": 2, "padding": 1}),
    ("conv1d", (1, 1, 1), (1, 1, 1), {}),
    ("conv1d", (2, 6, 5), (6, 1, 2), {"groups": 6, "padding": "same"}),
    ("conv2d", (2, 3, 5, 7), (4, 3, 3, 2), {}),
    ("conv2d", (2, 4, 7, 8), (6, 2, 3, 2), {"groups": 2, "stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}),
    ("conv2d", (4, 9, 8), (6, 2, 3, 2), {"groups": 2, "padding": "same", "dilation": 3}),
    ("conv2d", (2, 3, 5, 4), (4, 3, 1, 1), {"stride": 3}),
    ("conv2d", (2, 3, 5, 4), (2, 3, 5, 4), {"padding": "valid"}),
    ("conv2d", (0, 3, 5, 4), (2, 3, 2, 2), {}),
    ("conv2d", (2, 3, 2, 2), (4, 3, 3, 3), {"padding": (2,), "stride": 4}),
    ("conv3d", (2, 2, 4, 5, 6), (3, 2, 2, 3, 1), {"padding": (1, 0, 2), "stride": (1, 2, 1)}),
    ("conv_transpose1d", (2, 4, 5), (4, 3, 3), {}),
    ("conv_transpose1d", (4, 5), (4, 3, 3), {"output_padding": 2, "dilation": 3, "padding": 1}),
    ("conv_transpose2d", (2, 4, 5, 6), (4, 3, 3, 2), {"groups": 2, "stride": (2, 3), "padding": (1, 0)}),
    ("conv_transpose2d", (2, 4, 3, 2), (4, 1, 2, 3), {"groups": 4, "stride": 3, "output_padding": (1, 2)}),
    ("conv_transpose2d", (1, 2, 1, 1), (2, 3, 2, 2), {"dilation": (2, 1)}),
    ("conv_transpose3d", (1, 2, 3, 2, 4), (2, 3, 1, 2, 3), {"stride": 2, "padding": (0, 1, 1), "output_padding": 1}),
]


@pytest.mark.parametrize("name, shape, weight, options", CONVOLUTIONS)
@pytest.mark.parametrize("with_bias", [True, False])
def test_convolutions(name, shape, weight, options, with_bias):
    outputs = weight[1] * options.get("groups", 1) if "transpose" in name else weight[0]
    arrays = [draw(*shape), draw(*weight, seed=1)] + [draw(outputs, seed=2)] * with_bias
    agree(
        lambda x, w, *b: getattr(x, name)(w, *b, **options),
        lambda x, w, *b: getattr(F, name)(x, w, *b, **options),
        *arrays,
    )


@pytest.mark.parametrize("name", ["conv2d", "conv_transpose2d"])
def test_convolutions_in_other_dtypes(name):
    for dtype in (np.float32, np.float16):
        arrays = draw(2, 4, 6, 5, dtype=dtype), draw(4, 4, 3, 2, dtype=dtype, seed=1), draw(4, dtype=dtype, seed=2)
        agree(lambda x, w, b: getattr(x, name)(w, b), lambda x, w, b: getattr(F, name)(x, w, b), *arrays)
    x, w = np.arange(24).reshape(1, 2, 3, 4), np.arange(16).reshape(2, 2, 2, 2) - 7
    same(Tensor(x).conv2d(Tensor(w)), F.conv2d(torch.tensor(x), torch.tensor(w)))


def test_convolution_of_views():
    agree(
        lambda x, w: x.transpose(2, 3).flip(1)[:, :, ::2].conv2d(w.flip(-1), stride=2),
        lambda x, w: F.conv2d(x.transpose(2, 3).flip(1)[:, :, ::2], w.flip(-1), stride=2),
        draw(2, 3, 7, 9),
        draw(4, 3, 3, 2, seed=1),
    )


POOLS = [
    (kernel, stride, padding, ceil_mode)
    for kernel, stride, padding, ceil_mode in itertools.product((1, 2, 3, 4), (None, 1, 3), (0, 1, 2), (False, True))
    if 2 * padding <= kernel
]


@pytest.mark.parametrize("kernel, stride, padding, ceil_mode", POOLS)
def test_pools_of_one_axis(kernel, stride, padding, ceil_mode):
    for length in (2, 7):
        x = draw(2, 3, length)
        options = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil_mode}
        try:
            F.max_pool1d(torch.tensor(x), **options)
        except RuntimeError:  # no window fits
            with pytest.raises(ValueError):
                Tensor(x).max_pool1d(**options)
            with pytest.raises(ValueError):
                Tensor(x).avg_pool1d(**options)
            continue
        agree(
            lambda x: x.max_pool1d(**options, return_indices=True),
            lambda x: F.max_pool1d(x, **options, return_indices=True),
            x,
        )
        for padded in (True, False):
            agree(
                lambda x: x.avg_pool1d(**options, count_include_pad=padded),
                lambda x: F.avg_pool1d(x, **options, count_include_pad=padded),
                x,
            )


@pytest.mark.parametrize(
    "shape, options",
    [
        ((2, 3, 7, 8), {"kernel_size": (3, 2), "stride": (2, 3), "padding": (1, 0), "dilation": (2, 1)}),
        ((2, 3, 7, 8), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
        ((3, 7, 8), {"kernel_size": 2}),
        ((0, 3, 4, 4), {"kernel_size": 2}),
        ((1, 2, 4, 5, 6), {"kernel_size": (2, 3, 2), "stride": (1, 2, 3), "padding": (0, 1, 1)}),
    ],
)
def test_max_pools(shape, options):
    name = "max_pool3d" if len(shape) == 5 else "max_pool2d"
    agree(
        lambda x: getattr(x, name)(**options, return_indices=True),
        lambda x: getattr(F, name)(x, **options, return_indices=True),
        draw(*shape),
    )


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint8, np.float32, np.float16])
def test_max_pool_of_dtypes(dtype):
    x = (draw(2, 3, 6, 5) * 20).astype(dtype)
    same(Tensor(x).max_pool2d(3, padding=1), F.max_pool2d(torch.tensor(x), 3, padding=1))


def test_max_pool_of_special_numbers():
    x = np.array([[[1.0, np.nan, 2, -np.inf, -np.inf, -np.inf, 3, np.inf, -0.0, 0.0]]], np.float32)
    got, want = (
        Tensor(x).max_pool1d(2, 1, 1, return_indices=True),
        F.max_pool1d(torch.tensor(x), 2, 1, 1, return_indices=True),
    )
    same(got[0], want[0])
    same(got[1], want[1])


@pytest.mark.parametrize(
    "shape, options",
    [
        ((2, 3, 7, 8), {"kernel_size": (3, 2), "stride": (2, 3), "padding": (1, 1)}),
        ((2, 3, 7, 8), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False}),
        ((2, 3, 7, 8), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
        ((3, 7, 8), {"kernel_size": 2, "divisor_override": 3}),
        ((0, 3, 4, 4), {"kernel_size": 2}),
        ((1, 2, 4, 5, 6), {"kernel_size": (2, 3, 2), "stride": (1, 2, 3), "padding": (0, 1, 1), "ceil_mode": True}),
    ],
)
def test_avg_pools(shape, options):
    name = "avg_pool3d" if len(shape) == 5 else "avg_pool2d"
    for dtype in (np.float64, np.float32, np.float16)[: 2 if len(shape) == 5 else 3]:  # torch has no 3-D pool of halves
        agree(
            lambda x: getattr(x, name)(**options), lambda x: getattr(F, name)(x, **options), draw(*shape, dtype=dtype)
        )


@pytest.mark.parametrize(
    "shape, size",
    [
        ((2, 3, 8, 6), 1),
        ((2, 3, 8, 6), (4, 2)),
        ((2, 3, 7, 5), (3, 4)),
        ((3, 7, 5), (9, 5)),
        ((2, 3, 7, 5), (None, 2)),
        ((2, 3, 6), 4),
        ((2, 2, 3, 4, 5), (2, 3, 7)),
    ],
)
def test_adaptive_pools(shape, size):
    count = 1 if shape == (2, 3, 6) else 3 if len(shape) == 5 else 2
    for kind in ("avg", "max"):
        name = f"adaptive_{kind}_pool{count}d"
        agree(lambda x: getattr(x, name)(size), lambda x: getattr(F, name)(x, size), draw(*shape))


RESIZES = [
    ((2, 3, 5), "nearest"),
    ((2, 3, 5), "linear"),
    ((2, 3, 5, 4), "nearest"),
    ((2, 3, 5, 4), "nearest-exact"),
    ((2, 3, 5, 4), "bilinear"),
    ((2, 3, 5, 4), "bicubic"),
    ((2, 3, 5, 4), "area"),
    ((1, 2, 3, 4, 2), "trilinear"),
    ((1, 2, 3, 4, 2), "nearest-exact"),
    ((1, 2, 1, 1), "bicubic"),
    ((1, 2, 1, 1), "bilinear"),
]


@pytest.mark.parametrize("shape, mode", RESIZES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_interpolate(shape, mode, dtype):
    count, x = len(shape) - 2, draw(*shape, dtype=dtype)
    sizes = [(1, 2, 3), (7, 9, 5), (10, 8, 4), shape[2:], (3, 13, 6)]
    choices = [{"size": size[:count]} for size in sizes] + [{"size": 6}]
    choices += [{"scale_factor": s} for s in (2, 1.7, 1.0, (1.6, 2.3, 0.9)[:count])]
    choices += [{"scale_factor": 1.7, "recompute_scale_factor": True}]
    choices = choices if dtype is np.float64 else choices[1::3]
    if "linear" in mode or mode == "bicubic":
        choices = [{**c, "align_corners": corners} for c in choices for corners in (False, True)]
    for options in choices:
        agree(
            lambda x: x.interpolate(mode=mode, **options),
            lambda x: F.interpolate(x, mode=mode, **options),
            x,
            tolerance=1e-5 if dtype is np.float32 else 1e-9,
        )


def test_interpolate_half():
    x = draw(2, 3, 5, 4, dtype=np.float16)
    agree(lambda x: x.interpolate(size=(7, 6), mode="bilinear"), lambda x: F.interpolate(x, (7, 6), mode="bilinear"), x)


@pytest.mark.parametrize("shape, factor", [((2, 12, 3, 5), 2), ((9, 1, 2), 3), ((4, 2, 3), 1)])
def test_pixel_shuffle(shape, factor):
    agree(lambda x: x.pixel_shuffle(factor), lambda x: F.pixel_shuffle(x, factor), draw(*shape))
    agree(
        lambda x: x.pixel_shuffle(factor).pixel_unshuffle(factor),
        lambda x: F.pixel_unshuffle(F.pixel_shuffle(x, factor), factor),
        draw(*shape),
    )


@pytest.mark.parametrize("size", [(2, 3), (3, None), 4])
def test_adaptive_max_pool_knows_where(size):
    x = draw(2, 3, 7, 5)
    ours, theirs = Tensor(x).adaptive_max_pool2d(size, True), F.adaptive_max_pool2d(torch.tensor(x), size, True)
    for found, wanted in zip(ours, theirs):
        same(found, wanted)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_uneven_means(dtype):
    x = draw(2, 3, 7, 5, dtype=dtype)
    agree(lambda x: x.adaptive_avg_pool2d((3, 2)), lambda x: F.adaptive_avg_pool2d(x, (3, 2)), x)


@pytest.mark.parametrize("kernel, size, stride", [(4, 4, 1), (4, 4, 2), (5, 5, 2), (4, 6, 2)])
def test_windows_almost_as_large_as_their_input(kernel, size, stride):
    x, weight = draw(1, 1, size, size, size, dtype=np.float32), draw(1, 1, kernel, kernel, kernel, dtype=np.float32)
    agree(
        lambda x, w: x.conv3d(w, stride=stride),
        lambda x, w: F.conv3d(x, w, stride=stride),
        x,
        weight,
        tolerance=1e-4,
    )
