"""The agreement: every figure that prices, clocks and approvals are computed from (domain.md §6.1)."""

from typing import Any

from breakfix.documents.composing.words import (
    CATEGORIES,
    CLOCKS,
    NOTHING,
    Content,
    day,
    day_of,
    said,
    trimmed,
    when,
    words,
    yes,
)
from breakfix.documents.sheet import Block, Bullets, Facts, Section, Sheet, Table, Text

TARGETS = ("ack", "engage", "onsite", "quote", "update", "restore")
PRIORITIES = ("P1", "P2", "P3", "P4")


def compose(content: Content, sha256: str, beside: Content) -> Sheet:
    """One signed version; `beside` names the parties whose ids the signed text holds, and who signed."""
    terms, zone = content["terms"], beside["zone"]
    starts = beside["effective_at"]
    return Sheet(
        title="Agreement",
        number=content["agreement"],
        version=f"Version {content['version']}",
        issuer=beside["provider"]["legal_name"],
        recipient=beside["client"]["legal_name"],
        date=day_of(starts, zone),
        sha256=sha256,
        intro=(
            Facts(
                (
                    ("Provider", _party(beside["provider"])),
                    ("Client", _party(beside["client"])),
                    ("In force from", when(starts, zone)),
                    ("Accountable person", beside["accountable"]),
                    ("Currency", content["currency"]),
                )
            ),
            Text(terms["scope"]["no_ongoing_services"]),
        ),
        sections=(
            Section("Scope", _scope(terms)),
            Section("Rates", _rates(terms)),
            Section("Forensic fees", _forensic(terms)),
            *((Section("Prices by the piece and success fees", _pieces(terms)),) if "units" in terms else ()),
            Section("Parts, quotes and payment", (_parts(terms), _money(terms))),
            Section("Commitments", _commitments(terms)),
            Section("Business hours and pauses", _hours(terms)),
            Section("Service credits", _credits(terms)),
            Section("Approvals", _approvals(terms)),
            Section("Who is sent", (_dispatch(terms),)),
            Section("Guarantee, liability and insurance", _cover(terms)),
            Section(
                f"Rules on site, version {terms['protocol']['version']}",
                (Bullets(tuple(terms["protocol"]["rules"])),),
            ),
        ),
        signatures=tuple((f"For the {one['as']}", one["name"], when(one["at"], zone)) for one in beside["signed"]),
    )


def _party(party: Content) -> str:
    parts = (party["legal_name"], party["address"], f"Tax number {party['tax_id']}" if party["tax_id"] else "")
    return "\n".join(part for part in parts if part)


def _scope(terms: Content) -> tuple[Block, ...]:
    scope = terms["scope"]
    return (
        Facts((("Domains", ", ".join(scope["domains"])), ("Excluded", "; ".join(scope["exclusions"]) or "Nothing"))),
    )


def _rates(terms: Content) -> tuple[Block, ...]:
    rates = terms["rates"]
    tiers = rates["tiers"]
    levels = tuple((level, _figure(rate)) for level, rate in sorted(rates["levels"].items()))
    emergency = ", ".join(f"{key} {_figure(fee)}" for key, fee in sorted(rates["emergency_dispatch"].items()))
    return (
        Table(("Level", "Per hour"), levels, figures=(1,)),
        Facts(
            (
                ("Business hours", f"x {trimmed(tiers['business'])}, {tiers['opens']} to {tiers['closes']}"),
                ("After hours", f"x {trimmed(tiers['after_hours'])}"),
                ("Sundays, holidays", f"x {trimmed(tiers['sunday'])}"),
                ("Counted in steps of", f"{trimmed(rates['increment_hours'])} h per order, level and tier"),
                ("Minimum", _minimum(rates)),
                ("Emergency dispatch", emergency),
                ("Trip", _trip(rates)),
                ("Blended rate band", f"{_figure(rates['band_low'])} to {_figure(rates['band_high'])} per hour"),
            )
        ),
    )


def _pieces(terms: Content) -> tuple[Block, ...]:
    """What costs how much by the piece, and which share of the must-have list earns which share of a success fee."""
    rows = tuple(
        (name, one["words"], "\n".join(f"from {step['units']}: {_figure(step['price'])}" for step in one["steps"]))
        for name, one in sorted(terms["units"]["prices"].items())
    )
    fee = terms["recovery"]
    whole, nothing = trimmed(fee["whole_from"]), trimmed(fee["nothing_below"])
    how = f"whole from {whole} % of the must-have list, in proportion from {nothing} %, nothing below"
    table = Table(("Piece", "What", "Each"), rows, figures=(2,), widths=(0, 1.4))
    return (*((table,) if rows else ()), Facts((("Success fee of a data recovery", how),)))


