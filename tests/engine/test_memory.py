"""Who holds which numbers: assignments in every order against a plain model, and memory that is let go of."""

import gc
import resource
import weakref

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from course_lib import Device, Tensor, optim
from course_lib.engine import uop as uops
from course_lib.engine.device import Buffer
from course_lib.engine.interpret import interpret
from course_lib.engine.planning import leaves_on
from course_lib.engine.rewrite import rewrite

from .checking import needs_c

# -- assignments: any order of them, of what is made from tensors before and after, and of computing

SIZE = 4
whole = st.lists(st.integers(-3, 3), min_size=SIZE, max_size=SIZE)

MADE = {  # how one tensor is made from another; the same on arrays
    "x + 1": (lambda x: x + 1, lambda a: a + 1),
    "x * 2": (lambda x: x * 2, lambda a: a * 2),
    "x * x": (lambda x: x * x, lambda a: a * a),
    "the sum": (lambda x: x.sum() + x * 0, lambda a: a.sum() + a * 0),
    "flipped": (lambda x: x.flip(0), lambda a: a[::-1]),
    "shifted": (lambda x: x[:-1].pad((1, 0)), lambda a: np.concatenate(([0], a[:-1]))),
    "rolled": (lambda x: x.roll(1, 0), lambda a: np.roll(a, 1)),
    "summed up": (lambda x: x.cumsum(0), np.cumsum),
    "detached": (lambda x: x.detach(), lambda a: a),
    "cloned": (lambda x: x.clone(), lambda a: a),
    "a view": (lambda x: x.reshape(2, 2).reshape(SIZE), lambda a: a),
    "the same again": (lambda x: Tensor(x), lambda a: a),
    "gathered": (lambda x: x[Tensor([3, 0, 0, 1])], lambda a: a[[3, 0, 0, 1]]),
    "there and back": (lambda x: Tensor(x.to("NUMPY").to(Device.DEFAULT)), lambda a: a),
    "its gradient": (lambda x: (x * x * 3).sum().gradient(x)[0], lambda a: 6 * a),
    "a gradient through it": (lambda x: ((x * 2).flip(0) * x).sum().gradient(x)[0], lambda a: 4 * a[::-1]),
}  # fmt: skip


VIEWS = {"flipped", "shifted", "rolled", "a view", "the same again", "there and back"}  # of views, the last two


def look(tensor: Tensor) -> np.ndarray:
    """What a tensor would be, worked out without computing anything in it, so that it stays as lazy as it is."""
    root = rewrite([tensor.uop], lambda node: None, leaves_on(tensor.device))[tensor.uop]
    return interpret([root])[0]


