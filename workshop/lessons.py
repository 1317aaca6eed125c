"""Notebooks from lessons.

A lesson is MyST Markdown, one file a notebook. Its code cells are plain Python, or begin with one option line:

``:start:``               the first code cell; ``start(...)`` is put before the imports it holds
``:build: PIECE``         becomes signature, docstring and stub, or the reference; lines in it replace the stub's body
``:given: PIECE, ...``    shows definitions of ``course_lib``
``:predict: VALUE``       a call of ``predict``; VALUE is the guess in the solved notebook
``:journal:``             the journal's cell

A build cell may carry ``:difficulty:``, ``:importance:`` (1 to 5) and ``:minutes:``, which are shown above it.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
from pathlib import Path

import jupytext
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from workshop import store
from workshop.paths import LESSONS, ROOT, SOLUTIONS, module_file
from workshop.source import code_lines, find, plural, reference_text, split, stub_text

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_START = """from __future__ import annotations

from workshop import NotBuilt, build, check, journal, predict, reveal, start

start("{name}"{solution})
"""
_JOURNAL = 'journal("""\n...\n""")'
_OPTIONS = {"build", "given", "predict", "start", "journal", "difficulty", "importance", "minutes"}
_CHECK = re.compile(r'^check\("([^"]+)"\)\s*$', re.MULTILINE)


class LessonError(Exception):
    """A lesson that cannot become a notebook; the message names the file and the remedy."""


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _slug(text: str, limit: int = 48) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:limit] or "cell"


def exercise_id(piece: str) -> str:
    """A piece's name in the letters that cell ids and nbgrader allow."""
    return re.sub(r"[^A-Za-z0-9]+", "-", piece).strip("-")[:56]


def _build_cells(piece: str, body: str, options: dict, solved: bool) -> tuple[str, str]:
    """The text above an exercise, and its cell."""
    text, (module, qualname) = reference_text(piece), split(piece)
    owner, _, name = qualname.rpartition(".")
    node = find(ast.parse(text), name)
    about = [f"**Build `{qualname}`**"]
    about += [f"{name} {options[name]}/5" for name in ("difficulty", "importance") if name in options]
    about += [f"{options['minutes']} minutes"] if "minutes" in options else []
    about.append(f"roughly {plural(code_lines(text, node), 'line')}")
    target = f"{module}:{owner}" if owner else module
    return " · ".join(about), f'@build("{target}")\n{text if solved else stub_text(text, node, body)}'


def _given_cell(names: str) -> str:
    parts, inside = [], ""
    for piece in (name.strip() for name in names.split(",")):
        module, qualname = split(piece)
        owner = qualname.rpartition(".")[0]
        text = reference_text(piece)
        if owner:
            text = "\n".join(("    " + row).rstrip() for row in text.splitlines())
            head = reference_text(f"{module}:{owner}").partition(":\n")[0]
            text = text if owner == inside else f"{head}:\n    ...\n\n{text}"
        inside = owner
        parts.append(text)
    where = module_file(module).relative_to(ROOT)
    return f"Given, in `{where}`:\n\n```python\n" + "\n\n".join(parts) + "\n```"


def _nbgrader(piece: str, check: bool) -> dict:
    ident = f"{'check' if check else 'build'}-{exercise_id(piece)}"
    grade = {"grade": check, "solution": not check, "locked": check, "task": False, "schema_version": 3}
    return grade | {"grade_id": ident} | ({"points": 1} if check else {})


