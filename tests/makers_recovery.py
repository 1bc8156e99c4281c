"""A success fee for 200 files, agreed to by everybody of S1's night, and the work on it under way."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from breakfix.diagnosis.actions import root_cause
from breakfix.incidents.models import Engagement
from breakfix.incidents.values import Duty, HarmWithin
from breakfix.kernel.files import Upload
from breakfix.quotes.actions import issuing
from breakfix.quotes.values import Mode, SuccessFeeLine
from breakfix.work.actions import doing, planning
from breakfix.work.actions.recovering import report_recovery, verify_recovery
from breakfix.work.models import Recovery
from tests import makers_changes, makers_diagnosis, makers_quotes
from tests.makers import World, local
from tests.makers_incidents import OPENING
from tests.snapshots import remembered

STARTED, STEPPED = local("2026-12-02 02:05"), local("2026-12-02 05:00")
REPORTED, VERIFIED = local("2026-12-02 06:00"), local("2026-12-02 06:10")
LIST = Upload("recovered.csv", b"path\n/projects/1\n")
FEE = SuccessFeeLine("Project files", Decimal("6800"), 200)


@remembered
def working(world: World) -> Engagement:
    """Every step is done, Tom is off the clock, and nobody has said yet what came back."""
    answers = replace(OPENING, obligation=Duty.NONE, harm_within=HarmWithin.WITHIN_4H)
    cause = makers_diagnosis.drafted(world, makers_diagnosis.completed(world, answers=answers, obligations=[]))
    root_cause.issue_root_cause(cause.pk, by=world.actor("tom"), at=makers_diagnosis.ISSUED)
    case = Engagement.objects.get(pk=cause.engagement_id)
    nothing: dict[str, Any] = {"tasks": [], "parts": [], "charges": [], "contingents": []}
    quote = makers_quotes.reviewed(world, case, **nothing, success_fees=[FEE], mode=Mode.FIXED)
    issuing.issue_quote(quote.pk, by=world.actor("quinn"), at=makers_quotes.ISSUED)
    quote.refresh_from_db()
    for who in ("alice", "cora"):
        makers_quotes.signed(world, quote, who, local("2026-12-02 01:22"))
    makers_quotes.acknowledged(world, quote, local("2026-12-02 01:46"))
    period = {"planned_start": local("2026-12-02 02:00"), "planned_end": local("2026-12-02 08:00")}
    steps = makers_changes.STEPS[:1]
    planning.plan_work(case.pk, **period, steps=steps, by=world.actor("dana"), at=local("2026-12-02 01:55"))
    tom = world.actor("tom")
    planning.start_work(case.pk, rollback_read=True, by=tom, at=STARTED)
    doing.clock_on(case.pk, by=tom, at=STARTED)
    doing.complete_step(case.pk, position=1, result="Imaged.", evidence=Upload("log.txt", b"all"), by=tom, at=STEPPED)
    doing.clock_off(case.pk, by=tom, at=STEPPED)
    return Engagement.objects.get(pk=case.pk)


def reported(world: World, case: Engagement, recovered: int, who: str = "tom", **given: Any) -> Recovery:
    """As the laboratory says."""
    typed = {"why": "The rest was overwritten.", "confidence": Decimal("0.95"), "listing": LIST, **given}
    return report_recovery(case.pk, recovered=recovered, **typed, by=world.actor(who), at=REPORTED)


def verified(world: World, result: Recovery, who: str = "rita", **given: Any) -> Recovery:
    """The client's word on it."""
    return verify_recovery(result.pk, **given, by=world.actor(who), at=VERIFIED)
