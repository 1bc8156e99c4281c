"""The 38 fields: each blocks the signature by itself, by its name; each is answered by a value or by a reason."""

from datetime import timedelta
from typing import Any

import pytest

from breakfix.agreements import actions, queries, rules
from breakfix.agreements.clauses import fields
from breakfix.agreements.clauses.fields import (
    BY_KEY,
    FIELDS,
    KEYS,
    OWN,
    PLACEHOLDER,
    SECTIONS,
    UNSAID,
    Field,
    at_path,
)
from breakfix.agreements.models import AgreementVersion
from breakfix.agreements.values import Domain, Terms, VersionStatus, laid_over
from breakfix.kernel.access import OPERATOR
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger.canonical import sha256_hex
from breakfix.kernel.models import Entry
from tests.makers import World
from tests.makers_agreements import drafted, signed

ENTITIES: dict[str, Any] = {
    "entities": {side: {"name": side.title(), "address": "1 Main St"} for side in ("provider", "client")},
    "tax": {"jurisdiction": "Nowhere"},
    "statements": {"agreed": dict.fromkeys(OWN, True)},
}
OPTIONAL = [one.key for one in FIELDS if one.neutral is not None]


def complete() -> dict[str, Any]:
    """Terms in which every field is answered."""
    return rules.stated_over(queries.template_terms("example"), ENTITIES, dated=True)


def names_missing(tree: dict[str, Any]) -> list[str]:
    return [one.field.key for one in rules.unanswered(rules.parsed(tree, first_year=2026))]


def test_table_is_that_of_the_specification() -> None:
    assert [one.number for one in FIELDS] == list(range(1, 39))
    assert len(KEYS) == len({one.name for one in FIELDS}) == 38
    assert {one.section for one in FIELDS} == set(SECTIONS)
    written = Terms().to_json()
    for one in FIELDS:
        for path in (*one.paths, *(path for path, _ in one.texts)):
            assert at_path(written, path) is not None, path


def test_every_term_belongs_to_a_field() -> None:
    """Nothing is signed that no field shows: what stands outside would be read by nobody."""
    shown = [path for one in FIELDS for path in one.paths]
    for group, inside in Terms().to_json().items():
        if group == "statements":
            continue
        for name in inside:
            path = f"{group}.{name}"
            assert any(path == one or path.startswith(f"{one}.") or one.startswith(f"{path}.") for one in shown), path


def test_complete_terms_lack_nothing() -> None:
    assert names_missing(complete()) == []


def test_example_alone_leaves_open_what_only_the_two_can_know() -> None:
    tree = rules.stated_over(queries.template_terms("example"), {}, dated=True)
    assert set(names_missing(tree)) == OWN
    assert at_path(tree, "tax.jurisdiction") == PLACEHOLDER
    said = {"statements": {"agreed": dict.fromkeys(KEYS, True)}, "entities": ENTITIES["entities"]}
    (found,) = rules.unanswered(rules.parsed(rules.stated_over(tree, said, dated=True), first_year=2026))
    assert (found.field.key, found.lacking) == ("invoicing", ("whose tax it is",))


def test_empty_terms_lack_every_field() -> None:
    assert names_missing({}) == [one.key for one in FIELDS]


@pytest.mark.parametrize("one", FIELDS, ids=lambda one: one.key)
def test_each_field_alone_is_missed(one: Field) -> None:
    unsaid = laid_over(complete(), {"statements": {"agreed": {one.key: False}}})
    (found,) = rules.unanswered(rules.parsed(unsaid, first_year=2026))
    assert (found.field, found.lacking) == (one, (UNSAID,))
    for path, words in one.texts:
        emptied = laid_over(complete(), fields.tree_of(path, "  \n "))
        (found,) = rules.unanswered(rules.parsed(emptied, first_year=2026))
        assert (found.field, found.lacking) == (one, (words,))


@pytest.mark.parametrize("key", OPTIONAL)
def test_a_reason_answers_a_field_and_empties_it(key: str) -> None:
    said = {"statements": {"not_applicable": {key: " nothing of the kind "}}}
    tree = rules.stated_over(complete(), said, dated=False)
    parsed = rules.parsed(tree, first_year=2026).to_json()
    assert names_missing(tree) == []
    assert parsed["statements"]["not_applicable"] == {key: "nothing of the kind"}
    assert key not in parsed["statements"]["agreed"]
    for path, _ in BY_KEY[key].texts:
        assert at_path(parsed, path) == ""
    # An empty reason takes it back, and then the field has to be answered again.
    back = rules.stated_over(tree, {"statements": {"not_applicable": {key: ""}}}, dated=False)
    assert names_missing(back) == [key]


