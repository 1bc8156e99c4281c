"""What may never be otherwise, whatever was done (domain.md §9), said again beside the code that keeps it.

Nothing here asks a rule of the product: rows are read as they stand and compared with plain sums.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.apps import apps

from breakfix.approvals.models import Delegation, Round
from breakfix.billing.models import Invoice, InvoiceLine
from breakfix.incidents.models import Engagement, ForensicFee
from breakfix.kernel.access import Side
from breakfix.kernel.ledger.images import fields_of
from breakfix.kernel.ledger.rebuild import rebuild
from breakfix.kernel.models import Entry, PersonalPart, Row
from breakfix.quotes import queries as quotes
from breakfix.quotes.models import Quote, Tranche
from breakfix.work import queries as work
from tests import snapshots

MODELS = {model._meta.db_table: model for model in apps.get_models() if issubclass(model, Row)}
DECIDED = {"APPROVED", "REJECTED"}
FILLED = {"APPROVED", "BYPASSED_EMERGENCY", "RATIFIED", "RATIFICATION_REFUSED"}


class Broken(AssertionError):
    """A promise of domain.md §9 that did not hold."""


def promise(held: object, words: str) -> None:
    """Raise `Broken` with these words unless it held."""
    if not held:
        raise Broken(words)


@dataclass
class Promises:
    """Looks at one engagement after each step; remembers what was issued, which may never change."""

    engagement_id: int
    issued: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    signatures: set[tuple[Any, ...]] = field(default_factory=set)
    rows: snapshots.State = field(default_factory=snapshots.state)
    told: dict[str, dict[str, Any]] = field(default_factory=rebuild)
    last_entry: int = field(default_factory=lambda: Entry.objects.latest("id").pk)

    def hold(self, at: datetime) -> None:
        """Raise `Broken` for the first promise that does not hold at this instant."""
        engagement = Engagement.objects.get(pk=self.engagement_id)
        self.everything_is_on_record()
        self.issued_documents_stand()
        self.approvals_are_whole(engagement)
        self.caps_hold(engagement, at)
        self.invoices_add_up(engagement)

    def everything_is_on_record(self) -> None:
        """§9.2: every row is as the log tells it last; looked at where rows or log moved since the last look."""
        state, told = snapshots.state(), self._told_since()
        moved = {
            name: {key for key, row in rows.items() if self.rows.get(name, {}).get(key) != row}
            for name, rows in state.items()
        }
        gone = [name for name, rows in self.rows.items() if name in MODELS and set(rows) - set(state.get(name, {}))]
        promise(not gone, f"2: rows of {gone} are gone")
        for name, keys in moved.items():
            model = MODELS.get(name)
            for row in model._default_manager.filter(pk__in=keys) if model is not None and keys else ():
                public, personal = fields_of(row)
                fields = told.pop(row.key, None)
                promise(fields == {**public, **personal}, f"2: {row.key} is not as the log tells it")
                self.told[row.key] = fields or {}
        # What was told of a row that did not move is what stood there before.
        for key, fields in told.items():
            promise(self.told.get(key, fields) == fields, f"2: the log tells of {key} what no row says")
            self.told[key] = fields
        self.rows = state

    def _told_since(self) -> dict[str, dict[str, Any]]:
        """The after-images of every deed since the last look, the last of each row; all are kept in `told`."""
        found: dict[str, dict[str, Any]] = {}
        entries = Entry.objects.filter(id__gt=self.last_entry).order_by("id")
        personal = {
            (entry, image): content
            for entry, image, content in PersonalPart.objects.filter(entry_id__gt=self.last_entry).values_list(
                "entry_id", "image", "content"
            )
        }
        for key, leaf in entries.values_list("id", "leaf"):
            self.last_entry = key
            for number, image in enumerate(json.loads(leaf)["images"]):
                fields = dict(image["fields"])
                if (key, number) in personal:
                    fields.update(json.loads(personal[key, number]))
                found[image["row"]] = fields
        return found

    def issued_documents_stand(self) -> None:
        """§9.9: content, hash and figures of what was issued never change."""
        rows = Quote.objects.filter(engagement=self.engagement_id).exclude(issued_at=None)
        found: dict[str, tuple[Any, ...]] = {
            f"quote {row.pk}": (row.canonical, row.sha256, row.q_minor, row.n_minor, row.valid_until, row.tax_minor)
            for row in rows
        }
        for invoice in Invoice.objects.filter(engagement=self.engagement_id):
            found[f"invoice {invoice.pk}"] = (invoice.canonical, invoice.sha256, invoice.total_minor)
        changed = [name for name, was in self.issued.items() if found.get(name) != was]
        promise(not changed, f"9: {changed} changed after it was issued")
        self.issued = found

    def approvals_are_whole(self, engagement: Engagement) -> None:
        """§9.4: the client's own people, each once, never who asked; in time, entitled, and all of them."""
        for asked in Round.objects.filter(engagement=engagement).prefetch_related("seats__decided_by__organisation"):
            seats = list(asked.seats.all())
            hands = [seat.decided_by for seat in seats if seat.decided_by is not None and not seat.emergency]
            promise(len({one.pk for one in hands}) == len(hands), f"4: somebody decided twice about {asked.subject}")
            for seat in seats:
                if seat.decided_by is not None:
                    self.seat_was_theirs(asked, seat, engagement)
            if asked.status == "APPROVED":
                filled = sum(seat.state in FILLED for seat in seats)
                promise(filled >= (asked.quorum or len(seats)), f"4: {asked.subject} approved with {filled} seats")
            if asked.subject.startswith("quote/"):
                self.decided_in_time(Quote.objects.get(pk=int(asked.subject.partition("/")[2])), seats)

    def seat_was_theirs(self, asked: Round, seat: Any, engagement: Engagement) -> None:
        person = seat.decided_by
        promise(person.organisation_id == engagement.client_id, f"4: {person} is none of the client's people")
        promise(person.organisation.side == Side.CLIENT.value, f"4: {person} of the provider decided")
        promise(person.pk != engagement.requester_id, f"4: {person} decided about their own request")
        # Looked at when it is new: a loan that is revoked at the very same instant, afterwards, takes back nothing.
        signature = (seat.pk, person.pk, seat.decided_at)
        if seat.for_person_id and not seat.emergency and seat.state in DECIDED and signature not in self.signatures:
            self.signatures.add(signature)
            lent = Delegation.objects.filter(delegator=seat.for_person_id, delegate=person.pk, seat=seat.name)
            when = [one for one in lent if one.starts_at <= seat.decided_at < (one.revoked_at or one.ends_at)]
            when = [one for one in when if seat.decided_at < one.ends_at]
            promise(when or not lent, f"4: {person} signed {asked.subject} on a seat that was not lent to them then")

    def decided_in_time(self, quote: Quote, seats: list[Any]) -> None:
        late = [
            seat.name
            for seat in seats
            if seat.state in DECIDED and quote.valid_until and seat.decided_at >= quote.valid_until
        ]
        promise(not late, f"4: {late} decided about {quote} after it had expired")

    def caps_hold(self, engagement: Engagement, at: datetime) -> None:
        """§9.1: no tranche is billed above its own cap; no change order is approved apart from what came before."""
        caps = {row.quote_id: row.cap_minor for row in Tranche.objects.filter(engagement=engagement)}
        for row in Tranche.objects.filter(engagement=engagement):
            promise(0 <= row.billed_minor <= row.cap_minor, f"1: {row} is billed above its cap")
        bound = list(Quote.objects.filter(engagement=engagement, status__in=["APPROVED", "SETTLED"]).order_by("id"))
        agreed = 0
        for quote in bound:
            promise(caps.get(quote.pk) == quote.n_minor, f"1: the cap of {quote} is not its maximum")
            agreed += quote.n_minor or 0
            promise((quote.exposure_minor or 0) >= agreed, f"1: {quote} was approved apart from what came before")
        for bill in quotes.settlement(engagement, work.actuals(engagement, at)).tranches:
            cap = caps.get(bill.of, 0) if bill.of else fee_cap(engagement)
            promise(bill.bill.minor <= cap, f"1: {bill.name or bill.kind} comes to {bill.bill}")
            promise(bill.actual.minor >= 0 and bill.bill.minor >= 0, f"1: {bill.name} comes to less than nothing")
            spent = sum(line.billed.minor for line in bill.lines)
            promise(spent == bill.bill.minor, f"15: the lines of {bill.name or bill.kind} do not add up")
            given = [line for line in bill.lines if line.billed.minor < 0]
            promise(
                all("redit" in line.description for line in given), f"1: {given} takes back what was never billed"
            )

    def invoices_add_up(self, engagement: Engagement) -> None:
        """§9.15: lines make the total, tax groups its tax, and all invoices what the tranches say was billed."""
        billed: dict[int, int] = {}
        for invoice in Invoice.objects.filter(engagement=engagement, status="ISSUED"):
            lines = list(InvoiceLine.objects.filter(invoice=invoice))
            promise(sum(line.amount_minor for line in lines) == invoice.subtotal_minor, f"15: {invoice} lines")
            promise(invoice.subtotal_minor + invoice.tax_minor == invoice.total_minor, f"15: {invoice} total")
            groups = invoice.content["bill"]["taxes"]
            taxes = sum(Decimal(one["tax"]["amount"]) * 100 for one in groups)
            promise(taxes == invoice.tax_minor, f"15: {invoice} tax groups {groups}")
            for line in lines:
                billed[line.tranche_id] = billed.get(line.tranche_id, 0) + line.amount_minor
        for row in Tranche.objects.filter(engagement=engagement):
            promise(billed.get(row.pk, 0) == row.billed_minor, f"15: invoices and {row} disagree")


def fee_cap(engagement: Engagement) -> int:
    """Once and a half the flat fee (§9.1)."""
    return ForensicFee.objects.get(engagement=engagement).base_minor * 3 // 2
