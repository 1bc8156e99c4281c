"""A story's hands that know the API alone: each deed is a POST with its person's token, each id comes out of a GET.

Every person has a program with a token of their own. Before it does a deed it looks up what the deed is about along
the lists of the API, as that person sees them; what cannot be found there is noted in `gaps`, unless the story
expects a refusal. What was written is read again at the address that the answer names.
"""

import base64
import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.test import Client

from breakfix.api.deeds import EDITS, ROUTES
from breakfix.api.schemas import ids_in
from breakfix.cli.story.format import Step
from breakfix.cli.story.world import PASSWORD
from breakfix.kernel import clock
from breakfix.kernel.access import Actor, Deed
from breakfix.kernel.errors import Refused
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.canonical import plain
from breakfix.parties import actions
from breakfix.parties.values import Scope

CONFIRM = base64.b64encode(PASSWORD.encode()).decode()
# Where each kind of id is found: a list, and the field of its items that holds the id.
LISTS: dict[str, tuple[tuple[str, str], ...]] = {
    "engagement_id": (("/engagements", "id"),),
    "quote_id": (("/engagements/{engagement}/quotes", "id"),),
    "change_id": (("/engagements/{engagement}/changes", "id"),),
    "root_cause_id": (("/engagements/{engagement}/root-causes", "id"),),
    "round_id": (("/engagements/{engagement}/rounds", "id"),),
    "order_id": (("/engagements/{engagement}/part-orders", "id"),),
    "booking_id": (("/engagements/{engagement}/bookings", "id"),),
    "asset_id": (("/assets", "id"),),
    "site_id": (("/sites", "id"),),
    "service_id": (("/services", "id"),),
    "version_id": (("/agreements/{agreement}/versions", "id"),),
    # The client's people know those who come; the whole roster is the provider's own.
    "technician_id": (("/technicians", "id"), ("/engagements/{engagement}/bookings", "technician.id")),
    **dict.fromkeys(("provider_id", "client_id", "organisation_id"), (("/organisations", "id"),)),
    **dict.fromkeys(("person_id", "requester_id", "delegate_id", "peer_id"), (("/people", "id"),)),
}
LISTS["technicians"] = LISTS["technician_id"]
LISTS["named_people"] = LISTS["person_id"]
HASHES = {"quote_id": "/quotes/{}", "change_id": "/changes/{}", "version_id": "/agreement-versions/{}"}


@dataclass
class ProgramHands:
    """`Player(story, hands=ProgramHands())`; afterwards `gaps` says what the API lacks, `done` what was done."""

    programs: dict[int, "Program"] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __call__(self, step: Step, action: Any, arguments: dict[str, Any], by: Actor) -> Any:
        program, deed = self._program(by), Deed(step.do)
        missing = [name for name, value in arguments.items() if not program.finds(name, value)]
        missing += program.other_hash(arguments)
        if missing and not step.refused:
            self.gaps.append(f"step {step.number} {step.by} {step.do}: the API does not show {', '.join(missing)}")
        answer = program.do(deed, arguments)
        if answer.status_code >= 400:
            self.refused.append(f"{step.by} {step.do}")
            assert answer["Content-Type"] == "application/problem+json", answer.content[:200]
            raise Refused(answer.json()["code"], answer.json()["detail"])
        self.done.append(f"{step.by} {step.do}")
        return self._row(step, program, answer.json())

    def _row(self, step: Step, program: "Program", told: dict[str, Any]) -> Any:
        """The row as the player remembers it, once it was read where the answer says it stands."""
        here = told.get("links", {}).get("self")
        if here and program.get(here).json()["id"] != told["id"]:
            self.gaps.append(f"step {step.number} {step.do}: {here} shows another record")
        return SimpleNamespace(pk=told.get("id"))

    def _program(self, by: Actor) -> "Program":
        key = by.person_id or 0
        if key not in self.programs:
            at = clock.now()
            token = actions.issue_token(
                name="story", scopes=list(Scope), expires_at=at + timedelta(days=60), by=by, at=at
            )
            self.programs[key] = Program(token.secret)
        return self.programs[key]


class Program:
    """What one person's program sends and finds."""

    def __init__(self, secret: str) -> None:
        self.browser = Client(headers={"Authorization": f"Bearer {secret}"})

    def get(self, path: str) -> Any:
        answer = self.browser.get(path if path.startswith("/api/") else f"/api/v1{path}")
        assert answer.status_code in {200, 404}, f"{path}: {answer.status_code} {answer.content[:300]!r}"
        return answer

    def items(self, path: str) -> Iterator[dict[str, Any]]:
        """Everything on a list, page after page; nothing where there is no such list for this person."""
        cursor = ""
        while True:
            answer = self.get(f"{path}?limit=20&cursor={cursor}")
            if answer.status_code == 404:
                return
            yield from answer.json()["items"]
            if not (cursor := answer.json()["next"] or ""):
                return

    def finds(self, name: str, value: Any) -> bool:
        """Whether the ids of an argument stand on the lists that this person gets."""
        if name not in LISTS or value is None:
            return True
        wanted = set(value) if isinstance(value, list) else {value}
        for path, where in LISTS[name]:
            for whole in self._whole(path):
                wanted -= {_at(item, where) for item in self.items(whole)}
                if not wanted:
                    return True
        return False

    def _whole(self, path: str) -> Iterator[str]:
        """The list's addresses: one for each engagement, or agreement, that it belongs to."""
        above = re.search(r"{(\w+)}", path)
        if above is None:
            yield path
            return
        for item in self.items(f"/{above[1]}s"):
            yield path.replace(above[0], str(item["id"]))

    def other_hash(self, arguments: Mapping[str, Any]) -> list[str]:
        """`shown_sha256`, if the document shows another hash than the story's person was shown."""
        if "shown_sha256" not in arguments:
            return []
        name, path = next((one, HASHES[one]) for one in HASHES if one in arguments)
        answer = self.get(path.format(arguments[name]))
        shown = answer.json().get("sha256") if answer.status_code == 200 else None
        return [] if shown == arguments["shown_sha256"] else ["shown_sha256"]

    def do(self, deed: Deed, arguments: Mapping[str, Any]) -> Any:
        """Send the deed: ids in the address, the rest as JSON."""
        path = ROUTES[deed].path
        ids = ids_in(path)
        for name in ids:
            path = path.replace(f"{{int:{name}}}", str(arguments[name]))
        body = {name: as_json(value) for name, value in arguments.items() if name not in ids}
        headers = {"Breakfix-Confirm": CONFIRM}
        if deed in EDITS:
            headers["If-Match"] = self.get(path.rpartition("/")[0])["ETag"]
        return self.browser.post(f"/api/v1{path}", body, content_type="application/json", headers=headers)


def _at(item: Any, where: str) -> Any:
    for name in where.split("."):
        item = item[name]
    return item


def as_json(value: Any) -> Any:
    """An argument as a program writes it: exact figures as texts, files in base64."""
    if isinstance(value, Upload):
        return {"name": value.name, "content": base64.b64encode(value.content).decode()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {part.name: as_json(getattr(value, part.name)) for part in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): as_json(item) for name, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, list | tuple) else plain(value)
