"""The start page: the course map with the learner's progress, made anew each time the course is opened."""

from __future__ import annotations

import html

import nbformat
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from workshop import curriculum, store
from workshop.lessons import KERNEL, dump, write
from workshop.paths import LESSONS, ROOT
from workshop.report import Message
from workshop.source import split

# JupyterLab's own colours, so that they suit its dark theme too; told apart by their fill as well as by their colour.
_GREEN, _ORANGE = "var(--jp-success-color0, #1a7f4b)", "var(--jp-warn-color1, #e07b00)"
_SQUARES = {
    "yours": f"background:{_GREEN};border:1px solid {_GREEN}",
    "to check again": f"background:linear-gradient(135deg,{_GREEN} 50%,transparent 50%);border:1px solid {_GREEN}",
    "not right yet": f"border:4px solid {_ORANGE}",
    "reference": "border:1px solid var(--jp-border-color0, #bdbdbd)",
}
_SQUARE = "display:inline-block;box-sizing:border-box;width:14px;height:14px"


def states() -> dict[str, str]:
    """Whose version of each piece is in use: "yours", "to check again", "not right yet" or "reference"."""

    def state(piece: str) -> str:
        if (saved := store.load(piece)) is not None:
            return "to check again" if saved.stale else "yours"
        return "not right yet" if store.attempted(piece) is not None else "reference"

    return {piece: state(piece) for piece in curriculum.pieces()}


def progress() -> Message:
    """A picture of all pieces, a square each: whose version the library uses."""
    now, rows, texts = states(), [], []

    def square(piece: str) -> str:
        title = f"{html.escape(split(piece)[1])}: {now[piece]}"
        return f'<span title="{title}" style="{_SQUARE};margin:1px;{_SQUARES[now[piece]]}"></span>'

    for book in curriculum.notebooks():
        squares = "".join(map(square, book.pieces))
        mine = sum(now[p] == "yours" for p in book.pieces)
        rows.append(
            f'<tr><td style="text-align:left">{html.escape(book.name)}</td><td style="text-align:left">{squares}</td>'
            f"<td>{mine} of {len(book.pieces)}</td></tr>"
        )
        texts.append(f"{book.name:<40} {mine} of {len(book.pieces)} pieces yours")
        texts += [f"    {state}: {p}" for p in book.pieces if (state := now[p]) in ("not right yet", "to check again")]
    key = " ".join(
        f'<span style="{_SQUARE};vertical-align:middle;{style}"></span> {name} &nbsp;'
        for name, style in _SQUARES.items()
    )
    return Message("\n".join(texts), f"<table>{''.join(rows)}</table><div>{key}</div>")


def course_map() -> str:
    """The whole course as Markdown; notebooks that are there are links."""
    ready, rows = {book.name: book for book in curriculum.notebooks()}, []
    for phase in curriculum.course():
        rows += [f"\n### {phase['title']}  ({phase['weeks']})\n", phase["about"] + "\n"]
        for book in phase["notebook"]:
            name = f"{phase['name']}/{book['name']}"
            title = f"[{book['name']}]({name}.ipynb)" if name in ready else book["name"]
            rows.append(f"- {title}: {book['builds']}" + ("" if name in ready else " *(to come)*"))
    return "\n".join(rows)


def write_start_page() -> None:
    """Write ``start.ipynb``, signed, so that JupyterLab shows its picture without running it."""
    from ipykernel.ipkernel import IPythonKernel  # slow to import

    before, _, after = (LESSONS / "start.md").read_text(encoding="utf-8").partition("<!-- map -->")
    picture = progress()
    data = {"text/plain": picture.text, "text/html": picture.markup}
    code = new_code_cell(
        "from workshop.startpage import progress\n\nprogress()",
        id="progress",
        execution_count=1,
        outputs=[new_output("execute_result", data, execution_count=1)],
    )
    cells = [new_markdown_cell(before.strip(), id="welcome"), code]
    cells += [new_markdown_cell(course_map(), id="map"), new_markdown_cell(after.strip(), id="reference")]
    # What JupyterLab would write here itself, and then ask whether to leave a page with changes.
    language = IPythonKernel.language_info
    notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "language_info": language})
    write(ROOT / "start.ipynb", dump(notebook))
    NotebookNotary().sign(nbformat.from_dict(notebook))
