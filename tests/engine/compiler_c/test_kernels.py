"""Kernels are compiled, found again by their text or by what they compute, and refused if they are wrong."""

import os
import shutil

import numpy as np
import pytest

from .kernels import CC, DAMAGES, PREAMBLE, call, call_with, check, entries, needs_compiler, scale, units

pytestmark = needs_compiler


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
