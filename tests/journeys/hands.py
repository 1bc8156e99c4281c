"""A story's hands in a real browser: each person at the device they have, two of them by the keyboard alone.

Where the form is, is found as `PageHands` finds it; what a person then does on that page is done in Chromium.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.urls import resolve

from breakfix.cli.story.format import Step
from breakfix.cli.story.world import PASSWORD
from breakfix.kernel.access import Actor
from breakfix.kernel.errors import Refused
from breakfix.parties import queries as parties
from tests.journeys import keyboard
from tests.journeys.forms import Form
from tests.journeys.pages import PageHands
from tests.journeys.watching import LEFT_MIDWAY, WATCH

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1440, "height": 900}}
ON_A_PHONE = {"alice", "cora", "mona", "sol", "tom", "ines"}
BY_KEYBOARD = {"dana", "quinn"}
# Every control of a form in the order of the page: name, kind, whether it is marked, value.
SHOWN = """form => [...form.elements].filter(one => one.name && one.type !== "hidden")
  .map(one => [one.name, one.type, Boolean(one.checked), one.value])"""
REFUSALS = {403, 404, 409, 422}


@dataclass
class BrowserHands(PageHands):
    """`Player(story, hands=BrowserHands(...))`; `complaints` is what the browsers themselves held against a page."""

    browser: Any = None
    home: str = ""
    told_time: Any = None
    tabs: dict[str, Any] = field(default_factory=dict)
    opened: dict[str, list[Any]] = field(default_factory=dict)  # by each tab's person: file choosers that showed
    complaints: list[str] = field(default_factory=list)
    here: str = ""

    def __call__(self, step: Step, action: Any, arguments: dict[str, Any], by: Actor) -> Any:
        self.told_time(step.at)
        zone = parties.zone_of(parties.person_by_id(by.person_id or 0))
        client = self._browser(by)
        form = self._find(client, step, arguments, by)
        if form is None and step.refused:
            return self._forge(client, step, arguments, zone)
        if form is None:
            return self._gap(step, action, arguments, by, "no form on any page within reach")
        form.fill(arguments, zone=zone, password=PASSWORD)
        self.pressed.append(f"{step.by} {step.do}")
        return self._press(step, form, self._tab(step.by, client))

    def _starts(self, memory: str, above: str) -> list[str]:
        """That every form is within reach of the front page, `PageHands` shows; here it is opened where it is."""
        return [memory, above, "/"]

    def _tab(self, who: str, client: Any) -> Any:
        """This person's device, signed in; opened when they first do something."""
        if who not in self.tabs:
            context = self.browser.new_context(
                **(PHONE if who in ON_A_PHONE else DESK),
                locale="en-US",
                timezone_id="America/New_York",
                reduced_motion="reduce",
            )
            context.add_init_script(WATCH)
            context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.home}])
            tab = context.new_page()
            tab.on("console", lambda told: self._hear(who, told))
            tab.on("pageerror", lambda fault: self.complaints.append(f"{who}: {fault}"))
            # Kept from the start: a chooser that is waited for only once the key is pressed can be missed.
            self.opened[who] = []
            tab.on("filechooser", lambda chooser: self.opened[who].append(chooser))
            self.tabs[who] = tab
        return self.tabs[who]

    def _hear(self, who: str, told: Any) -> None:
        # The browser reports a refused form as a failed resource; it is the page that says why.
        if told.type == "error" and "Failed to load resource" not in told.text and not LEFT_MIDWAY.match(told.text):
            self.complaints.append(f"{who}: {told.text}")

    # ------------------------------------------------------------------------------------------ pressing

    def _press(self, step: Step, form: Form, tab: Any) -> Any:
        tab.goto(f"{self.home}{self.where}")
        shown = tab.locator(f'form[data-deed="{step.do}"]').nth(self.number)
        by_keyboard, touch = step.by in BY_KEYBOARD, step.by in ON_A_PHONE
        typist = Typist(tab, shown, by_keyboard=by_keyboard, touch=touch, opened=self.opened[step.by])
        typist.unfold(shown)
        typist.fill(form.sent)
        with tab.expect_navigation(wait_until="load") as went:
            typist.send()
        self.complaints += [f"{step.by} {step.do}: {one}" for one in tab.evaluate("window.bfTold")]
        return self._outcome(step, went.value, tab)

    def _outcome(self, step: Step, answer: Any, tab: Any) -> Any:
        if answer.status in REFUSALS:
            code = tab.locator("[data-code]").first
            raise Refused(code.get_attribute("data-code"), code.inner_text())
        assert answer.status == 200, f"step {step.number} {step.do}: {tab.url} answers {answer.status}"
        path = tab.url.removeprefix(self.home).partition("?")[0].partition("#")[0]
        return Made(next(iter(resolve(path).kwargs.values()), None))


