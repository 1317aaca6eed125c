"""Texts from a grammar whose true entropy is known.

A grammar is a table of rules. A rule is a list of alternatives, the first twice as likely as the second, three times
as likely as the third, and so on (Zipf's law); ``{noun}`` in an alternative is replaced by what the rule ``noun``
makes. If no text can be made in two ways, the entropy of what a rule makes is that of all the choices on the way:

    H(rule) = sum over alternatives of p * (-log2 p + sum of H over the rules in it)

(C. E. Shannon, A mathematical theory of communication, 1948.) Texts made one after the other have H / L bits a
character, where L is the mean length, which follows in the same way.
"""

from __future__ import annotations

import bisect
import itertools
import math
import random
import re

Rules = dict[str, list[str]]


class Grammar:
    """A table of ``rules``, none of which may lead back to itself."""

    def __init__(self, rules: Rules):
        self.rules = {name: [_parts(text) for text in alternatives] for name, alternatives in rules.items()}
        self._sums = {n: list(itertools.accumulate(probabilities(len(a)))) for n, a in self.rules.items()}

    def make(self, rule: str, rng: random.Random) -> str:
        """One text, drawn by ``rng``."""
        made: list[str] = []
        self._make(rule, rng.random, made)
        return "".join(made)

    def _make(self, rule: str, draw, made: list[str]) -> None:
        sums = self._sums[rule]
        for literal, inner in self.rules[rule][min(bisect.bisect(sums, draw()), len(sums) - 1)]:
            made.append(literal)
            if inner:
                self._make(inner, draw, made)

    def entropy(self, rule: str) -> float:
        """Bits in one text that ``rule`` makes."""
        return sum(
            p * (sum(self.entropy(inner) for _, inner in parts if inner) - math.log2(p))
            for p, parts in zip(probabilities(len(self.rules[rule])), self.rules[rule])
        )

    def length(self, rule: str) -> float:
        """The mean number of characters of a text that ``rule`` makes."""
        return sum(
            p * sum(len(literal) + (self.length(inner) if inner else 0) for literal, inner in parts)
            for p, parts in zip(probabilities(len(self.rules[rule])), self.rules[rule])
        )

    def bits_per_character(self, rule: str) -> float:
        """The entropy of a text in which ``rule`` is made over and over."""
        return self.entropy(rule) / self.length(rule)


def probabilities(count: int) -> list[float]:
    """Zipf's law for ``count`` alternatives: in proportion to 1, 1/2, 1/3, ..."""
    total = sum(1 / rank for rank in range(1, count + 1))
    return [1 / rank / total for rank in range(1, count + 1)]


def _parts(text: str) -> list[tuple[str, str]]:
    """``"the {noun} is"`` as ``[("the ", "noun"), (" is", "")]``."""
    pieces = re.split(r"\{(\w+)\}", text) + [""]
    return list(zip(pieces[::2], pieces[1::2]))


_NOUNS = "king crown night sword heart friend lady storm promise battle garden letter mother shadow river throne"
_DEEDS = "see fear follow remember forgive want know leave find hold praise doubt guard lose"
_MOODS = "old noble bitter silent golden young cruel gentle distant bright weary honest"

PLAY: Rules = {
    "speech": ["{who}:\n{line}\n{line}\n\n", "{who}:\n{line}\n\n", "{who}:\n{line}\n{line}\n{line}\n\n"],
    "who": [*"ROMEO KING JULIET DUKE NURSE HELENA ORSINO CLOWN PORTIA BANQUO".split()],
    "line": ["{one}.", "{many}.", "{ask}?", "O {mood} {noun}, {many}!"],
    "one": ["The {single} {deed}s the {things}", "My {single} {deed}s thy {things}"],
    "many": ["the {plural} {deed} the {things}", "thy {plural} {deed} my {things}", "we {deed} the {things}"],
    "ask": ["What {noun} will {deed} the {things}", "Why should the {plural} {deed} us"],
    "single": ["{noun}", "{mood} {noun}"],
    "plural": ["{noun}s", "{mood} {noun}s"],
    "things": ["{noun}", "{noun}s", "{mood} {noun}"],
    "noun": [w for w in _NOUNS.split() if not w.endswith("y")],
    "deed": _DEEDS.split(),
    "mood": _MOODS.split(),
}

