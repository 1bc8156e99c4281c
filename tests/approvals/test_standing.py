"""Who may fill which seat: limits, delegation, separation of duties (domain.md §3.3, §9.4)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.approvals.rules import standing as rules
from breakfix.approvals.values import (
    Basis,
    Bench,
    Power,
    RatifyVerdict,
    RoundStatus,
    RoundView,
    SeatKind,
    SeatNeed,
    SeatState,
    SeatView,
    Title,
    Verdict,
)
from breakfix.kernel.access import Actor, Role, Side
from breakfix.kernel.errors import NotAllowed, Refused
from breakfix.kernel.money import Money

NORTHGATE, IRONBRIDGE = 1, 2
RITA, ALICE, CORA, ERIN, SOL, MONA, BOB, AMIR = range(10, 18)
SPEND = (Role.APPROVER,)
IT = SeatView(SeatNeed("it", SeatKind.SPEND, SPEND), SeatState.NOTIFIED)
FINANCE = SeatView(SeatNeed("finance", SeatKind.SPEND, SPEND), SeatState.NOTIFIED)
ANY = SeatView(SeatNeed("any", SeatKind.SPEND, SPEND), SeatState.PENDING)
DATA = SeatView(SeatNeed("data_owner", SeatKind.ACKNOWLEDGEMENT, (Role.DATA_OWNER,)), SeatState.PENDING)


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


ROLES = {
    RITA: frozenset({Role.REQUESTER, Role.APPROVER}),
    ALICE: frozenset({Role.APPROVER, Role.DATA_OWNER}),
    CORA: frozenset({Role.APPROVER}),
    ERIN: frozenset({Role.APPROVER}),
    SOL: frozenset({Role.DATA_OWNER, Role.SECURITY_OFFICER}),
    MONA: frozenset({Role.DUTY_MANAGER}),
    BOB: frozenset({Role.REQUESTER}),
    AMIR: frozenset({Role.APPROVER}),
}
TITLES = (
    Title(RITA, "it", usd("25000.00")),
    Title(ALICE, "it", usd("25000.00")),
    Title(CORA, "finance", usd("50000.00")),
    Title(ERIN, "executive", usd("500000.00")),
)
BENCH = Bench(ROLES, TITLES)


def view(*seats: SeatView, exposure: str = "5879.25", status: RoundStatus = RoundStatus.OPEN) -> RoundView:
    opened = datetime(2026, 12, 2, 6, 15, tzinfo=UTC)
    return RoundView(status, usd(exposure), NORTHGATE, RITA, opened, seats or (IT, FINANCE, DATA))


def actor(person: int, *, org: int = NORTHGATE, side: Side = Side.CLIENT) -> Actor:
    return Actor(person, org, side, ROLES.get(person, frozenset()))


def decided(seat: SeatView, *people: int, state: SeatState = SeatState.APPROVED) -> SeatView:
    first = people[0] if people else None
    return replace(seat, state=state, people=frozenset(people), decided_by=first)


def decide(person: int, shown: RoundView, bench: Bench = BENCH, **words: object) -> str:
    by = words.pop("by", None) or actor(person)
    asked = {"seat_name": None, "verdict": Verdict.APPROVE, "reason": ""} | words
    return rules.check_can_decide(by, shown, bench, **asked).seat  # type: ignore[arg-type]


def refused(person: int, shown: RoundView, bench: Bench = BENCH, **words: object) -> str:
    with pytest.raises(Refused) as refusal:
        decide(person, shown, bench, **words)
    return refusal.value.code


def test_seat_goes_to_who_holds_it() -> None:
    assert decide(ALICE, view()) == "it"
    assert decide(CORA, view()) == "finance"
    assert decide(SOL, view(), verdict=Verdict.ACKNOWLEDGE) == "data_owner"


def test_seat_any_goes_to_every_approver_with_a_limit() -> None:
    small = view(ANY, exposure="734.91")
    assert [decide(person, small) for person in (ALICE, CORA, ERIN)] == ["any"] * 3
    assert refused(AMIR, small) == "no_seat"


@pytest.mark.parametrize(("exposure", "fits"), [("25000.00", True), ("25000.01", False)])
def test_limit_is_inclusive_to_the_cent(exposure: str, fits: bool) -> None:
    shown = view(exposure=exposure)
    if fits:
        assert decide(ALICE, shown) == "it"
    else:
        assert refused(ALICE, shown) == "over_authority"


def test_limit_in_another_currency_reaches_nothing() -> None:
    bench = replace(BENCH, titles=(Title(ALICE, "it", Money.of("99999.00", "EUR")),))
    assert refused(ALICE, view(), bench) == "over_authority"


def test_provider_never_decides() -> None:
    insider = actor(ALICE, org=IRONBRIDGE, side=Side.PROVIDER)
    assert refused(ALICE, view(), by=insider) == "not_client"


def test_person_of_another_client_never_decides() -> None:
    assert refused(ALICE, view(), by=actor(ALICE, org=99)) == "not_client"


def test_requester_never_decides_even_with_an_authority() -> None:
    assert refused(RITA, view()) == "own_request"


def test_person_without_a_seat_is_told_so() -> None:
    with pytest.raises(NotAllowed) as refusal:
        decide(BOB, view())
    assert refusal.value.code == "no_seat"


def test_person_never_fills_two_seats_of_a_round() -> None:
    shown = view(decided(IT, ALICE), FINANCE, DATA)
    assert refused(ALICE, shown, verdict=Verdict.ACKNOWLEDGE) == "already_decided"


def test_acknowledging_uses_up_the_person_too() -> None:
    shown = view(IT, FINANCE, decided(DATA, ALICE))
    assert refused(ALICE, shown) == "already_decided"


def test_seat_filled_by_somebody_else_is_gone() -> None:
    amir = Title(AMIR, "it", usd("25000.00"))
    bench = replace(BENCH, titles=(*TITLES, amir))
    assert refused(AMIR, view(decided(IT, ALICE), FINANCE, DATA), bench) == "seat_filled"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (RoundStatus.APPROVED, "already_approved"),
        (RoundStatus.REJECTED, "already_rejected"),
        (RoundStatus.LAPSED, "round_lapsed"),
        (RoundStatus.WITHDRAWN, "round_withdrawn"),
    ],
)
def test_closed_round_takes_no_decision(status: RoundStatus, code: str) -> None:
    assert refused(ALICE, view(status=status)) == code


def test_verdict_has_to_fit_the_seat() -> None:
    assert refused(SOL, view()) == "wrong_verdict"
    assert refused(CORA, view(), verdict=Verdict.ACKNOWLEDGE) == "wrong_verdict"


def test_rejection_needs_a_reason_and_any_seat_will_do() -> None:
    assert refused(SOL, view(), verdict=Verdict.REJECT, reason=" ") == "reason_needed"
    assert decide(SOL, view(), verdict=Verdict.REJECT, reason="No copy exists.") == "data_owner"


def test_named_seat_has_to_exist_and_be_mine() -> None:
    assert refused(ALICE, view(), seat_name="board") == "unknown_seat"
    assert refused(ALICE, view(), seat_name="finance") == "not_your_seat"


# ------------------------------------------------------------------------------------------- delegation


def lent(*powers: Power, titles: tuple[Title, ...] = TITLES) -> Bench:
    return Bench(ROLES, titles, powers)


def test_delegate_acts_for_the_delegator() -> None:
    bench = lent(Power(CORA, AMIR, "finance", usd("10000.00")))
    claim = rules.check_can_decide(actor(AMIR), view(), bench, seat_name=None, verdict=Verdict.APPROVE, reason="")
    assert (claim.seat, claim.basis, claim.for_person) == ("finance", Basis.DELEGATION, CORA)


def test_delegate_is_bound_by_the_lower_limit() -> None:
    assert refused(AMIR, view(), lent(Power(CORA, AMIR, "finance", usd("5879.24")))) == "over_authority"
    poorer = (Title(CORA, "finance", usd("5000.00")),)
    cut = lent(Power(CORA, AMIR, "finance", usd("10000.00")), titles=poorer)
    assert refused(AMIR, view(), cut) == "over_authority"


def test_delegation_is_not_transitive() -> None:
    chain = lent(Power(CORA, AMIR, "finance", usd("10000.00")), Power(AMIR, ERIN, "finance", usd("10000.00")))
    assert refused(ERIN, view(), chain) == "no_seat"


def test_delegation_ends_with_the_authority_it_lends() -> None:
    bench = lent(Power(CORA, AMIR, "finance", usd("10000.00")), titles=())
    assert refused(AMIR, view(), bench) == "no_seat"


def test_delegate_of_the_requester_may_not_decide_either() -> None:
    assert refused(AMIR, view(), lent(Power(RITA, AMIR, "it", usd("10000.00")))) == "not_separate"


def test_delegate_of_who_already_decided_may_not_add_a_second_voice() -> None:
    both = (*TITLES, Title(ALICE, "finance", usd("50000.00")))
    bench = lent(Power(ALICE, AMIR, "finance", usd("10000.00")), titles=both)
    assert refused(AMIR, view(decided(IT, ALICE), FINANCE, DATA), bench) == "not_separate"


def test_acknowledgement_may_be_lent_by_who_holds_the_role() -> None:
    bench = lent(Power(SOL, AMIR, "data_owner", None))
    assert decide(AMIR, view(), bench, verdict=Verdict.ACKNOWLEDGE) == "data_owner"
    assert refused(AMIR, view(), lent(Power(CORA, AMIR, "data_owner", None))) == "no_seat"


# ------------------------------------------------------------------------------------------- the next level


def test_next_level_stands_in_only_once_it_was_asked() -> None:
    assert refused(ERIN, view()) == "no_seat"
    asked = replace(FINANCE, escalated_to=frozenset({"executive"}))
    assert decide(ERIN, view(IT, asked, DATA)) == "finance"


# ------------------------------------------------------------------------------------------- the round


def test_round_is_approved_when_every_seat_is_filled() -> None:
    two = view(decided(IT, ALICE), decided(FINANCE, CORA), DATA)
    assert rules.outcome(two, quorum=None) is RoundStatus.OPEN
    bypassed = decided(FINANCE, MONA, state=SeatState.BYPASSED_EMERGENCY)
    three = view(decided(IT, ALICE), bypassed, decided(DATA, SOL))
    assert rules.outcome(three, quorum=None) is RoundStatus.APPROVED


def test_round_with_a_quorum_needs_no_more() -> None:
    shown = view(decided(IT, ALICE), decided(FINANCE, CORA), DATA)
    assert rules.outcome(shown, quorum=2) is RoundStatus.APPROVED


def test_round_ends_with_the_first_rejection_whatever_the_quorum() -> None:
    shown = view(decided(IT, ALICE), decided(FINANCE, CORA, state=SeatState.REJECTED), DATA)
    assert rules.outcome(shown, quorum=1) is RoundStatus.REJECTED


def test_round_stays_approved_when_a_ratification_is_refused_later() -> None:
    no = decided(FINANCE, MONA, state=SeatState.RATIFICATION_REFUSED)
    done = view(decided(IT, ALICE), no, decided(DATA, SOL), status=RoundStatus.APPROVED)
    assert rules.outcome(done, quorum=None) is RoundStatus.APPROVED
    assert rules.outcome(replace(done, status=RoundStatus.OPEN), quorum=None) is RoundStatus.REJECTED


def test_document_shown_is_the_one_bound() -> None:
    rules.check_shown("a" * 64, "a" * 64)
    with pytest.raises(Refused) as refusal:
        rules.check_shown("a" * 64, "b" * 64)
    assert (refusal.value.code, refusal.value.field) == ("stale_document", "shown_sha256")


# ------------------------------------------------------------------------------------------- ratification

BYPASSED = decided(FINANCE, MONA, CORA, state=SeatState.BYPASSED_EMERGENCY)
NIGHT = view(decided(IT, ALICE), BYPASSED, decided(DATA, SOL), status=RoundStatus.APPROVED)


def ratify(person: int, shown: RoundView = NIGHT, bench: Bench = BENCH, **words: object) -> str:
    asked = {"seat_name": "", "verdict": RatifyVerdict.ACCEPT, "reason": ""} | words
    return rules.check_can_ratify(actor(person), shown, bench, **asked).seat  # type: ignore[arg-type]


def not_ratified(person: int, shown: RoundView = NIGHT, bench: Bench = BENCH, **words: object) -> str:
    with pytest.raises(Refused) as refusal:
        ratify(person, shown, bench, **words)
    return refusal.value.code


def test_ratification_is_the_bypassed_holders() -> None:
    assert ratify(CORA) == "finance"
    assert not_ratified(ALICE) == "not_your_seat"
    assert not_ratified(ERIN) == "not_your_seat"
    assert not_ratified(RITA) == "own_request"


def test_ratification_is_not_for_who_took_the_seat() -> None:
    roles = ROLES | {MONA: frozenset({Role.DUTY_MANAGER, Role.APPROVER})}
    bench = Bench(roles, (Title(MONA, "finance", usd("50000.00")),))
    own = decided(FINANCE, MONA, state=SeatState.BYPASSED_EMERGENCY)
    shown = view(decided(IT, ALICE), own, status=RoundStatus.APPROVED)
    assert not_ratified(MONA, shown, bench) == "not_your_seat"


def test_ratification_is_refused_with_a_reason() -> None:
    assert not_ratified(CORA, verdict=RatifyVerdict.REFUSE) == "reason_needed"
    assert ratify(CORA, verdict=RatifyVerdict.REFUSE, reason="Above budget.") == "finance"


def test_ratification_happens_once() -> None:
    done = view(decided(IT, ALICE), decided(FINANCE, CORA, state=SeatState.RATIFIED))
    assert not_ratified(CORA, done) == "already_ratified"
    assert not_ratified(CORA, view()) == "nothing_to_ratify"


# ------------------------------------------------------------------------------------------- seat states


def test_seat_states_move_along_the_table_only() -> None:
    rules.check_can_move(SeatState.TIMED_OUT, SeatState.APPROVED)
    rules.check_can_move(SeatState.BYPASSED_EMERGENCY, SeatState.RATIFIED)
    for final in (SeatState.APPROVED, SeatState.REJECTED, SeatState.RATIFIED):
        with pytest.raises(Refused) as refusal:
            rules.check_can_move(final, SeatState.APPROVED)
        assert refusal.value.code == "wrong_seat_state"


PEOPLE = st.sampled_from([RITA, ALICE, CORA, ERIN, SOL, MONA, BOB, AMIR])
POWERS = st.lists(
    st.builds(
        lambda a, b, seat: Power(a, b, seat, usd("9000.00")), PEOPLE, PEOPLE, st.sampled_from(["it", "finance"])
    ),
    max_size=4,
)
TITLED = st.lists(
    st.builds(lambda p, seat: Title(p, seat, usd("9000.00")), PEOPLE, st.sampled_from(["it", "finance"])),
    max_size=6,
)


@given(TITLED, POWERS, st.lists(PEOPLE, max_size=12))
def test_seats_of_a_round_are_distinct_people_and_never_the_requester(
    titles: list[Title], powers: list[Power], callers: list[int]
) -> None:
    bench, shown = Bench(ROLES, tuple(titles), tuple(p for p in powers if p.delegator != p.delegate)), view()
    for person in callers:
        for verdict in (Verdict.APPROVE, Verdict.ACKNOWLEDGE):
            try:
                claim = rules.check_can_decide(
                    actor(person), shown, bench, seat_name=None, verdict=verdict, reason=""
                )
            except Refused:
                continue
            behind = frozenset({claim.person, claim.for_person or claim.person})
            assert not behind & rules.taken(shown)
            seats = tuple(decided(s, *sorted(behind)) if s.name == claim.seat else s for s in shown.seats)
            shown = replace(shown, seats=seats)
    assert RITA not in rules.taken(shown)
