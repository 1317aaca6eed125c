"""Constants, sequences and random numbers: shapes, dtypes, exact values, and distributions.

Distributions are judged so that a right generator fails less than once in 10**9 runs, and the seeds are fixed.
"""

import copy
import pickle

import numpy as np
import pytest
from scipy import stats

from course_lib import Device, Tensor, dtypes
from course_lib.engine.interpret import threefry
from course_lib.engine.methods import random
from course_lib.engine.strides import ShapeError
from course_lib.engine.uop import Ops
from tests.engine.checking import check, check_all

RARE = 1e-9


@pytest.fixture(autouse=True)
def seeded():
    Tensor.manual_seed(20)


# -- constants and sequences


def test_constants():
    assert np.signbit(Tensor.full((1,), -0.0).numpy()).all()
    assert Tensor.ones(3, dtype=dtypes.bfloat16).numpy().tolist() == [1.0, 1.0, 1.0]
    check_all(
        [
            (Tensor.zeros(2, 3), np.zeros((2, 3), np.float32)),
            (Tensor.zeros((2, 3)), np.zeros((2, 3), np.float32)),
            (Tensor.zeros([np.int64(2)]), np.zeros(2, np.float32)),
            (Tensor.zeros(), np.float32(0)),
            (Tensor.zeros(()), np.float32(0)),
            (Tensor.zeros(0, 3, dtype=dtypes.int8), np.zeros((0, 3), np.int8)),
            (Tensor.ones(2, dtype="float64"), np.ones(2)),
            (Tensor.ones(2, dtype=bool), np.ones(2, bool)),
            (Tensor.empty(3), np.zeros(3, np.float32)),
            (Tensor.full((2, 2), 5), np.full((2, 2), 5)),
            (Tensor.full(2, 0.5), np.full(2, 0.5, np.float32)),
            (Tensor.full((2,), np.int64(5)), np.full(2, 5)),
            (Tensor.full((2,), True), np.full(2, True)),
            (Tensor.full((1,), float("inf")), np.array([np.inf], np.float32)),
        ]
    )


def test_eye():
    check_all(
        [
            (Tensor.eye(3), np.eye(3, dtype=np.float32)),
            (Tensor.eye(2, 4, dtype=dtypes.int64), np.eye(2, 4, dtype=np.int64)),
            (Tensor.eye(4, 1), np.eye(4, 1, dtype=np.float32)),
            (Tensor.eye(0), np.zeros((0, 0), np.float32)),
        ]
    )


def test_arange():
    cases = ((7,), (0,), (3, 12), (3, 12, 4), (3, 13, 5), (5, -5, -3), (2, 2), (2**40, 2**40 + 3))
    check_all([(Tensor.arange(*arguments), np.arange(*arguments)) for arguments in cases])


@pytest.mark.parametrize("arguments", [(5.0,), (0.0, 1.0, 0.1), (1, 2, 0.25), (2.5, -2.5, -0.5), (-0.5, 0.1, 0.2)])
def test_fractional_arange(arguments):
    ours, theirs = Tensor.arange(*arguments), np.arange(*arguments)
    assert ours.dtype is dtypes.float32
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-6, atol=1e-6)


def test_arange_counts_far_in_short_dtypes():
    assert (
        Tensor.arange(2040, 2060, dtype=dtypes.float16).numpy().tolist() == np.arange(2040, 2060).astype("f2").tolist()
    )
    assert Tensor.arange(300, dtype=dtypes.bfloat16)[256:258].numpy().tolist() == [256.0, 256.0]
    check(Tensor.arange(-128, 128, dtype=dtypes.int8), np.arange(-128, 128).astype(np.int8))


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 10, 101])
def test_linspace(steps):
    numbers = Tensor.linspace(-1.3, 4.7, steps).numpy()
    np.testing.assert_allclose(numbers, np.linspace(-1.3, 4.7, steps), rtol=1e-6, atol=1e-6)
    assert numbers[:1].tolist() == [np.float32(-1.3)] * bool(steps)
    if steps > 1:
        assert numbers[-1] == np.float32(4.7)


