"""The ways of an offer over the API: read in the document that is hashed, chosen by a deed, bound by its own hash."""

import json
from datetime import datetime
from typing import Any

import pytest

from breakfix.kernel import clock
from tests import makers, makers_ways
from tests.api.conftest import problem_of
from tests.makers import local

pytestmark = pytest.mark.django_db
AT: datetime = local("2026-12-02 01:20")


def test_way_is_chosen_and_read_in_the_document_that_is_hashed(program: Any) -> None:
    world = makers.world()
    quote = makers_ways.issued(world)
    with clock.set_to(AT):
        alice, path = program("alice"), f"/quotes/{quote.pk}/choose-continuity"
        ways = json.loads(alice.get(f"/quotes/{quote.pk}").json()["canonical"])["ways"]
        assert [(one["key"], one["offered"]) for one in ways] == [("A", True), ("B", False), ("C", False)]
        wrong = alice.post(path, {"way": "Z", "shown_sha256": quote.sha256})
        assert problem_of(wrong)[1] == "unknown_way"
        made = alice.post(path, {"way": "B", "shown_sha256": quote.sha256})
        assert made.status_code in {200, 201}
        told = made.json()
        assert (told["status"], told["version"]) == ("ISSUED", 2)
        assert told["sha256"] != quote.sha256
        then = alice.get(f"/quotes/{told['id']}").json()
        assert then["q"] == {"amount": "4723.33", "currency": "USD"}
        assert then["sha256"] == told["sha256"]
        assert problem_of(alice.post(path, {"way": "C", "shown_sha256": quote.sha256}))[1] == "quote_superseded"
        assert program("rita").post(path, {"way": "C", "shown_sha256": quote.sha256}).status_code == 403
