"""For each test a cache of its own, compilers of its own, and as many new processes as it likes."""

import importlib.util
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from course_lib.engine import compiler_c

from .kernels import CC, finish, run_python


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
