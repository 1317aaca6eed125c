"""Gradients as a graph-to-graph transform: each rule against central differences, twice; kinks in closed form."""

import gc
import time

import numpy as np
import pytest

from course_lib import Tensor, dtypes
from course_lib.engine.derivatives import RULES, UNARY_RULES, device_of
from course_lib.engine.gradcheck import GradientError, gradcheck, gradgradcheck
from course_lib.engine.gradient import gradients
from course_lib.engine.uop import Ops, UOp

RNG = np.random.default_rng(7)
NAN, INF = float("nan"), float("inf")

# What has no rule: numbers that are cut off, whole, true or false, or bits, and what exists only inside kernels.
NO_RULE = set(
    "CONST IOTA BUFFER DETACH ARGSORT BITCAST NOT AND OR XOR SHL SHR LT LE EQ NE THREEFRY "
    "PARAM SCALAR RANGE LOAD CHECKED ACCUMULATE RUNNING".split()
)


def tensor(numbers, dtype=dtypes.float64) -> Tensor:
    return Tensor(np.asarray(numbers), dtype=dtype)


def lift(build):
    """A function of UOps as one of tensors."""
    return lambda *tensors: tensors[0]._new(build(*(t.uop for t in tensors)))


def slope(build, *arrays, upstream=None, dtype=dtypes.float64) -> list[np.ndarray | None]:
    """The derivatives of ``sum(upstream * build(...))`` with respect to the fractional arrays; others are positions."""
    tensors = [tensor(a, dtype if np.asarray(a).dtype.kind == "f" else None) for a in arrays]
    root = build(*(t.uop for t in tensors))
    weight = root.const_like(1) if upstream is None else tensor(upstream, dtype).uop
    targets = [t.uop for t in tensors if t.dtype.is_float]
    return [None if g is None else tensors[0]._new(g).numpy() for g in gradients(root, targets, weight)]


def numbers(*shape, low=-2.0, high=2.0):
    return RNG.uniform(low, high, shape)


def spaced(*shape):
    """Numbers that differ by far more than a check moves them, in random order: no ties, no zeros."""
    size = int(np.prod(shape))
    return ((RNG.permutation(size) + 0.5) * 0.37 - size * 0.17).reshape(shape)


def test_every_operation_has_a_rule_or_none_on_purpose():
    assert not NO_RULE & {op.name for op in RULES}
    assert NO_RULE | {op.name for op in RULES} == {op.name for op in Ops}


ONE_SOURCE = {
    Ops.NEG: (-2, 2),
    Ops.RECIPROCAL: (0.3, 2),
    Ops.ABS: (0.2, 2),
    Ops.SIGN: (0.2, 2),
    Ops.RELU: (0.2, 2),
    Ops.SQRT: (0.3, 3),
    Ops.EXP: (-2, 2),
    Ops.EXP2: (-2, 2),
    Ops.EXPM1: (-2, 2),
    Ops.LOG: (0.3, 3),
    Ops.LOG2: (0.3, 3),
    Ops.LOG1P: (-0.7, 3),
    Ops.SIN: (-4, 4),
    Ops.COS: (-4, 4),
    Ops.TAN: (-1.2, 1.2),
    Ops.ASIN: (-0.9, 0.9),
    Ops.ACOS: (-0.9, 0.9),
    Ops.ATAN: (-3, 3),
    Ops.SINH: (-2, 2),
    Ops.COSH: (-2, 2),
    Ops.TANH: (-2, 2),
    Ops.ASINH: (-3, 3),
    Ops.ACOSH: (1.2, 3),
    Ops.ATANH: (-0.9, 0.9),
    Ops.ERF: (-2, 2),
    Ops.SIGMOID: (-3, 3),
    Ops.FLOOR: (0.1, 0.9),
    Ops.CEIL: (0.1, 0.9),
    Ops.TRUNC: (0.1, 0.9),
    Ops.ROUND: (0.1, 0.4),
}


@pytest.mark.parametrize("op", ONE_SOURCE, ids=str)
def test_one_source(op):
    x = numbers(2, 2, low=ONE_SOURCE[op][0], high=ONE_SOURCE[op][1])
    if op in (Ops.ABS, Ops.RELU, Ops.SIGN):
        x[0] *= -1
    assert gradcheck(lift(lambda a: a.alu(op)), tensor(x))
    assert gradgradcheck(lift(lambda a: a.alu(op)), tensor(x))


