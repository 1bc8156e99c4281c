"""The components' tags for showing: one look per thing, wherever it is shown. Forms: `bf_forms`."""

import functools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from breakfix.kernel import clock
from breakfix.kernel.access import Deed, may
from breakfix.kernel.money import Money, format_money
from breakfix.web.looks import (
    CLOCK_WORDS,
    KIND_ICONS,
    KIND_TONES,
    MAJOR,
    PRIORITY_WORDS,
    SEAT_WORDS,
    STATE_TONES,
    VERDICT_TONES,
)

register = template.Library()


# --------------------------------------------------------------------------------------- words and figures


@register.simple_tag
@functools.lru_cache(maxsize=1024)  # a page shows forty of them, out of a hundred
def icon(name: str, label: str = "") -> SafeString:
    """An icon from our sprite: decorative unless it gets a label."""
    href = f"{static('vendor/icons.svg')}#bf-{name}"
    if label:
        return format_html('<svg class="bf-icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="bf-icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.filter
def words(value: Any) -> str:
    """`awaiting_approval` and `AWAITING_APPROVAL` as a person reads them."""
    text = str(value).replace("_", " ").replace(".", " ")
    return text.lower() if text.isupper() and "-" not in text and not text[-1:].isdigit() else text


@register.filter
def sentence(value: Any) -> str:
    """Words with a capital first letter."""
    text = words(value)
    return text[:1].upper() + text[1:]


@register.filter
def money(value: Any, currency: str = "") -> str:
    """Money as people write it; minor units with a currency are accepted too."""
    if isinstance(value, Money):
        return format_money(value)
    if value is None or value == "":
        return "–"
    if isinstance(value, int) and currency:
        return format_money(Money.from_minor(value, currency))
    if isinstance(value, dict):
        return format_money(Money.of(value["amount"], value["currency"]))
    return format_money(Money.of(str(value), currency or "USD"))


@register.filter
def percent(value: Any) -> str:
    """A share of one as a percentage with at most two places: 0.1741 is 17.41 %."""
    shown = (Decimal(str(value)) * 100).quantize(Decimal("0.01")).normalize()
    return f"{shown:f} %"


@register.filter
def duration(value: Any) -> str:
    """A length of time as people say it: 2 h 48 min, 3 d 4 h, 45 s."""
    if value is None or value == "":
        return "–"
    span = value if isinstance(value, timedelta) else timedelta(seconds=int(value))
    seconds = int(abs(span.total_seconds()))
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n]
    shown = " ".join(parts[:2]) or (f"{left} s" if left else "0 min")
    return f"−{shown}" if span < timedelta(0) else shown


