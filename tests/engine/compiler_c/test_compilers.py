"""Which C compiler is used and with which flags, and what is said about one that does not work."""

import os
import shlex
import shutil
import subprocess

import pytest

from course_lib.engine.device import DeviceError

from .kernels import CC, call, check, entries, needs_compiler, run_python, scale

pytestmark = needs_compiler


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
