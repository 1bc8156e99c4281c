"""The asset's passport: one machine's life, owned by the client (domain.md §6.7)."""

from breakfix.documents.composing.words import NOTHING, Content, day, day_of, money, said, short, when, words
from breakfix.documents.sheet import Block, Bullets, Facts, Highlight, Notice, Section, Sheet, Table, Text


def compose(content: Content, sha256: str, beside: Content) -> Sheet:
    """The passport as it stood."""
    asset = content["identity"]
    zone = asset["zone"]
    return Sheet(
        title="Asset passport",
        number=said(asset["tag"] or asset["serial"] or asset["name"]),
        version=f"As of {when(content['as_of'], zone)}",
        issuer=asset["owner"],
        recipient=f"{asset['owner']}, whose record this is",
        date=day_of(content["as_of"], zone),
        sha256=sha256,
        intro=_intro(content),
        sections=(
            Section("Identity", (_identity(content, zone),)),
            Section("Lifecycle", _lifecycle(content)),
            Section("Configuration", _config(content, zone)),
            Section("Incidents", _incidents(content, zone)),
            *_imported(content, zone),
            Section("Failure modes", _modes(content)),
            Section("Parts fitted", _parts(content, zone)),
            Section("Guarantees", _guarantees(content)),
            Section("Advice", (Bullets(tuple(content["advice"]) or ("None.",)),)),
            Section("Documents", _documents(content)),
        ),
    )


def _intro(content: Content) -> tuple[Block, ...]:
    spend = ", ".join(money(one) for one in content["spend"]) or NOTHING
    live = content["guarantees"][0]["ends_on"] if content["guarantees"] else None
    count = len(content["incidents"])
    return (
        Highlight(
            (
                ("Incidents", str(count), "with any provider"),
                ("Spent on it", spend, "invoiced, with tax"),
                ("Guaranteed through", day(live), "the last guarantee on its repairs"),
            )
        ),
        Notice(content["restricted"]),
    )


def _identity(content: Content, zone: str) -> Facts:
    asset = content["identity"]
    services = "\n".join(f"{one['service']} ({said(one['owner'])})" for one in content["dependencies"])
    return Facts(
        (
            ("Name", f"{asset['name']}, {said(asset['role_text'])}"),
            ("Make and model", f"{asset['maker']} {asset['model']}"),
            ("Serial, tag", f"{said(asset['serial'])}, {said(asset['tag'])}"),
            ("Firmware", said(asset["firmware"])),
            ("Owner", asset["owner"]),
            ("Place", f"{asset['site']}, {asset['address']}"),
            ("Depends on it", services or "No service is named"),
            ("In the register since", when(asset["registered_at"], zone)),
        )
    )


def _lifecycle(content: Content) -> tuple[Block, ...]:
    life = content["lifecycle"]
    years = life["useful_life_years"]
    facts = Facts(
        (
            ("Installed", day(life["installed_on"])),
            ("Warranty until", day(life["warranty_until"])),
            ("Useful life", f"{years} years" if years else NOTHING),
            ("Maker's support until", day(life["eol_on"])),
            ("Operating system", said(life["operating_system"])),
            ("Replacement value", words(content["replacement_value"])),
        )
    )
    flags = tuple(f"{flag['label']}: {flag['reason']} ({flag['source']})" for flag in life["flags"])
    return (facts, Bullets(flags)) if flags else (facts,)


def _config(content: Content, zone: str) -> tuple[Block, ...]:
    rows = [(name, value) for name, value in content["config"].items()]
    if raid := content["raid"]:
        failed = f", {raid['failed']} failed" if raid["failed"] else ""
        rows.append(("Array", f"RAID {raid['level']}, {raid['drives']} drives of {raid['drive_tb']} TB{failed}"))
    log = tuple((short(one["at"], zone), one["line"]) for one in content["config_log"])
    facts = Facts(tuple(rows)) if rows else Text("Nothing is noted.")
    return (facts, Table(("When", "Change of the register"), log, widths=(0.6, 3))) if log else (facts,)


def _incidents(content: Content, zone: str) -> tuple[Block, ...]:
    if not content["incidents"]:
        return (Text("None."),)
    rows = tuple(
        (
            f"{one['number']} {one['priority']}\n{words(one['status'])}",
            f"{one['title']}\n{said(one['root_cause'])}",
            f"{short(one['outage_started_at'], zone)}\nto {short(one['restored_at'], zone)}",
            one["provider"],
            money(one["spend"]),
        )
        for one in content["incidents"]
    )
    head = ("Engagement", "What and why", "Outage", "Provider", "Spent")
    return (Table(head, rows, figures=(4,), widths=(1, 2.2, 1.1, 1)),)


def _imported(content: Content, zone: str) -> tuple[Section, ...]:
    """Older passports know of none; what another system says is never mixed with what was done here."""
    rows = tuple(
        (
            f"{one['source']}\n{one['number']}",
            f"{said(one['title'])}\n{', '.join(one['states'])}",
            f"{_on(one['first_at'], zone)}\nto {_on(one['last_at'], zone)}",
            _on(one["resolved_at"], zone),
        )
        for one in content.get("imported", ())
    )
    if not rows:
        return ()
    head = ("System", "What it says", "From and to", "Resolved")
    basis = Notice(f"From other systems: {content['imported'][0]['basis']}.")
    return (Section("Incidents in other systems", (basis, Table(head, rows, widths=(1, 2.4, 1.1, 1)))),)


def _on(instant: str | None, zone: str) -> str:
    return day(day_of(instant, zone)) if instant else NOTHING


def _modes(content: Content) -> tuple[Block, ...]:
    rows = tuple((words(one["mode"]), str(one["count"])) for one in content["failure_modes"])
    return (Table(("Failure mode", "Times"), rows, figures=(1,)),) if rows else (Text("None is on record."),)


def _parts(content: Content, zone: str) -> tuple[Block, ...]:
    rows = tuple(
        (
            f"{one['description']}\n{one['part_number']}",
            one["serial"],
            said(one["replaced_serial"]),
            short(one["installed_at"], zone),
            one["engagement"],
        )
        for one in content["parts"]
    )
    head = ("Part", "Serial", "In place of", "When", "Engagement")
    return (Table(head, rows, widths=(1.4, 1, 1, 1, 1)),) if rows else (Text("None is on record."),)


def _guarantees(content: Content) -> tuple[Block, ...]:
    rows = tuple(
        (one["engagement"], one["provider"], f"{day(one['starts_on'])} to {day(one['ends_on'])}", one["basis"])
        for one in content["guarantees"]
    )
    head = ("Engagement", "Provider", "From and through", "Basis")
    return (Table(head, rows, widths=(0.9, 1, 1.2, 2)),) if rows else (Text("None."),)


def _documents(content: Content) -> tuple[Block, ...]:
    rows = tuple(
        (one["engagement"], f"{words(one['kind'])} {one['number']}", one["sha256"]) for one in content["documents"]
    )
    head = ("Engagement", "Document", "SHA-256 of its content")
    return (Table(head, rows, widths=(0.8, 1.2, 2.6)),) if rows else (Text("None."),)
