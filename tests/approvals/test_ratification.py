"""The morning after: ratified, refused, or nobody said anything (domain.md §3.3, §11 ruling 8)."""

import pytest

from breakfix.approvals import queries
from breakfix.approvals.actions.ratification import lapse_ratification
from breakfix.approvals.models import Finding
from breakfix.approvals.rules import emergency
from breakfix.approvals.values import RatifyVerdict, RoundStatus
from breakfix.incidents.models import Engagement, OpenEnd
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.models import Entry
from tests import makers_approvals as make
from tests.makers import World, local
from tests.refusals import refused

NOON = local("2026-12-02 12:00")
LATE = emergency.lapses_at(NOON)


def finance(approval_id: int) -> tuple[str, object]:
    approval = queries.get_round(approval_id, by=SYSTEM)
    seat = next(seat for seat in approval.seats.all() if seat.name == "finance")
    return seat.state, seat.lapsed_at


def unanswered(engagement: Engagement) -> int:
    return OpenEnd.objects.filter(engagement=engagement, kind="ratification", closed_at=None).count()


def test_ratifying_at_exactly_noon_is_in_time(world: World, engagement: Engagement) -> None:
    approval = make.night(world, engagement)
    make.ratified(world, approval, NOON)
    assert finance(approval.pk) == ("RATIFIED", None)
    lapse_ratification(approval.pk, by=SYSTEM, at=LATE)
    assert not Finding.objects.exists()


def test_ratifying_later_is_refused(world: World, engagement: Engagement) -> None:
    approval = make.night(world, engagement)
    with refused("ratification_late"):
        make.ratified(world, approval, LATE)
    lapse_ratification(approval.pk, by=SYSTEM, at=LATE)
    with refused("ratification_late"):
        make.ratified(world, approval, local("2026-12-02 13:00"))


@pytest.mark.parametrize(
    ("who", "words", "code"),
    [
        ("alice", {}, "not_your_seat"),
        ("erin", {}, "not_your_seat"),
        ("mona", {}, "not_allowed"),
        ("dana", {}, "not_allowed"),
        ("charlie", {}, "not_found"),
        ("cora", {"confirmed": False}, "reauthenticate"),
        ("cora", {"seat": "it"}, "nothing_to_ratify"),
        ("cora", {"verdict": RatifyVerdict.REFUSE}, "reason_needed"),
    ],
)
def test_ratification_refused_leaves_no_trace(
    world: World, engagement: Engagement, who: str, words: dict[str, str], code: str
) -> None:
    approval = make.night(world, engagement)
    with refused(code):
        make.ratified(world, approval, local("2026-12-02 08:40"), who, **words)  # type: ignore[arg-type]


def test_ratifying_twice_is_refused(world: World, engagement: Engagement) -> None:
    approval = make.night(world, engagement)
    make.ratified(world, approval, local("2026-12-02 08:40"))
    with refused("already_ratified"):
        make.ratified(world, approval, local("2026-12-02 08:41"))


def test_refused_ratification_is_a_finding_and_undoes_nothing(world: World, engagement: Engagement) -> None:
    approval = make.night(world, engagement)
    answered = make.ratified(
        world, approval, local("2026-12-02 08:40"), verdict=RatifyVerdict.REFUSE, reason="Not urgent enough."
    )
    assert finance(approval.pk) == ("RATIFICATION_REFUSED", None)
    assert answered.status == RoundStatus.APPROVED
    (finding,) = queries.findings(engagement, world.actor("ada"))
    assert (finding.client, finding.opened_at) == (engagement.client, local("2026-12-02 08:40"))
    assert unanswered(engagement) == 0
    kinds = [entry.kind for entry in ledger.entries(engagement.client_id, topic=engagement.topic)]
    assert kinds[-1] == "ratification.refused"


def test_refused_while_the_round_is_open_ends_it(world: World, engagement: Engagement) -> None:
    approval = make.climbed(make.asked(engagement), local("2026-12-02 01:45"))
    make.decided(world, approval, "alice", local("2026-12-02 01:46"))
    make.bypassed(world, approval, local("2026-12-02 01:47"))
    answered = make.ratified(
        world, approval, local("2026-12-02 01:50"), verdict=RatifyVerdict.REFUSE, reason="Call me first."
    )
    assert answered.status == RoundStatus.REJECTED
    with refused("already_rejected"):
        make.decided(world, approval, "sol", local("2026-12-02 01:51"), verdict=make.Verdict.ACKNOWLEDGE)


def test_silence_until_noon_is_a_finding_of_the_client_alone(world: World, engagement: Engagement) -> None:
    approval = make.night(world, engagement)
    lapse_ratification(approval.pk, by=SYSTEM, at=LATE)
    assert finance(approval.pk) == ("BYPASSED_EMERGENCY", LATE)
    assert queries.get_round(approval.pk, by=SYSTEM).status == RoundStatus.APPROVED
    (finding,) = queries.findings(engagement, world.actor("ada"))
    assert finding.what == (
        "The emergency approval of $5,879.25 for the seat finance was not ratified by 12:00 on 2026-12-02."
    )
    assert unanswered(engagement) == 0
    assert queries.findings(engagement, world.actor("dana")) == []
    theirs = ledger.entries(engagement.provider_id, topic=engagement.topic).last()
    assert theirs is not None
    assert (theirs.kind, "finding" in theirs.leaf) == ("ratification.lapsed", False)


def test_lapse_is_told_once(world: World, engagement: Engagement) -> None:
    approval = make.night(world, engagement)
    lapse_ratification(approval.pk, by=SYSTEM, at=LATE)
    entries = Entry.objects.count()
    lapse_ratification(approval.pk, by=SYSTEM, at=local("2026-12-03 09:00"))
    assert (Entry.objects.count(), Finding.objects.count()) == (entries, 1)


def test_lapse_is_planned_for_the_first_late_instant(world: World, engagement: Engagement) -> None:
    approval = make.night(world, engagement)
    ((seat, at),) = queries.lapses_of(approval)
    assert (seat.name, at) == ("finance", LATE)
    make.ratified(world, approval, local("2026-12-02 08:40"))
    assert queries.lapses_of(queries.get_round(approval.pk, by=SYSTEM)) == []


def test_lapse_at_noon_is_refused(world: World, engagement: Engagement) -> None:
    approval = make.night(world, engagement)
    with refused("in_time"):
        lapse_ratification(approval.pk, by=SYSTEM, at=NOON)


def test_lapse_is_no_persons_deed(world: World, engagement: Engagement) -> None:
    approval = make.night(world, engagement)
    with refused("not_allowed"):
        lapse_ratification(approval.pk, by=world.actor("cora"), at=LATE)


def test_nothing_is_left_to_ratify_of_a_round_that_bound_nothing(world: World, engagement: Engagement) -> None:
    approval = make.climbed(make.asked(engagement), local("2026-12-02 01:45"))
    make.bypassed(world, approval, local("2026-12-02 01:47"))
    make.closed(approval, RoundStatus.WITHDRAWN, local("2026-12-02 02:00"))
    assert unanswered(engagement) == 0
    lapse_ratification(approval.pk, by=SYSTEM, at=LATE)
    assert not Finding.objects.exists()
    with refused("round_withdrawn"):
        make.ratified(world, approval, local("2026-12-02 08:40"))
