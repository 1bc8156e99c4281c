"""Reading one's own settled offers: what counts, whose they are, and what is left out by name."""

from decimal import Decimal

import pytest

from breakfix.kernel.errors import NotFound
from breakfix.quotes import calibration
from breakfix.quotes.models import Quote
from tests import makers_calibration, makers_reports
from tests.makers import World
from tests.makers_calibration import settled

pytestmark = [pytest.mark.django_db, pytest.mark.tampers]
# Of S1's price of 4,723.33 labour is 2,555.63, so 2,167.70 is fixed; half should stay within 4,460.00.
WORKED = (4460, 5060, 5060, 5360, 5660, 5660, 5960, 6260, 6560, 6860)


@pytest.fixture
def quote(world: World) -> Quote:
    return makers_calibration.approved(world)


def test_settled_nights_are_held_against_what_was_frozen(world: World, quote: Quote) -> None:
    settled(quote, WORKED)
    told = calibration.calibration(world.actor("quinn"))
    whole = told.whole
    assert [(one.count, one.of) for one in whole.curve] == [(1, 10), (1, 10), (3, 10)]
    assert (whole.hits.count, whole.hits.of) == (7, 10)  # 5,360.00 and more is above N 5,250.00
    # (5,660.00 - 2,167.70) / (4,460.00 - 2,167.70) = 3,492.30 / 2,292.30 = 1.5235, up to a hundredth
    assert (whole.factor.value, whole.factor.advised) == (Decimal("1.53"), True)
    assert [one.name for one in told.domains] == ["HW-RAID"]
    assert [one.name for one in told.failures] == ["HW-RAID · controller dead"]
    assert (told.left_out, len(told.offers), told.settled) == ((), 10, 10)


def test_failure_modes_are_one_class_however_they_are_spelt_and_domains_are_apart(world: World, quote: Quote) -> None:
    settled(quote, WORKED[:3])
    settled(quote, WORKED[:2], failure="  Controller_DEAD-")
    settled(quote, WORKED[:1], failure="", domain="NET-CORE")
    told = calibration.calibration(world.actor("rex"))
    assert [(one.name, one.count) for one in told.failures] == [("HW-RAID · controller dead", 5)]
    assert [(one.name, one.count) for one in told.domains] == [("HW-RAID", 5), ("NET-CORE", 1)]
    assert calibration.calibration(world.actor("rex"), domain="NET-CORE").whole.count == 1


def test_what_was_not_simulated_or_not_worked_to_its_end_is_left_out_by_name(world: World, quote: Quote) -> None:
    settled(quote, WORKED[:1])
    settled(quote, WORKED[:1], failure="")
    settled(quote, WORKED[:1], mode="NTE_SHARED")
    settled(quote, WORKED[:1], mode="FIXED")
    settled(quote, WORKED[:1], sampler="stated by the story")
    settled(quote, WORKED[:1], cancelled_at=makers_calibration.SETTLED)
    told = calibration.calibration(world.actor("percy"))
    assert told.whole.count == 3
    assert told.left_out == (("fixed", 1), ("stated", 1), ("cancelled", 1))
    assert [one.within for one in told.offers].count("P50") == 3


def test_what_waits_or_was_rejected_says_nothing(world: World, quote: Quote) -> None:
    told = calibration.calibration(world.actor("dirk"))
    assert (told.whole.count, told.offers) == (0, ())
    settled(quote, WORKED[:1], status="EXPIRED")
    assert calibration.calibration(world.actor("dirk")).offers == ()


def test_true_night_is_settled_with_a_stated_maximum_and_so_left_out(world: World) -> None:
    makers_reports.invoiced(world, makers_reports.accepted(world).engagement)
    told = calibration.calibration(world.actor("quinn"))
    assert (told.whole.count, told.left_out) == (0, (("stated", 1),))
    offer = told.offers[0]
    assert offer.marks["actual"] == offer.offer.money(offer.offer.actual_minor)


@pytest.mark.parametrize("who", ["alice", "ada", "finn", "dana", "tom", "fay"])
def test_nobody_else_reads_it(who: str, world: World, quote: Quote) -> None:
    with pytest.raises(NotFound):
        calibration.calibration(world.actor(who))


def test_another_providers_offers_are_in_nobody_elses_figures(world: World, quote: Quote) -> None:
    settled(quote, WORKED[:2])
    theirs = settled(quote, WORKED[:1], provider_id=world.organisation("calder").pk)[0]
    makers_calibration.let_in(theirs, world.organisation("calder").pk)
    assert calibration.calibration(world.actor("cal")).whole.count == 1
    mine = calibration.calibration(world.actor("percy"))
    assert theirs.pk not in {one.offer.pk for one in mine.offers}
    assert mine.whole.count == 2


def test_being_let_in_on_another_providers_engagement_lets_nobody_into_its_figures(
    world: World, quote: Quote
) -> None:
    theirs = settled(quote, WORKED[:1])[0]
    calder = world.organisation("calder").pk
    makers_calibration.let_in(theirs, calder)
    assert calibration.queries.visible_to(world.actor("cal")).filter(pk=theirs.pk).exists()
    assert calibration.calibration(world.actor("cal")).offers == ()


def test_hundreds_cost_two_questions(world: World, quote: Quote, django_assert_num_queries: object) -> None:
    settled(quote, WORKED * 30)
    by = world.actor("quinn")
    with django_assert_num_queries(2):  # type: ignore[operator]
        told = calibration.calibration(by)
    assert (told.whole.count, told.whole.factor.value) == (300, Decimal("1.53"))


def test_only_the_latest_are_read_and_all_are_counted(
    world: World, quote: Quote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "MOST", 4)
    rows = settled(quote, WORKED)
    told = calibration.calibration(world.actor("quinn"))
    assert [one.offer.pk for one in told.offers] == [row.pk for row in reversed(rows[-4:])]
    assert (told.whole.count, told.settled) == (4, 10)
