"""Reading what a published file holds, in the form in which it happens to lie there."""

from __future__ import annotations

import bz2
import fnmatch
import gzip
import hashlib
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from course_lib.datasets.entries import DataError, File, Member

_OPEN = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}
_TARS = (".tar.gz", ".tar.xz", ".tar.bz2", ".tgz", ".tar")
_BROKEN = (EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, OSError, ValueError)
_LIMIT = 1 << 30  # bytes of one member; nothing here is nearly as large


def is_archive(name: str) -> bool:
    """Whether a file of this name holds several files."""
    return name.endswith((*_TARS, ".zip"))


def other_forms(file: File) -> list[str]:
    """The names that the same content goes by in another packing: plain, or compressed by another program."""
    if is_archive(file.name):
        stem = next(file.name.removesuffix(e) for e in (*_TARS, ".zip") if file.name.endswith(e))
        names = [stem + ending for ending in (*_TARS, ".zip")]
    else:
        names = [file.members[0].name + ending for ending in ("", *_OPEN)]
    return [name for name in names if name != file.name]


def inner(member: Member) -> str:
    """A member's name without the archive's top folder."""
    return member.name.partition("/")[2] or member.name


def read(path: Path, file: File) -> dict[str, bytes]:
    """The members of ``file`` that ``path`` holds, by their inner names.

    Raises
    ------
    DataError: ``path`` cannot be read, or is damaged.
    """
    try:
        if not is_archive(path.name):
            with _OPEN.get(path.suffix, open)(path, "rb") as stream:
                return {inner(file.members[0]): _bounded(stream)}
        return dict(_unzip(path, file) if path.suffix == ".zip" else _untar(path, file))
    except _BROKEN as error:
        why = getattr(error, "strerror", None) or "cut short or damaged"
        raise DataError(f"{path} cannot be read ({why}): delete it, or put a whole copy in its place") from error


def read_folder(folder: Path, file: File) -> dict[str, bytes]:
    """The members of ``file`` that lie unpacked in ``folder``, by their inner names."""
    contents = {}
    for member in file.members:
        for path in sorted(folder.glob(inner(member))):
            try:
                contents[path.relative_to(folder).as_posix()] = path.read_bytes()
            except OSError as error:
                raise DataError(
                    f"{path} cannot be read ({error.strerror}): put a readable copy in its place"
                ) from error
    return contents


def _bounded(stream: IO[bytes]) -> bytes:
    data = stream.read(_LIMIT + 1)
    if len(data) > _LIMIT:
        raise ValueError("far too large")
    return data


def _untar(path: Path, file: File) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path, "r|*") as archive:  # read from front to end: seeking in compressed data is slow
        for item in archive:
            if item.isfile() and (name := _wanted(item.name, file)):
                yield name, _bounded(archive.extractfile(item))


def _unzip(path: Path, file: File) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for item in archive.namelist():
            if name := _wanted(item, file):
                with archive.open(item) as stream:
                    yield name, _bounded(stream)


def _wanted(path: str, file: File) -> str:
    """The inner name under which an archive's file is wanted; empty if it is not."""
    parts = PurePosixPath(path).parts
    for member in file.members:
        pattern = inner(member)
        tail = "/".join(parts[-pattern.count("/") - 1 :])
        if fnmatch.fnmatchcase(tail, pattern):
            return tail
    return ""


def check(contents: dict[str, bytes], file: File, where: Path, any_edition: bool) -> tuple[bool, list[str]]:
    """Whether all of ``contents`` is known by its hash to be right, and what is to be said of it.

    Raises
    ------
    DataError: something is missing or, unless ``any_edition`` will do, has the wrong size or the wrong hash.
    """
    certain, notes = True, []
    for member in file.members:
        names = fnmatch.filter(contents, inner(member))
        if len(names) != member.count:
            raise DataError(
                f"{where} holds {len(names)} of {member.count} {inner(member)}: "
                f"delete it, or put a whole copy of {file.name} in its place"
            )
        if member.count > 1:
            certain = False
            continue
        data = contents[names[0]]
        digest = hashlib.sha256(data).hexdigest()
        if digest in member.known:
            notes.append(member.known[digest])
        elif member.sha256 not in ("", digest) or member.bytes not in (0, len(data)):
            if any_edition:
                certain = False
                continue
            size = f"{len(data)} bytes" if member.bytes in (0, len(data)) else f"{len(data)} of {member.bytes} bytes"
            raise DataError(
                f"{inner(member)} in {where} is not the published one ({size}, sha256 {digest[:12]}...): "
                "delete it, or put a whole copy in its place"
            )
        certain = certain and bool(member.sha256 or digest in member.known)
    return certain, notes
