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

from checks import plain
from checks.language import Case, Piece, Question, forbidden_use, load
from checks.verdict import VISIBLE, Verdict, drawn, weigh
from workshop.paths import ROOT
from workshop.source import PieceError, is_stub, read_plank

MEMORY = 4 << 30
_parsing = threading.Lock()  # Python 3.11 cannot parse in two threads at once


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


def judge(piece: str, text: str, *, seeds: Sequence[int] = VISIBLE, explain: bool = True) -> Verdict:
    """Judge the source ``text`` of a cell that builds ``piece``; with ``explain``, look for the probable mistake."""
    try:
        with _parsing:
            spec = load(piece)
            if is_stub(read_plank(piece, text).node):
                return Verdict(piece, "not built")
            if banned := forbidden_use(spec, text):
                return Verdict(piece, "refused", reason=banned)
    except PieceError as error:
        return Verdict(piece, "refused", reason=str(error))
    return verdict_on(spec, text, seeds=seeds, explain=explain)


def verdict_on(spec: Piece, text: str | None, *, seeds: Sequence[int] = VISIBLE, explain: bool = True) -> Verdict:
    """Ask all questions of a piece; ``text`` None asks the reference."""
    answers = run(spec.name, text, drawn(spec, seeds), allow=spec.allow, seconds=spec.seconds)
    return weigh(spec, answers, seeds, functools.partial(mistaken, spec.name, tuple(seeds)) if explain else None)


@functools.lru_cache(maxsize=4096)
def mistaken(name: str, seeds: tuple[int, ...], index: int, only: int | None = None) -> list[dict]:
    """What a known mistake answers, to all questions or to ``only`` one case; the same for every learner."""
    spec = load(name)
    questions = drawn(spec, seeds)
    if only is not None:
        question, case = [(q, c) for q, cases in questions for c in cases][only]
        questions = [(question, [case])]
    return run(name, spec.mistakes[index].text, questions, allow=spec.allow, seconds=spec.seconds)
