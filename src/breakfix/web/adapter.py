"""How django-allauth behaves here: who gets in, how guesses are counted, where links lead, how mails leave."""

from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from breakfix.kernel import clock, sessions
from breakfix.kernel.confirming import confirmed
from breakfix.kernel.errors import Refused
from breakfix.web import kept, letters, proofs


class Adapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: people are entered by an administrator of their organisation."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This address and this password do not belong together.",
        "too_many_login_attempts": (
            "Too many wrong passwords from here. Wait fifteen minutes, sign in from elsewhere, "
            "or ask for a new password by mail."
        ),
        "incorrect_password": "This is not your password.",
        "incorrect_code": "This code is wrong, too old, or was used already. Wait for the next one.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    # ------------------------------------------------------------------------------------------- passwords

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        if not proofs.may_sign_in(_email(credentials), request):
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        person = super().authenticate(request, **credentials)
        if person is not None:
            proofs.signed_in(_email(credentials), request)
        return person

    def reauthenticate(self, user: Any, password: str) -> bool:
        try:
            confirmed(user, password, clock.now())
        except Refused as no:
            if no.code == "too_many_guesses":
                raise self.validation_error("too_many_login_attempts") from None
            return False
        return True

    def set_password(self, user: Any, password: str) -> None:
        sessions.keep_password(user, password)
        proofs.owner_returned(user.email)

    def is_reauthentication_required(self, *, app: str, **given: Any) -> bool:
        """Whoever signed in within the last five minutes is not asked again at once."""
        request = context.request
        records = get_authentication_records(request, request.user)
        last = records[-1]["at"] if records else 0
        recently = clock.real_now().timestamp() - last < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        return not recently and bool(super().is_reauthentication_required(app=app, **given))

    # -------------------------------------------------------------------------------------------- sessions

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        sessions.begin(request, clock.real_now())

    def post_login(self, request: HttpRequest, user: Any, **given: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **given)
        kept.remember(response, user)
        return response

    def logout(self, request: HttpRequest) -> None:
        if request.POST.get("everywhere"):
            sessions.end_others(request.user.pk or 0, request.session.session_key)
        super().logout(request)

    # ----------------------------------------------------------------------------------------------- mails

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Built from the settings alone: no header of a request says where a link leads."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", quote(key))

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        letters.tell_of_change(user, template_prefix.rpartition("/")[2], address=self.get_client_ip(self.request))


def _email(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "")
