"""Shapes, joins, cuts, margins and diagonals beside NumPy's."""

import itertools

import numpy as np
import pytest

from course_lib import Tensor, dtypes
from course_lib.engine.strides import ShapeError
from course_lib.engine.uop import MOVEMENT, Ops
from tests.engine.checking import check, check_all

RNG = np.random.default_rng(5)
BOX = RNG.normal(size=(2, 3, 4)).astype(np.float32)
POINT = np.array(3.5, np.float32)
EMPTY = np.zeros((2, 0, 3), np.float32)
ODD = np.array([[-0.0, np.nan, np.inf], [-np.inf, 0.0, 1.0]], np.float32)

ARRAYS = {
    "float": BOX,
    "whole": np.arange(24).reshape(2, 3, 4),
    "bool": np.arange(24).reshape(2, 3, 4) % 3 == 0,
    "transposed": np.ascontiguousarray(BOX.T).T,
    "stepped": RNG.normal(size=(4, 9, 4))[::-2, ::3],
}


PAIRS = {
    "reshape": (lambda x: x.reshape(4, -1), lambda a: a.reshape(4, -1)),
    "reshape after transpose": (lambda x: x.transpose(0, 2).reshape(6, 4), lambda a: a.swapaxes(0, 2).reshape(6, 4)),
    "view": (lambda x: x.view((3, 8)), lambda a: a.reshape(3, 8)),
    "permute": (lambda x: x.permute(2, 0, 1), lambda a: a.transpose(2, 0, 1)),
    "permute from the end": (lambda x: x.permute(-1, 0, -2), lambda a: a.transpose(2, 0, 1)),
    "transpose": (lambda x: x.transpose(-1, 0), lambda a: a.swapaxes(0, 2)),
    "transpose as it stands": (lambda x: x.transpose(), lambda a: a.swapaxes(0, 1)),
    "T": (lambda x: x.T, lambda a: a.T),
    "mT": (lambda x: x.mT, lambda a: a.swapaxes(1, 2)),
    "t": (lambda x: x[0].t(), lambda a: a[0].T),
    "movedim": (lambda x: x.movedim(0, -1), lambda a: np.moveaxis(a, 0, -1)),
    "movedim of two": (lambda x: x.movedim((0, 1), (2, 0)), lambda a: np.moveaxis(a, (0, 1), (2, 0))),
    "expand": (lambda x: x[:, :1].expand(5, -1, 7, -1), lambda a: np.broadcast_to(a[:, :1], (5, 2, 7, 4))),
    "expand to nothing": (lambda x: x[:, :1].expand(2, 0, 4), lambda a: a[:, :0]),
    "repeat": (lambda x: x.repeat(2, 1, 3), lambda a: np.tile(a, (2, 1, 3))),
    "repeat with new axes": (lambda x: x.repeat((3, 1, 2, 1)), lambda a: np.tile(a, (3, 1, 2, 1))),
    "tile": (lambda x: x.tile(3), lambda a: np.tile(a, 3)),
    "repeat_interleave": (lambda x: x.repeat_interleave(3), lambda a: np.repeat(a, 3)),
    "repeat_interleave, axis": (lambda x: x.repeat_interleave(2, axis=1), lambda a: np.repeat(a, 2, 1)),
    "repeat_interleave, list": (lambda x: x.repeat_interleave([2, 0, 1], 1), lambda a: np.repeat(a, [2, 0, 1], 1)),
    "flip": (lambda x: x.flip(0, -1), lambda a: np.flip(a, (0, 2))),
    "flip, axis": (lambda x: x.flip(axis=1), lambda a: np.flip(a, 1)),
    "flip, tuple": (lambda x: x.flip((1, 2)), lambda a: np.flip(a, (1, 2))),
    "squeeze": (lambda x: x[:1, :, :1].squeeze(), lambda a: a[:1, :, :1].squeeze()),
    "squeeze, axis": (lambda x: x[:1, :, :1].squeeze(axis=-1), lambda a: a[:1, :, 0]),
    "squeeze, tuple": (lambda x: x[:1, :, :1].squeeze((0, 1)), lambda a: a[0, :, :1]),
    "unsqueeze": (lambda x: x.unsqueeze(-1), lambda a: a[..., None]),
    "unsqueeze, axis": (lambda x: x.unsqueeze(axis=1), lambda a: a[:, None]),
    "flatten": (lambda x: x.flatten(1), lambda a: a.reshape(2, 12)),
    "flatten two": (lambda x: x.flatten(0, 1), lambda a: a.reshape(6, 4)),
    "ravel": (lambda x: x.ravel(), lambda a: a.ravel()),
    "unflatten": (lambda x: x.unflatten(-1, (2, -1)), lambda a: a.reshape(2, 3, 2, 2)),
    "roll": (lambda x: x.roll(5), lambda a: np.roll(a, 5)),
    "roll an axis": (lambda x: x.roll(-1, 1), lambda a: np.roll(a, -1, 1)),
    "roll around": (lambda x: x.roll((9, 0), (2, 1)), lambda a: np.roll(a, 9, 2)),
    "rot90": (lambda x: x.rot90(), lambda a: np.rot90(a)),
    "rot90 twice": (lambda x: x.rot90(2, (1, 2)), lambda a: np.rot90(a, 2, (1, 2))),
    "rot90 three times": (lambda x: x.rot90(3, (2, 0)), lambda a: np.rot90(a, 3, (2, 0))),
    "rot90 not at all": (lambda x: x.rot90(-4), lambda a: a),
    "tril": (lambda x: x.tril(), lambda a: np.tril(a)),
    "tril, up": (lambda x: x.tril(2), lambda a: np.tril(a, 2)),
    "triu": (lambda x: x.triu(-1), lambda a: np.triu(a, -1)),
    "diagonal": (lambda x: x.diagonal(), lambda a: a.diagonal()),
    "diagonal, right": (lambda x: x.diagonal(2, -2, -1), lambda a: a.diagonal(2, 1, 2)),
    "diagonal, down": (lambda x: x.diagonal(-2, 2, 0), lambda a: a.diagonal(-2, 2, 0)),
    "diagonal, outside": (lambda x: x.diagonal(-9), lambda a: a.diagonal(-9)),
    "diag": (lambda x: x[1, 1].diag(-2), lambda a: np.diag(a[1, 1], -2)),
    "diag of a matrix": (lambda x: x[1].diag(1), lambda a: np.diag(a[1], 1)),
    "narrow": (lambda x: x.narrow(2, -3, 2), lambda a: a[..., 1:3]),
    "shrink": (lambda x: x.shrink(((0, 1), None, (1, 3))), lambda a: a[:1, :, 1:3]),
    "pad": (lambda x: x.pad((1, 2, 0, 3)), lambda a: np.pad(a, ((0, 0), (0, 3), (1, 2)))),
    "pad with pairs": (lambda x: x.pad(((1, 0), None, (2, 2))), lambda a: np.pad(a, ((1, 0), (0, 0), (2, 2)))),
    "pad with ones": (
        lambda x: x.pad((1, 1), value=1),
        lambda a: np.pad(a, ((0, 0), (0, 0), (1, 1)), constant_values=1),
    ),
    "pad under its other name": (lambda x: x.pad(padding=(0, 1)), lambda a: np.pad(a, ((0, 0), (0, 0), (0, 1)))),
    "pad and cut": (lambda x: x.pad((-1, 2)), lambda a: np.pad(a[..., 1:], ((0, 0), (0, 0), (0, 2)))),
    "reflect": (lambda x: x.pad((3, 2, 1, 0), "reflect"), lambda a: np.pad(a, ((0, 0), (1, 0), (3, 2)), "reflect")),
    "reflect and cut": (
        lambda x: x.pad((2, -2), "reflect"),
        lambda a: np.pad(a, ((0, 0), (0, 0), (2, 0)), "reflect")[..., :-2],
    ),
    "replicate": (lambda x: x.pad((0, 9), "replicate"), lambda a: np.pad(a, ((0, 0), (0, 0), (0, 9)), "edge")),
    "circular": (lambda x: x.pad((4, 3), "circular"), lambda a: np.pad(a, ((0, 0), (0, 0), (4, 3)), "wrap")),
    "unfold": (
        lambda x: x.unfold(1, 2, 1),
        lambda a: np.lib.stride_tricks.sliding_window_view(a, 2, 1),
    ),
    "unfold in steps": (
        lambda x: x.unfold(-1, 2, 2),
        lambda a: np.lib.stride_tricks.sliding_window_view(a, 2, 2)[:, :, ::2],
    ),
    "cat": (lambda x: Tensor.cat([x, x.flip(0), x]), lambda a: np.concatenate([a, a[::-1], a])),
    "cat, dim": (lambda x: Tensor.cat((x, x[:, :1]), 1), lambda a: np.concatenate([a, a[:, :1]], 1)),
    "cat, method": (lambda x: x.cat(x, x, dim=-1), lambda a: np.concatenate([a, a, a], -1)),
    "cat, axis": (lambda x: Tensor.cat([x, x], axis=2), lambda a: np.concatenate([a, a], 2)),
    "cat of one": (lambda x: Tensor.cat([x]), lambda a: a),
    "stack": (lambda x: Tensor.stack([x, x.flip(1)]), lambda a: np.stack([a, a[:, ::-1]])),
    "stack, dim": (lambda x: x.stack(x, x, dim=-1), lambda a: np.stack([a, a, a], -1)),
    "hstack": (lambda x: Tensor.hstack([x, x]), lambda a: np.hstack([a, a])),
    "vstack": (lambda x: Tensor.vstack([x[0, 0], x[0]]), lambda a: np.vstack([a[0, 0], a[0]])),
    "dstack": (lambda x: Tensor.dstack([x[0], x[0]]), lambda a: np.dstack([a[0], a[0]])),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_beside_numpy(kind):
    array = ARRAYS[kind]
    check_all({name: (ours(Tensor(array)), theirs(array)) for name, (ours, theirs) in PAIRS.items()})


@pytest.mark.parametrize("value", [2.5, -0.0, np.nan, np.inf])
def test_odd_numbers_stay_themselves(value):
    """NaN, infinities and -0.0 are moved, joined and padded without touching their neighbours."""
    array = np.full((3, 2), value, np.float32)
    both = np.concatenate([ODD, array.T])
    check(Tensor.cat([Tensor(ODD), Tensor(array).T]), both)
    check(Tensor.stack([Tensor(row) for row in both]), both)
    check(
        Tensor(ODD).pad((1, 1), value=value) if value else Tensor(ODD),
        np.pad(ODD, ((0, 0), (1, 1)), constant_values=value) if value else ODD,
    )
    check(Tensor(both).roll(1, 0), np.roll(both, 1, 0))
    check(Tensor(both).tril(), np.tril(both))
    check(Tensor(both[:, 0]).diag(), np.diag(both[:, 0]))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 20])