def _differs(shown: list[Any], name: str, sent: dict[str, Any]) -> bool:
    """Whether the controls of this name show something else than what is to be sent; a box not sent is left empty."""
    kind, value = next(one[1] for one in shown if one[0] == name), sent.get(name)
    if kind == "checkbox" or (kind == "radio" and value is not None):
        marked = [one[3] for one in shown if one[0] == name and one[2]]
        return marked != ([] if value is None else [str(value)])
    if kind in {"radio", "file"}:
        return kind == "file" and value is not None
    return name in sent and next(one[3] for one in shown if one[0] == name) != str(value if value is not None else "")


@dataclass(frozen=True)
class Made:
    pk: Any


@dataclass
class Typist:
    """Fills in one form that a page shows, by pointer, finger or keyboard."""

    tab: Any
    form: Any
    by_keyboard: bool
    touch: bool
    opened: list[Any]

    def unfold(self, thing: Any) -> None:
        """Open every fold around a thing, outermost first."""
        folds = thing.locator("xpath=ancestor::details[not(@open)]")
        while left := folds.count():
            self._activate(folds.first.locator("> summary"), lambda left=left: folds.count() < left)

    def fill(self, sent: dict[str, Any]) -> None:
        """Every control whose value differs from what it shows, in the order of the page."""
        self._add_rows(sent)
        shown, done = self.form.evaluate(SHOWN), set()
        while name := next((one[0] for one in shown if one[0] not in done and _differs(shown, one[0], sent)), None):
            self._set(name, sent.get(name))
            done.add(name)
            shown = self.form.evaluate(SHOWN)  # what is chosen here may change what stands there

    def send(self) -> None:
        """Press the button until the form is on its way; only what really left is never sent twice."""
        button, left = self.form.locator("button[type=submit]").last, []

        def hear(request: Any) -> None:
            if request.is_navigation_request():
                left.append(request)

        self.tab.on("request", hear)
        try:
            self._activate(button, lambda: left)
        finally:
            self.tab.remove_listener("request", hear)

    def _add_rows(self, sent: dict[str, Any]) -> None:
        for name in sent:
            for _ in range(30):
                if self._all(name).count() or not self._grow(name):
                    break

    def _grow(self, name: str) -> bool:
        """Press the button that adds the row this name is missing."""
        adds = self.form.locator(f'[data-add-row$="{name.partition("-")[0]}"]')
        if not adds.count():
            return False
        self.unfold(adds.first)
        rows = self.form.locator("input, select, textarea")
        before = rows.count()
        self._activate(adds.first, lambda: rows.count() > before)
        return True

    def _all(self, name: str) -> Any:
        return self.form.locator(f'[name="{name}"]')

    def _set(self, name: str, value: Any) -> None:
        control = self.form.locator(f'[name="{name}"]:not([type=hidden])').first
        kind = control.evaluate("one => one.type")
        if kind == "radio":
            control = self.form.locator(f'[name="{name}"][value="{value}"]')
        elif kind == "file":
            value = {"name": value.name, "mimeType": value.content_type, "buffer": value.read()}
        self._put(control, kind, value)

    def _put(self, control: Any, kind: str, value: Any) -> None:
        self.unfold(control)
        rows = control.locator("xpath=ancestor::*[contains(@class, 'bf-bays')][1]").locator(".bf-bays-row")
        if rows.count():
            # A reading of every bay is chosen bay by bay; the page writes the line.
            for number, pair in enumerate(str(value).split(", ")):
                one = rows.nth(number).locator("select, input")
                self._put(one, one.evaluate("each => each.type"), pair.partition("=")[2])
        elif self.by_keyboard:
            self._reach(control, kind)
            keyboard.put(self.tab, control, value, self.opened)
        elif kind in {"radio", "checkbox"}:
            self._activate(control, control.is_checked)
        elif kind == "file":
            control.set_input_files([value])
        elif kind.startswith("select"):
            control.select_option(str(value))
        else:
            control.fill(str(value))

    def _reach(self, control: Any, kind: str) -> None:
        """A group of radio buttons is one stop of Tab; the arrows walk inside it."""
        if kind != "radio":
            keyboard.reach(self.tab, control)
            return
        name = control.get_attribute("name")
        group = self.form.locator(f'[name="{name}"]')
        checked = self.form.locator(f'[name="{name}"]:checked')
        keyboard.reach(self.tab, checked.first if checked.count() else group.first)
        for _ in range(keyboard.TRIES * group.count()):
            if control.evaluate(keyboard.HERE):
                return
            self.tab.keyboard.press("ArrowDown")

    def _activate(self, control: Any, done: Callable[[], Any]) -> None:
        """Press something that is pressed; by keyboard again, if nothing happens."""
        if self.by_keyboard:
            keyboard.strike(self.tab, control, "Enter", done)
        elif self.touch:
            control.tap()
        else:
            control.click()
