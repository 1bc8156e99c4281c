"""What a row of the matrix may be: before the sign-in, a machine's, a page, a deed; and who is who there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

CLIENT = "rita alice mona chas seth sol ada nora finn"
DESK = "dana quinn rex percy dirk"
PARTY = f"{CLIENT} {DESK} fay tom"
OFFICE = f"{CLIENT} {DESK} fay"
# What the finished night has none of.
KINDS = ("session", "loan", "handover", "recovery", "entry", "escalation", "drill", "statement")
ABSENT = tuple(f"{one}_id" for one in KINDS)
OTHER_CLIENT = "charlie hana hugo hope"
OTHERS = f"{OTHER_CLIENT} ana cal cleo"
EVERYBODY = f"{PARTY} {OTHERS}"
REGISTRARS = "rita seth nora hana hugo"


@dataclass(frozen=True)
class Public:
    """Before anybody signed in; `status` for whoever is, by GET; `stranger` where others get neither 200 nor 302."""

    status: int = 200
    stranger: int = 0


@dataclass(frozen=True)
class Machine:
    """Spoken to by a machine that signs, by POST; `unsigned` is what everybody else gets, signed in or not."""

    unsigned: int


@dataclass(frozen=True)
class Page:
    """Read by GET; `leads` where it only leads on by now; `by_post` a form that is answered and never kept."""

    readers: str
    forbidden: str = ""
    leads: bool = False
    by_post: bool = False

    def status_for(self, who: str) -> int:
        """What a signed-in person gets."""
        if who in self.readers.split():
            return 303 if self.leads else 200
        return 403 if who in self.forbidden.split() else 404


@dataclass(frozen=True)
class Deed:
    """Done by POST, one step below its page. Sent are the arguments that have to be, `given`, and the ids `also`.

    `status` is that of a deed that was done: it leads back, or shows what is shown only once.
    """

    page: str
    doers: Mapping[str, str]
    given: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    status: int = 303


NEXT_WEEK = datetime(2026, 12, 9, 17, 0, tzinfo=UTC)
Row = Public | Machine | Page | Deed


def does(people: str, outcome: str = "done") -> dict[str, str]:
    """The same outcome for each of these people."""
    return dict.fromkeys(people.split(), outcome)


def without(people: str, *some: str) -> str:
    return " ".join(one for one in people.split() if one not in some)
