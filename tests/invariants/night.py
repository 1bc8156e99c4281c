"""One night as a state machine: whatever people try, in whatever order, at whatever instant, the promises hold.

A run begins at one of the moments of the opening scenario, does one real deed after the other (many of which are
refused, as they should be) and looks at every promise after each. `TALLY` and `REFUSED` count both.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from unittest.mock import patch

from django.db import transaction

from breakfix.accounts import actions as accounts
from breakfix.approvals import queries as approvals
from breakfix.approvals.actions import authority, ratification
from breakfix.approvals.models import Delegation
from breakfix.approvals.values import RatifyVerdict
from breakfix.billing import actions as billing
from breakfix.incidents.models import Engagement
from breakfix.jobs import kinds, worker
from breakfix.jobs.registry import HANDLERS
from breakfix.kernel import clock
from breakfix.kernel.access import OPERATOR, Actor, Role
from breakfix.kernel.errors import Refused
from breakfix.parties import actions as parties
from breakfix.quotes.actions import deciding, drafting, issuing
from breakfix.quotes.models import Quote
from breakfix.quotes.values import RejectionReason
from breakfix.reports import actions as reports
from breakfix.reports.models import ServiceReport
from breakfix.work.actions import doing, ending, using
from breakfix.work.values import TimeKind
from tests import (
    makers_change_orders,
    makers_deposits,
    makers_diagnosis,
    makers_quotes,
    makers_reports,
    makers_ways,
    makers_work,
)
from tests.invariants import orders, paying
from tests.invariants.promises import Promises, promise
from tests.invariants.turns import ANYTIME, LIKELY, MINUTES, REFUSED, RULES, TALLY, rule
from tests.makers import World, local
from tests.makers import world as make_world

# Where a run may begin, and when that was: no quote yet, open, at work, with a change order, all done.
STARTS: dict[str, tuple[Callable[[World], Any], datetime]] = {
    "diagnosed": (makers_diagnosis.diagnosed, makers_quotes.DIAGNOSED),
    "offered": (lambda world: makers_quotes.issued(world, makers_diagnosis.diagnosed(world)), makers_quotes.ISSUED),
    "working": (makers_work.started, makers_work.STARTED),
    "extended": (makers_change_orders.approved, makers_change_orders.APPROVED),
    "compared": (lambda world: makers_ways.issued(world, makers_diagnosis.diagnosed(world)), makers_quotes.ISSUED),
    "asked": (makers_change_orders.issued, makers_change_orders.ISSUED),
    "prepaid": (makers_deposits.prepaid, makers_deposits.PAID),
    "worked": (makers_work.worked, local("2026-12-02 06:20")),
}
ANYWHERE = tuple(
    name for name in STARTS if name not in ("compared", "asked", "prepaid")
)  # these have a test of their own
SIGNERS = (*("alice",) * 4, *("cora",) * 3, "erin", "erin", "mona", "rita", "bob", "sol", "quinn", "charlie")
WRONG = "0" * 64
DECIDING = {"news", "fee.ask", "ladder.plan", "ladder.climb", "ratification.plan", "ratification.lapse"}
DECIDING |= {"quote.expiry", "quote.expire", "meter.plan", "meter.look", "work.stop", "guarantee.start"}


class Night:
    """One run: `begin`, then `step` as often as wanted. The same seed makes the same run; `told` says what it did."""

    def __init__(self, seed: int, starts: Sequence[str] = ANYWHERE, focus: Sequence[str] = ()) -> None:
        self.random = Random(seed)
        self.start = self.random.choice(starts)
        self.told: list[str] = [f"seed {seed}, begins {self.start}"]
        self.focus = focus  # every second thing that is tried is one of these
        self.again: Callable[[], Any] | None = None
        self.quiet = True
        kinds.load()

    def begin(self) -> None:
        make, self.now = STARTS[self.start]
        self.world = make_world()
        made = make(self.world)
        self.key: int = made.pk if isinstance(made, Engagement) else made.engagement_id
        # Who reported it is an approver, too: only the rule about one's own request is in the way.
        rita = self.world.people["rita"].pk
        parties.give_role(rita, role=Role.APPROVER, by=self.actor("nora"), at=self.now)
        authority.name_authority(rita, seat="it", limit=Decimal(25000), by=OPERATOR, at=self.now)
        self.promises = Promises(self.key)

    def step(self) -> None:
        """One thing that somebody tries; then, if it did anything or time passed, every promise is looked at."""
        self.quiet, before = True, self.now
        names = self.likely() if self.random.random() < 0.6 else ANYTIME
        name = self.random.choice(self.focus if self.focus and self.random.random() < 0.5 else names)
        RULES[name](self)
        if not self.quiet or self.now != before:
            self.promises.hold(self.now)

    def likely(self) -> list[str]:
        """What fits the newest offer, or where the engagement stands."""
        engagement = Engagement.objects.get(pk=self.key)
        offer = Quote.objects.filter(engagement=self.key).order_by("-id").first()
        turn = offer.status if offer is not None and offer.status in LIKELY else engagement.status
        return LIKELY.get(turn, "wait invoice finish once_more").split()

    # ------------------------------------------------------------------------------------------ how it is done

    def actor(self, who: str, *, fresh: bool = True) -> Actor:
        return self.world.actor(who, confirmed_at=self.now if fresh else None)

    def tried(self, name: str, do: Callable[[], Any]) -> Any:
        """Do it, or be refused; None then. What is neither is a fault of the product."""
        self.again = lambda: self.tried("again", do)
        try:
            with transaction.atomic(), clock.set_to(self.now):
                made = do()
        except Refused as refusal:
            REFUSED[name, refusal.code] += 1
            self.told.append(f"    {name} refused: {refusal.code}")
            return None
        TALLY[name] += 1
        self.quiet = False
        return made or True

    def later(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def latest(self, *statuses: str) -> Quote:
        """The newest offer in one of these states, else the newest of all, else one that is not there."""
        rows = Quote.objects.filter(engagement=self.key).order_by("-id")
        return rows.filter(status__in=statuses).first() or rows.first() or Quote(pk=987_654_321, sha256="")

    # ------------------------------------------------------------------------------------------ offers

    @rule(who=["quinn", "quinn", "rex", "dana", "alice"], times=["0.5", "1", "4", "0"], ways=[0, 2, 3, 3])
    def draft(self, who: str, times: str, ways: int) -> None:
        given = {**makers_ways.typed(times, ways, self.now), "by": self.actor(who), "at": self.now}
        self.tried("draft_quote", lambda: drafting.draft_quote(self.key, **given))

    @rule(who=["quinn", "quinn", "rex", "tom"], times=["0.5", "1", "4"], ways=[0, 3])
    def revise(self, who: str, times: str, ways: int) -> None:
        quote = self.latest("DRAFT", "REVIEWED", "ISSUED", "REJECTED", "EXPIRED")
        given = {**makers_ways.typed(times, ways, self.now), "revision": quote.revision}
        self.tried("revise_quote", lambda: drafting.revise_quote(quote.pk, **given, by=self.actor(who), at=self.now))

    @rule(who=["rex", "rex", "quinn", "alice"], proven=(True, False))
    def review(self, who: str, proven: bool) -> None:
        quote = self.latest("DRAFT")
        if proven and quote.draft:
            self.tried("attach_supplier_evidence", lambda: makers_quotes.proven(self.world, quote, self.now))
        self.tried("review_quote", lambda: drafting.review_quote(quote.pk, by=self.actor(who), at=self.now))

    @rule(who=["quinn", "quinn", "dana", "cal"], minutes=MINUTES)
    def issue(self, who: str, minutes: int) -> None:
        self.later(minutes)
        quote = self.latest("REVIEWED", "DRAFT")
        signed = orders.signed_before(quote)
        done = self.tried("issue_quote", lambda: issuing.issue_quote(quote.pk, by=self.actor(who), at=self.now))
        promise(not (done and signed), "4: a change order took the place of one that somebody had signed")

    propose_change_order = orders.propose_change_order
    revise_change_order = orders.revise_change_order
    cancel, pay_back = paying.cancel, paying.pay_back

    @rule(who=["quinn", "alice"])
    def withdraw(self, who: str) -> None:
        quote = self.latest("ISSUED", "DRAFT")
        given = {"reason": "The supplier's price changed."}
        self.tried(
            "withdraw_quote", lambda: issuing.withdraw_quote(quote.pk, **given, by=self.actor(who), at=self.now)
        )

    # ------------------------------------------------------------------------------------------ decisions

    @rule(
        who=SIGNERS,
        right=[True, True, True, False],
        fresh=[True, True, True, False],
        minutes=MINUTES,
    )
    def approve(self, who: str, right: bool, fresh: bool, minutes: int) -> None:
        self.later(minutes)
        quote = self.latest("ISSUED")
        given = {"shown_sha256": quote.sha256 if right else WRONG, "acknowledged": ["R1"]}
        by = self.actor(who, fresh=fresh)
        done = self.tried("approve_quote", lambda: deciding.approve_quote(quote.pk, **given, by=by, at=self.now))
        promise(not done or right, "4: somebody approved what they were not shown")
        promise(not done or fresh, "4: somebody spent money without giving their password again")

    @rule(who=["sol", "sol", "alice", "cora"])
    def acknowledge(self, who: str) -> None:
        quote = self.latest("ISSUED")
        given = {"shown_sha256": quote.sha256, "by": self.actor(who), "at": self.now}
        self.tried("acknowledge_risk", lambda: deciding.acknowledge_risk(quote.pk, **given))

    @rule(who=["mona", "mona", "alice", "quinn"], minutes=[0, 35])
    def decide_in_emergency(self, who: str, minutes: int) -> None:
        self.later(minutes)
        self.climb()
        quote = self.latest("ISSUED")
        given: dict[str, Any] = {"shown_sha256": quote.sha256, "reason": makers_quotes.REASON, "acknowledged": ["R1"]}
        given |= {"by": self.actor(who), "at": self.now}
        self.tried("approve_quote_in_emergency", lambda: deciding.approve_quote_in_emergency(quote.pk, **given))

    @rule(who=["alice", "cora", "rita", "quinn"])
    def reject(self, who: str) -> None:
        quote = self.latest("ISSUED")
        given = {"shown_sha256": quote.sha256, "reason": RejectionReason.PRICE, "by": self.actor(who), "at": self.now}
        self.tried("reject_quote", lambda: deciding.reject_quote(quote.pk, **given))

    @rule(who=["alice", "alice", "cora", "quinn"], way=["A", "B", "C"], right=[True, True, True, False])
    def choose_continuity(self, who: str, way: str, right: bool) -> None:
        quote = self.latest("ISSUED")
        given = {"shown_sha256": quote.sha256 if right else WRONG, "by": self.actor(who), "at": self.now}
        other = self.tried("choose_continuity", lambda: issuing.choose_continuity(quote.pk, way=way, **given))
        promise(not other or right, "4: somebody chose a way of what they were not shown")
        if other:
            shown = {one["key"]: one for one in quote.content["ways"]}[way]
            bound = {"q": str(other.q.amount), "n": str(other.n.amount)}
            promise(bound == {name: shown[name]["amount"] for name in bound}, "4: a way came to what was not shown")
            promise(other.valid_until == quote.valid_until, "4: choosing a way kept the offer open for longer")

    @rule(who=["cora", "cora", "alice", "mona"], verdict=tuple(RatifyVerdict))
    def ratify(self, who: str, verdict: RatifyVerdict) -> None:
        rounds = approvals.rounds_for(Engagement.objects.get(pk=self.key))
        key = rounds[-1].pk if rounds else 987_654_321
        given = {"verdict": verdict, "reason": "Not what I would have done.", "by": self.actor(who), "at": self.now}
        self.tried("ratify", lambda: ratification.ratify(key, **given))

    @rule(
        pair=[*[("cora", "alice")] * 3, ("alice", "erin"), ("cora", "erin"), ("bob", "quinn")],
        hours=[1, 12, 0],
    )
    def delegate(self, pair: tuple[str, str], hours: int) -> None:
        giver, taker = pair
        seat = "finance" if giver == "cora" else "it"
        given = {"seat": seat, "ends_at": self.now + timedelta(hours=hours), "by": self.actor(giver), "at": self.now}
        self.tried("delegate", lambda: authority.delegate(self.world.people[taker].pk, **given))

    @rule(who=["cora", "alice", "nora", "bob"])
    def revoke_delegation(self, who: str) -> None:
        found = Delegation.objects.order_by("-id").first()
        key = found.pk if found else 987_654_321
        self.tried("revoke_delegation", lambda: authority.revoke_delegation(key, by=self.actor(who), at=self.now))

    # ------------------------------------------------------------------------------------------ work

    @rule(
        who=["tom", "tom", "ines", "quinn"],
        extra=(True, False),
        kind=[TimeKind.WORKING, TimeKind.WORKING, TimeKind.PROTECTIVE],
    )
    def clock_on(self, who: str, extra: bool, kind: TimeKind) -> None:
        order = Quote.objects.filter(engagement=self.key, kind="CHANGE_ORDER").order_by("-id").first()
        named = order.pk if order is not None and extra else None
        given = {"kind": kind, "change_order_id": named, "by": self.actor(who), "at": self.now}
        self.tried("clock_on", lambda: doing.clock_on(self.key, **given))

    @rule(who=["tom", "ines", "dana"], minutes=[15, 110, 400])
    def clock_off(self, who: str, minutes: int) -> None:
        self.later(minutes)
        self.tried("clock_off", lambda: doing.clock_off(self.key, by=self.actor(who), at=self.now))

    @rule(
        key=["C1", "C2", "C3", "C4", "K1", "P1"],
        quantity=["1", "2", "-1", "-3", "0", "40"],
        who=["tom", "tom", "ines", "alice"],
    )
    def use_line(self, key: str, quantity: str, who: str) -> None:
        given = {
            "key": key,
            "quantity": Decimal(quantity),
            "note": "As counted.",
            "by": self.actor(who),
            "at": self.now,
        }
        self.tried("use_line", lambda: using.use_line(self.key, **given))

    @rule(position=range(1, 6))
    def complete_step(self, position: int) -> None:
        self.tried("complete_step", lambda: makers_work.done(self.world, self.key, position, self.now))

    @rule(minutes=MINUTES)
    def finish(self, minutes: int) -> None:
        """What leads from the last step to acceptance, as far as it is let through."""
        self.later(minutes)
        by = self.actor
        for position in range(1, 6):
            self.tried("complete_step", lambda at=position: makers_work.done(self.world, self.key, at, self.now))
        for who in ("tom", "ines"):
            self.tried("clock_off", lambda one=who: doing.clock_off(self.key, by=by(one), at=self.now))
        passed = makers_work.PASSED
        self.tried(
            "restore_service", lambda: ending.restore_service(self.key, tests=passed, by=by("tom"), at=self.now)
        )
        self.tried("revoke_access", lambda: using.revoke_access(self.key, by=by("sol"), at=self.now))
        checked = makers_work.CHECKED
        self.tried("resolve", lambda: ending.resolve(self.key, second_fault_check=checked, by=by("tom"), at=self.now))
        words = {"prevention": makers_reports.PREVENTION, "residual_risk": makers_reports.RESIDUAL}
        self.tried("issue_report", lambda: reports.issue_report(self.key, **words, by=by("tom"), at=self.now))
        self.accept("seth")

    @rule(who=["seth", "seth", "tom"])
    def accept(self, who: str) -> None:
        report = ServiceReport.objects.filter(engagement=self.key).order_by("-id").first()
        shown = report.sha256 if report else ""
        given = {"shown_sha256": shown, "by": self.actor(who), "at": self.now}
        self.tried("accept_work", lambda: reports.accept_work(self.key, **given))

    @rule(who=["fay", "fay", "quinn"])
    def invoice(self, who: str) -> None:
        self.tried("issue_invoice", lambda: billing.issue_invoice(self.key, by=self.actor(who), at=self.now))

    @rule(hours=[0, 1, 3, 9], worker_runs=(True, False))
    def wait(self, hours: int, worker_runs: bool) -> None:
        self.now += timedelta(hours=hours)
        if worker_runs:
            self.work_off()

    @rule(seconds=[-1, 0, 0, 0, 1], worker_runs=(False, False, True))
    def wait_for_the_end_of_the_offer(self, seconds: int, worker_runs: bool) -> None:
        until = self.latest("ISSUED").valid_until
        if until is not None and until >= self.now:
            self.now = max(self.now, until + timedelta(seconds=seconds))
        if worker_runs:
            self.work_off()

    def work_off(self) -> None:
        """What decides something when its hour comes; letters and documents decide nothing."""
        with clock.set_to(self.now), patch.object(worker, "_left_alone", lambda: set(HANDLERS) - DECIDING):
            TALLY["tasks"] += worker.run_due(self.now)
        self.quiet = False

    def climb(self) -> None:
        asked = approvals.open_round_for(self.latest("ISSUED").subject)
        if asked is not None:
            with clock.set_to(self.now), transaction.atomic():
                makers_quotes.climbed(self.latest("ISSUED"), self.now)

    @rule()
    def once_more(self) -> None:
        """The very same request again, as a browser or a program repeats it."""
        if self.again is not None:
            self.again()

    @rule(who=["cora", "alice", "quinn"], admin=[True, True, True, False])
    def leave_or_return(self, who: str, admin: bool) -> None:
        """Somebody is switched off, or on again if they were; now and then by who may not."""
        key, own = self.world.people[who].pk, "percy" if who == "quinn" else "nora"
        by = self.actor(own if admin else "tom")
        if not self.tried("switch_off_person", lambda: accounts.switch_off_person(key, by=by, at=self.now)):
            self.tried("switch_on_person", lambda: accounts.switch_on_person(key, by=by, at=self.now))