class Assignments(RuleBasedStateMachine):
    """Tensors, and beside each the array that it must equal."""

    tensors = Bundle("tensors")

    def __init__(self):
        super().__init__()
        self.live: dict[int, tuple[Tensor, list, str]] = {}

    def keep(self, tensor, array, how=""):
        pair = (tensor, [np.array(array, np.float64)], how)
        self.live[id(tensor)] = pair
        return pair

    @rule(target=tensors, numbers=whole)
    def make(self, numbers):
        return self.keep(Tensor(np.array(numbers, np.float64)), numbers)

    @rule(target=tensors, value=st.integers(0, 2))
    def make_alike(self, value):
        return self.keep(Tensor.full((SIZE,), float(value), dtype="float64"), [value] * SIZE)

    @rule(target=tensors, pair=tensors, how=st.sampled_from(sorted(MADE)))
    def make_from(self, pair, how):
        on_tensors, on_arrays = MADE[how]
        return self.keep(on_tensors(pair[0]), on_arrays(pair[1][0]), how)

    @rule(target=tensors, one=tensors, other=tensors)
    def combine(self, one, other):
        return self.keep(one[0] - other[0] * 2, one[1][0] - other[1][0] * 2)

    @rule(pair=tensors, other=tensors, how=st.sampled_from(sorted(MADE)))
    def assign(self, pair, other, how):
        on_tensors, on_arrays = MADE[how]
        self.give(pair, on_tensors(other[0]), on_arrays(other[1][0]))

    def give(self, pair, tensor, array):
        """Assign, unless the tensor is a view: then nothing must happen."""
        try:
            pair[0].assign(tensor)
            pair[1][0] = array
        except RuntimeError as error:
            assert "is a view of another" in str(error) and pair[2] in VIEWS

    @rule(pair=tensors, how=st.sampled_from(sorted(MADE)))
    def assign_to_itself(self, pair, how):
        self.assign(pair, pair, how)

    @rule(pair=tensors)
    def assign_twice(self, pair):
        self.give(pair, pair[0] + 1, pair[1][0] + 1)
        self.give(pair, pair[0] + 1, pair[1][0] + 1)

    @rule(one=tensors, other=tensors)
    def swap(self, one, other):
        old, array = one[0].clone(), one[1][0]
        self.give(one, other[0], other[1][0])
        self.give(other, old, array)

    @rule(pair=tensors, other=tensors)
    def add_in_place(self, pair, other):
        x, before = pair[0], pair[1][0]
        x += other[0]
        assert x is pair[0]
        pair[1][0] = before + other[1][0]

    @rule(pair=tensors, other=tensors)
    def set_data(self, pair, other):
        if pair[2] not in VIEWS:
            pair[0].data = other[0] * 2
            pair[1][0] = other[1][0] * 2

    @rule(pair=tensors, place=st.integers(0, SIZE - 1))
    def set_one(self, pair, place):
        if pair[2] in VIEWS:
            return
        pair[0][place] = 7
        pair[1][0] = np.where(np.arange(SIZE) == place, 7, pair[1][0])

    @rule(pair=tensors)
    def compute(self, pair):
        np.testing.assert_array_equal(pair[0].numpy(), pair[1][0])

    @rule(one=tensors, other=tensors)
    def compute_together(self, one, other):
        one[0].realize(other[0])

    @rule()
    def compute_all(self):
        tensors = [tensor for tensor, _, _ in self.live.values()]
        if tensors:
            tensors[0].realize(*tensors[1:])

    @rule(pair=tensors, other=tensors)
    def train(self, pair, other):
        """A step of gradient descent."""
        x, c = pair[0], other[0].detach()
        loss = (x * x * c).sum()
        (slope,) = loss.gradient(x)
        self.give(pair, x - slope * 0.5, pair[1][0] - pair[1][0] * other[1][0])
        assert loss.shape == ()

    @rule(pair=consumes(tensors))
    def drop(self, pair):
        del self.live[id(pair[0])]

    @rule(pair=tensors)
    def keep_small(self, pair):
        self.give(pair, pair[0] * 0 + 1, np.ones(SIZE))

    @invariant()
    def nothing_has_changed_that_should_not(self):
        for tensor, (array,), _ in self.live.values():
            if np.abs(array).max() < 2**50:
                np.testing.assert_array_equal(look(tensor), array)

    def teardown(self):
        for tensor, (array,), _ in self.live.values():
            if np.abs(array).max() < 2**50:
                np.testing.assert_array_equal(tensor.numpy(), array)


EXAMPLES = {"NUMPY": 60, "C": 25, "CL": 4}


def test_assignments_in_any_order(device):
    run_state_machine_as_test(
        Assignments,
        settings=settings(
            max_examples=EXAMPLES[device], stateful_step_count=20, deadline=None, derandomize=True, database=None
        ),
    )


def test_assign_twice_before_computing(device):
    x = Tensor([1.0, 2.0]).realize()
    x.assign(x + 1)
    x.assign(x + 1)
    assert x.tolist() == [3.0, 4.0]
    x.assign(x + 1).assign(x * 2)
    assert x.tolist() == [8.0, 10.0]


@pytest.mark.parametrize("read_first", [True, False])
def test_a_pending_tensor_keeps_the_old_numbers(device, read_first):
    x = Tensor([1.0, 2.0]).realize()
    y = x * 10
    x.assign(x + 1)
    first, second = (y, x) if read_first else (x, y)
    first.realize(), second.realize()
    assert y.tolist() == [10.0, 20.0] and x.tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    "make", [lambda x: x.detach(), lambda x: x.reshape(2, 1), lambda x: x[:1], lambda x: x * 1, Tensor]
)
@pytest.mark.parametrize("value", [lambda x: x + 1, lambda x: x * 1 + 1.0, lambda x: Tensor([2.0, 3.0])])
@pytest.mark.parametrize("computed", [False, True])
def test_a_view_and_a_change_computed_together(device, make, value, computed):
    x = Tensor([1.0, 2.0])
    if computed:
        x.realize()
    view = make(x)
    x.assign(value(x))
    x.realize(view)
    assert view.numpy().reshape(-1).tolist() == [1.0, 2.0][: view.numel()] and x.tolist() == [2.0, 3.0]


@pytest.mark.parametrize(
    "make", [lambda x: x.reshape(2, 1), lambda x: x.expand(3, 2), lambda x: x.sum(0), lambda x: x.T]
)
def test_computed_views_without_sources_go_on(device, make):
    y = make(Tensor([1.0, 2.0]).detach())
    wanted = y.numpy()
    assert y.uop.src == () or y.uop.realized is not None
    np.testing.assert_array_equal((y * 2).numpy(), wanted * 2)
    np.testing.assert_array_equal(y.reshape(-1).numpy(), wanted.reshape(-1))
    assert y.sum().item() == wanted.sum()