def test_likenesses():
    x = Tensor.ones(2, 3, dtype=dtypes.float64)
    for made in (x.rand_like(), x.randn_like(), x.empty_like()):
        assert (made.shape, made.dtype, made.device) == (x.shape, x.dtype, x.device)
    assert x.rand_like(dtype=dtypes.float32).dtype is dtypes.float32
    check_all(
        [
            (x.zeros_like(), np.zeros((2, 3))),
            (Tensor.ones_like(x, dtype=dtypes.int32), np.ones((2, 3), np.int32)),
            (x.full_like(2), np.full((2, 3), 2.0)),
            (x.new_zeros(4), np.zeros(4)),
            (x.new_ones((1, 2)), np.ones((1, 2))),
            (x.new_full((2,), 3), np.full(2, 3.0)),
            (x.new_empty(0), np.zeros(0)),
            (x.new_tensor([1, 2]), np.array([1.0, 2.0])),
        ]
    )


def test_from_numpy_copies():
    array = np.arange(3.0)
    tensor = Tensor.from_numpy(array)
    array[0] = 9
    check(tensor, np.arange(3.0))
    check(Tensor.from_numpy(np.arange(6).reshape(2, 3).T), np.arange(6).reshape(2, 3).T)


def test_tensors_made_alike_are_two():
    first, second = Tensor.zeros(3), Tensor.zeros(3)
    (first * 2 + second * 5).sum().backward()
    assert first.grad.tolist() == [2, 2, 2] and second.grad.tolist() == [5, 5, 5]


def test_requires_grad_and_device():
    for made in (
        Tensor.zeros(2, requires_grad=True, device=Device.DEFAULT),
        Tensor.full((2,), 1.0, requires_grad=True, device=Device.DEFAULT.lower()),
        Tensor.rand(2, requires_grad=True, device=Device.DEFAULT),
        Tensor.kaiming_uniform(2, 3, requires_grad=True, device=Device.DEFAULT),
        Tensor.normal(2, mean=3, requires_grad=True, device=Device.DEFAULT),
    ):
        assert made.requires_grad is True and made.device == Device.DEFAULT
    assert Tensor.zeros(2, requires_grad=False).requires_grad is False


