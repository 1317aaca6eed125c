"""Which operations share a kernel: how many kernels there are, what they read and write, and that fusion is safe."""

import numpy as np
import pytest

from course_lib import Device, Tensor, dtypes, nn, optim
from course_lib.engine.counters import GlobalCounters
from course_lib.engine.interpret import interpret
from course_lib.engine.kernel import loops_of, view_of
from course_lib.engine.planning import leaves_on
from course_lib.engine.rewrite import rewrite
from course_lib.engine.schedule import make_kernels
from course_lib.engine.simplify import RULES
from course_lib.engine.uop import Ops, UOp

from .checking import array

needs_kernels = pytest.mark.skipif(not hasattr(Device[Device.DEFAULT], "compile"), reason="nothing is compiled")


def tensor(*shape, seed=0):
    return Tensor(array(*shape, seed=seed)).realize()


def costs(*tensors):
    """For each kernel how many elements it reads and writes."""
    return [(item.cost.reads, item.cost.writes) for item in tensors[0].schedule(*tensors[1:])]


def check(*tensors, tolerance=2e-5):
    """The fused results are those of the interpreter, which works out one operation after the other."""
    roots = [rewrite([t.uop], lambda node: None, leaves_on(t.device))[t.uop] for t in tensors]
    wanted = interpret(roots)
    tensors[0].realize(*tensors[1:])
    for found, right in zip(tensors, wanted):
        close = tolerance * max(1.0, float(np.abs(right).max(initial=0)))
        np.testing.assert_allclose(found.numpy(), right, rtol=tolerance, atol=close)


def with_gradients(function, *inputs, seed=9):
    """A result, and the gradients of all inputs for a random gradient of the result."""
    result = function(*inputs)
    upstream = Tensor(array(*result.shape, seed=seed)).realize()
    return [result, *result.gradient(*inputs, gradient=upstream)]


# -- what is one kernel


def test_elementwise_and_sum_are_one_kernel_that_reads_once():
    x = tensor(100, 100)
    y = ((x + 1) * 2).relu().sum()
    assert costs(y) == [(10_000, 1)]
    check(y)


ONE_KERNEL = {
    "softmax": lambda x: x.softmax(-1),
    "log_softmax": lambda x: x.log_softmax(-1),
    "logsumexp": lambda x: x.logsumexp(-1),
    "mean": lambda x: x.mean(-1),
    "var": lambda x: x.var(-1),
    "std, kept": lambda x: x.std(-1, keepdim=True),
    "layernorm": lambda x: x.layernorm(),
    "layer_norm": lambda x: x.layer_norm((50,), tensor(50, seed=1), tensor(50, seed=2)),
    "rms": lambda x: x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt(),
    "a chain": lambda x: (x * tensor(50, seed=1) + tensor(50, seed=2)).gelu().softmax(-1),
    "a longer chain": lambda x: ((x - x.mean(-1, keepdim=True)).tanh() * 3).log_softmax(-1).exp().sum(-1),
    "softmax of the negative": lambda x: (-x).softmax(-1) + x.softmax(-1),
    "normalized": lambda x: x / x.square().sum(-1, keepdim=True).sqrt(),
    "argmax": lambda x: x.argmax(-1),
    "mean of all": lambda x: x.mean(),
    "var of all": lambda x: x.var(),
    "norm": lambda x: x.square().sum().sqrt(),
    "largest of each and all": lambda x: (x.amax(-1) * 2).sum(),
    "transposed": lambda x: x.T * 2 + 1,
    "shifted": lambda x: x[1:] - x[:-1],
    "windows": lambda x: x.unfold(1, 5, 2).mean(-1),
    "rolled": lambda x: x.roll(3, 1) * x.flip(0),
    "rows": lambda x: x[Tensor([3, 1, 4]).realize()] * 2,
    "scan": lambda x: (x * 2).cumsum(1),
    "joined": lambda x: Tensor.cat(x, x * 2, dim=1).relu(),
    "masked": lambda x: (x > 0).where(x, x * 0.01),
    "causal": lambda x: x.tril().softmax(-1),
    "one hot": lambda x: x.argmax(-1).one_hot(50),
    "pool": lambda x: x.reshape(1, 1, 32, 50).max_pool2d(2),
    "mean pool": lambda x: x.reshape(1, 1, 32, 50).avg_pool2d(3, 1),
    "product": lambda x: (x @ tensor(50, 20, seed=1) + tensor(20, seed=2)).relu(),
    "convolution": lambda x: x.reshape(1, 1, 32, 50).conv2d(tensor(4, 1, 3, 3, seed=1), tensor(4, seed=2)).relu(),
    "batch norm": lambda x: x.reshape(4, 8, 50).batch_norm(*_running(8), tensor(8, seed=1), tensor(8, seed=2), True),
}