TWO_SOURCES = {
    Ops.ADD: (-2, 2, -2, 2),
    Ops.SUB: (-2, 2, -2, 2),
    Ops.MUL: (-2, 2, -2, 2),
    Ops.DIV: (-2, 2, 0.4, 2),
    Ops.POW: (0.3, 2, -2, 2),
    Ops.ATAN2: (0.3, 2, -2, -0.3),
    Ops.MAXIMUM: (-2, 2, -2, 2),
    Ops.MINIMUM: (-2, 2, -2, 2),
    Ops.MOD: (4.2, 4.8, 1.1, 1.3),
    Ops.FMOD: (-4.8, -4.2, 1.1, 1.3),
    Ops.FLOORDIV: (4.2, 4.8, 1.1, 1.3),
}


@pytest.mark.parametrize("op", TWO_SOURCES, ids=str)
def test_two_sources(op):
    a, b, c, d = TWO_SOURCES[op]
    pair = tensor(numbers(2, 2, low=a, high=b)), tensor(numbers(2, 2, low=c, high=d))
    assert gradcheck(lift(lambda x, y: x.alu(op, y)), pair)
    assert gradgradcheck(lift(lambda x, y: x.alu(op, y)), pair)


def windows(x, *arg):
    return UOp(Ops.WINDOW, x.dtype, (x,), arg)


def folded(x, *arg, op=Ops.FOLD):
    return UOp(op, x.dtype, (x,), arg)


def scanned(x, op, axis):
    return UOp(Ops.SCAN, x.dtype, (x,), (op, axis))


POSITIONS = (np.array([[1, 0, 1], [2, 2, 1]]), np.array([[3, 0, 3], [1, 1, 2]]))  # (1, 3) and (2, 1) come twice
UNIQUE = (np.array([[1, 0, 1], [2, 2, 0]]), np.array([[3, 0, 2], [1, 0, 2]]))


def gathered(x, *positions):
    return UOp(Ops.GATHER, x.dtype, (x, *positions))


def scattered(arg):
    return lambda x, value, *positions: UOp(Ops.SCATTER, x.dtype, (x, value, *positions), arg)


def squares(x):
    return x * x  # so that second derivatives are not all 0


LARGEST = spaced(3, 4), spaced(2, 3) + 0.1

STRUCTURAL = {
    "reshape": (lambda x: squares(x).reshape((3, 2)), numbers(2, 3)),
    "permute": (lambda x: squares(x).permute((2, 0, 1)), numbers(2, 1, 3)),
    "expand": (lambda x: squares(x).expand((2, 3, 2)), numbers(3, 1)),
    "expand 0-d": (lambda x: squares(x).expand((2, 3)), numbers()),
    "expand by 1": (lambda x: squares(x).expand((1, 1, 3)), numbers(3)),
    "pad": (lambda x: squares(x).pad(((0, 2), (1, 0))), numbers(2, 2)),
    "shrink": (lambda x: squares(x).shrink(((1, 3), (0, 1))), numbers(3, 2)),
    "flip": (lambda x: squares(x).flip((1,)), numbers(2, 3)),
    "window": (lambda x: windows(squares(x), 0, 3, 2, 1), numbers(7, 2)),
    "window, dilated": (lambda x: windows(squares(x), 1, 2, 1, 3), numbers(2, 6)),
    "window, with a rest": (lambda x: windows(squares(x), 0, 2, 3, 2), numbers(7)),
    "fold": (lambda x: folded(squares(x), 1, 6, 2, 1), numbers(2, 3, 2)),
    "fold, overlapping": (lambda x: folded(squares(x), 0, 5, 1, 2), numbers(3, 2, 2)),
    "spread": (lambda x: folded(squares(x), 0, 5, 1, 2, op=Ops.SPREAD), numbers(3, 2, 2)),
    "spread, with a rest": (lambda x: folded(squares(x), 1, 8, 3, 1, op=Ops.SPREAD), numbers(2, 2, 3)),
    "sum": (lambda x: squares(x).reduce(Ops.ADD, (0, 2)), numbers(2, 2, 2)),
    "product": (lambda x: x.reduce(Ops.MUL, (1,)), numbers(2, 4)),
    "product over two axes": (lambda x: x.reduce(Ops.MUL, (0, 2)), numbers(2, 2, 2)),
    "largest": (lambda x: squares(x.reduce(Ops.MAXIMUM, (0,))), spaced(3, 2)),
    "least over two axes": (lambda x: squares(x.reduce(Ops.MINIMUM, (0, 2))), spaced(2, 2, 2)),
    "running sum": (lambda x: scanned(squares(x), Ops.ADD, 0), numbers(3, 2)),
    "running product": (lambda x: scanned(x, Ops.MUL, 1), numbers(2, 5)),
    "running product, first axis": (lambda x: scanned(x, Ops.MUL, 0), numbers(3, 2)),
    "running maximum": (lambda x: squares(scanned(x, Ops.MAXIMUM, 1)), spaced(2, 5)),
    "running minimum": (lambda x: squares(scanned(x, Ops.MINIMUM, 0)), spaced(4, 2)),
    "gather": (lambda x, *p: gathered(squares(x), *p), numbers(3, 4), *POSITIONS),
    "gather rows": (lambda x, p: gathered(squares(x), p), numbers(3, 2), np.array([2, 0, 2])),
    "scatter add": (scattered(Ops.ADD), numbers(3, 4), numbers(2, 3), *POSITIONS),
    "scatter add rows": (scattered(Ops.ADD), numbers(3, 2), numbers(4, 2), np.array([2, 0, 2, 2])),
    "scatter set": (scattered("SET"), numbers(3, 4), numbers(2, 3), *UNIQUE),
    "scatter largest": (scattered(Ops.MAXIMUM), *LARGEST, *POSITIONS),
    "scatter least": (scattered(Ops.MINIMUM), *LARGEST, *POSITIONS),
    "scatter product": (scattered(Ops.MUL), numbers(3, 4, low=0.5), numbers(2, 3, low=-2, high=-0.5), *POSITIONS),
    "where": (lambda c, x, y: c.where(squares(x), y), np.array([True, False, True]), numbers(3), numbers(3)),
    "leaf, contiguous": (
        lambda x: UOp(Ops.CONTIGUOUS, x.dtype, (UOp(Ops.LEAF, x.dtype, (squares(x),), (-1, device_of(x))),)),
        numbers(3),
    ),
}


