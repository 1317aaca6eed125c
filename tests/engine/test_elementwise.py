"""Element by element: NumPy and SciPy say what the numbers must be."""

import math
import operator

import numpy as np
import pytest
from scipy import special

from course_lib import Device, Tensor, dtypes, no_grad

FLOATS = ("float16", "bfloat16", "float32", "float64")
INTS = ("uint8", "int8", "int16", "int32", "int64")
TOLERANCE = {"float16": 2e-3, "bfloat16": 2e-2, "float32": 6e-7, "float64": 3e-15}
SMALLEST = {
    "float16": 1e-7,
    "bfloat16": 1e-37,
    "float32": 1e-37,
    "float64": 1e-300,
}  # about where it runs out of digits
ODD = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, math.inf, -math.inf, math.nan, 1e-6, -1e-6, 20.0, 20.1, -3.0, 3.0, 6.0]
LARGE = [30.0, -30.0, 80.0, -80.0, 104.0, -104.0, 1000.0, -1000.0, 1e30, -1e30, 1e-30]


def samples(dtype, seed=0):
    """Random numbers and the difficult ones, as a tensor and as what it holds, in float64."""
    rng = np.random.default_rng(seed)
    x = Tensor(np.concatenate([ODD, LARGE, rng.normal(0, 3, 37)]).astype(np.float32), dtype=dtype)
    return x, x.numpy().astype(np.float64)


def rounded(array, dtype):
    """float64 numbers as the nearest ones that the dtype has."""
    with np.errstate(all="ignore"):
        if dtype == "bfloat16":
            return Tensor(np.asarray(array, np.float64).astype(np.float32), dtype="bfloat16").numpy()
        return np.asarray(array).astype(dtype)


def close(found, expected, dtype, rtol=None, atol=None, what=""):
    rtol, atol = rtol or TOLERANCE[dtype], atol or SMALLEST[dtype]
    assert found.dtype.name == dtype, what
    np.testing.assert_allclose(found.numpy(), rounded(expected, dtype), rtol=rtol, atol=atol, err_msg=what)


def equal(found, expected, dtype=None):
    expected = np.asarray(expected)
    assert found.shape == expected.shape
    assert found.dtype.name == (dtype or expected.dtype.name)
    np.testing.assert_array_equal(found.numpy(), expected)


def selu(x):
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))


def softplus(x):
    return np.where(x > 20, x, np.log1p(np.exp(np.minimum(x, 20))))


def sinc(x):
    return np.where(np.isinf(x), np.nan, np.sinc(x))


UNARY = {
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "reciprocal": lambda x: 1 / x,
    "square": np.square,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "erf": special.erf,
    "sigmoid": special.expit,
    "logsigmoid": special.log_expit,
    "softplus": softplus,
    "silu": lambda x: x * special.expit(x),
    "mish": lambda x: x * np.tanh(softplus(x)),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "celu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "selu": selu,
    "hardtanh": lambda x: np.clip(x, -1, 1),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "abs": np.abs,
    "neg": np.negative,
    "sign": np.sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "trunc": np.trunc,
    "round": np.rint,
}
# results that come from a difference, or from an angle of many turns: absolute error, times the argument's size
SUBTRACTING = {
    "sin": np.sin,
    "cos": np.cos,
    "sinc": sinc,
    "gelu": lambda x: x * special.ndtr(x),
    "quick_gelu": lambda x: x * special.expit(1.702 * x),
    "tanhshrink": lambda x: x - np.tanh(x),
    "hardsigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hardswish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "frac": lambda x: x - np.trunc(x),
}


@pytest.mark.parametrize("dtype", FLOATS)
def test_functions_of_one_number(dtype):
    x, values = samples(dtype)
    results = {name: getattr(x, name)() for name in UNARY}
    x.realize(*results.values())
    with np.errstate(all="ignore"):
        for name, oracle in UNARY.items():
            close(
                results[name], oracle(values), dtype, what=name, rtol=4 * TOLERANCE[dtype] if dtype[0] == "b" else None
            )


@pytest.mark.parametrize("dtype", FLOATS)
def test_functions_that_subtract(dtype):
    x, values = samples(dtype)
    small = np.abs(values) < 50
    results = {name: getattr(x, name)() for name in SUBTRACTING}
    x.realize(*results.values())
    with np.errstate(all="ignore"):
        for name, oracle in SUBTRACTING.items():
            found, expected = results[name].numpy()[small], rounded(oracle(values), dtype)[small]
            np.testing.assert_allclose(found, expected, rtol=TOLERANCE[dtype], atol=20 * TOLERANCE[dtype], err_msg=name)


