"""Kernels are compiled, kept and found again, and whatever happens to the compiler or the disk, results are right."""

import ctypes
import errno
import hashlib
import importlib.util
import os
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from course_lib.engine import compiler_c
from course_lib.engine.device import DeviceError

CC = os.environ.get("COURSE_CC") or os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
pytestmark = pytest.mark.skipif(not CC, reason="there is no C compiler")

PREAMBLE = "#include <math.h>\n#define TWO 2"
ROOT = Path(compiler_c.__file__).parents[2]


def scale(factor: float, body: str = "x[i] = TWO * {factor} * y[i]") -> tuple[str, str]:
    """A kernel that multiplies five numbers by twice the factor, and its key."""
    body = body.replace("{factor}", f"{float(factor)}f")
    text = f"""void k_KEY(void **b) {{
    float *x = b[0]; const float *y = b[1];
    for (int i = 0; i < 5; i++) {body};
}}"""
    key = hashlib.sha256(text.encode()).hexdigest()[:20]
    return key, text.replace("KEY", key)


def call(module, address: int) -> list[float]:
    x, y = np.full(5, -1, np.float32), np.arange(1, 6, dtype=np.float32)
    call_with(address, x, y)
    return x.tolist()


def call_with(address: int, *arrays: np.ndarray) -> None:
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)((ctypes.c_void_p * len(arrays))(*(x.ctypes.data for x in arrays)))


def check(module, *factors: float, preamble: str = PREAMBLE) -> None:
    """Compile one kernel a factor, together, and call them all."""
    kernels = {factor: scale(factor) for factor in factors}
    addresses = module.compile_kernels(dict(kernels.values()), preamble)
    assert list(addresses) == [key for key, _ in kernels.values()]
    for factor, (key, _) in kernels.items():
        assert call(module, addresses[key]) == [2 * factor * i for i in range(1, 6)]


@pytest.fixture(scope="session")
def cache_with_trial(tmp_path_factory) -> Path:
    """A cache that holds what ``toolchain`` compiles to try the compiler, so that not every test need wait for that."""
    path = tmp_path_factory.mktemp("trial")
    finish(run_python("compiler_c.toolchain()", COURSE_CACHE=str(path), COURSE_CC=CC, COURSE_SANITIZE=""))
    return path


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, cache_with_trial):
    """The folder of kernels in a cache of the test's own."""
    shutil.copytree(cache_with_trial, tmp_path / "cache", symlinks=True)
    for name in ("COURSE_CC", "COURSE_SANITIZE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CC", CC)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path / "cache" / "kernels"


@pytest.fixture
def fresh(monkeypatch):
    """Makes the module anew: like a new process it has compiled and loaded nothing yet."""

    def make():
        name = "course_lib.engine._compiler_c_anew"
        spec = importlib.util.spec_from_file_location(name, compiler_c.__file__)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return make


@pytest.fixture
def fake_cc(tmp_path, monkeypatch):
    """Puts a shell script in the compiler's place; ``$CC "$@"`` in it is the compiler itself."""

    def make(script: str, name: str = "fake-cc") -> Path:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\nCC={shlex.quote(CC)}\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("COURSE_CC", shlex.quote(str(path)))
        return path

    return make


