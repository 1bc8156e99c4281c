"""Whom a mail is from: read from the header as it came, for what a name holds once it is decoded is no address."""

import pytest

from breakfix.intake.mails import take
from breakfix.intake.rules.mail.reading import read
from breakfix.intake.values import Door
from tests import makers_incidents, makers_mails
from tests.makers import World
from tests.makers_mails import DESK, HEARD, RITA, mail, reply_to

EVIL = "evil@elsewhere.example"
BOSS = "boss@northgate.example"


@pytest.mark.parametrize(
    "written",
    [
        f"=?utf-8?Q?O=22Brien?= <{RITA}>",
        f"=?utf-8?Q?O=22Brien?=<{RITA}>",
        f"=?utf-8?Q?IT_=40_Helpdesk?= <{RITA}>",
        f"IT @ Helpdesk <{RITA}>",
        f"{BOSS} via Groups <{RITA}>",
        f'"{BOSS} via Groups" <{RITA}>',
        f"=?utf-8?Q?{BOSS}_via_Groups?= <{RITA}>",
        f"=?utf-8?Q?{BOSS}_(?= <{RITA}>",
        f"=?utf-8?B?Ym9zc0Bub3J0aGdhdGUuZXhhbXBsZSwgYQ==?= <{RITA}>",
        f"=?utf-8?Q?Doe, Rita?= <{RITA}>",
        f"=?utf-8?Q?Rita?=\n =?utf-8?Q?_Doe?= <{RITA}>",
        f'"Doe, Rita" <{RITA}>',
        f"Rita [IT] <{RITA.upper()}>",
        f"{RITA} (Rita)",
        f"Jürgen <{RITA}>",
        RITA,
    ],
)
def test_one_sender_is_read_whatever_the_name(written: str) -> None:
    assert read(mail(sender=written)).senders == (RITA,)


@pytest.mark.parametrize(
    "written",
    [
        f"=?utf-8?Q?{RITA}?=",
        f"=?utf-8?Q?Rita_<{RITA}>?=",
        f"=?utf-8?Q?Rita_=3C{RITA.replace('@', '=40')}=3E?=",
        f"=?utf-8?Q?{RITA},?= <stranger@elsewhere.example>",
        f"{RITA} <stranger@elsewhere.example>",
        f'"{RITA}" <stranger@elsewhere.example>',
        f"=?utf-8?Q?x?={RITA}",
        f"rita=?utf-8?Q?=?=@{RITA.partition('@')[2]}",
        f"<{RITA}> stranger@elsewhere.example",
    ],
)
def test_a_name_makes_nobody_a_known_sender(written: str) -> None:
    assert RITA not in read(mail(sender=written)).senders


@pytest.mark.parametrize(
    "written",
    [
        f"=?a?q?x <{EVIL}>, y?= <{RITA}>",
        f"=?a?q?x<{EVIL}>,y?= <{RITA}>",
        f"=?utf-8?q?x?= =?utf-8?q?<{EVIL}>,?= <{RITA}>",
        f"=?utf-8?q?x\n <{EVIL}>, y?= <{RITA}>",
        f"=?utf-8?q?{EVIL}, y?= <{RITA}>",
        f"=?utf-8?q?{EVIL},y?= <{RITA}>",
        f"{RITA}, =?utf-8?q?x <{EVIL}>?=",
        f"=?utf-8?q?a,?= <{RITA}>, =?utf-8?q?x <{EVIL}>, y?= <{RITA}>",
    ],
)
def test_what_looks_encoded_hides_no_second_sender(written: str) -> None:
    assert read(mail(sender=written)).senders != (RITA,)


def test_several_senders_stay_several() -> None:
    assert read(mail(sender=f"a <{BOSS}>, b <{RITA}>")).senders == (BOSS, RITA)
    assert read(mail(sender=f"{BOSS}, {RITA}")).senders == (BOSS, RITA)


def test_a_signed_address_is_found_beside_any_name(world: World) -> None:
    box, engagement = makers_mails.mailbox(), makers_incidents.acknowledged(world)
    there = reply_to(engagement)
    names = (f"=?utf-8?Q?{BOSS}_(?= <{there}>", f"Desk @ Ironbridge <{there}>", f"=?utf-8?Q?Desk,_{DESK}?= <{there}>")
    for number, to in enumerate(names):
        raw = mail(f"Word {number}.", to=to, sender=f"Rita @ Northgate <{RITA}>", number=number)
        assert take(box, raw, Door.HTTP, HEARD).reason == ""
