"""Grading a class: the source of each learner's build cells, questions in a process of its own, marks compared outside.

What was handed in is never run as it is. Pieces are found by the exercise in their cell's metadata (or, where a tool
lost that, by their ``@build`` line), put into our own notebooks, and judged one by one with questions drawn from seeds
that nobody has seen.
"""

from __future__ import annotations

import csv
import json
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from checks.verdict import VISIBLE, Verdict
from workshop import curriculum, judging, report
from workshop.lessons import dump, make, write
from workshop.source import is_stub, pieces_in, read_tree
from workshop.update import read_notebook


@dataclass
class Submission:
    """What one learner handed in: the build cells by piece, and what the instructor should know of it."""

    learner: str
    cells: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    notebooks: set[str] = field(default_factory=set)


def collect(folder: Path) -> list[Submission]:
    """The submissions in a folder: each sub-folder is a learner's; so is each notebook that lies in it directly."""
    known, found = curriculum.pieces(), []
    for entry in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
        if not entry.is_dir() and entry.suffix != ".ipynb":
            continue
        paths = sorted(p for p in entry.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts and p.is_file())
        submission = Submission(entry.name if entry.is_dir() else entry.stem)
        for path in paths if entry.is_dir() else [entry]:
            _read(path, path.relative_to(folder), known, submission)
        submission.notes += ["holds no notebook"] if entry.is_dir() and not paths else []
        found.append(submission)
    return found


def _read(path: Path, shown: Path, known: dict, submission: Submission) -> None:
    notebook = read_notebook(path)
    if notebook is None:
        submission.notes.append(f"{shown}: not a readable notebook; its pieces count as not built")
        return
    for cell in notebook.cells:
        source, course = cell.get("source"), cell.get("metadata", {}).get("course")
        if cell.get("cell_type") != "code" or not isinstance(source, str):
            continue
        course = course if isinstance(course, dict) else {}
        pieces = [course.get("piece")] if course.get("kind") == "build" else pieces_in(source)
        for piece in (p for p in pieces if p in known):
            submission.notebooks.add(known[piece].name)
            tree = read_tree(source)
            if piece in submission.cells and submission.cells[piece] != source:
                submission.notes.append(f"{shown}: {piece} is written more than once; the last that is no stub counts")
                if tree is not None and is_stub(tree):
                    continue
            submission.cells[piece] = source


def grade(submission: Submission, pieces: Iterable[str], seeds: tuple[int, ...]) -> dict[str, Verdict]:
    """The verdict on each piece."""
    cells = submission.cells
    return {p: judging.judge(p, cells[p], seeds=seeds) if p in cells else Verdict(p, "not built") for p in pieces}


def _reason(verdict: Verdict) -> str:
    """Why a piece has no mark, in one line; empty if it has one or was not built."""
    failure = verdict.failure
    return f"{failure.asked}; {failure.mistake or failure.difference or failure.got}" if failure else verdict.reason


def grade_folder(folder: Path, out: Path, seed: int | None = None) -> int:
    """Grade all submissions, print the marks, and write them with the feedback under ``out``; 0 when done."""
    submissions = collect(folder)
    if not submissions:
        print(f"{folder} holds no submissions: put each learner's notebooks in a folder of their name.")
        return 2
    books = [b for b in curriculum.notebooks() if any(b.name in s.notebooks for s in submissions)]
    pieces = [piece for book in books for piece in book.pieces]
    seed = secrets.randbelow(2**31) if seed is None else seed
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda s: grade(s, pieces, (*VISIBLE, seed, seed + 1)), submissions))
    width = max(len(s.learner) for s in submissions)
    marks = []
    for submission, verdicts in zip(submissions, results, strict=True):
        right = sum(v.passed for v in verdicts.values())
        print(f"{submission.learner:<{width}}  {right} of {len(pieces)}")
        remarks = [f"{verdict.piece}: {_reason(verdict)}" for verdict in verdicts.values() if _reason(verdict)]
        for remark in [*remarks, *(f"note: {note}" for note in submission.notes)]:
            print(f"{'':<{width}}    {remark}")
        row = {"learner": submission.learner, "total": right, "of": len(pieces)}
        marks.append(row | {piece: int(verdict.passed) for piece, verdict in verdicts.items()})
        _write_notebooks(submission, books, out)
    out.mkdir(parents=True, exist_ok=True)
    with open(out / "marks.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, marks[0].keys())
        writer.writeheader()
        writer.writerows(marks)
    details = []
    for submission, verdicts in zip(submissions, results, strict=True):
        why = {p: report.failed(v).text if _reason(v) else "" for p, v in verdicts.items()}
        judged = {p: {"outcome": v.outcome, "why": why[p]} for p, v in verdicts.items()}
        details.append({"learner": submission.learner, "notes": submission.notes, "pieces": judged})
    write(out / "marks.json", json.dumps({"seed": seed, "submissions": details}, indent=1, ensure_ascii=False))
    print(f"Marks are in {out / 'marks.csv'}, the reasons in {out / 'marks.json'} (seed {seed}).")
    return 0


def _write_notebooks(submission: Submission, books, out: Path) -> None:
    """Our own notebooks with the learner's build cells in them, for the instructor to look at."""
    for book in books:
        notebook = make(book.name)
        for cell in notebook.cells:
            course = cell.metadata.course
            if course.kind == "build" and course.piece in submission.cells:
                cell.source = submission.cells[course.piece]
        write(out / submission.learner / f"{book.name}.ipynb", dump(notebook))
