"""Drafting, reviewing and issuing S1's quote through the real actions."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from breakfix.agreements.values import Priority
from breakfix.approvals import queries as approvals
from breakfix.incidents import queries as incidents
from breakfix.incidents.values import EndKind, Status
from breakfix.kernel.access import SYSTEM
from breakfix.kernel.errors import NotFound
from breakfix.kernel.files import Upload
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.ledger.canonical import sha256_hex
from breakfix.quotes import previews, queries
from breakfix.quotes.actions import drafting, issuing
from breakfix.quotes.models import Quote
from breakfix.quotes.rules.simulation import replace_sampler
from breakfix.quotes.values import Mode
from tests import makers_quotes as make
from tests.makers import World, local
from tests.makers_incidents import CALM
from tests.quotes.cases import S1, D, part, task, usd
from tests.refusals import refused

SMALL: dict[str, Any] = {
    "tasks": [task(3, "1", "1", "1")],
    "parts": [],
    "charges": [],
    "contingents": [],
    "risks": [],
}


def issue(world: World, quote: Quote, at: Any = make.ISSUED) -> Quote:
    with replace_sampler(make.STATED_N):
        return issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=at)


def test_issued_quote_has_exactly_the_stated_figures(world: World) -> None:
    quote = make.issued(world)
    assert (quote.number, quote.version, quote.status) == ("Q-2026-0001", 1, "ISSUED")
    assert quote.q == usd("4723.33")
    assert quote.n == usd("5400")
    assert quote.exposure == usd("5879.25")
    assert quote.cash_out == usd("6614.16")
    assert quote.credit_minor == 67500
    assert quote.valid_until == make.ISSUED + timedelta(hours=24)
    assert quote.sampler == "stated by the story"


def test_issue_asks_the_clients_people_and_stops_the_quote_clock(world: World) -> None:
    quote = make.issued(world)
    engagement = incidents.get_engagement(quote.engagement_id, SYSTEM)
    assert engagement.status == Status.AWAITING_APPROVAL
    asked = approvals.open_round_for(quote.subject)
    assert asked is not None
    assert asked.subject_sha256 == quote.sha256
    assert asked.exposure == usd("5879.25")
    assert [seat.name for seat in asked.seats.all()] == ["it", "finance", "data_owner"]
    (clock,) = [one for one in incidents.readings(engagement, make.ISSUED) if one.kind == "QUOTE"]
    assert clock.elapsed == timedelta(minutes=35)


def test_hash_is_that_of_everything_the_approver_is_shown(world: World) -> None:
    quote = make.issued(world)
    assert sha256_hex(quote.content) == quote.sha256
    shown = quote.content
    assert shown["n"] == {"amount": "5400.00", "currency": "USD"}
    assert shown["agreement"]["sha256"] == world.agreements["northgate"].sha256
    assert shown["acknowledge"] == ["R1"]
    assert shown["seats"] == ["it", "finance", "data_owner"]
    assert [row["line"] for row in shown["evidence"]] == ["P1", "P2", "P3"]
    assert shown["second_review"] == {"needed": "a risk is High or Severe", "independent": True}
    assert shown["minimum_hours"] == {"onsite": "2.0", "remote": "0.5", "remote_after_hours": "1.0"}
    assert shown["scope_in"] == S1.scope_in


def test_frozen_price_comes_back_as_it_was(world: World) -> None:
    quote = make.issued(world)
    made = queries.offer_for(quote.engagement, quote.inputs, number=quote.number)
    assert quote.price == made.price
    assert quote.tariff == queries.tariff_for(quote.engagement)
    assert replace(quote.inputs, scope_out="", assumptions="", continuity="") == S1


def test_simulated_quote_gives_the_same_n_twice(world: World) -> None:
    quote = make.reviewed(world)
    shown = previews.preview_of(quote, world.actor("quinn"), make.ISSUED)
    done = issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=make.ISSUED)
    assert done.n == shown.offer.n
    assert done.sampler == "simulation"
    assert done.n in {usd("5375"), usd("5400"), usd("5425"), usd("5450")}
    assert done.samples == 20_000


def test_draft_stays_with_the_provider(world: World) -> None:
    quote = make.drafted(world)
    with pytest.raises(NotFound):
        queries.get_quote(quote.pk, world.actor("alice"))
    assert queries.quotes_of(quote.engagement, world.actor("alice")) == []
    assert queries.quotes_of(quote.engagement, world.actor("quinn")) == [quote]
    client = world.organisation("northgate").pk
    kinds = {entry.kind for entry in ledger.entries(client, topic=quote.engagement.topic)}
    assert not any(kind.startswith("quote.") for kind in kinds)


def test_issued_quote_is_seen_by_its_parties_only(world: World) -> None:
    quote = make.issued(world)
    assert queries.get_quote(quote.pk, world.actor("alice")) == quote
    with pytest.raises(NotFound):
        queries.get_quote(quote.pk, world.actor("charlie"))
    with pytest.raises(NotFound):
        queries.get_quote(quote.pk, world.actor("cal"))


def test_risk_draft_asks_a_reviewer_and_the_review_answers(world: World) -> None:
    quote = make.proven(world, make.drafted(world))
    ends = [end.what for end in incidents.open_ends(quote.engagement) if end.kind == EndKind.REVIEW]
    assert ends == ["Review quote Q-2026-0001 v1: a risk is High or Severe"]
    drafting.review_quote(quote.pk, by=world.actor("rex"), at=make.REVIEWED)
    assert not [end for end in incidents.open_ends(quote.engagement) if end.kind == EndKind.REVIEW]


def test_author_cannot_review_a_risky_quote(world: World) -> None:
    quote = make.drafted(world)
    with refused("own_work"):
        drafting.review_quote(quote.pk, by=world.actor("quinn"), at=make.REVIEWED)


def test_author_reviews_a_small_quote_alone(world: World) -> None:
    quote = make.drafted(world, **SMALL)
    done = drafting.review_quote(quote.pk, by=world.actor("quinn"), at=make.REVIEWED)
    assert done.status == "REVIEWED"
    assert issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=make.ISSUED).content["second_review"] == {
        "needed": "",
        "independent": False,
    }


def test_price_above_the_threshold_needs_a_second_person(world: World) -> None:
    big = make.drafted(world, **{**SMALL, "parts": [part("BIG", "6000")]})
    with refused("own_work"):
        drafting.review_quote(big.pk, by=world.actor("quinn"), at=make.REVIEWED)


def test_unreviewed_quote_is_not_issued(world: World) -> None:
    quote = make.proven(world, make.drafted(world))
    with refused("not_reviewed"):
        issue(world, quote)


def test_quote_without_every_suppliers_document_is_not_issued(world: World) -> None:
    quote = make.drafted(world)
    offer = Upload("offer.txt", b"CTRL-9 at 1140")
    drafting.attach_supplier_evidence(quote.pk, line=1, evidence=offer, by=world.actor("quinn"), at=make.DRAFTED)
    drafting.review_quote(quote.pk, by=world.actor("rex"), at=make.REVIEWED)
    with refused("evidence_missing", field="parts-1-evidence"):
        issue(world, quote)


def test_changed_price_needs_a_new_document(world: World) -> None:
    quote = make.proven(world, make.drafted(world))
    dearer = [replace(S1.parts[0], cost=D("1200")), *S1.parts[1:]]
    typed = make.inputs(parts=dearer)
    drafting.revise_quote(quote.pk, revision=1, **typed, by=world.actor("quinn"), at=make.DRAFTED)
    drafting.review_quote(quote.pk, by=world.actor("rex"), at=make.REVIEWED)
    with refused("evidence_missing", field="parts-0-evidence"):
        issue(world, quote)


def test_supplier_hold_shortens_the_offer(world: World) -> None:
    hold = local("2026-12-02 12:00")
    parts = [replace(S1.parts[0], supplier_valid_until=hold), *S1.parts[1:]]
    assert make.issued(world, parts=parts).valid_until == hold


def test_expired_supplier_price_is_not_issued(world: World) -> None:
    hold = local("2026-12-02 01:15")
    parts = [replace(S1.parts[0], supplier_valid_until=hold), *S1.parts[1:]]
    quote = make.reviewed(world, parts=parts)
    with refused("supplier_price_expired", field="parts-0-supplier_valid_until"):
        issue(world, quote)


def test_high_risk_needs_a_backup_an_image_or_a_waiver(world: World) -> None:
    quote = make.reviewed(world, image_first=False)
    with refused("backup_missing", field="image_first"):
        issue(world, quote)


@pytest.mark.parametrize("hours", [169, 168])
def test_restore_test_counts_for_seven_days(world: World, hours: int) -> None:
    tested = make.ISSUED - timedelta(hours=hours)
    quote = make.reviewed(world, image_first=False, backup_tested_at=tested)
    if hours == 168:
        assert issue(world, quote).status == "ISSUED"
        return
    with refused("backup_missing"):
        issue(world, quote)


def test_waiver_is_signed_by_the_data_owner(world: World) -> None:
    quiet = replace(S1.risks[0], raid=None, probability=D("0.02"))
    quote = make.issued(world, image_first=False, no_backup_waiver=True, risks=[quiet])
    assert quote.content["second_seats"] == ["data_owner"]


def test_rate_outside_the_band_needs_its_reason(world: World) -> None:
    cheap = {**SMALL, "tasks": [task(1, "1", "1", "1")]}
    quote = make.drafted(world, **cheap)
    drafting.review_quote(quote.pk, by=world.actor("quinn"), at=make.REVIEWED)
    with refused("rate_out_of_band", field="band_reason"):
        issue(world, quote)
    typed = make.inputs(**cheap, band_reason="Smart hands only")
    drafting.revise_quote(quote.pk, revision=1, **typed, by=world.actor("quinn"), at=make.DRAFTED)
    drafting.review_quote(quote.pk, by=world.actor("quinn"), at=make.REVIEWED)
    done = issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=make.ISSUED)
    assert done.content["band_reason"] == "Smart hands only"


def test_stale_form_overwrites_nothing(world: World) -> None:
    quote = make.drafted(world)
    drafting.revise_quote(quote.pk, revision=1, **make.inputs(), by=world.actor("quinn"), at=make.DRAFTED)
    with refused("stale_form", field="revision"):
        drafting.revise_quote(quote.pk, revision=1, **make.inputs(), by=world.actor("quinn"), at=make.DRAFTED)
    with refused("stale_form"):
        drafting.review_quote(quote.pk, revision=1, by=world.actor("rex"), at=make.REVIEWED)


def test_revision_takes_the_review_back(world: World) -> None:
    quote = make.reviewed(world)
    done = drafting.revise_quote(quote.pk, revision=1, **make.inputs(), by=world.actor("quinn"), at=make.DRAFTED)
    assert (done.status, done.reviewer, done.revision) == ("DRAFT", None, 2)


def test_issued_quote_never_changes(world: World) -> None:
    quote = make.issued(world)
    quinn = world.actor("quinn")
    with refused("quote_issued"):
        drafting.revise_quote(quote.pk, revision=1, **make.inputs(), by=quinn, at=make.ISSUED)
    with refused("quote_issued"):
        drafting.attach_supplier_evidence(quote.pk, line=1, evidence=Upload("a.txt", b"x"), by=quinn, at=make.ISSUED)
    with refused("quote_issued"):
        drafting.review_quote(quote.pk, by=world.actor("rex"), at=make.ISSUED)
    with refused("quote_issued"):
        issue(world, quote)


def test_second_draft_is_refused(world: World) -> None:
    quote = make.drafted(world)
    with refused("draft_exists"):
        make.drafted(world, quote.engagement)


def test_only_the_quoting_engineer_drafts(world: World) -> None:
    engagement = make.awaiting_quote(world)
    for key, code in (("rex", "not_allowed"), ("alice", "not_allowed"), ("charlie", "not_found")):
        with refused(code):
            drafting.draft_quote(engagement.pk, **make.inputs(), by=world.actor(key), at=make.DRAFTED)


def test_evidence_for_a_line_that_is_not_there_is_refused(world: World) -> None:
    quote = make.drafted(world)
    for line in (0, 4):
        with refused("unknown_line", field="line"):
            drafting.attach_supplier_evidence(
                quote.pk, line=line, evidence=Upload("a.txt", b"x"), by=world.actor("quinn"), at=make.DRAFTED
            )


def test_new_version_supersedes_the_open_one(world: World) -> None:
    first = make.issued(world)
    second = make.issued(world, first.engagement, at=make.ISSUED + timedelta(minutes=5))
    first.refresh_from_db()
    assert (second.number, second.version) == (first.number, 2)
    assert (first.status, second.status) == ("SUPERSEDED", "ISSUED")
    assert approvals.open_round_for(first.subject) is None
    assert approvals.open_round_for(second.subject) is not None


def test_withdrawn_offer_makes_room_for_another(world: World) -> None:
    quote = make.issued(world)
    issuing.withdraw_quote(quote.pk, reason="wrong part", by=world.actor("quinn"), at=make.ISSUED)
    engagement = incidents.get_engagement(quote.engagement_id, SYSTEM)
    assert engagement.status == Status.QUOTE_PENDING
    assert approvals.open_round_for(quote.subject) is None
    assert make.issued(world, engagement).version == 2
    with refused("quote_withdrawn"):
        issuing.withdraw_quote(quote.pk, by=world.actor("quinn"), at=make.ISSUED)


def test_quote_expires_at_its_instant_and_not_before(world: World) -> None:
    quote = make.issued(world)
    end = quote.valid_until
    assert end is not None
    with refused("not_yet_expired"):
        issuing.expire_quote(quote.pk, by=SYSTEM, at=end - timedelta(microseconds=1))
    done = issuing.expire_quote(quote.pk, by=SYSTEM, at=end)
    assert done.status == "EXPIRED"
    assert [(t.kind, t.cap) for t in queries.tranches(done.engagement)] == [("FORENSIC", usd("675"))]
    with refused("quote_expired"):
        issuing.expire_quote(quote.pk, by=SYSTEM, at=end)


def test_expired_quote_is_followed_by_a_new_version(world: World) -> None:
    quote = make.issued(world)
    assert quote.valid_until is not None
    issuing.expire_quote(quote.pk, by=SYSTEM, at=quote.valid_until)
    again = make.drafted(world, quote.engagement, at=quote.valid_until)
    assert incidents.get_engagement(quote.engagement_id, SYSTEM).status == Status.QUOTE_PENDING
    assert again.version == 2


def test_fixed_price_binds_q_plus_the_contingent_room(world: World) -> None:
    quote = make.reviewed(world, mode=Mode.FIXED)
    done = issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=make.ISSUED)
    assert done.n == usd("4723.33") + usd("665.00")


def test_preview_shows_figures_and_what_is_missing(world: World) -> None:
    engagement = make.awaiting_quote(world)
    shown = previews.preview(engagement.pk, S1, by=world.actor("quinn"), at=make.DRAFTED)
    assert shown.offer.q == usd("4723.33")
    assert [problem.code for problem in shown.problems] == ["evidence_missing"]
    quote = make.drafted(world, engagement, image_first=False)
    codes = [problem.code for problem in previews.preview_of(quote, world.actor("quinn"), make.DRAFTED).problems]
    assert codes == ["evidence_missing", "backup_missing", "not_reviewed"]


def test_quotes_are_listed_in_a_constant_number_of_queries(world: World, django_assert_num_queries: Any) -> None:
    first = make.issued(world)
    alice = world.actor("alice")
    with django_assert_num_queries(1):
        assert [str(q.author.name and q.engagement.client) for q in queries.quotes_of(first.engagement, alice)]
    make.issued(world, first.engagement, at=make.ISSUED + timedelta(minutes=5))
    make.issued(world, first.engagement, at=make.ISSUED + timedelta(minutes=9))
    with django_assert_num_queries(1):
        assert len(queries.quotes_of(first.engagement, alice)) == 3


def test_emergency_dispatch_is_only_for_priorities_that_have_one(world: World) -> None:
    calm = make.awaiting_quote(world, answers=CALM, obligations=[])
    assert calm.priority == Priority.P4
    with refused("no_emergency_dispatch", field="charges-1-kind"):
        make.drafted(world, calm)
