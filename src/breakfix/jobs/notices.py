"""What people are told of an engagement: by the ways they chose, at once or at the end of their quiet hours.

Words that may stand on a lock screen or in a subject are fixed phrases; names and causes are read after unlocking.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string

from breakfix.agreements.values import Priority
from breakfix.approvals.values import Channel
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import EndKind
from breakfix.intake import queries as intake
from breakfix.jobs.plan import id_in, plan
from breakfix.jobs.registry import handles
from breakfix.kernel.access import SYSTEM, Deed, may
from breakfix.kernel.sealing import Unreadable
from breakfix.outbox import queries as outbox
from breakfix.outbox import sending
from breakfix.outbox.values import Event, Happening, Outgoing
from breakfix.parties import queries as parties

# After that nobody is helped by hearing of it; mail is read later than a telephone rings.
OF_USE = {Channel.EMAIL: timedelta(days=5), Channel.PUSH: timedelta(days=1)}
OF_USE_ON_A_PHONE = timedelta(hours=2)

CLOCKS = frozenset({"clock.warned", "meter.reached"})
MONEY = frozenset(
    {"invoice.issued", "credit_note.issued", "deposit.refunded", "ratification.lapsed", "ratification.refused"}
)
ASKED = {
    EndKind.SEAT: "your decision is needed",
    EndKind.FEE: "your decision is needed",
    EndKind.RATIFICATION: "your ratification is needed",
    EndKind.QUESTION: "a question waits for you",
    EndKind.REVIEW: "a review waits for you",
    EndKind.ACCESS: "access has to be ended",
    EndKind.CUSTODY: "something in custody needs you",
    EndKind.DEPOSIT: "a deposit is due",
    EndKind.INSURER: "the cyber insurer has to be told",
    EndKind.SOW: "a statement of work waits for you",
    EndKind.DOWNGRADE: "your consent to a lower priority is asked for",
    EndKind.CREDIT: "your override is needed",
    EndKind.VENDOR: "a vendor has to be asked again",
}
NEWS = {
    "engagement.submitted": "a failure was reported",
    "engagement.acknowledged": "it was acknowledged",
    "engagement.commented": "somebody wrote about it",
    "obligation.added": "a dated duty was added",
    "engagement.merged": "it goes on with an earlier report",
    "engagement.declined": "it was declined",
    "downgrade.proposed": "a lower priority is proposed",
    "downgrade.consented": "the client lets a lower priority hold",
    "downgrade.refused": "the client keeps the priority",
    "downgrade.withdrawn": "the lower priority was taken back",
    "credit_hold.asked": "finance is asked to take on a P1 past a credit hold",
    "credit_hold.overridden": "finance lets it be taken on past the credit hold",
    "sow.answered": "the client answered a statement of work",
    "technician.dispatched": "somebody is on the way",
    "quote.issued": "the quote is there",
    "quote.approved": "the quote was approved",
    "quote.rejected": "the quote was rejected",
    "quote.expired": "the quote ran out",
    "option.chosen": "the client said what comes next",
    "deposit.paid": "the deposit has arrived",
    "deposit.waived": "the deposit was waived",
    "deposit.refunded": "the deposit was paid back",
    "recovery.verified": "the client verified what came back",
    "recovery.disputed": "the client does not agree to what came back",
    "engagement.restored": "the service is back",
    "letter.granted": "a letter of authority was granted",
    "letter.revoked": "a letter of authority was revoked",
    "vendor_case.closed": "the vendor is done",
    "vendor_claim.drafted": "a claim can be sent",
    "report.issued": "the report is there",
    "invoice.issued": "the invoice is there",
    "credit_note.issued": "a credit note is there",
    "clock.warned": "a commitment is running out",
    "meter.reached": "the cap is nearly used",
    "ratification.lapsed": "an emergency approval was not ratified",
    "ratification.refused": "an emergency approval was not ratified",
    "work.refused": "the work was not accepted",
}


@dataclass(frozen=True)
class Letter:
    """One message before it is written: to whom, what it is about, and the one thing it says."""

    person_id: int
    subject: str
    line: str
    event: Event
    said: str
    by_when: str = ""
    asked: bool = False


def event_of(kind: str, engagement: Any, *, asked: bool) -> Event:
    """Under which of the events that people choose by this falls."""
    if kind in CLOCKS:
        return Event.CLOCK
    if kind in MONEY:
        return Event.MONEY
    if engagement.priority == Priority.P1:
        return Event.URGENT
    return Event.ASKED if asked else Event.PROGRESS


def plan_letter(
    letter: Letter, engagement: Any, *, deed: str, without: frozenset[Channel] = frozenset(), at: datetime
) -> None:
    """One task per channel that this person chose; each is tried for itself and never doubled."""
    person = parties.person_by_id(letter.person_id)
    what = Happening(letter.event, engagement.priority == Priority.P1, letter.asked)
    ways, due = outbox.ways_to(person, what, at)
    for way in ways:
        if way not in without:
            key = f"{way.value}:{deed}:{letter.person_id}"
            words = {"topic": engagement.topic, "channel": way.value, "planned": due.isoformat(), **asdict(letter)}
            plan("notice.send", key=key, due_at=due, at=at, key_of=key, **words)


@handles("notice.send", outgoing=True)
def send(payload: dict[str, Any], at: datetime) -> None:
    """Write one message and let it leave; whoever may not see the engagement any more is told nothing."""
    engagement = incidents.get_engagement(id_in(payload["topic"]), by=SYSTEM)
    person = parties.person_by_id(payload["person_id"])
    out = _written(payload, engagement, person)
    if not parties.sees_topic(parties.actor_for(person), engagement.topic):
        sending.drop(out, at, "no longer let in on this")
        return
    sending.send(out, at)


def _written(payload: dict[str, Any], engagement: Any, person: Any) -> Outgoing:
    channel = Channel(payload["channel"])
    planned = datetime.fromisoformat(payload["planned"])
    out = Outgoing(
        key=payload["key_of"],
        channel=channel,
        person_id=person.pk,
        topic=engagement.topic,
        subject=f"{engagement.number} {engagement.priority}",
        said=f"{payload['said']}.",
        text="",
        link=link_to(engagement),
        useless_after=planned + OF_USE.get(channel, OF_USE_ON_A_PHONE),
        urgent=engagement.priority == Priority.P1 or payload["event"] == Event.SECURITY,
    )
    return out if channel is not Channel.EMAIL else _as_mail(out, payload, engagement, person)


def _as_mail(out: Outgoing, payload: dict[str, Any], engagement: Any, person: Any) -> Outgoing:
    """The same with what is read after unlocking. A subject says what is needed; of a restricted one, no more."""
    zone = ZoneInfo(parties.zone_of(person))
    due = datetime.fromisoformat(payload["by_when"]).astimezone(zone) if payload["by_when"] else None
    said = f"{payload['said'][:1].upper()}{payload['said'][1:]}"
    heading = said if engagement.need_to_know else payload["subject"]
    heard = may(parties.actor_for(person), Deed.COMMENT_BY_MAIL)  # whoever only reads is not asked to answer
    answered = reply_to(engagement, person.pk) if heard else ""
    context = {
        "person": person,
        "engagement": engagement,
        "subject": payload["subject"],
        "line": payload["line"],
        "due": due.strftime("%a %-d %b %Y, %H:%M %Z") if due else "",
        "link": out.link,
        "choose": f"{settings.SITE_URL}/notifications",
        "answers": answered != "",
    }
    return replace(
        out,
        reply_to=answered,
        subject=f"[{engagement.number}] {engagement.priority}: {heading}",
        text=render_to_string("jobs/mail/notice.txt", context),
        html=render_to_string("jobs/mail/notice.html", context),
    )


def reply_to(engagement: Any, person_id: int) -> str:
    """The address signed for this person and engagement; none where the key is missing, which the doctor tells."""
    try:
        return intake.reply_address(engagement, person_id)
    except Unreadable:
        return ""


def link_to(engagement: Any) -> str:
    """Where it is read and decided, for whoever signs in."""
    return f"{settings.SITE_URL}/engagements/{engagement.pk}"
