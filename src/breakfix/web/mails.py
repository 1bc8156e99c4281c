"""What came by mail: what waits, what became of the rest, one mail as text, and a draft that becomes a report."""

from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.http import content_disposition_header

from breakfix.agreements import queries as agreements
from breakfix.assets import queries as assets
from breakfix.intake import queries as intake
from breakfix.intake import tallying
from breakfix.intake.actions import mail as actions
from breakfix.intake.values import Outcome
from breakfix.kernel.access import ROLES_FOR, Deed, Side, may
from breakfix.kernel.errors import NotFound
from breakfix.parties import queries as parties
from breakfix.web import questions
from breakfix.web.door import Visit, deed, page, reading

MOST_WAITING, MOST_PAST = 50, 50
TONES = {
    Outcome.TICKET: ("draft", "info"),
    Outcome.COMMENT: ("comment", "good"),
    Outcome.IGNORED: ("ignored", "mute"),
    Outcome.QUARANTINE: ("quarantine", "wait"),
}


def mails(visit: Visit) -> HttpResponse:
    """The drafts and the quarantine, what became of the rest, the counts, and the mailboxes."""
    return visit.page("web/mails/list.html", _context(visit))


def added(visit: Visit, mailbox: Any) -> HttpResponse:
    """The same page with the secret of the new mailbox: in this answer, and never again."""
    there = visit.request.build_absolute_uri(reverse("mail_told"))
    return visit.page("web/mails/list.html", {**_context(visit), "fresh": mailbox, "there": there}, status=201)


def _context(visit: Visit) -> dict[str, Any]:
    by = visit.by
    keeps = may(by, Deed.ADD_MAILBOX)
    if not (intake.is_desk(by) or keeps or (by.side is Side.CLIENT and may(by, Deed.REPORT_MAIL))):
        raise NotFound("This page")
    number = visit.request.GET.get("quarantine", "")
    at_page = max(int(number), 1) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    first = (at_page - 1) * MOST_WAITING
    # Who has waited longest first, as for drafts.
    waiting = list(intake.quarantined(by).order_by("received_at", "id")[first : first + MOST_WAITING + 1])
    past = intake.mails_visible_to(by).exclude(outcome=Outcome.QUARANTINE.value, dismissed_at=None)
    return {
        "desk": intake.is_desk(by),
        "drafts": intake.drafts_waiting(by)[:MOST_WAITING],
        "decided": intake.drafts_visible_to(by).exclude(engagement=None, dismissed_at=None)[:MOST_WAITING],
        "waiting": waiting[:MOST_WAITING],
        "later": at_page + 1 if len(waiting) > MOST_WAITING else None,
        "earlier": at_page - 1,
        "past": [_line(one) for one in past[:MOST_PAST]],
        "tallies": tallying.tallies(list(intake.mailboxes_visible_to(by)), by),
        "keeps": keeps,
    }


def _line(mail: Any) -> dict[str, Any]:
    word, tone = TONES[Outcome(mail.outcome)] if mail.outcome else ("being read", "wait")
    return {"mail": mail, "word": word, "tone": tone}


def mail(visit: Visit, mail_id: int) -> HttpResponse:
    """One mail: its text as plain text, why it waits, and what may be done about it."""
    found = intake.get_mail(mail_id, visit.by)
    waits = found.outcome == Outcome.QUARANTINE.value and found.dismissed_at is None
    context = {
        **_line(found),
        "waits": waits,
        "beginning": "" if found.text or not found.raw else bytes(found.raw)[: intake.SHOWN].decode(errors="replace"),
        "draft": intake.drafts_visible_to(visit.by).filter(mail=found).first(),
        "people": _who_may_report(visit) if waits and may(visit.by, Deed.ASSIGN_MAIL) else [],
    }
    return visit.page("web/mails/mail.html", context)


