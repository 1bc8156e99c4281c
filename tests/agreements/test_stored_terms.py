"""What was signed stays what it says, whatever the domain files and the defaults say since."""

from datetime import timedelta
from typing import Any

import pytest

from breakfix.agreements import actions, queries, values
from breakfix.agreements.models import AgreementVersion
from breakfix.agreements.values import MAPS, Domain, Terms
from breakfix.incidents.actions import desk
from breakfix.kernel.access import OPERATOR
from tests.makers import World
from tests.makers_incidents import QUALIFIED, acknowledged
from tests.refusals import refused


def without(stored: dict[str, Any], domain: str) -> dict[str, Any]:
    """Terms as they were written before there was this domain."""
    fees = {name: fee for name, fee in stored["forensic"]["fees"].items() if name != domain}
    return {**stored, "forensic": {**stored["forensic"], "fees": fees, "credit_pct_by_domain": {}}}


def test_nothing_is_added_to_what_a_map_says() -> None:
    old = without(Terms().to_json(), "HW-RAID")
    found = Terms.stored(old)
    assert Domain.HW_RAID not in found.forensic.fees
    assert len(found.forensic.fees) == len(Domain) - 1
    assert found.forensic.credit_for(Domain.SURGE) == found.forensic.credit_pct
    assert found.to_json() == old
    # A draft still begins from the defaults.
    assert Domain.HW_RAID in Terms.model_validate(old).forensic.fees


def test_changed_default_leaves_a_signed_price(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = Terms().to_json()
    dearer = Terms.model_validate({"forensic": {"fees": {"HW-RAID": {"fee": "999"}}}}).to_json()
    monkeypatch.setattr(values, "_defaults", lambda: dearer)
    assert Terms.stored(stored).to_json() == stored


def test_every_open_map_is_named() -> None:
    """A further map would gain entries under old signatures."""
    schema = Terms.model_json_schema()
    blocks = {name: schema["$defs"][shape["$ref"].split("/")[-1]] for name, shape in schema["properties"].items()}
    found = {
        f"{group}.{name}"
        for group, block in blocks.items()
        for name, shape in block.get("properties", {}).items()
        if "additionalProperties" in shape or "patternProperties" in shape
    }
    assert found - {"statements.agreed", "statements.not_applicable"} == set(MAPS)  # empty by default


@pytest.mark.tampers  # it plays a row that was written before the domain was added
def test_failure_of_a_domain_without_an_agreed_fee_is_heard_and_waits_for_a_statement_of_work(world: World) -> None:
    row = AgreementVersion.objects.get(pk=world.agreements["northgate"].pk)
    AgreementVersion.objects.filter(pk=row.pk).update(terms=without(row.terms, "HW-RAID"))
    engagement = acknowledged(world)
    with refused("no_statement"):
        desk.qualify(engagement.pk, by=world.actor("dana"), at=QUALIFIED)


@pytest.mark.tampers  # it plays a row that an earlier release wrote
def test_everything_that_is_new_since_an_old_version_is_a_change(world: World) -> None:
    row = AgreementVersion.objects.get(pk=world.agreements["northgate"].pk)
    newer = {"entities", "duration", "triage", "communication", "wording", "statements"}
    old = {name: value for name, value in row.terms.items() if name not in newer}
    AgreementVersion.objects.filter(pk=row.pk).update(terms=old)
    terms = {"rates": {"trip": "1"}, "wording": {"law": "The law of New York."}}
    two = actions.revise_agreement(row.pk, terms=terms, by=world.actor("percy"), at=world.at + timedelta(days=60))
    found = {one.path: (one.before, one.after) for one in queries.changes_of(queries.get_version(two.pk, OPERATOR))}
    assert found.pop("rates.trip") == ("95", "1")
    assert found["wording.law"] == (None, "The law of New York.")
    for path in ("duration.term", "triage.matrix.high.high", "wording.pricing", "statements.agreed.travel"):
        assert found[path][0] is None
    assert {path.split(".")[0] for path in found} == newer
