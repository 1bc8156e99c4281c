"""Where push, text and voice messages leave: a folder by default, one readable file per message.

The folder is the honest default of an installation without a gateway: an operator sees exactly what would have
been sent, and nothing claims to have been delivered further than it was.
"""

import json
from datetime import datetime
from pathlib import Path

from django.conf import settings

from breakfix.kernel.ledger.canonical import plain


def hand_over(*, channel: str, to: str, text: str, key: str, at: datetime) -> Path:
    """Write one message for this channel; writing the same `key` again replaces it, so retries never double it."""
    folder = Path(settings.VAR, "outbox") / channel
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{key.replace('/', '-').replace(':', '-')}.json"
    body = {"channel": channel, "to": to, "text": text, "at": plain(at)}
    path.write_text(json.dumps(body, ensure_ascii=False, indent=2), encoding="utf-8")
    return path
