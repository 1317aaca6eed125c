"""Indexing, setting, gathering, scattering and sorting beside NumPy's."""

import numpy as np
import pytest

from course_lib import Tensor, dtypes
from course_lib.engine.strides import ShapeError
from course_lib.engine.uop import Ops
from tests.engine.checking import check, check_all

RNG = np.random.default_rng(6)
BOX = RNG.normal(size=(3, 4, 5)).astype(np.float32)
POINT = np.array(2.5, np.float32)
I = np.array([2, 0, -1])
J = np.array([[0, -2, 1], [3, 3, 0]])
MASK = RNG.random((3, 4, 5)) < 0.4


def tensors_in(index):
    """The index with tensors in place of lists and arrays."""
    parts = index if isinstance(index, tuple) else (index,)
    return tuple(Tensor(np.asarray(part)) if isinstance(part, list | np.ndarray) else part for part in parts)


# -- looking

INDICES = {
    "int": 1,
    "negative int": -3,
    "ints": (1, -2, 3),
    "bounds": slice(1, 3),
    "beyond the end": slice(-9, 9),
    "backwards": slice(None, None, -1),
    "backwards in steps": (slice(None), slice(None, None, -2), slice(4, 0, -3)),
    "backwards from the end": (..., slice(-2, -5, -1)),
    "backwards to nothing": (slice(0, 2, -1),),
    "steps": (slice(None, None, 2), slice(1, None, 2), slice(0, 5, 3)),
    "one big step": (..., slice(1, None, 9)),
    "nothing of it": (slice(None), slice(3, 1), slice(None, None, 2)),
    "new axes": (None, 0, None, slice(None), None),
    "dots": (..., 1),
    "dots between": (0, ..., slice(None, None, 2)),
    "dots for nothing": (0, 1, ..., 2),
    "no index": (),
    "list": [2, 0, 2],
    "list of one": [-1],
    "empty list": [],
    "nested list": [[0, 1], [2, 0]],
    "tuple in a tuple": ((0, 2),),
    "range": (range(2),),
    "array": I,
    "table": J % 3,
    "array in the middle": (slice(None), J),
    "array at the end": (..., J),
    "two arrays": (I, I),
    "broadcast arrays": (J % 3, I),
    "arrays apart": (I, slice(None), I),
    "arrays apart by None": (I, None, I),
    "arrays after a slice": (slice(1, None), I, I + 1),
    "array and steps backwards": (slice(None, None, -2), J, slice(4, None, -3)),
    "three arrays": (I, I, I),
    "short dtypes": (I.astype(np.int8), slice(None), np.array([1, 3, 0], np.uint16)),
    "numpy int": np.int64(2),
    "array of 0 dims": np.array(-1),
    "mask": MASK,
    "mask of rows": MASK[:, 0, 0],
    "mask of two axes": MASK[:, :, 0],
    "mask in the middle": (slice(None), MASK[0, :, 0]),
    "mask at the end": (..., MASK[0, 0]),
    "mask and list": (MASK[:, 0, 0], slice(None), [1]),
    "mask and array": (MASK[:, 0, 0], I[: MASK[:, 0, 0].sum()]),
    "bools": [True, False, True],
    "empty mask": np.zeros((3, 4), bool),
    "True": True,
    "False": False,
    "True and list": (True, [0, 1]),
    "bool later": (slice(None), True, [1, 2]),
}
POSITIONS = [
    name
    for name, index in INDICES.items()
    if any(
        isinstance(p, list | np.ndarray) and len(np.shape(p)) and np.size(p)
        for p in (index if isinstance(index, tuple) else (index,))
    )
]


def test_getitem():
    check_all({name: (Tensor(BOX)[index], BOX[index]) for name, index in INDICES.items()})


def test_getitem_with_tensors():
    check_all({name: (Tensor(BOX)[tensors_in(INDICES[name])], BOX[INDICES[name]]) for name in POSITIONS})


def test_getitem_of_what_does_not_lie_in_order():
    turned = BOX.transpose(1, 0, 2)[:, ::-1]
    check_all({name: (Tensor(turned).transpose(0, 1).flip(0)[index], BOX[index]) for name, index in INDICES.items()})


