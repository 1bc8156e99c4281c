"""The change plan: what is done in which order, how it is undone, and who let it through (domain.md §6.4)."""

from breakfix.documents.composing.words import Content, day_of, said, short, spell, when, words
from breakfix.documents.sheet import Block, Bullets, Facts, Highlight, Section, Sheet, Table, Text

SCORES = ("complexity", "impact", "rollback", "tests", "recent_changes")
KINDS = {"emergency": "Emergency change", "normal": "Normal change", "standard": "Standard change"}


def compose(content: Content, sha256: str, beside: Content) -> Sheet:
    """The plan that was decided on; `beside` names who proposed it and the minutes of the authority."""
    zone = content["window"]["zone"]
    return Sheet(
        title="Change plan",
        number=content["number"],
        version=KINDS[content["kind"]],
        issuer=content["provider"],
        recipient=content["client"],
        date=day_of(content["proposed_at"], zone),
        sha256=sha256,
        intro=(*_intro(content, zone),),
        sections=(
            Section("Why and what", (_why(content, beside, zone),)),
            Section("Steps", _steps(content)),
            Section("Way back", _rollback(content)),
            Section("Tests and communication", (Bullets(tuple(content["tests"])), Text(content["comms"]))),
            Section("Risk", (_risk(content),)),
            Section("Decision", _decision(content, beside, zone)),
        ),
        signatures=(
            ("Engineer", said(beside.get("proposed_by", "")), when(content["proposed_at"], zone)),
            *(
                (words(one["seat"]), said(one["by"]), f"{words(one['state'])} {when(one['at'], zone)}")
                for one in beside.get("decisions", ())
            ),
        ),
    )


def _intro(content: Content, zone: str) -> tuple[Block, ...]:
    window = content["window"]
    return (
        Text(content["title"]),
        Highlight(
            (
                ("Window", short(window["start"], zone), f"to {when(window['end'], zone)}"),
                ("Steps", spell(content["forward_minutes"]), f"and {spell(content['rollback_minutes'])} to go back"),
                ("Risk", f"{content['risk']['total']} of 25", "the sum of five scores"),
            )
        ),
    )


def _why(content: Content, beside: Content, zone: str) -> Facts:
    return Facts(
        (
            ("Engagement", content["engagement"]),
            ("Machine", said(content["asset"])),
            ("Services", said(content["services"])),
            ("Reason", said(content["reason"])),
            ("Continuity", said(content["continuity"])),
            ("Proposed", f"{when(content['proposed_at'], zone)}, {said(beside.get('proposed_by', ''))}"),
        )
    )


def _steps(content: Content) -> tuple[Block, ...]:
    rows = [
        (str(number), f"{step['name']}{_marks(step)}", words(step["owner_role"]), spell(step["minutes"]))
        for number, step in enumerate(content["steps"], start=1)
    ]
    rows.append(("", "All steps", "", spell(content["forward_minutes"])))
    return (Table(("", "Step", "Owner", "Takes"), tuple(rows), figures=(3,), foot=1, widths=(0, 3, 1)),)


def _marks(step: Content) -> str:
    marks = (
        ("saves the present state of all data", step["takes_image"]),
        ("POINT OF NO RETURN", step["point_of_no_return"]),
        ("with evidence", step["evidence_needed"]),
        ("may be left out", not step["mandatory"]),
    )
    found = ", ".join(word for word, holds in marks if holds)
    return f"\n{found}" if found else ""


def _rollback(content: Content) -> tuple[Block, ...]:
    guard = (
        "Before the start and again before the point of no return, what is left to do and the way back have to fit "
        "into the window; otherwise the work stops or the window is extended."
    )
    return (
        Bullets(tuple(content["rollback"])),
        Text(f"Going back takes {spell(content['rollback_minutes'])}. {guard}"),
    )


def _risk(content: Content) -> Table:
    rows = [(words(name), str(content["risk"][name])) for name in SCORES]
    rows.append(("Risk", str(content["risk"]["total"])))
    return Table(("Each from 1 (harmless) to 5", "Score"), tuple(rows), figures=(1,), foot=1)


def _decision(content: Content, beside: Content, zone: str) -> tuple[Block, ...]:
    authority = content["authority"]
    seats = ", ".join(words(seat).lower() for seat in authority["seats"])
    text = Text(f"Decided by: {seats}; {authority['quorum']} of {len(authority['seats'])} have to agree.")
    decisions = beside.get("decisions", ())
    rows = tuple(
        (words(one["seat"]), said(one["by"]), words(one["state"]), when(one["at"], zone), said(one["reason"]))
        for one in decisions
    )
    head = ("Seat", "By", "Decision", "When", "Remark")
    return (text, Table(head, rows, widths=(1, 1, 0.8, 1.4, 0.8))) if rows else (text,)
