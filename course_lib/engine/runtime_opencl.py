"""The CL device: the same kernels in OpenCL C, on whatever OpenCL platform this machine has.

A turn of a kernel's outermost loops becomes a work-item. On a GPU thousands of them run at once; PoCL, which makes an
OpenCL device of the processor itself, runs as many as there are cores.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .counters import Cost, GlobalCounters
from .device import Buffer, DeviceError, raise_position_error
from .lower import Program
from .render import render_opencl

WORK_GROUP = 64  # work-items that are started together


class CLDevice:
    """Compiles kernels with OpenCL and queues them.

    Attributes
    ----------
    hardware: the name of what is behind it.
    """

    name = "CL"

    def __init__(self) -> None:
        try:
            import pyopencl as cl
        except ImportError as error:
            raise DeviceError(f"the CL device needs the package pyopencl, which cannot be imported: {error}") from None
        self.cl = cl
        try:
            devices = [device for platform in cl.get_platforms() for device in platform.get_devices()]
        except cl.LogicError:
            devices = []
        if not devices:
            raise DeviceError(
                "no OpenCL platform was found: install your graphics card's driver, or, on Linux on x86-64, "
                "pip install 'pyopencl[pocl]', which computes on the processor"
            )
        chosen = next((d for d in devices if d.type & cl.device_type.GPU), devices[0])
        if not chosen.double_fp_config:
            raise DeviceError(f"the OpenCL device {chosen.name} cannot compute in float64, which kernels here need")
        self.hardware: str = chosen.name
        exact = chosen.single_fp_config & cl.device_fp_config.CORRECTLY_ROUNDED_DIVIDE_SQRT
        self.options = ["-cl-fp32-correctly-rounded-divide-sqrt"] if exact else []
        self.context = cl.Context([chosen])
        self.queue = cl.CommandQueue(self.context)
        self.kernels: dict[str, list[tuple[Any, int]]] = {}
        self.costs: dict[str, Cost] = {}
        self.try_it()
        self.error = self.allocate(4 * 8)
        self.write(self.error, np.zeros(4, np.int64))

    def try_it(self) -> None:
        """Some platforms are there and yet cannot compile: PoCL 3 knows no processor that is newer than itself."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", self.cl.CompilerWarning)
                self.cl.Program(self.context, "__kernel void trial(__global double *x) { x[0] = 1; }").build()
        except self.cl.Error as error:
            lines = [line for line in str(error).splitlines() if "error:" in line] or [str(error)]
            raise DeviceError(
                f"the OpenCL device {self.hardware} cannot compile kernels ({lines[0].strip()}): install a newer "
                "driver (for the processor: PoCL from conda-forge or from your system's packages)"
            ) from None

    def allocate(self, nbytes: int) -> Any:
        try:
            return self.cl.Buffer(self.context, self.cl.mem_flags.READ_WRITE, max(nbytes, 1))
        except self.cl.Error as error:
            raise MemoryError(f"{self.hardware} has no {nbytes} bytes left: {error}") from None

    def write(self, memory: Any, array: np.ndarray) -> None:
        if array.nbytes:
            self.cl.enqueue_copy(self.queue, memory, np.ascontiguousarray(array))

    def read(self, memory: Any, nbytes: int) -> np.ndarray:
        array = np.empty(nbytes, np.uint8)
        if nbytes:
            self.cl.enqueue_copy(self.queue, array, memory)
        return array

    def source(self, program: Program, key: str) -> str:
        """The text of a kernel."""
        return render_opencl(program).text

    def compile(self, programs: dict[str, Program]) -> None:
        """Make kernels callable. OpenCL drivers keep them on disk themselves."""
        start = time.perf_counter()
        for key, program in programs.items():
            rendered = render_opencl(program)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", self.cl.CompilerWarning)  # compilers are talkative
                built = self.cl.Program(self.context, rendered.text).build(self.options)
            self.kernels[key] = [(self.cl.Kernel(built, name), items) for name, items in rendered.functions]
        GlobalCounters.compile_seconds += time.perf_counter() - start

    def prepare(self) -> None:
        """Before kernels are run there is nothing to do."""

    def launch(self, key: str, buffers: Sequence[tuple[Buffer, int]], scalars: np.ndarray) -> None:
        """Queue a kernel on buffers, each from the given element on."""
        cl = self.cl
        numbers = self.allocate(scalars.nbytes)
        self.write(numbers, scalars)
        starts = [start for _, start in buffers]
        memories = [buffer.memory for buffer, _ in buffers]
        for kernel, items in self.kernels[key]:
            kernel.set_args(*memories, *map(np.int64, starts), numbers, self.error)
            group = WORK_GROUP if items % WORK_GROUP == 0 else 1
            cl.enqueue_nd_range_kernel(self.queue, kernel, (items,), (group,))

    def synchronize(self) -> None:
        """Wait until all kernels are done, and report positions out of range."""
        self.queue.finish()
        noted = self.read(self.error, 4 * 8).view(np.int64)
        if noted[0]:
            self.write(self.error, np.zeros(4, np.int64))
            raise_position_error(noted)


def open_device() -> CLDevice:
    return CLDevice()
