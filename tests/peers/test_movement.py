"""Shapes, joins and cuts beside PyTorch's: the same numbers, and the same gradients."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from course_lib import Tensor  # noqa: E402
from tests.peers.comparing import agree, agree_all  # noqa: E402

F = torch.nn.functional
RNG = np.random.default_rng(0)
BOX = RNG.normal(size=(2, 3, 4)).astype(np.float32)
SQUARE = RNG.normal(size=(3, 3)).astype(np.float32)
ONE = np.array([[[2.5]]], np.float32)
EMPTY = np.zeros((2, 0, 3), np.float32)
POINT = np.array(-1.5, np.float32)
WHOLE = np.arange(24).reshape(2, 3, 4)
ODD = np.array([[-0.0, np.nan, np.inf], [-np.inf, 0.0, 1.0]], np.float32)

SHAPES = {
    "reshape": lambda x: x.reshape(4, -1),
    "reshape a tuple": lambda x: x.reshape((3, 8)),
    "view": lambda x: x.view(2, 12),
    "reshape of a transpose": lambda x: x.transpose(0, 2).reshape(6, 4),
    "reshape of a flip": lambda x: x.flip(1).reshape(-1),
    "permute": lambda x: x.permute(2, 0, 1),
    "permute a tuple": lambda x: x.permute((1, -1, 0)),
    "transpose": lambda x: x.transpose(0, -1),
    "swapaxes": lambda x: x.swapaxes(1, 2),
    "swapdims": lambda x: x.swapdims(0, 1),
    "movedim": lambda x: x.movedim(0, 2),
    "movedim of two": lambda x: x.movedim((0, 2), (-1, 0)),
    "moveaxis": lambda x: x.moveaxis(-1, 0),
    "mT": lambda x: x.mT,
    "expand": lambda x: x.unsqueeze(1).expand(5, -1, 2, 3, 4),
    "expand_as": lambda x: x[:, :1].expand_as(x),
    "broadcast_to": lambda x: x[:1].broadcast_to((2, 3, 4)),
    "view_as": lambda x: x.view_as(x.reshape(12, 2)),
    "reshape_as": lambda x: x.reshape_as(x.reshape(12, 2)),
    "repeat": lambda x: x.repeat(2, 1, 3),
    "repeat with new axes": lambda x: x.repeat(2, 1, 1, 2),
    "repeat 0 times": lambda x: x.repeat(0, 1, 1),
    "tile": lambda x: x.tile(2),
    "tile with new axes": lambda x: x.tile((2, 1, 1, 2)),
    "repeat_interleave": lambda x: x.repeat_interleave(3),
    "repeat_interleave an axis": lambda x: x.repeat_interleave(2, dim=1),
    "repeat_interleave 0 times": lambda x: x.repeat_interleave(0, dim=1),
    "flip": lambda x: x.flip(0, 2),
    "flip a tuple": lambda x: x.flip((-1,)),
    "flip dims": lambda x: x.flip(dims=(1,)),
    "flip nothing": lambda x: x.flip([]),
    "fliplr": lambda x: x.fliplr(),
    "flipud": lambda x: x.flipud(),
    "squeeze": lambda x: x[:1].squeeze(),
    "squeeze an axis": lambda x: x[:, :1].squeeze(1),
    "squeeze axes": lambda x: x[:1, :1].squeeze((0, 1, 2)),
    "squeeze a long axis": lambda x: x.squeeze(1),
    "unsqueeze": lambda x: x.unsqueeze(-1),
    "unsqueeze in the middle": lambda x: x.unsqueeze(2),
    "flatten": lambda x: x.flatten(),
    "flatten from": lambda x: x.flatten(1),
    "flatten from to": lambda x: x.flatten(0, 1),
    "flatten dims": lambda x: x.flatten(start_dim=1, end_dim=-1),
    "ravel": lambda x: x.ravel(),
    "unflatten": lambda x: x.unflatten(2, (2, -1)),
    "unflatten dim": lambda x: x.unflatten(-1, (2, 2)),
    "roll": lambda x: x.roll(5),
    "roll an axis": lambda x: x.roll(-1, 1),
    "roll axes": lambda x: x.roll((1, 7), (0, 2)),
    "roll dims": lambda x: x.roll(shifts=2, dims=-1),
    "rot90": lambda x: x.rot90(),
    "rot90 twice": lambda x: x.rot90(2, (1, 2)),
    "rot90 back": lambda x: x.rot90(-1, [0, 2]),
    "tril": lambda x: x.tril(),
    "tril up": lambda x: x.tril(1),
    "triu": lambda x: x.triu(),
    "triu down": lambda x: x.triu(-1),
    "triu far": lambda x: x.triu(9),
    "diagonal": lambda x: x.diagonal(),
    "diagonal right": lambda x: x.diagonal(1, 1, 2),
    "diagonal down": lambda x: x.diagonal(-1, -1, 0),
    "diagonal outside": lambda x: x.diagonal(7),
    "diag_embed": lambda x: x.diag_embed(),
    "diag_embed right": lambda x: x.diag_embed(1, 0, 2),
    "diag_embed down": lambda x: x.diag_embed(-2, -1, 1),
    "diag of a row": lambda x: x[0, 0].diag(1),
    "diag of a matrix": lambda x: x[0].diag(-1),
    "unfold": lambda x: x.unfold(2, 2, 1),
    "unfold in steps": lambda x: x.unfold(1, 2, 2),
    "unfold all": lambda x: x.unfold(-1, 4, 3),
    "narrow": lambda x: x.narrow(2, 1, 2),
    "narrow from the end": lambda x: x.narrow(-1, -3, 2),
    "select": lambda x: x.select(1, -1),
    "split": lambda x: x.split(3, 2),
    "split sizes": lambda x: x.split([1, 0, 3], dim=-1),
    "chunk": lambda x: x.chunk(3, 2),
    "chunk many": lambda x: x.chunk(9, dim=1),
    "tensor_split": lambda x: x.tensor_split(3, 2),
    "tensor_split at": lambda x: x.tensor_split((1, 9), dim=2),
    "unbind": lambda x: x.unbind(1),
    "unbind rows": lambda x: x.unbind(),
}


def test_shapes():
    agree_all({name: (function, BOX) for name, function in SHAPES.items()})


@pytest.mark.parametrize("array", [WHOLE, WHOLE % 3 == 0, WHOLE.astype(np.float16), WHOLE.astype(np.uint8)])
def test_dtypes(array):
    names = ("permute", "reshape of a transpose", "roll axes", "tril", "diagonal", "diag_embed")
    agree_all({name: (SHAPES[name], array) for name in names})


ANYWHERE = {
    "ravel": lambda x: x.ravel(),
    "flatten": lambda x: x.flatten(),
    "transpose": lambda x: x.transpose(0, -1),
    "movedim": lambda x: x.movedim(0, -1),
    "unsqueeze": lambda x: x.unsqueeze(0),
    "squeeze": lambda x: x.squeeze(),
    "squeeze first": lambda x: x.squeeze(0),
    "flip": lambda x: x.flip(0),
    "roll": lambda x: x.roll(1),
    "tile": lambda x: x.tile(2),
    "expand": lambda x: x.expand((2, *x.shape)),
    "repeat_interleave": lambda x: x.repeat_interleave(2),
}


@pytest.mark.parametrize("array", [POINT, ONE, EMPTY, np.zeros(0, np.float32)], ids=["point", "one", "empty", "row"])
def test_small_and_empty(array):
    agree_all({name: (function, array) for name, function in ANYWHERE.items()})


def test_empty_axes():
    names = ("permute", "flip", "repeat", "tril", "diagonal", "diag_embed", "mT", "unbind")
    agree_all({name: (SHAPES[name], EMPTY) for name in names})


def test_repeats_of_different_lengths():
    agree(lambda x, n: x.repeat_interleave(n, 1), BOX, np.array([2, 0, 1]))
    agree(lambda x, n: x.repeat_interleave(n), BOX, np.array(2))


def test_atleast():
    for array in (POINT, BOX[0, 0], BOX[0], BOX):
        for name in ("atleast_1d", "atleast_2d", "atleast_3d"):
            agree(lambda x, name=name: getattr(torch if isinstance(x, torch.Tensor) else Tensor, name)(x), array)


def pad(*how, **named):
    return lambda x: (F.pad if isinstance(x, torch.Tensor) else Tensor.pad)(x, *how, **named)


@pytest.mark.parametrize("value", [None, 0.0, -2.5, float("inf"), float("nan")])
def test_constant_pad(value):
    margins = ((1, 2), (0, 3, 2, 0), (1, -1), (-1, -2, 1, 0), (1, 1, 2, 0, 0, 1), ())
    agree_all({f"{around}": (pad(around, "constant", value), BOX) for around in margins})
    agree(pad((1, 1), value=2.5), WHOLE)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_other_pads(mode):
    margins = ((1, 2), (3, 0), (0, 3), (2, -1), (1, 2, 2, 1), (0, 0, 0, 2))
    agree_all({f"{around}": (pad(around, mode=mode), BOX[None] if len(around) > 2 else BOX) for around in margins})


def both(name):
    """A function of several tensors under the same name in both libraries."""
    return lambda *parts, **kw: getattr(torch if isinstance(parts[0], torch.Tensor) else Tensor, name)(parts, **kw)


JOINS = {
    "cat": lambda a, b: both("cat")(a, b),
    "cat of three": lambda a, b: both("cat")(a, b, a),
    "cat of many": lambda a, b: both("cat")(a, b, a, b, b, a, a),
    "cat, dim": lambda a, b: both("cat")(a, b.flip(0), dim=-1),
    "concat": lambda a, b: both("concat")(a, b, dim=1),
    "cat of slices": lambda a, b: both("cat")(a[:, :0], b[:, 1:], a[:, ::2], dim=1),
    "stack": lambda a, b: both("stack")(a, b),
    "stack, dim": lambda a, b: both("stack")(a, b.flip(-1), a, dim=-1),
    "hstack": lambda a, b: both("hstack")(a, b),
    "vstack": lambda a, b: both("vstack")(a, b),
    "dstack": lambda a, b: both("dstack")(a, b),
}


@pytest.mark.parametrize(
    "first, second",
    [
        (BOX, BOX * 2),
        (ODD, ODD[::-1].copy()),
        (BOX[0, 0], BOX[1, 1]),
        (EMPTY, EMPTY),
        (ODD, np.arange(6).reshape(2, 3)),
    ],
    ids=["boxes", "odd numbers", "rows", "empty", "mixed"],
)
def test_joins(first, second):
    needs_axes = ("concat", "cat of slices")
    agree_all({name: (join, first, second) for name, join in JOINS.items() if first.ndim > 1 or name not in needs_axes})


def test_joins_of_points():
    agree(lambda a, b: both("stack")(a, b), POINT, np.array(4.0, np.float32))
    agree(lambda a, b: both("hstack")(a, b), POINT, np.array(4.0, np.float32))
    agree(lambda a, b: both("vstack")(a, b), POINT, np.array(4.0, np.float32))
    agree(lambda a, b: both("cat")(a, b), np.zeros(0, np.float32), WHOLE)
    agree(lambda a, b: both("cat")(a, b, dim=2), BOX, np.zeros(0, np.float32))


@pytest.mark.parametrize("kinds", [("bool", "int64"), ("int8", "uint8"), ("float16", "float32"), ("int64", "float16")])
def test_promotion(kinds):
    agree(lambda a, b: both("cat")(a, b), *(np.arange(3).astype(kind) for kind in kinds))
    agree(lambda a, b: both("stack")(a, b), *(np.array(3).astype(kind) for kind in kinds))


@pytest.mark.parametrize("indexing", ["ij", "xy"])
def test_meshgrid(indexing):
    a, b, c = BOX[0, 0], BOX[0, 1, :3], BOX[1, 0, :2]
    agree(lambda a, b, c: both("meshgrid")(a, b, c, indexing=indexing), a, b, c)
    agree(lambda a, b: both("meshgrid")(a, b, indexing=indexing), a, POINT)


def test_broadcast_tensors():
    agree(
        lambda a, b: tuple((torch if isinstance(a, torch.Tensor) else Tensor).broadcast_tensors(a, b)),
        BOX[:, :1],
        SQUARE[:, :1],
    )


def test_cuts_and_differences():
    agree_all(
        {
            "diff": (lambda x: x.diff(), BOX),
            "diff twice": (lambda x: x.diff(n=2, dim=1), BOX),
            "diff with ends": (lambda x: x.diff(1, 1, x[:, :1] * 2, x[:, 1:] * 3), BOX),
            "diff of bools": (lambda x: (x > 0).diff(), BOX),
            "trace": (lambda x: x.trace(), SQUARE),
            "hsplit": (lambda x: x.hsplit(3), BOX),
            "vsplit": (lambda x: x.vsplit(2), BOX),
            "tensor_split": (lambda x: x.tensor_split((1, 3), 2), BOX),
        },
        grad_rtol=1e-5,
        rtol=1e-6,
    )


@pytest.mark.parametrize("margins", [(-4, 5), (5, -4), (-2, -1), (3, -2)])
def test_replicated_margins_outlast_what_is_cut_off(margins):
    def padded(x):
        return x.pad(margins, "replicate") if isinstance(x, Tensor) else F.pad(x, margins, "replicate")

    agree(padded, BOX)