@register.filter
def counted(value: Any, coverage: Any = "24x7") -> str:
    """A length of counted time: around the clock as usual; business time in hours, since a day of it is no day."""
    if str(coverage) == "24x7" or not isinstance(value, timedelta):
        return duration(value)
    whole, minutes = divmod(abs(value) // timedelta(minutes=1), 60)
    parts = [f"{n} {unit}" for n, unit in ((whole, "h"), (minutes, "min")) if n]
    return f"{'−' if value < timedelta(0) else ''}{' '.join(parts) or '0 min'}"


@register.filter
def overdue(value: timedelta) -> str:
    """A negative rest as people say it: 12 min over."""
    return f"{duration(abs(value))} over"


@register.filter
def time_to(due: datetime, at: datetime) -> str:
    """What a clock says before the page's script counts on, in its words: 2 h 48 min left, 12 min over."""
    return f"{_whole_minutes(due - at)} {'left' if due >= at else 'over'}"


@register.filter
def time_since(begun: datetime, at: datetime) -> str:
    """What has run since, as the page's script counts on: 26 h 5 min, 0 min."""
    hours, minutes = divmod(max(at - begun, timedelta(0)) // timedelta(minutes=1), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _whole_minutes(span: timedelta) -> str:
    return duration(abs(span) // timedelta(minutes=1) * timedelta(minutes=1))


@register.filter
def hours(value: Any) -> str:
    """Hours with at most two places: 10.75, 4.5, 8."""
    exact = Decimal(value.numerator) / Decimal(value.denominator) if hasattr(value, "numerator") else Decimal(value)
    return f"{exact.quantize(Decimal('0.01')).normalize():f}"


@register.filter
def clock_words(kind: Any) -> str:
    """A clock's name as people say it."""
    return CLOCK_WORDS.get(str(kind), sentence(kind))


@register.filter
def seat_words(seat: Any) -> str:
    """An approval seat as people name it."""
    return SEAT_WORDS.get(str(seat), words(seat))


@register.filter
def size(value: Any) -> str:
    """Bytes as people say them: 48 kB, 2.1 MB."""
    amount = Decimal(int(value))
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount.quantize(Decimal('0.1') if amount < 10 and unit != 'B' else Decimal(1))} {unit}"
        amount /= 1000
    return f"{amount.quantize(Decimal('0.1'))} GB"


@register.filter
def zone_city(zone: Any) -> str:
    """`America/New_York` as a person names it: New York."""
    return str(zone).rpartition("/")[2].replace("_", " ")


def _short_iso(instant: datetime) -> str:
    """The instant for programs that read the page: a night has hundreds of them, mostly at a whole minute."""
    there = instant.astimezone(UTC)
    return there.strftime("%Y-%m-%dT%H:%MZ" if there.second == there.microsecond == 0 else "%Y-%m-%dT%H:%M:%SZ")


@register.inclusion_tag("web/components/when.html", takes_context=True)
def when(
    context: template.Context, instant: datetime | None, site_zone: str = "", style: str = "full"
) -> dict[str, Any]:
    """An instant in the reader's zone, with the site's zone on hover. Styles: full, short, time, day."""
    if instant is None:
        return {"instant": None}
    zone = context.get("zone") or "UTC"
    here = instant.astimezone(ZoneInfo(zone))
    there = instant.astimezone(ZoneInfo(site_zone or zone))
    seconds = ":%S" if there.second or there.microsecond else ""
    form = {"full": "%a %-d %b %Y, %H:%M", "short": "%-d %b %H:%M", "time": "%H:%M", "day": "%a %-d %b %Y"}
    return {
        "instant": instant,
        "shown": here.strftime(form[style]),
        "title": f"{there.strftime(form['full'])}{there.strftime(seconds)} {zone_city(site_zone or zone)} time",
        "iso": _short_iso(instant),
    }


# --------------------------------------------------------------------------------------------- small looks


@register.inclusion_tag("web/components/chip.html")
def chip(text: Any, tone: str = "plain", icon_name: str = "") -> dict[str, Any]:
    """A small labelled state; colour never speaks alone. Tones: plain, info, good, wait, bad, mute."""
    return {"text": words(text), "tone": tone, "icon_name": icon_name}


@register.inclusion_tag("web/components/chip.html")
def state(value: Any) -> dict[str, Any]:
    """A state of any module as a chip: its word, with the tone of what it asks of people."""
    tone, icon_name = STATE_TONES.get(str(value).upper(), ("plain", ""))
    return {"text": sentence(value), "tone": tone, "icon_name": icon_name}


@register.inclusion_tag("web/components/chip.html")
def priority(value: Any) -> dict[str, Any]:
    """The priority as word and sign."""
    text = str(value)
    return {"text": PRIORITY_WORDS.get(text, text), "tone": f"p{text[-1:]}", "icon_name": ""}


@register.inclusion_tag("web/components/clock.html", takes_context=True)
def clock_chip(context: template.Context, reading: Any, href: str = "") -> dict[str, Any]:
    """One commitment: what is left or by how much it was missed, and the way to its derivation.

    `reading` has kind, verdict, elapsed, remaining, target, due_at and percent, as incidents' readings do.
    """
    verdict = str(reading.verdict)
    return {
        "reading": reading,
        "label": CLOCK_WORDS.get(str(getattr(reading, "kind", "")), ""),
        "verdict": verdict,
        "tone": VERDICT_TONES.get(verdict, "plain"),
        "used": min(100, max(0, int(reading.percent))),
        "over": -reading.remaining if reading.remaining < timedelta(0) else None,
        "href": href,
        "zone": context.get("zone") or "UTC",
        "due_style": _due_style(context, reading.due_at),
        "ticking": verdict == "running" and reading.due_at is not None,
        # Hours that count only in business time cannot be counted down by the wall clock.
        "slow": str(getattr(reading, "coverage", "24x7")) != "24x7",
        "coverage": str(getattr(reading, "coverage", "24x7")),
    }


def _due_style(context: template.Context, due_at: datetime | None) -> str:
    """The day is said only where it is not obvious."""
    visit = context.get("visit")
    near = due_at is not None and visit is not None and abs(due_at - visit.at) < timedelta(hours=18)
    return "time" if near else "short"


@register.inclusion_tag("web/components/clock.html", takes_context=True)
def duty_chip(context: template.Context, reading: Any, href: str = "") -> dict[str, Any]:
    """A dated obligation, shown as the clock it is; it never pauses."""
    return {**clock_chip(context, reading, href), "label": reading.duty.name, "is_duty": True}


@register.inclusion_tag("web/components/meter.html")
def meter(used: Any, total: Any, label: str, tone: str = "accent") -> dict[str, Any]:
    """A thin bar: how much of a whole is used. The figures stand beside it in words; it never speaks alone."""
    return {"share": share(used, total), "label": label, "tone": tone}


def share(used: Any, total: Any) -> Decimal:
    """`used` of `total` in percent, 0 to 100, one place; Money, numbers or spans."""
    part, whole = (_number(value) for value in (used, total))
    percentage = part / whole * 100 if whole else Decimal(0)
    return min(Decimal(100), max(Decimal(0), percentage)).quantize(Decimal("0.1"))


def _number(value: Any) -> Decimal:
    if isinstance(value, timedelta):
        return Decimal(value // timedelta(seconds=1))
    return Decimal(str(value.amount if isinstance(value, Money) else value or 0))


@register.inclusion_tag("web/components/exposure.html")
def exposure_bar(exposure: Any) -> dict[str, Any]:
    """Money at stake, as `quotes.queries.exposure` reads it: fee, repair so far, left to the cap, cap with tax."""
    fee, repair, cap = exposure.forensic, exposure.incurred, exposure.cap
    whole = exposure.committed + exposure.offered if exposure.offered else exposure.committed
    return {
        "exposure": exposure,
        "approved": not cap.is_zero,
        "whole": bool(exposure.offered) or not cap.is_zero,
        "fee_share": share(fee, whole),
        "used_share": share(fee + repair, whole),
        "tone": "bad" if exposure.used_percent >= 100 else "wait" if exposure.used_percent >= 85 else "accent",
    }


@register.inclusion_tag("web/components/entry.html", takes_context=True)
def entry(context: template.Context, told: Any) -> dict[str, Any]:
    """One deed on the timeline: when, what, by whom, its money effect beside it, its files below.

    `told` has kind, at, line, who, money (or None), money_label, files and href.
    """
    kind, noun = str(told.kind), str(told.kind).partition(".")[0]
    return {
        "told": told,
        "icon_name": KIND_ICONS.get(kind) or KIND_ICONS.get(noun, "circle"),
        "tone": "bad" if getattr(told, "breach", False) else KIND_TONES.get(kind, ""),
        "minor": getattr(told, "minor", False),
        "major": kind in MAJOR,
        "zone": context.get("zone") or "UTC",
    }


@register.inclusion_tag("web/components/fold.html", takes_context=True)
def fold(context: template.Context, run: Any) -> dict[str, Any]:
    """A run of small deeds on the timeline behind one line; `run` has words, entries, first, last and files."""
    return {"fold": run, "first": run.first, "last": run.last, "zone": context.get("zone") or "UTC"}


@register.simple_tag
def largest_file() -> int:
    """How large a file may be, in MiB: a page says so before a telephone has sent all of it."""
    return int(settings.BREAKFIX_MAX_UPLOAD_BYTES // 2**20)


@register.inclusion_tag("web/components/files.html")
def files(kept: Iterable[Any]) -> dict[str, Any]:
    """Files as a list of downloads, each with its size and hash."""
    return {"files": list(kept)}


@register.inclusion_tag("web/components/digest.html")
def digest(value: str, label: str = "SHA-256") -> dict[str, Any]:
    """A hash: short to look at, whole to copy."""
    return {"value": value, "label": label, "short": value[:12]}


@register.inclusion_tag("web/components/empty.html")
def empty(
    title: str, text: str = "", icon_name: str = "circle-check", href: str = "", label: str = ""
) -> dict[str, Any]:
    """An honest empty state: what would stand here, and what to do if something should."""
    return {"title": title, "text": text, "icon_name": icon_name, "href": href, "label": label}


# ---------------------------------------------------------------------------------------------- questions


@register.simple_tag(takes_context=True)
def can(context: template.Context, deed: str) -> bool:
    """Whether the reader's roles include this deed (what the state allows is asked by the page)."""
    visit = context.get("visit")
    return visit is not None and may(visit.by, Deed(deed))


@register.filter
def does(visit: Any, deeds: str) -> bool:
    """Whether the reader's roles include any of these deeds: `visit|does:"hold,resume"`."""
    return visit is not None and any(may(visit.by, Deed(name)) for name in deeds.split(","))


@register.simple_tag(takes_context=True)
def show_panel(context: template.Context, panel: dict[str, Any]) -> str:
    """Another module's part of this page: its template sees this page's names and its own."""
    flat: Any = context.flatten()
    return render_to_string(panel["template"], {**flat, **panel["context"]})


@register.simple_tag
def story_time() -> datetime | None:
    """The demo's present instant, for the banner; None where real time runs."""
    return clock.now() if clock.demo_file() is not None else None
