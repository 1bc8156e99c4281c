"""What came back, on its pages: reported by the laboratory, verified by the client, without prices in the field."""

from collections.abc import Callable
from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from breakfix.quotes.models import Quote
from breakfix.work import recoveries
from tests import makers_recovery as make
from tests.makers import World

SignIn = Callable[[str], Client]
Moment = Callable[[datetime], None]


def test_result_is_reported_and_verified_on_the_page(world: World, sign_in: SignIn, moment: Moment) -> None:
    case = make.working(world)
    page = f"/engagements/{case.pk}/recovery"
    moment(make.REPORTED)
    tom, rita = sign_in("tom"), sign_in("rita")
    assert f'href="{page}"' in tom.get(f"/engagements/{case.pk}").content.decode()
    typed = {"recovered": "124", "why": "Overwritten.", "confidence": "0.9"}
    again = tom.post(f"{page}/report_recovery", {**typed, "listing": SimpleUploadedFile("list.csv", b"a\n")})
    assert again.status_code == 303
    [result] = recoveries.recoveries_of(case)
    assert "$6,800.00" not in tom.get(page).content.decode()
    shown = rita.get(page).content.decode()
    assert "Is this list right?" in shown
    assert "$6,800.00 from 90 % of the 200 on the must-have list" in shown
    sent = rita.post(f"/recoveries/{result.pk}/verify_recovery", {"agreed": "true", "takes_files": "true"})
    assert sent.status_code == 303
    [result] = recoveries.recoveries_of(case)
    assert (result.agreed, result.takes_files) == (True, True)
    assert "62 %" in rita.get(f"/engagements/{case.pk}").content.decode()


def test_box_left_empty_means_that_the_files_are_not_taken(world: World, sign_in: SignIn, moment: Moment) -> None:
    case = make.working(world)
    result = make.reported(world, case, 61)
    moment(make.VERIFIED)
    sign_in("rita").post(f"/recoveries/{result.pk}/verify_recovery", {"agreed": "true"})
    [result] = recoveries.recoveries_of(case)
    assert (result.agreed, result.takes_files) == (True, False)


def test_field_page_leads_through_a_recovery_that_fails(world: World, sign_in: SignIn, moment: Moment) -> None:
    case = make.working(world)
    page, tom = f"/field/{case.pk}", sign_in("tom")
    moment(make.REPORTED)
    assert "Report what came back" in tom.get(page).content.decode()
    result = make.reported(world, case, 61)
    moment(make.VERIFIED)
    assert "The client verifies what came back" in tom.get(page).content.decode()
    make.verified(world, result)
    ending = tom.get(page).content.decode()
    assert "Is anything else wrong?" in ending
    assert "Show that the service is back" not in ending
    assert tom.post(f"{page}/resolve", {"second_fault_check": "Read twice."}).status_code == 303


def test_field_page_asks_for_the_tests_where_enough_came_back(world: World, sign_in: SignIn, moment: Moment) -> None:
    case = make.working(world)
    make.verified(world, make.reported(world, case, 124))
    moment(make.VERIFIED)
    assert "Show that the service is back" in sign_in("tom").get(f"/field/{case.pk}").content.decode()


def test_page_asks_as_often_for_three_lists_as_for_one(world: World, sign_in: SignIn, moment: Moment) -> None:
    case = make.working(world)
    moment(make.VERIFIED)
    rita, counts = sign_in("rita"), []
    for count in (1, 2):
        for n in range(count):
            make.reported(world, case, 60 + 10 * count + n)
        rita.get(f"/engagements/{case.pk}/recovery")
        with CaptureQueriesContext(connection) as asked:
            rita.get(f"/engagements/{case.pk}/recovery")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_offer_says_what_a_success_fee_is(world: World, sign_in: SignIn, moment: Moment) -> None:
    case = make.working(world)
    quote = Quote.objects.get(engagement_id=case.pk)
    moment(make.VERIFIED)
    shown = sign_in("alice").get(f"/quotes/{quote.pk}").content.decode()
    assert "Success fee: no data, no fee" in shown
    assert "of the success fee you pay what comes back" in shown
    assert "No hours are charged" in shown
    draft = sign_in("quinn").get(f"/engagements/{case.pk}/quote").content.decode()
    assert "Whole from 90 % of the client’s must-have list" in draft
