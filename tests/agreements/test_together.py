"""Two people at one draft at the same moment (PostgreSQL): nobody signs, or writes over, what they did not see."""

from datetime import datetime, timedelta

import pytest

from breakfix.agreements import actions, queries
from breakfix.agreements.models import AgreementVersion
from breakfix.agreements.values import VersionStatus
from breakfix.kernel.access import OPERATOR
from tests.makers import World, world
from tests.makers_agreements import signed
from tests.together import both

pytestmark = pytest.mark.postgres


def next_day(made: World) -> datetime:
    """Version 1 is in force since the world began; the next one starts after that."""
    return made.at + timedelta(days=1)


def next_version(made: World) -> AgreementVersion:
    """A draft of version 2, both of whose sides may edit and sign it."""
    percy = made.actor("percy")
    return actions.revise_agreement(made.agreements["northgate"].pk, terms={}, by=percy, at=next_day(made))


def test_two_saves_of_what_was_shown_once_keep_the_first(transactional_db: None) -> None:
    made = world()
    draft = next_version(made)

    def save(who: str, trip: str) -> None:
        actions.revise_agreement(
            draft.pk,
            terms={"rates": {"trip": trip}},
            shown_sha256=draft.sha256,
            by=made.actor(who),
            at=next_day(made),
        )

    said = both(lambda: save("percy", "80"), lambda: save("nora", "70"))
    assert sorted(said) == ["changed_meanwhile", "done"]
    kept = queries.get_version(draft.pk, OPERATOR)
    assert str(kept.parsed.rates.trip) == ("80" if said[0] == "done" else "70")


def test_signature_never_lands_on_other_words(transactional_db: None) -> None:
    made = world()
    draft = next_version(made)
    percy = made.actor("percy", confirmed_at=next_day(made))

    def sign() -> None:
        actions.sign_agreement(
            draft.pk, shown_sha256=draft.sha256, typed_name=percy.name, by=percy, at=next_day(made)
        )

    def change() -> None:
        terms = {"rates": {"trip": "70"}}
        actions.revise_agreement(
            draft.pk, terms=terms, shown_sha256=draft.sha256, by=made.actor("nora"), at=next_day(made)
        )

    signing, changing = both(sign, change)
    assert changing == "done"
    assert signing in ("done", "changed_since_shown")
    # Whoever came first: the words changed last, so no signature stands under them.
    kept = queries.get_version(draft.pk, OPERATOR)
    assert (kept.status, kept.provider_signed_at) == (VersionStatus.DRAFT, None)


def test_both_sides_sign_at_once_and_one_version_is_in_force(transactional_db: None) -> None:
    made = world()
    draft = next_version(made)
    at = next_day(made)
    said = both(
        lambda: signed(made, queries.get_version(draft.pk, OPERATOR), "percy", at=at),
        lambda: signed(made, queries.get_version(draft.pk, OPERATOR), "nora", at=at),
    )
    assert said == ["done", "done"]
    statuses = AgreementVersion.objects.filter(agreement=draft.agreement_id).order_by("version")
    assert list(statuses.values_list("status", flat=True)) == ["ENDED", "SIGNED"]


def test_withdrawn_or_signed_but_never_both(transactional_db: None) -> None:
    made = world()
    draft = signed(made, next_version(made), "percy", at=next_day(made))
    at = next_day(made)
    said = both(
        lambda: signed(made, queries.get_version(draft.pk, OPERATOR), "nora", at=at),
        lambda: actions.withdraw_version(draft.pk, by=made.actor("percy"), at=at),
    )
    assert sorted(said) == ["done", "wrong_state"]
    kept = queries.get_version(draft.pk, OPERATOR)
    assert kept.status == (VersionStatus.SIGNED if said[0] == "done" else VersionStatus.WITHDRAWN)


def test_two_next_versions_begun_at_once_are_one(transactional_db: None) -> None:
    made = world()
    one = made.agreements["northgate"]

    def begin(who: str) -> None:
        actions.revise_agreement(one.pk, terms={}, by=made.actor(who), at=next_day(made))

    said = both(lambda: begin("percy"), lambda: begin("nora"))
    assert sorted(said) == ["done", "not_latest"]
    assert AgreementVersion.objects.filter(agreement=one.agreement_id).count() == 2
