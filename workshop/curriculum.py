"""The order of the course: its phases, notebooks and pieces, as the lessons give them."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass

from workshop.paths import LESSONS

_PIECE = re.compile(r"^:build: (\S+)$", re.MULTILINE)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Notebook:
    """A notebook that has a lesson: its name is ``"phase1_math/01_matrices"``."""

    name: str
    title: str
    pieces: tuple[str, ...]

    @property
    def phase(self) -> int:
        return int(self.name.removeprefix("phase")[0])


@functools.cache
def notebooks() -> tuple[Notebook, ...]:
    """All notebooks that have a lesson, in the order of the course."""
    found = []
    for path in sorted(LESSONS.glob("phase[1-9]_*/*.md")):
        text = path.read_text(encoding="utf-8")
        title = _TITLE.search(text)
        name = f"{path.parent.name}/{path.stem}"
        found.append(Notebook(name, title[1] if title else path.stem, tuple(_PIECE.findall(text))))
    return tuple(found)


def notebook(name: str) -> Notebook:
    found = {book.name: book for book in notebooks()}
    if name not in found:
        raise ValueError(f"there is no lesson {name!r}; there are {', '.join(found)}")
    return found[name]


def pieces() -> dict[str, Notebook]:
    """Every piece, in the order it is built, with its notebook."""
    return {piece: book for book in notebooks() for piece in book.pieces}


def later_pieces(name: str) -> list[str]:
    """The pieces that are built only after notebook ``name``."""
    names = [book.name for book in notebooks()]
    return [piece for book in notebooks()[names.index(name) + 1 :] for piece in book.pieces]


def course() -> list[dict]:
    """The whole course as ``lessons/course.toml`` plans it, phase by phase."""
    return tomllib.loads((LESSONS / "course.toml").read_text(encoding="utf-8"))["phase"]
