"""Carrying a learner's work into a new version of a notebook: nothing they wrote is lost."""

from __future__ import annotations

import nbformat
from nbformat.v4 import new_raw_cell

from workshop.lessons import digest
from workshop.source import is_stub, read_tree

ANSWERS = ("build", "predict", "journal")  # cells that are the learner's to fill in
LOCKED = ("check", "start", "given")  # cells that are restored when edited


def _course(cell) -> dict:
    course = cell.metadata.get("course")
    return course if isinstance(course, dict) and "hash" in course else {}


def _edited(cell) -> bool:
    return digest(cell.source) != _course(cell)["hash"]


def written(cell) -> bool:
    """Whether a build cell holds work of its reader (anything but a stub left as it came)."""
    if not _edited(cell):
        return False
    tree = read_tree(cell.source)
    return tree is None or not is_stub(tree) or len(cell.source.splitlines()) > 1


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
        if place is not None and before != key:
            before = key
        if not course:
            following.setdefault(before, []).append(cell)
        elif not _edited(cell):
            if place is not None and place.source == cell.source and key not in last:
                for part in ("outputs", "execution_count", "attachments"):
                    if part in cell:
                        place[part] = cell[part]
        elif place is None:
            following.setdefault(before, []).append(_kept(cell, "its exercise or text is no longer in the lesson"))
            reports.append(f"{key}: no longer in the lesson; your cell is kept as text")
        elif last[key] is not cell:
            following.setdefault(before, []).append(_kept(cell, "another copy of this cell came after it"))
            reports.append(f"{key}: there were several copies; the last is in place, the others are kept as text")
        elif course["kind"] in ANSWERS or (
            course["kind"] not in LOCKED
            and _course(place)["hash"] == course["hash"]
            and place.cell_type == cell.cell_type
        ):
            place.source = cell.source
            for part in ("outputs", "execution_count"):
                if part in cell:
                    place[part] = cell[part]
            if course["kind"] in ANSWERS and _course(place)["hash"] != course["hash"]:
                reports.append(f"{key}: the lesson's version changed; yours is in place")
        else:
            following.setdefault(before, []).append(_kept(cell, "the lesson's own is above"))
            reports.append(f"{key}: the lesson's own is back in place; your version is kept below it as text")
    cells = list(following.pop("", []))
    for cell in new.cells:
        cells += [cell, *following.pop(_key(cell), [])]
    new.cells = cells
    _distinct_ids(new)
    return new, reports


def _distinct_ids(notebook) -> None:
    seen: set[str] = {cell.id for cell in notebook.cells if _course(cell)}
    taken: set[str] = set()
    for cell in notebook.cells:
        if not _course(cell):
            while cell.get("id", "") in seen | taken | {""}:
                cell.id = new_raw_cell("").id
        taken.add(cell.id)
