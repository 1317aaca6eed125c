"""Random numbers: a cipher turns the numbers 0, 1, 2, ... into bits that look like noise.

The generator is nothing but a key (the seed) and a counter. Element i of a random tensor is made of
``THREEFRY(counter + i, key)``, so every element can be computed on its own, in any order and on any device, and comes
out the same. Salmon and others (2011) describe the idea; JAX and tinygrad draw their numbers in this way.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import pi, prod, sqrt
from operator import index
from typing import TYPE_CHECKING

import numpy as np

from ..device import Buffer, Device
from ..dtype import DType, dtypes, to_dtype
from ..strides import Shape, ShapeError
from ..uop import Ops, UOp
from .places import iota, sizes_of
from .precision import need_float

if TYPE_CHECKING:
    from ..tensor import Tensor


class Generator:
    """Where random numbers come from.

    Attributes
    ----------
    seed: the key of the cipher.
    counter: how many 64-bit numbers were drawn since the seed was set.
    watch: None, or a list to which every draw adds the buffer with its start counter, and its length: whoever runs
        the same kernels again can write new counters into those buffers.
    """

    def __init__(self, seed: int) -> None:
        self.watch: list[tuple[Buffer, int]] | None = None
        self.manual_seed(seed)

    def manual_seed(self, seed: int) -> Generator:
        """Start anew: the same seed gives the same numbers.

        Raises
        ------
        RuntimeError: while a function is captured for replay.
        """
        if self.watch is not None:
            raise RuntimeError(
                "a replayed function cannot set the seed: its random numbers are new each time. Set it before the call"
            )
        self.seed, self.counter = int(seed) % 2**64, 0
        self._keys: dict[str, Buffer] = {}  # one for each device
        return self

    def draw(self, count: int, device: str) -> UOp:
        """Fresh random bits: a graph of ``count`` numbers of dtype uint64.

        Counter and key are data, not constants, so that two draws of one length are the same kernel.
        """
        start = Buffer.of(np.array([self.counter], np.uint64), dtypes.uint64, device)
        if self.watch is not None:
            self.watch.append((start, count))
        self.counter += count
        counter = _number(start).expand((count,)) + iota((count,)).cast(dtypes.uint64)
        return counter.alu(Ops.THREEFRY, _number(self.key(device)).expand((count,)))

    def key(self, device: str) -> Buffer:
        """The seed in a device's memory."""
        if device not in self._keys:
            self._keys[device] = Buffer.of(np.array([self.seed], np.uint64), dtypes.uint64, device)
        return self._keys[device]


def _number(buffer: Buffer) -> UOp:
    return UOp(Ops.BUFFER, buffer.dtype, (), (buffer, (1,)))


generator = Generator(int.from_bytes(os.urandom(8), "little"))
_PRECISION = {dtypes.bfloat16: 8, dtypes.float16: 11, dtypes.float32: 24, dtypes.float64: 53}  # bits of a fraction


