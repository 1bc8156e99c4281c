"""Suppliers compared for the office alone; parts that are needed, seen by both sides."""

from collections.abc import Callable
from datetime import datetime

from django.test import Client

from tests import makers_quotes as make
from tests.makers import World
from tests.parts.test_sourcing import NOW, needed, offered


def test_page_compares_offers_for_the_office_and_hides_them_from_the_client(
    world: World, sign_in: Callable[[str], Client], moment: Callable[[datetime], None]
) -> None:
    case = make.issued(world).engagement
    offered(world, case)
    needed(world, case)
    moment(NOW)
    page = f"/engagements/{case.pk}/parts"
    shown = sign_in("quinn").get(page).content.decode()
    assert "Legacy Parts Exchange" in shown
    assert "$1,380.20" in shown
    assert "21.1 %" in shown
    for who in ("alice", "rita"):
        seen = sign_in(who).get(page)
        assert "1,140" not in seen.content.decode()
    assert "RAID controller" in sign_in("alice").get(page).content.decode()
