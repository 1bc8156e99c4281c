"""The page where a failure is reported: no form that the agreement does not take, and how it takes failures."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from breakfix.agreements.actions import revise_agreement
from breakfix.kernel import clock
from tests.intake.test_channels import agreed
from tests.makers import World, local
from tests.makers_agreements import signed
from tests.makers_incidents import REPORTED

SignIn = Callable[[str], Client]
Forms = Callable[[Any], dict[str, dict[str, Any]]]


@pytest.mark.parametrize(("channels", "form"), [(("portal", "phone"), True), (("phone", "email"), False)])
def test_form_is_shown_only_where_it_can_be_sent(
    world: World, sign_in: SignIn, forms: Forms, channels: tuple[str, ...], form: bool
) -> None:
    agreed(world, *channels)
    with clock.set_to(REPORTED):
        answer = sign_in("bob").get("/engagements/new")
    shown = answer.content.decode()
    # Calder's agreement names no way, so it can be called here in any case.
    assert ("takes failures by other ways: " in shown) is not form
    calder = str(world.organisation("calder").pk)
    assert (forms(answer)["report_failure"]["fields"].get("provider_id") == calder) is not form


def test_page_says_how_where_nobody_is_called_on_it(world: World, sign_in: SignIn, forms: Forms) -> None:
    version = revise_agreement(
        world.agreements["harborview"].pk,
        terms={"triage": {"channels": ["phone", "monitoring"]}},
        by=world.actor("hugo"),
        at=local("2026-11-20 09:00"),
    )
    signed(world, version, "percy", "hugo", at=local("2026-11-20 10:00"))
    with clock.set_to(REPORTED):
        answer = sign_in("hana").get("/engagements/new")
    assert (answer.status_code, "report_failure" in forms(answer)) == (200, False)
    assert "is always taken by telephone" in answer.content.decode()