def test_two_tensors_made_alike_are_two(device):
    a, b = Tensor.zeros(3), Tensor.zeros(3)
    a.assign(a + 1)
    assert a.tolist() == [1.0] * 3 and b.tolist() == [0.0] * 3
    c, d = a * 1, a * 1  # one graph
    c.realize(), d.realize()
    c.assign(c + 1)
    assert c.tolist() == [2.0] * 3 and d.tolist() == [1.0] * 3 and a.tolist() == [1.0] * 3


@needs_c
def test_assign_where_the_memory_is_another_devices():
    """A graph of constants alone may lie on two devices."""
    one = Tensor([2.0], device="C").sum()._upstream(None)
    a, b = Tensor._of(one, "C"), Tensor._of(one, "NUMPY")
    a.realize(), b.realize()
    a.assign(a + 1)
    assert (a.item(), b.item()) == (2.0, 1.0)
    b.assign(b + 2)
    assert (a.item(), b.item()) == (2.0, 3.0)


def test_old_numbers_that_a_gradient_needs_are_there_or_missed_loudly(device):
    x, w = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0], requires_grad=True)
    loss = (x * w).sum()
    assert loss.item() == 11.0
    x.assign(x * 10).realize()
    try:
        loss.backward()
        assert w.grad.tolist() == [1.0, 2.0]
    except RuntimeError as error:
        assert "before the update" in str(error) and "\n" not in str(error)
    assert x.tolist() == [10.0, 20.0]
    w.grad = None
    (x * w).sum().backward()
    assert w.grad.tolist() == [10.0, 20.0]  # all works on


@pytest.mark.parametrize("computed", [False, True])
def test_backward_after_the_update_is_an_error(device, computed):
    w, other = Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0, 4.0], requires_grad=True)
    loss = (w * other).sum()
    if computed:
        loss.realize()
    w.assign(w - 1)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="call backward before the update"):
            loss.backward()
    assert w.grad is None and other.grad is None
    for _ in range(2):  # with the new numbers all is well, computed or not
        w.grad = other.grad = None
        (w * other).sum().backward()
        assert w.grad.tolist() == [3.0, 4.0]
        w.assign(w - 1)


def test_an_error_leaves_assignments_to_be_done(device):
    x, rows = Tensor([1.0, 2.0]).realize(), Tensor([5.0, 6.0])
    x.assign(x + 1)
    bad = rows[Tensor([2])]
    for _ in range(2):
        with pytest.raises(IndexError, match="index 2 is out of range for axis 0 with size 2"):
            bad.realize(x)
    assert x.tolist() == [2.0, 3.0]  # once, not for each try


# -- memory that is let go of


def live_buffers() -> int:
    gc.collect()
    return sum(isinstance(thing, Buffer) for thing in gc.get_objects()) + _untracked()


def _untracked() -> int:
    """Buffers have no cycles, so the collector does not see all of them: count those of living UOps."""
    buffers = set()
    for entry in list(uops._interned.values()):
        node = entry()
        if node is not None:
            buffers.update(id(b) for b in (node.realized, node.arg[0] if node.op is uops.Ops.BUFFER else None) if b)
    return len(buffers)


def test_memory_goes_when_the_tensor_goes(device):
    x = Tensor(np.arange(1000.0))
    y = (x * 2).realize()
    memories = [weakref.ref(buffer) for buffer in (x.uop.arg[0], y.uop.realized)]
    assert all(memory() is not None for memory in memories)
    del x
    del y
    assert [memory() for memory in memories] == [None, None]


def test_results_on_the_way_go_with_the_graph(device):
    x = Tensor(np.ones((40, 40)))
    y = (x @ x).exp().softmax(0) @ x
    z = y.sum()
    z.realize()
    many = _untracked()
    del y, z
    gc.collect()
    assert _untracked() < many or device == "NUMPY"
    before = _untracked()
    for _ in range(5):
        (x @ x).exp().sum().item()
    assert _untracked() == before


@needs_c
def test_the_pool_takes_memory_back_and_gives_it_out_again():
    pool = Device["C"].pool
    x = Tensor(np.zeros(100_003), device="C")
    free = pool.nbytes
    address = x.uop.arg[0].memory.address
    del x
    assert pool.nbytes >= free + 100_003 * 8
    y = Tensor(np.zeros(100_003), device="C")
    assert y.uop.arg[0].memory.address == address and pool.nbytes == free


def test_assigned_numbers_stay_where_they_are(device):
    if device == "NUMPY":
        pytest.skip("NUMPY writes into new memory")
    x = Tensor([1.0, 2.0, 3.0])
    memory = x.uop.arg[0].memory
    for _ in range(3):
        x.assign(x * 2).realize()
        assert x.uop.realized.memory is memory
    kept = x.detach()
    x.assign(x + 1).realize()
    assert x.uop.realized.memory is not memory and kept.tolist() == [8.0, 16.0, 24.0]


