"""Devices: the same program on all of them, moving between them, those that are missing, and one of one's own."""

import os
import subprocess
import sys

import numpy as np
import pytest

from course_lib import Device, Tensor, dtypes
from course_lib.engine.device import DeviceError, Registry
from course_lib.engine.dtype import ALL_DTYPES

from .checking import COMPILED, DEVICES, WORKING, array

NAN, INF = float("nan"), float("inf")


@pytest.fixture
def default():
    """Tests may set the default device."""
    before = Device._default
    yield
    Device._default = before


# -- the same program everywhere


def network(device):
    """Convolution, pooling, normalisation, a classifier and all its gradients."""
    x, k = Tensor(array(2, 2, 9, 8), device=device), Tensor(array(3, 2, 3, 3, seed=1), device=device)
    w, b = Tensor(array(36, 4, seed=2), device=device), Tensor(array(4, seed=3), device=device)
    h = x.conv2d(k, padding=1).relu().max_pool2d(2, stride=2).flatten(1)
    h = (h - h.mean(0)) / (h.var(0) + 1).sqrt()
    scores = h[:, :36] @ w + b
    loss = scores.cross_entropy(Tensor([1, 3], device=device))
    return [loss, scores, *loss.gradient(x, k, w, b)]


def indexing(device):
    x = Tensor(np.arange(24.0).reshape(4, 6), device=device)
    i = Tensor([3, 0, -1], device=device)
    table = Tensor(np.zeros((4, 6)), device=device)
    table[i] = x[:3] * 2
    return [
        x[i],
        x[:, i].T,
        x[::2, 1:5:3],
        table,
        x.flip(1)[1:, ::2],
        x.sort(1)[1],
        x.topk(2, 0)[0],
    ]


def halves(device):
    x = Tensor(array(5, 7), device=device)
    return [x.half() * 3, (x.half() @ x.half().T), x.cast(dtypes.bfloat16).sum(0), x.half().softmax(1)]


def wholes(device):
    x = Tensor(np.arange(-10, 11), dtype=dtypes.int8, device=device)
    return [x * x * x, x // 3, x % -4, x.cast(dtypes.uint8) + 250, x << 3, x.sum(), x.cumsum(0), x.prod()]


def random(device):
    Tensor.manual_seed(5)
    return [Tensor.rand(7, device=device), Tensor.randn(5, device=device), Tensor.randint(0, 10, (9,), device=device)]


@pytest.mark.parametrize("program", [network, indexing, halves, wholes, random])
@pytest.mark.parametrize("device", COMPILED)
def test_the_same_program_gives_the_same(program, device):
    found, wanted = program(device), program("NUMPY")
    found[0].realize(*found[1:])
    for a, b in zip(found, wanted):
        assert (a.shape, a.dtype, a.device) == (b.shape, b.dtype, device)
        if a.dtype.is_float:
            close = {2: 1e-2, 4: 2e-5, 8: 1e-12}[a.dtype.itemsize]
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=close, atol=close)
        else:
            np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("device", COMPILED)
def test_numbers_at_the_edges(device):
    values = [0.0, -0.0, NAN, INF, -INF, 1e-45, 1e38, -3.5]

    def program(where):
        x = Tensor(values, device=where)
        y = x.flip(0)
        exact = [x + y, x * y, x / y, x - y, -x, x.abs().sqrt(), x.sign(), (x < 0).where(x, 1.0)]
        return exact, [x.maximum(y), x.relu(), x < y, x == x, x.amax(), x.min()]  # which of two zeros is open

    (found, more), (wanted, others) = program(device), program("NUMPY")
    found[0].realize(*found[1:], *more)
    for a, b in zip([*found, *more], [*wanted, *others]):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    for a, b in zip(found, wanted):
        known = ~np.isnan(b.numpy())
        np.testing.assert_array_equal(np.signbit(a.numpy())[known], np.signbit(b.numpy())[known])


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", ALL_DTYPES, ids=lambda dtype: dtype.name)
def test_numbers_go_in_and_out_unchanged(device, dtype):
    numbers = np.array([0, 1, 2, 100, 37]) if dtype is not dtypes.bool else np.array([True, False, True])
    x = Tensor(numbers, dtype=dtype, device=device)
    assert x.device == device and x.dtype is dtype
    np.testing.assert_array_equal(x.numpy().astype(numbers.dtype), numbers)
    np.testing.assert_array_equal((x.reshape(-1, 1).contiguous()).numpy().astype(numbers.dtype)[:, 0], numbers)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (1, 1, 1), (3, 0, 2)])
