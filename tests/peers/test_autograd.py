"""Gradients beside PyTorch's: kinks, ties, zeros, NaN and infinity, dtypes, higher orders, and who gets a gradient."""

import numpy as np
import pytest

from course_lib import Tensor, dtypes, no_grad
from course_lib.engine.derivatives import STEPS, UNARY_RULES
from course_lib.engine.uop import Ops, UOp

torch = pytest.importorskip("torch")

NAN, INF = float("nan"), float("inf")
RNG = np.random.default_rng(3)
EDGES = np.array([-INF, -3.0, -1.0, -0.75, -0.0, 0.0, 0.25, 0.5, 1.0, 2.5, INF, NAN])


def compare(ours, theirs, *arrays, dtype="float64", rtol=1e-9, atol=1e-12, second=True):
    """Values, gradients and second derivatives of two functions, under the same random upstream gradients."""
    rng = np.random.default_rng(5)
    fractional = [np.asarray(a).dtype.kind == "f" for a in arrays]
    a = [Tensor(np.asarray(x), dtype=dtype if f else None) for x, f in zip(arrays, fractional)]
    b = [torch.tensor(np.asarray(x), dtype=getattr(torch, dtype) if f else None) for x, f in zip(arrays, fractional)]
    xs, ys = ([t for t, f in zip(group, fractional) if f] for group in (a, b))
    for y in ys:
        y.requires_grad_()
    p, q = ours(*a), theirs(*b)

    def same(x, y):
        assert x.dtype.name == str(y.dtype).removeprefix("torch.")
        np.testing.assert_allclose(x.numpy(), y.double().numpy(force=True), rtol=rtol, atol=atol)

    same(p, q)
    upstream = np.asarray(rng.uniform(0.5, 2, p.shape))
    g = p.gradient(*xs, gradient=Tensor(upstream, dtype=dtype))
    h = torch.autograd.grad(q, ys, torch.tensor(upstream, dtype=q.dtype), create_graph=True, materialize_grads=True)
    for x, y in zip(g, h):
        same(x, y)
    for x, y in zip(g, h) if second else ():
        weight = np.asarray(rng.uniform(-2, 2, x.shape))
        if y.requires_grad:
            found = x.gradient(*xs, gradient=Tensor(weight, dtype=dtype))
            wanted = torch.autograd.grad(
                y, ys, torch.tensor(weight, dtype=y.dtype), retain_graph=True, materialize_grads=True
            )
            for c, d in zip(found, wanted):
                same(c, d)


def lift(build):
    return lambda *tensors: tensors[0]._new(build(*(t.uop for t in tensors)))


# -- element by element, also where there is no slope

TORCH_NAMES = {Ops.NEG: torch.neg, Ops.RECIPROCAL: torch.reciprocal, Ops.RELU: torch.relu, Ops.ERF: torch.erf}
ONE_SOURCE = sorted({*UNARY_RULES, *STEPS} - {Ops.CAST})


@pytest.mark.parametrize("op", ONE_SOURCE, ids=str)
def test_one_source(op):
    theirs = TORCH_NAMES.get(op) or getattr(torch, op.name.lower())
    compare(lift(lambda x: x.alu(op)), theirs, RNG.uniform(0.05, 0.95, (3, 4)) + (op is Ops.ACOSH))
    edges = EDGES if op not in (Ops.ABS, Ops.SIGN) else EDGES[:-1]  # the sign of NaN is NaN in NumPy, 0 in PyTorch
    compare(lift(lambda x: x.alu(op)), theirs, edges, second=False)


TWO_SOURCES = {
    Ops.ADD: torch.add,
    Ops.SUB: torch.sub,
    Ops.MUL: torch.mul,
    Ops.DIV: torch.div,
    Ops.POW: torch.pow,
    Ops.ATAN2: torch.atan2,
    Ops.MAXIMUM: torch.maximum,
    Ops.MINIMUM: torch.minimum,
    Ops.MOD: torch.remainder,
    Ops.FMOD: torch.fmod,
}


