"""Pages say until when holidays are agreed, wherever what they show goes on after that."""

from collections.abc import Callable

from django.test import Client

from breakfix.agreements import actions
from breakfix.kernel import clock
from tests import makers_agreements, makers_incidents
from tests.makers import World, local

SignIn = Callable[[str], Client]
UNTIL = "Holidays are agreed until 31 December 2028"


def read(browser: Client, address: str, at: str) -> str:
    with clock.set_to(local(at)):
        return browser.get(address).content.decode()


def test_agreement_says_until_when_its_holidays_are_agreed_and_warns_in_time(world: World, sign_in: SignIn) -> None:
    address, nora = f"/agreements/{world.agreements['northgate'].agreement_id}", sign_in("nora")
    calm, late = (read(nora, address, at) for at in ("2028-11-02 00:59", "2028-11-02 01:00"))
    assert calm.count(UNTIL) == late.count(UNTIL) == 1
    remedy = "Begin the next version and copy the public holidays of further years."
    assert remedy not in calm
    assert remedy in late
    without = f"/agreements/{world.agreements['calder/northgate'].agreement_id}"
    assert "Holidays are agreed until" not in read(nora, without, "2028-11-02 01:00")


def test_version_that_ends_before_its_holidays_do_says_nothing(world: World, sign_in: SignIn) -> None:
    first = world.agreements["northgate"]
    made = actions.revise_agreement(
        first.pk, terms={}, effective_at=local("2027-05-01 00:00"), by=world.actor("percy"), at=world.at
    )
    made = makers_agreements.signed(world, made, "percy", "nora")
    nora = sign_in("nora")
    assert UNTIL not in read(nora, f"/agreements/versions/{first.pk}", "2026-12-01 10:00")
    assert UNTIL in read(nora, f"/agreements/versions/{made.pk}", "2026-12-01 10:00")


def test_single_site_is_named(world: World, sign_in: SignIn) -> None:
    own = {"site": "Newark depot", "holidays": {"country": "US", "subdivision": "NJ", "years": [2026, 2027]}}
    made = actions.revise_agreement(
        world.agreements["northgate"].pk,
        terms={"calendar": {"sites": [own]}},
        effective_at=local("2026-12-01 00:00"),
        by=world.actor("percy"),
        at=world.at,
    )
    shown = read(sign_in("nora"), f"/agreements/versions/{made.pk}", "2026-12-01 10:00")
    assert "Holidays are agreed until 31 December 2027 at Newark depot." in shown


def test_clock_that_goes_on_after_the_last_agreed_holidays_says_so(world: World, sign_in: SignIn) -> None:
    """Ten business days from 20 December 2028 lead over the end of the year; from its first they do not."""
    rita = sign_in("rita")
    for reported, says in (("2028-12-01 09:00", False), ("2028-12-20 09:00", True)):
        at = local(reported)
        engagement = makers_incidents.reported(
            world, at=at, answers=makers_incidents.CALM, obligations=[], outage_started_at=at
        )
        shown = read(rita, f"/engagements/{engagement.pk}/clocks/RESTORE", reported)
        assert (f"{UNTIL}; later ones counted as working days." in shown) is says
        around_the_clock = makers_incidents.reported(world, at=at, outage_started_at=at)
        assert UNTIL not in read(rita, f"/engagements/{around_the_clock.pk}/clocks/RESTORE", "2029-02-01 09:00")