def test_join_of_many(count):
    parts = [RNG.normal(size=(i % 3, 2)).astype(np.float32) for i in range(count)]
    check(Tensor.cat([Tensor(part) for part in parts]), np.concatenate(parts))


def test_gradient_of_a_join():
    parts = [Tensor(RNG.normal(size=(n, 2))) for n in (1, 0, 3, 2)]
    weights = RNG.normal(size=(6, 2))
    (Tensor.cat(parts) * Tensor(weights)).sum().backward()
    for part, wanted in zip(parts, np.split(weights, [1, 1, 4])):
        check(part.grad, wanted) if part.grad is not None else wanted.size or pytest.fail("no gradient")


def test_promotion():
    kinds = [Tensor(np.arange(2).astype(kind)) for kind in ("bool", "uint8", "int32", "float16")]
    assert Tensor.cat(kinds).dtype is dtypes.float16
    assert Tensor.cat(kinds[:3]).dtype is dtypes.int32
    assert Tensor.stack(kinds[:2]).dtype is dtypes.uint8
    check(Tensor.cat([Tensor(np.zeros(0, np.float32)), Tensor([[1, 2]])]), np.array([[1.0, 2.0]], np.float32))


@pytest.mark.parametrize("length", [0, 1, 7, 8])
def test_cuts(length):
    array = np.arange(2 * length).reshape(2, length)
    tensor, cases = Tensor(array), []
    for pieces in (1, 2, 3, 9):
        cases += zip(tensor.tensor_split(pieces, 1), np.array_split(array, pieces, 1), strict=True)
        size = -(-length // pieces)
        chunks = tensor.chunk(pieces, dim=1)
        sizes = [min(size, length - i) for i in range(0, length, size or 1)] or [0] * pieces
        assert [part.shape[1] for part in chunks] == sizes
        cases.append((Tensor.cat(list(chunks), dim=1), array))
    for size in (1, 3, 100):
        parts = tensor.split(size, dim=1)
        assert [part.shape[1] for part in parts] == ([min(size, length - i) for i in range(0, length, size)] or [0])
        cases += [(part, array[:, i * size : (i + 1) * size]) for i, part in enumerate(parts)]
    cases.append((tensor.split([length, 0], 1)[0], array))
    cases += zip(tensor.unbind(-1), array.T, strict=True)
    cases += zip(tensor.unbind(axis=0), array, strict=True)
    check_all(cases)


def test_meshgrid_and_broadcast_tensors():
    a, b, c = np.arange(3), np.arange(4) * 2, np.arange(2) * 3
    for indexing in ("ij", "xy"):
        for ours, theirs in zip(
            Tensor.meshgrid(Tensor(a), Tensor(b), Tensor(c), indexing=indexing),
            np.meshgrid(a, b, c, indexing=indexing),
            strict=True,
        ):
            check(ours, theirs)
    assert [part.tolist() for part in Tensor(a).meshgrid(Tensor(5))] == [[[0], [1], [2]], [[5], [5], [5]]]
    assert [part.shape for part in Tensor.broadcast_tensors(Tensor(BOX), Tensor(a)[:, None])] == [(2, 3, 4)] * 2


def test_diag_embed_undoes_diagonal():
    cases = {}
    for offset, (dim1, dim2) in itertools.product((-2, -1, 0, 1, 3), ((0, 1), (1, 3), (-1, 0), (2, 1))):
        matrices = Tensor(BOX).diag_embed(offset, dim1, dim2)
        assert matrices.shape[dim1] == matrices.shape[dim2] == 4 + abs(offset)
        name = f"{offset} {dim1} {dim2}"
        cases[name] = (matrices.diagonal(offset, dim1, dim2), BOX)
        cases[f"nothing else, {name}"] = ((matrices != 0).sum(), np.array(BOX.size))
    check_all(cases)


def test_points_and_empty_tensors():
    point, empty = Tensor(POINT), Tensor(EMPTY)
    for result in (point.T, point.permute(), point.transpose(0, -1), point.squeeze(), point.squeeze(0), point.flip(0)):
        check(result, POINT)
    for result in (
        point.roll(3),
        point.movedim(0, 0),
        point.pad(()),
        point.expand(()),
        point.reshape(()),
    ):
        check(result, POINT)
    for result in (
        point.flatten(),
        point.ravel(),
        point.unsqueeze(0),
        point.repeat(1),
        point.atleast_1d(),
        point.unfold(0, 1, 1),
    ):
        check(result, POINT.reshape(1))
    check(Tensor.stack([point, point]), np.full(2, POINT))
    check(point.repeat_interleave(2), np.full(2, POINT))
    check(empty.reshape(-1), np.zeros(0, np.float32))
    check(empty.permute(1, 2, 0), EMPTY.transpose(1, 2, 0))
    check(empty.pad((0, 0, 1, 2)), np.zeros((2, 3, 3), np.float32))
    check(empty.pad((0, 0, 1, 2), value=5), np.full((2, 3, 3), 5, np.float32))
    check(empty.cat(Tensor(BOX).transpose(1, 2)[:, :1], dim=1), BOX.swapaxes(1, 2)[:, :1])
    check(empty.repeat(1, 2, 2), np.zeros((2, 0, 6), np.float32))
    check(empty.diagonal(), np.zeros((3, 0), np.float32))
    check(empty.tril(), EMPTY)
    assert empty.unbind(1) == ()


def test_atleast():
    for array in (POINT, BOX[0, 0], BOX[0], BOX):
        check(Tensor(array).atleast_1d(), np.atleast_1d(array))
        check(Tensor(array).atleast_2d(), np.atleast_2d(array))
        check(Tensor(array).atleast_3d(), np.atleast_3d(array))


def test_view_as_another_dtype():
    check(Tensor(BOX).view(dtypes.int32), BOX.view(np.int32))


def test_like_another():
    x, y = Tensor(BOX), Tensor(BOX.reshape(4, 6))
    assert x.view_as(y).shape == x.reshape_as(y).shape == (4, 6)
    assert Tensor([1, 2, 3, 4]).expand_as(x).shape == (2, 3, 4)


def test_movement_is_all_there_is():
    """What only moves numbers computes nothing, and costs a handful of nodes."""
    x = Tensor(BOX)
    for most, result in (
        (1, x.reshape(6, 4)),
        (1, x.permute(1, 0, 2)),
        (1, x.transpose(0, 1)),
        (1, x.flatten()),
        (1, x.unsqueeze(0)),
        (1, x.flip(0)),
        (1, x.pad((1, 1))),
        (1, x.unfold(2, 2, 1)),
        (1, x.expand(3, 2, 3, 4)),
        (3, x.repeat(2, 1, 1)),
        (4, x.roll(1, 0)),
        (4, x.diagonal(0, 1, 2)),
        (5, x.diag_embed()),
        (1, x.narrow(0, 0, 1)),
        (2, x.rot90()),
    ):
        added = [node for node in result.uop.toposort() if node.op is not Ops.BUFFER]
        assert {node.op for node in added} <= MOVEMENT
        assert len(added) <= most
    assert x.reshape(2, 3, 4).uop is x.permute(0, 1, 2).uop is x.flip([]).uop is x.uop


def box():
    return Tensor(BOX)


ERRORS = {
    "reshape": (lambda: box().reshape(5, 5), ShapeError, r"24.*\(5, 5\)"),
    "two unknown sizes": (lambda: box().reshape(-1, -1), ShapeError, r"at most one -1"),
    "unknown size that does not fit": (lambda: box().reshape(5, -1), ShapeError, r"24.*\(5, -1\)"),
    "unknown size of nothing": (lambda: Tensor(EMPTY).reshape(0, -1), ShapeError, r"\(0, -1\)"),
    "a size that is no number": (lambda: box().reshape(2.0, 12), TypeError, r"whole numbers.*2\.0"),
    "permute too few": (lambda: box().permute(0, 1), ShapeError, r"\(0, 1\).*\(2, 3, 4\)"),
    "permute twice": (lambda: box().permute(0, 0, 1), ValueError, r"\(0, 0, 1\)"),
    "permute outside": (lambda: box().permute(0, 1, 3), (IndexError, ShapeError), "3"),
    "transpose outside": (lambda: box().transpose(0, 3), IndexError, "3"),
    "T of four axes as a matrix": (lambda: box().t(), ShapeError, r"\(2, 3, 4\)"),
    "mT of a row": (lambda: Tensor([1, 2]).mT, IndexError, "-2"),
    "movedim": (lambda: box().movedim((0, 1), 2), ValueError, r"\(0, 1\)"),
    "expand": (lambda: box().expand(2, 3, 5), ShapeError, r"\(2, 3, 4\).*\(2, 3, 5\)"),
    "expand to fewer axes": (lambda: box().expand(3, 4), ShapeError, r"\(3, 4\)"),
    "expand with an unknown new axis": (lambda: box().expand(-1, 2, 3, 4), ShapeError, r"-1"),
    "repeat": (lambda: box().repeat(2), ShapeError, r"\(2, 3, 4\)"),
    "repeat a negative number of times": (lambda: box().repeat(1, 1, -1), ShapeError, "-1"),
    "repeat_interleave": (lambda: box().repeat_interleave(-1), ValueError, "-1"),
    "repeat_interleave of too few": (lambda: box().repeat_interleave([1, 2], 1), ValueError, "3"),
    "flip outside": (lambda: box().flip(3), IndexError, "3"),
    "flip twice": (lambda: box().flip(0, 0), ValueError, r"\(0, 0\)"),
    "roll": (lambda: box().roll(1, (0, 1)), ValueError, r"\(0, 1\)"),
    "rot90": (lambda: box().rot90(1, (0, 1, 2)), ValueError, r"\(0, 1, 2\)"),
    "rot90 of one axis": (lambda: box().rot90(1, (0, 0)), ValueError, r"\(0, 0\)"),
    "squeeze outside": (lambda: box().squeeze(3), IndexError, "3"),
    "unsqueeze outside": (lambda: box().unsqueeze(5), IndexError, "5"),
    "flatten backwards": (lambda: box().flatten(2, 1), ValueError, "2"),
    "unflatten": (lambda: box().unflatten(1, (2, 2)), ShapeError, r"3.*\(2, 2\)"),
    "odd number of margins": (lambda: box().pad((1, 2, 3)), ShapeError, "3 margins"),
    "too many margins": (lambda: box().pad((1,) * 8), ShapeError, "8 margins"),
    "wrong number of pairs": (lambda: box().pad(((1, 1), (0, 0))), ShapeError, "2 pairs"),
    "cut too much": (lambda: box().pad((-3, -3)), ShapeError, r"\(2, 3, 4\)"),
    "unknown mode": (lambda: box().pad((1, 1), mode="mirror"), ValueError, "mirror"),
    "reflect too much": (lambda: box().pad((4, 0), "reflect"), ShapeError, r"axis 2 with size 4.*\(4, 0\)"),
    "wrap too much": (lambda: box().pad((0, 5), "circular"), ShapeError, r"axis 2 with size 4.*\(0, 5\)"),
    "replicate nothing": (lambda: Tensor(EMPTY).pad((0, 0, 1, 0), "replicate"), ShapeError, "axis 1 with size 0"),
    "shrink": (lambda: box().shrink(((0, 3), None, None)), ShapeError, r"\(2, 3, 4\)"),
    "shrink too few": (lambda: box().shrink(((0, 1),)), ShapeError, r"\(2, 3, 4\)"),
    "narrow": (lambda: box().narrow(1, 2, 2), IndexError, "axis 1 with size 3"),
    "unfold": (lambda: box().unfold(1, 4, 1), ShapeError, r"\(2, 3, 4\)"),
    "unfold in steps of 0": (lambda: box().unfold(1, 2, 0), ShapeError, "0 apart"),
    "tril of a row": (lambda: Tensor([1, 2]).tril(), ShapeError, r"tril.*\(2,\)"),
    "diagonal of one axis": (lambda: box().diagonal(0, 1, -2), ValueError, "1 and -2"),
    "diag_embed of one axis": (lambda: box().diag_embed(0, 1, 1), ValueError, "1 and 1"),
    "diag of a box": (lambda: box().diag(), ShapeError, r"\(2, 3, 4\)"),
    "cat of nothing": (lambda: Tensor.cat([]), ValueError, "empty"),
    "cat of points": (lambda: Tensor.cat([Tensor(1), Tensor(2)]), ShapeError, "stack"),
    "cat of other things": (lambda: Tensor.cat([box(), 3]), TypeError, "int"),
    "cat of other shapes": (
        lambda: Tensor.cat([box(), box()[:, :2]]),
        ShapeError,
        r"\(2, 3, 4\) and \(2, 2, 4\).*axis 0",
    ),
    "cat of fewer axes": (lambda: Tensor.cat([box(), box()[0]]), ShapeError, r"\(2, 3, 4\) and \(3, 4\)"),
    "cat outside": (lambda: Tensor.cat([box(), box()], 3), IndexError, "3"),
    "stack of other shapes": (lambda: Tensor.stack([box(), box()[0]]), ShapeError, r"\(2, 3, 4\) and \(3, 4\)"),
    "split": (lambda: box().split([1, 1], 1), ValueError, r"\[1, 1\].*size 3"),
    "split into pieces of 0": (lambda: box().split(0), ValueError, "0"),
    "split a point": (lambda: Tensor(1).split(1), ShapeError, r"\(\)"),
    "0 chunks": (lambda: box().chunk(0), ValueError, "0"),
    "chunks of a point": (lambda: Tensor(1).chunk(1), ShapeError, r"\(\)"),
    "unbind a point": (lambda: Tensor(1).unbind(), ShapeError, r"\(\)"),
    "unbind outside": (lambda: box().unbind(3), IndexError, "3"),
    "meshgrid of a box": (lambda: Tensor.meshgrid(Tensor([1]), box()), ShapeError, r"\(2, 3, 4\)"),
    "meshgrid": (lambda: Tensor.meshgrid(box(), indexing="yx"), ValueError, "yx"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, error, message = ERRORS[name]
    with pytest.raises(error, match=message):
        call()


# -- cut, differences


def test_replicated_margins_outlast_what_is_cut_off():
    row = np.arange(4.0)
    check(Tensor(row[None]).pad((-4, 5), mode="replicate"), np.full((1, 5), 3.0))
    check(Tensor(row[None]).pad((2, -3), mode="replicate"), np.array([[0.0, 0.0, 0.0]]))


def test_places_in_tensors():
    x = Tensor(BOX)
    for found, wanted in zip(x.tensor_split(Tensor([1, 3]), 2), np.split(BOX, [1, 3], 2)):
        check(found, wanted)
    assert len(x.tensor_split(Tensor(3), 1)) == 3
    check(x.narrow(2, Tensor(1), 2), BOX[:, :, 1:3])
    for found, wanted in zip(x.hsplit(3), np.hsplit(BOX, 3)):
        check(found, wanted)
    for found, wanted in zip(x.vsplit(2), np.vsplit(BOX, 2)):
        check(found, wanted)


@pytest.mark.parametrize("n, axis", [(0, 0), (1, -1), (2, 1), (9, 2)])
def test_diff(n, axis):
    check(Tensor(BOX).diff(n, dim=axis), np.diff(BOX, n, axis))
    check(Tensor(BOX > 0).diff(n, dim=axis), np.diff(BOX > 0, n, axis))


def test_diff_with_ends_and_without_sense():
    ends = BOX[:, :1], BOX[:, 1:]
    check(
        Tensor(BOX).diff(1, 1, Tensor(ends[0]), Tensor(ends[1])), np.diff(BOX, axis=1, prepend=ends[0], append=ends[1])
    )
    with pytest.raises(ShapeError, match="no differences"):
        Tensor(POINT).diff()
    with pytest.raises(ValueError, match="0 or more"):
        Tensor(BOX).diff(-1)


def test_trace():
    check(Tensor(BOX[0]).trace(), np.trace(BOX[0]))
    with pytest.raises(ShapeError, match="a matrix"):
        Tensor(BOX).trace()
