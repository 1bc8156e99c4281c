from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from breakfix.agreements import actions, queries
from breakfix.agreements.models import Agreement, AgreementVersion
from breakfix.agreements.values import VersionStatus
from breakfix.kernel.access import OPERATOR
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import sha256_hex
from breakfix.kernel.ledger.rebuild import rebuild
from breakfix.kernel.models import Entry
from breakfix.parties.queries import sees_topic
from tests.makers import World, local
from tests.makers_agreements import drafted, signed

LATER = local("2026-12-01 09:00")


def first(world: World, **given: Any) -> AgreementVersion:
    return drafted(world, "ironbridge", "northgate", "dana", given.pop("terms", {}), **given)


def in_force(world: World, at: datetime) -> AgreementVersion:
    client, provider = world.organisation("northgate"), world.organisation("ironbridge")
    return queries.in_force(client.pk, provider.pk, at)


def refused(act: Callable[[], object], code: str) -> Refused:
    """The refusal of `act`, which left neither row nor entry behind."""
    before = (Entry.objects.count(), rebuild(), list(AgreementVersion.objects.values().order_by("pk")))
    with pytest.raises(Refused) as refusal:
        act()
    after = (Entry.objects.count(), rebuild(), list(AgreementVersion.objects.values().order_by("pk")))
    assert refusal.value.code == code
    assert after == before
    return refusal.value


def test_draft_binds_nobody(small_world: World) -> None:
    version = first(small_world)
    assert version.agreement.number == "A-2026-0001"
    assert version.agreement.currency == "USD"
    assert version.status == VersionStatus.DRAFT
    refused(lambda: in_force(small_world, small_world.at), "no_agreement")


def test_draft_is_told_to_both_sides(small_world: World) -> None:
    version = first(small_world)
    told = Entry.objects.filter(kind="agreement.drafted")
    assert set(told.values_list("organisation_id", flat=True)) == set(version.agreement.party_ids)
    assert len(set(told.values_list("deed_id", flat=True))) == 1


def test_hash_is_that_of_the_content_shown(small_world: World) -> None:
    version = queries.get_version(first(small_world).pk, small_world.actor("nora"))
    assert version.sha256 == sha256_hex(version.content())
    assert version.content()["terms"]["rates"]["trip"] == "95"


def test_second_signature_puts_in_force_and_introduces_both(small_world: World) -> None:
    version = first(small_world)
    provider, client = version.agreement.provider, version.agreement.client
    version = signed(small_world, version, "percy")
    assert version.status == VersionStatus.PROPOSED
    assert not sees_topic(small_world.actor("nora"), provider.topic)
    version = signed(small_world, version, "nora", at=LATER)
    assert (version.status, version.effective_at) == (VersionStatus.SIGNED, LATER)
    assert sees_topic(small_world.actor("nora"), provider.topic)
    assert sees_topic(small_world.actor("dana"), client.topic)
    assert in_force(small_world, LATER) == version
    with pytest.raises(Refused, match="no_agreement"):
        in_force(small_world, LATER - timedelta(microseconds=1))


def test_signature_needs_a_fresh_password(small_world: World) -> None:
    version = first(small_world)
    at = small_world.at
    stale = small_world.actor("percy", confirmed_at=at - timedelta(minutes=6))
    sha = version.sha256
    refused(
        lambda: actions.sign_agreement(version.pk, shown_sha256=sha, typed_name=stale.name, by=stale, at=at),
        "reauthenticate",
    )


def test_signature_binds_what_was_shown(small_world: World) -> None:
    version = first(small_world)
    at, shown = small_world.at, version.sha256
    percy, nora = (small_world.actor(key, confirmed_at=at) for key in ("percy", "nora"))
    actions.revise_agreement(version.pk, terms={"rates": {"trip": "110"}}, by=percy, at=at)
    refused(
        lambda: actions.sign_agreement(version.pk, shown_sha256=shown, typed_name=nora.name, by=nora, at=at),
        "changed_since_shown",
    )


@pytest.mark.parametrize(("who", "code"), [("dana", "not_allowed"), ("hugo", "not_found"), ("cal", "not_found")])
def test_signature_is_an_administrators_of_the_two_sides(small_world: World, who: str, code: str) -> None:
    version = first(small_world)
    at = small_world.at
    by = small_world.actor(who, confirmed_at=at)
    refused(
        lambda: actions.sign_agreement(version.pk, shown_sha256=version.sha256, typed_name=by.name, by=by, at=at),
        code,
    )


def test_signature_counts_once(small_world: World) -> None:
    version = signed(small_world, first(small_world), "percy")
    refused(lambda: signed(small_world, version, "percy"), "already_signed")
    signed(small_world, version, "nora")
    refused(lambda: signed(small_world, version, "nora"), "already_signed")


def test_revision_takes_a_lone_signature_back(small_world: World) -> None:
    version = signed(small_world, first(small_world, terms={"rates": {"trip": "100"}}), "percy")
    nora = small_world.actor("nora")
    revised = actions.revise_agreement(version.pk, terms={"rates": {"per_mile": "0.50"}}, by=nora, at=small_world.at)
    assert (revised.pk, revised.status, revised.provider_signed_at) == (version.pk, VersionStatus.DRAFT, None)
    assert [revised.parsed.rates.trip, revised.parsed.rates.per_mile] == [100, Decimal("0.50")]


