"""The root cause analysis: what failed, how sure that is, and what was ruled out (domain.md §6.2)."""

from breakfix.documents.composing.words import Content, day_of, said, share, short, when, words
from breakfix.documents.sheet import Block, Bullets, Facts, Highlight, Notice, Section, Sheet, Table, Text


def compose(content: Content, sha256: str, beside: Content) -> Sheet:
    """One issued version."""
    about = content["engagement"]
    zone = about["zone"]
    return Sheet(
        title="Root cause analysis",
        number=content["number"],
        version=f"Version {content['version']}",
        issuer=about["provider"],
        recipient=about["client"],
        date=day_of(content["issued_at"], zone),
        sha256=sha256,
        intro=_intro(content),
        sections=(
            Section("Incident and machine", (_about(content, zone),)),
            Section("What happened", _timeline(content, zone)),
            Section("Findings", _findings(content)),
            Section("Causes", _causes(content)),
            Section("Containment and options", _options(content)),
            Section("Prevention and limits", (_limits(content),)),
        ),
        annex=(Section("method and readings", _method(content, zone)),),
        signatures=tuple((words(one["as"]), said(one["name"]), when(one["at"], zone)) for one in content["signed"]),
    )


def _intro(content: Content) -> tuple[Block, ...]:
    doubt = (Notice("This diagnosis is inconclusive: the cause below is the likeliest, not a proven one."),)
    return (
        Text(content["summary"]),
        Highlight(
            (
                ("Failure mode", words(content["failure_mode"]), ""),
                ("Confidence", share(content["confidence"]), content["review"]),
            )
        ),
        *(doubt if content["inconclusive"] else ()),
    )


def _about(content: Content, zone: str) -> Facts:
    about, asset = content["engagement"], content["asset"]
    machine = "No machine of the register"
    if asset:
        named = (asset["name"], f"{asset['maker']} {asset['model']}", asset["tag"] and f"tag {asset['tag']}")
        more = (asset["serial"] and f"serial {asset['serial']}", asset["firmware"])
        machine = ", ".join(part for part in (*named, *more) if part)
    return Facts(
        (
            ("Engagement", f"{about['number']} ({about['priority']}, {about['domain']}): {about['title']}"),
            ("Machine", machine),
            ("Site", about["site"]),
            ("Outage began", when(about["outage_started_at"], zone)),
            ("Symptoms", said(content["symptoms"])),
            ("Attempts before", "Somebody tried to repair it before" if content["prior_attempt"] else "None known"),
            ("Affected", said(content["scope_affected"])),
        )
    )


def _timeline(content: Content, zone: str) -> tuple[Block, ...]:
    rows = tuple((short(one["at"], zone), one["what"], words(one["source"])) for one in content["timeline"])
    return (Table((f"When ({zone})", "What", "Source"), rows, widths=(0.8, 2, 0.6)),)


def _findings(content: Content) -> tuple[Block, ...]:
    if not content["findings"]:
        return (Text("No finding is stated apart from the readings below."),)
    files = {step["item"]: step["evidence"] for step in content["method"]["steps"] if step["evidence"]}
    rows = tuple(
        (
            one["what"],
            ", ".join(one["items"]),
            "\n".join(files[item]["name"] for item in one["items"] if item in files) or "readings only",
        )
        for one in content["findings"]
    )
    return (Table(("Finding", "Shown by", "Evidence"), rows, widths=(2, 1, 1)),)


def _causes(content: Content) -> tuple[Block, ...]:
    excluded = tuple((one["cause"], one["why"]) for one in content["excluded"])
    contributing = tuple(content["contributing"])
    return (
        Facts((("Root cause", content["root_cause"]),)),
        *(
            (Text("Contributing:"), Bullets(contributing))
            if contributing
            else (Text("No contributing cause found."),)
        ),
        Table(("Ruled out", "By"), excluded, widths=(1, 2)) if excluded else Text("No other cause was ruled out."),
    )


def _options(content: Content) -> tuple[Block, ...]:
    options = tuple((words(one["kind"]), one["what"]) for one in content["options"])
    table = Table(("Option", "What"), options, widths=(0.6, 3)) if options else Text("No option is stated.")
    return (Facts((("Done at once", said(content["actions_now"])),)), table)


def _limits(content: Content) -> Facts:
    # Reports issued before this was told apart do not say it.
    left_out = content["method"].get("not_examined") or []
    facts = (("Prevention", said(content["prevention"])), ("Limits of this diagnosis", said(content["limits"])))
    return Facts((*facts, ("Not examined", "\n".join(left_out))) if left_out else facts)


def _method(content: Content, zone: str) -> tuple[Block, ...]:
    method = content["method"]
    rows = tuple(
        (
            short(step["done_at"], zone),
            step["what"],
            _reading(step),
            _within(step),
            f"{step['evidence']['name']}\nSHA-256 {step['evidence']['sha256'][:16]}..." if step["evidence"] else "",
        )
        for step in method["steps"]
    )
    head = ("When", "Step", "Reading", "Limits", "Evidence")
    return (
        Text(f"Protocol {method['protocol']}, {method['title']}. {method['rule']}"),
        Table(head, rows, widths=(0.8, 1.8, 1.3, 1, 1.1)),
    )


def _reading(step: Content) -> str:
    reading = f"{step['reading']} {step['unit']}".strip()
    return "\n".join(part for part in (reading, step["note"]) if part) or "done"


def _within(step: Content) -> str:
    if step["within"] is None:
        return said(step["limits"])
    return f"{'within' if step['within'] else 'OUTSIDE'}: {step['limits']}"
