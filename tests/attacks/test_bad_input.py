"""Somebody sends what no page of ours would: the answer is a page that says what to do, never a fault of ours."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, reverse

from breakfix.kernel import clock
from tests import people, snapshots
from tests.makers import World
from tests.web import scene as scenes
from tests.web.matrix import ROWS
from tests.web.rows import Page
from tests.web.scene import NOW, Scene, address

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ROUTES = {name: pattern for name, (_, pattern) in scenes.routes(get_resolver().url_patterns).items()}
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=xx"
MUCH = b"title=" + b"x" * 10_000_000
Send = Callable[[Client, str], Any]


@pytest.fixture(name="dana")
def _dana(world: World) -> Client:
    browser = Client(raise_request_exception=False)
    browser.force_login(people.person("dana"), BACKEND)
    return browser


def posted(content: bytes, kind: str) -> Send:
    return lambda browser, path: browser.generic("POST", path, content, content_type=kind)


# What is sent, and which answers are understood: the status and a word of the page.
BODIES: dict[str, tuple[Send, set[int]]] = {
    "a form of 10 MB": (posted(MUCH, FORM), {413}),
    "a form of 5,000 fields": (posted(b"&".join(b"a%d=1" % n for n in range(5000)), FORM), {413}),
    "10 MB of JSON": (posted(b'{"title": "' + MUCH + b'"}', "application/json"), {400, 409, 413, 422}),
    "JSON as deep as it goes": (posted(b"[" * 50_000 + b"]" * 50_000, "application/json"), {409, 422}),
    "names as deep as they go": (posted(b"-".join([b"tasks"] * 5_000) + b"=1", FORM), {409, 422}),
    "a list of 10^9 rows": (posted(b"tasks-999999999-level=1", FORM), {409, 422}),
    "XML": (posted(b"<?xml version='1.0'?><x/>", "text/xml"), {409, 422}),
    "no type at all": (posted(b"title=x", ""), {409, 422}),
    "parts without a border": (posted(b"title", "multipart/form-data"), {400}),
    "parts that never end": (posted(b"--xx\r\nContent-Disposition: form-data; name=a\r\n\r\nx", PARTS), {409, 422}),
    "a part in broken base64": (
        posted(
            b'--xx\r\nContent-Disposition: form-data; name="a"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n!\r\n--xx--",
            PARTS,
        ),
        {400, 409, 422},
    ),
    "another alphabet": (posted(b"title=x", FORM + "; charset=utf-7"), {400, 409, 422}),
    "no alphabet": (posted(b"title=x", FORM + "; charset=\xff"), {400, 409, 422}),
    "bytes that are no text": (posted(b"title=\xff\xfe&\xc0\x80=1", FORM), {409, 422}),
    "a text with NUL": (posted(b"title=%00", FORM), {409, 422}),
    "half a surrogate": (posted(b"title=%ED%A0%80", FORM), {409, 422}),
}


@pytest.mark.parametrize("what", BODIES)
def test_bodies_that_no_form_sends_are_answered_with_a_page(what: str, dana: Client) -> None:
    send, allowed = BODIES[what]
    before = snapshots.state()
    for path in (reverse("report_failure"), "/accounts/login/"):
        answer = send(dana, path)
        assert answer.status_code in ({*allowed} if "login" not in path else {*allowed, 200, 302}), path
        assert_page(answer)
    assert snapshots.state() == before


def test_too_large_form_says_so_and_what_to_do(dana: Client) -> None:
    stranger, sign_in = Client(raise_request_exception=False), "/accounts/login/"
    for browser, path in ((dana, reverse("report_failure")), (dana, sign_in), (stranger, sign_in)):
        answer = posted(MUCH, FORM)(browser, path)
        assert answer.status_code == 413
        assert b'data-code="too_large"' in answer.content
        assert b"Go back: what you typed is still there" in answer.content


def test_too_large_file_says_so_and_what_to_do(dana: Client, settings: Any) -> None:
    settings.BREAKFIX_MAX_UPLOAD_BYTES = 1000
    photo = SimpleUploadedFile("rack.png", b"\x89PNG" + b"x" * 200_000)
    answer = dana.post(reverse("report_failure"), {"title": "Down", "evidence": photo})
    assert answer.status_code == 413
    assert b'data-code="too_large"' in answer.content
    assert b"Go back: what you typed is still there" in answer.content


ASKED = (
    *("page=1000000000", "page=-1", "page=²", "before=1000000000", "before=x", "seen=1e9", "order_by=password"),
    *("unknown=1", "client__password__startswith=a", "words=%ff", "status=%27%20OR%201=1"),
    *("words=" + "x" * 60_000, "words=" + "x+" * 1_500),
    *("a[]=1&a[]=2", "__proto__=1", "from=9999-99-99", "until=²", "at=9999-12-31T23:59", "kind=%F0%9F%98%80"),
)


def test_questions_that_no_page_asks_break_nothing(dana: Client) -> None:
    made = {name: row for name, row in ROWS.items() if isinstance(row, Page) and not row.by_post}
    plain = {name for name in made if not scenes.names_in(ROUTES[name])}
    for name in sorted(plain):
        for query in ASKED:
            answer = dana.get(f"{address(name, ROUTES[name], {})}?{query}")
            assert answer.status_code in {200, 303, 304, 403, 404, 409, 422}, f"{name}?{query}"


HEADERS: dict[str, dict[str, str]] = {
    "a host of somebody else": {"HTTP_HOST": "evil.example"},
    "a host that is none": {"HTTP_HOST": "a b<script>"},
    "a forwarded host": {"HTTP_X_FORWARDED_HOST": "evil.example"},
    "a session that is none": {"HTTP_COOKIE": "sessionid=../../etc/passwd"},
    "a session with NUL": {"HTTP_COOKIE": 'sessionid="aaaaaaaaaaaa\\000aaaa"'},
    "a session of 100 kB": {"HTTP_COOKIE": "sessionid=" + "x" * 100_000},
    "messages that are none": {"HTTP_COOKIE": "messages=[[1"},
    "a tag that is none": {"HTTP_IF_NONE_MATCH": '"' * 999, "HTTP_IF_MODIFIED_SINCE": "never"},
    "a length that is none": {"CONTENT_LENGTH": "x"},
    "a range that is none": {"HTTP_RANGE": "bytes=9-1,-"},
    "languages without end": {"HTTP_ACCEPT_LANGUAGE": "a;q=1," * 10_000, "HTTP_ACCEPT": "*/*;" * 10_000},
    "htmx that is none": {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://[", "HTTP_HX_TARGET": "\xff"},
}


@pytest.mark.parametrize("what", HEADERS)
def test_headers_that_no_browser_sends_break_nothing(what: str, dana: Client) -> None:
    for browser in (dana, Client(raise_request_exception=False)):
        for path in ("/", "/desk", "/accounts/login/", "/no/such/page"):
            answer = browser.get(path, **HEADERS[what])
            assert answer.status_code in {200, 302, 304, 400, 403, 404}, path
            assert b"evil.example" not in answer.content


@pytest.mark.parametrize(
    "path", ["/%ff%fe", "/engagements/%00", "/..%2f..%2fetc/passwd", "/" + "x" * 20_000, "/;/desk"]
)
def test_addresses_that_no_link_has_are_not_found(path: str, dana: Client) -> None:
    answer = dana.get(path)
    assert answer.status_code == 404
    assert_page(answer)


@pytest.mark.parametrize("uid", ["0", "zzzzzzzzzzzzz", "1" * 40, "%00"])
def test_forged_reset_links_lead_nowhere(uid: str, world: World) -> None:
    answer = Client(raise_request_exception=False).get(f"/accounts/password/reset/key/{uid}-a-b%00/")
    assert answer.status_code in {200, 302, 404}


def assert_page(answer: Any) -> None:
    if answer.status_code >= 400:
        assert answer["Content-Type"].startswith("text/html")
        assert re.search(rb"<h1[^>]*>", answer.content), answer.content[:300]
        assert b"Traceback" not in answer.content


# ------------------------------------------------------------------------------------------ every answer's headers


def test_every_answer_carries_the_borders_of_the_browser(db: None) -> None:
    """Pages, deeds, refusals, sign-in, files and what is not there: the same borders, whoever asks."""
    made: Scene = scenes.whole_scene()
    ids = {**scenes.KEYS_OF_SIGNING_IN, **made.northgate}
    without: dict[str, list[str]] = {}
    with clock.set_to(NOW):
        for who in ("rita", "charlie", ""):
            browser = Client(raise_request_exception=False)
            if who:
                browser.force_login(people.person(who), BACKEND)
            for name, pattern in ROUTES.items():
                for ask in (browser.get, browser.post):
                    found = missing_from(ask(address(name, pattern, ids)))
                    if name == "push_worker":  # a script, the same for everybody
                        found = [one for one in found if one != "cached"]
                    if found:
                        without[f"{who} {ask.__name__} {name}"] = found
            for path in ("/no/such/page", "/static/none.css"):
                without |= {path: found} if (found := missing_from(browser.get(path))) else {}
    assert without == {}


def missing_from(answer: Any) -> list[str]:
    policy = answer.get("Content-Security-Policy", "")
    borders = {
        "policy": "default-src 'none'" in policy and "unsafe" not in policy and "*" not in policy,
        "frames": answer.get("X-Frame-Options") == "DENY",
        "type": answer.get("X-Content-Type-Options") == "nosniff",
        "referrer": answer.get("Referrer-Policy") == "same-origin",
        "opener": answer.get("Cross-Origin-Opener-Policy") == "same-origin",
        "framework": not {"Server", "X-Powered-By"} & set(answer.headers),
        "cached": answer.status_code == 404 or bool({"no-store", "private"} & set(_words(answer))),
    }
    return [name for name, kept in borders.items() if not kept]


def _words(answer: Any) -> list[str]:
    return [word.strip() for word in answer.get("Cache-Control", "").split(",")]


def test_forms_without_their_token_do_nothing(db: None) -> None:
    """Every deed, by somebody who may do it: without the page's own token it is refused and leaves no trace."""
    made = scenes.whole_scene()
    with clock.set_to(NOW):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(people.person("dana"), BACKEND)
        before = snapshots.state()
        for name, pattern in ROUTES.items():
            if scenes.deed_of(pattern) is not None:
                answer = browser.post(address(name, pattern, made.northgate), {"password": people.PASSWORD})
                assert answer.status_code == 403, name
                assert b"Reload" in answer.content or b"reload" in answer.content
        assert snapshots.state() == before
