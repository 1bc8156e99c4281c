"""What looks at the log after every test looks at less where much is remembered, and overlooks nothing."""

from collections.abc import Callable

import pytest
from django.db import transaction

from breakfix.kernel.access import OPERATOR
from breakfix.kernel.ledger.rebuild import differences
from breakfix.kernel.ledger.record import record
from breakfix.kernel.models import PersonalPart
from breakfix.parties.models import Person, Site
from tests import snapshots
from tests.makers import SET_UP_AT, World


def wrongly_told(site: Site) -> None:
    """The log says that it changed, and the table says that it did not."""
    stands, site.name = site.name, "Elsewhere"
    tell(site)
    site.name = stands


def forgotten(site: Site) -> None:
    """A row that was never told."""
    site.pk, site.name = None, "Elsewhere"
    site.save(force_insert=True)


def tell(site: Site) -> None:
    with transaction.atomic():
        record(
            "site.opened",
            subject=site,
            by=OPERATOR,
            at=SET_UP_AT,
            to=[site.organisation_id],
            line="It is open.",
            changed=[site],
        )


TAMPERED: dict[str, Callable[[Site], object]] = {
    "another value": lambda site: Site.objects.filter(pk=site.pk).update(name="Elsewhere"),
    "another personal value": lambda site: Person.objects.filter(organisation=site.organisation).update(name="X"),
    "a row in no log": forgotten,
    "an entry without its row": wrongly_told,
    "a personal part gone": lambda site: PersonalPart.objects.filter(entry__kind="person.enrolled").delete(),
}


@pytest.mark.tampers
@pytest.mark.parametrize("how", TAMPERED)
def test_row_that_disagrees_with_the_log_is_noticed(world: World, how: str) -> None:
    asked: list[bool] = []

    def counted() -> list[str]:
        asked.append(True)
        return differences()

    site = world.sites["Newark depot"]
    tell(site)
    assert snapshots.told_by_the_log(counted) == []
    assert not asked, "everything was looked at although all of it is remembered or told"
    TAMPERED[how](site)
    assert snapshots.told_by_the_log(counted) == differences() != []
