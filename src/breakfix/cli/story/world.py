"""The world before a story: built through the real actions, in the order of the road, by the one who installs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from breakfix.agreements import queries as agreements
from breakfix.agreements.clauses.fields import OWN
from breakfix.agreements.values import laid_over
from breakfix.cli.story.deeds import action_named
from breakfix.cli.story.format import Story, StoryError, parse_instant
from breakfix.cli.story.names import Names
from breakfix.cli.story.uploads import uploads_in
from breakfix.kernel.access import OPERATOR, Actor
from breakfix.kernel.binding import bind
from breakfix.kernel.errors import Refused
from breakfix.parties import queries as parties

PASSWORD = "breakfix-demo"  # noqa: S105 - everybody in a story has the same, printed on the demo's first page
SECTIONS = (
    *("as_of", "organisations", "sites", "people", "agreements", "technicians", "insurance"),
    *("services", "assets", "authorities", "delegations"),
)


def as_of(story: Story) -> datetime:
    """When the world was set up: `world.as_of`, or 9 o'clock thirty days before the first step."""
    stated = story.world.get("as_of")
    if stated:
        return parse_instant(str(stated), story.zone, None, "world.as_of")
    return (story.steps[0].at - timedelta(days=30)).replace(hour=9, minute=0, second=0)


def currency_of(story: Story) -> str:
    """The currency of the story's first provider."""
    for org in (story.world.get("organisations") or {}).values():
        if org.get("side") == "provider":
            return str(org.get("currency", "USD"))
    return "USD"