@pytest.mark.parametrize("name", STRUCTURAL)
def test_structural(name):
    build, *arrays = STRUCTURAL[name]
    inputs = [tensor(a, None) for a in arrays]
    assert gradcheck(lift(build), inputs)
    assert gradgradcheck(lift(build), inputs)


# -- kinks, ties and zeros, where central differences say nothing


def expect(found, *wanted):
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_relu_at_zero_and_nan():
    found = slope(lambda x: x.alu(Ops.RELU), [-1.0, -0.0, 0.0, 2.0, NAN], upstream=[3.0, 4.0, 5.0, 6.0, 7.0])
    expect(found, [0, 0, 0, 6, 7])


def test_abs_at_zero():
    expect(slope(lambda x: x.alu(Ops.ABS), [-2.0, 0.0, -0.0, 3.0], upstream=[1.0, 2.0, 3.0, 4.0]), [-1, 0, 0, 4])


@pytest.mark.parametrize("op", [Ops.MAXIMUM, Ops.MINIMUM], ids=str)
def test_ties_of_two_numbers_are_halved(op):
    found = slope(lambda a, b: a.alu(op, b), [1.0, 2.0, 5.0], [4.0, 2.0, 3.0], upstream=[1.0, 3.0, 7.0])
    expect(found, *([[0, 1.5, 7], [1, 1.5, 0]] if op is Ops.MAXIMUM else [[1, 1.5, 0], [0, 1.5, 7]]))


def test_nan_in_a_maximum_lets_the_gradient_through_to_both():
    expect(slope(lambda a, b: a.alu(Ops.MAXIMUM, b), [NAN, 1.0], [1.0, NAN], upstream=[2.0, 3.0]), [2, 3], [2, 3])


def test_ties_of_an_extremum_share_evenly():
    x = [[3.0, 1.0, 3.0, 3.0], [2.0, 2.0, 0.0, 1.0]]
    found = slope(lambda x: x.reduce(Ops.MAXIMUM, (1,)), x, upstream=[[6.0], [5.0]])
    expect(found, [[2, 0, 2, 2], [2.5, 2.5, 0, 0]])
    expect(slope(lambda x: x.reduce(Ops.MINIMUM, (0, 1)), [[4.0, 1.0], [1.0, 2.0]]), [[0, 0.5], [0.5, 0]])


