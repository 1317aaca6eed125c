"""Fetching a published file: mirrors in turn, hash-checked, and gone about without delay where there is no network."""

from __future__ import annotations

import contextlib
import functools
import socket
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from course_lib.datasets import entries
from course_lib.datasets.entries import DataError, File

SECONDS = 3.0  # how long a server may take to answer at all
SILENCE = 15.0  # how long it may then be silent
SLOWEST = 2000  # bytes a second, on average, below which a mirror is given up


class Unreachable(Exception):
    """No mirror has handed the file over; the message says what each of them did."""


class _Refused(Exception):
    """What a server sends is not the file, as can be told from its length or its pace."""


def download(file: File, folder: Path, unchecked: bool = False) -> Path:
    """Fetch ``file`` into ``folder``; there is either the whole file, checked by its hash, or none.

    A file whose hash is not known is fetched only if asked for ``unchecked``.

    Raises
    ------
    Unreachable: no mirror could be reached, or none had the right file.
    DataError: ``folder`` cannot be written to, or is full.
    """
    import pooch
    import requests
    import urllib3

    expect(file, unchecked)
    pooch.get_logger().setLevel("WARNING")
    problems = []
    for url in file.urls:
        host = urlsplit(url).hostname
        if not _probe(url).answers():
            problems.append(f"{host} does not answer")
            continue
        try:
            path = pooch.retrieve(
                url, file.hash or None, file.name, folder, downloader=functools.partial(_receive, file)
            )
        except requests.HTTPError as error:
            problems.append(f"{host} says {error.response.status_code}")
        except (requests.RequestException, urllib3.exceptions.HTTPError):
            problems.append(f"{host} broke off")
        except _Refused as error:
            problems.append(f"{host} {error}")
        except ValueError:
            problems.append(f"{host} has another file under that name")
        except OSError as error:
            raise DataError(
                f"{file.name} ({_size(file.bytes)}) cannot be written to {folder} ({error.strerror or error}): "
                "make room there, or name a directory that has the file in COURSE_DATA"
            ) from error
        else:
            with contextlib.suppress(OSError):
                Path(path).chmod(0o644)
            return Path(path)
    raise Unreachable("; ".join(problems))


def expect(file: File, unchecked: bool = False) -> None:
    """Nothing, if it makes sense to try and fetch ``file``; otherwise raises :class:`Unreachable`."""
    if not file.urls or not (file.hash or unchecked):
        raise Unreachable(f"no address is known for {file.name}")
    if not _any_network(file.urls):
        raise Unreachable("there is no network")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count else "of unknown size"


def _receive(file: File, url: str, output: str, _) -> None:
    """Write what ``url`` sends to ``output``; called by pooch, which then checks the hash and moves it in place."""
    import requests
    from tqdm import tqdm

    # As it is: a server may otherwise send a .gz file as "compressed text", which would arrive unpacked. And some turn
    # away whoever says that it is Python.
    headers = {"Accept-Encoding": "identity", "User-Agent": "Mozilla/5.0 (compatible; plank-by-plank)"}
    with requests.get(url, stream=True, timeout=(SECONDS, SILENCE), headers=headers) as response:
        response.raise_for_status()
        stated = response.headers.get("content-length", "")
        total = int(stated) if stated.isdecimal() else file.bytes
        if file.bytes and total != file.bytes:
            raise _Refused(f"has another file under that name ({total} bytes, not {file.bytes})")
        begun, received = time.monotonic(), 0
        bar = tqdm(desc=file.name, total=total or None, unit="B", unit_scale=True, leave=False)
        with open(output, "wb") as out, bar:
            while chunk := response.raw.read1(1 << 16):
                out.write(chunk)
                bar.update(len(chunk))
                received += len(chunk)
                if file.bytes and received > file.bytes:
                    raise _Refused("sends more than the file")
                if (seconds := time.monotonic() - begun) > SILENCE and received < SLOWEST * seconds:
                    raise _Refused("is too slow")
    if total and received < total:
        raise _Refused("broke off")


class _Probe(threading.Thread):
    """Finds out, beside other work and within :data:`SECONDS`, whether a server takes calls."""

    def __init__(self, address: tuple[str, int]):
        super().__init__(daemon=True)
        self.address, self.answered, self.deadline = address, False, time.monotonic() + SECONDS
        with contextlib.suppress(RuntimeError):  # where no thread may be started
            self.start()

    def run(self) -> None:
        with contextlib.suppress(Exception):
            socket.create_connection(self.address, SECONDS).close()
            self.answered = True

    def answers(self) -> bool:
        if self.is_alive():
            self.join(max(0.0, self.deadline - time.monotonic()))
        return self.answered


_probes: dict[tuple[str, int], _Probe] = {}  # asked once in a process
_offline = False


def forget() -> None:
    """Ask all servers again when next needed: the network may be back."""
    global _offline
    _probes.clear()
    _offline = False


def _probe(url: str) -> _Probe:
    """The one probe of the server that ``url`` is fetched through, which may be a proxy."""
    from requests.utils import get_environ_proxies, select_proxy

    address = urlsplit(select_proxy(url, get_environ_proxies(url)) or url)
    key = (address.hostname or "", address.port or (443 if address.scheme == "https" else 80))
    if key not in _probes:
        _probes[key] = _Probe(key)
    return _probes[key]


def _any_network(urls: Iterable[str]) -> bool:
    """Whether anything can be fetched. If nobody answers, the other sets' servers are asked, and then no more."""
    global _offline
    if _offline:
        return False
    if any(probe.answers() for probe in [_probe(url) for url in urls]):
        return True
    others = [url for entry in entries.registry().values() for file in entry.files for url in file.urls]
    _offline = not any(probe.answers() for probe in [_probe(url) for url in others])
    return not _offline