def entries(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def units(folder: Path) -> list[Path]:
    """The units other than that of the trial."""
    trial = (folder / trial_link(folder)).resolve()
    return [path for path in folder.glob("*.so") if path.resolve() != trial]


def trial_link(folder: Path) -> str:
    links = [path for path in folder.iterdir() if path.is_symlink()]
    return min(links, key=lambda path: path.lstat().st_mtime_ns).name  # it was made first


def run_python(script: str, **more: str) -> subprocess.Popen:
    """Another Python that runs ``script`` with this file's helpers at hand."""
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom tests.engine.test_compiler_c import *\n"
    return subprocess.Popen(
        [sys.executable, "-c", start + script], env={**os.environ, **more}, stdout=-1, stderr=-1, text=True
    )


def finish(process: subprocess.Popen) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


# -- compiling


def test_functions_are_compiled_and_can_be_called(fresh):
    module = fresh()
    module.toolchain()
    check(module, 3.0, 0.5, -1.5)
    assert (module.stats.compiled, module.stats.loaded, module.stats.units) == (3, 0, 1)
    assert 0 < module.stats.seconds < 60


def test_nothing_to_compile_needs_no_compiler(fresh, monkeypatch):
    monkeypatch.setenv("COURSE_CC", "/nowhere/cc")
    assert fresh().compile_kernels({}) == {}


def test_what_the_process_has_is_not_compiled_again(fresh, monkeypatch):
    module = fresh()
    check(module, 3.0)
    shutil.rmtree(os.environ["COURSE_CACHE"])
    monkeypatch.setattr(module, "_start", None)
    check(module, 3.0)


def test_known_and_new_kernels_in_one_call(fresh):
    check(fresh(), 1.0, 2.0)
    module = fresh()
    check(module, 2.0)
    check(module, 3.0, 2.0, 1.0, 4.0)
    assert (module.stats.loaded, module.stats.compiled) == (2, 2)


@pytest.mark.parametrize("processors, count", [(1, 1), (2, 2), (3, 3), (16, 5), (None, 1)])
def test_as_many_units_as_processors_and_kernels_allow(fresh, monkeypatch, processors, count):
    module = fresh()
    module.toolchain()
    monkeypatch.setattr(module, "UNIT", 1)
    monkeypatch.setattr(module.os, "cpu_count", lambda: processors)
    check(module, 1.0, 2.0, 3.0, 4.0, 5.0)
    assert module.stats.units == count
    again = fresh()
    check(again, 5.0, 3.0, 1.0, 2.0, 4.0)
    assert (again.stats.loaded, again.stats.compiled) == (5, 0)


def test_units_hold_about_equally_much_text(fresh):
    module = fresh()
    split = module._split({f"{n:x}": "x" * n for n in range(3000)})
    lengths = [sum(int(key, 16) for key in keys) for keys in split]
    assert sorted(key for keys in split for key in keys) == sorted(f"{n:x}" for n in range(3000))
    assert max(lengths) - min(lengths) <= 3000


def test_the_preamble_belongs_to_the_kernel(fresh):
    check(fresh(), 3.0)
    module = fresh()
    key, text = scale(3.0)
    addresses = module.compile_kernels({key: text}, "#define TWO 20")
    assert call(module, addresses[key]) == [60.0, 120.0, 180.0, 240.0, 300.0]


def test_equal_keys_of_different_texts_do_not_meet_on_disk(fresh):
    key, text = scale(3.0)
    check(fresh(), 3.0)
    module = fresh()
    address = module.compile_kernels({key: text.replace("3.0f", "4.0f")}, PREAMBLE)[key]
    assert call(module, address) == [8.0, 16.0, 24.0, 32.0, 40.0]


def test_whole_numbers_wrap_around(fresh):
    module = fresh()
    text = "void k_ab(void **b) { int *x = b[0]; for (int i = 0; i < 5; i++) x[i] = (x[i] + 1 > x[i]); }"
    address = module.compile_kernels({"ab": text})["ab"]
    x = np.array([0, 2**31 - 1, -1, 5, -(2**31)], np.int32)
    call_with(address, x)
    assert x.tolist() == [1, 0, 1, 1, 1]


# -- kernels that are looked up by something else than their text


def by_recipe(module, recipes: dict[float, str]) -> list[float]:
    """The factors whose kernels are found; the others are compiled then. A recipe stands for a text that is right."""
    kernels = {factor: scale(factor) for factor in recipes}
    wanted = {kernels[factor][0]: recipe for factor, recipe in recipes.items()}
    found = module.find_kernels(wanted)
    missing = {key: text + NUMBERS.replace("KEY", key) for key, text in kernels.values() if key not in found}
    module.compile_kernels(missing, PREAMBLE, wanted)
    for factor, (key, _) in kernels.items():
        assert call(module, module.address_of(key)) == [2 * factor * i for i in range(1, 6)]
        assert module.numbers_of(key, 3) == [7, -1, 2**62]
    return [factor for factor, (key, _) in kernels.items() if key in found]


NUMBERS = "\n#include <stdint.h>\nconst int64_t n_KEY[3] = {7, -1, 4611686018427387904};"


def test_a_kernel_is_found_without_its_text(fresh):
    assert by_recipe(fresh(), {1.0: "one", 2.0: "two"}) == []
    module = fresh()
    assert by_recipe(module, {2.0: "two", 3.0: "three", 1.0: "one"}) == [2.0, 1.0]
    assert (module.stats.loaded, module.stats.compiled) == (2, 1)
    assert by_recipe(module, {3.0: "three"}) == [3.0]  # the process has it now
    assert by_recipe(fresh(), {1.0: "another"}) == []


def test_nothing_to_find_needs_no_compiler(fresh, monkeypatch):
    monkeypatch.setenv("COURSE_CC", "/nowhere/cc")
    assert fresh().find_kernels({}) == set()


def test_recipes_of_some_kernels(fresh):
    module, (key, text), (other, other_text) = fresh(), scale(1.0), scale(2.0)
    module.compile_kernels({key: text, other: other_text}, PREAMBLE, {key: "one"})
    assert fresh().find_kernels({key: "one", other: "two"}) == {key}
    module = fresh()
    check(module, 2.0)  # by its text
    assert module.stats.loaded == 1


def test_another_compiler_makes_another_kernel_by_a_recipe(fresh, monkeypatch):
    by_recipe(fresh(), {1.0: "one"})
    monkeypatch.setenv("COURSE_CC", f"{CC} -DTEN=10")
    assert by_recipe(fresh(), {1.0: "one"}) == []


@pytest.mark.parametrize("damage", ["flipped", "cut short", "empty", "gone"])
def test_what_is_damaged_is_not_found_by_its_recipe(fresh, folder, damage):
    by_recipe(fresh(), {1.0: "one"})
    (unit,) = units(folder)
    DAMAGES[damage](unit)
    for found in ([], [1.0]):
        assert by_recipe(fresh(), {1.0: "one"}) == found


# -- texts that are refused


@pytest.mark.parametrize(
    "body, said",
    [
        ("x[i] = yy[i]", "'?yy'?"),
        ("x[i] = y[i]) ", "expected"),
        ("x[i] = nosuchfunction(y[i])", "nosuchfunction"),
    ],
)
@pytest.mark.parametrize("others", [0, 3])
def test_an_error_names_the_line(fresh, monkeypatch, folder, body, said, others):
    module = fresh()
    module.toolchain()
    before = entries(folder)
    monkeypatch.setattr(module, "UNIT", 1)
    key, text = scale(3.0, body)
    sources = dict(scale(n) for n in range(others)) | {key: text}
    with pytest.raises(module.KernelCompileError, match=said) as caught:
        module.compile_kernels(sources, PREAMBLE)
    first, *rest = str(caught.value).splitlines()
    assert first == f"the C compiler refuses line 3 of k_{key}: {text.splitlines()[2].strip()}"
    assert 1 <= len(rest) <= 5 and rest[0].startswith(f"k_{key}:3:")
    assert entries(folder) == before and module.stats.compiled == 0
    check(module, 0.0, 1.0, 2.0, 3.0)


def test_an_error_in_the_preamble(fresh):
    module = fresh()
    with pytest.raises(module.KernelCompileError, match="line 2 of preamble: #include <nosuch.h>"):
        module.compile_kernels(dict([scale(3.0)]), "#define TWO 2\n#include <nosuch.h>")


def test_a_declared_function_that_nobody_defines(fresh, folder):
    module = fresh()
    module.toolchain()
    before = entries(folder)
    key, text = scale(3.0, "x[i] = nosuchfunction(y[i])")
    with pytest.raises(module.KernelCompileError, match="nosuchfunction"):
        module.compile_kernels({key: text}, "float nosuchfunction(float);")
    assert entries(folder) == before
    check(module, 3.0)


def test_a_function_of_another_name(fresh, folder):
    module = fresh()
    module.toolchain()
    before = entries(folder)
    with pytest.raises(module.KernelCompileError, match="defines no function k_ab"):
        module.compile_kernels({"ab": "void other(void **b) {}"})
    assert entries(folder) == before
    check(module, 3.0)


def test_a_compiler_that_dies_without_a_word(fresh, fake_cc):
    fake_cc('case "$*" in *-###*) exec $CC "$@";; esac; grep -q k_trial 0.c && exec $CC "$@"; exit 3')
    module = fresh()
    with pytest.raises(module.KernelCompileError, match="it ended with status 3"):
        check(module, 3.0)


# -- the compiler


def test_no_compiler(fresh, monkeypatch, tmp_path):
    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceError, match="no cc, gcc or clang.*apt install gcc.*xcode-select --install") as caught:
        check(fresh(), 3.0)
    assert "\n" not in str(caught.value)