def test_small_and_empty_tensors(device, shape):
    x = Tensor(np.ones(shape, np.float32), device=device)
    assert ((x + 1) * 2).numpy().shape == shape
    assert x.sum().item() == x.numel() and (x * 1.5).to("NUMPY").numpy().shape == shape
    assert x.reshape(-1).flip(0).numpy().shape == (x.numel(),)


# -- moving


@pytest.mark.parametrize("source", DEVICES)
@pytest.mark.parametrize("target", DEVICES)
def test_copies(source, target):
    x = Tensor(array(3, 4), device=source)
    y = (x * 2).to(target)
    assert y.device == target and (y is not x)
    z = (y + 1).to(source).T
    np.testing.assert_array_equal(z.numpy(), (array(3, 4) * 2 + 1).T)
    assert x.to(source) is x
    (slope,) = (z * z).sum().gradient(x)
    assert slope.device == source
    np.testing.assert_allclose(slope.numpy(), 4 * (array(3, 4) * 2 + 1), rtol=1e-6)
    for dtype in (dtypes.half, dtypes.bfloat16, dtypes.int8, dtypes.bool):
        moved = Tensor([1.0, 0.0, 3.0], device=source).cast(dtype).to(target)
        assert moved.dtype is dtype and moved.cast(dtypes.float32).tolist()[:2] == [1.0, 0.0]


def test_a_chain_through_all_devices():
    x = y = Tensor(array(4))
    for device in [*WORKING, *WORKING[::-1], Device.DEFAULT]:
        y = y.to(device) + 1
    np.testing.assert_allclose(y.numpy(), array(4) + 2 * len(WORKING) + 1, rtol=1e-6)
    y.sum().backward()
    assert x.grad.tolist() == [1.0] * 4 and x.grad.device == x.device


def test_devices_are_not_mixed_by_chance():
    if len(WORKING) < 2:
        pytest.skip("there is only one device")
    a, b = Tensor([1.0], device="NUMPY"), Tensor([1.0], device=WORKING[1])
    for mix in (lambda: a + b, lambda: a @ b, lambda: Tensor.cat(a, b), lambda: a.assign(b), lambda: a.maximum(b)):
        with pytest.raises(ValueError) as error:
            mix()
        assert "NUMPY" in str(error.value) and WORKING[1] in str(error.value) and "\n" not in str(error.value)


# -- names


@pytest.mark.parametrize(
    "name, own",
    [
        ("cpu", "C"),
        ("CPU", "C"),
        ("C:0", "C"),
        ("clang", "C"),
        ("gpu", "CL"),
        ("OpenCL", "CL"),
        ("np", "NUMPY"),
        ("cl", "CL"),
    ],
)
def test_names(name, own):
    assert Device.canonical(name) == own
    if own in WORKING:
        assert Tensor([1.0], device=name).device == own
        assert Tensor([1.0]).to(name).device == own
        assert Tensor.zeros(2, device=name).device == own and Device[name] is Device[own]


@pytest.mark.parametrize("name", ["TPU", "", "C:1", "cuda", 3, None])
def test_unknown_names(name):
    with pytest.raises(DeviceError) as error:
        Device.canonical(name)
    assert "\n" not in str(error.value) and (not isinstance(name, str) or "NUMPY, C, CL" in str(error.value))
    if isinstance(name, str):
        with pytest.raises(DeviceError):
            Tensor([1.0], device=name)
        with pytest.raises(DeviceError):
            Device[name]


def test_what_is_there():
    assert list(Device.get_available_devices()) == WORKING
    assert set(WORKING) <= set(Device._devices)
    assert ("CPU" in Device._devices) == ("C" in WORKING)
    assert "NUMPY" in WORKING


