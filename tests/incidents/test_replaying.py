"""The walk of a foreign log through our own table: what fits, what is refused, and that nothing breaks it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakfix.agreements.values import Priority
from breakfix.incidents.rules.replaying import Event, Replay, recomputed, replay, way
from breakfix.incidents.rules.transitions import TRANSITIONS
from breakfix.incidents.values import Status

S = Status
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def walked(*states: Status | str | None) -> Replay:
    """Each state one minute after the other; a text is a word that the map does not know."""
    events = [
        Event(
            n, START + timedelta(minutes=n), str(state), state if isinstance(state, Status) else None, state is None
        )
        for n, state in enumerate(states)
    ]
    return replay(events)


def kinds(*states: Status | str | None) -> list[str]:
    return [misfit.kind.partition(" (")[0] for misfit in walked(*states).refused]


ANY = st.lists(st.one_of(st.sampled_from(Status), st.none(), st.text(max_size=5)), max_size=30)


@given(ANY)
def test_applied_and_refused_add_up_whatever_a_log_says(states: list[Status | str | None]) -> None:
    found = walked(*states)
    assert found.applied + len(found.refused) == len(states)
    valid = [state for state in states if isinstance(state, Status)]
    assert (found.began, found.ended) == ((valid[0], valid[-1]) if valid else (None, None))
    assert found.mid_life == (bool(valid) and valid[0] not in (S.DRAFT, S.SUBMITTED))


@given(st.data())
def test_whatever_the_table_lists_is_applied(data: st.DataObject) -> None:
    path = [data.draw(st.sampled_from(Status))]
    for _ in range(12):
        following = sorted(TRANSITIONS[path[-1]] - {S.ON_HOLD})
        if not following:
            break
        path.append(data.draw(st.sampled_from(following)))
    assert walked(*path).refused == ()


def test_same_state_again_is_an_update() -> None:
    assert walked(S.IN_PROGRESS, S.IN_PROGRESS, S.IN_PROGRESS).applied == 3


def test_refused_step_is_named_in_both_words_and_breeds_no_other() -> None:
    found = walked(S.CLOSED, S.IN_PROGRESS, S.RESTORED, S.RESOLVED)
    assert [misfit.kind for misfit in found.refused] == ["CLOSED -> IN_PROGRESS (their words CLOSED -> IN_PROGRESS)"]
    assert found.ended is S.RESOLVED


def test_garbage_is_refused_and_changes_nothing() -> None:
    assert kinds(S.SUBMITTED, None, S.ACKNOWLEDGED) == ["garbage state None"]
    assert kinds(S.SUBMITTED, "Parked", S.CLOSED) == ["state Parked is not in the map", "SUBMITTED -> CLOSED"]
    assert walked(None, S.RESOLVED).mid_life


def test_hold_leads_back_to_where_it_began() -> None:
    assert kinds(S.ACKNOWLEDGED, S.ON_HOLD, S.ON_HOLD, None, S.ACKNOWLEDGED) == ["garbage state None"]
    assert kinds(S.ACKNOWLEDGED, S.ON_HOLD, S.IN_PROGRESS) == ["ON_HOLD -> IN_PROGRESS"]
    assert kinds(S.ACKNOWLEDGED, S.ON_HOLD, S.CANCELLED) == []
    assert kinds(S.IN_PROGRESS, S.ON_HOLD, S.CANCELLED) == ["ON_HOLD -> CANCELLED"]


def test_hold_of_unknown_origin_leads_wherever_a_hold_can() -> None:
    assert kinds(S.ON_HOLD, S.IN_PROGRESS) == kinds(S.ON_HOLD, S.CANCELLED) == []
    assert kinds(S.ON_HOLD, S.RESOLVED) == ["ON_HOLD -> RESOLVED"]
    # It could not be held, yet the log says so: that was refused once, and its end is not refused again.
    assert kinds(S.SUBMITTED, S.ON_HOLD, S.IN_PROGRESS) == ["SUBMITTED -> ON_HOLD"]


@pytest.mark.parametrize(
    ("origin", "to", "expected"),
    [
        (S.RESOLVED, S.CLOSED, [S.ACCEPTED]),
        (S.SUBMITTED, S.ON_HOLD, [S.ACKNOWLEDGED]),
        (S.SUBMITTED, S.DISPATCHED, [S.ACKNOWLEDGED, S.QUALIFIED]),
        (S.ON_HOLD, S.RESOLVED, [S.IN_PROGRESS]),
    ],
)
def test_way_names_what_the_other_system_left_out(origin: Status, to: Status, expected: list[Status]) -> None:
    assert list(way(origin, to)) == [origin, *expected, to]


def test_no_way_leads_back_to_the_beginning() -> None:
    assert way(S.RESOLVED, S.SUBMITTED) == ()


def test_priority_is_what_the_clients_own_matrix_says() -> None:
    matrix, levels = {("1", "2"): "high"}, {"high": Priority.P2}
    assert recomputed(matrix, levels, "1", "2") is Priority.P2
    assert recomputed(matrix, levels, "2", "1") is None
    assert recomputed(matrix, {}, "1", "2") is None
