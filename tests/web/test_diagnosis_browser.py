"""Further hours, the inconclusive report and the dossier in a real browser, on a phone and at a desk."""

from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from breakfix.diagnosis.actions import protocol
from breakfix.diagnosis.actions import root_cause as causes
from breakfix.diagnosis.values import DossierKind, ReviewVerdict
from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from tests import makers_diagnosis, makers_extension
from tests.diagnosis.test_dossier import note, reveal
from tests.makers import World, local, world
from tests.people import actor
from tests.web.looking import faults, visit

pytestmark = pytest.mark.browser
LOOKS = (("light", 390), ("dark", 1440))


@pytest.fixture(name="made")
def _made(transactional_db: None, settings: Any, tmp_path: Path) -> World:
    settings.BREAKFIX_DEMO_CLOCK = str(tmp_path / "demo-clock.json")
    return world()


@pytest.mark.deep
def test_pages_of_a_diagnosis_that_takes_longer(made: World, browser: Any, live_server: Any) -> None:
    note(made, at=local("2026-05-01 10:00"))
    note(made, kind=DossierKind.BACKUPS, title="Tapes", text="In the safe of room 2, numbered by week.")
    asked = makers_extension.asking(made)
    key = asked.engagement_id
    reveal(Engagement.objects.get(pk=key), DossierKind.ACCESS, at=makers_extension.ASKED)
    clock.anchor_demo(makers_extension.ANSWERED)
    with ExitStack() as stack:
        tabs = {
            (who, width): stack.enter_context(visit(browser, live_server, who, scheme, width))
            for who in ("alice", "rita", "tom")
            for scheme, width in LOOKS
        }
        found: dict[str, list[str]] = {}

        def look(who: str, path: str, *, press: str = "") -> None:
            for _, width in LOOKS:
                tab = tabs[who, width]
                tab.goto(f"{live_server.url}{path}")
                if press:
                    tab.get_by_role("button", name=press).first.click()
                    tab.get_by_text("You opened it").wait_for()
                found[f"{path} {width}"] = faults(tab)

        look("alice", f"/engagements/{key}/further-diagnosis")
        look("tom", f"/engagements/{key}/further-diagnosis")
        look("tom", f"/field/{key}/know", press="Open the dossier")
        look("rita", "/dossier")
        look("rita", f"/engagements/{key}")
        cause = _inconclusive(made, asked)
        clock.anchor_demo(makers_diagnosis.ISSUED + timedelta(minutes=5))
        look("rita", f"/root-causes/{cause}")
        look("tom", f"/field/{key}")
    assert {page: wrong for page, wrong in found.items() if wrong} == {}


def _inconclusive(made: World, asked: Any) -> int:
    """Refused, so that it ends in a report that is inconclusive."""
    makers_extension.refuse(made, asked)
    protocol.complete_diagnosis(asked.engagement_id, by=actor("tom"), at=makers_diagnosis.COMPLETE)
    engagement = Engagement.objects.get(pk=asked.engagement_id)
    cause = makers_diagnosis.drafted(made, engagement, confidence=Decimal("0.40"), inconclusive=True)
    late = makers_diagnosis.ISSUED
    causes.review_root_cause(cause.pk, verdict=ReviewVerdict.AGREE, by=actor("rex"), at=late)
    return causes.issue_root_cause(cause.pk, by=actor("tom"), at=late).pk
