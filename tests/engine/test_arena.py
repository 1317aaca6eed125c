"""Memory that values share while a captured step runs: places do not overlap in time, and no result changes."""

import numpy as np
import pytest

from course_lib import Tensor, nn, optim
from course_lib.engine.counters import GlobalCounters
from course_lib.engine.joins import Place
from course_lib.engine.passes import memory
from course_lib.engine.planning import make_plan
from course_lib.engine.replay import replay
from course_lib.engine.reports import reads_of, writes_of

from .checking import all_but, array
from .random_graphs import differ, with_gradients, write


def network():
    Tensor.manual_seed(0)
    model = nn.Sequential(nn.Linear(40, 64), lambda x: x.tanh(), nn.Linear(64, 64), lambda x: x.softmax(1))
    optimizer = optim.Adam(model.parameters(), lr=0.01)

    def step(x, y):
        optimizer.zero_grad()
        loss = (model(x) - y).square().mean()
        loss.backward()
        optimizer.step()
        return loss

    return step, Tensor(array(32, 40)), Tensor(array(32, 64, seed=1))


# -- places


class Row:
    """Stands for a kernel, with the values that it writes and reads; all have the same loops."""

    def __init__(self, writes, reads=(), needs=()):
        self.outputs = [(node, (0,)) for node in writes]
        self.inputs = {node: {(0,)} for node in reads}
        self.needs = dict.fromkeys(needs)
        self.loops, self.places, self.fastest, self.members, self.closed = [0], {}, {}, [], False


def values(*sizes):
    return [Tensor(np.zeros(size, np.float32)).uop for size in sizes]


@pytest.mark.parametrize("sizes", [range(1, 9000), [500, 3000]], ids=["any size", "two sizes"])
def test_what_is_alive_together_does_not_overlap(sizes):
    """Of two sizes some are written over others."""
    rng = np.random.default_rng(0)
    nodes = values(*rng.choice(sizes, 60))
    kernels = []
    for place, node in enumerate(nodes):
        reads = [nodes[int(other)] for other in rng.integers(0, place, min(place, 3))] if place else []
        kernels.append(Row([node], reads))
    alive = memory.lifetimes(kernels, set(nodes))
    found = memory.arrange(kernels, set(nodes))
    ranges = {node: (4 * start, 4 * (start + node.size)) for node, start in found.starts.items()}
    assert len(ranges) == len(nodes) and max(end for _, end in ranges.values()) <= found.nbytes
    for a in nodes:
        assert ranges[a][0] % 64 == 0
        for b in nodes:
            in_time = alive[a][0] <= alive[b][1] and alive[b][0] <= alive[a][1]
            in_space = ranges[a][0] < ranges[b][1] and ranges[b][0] < ranges[a][1]
            assert a is b or a is found.over.get(b) or b is found.over.get(a) or not (in_time and in_space)
    most = max(
        sum(memory.room_for(node) for node in nodes if alive[node][0] <= time <= alive[node][1])
        for time in range(len(kernels))
    )
    assert found.nbytes <= 1.5 * most < sum(map(memory.room_for, nodes))


def test_large_places_do_not_begin_alike_within_their_pages():
    nodes = values(*[4096] * 8)
    found = memory.arrange([Row(nodes)], set(nodes))
    assert len({4 * start % 4096 for start in found.starts.values()}) == 8


def test_a_chain_needs_two_places_and_in_place_one():
    nodes = values(*[4096] * 10)
    chain = [Row([node], nodes[max(0, place - 1) : place]) for place, node in enumerate(nodes)]
    assert memory.arrange(chain, set(nodes)).nbytes == memory.room_for(nodes[0])
    for row in chain:
        row.inputs = {node: {(1,)} for node in row.inputs}  # read in another order than written
    assert memory.arrange(chain, set(nodes)).nbytes == 2 * memory.room_for(nodes[0])


