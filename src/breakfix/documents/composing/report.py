"""The service report: what was done by whom, with what, and what remains (domain.md §6.5)."""

from breakfix.documents.composing.words import (
    CLOCKS,
    NOTHING,
    VERDICTS,
    Content,
    day,
    day_of,
    money,
    said,
    share,
    short,
    spell,
    trimmed,
    when,
    words,
)
from breakfix.documents.sheet import Block, Bullets, Facts, Highlight, Notice, Section, Sheet, Table, Text

TRANCHES = {"FORENSIC": "Forensic fee", "EXTENSION": "Forensic extension", "BASE": "Repair"}
TRANCHES |= {"CHANGE_ORDER": "Change order", "DISPOSITION": "Return or destruction"}
MOMENTS = {
    "outage_started_at": "Outage began",
    "submitted_at": "Failure reported",
    "acknowledged_at": "Desk acknowledged",
    "contacted_at": "First contact with an engineer",
    "arrived_at": "Engineer on site",
    "diagnosis_completed_at": "Diagnosis complete",
    "approved_at": "Quote approved",
    "restored_at": "Service restored",
    "resolved_at": "Work finished",
}


def compose(content: Content, sha256: str, beside: Content) -> Sheet:
    """One issued version."""
    about = content["engagement"]
    zone = about["zone"]
    return Sheet(
        title="Service report",
        number=content["number"],
        version=f"Version {content['version']}",
        issuer=about["provider"],
        recipient=about["client"],
        date=day_of(content["issued_at"], zone),
        sha256=sha256,
        intro=_intro(content, zone),
        sections=(
            Section("Machine", _asset(content)),
            Section("Incident", _incident(content, zone)),
            Section("Commitments", (_commitments(content, zone),)),
            Section("Failure analysis", _failure(content)),
            Section("Work performed", _work(content, zone)),
            Section("Who worked", (_people(content),)),
            Section("Parts", _parts(content, zone)),
            Section("Tests after the work", _after(content, zone)),
            *_domain(content),
            *((Section("What came back", _recovered(content, zone)),) if content.get("recovery") else ()),
            Section("Changes and deviations", (*_changes(content, zone), Bullets(tuple(content["deviations"])))),
            Section("Data", (Bullets(tuple(content["data_handling"])),)),
            Section("What remains, and how to prevent a repetition", (_remains(content),)),
            Section("Cost before tax", _costs(content)),
            Section("Guarantee", _guarantee(content)),
        ),
        signatures=(
            *((words(one["as"]), said(one["name"]), when(one["at"], zone)) for one in content["signed"]),
            ("Client", "", "accepted in Breakfix, by the hash of this report"),
        ),
        annex=(
            Section("readings before the work", _before(content)),
            Section("files of evidence", _evidence(content, zone)),
        ),
    )


def _domain(content: Content) -> tuple[Section, ...]:
    """What reports of this domain always say; not on those that were issued before they did."""
    about = content.get("domain")
    if not about:
        return ()
    return (Section(about["title"], (Facts(tuple((one["words"], one["value"]) for one in about["rows"])),)),)


def _recovered(content: Content, zone: str) -> tuple[Block, ...]:
    """Each success fee: how much of the list, why not more, and whether the client verified it."""
    return tuple(
        Facts(
            (
                (f"Success fee {one['line']}", f"{one['recovered']} of {one['wanted']}, {trimmed(one['percent'])} %"),
                ("Why", one["why"]),
                ("Confidence that no more comes back", share(one["confidence"])),
                ("List", f"{one['listing']['name']}, SHA-256 {one['listing']['sha256']}"),
                ("Verified by the client", when(one["verified_at"], zone)),
                (
                    "Files that came back",
                    "taken by the client, free of charge" if one["takes_files"] else "not wanted",
                ),
            )
        )
        for one in content["recovery"]
    )