def test_a_value_takes_the_reason_back() -> None:
    said = {"statements": {"not_applicable": {"subcontractors": "nobody else is sent"}}}
    tree = rules.stated_over(complete(), said, dated=False)
    tree = rules.stated_over(tree, {"wording": {"subcontractors": "Only named ones."}}, dated=False)
    assert tree["statements"]["not_applicable"] == {}
    assert names_missing(tree) == []


@pytest.mark.parametrize("key", sorted(KEYS - set(OPTIONAL)))
def test_what_is_computed_always_applies(key: str) -> None:
    with pytest.raises(Refused, match="always_applies"):
        rules.stated_over(complete(), {"statements": {"not_applicable": {key: "because"}}}, dated=False)


@pytest.mark.parametrize(
    "said", ["x", {"x": {}}, {"agreed": []}, {"agreed": {"term": "yes"}}, {"not_applicable": {"term": 1}}]
)
def test_statements_of_the_wrong_kind_are_refused(said: Any) -> None:
    with pytest.raises(Refused, match="invalid_terms"):
        rules.stated_over({}, {"statements": said}, dated=False)


def test_an_unknown_field_is_refused_by_name() -> None:
    with pytest.raises(Refused, match="no field 'colour'"):
        rules.parsed(
            rules.stated_over({}, {"statements": {"agreed": {"colour": True}}}, dated=False), first_year=2026
        )


def test_no_credits_are_paid_where_they_do_not_apply() -> None:
    said = {"statements": {"not_applicable": {"credits": "the rates are lower instead"}}}
    terms = rules.parsed(rules.stated_over(complete(), said, dated=False), first_year=2026)
    assert (terms.credits.P1, terms.credits.P2, terms.credits.P3) == ((), (), ())


def test_no_fee_is_credited_where_that_does_not_apply() -> None:
    given = {"forensic": {"credit_pct_by_domain": {"DR": "80", "SURGE": "100"}}}
    tree = rules.stated_over(complete(), given, dated=False)
    said = {"statements": {"not_applicable": {"forensic_credit": "the fee is low"}}}
    found = rules.parsed(rules.stated_over(tree, said, dated=False), first_year=2026)
    assert {found.forensic.credit_for(one) for one in Domain} == {0}


# ------------------------------------------------------------------------------------------- with the deeds


def empty(world: World) -> AgreementVersion:
    """A draft that began from nothing."""
    provider, client = world.organisation("ironbridge"), world.organisation("northgate")
    dana = world.people["dana"].pk
    return actions.draft_agreement(provider.pk, client.pk, accountable_person_id=dana, by=OPERATOR, at=world.at)


def test_signature_under_empty_terms_is_refused_with_the_list(small_world: World) -> None:
    version = empty(small_world)
    before = Entry.objects.count()
    with pytest.raises(Refused) as refusal:
        signed(small_world, version, "percy")
    assert refusal.value.code == "incomplete"
    told: Any = refusal.value.facts["fields"]
    assert [one["number"] for one in told] == list(range(1, 39))
    assert told[33] == {
        "number": 34,
        "key": "subcontractors",
        "name": "Subcontractors",
        "lacking": ["who else may be sent"],
    }
    assert Entry.objects.count() == before
    version.refresh_from_db()
    assert (version.status, version.provider_signed_at) == (VersionStatus.DRAFT, None)


def test_one_open_field_blocks_and_answering_it_opens(small_world: World) -> None:
    version = drafted(small_world, "ironbridge", "northgate", "dana", {"wording": {"law": ""}})
    percy = small_world.actor("percy")
    with pytest.raises(Refused, match="38 Records, exit, disputes and law"):
        signed(small_world, version, "percy")
    terms = {"wording": {"law": "The law of New York."}}
    version = actions.revise_agreement(version.pk, terms=terms, by=percy, at=small_world.at)
    assert signed(small_world, version, "percy", "nora").status == VersionStatus.SIGNED


