"""The packaged catalogue: every row has its kind, its reason, its basis and its own source."""

import pytest

from breakfix.kernel.errors import Refused
from breakfix.roster.queries import catalogue, catalogue_row
from breakfix.roster.values import Validity


def test_catalogue_is_complete() -> None:
    rows = catalogue()
    assert len(rows) == 61
    assert len({row.code for row in rows}) == 61
    for row in rows:
        assert row.name
        assert row.validity_because
        assert row.renewal
        assert row.basis
        assert row.source
        assert "idem" not in row.source
        assert (row.validity is Validity.FIXED_TERM) == (row.months is not None)


@pytest.mark.parametrize(
    ("code", "validity", "months"),
    [
        ("CCNA", Validity.FIXED_TERM, 36),
        ("AZ-104", Validity.FIXED_TERM, 12),
        ("GCFA", Validity.FIXED_TERM, 48),
        ("Server+", Validity.LIFETIME, None),
        ("VCP-DCV", Validity.VERSION_BOUND, None),
        ("VCDX", Validity.VERSION_BOUND, None),
        ("OCP-DBA", Validity.VERSION_BOUND, None),
        ("VMCE", Validity.VERSION_BOUND, None),
    ],
)
def test_catalogue_maps_renewal_rules_to_kinds(code: str, validity: Validity, months: int | None) -> None:
    row = catalogue_row(code)
    assert (row.validity, row.months) == (validity, months)


def test_catalogue_labels_what_was_never_read() -> None:
    assert catalogue_row("CISSP").unverified
    assert catalogue_row("Server+").unverified
    assert not catalogue_row("CCNA").unverified


def test_catalogue_finds_codes_in_any_case_and_offers_near_misses() -> None:
    assert catalogue_row(" ccna ").code == "CCNA"
    with pytest.raises(Refused) as refusal:
        catalogue_row("Server")
    assert refusal.value.code == "unknown_certification"
    assert "Server+" in refusal.value.message