def test_powers_at_zero():
    x, y = [0.0, 0.0, 0.0, 0.0, -2.0], [0.0, 1.0, 2.0, 0.5, 2.0]
    by_x, by_y = slope(lambda x, y: x.alu(Ops.POW, y), x, y, upstream=[2.0, 3.0, 4.0, 5.0, 6.0])
    np.testing.assert_array_equal(by_x, [0, 3, 0, INF, -24])
    np.testing.assert_array_equal(by_y, [0, 0, 0, 0, NAN])


@pytest.mark.parametrize("exponent", [-1.0, 0.0, 1.0, 2.0, 3.5])
def test_a_power_with_a_number_for_exponent(exponent):
    x = numbers(5, low=0.2)
    (found,) = slope(lambda x: x.alu(Ops.POW, x.const_like(exponent)), x)
    np.testing.assert_allclose(found, exponent * x ** (exponent - 1))


def test_second_derivatives_of_powers_at_zero_are_numbers():
    x, y = tensor([0.0, 0.0, 0.0]), tensor([0.0, 2.0, 3.0])
    by_x, by_y = lift(lambda x, y: x.alu(Ops.POW, y))(x, y).gradient(x, y, gradient=tensor([1.0, 1.0, 1.0]))
    ones = tensor([1.0, 1.0, 1.0])
    np.testing.assert_array_equal(by_x.gradient(x, gradient=ones)[0].numpy(), [0, 2, 0])
    np.testing.assert_array_equal(by_y.gradient(y, gradient=ones)[0].numpy(), [0, 0, 0])


def test_atan2_at_the_origin():
    expect(slope(lambda a, b: a.alu(Ops.ATAN2, b), [0.0, 1.0], [0.0, 0.0], upstream=[2.0, 3.0]), [0, 0], [0, -3])


ZEROS = {
    "none": [1.5, -2.0, 3.0, 0.5],
    "one": [1.5, -2.0, 0.0, 0.5],
    "first": [0.0, -2.0, 4.0, 0.5],
    "last": [1.5, -2.0, 4.0, 0.0],
    "two": [1.5, 0.0, 3.0, 0.0],
    "neighbours": [1.5, 0.0, 0.0, 0.5],
    "three": [0.0, 0.0, 3.0, 0.0],
}


@pytest.mark.parametrize("name", ZEROS)
def test_products_with_zeros(name):
    """A product is a polynomial, so central differences are right at zeros as well, in every order."""
    x = tensor(ZEROS[name])
    for function in (lambda x: x.reduce(Ops.MUL, (0,)), lambda x: scanned(x, Ops.MUL, 0)):
        assert gradcheck(lift(function), x)
        assert gradgradcheck(lift(function), x)


@pytest.mark.parametrize("name", ZEROS)
def test_a_running_product_in_closed_form(name):
    x, g = np.array(ZEROS[name]), numbers(4)
    wanted = [sum(g[i] * np.prod(np.delete(x[: i + 1], k)) for i in range(k, 4)) for k in range(4)]
    expect(slope(lambda x: scanned(x, Ops.MUL, 0), x, upstream=g), wanted)


@pytest.mark.parametrize("base", [[2.0, 0.0, 3.0], [0.0, 0.0, 1.0]])
@pytest.mark.parametrize("value", [[2.0, 5.0, 3.0, 4.0], [0.0, 5.0, 3.0, 4.0], [0.0, 5.0, 0.0, 4.0]])
def test_scattered_products_with_zeros(base, value):
    positions = np.array([0, 1, 0, 1])
    inputs = [tensor(base), tensor(value), tensor(positions, None)]
    assert gradcheck(lift(scattered(Ops.MUL)), inputs)


def test_ties_of_a_scattered_extremum_share_evenly():
    base, value, positions = [5.0, 1.0, 2.0], [5.0, 5.0, 2.0, 1.0], np.array([0, 0, 1, 2])
    found = slope(scattered(Ops.MAXIMUM), base, value, positions, upstream=[3.0, 4.0, 7.0])
    expect(found, [1, 0, 7], [1, 1, 4, 0])


def test_scatter_set_takes_the_gradient_from_the_base():
    found = slope(scattered("SET"), [1.0, 2.0, 3.0], [8.0, 9.0], np.array([2, 0]), upstream=[4.0, 5.0, 6.0])
    expect(found, [0, 5, 0], [6, 4])