def test_the_default_device(default, monkeypatch):
    Device._default = None
    monkeypatch.delenv("COURSE_DEVICE", raising=False)
    assert Device.DEFAULT == ("C" if "C" in WORKING else "NUMPY")
    monkeypatch.setenv("COURSE_DEVICE", "np")
    assert Device.DEFAULT == "NUMPY" and Tensor([1.0]).device == "NUMPY" and Tensor.ones(2).device == "NUMPY"
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    assert Device.DEFAULT == "C"
    monkeypatch.setenv("COURSE_DEVICE", "abacus")
    with pytest.raises(DeviceError, match="there is no device 'abacus': there are NUMPY, C, CL"):
        Tensor([1.0])
    Device.DEFAULT = "numpy"  # goes before what the environment says
    assert Tensor([1.0]).device == "NUMPY"
    with pytest.raises(DeviceError):
        Device.DEFAULT = "abacus"


# -- what this machine lacks


def run(code, **environment):
    """What a fresh Python prints."""
    surroundings = {k: v for k, v in os.environ.items() if k not in ("COURSE_DEVICE", "COURSE_CC", "CC")}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**surroundings, **environment}, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()


def test_without_a_compiler_numpy_serves():
    said = run(
        "from course_lib import Device, Tensor\n"
        "print(Device.DEFAULT, (Tensor([1.0, 2.0]) * 2).sum().item())\n"
        "print(Device.why_not('C'))\n"
        "try: Tensor([1.0], device='C')\n"
        "except RuntimeError as error: print(type(error).__name__, error)\n"
        "x = Tensor([3.0]); (x * x).sum().backward(); print(x.grad.item())\n",
        COURSE_CC="/nonexistent/cc",
    )
    assert said[0] == "NUMPY 6.0" and said[3] == "6.0" and len(said) == 4
    assert said[1].startswith("a C compiler is needed, and '/nonexistent/cc', named by COURSE_CC or CC, is not there")
    assert said[2] == f"DeviceError {said[1]}"


def test_without_an_opencl_platform():
    pytest.importorskip("pyopencl")
    said = run(
        "import pyopencl\n"
        "pyopencl.get_platforms = lambda: []\n"
        "from course_lib import Device, Tensor\n"
        "print(Device.why_not('CL'))\n"
        "print('CL' in Device.get_available_devices(), 'GPU' in Device._devices)\n"
        "try: Tensor([1.0], device='GPU')\n"
        "except RuntimeError as error: print(type(error).__name__, error)\n"
    )
    assert said[0].startswith("no OpenCL platform was found: install") and said[1] == "False False"
    assert said[2] == f"DeviceError {said[0]}" and len(said) == 3


def test_without_pyopencl():
    said = run(
        "import sys\n"
        "sys.modules['pyopencl'] = None\n"
        "from course_lib import Device\n"
        "print(Device.why_not('GPU'))\n"
        "print(Device.why_not('NUMPY'))\n"
    )
    assert said[0].startswith("the CL device needs the package pyopencl") and said[1] == "None"


# -- one of one's own


class Abacus:
    """The least that a device must do: it keeps bytes, and interprets graphs."""

    name = "ABACUS"

    def __init__(self):
        self.taken = 0

    def allocate(self, nbytes):
        self.taken += nbytes
        return bytearray(nbytes)

    def write(self, memory, array):
        memory[: array.nbytes] = array.tobytes()

    def read(self, memory, nbytes):
        return np.frombuffer(bytes(memory[:nbytes]), np.uint8)


@pytest.fixture
def abacus():
    device = Abacus()
    Device.register(device)
    yield device
    del Device._open["ABACUS"]
    Device._missing.pop("ABACUS", None)


