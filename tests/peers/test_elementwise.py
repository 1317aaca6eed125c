"""Arithmetic, functions and activations beside PyTorch's: the same numbers, and the same gradients."""

import math
import operator

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from course_lib import Tensor, dtypes  # noqa: E402
from tests.peers.together import agree, torch_tensor  # noqa: E402

F = torch.nn.functional
RNG = np.random.default_rng(0)
FLOATS = ("float32", "float64", "float16", "bfloat16")
# at the corners of the functions, where their slopes jump, and far out, where careless formulas overflow
CORNERS = [0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 6.0, 0.5, -0.5, 20.0, 20.5, 30.0, -30.0, 85.0, -85.0, 1000.0, -1000.0]
ANYWHERE = np.concatenate([CORNERS, RNG.normal(0, 3, 30)])

EVERYWHERE = {
    "exp": lambda x: x.exp(),
    "exp2": lambda x: x.exp2(),
    "expm1": lambda x: x.expm1(),
    "atan": lambda x: x.atan(),
    "arctan": lambda x: x.arctan(),
    "tanh": lambda x: x.tanh(),
    "asinh": lambda x: x.asinh(),
    "arcsinh": lambda x: x.arcsinh(),
    "erf": lambda x: x.erf(),
    "sigmoid": lambda x: x.sigmoid(),
    "logsigmoid": (lambda x: x.logsigmoid(), F.logsigmoid),
    "softplus": (lambda x: x.softplus(), F.softplus),
    "softplus, beta": (lambda x: x.softplus(beta=2), lambda x: F.softplus(x, beta=2)),
    "softplus, threshold": (lambda x: x.softplus(1, 3), lambda x: F.softplus(x, 1, 3)),
    "silu": (lambda x: x.silu(), F.silu),
    "mish": (lambda x: x.mish(), F.mish),
    "relu": lambda x: x.relu(),
    "relu6": (lambda x: x.relu6(), F.relu6),
    "leaky_relu": (lambda x: x.leaky_relu(), F.leaky_relu),
    "leaky_relu, slope": (lambda x: x.leaky_relu(negative_slope=0.3), lambda x: F.leaky_relu(x, negative_slope=0.3)),
    "elu": (lambda x: x.elu(), F.elu),
    "elu, alpha": (lambda x: x.elu(alpha=0.5), lambda x: F.elu(x, alpha=0.5)),
    "celu": (lambda x: x.celu(alpha=0.5), lambda x: F.celu(x, alpha=0.5)),
    "selu": (lambda x: x.selu(), F.selu),
    "hardtanh": (lambda x: x.hardtanh(), F.hardtanh),
    "hardtanh, bounds": (lambda x: x.hardtanh(-3, 0.5), lambda x: F.hardtanh(x, -3, 0.5)),
    "hardsigmoid": (lambda x: x.hardsigmoid(), lambda x: F.relu6(x + 3) / 6),  # PyTorch's gradient is good to 8 digits
    "softsign": (lambda x: x.softsign(), F.softsign),
    "threshold": (lambda x: x.threshold(0.5, 7), lambda x: F.threshold(x, 0.5, 7)),
    "clamp": lambda x: x.clamp(-1, 3),
    "clamp, min": lambda x: x.clamp(min=0),
    "clip, max": lambda x: x.clip(max=0.5),
    "abs": lambda x: x.abs(),
    "neg": lambda x: -x,
    "sign": lambda x: x.sign(),
    "floor": lambda x: x.floor(),
    "ceil": lambda x: x.ceil(),
    "trunc": lambda x: x.trunc(),
    "round": lambda x: x.round(),
    "frac": lambda x: x.frac(),
    "signbit": lambda x: x.signbit(),
    "isfinite": lambda x: x.isfinite(),
    "nan_to_num": lambda x: x.nan_to_num(),
    "x + 2": lambda x: x + 2,
    "3 - x": lambda x: 3 - x,
    "x * 2.5": lambda x: x * 2.5,
    "x / 3": lambda x: x / 3,
    "x % 0.75": lambda x: x % 0.75,
    "x // 0.75": (lambda x: x // 0.75, lambda x: x.detach() // 0.75),
    "fmod": lambda x: x.fmod(0.75),
    "x > 1": lambda x: x > 1,
    "x == 1": lambda x: x == 1,
    "copysign": lambda x: x.copysign(torch.tensor(-1.0) if isinstance(x, torch.Tensor) else Tensor(-1.0)),
    "trunc of a quotient": lambda x: x.div(0.75, rounding_mode="trunc"),
    "bool": lambda x: x.bool(),
    "double": lambda x: x.double() * 2,
    "half and back": lambda x: x.clamp(-9, 9).half().float() * 2,
}


@pytest.mark.parametrize("dtype", FLOATS)
def test_functions_of_all_numbers(dtype):
    agree(EVERYWHERE, Tensor(ANYWHERE, dtype=dtype))


NEAR = {
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "tan": lambda x: x.tan(),
    "sinh": lambda x: x.sinh(),
    "cosh": lambda x: x.cosh(),
    "sinc": lambda x: x.sinc(),
    "gelu": (lambda x: x.gelu(), F.gelu),
    "gelu, tanh": (lambda x: x.gelu(approximate="tanh"), lambda x: F.gelu(x, approximate="tanh")),
    "quick_gelu": (lambda x: x.quick_gelu(), lambda x: x * torch.sigmoid(1.702 * x)),
    "hardswish": (lambda x: x.hardswish(), F.hardswish),
    "tanhshrink": (lambda x: x.tanhshrink(), F.tanhshrink),
    "square": lambda x: x.square(),
    "x ** 2": lambda x: x**2,
    "x ** 3": lambda x: x**3,
    "x ** 4": lambda x: x**4,
    "x ** 0": lambda x: x**0,
    "x ** 1": lambda x: x**1,
    "2 ** x": lambda x: 2**x,
    "2.5 ** x": lambda x: 2.5**x,
    "0 ** x": lambda x: 0 ** (x + 8),
    "round, decimals": lambda x: x.round(decimals=1),
    "round, tens": lambda x: x.round(decimals=-1),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_functions_that_grow_or_turn(dtype):
    agree(NEAR, Tensor(np.concatenate([[0.0, 1, -1, 2, 0.5], RNG.uniform(-6, 6, 30)]), dtype=dtype), rtol=3, atol=30)


POSITIVE = {
    "log": lambda x: x.log(),
    "log2": lambda x: x.log2(),
    "log10": lambda x: x.log10(),
    "log1p": lambda x: x.log1p(),
    "sqrt": lambda x: x.sqrt(),
    "rsqrt": lambda x: x.rsqrt(),
    "reciprocal": lambda x: x.reciprocal(),
    "1 / x": lambda x: 1 / x,
    "x ** -1": lambda x: x**-1,
    "x ** -2": lambda x: x**-2,
    "x ** -3": lambda x: x**-3,
    "x ** 0.5": lambda x: x**0.5,
    "x ** -0.5": lambda x: x**-0.5,
    "x ** 1.7": lambda x: x**1.7,
    "x ** x": lambda x: x**x,
    "acosh": lambda x: (x + 1).acosh(),
    "hypot": lambda x: x.hypot(x + 1),
}
BETWEEN = {
    "asin": lambda x: x.asin(),
    "acos": lambda x: x.acos(),
    "atanh": lambda x: x.atanh(),
    "arcsin": lambda x: x.arcsin(),
    "arccos": lambda x: x.arccos(),
    "arctanh": lambda x: x.arctanh(),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_functions_of_some_numbers(dtype):
    agree(POSITIVE, Tensor(np.concatenate([[1.0, 2, 100], RNG.uniform(0.05, 9, 30)]), dtype=dtype), rtol=3)
    agree(BETWEEN, Tensor(np.concatenate([[0.0], RNG.uniform(-0.95, 0.95, 30)]), dtype=dtype), rtol=3)


def test_the_borders_of_what_is_defined():
    x = Tensor([0.0, -0.0, -1.0, math.inf, -math.inf, math.nan])
    names = "log log2 log1p sqrt rsqrt reciprocal asin acos acosh atanh exp sigmoid tanh erf relu isnan isinf".split()
    functions = {name: (lambda x, name=name: getattr(x, name)()) for name in names}
    agree({**functions, "x ** 0.5": lambda x: x**0.5, "x ** 0": lambda x: x**0, "x ** 2": lambda x: x**2}, x)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_erfc(dtype):
    x = Tensor(np.linspace(-3, 3, 41), dtype=dtype)
    agree({"erfc": lambda x: x.erfc()}, x, rtol=1 if dtype == "float32" else 1e4, atol=1 if dtype == "float32" else 10)
    far = Tensor(np.linspace(3, 9, 13), dtype="float32")
    agree({"erfc": lambda x: x.erfc()}, far)


PAIRS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": (operator.floordiv, lambda x, y: x.detach() // y.detach()),  # PyTorch has no gradient for it
    "%": operator.mod,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "add, alpha": lambda x, y: x.add(y, alpha=2.5),
    "sub, alpha": lambda x, y: x.sub(y, alpha=2),
    "div, trunc": lambda x, y: x.div(y, rounding_mode="trunc"),
    "fmod": lambda x, y: x.fmod(y),
    "maximum": lambda x, y: x.maximum(y),
    "minimum": lambda x, y: x.minimum(y),
    "atan2": lambda x, y: x.atan2(y),
    "hypot": lambda x, y: x.hypot(y),
    "copysign": lambda x, y: x.copysign(y),
    "logaddexp": lambda x, y: x.logaddexp(y),
    "xlogy": lambda x, y: x.xlogy(y.abs() + 0.25),
    "pow": lambda x, y: (x.abs() + 0.25).pow(y / 4),
    "lerp": lambda x, y: x.lerp(y, 0.3),
    "lerp far": lambda x, y: x.lerp(y, 0.8),
    "clamp below": lambda x, y: x.clamp(min=y),
    "clamp above": lambda x, y: x.clamp(max=y),
    "clamp between": lambda x, y: x.clamp(y - 1, y.abs()),
    "where": (lambda x, y: (x < y).where(x, y * 2), lambda x, y: torch.where(x < y, x, y * 2)),
    "where, the method": lambda x, y: x.where(x < y, y * 2),
    "addcmul": lambda x, y: x.addcmul(x, y, value=0.5),
    "addcdiv": lambda x, y: x.addcdiv(x, y * y + 1, value=-2),
    "logical_and": lambda x, y: x.logical_and(y),
    "heaviside": (lambda x, y: x.heaviside(y), lambda x, y: x.detach().heaviside(y.detach())),
}


@pytest.mark.parametrize("dtype", FLOATS)
def test_two_operands(dtype):
    x, y = RNG.normal(0, 3, (4, 5)), RNG.normal(0, 3, (4, 5)) + 0.1
    x[0, :3] = y[0, :3]  # ties
    x[1, 0] = 0
    pairs = (
        PAIRS
        if dtype in ("float32", "float64")
        else {k: v for k, v in PAIRS.items() if k not in ("//", "%", "fmod", "div, trunc")}
    )
    agree(pairs, Tensor(x, dtype=dtype), Tensor(y, dtype=dtype), rtol=3, atol=12)


@pytest.mark.parametrize(
    ("a", "b"),
    [((), ()), ((), (3,)), ((3,), (2, 3)), ((2, 1), (3,)), ((0,), (1,)), ((2, 0), (2, 1)), ((4, 1, 3), (2, 1))],
)
def test_gradients_of_what_was_broadcast(a, b):
    names = ("+", "*", "/", "maximum", "where", "logaddexp")
    x, y = Tensor(RNG.normal(size=a).astype(np.float32)), Tensor(RNG.normal(size=b).astype(np.float32))
    agree({name: PAIRS[name] for name in names}, x, y, rtol=3)


def test_what_does_not_lie_in_order():
    x, y = Tensor(RNG.normal(size=(4, 6)).astype(np.float32)), Tensor(RNG.normal(size=(6, 4)).astype(np.float32))
    agree(
        {
            "transposed": lambda x, y: x.T * y + y,
            "flipped": lambda x, y: x.flip(0) * y.T.exp(),
            "stepped": lambda x, y: x[::2, 1::2] / y[1:4, ::2].T[:, :3],
            "twice": lambda x, y: (x * x + x.T.sum()).sigmoid(),
        },
        x,
        y,
        rtol=3,
    )


def test_points_where_choices_meet():
    """The unselected side of a choice is infinite or has an infinite slope there."""
    zero = Tensor([0.0, 0.0, 2.0, 2.0, -1.0])
    other = Tensor([0.0, 2.0, 0.5, 3.0, 2.0])
    agree(
        {
            "xlogy": lambda x, y: x.xlogy(y.clamp(min=0.5)),
            "sinc": lambda x, y: x.sinc() * y,
            "std of equals": lambda x, y: (x * 0 + 1).std() * y,
            "power": lambda x, y: x.abs() ** y,
            "abs": lambda x, y: x.abs() * y,
            "masked sqrt": lambda x, y: (
                (x > 0).where(x, 1).sqrt() if isinstance(x, Tensor) else torch.where(x > 0, x, 1).sqrt()
            ),
        },
        zero,
        other,
    )
    far = Tensor([1000.0, -1000.0, 90.0, -90.0, 3e30])
    agree({"logaddexp": lambda x: x.logaddexp(-x), "hypot": lambda x: x.hypot(x / 2)}, far)


# -- dtypes

NAMES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64")


@pytest.mark.parametrize("first", NAMES)
def test_dtypes_of_results(first):
    x = Tensor([1], dtype=first)
    p = torch_tensor(x)
    for second in NAMES:
        for shape in ((1,), ()):
            y = Tensor(np.ones(shape), dtype=second)
            q = torch_tensor(y)
            operations = [operator.add, operator.mul, operator.truediv, operator.lt]
            if "bool" not in (first, second):
                operations += [operator.sub, operator.floordiv, operator.mod, operator.pow]
            for op in operations:
                for mine, peer in ((op(x, y), op(p, q)), (op(y, x), op(q, p))):
                    assert f"torch.{mine.dtype.name}" == str(peer.dtype), (op, first, second, shape)
            condition, peer = Tensor([True]), torch.tensor([True])
            assert f"torch.{condition.where(x, y).dtype.name}" == str(torch.where(peer, p, q).dtype)
    for number in (True, 2, 2.5):
        assert f"torch.{(x * number).dtype.name}" == str((p * number).dtype)
        assert f"torch.{(number / x).dtype.name}" == str((number / p).dtype)
        assert f"torch.{Tensor([True]).where(x, number).dtype.name}" == str(
            torch.where(torch.tensor([True]), p, number).dtype
        )


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64"])
def test_whole_numbers(dtype):
    rng = np.random.default_rng(1)
    x, y = Tensor(rng.integers(0, 127, 40), dtype=dtype), Tensor(rng.integers(1, 6, 40), dtype=dtype)
    functions = {
        name: PAIRS[name]
        for name in ("+", "-", "*", "/", "//", "%", "<", ">=", "==", "maximum", "div, trunc", "fmod", "where")
    }
    functions |= {
        "pow": lambda x, y: x**y,
        "x ** 2": lambda x, y: x**2,
        "2 ** x": lambda x, y: 2**y,
        "~": lambda x, y: ~x,
        "&": lambda x, y: x & y,
        "|": lambda x, y: x | 5,
        "^": lambda x, y: x ^ y,
        "<<": lambda x, y: x << y,
        ">>": lambda x, y: x >> y,
        "-x": lambda x, y: -x,
        "abs": lambda x, y: x.abs(),
        "clamp": lambda x, y: x.clamp(3, 50),
        "clamp to fractions": lambda x, y: x.clamp(min=3.5),
        "x + 1000": lambda x, y: x + 1000,
        "lshift": (lambda x, y: x.lshift(2), lambda x, y: x << 2),
        "bitwise_and": lambda x, y: x.bitwise_and(y),
        "logical_not": lambda x, y: x.logical_not(),
    }
    agree(functions, x, y)
    if dtype != "uint8":
        agree({name: functions[name] for name in ("//", "%", "fmod", "div, trunc", ">>", "abs", "-x")}, -x, y)
        agree({name: functions[name] for name in ("//", "%", "fmod", "div, trunc")}, x, -y)


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_casts_and_gradients_through_them(name):
    x = Tensor([1.0, -2.5, 0.1, 300.0])
    agree(
        {
            "there and back": (
                lambda x: (x.cast(name) * 2).float(),
                lambda x: (x.to(getattr(torch, name)) * 2).float(),
            ),
            "type": (lambda x: x.type(dtypes.float64), lambda x: x.type(torch.float64)),
            "half": lambda x: x.half(),
            "bfloat16": lambda x: x.bfloat16(),
            "int": lambda x: x.int(),
            "long": lambda x: x.long(),
        },
        x.cast(name),
    )


def test_close():
    x, y = Tensor([1.0, math.inf, -math.inf, math.nan, 1.0]), Tensor([1.000001, math.inf, math.inf, math.nan, 1.1])
    agree(
        {
            "isclose": lambda x, y: x.isclose(y),
            "isclose, NaN": lambda x, y: x.isclose(y, equal_nan=True),
            "isclose, far": lambda x, y: x.isclose(y, rtol=0.2, atol=0.1),
        },
        x,
        y,
    )
    assert x.allclose(y) == torch_tensor(x).allclose(torch_tensor(y))
    assert x.equal(x) == torch_tensor(x).equal(torch_tensor(x))


def test_a_training_step_in_place():
    w, p = Tensor([1.0, -2.0, 3.0], requires_grad=True), torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    average, mean = Tensor([0.0, 0.0, 0.0]), torch.zeros(3)
    for _ in range(3):
        w.grad, p.grad = None, None
        ((w - 1) ** 2 * Tensor([1.0, 2.0, 3.0])).sum().backward()
        ((p - 1) ** 2 * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
        average.mul_(0.9).add_(w.grad, alpha=0.1)
        mean.mul_(0.9).add_(p.grad, alpha=0.1)
        w -= 0.1 * average
        with torch.no_grad():
            p -= 0.1 * mean
    np.testing.assert_allclose(w.numpy(), p.detach().numpy(), rtol=1e-6)


def test_bounds_and_shrinking():
    x = Tensor(ANYWHERE)
    low = Tensor(np.where(np.arange(len(ANYWHERE)) % 7 == 0, math.nan, -1.0))
    agree(
        {
            "clamp from NaN": lambda x, low: x.clamp(math.nan),
            "clamp from tensors": lambda x, low: x.clamp(low.nan_to_num(), low.nan_to_num() + 3),
            "clamp from NaN in tensors": lambda x, low: x.clamp(low.detach(), low.detach() + 3),
            "clamp_min": lambda x, low: x.clamp_min(0.5),
            "clamp_max": lambda x, low: x.clamp_max(0.5),
            "fmax": lambda x, low: x.fmax(low),
            "fmin": lambda x, low: x.fmin(low),
            "hardshrink": (lambda x, low: x.hardshrink(3), lambda x, low: F.hardshrink(x, 3)),
            "softshrink": (lambda x, low: x.softshrink(3), lambda x, low: F.softshrink(x, 3)),
            "rad2deg": lambda x, low: x.rad2deg(),
            "deg2rad": lambda x, low: x.deg2rad(),
            "erfc": lambda x, low: x.erfc(),
            "logit": lambda x, low: (x.tanh() * 0.4 + 0.5).logit(),
            "logit, eps": lambda x, low: x.logit(0.1),
        },
        x,
        low,
        rtol=50,
    )


@pytest.mark.parametrize("shape, weights", [((4, 3, 2), 3), ((4, 3), 1), ((5,), 1), ((), 1)])
def test_prelu(shape, weights):
    x, weight = (Tensor(RNG.normal(size=size)) for size in (shape, weights))
    agree({"prelu": (lambda x, w: x.prelu(w), F.prelu)}, x, weight)
