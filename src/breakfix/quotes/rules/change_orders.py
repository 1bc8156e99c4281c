"""The only way to raise the maximum: when a change order may be proposed, and what it comes to (domain.md §4.10).

Head-room that one buys never pays for an overrun of the base: it is a tranche of its own (settlement.py).
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from breakfix.agreements.values import ApprovalPolicy
from breakfix.incidents.values import Status as EngagementStatus
from breakfix.kernel.errors import Refused
from breakfix.kernel.money import Money, ceil_to_step, format_money, trimmed
from breakfix.quotes.rules import pricing, risk, simulation, states, tax
from breakfix.quotes.rules.offer import Offer
from breakfix.quotes.values import Cause, ChargeKind, Draft, Price, Status, Tariff

E = EngagementStatus
MAY_PROPOSE = frozenset({E.APPROVED, E.SCHEDULED, E.IN_PROGRESS, E.ON_HOLD, E.RESTORED})

Agreed = tuple[Price, Money]  # one approved offer: its price and its N


def check_can_propose(engagement: EngagementStatus, *, bound: bool, drafted: bool) -> None:
    """Refuse before there is an approved quote to add to, once the work is resolved, and a second draft."""
    if engagement not in MAY_PROPOSE or not bound:
        message = f"The engagement is {engagement}; a change order adds to an approved quote until the work is done."
        raise Refused("no_change_order_now", message, status=engagement.value)
    if drafted:
        message = "A change order is being written already; issue or withdraw that one first."
        raise Refused("draft_exists", message)


def check_can_revise(status: Status, *, change_order: bool, valid_until: datetime, at: datetime) -> None:
    """Only what the client was asked and has not answered is revised; anything else is proposed anew."""
    if not change_order:
        raise Refused("not_a_change_order", "This is the quote itself; draft its next version instead.")
    if status in states.EDITABLE:
        message = "The client was not asked yet: withdraw this draft and propose it again."
        raise Refused("not_issued", message, status=status.value)
    if status is Status.EXPIRED or (status is Status.ISSUED and at >= valid_until):
        raise Refused("expired", "This change order has expired; propose it again.", valid_until=valid_until)
    if status is not Status.ISSUED:
        message = f"This change order is {status}; only one that waits for its answer is revised. Propose another."
        raise Refused(f"quote_{status.lower()}", message, status=status.value)


def check_unanswered(status: Status, signed: Iterable[str]) -> None:
    """Refuse to put another version in the place of one that is agreed, or that somebody has signed."""
    states.check_transition(status, Status.SUPERSEDED)
    seats = ", ".join(signed)
    if seats:
        message = (
            f"Somebody signed the version before this one already ({seats}). Let it be decided as it is, or withdraw "
            "it first."
        )
        raise Refused("signed_already", message)


def check_cause(cause: Cause) -> None:
    """Rule 1: a new fault or what the client asks for besides; the estimate's own error is the provider's."""
    if cause in (Cause.TOOK_LONGER, Cause.UNDERESTIMATED):
        message = (
            "A change order is for a new fault or for what the client asks for besides. Work that takes longer than "
            "estimated raises no maximum: finish it; what exceeds the maximum is borne by the provider."
        )
        raise Refused(cause.value, message, field="cause")


def check_new(
    found_at: datetime, *, quoted_at: datetime, known: bool, excluded: str, printed: str, at: datetime
) -> None:
    """Rule 2: found after the quote and proved by something newer, or left out by a sentence of the quote itself.

    `known`: this very evidence was on file when the quote was issued. `printed`: its assumptions and exclusions.
    """
    if found_at > at:
        raise Refused("in_the_future", "It was found by now; give the instant.", field="found_at")
    if excluded:
        if " ".join(excluded.split()) not in " ".join(printed.split()):
            message = (
                "The quote says no such thing; copy the sentence from its assumptions or from what is not in scope."
            )
            raise Refused("not_excluded", message, field="excluded")
        return
    if found_at <= quoted_at:
        message = (
            "This was known when the quote was issued, so it is inside its maximum. Where the quote left it out, "
            "give the sentence that says so."
        )
        raise Refused("known_before", message, field="found_at", quoted_at=quoted_at)
    if known:
        message = (
            "This evidence was on file when the quote was issued: it shows nothing new. Attach what was found since."
        )
        raise Refused("evidence_known", message, field="evidence")


def check_raised_first(begun_at: datetime | None) -> None:
    """Rule 3: raised before the extra work, else the work is absorbed."""
    if begun_at is not None:
        message = (
            "The extra work has begun, so what was done of it is absorbed by the provider. Stop, price only what is "
            "still to be done, and leave the beginning empty; protective steps are clocked as such."
        )
        raise Refused("raised_too_late", message, field="begun_at", begun_at=begun_at)


def check_lines(draft: Draft) -> None:
    """The emergency dispatch is charged once per engagement, with the repair (ruling 16)."""
    for n, charge in enumerate(draft.charges):
        if charge.kind is ChargeKind.EMERGENCY_DISPATCH:
            message = "The emergency dispatch belongs to the repair; a change order charges none."
            raise Refused("emergency_dispatch_twice", message, field=f"charges-{n}-kind")


def ceiling(q: Money, tariff: Tariff) -> simulation.Ceiling:
    """Rule 5: delta N is 1.10 x delta Q, up to the next step; the agreement may set another factor.

    Contingent lines raise neither: those that are used are paid within it.
    """
    factor = tariff.change_order_factor
    n = Money(ceil_to_step(factor * q.amount, tariff.step), q.currency)
    how = f"{trimmed(factor)} x {format_money(q)}, up to the next {trimmed(tariff.step)} = {format_money(n)}"
    return simulation.Ceiling(n, (how,))


def offer(
    draft: Draft,
    tariff: Tariff,
    *,
    agreed: Iterable[Agreed],
    fee: Money,
    seed: str,
    miles: Decimal = Decimal(0),
    policy: ApprovalPolicy | None = None,
) -> Offer:
    """Every figure of a change order: its own Q and N, and the exposure of all tranches together (rule 4).

    The forensic credit was given with the quote; `fee` counts only for the most that can be paid in all.
    """
    nothing = Money.zero(tariff.currency)
    price = pricing.price(draft, tariff, fee=nothing, miles=miles)
    most = ceiling(price.q, tariff)
    every = [*agreed, (price, most.n)]
    # Drawn for the reader only: N follows from Q, so no stated figure takes its place.
    model = simulation.cost_model(draft, price, tariff)
    risks = risk.assessed(draft.risks, image_first=draft.image_first, policy=policy or ApprovalPolicy())
    threshold = Money(tariff.reviewer_above, tariff.currency)
    return Offer(
        price=price,
        drawn=simulation.simulate(model, seed=seed, samples=tariff.samples),
        ceiling=most,
        contingency=most.n - price.q,
        exposure=tax.exposure_of(every, tariff),
        cash_out=tax.cash_out_of(every, fee, tariff),
        fee=fee,
        risks=risks,
        second_person=states.second_person_needed(price.q, threshold, high_risk=risk.any_high(risks)),
        acknowledge=risk.keys_to_acknowledge(risks),
        second_seats=risk.second_seats(risks, waiver=draft.no_backup_waiver),
        backup_needed=risk.backup_needed(risks),
        deposit=pricing.deposit(price, tariff),
    )


def check_can_issue(status: Status, engagement: EngagementStatus) -> None:
    """Only what was reviewed is issued, and only while the work can still take it up."""
    if status is Status.DRAFT:
        raise Refused(
            "not_reviewed", "This change order has to be reviewed before it is issued.", status=status.value
        )
    states.check_transition(status, Status.ISSUED)
    check_still_open(engagement)


def check_still_open(engagement: EngagementStatus) -> None:
    """Refuse what comes after the work is done: nothing of it could be worked any more."""
    if engagement not in MAY_PROPOSE:
        message = f"The engagement is {engagement}; a change order is decided before the work is done."
        raise Refused("no_change_order_now", message, status=engagement.value)


def check_exposure(shown: Money, now: Money) -> None:
    """Rule 4, asked again at the signature: another tranche approved meanwhile raised what the client may owe.

    Whoever signs was shown the lower sum, and perhaps too few were asked: splitting buys no lower seat.
    """
    if now > shown:
        message = (
            f"Since this was issued the maximum of everything agreed rose: with it {format_money(now)} incl. tax, "
            f"not {format_money(shown)}. Ask the provider to withdraw it and propose it again."
        )
        raise Refused("exposure_grew", message, shown=str(shown), now=str(now))
