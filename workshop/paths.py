"""Where things are."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LESSONS = ROOT / "lessons"
SOLUTIONS = ROOT / "solutions"


def mine() -> Path:
    """The folder of the learner's own pieces; ``COURSE_MINE`` moves it."""
    return Path(os.environ.get("COURSE_MINE") or ROOT / "mine")


def module_file(module: str) -> Path:
    """The source file of a module of ``course_lib``, named without that prefix: ``"foundations.matrix"``."""
    path = ROOT.joinpath("course_lib", *module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def checks_files(module: str) -> list[Path]:
    """What says what must hold of the pieces of ``module``: a file of that name, or the files of a folder."""
    path = ROOT.joinpath("checks", *module.split("."))
    file = path.with_suffix(".py")
    return [file] if file.exists() else sorted(path.glob("[!_]*.py"))