def test_a_compiler_that_is_not_there(fresh, monkeypatch):
    monkeypatch.setenv("COURSE_CC", "/nowhere/cc -m64")
    with pytest.raises(DeviceError, match="'/nowhere/cc -m64', named by COURSE_CC or CC, is not there"):
        check(fresh(), 3.0)


@pytest.mark.parametrize("script", ["echo 'broken: error: no licence' >&2; exit 1", 'exec $CC -nostdinc "$@"'])
def test_a_compiler_that_does_not_work(fresh, fake_cc, script):
    fake_cc(script)
    with pytest.raises(DeviceError, match="does not work: .*(no licence|math.h).*apt install") as caught:
        check(fresh(), 3.0)
    assert "\n" not in str(caught.value)


def test_a_compiler_that_cannot_be_run(fresh, fake_cc):
    fake_cc("").write_bytes(b"\x7fELF, but not really")
    with pytest.raises(DeviceError, match="does not work: .*fake-cc"):
        check(fresh(), 3.0)


@pytest.mark.parametrize("name", ["cc", "gcc", "clang"])
def test_the_compilers_that_are_looked_for(fresh, fake_cc, monkeypatch, tmp_path, name):
    real = os.path.realpath(shutil.which(shlex.split(CC)[0]))
    path = fake_cc(f'PATH={shlex.quote(os.environ["PATH"])}; exec {real} "$@"', name)
    monkeypatch.delenv("COURSE_CC")
    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", str(path.parent))
    module = fresh()
    check(module, 3.0)
    assert module.toolchain().command[0] == name


