"""Matrix products beside PyTorch's: the same numbers, and the same gradients."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from course_lib import Tensor  # noqa: E402
from tests.engine.test_products import EINSTEIN, FITTING  # noqa: E402
from tests.peers.together import agree  # noqa: E402


def drawn(*shape, seed=0, dtype="float32"):
    return Tensor(np.random.default_rng([seed, *shape]).normal(size=shape), dtype=dtype)


@pytest.mark.parametrize(("a", "b"), FITTING, ids=str)
def test_matmul_of_all_ranks(a, b):
    agree(
        {"@": lambda x, y: x @ y, "used twice": lambda x, y: x @ (y * (x.sum() + 1))},
        drawn(*a),
        drawn(*b, seed=1),
        rtol=9,
        atol=90,
    )


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_precision(dtype):
    agree({"@": lambda x, y: x @ y}, drawn(5, 70, dtype=dtype), drawn(70, 3, seed=1, dtype=dtype), atol=9)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64"])
def test_whole_numbers(dtype):
    rng = np.random.default_rng(0)
    x, y = Tensor(rng.integers(0, 100, (3, 5)), dtype=dtype), Tensor(rng.integers(0, 100, (5, 4)), dtype=dtype)
    agree({"@": lambda x, y: x @ y, "dot": lambda x, y: x.matmul(y)}, x, y)


def test_the_named_products():
    agree(
        {
            "mm": lambda m, n, v, b, c, s: m.mm(n),
            "bmm": lambda m, n, v, b, c, s: b.bmm(c),
            "mv": lambda m, n, v, b, c, s: m.mv(v),
            "dot": lambda m, n, v, b, c, s: v.dot(v),
            "addmm": lambda m, n, v, b, c, s: s.addmm(m, n),
            "addmm, weighted": lambda m, n, v, b, c, s: s.addmm(m, n, beta=2, alpha=-0.5),
            "addmm, broadcast": lambda m, n, v, b, c, s: s[0].addmm(m, n),
            "baddbmm": lambda m, n, v, b, c, s: s.baddbmm(b, c, beta=0.5),
            "outer": lambda m, n, v, b, c, s: v.outer(s[0]),
            "inner": lambda m, n, v, b, c, s: m.inner(b),
            "kron": lambda m, n, v, b, c, s: m.kron(n),
            "kron of other ranks": lambda m, n, v, b, c, s: b.kron(v),
            "vecdot": (
                lambda m, n, v, b, c, s: b.vecdot(m, dim=1),
                lambda m, n, v, b, c, s: torch.linalg.vecdot(b, m, dim=1),
            ),
            "tensordot": (
                lambda m, n, v, b, c, s: b.tensordot(c, ([2, 0], [1, 0])),
                lambda m, n, v, b, c, s: torch.tensordot(b, c, ([2, 0], [1, 0])),
            ),
            "a chain": lambda m, n, v, b, c, s: (m @ n).relu() @ s.T @ m,
            "stepped and flipped": lambda m, n, v, b, c, s: m[:, ::2] @ n[1::2] + m.T[:3].T @ n[:3],
        },
        drawn(3, 4),
        drawn(4, 5),
        drawn(4),
        drawn(2, 3, 4),
        drawn(2, 4, 5),
        drawn(3, 5, seed=2),
        rtol=3,
        atol=12,
    )


@pytest.mark.parametrize("formula", EINSTEIN, ids=lambda case: case[0])
def test_einstein(formula):
    text, *shapes = formula
    tensors = [drawn(*shape, seed=i) for i, shape in enumerate(shapes)]
    agree({text: (lambda *x: Tensor.einsum(text, *x), lambda *x: torch.einsum(text, *x))}, *tensors, rtol=3, atol=12)


def test_einstein_where_numpy_refuses():
    agree(
        {
            "broadcast": (
                lambda x, y: Tensor.einsum("ij,jk->ik", x, y),
                lambda x, y: torch.einsum("ij,jk->ik", x, y),
            ),
            "ellipsis added up": (lambda x, y: Tensor.einsum("...j->j", y), lambda x, y: torch.einsum("...j->j", y)),
        },
        drawn(2, 1),
        drawn(3, 4),
        atol=9,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x, y: x @ x,
        lambda x, y: x @ y.double(),
        lambda x, y: x @ y[0],
        lambda x, y: x.bool() @ y.bool(),
        lambda x, y: x.mm(y[0]),
        lambda x, y: x.sum() @ y,
        lambda x, y: x.outer(y),
        lambda x, y: y.reshape(2, 2, 3) @ y.reshape(3, 2, 2).transpose(1, 2)[:, :3],
        lambda x, y: x.expand(5, 2, 3).bmm(y.expand(4, 3, 4)),
    ],
)
def test_both_refuse(wrong):
    x, y = drawn(2, 3), drawn(3, 4)
    with pytest.raises((RuntimeError, NotImplementedError)):
        wrong(torch.zeros(2, 3), torch.zeros(3, 4))
    with pytest.raises((ValueError, TypeError)):
        wrong(x, y)
