"""The CL device: the same kernels in OpenCL C, on whatever OpenCL platform this machine has.

A turn of a kernel's outermost loops becomes a work-item. On a GPU thousands of them run at once; PoCL, which makes an
OpenCL device of the processor itself, runs as many as there are cores.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from . import passes, provenance
from .counters import Cost, GlobalCounters
from .device import Buffer, DeviceError, raise_position_error
from .lower import Program
from .passes import opencl_pieces, opencl_tiles_gpu
from .passes.split import split
from .render_opencl import OpenCLKernel, opencl_source, render_opencl

TOGETHER = 32  # kernels that are compiled in one go


class CLDevice:
    """Compiles kernels with OpenCL and queues them.

    Attributes
    ----------
    hardware: the name of what is behind it.
    on_processor: whether that is a processor, for which a few large work-items are best, and not a graphics card.
    """

    name = "CL"

    def __init__(self) -> None:
        try:
            import pyopencl as cl
        except ImportError as error:
            raise DeviceError(f"the CL device needs the package pyopencl, which cannot be imported: {error}") from None
        self.cl = cl
        if os.environ.get("COURSE_THREADS", "").strip("0").isdigit():
            os.environ.setdefault("POCL_MAX_PTHREAD_COUNT", os.environ["COURSE_THREADS"])  # PoCL looks once
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
        self.on_processor = not chosen.type & cl.device_type.GPU
        exact = chosen.single_fp_config & cl.device_fp_config.CORRECTLY_ROUNDED_DIVIDE_SQRT
        self.options = ["-w", *(["-cl-fp32-correctly-rounded-divide-sqrt"] if exact else [])]
        self.context = cl.Context([chosen])
        self.queue = cl.CommandQueue(self.context)
        self.kernels: dict[str, list[tuple[Any, tuple[int], tuple[int]]]] = {}
        self.costs: dict[str, Cost] = {}
        self.try_it()
        self.error = self.allocate(4 * 8)
        self.write(self.error, np.zeros(4, np.int64))
        self.scratch, self.no_numbers = self.allocate(1 << 12), self.allocate(8)

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

    def render(self, program: Program, key: str) -> OpenCLKernel:
        """A kernel's functions, as fast as the passes can make them."""
        if passes.is_on("split") and provenance.version() == 0:
            program = split(program)
        if passes.is_on("tiles") and provenance.version() == 0:
            tiles = opencl_tiles_gpu.render(program, key, self.on_processor)
            if tiles is not None:
                return tiles
        if passes.is_on("wide"):
            return render_opencl(program, key, partial(opencl_pieces.write, on_processor=self.on_processor))
        return render_opencl(program, key)

    def source(self, program: Program, key: str) -> str:
        """The text of a kernel."""
        return opencl_source([self.render(program, key).text])

    def compile(self, programs: dict[str, Program]) -> None:
        """Make kernels callable, many in one go. OpenCL drivers keep them on disk themselves."""
        start = time.perf_counter()
        waiting = iter(programs.items())
        while part := list(islice(waiting, TOGETHER)):
            rendered = {key: self.render(program, key) for key, program in part}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", self.cl.CompilerWarning)  # compilers are talkative
                text = opencl_source([kernel.text for kernel in rendered.values()])
                built = self.cl.Program(self.context, text).build(self.options)
            for key, kernel in rendered.items():
                self.kernels[key] = [
                    (self.cl.Kernel(built, name), (items,), (group,)) for name, items, group in kernel.functions
                ]
                if kernel.scratch > self.scratch.size:
                    self.scratch = self.allocate(kernel.scratch)
        GlobalCounters.compile_seconds += time.perf_counter() - start

    def prepare(self) -> None:
        """Before kernels are run there is nothing to do."""

    def launch(self, key: str, buffers: Sequence[tuple[Buffer, int]], scalars: np.ndarray) -> None:
        """Queue a kernel on buffers, each from the given element on."""
        numbers = self.no_numbers
        if scalars.size:
            numbers = self.allocate(scalars.nbytes)
            self.write(numbers, scalars)
        starts = [np.int64(start) for _, start in buffers]
        memories = [buffer.memory for buffer, _ in buffers]
        for kernel, items, group in self.kernels[key]:
            kernel.set_args(*memories, *starts, numbers, self.error, self.scratch)
            self.cl.enqueue_nd_range_kernel(self.queue, kernel, items, group)

    def synchronize(self) -> None:
        """Wait until all kernels are done, and report positions out of range."""
        self.queue.finish()
        noted = self.read(self.error, 4 * 8).view(np.int64)
        if noted[0]:
            self.write(self.error, np.zeros(4, np.int64))
            raise_position_error(noted)


def open_device() -> CLDevice:
    return CLDevice()
