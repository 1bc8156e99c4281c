"""The entrance's own forms and pages: asking for a link, changing the password, accepting an invitation."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, ResetPasswordForm, ResetPasswordKeyForm
from allauth.account.utils import user_pk_to_url_str
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from breakfix.accounts import actions
from breakfix.accounts import queries as accounts
from breakfix.kernel import clock
from breakfix.kernel.access import Actor, Deed, may
from breakfix.kernel.confirming import confirmed
from breakfix.kernel.errors import Refused
from breakfix.parties import actions as parties_actions
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
    """The old password is asked for and counted; a new one ends every other session.

    Tokens are no part of the password: whoever suspects somebody ends them with it, whoever only changes it keeps
    their programs running.
    """

    end_tokens = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.tokens = len(_tokens_in_force(parties.actor_for(self.user)))

    @transaction.atomic
    def save(self) -> None:
        ChangePasswordForm.save(self)
        if self.cleaned_data["end_tokens"]:
            end_tokens(self.user)

    def clean_oldpassword(self) -> str:
        old = str(self.cleaned_data.get("oldpassword", ""))
        try:
            confirmed(self.user, old, clock.now())
        except Refused as no:
            wrong = get_adapter().validation_error("incorrect_password")
            raise (ValidationError(no.message) if no.code == "too_many_guesses" else wrong) from None
        return old


class ResetPassword(ResetPasswordKeyForm):
    """A new password by a link: whoever had the account may have made keys, so one's own tokens end with it.

    Those of machines go on: an emergency that a monitor reports does not wait for somebody's password.
    """

    @transaction.atomic
    def save(self) -> None:
        now = parties.lock_person(self.user.pk, by=parties.actor_for(self.user))
        if now.password != self.user.password:  # the same link, pressed at the same moment: its own page says so
            ids = {"uidb36": user_pk_to_url_str(self.user), "key": self.temp_key}
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_reset_password_from_key", kwargs=ids)))
        ResetPasswordKeyForm.save(self)
        end_tokens(self.user)


def end_tokens(person: Any) -> None:
    """Revoke every token that acts as this person, in the caller's transaction; each is in the evidence log."""
    by, at = parties.actor_for(person), clock.now()
    # All are held before the log is: whoever ends one of them holds that one and waits for the log.
    held = [parties.lock_token(pk, by=by) for pk in sorted(one.pk for one in _tokens_in_force(by))]
    for token in held:
        if token.revoked_at is None:  # somebody may have ended it meanwhile
            parties_actions.revoke_token(token.pk, by=by, at=at)


def _tokens_in_force(by: Actor) -> list[Any]:
    # Without any role a token opens nothing, and there is nobody who could revoke it in their name.
    rows = parties.tokens_visible_to(by) if may(by, Deed.REVOKE_TOKEN) else []
    live = [one for one in rows if one.revoked_at is None and one.expires_at > clock.now()]
    return [one for one in live if one.person_id == by.person_id]


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
