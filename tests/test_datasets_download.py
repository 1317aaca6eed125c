"""Fetching files: from servers that break off, lie, redirect or never answer; into caches that cannot be written."""

import os
import socket
import subprocess
import sys
import time

import pytest

from course_lib.datasets import DataError, download, entries, fetch, files
from tests.dataset_server import CONTENT, GOOD, serving, sha256
from workshop.paths import ROOT


@pytest.fixture(scope="module")
def web():
    with serving() as (server, base):
        yield server, base


@pytest.fixture(autouse=True)
def world(tmp_path, monkeypatch, web):
    """An empty cache, no ``COURSE_DATA``, a network that nothing is known of, and little patience."""
    for name in [n for n in os.environ if n.lower().endswith("_proxy") or n == "COURSE_DATA"]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(files, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(files, "_said", set())
    monkeypatch.setattr(download, "SECONDS", 3)
    monkeypatch.setattr(download, "SILENCE", 0.4)
    web[0].asked.clear()
    download.forget()
    yield
    download.forget()


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


SIZE, HASH = len(GOOD), f'sha256 = "{sha256(GOOD)}"'


def toml(urls, hash=HASH, size=SIZE):
    listed = ", ".join(f'"{url}"' for url in urls)
    return f"""
[small]
title = "A small set"
rows = 1
source = "real: a small set"
licence = "none"
citation = "nobody"
[[small.files]]
name = "file.gz"
bytes = {size}
{hash}
urls = [{listed}]
members = [{{ name = "file", bytes = {len(CONTENT)}, sha256 = "{sha256(CONTENT)}" }}]
"""


@pytest.fixture
def small(tmp_path, monkeypatch, web):
    """Makes the registry's one entry, whose file is at these paths of the server, tried in this order."""

    def make(*paths, **facts):
        urls = [path if "://" in path else f"{web[1]}/{path}" for path in paths]
        (tmp_path / "registry.toml").write_text(toml(urls, **facts))
        registry = entries.read(tmp_path / "registry.toml")
        monkeypatch.setattr(entries, "registry", lambda: registry)
        return registry["small"]

    return make


def cached(tmp_path):
    return sorted(p.relative_to(tmp_path / "cache").as_posix() for p in (tmp_path / "cache").rglob("*") if p.is_file())


@pytest.mark.parametrize("way", ["good", "unstated", "moved", "squeezed"])
def test_a_file_is_fetched_once_and_kept(small, web, tmp_path, way, capsys):
    entry = small(f"{way}/file.gz")
    found = files.gather(entry)
    assert found.contents == {"file": CONTENT} and found.certain
    assert found.source(entry) == "real: a small set, checked by its hash"
    assert cached(tmp_path) == ["small/file.gz"]
    assert (tmp_path / "cache/small/file.gz").read_bytes() == GOOD
    asked = len(web[0].asked)
    assert asked and files.gather(entry).contents == {"file": CONTENT}
    assert len(web[0].asked) == asked, "the second time it comes from the cache"
    assert "file.gz" in capsys.readouterr().err, "a progress bar"


@pytest.mark.parametrize(
    "way, says",
    [
        ("cut", "broke off"),
        ("cut_unstated", "broke off"),
        ("longer", "another file"),
        ("shorter", "another file"),
        ("endless", "more than the file"),
        ("wrong", "another file"),
        ("page", "another file"),
        ("missing", "404"),
        ("silent", "broke off"),
        ("trickle", "too slow"),
    ],
)
def test_a_mirror_that_fails_is_left_for_the_next_and_nothing_of_it_stays(small, web, tmp_path, way, says):
    begun = time.monotonic()
    with pytest.raises(download.Unreachable, match=f"127.0.0.1.*{says}"):
        files.gather(small(f"{way}/file.gz"))
    assert cached(tmp_path) == [], "no half of a file stays behind"
    assert files.gather(small(f"{way}/file.gz", "good/file.gz")).contents == {"file": CONTENT}
    assert web[0].asked == [f"/{way}/file.gz", f"/{way}/file.gz", "/good/file.gz"]
    assert cached(tmp_path) == ["small/file.gz"]
    assert time.monotonic() - begun < 8


def test_a_length_that_lies_is_caught_without_the_registry_s_help(small, tmp_path):
    for way in ("cut", "longer"):
        with pytest.raises(download.Unreachable, match="broke off"):
            files.gather(small(f"{way}/file.gz", size=0))
    for way in ("cut_unstated", "shorter", "endless"):
        with pytest.raises(download.Unreachable, match="another file"):
            files.gather(small(f"{way}/file.gz", size=0))
    assert cached(tmp_path) == []


def test_a_host_that_does_not_answer_is_passed_over(small, web):
    entry = small(f"http://127.0.0.1:{closed_port()}/file.gz", "good/file.gz")
    assert files.gather(entry).contents == {"file": CONTENT}
    assert web[0].asked == ["/good/file.gz"]
    (files.CACHE / "small/file.gz").unlink()
    with pytest.raises(download.Unreachable, match="^127.0.0.1 does not answer; 127.0.0.1 says 404$"):
        files.gather(small(f"http://127.0.0.1:{closed_port()}/file.gz", "missing/file.gz"))


@pytest.mark.parametrize("kind", ["md5", "sha1"])
def test_other_hashes_serve_too(small, kind):
    import hashlib

    right = hashlib.new(kind, GOOD).hexdigest()
    with pytest.raises(download.Unreachable, match="another file"):
        files.gather(small("wrong/file.gz", hash=f'{kind} = "{right}"'))
    entry = small("good/file.gz", hash=f'{kind} = "{right}"')
    assert files.gather(entry).certain and files.gather(entry).certain, "fetched, then found in the cache"
    (files.CACHE / "small/file.gz").write_bytes(GOOD[:-1] + b"!")
    with pytest.raises(DataError, match=rf"is not file\.gz as published \(its {kind} differs\)"):
        files.gather(entry)


def test_of_several_editions_the_one_that_can_be_fetched_is(small, tmp_path, monkeypatch, web):
    small("good/file.gz")
    other = f"""any_of = true
[[small.files]]
name = "older.gz"
sha256 = "{sha256(CONTENT)}"
members = [{{ name = "file" }}]
[[small.files]]"""
    changed = (tmp_path / "registry.toml").read_text().replace("[[small.files]]", other)
    (tmp_path / "registry.toml").write_text(changed)
    entry = entries.read(tmp_path / "registry.toml")["small"]
    assert [file.name for file in entry.files] == ["older.gz", "file.gz"]
    assert files.gather(entry).contents == {"file": CONTENT} and cached(tmp_path) == ["small/file.gz"]


def test_without_a_hash_nothing_is_downloaded(small, web):
    with pytest.raises(download.Unreachable, match="no address is known for file.gz"):
        files.gather(small("good/file.gz", hash=""))
    assert web[0].asked == []


def test_without_a_network_that_is_noticed_once_and_fast(small, monkeypatch, capsys):
    tried = []

    def nobody(address, timeout):
        tried.append(address)
        time.sleep(8 * timeout)  # as where names are not resolved, which no timeout cuts short
        raise TimeoutError

    monkeypatch.setattr(download.socket, "create_connection", nobody)
    monkeypatch.setattr(download, "SECONDS", 0.5)
    entry = small("http://one.test/file.gz", "http://two.test/file.gz")
    begun = time.monotonic()
    assert files.obtain(entry) is None
    assert time.monotonic() - begun < 3
    line = capsys.readouterr().err
    assert line.count("\n") == 1 and "there is no network" in line and "STAND-IN" in line and "ARGS=small" in line
    assert sorted(host for host, _ in tried) == ["one.test", "two.test"]
    assert files.obtain(small("http://three.test/file.gz")) is None
    assert len(tried) == 2, "asked once in a process, not once a file"
    assert files.obtain(small("http://three.test/file.gz")) is None
    assert capsys.readouterr().err.count("\n") == 0, "said once"


def test_a_network_that_is_back_is_found(small, monkeypatch):
    monkeypatch.setattr(download, "_offline", True)
    assert files.obtain(small("good/file.gz")) is None
    download.forget()
    assert files.obtain(small("good/file.gz")).contents == {"file": CONTENT}


def test_a_proxy_is_asked_instead_of_the_server(small, monkeypatch, web):
    monkeypatch.setenv("http_proxy", web[1])
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(download.Unreachable, match="nowhere.test"):
        files.gather(small("http://nowhere.test/file.gz"))
    assert any("nowhere.test" in path for path in web[0].asked), "the request went to the proxy"


def test_a_cache_that_cannot_be_written_costs_a_line_and_no_data(small, tmp_path, monkeypatch, capsys):
    (tmp_path / "blocked").write_text("")
    monkeypatch.setattr(files, "CACHE", tmp_path / "blocked" / "cache")
    before = set(os.listdir(files.tempfile.gettempdir()))
    assert files.gather(small("good/file.gz")).contents == {"file": CONTENT}
    lines = [row for row in capsys.readouterr().err.splitlines() if "cannot be written" in row]
    assert len(lines) == 1 and "not kept" in lines[0] and str(files.CACHE) in lines[0]
    left = set(os.listdir(files.tempfile.gettempdir())) - before
    assert not [name for name in left if (files.Path(files.tempfile.gettempdir()) / name / "file.gz").exists()]


PROCESS = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from course_lib.datasets import entries, files
entries.FILE, files.CACHE = Path({registry!r}), Path({cache!r})
{first}
print(len(files.gather(entries.registry()["small"]).contents["file"]))
"""


def program(tmp_path, first=""):
    parts = dict(root=str(ROOT), registry=str(tmp_path / "registry.toml"), cache=str(tmp_path / "cache"), first=first)
    return [sys.executable, "-I", "-B", "-c", PROCESS.format(**parts)]


def test_a_full_disk_is_one_clear_error(small, tmp_path):
    small("good/file.gz")
    # No file may grow beyond half of what is to be fetched.
    limit = f"import pooch, requests, resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({len(GOOD) // 2},) * 2)"
    result = subprocess.run(program(tmp_path, limit), capture_output=True, text=True)
    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("course_lib.datasets.entries.DataError: file.gz (0.0 MB) cannot be written to"), last
    assert "make room there" in last
    assert cached(tmp_path) == []


def test_two_processes_fetch_at_once_and_both_have_it(small, tmp_path, web):
    small("together/file.gz")
    both = [subprocess.Popen(program(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in both]
    got = [(p.returncode, out, err[-200:] if p.returncode else b"") for p, (out, err) in zip(both, outputs)]
    assert got == [(0, b"%d\n" % len(CONTENT), b"")] * 2
    assert cached(tmp_path) == ["small/file.gz"] and len(web[0].asked) == 2


def test_fetch_hands_over_the_path_of_a_file(small, web, tmp_path):
    small("good/file.gz")
    path = fetch(f"{web[1]}/good/file.gz")
    assert path == tmp_path / "cache/small/file.gz" and path.read_bytes() == GOOD
    assert fetch(f"{web[1]}/good/file.gz") == path and web[0].asked == ["/good/file.gz"]
    path.write_bytes(GOOD[:100])
    with pytest.raises(DataError, match=r"file\.gz is cut short \(100 of \d+ bytes\): delete it"):
        fetch(f"{web[1]}/good/file.gz")


def test_fetch_takes_a_registered_file_from_the_mirror(small, web, tmp_path, monkeypatch):
    small("good/file.gz")
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror/file.gz").write_bytes(GOOD)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "mirror"))
    assert fetch(f"{web[1]}/good/file.gz") == tmp_path / "mirror/file.gz" and web[0].asked == []


def test_fetch_takes_other_files_as_they_come(small, web, tmp_path, monkeypatch):
    small("good/file.gz")
    path = fetch(f"{web[1]}/good/other.bin?version=2")
    assert path.read_bytes() == GOOD and path.name.endswith("-other.bin")
    assert fetch(f"{web[1]}/good/other.bin?version=2") == path and len(web[0].asked) == 1
    with pytest.raises(DataError, match=r"missing/other\.bin could not be fetched \(127\.0\.0\.1 says 404\)"):
        fetch(f"{web[1]}/missing/other.bin")
    (tmp_path / "page.html").write_text("mine")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert fetch(f"{web[1]}/good/page.html") == tmp_path / "page.html"


def test_course_data_lists_and_fetches(small, capsys):
    from course_lib.datasets import listing
    from workshop.cli import main

    entry = small("good/file.gz")
    listing.registry = entries.registry  # the name that listing has of it
    try:
        assert listing.main([]) == 0
        assert f"small  {len(GOOD) / 1e3:.1f} kB  not here  none" in capsys.readouterr().out
        assert main(["data", "smal"]) == listing.main(["smal"]) == 2
        assert "no data set 'smal': choose from small, or all" in capsys.readouterr().err
        assert listing.main(["small"]) == 0 and files.find(entry, entry.files[0])
        assert "small: real: a small set, checked by its hash" in capsys.readouterr().out
        assert listing.main([]) == 0
        assert "  the cache  " in capsys.readouterr().out
        assert listing.main(["all"]) == 0
        small("missing/file.gz")
        listing.registry = entries.registry
        (files.CACHE / "small/file.gz").unlink()
        assert listing.main(["small"]) == 1
        assert "small could not be had: 127.0.0.1 says 404" in capsys.readouterr().err
    finally:
        listing.registry = sys.modules["course_lib.datasets"].registry