def test_course_cc_goes_before_cc_and_may_hold_flags(fresh, monkeypatch):
    monkeypatch.setenv("CC", "/nowhere/cc")
    monkeypatch.setenv("COURSE_CC", f"{CC} -DTEN=10")
    module = fresh()
    check(module, 3.0, preamble="#define TWO (TEN / 5)")


@pytest.mark.parametrize("refused", ["-march=native", "-fopenmp", "-march=native -mcpu=native -fopenmp"])
@pytest.mark.parametrize("early", [True, False])
def test_flags_that_the_compiler_refuses_are_left_out(fresh, fake_cc, refused, early):
    passed = "" if early else 'case "$*" in *-###*) exec $CC "$@";; esac;'
    script = (
        f'for flag; do case "$flag" in {refused.replace(" ", "|")}) echo "error: bad $flag" >&2; exit 1;; esac; done'
    )
    fake_cc(f'{passed} {script}; exec $CC "$@"')
    module = fresh()
    check(module, 3.0)
    assert not set(refused.split()) & set(module.toolchain().command)
    assert {"-O3", "-shared", "-fPIC"} <= set(module.toolchain().command)


def test_what_surrounds_the_compiler(fresh, fake_cc, monkeypatch, tmp_path):
    said = f'echo "$LC_ALL $([ "$TMPDIR" = "$PWD" ] && echo here) $LD_PRELOAD." >> {tmp_path}/log'
    fake_cc(f'[ -e 0.c ] && {said}; exec $CC "$@"')
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LD_PRELOAD", "libm.so.6")
    check(fresh(), 3.0)
    assert (tmp_path / "log").read_text() == "C here .\n" * 2


def test_two_versions_of_a_compiler(fresh, fake_cc):
    def version(number: int) -> None:
        fake_cc(f'case "$*" in *-###*) echo fake version {number} >&2;; esac; exec $CC -DVERSION={number} "$@"')

    key, text = scale(3.0, "x[i] = VERSION * y[i]")
    for number, loaded in ((1, 0), (2, 0), (1, 1), (2, 1)):
        version(number)
        module = fresh()
        address = module.compile_kernels({key: text})[key]
        assert call(module, address) == [number * i for i in range(1, 6)]
        assert (module.stats.loaded, module.stats.compiled) == (loaded, 1 - loaded)


