"""Patterns, the walk that applies rules, and each rule of the simplifier against the interpreter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.engine.device import Buffer
from course_lib.engine.dtype import ALL_DTYPES, dtypes, promote
from course_lib.engine.interpret import interpret
from course_lib.engine.rewrite import COMMUTATIVE, Pattern, Rules, X, Y, constant, rewrite, value_of
from course_lib.engine.simplify import RULES
from course_lib.engine.uop import COMPARISONS, ELEMENTWISE, MOVEMENT, Ops, UOp

NAN, INF = float("nan"), float("inf")
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, NAN, INF, -INF, 1e-40, 3e38, -65504.0]


def leaf(numbers, dtype=dtypes.float32):
    array = np.asarray(numbers)
    return UOp(Ops.BUFFER, dtype, (), (Buffer.of(array, dtype, "NUMPY"), array.shape))


def edges(dtype):
    """A leaf with the numbers at which rules are likely to go wrong."""
    if dtype.is_float:
        return leaf(np.array(FLOATS), dtype)
    if dtype is dtypes.bool:
        return leaf(np.array([True, False] * 6), dtype)
    numbers = [0, 1, 2, 3, 5, 7, 100, dtype.max, dtype.max - 1, dtype.min, dtype.min + 1, dtype.max // 2]
    return leaf(np.array(numbers, dtype.storage), dtype)


def simplified(*roots):
    became = rewrite(roots, RULES, lambda node: node if node.op is Ops.BUFFER else None)
    return became[roots[0]] if len(roots) == 1 else [became[root] for root in roots]


def same(found, wanted):
    """Equal to the last bit; NaN equals NaN."""
    assert found.dtype == wanted.dtype and found.shape == wanted.shape
    np.testing.assert_array_equal(found, wanted)
    if wanted.dtype.kind == "f":
        number = ~np.isnan(wanted)
        np.testing.assert_array_equal(np.signbit(found)[number], np.signbit(wanted)[number])


def check(root):
    """The simplified graph, which gives the same."""
    better = simplified(root)
    assert (better.dtype, better.shape) == (root.dtype, root.shape)
    found, wanted = interpret([better, root])
    same(found, wanted)
    return better


# -- patterns


A, B = leaf([1.0, 2.0]), leaf([3.0, 4.0])
TWO = UOp.const(dtypes.float32, 2, (2,))


def test_a_pattern_names_what_it_finds():
    pattern = Pattern(Ops.MUL, Pattern(Ops.ADD, X, Y), Pattern(name="z"))
    assert pattern.match((A + B) * TWO, {}) == {"x": A, "y": B, "z": TWO}
    assert pattern.match((A - B) * TWO, {}) is None
    assert pattern.match(A + B, {}) is None


@pytest.mark.parametrize("op", sorted(COMMUTATIVE))
def test_the_order_of_sources_does_not_matter_where_it_does_not(op):
    kind = dtypes.int32
    a, two = leaf([1, 2], kind), UOp.const(kind, 2, (2,))
    for node in (a.alu(op, two), two.alu(op, a)):
        assert Pattern(op, X, constant(2)).match(node, {}) == {"x": a}
    both = interpret([a.alu(op, two), two.alu(op, a)])
    same(*both)


@pytest.mark.parametrize("op", sorted({Ops.SUB, Ops.DIV, Ops.LT, Ops.LE, Ops.POW, Ops.FLOORDIV, Ops.MOD, Ops.ATAN2}))
def test_the_order_of_sources_matters_elsewhere(op):
    assert op not in COMMUTATIVE
    assert Pattern(op, X, constant(2)).match(TWO.alu(op, A), {}) is None
    assert Pattern(op, X, constant(2)).match(A.alu(op, TWO), {}) == {"x": A}


def test_the_same_name_twice_means_the_same_uop():
    assert Pattern(Ops.ADD, X, X).match(A + A, {}) == {"x": A}
    assert Pattern(Ops.ADD, X, X).match(A + B, {}) is None
    again = leaf([1.0, 2.0])  # equal numbers, another buffer
    assert Pattern(Ops.ADD, X, X).match(A + again, {}) is None


def test_commutative_patterns_within_each_other():
    pattern = Pattern(Ops.ADD, Pattern(Ops.MUL, X, constant(2)), Y)
    for node in (A * TWO + B, B + A * TWO, TWO * A + B, B + TWO * A):
        assert pattern.match(node, {}) == {"x": A, "y": B}


def test_patterns_with_tests_choices_and_no_sources():
    assert Pattern((Ops.ADD, Ops.SUB), X, Y).match(A - B, {}) == {"x": A, "y": B}
    assert Pattern(name="x", test=lambda node: node.op is Ops.ADD).match(A - B, {}) is None
    assert Pattern(Ops.ADD).match(A + B, {}) == {}
    assert Pattern(Ops.ADD, X).match(A + B, {}) is None  # another number of sources


@pytest.mark.parametrize(
    "wanted, value, dtype, fits",
    [
        (0, 0.0, dtypes.float32, True),
        (0, -0.0, dtypes.float32, False),
        (0, 0, dtypes.int32, True),
        (0, False, dtypes.bool, False),
        (1, True, dtypes.bool, False),
        (1, 1, dtypes.int8, True),
        (1, 1.0, dtypes.float64, True),
        (True, True, dtypes.bool, True),
        (-1, -1.0, dtypes.float32, True),
        (NAN, NAN, dtypes.float32, True),
    ],
)
def test_constants_in_patterns(wanted, value, dtype, fits):
    for node in (
        UOp.const(dtype, value),
        UOp.const(dtype, value, (2, 3)),
        UOp.const(dtype, value, (2, 3)).reshape((6,)),
    ):
        assert (constant(wanted).match(node, {}) is not None) == fits
        assert repr(value_of(node)) == repr(value)
    assert constant(wanted).match(A, {}) is None and value_of(A) is None


# -- the walk


def test_rules_are_applied_until_none_fits():
    half = Rules(
        [(Pattern(Ops.MUL, X, constant(4)), lambda x: x * 2), (Pattern(Ops.MUL, X, constant(2)), lambda x: x + x)]
    )
    node = (A * 4) * 4
    became = rewrite([node], half)
    assert became[node] is (A + A) + (A + A) and became[A] is A
    assert rewrite([became[node]], half)[became[node]] is became[node]


def test_the_first_rule_that_fits_wins_and_none_means_no():
    said = []
    rules = Rules(
        [
            (Pattern(Ops.ADD, X, Y), lambda x, y: said.append("first")),
            (Pattern(Ops.ADD, X, Y), lambda x, y: x - y),
            (Pattern(Ops.ADD, X, Y), lambda x, y: x * y),
        ]
    )
    assert rules(A + B) is A - B and said == ["first"]
    assert rules(A - B) is None
    assert Rules([(Pattern(None, name="x"), lambda x: x)])(A + B) is None  # itself is no change


def test_leaves_are_final():
    seven = A.const_like(7)
    total = (A + B) * A
    became = rewrite([total], lambda node: None, lambda node: seven if node is A + B else None)
    assert became[total] is seven * A and became[A + B] is seven
    assert B not in became  # below a leaf nobody looks


def test_several_roots_share_what_they_have_in_common():
    seen = []
    rewrite([A + B, (A + B) * A, A + B], lambda node: seen.append(node))
    assert len(seen) == len(set(seen)) == 4


def test_deep_graphs_need_no_deep_stack():
    node = A
    for _ in range(20_000):
        node = node + B
    flat = rewrite([node], Rules([(Pattern(Ops.ADD, X, Y), lambda x, y: x - y)]))[node]
    assert flat.op is Ops.SUB and len(flat.toposort()) == 20_002
    chain = UOp.const(dtypes.int32, 1)
    for _ in range(5_000):
        chain = chain * 1 + 0
    assert simplified(chain) is UOp.const(dtypes.int32, 1)


# -- the rules of the simplifier: each with what it must become (None: it must stay as it is)

F, G = edges(dtypes.float32), leaf(np.linspace(-3, 8, 12))
I8, U8, I64, YES = edges(dtypes.int8), edges(dtypes.uint8), edges(dtypes.int64), edges(dtypes.bool)
ALL_FLOATS = {dtype.name: edges(dtype) for dtype in ALL_DTYPES if dtype.is_float}


def const(x, value):
    return x.const_like(value)


def of_shape(value, *shape, dtype=dtypes.float32):
    return UOp.const(dtype, value, shape)


CASES = {
    "x * 1": (F * 1, F),
    "1 * x": (const(F, 1) * F, F),
    "x * -1 stays": (F * -1, None),
    "x / 1": (F / 1, F),
    "1 / x stays": (1 / F, None),
    "x + 0 of floats stays, for -0.0": (F + 0.0, None),
    "x + -0.0 of floats stays": (F + -0.0, None),
    "x - 0 of floats": (F - 0.0, F),
    "x - -0.0 of floats stays": (F - -0.0, None),
    "0 - x stays": (0.0 - F, None),
    "x + 0 of whole numbers": (I8 + 0, I8),
    "0 + x of whole numbers": (const(I64, 0) + I64, I64),
    "x - 0 of whole numbers": (U8 - 0, U8),
    "x * 0 of floats stays, for NaN": (F * 0.0, None),
    "x * 0 of whole numbers": (I8 * 0, I8.const_like(0)),
    "0 * x of whole numbers": (const(U8, 0) * U8, U8.const_like(0)),
    "x & True": (YES.alu(Ops.AND, const(YES, True)), YES),
    "True & x": (const(YES, True).alu(Ops.AND, YES), YES),
    "x & 1 of whole numbers stays": (I8.alu(Ops.AND, const(I8, 1)), None),
    "x | False": (YES.alu(Ops.OR, const(YES, False)), YES),
    "x | 0 of whole numbers stays": (I8.alu(Ops.OR, const(I8, 0)), None),
    "x * True of bools": (YES * True, YES),
    "max(x, x)": (F.alu(Ops.MAXIMUM, F), F),
    "max(x, y) stays": (F.alu(Ops.MAXIMUM, G), None),
    "--x": (F.alu(Ops.NEG).alu(Ops.NEG), F),
    "--x of whole numbers": (I8.alu(Ops.NEG).alu(Ops.NEG), I8),
    "--x of unsigned numbers": (U8.alu(Ops.NEG).alu(Ops.NEG), U8),
    "not not x": (YES.alu(Ops.NOT).alu(Ops.NOT), YES),
    "~~x": (I8.alu(Ops.NOT).alu(Ops.NOT), I8),
    "sum of -x": ((-F).reduce(Ops.ADD, (0,)), -F.reduce(Ops.ADD, (0,))),
    "sum of -x of unsigned numbers": ((-U8).reduce(Ops.ADD, (0,)), -U8.reduce(Ops.ADD, (0,))),
    "largest -x stays": ((-F).reduce(Ops.MAXIMUM, (0,)), None),
    "x + -y": (F + -G, F - G),
    "-y + x": (-G + F, F - G),
    "x + -y of whole numbers": (I8 + -I8.flip((0,)), I8 - I8.flip((0,))),
    "where(True, x, y)": (const(YES, True).where(F, G), F),
    "where(False, x, y)": (const(YES, False).where(F, G), G),
    "where(c, x, x)": (YES.where(F, F), F),
    "where(c, x, y) stays": (YES.where(F, G), None),
    "detached": (F.detach() * G, F * G),
    "a leaf of its own": (UOp(Ops.LEAF, F.dtype, (F,), (0, "NUMPY")) * G, F * G),
    "assigned": (UOp(Ops.ASSIGN, F.dtype, (F, G * G)) + G, G * G + G),
    "contiguous stays": (UOp(Ops.CONTIGUOUS, F.dtype, (F,)), None),
    "cast there and back, float16": (
        ALL_FLOATS["float16"].cast(dtypes.float32).cast(dtypes.float16),
        ALL_FLOATS["float16"],
    ),
    "cast there and back, bfloat16": (
        ALL_FLOATS["bfloat16"].cast(dtypes.float64).cast(dtypes.bfloat16),
        ALL_FLOATS["bfloat16"],
    ),
    "cast to less and back stays": (F.cast(dtypes.float16).cast(dtypes.float32), None),
    "cast between the two of 16 bits stays": (ALL_FLOATS["float16"].cast(dtypes.bfloat16).cast(dtypes.float16), None),
    "whole numbers cast to more and back": (I8.cast(dtypes.int32).cast(dtypes.int8), I8),
    "uint8 in int16 and back": (U8.cast(dtypes.int16).cast(dtypes.uint8), U8),
    "int8 in uint8 and back stays": (I8.cast(dtypes.uint8).cast(dtypes.int8), None),
    "int64 in float32 and back stays": (I64.cast(dtypes.float32).cast(dtypes.int64), None),
    "float in int and back stays": (F.cast(dtypes.int64).cast(dtypes.float32), None),
    "bool in a float and back": (YES.cast(dtypes.float32).cast(dtypes.bool), YES),
    "bool in int8 and back": (YES.cast(dtypes.int8).cast(dtypes.bool), YES),
    "whole numbers in bool and back stay": (I8.cast(dtypes.bool).cast(dtypes.int8), None),
    "a cast to the same": (UOp(Ops.CAST, F.dtype, (F,)), F),
}


@pytest.mark.parametrize("root, wanted", CASES.values(), ids=CASES)
def test_each_rule(root, wanted):
    better = check(root)
    assert better is (root if wanted is None else wanted)
    assert simplified(better) is better


SQUARE = leaf(np.arange(24.0).reshape(2, 3, 4))
MOVES = {
    "reshape to its own shape": (UOp(Ops.RESHAPE, SQUARE.dtype, (SQUARE,), (2, 3, 4)), SQUARE),
    "two reshapes": (SQUARE.reshape((6, 4)).reshape((24,)), SQUARE.reshape((24,))),
    "reshape and back": (SQUARE.reshape((24,)).reshape((2, 3, 4)), SQUARE),
    "expand to its own shape": (UOp(Ops.EXPAND, SQUARE.dtype, (SQUARE,), (2, 3, 4)), SQUARE),
    "two expands": (SQUARE.expand((5, 2, 3, 4)).expand((6, 5, 2, 3, 4)), SQUARE.expand((6, 5, 2, 3, 4))),
    "permute that moves nothing": (UOp(Ops.PERMUTE, SQUARE.dtype, (SQUARE,), (0, 1, 2)), SQUARE),
    "two permutes": (SQUARE.permute((2, 0, 1)).permute((2, 0, 1)), SQUARE.permute((1, 2, 0))),
    "permute and back": (SQUARE.permute((2, 0, 1)).permute((1, 2, 0)), SQUARE),
    "two shrinks": (
        SQUARE.shrink(((0, 2), (1, 3), (0, 4))).shrink(((1, 2), (0, 1), (1, 3))),
        SQUARE.shrink(((1, 2), (1, 2), (1, 3))),
    ),
    "two flips": (SQUARE.flip((0, 2)).flip((2, 1)), SQUARE.flip((0, 1))),
    "flip and back": (SQUARE.flip((2, 0)).flip((0, 2)), SQUARE),
    "a long way round": (SQUARE.permute((1, 0, 2)).reshape((12, 2)).reshape((3, 2, 4)).permute((1, 0, 2)), SQUARE),
    "two pads stay": (SQUARE.pad(((1, 0),) * 3).pad(((0, 1),) * 3), None),
    "zeros padded": (of_shape(0, 2, 2).pad(((1, 0), (0, 2))), of_shape(0, 3, 4)),
    "-0.0 padded stays": (of_shape(-0.0, 2, 2).pad(((1, 0), (0, 2))), None),
    "ones padded stay": (of_shape(1, 2, 2).pad(((1, 0), (0, 2))), None),
    "False padded": (of_shape(False, 2, dtype=dtypes.bool).pad(((1, 0),)), of_shape(False, 3, dtype=dtypes.bool)),
    "a number shrunk": (
        of_shape(3, 4, 2, dtype=dtypes.int8).shrink(((1, 2), (0, 2))),
        of_shape(3, 1, 2, dtype=dtypes.int8),
    ),
    "a number flipped": (of_shape(3, 4, 2, dtype=dtypes.int8).flip((1,)), of_shape(3, 4, 2, dtype=dtypes.int8)),
    "a number permuted": (of_shape(3, 4, 2, dtype=dtypes.int8).permute((1, 0)), of_shape(3, 2, 4, dtype=dtypes.int8)),
    "a number reshaped": (of_shape(3, 4, 2, dtype=dtypes.int8).reshape((8,)), of_shape(3, 8, dtype=dtypes.int8)),
    "windows of a number": (of_shape(3, 4, dtype=dtypes.int8).window(0, 2), of_shape(3, 3, 2, dtype=dtypes.int8)),
    "arithmetic on stretched numbers": (
        of_shape(3, 4) * of_shape(5, 2, 2).reshape((4,)) + 1,
        of_shape(16, 4),
    ),
    "a sum over axes of size 1": (SQUARE.reshape((2, 1, 12)).reduce(Ops.ADD, (1,)), SQUARE.reshape((2, 1, 12))),
    "a sum over an axis and one of size 1": (
        SQUARE.reshape((2, 1, 12)).reduce(Ops.ADD, (1, 2)),
        SQUARE.reshape((2, 1, 12)).reduce(Ops.ADD, (2,)),
    ),
    "the largest of one number": (of_shape(-3, 4).reduce(Ops.MAXIMUM, (0,)), of_shape(-3, 1)),
    "sums of nothing": (SQUARE.shrink(((0, 2), (1, 1), (0, 4))).reduce(Ops.ADD, (1,)), of_shape(0, 2, 1, 4)),
    "the largest of nothing": (
        SQUARE.shrink(((0, 0), (0, 3), (0, 4))).reduce(Ops.MAXIMUM, (0, 1)),
        of_shape(-INF, 1, 1, 4),
    ),
}


@pytest.mark.parametrize("root, wanted", MOVES.values(), ids=MOVES)
def test_each_rule_of_movement(root, wanted):
    assert check(root) is (root if wanted is None else wanted)


@pytest.mark.parametrize("op", [Ops.ADD, Ops.MUL, Ops.MAXIMUM, Ops.MINIMUM])
@pytest.mark.parametrize("dtype", ALL_DTYPES, ids=lambda dtype: dtype.name)
def test_reductions_of_nothing_give_what_changes_nothing(op, dtype):
    nothing = leaf(np.zeros((0, 2)), dtype)
    number = check(nothing.reduce(op, (0,)))
    some = edges(dtype).reshape((6, 2))
    some = some if op is not Ops.ADD else some.shrink(((1, 6), (0, 2)))  # 0 + -0.0 is 0
    same(*interpret([number.expand(some.shape).alu(op, some), some]))


def test_folded_windows_become_sums_of_spread_ones():
    windows = leaf(np.arange(12.0).reshape(4, 3))
    root = windows.fold(0, 8, 1, 2)
    better = check(root)
    assert {node.op for node in better.toposort()} == {Ops.BUFFER, Ops.SPREAD, Ops.REDUCE, Ops.RESHAPE}


UNARY_OPS = sorted(ELEMENTWISE - {Ops.CAST, Ops.BITCAST, Ops.WHERE, Ops.THREEFRY})
WHOLE_ONLY = {Ops.SHL, Ops.SHR, Ops.AND, Ops.OR, Ops.XOR, Ops.NOT}


@pytest.mark.parametrize("op", UNARY_OPS)
@pytest.mark.filterwarnings("ignore")
def test_numbers_are_folded_as_they_would_be_computed(op):
    """Every operation on edge values as constants, against the same on memory."""
    kinds = [dtypes.float32, dtypes.float16, dtypes.float64] if op not in WHOLE_ONLY else [dtypes.int8, dtypes.uint8]
    kinds += (
        [dtypes.int32] if op in {Ops.ADD, Ops.SUB, Ops.MUL, Ops.FLOORDIV, Ops.MOD, Ops.FMOD, Ops.POW, Ops.NEG} else []
    )
    two = op >= Ops.ADD and op in {
        Ops.ADD,
        Ops.SUB,
        Ops.MUL,
        Ops.DIV,
        Ops.FLOORDIV,
        Ops.MOD,
        Ops.FMOD,
        Ops.POW,
        Ops.ATAN2,
    }
    two = two or op in COMPARISONS | WHOLE_ONLY - {Ops.NOT} | {Ops.MAXIMUM, Ops.MINIMUM}
    for dtype in kinds:
        stored = interpret([edges(dtype)])[0]
        for a in stored:
            for b in stored[::3] if two else [None]:
                numbers = [a] if b is None else [a, b]
                constants = [UOp.const(dtype, number.item()) for number in numbers]
                folded = simplified(constants[0].alu(op, *constants[1:]))
                assert folded.op is Ops.CONST
                leaves = [leaf(number, dtype) for number in numbers]
                same(*interpret([folded, leaves[0].alu(op, *leaves[1:])]))


def test_numbers_too_large_for_their_dtype_wrap_around_as_in_memory():
    three_hundred = UOp.const(dtypes.int8, 300)
    assert simplified(three_hundred + 1) is UOp.const(dtypes.int8, 45)
    assert interpret([three_hundred + 1])[0] == 45
    big = UOp.const(dtypes.float32, 0.1) + UOp.const(dtypes.float32, 0.2)
    assert np.float32(simplified(big).arg) == np.float32(0.1) + np.float32(0.2)


# -- all of it together


@st.composite
def graphs(draw, depth=6):
    """A random graph over edge values, with many constants and movements that undo each other."""
    dtype = draw(
        st.sampled_from([dtypes.float32, dtypes.float16, dtypes.int8, dtypes.uint8, dtypes.int64, dtypes.bool])
    )
    return draw(nodes(dtype, depth))


@st.composite
def nodes(draw, dtype, depth):
    again = nodes(dtype, depth - 1)
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        if draw(st.booleans()):
            return edges(dtype)
        low = draw(st.sampled_from([0, 0, 1, 1, 2, 5] if not dtype.is_float else [0.0, -0.0, 1.0, -1.0, 2.0, NAN, INF]))
        return UOp.const(dtype, low, (12,))
    kind = draw(st.sampled_from(["binary", "binary", "binary", "unary", "where", "move", "cast", "reduce"]))
    if kind == "unary":
        op = Ops.NOT if dtype is dtypes.bool else draw(st.sampled_from([Ops.NEG, Ops.ABS, Ops.RELU, Ops.SIGN]))
        op = Ops.NOT if op is Ops.RELU and dtype is dtypes.uint8 else op
        return draw(again).alu(op)
    if kind == "where":
        return draw(nodes(dtypes.bool, depth - 1)).where(draw(again), draw(again))
    if kind == "cast":
        other = draw(
            st.sampled_from([dtypes.float32, dtypes.float16, dtypes.int8, dtypes.int64, dtypes.bool, dtypes.uint8])
        )
        return draw(again).cast(other).cast(dtype)
    if kind == "move":
        x = draw(again)
        move = draw(st.sampled_from(["flip", "reshape", "permute", "pad", "shrink"]))
        if move == "flip":
            return x.flip((0,))
        if move == "reshape":
            return x.reshape((3, 4)).reshape((12,))
        if move == "permute":
            return x.reshape((3, 4)).permute((1, 0)).permute((1, 0)).reshape((12,))
        if move == "pad":
            return x.pad(((2, 1),)).shrink(((1, 13),))
        return x.shrink(((2, 9),)).shrink(((1, 3),)).pad(((4, 6),))
    if kind == "reduce":
        op = draw(st.sampled_from([Ops.MAXIMUM, Ops.MINIMUM] + [Ops.ADD] * (not dtype.is_float)))  # 0 + -0.0 is 0
        return draw(again).reshape((1, 12, 1)).reduce(op, (0, 2)).reshape((12,))
    ops = [Ops.AND, Ops.OR, Ops.MUL] if dtype is dtypes.bool else [Ops.ADD, Ops.SUB, Ops.MUL, Ops.MAXIMUM]
    ops = ops + [Ops.DIV] if dtype.is_float else ops
    return draw(again).alu(draw(st.sampled_from(ops)), draw(again))


@settings(max_examples=250, deadline=None, derandomize=True, database=None)
@given(graphs())
def test_simplified_graphs_give_the_same(root):
    better = check(root)
    assert simplified(better) is better
    assert len(better.toposort()) <= len(root.toposort()) + 2


def test_promotion_is_not_the_simplifiers_business():
    assert promote(dtypes.int8, dtypes.uint8) is dtypes.int16
    assert MOVEMENT.isdisjoint(ELEMENTWISE)
