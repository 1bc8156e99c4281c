"""When an invitation may still be used, and whose access may be switched off."""

import hashlib
from datetime import datetime, timedelta

from breakfix.kernel.access import Actor, Role
from breakfix.kernel.errors import Refused

LASTS = timedelta(days=7)


def hashed(token: str) -> str:
    """What is kept of a link's token: it has 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def check_roles(roles: list[Role]) -> None:
    """Refuse to invite somebody who could do nothing here."""
    if not roles:
        raise Refused("no_role", "Choose at least one role: without one there is nothing to see.", field="roles")


def check_open(*, is_open: bool, expires_at: datetime, at: datetime) -> None:
    """Refuse a link that was used, replaced or is older than a week: the three are not told apart."""
    if not is_open or at >= expires_at:
        message = "This invitation no longer works. Ask the administrator of your organisation for a new one."
        raise Refused("invitation_over", message)


def check_can_invite_again(*, has_password: bool, is_active: bool) -> None:
    """Refuse a second way in for somebody who has one already."""
    if not is_active:
        raise Refused("switched_off", "Switch their access on first.")
    if has_password:
        message = "They have a password already; a new one comes by mail from the sign-in page."
        raise Refused("has_password", message)


def check_not_oneself(by: Actor, person_id: int) -> None:
    """Refuse to shut oneself out: nobody could be left to open again."""
    if by.person_id == person_id:
        raise Refused("own_access", "You cannot do this to your own access; ask another administrator.")


def check_switched(*, is_active: bool, wanted: bool) -> None:
    """Refuse to switch what stands that way already."""
    if is_active is wanted:
        word = "on" if wanted else "off"
        raise Refused("already_switched", f"Their access is switched {word} already.")
