"""The invoice: what is due, why, and that it stays below the maximum (domain.md §6.8)."""

from decimal import Decimal

from breakfix.documents.composing.words import CATEGORIES, Content, day, day_of, money, said, share, trimmed, words
from breakfix.documents.sheet import Block, Facts, Highlight, Section, Sheet, Table, Text

TRANCHES = {
    "FORENSIC": "Forensic fee",
    "EXTENSION": "Forensic extension",
    "BASE": "Repair",
    "CHANGE_ORDER": "Change order",
    "DISPOSITION": "Return or destruction",
    "SERVICE_CREDIT": "Service credit",
}


def compose(content: Content, sha256: str, beside: Content) -> Sheet:
    """One issued invoice, or the credit note on one."""
    head, bill, corrects = content["head"], content["bill"], content.get("corrects")
    against = () if corrects else (Section("Against the quote", _boxes(bill)),)
    return Sheet(
        title="Credit note" if corrects else "Invoice",
        number=head["number"],
        version=head["engagement"],
        issuer=head["provider"]["name"],
        recipient=head["client"]["name"],
        date=day_of(head["issued_at"], head.get("zone", "UTC")),
        sha256=sha256,
        intro=_credited(head, bill, corrects) if corrects else _intro(head, bill),
        sections=(
            Section("Lines", (_lines(bill),)),
            *against,
            *_service_credit(bill),
            Section("Tax", (_tax(bill),)),
            *(() if corrects else (Section("Payment", (_payment(head, bill),)),)),
        ),
    )


def _intro(head: Content, bill: Content) -> tuple[Block, ...]:
    absorbed = [box["absorbed"] for box in bill["boxes"] if not _is_zero(box["absorbed"])]
    borne = ", ".join(money(one) for one in absorbed) or "nothing"
    return (
        Highlight(
            (
                ("To pay", _to_pay(bill), f"by {day(head['due_on'])}"),
                ("Before tax", money(bill["subtotal"]), f"tax {money(bill['tax'])}"),
                ("Borne by the provider", borne, "work above the binding maximum"),
            )
        ),
        Facts(
            (
                ("From", _party(head["provider"])),
                ("To", _party(head["client"])),
                ("Engagement", f"{head['engagement']}: {head['title']}"),
                ("Agreement", f"SHA-256 {head['agreement']}"),
            )
        ),
    )


def _credited(head: Content, bill: Content, corrects: str) -> tuple[Block, ...]:
    back = money({**bill["total"], "amount": str(-Decimal(bill["total"]["amount"]))})
    return (
        Highlight((("Goes back", back, f"on invoice {corrects}"),)),
        Facts((("From", _party(head["provider"])), ("To", _party(head["client"])), ("Terms", said(head["terms"])))),
    )


def _service_credit(bill: Content) -> tuple[Section, ...]:
    """What a missed response promise earned the client, and what of it waits for the month's end."""
    credit = bill.get("credit")
    return (Section("Service credit", (Text(f"{credit['derivation']}."),)),) if credit else ()


def _to_pay(bill: Content) -> str:
    """The total less a deposit that was paid, never below nothing."""
    paid = bill.get("deposit")
    if not paid:
        return money(bill["total"])
    return money({**bill["total"], "amount": str(max(_left(bill), Decimal(0)))})


def _left(bill: Content) -> Decimal:
    return Decimal(bill["total"]["amount"]) - Decimal(bill["deposit"]["amount"])


def _deposit(bill: Content) -> str:
    """What was paid before; where that was more than the total, the rest goes back."""
    paid = bill.get("deposit")
    if not paid:
        return ""
    over = -_left(bill)
    back = f", of which {money({**paid, 'amount': str(over)})} goes back" if over > 0 else ""
    return f": {money(bill['total'])} less the deposit of {money(paid)}{back}"


def _party(party: Content) -> str:
    parts = (party["name"], party["address"], f"Tax number {party['tax_id']}" if party["tax_id"] else "")
    return "\n".join(part for part in parts if part)


def _is_zero(amount: Content) -> bool:
    return trimmed(amount["amount"]) == "0"


def _lines(bill: Content) -> Table:
    rows = [
        (
            one["key"],
            one["description"],
            TRANCHES.get(one["tranche"], words(one["tranche"])),
            trimmed(one["quantity"]),
            CATEGORIES.get(one["category"], words(one["category"])),
            money(one["amount"]),
        )
        for one in bill["lines"]
    ]
    rows.append(("", "Before tax", "", "", "", money(bill["subtotal"])))
    head = ("Line", "What", "Of", "Quantity", "Tax category", "Amount")
    return Table(head, tuple(rows), figures=(3, 5), foot=1, widths=(0, 2, 0.8, 0, 0.8))


def _boxes(bill: Content) -> tuple[Block, ...]:
    rows = tuple(
        (
            TRANCHES.get(box["kind"], words(box["kind"])),
            money(box["quoted"]),
            money(box["cap"]),
            money(box["actual"]),
            money(box["billed"]),
        )
        for box in bill["boxes"]
    )
    head = ("Tranche", "Quoted", "Maximum", "Actual", "Billed")
    how = "; ".join(box["derivation"] for box in bill["boxes"])
    return (Table(head, rows, figures=(1, 2, 3, 4)), Text(f"How: {how}."))


def _tax(bill: Content) -> Table:
    rows = [(one["jurisdiction"], share(one["rate"]), money(one["base"]), money(one["tax"])) for one in bill["taxes"]]
    rows.append(("Tax", "", "", money(bill["tax"])))
    return Table(("Jurisdiction", "Rate", "On", "Tax"), tuple(rows), figures=(1, 2, 3), foot=1)


def _payment(head: Content, bill: Content) -> Facts:
    return Facts(
        (
            ("To pay", f"{_to_pay(bill)} by {day(head['due_on'])}{_deposit(bill)}"),
            ("Terms", said(head["terms"])),
            ("Reference", head["number"]),
        )
    )