def _running(size):
    return Tensor(np.zeros(size, np.float32)).realize(), Tensor(np.ones(size, np.float32)).realize()


@needs_kernels
@pytest.mark.parametrize("function", ONE_KERNEL.values(), ids=ONE_KERNEL)
def test_what_is_one_kernel(function):
    y = function(tensor(32, 50))
    schedule = y.schedule()
    assert len(schedule) == 1, schedule
    assert schedule[0].cost.writes == y.numel()  # and there is nothing beside the result
    check(y)


@needs_kernels
@pytest.mark.parametrize("axis", [0, 1, 2, (0, 1), (0, 2), (1, 2), (0, 1, 2)])
@pytest.mark.parametrize("keepdim", [False, True])
def test_reductions_over_any_axes(axis, keepdim):
    """One kernel for what needs one pass; over other axes than the last it may be quicker to have two or three."""
    x = tensor(6, 7, 8)
    for y in (x.sum(axis, keepdim=keepdim), (x * 2 + 1).amax(axis, keepdim=keepdim) * 3, x.mean(axis, keepdim=keepdim)):
        assert len(y.schedule()) == 1
        check(y)
    for y in (x.var(axis, keepdim=keepdim), x.std(axis, keepdim=keepdim), x.logsumexp(axis, keepdim=keepdim)):
        assert len(y.schedule()) <= 2
        check(y)
    y = (x - x.mean(axis, keepdim=True)) / x.std(axis, keepdim=True)
    assert len(y.schedule()) <= 3
    check(y)


# -- what is a few kernels, gradients included: at most so many


FEW_KERNELS = {
    "softmax": (lambda x: x.softmax(-1), 3),
    "log_softmax": (lambda x: x.log_softmax(-1), 3),
    "logsumexp": (lambda x: x.logsumexp(-1), 3),
    "mean": (lambda x: x.mean(-1), 2),
    "var": (lambda x: x.var(-1), 2),
    "std": (lambda x: x.std(-1), 3),
    "layernorm": (lambda x: x.layernorm(), 3),
    "softmax over rows": (lambda x: x.softmax(0), 5),
    "log_softmax over rows": (lambda x: x.log_softmax(0), 6),
    "standardized": (lambda x: (x - x.mean(0)) / x.std(0), 7),
    "largest": (lambda x: x.amax(-1), 3),
    "gelu": (lambda x: x.gelu(), 2),
    "sums of sums": (lambda x: (x.sum(0) * x.sum(0)).sum(), 4),
    "max pool": (lambda x: x.reshape(2, 1, 16, 50).max_pool2d(2), 3),
    "overlapping max pool": (lambda x: x.reshape(2, 1, 16, 50).max_pool2d(3, 1), 3),
    "mean pool": (lambda x: x.reshape(2, 1, 16, 50).avg_pool2d(3, 1), 4),
    "scan": (lambda x: x.cumsum(1), 3),
    "sort": (lambda x: x.sort(-1)[0], 4),
    "a deep chain": (lambda x: x.sin().exp().tanh().sigmoid().sqrt().log(), 2),
}


@needs_kernels
@pytest.mark.parametrize("function, most", FEW_KERNELS.values(), ids=FEW_KERNELS)
def test_gradients_are_few_kernels(function, most):
    results = with_gradients(function, tensor(32, 50))
    assert len(results[0].schedule(*results[1:])) <= most
    check(*results, tolerance=1e-4)


