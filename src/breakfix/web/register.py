"""Keeping the register: a machine is entered, an entry is corrected; what somebody else wrote meanwhile is kept."""

from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.assets import actions
from breakfix.assets import queries as assets
from breakfix.kernel.access import Deed, Side, require
from breakfix.kernel.errors import NotFound, Refused
from breakfix.kernel.ledger.images import version_of
from breakfix.parties import queries as parties
from breakfix.web import rows
from breakfix.web.door import Visit, deed, page

LEGACY = [("true", "Yes, declared legacy"), ("false", "No, whatever its dates say")]
LEVELS = [(level, f"RAID {level}") for level in assets.RAID_LEVELS]
CHANGED = "changed_meanwhile"
DAYS = {"mon": "Mon", "tue": "Tue", "wed": "Wed", "thu": "Thu", "fri": "Fri", "sat": "Sat", "sun": "Sun"}
# What a form holds by its own name, and what people call it: for saying what changed meanwhile.
WORDS = {
    "name": "Name",
    "role_text": "What it does",
    "maker": "Maker",
    "model": "Model",
    "serial": "Serial number",
    "tag": "Tag",
    "firmware": "Firmware",
    "site_id": "Site",
    "service_id": "Service",
    "installed_on": "Installed on",
    "warranty_until": "Warranty until",
    "useful_life_years": "Useful life",
    "eol_on": "The maker's end of support",
    "os_product": "Operating system",
    "os_cycle": "Its release",
    "legacy": "Legacy",
}


def asset_new(visit: Visit) -> HttpResponse:
    """The form for a machine that is not in the register yet."""
    require(visit.by, Deed.REGISTER_ASSET)
    return visit.page("web/assets/new.html", _form(visit, actions.register_asset.__name__, None))


def asset_edit(visit: Visit, asset_id: int) -> HttpResponse:
    """The same form over an entry; after somebody else's correction it says what stands there now."""
    found = assets.get_asset(asset_id, visit.by)
    require(visit.by, Deed.CORRECT_ASSET, org=found.client_id)
    form = _form(visit, actions.correct_asset.__name__, found)
    typed, no = visit.typed, visit.typed.refusal
    stale = no is not None and no.code == CHANGED
    context = {
        "asset": found,
        # Whoever has read what changed may send again; every other refusal leaves the version they had read.
        "version": version_of(found) if stale else typed.values.get("version") or version_of(found),
        "meanwhile": _meanwhile(visit, found, form) if stale else [],
        "last": _told(found)[-1:] if stale else [],
    }
    return visit.page("web/assets/edit.html", {**form, **context})


def business(visit: Visit) -> HttpResponse:
    """The services of one's own organisation with what an hour without each costs: nobody else's to read."""
    if visit.by.side is not Side.CLIENT or visit.by.organisation_id is None:
        raise NotFound("This page")
    context = {
        "organisation": parties.get_organisation(visit.by.organisation_id, by=visit.by),
        "lines": [{"service": one, "hours": _hours(one.hours)} for one in assets.services_visible_to(visit.by)],
        "days": list(DAYS.items()),
        "workdays": actions.WORKDAYS,
    }
    return visit.page("web/assets/business.html", context)


def _hours(week: dict[str, list[list[str]]]) -> str:
    """`Mon, Tue 08:00 to 18:00`: the days of equal hours together."""
    by_spans: dict[str, list[str]] = {}
    for day, words in DAYS.items():
        spans = " and ".join(f"{opens} to {closes}" for opens, closes in week.get(day, ()))
        if spans:
            by_spans.setdefault(spans, []).append(words)
    return "; ".join(f"{_run(days)} {spans}" for spans, days in by_spans.items())


def _run(days: list[str]) -> str:
    """Neighbouring days as from the first to the last."""
    every = list(DAYS.values())
    start = every.index(days[0])
    whole = len(days) > 2 and days == every[start : start + len(days)]
    return f"{days[0]} to {days[-1]}" if whole else ", ".join(days)


def _form(visit: Visit, name: str, found: Any) -> dict[str, Any]:
    """What both forms show: the choices, and the array and the further facts as rows."""
    sites = [one for one in parties.sites_visible_to(visit.by) if one.organisation_id == visit.by.organisation_id]
    facts = [{"name": key, "text": text} for key, text in found.other_facts.items()] if found else []
    return {
        "deed": name,
        "sites": [(one.pk, one.name) for one in sites],
        "only_site": sites[0].pk if len(sites) == 1 else None,
        "services": [(one.pk, one.name) for one in assets.services_visible_to(visit.by)],
        "makers": sorted({device.maker for device in assets.devices().values()}, key=str.casefold),
        "products": sorted({cycle.product for cycle in assets.cycles().values()}),
        "levels": LEVELS,
        "legacy_choices": LEGACY,
        "legacy": _as_typed(found.legacy) if found else "",
        "raid": found.raid if found else None,
        "facts": rows.rows_of(visit.typed, name, "facts", facts),
    }


