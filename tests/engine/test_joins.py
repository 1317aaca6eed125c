"""Values joined in memory, parts read where they lie, and like products added up together."""

import numpy as np
import pytest

from course_lib import Device, Tensor
from course_lib.engine import realize
from course_lib.engine.joins import could_join, pieces_of
from course_lib.engine.kernel import base_of
from course_lib.engine.passes.batch import batch
from course_lib.engine.rewrite import rewrite
from course_lib.engine.simplify import RULES
from course_lib.engine.uop import Ops, toposort

from .checking import all_but, array, tensor


def agree(found, wanted, **how):
    np.testing.assert_allclose(found.numpy(), wanted, **{"rtol": 1e-5, "atol": 1e-5, **how})


def simplified(x):
    return rewrite([x.uop], RULES)[x.uop]


def pieces(x):
    """The axis and the number of pieces of what a tensor is at the end."""
    node = base_of(simplified(x))
    found = pieces_of(node) if node in could_join(toposort([node])) else None
    return found and (found[0], len(found[1]))


# -- what is a join


@pytest.mark.parametrize("count", [2, 3, 5, 8, 13])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_stack_and_cat_are_joins(count, axis):
    xs = [tensor(3, 4, seed=i) * 2 for i in range(count)]
    assert pieces(Tensor.stack(xs, dim=axis)) == (axis, count)
    if axis < 2:
        assert pieces(Tensor.cat(xs, dim=axis)) == (axis, count)


def test_gradients_of_slices_are_joins():
    x = tensor(4, 6) * 2
    total = sum((x[:, i] * (i + 1)).exp().sum() for i in range(6))
    assert pieces(total.gradient(x)[0]) == (1, 6)


@pytest.mark.parametrize(
    "make",
    [
        lambda a, b: a.pad((0, 0, 0, 3)) + b.pad((0, 0, 2, 1)),  # they overlap
        lambda a, b: a.pad((0, 0, 0, 4)) + b.pad((0, 0, 4, 0)),  # a row is left out
        lambda a, b: a.pad((0, 0, 0, 3)) * b.pad((0, 0, 3, 0)),
        lambda a, b: a.pad((0, 4, 0, 3)) + b.pad((4, 0, 3, 0)),  # two axes
        lambda a, b: Tensor.arange(6).reshape(6, 1).lt(2).where(a.pad((0, 0, 0, 3)), b.pad((0, 0, 3, 0))),
        lambda a, b: (a.pad((0, 0, 0, 3)) > 0).where(a.pad((0, 0, 0, 3)), b.pad((0, 0, 3, 0))),
        lambda a, b: (
            Tensor.arange(9).reshape(9, 1).lt(2).where(a.pad((0, 0, 0, 6)), b.pad((0, 0, 3, 3))) + a.pad((0, 0, 6, 0))
        ),
    ],
)
def test_others_are_not(make, device):
    a, b = tensor(3, 4) * 2, tensor(3, 4, seed=1) * 3
    x = make(a, b)
    assert pieces(x) is None
    wanted = Tensor._of(x.to("NUMPY").uop, "NUMPY").numpy()
    agree(x.exp() @ tensor(x.shape[-1], 2), np.exp(wanted) @ array(x.shape[-1], 2), rtol=1e-4)


# -- what they give


def recurrent(steps, *, inputs, weight):
    """States of a small recurrent network, as tensors and as arrays."""
    h, plain = Tensor.zeros(2, 5), np.zeros((2, 5), np.float32)
    states, plains = [], []
    for t in range(steps):
        h, plain = (inputs[:, t] + h @ weight).tanh(), np.tanh(inputs.numpy()[:, t] + plain @ weight.numpy())
        states.append(h)
        plains.append(plain)
    return states, plains


@pytest.mark.parametrize("steps", [3, 8, 20])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_joined_states(device, steps, axis):
    inputs, weight, head = tensor(2, steps, 5), tensor(5, 5, seed=1), array(5 if axis < 2 else steps, 3, seed=2)
    states, plains = recurrent(steps, inputs=inputs, weight=weight)
    joined, plain = Tensor.stack(states, dim=axis), np.stack(plains, axis=axis)
    outputs = joined @ Tensor(head)
    joined.realize(outputs, states[1], states[-1])
    agree(outputs, plain @ head)
    agree(joined, plain)
    agree(states[1], plains[1])
    agree(states[-1], plains[-1])
    for t in range(steps):  # not asked for then
        agree(states[t], plains[t])


@pytest.mark.parametrize("steps", [3, 8, 20])
def test_a_joined_value_has_no_kernel_of_its_own(compiled, steps):
    inputs, weight, head = tensor(2, steps, 5).realize(), tensor(5, 5, seed=1).realize(), tensor(5, 3).realize()
    states, _ = recurrent(steps, inputs=inputs, weight=weight)
    items = (Tensor.stack(states, dim=1) @ head).schedule()
    assert len(items) <= 2 * steps + 1
    assert max(len(item.buffers) for item in items) <= 8
    assert len({item.key for item in items}) <= 6  # the steps in the middle share their code


