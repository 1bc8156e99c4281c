"""Task kinds and what carries them out. A handler is idempotent and gets (payload, at)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

Handler = Callable[[dict[str, Any], datetime], None]
HANDLERS: dict[str, Handler] = {}
# Kinds that speak to the world: after a restore they wait until somebody confirms (`breakfix resume-outgoing`).
OUTGOING: set[str] = set()


def handles(kind: str, *, outgoing: bool = False) -> Callable[[Handler], Handler]:
    """Register the one handler of a task kind; `outgoing` if it sends anything to anybody."""

    def register(handler: Handler) -> Handler:
        if kind in HANDLERS:
            raise RuntimeError(f"two handlers for {kind}")
        HANDLERS[kind] = handler
        if outgoing:
            OUTGOING.add(kind)
        return handler

    return register
