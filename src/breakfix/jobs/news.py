"""What follows from which deed, on one page. Every entry of the log comes by here exactly once.

`record()` plans one task `news` per deed; here it fans out into one task per consequence, each with its own key,
attempts and pauses, so that a failing printer holds up nobody's mail.
"""

from datetime import datetime
from typing import Any

from breakfix.jobs.plan import plan
from breakfix.jobs.registry import handles

# After any deed on an engagement: who is asked or told, and when its clocks warn next.
ALWAYS = ("mail.spread", "alarms.plan")
# Deeds that ask nobody for anything and move no clock: they follow from others or are many.
QUIET = frozenset({"clock.warned", "check.recorded", "document.rendered", "pack.sealed"})
QUIET |= frozenset({"attempt.logged", "attempt.acknowledged"})
QUIET |= frozenset({"escalation.asked", "escalation.advanced", "escalation.acknowledged", "escalation.ended"})

PEOPLE_CHANGED = (
    *("role.given", "role.taken", "person.enrolled", "invitation.accepted"),
    *("person.switched_off", "person.switched_on", "topic.withdrawn"),
)
# What was held or waited for a decision moves again, perhaps: who was asked has the usual time again, and somebody
# looks whether it stands still.
GOES_ON = ("escalation.again", "standstill.plan")

FOLLOWS: dict[str, tuple[str, ...]] = {
    "person.invited": ("mail.invitation",),
    **dict.fromkeys(PEOPLE_CHANGED, ("keepers.follow",)),
    "factors.removed": ("mail.factors",),
    "clock.warned": ("mail.warning", "escalation.ask"),
    **dict.fromkeys(
        ("escalation.advanced", "escalation.acknowledged", "escalation.helped", "drill.started"),
        ("escalation.tell",),
    ),
    "escalation.asked": ("escalation.tell", "drill.stop"),
    "engagement.joined": ("escalation.tell",),
    **dict.fromkeys(("technician.dispatched", "contact.made"), ("standstill.plan",)),
    **dict.fromkeys(("engineer.arrived", "work.refused"), ("standstill.plan",)),
    **dict.fromkeys(("engagement.restored", "engagement.cancelled", "engagement.resolved"), ("escalation.end",)),
    # A near one makes a round pressing: more rungs are climbed (approvals/rules/policy.py).
    "obligation.added": ("ladder.plan",),
    "obligation.met": ("escalation.end",),
    "agreement.ended": ("agreement_end.tell",),
    "agreement.signed": ("document.agreement", "holidays.plan"),
    **dict.fromkeys(("alert.drafted", "alert.returned", "alert.worsened"), ("alerts.gather",)),
    "mail.drafted": ("mails.gather",),
    "engagement.submitted": ("fee.ask", "insurer.plan"),
    **dict.fromkeys(("vendor_case.opened", "vendor_contact.logged", "vendor_case.escalated"), ("vendor.plan",)),
    **dict.fromkeys(("engagement.resumed", "vendor_case.closed", "restoration.disputed"), GOES_ON),
    **dict.fromkeys(("work.started", "quote.drafted", "quote.withdrawn"), GOES_ON),
    **dict.fromkeys(("deposit.paid", "deposit.waived"), GOES_ON),
    "letter.granted": ("document.letter_of_authority",),
    "vendor_claim.drafted": ("document.vendor_claim",),
    "forensic_fee.asked": ("ladder.plan",),
    "forensic_fee.signed": ("ladder.plan",),
    "forensic_extension.asked": ("ladder.plan",),
    "forensic_extension.signed": ("ladder.plan",),
    **dict.fromkeys((f"forensic_extension.{end}" for end in ("approved", "refused", "withdrawn")), GOES_ON),
    "root_cause.issued": ("document.root_cause",),
    "quote.issued": ("ladder.plan", "quote.expiry", "document.quote"),
    "seat.approved": ("phone.receipt",),
    "risk.acknowledged": ("phone.receipt",),
    "quote.rejected": ("quote.unanswered", *GOES_ON),
    "quote.expired": ("quote.unanswered", *GOES_ON),
    "quote.approved": ("ratification.plan", "phone.receipt", *GOES_ON),
    "seat.bypassed": ("ratification.plan",),
    "ratification.refused": ("work.stop",),
    "part.installed": ("meter.look", "meter.plan"),
    "line.used": ("meter.plan",),
    "time.started": ("meter.plan",),
    "meter.reached": ("meter.plan",),
    "access.granted": ("gap.plan",),
    **dict.fromkeys(
        ("engagement.reprioritised", "downgrade.consented"),
        ("ladder.plan", "question.plan", "credit.follow", "standstill.plan"),
    ),
    "engagement.acknowledged": ("credit.follow",),
    **dict.fromkeys(("credit_hold.placed", "credit_hold.lifted"), ("credit_hold.follow", "credit_hold.tell")),
    "engagement.held": ("question.plan", "window.plan"),
    "sow.answered": ("fee.ask",),
    "question.repeated": ("question.tell", "question.plan"),
    "approver.called": ("phone.code",),
    "change.proposed": ("ladder.plan",),
    "change.assessed": ("ladder.plan",),
    "change.approved": ("document.change_plan",),
    "report.issued": ("document.service_report",),
    "work.accepted": ("guarantee.start",),
    "guarantee.started": ("document.passport",),
    "invoice.issued": ("document.invoice", "credit.plan"),
    "credit_note.issued": ("document.invoice", "credit.seal"),
    "engagement.closed": ("document.passport", "pack.seal"),
}


@handles("news")
def spread(payload: dict[str, Any], at: datetime) -> None:
    """Plan every consequence of one deed."""
    followed = payload["topic"].startswith("engagement/") and payload["kind"] not in QUIET
    always = ALWAYS if followed else ()
    for kind in (*always, *FOLLOWS.get(payload["kind"], ())):
        key = f"{kind}:{payload['deed']}"
        plan(kind, key=key, due_at=at, at=at, **payload)
