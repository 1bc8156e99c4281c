"""`breakfix ingest --channel mail`: raw mails from files, a trial in memory, and what became of each."""

import json
from pathlib import Path

import pytest

from tests.cli.test_ingest import asked
from tests.makers_mails import FILES, mail

pytestmark = pytest.mark.plays


def test_each_file_becomes_something_with_its_reason(tmp_path: Path) -> None:
    made = {
        "1-known.eml": mail("The array is degraded.\n\nOn Mon, Desk wrote:\n> hello"),
        "2-again.eml": mail("The array is degraded.\n\nOn Mon, Desk wrote:\n> hello"),
        "3-away.eml": mail(subject="Automatic reply: away", number=2, Auto_Submitted="auto-replied"),
        "4-stranger.eml": mail(sender="x@elsewhere.example", number=3),
        "5-empty.eml": b"",
        "6-nulls.eml": b"\x00" * 1000,
        "7-huge.eml": b"x" * 26_300_000,
    }
    for name, raw in made.items():
        (tmp_path / name).write_bytes(raw)
    done = asked("--channel", "mail", "--json", *sorted(tmp_path.iterdir()), *FILES)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["channel"], len(found["results"])) == ("mail", len(made) + len(FILES))
    outcomes = [one["outcome"] for one in found["results"]]
    assert outcomes[:7] == ["ticket", "ignored", "ignored", "quarantine", "quarantine", "quarantine", "quarantine"]
    assert set(outcomes[7:]) == {"quarantine"}
    assert all(one["reason"] for one in found["results"] if one["outcome"] != "ticket")
    # A first mail is kept whole: what stands below is perhaps what was forwarded.
    assert found["results"][0]["mail"]["text"] == "The array is degraded.\n\nOn Mon, Desk wrote:\n> hello"
