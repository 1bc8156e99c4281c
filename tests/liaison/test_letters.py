"""The client lets its provider speak to a vendor: what it says, for how long, and that it can be taken back."""

import json
from datetime import timedelta
from typing import Any

import pytest

from breakfix.incidents import queries as incidents
from breakfix.incidents.models import Engagement
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger.canonical import sha256_hex
from breakfix.kernel.ledger.rebuild import differences
from breakfix.liaison import queries
from breakfix.liaison.actions import letters
from tests import makers_liaison as make
from tests.makers import World, local
from tests.makers_incidents import qualified
from tests.refusals import refused


@pytest.fixture(name="engagement")
def _engagement(world: World) -> Engagement:
    return qualified(world)


def test_letter_is_a_frozen_document_with_its_hash(world: World, engagement: Engagement) -> None:
    letter = make.granted(world, engagement, signed_copy=Upload("loa.pdf", b"%PDF-1.7 signed"))
    content = json.loads(letter.canonical)
    assert sha256_hex(content) == letter.sha256
    assert (letter.number, content["vendor"]) == ("LOA-2026-0001", make.CARRIER)
    assert content["signed"][0]["name"] == world.people["seth"].name
    assert "does not allow ordering" in content["not_for"]
    assert letter.signed_copy is not None
    assert differences() == []


def test_log_says_whether_there_was_a_letter_at_that_moment(world: World, engagement: Engagement) -> None:
    case = make.opened(world, engagement)
    before = make.spoken(world, case)
    assert "without a letter of authority" in incidents.timeline(engagement, world.actor("rita"))[-1].line
    letter = make.granted(world, engagement, vendor_name="windy city  telecom", at=make.SPOKEN)
    after = make.spoken(world, case, at=make.SPOKEN + timedelta(minutes=1))
    assert (before.letter, after.letter) == (None, letter)
    assert "without" not in incidents.timeline(engagement, world.actor("rita"))[-1].line
    revoked_at = make.SPOKEN + timedelta(minutes=5)
    given = {"letter_id": letter.pk, "reason": "They speak to us now."}
    letters.revoke_letter(engagement.pk, **given, by=world.actor("nora"), at=revoked_at)
    told_late = make.spoken(world, case, at=make.NEXT - timedelta(minutes=9), contacted_at=make.SPOKEN)
    assert told_late.letter == letter, "what counts is when it was said"
    assert make.spoken(world, case, at=make.NEXT - timedelta(minutes=8)).letter is None
    with refused("revoked_before"):
        letters.revoke_letter(engagement.pk, **given, by=world.actor("nora"), at=make.NEXT)
    assert differences() == []


def test_letter_runs_out_at_its_instant(world: World, engagement: Engagement) -> None:
    end = local("2026-12-02 18:00")
    letter = make.granted(world, engagement, valid_until=end)
    assert queries.letter_for(engagement, make.CARRIER, end - timedelta(microseconds=1)) == letter
    assert queries.letter_for(engagement, make.CARRIER, end) is None
    assert queries.letter_for(engagement, "Another carrier", end - timedelta(hours=1)) is None
    with refused("expired"):
        letters.revoke_letter(engagement.pk, letter_id=letter.pk, reason="Over.", by=world.actor("seth"), at=end)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"who": "dana"}, "not_allowed", None),
        ({"who": "rita"}, "not_allowed", None),
        ({"who": "hana"}, "not_found", None),
        ({"scope": ""}, "missing_field", "scope"),
        ({"vendor_name": "x" * 121}, "too_long", "vendor_name"),
        ({"valid_until": make.OPENED}, "past_end", "valid_until"),
        ({"valid_until": make.OPENED + timedelta(days=367)}, "too_long_valid", "valid_until"),
        ({"signed_copy": Upload("loa.exe", b"MZ")}, "file_kind", "evidence"),
    ],
)
def test_letter_is_not_granted(
    world: World, engagement: Engagement, given: dict[str, Any], code: str, field: str | None
) -> None:
    with refused(code, field=field):
        make.granted(world, engagement, **given)


def test_letter_needs_a_password_entered_just_now(world: World, engagement: Engagement) -> None:
    given = {"vendor_name": "A", "scope": "B", "valid_until": make.NEXT}
    with refused("reauthenticate"):
        letters.grant_letter(engagement.pk, **given, by=world.actor("seth"), at=make.OPENED)