def _fractions(count: int, dtype: DType, device: str) -> UOp:
    """Multiples of 2**-bits from 0 up to but without 1, all equally likely; two from each draw where they fit."""
    bits = _PRECISION[dtype]
    if bits > 32:
        draws = generator.draw(count, device)
        whole = draws.alu(Ops.SHR, draws.const_like(64 - bits)).cast(dtypes.int64)
    else:
        pairs = -(-count // 2)
        draws = generator.draw(pairs, device).reshape((pairs, 1)).expand((pairs, 2))
        shift = (iota((2,)) * 32 + (32 - bits)).cast(dtypes.uint64).expand((pairs, 2))
        # signed and short: processors convert such numbers to fractions fastest
        whole = draws.alu(Ops.SHR, shift).alu(Ops.AND, draws.const_like(2**bits - 1)).cast(dtypes.int32)
        whole = whole.reshape((2 * pairs,)).shrink(((0, count),))
    return whole.cast(dtype) * 2.0**-bits


def _normals(count: int, dtype: DType, device: str) -> UOp:
    """Normally distributed numbers by Box and Muller: a random point of the plane has two such coordinates."""
    pairs = -(-count // 2)
    draws = generator.draw(pairs, device)
    if dtype is dtypes.float64:
        second = generator.draw(pairs, device)
        whole = [bits.alu(Ops.SHR, bits.const_like(11)).cast(dtypes.int64) for bits in (draws, second)]
        sizes = 2.0**-53, 2.0**-53
    else:
        low = draws.alu(Ops.AND, draws.const_like(2**24 - 1))
        whole = [bits.cast(dtypes.int32) for bits in (draws.alu(Ops.SHR, draws.const_like(33)), low)]
        sizes = 2.0**-31, 2.0**-24
    distance, turn = (bits.cast(dtype).reshape((pairs, 1)) for bits in whole)
    radius = (((distance + 1) * sizes[0]).alu(Ops.LOG) * -2).alu(Ops.SQRT)  # + 1: the logarithm of 0 is never taken
    quarter = iota((2,)).cast(dtype) * 0.25  # the sine is the cosine a quarter turn earlier
    angle = ((turn * sizes[1]).expand((pairs, 2)) - quarter.expand((pairs, 2))) * (2 * pi)
    points = radius.expand((pairs, 2)) * angle.alu(Ops.COS)
    return points.reshape((2 * pairs,)).shrink(((0, count),))


def _fans(shape: Shape) -> tuple[int, int]:
    """How many inputs feed one output of a weight, and how many outputs one input feeds.

    Two axes are (in, out), as in ``x.dot(weight)``; more are a convolution's (out, in, ...).
    """
    if len(shape) <= 2:
        return (shape[0], shape[-1]) if shape else (1, 1)
    return prod(shape[1:]), shape[0] * prod(shape[2:])


def _fractional(dtype: DType | str | None) -> DType:
    dtype = dtypes.default_float if dtype is None else to_dtype(dtype)
    if not dtype.is_float:
        raise TypeError(f"these random numbers are fractions, which {dtype.name} cannot hold: see randint")
    return dtype


class Random:
    """Tensors of random numbers. All take ``dtype``, ``device`` and ``requires_grad``.

    They are computed once, when first needed, and come in the same order from the same seed.
    """

    __slots__ = ()

    @staticmethod
    def manual_seed(seed: int = 0) -> Generator:
        """Start the random numbers anew: the same seed gives the same numbers, on every device."""
        return generator.manual_seed(seed)

    @classmethod
    def _random(cls, uop: UOp, device: str, requires_grad: bool | None) -> Tensor:
        return cls._leaf(UOp(Ops.CONTIGUOUS, uop.dtype, (uop,)), device, requires_grad)

    @classmethod
    def rand(cls, *size: int | Sequence[int], dtype=None, device=None, requires_grad=None) -> Tensor:
        """Numbers from 0 up to but without 1, all equally likely; ``rand(2, 3)`` and ``rand((2, 3))`` are the same."""
        return cls.uniform(*size, dtype=dtype, device=device, requires_grad=requires_grad)

    @classmethod
    def uniform(
        cls, *size: int | Sequence[int], low=0.0, high=1.0, dtype=None, device=None, requires_grad=None
    ) -> Tensor:
        """Numbers from ``low`` to ``high``, all equally likely.

        Raises
        ------
        ValueError: if ``low`` is above ``high``.
        """
        if low > high:
            raise ValueError(f"low must not be above high: {low} and {high}")
        shape, dtype, device = sizes_of(size), _fractional(dtype), Device.canonical(device or Device.DEFAULT)
        fractions = _fractions(prod(shape), dtype, device)
        if high - low != 1:
            fractions = fractions * (high - low)
        if low:
            fractions = fractions + low
        return cls._random(fractions.reshape(shape), device, requires_grad)

    @classmethod
    def randn(cls, *size: int | Sequence[int], dtype=None, device=None, requires_grad=None) -> Tensor:
        """Numbers of a normal distribution with mean 0 and standard deviation 1."""
        return cls.normal(sizes_of(size), dtype=dtype, device=device, requires_grad=requires_grad)

    @classmethod
    def normal(
        cls,
        *args: float | Sequence[int],
        mean: float = 0.0,
        std: float = 1.0,
        size: Sequence[int] | None = None,
        dtype=None,
        device=None,
        requires_grad=None,
    ) -> Tensor:
        """Numbers of a normal distribution: ``normal(mean, std, (2, 3))`` or ``normal(2, 3, mean=..., std=...)``."""
        args = args if size is None else (*args, size)
        if len(args) == 3 and isinstance(args[2], tuple | list):
            mean, std, *args = args
        if std < 0:
            raise ValueError(f"a standard deviation is 0 or more, not {std}")
        shape, dtype, device = sizes_of(args), _fractional(dtype), Device.canonical(device or Device.DEFAULT)
        numbers = _normals(prod(shape), dtype if dtype is dtypes.float64 else dtypes.float32, device)
        if std != 1:
            numbers = numbers * std
        if mean:
            numbers = numbers + mean
        return cls._random(numbers.cast(dtype).reshape(shape), device, requires_grad)

    @classmethod
    def randint(
        cls, *args: int | Sequence[int], low=None, high=None, size=None, dtype=None, device=None, requires_grad=None
    ) -> Tensor:
        """Whole numbers from ``low`` up to but without ``high``, all equally likely, int64 unless asked otherwise.

        Called as ``randint(high, size)``, ``randint(low, high, size)`` or ``randint(2, 3, low=0, high=10)``.

        Raises
        ------
        ValueError: if there is no whole number from ``low`` up to ``high``, or the dtype cannot hold them.
        """
        if size is None and args and isinstance(args[-1], tuple | list):
            *args, size = args
        elif size is None:
            args, size = (), args
        if len(args) == 2:
            low, high = args
        elif len(args) == 1:
            low, high = (low, args[0]) if high is None else (args[0], high)
        low, high = 0 if low is None else index(low), 10 if high is None else index(high)
        dtype = dtypes.default_int if dtype is None else to_dtype(dtype)
        if low >= high:
            raise ValueError(f"randint draws from low up to but without high: {low} is not below {high}")
        if low < dtype.min or high - 1 > dtype.max:
            raise ValueError(f"{dtype.name} does not hold all numbers from {low} to {high - 1}: name a wider dtype")
        shape, device = sizes_of((size,)), Device.canonical(device or Device.DEFAULT)
        draws = generator.draw(prod(shape), device)
        whole = draws.alu(Ops.MOD, draws.const_like(high - low)).cast(dtypes.int64)
        return cls._random((whole + low if low else whole).cast(dtype).reshape(shape), device, requires_grad)

    @classmethod
    def randperm(cls, n: int, dtype=None, device=None) -> Tensor:
        """The numbers 0 ... n-1 in random order."""
        device = Device.canonical(device or Device.DEFAULT)
        order = UOp(Ops.ARGSORT, dtypes.int64, (generator.draw(*sizes_of((n,)), device),), False)
        return cls._random(order.cast(dtypes.default_int if dtype is None else to_dtype(dtype)), device, None)

    # -- as a tensor that is there already

    def rand_like(self, dtype=None, device=None, requires_grad=None) -> Tensor:
        return self.rand(
            self.shape, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad
        )

    def randn_like(self, dtype=None, device=None, requires_grad=None) -> Tensor:
        return self.randn(
            self.shape, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad
        )

    def uniform_(self, low: float = 0.0, high: float = 1.0) -> Tensor:
        """Fill with numbers from ``low`` to ``high``."""
        return self._update(self.uniform(self.shape, low=low, high=high, dtype=self.dtype, device=self.device))

    def normal_(self, mean: float = 0.0, std: float = 1.0) -> Tensor:
        """Fill with numbers of a normal distribution."""
        return self._update(self.normal(self.shape, mean=mean, std=std, dtype=self.dtype, device=self.device))

    def bernoulli(self, p: float | None = None) -> Tensor:
        """1 with the probability that each element holds (or with probability ``p``), else 0; of this dtype."""
        dtype = self.dtype if self.dtype.is_float else dtypes.float32
        chance = _fractions(self.numel(), dtype, self.device).reshape(self.shape)
        limit = chance.const_like(p) if p is not None else self.uop.detach().cast(dtype)
        return self._random(chance.alu(Ops.LT, limit).cast(self.dtype), self.device, None)

    def multinomial(self, num_samples: int = 1, replacement: bool = False) -> Tensor:
        """Positions drawn with the probabilities (or weights) that this tensor holds.

        Parameters
        ----------
        num_samples: how many from each row of weights.
        replacement: whether a position can be drawn more than once. Without it, the rows must hold at least
            ``num_samples`` weights above 0.

        Returns
        -------
        int64, of shape (num_samples,), or (rows, num_samples) if this tensor has two axes.

        Raises
        ------
        ShapeError: if this tensor has neither one nor two axes.
        TypeError: for weights that are whole numbers.
        ValueError: if more positions are wanted than there are.
        """
        need_float("multinomial", self.dtype)
        if self.ndim not in (1, 2):
            raise ShapeError(f"multinomial needs weights of shape (n,) or (rows, n), not {self.shape}")
        if num_samples < 1 or (num_samples > self.shape[-1] and not replacement):
            raise ValueError(f"{num_samples} different positions cannot be drawn from {self.shape[-1]}")
        weights = self.detach().float().reshape(-1, 1, self.shape[-1])
        rows = weights.shape[0]
        if replacement or num_samples == 1:
            # the last cumulative weight divided by itself is exactly 1, so that weights of 0 are never drawn
            running = weights.cumsum(-1)
            chance = self.rand(rows, num_samples, 1, device=self.device)
            found = (running / running[:, :, -1:] <= chance).sum(-1)
        else:
            # of waiting times with these rates, the shortest ones
            waits = -(1 - self.rand(rows, self.shape[-1], device=self.device)).log()
            found = (weights.reshape(rows, -1) / waits).argsort(-1, descending=True)[:, :num_samples]
        return self._random(found.reshape(*self.shape[:-1], num_samples).uop, self.device, None)

    # -- first weights

    @classmethod
    def kaiming_uniform(cls, *size: int | Sequence[int], a: float = 0.0, **kind) -> Tensor:
        """Weights that keep the spread of what passes them and a (leaky) ReLU of slope ``a``; He and others, 2015.

        The fan-in of two axes is the first (weights of ``x.dot(weight)``); of more it is a convolution's, in * kh * kw
        for (out, in, kh, kw).
        """
        bound = sqrt(6 / (1 + a**2) / max(_fans(sizes_of(size))[0], 1))
        return cls.uniform(*size, low=-bound, high=bound, **kind)

    @classmethod
    def kaiming_normal(cls, *size: int | Sequence[int], a: float = 0.0, **kind) -> Tensor:
        """As ``kaiming_uniform``, normally distributed."""
        return cls.normal(*size, std=sqrt(2 / (1 + a**2) / max(_fans(sizes_of(size))[0], 1)), **kind)

    @classmethod
    def xavier_uniform(cls, *size: int | Sequence[int], gain: float = 1.0, **kind) -> Tensor:
        """Weights that keep the spread forwards and backwards; Glorot and Bengio, 2010. Axes as for Kaiming's."""
        bound = gain * sqrt(6 / max(sum(_fans(sizes_of(size))), 1))
        return cls.uniform(*size, low=-bound, high=bound, **kind)

    @classmethod
    def xavier_normal(cls, *size: int | Sequence[int], gain: float = 1.0, **kind) -> Tensor:
        """As ``xavier_uniform``, normally distributed."""
        return cls.normal(*size, std=gain * sqrt(2 / max(sum(_fans(sizes_of(size))), 1)), **kind)

    glorot_uniform = xavier_uniform

    @classmethod
    def scaled_uniform(cls, *size: int | Sequence[int], **kind) -> Tensor:
        """Numbers from -1 to 1, divided by the root of how many there are."""
        bound = max(prod(sizes_of(size)), 1) ** -0.5
        return cls.uniform(*size, low=-bound, high=bound, **kind)