def test_draft_names_the_two_as_they_are_registered(small_world: World) -> None:
    found = empty(small_world).parsed.entities
    assert found.provider.name == small_world.organisation("ironbridge").legal_name
    assert found.client.name == small_world.organisation("northgate").legal_name


def test_unknown_template_is_refused(small_world: World) -> None:
    provider, client = small_world.organisation("ironbridge"), small_world.organisation("northgate")
    with pytest.raises(Refused, match="no_template"):
        actions.draft_agreement(
            provider.pk,
            client.pk,
            accountable_person_id=small_world.people["dana"].pk,
            template="../example",
            by=OPERATOR,
            at=small_world.at,
        )


@pytest.mark.tampers  # it plays a row that an earlier release wrote
def test_what_was_signed_before_there_were_fields_stays_as_it_is(small_world: World) -> None:
    """Terms without the newer clauses keep their words and hash; only what is signed next is judged."""
    version = signed(small_world, drafted(small_world, "ironbridge", "northgate", "dana", {}), "percy", "nora")
    newer = {"entities", "duration", "triage", "communication", "wording", "statements"}
    version.terms = {name: value for name, value in version.terms.items() if name not in newer}
    version.sha256 = sha256_hex(version.content())
    version.save()
    old = queries.get_version(version.pk, OPERATOR)
    assert old.parsed.triage.matrix.of("high", "high") == "P1"
    assert sha256_hex(old.content()) == old.sha256
    at = small_world.at + timedelta(days=1)
    two = actions.revise_agreement(old.pk, terms={"rates": {"trip": "1"}}, by=small_world.actor("percy"), at=at)
    with pytest.raises(Refused, match="incomplete"):
        signed(small_world, two, "percy", at=at)
    old.refresh_from_db()
    assert (old.status, sha256_hex(old.content())) == (VersionStatus.SIGNED, old.sha256)


def test_every_field_is_told_with_its_answer(small_world: World) -> None:
    said = {"statements": {"not_applicable": {"subcontractors": "nobody else"}}, "wording": {"law": ""}}
    answers = queries.answers_in(drafted(small_world, "ironbridge", "northgate", "dana", said))
    assert [one.field for one in answers] == list(FIELDS)
    told = {one.field.key: (one.state, one.because) for one in answers}
    assert told["subcontractors"] == ("not_applicable", "nobody else")
    assert told["records"] == ("missing", "")
    assert told["credits"] == ("agreed", "")


def test_nothing_is_written_over_what_somebody_else_changed(small_world: World) -> None:
    version = drafted(small_world, "ironbridge", "northgate", "dana", {})
    percy, nora, at = small_world.actor("percy"), small_world.actor("nora"), small_world.at
    shown = version.sha256
    actions.revise_agreement(version.pk, terms={"rates": {"trip": "80"}}, shown_sha256=shown, by=nora, at=at)
    with pytest.raises(Refused, match="changed_meanwhile"):
        actions.revise_agreement(version.pk, terms={"rates": {"trip": "99"}}, shown_sha256=shown, by=percy, at=at)
    assert queries.get_version(version.pk, percy).parsed.rates.trip == 80


@pytest.mark.parametrize(("typed", "good"), [("Percy Nakamura", True), (" percy  NAKAMURA ", True), ("Percy", False)])
def test_signature_is_in_ones_own_name(small_world: World, typed: str, good: bool) -> None:
    version, at = drafted(small_world, "ironbridge", "northgate", "dana", {}), small_world.at
    by = small_world.actor("percy", confirmed_at=at)
    assert by.name == "Percy Nakamura"
    if good:
        actions.sign_agreement(version.pk, shown_sha256=version.sha256, typed_name=typed, by=by, at=at)
        return
    with pytest.raises(Refused, match="not_your_name"):
        actions.sign_agreement(version.pk, shown_sha256=version.sha256, typed_name=typed, by=by, at=at)


def test_nobody_signs_with_an_empty_name(small_world: World) -> None:
    version, at = drafted(small_world, "ironbridge", "northgate", "dana", {}), small_world.at
    by = small_world.actor("percy", confirmed_at=at)
    with pytest.raises(Refused, match="not_your_name"):
        actions.sign_agreement(version.pk, shown_sha256=version.sha256, typed_name=" ", by=by, at=at)
