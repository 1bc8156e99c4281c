"""The 38 fields of an agreement in their order, each by its values or by why it does not apply (domain.md §6.1)."""

from collections.abc import Callable, Mapping
from typing import Any

from breakfix.agreements.clauses.fields import FIELDS, reason_of
from breakfix.documents.composing import clauses
from breakfix.documents.composing.words import Content, day, trimmed, when, words
from breakfix.documents.sheet import Block, Bullets, Facts, Section, Table, Text

Blocks = tuple[Block, ...]
CHANNELS = {"portal": "Portal", "phone": "telephone", "email": "e-mail", "monitoring": "monitoring", "api": "API"}
LEVELS = ("high", "medium", "low")


def sections(content: Content, beside: Content) -> tuple[Section, ...]:
    """One section for each field, under its number."""
    terms = content["terms"]
    found: list[Section] = []
    for field in FIELDS:
        reason = reason_of(field, dict(terms["statements"]))
        blocks = (
            (Text(f"Not applicable because {reason}"),)
            if reason
            else (*_PRINTED[field.key](terms, content, beside), *_also(field.key, terms))
        )
        found.append(Section(f"{field.number}  {field.name}", blocks))
    return tuple(found)


# What the blocks of a field leave out, by its path: nobody may sign a figure that is not printed.
_ALSO: dict[str, tuple[tuple[str, str], ...]] = {
    "calendar": (("Holidays of single sites", "calendar.sites"),),
    "parts": (("Taxed as", "units.prices"),),
    "pricing": (
        ("The provider keeps of a saving", "quotes.saving_share"),
        ("Outcomes that the maximum covers", "quotes.quantile"),
        ("Outcomes computed", "quotes.samples"),
    ),
    "approvals": (
        ("Emergency rule for", "approvals.emergency.priorities"),
        ("Emergency rule where an obligation falls due within hours", "approvals.emergency.obligation_within_hours"),
        ("Risks seen by an approver from", "approvals.acknowledgements.approver_from"),
        ("Risks seen by the owner of the data from", "approvals.acknowledgements.data_owner_from"),
        ("Loss of data counts as high from", "approvals.acknowledgements.data_loss_counts_as_high_from"),
        ("Seen for the data by", "approvals.acknowledgements.data_roles"),
        ("Seen for security by", "approvals.acknowledgements.security_roles"),
    ),
    "protocol": (
        ("Points of who is sent, P1 and P2", "dispatch.urgent"),
        ("Points of who is sent, P3 and P4", "dispatch.other"),
        ("Share of points for each level of skill beyond", "dispatch.skill_step"),
        ("Accepted versions of certificates", "dispatch.accepted_versions"),
    ),
    "guarantee": (("Rework is guaranteed for at least days", "guarantee.rework_minimum_days"),),
    "liability": (("Hours for which missing cover may be overridden", "insurance.override_hours"),),
}


def _also(key: str, terms: Content) -> Blocks:
    rows = []
    for label, path in _ALSO.get(key, ()):
        try:
            value = _at(terms, path)
        except KeyError:  # signed before there was this figure
            continue
        if text := _plain(path, value):
            rows.append((label, text))
    return (Facts(tuple(rows)),) if rows else ()


