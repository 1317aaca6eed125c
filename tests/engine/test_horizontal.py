"""One kernel for all parameters of an optimizer: how many kernels there are, and that no number changes."""

import numpy as np
import pytest

from course_lib import Tensor, nn, optim
from course_lib.engine.counters import GlobalCounters
from course_lib.engine.passes import horizontal
from course_lib.engine.planning import make_plan
from course_lib.engine.replay import replay

from .checking import all_but, needs_c

pytestmark = [needs_c, pytest.mark.usefixtures("on_c")]

SIZES = [(1,), (3, 5), (1, 1), (127,), (129, 7), (1, 33, 1), (300_007,), (64, 64), (16,)]
OPTIMIZERS = {
    "SGD": lambda params: optim.SGD(params, lr=0.1),
    "momentum": lambda params: optim.SGD(params, lr=0.1, momentum=0.9),
    "Adam": lambda params: optim.Adam(params, lr=0.01),
    "AdamW": lambda params: optim.AdamW(params, lr=0.01),
}


def kernels_of(work) -> int:
    before = GlobalCounters.kernels
    work()
    return GlobalCounters.kernels - before


def parameters(sizes, dtypes=("float32",)):
    """Parameters that have gradients already, all in memory."""
    rng, made = np.random.default_rng(0), []
    for place, size in enumerate(sizes):
        dtype = dtypes[place % len(dtypes)]
        made.append(Tensor(rng.standard_normal(size).astype(dtype), requires_grad=True))
        made[-1].grad = Tensor(rng.standard_normal(size).astype(dtype))
    return made


def updated(make, sizes, dtypes=("float32",)):
    params = parameters(sizes, dtypes)
    optimizer = make(params)
    for _ in range(2):
        optimizer.step()
    return [param.numpy() for param in params]


@pytest.mark.parametrize(
    "make, kernels", [(OPTIMIZERS["SGD"], 1), (OPTIMIZERS["momentum"], 1), (OPTIMIZERS["Adam"], 2)]
)
@pytest.mark.parametrize("sizes", [[(784, 256), (256,), (256, 10), (10,)], [(7, 3)] * 300], ids=["MLP", "300"])
def test_a_step_is_one_kernel(make, kernels, sizes):
    """Before Adam's there is one for its two powers of the betas."""
    optimizer = make(parameters(sizes))
    assert {kernels_of(optimizer.step) for _ in range(2)} == {kernels}


def test_a_captured_step_updates_all_parameters_in_one_kernel():
    model = nn.Sequential(
        nn.Linear(20, 16), lambda x: x.relu(), nn.Linear(16, 12), lambda x: x.relu(), nn.Linear(12, 5)
    )
    optimizer = optim.Adam(model.parameters(), lr=0.01)

    @replay
    def step(x, y):
        optimizer.zero_grad()
        loss = model(x).cross_entropy(y)
        loss.backward()
        optimizer.step()
        return loss

    x, y = Tensor(np.random.default_rng(0).standard_normal((8, 20)).astype(np.float32)), Tensor(np.arange(8) % 5)
    losses = [step(x, y).item() for _ in range(20)]
    assert losses[-1] < losses[0]
    merged = [len(item.kernel.members) for item in step.step.items if item.kernel.members]
    assert merged == [2, 6]  # two numbers, then the parameters


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("dtypes", [("float32",), ("float64", "float32", "float32")], ids=["one dtype", "mixed"])
def test_no_bit_changes(monkeypatch, make, dtypes):
    found = {}
    for threads in "12":
        monkeypatch.setenv("COURSE_THREADS", threads)
        found[threads] = updated(make, SIZES, dtypes)
    monkeypatch.setenv("COURSE_PASSES", all_but("horizontal"))
    found["apart"] = updated(make, SIZES, dtypes)
    monkeypatch.setenv("COURSE_PASSES", "none")
    found["no pass"] = updated(make, SIZES, dtypes)
    for arrays in found.values():
        for got, want in zip(arrays, found["no pass"]):
            np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("kind", ["float16", "bfloat16", "int8", "int64", "bool"])
def test_other_dtypes(kind):
    tensors = [Tensor(np.arange(size) % 5, dtype="int64").cast(kind).realize() for size in (1, 40, 333)]
    for tensor in tensors:
        tensor.assign(tensor + tensor)
    assert kernels_of(lambda: tensors[0].realize(*tensors[1:])) == 1
    for tensor in tensors:
        old = np.arange(tensor.numel()) % 5
        want = old != 0 if kind == "bool" else 2 * old
        np.testing.assert_array_equal(tensor.cast("float32").numpy(), want.astype(np.float32))


