"""What is kept whatever happens: legal hold, and nothing wiped before the security officer said so (domain.md C7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from breakfix.agreements.values import Domain
from breakfix.incidents.values import Status
from breakfix.kernel.errors import Refused

# {"hold": {"since", "by", "reason"}, "wiping": {"since", "by", "reason"}}; either may be missing.
Preserved = Mapping[str, Any]
BY_ITSELF = "A security incident is kept whole until the security officer releases it."


def noted(preserved: Preserved | None, what: str, *, by: str, reason: str, at: datetime) -> dict[str, Any]:
    """With one more statement: who made it, when and why."""
    return {**(preserved or {}), what: {"since": at.isoformat(), "by": by, "reason": reason}}


def without_hold(preserved: Preserved | None) -> dict[str, Any]:
    """After the release."""
    return {name: one for name, one in (preserved or {}).items() if name != "hold"}


def is_held(preserved: Preserved | None) -> bool:
    """Whether a legal hold is in force."""
    return bool(preserved and preserved.get("hold"))


def check_can_hold(preserved: Preserved | None) -> None:
    """Refuse a second hold: the first one's reason stands."""
    if is_held(preserved):
        raise Refused("already_held", "A legal hold is in force already.", since=_hold(preserved)["since"])


def check_can_release(preserved: Preserved | None) -> None:
    """Refuse to release what is not held."""
    if not is_held(preserved):
        raise Refused("not_held", "There is no legal hold to release.")


def check_may_destroy(preserved: Preserved | None) -> None:
    """Refuse to destroy or send away anything of an engagement under legal hold, whoever decided it."""
    if is_held(preserved):
        hold = _hold(preserved)
        message = (
            f"Under legal hold since {hold['since'][:10]}, set by {hold['by']}: nothing of it is destroyed or leaves."
        )
        raise Refused("legal_hold", message, remedy="The client's security officer can release it, with a reason.")


def may_wipe(domain: Domain, preserved: Preserved | None) -> bool:
    """Whether a step that wipes may begin: in a restricted domain once the security officer agreed, under no hold."""
    if is_held(preserved):
        return False
    return not domain.described.restricted or bool(preserved and preserved.get("wiping"))


def check_may_wipe(domain: Domain, preserved: Preserved | None) -> None:
    """Refuse a step that wipes before the security officer agreed to it."""
    check_may_destroy(preserved)
    if not may_wipe(domain, preserved):
        message = "Nothing is wiped or destroyed here before the client's security officer agrees to it."
        raise Refused("wiping_not_allowed", message, remedy="They agree on the page of the engagement.")


def check_can_allow(domain: Domain, preserved: Preserved | None, status: Status) -> None:
    """Refuse to agree twice, where nobody has to, under a hold, and where nothing is left to wipe.

    Of what was called off there may be: media in custody keep it from being closed.
    """
    if status is Status.CLOSED:
        raise Refused("wrong_state", "This is CLOSED; nothing of it is here any more.", status=status.value)
    check_may_destroy(preserved)
    if not domain.described.restricted:
        raise Refused("nothing_to_allow", "No such agreement is needed on this engagement.")
    if preserved and preserved.get("wiping"):
        raise Refused("already_allowed", "This was agreed to already.", since=preserved["wiping"]["since"])


def _hold(preserved: Preserved | None) -> Mapping[str, str]:
    held: Mapping[str, str] = (preserved or {})["hold"]
    return held