def test_every_kind_of_piece(device):
    """Computed, in memory already, constant, asked for itself, joined twice, twice in one join, moved."""
    base = tensor(4, 4).realize()
    a = base * 2
    kinds = [
        a,
        base,
        Tensor.ones(4, 4),
        (a + 1).exp(),
        a,
        base.T,
        a.T.contiguous(),
        a[::-1] * 3,
        a.reshape(2, 8).reshape(4, 4),
    ]
    plain = [k.numpy() for k in (base * 2, base, Tensor.ones(4, 4))]
    a_, b_, one = plain
    wanted = [a_, b_, one, np.exp(a_ + 1), a_, b_.T, a_.T, a_[::-1] * 3, a_]
    first, second = Tensor.cat(kinds, dim=1), Tensor.stack(kinds[::-1], dim=0)
    product, other = first @ tensor(36, 3), second @ tensor(4, 3, seed=5)
    product.realize(other, kinds[3], first)
    agree(product, np.concatenate(wanted, 1) @ array(36, 3), rtol=1e-4, atol=1e-4)
    agree(other, np.stack(wanted[::-1]) @ array(4, 3, seed=5), rtol=1e-4, atol=1e-4)
    agree(kinds[3], wanted[3])
    agree(first, np.concatenate(wanted, 1))


def test_joins_of_joins(device):
    rows = [[(tensor(3, 2, seed=10 * i + j) * 2).exp() for j in range(4)] for i in range(9)]
    joined = Tensor.stack([Tensor.cat(row, dim=1) for row in rows], dim=1)
    plain = np.stack([np.concatenate([r.numpy() for r in row], 1) for row in rows], 1)
    rows = [[(tensor(3, 2, seed=10 * i + j) * 2).exp() for j in range(4)] for i in range(9)]
    joined = Tensor.stack([Tensor.cat(row, dim=1) for row in rows], dim=1)
    agree(joined.reshape(27, 8) @ tensor(8, 2), plain.reshape(27, 8) @ array(8, 2), rtol=1e-4, atol=1e-4)
    agree(joined, plain)


def test_pieces_that_need_each_other_and_a_piece_that_reads_the_whole(device):
    a = tensor(4, 4) * 2
    b = (a @ a).exp() * 0.01
    both = Tensor.cat([a, b], dim=0)
    c = both @ tensor(4, 4, seed=1)
    everything = Tensor.cat([c, both, a], dim=0) @ tensor(4, 2, seed=2)
    a_ = array(4, 4) * 2
    both_ = np.concatenate([a_, np.exp(a_ @ a_) * np.float32(0.01)])
    wanted = np.concatenate([both_ @ array(4, 4, seed=1), both_, a_]) @ array(4, 2, seed=2)
    agree(everything, wanted, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("outer, order", [((2, 3), (0, 2, 1, 3)), ((3, 2), (1, 2, 0, 3))])
def test_pieces_in_another_order_are_written_in_place(compiled, outer, order):
    """Heads of attention: products whose axes are permuted and merged before they are joined need no copies."""
    xs = [tensor(*outer, 16, 8, seed=i) for i in range(8)]
    ws = [tensor(*outer, 8, 4, seed=9 + i) for i in range(8)]
    last = tensor(96, 5)
    xs[0].realize(*xs[1:], *ws, last)
    rows = Tensor.cat([(x @ w).permute(*order).reshape(2, 16, 12) for x, w in zip(xs, ws)], dim=2)
    y = rows @ last
    items = y.schedule()
    assert len(items) == 9 and max(len(item.buffers) for item in items) == 3
    plain = [(x.numpy() @ w.numpy()).transpose(order).reshape(2, 16, 12) for x, w in zip(xs, ws)]
    agree(y, np.concatenate(plain, 2) @ last.numpy(), atol=1e-4)


def test_pieces_that_cannot_lie_in_place_are_copied(device):
    """Merged the other way round, neighbours in a product would be at no constant distance in the whole."""
    x, w = tensor(6, 8), tensor(8, 10, seed=1)
    y = Tensor.cat([(x @ w).T.reshape(12, 5), tensor(4, 5, seed=2) * 2], dim=0) @ tensor(5, 3, seed=3)
    pieces_ = [(x.numpy() @ w.numpy()).T.reshape(12, 5), tensor(4, 5, seed=2).numpy() * 2]
    agree(y, np.concatenate(pieces_) @ array(5, 3, seed=3), atol=1e-4)


@pytest.mark.parametrize("dtype", ["float64", "int32", "int64", "uint8", "bool", "float16", "bfloat16"])
def test_other_dtypes(device, dtype):
    xs = [(tensor(3, seed=i) > 0).cast(dtype).reshape(3, 1) for i in range(9)]
    plain = np.concatenate([(array(3, seed=i) > 0).reshape(3, 1) for i in range(9)], 1)
    joined = Tensor.cat(xs, dim=1)
    np.testing.assert_array_equal(joined.cast("float32").numpy(), plain.astype(np.float32))


def test_parts_of_something_large_share_their_code(compiled):
    large = tensor(4, 40, 6).realize()
    cuts = [large[:, t].exp() for t in range(40)]
    items = cuts[0].schedule() + cuts[17].schedule() + cuts[39].schedule()
    assert len({item.key for item in items}) == 1
    for t in (0, 17, 39):
        agree(cuts[t], np.exp(large.numpy()[:, t]))


def test_a_part_that_is_itself_asked_for(device):
    large = tensor(40, 6) * 2
    part = large[7:9]
    large.realize(part)
    agree(part, array(40, 6)[7:9] * 2)


# -- sums of like products


@pytest.mark.parametrize("steps", [4, 8, 15])
@pytest.mark.parametrize("start", ["zeros", "given"])
def test_gradients_through_time(device, steps, start):
    """As on the device that computes operation by operation, and as finite differences say."""

    def loss(weight, bias, inputs):
        h = Tensor.zeros(2, 5) if start == "zeros" else tensor(2, 5, seed=9)
        total = 0
        for t in range(steps):
            h = (inputs[:, t] + h @ weight + bias).tanh()
            total = total + (h * h).sum() if t % 3 == 0 else total
        return total

    weight, bias, inputs = tensor(5, 5, seed=1), tensor(5, seed=2), tensor(2, steps, 5)
    found = loss(weight, bias, inputs).gradient(weight, bias, inputs)
    found[0].realize(*found[1:])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Device, "DEFAULT", "NUMPY")
        weight, bias, inputs = tensor(5, 5, seed=1), tensor(5, seed=2), tensor(2, steps, 5)
        wanted = loss(weight, bias, inputs).gradient(weight, bias, inputs)
    for a, b in zip(found, wanted):
        agree(a, b.numpy(), rtol=1e-3, atol=1e-4)


