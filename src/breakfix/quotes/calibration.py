"""Reads for the provider alone: its own settled offers against what their simulation foretold (domain.md §5.1).

An offer counts with what stands frozen in it and with what it came to when it was settled; nothing is drawn again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from breakfix.diagnosis import queries as diagnosis
from breakfix.kernel.access import Actor, Role
from breakfix.kernel.errors import NotFound
from breakfix.kernel.money import Money
from breakfix.quotes import queries
from breakfix.quotes.models import Quote
from breakfix.quotes.rules import calibration as rules
from breakfix.quotes.rules.calibration import LEAST, LeftOut, Reading, Settled
from breakfix.quotes.values import Mode, Status

__all__ = ["LEAST", "MOST", "READERS", "Calibration", "Counted", "calibration", "counted", "settled_offers"]
# Whoever estimates, reviews estimates or answers for them; what work came to against its price is nobody else's.
READERS = frozenset({Role.QUOTING_ENGINEER, Role.REVIEWER, Role.PROVIDER_ADMIN, Role.DIRECTOR})
MOST = 1000  # the latest settled offers that are read at once


@dataclass(frozen=True)
class Counted:
    """One settled offer with what was frozen in it; `settled` is None where `left_out` says why it says nothing."""

    offer: Quote
    settled: Settled | None
    left_out: LeftOut | None

    @property
    def marks(self) -> dict[str, Money]:
        """P50, P80, P90, N and what it came to, by these names."""
        figures = ("p50", "p80", "p90", "n", "actual")
        return {name: Money.from_minor(getattr(self.offer, f"{name}_minor"), self.offer.currency) for name in figures}

    @property
    def within(self) -> str:
        """The lowest mark that it stayed within: P50, P80 or P90; above P90; nothing where it does not count."""
        marks = self.marks
        held = (name.upper() for name in ("p50", "p80", "p90") if marks["actual"] <= marks[name])
        return "" if self.settled is None else next(held, "above P90")

    @property
    def is_hit(self) -> bool:
        """Whether the provider bore what was above N."""
        return self.marks["actual"] > self.marks["n"]


@dataclass(frozen=True)
class Calibration:
    """What every settled offer says together, by service domain, and by domain and failure mode.

    `left_out` counts why others say nothing; `offers` are the latest that were read, of all that are `settled`.
    """

    whole: Reading
    domains: tuple[Reading, ...]
    failures: tuple[Reading, ...]
    left_out: tuple[tuple[LeftOut, int], ...]
    offers: tuple[Counted, ...]
    settled: int


def settled_offers(by: Actor) -> QuerySet[Quote]:
    """The reader's own provider's settled offers that they may see; NotFound for whoever has no such work."""
    if not by.roles & READERS:
        raise NotFound("This page")
    # Let in on another provider's engagement, as for a second opinion: its estimates are that provider's.
    mine = queries.visible_to(by).filter(engagement__provider=by.organisation_id)
    rows = mine.filter(status=Status.SETTLED.value, actual_minor__isnull=False).defer("draft")
    return rows.select_related(None).select_related("engagement")


def calibration(by: Actor, *, domain: str = "") -> Calibration:
    """The latest `MOST` settled offers, of one service domain if it is named; three questions at most."""
    rows = settled_offers(by)
    if domain:
        rows = rows.filter(engagement__domain=domain)
    offers = counted(list(rows.order_by("-settled_at", "-pk")[:MOST]))
    said = [one.settled for one in offers if one.settled is not None]
    reasons = Counter(one.left_out for one in offers)
    return Calibration(
        whole=rules.read(said),
        domains=tuple(rules.by_class(said, lambda one: one.domain)),
        failures=tuple(rules.by_class(_with_failure(said), lambda one: f"{one.domain} · {one.failure}")),
        left_out=tuple((reason, reasons[reason]) for reason in LeftOut if reasons[reason]),
        offers=tuple(offers),
        settled=len(offers) if len(offers) < MOST else rows.order_by().count(),
    )


def counted(offers: Sequence[Quote]) -> list[Counted]:
    """Each of these settled offers with what it says; one question for all of them."""
    modes = diagnosis.failure_modes({one.engagement_id for one in offers})
    return [_counted(one, modes.get(one.engagement_id, "")) for one in offers]


def _counted(offer: Quote, failure: str) -> Counted:
    reason = rules.why_left_out(_facts(offer))
    return Counted(offer, None if reason else _settled(offer, failure), reason)


def _with_failure(rows: Sequence[Settled]) -> list[Settled]:
    """Work by the piece has no root cause, and so no failure to be put under."""
    return [one for one in rows if one.failure]


def _facts(offer: Quote) -> rules.Facts:
    frozen, price = offer.content, offer.content["price"]
    return rules.Facts(
        mode=Mode(offer.mode),
        by_the_piece=bool(price.get("units") or price.get("success_fees")),
        sampler=offer.sampler,
        quantile=Decimal(frozen["tariff"]["quantile"]),
        uncertain=bool(frozen["distribution"]["drivers"]),
        cancelled=offer.engagement.cancelled_at is not None,
    )


def _settled(offer: Quote, failure: str) -> Settled:
    labour = [Money.of(line["amount"]["amount"], offer.currency).minor for line in offer.content["price"]["labour"]]
    return Settled(
        domain=offer.engagement.domain,
        failure=failure,
        base=not offer.is_change_order,
        q=offer.q_minor,
        fixed=offer.q_minor - sum(labour),
        p50=_whole(offer.p50_minor),
        p80=_whole(offer.p80_minor),
        p90=_whole(offer.p90_minor),
        n=_whole(offer.n_minor),
        actual=_whole(offer.actual_minor),
    )


def _whole(minor: int | None) -> int:
    if minor is None:
        raise ValueError("a settled offer has every figure")
    return minor
