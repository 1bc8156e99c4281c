"""The fixed-price quote: what is paid at most, before anything else (domain.md §6.3)."""

from collections.abc import Mapping
from typing import Any

from breakfix.documents.composing.words import (
    NOTHING,
    Content,
    day_of,
    money,
    said,
    share,
    trimmed,
    when,
    words,
)
from breakfix.documents.sheet import Block, Bullets, Facts, Highlight, Notice, Section, Sheet, Table, Text

# What binds both sides beside the figures; domain.md §3.2, §4.10.
RULES = (
    "You pay what is really done, at the prices below, and never more than the binding maximum. What the work costs "
    "above it is borne by the provider.",
    "More work than this scope needs a change order that you approve before it is done: only for a new fault or for "
    "what you ask for in addition, never because something took longer.",
    "Lines marked as used only if needed are billed at the price listed, and only if they were used.",
    "Approval binds exactly this document, by the hash printed on every page; a later version needs a new approval.",
)
FIXED = (
    "You pay the price above whatever the work takes, never more than the binding maximum. Beside it only the lines "
    "marked as used only if needed are billed, at the price listed."
)
SUCCESS = (
    "Of a success fee you pay what came back, as printed beside its line, once you have verified the list of it. "
    "No data, no fee: below the share named there nothing of it is due."
)
MODES = {
    "NTE": "Not to exceed: actual work at these prices, up to the maximum",
    "FIXED": "Fixed: this price",
    "NTE_SHARED": "Not to exceed, savings shared: actual work at these prices, up to the maximum",
}
TIERS = {"business": "business hours", "after_hours": "after hours", "sunday": "Sunday or holiday"}


def compose(content: Content, sha256: str, beside: Content) -> Sheet:
    """One version of a quote as it was issued."""
    zone = content["zone"]
    return Sheet(
        title="Change order" if "change_order" in content else "Quote",
        number=content["number"],
        version=f"Version {content['version']}",
        issuer=content["provider"],
        recipient=content["client"],
        date=day_of(content["issued_at"], zone),
        sha256=sha256,
        intro=_intro(content, zone),
        sections=(
            *((Section("Why the maximum rises", _change_order(content, zone)),) if "change_order" in content else ()),
            Section("What is included", _scope(content)),
            Section("Price", (_price(content), *_prices_beside(content))),
            *((Section("Ways to keep going", _ways(content)),) if content.get("ways") else ()),
            Section("Labour", _labour(content)),
            Section("Parts", _parts(content)),
            Section("How the maximum was found", _ceiling(content)),
            Section("Tax and the most that can be paid", (_tax(content),)),
            Section("Risks", _risks(content)),
            Section("Guarantee and rules", (Text(_guarantee(content)), Bullets(_rules(content)))),
        ),
        signatures=tuple((f"Seat: {words(seat)}", "", "approved in Breakfix") for seat in content["seats"]),
    )


def _rules(content: Content) -> tuple[str, ...]:
    """The rules of this very offer: a fixed price is not what was done, a success fee is what came back."""
    if content["mode"] != "FIXED":
        return RULES
    fees = bool(content["price"].get("success_fees"))
    return (*((SUCCESS,) if fees else ()), FIXED, *RULES[1:])


def _mode(content: Content) -> str:
    """How the price binds; a shared saving with its share, because it is a price too."""
    if content["mode"] != "NTE_SHARED":
        return MODES[content["mode"]]
    kept = share(content["tariff"]["saving_share"])
    return f"{MODES['NTE_SHARED']}; below the price the provider keeps {kept} of the saving"


def _change_order(content: Content, zone: str) -> tuple[Block, ...]:
    """What it adds to, why, and what proves it (domain.md §4.10)."""
    order = content["change_order"]
    base, proof = order["adds_to"], order["evidence"]
    return (
        Facts(
            (
                ("Adds to", f"quote {base['number']} v{base['version']}, which stays as it is"),
                *_follows(order.get("follows")),
                ("Because of", f"{words(order['cause'])}: {order['reason']}"),
                ("Found", when(order["found_at"], zone)),
                ("Proved by", f"{proof['name']}, SHA-256 {proof['sha256']}"),
                ("Left out of the quote", said(order["excluded"])),
                ("Maximum before", money(order["n_before"])),
                ("Maximum with it", money(order["n_after"])),
            )
        ),
    )