SEVERAL_INPUTS = {
    "layer_norm": (lambda x, w, b: x.layer_norm((50,), w, b), ((32, 50), (50,), (50,)), 3),
    "a chain": (lambda x, w, b: (x * w + b).gelu().softmax(-1), ((32, 50), (50,), (50,)), 6),
    "linear": (lambda x, w, b: (x @ w + b).relu(), ((32, 50), (50, 20), (20,)), 5),
    "batch norm": (lambda x, w, b: x.batch_norm(*_running(3), w, b, True), ((4, 3, 8, 8), (3,), (3,)), 4),
    "convolution": (lambda x, w: x.conv2d(w, padding=1).relu(), ((4, 3, 8, 8), (5, 3, 3, 3)), 5),
    "attention": (
        lambda q, k, v: q.scaled_dot_product_attention(k, v, is_causal=True),
        ((2, 3, 16, 8), (2, 3, 16, 8), (2, 3, 16, 8)),
        12,
    ),
    "products in a row": (lambda a, b, c: (a @ b).tanh() @ c, ((20, 30), (30, 10), (10, 5)), 6),
}


@needs_kernels
@pytest.mark.parametrize("function, shapes, most", SEVERAL_INPUTS.values(), ids=SEVERAL_INPUTS)
def test_all_gradients_of_several_inputs_are_few_kernels(function, shapes, most):
    results = with_gradients(function, *(tensor(*shape, seed=i) for i, shape in enumerate(shapes)))
    assert len(results[0].schedule(*results[1:])) <= most
    check(*results, tolerance=1e-4)


@needs_kernels
@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"ignore_index": 3}, {"reduction": "sum"}])
def test_cross_entropy_and_its_gradient(options):
    x, classes = tensor(32, 50), Tensor(np.random.default_rng(0).integers(0, 50, 32)).realize()
    loss = x.cross_entropy(classes, **options)
    assert len(loss.schedule()) <= 3
    (slope,) = loss.gradient(x)
    assert len(loss.schedule(slope)) <= 5
    check(loss, slope, tolerance=1e-4)


# -- what shares, and what does not


@needs_kernels
def test_results_over_the_same_elements_share_a_kernel():
    x, y = tensor(30, 40), tensor(30, 40, seed=1)
    assert costs(x + y, x * y, x.exp() - y) == [(2400, 3600)]
    assert costs(x.sum(-1), x.amax(-1)) == [(1200, 60)]
    assert costs(x.mean(), x.square().mean()) == [(1200, 2)]
    assert len(costs(x.max(-1)[0], x.max(-1)[1])) == 1


@needs_kernels
def test_unrelated_results_do_not_share_a_kernel():
    x, y = tensor(30, 40), tensor(20)
    assert len(costs(x * 2, y * 2)) == 2


@needs_kernels
def test_a_value_is_computed_once_where_that_is_cheaper():
    """A costly value with two far users gets memory; a cheap one is computed twice."""
    x = tensor(200, 300)
    costly = x.sin().exp().tanh()
    assert len(costs(costly.sum(0), costly.sum(1))) >= 2
    cheap = x * 2
    assert sum(writes for _, writes in costs(cheap.sum(0), cheap.sum(1))) == 500
    check(costly.sum(0), costly.sum(1), cheap.sum(0), cheap.sum(1), tolerance=1e-4)


@needs_kernels
def test_what_gradients_need_is_stored_only_where_that_is_cheaper():
    """Of a layer with gelu: its sums and the tanh, for the gradient, but nothing between or after that."""
    x, w, b, last = tensor(40, 30), tensor(30, 50), tensor(50, seed=1), tensor(50, 20, seed=2)
    y = (x @ w + b).gelu("tanh") @ last
    results = [y, *y.gradient(w, gradient=tensor(40, 20, seed=3))]
    large = [node for item in y.schedule(*results[1:]) for node, _ in item.kernel.outputs if node.size == 40 * 50]
    assert sorted(node.op.name for node in large) == ["ADD", "MUL", "REDUCE", "TANH"]  # with the one gradient there
    check(*results, tolerance=1e-4)