ARTICLE: Rules = {
    "article": [" \n = {title} = \n \n {sentence}{sentence}{sentence}\n {sentence}{sentence}\n \n"],
    "title": ["{place}", "{animal} of {place}", "Battle of {place}", "{place} railway"],
    "sentence": [
        "The {thing} of {place} was {built} in {year} . ",
        "It is the {rank} {thing} in {place} , and has {count} {parts} . ",
        "In {year} , the {animal} was {seen} near {place} . ",
        "{count} {parts} were {built} before {year} , but the <unk> was not {built} until {year} . ",
    ],
    "thing": "bridge church castle station river school harbour theatre mill museum".split(),
    "parts": "arches towers houses rooms gates windows bells ships roads gardens".split(),
    "place": "London Kent Oslo Norfolk Ohio Java Perth Quebec Malta Bergen Tokyo Lima Derby Cairo Texas Lyon".split(),
    "built": "built opened rebuilt closed sold restored".split(),
    "seen": "seen described painted hunted protected".split(),
    "animal": "Heron Falcon Otter Salmon Wolf Marten Swan".split(),
    "rank": "oldest largest second smallest".split(),
    "count": "two three four six nine twelve forty".split(),
    "year": ["18{digit}{digit}", "19{digit}{digit}", "17{digit}{digit}"],
    "digit": [*"0512749368"],
}

NAME: Rules = {
    "name": ["{first}{second}", "{first}{second}{last}", "{first}{second}{second}", "{first}{second}{second}{last}"],
    "first": [c + "{vowel}" for c in "mjklarsdtnbchevgp" if c not in "aeiou"],
    "second": [c + "{vowel}" for c in "lrnmsdkthvyb"],
    "vowel": [*"aieou"],
    "last": [*"nhrlsm"],
}

REVIEW: Rules = {
    "positive": ["{fact}{good}{fact}{good}", "{good}{fact}{good}{but_bad}", "{fact}{good}{good}{fact}{end_good}"],
    "negative": ["{fact}{bad}{fact}{bad}", "{bad}{fact}{bad}{but_good}", "{fact}{bad}{bad}{fact}{end_bad}"],
    "good": [
        *("The {part} was {praise}. ", "I {love} the {part}. ", "The {part} is not {blame} at all. "),
        "What a {praise} {part}! ",
    ],
    "bad": [
        *("The {part} was {blame}. ", "I {hate} the {part}. ", "The {part} is not {praise} at all. "),
        "What a {blame} {part}! ",
    ],
    "but_bad": ["Only the {part} was a bit {blame}. "],
    "but_good": ["Only the {part} was a bit {praise}. "],
    "end_good": ["See it!", "I will watch it again.", "Well worth the time."],
    "end_bad": ["Avoid it.", "I want my money back.", "A waste of time."],
    "fact": [
        *("I saw this film {when}. ", "It is about a {person} in {place}. ", "It runs for two hours.<br /><br />"),
        "A {person} meets a {person}. ",
    ],
    "part": "plot acting ending music script camera dialogue story cast pace".split(),
    "praise": "great wonderful moving brilliant clever funny beautiful".split(),
    "blame": "terrible boring awful weak dull predictable ugly".split(),
    "love": "loved enjoyed admired".split(),
    "hate": "hated disliked despised".split(),
    "when": ["last week", "in a cinema", "with friends", "on television"],
    "person": "detective soldier teacher thief doctor singer farmer".split(),
    "place": "Paris Chicago Rome Texas Berlin".split(),
}
