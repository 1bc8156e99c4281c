"""A finding is answered once, with words, by somebody of the client who did not approve it."""

import pytest
from django.db import IntegrityError, transaction

from breakfix.approvals import queries
from breakfix.approvals.actions.answering import answer_finding
from breakfix.approvals.actions.ratification import lapse_ratification
from breakfix.approvals.models import Finding
from breakfix.approvals.rules import emergency
from breakfix.approvals.values import RatifyVerdict
from breakfix.incidents.models import Engagement
from breakfix.kernel.access import SYSTEM, Actor, Role, Side
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.rebuild import rebuild
from breakfix.parties import actions as parties
from tests import makers_approvals as make
from tests.makers import World, local
from tests.refusals import refused

LATE = emergency.lapses_at(local("2026-12-02 12:00"))
AFTERNOON = local("2026-12-02 15:00")
HAPPENED, CHANGES = "The CFO was on a plane and had named nobody.", "A stand-in is named before every journey."


@pytest.fixture
def finding(world: World, engagement: Engagement) -> Finding:
    """Nobody ratified until noon."""
    approval = make.night(world, engagement)
    lapse_ratification(approval.pk, by=SYSTEM, at=LATE)
    return Finding.objects.get()


def answer(world: World, finding: Finding, who: str = "finn", **given: str) -> Finding:
    words = {"what_happened": HAPPENED, "what_changes": CHANGES, **given}
    return answer_finding(finding.pk, **words, by=world.actor(who), at=AFTERNOON)


@pytest.mark.parametrize("who", ["finn", "nora"])
def test_answer_closes_the_finding_and_stays_in_the_clients_log_alone(
    world: World, finding: Finding, who: str
) -> None:
    engagement = finding.engagement
    of_provider = ledger.entries(engagement.provider_id, topic=engagement.topic).count()
    answered = answer(world, finding, who)
    assert (answered.closed_at, answered.answered_by) == (AFTERNOON, world.people[who])
    (told,) = queries.findings(engagement, world.actor("ada"))
    assert (told.what_happened, told.what_changes) == (HAPPENED, CHANGES)
    last = ledger.entries(engagement.client_id, topic=engagement.topic).last()
    assert last is not None
    assert (last.kind, last.person_id) == ("finding.answered", world.people[who].pk)
    assert ledger.entries(engagement.provider_id, topic=engagement.topic).count() == of_provider
    rebuild()


def test_refused_ratification_is_answered_the_same_way(world: World, engagement: Engagement) -> None:
    approval = make.night(world, engagement)
    morning = local("2026-12-02 08:40")
    make.ratified(world, approval, morning, verdict=RatifyVerdict.REFUSE, reason="Not urgent enough.")
    assert answer(world, Finding.objects.get()).closed_at == AFTERNOON


@pytest.mark.parametrize(
    ("who", "given", "code"),
    [
        ("alice", {}, "not_allowed"),
        ("ada", {}, "not_allowed"),
        ("mona", {}, "not_allowed"),
        # Of the provider, and of another client: there is nothing to be seen.
        ("fay", {}, "not_found"),
        ("dana", {}, "not_found"),
        ("hugo", {}, "not_found"),
        ("nora", {"what_happened": "  "}, "missing_field"),
        ("nora", {"what_changes": ""}, "missing_field"),
        ("nora", {"what_changes": "x" * 2001}, "too_long"),
        ("nora", {"what_happened": "so\x00so"}, "control_characters"),
    ],
)
def test_answer_refused_leaves_no_trace(
    world: World, finding: Finding, who: str, given: dict[str, str], code: str
) -> None:
    with refused(code):
        answer(world, finding, who, **given)


def test_second_answer_is_refused(world: World, finding: Finding) -> None:
    answer(world, finding)
    with refused("already_answered"):
        answer(world, finding, "nora", what_happened="Something else.")


def test_who_approved_in_the_emergency_does_not_answer_for_it(world: World, finding: Finding) -> None:
    parties.give_role(world.people["mona"].pk, role=Role.CLIENT_ADMIN, by=world.actor("nora"), at=AFTERNOON)
    with refused("own_approval"):
        answer(world, finding, "mona")


def test_machine_answers_for_nothing(world: World, finding: Finding) -> None:
    client = finding.client_id
    machine = Actor(None, client, Side.CLIENT, frozenset({Role.CLIENT_FINANCE}), "Bookkeeping")
    with refused("needs_person"):
        answer_finding(finding.pk, what_happened=HAPPENED, what_changes=CHANGES, by=machine, at=AFTERNOON)


@pytest.mark.tampers
def test_database_closes_no_finding_without_its_answer(finding: Finding) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=finding.pk).update(closed_at=AFTERNOON)
