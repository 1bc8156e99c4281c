"""From the editor's form to terms and back: what stands in an input, and what somebody typed into it."""

from collections.abc import Iterator, Mapping
from typing import Any

from breakfix.agreements.clauses.fields import BY_KEY, Answer, at_path
from breakfix.web.agreement_asked import asked_in, inputs_of
from breakfix.web.agreement_inputs import Asked, Grid, Input
from breakfix.web.door import Typed

Flat = Mapping[str, str]
REASON = "terms-statements-not_applicable-"
KINDS = {"line": "text", "text": "textarea", "lines": "textarea", "pick": "select", "flag": "checkbox"}
MOST_ROWS = 200
IN_ONE_LINE = {"seats", "holidays"}  # lists in a cell of a row, with commas
MAY_LACK = {"up_to", "after_minutes", "percent", "role"}
PUBLIC = ("country", "subdivision", "years")


def name_of(path: str) -> str:
    """How the input of this part of the terms is called, as a refusal names it too."""
    return "terms-" + path.replace(".", "-")


# ------------------------------------------------------------------------------------------ what was typed


def terms_of(section: str, flat: Flat) -> dict[str, Any]:
    """The terms that a section's form gives; every field of it is taken over, or does not apply and why."""
    terms: dict[str, Any] = {}
    agreed, reasons = {}, {}
    for asked in asked_in(section):
        reason = flat.get(REASON + asked.key, "").strip()
        reasons[asked.key] = reason
        if reason:
            continue  # its values go: what does not apply has none
        agreed[asked.key] = True
        for one in inputs_of(asked):
            value = _given(one, name_of(one.path), flat)
            if value is not None:
                _put(terms, one.path, value)
    if section == "promises":
        _copy_holidays(terms, flat)
        _gather_sites(terms)
    return {**terms, "statements": {"agreed": agreed, "not_applicable": reasons}}


def _given(one: Input, name: str, flat: Flat) -> Any:
    """The value typed into one input; None where the form has no such input."""
    if one.kind == "ticks":
        return [key for key, _ in one.choices if key in _ticked(one, name, flat)]
    if one.kind == "rows":
        return list(_rows_given(one, name, flat))
    if one.kind == "flag":
        return flat.get(name) == "true"
    if name not in flat:
        return None
    typed = flat[name].replace("\r\n", "\n").strip()
    if one.kind == "lines":
        parts = typed.replace(",", "\n") if one.path in IN_ONE_LINE else typed
        return [part.strip() for part in parts.split("\n") if part.strip()]
    return typed


def _ticked(one: Input, name: str, flat: Flat) -> set[str]:
    return {flat.get(f"{name}-{number}", "") for number in range(len(one.choices))}


def _rows_given(one: Input, name: str, flat: Flat) -> Iterator[dict[str, Any]]:
    for number in sorted(_numbers(name, flat)):
        row = {column.path: _given(column, f"{name}-{number}-{column.path}", flat) for column in one.columns}
        # A side alone is what an empty row holds.
        if any(value not in ("", [], None) for key, value in row.items() if key != "side"):
            yield {key: None if key in MAY_LACK and value == "" else value for key, value in row.items()}


def _numbers(name: str, flat: Flat) -> set[int]:
    found = set()
    for key in flat:
        number = key.removeprefix(f"{name}-").partition("-")[0] if key.startswith(f"{name}-") else ""
        if number.isdecimal() and len(number) < 4 and int(number) < MOST_ROWS:
            found.add(int(number))
    return found


