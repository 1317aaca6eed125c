"""Sums of products as panels and tiles: NumPy says what the numbers must be."""

import os
import platform
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from course_lib import Device, Tensor
from course_lib.engine.passes import contract, contraction, vectors

from .checking import needs_c, numbers

pytestmark = needs_c

SIZES = [(1, 64, 65), (3, 70, 5), (7, 16, 33), (8, 17, 32), (13, 100, 31), (65, 128, 16), (64, 10, 100), (130, 5, 70)]
LAYOUTS = ("nn", "nt", "tn", "tt")


def operands(m, k, n, layout):
    """Two matrices as arrays and as tensors; those whose letter is t lie transposed in memory."""
    a, b = numbers(m, k), numbers(k, n, seed=1)
    x, y = (Tensor(array) if letter == "n" else Tensor(array.T.copy()).T for array, letter in zip((a, b), layout))
    return a.astype(np.float64), b, x, y


def check(pairs, tolerance=2e-5):
    """Tensors, all computed at once, against arrays."""
    pairs[0][0].realize(*(tensor for tensor, _ in pairs))
    for i, (tensor, wanted) in enumerate(pairs):
        np.testing.assert_allclose(tensor.numpy(), wanted, tolerance, tolerance * np.abs(wanted).max(), err_msg=str(i))


def text_of(tensor):
    return "".join(Device["C"].source(item.program, "0") for item in tensor.schedule())


def check_products(more_rows=0):
    """Odd sizes in all layouts, alone and with work that is done to the sums."""
    pairs = []
    for m, k, n in SIZES:
        for layout in LAYOUTS:
            a, b, x, y = operands(m + more_rows, k, n, layout)
            c, bias = a @ b, numbers(n, seed=2)
            pairs.append((x @ y, c))
            pairs.append(((x @ y + Tensor(bias)).relu(), np.maximum(c + bias, 0)))
            pairs.append(((x @ y).T + 1, c.T + 1))
    check(pairs)


@pytest.mark.parametrize("lanes", [4, 8, 16])
def test_products_with_vectors_of_any_length(lanes, monkeypatch):
    """Also of lengths that this processor has not: the compiler takes them apart."""
    monkeypatch.setattr(vectors, "lanes", lambda: lanes)
    _, _, x, y = operands(60 + lanes, 100, 64, "nt")
    assert f"turn{lanes}(" in text_of(x @ y)
    check_products(more_rows=lanes)


