"""While a function is captured for replay: nothing is computed, and what happens is noted down."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from .device import Buffer
from .methods.random import generator

if TYPE_CHECKING:
    from .tensor import Tensor


class Capture:
    """``with Capture() as capture:`` notes which tensors are changed and which random numbers are drawn.

    Attributes
    ----------
    changed: the tensors that were given new values, in order.
    draws: for each random tensor the buffer of its start counter, and how far that is from the first.
    drawn: how many random numbers in all.
    """

    active: ClassVar[Capture | None] = None

    def __init__(self) -> None:
        self.changed: list[weakref.ref[Tensor]] = []
        self.draws: list[tuple[Buffer, int]] = []

    @classmethod
    def check(cls) -> None:
        """Refuse to capture within a captured function."""
        if cls.active is not None:
            raise RuntimeError("a function is being captured already: a replayed function cannot call another")

    def __enter__(self) -> Capture:
        Capture.active, generator.watch = self, []
        return self

    def __exit__(self, *_: object) -> None:
        offset = 0
        for buffer, count in generator.watch:
            self.draws.append((buffer, offset))
            offset += count
        self.drawn = offset
        Capture.active, generator.watch = None, None

    def check_kept(self, known: Iterable[Tensor]) -> None:
        """Refuse a function that makes and changes a tensor which somebody still holds: the next call would not."""
        ids = {id(tensor) for tensor in known}
        for tensor in (entry() for entry in self.changed):
            if tensor is not None and id(tensor) not in ids:
                raise RuntimeError(
                    f"a replayed function makes a tensor of shape {tensor.shape}, changes it, and leaves it somewhere: "
                    "make it before the function is called"
                )