def test_infinite_arguments_of_the_bounded():
    x = Tensor([math.inf, -math.inf])
    expected = {
        x.sigmoid(): [1, 0],
        x.logsigmoid(): [0, -math.inf],
        x.softplus(): [math.inf, 0],
        x.erfc(): [0, 2],
        x.hardsigmoid(): [1, 0],
        x.gelu(): [math.inf, math.nan],
        x.elu(2.0): [math.inf, -2],
    }
    x.realize(*expected)
    for found, numbers in expected.items():
        equal(found, np.float32(numbers))


@pytest.mark.parametrize(("dtype", "rtol"), [("float32", 2e-6), ("float64", 1e-13)])
def test_erfc_keeps_its_digits(dtype, rtol):
    x = np.linspace(-4, 9, 131).astype(dtype)
    close(Tensor(x).erfc(), special.erfc(x.astype(np.float64)), dtype, rtol=rtol)
    close(Tensor(np.linspace(-4, 4, 81)).erfc(), special.erfc(np.linspace(-4, 4, 81)), "float64", rtol=1e-8)


def test_activations_with_settings():
    values = np.float32([x for x in ODD if math.isfinite(x)]).astype(np.float64)
    x = Tensor(values, dtype="float32")
    with np.errstate(all="ignore"):
        inner = math.sqrt(2 / math.pi) * (values + 0.044715 * values**3)
        pairs = {
            "gelu": (x.gelu(approximate="tanh"), values * 0.5 * (1 + np.tanh(inner))),
            "softplus": (
                x.softplus(beta=2, threshold=5),
                np.where(values > 2.5, values, np.log1p(np.exp(2 * values)) / 2),
            ),
            "leaky": (x.leaky_relu(0.2), np.where(values > 0, values, values * np.float32(0.2))),
            "tinygrad's leaky": (x.leaky_relu(neg_slope=0.2), np.where(values > 0, values, values * np.float32(0.2))),
            "elu": (x.elu(alpha=0.5), np.where(values > 0, values, 0.5 * np.expm1(np.minimum(values, 0)))),
            "celu": (x.celu(alpha=0.5), np.where(values > 0, values, 0.5 * np.expm1(np.minimum(values, 0) / 0.5))),
            "hardtanh": (x.hardtanh(-2, 0.25), np.clip(values, -2, 0.25)),
            "threshold": (x.threshold(0.5, 7), np.where(values <= 0.5, 7, values)),
        }
    for name, (found, expected) in pairs.items():
        close(found, expected, "float32", what=name, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_rounded_once(dtype):
    half = Tensor(np.linspace(-8, 8, 201), dtype=dtype)
    names = ("sigmoid", "gelu", "elu", "erfc")
    results = [getattr(half, name)() for name in names]
    exact = [getattr(half.float(), name)().cast(dtype) for name in names]
    half.realize(*results, *exact)
    for found, expected in zip(results, exact):
        np.testing.assert_array_equal(found.numpy(), expected.numpy())


@pytest.mark.parametrize("dtype", ["bool", *INTS])
def test_whole_numbers_give_float32_or_stay(dtype):
    x = Tensor([0, 1, 1, 0], dtype=dtype)
    for name in ("exp", "sqrt", "sin", "sigmoid", "erf", "gelu", "reciprocal", "softsign", "log10", "erfc"):
        assert getattr(x, name)().dtype is dtypes.float32, name
    close(x.exp(), np.exp([0, 1, 1, 0]), "float32")
    for name in ("sign", "floor", "ceil", "trunc", "round"):
        equal(getattr(x, name)(), np.array([0, 1, 1, 0]).astype(dtype))
    if dtype != "bool":
        equal(x.relu(), np.array([0, 1, 1, 0], dtype))
        equal(x.abs(), np.array([0, 1, 1, 0], dtype))
    equal(x.isnan(), [False] * 4)
    equal(x.isinf(), [False] * 4)
    equal(x.isfinite(), [True] * 4)


# -- two operands

EDGES = (-128, -127, -7, -3, -2, -1, 0, 1, 2, 3, 7, 100, 127)


def wrapped(numbers, dtype):
    """Python's whole numbers as a small dtype has them."""
    return np.array([int(n) % 2**64 for n in numbers], np.uint64).astype(dtype)


def pairs(dtype):
    """All pairs of edge values, as two tensors and as Python's numbers."""
    a, b = (side.reshape(-1) for side in np.meshgrid(wrapped(EDGES, dtype), wrapped(EDGES, dtype), indexing="ij"))
    return Tensor(a), Tensor(b), list(zip(a.tolist(), b.tolist()))


def towards_zero(p, q):
    return abs(p) // abs(q) * (1 if (p < 0) == (q < 0) else -1) if q else 0


WHOLE = {
    operator.add: operator.add,
    operator.sub: operator.sub,
    operator.mul: operator.mul,
    operator.floordiv: lambda p, q: p // q if q else 0,
    operator.mod: lambda p, q: p % q if q else 0,
    operator.and_: operator.and_,
    operator.or_: operator.or_,
    operator.xor: operator.xor,
    (lambda x, y: x.div(y, rounding_mode="trunc")): towards_zero,
    (lambda x, y: x.fmod(y)): lambda p, q: p - q * towards_zero(p, q) if q else 0,
    (lambda x, y: x.maximum(y)): max,
    (lambda x, y: x.minimum(y)): min,
    (lambda x, y: ~x): lambda p, q: ~p,
    (lambda x, y: -x): lambda p, q: -p,
    (lambda x, y: x.square()): lambda p, q: p * p,
    (lambda x, y: x**3): lambda p, q: p**3,
    (lambda x, y: x**5): lambda p, q: p**5,
    (lambda x, y: x << (y & 15)): lambda p, q: p << (q & 15),
    (lambda x, y: x >> (y & 3)): lambda p, q: p >> (q & 3),
}


@pytest.mark.parametrize("dtype", INTS)
def test_whole_operations(dtype):
    x, y, numbers = pairs(dtype)
    results = [operation(x, y) for operation in WHOLE]
    x.realize(*results)
    for found, oracle in zip(results, WHOLE.values()):
        equal(found, wrapped([oracle(p, q) for p, q in numbers], dtype))


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint8"])
def test_comparisons_of_whole_numbers(dtype):
    x, y, numbers = pairs(dtype)
    for op in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        equal(op(x, y), [op(p, q) for p, q in numbers])


def test_shifts_by_the_width_and_more():
    x = Tensor([-5, 5], dtype="int8")
    assert [(x << n).tolist() for n in (7, 8, 70)] == [[-128, -128], [0, 0], [0, 0]]
    assert [(x >> n).tolist() for n in (7, 8, 70)] == [[-1, 0]] * 3
    assert (1 << Tensor([0, 3])).tolist() == [1, 8]
    assert (64 >> Tensor([1, 3])).tolist() == [32, 8]


@pytest.mark.parametrize("dtype", FLOATS)
def test_fractional_operations(dtype):
    values = np.array([0.0, -0.0, 1, -1, 2.5, -2.5, 7, 1e-3, math.inf, -math.inf, math.nan])
    a, b = (side.reshape(-1) for side in np.meshgrid(values, values, indexing="ij"))
    x, y = Tensor(a, dtype=dtype), Tensor(b, dtype=dtype)
    a, b = x.numpy(), y.numpy()
    table = {
        operator.add: np.add,
        operator.sub: np.subtract,
        operator.mul: np.multiply,
        operator.truediv: np.divide,
        operator.floordiv: np.floor_divide,
        operator.mod: np.mod,
        (lambda x, y: x.fmod(y)): np.fmod,
        (lambda x, y: x.maximum(y)): np.maximum,
        (lambda x, y: x.minimum(y)): np.minimum,
        (lambda x, y: x.atan2(y)): np.arctan2,
        (lambda x, y: x.copysign(y)): np.copysign,
        (lambda x, y: x.hypot(y)): np.hypot,
        (lambda x, y: x.logaddexp(y)): np.logaddexp,
        (lambda x, y: x**y): np.power,
    }
    results = [operation(x, y) for operation in table]
    x.realize(*results)
    with np.errstate(all="ignore"):
        for found, oracle in zip(results, table.values()):
            close(found, oracle(a, b), dtype, what=str(oracle))
        for op in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
            equal(op(x, y), op(a, b))


def test_the_sign_of_zero():
    x = Tensor([0.0, -0.0, -1.0, math.nan])
    equal(x.signbit(), [False, True, True, False])
    equal((-x).signbit(), [True, False, False, True])
    equal((x * -1.0).signbit()[:3], [True, False, False])
    equal(x.ceil().signbit(), [False, True, True, False])
    equal(x.double().signbit(), [False, True, True, False])
    equal(x.half().signbit(), [False, True, True, False])
    equal(Tensor([-3, 3]).signbit(), [True, False])


def test_two_large_operands():
    x, y = (
        Tensor([3e30, 1000.0, -1000.0, 3e-30, math.inf, -math.inf]),
        Tensor([4e30, 999.0, -1001.0, 4e-30, -math.inf, -math.inf]),
    )
    close(x.hypot(y), np.hypot(x.numpy().astype(float), y.numpy()), "float32", atol=1e-45)
    close(x.logaddexp(y), np.logaddexp(x.numpy().astype(float), y.numpy()), "float32")


def test_logarithms_of_nothing():
    x, y = Tensor([0.0, 0, 0, 0, 2, 2]), Tensor([0.0, -1, math.inf, math.nan, 0, 3])
    close(x.xlogy(y), [0, 0, 0, math.nan, -math.inf, 2 * math.log(3)], "float32")


@pytest.mark.parametrize("other", [2, 2.5, True, -3, 0.5, np.float64(2.5), np.int8(3), np.float32(0.5)])
def test_operators_with_numbers_on_both_sides(other):
    values = np.float32([[1.5, -2], [0.25, 7]])
    x, number = Tensor(values), np.float32(other)
    arithmetic = (
        operator.add,
        operator.sub,
        operator.mul,
        operator.truediv,
        operator.floordiv,
        operator.mod,
        operator.pow,
    )
    comparisons = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
    results = {op: (op(x, other), op(other, x)) for op in arithmetic + comparisons}
    x.realize(*(side for sides in results.values() for side in sides))
    with np.errstate(all="ignore"):
        for op, sides in results.items():
            for found, expected in zip(sides, (op(values, number), op(number, values))):
                close(found, expected, "float32") if op in arithmetic else equal(found, expected)


def test_powers():
    values, whole = np.float32([0.0, 1, 2.5, 1e3, 1e-3, -1.5]), np.array([0, 1, -3, 5])
    exponents = [0, 1, 2, 3, 4, 7, -1, -2, -3, 0.5, -0.5, 1.5, 2.0, 3.0]
    results = [Tensor(values) ** exponent for exponent in exponents]
    of_whole = [Tensor(whole) ** abs(exponent) for exponent in exponents]
    results[0].realize(*results, *of_whole)
    with np.errstate(all="ignore"):
        for exponent, found, found_whole in zip(exponents, results, of_whole):
            close(found, values.astype(np.float64) ** exponent, "float32", what=str(exponent))
            expected = whole ** abs(exponent)
            equal(found_whole, expected) if isinstance(exponent, int) else close(found_whole, expected, "float32")


def test_powers_of_whole_numbers():
    equal(Tensor([3, 1, -1, 2, -1]) ** Tensor([-1, -3, -3, 62, -2]), np.array([0, 1, -1, 2**62, 1]))
    equal(2 ** Tensor([0, 3, 10]), np.array([1, 8, 1024]))
    close(2.0 ** Tensor([0, 3, -1]), [1, 8, 0.5], "float32")
    equal(Tensor([True, False]) ** 2, np.array([1, 0]))


def test_arrays_and_scalars_of_numpy():
    array, x = np.float32([[1, 2, 3]]), Tensor([[4.0], [5.0]])
    close(array + x, array + x.numpy(), "float32")
    close(x - array, x.numpy() - array, "float32")
    close(np.float64(3) / x, 3 / x.numpy(), "float32")
    assert isinstance(array * x, Tensor)
    assert isinstance(np.float32(2) * x, Tensor)
    assert (x * np.ones(1)).dtype is dtypes.float64


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((), ()),
        ((), (3,)),
        ((3,), (2, 3)),
        ((2, 1), (3,)),
        ((0,), (1,)),
        ((2, 0), (2, 1)),
        ((4, 1, 3), (2, 1)),
        ((1,), ()),
    ],
)
def test_broadcasting(a, b):
    rng = np.random.default_rng(3)
    p, q = rng.normal(size=a).astype(np.float32), rng.normal(size=b).astype(np.float32)
    x, y = Tensor(p), Tensor(q)
    close(x + y, p + q, "float32")
    close(y - x, q - p, "float32")
    equal(x < y, p < q)
    equal((x < 0).where(x, y), np.where(p < 0, p, q))


