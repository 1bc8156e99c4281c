"""An agreement that names its ways in takes failures by no other: no monitoring is let in, a mail waits."""

import pytest

from breakfix.agreements.values import Channel, Triage
from breakfix.intake.mails import take
from breakfix.intake.models import Mail, MailDraft
from breakfix.intake.values import Door, Outcome
from tests import makers_agreements, makers_mails
from tests.makers import World, local
from tests.makers_alerts import source
from tests.refusals import refused


def agreed(world: World, *channels: str) -> None:
    version = makers_agreements.actions.revise_agreement(
        world.agreements["northgate"].pk,
        terms={"triage": {"channels": list(channels)}},
        by=world.actor("nora"),
        at=local("2026-11-20 09:00"),
    )
    makers_agreements.signed(world, version, "percy", "nora", at=local("2026-11-20 10:00"))


def mailed() -> Mail:
    box = makers_mails.mailbox()
    take(box, makers_mails.mail(), Door.HTTP, makers_mails.HEARD)
    return Mail.objects.get()


def test_monitoring_and_mail_that_are_agreed_come_in(world: World) -> None:
    agreed(world, "monitoring", "email")
    assert source(world).pk
    assert mailed().outcome == Outcome.TICKET
    assert MailDraft.objects.count() == 1


def test_what_is_not_agreed_is_not_let_in(world: World) -> None:
    agreed(world, "portal", "phone")
    with refused("channel_not_agreed", field="provider_id"):
        source(world)
    mail = mailed()
    assert (mail.outcome, mail.reason) == (Outcome.QUARANTINE, "their agreement takes no failures by e-mail")
    assert not MailDraft.objects.exists()


@pytest.mark.parametrize(("named", "takes"), [((), True), (("email",), True), (("phone",), False)])
def test_where_no_way_is_named_every_way_is_open(named: tuple[str, ...], takes: bool) -> None:
    triage = Triage.model_validate({"channels": named})
    assert triage.takes(Channel.EMAIL) is takes
