"""Mail that comes in: what a crash left unread is settled."""

from datetime import datetime
from typing import Any

from breakfix.intake import mails
from breakfix.jobs.registry import handles


@handles("mail.settle")
def settle(payload: dict[str, Any], at: datetime) -> None:
    """Look after one stored mail: whoever stored it has settled it by now, or crashed."""
    mails.settle(payload["mail"], at)
