"""A change order over the pages: proposed with its proof, decided like an offer, clocked and drawn by itself."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from breakfix.incidents.actions import course
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import HoldReason
from breakfix.quotes.actions import drafting, issuing
from breakfix.quotes.models import Quote
from breakfix.web import course as pictures
from tests import makers_change_orders as make
from tests import makers_work
from tests.makers import World, local
from tests.work.test_change_orders import raised

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]
Moment = Callable[[datetime], None]


def written(fields: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The form as a quoting engineer fills it in: two hours of L3 at night."""
    return {
        **fields,
        "cause": "new_fault",
        "reason": make.REASON,
        "found_at": "2026-12-02T03:00",
        "evidence": SimpleUploadedFile("backplane.txt", make.PROOF.content),
        "scope_in": "Replace the backplane",
        "tasks-0-name": "Replace it",
        "tasks-0-level": "3",
        "tasks-0-optimistic": "2",
        "tasks-0-likely": "2",
        "tasks-0-pessimistic": "2",
        "tasks-0-tier": "after_hours",
        **given,
    }


def test_change_order_is_proposed_on_its_page(world: World, moment: Moment, sign_in: SignIn, forms: Forms) -> None:
    engagement = makers_work.started(world).engagement
    moment(make.RAISED)
    quinn, page = sign_in("quinn"), f"/engagements/{engagement.pk}/change-order"
    assert page in quinn.get(f"/engagements/{engagement.pk}").content.decode()
    form = forms(quinn.get(page))["propose_change_order"]
    refused = quinn.post(form["action"], written(form["fields"], cause="took_longer"))
    assert refused.status_code == 409
    assert "raises no maximum" in refused.content.decode()
    assert make.REASON in refused.content.decode()
    done = quinn.post(form["action"], written(form["fields"]))
    order = Quote.objects.get(kind="CHANGE_ORDER")
    assert (done.status_code, done["Location"]) == (303, f"/quotes/{order.pk}")
    shown = quinn.get(done["Location"]).content.decode()
    assert "Change order CO-2026-0001" in shown
    assert "$825.00" in shown
    assert make.REASON in shown
    assert sign_in("alice").get(f"/quotes/{order.pk}").status_code == 404


def test_approver_sees_what_it_adds_and_why(world: World, moment: Moment, sign_in: SignIn) -> None:
    order = make.issued(world)
    moment(make.ISSUED)
    alice = sign_in("alice")
    assert "Decide on change order" in alice.get(f"/engagements/{order.engagement_id}").content.decode()
    shown = alice.get(f"/quotes/{order.pk}").content.decode()
    for words in ("Approve this change order?", "$825.00", "$5,400.00", "$7,512.38", make.REASON, "backplane.txt"):
        assert words in shown, words


def test_each_cap_is_drawn_and_named(world: World, moment: Moment, sign_in: SignIn) -> None:
    order = make.approved(world)
    started = local("2026-12-02 03:35")
    makers_work.clocked(world, order.engagement_id, "tom", started, on=True, change_order_id=order.pk)
    at = local("2026-12-02 04:35")
    moment(at)
    base, extra = pictures.caps_of(Engagement.objects.get(pk=order.engagement_id), at)
    assert (base.words, extra.words) == ("Cap", "Cap of CO-2026-0001")
    # One hour of L3 at night; what is missing to the visit's two hours is the base's.
    assert [str(one.amount.amount) for one in extra.uses] == ["0.00", "367.50"]
    dana = sign_in("dana")
    assert "Cap of CO-2026-0001 used" in dana.get(f"/engagements/{order.engagement_id}").content.decode()
    assert "The cap of CO-2026-0001" in dana.get(f"/engagements/{order.engagement_id}/work").content.decode()


def test_technician_names_the_change_order_on_the_clock(
    world: World, moment: Moment, sign_in: SignIn, forms: Forms
) -> None:
    order = make.approved(world)
    moment(local("2026-12-02 03:40"))
    tom = sign_in("tom")
    form = forms(tom.get(f"/field/{order.engagement_id}"))["clock_on"]
    assert tom.post(form["action"], {**form["fields"], "change_order_id": order.pk}).status_code == 303
    (entry,) = makers_work.WorkOrder.objects.get().entries.all()
    assert entry.change_order_id == order.pk


