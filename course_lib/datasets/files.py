"""Finding the files of a set: in the cache, then in the directories of ``COURSE_DATA``, then on the web.

A file that is there but wrong is refused and named; nothing takes its place.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from course_lib.datasets import entries, reading
from course_lib.datasets.download import Unreachable, download, expect
from course_lib.datasets.entries import DataError, Entry, File

CACHE = entries.FILE.parent / "cache"


@dataclass(frozen=True)
class Found:
    """The contents of a set's files by their inner names, and how far they are known to be the published ones.

    ``path`` is the file they were read from, or the folder in which several lie.
    """

    contents: dict[str, bytes]
    path: Path
    certain: bool = True
    notes: tuple[str, ...] = ()

    def source(self, entry: Entry) -> str:
        """What is to be said of it: ``"real: ..."``."""
        begin, _, rest = entry.source.partition(":")
        notes = f", with {' and '.join(self.notes)}" if self.notes else ""
        known = "recognised by its hash" if self.notes else "checked by its hash"
        return f"{begin}{notes}:{rest}, {known if self.certain else 'checked by size and structure only'}"


_said: set[str] = set()


def say(line: str) -> None:
    """One line on stderr, once in a process."""
    if line not in _said:
        _said.add(line)
        print(line, file=sys.stderr)


def places() -> list[Path]:
    """Where files are looked for: the cache, then the directories that ``COURSE_DATA`` names, in their order."""
    named = [Path(name).expanduser() for name in os.environ.get("COURSE_DATA", "").split(os.pathsep) if name]
    for directory in named:
        if not directory.is_dir():
            say(f"COURSE_DATA names {directory}, which is not a directory: it is passed over.")
    return [CACHE, *(directory for directory in named if directory.is_dir())]


def obtain(entry: Entry) -> Found | None:
    """All that the files of a set hold; None, once said why on stderr, if none of them can be had.

    Raises
    ------
    DataError: a file is wrong, or only some are there and the others cannot be had.
    """
    try:
        return gather(entry)
    except Unreachable as error:
        say(
            f"{entry.title} could not be fetched ({error}). A STAND-IN TAKES ITS PLACE: what you measure on it says "
            f"nothing of the real set. `make data ARGS={entry.name}` fetches that once the network is there."
        )
        return None


def gather(entry: Entry) -> Found:
    """All that the files of a set hold, from wherever they can be had.

    Raises
    ------
    Unreachable: none of the files is there, and they cannot be fetched.
    DataError: a file is wrong, or only some are there and the others cannot be had.
    """
    found, missing = [], []
    for file in entry.files:
        part = find(entry, file)
        if part and entry.any_of:
            return part
        (missing if part is None else found).append(part or file)
    for file in missing:
        try:
            expect(file)
            with _cache_folder(entry) as folder:
                path = download(file, folder)
                found.append(Found(reading.read(path, file), path))
        except Unreachable as error:
            if entry.any_of and file is not missing[-1]:
                continue
            _refuse_halves(entry, file, found, str(error))
            raise
        if entry.any_of:
            break
    contents = {name: data for part in found for name, data in part.contents.items()}
    notes = tuple(note for part in found for note in part.notes)
    path = found[0].path if len(found) == 1 else found[0].path.parent
    return Found(contents, path, all(part.certain for part in found), notes)


def _refuse_halves(entry: Entry, file: File, found: list[Found], why: str) -> None:
    """A set of which something is there is not replaced by a stand-in."""
    beside = [part.path.parent for part in found]
    for folder, own in _folders(entry):
        for one in filter(lambda one: reading.is_archive(one.name), entry.files):
            beside += _unpacked(folder, one, own, strict=False)
    if beside:
        raise DataError(
            f"{file.name} of {entry.title} is missing or incomplete in {beside[0]} and could not be fetched ({why}): "
            "put it there, or remove what is there"
        )


def find(entry: Entry, file: File) -> Found | None:
    """What ``file`` holds, if it lies in one of the places in any form.

    Raises
    ------
    DataError: it lies there, but is cut short, damaged, empty or another file.
    """
    for folder, own in _folders(entry):
        path = folder / file.name
        if path.is_file():
            if right(path, file):
                return Found(reading.read(path, file), path)
            if not (file.unpinned or (not own and _of_another_set(path, entry))):
                return _repacked(entry, file, path)
        forms = [file.name] if file.unpinned else []
        for name in [*forms, *reading.other_forms(file)]:
            path = folder / name
            if path.is_file() and (own or not _of_another_set(path, entry)):
                return _checked(reading.read(path, file), entry, file, path)
        if reading.is_archive(file.name):
            for inside in _unpacked(folder, file, own=own):
                return _checked(reading.read_folder(inside, file), entry, file, inside)
    return None


def lies(entry: Entry) -> Path | None:
    """The folder in which the set seems to lie, by the names of its files; None if it does not."""
    found = []
    for file in entry.files:
        for folder, own in _folders(entry):
            paths = [folder / name for name in (file.name, *reading.other_forms(file))]
            there = any(path.is_file() and (own or not _of_another_set(path, entry)) for path in paths)
            if there or (reading.is_archive(file.name) and any(_unpacked(folder, file, own))):
                found.append(folder)
                break
    return found[0] if found and (entry.any_of or len(found) == len(entry.files)) else None


def _folders(entry: Entry) -> Iterator[tuple[Path, bool]]:
    """The folders in which the set may lie, and whether each is its own."""
    for place in places():
        for folder in (*(place / name for name in entry.folders), place):
            if folder.is_dir():
                yield folder, folder is not place


def _unpacked(folder: Path, file: File, own: bool = True, strict: bool = True) -> Iterator[Path]:
    """Where below ``folder`` the archive ``file`` lies unpacked: whole, or if not ``strict`` at least in part."""
    top = file.members[0].name.partition("/")[0]
    for inside in (folder / top, *([folder] if own else [])):
        there = [next(inside.glob(reading.inner(member)), None) is not None for member in file.members]
        if all(there) or (any(there) and not strict):
            yield inside


def _repacked(entry: Entry, file: File, path: Path) -> Found:
    """A file that is not as it was published may hold the same: somebody packed it anew."""
    with contextlib.suppress(DataError):
        contents = reading.read(path, file)
        certain, notes = reading.check(contents, file, path, entry.any_of)
        if certain:
            return Found(contents, path, certain, tuple(notes))
    raise _wrong(path, file)


def _checked(contents: dict[str, bytes], entry: Entry, file: File, path: Path) -> Found:
    certain, notes = reading.check(contents, file, path, entry.any_of)
    if certain and path.suffix == ".xz" and reading.is_archive(file.name):
        _keep(contents, file, CACHE / entry.name)
    return Found(contents, path, certain, tuple(notes))


def _keep(contents: dict[str, bytes], file: File, folder: Path) -> None:
    """Lay the contents unpacked into the cache, all or none: unpacking .xz takes many seconds each time."""
    with contextlib.suppress(OSError):  # it is only for speed
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".unpacking-") as temporary:
            made = Path(temporary) / "made"
            for name, data in contents.items():
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                (made / name).write_bytes(data)
            made.rename(folder / file.members[0].name.partition("/")[0])


def right(path: Path, file: File) -> bool:
    """Whether ``path`` is ``file`` as it was published, byte for byte."""
    if not file.hash or (file.bytes and path.stat().st_size != file.bytes):
        return False
    kind, _, value = file.hash.partition(":")
    return _digest(path, kind) == value


def _digest(path: Path, kind: str) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, kind).hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}): put a readable copy in its place") from error


def _of_another_set(path: Path, entry: Entry) -> bool:
    """MNIST's files and those of Fashion-MNIST have the same names; in a common folder the hash tells them apart."""
    others = [
        value.removeprefix("sha256:")
        for other in entries.registry().values()
        if other.name != entry.name
        for file in other.files
        if path.name in (file.name, file.members[0].name)
        for value in (file.hash, file.members[0].sha256)
    ]
    return bool(others) and _digest(path, "sha256") in others


