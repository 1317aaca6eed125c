"""Judging a piece: its questions run in the judge's process, and the answers are compared here."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from checks import diagnose
from checks.compare import difference
from checks.language import Case, Piece, Question, call, forbidden_use, load
from workshop import plain
from workshop.paths import ROOT
from workshop.source import PieceError, is_stub, read_plank, reference_text

MEMORY = 4 << 30
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


class _Server:
    """The process that forks a judge for each request; started when first needed, shared by a whole process."""

    def __init__(self):
        self.lock = threading.Lock()
        self.process = None

    def start(self) -> None:
        with self.lock:
            if self.process is not None and self.process.poll() is None:
                return
            ours, theirs = socket.socketpair()
            code = "import socket, sys; sys.path.insert(0, sys.argv[2])\n"
            code += "from workshop.judge import serve; serve(socket.socket(fileno=int(sys.argv[1])))"
            single = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", code, str(theirs.fileno()), str(ROOT)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**os.environ, **single, "MPLBACKEND": "Agg"},
                start_new_session=True,
            )
            theirs.close()
            self.channel = ours
            atexit.register(ours.close)

    def ask(self, request: dict) -> tuple[int, int]:
        """Send a request; the pipe its answers come from, and the process that gives them."""
        self.start()
        data = plain.dumps(request)
        read, write = os.pipe()
        try:
            with self.lock:
                socket.send_fds(self.channel, [len(data).to_bytes(8, "big")], [write])
                self.channel.sendall(data)
                pid = int.from_bytes(self.channel.recv(8), "big")
        except BaseException:
            os.close(read)
            self.stop()
            raise
        finally:
            os.close(write)
        return read, pid

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self.channel.close()
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


server = _Server()


def run(
    piece: str, text: str | None, questions: Sequence[tuple[Question, list[Case]]], *, allow=(), seconds: float = 10.0
) -> list[dict]:
    """Run questions on the library with ``text`` as the source of ``piece`` (None: the reference).

    One answer a case, in order; fewer if the process ended. The last answer then has ``"ended"``: "time" or "crash".
    """
    request = {
        "piece": piece,
        "planks": [[piece, text, "<your cell>"]] if text is not None else [],
        "questions": [
            {"code": q.code, "cases": [{k: plain.encode(v) for k, v in case.items()} for case in cases]}
            for q, cases in questions
        ],
        "seconds": int(seconds) + 1,
        "memory": MEMORY,
        "allow": list(allow),
    }
    wanted = 1 + sum(len(cases) for _, cases in questions)
    pipe, pid = server.ask(request)
    answers: list[dict] = []
    try:
        deadline, buffer, ended = time.monotonic() + seconds, b"", ""
        while len(answers) < wanted and not ended:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                ended = "time"
                break
            part = os.read(pipe, 1 << 20)
            buffer += part
            while len(buffer) >= 8 and len(buffer) >= 8 + (size := int.from_bytes(buffer[:8], "big")):
                if size > 4 * plain.MAX_BYTES:
                    raise plain.NotPlain("an answer is too large")
                answers.append(plain.loads(buffer[8 : 8 + size]))
                buffer = buffer[8 + size :]
            if answers and ("refused" in answers[0] or "error" in answers[0]):
                return answers[:1]
            if not part:
                ended = "crash"
        if ended and len(answers) < wanted:
            answers.append({"ended": ended})
    finally:
        os.close(pipe)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    return answers[1:] if answers and "loaded" in answers[0] else answers


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


def judge(piece: str, text: str, *, seeds: Sequence[int] = VISIBLE, explain: bool = True) -> Verdict:
    """Judge the source ``text`` of a cell that builds ``piece``; with ``explain``, look for the probable mistake."""
    spec = load(piece)
    try:
        plank = read_plank(piece, text)
        if is_stub(plank.node):
            return Verdict(piece, "not built")
        if banned := forbidden_use(spec, text):
            return Verdict(piece, "refused", reason=banned)
    except PieceError as error:
        return Verdict(piece, "refused", reason=str(error))
    return verdict_on(spec, text, seeds=seeds, explain=explain)


def drawn(spec: Piece, seeds: Sequence[int]) -> list[tuple[Question, list[Case]]]:
    """The questions of a piece with their cases; a fixed list of cases is asked once, whatever the seeds."""
    result = []
    for question in spec.questions:
        used = seeds if callable(question.cases) else seeds[:1]
        result.append((question, [case for seed in used for case in question.drawn(seed)]))
    return result


def verdict_on(spec: Piece, text: str | None, *, seeds: Sequence[int] = VISIBLE, explain: bool = True) -> Verdict:
    """Ask all questions of a piece; ``text`` None asks the reference."""
    questions = drawn(spec, seeds)
    answers = run(spec.name, text, questions, allow=spec.allow, seconds=spec.seconds)
    return weigh(spec, answers, seeds, explain)


def weigh(spec: Piece, answers: list[dict], seeds: Sequence[int] = VISIBLE, explain: bool = True) -> Verdict:
    """The verdict on a piece that gave these answers to its questions."""
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
    if explain:
        first.mistake = _known_mistake(spec, tuple(seeds), flat, answers, wrong, first)
        first.known = bool(first.mistake)
        if not first.known:
            asked = flat[wrong[0]][0]
            of_it = [at for at in wrong if flat[at][0] is asked and asked.answer and "value" in answers[at]]
            first.mistake = diagnose.guess(asked, first, [(failures[at].expected, failures[at].got) for at in of_it])
    return Verdict(spec.name, "failed", len(questions), len(flat), first)


@functools.lru_cache(maxsize=4096)
def _mistaken(name: str, index: int, seeds: tuple[int, ...], only: int | None = None) -> list[dict]:
    """What a known mistake answers, to all questions or to ``only`` one; the same for every learner."""
    spec = load(name)
    questions = drawn(spec, seeds)
    if only is not None:
        question, case = [(q, c) for q, cases in questions for c in cases][only]
        questions = [(question, [case])]
    return run(name, spec.mistakes[index].text, questions, allow=spec.allow, seconds=spec.seconds)


def _known_mistake(spec, seeds, flat, answers, wrong: list[int], first: Failure) -> str:
    """The sentence of the known mistake that explains the wrong answers best, or an empty string."""
    best, sentence = 0.0, ""
    unclear = "ended" in answers[-1] or first.difference.startswith("the message does not mention")
    for index, mistake in enumerate([] if unclear else spec.mistakes):
        alone = _mistaken(spec.name, index, seeds, wrong[0])  # the first wrong answer tells most of them apart
        if not (alone and _same_answer(flat[wrong[0]][0], answers[wrong[0]], alone[0])):
            continue
        if (likeness := _likeness(flat, answers, _mistaken(spec.name, index, seeds), wrong)) > best:
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
        return a.get("error") == b.get("error") and a.get("ended") == b.get("ended") and "value" not in {*a, *b}
    if a["after"] != b["after"] and not question.mutates:
        return False
    if a["value"] == b["value"]:
        return True
    left, right = plain.decode(a["value"]), plain.decode(b["value"])
    return difference(left, right, max(question.rtol, 1e-9), max(question.atol, 1e-12)) is None


def reference_verdict(piece: str, seeds: Sequence[int] = VISIBLE) -> Verdict:
    """Judge the reference as if it were a learner's cell."""
    return verdict_on(load(piece), reference_text(piece), seeds=seeds)
