"""Which SQLite library Django gets: the bundled `pysqlite3` where it is installed.

The library of many systems is older than 3.51.3 and may corrupt a database in WAL mode (the WAL-reset bug);
`pysqlite3` brings a newer one. Django imports `sqlite3` by name, so the only seam is `sys.modules`, and this
is the only place that uses it. Import this module before anything of Django's database layer.
"""

import sys

try:
    import pysqlite3
    import pysqlite3.dbapi2
except ImportError:  # no wheel for this platform: the system's library serves, without WAL if it is old
    import sqlite3 as library
else:
    sys.modules["sqlite3"] = library = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2

WAL_IS_SAFE = library.sqlite_version_info >= (3, 51, 3)

# FULL: a power cut never takes back a deed that somebody was shown as done. Recursive triggers: what REPLACE takes
# away passes the same guards as what DELETE does.
PRAGMAS = (
    f"PRAGMA journal_mode = {'WAL' if WAL_IS_SAFE else 'DELETE'}; PRAGMA synchronous = FULL; "
    "PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON"
)