def test_a_running_maximum_goes_to_the_last_position_that_attained_it():
    x = [[1.0, 3.0, 3.0, 2.0, 5.0], [4.0, 4.0, 1.0, 4.0, 0.0]]
    g = [[1.0, 2.0, 4.0, 8.0, 16.0], [1.0, 2.0, 4.0, 8.0, 16.0]]
    expect(slope(lambda x: scanned(x, Ops.MAXIMUM, 1), x, upstream=g), [[1, 2, 12, 0, 16], [1, 6, 0, 24, 0]])
    expect(slope(lambda x: scanned(x, Ops.MINIMUM, 0), [2.0, 3.0, 2.0], upstream=[1.0, 2.0, 4.0]), [3, 0, 4])
    expect(slope(lambda x: scanned(x, Ops.MAXIMUM, 0), [1.0, NAN, 3.0, NAN, 2.0]), [1, 2, 0, 2, 0])


def test_erf_in_closed_form():
    x = np.array([-6.0, -1.0, 0.0, 0.5, 30.0])
    expect(slope(lambda x: x.alu(Ops.ERF), x), 2 / np.sqrt(np.pi) * np.exp(-(x**2)))


def test_a_chain_in_closed_form_up_to_the_fourth_order():
    x = tensor([0.3, -0.7, 1.1])
    y, ones = lift(lambda x: x.alu(Ops.SIN))(x), tensor([1.0, 1.0, 1.0])
    for order in range(1, 5):
        (y,) = y.gradient(x, gradient=ones)
        np.testing.assert_allclose(y.numpy(), np.sin(x.numpy() + order * np.pi / 2), atol=1e-12)


def test_a_composition_of_many_operations():
    def build(x, w):
        products = (x.reshape((3, 1, 4)).expand((3, 2, 4)) * w.reshape((1, 2, 4)).expand((3, 2, 4))).reduce(
            Ops.ADD, (2,)
        )
        h = products.reshape((3, 2)).alu(Ops.TANH)
        e = (h - h.reduce(Ops.MAXIMUM, (1,)).expand(h.shape)).alu(Ops.EXP)
        return (e / e.reduce(Ops.ADD, (1,)).expand(h.shape)).alu(Ops.LOG)

    assert gradcheck(lift(build), [tensor(numbers(3, 4)), tensor(numbers(2, 4))])
    assert gradgradcheck(lift(build), [tensor(numbers(3, 4)), tensor(numbers(2, 4))])


# -- shapes and dtypes


EMPTY = {
    "reshape": (lambda x: x.reshape((3, 0)), (0, 3)),
    "expand": (lambda x: x.expand((0, 3)), (1, 3)),
    "expand, one number": (lambda x: x.expand((2, 0)), ()),
    "pad": (lambda x: x.pad(((1, 2), (0, 0))), (0, 2)),
    "shrink": (lambda x: x.shrink(((1, 1), (0, 2))), (3, 2)),
    "flip": (lambda x: x.flip((0,)), (0, 2)),
    "sum": (lambda x: x.reduce(Ops.ADD, (0,)), (0, 2)),
    "product": (lambda x: x.reduce(Ops.MUL, (0, 1)), (0, 2)),
    "product of other axes": (lambda x: x.reduce(Ops.MUL, (1,)), (0, 2)),
    "largest": (lambda x: x.reduce(Ops.MAXIMUM, (1,)), (0, 2)),
    "running sum": (lambda x: scanned(x, Ops.ADD, 0), (0, 2)),
    "running product": (lambda x: scanned(x, Ops.MUL, 0), (0, 2)),
    "running maximum": (lambda x: scanned(x, Ops.MAXIMUM, 1), (0, 2)),
    "running minimum": (lambda x: scanned(x, Ops.MINIMUM, 1), (2, 0)),
    "window": (lambda x: windows(x, 0, 2, 1, 1), (3, 0)),
    "fold": (lambda x: folded(x, 0, 3, 1, 1), (2, 0, 2)),
    "fold of no windows": (lambda x: folded(x, 0, 1, 1, 1), (0, 2)),
    "spread of no windows": (lambda x: folded(x, 0, 1, 1, 1, op=Ops.SPREAD), (0, 2)),
    "power": (lambda x: x.alu(Ops.POW, x), (0,)),
}


