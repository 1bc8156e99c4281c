"""Second factors: what somebody has enrolled, and whether a code belongs to it.

django-allauth keeps them. It remembers a used code in each process's own memory and for 30 seconds only, although
codes of one step before and after count too; here the step itself is remembered, in the row.
"""

import hmac
import logging
from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.db import transaction

from breakfix.kernel import clock, sealing
from breakfix.kernel.access import FACTOR_ROLES, Role

PERIOD, TOLERANCE = 30, 1  # seconds of a step, steps before and after (RFC 6238 §5.2)
TYPES = Authenticator.Type
CODES = frozenset({TYPES.TOTP, TYPES.RECOVERY_CODES})

log = logging.getLogger(__name__)


def enrolled(person_id: int) -> bool:
    """Whether this person has a second factor; recovery codes alone are none."""
    return Authenticator.objects.filter(user_id=person_id, type__in=[TYPES.TOTP, TYPES.WEBAUTHN]).exists()


def enrolled_of(person_ids: Iterable[int]) -> set[int]:
    """Those of these people who have one."""
    rows = Authenticator.objects.filter(user_id__in=set(person_ids), type__in=[TYPES.TOTP, TYPES.WEBAUTHN])
    return set(rows.values_list("user_id", flat=True))


def is_missing(person_id: int, roles: Iterable[Role]) -> bool:
    """Whether these roles ask for a second factor, it is required here, and this person has none."""
    if settings.BREAKFIX_MFA != "required" or FACTOR_ROLES.isdisjoint(roles):
        return False
    return not enrolled(person_id)


def any_sealed() -> bool:
    """Whether the database holds secrets that only the installation's key opens."""
    return Authenticator.objects.filter(type__in=CODES).exists()


def remove_all(person_id: int) -> int:
    """Take every factor from this person, recovery codes too; returns how many there were."""
    return Authenticator.objects.filter(user_id=person_id).delete()[0]


@transaction.atomic
def answered(person_id: int, code: str, *, codes_only: bool = False) -> Authenticator | None:
    """The factor to which this code belongs, and it is used up; None for a wrong, an old or a used one.

    `codes_only`: only codes of an app count, not recovery codes, which are for getting in and nothing else.
    """
    digits = "".join(code.split())
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 10:
        return None
    types = [TYPES.TOTP] if codes_only else sorted(CODES, reverse=True)
    rows = Authenticator.objects.select_for_update().filter(user_id=person_id, type__in=types).order_by("-type")
    for row in rows:
        try:
            right = _uses_step(row, digits) if row.type == TYPES.TOTP else row.wrap().validate_code(digits)
        except sealing.Unreadable as wrong:
            log.error("A second factor cannot be read, so it lets nobody in: %s", wrong)
            continue
        if right:
            return row
    return None


def _uses_step(row: Authenticator, digits: str) -> bool:
    """Whether these are the digits of a step that has not been used, nor any after it; then it is used."""
    now = int(clock.real_now().timestamp()) // PERIOD
    secret = sealing.unseal(row.data["secret"])
    for step in range(now - TOLERANCE, now + TOLERANCE + 1):
        if hmac.compare_digest(format_hotp_value(hotp_value(secret, step)), digits):
            if step <= row.data.get("used_step", -1):
                return False
            row.data["used_step"] = step
            row.save(update_fields=["data"])
            return True
    return False