def _put(tree: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for step in above:
        tree = tree.setdefault(step, {})
    tree[last] = value


def _copy_holidays(terms: dict[str, Any], flat: Flat) -> None:
    """A country's public holidays, copied as dates; those on file stay, those of a further list are added."""
    calendar = terms.get("calendar")
    if calendar is None:
        return
    country, subdivision, years = (flat.get(f"holidays_of-{key}", "").strip() for key in PUBLIC)
    if country:
        wanted = [part for part in years.replace(",", " ").split() if part]
        also = calendar["holidays"]
        calendar["holidays"] = {"country": country.upper(), "subdivision": subdivision.upper() or None, "also": also}
        calendar["holidays"] |= {"years": wanted} if wanted else {}
    elif not calendar.get("holidays"):
        calendar["holiday_source"] = "none agreed"


def _gather_sites(terms: dict[str, Any]) -> None:
    """One calendar for each site out of its rows."""
    if "sites" not in terms.get("calendar", {}):
        return
    found: dict[str, dict[str, Any]] = {}
    for row in terms["calendar"]["sites"]:
        one = found.setdefault(row["site"], {"site": row["site"], "hours": [], "holidays": []})
        one["hours"].append({name: row[name] for name in ("days", "opens", "closes")})
        one["holidays"] = sorted({*one["holidays"], *row["holidays"]})
    terms["calendar"]["sites"] = list(found.values())


def _spread(sites: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the sites' calendars: a site's holidays stand in its first."""
    return [
        {"site": one["site"], **opening, "holidays": [] if number else one["holidays"]}
        for one in sites
        for number, opening in enumerate(one["hours"])
    ]


# ------------------------------------------------------------------------------------------ what is shown


def drawn(
    section: str, terms: dict[str, Any], answers: list[Answer], typed: Typed, sites: list[str]
) -> list[dict[str, Any]]:
    """Each field of a section as its form shows it; `sites` are those of the client that may be chosen."""
    by_key = {one.field.key: one for one in answers}
    found = [_field(asked, terms, by_key[asked.key], typed) for asked in asked_in(section)]
    for part in (part for field in found for part in field["parts"] if part.get("name") == "terms-calendar-sites"):
        named = {row["site"] for row in part["value"]}
        for cell in (row[0] for row in part["rows"]):
            cell["choices"] = [(name, name) for name in sorted({*sites, *named})]
    return found


def _field(asked: Asked, terms: dict[str, Any], answer: Answer, typed: Typed) -> dict[str, Any]:
    field = BY_KEY[asked.key]
    return {
        "key": field.key,
        "number": field.number,
        "name": field.name,
        "answer": answer,
        "optional": field.neutral is not None,
        "reason_name": REASON + field.key,
        "parts": [_part(part, terms, typed) for part in asked.parts],
    }


def _part(part: Input | Grid, terms: dict[str, Any], typed: Typed) -> dict[str, Any]:
    if isinstance(part, Grid):
        rows = [(label, [_input(one, terms) for one in row]) for label, row in part.rows]
        return {
            "kind": "grid",
            "head": part.head,
            "rows": [(label, list(zip(part.head, row, strict=True))) for label, row in rows],
        }
    shown = _input(part, terms)
    if part.kind == "rows":
        shown["rows"] = [_row(part, shown["name"], number, stored) for number, stored in _rows(part, shown, typed)]
    return shown


def _input(one: Input, terms: dict[str, Any]) -> dict[str, Any]:
    value = at_path(terms, one.path)
    if one.path == "calendar.sites":
        value = _spread(value)
    if one.path.startswith("pauses.holds."):
        value = value or "run"
    return {**_looks(one), "name": name_of(one.path), "value": _shown(one, value)}


def _looks(one: Input) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "type": KINDS.get(one.kind, one.kind),
        "label": one.label,
        "unit": one.unit,
        "help": one.help,
        "choices": one.choices,
        "numbered": [(number, key, words) for number, (key, words) in enumerate(one.choices)],
        "tall": 3 if one.kind == "lines" else 4,
    }


def _shown(one: Input, value: Any) -> Any:
    if one.kind == "lines":
        return (", " if one.path in IN_ONE_LINE else "\n").join(value or ())
    if one.kind == "flag":
        return "true" if value else ""
    return value


def _rows(one: Input, shown: dict[str, Any], typed: Typed) -> Iterator[tuple[int, dict[str, Any]]]:
    """What is stored and empty rows behind it; after a refusal as many as were typed."""
    stored = list(shown["value"] or ())
    count = len(stored) + one.spare
    if typed.refusal is not None:
        count = max([count, *(number + 1 for number in _numbers(shown["name"], typed.values))])
    for number in range(min(count, MOST_ROWS)):
        yield number, stored[number] if number < len(stored) else {}


def _row(one: Input, name: str, number: int, stored: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            **_looks(column),
            "kind": "flat" if column.kind == "lines" else column.kind,
            "type": "text" if column.kind == "lines" else KINDS.get(column.kind, column.kind),
            "name": f"{name}-{number}-{column.path}",
            "value": _shown(column, stored.get(column.path)),
        }
        for column in one.columns
    ]