def _minimum(rates: Content) -> str:
    onsite, remote = trimmed(rates["minimum_onsite"]), trimmed(rates["minimum_remote"])
    return (
        f"{onsite} h on site, {remote} h remote, {trimmed(rates['minimum_remote_after_hours'])} h remote after hours"
    )


def _trip(rates: Content) -> str:
    miles = trimmed(rates["trip_included_miles"])
    return (
        f"{_figure(rates['trip'])} with {miles} miles each way, then {_figure(rates['per_mile'])} per mile both ways"
    )


def _figure(text: str | None) -> str:
    """An amount in the agreement's currency, as signed."""
    if text is None:
        return NOTHING
    whole, _, rest = text.partition(".")
    return f"{int(whole):,}{f'.{rest}' if rest.strip('0') else ''}"


def _forensic(terms: Content) -> tuple[Block, ...]:
    fees = terms["forensic"]
    rows = tuple(
        (domain, _figure(row["fee"]), f"{trimmed(row['included_hours'])} h") for domain, row in fees["fees"].items()
    )
    credits = "".join(f", {domain} {trimmed(pct)} %" for domain, pct in fees["credit_pct_by_domain"].items())
    return (
        Table(("Domain", "Flat fee", "Includes"), rows, figures=(1, 2)),
        Facts(
            (
                ("Begun out of hours", f"x {trimmed(fees['after_hours_multiplier'])}, once"),
                ("Credited on approval", f"{trimmed(fees['credit_pct'])} %{credits}"),
                ("Authorised in advance", yes(fees["preauthorised"])),
            )
        ),
    )


def _bands(rows: list[Any], unit: str = "") -> str:
    return "; ".join(
        f"{trimmed(row['percent'])} %" + (f" up to {_figure(row['up_to'])}{unit}" if row["up_to"] else " above")
        for row in rows
    )


def _parts(terms: Content) -> Facts:
    parts, tax = terms["parts"], terms["tax"]
    rates = ", ".join(
        f"{CATEGORIES.get(name, words(name)).lower()} {trimmed(rate)} %" for name, rate in tax["rates"].items()
    )
    return Facts(
        (
            ("Markup on parts", f"{_bands(parts['bands'])}; at most {_figure(parts['cap_per_unit'])} per unit"),
            ("Foreign currency", f"cost x rate x {trimmed(parts['fx_uplift'])}"),
            ("Tax", f"{tax['jurisdiction']}: {rates}"),
        )
    )


def _money(terms: Content) -> Facts:
    quotes, pay = terms["quotes"], terms["payment"]
    validity = ", ".join(f"{key} {quotes['validity'][key]}" for key in PRIORITIES)
    bounds = f"{trimmed(quotes['floor'])} to {trimmed(quotes['ceiling'])} times the quoted price"
    deposit = (
        f"{trimmed(pay['deposit_pct'])} % where not returnable parts exceed {_figure(pay['deposit_parts_above'])}"
    )
    fee = f"{trimmed(pay['late_fee_pct_month'])} % a month after {pay['late_fee_grace_days']} days"
    return Facts(
        (
            ("Maximum of a quote", f"{bounds}, in steps of {trimmed(quotes['step'])}"),
            ("Quotes stay open", validity),
            ("Second reviewer", f"above {_figure(quotes['reviewer_above'])}"),
            ("Payment", f"{pay['net_days']} days net; late fee {fee}; deposit {deposit}"),
        )
    )


def _commitments(terms: Content) -> tuple[Block, ...]:
    promised = terms["commitments"]
    rows = tuple(
        (key, words(promised[key]["coverage"]), *(promised[key][clock] for clock in TARGETS)) for key in PRIORITIES
    )
    head = ("", "Coverage", "Acknowledge", "Engage", "On site", "Quote", "Update", "Restore")
    miles, minutes = promised["onsite_included_miles"], promised["onsite_step_minutes"]
    step = promised["onsite_step_miles"]
    return (
        Table(head, rows, widths=(0, 1.1, 1, 0.8, 1, 0.8, 0.8, 0.8)),
        Text(
            f"On site: {minutes} min more per {trimmed(step)} miles beyond {trimmed(miles)}. "
            "Restore is an objective: measured, without a credit. bh and bd are business hours and business days."
        ),
    )


