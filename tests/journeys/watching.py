"""A browser that is watched: what it complains of, what it fetches, what moves and what axe finds on each page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from django.test import Client

from tests import people
from tests.web.looking import faults

FIRST_LOAD, LATER_LOAD = 400_000, 60_000  # bytes on their way
# Kept by the page itself from its first moment on: broken policies.
WATCH = """window.bfTold = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.bfTold.push("policy: " + event.violatedDirective + " " + event.blockedURI);
});"""
# What the browser noted of parts that jumped until the page is drawn.
MOVED = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((one) => {
    if (!one.hadRecentInput) { sum += one.value; }
  })).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
})"""
MOVES = 0.01  # a tenth of what counts as a page that stands still: a line of text more above the rest is past it
# What htmx says when its page is left, or asks anew, in the midst of a question; of one that fails it says
# `sendError`, too. It names the part that was asked for, if it still stands.
LEFT_MIDWAY = re.compile(r"^htmx:(afterRequest|sendAbort)(, \[object HTML\w+\])?$")
ON_SOMETHING = re.compile(r"^on[a-z]+$")


@dataclass
class Watched:
    """A signed-in tab; `look(path)` says everything that is wrong with one page."""

    tab: Any
    home: str
    told: list[str] = field(default_factory=list)
    fetched: dict[str, int] = field(default_factory=dict)

    def hear(self, told: Any) -> None:
        """Keep an error of the console; a part of a page opened by itself has no head to name its icon."""
        no_icon = told.location.get("url", "").endswith("/favicon.ico")
        if told.type == "error" and not no_icon and not LEFT_MIDWAY.match(told.text):
            self.told.append(f"console: {told.text}")

    def look(self, path: str) -> list[str]:
        """Open a page and return its faults: none is what every page should have."""
        self.told.clear()
        self.fetched.clear()
        answer = self.tab.goto(f"{self.home}{path}")
        if answer.status != 200:
            return [f"answered {answer.status}"]
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return [*self.told, *self._strangers()]
        source = answer.text()
        if "<html" not in source:  # a part of a page, which is drawn into it
            return [*self.told, *self._strangers(), *inline(source)]
        wrong = [*self.told, *self._strangers(), *inline(source), *self._weight(_size(answer))]
        wrong += self.tab.evaluate("window.bfTold")
        if (jumped := moved(self.tab)) > MOVES:
            wrong.append(f"moves by {jumped:.3f} while it loads")
        return wrong + faults(self.tab)

    def _strangers(self) -> list[str]:
        """Addresses beyond the server that the page asked."""
        home = urlsplit(self.home).netloc
        return [f"fetches {url}" for url in self.fetched if urlsplit(url).netloc not in {home, ""}]

    def _weight(self, page: int) -> list[str]:
        files = sum(size for url, size in self.fetched.items() if "/static/" in url)
        heavy = [f"weighs {page} bytes without its files"] if page > LATER_LOAD else []
        return heavy + ([f"weighs {page + files} bytes at first"] if page + files > FIRST_LOAD else [])


def moved(tab: Any) -> float:
    """How much of the open page jumped while it loaded, at the least of three loads.

    What a page does by itself it does each time; what a machine that stalls does to it, it does once.
    """
    least = float(tab.evaluate(MOVED))
    for _ in range(2):
        if least > MOVES:
            tab.reload()
            least = min(least, float(tab.evaluate(MOVED)))
    return least


def inline(source: str) -> list[str]:
    """Scripts, styles and handlers that stand in the page itself."""
    page = BeautifulSoup(source, "html.parser")
    found = [f"inline {tag.name}" for tag in page.find_all("style")]
    found += ["inline script" for tag in page.find_all("script") if not tag.has_attr("src") and tag.text.strip()]
    for tag in page.find_all(True):
        found += [f"inline {name} on {tag.name}" for name in tag.attrs if name == "style" or ON_SOMETHING.match(name)]
    return found


@contextmanager
def watched(
    browser: Any, live_server: Any, who: str, *, scheme: str = "light", size: tuple[int, int] = (1440, 900)
) -> Iterator[Watched]:
    """A tab of somebody who signed in, with the policy of the product in force."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.add_init_script(WATCH)
    context.add_cookies([{"name": "sessionid", "value": session_of(who), "url": live_server.url}])
    tab = context.new_page()
    watch = Watched(tab, live_server.url)
    tab.on("console", watch.hear)
    tab.on("pageerror", lambda fault: watch.told.append(f"script: {fault}"))
    tab.on("response", lambda answer: watch.fetched.setdefault(answer.url, _size(answer)))
    try:
        yield watch
    finally:
        context.close()


def session_of(who: str) -> str:
    """A session as signing in leaves it."""
    client = Client()
    client.force_login(people.person(who), "allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies["sessionid"].value


def _size(answer: Any) -> int:
    return int(answer.headers.get("content-length") or 0)
