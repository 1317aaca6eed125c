"""Texts, pairs and series made by a seeded generator: what a loader hands over when its set cannot be had."""

from __future__ import annotations

import functools
import random

import numpy as np

from course_lib.datasets import grammar
from course_lib.datasets.grammar import Grammar


@functools.cache
def play(characters: int, seed: int = 0) -> tuple[str, float]:
    """Speeches of a play, so many characters of them, and their entropy in bits a character."""
    rules, rng, made, size = Grammar(grammar.PLAY), random.Random(seed), [], 0
    while size < characters:
        made.append(rules.make("speech", rng))
        size += len(made[-1])
    return "".join(made)[:characters], rules.bits_per_character("speech")


@functools.cache
def articles(lines: int, seed: int) -> tuple[str, float]:
    """Articles in WikiText's format, so many lines of them, and their entropy in bits a character."""
    rules, rng = Grammar(grammar.ARTICLE), random.Random(seed)
    made = [rules.make("article", rng) for _ in range(lines // 6 + 1)]  # each has six lines
    return "".join("".join(made).splitlines(keepends=True)[:lines]), rules.bits_per_character("article")


@functools.cache
def names(count: int, seed: int = 0) -> tuple[tuple[str, ...], float]:
    """Names of four to seven letters, and the entropy of one of them in bits."""
    rules, rng = Grammar(grammar.NAME), random.Random(seed)
    return tuple(rules.make("name", rng) for _ in range(count)), rules.entropy("name")


@functools.cache
def reviews(count: int, seed: int) -> tuple[str, ...]:
    """Reviews of films, the first half negative, the second half positive."""
    rules, rng = Grammar(grammar.REVIEW), random.Random(seed)
    return tuple(rules.make("negative" if i < count // 2 else "positive", rng).strip() for i in range(count))


_ONES = (
    *"zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen".split(),
    *"fifteen sixteen seventeen eighteen nineteen".split(),
)
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
_UNS = (
    *"zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize".split(),
    *"dix-sept dix-huit dix-neuf".split(),
)
_DIZAINES = "_ _ vingt trente quarante cinquante soixante".split()


def english(number: int) -> str:
    """A whole number below a million in English words: 121 is "one hundred and twenty-one"."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    if number < 1000:
        return f"{_ONES[number // 100]} hundred" + (f" and {english(number % 100)}" if number % 100 else "")
    rest = number % 1000
    return f"{english(number // 1000)} thousand" + (f"{' and' * (rest < 100)} {english(rest)}" if rest else "")


def french(number: int, plural: bool = True) -> str:
    """A whole number below a million in French words: 121 is "cent vingt et un".

    *Vingt* and *cent* take an s when they are multiplied and nothing follows; before *mille* they do not
    (``plural=False``).
    """
    if number < 20:
        return _UNS[number]
    if number < 70:
        ten, one = divmod(number, 10)
        return _DIZAINES[ten] + ("" if not one else " et un" if one == 1 else f"-{_UNS[one]}")
    if number < 80:
        return "soixante et onze" if number == 71 else f"soixante-{_UNS[number - 60]}"
    if number < 100:
        return "quatre-vingt" + (f"-{_UNS[number - 80]}" if number > 80 else "s" * plural)
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        cent = "cent" if hundreds == 1 else f"{_UNS[hundreds]} cent"
        return f"{cent} {french(rest, plural)}" if rest else cent + "s" * (plural and hundreds > 1)
    thousands, rest = divmod(number, 1000)
    mille = "mille" if thousands == 1 else f"{french(thousands, plural=False)} mille"
    return f"{mille} {french(rest, plural)}" if rest else mille


def series(name: str, seed: int = 0) -> tuple[tuple[str, ...], np.ndarray]:
    """Dates and values that go up and down as those of the real series do."""
    rng = np.random.default_rng(seed)
    if name == "airline-passengers":
        t, dates = np.arange(144), _months(1949, 144)
        values = np.round(
            120 * np.exp(0.0095 * t) * (1 + 0.2 * np.sin(2 * np.pi * (t - 3) / 12)) + rng.normal(0, 5, 144)
        )
    elif name == "daily-min-temperatures":
        days = np.arange("1981-01-01", "1991-01-01", dtype="datetime64[D]")
        days = days[[not str(day).endswith("12-31") or str(day)[:4] not in ("1984", "1988") for day in days]]
        dates = tuple(str(day) for day in days)
        t = np.arange(len(dates))
        values = np.clip(
            np.round(11.2 + 4 * np.cos(2 * np.pi * (t - 30) / 365) + _wandering(0.6, 2.0, t, rng), 1), 0, None
        )
    elif name == "monthly-sunspots":
        t, dates = np.arange(2820), _months(1749, 2820)
        height = 100 + 50 * np.sin(2 * np.pi * t / 1100)
        values = np.round(np.abs(height * np.sin(np.pi * t / 132) ** 2 + _wandering(0.8, 8.0, t, rng)), 1)
    else:
        t, dates = np.arange(36), tuple(f"{1 + i // 12}-{1 + i % 12:02}" for i in range(36))
        values = np.round(150 + 0.4 * t**2 + rng.normal(0, 50, 36), 1)
    return dates, values.astype(float)


def _months(first: int, count: int) -> tuple[str, ...]:
    return tuple(f"{first + i // 12}-{1 + i % 12:02}" for i in range(count))


def _wandering(memory: float, step: float, t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise in which each value keeps a part of the one before."""
    noise = rng.normal(0, step, len(t))
    for i in range(1, len(t)):
        noise[i] += memory * noise[i - 1]
    return noise