def test_operands_that_do_not_lie_in_order():
    a = np.arange(24, dtype=np.float32).reshape(4, 6) - 11
    x = Tensor(a)
    close(x.T * x.flip(0).T + x[::-1, ::2].sum(), a.T * a[::-1].T + a[::-1, ::2].sum(), "float32")
    close(x[1::2, ::3].exp() / x[::2, ::3], np.exp(a[1::2, ::3]) / a[::2, ::3], "float32")
    equal(x[:, :1].expand(4, 6) > x, np.broadcast_to(a[:, :1], a.shape) > a)


# -- dtypes

KINDS = ("bool", *INTS, *FLOATS)
WIDTH = {
    "uint8": 1,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
}


def promoted(a, b):
    rank = {"bool": 0} | dict.fromkeys(INTS, 1) | dict.fromkeys(FLOATS, 2)
    if a == b or rank[a] != rank[b]:
        return a if rank[a] >= rank[b] else b
    if {a, b} == {"uint8", "int8"}:
        return "int16"
    if {a, b} == {"float16", "bfloat16"}:
        return "float32"
    return a if WIDTH[a] > WIDTH[b] else b


@pytest.mark.parametrize("a", KINDS)
def test_promotion(a):
    for b in KINDS:
        x, y, point = Tensor([1], dtype=a), Tensor([1], dtype=b), Tensor(1, dtype=b)
        assert (x + y).dtype.name == (y * x).dtype.name == promoted(a, b)
        assert (x < y).dtype is dtypes.bool
        quotient = promoted(a, b) if promoted(a, b) in FLOATS else "float32"
        assert (x / y).dtype.name == quotient
        same_category = (a in FLOATS) == (b in FLOATS) and (a == "bool") == (b == "bool")
        assert (x + point).dtype.name == (a if same_category else promoted(a, b))
        assert (point + Tensor(1, dtype=a)).dtype.name == promoted(a, b)
    x = Tensor([1], dtype=a)
    assert (x * 2.5).dtype.name == (a if a in FLOATS else "float32")
    assert (x * 2).dtype.name == ("int64" if a == "bool" else a)
    assert (x * True).dtype.name == a
    assert (1 / x).dtype.name == (a if a in FLOATS else "float32")