def _wrong(path: Path, file: File) -> DataError:
    size = path.stat().st_size
    if size == 0:
        what = "is empty"
    elif size < file.bytes:
        what = f"is cut short ({size} of {file.bytes} bytes)"
    else:
        what = f"is not {file.name} as published (its {file.hash.partition(':')[0]} differs)"
    return DataError(f"{path} {what}: delete it, and it is fetched again, or put a whole copy in its place")


@contextlib.contextmanager
def _cache_folder(entry: Entry) -> Iterator[Path]:
    """The set's folder in the cache; if that cannot be written, one for the moment."""
    folder = CACHE / entry.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        say(f"{CACHE} cannot be written ({error.strerror}): what is fetched is not kept.")
        folder = Path(tempfile.mkdtemp())
    try:
        yield folder
    finally:
        if not folder.is_relative_to(CACHE):
            shutil.rmtree(folder, ignore_errors=True)


def fetch(url: str) -> Path:
    """The file at ``url``, from the cache or ``COURSE_DATA`` if it is there, else downloaded into the cache.

    >>> raw = gzip.open(fetch("https://ossci-datasets.s3.amazonaws.com/mnist/t10k-labels-idx1-ubyte.gz")).read()

    Files that the registry knows are checked by their hash; others are taken as they come.

    Raises
    ------
    DataError: the file is wrong, or cannot be had. A file has no stand-in.
    """
    for entry in entries.registry().values():
        for file in entry.files:
            if url in file.urls:
                return _registered(entry, file)
    name = PurePosixPath(urlsplit(url).path).name or "index"
    kept = CACHE / "other" / f"{hashlib.sha256(url.encode()).hexdigest()[:8]}-{name}"
    for path in (kept, *(place / name for place in places()[1:])):
        if path.is_file():
            return path
    return _into(kept.parent, File(kept.name, urls=(url,)), url)


def _registered(entry: Entry, file: File) -> Path:
    for folder, own in _folders(entry):
        path = folder / file.name
        if path.is_file():
            if right(path, file):
                return path
            if own or not _of_another_set(path, entry):
                raise _wrong(path, file)
    return _into(CACHE / entry.name, file, file.name)


def _into(folder: Path, file: File, name: str) -> Path:
    try:
        return download(file, folder, unchecked=not file.hash)
    except Unreachable as error:
        raise DataError(
            f"{name} could not be fetched ({error}): try again once the network is there, or put it into {folder}"
        ) from error
