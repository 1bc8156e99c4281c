"""The provider's own page: how often work stayed within what its estimate foretold, drawn and as a table."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.http import HttpResponse
from django.urls import path

from breakfix.agreements.values import Domain
from breakfix.kernel.errors import NotFound
from breakfix.kernel.money import half_up
from breakfix.quotes import calibration
from breakfix.web import sheets
from breakfix.web.door import Visit, page

LATEST, MOST_CLASSES = 25, 40
LEFT_OUT = {
    "fixed": "at a fixed price: it is billed whatever the effort, so the bill does not tell the effort",
    "by_the_piece": "with prices by the piece or a success fee: their quantity or outcome was not simulated",
    "stated": "whose maximum was stated, not simulated",
    "quantile": "whose agreement sets the maximum at another quantile than P90",
    "certain": "in which nothing was uncertain: neither hours nor a contingent line",
    "cancelled": "cancelled before the work was done",
}
CURVE_WORDS = {
    "too_few": ("too few to say", "mute", ""),
    "in_line": ("in line", "good", "circle-check"),
    "below": ("too low: more came above", "bad", "alert-triangle"),
    "above": ("too high: less came above", "wait", "info-circle"),
}
HIT_WORDS = {
    "too_few": ("too few to say", "mute", ""),
    "in_line": ("in line", "good", "circle-check"),
    "below": ("less often than expected", "wait", "info-circle"),
    "above": ("more often than expected", "bad", "alert-triangle"),
}
# The picture: 340 x 236, the part between 40 and 100 % stated, with room for the words at its left and below it.
LEFT, RIGHT, TOP, BOTTOM, FIRST = Decimal(42), Decimal(330), Decimal(12), Decimal(208), Decimal(40)
HEAD = ("class", "settled", "estimate", "stated %", "stayed within", "of", "share %", "from %", "to %", "verdict")


def calibration_page(visit: Visit) -> HttpResponse:
    """The curve of all, or of one service domain, its classes, and what was left out."""
    domain = _domain(visit)
    found = calibration.calibration(visit.by, domain=domain)
    failures = [shown(one) for one in found.failures[:MOST_CLASSES]]
    classes = [("By failure class", "Domain and failure", failures)]
    if not domain:
        classes.insert(0, ("By service domain", "Domain", [shown(one) for one in found.domains]))
    context = {
        "found": found,
        "domain": domain,
        "domains": [one.value for one in Domain],
        "least": calibration.LEAST,
        "chart": chart(found.whole),
        "whole": shown(found.whole),
        "classes": classes,
        "unlisted": max(len(found.failures) - MOST_CLASSES, 0),
        "left_out": [(count, LEFT_OUT[reason]) for reason, count in found.left_out],
        "latest": found.offers[:LATEST],
        "beyond": max(found.settled - LATEST, 0),
    }
    return visit.page("web/quotes/calibration.html", context)


def _domain(visit: Visit) -> str:
    """The service domain asked for; one that does not exist is no page."""
    asked = visit.request.GET.get("domain", "")
    if asked and asked not in {one.value for one in Domain}:
        raise NotFound("This page")
    return asked


def shown(one: calibration.Reading) -> dict[str, Any]:
    """A class as the tables show it."""
    accuracy = one.accuracy
    return {
        "name": one.name,
        "count": one.count,
        "enough": one.count >= calibration.LEAST,
        "curve": [_share(share, CURVE_WORDS) for share in one.curve],
        "hits": _share(one.hits, HIT_WORDS),
        "accuracy": accuracy and [percent(value) for value in (accuracy.median, accuracy.p10, accuracy.p90)],
        "factor": one.factor,
    }


def _share(one: Any, words: dict[str, tuple[str, str, str]]) -> dict[str, Any]:
    say, tone, icon = words[one.verdict]
    return {
        "share": one,
        "percent": None if one.share is None else percent(one.share),
        "low": percent(one.low),
        "high": percent(one.high),
        "words": say,
        "tone": tone,
        "icon": icon,
    }


def percent(share: Fraction | Decimal) -> str:
    """A share of one in whole percent."""
    return str(half_up(share * 100, 0))


def chart(whole: calibration.Reading) -> dict[str, Any] | None:
    """The reliability curve; nothing where too few were settled to draw one."""
    if any(one.share is None for one in whole.curve):
        return None
    points = [
        {
            "x": _x(Decimal(one.stated)),
            "y": _y(one.share),
            "low": _y(one.low),
            "high": _y(one.high),
            "look": {"below": "is-low", "above": "is-high"}.get(one.verdict, ""),
            "one": one,
        }
        for one in whole.curve
        if one.share is not None
    ]
    stated = (50, 80, 90)
    return {
        "points": points,
        "beyond": any(one["look"] for one in points),
        "line": " ".join(f"{one['x']},{one['y']}" for one in points),
        "ideal": {"x1": _x(FIRST), "y1": _y(FIRST / 100), "x2": _x(Decimal(100)), "y2": _y(Decimal(1))},
        "across": [{"at": _x(Decimal(one)), "words": f"P{one}"} for one in stated],
        "up": [{"at": _y(Decimal(one) / 100), "words": f"{one} %"} for one in (0, 25, 50, 75, 100)],
    }


def _x(stated: Decimal) -> Decimal:
    return half_up(LEFT + (stated - FIRST) / (100 - FIRST) * (RIGHT - LEFT), 1)


def _y(share: Fraction | Decimal) -> Decimal:
    return half_up(Fraction(BOTTOM) - Fraction(share) * Fraction(BOTTOM - TOP), 1)


def calibration_csv(visit: Visit) -> HttpResponse:
    """The same figures as a table, a line for each share; where too few were settled only the counts."""
    found = calibration.calibration(visit.by, domain=_domain(visit))
    every = [("all", found.whole), *((one.name, one) for one in (*found.domains, *found.failures))]
    lines = [
        (name, one.count, label, share.stated, share.count, share.of, *_figures(share), share.verdict)
        for name, one in every
        for label, share in [*((f"P{share.stated}", share) for share in one.curve), ("above N", one.hits)]
    ]
    return sheets.as_csv("calibration", HEAD, lines)


def _figures(one: Any) -> tuple[object, object, object]:
    if one.share is None:
        return "", "", ""
    return percent(one.share), percent(one.low), percent(one.high)


urlpatterns = [
    path("calibration", page(calibration_page), name="calibration"),
    path("calibration.csv", page(calibration_csv), name="calibration_csv"),
]
