"""The timeline tells the story: small entries fold into one line and open in place, what matters stands alone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.test import Client, RequestFactory

from breakfix.parties.queries import Told
from breakfix.web.door import Visit
from breakfix.web.timeline import Fold, Happening, days_of
from tests import makers_dispatch, people
from tests.makers import World, local

SignIn = Callable[[str], Client]
START = local("2026-12-01 20:00")


def visit(key: str = "rita") -> Visit:
    request = RequestFactory().get("/")
    request.user = people.person(key)
    return Visit(request, people.actor(key), START)


def told(position: int, kind: str, **facts: Any) -> Told:
    files = facts.pop("files", ())
    return Told(START + timedelta(minutes=position), kind, f"Entry {position}.", "Breakfix", position, facts, files)


def shown(*entries: Told, oldest_first: bool = False) -> list[Fold | Happening]:
    (day,) = days_of(visit(), entries, oldest_first=oldest_first)
    return day[1]


def test_run_of_small_entries_is_one_line_that_says_what_it_holds(small_world: World) -> None:
    kept: dict[str, Any] = {"name": "drives.csv"}
    (fold,) = shown(
        told(1, "clock.warned", percent=50),
        told(2, "check.recorded", within=True),
        told(3, "check.recorded", within=False, files=(kept,)),
        told(4, "check.recorded", within=True),
    )
    assert isinstance(fold, Fold)
    assert fold.words == "3 protocol steps (1 out of limits), 1 clock warning"
    assert (fold.first.position, fold.last.position, fold.files) == (1, 4, 1)
    assert [one.position for one in fold.entries] == [4, 3, 2, 1]


def test_missed_commitment_and_money_are_never_folded(small_world: World) -> None:
    dollars = {"amount": "675.00", "currency": "USD"}
    items = shown(
        told(1, "clock.warned", percent=90),
        told(2, "clock.warned", percent=100),
        told(3, "clock.warned", percent=50),
        told(4, "document.rendered", money=dollars),
    )
    assert [item.words if isinstance(item, Fold) else item.breach for item in items] == [
        False,
        "1 clock warning",
        True,
        "1 clock warning",
    ]


def test_lone_step_stands_for_itself(small_world: World) -> None:
    (step,) = shown(told(1, "check.recorded", within=True))
    assert isinstance(step, Happening)
    assert step.minor


def test_deed_between_small_entries_parts_the_runs(small_world: World) -> None:
    small = [told(number, "clock.warned", percent=50) for number in (1, 2, 4, 5)]
    items = shown(*small[:2], told(3, "quote.approved"), *small[2:], oldest_first=True)
    assert [item.words if isinstance(item, Fold) else item.position for item in items] == [
        "2 clock warnings",
        3,
        "2 clock warnings",
    ]


def test_days_are_those_of_the_reader(small_world: World) -> None:
    late = [told(0, "quote.issued"), told(5 * 60, "quote.approved")]
    assert [day.isoformat() for day, _ in days_of(visit(), late)] == ["2026-12-02", "2026-12-01"]


def test_page_reads_in_either_order(world: World, sign_in: SignIn, at: datetime) -> None:
    engagement = makers_dispatch.contacted(world)
    address = f"/engagements/{engagement.pk}"
    rita = sign_in("rita")
    newest, oldest = (rita.get(address + order).content.decode() for order in ("", "?order=oldest"))
    first, last = "reported: ", "began the diagnosis"
    assert newest.index(last) < newest.index(first)
    assert oldest.index(first) < oldest.index(last)
    assert "?order=oldest#happened" in newest
    assert "fresh?seen=" in oldest
    assert "order=oldest" in oldest