def test_an_int_beside_lists_is_applied_first():
    """As in PyTorch; NumPy would put the axis of the list in front."""
    x, cases = Tensor(BOX), []
    for first in (1, np.int32(1), Tensor(1)):
        cases += [
            (x[first, :, [0, 3, 3]], BOX[1][:, [0, 3, 3]]),
            (x[[0, 2], :, first], BOX[:, :, 1][[0, 2]]),
            (x[[0, 2], first, [4, 1]], BOX[:, 1][[0, 2], [4, 1]]),
            (x[:, first, [4, 1]], BOX[:, 1][:, [4, 1]]),
        ]
    check_all(cases)


def test_0_dims():
    cases = [(Tensor(POINT)[index], POINT[index]) for index in ((), ..., None, (None, ...), True, False)]
    cases += [(Tensor(BOX)[Tensor(2)], BOX[2]), (Tensor(BOX)[Tensor(-1), Tensor(0)], BOX[-1, 0])]
    check_all([*cases, (Tensor(BOX)[Tensor(True)], BOX[True])])


def test_empty():
    nothing = np.zeros((0, 3), np.float32)
    indices = (slice(None), slice(None, None, -2), [], (..., 1), (slice(None), [2, 2]), np.zeros((0, 3), bool), None)
    check_all([(Tensor(nothing)[index], nothing[index]) for index in indices])


def look_and_set(cases):
    """Each index looks up and sets what it does in NumPy."""
    results = {}
    for name, (ours, theirs) in cases.items():
        value = RNG.normal(size=BOX[theirs].shape).astype(np.float32)
        mine, wanted = Tensor(BOX), BOX.copy()
        mine[ours] = Tensor(value)
        wanted[theirs] = value
        results |= {f"look {name}": (Tensor(BOX)[ours], BOX[theirs]), f"set {name}": (mine, wanted)}
    check_all(results)


def test_random_slices():
    rng = np.random.default_rng(8)
    cases = {}
    for number in range(40):
        index = []
        for n in BOX.shape:
            step = int(rng.choice([-7, -3, -2, -1, 1, 2, 3, 7]))
            part = slice(*(None if rng.random() < 0.3 else int(rng.integers(-n - 2, n + 3)) for _ in "ab"), step)
            index += [[int(rng.integers(-n, n))], [part], [part], [None, part], [slice(None)]][rng.integers(0, 5)]
        if rng.random() < 0.3:
            index.insert(int(rng.integers(0, len(index) + 1)), ...)
        index = tuple(index[: rng.integers(1, len(index) + 1)])
        cases[f"{number}: {index}"] = (index, index)
    look_and_set(cases)


def test_random_positions():
    rng = np.random.default_rng(9)
    cases = {}
    for number in range(40):
        index = []
        for n in BOX.shape:
            shape = ((1,), (3,), (2, 1), (2, 3))[rng.integers(0, 4)]
            step = int(rng.choice([-2, -1, 1, 2]))
            index.append(rng.integers(-n, n, shape) if rng.random() < 0.6 else slice(None, None, step))
        index = tuple(index[: rng.integers(1, 4)])
        cases[f"{number}: {index}"] = (tensors_in(index) if number % 2 else index, index)
    look_and_set(cases)


def test_iterating_and_unpacking():
    assert [row.tolist() for row in Tensor([[1, 2], [3, 4]])] == [[1, 2], [3, 4]]
    first, second = Tensor([5, 6])
    assert (first.item(), second.item()) == (5, 6)
    assert list(range(9))[Tensor(3)] == 3


def added(result):
    return [node.op for node in result.uop.toposort() if node.op is not Ops.BUFFER]


def test_few_nodes():
    x, j = Tensor(BOX), Tensor([1, 2])
    assert added(x[1]) == [Ops.SHRINK, Ops.RESHAPE]
    assert added(x[1, 2, 3]) == [Ops.SHRINK, Ops.RESHAPE]
    assert added(x[:, 1:3]) == [Ops.SHRINK]
    assert added(x[::-1]) == [Ops.FLIP]
    assert added(x[:, ::2]) == [Ops.WINDOW, Ops.RESHAPE]
    assert added(x[...]) == added(x[:]) == []
    assert added(x[None]) == [Ops.RESHAPE]
    assert added(x[[1, 2]]) == [Ops.GATHER]
    assert added(x[:, [1, 2]]) == [Ops.PERMUTE, Ops.GATHER, Ops.PERMUTE]
    assert len(added(x[j])) <= 8
    assert added(x.index_select(0, j)) == [Ops.GATHER]
    assert added(Tensor(BOX[0]).gather(1, Tensor(J % 4).T[:3])).count(Ops.GATHER) == 1


# -- setting


