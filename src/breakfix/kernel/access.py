"""Who may do what: one table of deeds and roles, read by `require` and by every page that hides a button.

What the state of a thing allows is each module's own `rules`; whether a thing is visible at all is `visible_to`.
This is the one place where the kernel names business words.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from breakfix.kernel.errors import NotAllowed, NotFound, Refused
from breakfix.kernel.roles import (
    CLIENT_ROLES,
    FACTOR_ROLES,
    FIELD_ROLES,
    MACHINE_ROLES,
    PROVIDER_ROLES,
    Role,
    Side,
)
from breakfix.kernel.verbs import Deed

__all__ = [
    "CLIENT_ROLES",
    "FACTOR_ROLES",
    "FIELD_ROLES",
    "MACHINE_ROLES",
    "OPERATOR",
    "PROVIDER_ROLES",
    "ROLES_FOR",
    "SYSTEM",
    "Actor",
    "Deed",
    "Role",
    "Side",
    "check_confirmed",
    "may",
    "require",
]
R = Role
CONFIRMED_FOR = timedelta(minutes=5)


_DESK = {R.DISPATCHER}
_ADMINS = {R.CLIENT_ADMIN, R.PROVIDER_ADMIN, R.OPERATOR}
_ROSTER = {R.PROVIDER_ADMIN, R.DISPATCHER, R.OPERATOR}
_FIELD = {R.TECHNICIAN}
_QUOTING = {R.QUOTING_ENGINEER}
_KEEPERS = {R.CLIENT_ADMIN, R.SERVICE_OWNER, R.SECURITY_OFFICER, R.REQUESTER}
_RISK = {R.DATA_OWNER, R.SECURITY_OFFICER}
_SETTLING = {R.SERVICE_OWNER, R.APPROVER, R.CLIENT_ADMIN}
_PEOPLE = CLIENT_ROLES | PROVIDER_ROLES

ROLES_FOR: dict[Deed, frozenset[Role]] = {
    deed: frozenset(roles)
    for deed, roles in {
        # What nobody does by hand: it follows when its time has come.
        **dict.fromkeys(
            (Deed.SEND_INVITATION, Deed.NOTE_BREACH, Deed.LOG_ATTEMPT, Deed.LAPSE_RATIFICATION)
            + (Deed.EXPIRE_QUOTE, Deed.GIVE_UP_QUOTE, Deed.STOP_STEPS, Deed.START_GUARANTEE, Deed.FILE_DOCUMENT)
            + (Deed.RELEASE_CREDIT, Deed.ASK_AGAIN, Deed.FOLLOW_CREDIT_HOLD, Deed.BEGIN_WINDOW)
            + (Deed.NOTE_DELIVERY, Deed.DRAFT_ALERTS, Deed.END_ALERT, Deed.RETURN_ALERT, Deed.WORSEN_ALERT)
            + (Deed.DRAFT_MAIL,)
            + (Deed.ASK_RUNG, Deed.ADVANCE_ESCALATION, Deed.NOTE_STANDSTILL, Deed.END_ESCALATIONS),
            {R.SYSTEM},
        ),
        # An organisation's own people and places.
        **dict.fromkeys(
            (Deed.OPEN_SITE, Deed.ENROL_PERSON, Deed.GIVE_ROLE, Deed.TAKE_ROLE)
            + (Deed.INVITE_PERSON, Deed.INVITE_AGAIN, Deed.SWITCH_OFF_PERSON, Deed.SWITCH_ON_PERSON)
            + (Deed.END_SESSIONS, Deed.REMOVE_FACTORS),
            _ADMINS,
        ),
        Deed.REGISTER_ORGANISATION: {R.OPERATOR},
        Deed.ACCEPT_INVITATION: CLIENT_ROLES | PROVIDER_ROLES,
        Deed.SHARE_TOPIC: {R.SECURITY_OFFICER, R.CLIENT_ADMIN, R.SYSTEM},
        Deed.WITHDRAW_TOPIC: {R.SECURITY_OFFICER, R.CLIENT_ADMIN},
        **dict.fromkeys((Deed.ENROL_TECHNICIAN, Deed.RECORD_CERTIFICATION, Deed.PLAN_SHIFT), _ROSTER),
        Deed.VERIFY_CERTIFICATION: {R.PROVIDER_ADMIN, R.REVIEWER, R.OPERATOR},
        Deed.RECORD_CLEARANCE: {R.SECURITY_OFFICER, R.CLIENT_ADMIN, R.PROVIDER_ADMIN, R.OPERATOR},
        **dict.fromkeys((Deed.DRAFT_AGREEMENT, Deed.RECORD_INSURANCE), {R.PROVIDER_ADMIN, R.OPERATOR}),
        **dict.fromkeys(
            (Deed.REVISE_AGREEMENT, Deed.WITHDRAW_VERSION), {R.PROVIDER_ADMIN, R.CLIENT_ADMIN, R.OPERATOR}
        ),
        **dict.fromkeys((Deed.SIGN_AGREEMENT, Deed.END_AGREEMENT), {R.PROVIDER_ADMIN, R.CLIENT_ADMIN}),
        Deed.REGISTER_SERVICE: {R.CLIENT_ADMIN, R.SERVICE_OWNER, R.OPERATOR},
        Deed.REGISTER_ASSET: {R.CLIENT_ADMIN, R.SERVICE_OWNER, R.REQUESTER, R.OPERATOR},
        Deed.CORRECT_ASSET: {R.CLIENT_ADMIN, R.SERVICE_OWNER, R.REQUESTER},
        **dict.fromkeys((Deed.REGISTER_COVER, Deed.END_COVER), {R.CLIENT_ADMIN, R.SERVICE_OWNER}),
        **dict.fromkeys((Deed.ADD_ALERT_SOURCE, Deed.CLOSE_ALERT_SOURCE), {R.CLIENT_ADMIN, R.SERVICE_OWNER}),
        **dict.fromkeys(
            (Deed.REPORT_ALERT, Deed.DISMISS_ALERT, Deed.SETTLE_UNREADABLE),
            {R.REQUESTER, R.SERVICE_OWNER, R.DISPATCHER},
        ),
        **dict.fromkeys((Deed.ADD_MAILBOX, Deed.CLOSE_MAILBOX), {R.PROVIDER_ADMIN}),
        # A word decides nothing, so whoever sees an engagement may say one; an auditor's access only reads.
        **dict.fromkeys((Deed.COMMENT, Deed.COMMENT_BY_MAIL), _PEOPLE - {R.AUDITOR}),
        **dict.fromkeys((Deed.REPORT_MAIL, Deed.DISMISS_MAIL), {R.REQUESTER, R.SERVICE_OWNER, R.DISPATCHER}),
        **dict.fromkeys((Deed.ASSIGN_MAIL, Deed.SETTLE_MAIL), _DESK),
        Deed.IMPORT_HISTORY: {R.CLIENT_ADMIN, R.OPERATOR},
        **dict.fromkeys((Deed.REPORT_FAILURE, Deed.ANSWER_DETAILS), {R.REQUESTER, R.SERVICE_OWNER, R.DISPATCHER}),
        **dict.fromkeys(
            (Deed.TAKE_CALL, Deed.ACKNOWLEDGE, Deed.QUALIFY, Deed.DECLINE, Deed.MERGE_ENGAGEMENT)
            + (Deed.CALL_APPROVER, Deed.ENTER_PHONE_CODE),
            _DESK,
        ),
        Deed.ACKNOWLEDGE_ESCALATION: {
            *(R.DISPATCHER, R.DIRECTOR, R.PROVIDER_ADMIN, R.SERVICE_OWNER, R.APPROVER, R.SECURITY_OFFICER)
        },
        Deed.ASK_FOR_HELP: _FIELD | _DESK,
        Deed.GIVE_RECOVERY_PLAN: _DESK | {R.DIRECTOR, R.PROVIDER_ADMIN},
        Deed.START_DRILL: _DESK | {R.DIRECTOR, R.PROVIDER_ADMIN},
        Deed.END_DRILL: _DESK | {R.DIRECTOR, R.PROVIDER_ADMIN, R.SYSTEM},
        Deed.HOLD: _DESK | _FIELD | {R.DIRECTOR, R.PROVIDER_ADMIN},
        **dict.fromkeys((Deed.PROPOSE_PAST_PAUSE, Deed.WITHDRAW_PAST_PAUSE), _DESK | {R.DIRECTOR, R.PROVIDER_ADMIN}),
        **dict.fromkeys((Deed.PROPOSE_SOW, Deed.WITHDRAW_SOW), _DESK | {R.DIRECTOR}),
        Deed.ANSWER_SOW: {R.APPROVER},
        # What a late clock costs the provider is given up with it: not for whoever merely reports failures.
        Deed.ANSWER_PAST_PAUSE: _SETTLING,
        # Whoever may let it wait may let it go on, and whoever is asked.
        Deed.RESUME: _DESK | _FIELD | {R.DIRECTOR, R.PROVIDER_ADMIN, R.REQUESTER, R.SERVICE_OWNER},
        Deed.POST_UPDATE: _DESK | _FIELD | _QUOTING,
        **dict.fromkeys((Deed.PROPOSE_DOWNGRADE, Deed.WITHDRAW_DOWNGRADE), _DESK | {R.DIRECTOR}),
        # The requester says what has changed; what was missed only the others give up (incidents/rules/priority.py).
        Deed.ANSWER_DOWNGRADE: _SETTLING | {R.REQUESTER},
        Deed.RAISE_PRIORITY: _DESK | _SETTLING | {R.REQUESTER, R.SYSTEM},
        Deed.CANCEL_ENGAGEMENT: {R.REQUESTER, R.SERVICE_OWNER, R.APPROVER},
        Deed.SET_LEGAL_HOLD: {R.SECURITY_OFFICER, R.DATA_OWNER, R.CLIENT_ADMIN},
        # The administrator only where the client has no security officer.
        **dict.fromkeys((Deed.RELEASE_LEGAL_HOLD, Deed.ALLOW_WIPING), {R.SECURITY_OFFICER, R.CLIENT_ADMIN}),
        Deed.NOTE_INSURER_NOTICE: {R.SECURITY_OFFICER, R.CLIENT_ADMIN},
        # Whose duty it is, or the desk on their word.
        Deed.ADD_OBLIGATION: _DESK | {R.REQUESTER, R.SERVICE_OWNER},
        Deed.MEET_OBLIGATION: {R.SERVICE_OWNER, R.REQUESTER, R.TECHNICIAN, R.SYSTEM},
        Deed.CLOSE_ENGAGEMENT: {R.PROVIDER_FINANCE, R.APPROVER, R.SYSTEM},
        Deed.NAME_AUTHORITY: {R.CLIENT_ADMIN, R.OPERATOR},
        Deed.DELEGATE: {R.APPROVER, R.DATA_OWNER, R.SECURITY_OFFICER},
        Deed.REVOKE_DELEGATION: {R.APPROVER, R.DATA_OWNER, R.SECURITY_OFFICER, R.CLIENT_ADMIN},
        Deed.ANSWER_FINDING: {R.CLIENT_ADMIN, R.CLIENT_FINANCE},
        **dict.fromkeys((Deed.DISPATCH_TECHNICIAN, Deed.BOOK_SPECIALIST, Deed.RELEASE_BOOKING), _DESK),
        **dict.fromkeys(
            (Deed.OPEN_VENDOR_CASE, Deed.LOG_VENDOR_CONTACT, Deed.ESCALATE_VENDOR_CASE, Deed.KEEP_VENDOR_PROMISE)
            + (Deed.CLOSE_VENDOR_CASE, Deed.WAIT_FOR_VENDOR, Deed.WAIT_FOR_WINDOW),
            _FIELD | _DESK,
        ),
        # Whose agreement with the vendor it is, and whose money.
        **dict.fromkeys((Deed.GRANT_LETTER, Deed.REVOKE_LETTER), {R.CLIENT_ADMIN, R.SERVICE_OWNER}),
        **dict.fromkeys(
            (Deed.NOTE_VENDOR_TERMS, Deed.DRAFT_VENDOR_CLAIM),
            _DESK | {R.CLIENT_ADMIN, R.SERVICE_OWNER, R.CLIENT_FINANCE},
        ),
        **dict.fromkeys((Deed.TAKE_INTO_CUSTODY, Deed.HAND_BACK, Deed.DESTROY_ITEMS), _FIELD | _DESK),
        **dict.fromkeys((Deed.SIGN_HANDOVER, Deed.VERIFY_RECOVERY), _RISK | {R.REQUESTER, R.SERVICE_OWNER}),
        **dict.fromkeys((Deed.DECIDE_ITEMS, Deed.DECIDE_CUSTODY), _RISK),
        # What only those do who were sent.
        **dict.fromkeys(
            (Deed.ACKNOWLEDGE_PROTOCOL, Deed.MAKE_CONTACT, Deed.ARRIVE, Deed.RECORD_CHECK, Deed.COMPLETE_DIAGNOSIS)
            + (Deed.READ_DOSSIER, Deed.DRAFT_ROOT_CAUSE, Deed.ISSUE_ROOT_CAUSE, Deed.INSTALL_PART)
            + (Deed.NOTE_PART_FAILURE, Deed.START_WORK, Deed.CLOCK_ON, Deed.CLOCK_OFF, Deed.COMPLETE_STEP)
            + (Deed.USE_LINE, Deed.ROLL_BACK, Deed.LEAVE_INCOMPLETE, Deed.REPORT_RECOVERY, Deed.RESTORE_SERVICE)
            + (Deed.RESTORE_WITHIN_FEE, Deed.RESOLVE, Deed.ISSUE_REPORT),
            _FIELD,
        ),
        Deed.ASK_FORENSIC_FEE: _DESK | {R.SYSTEM},
        **dict.fromkeys((Deed.RATIFY, Deed.APPROVE_FORENSIC_FEE, Deed.APPROVE_FORENSIC_EXTENSION), {R.APPROVER}),
        **dict.fromkeys((Deed.ASK_FORENSIC_EXTENSION, Deed.WITHDRAW_FORENSIC_EXTENSION), _FIELD | _DESK),
        Deed.ASK_SECOND_OPINION: {R.REQUESTER, R.SERVICE_OWNER, R.APPROVER},
        **dict.fromkeys(
            (Deed.NOTE_DOSSIER_ENTRY, Deed.CORRECT_DOSSIER_ENTRY, Deed.REMOVE_DOSSIER_ENTRY, Deed.REVEAL_DOSSIER)
            + (Deed.REDACT_DOSSIER, Deed.ALLOW_COLLECTION, Deed.WITHDRAW_COLLECTION, Deed.HAND_IN_BUNDLE),
            _KEEPERS,
        ),
        Deed.REVIEW_ROOT_CAUSE: {R.REVIEWER, R.TECHNICIAN},
        # What both who price and who run the desk do about parts and offers.
        **dict.fromkeys(
            (Deed.ORDER_PARTS, Deed.NOTE_SHIPMENT, Deed.OPEN_CLAIM, Deed.ORDER_REPLACEMENT, Deed.SOURCE_PART)
            + (Deed.NOTE_OFFER, Deed.RESERVE_PART, Deed.ADD_CATALOGUE_PART, Deed.WITHDRAW_CATALOGUE_PART)
            + (Deed.NOTE_FIT, Deed.WITHDRAW_FIT, Deed.NOTE_ALTERNATE, Deed.WITHDRAW_ALTERNATE)
            + (Deed.PRICE_DISPOSITION, Deed.ANSWER_QUESTION),
            _QUOTING | _DESK,
        ),
        **dict.fromkeys((Deed.RECEIVE_PART, Deed.RETURN_PART, Deed.INSPECT_PART, Deed.ISSUE_PART), _FIELD | _DESK),
        **dict.fromkeys(
            (Deed.DECLARE_DEAD, Deed.SHIP_CORE, Deed.PROPOSE_CHANGE, Deed.WAIT_FOR_CHANGE_ORDER), _FIELD | _DESK
        ),
        Deed.ADD_LOANER: _DESK | {R.PROVIDER_ADMIN},
        **dict.fromkeys((Deed.OFFER_LOANER, Deed.LEND_LOANER, Deed.RETURN_LOANER, Deed.PLAN_WORK), _DESK),
        Deed.NEED_PART: _FIELD | _QUOTING | _DESK,
        Deed.ORDER_AT_OWN_RISK: _QUOTING | {R.DIRECTOR},
        **dict.fromkeys((Deed.NOTE_REFUND, Deed.CREDIT_CORE, Deed.BEAR_COST), _DESK | {R.PROVIDER_FINANCE}),
        **dict.fromkeys((Deed.DRAFT_QUOTE, Deed.REVISE_QUOTE, Deed.ATTACH_SUPPLIER_EVIDENCE), _QUOTING),
        Deed.REVIEW_QUOTE: {R.REVIEWER, R.QUOTING_ENGINEER},
        **dict.fromkeys(
            (Deed.ISSUE_QUOTE, Deed.WITHDRAW_QUOTE, Deed.PROPOSE_CHANGE_ORDER, Deed.REVISE_CHANGE_ORDER), _QUOTING
        ),
        Deed.APPROVE_QUOTE_IN_EMERGENCY: {R.DUTY_MANAGER},
        Deed.ACKNOWLEDGE_RISK: {R.APPROVER, R.DATA_OWNER, R.SECURITY_OFFICER},
        **dict.fromkeys(
            (Deed.APPROVE_QUOTE, Deed.REJECT_QUOTE, Deed.CHOOSE_CONTINUITY, Deed.CHOOSE_OPTION), {R.APPROVER}
        ),
        **dict.fromkeys((Deed.NOTE_DEPOSIT, Deed.WAIVE_DEPOSIT, Deed.REFUND_DEPOSIT), {R.PROVIDER_FINANCE}),
        Deed.ASK_ABOUT_QUOTE: {R.APPROVER, R.REQUESTER, R.SERVICE_OWNER, R.DUTY_MANAGER, *_RISK},
        **dict.fromkeys((Deed.ASSESS_CHANGE, Deed.EXTEND_WINDOW, Deed.REVIEW_CHANGE), {R.CHANGE_MANAGER}),
        **dict.fromkeys(
            (Deed.APPROVE_CHANGE, Deed.REJECT_CHANGE), {R.CHANGE_MANAGER, R.SERVICE_OWNER, R.SECURITY_OFFICER}
        ),
        **dict.fromkeys((Deed.GRANT_ACCESS, Deed.REVOKE_ACCESS), {R.SECURITY_OFFICER}),
        Deed.NOTE_METER: {R.SYSTEM, R.TECHNICIAN},
        **dict.fromkeys(
            (Deed.SET_DEGRADATION, Deed.DISPUTE_RESTORATION, Deed.ACCEPT_WORK, Deed.REFUSE_WORK),
            {R.REQUESTER, R.SERVICE_OWNER},
        ),
        Deed.ISSUE_INVOICE: {R.PROVIDER_FINANCE},
        **dict.fromkeys(
            (Deed.PLACE_CREDIT_HOLD, Deed.LIFT_CREDIT_HOLD, Deed.OVERRIDE_CREDIT_HOLD), {R.PROVIDER_FINANCE}
        ),
        Deed.SEAL_PACK: {R.SYSTEM, R.AUDITOR, R.CLIENT_ADMIN, R.SERVICE_OWNER, R.REQUESTER},
        **dict.fromkeys((Deed.ISSUE_TOKEN, Deed.REVOKE_TOKEN, Deed.SET_PREFERENCES, Deed.SUBSCRIBE_DEVICE), _PEOPLE),
        Deed.REMOVE_DEVICE: _PEOPLE | {R.SYSTEM},
    }.items()
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who does or reads something: never more than the ids and roles that decide it."""

    person_id: int | None
    organisation_id: int | None
    side: Side
    roles: frozenset[Role]
    name: str = ""
    confirmed_at: datetime | None = field(default=None, compare=False)
    # By which way they come where it is not a page that they look at, such as "api"; it gives no right.
    through: str = field(default="", compare=False)

    @property
    def field_only(self) -> bool:
        """True for those who see only what they are booked on."""
        return bool(self.roles) and self.roles <= FIELD_ROLES

    @property
    def is_machine(self) -> bool:
        return self.side is Side.SYSTEM