class Builder:
    """Sets up one story's world; what another story already set up under the same name is left as it is."""

    def __init__(self, story: Story, names: Names, at: datetime, password: str) -> None:
        self.story, self.names, self.at, self.password = story, names, at, password

    def do(self, deed: str, where: str, given: dict[str, Any], *, by: Actor = OPERATOR) -> Any:
        """One deed of setting up; a refusal becomes a mistake in the story with its place."""
        try:
            action = action_named(deed, where)
            return action(**bind(action, uploads_in(given), zone=self.story.zone), by=by, at=self.at)
        except Refused as no:
            raise StoryError(f"world.{where}: {no.message} ({no.code})") from None

    def id_of(self, kind: str, name: Any, where: str) -> int:
        return self.names.id_of(kind, name, f"world.{where}")

    def actor(self, key: Any, where: str) -> Actor:
        person = parties.find_person(self.names.emails.get(str(key), ""))
        if person is None:
            raise StoryError(f"world.{where}: there is nobody called {key!r}")
        return parties.actor_for(person, confirmed_at=self.at)

    def each(self, section: str, kind: str, build: Callable[[str, dict[str, Any], str], Any]) -> None:
        """Build every entry of a section that is not known yet, and remember its id."""
        for name, entry in (self.story.world.get(section) or {}).items():
            if not self.names.has(kind, name):
                row = build(str(name), dict(entry), f"{section}.{name}")
                self.names.give(kind, str(name), row.pk)

    def organisation(self, name: str, entry: dict[str, Any], where: str) -> Any:
        entry = {"zone": self.story.zone, "currency": currency_of(self.story), "slug": name, "name": name, **entry}
        return self.do("register_organisation", where, entry)

    def site(self, name: str, entry: dict[str, Any], where: str) -> Any:
        owner = self.id_of("organisation", entry.pop("of", ""), where)
        entry = {"zone": self.story.zone, "name": name, "address": name, **entry}
        return self.do("open_site", where, {"organisation_id": owner, **entry})

    def person(self, name: str, entry: dict[str, Any], where: str) -> Any:
        slug = str(entry.pop("of", ""))
        owner = self.id_of("organisation", slug, where)
        entry = {"name": name.title(), "email": f"{name}@{slug}.example", "password": self.password, **entry}
        self.names.emails[name] = str(entry["email"])
        return self.do("enrol_person", where, {"organisation_id": owner, **entry})

    def agreement(self, name: str, entry: dict[str, Any], where: str) -> Any:
        accountable = self.id_of("person", entry.get("accountable", ""), where)
        sides = {side: str(entry.get(side, "")) for side in ("provider", "client")}
        # A story tells of engagements: its agreements begin from the example wording, so that they can be signed.
        entities = {side: {"address": self.address(slug, where)} for side, slug in sides.items()}
        # What no template can say for the two, the story says for them.
        said = {"statements": {"agreed": dict.fromkeys(sorted(OWN), True)}, "tax": {"jurisdiction": "as told"}}
        version = self.do(
            "draft_agreement",
            where,
            {
                **{f"{side}_id": self.id_of("organisation", slug, where) for side, slug in sides.items()},
                "accountable_person_id": accountable,
                "template": entry.get("template", "example"),
                "terms": laid_over({"entities": entities, **said}, entry.get("terms") or {}),
                "effective_at": entry.get("effective_at") or self.at,
                "currency": entry.get("currency", ""),
            },
        )
        for signer in entry.get("signed_by") or []:
            by = self.actor(signer, where)
            shown = agreements.get_version(version.pk, by=by).sha256
            given = {"version_id": version.pk, "shown_sha256": shown, "typed_name": by.name}
            self.do("sign_agreement", where, given, by=by)
        return version

    def address(self, slug: str, where: str) -> str:
        """Where letters reach an organisation; a story need not say it."""
        found = parties.get_organisation(self.id_of("organisation", slug, where), by=OPERATOR)
        return found.address or f"Registered office of {found.legal_name}"

    def technician(self, name: str, entry: dict[str, Any], where: str) -> Any:
        parts = {key: entry.pop(key, None) or [] for key in ("certifications", "clearances", "shifts")}
        entry = {"person_id": self.id_of("person", name, where), "engaged_on": self.at.date(), **entry}
        row = self.do("enrol_technician", where, entry)
        for cert in parts["certifications"]:
            cert = dict(cert)
            verified_by = cert.pop("verified_by", None)
            held = self.do("record_certification", where, {"technician_id": row.pk, **cert})
            if verified_by:
                self.do("verify_certification", where, {"certificate_id": held.pk}, by=self.actor(verified_by, where))
        for clearance in parts["clearances"]:
            clearance = dict(clearance)
            client = self.id_of("organisation", clearance.pop("client", ""), where)
            self.do("record_clearance", where, {"technician_id": row.pk, "client_id": client, **clearance})
        for shift in parts["shifts"]:
            self.do("plan_shift", where, {"technician_id": row.pk, **shift})
        return row

    def insurance(self, name: str, entry: dict[str, Any], where: str) -> Any:
        provider = self.id_of("organisation", entry.pop("provider", ""), where)
        return self.do("record_insurance", where, {"provider_id": provider, **entry})

    def service(self, name: str, entry: dict[str, Any], where: str) -> Any:
        client = self.id_of("organisation", entry.pop("of", ""), where)
        return self.do("register_service", where, {"client_id": client, "name": name, **entry})

    def asset(self, name: str, entry: dict[str, Any], where: str) -> Any:
        given = {"site_id": self.id_of("site", entry.pop("site", ""), where), "name": name, **entry}
        given.pop("of", None)
        if "service" in given:
            given["service_id"] = self.id_of("service", given.pop("service"), where)
        return self.do("register_asset", where, given)

    def authority(self, name: str, entry: dict[str, Any], where: str) -> Any:
        person = self.id_of("person", entry.pop("person", name), where)
        return self.do("name_authority", where, {"person_id": person, **entry})

    def delegation(self, name: str, entry: dict[str, Any], where: str) -> Any:
        by = self.actor(entry.pop("by", ""), where)
        delegate = self.id_of("person", entry.pop("delegate", ""), where)
        return self.do("delegate", where, {"delegate_id": delegate, **entry}, by=by)


def build(story: Story, names: Names, *, at: datetime, password: str = PASSWORD) -> None:
    """Set up everything the story's `world` names, refusing what it misspells."""
    unknown = set(story.world) - set(SECTIONS)
    if unknown:
        raise StoryError(f"world: unknown section {sorted(unknown)[0]!r}; known are {', '.join(SECTIONS)}")
    builder = Builder(story, names, at, password)
    for section, kind, make in (
        ("organisations", "organisation", builder.organisation),
        ("sites", "site", builder.site),
        ("people", "person", builder.person),
        ("agreements", "agreement", builder.agreement),
        ("technicians", "technician", builder.technician),
        ("insurance", "insurance", builder.insurance),
        ("services", "service", builder.service),
        ("assets", "asset", builder.asset),
        ("authorities", "authority", builder.authority),
        ("delegations", "delegation", builder.delegation),
    ):
        builder.each(section, kind, make)
