"""What a deed means when the story does not say it: the quote on the table, the part of that number, its hash."""

from collections.abc import Callable
from typing import Any

from breakfix.agreements import queries as agreements
from breakfix.approvals import queries as approvals
from breakfix.changes import queries as changes
from breakfix.cli.story.names import Names
from breakfix.custody import queries as custody
from breakfix.diagnosis import queries as diagnosis
from breakfix.incidents import consenting, lowering, outside
from breakfix.incidents import queries as incidents
from breakfix.kernel.access import SYSTEM
from breakfix.liaison import queries as liaison
from breakfix.parties import queries as parties
from breakfix.parts import queries as parts
from breakfix.quotes import queries as quotes
from breakfix.work import recoveries

Found = int | str | list[str] | None
Finder = Callable[[dict[str, Any], Names], Found]
FINDERS: dict[str, Finder] = {}


def finds(*names: str) -> Callable[[Finder], Finder]:
    """Register what fills these arguments."""

    def register(finder: Finder) -> Finder:
        for name in names:
            FINDERS[name] = finder
        return finder

    return register


def find(name: str, given: dict[str, Any], names: Names) -> Found:
    """What the argument `name` means here; None where the story has to say it."""
    finder = FINDERS.get(name)
    return finder(given, names) if finder else None


def _engagement(names: Names) -> Any:
    return incidents.get_engagement(names.engagement_id, by=SYSTEM) if names.engagement_id else None


@finds("quote_id")
def _quote(_given: dict[str, Any], names: Names) -> Found:
    engagement = _engagement(names)
    latest = quotes.latest_offer(engagement) if engagement else None
    return latest.pk if latest else None


@finds("question_id")
def _question(_given: dict[str, Any], names: Names) -> Found:
    """The oldest question about its quotes that waits for an answer."""
    engagement = _engagement(names)
    asked = quotes.open_question(engagement) if engagement else None
    return asked.pk if asked else None


@finds("change_id")
def _change(_given: dict[str, Any], names: Names) -> Found:
    engagement = _engagement(names)
    every = changes.changes_of(engagement) if engagement else []
    return max((change.pk for change in every), default=None)


@finds("root_cause_id")
def _root_cause(_given: dict[str, Any], names: Names) -> Found:
    engagement = _engagement(names)
    cause = diagnosis.current_root_cause(engagement, by=SYSTEM) if engagement else None
    return cause.pk if cause else None


@finds("round_id")
def _round(_given: dict[str, Any], names: Names) -> Found:
    engagement = _engagement(names)
    rounds = approvals.rounds_for(engagement) if engagement else []
    bypassed = [one for one in rounds if any(seat.emergency for seat in one.seats.all())]
    return (bypassed or rounds)[-1].pk if rounds else None


@finds("finding_id")
def _finding(_given: dict[str, Any], names: Names) -> Found:
    """The oldest finding about its approvals; that it was answered already is for the deed to say."""
    engagement = _engagement(names)
    found = approvals.findings(engagement, by=SYSTEM) if engagement else []
    waiting = [one for one in found if one.closed_at is None]
    return (waiting or found)[0].pk if found else None


@finds("order_id", "part_id")
def _part(given: dict[str, Any], names: Names) -> Found:
    """`order: H2R6M` is the piece of that number with the serial given, or the first that has not arrived yet.

    `order: SN-1` (or `part: SN-1`) is the piece with that serial.
    """
    engagement = _engagement(names)
    orders = parts.parts_of(engagement) if engagement else []
    name = str(given.get("order", given.get("part", "")))
    wanted = [one for one in orders if name and name in (one.part_number, one.serial_received)]
    same = [one for one in wanted if one.serial_received == str(given.get("serial", ""))]
    expected = [one for one in wanted if not one.serial_received]
    return (same or expected or wanted)[0].pk if wanted else None


@finds("handover_id")
def _handover(_given: dict[str, Any], names: Names) -> Found:
    """The first that the client has not signed yet, else the last one."""
    engagement = _engagement(names)
    every = custody.handovers_of(engagement) if engagement else []
    waiting = [one for one in every if one.signed_at is None]
    return (waiting or every[-1:])[0].pk if every else None


@finds("case_id")
def _case(_given: dict[str, Any], names: Names) -> Found:
    """The vendor's case that is open, else the last one."""
    engagement = _engagement(names)
    every = liaison.cases_of(engagement) if engagement else []
    return every[0].pk if every else None


@finds("promise_id")
def _promise(given: dict[str, Any], names: Names) -> Found:
    """The first promise of the case that nothing has become of yet, else the last one."""
    if "case_id" not in given:
        return None
    case = liaison.get_case(given["case_id"], SYSTEM)
    every = liaison.promised(case, case.opened_at)
    waiting = [one for one in every if one.is_open]
    return (waiting or every[-1:])[0].row.pk if every else None


@finds("letter_id")
def _letter(_given: dict[str, Any], names: Names) -> Found:
    """The letter that was granted last."""
    engagement = _engagement(names)
    every = liaison.letters_of(engagement) if engagement else []
    return every[0].pk if every else None


@finds("recovery_id")
def _recovery(_given: dict[str, Any], names: Names) -> Found:
    """The last list of what came back."""
    engagement = _engagement(names)
    every = recoveries.recoveries_of(engagement) if engagement else []
    return every[-1].pk if every else None


@finds("shown_sha256")
def _shown(given: dict[str, Any], _names: Names) -> Found:
    """The hash of the document that the deed is about, as its page shows it."""
    if "quote_id" in given:
        return quotes.get_quote(given["quote_id"], by=SYSTEM).sha256
    if "change_id" in given:
        return changes.get_change(given["change_id"], by=SYSTEM).sha256
    if "version_id" in given:
        return agreements.get_version(given["version_id"], by=SYSTEM).sha256
    return None


@finds("typed_name")
def _own_name(given: dict[str, Any], _names: Names) -> Found:
    """Whoever signs types their own name."""
    person = parties.find_person(given.get("signer", ""))
    return person.name if person else None


@finds("agreement_id")
def _agreement(given: dict[str, Any], names: Names) -> Found:
    """The agreement of that name, whose versions a story calls so, else the one of the engagement."""
    if given.get("agreement"):
        version = names.id_of("agreement", given["agreement"], "agreement")
        return agreements.get_version(version, by=SYSTEM).agreement_id
    engagement = _engagement(names)
    return engagement.agreement_version.agreement_id if engagement else None


@finds("proposal_id")
def _proposal(_given: dict[str, Any], names: Names) -> Found:
    """The lower priority that waits for the client, else the wait in the past."""
    engagement = _engagement(names)
    if engagement is None:
        return None
    waits = lowering.waiting(engagement, SYSTEM) or consenting.open_proposal(engagement, SYSTEM)
    return waits.pk if waits else None


@finds("statement_id")
def _statement(_given: dict[str, Any], names: Names) -> Found:
    """The statement of work that waits for the client."""
    engagement = _engagement(names)
    waits = outside.waiting(engagement, SYSTEM) if engagement else None
    return waits.pk if waits else None


@finds("topic")
def _topic(_given: dict[str, Any], names: Names) -> Found:
    """What a restricted engagement is shared under."""
    engagement = _engagement(names)
    return str(engagement.topic) if engagement else None


@finds("shown_amount")
def _amount(_given: dict[str, Any], names: Names) -> Found:
    engagement = _engagement(names)
    return str(incidents.fee(engagement).ceiling.amount) if engagement else None
