"""The page on which one signs shows all that the PDF prints, and of an old version nothing that was not agreed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from breakfix.agreements import actions
from breakfix.agreements.clauses.wording import Triage, Wording
from breakfix.agreements.models import AgreementVersion
from breakfix.documents.sheet import Section
from breakfix.web.agreements import _wording
from tests.makers import World
from tests.makers_agreements import drafted

SignIn = Callable[..., Client]


def texts(sections: tuple[Section, ...]) -> Iterator[str]:
    """Every string of some sections."""
    for section in sections:
        yield section.heading
        for block in section.blocks:
            for value in vars(block).values():
                yield from strings(value)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from strings(one)


def test_signing_page_shows_what_the_pdf_prints(small_world: World, sign_in: SignIn) -> None:
    terms = {
        "quotes": {"saving_share": "0.4321"},
        "rates": {"minimum_remote_after_hours": "1.75"},
        "payment": {"late_fee_pct_month": "1.2345", "deposit_pct": "43.21"},
        "dispatch": {"clearances": ["<b>vault</b>"]},
    }
    version = drafted(small_world, "ironbridge", "northgate", "dana", {})
    version = actions.revise_agreement(version.pk, terms=terms, by=small_world.actor("percy"), at=small_world.at)
    shown = sign_in("percy").get(f"/agreements/versions/{version.pk}").content.decode()
    kinds = {"text", "facts", "table", "bullets"}
    for words in set(texts(_wording(version))) - kinds:
        assert str(escape(words)) in shown, words
    for figure in ("0.4321", "1.75 h remote after hours", "1.2345 %", "43.21 %", "&lt;b&gt;vault"):
        assert figure in shown


@pytest.mark.tampers  # it plays a row that an earlier release wrote
def test_old_version_is_shown_without_later_clauses(world: World, sign_in: SignIn) -> None:
    row = AgreementVersion.objects.get(pk=world.agreements["northgate"].pk)
    newer = {"entities", "duration", "triage", "communication", "wording", "statements"}
    old = {name: value for name, value in row.terms.items() if name not in newer}
    AgreementVersion.objects.filter(pk=row.pk).update(terms=old)
    shown = sign_in("nora").get(f"/agreements/versions/{row.pk}").content.decode()
    for words in (Wording().pricing, Wording().zone_rule, Triage().questionnaire, "Priority, before floors"):
        assert str(escape(words)) not in shown
    assert "Forensic fees" in shown
    assert row.sha256 in shown
