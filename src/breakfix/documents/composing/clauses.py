"""The clauses of an agreement that are figures, each as the blocks that print it (domain.md §6.1)."""

from typing import Any

from breakfix.documents.composing.words import (
    CATEGORIES,
    CLOCKS,
    NOTHING,
    Content,
    day,
    said,
    trimmed,
    words,
    yes,
)
from breakfix.documents.sheet import Block, Facts, Table, Text

TARGETS = ("ack", "engage", "onsite", "quote", "update", "restore")
PRIORITIES = ("P1", "P2", "P3", "P4")


def scope(terms: Content) -> tuple[Block, ...]:
    scope = terms["scope"]
    return (
        Facts((("Domains", ", ".join(scope["domains"])), ("Excluded", "; ".join(scope["exclusions"]) or "Nothing"))),
    )


def rates(terms: Content) -> tuple[Block, ...]:
    rates = terms["rates"]
    tiers = rates["tiers"]
    levels = tuple((level, figure(rate)) for level, rate in sorted(rates["levels"].items()))
    emergency = ", ".join(f"{key} {figure(fee)}" for key, fee in sorted(rates["emergency_dispatch"].items()))
    return (
        Table(("Level", "Per hour"), levels, figures=(1,)),
        Facts(
            (
                ("Business hours", f"x {trimmed(tiers['business'])}, {tiers['opens']} to {tiers['closes']}"),
                ("After hours", f"x {trimmed(tiers['after_hours'])}"),
                ("Sundays, holidays", f"x {trimmed(tiers['sunday'])}"),
                ("Counted in steps of", f"{trimmed(rates['increment_hours'])} h per order, level and tier"),
                ("Minimum", minimum(rates)),
                ("Emergency dispatch", emergency),
                ("Trip", trip(rates)),
                ("Blended rate band", f"{figure(rates['band_low'])} to {figure(rates['band_high'])} per hour"),
            )
        ),
    )


def pieces(terms: Content) -> tuple[Block, ...]:
    """What costs how much by the piece, and which share of the must-have list earns which share of a success fee."""
    rows = tuple(
        (name, one["words"], "\n".join(f"from {step['units']}: {figure(step['price'])}" for step in one["steps"]))
        for name, one in sorted(terms["units"]["prices"].items())
    )
    fee = terms["recovery"]
    whole, nothing = trimmed(fee["whole_from"]), trimmed(fee["nothing_below"])
    how = f"whole from {whole} % of the must-have list, in proportion from {nothing} %, nothing below"
    table = Table(("Piece", "What", "Each"), rows, figures=(2,), widths=(0, 1.4))
    return (*((table,) if rows else ()), Facts((("Success fee of a data recovery", how),)))


def minimum(rates: Content) -> str:
    onsite, remote = trimmed(rates["minimum_onsite"]), trimmed(rates["minimum_remote"])
    return (
        f"{onsite} h on site, {remote} h remote, {trimmed(rates['minimum_remote_after_hours'])} h remote after hours"
    )


def trip(rates: Content) -> str:
    miles = trimmed(rates["trip_included_miles"])
    return f"{figure(rates['trip'])} with {miles} miles each way, then {figure(rates['per_mile'])} per mile both ways"


def figure(text: str | None) -> str:
    """An amount in the agreement's currency, as signed."""
    if text is None:
        return NOTHING
    whole, _, rest = text.partition(".")
    return f"{int(whole):,}{f'.{rest}' if rest.strip('0') else ''}"


