"""The entrance's own forms and pages: asking for a link, changing the password, accepting an invitation."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, ResetPasswordForm
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from breakfix.accounts import actions
from breakfix.accounts import queries as accounts
from breakfix.kernel import clock
from breakfix.kernel.confirming import confirmed
from breakfix.kernel.errors import Refused
from breakfix.parties import queries as parties
from breakfix.web import letters, proofs


class AskForLink(ResetPasswordForm):
    """Answers alike for everybody: whether somebody has this address is found out later, by the worker."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()

    def save(self, request: HttpRequest, **_given: Any) -> str:
        email = str(self.cleaned_data["email"])
        if proofs.may_write_to(email):
            letters.ask_for_link(email)
        return email


class ChangePassword(ChangePasswordForm):
    """The old password is asked for and counted; a new one ends every other session."""

    def clean_oldpassword(self) -> str:
        old = str(self.cleaned_data.get("oldpassword", ""))
        try:
            confirmed(self.user, old, clock.now())
        except Refused as no:
            wrong = get_adapter().validation_error("incorrect_password")
            raise (ValidationError(no.message) if no.code == "too_many_guesses" else wrong) from None
        return old


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind an invitation's link: who asks whom in, and the first password."""
    at = clock.now()
    if not proofs.may_try_link(request):
        return render(request, "account/invitation.html", {"over": True}, status=429)
    found = accounts.find_invitation(token)
    if found is None or not found.is_open or at >= found.expires_at:
        return render(request, "account/invitation.html", {"over": True}, status=404)
    context: dict[str, Any] = {"person": found.person, "until": found.expires_at}
    if request.method == "POST":
        by, password = parties.actor_for(found.person), request.POST.get("password", "")
        try:
            actions.accept_invitation(found.pk, token=token, password=password, by=by, at=at)
        except Refused as no:
            return render(request, "account/invitation.html", {**context, "no": no}, status=422)
        messages.success(request, "Your password is set. Sign in with it.")
        return HttpResponseRedirect(reverse("account_login"), status=303)
    return render(request, "account/invitation.html", context)
