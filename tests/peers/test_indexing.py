"""Indexing, gathering, scattering and sorting beside PyTorch's: the same numbers, the same gradients."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from course_lib import Tensor  # noqa: E402
from tests.peers.comparing import agree, agree_all, same  # noqa: E402

RNG = np.random.default_rng(1)
BOX = RNG.normal(size=(3, 4, 5)).astype(np.float32)
WHOLE = RNG.integers(-50, 50, size=(3, 4, 5))
POINT = np.array(2.5, np.float32)
I = np.array([2, 0, -1])
J = np.array([[0, -2, 1], [3, 3, 0]])
MASK = RNG.random((3, 4, 5)) < 0.4


def tensor_like(x, array):
    return torch.tensor(array) if isinstance(x, torch.Tensor) else Tensor(array)


INDICES = {
    "int": 1,
    "negative int": -3,
    "ints": (1, 2, 3),
    "slice": slice(1, 3),
    "slices": (slice(None), slice(1, -1), slice(-2, None)),
    "steps": (slice(None, None, 2), slice(1, None, 2), slice(0, 5, 3)),
    "a step over the end": (slice(None), slice(3, None, 4)),
    "empty slice": (slice(None), slice(3, 1)),
    "None": (None, 0, None, slice(None), None),
    "Ellipsis": (..., 1),
    "Ellipsis between": (0, ..., slice(None, None, 2)),
    "Ellipsis for nothing": (0, 1, ..., 2),
    "nothing": (),
    "int and slice": (2, slice(1, 3)),
    "list": [2, 0, 2],
    "list of one": [1],
    "empty list": [],
    "range": range(2),
    "array": I,
    "array in the middle": (slice(None), J),
    "array at the end": (..., J),
    "two arrays": (I, I),
    "broadcast arrays": (J % 3, I),
    "arrays apart": (I, slice(None), I),
    "arrays apart by None": (I, None, I),
    "arrays after a slice": (slice(1, None), I, I + 1),
    "arrays and steps": (slice(None, None, 2), J, slice(0, 5, 2)),
    "int before list": (0, slice(None), [1, 2]),
    "int after list": ([0, 2], slice(None), 1),
    "int between lists": ([0, 2], 1, [1, 3]),
    "slice before list and int": (slice(None), 1, [0, 4]),
    "three arrays": (I, I, I),
    "numpy int": np.int64(2),
    "numpy array of 0 dims": (np.array(1), slice(None)),
    "mask": MASK,
    "mask of rows": MASK[:, 0, 0],
    "mask of two axes": MASK[:, :, 0],
    "mask in the middle": (slice(None), MASK[0, :, 0]),
    "mask at the end": (..., MASK[0, 0]),
    "mask and list": (MASK[:, 0, 0], slice(None), [1]),
    "list of bools": [True, False, True],
    "no mask": np.zeros((3, 4), bool),
    "True": True,
    "False": False,
    "True and list": (True, [0, 1]),
    "bools later": (0, None, True, [1, 2]),
}


def look(index):
    return lambda x: x[index]


def test_getitem():
    agree_all({name: (look(index), BOX) for name, index in INDICES.items()})


def with_tensors(x, index):
    """The index with tensors in place of lists and arrays."""
    parts = index if isinstance(index, tuple) else (index,)
    return tuple(tensor_like(x, np.asarray(part)) if isinstance(part, list | np.ndarray) else part for part in parts)


TENSORS = [
    name
    for name, index in INDICES.items()
    if any(
        isinstance(p, list | np.ndarray) and np.asarray(p).size
        for p in (index if isinstance(index, tuple) else (index,))
    )
]


def look_with_tensors(index):
    return lambda x: x[with_tensors(x, index)]


def test_getitem_with_tensors():
    agree_all({name: (look_with_tensors(INDICES[name]), BOX) for name in TENSORS})


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_dtypes_of_positions(dtype):
    long = np.arange(300, dtype=np.float32)
    agree(lambda x: x[tensor_like(x, np.array([-1, -128, 5, 127], dtype))], long)


def test_tensors_of_0_dims():
    for index in ((1,), (slice(None), -1), (1, slice(None), [0, 2]), (slice(None), 1, [0, 2])):

        def look(x, index=index):
            return x[tuple(tensor_like(x, np.array(part)) if isinstance(part, int | list) else part for part in index)]

        agree(look, BOX)
    agree(lambda x: x[tensor_like(x, np.array(True))], BOX)
    agree(lambda x: x[()], POINT)
    agree(lambda x: x[...], POINT)
    agree(lambda x: x[None], POINT)
    agree(lambda x: x[True], POINT)


def test_views_of_views():
    agree(lambda x: x.transpose(0, 2)[1:, ::2][[0, 3, 3], 1].flip(0), BOX)
    agree(lambda x: x[::2][:, 1:][..., -1], BOX)


def random_index(rng, shape):
    """One of very many indices that PyTorch takes."""
    index, axis, size = [], 0, int(rng.integers(1, 4))
    while axis < len(shape) and rng.random() < 0.9:
        n = shape[axis]
        kind = rng.integers(0, 8)
        if kind == 0:
            index.append(int(rng.integers(-n, n)))
        elif kind <= 2:
            start, stop = sorted(int(i) for i in rng.integers(-n - 1, n + 2, 2))
            index.append(slice(start, stop, int(rng.integers(1, 4))))
        elif kind == 3:
            index.append(slice(None))
        elif kind == 4:
            index.append(rng.integers(-n, n, size))
        elif kind == 5:
            index.append(rng.integers(-n, n, (2, 1)))
        elif kind == 6:
            index.append(None)
            axis -= 1
        else:
            index.append(rng.integers(-n, n, ()))
        axis += 1
    if rng.random() < 0.3:
        index.insert(int(rng.integers(0, len(index) + 1)), ...)
    return tuple(index)


def test_random_indices():
    """PyTorch does not say which of several values for one place stays, so one number is set."""
    cases = {}

    def fill(index):
        def filled(x):
            x = x * 1
            x[index] = 7.5
            return x

        return filled

    for seed in range(50):
        index = random_index(np.random.default_rng(seed), BOX.shape)
        cases[f"look {index}"] = (look(index), BOX)
        cases[f"look with tensors {index}"] = (look_with_tensors(index), BOX)
        cases[f"set {index}"] = (fill(index), BOX)
    agree_all(cases)


@pytest.mark.parametrize("dtype, value", [("float32", 0.5), ("float32", True), ("int64", 2.75), ("bool", 3)])
def test_setitem(dtype, value):
    def put(index):
        def changed(x):
            x = x.clone()
            x[index] = value
            return x

        return changed

    array = (BOX * 9).astype(dtype)
    agree_all({name: (put(index), array) for name, index in INDICES.items()})


def repeats(index):
    numbers = np.arange(BOX.size).reshape(BOX.shape)[index]
    return len(np.unique(numbers)) != numbers.size


@pytest.mark.parametrize("cut", ["whole", "new axis", "row", "numbers of the last axis"])
def test_setitem_with_tensors(cut):
    """Value and base get their gradients. (PyTorch does not say which of several values stays.)"""

    def put(index, tensors):
        def changed(x, value):
            x = x * 1
            x[with_tensors(x, index) if tensors else index] = value
            return x

        return changed

    cases = {}
    for name, index in INDICES.items():
        shape = tuple(torch.zeros(BOX.shape)[index].shape)
        size = {
            "whole": shape,
            "new axis": (1, *shape),
            "row": shape[1:],
            "numbers of the last axis": (*shape[:-1], 1),
        }[cut]
        if not repeats(index) and (shape or cut == "whole"):
            cases[name] = (put(index, False), BOX, RNG.normal(size=size).astype(np.float32))
            if name in TENSORS:
                cases[f"{name}, tensors"] = (put(index, True), BOX, RNG.normal(size=size).astype(np.float32))
    agree_all(cases)


def test_augmented_assignment():
    def step(x):
        x = x * 1
        x[1, ::2] += 5
        x[:, [0, 2]] *= x[0, 0, 0].clone()
        x[x > 1] -= 1
        return x

    agree(step, BOX)


GATHERS = {
    "gather": lambda x, i: x.gather(1, i),
    "gather, smaller": lambda x, i: x.gather(1, i[:2, :1]),
    "gather the last axis": lambda x, i: x.gather(-1, i),
    "take_along_dim": lambda x, i: x.take_along_dim(i, 1),
    "take_along_dim, broadcast": lambda x, i: x.take_along_dim(i[:, :1, :1], 2),
    "take_along_dim, flat": lambda x, i: x.take_along_dim(i),
    "take": lambda x, i: x.take(i - 30),
    "index_select": lambda x, i: x.index_select(2, i[0, 0]),
    "index_select one": lambda x, i: x.index_select(0, i[0, 0, 0]),
    "masked_select": lambda x, i: x.masked_select(i > 1),
    "masked_select, broadcast": lambda x, i: x.masked_select(i[:, :1] > 1),
    "masked_fill": lambda x, i: x.masked_fill(i > 1, -3),
    "masked_fill with a tensor": lambda x, i: x.masked_fill(i > 1, x[0, 0, 0]),
    "masked_fill, broadcast": lambda x, i: x[:1].masked_fill(i[..., :1] > 0, 9),
    "index_fill": lambda x, i: x.index_fill(1, i[0, 0], 2.5),
}


@pytest.mark.parametrize("array", [BOX, WHOLE], ids=["floats", "ints"])
def test_gathers(array):
    index = RNG.integers(0, 3, BOX.shape)
    agree_all({name: (function, array, index) for name, function in GATHERS.items()})


SCATTERS = {
    "scatter_add": lambda x, i, y: x.scatter_add(1, i, y),
    "scatter_add, smaller": lambda x, i, y: x.scatter_add(2, i[:2, 1:], y[:2, 1:]),
    "scatter add": lambda x, i, y: x.scatter(0, i, 3, reduce="add"),
    "scatter multiply": lambda x, i, y: x.scatter(0, i[:1], 3, reduce="multiply"),
    "scatter a number": lambda x, i, y: x.scatter(1, i, 7),
    "scatter value": lambda x, i, y: x.scatter(1, i, value=0.5),
    "index_add": lambda x, i, y: x.index_add(1, i[0, 0], y[:, [0, 1, 2, 3, 0]]),
    "index_add, alpha": lambda x, i, y: x.index_add(2, i[0, 0], y, alpha=-2),
    "masked_scatter": lambda x, i, y: x.masked_scatter(i > 1, y),
    "masked_scatter, broadcast": lambda x, i, y: x.masked_scatter(i[:, :1] > 1, y),
}
SCATTERS |= {
    f"scatter_reduce {how} {self}": lambda x, i, y, how=how, self=self: x.scatter_reduce(
        1, i, y, how, include_self=self
    )
    for how in ("sum", "prod", "mean", "amax", "amin")
    for self in (True, False)
}


@pytest.mark.parametrize("array", [BOX, WHOLE], ids=["floats", "ints"])
def test_scatters(array):
    index, values = RNG.integers(0, 3, BOX.shape), RNG.permutation(array.reshape(-1)).reshape(array.shape) * 2
    without_derivative = ("scatter add", "scatter multiply")  # in PyTorch
    cases = {
        name: (function, array, index, values)
        for name, function in SCATTERS.items()
        if array.dtype.kind == "i" or name not in without_derivative
    }
    agree_all(cases, rtol=1e-5, atol=1e-6, grad_rtol=1e-4)


def test_setting_unique_places():
    order = np.stack([RNG.permutation(4) for _ in range(15)]).reshape(3, 5, 4).swapaxes(1, 2).copy()
    agree(lambda x, i, y: x.scatter(1, i, y), BOX, order, BOX[::-1].copy())
    agree(lambda x, i, y: x.scatter(1, i[:, :2], y), BOX, order, BOX[::-1, :2].copy())
    agree(lambda x, i, y: x.index_copy(2, i, y), BOX, np.array([4, 0, 1]), BOX[:, :, 2:].copy())


def test_gathers_of_nothing_and_of_points():
    none = np.zeros(0, np.int64)
    cases = [
        (lambda x, i: x.gather(0, i), BOX, np.zeros((0, 4, 5), np.int64)),
        (lambda x, i: x.gather(0, i), BOX, none),
        (lambda x, i: x.scatter(0, i, 1.0), BOX, none),
        (lambda x, i: x.index_select(1, i), BOX, none),
        (lambda x, i: x.index_add(1, i, x[:, :0]), BOX, none),
        (lambda x, i: x.gather(0, i), POINT, np.array(0)),
        (lambda x, i: x.gather(0, i), POINT, np.array([0, 0])),
        (lambda x, i: x.scatter(0, i, 3.0), POINT, np.array(0)),
        (lambda x, i: x.index_select(0, i), POINT, np.array([0])),
        (lambda x, i: x.index_add(0, i, x), POINT, np.array(0)),
        (lambda x, i: x.index_fill(0, i, 4), POINT, np.array([0])),
        (lambda x, i: x.take(i), POINT, np.array([0, 0])),
        (lambda x, i: x.take(i), BOX, np.array(7)),
        (lambda x, i: x.masked_select(i > 0), POINT, np.array(1)),
    ]
    agree_all({f"number {i}": case for i, case in enumerate(cases)})


SORTS = {
    "sort": lambda x: x.sort(),
    "sort, descending": lambda x: x.sort(1, descending=True),
    "sort rows": lambda x: x.sort(dim=0),
    "argsort": lambda x: x.argsort(-1),
    "argsort, descending": lambda x: x.argsort(0, True),
    "topk": lambda x: x.topk(3),
    "topk rows": lambda x: x.topk(2, dim=0),
    "topk of none": lambda x: x.topk(0),
    "smallest": lambda x: x.topk(2, 1, largest=False),
    "kthvalue": lambda x: x.kthvalue(2),
    "kthvalue, keepdim": lambda x: x.kthvalue(3, 0, True),
    "median": lambda x: x.median(),
    "median of an axis": lambda x: x.median(1),
    "median, keepdim": lambda x: x.median(-1, keepdim=True),
}


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "int8"])
def test_sorts(dtype):
    different = RNG.permutation(60).reshape(3, 4, 5) - 30
    agree_all({name: (function, different.astype(dtype)) for name, function in SORTS.items()})


@pytest.mark.parametrize("name", ["sort", "sort, descending", "topk", "kthvalue", "median", "median of an axis"])
def test_sorts_with_nan_and_infinity(name):
    array = np.array(
        [[[np.nan, 1, -np.inf, 2, 0], [np.inf, 3, 2, 1, -1]], [[5, np.nan, 7, np.nan, 4], [1, 2, 3, 4, 5]]]
    )
    ours, theirs = SORTS[name](Tensor(array)), SORTS[name](torch.tensor(array))
    if name == "median":
        return same(ours, theirs)
    same(ours[0], theirs[0])
    if "topk" not in name:
        same(ours[1], theirs[1])


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8", "bool"])
def test_stable(descending, dtype):
    array = RNG.integers(0, 3, (4, 50)).astype(dtype)
    agree(lambda x: x.sort(stable=True, descending=descending), array)
    agree(
        lambda x: (
            x.argsort(0, stable=True, descending=descending)
            if isinstance(x, Tensor)
            else torch.argsort(x, dim=0, stable=True, descending=descending)
        ),
        array,
    )


def test_sorts_of_little():
    for array in (POINT, np.array([3.0], np.float32)):
        for name in ("sort", "argsort", "kthvalue 1", "median", "median of 0", "topk 1"):
            do = {
                "kthvalue 1": lambda x: x.kthvalue(1),
                "median of 0": lambda x: x.median(0),
                "topk 1": lambda x: x.topk(1),
            }.get(name) or SORTS[name]
            agree(do, array)
    empty = np.zeros((2, 0), np.float32)
    agree(SORTS["sort"], empty)
    agree(SORTS["topk of none"], empty)
    agree(lambda x: x.sort(0), empty)
    agree(SORTS["median"], empty)


@pytest.mark.parametrize("right", [False, True])
def test_searchsorted(right):
    row = np.array([-1.0, 0, 0, 2, np.inf], np.float32)
    values = np.array([[0.0, 5, -3], [np.nan, 2, np.inf]], np.float32)
    same(
        Tensor(row).searchsorted(Tensor(values), right=right),
        torch.searchsorted(torch.tensor(row), torch.tensor(values), right=right),
    )
    same(
        Tensor(values).bucketize(Tensor(row), right=right),
        torch.bucketize(torch.tensor(values), torch.tensor(row), right=right),
    )
    rows, queries = np.sort(BOX), np.sort(BOX)[..., ::2] + 0.1
    ours = Tensor(rows).searchsorted(Tensor(queries), side="right" if right else "left")
    same(ours, torch.searchsorted(torch.tensor(rows), torch.tensor(queries), right=right))


@pytest.mark.parametrize("array", [MASK, WHOLE - 3, BOX, POINT, POINT * 0, np.zeros((2, 0), bool)])
def test_nonzero(array):
    array = np.asarray(array)
    same(Tensor(array).nonzero(), torch.tensor(array).nonzero())
    same(Tensor(array).argwhere(), torch.tensor(array).argwhere())
    for ours, theirs in zip(
        Tensor(array).nonzero(as_tuple=True), torch.tensor(array).nonzero(as_tuple=True), strict=True
    ):
        same(ours, theirs)


IN_PLACE = {
    "scatter_": lambda x, i, y: x.scatter_(1, i, 2.0),
    "scatter_add_": lambda x, i, y: x.scatter_add_(1, i, y),
    "masked_fill_": lambda x, i, y: x.masked_fill_(i > 1, 0),
    "index_fill_": lambda x, i, y: x.index_fill_(1, i[0, 0], 2.5),
    "index_add_": lambda x, i, y: x.index_add_(2, i[0, 0], y),
    "index_copy_": lambda x, i, y: x.index_copy_(0, i[0, 0, :1], y[:1]),
    "masked_scatter_": lambda x, i, y: x.masked_scatter_(i > 1, y),
}


def test_in_place():
    def after(method):
        def changed(x, i, y):
            x = x * 1
            method(x, i, y)
            return x

        return changed

    index, values = RNG.integers(0, 3, BOX.shape), BOX[::-1].copy()
    agree_all({name: (after(method), BOX, index, values) for name, method in IN_PLACE.items()}, rtol=1e-6)


def test_options():
    places = np.array([[0, -1], [-5, 2], [4, -2]])
    agree_all(
        {
            "take_along_dim from the end": (
                lambda x: x.take_along_dim(tensor_like(x, places), 1),
                BOX[:, 0],
            ),
            "index_fill twice": (lambda x, v: x.index_fill(1, tensor_like(x, np.array([0, 3, 0])), v), BOX, POINT),
            "searchsorted": (
                lambda x, row: (
                    x.bucketize(row.sort().values, out_int32=True, right=True)
                    if isinstance(x, Tensor)
                    else torch.bucketize(x, row.sort().values, out_int32=True, right=True)
                ),
                BOX[1],
                BOX[0, 0],
            ),
            "sorter": (lambda row, v: torch_or_ours(row)(row, v), BOX[0, 0], BOX[1]),
            "bincount": (lambda x: x.bincount(minlength=9), np.array([1, 4, 1])),
            "unique": (lambda x: x.unique(), WHOLE),
        },
        grad_rtol=1e-5,
    )


def torch_or_ours(row):
    """``searchsorted`` with a sorter, which is a function in PyTorch."""
    if isinstance(row, Tensor):
        return lambda row, v: row.searchsorted(v, sorter=row.argsort())
    return lambda row, v: torch.searchsorted(row, v, sorter=row.argsort())
