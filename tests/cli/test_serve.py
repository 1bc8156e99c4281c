"""What `breakfix serve` says when others could read along."""

from typing import Any

import pytest

from breakfix.cli import serve


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.8.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.7", False),
        ("localhost.example", False),
        ("breakfix.example", False),
    ],
)
def test_warning_is_for_what_others_reach_without_a_proxy(settings: Any, host: str, alone: bool) -> None:
    settings.BREAKFIX_BEHIND_PROXY = False
    words = serve.in_the_open(host)
    assert (words == "") is alone
    if not alone:
        assert host in words
        assert "plain HTTP" in words
        assert "BREAKFIX_BEHIND_PROXY" in words
    settings.BREAKFIX_BEHIND_PROXY = True
    assert serve.in_the_open(host) == ""