@pytest.mark.parametrize(
    "dtype, value", [("float32", np.float32(3.5)), ("int64", 2.75), ("uint8", np.array(7)), ("bool", 2)]
)
def test_setting_a_number(dtype, value):
    cases = {}
    for name, index in INDICES.items():
        mine, wanted = Tensor((BOX > 0).astype(dtype)), (BOX > 0).astype(dtype)
        mine[index] = value
        wanted[index] = value
        cases[name] = (mine, wanted)
    check_all(cases)


@pytest.mark.parametrize("cut", ["whole", "new axis", "row", "numbers of the last axis"])
def test_setting_arrays(cut):
    """Values are broadcast; of several for one place the last one stays, as in NumPy."""
    cases = {}
    for number, (name, index) in enumerate(INDICES.items()):
        shape = BOX[index].shape
        size = {
            "whole": shape,
            "new axis": (1, *shape),
            "row": shape[1:],
            "numbers of the last axis": (*shape[:-1], 1),
        }[cut]
        value = RNG.normal(size=size).astype(np.float32)
        mine, wanted = Tensor(BOX), BOX.copy()
        mine[tensors_in(index) if name in POSITIONS and number % 2 else index] = Tensor(value) if number % 3 else value
        wanted[index] = value[0] if value.ndim > len(shape) else value
        cases[name] = (mine, wanted)
    check_all(cases)


def test_masks_in_tensors_are_not_realized_to_be_filled():
    x = Tensor(BOX)
    mask = x > 0
    x[mask] = 0
    check(x, np.where(BOX > 0, 0, BOX).astype(np.float32))
    assert mask.uop.realized is None
    x[Tensor(MASK[:, :, 0])] = Tensor([1, 2, 3, 4, 5])
    wanted = np.where(BOX > 0, 0, BOX).astype(np.float32)
    wanted[MASK[:, :, 0]] = [1, 2, 3, 4, 5]
    check(x, wanted)
    x[Tensor(MASK)] = Tensor(np.arange(MASK.sum()))
    wanted[MASK] = np.arange(MASK.sum())
    check(x, wanted)


def test_tensors_made_before_keep_their_numbers():
    x = Tensor([1.0, 2.0, 3.0])
    y = x * 10
    x[0] = 9
    assert x.tolist() == [9, 2, 3] and y.tolist() == [10, 20, 30]


def test_setting_is_part_of_the_graph():
    x, value = Tensor(BOX), Tensor([[1.0, 2.0]])
    y = x * 2
    y[1:, 0, [4, 2]] = value * 3
    weights = RNG.normal(size=BOX.shape).astype(np.float32)
    (y * Tensor(weights)).sum().backward()
    wanted = 2 * weights
    wanted[1:, 0, [4, 2]] = 0
    np.testing.assert_allclose(x.grad.numpy(), wanted)
    np.testing.assert_allclose(value.grad.numpy(), 3 * weights[1:, 0, [4, 2]].sum(0, keepdims=True), rtol=1e-6)


def test_setting_a_parameter():
    w = Tensor(np.arange(4.0), requires_grad=True)
    w[1] = 9
    w[Tensor([2])] += 5
    assert w.tolist() == [0, 9, 7, 3] and w.requires_grad
    (w * w).sum().backward()
    assert w.grad.tolist() == [0, 18, 14, 6]


