"""What a loader hands over. Everything has a ``name``, a ``source``, a ``licence`` and a ``citation``.

``source`` begins with ``"real"`` if it is the set itself, and says whose copy it is and how it was checked; it begins
with ``"stand-in"`` if it was generated because the set could not be had.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Rows of features with a target for each row, and where they come from.

    Attributes
    ----------
    name: its name in the registry.
    features: array, one row for each example: floats (rows, columns) for a table; uint8 from 0 to 255 for images,
        (rows, 28, 28) if they are grey and (rows, 3, 32, 32), channels first, if they are in colour. Every load makes a
        new array, which may be changed.
    target: array, shape (rows,): floats for a measured quantity, ints that index ``target_names`` for a class.
    feature_names: one for each column of a table; empty for images.
    target_names: the names of the classes; empty if the target is a quantity.
    unit: what the target counts or measures, and in what; empty if the target is a class.
    source, licence, citation: where it comes from, what its owners allow, what to name when you use it.
    """

    name: str
    features: np.ndarray
    target: np.ndarray
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    unit: str
    source: str
    licence: str
    citation: str

    def __repr__(self) -> str:
        rows, *shape = self.features.shape
        kind = f"{shape[0]} features" if len(shape) == 1 else f"images of {' x '.join(map(str, shape))}"
        return f"<{self.name}: {rows} rows of {kind}; {self.source}>"


@dataclass(frozen=True, eq=False, repr=False)
class Texts:
    """Texts with a class for each of them: ``texts[i]`` is of the kind ``target_names[target[i]]``."""

    name: str
    texts: tuple[str, ...]
    target: np.ndarray
    target_names: tuple[str, ...]
    source: str
    licence: str
    citation: str

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self.texts)} texts; {self.source}>"


@dataclass(frozen=True, eq=False, repr=False)
class Splits:
    """A set that its authors have cut in two: learn from ``train``, report on ``test``.

    Both parts are of one kind, :class:`Dataset` or :class:`Texts`, and have the ``source`` of the whole.
    """

    name: str
    train: Dataset | Texts
    test: Dataset | Texts

    @property
    def source(self) -> str:
        """Begins with ``"real"`` or ``"stand-in"``."""
        return self.train.source

    @property
    def target_names(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self.train.target_names

    @property
    def licence(self) -> str:
        """What its owners allow."""
        return self.train.licence

    @property
    def citation(self) -> str:
        """What to name when you use it."""
        return self.train.citation

    def __repr__(self) -> str:
        kind = "texts"
        if isinstance(self.train, Dataset):
            kind = f"images of {' x '.join(map(str, self.train.features.shape[1:]))}"
        return f"<{self.name}: {len(self.train.target)} + {len(self.test.target)} {kind}; {self.source}>"


@dataclass(frozen=True, eq=False, repr=False)
class Text:
    """One long text, cut into a part to learn from, one to choose by and one to report on.

    ``text`` is all of it: ``train + valid + test``. ``entropy`` is that of the text's true distribution, in bits a
    character, if it was generated from a grammar: no model can do better. It is None for a text that people wrote.
    """

    name: str
    train: str
    valid: str
    test: str
    source: str
    licence: str
    citation: str
    entropy: float | None = None

    @property
    def text(self) -> str:
        """The three parts, joined."""
        return self.train + self.valid + self.test

    def __repr__(self) -> str:
        sizes = " + ".join(str(len(part)) for part in (self.train, self.valid, self.test))
        return f"<{self.name}: {sizes} characters; {self.source}>"


class Rows(list[T]):
    """A list that says where it comes from: ``name``, ``source``, ``licence`` and ``citation``."""

    def __init__(self, rows: Iterable[T], name: str, source: str, licence: str, citation: str):
        super().__init__(rows)
        self.name, self.source, self.licence, self.citation = name, source, licence, citation


@dataclass(frozen=True, eq=False, repr=False)
class Series:
    """A quantity over time: ``values`` (rows,), floats in ``unit``, and a date for each as its source writes it."""

    name: str
    dates: tuple[str, ...]
    values: np.ndarray
    unit: str
    source: str
    licence: str
    citation: str

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self.values)} values, {self.dates[0]} to {self.dates[-1]}; {self.source}>"
