"""Which deeds have no page or no story, and why: a deed without a row here has both."""

import re
from pathlib import Path
from typing import Any

import yaml

from breakfix.kernel.access import Deed

ROOT = Path(__file__).resolve().parents[2]
STORIES, WORLD = ROOT / "stories", ROOT / "src/breakfix/cli/story/world.py"
_MACHINE = "done by Breakfix itself when its time has come"

WITHOUT_WEB: dict[Deed, str] = {
    Deed.REGISTER_ORGANISATION: "done by whoever runs the installation, at the terminal: breakfix add-organisation",
    Deed.ENROL_PERSON: "people are invited on the page People and choose their own password",
    Deed.COMMENT_BY_MAIL: "written in one's own program for mail, at the address that was signed for it",
    Deed.IMPORT_HISTORY: "a log has thousands of rows: breakfix replay --into reads it, the API takes batches",
    Deed.NOTE_METER: "the meter is noted with every clocked hour and used line; by itself only a program asks for it",
    **dict.fromkeys(
        (Deed.NOTE_BREACH, Deed.LOG_ATTEMPT, Deed.LAPSE_RATIFICATION, Deed.EXPIRE_QUOTE)
        + (Deed.GIVE_UP_QUOTE, Deed.STOP_STEPS, Deed.START_GUARANTEE, Deed.FILE_DOCUMENT)
        + (Deed.RELEASE_CREDIT,)
        + (Deed.SEND_INVITATION, Deed.ACCEPT_INVITATION, Deed.NOTE_DELIVERY, Deed.DRAFT_ALERTS, Deed.END_ALERT)
        + (Deed.RETURN_ALERT, Deed.WORSEN_ALERT)
        + (Deed.ASK_RUNG, Deed.ADVANCE_ESCALATION, Deed.NOTE_STANDSTILL, Deed.END_ESCALATIONS, Deed.DRAFT_MAIL)
        + (Deed.ASK_AGAIN, Deed.FOLLOW_CREDIT_HOLD, Deed.BEGIN_WINDOW),
        _MACHINE,
    ),
}
_CODE = "no story knows a code that only a telephone receives; tests/quotes/test_phoning.py tells it"
_TRIED = "a way off the main road: tried by the tests of its module, told by no story yet"
WITHOUT_STORY: dict[Deed, str] = {
    Deed.RELEASE_CREDIT: "follows at the end of a month: tests/billing/test_credits.py goes on to it",
    **dict.fromkeys(
        (Deed.PROPOSE_PAST_PAUSE, Deed.ANSWER_PAST_PAUSE, Deed.WITHDRAW_PAST_PAUSE),
        "for a desk that noted no wait in time: tests/incidents/test_consenting.py",
    ),
    **dict.fromkeys(
        (Deed.REGISTER_COVER, Deed.END_COVER),
        "a cover turns a repair away: tests/incidents/test_covers.py refers one",
    ),
    Deed.ANSWER_DETAILS: "somebody looks afterwards: tests/incidents/test_answering.py adds answers",
    Deed.TAKE_CALL: "a person reads back to a person; tests/incidents/test_calling.py takes calls",
    **dict.fromkeys(
        (Deed.NOTE_BREACH, Deed.LOG_ATTEMPT, Deed.LAPSE_RATIFICATION, Deed.EXPIRE_QUOTE, Deed.MEET_OBLIGATION)
        + (Deed.GIVE_UP_QUOTE,)
        + (Deed.ASK_FORENSIC_FEE,)
        + (Deed.FOLLOW_CREDIT_HOLD, Deed.BEGIN_WINDOW)
        + (Deed.ASK_AGAIN, Deed.ASK_RUNG, Deed.ADVANCE_ESCALATION, Deed.NOTE_STANDSTILL, Deed.END_ESCALATIONS)
        + (Deed.NOTE_METER, Deed.STOP_STEPS, Deed.START_GUARANTEE, Deed.FILE_DOCUMENT, Deed.SEAL_PACK),
        "follows by itself in every story, which checks what it came to",
    ),
    **dict.fromkeys(
        (Deed.ISSUE_TOKEN, Deed.REVOKE_TOKEN, Deed.INVITE_PERSON, Deed.INVITE_AGAIN, Deed.SEND_INVITATION)
        + (Deed.ACCEPT_INVITATION, Deed.SWITCH_OFF_PERSON, Deed.SWITCH_ON_PERSON, Deed.END_SESSIONS)
        + (Deed.REMOVE_FACTORS, Deed.SET_PREFERENCES, Deed.SUBSCRIBE_DEVICE, Deed.REMOVE_DEVICE, Deed.NOTE_DELIVERY),
        "a story tells of engagements, not of how its people sign in and wish to be told",
    ),
    **dict.fromkeys(
        (Deed.ADD_ALERT_SOURCE, Deed.CLOSE_ALERT_SOURCE, Deed.DRAFT_ALERTS, Deed.END_ALERT, Deed.REPORT_ALERT)
        + (Deed.RETURN_ALERT, Deed.WORSEN_ALERT, Deed.DISMISS_ALERT, Deed.SETTLE_UNREADABLE),
        "a story has people, and no monitoring that sends; tests/intake sends what thirteen tools send",
    ),
    **dict.fromkeys(
        (Deed.ADD_MAILBOX, Deed.CLOSE_MAILBOX, Deed.DRAFT_MAIL, Deed.COMMENT_BY_MAIL, Deed.REPORT_MAIL)
        + (Deed.DISMISS_MAIL, Deed.ASSIGN_MAIL, Deed.SETTLE_MAIL),
        "a story has no mail server; tests/intake/test_mails.py writes what people and machines write",
    ),
    Deed.IMPORT_HISTORY: "no story tells what was before Breakfix; tests/cli/test_replay_into.py imports a log",
    **dict.fromkeys((Deed.CALL_APPROVER, Deed.ENTER_PHONE_CODE), _CODE),
    **dict.fromkeys(
        (Deed.RETURN_PART, Deed.REVISE_QUOTE, Deed.DESTROY_ITEMS, Deed.WITHDRAW_VERSION)
        + (Deed.WAIVE_DEPOSIT, Deed.MERGE_ENGAGEMENT, Deed.ACKNOWLEDGE_ESCALATION, Deed.ASK_FOR_HELP)
        + (Deed.GIVE_RECOVERY_PLAN, Deed.START_DRILL, Deed.END_DRILL)
        + (Deed.PROPOSE_SOW, Deed.ANSWER_SOW, Deed.WITHDRAW_SOW, Deed.COMMENT, Deed.ADD_OBLIGATION)
        + (Deed.WAIT_FOR_WINDOW,)
        + (Deed.NOTE_PART_FAILURE, Deed.NOTE_REFUND, Deed.DECIDE_CUSTODY)
        + (Deed.SOURCE_PART, Deed.ORDER_AT_OWN_RISK)
        + (Deed.WITHDRAW_CATALOGUE_PART, Deed.WITHDRAW_FIT, Deed.WITHDRAW_ALTERNATE)
        + (Deed.WITHDRAW_FORENSIC_EXTENSION, Deed.CORRECT_DOSSIER_ENTRY, Deed.REMOVE_DOSSIER_ENTRY),
        _TRIED,
    ),
    **dict.fromkeys(
        (Deed.ALLOW_COLLECTION, Deed.WITHDRAW_COLLECTION, Deed.HAND_IN_BUNDLE),
        "a story has no machine on which a downloaded program runs; tests/diagnosis/test_collecting.py runs it",
    ),
}

# Done in the finished night: who, which deed, what is written, and the status.
ANSWERS: tuple[tuple[str, str, str, int], ...] = (("chas", "review_change", "change", 200),)


def told_in_stories() -> set[Deed]:
    """Every deed that some story does, or does by setting up its world."""
    found = set(re.findall(r'"(\w+)"', WORLD.read_text(encoding="utf-8")))
    for path in STORIES.rglob("*.yaml"):
        _collect(yaml.safe_load(path.read_text(encoding="utf-8")), found)
    return {deed for deed in Deed if deed.value in found}


def _collect(node: Any, found: set[str]) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("do"), str):
            found.add(node["do"])
        for item in node.values():
            _collect(item, found)
    elif isinstance(node, list):
        for item in node:
            _collect(item, found)
