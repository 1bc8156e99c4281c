"""What a browser names is called only where it is outside, and whoever answers gets neither our time nor memory."""

import socket
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from breakfix.kernel.errors import Refused
from breakfix.outbox import addresses, calls
from breakfix.outbox.addresses import Forbidden, Unreachable
from tests.outbox.loopback import outside

INSIDE = [
    *("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.9.9", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("192.0.0.8", "198.18.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1"),
    *("64:ff9b::a9fe:a9fe", "2002:7f00:1::", "::ffff:127.0.0.1", "2001:db8::1", "2001::1", "word", ""),
]
BAD_URLS = [
    "http://push.example/x",
    "ftp://push.example/x",
    "gopher://push.example/x",
    "https://push.example:22/x",
    "https://push.example:25/x",
    "https://user@push.example/x",
    "https://user:password@push.example/x",
    "https://push.example\\@127.0.0.1/x",
    "https:///x",
    "https://push.example/x#y",
    "https://push.example/x\r\nHost: other",
    "https://push.example:99999/x",
    "https://[::1",
    "file:///etc/passwd",
    "push.example",
    "",
]
SPELLINGS = [
    "127.1",
    "0x7f.1",
    "2130706433",
    "017700000001",
    "0",
    "[::]",
    "[::1]",
    "10.0.0.1",
    "[64:ff9b::7f00:1]",
]


@pytest.mark.parametrize("address", INSIDE)
def test_address_inside_is_never_public(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"])
def test_address_outside_is_public(address: str) -> None:
    assert addresses.is_public(address)


@pytest.mark.parametrize("url", BAD_URLS)
def test_address_that_could_lead_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        calls.post(url, b"", {})
    with pytest.raises(Refused) as no:
        addresses.check_endpoint(url)
    assert no.value.code == "bad_endpoint"


@pytest.fixture
def canary() -> Any:
    """Someone listening on loopback whom nobody may reach; the port stands in for every port inside."""
    with outside() as it:
        yield it
        assert it.got == []


@pytest.mark.parametrize("host", SPELLINGS)
def test_every_spelling_of_an_address_inside_is_refused(host: str, canary: Any) -> None:
    with pytest.raises(Forbidden):
        calls.post(f"https://{host}/x", b"", {})
    with pytest.raises(Refused):
        addresses.check_endpoint(f"https://{host}/x")


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        ["1.1.1.1", "127.0.0.1"],
        ["2606:4700:4700::1111", "fe80::1"],
        ["64:ff9b::a9fe:a9fe"],
    ],
)
def test_name_with_a_foot_inside_is_refused(found: list[str], monkeypatch: pytest.MonkeyPatch, canary: Any) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_given: answer)
    with pytest.raises(Forbidden):
        calls.post("https://push.example/x", b"", {})


def test_name_is_resolved_once_and_that_address_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads outside at the first question and inside at the second finds nobody at the second."""
    asked, called = [], []

    def resolver(*_args: Any, **_given: Any) -> list[Any]:
        asked.append(1)
        address = "1.1.1.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unreachable):
        calls.post("https://push.example/x", b"", {})
    assert (asked, called) == ([1], [("1.1.1.1", 443)])


@pytest.mark.parametrize(("status", "success"), [(200, True), (201, True), (301, False), (307, False), (500, False)])
def test_redirect_is_an_answer_and_is_not_followed(status: int, success: bool, settings: Any, canary: Any) -> None:
    settings.OUTBOX_ALLOWS_LOOPBACK = True
    with outside() as it:
        it.answer = (status, {"Location": f"{canary.url}/inside"}, b"")
        reply = calls.post(f"{it.url}/push?a=1", b"words", {"x-name": "value"})
    assert (reply.status, reply.is_success) == (status, success)
    (got,) = it.got
    assert (got.path, got.body, got.headers["x-name"]) == ("/push?a=1", b"words", "value")
    assert got.headers["host"] == it.url.removeprefix("http://")


def test_reply_larger_than_64_kb_is_not_read(settings: Any) -> None:
    settings.OUTBOX_ALLOWS_LOOPBACK = True
    with outside() as it:
        it.answer = (200, {}, b"x" * calls.LARGEST_REPLY)
        assert len(calls.post(it.url, b"", {}).body) == calls.LARGEST_REPLY
        it.answer = (200, {}, b"x" * (calls.LARGEST_REPLY + 1))
        with pytest.raises(Unreachable):
            calls.post(it.url, b"", {})


def test_whoever_drips_is_cut_off_at_the_deadline(settings: Any) -> None:
    """Every drop comes well within the time of one read; only the deadline of the whole ends it."""
    settings.OUTBOX_ALLOWS_LOOPBACK = True
    over = threading.Event()

    def drip(speaker: BaseHTTPRequestHandler) -> None:
        speaker.close_connection = True
        try:
            speaker.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not over.wait(0.05):
                speaker.wfile.write(b"x: y\r\n")
        except OSError:
            return

    with outside(drip) as it:
        try:
            with pytest.raises(Unreachable):
                calls.post(it.url, b"", {}, within=0.4)
        finally:
            over.set()


def test_nonsense_and_silence_are_no_answer(settings: Any) -> None:
    settings.OUTBOX_ALLOWS_LOOPBACK = True

    def babble(speaker: BaseHTTPRequestHandler) -> None:
        speaker.close_connection = True
        speaker.wfile.write(b"\x00\x01 no answer\r\n\r\n")

    with outside(babble) as it, pytest.raises(Unreachable):
        calls.post(it.url, b"", {})
    with pytest.raises(Unreachable):
        calls.post(it.url, b"", {})  # nobody listens any more