REASONS = {
    "it is looked up": lambda row, old, new: setattr(row, "closed", True),
    "other members read it": lambda row, old, new: setattr(row, "members", [row]),
    "not one for each turn": lambda row, old, new: row.loops.append(2),
    "has a place": lambda row, old, new: row.places.update({new: Place(*values(400), 0, (1,))}),
    "another order": lambda row, old, new: row.inputs.update({old: {(1,)}}),
    "in two orders": lambda row, old, new: row.inputs.update({old: {(0,), (1,)}}),
    "another layout": lambda row, old, new: row.fastest.update({old: 0}),
    "a part is read, too": lambda row, old, new: row.inputs.update({part_of(row, old): {(0,)}}),
}


def part_of(row, whole):
    (part,) = values(50)
    row.places[part] = Place(whole, 0, (1,))
    return part


@pytest.mark.parametrize("change", REASONS.values(), ids=REASONS)
def test_what_must_not_be_written_over(change):
    old, new = values(100, 100)
    row = Row([new], [old])
    assert memory.written_over(row, {old}) == {new: old} and not memory.written_over(row, set())
    change(row, old, new)
    assert not memory.written_over(row, {old})


def test_only_one_is_written_over_another_of_its_kind():
    old, longer, *new = values(100, 101, 100, 100)
    wide = Tensor(np.zeros(100)).uop
    assert memory.written_over(Row(new, [old]), {old}) == {new[0]: old}
    assert not memory.written_over(Row(new, [longer, wide]), {longer, wide})


def test_only_what_is_hidden_is_written_over_another():
    old, new = values(100, 100)
    found = memory.arrange([Row([old]), Row([new], [old])], {old})
    assert set(found.starts) == {old} and not found.over


def test_little_memory_is_in_use_in_a_thrifty_order():
    """Ten large values of which each becomes a small one: one after the other, though they come all at first."""
    large, small = values(*[50_000] * 10), values(*[10] * 10)
    first = [Row([node]) for node in large]
    then = [Row([new], [old], [before]) for new, old, before in zip(small, large, first)]
    hidden = {*large, *small}
    order = memory.in_thrifty_order([*first, *then], hidden)
    assert set(order) == {*first, *then}
    assert all(order.index(before) < order.index(row) for row in then for before in row.needs)
    assert memory.arrange(order, hidden).nbytes < 2.1 * memory.room_for(large[0])
    assert memory.in_thrifty_order([*first, *then], set()) == [*first, *then]


# -- captured steps


def test_a_step_gives_the_same_with_and_without(compiled, monkeypatch):
    results, sizes = {}, {}
    for name in ("with", "without"):
        if name == "without":
            monkeypatch.setenv("COURSE_PASSES", all_but("memory"))
        step, x, y = network()
        captured = replay(step)
        results[name] = [captured(x, y).item() for _ in range(5)]
        sizes[name] = captured.step.nbytes
        assert captured.step.nbytes >= x.numel() * 4 + y.numel() * 4
    assert results["with"] == results["without"] and results["with"][-1] < results["with"][0]
    assert sizes["with"] < sizes["without"]


def test_two_steps_take_turns_and_their_results_stay(compiled):
    """Each has an arena of its own, and what it gives does not lie in it."""
    first = replay(lambda x: ((x @ x).softmax(1) @ x, x.cumsum(0) / 2))
    second = replay(lambda x: (x @ x).exp().softmax(0) @ x)
    a, b = Tensor(array(32, 32)), Tensor(array(32, 32, seed=1) / 8)
    one, sums = first(a)
    two = second(b)
    copies = [tensor.numpy().copy() for tensor in (one, sums, two)]
    for _ in range(3):
        first(b), second(a)
    for tensor, copy in zip((one, sums, two), copies):
        np.testing.assert_array_equal(tensor.numpy(), copy)


