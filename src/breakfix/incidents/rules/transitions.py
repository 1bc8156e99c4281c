"""Which state may follow which (domain.md §3.1 with §11 rulings 18-20), and who has to act in each."""

from dataclasses import dataclass

from breakfix.incidents.values import HoldReason, Status
from breakfix.kernel.access import Role, Side
from breakfix.kernel.errors import Refused

S = Status

# Ruling 20: held can be what is being worked on; what waits for the approver is no hold but a derived pause.
ACTIVE = frozenset(
    {S.ACKNOWLEDGED, S.QUALIFIED, S.DISPATCHED, S.DIAGNOSING, S.QUOTE_PENDING}
    | {S.APPROVED, S.SCHEDULED, S.IN_PROGRESS, S.RESTORED}
)
OVER = frozenset({S.CLOSED, S.CANCELLED, S.DECLINED})

TRANSITIONS: dict[Status, frozenset[Status]] = {
    S.DRAFT: frozenset({S.SUBMITTED}),
    S.SUBMITTED: frozenset({S.ACKNOWLEDGED, S.DECLINED, S.CANCELLED}),
    S.ACKNOWLEDGED: frozenset({S.QUALIFIED, S.DECLINED, S.ON_HOLD, S.CANCELLED}),
    S.QUALIFIED: frozenset({S.DISPATCHED, S.DECLINED, S.ON_HOLD, S.CANCELLED}),
    S.DISPATCHED: frozenset({S.DIAGNOSING, S.ON_HOLD, S.CANCELLED}),
    # To RESTORED: fixed within the forensic fee, and liaison, which has no repair quote.
    S.DIAGNOSING: frozenset({S.QUOTE_PENDING, S.RESTORED, S.ON_HOLD, S.CANCELLED}),
    S.QUOTE_PENDING: frozenset({S.AWAITING_APPROVAL, S.ON_HOLD, S.CANCELLED}),
    # Back to QUOTE_PENDING: revised, or re-issued after expiry; to CLOSED: not approved.
    S.AWAITING_APPROVAL: frozenset({S.APPROVED, S.QUOTE_PENDING, S.CLOSED, S.CANCELLED}),
    S.APPROVED: frozenset({S.SCHEDULED, S.ON_HOLD, S.CANCELLED}),
    S.SCHEDULED: frozenset({S.IN_PROGRESS, S.ON_HOLD, S.CANCELLED}),
    # Back to SCHEDULED: rolled back, incomplete or no access. To RESOLVED: nothing can be restored (decision 0011).
    S.IN_PROGRESS: frozenset({S.RESTORED, S.RESOLVED, S.SCHEDULED, S.ON_HOLD}),
    # Back to IN_PROGRESS: the requester disputes the restoration, or refuses acceptance.
    S.RESTORED: frozenset({S.RESOLVED, S.IN_PROGRESS, S.ON_HOLD}),
    S.RESOLVED: frozenset({S.ACCEPTED, S.IN_PROGRESS}),
    S.ACCEPTED: frozenset({S.CLOSED, S.REOPENED}),
    S.CLOSED: frozenset({S.REOPENED}),
    S.REOPENED: frozenset({S.DISPATCHED}),
    S.DECLINED: frozenset({S.CLOSED}),
    S.CANCELLED: frozenset({S.CLOSED}),
    S.ON_HOLD: frozenset(),  # back to where it was held; see `allowed_from`
}


@dataclass(frozen=True)
class NextStep:
    """Who has to act in a state, in words of the page "what needs me"."""

    what: str
    side: Side
    role: Role


_DESK, _FIELD = (Side.PROVIDER, Role.DISPATCHER), (Side.PROVIDER, Role.TECHNICIAN)
_FINANCE, _REQUESTER = (Side.PROVIDER, Role.PROVIDER_FINANCE), (Side.CLIENT, Role.REQUESTER)

