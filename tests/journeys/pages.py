"""A story's hands that press the buttons of the pages: each deed through the form its person finds.

Every person has a browser of their own. The form is looked for as a person looks: from the front page along its
links, the likely ones first. What a page lacks is noted in `gaps`, and the deed is done by its action, so that one
run tells of everything that is missing. A link that leads nowhere for its reader is noted in `dead`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from bs4 import BeautifulSoup
from bs4.filter import SoupStrainer
from django.test import Client
from django.urls import NoReverseMatch, resolve, reverse

from breakfix.cli.story.format import Step
from breakfix.cli.story.player import act
from breakfix.cli.story.world import PASSWORD
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import Refused
from breakfix.parties import queries as parties
from tests.journeys.forms import Form, leaves, written

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
REFUSED = {403, 404, 409, 413, 422}
AT_MOST = 30
LINKS_AND_FORMS = SoupStrainer(["a", "form"])
NOT_PAGES = re.compile(
    r"/(files|static|accounts|design|people)/|/(log|tokens|notifications|people|sessions|find|wall)\b|\.(json|csv)$"
)


@dataclass
class PageHands:
    """`Player(story, hands=PageHands())`; afterwards `gaps` says what the pages lack, `pressed` what was pressed."""

    browsers: dict[int, Client] = field(default_factory=dict)
    known: dict[tuple[str, int], str] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)
    where: str = ""  # the page on which the last form was found,
    number: int = 0  # and which of its forms about this deed it is

    def __call__(self, step: Step, action: Any, arguments: dict[str, Any], by: Actor) -> Any:
        browser = self._browser(by)
        zone = parties.zone_of(parties.person_by_id(by.person_id or 0))
        form = self._find(browser, step, arguments, by)
        if form is None and step.refused:
            return self._forge(browser, step, arguments, zone)
        if form is None:
            return self._gap(step, action, arguments, by, "no form on any page within reach")
        sent = form.fill(arguments, zone=zone, password=PASSWORD)
        if form.gaps and not step.refused:
            return self._gap(step, action, arguments, by, f"no field for {', '.join(form.gaps)}")
        self.pressed.append(f"{step.by} {step.do}")
        return _answer(browser, browser.post(form.address, sent), step)

    def _browser(self, by: Actor) -> Client:
        key = by.person_id or 0
        if key not in self.browsers:
            self.browsers[key] = Client(enforce_csrf_checks=True)
            self.browsers[key].force_login(parties.person_by_id(key), BACKEND)
        return self.browsers[key]

    def _gap(self, step: Step, action: Any, arguments: dict[str, Any], by: Actor, words: str) -> Any:
        self.gaps.append(f"step {step.number} {step.by} {step.do}: {words}")
        return act(step, action, arguments, by)

    # ------------------------------------------------------------------------------------- finding the form

    def _find(self, browser: Client, step: Step, arguments: dict[str, Any], by: Actor) -> Form | None:
        """The form about this very thing, along the links from the front page."""
        address = _address(step.do, arguments)
        above = address.rpartition("/")[0] if address else ""
        engagement = f"/engagements/{arguments.get('engagement_id', '')}"
        memory = self.known.get((step.do, by.person_id or 0), "")
        zone = parties.zone_of(parties.person_by_id(by.person_id or 0))
        for path, page in self._walk(browser, self._starts(memory, above), [above, engagement]):
            self.where = path
            form = self._form_about(step.do, page, arguments, zone) or self._asked(
                browser, step, (path, page), arguments, zone
            )
            if form is not None:
                self.known[step.do, by.person_id or 0] = path
                return form
        return None

    def _starts(self, memory: str, _above: str) -> list[str]:
        """Where looking begins: on the page of the same deed before, else on the front page."""
        return [memory, "/"]

    def _asked(
        self, browser: Client, step: Step, shown: tuple[str, BeautifulSoup], arguments: dict[str, Any], zone: str
    ) -> Form | None:
        """The form after the page was asked for these very values: "rank again", until a later hour."""
        path, page = shown
        for tag in page.select('form[method="get"]'):
            asking = Form(tag, path)
            known = {name: value for name, value in arguments.items() if name in asking.controls}
            if known and page.select_one(f'form[data-deed="{step.do}"]'):
                sent = asking.fill(known, zone=zone, password="")
                self.where = f"{asking.address}?{urlencode(sent)}"
                return self._form_about(step.do, _links_and_forms(browser.get(self.where)), arguments, zone)
        return None

    def _form_about(self, deed: str, page: BeautifulSoup, arguments: dict[str, Any], zone: str) -> Form | None:
        """The page's form of this deed for this very thing."""
        for number, tag in enumerate(page.select(f'form[data-deed="{deed}"]')):
            form = Form(tag)
            if not form.strangers(arguments, zone):
                self.number = number
                return form
        return None

    def _walk(self, browser: Client, starts: list[str], likely: list[str]) -> Iterator[tuple[str, BeautifulSoup]]:
        """Pages along the links, those of `likely` first, each once; a link that leads nowhere is noted in `dead`."""
        waiting = [(path, "memory") for path in starts if path]
        seen: set[str] = set()
        while waiting and len(seen) < AT_MOST:
            path, came_from = waiting.pop(0)
            if path in seen:
                continue
            seen.add(path)
            response = browser.get(path)
            if response.status_code == 404 and came_from != "memory":
                self.dead.add(f"{came_from} -> {path}")
            if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
                continue
            page = _links_and_forms(response)
            yield path, page
            links = [str(link["href"]).partition("#")[0] for link in page.select("a[href^='/']")]
            waiting += [(link, path) for link in links if link and link not in seen and not NOT_PAGES.search(link)]
            waiting.sort(key=lambda one: _rank(one[0], likely))

    # --------------------------------------------------------------------------- what no page offers to them

    def _forge(self, browser: Client, step: Step, arguments: dict[str, Any], zone: str) -> Any:
        """Send what no page offers to this person to the deed's own address."""
        address = _address(step.do, arguments)
        if not address:
            raise AssertionError(f"step {step.number}: {step.do} has no address")
        token = _read(browser.get("/")).select_one("input[name=csrfmiddlewaretoken]")
        sent = {"password": PASSWORD, "csrfmiddlewaretoken": str(token["value"]) if token else ""}
        ids = resolve(address).kwargs
        for name, value in arguments.items():
            if name not in ids:
                sent |= {leaf.name: written(leaf.value, zone) for leaf in leaves(name, value)}
        self.forged.append(f"{step.by} {step.do}")
        return _answer(browser, browser.post(address, sent), step)