def test_sanitizers_have_entries_of_their_own(fresh, monkeypatch, folder):
    check(fresh(), 3.0)
    before = entries(folder)
    monkeypatch.setenv("COURSE_SANITIZE", "undefined")
    module = fresh()
    check(module, 3.0)
    assert "-fsanitize=undefined" in module.toolchain().command
    assert module.stats.compiled == 1 and len(entries(folder)) > len(before)


def test_sanitizers_find_what_a_kernel_does_wrong(fresh):
    asan = subprocess.run(
        [*shlex.split(CC), "-print-file-name=libasan.so"], capture_output=True, text=True
    ).stdout.strip()
    if not os.path.isabs(asan):
        pytest.skip("the compiler has no libasan.so")
    more = {"LD_PRELOAD": asan, "COURSE_SANITIZE": "address,undefined", "ASAN_OPTIONS": "detect_leaks=0"}
    good = "check(compiler_c, 3.0)\n"
    bad = 'key, text = scale(3.0, "x[i - 40] = y[i]"); call(compiler_c, compiler_c.compile_kernels({key: text})[key])'
    process = run_python(good + "print('so far', flush=True)\n" + bad, **more)
    out, err = process.communicate(timeout=60)
    assert out == "so far\n" and process.returncode != 0 and "AddressSanitizer" in err


# -- the disk


def test_another_process_finds_them_on_disk(fresh):
    check(fresh(), 3.0, 4.0)
    out = finish(run_python("check(compiler_c, 4.0, 3.0); print(compiler_c.stats)"))
    assert out.strip() == "Stats(compiled=0, units=0, seconds=0.0, loaded=2)"


def test_a_warm_start_is_quick(fresh):
    factors = [float(n) for n in range(50)]
    check(fresh(), *factors)
    module = fresh()
    sources = dict(map(scale, factors))
    begun = time.perf_counter()
    module.compile_kernels(sources, PREAMBLE)
    assert time.perf_counter() - begun < 0.2  # about 0.005 on a machine with nothing else to do
    assert (module.stats.loaded, module.stats.compiled) == (50, 0)


