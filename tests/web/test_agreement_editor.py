"""The editor: from an empty draft to a signed agreement, section by section, and what it refuses on the way."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from breakfix.agreements import actions
from breakfix.agreements.clauses.fields import FIELDS, SECTIONS
from breakfix.agreements.models import AgreementVersion
from breakfix.kernel.access import OPERATOR
from breakfix.parties import steps as party_steps
from tests.makers import World
from tests.people import PASSWORD

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
# What the defaults leave open, by the input that asks for it.
ANSWERS = {
    "entities-provider-name": "Calder Field Engineering Ltd.",
    "entities-provider-address": "1 Foundry Lane",
    "entities-client-name": "Harborview Health",
    "entities-client-address": "9 Lake Street",
    "duration-term": "Until one side ends it.",
    "duration-termination": "With 30 days' notice.",
    "scope-exclusions": "Monitoring\nMaintenance",
    "triage-rule": "Something has failed.",
    "triage-channels-0": "portal",
    "tax-jurisdiction": "Illinois",
    "communication-protocol": "In the record.",
    "communication-contacts-0-side": "provider",
    "communication-contacts-0-name": "The desk",
    "communication-contacts-1-side": "client",
    "communication-contacts-1-name": "The requester",
    "communication-ladder-0-side": "provider",
    "communication-ladder-0-after_minutes": "60",
    "communication-ladder-0-who": "Lead of the desk",
    "communication-ladder-1-side": "client",
    "communication-ladder-1-after_minutes": "120",
    "communication-ladder-1-who": "Service owner",
    "wording-change_protocol": "Approved first.",
    "wording-confidentiality": "Everything.",
    "wording-records": "The client's.",
    "wording-disputes": "The directors first.",
    "wording-law": "The law of Illinois.",
}


@pytest.fixture(name="draft")
def _draft(world: World) -> AgreementVersion:
    """Calder and Harborview, from nothing."""
    provider, client = world.organisation("calder"), world.organisation("harborview")
    cal = world.people["cal"].pk
    return actions.draft_agreement(provider.pk, client.pk, accountable_person_id=cal, by=OPERATOR, at=world.at)


def refusal_in(answer: Any) -> str:
    """Why a form was not taken."""
    return re.sub(r"<[^>]*>", "", answer.content.decode().partition('id="refusal"')[2][:900])


def edit(version: AgreementVersion, section: str = "") -> str:
    return f"/agreements/versions/{version.pk}/edit" + (f"/{section}" if section else "")


def sent(form: dict[str, Any], **more: str) -> dict[str, Any]:
    """The form as it stands, with what is typed over it."""
    typed = {f"terms-{name}": value for name, value in ANSWERS.items() if _asks(form, f"terms-{name}")}
    return {**form["fields"], **typed, **more}


def _asks(form: dict[str, Any], name: str) -> bool:
    return (
        name in form["fields"]
        or "-channels-" in name
        and any("matrix" not in key and "triage-rule" in key for key in form["fields"])
    )


def test_every_section_saved_answers_all_38_and_both_sign(
    world: World, draft: AgreementVersion, sign_in: SignIn, forms: Forms
) -> None:
    cal, hugo = sign_in("cal"), sign_in("hugo")
    shown = cal.get(edit(draft)).content.decode()
    assert "<strong>0 of 38</strong>" in shown
    reason = {"terms-statements-not_applicable-subcontractors": "Calder sends its own people only."}
    for section in SECTIONS:
        form = forms(cal.get(edit(draft, section)))["revise_agreement"]
        more = reason if section == "conduct" else {}
        answer = cal.post(form["action"], sent(form, **more))
        assert answer.status_code == 303, (section, answer.content.decode()[:3000])
    shown = cal.get(edit(draft)).content.decode()
    assert "<strong>38 of 38</strong>" in shown
    assert "because Calder sends its own people only." in shown
    draft.refresh_from_db()
    terms = AgreementVersion.objects.get(pk=draft.pk).parsed
    assert terms.scope.exclusions == ("Monitoring", "Maintenance")
    assert [one.who for one in terms.communication.ladder] == ["Lead of the desk", "Service owner"]
    assert (str(terms.rates.trip), len(terms.scope.domains)) == ("95", 13)
    assert [str(band.percent) for band in terms.credits.P1] == ["7.5", "15", "30"]
    for client, name in ((cal, "Cal Ortega"), (hugo, "Hugo Lind")):
        form = forms(client.get(f"/agreements/versions/{draft.pk}"))["sign_agreement"]
        name = world.people["cal" if client is cal else "hugo"].name
        answer = client.post(form["action"], {**form["fields"], "typed_name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.content.decode()[:3000]
    draft.refresh_from_db()
    assert draft.status == "SIGNED"


def test_saving_what_is_shown_changes_no_value(draft: AgreementVersion, sign_in: SignIn, forms: Forms) -> None:
    """Every default survives the way through the form and back."""
    before = draft.parsed.to_json()
    cal = sign_in("cal")
    for section in SECTIONS:
        form = forms(cal.get(edit(draft, section)))["revise_agreement"]
        answer = cal.post(form["action"], form["fields"])
        assert answer.status_code == 303, (section, refusal_in(answer))
    after = AgreementVersion.objects.get(pk=draft.pk).parsed.to_json()
    assert len(after["statements"]["agreed"]) == 38
    # Clocks that run by default are written out once the table was looked at.
    for terms in (before, after):
        terms.pop("statements")
        holds = terms["pauses"]["holds"]
        terms["pauses"]["holds"] = {
            reason: {clock: how for clock, how in clocks.items() if how != "run"} for reason, clocks in holds.items()
        }
    assert after == before


def test_signature_is_refused_with_what_is_missing(draft: AgreementVersion, sign_in: SignIn, forms: Forms) -> None:
    cal, page = sign_in("cal"), f"/agreements/versions/{draft.pk}"
    shown = cal.get(page).content.decode()
    assert "38 fields are not answered yet" in shown
    assert "sign_agreement" not in forms(cal.get(page))
    answer = cal.post(
        f"{page}/sign_agreement",
        {"shown_sha256": draft.sha256, "typed_name": "Cal", "password": PASSWORD},
    )
    assert answer.status_code in (409, 422)
    draft.refresh_from_db()
    assert draft.provider_signed_at is None


@pytest.mark.parametrize(
    ("section", "name", "typed", "says"),
    [
        ("rates", "terms-rates-levels-L1", "a lot", "valid decimal"),
        ("promises", "terms-commitments-P1-ack", "soon", "write a span like"),
        ("promises", "holidays_of-country", "ZZ", "no public holidays are known"),
        ("cover", "terms-guarantee-workmanship_days", "-1", "greater than or equal"),
        ("priority", "terms-triage-matrix-high-high", "P4", "never gives a higher priority"),
        ("parts", "terms-statements-not_applicable-pricing", "no", ""),
        ("closing", "terms-wording-law", "x" * 8001, "at most 8000"),
        ("closing", "terms-wording-law", "turned \u202e round", "unprintable"),
    ],
)
def test_wrong_values_are_refused_where_they_stand(
    draft: AgreementVersion, sign_in: SignIn, forms: Forms, section: str, name: str, typed: str, says: str
) -> None:
    cal = sign_in("cal")
    form = forms(cal.get(edit(draft, section)))["revise_agreement"]
    answer = cal.post(form["action"], {**form["fields"], name: typed})
    assert answer.status_code in (409, 422), answer.status_code
    shown = answer.content.decode()
    assert says in shown
    assert typed[:100] in shown or name.startswith("terms-statements")
    draft.refresh_from_db()
    assert draft.terms["statements"]["agreed"] == {}


def test_hostile_words_are_shown_as_words(draft: AgreementVersion, sign_in: SignIn, forms: Forms) -> None:
    cal, words = sign_in("cal"), "</textarea><script>alert(1)</script>"
    form = forms(cal.get(edit(draft, "closing")))["revise_agreement"]
    assert cal.post(form["action"], sent(form, **{"terms-wording-law": words})).status_code == 303
    for page in (edit(draft, "closing"), edit(draft), f"/agreements/versions/{draft.pk}"):
        assert "<script>alert" not in cal.get(page).content.decode()


def test_a_site_gets_hours_and_holidays_of_its_own(draft: AgreementVersion, sign_in: SignIn, forms: Forms) -> None:
    cal, hugo, row = sign_in("cal"), sign_in("hugo"), "terms-calendar-sites-0"
    own = {
        f"{row}-site": "Lakeside clinic",
        f"{row}-days-5": "sat",
        f"{row}-opens": "10:00",
        f"{row}-closes": "14:00",
    }
    form = forms(hugo.get(edit(draft, "promises")))["revise_agreement"]
    assert "Lakeside clinic" in hugo.get(edit(draft, "promises")).content.decode()
    wrong = hugo.post(form["action"], {**form["fields"], **own, f"{row}-site": "Moon base"})
    assert "The client has no site" in wrong.content.decode()
    answer = hugo.post(form["action"], {**form["fields"], **own, f"{row}-holidays": "2026-12-24, 2026-12-31"})
    assert answer.status_code == 303, refusal_in(answer)
    (site,) = AgreementVersion.objects.get(pk=draft.pk).parsed.calendar.sites
    assert (site.site, site.hours[0].days, len(site.holidays)) == ("Lakeside clinic", ("sat",), 2)
    # It survives being saved again by somebody who knows none of the client's sites.
    form = forms(cal.get(edit(draft, "promises")))["revise_agreement"]
    assert cal.post(form["action"], form["fields"]).status_code == 303
    assert AgreementVersion.objects.get(pk=draft.pk).parsed.calendar.sites == (site,)
    assert "Lakeside clinic" in cal.get(f"/agreements/versions/{draft.pk}").content.decode()


def test_what_somebody_else_saved_meanwhile_is_kept(draft: AgreementVersion, sign_in: SignIn, forms: Forms) -> None:
    cal, hugo = sign_in("cal"), sign_in("hugo")
    mine = forms(cal.get(edit(draft, "rates")))["revise_agreement"]
    theirs = forms(hugo.get(edit(draft, "rates")))["revise_agreement"]
    assert hugo.post(theirs["action"], {**theirs["fields"], "terms-rates-trip": "80"}).status_code == 303
    late = cal.post(mine["action"], {**mine["fields"], "terms-rates-trip": "120"})
    assert late.status_code == 409
    assert "Somebody changed this draft" in late.content.decode()
    assert AgreementVersion.objects.get(pk=draft.pk).parsed.rates.trip == 80


def test_signed_version_begins_the_next_and_keeps_itself(world: World, sign_in: SignIn, forms: Forms) -> None:
    one = world.agreements["northgate"]
    percy = sign_in("percy")
    assert percy.get(edit(one, "rates"))["Location"] == edit(one)
    straight = percy.post(f"{edit(one)}/revise_agreement", {"section": "rates", "terms-rates-trip": "1"})
    assert straight.status_code == 409
    form = forms(percy.get(edit(one)))["revise_agreement"]
    answer = percy.post(form["action"], form["fields"])
    two = AgreementVersion.objects.get(agreement=one.agreement, version=2)
    assert answer["Location"] == edit(two)
    form = forms(percy.get(edit(two, "rates")))["revise_agreement"]
    assert percy.post(form["action"], {**form["fields"], "terms-rates-trip": "120"}).status_code == 303
    shown = percy.get(f"/agreements/versions/{two.pk}").content.decode()
    for words in ("What this version changes", "21 Travel", "Trip", ">95<", ">120<"):
        assert words in shown
    form = forms(percy.get(edit(two, "closing")))["revise_agreement"]
    law = "The law of the place of the client's principal office governs."
    assert percy.post(form["action"], {**form["fields"], "terms-wording-law": law}).status_code == 303
    shown = percy.get(f"/agreements/versions/{two.pk}").content.decode()
    assert "<del>registered</del><ins>principal</ins>" in shown
    kept = AgreementVersion.objects.get(pk=one.pk)
    assert (kept.sha256, kept.terms) == (one.sha256, one.terms)


def test_others_find_no_editor(draft: AgreementVersion, sign_in: SignIn) -> None:
    for who, status in (("percy", 404), ("nora", 404), ("charlie", 403), ("tom", 404)):
        assert sign_in(who).get(edit(draft)).status_code == status, who
        assert sign_in(who).get(edit(draft, "rates")).status_code == status, who
        tried = sign_in(who).post(f"{edit(draft)}/revise_agreement", {"section": "rates", "terms-rates-trip": "1"})
        assert tried.status_code == status, who
    assert sign_in("cal").get(edit(draft, "everything")).status_code == 404
    draft.refresh_from_db()
    assert draft.terms["rates"]["trip"] == "95"


@pytest.mark.tampers  # the client introduced itself before the log began
def test_new_draft_begins_from_the_example(world: World, sign_in: SignIn, forms: Forms) -> None:
    cal = sign_in("cal")
    assert "No client to agree with" in cal.get("/agreements/new").content.decode()
    client, calder = world.organisation("harborview"), world.organisation("calder")
    introduced(world, client, calder.pk)
    form = forms(cal.get("/agreements/new"))["draft_agreement"]
    chosen = {"client_id": client.pk, "accountable_person_id": world.people["cal"].pk, "template": "example"}
    answer = cal.post(form["action"], {**form["fields"], **chosen})
    made = AgreementVersion.objects.get(agreement__client=client, agreement__provider=calder)
    assert answer["Location"] == edit(made)
    shown = cal.get(edit(made)).content.decode()
    assert "<strong>31 of 38</strong>" in shown


def introduced(world: World, client: Any, provider_id: int) -> None:
    """The client lets the provider see who it is."""
    from django.db import transaction

    with transaction.atomic():
        party_steps.share(client.topic, organisation_id=provider_id, reason="tender", at=world.at)


def test_fields_of_the_editor_are_those_of_the_table() -> None:
    from breakfix.web.agreement_asked import ASKED, inputs_of

    assert [one.key for one in ASKED] == [one.key for one in FIELDS]
    paths = [one.path for asked in ASKED for one in inputs_of(asked)]
    assert len(paths) == len(set(paths))