@needs_kernels
def test_layer_norm_keeps_two_numbers_of_each_row():
    x, w, b = tensor(32, 50), tensor(50, seed=1), tensor(50, seed=2)
    y = (x * 2).layer_norm((50,), w, b)
    results = [y, *y.gradient(x, w, b, gradient=tensor(32, 50, seed=3))]
    written = [node.size for item in y.schedule(*results[1:]) for node, _ in item.kernel.outputs]
    assert sorted(written) == [32] * (len(written) - 4) + [50, 50, 1600, 1600] and len(written) <= 7
    check(*results, tolerance=1e-4)


@needs_kernels
def test_masks_are_computed_on_the_spot():
    """What is known from the indices alone takes no longer to compute than to read."""
    x = tensor(4, 60, 60)
    y = x.tril().softmax(-1)
    results = [y, *y.gradient(x, gradient=tensor(4, 60, 60, seed=1))]
    assert all(node.dtype is not dtypes.bool for item in y.schedule(*results[1:]) for node in item.kernel.inputs)


@needs_kernels
def test_what_was_computed_before_is_not_computed_again():
    x = tensor(30, 40)
    y = (x.sin() * 2).contiguous()
    (y.sum()).realize()
    assert costs(y + 1) == [(1200, 1200)]  # reads y, not x
    z = x.exp().realize()
    assert (z * 2).schedule()[0].cost.flops == 1200


@needs_kernels
def test_contiguous_cuts():
    x = tensor(30, 40)
    assert costs((x + 1).contiguous() * 2) == [(1200, 2400)]  # both get memory, in one kernel
    check(((x + 1).contiguous() * 2).contiguous())


@needs_kernels
def test_views_of_memory_are_read_as_they_are():
    x = tensor(30, 40)
    item = (x[10:12] * 2).schedule()[0]
    assert [start for _, start in item.buffers] == [0, 400]
    x[3].realize()
    assert len((x[3]).schedule()) <= 1
    np.testing.assert_array_equal((x[10:12] * 2).numpy(), array(30, 40)[10:12] * 2)


def test_runs_within_a_buffer():
    x = UOp(Ops.BUFFER, dtypes.float32, (), (object(), (4, 5, 6)))
    assert view_of(x) == (x, 0) and view_of(x.reshape((20, 6))) == (x, 0)
    assert view_of(x.shrink(((1, 2), (0, 5), (0, 6)))) == (x, 30)
    assert view_of(x.shrink(((1, 3), (0, 5), (0, 6)))) == (x, 30)
    assert view_of(x.shrink(((2, 3), (1, 3), (0, 6)))) == (x, 66)
    assert view_of(x.shrink(((2, 3), (1, 2), (2, 5)))) == (x, 68)
    assert view_of(x.shrink(((0, 2), (1, 3), (0, 6)))) is None  # two runs
    assert view_of(x.reshape((120,)).shrink(((7, 9),)).reshape((1, 2))) == (x, 7)
    assert view_of(x.permute((1, 0, 2))) is None


def test_loops_of_shapes():
    assert loops_of((3, 1, 4)) == ([3, 4], (0, -1, 1))
    assert loops_of(()) == ([], ()) and loops_of((1, 1)) == ([], (-1, -1))


@needs_kernels
def test_nothing_is_scheduled_for_what_is_there_or_empty():
    x = tensor(3, 4)
    assert x.schedule() == [] and x.reshape(12).schedule() == [] and x.detach().schedule() == []
    assert (x[:0] * 2).schedule() == [] and Tensor.zeros(0, 3).schedule() == []
    assert len(x[:0].sum().schedule()) == 1  # that is 0


def test_a_schedule_runs_nothing():
    x = tensor(3, 4)
    y = x * 2
    before = GlobalCounters.kernels
    y.schedule()
    assert GlobalCounters.kernels == before and y.uop.realized is None


# -- training


def kernels_of(step, steps=30):
    """How many kernels each step takes once all is warm."""
    counts = []
    for _ in range(steps):
        before = GlobalCounters.scheduled
        step()
        counts.append(GlobalCounters.scheduled - before)
    return counts[3:]


OPTIMIZERS = {
    "SGD": lambda params: optim.SGD(params, lr=0.01),
    "momentum": lambda params: optim.SGD(params, lr=0.01, momentum=0.9),
    "Adam": lambda params: optim.Adam(params, lr=0.01),
    "AdamW": lambda params: optim.AdamW(params, lr=0.01),
}


