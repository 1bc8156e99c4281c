"""An agreement for programs: what is missing before anybody can sign, and where the draft begins from."""

from collections.abc import Callable
from typing import Any

from breakfix.agreements import actions
from breakfix.kernel.access import OPERATOR
from tests.makers import World
from tests.makers_agreements import drafted


def test_empty_draft_is_refused_with_every_field(world: World, program: Callable[..., Any]) -> None:
    calder, harborview = world.organisation("calder"), world.organisation("harborview")
    person = world.people["cal"].pk
    version = actions.draft_agreement(
        calder.pk, harborview.pk, accountable_person_id=person, by=OPERATOR, at=world.at
    )
    cal, path = program("cal"), f"/agreement-versions/{version.pk}"
    read = cal.get(path).json()
    assert (len(read["fields"]), len(read["missing"])) == (38, 38)
    assert read["fields"][33] == {
        "number": 34,
        "key": "subcontractors",
        "name": "Subcontractors",
        "section": "Rules of work",
        "state": "missing",
        "because": "",
        "lacking": ["who else may be sent"],
    }
    signature = {"shown_sha256": version.sha256, "typed_name": world.people["cal"].name}
    answer = cal.post(f"{path}/sign", signature, confirm=True)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "incomplete")
    assert [one["number"] for one in told["fields"]] == list(range(1, 39))


def test_a_reason_answers_a_field(world: World, program: Callable[..., Any]) -> None:
    version = drafted(world, "calder", "harborview", "cal", {"wording": {"subcontractors": ""}})
    cal, path = program("cal"), f"/agreement-versions/{version.pk}"
    read = cal.get(path)
    assert read.json()["missing"] == ["subcontractors"]
    terms = {"statements": {"not_applicable": {"subcontractors": "Nobody else is sent."}}}
    revised = cal.post(f"{path}/revise", {"terms": terms}, If_Match=read["ETag"])
    assert revised.status_code in (200, 201), revised.content
    read = cal.get(path).json()
    assert (read["missing"], read["fields"][33]["because"]) == ([], "Nobody else is sent.")
    signature = {"shown_sha256": read["sha256"], "typed_name": world.people["cal"].name}
    assert cal.post(f"{path}/sign", signature, confirm=True).status_code == 200
    withdrawn = cal.post(f"{path}/withdraw", {"reason": "Too early."})
    assert (withdrawn.status_code, cal.get(path).json()["status"]) == (200, "WITHDRAWN")
