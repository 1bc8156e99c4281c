"""Second factors in the browser: how they are kept and asked for, and who gets nowhere without one."""

import functools
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from breakfix.kernel import factors, sealing, sessions
from breakfix.kernel.errors import Refused
from breakfix.parties import queries as parties
from breakfix.web import proofs

# What somebody reaches who has to set up a factor first: setting it up, proving who they are for it, and leaving.
SET_UP = frozenset(
    {
        *("mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes"),
        *("mfa_generate_recovery_codes", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
        *("account_reauthenticate", "account_login", "account_logout", "account_inactive"),
    }
)


class Adapter(DefaultMFAAdapter):
    """Seeds are sealed, and a key belongs to the address in the settings, whatever a request calls us."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is wrong, too old, or was used already. Wait for the next one.",
    }

    def encrypt(self, text: str) -> str:
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """On white, so that a phone reads it on a dark page, too."""
        drawn = io.BytesIO()
        segno.make(url, error="m").save(drawn, kind="svg", scale=5, border=3, light="#ffffff", xmldecl=False)
        return drawn.getvalue().decode()

    def get_totp_issuer(self) -> str:
        return "Breakfix"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.SITE_URL).hostname or "localhost", "name": "Breakfix"}


class _Counted:
    """A code is counted, and used up, in the database (kernel/factors.py)."""

    user: Any
    cleaned_data: dict[str, Any]
    authenticator: Any

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        try:
            factor = proofs.factor_answered(self.user.pk, code)
        except Refused as no:
            raise ValidationError(no.message) from None
        if factor is None:
            raise Adapter().validation_error("incorrect_code")
        factor.user = self.user
        self.authenticator = factor
        return code


class Authenticate(_Counted, AuthenticateForm):
    """The code after the password."""


class Reauthenticate(_Counted, ReauthenticateForm):
    """The code before something about the account is changed."""


def stopped(request: HttpRequest) -> bool:
    """Whether this person's roles ask for a second factor, it is required here, and there is none."""
    person: Any = request.user
    if settings.BREAKFIX_MFA != "required" or not person.is_authenticated:
        return False
    return factors.is_missing(person.pk, parties.actor_for(person).roles)


def renewing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page after which the session is worth more than before: it goes on under a new id."""

    @functools.wraps(view)
    def seen(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        response = view(request, *args, **given)
        if request.method == "POST" and response.status_code == 302 and request.user.is_authenticated:
            sessions.renew(request)
        return response

    return seen


class FactorFirst:
    """Where second factors are required, whoever needs one and has none reaches only the pages that set it up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Lead to the set-up before any page or deed is looked at."""
        found = request.resolver_match
        if (found is not None and found.view_name in SET_UP) or not stopped(request):
            return None
        return HttpResponseRedirect(reverse("mfa_index"))
