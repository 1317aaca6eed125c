"""Random programs on all devices against plain NumPy. ``python -m tests.engine.random_graphs`` runs many more."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .checking import WORKING, needs_c, needs_cl
from .random_graphs import Program, compare, differ, write
from .random_operations import EXACT, MOVES, PAIRS, REDUCTIONS, SMOOTH


@pytest.mark.parametrize("first", range(0, 240, 30))
@needs_c
def test_programs_on_c(first):
    problems = compare({seed: write(seed) for seed in range(first, first + 30)}, ["C"])
    assert not problems, "\n\n".join(problems)


@pytest.mark.parametrize("first", range(1000, 1020, 10))
@needs_cl
def test_programs_on_opencl(first):
    problems = compare({seed: write(seed) for seed in range(first, first + 10)}, ["CL"])
    assert not problems, "\n\n".join(problems)


@pytest.mark.parametrize("threads", ["1", "3", "7"])
@needs_c
def test_the_number_of_threads_changes_nothing(threads, monkeypatch):
    """To the last bit: sums are cut into the same pieces whoever adds them up."""
    programs = [p for p in map(write, range(2000, 2200)) if max(array.size for array in p.arrays) > 8000]
    assert len(programs) > 3
    found = []
    for count in ("2", threads):
        monkeypatch.setenv("COURSE_THREADS", count)
        tensors = [tensor for program in programs for tensor in program.run("C")[len(program.leaves) :]]
        tensors[0].realize(*tensors[1:])
        found.append([tensor.numpy() for tensor in tensors])
    for one, other in zip(*found):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(seed=st.integers(0, 2**40), length=st.integers(0, 12))
def test_programs_of_any_number_and_length(seed, length):
    problems = compare({seed: write(seed, length)}, WORKING[1:2])
    assert not problems, "\n\n".join(problems)


# -- the programs themselves


def test_a_number_always_gives_the_same_program():
    for seed in (0, 7, 12345):
        one, other = write(seed), write(seed)
        assert str(one) == str(other) and one.orders == other.orders
        for a, b in zip(one.arrays, other.arrays):
            np.testing.assert_array_equal(a, b)
    assert len(write(3, 5).steps) == 5 and str(write(3)) != str(write(4))


def test_all_operations_occur():
    """In a few hundred programs, all operations, dtypes and sizes that matter do."""
    programs = [write(seed) for seed in range(400)]
    text = "\n".join(map(str, programs))
    for word in (
        "reshape permute expand pad flip roll unfold cat stack index_add tril triu assign sum amax amin any all "
        "cumsum cummax @ conv2d max_pool2d avg_pool2d maximum minimum masked_fill where argsort argmax topk sort "
        "// % abs & | ^ ~ cast tanh erf gelu softmax log_softmax standardized logsumexp "
        "float16 float32 float64 int8 uint8 int32 int64 bool"
    ).split():
        assert word in text, word
    sizes = {array.size for program in programs for array in program.arrays}
    assert {0, 1} <= sizes and max(sizes) > 10_000
    assert {program.orders for program in programs} == {0, 1, 2}
    assert len({*MOVES, *REDUCTIONS, *PAIRS, *EXACT, *SMOOTH}) > 30


def test_differences_are_found():
    program = Program(exact=True)
    one = np.array([1.0, 2.0], np.float32)
    assert differ(program, one, one) is None
    assert "instead of" in differ(program, one + 1e-6, one)
    assert "shape" in differ(program, one[:1], one) and "dtype" in differ(program, one.astype(float), one)
    smooth = Program(exact=False, arrays=[one])
    assert differ(smooth, one + 1e-6, one) is None and "instead of" in differ(smooth, one + 0.1, one)
