"""Capture what a function computes once, then replay just the kernels.

A training step builds the same graph, and cuts it into the same kernels, every time; only the numbers differ.
``@replay`` lets Python run the function once, keeps the list of kernels with their buffers, and from then on runs that
list alone: no graph, no schedule, none of the function's Python.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .captured import CapturedStep, Snapshot, leaf_of, tensor_around
from .capturing import Capture
from .device import Device
from .realize import realize
from .strides import ShapeError
from .tensor import Tensor


class Hole:
    """Stands in a nested structure where a tensor belongs."""


def read(value: Any, tensors: list[Tensor], fixed: list[tuple]) -> None:
    """Note the tensors in an argument, and what of it may not change: all but the numbers in them."""
    if isinstance(value, Tensor):
        tensors.append(value)
        fixed.append((value.uop.dtype, value.uop.shape, value.device))
    elif isinstance(value, dict):
        fixed.append((type(value), tuple(value)))
        for part in value.values():
            read(part, tensors, fixed)
    elif isinstance(value, (list, tuple)):
        fixed.append((type(value), len(value)))
        for part in value:
            read(part, tensors, fixed)
    else:
        fixed.append((type(value), value))


def tensors_in(value: Any) -> list[Tensor]:
    """The tensors in nested lists, tuples and dicts, in order."""
    tensors: list[Tensor] = []
    read(value, tensors, [])
    return tensors


def names_in(value: Any, name: str) -> Iterator[str]:
    """How the parts of an argument are called, in the order in which they are read."""
    yield name
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    for key, part in parts:
        yield from names_in(part, f"{name}[{key!r}]")


def filled(value: Any, tensors: Iterator[Any]) -> Any:
    """The same nested structure with others in the places of its tensors and holes."""
    if isinstance(value, (Tensor, Hole)):
        return next(tensors)
    if isinstance(value, dict):
        return {key: filled(part, tensors) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        parts = [filled(part, tensors) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value


def in_words(fixed: Any) -> str:
    if fixed is None:
        return "not there"
    if len(fixed) == 3:
        return f"a {fixed[0].name} tensor of shape {fixed[1]} on {fixed[2]}"
    return f"a {fixed[0].__name__} of {fixed[1]}" if fixed[0] in (dict, list, tuple) else repr(fixed[1])


class replay:
    """Decorator: run a function of tensors once, then replay its kernels.

    The function may take and return tensors, also in lists, tuples and dicts, and may change tensors (``assign``,
    ``+=``), as optimizers do. Tensors that it uses without being given them are looked up anew at each call. It must
    not look at numbers (``item``, ``numpy``, ``if x > 0``): they would be those of the first call for ever. All else
    in it stays as it was at the first call, but for random numbers, which are new each time. What it returns has no
    history, and gradients that it leaves in ``grad`` are dropped: use them in it, or return them.

    >>> @replay
    ... def double(x):
    ...     return x * 2
    >>> double(Tensor([1.0, 2.0])).tolist(), double(Tensor([3.0, 4.0])).tolist()
    ([2.0, 4.0], [6.0, 8.0])
    """

    def __init__(self, function: Callable) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.reset()

    def reset(self) -> None:
        """Forget what was captured; the next call captures anew."""
        self.step: CapturedStep | None = None
        self.fixed: list[tuple] | None = None
        self.names: list[str] = []
        self.result: Any = None

    def __get__(self, instance: Any, owner: type) -> Any:
        """A method is captured for each object on its own."""
        if instance is None:
            return self
        name = f"_replay_{self.function.__name__}"
        if name not in vars(instance):
            vars(instance)[name] = replay(functools.partial(self.function, instance))
        return vars(instance)[name]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the function.

        Raises
        ------
        ShapeError: if shapes, dtypes, devices or other arguments differ from those of the first call.
        RuntimeError: if the function looks at a tensor's numbers, or moves tensors between devices.
        """
        Capture.check()
        if len(kwargs) > 1:
            kwargs = dict(sorted(kwargs.items()))  # in whatever order they are given
        inputs: list[Tensor] = []
        fixed: list[tuple] = []
        for value in (*args, *kwargs.values()):
            read(value, inputs, fixed)
        fixed.append((len(args), *kwargs))
        if fixed != self.fixed:
            self.begin(args, kwargs, inputs, fixed)
        if self.step is None:
            return self.interpret(args, kwargs)
        return filled(self.result, iter(self.step.run(inputs)))

    def begin(self, args: tuple, kwargs: dict, inputs: list[Tensor], fixed: list[tuple]) -> None:
        """Capture the function, if it has not been; refuse arguments that are not like those of the first call."""
        given = (*enumerate(args), *kwargs.items())
        names = [name for key, value in given for name in names_in(value, f"argument {key!r}")]
        for name, part in zip(names, fixed):
            if isinstance(part[1], np.ndarray):  # its numbers would be those of the first call for ever
                raise TypeError(f"a replayed function takes tensors, and {name} is an array: give it Tensor(array)")
        if self.fixed is not None:
            before, now = dict(zip(self.names, self.fixed)), dict(zip(names, fixed))
            name = next(name for name in before | now if before.get(name) != now.get(name))
            raise ShapeError(
                f"a replayed function takes the same shapes and arguments every time: {name} was "
                f"{in_words(before.get(name))} when it was captured, and is {in_words(now.get(name))} now; make "
                "another replay of the function for that"
            )
        if hasattr(Device[inputs[0].device if inputs else Device.DEFAULT], "compile"):
            self.capture(args, kwargs, inputs)
        self.fixed, self.names = fixed, names

    def capture(self, args: tuple, kwargs: dict, inputs: list[Tensor]) -> None:
        def run(stand_ins: list[Tensor]) -> list[Tensor]:
            new_args, new_kwargs = filled((args, kwargs), iter(stand_ins))
            self.result = self.function(*new_args, **new_kwargs)
            return tensors_in(self.result)

        step = CapturedStep(run, inputs)
        self.result = filled(self.result, iter([Hole()] * len(step.outputs)))
        self.step = step

    def interpret(self, args: tuple, kwargs: dict) -> Any:
        """Where there are no kernels the function is run each time, under the same rules."""
        before = Snapshot()
        try:
            with Capture():
                result = self.function(*args, **kwargs)
            before.drop_gradients()
            tensors = tensors_in(result)
            realize([*tensors, *(tensor for tensor, _ in before.changed())])
        except BaseException:
            before.restore()
            raise
        return filled(result, iter([tensor_around(leaf_of(t.uop.realized, t.shape), t.device) for t in tensors]))
