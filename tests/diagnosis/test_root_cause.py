"""The root cause: drafted on what is on record, read by a peer, frozen under a hash (domain.md §3.7, §6.2)."""

from decimal import Decimal
from typing import Any

import pytest

from breakfix.diagnosis import queries
from breakfix.diagnosis.actions import root_cause as actions
from breakfix.diagnosis.document import document
from breakfix.diagnosis.models import RootCause
from breakfix.diagnosis.rules import root_cause as rules
from breakfix.diagnosis.values import ExcludedCause, FindingInput, Moment, ReviewVerdict, RootCauseStatus
from breakfix.incidents.models import Engagement, OpenEnd
from breakfix.kernel.ledger.canonical import sha256_hex
from breakfix.kernel.ledger.queries import entries
from tests.makers import World, local
from tests.makers_diagnosis import CAUSE, ISSUED, REVIEWED, checked, diagnosed, drafted, reviewed
from tests.makers_dispatch import arrived
from tests.people import actor
from tests.refusals import refused


def issue(cause: RootCause, who: str = "tom") -> RootCause:
    return actions.issue_root_cause(cause.pk, by=actor(who), at=ISSUED)


def review(
    cause: RootCause, who: str = "rex", verdict: ReviewVerdict = ReviewVerdict.AGREE, note: str = ""
) -> RootCause:
    return actions.review_root_cause(cause.pk, verdict=verdict, note=note, by=actor(who), at=REVIEWED)


def test_root_cause_is_issued_and_hands_over_to_quoting(world: World) -> None:
    engagement = diagnosed(world)
    assert engagement.status == "QUOTE_PENDING"
    cause = queries.issued_root_cause(engagement)
    assert cause is not None
    assert (cause.number, cause.version, cause.status) == ("RCA-2026-0001", 1, "ISSUED")
    assert cause.issued_at == ISSUED
    step = OpenEnd.objects.get(engagement=engagement, kind="next_step", closed_at=None)
    assert (step.what, step.role) == ("Issue the quote", "quoting_engineer")
    assert not OpenEnd.objects.filter(engagement=engagement, kind="review", closed_at=None).exists()


def test_root_cause_document_says_all_that_its_hash_binds(world: World) -> None:
    engagement = diagnosed(world)
    cause = RootCause.objects.get()
    document = cause.canonical
    assert cause.sha256 == sha256_hex(document)
    assert document["asset"]["name"] == "nyc-backup-01"
    assert document["engagement"]["number"] == engagement.number
    assert document["confidence"] == "0.92"
    assert [one["as"] for one in document["signed"]] == ["engineer", "peer"]
    assert [one["name"] for one in document["signed"]] == ["Tom Okafor", "Rex Halloran"]
    assert document["excluded"][0] == {"cause": "Cabling", "why": "Resets remain with a known good cable."}
    assert len(document["method"]["steps"]) == 20
    sectors = next(one for one in document["method"]["steps"] if one["item"] == "slot-sectors")
    assert (sectors["within"], sectors["slots"][4]) == (False, ["4", "8"])
    swap = document["findings"][0]
    log = next(one for one in document["method"]["steps"] if one["item"] == "event-log")
    assert swap["evidence"] == [log["evidence"]["sha256"]]
    assert [one["what"] for one in document["timeline"]] == [
        "Outage began",
        "Controller reset, both virtual disks offline",
        "Failure reported",
        "Desk acknowledged",
        "First contact with an engineer",
        "Engineer on site",
        "Diagnosis complete",
    ]


def test_root_cause_keeps_names_out_of_what_cannot_be_erased(world: World) -> None:
    engagement = diagnosed(world)
    told = [one for one in entries(engagement.client_id, topic=engagement.topic) if one.kind == "root_cause.issued"]
    assert "Rex Halloran" not in told[0].leaf
    assert RootCause.objects.get().sha256 in told[0].leaf


def test_root_cause_of_a_p1_needs_a_peer(world: World) -> None:
    cause = drafted(world)
    assert (cause.status, cause.peer_needed) == ("PEER_REVIEW", "a P1 is read by a peer")
    end = OpenEnd.objects.get(kind="review", closed_at=None)
    assert (end.role, end.blocks_close) == ("reviewer", False)
    with refused("peer_review_needed"):
        issue(cause)
    with refused("own_work"):
        review(cause, "tom")
    review(cause)
    with refused("already_reviewed"):
        review(cause)
    assert issue(cause).status == "ISSUED"
    with refused("already_issued"):
        issue(cause)
    with refused("already_issued"):
        drafted(world, cause.engagement, at=ISSUED)
    with refused("not_in_review"):
        review(cause)