@pytest.mark.parametrize("name", EMPTY)
def test_shapes_without_elements(name):
    build, shape = EMPTY[name]
    assert gradcheck(lift(build), tensor(numbers(*shape)))
    (found,) = slope(build, numbers(*shape))
    assert found.shape == shape


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_one_element(shape):
    x = numbers(*shape)
    axes = tuple(range(len(shape)))
    for op in (Ops.ADD, Ops.MUL, Ops.MAXIMUM):
        assert gradcheck(lift(lambda x: squares(x).reduce(op, axes)), tensor(x))  # noqa: B023
        if shape:
            assert gradcheck(lift(lambda x: squares(scanned(x, op, 0))), tensor(x))  # noqa: B023
    assert gradcheck(lift(lambda x: x.alu(Ops.TANH) * x), tensor(x))


@pytest.mark.parametrize("dtype", [dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64], ids=repr)
def test_gradients_have_their_targets_dtype(dtype):
    x = tensor([1.0, 2.0, 3.0], dtype)
    y = lift(lambda x: (x.cast(dtypes.float32) * 2).cast(dtypes.float64).alu(Ops.EXP))(x)
    (g,) = y.gradient(x, gradient=tensor([1.0, 0.5, 0.25]))
    assert g.dtype is dtype
    wanted = 2 * np.exp(2 * np.arange(1, 4)) * [1, 0.5, 0.25]
    np.testing.assert_allclose(g.numpy(), wanted, rtol=1e-2)


@pytest.mark.parametrize("dtype", [dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64], ids=repr)
@pytest.mark.parametrize("op", [*ONE_SOURCE], ids=str)
def test_rules_keep_the_dtype(op, dtype):
    x = UOp.const(dtype, 0.5, (2,))
    leaf = UOp(Ops.LEAF, dtype, (x,), (-1, "HERE"))
    (found,) = gradients(leaf.alu(op), [leaf], x)
    assert found.dtype is dtype and found.shape == (2,)


# -- which UOps get one


def test_targets_that_nothing_reaches():
    x, y, n = tensor([1.0, 2.0]), tensor([3.0, 4.0]), tensor([1, 2], None)
    ones = x.uop.const_like(1)
    mask = x.uop.alu(Ops.LT, y.uop)
    root = mask.where(y.uop, y.uop + 1) * x.uop.detach() + n.uop.cast(dtypes.float64)
    assert gradients(root, [x.uop, n.uop, mask], ones) == [None, None, None]
    assert gradients(x.uop, [x.uop, y.uop], ones) == [ones, None]
    assert gradients(root, [], ones) == []
    order = UOp(Ops.ARGSORT, dtypes.int64, (x.uop,), False)
    assert gradients(gathered(y.uop, order), [x.uop], ones) == [None]
    bits = UOp(Ops.BITCAST, dtypes.float64, (UOp(Ops.BITCAST, dtypes.int64, (x.uop,)),))
    assert gradients(bits, [x.uop], ones) == [None]


def test_a_target_passes_its_gradient_on():
    x = tensor([2.0, -3.0]).uop
    square = x * x
    cube = square * x
    by_cube, by_square, by_x, again = gradients(cube, [cube, square, x, x], x.const_like(1))
    assert by_cube is x.const_like(1) and again is by_x
    values = [Tensor._of(g, tensor([0.0]).device).numpy() for g in (by_square, by_x)]
    np.testing.assert_array_equal(values[0], [2, -3])
    np.testing.assert_array_equal(values[1], [12, 27])


def test_only_what_lies_between_targets_and_root_is_differentiated(monkeypatch):
    visited = []
    monkeypatch.setitem(RULES, Ops.SIN, lambda node, g: visited.append(node) or (g,))
    x, y = tensor([1.0]).uop, tensor([2.0]).uop
    gradients(x.alu(Ops.SIN) * y.alu(Ops.SIN), [y], x.const_like(1))
    assert visited == [y.alu(Ops.SIN)]
    del visited[:]
    gradients(x.alu(Ops.SIN).alu(Ops.EXP), [x.alu(Ops.SIN)], x.const_like(1))
    assert visited == []  # nothing below the target is asked for


def test_assign_hands_its_gradient_to_the_value():
    x, buffer = tensor([1.0, 2.0]).uop, tensor([0.0, 0.0]).uop
    root = UOp(Ops.ASSIGN, x.dtype, (buffer, x * 3))
    g = x.const_like(2)
    by_x, by_buffer = gradients(root, [x, buffer], g)
    assert by_x is g * 3 and by_buffer is None