@pytest.mark.parametrize("op", TWO_SOURCES, ids=str)
def test_two_sources(op):
    pair = RNG.uniform(1, 3, (3, 4)), RNG.uniform(0.2, 0.9, (3, 4))
    compare(lift(lambda x, y: x.alu(op, y)), TWO_SOURCES[op], *pair)
    a, b = (grid.ravel() for grid in np.meshgrid(EDGES[1:-2], EDGES[1:-2]))  # every pair of finite ones
    if op in (Ops.MOD, Ops.FMOD):
        a, b = a[b != 0], b[b != 0]
    compare(lift(lambda x, y: x.alu(op, y)), TWO_SOURCES[op], a, b, second=False)


@pytest.mark.parametrize("op", [Ops.MAXIMUM, Ops.MINIMUM], ids=str)
def test_extrema_of_nan_and_infinity(op):
    a, b = (grid.ravel() for grid in np.meshgrid(EDGES, EDGES))
    compare(lift(lambda x, y: x.alu(op, y)), TWO_SOURCES[op], a, b)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("name", ["exp", "tanh", "sqrt", "log", "sin", "relu", "erf", "reciprocal"])
def test_narrow_dtypes(name, dtype):
    rtol = {"float16": 4e-3, "bfloat16": 3e-2, "float32": 2e-6}[dtype]
    x = RNG.uniform(0.3, 2, (4, 3))
    op = Ops[name.upper()]
    compare(lift(lambda x: x.alu(op)), getattr(torch, name), x, dtype=dtype, rtol=rtol, atol=rtol / 4, second=False)


# -- whole tensors

SQUARE = RNG.normal(size=(3, 4))
TIES = np.array([[3.0, 1.0, 3.0, 3.0], [2.0, 2.0, 0.0, 1.0], [5.0, 5.0, 5.0, 5.0]])


def test_movement():
    compare(lambda x: x.T.reshape(2, 6), lambda x: x.T.reshape(2, 6), SQUARE)
    compare(lambda x: (x * x).flip(1)[::2, 1:], lambda x: (x * x).flip(1)[::2, 1:], SQUARE)
    compare(lambda x, y: x * y, lambda x, y: x * y, SQUARE.reshape(3, 1, 4), RNG.normal(size=(2, 1)))
    compare(lambda x, y: x / y, lambda x, y: x / y, np.zeros((0, 3)), np.ones(3))


@pytest.mark.parametrize("name", ["amax", "amin"])
def test_extrema_share_among_ties(name):
    ours, theirs = (lambda x: getattr(x, name)(1)), (lambda x: getattr(torch, name)(x, 1))
    compare(ours, theirs, TIES)
    compare(ours, theirs, SQUARE)
    compare(ours, theirs, np.array([[NAN, 1.0, 2.0], [1.0, 1.0, 0.0], [INF, -INF, INF]]))


@pytest.mark.parametrize("zeros", [(), (1,), (0,), (3,), (1, 3), (1, 2), (0, 1, 2, 3)])
def test_products(zeros):
    x = RNG.normal(size=(2, 4))
    x[0, list(zeros)] = 0
    compare(lambda x: x.prod(1), lambda x: x.prod(1), x)
    compare(lift(lambda x: UOp(Ops.SCAN, x.dtype, (x,), (Ops.MUL, 1))), lambda x: x.cumprod(1), x)
    compare(lambda x: x.prod(), lambda x: x.prod(), x[:1])


@pytest.mark.parametrize("name", ["cummax", "cummin"])
def test_running_extrema(name):
    op = Ops.MAXIMUM if name == "cummax" else Ops.MINIMUM
    for x in (SQUARE, TIES, np.array([[1.0, NAN, 3.0, NAN, 2.0], [2.0, 2.0, 1.0, 2.0, 1.0]])):
        for axis in (0, 1):
            compare(
                lift(lambda x: UOp(Ops.SCAN, x.dtype, (x,), (op, axis))),  # noqa: B023
                lambda x: getattr(torch, name)(x, axis)[0],  # noqa: B023
                x,
            )