def test_numbers_that_do_not_fit_wrap_around_but_compare_as_they_are():
    x = Tensor([1, 100], dtype="int8")
    equal(x + 1000, np.array([-23, 76], np.int8))
    equal(Tensor([1], dtype="uint8") + -2, np.array([255], np.uint8))
    equal(x < 1000, [True, True])
    equal(Tensor([200], dtype="uint8") > -1, [True])
    equal(Tensor([0, 200], dtype="uint8") == 256, [False, False])
    equal(Tensor([1.0], dtype="float16") + 1e6, np.array([math.inf], np.float16))
    assert (Tensor([1.0]) + 2**70).item() == 2.0**70


@pytest.mark.parametrize("dtype", KINDS)
def test_casts(dtype):
    source = np.array([0, 1, 2, 100])
    x = Tensor(source)
    expected = rounded(source, dtype)
    for found in (x.cast(dtype), x.type(dtype), x.astype(dtype), x.to(getattr(dtypes, dtype)), x.float().cast(dtype)):
        assert found.dtype.name == dtype
        np.testing.assert_array_equal(found.numpy(), expected)
    names = {
        "half": "float16",
        "double": "float64",
        "long": "int64",
        "int": "int32",
        "short": "int16",
        "float": "float32",
    }
    for name, kind in {**names, "bool": "bool", "bfloat16": "bfloat16"}.items():
        assert getattr(x.cast(dtype), name)().dtype.name == kind


