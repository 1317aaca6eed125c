"""Generated kernels: what shares one, what compilers get wrong, and what replaced parts of the compiler can do."""

import importlib
import os
import re
import shutil
import subprocess
import sys

import cffi
import numpy as np
import pytest

from course_lib import Tensor, dtypes
from course_lib.engine import cstyle, linearize, lower, provenance, render, symbolic
from course_lib.engine.compiler_c import NO_PEELING
from course_lib.engine.planning import make_plan
from course_lib.engine.uop import Ops, UOp

from .checking import array, needs_c
from .random_graphs import with_gradients, write

# -- what shares a kernel


def keys(*tensors):
    return [item.key for item in tensors[0].schedule(*tensors[1:])]


def test_kernels_are_shared_whatever_buffers_and_numbers_they_work_on(compiled):
    a, b = Tensor(array(5, 6)).realize(), Tensor(array(5, 6, seed=1)).realize()
    assert keys(a * 0.3 + 0.7) == keys(b * 0.4 + 1e9)
    assert keys(a.softmax(1)) == keys(b.softmax(1))
    assert keys(a[:2] * 0.3) != keys(b[1:3, :] * 2.0)  # common numbers are written into the text
    assert keys(a[:2] * 3.5) == keys(b[1:3] * 2.5)  # another part of another buffer
    found, wanted = (a * 0.3 + 0.7).numpy(), array(5, 6) * np.float32(0.3) + np.float32(0.7)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose((b * -8.5 + 1e9).numpy(), array(5, 6, seed=1) * -8.5 + 1e9, rtol=1e-6)


@pytest.mark.parametrize(
    "one, other",
    [
        (lambda x: x + 1, lambda x: x - 1),
        (lambda x: x * 0.0, lambda x: x * -0.0),
        (lambda x: x.sum(0), lambda x: x.sum(1)),
        (lambda x: x.sum(0), lambda x: x.amax(0)),
        (lambda x: x.T * 2, lambda x: x.reshape(6, 6) * 2),
        (lambda x: x.flip(0) * 2, lambda x: x.flip(1) * 2),
        (lambda x: x[:3] * 2, lambda x: x[:, :3] * 2),
        (lambda x: x.pad((1, 0)) * 2, lambda x: x.pad((0, 1)) * 2),
        (lambda x: x.cast(dtypes.int32), lambda x: x.cast(dtypes.int64)),
        (lambda x: x.cast(dtypes.half) * 2, lambda x: x.cast(dtypes.bfloat16) * 2),
        (lambda x: x.cumsum(0), lambda x: x.cumsum(1)),
        (lambda x: x.unfold(0, 2, 1).sum(-1), lambda x: x.unfold(0, 2, 2).sum(-1)),
        (lambda x: x - x.T, lambda x: x.T - x),
        (lambda x: (x < 0).where(x, 1.0), lambda x: (x < 0).where(1.0, x)),
        (lambda x: x.expand(2, 6, 6) * 2, lambda x: x.reshape(6, 1, 6).expand(6, 2, 6) * 2),
    ],
)
def test_kernels_that_differ_are_not_shared(compiled, one, other):
    x = Tensor(array(6, 6)).realize()
    assert keys(one(x)) != keys(other(x))


@needs_c
def test_equal_keys_mean_equal_code():
    """All kernels of many random programs: no two with one key but another text, also of different devices."""
    texts: dict[str, str] = {}
    shared = 0
    for seed in range(300):
        program = write(seed)
        asked = with_gradients(program, program.run("C"))
        for item in asked[0].schedule(*asked[1:]):
            if item.sorts is None:
                text = render.render_c(item.program, "")
                shared += item.key in texts
                assert texts.setdefault(item.key, text) == text, f"program {seed}"
    assert len(texts) > 500 and shared > 20


def test_in_place_and_elsewhere_are_other_kernels(compiled):
    x, y = Tensor(array(8)).realize(), Tensor(array(8, seed=1)).realize()
    elsewhere = make_plan([(x * 2 + y).uop], compiled).items
    x.assign(x * 2 + y)
    in_place = make_plan([x.uop], compiled, set()).items
    assert len(in_place[0].buffers) == 2 and len(elsewhere[0].buffers) == 3
    assert in_place[0].key != elsewhere[0].key
    x.realize()
    np.testing.assert_allclose(x.numpy(), array(8) * 2 + array(8, seed=1), rtol=1e-6)


def test_numbers_are_given_not_written(compiled):
    item = (Tensor(array(4)).realize() * 0.123 + 1.0).schedule()[0]
    assert list(item.scalars) == [0.123] and "0.123" not in item.source and "s0" in item.source


