"""The registry of data sets, ``datasets/registry.toml``: what is known of each before it is loaded."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "datasets" / "registry.toml"


class DataError(RuntimeError):
    """A file of a data set is not what it should be, or cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Member:
    """What a file holds: the content of a compressed file, or files of an archive.

    ``name`` begins with the archive's top folder and may hold a ``*``; then ``count`` says how many files there are.
    ``bytes`` and ``sha256`` are of the content, uncompressed; 0 and empty if they are not known. ``known`` has the
    sha256 of other versions that go round, each with what is to be said of it.
    """

    name: str
    bytes: int = 0
    sha256: str = ""
    count: int = 1
    known: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """One file as it is published: its name, size in bytes, hash and addresses, the one to try first in front.

    ``hash`` is as pooch takes it: ``"sha256:..."``, ``"sha1:..."`` or ``"md5:..."``. Without a hash or without
    addresses the file is never downloaded, only found. ``bytes`` is 0 if the size is not known. ``unpinned`` says that
    other editions go by the same name, which are accepted if their structure is right.
    """

    name: str
    hash: str = ""
    bytes: int = 0
    urls: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    unpinned: bool = False


@dataclass(frozen=True)
class Entry:
    """One set's facts: its full ``title``, ``source``, ``licence``, ``citation``, number of ``rows`` and ``unit``.

    ``rows`` is 0 if it is not the same everywhere. ``files`` is empty for a set that is bundled with a library; all of
    them are needed, or with ``any_of`` one of them. ``folders`` are the names of the folders in which they may lie,
    ``splits`` the rows of each part.
    """

    name: str
    title: str
    source: str
    licence: str
    citation: str
    rows: int = 0
    unit: str = ""
    folders: tuple[str, ...] = ()
    splits: Mapping[str, int] = field(default_factory=dict)
    any_of: bool = False
    files: tuple[File, ...] = ()


@functools.cache
def registry() -> dict[str, Entry]:
    """All entries, by the name that a set goes by."""
    return read(FILE)


def read(path: Path) -> dict[str, Entry]:
    """The entries of one registry file."""
    return {name: _entry(name, facts) for name, facts in tomllib.loads(path.read_text(encoding="utf-8")).items()}


def _entry(name: str, facts: dict) -> Entry:
    mirrors, files = facts.pop("mirrors", ()), facts.pop("files", ())
    folders = (name, *facts.pop("folders", ()))
    return Entry(name=name, folders=folders, files=tuple(_file(f, mirrors) for f in files), **facts)


def _file(facts: dict, mirrors: list[str]) -> File:
    """``mirrors`` are the set's folders on the web; a file's own ``urls`` come before them."""
    urls = (*facts.pop("urls", ()), *(base + facts["name"] for base in mirrors))
    members = tuple(Member(**member) for member in facts.pop("members", ()))
    if not members:  # a file that is neither compressed nor an archive holds itself
        members = (Member(facts["name"], facts.get("bytes", 0), facts.get("sha256", "")),)
    hashes = [f"{kind}:{facts.pop(kind)}" for kind in ("sha256", "sha1", "md5") if kind in facts]
    return File(urls=urls, members=members, hash=hashes[0] if hashes else "", **facts)
