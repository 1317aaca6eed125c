"""Index arithmetic: simplified expressions against plain arithmetic for all values of their loop variables."""

import itertools
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.engine.lower import as_index, move_index, reshape_index
from course_lib.engine.symbolic import (
    FALSE,
    TRUE,
    add,
    at_least,
    both,
    bounds,
    compared,
    flat,
    floordiv,
    less,
    loop,
    mod,
    number,
    put_together,
    take_apart,
    times,
    unflatten,
)
from course_lib.engine.uop import Ops, UOp, dtypes

SIZES = (5, 4, 3, 7)
LOOPS = [loop(i, size) for i, size in enumerate(SIZES)]
PLACES = np.meshgrid(*map(np.arange, SIZES), indexing="ij")  # the values of each loop variable at all points
I, J, K, L = LOOPS

PLAIN = {
    Ops.ADD: np.add,
    Ops.MUL: np.multiply,
    Ops.FLOORDIV: np.floor_divide,
    Ops.MOD: np.mod,
    Ops.LT: np.less,
    Ops.LE: np.less_equal,
    Ops.AND: np.logical_and,
}


def values(index: UOp) -> np.ndarray:
    """What an expression gives for each combination of loop variables."""
    found: dict[UOp, np.ndarray] = {}
    for node in index.toposort():
        if node.op is Ops.CONST:
            found[node] = np.full(SIZES, node.arg)
        elif node.op is Ops.RANGE:
            found[node] = PLACES[node.arg[0]]
        else:
            found[node] = PLAIN[node.op](*(found[source] for source in node.src))
    return found[index]


def steps_in(index: UOp) -> list[Ops]:
    """The divisions and remainders that are left in an expression."""
    return [node.op for node in index.toposort() if node.op in (Ops.FLOORDIV, Ops.MOD)]


@st.composite
def expressions(draw, depth=5):
    """An index, and what it should be at each point."""
    leaf = draw(st.integers(-1, len(LOOPS) - 1)) if depth else -1
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        if leaf < 0:
            value = draw(st.integers(-20, 20))
            return number(value), np.full(SIZES, value)
        return LOOPS[leaf], PLACES[leaf]
    a, plain = draw(expressions(depth - 1))
    match draw(st.sampled_from(["add", "add", "times", "floordiv", "mod"])):
        case "add":
            b, other = draw(expressions(depth - 1))
            return add(a, b), plain + other
        case "times":
            factor = draw(st.sampled_from([-12, -3, -1, 0, 1, 2, 3, 4, 6, 8, 20]))
            return times(a, factor), plain * factor
        case "floordiv":
            divisor = draw(st.sampled_from([1, 2, 3, 4, 6, 7, 12, 24]))
            return floordiv(a, divisor), plain // divisor
        case _:
            divisor = draw(st.sampled_from([1, 2, 3, 4, 6, 7, 12, 24]))
            return mod(a, divisor), plain % divisor


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(expressions())
def test_simplified_expressions_give_the_same_and_stay_within_their_bounds(pair):
    index, plain = pair
    np.testing.assert_array_equal(values(index), plain)
    low, high = bounds(index)
    assert low <= plain.min() and plain.max() <= high
    assert index.op is Ops.CONST or plain.min() != plain.max() or low != high