def test_products_of_all_steps_are_one(compiled):
    steps = 20
    weight, inputs = tensor(5, 5, seed=1).realize(), tensor(2, steps, 5).realize()
    states, _ = recurrent(steps, inputs=inputs, weight=weight)
    (gradient,) = states[-1].sum().gradient(weight)
    root = simplified(gradient)
    assert batch([root])
    items = gradient.schedule()
    assert len(items) <= 5 * steps and max(len(item.buffers) for item in items) <= 12


def test_what_is_not_alike_is_left_alone():
    xs = [tensor(3, 4, seed=i) * 2 for i in range(12)]
    plain_sum = sum(x.exp() for x in xs)
    assert batch([simplified(plain_sum)]) == {}  # nothing is gained
    few = sum((x.T @ x) for x in xs[:7])
    assert batch([simplified(few)]) == {}


def test_like_products_beside_others(device):
    xs = [(tensor(3, 4, seed=i) * 2).exp() * 0.1 for i in range(12)]
    weight = tensor(4, 2, seed=50)
    total = sum((x @ weight).tanh().sum() for x in xs) + (weight * weight).sum() * 3
    (gradient,) = total.gradient(weight)
    w = array(4, 2, seed=50)
    wanted = 6 * w
    for i in range(12):
        x = np.exp(array(3, 4, seed=i) * 2) * np.float32(0.1)
        wanted = wanted + x.T @ (1 - np.tanh(x @ w) ** 2)
    agree(gradient, wanted, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("off", ["join", "batch", "join,batch"])
def test_left_out(compiled, monkeypatch, off):
    monkeypatch.setenv("COURSE_PASSES", all_but(*off.split(",")))
    inputs, weight = tensor(2, 12, 5), tensor(5, 5, seed=1)
    states, plains = recurrent(12, inputs=inputs, weight=weight)
    agree(Tensor.stack(states, dim=1) @ weight, np.stack(plains, 1) @ weight.numpy())
    (gradient,) = states[-1].sum().gradient(weight)
    found = gradient.numpy()
    monkeypatch.setenv("COURSE_PASSES", "all")
    (gradient,) = recurrent(12, inputs=inputs, weight=weight)[0][-1].sum().gradient(weight)
    agree(gradient, found, rtol=1e-4, atol=1e-5)


def test_nothing_is_lost_of_results_that_are_sums_of_like_terms(compiled):
    """The sum itself is asked for, assigned, and read again."""
    weight = tensor(5, 5, seed=1).realize()
    before = weight.numpy().copy()
    states, _ = recurrent(10, inputs=tensor(2, 10, 5), weight=weight)
    (gradient,) = states[-1].sum().gradient(weight)
    weight.assign(weight - gradient * 0.1)
    weight.realize(gradient)
    agree(weight, before - 0.1 * gradient.numpy())
    assert all(node.op is not Ops.ASSIGN for node in toposort([gradient.uop]))
    assert realize.not_yet_computed([gradient.uop]) == []
