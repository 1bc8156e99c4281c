"""Over the API the desk names an exclusion of the agreement in a statement of work, and the client accepts it."""

from typing import Any

import pytest

from breakfix.incidents.models import Engagement
from breakfix.kernel import clock
from tests import makers
from tests.api.conftest import problem_of
from tests.makers_incidents import ACKNOWLEDGED, QUALIFIED, acknowledged

pytestmark = pytest.mark.django_db


def test_exclusion_is_named_accepted_and_then_taken_on(program: Any) -> None:
    engagement = acknowledged(makers.world())
    path = f"/engagements/{engagement.pk}"
    listed = engagement.agreement_version.parsed.scope.exclusions
    ad_hoc = {"route": "ad_hoc", "reason": "Their only array"}
    with clock.set_to(ACKNOWLEDGED):
        dana = program("dana")
        assert problem_of(dana.post(f"{path}/qualify", ad_hoc)) == (409, "no_statement")
        wrong = dana.post(f"{path}/statements-of-work", {"scope": "The fan", "exclusion": "Fans"})
        assert problem_of(wrong)[1] == "not_an_exclusion"
        assert wrong.json()["field"] == "exclusion"
        made = dana.post(f"{path}/statements-of-work", {"scope": "The fan", "exclusion": listed[0]})
        assert made.status_code in {200, 201}
        assert problem_of(dana.post(f"{path}/qualify", ad_hoc))[1] == "statement_waits"
        alice, answer = program("alice"), {"statement_id": made.json()["id"], "answer": "accept"}
        (read,) = alice.get(f"{path}/statements-of-work").json()["items"]
        assert (read["because"], read["outside"]) == ([f"excluded by the agreement: {listed[0].rstrip('.')}"], True)
        assert alice.post(f"{path}/answer-statement-of-work", answer, confirm=True).status_code == 200
    with clock.set_to(QUALIFIED):
        taken = program("dana").post(f"{path}/qualify", ad_hoc)
    assert taken.status_code == 200
    assert Engagement.objects.get(pk=engagement.pk).route == "ad_hoc"
