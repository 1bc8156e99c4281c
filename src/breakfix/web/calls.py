"""Taking a call: who is calling, what happened, read back to them, and it is reported. All by keyboard."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from breakfix.agreements import queries as agreements
from breakfix.assets import queries as assets
from breakfix.incidents import calling
from breakfix.incidents import queries as incidents
from breakfix.incidents.actions.calling import take_call
from breakfix.kernel.access import Deed, require
from breakfix.kernel.binding import bind, nest
from breakfix.kernel.errors import Refused
from breakfix.parties import queries as parties
from breakfix.web import questions
from breakfix.web.door import NOT_FIELDS, Visit, deed, page, reading, zone_of
from breakfix.web.find import words_in
from breakfix.web.incidents import OVER

MOST_OPEN = 8
KINDS = {"ENGAGE": "an engineer gets in touch", "ONSITE": "somebody is on site", "RESTORE": "we aim to have it back"}


def calls(visit: Visit) -> HttpResponse:
    """Who is calling: found by name, company or number."""
    require(visit.by, Deed.TAKE_CALL)
    words = words_in(visit.request.GET)
    found = calling.callers(words, visit.by, visit.at) if words else []
    return visit.page("web/calls/who.html", {"words": words, "callers": found, "most": calling.MOST_CALLERS})


def call(visit: Visit, requester_id: int) -> HttpResponse:
    """The call of one person on one page; after a refusal with what is to be read back."""
    caller = calling.get_caller(requester_id, visit.by, visit.at)
    company = caller.organisation_id
    machines = [one for one in assets.assets_visible_to(visit.by) if one.client_id == company]
    sites = [one for one in parties.sites_visible_to(visit.by) if one.organisation_id == company]
    waiting = incidents.visible_to(visit.by).filter(client=company).exclude(status__in=OVER)
    context = {
        "caller": caller,
        "machines": [(one.pk, f"{one.name}, {one.site.name}") for one in machines],
        "sites": [(one.pk, one.name) for one in sites],
        "waiting": list(waiting[:MOST_OPEN]),
        "agreed": agreements.find_in_force(company, visit.by.organisation_id or 0, visit.at),
        "domains": questions.DOMAINS,
        "questions": questions.for_side(visit.by.side),
        "began": visit.at - timedelta(minutes=5),
        "duty_ends": questions.DUTY_ENDS,
    }
    context |= questions.about(visit.typed.values.get("call-domain", ""))
    if visit.typed.refusal is not None:
        context |= _heard(visit, requester_id, visit.typed.values)
    return visit.page("web/calls/call.html", context, status=questions.status_of(visit))


def call_questions(visit: Visit, requester_id: int) -> HttpResponse:
    """The call again with what the chosen domain asks, and everything that was typed; nothing is kept."""
    return call(questions.again(visit, take_call, reverse("take_call", args=[requester_id])), requester_id)


def read_back(visit: Visit, requester_id: int) -> HttpResponse:
    """What is read to the caller as it is typed now; nothing is kept."""
    calling.get_caller(requester_id, visit.by, visit.at)  # whoever may not take this call learns nothing of the form
    typed = {name: str(value) for name, value in visit.request.POST.items() if name not in NOT_FIELDS}
    return visit.page("web/calls/read_back.html", _heard(visit, requester_id, typed))


def _heard(visit: Visit, requester_id: int, typed: Mapping[str, str]) -> dict[str, Any]:
    """The sentences, or what is still missing to form them."""
    given = nest({name: value for name, value in typed.items() if name != "read_back_sha256"})
    try:
        arguments = bind(calling.read_back, {**given, "requester_id": requester_id}, zone=zone_of(visit.request))
        heard = calling.read_back(**arguments, by=visit.by, at=visit.at)
    except Refused as no:
        return {"missing": no.message.replace(" of call", "")}
    return {"heard": heard, "promises": [(KINDS[kind.value], due) for kind, due in heard.promises if due]}


def _to_engagement(result: Any) -> str:
    return reverse("engagement", args=[result.pk])


urlpatterns = [
    path("calls", page(calls), name="calls"),
    path("calls/<int:requester_id>", page(call), name="call"),
    path("calls/<int:requester_id>/questions", reading(call_questions), name="call_questions"),
    path("calls/<int:requester_id>/read-back", reading(read_back), name="read_back"),
    path(
        "calls/<int:requester_id>/take_call",
        deed(take_call, on=call, done="Reported and acknowledged. The clocks run.", to=_to_engagement),
        name="take_call",
    ),
]