def test_where_the_cache_is(fresh, monkeypatch, tmp_path):
    module = fresh()
    assert module._cache_folder() == tmp_path / "cache" / "kernels"
    monkeypatch.delenv("COURSE_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(module.sys, "platform", "linux")
    assert module._cache_folder() == tmp_path / "xdg" / "plank-by-plank" / "kernels"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert module._cache_folder() == tmp_path / "home" / ".cache" / "plank-by-plank" / "kernels"
    monkeypatch.setattr(module.sys, "platform", "darwin")
    assert module._cache_folder() == tmp_path / "home" / "Library" / "Caches" / "plank-by-plank" / "kernels"


def test_a_relative_cache(fresh, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_CACHE", "here")
    check(fresh(), 3.0)
    assert (tmp_path / "here" / "kernels").is_dir()


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o077])
def test_only_the_owner_can_write(fresh, folder, mask):
    shutil.rmtree(folder.parent)
    old = os.umask(mask)
    try:
        check(fresh(), 3.0)
    finally:
        os.umask(old)
    for path in (folder, *folder.glob("*.so")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    module = fresh()
    check(module, 3.0)
    assert module.stats.loaded == 1


def replace(path: Path, data: bytes) -> None:
    """New bytes under an old name; the old file itself, which this process runs, stays as it is."""
    path.with_suffix(".new").write_bytes(data)
    path.with_suffix(".new").chmod(0o700)
    os.replace(path.with_suffix(".new"), path)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for place in range(64, len(data), 97):
        data[place] ^= 0xFF
    replace(path, bytes(data))


def loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def elsewhere(path: Path) -> None:
    """A right file, but in a folder that is not looked after."""
    path.symlink_to(shutil.move(path, path.parents[2] / path.name))


DAMAGES = {
    "flipped": flip,
    "one bit": lambda path: replace(path, path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1])),
    "cut short": lambda path: replace(path, path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: replace(path, b""),
    "garbage": lambda path: replace(path, b"\x7fELF" + bytes(range(256)) * 9),
    "longer": lambda path: replace(path, path.read_bytes() + b"\0"),
    "gone": Path.unlink,
    "loop": loop,
    "pipe": pipe,
    "elsewhere": elsewhere,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_unit_is_made_again(fresh, folder, damage):
    check(fresh(), 3.0, 4.0)
    (unit,) = units(folder)
    damage(unit)
    for loaded in (0, 2):
        module = fresh()
        check(module, 3.0, 4.0)
        assert module.stats.loaded == loaded


@pytest.mark.parametrize("damage", ["flipped", "garbage"])
def test_a_damaged_unit_kills_no_process(fresh, folder, damage):
    check(fresh(), 3.0, 4.0)
    DAMAGES[damage](units(folder)[0])
    assert finish(run_python("check(compiler_c, 4.0, 3.0); print(compiler_c.stats.compiled)")) == "2\n"


@pytest.mark.parametrize("target", ["itself", "nowhere", "another", "outside", "no unit"])
def test_a_wrong_link_is_made_again(fresh, folder, tmp_path, target):
    check(fresh(), 3.0)
    (unit,) = units(folder)
    link = next(path for path in folder.iterdir() if path.is_symlink() and path.resolve() == unit)
    outside = tmp_path / unit.name
    shutil.copy(unit, outside)
    places = {"itself": link.name, "nowhere": f"{'0' * 64}.so", "outside": f"../../{unit.name}", "no unit": "/dev/zero"}
    places["another"] = (folder / trial_link(folder)).resolve().name
    link.unlink()
    link.symlink_to(places[target])
    for compiled in (1, 0):
        module = fresh()
        check(module, 3.0)
        assert module.stats.compiled == compiled
    assert os.readlink(link) == unit.name


def test_a_folder_where_a_unit_should_be(fresh, folder):
    check(fresh(), 3.0)
    (unit,) = units(folder)
    unit.unlink()
    unit.mkdir()
    module = fresh()
    with pytest.warns(RuntimeWarning, match="cannot be kept"):
        check(module, 3.0)


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_unit_that_others_can_write_is_not_loaded(fresh, folder, mode):
    check(fresh(), 3.0)
    (unit,) = units(folder)
    unit.chmod(mode)
    module = fresh()
    check(module, 3.0)
    assert (module.stats.loaded, module.stats.compiled) == (0, 1)
    assert stat.S_IMODE(unit.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o770, 0o1777])
def test_a_folder_that_others_can_write_is_not_used(fresh, folder, mode):
    check(fresh(), 3.0)
    folder.chmod(mode)
    before = entries(folder), folder.stat().st_mtime_ns
    module = fresh()
    with pytest.warns(RuntimeWarning, match="other users can write there") as caught:
        check(module, 3.0)
        check(module, 4.0)
    assert len(caught) == 1 and module.stats.loaded == 0 and module.stats.compiled == 2
    assert (entries(folder), folder.stat().st_mtime_ns) == before


def test_a_folder_of_another_user_is_not_used(fresh, folder, monkeypatch):
    check(fresh(), 3.0)
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    module = fresh()
    with pytest.warns(RuntimeWarning, match="other users can write there"):
        with pytest.raises(DeviceError, match="other users"):  # the folders for the moment seem foreign, too
            check(module, 3.0)
    assert module.stats.loaded == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_unit_of_another_user_is_not_loaded(fresh, folder):
    check(fresh(), 3.0)
    (unit,) = units(folder)
    os.chown(unit, 65534, 65534)
    module = fresh()
    check(module, 3.0)
    assert (module.stats.loaded, module.stats.compiled) == (0, 1)
    assert unit.stat().st_uid == 0


def blocked_by_a_file(folder: Path) -> None:
    shutil.rmtree(folder.parent)
    folder.parent.write_text("no folder")


def blocked_by_a_loop(folder: Path) -> None:
    shutil.rmtree(folder.parent)
    folder.parent.symlink_to(folder.parent.name)


