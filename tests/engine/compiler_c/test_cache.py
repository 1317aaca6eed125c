"""Kernels on disk: other processes find them, damaged and foreign ones are made again, and old ones go."""

import os
import shutil
import signal
import stat
import time

import pytest

from course_lib.engine.device import DeviceError

from .kernels import DAMAGES, check, entries, finish, needs_compiler, run_python, trial_link, units

pytestmark = needs_compiler


def test_another_process_finds_them_on_disk(fresh):
    check(fresh(), 3.0, 4.0)
    out = finish(run_python("check(compiler_c, 4.0, 3.0); print(compiler_c.stats)"))
    assert out.strip() == "Stats(compiled=0, units=0, seconds=0.0, loaded=2)"


def test_a_warm_start_calls_no_compiler(fresh, fake_cc, tmp_path):
    fake_cc(f'[ -e 0.c ] && echo called >> {tmp_path}/log; exec $CC "$@"')
    factors = [float(n) for n in range(50)]
    check(fresh(), *factors)
    (tmp_path / "log").unlink()
    module = fresh()
    check(module, *factors)
    assert (module.stats.loaded, module.stats.compiled) == (50, 0) and not (tmp_path / "log").exists()


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


# -- what is damaged


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


# -- what others could have written


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
