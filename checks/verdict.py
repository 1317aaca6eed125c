"""Weighing a piece's answers to its questions: what is wrong, and which mistake it probably is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from checks import diagnose, plain
from checks.compare import difference
from checks.language import Case, Piece, Question, call

VISIBLE = (0,)  # the seeds a learner's questions are drawn from


@dataclass
class Failure:
    """What is wrong with a piece, at the smallest input that shows it."""

    asked: str = ""
    code: str = ""
    inputs: Case = field(default_factory=dict)
    expected: str = ""
    got: str = ""
    difference: str = ""
    where: str = ""
    printed: str = ""
    mistake: str = ""
    known: bool = False


@dataclass
class Verdict:
    """``outcome`` is "passed", "failed", "not built" or "refused" (it could not be run; ``reason`` says why)."""

    piece: str
    outcome: str
    questions: int = 0
    cases: int = 0
    failure: Failure | None = None
    reason: str = ""

    @property
    def passed(self) -> bool:
        return self.outcome == "passed"


def drawn(spec: Piece, seeds: Sequence[int]) -> list[tuple[Question, list[Case]]]:
    """The questions of a piece with their cases; a fixed list of cases is asked once, whatever the seeds."""
    result = []
    for question in spec.questions:
        used = seeds if callable(question.cases) else seeds[:1]
        result.append((question, [case for seed in used for case in question.drawn(seed)]))
    return result


def weigh(
    spec: Piece, answers: list[dict], seeds: Sequence[int] = VISIBLE, mistaken: Callable[..., list[dict]] | None = None
) -> Verdict:
    """The verdict on a piece that gave these answers to its questions.

    ``mistaken(index)`` gives the answers of a known mistake, ``mistaken(index, only)`` the one to a single case; with
    it, the probable mistake is looked for.
    """
    questions = drawn(spec, seeds)
    flat = [(question, case) for question, cases in questions for case in cases]
    if answers and ("refused" in answers[0] or ("error" in answers[0] and "after" not in answers[0])):
        reason = answers[0].get("refused") or f"it does not load: {_error_text(answers[0])}"
        return Verdict(spec.name, "refused", reason=reason)
    failures = [examine(question, case, answer) for (question, case), answer in zip(flat, answers)]
    wrong = [at for at, failure in enumerate(failures) if failure is not None]
    if not wrong:
        if len(answers) != len(flat) or not flat:
            raise RuntimeError(f"{spec.name}: {len(answers)} answers to {len(flat)} questions")
        return Verdict(spec.name, "passed", len(questions), len(flat))
    first = failures[wrong[0]]
    if mistaken:
        first.mistake = _known_mistake(spec, mistaken, flat, answers, wrong, first)
        first.known = bool(first.mistake)
        if not first.known:
            asked = flat[wrong[0]][0]
            of_it = [at for at in wrong if flat[at][0] is asked and asked.answer and "value" in answers[at]]
            first.mistake = diagnose.guess(asked, first, [(failures[at].expected, failures[at].got) for at in of_it])
    return Verdict(spec.name, "failed", len(questions), len(flat), first)


def examine(question: Question, case: Case, answer: dict) -> Failure | None:
    """Compare one answer; None if it is right."""
    failure = Failure(question.statement, question.code, case, where=answer.get("where", ""))
    failure.printed = answer.get("printed", "")
    if "ended" in answer or "error" in answer:
        failure.got = _error_text(answer)
        if question.raises and "error" in answer:
            missing = [m for m in question.raises.mentions if m not in answer["message"]]
            if question.raises.error in answer["error"] and not missing:
                return None
            failure.difference = f"the message does not mention {', '.join(missing)}" if missing else ""
        failure.expected = _expected_text(question, case)
        return failure
    got = plain.decode(answer["value"])
    failure.got, failure.expected = got, _expected_text(question, case)
    if question.raises:
        failure.difference = "no error was raised"
        return failure
    if question.accept:
        wrong = call(question.accept, case, got)
        failure.difference = wrong or ""
    else:
        wrong = difference(plain_answer(question, case), got, question.rtol, question.atol)
        failure.difference = wrong or ""
    if wrong:
        return failure
    if not question.mutates and answer["after"] is not None:
        for name, value in answer["after"].items():
            if (change := difference(case[name], plain.decode(value), 0, 0)) is not None:
                failure.expected, failure.got = f"{name} left as it was", plain.decode(value)
                failure.difference = f"your piece changed its input {name}: {change}"
                return failure
    return None


def plain_answer(question: Question, case: Case) -> object:
    """The right answer, as the same plain data that answers arrive as."""
    fresh = {name: plain.decode(plain.encode(value)) for name, value in case.items()}
    return plain.decode(plain.encode(call(question.answer, fresh)))


def _error_text(answer: dict) -> str:
    if "ended" in answer:
        return "no answer: it ran out of time" if answer["ended"] == "time" else "no answer: its process died"
    return f"{answer['error'][0]}: {answer['message']}".rstrip(": ")


def _expected_text(question: Question, case: Case) -> object:
    if question.raises:
        mentions = f" whose message mentions {', '.join(question.raises.mentions)}" if question.raises.mentions else ""
        return f"{question.raises.error} is raised{mentions}"
    return question.expected if question.accept else plain_answer(question, case)


def _known_mistake(spec, mistaken, flat, answers, wrong: list[int], first: Failure) -> str:
    """The sentence of the known mistake that explains the wrong answers best, or an empty string."""
    best, sentence = 0.0, ""
    unclear = "ended" in answers[-1] or first.difference.startswith("the message does not mention")
    for index, mistake in enumerate([] if unclear else spec.mistakes):
        alone = mistaken(index, wrong[0])  # the first wrong answer tells most of them apart
        if not (alone and _same_answer(flat[wrong[0]][0], answers[wrong[0]], alone[0])):
            continue
        if (likeness := _likeness(flat, answers, mistaken(index), wrong)) > best:
            best, sentence = likeness, mistake.sentence
    return sentence


def _likeness(flat, mine: list[dict], theirs: list[dict], wrong: list[int]) -> float:
    """How well a known mistake explains the answers, from 0 to 1; 0 if it explains less than half of the wrong ones."""
    same = {}
    for at, ((question, _), a, b) in enumerate(zip(flat, mine, theirs)):
        if not (diagnose.not_finite(a) and diagnose.not_finite(b)):
            same[at] = _same_answer(question, a, b)
    told = [same[at] for at in wrong if at in same]
    return sum(same.values()) / len(same) if told and 2 * sum(told) >= len(told) else 0.0


def _same_answer(question: Question, a: dict, b: dict) -> bool:
    if "value" not in a or "value" not in b:
        alike = SequenceMatcher(None, a.get("message", ""), b.get("message", "")).ratio() > 0.6
        return (
            alike
            and [a.get(k) for k in ("error", "ended")] == [b.get(k) for k in ("error", "ended")]
            and "value" not in {*a, *b}
        )
    if a["after"] != b["after"] and not question.mutates:
        return False
    if a["value"] == b["value"]:
        return True
    left, right = plain.decode(a["value"]), plain.decode(b["value"])
    return difference(left, right, max(question.rtol, 1e-9), max(question.atol, 1e-12)) is None
