"""What sealing needs: the installation's log key, as set-up makes it."""

from pathlib import Path
from typing import Any

import pytest

from breakfix.kernel.ledger.checkpoints import KEY_NAME
from breakfix.kernel.ledger.notes import SigningKey


@pytest.fixture(autouse=True)
def _log_key(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """One key for the run, outside the folders of single tests."""
    path = Path(tmp_path_factory.getbasetemp()) / "keys" / "ledger.key"
    path.parent.mkdir(exist_ok=True)
    settings.BREAKFIX_LEDGER_KEY = str(path)
    SigningKey.load_or_create(path, KEY_NAME)
