"""The quote: for the client the page where one decision is made, for the provider what is before the client."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.approvals import queries as approvals
from breakfix.approvals.values import RoundStatus, SeatState
from breakfix.billing import queries as billing
from breakfix.billing.actions import refund_deposit
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import HoldReason
from breakfix.incidents.values import Status as Phase
from breakfix.kernel.access import Deed, Side, may
from breakfix.kernel.errors import NotFound
from breakfix.kernel.money import Money
from breakfix.parts import queries as parts
from breakfix.quotes import deposits, previews, versions
from breakfix.quotes import queries as quotes
from breakfix.quotes.actions import afterwards, asking, deciding, drafting, issuing, ordering
from breakfix.quotes.actions import deposits as paying
from breakfix.quotes.values import RejectionReason, Status
from breakfix.web import afterwards as after_pages
from breakfix.web import panels, phoning, seats
from breakfix.web import ways as side_by_side
from breakfix.web.door import Visit, deed, page
from breakfix.web.templatetags.bf import percent

RISKS = {
    "data_loss": "losing data",
    "secondary_failure": "something else failing",
    "extended_outage": "a longer outage",
    "security_exposure": "a security exposure",
    "rollback_impossible": "no way back",
}
REASONS = [
    (RejectionReason.PRICE, "The price"),
    (RejectionReason.RISK, "The risk"),
    (RejectionReason.REPLACE_INSTEAD, "We replace it instead"),
    (RejectionReason.OTHER_PROVIDER, "Another provider does it"),
    (RejectionReason.INTERNAL, "We do it ourselves"),
    (RejectionReason.OTHER, "Something else"),
]
ENDED = {
    Status.REJECTED: ("Rejected", "The repair will not be done under this offer."),
    Status.EXPIRED: ("Expired", "Nobody decided in time. The provider can issue it again, or you say what follows."),
    Status.WITHDRAWN: ("Withdrawn", "The provider took this offer back."),
    Status.SUPERSEDED: ("Replaced", "A newer version of this offer has been issued."),
}


def quote(visit: Visit, quote_id: int) -> HttpResponse:
    """One offer. A draft is the provider's own page; what was issued is the same document for both sides."""
    found = quotes.get_quote(quote_id, visit.by)
    if visit.by.field_only:
        raise NotFound("This quote")
    if not found.is_issued:
        return visit.page("web/quotes/draft.html", _draft(visit, found))
    return visit.page("web/quotes/offer.html", _offer(visit, found))


