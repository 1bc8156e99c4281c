"""Two at once about one mail: two doors, whoever settles and the worker, two people. Nothing is doubled or lost."""

from datetime import timedelta
from typing import Any

import pytest

from breakfix.agreements.values import Domain
from breakfix.incidents.models import Engagement
from breakfix.intake import mails, tallying
from breakfix.intake.actions import mail as deeds
from breakfix.intake.mails import take
from breakfix.intake.models import Mail, MailDraft
from breakfix.intake.values import Door
from breakfix.kernel.access import SYSTEM
from tests import makers, makers_mails, people
from tests.makers_incidents import CALM
from tests.makers_mails import HEARD, mail
from tests.together import both

LATER = HEARD + timedelta(minutes=10)
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_the_same_mail_by_two_doors_is_one() -> None:
    makers.world()
    box = makers_mails.mailbox()
    doors = (Door.HTTP, Door.SMTP)
    assert both(*(lambda door=door: take(box, mail(), door, HEARD) for door in doors)) == ["done", "done"]
    assert sorted(Mail.objects.values_list("outcome", flat=True)) == ["ignored", "ticket"]
    (found,) = tallying.tallies([box], SYSTEM)
    assert (found["fetched"], found["adds_up"]) == (2, True)


def test_two_that_fetch_from_the_same_place_store_it_once() -> None:
    makers.world()
    box = makers_mails.mailbox()

    def fetch() -> Any:
        return mails.keep(box, mail(), Door.IMAP, HEARD, origin="INBOX:1:1")

    assert both(fetch, fetch) == ["done", "done"]
    assert (Mail.objects.count(), tallying.tallies([box], SYSTEM)[0]["fetched"]) == (1, 1)


def test_whoever_settles_it_and_the_worker_settle_it_once() -> None:
    makers.world()
    box = makers_mails.mailbox()
    one = mails.keep(box, mail(), Door.HTTP, HEARD)
    assert both(lambda: mails.settle(one, HEARD), lambda: mails.settle(one, HEARD)) == ["done", "done"]
    assert MailDraft.objects.count() == 1


@pytest.mark.parametrize("other", ["report", "dismiss"])
def test_one_draft_becomes_one_engagement(other: str) -> None:
    world = makers.world()
    take(makers_mails.mailbox(), mail(), Door.HTTP, HEARD)
    draft, asset = MailDraft.objects.get(), world.assets["backup"].pk
    words: dict[str, Any] = {"answers": CALM, "domain": Domain.HW_RAID, "asset_id": asset, "at": LATER}

    def second() -> Any:
        if other == "dismiss":
            return deeds.dismiss_mail(draft.pk, reason="known", by=people.actor("dana"), at=LATER)
        return deeds.report_mail(draft.pk, by=people.actor("dana"), **words)

    ended = both(lambda: deeds.report_mail(draft.pk, by=people.actor("rita"), **words), second)
    assert ended.count("done") == 1, ended
    assert {one for one in ended if one != "done"} <= {"already_reported", "already_dismissed"}
    assert Engagement.objects.count() == (0 if MailDraft.objects.get().engagement is None else 1)
