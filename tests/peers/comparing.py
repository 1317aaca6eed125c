"""The same function applied to our tensors and to PyTorch's: results and gradients side by side."""

import numpy as np
import torch

from course_lib import Tensor


def parts_of(result):
    return list(result) if isinstance(result, tuple | list) else [result]


def same(ours, theirs, rtol=0.0, atol=0.0):
    """Shape, dtype and numbers agree; with no tolerance even the sign of zero."""
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert f"torch.{ours.dtype.name}" == str(theirs.dtype)
    ours, theirs = ours.numpy(), theirs.detach().numpy()
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol, equal_nan=True)
    if not rtol and not atol and ours.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(ours[~np.isnan(ours)]), np.signbit(theirs[~np.isnan(theirs)]))


def agree(function, *inputs, rtol=0.0, atol=0.0, grad_rtol=1e-6):
    """``function`` gives the same for tensors of both kinds; floating-point inputs also get the same gradients.

    Every result is weighted with random numbers of its own before backward.
    """
    mine = [Tensor(array) if isinstance(array, np.ndarray) else array for array in inputs]
    peers = [torch.tensor(array) if isinstance(array, np.ndarray) else array for array in inputs]
    floats = [i for i, array in enumerate(inputs) if isinstance(array, np.ndarray) and array.dtype.kind == "f"]
    for i in floats:
        peers[i].requires_grad_()
    ours, theirs = parts_of(function(*mine)), parts_of(function(*peers))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        same(a, b, rtol, atol)
    rng = np.random.default_rng(7)
    weights = [rng.normal(size=tuple(b.shape)).astype(np.float32) for b in theirs]
    losses = [(a, b, w) for a, b, w in zip(ours, theirs, weights) if b.is_floating_point() and b.requires_grad]
    if not losses:
        return
    sum(((a * Tensor(w)).sum() for a, _, w in losses), Tensor(0.0)).backward()
    sum((b * torch.tensor(w)).sum() for _, b, w in losses).backward()
    for i in floats:
        found = np.zeros(inputs[i].shape) if mine[i].grad is None else mine[i].grad.numpy()
        wanted = np.zeros(inputs[i].shape) if peers[i].grad is None else peers[i].grad.numpy()
        np.testing.assert_allclose(found, wanted, rtol=grad_rtol, atol=1e-6, equal_nan=True, err_msg=f"gradient {i}")