# -- what compilers get wrong


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5, 8, 16, 17])
@pytest.mark.parametrize("rows, before, after", [(33, 7, 0), (40, 3, 2), (9, 0, 5), (100, 14, 1)])
def test_conditional_loads_in_short_inner_loops(compiled, columns, rows, before, after):
    """GCC 12 takes the wrong conditions for them when it writes out the inner loop and works on several rows."""
    x = array(rows, columns)
    for dtype in (dtypes.float32, dtypes.int32) if columns == 2 else (dtypes.float32,):
        t = Tensor(x, dtype=dtype).realize()
        padded = np.pad(t.numpy(), ((before, after), (0, 0)))
        y, z = t.pad((0, 0, before, after)), t.pad((0, 0, before, after)) * 2 + t.pad((0, 0, after, before)).flip(0)
        y.realize(z)
        np.testing.assert_array_equal(y.numpy(), padded)
        other = np.pad(t.numpy(), ((after, before), (0, 0)))[::-1]
        np.testing.assert_array_equal(z.numpy(), padded * 2 + other)


MISCOMPILED = """
#include <stdint.h>
void k(float *restrict y, const float *restrict x) {
    for (int64_t i = 0; i < 40; i++) {
        const _Bool later = 7 <= i;
        for (int64_t j = 0; j < 2; j++) y[i * 2 + j] = later ? x[(i - 7) * 2 + j] : 0.0f;
    }
}
"""


@needs_c
def test_the_flag_that_keeps_gcc_right(tmp_path):
    """The same loop by itself, with the flag that the library gives to GCC."""
    gcc = shutil.which("gcc")
    if gcc is None or b"Free Software" not in subprocess.run([gcc, "--version"], capture_output=True).stdout:
        pytest.skip("there is no GCC")
    source, unit = tmp_path / "k.c", tmp_path / "k.so"
    source.write_text(MISCOMPILED)
    subprocess.run([gcc, "-shared", "-fPIC", "-O3", "-march=native", NO_PEELING, source, "-o", unit], check=True)
    ffi = cffi.FFI()
    ffi.cdef("void k(float *, const float *);")
    x, y = np.arange(1, 81, dtype=np.float32), np.empty(80, np.float32)
    ffi.dlopen(str(unit)).k(ffi.cast("float *", y.ctypes.data), ffi.cast("float *", x.ctypes.data))
    np.testing.assert_array_equal(y, np.concatenate((np.zeros(14, np.float32), x[:66])))


@needs_c
def test_the_optimizer_changes_nothing():
    """Kernels compiled without optimization and for no processor in particular give the same."""
    code = (
        "import sys, numpy as np\n"
        "from tests.engine.random_graphs import write\n"
        "out = {}\n"
        "for first in (0, 40):\n"
        "    programs = [write(seed) for seed in range(first, first + 40)]\n"
        "    results = [p.run('C') for p in programs if p.exact]\n"
        "    asked = [r[-1] for r in results]\n"
        "    asked[0].realize(*asked[1:])\n"
        "    out |= {f'{first}_{i}': a.numpy() for i, a in enumerate(asked)}\n"
        "np.savez(sys.argv[1], **out)\n"
    )
    words = 'for a; do shift; case "$a" in -O3) a=-O0;; -march=*|-mcpu=*) a=-g0;; esac; set -- "$@" "$a"; done'
    if sys.platform == "win32" or shutil.which("cc") is None:
        pytest.skip("there is no cc")
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        slow = f"{folder}/cc"
        with open(slow, "w") as file:
            file.write(f'#!/bin/sh\n{words}\nexec cc "$@"\n')
        os.chmod(slow, 0o700)
        found = []
        for name, environment in (("fast", {}), ("slow", {"COURSE_CC": slow, "COURSE_CACHE": folder})):
            done = subprocess.run(
                [sys.executable, "-c", code, f"{folder}/{name}.npz"],
                env={**os.environ, **environment},
                capture_output=True,
                text=True,
                timeout=110,
            )
            assert done.returncode == 0, done.stderr
            found.append(dict(np.load(f"{folder}/{name}.npz")))
    assert found[0].keys() == found[1].keys() and len(found[0]) > 30
    for name, fast in found[0].items():
        np.testing.assert_array_equal(fast, found[1][name], err_msg=name)