def test_casts_of_fractions():
    x = Tensor([-2.7, -0.5, 0.0, 0.5, 2.7, math.nan])
    equal(x[:5].int(), np.array([-2, 0, 0, 0, 2], np.int32))
    equal(x.bool(), [True, True, False, True, True, True])
    equal(Tensor([1.0, -1.0]).bitcast("int32"), np.float32([1, -1]).view(np.int32))
    equal(Tensor([1.0, -1.0]).bitcast("int32").bitcast("float32"), np.float32([1, -1]))
    equal(Tensor([15360, 16384], dtype="int16").bitcast("float16"), np.float16([1, 2]))


# -- choice, comparison, logic


def test_where():
    condition, a, b = np.array([[True], [False]]), np.float32([1, 2, 3]), np.int64([[10, 20, 30]])
    c, x, y = Tensor(condition), Tensor(a), Tensor(b)
    expected = np.where(condition, a, b).astype(np.float32)
    for found in (c.where(x, y), Tensor.where(c, x, y), x.where(c, y), c.where(a, y), c.where(x, b)):
        equal(found, expected)
    equal(c.where(1, 0), np.array([[1], [0]]))
    equal(c.where(2.5, 0), np.float32([[2.5], [0]]))
    equal(c.where(True, False), condition)
    equal(c.where(x.half(), 2.5), np.where(condition, a, 2.5).astype(np.float16))
    equal(c.where(np.float64(2), x), np.where(condition, 2, a))
    equal(c.where(Tensor(2.0, dtype="float64"), x.half()), np.where(condition, 2, a).astype(np.float16))