def quote_json(visit: Visit, quote_id: int) -> HttpResponse:
    """The very bytes whose SHA-256 an approval binds."""
    found = quotes.get_quote(quote_id, visit.by)
    if visit.by.field_only or not found.is_issued:
        raise NotFound("This quote")
    response = HttpResponse(found.canonical.encode(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{found.number}-v{found.version}.json"'
    return response


# ---------------------------------------------------------------------------------------- what was issued


def _offer(visit: Visit, found: Any) -> dict[str, Any]:
    engagement, asked = found.engagement, approvals.latest_round_for(found.subject)
    is_open = _is_open(visit, found, asked)
    say = seats.say(asked, visit.by, visit.at) if is_open else _afterwards(visit, asked)
    meter = incidents.meter(engagement, visit.at)
    duties = [one for one in incidents.obligations(engagement, visit.at) if one.is_open]
    urgent = is_open and may(visit.by, Deed.APPROVE_QUOTE_IN_EMERGENCY)
    return {
        "quote": found,
        "engagement": engagement,
        "sheet": sheet_of(found),
        "round": asked,
        "lines": seats.lines_of(asked, say.spend + say.acknowledge + say.emergency) if asked else [],
        "tries": seats.tries_of(asked) if asked else [],
        "say": say,
        "stage": _stage(visit, found, asked, say),
        "held": _held(found),
        "ended": ENDED.get(Status(found.status)),
        "conditions": approvals.emergency_conditions(asked, visit.at) if urgent and asked else (),
        "left": found.valid_until - visit.at,
        "hourly": meter.rate_now if meter else None,
        "duty": min(duties, key=lambda one: one.due_at, default=None),
        "risk": _worst(found.content["risks"]),
        "ticks": _ticks(found.content),
        "seat_choices": [(name, seats.seat_words(name)) for name in say.spend],
        "reasons": REASONS,
        "versions": quotes.quotes_of(engagement, visit.by),
        "can_revise": found.is_change_order and is_open and asked is not None and not _signed(asked),
        "questions": quotes.questions_of(engagement),
        "can_ask": _can_ask(visit, found),
        "lends": _lends(visit, found, say),
        "can_order": _can_order(found),
        "bypassed": _bypassed(asked),
        "latency": found.decided_at - found.issued_at if versions.latency_minutes(found) is not None else None,
        "deposit": deposits.deposit_of(found),
        "owed_back": billing.owed_of(found, visit.at),
        **after_pages.shown(visit, found),
        "phoning": phoning.shown(visit, asked) if is_open else None,
        "ways": side_by_side.shown(found.content.get("ways", ())),
        "can_choose": is_open and _can_choose(visit, engagement, say, asked),
    }


def _can_choose(visit: Visit, engagement: Any, say: seats.Say, asked: Any) -> bool:
    """Whether this reader may have another way put forward now."""
    awaited = engagement.status == Phase.AWAITING_APPROVAL and not _signed(asked)
    return bool(awaited and say.spend and may(visit.by, Deed.CHOOSE_CONTINUITY))


def _held(found: Any) -> Any:
    """The engineer waits on site for the decision on this change order: since when, and what cannot go on."""
    waits = found.is_change_order and found.status == Status.ISSUED and found.engagement.status == Phase.ON_HOLD
    held = incidents.open_hold(found.engagement) if waits else None
    return held if held is not None and held.reason == HoldReason.AWAITING_CLIENT_APPROVAL else None


def _can_order(found: Any) -> bool:
    """Whether the approved offer has parts that nobody has ordered yet."""
    refs = [found.line_ref(f"P{n + 1}") for n in range(len(found.inputs.parts))]
    waiting = found.status == Status.APPROVED and not incidents.is_over(found.engagement)
    return bool(refs) and waiting and not deposits.is_due(found) and not parts.is_ordered(found.engagement, refs)


def _can_ask(visit: Visit, found: Any) -> bool:
    """Whether this reader may still ask before the offer is decided."""
    return bool(
        found.status == Status.ISSUED and visit.at < found.valid_until and may(visit.by, Deed.ASK_ABOUT_QUOTE)
    )


def _lends(visit: Visit, found: Any, say: seats.Say) -> dict[str, Any] | None:
    """The reader's own seat and the colleagues whom they may let sign on it until the offer ends."""
    seat = next(iter(say.spend + say.acknowledge), "")
    if not seat or not may(visit.by, Deed.DELEGATE):
        return None
    people = approvals.stand_ins(found.engagement.client_id, seat, visit.by, visit.at)
    colleagues = [(one.pk, one.name) for one in people]
    return {"seat": seat, "words": seats.seat_words(seat), "colleagues": colleagues} if colleagues else None


def _is_open(visit: Visit, found: Any, asked: Any) -> bool:
    """Whether this very offer can still be decided at this instant."""
    open_round = asked is not None and asked.status == RoundStatus.OPEN
    return bool(open_round and found.status == Status.ISSUED and visit.at < found.valid_until)


def _afterwards(visit: Visit, asked: Any) -> seats.Say:
    """What is left to say once nothing is to be decided any more: ratifying."""
    full = seats.say(asked, visit.by, visit.at) if asked else seats.Say()
    return seats.Say(ratify=full.ratify)


def _signed(asked: Any) -> bool:
    """Whether somebody filled a seat already: another way is not put forward over that."""
    return any(seat.state in (SeatState.APPROVED, SeatState.BYPASSED_EMERGENCY) for seat in asked.seats.all())


def _bypassed(asked: Any) -> list[Any]:
    rows = asked.seats.all() if asked else ()
    return [seat for seat in rows if seat.state == SeatState.BYPASSED_EMERGENCY]


def _stage(visit: Visit, found: Any, asked: Any, say: seats.Say) -> str:
    """What this page is for this reader now: one word that the template switches on."""
    if found.status in (Status.APPROVED, Status.SETTLED):
        return "approved"
    if found.status != Status.ISSUED:
        return "ended"
    if not _is_open(visit, found, asked):
        return "over"
    if say.anything:
        return "decide"
    mine = [seat for seat in asked.seats.all() if visit.by.person_id in seat.people]
    return "signed" if mine else "waiting"


def _ticks(doc: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that every approver ticks, each as the sentence that is ticked."""
    named = [risk for risk in doc["risks"] if risk["key"] in doc["acknowledge"]]
    words = "I accept the {} risk of {}."
    return [{**risk, "label": words.format(percent(risk["probability"]), RISKS[risk["kind"]])} for risk in named]


def _worst(risks: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The one line: the row with the highest score, in plain words."""
    if not risks:
        return None
    worst = max(risks, key=lambda risk: risk["score"])
    return {**worst, "words": RISKS[worst["kind"]]}


# ---------------------------------------------------------------------------------------- the sheet of figures


@dataclass(frozen=True)
class Mark:
    """A point on the scale of what the repair may cost; `place` in percent from the left."""

    label: str
    amount: Money
    place: Decimal


def sheet_of(found: Any) -> SimpleNamespace:
    """Everything an issued offer says, from the frozen document whose hash is bound."""
    doc = found.content
    drawn = SimpleNamespace(**{key: _money(value) for key, value in doc["distribution"].items()})
    body = {**doc, "price": found.price, "distribution": drawn, "q": found.q, "n": found.n}
    files = {f"P{line + 1}": row.file for line, row in quotes.evidence_by_line(found).items()}
    taxed = {name: doc[name] for name in ("exposure", "cash_out")}
    taxed["alternates"] = [_read(one) for one in doc.get("alternates", ())]
    return SimpleNamespace(**{**body, **taxed, "files": files, "scale": scale(found.q, found.n, drawn)})


def sheet_of_preview(shown: previews.Preview, files: dict[str, Any] | None = None) -> SimpleNamespace:
    """The same figures of an offer that is not one yet."""
    made, draft = shown.offer, shown.draft
    return SimpleNamespace(
        price=made.price,
        distribution=made.drawn,
        q=made.q,
        n=made.n,
        ceiling=made.ceiling.derivation,
        exposure=made.exposure,
        cash_out=made.cash_out,
        forensic_fee=made.fee,
        contingency=made.contingency,
        risks=made.risks,
        tasks=draft.tasks,
        scope_in=draft.scope_in,
        scope_out=draft.scope_out,
        assumptions=draft.assumptions,
        continuity=draft.continuity,
        image_first=draft.image_first,
        band_reason=draft.band_reason,
        tariff=shown.tariff,
        files=files or {},
        scale=scale(made.q, made.n, made.drawn),
    )


def _read(alternate: dict[str, Any]) -> dict[str, Any]:
    """An alternate of the frozen document; instants are texts there."""
    offered = alternate["offered"]
    return {**alternate, "arrives": datetime.fromisoformat(offered["arrives"]) if offered else None}


def scale(q: Money, n: Money, drawn: Any) -> list[Mark]:
    """Where price, median and ceiling lie beside each other."""
    points = [("Price", q), ("P50", drawn.p50), ("P80", drawn.p80), ("P90", drawn.p90), ("Cap", n)]
    low = min(amount.amount for _, amount in points)
    span = max(amount.amount for _, amount in points) - low or Decimal(1)
    return [Mark(label, one, ((one.amount - low) / span * 92 + 4).quantize(Decimal("0.1"))) for label, one in points]


def _money(value: Any) -> Any:
    is_money = isinstance(value, dict) and set(value) == {"amount", "currency"}
    return Money.of(value["amount"], value["currency"]) if is_money else value


# ---------------------------------------------------------------------------------------- before it is issued


def _draft(visit: Visit, found: Any) -> dict[str, Any]:
    """The provider's page of a version that the client does not see: figures, proofs, review, issue."""
    evidence = quotes.evidence_by_line(found)
    shown = previews.preview_of(found, visit.by, visit.at)
    status = Status(found.status)
    parts = [
        {"number": n + 1, "key": f"P{n + 1}", "part": part, "kept": evidence.get(n)}
        for n, part in enumerate(found.inputs.parts)
    ]
    return {
        "quote": found,
        "engagement": found.engagement,
        "sheet": sheet_of_preview(shown, {f"P{n + 1}": row.file for n, row in evidence.items()}),
        "preview": shown,
        "notes": shown.notes,
        "seats": [seats.seat_words(need.name) for need in shown.seats],
        "ways": side_by_side.shown(shown.ways),
        "parts": parts,
        "editable": status in (Status.DRAFT, Status.REVIEWED),
        "can_review": status is Status.DRAFT,
        "review_tone": "plain" if shown.offer.second_person and found.author_id == visit.by.person_id else "main",
        "can_issue": status is Status.REVIEWED,
        "versions": quotes.quotes_of(found.engagement, visit.by),
    }


# ---------------------------------------------------------------------------------------- on the engagement page


def quote_panel(visit: Visit, engagement: Any) -> dict[str, Any] | None:
    """What the reader can do about quotes now."""
    if visit.by.field_only:
        return None
    current, draft = quotes.current_quote(engagement), None
    if visit.by.side is Side.PROVIDER:
        draft = quotes.open_draft(engagement)
    asked = approvals.open_round_for(current.subject) if current else None
    say = seats.say(asked, visit.by, visit.at) if asked and visit.by.side is Side.CLIENT else seats.Say()
    writes = may(visit.by, Deed.DRAFT_QUOTE) and draft is None and quotes.binding_quote(engagement) is None
    ready = engagement.status in ("QUOTE_PENDING", "AWAITING_APPROVAL", "DIAGNOSING")
    # What binds is what counts: where nothing counts, nothing is asked for.
    order = quotes.binding_quote(engagement) if current and may(visit.by, Deed.ORDER_PARTS) else None
    order = order if order is not None and _can_order(order) else None
    reads = draft is not None and may(visit.by, Deed.REVIEW_QUOTE)
    if not (say.anything or say.ratify or order or reads or (writes and ready)):
        return None
    found = {"current": current, "draft": draft, "say": say, "round": asked, "writes": writes and ready}
    return {**found, "order": order}


def quote_side(visit: Visit, engagement: Any) -> dict[str, Any] | None:
    """Every version that the reader may open."""
    versions = [] if visit.by.field_only else quotes.quotes_of(engagement, visit.by)
    return {"versions": versions} if versions else None


panels.add(panels.Panel("quotes", 60, "web/quotes/act_panel.html", quote_panel))
panels.add(panels.Panel("quotes_side", 60, "web/quotes/side_panel.html", quote_side, "side"))
panels.SUBJECTS["quote"] = "quote"


def _to_quote(result: Any) -> str:
    """Back to the quote, from whatever of it a deed returned."""
    return reverse("quote", args=[getattr(result, "quote_id", None) or result.pk])


def _to_phoning(call: Any) -> str:
    """Back to the quote that somebody was called about."""
    return reverse("quote", args=[phoning.quote_in(call)]) + "#phone"


_AT = "quotes/<int:quote_id>"
_DEEDS = (
    (drafting.attach_supplier_evidence, "Kept with the quote."),
    (drafting.review_quote, "Reviewed. It can be issued now."),
    (issuing.issue_quote, "Issued. The client's people are being asked."),
    (issuing.withdraw_quote, "Withdrawn."),
    (ordering.order_parts, "Ordered. Each unit is on the list of parts now."),
    (asking.ask_about_quote, "Asked. You are told as soon as there is an answer; the offer stays open meanwhile."),
    (asking.answer_question, "Answered. Whoever has to decide is told."),
    (deciding.approve_quote, "You approved. Thank you."),
    (deciding.approve_quote_in_emergency, "You approved in the emergency. Thank you."),
    (deciding.acknowledge_risk, "You acknowledged the risk. Thank you."),
    (issuing.choose_continuity, "Put forward as a version of its own. Read it, then decide."),
    (deciding.reject_quote, "You rejected the quote. The provider has been told why."),
    (paying.note_deposit, "On record. Parts may be ordered, work may be planned."),
    (paying.waive_deposit, "Waived. Parts may be ordered, work may be planned."),
    (refund_deposit, "On record. The client's finance is told."),
    (afterwards.price_disposition, "On its way to the client, who orders it or not."),
    (afterwards.choose_option, "Your choice is on record. The provider has been told."),
    (deciding.call_approver, "A code is on its way to that telephone. Read the summary out now."),
)
urlpatterns = [
    path(_AT, page(quote), name="quote"),
    path(f"{_AT}/document", page(quote_json), name="quote_json"),
    *(
        path(
            f"{_AT}/{action.__name__}",
            deed(action, on=quote, done=done, to=_to_phoning if action is deciding.call_approver else _to_quote),
            name=action.__name__,
        )
        for action, done in _DEEDS
    ),
    path(
        f"{_AT}/enter_phone_code",
        deed(deciding.enter_phone_code, on=quote, done=phoning.DONE, to=_to_phoning, answer=phoning.answer),
        name="enter_phone_code",
    ),
]