SYSTEM = Actor(None, None, Side.SYSTEM, frozenset({R.SYSTEM}), "Breakfix")
OPERATOR = Actor(None, None, Side.SYSTEM, frozenset({R.OPERATOR}), "Operator")


def may(by: Actor, deed: Deed) -> bool:
    """Whether any of this actor's roles may do this deed at all; what the state allows is another question."""
    return bool(by.roles & ROLES_FOR[deed])


def require(by: Actor, deed: Deed, *, org: int | Iterable[int] | None = None) -> None:
    """Refuse unless a role of this actor may do the deed, and, where `org` is given, for that organisation."""
    if not may(by, deed):
        words = deed.value.replace("_", " ")
        raise NotAllowed(f"Your roles do not include the right to {words}.", deed=deed.value)
    if org is None or by.is_machine:
        return
    allowed = {org} if isinstance(org, int) else set(org)
    if by.organisation_id not in allowed:
        raise NotFound()


def person_behind(by: Actor, message: str) -> int:
    """Who answers for it: what others rely on was said or done by somebody with a name, never by a machine."""
    if by.person_id is None:
        raise NotAllowed(message, code="needs_person")
    return by.person_id


def check_confirmed(by: Actor, at: datetime) -> None:
    """Refuse unless this person proved who they are within the last five minutes: money is never one click away."""
    if by.confirmed_at is None or not at - CONFIRMED_FOR <= by.confirmed_at <= at:
        raise Refused("reauthenticate", "Please enter your password again to confirm this.", field="password")
