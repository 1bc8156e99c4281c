"""The browser's door: every page and every deed passes here, so the rules of the door are written once.

A deed that is refused shows the same page again, with what was typed, the reason, and the field at fault; nothing
is written. What is not visible to the person is not there: 404, never 403.
"""

import functools
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from breakfix.kernel import clock, fence, figures
from breakfix.kernel.access import Actor
from breakfix.kernel.binding import bind, nest
from breakfix.kernel.confirming import confirmed
from breakfix.kernel.errors import NotAllowed, NotFound, Refused
from breakfix.kernel.files import Upload
from breakfix.parties import queries as parties
from breakfix.web import kept

TOO_LARGE = "This form is too large. Go back: what you typed is still there. Send fewer or smaller files."
NOT_FIELDS = frozenset({"csrfmiddlewaretoken", "password", "next"})
INPUT_FAULTS = frozenset({"missing_field", "invalid_field", "unknown_field", "reauthenticate"})


@dataclass(frozen=True)
class Typed:
    """What somebody typed into one deed's form, and why it was refused."""

    deed: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    refusal: Refused | None = None
    sent_to: str = ""  # the form's own address, where something else than the form was asked


@dataclass(frozen=True)
class Visit:
    """One request by one signed-in person: who, when, and what they had typed."""

    request: HttpRequest
    by: Actor
    at: datetime
    typed: Typed = Typed()

    def page(self, template: str, context: Mapping[str, Any] | None = None, *, status: int = 0) -> HttpResponse:
        """Render a page; a refused deed gives 422 for a wrong field and 409 for a wrong moment."""
        no = self.typed.refusal
        if not status:
            status = (
                200
                if no is None or no is kept.SIGNED_OUT
                else 422
                if no.code in INPUT_FAULTS
                else 403
                if _forbidden(no)
                else 409
            )
        return render(self.request, template, {"visit": self, "typed": self.typed, **(context or {})}, status=status)


Page = Callable[..., HttpResponse]
Reads = Callable[..., dict[str, Any]]  # (visit, what the form holds, **ids)


def _forbidden(no: Refused) -> bool:
    return isinstance(no, NotAllowed)


def _visit(request: HttpRequest, typed: Typed = Typed()) -> Visit:
    by = parties.actor_for(_person(request))
    fence.let_in(by)
    request.actor = by  # type: ignore[attr-defined]  # the frame's menu asks for the same person
    return Visit(request, by, clock.now(), typed)


def _person(request: HttpRequest) -> Any:
    """Whoever signed in: `login_required` has let nobody else through."""
    return request.user


def page(view: Page) -> Page:
    """A page for signed-in people: calls `view(visit, **ids)`; refusals become pages that say what to do."""

    @never_cache
    @login_required
    @require_http_methods(["GET", "HEAD"])
    @functools.wraps(view)
    def shown(request: HttpRequest, **ids: Any) -> HttpResponse:
        if any("\x00" in value for value in request.GET.values()):  # PostgreSQL takes it in no text
            return refusal_page(request, NotFound("This page"))
        typed = kept.take(request)
        again = Typed(typed.deed, typed.values, kept.SIGNED_OUT) if typed else Typed()
        try:
            return view(_visit(request, again), **ids)
        except Refused as no:
            return refusal_page(request, no)

    return shown


def reading(view: Page) -> Page:
    """A form that is sent to be answered and never kept: as `page`, by POST, for what is too long for an address."""

    @never_cache
    @login_required
    @require_http_methods(["POST"])
    @functools.wraps(view)
    def answered(request: HttpRequest, **ids: Any) -> HttpResponse:
        try:
            return view(_visit(request), **ids)
        except Refused as no:
            return refusal_page(request, no)

    return answered


