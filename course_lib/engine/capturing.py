"""While a function is captured for replay: nothing is computed, and what happens is noted down."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from .device import Buffer
from .methods.random import generator

if TYPE_CHECKING:
    from .tensor import Tensor


class Capture:
    """``with Capture() as capture:`` notes which tensors are assigned to and which random numbers are drawn.

    Attributes
    ----------
    assigned: the tensors that were given new values, in order.
    draws: for each random tensor the buffer of its start counter, and how far that is from the first.
    """

    active: ClassVar[Capture | None] = None

    def __init__(self) -> None:
        self.assigned: list[Tensor] = []
        self.draws: list[tuple[Buffer, int]] = []

    def __enter__(self) -> Capture:
        if Capture.active is not None:
            raise RuntimeError("a function is being captured already: a replayed function cannot call another")
        Capture.active, generator.watch = self, []
        return self

    def __exit__(self, *_: object) -> None:
        offset = 0
        for buffer, count in generator.watch:
            self.draws.append((buffer, offset))
            offset += count
        self.total_draws = offset
        Capture.active, generator.watch = None, None
