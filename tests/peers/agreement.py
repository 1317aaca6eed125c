"""One expression in both libraries: the same numbers, dtype and shape, and the same gradients."""

from collections.abc import Callable

import numpy as np
import torch

from course_lib import Tensor

TOLERANCE = {"float64": 1e-10, "float32": 2e-5, "float16": 4e-3, "bfloat16": 4e-2}


def same(ours: Tensor, theirs: torch.Tensor, what: str = "result", tolerance: float | None = None) -> None:
    """Values (NaN equals NaN), dtype and shape of two tensors agree."""
    name = str(theirs.dtype).removeprefix("torch.")
    assert ours.dtype.name == name, f"{what}: {ours.dtype.name} against {name}"
    assert ours.shape == tuple(theirs.shape), f"{what}: shape {ours.shape} against {tuple(theirs.shape)}"
    tolerance = TOLERANCE.get(name, 0) if tolerance is None else tolerance
    expected = theirs.detach().double().numpy()
    np.testing.assert_allclose(ours.numpy().astype(np.float64), expected, tolerance, tolerance, err_msg=what)


def agree(
    ours: Callable, theirs: Callable, *arrays: np.ndarray, tolerance: float | None = None, fixed: tuple[int, ...] = ()
) -> None:
    """``ours`` of Tensors and ``theirs`` of torch's tensors agree, and so do the gradients of all fractional arrays.

    Both may return one tensor or several. What arrives at a result from above is drawn at random. The arrays numbered
    in ``fixed`` get no gradient, as torch has none for them.
    """
    arrays = tuple(map(np.asarray, arrays))
    mine = [Tensor(array) for array in arrays]
    peers = [torch.tensor(array) for array in arrays]
    floats = [i for i, array in enumerate(arrays) if array.dtype.kind == "f" and i not in fixed]
    for i in floats:
        peers[i].requires_grad_()
    got, want = ours(*mine), theirs(*peers)
    got, want = ([x] if isinstance(x, Tensor | torch.Tensor) else list(x) for x in (got, want))
    assert len(got) == len(want)
    rng = np.random.default_rng(0)
    for number, (result, expected) in enumerate(zip(got, want)):
        same(result, expected, f"result {number}", tolerance)
        if not expected.requires_grad:
            continue
        upstream = rng.standard_normal(result.shape).astype(np.float32)
        found = result.gradient(*(mine[i] for i in floats), gradient=Tensor(upstream))
        weights = torch.tensor(upstream).to(expected.dtype)
        slopes = torch.autograd.grad(
            expected, [peers[i] for i in floats], weights, retain_graph=True, materialize_grads=True, allow_unused=True
        )
        for i, gradient, slope in zip(floats, found, slopes):
            same(gradient, slope, f"gradient of result {number} with respect to input {i}", tolerance)
