"""Signing in with an organisation's own account: whoever is enrolled is found by the address it vouches for.

Nothing of the provider's is stored, nobody is enrolled by it, and roles stay ours. A second factor that somebody set
up here is asked for here, too.
"""

import functools
import logging
from collections.abc import Callable
from typing import Any

import requests
from allauth.account.adapter import get_adapter as account_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from breakfix.parties import queries as parties

log = logging.getLogger(__name__)
NOBODY = "That account is not known here. Ask the administrator of your organisation to enrol its e-mail address."


class Adapter(DefaultSocialAccountAdapter):
    """No sign-up, no accounts joined: the provider says who somebody is, and the house knows them or does not."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Find the person by a verified address; an address that the provider does not vouch for finds nobody."""
        vouched = [one.email for one in sociallogin.email_addresses if one.verified is True]
        found = next((person for email in vouched if (person := parties.find_person(email)) is not None), None)
        if found is None:
            messages.error(request, NOBODY)
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))
        if not found.is_active:
            raise ImmediateHttpResponse(account_adapter(request).respond_user_inactive(request, found))
        sociallogin.user = found

    def on_authentication_error(self, request: HttpRequest, *_given: Any, **_more: Any) -> None:
        """Whatever went wrong on the way: back to the sign-in, with a sentence instead of the provider's words."""
        raise ImmediateHttpResponse(_back(request))


def _back(request: HttpRequest) -> HttpResponseRedirect:
    messages.error(request, "Signing in there did not work. Try again, or use your password.")
    return HttpResponseRedirect(reverse("account_login"))


def _excused(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A provider that does not answer, or answers nonsense, is no fault of ours: a sentence instead of a crash."""

    @functools.wraps(view)
    def gone(request: HttpRequest, provider_id: str) -> HttpResponse:
        if "\x00" in provider_id:  # PostgreSQL takes it in no text, and nothing is called so
            raise Http404
        try:
            return view(request, provider_id)
        except (requests.RequestException, OAuth2Error, KeyError) as wrong:
            log.warning("The OpenID provider failed: %s", wrong)
            return _back(request)

    return gone


login, callback = _excused(views.login), _excused(views.callback)


def offered() -> str:
    """The words of the button, or nothing where no provider is configured."""
    return settings.BREAKFIX_OIDC_NAME if settings.BREAKFIX_OIDC_ISSUER else ""