def make(name: str, solved: bool = False) -> nbformat.NotebookNode:
    """The notebook of a lesson, without outputs: the learner's, or the solved one."""
    path = LESSONS / f"{name}.md"
    lesson = jupytext.reads(path.read_text(encoding="utf-8"), fmt="md:myst")
    cells, used, section = [], {}, "top"

    def add(kind: str, cell, ident: str, piece: str = "") -> None:
        used[ident] = used.get(ident, 0) + 1
        cell.id = ident if used[ident] == 1 else f"{ident}-{used[ident]}"
        course = {"kind": kind, "hash": digest(cell.source)} | ({"piece": piece} if piece else {})
        cell.metadata = {"course": course}
        if kind in ("build", "check"):
            cell.metadata["nbgrader"] = _nbgrader(piece, kind == "check")
        cells.append(cell)

    for raw in lesson.cells:
        options = {key: raw.metadata[key] for key in raw.metadata if key in _OPTIONS}
        source = raw.source.strip("\n")
        if raw.cell_type == "markdown":
            heading = re.search(r"^#+ (.+)$", source, re.MULTILINE)
            section = _slug(heading[1]) if heading else section
            add("prose", new_markdown_cell(source), section)
        elif "build" in options:
            piece = options["build"]
            if not any(cell.source.strip() == f'check("{piece}")' for cell in lesson.cells):
                raise LessonError(f"{path.relative_to(ROOT)}: {piece} is built but never checked")
            about, cell = _build_cells(piece, source, options, solved)
            add("prose", new_markdown_cell(about), f"about-{exercise_id(piece)}")
            add("build", new_code_cell(cell), f"build-{exercise_id(piece)}", piece)
        elif "given" in options:
            add("given", new_markdown_cell(_given_cell(options["given"])), f"given-{section}")
        elif "start" in options:
            text = _START.format(name=name, solution=", solution=True" if solved else "")
            add("start", new_code_cell(f"{text}\n{source}" if source else text), "start")
        elif "journal" in options:
            add("journal", new_code_cell(_JOURNAL), "journal")
        elif "predict" in options:
            if "guess=..." not in source:
                raise LessonError(f"{path.relative_to(ROOT)}: a predict cell needs guess=... in its call")
            text = source.replace("guess=...", f"guess={options['predict']}") if solved else source
            add("predict", new_code_cell(text), f"predict-{section}")
        elif match := _CHECK.match(source):
            add("check", new_code_cell(source), f"check-{exercise_id(match[1])}", match[1])
        else:
            add("demo", new_code_cell(source), f"demo-{section}")
            cells[-1].metadata |= {k: v for k, v in raw.metadata.items() if k == "tags"}
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "course": {"notebook": name}})


def dump(notebook: nbformat.NotebookNode) -> str:
    return nbformat.writes(notebook) + "\n"


def write(path: Path, text: str) -> bool:
    """Write a file whole, if it differs; says whether it did."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    store._write(path, text)
    return True


# ------------------------------------------------------------------ solved notebooks


def fingerprint(notebook: nbformat.NotebookNode) -> str:
    """Hash of what a solved notebook's outputs depend on: its code and the library under it."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    modules = re.findall(r"course_lib\.([\w.]+)", "\n".join(code)) + [
        split(cell.metadata.course.piece)[0] for cell in notebook.cells if cell.metadata.course.kind == "build"
    ]
    files = {file for module in modules if module_file(module).exists() for file in store._uses(module)}
    return digest("\0".join(code + [file.read_text(encoding="utf-8") for file in sorted(files)]))


def solve(name: str, force: bool = False) -> bool:
    """Make a solved notebook, running it if what its outputs depend on has changed; says whether it ran."""
    from nbclient import NotebookClient

    path = SOLUTIONS / f"{name}.ipynb"
    notebook = make(name, solved=True)
    course = notebook.metadata.course
    course.fingerprint = fingerprint(notebook)
    notebook.metadata.language_info = {"name": "python"}
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    old = nbformat.read(path, 4) if path.exists() and not force else notebook
    if old is not notebook and old.metadata.get("course", {}).get("fingerprint") == course.fingerprint:
        for cell, ran in zip(code, (cell for cell in old.cells if cell.cell_type == "code"), strict=True):
            cell.outputs, cell.execution_count = ran.outputs, ran.execution_count
        write(path, dump(notebook))
        return False
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}})
    client.execute(env=os.environ | {"COURSE_STRICT": "1"})
    for cell in code:
        cell.metadata.pop("execution", None)
        cell.outputs = _merged(cell.outputs)
    notebook.metadata.language_info = {"name": "python"}
    write(path, dump(notebook))
    return True


def _merged(outputs: list) -> list:
    """The outputs with neighbouring prints as one: how they arrive depends on timing."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.get("name", "") == last.get("name"):  # only prints have names: stdout or stderr
            last.text += output.text
        else:
            merged.append(output)
    return merged
