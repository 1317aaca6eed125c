"""Carrying a learner's work into a new version of a notebook: nothing they wrote is lost."""

from __future__ import annotations

import nbformat
from nbformat.v4 import new_raw_cell

from workshop.lessons import digest

ANSWERS = ("build", "predict", "journal")  # cells that are the learner's to fill in
_RESULTS = ("outputs", "execution_count", "attachments")
LOCKED = ("check", "start", "given")  # cells that are restored when edited


def _course(cell) -> dict:
    course = cell.metadata.get("course")
    return course if isinstance(course, dict) and "hash" in course else {}


def _edited(cell) -> bool:
    return digest(cell.source) != _course(cell)["hash"]


def _key(cell) -> str:
    course = _course(cell)
    return f"{course['kind']} {course['piece']}" if course.get("piece") else cell.get("id", "")


def _kept(cell, why: str):
    """A learner's cell that has no place any more, as text that does not run."""
    text = f"# Kept from an earlier version of this notebook ({why}):\n\n{cell.source}"
    return new_raw_cell(text, metadata={"kept": True})


def carry_over(old: nbformat.NotebookNode, new: nbformat.NotebookNode) -> tuple[nbformat.NotebookNode, list[str]]:
    """Put the edited and added cells of ``old`` into ``new``; the notebook, and a line on each that found no place.

    A build, predict or journal cell goes to the cell of the same exercise. An edited demo or text stays if the lesson's
    own did not change, else it is kept below the new one. Checks are restored, and an edited one is kept below as
    text. The learner's own cells stay behind the cell they followed.
    """
    places = {_key(cell): cell for cell in new.cells}
    following: dict[str, list] = {}  # cells to insert, by the key of the cell they come after
    reports, before, last = [], "", {}
    for cell in old.cells:
        if _course(cell) and _edited(cell):
            last[_key(cell)] = cell  # of an exercise's copies, the last edited one is the learner's answer
    for cell in old.cells:
        course, key = _course(cell), _key(cell) if _course(cell) else ""
        place = places.get(key) if course else None
        before = key if place is not None else before
        same = place is not None and _course(place)["hash"] == course["hash"] and place.cell_type == cell.cell_type
        why = ""
        if not course:
            following.setdefault(before, []).append(cell)
        elif not _edited(cell):
            if place is not None and place.source == cell.source and key not in last:
                place.update({part: cell[part] for part in _RESULTS if part in cell})
        elif place is None:
            why, told = "its exercise or text is no longer in the lesson", "no longer in the lesson; kept as text"
        elif last[key] is not cell:
            why, told = "another copy of this cell came after it", "of several copies the last is in place"
        elif course["kind"] in ANSWERS or (course["kind"] not in LOCKED and same):
            place.update({part: cell[part] for part in ("source", *_RESULTS) if part in cell})
            if not same:
                reports.append(f"{key}: the lesson's version changed; yours is in place")
        else:
            why, told = "the lesson's own is above", "the lesson's own is back in place, yours is below it as text"
        if why:
            following.setdefault(before, []).append(_kept(cell, why))
            reports.append(f"{key}: {told}")
    cells = list(following.pop("", []))
    for cell in new.cells:
        cells += [cell, *following.pop(_key(cell), [])]
    taken = {cell.id for cell in cells if _course(cell)} | {""}
    for cell in cells:
        while not _course(cell) and cell.get("id", "") in taken:
            cell.id = new_raw_cell("").id
        taken.add(cell.id)
    new.cells = cells
    return new, reports
