"""Quantities over time."""

from __future__ import annotations

import csv
import io

import numpy as np

from course_lib.datasets import files, written
from course_lib.datasets.dataset import Series
from course_lib.datasets.entries import DataError, registry

SERIES = ("airline-passengers", "daily-min-temperatures", "monthly-sunspots", "shampoo")


def load_series(name: str) -> Series:
    """One of four classic time series, in the order of time.

    ``"airline-passengers"``: 144 months, thousands of passengers. ``"daily-min-temperatures"``: 3,650 days in
    Melbourne, degrees Celsius. ``"monthly-sunspots"``: 2,820 months, the mean number of spots. ``"shampoo"``: 36 months
    of sales; its dates are ``"1-01"`` to ``"3-12"``, year and month.

    Raises
    ------
    ValueError: there is no series of this name.
    DataError: a file is there but wrong; it is named, with what to do.
    """
    if name not in SERIES:
        raise ValueError(f"there is no series {name!r}: choose one of {', '.join(SERIES)}")
    entry = registry()[name]
    found = files.obtain(entry)
    if found is None:
        dates, values = written.series(name)
        source = "stand-in: trend, season and noise (seed 0)"
    else:
        rows = list(csv.reader(io.StringIO(found.contents[f"{name}.csv"].decode("utf-8"))))[1:]
        dates, source = tuple(row[0] for row in rows), found.source(entry)
        values = np.array([float(row[1]) for row in rows])
    if len(values) != entry.rows:
        raise DataError(
            f"{found.path if found else name} has {len(values)} values, not {entry.rows}: put a whole copy there"
        )
    return Series(entry.name, dates, values, entry.unit, source, entry.licence, entry.citation)