def test_a_gradient_goes_back_to_the_source_of_a_copy():
    x = tensor([1.0, 2.0])
    moved = UOp(Ops.COPY, x.dtype, (x.uop * 2,), "ELSEWHERE")
    assert device_of(moved + 1) == "ELSEWHERE" and device_of(x.uop * 2) == x.device
    assert device_of(UOp.const(dtypes.float32, 1.0, (2,))) is None
    assert device_of(Tensor(3.0).uop * 2) == x.device
    g = moved.const_like(3)
    (found,) = gradients(moved, [x.uop], g)
    assert found is UOp(Ops.COPY, x.dtype, (g,), x.device) * x.uop.const_like(2)


# -- size and time


@pytest.mark.parametrize(
    "build, most",
    [
        (lambda x: x.alu(Ops.RELU), 7),
        (lambda x: x.alu(Ops.TANH), 8),
        (lambda x: x.alu(Ops.EXP), 4),
        (lambda x: x.reduce(Ops.ADD, (0, 1)), 2),
        (lambda x: x.reduce(Ops.MAXIMUM, (1,)), 10),
        (lambda x: x.alu(Ops.POW, x.const_like(3)), 9),
    ],
)
def test_gradient_graphs_are_small(build, most):
    x = tensor(numbers(3, 4)).uop
    root = build(x)
    (found,) = gradients(root, [x], tensor(numbers(*root.shape)).uop)
    assert len(found.toposort()) <= most, str(found)


def test_deep_graphs_without_recursion_in_linear_time():
    def per_operation(count):
        x = tensor([0.5]).uop
        y = x
        for _ in range(count):
            y = y * x
        start = time.process_time()
        (found,) = gradients(y, [x], y.const_like(1))
        spent = time.process_time() - start
        assert found is not None
        return spent / count

    short, deep = min(per_operation(1000) for _ in range(5)), per_operation(100_000)
    assert deep < 10 * short + 1e-5


def test_the_garbage_collector_is_left_as_it_was(monkeypatch):
    monkeypatch.delitem(UNARY_RULES, Ops.EXP)
    x = tensor([0.5]).uop
    gradients(x * x, [x], x.const_like(1))
    assert gc.isenabled()
    with pytest.raises(KeyError):
        gradients(x.alu(Ops.EXP), [x], x)
    assert gc.isenabled()
    gc.disable()
    try:
        gradients(x * x, [x], x.const_like(1))
        assert not gc.isenabled()
    finally:
        gc.enable()


# -- the check itself


def test_gradcheck_finds_a_wrong_rule(monkeypatch):
    monkeypatch.setitem(RULES, Ops.MUL, lambda node, g: (g * node.src[1], g * node.src[1]))
    inputs = [tensor([1.0, 2.0]), tensor([[4.0, 5.0, 7.0]])]

    def function(a, b):
        return a.reshape((2, 1)).expand((2, 3)) * b.expand((2, 3))

    with pytest.raises(GradientError, match=r"input 1 at \(0, [012]\) is .*, but central differences give .*3 of 3"):
        gradcheck(lift(function), inputs)


def test_gradcheck_finds_a_wrong_second_derivative(monkeypatch):
    monkeypatch.setitem(RULES, Ops.EXP, lambda node, g: (g * node.detach(),))
    assert gradcheck(lift(lambda x: x.alu(Ops.EXP)), tensor([0.3, 0.4]))
    with pytest.raises(GradientError, match="input 0 at"):
        gradgradcheck(lift(lambda x: x.alu(Ops.EXP)), tensor([0.3, 0.4]))


def test_gradcheck_does_not_take_nan_for_right():
    with pytest.raises(GradientError, match="nan"):
        gradcheck(lift(lambda x: x.alu(Ops.LOG)), tensor([-1.0]))


def test_gradcheck_of_several_results_and_kinds_of_inputs():
    x, n = tensor([1.0, 2.0], dtypes.float32), tensor([1, 0, 1], None)
    fixed = tensor([3.0, 4.0]).requires_grad_(False)

    def function(x, n, fixed):
        assert x.dtype is dtypes.float64 and n.dtype is dtypes.int64
        picked = gathered(x.uop * fixed.uop, n.uop)
        return x._new(picked), n, x._new(fixed.uop.detach() + x.uop)

    assert gradcheck(function, [x, n, fixed])
    x.requires_grad_(False)
    for function in (lambda x: x, lambda x: tensor([1], None)):
        with pytest.raises(ValueError, match="nothing to check"):
            gradcheck(function, x)
