"""The picture of the course: its bands add up to what the clocks say, and its download runs nothing."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from breakfix.incidents import queries as incidents
from breakfix.web import course, sheets
from tests import makers_dispatch, makers_reports
from tests.makers import World, local

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
NOW = local("2026-12-01 20:45")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1 212", "'+1 212"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\uff1d1", "'\uff1d1"),
        ("-12.50", "-12.50"),
        (-3, "-3"),
        (None, ""),
        ("counted", "counted"),
    ],
)
def test_cell_of_a_download_is_never_a_formula(value: object, shown: str) -> None:
    assert sheets.cell(value) == shown


def test_bands_add_up_to_what_the_clocks_have_counted(world: World) -> None:
    engagement = makers_dispatch.contacted(world)
    readings = {one.kind: one for one in incidents.readings(engagement, NOW)}
    rows = course.rows_of(incidents.clock_history(engagement, NOW))
    assert {row.kind for row in rows} == set(readings)
    for row in rows:
        counted = [part.end - part.start for part in row.parts if part.look in ("counted", "over")]
        if row.kind != "UPDATE":  # every round of the cadence lies in one band
            assert sum(counted, timedelta(0)) == readings[row.kind].elapsed


def test_what_was_counted_after_the_target_is_drawn_as_over() -> None:
    _, engagement = makers_reports.night("resolved")
    at = local("2026-12-02 12:00")
    rows = {row.kind: row for row in course.rows_of(incidents.clock_history(engagement, at))}
    reading = next(one for one in incidents.readings(engagement, at) if one.kind == "RESTORE")
    over = sum((one.end - one.start for one in rows["RESTORE"].parts if one.look == "over"), timedelta(0))
    assert over == -reading.remaining > timedelta(0)


def test_cap_is_read_at_the_approval_at_each_mark_and_now() -> None:
    _, engagement = makers_reports.night("resolved")
    (cap,) = course.caps_of(engagement, local("2026-12-02 12:00"))
    uses = cap.uses
    assert cap.words == "Cap"
    assert uses[0].amount.is_zero
    assert uses[0].at == engagement.approved_at
    assert [one.percent for one in uses] == sorted(one.percent for one in uses)
    assert str(uses[-1].amount.amount) == "4562.08"
    assert len(course._curve(course.Axis(uses[0].at, uses[-1].at, uses[-1].at), uses).split()) == len(uses)


def test_download_has_the_cap_for_the_office_and_not_for_field_staff(
    sign_in: SignIn, moment: Callable[[datetime], None]
) -> None:
    _, engagement = makers_reports.night("resolved")
    moment(local("2026-12-02 12:00"))
    read = {who: _rows(sign_in(who).get(f"/engagements/{engagement.pk}/course.csv")) for who in ("rita", "tom")}
    assert {"Restore", "Cap"} <= {row["row"] for row in read["rita"]}
    assert "Restore" in {row["row"] for row in read["tom"]}
    assert "Cap" not in {row["row"] for row in read["tom"]}
    assert "Its course" in sign_in("rita").get(f"/engagements/{engagement.pk}").content.decode()


def _rows(response: Any) -> list[dict[str, str]]:
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