@needs_c
def test_kernels_compile_without_warnings(tmp_path):
    """All kernels of some random programs, with most warnings on."""
    text = [render.C_PREAMBLE]
    for seed in range(40):
        program = write(seed)
        asked = with_gradients(program, program.run("C"))
        for number, item in enumerate(asked[0].schedule(*asked[1:])):
            if item.sorts is None:
                text.append(render.with_helpers(render.render_c(item.program, f"{seed}_{number}")))
    (tmp_path / "all.c").write_text("\n".join(text))
    command = ["cc", "-fsyntax-only", "-std=gnu11", "-Wall", "-Wextra", "-Wno-unused", "-Wno-unknown-pragmas"]
    said = subprocess.run([*command, tmp_path / "all.c"], capture_output=True, text=True).stderr
    ignored = re.compile(r"tautological|always (true|false)|self-compar|bool-operation|unused", re.IGNORECASE)
    lines = [line for line in said.splitlines() if "warning" in line or "error" in line]
    assert not [line for line in lines if not ignored.search(line)]


# -- replaced parts of the compiler


def plus(function, by):
    """The same function with an index that is wrong by some elements."""
    return lambda *args: symbolic.add(function(*args), symbolic.number(by))


def replace_everywhere(patch, name, new):
    """Replace a function of the compiler where it is defined and wherever it has been imported to."""
    old = getattr(lower, name, None) or getattr(symbolic, name)
    for module in [m for n, m in sys.modules.items() if n.startswith("course_lib.engine.")]:
        if vars(module).get(name) is old:
            patch.setattr(module, name, new(old))


def other_place(old):
    return lambda *args: (tuple(symbolic.number(99) for _ in old(*args)[0]), old(*args)[1])


REPLACED = {
    "far behind the end": ("flat", lambda old: plus(old, 10**9)),
    "far before the start": ("flat", lambda old: plus(old, -(10**9))),
    "just behind the end": ("flat", lambda old: plus(old, 1)),
    "just before the start": ("flat", lambda old: plus(old, -1)),
    "too far apart": ("flat", lambda old: lambda i, shape: symbolic.times(old(i, shape), 3)),
    "reshapes": ("reshape_index", lambda old: lambda *args: tuple(symbolic.times(i, 7) for i in old(*args))),
    "movements": ("move_index", other_place),
    "no conditions": ("both", lambda old: lambda a, b: symbolic.TRUE),
    "loops too long": ("loop", lambda old: lambda number, size: old(number, size * 5)),
    "products": ("times", lambda old: lambda a, k: old(a, k * 2)),
    "quotients": ("floordiv", lambda old: lambda a, k: old(a, max(1, k - 1))),
    "bounds too narrow": ("bounds", lambda old: lambda index: (0, 0)),
}


def program():
    x, y = Tensor(array(6, 4)).realize(), Tensor(array(4, 6, seed=1)).realize()
    return (x.T.reshape(6, 4).pad((1, 2)) * 2).sum(0), (x + y.T).cumsum(1), x[Tensor([1, 3])] * 2, x.flip(0) - 1


@pytest.mark.parametrize("name, new", REPLACED.values(), ids=REPLACED)
def test_wrong_indices_never_leave_a_buffer(compiled, monkeypatch, name, new):
    """They give wrong numbers or an error, but harm nothing else."""
    wanted = [t.numpy() for t in program()]
    around = [Tensor(np.full(64, 7.0, np.float32)).realize() for _ in range(20)]
    with monkeypatch.context() as patch:
        replace_everywhere(patch, name, new)
        assert provenance.version() != 0
        stopped = 0
        for result in program():
            try:
                result.numpy()
            except (RuntimeError, IndexError) as error:
                stopped += 1
                assert "\n" not in str(error)
                if isinstance(error, RuntimeError):
                    assert re.search(r"stopped from reaching element -?\d+ of a buffer of \d+ elements", str(error))
        assert stopped or name not in ("flat", "move_index")
    for tensor in around:
        np.testing.assert_array_equal(tensor.numpy(), np.full(64, 7.0))
    assert provenance.version() == 0
    for found, right in zip(program(), wanted):  # and the library's own kernels are still its own
        np.testing.assert_array_equal(found.numpy(), right)


def test_kernels_are_not_shared_between_versions(compiled, monkeypatch):
    x = Tensor(array(5, 3)).realize()

    def result():
        return (x.T * 2).sum(0)

    own, wanted = keys(result()), result().numpy()
    old = lower.move_index

    def backwards(node, index):
        moved, condition = old(node, index)
        return (moved[::-1], condition) if node.op is Ops.PERMUTE and len(set(node.shape)) == 1 else (moved, condition)

    with monkeypatch.context() as patch:
        patch.setattr(lower, "move_index", backwards)
        assert keys(result()) != own
        np.testing.assert_array_equal(result().numpy(), wanted)  # a version that is right gives the same
        again = keys(result())
        patch.setattr(lower, "move_index", lambda node, index: old(node, index))
        assert keys(result()) not in (own, again)
        versions = set()
        for by in (1, 2):  # one code, but it carries other numbers along
            with monkeypatch.context() as inner:
                replace_everywhere(inner, "flat", lambda old, by=by: plus(old, by))
                versions.add(tuple(keys(result())))
        assert len(versions) == 2
    with monkeypatch.context() as patch:
        patch.setattr(lower, "move_index", backwards)
        assert keys(result()) == again  # the same code is the same version
    assert keys(result()) == own