ERRORS = {
    "negative size": (lambda: Tensor.zeros(2, -1), ShapeError, r"\(2, -1\)"),
    "fractional size": (lambda: Tensor.zeros(2.5), TypeError, "whole numbers.*2.5"),
    "fractional size of random numbers": (lambda: Tensor.rand("3"), TypeError, "whole numbers.*3"),
    "full beyond the dtype": (lambda: Tensor.full((2,), 300, dtype=dtypes.uint8), ValueError, "255.*300"),
    "step 0": (lambda: Tensor.arange(0, 5, 0), ValueError, "steps of 0"),
    "wrong way": (lambda: Tensor.arange(5, 0), ValueError, "from 5 to 0"),
    "arange beyond the dtype": (lambda: Tensor.arange(300, dtype=dtypes.int8), ValueError, "127.*299"),
    "bools at equal distances": (lambda: Tensor.linspace(0, 1, 2, dtype="bool"), TypeError, "bool"),
    "negative steps": (lambda: Tensor.linspace(0, 1, -2), ValueError, "-2"),
    "negative eye": (lambda: Tensor.eye(-1), ShapeError, "-1"),
    "unknown dtype": (lambda: Tensor.ones(2, dtype="float8"), TypeError, "float8"),
    "whole random fractions": (lambda: Tensor.rand(3, dtype=dtypes.int64), TypeError, "int64.*randint"),
    "whole normals": (lambda: Tensor.randn(3, dtype=dtypes.bool), TypeError, "bool"),
    "empty range": (lambda: Tensor.randint(5, 5, (3,)), ValueError, "5 is not below 5"),
    "range beyond the dtype": (lambda: Tensor.randint(300, (3,), dtype=dtypes.uint8), ValueError, "uint8.*299"),
    "negative deviation": (lambda: Tensor.normal(3, std=-1), ValueError, "-1"),
    "too many positions": (lambda: Tensor.ones(3).multinomial(4), ValueError, "4.*3"),
    "no positions": (lambda: Tensor.ones(3).multinomial(0), ValueError, "0"),
    "positions of a box": (lambda: Tensor.ones(3, 3, 3).multinomial(1), ShapeError, r"\(3, 3, 3\)"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, error, message = ERRORS[name]
    with pytest.raises(error, match=message):
        call()


# -- random numbers


def bits_of(count, counter, seed=20):
    return threefry(np.arange(counter, counter + count, dtype=np.uint64), np.array([seed], np.uint64))


def test_uniform_numbers_are_the_cipher_s():
    """Element i comes from draw i // 2: first its lower 32 bits, then its upper ones, of each the best 24."""
    draws = bits_of(4, 0)
    wanted = np.stack([draws >> np.uint64(8), draws >> np.uint64(40)], 1).reshape(-1) & np.uint64(2**24 - 1)
    check(Tensor.rand(7), (wanted[:7] * 2.0**-24).astype(np.float32))
    check(Tensor.rand(2, dtype=dtypes.float64), (bits_of(2, 4) >> np.uint64(11)) * 2.0**-53)
    check(Tensor.randint(10, (3,)), (bits_of(3, 6) % np.uint64(10)).astype(np.int64))
    draws = bits_of(1, 9)
    half = np.stack([draws >> np.uint64(21), draws >> np.uint64(53)], 1).reshape(-1) & np.uint64(2**11 - 1)
    check(Tensor.rand(2, dtype=dtypes.float16), (half * 2.0**-11).astype(np.float16))


def test_normal_numbers_are_box_and_muller_s():
    draws = bits_of(4, 0)
    radius = np.sqrt(-2 * np.log(((draws >> np.uint64(33)) + np.uint64(1)) * 2.0**-31))
    turn = (draws & np.uint64(2**24 - 1)) * 2.0**-24 * 2 * np.pi
    wanted = np.stack([radius * np.cos(turn), radius * np.sin(turn)], 1).reshape(-1)
    np.testing.assert_allclose(Tensor.randn(7).numpy(), wanted[:7], rtol=1e-4, atol=1e-5)


def test_the_same_seed_gives_the_same_numbers():
    def several():
        return [Tensor.rand(5), Tensor.randn(2, 3), Tensor.randint(100, (4,)), Tensor.randperm(6), Tensor.rand(3)]

    first = several()
    Tensor.manual_seed(20)
    for a, b in zip(first, several()):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert not np.array_equal(several()[0].numpy(), first[0].numpy())
    Tensor.manual_seed(21)
    assert not np.array_equal(several()[0].numpy(), first[0].numpy())


@pytest.mark.parametrize("seed", [-1, 0, 2**63, 2**70 + 5])
def test_any_seed(seed):
    Tensor.manual_seed(seed)
    first = Tensor.rand(3).tolist()
    assert Tensor.manual_seed(seed) is random.generator
    assert Tensor.rand(3).tolist() == first


def test_numbers_stay_the_same_however_often_they_are_used():
    x = Tensor.rand(100)
    assert (x - x).abs().sum().item() == 0
    assert x.tolist() == x.tolist() == (x * 1).tolist()


def test_draws_can_be_watched():
    random.generator.watch = made = []
    Tensor.rand(7)
    Tensor.randn(3, dtype=dtypes.float64)
    Tensor.rand(0)
    random.generator.watch = None
    Tensor.rand(3)
    assert [(int(buffer.array.view(np.uint64)[0]), draws) for buffer, draws in made] == [(0, 4), (4, 2), (6, 2), (8, 0)]
    assert random.generator.counter == 10


def test_two_draws_are_one_kernel():
    """The graphs differ in nothing but the buffers with the start counters, so compiled code serves both."""

    def skeleton(tensor):
        return [
            (node.op, node.shape, None if node.op in (Ops.BUFFER, Ops.LEAF) else node.arg)
            for node in tensor.uop.toposort()
        ]

    assert skeleton(Tensor.rand(3, 5)) == skeleton(Tensor.rand(3, 5))
    assert any(node.op is Ops.CONTIGUOUS for node in Tensor.randn(3, 5).uop.toposort())


@pytest.mark.parametrize("dtype", [dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64])
def test_shapes_and_dtypes(dtype):
    made = []
    for shape in ((), (0,), (1,), (3, 0, 2), (5, 7), (2, 3, 4)):
        fractions = (
            Tensor.rand(shape, dtype=dtype),
            Tensor.randn(*shape, dtype=dtype),
            Tensor.uniform(*shape, dtype=dtype),
        )
        whole = (Tensor.randint(3, shape), Tensor.randint(*shape, low=1, high=3))
        assert all(tensor.shape == shape for tensor in (*fractions, *whole))
        assert all(tensor.dtype is dtype for tensor in fractions)
        made += fractions
    made[0].realize(*made[1:])
    assert all(np.isfinite(tensor.numpy()).all() for tensor in made)


@pytest.mark.parametrize("dtype", [dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64])
def test_uniform_distribution(dtype):
    numbers = Tensor.rand(200_001, dtype=dtype).numpy().astype(np.float64)
    assert numbers.min() >= 0 and numbers.max() < 1
    bits = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}[dtype.name]
    smooth = numbers + np.random.default_rng(0).random(len(numbers)) * 2.0**-bits  # all but the rounding
    assert stats.kstest(smooth, "uniform").pvalue > RARE
    pairs = np.histogram2d(numbers[:-1], numbers[1:], bins=16, range=((0, 1), (0, 1)))[0]
    assert stats.chisquare(pairs.reshape(-1)).pvalue > RARE
    for distance in (1, 2, 7, 100_000):
        correlation = np.corrcoef(numbers[:-distance], numbers[distance:])[0, 1]
        assert abs(correlation) < 6.5 / np.sqrt(len(numbers) - distance)


def test_every_bit_of_a_uniform_number_is_random():
    numbers = (Tensor.rand(100_000).numpy() * 2.0**24).astype(np.int64)
    for bit in range(24):
        assert abs(((numbers >> bit) & 1).mean() - 0.5) < 6.5 * 0.5 / np.sqrt(len(numbers))


@pytest.mark.parametrize("dtype", [dtypes.float32, dtypes.float64])
def test_normal_distribution(dtype):
    numbers = Tensor.randn(300_001, dtype=dtype).numpy().astype(np.float64)
    assert stats.kstest(numbers, "norm").pvalue > RARE
    assert abs(numbers.mean()) < 6.5 / np.sqrt(len(numbers))
    assert abs(numbers.var() - 1) < 6.5 * np.sqrt(2 / len(numbers))
    assert abs((numbers**3).mean()) < 6.5 * np.sqrt(15 / len(numbers))
    assert abs((numbers**4).mean() - 3) < 6.5 * np.sqrt(96 / len(numbers))
    assert 4 < abs(numbers).max() < 7
    even, odd = numbers[:-1:2], numbers[1::2]  # from one draw, yet independent
    assert abs(np.corrcoef(even, odd)[0, 1]) < 6.5 / np.sqrt(len(even))
    assert abs(np.corrcoef(even**2, odd**2)[0, 1]) < 6.5 / np.sqrt(len(even))


def test_half_normals():
    for dtype in (dtypes.float16, dtypes.bfloat16):
        numbers = Tensor.randn(50_000, dtype=dtype).numpy().astype(np.float64)
        assert abs(numbers.var() - 1) < 6.5 * np.sqrt(2 / len(numbers)) + 0.01


def test_bounds_and_moments():
    numbers = Tensor.uniform(50_000, low=-3, high=5).numpy()
    assert -3 <= numbers.min() < -2.99 and 4.99 < numbers.max() <= 5
    assert abs(numbers.mean() - 1) < 6.5 * 8 / np.sqrt(12 * len(numbers))
    for normal in (
        Tensor.normal(50_000, mean=10, std=3),
        Tensor.normal(10, 3, (50_000,)),
        Tensor.normal(10, 3, size=(50_000,)),
    ):
        assert abs(normal.numpy().mean() - 10) < 6.5 * 3 / np.sqrt(50_000)
        assert normal.numpy().std() == pytest.approx(3, rel=6.5 / np.sqrt(100_000))
    assert Tensor.normal(5, mean=2, std=0).tolist() == [2.0] * 5


def test_filling_in_place():
    x = Tensor.zeros(1000)
    assert x.uniform_(2, 3) is x
    assert 2 <= x.numpy().min() and x.numpy().max() <= 3
    x.normal_(100, 0.5)
    assert abs(x.numpy().mean() - 100) < 6.5 * 0.5 / np.sqrt(1000)
    w = Tensor.zeros(3, requires_grad=True)
    w.uniform_(5, 6)
    assert w.requires_grad and w.numpy().min() >= 5


@pytest.mark.parametrize(
    "made, low, high, shape, dtype",
    [
        (lambda: Tensor.randint(7, (5000,)), 0, 7, (5000,), dtypes.int64),
        (lambda: Tensor.randint(-3, 4, (50, 100)), -3, 4, (50, 100), dtypes.int64),
        (lambda: Tensor.randint(-3, 4, size=(5000,), dtype=dtypes.int8), -3, 4, (5000,), dtypes.int8),
        (lambda: Tensor.randint(low=2, high=9, size=(5000,)), 2, 9, (5000,), dtypes.int64),
        (lambda: Tensor.randint(50, 100, low=3, high=5, dtype=dtypes.int32), 3, 5, (50, 100), dtypes.int32),
        (lambda: Tensor.randint((50, 100), low=3, high=5), 3, 5, (50, 100), dtypes.int64),
        (lambda: Tensor.randint(5000), 0, 10, (5000,), dtypes.int64),
        (lambda: Tensor.randint(3, high=9, size=(5000,)), 3, 9, (5000,), dtypes.int64),
        (lambda: Tensor.randint(9, low=3, size=(5000,)), 3, 9, (5000,), dtypes.int64),
        (lambda: Tensor.randint(7, 12, [5000], dtype=dtypes.float32), 7, 12, (5000,), dtypes.float32),
    ],
)
def test_randint(made, low, high, shape, dtype):
    numbers = made()
    assert numbers.shape == shape and numbers.dtype is dtype
    counts = np.bincount((numbers.numpy().reshape(-1) - low).astype(np.int64), minlength=high - low)
    assert len(counts) == high - low
    assert stats.chisquare(counts).pvalue > RARE


def test_wide_randint():
    numbers = Tensor.randint(-(2**63), 2**63 - 1, (1000,)).numpy()
    assert (numbers < 0).sum() == pytest.approx(500, abs=6.5 * np.sqrt(250))
    assert len(set(numbers.tolist())) == 1000


def test_randperm():
    for n in (0, 1, 2, 1000):
        order = Tensor.randperm(n)
        assert order.dtype is dtypes.int64 and sorted(order.tolist()) == list(range(n))
    first = [tuple(Tensor.randperm(3).tolist()) for _ in range(600)]
    counts = [first.count(order) for order in set(first)]
    assert len(counts) == 6 and stats.chisquare(counts).pvalue > RARE
    assert Tensor.randperm(4, dtype=dtypes.int32).dtype is dtypes.int32


def test_bernoulli():
    chances = Tensor([0.0, 0.25, 1.0]).reshape(3, 1).expand(3, 20_000)
    thrown = chances.bernoulli()
    assert thrown.dtype is dtypes.float32
    sums = thrown.numpy().sum(1)
    assert sums[0] == 0 and sums[2] == 20_000
    assert sums[1] == pytest.approx(5000, abs=6.5 * np.sqrt(20_000 * 0.25 * 0.75))
    assert Tensor.zeros(20_000).bernoulli(0.5).numpy().sum() == pytest.approx(10_000, abs=6.5 * np.sqrt(5000))
    assert Tensor.zeros(4, dtype=dtypes.int64).bernoulli(1.0).tolist() == [1, 1, 1, 1]


def test_multinomial_with_replacement():
    weights = np.array([0.0, 1.0, 5.0, 0.0, 4.0, 0.0])
    drawn = Tensor(weights).multinomial(5000, replacement=True)
    assert drawn.shape == (5000,) and drawn.dtype is dtypes.int64
    counts = np.bincount(drawn.numpy(), minlength=6)
    assert counts[weights == 0].sum() == 0
    assert stats.chisquare(counts[weights > 0], 5000 * weights[weights > 0] / 10).pvalue > RARE


def test_multinomial_without_replacement():
    weights = np.array([[1.0, 2.0, 0.0, 7.0], [5.0, 5.0, 5.0, 5.0]])
    drawn = Tensor(np.tile(weights, (1000, 1))).multinomial(3).numpy()
    assert drawn.shape == (2000, 3)
    assert all(len(set(row)) == 3 for row in drawn)
    assert not (drawn[::2] == 2).any()
    firsts = np.bincount(drawn[::2, 0], minlength=4)
    assert stats.chisquare(firsts[[0, 1, 3]], [100, 200, 700]).pvalue > RARE
    # given that 3 came first, the others follow in the proportion 1 : 2
    seconds = np.bincount(drawn[::2][drawn[::2, 0] == 3][:, 1], minlength=4)[:2]
    assert stats.chisquare(seconds, seconds.sum() * np.array([1, 2]) / 3).pvalue > RARE
    assert Tensor(weights).multinomial(1).shape == (2, 1)
    assert Tensor([0.0, 0.0, 3.0]).multinomial(1).tolist() == [2]


@pytest.mark.parametrize(
    "scheme, deviation",
    [
        (lambda: Tensor.kaiming_uniform(300, 100), np.sqrt(2 / 300)),
        (lambda: Tensor.kaiming_uniform((300, 100), a=1.0), np.sqrt(1 / 300)),
        (lambda: Tensor.kaiming_normal(300, 100), np.sqrt(2 / 300)),
        (lambda: Tensor.kaiming_uniform(20, 30, 5, 5), np.sqrt(2 / 750)),
        (lambda: Tensor.kaiming_normal(40, 30, 9), np.sqrt(2 / 270)),
        (lambda: Tensor.xavier_uniform(300, 100), np.sqrt(2 / 400)),
        (lambda: Tensor.glorot_uniform(300, 100), np.sqrt(2 / 400)),
        (lambda: Tensor.xavier_normal(300, 100, gain=2.0), 2 * np.sqrt(2 / 400)),
        (lambda: Tensor.glorot_uniform(20, 30, 5, 5), np.sqrt(2 / 1250)),
        (lambda: Tensor.scaled_uniform(300, 100), np.sqrt(1 / 3 / 30_000)),
    ],
)
def test_first_weights(scheme, deviation):
    weights = scheme()
    assert weights.dtype is dtypes.float32
    numbers = weights.numpy()
    assert numbers.std() == pytest.approx(deviation, rel=6.5 / np.sqrt(2 * numbers.size))
    assert abs(numbers.mean()) < 6.5 * deviation / np.sqrt(numbers.size)


def test_weights_of_no_size():
    assert Tensor.kaiming_uniform(0, 3).shape == (0, 3)
    assert Tensor.xavier_normal(0, 0).shape == (0, 0)
    assert Tensor.scaled_uniform(0).shape == (0,)


# -- corners


def test_whole_sequences_cut_fractions_off():
    check_all(
        [
            (Tensor.arange(0.0, -8.000001, -4.0, dtype=dtypes.int64), np.array([0, -4])),
            (Tensor.arange(0.0, -8.000001, -4.0, dtype=dtypes.int32), np.array([0, -4, -8], np.int32)),
            (Tensor.arange(1.9, 8.5, 2.9, dtype=dtypes.int64), np.array([1, 3, 5, 7])),
            (Tensor.linspace(4.3, -3, 8, dtype=dtypes.int64), np.array([4, 3, 2, 1, 0, -1, -2, -3])),
        ]
    )


def test_numbers_of_numpy_keep_their_dtype():
    assert Tensor(np.float64(1.5)).dtype is dtypes.float64
    assert Tensor(np.float32(1.5)).dtype is dtypes.float32
    assert Tensor(np.int8(1)).dtype is dtypes.int8
    assert (Tensor([1.0]) + np.float64(1.5)).dtype is dtypes.float32


def test_tensors_filled_alike_stay_two():
    a, b = Tensor.rand(3), Tensor.rand(3)
    a.zero_(), b.zero_()
    assert a.uop is not b.uop
    (a * 2 + b * 3).sum().backward()
    assert a.grad.tolist() == [2, 2, 2] and b.grad.tolist() == [3, 3, 3]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "int64", "bool"])
def test_copies_and_pickles(dtype):
    x = Tensor([[0, 1], [1, 0]], dtype=dtype)
    for other in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert other is not x and other.dtype is x.dtype and other.tolist() == x.tolist()
    assert copy.deepcopy(Tensor([1.0], requires_grad=True)).requires_grad


def test_to_takes_devices_dtypes_and_tensors():
    x = Tensor([1, 2])
    here = x.device
    assert x.to(here, dtypes.float64).dtype is dtypes.float64
    assert x.to(dtypes.half, True).dtype is dtypes.half
    assert x.to(device=here, dtype="float32", non_blocking=True, copy=True).dtype is dtypes.float32
    assert x.to(Tensor([1.5])).dtype is dtypes.float32
    assert x.type_as(Tensor([1.5])).dtype is dtypes.float32
    assert 2 in x and 3 not in x


def test_ranges_of_random_numbers():
    with pytest.raises(ValueError, match="low must not be above high"):
        Tensor.uniform(3, low=3, high=-1)
    with pytest.raises(TypeError, match="multinomial"):
        Tensor([1, 2]).multinomial(1)
