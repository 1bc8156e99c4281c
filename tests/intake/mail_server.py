"""A mailbox on loopback that speaks as much IMAP4rev1 as a client needs to fetch, and can fall silent or die."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

USER, PASSWORD = "desk", "se cret"


class Box:
    """What lies in the folder, and how the server behaves."""

    def __init__(self, *mails: bytes, validity: int = 7) -> None:
        self.mails = dict(enumerate(mails, start=1))
        self.validity = validity
        self.seen: set[int] = set()
        self.fetched: list[int] = []
        self.said: list[str] = []
        # Breaks off within the literal of this UID, as a server that is killed.
        self.dies_at = 0
        # Falls silent at a command that begins so, or in the midst of what it asks for, until the client is gone.
        self.stalls_on = ""
        self.stalled = threading.Event()
        self.sizes: dict[int, int] = {}
        self.port = 0

    @property
    def url(self) -> str:
        return f"imap://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/INBOX#help@ironbridge.example"


class _Session(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        self._say("* OK ready")
        while line := self.rfile.readline():
            tag, _, rest = line.decode("latin-1").rstrip("\r\n").partition(" ")
            self.server.box.said.append(rest)
            word = rest.partition(" ")[0].upper()
            if word == "UID":
                word = " ".join(rest.split(" ", 2)[:2]).upper()
            if self._stalls(word, rest) or not self._answer(tag, word, rest):
                return

    def _stalls(self, word: str, rest: str) -> bool:
        box: Box = self.server.box
        if not box.stalls_on or not rest.startswith(box.stalls_on):
            return False
        if word == "UID FETCH":
            self.wfile.write(b"* 2 FETCH (UID 2 BODY[] {1000}\r\nFrom: half")
        box.stalled.set()
        self.rfile.readline()
        return True

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode("latin-1") + b"\r\n")

    def _answer(self, tag: str, word: str, rest: str) -> bool:
        box: Box = self.server.box
        if word == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1")
        elif word == "LOGIN" and rest != f'LOGIN "{USER}" "{PASSWORD}"':
            self._say(f"{tag} NO wrong")
            return True
        elif word == "SELECT":
            self._say(f"* {len(box.mails)} EXISTS")
            self._say(f"* OK [UIDVALIDITY {box.validity}] valid")
        elif word == "UID SEARCH":
            first = int(re.findall(r"(\d+):\*", rest)[0])
            found = [uid for uid in box.mails if uid >= first] or list(box.mails)[-1:]
            self._say("* SEARCH " + " ".join(map(str, found)))
        elif word == "UID FETCH":
            if not self._fetch(int(rest.split()[2]), rest):
                return False
        elif word == "UID STORE":
            box.seen.add(int(rest.split()[2]))
        elif word == "LOGOUT":
            self._say("* BYE")
        self._say(f"{tag} OK done")
        return word != "LOGOUT"

    def _fetch(self, uid: int, rest: str) -> bool:
        box: Box = self.server.box
        if uid not in box.mails:
            return True
        raw = box.mails[uid]
        if "RFC822.SIZE" in rest:
            self._say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {box.sizes.get(uid, len(raw))})")
            return True
        if "HEADER" in rest:
            raw = raw.partition(b"\n\n")[0] + b"\n\n"
        self.wfile.write(f"* {uid} FETCH (UID {uid} BODY[] {{{len(raw)}}}\r\n".encode())
        if uid == box.dies_at:
            self.wfile.write(raw[: len(raw) // 2])
            return False
        box.fetched.append(uid)
        self.wfile.write(raw + b")\r\n")
        return True


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def serving(box: Box) -> Iterator[Box]:
    """The server, for as long as this lasts."""
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.box = box  # type: ignore[attr-defined]
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield box
        finally:
            server.shutdown()
