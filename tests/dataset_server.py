"""A small world of data sets for the tests: a registry, a cache, and a web server that misbehaves on demand."""

import gzip
import hashlib
import http.server
import threading
import time
from contextlib import contextmanager

CONTENT = bytes(range(256)) * 40  # what the one good file holds
GOOD = gzip.compress(CONTENT, mtime=0)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """The first part of the path says how the server behaves."""

    def do_GET(self):
        self.server.asked.append(self.path)
        if "python" in self.headers.get("User-Agent", "").lower():
            return self.answer(b"no robots", status=403)  # as some hosts do
        return getattr(self, self.path.split("/")[1])()

    def log_message(self, *_):
        pass

    def answer(self, data, stated=None, status=200, **headers):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        if stated is not False:
            self.send_header("Content-Length", str(len(data) if stated is None else stated))
        self.end_headers()
        self.wfile.write(data)

    def good(self):
        self.answer(GOOD)

    def unstated(self):
        self.answer(GOOD, stated=False)

    def cut(self):
        self.answer(GOOD[: len(GOOD) // 2], stated=len(GOOD))

    def cut_unstated(self):
        self.answer(GOOD[: len(GOOD) // 2], stated=False)

    def longer(self):
        self.answer(GOOD, stated=len(GOOD) + 7)

    def shorter(self):
        self.answer(GOOD, stated=len(GOOD) - 7)

    def endless(self):
        self.answer(GOOD * 1000, stated=False)

    def wrong(self):
        self.answer(GOOD[:-1] + bytes([GOOD[-1] ^ 1]))

    def page(self):
        self.answer(b"<html>Please log in to the network</html>", Content_Type="text/html")

    def missing(self):
        self.answer(b"not found", status=404)

    def moved(self):
        self.answer(b"", status=302, Location="/good/file")

    def squeezed(self):
        """Compresses what it sends for whoever can take it, as many servers do with text."""
        if "gzip" in self.headers.get("Accept-Encoding", "identity"):
            self.answer(gzip.compress(GOOD), Content_Encoding="gzip")
        else:
            self.answer(GOOD)

    def silent(self):
        self.server.closing.wait(10)

    def together(self):
        """Answers when two have asked, so that both are at it at the same time."""
        self.server.both.wait(30)
        self.answer(GOOD)

    def trickle(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(GOOD)))
        self.end_headers()
        for i in range(len(GOOD)):
            if self.server.closing.is_set():
                return
            self.wfile.write(GOOD[i : i + 1])
            time.sleep(0.05)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that hangs up is what some tests are about."""


@contextmanager
def serving():
    """A server's base address, with a list of what was asked for as ``server.asked``."""
    server = Server(("127.0.0.1", 0), Handler)
    server.asked, server.closing, server.both = [], threading.Event(), threading.Barrier(2)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
