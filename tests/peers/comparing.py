"""The same function applied to our tensors and to PyTorch's: results and gradients side by side."""

import numpy as np
import torch

from course_lib import Tensor


def parts_of(result):
    return list(result) if isinstance(result, tuple | list) else [result]


def same(ours, theirs, rtol=0.0, atol=0.0, name=""):
    """Shape, dtype and numbers agree; with no tolerance even the sign of zero."""
    assert tuple(ours.shape) == tuple(theirs.shape), f"{name}: {ours.shape} against {tuple(theirs.shape)}"
    assert f"torch.{ours.dtype.name}" == str(theirs.dtype), f"{name}: {ours.dtype} against {theirs.dtype}"
    ours, theirs = ours.numpy(), theirs.detach().numpy()
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol, equal_nan=True, err_msg=name)
    if not rtol and not atol and ours.dtype.kind == "f":
        signs = np.signbit(ours[~np.isnan(ours)]), np.signbit(theirs[~np.isnan(theirs)])
        np.testing.assert_array_equal(*signs, err_msg=name)


def _one(name, function, inputs):
    """Pairs of results and pairs of gradients, ours not yet computed."""
    mine = [Tensor(array) if isinstance(array, np.ndarray) else array for array in inputs]
    peers = [torch.tensor(array) if isinstance(array, np.ndarray) else array for array in inputs]
    floats = [i for i, array in enumerate(inputs) if isinstance(array, np.ndarray) and array.dtype.kind == "f"]
    for i in floats:
        peers[i].requires_grad_()
    ours, theirs = parts_of(function(*mine)), parts_of(function(*peers))
    assert len(ours) == len(theirs)
    rng = np.random.default_rng(7)
    weights = [rng.normal(size=tuple(b.shape)).astype(np.float32) for b in theirs]
    losses = [(a, b, w) for a, b, w in zip(ours, theirs, weights) if b.is_floating_point() and b.requires_grad]
    gradients = []
    if losses:
        sum(((a * Tensor(w)).sum() for a, _, w in losses), Tensor(0.0)).backward()
        sum((b * torch.tensor(w)).sum() for _, b, w in losses).backward()
        for i in floats:
            found = mine[i].zeros_like() if mine[i].grad is None else mine[i].grad
            wanted = torch.zeros_like(peers[i]) if peers[i].grad is None else peers[i].grad
            gradients.append((f"{name}, gradient {i}", found, wanted))
    return [(f"{name}, result {i}", *pair) for i, pair in enumerate(zip(ours, theirs))], gradients


def agree_all(cases, rtol=0.0, atol=0.0, grad_rtol=1e-6):
    """Each case, by name a function and its inputs, gives the same for tensors of both kinds.

    Floating-point inputs also get the same gradients; every result is weighted with random numbers before backward.
    Ours are computed all at once: so a compiler is called once, not for each.
    """
    results, gradients = [], []
    for name, (function, *inputs) in cases.items():
        try:
            found = _one(name, function, inputs)
        except Exception as error:
            error.add_note(f"in the case {name!r}")
            raise
        results += found[0]
        gradients += found[1]
    tensors = [ours for _, ours, _ in results + gradients]
    if tensors:
        tensors[0].realize(*tensors[1:])
    for name, ours, theirs in results:
        same(ours, theirs, rtol, atol, name)
    for name, ours, theirs in gradients:
        same(ours, theirs, grad_rtol, 1e-6, name)


def agree(function, *inputs, **tolerances):
    """``agree_all`` of a single case."""
    agree_all({"the case": (function, *inputs)}, **tolerances)