def _meanwhile(visit: Visit, found: Any, form: dict[str, Any]) -> list[tuple[str, str]]:
    """What the register says now wherever that is not what was typed: (what, its value now)."""
    names = {"site_id": dict(form["sites"]), "service_id": dict(form["services"]), "legacy": dict(LEGACY)}
    differing = []
    for name, words in WORDS.items():
        now = getattr(found, name)
        if name in visit.typed.values and visit.typed.values[name].strip() != _as_typed(now):
            shown = names.get(name, {}).get(now if name != "legacy" else _as_typed(now), _as_typed(now))
            differing.append((words, shown or "nothing"))
    return differing


def _told(found: Any) -> list[parties.Told]:
    """What its owner's log tells of the entry itself, oldest first."""
    return [one for one in parties.told_on(found.topic, found.client_id) if one.kind.startswith("asset.")]


def _as_typed(value: Any) -> str:
    """A stored value as the form's field holds it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


# --------------------------------------------------------------------------------------- from form to deed


def _entered(visit: Visit, given: dict[str, Any]) -> dict[str, Any]:
    """The form of a new machine: an array or facts left empty are none."""
    return {name: value for name, value in _described(given).items() if value not in ({}, [])}


def _corrected(visit: Visit, given: dict[str, Any], asset_id: int) -> dict[str, Any]:
    """The form of an entry: what was emptied is unknown again; refuses to write over what its editor never read."""
    found = assets.lock_asset(asset_id, visit.by)
    require(visit.by, Deed.CORRECT_ASSET, org=found.client_id)
    read = given.pop("version", "")
    if read and read != version_of(found):
        raise Refused(
            CHANGED,
            "Somebody corrected this entry while you had it open.",
            remedy="Look at what it says now; sending again writes what you typed over it.",
        )
    given = _described(given)
    emptied = {name for name, value in given.items() if value in ("", {}, [])}
    for name in sorted(emptied & actions.NEEDED):
        raise Refused("missing_field", f"Please fill in {name}.", field=name)
    kept = {name: value for name, value in given.items() if name not in emptied}
    cleared = sorted(emptied & actions.CLEARABLE)
    return {**kept, "clear": cleared} if cleared else kept


def _described(given: dict[str, Any]) -> dict[str, Any]:
    """The facts of a form's rows by their names."""
    if "facts" not in given:
        return given
    found: dict[str, str] = {}
    for number, row in enumerate(_rows(given["facts"])):
        name, text = str(row.get("name", "")).strip(), str(row.get("text", "")).strip()
        if not name or not text:
            message = "Give each fact its name and what is to be known."
            raise Refused("invalid_field", message, field=f"facts-{number}-{'text' if name else 'name'}")
        if name in found:
            raise Refused("invalid_field", f"{name} stands here twice.", field=f"facts-{number}-name")
        found[name] = text
    return {**{name: value for name, value in given.items() if name != "facts"}, "config": found}


def _rows(facts: Any) -> list[dict[str, Any]]:
    """The rows as the form sends them; refuses what only somebody else's form would."""
    rows = facts or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refused("invalid_field", "Give each fact in a row of its own.", field="facts")
    return rows


def _to_asset(result: Any) -> str:
    return reverse("asset", args=[result.pk])


urlpatterns = [
    path("assets/new", page(asset_new), name="asset_new"),
    path(
        "assets/new/register_asset",
        deed(actions.register_asset, on=asset_new, done="Entered into the register.", to=_to_asset, reads=_entered),
        name="register_asset",
    ),
    path("assets/services", page(business), name="services"),
    path(
        "assets/services/register_service",
        deed(actions.register_service, on=business, done="Registered. Choose it on the machines that carry it."),
        name="register_service",
    ),
    path("assets/<int:asset_id>/edit", page(asset_edit), name="asset_edit"),
    path(
        "assets/<int:asset_id>/edit/correct_asset",
        deed(actions.correct_asset, on=asset_edit, done="Corrected.", to=_to_asset, reads=_corrected),
        name="correct_asset",
    ),
]
