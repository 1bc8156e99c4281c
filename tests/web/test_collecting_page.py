"""The offline collector on the page of the engagement: allowed, downloaded, run as a program, handed in, shown."""

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.test import Client

from breakfix.diagnosis.models import CollectedOutput
from tests import makers_quotes as make
from tests.diagnosis.test_collecting import AT, ran, repacked, tried
from tests.makers import World


def test_client_allows_downloads_runs_and_hands_in_on_the_page_of_the_engagement(
    world: World,
    tmp_path: Path,
    sign_in: Callable[[str], Client],
    moment: Callable[[datetime], None],
) -> None:
    case = make.awaiting_quote(world)
    moment(AT)
    rita, page = sign_in("rita"), f"/engagements/{case.pk}"
    assert rita.get(f"{page}/collector").status_code == 404
    assert "Allow the offline collector" in rita.get(page).content.decode()
    assert rita.post(f"{page}/allow_collection", {"keep_days": "30"}).status_code == 303
    for who in ("dana", "alice", "tom", "cal"):
        assert sign_in(who).get(f"{page}/collector").status_code == 404, who
    answer = rita.get(f"{page}/collector")
    assert answer["Content-Disposition"] == f'attachment; filename="breakfix-collect-{case.number}.py"'
    done = ran(tried(answer.content.decode()), tmp_path, "--yes")
    assert done.returncode == 0, done.stderr
    content = (tmp_path / "bundle.zip").read_bytes()
    bad = io.BytesIO(repacked(content, manifest_dot_hmac=b"0" * 64))
    bad.name = "bundle.zip"
    again = rita.post(f"{page}/hand_in_bundle", {"bundle": bad})
    assert again.status_code == 409
    assert "was not made with the key of this collector" in again.content.decode()
    good = io.BytesIO(content)
    good.name = "bundle.zip"
    assert rita.post(f"{page}/hand_in_bundle", {"bundle": good}).status_code == 303
    assert rita.get(f"{page}/collector").status_code == 404
    output = CollectedOutput.objects.select_related("file").get()
    for who in ("rita", "dana"):
        shown = sign_in(who).get(page).content.decode()
        assert f"/files/{output.file.token}" in shown
        assert "To be deleted after" in shown
    kept = sign_in("dana").get(f"/files/{output.file.token}")
    assert kept.content.strip() == b"two drives show amber"
    assert sign_in("cal").get(f"/files/{output.file.token}").status_code == 404