def blocked_within(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("no folder")


def blocked_within_by_a_loop(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to(folder.name)


@pytest.mark.parametrize("block", [blocked_by_a_file, blocked_by_a_loop, blocked_within, blocked_within_by_a_loop])
def test_without_a_cache_kernels_work_with_one_warning(fresh, folder, tmp_path, block):
    block(folder)
    module = fresh()
    with pytest.warns(RuntimeWarning, match="cannot be kept in .*COURSE_CACHE") as caught:
        check(module, 3.0)
        check(module, 4.0, 5.0, 3.0)
    assert len(caught) == 1 and str(folder) in str(caught[0].message)
    assert entries(tmp_path) == ["cache"]  # nothing is left in TMPDIR either


def refuse_to_write(monkeypatch, module, *folders: Path) -> None:
    """What a read-only disk does, for root, too."""
    real = tempfile.TemporaryDirectory

    def make(*args, dir, **kwargs):
        if Path(dir) in folders:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(dir))
        return real(*args, dir=dir, **kwargs)

    monkeypatch.setattr(module.tempfile, "TemporaryDirectory", make)


def test_what_a_read_only_cache_holds_is_loaded(fresh, folder, monkeypatch):
    check(fresh(), 3.0)
    module = fresh()
    refuse_to_write(monkeypatch, module, folder)
    monkeypatch.setattr(module.os, "utime", lambda path: (_ for _ in ()).throw(OSError(errno.EROFS, "read-only")))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(module, 3.0)
    with pytest.warns(RuntimeWarning, match="Read-only file system") as caught:
        check(module, 4.0)
        check(module, 3.0, 5.0)
    assert len(caught) == 1 and (module.stats.loaded, module.stats.compiled) == (1, 2)


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="needs a folder in memory")
def test_the_last_resort_is_memory(fresh, folder, monkeypatch):
    blocked_by_a_file(folder)
    monkeypatch.setenv("TMPDIR", "/nowhere")
    before = entries(Path("/dev/shm"))
    with pytest.warns(RuntimeWarning) as caught:
        check(fresh(), 3.0)
    assert len(caught) == 1 and set(entries(Path("/dev/shm"))) <= set(before)


FULL = 'echo "as: error: 0.o: No space left on device" >&2; head -c 999 /dev/zero > 0.so; exit 1'


def test_a_disk_that_is_full_for_the_compiler(fresh, folder, fake_cc, tmp_path):
    fake_cc(f'case "$PWD" in {folder}/*) {FULL};; esac; exec $CC "$@"')
    before = entries(folder)
    module = fresh()
    with pytest.warns(RuntimeWarning, match="No space left on device") as caught:
        check(module, 3.0)
        check(module, 4.0)
    assert len(caught) == 1 and entries(folder) == before and entries(tmp_path) == ["cache", "fake-cc"]


def test_a_disk_that_is_full_for_the_links(fresh, folder, monkeypatch):
    module = fresh()
    module.toolchain()
    real = os.replace

    def replace(source, target):
        if Path(target).suffix != ".so":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.warns(RuntimeWarning, match="No space left on device"):
        check(module, 3.0)