def _intro(content: Content, zone: str) -> tuple[Block, ...]:
    about, moments = content["engagement"], content["incident"]["moments"]
    downtime, agreement = content["incident"]["downtime"], content["engagement"]["agreement"]
    note = (
        (Notice(f"Changed against the version before: {content['change_note']}"),) if content["change_note"] else ()
    )
    return (
        *note,
        Highlight(
            (
                ("Restored", short(moments["restored_at"], zone), zone),
                (
                    "Cost of the downtime",
                    money(downtime["total"]) if downtime else NOTHING,
                    "at the client's own rates",
                ),
                (
                    "Due before tax",
                    money(content["costs"]["due"]),
                    f"maximum {money(content['costs']['n'])} and the fee",
                ),
            )
        ),
        Facts(
            (
                ("Engagement", f"{about['number']} ({about['priority']}, {about['domain']}): {about['title']}"),
                ("Site", f"{about['site']}, {about['address']}"),
                ("Agreement", f"{agreement['number']}, version {agreement['version']}"),
                ("Issued", when(content["issued_at"], zone)),
            )
        ),
    )


def _asset(content: Content) -> tuple[Block, ...]:
    asset = content["asset"]
    if "none" in asset:
        return (Text(asset["none"]),)
    age = NOTHING if asset["age_years"] is None else f"{asset['age_years']} years, since {day(asset['installed_on'])}"
    facts = Facts(
        (
            ("Name", f"{asset['name']}, {said(asset['role_text'])}"),
            ("Make and model", f"{asset['maker']} {asset['model']}"),
            ("Serial, tag", f"{said(asset['serial'])}, {said(asset['tag'])}"),
            ("Firmware", said(asset["firmware"])),
            ("Age", age),
            ("Warranty until", day(asset["warranty_until"])),
        )
    )
    flags = tuple(f"{flag['label']}: {flag['reason']}" for flag in asset["flags"])
    return (facts, Bullets(flags)) if flags else (facts,)


def _incident(content: Content, zone: str) -> tuple[Block, ...]:
    incident = content["incident"]
    rows = tuple((words, short(incident["moments"][name], zone)) for name, words in MOMENTS.items())
    facts = [
        ("Reported", incident["description"]),
        ("Impact, urgency", f"{incident['impact']}, {incident['urgency']}"),
        ("Attempts before", "Somebody tried to repair it before" if incident["prior_attempt"] else "None known"),
    ]
    facts += [("Priority floor", incident["floor_reason"])] if incident["floor_reason"] else []
    if incident["downtime"]:
        lines = [
            f"{trimmed(one['hours'])} h x {money(one['rate'])} ({one['words']}) = {money(one['amount'])}"
            for one in incident["downtime"]["lines"]
        ]
        lines += [f"together {money(incident['downtime']['total'])}"] if len(lines) > 1 else []
        facts.append(("Cost of the downtime", "\n".join(lines) or money(incident["downtime"]["total"])))
    return (Facts(tuple(facts)), Table(("Moment", f"When ({zone})"), rows, widths=(1, 1)))


def _commitments(content: Content, zone: str) -> Table:
    rows = tuple(
        (
            CLOCKS.get(one["name"], one["name"]),
            one["target"],
            one["used"],
            short(one.get("due_at"), zone),
            VERDICTS.get(one["verdict"], one["verdict"]),
            said(one["note"]),
        )
        for one in content["commitments"]
    )
    return Table(("Promise", "Target", "Used", "Due", "Verdict", "Source"), rows, widths=(1.1, 0.8, 1, 1.1, 0.7, 1.2))


def _failure(content: Content) -> tuple[Block, ...]:
    found = content["failure_analysis"]
    if "none" in found:
        return (Text(found["none"]),)
    excluded = "\n".join(f"{one['cause']}: {one['why']}" for one in found["excluded"])
    return (
        Facts(
            (
                ("Root cause", found["root_cause"]),
                ("Failure mode", words(found["failure_mode"])),
                ("Confidence", share(found["confidence"])),
                ("After the repair", f"{words(found['verdict'])}. {found['revision']}"),
                ("Contributing", "\n".join(found["contributing"]) or NOTHING),
                ("Ruled out", excluded or NOTHING),
                ("Analysis", f"{found['number']} version {found['version']}, SHA-256 {found['sha256']}"),
            )
        ),
    )