def forensic(terms: Content) -> tuple[Table, Facts]:
    fees = terms["forensic"]
    rows = tuple(
        (domain, figure(row["fee"]), f"{trimmed(row['included_hours'])} h") for domain, row in fees["fees"].items()
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


def bands(rows: list[Any], unit: str = "") -> str:
    return "; ".join(
        f"{trimmed(row['percent'])} %" + (f" up to {figure(row['up_to'])}{unit}" if row["up_to"] else " above")
        for row in rows
    )


def parts_and_tax(terms: Content) -> Facts:
    parts, tax = terms["parts"], terms["tax"]
    rates = ", ".join(
        f"{CATEGORIES.get(name, words(name)).lower()} {trimmed(rate)} %" for name, rate in tax["rates"].items()
    )
    return Facts(
        (
            ("Markup on parts", f"{bands(parts['bands'])}; at most {figure(parts['cap_per_unit'])} per unit"),
            ("Foreign currency", f"cost x rate x {trimmed(parts['fx_uplift'])}"),
            ("Tax", f"{tax['jurisdiction']}: {rates}"),
        )
    )


def payment(terms: Content) -> Facts:
    quotes, pay = terms["quotes"], terms["payment"]
    validity = ", ".join(f"{key} {quotes['validity'][key]}" for key in PRIORITIES)
    bounds = f"{trimmed(quotes['floor'])} to {trimmed(quotes['ceiling'])} times the quoted price"
    deposit = (
        f"{trimmed(pay['deposit_pct'])} % where not returnable parts exceed {figure(pay['deposit_parts_above'])}"
    )
    fee = f"{trimmed(pay['late_fee_pct_month'])} % a month after {pay['late_fee_grace_days']} days"
    return Facts(
        (
            ("Maximum of a quote", f"{bounds}, in steps of {trimmed(quotes['step'])}"),
            ("Quotes stay open", validity),
            ("Second reviewer", f"above {figure(quotes['reviewer_above'])}"),
            ("Payment", f"{pay['net_days']} days net; late fee {fee}; deposit {deposit}"),
        )
    )


def commitments(terms: Content) -> tuple[Block, ...]:
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


def hours(terms: Content) -> tuple[Facts, Table]:
    calendar = terms["calendar"]
    hours = "; ".join(f"{', '.join(row['days'])} {row['opens']} to {row['closes']}" for row in calendar["hours"])
    first = calendar["holidays"][:12]
    more = f" and {len(calendar['holidays']) - len(first)} more" if len(calendar["holidays"]) > len(first) else ""
    holidays = f"{', '.join(map(day, first))}{more}" if first else "None"
    rows = tuple((words(reason), stopped(clocks)) for reason, clocks in terms["pauses"]["holds"].items())
    return (
        Facts((("Open", hours), ("Holidays", holidays), ("Source", said(calendar["holiday_source"])))),
        Table(("While waiting for", "These clocks stop"), rows, widths=(1, 2.4)),
    )


def stopped(clocks: Content) -> str:
    found = [CLOCKS[name] + (f" ({words(how).lower()})" if how != "pause" else "") for name, how in clocks.items()]
    return ", ".join(found) or "None"


def credits(terms: Content) -> tuple[Block, ...]:
    credits = terms["credits"]
    rows = tuple((key, overshoot(credits[key])) for key in PRIORITIES)
    of_one, of_month = trimmed(credits["engagement_cap_pct"]), trimmed(credits["month_cap_pct"])
    caps = f"{of_one} % of an engagement, {of_month} % of a month"
    return (
        Table(("Priority", "Share of the labour, by how far the target was passed"), rows, widths=(0.4, 3)),
        Text(f"Computed on at least {figure(credits['minimum_base'])}; at most {caps} of labour."),
    )


def overshoot(rows: list[Any]) -> str:
    parts = [
        f"{trimmed(row['percent'])} % "
        + (f"up to {trimmed(row['up_to'])} of the target" if row["up_to"] else "beyond")
        for row in rows
    ]
    return "; ".join(parts) or "none"


def approvals(terms: Content) -> tuple[Block, ...]:
    policy = terms["approvals"]
    rows = tuple(
        (f"up to {figure(band['up_to'])}" if band["up_to"] else "above", ", ".join(map(words, band["seats"])))
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
                ("Emergency rule", f"after {tried}, up to {figure(rule['ceiling'])} with tax"),
                ("Ratified by", f"{rule['ratify_by']} of the next business opening"),
                ("Forensic fee in advance", f"up to {figure(policy['forensic_preauthorised_limit'])}"),
            )
        ),
    )


def dispatch(terms: Content) -> Facts:
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


def cover(terms: Content) -> tuple[Facts, Table]:
    days, liability, cover = terms["guarantee"], terms["liability"], terms["insurance"]
    rows = tuple(
        (words(kind), figure(cover[kind]["per_claim"]), figure(cover[kind]["aggregate"]))
        for kind in ("general_liability", "professional", "cyber")
    )
    workmanship = f"{days['workmanship_days']} days, {days['legacy_days']} on legacy machines and tested-used parts"
    parts = f"{days['parts_new_days']} days new, {days['parts_used_days']} used, or the supplier's if longer"
    cap = f"fees of {liability['trailing_months']} months, at least {figure(liability['minimum_cap'])}"
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
