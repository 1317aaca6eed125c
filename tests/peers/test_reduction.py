"""Sums, means, extremes and running results beside PyTorch's: the same numbers, and the same gradients."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from course_lib import Tensor  # noqa: E402
from tests.peers.together import agree, torch_tensor  # noqa: E402

RNG = np.random.default_rng(0)
FLOATS = ("float32", "float64", "float16", "bfloat16")


def drawn(*shape, dtype="float32", seed=0):
    return Tensor(np.random.default_rng([seed, *shape]).normal(size=shape), dtype=dtype)


def along(dim):
    """Every reduction along one axis (or None: all)."""
    one = {"dim": dim} if dim is not None else {}
    functions = {
        "sum": lambda x: x.sum(dim),
        "mean": lambda x: x.mean(dim),
        "mean, kept": lambda x: x.mean(dim, True),
        "prod": lambda x: x.prod(**one),
        "var": lambda x: x.var(dim),
        "var, biased": lambda x: x.var(dim, unbiased=False, keepdim=True),
        "std": lambda x: x.std(dim, correction=0),
        "amax": lambda x: x.amax(**one),
        "amin": lambda x: x.amin(**one, keepdim=True),
        "max": lambda x: x.max(**one),
        "min": lambda x: x.min(**one),
        "argmax": lambda x: x.argmax(dim),
        "argmin": lambda x: x.argmin(dim, keepdim=True),
        "aminmax": lambda x: tuple(x.aminmax(dim=dim)),
        "any": lambda x: x.any(**one),
        "all": lambda x: x.all(**one),
        "norm": lambda x: x.norm(dim=dim),
        "norm, 1": lambda x: x.norm(1, dim=dim),
        "norm, 3": lambda x: x.norm(p=3, dim=dim),
        "norm, inf": lambda x: x.norm(math.inf, dim=dim),
        "norm, -inf": lambda x: x.norm(-math.inf, dim=dim),
        "norm, 0": lambda x: x.norm(0, dim=dim),
        "norm, 1.5": lambda x: x.norm(1.5, dim=dim),
        "count_nonzero": lambda x: x.count_nonzero(dim),
        "nansum": lambda x: x.nansum(dim),
        "nanmean": lambda x: x.nanmean(dim),
        "var_mean": (lambda x: x.var_mean(dim), lambda x: torch.var_mean(x, dim)),
        "std_mean": (lambda x: x.std_mean(dim, correction=0), lambda x: torch.std_mean(x, dim, correction=0)),
    }
    if dim is not None:
        functions |= {
            "logsumexp": lambda x: x.logsumexp(dim),
            "cumsum": lambda x: x.cumsum(dim),
            "cumprod": lambda x: x.cumprod(dim),
            "cummax": lambda x: x.cummax(dim),
            "cummin": lambda x: x.cummin(dim),
            "logcumsumexp": lambda x: x.logcumsumexp(dim),
            "max, kept": lambda x: x.max(dim, keepdim=True),
        }
    return functions


@pytest.mark.parametrize("dim", [None, 0, 1, -1])
def test_along_one_axis(dim):
    agree(along(dim), drawn(3, 4, 5), rtol=3, atol=6)


@pytest.mark.parametrize("dim", [None, 1])
def test_equal_numbers_and_zeros(dim):
    """Ties share a gradient, or one of them takes it; zeros make a product's gradient difficult."""
    functions = {
        name: function
        for name, function in along(dim).items()
        if name not in ("norm, 1.5", "norm, 0", "norm, 3")  # their gradients divide by powers of 0 in PyTorch
    }
    x = Tensor([[2.0, 2.0, -1.0, 0.0], [0.0, 3.0, 0.0, 3.0], [1.0, 1.0, 1.0, 1.0], [-1.0, 0.0, 2.0, -1.0]])
    agree(functions, x, rtol=3, atol=6)


def test_along_several_axes():
    functions = {
        f"{name}, {dim}": (lambda x, name=name, dim=dim: getattr(x, name)(dim=dim))
        for name in ("sum", "mean", "var", "std", "amax", "amin", "logsumexp", "any", "all")
        for dim in ((0, 2), (1, -1), (0, 1, 2))
    }
    functions["norm"] = (lambda x: x.norm(dim=(0, 1, 2)), torch.linalg.vector_norm)
    agree(functions, drawn(2, 3, 4), rtol=3, atol=6)


@pytest.mark.parametrize("dtype", FLOATS)
def test_dtypes(dtype):
    functions = {name: function for name, function in along(1).items() if name not in ("cumprod", "prod")}
    if dtype in ("float16", "bfloat16"):  # PyTorch rounds on the way in what these are made of
        for name in ("logcumsumexp", "norm, 3", "norm, 1.5", "nanmean", "var_mean", "std_mean"):
            functions.pop(name)
    agree(functions, drawn(3, 7, dtype=dtype), rtol=2, atol=8)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int16", "int32", "int64"])
