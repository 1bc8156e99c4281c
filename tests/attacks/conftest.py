"""What all attacks use: requests that tell which words of their question anybody looked at."""

import pytest

from tests.attacks.asked import Asked


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)
