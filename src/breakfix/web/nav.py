"""What the frame of every page needs: the way round for this person, and the zone in which they read times."""

import functools
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from breakfix.kernel.access import Actor, Deed, Role, may
from breakfix.parties import queries as parties
from breakfix.quotes import calibration
from breakfix.web import factors, oidc

ON_THE_PHONE = 4  # places beside "More" where there is no room for all
EVERYBODY = frozenset(Role)
DESK = frozenset({Role.DISPATCHER, Role.PROVIDER_ADMIN, Role.DIRECTOR, Role.QUOTING_ENGINEER, Role.REVIEWER})
FIELD = frozenset({Role.TECHNICIAN})
ROSTER = frozenset({Role.DISPATCHER, Role.PROVIDER_ADMIN, Role.DIRECTOR})
MONEY = frozenset({Role.PROVIDER_FINANCE, Role.CLIENT_FINANCE, Role.AUDITOR})
OVERSEERS = frozenset({Role.CLIENT_ADMIN, Role.PROVIDER_ADMIN, Role.SECURITY_OFFICER, Role.AUDITOR, Role.DIRECTOR})
AUDITED = frozenset({Role.CLIENT_ADMIN, Role.CLIENT_FINANCE, Role.AUDITOR})
MAILED = frozenset({Role.REQUESTER, Role.SERVICE_OWNER, Role.DISPATCHER, Role.DIRECTOR, Role.PROVIDER_ADMIN})
ALERTED = frozenset({Role.REQUESTER, Role.SERVICE_OWNER, Role.CLIENT_ADMIN, Role.DISPATCHER, Role.DIRECTOR})
SIGNERS = frozenset({Role.APPROVER, Role.DATA_OWNER, Role.SECURITY_OFFICER, Role.CLIENT_ADMIN, Role.AUDITOR})


@dataclass(frozen=True)
class Place:
    """One entry of the menu: for whoever holds one of the roles and may do the deed.

    `short` is for the phone; `key` leads there from anywhere. J, K, A and C belong to the lists.
    """

    view: str
    label: str
    icon: str
    short: str = ""
    key: str = ""
    roles: frozenset[Role] = EVERYBODY
    deed: Deed | None = None

    def is_for(self, by: Actor) -> bool:
        return bool(by.roles & self.roles) and (self.deed is None or may(by, self.deed))


# In the order of the menu, which is the order of the road. A page file adds its line here.
PLACES: tuple[Place, ...] = (
    Place("home", "Home", "home", key="h"),
    Place("field", "My visits", "tool", "Visits", key="v", roles=FIELD),
    Place("desk", "Desk", "layout-kanban", key="d", roles=DESK),
    Place("calls", "Take a call", "phone", "Call", key="n", deed=Deed.TAKE_CALL),
    Place("report", "Report", "urgent", key="r", deed=Deed.REPORT_FAILURE),
    Place("engagements", "Engagements", "list", "Open", key="e"),
    Place("alerts", "Alerts", "bell", roles=ALERTED),
    Place("mails", "Mail", "mail", roles=MAILED),
    Place("vendor_cases_now", "Vendor cases", "phone", roles=DESK),
    Place("drills", "Drills", "trending-up", roles=DESK),
    Place("assets", "Assets", "server", key="s", roles=EVERYBODY - FIELD),
    Place("catalogue", "Catalogue", "package", roles=DESK),
    Place("agreements", "Agreements", "signature", "Terms", key="t", roles=EVERYBODY - FIELD),
    Place("delegations", "Who signs", "user-check", "Signers", key="w", roles=SIGNERS),
    Place("findings", "Findings", "flag", roles=AUDITED),
    Place("roster", "Roster", "users", key="p", roles=ROSTER),
    Place("people", "People", "user-plus", key="o", roles=OVERSEERS),
    Place("access_now", "Access", "key", key="x", roles=frozenset({Role.SECURITY_OFFICER})),
    Place("calibration", "Calibration", "gauge", key="q", roles=calibration.READERS),
    Place("billing", "Billing", "receipt", key="b", roles=MONEY),
    Place("tokens", "Tokens", "key", roles=EVERYBODY - FIELD),
    Place("log", "Evidence", "history", "Log", key="l", roles=EVERYBODY - FIELD),
)


@functools.cache
def href_of(view: str) -> str:
    """Where an entry of the menu leads: the same on every page, so it is looked up once."""
    return reverse(view)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: `nav`, `more` of it, `zone`, and `signs`, the demo's sign-ins before signing in."""
    if not request.user.is_authenticated:
        demo = settings.BREAKFIX_DEMO_CLOCK and request.path == reverse("account_login")
        return {"nav": [], "zone": "UTC", "signs": _signs() if demo else [], "sso": oidc.offered(), **_factors()}
    by = getattr(request, "actor", None) or parties.actor_for(request.user)
    places = [(place, href_of(place.view)) for place in PLACES if place.is_for(by)]
    here = max((href for _, href in places if _leads(href, request.path)), key=len, default="")
    entries = [_entry(place, href, href == here) for place, href in places]
    # Whoever has to set up a factor first is led there from everywhere: a menu would only lead in circles.
    missing = request.path.startswith("/accounts/") and factors.stopped(request)
    entries = [] if missing else entries
    more = entries[ON_THE_PHONE:] if len(entries) > ON_THE_PHONE + 1 else []
    found = {"nav": entries, "more": more, "zone": parties.zone_of(request.user)}
    return {**found, "factor_missing": missing, **_factors()}


def _factors() -> dict[str, Any]:
    return {"factors_offered": settings.BREAKFIX_MFA == "offered"}


def _entry(place: Place, href: str, here: bool) -> dict[str, Any]:
    short = place.short or place.label
    return {"label": place.label, "short": short, "icon": place.icon, "key": place.key, "href": href, "here": here}


def _leads(href: str, path: str) -> bool:
    return path == href or (href != "/" and path.startswith(f"{href}/"))


def _signs() -> list[dict[str, Any]]:
    """Everybody who can sign in to the demo, by organisation."""
    groups: dict[str, list[dict[str, str]]] = {}
    for email, words in parties.demo_sign_ins():
        organisation, _, roles = words.partition(": ")
        groups.setdefault(organisation, []).append({"email": email, "roles": roles})
    return [{"organisation": name, "people": people} for name, people in groups.items()]
