"""Every text of a client is markup: no page makes an element of it, no document runs or fetches anything."""

import itertools
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from breakfix.documents.render import render
from breakfix.histories.queries import content_of
from breakfix.kernel import clock
from tests.attacks.asked import Asked
from tests.attacks.filling import fill, rows_of
from tests.attacks.reach import reached
from tests.web import scene as scenes
from tests.web.scene import NOW, Scene
from tests.web.test_matrix import browser_of
from tests.whole import tried

pytestmark = pytest.mark.tampers
# Who a document is from is told in its metadata, as text: the one place where a name may stand uncompressed.
NAMED_BY_ITS_AUTHOR = re.compile(rb"/Author\((?:\\.|[^\\])*?\)(?=[/\n>])|<dc:creator>.*?</dc:creator>", re.DOTALL)
# Each carries `xss`, so that what came of it can be told from what is ours.
PAYLOADS = (
    *("<script>xss()</script>", "<ScRiPt src=//xss.example>", "</script><script>xss()//", "<script\n>xss()</script>"),
    *("<img src=x onerror=xss()>", "<img/src='x'/onerror='xss()'>", "<svg onload=xss()>", "<svg/onload=xss()>"),
    *(
        '"><script>xss()</script>',
        "'><script>xss()</script>",
        '" onmouseover="xss()',
        "' onfocus='xss()' autofocus='",
    ),
    *("` onclick=xss() `", "javascript:xss()", "JaVaScRiPt:xss()", " java\tscript:xss()", "data:text/html,<xss>"),
    *("<iframe src=javascript:xss()>", "<iframe srcdoc='<xss>'>", "<object data=xss>", "<embed src=xss>"),
    *(
        "<base href=//xss.example/>",
        "<meta http-equiv=refresh content=0;url=//xss>",
        "<link rel=stylesheet href=xss>",
    ),
    *("<style>@import '//xss'</style>", "<div style=background:url(//xss)>", "<form action=//xss><input>", "<xss a>"),
    *(
        "<a href=javascript:xss()>a</a>",
        "<math><mi//xlink:href='data:x,xss'>",
        "<body onload=xss()>",
        "<details ontoggle=xss() open>",
    ),
    *(
        "</title><script>xss()</script>",
        "</textarea><script>xss()</script>",
        "<!--><script>xss()</script>",
        "<![CDATA[<xss>]]>",
    ),
    *(
        "{{ 7|xss }}",
        "{% include 'xss' %}",
        "${xss()}",
        "&lt;script&gt;xss()&lt;/script&gt;",
        "%3Cscript%3Exss()%3C/script%3E",
    ),
    *("\u2028<script>xss()</script>", "\uff1cscript\uff1exss()", "<scr\u200bipt>xss()</script>", "=cmd|' /C xss'!A0"),
)
NOT_OURS = {"iframe", "object", "embed", "base", "style", "math", "xss", "frame", "applet", "mi"}


@pytest.fixture(name="made")
def _made(db: None) -> Iterator[Scene]:
    with clock.set_to(NOW):
        made = scenes.scene()
        turn = itertools.cycle(PAYLOADS)
        assert fill(rows_of("northgate"), lambda: f"a {next(turn)}") > 400
        yield made


class Elements(HTMLParser):
    """What a browser would make of a page that is not in our templates: elements, handlers, addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.texts = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        ours = tag != "script" or given.get("src", "").startswith("/static/")
        if tag in NOT_OURS or not ours or (tag == "meta" and "http-equiv" in given):
            self.found.append(f"<{tag}>")
        for name, value in given.items():
            if name.startswith("on") or (name in {"style", "srcdoc", "autofocus"} and "xss" in str(given)):
                self.found.append(f"{tag} {name}")
            if name in {"href", "src", "action", "formaction", "data", "hx-get", "hx-post", "xlink:href"}:
                plain = "".join(value.split()).casefold()
                if plain.startswith(("javascript:", "data:text", "vbscript:", "//")) or "://" in plain:
                    self.found.append(f"{tag} {name}={value}")

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        self.texts += data


def elements_of(answer: Any) -> Elements:
    parser = Elements()
    parser.feed(answer.content.decode())
    return parser


def test_there_are_forty_payloads_and_the_parser_sees_each() -> None:
    assert len(PAYLOADS) >= 40
    live = [one for one in PAYLOADS if "<" in one and not one.startswith(("&", "<![", "{"))]
    unseen = []
    for payload in live:
        parser = Elements()
        parser.feed(f"<p>{payload}</p>")
        if not parser.found and not any(
            word in payload for word in ("link", "form", "scr\u200b", "base", "data:", "--")
        ):
            unseen.append(payload)
    assert unseen == []


@pytest.mark.parametrize(
    "who",
    tried(
        ("alice", "nora", "sol", "dana", "quinn", "tom", "fay"),
        here="alice nora dana quinn tom",
        on_postgresql="alice dana",
        quick="alice",
    ),
)
def test_no_page_makes_markup_of_what_somebody_wrote(who: str, made: Scene, asked: Asked) -> None:
    wrong, shown = {}, 0
    for path, answer in reached(browser_of(who), asked):
        assert answer.status_code < 500 or path.startswith("/readyz"), path  # nobody works in a test
        if answer["Content-Type"].startswith("text/html"):
            parser = elements_of(answer)
            shown += "xss" in parser.texts
            if parser.found:
                wrong[path] = parser.found[:3]
        elif not path.startswith("/files/"):
            assert (
                answer["Content-Type"].startswith(("application/json", "text/plain", "text/javascript", "text/csv"))
                or answer.status_code >= 300
            )
    assert wrong == {}
    assert shown > 5


@pytest.mark.parametrize("kind", ["quote", "invoice", "service_report"])
def test_document_of_hostile_words_runs_and_fetches_nothing(kind: str, made: Scene) -> None:
    subject = {
        "quote": f"quotes.quote/{made.northgate['quote_id']}",
        "invoice": f"billing.invoice/{made.northgate['invoice_id']}",
        "service_report": f"reports.servicereport/{made.northgate['report_id']}",
    }[kind]
    found = content_of(kind, subject, f"engagement/{made.northgate['engagement_id']}")
    pdf = render(kind, found.content, found.sha256, found.beside)
    for word in (
        b"/JS",
        b"/JavaScript",
        b"/Launch",
        b"/EmbeddedFile",
        b"/URI",
        b"/SubmitForm",
        b"/OpenAction",
        b"/GoToR",
        b"/ImportData",
        b"/RichMedia",
    ):
        assert word not in pdf, word
    assert b"xss.example" not in NAMED_BY_ITS_AUTHOR.sub(b"", pdf)
