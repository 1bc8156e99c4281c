"""When work may wait, what has to be said for it, and who may let it go on (domain.md §4.3, table of holds)."""

from datetime import datetime

from breakfix.incidents.rules import transitions
from breakfix.incidents.values import HoldReason, Status
from breakfix.kernel.access import Actor, Role, Side
from breakfix.kernel.errors import NotAllowed, Refused

R = HoldReason

# What each reason must name, and what to ask for when it is missing.
EVIDENCE: dict[HoldReason, tuple[str, str]] = {
    R.AWAITING_CLIENT_INFO: ("question", "Write the question that the client has to answer."),
    R.AWAITING_CLIENT_ACCESS: ("note", "Document the arrival or the refusal: who, where, when."),
    R.AWAITING_CHANGE_WINDOW: ("window_id", "Name the change window that is waited for."),
    R.AWAITING_THIRD_PARTY: ("vendor_ref", "Give the third party's case reference."),
    R.AWAITING_PARTS: ("note", "Say which parts are waited for."),
    R.FORCE_MAJEURE: ("note", "Give the notice: what happened, and what it prevents."),
    R.PROVIDER_INTERNAL: ("note", "Say why; this stops no clock."),
}
# What each of these must say beside: until when it is waited.
_UNTIL = {
    R.AWAITING_THIRD_PARTY: "Say when the third party is contacted next.",
    R.AWAITING_CHANGE_WINDOW: "Say when the window begins: work goes on then by itself.",
}
ON_DUTY = frozenset({Role.PROVIDER_ADMIN, Role.DIRECTOR})
CLIENT_ENDS = frozenset({R.AWAITING_CLIENT_INFO, R.AWAITING_CLIENT_ACCESS, R.AWAITING_CHANGE_WINDOW})


def check_declares(reason: HoldReason, by: Actor) -> None:
    """Refuse force majeure by anybody but the provider's duty manager (R15), who is asked on the ladder as such."""
    if reason is R.FORCE_MAJEURE and not by.roles & ON_DUTY:
        raise NotAllowed("Force majeure is declared by the provider's administrator on duty or its director only.")


def check_can_hold(
    status: Status,
    reason: HoldReason,
    given: dict[str, str],
    *,
    expected_until: datetime | None,
    by: Actor,
    at: datetime,
) -> None:
    """Refuse a hold without its evidence, the one that is derived, and any of what is not being worked on."""
    if reason is R.AWAITING_CLIENT_APPROVAL:
        message = "Waiting for approval follows from the state by itself; it is never entered by hand."
        raise Refused("derived_hold", message, field="reason")
    if status not in transitions.ACTIVE:
        words = ", ".join(state for state in Status if state in transitions.ACTIVE)
        message = f"Only what is being worked on can be held ({words}); this is {status}."
        raise Refused("wrong_state", message, status=status.value)
    check_declares(reason, by)
    field, message = EVIDENCE[reason]
    if not given[field].strip():
        raise Refused("hold_without_evidence", message, field=field)
    if reason in _UNTIL and expected_until is None:
        raise Refused("hold_without_evidence", _UNTIL[reason], field="expected_until")
    if expected_until is not None and expected_until <= at:
        raise Refused("past_end", "The expected end lies in the past.", field="expected_until")
    if reason is R.AWAITING_THIRD_PARTY:
        # Below the cases on the road, so nobody here knows them: the deed that does is wait_for_vendor.
        message = "Waiting for a third party names its open case: open it on the page Vendor cases, and wait there."
        raise Refused("case_missing", message, field="reason")


def check_can_ask_again(reason: HoldReason | None, *, due_at: datetime | None, at: datetime) -> None:
    """Refuse to remind of what was answered, and before the agreed time has passed since it was asked last."""
    if reason is not R.AWAITING_CLIENT_INFO or due_at is None:
        raise Refused("no_question", "No question to the client is open.")
    if at < due_at:
        raise Refused("not_due", "There is still time to answer.")


def check_can_begin(reason: HoldReason | None, expected_until: datetime | None, at: datetime) -> None:
    """Refuse to end by itself what is no wait for a window, or not yet over."""
    if reason is not R.AWAITING_CHANGE_WINDOW or expected_until is None or at < expected_until:
        raise Refused("no_window", "No change window that is waited for has begun.")


def check_can_resume(status: Status, reason: HoldReason | None, answer: str, *, by: Actor) -> None:
    """Refuse to resume what is not held, to end the provider's wait from the client's side, and an empty answer."""
    if status is not Status.ON_HOLD or reason is None:
        raise Refused("not_on_hold", f"This is not on hold; it is {status}.", status=status.value)
    if reason is R.AWAITING_CLIENT_APPROVAL:
        message = "The client was asked to decide; work goes on once they have, or once the question is withdrawn."
        raise Refused("derived_hold", message)
    if by.side is not Side.CLIENT:
        return
    if reason not in CLIENT_ENDS:
        raise NotAllowed("Only the provider can end this hold.")
    if reason is R.AWAITING_CLIENT_INFO and not answer.strip():
        raise Refused("missing_field", "Please answer the question.", field="answer")
