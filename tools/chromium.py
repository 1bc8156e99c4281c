"""A Chromium for the browser tests: BREAKFIX_CHROMIUM, an installed one, or Debian's.

Debian's is installed only with CI=true or BREAKFIX_INSTALL=1, as root, where apt is.
`python tools/chromium.py` prints its path.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from postgres import may_install

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_A_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def chromium() -> str | None:
    """Return the path of a Chromium to drive, or None."""
    if named := os.environ.get("BREAKFIX_CHROMIUM"):
        return named
    if not _installed() and may_install() and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Debian's Chromium for the browser tests", flush=True)
        # The lists of a fresh container are empty, those of a long-lived machine stale: both want an update.
        for step in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(
                ["apt-get", "-qq", *step],
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                stdout=subprocess.DEVNULL,
                check=False,  # what is missing afterwards is reported as skipped
            )
    return _installed()


def _installed() -> str | None:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or (str(ON_A_MAC) if ON_A_MAC.exists() else None)


if __name__ == "__main__":
    path = chromium()
    print(path or "chromium: none here")
    sys.exit(path is None)
