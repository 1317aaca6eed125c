"""Texts, names, sentence pairs and reviews.

If a set cannot be had, one like it is generated (:mod:`course_lib.datasets.written`), a line on stderr says so, and
``source`` begins with ``"stand-in"``. Every loader raises :class:`DataError` if a file is there but wrong; it names the
file and says what to do.
"""

from __future__ import annotations

import platform
import sysconfig
from pathlib import Path

import numpy as np

from course_lib.datasets import files, written
from course_lib.datasets.dataset import Rows, Splits, Text, Texts
from course_lib.datasets.entries import DataError, registry

_FEWEST_PAIRS = 100_000  # every edition of the sentence pairs since 2016 has more


def load_shakespeare() -> Text:
    """Tiny Shakespeare: 40,000 lines from his plays, 1,115,394 characters, of which 65 are different.

    Nobody has cut it officially; here ``train`` is the first nine tenths, ``valid`` and ``test`` are half of the rest
    each, as in TensorFlow Datasets. The stand-in is as long, and has an ``entropy``.
    """
    entry = registry()["tiny-shakespeare"]
    found = files.obtain(entry)
    if found is None:
        text, bits = written.play(1115394)
        return _cut(entry, text, f"stand-in: speeches from a grammar of {bits:.3f} bits a character (seed 0)", bits)
    return _cut(entry, _decode(found, "input.txt"), found.source(entry))


def load_wikitext2() -> Text:
    """WikiText-2: articles of Wikipedia, cut by its authors, words with spaces between them, rare ones ``<unk>``.

    ``train`` has 36,718 lines and 2,088,628 tokens, ``valid`` and ``test`` about a tenth of that each; a heading stands
    between equals signs. The stand-in has as many lines, shorter ones, and an ``entropy``.
    """
    entry = registry()["wikitext-2"]
    found = files.obtain(entry)
    facts = (entry.licence, entry.citation)
    if found is None:
        made = [written.articles(lines, seed) for seed, lines in enumerate(entry.splits.values())]
        bits = made[0][1]
        source = f"stand-in: articles from a grammar of {bits:.3f} bits a character (seeds 0 to 2)"
        return Text(entry.name, *(text for text, _ in made), source, *facts, entropy=bits)
    parts = [_decode(found, f"wiki.{part}.tokens") for part in entry.splits]
    for part, (name, lines) in zip(parts, entry.splits.items()):
        if part.count("\n") != lines:
            raise DataError(
                f"the {name} part in {found.path} has {part.count(chr(10))} lines, not {lines}: "
                "delete it, or put a whole copy in its place"
            )
    return Text(entry.name, *parts, found.source(entry), *facts)


def load_python_source() -> Text:
    """Python's own standard library: the source code of its modules, always there, and different with each version.

    All modules that are a file of their own, in alphabetical order, cut like :func:`load_shakespeare`.

    Raises
    ------
    DataError: this Python comes without its sources.
    """
    folder = Path(sysconfig.get_path("stdlib"))
    modules = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob("*.py"))]
    if not modules:
        raise DataError(f"{folder} holds no source code: use a Python that comes with its standard library's sources")
    return _cut(
        registry()["python-source"],
        "\n".join(modules),
        f"real: the standard library of Python {platform.python_version()}",
    )


def load_names() -> Rows[str]:
    """Given names: 32,033 of them, lower case, two to fifteen letters from a to z, in the order of makemore's file.

    A list of strings with a ``source``. The stand-in are as many invented names from a grammar; ``source`` says how
    many bits one of them has.
    """
    entry = registry()["names"]
    found = files.obtain(entry)
    if found is None:
        made, bits = written.names(entry.rows)
        source = f"stand-in: names from a grammar, {bits:.3f} bits each (seed 0)"
        return Rows(made, entry.name, source, entry.licence, entry.citation)
    return Rows(_decode(found, "names.txt").split(), entry.name, found.source(entry), entry.licence, entry.citation)


def load_translation() -> Rows[tuple[str, str]]:
    """Sentence pairs, English and French, the shortest first: ``("Go.", "Va !")``.

    A list of pairs with a ``source``. There are several editions of the set; that of 2019-04-07 has 167,130 pairs, and
    ``source`` says how many this one has. The stand-in are numbers in words: ``("twenty-one", "vingt et un")``.
    """
    entry = registry()["fra-eng"]
    found = files.obtain(entry)
    if found is None:
        pairs = [(written.english(n), written.french(n)) for n in range(entry.rows)]
        source = f"stand-in: the numbers from 0 to {entry.rows - 1} in words"
        return Rows(pairs, entry.name, source, entry.licence, entry.citation)
    rows = [line.split("\t") for line in _decode(found, "fra.txt").splitlines()]
    pairs = [(row[0], row[1]) for row in rows if len(row) in (2, 3)]
    if len(pairs) < len(rows) or len(pairs) < _FEWEST_PAIRS:
        raise DataError(
            f"fra.txt in {found.path} has {len(pairs)} pairs in {len(rows)} lines, not {_FEWEST_PAIRS} or more: "
            "delete it, or put a whole copy in its place"
        )
    return Rows(pairs, entry.name, f"{found.source(entry)}; {len(pairs)} pairs", entry.licence, entry.citation)


def load_imdb() -> Splits:
    """IMDB: reviews of films, 25,000 to learn from and 25,000 to test on, half of each negative (0), half positive (1).

    ``train.texts`` are the reviews as they were written, with ``<br />`` for a line's end; ``train.target`` holds ints.
    The rows are sorted by the target, so shuffle them. The stand-in are short reviews put together from templates.
    """
    entry = registry()["imdb"]
    found = files.obtain(entry)
    parts = []
    for seed, (split, rows) in enumerate(entry.splits.items()):
        if found is None:
            texts, source = written.reviews(rows, seed), "stand-in: reviews from templates (seeds 0 and 1)"
        else:
            names = [
                sorted((n for n in found.contents if n.startswith(f"{split}/{kind}/")), key=_number)
                for kind in ("neg", "pos")
            ]
            texts, source = tuple(_decode(found, name) for name in sum(names, [])), found.source(entry)
        target = np.repeat(np.arange(2), rows // 2)
        parts.append(Texts(entry.name, texts, target, ("negative", "positive"), source, entry.licence, entry.citation))
    return Splits(entry.name, *parts)


def _number(name: str) -> int:
    """``"test/neg/17_3.txt"`` is review 17, with 3 stars of ten."""
    digits = name.rpartition("/")[2].partition("_")[0]
    return int(digits) if digits.isdecimal() else -1


def _cut(entry, text: str, source: str, entropy: float | None = None) -> Text:
    nine, half = len(text) * 9 // 10, len(text) * 19 // 20
    return Text(entry.name, text[:nine], text[nine:half], text[half:], source, entry.licence, entry.citation, entropy)


def _decode(found: files.Found, name: str) -> str:
    try:
        return found.contents[name].decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name} in {found.path} is not text in UTF-8 (byte {error.start}): put a whole copy in its place"
        ) from error