@needs_kernels
@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("many", [1, 6])
def test_kernels_do_not_grow_with_steps(make, many):
    params = [tensor(8, 8, seed=i) for i in range(many)]
    optimizer, x = make(params), tensor(4, 8, seed=50)

    def step():
        optimizer.zero_grad()
        h = x
        for parameter in params:
            h = (h @ parameter).tanh()
        h.square().mean().backward()
        optimizer.step()

    counts = kernels_of(step)
    assert len(set(counts)) == 1 and counts[0] <= 8 + 6 * many


@needs_kernels
@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_an_update_alone_is_few_kernels(make):
    """All parameters of one shape are updated together; each number is read and written once."""
    params = [tensor(16, 16, seed=i) for i in range(3)]
    optimizer = make(params)

    def step():
        for place, parameter in enumerate(params):
            parameter.grad = tensor(16, 16, seed=20 + place)
        optimizer.step()

    assert max(kernels_of(step)) <= 5


@needs_kernels
def test_updates_by_hand_do_not_grow():
    w, x = tensor(8, 8), tensor(4, 8, seed=1)

    def step():
        w.grad = None
        (x @ w).square().mean().backward()
        w.assign(w - w.grad * 0.1)
        w.realize()

    counts = kernels_of(step)
    assert len(set(counts)) == 1 and counts[0] <= 4


@needs_kernels
def test_many_steps_before_anybody_looks():
    """Steps that nobody computes on the way are one long graph, cut into few kernels, each value once."""
    w = tensor(5)
    for _ in range(20):
        w.assign(w - w * 0.1)
    np.testing.assert_allclose(w.numpy(), array(5) * 0.9**20, rtol=1e-5)
    x = tensor(5, seed=1)
    for _ in range(300):
        x = x * 0.99 + 0.01
    assert len(x.schedule()) <= 6
    wanted = array(5, seed=1).astype(np.float64)
    for _ in range(300):
        wanted = wanted * 0.99 + 0.01
    np.testing.assert_allclose(x.numpy(), wanted, rtol=1e-4)


@needs_kernels
def test_a_network_and_its_gradients():
    class Net(nn.Module):
        def __init__(self):
            self.conv, self.norm = nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4)
            self.first, self.second = nn.Linear(4 * 16, 20), nn.Linear(20, 5)

        def forward(self, x):
            h = self.norm(self.conv(x)).relu().max_pool2d(2)
            return self.second(self.first(h.flatten(1)).gelu())

    net, x = Net(), tensor(6, 1, 8, 8)
    classes = Tensor(np.array([0, 1, 2, 3, 4, 0])).realize()
    params = net.parameters()
    params[0].realize(*params[1:])
    loss = net(x).cross_entropy(classes)
    results = [loss, *loss.gradient(*params)]
    assert len(results[0].schedule(*results[1:])) <= 34
    check(*results, tolerance=2e-4)


# -- the cutting itself


@pytest.mark.parametrize("seed", range(40))
def test_every_kernel_has_what_it_reads(seed):
    """In the order given, no kernel reads what is written later, nothing is written twice, all results are there."""
    from .random_graphs import with_gradients as differentiated
    from .random_graphs import write

    program = write(seed)
    asked = differentiated(program, program.run("NUMPY"))
    became = rewrite([t.uop for t in asked], RULES, leaves_on("NUMPY"))
    roots = [became[t.uop] for t in asked if became[t.uop].size]
    kernels, home = make_kernels(roots)
    written = set()
    for kernel in kernels:
        for node in kernel.inputs:
            assert node in written or view_of(node) is not None or node.op in (Ops.CONST, Ops.IOTA)
        for node, labels in kernel.outputs:
            assert node not in written and home[node] is kernel and len(labels) == len(node.shape)
            written.add(node)
    for kernel in kernels:
        assert all(before in kernels for before in kernel.needs)
    from course_lib.engine.kernel import base_of

    assert all(base_of(root) in written or base_of(root).op is Ops.BUFFER for root in roots)
