"""The settings of a test run: the product's own, in the environment of a test.

TEST_DATABASE_URL chooses the database; without it the tests run on SQLite in memory. BREAKFIX_TABLES names a database
of the same kind (a file, or a template on the server) in which every migration has been applied already,
BREAKFIX_SHARED a folder in which the workers of a run hand on to each other what they have built.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_SCRATCH = Path(tempfile.mkdtemp(prefix="breakfix-test-"))
atexit.register(shutil.rmtree, _SCRATCH, ignore_errors=True)

# Whatever the developer's shell says about their own installation must not reach a test.
for _name in [name for name in os.environ if name.startswith("BREAKFIX_")]:
    if _name not in {"BREAKFIX_CHROMIUM", "BREAKFIX_INSTALL", "BREAKFIX_SHARED", "BREAKFIX_SOAK", "BREAKFIX_TABLES"}:
        del os.environ[_name]
os.environ.pop("EMAIL_URL", None)
os.environ["BREAKFIX_SECRET_KEY"] = "a-secret-of-the-tests-that-protects-nothing-at-all-0123456789"
os.environ["BREAKFIX_ALLOWED_HOSTS"] = "localhost,127.0.0.1,testserver"
os.environ["BREAKFIX_VAR"] = str(_SCRATCH)
os.environ["BREAKFIX_LEDGER_KEY"] = str(_SCRATCH / "keys" / "ledger.key")
# What one worker has sealed, another one opens that is handed its rows (tests/handed_on.py).
os.environ["BREAKFIX_FACTOR_KEY"] = str(Path(os.environ.get("BREAKFIX_SHARED", _SCRATCH)) / "keys" / "factors.key")
# Most tests sign in without a telephone; tests/web/test_factors.py is about what happens where one is required.
os.environ["BREAKFIX_MFA"] = "offered"
os.environ["BREAKFIX_LOG_LEVEL"] = "WARNING"
# A browser asks when it likes, each time in a thread of the server: threads that shared the one connection of a
# database in memory with the test would end each other's transactions and free each other's memory. In a file each
# has its own; the server decides by this name, before the one of the tests is known.
_FILE = str(_SCRATCH / "tests.sqlite3") if os.environ.get("BREAKFIX_CHROMIUM") else ""
_HERE = f"sqlite:///{_SCRATCH / 'unasked.sqlite3'}" if _FILE else "sqlite://:memory:"
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or _HERE
# Playwright's synchronous interface runs an event loop in the very thread that asks the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

from breakfix.settings import *  # noqa: E402, F403 - the environment above has to stand first

if os.environ.get("TEST_DATABASE_URL"):
    # No test asks whether a commit survives a power cut, and no question of a test is worth compiling.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off -c jit=off"  # noqa: F405
    if os.environ.get("BREAKFIX_TABLES"):
        DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ["BREAKFIX_TABLES"]}  # noqa: F405
elif _FILE:
    DATABASES["default"]["TEST"] = {"NAME": _FILE}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous = OFF"  # noqa: F405 - as above

# As slow as the real one would be, a hash costs more than all the rest of a test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
BREAKFIX_CHECK_START = False  # tests load breakfix.wsgi before they have a database
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
