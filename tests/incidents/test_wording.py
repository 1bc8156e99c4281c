"""Reports by their words: alike on both databases, best first, whatever is asked, never more than is visible."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from breakfix.agreements.values import Domain
from breakfix.incidents import alike, queries, wording
from breakfix.incidents.models import Engagement, ReportWord
from breakfix.incidents.rules.likeness import shared_words
from breakfix.kernel import clock, fence
from breakfix.kernel.access import SYSTEM
from breakfix.parties.models import Grant
from tests.billing.plain_sql import plain_role, played, run
from tests.makers import World, local
from tests.makers_incidents import CALM, REPORTED, reported
from tests.web import scene

TEXTS = {
    "Array degraded": "Two drives show amber on srv01.example.net",
    "Fan is loud": "It has been rattling since Monday",
    "Überspannung in Straße 5": "cafe\u0301 dunkel, psu_7 tot",
}


def calm(world: World, title: str, description: str = "", **given: Any) -> Engagement:
    given = {"answers": CALM, "obligations": [], **given}
    return reported(world, title=title, description=description, **given)


def titles(text: str) -> list[str]:
    return [one.title for one in wording.by_words(queries.visible_to(SYSTEM), text)]


@pytest.fixture(name="three")
def _three(world: World) -> list[Engagement]:
    return [calm(world, title, description) for title, description in TEXTS.items()]


def older(one: Engagement, count: int) -> None:
    """So many later reports of the same machine which share no word with anything; past every deed, as rows."""
    rows = []
    for number in range(count):
        copy = Engagement.objects.get(pk=one.pk)
        copy.pk, copy.number, copy.submitted_at = None, f"X-{number}", REPORTED.replace(microsecond=number + 1)
        copy.title, copy.description = f"Zebra{number}", "Quagga herd"
        rows.append(copy)
    Engagement.objects.bulk_create(rows)
    ReportWord.objects.bulk_create(word for row in rows for word in wording.words_of(row))
    pairs = [(row, party) for row in rows for party in row.party_ids]
    Grant.objects.bulk_create(
        Grant(topic=row.topic, organisation_id=party, reason="party", since=REPORTED) for row, party in pairs
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("example", ["Array degraded"]),  # a word within a host's name
        ("SRV01 amber", ["Array degraded"]),
        ("rattling drives amber", ["Array degraded", "Fan is loud"]),
        ("ÜBERSPANNUNG", ["Überspannung in Straße 5"]),
        ("strasse", ["Überspannung in Straße 5"]),
        ("caf\u00e9", ["Überspannung in Straße 5"]),
        ("cafe", []),  # an accent is a letter of its own
        ("psu 7", ["Überspannung in Straße 5"]),
        ("degrad", []),
        ("the and has been since", []),
        ("", []),
        ('" OR "', []),
        ("NEAR(fan loud) AND NOT title:fan*", ["Fan is loud"]),
        ("loud) & !(fan | 'x' <-> :*", ["Fan is loud"]),
        ("'; DROP TABLE incidents_reportword; --\x00loud", ["Fan is loud"]),
        ("\U0001f525 \ud800 %_\\", []),
        (" ".join(f"word{number}" for number in range(10_000)), []),
        ("x" * 100_000, []),
    ],
)
@pytest.mark.usefixtures("three")
def test_words_find_what_says_them_whole(text: str, found: list[str]) -> None:
    assert titles(text) == found


@pytest.mark.usefixtures("three")
def test_reports_come_by_the_share_that_the_rule_counts(world: World) -> None:
    calm(world, "Drives", "amber")
    calm(world, "Drives show amber", "again")
    text = "Drives amber on the array, loud"
    found = list(wording.by_words(queries.visible_to(SYSTEM), text))
    shares = [shared_words(text, f"{one.title} {one.description}") for one in found]
    assert [one.title for one in found] == ["Drives", "Drives show amber", "Array degraded", "Fan is loud"]
    assert shares == sorted(shares, reverse=True)
    assert len(set(shares)) == 4


def test_words_beyond_what_is_kept_of_them_find_their_report(world: World) -> None:
    calm(world, "Log", "a" * 300)
    assert titles("a" * 300) == ["Log"]
    assert titles("a" * 63) == []


def test_index_adds_nothing_to_what_its_reader_may_see(world: World) -> None:
    named = [world.people[key].pk for key in ("dana", "alice")]
    calm(world, "Qanarie", "in a cage", need_to_know=True, named_people=named)
    for who, count in {"dana": 1, "alice": 1, "seth": 0, "quinn": 0, "tom": 0, "charlie": 0, "ada": 0}.items():
        rows = wording.by_words(queries.visible_to(world.actor(who)), "qanarie")
        assert (who, rows.count()) == (who, count)


def test_index_says_what_every_report_says_when_all_is_done(db: None) -> None:
    """Whatever deed will change a title or a description one day has to change the index with it."""
    with clock.set_to(scene.NOW):
        scene.whole_scene()
    reports = list(Engagement.objects.all())
    assert len(reports) > 2
    kept = set(ReportWord.objects.values_list("engagement", "word", "among"))
    assert kept == {(one.engagement_id, one.word, one.among) for of in reports for one in wording.words_of(of)}


def test_migration_indexes_what_was_reported_before(three: list[Engagement]) -> None:
    before = set(ReportWord.objects.values_list("engagement", "word", "among"))
    assert {key for key, *_ in before} == {one.pk for one in three}
    ReportWord.objects.all().delete()
    import_module("breakfix.incidents.migrations.0014_report_words").index_reports(apps, None)
    assert set(ReportWord.objects.values_list("engagement", "word", "among")) == before


@pytest.mark.tampers
def test_duplicate_is_found_behind_four_hundred_later_reports(world: World) -> None:
    first = calm(world, "Archive job died, array degraded")
    older(first, 400)
    second = calm(world, "Array degraded, archive job died", who="seth", at=REPORTED.replace(minute=59))
    found = alike.likely_duplicates(second, world.actor("dana"))
    assert found[0].engagement == first
    assert found[0].likeness.score == 100
    assert alike.reported_before(second)[0].engagement == first


@pytest.mark.tampers
def test_place_full_of_reports_never_hides_one_of_the_machine_itself(world: World) -> None:
    own = calm(world, "Fan is loud")
    at_place = calm(world, "Fuse", site_id=world.assets["backup"].site_id)
    older(at_place, 60)
    now = calm(world, "Zebra1 Quagga", "", who="seth", at=REPORTED.replace(minute=59))
    found = {one.engagement: one.likeness.score for one in alike.likely_duplicates(now, world.actor("dana"))}
    assert found[own] == 70


@pytest.mark.tampers
def test_fleet_of_the_model_never_hides_the_machine_itself(world: World) -> None:
    backup, other = world.assets["backup"], world.assets["switch"]
    own = calm(world, "Fan is loud", "", at=local("2026-11-20 09:00"), outage_started_at=local("2026-11-20 09:00"))
    calm(world, "Fuse", "", asset_id=other.pk, domain=Domain.NET_CORE)
    type(other).objects.filter(pk=other.pk).update(maker=backup.maker, model=backup.model)
    older(Engagement.objects.get(title="Fuse"), 60)
    before = alike.reported_before(calm(world, "Zebra1 Zebra2 quagga herd", "", at=local("2026-12-20 09:00")))
    assert (before[0].engagement, before[0].words, before[0].same_asset) == (own, 0, True)
    assert len(before) == 1 + alike.MOST_BEFORE


@pytest.mark.tampers
def test_same_model_of_another_machine_counts_for_whoever_is_sent(world: World) -> None:
    backup, other = world.assets["backup"], world.assets["switch"]
    calm(world, "Fan is loud", asset_id=other.pk, domain=Domain.NET_CORE, at=local("2026-12-05 09:00"))
    now = calm(world, "Fan is loud again", at=local("2026-12-20 09:00"))
    assert alike.reported_before(now) == []
    type(other).objects.filter(pk=other.pk).update(maker=backup.maker, model=backup.model)
    calm(world, "Ports flap", asset_id=other.pk, domain=Domain.NET_CORE, at=local("2026-12-06 09:00"))
    (found,) = alike.reported_before(now)
    assert (found.engagement.title, found.same_asset) == ("Fan is loud", False)


@pytest.mark.postgres
@pytest.mark.usefixtures("three")
def test_index_is_used_behind_row_level_security(world: World) -> None:
    role = plain_role()
    fence.let_in(world.actor("dana"))
    with played(role):
        run("SET LOCAL enable_seqscan = off")  # so few rows are read as a whole else; a leaky question still would be
        lines = run("EXPLAIN SELECT engagement_id FROM incidents_reportword WHERE word IN ('loud', 'amber')")
    fence.leave()
    plan = "\n".join(str(line) for line in lines)
    assert "Scan on report_word" in plan or "using report_word" in plan
    assert "Index Cond: ((word)::text = ANY" in plan
