"""A slow page and a slow task, for the test that stops them in the middle: they wait for a file, not for a time.

`tests.cli.slow:application` is the product's web application with one more page; `python -m tests.cli.slow` is its
worker with one more kind of task.
"""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "breakfix.settings"
PLACE = Path(os.environ["BREAKFIX_VAR"])
LONGEST = 1200  # looks at the file: a test that fails to let us go does not keep us for ever


def wait_for_leave() -> None:
    """Say that we are in the middle, and go on once we may."""
    (PLACE / "began").touch()
    for _ in range(LONGEST):
        if (PLACE / "leave").exists():
            return
        Event().wait(0.1)
    raise SystemExit("nobody let us go on")


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    from breakfix.wsgi import application as product

    if environ["PATH_INFO"] == "/slow":
        wait_for_leave()
        environ["PATH_INFO"] = "/healthz"
    return product(environ, start_response)


def main() -> None:
    """Plan one slow task and one for afterwards, then be the worker."""
    from breakfix.cli import serve

    serve.prepare()
    from django.db import transaction

    from breakfix.jobs.registry import handles
    from breakfix.kernel import clock, tasks

    @handles("test.slow")
    def slow(_payload: dict[str, Any], _at: datetime) -> None:
        wait_for_leave()

    with transaction.atomic():
        for key in ("first", "second"):
            tasks.enqueue("test.slow", key=key, due_at=clock.now(), at=clock.now(), payload={})
    serve.worker.main(["--no-prepare"])


if __name__ == "__main__":
    main()
