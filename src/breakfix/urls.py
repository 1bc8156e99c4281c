"""Joins the doors' routes; a closed door has no line here."""

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.urls import include, path, re_path

from breakfix.api.app import api
from breakfix.web import oidc
from breakfix.web.entrance import invitation
from breakfix.web.factors import renewing

# Only what somebody enrolled by their organisation needs: no sign-up, no change of address.
accounts = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("password/change/", account.password_change, name="account_change_password"),
    path("invitation/<str:token>/", invitation, name="invitation"),
    path("sso/<str:provider_id>/login/", oidc.login, name="openid_connect_login"),
    path("sso/<str:provider_id>/callback/", oidc.callback, name="openid_connect_callback"),
]
factors = [
    path("code/", factor.authenticate, name="mfa_authenticate"),
    path("confirm/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("security/", factor.index, name="mfa_index"),
    path("security/app/", renewing(totp.activate_totp), name="mfa_activate_totp"),
    path("security/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("security/codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("security/codes/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("security/keys/", keys.list_webauthn, name="mfa_list_webauthn"),
    path("security/keys/add/", renewing(keys.add_webauthn), name="mfa_add_webauthn"),
    path("security/keys/confirm/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("security/keys/<int:pk>/remove/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("security/keys/<int:pk>/edit/", keys.edit_webauthn, name="mfa_edit_webauthn"),
]

urlpatterns = [
    path("accounts/", include(accounts + factors)),
    path("", include("breakfix.intake.acknowledgements")),
    path("", include("breakfix.intake.webhooks")),
    path("", include("breakfix.intake.posting")),
    path("api/v1/", api.urls),
    path("", include("breakfix.web.urls")),
]
handler400 = "breakfix.web.faults.bad_request"
