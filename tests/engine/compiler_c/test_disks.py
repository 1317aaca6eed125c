"""Disks that are full, read-only or not there at all: results are right, and there is one warning."""

import errno
import hashlib
import os
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path

import pytest

from course_lib.engine.device import DeviceError

from .kernels import check, entries, needs_compiler, replace, units

pytestmark = needs_compiler


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
