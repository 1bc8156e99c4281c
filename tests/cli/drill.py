"""One installation of a restore drill, as a program: `python -m tests.cli.drill build SIZE | write STOP | rows`.

It runs with the product's own settings, on whatever place the environment names.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

from breakfix.cli.backup import settled

os.environ["DJANGO_SETTINGS_MODULE"] = "breakfix.settings"
WRITES = 2000  # more than any backup takes; the program ends when it is told to


def build(size: str) -> None:
    """A world, small or with papers, and a signed log; one mail that was sent and one that waits."""
    from breakfix.cli.serve import prepare

    prepare()
    from django.db import transaction

    from breakfix.kernel import clock, tasks
    from breakfix.kernel.ledger import checkpoints
    from breakfix.kernel.models import Task
    from tests import makers

    made = makers.world() if size == "whole" else makers.small_world()
    for organisation in made.organisations.values():
        checkpoints.sign_head(organisation.pk, clock.now())
    Task.objects.filter(done_at=None).update(done_at=clock.now())
    with transaction.atomic():
        for key in ("mail:sent", "mail:waits"):
            payload = {"topic": "engagement/1", "person_id": 1, "subject": "x", "line": "x", "by_when": ""}
            tasks.enqueue("notice.send", key=key, due_at=clock.now(), at=clock.now(), payload=payload)
    Task.objects.filter(key="mail:sent").update(done_at=clock.now())


def write(stop: str) -> None:
    """One deed after the other until the file `stop` is there; each is printed once it is done for good."""
    settled()
    from breakfix.kernel import clock
    from breakfix.kernel.access import OPERATOR
    from breakfix.parties import actions, queries

    northgate = queries.person_by_id(1).organisation_id
    for number in range(WRITES):
        if Path(stop).exists():
            return
        name = f"Rack {number}"
        actions.open_site(northgate, name=name, address="x", zone="UTC", by=OPERATOR, at=clock.now())
        print(name, flush=True)


def rows() -> None:
    """The hash of every table's rows, and how far each log got."""
    settled()
    from django.db import connection

    from breakfix.kernel.ledger import queries as ledger
    from breakfix.parties.models import Site

    told = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names()):
            cursor.execute(f'SELECT * FROM "{table}"')
            told[table] = hashlib.sha256("\n".join(sorted(map(repr, cursor.fetchall()))).encode()).hexdigest()
    sites = sorted(Site.objects.values_list("name", flat=True))
    print(json.dumps({"tables": told, "heads": ledger.heads(), "sites": sites}))


if __name__ == "__main__":
    {"build": build, "write": write, "rows": rows}[sys.argv[1]](*sys.argv[2:])