def _hours(terms: Content) -> tuple[Block, ...]:
    calendar = terms["calendar"]
    hours = "; ".join(f"{', '.join(row['days'])} {row['opens']} to {row['closes']}" for row in calendar["hours"])
    first = calendar["holidays"][:12]
    more = f" and {len(calendar['holidays']) - len(first)} more" if len(calendar["holidays"]) > len(first) else ""
    holidays = f"{', '.join(map(day, first))}{more}" if first else "None"
    rows = tuple((words(reason), _stopped(clocks)) for reason, clocks in terms["pauses"]["holds"].items())
    return (
        Facts((("Open", hours), ("Holidays", holidays), ("Source", said(calendar["holiday_source"])))),
        Table(("While waiting for", "These clocks stop"), rows, widths=(1, 2.4)),
    )


def _stopped(clocks: Content) -> str:
    found = [CLOCKS[name] + (f" ({words(how).lower()})" if how != "pause" else "") for name, how in clocks.items()]
    return ", ".join(found) or "None"


def _credits(terms: Content) -> tuple[Block, ...]:
    credits = terms["credits"]
    rows = tuple((key, _overshoot(credits[key])) for key in PRIORITIES)
    of_one, of_month = trimmed(credits["engagement_cap_pct"]), trimmed(credits["month_cap_pct"])
    caps = f"{of_one} % of an engagement, {of_month} % of a month"
    return (
        Table(("Priority", "Share of the labour, by how far the target was passed"), rows, widths=(0.4, 3)),
        Text(f"Computed on at least {_figure(credits['minimum_base'])}; at most {caps} of labour."),
    )


def _overshoot(rows: list[Any]) -> str:
    parts = [
        f"{trimmed(row['percent'])} % "
        + (f"up to {trimmed(row['up_to'])} of the target" if row["up_to"] else "beyond")
        for row in rows
    ]
    return "; ".join(parts) or "none"


def _approvals(terms: Content) -> tuple[Block, ...]:
    policy = terms["approvals"]
    rows = tuple(
        (f"up to {_figure(band['up_to'])}" if band["up_to"] else "above", ", ".join(map(words, band["seats"])))
        for band in policy["bands"]
    )
    rule, ladder = policy["emergency"], policy["ladder"]
    steps = ", ".join(f"{words(name).lower()} at {minutes} min" for name, minutes in ladder.items())
    tried = f"{rule['minimum_attempts']} attempts on {rule['minimum_channels']} channels"
    return (
        Table(("Exposure with tax", "Seats"), rows),
        Facts(
            (
                ("Reaching somebody", steps),
                ("Emergency rule", f"after {tried}, up to {_figure(rule['ceiling'])} with tax"),
                ("Ratified by", f"{rule['ratify_by']} of the next business opening"),
                ("Forensic fee in advance", f"up to {_figure(policy['forensic_preauthorised_limit'])}"),
            )
        ),
    )


def _dispatch(terms: Content) -> Facts:
    sent = terms["dispatch"]
    required = "; ".join(f"{domain}: {', '.join(codes)}" for domain, codes in sent["required_certifications"].items())
    rest, duty = trimmed(sent["minimum_rest_hours"]), trimmed(sent["maximum_duty_hours"])
    return Facts(
        (
            ("Certificates", required or "None beyond the level of skill"),
            ("Clearances", ", ".join(sent["clearances"]) or "None"),
            ("Hours", f"at least {rest} h of rest, at most {duty} h on duty"),
            ("Lifetime certificates", f"verified within {sent['lifetime_verification_months']} months"),
        )
    )


def _cover(terms: Content) -> tuple[Block, ...]:
    days, liability, cover = terms["guarantee"], terms["liability"], terms["insurance"]
    rows = tuple(
        (words(kind), _figure(cover[kind]["per_claim"]), _figure(cover[kind]["aggregate"]))
        for kind in ("general_liability", "professional", "cyber")
    )
    workmanship = f"{days['workmanship_days']} days, {days['legacy_days']} on legacy machines and tested-used parts"
    parts = f"{days['parts_new_days']} days new, {days['parts_used_days']} used, or the supplier's if longer"
    cap = f"fees of {liability['trailing_months']} months, at least {_figure(liability['minimum_cap'])}"
    return (
        Facts(
            (
                ("Workmanship", workmanship),
                ("Parts", parts),
                ("Liability up to", cap),
                ("Workers' compensation", yes(cover["workers_comp"])),
                ("Cyber cover needed for", ", ".join(cover["cyber_domains"]) or "nothing"),
            )
        ),
        Table(("Insurance at least", "Per claim", "Aggregate"), rows, figures=(1, 2)),
    )