def _work(content: Content, zone: str) -> tuple[Block, ...]:
    work = content["work"]
    diagnosis = work["diagnosis"]
    blocks: list[Block] = []
    if diagnosis["checks"]:
        blocks.append(Text(f"Diagnosis by protocol {diagnosis['protocol']}: {diagnosis['checks']} steps on record."))
    for fixed in work.get("within_fee", ()):
        blocks.append(Text(f"Within the forensic fee: {fixed['cause']} {fixed['done']}"))
        blocks.append(Text(f"Check for a second fault: {said(fixed['second_fault'])}"))
    for order in work["orders"]:
        blocks += _order(order, zone)
    return (*blocks, *_vendors(content, zone))


def _vendors(content: Content, zone: str) -> tuple[Block, ...]:
    """What carriers, clouds and makers had to do; reports from before there were cases have none."""
    rows = tuple(
        (
            f"{one['vendor']}\n{one['reference']}",
            f"{short(one['opened_at'], zone)}\nto {short(one['closed_at'], zone)}",
            f"{words(one['result'])}. {one['said']}" if one["result"] else "Open",
            "\n".join(_promise(it) for it in one["promises"]) or NOTHING,
        )
        for one in content.get("vendors", ())
    )
    return (Table(("Vendor's case", "When", "Result", "Promised"), rows, widths=(1, 1, 1.4, 1.4)),) if rows else ()


def _promise(one: Content) -> str:
    late = f", {spell(one['minutes'])} late" if one["verdict"] == "broken" else ""
    return f"{one['what']}: {one['verdict']}{late}"


def _order(order: Content, zone: str) -> list[Block]:
    steps = tuple(
        (
            str(step["position"]),
            f"{step['name']}\n{step['result']}".strip(),
            words(step["status"]),
            said(step["by"]),
            short(step["started_at"], zone),
            short(step["done_at"], zone),
        )
        for step in order["steps"]
    )
    times = tuple(
        (
            one["who"],
            f"L{one['level']}",
            words(one["kind"]),
            short(one["started_at"], zone),
            short(one["ended_at"], zone),
        )
        for one in order["times"]
    )
    blocks: list[Block] = [Text(f"{order['number']} ({order['place']}): {said(order['ending'])}")]
    if steps:
        blocks.append(
            Table(("", "Step and result", "State", "By", "Begun", "Done"), steps, widths=(0, 2.2, 0.7, 1, 1, 1))
        )
    if times:
        blocks.append(Table(("Time on the clock", "Level", "Kind", "From", "To"), times, widths=(1.4, 0, 1, 1, 1)))
    return [*blocks, Text("Billed hours: " + "; ".join(order["hours"]))] if order["hours"] else blocks


def _people(content: Content) -> Table:
    rows = tuple(
        (
            f"{one['name']}, L{one['level']}",
            "\n".join(f"{held['name']}: {_current(held)}" for held in one["certificates"])
            or "No certificate on record",
        )
        for one in content["people"]
    )
    return Table(("Engineer", "Certificates on the day of the work"), rows, widths=(1, 2.6))


def _current(held: Content) -> str:
    verdict = "valid" if held["current"] else "NOT VALID"
    return f"{held['name']}: {verdict} ({held['words']})"


def _parts(content: Content, zone: str) -> tuple[Block, ...]:
    parts = content["parts"]
    if not parts["rows"]:
        return (Text(parts["none"]),)
    rows = tuple(
        (
            f"{one['description']}\n{one['part_number']}",
            words(one["status"]),
            said(one["serial_in"]),
            said(one["serial_out"]),
            f"{words(one['disposition']) or said(one['note'])}{', holds data' if one['data_bearing'] else ''}",
            short(one["at"], zone),
        )
        for one in parts["rows"]
    )
    head = ("Part", "State", "Serial in", "Serial out", "Removed part", "When")
    return (Table(head, rows, widths=(1.3, 0.8, 1, 1, 1.1, 0.9)),)


