"""Kernels on the CL device: as a processor wants them, and as a graphics card does. A processor can run both."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np
import pytest

from course_lib import Device, Tensor

from .checking import array, needs_cl
from .random_graphs import compare, write

pytestmark = needs_cl
LOCAL = r"__local (float8?) \w+\[(\d+)\]"
PROCESSOR, CARD = "processor", "graphics card"


@pytest.fixture(params=[PROCESSOR, CARD])
def form(request, monkeypatch):
    """For what kind of hardware kernels are written."""
    monkeypatch.setattr(Device["CL"], "on_processor", request.param == PROCESSOR)
    monkeypatch.setattr(Device["CL"], "kernels", {})
    return request.param


def sources(tensor):
    return "\n".join(item.source for item in tensor.schedule())


def agrees(function, *arrays):
    """Whether the CL device gives what the interpreter does."""
    found, wanted = (function(*[Tensor(array, device=name) for array in arrays]).numpy() for name in ("CL", "NUMPY"))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=2e-6 * max(1.0, np.abs(wanted).max()))


def gradient(function, place):
    return lambda *tensors: (function(*tensors).square()).sum().gradient(tensors[place])[0]


# -- sums of products

PRODUCTS = {
    "a @ b": (lambda a, b: a @ b, (130, 77), (77, 65)),
    "a.T @ b": (lambda a, b: a.T @ b, (77, 130), (77, 65)),
    "a @ b.T": (lambda a, b: a @ b.T, (130, 77), (65, 77)),
    "a.T @ b.T": (lambda a, b: a.T @ b.T, (77, 130), (65, 77)),
    "whole tiles, with more to do": (lambda a, b, c: (a @ b + c).relu() * 2, (66, 128), (128, 64), (64,)),
    "stored the other way round": (lambda a, b: (a @ b).T.contiguous(), (33, 40), (40, 70)),
    "a vector": (lambda a, b: a @ b, (200, 257), (257,)),
    "few columns": (lambda a, b: a @ b, (64, 300), (300, 5)),
    "many": (lambda a, b: a @ b, (3, 5, 20, 30), (3, 5, 30, 20)),
    "the same one for many": (lambda a, b: a @ b, (7, 20, 30), (30, 20)),
    "deep": (lambda a, b: a.T @ b, (3000, 40), (3000, 24)),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name, form):
    function, *shapes = PRODUCTS[name]
    arrays = [array(*shape, seed=seed) for seed, shape in enumerate(shapes)]
    agrees(function, *arrays)
    text = sources(function(*[Tensor(array, device="CL") for array in arrays]))
    assert ("panel" in text) == (form == PROCESSOR) and ("of_a[" in text) == (form == CARD)


@pytest.mark.parametrize("options", [{}, {"padding": 1}, {"padding": 2, "stride": 2}, {"dilation": 2}], ids=str)
def test_convolutions_and_their_gradients(options, form):
    arrays = array(2, 3, 11, 12), array(8, 3, 3, 3, seed=1)

    def convolve(image, filters):
        return image.conv2d(filters, **options)

    agrees(convolve, *arrays)
    agrees(gradient(convolve, 0), *arrays)
    agrees(gradient(convolve, 1), *arrays)


def test_panels_fit_into_the_memory_of_a_group(form):
    """All devices have 32768 bytes of it; the products here are over two loops of 58 and 59 and over one of 3."""
    arrays = array(3, 2, 60, 61), array(4, 2, 3, 3, seed=1)
    function = gradient(lambda image, filters: image.conv2d(filters), 1)
    agrees(function, *arrays)
    text = sources(function(*[Tensor(array, device="CL") for array in arrays]))
    for kernel in text.split("__kernel")[1:]:
        counts = [int(count) * (32 if "8" in kind else 4) for kind, count in re.findall(LOCAL, kernel)]
        assert sum(counts) <= 32768


def test_a_product_over_what_it_was_computed_from(form):
    a, b = array(70, 70), array(70, 70, seed=1)
    x = Tensor(a, device="CL").realize()
    x.assign(x - Tensor(b, device="CL") @ Tensor(b, device="CL")).realize()
    np.testing.assert_allclose(x.numpy(), a - b @ b, rtol=1e-4, atol=1e-4)


# -- everything else

ROWS = {
    "one element for each work-item of a group": (lambda x: x + 1, (64,)),
    "element by element": (lambda x: (x + 1) * 2, (300, 517)),
    "one row for all": (lambda x: x * x[:1], (300, 517)),
    "transposed": (lambda x: x.T.contiguous(), (300, 517)),
    "softmax": (lambda x: x.softmax(), (300, 517)),
    "normalised": (lambda x: (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True), (300, 517)),
    "rows": (lambda x: x.sum(1), (300, 517)),
    "columns": (lambda x: x.sum(0), (300, 517)),
    "short columns": (lambda x: x.sum(0), (70, 4100)),
    "few long columns": (lambda x: x.sum((0, 1)), (50, 67, 20)),
    "planes": (lambda x: x.sum((1, 2)), (5, 9, 1000)),
    "large planes": (lambda x: x.sum((1, 2)), (3, 4, 20_000)),
    "everything": (lambda x: x.sum() * 2, (300, 517)),
    "a few sums of much": (lambda x: x.sum(1), (3, 70_001)),
    "smallest and largest": (lambda x: x.amax(1) - x.amin(1), (3, 70_001)),
    "largest of everything": (lambda x: x.amax(), (70_001,)),
    "places": (lambda x: x.argmax(1), (300, 517)),
    "a condition": (lambda x: (x > 3).any(), (70_001,)),
    "running": (lambda x: x.cumsum(1), (30, 517)),
    "in 16 bits": (lambda x: x.cast("float16").sum(1), (300, 517)),
    "in 64 bits": (lambda x: x.cast("float64").sum(), (300, 517)),
    "functions": (lambda x: x.exp() + x.tanh() + x.abs().sqrt() + x.floor() + x.round() + x.erf(), (300, 517)),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows(name, form):
    function, shape = ROWS[name]
    agrees(function, array(*shape))


def test_processors_are_given_a_few_large_work_items(form):
    x = Tensor(array(1000, 1000), device="CL")
    item = (x + 1).schedule()[-1]
    ((_, items, group),) = Device["CL"].render(item.program, item.key).functions
    assert (items <= 64 and group == 1) if form == PROCESSOR else (items >= 1_000_000 and group > 1)


def test_groups_add_up_rows_on_graphics_cards(form):
    x = Tensor(array(300, 517), device="CL")
    assert ("barrier(" in sources(x.softmax())) == (form == CARD)
    assert "barrier(" not in sources(x.sum(0))  # neighbouring work-items read neighbouring columns already


def test_sums_over_everything_are_cut_into_pieces(form):
    item = Tensor(array(1000, 1000), device="CL").sum().schedule()[-1]
    functions = Device["CL"].render(item.program, item.key).functions
    assert len(functions) == 2 and functions[0][1] >= 64


@pytest.mark.parametrize("first", [0, 10])
def test_random_programs(first, form):
    problems = compare({seed: write(seed) for seed in range(first, first + 10)}, ["CL"])
    assert not problems, "\n\n".join(problems)


def test_many_kernels_are_compiled_together(monkeypatch):
    """More than fit into one source file."""
    monkeypatch.setattr(Device["CL"], "kernels", {})
    x = Tensor(array(40), device="CL")
    results = [(x * 2 + n)[: 40 - n].contiguous() for n in range(35)]
    results[0].realize(*results[1:])
    for n, result in enumerate(results):
        np.testing.assert_allclose(result.numpy(), (x.numpy() * 2 + n)[: 40 - n], rtol=1e-6)


STEP = """
import hashlib, numpy as np
from course_lib import Tensor
x = Tensor(np.random.default_rng(0).standard_normal((300, 517)).astype(np.float32), device="CL")
results = [x.sum(), x.sum(0), x.softmax(), x.T @ x, (x + 1).relu()]
print(hashlib.sha256(b"".join(result.numpy().tobytes() for result in results)).hexdigest())
"""


def test_the_number_of_threads_changes_nothing():
    """PoCL is told it by ``COURSE_THREADS``."""
    texts = set()
    for threads in ("1", "2"):
        surroundings = {**os.environ, "COURSE_THREADS": threads}
        surroundings.pop("POCL_MAX_PTHREAD_COUNT", None)
        done = subprocess.run(
            [sys.executable, "-c", STEP], env=surroundings, capture_output=True, text=True, check=True
        )
        texts.add(done.stdout)
    assert len(texts) == 1