def test_a_device_of_ones_own(abacus):
    assert "ABACUS" in Device.get_available_devices() and Device["abacus"] is abacus
    x = Tensor(array(3, 4), device="abacus")
    w = Tensor(array(4, 2, seed=1), device="ABACUS")
    loss = (x @ w).softmax(1).square().sum()
    loss.backward()
    y, v = Tensor(array(3, 4), device="NUMPY"), Tensor(array(4, 2, seed=1), device="NUMPY")
    other = (y @ v).softmax(1).square().sum()
    other.backward()
    assert loss.device == w.grad.device == "ABACUS" and abacus.taken > 0
    assert loss.item() == pytest.approx(other.item(), rel=1e-6)
    np.testing.assert_allclose(w.grad.numpy(), v.grad.numpy(), rtol=1e-5, atol=1e-7)
    w.assign(w - w.grad)
    np.testing.assert_allclose(w.to("NUMPY").numpy(), (v - v.grad).numpy(), rtol=1e-5)
    with pytest.raises(IndexError):
        x[Tensor([7], device="ABACUS")].numpy()


def test_a_device_that_is_gone_is_unknown():
    with pytest.raises(DeviceError, match="there is no device 'ABACUS'"):
        Tensor([1.0], device="ABACUS")


def test_registries_are_separate():
    other = Registry()
    other.register(Abacus())
    assert other.canonical("abacus:0") == "ABACUS"
    with pytest.raises(DeviceError):
        Device.canonical("abacus")


# -- positions out of range


def _scatter(x, i):
    base = Tensor.zeros(4, 3, device=x.device)
    return base.index_add(0, i, x[:1].expand(i.shape[0], 3))


PLACES = {
    "a gather": lambda x, i: x[i],
    "rows of rows": lambda x, i: x[i][:, i * 0],
    "a gather of zeros": lambda x, i: Tensor.zeros(4, 3, device=x.device)[i],
    "a gather of what is stretched": lambda x, i: x[:1].expand(4, 3)[i],
    "a gather of what is computed": lambda x, i: (x * 2 + 1).exp()[i].sum(),
    "a gather of nothing": lambda x, i: x[:0][i],
    "in the middle of a kernel": lambda x, i: ((x[i] * 2).sum(1) + 1).softmax(0),
    "a scatter": _scatter,
    "set by position": lambda x, i: _set(x, i),
    "an embedding": lambda x, i: i.embedding(x),
    "a lost gather": lambda x, i: x[i] * 0.0 + x[:1],
    "take_along": lambda x, i: x.gather(0, i.reshape(-1, 1)),
}


def _set(x, i):
    y = x * 1
    y[i] = 5.0
    return y


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("bad", [4, 1000, -5, 2**40])
def test_positions_out_of_range_are_errors_and_all_works_on(device, bad):
    x, good = Tensor(array(4, 3), device=device), Tensor([0, 3], device=device)
    wrong = Tensor([1, bad], device=device)
    for name, function in PLACES.items():
        result = function(x, wrong)
        with pytest.raises(IndexError) as error:
            result.numpy()
        assert "out of range" in str(error.value) and "\n" not in str(error.value), name
        with pytest.raises(IndexError):  # again: nothing has been remembered
            result.numpy()
    np.testing.assert_array_equal((x * 2)[good].numpy(), array(4, 3)[[0, 3]] * 2)
    np.testing.assert_array_equal(x.numpy(), array(4, 3))


@pytest.mark.parametrize("device", DEVICES)
def test_the_error_names_position_axis_and_size(device):
    x = Tensor(array(4, 3), device=device)
    i, j = Tensor([0, 1], device=device), Tensor([2, 3], device=device)
    with pytest.raises(IndexError, match="^index 3 is out of range for axis 1 with size 3$"):
        x[i, j].numpy()
    with pytest.raises(IndexError, match="^index 9 is out of range for axis 0 with size 4$"):
        x[Tensor([0, 9, 1, 8], device=device)[:2]].numpy()


@pytest.mark.parametrize("device", DEVICES)
def test_an_error_in_one_of_several_results(device):
    """What was asked for together is not there; what is asked for again without the bad one is."""
    x = Tensor(array(4, 3), device=device)
    fine, bad = x * 3, x[Tensor([4], device=device)]
    with pytest.raises(IndexError):
        fine.realize(bad)
    np.testing.assert_array_equal(fine.numpy(), array(4, 3) * 3)
