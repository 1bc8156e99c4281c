"""What follows from which deed: planned once, carried out at its instant, and never undoing the deed."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core import mail

from breakfix.approvals import queries as approvals
from breakfix.histories.models import Document
from breakfix.incidents.actions import desk
from breakfix.incidents.models import Engagement
from breakfix.jobs import kinds, news
from breakfix.jobs import mail as mails
from breakfix.jobs.registry import HANDLERS
from breakfix.kernel import tasks
from breakfix.kernel.models import Entry, Task
from breakfix.quotes.models import Quote
from breakfix.quotes.values import Option, Status
from tests import makers_afterwards, makers_incidents, makers_quotes
from tests.jobs.running import instants, run_until
from tests.makers import World, local
from tests.people import PEOPLE

SOURCE = Path(news.__file__).resolve().parents[1]
ISSUED = makers_quotes.ISSUED


def test_every_consequence_has_a_handler_and_every_cause_is_recorded_somewhere() -> None:
    """A misspelt word on the page of consequences would be silence."""
    kinds.load()
    wanted = {kind for following in news.FOLLOWS.values() for kind in following} | set(news.ALWAYS)
    assert wanted - set(HANDLERS) == set()
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("actions*/**/*.py"))
    code += "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("actions.py"))
    recorded = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', code))
    assert (set(news.FOLLOWS) | set(mails.INFORMED) | news.QUIET) - recorded == set()


def test_clock_warns_at_its_own_instants_and_stops_when_it_stops(world: World) -> None:
    """ACK of a P1: 15 minutes from 19:52, so 50, 75 and 90 % at 19:59:30, 20:03:15 and 20:05:30."""
    engagement = makers_incidents.reported(world)
    run_until(local("2026-12-01 20:04"), makers_incidents.REPORTED)
    warned = [one for one in instants("clock.warned", engagement.client_id) if "ACK" in one[1]]
    assert [at for at, _ in warned] == ["02 00:59:30", "02 01:03:15"]
    desk.acknowledge(engagement.pk, callback="+1 212 555 0142", by=world.actor("dana"), at=local("2026-12-01 20:05"))
    run_until(local("2026-12-01 20:30"), local("2026-12-01 20:05"))
    assert len([one for one in instants("clock.warned", engagement.client_id) if "ACK" in one[1]]) == 2


def test_overdue_clock_is_told_to_the_desk_by_mail_once(world: World) -> None:
    engagement = makers_incidents.reported(world)
    run_until(local("2026-12-01 20:07"), makers_incidents.REPORTED)
    loud = [letter for letter in mail.outbox if "ACK: 100 %" in letter.subject + letter.body]
    assert [letter.to for letter in loud] == [[PEOPLE["dana"].email]]
    run_until(local("2026-12-01 20:20"), local("2026-12-01 20:07"))
    again = [letter for letter in mail.outbox if "ACK: 100 %" in letter.subject + letter.body]
    assert again == loud
    assert instants("clock.warned", engagement.client_id)


def test_approver_is_reached_out_to_at_every_rung(world: World) -> None:
    """01:15 push and text, 01:20 voice, 01:25 delegate, 01:35 next level, 01:45 emergency (domain.md §3.3)."""
    quote = makers_quotes.issued(world)
    run_until(local("2026-12-02 01:46"), ISSUED)
    (asked,) = approvals.rounds_for(quote.engagement)
    rungs: dict[str, str] = {}
    for attempt in approvals.attempts(asked):
        rungs.setdefault(attempt.rung, f"{attempt.at.astimezone(ISSUED.tzinfo):%H:%M}")
    assert list(rungs.values()) == ["01:15", "01:20", "01:25", "01:35", "01:45"]


def test_those_who_are_asked_get_a_mail_that_grants_nothing(world: World) -> None:
    quote = makers_quotes.issued(world)
    run_until(ISSUED, ISSUED)
    letters = {address: letter for letter in mail.outbox for address in letter.to}
    assert {PEOPLE[key].email for key in ("alice", "cora", "sol")} <= set(letters)
    assert not {PEOPLE[key].email for key in ("charlie", "hana", "cal", "ada")} & set(letters)
    letter: Any = letters[PEOPLE["alice"].email]
    assert letter.subject.startswith(f"[{quote.engagement.number}] P1: ")
    assert f"/engagements/{quote.engagement_id}" in letter.body
    html, kind = letter.alternatives[0]
    assert kind == "text/html"
    assert "<form" not in html


def test_offer_is_told_to_who_reported_and_to_no_other_requester(world: World) -> None:
    """Bob may report failures too; what Rita's repair costs is no mail for him."""
    makers_quotes.issued(world)
    run_until(ISSUED, ISSUED)
    told = {address for letter in mail.outbox if "was issued" in letter.body for address in letter.to}
    assert PEOPLE["rita"].email in told
    assert PEOPLE["bob"].email not in {address for letter in mail.outbox for address in letter.to}