@pytest.mark.parametrize("reduce", ["sum", "prod", "amax", "amin"])
@pytest.mark.parametrize("zero", [False, True])
def test_scatter_reduce(reduce, zero):
    op = {"sum": Ops.ADD, "prod": Ops.MUL, "amax": Ops.MAXIMUM, "amin": Ops.MINIMUM}[reduce]
    base, value = np.array([2.0, 3.0, -1.0]), np.array([2.0, 5.0, 3.0, 4.0, -1.0])
    value[1] = 0 if zero else 5
    positions = np.array([0, 1, 1, 2, 2])
    compare(
        lift(lambda x, v, i: UOp(Ops.SCATTER, x.dtype, (x, v, i), op)),
        lambda x, v, i: x.scatter_reduce(0, i, v, reduce),
        base,
        value,
        positions,
        second=reduce == "sum",
    )


def test_gather_and_scatter():
    i = np.array([[0, 2, 1, 1], [2, 2, 0, 1]])
    rows = np.broadcast_to(np.arange(4), (2, 4)).copy()
    compare(
        lift(lambda x, i, j: UOp(Ops.GATHER, x.dtype, (x * x, i, j))), lambda x, i, j: (x * x)[i, j], SQUARE, i, rows
    )
    compare(
        lift(lambda x, v, i: UOp(Ops.SCATTER, x.dtype, (x, v * v, i), "SET")),
        lambda x, v, i: x.index_copy(0, i, v * v),
        SQUARE,
        RNG.normal(size=(2, 4)),
        np.array([2, 0]),
    )


def test_windows():
    compare(lambda x: (x * x).unfold(1, 2, 1), lambda x: (x * x).unfold(1, 2, 1), SQUARE)
    compare(lambda x: (x * x).unfold(0, 2, 3), lambda x: (x * x).unfold(0, 2, 3), RNG.normal(size=(7, 2)))


def test_copies_between_dtypes():
    x = RNG.normal(size=(5,))
    compare(
        lambda x: (x.float() * 3).half().double() * x,
        lambda x: (x.float() * 3).half().double() * x,
        x,
        rtol=1e-3,
        second=False,
    )


# -- programs


def test_a_network_with_second_derivatives():
    x, w, v = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=(4, 2))

    def network(x, w, v):
        h = (x @ w).tanh()
        z = (h @ v).sigmoid()
        return ((z - h[:, :2]) ** 2).mean()

    compare(network, network, x, w, v, rtol=1e-8)


def test_the_same_program_gives_the_same_gradients():
    numbers = RNG.normal(size=(4, 3)).astype(np.float32)

    def program(tensor, no_grad):
        x, w = tensor(numbers), tensor(numbers[:3] * 0.5)
        x.requires_grad_()
        w.requires_grad_()
        hidden = (x @ w).relu()
        hidden.retain_grad()
        with no_grad():
            scale = x.sum() * 0.1
        loss = (hidden * scale + hidden.detach()).mean()
        loss.backward()
        (w * w).sum().backward()
        with no_grad():
            w -= 0.5 * w.grad
        return x.grad, w.grad, hidden.grad, w.detach()

    ours = program(Tensor, no_grad)
    theirs = program(torch.tensor, torch.no_grad)
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6)


def test_gradients_of_mixed_dtypes():
    for first in ("float16", "bfloat16", "float32", "float64"):
        for second in ("float16", "bfloat16", "float32", "float64"):
            a, b = Tensor([1.5, 2.0], dtype=first), Tensor([2.5, 3.0], dtype=second)
            c = torch.tensor([1.5, 2.0], dtype=getattr(torch, first), requires_grad=True)
            d = torch.tensor([2.5, 3.0], dtype=getattr(torch, second), requires_grad=True)
            (a * b).sum().backward()
            (c * d).sum().backward()
            for x, y in ((a, c), (b, d)):
                assert x.grad.dtype is getattr(dtypes, str(y.grad.dtype).removeprefix("torch."))
                np.testing.assert_array_equal(x.grad.numpy(), y.grad.double().numpy())
