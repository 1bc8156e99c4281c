"""An approver who has only a telephone: the desk calls, the code on that telephone signs, and nothing else does."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from breakfix.approvals import queries as approvals
from breakfix.approvals.models import PhoneCall
from breakfix.approvals.rules import phoning
from breakfix.kernel.errors import Refused
from breakfix.kernel.ledger import queries as ledger
from breakfix.kernel.models import Task
from breakfix.outbox.models import Message
from breakfix.quotes import queries
from breakfix.quotes.actions import deciding
from breakfix.quotes.models import Quote
from tests import makers_quotes as make
from tests.jobs.running import run_until
from tests.jobs.test_notices import SECRET
from tests.makers import World, local
from tests.outbox.loopback import outside
from tests.quotes.cases import usd
from tests.refusals import refused

AT = local("2026-12-02 01:22")
SOON = AT + timedelta(minutes=2)


def called(world: World, quote: Quote, who: str = "cora", **given: Any) -> PhoneCall:
    at, by = given.pop("at", AT), given.pop("by", "dana")
    typed = {"person_id": world.people[who].pk, "shown_sha256": quote.sha256, **given}
    return deciding.call_approver(quote.pk, **typed, by=world.actor(by), at=at)


def entered(world: World, quote: Quote, call: PhoneCall, code: str = "", **given: Any) -> PhoneCall:
    at, by = given.pop("at", SOON), given.pop("by", "dana")
    typed = {"code": code or approvals.code_of(call), "shown_sha256": quote.sha256, "acknowledged": ["R1"], **given}
    return deciding.enter_phone_code(quote.pk, call_id=call.pk, **typed, by=world.actor(by), at=at)


def wrong_for(call: PhoneCall, step: int = 1) -> str:
    return f"{(int(approvals.code_of(call)) + step) % 10**8:08d}"


def test_code_signs_the_seat_in_the_approvers_name(world: World) -> None:
    quote = make.issued(world)
    call = called(world, quote)
    assert (call.status, call.number_end, call.until) == ("PLACED", "0199", AT + timedelta(minutes=10))
    assert entered(world, quote, call).status == "SIGNED"
    seat = next(one for one in approvals.latest_round_for(quote.subject).seats.all() if one.name == "finance")
    assert (seat.state, seat.decided_by, seat.decided_at) == ("APPROVED", world.people["cora"], SOON)
    last = ledger.entries(world.organisation("northgate").pk, topic=quote.engagement.topic).last()
    assert (last.kind, last.person_id) == ("seat.approved", world.people["cora"].pk)
    assert "by telephone" in last.line


def test_last_signature_by_telephone_binds_the_client(world: World) -> None:
    quote = make.issued(world)
    make.acknowledged(world, quote, AT)
    make.signed(world, quote, "alice", AT)
    entered(world, quote, called(world, quote))
    quote.refresh_from_db()
    assert quote.status == "APPROVED"
    assert [one.cap for one in queries.tranches(quote.engagement)] == [usd("675"), usd("5400")]


def test_data_owner_acknowledges_by_telephone(world: World) -> None:
    quote = make.issued(world)
    entered(world, quote, called(world, quote, "sol"), acknowledged=None)
    seat = next(one for one in approvals.latest_round_for(quote.subject).seats.all() if one.decided_by)
    assert (seat.kind, seat.decided_by) == ("acknowledgement", world.people["sol"])


def test_risks_read_out_have_to_be_accepted(world: World) -> None:
    quote = make.issued(world)
    call = called(world, quote)
    with refused("risk_not_acknowledged", field="acknowledged"):
        entered(world, quote, call, acknowledged=[])


def test_code_is_in_no_table_and_no_log(world: World) -> None:
    quote = make.issued(world)
    call = called(world, quote)
    code = approvals.code_of(call)
    kept = " ".join(str(one) for one in PhoneCall.objects.values().get().values())
    told = " ".join(entry.leaf for entry in ledger.entries(world.organisation("ironbridge").pk))
    assert code not in kept + told
    assert call.salt not in told


def test_wrong_code_signs_nothing_and_is_on_record(world: World) -> None:
    quote = make.issued(world)
    call = called(world, quote)
    assert entered(world, quote, call, wrong_for(call)).status == "PLACED"
    assert all(seat.decided_by is None for seat in approvals.latest_round_for(quote.subject).seats.all())
    for org in ("northgate", "ironbridge"):
        last = ledger.entries(world.organisation(org).pk, topic=quote.engagement.topic).last()
        assert last.kind == "phone_code.wrong"


def test_third_wrong_code_ends_the_call(world: World) -> None:
    quote = make.issued(world)
    call = called(world, quote)
    for step in (1, 2, 3):
        spent = entered(world, quote, call, wrong_for(call, step))
    assert spent.status == "SPENT"
    with refused("code_spent", field="code"):
        entered(world, quote, call)


def test_code_signs_once(world: World) -> None:
    quote = make.issued(world)
    call = called(world, quote)
    entered(world, quote, call)
    with refused("code_used", field="code"):
        entered(world, quote, call)


def test_code_ends_after_ten_minutes(world: World) -> None:
    quote = make.issued(world)
    call = called(world, quote)
    with refused("code_expired", field="code"):
        entered(world, quote, call, at=AT + timedelta(minutes=10))
    assert entered(world, quote, call, at=AT + timedelta(minutes=10, seconds=-1)).status == "SIGNED"


def test_later_call_replaces_the_earlier_one(world: World) -> None:
    quote = make.issued(world)
    first, second = called(world, quote), called(world, quote, at=SOON)
    assert approvals.code_of(first) != approvals.code_of(second)
    with refused("code_replaced", field="code"):
        entered(world, quote, first)
    entered(world, quote, second)


def test_nobody_is_called_four_times_within_the_hour(world: World) -> None:
    quote = make.issued(world)
    for minutes in (0, 5, 10):
        called(world, quote, at=AT + timedelta(minutes=minutes))
    with refused("called_too_often", field="person_id"):
        called(world, quote, at=AT + timedelta(minutes=59))
    called(world, quote, at=AT + timedelta(minutes=60))


@pytest.mark.parametrize("phone", ["", "ext.", "12 34"])
def test_without_a_registered_number_there_is_no_call(phone: str) -> None:
    with pytest.raises(Refused, match="registered") as no:
        phoning.check_can_call("Cora", phone, [], AT)
    assert (no.value.code, no.value.field) == ("no_number", "person_id")


@pytest.mark.parametrize("who", ["rita", "mona", "bob", "charlie", "dana"])
def test_who_holds_no_seat_is_not_called(world: World, who: str) -> None:
    quote = make.issued(world)
    with refused("no_seat", field="person_id"):
        called(world, quote, who)


def test_other_code_of_the_same_night_is_wrong(world: World) -> None:
    quote = make.issued(world)
    cora, sol = called(world, quote), called(world, quote, "sol")
    assert entered(world, quote, cora, approvals.code_of(sol)).status == "PLACED"


@pytest.mark.parametrize("code", ["1234", "1234567x", "١٢٣٤٥٦٧٨", "123456789", "12345678\n9"])
def test_what_is_no_code_is_no_try(world: World, code: str) -> None:
    quote = make.issued(world)
    call = called(world, quote)
    with refused("invalid_field", field="code"):
        entered(world, quote, call, code)


def test_call_about_another_quote_is_not_found(world: World) -> None:
    quote = make.issued(world)
    call = called(world, quote)
    with refused("not_found"):
        deciding.enter_phone_code(
            quote.pk, call_id=call.pk + 1, code="12345678", shown_sha256=quote.sha256, by=world.actor("dana"), at=SOON
        )


@pytest.mark.parametrize("who", ["quinn", "alice", "cora"])
def test_only_the_desk_calls(world: World, who: str) -> None:
    quote = make.issued(world)
    with refused("not_allowed"):
        called(world, quote, by=who)


def test_machine_calls_nobody(world: World) -> None:
    quote = make.issued(world)
    machine = replace(world.actor("dana"), person_id=None)
    typed = {"person_id": world.people["cora"].pk, "shown_sha256": quote.sha256}
    with refused("needs_person"):
        deciding.call_approver(quote.pk, **typed, by=machine, at=AT)


def test_stale_offer_is_not_signed(world: World) -> None:
    quote = make.issued(world)
    call = called(world, quote)
    with refused("stale_offer"):
        entered(world, quote, call, shown_sha256="0" * 64)


def test_who_signed_on_the_page_meanwhile_is_not_signed_again(world: World) -> None:
    quote = make.issued(world)
    call = called(world, quote)
    make.signed(world, quote, "cora", AT)
    with refused("already_decided"):
        entered(world, quote, call)


def test_telephone_receives_code_and_sum_and_nobody_else_does(world: World, settings: Any) -> None:
    settings.BREAKFIX_GATEWAY_SECRETS = [SECRET]
    quote = make.issued(world)
    with outside() as gateway:
        settings.BREAKFIX_GATEWAY_URL = gateway.url
        call = called(world, quote)
        run_until(AT, make.ISSUED)
        sent = [json.loads(got.body)["data"] for got in gateway.got]
    code = approvals.code_of(call)
    told = [one for one in sent if f"{code[:4]} {code[4:]}" in one["text"]]
    assert [one["to"] for one in told] == [world.people["cora"].phone]
    assert "$5,879.25 incl. tax" in told[0]["text"]
    assert code not in " ".join(str(task.payload) for task in Task.objects.all())


def test_code_of_a_call_that_is_over_is_not_sent(world: World, settings: Any) -> None:
    settings.BREAKFIX_GATEWAY_SECRETS = [SECRET]
    quote = make.issued(world)
    with outside() as gateway:
        settings.BREAKFIX_GATEWAY_URL = gateway.url
        call = called(world, quote)
        run_until(AT + timedelta(minutes=10), AT + timedelta(minutes=10))
        sent = " ".join(json.loads(got.body)["data"]["text"] for got in gateway.got)
    assert approvals.code_of(call)[:4] not in sent
    assert Message.objects.get(key=f"call-{call.pk}").status == "DROPPED"


def test_signer_reads_of_it_in_a_mail(world: World) -> None:
    quote = make.issued(world)
    entered(world, quote, called(world, quote))
    run_until(SOON, make.ISSUED)
    found = [one for one in mail.outbox if "by telephone" in one.body and "security officer" in one.body]
    assert [one.to for one in found] == [[world.people["cora"].email]]