def test_clamp():
    a = np.float32([-5, -1, 0, 1, 5, math.nan, math.inf])
    x = Tensor(a)
    equal(x.clamp(-1, 1), np.clip(a, -1, 1))
    equal(x.clamp(min=0), np.maximum(a, 0))
    equal(x.clip(max=0.5), np.minimum(a, 0.5))
    equal(x.clamp(3, 2), np.float32([2, 2, 2, 2, 2, math.nan, 2]))
    low, high = Tensor([[-2.0], [0.0]]), Tensor([1.0])
    equal(x.clamp(low, high), np.clip(a, low.numpy(), high.numpy()))
    assert Tensor([1]).clamp(min=0.5).dtype is dtypes.float32
    equal(Tensor([1, 5, 9]).clamp(2, 7), np.array([2, 5, 7]))


def test_rounding():
    a = np.float32([0.5, 1.5, 2.5, -0.5, -1.5, 1.25, -7.75, 1e10])
    x = Tensor(a)
    equal(x.round(), np.rint(a))
    close(x.round(decimals=1), np.round(a, 1), "float32")
    close(x.round(decimals=-1), np.round(a, -1), "float32")
    close(x.frac(), a - np.trunc(a), "float32")
    close(x.div(2, rounding_mode="floor"), np.floor(a / 2), "float32")
    close(x.div(2, rounding_mode="trunc"), np.trunc(a / 2), "float32")


def test_infinity_and_nan():
    x = Tensor([1.0, math.inf, -math.inf, math.nan])
    equal(x.isnan(), [False, False, False, True])
    equal(x.isinf(), [False, True, True, False])
    equal(x.isfinite(), [True, False, False, False])
    for dtype in ("float16", "float32", "float64"):
        equal(x.cast(dtype).nan_to_num(), np.nan_to_num(x.numpy().astype(dtype)))
    equal(x.nan_to_num(nan=2, posinf=3, neginf=-4), np.float32([1, 3, -4, 2]))
    equal(x.bfloat16().nan_to_num().float(), np.float32([1, 3.3895313892515355e38, -3.3895313892515355e38, 0]))
    equal(x.heaviside(7.0), np.float32([1, 1, 0, 0]))
    equal(Tensor([-1.0, 0.0, 2.0]).heaviside(Tensor([7.0])), np.float32([0, 7, 1]))


def test_close_and_equal():
    x, y = Tensor([1.0, math.inf, math.nan, 1.0]), Tensor([1.000001, math.inf, math.nan, 1.1])
    equal(x.isclose(y), np.isclose(x.numpy(), y.numpy()))
    equal(x.isclose(y, equal_nan=True), np.isclose(x.numpy(), y.numpy(), equal_nan=True))
    equal(x.isclose(y, rtol=0.2), np.isclose(x.numpy(), y.numpy(), rtol=0.2))
    equal(Tensor([1.0]).isclose(-math.inf), [False])
    assert x[:2].allclose(y[:2]) is True
    assert x.allclose(y) is False
    assert Tensor([1, 2]).equal(Tensor([1, 2])) is True
    assert Tensor([1, 2]).equal(Tensor([1, 3])) is False
    assert Tensor([1, 2]).equal(Tensor([[1, 2]])) is False
    assert Tensor([]).equal(Tensor([])) is True
    assert (Tensor([1]) == None) is False  # noqa: E711
    assert (Tensor([1]) != None) is True  # noqa: E711


@pytest.mark.parametrize("dtype", ["bool", "int8", "float32"])
def test_logic(dtype):
    a, b = np.array([0, 0, 1, 1]).astype(dtype), np.array([0, 1, 0, 1]).astype(dtype)
    x, y = Tensor(a), Tensor(b)
    equal(x.logical_and(y), np.logical_and(a, b))
    equal(x.logical_or(y), np.logical_or(a, b))
    equal(x.logical_xor(y), np.logical_xor(a, b))
    equal(x.logical_not(), np.logical_not(a))
    if dtype == "bool":
        equal(~x, ~a)
        equal(x ^ True, ~a)
        equal(x & 3, np.array([0, 0, 1, 1]))
        equal(x + y, a | b)
        equal(x * y, a & b)