def test_the_history_of_a_long_loop_is_forgotten(device):
    x = Tensor([1.0, 2.0])
    x = (x + 1).realize()
    many = len(uops._interned)
    for _ in range(50):
        x = x + 1
        x.realize()
    assert len(uops._interned) <= many + 2
    assert x.tolist() == [52.0, 53.0]
    for _ in range(50):
        x += 1
        x.realize()
    assert len(uops._interned) <= many + 4


STEPS = 1000


def by_assign(w, b, lr):
    w.assign(w - lr * w.grad)
    b.assign(b - lr * b.grad)
    w.realize(b)


def by_operator(w, b, lr):
    w -= lr * w.grad
    b -= lr * b.grad
    w.realize(b)


def by_data(w, b, lr):
    w.data -= lr * w.grad
    b.data = b.data - lr * b.grad
    w.realize(b)


def one_by_one(w, b, lr):
    w.assign(w.detach() - w.grad * lr).realize()
    b.assign(b.detach() - b.grad * lr).realize()


@pytest.mark.parametrize("look_at_loss", [True, False])
@pytest.mark.parametrize("update", [by_assign, by_operator, by_data, one_by_one])
def test_a_long_training_stays_flat(device, update, look_at_loss):
    """Neither UOps nor buffers nor the process grow over a thousand steps."""
    steps = STEPS if device == "C" and update in (by_assign, by_operator) else STEPS // 10
    rng = np.random.default_rng(0)
    x, w, b = Tensor(rng.standard_normal((8, 3))), Tensor(np.zeros((3, 1))), Tensor(np.zeros(1))
    y = x @ Tensor([[1.0], [-2.0], [0.5]], dtype="float64") + 3
    y.realize()

    def step():
        w.grad = b.grad = None
        loss = ((x @ w + b - y) * (x @ w + b - y)).mean()
        loss.backward()
        update(w, b, 0.1)
        return loss.item() if look_at_loss else None

    for _ in range(20):
        first = step()
    many, held = len(uops._interned), _untracked()
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak = 0
    for number in range(steps):
        last = step()
        if number % 50 == 0:
            peak = max(peak, len(uops._interned))
    assert peak <= many + 5 and len(uops._interned) <= many + 5
    assert _untracked() <= held + 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - size < 20_000  # kB
    assert last is None or last < first
    if steps == STEPS:
        np.testing.assert_allclose(w.numpy()[:, 0], [1.0, -2.0, 0.5], atol=1e-5)
        np.testing.assert_allclose(b.numpy(), [3.0], atol=1e-5)


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, lr=0.1, momentum=0.9), lambda p: optim.Adam(p, lr=0.1)])
def test_optimizers_stay_flat(device, make):
    rng = np.random.default_rng(0)
    x, w = Tensor(rng.standard_normal((8, 3)).astype(np.float32)), Tensor(np.ones((3, 1), np.float32))
    optimizer = make([w])
    sizes = []
    for number in range(60):
        loss = (x @ w).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if number == 9:
            gc.collect()  # what compiling kernels has left
        if number % 10 == 9:
            sizes.append((len(uops._interned), _untracked()))
    assert sizes[1:] == sizes[:-1]


def test_gradients_that_add_up_stay_flat(device):
    """Sums of gradients that nobody looks at become no longer graphs."""
    x, w = Tensor(np.ones((4, 3))), Tensor(np.ones((3, 1)))
    sizes = []
    for number in range(40):
        (x @ w).sum().backward()
        if number == 9:
            gc.collect()  # what compiling kernels has left
        if number % 10 == 9:
            sizes.append(len(uops._interned))
    assert sizes[1:] == sizes[:-1]
    assert w.grad.tolist() == [[160.0]] * 3


def test_what_counts_as_a_view(device):
    x = Tensor(np.arange(6.0).reshape(2, 3))
    for view in (x.T, x.reshape(6), x[1:], x.flip(0).reshape(3, 2), x.expand(2, 2, 3)):
        with pytest.raises(RuntimeError, match="is a view of another"):
            view.assign(0.0)
    for own in (x.sum(0), x * 2, (x * 2).T, x.detach(), x.clone(), x.mean(), x.amax(1, keepdim=True), x.cumsum(0)):
        assert own.assign(1.0).numpy().tolist() == np.ones(own.shape).tolist()
    y = Tensor(np.arange(6.0)).reshape(2, 3)  # nobody else holds what it shows
    assert y.assign(5.0).numpy().tolist() == [[5.0] * 3] * 2
