"""Somebody tries to read what is not theirs: another client's, the provider's drafts, a restricted engagement."""

from datetime import date

from django.test import Client

from breakfix.approvals import queries as approvals
from breakfix.kernel import clock
from breakfix.kernel.files import Upload
from breakfix.kernel.models import File
from breakfix.parties.models import Person
from breakfix.roster import actions as roster
from tests import makers_quotes, people
from tests.makers import World, local

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def status_of(who: str, address: str) -> int:
    browser = Client()
    found: Person = people.person(who)
    browser.force_login(found, BACKEND)
    with clock.set_to(makers_quotes.ISSUED):
        return browser.get(address).status_code


def test_suppliers_offers_of_a_draft_are_the_providers_own_until_it_is_issued(world: World) -> None:
    quote = makers_quotes.reviewed(world)
    offers = list(File.objects.filter(name__startswith="offer-"))
    assert len(offers) == len(quote.inputs.parts)
    address = f"/files/{offers[0].token}"
    assert [status_of(who, address) for who in ("quinn", "alice", "charlie")] == [200, 404, 404]
    assert offers[0].name not in _documents("alice", quote.engagement_id)
    assert offers[0].name in _documents("quinn", quote.engagement_id)
    makers_quotes.issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=makers_quotes.ISSUED)
    assert [status_of(who, address) for who in ("quinn", "alice", "charlie")] == [200, 200, 404]
    assert offers[0].name in _documents("alice", quote.engagement_id)


def _documents(who: str, engagement_id: int) -> str:
    browser = Client()
    browser.force_login(people.person(who), BACKEND)
    with clock.set_to(makers_quotes.ISSUED):
        return browser.get(f"/engagements/{engagement_id}/documents").content.decode()


def test_papers_of_the_roster_open_for_its_provider_alone(world: World) -> None:
    held = roster.record_certification(
        world.technicians["tom"].pk,
        code="CCNA",
        issued_on=date(2026, 6, 1),
        number="C-1",
        evidence=Upload("ccna.txt", b"CCNA, Tom Okafor"),
        by=world.actor("percy"),
        at=makers_quotes.ISSUED,
    )
    assert held.evidence is not None
    address = f"/files/{held.evidence.token}"
    readers = ("percy", "dana", "tom", "nora", "charlie", "cal")
    assert [status_of(who, address) for who in readers] == [200, 200, 404, 404, 404, 404]


def test_ids_beyond_every_table_are_not_found(world: World) -> None:
    huge = "9" * 20
    pages = ("engagements", "quotes", "changes", "invoices", "bookings", "agreements", "assets", "log")
    assert {page: status_of("dana", f"/{page}/{huge}") for page in pages} == dict.fromkeys(pages, 404)
    assert status_of("dana", f"/engagements/{'9' * 5000}") == 404


def test_addresses_typed_by_hand_break_nothing(world: World) -> None:
    engagement = makers_quotes.awaiting_quote(world)
    for query in ("seen=²", "seen=" + "9" * 5000, "seen=-1"):
        assert status_of("dana", f"/engagements/{engagement.pk}/fresh?{query}") in (200, 304)
    assert [status_of("dana", address) for address in ("/log?before=²", "/engagements?from=²")] == [200, 200]
    without_end = ("/engagements?words=%00", "/assets?words=%00", "/log?topic=%00")
    assert [status_of("dana", address) for address in without_end] == [404, 404, 404]


def test_nobody_learns_of_a_restricted_engagement_by_being_asked(world: World) -> None:
    """Cora holds the finance seat but was not let in: no rung tries her, and her name is not written down."""
    named = [world.people[key].pk for key in ("dana", "quinn", "rex", "alice")]
    engagement = makers_quotes.awaiting_quote(world, need_to_know=True, named_people=named)
    quote = makers_quotes.issued(world, engagement)
    makers_quotes.climbed(quote, local("2026-12-02 01:40"))
    asked = approvals.open_round_for(quote.subject)
    assert asked is not None
    tried = {one.person for one in approvals.attempts(asked) if one.person is not None}
    assert tried == {world.people["alice"]}
