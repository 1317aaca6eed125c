"""Devices to test on, arrays to begin with, and tensors beside the arrays that they should equal."""

import numpy as np
import pytest

from course_lib import Device, Tensor
from course_lib.engine.passes import NAMES

ALL = ("NUMPY", "C", "CL")
WORKING = [name for name in ALL if Device.why_not(name) is None]


def needs(device):
    return pytest.mark.skipif(device not in WORKING, reason=str(Device.why_not(device)))


needs_c, needs_cl = needs("C"), needs("CL")
DEVICES = [pytest.param(name, marks=needs(name)) for name in ALL]
COMPILED = DEVICES[1:]


def array(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def numbers(*shape, seed=0):
    """Like `array`, but arrays of different shapes do not begin with the same numbers."""
    return array(*shape, seed=[seed, *shape])


def tensor(*shape, seed=0, **options):
    return Tensor(array(*shape, seed=seed), **options)


def all_but(*names):
    """For COURSE_PASSES: the passes that are left."""
    return ",".join(name for name in NAMES if name not in names)


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
