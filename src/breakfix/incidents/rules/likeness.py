"""How alike two reports are: whether somebody reported the same failure twice.

Pure, so that both databases answer the same (decisions 0017 and 0029). What broke weighs most;
words alone never suffice.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

SAME_ASSET, SAME_PLACE = 50, 25
SAME_TIME = 20
SAME_WORDS = 30  # for all words; fewer in proportion
LIKELY = 60
NEAR = timedelta(hours=24)

# Words that every report has, and that say nothing about what broke.
_EMPTY = frozenset(
    {"the", "and", "for", "are", "was", "were", "has", "have", "had", "not", "but", "its", "this", "that", "with"}
    | {"from", "since", "our", "your", "their", "they", "them", "there", "here", "when", "then", "who", "what"}
    | {"which", "all", "any", "can", "cannot", "could", "does", "did", "been", "being", "will", "would", "again"}
    | {"also", "now", "please"}
)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Report:
    """What was said when it was reported, and whether it is still open."""

    asset_id: int | None
    site_id: int
    domain: str
    text: str
    submitted_at: datetime
    is_open: bool


@dataclass(frozen=True)
class Likeness:
    """0 to 100, and why, in words of the page."""

    score: int
    why: tuple[str, ...]

    @property
    def is_likely(self) -> bool:
        """Whether it is worth a look of the desk."""
        return self.score >= LIKELY


UNLIKE = Likeness(0, ())


def likeness(one: Report, other: Report) -> Likeness:
    """How alike `other` is to `one`: nothing unless it is of the same machine or place, and of the same time."""
    same_asset = one.asset_id is not None and one.asset_id == other.asset_id
    same_place = one.site_id == other.site_id and one.domain == other.domain
    near = abs(one.submitted_at - other.submitted_at) <= NEAR
    if not (same_asset or same_place) or not (other.is_open or near):
        return UNLIKE
    words = shared_words(one.text, other.text)
    why = ["same asset" if same_asset else f"same site and {one.domain}"]
    why.append("still open" if other.is_open else "reported within 24 h")
    why += [f"{words} % of the words"] if words else []
    points = (SAME_ASSET if same_asset else SAME_PLACE) + SAME_TIME + SAME_WORDS * words // 100
    return Likeness(points, tuple(why))


def shared_words(one: str, other: str) -> int:
    """How many percent of the different words of two texts stand in both, rounded down; 0 where one says nothing."""
    mine, theirs = words_in(one), words_in(other)
    if not mine or not theirs:
        return 0
    return 200 * len(mine & theirs) // (len(mine) + len(theirs))


def words_in(text: str) -> set[str]:
    """Words of three letters or with a digit; case, accents' spelling and order do not count."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    found = set(_WORD.findall(plain))
    return {word for word in found if (len(word) > 2 or not word.isalpha()) and word not in _EMPTY}