def test_engineer_holds_the_work_and_the_approver_reads_what_waits(
    sign_in: SignIn, forms: Forms, moment: Moment, world: World
) -> None:
    quote = raised(world)
    moment(local("2026-12-02 03:20"))
    page, tom = f"/field/{quote.engagement_id}", sign_in("tom")
    form = forms(tom.get(page))["wait_for_change_order"]
    note = "The array cannot be rebuilt on this <backplane>"
    sent = tom.post(f"{page}/wait_for_change_order", {**form["fields"], "note": note})
    assert sent.status_code == 303
    seen = tom.get(page).content.decode()
    assert "The client decides on a further sum. The array cannot be rebuilt on this &lt;backplane&gt;" in seen
    assert "wait_for_change_order" not in seen
    # Whoever waits in vain may leave.
    assert "leave_incomplete" in forms(tom.get(page))
    offer = sign_in("alice").get(f"/quotes/{quote.pk}").content.decode()
    assert "The work waits for this" in offer
    assert "on this &lt;backplane&gt;" in offer
    case = sign_in("dana").get(f"/engagements/{quote.engagement_id}").content.decode()
    assert "Paused until then: " in case
    make.signed(world, quote, "alice")
    make.signed(world, quote, "cora")
    moment(make.APPROVED)
    assert "The work waits for this" not in sign_in("alice").get(f"/quotes/{quote.pk}").content.decode()


def test_desk_holds_it_only_while_the_client_is_asked(
    sign_in: SignIn, forms: Forms, moment: Moment, world: World
) -> None:
    quote = make.proposed(world)
    moment(local("2026-12-02 03:20"))
    page, dana = f"/engagements/{quote.engagement_id}", sign_in("dana")
    assert "wait_for_change_order" not in forms(dana.get(page))
    drafting.review_quote(quote.pk, by=world.actor("rex"), at=make.REVIEWED)
    issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=make.ISSUED)
    form = forms(dana.get(page))["wait_for_change_order"]
    assert dana.post(f"{page}/wait_for_change_order", {**form["fields"], "note": "Nothing fits"}).status_code == 303
    assert Engagement.objects.get(pk=quote.engagement_id).status == "ON_HOLD"
    assert "wait_for_change_order" not in forms(dana.get(page))


def test_approver_is_told_of_no_other_hold(sign_in: SignIn, moment: Moment, world: World) -> None:
    quote = raised(world)
    at = local("2026-12-02 03:20")
    reason, by = HoldReason.PROVIDER_INTERNAL, world.actor("dana")
    course.hold(quote.engagement_id, reason=reason, note="Engineer ill", by=by, at=at)
    moment(at)
    assert "The work waits for this" not in sign_in("alice").get(f"/quotes/{quote.pk}").content.decode()


def test_change_order_that_nobody_answered_is_revised_on_its_page(
    sign_in: SignIn, forms: Forms, moment: Moment, world: World
) -> None:
    quote = make.issued(world)
    moment(make.REVISED)
    quinn, page = sign_in("quinn"), f"/quotes/{quote.pk}/change-order"
    assert page in quinn.get(f"/quotes/{quote.pk}").content.decode()
    assert page not in sign_in("dana").get(f"/quotes/{quote.pk}").content.decode()
    form = forms(quinn.get(page))["revise_change_order"]
    # What was asked for stands in the form.
    assert form["fields"]["scope_in"].strip() == make.typed()["scope_in"]
    assert form["fields"]["tasks-0-likely"] == "2"
    assert form["fields"]["reason"].strip() == make.REASON
    more = {"contingents-0-description": "Cables", "contingents-0-probability": "2", "contingents-0-amount": "120"}
    refused = quinn.post(form["action"], {**form["fields"], **more})
    assert refused.status_code == 409
    assert "A probability must lie between 0 and 1." in refused.content.decode()
    done = quinn.post(form["action"], {**form["fields"], **more, "contingents-0-probability": "0.2"})
    newer = Quote.objects.get(version=2)
    assert (done.status_code, done["Location"]) == (303, f"/quotes/{newer.pk}")
    assert "Cables" in quinn.get(done["Location"]).content.decode()
    assert sign_in("alice").get(f"/quotes/{newer.pk}").status_code == 404


def test_revising_is_not_offered_over_a_signature(
    sign_in: SignIn, forms: Forms, moment: Moment, world: World
) -> None:
    quote = make.issued(world)
    make.signed(world, quote, "alice", make.ISSUED)
    moment(make.REVISED)
    page = f"/quotes/{quote.pk}/change-order"
    assert page not in sign_in("quinn").get(f"/quotes/{quote.pk}").content.decode()


def test_version_before_leads_nowhere_but_to_itself(sign_in: SignIn, moment: Moment, world: World) -> None:
    quote = make.issued(world)
    newer = make.reissued(world, quote)
    moment(make.REISSUED)
    answer = sign_in("quinn").get(f"/quotes/{quote.pk}/change-order")
    assert (answer.status_code, answer["Location"]) == (303, f"/quotes/{quote.pk}")
    alice = sign_in("alice")
    assert "A newer version of this offer has been issued." in alice.get(f"/quotes/{quote.pk}").content.decode()
    assert "Approve this change order?" in alice.get(f"/quotes/{newer.pk}").content.decode()