def _who_may_report(visit: Visit) -> list[tuple[int, str]]:
    """People of this provider's clients who may report failures."""
    found = []
    for client in agreements.clients_of(visit.by.organisation_id or 0, visit.at):
        people = parties.people_with(ROLES_FOR[Deed.REPORT_FAILURE], client.pk, visit.at)
        found += [(one.pk, f"{one.name}, {client.name}") for one in people]
    return found


def mail_raw(visit: Visit, mail_id: int) -> HttpResponse:
    """The bytes as they came, to take away: never shown inside the browser."""
    found = intake.get_mail(mail_id, visit.by)
    if not found.raw:
        raise NotFound("These bytes")
    response = HttpResponse(bytes(found.raw), content_type="text/plain")
    response["Content-Disposition"] = content_disposition_header(True, f"mail-{found.pk}.eml") or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def mail_draft(visit: Visit, draft_id: int) -> HttpResponse:
    """One draft: what was written, and the questions that make it a report."""
    found = intake.get_draft(draft_id, visit.by)
    machines = assets.assets_visible_to(visit.by).filter(client=found.client_id)
    sites = [one for one in parties.sites_visible_to(visit.by) if one.organisation_id == found.client_id]
    said = f"{found.title}\n{found.text}".lower()
    named = [one for one in machines if one.name.lower() in said or (one.tag and one.tag.lower() in said)]
    context = {
        "draft": found,
        "machines": [(one.pk, f"{one.name}, {one.site.name} ({one.maker} {one.model})") for one in machines],
        # What is written in it is a hint: among several, none is chosen.
        "named": named[0].pk if len(named) == 1 else None,
        "sites": [(one.pk, one.name) for one in sites],
        "site": sites[0].pk if len(sites) == 1 else None,
        "domains": questions.DOMAINS,
        **questions.about(visit.typed.values.get("domain", "")),
        "questions": questions.for_side(visit.by.side, dated=questions.ON_THE_WHOLE_FORM),
        "on_desk": intake.is_desk(visit.by),
    }
    return visit.page("web/mails/draft.html", context, status=questions.status_of(visit))


def mail_draft_questions(visit: Visit, draft_id: int) -> HttpResponse:
    """The draft again with what the chosen domain asks, and everything that was typed; nothing is kept."""
    return mail_draft(questions.again(visit, actions.report_mail, reverse("report_mail", args=[draft_id])), draft_id)


def _to_engagement(result: Any) -> str:
    return reverse("engagement", args=[result.pk])


def _to_draft(result: Any) -> str:
    return reverse("mail_draft", args=[result.pk])


_ONE, _DRAFT = "mails/<int:mail_id>", "mail-drafts/<int:draft_id>"
_REPORTED = "Reported. The clocks run; the desk has been told."
urlpatterns = [
    path("mails", page(mails), name="mails"),
    path(
        "mails/add_mailbox",
        deed(actions.add_mailbox, on=mails, done="", shown=added),
        name="add_mailbox",
    ),
    path(
        "mails/close_mailbox",
        deed(actions.close_mailbox, on=mails, done="No more mail is taken there."),
        name="close_mailbox",
    ),
    path(_ONE, page(mail), name="mail"),
    path(f"{_ONE}/raw", page(mail_raw), name="mail_raw"),
    path(
        f"{_ONE}/settle_mail",
        deed(actions.settle_mail, on=mail, done="Settled; its bytes are kept."),
        name="settle_mail",
    ),
    path(
        f"{_ONE}/assign_mail",
        deed(actions.assign_mail, on=mail, done="It is a draft now.", to=_to_draft),
        name="assign_mail",
    ),
    path(_DRAFT, page(mail_draft), name="mail_draft"),
    path(f"{_DRAFT}/questions", reading(mail_draft_questions), name="mail_draft_questions"),
    path(
        f"{_DRAFT}/report_mail",
        deed(actions.report_mail, on=mail_draft, done=_REPORTED, to=_to_engagement),
        name="report_mail",
    ),
    path(
        f"{_DRAFT}/dismiss_mail",
        deed(actions.dismiss_mail, on=mail_draft, done="Dismissed."),
        name="dismiss_mail",
    ),
]
