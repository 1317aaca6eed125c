"""Matrix products, and products in Einstein's notation: NumPy says what the numbers must be."""

import numpy as np
import pytest

from course_lib import Tensor, dtypes

from .checking import numbers


def check(*pairs, rtol=1e-5, atol=1e-5):
    """Tensors, all computed at once, against arrays."""
    results = [found for found, _ in pairs]
    results[0].realize(*results)
    for i, (found, expected) in enumerate(pairs):
        expected = np.asarray(expected)
        assert found.shape == expected.shape, i
        assert found.dtype.name == expected.dtype.name, i
        np.testing.assert_allclose(found.numpy(), expected, rtol, atol, err_msg=str(i))


FITTING = [
    ((3,), (3,)),
    ((1,), (1,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((1, 1), (1, 1)),
    ((17, 13), (13, 11)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((1, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (6, 3, 4)),
    ((3,), (5, 3, 4)),
    ((5, 2, 3), (3,)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 2)),
    ((2, 3), (3, 0)),
    ((0, 2, 3), (3, 4)),
    ((0,), (0,)),
    ((0,), (0, 3)),
]


def test_matmul_of_all_ranks():
    results = []
    for a, b in FITTING:
        p, q = numbers(*a), numbers(*b, seed=1)
        results.append((Tensor(p) @ Tensor(q), np.matmul(p, q)))
        results.append((Tensor(p).dot(Tensor(q)), np.matmul(p, q)))
    check(*results)


def test_operands_that_do_not_lie_in_order():
    p, q = numbers(6, 8), numbers(8, 6, seed=1)
    a, b = Tensor(p), Tensor(q)
    check(
        (a.T @ b.T, p.T @ q.T),
        (a.flip(1) @ b, p[:, ::-1] @ q),
        (a[::2, 1::3] @ b[1::3, ::-1], p[::2, 1::3] @ q[1::3, ::-1]),
        (a @ a.T, p @ p.T),
        (a[:, :1].expand(6, 8) @ b, np.broadcast_to(p[:, :1], (6, 8)) @ q),
        (a[0] @ b, p[0] @ q),
        ((a + 1) @ (b * 2).relu(), (p + 1) @ np.maximum(q * 2, 0)),
    )


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64"])
def test_whole_numbers_stay_whole(dtype):
    p = np.array([[100, 27, 3], [1, 2, 3]]).astype(dtype)
    check((Tensor(p) @ Tensor(p.T), p @ p.T), (Tensor(p[0]).outer(Tensor(p[1])), np.outer(p[0], p[1])))


@pytest.mark.parametrize(("dtype", "rtol"), [("float16", 1e-3), ("bfloat16", 8e-3), ("float64", 1e-14)])
def test_precision(dtype, rtol):
    x, y = Tensor(np.abs(numbers(3, 2000)), dtype=dtype), Tensor(np.abs(numbers(2000, 2, seed=1)), dtype=dtype)
    found = x @ y
    assert found.dtype.name == dtype
    np.testing.assert_allclose(found.numpy(), x.numpy().astype(np.float64) @ y.numpy().astype(np.float64), rtol=rtol)


def test_infinity_and_nan_stay_in_their_rows():
    p = np.float32([[1, np.inf], [np.nan, 1], [1, 2]])
    q = np.float32([[1, 2], [3, 4]])
    with np.errstate(invalid="ignore"):
        check((Tensor(p) @ Tensor(q), p @ q))


def test_the_named_products():
    m, n, v, w = numbers(3, 4), numbers(4, 5), numbers(4), numbers(3)
    b, c = numbers(2, 3, 4), numbers(2, 4, 5)
    start, row = numbers(3, 5, seed=2), numbers(5, seed=2)
    check(
        (Tensor(m).mm(Tensor(n)), m @ n),
        (Tensor(b).bmm(Tensor(c)), b @ c),
        (Tensor(m).mv(Tensor(v)), m @ v),
        (Tensor(m).matmul(Tensor(n)), m @ n),
        (Tensor(start).addmm(Tensor(m), Tensor(n)), start + m @ n),
        (Tensor(start).addmm(Tensor(m), Tensor(n), beta=2, alpha=-0.5), 2 * start - np.float32(0.5) * (m @ n)),
        (Tensor(row).addmm(Tensor(m), Tensor(n)), row + m @ n),
        (Tensor(row * np.nan).addmm(Tensor(m), Tensor(n), beta=0), m @ n),
        (Tensor(row).baddbmm(Tensor(b), Tensor(c), alpha=3), row + 3 * (b @ c)),
        (Tensor(v).outer(Tensor(w)), np.outer(v, w)),
        (Tensor(v).inner(Tensor(m)), np.inner(v, m)),
        (Tensor(m).inner(Tensor(b)), np.inner(m, b)),
        (Tensor(2.0).inner(Tensor(v)), 2 * v),
        (Tensor(m).vecdot(Tensor(v)), (m * v).sum(-1)),
        (Tensor(b).vecdot(Tensor(m), dim=1), (b * m).sum(1)),
        (Tensor(m).kron(Tensor(n)), np.kron(m, n)),
        (Tensor(v).kron(Tensor(n)), np.kron(v, n)),
        (Tensor(b).kron(Tensor(w)), np.kron(b, w)),
        (m @ Tensor(n), m @ n),
        (Tensor(m) @ n, m @ n),
    )
    x = Tensor(m)
    x @= Tensor(np.eye(4, dtype=np.float32) * 2)
    check((x, m * 2))


def test_tensordot():
    a, b = numbers(2, 3, 4), numbers(3, 4, 5)
    check(
        (Tensor(a).tensordot(Tensor(b)), np.tensordot(a, b)),
        (Tensor(a).tensordot(Tensor(b), 0), np.tensordot(a, b, 0)),
        (Tensor(a).tensordot(Tensor(a), 3), np.tensordot(a, a, 3)),
        (Tensor(a).tensordot(Tensor(b), dims=([2, 1], [1, 0])), np.tensordot(a, b, ([2, 1], [1, 0]))),
        (Tensor(a).tensordot(Tensor(b), dims=([-2], [0])), np.tensordot(a, b, ([-2], [0]))),
    )


EINSTEIN = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ba,cb", (2, 3), (4, 2)),
    ("ij->ji", (2, 3)),
    ("ba", (2, 3)),
    ("ij->", (2, 3)),
    ("ij->j", (2, 3)),
    ("ii", (3, 3)),
    ("ii->i", (3, 3)),
    ("iji->j", (3, 2, 3)),
    ("iijj->ij", (2, 2, 3, 3)),
    ("iiji->ij", (2, 2, 3, 2)),
    ("i,i", (5,), (5,)),
    ("i,j->ji", (3,), (4,)),
    ("i,i->i", (3,), (3,)),
    ("bhqd,bhkd->bhqk", (2, 3, 4, 5), (2, 3, 6, 5)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)),
    ("ab,cb,b->ca", (2, 3), (4, 3), (3,)),
    ("ij,jk,kl,lm->im", (2, 3), (3, 4), (4, 5), (5, 2)),
    ("ij,ij,ij->ij", (2, 3), (2, 3), (2, 3)),
    ("iij,jk->ik", (3, 3, 2), (2, 4)),
    (",i->i", (), (3,)),
    (",", (), ()),
    ("->", ()),
    ("...i,...i->...", (5, 1, 2), (3, 2)),
    ("...ij,jk", (5, 2, 3), (3, 4)),
    ("i...->...i", (3, 2, 4)),
    ("b...i,...io->b...o", (2, 5, 3), (3, 4)),
    ("...", (2, 3)),
    ("...a,...b->...ab", (2, 3), (2, 4)),
    ("Ab,bA->", (3, 2), (2, 3)),
    ("bA", (2, 3)),
    ("ij,jk->ik", (0, 3), (3, 4)),
    ("ij,jk->ik", (2, 0), (0, 4)),
    ("i j , j k -> i k", (2, 3), (3, 4)),
]


def test_einstein():
    results = []
    for formula, *shapes in EINSTEIN:
        arrays = [numbers(*shape, seed=i) for i, shape in enumerate(shapes)]
        results.append((Tensor.einsum(formula, *map(Tensor, arrays)), np.einsum(formula, *arrays)))
    check(*results)


def test_einstein_beside_numpy():
    a, b = numbers(2, 1), numbers(3, 4)
    c = numbers(2, 3, 4)
    check(
        (Tensor.einsum("ij,jk->ik", Tensor(a), Tensor(b)), a * b.sum(0)),  # sizes of 1 are broadcast
        (Tensor.einsum("...j->j", Tensor(c)), c.sum((0, 1))),  # an ellipsis that the result leaves out is added up
        (Tensor.einsum("ij,ij->i", [Tensor(b), Tensor(b)]), (b * b).sum(1)),
        (Tensor.einsum("i,i->", Tensor([1, 2]), Tensor([3, 4])), np.int64(11)),
    )


def test_a_matrix_product_is_one_multiplication_and_one_reduction():
    product = Tensor(numbers(2, 3)) @ Tensor(numbers(3, 4))
    ops = [node.op.name for node in product.uop.toposort()]
    assert ops.count("MUL") == ops.count("REDUCE") == 1
    assert len(ops) <= 9
    einsum = Tensor.einsum("ij,jk->ik", Tensor(numbers(2, 3)), Tensor(numbers(3, 4)))
    assert len(einsum.uop.toposort()) <= 10


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda a, b: a @ a, ValueError, r"\(2, 3\).*\(2, 3\).*3 and 2"),
        (lambda a, b: a @ Tensor([1.0, 2.0]), ValueError, r"\(2,\).*3 and 2"),
        (lambda a, b: Tensor(2.0) @ a, ValueError, r"\(\).*\*"),
        (lambda a, b: Tensor(numbers(2, 2, 3)) @ Tensor(numbers(3, 3, 2)), ValueError, r"\(2, 2, 3\).*\(3, 3, 2\)"),
        (lambda a, b: a @ b.double(), TypeError, "float32 and float64"),
        (lambda a, b: a @ b.long(), TypeError, "float32 and int64"),
        (lambda a, b: a.bool() @ b.bool(), TypeError, "bool"),
        (lambda a, b: a.mm(b[0]), ValueError, r"\(4,\)"),
        (lambda a, b: a.bmm(b), ValueError, "3 and 3"),
        (lambda a, b: a.expand(2, 2, 3).bmm(b.expand(5, 3, 4)), ValueError, "2 and 5"),
        (lambda a, b: a.mv(b), ValueError, r"\(3, 4\)"),
        (lambda a, b: a.outer(b), ValueError, r"\(2, 3\)"),
        (lambda a, b: Tensor(numbers(7)).addmm(a, b), ValueError, r"\(7,\)"),
        (lambda a, b: Tensor(numbers(5, 2, 4)).addmm(a, b), ValueError, r"\(5, 2, 4\)"),
        (lambda a, b: a.tensordot(a, 1), ValueError, r"\[3\].*\[2\]"),
        (lambda a, b: a.inner(b), ValueError, r"\[3\].*\[4\]"),
        (lambda a, b: a.tensordot(b, ([0, 0], [1, 1])), ValueError, "twice"),
        (lambda a, b: a.vecdot(a, dim=3), IndexError, "3"),
        (lambda a, b: Tensor.einsum("ij,kj", a, b), ValueError, "j has sizes 3 and 4"),
        (lambda a, b: Tensor.einsum("ij,jk", a), ValueError, "2 tensors, 1"),
        (lambda a, b: Tensor.einsum("ij", a, b), ValueError, "1 tensors, 2"),
        (lambda a, b: Tensor.einsum("i1", a), ValueError, "i1"),
        (lambda a, b: Tensor.einsum("i.j", a), ValueError, "i.j"),
        (lambda a, b: Tensor.einsum("ijk", a), ValueError, "3 axes.*2"),
        (lambda a, b: Tensor.einsum("i", a), ValueError, "1 axes.*2"),
        (lambda a, b: Tensor.einsum("ij->ik", a), ValueError, "k"),
        (lambda a, b: Tensor.einsum("ij->ii", a), ValueError, "i must"),
        (lambda a, b: Tensor.einsum("ii", a), ValueError, "i has sizes 2 and 3"),
        (lambda a, b: Tensor.einsum("ij,jk", a, b.double()), TypeError, "float64"),
    ],
)
def test_errors_come_at_the_call(wrong, error, words):
    with pytest.raises(error, match=words):
        wrong(Tensor(numbers(2, 3)), Tensor(numbers(3, 4)))


def test_gradients_of_a_product():
    p, q, upstream = numbers(3, 4), numbers(4, 5), numbers(3, 5, seed=2)
    a, b = Tensor(p), Tensor(q)
    found = (a @ b).gradient(a, b, gradient=Tensor(upstream))
    check((found[0], upstream @ q.T), (found[1], p.T @ upstream))
    assert found[0].dtype is dtypes.float32