def _follows(before: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """The version that the client was asked about before, where there was one."""
    return (("Follows", f"version {before['version']}, SHA-256 {before['sha256']}"),) if before else ()


def _intro(content: Content, zone: str) -> tuple[Block, ...]:
    agreement = content["agreement"]
    review = content["second_review"]
    independent = "reviewed by a second person" if review["independent"] else "not independently reviewed"
    return (
        Highlight(
            (
                ("Binding maximum", money(content["n"]), "before tax; nothing is billed above it"),
                ("Maximum with tax", money(content["exposure"]["gross"]), "what you approve"),
                ("Quoted price", money(content["q"]), "expected, before tax"),
                ("Most in all", money(content["cash_out"]["gross"]), "with the fee already due and tax"),
            )
        ),
        Facts(
            (
                ("Engagement", f"{content['engagement']} ({content['priority']}): {content['title']}"),
                ("Machine and site", f"{said(content['asset'])}, {content['site']}"),
                ("Open until", f"{when(content['valid_until'], zone)}; after that instant it cannot be approved"),
                ("Issued", f"{when(content['issued_at'], zone)}, {independent}"),
                ("Way of pricing", _mode(content)),
                ("Agreement", f"{agreement['number']}, version {agreement['version']}"),
            )
        ),
    )


def _scope(content: Content) -> tuple[Block, ...]:
    saved = "An image of the present state is taken first" if content["image_first"] else "No image is taken first"
    waiver = "; the client waives a verified backup" if content["no_backup_waiver"] else ""
    tested = content["backup_tested_at"]
    backup = f"Restore of the backup tested {when(tested, content['zone'])}. " if tested else ""
    return (
        Facts(
            (
                ("In scope", said(content["scope_in"])),
                ("Not in scope", said(content["scope_out"])),
                ("Assumed", said(content["assumptions"])),
                ("Continuity", said(content["continuity"])),
                ("Data", f"{backup}{saved}{waiver}."),
            )
        ),
    )


def _ways(content: Content) -> tuple[Block, ...]:
    """The ways side by side; the one put forward is what an approval of this document binds."""
    rows = tuple(
        (
            f"{one['key']}{' (put forward)' if one['offered'] else ''}",
            one["words"],
            money(one["q"]),
            money(one["n"]),
            when(one["back_at"], content["zone"]),
            when(one["finish_at"], content["zone"]),
            money(one["saved"]) if one["saved"] else "not known",
        )
        for one in content.get("ways", ())
    )
    heads = ("Way", "What happens", "Price", "Maximum", "Service back", "Work done", "Outage saved")
    return (Table(heads, rows, figures=(2, 3, 6)),) if rows else ()


def _price(content: Content) -> Table:
    """Every firm line and their sum, Q."""
    price = content["price"]
    # Offers of before had neither pieces nor success fees.
    priced = [*price["labour"], *price.get("units", ()), *price.get("success_fees", ())]
    lines = [*priced, *price["parts"], *price["charges"], *([price["credit"]] if price["credit"] else [])]
    rows = [(line["key"], line["description"], line["derivation"], money(line["amount"])) for line in lines]
    rows.append(("", "Quoted price", "", money(content["q"])))
    return Table(("Line", "What", "How", "Amount"), tuple(rows), figures=(3,), foot=1, widths=(0, 1, 1.5))


def _prices_beside(content: Content) -> tuple[Block, ...]:
    rows = tuple(
        (
            line["key"],
            line["description"],
            share(line["probability"]),
            str(line["maximum"] or 1),
            money(line["amount"]),
        )
        for line in content["price"]["contingents"]
    )
    if not rows:
        return ()
    head = ("Line", "Only if needed", "Chance", "At most", "Price")
    return (Table(head, rows, figures=(2, 3, 4), widths=(0, 1)),)


def _labour(content: Content) -> tuple[Block, ...]:
    price = content["price"]
    tasks = tuple(
        (
            task["name"],
            f"L{task['level']}",
            TIERS[task["tier"]],
            trimmed(task["optimistic"]),
            trimmed(task["likely"]),
            trimmed(task["pessimistic"]),
        )
        for task in content["tasks"]
    )
    if not tasks:
        return (Text("No labour is quoted."),)
    rates = content["tariff"]["rates"]
    used = sorted({f"L{task['level']}" for task in content["tasks"]})
    rows = [("Rates per hour", ", ".join(f"{level} {trimmed(rates[level])}" for level in used))]
    rows += _minimum(content)
    if price["blended_rate"]:
        band = content["tariff"]["band"]
        outside = "" if price["in_band"] else f"; outside {band[0]} to {band[1]}: {content['band_reason']}"
        rows.append(("Blended base rate", f"{money(price['blended_rate'])} per hour{outside}"))
    head = ("Task", "Level", "Planned in", "Best h", "Likely h", "Worst h")
    return (Table(head, tasks, figures=(3, 4, 5), widths=(1.6, 0, 1)), Facts(tuple(rows)))


def _minimum(content: Content) -> list[tuple[str, str]]:
    """What is billed at least; a fixed price bills no hours, and offers of before had no such line."""
    least = content.get("minimum_hours")
    if content["mode"] == "FIXED" or not least:
        return []
    said_so = (
        f"{trimmed(least['onsite'])} h for a visit; {trimmed(least['remote'])} h for remote work, "
        f"{trimmed(least['remote_after_hours'])} h outside business hours; at the rate at which the work begins"
    )
    return [("Billed at least", said_so)]


def _parts(content: Content) -> tuple[Block, ...]:
    lines = content["price"]["parts"]
    if not lines:
        return (Text("No parts are quoted."),)
    rows = tuple(
        (
            line["key"],
            f"{line['description']}\n{line['part']['part_number']}",
            words(line["part"]["condition"]),
            trimmed(line["quantity"]),
            money(line["unit_cost"]),
            money(line["unit_markup"]),
            money(line["amount"]),
        )
        for line in lines
    )
    head = ("Line", "Part", "Condition", "Qty", "Unit cost", "Markup", "Price")
    evidence = {one["line"]: one for one in content["evidence"]}
    details = tuple(
        (
            line["key"],
            f"{line['part']['supplier']}; {_lead(line['part'])}; warranty "
            f"{line['part']['warranty_days']} days; {_alternates(line, content)}\n"
            f"{_offer(evidence.get(line['key']))}",
        )
        for line in lines
    )
    return (Table(head, rows, figures=(3, 4, 5, 6), widths=(0, 1.4, 1)), Facts(details))


def _lead(part: Content) -> str:
    hours = trimmed(part["lead_hours"])
    return "in stock" if hours == "0" else f"within {hours} h"


def _alternates(line: Content, content: Content) -> str:
    """What was typed, and what the provider's catalogue lists; a document issued before has none of the latter."""
    said = [line["part"]["alternates"]] if line["part"]["alternates"] else []
    listed = [_alternate(one, content) for one in content.get("alternates", ()) if one["line"] == line["key"]]
    return f"alternatives: {'; '.join([*said, *listed])}" if said or listed else "no alternative named"


def _alternate(one: Content, content: Content) -> str:
    offered = one["offered"]
    price = (
        f"{_small(offered['condition'])}, {money(offered['price'])}, there as likely as not by " if offered else ""
    )
    when_there = when(offered["arrives"], content["zone"]) if offered else "no offer"
    conditions = f", {one['conditions'].rstrip('.')}" if one["conditions"] else ""
    basis = f"{_small(one['fit'])}, {_small(one['basis'])}"
    return f"{one['part_number']} {one['description']} ({basis}{conditions}; {price}{when_there})"


def _small(slug: str) -> str:
    """A word in the middle of a sentence."""
    return words(slug).lower()


def _offer(evidence: Content | None) -> str:
    return f"Supplier's offer {evidence['name']}, SHA-256 {evidence['sha256']}" if evidence else "No supplier's offer"


def _ceiling(content: Content) -> tuple[Block, ...]:
    drawn = content["distribution"]
    if not drawn["drivers"]:
        # Nothing of it is uncertain, so there was nothing to draw.
        how = ("How", "\n".join(content["ceiling"]))
        return (Facts((("Binding maximum", money(content["n"])), how)),)
    rows = (
        ("Half of all cases stay below", money(drawn["p50"])),
        ("Eight in ten", money(drawn["p80"])),
        ("Nine in ten", money(drawn["p90"])),
        ("Binding maximum", f"{money(content['n'])}, {money(content['contingency'])} above the quoted price"),
        ("How", "\n".join(content["ceiling"])),
        ("Estimate", f"{drawn['samples']:,} draws, seed {drawn['seed']}, {drawn['sampler']}, {drawn['library']}"),
    )
    drivers = tuple((one["label"], share(one["share"])) for one in drawn["drivers"])
    return (Facts(rows), Table(("What makes it uncertain", "Share"), drivers, figures=(1,)))


def _tax(content: Content) -> Table:
    exposure, cash = content["exposure"], content["cash_out"]
    rows = (
        ("Binding maximum with tax", exposure["derivation"], money(exposure["gross"])),
        ("Forensic fee, already due", "flat, before tax", money(content["forensic_fee"])),
        ("Most that can be paid in all", cash["derivation"], money(cash["gross"])),
    )
    return Table(("", "How", "Amount"), rows, figures=(2,), foot=1, widths=(1, 1.6))


def _risks(content: Content) -> tuple[Block, ...]:
    if not content["risks"]:
        return (Text("No risk was found that needs an acknowledgement."),)
    rows = tuple(
        (
            risk["key"],
            f"{words(risk['kind'])}\n{risk['basis']}",
            f"{risk['derivation']}\nMitigation: {said(risk['mitigations'])}",
            f"{risk['score']} {risk['band']}",
            NOTHING if risk["residual_score"] is None else f"{risk['residual_score']} {risk['residual_band']}",
        )
        for risk in content["risks"]
    )
    table = Table(("Row", "Risk", "How", "Inherent", "Residual"), rows, widths=(0, 1, 1.6, 0.7, 0.7))
    seats = ", ".join(words(seat).lower() for seat in content["second_seats"])
    if not content["acknowledge"]:
        return (table,)
    named = ", ".join(content["acknowledge"])
    also = f" The {seats} acknowledges them as well." if seats else ""
    return (Notice(f"Approval needs an acknowledgement of: {named}.{also}"), table)


def _guarantee(content: Content) -> str:
    days, price = content["guarantee"], content["price"]
    worked = any(price.get(name) for name in ("labour", "parts", "units", "charges"))
    if price.get("success_fees") and not worked:
        return "A data recovery has no guarantee of its outcome: no data, no recovery fee."
    return (
        f"Workmanship is guaranteed for {days['workmanship_days']} days from acceptance, "
        f"for {days['legacy_days']} days on legacy machines and tested-used parts. "
        "Work under the guarantee costs nothing."
    )
