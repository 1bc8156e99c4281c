"""How bad a tool thinks it is, in our words, and the impact that a draft suggests for it."""

from collections.abc import Iterable

from breakfix.incidents.values import Level
from breakfix.intake.values import Severity

_WORDS = {
    Severity.CRITICAL: "critical crit fatal disaster emergency emerg page p1 sev1 immediate down unreachable unreach",
    Severity.MAJOR: "high major error err alert severe p2 sev2 average",
    Severity.WARNING: "warning warn minor low p3 sev3 medium degraded",
    Severity.INFO: "info information informational notice none p4 ok up normal debug",
}
_MEANT = {word: severity for severity, words in _WORDS.items() for word in words.split()}
# What nobody has said counts as if it were major: a draft that is too low is not looked at in time.
_IMPACT = {
    Severity.CRITICAL: Level.HIGH,
    Severity.MAJOR: Level.MEDIUM,
    Severity.WARNING: Level.LOW,
    Severity.INFO: Level.LOW,
    Severity.UNKNOWN: Level.MEDIUM,
}
_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.UNKNOWN: 2, Severity.MAJOR: 2, Severity.CRITICAL: 3}


def severity(*said: str) -> Severity:
    """The first of these words that is known; UNKNOWN if none is."""
    for word in said:
        found = _MEANT.get(word.strip().lower())
        if found is not None:
            return found
    return Severity.UNKNOWN


def is_worse(said: Severity, known: Severity) -> bool:
    """Whether what is said now is worse than what was known; what nobody has said makes nothing worse."""
    return said is not Severity.UNKNOWN and _RANK[said] > _RANK[known]


def worst(said: Iterable[Severity]) -> Severity:
    """The worst of these; of those that are equally bad one that somebody said."""
    return max(said, key=lambda one: (_RANK[one], one is not Severity.UNKNOWN))


def impact(of: Severity) -> Level:
    """What a draft begins with; whoever reports the failure answers the questionnaire."""
    return _IMPACT[of]
