"""How fast is fast enough: for each group of works the ratios that must be reached, on one thread and on more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One thing to reach.

    Attributes
    ----------
    against: a name of ``RIVALS``, "flops" or "bandwidth", the last two being limits of the machine.
    one, more: what must be reached on one thread, and on several: how often our time fits into that of the fastest of
        the rivals, or our fraction of the limit.
    """

    against: str
    one: float
    more: float


RIVALS: dict[str, tuple[str, ...]] = {
    "NumPy or PyTorch": ("numpy", "torch"),
    "PyTorch": ("torch",),
    "PyTorch in any way": ("torch", "torch-tuned", "torch-compile"),
    "JAX": ("jax",),
    "tinygrad": ("tinygrad",),
    "the best": ("numpy", "torch", "torch-tuned", "torch-compile", "jax", "tinygrad"),
}

BARS: dict[str, list[Bar]] = {
    "square": [Bar("NumPy or PyTorch", 0.97, 0.97), Bar("flops", 0.86, 0.86)],
    "skinny": [Bar("NumPy or PyTorch", 0.95, 0.95)],
    "elementwise": [Bar("PyTorch", 5, 5), Bar("JAX", 2.5, 2.5), Bar("bandwidth", 0.8, 0.8)],
    "softmax": [Bar("PyTorch in any way", 1.6, 1.6)],
    "norm": [Bar("PyTorch in any way", 1.4, 1.4)],
    "mlp64": [Bar("PyTorch", 3, 4), Bar("the best", 1.1, 1.5)],
    "mlp512": [Bar("PyTorch", 1.4, 1.6), Bar("the best", 1.05, 1.1), Bar("flops", 0.8, 0.8)],
    "cnn": [Bar("the best", 2.1, 2.1), Bar("flops", 0.75, 0.75)],
    "gpt": [Bar("the best", 1.3, 1.4), Bar("flops", 0.72, 0.72)],
    "lstm": [Bar("the best", 1.2, 1.35)],
}
for _bars in BARS.values():
    _bars.append(Bar("tinygrad", 4, 4))

SQUARES = 1.0  # the mean of all square products over NumPy or PyTorch

# What a learner waits for, and the memory that it takes. The GPT's memory is compared with PyTorch's on the spot.
GPT = {"cold": 2.5, "warm": 0.2}  # seconds to the first loss
IMPORT = 0.15  # seconds over NumPy's
MLP_MEMORY = 100e6  # bytes over those of the import


@dataclass(frozen=True)
class Judged:
    """A bar beside what was reached, by medians and by the least times."""

    bar: str
    needed: float
    median: float
    least: float

    @property
    def verdict(self) -> str:
        """``unclear`` where medians and least times disagree, as they do beside busy neighbours."""
        reached = (self.median >= self.needed) + (self.least >= self.needed)
        return ("BELOW", "unclear", "reached")[reached]

    def __str__(self) -> str:
        return f"{self.bar}: {self.median:.2f} / {self.least:.2f} of {self.needed:g} {self.verdict}"


def judge(
    group: str, threads: int, seconds: dict[str, tuple[float, float]], fraction: Callable[[str, float], float]
) -> list[Judged]:
    """All bars of a group for which there is something to compare with.

    Parameters
    ----------
    seconds: for each framework that did the work its median and its least time.
    fraction: what part of a limit of the machine a time stands for.
    """
    found = []
    for bar in BARS[group]:
        needed = bar.one if threads == 1 else bar.more
        if bar.against in RIVALS:
            rivals = [seconds[name] for name in RIVALS[bar.against] if name in seconds]
            if not rivals:
                continue
            reached = [min(times) / own for times, own in zip(zip(*rivals), seconds["ours"])]
        else:
            reached = [fraction(bar.against, own) for own in seconds["ours"]]
        found.append(Judged(bar.against, needed, *reached))
    return found