def deed(
    action: Callable[..., Any],
    *,
    on: Page,
    done: str,
    to: Callable[[Any], str] | None = None,
    shown: Callable[[Visit, Any], HttpResponse] | None = None,
    reads: Reads | None = None,
    answer: Callable[[Any], None] | None = None,
) -> Page:
    """A deed's address, one step below its page: POST carries it out and goes back; GET leads up to the page.

    `on` is the bare page view, shown again with what was typed when the deed is refused; `done` is the sentence shown
    afterwards; `to` gives the address to go to from its result (default: same page); `shown` answers with the result
    itself, seen once and never kept; `reads` makes the deed's arguments of a form that is not its own, in its
    transaction: what it locks stays locked; `answer` raises the refusal that a deed, done and recorded, came to.
    """

    @never_cache
    @_keeping_what_was_typed
    @login_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @functools.wraps(action)
    def posted(request: HttpRequest, **ids: Any) -> HttpResponse:
        if request.method != "POST":  # somebody signed in again on the way, or reloaded a refused form
            return HttpResponseRedirect(_page_of(request), status=303)
        try:
            flat = {name: value for name, value in request.POST.items() if name not in NOT_FIELDS}
            uploads = _uploads(request)
        except (RequestDataTooBig, TooManyFilesSent):
            return refusal_page(request, Refused("too_large", TOO_LARGE))
        visit = _visit(request)
        try:
            with figures.trying(action.__name__):
                result = _carry_out(request, action, visit, {**flat, **uploads}, ids, reads)
            if answer is not None:
                answer(result)
        except NotFound as no:
            return refusal_page(request, no)
        except Refused as no:
            typed = Typed(action.__name__, {name: str(value) for name, value in flat.items()}, no)
            return _shown_again(on, Visit(request, visit.by, visit.at, typed), no, ids)
        if shown is not None:
            return shown(visit, result)
        messages.success(request, done)
        return HttpResponseRedirect(to(result) if to else _back(request), status=303)

    return posted


def _shown_again(on: Page, again: Visit, no: Refused, ids: dict[str, Any]) -> HttpResponse:
    """The page of a refused deed with what was typed."""
    try:
        page_again = on(again, **ids)
    except Refused as worse:
        return refusal_page(again.request, worse)
    # A page that only leads elsewhere by now has no place to say why.
    return page_again if page_again.status_code >= 400 else refusal_page(again.request, no)


def _page_of(request: HttpRequest) -> str:
    """The address one step above a deed's: the page with its form."""
    return request.path.rstrip("/").rpartition("/")[0] or "/"


def _keeping_what_was_typed(view: Page) -> Page:
    """A deed that meets no session: its values wait for the one who typed them, while they sign in again."""

    @functools.wraps(view)
    def arrived(request: HttpRequest, **ids: Any) -> HttpResponse:
        if request.method == "POST" and not request.user.is_authenticated:
            values = {name: str(value) for name, value in request.POST.items() if name not in NOT_FIELDS}
            kept.keep(request, view.__name__, _page_of(request), values)
        return view(request, **ids)

    return arrived


def _uploads(request: HttpRequest) -> dict[str, Upload]:
    """The files of a form by field; an input left empty sends none."""
    sent = {name: request.FILES.get(name) for name in request.FILES}
    return {name: Upload(file.name or "", file.read()) for name, file in sent.items() if file is not None}


def _carry_out(
    request: HttpRequest,
    action: Callable[..., Any],
    visit: Visit,
    values: dict[str, Any],
    ids: dict[str, Any],
    reads: Reads | None = None,
) -> Any:
    by, given = visit.by, nest(values)
    if "password" in request.POST:
        confirmed_at = confirmed(_person(request), request.POST["password"], visit.at)
        by = replace(by, confirmed_at=confirmed_at)
    with transaction.atomic() if reads else nullcontext():
        if reads:
            given = reads(visit, given, **ids)
        arguments = bind(action, {**given, **ids}, zone=zone_of(request))
        return action(**arguments, by=by, at=visit.at)


def zone_of(request: HttpRequest) -> str:
    """The zone in which a form's local times are read: the one in which the page shows them to this person."""
    return parties.zone_of(_person(request))


def _back(request: HttpRequest) -> str:
    """Where the form was: the `next` it names if that is one of our paths, else the front page."""
    wanted = request.POST.get("next", "")
    return wanted if wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted else "/"


def refusal_page(request: HttpRequest, no: Refused) -> HttpResponse:
    """A whole page for a refusal that has no form to return to."""
    if isinstance(no, NotFound):
        return render(request, "web/not_found.html", {"refusal": no}, status=404)
    status = 403 if isinstance(no, NotAllowed) else 413 if no.code == "too_large" else 409
    return render(request, "web/refused.html", {"refusal": no}, status=status)