FLAGS = [[], ["-mavx2", "-mfma"], ["-mavx512f"]]


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="flags for x86")
@pytest.mark.parametrize("flags", FLAGS, ids=["none", "avx2", "avx512"])
def test_products_for_other_processors(flags, tmp_path):
    compiler = shutil.which("cc")
    if compiler is None or sys.platform == "win32":
        pytest.skip("there is no cc")
    native = subprocess.run([compiler, "-march=native", "-dM", "-E", "-"], input="", capture_output=True, text=True)
    if any(f"__{flag[2:].upper()}__" not in native.stdout for flag in flags):
        pytest.skip("this processor cannot run that")
    script = tmp_path / "cc"
    words = f'for a; do shift; case "$a" in -march=*) a="{" ".join(flags) or "-g0"}";; esac; set -- "$@" $a; done'
    script.write_text(f'#!/bin/sh\n{words}\nexec {compiler} "$@"\n')
    script.chmod(0o700)
    code = (
        "from tests.engine import test_contract; print(test_contract.vectors.lanes()); test_contract.check_products()"
    )
    surroundings = {**os.environ, "COURSE_CC": str(script), "COURSE_CACHE": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=surroundings, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == {0: "4", 1: "16", 2: "8"}[len(flags)]


def test_sums_too_long_for_one_panel():
    pairs = []
    for m, k, n in [(17, 1030, 66), (33, 2100, 17), (150, 3001, 40)]:
        for layout in LAYOUTS:
            a, b, x, y = operands(m, k, n, layout)
            pairs.append((x @ y + 1, a @ b + 1))
    check(pairs)


def test_operands_that_are_turned(monkeypatch):
    """Where a large operand would be read down its columns, a copy is turned first."""
    monkeypatch.setattr(contraction, "TOO_LARGE", 1 << 10)
    pairs = []
    for k, m, n in [(300, 70, 64), (257, 65, 81), (1000, 80, 200), (1000, 200, 80)]:
        a, b, x, y = operands(m, k, n, "tn")
        text = text_of(x @ y)
        assert "copy_a" in text and (max(m, n) < 200 or "m < 80; m +=" in text)  # the smaller, if they differ much
        pairs.append((x @ y, a @ b))
    # sums over two axes, which one of the operands has in the other order
    for one, two in [(20, 17), (16, 33)]:
        x, y = numbers(one, two, 66), numbers(two, one, 72)
        wanted = np.einsum("ijm,jin->mn", x.astype(np.float64), y)
        a, b = Tensor(x), Tensor(y)
        pairs.append((a.reshape(-1, 66).T @ b.transpose(0, 1).reshape(-1, 72), wanted))
        pairs.append((b.transpose(0, 1).reshape(-1, 72).T @ a.reshape(-1, 66), wanted.T))
    check(pairs)


def test_what_sums_are_put_together_with_or_stored_to_is_asked_for_before():
    _, _, x, y = operands(64, 32, 48, "nn")
    other, bias = Tensor(numbers(64, 48, seed=3)), Tensor(numbers(48, seed=4))
    x.realize(y, other, bias)
    asked_for = [re.findall(r"__builtin_prefetch\((p\d+)", text_of(x @ y + value)) for value in (other, bias)]
    assert len(set(asked_for[0])) == 2  # the other matrix, and where the result goes
    assert len(set(asked_for[1])) == 1  # the bias is in the cache after the first row
    check([(x @ y + other, x.numpy() @ y.numpy() + other.numpy())])


def test_the_next_product_of_a_batch_is_asked_for_during_this_one():
    for layout, asked in [("nn", ["a0 + 960L", "column + 1536L"]), ("tt", ["a0 + at + 960L", "+ 1536L"])]:
        x, y = (Tensor(numbers(3, *shape)).realize() for shape in [(40, 24), (24, 64)])
        a, b = (
            z if kind == "n" else z.transpose(1, 2).contiguous().realize().transpose(1, 2)
            for z, kind in zip((x, y), layout)
        )
        text = text_of(a @ b)
        assert all(f"__builtin_prefetch({place}" in text or f"{place})" in text for place in asked)
        check([(a @ b, x.numpy() @ y.numpy())])


def test_batches_and_axes_that_are_split_or_merged():
    x, y = numbers(2, 3, 40, 24), numbers(2, 3, 24, 50)
    turned_x, turned_y = (Tensor(array.swapaxes(2, 3).copy()).transpose(2, 3) for array in (x, y))
    pairs = [(a @ b, x @ y) for a in (Tensor(x), turned_x) for b in (Tensor(y), turned_y)]
    tall, narrow = numbers(3, 400, 24), numbers(3, 24, 20)  # a thread packs a panel once for several bands of rows
    pairs.append((Tensor(tall) @ Tensor(narrow), tall @ narrow))
    for width in (16, 17, 32, 48):
        z, w = numbers(5, 40, 64), numbers(3 * width, 64)
        heads = (Tensor(z) @ Tensor(w).T).reshape(5, 40, 3, width).transpose(1, 2)
        pairs.append((heads + 1, (z @ w.T).reshape(5, 40, 3, width).swapaxes(1, 2) + 1))
        s = numbers(5, 3, 40, width)
        whole = s.swapaxes(1, 2).reshape(5, 40, 3 * width)
        pairs.append((Tensor(s).transpose(1, 2).reshape(5, 40, 3 * width) @ Tensor(w), whole @ w))
        flat = Tensor(s).transpose(1, 2).reshape(200, 3 * width)
        pairs.append((flat.T @ Tensor(z).reshape(200, 64), whole.reshape(200, -1).T @ z.reshape(200, 64)))
        left = numbers(30, 200)
        pairs.append((Tensor(left) @ flat, left @ whole.reshape(200, -1)))
    check(pairs)


def test_operands_that_are_read_backwards(monkeypatch):
    monkeypatch.setattr(contraction, "TOO_LARGE", 1 << 10)
    pairs = []
    for m, k, n in [(66, 300, 70), (20, 100, 64), (64, 90, 20)]:
        for layout in LAYOUTS:
            a, b, x, y = operands(m, k, n, layout)
            pairs.append((x.flip(0) @ y, a[::-1] @ b))
            pairs.append((x.flip(1) @ y, a[:, ::-1] @ b))
            pairs.append((x @ y.flip(1), a @ b[:, ::-1]))
    check(pairs)


def test_the_number_of_threads_changes_no_bit(monkeypatch):
    results = []
    for threads in ("1", "2", "3", "7"):
        monkeypatch.setenv("COURSE_THREADS", threads)
        products = [operands(m, k, n, layout)[2:] for m, k, n in [(150, 90, 70), (100, 1500, 65)] for layout in LAYOUTS]
        found = [x @ y for x, y in products]
        found[0].realize(*found[1:])
        results.append([tensor.numpy() for tensor in found])
    for others in results[1:]:
        for one, other in zip(results[0], others):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("rows", [1, 6, 7, 8, 9, 12, 13, 63, 64, 65, 1000])
def test_tiles_cover_all_rows(rows):
    """Tiles of two heights that differ by one, and never more rows than fit into the registers."""
    x, y = Tensor(numbers(rows, 70)), Tensor(numbers(70, 40, seed=1))
    (item,) = [item for item in (x @ y).schedule() if contract.find(item.program) is not None]
    for lanes in (4, 8, 16):
        writer = contract.Writer(item.program, contract.find(item.program), lanes)
        low = writer.tiles - writer.talls
        assert writer.talls * writer.tall + low * (writer.tall - 1) == writer.rows
        assert 0 < writer.talls <= writer.tiles and writer.tall <= (6 if lanes == 8 else 8)
