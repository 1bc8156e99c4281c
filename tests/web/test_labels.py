"""Labels of machines: what their code says, for whom, and where it leads."""

import re
from collections.abc import Callable

import pytest
import segno
from django.conf import settings
from django.test import Client

from breakfix.web.labels import drawn
from tests.makers import World
from tests.makers_incidents import reported

SignIn = Callable[[str], Client]


def test_label_leads_to_the_report_of_that_machine(world: World, sign_in: SignIn) -> None:
    machine, rita = world.assets["backup"], sign_in("rita")
    page = rita.get(f"/assets/{machine.pk}/label").content.decode()
    address = f"{settings.SITE_URL}/engagements/new?asset={machine.pk}"
    assert drawn(address)[1] in page
    assert machine.serial in page
    report = rita.get(f"/engagements/new?asset={machine.pk}").content.decode()
    assert f'<option value="{machine.pk}" selected>' in report


def modules(path: str, side: int) -> list[list[int]]:
    """The picture again, from the path that a browser fills."""
    found = [[0] * side for _ in range(side)]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path):
        for column in range(int(x), int(x) + int(length)):
            found[int(y)][column] = 1
    return found


def test_code_is_drawn_module_by_module() -> None:
    address = "https://desk.example/engagements/new?asset=7"
    side, dark = drawn(address)
    expected = [list(row) for row in segno.make(address, error="q", micro=False).matrix_iter(border=4)]
    assert modules(dark, side) == expected
    assert drawn(address.replace("7", "8")) != (side, dark)


def test_site_has_one_label_for_each_machine(world: World, sign_in: SignIn) -> None:
    site = world.assets["backup"].site
    page = sign_in("seth").get(f"/sites/{site.pk}/labels").content.decode()
    here = [one for one in world.assets.values() if one.site_id == site.pk]
    assert page.count("Broken? Scan me.") == len(here)


@pytest.mark.parametrize("who", ["dana", "tom", "hugo"])
def test_labels_are_the_owners_to_print(world: World, sign_in: SignIn, who: str) -> None:
    machine, client = world.assets["backup"], sign_in(who)
    assert client.get(f"/assets/{machine.pk}/label").status_code == 404
    assert client.get(f"/sites/{machine.site_id}/labels").status_code == 404


def test_label_of_a_machine_opens_the_form_of_what_broke_on_it_before(world: World, sign_in: SignIn) -> None:
    """Nothing is guessed of a machine on which nothing broke, and another client's failures guess nothing."""
    rita, machine = sign_in("rita"), world.assets["backup"]
    first = rita.get(f"/engagements/new?asset={machine.pk}").content.decode()
    assert "How many drives are in the array?" not in first
    reported(world)
    again = rita.get(f"/engagements/new?asset={machine.pk}").content.decode()
    assert "How many drives are in the array?" in again
    assert '<option value="HW-RAID" selected' in again


def test_label_of_a_machine_of_others_says_so(world: World, sign_in: SignIn) -> None:
    theirs, rita = world.assets["clinic-host"], sign_in("rita")
    for asked in (theirs.pk, "x", 10**30):
        page = rita.get(f"/engagements/new?asset={asked}").content.decode()
        assert "This label is of no machine that you can report." in page
        assert theirs.name not in page
    assert "This label" not in rita.get("/engagements/new").content.decode()
