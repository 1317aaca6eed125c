"""The ``course`` command: ``course status``, ``course check``, ``course update`` and the rest."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tqdm import tqdm

from course_lib.datasets import listing as datasets
from workshop import curriculum, judging, lab, store, update
from workshop.grade import grade_folder
from workshop.lessons import LessonError, solve
from workshop.phase import test_phase
from workshop.report import failed
from workshop.source import PieceError
from workshop.startpage import progress


def check(options) -> int:
    """Judge the pieces under ``mine/`` again, all of them or those named."""
    wrong = 0
    for piece in options.piece or curriculum.pieces():
        saved = store.load(piece)
        if saved is None and options.piece:
            raise PieceError(f"{piece} is not under mine/: build it in its notebook first")
        if saved is None:
            continue
        verdict = judging.judge(piece, saved.cell)
        if verdict.passed:
            store.save(piece, saved.cell)
            print(f"passes  {piece}")
        else:
            wrong += 1
            print(f"FAILS   {piece}\n{failed(verdict).text}")
    return int(wrong > 0)


def reset(options) -> None:
    for piece in options.piece:
        if piece not in curriculum.pieces():
            raise PieceError(f"there is no piece {piece!r}; `course status` lists the notebooks")
        print(update.reset(piece))


def notebooks(_) -> None:
    begun = time.monotonic()
    for book in curriculum.notebooks():
        print(*(f"{row}\n" for row in update.refresh(book.name)), sep="", end="")
    print(f"{len(curriculum.notebooks())} notebooks are as their lessons say ({time.monotonic() - begun:.1f} s).")


def solutions(options) -> None:
    bar = tqdm([book.name for book in curriculum.notebooks()], unit="notebook")
    ran = [name for name in bar if bar.set_postfix_str(name) or solve(name, force=options.force)]
    print(f"Ran again: {', '.join(ran) or 'none'}.")


def grade(options) -> int:
    folder = Path(options.folder).expanduser()
    if not folder.is_dir():
        raise PieceError(f"{folder} is not a folder: name the one that holds the submissions")
    return grade_folder(folder, Path(options.out or f"{folder}-marks"), options.seed)


def serve(arguments: list[str]) -> int:
    for row in update.finish_interrupted():
        print(row)
    return lab.main(arguments)


def _parser() -> argparse.ArgumentParser:
    about = "Plank by Plank: your pieces, your notebooks, your marks."
    parser = argparse.ArgumentParser(prog="course", description=about)
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(function, name: str, text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(run=function)
        return sub

    verb(lambda _: print(progress().text), "status", "which pieces are yours, and which are the reference's")
    verb(check, "check", "judge the pieces you have built again").add_argument("piece", nargs="*")
    verb(reset, "reset", "give pieces back to the reference").add_argument("piece", nargs="+")
    verb(lambda _: print(*update.update(), sep="\n"), "update", "fetch new lessons; your own cells are kept")
    verb(notebooks, "notebooks", "make the notebooks from the lessons")
    verb(solutions, "solutions", "make and run the solved notebooks").add_argument("--force", action="store_true")
    phase = verb(lambda options: test_phase(options.number), "test-phase", "test your notebooks of a phase")
    phase.add_argument("number", type=int)
    grading = verb(grade, "grade", "grade the submissions in a folder")
    grading.add_argument("folder")
    grading.add_argument("--out", help="where marks go; FOLDER-marks if not said")
    grading.add_argument("--seed", type=int, help="the seed of the hidden questions, to repeat a grading")
    data = verb(lambda options: datasets.main(options.name), "data", "list the data sets, or fetch those named")
    data.add_argument("name", nargs="*")
    verb(None, "lab", "open the course in JupyterLab")
    return parser


def main(arguments: list[str]) -> int:
    """Run one verb; what a user got wrong is one line and exit status 2."""
    try:
        if arguments[:1] == ["lab"]:  # whose options are JupyterLab's
            return serve(arguments[1:])
        options = _parser().parse_args(arguments)
        return options.run(options) or 0
    except (PieceError, LessonError, update.UpdateError) as error:
        print(f"course: {error}")
        return 2
    except OSError as error:
        print(f"course: {error.strerror or error}: {error.filename or ''}")
        return 2
    except KeyboardInterrupt:
        print("\nStopped. Nothing is lost.")
        return 130
