"""The judge's process: runs questions against a library with one learner's piece in it, and sends plain answers back.

A server starts once, imports NumPy, and forks for every request, so each piece gets a fresh process for a few
milliseconds. It knows questions and inputs, never answers. Nothing here needs to be trusted: what comes out of the
pipe is read as data and compared elsewhere.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib
import io
import math
import os
import resource
import signal
import socket
import sys
import traceback

import numpy as np

from checks import plain
from workshop import planks
from workshop.paths import ROOT, module_file
from workshop.source import PieceError, read_plank, split

MAX_PRINTED = 2_000


def serve(channel: socket.socket) -> None:
    """Fork for each request on ``channel``; a request is a length, one pipe to answer on, then JSON."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        header, pipes, _, _ = socket.recv_fds(channel, 8, 1)
        if not header:
            return
        body = channel.recv(int.from_bytes(header, "big"), socket.MSG_WAITALL)
        pid = os.fork()
        if pid == 0:
            channel.close()
            try:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _answer(pipes[0], plain.loads(body))
            finally:
                os._exit(0)
        os.close(pipes[0])
        channel.sendall(pid.to_bytes(8, "big"))


def _send(pipe: int, message: dict) -> None:
    data = plain.dumps(message)
    with open(pipe, "wb", closefd=False) as stream:
        stream.write(len(data).to_bytes(8, "big") + data)


def _answer(pipe: int, request: dict) -> None:
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    for limit, value in ((resource.RLIMIT_CPU, request["seconds"] + 1), (resource.RLIMIT_AS, request["memory"])):
        with contextlib.suppress(ValueError, OSError):  # a stricter limit may already hold
            resource.setrlimit(limit, (value, value))
    try:
        planks.install([read_plank(*plank, check=False) for plank in request["planks"]])
        module = importlib.import_module(f"course_lib.{split(request['piece'])[0]}")
    except PieceError as error:
        return _send(pipe, {"refused": str(error)})
    except BaseException as error:
        return _send(pipe, {"error": _names(error), "message": str(error)[:500], "where": _where(error, request)})
    _send(pipe, {"loaded": True})
    _lock(request)
    for question in request["questions"]:
        run = _compiled(question["code"])
        for case in question["cases"]:
            _send(pipe, _one(run, module, case, request))


def _lock(request: dict) -> None:
    """Close what a piece has no business with: other programs, the network, and the files that hold its reference."""
    root, library, own = f"{ROOT}/", f"{ROOT}/course_lib/", module_file(split(request["piece"])[0]).stem
    closed = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.", "ctypes.", "os.kill")
    allowed = tuple(request.get("allow", ()))

    def hook(event: str, arguments: tuple) -> None:
        if event == "open" and isinstance(arguments[0], str):
            path = os.path.abspath(arguments[0])
            mine = path.startswith(library) and os.path.basename(path).partition(".")[0] == own
            writes = isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
            if writes or mine or (path.startswith(root) and not path.startswith(library) and ".venv" not in path):
                raise PermissionError("a piece may not open files while it is checked")
        elif event.startswith(closed) and not event.startswith(allowed or ("-",)):
            raise PermissionError(f"a piece may not use {event} while it is checked")

    sys.addaudithook(hook)


def _compiled(code: str):
    """A function of a namespace: runs all statements and returns the value of the last, an expression."""
    *statements, last = ast.parse(code).body
    body = compile(ast.Module(statements, []), "<question>", "exec")
    value = compile(ast.Expression(last.value), "<question>", "eval")

    def run(namespace: dict) -> object:
        exec(body, namespace)
        return eval(value, namespace)

    return run


def _one(run, module, case: dict, request: dict) -> dict:
    given = {name: plain.decode(value) for name, value in case.items()}
    namespace = {**vars(module), "np": np, "math": math, **given, "__builtins__": vars(builtins).copy()}
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            answer = {"value": plain.encode(run(namespace))}
    except BaseException as error:
        answer = {"error": _names(error), "message": str(error)[:500], "where": _where(error, request)}
    try:
        answer["after"] = {name: plain.encode(value) for name, value in given.items()}
    except plain.NotPlain:
        answer["after"] = None
    if printed.getvalue():
        answer["printed"] = printed.getvalue()[:MAX_PRINTED]
    return answer


def _names(error: BaseException) -> list[str]:
    return [kind.__name__ for kind in type(error).__mro__ if kind is not object]


def _where(error: BaseException, request: dict) -> str:
    """The last line of the learner's own text that the error passed through."""
    texts = {filename: text for _, text, filename in request["planks"]}
    for frame, number in reversed(list(traceback.walk_tb(error.__traceback__))):
        text = texts.get(frame.f_code.co_filename)
        if text is not None and number <= len(text.splitlines()):
            return f"line {number}: {text.splitlines()[number - 1].strip()}"
    return ""
