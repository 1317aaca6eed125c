"""What a loader hands over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """A table of features with a target for each row, and where it comes from.

    Attributes
    ----------
    name: its name in the registry.
    features: array of floats, shape (rows, columns); every load makes a new one, which may be changed.
    target: array, shape (rows,): floats for a measured quantity, ints that index ``target_names`` for a class.
    feature_names: one for each column.
    target_names: the names of the classes; empty if the target is a quantity.
    unit: what the target counts or measures, and in what; empty if the target is a class.
    source: begins with ``"real"`` if this is the set itself, and says whose copy it is.
    licence, citation: as in the registry.
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
        rows, columns = self.features.shape
        return f"<{self.name}: {rows} rows of {columns} features; {self.source}>"