def test_root_cause_written_anew_is_read_anew(world: World) -> None:
    cause = reviewed(world)
    again = drafted(world, cause.engagement, confidence=Decimal("0.95"), at=local("2026-12-02 01:01"))
    assert (again.pk, again.number, again.reviewer_id, again.reviewed_at) == (cause.pk, cause.number, None, None)
    with refused("peer_review_needed"):
        issue(again)


def test_root_cause_sent_back_is_a_draft_again(world: World) -> None:
    cause = drafted(world)
    with refused("missing_field", field="note"):
        review(cause, verdict=ReviewVerdict.SEND_BACK)
    back = review(cause, verdict=ReviewVerdict.SEND_BACK, note="The event log does not show the battery.")
    assert (back.status, back.review_note) == ("DRAFT", "The event log does not show the battery.")
    assert not OpenEnd.objects.filter(kind="review", closed_at=None).exists()
    with refused("peer_review_needed"):
        issue(back)
    with refused("not_in_review"):
        review(back)
    assert drafted(world, cause.engagement, at=local("2026-12-02 01:01")).status == "PEER_REVIEW"


def test_root_cause_waits_for_the_whole_protocol(world: World) -> None:
    cause = review(drafted(world, checked(world)))
    with refused("diagnosis_not_complete"):
        issue(cause)


def test_root_cause_is_signed_by_who_wrote_it(world: World) -> None:
    cause = reviewed(world)
    for who, code in (("rex", "not_allowed"), ("ana", "not_found"), ("rita", "not_allowed"), ("hana", "not_found")):
        with refused(code):
            issue(cause, who)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"confidence": Decimal("0.59")}, "not_sure_enough"),
        ({"confidence": Decimal("0.599")}, "not_sure_enough"),
        ({"confidence": Decimal("1.01")}, "bad_confidence"),
        ({"confidence": Decimal("-0.1")}, "bad_confidence"),
        ({"confidence": Decimal("NaN")}, "bad_confidence"),
        ({"excluded": []}, "missing_field"),
        ({"excluded": [ExcludedCause("Cabling", " ")]}, "missing_field"),
        ({"summary": " "}, "missing_field"),
        ({"limits": ""}, "missing_field"),
        ({"root_cause": "x" * 4001}, "too_long"),
        ({"failure_mode": "x" * 81}, "too_long"),
        ({"contributing": ["x"] * 51}, "too_long"),
        ({"prevention": "A new server for USD 14,500."}, "verbal_promise"),
        ({"findings": [FindingInput("Something", [])]}, "finding_without_evidence"),
        ({"findings": [FindingInput("Something", ["image-target"])]}, "unknown_item"),
        ({"timeline": [Moment(local("2026-12-02 00:51"), "later")]}, "in_future"),
    ],
)
def test_draft_refused_leaves_no_trace(world: World, given: dict[str, Any], code: str) -> None:
    engagement = arrived(world)
    with refused(code):
        drafted(world, engagement, **{"findings": [], **given})


def test_preview_is_the_document_before_it_is_signed(world: World) -> None:
    cause = drafted(world, arrived(world), findings=[])
    preview = document(cause, Engagement.objects.get())
    assert preview["issued_at"] is None
    assert [one["as"] for one in preview["signed"]] == ["engineer"]


def test_root_cause_is_seen_with_the_engagement_only(world: World) -> None:
    cause = drafted(world, arrived(world), findings=[])
    assert queries.get_root_cause(cause.pk, by=actor("rita")) == cause
    assert queries.current_root_cause(cause.engagement, by=actor("tom")) == cause
    for who in ("hana", "ana", "cal"):
        with refused("not_found"):
            queries.get_root_cause(cause.pk, by=actor(who))


@pytest.mark.parametrize(
    ("priority", "domain", "inconclusive", "needed"),
    [
        ("P1", "HW-RAID", False, True),
        ("P2", "HW-RAID", False, False),
        ("P4", "SEC", False, True),
        ("P3", "DR", False, True),
        ("P2", "HW-RAID", True, True),
    ],
)
def test_peer_is_needed_for_p1_security_recovery_and_guesses(
    priority: str, domain: str, inconclusive: bool, needed: bool
) -> None:
    assert bool(rules.peer_reason(priority, domain, inconclusive=inconclusive)) is needed


def test_draft_without_a_peer_is_issued_as_it_is() -> None:
    rules.check_can_issue(RootCauseStatus.DRAFT, peer_needed="", reviewed=False, diagnosis_complete=True)
    rules.check_confidence(CAUSE["confidence"], inconclusive=False)
    rules.check_confidence(rules.LEAST_CONFIDENCE, inconclusive=False)