NEXT_STEPS: dict[Status, NextStep] = {
    S.SUBMITTED: NextStep("Acknowledge and call back", *_DESK),
    S.ACKNOWLEDGED: NextStep("Qualify: scope, other cover, insurance", *_DESK),
    S.QUALIFIED: NextStep("Dispatch an engineer", *_DESK),
    S.DISPATCHED: NextStep("Contact the requester", *_FIELD),
    S.DIAGNOSING: NextStep("Diagnose and issue the root cause", *_FIELD),
    S.QUOTE_PENDING: NextStep("Issue the quote", Side.PROVIDER, Role.QUOTING_ENGINEER),
    S.AWAITING_APPROVAL: NextStep("Decide on the quote", Side.CLIENT, Role.APPROVER),
    S.APPROVED: NextStep("Plan the change and the work", *_DESK),
    S.SCHEDULED: NextStep("Start the work", *_FIELD),
    S.IN_PROGRESS: NextStep("Restore the service", *_FIELD),
    S.RESTORED: NextStep("Finish the work and check for a second fault", *_FIELD),
    S.RESOLVED: NextStep("Accept the work", *_REQUESTER),
    S.ACCEPTED: NextStep("Invoice and close", *_FINANCE),
    S.CANCELLED: NextStep("Invoice what is due and close", *_FINANCE),
    S.DECLINED: NextStep("Close", *_FINANCE),
    S.REOPENED: NextStep("Dispatch under the guarantee", *_DESK),
}

HELD_STEPS: dict[HoldReason, NextStep] = {
    HoldReason.AWAITING_CLIENT_INFO: NextStep("Answer the question", *_REQUESTER),
    HoldReason.AWAITING_CLIENT_ACCESS: NextStep("Let the engineer in", *_REQUESTER),
    HoldReason.AWAITING_CLIENT_APPROVAL: NextStep("Decide on the further sum", Side.CLIENT, Role.APPROVER),
    HoldReason.AWAITING_CHANGE_WINDOW: NextStep("Wait for the change window", Side.CLIENT, Role.CHANGE_MANAGER),
    HoldReason.AWAITING_THIRD_PARTY: NextStep("Chase the third party", *_DESK),
    HoldReason.AWAITING_PARTS: NextStep("Chase the parts", *_DESK),
    HoldReason.FORCE_MAJEURE: NextStep("Resume as soon as possible", *_DESK),
    HoldReason.PROVIDER_INTERNAL: NextStep("Resume as soon as possible", *_DESK),
}


def allowed_from(status: Status, hold_from: Status | None = None) -> frozenset[Status]:
    """Where an engagement may go from here; a held one only back, or to CANCELLED where it could have been."""
    if status is not S.ON_HOLD:
        return TRANSITIONS[status]
    if hold_from is None:
        return frozenset()
    return frozenset({hold_from}) | (TRANSITIONS[hold_from] & {S.CANCELLED})


def check_can_move(status: Status, to: Status, *, hold_from: Status | None = None) -> None:
    """Refuse every transition that the table does not list, naming those that it does."""
    allowed = sorted(allowed_from(status, hold_from))
    if to not in allowed:
        words = ", ".join(allowed) or "nothing"
        raise Refused(
            "wrong_state",
            f"An engagement that is {status} cannot become {to}; from here it can become: {words}.",
            status=status.value,
            to=to.value,
            allowed=[state.value for state in allowed],
        )


def check_status(status: Status, *wanted: Status) -> None:
    """Refuse a deed that belongs to other states than this one."""
    if status not in wanted:
        words = " or ".join(wanted)
        raise Refused(
            "wrong_state", f"This is possible while the engagement is {words}; it is {status}.", status=status.value
        )


def edges() -> list[tuple[Status, Status]]:
    """Every transition, for the diagram in docs/states; ON_HOLD returns to each state that it holds."""
    listed = [(source, to) for source, targets in TRANSITIONS.items() for to in sorted(targets)]
    return listed + [(S.ON_HOLD, state) for state in Status if state in ACTIVE]