def test_offer_that_nobody_answers_ends_at_the_instant_it_printed(world: World) -> None:
    quote = makers_quotes.issued(world)
    assert quote.valid_until is not None
    run_until(quote.valid_until - timedelta(seconds=1), ISSUED)
    assert Quote.objects.get().status == Status.ISSUED
    run_until(quote.valid_until, quote.valid_until - timedelta(seconds=1))
    assert Quote.objects.get().status == Status.EXPIRED
    (told,) = instants("quote.expired", quote.engagement.client_id)
    assert told[0] == f"{quote.valid_until:%d %H:%M:%S}"


def test_rejection_that_nobody_answers_ends_at_its_instant_by_itself(world: World) -> None:
    """Ten business days after Wednesday 01:30: Tuesday the 15th at 18:00 in New York, 23:00 in UTC."""
    quote = makers_afterwards.rejected(world, drives=0)
    run_until(local("2026-12-15 18:30"), makers_afterwards.REJECTED)
    (told,) = instants("option.chosen", quote.engagement.client_id)
    assert told[0] == "15 23:00:00"
    assert Engagement.objects.get(pk=quote.engagement_id).ending == "not_approved"


def test_choice_of_the_client_is_told_to_those_who_act_on_it(world: World) -> None:
    quote = makers_afterwards.rejected(world)
    makers_afterwards.chosen(world, quote, Option.REVISE, note="Without the loaner.")
    run_until(makers_afterwards.CHOSEN + timedelta(minutes=2), makers_afterwards.CHOSEN)
    told = {letter.to[0] for letter in mail.outbox if "asked for another offer" in letter.subject + letter.body}
    assert PEOPLE["quinn"].email in told
    assert PEOPLE["charlie"].email not in told


def test_failing_printer_undoes_no_deed_holds_up_no_mail_and_is_retried(world: World, settings: Any) -> None:
    """The folder of files is a file for a while: nothing can be kept there."""
    quote = makers_quotes.issued(world)
    good, broken = settings.BREAKFIX_FILES, Path(settings.BREAKFIX_FILES).with_name("broken")
    broken.write_text("no folder")
    settings.BREAKFIX_FILES = broken
    run_until(ISSUED + timedelta(seconds=30), ISSUED)
    (failing,) = [task for task in tasks.troubled() if task.kind == "document.quote"]
    assert (failing.done_at, failing.attempts) == (None, 3)
    assert failing.last_error
    assert Quote.objects.get(pk=quote.pk).status == Status.ISSUED
    assert mail.outbox
    settings.BREAKFIX_FILES = good
    run_until(ISSUED + timedelta(minutes=5), ISSUED + timedelta(seconds=30))
    assert [task for task in tasks.troubled() if task.kind == "document.quote"] == []
    (document,) = Document.objects.filter(kind="quote")
    assert document.json_sha256 == quote.sha256


def test_news_of_a_deed_taken_twice_changes_nothing(world: World) -> None:
    """At least once is what the queue promises; once is what happens."""
    makers_quotes.issued(world)
    run_until(ISSUED, ISSUED)
    before = (Task.objects.count(), Entry.objects.count(), Document.objects.count(), len(mail.outbox))
    once_more = Task.objects.filter(kind__in=["news", "ladder.plan", "quote.expiry", "document.quote", "mail.spread"])
    once_more.update(done_at=None, next_attempt_at=ISSUED)
    run_until(ISSUED, ISSUED)
    assert (Task.objects.count(), Entry.objects.count(), Document.objects.count(), len(mail.outbox)) == before


def test_engagement_of_others_is_told_to_nobody_else(world: World) -> None:
    engagement: Engagement = makers_incidents.reported(world)
    run_until(makers_incidents.REPORTED, makers_incidents.REPORTED)
    homes = {one.organisation for one in PEOPLE.values() if any(one.email in letter.to for letter in mail.outbox)}
    assert homes <= {"northgate", "ironbridge"}
    assert mail.outbox
    assert {entry.organisation_id for entry in Entry.objects.filter(topic=engagement.topic)} == set(
        engagement.party_ids
    )