def test_lines_between_two_tensors():
    a, b = np.float32([1e8, 1, -3]), np.float32([1, 2, 5])
    x, y = Tensor(a), Tensor(b)
    equal(x.lerp(y, 0.0), a)
    equal(x.lerp(y, 1.0), b)
    equal(x.lerp(y, Tensor([0.0, 1.0, 0.25])), np.float32([1e8, 2, -1]))
    close(x.lerp(y, 0.25), 0.75 * a.astype(float) + 0.25 * b, "float32")
    close(x.addcmul(y, y, value=0.5), a + 0.5 * b * b, "float32")
    close(x.addcdiv(y, Tensor([3.0]), value=-2), a - 2 * b / 3, "float32")
    close(x.add(y, alpha=3), a + 3 * b, "float32")
    close(x.sub(y, alpha=3), a - 3 * b, "float32")


# -- in place


def test_operators_in_place():
    x = Tensor([4.0, 9.0])
    same = x
    x += 1
    x *= Tensor([2.0])
    x -= np.float32([0, 10])
    x /= 2
    x //= 1
    x %= 4
    x **= 2
    assert same is x
    equal(x, np.float32([1, 1]))
    n = Tensor([12, 10])
    n &= 14
    n |= 1
    n ^= 3
    n <<= 2
    n >>= 1
    equal(n, np.array([28, 16]))


def test_methods_in_place():
    x = Tensor([4.0, 9.0])
    assert x.add_(1, alpha=2) is x
    equal(x.mul_(0.5).sub_(1).clamp_(min=2.5), np.float32([2.5, 4.5]))
    equal(x.copy_(Tensor([1])), np.float32([1, 1]))
    equal(x.copy_(np.array([3, 4])), np.float32([3, 4]))
    equal(x.fill_(7), np.float32([7, 7]))
    equal(x.fill_(Tensor(2)), np.float32([2, 2]))
    equal(x.zero_(), np.float32([0, 0]))
    equal(x.addcmul_(Tensor([2.0]), Tensor([3.0, 4.0]), value=0.5), np.float32([3, 4]))
    equal(x.lerp_(Tensor([5.0, 6.0]), 0.5), np.float32([4, 5]))
    with pytest.raises(TypeError, match="float32"):
        Tensor([1]).add_(0.5)
    with pytest.raises(ValueError, match=r"\(2, 1\).*\(1,\)|\(2, 2\)|\(2, 1\)"):
        Tensor([1.0]).add_(Tensor([[1.0], [2.0]]))


def test_a_result_is_a_tensor_of_its_own():
    x, n = Tensor([1.5, 2.5]), Tensor([1, 2])
    for y in (x**1, n.floor(), n.round(), n.sign(), n.nan_to_num(), n**1, x.sum(()), Tensor(2.0).sum()):
        y += 1
    equal(x, np.float32([1.5, 2.5]))
    equal(n, np.array([1, 2]))


def test_a_parameter_changed_in_place_is_assigned_to():
    weight = Tensor([1.0, 2.0], requires_grad=True)
    (weight * weight).sum().backward()
    with no_grad():
        weight -= 0.5 * weight.grad
    equal(weight, np.float32([0, 0]))
    assert weight.requires_grad


# -- errors and graphs


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: Tensor([1, 2]) + Tensor([1, 2, 3]), ValueError, r"\(2,\).*\(3,\)"),
        (lambda: Tensor([1.0]) + [1.0], TypeError, "list"),
        (lambda: Tensor([1.0]) + "a", TypeError, "str"),
        (lambda: None * Tensor([1.0]), TypeError, "NoneType"),
        (lambda: Tensor([1.0]).add(1j), TypeError, "complex"),
        (lambda: Tensor([True]) - Tensor([True]), TypeError, "bool"),
        (lambda: Tensor([True]) // True, TypeError, "bool"),
        (lambda: -Tensor([True]), TypeError, "~"),
        (lambda: Tensor([True]).relu(), TypeError, "bool"),
        (lambda: Tensor([1.0]) & 1, TypeError, "float32"),
        (lambda: Tensor([1]) << 1.5, TypeError, "float32"),
        (lambda: ~Tensor([1.0]), TypeError, "float32"),
        (lambda: Tensor([2]) ** -1, ValueError, "-1"),
        (lambda: Tensor([1]) + 2**70, ValueError, "64 bits"),
        (lambda: Tensor([1]).clamp(), ValueError, "min, max"),
        (lambda: Tensor([1]).where(1, 2), TypeError, "int64"),
        (lambda: Tensor([1.0]).div(2, rounding_mode="up"), ValueError, "up"),
        (lambda: Tensor([12]).round(decimals=-1), TypeError, "-1 decimals"),
        (lambda: Tensor([1.0]).gelu(approximate="erf"), ValueError, "erf"),
        (lambda: Tensor([1.0]).cast("float7"), TypeError, "float7"),
        (lambda: Tensor([1.0]).bitcast("int64"), TypeError, "int64"),
    ],
)
def test_errors_come_at_the_call(wrong, error, words):
    with pytest.raises(error, match=words):
        wrong()


