"""The technician's page in a real browser, on a phone with gloves."""

from pathlib import Path
from typing import Any

import pytest

from breakfix.diagnosis.models import Check
from breakfix.kernel import clock
from tests import makers_diagnosis, makers_dispatch
from tests.makers import World, local, world
from tests.web.looking import faults, visit

pytestmark = pytest.mark.browser


@pytest.fixture(name="made")
def _made(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    return world()


def test_bays_are_read_one_by_one_without_typing_signs(made: World, browser: Any, live_server: Any) -> None:
    engagement, items = makers_dispatch.arrived(made), [item for item, *_ in makers_diagnosis.READINGS]
    for item in items[: items.index("slot-states")]:
        makers_diagnosis.check(made, engagement, item, local("2026-12-01 23:00"))
    clock.anchor_demo(local("2026-12-01 23:30"))
    with visit(browser, live_server, "tom", "dark", 390) as tab:
        tab.goto(f"{live_server.url}/field/{engagement.pk}")
        assert faults(tab) == []
        form = tab.locator("#now form")
        for bay in range(6):
            form.get_by_label(f"Bay {bay}").first.select_option("failed" if bay == 3 else "online")
        form.get_by_role("button", name="Record").click()
        tab.get_by_text("On record.").wait_for()
    read = Check.objects.get(item="slot-states")
    assert read.reading == "0=online, 1=online, 2=online, 3=failed, 4=online, 5=online"
    assert read.within is False


def test_too_large_a_photo_is_said_when_it_is_chosen(
    made: World, browser: Any, live_server: Any, settings: Any, tmp_path: Path
) -> None:
    settings.BREAKFIX_MAX_UPLOAD_BYTES = 2**20
    engagement = makers_dispatch.arrived(made)
    clock.anchor_demo(local("2026-12-01 23:30"))
    photo = tmp_path / "rack.png"
    with visit(browser, live_server, "tom", "light", 390) as tab:
        tab.goto(f"{live_server.url}/field/{engagement.pk}")
        tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        field = tab.locator("input[type=file]:visible").first
        said = {}
        for mib in (2, 1):
            photo.write_bytes(b"\x89PNG\r\n\x1a\n".ljust(mib * 2**20, b"x"))
            with tab.expect_file_chooser() as chooser:
                field.click(timeout=5000)
            chooser.value.set_files([str(photo)])
            said[mib] = field.evaluate("one => one.validationMessage")
    assert said == {2: "rack.png is too large: files may be up to 1 MiB. Split or compress it.", 1: ""}
