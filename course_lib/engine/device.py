"""Where numbers live and kernels run: one small interface, and the table of those that this machine has.

``NUMPY`` interprets the graph, ``C`` compiles it with the system's C compiler (``CPU`` is another name for it), ``CL``
with OpenCL (``GPU``). Whatever runs a graph does so through a ``DeviceInterface``.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from .dtype import DType, encode


class DeviceError(RuntimeError):
    """A device that this machine does not have, with the reason in its message."""


class Buffer:
    """A row of numbers in the memory of one device.

    Attributes
    ----------
    device: the device's name.
    dtype: the kind of numbers.
    size: how many.
    memory: whatever the device keeps them in; None once another buffer has taken the memory over.
    """

    __slots__ = ("device", "dtype", "size", "memory", "__weakref__")

    def __init__(self, device: str, dtype: DType, size: int, memory: Any = None) -> None:
        self.device, self.dtype, self.size = device, dtype, size
        self.memory = Device[device].allocate(size * dtype.itemsize) if memory is None else memory

    @classmethod
    def of(cls, array: np.ndarray, dtype: DType, device: str) -> Buffer:
        """A buffer that holds a copy of an array's numbers, converted to ``dtype``."""
        buffer = cls(device, dtype, array.size)
        Device[device].write(buffer.memory, np.ascontiguousarray(encode(array, dtype)).reshape(-1))
        return buffer

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    @property
    def array(self) -> np.ndarray:
        """The stored numbers: a flat NumPy array, of the memory itself where NumPy can reach it, else a copy."""
        self.check()
        return Device[self.device].read(self.memory, self.nbytes).view(self.dtype.storage)

    def check(self) -> None:
        """Report numbers that are gone."""
        if self.memory is None:
            raise RuntimeError(
                "these numbers were overwritten in place (by assign or an optimizer's step) after the graph that still "
                "needs them was made: compute what you need, or call backward, before the update"
            )

    def __repr__(self) -> str:
        return f"Buffer({self.device}, {self.dtype.name}, {self.size})"


def raise_position_error(error: Sequence[int]) -> None:
    """Report what a kernel noted: position, size and axis. An axis of -1 stands for a whole buffer."""
    _, index, size, axis = error
    if axis < 0:
        raise RuntimeError(
            f"a kernel was stopped from reaching element {index} of a buffer of {size} elements: "
            "a replaced part of the compiler computes wrong indices"
        )
    raise IndexError(f"index {index} is out of range for axis {axis} with size {size}")


class DeviceInterface(Protocol):
    """What a device must be able to do. ``memory`` is opaque to everybody else."""

    name: str

    def allocate(self, nbytes: int) -> Any:
        """Memory for ``nbytes`` bytes; what it holds is undefined."""

    def write(self, memory: Any, array: np.ndarray) -> None:
        """Copy a flat array's bytes to the start of ``memory``."""

    def read(self, memory: Any, nbytes: int) -> np.ndarray:
        """The first ``nbytes`` bytes as a flat uint8 array."""

    def execute(self, schedule: Any) -> None:
        """Run all items of a schedule, in order."""


class Registry:
    """``Device``: the devices by name, made when first asked for.

    Attributes
    ----------
    DEFAULT: the device of tensors that name none: ``COURSE_DEVICE``, else C, else NUMPY. Can be set.
    """

    ALIASES = {"CPU": "C", "CLANG": "C", "GPU": "CL", "OPENCL": "CL", "NP": "NUMPY"}
    MODULES = {"NUMPY": "runtime_numpy", "C": "runtime_c", "CL": "runtime_opencl"}

    def __init__(self) -> None:
        self._open: dict[str, DeviceInterface] = {}
        self._default: str | None = None
        self._missing: dict[str, str] = {}  # why devices do not work

    def canonical(self, name: str) -> str:
        """The device's own name: ``"cpu"``, ``"CPU"`` and ``"C:0"`` are all ``"C"``.

        Raises
        ------
        DeviceError: if nothing has that name.
        """
        if not isinstance(name, str):
            raise DeviceError(f"a device is named by a string such as 'C', not {name!r}")
        known = name.upper().removesuffix(":0")
        known = self.ALIASES.get(known, known)
        if known not in self.MODULES and known not in self._open:
            raise DeviceError(f"there is no device {name!r}: there are {', '.join([*self.MODULES, *self._open])}")
        return known

    def __getitem__(self, name: str) -> DeviceInterface:
        """The device of that name.

        Raises
        ------
        DeviceError: saying what this machine lacks, if the device cannot work here.
        """
        found = self._open.get(name)
        if found is None:
            name = self.canonical(name)
            if name not in self._open:
                self._open[name] = importlib.import_module(f"{__package__}.{self.MODULES[name]}").open_device()
            found = self._open[name]
        return found

    def register(self, device: DeviceInterface) -> None:
        """Add a device of one's own, under its ``name``."""
        self._open[device.name.upper()] = device

    def why_not(self, name: str) -> str | None:
        """Why a device cannot work on this machine, in one line; None if it can."""
        if name not in self._missing:
            try:
                self[name]
            except DeviceError as error:
                self._missing[name] = str(error)
        return self._missing.get(name)

    @property
    def _devices(self) -> list[str]:
        """The names, with their other names, of the devices that work here."""
        working = [name for name in {**self.MODULES, **self._open} if self.why_not(name) is None]
        return working + [alias for alias, name in self.ALIASES.items() if name in working]

    def get_available_devices(self) -> Iterator[str]:
        """The devices that work here, one name each."""
        return (name for name in {**self.MODULES, **self._open} if self.why_not(name) is None)

    @property
    def DEFAULT(self) -> str:
        wanted = self._default or os.environ.get("COURSE_DEVICE")
        if wanted:
            return self.canonical(wanted)
        return "C" if self.why_not("C") is None else "NUMPY"

    @DEFAULT.setter
    def DEFAULT(self, name: str) -> None:
        self._default = self.canonical(name)


Device = Registry()
