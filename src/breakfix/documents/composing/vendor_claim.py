"""The draft of a claim against a vendor: promised, measured, and how it was measured."""

from breakfix.documents.composing.words import NOTHING, Content, day_of, money, said, short, spell, when, words
from breakfix.documents.sheet import Block, Bullets, Facts, Highlight, Notice, Section, Sheet, Table, Text


def compose(content: Content, sha256: str, beside: Content) -> Sheet:
    """What the client checks and sends; who drafted it is named, and nobody signs a draft."""
    zone, measured, prepared = content["engagement"]["zone"], content["measured"], content["prepared_by"]
    return Sheet(
        title="Claim against a vendor",
        number=content["number"],
        version="Draft",
        issuer=content["client"]["legal_name"],
        recipient=content["vendor"]["name"],
        date=day_of(prepared["at"], zone),
        sha256=sha256,
        intro=(
            Notice(content["state"]),
            Highlight(
                (
                    ("Promised", measured["promised"], said(content["terms"]["source"])),
                    ("Measured", measured["measured"], f"missed by {measured['missed_by']}"),
                )
            ),
        ),
        sections=(
            Section("What it is about", (_facts(content, zone),)),
            Section("How it was measured", (Bullets(tuple(measured["steps"])),)),
            Section("Amount", _amount(content)),
            Section("What was promised in the case", _promises(content, zone)),
            Section("Log of the case", _log(content, zone)),
        ),
    )


def _facts(content: Content, zone: str) -> Facts:
    letter, period, prepared = content["letter"], content["period"], content["prepared_by"]
    months = f"{when(period['start'], zone)} to {when(period['end'], zone)}" if period else NOTHING
    return Facts(
        (
            ("Case", f"{content['vendor']['reference']}, tier {content['vendor']['tier']}"),
            ("Site", f"{content['site']['name']}\n{said(content['site']['address'])}"),
            ("Failure", f"{content['engagement']['number']}: {content['engagement']['title']}"),
            ("Away", f"{when(content['outage']['from'], zone)} to {when(content['outage']['until'], zone)}"),
            ("Period", months),
            ("Spoken for by", f"letter {letter['number']}, SHA-256 {letter['sha256']}" if letter else NOTHING),
            ("Drafted by", f"{prepared['name']}, {prepared['legal_name']}, {when(prepared['at'], zone)}"),
        )
    )


def _amount(content: Content) -> tuple[Block, ...]:
    rule = Text(f"The agreement says: {said(content['terms']['amount_rule'])}")
    computed = content["computed"]
    if computed is None:
        return (rule, Text("No amount was computed: nobody gave the charge and the share that is given back."))
    return (rule, Text(f"{money(computed['amount'])}: {computed['derivation']}"), Notice(computed["note"]))


def _promises(content: Content, zone: str) -> tuple[Block, ...]:
    rows = tuple(
        (
            one["what"],
            short(one["made_at"], zone),
            short(one["until"], zone),
            f"{words(one['verdict'])}{', ' + spell(one['minutes']) + ' late' if one['verdict'] == 'broken' else ''}",
        )
        for one in content["promises"]
    )
    head = ("Promised", "Said", "Until", "What became of it")
    return (Table(head, rows, widths=(1.6, 1, 1, 1.2)),) if rows else (Text("Nothing was promised."),)


def _log(content: Content, zone: str) -> tuple[Block, ...]:
    rows = tuple(
        (
            str(one["number"]),
            short(one["at"], zone),
            f"{words(one['way'])}, tier {one['tier']}{'' if one['answered'] else ', nobody answered'}",
            f"{'In place of ' + str(one['corrects']) + ': ' if one['corrects'] else ''}{one['said']}",
        )
        for one in content["log"]
    )
    return (Table(("", "When", "How", "Said"), rows, widths=(0, 0.9, 1, 2.4)),) if rows else (Text("No entry."),)
