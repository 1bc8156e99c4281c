"""Editing what somebody else may have edited: If-Match, and what happens without it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from breakfix.api.versions import tag
from breakfix.assets.models import Asset
from breakfix.kernel.ledger.images import version_of
from tests import makers, makers_quotes
from tests.api.conftest import NOW, Program, problem_of

Start = Callable[..., Program]


@pytest.fixture
def asset(_noon: None) -> Asset:
    return makers.world(NOW - timedelta(days=1)).assets["backup"]


def etag(asset: Asset) -> str:
    return tag(Asset.objects.get(pk=asset.pk), b"what was shown")


def test_edit_of_what_was_read_is_done(asset: Asset, program: Start) -> None:
    path, body = f"/assets/{asset.pk}/correct", {"reason": "Read from the label.", "serial": "XJ-55"}
    answer = program("seth").post(path, body, If_Match=etag(asset))
    assert (answer.status_code, answer.json()["kind"]) == (200, "asset")
    assert Asset.objects.get(pk=asset.pk).serial == "XJ-55"


def test_edit_of_an_older_version_is_refused(asset: Asset, program: Start) -> None:
    seth, read = program("seth"), etag(asset)
    path = f"/assets/{asset.pk}/correct"
    assert seth.post(path, {"reason": "Label.", "serial": "XJ-55"}, If_Match=read).status_code == 200
    answer = seth.post(path, {"reason": "Label.", "serial": "XJ-66"}, If_Match=read)
    assert problem_of(answer) == (412, "changed_meanwhile")
    assert Asset.objects.get(pk=asset.pk).serial == "XJ-55"


def test_edit_without_a_version_is_refused(asset: Asset, program: Start) -> None:
    seth, path = program("seth"), f"/assets/{asset.pk}/correct"
    assert problem_of(seth.post(path, {"reason": "Label."})) == (428, "condition_missing")
    assert problem_of(seth.post(path, {"reason": "Label."}, If_Match='"old.old"')) == (412, "changed_meanwhile")
    assert seth.post(path, {"reason": "Label.", "serial": "X"}, If_Match="*").status_code == 200


def test_edit_of_what_is_not_there_tells_nothing_of_versions(asset: Asset, program: Start) -> None:
    answer = program("hana").post(f"/assets/{asset.pk}/correct", {"reason": "Mine?"}, If_Match=etag(asset))
    assert problem_of(answer) == (404, "not_found")
    assert problem_of(program("hana").post(f"/assets/{asset.pk}/correct", {"reason": "Mine?"})) == (404, "not_found")


@pytest.mark.usefixtures("_noon")
def test_quote_is_revised_in_the_version_that_was_read(program: Start) -> None:
    quote = makers_quotes.drafted(makers.world())
    path, body = f"/quotes/{quote.pk}/revise", {"revision": quote.revision, "scope_in": "Both drives."}
    quinn = program("quinn")
    assert problem_of(quinn.post(path, body)) == (428, "condition_missing")
    quote.refresh_from_db()
    assert quinn.post(path, body, If_Match=f'"{version_of(quote)}.x"').status_code in {200, 409}


def test_version_changes_with_any_field(asset: Asset) -> None:
    fresh = Asset.objects.get(pk=asset.pk)
    before = version_of(fresh)
    fresh.tag = "other"
    assert version_of(fresh) != before