@pytest.mark.parametrize("size", ["4k", "40k"])
def test_a_disk_that_is_truly_full(fresh, tmp_path, monkeypatch, size):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk], capture_output=True).returncode:
        pytest.skip("only root can make a small disk")
    try:
        monkeypatch.setenv("COURSE_CACHE", str(disk))
        module = fresh()
        with pytest.warns(RuntimeWarning, match="No space left on device") as caught:
            for factor in range(6):
                check(module, float(factor))
        assert len(caught) == 1
        monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_disk_from_which_nothing_may_be_loaded(fresh, tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,noexec", "none", disk], capture_output=True).returncode:
        pytest.skip("only root can make a disk")
    try:
        monkeypatch.setenv("COURSE_CACHE", str(disk))
        with pytest.warns(RuntimeWarning, match="cannot be kept in .*failed to map segment") as caught:
            check(fresh(), 3.0)
        assert len(caught) == 1 and entries(disk / "kernels") == []
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_unit_that_the_system_refuses(fresh, folder, monkeypatch):
    check(fresh(), 3.0)
    module = fresh()
    (unit,) = units(folder)
    wrong = folder / f"{hashlib.sha256(b'no unit').hexdigest()}.so"
    replace(wrong, b"no unit")
    link = next(path for path in folder.iterdir() if path.is_symlink() and path.resolve() == unit)
    link.unlink()
    link.symlink_to(wrong.name)
    with pytest.raises(OSError, match="no unit|invalid ELF|file too short|not a mach-o"):
        module._load(str(wrong), wrong.name)
    check(module, 3.0)
    assert module.stats.compiled == 1


def test_nowhere_to_write(fresh, folder, fake_cc, monkeypatch):
    fake_cc(f'[ -e {folder}/room ] || {{ {FULL}; }}; exec $CC "$@"')
    (folder / "room").touch()
    module = fresh()
    module.toolchain()
    (folder / "room").unlink()
    with pytest.warns(RuntimeWarning), pytest.raises(DeviceError, match="nowhere: .*kernels .*COURSE_CACHE") as caught:
        check(module, 3.0)
    assert str(folder) in str(caught.value) and os.environ["TMPDIR"] in str(caught.value)
    (folder / "room").touch()
    check(module, 3.0)


# -- processes that die, and many at once


def test_a_process_killed_while_it_compiles(fresh, folder, fake_cc, tmp_path):
    marker = tmp_path / "pid"
    slow = f"head -c 5000 /dev/urandom > 0.so; echo $$ > {marker}.new; mv {marker}.new {marker}; sleep 30"
    fake_cc(f'case "$*" in *-###*) ;; *) grep -q k_trial 0.c || {{ {slow}; }};; esac; exec $CC "$@"')
    process = run_python("check(compiler_c, 3.0)")
    deadline = time.monotonic() + 30
    while not marker.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    os.kill(int(marker.read_text()), signal.SIGKILL)
    (left,) = folder.glob("plank-by-plank-*")
    fake_cc('exec $CC "$@"')
    module = fresh()
    check(module, 3.0)
    assert module.stats.compiled == 1 and left.exists()  # it might belong to a process that is at work
    os.utime(left, (time.time() - 7200,) * 2)
    check(fresh(), 4.0)
    assert not left.exists()


def test_many_processes_at_once(fresh, folder):
    script = (
        "for rounds in range(2):\n"
        "    check(compiler_c, *[float(rounds * 5 + n) for n in range(5)])\n"
        "print(compiler_c.stats.compiled + compiler_c.stats.loaded)"
    )
    processes = [run_python(script) for _ in range(4)]
    assert [finish(process) for process in processes] == ["10\n"] * 4
    assert not list(folder.glob("plank-by-plank-*"))
    module = fresh()
    check(module, *[float(n) for n in range(10)])
    assert (module.stats.loaded, module.stats.compiled) == (10, 0)


# -- the cache does not grow for ever


def test_the_units_not_used_for_longest_go_first(fresh, folder, monkeypatch):
    for factor in (1.0, 2.0, 3.0, 4.0):
        check(fresh(), factor)
    links = {path: path.resolve() for path in folder.iterdir() if path.is_symlink()}
    for age, unit in enumerate(folder.glob("*.so")):
        os.utime(unit, (age, age))  # very old, all of them
    check(fresh(), 3.0)  # used, and so new again
    size = max(unit.stat().st_size for unit in folder.glob("*.so"))
    module = fresh()
    monkeypatch.setattr(module, "LIMIT", 4 * size)
    check(module, 5.0)
    assert 2 <= len(list(folder.glob("*.so"))) <= 3
    assert not [path for path in folder.iterdir() if path.is_symlink() and not path.exists()]
    assert any(not unit.exists() for unit in links.values())
    again = fresh()
    check(again, 3.0, 5.0)
    assert (again.stats.loaded, again.stats.compiled) == (2, 0)
    check(again, 1.0, 2.0, 3.0, 4.0, 5.0)


def test_a_small_cache_is_left_alone(fresh, folder):
    check(fresh(), 1.0)
    before = entries(folder)
    check(fresh(), 2.0)
    assert set(before) < set(entries(folder))


def test_trimming_stops_at_nothing_strange(fresh, folder, monkeypatch):
    check(fresh(), 1.0)
    (folder / "folder.so").mkdir()
    (folder / "notes.txt").write_text("not mine")
    (folder / "loop.so").symlink_to("loop.so")
    module = fresh()
    monkeypatch.setattr(module, "LIMIT", 1)
    check(module, 2.0)
    check(module, 3.0)
    assert (folder / "notes.txt").exists() and (folder / "folder.so").exists()
    check(fresh(), 1.0, 2.0, 3.0)
