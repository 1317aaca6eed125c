"""Many functions of the same inputs in both libraries: the same numbers, dtypes and shapes, and the same gradients.

Everything of ours is computed at once, so that a compiling device compiles once.
"""

from collections.abc import Callable, Mapping

import numpy as np
import torch

from course_lib import Tensor

DIGITS = {"float64": 1e-11, "float32": 3e-6, "float16": 2e-3, "bfloat16": 1.6e-2}


def torch_tensor(x: Tensor) -> torch.Tensor:
    """The same numbers in PyTorch."""
    return torch.tensor(x.numpy()).to(getattr(torch, x.dtype.name))


def as_list(result) -> list:
    return list(result) if isinstance(result, tuple | list) else [result]


def agree(
    functions: Mapping[str, Callable | tuple[Callable, Callable]], *inputs: Tensor, rtol: float = 1, atol: float = 1
) -> None:
    """Each function (or pair of functions, ours and PyTorch's) gives the same in both libraries.

    Fractional results are also differentiated with respect to all fractional inputs, with a random gradient arriving
    from above. ``rtol`` and ``atol`` are in units of what the dtype usually achieves.
    """
    floats = [x for x in inputs if x.dtype.is_float]
    compared: list[tuple[str, Tensor, torch.Tensor]] = []
    for name, pair in functions.items():
        ours, theirs = pair if isinstance(pair, tuple) else (pair, pair)
        peers = [torch_tensor(x) for x in inputs]
        slopes = [peer.requires_grad_() for peer in peers if peer.is_floating_point()]
        rng = np.random.default_rng(len(name))
        found, expected = as_list(ours(*inputs)), as_list(theirs(*peers))
        assert len(found) == len(expected), name
        for i, (mine, peer) in enumerate(zip(found, expected)):
            compared.append((f"{name}, result {i}", mine, peer.detach()))
            assert mine.shape == tuple(peer.shape), f"{name}: shape {mine.shape} against {tuple(peer.shape)}"
            if not peer.requires_grad:
                continue
            above = Tensor(rng.normal(size=mine.shape), dtype=mine.dtype)
            wanted = torch.autograd.grad(
                peer, slopes, torch_tensor(above), retain_graph=True, allow_unused=True, materialize_grads=True
            )
            for j, (got, want) in enumerate(zip(mine.gradient(*floats, gradient=above), wanted)):
                compared.append((f"{name}, gradient of result {i} by input {j}", got, want))
    compared[0][1].realize(*(found for _, found, _ in compared))
    for name, mine, peer in compared:
        dtype = str(peer.dtype).removeprefix("torch.")
        assert mine.dtype.name == dtype, f"{name}: {mine.dtype.name} against {dtype}"
        digits = DIGITS.get(dtype, 0)
        np.testing.assert_allclose(
            mine.numpy().astype(np.float64),
            peer.detach().double().numpy(),
            rtol * digits,
            atol * digits / 3,
            err_msg=name,
        )
