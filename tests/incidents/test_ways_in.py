"""An agreement that names its ways in: page, telephone and program only where named, a P1 always by telephone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given as each
from hypothesis import strategies as st

from breakfix.agreements import queries as agreements
from breakfix.agreements.actions import revise_agreement
from breakfix.agreements.values import Channel, Domain, Priority
from breakfix.incidents.actions.reporting import report_failure
from breakfix.incidents.models import Engagement
from breakfix.incidents.rules.intake import check_channel
from breakfix.intake.actions import mail as mails
from breakfix.intake.models import MailDraft
from breakfix.kernel import clock
from breakfix.kernel.errors import Refused
from breakfix.parties import queries as parties
from breakfix.parties.actions import issue_token
from breakfix.parties.values import Scope
from tests import makers_mails
from tests.incidents.test_calling import heard, read, taken
from tests.intake.test_channels import agreed, mailed
from tests.makers import World, local
from tests.makers_agreements import signed
from tests.makers_incidents import CALM, REPORTED, reported
from tests.refusals import refused

CALM_CASE: dict[str, Any] = {"answers": CALM, "obligations": []}


def test_page_is_taken_only_where_it_is_named(world: World) -> None:
    agreed(world, "phone", "email")
    with refused("channel_not_agreed") as refusal:
        reported(world)
    assert refusal.value.facts == {"channel": "portal", "agreed": ["phone", "email"]}
    assert "takes them by telephone, by e-mail. A P1 is always taken by telephone." in refusal.value.message
    agreed_again(world, "portal")
    assert reported(world).priority == "P1"


def agreed_again(world: World, *channels: str) -> None:
    latest = agreements.latest_version(world.agreements["northgate"].agreement)
    version = revise_agreement(
        latest.pk,
        terms={"triage": {"channels": list(channels)}},
        by=world.actor("nora"),
        at=local("2026-11-21 09:00"),
    )
    signed(world, version, "percy", "nora", at=local("2026-11-21 10:00"))


def test_desk_hears_a_p1_by_telephone_whatever_was_agreed(world: World) -> None:
    agreed(world, "portal")
    assert taken(world, heard()).priority == "P1"
    calm = heard(answers=CALM, obligations=None)
    with refused("channel_not_agreed"):  # before anything is read back to the caller
        read(world, calm)
    with refused("channel_not_agreed"):
        reported(world, who="dana", requester_id=world.people["rita"].pk, **CALM_CASE)
    assert reported(world, who="dana", requester_id=world.people["rita"].pk).priority == "P1"


def test_program_is_taken_only_where_it_is_named_and_is_no_page(world: World) -> None:
    agreed(world, "portal", "phone")
    with clock.set_to(REPORTED):
        wanted = {"name": "Watch", "scopes": [Scope.REPORT], "expires_at": REPORTED + timedelta(days=9)}
        token = issue_token(**wanted, by=world.actor("rita", REPORTED), at=REPORTED)
        program = parties.actor_for_token(parties.token_of(token.secret))
    assert program.through == "api"
    with refused("channel_not_agreed") as refusal:
        by_program(world, program)
    assert refusal.value.facts["channel"] == "api"
    agreed_again(world, "api")
    assert by_program(world, program).status == "SUBMITTED"
    with refused("channel_not_agreed"):
        reported(world, **CALM_CASE)


def by_program(world: World, program: Any) -> Engagement:
    return report_failure(
        world.assets["backup"].pk,
        provider_id=world.organisation("ironbridge").pk,
        domain=Domain.HW_RAID,
        title="Archive job died",
        answers=CALM,
        outage_started_at=REPORTED,
        by=program,
        at=REPORTED,
    )


def test_mail_that_came_in_is_reported_by_whoever_reads_it(world: World) -> None:
    agreed(world, "email")
    mailed()
    draft = MailDraft.objects.get()
    given: dict[str, Any] = {"asset_id": world.assets["backup"].pk, "answers": CALM, "at": makers_mails.HEARD}
    engagement = mails.report_mail(draft.pk, domain=Domain.HW_RAID, **given, by=world.actor("dana"))
    assert engagement.status == "SUBMITTED"


@each(st.sampled_from(Channel), st.sets(st.sampled_from(Channel)), st.sampled_from(Priority))
def test_who_speaks_with_a_person_about_a_p1_is_always_heard(
    channel: Channel, named: set[Channel], priority: Priority
) -> None:
    at_its_door = channel in (Channel.EMAIL, Channel.MONITORING)
    open_to = not named or channel in named or at_its_door
    open_to = open_to or (channel is Channel.PHONE and priority is Priority.P1)
    try:
        check_channel(channel, sorted(named), priority)
    except Refused:
        assert not open_to
    else:
        assert open_to


def test_way_gives_no_right_and_makes_nobody_another(world: World) -> None:
    rita = world.actor("rita")
    assert replace(rita, through="api") == rita