def test_whole_numbers(dtype):
    x = Tensor(np.random.default_rng(0).integers(0, 2 if dtype == "bool" else 100, (3, 5)), dtype=dtype)
    names = ["sum", "prod", "max", "min", "amax", "count_nonzero", "nansum", "cumsum", "cumprod", "cummax", "cummin"]
    names += ["argmax", "argmin"] if dtype != "bool" else []
    names += ["any", "all"] if dtype != "uint8" else []  # PyTorch's give uint8 there, for the sake of its past
    functions = {name: along(1)[name] for name in names}
    functions |= {f"{name} of all": along(None)[name] for name in names if not name.startswith("cum")}
    functions["mean, dtype"] = lambda x: x.mean(dtype=torch.float32 if isinstance(x, torch.Tensor) else "float32")
    functions["sum, dtype"] = lambda x: x.sum(dtype=torch.int32 if isinstance(x, torch.Tensor) else "int32")
    functions["logsumexp"] = lambda x: x.logsumexp(1)
    agree(functions, x)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (1, 3), (3, 1)], ids=str)
def test_few_numbers(shape):
    functions = {name: function for name, function in along(0).items() if "std" not in name and "var" not in name}
    agree(functions, drawn(*shape), rtol=3, atol=6)
    agree({"var": lambda x: x.var(0, correction=0), "std": lambda x: x.std(correction=0)}, drawn(*shape))


@pytest.mark.filterwarnings("ignore")  # PyTorch warns where there are too few numbers
def test_no_numbers():
    x = Tensor(np.zeros((0, 3), np.float32))
    possible = "sum mean prod var any all norm count_nonzero nansum logsumexp cumsum cumprod cummax".split()
    agree({name: along(0)[name] for name in possible if name != "cummax"}, x)
    agree({name: function for name, function in along(1).items() if "norm" not in name}, x)
    for name in ("amax", "amin", "max", "min", "argmax", "argmin"):
        for dim in (None, 0):
            with pytest.raises((IndexError, RuntimeError)):
                along(dim)[name](torch_tensor(x))
            with pytest.raises(IndexError):
                along(dim)[name](x)


def test_infinity_and_nan():
    x = Tensor([[1.0, math.nan, 3, math.nan], [4, 5, 5, 2], [math.inf, -math.inf, math.inf, 0], [1, math.inf, 2, 3]])
    names = "sum mean max min amax argmax argmin any all nansum nanmean cummax cummin count_nonzero logsumexp".split()
    agree({name: along(1)[name] for name in names if name not in ("amax", "logsumexp")}, x)
    agree(
        {
            "amax": (lambda x: x.amax(1), lambda x: x.detach().amax(1)),
            "logsumexp": (lambda x: x.logsumexp(1), lambda x: x.detach().logsumexp(1)),
        },
        x,
    )
    large = Tensor([[1000.0, 999, -1000], [-1000, -1001, -1002], [-200, 0, 200]]).double()
    agree({name: along(1)[name] for name in ("logsumexp", "logcumsumexp")}, large)


def test_lengths_of_nothing():
    agree({name: along(0)[name] for name in ("norm", "std")}, Tensor([[0.0, 1.0], [0.0, 2.0]]), rtol=3)
    agree({"norm, 3": along(0)["norm, 3"], "norm, 1.5": along(0)["norm, 1.5"]}, Tensor([0.0, 0.0]))


def test_what_does_not_lie_in_order():
    agree(
        {
            "transposed": lambda x: x.transpose(0, 2).sum(1),
            "flipped": lambda x: x.flip(1).cumsum(1) if isinstance(x, Tensor) else x.flip((1,)).cumsum(1),
            "stepped": lambda x: x[::2, 1::2].amax(0),
            "stretched": lambda x: x[:, :, :1].expand(5, 6, 4).var(2, correction=0) + x.sum(2),
            "permuted extremes": lambda x: x.permute(2, 0, 1).max(1),
            "centred": lambda x: (x - x.mean(0, keepdim=True)) / x.std(0, keepdim=True),
        },
        drawn(5, 6, 4),
        rtol=5,
        atol=10,
    )


def test_products_with_zeros():
    for numbers in ([2.0, 3.0, -4.0], [2.0, 0.0, -4.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0], [5.0]):
        agree({"prod": lambda x: x.prod(), "cumprod": lambda x: x.cumprod(0)}, Tensor(numbers))


def test_second_derivatives():
    x = drawn(4)
    for name in ("logsumexp", "var", "norm", "prod"):
        y = getattr(x * 1.5, name)(dim=0)
        (slope,) = y.gradient(x)
        (curve,) = (slope * Tensor([1.0, -2.0, 3.0, 0.5])).sum().gradient(x)
        p = torch_tensor(x).requires_grad_()
        (peer,) = torch.autograd.grad(getattr(p * 1.5, name)(dim=0), p, create_graph=True)
        (expected,) = torch.autograd.grad((peer * torch.tensor([1.0, -2.0, 3.0, 0.5])).sum(), p)
        np.testing.assert_allclose(curve.numpy(), expected.numpy(), rtol=1e-4, atol=1e-5, err_msg=name)
