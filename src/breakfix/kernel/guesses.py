"""Counting wrong answers where somebody may guess: one count for all processes, so that no restart begins anew.

A try is taken before the answer is looked at, so that guesses sent at once cannot all be the first; a right answer
gives it back. What is counted is kept as a hash: a stranger's typing error is nobody's business later.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from breakfix.kernel.models import Guess

LASTS = timedelta(days=1)  # longer than any pause


@dataclass(frozen=True)
class Limit:
    """So many wrong answers with pauses shorter than `pause` between them; after a pause the count begins anew."""

    most: int
    pause: timedelta


@dataclass(frozen=True)
class Count:
    """One thing that is counted: what is guessed, from where (or from everywhere), and how often that may be."""

    about: str
    limit: Limit
    origin: str = ""

    @property
    def key(self) -> str:
        return _hashed(f"{self.about}\n{self.origin}\n{self.limit.most}")


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@transaction.atomic
def take(*counts: Count, at: datetime) -> bool:
    """Take one try of each of these counts; False, and nothing is taken, where any of them is used up."""
    rows = []
    for count in sorted(counts, key=lambda one: one.key):
        fresh = {"about": _hashed(count.about), "wrong": 0, "last_at": at}
        row, is_new = Guess.objects.select_for_update().get_or_create(key=count.key, defaults=fresh)
        if is_new:  # whoever makes the table grow also cleans it
            _sweep(at)
        if at - row.last_at >= count.limit.pause:
            row.wrong = 0
        if row.wrong >= count.limit.most:
            return False
        rows.append(row)
    for row in rows:
        row.wrong, row.last_at = row.wrong + 1, at
        row.save(update_fields=["wrong", "last_at"])
    return True


def _sweep(at: datetime) -> None:
    # What somebody holds is passed over: they may wait for one of ours.
    skip = connection.features.has_select_for_update_skip_locked
    old = Guess.objects.select_for_update(skip_locked=skip).filter(last_at__lt=at - LASTS)
    if gone := list(old.values_list("pk", flat=True)):
        Guess.objects.filter(pk__in=gone).delete()


def give_back(*counts: Count) -> None:
    """The answer was right: this try was none. Earlier wrong ones stay, so nobody buys guesses with a right one."""
    keys = [count.key for count in counts]
    Guess.objects.filter(key__in=keys, wrong__gt=0).update(wrong=F("wrong") - 1)
    Guess.objects.filter(key__in=keys, wrong=0).delete()


def clear(*counts: Count) -> None:
    """Right after all: these counts begin anew."""
    Guess.objects.filter(key__in=[count.key for count in counts]).delete()


def forgive(about: str) -> None:
    """Forget every wrong answer about one thing, from wherever it came: its owner proved who they are another way."""
    Guess.objects.filter(about=_hashed(about)).delete()
