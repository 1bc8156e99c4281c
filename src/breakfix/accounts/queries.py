"""Reading invitations: by the link somebody opened, and what the administrator sees beside each person."""

from collections.abc import Iterable

from breakfix.accounts import rules
from breakfix.accounts.models import Invitation
from breakfix.kernel.errors import NotFound


def find_invitation(token: str) -> Invitation | None:
    """By the token of its link, whoever asks: the token is the proof. Its state is for the deed to judge."""
    if not token:
        return None
    found = Invitation.objects.filter(token_sha256=rules.hashed(token)).select_related("person__organisation")
    return found.first()


def hashed(token: str) -> str:
    """What is kept of a token, for the door that makes one."""
    return rules.hashed(token)


def lock_invitation(invitation_id: int) -> Invitation:
    """Held until the end of the deed."""
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("person__organisation")
    found = rows.filter(pk=invitation_id).first()
    if found is None:
        raise NotFound("This invitation")
    return found


def latest_invitations(person_ids: Iterable[int]) -> dict[int, Invitation]:
    """The last invitation of each of these people, of those who ever had one; the caller may see the people."""
    rows = Invitation.objects.filter(person_id__in=set(person_ids)).order_by("invited_at", "id")
    return {row.person_id: row for row in rows}