def test_two_tensors_filled_alike_stay_two():
    first, second = Tensor.rand(2), Tensor.rand(2)
    first[:] = 0
    second[...] = 0
    (first * 2 + second * 3).sum().backward()
    assert first.grad.tolist() == [2, 2] and second.grad.tolist() == [3, 3]


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x[0].fill_(7),
        lambda x: x[0].__setitem__(1, 5),
        lambda x: x.T.add_(1),
        lambda x: x.reshape(4).zero_(),
        lambda x: x[1:].masked_fill_(Tensor([[True, False]]), 3),
    ],
)
def test_changing_a_view_is_refused(change):
    """PyTorch changes the other tensor as well; doing nothing silently would be worst."""
    x = Tensor([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(RuntimeError, match="view of another.*clone"):
        change(x)
    assert x.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    x = x.reshape(4)
    x.add_(1)  # of what it was a view nobody holds any more
    assert x.tolist() == [2.0, 3.0, 4.0, 5.0]


def test_augmented_assignment():
    x, wanted = Tensor(BOX), BOX.copy()
    x[1, ::2] += 5
    wanted[1, ::2] += 5
    x[:, [0, 2]] *= 2
    wanted[:, [0, 2]] *= 2
    x[::-1, 1] -= x[:, 2]
    wanted[::-1, 1] -= wanted[:, 2].copy()
    check(x, wanted)


# -- gather, scatter, and whole slices

AT = RNG.integers(0, 3, (3, 4, 5))


def along(index, axis):
    """An index for NumPy that does what gather and scatter do."""
    places = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    places[axis] = index
    return tuple(places)


def test_gather():
    cases = {}
    for axis in (0, 1, -1):
        for dtype in ("int64", "int32", "uint8"):
            x, index, wanted = Tensor(BOX), AT.astype(dtype), np.take_along_axis(BOX, AT, axis)
            cases |= {
                f"gather {axis} {dtype}": (x.gather(axis, Tensor(index)), wanted),
                f"named {axis} {dtype}": (x.gather(axis=axis, index=index), wanted),
                f"a part {axis} {dtype}": (
                    x.gather(axis, Tensor(index[:2, :1, ::2])),
                    BOX[along(AT[:2, :1, ::2], axis)],
                ),
                f"take_along_dim {axis} {dtype}": (x.take_along_dim(Tensor(index), axis), wanted),
            }
    check_all(cases)


def test_take():
    index = RNG.integers(-60, 60, (2, 7))
    check_all(
        [
            (Tensor(BOX).take(Tensor(index)), BOX.take(index)),
            (Tensor(BOX).T.take(Tensor(index)), BOX.T.take(index)),
            (Tensor(POINT).take(Tensor(0)), POINT),
            (Tensor(BOX).take_along_dim(Tensor(index % 60)), BOX.reshape(-1)[index.reshape(-1)]),
        ]
    )


def added_at(base, places, values, op=np.add):
    """``base`` with values combined, one after the other, with what is at some places."""
    result = base.copy()
    op.at(result, places, values)
    return result


def set_at(base, places, values):
    result = base.copy()
    result[places] = values
    return result


def test_scatter():
    whole, cases = np.arange(60).reshape(3, 4, 5), {}
    for axis in (0, 1, 2):
        x, index, part = Tensor(whole), np.argsort(RNG.normal(size=BOX.shape), axis), AT[:2, :3]
        cases |= {
            f"all places {axis}": (x.scatter(axis, Tensor(index), x * 2), set_at(whole, along(index, axis), whole * 2)),
            f"a number {axis}": (x.scatter(axis, Tensor(part), 7), set_at(whole, along(part, axis), 7)),
            f"value= {axis}": (x.scatter(axis, Tensor(part), value=7), set_at(whole, along(part, axis), 7)),
            f"add {axis}": (x.scatter(axis, Tensor(AT), 2, reduce="add"), added_at(whole, along(AT, axis), 2)),
            f"multiply {axis}": (
                x.scatter(axis, Tensor(AT), 2, reduce="multiply"),
                added_at(whole, along(AT, axis), 2, np.multiply),
            ),
            f"scatter_add {axis}": (
                x.scatter_add(axis, Tensor(part), x),
                added_at(whole, along(part, axis), whole[:2, :3]),
            ),
        }
    check_all(cases)


def test_the_last_of_several_values_stays():
    check(Tensor.zeros(3).scatter(0, Tensor([1, 1, 1]), Tensor([5.0, 6.0, 7.0])), np.array([0, 7, 0], np.float32))
    check(Tensor.zeros(3).index_copy(0, Tensor([2, 2]), Tensor([5.0, 6.0])), np.array([0, 0, 6], np.float32))


REDUCTIONS = {"sum": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("reduce", [*REDUCTIONS, "mean"])
@pytest.mark.parametrize("dtype", ["float64", "int32"])
def test_scatter_reduce(reduce, include_self, dtype):
    base, source = np.arange(-30, 30).reshape(3, 4, 5).astype(dtype), RNG.integers(-9, 9, (3, 4, 5)).astype(dtype)
    op = REDUCTIONS.get(reduce, np.add)
    wanted, places = base.copy(), along(AT, 1)
    count = np.full(base.shape, int(include_self))
    np.add.at(count, places, 1)
    if not include_self:
        neutral = {"prod": 1, "amax": -99, "amin": 99}.get(reduce, 0)
        wanted[places] = neutral
    op.at(wanted, places, source)
    if reduce == "mean":
        wanted = (wanted / np.maximum(count, 1)) if dtype == "float64" else wanted // np.maximum(count, 1)
    ours = Tensor(base).scatter_reduce(1, Tensor(AT), Tensor(source), reduce, include_self=include_self)
    assert ours.dtype.name == dtype
    np.testing.assert_allclose(ours.numpy(), wanted)


def test_slices():
    index, cases = np.array([2, 0, 2]), {}
    whole = np.arange(60).reshape(3, 4, 5)
    for axis in (0, 1, -1):
        x, rows = Tensor(whole), tuple(index if i == axis % 3 else slice(None) for i in range(3))
        picked = whole.take(index, axis)
        cases |= {
            f"index_select {axis}": (x.index_select(axis, Tensor(index)), picked),
            f"index_select by an array {axis}": (x.index_select(axis, index), picked),
            f"index_select by a list {axis}": (x.index_select(axis, [1]), whole.take([1], axis)),
            f"index_add {axis}": (x.index_add(axis, Tensor(index), Tensor(picked)), added_at(whole, rows, picked)),
            f"index_copy {axis}": (
                x.index_copy(axis, Tensor(index), Tensor(picked * 3)),
                set_at(whole, rows, picked * 3),
            ),
            f"index_fill {axis}": (x.index_fill(axis, Tensor(index), -1), set_at(whole, rows, -1)),
            f"select {axis}": (x.select(axis, -2), whole.take(-2, axis)),
        }
    check_all(cases)


def test_gradients_come_back_from_positions():
    x = Tensor(BOX)
    weights = RNG.normal(size=(3, 4, 5)).astype(np.float32)
    (x.gather(1, Tensor(AT)) * Tensor(weights)).sum().backward()
    wanted = np.zeros_like(BOX)
    np.add.at(wanted, along(AT, 1), weights)
    np.testing.assert_allclose(x.grad.numpy(), wanted, rtol=1e-5, atol=1e-6)


def test_masks():
    x, row, infinity = Tensor(BOX), MASK[0, :1], np.float32(np.inf)
    check_all(
        [
            (x.masked_fill(Tensor(MASK), -3), np.where(MASK, np.float32(-3), BOX)),
            (x[:1].masked_fill(MASK[..., :1], float("inf")), np.where(MASK[..., :1], infinity, BOX[:1])),
            (x.masked_select(Tensor(MASK)), BOX[MASK]),
            (x.masked_select(Tensor(row)), BOX[np.broadcast_to(row, BOX.shape)]),
            (x.masked_scatter(Tensor(MASK), Tensor(BOX.T)), set_at(BOX, MASK, BOX.T.reshape(-1)[: MASK.sum()])),
            (x.masked_scatter(Tensor(MASK & False), Tensor(BOX[:0])), BOX),
        ]
    )


@pytest.mark.parametrize("array", [MASK, AT, BOX * MASK, POINT, POINT * 0, np.zeros((0, 2))])
def test_nonzero(array):
    array = np.asarray(array)
    check(
        Tensor(array).nonzero(),
        np.stack(np.atleast_1d(array).nonzero(), 1) if array.ndim else np.zeros((int(array != 0), 0), int),
    )
    check(Tensor(array).argwhere(), np.argwhere(array))
    for ours, theirs in zip(Tensor(array).nonzero(as_tuple=True), np.atleast_1d(array).nonzero(), strict=True):
        check(ours, theirs)
    check(
        Tensor(array)[Tensor(array).nonzero(as_tuple=True)] if array.ndim else Tensor(1.0),
        array[array.nonzero()] if array.ndim else np.float32(1),
    )


def test_changes_in_place():
    x, wanted = Tensor(BOX), BOX.copy()
    assert x.masked_fill_(Tensor(MASK), 0) is x
    wanted[MASK] = 0
    x.index_fill_(1, Tensor([1]), 5)
    wanted[:, 1] = 5
    x.scatter_(0, Tensor(AT[:1]), 2)
    wanted[along(AT[:1], 0)] = 2
    x.index_copy_(2, Tensor([0]), Tensor(BOX[:, :, 3:4]))
    wanted[:, :, :1] = BOX[:, :, 3:4]
    x.masked_scatter_(Tensor(MASK), Tensor(np.arange(60, dtype=np.float32)))
    wanted[MASK] = np.arange(MASK.sum())
    check(x, wanted)
    x.scatter_add_(1, Tensor(AT), Tensor(BOX)).index_add_(0, Tensor([0]), Tensor(BOX[:1]), alpha=2)
    np.add.at(wanted, along(AT, 1), BOX)
    wanted[0] += 2 * BOX[0]
    np.testing.assert_allclose(x.numpy(), wanted, rtol=1e-5, atol=1e-5)


# -- sorting


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool"])
def test_sort(dtype):
    array = (RNG.integers(-3, 4, (3, 7, 5)) * 40).astype(dtype)
    x, cases = Tensor(array), {}
    for axis in (0, 1, -1):
        order, values = np.argsort(array, axis, kind="stable"), np.sort(array, axis)
        # equal ones keep their order backwards, too
        down = array.shape[axis] - 1 - np.flip(np.argsort(np.flip(array, axis), axis, kind="stable"), axis)
        highest = np.flip(values, axis)
        cases |= {
            f"argsort {axis}": (x.argsort(axis), order),
            f"values {axis}": (x.sort(axis).values, values),
            f"indices {axis}": (x.sort(axis=axis).indices, order),
            f"values, descending {axis}": (x.sort(axis, descending=True).values, highest),
            f"indices, descending {axis}": (x.sort(axis, descending=True).indices, down),
            f"topk, values {axis}": (x.topk(2, axis)[0], highest.take([0, 1], axis)),
            f"topk, indices {axis}": (x.topk(2, axis)[1], down.take([0, 1], axis)),
            f"smallest {axis}": (x.topk(3, axis, largest=False)[0], values.take([0, 1, 2], axis)),
            f"kthvalue {axis}": (x.kthvalue(2, axis).values, values.take(1, axis)),
            f"kthvalue, keepdim {axis}": (x.kthvalue(3, axis, keepdim=True).values, values.take([2], axis)),
        }
    check_all(cases)


def test_nan_is_the_largest():
    array = np.array([np.nan, -np.inf, 3, np.inf, np.nan, 0])
    check(Tensor(array).sort().values, np.sort(array))
    check(Tensor(array).sort(descending=True).values, np.sort(array)[::-1])
    assert np.isnan(Tensor(array).topk(2)[0].numpy()).all()
    assert Tensor(array).argsort().tolist() == [1, 5, 2, 3, 0, 4]


def test_median():
    array, cases = RNG.permutation(60).reshape(3, 4, 5) - 30, []
    for axis, size in enumerate(array.shape):
        place = np.argsort(array, axis).take((size - 1) // 2, axis)
        values, indices = Tensor(array).median(axis)
        cases += [(values, np.sort(array, axis).take((size - 1) // 2, axis)), (indices, place)]
    partly = Tensor(np.array([[1, np.nan, 2], [3, 1, 2]])).median(1)
    cases += [(partly.values, np.array([np.nan, 2])), (partly.indices, np.array([1, 2]))]
    cases += [(Tensor(array).median(), np.sort(array.reshape(-1))[29]), (Tensor(POINT).median(), POINT)]
    cases += [(Tensor.zeros(0).median(), np.float32(np.nan)), (Tensor(POINT).median(0).values, POINT)]
    check_all(cases)


@pytest.mark.parametrize("side", ["left", "right"])
def test_searchsorted(side):
    row, values = np.array([-1.0, 0, 0, 2, np.inf]), np.array([[0.0, 5, -3], [np.nan, 2, np.inf]])
    check(Tensor(row).searchsorted(Tensor(values), side=side), np.searchsorted(row, values, side))
    check(Tensor(row).searchsorted(0.5, side=side), np.searchsorted(row, 0.5, side))
    check(Tensor(values).bucketize(Tensor(row), right=side == "right"), np.searchsorted(row, values, side))
    check(Tensor(row[:0]).searchsorted(Tensor(values)), np.zeros(values.shape, np.int64))
    row[-1] = np.nan
    check(Tensor(row).searchsorted(Tensor(values[0]), side=side), np.searchsorted(row, values[0], side))


def test_gradient_of_a_sort():
    x = Tensor(np.array([3.0, 1.0, 2.0]))
    (x.sort().values * Tensor(np.array([10.0, 20.0, 30.0]))).sum().backward()
    assert x.grad.tolist() == [30, 10, 20]


# -- errors


def box():
    return Tensor(BOX)


def put(index, value, tensor=None):
    x = box() if tensor is None else tensor
    x[index] = value


ERRORS = {
    "int": (lambda: box()[3], IndexError, "index 3.*axis 0 with size 3"),
    "negative int": (lambda: box()[0, -5], IndexError, "index -5.*axis 1 with size 4"),
    "too many": (lambda: box()[0, 0, 0, 0], IndexError, r"4 axes.*\(3, 4, 5\)"),
    "of a point": (lambda: Tensor(1)[0], IndexError, r"\(\).*item"),
    "dots twice": (lambda: box()[..., 0, ...], IndexError, "more than one"),
    "fraction": (lambda: box()[0.5], IndexError, "float"),
    "text": (lambda: box()["a"], IndexError, "str"),
    "fractions": (lambda: box()[[0.5]], IndexError, "float64"),
    "tensor of fractions": (lambda: box()[Tensor([0.0])], IndexError, "float32"),
    "uint8": (lambda: box()[Tensor([0], dtype=dtypes.uint8)], IndexError, r"\.long\(\).*\.bool\(\)"),
    "array of uint8": (lambda: box()[np.zeros(3, np.uint8)], IndexError, "ambiguous"),
    "list": (lambda: box()[[0, 3]], IndexError, "index 3.*axis 0 with size 3"),
    "ragged list": (lambda: box()[[0, [1, 2]]], IndexError, "equal lengths"),
    "negative list": (lambda: box()[:, [0, -5]], IndexError, "index -5.*axis 1 with size 4"),
    "array": (lambda: box()[np.array([[9]])], IndexError, "index 9.*axis 0"),
    "lists that do not fit": (lambda: box()[[0, 1], [0, 1, 2]], ShapeError, r"\(2,\) and \(3,\)"),
    "mask": (lambda: box()[[True, False]], IndexError, r"\(2,\).*\(3, 4, 5\)"),
    "mask later": (lambda: box()[0, Tensor(MASK[0].T)], IndexError, r"\(5, 4\).*axis 1"),
    "step 0": (lambda: box()[::0], ValueError, "zero"),
    "fractional bound": (lambda: box()[0:1.5], TypeError, "slice"),
    "setting outside": (lambda: put(5, 1.0), IndexError, "index 5"),
    "setting a wrong shape": (lambda: put(0, Tensor([1.0, 2.0])), ShapeError, r"\(2,\).*\(4, 5\)"),
    "setting too many axes": (lambda: put(0, box()), ShapeError, r"\(3, 4, 5\).*\(4, 5\)"),
    "setting a wrong shape by list": (
        lambda: put([0, 1], Tensor.ones(3, 4, 5)),
        ShapeError,
        r"\(3, 4, 5\).*\(2, 4, 5\)",
    ),
    "setting a wrong shape by mask": (lambda: put(Tensor(MASK), Tensor.ones(99)), ShapeError, r"\(99,\)"),
    "setting rows by mask": (lambda: put(Tensor(MASK[:, 0, 0]), Tensor.ones(6)), ShapeError, r"\(6,\).*\(4, 5\)"),
    "gather": (lambda: box().gather(3, Tensor(AT)), IndexError, "3"),
    "gather, axes": (lambda: box().gather(0, Tensor([1])), ShapeError, r"\(1,\).*\(3, 4, 5\)"),
    "gather, size": (lambda: box().gather(0, Tensor.zeros(3, 5, 5, dtype=dtypes.int64)), ShapeError, r"\(3, 5, 5\)"),
    "gather by fractions": (lambda: box().gather(0, box()), TypeError, "float32"),
    "scatter by bools": (lambda: box().scatter(0, Tensor(MASK), 1.0), TypeError, "bool"),
    "scatter, reduce": (lambda: box().scatter(0, Tensor(AT), 1.0, reduce="max"), ValueError, "max"),
    "scatter, dtype": (lambda: box().scatter(0, Tensor(AT), Tensor(AT)), TypeError, "float32 and int64"),
    "scatter, source": (lambda: box().scatter(0, Tensor(AT), box()[:2]), ShapeError, r"\(3, 4, 5\).*\(2, 4, 5\)"),
    "scatter_reduce": (lambda: box().scatter_reduce(0, Tensor(AT), box(), "max"), ValueError, "amax.*'max'"),
    "take_along_dim": (lambda: box().take_along_dim(Tensor([0]), 1), ShapeError, r"\(1,\)"),
    "take": (lambda: box().take(box()), TypeError, "float32"),
    "index_select": (lambda: box().index_select(0, Tensor([[0]])), ShapeError, r"\(1, 1\)"),
    "index_add": (lambda: box().index_add(0, Tensor([0]), box()), ShapeError, r"\(3, 4, 5\).*\(1, 4, 5\)"),
    "index_add, dtype": (lambda: box().index_add(0, Tensor([0, 1, 2]), Tensor(AT)), TypeError, "float32 and int64"),
    "masked_fill": (lambda: box().masked_fill(Tensor(AT), 1.0), TypeError, "int64"),
    "masked_fill, value": (lambda: box().masked_fill(Tensor(MASK), Tensor([1.0, 2.0])), ShapeError, r"\(2,\)"),
    "masked_fill, shape": (lambda: box().masked_fill(Tensor([True, False]), 1.0), ShapeError, r"\(2,\)"),
    "masked_scatter": (lambda: box().masked_scatter(Tensor(MASK), Tensor([1.0])), ValueError, "only 1"),
    "topk": (lambda: box().topk(6), ValueError, "6.*size 5"),
    "kthvalue": (lambda: box().kthvalue(0), ValueError, "0.*size 5"),
    "sort outside": (lambda: box().sort(3), IndexError, "3"),
    "median of nothing": (lambda: Tensor.zeros(2, 0).median(1), IndexError, "size 0"),
    "searchsorted": (lambda: box().searchsorted(Tensor([1.0])), ShapeError, r"\(3, 4, 5\).*\(1,\)"),
    "searchsorted, side": (lambda: Tensor([1.0]).searchsorted(1.0, side="up"), ValueError, "up"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, error, message = ERRORS[name]
    with pytest.raises(error, match=message):
        call()


def test_positions_in_tensors_are_checked_when_used():
    for result in (
        box()[Tensor([0, 3])],
        box()[Tensor([-4])],
        box().gather(1, Tensor(AT + 3)),
        box().gather(1, Tensor(AT - 1)),
        box().scatter(0, Tensor(AT + 2), 1.0),
        box().index_select(2, Tensor([5])),
        box().take(Tensor([60])),
    ):
        with pytest.raises(IndexError, match="out of range"):
            result.realize()


# -- options of the methods above


def test_searchsorted_with_a_sorter():
    row, values = np.array([5.0, 1.0, 3.0]), np.array([0.0, 3.0, 9.0])
    order = np.argsort(row)
    for side in ("left", "right"):
        found = Tensor(row).searchsorted(Tensor(values), side=side, sorter=Tensor(order), out_int32=True)
        check(found, np.searchsorted(row, values, side, order).astype(np.int32), side)
    assert Tensor(values).bucketize(Tensor(np.sort(row)), out_int32=True).dtype is dtypes.int32
    with pytest.raises(ValueError, match="right=True"):
        Tensor(row).searchsorted(Tensor(values), side="left", right=True)


def test_take_along_dim_counts_from_the_end():
    places = np.array([[0, -1], [-5, 2], [4, -2]])
    x = BOX[:, 0]
    check(Tensor(x).take_along_dim(Tensor(places), 1), np.take_along_axis(x, places, 1))


def test_index_fill_once_for_each_slice():
    x, value = Tensor(BOX), Tensor(2.0)
    filled = x.index_fill(1, Tensor([0, 3, 0]), value)
    wanted = BOX.copy()
    wanted[:, [0, 3]] = 2
    check(filled, wanted)
    by_value, by_x = filled.gradient(value, x, gradient=Tensor(BOX))
    np.testing.assert_allclose(by_value.numpy(), BOX[:, [0, 3]].sum(), rtol=1e-5)
    wanted = BOX.copy()
    wanted[:, [0, 3]] = 0
    check(by_x, wanted)
    check(Tensor(POINT).index_fill(0, Tensor([0]), -1.0), np.array(-1, np.float32))


@pytest.mark.parametrize("dim", [None, 0, -1])
def test_unique(dim):
    array = np.array([[3, 1, 3], [2, 1, 2], [3, 1, 3]])
    kinds, inverse, counts = np.unique(array, return_inverse=True, return_counts=True, axis=dim)
    found = Tensor(array).unique(return_inverse=True, return_counts=True, dim=dim)
    check(found[0], kinds)
    check(found[1], inverse.reshape(array.shape if dim is None else -1))
    check(found[2], counts)
    check(Tensor(array).unique(dim=dim), kinds)


def test_bincount():
    row, weights = np.array([3, 0, 3, 1]), np.array([0.5, 1.0, 2.0, -1.0], np.float32)
    check(Tensor(row).bincount(), np.bincount(row))
    check(Tensor(row).bincount(minlength=6), np.bincount(row, minlength=6))
    check(Tensor(row).bincount(Tensor(weights)), np.bincount(row, weights).astype(np.float32))
    check(Tensor(np.zeros(0, np.int64)).bincount(), np.zeros(0, np.int64))
    with pytest.raises(TypeError, match="whole numbers"):
        Tensor(weights).bincount()
    with pytest.raises(ShapeError, match="a row"):
        Tensor([[1]]).bincount()
