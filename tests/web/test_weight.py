"""What a page weighs: a poor network is where this is read."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.contrib.staticfiles import finders
from django.test import Client

from tests.web.scene import NOW, Scene, scene

# Bytes: with everything it needs, uncompressed; and by itself on its way, once all that is kept.
FIRST, AFTER = 400_000, 60_000
# Uncompressed, what a page says by itself. One engagement is one page: the finished night of an emergency, every
# entry with its time and its proof. And the builder of its quote, whose every line offers every level and tariff.
PLAIN, LONG = 60_000, 90_000
SignIn = Callable[[str], Client]


@pytest.fixture(name="made")
def _made(db: None) -> Scene:
    return scene()


def needed(html: bytes) -> set[str]:
    """The static files that this page and its style sheets ask for."""
    page = BeautifulSoup(html, "html.parser")
    asked = {
        str(one.get("href") or one.get("src")) for one in page.select("link[href], script[src], img[src], use[href]")
    }
    files = {
        address.partition("#")[0].removeprefix("/static/") for address in asked if address.startswith("/static/")
    }
    for name in [one for one in files if one.endswith(".css")]:
        for inner in re.findall(r"url\(\"(.+?)\"\)", kept(name).read_text()):
            files.add(str((Path("/") / Path(name).parent / inner).resolve()).lstrip("/"))
    return files


def kept(name: str) -> Path:
    found = finders.find(name)
    assert found, name
    return Path(str(found))


@pytest.mark.parametrize(
    ("key", "address", "most"),
    [
        ("dana", "/", PLAIN),
        ("dana", "/desk", PLAIN),
        ("dana", "/engagements/new", PLAIN),
        ("dana", "/engagements/{engagement_id}", LONG),
        ("nora", "/engagements/{engagement_id}", LONG),
        ("alice", "/quotes/{quote_id}", PLAIN),
        ("quinn", "/engagements/{engagement_id}/quote", LONG),
        ("dana", "/find", PLAIN),
        ("nora", "/assets/{asset_id}/edit", PLAIN),
        ("nora", "/sites", PLAIN),
        ("dana", "/roster", PLAIN),
        ("ada", "/log", PLAIN),
        ("fay", "/invoices/{invoice_id}", PLAIN),
        ("dana", "/design", PLAIN),
    ],
)
def test_page_is_light(
    made: Scene, sign_in: SignIn, moment: Callable[[object], None], key: str, address: str, most: int
) -> None:
    moment(NOW)
    browser = sign_in(key)
    page = browser.get(address.format(**made.northgate))
    assert page.status_code == 200
    files = needed(page.content)
    assert {"web/tokens.css", "vendor/icons.svg", "vendor/inter.woff2", "web/app.js"} <= files
    alone = len(page.content)
    whole = alone + sum(kept(name).stat().st_size for name in files)
    assert alone <= most
    assert whole <= FIRST
    sent = browser.get(address.format(**made.northgate), headers={"accept-encoding": "gzip"})
    assert sent["Content-Encoding"] == "gzip"
    assert len(sent.content) <= AFTER
    assert len(gzip.decompress(sent.content)) == alone
