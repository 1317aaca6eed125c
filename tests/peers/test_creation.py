"""Constants, sequences and first weights beside PyTorch's."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from course_lib import Tensor, dtypes  # noqa: E402
from tests.peers.comparing import same  # noqa: E402

CALLS = {
    "zeros": lambda t, k: t.zeros(2, 3),
    "zeros of a tuple": lambda t, k: t.zeros((2, 0, 3), dtype=k.float64),
    "zeros without axes": lambda t, k: t.zeros(()),
    "ones": lambda t, k: t.ones(3, dtype=k.int32),
    "ones of bools": lambda t, k: t.ones([2, 2], dtype=k.bool),
    "full": lambda t, k: t.full((2, 3), 7),
    "full of fractions": lambda t, k: t.full((2,), 0.1),
    "full of bools": lambda t, k: t.full((2,), True),
    "full, cut off": lambda t, k: t.full((2,), -2.7, dtype=k.int32),
    "full of NaN": lambda t, k: t.full((), float("nan")),
    "full of -0.0": lambda t, k: t.full((1,), -0.0, dtype=k.float16),
    "eye": lambda t, k: t.eye(3),
    "wide eye": lambda t, k: t.eye(2, 4, dtype=k.int64),
    "high eye": lambda t, k: t.eye(4, 2, dtype=k.bool),
    "empty eye": lambda t, k: t.eye(0, 2),
    "arange": lambda t, k: t.arange(7),
    "arange from": lambda t, k: t.arange(3, 12),
    "arange in steps": lambda t, k: t.arange(3, 12, 4),
    "arange down": lambda t, k: t.arange(5, -5, -3),
    "arange of nothing": lambda t, k: t.arange(2, 2),
    "arange of a float": lambda t, k: t.arange(5.0),
    "arange as float": lambda t, k: t.arange(5, dtype=k.float32),
    "arange as half": lambda t, k: t.arange(2040, 2060, dtype=k.float16),
    "arange as int8": lambda t, k: t.arange(-3, 3, dtype=k.int8),
    "arange of floats as int": lambda t, k: t.arange(-2.7, 2.5, 1.5, dtype=k.int64),
    "large arange": lambda t, k: t.arange(2**40, 2**40 + 3),
    "linspace as ints": lambda t, k: t.linspace(-3, 7, 8, dtype=k.int32),
    "linspace of one": lambda t, k: t.linspace(2, 5, 1),
    "linspace of two": lambda t, k: t.linspace(2, 5, 2),
    "linspace of nothing": lambda t, k: t.linspace(2, 5, 0),
    "zeros_like": lambda t, k: t.zeros_like(t.ones(2, 3, dtype=k.int16)),
    "ones_like": lambda t, k: t.ones_like(t.zeros(2, 3), dtype=k.float64),
    "full_like": lambda t, k: t.full_like(t.ones(3), 2.5),
    "full_like of ints": lambda t, k: t.full_like(t.arange(3), 2),
    "new_zeros": lambda t, k: t.ones(1, dtype=k.float64).new_zeros(2, 3),
    "new_ones": lambda t, k: t.ones(1, dtype=k.int32).new_ones((2,)),
    "new_full": lambda t, k: t.ones(1).new_full((2, 1), 3.5),
    "new_tensor": lambda t, k: t.ones(1, dtype=k.float64).new_tensor([1, 2]),
    "tensor": lambda t, k: t.tensor([[1, 2], [3, 4]], dtype=k.float32),
    "tensor of floats": lambda t, k: t.tensor([1.5, 2]),
    "as_tensor": lambda t, k: t.as_tensor(np.arange(3, dtype=np.int32)),
    "from_numpy": lambda t, k: t.from_numpy(np.array([[1.5, 2]])),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_same_numbers(name):
    same(CALLS[name](Tensor, dtypes), CALLS[name](torch, torch))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("arguments", [(0, 1, 0.1), (-3.3, 4.7, 0.37), (10, -10, -0.7), (0, 1e6, 9999.5)])
def test_fractional_arange(arguments, dtype):
    ours = Tensor.arange(*arguments, dtype=getattr(dtypes, dtype))
    precision = {"float32": 1e-6, "float64": 1e-14, "float16": 1e-3}[dtype]
    if dtype == "float16" and arguments[1] > 65504:
        return
    same(ours, torch.arange(*arguments, dtype=getattr(torch, dtype)), precision, 10 * precision)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("arguments", [(0, 1, 11), (-3.3, 4.7, 100), (10, -10, 7), (1e-3, 1e4, 1001), (5, 5, 3)])
def test_linspace(arguments, dtype):
    ours = Tensor.linspace(*arguments, dtype=getattr(dtypes, dtype))
    precision = {"float32": 1e-6, "float64": 1e-14, "float16": 1e-3}[dtype]
    same(ours, torch.linspace(*arguments, dtype=getattr(torch, dtype)), precision, 10 * precision)
    assert ours[0].item() == np.array(arguments[0], dtype) and ours[-1].item() == np.array(arguments[1], dtype)


@pytest.mark.parametrize("shape", [(40, 3, 5, 5), (16, 6, 3)])
@pytest.mark.parametrize("scheme", ["kaiming_uniform", "kaiming_normal", "xavier_uniform", "xavier_normal"])
def test_spread_of_first_weights(shape, scheme):
    """Weights of convolutions have PyTorch's bounds and standard deviations."""
    Tensor.manual_seed(3)
    ours = getattr(Tensor, scheme)(*shape).numpy()
    theirs = torch.empty(50, *shape)
    for block in theirs:
        getattr(torch.nn.init, scheme + "_")(block)
    assert ours.std() == pytest.approx(theirs.std().item(), rel=7 / np.sqrt(2 * ours.size))
    if "uniform" in scheme:
        assert abs(ours).max() <= theirs.abs().max() * 1.001
        assert abs(ours).max() > theirs.abs().max() * 0.9


@pytest.mark.parametrize("scheme", ["xavier_uniform", "xavier_normal"])
def test_gain(scheme):
    Tensor.manual_seed(4)
    ours = getattr(Tensor, scheme)(50, 70, gain=3.0).numpy()
    theirs = torch.empty(50, 70, 50)
    for block in theirs.unbind(2):
        weights = torch.empty(50, 70)
        getattr(torch.nn.init, scheme + "_")(weights, gain=3.0)
        block.copy_(weights)
    assert ours.std() == pytest.approx(theirs.std().item(), rel=7 / np.sqrt(2 * ours.size))
