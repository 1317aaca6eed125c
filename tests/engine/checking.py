"""Tensors beside the arrays that they should equal."""

import numpy as np


def check(tensor, wanted, name=""):
    """Shape, dtype and numbers agree, down to the sign of zeros."""
    wanted = np.asarray(wanted)
    assert tensor.shape == wanted.shape, f"{name}: shape {tensor.shape} instead of {wanted.shape}"
    assert tensor.dtype.storage == wanted.dtype, f"{name}: {tensor.dtype.name} instead of {wanted.dtype}"
    found = tensor.numpy()
    np.testing.assert_array_equal(found, wanted, err_msg=name)
    if wanted.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(found), np.signbit(wanted), err_msg=name)


def check_all(cases):
    """Many pairs of tensor and array, by name or not, computed at once: so a compiler is called once, not for each."""
    cases = cases if isinstance(cases, dict) else {f"number {i}": pair for i, pair in enumerate(cases)}
    tensors = [tensor for tensor, _ in cases.values()]
    tensors[0].realize(*tensors[1:])
    for name, (tensor, wanted) in cases.items():
        check(tensor, wanted, name)
