"""The tensor engine: lazy graphs, gradients as graphs, fusion into kernels, generated C and OpenCL."""

from . import provenance

provenance.watch()