def _after(content: Content, zone: str) -> tuple[Block, ...]:
    rows = tuple(
        (one["name"], "Passed" if one["passed"] else "FAILED", said(one["note"]), short(one["at"], zone))
        for one in content["tests"]["after"]
    )
    if not rows:
        return (Text("The service was restored without a test on record."),)
    disputes = [one["disputed"] for one in content["tests"]["after"] if one["disputed"]]
    table = Table(("Test", "Result", "Remark", "When"), rows, widths=(2, 0.7, 1, 0.8))
    return (table, Text(f"The client disputed this restoration: {disputes[0]}")) if disputes else (table,)


def _before(content: Content) -> tuple[Block, ...]:
    marks = {True: "within", False: "OUTSIDE", None: NOTHING}
    rows = tuple((one["what"], one["reading"], marks[one["within"]]) for one in content["tests"]["before"])
    if not rows:
        return (Text("No reading is on record."),)
    return (Table(("Looked at", "Reading", "Limits"), rows, widths=(2, 1.4, 0.5)),)


def _changes(content: Content, zone: str) -> tuple[Block, ...]:
    changes = content["changes"]
    if not changes["rows"]:
        return (Text(changes["none"]),)
    rows = tuple(
        (
            one["number"],
            f"{words(one['kind'])}: {one['title']}",
            f"{short(one['window_start'], zone)} to {short(one['window_end'], zone)}",
            f"{words(one['status'])}; decided {short(one['decided_at'], zone)}",
        )
        for one in changes["rows"]
    )
    return (Table(("Change", "What", "Window", "State"), rows, widths=(0.9, 1.6, 1.4, 1.2)),)


def _remains(content: Content) -> Facts:
    return Facts(
        (
            ("Residual risk", content["residual_risk"]),
            ("Prevention", content["prevention"]),
            ("Spares", content["spares_advice"]),
        )
    )


def _costs(content: Content) -> tuple[Block, ...]:
    costs = content["costs"]
    rows = [
        (TRANCHES.get(one["kind"], words(one["kind"])), money(one["cap"]), money(one["actual"]), money(one["due"]))
        for one in costs["tranches"]
    ]
    rows.append(("Together", "", "", money(costs["due"])))
    quoted = f"Quote {costs['quote']}: quoted {money(costs['q'])}, binding maximum {money(costs['n'])}. "
    borne = f"Above the maximum, borne by the provider: {money(costs['absorbed'])}. "
    head = ("Tranche", "Maximum", "Actual", "Due")
    return (
        Table(head, tuple(rows), figures=(1, 2, 3), foot=1),
        *_borne(costs),
        Text(f"{quoted if costs['quote'] else ''}{borne}{costs['note']}"),
    )


def _borne(costs: Content) -> tuple[Block, ...]:
    """What a visit made again cost the provider; reports of before this was kept have no such rows."""
    rows = [(f"{one['what']}\n{one['reason']}", money(one["amount"])) for one in costs.get("borne", ())]
    if not rows:
        return ()
    rows.append(("Together", money(costs["borne_total"])))
    return (Table(("Borne by the provider, not billed", "Amount"), tuple(rows), figures=(1,), foot=1),)


def _guarantee(content: Content) -> tuple[Block, ...]:
    found = content["guarantee"]
    until = found["until"]
    through = f"{day(found['if_accepted_on'])}: guaranteed through {day(until)}" if until else "not guaranteed"
    facts = Facts((("Workmanship", found["basis"]), ("If accepted today", through)))
    parts = tuple((one["description"], f"{one['days']} days") for one in found["parts"])
    return (facts, Table(("Part", "Warranty"), parts, figures=(1,))) if parts else (facts,)


def _evidence(content: Content, zone: str) -> tuple[Block, ...]:
    evidence = content["evidence"]
    if not evidence["rows"]:
        return (Text(evidence["none"]),)
    rows = tuple((one["name"], short(one["at"], zone), one["sha256"]) for one in evidence["rows"])
    return (Table(("File", "When", "SHA-256"), rows, widths=(1, 0.7, 2.4)),)
