"""Looks for new mail on the servers that the settings name, beside the queue: a slow server holds up no task."""

import logging
import threading
from datetime import timedelta

from django.db import Error, connection

from breakfix.intake import imap
from breakfix.kernel import clock

log = logging.getLogger("breakfix.jobs")
EVERY = timedelta(minutes=1)
LAST_WORDS = 30  # seconds for the mail in hand when we are told to stop


def poll_all() -> int:
    """Look once at every place; how many mails came. One that fails does not keep the others waiting."""
    came = 0
    for place in imap.places():
        try:
            came += imap.poll(place, clock.now())
        except Error:
            log.exception("the database took no mail")
            connection.close()
        except Exception:
            log.exception("mail of %s could not be fetched", place.address)
    return came


def keep_polling(stop: threading.Event) -> None:
    """Look every minute until told to stop; what is in hand is finished first."""
    try:
        while imap.places() and not stop.is_set():
            poll_all()
            stop.wait(EVERY.total_seconds())
    finally:
        connection.close()