def test_a_deep_network_without_gradients_needs_few_layers_memory(compiled):
    weights = [Tensor(array(128, 128, seed=i) / 12).realize() for i in range(12)]

    @replay
    def forward(x):
        for w in weights:
            x = (x @ w).relu()
        return x

    x = Tensor(array(128, 128))
    wanted = x.numpy()
    for w in weights:
        wanted = np.maximum(wanted @ w.numpy(), 0)
    np.testing.assert_allclose(forward(x).numpy(), wanted, rtol=1e-3, atol=1e-5)
    layer = 128 * 128 * 4
    assert forward.step.nbytes < (len(weights) + 2 + 3) * layer


def test_a_value_is_written_over_one_that_nothing_else_reads(compiled):
    @replay
    def function(x):
        return (x.cumsum(0) * 2).contiguous().cumsum(1)

    x = Tensor(array(100, 100))
    wanted = np.cumsum(np.cumsum(x.numpy(), 0) * 2, 1)
    np.testing.assert_allclose(function(x).numpy(), wanted, rtol=1e-3, atol=1e-3)
    over = [nodes for item in function.step.items for nodes in item.known.params if len(nodes) > 1]
    assert len(over) == 1
    for item in function.step.items:
        assert reads_of(item) and writes_of(item) and "reads" in str(item)


def test_an_index_that_is_wrong_leaves_all_as_it_was(compiled):
    """The check comes before anything is written over, in whatever order kernels run."""
    w = Tensor(array(30, 4)).realize()

    @replay
    def step(rows):
        h = (w[rows].cumsum(0) @ w.T).softmax(1)
        w.assign(w * 2)
        return h.sum(0)

    good, bad = Tensor(np.array([0, 3, 29])), Tensor(np.array([0, 30, 1]))
    step(good)
    before = w.numpy().copy()
    with pytest.raises(IndexError, match="index 30"):
        step(bad)
    np.testing.assert_array_equal(w.numpy(), before)
    step(good)
    np.testing.assert_array_equal(w.numpy(), 2 * before)


@pytest.mark.parametrize("first", range(0, 48, 12))
def test_random_programs_captured_together(compiled, first):
    if compiled == "CL" and first:
        pytest.skip("one batch is enough for it")
    programs = {seed: write(seed) for seed in range(first, first + 12)}
    looks = [seed for seed, program in programs.items() if any("[v" in name for name, _, _ in program.steps)]
    programs = {seed: program for seed, program in programs.items() if seed not in looks}  # at numbers, to choose some
    wanted = {seed: [t.numpy() for t in with_gradients(p, p.run("NUMPY"))] for seed, p in programs.items()}

    @replay
    def run_all(leaves):
        results = {}
        for seed, program in programs.items():
            tensors = list(leaves[seed])
            for _, step, _ in program.steps:
                made = step(tensors)
                tensors.append(Tensor(made) if any(made is tensor for tensor in tensors) else made)
            results[seed] = with_gradients(program, tensors)
        return results

    for _ in range(2):
        found = run_all({seed: [Tensor(leaf) for leaf in program.leaves] for seed, program in programs.items()})
        for seed, program in programs.items():
            for tensor, want in zip(found[seed], wanted[seed]):
                assert differ(program, tensor.numpy(), want) is None, program


# -- outside captured steps


def test_what_is_remembered_has_memory_of_its_own(compiled):
    x = Tensor(array(20, 20))
    y = (x @ x).softmax(1)
    z = y @ x
    plan = make_plan([z.uop], compiled)
    own = {plan.buffer_of(node) for node in plan.became} - {None}
    assert len({id(buffer.memory) for buffer in own}) == len(own) >= 3


def test_memory_is_counted(compiled):
    GlobalCounters.reset()
    x = Tensor(array(1000)).realize()
    (x + 1).realize()
    assert GlobalCounters.peak_bytes == 8000
    replay(lambda x: x * 2)(Tensor(array(10_000)))
    assert GlobalCounters.peak_bytes == 80_000
    (x + 1).realize()
    assert GlobalCounters.peak_bytes == 80_000 and "80kB memory at most" in str(GlobalCounters)