def _plain(path: str, value: Any) -> str:
    """A value in words; nothing where there is nothing to say of it."""
    if path == "calendar.sites":
        return "; ".join(f"{one['site']}: {one['holiday_source']}" for one in value)
    if path == "units.prices":
        return "; ".join(f"{one['words']}: {words(one['category']).lower()}" for one in value.values())
    if value is None:
        return "not agreed"
    if isinstance(value, Mapping):
        return "; ".join(f"{words(name)} {_plain('', one)}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _words(*paths: str) -> Callable[..., Blocks]:
    """Paragraphs of the agreement's own words."""

    def printed(terms: Content, _content: Content, _beside: Content) -> Blocks:
        return tuple(Text(text) for path in paths if (text := str(_at(terms, path) or "").strip()))

    return printed


def _at(terms: Content, path: str) -> Any:
    tree: Any = terms
    for step in path.split("."):
        tree = tree[step]
    return tree


def _of(block: Callable[[Content], Any], *rest: Callable[..., Blocks]) -> Callable[..., Blocks]:
    """The blocks of figures, then what follows them."""

    def printed(terms: Content, content: Content, beside: Content) -> Blocks:
        found = block(terms)
        after = tuple(one for more in rest for one in more(terms, content, beside))
        return (*(found if isinstance(found, tuple) else (found,)), *after)

    return printed


def _entity(side: str) -> Callable[..., Blocks]:
    def printed(terms: Content, _content: Content, _beside: Content) -> Blocks:
        one = terms["entities"][side]
        rows = (("Name", one["name"]), ("Address", one["address"]), ("Registered as", one["registration"]))
        return (Facts(tuple((label, value) for label, value in rows if value)),)

    return printed


def _start(_terms: Content, content: Content, beside: Content) -> Blocks:
    starts = when(beside["effective_at"], beside["zone"]) if beside["effective_at"] else "the second signature"
    return (Facts((("In force from", starts), ("Accountable person", beside["accountable"]))),)


def _term(terms: Content) -> Blocks:
    return (Facts((("Term", terms["duration"]["term"]), ("Termination", terms["duration"]["termination"]))),)


def _domains(terms: Content) -> Blocks:
    return (Text(", ".join(terms["scope"]["domains"])),)


def _exclusions(terms: Content) -> Blocks:
    return (Bullets(tuple(terms["scope"]["exclusions"])),)


def _channels(terms: Content) -> Blocks:
    return (Text(", ".join(CHANNELS[one] for one in terms["triage"]["channels"])),)


def _matrix(terms: Content) -> Blocks:
    matrix = terms["triage"]["matrix"]
    rows = tuple((f"{impact.capitalize()} impact", *(matrix[impact][level] for level in LEVELS)) for impact in LEVELS)
    return (Table(("", "High urgency", "Medium urgency", "Low urgency"), rows),)


def _coverage(terms: Content) -> Blocks:
    return (Facts(tuple((name, words(terms["commitments"][name]["coverage"])) for name in clauses.PRIORITIES)),)


def _tiers(terms: Content) -> Blocks:
    tiers = terms["rates"]["tiers"]
    days, rest = ", ".join(tiers["business_days"]), ", ".join(tiers["rest_days"]) or "none"
    return (
        Facts(
            (
                (f"{days} {tiers['opens']} to {tiers['closes']}", f"x {trimmed(tiers['business'])}"),
                ("Other hours", f"x {trimmed(tiers['after_hours'])}"),
                (f"Rest days ({rest}), holidays", f"x {trimmed(tiers['sunday'])}"),
            )
        ),
    )


def _levels(terms: Content) -> Blocks:
    rates = terms["rates"]
    rows = tuple((level, clauses.figure(rate)) for level, rate in sorted(rates["levels"].items()))
    band = f"{clauses.figure(rates['band_low'])} to {clauses.figure(rates['band_high'])} per hour"
    return (Table(("Level", "Per hour"), rows, figures=(1,)), Facts((("Blended rate", band),)))


def _minimums(terms: Content) -> Blocks:
    rates = terms["rates"]
    steps = f"{trimmed(rates['increment_hours'])} h per order, level and tier"
    return (Facts((("Counted in steps of", steps), ("Minimum", clauses.minimum(rates)))),)


def _travel(terms: Content) -> Blocks:
    return (Facts((("Trip", clauses.trip(terms["rates"])),)),)


def _emergency(terms: Content) -> Blocks:
    fees = terms["rates"]["emergency_dispatch"]
    return (Facts(tuple((key, clauses.figure(fee)) for key, fee in sorted(fees.items()))),)


def _markup(terms: Content) -> Blocks:
    parts = terms["parts"]
    each = f"{clauses.bands(parts['bands'])}; at most {clauses.figure(parts['cap_per_unit'])} per unit"
    rows = (
        ("Markup", each),
        ("Foreign currency", f"cost x rate x {trimmed(parts['fx_uplift'])}"),
        ("Cores go back within", f"{parts['core_days']} days"),
        ("Freight", terms["wording"]["freight"]),
    )
    tables = tuple(one for one in clauses.pieces(terms) if isinstance(one, Table))
    return (Facts(rows), *tables)


def _opening(terms: Content) -> Blocks:
    """Every holiday by its date: the list is what counts, not where it was copied from."""
    open_hours, _ = clauses.hours(terms)
    days = ", ".join(map(day, terms["calendar"]["holidays"])) or "None"
    own = tuple((one["site"], _of_site(one)) for one in terms["calendar"].get("sites", ()))
    return (Facts((open_hours.rows[0], ("Holidays", days), open_hours.rows[2], *own)),)


def _of_site(one: Content) -> str:
    """What holds at one site in place of the general hours and holidays."""
    hours = "; ".join(f"{', '.join(row['days'])} {row['opens']} to {row['closes']}" for row in one["hours"])
    return f"{hours}; holidays: {', '.join(map(day, one['holidays'])) or 'none'}"


def _pauses(terms: Content) -> Blocks:
    again = ", ".join(f"{name} {terms['pauses']['reminders'][name]}" for name in clauses.PRIORITIES)
    return (clauses.hours(terms)[1], Facts((("Asked again after", again),)))


def _fees(terms: Content) -> Blocks:
    table, more = clauses.forensic(terms)
    return (table, Facts((more.rows[0], more.rows[2])))


def _fee_credit(terms: Content) -> Blocks:
    return (Facts((clauses.forensic(terms)[1].rows[1],)),)


def _quoting(terms: Content) -> Blocks:
    success = clauses.pieces(terms)[-1]
    fee = success.rows if isinstance(success, Facts) else ()
    closed = ("Not approved", f"closed after {terms['quotes']['close_unapproved_after']}")
    return (Facts((*clauses.payment(terms).rows[:3], closed, *fee)),)


def _liability(terms: Content) -> Blocks:
    facts, table = clauses.cover(terms)
    return (Facts(facts.rows[2:]), table)


def _change_orders(terms: Content) -> Blocks:
    return (Facts((("Room of a change order", f"x {trimmed(terms['quotes']['change_order_factor'])}"),)),)


def _contacts(terms: Content) -> Blocks:
    rows = tuple(
        (one["side"].capitalize(), one["name"], one["purpose"], one["reach"])
        for one in terms["communication"]["contacts"]
    )
    return (Table(("Side", "Who", "For", "Reached by"), rows, widths=(0, 1, 1, 1)),)


def _ladder(terms: Content) -> Blocks:
    rows = tuple(
        (one["side"].capitalize(), _when(one), one["who"], words(one.get("role") or "-"), one["how"])
        for one in terms["communication"]["ladder"]
    )
    within = terms["communication"].get("answer_minutes", {})
    waits = ", ".join(f"{name} {minutes} min" for name, minutes in within.items())
    table = Table(("Side", "When", "Is asked", "Holding the role", "How"), rows, widths=(0, 0, 1, 0, 1))
    return (table, Text(f"Without an answer the next rung is asked: {waits}.")) if waits else (table,)


def _when(rung: Content) -> str:
    share, minutes = rung.get("percent"), rung.get("after_minutes")
    said = [f"{share} % of a promise"] if share is not None else []
    said += [f"{minutes} min without progress"] if minutes is not None else []
    return " or ".join(said)


def _protocol(terms: Content) -> Blocks:
    rules = terms["protocol"]
    return (Text(f"Version {rules['version']}"), Bullets(tuple(rules["rules"])), clauses.dispatch(terms))


def _guarantee(terms: Content) -> Blocks:
    days = terms["guarantee"]
    workmanship = f"{days['workmanship_days']} days, {days['legacy_days']} on legacy machines and tested-used parts"
    parts = f"{days['parts_new_days']} days new, {days['parts_used_days']} used, or the supplier's if longer"
    return (Facts((("Workmanship", workmanship), ("Parts", parts))),)


def _invoicing(terms: Content, content: Content, _beside: Content) -> Blocks:
    return (
        Facts(
            (("Currency", content["currency"]), clauses.payment(terms).rows[3], clauses.parts_and_tax(terms).rows[2])
        ),
    )


_PRINTED: dict[str, Callable[[Content, Content, Content], Blocks]] = {
    "provider_entity": _entity("provider"),
    "client_entity": _entity("client"),
    "effective_date": _start,
    "term": _of(_term),
    "domains": _of(_domains),
    "exclusions": _of(_exclusions),
    "no_ongoing_services": _words("scope.no_ongoing_services"),
    "triggers": _words("triage.rule"),
    "channels": _of(_channels),
    "matrix": _of(_matrix),
    "questionnaire": _words("triage.questionnaire"),
    "commitments": _of(clauses.commitments),
    "coverage": _of(_coverage),
    "calendar": _of(_opening),
    "zone_rule": _words("wording.zone_rule"),
    "pauses": _of(_pauses),
    "credits": _of(clauses.credits),
    "labour_rates": _of(_levels),
    "tiers": _of(_tiers),
    "minimums": _of(_minimums),
    "travel": _of(_travel),
    "emergency_charges": _of(_emergency),
    "forensic_fees": _of(_fees),
    "forensic_credit": _of(_fee_credit),
    "parts": _of(_markup),
    "pricing": _of(_quoting, _words("wording.pricing")),
    "change_orders": _of(_change_orders, _words("wording.change_orders")),
    "approvals": _of(clauses.approvals),
    "communication": _of(_contacts, _words("communication.protocol")),
    "escalation": _of(_ladder),
    "change_protocol": _words("wording.change_protocol"),
    "protocol": _of(_protocol),
    "confidentiality": _words("wording.confidentiality"),
    "subcontractors": _words("wording.subcontractors"),
    "guarantee": _of(_guarantee),
    "liability": _of(_liability),
    "invoicing": _invoicing,
    "records": _words("wording.records", "wording.disputes", "wording.law"),
}