def test_kernels_that_an_older_version_made_are_not_used(compiled, monkeypatch):
    """A kernel of a wrong compiler must not serve when the right one is back, nor the other way round."""
    x = Tensor(array(7)).realize()
    right = (x * 3.5).numpy()
    old = cstyle.Dialect.expression
    with monkeypatch.context() as patch:

        def wrong(self, op, *rest):
            return old(self, Ops.ADD if op is Ops.MUL else op, *rest)

        patch.setattr(cstyle.Dialect, "expression", wrong)
        np.testing.assert_allclose((x * 3.5).numpy(), array(7) + 3.5, rtol=1e-6)
    np.testing.assert_array_equal((x * 3.5).numpy(), right)


def test_changed_code_of_a_function_counts_as_another_version(monkeypatch):
    assert provenance.version() == 0
    before = symbolic.flat.__code__

    def other(indices, shape):
        return indices[0]

    try:
        symbolic.flat.__code__ = other.__code__
        assert provenance.version() != 0
    finally:
        symbolic.flat.__code__ = before
    assert provenance.version() == 0


@pytest.mark.parametrize("module", provenance.MODULES)
def test_every_function_of_the_compiler_is_watched(module, monkeypatch):
    loaded = importlib.import_module(f"course_lib.engine.{module}")
    functions = [
        name
        for name, value in vars(loaded).items()
        if callable(value) and getattr(value, "__module__", "") == loaded.__name__ and not isinstance(value, type)
    ]
    assert functions or module == "cstyle"
    for name in functions:
        with monkeypatch.context() as patch:
            patch.setattr(loaded, name, lambda *args: None)
            assert provenance.version() != 0, name
    assert provenance.version() == 0


def test_replaced_methods_are_watched(monkeypatch):
    for owner, name in ((lower.Lowering, "load"), (linearize.Linearizer, "urgency"), (render.Renderer, "store")):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, lambda *args: None)
            assert provenance.version() != 0, name
    assert provenance.version() == 0


def test_guarded_kernels_give_the_same(compiled, monkeypatch):
    """With a guard before every read and write, and nothing else changed, all results are as they were."""
    programs = [write(seed) for seed in range(8)]
    plain = [[t.numpy() for t in with_gradients(p, p.run(compiled))] for p in programs]
    replace_everywhere(monkeypatch, "both", lambda old: lambda a, b: old(a, b))
    assert provenance.version() != 0
    for p, wanted in zip(programs, plain):
        for found, right in zip(with_gradients(p, p.run(compiled)), wanted):
            np.testing.assert_allclose(found.numpy(), right, rtol=1e-4, atol=1e-4)


# -- small things


def test_indices_are_written_without_needless_arithmetic():
    x = Tensor(array(4, 6), device="NUMPY")
    source = ((x.reshape(2, 2, 6).reshape(4, 6).permute(1, 0) + 1).permute(1, 0) * 2).schedule()[0].source
    assert not re.search(r"[%/]", source.split("{", 1)[1])


def test_a_kernel_with_nothing_to_do_is_not_made(compiled):
    x = Tensor(np.zeros((0, 3), np.float32))
    assert (x * 2 + 1).schedule() == [] and (x * 2 + 1).numpy().shape == (0, 3)
    assert x.reshape(3, 0).schedule() == []


def test_many_dimensions(compiled):
    shape = (2, 1, 3, 1, 2, 2, 1, 2)
    x = array(*shape)
    t = Tensor(x)
    order = (7, 2, 4, 0, 1, 5, 3, 6)
    np.testing.assert_allclose(
        (t.permute(*order) + 1).sum((0, 3)).numpy(), (x.transpose(order) + 1).sum((0, 3)), rtol=1e-5
    )


def test_large_indices(compiled):
    """Positions beyond 32 bits are computed right, though nothing so long is stored."""
    far = Tensor._of(UOp(Ops.IOTA, dtypes.int64, (), 1 << 40), compiled)[2**35 + 1 : 2**35 + 4]
    assert far.tolist() == [2**35 + 1, 2**35 + 2, 2**35 + 3]