def test_numbers_may_differ():
    """0.25 and 0.75 are given to the kernel, not written into it."""
    tensors = [Tensor(np.ones(size, np.float32)) for size in (5, 70)]
    for tensor, factor in zip(tensors, (0.25, 0.75)):
        tensor.assign(tensor * factor)
    assert kernels_of(lambda: tensors[0].realize(tensors[1])) == 1
    assert [tensor.tolist()[0] for tensor in tensors] == [0.25, 0.75]


def test_what_needs_each_other_stays_apart():
    x, y, z = (Tensor(np.full(6, value, np.float32)) for value in (1.0, 2.0, 3.0))
    x.assign(x + y)
    y.assign(y + x)
    z.assign(z + y)
    x.realize(y, z)
    assert [t.tolist()[0] for t in (x, y, z)] == [3.0, 5.0, 8.0]
    old = x + 0
    x.assign(y + z)  # each is read by the next before it is written over
    y.assign(z + old)
    z.assign(old + x)
    z.realize(x, y)
    assert [t.tolist()[0] for t in (x, y, z)] == [13.0, 11.0, 16.0]


def test_what_needs_each_other_through_others_stays_apart():
    """The same is done three times, and each time for a product that must have all of it, and is needed by the next."""
    w, x, y, z = (Tensor(np.full((32, 32), 0.5, np.float32)) for _ in range(4))
    x.assign(x * 4)
    y.assign((w @ x).cumsum(0) * 4)
    z.assign((w @ y).cumsum(0) * 4)
    items = make_plan([x.uop, y.uop, z.uop], "C", set()).items
    assert all(not item.kernel.members for item in items)
    x.realize(y, z)
    sums = np.cumsum(np.full((32, 32), 32.0), 0) * 4
    np.testing.assert_array_equal(y.numpy(), sums)
    np.testing.assert_array_equal(z.numpy(), np.cumsum(np.full((32, 32), 0.5) @ sums, 0) * 4)


def test_only_what_treats_all_elements_alike_is_merged():
    """Rows, turned arrays and stretched ones keep their own kernels, and results are right."""
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape) for shape in ((4, 4), (6, 6), (5, 5))]
    changes = [lambda x: x - x.T, lambda x: x - x[0], lambda x: x - x.sum(0)]
    for change in changes:
        tensors = [Tensor(array) for array in arrays]
        for tensor in tensors:
            tensor.assign(change(tensor))
        tensors[0].realize(*tensors[1:])
        for tensor, array in zip(tensors, arrays):
            np.testing.assert_allclose(tensor.numpy(), change(array), rtol=1e-12)


def test_values_scattered_in_order_over_a_copy_come_after_it(monkeypatch):
    """A kernel of two alike loops of which one must wait for the other."""
    monkeypatch.setenv("COURSE_THREADS", "2")
    for size in (300_000, 1000):
        x, values = Tensor(np.zeros(size, np.float32)), Tensor(np.ones(size, np.float32))
        x[Tensor.arange(size)] = values
        assert x.sum().item() == size


def test_the_order_of_kernels_is_kept():
    """After merging, each kernel still comes after all that it needs."""
    params = parameters([(8, 8)] * 40)
    for param in params:
        param.assign(param * 2 - param.grad)
    results = [param.uop for param in params] + [(params[0] @ params[1]).uop]
    for item in (items := make_plan(results, "C", set()).items):
        before = {other.kernel for other in items[: items.index(item)]}
        assert before.issuperset(item.kernel.needs)
    assert max(len(item.kernel.members) for item in items) >= 38


def test_the_text_does_not_grow_with_the_arrays():
    """One loop, and two lines of a table for each array more."""
    texts = []
    for many in (3, 6):
        params = parameters([(100 + place,) for place in range(many)])
        for param in params:
            param.assign(param * 2 - param.grad)
        (item,) = make_plan([param.uop for param in params], "C", set()).items
        assert len(item.program.nests) == many
        texts.append(horizontal.render(item.program, "0"))
    assert texts[0].count("for (") == texts[1].count("for (") == 3
    assert texts[0].count("\n") == texts[1].count("\n")
