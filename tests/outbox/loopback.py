"""A machine outside, as far as a test goes: a server on loopback that keeps what it was sent and answers as told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Outside:
    """`answer` may be changed between requests: (status, headers, body)."""

    url: str = ""
    answer: tuple[int, dict[str, str], bytes] = (200, {}, b"ok")
    got: list[Request] = field(default_factory=list)


@contextmanager
def outside(talk: Callable[[BaseHTTPRequestHandler], None] | None = None) -> Iterator[Outside]:
    """Run the server inside the block; `talk` speaks instead of the plain answer."""
    it = Outside()

    class Speaker(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            lower = {name.lower(): value for name, value in self.headers.items()}
            it.got.append(Request(self.path, lower, body))
            if talk is not None:
                talk(self)
                return
            status, headers, said = it.answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(said))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Speaker)
    server.daemon_threads = True
    it.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield it
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