def _address(deed: str, arguments: dict[str, Any]) -> str:
    """Where the deed is posted to, with the ids of its arguments; empty if no route of that name takes them."""
    ids = {name: value for name, value in arguments.items() if name.endswith("_id")}
    names = [*ids, "engagement_id"]
    for kwargs in [{}, *({name: ids[name]} for name in names if name in ids), ids]:
        try:
            return reverse(deed, kwargs=kwargs)
        except NoReverseMatch:
            continue
    return ""


def _read(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def _links_and_forms(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser", parse_only=LINKS_AND_FORMS)


def _rank(link: str, likely: list[str]) -> int:
    """The page above the deed's address first, the engagement page, what lies below it, everything else."""
    for number, path in enumerate(likely):
        if path and link.partition("?")[0] == path:
            return number
    return 3 if any(path and link.startswith(f"{path}/") for path in likely) else 4


def _answer(browser: Client, response: Any, step: Step) -> Any:
    """What came of a press: a row with the id of the page it led to, or the refusal that the page shows."""
    if response.status_code in REFUSED:
        shown = _read(response).select_one("[data-code]")
        if shown is None:
            raise AssertionError(f"step {step.number} {step.do}: {response.status_code} without a reason on the page")
        raise Refused(str(shown["data-code"]), shown.get_text(" ", strip=True))
    if response.status_code != 303:
        raise AssertionError(f"step {step.number} {step.do}: answered with {response.status_code}")
    led_to = response["Location"]
    after = browser.get(led_to)
    if after.status_code != 200:
        raise AssertionError(f"step {step.number} {step.do}: leads to {led_to}, which answers {after.status_code}")
    return SimpleNamespace(pk=next(iter(resolve(led_to.partition("?")[0]).kwargs.values()), None))