def test_devices_do_not_mix():
    others = [name for name in Device.get_available_devices() if name != Device.DEFAULT]
    if not others:
        pytest.skip("needs a second device")
    x = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=f"{Device.DEFAULT}.*{others[0]}"):
        x + Tensor([3.0, 4.0], device=others[0])
    equal(x * Tensor(2.0, device=others[0]), np.float32([2, 4]))
    equal(Tensor(2.0, device=others[0]) - x, np.float32([1, 0]))


def count(result, *inputs):
    """How many UOps an operation adds to the graph, constants left out."""
    known = {node for x in inputs for node in x.uop.toposort()}
    return sum(node not in known and node.op not in ("CONST", "EXPAND") for node in result.uop.toposort())


def test_graphs_are_small():
    x, y = Tensor([[1.0, 2.0]]), Tensor([[3.0, 4.0]])
    for result in (
        x + y,
        x - 1,
        2 * x,
        x / y,
        x**2,
        x**0.5,
        x**-1,
        x > y,
        y >= x,
        x.exp(),
        x.relu(),
        x.maximum(y),
        -x,
        2**x,
    ):
        assert count(result, x, y) == 1, result.uop
    assert count(x + Tensor([1.0]), x) <= 2
    assert count(x.sigmoid(), x) <= 7
    assert count(x.clamp(0, 1), x) == 4
    assert (x + y).uop is (x + y).uop


# -- bounds that are no numbers, and comparisons that skip them


def test_clamp_with_nan_as_a_bound():
    x = Tensor([1.0, math.nan, 3.0])
    for found in (x.clamp(math.nan), x.clamp(max=math.nan), x.clamp(Tensor(math.nan), 2)):
        assert np.isnan(found.numpy()).all()
    low = Tensor([2.0, 0.0, math.nan])
    np.testing.assert_array_equal(x.clamp(low).numpy(), [2, math.nan, math.nan])
    np.testing.assert_array_equal(x.clamp_min(2.0).numpy(), [2, math.nan, 3])
    np.testing.assert_array_equal(x.clamp_max(2.0).numpy(), [1, math.nan, 2])


def test_fmax_and_fmin_skip_nan():
    a = np.array([1.0, math.nan, 3.0, math.nan, -math.inf], np.float32)
    b = np.array([2.0, 5.0, math.nan, math.nan, 0.0], np.float32)
    np.testing.assert_array_equal(Tensor(a).fmax(Tensor(b)).numpy(), np.fmax(a, b))
    np.testing.assert_array_equal(Tensor(a).fmin(Tensor(b)).numpy(), np.fmin(a, b))
    np.testing.assert_array_equal(Tensor(a).fmin(0.5).numpy(), np.fmin(a, np.float32(0.5)))


def test_isclose_of_bools_and_its_tolerances():
    a, b = np.array([True, False, True]), np.array([True, True, False])
    assert Tensor(a).isclose(Tensor(b)).tolist() == [True, False, False]
    with pytest.raises(ValueError, match="rtol=-1"):
        Tensor([1.0]).isclose(Tensor([1.0]), rtol=-1)


def test_logic_with_a_number():
    x = Tensor([0, 3])
    assert x.logical_and(2).tolist() == [False, True]
    assert x.logical_or(0).tolist() == [False, True]
    assert x.logical_xor(1).tolist() == [True, False]


def test_logit_undoes_sigmoid():
    x = np.linspace(-4, 4, 9)
    np.testing.assert_allclose(Tensor(x).sigmoid().logit().numpy(), x, rtol=1e-9, atol=1e-12)
    assert Tensor([0.0, 1.0]).logit(0.25).tolist() == pytest.approx([-math.log(3), math.log(3)])