@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(expressions(), st.integers(-30, 30), expressions(), st.integers(-30, 30))
def test_conditions(first, limit, second, other_limit):
    (a, plain_a), (b, plain_b) = first, second
    np.testing.assert_array_equal(values(less(a, limit)), plain_a < limit)
    np.testing.assert_array_equal(values(at_least(a, limit)), plain_a >= limit)
    condition = both(less(a, limit), at_least(b, other_limit))
    np.testing.assert_array_equal(values(condition), (plain_a < limit) & (plain_b >= other_limit))
    assert both(condition, condition) is condition
    assert both(condition, less(a, limit)) is condition
    assert both(condition, TRUE) is condition and both(FALSE, condition) is FALSE
    np.testing.assert_array_equal(values(compared(Ops.LT, a, b)), plain_a < plain_b)
    np.testing.assert_array_equal(values(compared(Ops.LE, a, b)), plain_a <= plain_b)


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(expressions())
def test_apart_and_together_again(pair):
    index, plain = pair
    terms, rest = take_apart(index)
    np.testing.assert_array_equal(values(put_together(terms, rest)), plain)
    backwards = dict(reversed(terms.items()))
    assert put_together(backwards, rest) is put_together(terms, rest)


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(st.lists(expressions(depth=3), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_the_order_of_their_terms(pairs, rng):
    indices = [index for index, _ in pairs]

    def total(parts):
        result = number(0)
        for part in parts:
            result = add(result, part)
        return result

    wanted = sum(plain for _, plain in pairs)
    np.testing.assert_array_equal(values(total(indices)), wanted)
    simple = [index for index in indices if not steps_in(index)]
    shuffled = rng.sample(simple, len(simple))
    assert total(shuffled) is total(simple)


# Each stands with the number of divisions and remainders that are left in it.
SIMPLER = {
    "(4i + j) // 4 is i": (floordiv(add(times(I, 4), J), 4), I),
    "(4i + j) % 4 is j": (mod(add(times(I, 4), J), 4), J),
    "(12i + 3j + k) // 12 is i": (floordiv(add(add(times(I, 12), times(J, 3)), K), 12), I),
    "(12i + 3j + k) % 12 is 3j + k": (mod(add(add(times(I, 12), times(J, 3)), K), 12), add(times(J, 3), K)),
    "(12i + 3j + k) // 3 is 4i + j": (floordiv(add(add(times(I, 12), times(J, 3)), K), 3), add(times(I, 4), J)),
    "(12i + 3j + k) % 3 is k": (mod(add(add(times(I, 12), times(J, 3)), K), 3), K),
    "j // 4 is 0": (floordiv(J, 4), number(0)),
    "j % 4 is j": (mod(J, 4), J),
    "j % 9 is j": (mod(J, 9), J),
    "(j + 8) // 4 is 2": (floordiv(add(J, number(8)), 4), number(2)),
    "(j + 8) % 4 is j": (mod(add(J, number(8)), 4), J),
    "(j - 4) // 4 is -1": (floordiv(add(J, number(-4)), 4), number(-1)),
    "(j - 4) % 4 is j": (mod(add(J, number(-4)), 4), J),
    "(6i + 4j) // 2 is 3i + 2j": (floordiv(add(times(I, 6), times(J, 4)), 2), add(times(I, 3), times(J, 2))),
    "(6i + 4j) % 2 is 0": (mod(add(times(I, 6), times(J, 4)), 2), number(0)),
    "(6i + 2) // 4 is (3i + 1) // 2": (
        floordiv(add(times(I, 6), number(2)), 4),
        floordiv(add(times(I, 3), number(1)), 2),
    ),
    "l // 2 // 3 is l // 6": (floordiv(floordiv(L, 2), 3), floordiv(L, 6)),
    "l % 6 % 3 is l % 3": (mod(mod(L, 6), 3), mod(L, 3)),
    "(l // 2) * 2 + l % 2 is l": (add(times(floordiv(L, 2), 2), mod(L, 2)), L),
    "l % 2 + (l // 2) * 2 is l": (add(mod(L, 2), times(floordiv(L, 2), 2)), L),
    "(l // 2) * 6 + (l % 2) * 3 is 3l": (add(times(floordiv(L, 2), 6), times(mod(L, 2), 3)), times(L, 3)),
    "i + j - i is j": (add(add(I, J), times(I, -1)), J),
    "3i - 3i is 0": (add(times(I, 3), times(I, -3)), number(0)),
    "(i + j) * 2 is i*2 + j*2": (times(add(I, J), 2), add(times(I, 2), times(J, 2))),
    "i + j is j + i": (add(I, J), add(J, I)),
    "i * 0 is 0": (times(I, 0), number(0)),
    "i // 1 is i": (floordiv(I, 1), I),
    "i % 1 is 0": (mod(I, 1), number(0)),
    "i + 2 < 5 is i < 3": (less(add(I, number(2)), 5), less(I, 3)),
    "i < 5 is true": (less(I, 5), TRUE),
    "i < 0 is false": (less(I, 0), FALSE),
    "i + j <= k is itself": (compared(Ops.LE, add(I, J), K), UOp(Ops.LE, dtypes.bool, (add(I, J), K))),
    "i + k < j + 2 is k < j - i + 2": (
        compared(Ops.LT, add(I, K), add(J, number(2))),
        UOp(Ops.LT, dtypes.bool, (K, add(add(J, times(I, -1)), number(2)))),
    ),
    "i >= 0 is true": (at_least(I, 0), TRUE),
    "i >= 5 is false": (at_least(I, 5), FALSE),
    "a loop of one turn is 0": (loop(9, 1), number(0)),
    # what conv and pool windows ask for
    "(3j + 12i + k) // 3 % 4 is j": (mod(floordiv(add(add(times(J, 3), times(I, 12)), K), 3), 4), J),
    "((4i + j) // 2) // 2 is i": (floordiv(floordiv(add(times(I, 4), J), 2), 2), I),
    "((4i + j) % 4) // 2 is j // 2": (floordiv(mod(add(times(I, 4), J), 4), 2), floordiv(J, 2)),
}


@pytest.mark.parametrize("found, wanted", SIMPLER.values(), ids=SIMPLER)
def test_what_is_simplified(found, wanted):
    assert found is wanted


def test_bounds_of_what_is_known():
    assert bounds(number(-7)) == (-7, -7)
    assert bounds(I) == (0, 4)
    assert bounds(add(times(I, -3), number(2))) == (-10, 2)
    assert bounds(add(times(I, 10), J)) == (0, 43)
    assert bounds(floordiv(add(times(I, 3), J), 2)) == (0, 7)
    assert bounds(mod(add(times(I, 3), J), 7)) == (0, 6)
    position = UOp(Ops.CHECKED, dtypes.int64, (I,), (3, 0))
    assert bounds(position) == (0, 2)
    load = UOp(Ops.LOAD, dtypes.int32, (UOp(Ops.PARAM, dtypes.int32, (), (0, 4)), I))
    assert bounds(load) == (-(2**31), 2**31 - 1)  # nothing is known of numbers in memory


shapes = st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple)


def split(size: int, draw) -> tuple[int, ...]:
    """A shape that holds ``size`` elements."""
    shape = []
    while size > 1:
        shape.append(draw(st.sampled_from([d for d in range(2, size + 1) if size % d == 0])))
        size //= shape[-1]
        if draw(st.booleans()):
            shape.append(1)
    return tuple(shape)


def loops_over(shape):
    return tuple(loop(axis, size) for axis, size in enumerate(shape))


@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(shapes, st.data())
def test_a_chain_of_reshapes_that_comes_back_is_no_reshape(shape, data):
    chain = [shape, *(split(prod(shape), data.draw) for _ in range(data.draw(st.integers(1, 4)))), shape]
    start = loops_over(shape)
    index = start
    for new, old in itertools.pairwise(reversed(chain)):
        index = reshape_index(old, new, index)
    assert index == start


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(shapes, st.data())
def test_a_chain_of_reshapes_looks_at_the_right_element(shape, data):
    chain = [shape, *(split(prod(shape), data.draw) for _ in range(data.draw(st.integers(1, 3))))]
    index = loops_over(chain[-1])
    for new, old in itertools.pairwise(reversed(chain)):
        index = reshape_index(old, new, index)
    wanted = np.arange(prod(shape)).reshape(shape)
    np.testing.assert_array_equal(looked_up(wanted, index, chain[-1]), wanted.reshape(chain[-1]))


def looked_up(array, index, shape):
    """``array[index]`` for all values of the loops over ``shape``."""
    places = dict(zip(loops_over(shape), np.indices(shape)))
    found = {}
    for node in UOp(Ops.ADD, dtypes.int64, tuple(index)).toposort()[:-1]:
        if node.op is Ops.CONST:
            found[node] = np.full(shape, node.arg)
        elif node.op is Ops.RANGE:
            found[node] = places[node]
        else:
            found[node] = PLAIN[node.op](*(found[source] for source in node.src))
    return array[tuple(found[i] for i in index)]


@settings(max_examples=80, deadline=None, derandomize=True, database=None)
@given(shapes)
def test_flat_and_unflatten_undo_each_other(shape):
    start = loops_over(shape)
    assert unflatten(flat(start, shape), shape) == start
    line = loop(0, prod(shape))
    assert flat(unflatten(line, shape), shape) is line


MOVES = {
    "permute": lambda x: x.permute((2, 0, 1)).permute((1, 2, 0)),
    "flip": lambda x: x.flip((0, 2)).flip((0, 2)),
    "flip one axis at a time": lambda x: x.flip((0,)).flip((2,)).flip((0, 2)),
    "pad and shrink": lambda x: x.pad(((1, 2), (0, 3), (0, 0))).shrink(((1, 5), (0, 3), (0, 5))),
    "reshape around a permute": lambda x: x.reshape((2, 2, 15)).permute((2, 0, 1)).permute((1, 2, 0)).reshape(x.shape),
    "expand and shrink": lambda x: x.expand((7, *x.shape)).shrink(((3, 4), (0, 4), (0, 3), (0, 5))).reshape(x.shape),
    "windows of one element": lambda x: x.window(1, 1).reshape(x.shape),
    "a window of all": lambda x: x.window(1, 3).permute((0, 1, 3, 2)).reshape(x.shape),
    "spread windows of one": lambda x: UOp(Ops.SPREAD, x.dtype, (x.reshape((*x.shape, 1)),), (1, 3, 1, 1)).reshape(
        x.shape
    ),
}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
def test_movements_that_undo_each_other_leave_the_index_as_it_was(move):
    x = UOp(Ops.EXPAND, dtypes.int64, (UOp(Ops.IOTA, dtypes.int64, (), 5),), (4, 3, 5))
    node = move(x)
    start = index = loops_over(node.shape)
    condition = TRUE
    while node is not x:
        index, inside = move_index(node, index)
        condition = both(condition, inside)
        node = node.src[0]
    assert index == start and condition is TRUE


def test_windows_and_flips_of_strided_views():
    x = UOp(Ops.IOTA, dtypes.int64, (), 20)
    i, j = loop(0, 5), loop(1, 4)
    index, condition = move_index(x.window(0, 4, 3, 2), (i, j))
    assert index == (add(times(i, 3), times(j, 2)),) and condition is TRUE
    index, _ = move_index(x.flip((0,)), (loop(0, 20),))
    assert index == (add(times(loop(0, 20), -1), number(19)),)


def test_computed_whole_numbers_as_indices():
    """What a graph computes from loop variables alone is index arithmetic, unless it wraps around on its way."""
    i = loop(0, 200)

    def whole(op, a, b, dtype=dtypes.int64):
        return UOp(op, dtype, (a, b))

    three = UOp(Ops.CONST, dtypes.int64, (), 3)
    assert as_index(whole(Ops.ADD, whole(Ops.MUL, i, three), three)) is add(times(i, 3), number(3))
    assert as_index(whole(Ops.SUB, three, i)) is add(times(i, -1), number(3))
    narrow = UOp(Ops.CAST, dtypes.int8, (i,))
    assert as_index(narrow) is None  # 200 does not fit into int8
    small = UOp(Ops.CAST, dtypes.int8, (loop(0, 100),))
    assert as_index(small) is loop(0, 100)
    assert as_index(whole(Ops.ADD, small, small, dtypes.int8)) is None
    load = UOp(Ops.LOAD, dtypes.int64, (UOp(Ops.PARAM, dtypes.int64, (), (0, 4)), i))
    assert as_index(load) is None and as_index(whole(Ops.ADD, load, i)) is None
    assert as_index(whole(Ops.MUL, i, i)) is None
