"""What the agreement excludes is named by the desk, and waits for the client like whatever is out of scope."""

from typing import Any

import pytest

from breakfix.incidents import outside, qualifying, queries
from breakfix.incidents.actions.outside import withdraw_sow
from breakfix.incidents.models import Engagement, StatementOfWork
from breakfix.incidents.rules import outside as rules
from breakfix.incidents.values import Route, SowAnswer, Status
from breakfix.kernel.ledger.rebuild import differences
from tests import makers_agreements
from tests.incidents.test_outside import answered, covered, new, proposed, qualify
from tests.makers import World
from tests.makers_incidents import ACKNOWLEDGED, QUALIFIED, acknowledged
from tests.refusals import refused

MONITORING = "Monitoring, preventive maintenance and any other standing service."
PROJECTS = "New installations and projects, except under a separate statement of work."
SAID = "excluded by the agreement: Monitoring, preventive maintenance and any other standing service"
AD_HOC: dict[str, Any] = {"route": Route.AD_HOC, "reason": "Their only array"}


def excluded(engagement: Engagement) -> tuple[str, ...]:
    return qualifying.route_test(engagement, QUALIFIED).excluded


def test_what_the_agreement_excludes_is_taken_on_once_the_client_accepted_it(world: World) -> None:
    engagement = acknowledged(world)
    with refused("nothing_outside", field="exclusion"):
        proposed(world, engagement)
    statement = proposed(world, engagement, exclusion=f" {MONITORING} ")
    assert (statement.because, statement.outside, statement.waives) == ([SAID], True, False)
    with refused("statement_waits"):
        qualify(world, engagement, **AD_HOC)
    with refused("statement_waits"):
        qualify(world, engagement)
    answered(world, engagement)
    assert new(engagement) == []
    with refused("out_of_scope", field="route"):
        qualify(world, engagement)
    with refused("missing_field", field="reason"):
        qualify(world, engagement, route=Route.AD_HOC)
    done = qualify(world, engagement, **AD_HOC)
    assert (done.status, done.route, done.cover_waived) == (Status.QUALIFIED, Route.AD_HOC, False)
    told = queries.timeline(done, world.actor("rita"))[-1]
    assert told.facts["excluded"] == [MONITORING]
    assert differences() == []


@pytest.mark.parametrize("exclusion", ["Printers", "monitoring", MONITORING[:-1], f"{MONITORING} {PROJECTS}"])
def test_only_the_exclusions_of_the_agreement_are_named(world: World, exclusion: str) -> None:
    engagement = covered(world)
    with refused("not_an_exclusion", field="exclusion") as no:
        proposed(world, engagement, exclusion=exclusion)
    assert MONITORING in no.value.facts["exclusions"]
    assert not StatementOfWork.objects.exists()


def test_exclusion_joins_what_stands_in_the_way_anyway(world: World) -> None:
    engagement = covered(world)
    statement = proposed(world, engagement, exclusion=MONITORING)
    assert statement.because == [SAID, "the vendor's warranty covers it until 2030-02-03"]
    assert (statement.outside, statement.waives) == (True, True)
    answered(world, engagement)
    assert qualify(world, engagement, **AD_HOC).cover_waived


def test_refused_exclusion_stays_in_the_way_whatever_else_is_accepted(world: World) -> None:
    engagement = acknowledged(world)
    proposed(world, engagement, exclusion=MONITORING)
    answered(world, engagement, SowAnswer.REFUSE, note="We pay for no such thing")
    with refused("out_of_scope", field="route"):
        qualify(world, engagement)
    with refused("no_statement"):
        qualify(world, engagement, **AD_HOC)
    again = proposed(world, engagement, exclusion=PROJECTS)
    assert again.because == [SAID, f"excluded by the agreement: {PROJECTS[:-1]}"]
    answered(world, engagement)
    assert qualify(world, engagement, **AD_HOC).status == Status.QUALIFIED


def test_exclusion_that_was_taken_back_is_as_never_named(world: World) -> None:
    engagement = acknowledged(world)
    proposed(world, engagement, exclusion=MONITORING)
    assert excluded(engagement) == (MONITORING,)
    withdraw_sow(engagement.pk, reason="It is not", by=world.actor("dana"), at=ACKNOWLEDGED)
    assert excluded(engagement) == ()
    with refused("no_statement", field="route"):
        qualify(world, engagement, **AD_HOC)
    assert qualify(world, engagement).route == Route.BREAK_FIX


def test_ad_hoc_is_never_the_word_of_the_desk_alone(world: World) -> None:
    engagement = acknowledged(world)
    with refused("no_statement", field="route"):
        qualify(world, engagement, **AD_HOC)
    other = covered(world)
    proposed(world, other)
    answered(world, other)
    with refused("no_statement", field="route"):  # they waived a warranty, and accepted nothing that is outside
        qualify(world, other, **AD_HOC)
    assert qualify(world, other).route == Route.BREAK_FIX


def test_exclusions_are_those_of_the_version_under_which_it_was_reported(world: World) -> None:
    before = acknowledged(world)
    given = {"by": world.actor("nora"), "at": ACKNOWLEDGED}
    terms = {"scope": {"exclusions": ["Printers"]}}
    version = makers_agreements.actions.revise_agreement(world.agreements["northgate"].pk, terms=terms, **given)
    makers_agreements.signed(world, version, "percy", "nora", at=ACKNOWLEDGED)
    with refused("not_an_exclusion", field="exclusion"):
        proposed(world, before, exclusion="Printers")
    assert proposed(world, before, exclusion=MONITORING).because == [SAID]
    assert outside.exclusions_left(before, qualifying.route_test(before, QUALIFIED))[-1] == PROJECTS


def test_exclusion_is_one_line_however_it_was_typed(world: World) -> None:
    assert rules.listed(["  New\r\n  projects ", " "]) == ["New projects"]
    cover = qualifying.route_test(acknowledged(world), QUALIFIED)
    assert rules.naming(cover, "New\nprojects", ["New\r\nprojects"]).excluded == ("New projects",)
    assert rules.naming(cover, " ", [" "]) == cover
    twice = rules.naming(rules.naming(cover, "New projects", ["New projects"]), "New projects", ["New projects"])
    assert rules.beside_agreement(twice) == ["excluded by the agreement: New projects"]