def test_new_version_ends_the_old_one_at_its_own_start(small_world: World) -> None:
    one = signed(small_world, first(small_world), "percy", "nora")
    percy = small_world.actor("percy")
    two = actions.revise_agreement(
        one.pk, terms={"rates": {"levels": {"L2": "200"}}}, effective_at=LATER, by=percy, at=small_world.at
    )
    assert two.version == 2
    assert in_force(small_world, LATER) == one  # a draft changes nothing
    signed(small_world, two, "nora", "percy")
    one.refresh_from_db()
    assert (one.status, one.ends_at) == (VersionStatus.ENDED, LATER)
    assert in_force(small_world, LATER - timedelta(microseconds=1)).version == 1
    assert in_force(small_world, LATER).version == 2
    assert in_force(small_world, LATER).parsed.rates.rate(2) == 200


def test_signed_version_keeps_its_words(small_world: World) -> None:
    one = signed(small_world, first(small_world), "percy", "nora")
    words = (one.terms, one.sha256)
    percy = small_world.actor("percy")
    two = actions.revise_agreement(
        one.pk, terms={"rates": {"trip": "1"}}, by=percy, at=small_world.at + timedelta(days=1)
    )
    signed(small_world, two, "percy", "nora", at=small_world.at + timedelta(days=2))
    one = queries.get_version(one.pk, OPERATOR)
    assert (one.terms, one.sha256) == words
    assert one.parsed.rates.trip == 95
    assert [d.path for d in queries.changes_of(two)] == ["rates.trip"]


def test_revision_starts_from_the_latest_version(small_world: World) -> None:
    one = signed(small_world, first(small_world), "percy", "nora")
    percy, at = small_world.actor("percy"), small_world.at
    two = actions.revise_agreement(one.pk, terms={}, effective_at=LATER, by=percy, at=at)
    refused(lambda: actions.revise_agreement(one.pk, terms={}, by=percy, at=at), "not_latest")
    assert actions.revise_agreement(two.pk, terms={}, effective_at=LATER, by=percy, at=at).pk == two.pk


def test_start_never_reaches_back(small_world: World) -> None:
    before = small_world.at - timedelta(seconds=1)
    refused(lambda: first(small_world, effective_at=before), "start_has_passed")
    version = first(small_world, effective_at=LATER)
    refused(lambda: signed(small_world, version, "percy", at=LATER + timedelta(seconds=1)), "start_has_passed")


def test_version_starts_after_the_one_it_replaces(small_world: World) -> None:
    one = signed(small_world, first(small_world, effective_at=LATER), "percy", "nora")
    percy = small_world.actor("percy")

    def earlier() -> object:
        return actions.revise_agreement(one.pk, terms={}, effective_at=LATER, by=percy, at=small_world.at)

    refused(earlier, "not_after_previous")


def test_pair_has_one_agreement(small_world: World) -> None:
    first(small_world)
    refused(lambda: first(small_world), "already_agreed")
    assert Agreement.objects.count() == 1


def test_draft_needs_a_client_one_was_introduced_to(small_world: World) -> None:
    at, made = small_world.at, small_world
    percy, dana = made.actor("percy"), made.people["dana"].pk
    provider, client = made.organisation("ironbridge").pk, made.organisation("northgate").pk

    def draft(buyer: int, accountable: int) -> object:
        by = percy if buyer == client else OPERATOR
        return actions.draft_agreement(provider, buyer, accountable_person_id=accountable, by=by, at=at)

    refused(lambda: draft(client, dana), "not_found")
    refused(lambda: draft(made.organisation("calder").pk, dana), "not_a_client")
    refused(lambda: draft(made.organisation("harborview").pk, made.people["nora"].pk), "not_of_provider")


def test_draft_refuses_wrong_terms_whole(small_world: World) -> None:
    refusal = refused(lambda: first(small_world, terms={"rates": {"levels": {"L9": "1"}}}), "invalid_terms")
    assert refusal.field == "terms-rates-levels-L9"


def test_agreements_are_seen_by_their_two_sides(world: World) -> None:
    seen = {
        key: {version.agreement.client.slug for version in queries.versions_visible_to(world.actor(key))}
        for key in ("percy", "nora", "charlie", "cal", "tom")
    }
    assert seen == {
        "percy": {"northgate", "harborview"},
        "nora": {"northgate"},
        "charlie": {"harborview"},
        "cal": {"northgate"},
        "tom": set(),  # who only does field work is not shown what it costs
    }


def test_versions_list_costs_the_same_for_one_and_three(small_world: World, django_assert_num_queries: Any) -> None:
    def listed() -> list[str]:
        return [
            f"{v} {v.agreement.provider} {v.agreement.client} {v.accountable_person} {v.client_signed_by}"
            for v in queries.versions_visible_to(nora)
        ]

    version = first(small_world)
    nora, percy = small_world.actor("nora"), small_world.actor("percy")
    with django_assert_num_queries(1):
        assert len(listed()) == 1
    for days in (1, 2):
        at = small_world.at + timedelta(days=days)
        signed(small_world, version, "percy", "nora", at=at)
        version = actions.revise_agreement(version.pk, terms={}, by=percy, at=at + timedelta(hours=1))
    with django_assert_num_queries(1):
        assert len(listed()) == 3


def test_providers_for_lists_those_under_agreement(world: World) -> None:
    client = world.organisation("northgate").pk
    assert [str(p) for p in queries.providers_for(client, world.at)] == [
        "Calder Field Engineering",
        "Ironbridge Repair",
    ]
    assert queries.providers_for(client, world.at - timedelta(seconds=1)) == []
