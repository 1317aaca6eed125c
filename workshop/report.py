"""Verdicts for people: one line when it is right, four things when it is not, as HTML and as text."""

from __future__ import annotations

import html
import os
import re
import sys
import textwrap

import numpy as np

from checks.compare import kind
from checks.verdict import Failure, Verdict
from workshop.source import split

# JupyterLab's own colours, so that they suit its dark theme too; the second ones serve elsewhere.
GREEN, RED = "var(--jp-success-color0, #1a7f4b)", "var(--jp-error-color1, #b3261e)"
GREY = "var(--jp-content-font-color2, #6b7280)"
_CELL = "text-align:left;vertical-align:top;padding:2px 12px 2px 0"
WRAP = "white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere"  # long lines break between words and numbers


class Message:
    """Text that a terminal prints and a notebook shows as HTML."""

    def __init__(self, text: str, markup: str):
        self.text, self.markup = text, markup

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.markup


def line(word: str, rest: str, colour: str = GREY) -> Message:
    """One line that begins with a coloured word."""
    markup = f'<div><b style="color:{colour}">{html.escape(word)}</b> {html.escape(rest)}</div>'
    return Message(f"{word} {rest}".strip(), markup)


def show_value(value: object, width: int = 400) -> str:
    """A value as a reader would write it, cut off where it gets long."""
    if isinstance(value, np.ndarray):
        text = np.array2string(value, separator=", ", threshold=40, edgeitems=3, precision=17)
        text = f"np.array({text})"
    elif isinstance(value, list) and value and isinstance(value[0], list) and len(repr(value)) > 70:
        text = "[" + ",\n ".join(map(repr, value)) + "]"
    else:
        text = repr(value)
    return text if len(text) <= width else text[:width] + " …"


def failure_rows(failure: Failure) -> list[tuple[str, str, bool]]:
    """The parts of a failure: a label, its text, and whether the text is code."""
    call = "\n".join([*(f"{n} = {show_value(v)}" for n, v in failure.inputs.items()), failure.code])
    rows = [
        ("asked", failure.asked, False),
        ("input", call, True),
        ("expected", _labelled(failure.expected), not isinstance(failure.expected, str)),
        ("got", _labelled(failure.got), True),
        ("difference", failure.difference, False),
        ("raised in", failure.where, True),
        ("printed", failure.printed.rstrip(), True),
        ("mistake" if failure.known else "probably", failure.mistake, False),
    ]
    return [row for row in rows if row[1]]


def _labelled(value: object) -> str:
    if isinstance(value, str) and " " in value:
        return value
    text, what = show_value(value), kind(value)
    return text if "\n" in text or what in ("None", "bool", "str") else f"{text}    # {what}"


def _marked(text: str, code: bool) -> str:
    """Text as HTML; in prose, what stands in backticks is code."""
    escaped = html.escape(text)
    return escaped if code else re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)


def failed(verdict: Verdict, hint: str = "", note: str = "") -> Message:
    """The message of a piece that failed."""
    name = split(verdict.piece)[1]
    rows = failure_rows(verdict.failure) if verdict.failure else [("reason", verdict.reason, False)]
    if hint:
        rows.append(("hint", hint, False))
    heading = "is not right yet" if verdict.outcome == "failed" else "cannot be used"
    lines, body = [f"{name} {heading}"], ""
    for label, text, code in rows:
        first, *more = (text.splitlines() if code else textwrap.wrap(text, 96)) or [""]
        lines += [f"  {label:<11}{first}", *(" " * 13 + row for row in more)]
        tag = "pre" if code else "div"
        style = f"margin:0;background:none;padding:0;{WRAP}" if code else "margin:0"
        weight = ";font-weight:600" if label in ("mistake", "probably") else ""
        cell = f'<{tag} style="{style}{weight}">{_marked(text, code)}</{tag}>'
        cells = f'<td style="color:{GREY};{_CELL}">{label}</td><td style="{_CELL}">{cell}</td>'
        body += f'<tr style="background:none">{cells}</tr>'
    markup = (
        f'<div style="border-left:4px solid {RED};padding:4px 12px"><b style="color:{RED}">{html.escape(name)}</b> '
        f'{heading}<table style="border:none;margin:4px 0">{body}</table>'
        f'<div style="color:{GREY}">{html.escape(note)}</div></div>'
    )
    return Message("\n".join(lines + ([f"  {note}"] if note else [])), markup)


class CheckFailed(AssertionError):
    """A piece that is not right. A notebook shows the message above it instead of a traceback."""

    def __init__(self, message: Message, summary: str):
        super().__init__(summary)
        self.message = message

    def __str__(self) -> str:
        seen = in_notebook() and os.environ.get("COURSE_STRICT") != "1"
        return self.args[0] if seen else f"{self.args[0]}\n{self.message.text}"

    def _render_traceback_(self) -> list[str]:
        return [f"CheckFailed: {self}"]


def ipython():
    """The shell that this code runs in, or None outside of IPython."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def in_notebook() -> bool:
    """Whether a front end that renders HTML is listening."""
    return getattr(ipython(), "kernel", None) is not None


def show(message: Message) -> None:
    """Display a message where there is a front end, else print it."""
    if in_notebook():
        from IPython.display import display

        display(message)
    else:
        print(message.text)
